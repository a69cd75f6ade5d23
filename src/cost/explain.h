/*
 * Explaining a cost: the way of a person's or an event's cost back to ledger lines, as a tree.
 *
 *   person -> event -> activity -> resource -> pool -> own cost, or a support pool -> ledger line
 *
 * A person's small events are folded by kind of care.
 *
 * Each node's cost is split exactly over the parts it is made of, in proportion to the amounts of
 * the run (largest remainder), so that the parts of every node sum to the node. The warehouse is
 * only read.
 */
#ifndef SHIRE_COST_EXPLAIN_H
#define SHIRE_COST_EXPLAIN_H

#include "core/arena.h"
#include "core/error.h"
#include "core/money.h"
#include "io/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum shire_explain_kind {
    SHIRE_EXPLAIN_PERSON,
    SHIRE_EXPLAIN_KIND_OF_CARE, /* the small events of a person, folded */
    SHIRE_EXPLAIN_EVENT,
    SHIRE_EXPLAIN_ACTIVITY,
    SHIRE_EXPLAIN_RESOURCE,
    SHIRE_EXPLAIN_POOL,
    SHIRE_EXPLAIN_SUPPORT_POOL, /* a pool whose cost came to the pool above */
    SHIRE_EXPLAIN_LEDGER_LINE,
    SHIRE_EXPLAIN_KIND_COUNT
} shire_explain_kind;

extern const char *const shire_explain_kind_names[SHIRE_EXPLAIN_KIND_COUNT];

typedef struct shire_explain_node shire_explain_node;
struct shire_explain_node {
    shire_explain_kind kind;
    shire_money amount;
    const char *organisation; /* code; NULL for a person */
    const char *name;   /* event id, activity, resource, pool; cost centre and account of a line */
    const char *detail; /* NULL, or: dataset and day of an event, and of one kept apart for what,
                           what an activity's items are weighed by, description of a ledger line */
    const char *file;   /* of a ledger line, else NULL */
    int64_t line;
    const shire_explain_node *parts; /* largest first; events by time, then kinds of care */
    size_t part_count;
    size_t folded_count; /* parts that are left out, and what they sum to */
    shire_money folded_amount;
};

/* Which amounts are explained. An event, and so a person, may have some in each. */
typedef enum shire_explain_book {
    SHIRE_EXPLAIN_CARE,   /* the cost of patient care */
    SHIRE_EXPLAIN_INCOME, /* negative, as in the ledger */
    SHIRE_EXPLAIN_APART,  /* what is kept apart from patient care: research, education, private ...
                           */
    SHIRE_EXPLAIN_BOOK_COUNT
} shire_explain_book;

typedef struct shire_explain_options {
    shire_explain_book book;
    bool all; /* leave nothing out; else parts below a fiftieth of the whole are, but for each
                 node's largest */
} shire_explain_options;

/*
 * The tree of a person's cost, in `arena`: `person` is a person_id, or one of the person's records,
 * ORGANISATION/SOURCE/local_id. Of those that do not exist: SHIRE_NOT_FOUND. A person without cost
 * is a tree without parts.
 */
shire_status shire_explain_person(shire_table *warehouse, const char *person,
                                  const shire_explain_options *options, shire_arena *arena,
                                  shire_explain_node *tree_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* The same of an event: its event_id, or where that is not enough ORGANISATION/event_id or
 * ORGANISATION/SOURCE/event_id. SHIRE_INVALID when several events have it. */
shire_status shire_explain_event(shire_table *warehouse, const char *event_id,
                                 const shire_explain_options *options, shire_arena *arena,
                                 shire_explain_node *tree_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
