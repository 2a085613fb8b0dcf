#define _GNU_SOURCE
#include "mounts.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/// A mount namespace of our own; for who is not root, in a user namespace that changes nothing else.
static int leave_mounts(void) {
    if (unshare(CLONE_NEWNS) == 0) return 0;
    if (errno != EPERM) return -errno;
    return nodeos_leave_users(CLONE_NEWNS);
}

int nodeos_make_mounts(char *const *mounts) {
    // mount_setattr(2), newer than some headers: read-only, no set-user-ID, no devices.
    const struct { uint64_t set, clear, propagation, user_namespace; } attributes = {.set = 1 | 2 | 4};
    const long mount_setattr = 442;
    if (mounts[0] == NULL) return 0;
    int error = leave_mounts();
    if (error != 0) return error;
    if (mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return -errno;
    for (; mounts[0] != NULL; mounts += 2) {
        if (mount(mounts[0], mounts[1], NULL, MS_BIND | MS_REC, NULL) != 0) return -errno;
        const unsigned recursive = 0x8000;
        if (syscall(mount_setattr, AT_FDCWD, mounts[1], recursive, &attributes, sizeof attributes) != 0)
            return -errno;
    }
    return 0;
}
