/* JSON documents: exact decimals as strings, and printing with a checked end. */
#include "io/json.h"

#include <errno.h>
#include <string.h>

json_t *shire_json_decimal(shire_decimal6 value, int minimum_decimals) {
    char text[24];
    size_t length = shire_decimal_format(value, minimum_decimals, text);
    return json_stringn(text, length);
}

shire_status shire_json_print(json_t *document, FILE *file, shire_error *error) {
    if (document == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing JSON");
    }
    shire_status status = SHIRE_OK;
    errno = 0;
    if (json_dumpf(document, file, JSON_INDENT(2) | JSON_REAL_PRECISION(12) | JSON_ENCODE_ANY) !=
            0 ||
        fputc('\n', file) == EOF || fflush(file) != 0) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED, "the JSON cannot be written: %s",
                            errno == 0 ? "no memory" : strerror(errno));
    }
    json_decref(document);
    return status;
}
