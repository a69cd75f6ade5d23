/* Forms as pages read and repeat them. */
#include "web/page_form.h"

const char *shire_form_text(shire_call *call, const char *name) {
    shire_span text = shire_span_trim(shire_call_form(call, name));
    const char *kept = text.length == 0
                           ? ""
                           : shire_arena_copy_text(call->request->arena, text.bytes, text.length);
    if (kept == NULL) {
        call->response->failed = true;
    }
    return kept;
}

int64_t shire_form_number(shire_span text) {
    int64_t number = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (i == 15 || text.bytes[i] < '0' || text.bytes[i] > '9') {
            return 0;
        }
        number = number * 10 + (text.bytes[i] - '0');
    }
    return number;
}

shire_status shire_form_show(shire_call *call, const char *page, const char *title, json_t *values,
                             const char *field, const char *sentence, shire_error *error) {
    if (values != NULL && sentence != NULL) {
        shire_call_add_error(values, field, sentence);
        call->response->status = 422;
    }
    return shire_call_page(call, page, title, values, error);
}
