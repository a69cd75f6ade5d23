/* What the two files of explaining forward share. Private to src/cost. */
#ifndef SHIRE_COST_EXPLAIN_FORWARD_INTERNAL_H
#define SHIRE_COST_EXPLAIN_FORWARD_INTERNAL_H

#include "cost/cost_internal.h"
#include "cost/explain_forward.h"

typedef struct forward_state {
    shire_table *table;
    shire_arena *arena;
    size_t row_limit;
    const char **organisations;
    shire_frame pools;                 /* organisation_no, pool, treatment, own_cost, total_cost */
    shire_frame resources;             /* organisation_no, resource, amount */
    shire_frame activities;            /* organisation_no, activity, driver, amount */
    shire_money *pool_amounts;         /* what is followed, by pool */
    COST_LIST(shire_explain_row) left; /* what has left on the way */
    shire_explain_forward out;
} forward_state;

shire_status forward_load_names(forward_state *s, shire_error *error);
/* The text of a row, copied; NULL where it is empty. */
const char *forward_text(forward_state *s, const shire_column *column, size_t row);
/* An amount leaves the way; the same reason adds up. False when out of memory. */
bool forward_leave(forward_state *s, const char *kind, const char *organisation, const char *name,
                   const char *detail, shire_money amount);
/* Makes a level of the rows, those of 0 only `with_zeros`, largest first. */
shire_status forward_close_level(forward_state *s, const char *name, const shire_explain_row *rows,
                                 size_t count, bool with_zeros, shire_error *error);
/* The level of the pools with what has left before them. */
shire_status forward_add_pools(forward_state *s, shire_error *error);
/* From pool_amounts to the end. */
shire_status forward_from_pools(forward_state *s, shire_error *error);

#endif
