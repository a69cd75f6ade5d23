/* The first line of a file of encodings: written, read, compared. */
#include "link/link_encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 512
static const char start[] = "# shire encoding ";

static const char *salt_name(int digits) {
    return digits == 8 ? "birth-date" : digits == 4 ? "birth-year" : "none";
}

size_t shire_link_encoded_header_write(const shire_link_encoded_header *header, char *text_out,
                                       size_t capacity) {
    const shire_link_encoding_options *encoding = &header->encoding;
    int length = snprintf(
        text_out, capacity,
        "%s%d bits=%d hashes=%d q=%d diffusion=%d salt=%s key=%s numbers=%" PRIx64 "\n", start,
        SHIRE_LINK_ENCODING_VERSION, encoding->bits, encoding->hashes, header->q,
        encoding->diffusion, salt_name(encoding->salt_digits), header->check, header->numbers);
    return (size_t)length;
}

/* What follows `key` up to the next blank; the empty span when there is no such key. */
static shire_span find_value(const char *line, const char *key) {
    const char *at = strstr(line, key);
    size_t skipped = strlen(key);
    return at == NULL ? (shire_span){"", 0}
                      : (shire_span){at + skipped, strcspn(at + skipped, " \r\n")};
}

/* -1 where there is no number. */
static int find_number(const char *line, const char *key) {
    shire_span value = find_value(line, key);
    char *end = NULL;
    long number = value.length == 0 ? -1 : strtol(value.bytes, &end, 10);
    return end != value.bytes + value.length || number < 0 || number > 100000 ? -1 : (int)number;
}

static shire_status parse_line(const char *path, const char *line,
                               shire_link_encoded_header *header, shire_error *error) {
    shire_link_encoding_options *encoding = &header->encoding;
    int version = find_number(line, start);
    shire_span salt = find_value(line, " salt=");
    shire_span check = find_value(line, " key=");
    shire_span numbers = find_value(line, " numbers=");
    if (version > SHIRE_LINK_ENCODING_VERSION) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: has encodings of version %d, and this program knows version %d; "
                          "use a newer one",
                          path, version, SHIRE_LINK_ENCODING_VERSION);
    }
    encoding->bits = find_number(line, " bits=");
    encoding->hashes = find_number(line, " hashes=");
    encoding->diffusion = find_number(line, " diffusion=");
    header->q = find_number(line, " q=");
    for (int digits = 0; digits <= 8; digits += 4) {
        encoding->salt_digits = shire_span_equal(salt, shire_span_of(salt_name(digits)))
                                    ? digits
                                    : encoding->salt_digits;
    }
    if (version != SHIRE_LINK_ENCODING_VERSION || encoding->bits < SHIRE_LINK_ENCODING_BITS_MIN ||
        encoding->bits > SHIRE_LINK_ENCODING_BITS_MAX || encoding->bits % 64 != 0 ||
        encoding->hashes < 1 || encoding->diffusion < 1 || header->q < 1 ||
        check.length != SHIRE_LINK_ENCODING_CHECK_HEX || numbers.length == 0 ||
        !shire_span_equal(salt, shire_span_of(salt_name(encoding->salt_digits)))) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, line 1: the parameters of the encodings cannot be read; take the "
                          "file as `shire link encode` wrote it",
                          path);
    }
    memcpy(header->check, check.bytes, check.length);
    header->numbers = strtoull(numbers.bytes, NULL, 16);
    return SHIRE_OK;
}

shire_status shire_link_encoded_header_read(const char *path, shire_link_encoded_header *header_out,
                                            bool *is_encoded_out, shire_error *error) {
    char line[LINE_MAX_BYTES] = "";
    FILE *file = fopen(path, "rb");
    *is_encoded_out = false;
    if (file == NULL) {
        return SHIRE_OK; /* whoever reads the records says it better */
    }
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    if (length < sizeof start || memcmp(line, start, sizeof start - 1) != 0) {
        return SHIRE_OK;
    }
    shire_link_encoded_header header = {0};
    shire_status status = parse_line(path, line, &header, error);
    if (status == SHIRE_OK) {
        *header_out = header;
        *is_encoded_out = true;
    }
    return status;
}

shire_status shire_link_encoded_header_join(shire_link_encoded_header *into, const char *into_path,
                                            const shire_link_encoded_header *other,
                                            const char *other_path, shire_error *error) {
    if (strcmp(into->check, other->check) != 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s and %s were encoded with different keys (check values %s and %s); "
                          "encode both with one key",
                          into_path, other_path, into->check, other->check);
    }
    const struct {
        const char *name;
        int into;
        int other;
    } parameters[] = {
        {"bits", into->encoding.bits, other->encoding.bits},
        {"hashes", into->encoding.hashes, other->encoding.hashes},
        {"q", into->q, other->q},
        {"diffusion", into->encoding.diffusion, other->encoding.diffusion},
        {"digits of the birth date that salt", into->encoding.salt_digits,
         other->encoding.salt_digits},
    };
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if (parameters[i].into != parameters[i].other) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "%s and %s were encoded with different parameters (%s: %d and %d); "
                              "encode both with the same",
                              into_path, other_path, parameters[i].name, parameters[i].into,
                              parameters[i].other);
        }
    }
    into->numbers |= other->numbers;
    return SHIRE_OK;
}

bool shire_link_encoded_role(shire_span name, shire_link_role *role_out, int *other_out) {
    static const char other[] = "other_";
    *other_out = -1;
    if (name.length > sizeof other - 1 && memcmp(name.bytes, other, sizeof other - 1) == 0) {
        char digits[8] = "";
        size_t length = name.length - (sizeof other - 1);
        memcpy(digits, name.bytes + sizeof other - 1, length < 7 ? length : 7);
        int place = (int)strtol(digits, NULL, 10);
        *role_out = SHIRE_LINK_ROLE_OTHER;
        *other_out = place - 1;
        return place >= 1 && place <= SHIRE_LINK_COLUMNS_MAX;
    }
    for (int role = 0; role < SHIRE_LINK_ROLE_OTHER; role++) {
        if (shire_span_equal(name, shire_span_of(shire_link_role_name((shire_link_role)role)))) {
            *role_out = (shire_link_role)role;
            return role != SHIRE_LINK_ROLE_TRUTH;
        }
    }
    return false;
}
