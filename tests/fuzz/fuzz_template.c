/*
 * Templates: the template is what comes before the first NUL byte, the JSON values what comes after
 * it, another template "part" after a second one. Compiling and rendering must end, and a second
 * rendering gives the same. What was put in escaped never brings a '<' along.
 */
#include "fuzz_target.h"
#include "io/template.h"

#include <string.h>

static shire_span cut(const uint8_t **data, size_t *size) {
    const uint8_t *end = *size == 0 ? NULL : memchr(*data, '\0', *size);
    size_t length = end == NULL ? *size : (size_t)(end - *data);
    shire_span part = {(const char *)*data, length};
    size_t taken = length + (end != NULL);
    *data += taken;
    *size -= taken;
    return part;
}

static shire_status render(const shire_template_set *set, const json_t *values,
                           shire_builder *text) {
    shire_error error = {0};
    return shire_template_render(set, "page", values, text, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_span page = cut(&data, &size);
    shire_span json = cut(&data, &size);
    shire_span part = cut(&data, &size);
    shire_template_set *set = NULL;
    json_t *values = json_loadb(json.bytes, json.length, JSON_DECODE_ANY, NULL);
    if (values == NULL ||
        shire_template_set_new(SHIRE_TEMPLATE_NAMES_MAY_LACK, &set, NULL) != SHIRE_OK) {
        json_decref(values);
        return 0;
    }
    shire_builder first = {0}, second = {0};
    if (shire_template_add(set, "page", page, NULL) == SHIRE_OK) {
        (void)!shire_template_add(set, "part", part, NULL);
        shire_status status = render(set, values, &first);
        FUZZ_CHECK(status == render(set, values, &second));
        FUZZ_CHECK(shire_span_equal((shire_span){first.bytes, first.length},
                                    (shire_span){second.bytes, second.length}));
        bool brings_raw = memchr(page.bytes, '<', page.length) != NULL ||
                          memchr(part.bytes, '<', part.length) != NULL ||
                          memchr(page.bytes, '{', page.length) == NULL ||
                          memmem(page.bytes, page.length, "{{{", 3) != NULL ||
                          memmem(part.bytes, part.length, "{{{", 3) != NULL ||
                          memchr(page.bytes, '&', page.length) != NULL ||
                          memchr(part.bytes, '&', part.length) != NULL ||
                          memchr(page.bytes, '=', page.length) != NULL ||
                          memchr(part.bytes, '=', part.length) != NULL;
        FUZZ_CHECK(brings_raw || first.length == 0 ||
                   memchr(first.bytes, '<', first.length) == NULL);
    }
    shire_builder_free(&first);
    shire_builder_free(&second);
    shire_template_set_free(set);
    json_decref(values);
    return 0;
}
