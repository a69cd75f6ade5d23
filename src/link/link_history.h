/*
 * The history of a person: which records came and went, when, and why; and undoing a change. For
 * the command line and for servers; a store belongs to one thread at a time.
 */
#ifndef SHIRE_LINK_LINK_HISTORY_H
#define SHIRE_LINK_LINK_HISTORY_H

#include "io/store.h"
#include "link/link_decision.h"

typedef struct shire_link_change {
    int64_t change_no;
    int64_t run_no;
    const char *time; /* when the run ended: 2024-04-01T09:30:00Z */
    const char *kind; /* join: from_person is retired; split: to_person is new or back; move */
    const char *from_person;
    const char *to_person;
    const char *reason; /* evidence, fact, decision */
    const char *fact;   /* nhs_number, event, death, source; NULL when it is none */
    const char *weight; /* of evidence: log2 odds of the pair, one decimal; NULL when not */
    const char *pair_a; /* the two records that tell; NULL when there are none */
    const char *pair_b;
    const shire_link_decision *decision; /* that forced it, or NULL */
    const shire_link_decision *undone;   /* by which it is undone, or NULL */
    shire_link_change_records records;
} shire_link_change;

typedef struct shire_link_whereabouts {
    const char *person_id;
    int64_t record_count;
} shire_link_whereabouts;

typedef struct shire_link_history {
    const char *person_id;
    int64_t made_run;
    const char *made;         /* time of that run */
    int64_t retired_run;      /* 0: not retired */
    const char *retired_into; /* where most of its records went, or NULL */
    shire_link_name *records; /* that it was last seen with; by name */
    size_t record_count;
    shire_link_whereabouts *went; /* where records that left it are now, by person_id */
    size_t went_count;
    shire_link_change *changes; /* the earliest first */
    size_t change_count;
    shire_link_decisions decisions; /* all of the store */
} shire_link_history;

/* Of a person_id, also a retired one, or of the person that a record (ORGANISATION/SOURCE/local_id)
 * was last with. SHIRE_NOT_FOUND when there never was one. In `arena`. */
shire_status shire_link_history_read(shire_store *store, const char *person, shire_arena *arena,
                                     shire_link_history *history_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/*
 * In the caller's transaction: undo a change from the next run on. What it moved is kept from the
 * records that it came to, and goes with those that it left. SHIRE_NOT_FOUND when there is no such
 * change, SHIRE_INVALID when it is undone already or contradicts a decision.
 */
shire_status shire_link_history_undo(shire_store *store, int64_t change_no, const char *who,
                                     const char *why, shire_arena *arena, int64_t *number_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

#endif
