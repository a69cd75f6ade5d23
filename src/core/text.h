/*
 * Text: spans of UTF-8 bytes, a growable builder, and the small predicates parsers need.
 * All functions are pure unless they take a builder. A span is not terminated.
 */
#ifndef SHIRE_CORE_TEXT_H
#define SHIRE_CORE_TEXT_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct shire_span {
    const char *bytes;
    size_t length;
} shire_span;

shire_span shire_span_of(const char *terminated); /* NULL gives the empty span */
bool shire_span_equal(shire_span a, shire_span b);
bool shire_span_equal_ignoring_case(shire_span a, shire_span b); /* ASCII letters only */
int shire_span_compare(shire_span a, shire_span b); /* bytewise, shorter first: the sort order */
shire_span shire_span_trim(shire_span text);        /* ASCII white space and U+00A0 at both ends */

/* '*' matches any run, '?' one character; everything else itself, case-sensitive. */
bool shire_text_glob(shire_span pattern, shire_span text);

/* True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool shire_text_is_utf8(shire_span text);
bool shire_text_is_ascii(shire_span text);

/* The candidate nearest to `name` by edit distance, for "did you mean"; NULL when none is near
 * (more than a third of the letters differ). Ties go to the earlier candidate. */
const char *shire_text_nearest(const char *name, const char *const *candidates, size_t count);

/* 64-bit hash (wyhash family), the same on every machine and run. Not for security. */
uint64_t shire_text_hash(shire_span text, uint64_t seed);

typedef struct shire_builder {
    char *bytes; /* terminated; NULL until the first append */
    size_t length;
    size_t capacity;
    bool failed; /* out of memory at some point; the text is then incomplete */
} shire_builder;

void shire_builder_append(shire_builder *builder, shire_span text);
void shire_builder_append_text(shire_builder *builder, const char *terminated);
void shire_builder_append_format(shire_builder *builder, const char *format, ...)
    SHIRE_PRINTF(2, 3);
/* 'it''s': a quoted SQL literal; "na""me": a quoted SQL identifier. */
void shire_builder_append_sql_literal(shire_builder *builder, shire_span text);
void shire_builder_append_sql_name(shire_builder *builder, shire_span name);
/* Text with & < > " ' escaped, for HTML bodies and quoted attributes. */
void shire_builder_append_html(shire_builder *builder, shire_span text);
void shire_builder_clear(shire_builder *builder); /* keeps the capacity */
void shire_builder_free(shire_builder *builder);

#endif
