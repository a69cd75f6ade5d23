/*
 * What the files that write the kept columns share: the parts collected so far. Private to
 * src/cost.
 */
#ifndef SHIRE_COST_COST_KEEP_INTERNAL_H
#define SHIRE_COST_COST_KEEP_INTERNAL_H

#include "cost/cost_kept.h"

typedef struct cost_keep_text_list {
    COST_LIST(uint32_t) starts;
    shire_builder bytes;
} cost_keep_text_list;

typedef struct cost_keeper {
    cost_run *run;
    shire_arena *arena;
    COST_LIST(shire_columns_part) parts;
    bool failed; /* out of memory at some point */
    uint32_t *item_groups;
    uint32_t *group_numbers; /* dense key -> group + 1, 0: none yet */
    COST_LIST(cost_group) groups;
    int32_t *record_bands;
    int64_t record_count;
    shire_whatif_rows *rows;  /* of the weighings */
    shire_whatif_marks marks; /* items of delayed stays; parts are those of one activity line */
} cost_keeper;

/* A part of the file; the bytes live until it is written. */
void cost_keep_part(cost_keeper *k, const void *bytes, size_t byte_count, const char *format, ...)
    SHIRE_PRINTF(4, 5);
void cost_keep_text(cost_keeper *k, cost_keep_text_list *list, shire_span text, bool is_null);
/* The list as the parts NAME.starts and NAME.bytes; it is empty afterwards. */
void cost_keep_texts(cost_keeper *k, cost_keep_text_list *list, const char *name);

/* The delayed stays and their items: the parts "stay" and "mark", and k->marks. */
shire_status cost_keep_delays(cost_keeper *k, shire_error *error);

#endif
