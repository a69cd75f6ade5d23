/*
 * The growable text builder and its escapes. Capacity doubles; running out of memory sets `failed`
 * and leaves what was there, so that a caller checks once, at the end.
 */
#include "core/arena.h"
#include "core/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Room for `more` bytes and the terminator. */
static bool builder_reserve(shire_builder *builder, size_t more) {
    size_t needed;
    if (builder->failed) {
        return false;
    }
    if (__builtin_add_overflow(builder->length, more, &needed) || needed > SIZE_MAX / 2 - 1) {
        builder->failed = true;
        return false;
    }
    if (needed + 1 <= builder->capacity) {
        return true;
    }
    size_t capacity = builder->capacity > 0 ? builder->capacity * 2 : 64;
    if (capacity < needed + 1) {
        capacity = needed + 1;
    }
    char *bytes = shire_memory_resize(builder->bytes, capacity);
    if (bytes == NULL) {
        builder->failed = true;
        return false;
    }
    builder->bytes = bytes;
    builder->capacity = capacity;
    return true;
}

void shire_builder_append(shire_builder *builder, shire_span text) {
    if (!builder_reserve(builder, text.length)) {
        return;
    }
    if (text.length > 0) {
        memcpy(builder->bytes + builder->length, text.bytes, text.length);
    }
    builder->length += text.length;
    builder->bytes[builder->length] = '\0';
}

void shire_builder_append_text(shire_builder *builder, const char *terminated) {
    shire_builder_append(builder, shire_span_of(terminated));
}

void shire_builder_append_format(shire_builder *builder, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        builder->failed = true;
        return;
    }
    if (!builder_reserve(builder, (size_t)length)) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(builder->bytes + builder->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    builder->length += (size_t)length;
}

/* `text` between quotes, with each quote in it doubled. */
static void append_quoted(shire_builder *builder, shire_span text, char quote) {
    shire_span mark = {&quote, 1};
    shire_builder_append(builder, mark);
    while (text.length > 0) {
        const char *found = memchr(text.bytes, quote, text.length);
        size_t length = found != NULL ? (size_t)(found - text.bytes) + 1 : text.length;
        shire_builder_append(builder, (shire_span){text.bytes, length});
        if (found != NULL) {
            shire_builder_append(builder, mark);
        }
        text.bytes += length;
        text.length -= length;
    }
    shire_builder_append(builder, mark);
}

void shire_builder_append_sql_literal(shire_builder *builder, shire_span text) {
    append_quoted(builder, text, '\'');
}

void shire_builder_append_sql_name(shire_builder *builder, shire_span name) {
    append_quoted(builder, name, '"');
}

static const char *html_escape(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void shire_builder_append_html(shire_builder *builder, shire_span text) {
    shire_span plain = {text.bytes, 0}; /* what needs no escape and is not yet appended */
    for (size_t i = 0; i < text.length; i++) {
        const char *escape = html_escape(text.bytes[i]);
        if (escape == NULL) {
            plain.length++;
            continue;
        }
        shire_builder_append(builder, plain);
        shire_builder_append_text(builder, escape);
        plain = (shire_span){text.bytes + i + 1, 0};
    }
    shire_builder_append(builder, plain);
}

void shire_builder_clear(shire_builder *builder) {
    builder->length = 0;
    builder->failed = false;
    if (builder->bytes != NULL) {
        builder->bytes[0] = '\0';
    }
}

void shire_builder_free(shire_builder *builder) {
    shire_memory_free(builder->bytes);
    *builder = (shire_builder){0};
}
