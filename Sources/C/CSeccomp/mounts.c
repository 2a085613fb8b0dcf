#define _GNU_SOURCE
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_text(const char *path, const char *text, size_t count) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = write(fd, text, count) == (ssize_t)count ? 0 : errno;
    close(fd);
    return error;
}

/// Maps one number of a user or group to itself.
static int write_map(const char *path, unsigned number) {
    char digits[16], text[40];
    size_t count = 0, length = 0;
    do digits[count++] = '0' + number % 10; while ((number /= 10) > 0);
    for (int times = 0; times < 2; times++) {
        for (size_t i = count; i > 0; i--) text[length++] = digits[i - 1];
        text[length++] = ' ';
    }
    text[length++] = '1';
    return write_text(path, text, length);
}

/// A mount namespace of our own; for who is not root, in a user namespace that changes nothing else.
static int leave_mounts(void) {
    if (unshare(CLONE_NEWNS) == 0) return 0;
    if (errno != EPERM) return errno;
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return errno;
    int error = write_text("/proc/self/setgroups", "deny", 4);
    if (error == 0) error = write_map("/proc/self/uid_map", user);
    return error == 0 ? write_map("/proc/self/gid_map", group) : error;
}

int nodeos_make_mounts(char *const *mounts) {
    // mount_setattr(2), newer than some headers: read-only, no set-user-ID, no devices.
    const struct { uint64_t set, clear, propagation, user_namespace; } attributes = {.set = 1 | 2 | 4};
    const long mount_setattr = 442;
    if (mounts[0] == NULL) return 0;
    int error = leave_mounts();
    if (error != 0) return error;
    if (mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return errno;
    for (; mounts[0] != NULL; mounts += 2) {
        if (mount(mounts[0], mounts[1], NULL, MS_BIND | MS_REC, NULL) != 0) return errno;
        const unsigned recursive = 0x8000;
        if (syscall(mount_setattr, AT_FDCWD, mounts[1], recursive, &attributes, sizeof attributes) != 0)
            return errno;
    }
    return 0;
}
