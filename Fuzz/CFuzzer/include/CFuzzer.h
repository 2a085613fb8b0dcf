// What a fuzz target needs of libFuzzer and of Linux.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own loop (compiler-rt, FuzzerInterface.h): never returns before the time is over.
int LLVMFuzzerRunDriver(int *_Nonnull argc, char *_Nonnull *_Nonnull *_Nonnull argv,
                        int (*_Nonnull callback)(const uint8_t *_Nullable data, size_t size));

/// An anonymous file that holds `data`, open for reading at its start; -errno on failure.
int nodeos_fuzz_file(const uint8_t *_Nullable data, size_t size);
