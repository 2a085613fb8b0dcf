// Lets one of the calls fail by which a program looks at files: opening, reading links, looking at names,
// listing, locking, reading. Loaded with LD_PRELOAD by RootFaultTests, which compiles it:
// cc -shared -fPIC -o fail-at-call.so fail-at-call.c -ldl
//
//   FAIL_AT=N          the N-th such call fails; 0 none
//   FAIL_ON=1          and all behind it
//   FAIL_WITH=ERRNO    the number it fails with
//   FAIL_BELOW=A:B:=C  only calls about these paths count, and what lies below A and B
//   FAIL_LOG=FILE      receives a line for each call: its number, its name, the path
//
// Only the program itself is meant: these variables and LD_PRELOAD are gone from the environment before
// main(), so its builders run as ever.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static long limit;
static int has_begun, goes_on, code = EIO, log_file = -1;
static char below[8192];

// The kernel's own calls: what is looked at here must not be counted.
static long kernel(long number, long a, long b, long c, long d) {
    static long (*next)(long, ...);
    if (!next) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return next(number, a, b, c, d, 0L, 0L);
}

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("FAIL_AT"), *with = getenv("FAIL_WITH"), *under = getenv("FAIL_BELOW");
    const char *file = getenv("FAIL_LOG");
    if (at) limit = atol(at);
    if (with) code = atoi(with);
    if (under) snprintf(below, sizeof below, "%s", under);
    if (file) log_file = kernel(SYS_openat, AT_FDCWD, (long)file, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
    goes_on = getenv("FAIL_ON") != NULL;
    has_begun = 1;
    unsetenv("FAIL_AT");
    unsetenv("FAIL_ON");
    unsetenv("FAIL_WITH");
    unsetenv("FAIL_BELOW");
    unsetenv("FAIL_LOG");
    unsetenv("LD_PRELOAD");
}

// The path of `name` in `fd`, as far as it is known.
static void place(int fd, const char *name, char *path, size_t size) {
    char entry[64];
    path[0] = 0;
    if (name && name[0] == '/') {
        snprintf(path, size, "%s", name);
        return;
    }
    snprintf(entry, sizeof entry, fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", fd);
    long count = kernel(SYS_readlinkat, AT_FDCWD, (long)entry, (long)path, (long)size - 1);
    if (count < 0) count = 0;
    path[count] = 0;
    if (name && name[0] && strcmp(name, ".")) snprintf(path + count, size - count, "/%s", name);
}

static int counts(const char *path) {
    if (!below[0]) return 1;
    const char *prefix = below;
    while (*prefix) {
        int exactly = *prefix == '=';
        prefix += exactly;
        size_t length = strcspn(prefix, ":");
        if (!strncmp(path, prefix, length) && (path[length] == 0 || (!exactly && path[length] == '/'))) return 1;
        prefix += length;
        if (*prefix == ':') prefix++;
    }
    return 0;
}

// Whether this call is to fail; then errno is set.
static int fails(const char *call, int fd, const char *name) {
    // Other libraries begin earlier.
    if (!has_begun) return 0;
    int before = errno;
    char path[8192];
    place(fd, name, path, sizeof path);
    if (!counts(path)) {
        errno = before;
        return 0;
    }
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (log_file >= 0) {
        char line[8300];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
        kernel(SYS_write, log_file, (long)line, length, 0);
    }
    int failing = limit && (number == limit || (goes_on && number > limit));
    errno = failing ? code : before;
    return failing;
}

#define NEXT(name, ...)                                                                    \
    static __typeof__(name) *next;                                                         \
    if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                         \
    return next(__VA_ARGS__)

#define LOOKED(type, name, parameters, fd, path, ...)                                      \
    type name parameters {                                                                 \
        if (fails(#name, fd, path)) return -1;                                             \
        NEXT(name, __VA_ARGS__);                                                           \
    }

LOOKED(int, stat, (const char *path, struct stat *status), AT_FDCWD, path, path, status)
LOOKED(int, stat64, (const char *path, struct stat64 *status), AT_FDCWD, path, path, status)
LOOKED(int, lstat, (const char *path, struct stat *status), AT_FDCWD, path, path, status)
LOOKED(int, lstat64, (const char *path, struct stat64 *status), AT_FDCWD, path, path, status)
LOOKED(int, fstat, (int fd, struct stat *status), fd, NULL, fd, status)
LOOKED(int, fstat64, (int fd, struct stat64 *status), fd, NULL, fd, status)
LOOKED(int, fstatat, (int fd, const char *path, struct stat *status, int flags), fd, path, fd, path, status, flags)
LOOKED(int, fstatat64, (int fd, const char *path, struct stat64 *status, int flags), fd, path, fd, path, status, flags)
LOOKED(int, statx, (int fd, const char *path, int flags, unsigned mask, struct statx *status), fd, path, fd, path, flags, mask, status)
LOOKED(int, access, (const char *path, int mode), AT_FDCWD, path, path, mode)
LOOKED(int, faccessat, (int fd, const char *path, int mode, int flags), fd, path, fd, path, mode, flags)
LOOKED(ssize_t, readlink, (const char *path, char *buffer, size_t size), AT_FDCWD, path, path, buffer, size)
LOOKED(ssize_t, readlinkat, (int fd, const char *path, char *buffer, size_t size), fd, path, fd, path, buffer, size)
LOOKED(ssize_t, read, (int fd, void *buffer, size_t size), fd, NULL, fd, buffer, size)
LOOKED(ssize_t, pread, (int fd, void *buffer, size_t size, off_t at), fd, NULL, fd, buffer, size, at)
LOOKED(ssize_t, pread64, (int fd, void *buffer, size_t size, off64_t at), fd, NULL, fd, buffer, size, at)

int flock(int fd, int operation) {
    // That a lock cannot be given up harms nobody: it goes with the descriptor.
    if (!(operation & LOCK_UN) && fails("flock", fd, NULL)) return -1;
    NEXT(flock, fd, operation);
}

DIR *opendir(const char *path) {
    if (fails("opendir", AT_FDCWD, path)) return NULL;
    NEXT(opendir, path);
}

char *realpath(const char *path, char *buffer) {
    if (fails("realpath", AT_FDCWD, path)) return NULL;
    NEXT(realpath, path, buffer);
}

// The rest takes its last argument only sometimes.
#define OPENED(name, parameters, fd, ...)                                                  \
    int name parameters {                                                                  \
        mode_t mode = 0;                                                                   \
        if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {                         \
            va_list rest;                                                                  \
            va_start(rest, flags);                                                         \
            mode = va_arg(rest, mode_t);                                                   \
            va_end(rest);                                                                  \
        }                                                                                  \
        if (fails(#name, fd, path)) return -1;                                             \
        NEXT(name, __VA_ARGS__, flags, mode);                                              \
    }
OPENED(open, (const char *path, int flags, ...), AT_FDCWD, path)
OPENED(open64, (const char *path, int flags, ...), AT_FDCWD, path)
OPENED(openat, (int fd, const char *path, int flags, ...), fd, fd, path)
OPENED(openat64, (int fd, const char *path, int flags, ...), fd, fd, path)

// What has no function of its own in the C library, as the call that lists a directory.
long syscall(long number, ...) {
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
    va_end(rest);
    switch (number) {
    case SYS_getdents64:
        if (fails("getdents64", a[0], NULL)) return -1;
        break;
    case SYS_openat:
    case SYS_readlinkat:
    case SYS_statx:
        if (fails("syscall", a[0], (const char *)a[1])) return -1;
    }
    NEXT(syscall, number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
