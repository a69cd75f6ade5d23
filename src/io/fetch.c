/* libcurl's easy interface, one handle a request. */
#include "io/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool shire_fetch_may(const char *url) {
    static const char *const here[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
    if (strncmp(url, "https://", 8) == 0) {
        return strchr(url, '@') == NULL;
    }
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        size_t length = strlen(here[i]);
        if (strncmp(url, here[i], length) == 0 &&
            (url[length] == ':' || url[length] == '/' || url[length] == '\0')) {
            return strchr(url, '@') == NULL;
        }
    }
    return false;
}

/* Fewer bytes than were given end the request. */
static size_t take_bytes(char *bytes, size_t size, size_t count, void *context) {
    shire_builder *body = context;
    size_t length = size * count;
    if (body->length + length > SHIRE_FETCH_BYTES_MAX) {
        return 0;
    }
    shire_builder_append(body, (shire_span){bytes, length});
    return body->failed ? 0 : length;
}

static CURLcode perform(CURL *curl, const shire_fetch *request, shire_builder *body) {
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SHIRE_FETCH_SECONDS_MAX);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)SHIRE_FETCH_CONNECT_SECONDS_MAX);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (request->form != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->form);
    }
    if (request->user != NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, request->password);
    }
    if (request->bearer != NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, request->bearer);
    }
    return curl_easy_perform(curl);
}

shire_status shire_fetch_get(const shire_fetch *request, shire_arena *arena, shire_span *body_out,
                             int *status_out, shire_error *error) {
    if (!shire_fetch_may(request->url)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "an address of the sign-in provider is neither https nor of this "
                          "machine");
    }
    pthread_once(&curl_once, start_curl);
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a request");
    }
    shire_builder body = {0};
    long http_status = 0;
    shire_status status = SHIRE_OK;
    CURLcode result = perform(curl, request, &body);
    if (result != CURLE_OK) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED, "the sign-in provider did not answer: %s",
                            curl_easy_strerror(result));
    } else {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http_status);
        char *kept =
            shire_arena_copy_text(arena, body.bytes == NULL ? "" : body.bytes, body.length);
        if (kept == NULL) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
        } else {
            *body_out = (shire_span){kept, body.length};
            *status_out = (int)http_status;
        }
    }
    curl_easy_cleanup(curl);
    shire_builder_free(&body);
    return status;
}
