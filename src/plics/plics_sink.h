/*
 * Where violations go: counted by kind and field, the first ones kept, all written to a CSV file.
 */
#ifndef SHIRE_PLICS_PLICS_SINK_H
#define SHIRE_PLICS_PLICS_SINK_H

#include "io/file_writer.h"
#include "plics/plics.h"
#include "plics/plics_value_kernel.h"

/* What can be wrong with a file, beside the faults of values and records. */
typedef enum plics_kind {
    PLICS_KIND_VALUES = PLICS_FAULT_COUNT, /* kinds before are plics_fault */
    PLICS_NO_HEADER = PLICS_KIND_VALUES,
    PLICS_UNKNOWN_FEED,
    PLICS_MISSING_COLUMN,
    PLICS_UNKNOWN_COLUMN,
    PLICS_DUPLICATE_COLUMN,
    PLICS_FIELD_COUNT,
    PLICS_BAD_QUOTE,
    PLICS_LINE_TOO_LONG,
    PLICS_BLANK_LINE,
    PLICS_REPEATED_RECORD,
    PLICS_NO_RECORDS,
    PLICS_TOO_MANY_RECORDS,
    PLICS_WRONG_COUNT,
    PLICS_WRONG_TOTAL,
    PLICS_KIND_COUNT
} plics_kind;

extern const char *const plics_kind_names[PLICS_KIND_COUNT];

typedef struct plics_sink {
    shire_arena *arena;
    shire_file_writer writer;
    int64_t violation_count;
    shire_plics_violation shown[SHIRE_PLICS_SHOWN_MAX];
    size_t shown_count;
    /* Last column: the line as a whole. Columns of the header first, then those of the feed. */
    int64_t counts[PLICS_KIND_COUNT][PLICS_HEADER_MAX + PLICS_COLUMNS_MAX + 1];
    bool out_of_memory;
} plics_sink;

/* The old file stands until plics_sink_close. */
shire_status plics_sink_open(const char *path, shire_arena *arena, plics_sink *sink,
                             shire_error *error);
/* `place` is an index of counts[kind]; field may be NULL. `problem` is printed once for each place
 * and kept only while there is room to show it. */
void plics_sink_add(plics_sink *sink, plics_kind kind, size_t place, int64_t line,
                    const plics_field *field, const char *remedy, const char *format, ...)
    SHIRE_PRINTF(7, 8);
/* One fault of a value or record, in words. `length` is the value's, in bytes. */
void plics_sink_add_fault(plics_sink *sink, plics_fault fault, size_t place, int64_t line,
                          const plics_field *field, size_t length);
/* Puts the file in its place, or removes it when `keep` is false. */
shire_status plics_sink_close(plics_sink *sink, bool keep, shire_error *error);

#endif
