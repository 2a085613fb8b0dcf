#define _GNU_SOURCE
#include "keeper.h"
#include "messages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The spawner runs in a fork of a process with threads: async-signal-safe calls only.

/// Starts a process that keeps a view, as a child of this process's parent. Returns its process id or -errno.
static pid_t start_view(int own_socket, const struct nodeos_view_request *request, int socket) {
    long child = syscall(
        SYS_clone, CLONE_NEWUSER | CLONE_NEWNS | CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child != 0) return child < 0 ? -errno : (pid_t)child;
    close(own_socket);
    nodeos_keep_view(socket, request);
}

/// Reads one request and answers it. Returns 1, 0 when there are to be no more, -1 when the other end is gone.
static int serve(int socket) {
    static struct nodeos_view_request request;
    int fds[nodeos_most_descriptors], given;
    ssize_t count = nodeos_receive(socket, &request, sizeof request, fds, &given);
    if (count <= 0) return -1;
    if (count != sizeof request) return 0;
    int32_t answer = given == 1 ? start_view(socket, &request, fds[0]) : -EMFILE;
    for (int i = 0; i < given; i++) close(fds[i]);
    return nodeos_send(socket, &answer, sizeof answer, NULL, 0) == 0 ? 1 : -1;
}

/// Removes the groups whose names begin with `prefix`. Returns how many could not be.
static int remove_groups(const char *groups, const char *prefix) {
    int left = 0;
    int directory = open(groups, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return 0;
    char buffer[4096];
    long count;
    while ((count = nodeos_getdents(directory, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < count;) {
            const struct dirent64 *entry = (const void *)(buffer + at);
            at += entry->d_reclen;
            if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0) continue;
            if (unlinkat(directory, entry->d_name, AT_REMOVEDIR) != 0 && errno == EBUSY) left++;
        }
    }
    close(directory);
    return left;
}

/// Leaves this process's large memory out of its children, which need none of it: what the program that it was
/// copied from had in its heaps and stacks. Small mappings belong to libraries.
static void keep_memory_to_ourselves(void) {
    char text[4096];
    size_t kept = 0;
    uintptr_t here = (uintptr_t)&text, thread = (uintptr_t)__builtin_thread_pointer();
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    ssize_t count;
    while (fd >= 0 && (count = read(fd, text + kept, sizeof text - 1 - kept)) > 0) {
        kept += (size_t)count;
        text[kept] = 0;
        char *line = text, *end;
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            // "55d0-55f0 rw-p 00000000 00:00 0 [heap]", the fourth to last field 0 where there is no file.
            char *rest;
            uintptr_t first = strtoul(line, &rest, 16), last = strtoul(rest + 1, &rest, 16);
            int is_anonymous = strncmp(rest, " rw-p 00000000 00:00 0", 22) == 0;
            if (!is_anonymous || last - first < 1 << 20) continue;
            if ((here >= first && here < last) || (thread >= first && thread < last)) continue;
            madvise((void *)first, last - first, MADV_DONTFORK);
        }
        kept = strlen(line);
        memmove(text, line, kept);
    }
    if (fd >= 0) close(fd);
}

/// A builder may read the command line of process 1, which is a copy of ours: what the user typed is none of
/// its business. When the last byte is not NUL, the kernel takes the first string for all of it (proc(5)).
static void hide_command_line(void) {
    static const char title[] = "nodeos-build";
    int count;
    char **arguments = nodeos_arguments(&count);
    if (count < 1) return;
    char *begin = arguments[0], *end = arguments[count - 1] + strlen(arguments[count - 1]);
    memset(begin, 0, (size_t)(end - begin));
    if (end - begin < (ptrdiff_t)sizeof title) return;
    memcpy(begin, title, sizeof title);
    *end = 1;
}

static _Noreturn void run(int socket, const char *groups, const char *prefix) {
    prctl(PR_SET_NAME, "nodeos-spawner");
    // The thread that starts us may be one of a pool that sets its own niceness.
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, (id_t)getppid()));
    hide_command_line();
    // By the system call: the C library keeps two signals to itself. All zero is SIG_DFL with no flags.
    const unsigned char default_action[256] = {0};
    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, default_action, NULL, (size_t)(NSIG - 1) / 8);
    keep_memory_to_ourselves();
    // A builder's log must not take the place of a stream that is missing.
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);
    // Another build's lifeline must not live here.
    if (socket > 3) close_range(3, (unsigned)socket - 1, 0);
    close_range((unsigned)socket + 1, ~0u, 0);
    int more;
    while ((more = serve(socket)) > 0) {}
    if (more == 0) _exit(0);
    // The builds of a process that is no more die now; their groups can be removed when they have.
    const struct timespec moment = {0, 20000000};
    for (int tries = 0; groups != NULL && tries < 500 && remove_groups(groups, prefix) > 0; tries++)
        nanosleep(&moment, NULL);
    _exit(0);
}

pid_t nodeos_start_spawner(int socket, const char *groups, const char *prefix) {
    sigset_t all, before;
    sigfillset(&all);
    // No handler of the caller may run in the spawner, and no key of the terminal ends it.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = _Fork();
    if (child == 0) run(socket, groups, prefix);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return child < 0 ? -error : child;
}

pid_t nodeos_start_view(int spawner, int socket, const char *over, uint32_t user, uint32_t group) {
    struct nodeos_view_request request = {geteuid(), getegid(), user, group, ""};
    if (strlen(over) >= sizeof request.over) return -ENAMETOOLONG;
    strcpy(request.over, over);
    int error = nodeos_send(spawner, &request, sizeof request, &socket, 1), none;
    if (error != 0) return error;
    int32_t answer;
    return nodeos_receive(spawner, &answer, sizeof answer, NULL, &none) == sizeof answer ? answer : -EPIPE;
}

int nodeos_end_spawner(int socket) {
    const char farewell = 0;
    return nodeos_send(socket, &farewell, sizeof farewell, NULL, 0);
}
