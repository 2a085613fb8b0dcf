#define _GNU_SOURCE
#include "root.h"
#include "CKernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The mount calls of Linux 5.2 and 5.12 by their numbers, which are the same for every processor: older headers
// have neither names nor constants for them. A mount made this way costs no look at the mounts there are.
// Async-signal-safe calls only.

enum { open_tree_number = 428, move_mount_number, fsopen_number, fsconfig_number, fsmount_number,
       mount_setattr_number = 442 };

enum { read_only = 1, no_set_user_id = 2, no_devices = 4, no_programs = 8 };
enum { tree_clone = 1, tree_cloexec = O_CLOEXEC, recursive = 0x8000, empty_path = 0x1000, no_follow = 0x100 };
enum { move_from_empty_path = 4, filesystem_cloexec = 1, mount_cloexec = 1, set_string = 1, create = 6 };

/// A mount of what is at a path of the host, not yet anywhere. Returns its descriptor or -errno.
static int copy_of(const char *path, uint64_t attributes, int follows) {
    int flags = tree_clone | tree_cloexec | recursive | (follows ? 0 : no_follow);
    int tree = (int)syscall(open_tree_number, AT_FDCWD, path, flags);
    if (tree < 0) return -errno;
    const struct { uint64_t set, clear, propagation, user_namespace; } change = {.set = attributes};
    if (syscall(mount_setattr_number, tree, "", empty_path | recursive, &change, sizeof change) == 0) return tree;
    int error = -errno;
    close(tree);
    return error;
}

/// A new file system with at most two options. Returns its descriptor or -errno.
static int new_filesystem(const char *type, uint64_t attributes, const char *const options[][2]) {
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

static int attach(int mount, int directory, const char *name) {
    int error = syscall(move_mount_number, mount, "", directory, name, move_from_empty_path) == 0 ? 0 : -errno;
    close(mount);
    return error;
}

/// The directory in which the entry at `path` goes, made where it is missing. Returns 0 or -errno.
static int open_directory(struct nodeos_root *root, const char *path, const char **name) {
    const char *last = strrchr(path, '/');
    *name = last + 1;
    size_t length = (size_t)(last - path);
    if (root->directory >= 0 && length == root->length && memcmp(path, root->path, length) == 0) return 0;
    if (root->directory >= 0) close(root->directory);
    root->path = path;
    root->length = length;
    root->directory = fcntl(root->fd, F_DUPFD_CLOEXEC, 3);
    while (root->directory >= 0 && path < last) {
        char component[256];
        const char *end = strchr(++path, '/');
        size_t count = (size_t)(end - path);
        if (count >= sizeof component) return -ENAMETOOLONG;
        memcpy(component, path, count);
        component[count] = 0;
        path = end;
        if (mkdirat(root->directory, component, 0755) != 0 && errno != EEXIST) return -errno;
        int next = openat(root->directory, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;
        close(root->directory);
        root->directory = next;
        errno = error;
    }
    return root->directory < 0 ? -errno : 0;
}

static int make_file(int directory, const char *name, const char *text) {
    int file = openat(directory, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0) return -errno;
    size_t count = strlen(text);
    int error = write(file, text, count) == (ssize_t)count ? 0 : -errno;
    close(file);
    return error;
}

/// What a file or directory is mounted on must be one, too. Returns 0 or -errno.
static int make_mount_point(int directory, const char *name, int is_directory) {
    if (!is_directory) return make_file(directory, name, "");
    return mkdirat(directory, name, 0755) == 0 || errno == EEXIST ? 0 : -errno;
}

static int show(int directory, const char *name, int tree) {
    struct stat status;
    if (tree < 0) return tree;
    int error = fstat(tree, &status) == 0 ? 0 : -errno;
    struct stat there;
    // In the store directory of a build mount points are ready; no symbolic link of a builder is followed.
    if (error == 0 && fstatat(directory, name, &there, AT_SYMLINK_NOFOLLOW) != 0)
        error = make_mount_point(directory, name, S_ISDIR(status.st_mode));
    if (error == 0) return attach(tree, directory, name);
    close(tree);
    return error;
}

static int show_new(int directory, const char *name, int mount) {
    if (mount < 0) return mount;
    int error = make_mount_point(directory, name, 1);
    if (error == 0) return attach(mount, directory, name);
    close(mount);
    return error;
}

int nodeos_make_root(struct nodeos_root *root, const char *over) {
    // What is mounted here from now on is nobody else's.
    if (mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return -errno;
    const char *const options[][2] = {{"mode", "755"}, {NULL, NULL}};
    root->fd = new_filesystem("tmpfs", no_set_user_id | no_devices, options);
    root->directory = -1;
    if (root->fd < 0) return root->fd;
    root->covered = copy_of(over, no_set_user_id | no_devices, 0);
    if (root->covered < 0) return root->covered;
    return syscall(move_mount_number, root->fd, "", AT_FDCWD, over, move_from_empty_path) == 0 ? 0 : -errno;
}

int nodeos_do_step(struct nodeos_root *root, const char *what, const char *with) {
    const char *name;
    int error = open_directory(root, what + 1, &name);
    if (error != 0) return error;
    int directory = root->directory;
    const uint64_t plain = no_set_user_id | no_devices;
    switch (*what) {
    case nodeos_step_shared_directory:
        if (mkdirat(directory, name, 01777) == 0) return 0;
        return errno == EEXIST && fchmodat(directory, name, 01777, 0) == 0 ? 0 : -errno;
    case nodeos_step_text: return make_file(directory, name, with);
    case nodeos_step_link: return symlinkat(with, directory, name) == 0 ? 0 : -errno;
    case nodeos_step_input: return show(directory, name, copy_of(with, plain | read_only, 0));
    case nodeos_step_directory: return show(directory, name, copy_of(with, plain, 0));
    case nodeos_step_covered: {
        int tree = root->covered;
        root->covered = -1;
        return tree < 0 ? -EINVAL : show(directory, name, tree);
    }
    case nodeos_step_device: return show(directory, name, copy_of(with, no_set_user_id, 0));
    case nodeos_step_optional: {
        int tree = copy_of(with, plain | read_only, 1);
        return tree == -ENOENT ? 0 : show(directory, name, tree);
    }
    case nodeos_step_processes: {
        const char *const none[][2] = {{NULL, NULL}};
        return show_new(directory, name, new_filesystem("proc", plain | no_programs | read_only, none));
    }
    case nodeos_step_terminals: {
        const char *const options[][2] = {{"ptmxmode", "0666"}, {"mode", "620"}, {NULL, NULL}};
        return show_new(
            directory, name, new_filesystem("devpts", no_set_user_id | no_programs, options));
    }
    default: return -EINVAL;
    }
}

int nodeos_enter_root(struct nodeos_root *root) {
    if (root->directory >= 0) close(root->directory);
    if (root->covered >= 0) close(root->covered);
    // The old root is put over the new one for a moment, and taken away (pivot_root(2)).
    if (fchdir(root->fd) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return -errno;
    if (umount2(".", MNT_DETACH) != 0) return -errno;
    return close(root->fd) == 0 ? 0 : -errno;
}
