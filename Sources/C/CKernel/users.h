#pragma once

/// Gives the new user namespace of this process its only user and its only group: those that this process has
/// on the machine, under the numbers `user` and `group`. Returns 0 or -errno.
int nodeos_map_users(unsigned machine_user, unsigned machine_group, unsigned user, unsigned group);

/// Writes a whole file that is there. Returns 0 or -errno.
int nodeos_write_file(const char *path, const char *text);
