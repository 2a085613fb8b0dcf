#pragma once
#include <stddef.h>

/// Whether the kernel refuses this user more processes than RLIMIT_NPROC says (it does not refuse root).
int nodeos_counts_processes(void);

/// Whether this thread may have the 32-bit personality.
int nodeos_runs_32_bit(void);

/// The signal in a wait status, 0 when the process ended by itself. (Macros in C.)
static inline int nodeos_ending_signal(int status) { return status & 0x7f; }

/// Writes the paths of the shared objects this process has loaded, each ended by NUL, as the dynamic
/// loader found them (so their base names are sonames). Returns the bytes needed, which may be more
/// than `size`: then nothing useful was written and the caller tries again with more room.
size_t nodeos_shared_objects(char *_Nullable buffer, size_t size);

/// The arguments of this process as it was given them, the program's name first. Swift's own list comes from
/// /proc/self/cmdline, is empty without it, and changes what is not UTF-8.
char *_Nullable *_Nullable nodeos_arguments(int *_Nonnull count);
