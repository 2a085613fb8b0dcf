#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// One process that must be made by fork because it goes on running our code; see
// docs/decisions/0003-sandbox-spawns-itself.md.

/// How a supervised command ended; the supervisor writes one of these to `report_fd`, once every process
/// of the build is gone.
struct nodeos_supervision_report {
    /// 0, or the errno of what kept the command from being started.
    int32_t error;
    /// 0, or the errno of what kept the mounts from being made; the command was not started then.
    int32_t mount_error;
    /// The wait status of the command itself (wait(2)).
    int32_t wait_status;
    /// CPU time of all processes that were waited for, in microseconds.
    int64_t user_microseconds;
    int64_t system_microseconds;
    /// The largest resident set of any one of them, in bytes.
    int64_t peak_resident_bytes;
};

/// What to run, and how. Every descriptor stays the caller's; the supervisor works on its copies.
struct nodeos_supervision {
    /// The program's file, or NULL when `program_fd` is set.
    const char *_Nullable program;
    /// An open program file to execute, or -1.
    int program_fd;
    /// NULL-terminated.
    char *_Nullable const *_Nonnull arguments;
    /// NULL-terminated.
    char *_Nullable const *_Nonnull environment;
    /// The command's standard input, or -1 to keep the caller's.
    int stdin_fd;
    /// The command's standard output and error, or -1 to keep the caller's and its terminal session.
    int log_fd;
    /// More descriptors the command gets, under their own numbers.
    const int *_Nullable passed_fds;
    size_t passed_count;
    /// The reading end of a pipe whose only writing end the caller keeps: when that closes, by will or
    /// by the caller's death, the supervisor kills all.
    int lifeline_fd;
    /// The writing end of a pipe.
    int report_fd;
    /// Soft and hard limit of open files.
    uint64_t open_files_soft;
    uint64_t open_files_hard;
    /// Limit of processes by RLIMIT_NPROC, counted in a user namespace of the command's own where the machine
    /// lets it have one, else with all others of the user; 0 for none.
    uint64_t processes;
    /// The control group that the command is put into, by an open `cgroup.procs` of it, or -1; and its
    /// directory, which the supervisor removes when all is gone, or NULL.
    int group_fd;
    const char *_Nullable group;
    /// The umask of the command.
    uint32_t creation_mask;
    /// Its execution domain (personality(2)).
    uint32_t personality;
    /// On how many of the processors that the caller may use it runs, 0 for all.
    uint32_t processors;
    /// NULL-terminated: a path, and the place where it is mounted for the command, read-only and with all
    /// that is mounted below it, in turn. Nobody else sees these mounts.
    char *_Nullable const *_Nonnull mounts;
};

/// Forks a supervisor that runs the command in a new process, waits until it and everything it left behind
/// is gone, and reports. Returns the supervisor's process id, or -errno.
pid_t nodeos_supervise(const struct nodeos_supervision *_Nonnull what);
