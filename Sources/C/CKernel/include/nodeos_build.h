#pragma once
#include <stdint.h>
#include <sys/types.h>

// The processes of a build that are ours: the spawner, one for each program, and process 1 of each build;
// see docs/decisions/0003-a-sandbox-of-our-own.md.

/// How far process 1 of a build came.
enum nodeos_stage {
    /// The builder was started; `wait_status` tells its end.
    nodeos_stage_builder,
    /// The plan could not be read.
    nodeos_stage_plan,
    /// The control group could not be joined.
    nodeos_stage_group,
    /// The user namespace could not be given its one user and one group.
    nodeos_stage_users,
    /// Host name or loopback interface could not be set.
    nodeos_stage_host,
    /// The empty root directory could not be made.
    nodeos_stage_root,
    /// Input number `item` of the store directory could not be shown.
    nodeos_stage_input,
    /// Step number `item` of the plan failed.
    nodeos_stage_step,
    /// The root directory could not be entered, or privileges not be dropped.
    nodeos_stage_enter,
    /// The system call filter was refused.
    nodeos_stage_filter,
    /// The builder could not be executed.
    nodeos_stage_execute,
};

/// What process 1 writes into its pipe, once. When nothing comes, it was killed.
struct nodeos_build_report {
    /// An `enum nodeos_stage`.
    int32_t stage;
    /// The errno of what failed.
    int32_t error;
    /// Which of the steps or inputs.
    int32_t item;
    /// The wait status of the builder (wait(2)).
    int32_t wait_status;
};

/// The beginning of a plan, which is a file. Two programs of the packet filter follow (see `rules_bytes`), then
/// strings, each ended by NUL: the host name, the working directory, the inputs in the store directory, each by its name
/// there, in ascending order, and its path on the host, the arguments (the first is the builder's path), the
/// environment, and the steps, two strings each.
struct nodeos_plan {
    /// Soft and hard limit of open files.
    uint64_t open_files_soft;
    uint64_t open_files_hard;
    /// RLIMIT_NPROC, 0 for none.
    uint64_t processes;
    /// The umask of the builder.
    uint32_t creation_mask;
    /// Its execution domain (personality(2)).
    uint32_t personality;
    /// On how many of the processors that the caller may use it runs, 0 for all.
    uint32_t processors;
    /// Whether the build has a loopback interface of its own, which is to be made to work.
    uint32_t own_network;
    /// Whether the build is a session of its own, out of reach of the caller's terminal.
    uint32_t own_session;
    /// The sizes of the two programs for seccomp(2), multiples of 8; 0 for none.
    uint32_t rules_bytes;
    uint32_t ceiling_bytes;
    /// How many inputs in the store directory, arguments, variables and steps there are.
    uint32_t input_count;
    uint32_t argument_count;
    uint32_t environment_count;
    uint32_t step_count;
};

// A step makes one entry of the root directory. Its first string is one of these letters and the path; missing
// directories above it are made, with mode 0755.
enum nodeos_step {
    /// A directory of mode 1777.
    nodeos_step_shared_directory = 's',
    /// A file of mode 0644 with the text of the second string.
    nodeos_step_text = 't',
    /// A symbolic link to the second string.
    nodeos_step_link = 'l',
    /// What is at the second string on the host, with all that is mounted in it: read-only.
    nodeos_step_input = 'i',
    /// The same for a file that need not be there, and may be a symbolic link.
    nodeos_step_optional = 'o',
    /// The same, writable.
    nodeos_step_directory = 'd',
    /// The store directory with the inputs in it, writable.
    nodeos_step_store = 'v',
    /// The device at the second string, which can be written to; but not its mode, owner and times.
    nodeos_step_device = 'c',
    /// The file system of processes.
    nodeos_step_processes = 'p',
    /// The file system of terminals.
    nodeos_step_terminals = 'y',
};

/// Starts the spawner: a small process that makes others, so that this one, which may be large, need not be copied
/// for each. It is single-threaded, runs nothing but C, and ends when it is told to, or when the other end of `socket`
/// (SOCK_SEQPACKET) is closed because this process ended; it then removes the control groups that builds of this process have left in the
/// directory `groups`, whose names begin with `prefix`. Returns its process id, or -errno.
pid_t nodeos_start_spawner(int socket, const char *_Nullable groups, const char *_Nonnull prefix);

/// Ends a spawner, which is to be waited for then. Returns 0 or -errno; -EPIPE when it is gone.
int nodeos_end_spawner(int socket);

/// Has the spawner start a process that keeps a view, a store directory that builds see one after another: the mounts
/// of one build's inputs are the next one's, as far as these have the same. It is made over the directory `over` of the
/// host, on the file system of the outputs, in which entries for the inputs are made. `user` and `group` are the numbers
/// that the caller's have in builds. The process is a child of this one, talks through the other end of `socket`, and
/// ends when that is closed: it then removes these entries, `over` and the directory above it, if nothing else is in
/// them. Returns its process id, or -errno; -EPIPE when the spawner is gone.
pid_t nodeos_start_view(int spawner, int socket, const char *_Nonnull over, uint32_t user, uint32_t group);

/// Waits until a view is ready; `report` tells what failed. Returns 0, or -EPIPE when its process is gone.
int nodeos_await_view(int socket, struct nodeos_build_report *_Nonnull report);

/// What is handed over to process 1 of a build. All stay the caller's.
struct nodeos_spawn {
    /// A file that holds a plan.
    int plan_fd;
    /// The reading end of a pipe whose only writing end the caller keeps: when that closes, by will or by the
    /// caller's death, the build is killed.
    int lifeline_fd;
    /// The writing end of a pipe.
    int report_fd;
    /// The builder's standard output and error, its input being empty; or -1 for the caller's three.
    int log_fd;
    /// The open `cgroup.procs` of the build's control group, or -1.
    int group_fd;
    /// Whether the build has a network namespace of its own.
    int own_network;
};

/// A build that was started.
struct nodeos_started {
    /// The process id of its process 1, or -errno; -EPIPE when the view is gone.
    int32_t process;
    /// How many of the inputs in the store directory are symbolic links, which a builder can replace.
    uint32_t links;
};

/// Has a view start process 1 of a build, after which it has the inputs of its plan and no others. It is a child of
/// the calling process; when wait4(2) returns it, no process of the build is left. One build at a time.
struct nodeos_started nodeos_start_build(int socket, const struct nodeos_spawn *_Nonnull what);
