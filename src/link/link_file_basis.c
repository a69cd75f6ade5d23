/*
 * Numbers of records and people become text columns; everything else is there already.
 */
#include "link/link_file_basis.h"

#include "core/arena.h"

#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 12 /* of a number of a record, the end of the text included */

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the explanation");
}

/* "1", "2", ... as a text column. */
static bool make_numbers(size_t count, shire_arena *arena, shire_column *column_out) {
    uint32_t *offsets = shire_arena_alloc_array(arena, count + 1, sizeof *offsets);
    char *bytes = shire_arena_alloc_array(arena, count + 1, DIGITS_MAX);
    uint64_t used = 0;
    if (offsets == NULL || bytes == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        used += (uint64_t)snprintf(bytes + used, DIGITS_MAX, "%zu", i + 1);
        if (used > UINT32_MAX) {
            return false; /* more text than a column holds */
        }
        offsets[i + 1] = (uint32_t)used;
    }
    *column_out = (shire_column){
        .name = "number", .type = SHIRE_TYPE_TEXT, .text_offsets = offsets, .text_bytes = bytes};
    return true;
}

/* The records of each person, ascending. */
static bool gather_people(const shire_link_engine_result *result, shire_arena *arena,
                          shire_link_basis *basis) {
    size_t count = basis->dataset.record_count;
    basis->people = result->people;
    basis->person_count = result->person_count;
    basis->order = shire_arena_alloc_array(arena, count + 1, sizeof(uint32_t));
    basis->starts = shire_arena_alloc_array(arena, basis->person_count + 2, sizeof(uint32_t));
    if (basis->order == NULL || basis->starts == NULL) {
        return false;
    }
    for (size_t record = 0; record < count; record++) {
        basis->starts[basis->people[record] + 2]++;
    }
    for (size_t person = 2; person < basis->person_count + 2; person++) {
        basis->starts[person] += basis->starts[person - 1];
    }
    for (size_t record = 0; record < count; record++) {
        basis->order[basis->starts[basis->people[record] + 1]++] = (uint32_t)record;
    }
    return true;
}

shire_status shire_link_file_basis_make(const shire_link_dataset *dataset,
                                        const shire_link_engine_result *result,
                                        const shire_column *source, const shire_column *id,
                                        shire_arena *arena, shire_link_basis *basis_out,
                                        shire_error *error) {
    shire_link_basis *basis = basis_out;
    shire_column *columns = shire_arena_alloc_array(arena, 3, sizeof *columns);
    *basis = (shire_link_basis){.dataset = *dataset,
                                .model = result->model,
                                .single_max = result->single_max,
                                .pair_max = result->pair_max,
                                .number_field = -1};
    basis->has_model = result->model.priors[SHIRE_LINK_PAIR_STRANGER] > 0;
    basis->is_clean =
        shire_arena_alloc_array(arena, (size_t)dataset->source_count + 1, sizeof(bool));
    if (columns == NULL || basis->is_clean == NULL || !gather_people(result, arena, basis) ||
        (id == NULL && !make_numbers(dataset->record_count, arena, &columns[1])) ||
        !make_numbers(basis->person_count, arena, &columns[2])) {
        return no_memory(error);
    }
    columns[0] = *source;
    columns[1] = id != NULL ? *id : columns[1];
    basis->keys = (shire_frame){dataset->record_count, 2, columns};
    basis->person_ids = (shire_frame){basis->person_count, 1, &columns[2]};
    for (size_t at = 0; result->is_clean != NULL && at < dataset->source_count; at++) {
        basis->is_clean[at] = result->is_clean[at] != 0;
    }
    for (size_t field = 0; field < dataset->field_count; field++) {
        if (dataset->fields[field].role == SHIRE_LINK_ROLE_NHS_NUMBER) {
            basis->number_field = (int)field;
        }
    }
    return basis->has_model
               ? shire_link_scorer_init(&basis->dataset, &basis->model, &basis->scorer, error)
               : SHIRE_OK;
}

void shire_link_file_basis_done(shire_link_basis *basis) {
    shire_link_scorer_done(&basis->scorer);
    *basis = (shire_link_basis){.number_field = -1};
}

shire_status shire_link_file_basis_find(const shire_link_basis *basis, const char *name,
                                        size_t *record_out, shire_error *error) {
    shire_span wanted = shire_span_of(name);
    size_t found = basis->dataset.record_count;
    shire_error ignored = {0};
    if (shire_link_basis_find_record(basis, name, record_out, &ignored) == SHIRE_OK) {
        return SHIRE_OK;
    }
    for (size_t record = 0; record < basis->dataset.record_count; record++) {
        if (!shire_span_equal(shire_column_text(&basis->keys.columns[1], record), wanted)) {
            continue;
        }
        if (found < basis->dataset.record_count) {
            return SHIRE_FAIL(
                error, SHIRE_INVALID,
                "several records have one of the ids to explain; name them SOURCE/ID, "
                "with the source as --out writes it");
        }
        found = record;
    }
    if (found == basis->dataset.record_count) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "no record has one of the ids to explain; name them by the column with "
                          "the role id, or without one by their number, the first being 1");
    }
    *record_out = found;
    return SHIRE_OK;
}
