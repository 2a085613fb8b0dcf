#pragma once
#include "CKernel.h"
#include <linux/filter.h>

/// An input of a build in its store directory.
struct nodeos_input {
    /// Its name there.
    const char *name;
    /// Its path on the host.
    const char *source;
    /// What was mounted: the device, the file on it, and its kind (S_IFMT).
    uint64_t device, file;
    unsigned kind;
};

/// A plan as it lies in memory, with its strings found.
struct nodeos_contents {
    const struct nodeos_plan *head;
    struct sock_fprog rules, ceiling;
    const char *host, *directory;
    char **arguments, **environment, **steps;
    struct nodeos_input *inputs;
    /// What was mapped for it.
    void *bytes, *lists;
    size_t bytes_size, lists_size;
};

/// Maps a plan. Returns 0 or -errno; -EINVAL when it is none.
int nodeos_read_plan(int fd, struct nodeos_contents *plan);

/// Unmaps it.
void nodeos_forget_plan(struct nodeos_contents *plan);
