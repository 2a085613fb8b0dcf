#define _GNU_SOURCE
#include "users.h"

#include <errno.h>
#include <fcntl.h>
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

/// Writes a number's digits; returns the end.
static char *write_number(char *text, unsigned number) {
    if (number >= 10) text = write_number(text, number / 10);
    *text++ = (char)('0' + number % 10);
    return text;
}

/// One number inside a user namespace for one outside.
static int write_map(const char *path, unsigned inside, unsigned outside) {
    char text[40], *end = write_number(text, inside);
    *end++ = ' ';
    end = write_number(end, outside);
    strcpy(end, " 1");
    return nodeos_write_file(path, text);
}

int nodeos_map_users(unsigned machine_user, unsigned machine_group, unsigned user, unsigned group) {
    int error = nodeos_write_file("/proc/self/setgroups", "deny");
    if (error == 0) error = write_map("/proc/self/uid_map", user, machine_user);
    return error == 0 ? write_map("/proc/self/gid_map", group, machine_group) : error;
}
