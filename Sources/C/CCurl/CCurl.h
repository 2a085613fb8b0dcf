#pragma once
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import. Each function
// below is one of them with the type of its argument fixed; all return libcurl's own code.

#if LIBCURL_VERSION_NUM < 0x075500
#error "libcurl 7.85 or newer is needed (CURLOPT_PROTOCOLS_STR)"
#endif

/// Sets an option that takes a `long`.
static inline CURLcode nodeos_curl_set_long(CURL *_Nonnull handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}

/// Sets an option that takes a `curl_off_t`.
static inline CURLcode nodeos_curl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(handle, option, value);
}

/// Sets an option that takes a string; libcurl copies it.
static inline CURLcode nodeos_curl_set_string(
    CURL *_Nonnull handle, CURLoption option, const char *_Nullable value) {
    return (curl_easy_setopt)(handle, option, value);
}

/// Sets the request's additional headers; the caller keeps the list until the transfer is over.
static inline CURLcode nodeos_curl_set_headers(CURL *_Nonnull handle, struct curl_slist *_Nullable list) {
    return (curl_easy_setopt)(handle, CURLOPT_HTTPHEADER, list);
}

/// Sets the buffer (of CURL_ERROR_SIZE bytes) that receives a sentence on failure.
static inline CURLcode nodeos_curl_set_error_buffer(CURL *_Nonnull handle, char *_Nonnull buffer) {
    buffer[0] = 0;
    return (curl_easy_setopt)(handle, CURLOPT_ERRORBUFFER, buffer);
}

/// Sets the functions that receive body and header bytes, and the context they are called with.
static inline CURLcode nodeos_curl_set_receiver(
    CURL *_Nonnull handle, curl_write_callback _Nonnull body, curl_write_callback _Nonnull header,
    void *_Nonnull context) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_WRITEFUNCTION, body);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_WRITEDATA, context);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_HEADERFUNCTION, header);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_HEADERDATA, context);
    return code;
}

/// Sets the functions that are asked about once a second whether to go on, for the socket of each new
/// connection, and before each request over a connection, and the context they are called with.
static inline CURLcode nodeos_curl_set_watch(
    CURL *_Nonnull handle, curl_xferinfo_callback _Nonnull progress,
    curl_opensocket_callback _Nonnull socket, curl_prereq_callback _Nonnull request,
    void *_Nonnull context) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_XFERINFOFUNCTION, progress);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_XFERINFODATA, context);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_NOPROGRESS, 0L);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETFUNCTION, socket);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETDATA, context);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_PREREQFUNCTION, request);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_PREREQDATA, context);
    return code;
}

/// Makes the request a PUT of the next `size` bytes of `file`, which stays open until it is over.
static inline CURLcode nodeos_curl_set_upload(CURL *_Nonnull handle, FILE *_Nonnull file, curl_off_t size) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_UPLOAD, 1L);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_READDATA, file);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_INFILESIZE_LARGE, size);
    return code;
}

/// Reads a `long` about the last transfer.
static inline CURLcode nodeos_curl_get_long(CURL *_Nonnull handle, CURLINFO info, long *_Nonnull value) {
    return (curl_easy_getinfo)(handle, info, value);
}

/// Reads a `curl_off_t` about the last transfer.
static inline CURLcode nodeos_curl_get_offset(CURL *_Nonnull handle, CURLINFO info, curl_off_t *_Nonnull value) {
    return (curl_easy_getinfo)(handle, info, value);
}

/// Reads a string about the last transfer; it lives as long as the handle is not used again.
static inline CURLcode nodeos_curl_get_string(
    CURL *_Nonnull handle, CURLINFO info, const char *_Nullable *_Nonnull value) {
    return (curl_easy_getinfo)(handle, info, value);
}
