/*
 * The events, read once: when each was, for matching and the period, and whose it is. An event
 * without an end is still open; but where no event of a dataset has an end, its events are points
 * in time.
 */
#include "cost/cost_internal.h"

typedef struct events_state {
    cost_run *run;
    shire_arena *arena;
    cost_names datasets; /* scope: the organisation, twice, and one more without a dataset */
    COST_LIST(uint8_t) has_ends; /* dataset -> 1: one of its events has an end */
    int32_t *event_datasets;     /* event -> dataset */
    cost_event_texts *local_ids;
    shire_timestamp *ends; /* event -> end, or SHIRE_MATCH_NO_TIME */
    int32_t last_dataset;  /* those of the row before, or -1 */
    int32_t last_setting;
} events_state;

/* The dataset's number; most rows have that of the row before. -1 when out of memory. */
static int32_t number_dataset(events_state *state, int32_t organisation, bool is_null,
                              shire_span name) {
    int32_t scope = organisation * 2 + (is_null ? 1 : 0);
    if (state->last_dataset >= 0) {
        const cost_name *last = &state->datasets.items[state->last_dataset];
        if (last->scope == scope && shire_span_equal(last->text, name)) {
            return state->last_dataset;
        }
    }
    int32_t dataset = cost_names_add(&state->datasets, scope, name);
    if (dataset == (int32_t)state->has_ends.count &&
        !COST_PUSH(state->arena, &state->has_ends, 0)) {
        return -1;
    }
    state->last_dataset = dataset;
    return dataset;
}

static shire_timestamp time_at(const shire_column *column, size_t row) {
    return shire_column_is_null(column, row) ? SHIRE_MATCH_NO_TIME : column->timestamp[row];
}

/* The setting's number, -1 for none; most rows have that of the row before. False when out of
 * memory. */
static bool number_setting(cost_run *run, const shire_column *column, size_t row, size_t event,
                           int32_t *last) {
    shire_span text = shire_column_text(column, row);
    run->event_settings[event] = -1;
    if (shire_column_is_null(column, row)) {
        return true;
    }
    if (*last < 0 || !shire_span_equal(run->setting_names.items[*last].text, text)) {
        *last = cost_names_add(&run->setting_names, 0, text);
    }
    run->event_settings[event] = *last;
    return *last >= 0;
}

/* False when out of memory. */
static bool keep_text(cost_event_texts *texts, size_t event, const shire_column *column,
                      size_t row) {
    shire_span text = shire_column_text(column, row);
    bool is_null = shire_column_is_null(column, row);
    if (texts->bytes.length + text.length >= COST_NO_TEXT) {
        return false;
    }
    texts->starts[event] = (uint32_t)texts->bytes.length;
    texts->lengths[event] = is_null ? COST_NO_TEXT : (uint32_t)text.length;
    shire_builder_append(&texts->bytes, text);
    return !texts->bytes.failed;
}

/* Frame columns: event_no, organisation_no, dataset, start, end, setting, record_no, local_id. */
static shire_status take_events(const shire_frame *frame, void *context, shire_error *error) {
    events_state *state = context;
    cost_run *run = state->run;
    for (size_t row = 0; row < frame->row_count; row++) {
        size_t event = (size_t)frame->columns[0].int64[row];
        int32_t organisation = frame->columns[1].int32[row];
        if (organisation < 0 || (size_t)organisation >= run->organisation_count) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "an event of the warehouse is of no organisation; load again");
        }
        int32_t dataset =
            number_dataset(state, organisation, shire_column_is_null(&frame->columns[2], row),
                           shire_column_text(&frame->columns[2], row));
        if (dataset < 0 ||
            !number_setting(run, &frame->columns[5], row, event, &state->last_setting) ||
            !keep_text(state->local_ids, event, &frame->columns[7], row)) {
            return COST_NO_MEMORY(error);
        }
        state->event_datasets[event] = dataset;
        run->event_organisations[event] = organisation;
        run->event_records[event] =
            shire_column_is_null(&frame->columns[6], row) ? -1 : frame->columns[6].int64[row];
        run->event_starts[event] = time_at(&frame->columns[3], row);
        state->ends[event] = time_at(&frame->columns[4], row);
        state->has_ends.items[dataset] |= state->ends[event] != SHIRE_MATCH_NO_TIME;
    }
    return SHIRE_OK;
}

static shire_date last_day_of(const events_state *state, size_t event) {
    shire_timestamp start = state->run->event_starts[event];
    shire_timestamp end = state->ends[event];
    bool is_point = state->has_ends.items[state->event_datasets[event]] == 0;
    shire_timestamp last = end > start ? end : start;
    if (last == SHIRE_MATCH_NO_TIME || (end == SHIRE_MATCH_NO_TIME && !is_point)) {
        return SHIRE_MATCH_OPEN;
    }
    return shire_timestamp_date(last);
}

shire_status cost_events_read(cost_run *run, shire_arena *arena, cost_event_texts *local_ids,
                              shire_error *error) {
    size_t count = run->event_count;
    events_state state = {
        .run = run, .local_ids = local_ids, .last_dataset = -1, .last_setting = -1};
    shire_status status = shire_arena_new("cost_events_read", 0, &state.arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    state.datasets.arena = state.arena;
    state.event_datasets = shire_arena_alloc_array(state.arena, count, sizeof(int32_t));
    state.ends = shire_arena_alloc_array(state.arena, count, sizeof(*state.ends));
    local_ids->starts = shire_arena_alloc_array(arena, count, sizeof(uint32_t));
    local_ids->lengths = shire_arena_alloc_array(arena, count, sizeof(uint32_t));
    run->event_starts = shire_arena_alloc_array(run->arena, count, sizeof(*run->event_starts));
    run->event_last_days =
        shire_arena_alloc_array(run->arena, count, sizeof(*run->event_last_days));
    run->event_ends = shire_arena_alloc_array(run->arena, count, sizeof(*run->event_ends));
    run->event_organisations = shire_arena_alloc_array(run->arena, count, sizeof(int32_t));
    run->event_settings = shire_arena_alloc_array(run->arena, count, sizeof(int32_t));
    run->event_records = shire_arena_alloc_array(run->arena, count, sizeof(int64_t));
    if (state.event_datasets == NULL || state.ends == NULL || local_ids->starts == NULL ||
        local_ids->lengths == NULL || run->event_starts == NULL || run->event_last_days == NULL ||
        run->event_ends == NULL || run->event_organisations == NULL ||
        run->event_settings == NULL || run->event_records == NULL) {
        status = COST_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_scan(run->table,
                                  "SELECT event_no::BIGINT, organisation_no::INTEGER, dataset, "
                                  "start, \"end\", setting, record_no::BIGINT, local_id FROM event",
                                  take_events, &state, error);
    }
    for (size_t event = 0; status == SHIRE_OK && event < count; event++) {
        run->event_last_days[event] = last_day_of(&state, event);
        run->event_ends[event] = state.ends[event] == SHIRE_MATCH_NO_TIME
                                     ? SHIRE_MATCH_OPEN
                                     : shire_timestamp_date(state.ends[event]);
    }
    shire_arena_free(state.arena);
    return status;
}
