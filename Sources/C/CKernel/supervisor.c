#define _GNU_SOURCE
#include "CKernel.h"
#include "mounts.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Everything below `supervise` runs in a fork of a process with threads: async-signal-safe calls only.

static void limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return;
    if (limit.rlim_max == RLIM_INFINITY || hard < limit.rlim_max) limit.rlim_max = hard;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    setrlimit(resource, &limit);
}

/// The niceness of the whole program, which is its first thread's: the thread that asks for a build may
/// be one of a pool that sets its own. A session has a niceness of its own beside its processes'.
static void keep_niceness(void) {
    errno = 0;
    int nice = getpriority(PRIO_PROCESS, (id_t)getppid());
    if (errno != 0 || setpriority(PRIO_PROCESS, 0, nice) != 0 || nice == 0) return;
    int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;  // a kernel without
    char text[3] = {nice < 0 ? '-' : '+', (char)('0' + abs(nice) / 10), (char)('0' + abs(nice) % 10)};
    ssize_t written = write(fd, text, sizeof text);
    (void)written;  // as a courtesy
    close(fd);
}

/// Leaves the first processors only. A kernel that refuses shows all.
static void keep_processors(unsigned count) {
    cpu_set_t set;
    if (count == 0 || sched_getaffinity(0, sizeof set, &set) != 0) return;
    unsigned kept = 0;
    for (unsigned number = 0; number < CPU_SETSIZE; number++)
        if (CPU_ISSET(number, &set) && ++kept > count) CPU_CLR(number, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/// The same start for every build, whatever the caller's shell had set.
static void reset_process(const struct nodeos_supervision *what) {
    // By the system call: the C library keeps two signals to itself. All zero is SIG_DFL with no flags.
    const unsigned char default_action[256] = {0};
    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, default_action, NULL, (size_t)(NSIG - 1) / 8);
    umask(what->creation_mask);
    personality(what->personality);
    keep_processors(what->processors);
    keep_niceness();
    // One byte is too little for a core file, and the only limit at which the kernel does not start the
    // machine's own handler of crashes either (core(5)).
    limit(RLIMIT_CORE, 1, 1);
    limit(RLIMIT_NOFILE, what->open_files_soft, what->open_files_hard);
    limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY);
    // Memory that cannot be swapped out, priorities before everybody else's: not even where the caller may.
    limit(RLIMIT_MEMLOCK, 8 << 20, 8 << 20);
    limit(RLIMIT_RTPRIO, 0, 0);
    limit(RLIMIT_NICE, 0, 0);
}

/// What the kernel counts for each user, over all their processes: a build may not take what others of the
/// user need. In a user namespace of the command's own the build's use is counted apart, and the limit is
/// compared with that alone; what the user may have in all still holds.
static void limit_shares(const struct nodeos_supervision *what) {
    nodeos_write_file("/proc/sys/user/max_inotify_instances", "16");
    nodeos_write_file("/proc/sys/user/max_inotify_watches", "4096");
    limit(RLIMIT_MSGQUEUE, 400 << 10, 400 << 10);
    limit(RLIMIT_SIGPENDING, 4096, 4096);
    if (what->processes > 0) limit(RLIMIT_NPROC, what->processes, what->processes);
}

/// Closes every descriptor above 2 that is none of ours: another build's lifeline must not live here.
static void close_others(const struct nodeos_supervision *what) {
    unsigned next = 3;
    for (;;) {
        unsigned keep = ~0u;  // the smallest of ours that is not below `next`
        for (size_t i = 0; i < what->passed_count + 6; i++) {
            size_t own = i - what->passed_count;
            int fd = i < what->passed_count ? what->passed_fds[i]
                     : own == 0            ? what->lifeline_fd
                     : own == 1            ? what->report_fd
                     : own == 2            ? what->stdin_fd
                     : own == 3            ? what->log_fd
                     : own == 4            ? what->group_fd
                                           : what->program_fd;
            if (fd >= (int)next && (unsigned)fd < keep) keep = (unsigned)fd;
        }
        if (keep > next) close_range(next, keep == ~0u ? ~0u : keep - 1, 0);
        if (keep == ~0u) return;
        next = keep + 1;
    }
}

/// When memory ends, builds are to end before the program that runs them, and before all others.
static void offer_to_memory_shortage(void) {
    static const char score[] = "500";
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    // Refused where the caller is offered more already.
    ssize_t written = write(fd, score, sizeof score - 1);
    (void)written;
    close(fd);
}

/// What became of a child of vfork, which writes into its parent's memory.
struct start_result {
    int error;
    /// Whether this machine lets the command have no user namespace of its own.
    int users_refused;
};

/// Runs in the child of vfork: returns only by ending the process.
static void execute(const struct nodeos_supervision *what, int leaves_users, volatile struct start_result *result) {
    sigset_t none;
    sigemptyset(&none);
    int failed = what->stdin_fd >= 0 && dup2(what->stdin_fd, 0) < 0;
    if (what->log_fd >= 0) failed |= dup2(what->log_fd, 1) < 0 || dup2(what->log_fd, 2) < 0;
    if (what->group_fd >= 0) failed |= write(what->group_fd, "0", 1) != 1;
    if (!failed) {
        sigprocmask(SIG_SETMASK, &none, NULL);
        offer_to_memory_shortage();
        if (leaves_users && nodeos_leave_users(0) != 0) {
            result->users_refused = 1;
            _exit(127);
        }
        if (leaves_users)
            limit_shares(what);
        else if (what->processes > 0)
            limit(RLIMIT_NPROC, what->processes, what->processes);
        if (what->program_fd >= 0)
            execveat(what->program_fd, "", what->arguments, what->environment, AT_EMPTY_PATH);
        else
            execve(what->program, what->arguments, what->environment);
    }
    result->error = errno;
    _exit(127);
}

static pid_t start(const struct nodeos_supervision *what, int *failure) {
    volatile struct start_result result = {0, 0};
    for (size_t i = 0; i < what->passed_count; i++) fcntl(what->passed_fds[i], F_SETFD, 0);
    pid_t child = vfork();
    if (child == 0) execute(what, 1, &result);
    if (result.users_refused) {
        // Some machines grant user namespaces to bubblewrap alone.
        waitpid(child, NULL, 0);
        child = vfork();
        if (child == 0) execute(what, 0, &result);
    }
    *failure = child < 0 ? errno : result.error;
    return child;
}

/// Kills the processes that were left to us (we are their subreaper). They are our children and not yet
/// waited for, so no other process can have their numbers.
static void kill_children(void) {
    char text[4096];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t count = read(fd, text, sizeof text);
    close(fd);
    pid_t child = 0;
    for (ssize_t i = 0; i < count; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            child = child * 10 + (text[i] - '0');
        } else if (child > 0) {
            kill(child, SIGKILL);
            child = 0;
        }
    }
}

static void add_usage(struct nodeos_supervision_report *report, const struct rusage *usage) {
    report->user_microseconds += usage->ru_utime.tv_sec * 1000000LL + usage->ru_utime.tv_usec;
    report->system_microseconds += usage->ru_stime.tv_sec * 1000000LL + usage->ru_stime.tv_usec;
    int64_t peak = usage->ru_maxrss * 1024LL;
    if (peak > report->peak_resident_bytes) report->peak_resident_bytes = peak;
}

static void wait_for_all(
    const struct nodeos_supervision *what, pid_t command, int signals,
    struct nodeos_supervision_report *report) {
    struct pollfd waits[2] = {{.fd = signals, .events = POLLIN}, {.fd = what->lifeline_fd, .events = POLLIN}};
    int ended = 0;
    for (;;) {
        struct rusage usage;
        int status;
        // Once the command has ended, what is left is dying: sleep in wait, after making sure of it.
        if (ended) kill_children();
        pid_t child = wait4(-1, &status, ended ? 0 : WNOHANG, &usage);
        if (child > 0) {
            add_usage(report, &usage);
            if (child == command) {
                report->wait_status = status;
                ended = 1;
            }
            continue;
        }
        if (child < 0 && errno != EINTR) return;  // ECHILD: all gone
        if (child < 0) continue;
        if (poll(waits, 2, -1) < 0) continue;
        if (waits[0].revents) {
            struct signalfd_siginfo information;
            if (read(signals, &information, sizeof information) < 0) continue;
        }
        if (waits[1].revents) {
            kill(command, SIGKILL);
            waits[1].fd = -1;
        }
    }
}

static void supervise(const struct nodeos_supervision *what, const sigset_t *all) {
    struct nodeos_supervision_report report = {0};
    prctl(PR_SET_NAME, "nodeos-build");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    // Out of reach of the terminal's Ctrl-C, unless the command is to have the terminal.
    if (what->log_fd >= 0) setsid();
    close_others(what);
    reset_process(what);
    sigprocmask(SIG_SETMASK, all, NULL);
    int signals = signalfd(-1, all, SFD_CLOEXEC);
    pid_t command = -1;
    if (signals < 0)
        report.error = errno;
    else if ((report.mount_error = -nodeos_make_mounts(what->mounts)) == 0)
        command = start(what, &report.error);
    // The pipes must end when the command's side does.
    for (size_t i = 0; i < what->passed_count; i++) close(what->passed_fds[i]);
    if (what->stdin_fd >= 0) close(what->stdin_fd);
    if (what->group_fd >= 0) close(what->group_fd);
    if (what->log_fd >= 0) {
        close(what->log_fd);
        close_range(0, 2, 0);
    }
    if (command > 0) wait_for_all(what, command, signals, &report);
    // Also when nobody is left who would.
    if (what->group != NULL) rmdir(what->group);
    ssize_t written = write(what->report_fd, &report, sizeof report);
    _exit(written == sizeof report ? 0 : 1);
}

pid_t nodeos_supervise(const struct nodeos_supervision *what) {
    sigset_t all, before;
    sigfillset(&all);
    // No handler of the caller may run in the supervisor.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = _Fork();
    if (child == 0) supervise(what, &all);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return child < 0 ? -error : child;
}
