/* What anybody may read: the home page, what is held and why, help, the accessibility statement;
 * and the site's files. */
#include "web/page_words.h"
#include "web/web_assets.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"

#include <string.h>

static shire_status show_home(shire_call *call, shire_error *error) {
    json_t *body = call->user == NULL || call->user->organisation[0] == '\0'
                       ? json_null()
                       : shire_words_body(call, call->user->organisation);
    uint32_t purposes = call->user == NULL ? 0 : shire_gate_purposes(call->user->viewer.role);
    bool has_choice = (purposes & (purposes - 1)) != 0;
    return shire_call_page(call, "home", "Home",
                           json_pack("{s:o, s:b}", "body", body, "has_purposes", has_choice),
                           error);
}

static json_t *under_home(void) {
    return json_pack("{s:{s:s, s:s}}", "back", "text", "Home", "href", "/");
}

static shire_status show_about(shire_call *call, shire_error *error) {
    return shire_call_page(call, "about", "What is held and why", under_home(), error);
}

static shire_status show_help(shire_call *call, shire_error *error) {
    return shire_call_page(call, "help", "Help", under_home(), error);
}

static shire_status show_accessibility(shire_call *call, shire_error *error) {
    return shire_call_page(call, "accessibility", "Accessibility statement", under_home(), error);
}

static bool takes_gzip(const shire_call *call) {
    const char *accepted = shire_http_header(call->request, "Accept-Encoding");
    return accepted != NULL && strstr(accepted, "gzip") != NULL;
}

static shire_status send_file(shire_call *call, shire_error *error) {
    for (size_t i = 0; i < shire_web_file_count; i++) {
        const shire_web_file *file = &shire_web_files[i];
        if (!shire_span_equal(shire_span_of(file->path), call->request->path)) {
            continue;
        }
        bool packed = takes_gzip(call);
        call->response->lasting_body = packed ? file->packed : file->plain;
        shire_http_set_header(call->response, "Content-Type", file->type);
        shire_http_set_header(call->response, "Cache-Control",
                              "public, max-age=31536000, immutable");
        shire_http_set_header(call->response, "Vary", "Accept-Encoding");
        if (packed) {
            shire_http_set_header(call->response, "Content-Encoding", "gzip");
        }
        return SHIRE_OK;
    }
    return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "no such file");
}

const shire_route shire_page_public_routes[] = {
    {.pattern = "/", .handle = show_home, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/about", .handle = show_about, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/help", .handle = show_help, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/accessibility", .handle = show_accessibility, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/assets/{hash}/{name}", .handle = send_file, .access = SHIRE_ROUTE_LASTING},
    {.pattern = NULL},
};
