#include "CCurl.h"

CURLcode nodeos_curl_set_long(CURL *handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}

CURLcode nodeos_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(handle, option, value);
}

CURLcode nodeos_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return (curl_easy_setopt)(handle, option, value);
}

CURLcode nodeos_curl_set_headers(CURL *handle, struct curl_slist *list) {
    return (curl_easy_setopt)(handle, CURLOPT_HTTPHEADER, list);
}

CURLcode nodeos_curl_set_error_buffer(CURL *handle, char *buffer) {
    buffer[0] = 0;
    return (curl_easy_setopt)(handle, CURLOPT_ERRORBUFFER, buffer);
}

CURLcode nodeos_curl_set_receiver(
    CURL *handle, curl_write_callback body, curl_write_callback header, void *context) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_WRITEFUNCTION, body);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_WRITEDATA, context);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_HEADERFUNCTION, header);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_HEADERDATA, context);
    return code;
}

CURLcode nodeos_curl_set_watch(
    CURL *handle, curl_xferinfo_callback progress, curl_opensocket_callback socket,
    curl_prereq_callback request, void *context) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_XFERINFOFUNCTION, progress);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_XFERINFODATA, context);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_NOPROGRESS, 0L);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETFUNCTION, socket);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETDATA, context);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_PREREQFUNCTION, request);
    if (code == CURLE_OK) code = (curl_easy_setopt)(handle, CURLOPT_PREREQDATA, context);
    return code;
}

CURLcode nodeos_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(handle, info, value);
}

CURLcode nodeos_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(handle, info, value);
}

CURLcode nodeos_curl_get_string(CURL *handle, CURLINFO info, const char **value) {
    return (curl_easy_getinfo)(handle, info, value);
}
