#define _GNU_SOURCE
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

// Async-signal-safe calls only: this runs in a fork of a process with threads.

int nodeos_write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    size_t count = strlen(text);
    int error = write(fd, text, count) == (ssize_t)count ? 0 : -errno;
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
    text[length] = 0;
    return nodeos_write_file(path, text);
}

int nodeos_leave_users(int more) {
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWUSER | more) != 0) return -errno;
    int error = nodeos_write_file("/proc/self/setgroups", "deny");
    if (error == 0) error = write_map("/proc/self/uid_map", user);
    return error == 0 ? write_map("/proc/self/gid_map", group) : error;
}
