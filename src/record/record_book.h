/*
 * The book: what the last run says of every person, kept ready in one file of columns
 * (DIR/.shire/record.bin, mode 0600) that a server maps and reads as it is. It is made from the
 * warehouse, belongs to it by its identity, and holds nothing that the warehouse does not.
 *
 * Persons are in the order of person_no, entries (person records) by person and record_no, events
 * by person, start and event_no. What belongs to person p are
 *
 *     entries[persons[p].first_entry .. persons[p + 1].first_entry)
 *     events [persons[p].first_event .. persons[p + 1].first_event), by shire_record_book_event
 *
 * Texts are ids, 0 for the empty text (shire_record_book_text). Records and events of nobody (no
 * person record) are not in the book. Same warehouse, same bytes, on any number of threads.
 *
 * Everything here is unfiltered personal data: pages and interfaces read it through
 * record_service.h and record_search.h, which ask the gate.
 *
 * A book does not change once open and is safe from any thread.
 */
#ifndef SHIRE_RECORD_RECORD_BOOK_H
#define SHIRE_RECORD_RECORD_BOOK_H

#include "core/arena.h"
#include "core/date.h"
#include "core/error.h"
#include "core/money.h"
#include "core/packed.h"
#include "core/text.h"
#include "io/columns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHIRE_RECORD_NO_TIME INT32_MIN /* of a minute or day: not known */
#define SHIRE_RECORD_NOBODY UINT32_MAX /* no such person, entry */

typedef struct shire_record_organisation {
    uint32_t code; /* texts */
    uint32_t name;
    uint32_t kind;
} shire_record_organisation;

/* One more than there are people: the last only ends the one before. */
typedef struct shire_record_person {
    uint32_t id; /* text */
    uint32_t first_entry;
    uint32_t first_event;
} shire_record_person;

/* What records hold as text, in the order in which pages show it. */
typedef enum shire_record_field {
    SHIRE_RECORD_NHS_NUMBER,
    SHIRE_RECORD_GIVEN_NAME,
    SHIRE_RECORD_MIDDLE_NAMES,
    SHIRE_RECORD_FAMILY_NAME,
    SHIRE_RECORD_SEX,
    SHIRE_RECORD_ADDRESS,
    SHIRE_RECORD_POSTCODE,
    SHIRE_RECORD_UPRN,
    SHIRE_RECORD_PHONE,
    SHIRE_RECORD_EMAIL,
    SHIRE_RECORD_GP_PRACTICE,
    SHIRE_RECORD_FIELD_COUNT
} shire_record_field;

/* A person record of one body's system. */
typedef struct __attribute__((packed, aligned(4))) shire_record_entry {
    uint64_t local_id; /* a number or text: shire_record_book_key */
    uint32_t person;
    uint32_t source;  /* place in sources */
    shire_date birth; /* or SHIRE_RECORD_NO_TIME */
    shire_date death;
    uint32_t texts[SHIRE_RECORD_FIELD_COUNT];
} shire_record_entry;

/* A system of a body. */
typedef struct shire_record_source {
    uint32_t organisation; /* organisation_no */
    uint32_t name;         /* text */
    uint32_t categories;   /* bits of shire_gate_category that its events are of */
} shire_record_source;

enum {
    SHIRE_RECORD_LASTS = 1,  /* without an end it goes on; other kinds are points in time */
    SHIRE_RECORD_TENANCY = 2 /* the body is the person's landlord */
};

/* What events have in common: each combination once. */
typedef struct shire_record_kind {
    uint32_t source;  /* place in sources */
    uint32_t dataset; /* texts */
    uint32_t setting; /* kind of care */
    uint32_t code;
    uint32_t description; /* of the code, where it is known */
    uint32_t specialty;
    uint32_t commissioner;
    uint32_t category;    /* shire_gate_category */
    uint32_t sensitivity; /* bits of shire_gate_sensitivity */
    uint32_t flags;       /* SHIRE_RECORD_LASTS, ... */
} shire_record_kind;

/* A county has millions: they lie in the file in few bits. */
typedef struct shire_record_event {
    shire_money cost; /* micropounds; 0 where nothing was costed */
    uint64_t id;      /* a number or text: shire_record_book_key */
    int32_t start;    /* minutes since 1970-01-01T00:00, wall-clock time */
    int32_t end;      /* likewise, or SHIRE_RECORD_NO_TIME */
    uint32_t kind;    /* place in kinds */
} shire_record_event;

#define SHIRE_RECORD_EVENT_COLUMN_COUNT 5

/* A stay that went on after the person was ready to leave, or has a reason for it. */
typedef struct shire_record_delay {
    uint32_t event;  /* place in events; ascending */
    int32_t ready;   /* minutes, or SHIRE_RECORD_NO_TIME */
    uint32_t reason; /* texts */
    uint32_t responsible;
} shire_record_delay;

typedef struct shire_record_book {
    size_t organisation_count;
    size_t person_count;
    size_t entry_count;
    size_t source_count;
    size_t event_count;
    size_t kind_count;
    size_t delay_count;
    const shire_record_organisation *organisations; /* by organisation_no */
    const shire_record_person *persons;
    const shire_record_entry *entries;
    const uint32_t *entry_of_record; /* by record_no: place in entries, or SHIRE_RECORD_NOBODY */
    size_t record_count;
    const shire_record_source *sources;
    const shire_record_kind *kinds;
    const shire_record_delay *delays;
    shire_date horizon; /* the last day of the period that the run was of */

    /* ---- behind the functions below ---- */
    shire_packed events[SHIRE_RECORD_EVENT_COLUMN_COUNT];
    const uint32_t *text_starts; /* of text_count + 1 */
    const char *text_bytes;
    size_t text_count;
    const uint32_t *person_slots; /* by hash of the id: person + 1; 0: free */
    size_t person_slot_count;     /* powers of two */
    const uint32_t *entry_slots;  /* by hash of body, system and local id: entry + 1 */
    size_t entry_slot_count;
    shire_columns *columns;
} shire_record_book;

/*
 * Open the book of the partnership folder `dir`, and make it first where there is none or it is
 * of another warehouse (a few seconds for a county). Two processes may do so at once; one makes
 * it. SHIRE_NOT_FOUND when there was no run yet.
 *
 * thread_count  to make it with; 0: all processors.
 */
shire_status shire_record_book_open(const char *dir, int thread_count, shire_record_book **book_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
void shire_record_book_close(shire_record_book *book); /* NULL is allowed */

/* A text by its id; valid as long as the book. */
static inline shire_span shire_record_book_text(const shire_record_book *book, uint32_t id) {
    uint32_t from = book->text_starts[id];
    return (shire_span){book->text_bytes + from, book->text_starts[id + 1] - from};
}

/* The event at a place; without its id and cost, which lie elsewhere, for who looks at many; and
 * its kind alone, for who looks at all. */
shire_record_event shire_record_book_event(const shire_record_book *book, size_t place);
shire_record_event shire_record_book_event_times(const shire_record_book *book, size_t place);
uint32_t shire_record_book_event_kind(const shire_record_book *book, size_t place);

#define SHIRE_RECORD_KEY_BYTES 20
/* A body's own key: a text of the book, or a number written into `buffer`. */
shire_span shire_record_book_key(const shire_record_book *book, uint64_t key,
                                 char buffer[SHIRE_RECORD_KEY_BYTES]);

/* The person of that id, or SHIRE_RECORD_NOBODY. */
uint32_t shire_record_book_find_person(const shire_record_book *book, shire_span person_id);
/* The entry of a body's system and key, or SHIRE_RECORD_NOBODY. */
uint32_t shire_record_book_find_entry(const shire_record_book *book, shire_span organisation,
                                      shire_span source, shire_span local_id);
/* The organisation of that code, or SHIRE_RECORD_NOBODY. */
uint32_t shire_record_book_find_organisation(const shire_record_book *book, shire_span code);
/* The delay of an event, or NULL. */
const shire_record_delay *shire_record_book_delay(const shire_record_book *book, uint32_t event);

#endif
