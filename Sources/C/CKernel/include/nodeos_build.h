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
    /// Which of the steps.
    int32_t item;
    /// The wait status of the builder (wait(2)).
    int32_t wait_status;
};

/// The beginning of a plan, which is a file. Two programs of the packet filter follow (see `rules_bytes`), then
/// strings, each ended by NUL: the host name, the working directory, the directory of the host over which the
/// root is made, the arguments (the first is the builder's path), the environment, and the steps, two strings
/// each.
struct nodeos_plan {
    /// Soft and hard limit of open files.
    uint64_t open_files_soft;
    uint64_t open_files_hard;
    /// RLIMIT_NPROC, 0 for none.
    uint64_t processes;
    /// The builder's user and group, which are the caller's to the machine.
    uint32_t user;
    uint32_t group;
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
    /// How many arguments, variables and steps there are.
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
    /// The directory that the root is made over, writable.
    nodeos_step_covered = 'v',
    /// The device at the second string, which can be written to; but not its mode, owner and times.
    nodeos_step_device = 'c',
    /// The file system of processes.
    nodeos_step_processes = 'p',
    /// The file system of terminals.
    nodeos_step_terminals = 'y',
};

/// Starts the spawner: a small process that makes the processes of builds, so that this one, which may be large,
/// need not be copied for each. It is single-threaded, runs nothing but C, and ends when it is told to, or when the other end of `socket`
/// (SOCK_SEQPACKET) is closed because this process ended; it then removes the control groups that builds of this process have left in the
/// directory `groups`, whose names begin with `prefix`. Returns its process id, or -errno.
pid_t nodeos_start_spawner(int socket, const char *_Nullable groups, const char *_Nonnull prefix);

/// What the spawner hands over to process 1 of a build. All stay the caller's.
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

/// Has the spawner start process 1 of a build. It is a child of the calling process; when wait4(2) returns it, no
/// process of the build is left. Returns its process id, or -errno; -EPIPE when the spawner is gone.
pid_t nodeos_spawn(int socket, const struct nodeos_spawn *_Nonnull what);

/// Ends a spawner, which is to be waited for then. Returns 0 or -errno; -EPIPE when it is gone.
int nodeos_end_spawner(int socket);
