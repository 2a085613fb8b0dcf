#pragma once
#include "plan.h"

/// Process 1 of a build, from the first instruction after clone(2) to its end. The descriptors in `what` are this
/// process's own; `niceness` is the builder's. Does not return.
///
/// \param report what failed before; 0 in `error` when nothing did.
_Noreturn void nodeos_process_1(
    const struct nodeos_contents *plan, const struct nodeos_spawn *what, int niceness,
    struct nodeos_build_report report);

/// Sets a limit of this process, the hard one at most to what it is.
void nodeos_limit(int resource, uint64_t soft, uint64_t hard);
