#define _GNU_SOURCE
#include "build.h"
#include "root.h"
#include "users.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Everything here runs in a fork of a process that had threads: async-signal-safe calls only.

void nodeos_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return;
    if (limit.rlim_max == RLIM_INFINITY || hard < limit.rlim_max) limit.rlim_max = hard;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    setrlimit(resource, &limit);
}

/// The niceness of the caller. A session has one of its own beside its processes'.
static void keep_niceness(int niceness) {
    if (setpriority(PRIO_PROCESS, 0, niceness) != 0 || niceness == 0) return;
    int size = abs(niceness);
    char text[4] = {niceness < 0 ? '-' : '+', (char)('0' + size / 10), (char)('0' + size % 10), 0};
    // As a courtesy: a kernel without refuses.
    (void)nodeos_write_file("/proc/self/autogroup", text);
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

/// The same start for every build, whatever the caller's shell had set. (What is the same for all builds, the
/// process that starts this one has set: `nodeos_keep_view`.)
static void reset_process(const struct nodeos_plan *plan, int niceness) {
    personality(plan->personality);
    keep_processors(plan->processors);
    keep_niceness(niceness);
    nodeos_limit(RLIMIT_NOFILE, plan->open_files_soft, plan->open_files_hard);
    // One more: the process that starts builds is counted, too.
    if (plan->processes > 0) nodeos_limit(RLIMIT_NPROC, plan->processes + 1, plan->processes + 1);
}

/// A name of the machine's own, and a loopback interface that works. Returns 0 or -errno.
static int set_host(const struct nodeos_contents *plan) {
    if (sethostname(plan->host, strlen(plan->host)) != 0) return -errno;
    if (setdomainname("(none)", 6) != 0) return -errno;
    if (!plan->head->own_network) return 0;
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int failed = ioctl(fd, SIOCGIFFLAGS, &request) != 0;
    request.ifr_flags |= IFF_UP;
    failed = failed || ioctl(fd, SIOCSIFFLAGS, &request) != 0;
    int error = failed ? -errno : 0;
    close(fd);
    return error;
}

/// From here on this process and what it starts can do no more than any user's. Whoever cannot look into
/// this process cannot reach the program's own file through it either (CVE-2019-5736). Returns 0 or -errno.
static int drop_privileges(void) {
    struct { uint32_t version; int process; } header = {0x20080522, 0};  // _LINUX_CAPABILITY_VERSION_3
    const uint32_t none[6] = {0};
    if (syscall(SYS_capset, &header, none) != 0) return -errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -errno;
}

/// Makes the surroundings of the builder. Returns 0, or -errno and, in `report`, at which stage.
static int prepare(
    const struct nodeos_contents *plan, const struct nodeos_spawn *what, int niceness,
    struct nodeos_build_report *report) {
    report->stage = nodeos_stage_group;
    if (what->group_fd >= 0 && write(what->group_fd, "0", 1) != 1) return -errno;
    // Now, so that the group of the build is the first that it knows of.
    if (unshare(CLONE_NEWCGROUP) != 0 && errno != EINVAL) return -errno;
    if (plan->head->own_session) setsid();
    reset_process(plan->head, niceness);
    report->stage = nodeos_stage_host;
    int error = set_host(plan);
    if (error != 0) return error;
    report->stage = nodeos_stage_root;
    struct nodeos_root root;
    if ((error = nodeos_make_root(&root, nodeos_view_root)) != 0) return error;
    report->stage = nodeos_stage_step;
    for (uint32_t step = 0; step < plan->head->step_count; step++) {
        report->item = (int32_t)step;
        error = nodeos_do_step(&root, plan->steps[2 * step], plan->steps[2 * step + 1]);
        if (error != 0) return error;
    }
    report->stage = nodeos_stage_enter;
    umask(plan->head->creation_mask);
    if ((error = nodeos_enter_root(&root)) != 0) return error;
    if (chdir(plan->directory) != 0) return -errno;
    return drop_privileges();
}

/// Runs in the child of vfork, which writes into its parent's memory, where no compiler expects it: volatile.
/// Returns only by ending the process.
static _Noreturn void execute(
    const struct nodeos_contents *plan, const struct nodeos_spawn *what,
    volatile struct nodeos_build_report *report) {
    sigset_t none;
    sigemptyset(&none);
    report->stage = nodeos_stage_execute;
    int failed = 0;
    if (what->log_fd >= 0) {
        // Opened here, where it is the build's own: what can be done to the file of a descriptor goes by its mount.
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        failed = null < 0 || dup2(null, 0) < 0 || dup2(what->log_fd, 1) < 0 || dup2(what->log_fd, 2) < 0;
    }
    failed = failed || sigprocmask(SIG_SETMASK, &none, NULL) != 0;
    if (!failed) {
        report->stage = nodeos_stage_filter;
        const struct sock_fprog *filters[] = {&plan->rules, &plan->ceiling};
        for (int i = 0; i < 2 && !failed; i++)
            failed = filters[i]->len > 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filters[i]) != 0;
    }
    if (!failed) {
        report->stage = nodeos_stage_execute;
        execve(plan->arguments[0], plan->arguments, plan->environment);
    }
    report->error = errno;
    _exit(127);
}

/// Waits for the builder and takes in what it leaves behind. Ends when it has ended, and with this process
/// every other one of the build; or when nobody waits any more.
static void wait_for(pid_t builder, int signals, int lifeline, struct nodeos_build_report *report) {
    struct pollfd waits[2] = {{.fd = signals, .events = POLLIN}, {.fd = lifeline, .events = POLLIN}};
    for (;;) {
        pid_t child;
        int status;
        while ((child = waitpid(-1, &status, WNOHANG)) > 0) {
            if (child != builder) continue;
            report->wait_status = status;
            return;
        }
        if (child < 0 && errno == ECHILD) {
            // Cannot be: nobody saw the builder end. It did not succeed, then.
            report->wait_status = SIGKILL;
            return;
        }
        if (poll(waits, 2, -1) < 0) continue;
        if (waits[1].revents) _exit(1);
        if (waits[0].revents) {
            struct signalfd_siginfo information;
            if (read(signals, &information, sizeof information) < 0) continue;
        }
    }
}

_Noreturn void nodeos_process_1(
    const struct nodeos_contents *plan, const struct nodeos_spawn *what, int niceness,
    struct nodeos_build_report report) {
    prctl(PR_SET_NAME, "nodeos-build");
    // The memory may be that of a process 1 before this one, of which nothing runs any more.
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    sigset_t all;
    sigfillset(&all);
    int error = -report.error;
    int signals = signalfd(-1, &all, SFD_CLOEXEC);
    if (error == 0 && signals < 0) error = -errno;
    if (error == 0) error = prepare(plan, what, niceness, &report);
    pid_t builder = -1;
    volatile struct nodeos_build_report *written_by_child = &report;
    if (error == 0) {
        builder = vfork();
        if (builder == 0) execute(plan, what, written_by_child);
        if (builder < 0) report.error = errno;
    }
    if (error != 0) report.error = -error;
    // The log must end when the build's side does.
    if (what->log_fd >= 0) close(what->log_fd);
    if (what->log_fd >= 0) close_range(0, 2, 0);
    if (builder > 0 && written_by_child->error == 0) {
        report.stage = nodeos_stage_builder;
        wait_for(builder, signals, what->lifeline_fd, &report);
    }
    ssize_t written = write(what->report_fd, &report, sizeof report);
    _exit(written == sizeof report ? 0 : 1);
}
