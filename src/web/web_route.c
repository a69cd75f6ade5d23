/* Finding a route: each pattern is walked beside the path. There are some dozens, and most differ
 * within a few bytes. */
#include "web/web_route.h"

#include <stdio.h>
#include <string.h>

bool shire_route_matches(const char *pattern, shire_span path,
                         shire_span ids_out[SHIRE_CALL_IDS_MAX]) {
    size_t id_count = 0;
    size_t at = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (at == path.length || path.bytes[at++] != *pattern++) {
                return false;
            }
            continue;
        }
        size_t begin = at;
        while (at < path.length && path.bytes[at] != '/') {
            at++;
        }
        if (at == begin || id_count == SHIRE_CALL_IDS_MAX) {
            return false;
        }
        ids_out[id_count++] = (shire_span){path.bytes + begin, at - begin};
        pattern += strcspn(pattern, "/");
    }
    return at == path.length;
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

/* What is got can be asked for by HEAD, too. */
static void allow(char *allowed, shire_http_method method) {
    const char *name = method == SHIRE_HTTP_GET ? "GET, HEAD" : shire_http_method_name(method);
    size_t length = strlen(allowed);
    if (strstr(allowed, name) == NULL) {
        snprintf(allowed + length, 64 - length, "%s%s", length == 0 ? "" : ", ", name);
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
