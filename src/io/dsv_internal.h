/* What the reader (dsv.c) and the splitter (dsv_split.c) share. */
#ifndef SHIRE_IO_DSV_INTERNAL_H
#define SHIRE_IO_DSV_INTERNAL_H

#include "io/dsv.h"

/* A stretch of text with the places of its marks: delimiters, quotes, LF and CR. */
typedef struct shire_dsv_block {
    char *bytes;
    size_t length;
    size_t capacity;
    uint32_t *marks; /* ascending */
    size_t mark_count;
    size_t mark_capacity;
    bool has_high; /* a byte over 127 somewhere */
    bool has_nul;
} shire_dsv_block;

/* Where a block is read from next. */
typedef struct shire_dsv_place {
    size_t byte;
    size_t mark; /* the first mark at or after `byte` */
} shire_dsv_place;

typedef struct shire_dsv_fields {
    shire_span *spans;
    bool *doubled; /* holds doubled quotes, still doubled */
    size_t count;
    size_t capacity;
    bool any_doubled;
} shire_dsv_fields;

typedef enum shire_dsv_split_result {
    SHIRE_DSV_SPLIT_DONE,
    SHIRE_DSV_SPLIT_MORE, /* the block ends before the record does */
    SHIRE_DSV_SPLIT_QUOTE_TEXT,
    SHIRE_DSV_SPLIT_TOO_MANY,
    SHIRE_DSV_SPLIT_NO_MEMORY
} shire_dsv_split_result;

typedef struct shire_dsv_split {
    shire_dsv_place after; /* where the next record starts */
    bool in_quotes;        /* the block ended inside a quoted field */
    int64_t line_count;    /* line ends in the record, its own included */
} shire_dsv_split;

/* Fill in the marks of block->bytes. False when out of memory. CR is a mark in any case. */
bool shire_dsv_block_mark(shire_dsv_block *block, char delimiter, char quote);
/* Make room for `capacity` bytes (and the vector loads' padding behind them). */
bool shire_dsv_block_reserve(shire_dsv_block *block, size_t capacity);
void shire_dsv_block_free(shire_dsv_block *block);

/* Split the record at `from`. `last` is true when no bytes come after the block: its end then ends
 * the record. `line_end` is '\n', or '\r' for files of CR only. */
shire_dsv_split_result shire_dsv_split_record(const shire_dsv_block *block, shire_dsv_place from,
                                              char delimiter, char quote, char line_end, bool last,
                                              shire_dsv_fields *fields, shire_dsv_split *split_out);

/* Take the doubled quotes out of the fields that have them, in place. */
void shire_dsv_undouble(shire_dsv_fields *fields, char quote);

void shire_dsv_fields_free(shire_dsv_fields *fields);

#endif
