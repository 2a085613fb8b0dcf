// Counts the calls by which a program changes files, and kills it right before one of them. Loaded with
// LD_PRELOAD by FaultInjectionTests, which compiles it: cc -shared -fPIC -o stop-at-call.so stop-at-call.c -ldl
//
//   STOP_AT=N          SIGKILL before the N-th such call; 0 never
//   STOP_COUNT=FILE    receives the number of calls when the program ends by itself
//   NO_EXCHANGE=1      lets two names not be exchanged, as file systems that lack it
//
// Only the program itself is counted: these variables and LD_PRELOAD are gone from the environment before
// main(), so its builders run as ever. Writes to the standard streams do not count, they change no store.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;
static pid_t program;
static long limit;
static char count_file[4096];
static int no_exchange;

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("STOP_AT"), *file = getenv("STOP_COUNT");
    program = getpid();
    if (at) limit = atol(at);
    if (file) snprintf(count_file, sizeof count_file, "%s", file);
    no_exchange = getenv("NO_EXCHANGE") != NULL;
    unsetenv("NO_EXCHANGE");
    unsetenv("STOP_AT");
    unsetenv("STOP_COUNT");
    unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void) {
    long total = atomic_load(&calls);
    if (!count_file[0]) return;
    FILE *file = fopen(count_file, "w");
    if (!file) return;
    fprintf(file, "%ld\n", total);
    fclose(file);
}

static void count(void) {
    // Not in what the program forks: process 1 of a build could not even kill itself.
    if (getpid() != program) return;
    if (atomic_fetch_add(&calls, 1) + 1 != limit) return;
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

#define NEXT(name, ...)                                                                    \
    static __typeof__(name) *next;                                                         \
    if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                         \
    return next(__VA_ARGS__)

#define COUNTED(type, name, parameters, ...)                                               \
    type name parameters {                                                                 \
        count();                                                                           \
        NEXT(name, __VA_ARGS__);                                                           \
    }

COUNTED(int, ftruncate, (int fd, off_t size), fd, size)
COUNTED(int, ftruncate64, (int fd, off64_t size), fd, size)
COUNTED(int, fsync, (int fd), fd)
COUNTED(int, fdatasync, (int fd), fd)
COUNTED(int, syncfs, (int fd), fd)
COUNTED(int, rename, (const char *from, const char *to), from, to)
COUNTED(int, renameat, (int a, const char *from, int b, const char *to), a, from, b, to)
COUNTED(int, link, (const char *from, const char *to), from, to)
COUNTED(int, linkat, (int a, const char *from, int b, const char *to, int flags), a, from, b, to, flags)
COUNTED(int, symlink, (const char *target, const char *path), target, path)
COUNTED(int, symlinkat, (const char *target, int fd, const char *path), target, fd, path)
COUNTED(int, unlink, (const char *path), path)
COUNTED(int, unlinkat, (int fd, const char *path, int flags), fd, path, flags)
COUNTED(int, rmdir, (const char *path), path)
COUNTED(int, mkdir, (const char *path, mode_t mode), path, mode)
COUNTED(int, mkdirat, (int fd, const char *path, mode_t mode), fd, path, mode)
COUNTED(int, chmod, (const char *path, mode_t mode), path, mode)
COUNTED(int, fchmod, (int fd, mode_t mode), fd, mode)
COUNTED(int, fchmodat, (int fd, const char *path, mode_t mode, int flags), fd, path, mode, flags)
COUNTED(int, futimens, (int fd, const struct timespec times[2]), fd, times)
COUNTED(int, utimensat, (int fd, const char *path, const struct timespec times[2], int flags), fd, path, times, flags)
COUNTED(int, fchown, (int fd, uid_t user, gid_t group), fd, user, group)
COUNTED(int, lchown, (const char *path, uid_t user, gid_t group), path, user, group)
COUNTED(int, fchownat, (int fd, const char *path, uid_t user, gid_t group, int flags), fd, path, user, group, flags)
COUNTED(int, fallocate, (int fd, int mode, off_t at, off_t size), fd, mode, at, size)
COUNTED(int, posix_fallocate, (int fd, off_t at, off_t size), fd, at, size)
COUNTED(ssize_t, copy_file_range, (int a, off64_t *from, int b, off64_t *to, size_t size, unsigned flags), a, from, b, to, size, flags)
COUNTED(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), fd, bytes, size, at)
COUNTED(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t at), fd, bytes, size, at)

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    if (no_exchange && flags & RENAME_EXCHANGE) {
        errno = EINVAL;
        return -1;
    }
    count();
    NEXT(renameat2, a, from, b, to, flags);
}

ssize_t write(int fd, const void *bytes, size_t size) {
    if (fd > STDERR_FILENO) count();
    NEXT(write, fd, bytes, size);
}

ssize_t writev(int fd, const struct iovec *pieces, int number) {
    if (fd > STDERR_FILENO) count();
    NEXT(writev, fd, pieces, number);
}

// The rest takes its last argument only sometimes.
#define OPENED(name, parameters, ...)                                                      \
    int name parameters {                                                                  \
        mode_t mode = 0;                                                                   \
        if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {                         \
            va_list rest;                                                                  \
            va_start(rest, flags);                                                         \
            mode = va_arg(rest, mode_t);                                                   \
            va_end(rest);                                                                  \
        }                                                                                  \
        if (flags & (O_CREAT | O_TRUNC) || (flags & O_TMPFILE) == O_TMPFILE) count();      \
        NEXT(name, __VA_ARGS__, flags, mode);                                              \
    }
OPENED(open, (const char *path, int flags, ...), path)
OPENED(open64, (const char *path, int flags, ...), path)
OPENED(openat, (int fd, const char *path, int flags, ...), fd, path)
OPENED(openat64, (int fd, const char *path, int flags, ...), fd, path)

// What has no function of its own in the C library, as an ioctl that shares blocks between files.
int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if ((request & 0xff00) == 0x9400) count();
    NEXT(ioctl, fd, request, argument);
}

long syscall(long number, ...) {
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
    va_end(rest);
    switch (number) {
    case SYS_renameat2:
    case SYS_linkat:
    case SYS_unlinkat:
    case SYS_mkdirat:
    case SYS_fchmodat:
    case SYS_utimensat:
    case SYS_copy_file_range:
#ifdef SYS_fchmodat2
    case SYS_fchmodat2:
#endif
        count();
    }
    NEXT(syscall, number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
