/*
 * The language of what-if: a line either parses, or is refused with a sentence that names a column
 * of it. What parsed holds together: a table, a column, conditions with values; and its conditions
 * written once more, quoted, parse to the same.
 */
#include "cost/whatif_edit.h"
#include "fuzz_target.h"

#include <string.h>

enum { LINE_BYTES_MAX = 4096 };

static void check_conditions(const cost_edit *edit, shire_arena *arena) {
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
    shire_builder text = {0};
    cost_edit again = {0};
    shire_builder_append_format(&text, "%s.%s", edit->table, edit->column);
    for (size_t i = 0; i < edit->conditions.count; i++) {
        const cost_condition *condition = &edit->conditions.items[i];
        FUZZ_CHECK(condition->column != NULL && condition->value != NULL);
        shire_builder_append_format(&text, "%s%s%s", i == 0 ? "[" : ", ", condition->column,
                                    signs[condition->comparison]);
        shire_builder_append_sql_literal(&text, shire_span_of(condition->value));
    }
    shire_builder_append_text(&text, edit->conditions.count > 0 ? "] *= 1" : " *= 1");
    FUZZ_CHECK(!text.failed);
    FUZZ_CHECK(cost_edit_parse(text.bytes, arena, &again, NULL) == SHIRE_OK);
    FUZZ_CHECK(again.conditions.count == edit->conditions.count);
    for (size_t i = 0; i < edit->conditions.count; i++) {
        FUZZ_CHECK(strcmp(again.conditions.items[i].value, edit->conditions.items[i].value) == 0);
        FUZZ_CHECK(again.conditions.items[i].comparison == edit->conditions.items[i].comparison);
    }
    shire_builder_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char line[LINE_BYTES_MAX + 1];
    shire_arena *arena = NULL;
    shire_error error = {0};
    cost_edit edit = {0};
    if (size > LINE_BYTES_MAX || memchr(data, '\0', size) != NULL) {
        return 0;
    }
    memcpy(line, data, size);
    line[size] = '\0';
    FUZZ_CHECK(shire_arena_new("fuzz", 0, &arena, NULL) == SHIRE_OK);
    shire_status status = cost_edit_parse(line, arena, &edit, &error);
    if (status == SHIRE_OK) {
        FUZZ_CHECK(edit.table != NULL && edit.column != NULL);
        check_conditions(&edit, arena);
    } else {
        FUZZ_CHECK(status == SHIRE_INVALID);
        FUZZ_CHECK(error.message[0] != '\0');
    }
    shire_arena_free(arena);
    return 0;
}
