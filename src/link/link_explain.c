/*
 * Compares the two records again under the run's model. A running total is rounded after each part,
 * and a part is printed as the difference of two totals, so that no reader finds a sum that is off
 * by the last digit.
 */
#include "link/link_explain.h"

#include "core/arena.h"
#include "link/link_explain_internal.h"
#include "link/link_keep.h"

#include <math.h>
#include <string.h>

#define CUT 10.0 /* grouping cuts weights of pairs to this, either way */

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the explanation");
}

static void add_step(shire_link_pair_explanation *made, shire_link_step_kind kind, size_t field,
                     double *total, double weight) {
    int64_t before = made->step_count == 0 ? 0 : made->steps[made->step_count - 1].running;
    *total += weight;
    int64_t after = llround(*total * 1000);
    made->steps[made->step_count++] = (shire_link_step){kind, field, after - before, after};
}

static void make_steps(shire_link_pair_explanation *made) {
    const shire_link_waterfall *waterfall = &made->waterfall;
    double total = 0;
    add_step(made, SHIRE_LINK_STEP_PRIOR, 0, &total, waterfall->prior);
    for (size_t field = 0; field < waterfall->field_count; field++) {
        const shire_link_waterfall_field *of_field = &waterfall->fields[field];
        add_step(made, SHIRE_LINK_STEP_FIELD, field, &total, of_field->weight);
        if (of_field->level == 1) {
            add_step(made, SHIRE_LINK_STEP_RARITY, field, &total, of_field->rarity);
        }
    }
    add_step(made, SHIRE_LINK_STEP_MOVE, 0, &total, waterfall->move);
    add_step(made, SHIRE_LINK_STEP_OTHERS, 0, &total, waterfall->others);
    made->weight = made->steps[made->step_count - 1].running;
    made->probability = shire_link_probability(waterfall->weight);
}

static bool add_values(const shire_link_basis *basis, shire_arena *arena,
                       shire_link_pair_explanation *made) {
    for (size_t field = 0; field < basis->dataset.field_count; field++) {
        for (int side = 0; side < 2; side++) {
            uint32_t id = shire_link_dataset_row(&basis->dataset, made->records[side])[field];
            shire_span text = shire_link_dictionary_text(basis->dataset.fields[field].values, id);
            made->values[field][side] = shire_arena_copy_text(arena, text.bytes, text.length);
            if (made->values[field][side] == NULL) {
                return false;
            }
        }
    }
    return true;
}

static void add_facts(const shire_link_basis *basis, shire_link_pair_explanation *made) {
    const shire_link_dataset *dataset = &basis->dataset;
    uint32_t source = dataset->sources[made->records[0]];
    if (source == dataset->sources[made->records[1]] && basis->is_clean[source]) {
        made->forbidden[made->forbidden_count++] =
            "both are of one source that holds each person once";
    }
    if (basis->number_field >= 0) {
        uint32_t a = shire_link_dataset_row(dataset, made->records[0])[basis->number_field];
        uint32_t b = shire_link_dataset_row(dataset, made->records[1])[basis->number_field];
        if (a != 0 && b != 0 && a != b) {
            made->forbidden[made->forbidden_count++] =
                "they carry two different NHS numbers whose check digits are right";
        }
    }
}

/* What events and decisions said of the two when the run was made. */
static bool add_told(const shire_link_basis *basis, shire_arena *arena,
                     shire_link_pair_explanation *made) {
    const shire_column *columns = basis->facts.columns;
    int64_t low =
        (int64_t)(made->records[0] < made->records[1] ? made->records[0] : made->records[1]);
    int64_t high = (int64_t)(made->records[0] + made->records[1]) - low;
    bool is_done = true;
    for (size_t row = 0; row < basis->facts.row_count && is_done; row++) {
        if (columns[0].int64[row] != low || columns[1].int64[row] != high) {
            continue;
        }
        bool is_same = columns[2].int32[row] != 0;
        bool is_event =
            shire_span_equal(shire_column_text(&columns[3], row), shire_span_of("event"));
        const char *text = is_event
                               ? "one event of one source names both"
                               : shire_arena_format(arena, "decision %lld says that they are %s",
                                                    (long long)columns[4].int64[row],
                                                    is_same ? "one person" : "different people");
        is_done = text != NULL;
        if (is_same) {
            made->forced = text;
        } else if (made->forbidden_count < 4) {
            made->forbidden[made->forbidden_count++] = text;
        }
    }
    return is_done;
}

/* The levels of all fields, before names that changed places are counted once. */
static shire_link_pattern compare(const shire_link_dataset *dataset, size_t a, size_t b,
                                  shire_link_cache *cache) {
    shire_link_pattern pattern = 0;
    for (size_t field = 0; field < dataset->field_count; field++) {
        int level = shire_link_compare_field(dataset, field, a, b, cache);
        pattern |= (shire_link_pattern)level << (4 * field);
    }
    return pattern;
}

static shire_status explain(const shire_link_basis *basis, bool with_values, shire_arena *arena,
                            shire_link_pair_explanation *made, shire_error *error) {
    const shire_link_dataset *dataset = &basis->dataset;
    double rarities[SHIRE_LINK_FIELDS_MAX] = {0};
    size_t a = made->records[0];
    size_t b = made->records[1];
    shire_link_cache *cache = shire_arena_alloc(arena, sizeof *cache);
    if (cache == NULL) {
        return no_memory(error);
    }
    for (size_t field = 0; field < dataset->field_count; field++) {
        rarities[field] =
            (double)basis->scorer.rarities[field][shire_link_dataset_row(dataset, a)[field]];
    }
    shire_link_waterfall_make(&basis->model, compare(dataset, a, b, cache), rarities,
                              dataset->given_field, dataset->family_field, &made->waterfall);
    make_steps(made);
    add_facts(basis, made);
    for (int side = 0; side < 2; side++) {
        shire_span id = shire_link_basis_person_id(basis, basis->people[made->records[side]]);
        made->names[side] = shire_link_basis_record_name(basis, made->records[side], arena);
        made->person_ids[side] = shire_arena_copy_text(arena, id.bytes, id.length);
        if (made->names[side] == NULL || made->person_ids[side] == NULL) {
            return no_memory(error);
        }
    }
    if (!add_told(basis, arena, made)) {
        return no_memory(error);
    }
    made->is_one_person = basis->people[a] == basis->people[b];
    if (with_values && !add_values(basis, arena, made)) {
        return no_memory(error);
    }
    return shire_link_explain_keys(basis, arena, made, error);
}

shire_status shire_link_explain_pair(const shire_link_basis *basis, size_t a, size_t b,
                                     bool with_values, shire_arena *arena,
                                     shire_link_pair_explanation *explanation_out,
                                     shire_error *error) {
    shire_link_pair_explanation made = {.records = {a, b}};
    if (!basis->has_model) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "there are too few records to compare, so there is nothing to explain");
    }
    if (a == b) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "name two different records, not one twice");
    }
    shire_status status = explain(basis, with_values, arena, &made, error);
    if (status == SHIRE_OK) {
        *explanation_out = made;
    }
    return status;
}

/* The two parts into which the members fall without the last tie: side[i] of members[i]. */
static void split_at_weakest(const uint32_t *members, size_t count, const shire_link_edge *ties,
                             uint8_t *sides) {
    memset(sides, 0, count);
    bool grew = true;
    for (size_t i = 0; i < count; i++) {
        sides[i] = members[i] == ties[count - 2].a;
    }
    while (grew) {
        grew = false;
        for (size_t tie = 0; tie + 2 < count; tie++) {
            size_t a = 0;
            size_t b = 0;
            for (size_t i = 0; i < count; i++) {
                a = members[i] == ties[tie].a ? i : a;
                b = members[i] == ties[tie].b ? i : b;
            }
            if (sides[a] != sides[b]) {
                sides[a] = sides[b] = 1;
                grew = true;
            }
        }
    }
}

static double mean_between(const shire_link_scorer *scorer, const uint32_t *members, size_t count,
                           const uint8_t *sides, shire_link_cache *cache) {
    double sum = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (sides[i] == 1 && sides[j] == 0) {
                double weight =
                    (double)shire_link_score(scorer, members[i], members[j], -INFINITY, cache);
                sum += fmin(fmax(weight, -CUT), CUT);
                pairs++;
            }
        }
    }
    return pairs > 0 ? sum / (double)pairs : 0;
}

static shire_status explain_ties(const shire_link_basis *basis, const uint32_t *members,
                                 shire_arena *arena, shire_link_person_explanation *made,
                                 bool with_values, shire_error *error) {
    size_t count = made->record_count;
    shire_link_edge *edges = shire_arena_alloc_array(arena, count, sizeof *edges);
    shire_link_tie *ties = shire_arena_alloc_array(arena, count, sizeof *ties);
    uint32_t *scratch = shire_arena_alloc_array(arena, 3 * count, sizeof *scratch);
    uint8_t *sides = shire_arena_alloc(arena, count);
    shire_link_cache *cache = shire_arena_alloc(arena, sizeof *cache);
    if (edges == NULL || ties == NULL || scratch == NULL || sides == NULL || cache == NULL) {
        return no_memory(error);
    }
    shire_link_ties_find(&basis->scorer, members, count, cache, edges, scratch);
    for (size_t i = 0; i + 1 < count; i++) {
        ties[i].names[0] = shire_link_basis_record_name(basis, edges[i].a, arena);
        ties[i].names[1] = shire_link_basis_record_name(basis, edges[i].b, arena);
        ties[i].weight = llround((double)edges[i].weight * 1000);
        ties[i].probability = shire_link_probability((double)edges[i].weight);
        if (ties[i].names[0] == NULL || ties[i].names[1] == NULL) {
            return no_memory(error);
        }
    }
    made->ties = ties;
    split_at_weakest(members, count, edges, sides);
    for (size_t i = 0; i < count; i++) {
        made->part_counts[sides[i] == 1 ? 0 : 1]++;
    }
    made->between_weight =
        llround(1000 * mean_between(&basis->scorer, members, count, sides, cache));
    return shire_link_explain_pair(basis, edges[count - 2].a, edges[count - 2].b, with_values,
                                   arena, &made->weakest, error);
}

shire_status shire_link_explain_person(const shire_link_basis *basis, size_t person,
                                       bool with_values, shire_arena *arena,
                                       shire_link_person_explanation *explanation_out,
                                       shire_error *error) {
    shire_link_person_explanation made = {0};
    const uint32_t *members = basis->order + basis->starts[person];
    shire_span id = shire_link_basis_person_id(basis, person);
    made.record_count = basis->starts[person + 1] - basis->starts[person];
    made.person_id = shire_arena_copy_text(arena, id.bytes, id.length);
    made.records = shire_arena_alloc_array(arena, made.record_count + 1, sizeof *made.records);
    if (made.person_id == NULL || made.records == NULL) {
        return no_memory(error);
    }
    for (size_t i = 0; i < made.record_count; i++) {
        made.records[i] = shire_link_basis_record_name(basis, members[i], arena);
        if (made.records[i] == NULL) {
            return no_memory(error);
        }
    }
    shire_status status = SHIRE_OK;
    if (made.record_count > 1) {
        status = explain_ties(basis, members, arena, &made, with_values, error);
    }
    if (status == SHIRE_OK) {
        *explanation_out = made;
    }
    return status;
}
