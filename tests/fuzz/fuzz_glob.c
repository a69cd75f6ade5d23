/*
 * Globs: the pattern is the input's first line, the text is the rest. Short ASCII inputs are also
 * matched by a table of all pairs of prefixes, which needs no way back.
 */
#include "core/text.h"
#include "fuzz_target.h"

#include <string.h>

enum { REFERENCE_BYTES_MAX = 64 };

static bool is_ascii(shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.bytes[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static bool reference_glob(shire_span pattern, shire_span text) {
    /* matches[p][t]: the first p bytes of the pattern match the first t of the text. */
    bool matches[REFERENCE_BYTES_MAX + 1][REFERENCE_BYTES_MAX + 1] = {{false}};
    matches[0][0] = true;
    for (size_t p = 1; p <= pattern.length; p++) {
        char wanted = pattern.bytes[p - 1];
        for (size_t t = 0; t <= text.length; t++) {
            if (wanted == '*') {
                matches[p][t] = matches[p - 1][t] || (t > 0 && matches[p][t - 1]);
            } else {
                matches[p][t] = t > 0 && matches[p - 1][t - 1] &&
                                (wanted == '?' || wanted == text.bytes[t - 1]);
            }
        }
    }
    return matches[pattern.length][text.length];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
    if (line_end == NULL) {
        return 0;
    }
    shire_span pattern = {(const char *)data, (size_t)(line_end - data)};
    shire_span text = {(const char *)line_end + 1, size - pattern.length - 1};
    bool matched = shire_text_glob(pattern, text);
    if (pattern.length <= REFERENCE_BYTES_MAX && text.length <= REFERENCE_BYTES_MAX &&
        is_ascii(pattern) && is_ascii(text)) {
        FUZZ_CHECK(matched == reference_glob(pattern, text));
    }
    return 0;
}
