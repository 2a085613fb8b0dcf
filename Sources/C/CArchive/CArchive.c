#define _GNU_SOURCE
#include "CArchive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <locale.h>
#include <sys/syscall.h>
#include <unistd.h>

long nodeos_getdents(int fd, void *buffer, size_t capacity) {
    long count = syscall(SYS_getdents64, fd, buffer, capacity);
    return count < 0 ? -errno : count;
}

int nodeos_openat(int directory, const char *name, int flags, mode_t mode) {
    int opened;
    do {
        opened = openat(directory, name, flags | O_CLOEXEC, mode);
    } while (opened < 0 && errno == EINTR);
    return opened;
}

void *nodeos_locale_enter(void) {
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 == (locale_t)0) return NULL;
    return (void *)uselocale(utf8);
}

void nodeos_locale_leave(void *previous) {
    if (previous == NULL) return;
    locale_t entered = uselocale((locale_t)previous);
    if (entered != (locale_t)previous && entered != LC_GLOBAL_LOCALE) freelocale(entered);
}

int nodeos_exchange(int directory, const char *name, int other_directory, const char *other_name) {
    int result = renameat2(directory, name, other_directory, other_name, RENAME_EXCHANGE);
    return result == 0 ? 0 : -errno;
}

int nodeos_syncfs(int fd) { return syncfs(fd) == 0 ? 0 : -errno; }
