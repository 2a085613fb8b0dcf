#define _GNU_SOURCE
#include "root.h"
#include "CKernel.h"
#include "mounts.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Async-signal-safe calls only.

/// Whether `path` without its last component is the directory that is open.
static int is_open(const struct nodeos_root *root, const char *path, const char *last) {
    size_t length = (size_t)(last - path);
    return root->directory >= 0 && length == root->length && memcmp(path, root->path, length) == 0;
}

/// The directory in which the entry at `path` goes, made where it is missing. Returns 0 or -errno.
static int open_directory(struct nodeos_root *root, const char *path, const char **name) {
    const char *last = strrchr(path, '/'), *next = path;
    *name = last + 1;
    if (is_open(root, path, last)) return 0;
    int directory = fcntl(root->fd, F_DUPFD_CLOEXEC, 3);
    while (directory >= 0 && next < last) {
        char component[256];
        const char *end = strchr(++next, '/');
        size_t count = (size_t)(end - next);
        if (count >= sizeof component) {
            close(directory);
            return -ENAMETOOLONG;
        }
        memcpy(component, next, count);
        component[count] = 0;
        next = end;
        int below = mkdirat(directory, component, 0755) != 0 && errno != EEXIST
            ? -1
            : openat(directory, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;
        close(directory);
        directory = below;
        errno = error;
    }
    if (directory < 0) return -errno;
    if (root->directory >= 0) close(root->directory);
    root->directory = directory;
    root->path = path;
    root->length = (size_t)(last - path);
    return 0;
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

/// Takes over `tree`, mounted at a place that is made for it.
static int show(int directory, const char *name, int tree) {
    if (tree < 0) return tree;
    struct stat status;
    int error = fstat(tree, &status) == 0 ? 0 : -errno;
    if (error == 0) error = make_mount_point(directory, name, S_ISDIR(status.st_mode));
    if (error == 0) error = nodeos_attach(tree, directory, name);
    close(tree);
    return error;
}

int nodeos_make_root(struct nodeos_root *root, const char *over) {
    const char *const options[][2] = {{"mode", "755"}, {NULL, NULL}};
    root->directory = -1;
    root->fd = nodeos_new_filesystem("tmpfs", nodeos_no_set_user_id | nodeos_no_devices, options);
    return root->fd < 0 ? root->fd : nodeos_attach(root->fd, AT_FDCWD, over);
}

int nodeos_do_step(struct nodeos_root *root, const char *what, const char *with) {
    const char *name;
    int error = open_directory(root, what + 1, &name);
    if (error != 0) return error;
    int directory = root->directory;
    const uint64_t plain = nodeos_no_set_user_id | nodeos_no_devices;
    switch (*what) {
    case nodeos_step_shared_directory:
        if (mkdirat(directory, name, 01777) == 0) return 0;
        return errno == EEXIST && fchmodat(directory, name, 01777, 0) == 0 ? 0 : -errno;
    case nodeos_step_text: return make_file(directory, name, with);
    case nodeos_step_link: return symlinkat(with, directory, name) == 0 ? 0 : -errno;
    case nodeos_step_input:
        return show(directory, name, nodeos_copy_tree(AT_FDCWD, with, plain | nodeos_read_only, 0));
    case nodeos_step_directory: return show(directory, name, nodeos_copy_tree(AT_FDCWD, with, plain, 0));
    case nodeos_step_store:
        error = make_mount_point(directory, name, 1);
        return error != 0 ? error : nodeos_move_mount(nodeos_view_store, directory, name);
    // A mount that is read-only keeps the node as it is, and lets bytes through to the device.
    case nodeos_step_device:
        return show(
            directory, name,
            nodeos_copy_tree(AT_FDCWD, with, nodeos_no_set_user_id | nodeos_read_only, 0));
    case nodeos_step_optional: {
        int tree = nodeos_copy_tree(AT_FDCWD, with, plain | nodeos_read_only, 1);
        return tree == -ENOENT ? 0 : show(directory, name, tree);
    }
    case nodeos_step_processes: {
        const char *const none[][2] = {{NULL, NULL}};
        uint64_t attributes = plain | nodeos_no_programs | nodeos_read_only;
        return show(directory, name, nodeos_new_filesystem("proc", attributes, none));
    }
    case nodeos_step_terminals: {
        const char *const options[][2] = {{"ptmxmode", "0666"}, {"mode", "620"}, {NULL, NULL}};
        uint64_t attributes = nodeos_no_set_user_id | nodeos_no_programs;
        return show(directory, name, nodeos_new_filesystem("devpts", attributes, options));
    }
    default: return -EINVAL;
    }
}

int nodeos_enter_root(struct nodeos_root *root) {
    if (root->directory >= 0) close(root->directory);
    // The old root is put over the new one for a moment, and taken away (pivot_root(2)).
    if (fchdir(root->fd) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return -errno;
    if (umount2(".", MNT_DETACH) != 0) return -errno;
    return close(root->fd) == 0 ? 0 : -errno;
}
