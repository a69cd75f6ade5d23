/*
 * What the files of explaining backwards share: the tables of the chain, as arrays. Private to
 * src/cost.
 */
#ifndef SHIRE_COST_EXPLAIN_INTERNAL_H
#define SHIRE_COST_EXPLAIN_INTERNAL_H

#include "cost/explain.h"

/* What flows into each target: edges of target t are [starts[t], starts[t + 1]). */
typedef struct flow_table {
    size_t target_count;
    size_t *starts;
    const int64_t *sources;
    const shire_money *amounts;
} flow_table;

typedef struct explainer {
    shire_table *table;
    shire_arena *arena;
    bool all;
    shire_money least_shown;
    const char **organisations;
    shire_frame pools;      /* organisation_no, pool, own_cost */
    shire_frame resources;  /* organisation_no, resource */
    shire_frame activities; /* organisation_no, activity, driver */
    shire_frame events;     /* event_no, organisation_no, event_id, dataset, start, amount, kind */
    flow_table event_activities; /* by place among the events */
    flow_table activity_resources;
    flow_table resource_pools;
    flow_table pool_supports;
    flow_table pool_lines;
    shire_explain_node **lines; /* nodes of ledger lines, to be named at the end */
    int64_t *line_nos;
    size_t line_count;
    size_t line_capacity;
} explainer;

#define EXPLAIN_NO_MEMORY(error)                                                                   \
    SHIRE_FAIL((error), SHIRE_NO_MEMORY, "out of memory while explaining; leave --all out")

/* Every warehouse of this version has the tables and columns that explaining reads; SHIRE_INVALID
 * of an older one. */
shire_status explain_check_warehouse(shire_table *warehouse, shire_arena *arena,
                                     shire_error *error);
/* The events that `condition` (SQL) picks, by time, with what they cost in the book, and their
 * activities. */
shire_status explain_load_events(explainer *e, const char *condition, shire_explain_book book,
                                 shire_error *error);
/* The small tables of the chain, whole. */
shire_status explain_load_chain(explainer *e, shire_error *error);

#endif
