#define _GNU_SOURCE
#include "keeper.h"
#include "build.h"
#include "messages.h"
#include "users.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Async-signal-safe calls only.

/// What asks for a build, beside the descriptors.
struct request {
    /// Which of the descriptors in the order of `struct nodeos_spawn` are there.
    int32_t present[nodeos_most_descriptors];
    int32_t own_network;
};

/// What all builds have in common, whatever the caller's shell had set: they are this process's children.
static void limit_builds(void) {
    // What the kernel counts for each user, over all their processes: a build may not take what others of the
    // user need. In a user namespace of its own its use is counted apart, and the limit is compared with that
    // alone; what the user may have in all still holds. What a machine does not let us write keeps its own
    // limit; the filter, too, refuses user namespaces.
    (void)nodeos_write_file("/proc/sys/user/max_user_namespaces", "0");
    (void)nodeos_write_file("/proc/sys/user/max_inotify_instances", "16");
    (void)nodeos_write_file("/proc/sys/user/max_inotify_watches", "4096");
    nodeos_limit(RLIMIT_MSGQUEUE, 400 << 10, 400 << 10);
    nodeos_limit(RLIMIT_SIGPENDING, 4096, 4096);
    // When memory ends, builds are to end before the program that runs them, and before all others. Refused
    // where the caller is offered more already.
    (void)nodeos_write_file("/proc/self/oom_score_adj", "500");
    // One byte is too little for a core file, and the only limit at which the kernel does not start the
    // machine's own handler of crashes either (core(5)).
    nodeos_limit(RLIMIT_CORE, 1, 1);
    nodeos_limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY);
    // Memory that cannot be swapped out, priorities before everybody else's: not even where the caller may.
    nodeos_limit(RLIMIT_MEMLOCK, 8 << 20, 8 << 20);
    nodeos_limit(RLIMIT_RTPRIO, 0, 0);
    nodeos_limit(RLIMIT_NICE, 0, 0);
}

/// What no program that a build executes may have again. Returns 0 or -errno.
static int drop_bounding_set(void) {
    int number = 0;
    while (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0) number++;
    return errno == EINVAL && number > 0 ? 0 : -errno;  // EINVAL: the number after the last
}

static int prepare(
    struct nodeos_view *view, const struct nodeos_view_request *request, struct nodeos_build_report *report) {
    report->stage = nodeos_stage_users;
    int error = nodeos_map_users(request->caller, request->caller_group, request->user, request->group);
    if (error != 0) return error;
    limit_builds();
    if ((error = nodeos_make_view(view, request->over, report)) != 0) return error;
    report->stage = nodeos_stage_enter;
    if ((error = drop_bounding_set()) != 0) return error;
    report->stage = nodeos_stage_builder;
    return 0;
}

/// What process 1 is started with.
struct beginning {
    const struct nodeos_view *view;
    const struct nodeos_spawn *what;
    int niceness;
    struct nodeos_build_report report;
    /// Its process id, as its parent sees it.
    pid_t process;
};

static void answer(int socket, int32_t process, uint32_t links) {
    const struct nodeos_started answer = {process, links};
    // Who is gone needs none.
    (void)nodeos_send(socket, &answer, sizeof answer, NULL, 0);
}

static int begin(void *argument) {
    const struct beginning *beginning = argument;
    answer(beginning->view->socket, beginning->process, nodeos_count_links(beginning->view));
    close(beginning->view->socket);
    close(beginning->view->store);
    nodeos_process_1(
        &beginning->view->last, beginning->what, beginning->niceness, beginning->report);
}

/// Starts process 1 of a build in copies of this process's mounts, as a child of its parent, and waits for its end:
/// it runs in this process's memory, on a stack of its own, which saves it a copy of all there is (vfork(2)).
static void start(struct nodeos_view *view, const struct request *request, const int *fds) {
    static _Alignas(16) char stack[1 << 16];
    int all[nodeos_most_descriptors], next = 0;
    for (int i = 0; i < nodeos_most_descriptors; i++) all[i] = request->present[i] ? fds[next++] : -1;
    const struct nodeos_spawn what = {all[0], all[1], all[2], all[3], all[4], request->own_network};
    // A session's niceness is not its leader's alone.
    struct beginning beginning = {view, &what, getpriority(PRIO_PROCESS, (id_t)getppid()), {nodeos_stage_plan, 0, 0, 0}, 0};
    struct nodeos_contents plan;
    int error = nodeos_read_plan(what.plan_fd, &plan);
    if (error == 0) error = nodeos_show_inputs(view, &plan, &beginning.report);
    beginning.report.error = -error;
    int flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC
        | CLONE_NEWUTS | SIGCHLD;
    if (request->own_network) flags |= CLONE_NEWNET;
    if (clone(begin, stack + sizeof stack, flags, &beginning, &beginning.process) < 0) answer(view->socket, -errno, 0);
}

/// Reads one request and answers it. Returns whether there may be more.
static int serve(struct nodeos_view *view) {
    struct request request;
    int fds[nodeos_most_descriptors], given, wanted = 0;
    if (nodeos_receive(view->socket, &request, sizeof request, fds, &given) != sizeof request) return 0;
    for (int i = 0; i < nodeos_most_descriptors; i++) wanted += request.present[i] != 0;
    // Fewer come when this process may not have so many open.
    if (given == wanted) start(view, &request, fds);
    else answer(view->socket, -EMFILE, 0);
    for (int i = 0; i < given; i++) close(fds[i]);
    return 1;
}

_Noreturn void nodeos_keep_view(int socket, const struct nodeos_view_request *request) {
    prctl(PR_SET_NAME, "nodeos-view");
    struct nodeos_view view = {.socket = socket, .store = -1};
    struct nodeos_build_report report = {.stage = nodeos_stage_users};
    report.error = -prepare(&view, request, &report);
    if (nodeos_send(socket, &report, sizeof report, NULL, 0) != 0 || report.error != 0) _exit(1);
    while (serve(&view)) {}
    // Also when the program was killed.
    nodeos_leave_view(&view, request->over);
    _exit(0);
}

int nodeos_await_view(int socket, struct nodeos_build_report *report) {
    int none;
    return nodeos_receive(socket, report, sizeof *report, NULL, &none) == sizeof *report ? 0 : -EPIPE;
}

struct nodeos_started nodeos_start_build(int socket, const struct nodeos_spawn *what) {
    const int all[nodeos_most_descriptors] = {
        what->plan_fd, what->lifeline_fd, what->report_fd, what->log_fd, what->group_fd};
    struct request request = {.own_network = what->own_network};
    int fds[nodeos_most_descriptors], none;
    size_t count = 0;
    for (int i = 0; i < nodeos_most_descriptors; i++) {
        request.present[i] = all[i] >= 0;
        if (all[i] >= 0) fds[count++] = all[i];
    }
    struct nodeos_started answer = {.process = nodeos_send(socket, &request, sizeof request, fds, count)};
    if (answer.process != 0) return answer;
    if (nodeos_receive(socket, &answer, sizeof answer, NULL, &none) != sizeof answer) answer.process = -EPIPE;
    return answer;
}
