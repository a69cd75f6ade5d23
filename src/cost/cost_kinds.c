/*
 * kind_cost: what the events of each kind of care cost each organisation, with their median and
 * what stands out from it. The costed events are brought together by organisation and kind (a
 * counting sort), each group is measured by the kernel, and the groups are written by organisation
 * and name.
 */
#include "cost/assurance.h"
#include "cost/cost_internal.h"
#include "cost/kind_kernel.h"

#include <stdlib.h>
#include <string.h>

#define NOT_STATED "not stated"

typedef struct kinds_state {
    cost_run *run;
    const cost_book *book;
    shire_arena *arena;
    cost_names groups;    /* scope: the organisation; text: the kind of care */
    int32_t *cell_groups; /* organisation and setting (0: none) -> group + 1; 0: not yet seen */
    size_t *firsts;       /* group -> its first amount, one more at the end */
    shire_money *amounts; /* by group */
} kinds_state;

/* The group's number, made if need be; -1 when out of memory. An empty setting is none. */
static int32_t group_of(kinds_state *state, size_t event) {
    const cost_names *settings = &state->run->setting_names;
    int32_t organisation = state->run->event_organisations[event];
    int32_t setting = state->run->event_settings[event];
    int32_t *group =
        &state->cell_groups[(size_t)organisation * (settings->count + 1) + (size_t)(setting + 1)];
    if (*group == 0) {
        bool is_stated = setting >= 0 && settings->items[setting].text.length > 0;
        *group = 1 + cost_names_add(&state->groups, organisation,
                                    is_stated ? settings->items[setting].text
                                              : shire_span_of(NOT_STATED));
    }
    return *group - 1;
}

static bool gather_amounts(kinds_state *state) {
    const cost_run *run = state->run;
    size_t cell_count = run->organisation_count * (run->setting_names.count + 1);
    state->cell_groups =
        shire_arena_alloc_array(state->arena, cell_count, sizeof(*state->cell_groups));
    state->firsts = shire_arena_alloc_array(state->arena, cell_count + 2, sizeof(*state->firsts));
    state->amounts =
        shire_arena_alloc_array(state->arena, run->event_count, sizeof(*state->amounts));
    if (state->cell_groups == NULL || state->firsts == NULL || state->amounts == NULL) {
        return false;
    }
    for (size_t event = 0; event < run->event_count; event++) {
        if (state->book->touched[event] != 0) {
            int32_t group = group_of(state, event);
            if (group < 0) {
                return false;
            }
            state->firsts[group + 2]++; /* two further on, so that placing them leaves the firsts */
        }
    }
    for (size_t group = 0; group < state->groups.count; group++) {
        state->firsts[group + 2] += state->firsts[group + 1];
    }
    for (size_t event = 0; event < run->event_count; event++) {
        if (state->book->touched[event] != 0) {
            state->amounts[state->firsts[group_of(state, event) + 1]++] =
                state->book->amounts[event];
        }
    }
    return true;
}

static int compare_groups(const void *a_pointer, const void *b_pointer) {
    const cost_name *a = *(const cost_name *const *)a_pointer;
    const cost_name *b = *(const cost_name *const *)b_pointer;
    return a->scope != b->scope ? (a->scope < b->scope ? -1 : 1)
                                : strcmp(a->text.bytes, b->text.bytes);
}

static shire_status write_groups(kinds_state *state, shire_error *error) {
    cost_rows rows = cost_rows_for(state->arena, "kind_cost", "itlddldlld");
    size_t count = state->groups.count;
    const cost_name **in_order = shire_arena_alloc_array(state->arena, count, sizeof(*in_order));
    if (in_order == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        in_order[i] = &state->groups.items[i];
    }
    qsort(in_order, count, sizeof(*in_order), compare_groups);
    for (size_t i = 0; i < count; i++) {
        size_t group = (size_t)(in_order[i] - state->groups.items);
        size_t first = state->firsts[group];
        shire_kind_figures figures;
        if (shire_kind_measure(state->amounts + first, state->firsts[group + 1] - first,
                               SHIRE_ASSURANCE_OUTLIER_TIMES, &figures) != SHIRE_OK) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW, "the cost of a kind of care leaves the range");
        }
        cost_rows_add(&rows, in_order[i]->scope, in_order[i]->text.bytes, figures.count,
                      figures.amount, figures.median, figures.outlier_count, figures.outlier_amount,
                      figures.zero_count, figures.negative_count, figures.negative_amount);
    }
    return cost_rows_write(&rows, state->run->table, error);
}

shire_status cost_kinds_write(cost_run *run, shire_error *error) {
    kinds_state state = {.run = run, .book = &run->books[COST_SEGMENT_PATIENT]};
    shire_status status = shire_arena_new("cost_kinds", 0, &state.arena, error);
    if (status == SHIRE_OK) {
        state.groups.arena = state.arena;
        status = gather_amounts(&state) ? write_groups(&state, error) : COST_NO_MEMORY(error);
    }
    shire_arena_free(state.arena);
    return status;
}
