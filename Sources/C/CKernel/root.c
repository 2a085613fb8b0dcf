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

/// Whether `path` without its last component is the directory that is open.
static int is_open(const struct nodeos_directory *directory, const char *path, const char *last) {
    size_t length = (size_t)(last - path);
    return directory->fd >= 0 && length == directory->length && memcmp(path, directory->path, length) == 0;
}

/// Takes over `fd`, the directory of `path`.
static void keep(struct nodeos_directory *directory, int fd, const char *path, const char *last) {
    if (directory->fd >= 0) close(directory->fd);
    *directory = (struct nodeos_directory){fd, path, (size_t)(last - path)};
}

/// A mount of what is in a directory, not yet anywhere. Returns its descriptor or -errno.
static int copy_in(int directory, const char *name, uint64_t attributes, int follows) {
    int flags = tree_clone | tree_cloexec | recursive | (follows ? 0 : no_follow);
    int tree = (int)syscall(open_tree_number, directory, name, flags);
    if (tree < 0) return -errno;
    const struct { uint64_t set, clear, propagation, user_namespace; } change = {.set = attributes};
    if (syscall(mount_setattr_number, tree, "", empty_path | recursive, &change, sizeof change) == 0) return tree;
    int error = -errno;
    close(tree);
    return error;
}

/// The same of a path of the host.
static int copy_of(struct nodeos_root *root, const char *path, uint64_t attributes) {
    const char *last = strrchr(path, '/');
    if (last == NULL || last == path) return copy_in(AT_FDCWD, path, attributes, 0);
    if (!is_open(&root->source, path, last)) {
        char parent[4096];
        size_t length = (size_t)(last - path);
        if (length >= sizeof parent) return -ENAMETOOLONG;
        memcpy(parent, path, length);
        parent[length] = 0;
        int fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return -errno;
        keep(&root->source, fd, path, last);
    }
    return copy_in(root->source.fd, last + 1, attributes, 0);
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
    const char *last = strrchr(path, '/'), *next = path;
    *name = last + 1;
    if (is_open(&root->directory, path, last)) return 0;
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
    keep(&root->directory, directory, path, last);
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

/// Mounts `tree` at a place. In the store directory of a build the places are ready; no symbolic link of a
/// builder is followed.
static int show(int directory, const char *name, int tree) {
    if (tree < 0) return tree;
    int error = syscall(move_mount_number, tree, "", directory, name, move_from_empty_path) == 0 ? 0 : -errno;
    struct stat status;
    if (error == -ENOENT) {
        error = fstat(tree, &status) == 0 ? 0 : -errno;
        if (error == 0) error = make_mount_point(directory, name, S_ISDIR(status.st_mode));
        if (error == 0) return attach(tree, directory, name);
    }
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
    root->directory.fd = root->source.fd = -1;
    if (root->fd < 0) return root->fd;
    root->covered = copy_in(AT_FDCWD, over, no_set_user_id | no_devices, 0);
    if (root->covered < 0) return root->covered;
    return syscall(move_mount_number, root->fd, "", AT_FDCWD, over, move_from_empty_path) == 0 ? 0 : -errno;
}

int nodeos_do_step(struct nodeos_root *root, const char *what, const char *with) {
    const char *name;
    int error = open_directory(root, what + 1, &name);
    if (error != 0) return error;
    int directory = root->directory.fd;
    const uint64_t plain = no_set_user_id | no_devices;
    switch (*what) {
    case nodeos_step_shared_directory:
        if (mkdirat(directory, name, 01777) == 0) return 0;
        return errno == EEXIST && fchmodat(directory, name, 01777, 0) == 0 ? 0 : -errno;
    case nodeos_step_text: return make_file(directory, name, with);
    case nodeos_step_link: return symlinkat(with, directory, name) == 0 ? 0 : -errno;
    case nodeos_step_input: return show(directory, name, copy_of(root, with, plain | read_only));
    case nodeos_step_directory: return show(directory, name, copy_of(root, with, plain));
    case nodeos_step_covered: {
        int tree = root->covered;
        root->covered = -1;
        return tree < 0 ? -EINVAL : show(directory, name, tree);
    }
    // A mount that is read-only keeps the node as it is, and lets bytes through to the device.
    case nodeos_step_device: return show(directory, name, copy_of(root, with, no_set_user_id | read_only));
    case nodeos_step_optional: {
        int tree = copy_in(AT_FDCWD, with, plain | read_only, 1);
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
    if (root->directory.fd >= 0) close(root->directory.fd);
    if (root->source.fd >= 0) close(root->source.fd);
    if (root->covered >= 0) close(root->covered);
    // The old root is put over the new one for a moment, and taken away (pivot_root(2)).
    if (fchdir(root->fd) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return -errno;
    if (umount2(".", MNT_DETACH) != 0) return -errno;
    return close(root->fd) == 0 ? 0 : -errno;
}
