/* FHIR's search parameters: whatever comes is taken apart within its own bytes, and no alternative
 * holds a comma that nothing escapes. */
#include "fuzz_target.h"
#include "web/fhir_query.h"

static void check_value(shire_span value, shire_arena *arena) {
    shire_fhir_when when;
    shire_error error = {0};
    FUZZ_CHECK(value.length > 0);
    FUZZ_CHECK(shire_fhir_text(value, arena).length <= value.length);
    shire_fhir_token token = shire_fhir_token_read(value, arena);
    FUZZ_CHECK(token.system.length + token.code.length <= value.length);
    if (shire_fhir_when_read(value, &when, &error) == SHIRE_OK) {
        FUZZ_CHECK(when.stretch.first <= when.stretch.last);
    }
    FUZZ_CHECK(shire_fhir_begins(value, value));
    for (size_t i = 0; i < value.length; i++) {
        FUZZ_CHECK(value.bytes[i] != ',' || (i > 0 && value.bytes[i - 1] == '\\'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_arena *arena = NULL;
    shire_error error = {0};
    shire_http_fields fields;
    shire_fhir_query query;
    if (size > 10000 || shire_arena_new("fuzz", 1 << 22, &arena, &error) != SHIRE_OK) {
        return 0;
    }
    if (shire_http_fields_parse((shire_span){(const char *)data, size}, arena, &fields, &error) ==
            SHIRE_OK &&
        shire_fhir_query_read(&fields, 1, arena, &query, &error) == SHIRE_OK) {
        for (size_t i = 0; i < query.count; i++) {
            FUZZ_CHECK(query.parameters[i].value_count > 0);
            for (size_t k = 0; k < query.parameters[i].value_count; k++) {
                check_value(query.parameters[i].values[k], arena);
            }
        }
    }
    shire_arena_free(arena);
    return 0;
}
