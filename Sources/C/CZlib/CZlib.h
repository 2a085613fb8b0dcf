#pragma once
#include <zlib.h>

/// inflateInit2, a macro, which Swift does not import. `windowBits` as there: 15 for zlib's format, 31 for
/// gzip's, whose checksum is compared then. Returns zlib's code.
static inline int nodeos_inflate_begin(z_streamp _Nonnull stream, int windowBits) {
    return inflateInit2(stream, windowBits);
}
