#pragma once
#include <zlib.h>

/* inflateInit2 is a macro, which Swift does not import. `windowBits` as there: 15 for zlib's format, 31 for
   gzip's. Returns zlib's code. */
int nodeos_inflate_begin(z_streamp _Nonnull stream, int windowBits);
