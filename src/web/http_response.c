/* Headers of an answer in a small array; nothing of a request gets into one without a check. */
#include "web/http_response.h"

#include <string.h>

static bool is_safe(const char *value) {
    for (const unsigned char *byte = (const unsigned char *)value; *byte != '\0'; byte++) {
        if (*byte < 0x20 || *byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static void put(shire_http_response *response, size_t place, const char *name, const char *value) {
    char *copy = place < SHIRE_HTTP_RESPONSE_HEADERS_MAX && is_safe(value)
                     ? shire_arena_copy_text(response->arena, value, strlen(value))
                     : NULL;
    if (copy == NULL) {
        response->failed = true;
        return;
    }
    response->headers[place] = (shire_http_header_line){name, copy};
    if (place == response->header_count) {
        response->header_count++;
    }
}

static size_t find(const shire_http_response *response, const char *name) {
    size_t place = 0;
    while (place < response->header_count && strcasecmp(response->headers[place].name, name) != 0) {
        place++;
    }
    return place;
}

void shire_http_set_header(shire_http_response *response, const char *name, const char *value) {
    put(response, find(response, name), name, value);
}

void shire_http_add_header(shire_http_response *response, const char *name, const char *value) {
    put(response, response->header_count, name, value);
}

const char *shire_http_response_header(const shire_http_response *response, const char *name) {
    size_t place = find(response, name);
    return place < response->header_count ? response->headers[place].value : NULL;
}

void shire_http_redirect(shire_http_response *response, const char *location) {
    if (location[0] != '/' || location[1] == '/' || location[1] == '\\') {
        response->failed = true;
        return;
    }
    response->status = 303;
    shire_http_set_header(response, "Location", location);
}

void shire_http_response_clear(shire_http_response *response) {
    shire_builder_clear(&response->body);
    response->lasting_body = (shire_span){NULL, 0};
    response->header_count = 0;
    response->status = 200;
    response->failed = false;
}

bool shire_http_response_failed(const shire_http_response *response) {
    return response->failed || response->body.failed;
}
