#pragma once
#include <stdint.h>

/// The attributes of mounts (mount_setattr(2)).
enum { nodeos_read_only = 1, nodeos_no_set_user_id = 2, nodeos_no_devices = 4, nodeos_no_programs = 8 };

/// A mount of what is at `name` in a directory, with all that is mounted below it; it is nowhere yet. Returns its
/// descriptor or -errno.
int nodeos_copy_tree(int directory, const char *name, uint64_t attributes, int follows);

/// A new file system with some options, name and value each, ended by NULL. Returns its descriptor or -errno.
int nodeos_new_filesystem(const char *type, uint64_t attributes, const char *const options[][2]);

/// Mounts what has a descriptor, which stays open. Returns 0 or -errno.
int nodeos_attach(int mount, int directory, const char *name);

/// Moves what is mounted at a path. Returns 0 or -errno.
int nodeos_move_mount(const char *from, int directory, const char *name);
