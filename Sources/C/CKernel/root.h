#pragma once
#include <stddef.h>

/// A root directory in the making.
struct nodeos_root {
    /// The file system in memory.
    int fd;
    /// The directory that an entry was last made in, or -1, and its path.
    int directory;
    const char *path;
    size_t length;
};

/// Makes an empty root directory, mounted over a directory. Returns 0 or -errno.
int nodeos_make_root(struct nodeos_root *root, const char *over);

/// Does a step (see nodeos_build.h): `what` is its letter and the path. Returns 0 or -errno.
int nodeos_do_step(struct nodeos_root *root, const char *what, const char *with);

/// Makes it the root directory of this process, whose mounts are nobody else's, and lets go of the old one.
/// Returns 0 or -errno.
int nodeos_enter_root(struct nodeos_root *root);
