#pragma once
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import. Each function
// below is one of them with the type of its argument fixed; all return libcurl's own code.

#if LIBCURL_VERSION_NUM < 0x075500
#error "libcurl 7.85 or newer is needed (CURLOPT_PROTOCOLS_STR)"
#endif

/// Sets an option that takes a `long`.
CURLcode nodeos_curl_set_long(CURL *_Nonnull handle, CURLoption option, long value);

/// Sets an option that takes a `curl_off_t`.
CURLcode nodeos_curl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value);

/// Sets an option that takes a string; libcurl copies it.
CURLcode nodeos_curl_set_string(
    CURL *_Nonnull handle, CURLoption option, const char *_Nullable value);

/// Sets the request's additional headers; the caller keeps the list until the transfer is over.
CURLcode nodeos_curl_set_headers(CURL *_Nonnull handle, struct curl_slist *_Nullable list);

/// Sets the buffer (of CURL_ERROR_SIZE bytes) that receives a sentence on failure.
CURLcode nodeos_curl_set_error_buffer(CURL *_Nonnull handle, char *_Nonnull buffer);

/// Sets the functions that receive body and header bytes, and the context they are called with.
CURLcode nodeos_curl_set_receiver(
    CURL *_Nonnull handle, curl_write_callback _Nonnull body, curl_write_callback _Nonnull header,
    void *_Nonnull context);

/// Sets the functions that are asked about once a second whether to go on, for the socket of each new
/// connection, and before each request over a connection, and the context they are called with.
CURLcode nodeos_curl_set_watch(
    CURL *_Nonnull handle, curl_xferinfo_callback _Nonnull progress,
    curl_opensocket_callback _Nonnull socket, curl_prereq_callback _Nonnull request,
    void *_Nonnull context);

/// Reads a `long` about the last transfer.
CURLcode nodeos_curl_get_long(CURL *_Nonnull handle, CURLINFO info, long *_Nonnull value);

/// Reads a `curl_off_t` about the last transfer.
CURLcode nodeos_curl_get_offset(CURL *_Nonnull handle, CURLINFO info, curl_off_t *_Nonnull value);

/// Reads a string about the last transfer; it lives as long as the handle is not used again.
CURLcode nodeos_curl_get_string(
    CURL *_Nonnull handle, CURLINFO info, const char *_Nullable *_Nonnull value);
