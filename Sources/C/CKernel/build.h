#pragma once
#include "CKernel.h"

/// The process for which a build is done, as it is outside the build's namespaces.
struct nodeos_caller {
    unsigned user, group;
    int niceness;
};

/// Process 1 of a build, from the first instruction after clone(2) to its end. The descriptors in
/// `what` are this process's own. Does not return.
_Noreturn void nodeos_process_1(const struct nodeos_spawn *what, const struct nodeos_caller *caller);
