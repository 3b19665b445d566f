#include <curl/curl.h>

// curl_easy_setopt and friends take varargs, which Swift cannot call. One typed function for each kind of argument.

static inline CURLcode millrace_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode millrace_curl_set_offset(CURL *easy, CURLoption option, long long value) {
    return curl_easy_setopt(easy, option, (curl_off_t)value);
}

static inline CURLcode millrace_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode millrace_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode millrace_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

typedef size_t (*millrace_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode millrace_curl_set_data_callback(
    CURL *easy, CURLoption option, millrace_curl_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

typedef int (*millrace_curl_prerequest_callback)(
    void *context, char *peer_address, char *own_address, int peer_port, int own_port);

static inline CURLcode millrace_curl_set_prerequest_callback(CURL *easy, millrace_curl_prerequest_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline long millrace_curl_get_long(CURL *easy, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

static inline long long millrace_curl_get_offset(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? (long long)value : 0;
}

static inline CURLMcode millrace_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// Gives the next finished transfer and its result, or NULL when there is none.
static inline CURL *millrace_curl_next_finished(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

// The first certificate of the chain that the host showed, as texts "Name:value"; NULL where there is none.
static inline struct curl_slist *millrace_curl_certificate(CURL *easy) {
    struct curl_certinfo *shown = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &shown) != CURLE_OK || shown == NULL || shown->num_of_certs < 1) {
        return NULL;
    }
    return shown->certinfo[0];
}
