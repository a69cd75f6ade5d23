/*
 * The columns that a costing run keeps ready for what-if questions (io/columns.h): the ledger and
 * the model's sheets as text, each weighing's items and weights, each item's group of cost
 * (organisation, kind of care, age band), each activity line's cost by group, and the stays whose
 * discharge was delayed with their items. Private to src/cost: written by cost_keep.c, read by
 * cost_kept.c.
 *
 * Part names: "organisation.code", "ledger.amount", "sheet.driver.cells", "weighing.12.items" ...
 */
#ifndef SHIRE_COST_COST_KEPT_H
#define SHIRE_COST_COST_KEPT_H

#include "cost/cost_internal.h"
#include "cost/whatif_kernel.h"
#include "io/columns.h"

/* Texts one behind the other, each terminated; a null is the one byte COST_TEXT_NULL. */
typedef struct cost_texts {
    const uint32_t *starts; /* of count texts */
    const char *bytes;
    size_t count;
} cost_texts;

#define COST_TEXT_NULL '\x01'

/* NULL for a null. */
const char *cost_texts_at(const cost_texts *texts, size_t index);

/* What an item's cost is counted under. */
typedef struct cost_group {
    int32_t organisation;
    int32_t segment;  /* of the event: patient care's, or one that is kept apart */
    int32_t setting;  /* of setting names; COST_GROUP_NO_SETTING; COST_GROUP_UNMATCHED */
    int32_t age_band; /* of cost_age_bands; 0 is not known */
} cost_group;

#define COST_GROUP_NO_SETTING (-1)
#define COST_GROUP_UNMATCHED (-2) /* on items without an event */

#define COST_AGE_BANDS 6
extern const char *const cost_age_bands[COST_AGE_BANDS];

/* A delayed stay. Its texts: reason, responsible, responsible as the extract has it. */
typedef struct cost_stay {
    int32_t organisation;
    int32_t segment; /* whose book its cost stands in: only that of patient care is shared out */
    shire_delay_stay delay;
} cost_stay;
#define COST_STAY_TEXTS 3

/* An item of a delayed stay. Its texts: feed, code or null. */
typedef struct cost_mark {
    int32_t stay;
    shire_delay_span span;
} cost_mark;
#define COST_MARK_TEXTS 2

/* Columns of the ledger that conditions may name. */
enum {
    COST_LEDGER_PERIOD,
    COST_LEDGER_COST_CENTRE,
    COST_LEDGER_ACCOUNT,
    COST_LEDGER_DESCRIPTION,
    COST_LEDGER_FILE,
    COST_LEDGER_TEXTS
};
extern const char *const cost_ledger_texts[COST_LEDGER_TEXTS];

/* One weighing of the run: which items, how heavy. */
typedef struct cost_kept_weighing {
    int32_t organisation;
    const char *feed;
    const char *condition; /* or NULL */
    const char *basis;
    int64_t weight_total;
    bool failed; /* the rule does not run, and had no cost to spread */
    shire_whatif_rows rows;
} cost_kept_weighing;

/* An activity line of the run: its cost by group, where it is of patient care. */
typedef struct cost_kept_line {
    int32_t organisation;
    const char *key; /* as in run->line_keys */
    shire_money amount;
    int64_t weight_total;
    size_t first_sum; /* into sum_groups and sums */
    size_t sum_count;
    size_t first_mark_sum; /* into sum_marks and mark_sums */
    size_t mark_sum_count;
} cost_kept_line;

typedef struct cost_kept {
    shire_columns *columns;
    cost_texts organisation_codes;
    cost_texts organisation_names;
    cost_texts setting_names;

    size_t ledger_count;
    const int32_t *ledger_organisations;
    const shire_money *ledger_amounts;
    const int64_t *ledger_lines; /* of their files */
    cost_texts ledger_texts[COST_LEDGER_TEXTS];

    size_t weighing_count;
    cost_kept_weighing *weighings;
    size_t line_count;
    cost_kept_line *lines;
    const uint32_t *sum_groups;
    const shire_money *sums;
    const uint32_t *sum_marks;
    const shire_money *mark_sums;

    size_t item_count;
    const uint32_t *item_groups; /* item -> group */
    size_t group_count;
    const cost_group *groups;

    size_t stay_count;
    const cost_stay *stays; /* by event */
    cost_texts stay_texts;
    size_t mark_count;
    const int32_t *mark_items; /* ascending */
    const cost_mark *marks;
    cost_texts mark_texts;
} cost_kept;

/* Views into the columns; arrays of views in `arena`. SHIRE_INVALID when a part is missing. */
shire_status cost_kept_open(const char *path, const char *identity, shire_arena *arena,
                            cost_kept *kept_out, shire_error *error);
void cost_kept_close(cost_kept *kept);
/* The parts "NAME.starts" and "NAME.bytes". */
shire_status cost_kept_texts(const cost_kept *kept, const char *name, cost_texts *texts_out,
                             shire_error *error);
/* The sheet as the run read it; sheet->file stays NULL where the model had none. */
shire_status cost_kept_sheet(const cost_kept *kept, shire_arena *arena, cost_sheet *sheet,
                             shire_error *error);

/* A weighing's items and weights in the form that takes the least room; the weights are the
 * weighing's own. False when out of memory. */
bool cost_rows_pack(const cost_weighing *weighing, shire_arena *arena, shire_whatif_rows *rows_out);

/* The rows of several weighings as one: items ascending, the weights of an item added up, those of
 * weight zero left out. False when out of memory. */
bool cost_rows_merge(const shire_whatif_rows *const *weighings, size_t count, shire_arena *arena,
                     shire_whatif_rows *merged_out);

/* The last stage of a run whose options name a file. */
shire_status cost_columns_keep(cost_run *run, shire_error *error);

#endif
