#pragma once
#include <seccomp.h>
#include <stdint.h>

/// SCMP_ACT_ERRNO(error): a macro with an argument, which Swift does not see.
static inline uint32_t nodeos_filter_refuse(uint32_t error) { return SCMP_ACT_ERRNO(error); }
/// SCMP_ACT_ALLOW.
static inline uint32_t nodeos_filter_allow(void) { return SCMP_ACT_ALLOW; }
