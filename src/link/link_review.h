/*
 * Clerical review: the doubtful pairs of the last run as a queue, and what people decide about
 * them. For the command line and for servers.
 *
 * Records are named ORGANISATION/SOURCE/local_id. Decisions are kept in the partnership's store and
 * hold from the next run on: `same` keeps the two records together unless a fact forbids it
 * (link_facts.h), `different` keeps them apart, also by way of others, `unsure` takes the pair from
 * the queue. Nothing is ever deleted: a later decision about the same pair takes an earlier one's
 * place.
 *
 * A warehouse and a store belong to one thread at a time; open one of each a thread. Texts live in
 * the arena given. Errors hold no personal data; SHIRE_NOT_FOUND and SHIRE_INVALID are the caller's
 * mistakes.
 */
#ifndef SHIRE_LINK_LINK_REVIEW_H
#define SHIRE_LINK_LINK_REVIEW_H

#include "io/store.h"
#include "io/table.h"
#include "link/link_decision.h"

typedef struct shire_link_doubt {
    int64_t review_no; /* from 1, the most valuable first */
    const char *a;
    const char *b;
    const char *person_a; /* ids of the last run */
    const char *person_b;
    int64_t record_a_no;
    int64_t record_b_no;
    bool is_join;         /* two persons that may be one; else one that may be two */
    double weight;        /* mean log2 odds over all pairs of the two sides */
    double probability;   /* that they are one person, by that weight */
    double value;         /* what deciding is worth (link_doubt.h) */
    const char *evidence; /* "given equal, dob one edit": how they agree, not what they say */
} shire_link_doubt;

typedef struct shire_link_queue {
    shire_link_doubt *doubts;
    size_t count;
    size_t left; /* more that the limit kept back */
} shire_link_queue;

/* The first `limit` (0: all) that nobody has decided about; a pair of persons of whom any pair was
 * decided `same` or `different` is decided too. `store` may be NULL: nothing is decided. */
shire_status shire_link_review_list(shire_table *warehouse, shire_store *store, size_t limit,
                                    shire_arena *arena, shire_link_queue *queue_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* What the two records of a pair say, side by side: personal data. */
#define SHIRE_LINK_REVIEW_FIELDS 11
extern const char *const shire_link_review_fields[SHIRE_LINK_REVIEW_FIELDS];

typedef struct shire_link_review_pair {
    const char *values[2][SHIRE_LINK_REVIEW_FIELDS]; /* empty where not known */
} shire_link_review_pair;

/* Of each pair of a queue, in its order. */
shire_status shire_link_review_values(shire_table *warehouse, const shire_link_queue *queue,
                                      shire_arena *arena, shire_link_review_pair **pairs_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

typedef struct shire_link_ruling {
    const char *a;
    const char *b;
    const char *verdict; /* same, different, unsure */
    const char *who;
    const char *why;
} shire_link_ruling;

/*
 * What the last run says to `count` rulings: whether each is one, and its records are among those
 * of the run. At the first that cannot be taken: SHIRE_INVALID or SHIRE_NOT_FOUND, with its place
 * in *wrong_out (which may be NULL).
 *
 * forbidden_out  room for `count`: for `same`, the fact that forbids it, as a phrase, else NULL.
 *                Such a decision is kept and holds when the fact is gone.
 */
shire_status shire_link_review_check(shire_table *warehouse, const shire_link_ruling *rulings,
                                     size_t count, shire_arena *arena, const char **forbidden_out,
                                     size_t *wrong_out, shire_error *error) SHIRE_MUST_CHECK;

/*
 * In the caller's transaction: decide about `count` pairs that were checked. A decision that
 * contradicts others that hold, also by way of others, is refused with SHIRE_INVALID and names one
 * of them; its place is in *wrong_out (which may be NULL), and the transaction is to be undone.
 *
 * numbers_out  room for `count`: each ruling's decision_no.
 */
shire_status shire_link_review_decide(shire_store *store, const shire_link_ruling *rulings,
                                      size_t count, shire_arena *arena, int64_t *numbers_out,
                                      size_t *wrong_out, shire_error *error) SHIRE_MUST_CHECK;

/* In the caller's transaction: take a decision back: what it is about is open again.
 * SHIRE_NOT_FOUND when there is none of that number, SHIRE_INVALID when it holds no longer. */
shire_status shire_link_review_undo(shire_store *store, int64_t decision_no, const char *who,
                                    const char *why, shire_arena *arena, int64_t *number_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

#endif
