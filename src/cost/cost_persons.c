/*
 * What each person cost each organisation in each kind of care: the costed events are brought
 * together by person (a counting sort), each person's amounts added up in a small table of
 * organisation and setting, and its filled cells written in their order. Events without a person
 * come last, as do those without a setting.
 */
#include "cost/cost_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct persons_state {
    cost_run *run;
    const cost_book *book;
    const char *table_name;
    shire_arena *arena;
    int64_t *record_persons; /* record -> person, or -1 */
    int64_t record_count;
    int64_t person_count;
    int32_t *setting_ranks; /* setting -> its place in the order of the names */
    const char **settings;  /* rank -> name; NULL at the end: no setting */
    size_t rank_count;
    uint32_t *firsts; /* person -> place of its first event in `events`; person_count: no person */
    int32_t *events;
} persons_state;

static shire_status read_links(persons_state *state, shire_error *error) {
    shire_frame frame;
    shire_status status =
        shire_table_query(state->run->table,
                          "SELECT record_no::BIGINT, person_no::BIGINT FROM person_link WHERE "
                          "record_no >= 0 AND person_no >= 0",
                          state->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const int64_t *records = frame.columns[0].int64;
    const int64_t *persons = frame.columns[1].int64;
    for (size_t row = 0; row < frame.row_count; row++) {
        state->record_count =
            records[row] < state->record_count ? state->record_count : records[row] + 1;
        state->person_count =
            persons[row] < state->person_count ? state->person_count : persons[row] + 1;
    }
    state->record_persons = shire_arena_alloc_array(state->arena, (size_t)state->record_count,
                                                    sizeof(*state->record_persons));
    if (state->record_persons == NULL) {
        return COST_NO_MEMORY(error);
    }
    memset(state->record_persons, 0xff,
           (size_t)state->record_count * sizeof(*state->record_persons));
    for (size_t row = 0; row < frame.row_count; row++) {
        state->record_persons[records[row]] = persons[row];
    }
    return SHIRE_OK;
}

typedef struct named_setting {
    shire_span text;
    int32_t number;
} named_setting;

static int compare_names(const void *a, const void *b) {
    shire_span x = ((const named_setting *)a)->text;
    shire_span y = ((const named_setting *)b)->text;
    int order = memcmp(x.bytes, y.bytes, x.length < y.length ? x.length : y.length);
    return order != 0 ? order : (x.length > y.length) - (x.length < y.length);
}

static bool rank_settings(persons_state *state) {
    const cost_names *names = &state->run->setting_names;
    state->rank_count = names->count + 1;
    state->settings =
        shire_arena_alloc_array(state->arena, state->rank_count, sizeof(*state->settings));
    state->setting_ranks =
        shire_arena_alloc_array(state->arena, names->count, sizeof(*state->setting_ranks));
    named_setting *sorted = shire_arena_alloc_array(state->arena, names->count, sizeof(*sorted));
    if (state->settings == NULL || state->setting_ranks == NULL || sorted == NULL) {
        return false;
    }
    for (size_t i = 0; i < names->count; i++) {
        sorted[i] = (named_setting){.text = names->items[i].text, .number = (int32_t)i};
    }
    qsort(sorted, names->count, sizeof(*sorted), compare_names);
    for (size_t rank = 0; rank < names->count; rank++) {
        shire_span text = sorted[rank].text;
        state->setting_ranks[sorted[rank].number] = (int32_t)rank;
        state->settings[rank] = shire_arena_copy_text(state->arena, text.bytes, text.length);
        if (state->settings[rank] == NULL) {
            return false;
        }
    }
    return true;
}

static size_t person_of(const persons_state *state, size_t event) {
    int64_t record = state->run->event_records[event];
    int64_t person =
        record >= 0 && record < state->record_count ? state->record_persons[record] : -1;
    return (size_t)(person >= 0 ? person : state->person_count);
}

/* The costed events by person. */
static bool gather_events(persons_state *state) {
    const cost_run *run = state->run;
    size_t bucket_count = (size_t)state->person_count + 1;
    state->firsts = shire_arena_alloc_array(state->arena, bucket_count + 1, sizeof(*state->firsts));
    state->events = shire_arena_alloc_array(state->arena, run->event_count, sizeof(*state->events));
    if (state->firsts == NULL || state->events == NULL) {
        return false;
    }
    for (size_t event = 0; event < run->event_count; event++) {
        state->firsts[person_of(state, event) + 1] += state->book->touched[event];
    }
    for (size_t i = 0; i < bucket_count; i++) {
        state->firsts[i + 1] += state->firsts[i];
    }
    for (size_t event = 0; event < run->event_count; event++) {
        if (state->book->touched[event] != 0) {
            state->events[state->firsts[person_of(state, event)]++] = (int32_t)event;
        }
    }
    memmove(state->firsts + 1, state->firsts, bucket_count * sizeof(*state->firsts));
    state->firsts[0] = 0;
    return true;
}

static int compare_cells(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* One row for each organisation and setting that the person has. False on overflow. */
static bool add_person(const persons_state *state, size_t person, shire_money *sums,
                       uint8_t *filled, uint32_t *cells, cost_rows *rows) {
    const cost_run *run = state->run;
    size_t cell_count = 0;
    bool overflows = false;
    for (uint32_t i = state->firsts[person]; i < state->firsts[person + 1]; i++) {
        int32_t event = state->events[i];
        int32_t setting = run->event_settings[event];
        size_t rank = setting < 0 ? state->rank_count - 1 : (size_t)state->setting_ranks[setting];
        size_t cell = (size_t)run->event_organisations[event] * state->rank_count + rank;
        if (filled[cell] == 0) {
            filled[cell] = 1;
            cells[cell_count++] = (uint32_t)cell;
        }
        overflows |= __builtin_add_overflow(sums[cell], state->book->amounts[event], &sums[cell]);
    }
    qsort(cells, cell_count, sizeof(*cells), compare_cells);
    for (size_t i = 0; i < cell_count; i++) {
        uint32_t cell = cells[i];
        int64_t person_no = (int64_t)person == state->person_count ? -1 : (int64_t)person;
        cost_rows_add(rows, person_no, (int32_t)(cell / state->rank_count),
                      state->settings[cell % state->rank_count], sums[cell]);
        sums[cell] = 0;
        filled[cell] = 0;
    }
    return !overflows;
}

static shire_status write_persons(persons_state *state, shire_error *error) {
    size_t cell_count = state->run->organisation_count * state->rank_count;
    cost_rows rows = cost_rows_for(state->arena, state->table_name, "mitd");
    shire_money *sums = shire_arena_alloc_array(state->arena, cell_count, sizeof(*sums));
    uint8_t *filled = shire_arena_alloc(state->arena, cell_count);
    uint32_t *cells = shire_arena_alloc_array(state->arena, cell_count, sizeof(*cells));
    if (sums == NULL || filled == NULL || cells == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t person = 0; person <= (size_t)state->person_count; person++) {
        if (!add_person(state, person, sums, filled, cells, &rows)) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW, "the cost of a person leaves the range");
        }
    }
    return cost_rows_write(&rows, state->run->table, error);
}

static shire_status write_book(cost_run *run, const cost_book *book, const char *table_name,
                               shire_error *error) {
    persons_state state = {.run = run, .book = book, .table_name = table_name};
    shire_status status = shire_arena_new("cost_persons", 0, &state.arena, error);
    if (status == SHIRE_OK) {
        status = read_links(&state, error);
    }
    if (status == SHIRE_OK && (!rank_settings(&state) || !gather_events(&state))) {
        status = COST_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        status = write_persons(&state, error);
    }
    shire_arena_free(state.arena);
    return status;
}

shire_status cost_persons_write(cost_run *run, shire_error *error) {
    const cost_book *income = &run->books[COST_SEGMENT_INCOME];
    shire_status status = write_book(run, &run->books[COST_SEGMENT_PATIENT], "person_cost", error);
    return status == SHIRE_OK && income->amounts != NULL
               ? write_book(run, income, "person_income", error)
               : status;
}
