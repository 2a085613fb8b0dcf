#pragma once

/// Makes the mounts of `nodeos_supervision`, in a mount namespace of our own. Async-signal-safe; for a process
/// with one thread. Returns 0 or -errno.
int nodeos_make_mounts(char *_Nullable const *_Nonnull mounts);
