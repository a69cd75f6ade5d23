/* Free text of a search, and plans, alerts and documents as JSON: what passes the check is kept in
 * a form that passes again and stays the same. */
#include "record/record_body.h"
#include "record/record_search.h"

#include "fuzz_target.h"

#include <string.h>

static void check_body(shire_record_item_kind kind, shire_span json, shire_arena *arena) {
    json_t *body = NULL;
    json_t *again = NULL;
    if (shire_record_body_read(kind, json, &body, NULL) != SHIRE_OK) {
        return;
    }
    const char *text = shire_record_body_text(body, arena);
    FUZZ_CHECK(text != NULL);
    FUZZ_CHECK(shire_record_body_read(kind, shire_span_of(text), &again, NULL) == SHIRE_OK);
    const char *second = shire_record_body_text(again, arena);
    FUZZ_CHECK(second != NULL && strcmp(text, second) == 0);
    json_decref(again);
    json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_arena *arena = NULL;
    shire_link_query query;
    int year = 0;
    const shire_span text = {(const char *)data, size};
    if (shire_arena_new("fuzz", 0, &arena, NULL) != SHIRE_OK) {
        return 0;
    }
    if (shire_record_line_read(text, arena, &query, &year, NULL) == SHIRE_OK) {
        size_t length = 0;
        for (size_t role = 0; role < SHIRE_LINK_ROLE_COUNT; role++) {
            length += query.values[role].length;
        }
        FUZZ_CHECK((length > 0 || year > 0) && length <= size);
        FUZZ_CHECK(year == 0 || (year >= 1900 && year <= 2099));
    }
    for (int kind = 0; kind < SHIRE_RECORD_ITEM_KIND_COUNT; kind++) {
        check_body((shire_record_item_kind)kind, text, arena);
    }
    shire_arena_free(arena);
    return 0;
}
