#define _GNU_SOURCE
#include "build.h"

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

enum { most_descriptors = 5 };

/// What goes through the socket, beside the descriptors.
struct request {
    /// Which of the descriptors in the order of `struct nodeos_spawn` are there.
    int32_t present[most_descriptors];
    int32_t own_network;
};

/// A process in namespaces of its own, as a child of the caller's parent (or of the caller). Returns as fork(2)
/// does, or -errno.
static pid_t clone_into_namespaces(int own_network, int more) {
    unsigned long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
    if (own_network) flags |= CLONE_NEWNET;
    long child = syscall(SYS_clone, flags | (unsigned long)more | SIGCHLD, NULL, NULL, NULL, NULL);
    return child < 0 ? -errno : (pid_t)child;
}

static int niceness_of_parent(void) { return getpriority(PRIO_PROCESS, (id_t)getppid()); }

static pid_t start(int socket, const struct request *request, const int *fds) {
    int all[most_descriptors], next = 0;
    for (int i = 0; i < most_descriptors; i++) all[i] = request->present[i] ? fds[next++] : -1;
    const struct nodeos_caller caller = {geteuid(), getegid(), niceness_of_parent()};
    pid_t child = clone_into_namespaces(request->own_network, CLONE_PARENT);
    if (child != 0) return child;
    close(socket);
    const struct nodeos_spawn what = {
        all[0], all[1], all[2], all[3], all[4], request->own_network};
    nodeos_process_1(&what, &caller);
}

/// Reads one request and answers it. Returns 1, 0 when there are to be no more, -1 when the other end is gone.
static int serve(int socket) {
    struct request request;
    union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof(int) * most_descriptors)]; } control;
    struct iovec part = {&request, sizeof request};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR) return 1;
    if (count <= 0) return -1;
    if (count != sizeof request) return 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int fds[most_descriptors], given = 0;
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
        given = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(header), sizeof(int) * (size_t)given);
    }
    int wanted = 0;
    for (int i = 0; i < most_descriptors; i++) wanted += request.present[i] != 0;
    // Fewer come when this process may not have so many open.
    int32_t answer = given == wanted ? start(socket, &request, fds) : -EMFILE;
    for (int i = 0; i < given; i++) close(fds[i]);
    return send(socket, &answer, sizeof answer, MSG_NOSIGNAL) == sizeof answer ? 1 : -1;
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
    setpriority(PRIO_PROCESS, 0, niceness_of_parent());
    hide_command_line();
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

pid_t nodeos_spawn(int socket, const struct nodeos_spawn *what) {
    const int all[most_descriptors] = {
        what->plan_fd, what->lifeline_fd, what->report_fd, what->log_fd, what->group_fd};
    struct request request = {.own_network = what->own_network};
    int fds[most_descriptors];
    size_t count = 0;
    for (int i = 0; i < most_descriptors; i++) {
        request.present[i] = all[i] >= 0;
        if (all[i] >= 0) fds[count++] = all[i];
    }
    union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof fds)]; } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {&request, sizeof request};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    ssize_t done;
    while ((done = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {}
    if (done < 0) return errno == ECONNRESET || errno == ENOTCONN ? -EPIPE : -errno;
    int32_t answer;
    while ((done = recv(socket, &answer, sizeof answer, 0)) < 0 && errno == EINTR) {}
    return done == sizeof answer ? answer : -EPIPE;
}

int nodeos_end_spawner(int socket) {
    const char farewell = 0;
    return send(socket, &farewell, sizeof farewell, MSG_NOSIGNAL) == sizeof farewell ? 0 : -errno;
}
