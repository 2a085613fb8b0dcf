// Lets one read of a file fail as a broken disk does. Loaded with LD_PRELOAD by SeedAuditTests, which
// compiles it: cc -shared -fPIC -o fail-read.so fail-read.c -ldl
//
//   FAIL_AT=N          the N-th pread(2) of such a file fails with EIO; 0 none
//   FAIL_IN=TEXT       files whose path holds TEXT
//   FAIL_COUNT=FILE    receives the number of such calls when the program ends by itself
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long calls;

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAIL_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
}

static int fails(int fd) {
    const char *text = getenv("FAIL_IN"), *at = getenv("FAIL_AT");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (!text || size < 0) return 0;
    path[size] = 0;
    return strstr(path, text) && atomic_fetch_add(&calls, 1) + 1 == (at ? atol(at) : 0);
}

#define PREAD(name)                                                                        \
    ssize_t name(int fd, void *buffer, size_t count, off64_t offset) {                     \
        static __typeof__(name) *next;                                                     \
        if (fails(fd)) {                                                                   \
            errno = EIO;                                                                   \
            return -1;                                                                     \
        }                                                                                  \
        if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                     \
        return next(fd, buffer, count, offset);                                            \
    }

PREAD(pread)
PREAD(pread64)
