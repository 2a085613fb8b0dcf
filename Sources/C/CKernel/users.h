#pragma once

/// A user namespace of our own, with all that `more` (CLONE_NEW…) asks for, that changes nothing else: the
/// caller's user and group stay what they are. Returns 0 or -errno.
int nodeos_leave_users(int more);

/// Writes a whole file that is there. Returns 0 or -errno.
int nodeos_write_file(const char *path, const char *text);
