#define _GNU_SOURCE
#include "CKernel.h"

#include <errno.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct list {
    char *buffer;
    size_t size, used;
};

static int append(struct dl_phdr_info *info, size_t size, void *data) {
    struct list *list = data;
    (void)size;
    // The program itself has an empty name; the vDSO has one without a slash.
    if (!info->dlpi_name || !strchr(info->dlpi_name, '/')) return 0;
    size_t length = strlen(info->dlpi_name) + 1;
    if (list->buffer && list->used + length <= list->size)
        memcpy(list->buffer + list->used, info->dlpi_name, length);
    list->used += length;
    return 0;
}

size_t nodeos_shared_objects(char *buffer, size_t size) {
    struct list list = {buffer, size, 0};
    dl_iterate_phdr(append, &list);
    return list.used;
}

static int argument_count;
static char **argument_values;

// glibc gives the arguments of main to constructors, too.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    argument_values = values;
}

char **nodeos_arguments(int *count) {
    *count = argument_count;
    return argument_values;
}

int nodeos_counts_processes(void) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = _Fork();
    if (child == 0) {
        const struct rlimit one = {1, 1};
        setrlimit(RLIMIT_NPROC, &one);
        pid_t other = _Fork();
        if (other == 0) _exit(0);
        int refused = other < 0 && errno == EAGAIN;
        if (other > 0) waitpid(other, NULL, 0);
        _exit(refused ? 1 : 0);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

int nodeos_runs_32_bit(void) {
    int before = personality(0xffffffff);
    if (before < 0 || personality(PER_LINUX32) < 0) return 0;
    personality((unsigned long)before);
    return 1;
}
