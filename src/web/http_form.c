/* One pass for each form; decoding only ever shortens, so a value is decoded into a copy of its own
 * length. */
#include "web/http_form.h"

#include <string.h>

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "the request is larger than its memory");
}

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static shire_status decode(shire_span text, bool plus_is_blank, shire_arena *arena,
                           shire_span *text_out, shire_error *error) {
    char *bytes = shire_arena_alloc(arena, text.length + 1);
    if (bytes == NULL) {
        return no_memory(error);
    }
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (byte == '%') {
            bool whole = text.length - i > 2;
            int high = whole ? hex_digit(text.bytes[i + 1]) : -1;
            int low = whole ? hex_digit(text.bytes[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return SHIRE_FAIL(error, SHIRE_INVALID,
                                  "the request has a broken %%XX; encode it anew");
            }
            byte = (char)(high * 16 + low);
            i += 2;
        } else if (byte == '+' && plus_is_blank) {
            byte = ' ';
        }
        if (byte == '\0') {
            return SHIRE_FAIL(error, SHIRE_INVALID, "the request has a NUL byte; leave it out");
        }
        bytes[length++] = byte;
    }
    bytes[length] = '\0';
    shire_span decoded = {bytes, length};
    if (!shire_text_is_utf8(decoded)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the request is not UTF-8; encode it so");
    }
    *text_out = decoded;
    return SHIRE_OK;
}

static size_t count_parts(shire_span text, char separator) {
    size_t count = 1;
    for (size_t i = 0; i < text.length; i++) {
        count += text.bytes[i] == separator;
    }
    return count;
}

/* Cuts the next part off. */
static shire_span next_part(shire_span *rest, char separator) {
    const char *end = rest->length == 0 ? NULL : memchr(rest->bytes, separator, rest->length);
    size_t length = end == NULL ? rest->length : (size_t)(end - rest->bytes);
    shire_span part = {rest->bytes, length};
    size_t taken = length + (end != NULL);
    *rest = (shire_span){rest->bytes + taken, rest->length - taken};
    return part;
}

static shire_status make_fields(shire_span text, char separator, shire_arena *arena,
                                shire_http_field **items_out, shire_error *error) {
    size_t count = count_parts(text, separator);
    if (count > SHIRE_HTTP_FIELDS_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the request has more than %d names; send fewer",
                          SHIRE_HTTP_FIELDS_MAX);
    }
    *items_out = shire_arena_alloc_array(arena, count, sizeof **items_out);
    return *items_out == NULL ? no_memory(error) : SHIRE_OK;
}

shire_status shire_http_fields_parse(shire_span text, shire_arena *arena,
                                     shire_http_fields *fields_out, shire_error *error) {
    shire_http_field *items;
    shire_status status = make_fields(text, '&', arena, &items, error);
    size_t count = 0;
    while (status == SHIRE_OK && text.length > 0) {
        shire_span value = next_part(&text, '&');
        if (value.length == 0) {
            continue;
        }
        shire_span name = next_part(&value, '=');
        status = decode(name, true, arena, &items[count].name, error);
        if (status == SHIRE_OK) {
            status = decode(value, true, arena, &items[count].value, error);
        }
        count++;
    }
    if (status == SHIRE_OK) {
        *fields_out = (shire_http_fields){items, count};
    }
    return status;
}

shire_status shire_http_cookies_parse(shire_span header, shire_arena *arena,
                                      shire_http_fields *cookies_out, shire_error *error) {
    shire_http_field *items;
    shire_status status = make_fields(header, ';', arena, &items, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t count = 0;
    while (header.length > 0) {
        shire_span value = next_part(&header, ';');
        if (memchr(value.bytes, '=', value.length) == NULL) {
            continue;
        }
        shire_span name = shire_span_trim(next_part(&value, '='));
        if (name.length > 0) {
            items[count++] = (shire_http_field){name, shire_span_trim(value)};
        }
    }
    *cookies_out = (shire_http_fields){items, count};
    return SHIRE_OK;
}

shire_status shire_http_path_decode(shire_span path, shire_arena *arena, shire_span *path_out,
                                    shire_error *error) {
    return decode(path, false, arena, path_out, error);
}

shire_span shire_http_field_find(const shire_http_fields *fields, const char *name) {
    for (size_t i = 0; i < fields->count; i++) {
        if (shire_span_equal(fields->items[i].name, shire_span_of(name))) {
            return fields->items[i].value;
        }
    }
    return (shire_span){NULL, 0};
}

void shire_builder_append_url(shire_builder *builder, shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') || (byte != '\0' && strchr("-._~", byte) != NULL);
        if (plain) {
            shire_builder_append(builder, (shire_span){text.bytes + i, 1});
        } else {
            shire_builder_append_format(builder, "%%%02X", byte);
        }
    }
}
