#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// Options and results have values of any type, which Swift cannot pass: one function for each type.

static inline CURLcode curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_callback(
    CURL *handle, CURLoption option, curl_write_callback value) {
  return curl_easy_setopt(handle, option, value);
}

// Also for results of the type curl_off_t: on 64 bits they are the same.
static inline long curl_get_long(CURL *handle, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(handle, info, &value);
  return value;
}

static inline const char *curl_get_text(CURL *handle, CURLINFO info) {
  const char *value = 0;
  curl_easy_getinfo(handle, info, &value);
  return value;
}
