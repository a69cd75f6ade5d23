/*
 * What the files of the costing chain share: the model as read, the state of a run, and the small
 * helpers (names, growing arrays, rows to be written, problems). Private to src/cost.
 *
 * All memory of a run is in run->arena and freed with it. Pools, resources and activity lines are
 * numbered in the order in which ledger lines and model rows first name them.
 */
#ifndef SHIRE_COST_COST_INTERNAL_H
#define SHIRE_COST_COST_INTERNAL_H

#include "core/arena.h"
#include "core/money.h"
#include "cost/cost.h"
#include "cost/delay_kernel.h"
#include "cost/match_kernel.h"
#include "cost/support_kernel.h"
#include "io/table.h"
#include "org/partnership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row of the model that holds for every organisation. */
#define COST_EVERY_ORGANISATION (-1)
/* A day that is not said. */
#define COST_NO_DAY INT32_MIN
/* A share that is left empty. */
#define COST_NO_SHARE INT64_C(-1)
/* Micropounds on either side that the warehouse's DECIMAL(18,6) no longer holds. */
#define COST_MONEY_LIMIT INT64_C(1000000000000000000)
/* a += b; false, and nothing added, where the sum is beyond the limit. */
static inline bool cost_money_add(shire_money *a, shire_money b) {
    shire_money sum;
    bool fits =
        !__builtin_add_overflow(*a, b, &sum) && sum < COST_MONEY_LIMIT && sum > -COST_MONEY_LIMIT;
    *a = fits ? sum : *a;
    return fits;
}

/* ---- growing arrays ---- */

/* Makes room for one more element of `size` bytes in the array that the pointer at
 * `array_pointer` names; the array may move within the arena. False when out of memory. */
bool cost_grow(shire_arena *arena, void *array_pointer, size_t *capacity, size_t count,
               size_t size);

#define COST_PUSH(arena, list, value)                                                              \
    (cost_grow((arena), &(list)->items, &(list)->capacity, (list)->count,                          \
               sizeof(*(list)->items)) &&                                                          \
     ((list)->items[(list)->count++] = (value), true))

#define COST_LIST(type)                                                                            \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count, capacity;                                                                    \
    }

/* ---- names: (scope, text) -> dense number, in order of first use ---- */

typedef struct cost_name {
    int32_t scope;
    shire_span text;
    uint64_t hash;
} cost_name;

typedef struct cost_names {
    shire_arena *arena;
    cost_name *items;
    size_t count;
    size_t capacity;
    int32_t *slots; /* number + 1, 0 empty; a power of two of them */
    size_t slot_count;
} cost_names;

/* The number of the name, made if need be; -1 when out of memory. The text is copied. */
int32_t cost_names_add(cost_names *names, int32_t scope, shire_span text);
/* -1 when there is none. */
int32_t cost_names_find(const cost_names *names, int32_t scope, shire_span text);

/* Adds the names of `part` to `all`: the number in `all` of each, in `arena`. NULL when out of
 * memory. */
int32_t *cost_names_join(const cost_names *part, cost_names *all, shire_arena *arena);

/* ---- problems: what is wrong with the model, all of it, written as findings at the end ---- */

typedef struct cost_place {
    const char *file; /* costing/ledger_map.csv; NULL when it is no file's fault */
    int64_t line;     /* 0: the whole file */
} cost_place;
typedef struct cost_problem {
    bool is_error;
    const char *kind;
    cost_place place;
    const char *column; /* or NULL */
    const char *problem;
    const char *remedy;
    int64_t row_count;
} cost_problem;

typedef struct cost_problems {
    shire_arena *arena;
    cost_problem *items;
    size_t count;
    size_t capacity;
    size_t error_count;
    bool out_of_memory;
} cost_problems;

/* `problem` is a clause, `remedy` an imperative, neither with data of persons. An error stops the
 * run once all problems of its stage are collected. */
void cost_error(cost_problems *problems, const char *kind, cost_place place, const char *column,
                const char *remedy, const char *format, ...) SHIRE_PRINTF(6, 7);
void cost_warning(cost_problems *problems, const char *kind, cost_place place, const char *column,
                  int64_t row_count, const char *remedy, const char *format, ...)
    SHIRE_PRINTF(7, 8);
/* SHIRE_OK, or the first error and how many more. */
shire_status cost_problems_check(const cost_problems *problems, shire_error *error);
shire_status cost_problems_write(const cost_problems *problems, shire_table *table,
                                 shire_error *error);

/* ---- rows on their way into a table ---- */

#define COST_ROWS_COLUMNS_MAX 10

typedef struct cost_rows {
    shire_arena *arena;
    const char *table_name;
    const char *kinds; /* one letter a column: i int32, n int32 or null when negative, l int64,
                          m int64 or null when negative, d decimal6, t text or null */
    void *values[COST_ROWS_COLUMNS_MAX];
    uint8_t *valid[COST_ROWS_COLUMNS_MAX];
    char *bytes[COST_ROWS_COLUMNS_MAX];
    size_t byte_counts[COST_ROWS_COLUMNS_MAX];
    size_t byte_capacities[COST_ROWS_COLUMNS_MAX];
    size_t count;
    size_t capacity;
    bool failed; /* out of memory at some point */
} cost_rows;

cost_rows cost_rows_for(shire_arena *arena, const char *table_name, const char *kinds);
/* One row: int32_t, int64_t, shire_decimal6 or const char *, as the kinds say. */
void cost_rows_add(cost_rows *rows, ...);
shire_status cost_rows_write(cost_rows *rows, shire_table *table, shire_error *error);

/* ---- sheets: one table of the model as text ---- */

#define COST_SHEET_COLUMNS_MAX 8

typedef struct cost_sheet_column {
    const char *name;
    bool required;
} cost_sheet_column;

typedef struct cost_sheet {
    const char *name; /* ledger_map */
    const char *file; /* costing/ledger_map.csv; NULL when the model has no such table */
    const cost_sheet_column *columns;
    size_t column_count;
    const char **cells; /* row_count * column_count; trimmed; NULL when empty */
    int64_t *lines;     /* row -> line of the file, or row of the SELECT */
    size_t row_count;
} cost_sheet;

/* Mistakes in a file are problems; a file that cannot be read is an error. */
shire_status cost_sheet_read(const shire_partnership *partnership, shire_table *table,
                             shire_arena *arena, cost_problems *problems, cost_sheet *sheet,
                             shire_error *error);
/* Files that are no part of the model become warnings. */
shire_status cost_sheets_check_folder(const shire_partnership *partnership, shire_arena *arena,
                                      cost_problems *problems, shire_error *error);
/* ---- the model ---- */

typedef enum cost_treatment {
    COST_PATIENT,
    COST_SUPPORT,
    COST_INCOME,
    COST_EXCLUDED,
    COST_APART,
    COST_TREATMENT_COUNT
} cost_treatment;

extern const char *const cost_treatment_names[COST_TREATMENT_COUNT];

/* What cost and income are for: the first two always, the others (research, private, those that
 * costing/treatment names) are kept apart from the cost of patient care. */
typedef enum cost_segment {
    COST_SEGMENT_PATIENT,
    COST_SEGMENT_INCOME,
    COST_SEGMENT_APART
} cost_segment;

/* A name that ledger_map may use: of the model's costing/treatment, or one that is built in. */
typedef struct cost_treatment_row {
    cost_place place;
    const char *name;
    cost_treatment treatment;
    int32_t segment; /* number of a segment's name */
} cost_treatment_row;

/* Which events belong to another segment than patient care. */
typedef struct cost_segment_rule {
    cost_place place;
    int32_t organisation;
    int64_t step;
    const char *dataset; /* a pattern */
    const char *condition;
    int32_t segment;
} cost_segment_rule;

typedef struct cost_ledger_row {
    cost_place place;
    int32_t organisation;
    const char *cost_centre;
    const char *account;
    const char *pool;
    shire_decimal6 share;
    cost_treatment treatment;
    int32_t segment;
    const char *reason;
} cost_ledger_row;

/* Consecutive rows with one pattern: the targets of one rule. */
typedef struct cost_ledger_rule {
    size_t first_row;
    size_t row_count;
} cost_ledger_rule;

typedef struct cost_transfer {
    cost_place place;
    int32_t organisation;
    int64_t step;
    const char *from_pool;
    const char *to_pool;
    bool by_share;
    shire_decimal6 amount; /* or share */
    const char *reason;
} cost_transfer;

typedef struct cost_support_rule {
    cost_place place;
    int32_t organisation;
    const char *pool;
    shire_support_method method;
    int32_t step;
    const char *driver;
    const char *fallback;
} cost_support_rule;

typedef struct cost_driver_row {
    cost_place place;
    int32_t organisation;
    const char *driver;
    const char *pool;
    shire_decimal6 quantity;
    const char *cost_of;
} cost_driver_row;

typedef struct cost_resource_row {
    cost_place place;
    int32_t organisation;
    const char *pool;
    const char *resource;
    shire_decimal6 share;
} cost_resource_row;

typedef struct cost_activity_row {
    cost_place place;
    int32_t organisation;
    const char *resource;
    const char *activity;
    shire_decimal6 share; /* COST_NO_SHARE: by the items' weights */
    const char *feed;     /* NULL: no items */
    const char *condition;
    const char *basis;
} cost_activity_row;

typedef struct cost_weight_row {
    cost_place place;
    int32_t organisation;
    const char *feed;
    const char *code;
    shire_decimal6 weight;
} cost_weight_row;

typedef struct cost_match_row {
    cost_place place;
    int32_t organisation;
    int64_t step;
    const char *feed;
    const char *columns;
    int64_t before_days; /* -1: no window */
    int64_t after_days;
    bool is_automatic; /* the key is not the model's */
} cost_match_row;

/* A code of the reasons for delayed discharges, and what it stands for. */
typedef struct cost_delay_reason {
    cost_place place;
    const char *reason;
    const char *name;
} cost_delay_reason;

/* Who bears a delay that somebody is responsible for: several rows are shares. */
typedef struct cost_delay_share {
    cost_place place;
    const char *responsible;
    const char *name; /* under which delays are shown: 04 is the NHS */
    const char *partner;
    shire_decimal6 share;
} cost_delay_share;

/* Who bears a delay, each with a share of it; `known`: of the model, or an organisation. */
typedef struct cost_delay_bearers {
    const char **partners;
    int64_t *shares;
    size_t count;
    bool known;
} cost_delay_bearers;

/* A stay whose discharge was delayed, and why. */
typedef struct cost_delay {
    int64_t event;
    shire_delay_stay stay;
    const char *reason;      /* as the model names it */
    const char *responsible; /* as the model spells it */
    const char *named;       /* as the extract has it, trimmed; empty where it says nothing */
} cost_delay;

/* A way of paying: so many payments in so many weeks, or once where there are no weeks. */
typedef struct cost_frequency {
    cost_place place;
    const char *frequency;
    shire_decimal6 payments;
    shire_decimal6 weeks;
} cost_frequency;

/* Rows by (organisation, name or pattern). Of the groups that fit a name the one of the
 * organisation itself goes before one for every organisation, a name before a pattern, and an
 * earlier pattern before a later one. */
typedef struct cost_groups {
    cost_names names;              /* scope: organisation */
    COST_LIST(int32_t) first_rows; /* group -> first row */
    COST_LIST(int32_t) last_rows;  /* group -> last row */
    COST_LIST(int32_t) next_rows;  /* row -> next row of its group, or -1 */
    COST_LIST(int32_t) patterns;   /* groups whose name is a pattern, in file order */
} cost_groups;

/* Rows are added in order, each once. */
bool cost_groups_add(cost_groups *groups, shire_arena *arena, int32_t organisation,
                     const char *name);
/* The group for a name, or -1. */
int32_t cost_groups_find(const cost_groups *groups, int32_t organisation, shire_span name);

typedef struct cost_model {
    COST_LIST(cost_treatment_row) treatments;
    COST_LIST(cost_segment_rule) segment_rules; /* by step, then file order */
    COST_LIST(cost_ledger_row) ledger_rows;
    COST_LIST(cost_ledger_rule) ledger_rules;
    COST_LIST(cost_transfer) transfers; /* by step, then file order */
    COST_LIST(cost_support_rule) support_rules;
    COST_LIST(cost_driver_row) drivers;
    COST_LIST(cost_resource_row) resources;
    COST_LIST(cost_activity_row) activities;
    COST_LIST(cost_weight_row) weights;
    COST_LIST(cost_match_row) matches;          /* by step, then file order */
    COST_LIST(cost_delay_reason) delay_reasons; /* empty: the standard's, as are delay_shares */
    COST_LIST(cost_delay_share) delay_shares;
    COST_LIST(cost_frequency) frequencies; /* the standard's behind the model's own */
    cost_groups support_groups;
    cost_groups driver_groups;
    cost_groups resource_groups;
    cost_groups activity_groups;
} cost_model;

/* ---- the run ---- */

typedef struct cost_organisation {
    int32_t organisation_no;
    const char *code;
} cost_organisation;

/* A ledger line's part in a pool's own cost; line -1: moved by a transfer from an empty pool. */
typedef struct cost_part {
    int64_t line_no;
    shire_money amount;
} cost_part;

typedef COST_LIST(cost_part) cost_part_list;

typedef struct cost_pool {
    int32_t organisation;
    const char *name;
    bool mapped_as_support;
    bool mapped_as_patient;   /* or as income, or as a segment kept apart */
    cost_place place;         /* what names it first: a row of the map, a transfer or a driver */
    cost_place support_place; /* the ledger_map rows that say so */
    cost_place patient_place;
    int32_t segment;
    bool segment_is_said;
    cost_place segment_place; /* the ledger_map rows that say so, and say otherwise */
    cost_place other_segment_place;
    int32_t support_group; /* of the model's support_groups, or -1 */
    shire_money own_cost;
    shire_money received_cost; /* a giver's is minus its own cost */
    cost_part_list parts;
} cost_pool;

/* An item with a price by frequency: what it should cost in the period. */
typedef struct cost_package {
    int64_t item_no;
    int32_t frequency; /* of the model's; -1: none of it, or no start, then nothing is planned */
    shire_date first;  /* its days in the period; first > last: none */
    shire_date last;
    shire_money gross;
    shire_money contribution; /* of the client */
} cost_package;

/* What of a package a weighing weighs by. */
typedef enum cost_package_part {
    COST_PACKAGE_GROSS,
    COST_PACKAGE_CONTRIBUTION,
    COST_PACKAGE_NET,
    COST_PACKAGE_PART_COUNT,
    COST_PACKAGE_NONE = COST_PACKAGE_PART_COUNT
} cost_package_part;

typedef struct cost_resource {
    int32_t organisation;
    int32_t segment;
    bool has_pool;    /* whose segment it is */
    cost_place place; /* of its first pool */
    const char *name;
    shire_money amount;
} cost_resource;

/* One way of weighing items: a feed, a condition and a basis of one organisation. */
typedef struct cost_weighing {
    int32_t organisation;
    const char *feed;
    const char *condition;
    const char *basis;
    cost_place place;
    size_t item_count;
    const int64_t *item_nos; /* ascending; items with a weight other than zero */
    const shire_decimal6 *weights;
    int64_t weight_total;
    bool failed; /* does not run; only of a rule without cost, which the run does not need */
} cost_weighing;

/* An activity with one set of weighings: what the items of that set share. */
typedef struct cost_line {
    int32_t organisation;
    int32_t segment;
    const char *activity;
    size_t first_weighing; /* into run->line_weighings */
    size_t weighing_count;
    shire_money amount;
    int64_t weight_total;
    int64_t item_count;
    shire_money unmatched; /* of the amount: on items without event */
} cost_line;

typedef struct cost_resource_line {
    int32_t resource;
    int32_t line;
    shire_decimal6 share; /* or COST_NO_SHARE */
    shire_money amount;
} cost_resource_line;

/* What the items of one feed of one organisation bring along. */
typedef struct cost_feed {
    int32_t organisation;
    const char *name;
    int64_t item_count;
    int64_t with_key;           /* that name their event */
    int64_t with_local_id;      /* and start: what an automatic key is made of */
    int64_t prematched_outside; /* that name an event of other days than theirs */
    int64_t prematched_differs; /* that name an event of another local_id than theirs */
    shire_money unmatched;      /* what those without event cost of patient care */
} cost_feed;

/* What one segment's items sum to by event. */
typedef struct cost_book {
    shire_money *amounts; /* event -> sum; NULL: nothing of this segment reaches events */
    uint8_t *touched;     /* event -> 1: has at least one item */
} cost_book;

typedef struct cost_run {
    shire_table *table;
    const shire_partnership *partnership;
    int thread_count;
    shire_arena *arena;
    const char *columns_path;           /* where to keep columns; NULL: nowhere */
    const struct cost_kept *kept;       /* of a scenario: its inputs; nothing is written */
    const struct cost_edit_list *edits; /* what the scenario changes in them */
    const shire_money *ledger_amounts;  /* of a scenario */
    COST_LIST(cost_sheet) sheets;       /* of the model, as read */
    cost_rows ledger_rows;              /* cost_ledger */
    cost_problems problems;
    cost_model model;
    cost_organisation *organisations; /* index is the organisation_no */
    size_t organisation_count;

    cost_names pool_names; /* scope: organisation; number: pool */
    COST_LIST(cost_pool) pools;
    cost_names resource_names;
    COST_LIST(cost_resource) resources;
    cost_names weighing_keys;
    COST_LIST(cost_weighing) weighings;
    cost_names line_keys;
    COST_LIST(cost_line) lines;
    COST_LIST(int32_t) line_weighings;
    COST_LIST(cost_resource_line) resource_lines; /* by resource */

    COST_LIST(cost_package) packages; /* by item */
    COST_LIST(cost_delay) delays;     /* by event */

    size_t item_count;
    int32_t *item_events;  /* item -> event_no or -1 */
    shire_date *item_days; /* item -> day of its start, or COST_NO_DAY */
    uint8_t *item_outside; /* item -> 1: outside the period, not costed */
    int32_t *item_feeds;   /* item -> feed */
    cost_feed *feeds;
    size_t feed_count;
    cost_feed **feeds_in_order; /* by organisation and name: the scan may number them anyhow */
    size_t event_count;
    shire_timestamp *event_starts; /* event -> start, or SHIRE_MATCH_NO_TIME */
    shire_date *event_last_days;   /* event -> its last day, or SHIRE_MATCH_OPEN */
    shire_date *event_ends;        /* event -> day of its end, or SHIRE_MATCH_OPEN: none is said */
    int32_t *event_organisations;
    int32_t *event_settings;  /* event -> setting, or -1 */
    int64_t *event_records;   /* event -> record_no, or -1 */
    cost_names setting_names; /* scope: 0 */
    int32_t *event_days;      /* event -> calendar days in the period */
    int32_t *event_nights;    /* event -> midnights in the period */
    int32_t *event_segments;  /* event -> segment; NULL: all are of patient care */
    cost_names segment_names; /* scope: 0; number: segment */
    cost_book *books;         /* by segment; what patient care cost at an event that is of another
                                 segment stands in that segment's book */

    cost_rows unallocated;
    cost_rows unallocated_income;
    cost_rows kept_apart;
    shire_cost_reconciliation *reconciliations;
    shire_cost_summary summary;
} cost_run;

#define COST_NO_MEMORY(error) SHIRE_FAIL((error), SHIRE_NO_MEMORY, "out of memory while costing")

/* An amount that reaches no event: unallocated, or of income, or kept apart without an event. */
void cost_leave(cost_run *run, int32_t segment, int32_t organisation, const char *stage,
                const char *name, const char *reason, shire_money amount);
const char *cost_segment_name(const cost_run *run, int32_t segment);

bool cost_has_pattern(const char *text); /* holds a * or ? */
bool cost_applies(int32_t row_organisation, int32_t organisation);
/* "ORG: pool 'X'" is how messages name things; the code of an organisation, "*" for every. */
const char *cost_organisation_code(const cost_run *run, int32_t organisation);
/* The pool of that name, made if need be by what stands at `place`; -1 when out of memory. */
int32_t cost_pool_make(cost_run *run, int32_t organisation, const char *name, cost_place place);
int32_t cost_pool_find(const cost_run *run, int32_t organisation, const char *name);
/* A pattern of ours as the engine's GLOB, which also knows [sets] and escapes. NULL when out of
 * memory, as below. */
char *cost_glob(shire_arena *arena, const char *pattern);
/* "name" = 'x', or a GLOB for a pattern; for use after WHERE. */
char *cost_sql_fits(shire_arena *arena, const char *column, const char *pattern);

/* ---- items to events ---- */

/* In place of columns: a key that is derived, and no key at all. */
#define COST_MATCH_AUTO "auto"
#define COST_MATCH_NONE "none"

/* What matching learnt of an item beside its event. */
enum {
    COST_MATCH_OUTSIDE_WINDOW = 1, /* an event had its key, but was too far away in time */
    COST_MATCH_TIED = 2,           /* another event would have done as well */
    COST_MATCH_NAMES_EVENT = 4,
    COST_MATCH_HAS_LOCAL_ID = 8,
    COST_MATCH_OTHER_LOCAL_ID = 16 /* than the event that it names */
};

/* A text of every event. */
typedef struct cost_event_texts {
    shire_match_text *items; /* by event */
    shire_builder bytes;
} cost_event_texts;

/* The texts that are read with the events, for they are the keys of most rules. */
enum { COST_TEXT_EVENT_ID, COST_TEXT_LOCAL_ID, COST_TEXT_COUNT };

typedef struct cost_matches {
    cost_run *run;
    shire_arena *arena;
    int32_t *rules;         /* item -> the rule that found its event */
    uint8_t *flags;         /* item -> the above */
    bool items_have_source; /* a column 'source' */
    cost_names feeds;       /* scope: organisation */
    int32_t *item_feeds;    /* item -> feed */
    cost_event_texts texts[COST_TEXT_COUNT];
    int64_t *distances; /* item -> microseconds to its start; NULL until an engine's join runs */
    shire_arena *index_arena;
    const char *index_columns;    /* of the pass that the index is for; NULL: there is none */
    bool index_is_of_all;         /* organisations */
    cost_event_texts index_texts; /* of columns that are not among `texts` */
    shire_match_index index;
} cost_matches;

typedef struct cost_match_pass {
    const char *columns;     /* "local_id;code=specialty" */
    const char *item_filter; /* an SQL condition on activity_item AS i */
    int32_t rule;            /* 0: the event_id */
    bool is_first;           /* of all items: fills the feeds as well */
    shire_match_window window;
} cost_match_pass;

/* Has `table` of the warehouse such a column? If not, the name nearest to it, or NULL. */
bool cost_column_find(const cost_run *run, const char *table, shire_span name,
                      const char **nearest_out);
/* The next pair of "local_id;code=specialty": a column of items and one of events. False when there
 * is none. */
bool cost_match_next_pair(const char **next, shire_span *item_out, shire_span *event_out);
/* SHIRE_NOT_FOUND when there are no columns; a message of the engine when they are wrong. */
shire_status cost_match_pass_run(cost_matches *matches, const cost_match_pass *pass,
                                 shire_error *error);
/* The feeds' arrays; and behind the passes by event_id the feeds, with their items counted. */
shire_status cost_match_feeds_make(cost_matches *matches, shire_error *error);
bool cost_match_feeds_count(cost_matches *matches);
/* Automatic keys: rules of columns 'auto' get theirs, and so do feeds that name no event and have
 * no rule. */
bool cost_match_keys_make(cost_matches *matches);
/* match_rule, match_feed, match_result and unmatched_reason, and a warning a feed. */
shire_status cost_match_report(cost_matches *matches, shire_error *error);
/* Fills run->event_starts to event_records, and texts[COST_TEXT_COUNT], whose items are in `arena`
 * and whose bytes the caller frees. */
shire_status cost_events_read(cost_run *run, shire_arena *arena, cost_event_texts *texts,
                              shire_error *error);

/* Makes rules of consecutive ledger_map rows and checks what holds across rows; mistakes are
 * problems. False when out of memory. */
bool cost_model_complete(cost_run *run);

/* The codes of the standard where the model has none; wrong shares are problems. */
bool cost_delay_codes_complete(cost_run *run);
/* Those of the model, else the organisation of that code, else whoever is named. Arrays in `arena`,
 * never empty. */
shire_status cost_delay_partners(const cost_run *run, shire_arena *arena, const char *responsible,
                                 cost_delay_bearers *bearers_out, shire_error *error);
/* The inputs of a scenario in place of the warehouse's and the folder's: whatif_edit.c. */
shire_status cost_scenario_ledger(cost_run *run, shire_frame *frame, shire_error *error);
shire_status cost_scenario_sheet(cost_run *run, cost_sheet *sheet, shire_error *error);

/* Where the row of a canonical table came from, for findings: no file where it does not say. */
shire_status cost_place_of_row(cost_run *run, const char *table, const char *key, int64_t number,
                               cost_place *place_out, shire_error *error);

/* The standard's frequencies behind the model's. */
bool cost_frequencies_complete(cost_run *run);
/* The part of packages that a basis names, or COST_PACKAGE_NONE. */
cost_package_part cost_package_part_of(const char *basis);
/* The item's package, or NULL. */
const cost_package *cost_package_find(const cost_run *run, int64_t item_no);
shire_money cost_package_planned(const cost_package *package, cost_package_part part);

/* The stages, in their order. */
shire_status cost_model_read(cost_run *run, shire_error *error);
shire_status cost_tables_make(cost_run *run, shire_error *error);
shire_status cost_ledger_map(cost_run *run, shire_error *error);
shire_status cost_pools_transfer(cost_run *run, shire_error *error);
shire_status cost_support_spread(cost_run *run, shire_error *error);
shire_status cost_resources_make(cost_run *run, shire_error *error);
shire_status cost_lines_make(cost_run *run, shire_error *error);
shire_status cost_items_match(cost_run *run, shire_error *error);
shire_status cost_events_segment(cost_run *run, shire_error *error);
shire_status cost_packages_read(cost_run *run, shire_error *error);
shire_status cost_items_scope(cost_run *run, shire_error *error);
shire_status cost_weighings_evaluate(cost_run *run, shire_error *error);
/* The weighing of a rule with a feed, made if need be; -1 when out of memory. */
int32_t cost_weighing_make(cost_run *run, int32_t organisation, const cost_activity_row *row);
/* Also the weighings of rules whose resource has no cost. */
shire_status cost_weighings_complete(cost_run *run, shire_error *error);
/* Only the chosen weighings (weighing -> chosen). The second marks those that do not run as failed,
 * and leaves no problem behind. */
shire_status cost_weighings_evaluate_chosen(cost_run *run, const bool *chosen, shire_error *error);
shire_status cost_weighings_try(cost_run *run, const bool *chosen, shire_error *error);
shire_status cost_lines_weigh(cost_run *run, shire_error *error);
shire_status cost_lines_fund(cost_run *run, shire_error *error);
shire_status cost_lines_spread(cost_run *run, shire_error *error);
shire_status cost_packages_write(cost_run *run, shire_error *error);
shire_status cost_delays_write(cost_run *run, shire_error *error);
shire_status cost_progress_write(cost_run *run, shire_error *error);
shire_status cost_persons_write(cost_run *run, shire_error *error);
shire_status cost_kinds_write(cost_run *run, shire_error *error);
shire_status cost_results_write(cost_run *run, shire_error *error);
shire_status cost_reconcile(cost_run *run, shire_error *error);
shire_status cost_ledgers_reconcile(cost_run *run, shire_error *error);

#endif
