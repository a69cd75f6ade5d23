/*
 * Splitting delimited text into fields, in two steps over one block: first the places of all
 * delimiters, quotes and line ends are collected, 16 bytes at a time where the machine can; then a
 * record is cut by walking these marks. Text between marks is never looked at a second time.
 */
#include "io/dsv_internal.h"

#include "core/arena.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes behind the text that a vector load may touch. */
#define BLOCK_PADDING 16

bool shire_dsv_block_reserve(shire_dsv_block *block, size_t capacity) {
    if (capacity <= block->capacity) {
        return true;
    }
    char *bytes = shire_memory_resize(block->bytes, capacity + BLOCK_PADDING);
    if (bytes == NULL) {
        return false;
    }
    memset(bytes + block->capacity, 0, capacity + BLOCK_PADDING - block->capacity);
    block->bytes = bytes;
    block->capacity = capacity;
    return true;
}

void shire_dsv_block_free(shire_dsv_block *block) {
    shire_memory_free(block->bytes);
    shire_memory_free(block->marks);
    *block = (shire_dsv_block){0};
}

void shire_dsv_fields_free(shire_dsv_fields *fields) {
    shire_memory_free(fields->spans);
    shire_memory_free(fields->doubled);
    *fields = (shire_dsv_fields){0};
}

static bool reserve_marks(shire_dsv_block *block, size_t needed) {
    if (needed <= block->mark_capacity) {
        return true;
    }
    size_t capacity = needed + needed / 2;
    uint32_t *marks = shire_memory_resize(block->marks, capacity * sizeof *marks);
    if (marks == NULL) {
        return false;
    }
    block->marks = marks;
    block->mark_capacity = capacity;
    return true;
}

/* Marks of 16 bytes as a bit mask; bit i is byte i. */
static unsigned mark_bits(const char *bytes, char delimiter, char quote, unsigned *high_out,
                          unsigned *nul_out) {
#ifdef __SSE2__
    __m128i text = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    __m128i marks = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8(delimiter)),
                                              _mm_cmpeq_epi8(text, _mm_set1_epi8(quote))),
                                 _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('\n')),
                                              _mm_cmpeq_epi8(text, _mm_set1_epi8('\r'))));
    *high_out = (unsigned)_mm_movemask_epi8(text);
    *nul_out = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_setzero_si128()));
    return (unsigned)_mm_movemask_epi8(marks);
#else
    unsigned bits = 0, high = 0, nul = 0;
    for (unsigned i = 0; i < 16; i++) {
        char byte = bytes[i];
        bits |= (unsigned)(byte == delimiter || byte == quote || byte == '\n' || byte == '\r') << i;
        high |= (unsigned)((unsigned char)byte >> 7) << i;
        nul |= (unsigned)(byte == '\0') << i;
    }
    *high_out = high;
    *nul_out = nul;
    return bits;
#endif
}

bool shire_dsv_block_mark(shire_dsv_block *block, char delimiter, char quote) {
    size_t count = 0;
    unsigned any_high = 0, any_nul = 0;
    block->mark_count = 0;
    for (size_t at = 0; at < block->length; at += 16) {
        if (count + 16 > block->mark_capacity && !reserve_marks(block, count + 4096)) {
            return false;
        }
        size_t left = block->length - at;
        unsigned wanted = left >= 16 ? 0xffffu : (1u << left) - 1u;
        unsigned high, nul;
        unsigned bits = mark_bits(block->bytes + at, delimiter, quote, &high, &nul) & wanted;
        any_high |= high & wanted;
        any_nul |= nul & wanted;
        while (bits != 0) {
            block->marks[count++] = (uint32_t)(at + (size_t)__builtin_ctz(bits));
            bits &= bits - 1;
        }
    }
    block->mark_count = count;
    block->has_high = any_high != 0;
    block->has_nul = any_nul != 0;
    return true;
}

static bool reserve_fields(shire_dsv_fields *fields) {
    if (fields->count < fields->capacity) {
        return true;
    }
    size_t capacity = fields->capacity == 0 ? 64 : fields->capacity * 2;
    shire_span *spans = shire_memory_resize(fields->spans, capacity * sizeof *spans);
    if (spans == NULL) {
        return false;
    }
    fields->spans = spans;
    bool *doubled = shire_memory_resize(fields->doubled, capacity * sizeof *doubled);
    if (doubled == NULL) {
        return false;
    }
    fields->doubled = doubled;
    fields->capacity = capacity;
    return true;
}

/* The scan of one record: the block, where it stands, and what it has seen. */
typedef struct split_walk {
    const shire_dsv_block *block;
    size_t mark; /* next to look at */
    char delimiter, quote, line_end;
    bool last;
    shire_dsv_split *split;
} split_walk;

/* Is the mark a line end (then its length), seen from outside quotes? CRLF counts as one. */
static size_t line_end_length(const split_walk *walk, size_t at) {
    const shire_dsv_block *block = walk->block;
    if (block->bytes[at] == walk->line_end) {
        return 1;
    }
    if (walk->line_end != '\n' || block->bytes[at] != '\r') {
        return 0;
    }
    if (at + 1 == block->length) {
        return walk->last ? 1 : 0; /* a CR as the very last byte */
    }
    return block->bytes[at + 1] == '\n' ? 2 : 0;
}

/* Walk to the quote that closes the field whose opening quote is at the current mark; leaves
 * walk->mark behind it. False when the block ends first. */
static bool skip_quoted(split_walk *walk, size_t *close_out, bool *doubled_out) {
    const shire_dsv_block *block = walk->block;
    for (walk->mark++; walk->mark < block->mark_count; walk->mark++) {
        size_t at = block->marks[walk->mark];
        char byte = block->bytes[at];
        if (byte == walk->quote) {
            if (at + 1 < block->length && block->bytes[at + 1] == walk->quote) {
                *doubled_out = true;
                walk->mark++;
                continue;
            }
            if (at + 1 == block->length && !walk->last) {
                return false; /* the next byte decides whether it closes */
            }
            *close_out = at;
            walk->mark++;
            return true;
        }
        if (byte == walk->line_end) {
            walk->split->line_count++;
        }
    }
    return false;
}

/* Past the blanks behind a closing quote: `"a" ,` is a. */
static size_t skip_blanks(const shire_dsv_block *block, size_t at, char delimiter) {
    while (at < block->length && (block->bytes[at] == ' ' || block->bytes[at] == '\t') &&
           block->bytes[at] != delimiter) {
        at++;
    }
    return at;
}

/* Ends the record at the block's end. */
static shire_dsv_split_result end_of_block(split_walk *walk, bool in_quotes) {
    walk->split->in_quotes = in_quotes;
    walk->split->after = (shire_dsv_place){walk->block->length, walk->block->mark_count};
    return walk->last && !in_quotes ? SHIRE_DSV_SPLIT_DONE : SHIRE_DSV_SPLIT_MORE;
}

/* Find the next delimiter or line end from walk->mark on. *length_out is 1 or 2; 0 when the block
 * ends first. */
static size_t next_end(split_walk *walk, size_t *length_out, bool *record_ends_out) {
    const shire_dsv_block *block = walk->block;
    for (; walk->mark < block->mark_count; walk->mark++) {
        size_t at = block->marks[walk->mark];
        if (block->bytes[at] == walk->delimiter) {
            walk->mark++;
            *length_out = 1;
            *record_ends_out = false;
            return at;
        }
        size_t length = line_end_length(walk, at);
        if (length > 0) {
            walk->mark += length;
            walk->split->line_count++;
            *length_out = length;
            *record_ends_out = true;
            return at;
        }
    }
    *length_out = 0;
    *record_ends_out = true;
    return block->length;
}

shire_dsv_split_result shire_dsv_split_record(const shire_dsv_block *block, shire_dsv_place from,
                                              char delimiter, char quote, char line_end, bool last,
                                              shire_dsv_fields *fields,
                                              shire_dsv_split *split_out) {
    *split_out = (shire_dsv_split){0};
    fields->count = 0;
    fields->any_doubled = false;
    split_walk walk = {.block = block,
                       .mark = from.mark,
                       .delimiter = delimiter,
                       .quote = quote,
                       .line_end = line_end,
                       .last = last,
                       .split = split_out};
    for (size_t start = from.byte;;) {
        if (fields->count == SHIRE_DSV_COLUMNS_MAX) {
            return SHIRE_DSV_SPLIT_TOO_MANY;
        }
        if (!reserve_fields(fields)) {
            return SHIRE_DSV_SPLIT_NO_MEMORY;
        }
        size_t first = start, close = 0;
        bool doubled = false;
        bool quoted = start < block->length && block->bytes[start] == quote;
        if (quoted) {
            first = start + 1;
            if (!skip_quoted(&walk, &close, &doubled)) {
                return end_of_block(&walk, true);
            }
        }
        size_t end_length;
        bool record_ends;
        size_t end = next_end(&walk, &end_length, &record_ends);
        if (end_length == 0 && !last) {
            return end_of_block(&walk, false);
        }
        if (quoted && skip_blanks(block, close + 1, delimiter) < end) {
            return SHIRE_DSV_SPLIT_QUOTE_TEXT;
        }
        size_t text_end = quoted ? close : end;
        fields->spans[fields->count] = (shire_span){block->bytes + first, text_end - first};
        fields->doubled[fields->count++] = doubled;
        fields->any_doubled |= doubled;
        if (end_length == 0) {
            return end_of_block(&walk, false);
        }
        if (record_ends) {
            split_out->after = (shire_dsv_place){end + end_length, walk.mark};
            return SHIRE_DSV_SPLIT_DONE;
        }
        start = end + end_length;
    }
}

void shire_dsv_undouble(shire_dsv_fields *fields, char quote) {
    for (size_t i = 0; i < fields->count; i++) {
        if (!fields->doubled[i]) {
            continue;
        }
        char *bytes = (char *)fields->spans[i].bytes; /* the block is ours to write */
        size_t length = fields->spans[i].length, kept = 0;
        for (size_t at = 0; at < length; at++) {
            bytes[kept++] = bytes[at];
            if (bytes[at] == quote && at + 1 < length && bytes[at + 1] == quote) {
                at++;
            }
        }
        fields->spans[i].length = kept;
    }
}
