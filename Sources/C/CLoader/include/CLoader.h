#pragma once
#include <stddef.h>

/// Writes the paths of the shared objects this process has loaded, each ended by NUL, as the dynamic
/// loader found them (so their base names are sonames). Returns the bytes needed, which may be more
/// than `size`: then nothing useful was written and the caller tries again with more room.
size_t nodeos_shared_objects(char *_Nullable buffer, size_t size);

/// The arguments of this process as it was given them, the program's name first. Swift's own list comes from
/// /proc/self/cmdline, is empty without it, and changes what is not UTF-8.
char *_Nullable *_Nullable nodeos_arguments(int *_Nonnull count);
