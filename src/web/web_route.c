/* Finding a route: each pattern is compared part by part. There are some dozens, and a path is
 * compared with one in nanoseconds. */
#include "web/web_route.h"

#include <stdio.h>
#include <string.h>

static shire_span next_part(shire_span *rest) {
    const char *slash = rest->length == 0 ? NULL : memchr(rest->bytes, '/', rest->length);
    size_t length = slash == NULL ? rest->length : (size_t)(slash - rest->bytes);
    shire_span part = {rest->bytes, length};
    size_t taken = length + (slash != NULL);
    *rest = (shire_span){rest->bytes + taken, rest->length - taken};
    return part;
}

bool shire_route_matches(const char *pattern, shire_span path,
                         shire_span ids_out[SHIRE_CALL_IDS_MAX]) {
    shire_span wanted = shire_span_of(pattern);
    size_t id_count = 0;
    size_t slashes = 0;
    for (size_t i = 0; i < wanted.length; i++) {
        slashes += wanted.bytes[i] == '/';
    }
    for (size_t i = 0; i < path.length; i++) {
        slashes -= path.bytes[i] == '/';
    }
    if (slashes != 0) {
        return false;
    }
    while (wanted.length > 0) {
        shire_span part = next_part(&wanted);
        shire_span given = next_part(&path);
        if (part.length > 0 && part.bytes[0] == '{') {
            if (given.length == 0 || id_count == SHIRE_CALL_IDS_MAX) {
                return false;
            }
            ids_out[id_count++] = given;
        } else if (!shire_span_equal(part, given)) {
            return false;
        }
    }
    return path.length == 0;
}

static size_t word_count(const char *pattern) {
    size_t count = 0;
    for (; *pattern != '\0'; pattern++) {
        count += *pattern == '{';
    }
    return count;
}

const char *shire_http_method_name(shire_http_method method) {
    static const char *const names[] = {"GET",    "POST",    "PUT",  "PATCH",
                                        "DELETE", "OPTIONS", "other"};
    return names[method];
}

static void allow(char *allowed, shire_http_method method) {
    size_t length = strlen(allowed);
    if (strstr(allowed, shire_http_method_name(method)) == NULL) {
        snprintf(allowed + length, 64 - length, "%s%s", length == 0 ? "" : ", ",
                 shire_http_method_name(method));
    }
}

shire_route_found shire_route_find(shire_http_method method, shire_span path,
                                   const shire_route **route_out, size_t *route_no_out,
                                   shire_span ids_out[SHIRE_CALL_IDS_MAX], char *allowed) {
    shire_route_found found = SHIRE_ROUTE_NO_PATH;
    size_t fewest = SIZE_MAX;
    size_t route_no = 0;
    allowed[0] = '\0';
    for (const shire_route *const *table = shire_route_tables; *table != NULL; table++) {
        for (const shire_route *route = *table; route->pattern != NULL; route++, route_no++) {
            shire_span ids[SHIRE_CALL_IDS_MAX] = {{NULL, 0}};
            if (!shire_route_matches(route->pattern, path, ids)) {
                continue;
            }
            allow(allowed, route->method);
            bool fits = route->method == method;
            if (found == SHIRE_ROUTE_FOUND && (!fits || word_count(route->pattern) >= fewest)) {
                continue;
            }
            found = fits ? SHIRE_ROUTE_FOUND : SHIRE_ROUTE_NO_METHOD;
            fewest = fits ? word_count(route->pattern) : SIZE_MAX;
            *route_out = route;
            *route_no_out = route_no;
            memcpy(ids_out, ids, sizeof ids);
        }
    }
    return found;
}

size_t shire_route_count(void) {
    size_t count = 0;
    for (const shire_route *const *table = shire_route_tables; *table != NULL; table++) {
        for (const shire_route *route = *table; route->pattern != NULL; route++) {
            count++;
        }
    }
    return count;
}

const shire_route *shire_route_at(size_t route_no) {
    for (const shire_route *const *table = shire_route_tables; *table != NULL; table++) {
        for (const shire_route *route = *table; route->pattern != NULL; route++) {
            if (route_no-- == 0) {
                return route;
            }
        }
    }
    return NULL;
}
