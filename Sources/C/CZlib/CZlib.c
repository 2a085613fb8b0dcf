#include "CZlib.h"

int nodeos_inflate_begin(z_streamp stream, int windowBits) { return inflateInit2(stream, windowBits); }
