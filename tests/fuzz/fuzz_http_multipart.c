/*
 * Forms that carry files. The input's first line is the Content-Type, the rest the body: parsing
 * ends, fields are valid UTF-8 without NULs and terminated, and files lie within the body and hold
 * no delimiter.
 */
#include "fuzz_target.h"
#include "web/http_multipart.h"

#include <string.h>

static void check_text(shire_span text, size_t size) {
    FUZZ_CHECK(text.length <= size && shire_text_is_utf8(text));
    FUZZ_CHECK(memchr(text.bytes, '\0', text.length) == NULL);
    FUZZ_CHECK(text.bytes[text.length] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_arena *arena = NULL;
    shire_http_fields fields;
    shire_http_files files;
    shire_span body = {(const char *)data, size};
    const char *end = size == 0 ? NULL : memchr(body.bytes, '\n', size);
    size_t length = end == NULL ? 0 : (size_t)(end - body.bytes);
    if (end == NULL || shire_arena_new("fuzz", 64 << 20, &arena, NULL) != SHIRE_OK) {
        return 0;
    }
    const char *type = shire_arena_copy_text(arena, body.bytes, length);
    body = (shire_span){end + 1, size - length - 1};
    FUZZ_CHECK(type != NULL);
    if (shire_http_multipart_parse(type, body, arena, &fields, &files, NULL) == SHIRE_OK) {
        FUZZ_CHECK(shire_http_is_multipart(type));
        FUZZ_CHECK(fields.count + files.count <= SHIRE_HTTP_PARTS_MAX);
        for (size_t i = 0; i < fields.count; i++) {
            check_text(fields.items[i].name, size);
            check_text(fields.items[i].value, size);
        }
        for (size_t i = 0; i < files.count; i++) {
            check_text(files.items[i].name, size);
            check_text(files.items[i].type, size);
            FUZZ_CHECK(files.items[i].content.bytes >= body.bytes);
            FUZZ_CHECK(files.items[i].content.bytes + files.items[i].content.length <=
                       body.bytes + body.length);
        }
    }
    shire_arena_free(arena);
    return 0;
}
