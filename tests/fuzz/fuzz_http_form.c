/*
 * Queries, cookies and paths: parsing ends, gives valid UTF-8 without NULs within the input's
 * length, and a decoded value encoded again decodes to itself.
 */
#include "fuzz_target.h"
#include "web/http_form.h"

#include <string.h>

static void check_value(shire_span value, size_t size, shire_arena *arena) {
    FUZZ_CHECK(value.length <= size && shire_text_is_utf8(value));
    FUZZ_CHECK(memchr(value.bytes, '\0', value.length) == NULL);
    FUZZ_CHECK(value.bytes[value.length] == '\0');
    shire_builder encoded = {0};
    shire_span decoded;
    shire_builder_append_url(&encoded, value);
    FUZZ_CHECK(shire_http_path_decode((shire_span){encoded.bytes, encoded.length}, arena, &decoded,
                                      NULL) == SHIRE_OK);
    FUZZ_CHECK(shire_span_equal(decoded, value));
    shire_builder_free(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_span text = {(const char *)data, size};
    shire_arena *arena = NULL;
    shire_http_fields fields;
    shire_span path;
    if (shire_arena_new("fuzz", 64 << 20, &arena, NULL) != SHIRE_OK) {
        return 0;
    }
    if (shire_http_fields_parse(text, arena, &fields, NULL) == SHIRE_OK) {
        FUZZ_CHECK(fields.count <= SHIRE_HTTP_FIELDS_MAX);
        for (size_t i = 0; i < fields.count; i++) {
            check_value(fields.items[i].name, size, arena);
            check_value(fields.items[i].value, size, arena);
        }
    }
    if (shire_http_cookies_parse(text, arena, &fields, NULL) == SHIRE_OK) {
        for (size_t i = 0; i < fields.count; i++) {
            FUZZ_CHECK(fields.items[i].name.length > 0);
            FUZZ_CHECK(fields.items[i].name.bytes >= text.bytes);
            FUZZ_CHECK(fields.items[i].value.bytes + fields.items[i].value.length <=
                       text.bytes + text.length);
        }
    }
    if (shire_http_path_decode(text, arena, &path, NULL) == SHIRE_OK) {
        check_value(path, size, arena);
    }
    shire_arena_free(arena);
    return 0;
}
