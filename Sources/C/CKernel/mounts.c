#define _GNU_SOURCE
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

// The mount calls of Linux 5.2 and 5.12 by their numbers, which are the same for every processor: older headers
// have neither names nor constants for them. A mount made this way costs no look at the mounts there are.
// Async-signal-safe calls only.

enum { open_tree_number = 428, move_mount_number, fsopen_number, fsconfig_number, fsmount_number,
       mount_setattr_number = 442 };
enum { tree_clone = 1, tree_cloexec = O_CLOEXEC, recursive = 0x8000, empty_path = 0x1000, no_follow = 0x100 };
enum { move_from_empty_path = 4, filesystem_cloexec = 1, mount_cloexec = 1, set_string = 1, create = 6 };

int nodeos_copy_tree(int directory, const char *name, uint64_t attributes, int follows) {
    int flags = tree_clone | tree_cloexec | recursive | (follows ? 0 : no_follow);
    int tree = (int)syscall(open_tree_number, directory, name, flags);
    if (tree < 0) return -errno;
    // Private: what is mounted on the host meanwhile is no part of it.
    const struct { uint64_t set, clear, propagation, user_namespace; } change = {attributes, 0, MS_PRIVATE, 0};
    if (syscall(mount_setattr_number, tree, "", empty_path | recursive, &change, sizeof change) == 0) return tree;
    int error = -errno;
    close(tree);
    return error;
}

int nodeos_new_filesystem(const char *type, uint64_t attributes, const char *const options[][2]) {
    int context = (int)syscall(fsopen_number, type, filesystem_cloexec);
    if (context < 0) return -errno;
    int failed = 0;
    for (; !failed && (*options)[0] != NULL; options++)
        failed = syscall(fsconfig_number, context, set_string, (*options)[0], (*options)[1], 0) != 0;
    failed = failed || syscall(fsconfig_number, context, create, NULL, NULL, 0) != 0;
    int mount = failed ? -1 : (int)syscall(fsmount_number, context, mount_cloexec, attributes);
    int error = -errno;
    close(context);
    return mount < 0 ? error : mount;
}

int nodeos_attach(int mount, int directory, const char *name) {
    return syscall(move_mount_number, mount, "", directory, name, move_from_empty_path) == 0 ? 0 : -errno;
}

int nodeos_move_mount(const char *from, int directory, const char *name) {
    return syscall(move_mount_number, AT_FDCWD, from, directory, name, 0) == 0 ? 0 : -errno;
}
