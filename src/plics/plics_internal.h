/*
 * What the files that write feeds share: the mapping to collection codes, the call under way, its
 * lists. Private to src/plics. All memory is in call->arena.
 */
#ifndef SHIRE_PLICS_PLICS_INTERNAL_H
#define SHIRE_PLICS_PLICS_INTERNAL_H

#include "io/file_writer.h"
#include "plics/plics.h"
#include "plics/plics_value_kernel.h"

/* ---- costing/plics_map.csv ---- */

typedef enum plics_map_kind {
    PLICS_MAP_ACTIVITY,
    PLICS_MAP_RESOURCE,
    PLICS_MAP_ACCOUNT,
    PLICS_MAP_EXCLUSION,
    PLICS_MAP_KIND_COUNT
} plics_map_kind;

typedef struct plics_map_row {
    const char *organisation; /* "*": every */
    plics_map_kind kind;
    const char *name; /* or a pattern */
    const char *code;
    int feed; /* PLICS_SWC or PLICS_SI: an activity whose items are records of their own; else -1 */
} plics_map_row;

typedef struct plics_map {
    const plics_map_row *rows;
    size_t row_count;
} plics_map;

/* SHIRE_INVALID, with file and line, for a map that is not there or wrong. */
shire_status plics_map_read(const shire_partnership *partnership, shire_arena *arena,
                            plics_map *map_out, shire_error *error);
/* The row for a name: rows of the organisation go before those for every one, a name before a
 * pattern, then the file's order. NULL: it is not mapped. */
const plics_map_row *plics_map_find(const plics_map *map, const char *organisation,
                                    plics_map_kind kind, shire_span name);
/* True when a row names the organisation itself. */
bool plics_map_names(const plics_map *map, const char *organisation);

/* ---- the call ---- */

typedef struct plics_open_file {
    shire_file_writer writer;
    shire_plics_file about;
} plics_open_file;

typedef struct plics_list {
    shire_plics_left_out *items;
    int64_t *last_events; /* of each item: the event counted last */
    size_t count;
    size_t capacity;
} plics_list;

typedef struct plics_call {
    shire_table *table;
    const shire_partnership *partnership;
    const shire_plics_options *options;
    shire_arena *arena;
    plics_map map;
    plics_period period;
    bool wanted[PLICS_FEED_COUNT];
    plics_open_file *files; /* written, not in their place yet */
    size_t file_count;
    size_t file_capacity;
    plics_list left_out;
    plics_list emptied;
    /* The organisation under way. */
    int32_t organisation_no;
    const char *organisation;
    shire_plics_organisation sums;
} plics_call;

#define PLICS_NO_MEMORY(error) SHIRE_FAIL((error), SHIRE_NO_MEMORY, "out of memory writing PLICS")

/* Adds to the item of that feed and reason, made if need be. `event_no`: counted once while calls
 * come event by event; -1: `events` are added. False when out of memory. */
bool plics_list_add(plics_call *call, plics_list *list, const char *feed, const char *reason,
                    int64_t event_no, int64_t events, int64_t records, shire_money amount);

/*
 * The temporary table plics_cell of the organisation: what each event (unit_no -1) or item of a
 * feed of its own cost by collection activity and resource.
 *   event_no BIGINT, unit_no BIGINT, feed, activity_code, resource_code, item_count BIGINT,
 *   amount BIGINT (micropounds)
 * What has no feed or code goes to call->left_out. The sums are checked against event_cost.
 */
shire_status plics_cells_make(plics_call *call, shire_error *error);

/* The SELECT of a feed's records: event_no, amount, then the columns of the feed as text, but for
 * the total cost, which is null; ordered by event, unit, activity, resource. NULL: `error` says
 * why. */
char *plics_records_sql(plics_call *call, plics_feed_no feed, shire_error *error);

/* FOLDER/RLQ_FY2024-25_APC.csv; parts after the first have their number: ..._APC_2.csv. NULL when
 * out of memory. */
char *plics_file_path(const plics_call *call, const char *organisation, const plics_feed *feed,
                      int part);

/* Writes a feed's files, up to their last rename. */
shire_status plics_feed_write(plics_call *call, plics_feed_no feed, shire_error *error);

/* The records of one feed, checked, counted and where the feed is wanted written. The values are
 * those of the feed's columns, empty for none; the total cost is taken from the amount. */
typedef struct plics_output plics_output;
shire_status plics_output_new(plics_call *call, plics_feed_no feed, plics_output **output_out,
                              shire_error *error);
shire_status plics_output_add(plics_output *output, int64_t event_no, const shire_span *values,
                              shire_money amount, shire_error *error);
/* Writes header and records of the last part; frees. */
shire_status plics_output_close(plics_output *output, bool keep, shire_error *error);

/* The reconciliation: the ledger by account and by what is outside the feeds. */
shire_status plics_reconciliation_write(plics_call *call, shire_error *error);

#endif
