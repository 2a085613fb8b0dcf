#pragma once
#include <gcrypt.h>
#include <string.h>

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

static inline gcry_sexp_t _Nullable nodeos_message_data(const unsigned char *_Nullable message, int count) {
    gcry_sexp_t data = NULL;
    gcry_sexp_build(
        &data, NULL, "(data (flags eddsa) (hash-algo sha512) (value %b))", count,
        message ? (const char *)message : "");
    return data;
}

/// Writes the public key of `seed` to `point`.
static inline int nodeos_ed25519_public(const unsigned char *_Nonnull seed, unsigned char *_Nonnull point) {
    gcry_sexp_t key = NULL;
    gcry_ctx_t context = NULL;
    gcry_mpi_t value = NULL;
    unsigned int bits = 0;
    const void *bytes = NULL;
    if (!gcry_sexp_build(
            &key, NULL, "(private-key (ecc (curve Ed25519) (flags eddsa) (d %b)))", 32, seed) &&
        !gcry_mpi_ec_new(&context, key, NULL))
        value = gcry_mpi_ec_get_mpi("q@eddsa", context, 1);
    if (value) bytes = gcry_mpi_get_opaque(value, &bits);
    int success = bytes && bits == 256;
    if (success) memcpy(point, bytes, 32);
    gcry_mpi_release(value);
    gcry_ctx_release(context);
    gcry_sexp_release(key);
    return success;
}

/// Copies the 32 bytes behind the name `token`.
static inline int nodeos_copy_part(
    gcry_sexp_t _Nonnull expression, const char *_Nonnull token, unsigned char *_Nonnull target) {
    gcry_sexp_t part = gcry_sexp_find_token(expression, token, 0);
    size_t count = 0;
    const char *bytes = part ? gcry_sexp_nth_data(part, 1, &count) : NULL;
    int success = bytes && count == 32;
    if (success) memcpy(target, bytes, 32);
    gcry_sexp_release(part);
    return success;
}

/// Writes the signature (64 bytes) of `count` bytes of `message` to `signature`.
static inline int nodeos_ed25519_sign(
    const unsigned char *_Nonnull seed, const unsigned char *_Nonnull point,
    const unsigned char *_Nullable message, int count, unsigned char *_Nonnull signature) {
    gcry_sexp_t key = NULL, data = nodeos_message_data(message, count), result = NULL;
    int success =
        data &&
        !gcry_sexp_build(
            &key, NULL, "(private-key (ecc (curve Ed25519) (flags eddsa) (q %b) (d %b)))", 32,
            point, 32, seed) &&
        !gcry_pk_sign(&result, data, key) && nodeos_copy_part(result, "r", signature) &&
        nodeos_copy_part(result, "s", signature + 32);
    gcry_sexp_release(result);
    gcry_sexp_release(data);
    gcry_sexp_release(key);
    return success;
}

/// Returns 1 when `signature` (64 bytes) is that of `message`, made with the key of `point`.
static inline int nodeos_ed25519_verify(
    const unsigned char *_Nonnull point, const unsigned char *_Nullable message, int count,
    const unsigned char *_Nonnull signature) {
    gcry_sexp_t key = NULL, data = nodeos_message_data(message, count), value = NULL;
    int success =
        data &&
        !gcry_sexp_build(
            &key, NULL, "(public-key (ecc (curve Ed25519) (flags eddsa) (q %b)))", 32, point) &&
        !gcry_sexp_build(
            &value, NULL, "(sig-val (eddsa (r %b) (s %b)))", 32, signature, 32, signature + 32) &&
        !gcry_pk_verify(value, data, key);
    gcry_sexp_release(value);
    gcry_sexp_release(data);
    gcry_sexp_release(key);
    return success;
}
