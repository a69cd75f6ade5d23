/*
 * Inside the joined record: connections to the store, a person as the gate sees them, and what
 * record_service.c, record_search.c and record_item.c share.
 */
#ifndef SHIRE_RECORD_RECORD_INTERNAL_H
#define SHIRE_RECORD_RECORD_INTERNAL_H

#include "io/store.h"
#include "record/record_item.h"
#include "record/record_relate.h"
#include "record/record_search.h"
#include "record/record_select.h"

#include <pthread.h>

#define RECORD_NO_MEMORY(error)                                                                    \
    SHIRE_FAIL((error), SHIRE_NO_MEMORY, "no memory for the record; try again later")

/* The message of somebody who is not there and of somebody who may not be known. */
#define RECORD_NOBODY(error)                                                                       \
    SHIRE_FAIL((error), SHIRE_NOT_FOUND, "there is nobody of that id whose record you may see")

/* A connection to the store with its statements. */
typedef enum record_question {
    RECORD_ASK_RETIRED,        /* $1 person_id -> retired_into */
    RECORD_ASK_MAY_HAVE_ITEMS, /* $1 person_id -> 1, or 0 where RECORD_ASK_ITEMS finds nothing */
    RECORD_ASK_ITEMS,   /* $1 person_id -> items of the person and of retired ids, latest version */
    RECORD_ASK_VERSION, /* $1 item_id, $2 version -> the item at it */
    RECORD_ASK_VERSIONS,     /* $1 item_id -> all versions, the latest first */
    RECORD_ASK_CONTENT,      /* $1 hash -> content, byte_count */
    RECORD_ASK_ACCESS_COUNT, /* $1 person_id -> number of audit entries */
    RECORD_ASK_ACCESSES,     /* $1 person_id, $2 count, $3 first -> audit entries */
    RECORD_QUESTION_COUNT
} record_question;

typedef struct record_reader {
    struct record_reader *next;
    shire_store *store;
    shire_store_statement *statements[RECORD_QUESTION_COUNT];
} record_reader;

struct shire_record {
    shire_record_book *book;
    shire_link_matcher *matcher; /* or NULL */
    char *store_path;
    pthread_mutex_t lock; /* of the list below */
    record_reader *free_readers;
};

/* The answer about somebody who may not be known: after the question that an id which is not in the
 * book costs, so that the two take as long. */
shire_status record_refuse(shire_record *record, shire_span person_id, bool is_known,
                           shire_error *error) SHIRE_MUST_CHECK;

/* Whether a text may be an id: 1 to 63 bytes that are seen, so that nothing else reaches the store.
 */
bool record_is_id(shire_span text);

/* Borrow a connection; give it back. A statement is prepared when it is first asked for, is reset,
 * and belongs to the reader. */
shire_status record_reader_borrow(shire_record *record, record_reader **reader_out,
                                  shire_error *error) SHIRE_MUST_CHECK;
void record_reader_give_back(shire_record *record, record_reader *reader); /* NULL is allowed */
shire_status record_reader_ask(record_reader *reader, record_question question,
                               shire_store_statement **statement_out,
                               shire_error *error) SHIRE_MUST_CHECK;

/* A person as the gate sees them, for one viewer and action. */
typedef struct record_subject {
    uint32_t person;            /* in the book */
    const int32_t *numbers;     /* the gate's number of each of the book's organisations */
    shire_gate_subject subject; /* with derived relationships */
    shire_gate_opening opening;
    bool may_know;
    bool may_break_glass;
} record_subject;

/*
 * What the gate has to know of the book, for one asker: made once a call.
 *
 * numbers_out  by organisation of the book; in `arena`.
 */
shire_status record_numbers(const shire_record *record, const shire_gate_policy *policy,
                            shire_arena *arena, const int32_t **numbers_out,
                            shire_error *error) SHIRE_MUST_CHECK;
shire_status record_subject_open(const shire_record *record, const shire_record_asker *asker,
                                 const int32_t *numbers, uint32_t person, shire_gate_action action,
                                 shire_arena *arena, record_subject *subject_out,
                                 shire_error *error) SHIRE_MUST_CHECK;
/* Opens somebody and forgets it: a search that came upon nobody does by it the work of one that
 * came upon somebody who is closed, so that the time does not tell the one from the other. */
shire_status record_subject_open_nobody(const shire_record *record, const shire_record_asker *asker,
                                        const int32_t *numbers, shire_gate_action action,
                                        shire_arena *arena, shire_error *error) SHIRE_MUST_CHECK;

/*
 * The person of an id, followed to where it went when it is retired. Somebody who is not there
 * gives a stand-in and `is_known_out` false, so that the caller does the same work for nobody.
 */
shire_status record_person_find(shire_record *record, shire_span person_id, uint32_t *person_out,
                                bool *is_known_out, bool *was_moved_out,
                                shire_error *error) SHIRE_MUST_CHECK;

/* The gate's decision about an event (as care, or its cost), an entry, and an item of that owner.
 * Seals know them as event/BODY/SYSTEM/ID, record/BODY/SYSTEM/ID and item/ID. */
bool record_may_event(const shire_record *record, const shire_record_asker *asker,
                      const record_subject *subject, const shire_record_event *event, bool of_cost);
bool record_may_entry(const shire_record *record, const shire_record_asker *asker,
                      const record_subject *subject, const shire_record_entry *entry);
bool record_may_item(const shire_record_asker *asker, const record_subject *subject,
                     shire_record_item_kind kind, shire_span organisation, uint32_t sensitivity,
                     shire_span item_id);

/* A person opened for an action, for what is about one item of theirs. */
shire_status record_item_open(shire_record *record, const shire_record_asker *asker,
                              shire_span person_id, shire_gate_action action, shire_arena *arena,
                              record_subject *subject_out, bool *is_known_out,
                              shire_error *error) SHIRE_MUST_CHECK;
/* An item of the subject that the viewer may see, at a version (0: the latest), with its body:
 * a new reference. SHIRE_NOT_FOUND. */
shire_status record_item_find(shire_record *record, record_reader *reader,
                              const shire_record_asker *asker, const record_subject *subject,
                              shire_span item_id, int64_t version, shire_arena *arena,
                              shire_record_item *item_out, uint32_t *sensitivity_out,
                              shire_error *error) SHIRE_MUST_CHECK;

shire_record_body record_body_of(const shire_record_book *book, uint32_t organisation);
shire_record_body record_body_by_code(const shire_record_book *book, shire_span code,
                                      shire_arena *arena);

/* A copy in the arena; empty when out of memory, which later allocations show too. */
shire_span record_keep(shire_arena *arena, shire_span text);
/* 2024-04-01 in the arena; empty for SHIRE_RECORD_NO_TIME. */
shire_span record_keep_day(shire_arena *arena, shire_date day);

/* The audit entry of a call; texts in `arena` or as long as the asker. */
shire_audit_entry record_log(const shire_record_asker *asker, const char *kind, const char *subject,
                             const char *detail, shire_arena *arena);

/* ---- listing by conditions ---- */

/* The people whom record_select.h selects, in the order of person_no: at most `most`. has_more_out
 * says whether there are others. */
shire_status record_select_people(shire_record *record, const shire_record_asker *asker,
                                  const shire_record_condition *conditions, size_t condition_count,
                                  size_t most, uint32_t *people_out, size_t *count_out,
                                  bool *has_more_out, shire_error *error) SHIRE_MUST_CHECK;

/* What a search gave, as conditions that hold for a record or do not: each word, the birth and the
 * postcode. Without conditions where it gave something else besides, or nothing. */
typedef struct record_listing {
    shire_record_condition conditions[SHIRE_RECORD_CONDITIONS_MAX];
    size_t condition_count;
    shire_span words[SHIRE_RECORD_CONDITIONS_MAX];
    size_t word_count;
    shire_date birth_first;
    shire_date birth_last; /* before the first: not given */
    struct {
        char letters[16]; /* normalised */
        size_t length;
        size_t missing; /* letters that one in full has behind these */
    } postcode;
} record_listing;

/* is_line: any word may be of a name or of the address. birth_year: or 0. Words are in `arena`; the
 * listing points into itself, so it stays where it is. */
shire_status record_listing_make(const shire_link_query *query, int birth_year, bool is_line,
                                 shire_arena *arena, record_listing *listing,
                                 shire_error *error) SHIRE_MUST_CHECK;
/* Whether what is shown of somebody fits: all of it, and the birth alone. */
bool record_listing_fits(const record_listing *listing, const shire_record_found *found);
bool record_listing_fits_birth(const record_listing *listing, const shire_record_found *found);
/* From a postcode in full to those near it; false where there is none to widen. */
bool record_listing_widen(record_listing *listing);

/* ---- parts of a view ---- */

shire_status record_view_identity(const shire_record *record, const shire_record_asker *asker,
                                  const record_subject *subject, shire_arena *arena,
                                  shire_record_view *view, shire_error *error) SHIRE_MUST_CHECK;
shire_status record_view_events(const shire_record *record, const shire_record_asker *asker,
                                const record_subject *subject, const shire_record_request *request,
                                shire_arena *arena, shire_record_view *view,
                                shire_error *error) SHIRE_MUST_CHECK;
shire_status record_view_carers(const shire_record *record, const shire_record_asker *asker,
                                const record_subject *subject, shire_arena *arena,
                                shire_record_view *view, shire_error *error) SHIRE_MUST_CHECK;
shire_status record_view_items(shire_record *record, const shire_record_asker *asker,
                               const record_subject *subject, shire_arena *arena,
                               shire_record_view *view, shire_error *error) SHIRE_MUST_CHECK;

/* Best values of the entries that the viewer may see, for lists of people. */
shire_span record_best_text(const shire_record_book *book, const shire_record_entry *const *entries,
                            size_t entry_count, shire_record_field field);

#endif
