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

// Ed25519 (RFC 8032), whose calls in libgcrypt take S-expressions built by a variadic function. A key
// pair is the seed (32 bytes) and the point that follows from it (32 bytes). All return 1 on success.

/// Writes the public key of `seed` to `point`.
int nodeos_ed25519_public(const unsigned char *_Nonnull seed, unsigned char *_Nonnull point);

/// Writes the signature (64 bytes) of `count` bytes of `message` to `signature`.
int nodeos_ed25519_sign(
    const unsigned char *_Nonnull seed, const unsigned char *_Nonnull point,
    const unsigned char *_Nullable message, int count, unsigned char *_Nonnull signature);

/// Returns 1 when `signature` (64 bytes) is that of `message`, made with the key of `point`.
int nodeos_ed25519_verify(
    const unsigned char *_Nonnull point, const unsigned char *_Nullable message, int count,
    const unsigned char *_Nonnull signature);
