/*
 * The events, read once, in parts: when each was, for matching and the period, and whose it is. An
 * event without an end is still open; but where no event of a dataset has an end, its events are
 * points in time.
 *
 * Each part numbers datasets and settings by itself; then they are numbered anew in the order of
 * the parts, which is the order of the events, on any number of threads.
 */
#include "cost/cost_internal.h"
#include "cost/cost_scan.h"

typedef struct events_state {
    cost_run *run;
    int32_t *event_datasets; /* event -> dataset */
    shire_timestamp *ends;   /* event -> end, or SHIRE_MATCH_NO_TIME */
    cost_event_texts *texts; /* COST_TEXT_COUNT of them */
    cost_names datasets;     /* scope: the organisation, twice, and one more without a dataset */
    COST_LIST(uint8_t) has_ends; /* dataset -> 1: one of its events has an end */
} events_state;

/* Of one part, which alone writes what is said of its events. */
typedef struct events_part {
    const events_state *state;
    shire_arena *arena;
    cost_names datasets;
    cost_names settings; /* scope: 0 */
    COST_LIST(uint8_t) has_ends;
    int32_t last_dataset; /* those of the row before, or -1 */
    int32_t last_setting;
    shire_builder texts[COST_TEXT_COUNT];
} events_part;

/* The dataset's number; most rows have that of the row before. -1 when out of memory. */
static int32_t number_dataset(events_part *part, int32_t organisation, bool is_null,
                              shire_span name) {
    int32_t scope = organisation * 2 + (is_null ? 1 : 0);
    if (part->last_dataset >= 0) {
        const cost_name *last = &part->datasets.items[part->last_dataset];
        if (last->scope == scope && shire_span_equal(last->text, name)) {
            return part->last_dataset;
        }
    }
    int32_t dataset = cost_names_add(&part->datasets, scope, name);
    if (dataset == (int32_t)part->has_ends.count && !COST_PUSH(part->arena, &part->has_ends, 0)) {
        return -1;
    }
    part->last_dataset = dataset;
    return dataset;
}

static shire_timestamp time_at(const shire_column *column, size_t row) {
    return shire_column_is_null(column, row) ? SHIRE_MATCH_NO_TIME : column->timestamp[row];
}

/* The setting's number, -1 for none; most rows have that of the row before. False when out of
 * memory. */
static bool number_setting(events_part *part, const shire_column *column, size_t row,
                           size_t event) {
    shire_span text = shire_column_text(column, row);
    int32_t *setting = &part->state->run->event_settings[event];
    int32_t last = part->last_setting;
    *setting = -1;
    if (shire_column_is_null(column, row)) {
        return true;
    }
    if (last < 0 || !shire_span_equal(part->settings.items[last].text, text)) {
        last = cost_names_add(&part->settings, 0, text);
        part->last_setting = last;
    }
    *setting = last;
    return last >= 0;
}

/* False when there is no room. */
static bool keep_text(events_part *part, int which, const shire_column *column, size_t row,
                      size_t event) {
    shire_builder *bytes = &part->texts[which];
    shire_span text = shire_column_text(column, row);
    bool is_null = shire_column_is_null(column, row);
    part->state->texts[which].items[event] =
        (shire_match_text){.start = (uint32_t)bytes->length,
                           .length = is_null ? SHIRE_MATCH_NO_TEXT : (uint32_t)text.length};
    shire_builder_append(bytes, text);
    return !bytes->failed && bytes->length < UINT32_MAX;
}

/* Frame columns: event_no, organisation_no, dataset, start, end, setting, record_no, the texts.
 */
static shire_status take_events(const shire_frame *frame, void *context, shire_error *error) {
    events_part *part = context;
    const events_state *state = part->state;
    cost_run *run = state->run;
    for (size_t row = 0; row < frame->row_count; row++) {
        size_t event = (size_t)frame->columns[0].int64[row];
        int32_t organisation = frame->columns[1].int32[row];
        if (organisation < 0 || (size_t)organisation >= run->organisation_count) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "an event of the warehouse is of no organisation; load again");
        }
        int32_t dataset =
            number_dataset(part, organisation, shire_column_is_null(&frame->columns[2], row),
                           shire_column_text(&frame->columns[2], row));
        bool kept = dataset >= 0 && number_setting(part, &frame->columns[5], row, event);
        for (int which = 0; which < COST_TEXT_COUNT && kept; which++) {
            kept = keep_text(part, which, &frame->columns[7 + which], row, event);
        }
        if (!kept) {
            return COST_NO_MEMORY(error);
        }
        state->event_datasets[event] = dataset;
        run->event_organisations[event] = organisation;
        run->event_records[event] =
            shire_column_is_null(&frame->columns[6], row) ? -1 : frame->columns[6].int64[row];
        run->event_starts[event] = time_at(&frame->columns[3], row);
        state->ends[event] = time_at(&frame->columns[4], row);
        part->has_ends.items[dataset] |= state->ends[event] != SHIRE_MATCH_NO_TIME;
    }
    return SHIRE_OK;
}

/* Puts the part's texts behind those of the parts before it. False when there is no room. */
static bool join_texts(cost_event_texts *texts, const shire_builder *bytes, size_t first,
                       size_t last) {
    size_t before = texts->bytes.length;
    shire_builder_append(&texts->bytes, (shire_span){bytes->bytes, bytes->length});
    for (size_t event = first; before > 0 && event < last; event++) {
        texts->items[event].start += (uint32_t)before;
    }
    return !texts->bytes.failed && texts->bytes.length < UINT32_MAX;
}

/* Adds what the part numbered to what all parts did. False when out of memory. */
static bool join_part(events_state *state, events_part *part, shire_arena *arena, size_t first,
                      size_t last) {
    cost_run *run = state->run;
    int32_t *datasets = cost_names_join(&part->datasets, &state->datasets, arena);
    int32_t *settings = cost_names_join(&part->settings, &run->setting_names, arena);
    bool good = datasets != NULL && settings != NULL;
    while (good && state->has_ends.count < state->datasets.count) {
        good = COST_PUSH(arena, &state->has_ends, 0);
    }
    for (int which = 0; which < COST_TEXT_COUNT && good; which++) {
        good = join_texts(&state->texts[which], &part->texts[which], first, last);
    }
    if (!good) {
        return false;
    }
    for (size_t i = 0; i < part->has_ends.count; i++) {
        state->has_ends.items[datasets[i]] |= part->has_ends.items[i];
    }
    for (size_t event = first; event < last; event++) {
        int32_t setting = run->event_settings[event];
        state->event_datasets[event] = datasets[state->event_datasets[event]];
        run->event_settings[event] = setting < 0 ? -1 : settings[setting];
    }
    return true;
}

static shire_status read_parts(events_state *state, shire_arena *arena, shire_error *error) {
    cost_run *run = state->run;
    size_t count = run->event_count;
    size_t part_count = cost_scan_part_count(count, run->thread_count);
    events_part *parts = shire_arena_alloc_array(arena, part_count, sizeof(*parts));
    shire_status status = parts == NULL ? COST_NO_MEMORY(error) : SHIRE_OK;
    for (size_t i = 0; i < part_count && status == SHIRE_OK; i++) {
        parts[i] = (events_part){.state = state, .last_dataset = -1, .last_setting = -1};
        status = shire_arena_new("cost_events_part", 0, &parts[i].arena, error);
        parts[i].datasets.arena = parts[i].arena;
        parts[i].settings.arena = parts[i].arena;
    }
    if (status == SHIRE_OK) {
        const cost_scan scan = {
            .select = "SELECT event_no::BIGINT, organisation_no::INTEGER, dataset, start, \"end\", "
                      "setting, record_no::BIGINT, event_id, local_id FROM event WHERE true",
            .key = "event_no",
            .key_count = count,
            .visit = take_events,
            .contexts = parts,
            .context_bytes = sizeof(*parts),
            .part_count = part_count,
            .thread_count = run->thread_count};
        status = cost_scan_run(run->table, &scan, error);
    }
    for (size_t i = 0; i < part_count && status == SHIRE_OK; i++) {
        if (!join_part(state, &parts[i], arena, cost_scan_part_first(count, part_count, i),
                       cost_scan_part_first(count, part_count, i + 1))) {
            status = COST_NO_MEMORY(error);
        }
    }
    for (size_t i = 0; parts != NULL && i < part_count; i++) {
        for (int which = 0; which < COST_TEXT_COUNT; which++) {
            shire_builder_free(&parts[i].texts[which]);
        }
        shire_arena_free(parts[i].arena);
    }
    return status;
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

shire_status cost_events_read(cost_run *run, shire_arena *arena, cost_event_texts *texts,
                              shire_error *error) {
    size_t count = run->event_count;
    shire_arena *scratch = NULL;
    events_state state = {.run = run, .texts = texts};
    shire_status status = shire_arena_new("cost_events_read", 0, &scratch, error);
    if (status != SHIRE_OK) {
        return status;
    }
    state.datasets.arena = scratch;
    state.event_datasets = shire_arena_alloc_array(scratch, count, sizeof(int32_t));
    state.ends = shire_arena_alloc_array(scratch, count, sizeof(*state.ends));
    texts[COST_TEXT_EVENT_ID].items =
        shire_arena_alloc_array(arena, count, sizeof(shire_match_text));
    texts[COST_TEXT_LOCAL_ID].items =
        shire_arena_alloc_array(arena, count, sizeof(shire_match_text));
    run->event_starts = shire_arena_alloc_array(run->arena, count, sizeof(*run->event_starts));
    run->event_last_days =
        shire_arena_alloc_array(run->arena, count, sizeof(*run->event_last_days));
    run->event_ends = shire_arena_alloc_array(run->arena, count, sizeof(*run->event_ends));
    run->event_organisations = shire_arena_alloc_array(run->arena, count, sizeof(int32_t));
    run->event_settings = shire_arena_alloc_array(run->arena, count, sizeof(int32_t));
    run->event_records = shire_arena_alloc_array(run->arena, count, sizeof(int64_t));
    if (state.event_datasets == NULL || state.ends == NULL ||
        texts[COST_TEXT_EVENT_ID].items == NULL || texts[COST_TEXT_LOCAL_ID].items == NULL ||
        run->event_starts == NULL || run->event_last_days == NULL || run->event_ends == NULL ||
        run->event_organisations == NULL || run->event_settings == NULL ||
        run->event_records == NULL) {
        status = COST_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        status = read_parts(&state, scratch, error);
    }
    for (size_t event = 0; status == SHIRE_OK && event < count; event++) {
        run->event_last_days[event] = last_day_of(&state, event);
        run->event_ends[event] = state.ends[event] == SHIRE_MATCH_NO_TIME
                                     ? SHIRE_MATCH_OPEN
                                     : shire_timestamp_date(state.ends[event]);
    }
    shire_arena_free(scratch);
    return status;
}
