#pragma once
#include <gcrypt.h>

/// Initialises libgcrypt for this process; may be called more than once. Returns 1 on success, 0 when the
/// library is older than the header it was compiled against. (The control call is variadic: C only.)
static inline int nodeos_gcrypt_initialise(void) {
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) return 1;
    if (!gcry_check_version(GCRYPT_VERSION)) return 0;
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    return 1;
}
