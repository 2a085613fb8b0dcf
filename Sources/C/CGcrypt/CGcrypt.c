#include "CGcrypt.h"
#include <string.h>

static gcry_sexp_t build_data(const unsigned char *message, int count) {
    gcry_sexp_t data = NULL;
    gcry_sexp_build(
        &data, NULL, "(data (flags eddsa) (hash-algo sha512) (value %b))", count,
        message ? (const char *)message : "");
    return data;
}

int nodeos_ed25519_public(const unsigned char *seed, unsigned char *point) {
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
static int copy_part(gcry_sexp_t expression, const char *token, unsigned char *target) {
    gcry_sexp_t part = gcry_sexp_find_token(expression, token, 0);
    size_t count = 0;
    const char *bytes = part ? gcry_sexp_nth_data(part, 1, &count) : NULL;
    int success = bytes && count == 32;
    if (success) memcpy(target, bytes, 32);
    gcry_sexp_release(part);
    return success;
}

int nodeos_ed25519_sign(
    const unsigned char *seed, const unsigned char *point, const unsigned char *message, int count,
    unsigned char *signature) {
    gcry_sexp_t key = NULL, data = build_data(message, count), result = NULL;
    int success =
        data &&
        !gcry_sexp_build(
            &key, NULL, "(private-key (ecc (curve Ed25519) (flags eddsa) (q %b) (d %b)))", 32,
            point, 32, seed) &&
        !gcry_pk_sign(&result, data, key) && copy_part(result, "r", signature) &&
        copy_part(result, "s", signature + 32);
    gcry_sexp_release(result);
    gcry_sexp_release(data);
    gcry_sexp_release(key);
    return success;
}

int nodeos_ed25519_verify(
    const unsigned char *point, const unsigned char *message, int count,
    const unsigned char *signature) {
    gcry_sexp_t key = NULL, data = build_data(message, count), value = NULL;
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
