/* What review and history share: rulings checked against each other, and written. */
#ifndef SHIRE_LINK_LINK_REVIEW_INTERNAL_H
#define SHIRE_LINK_LINK_REVIEW_INTERNAL_H

#include "link/link_decision.h"

/* One pair that a decision that holds speaks of; ids are of link_said. */
typedef struct link_said_pair {
    uint32_t a;
    uint32_t b;
    bool is_same;
    bool is_of_change; /* said by undoing a change: no decision about the pair takes its place */
    int64_t decision_no;
} link_said_pair;

/* All pairs that decisions speak of, and which records `same` ties together. */
typedef struct link_said {
    shire_arena *arena;
    shire_link_name *names; /* by id */
    size_t name_count;
    size_t name_capacity;
    uint32_t *slots; /* by hash: id + 1 */
    size_t slot_count;
    uint32_t *parents; /* by id: union-find over `same` */
    link_said_pair *pairs;
    size_t pair_count;
    size_t pair_capacity;
} link_said;

/* What holds in the store; undone changes too. */
shire_status link_said_read(shire_store *store, shire_arena *arena, link_said *said_out,
                            shire_error *error) SHIRE_MUST_CHECK;
/* Drop what was decided of exactly this pair: a new decision takes its place. */
void link_said_forget(link_said *said, const shire_link_name *a, const shire_link_name *b);
/* Add a pair; SHIRE_INVALID when it contradicts what is said, with a decision's number in the
 * sentence, which begins with `what`. */
shire_status link_said_add(link_said *said, const shire_link_name *a, const shire_link_name *b,
                           bool is_same, int64_t decision_no, const char *what,
                           shire_error *error) SHIRE_MUST_CHECK;

/* One row more, in the open transaction; decision->decision_no is given here. */
shire_status link_decision_insert(shire_store *store, shire_link_decision *decision,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* SHIRE_INVALID when nobody signs, or gives no reason. */
shire_status link_check_signature(const char *who, const char *why,
                                  shire_error *error) SHIRE_MUST_CHECK;

#endif
