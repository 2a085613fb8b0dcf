#pragma once
#include "CKernel.h"

/// What the spawner is asked for.
struct nodeos_view_request {
    /// The caller's user and group, and their numbers in builds.
    uint32_t caller, caller_group, user, group;
    /// The directory of the host that the view is made over.
    char over[4096];
};

/// The process that keeps a view, from the first instruction after clone(2), in a user and a mount namespace of its
/// own, to its end: makes the view, answers how that went (`struct nodeos_build_report`), and serves builds until the
/// other end of `socket` is closed.
_Noreturn void nodeos_keep_view(int socket, const struct nodeos_view_request *request);
