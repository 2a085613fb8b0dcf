#pragma once

// What Linux offers and Swift's Glibc module does not: system calls that are macros, variadic or newer than
// it, and the first processes of builds.
//
// One convention for errors: a function returns 0, or the number that its comment names, or the negative of
// an errno.

#include "nodeos_build.h"
#include "nodeos_files.h"
#include "nodeos_processes.h"
