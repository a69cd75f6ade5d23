/*
 * Inside the book: making the file, and what maker and reader agree on.
 */
#ifndef SHIRE_RECORD_RECORD_BOOK_INTERNAL_H
#define SHIRE_RECORD_RECORD_BOOK_INTERNAL_H

#include "io/table.h"
#include "record/record_book.h"

/* Raised when the file's layout, or how a warehouse becomes a book, changes. */
#define RECORD_BOOK_VERSION "record book 4"

#define RECORD_BOOK_NO_MEMORY(error)                                                               \
    SHIRE_FAIL((error), SHIRE_NO_MEMORY, "no memory for the book of records")

/* The part "about", one of it. */
typedef struct record_book_about {
    shire_date horizon;
    uint32_t unused;
} record_book_about;

/* A key that is a number of at most 18 digits, written without needless zeros, is that number; any
 * other is a text id with this bit set. */
#define RECORD_KEY_TEXT (UINT64_C(1) << 63)
/* The number that `key` writes, or RECORD_KEY_TEXT when it is to be a text. */
uint64_t record_key_number(shire_span key);

uint64_t record_entry_hash(shire_span organisation, shire_span source, shire_span local_id);

/* The parts of the file that hold events: two for each column. What the parts name is the
 * arena's. */
#define RECORD_EVENT_PART_COUNT (2 * SHIRE_RECORD_EVENT_COLUMN_COUNT)
shire_status record_events_pack(const shire_record_event *events, size_t count, shire_arena *arena,
                                shire_columns_part parts_out[RECORD_EVENT_PART_COUNT],
                                shire_error *error) SHIRE_MUST_CHECK;
/* Find them again for the book's event_count; false when something is missing. */
bool record_events_find(shire_record_book *book);

/* Descriptions of codes, by code. */
typedef struct record_code {
    shire_span code;
    shire_span description;
} record_code;

/*
 * Read the warehouse and write the file, without identity, to `path`.
 *
 * horizon  the last day of the run's period.
 * codes    sorted by code, each once.
 */
shire_status record_book_make(shire_table *warehouse, const char *path, shire_date horizon,
                              const record_code *codes, size_t code_count, int thread_count,
                              shire_error *error) SHIRE_MUST_CHECK;

#endif
