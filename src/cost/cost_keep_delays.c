/*
 * The part of the kept columns that shorter delays need: each delayed stay with its nights, reason
 * and who is responsible, and the items of those stays, each with the nights that it lasts.
 */
#include "cost/cost_keep_internal.h"

#include <stdlib.h>

/* An item of a delayed stay, in the order of the query and then in that of the items. */
typedef struct delayed_item {
    int32_t item;
    size_t row; /* of the query */
    cost_mark mark;
} delayed_item;

static int compare_items(const void *a_pointer, const void *b_pointer) {
    const delayed_item *a = a_pointer;
    const delayed_item *b = b_pointer;
    return (a->item > b->item) - (a->item < b->item);
}

static int compare_events(const void *key, const void *element) {
    int64_t event = *(const int64_t *)key;
    const cost_delay *delay = element;
    return (event > delay->event) - (event < delay->event);
}

static bool keep_stays(cost_keeper *k) {
    const cost_run *run = k->run;
    size_t count = run->delays.count;
    cost_stay *stays = shire_arena_alloc_array(k->arena, count, sizeof(*stays));
    cost_keep_text_list texts = {0};
    for (size_t i = 0; stays != NULL && i < count; i++) {
        const cost_delay *delay = &run->delays.items[i];
        stays[i] =
            (cost_stay){.organisation = run->event_organisations[delay->event],
                        .segment = run->event_segments == NULL ? COST_SEGMENT_PATIENT
                                                               : run->event_segments[delay->event],
                        .delay = delay->stay};
        cost_keep_text(k, &texts, shire_span_of(delay->reason), false);
        cost_keep_text(k, &texts, shire_span_of(delay->responsible), false);
        cost_keep_text(k, &texts, shire_span_of(delay->named), false);
    }
    cost_keep_part(k, stays, count * sizeof(*stays), "stay");
    cost_keep_texts(k, &texts, "stay.text");
    return stays != NULL;
}

/* Nights before leaving of a day, or UNKNOWN. */
static int32_t nights_before(const cost_run *run, const cost_delay *delay, const shire_column *days,
                             size_t row) {
    shire_date leaving = run->event_last_days[delay->event];
    shire_date behind = run->partnership->period_last + 1;
    leaving = leaving < behind ? leaving : behind;
    return shire_column_is_null(days, row) ? SHIRE_DELAY_UNKNOWN : leaving - days->date[row];
}

/* The items of the query with the nights that they last. False when out of memory. Frame columns:
 * item_no, event_no, feed, code, start, end. */
static bool measure_items(cost_keeper *k, const shire_frame *frame, delayed_item *items) {
    const cost_run *run = k->run;
    size_t count = run->delays.count;
    cost_names feeds = {.arena = k->arena};
    shire_delay_stay *stays = shire_arena_alloc_array(k->arena, count, sizeof(*stays));
    shire_delay_item *given = shire_arena_alloc_array(k->arena, frame->row_count, sizeof(*given));
    shire_delay_span *spans = shire_arena_alloc_array(k->arena, frame->row_count, sizeof(*spans));
    bool good = stays != NULL && given != NULL && spans != NULL;
    for (size_t i = 0; good && i < count; i++) {
        stays[i] = run->delays.items[i].stay;
    }
    for (size_t row = 0; good && row < frame->row_count; row++) {
        const cost_delay *delay = bsearch(&frame->columns[1].int64[row], run->delays.items, count,
                                          sizeof(*delay), compare_events);
        int32_t feed = cost_names_add(&feeds, 0, shire_column_text(&frame->columns[2], row));
        given[row] = (shire_delay_item){.stay = (int32_t)(delay - run->delays.items),
                                        .feed = feed,
                                        .start = nights_before(run, delay, &frame->columns[4], row),
                                        .end = nights_before(run, delay, &frame->columns[5], row)};
        good = feed >= 0;
    }
    if (!good) {
        return false;
    }
    shire_delay_spans(stays, given, frame->row_count, spans);
    for (size_t row = 0; row < frame->row_count; row++) {
        items[row] = (delayed_item){.item = (int32_t)frame->columns[0].int64[row],
                                    .row = row,
                                    .mark = {.stay = given[row].stay, .span = spans[row]}};
    }
    return true;
}

static bool keep_marks(cost_keeper *k, const shire_frame *frame, delayed_item *items) {
    size_t count = frame->row_count;
    int32_t *numbers = shire_arena_alloc_array(k->arena, count, sizeof(*numbers));
    cost_mark *marks = shire_arena_alloc_array(k->arena, count, sizeof(*marks));
    shire_money *parts = shire_arena_alloc_array(k->arena, count, sizeof(*parts));
    cost_keep_text_list texts = {0};
    if (numbers == NULL || marks == NULL || parts == NULL) {
        return false;
    }
    if (count > 0) {
        qsort(items, count, sizeof(*items), compare_items);
    }
    for (size_t i = 0; i < count; i++) {
        const shire_column *code = &frame->columns[3];
        numbers[i] = items[i].item;
        marks[i] = items[i].mark;
        cost_keep_text(k, &texts, shire_column_text(&frame->columns[2], items[i].row), false);
        cost_keep_text(k, &texts, shire_column_text(code, items[i].row),
                       shire_column_is_null(code, items[i].row));
    }
    k->marks = (shire_whatif_marks){.items = numbers, .count = count, .parts = parts};
    cost_keep_part(k, numbers, count * sizeof(*numbers), "mark.item");
    cost_keep_part(k, marks, count * sizeof(*marks), "mark");
    cost_keep_texts(k, &texts, "mark.text");
    return true;
}

/* kept_item: the items of delayed stays. */
static shire_status list_items(cost_keeper *k, shire_error *error) {
    const cost_run *run = k->run;
    cost_rows rows = cost_rows_for(k->arena, "kept_item", "ll");
    uint8_t *is_delayed = shire_arena_alloc(k->arena, run->event_count);
    if (is_delayed == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < run->delays.count; i++) {
        is_delayed[run->delays.items[i].event] = 1;
    }
    for (size_t item = 0; item < run->item_count; item++) {
        int32_t event = run->item_events[item];
        if (event >= 0 && is_delayed[event] != 0) {
            cost_rows_add(&rows, (int64_t)item, (int64_t)event);
        }
    }
    shire_status status = shire_table_execute(
        run->table, "CREATE OR REPLACE TEMP TABLE kept_item (item_no BIGINT, event_no BIGINT)",
        error);
    return status == SHIRE_OK ? cost_rows_write(&rows, run->table, error) : status;
}

shire_status cost_keep_delays(cost_keeper *k, shire_error *error) {
    shire_frame frame = {0};
    shire_status status = SHIRE_OK;
    if (k->run->delays.count > 0) {
        status = list_items(k, error);
    }
    if (status == SHIRE_OK && k->run->delays.count > 0) {
        status = shire_table_query(
            k->run->table,
            "SELECT item_no::BIGINT, event_no::BIGINT, feed, code, start::DATE, \"end\"::DATE FROM "
            "kept_item JOIN activity_item USING (item_no) ORDER BY event_no, feed, start::DATE "
            "NULLS FIRST, item_no",
            k->arena, &frame, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    delayed_item *items = shire_arena_alloc_array(k->arena, frame.row_count, sizeof(*items));
    return items != NULL && keep_stays(k) && measure_items(k, &frame, items) &&
                   keep_marks(k, &frame, items)
               ? SHIRE_OK
               : COST_NO_MEMORY(error);
}
