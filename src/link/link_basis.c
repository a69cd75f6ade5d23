/*
 * Builds the dataset from the same SELECT as the run did, reads the model from link_level and
 * link_prior, and checks that the two are of one run: same fields, same levels.
 */
#include "link/link_basis.h"

#include "core/arena.h"

#include <assert.h>
#include <string.h>

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the person index");
}

static shire_status other_version(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                      "the warehouse holds no linkage of this version of shire; make one with "
                      "`shire run`");
}

static shire_status check_tables(shire_table *warehouse, shire_error *error) {
    int64_t count = 0;
    shire_status status = shire_table_query_int64(
        warehouse,
        "SELECT count(*) FROM duckdb_tables() WHERE table_name IN ('person_record', 'person', "
        "'person_link', 'link_field', 'link_level', 'link_prior', 'link_summary', 'link_source', "
        "'link_fact', 'nhs_number_superseded')",
        &count, error);
    return status == SHIRE_OK && count != 10 ? other_version(error) : status;
}

/* The dataset as the run had it; the columns that it was made from are not kept. */
static shire_status build_dataset(shire_table *warehouse, int thread_count, shire_link_basis *basis,
                                  shire_error *error) {
    shire_arena *records_arena = NULL;
    shire_frame records = {0};
    shire_link_input inputs[SHIRE_LINK_RECORD_INPUTS];
    shire_status status = shire_arena_new("basis_records", 0, &records_arena, error);
    if (status == SHIRE_OK) {
        status = shire_link_records_query(warehouse, records_arena, &records, error);
    }
    if (status == SHIRE_OK) {
        shire_link_records_inputs(&records, inputs);
        status = shire_link_dataset_build(inputs, SHIRE_LINK_RECORD_INPUTS, records.row_count,
                                          thread_count, &basis->dataset, error);
    }
    shire_link_dataset_seal(&basis->dataset);
    /* Names of fields of further columns point into the frame. */
    for (size_t field = 0; status == SHIRE_OK && field < basis->dataset.field_count; field++) {
        const char *name = basis->dataset.fields[field].name;
        basis->dataset.fields[field].name = shire_arena_copy_text(basis->arena, name, strlen(name));
        status = basis->dataset.fields[field].name == NULL ? no_memory(error) : SHIRE_OK;
    }
    shire_arena_wipe_free(records_arena);
    return status;
}

static shire_status read_fields(shire_table *warehouse, shire_link_basis *basis,
                                shire_error *error) {
    static const char *const scopes[] = {"person", "birth", "family", "home"};
    shire_frame fields = {0};
    shire_status status =
        shire_table_query(warehouse, "SELECT field, scope FROM link_field ORDER BY field_no",
                          basis->arena, &fields, error);
    if (status == SHIRE_OK && fields.row_count != basis->dataset.field_count) {
        status = other_version(error);
    }
    basis->model.field_count = basis->dataset.field_count;
    for (size_t field = 0; status == SHIRE_OK && field < fields.row_count; field++) {
        const shire_link_field *facts = &basis->dataset.fields[field];
        if (!shire_span_equal(shire_column_text(&fields.columns[0], field),
                              shire_span_of(facts->name))) {
            return other_version(error);
        }
        basis->model.level_counts[field] = shire_link_level_count(facts->kind);
        for (int scope = 0; scope < 4; scope++) {
            if (shire_span_equal(shire_column_text(&fields.columns[1], field),
                                 shire_span_of(scopes[scope]))) {
                basis->model.scopes[field] = (shire_link_scope)scope;
            }
        }
        if (facts->role == SHIRE_LINK_ROLE_NHS_NUMBER) {
            basis->number_field = (int)field;
        }
    }
    return status;
}

static shire_status read_levels(shire_table *warehouse, shire_link_basis *basis,
                                shire_error *error) {
    shire_frame levels = {0};
    size_t expected = 0;
    shire_status status = shire_table_query(
        warehouse,
        "SELECT field_no, level, m, moved, u, neighbour, relative FROM link_level "
        "ORDER BY field_no, level",
        basis->arena, &levels, error);
    for (size_t field = 0; field < basis->model.field_count; field++) {
        expected += (size_t)basis->model.level_counts[field] - 1;
    }
    if (status == SHIRE_OK && levels.row_count != expected) {
        status = other_version(error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < levels.row_count; row++) {
        int32_t field = levels.columns[0].int32[row];
        int32_t level = levels.columns[1].int32[row];
        if (field < 0 || (size_t)field >= basis->model.field_count || level < 1 ||
            level >= basis->model.level_counts[field]) {
            return other_version(error);
        }
        /* The columns stand in the order of shire_link_pair_kind. */
        for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
            basis->model.levels[kind][field][level] = levels.columns[2 + kind].number[row];
        }
    }
    return status;
}

static shire_status read_priors(shire_table *warehouse, shire_link_basis *basis,
                                shire_error *error) {
    static const char *const kinds[] = {"same", "moved", "stranger", "neighbour", "relative"};
    shire_frame priors = {0};
    shire_frame limits = {0};
    shire_status status =
        shire_table_query(warehouse, "SELECT kind, share FROM link_prior ORDER BY kind",
                          basis->arena, &priors, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(warehouse, "SELECT single_max, pair_max FROM link_summary",
                                   basis->arena, &limits, error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < priors.row_count; row++) {
        for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
            if (shire_span_equal(shire_column_text(&priors.columns[0], row),
                                 shire_span_of(kinds[kind]))) {
                basis->model.priors[kind] = priors.columns[1].number[row];
            }
        }
    }
    basis->has_model = basis->model.priors[SHIRE_LINK_PAIR_STRANGER] > 0;
    if (status == SHIRE_OK && limits.row_count == 1) {
        basis->single_max = limits.columns[0].int64[0];
        basis->pair_max = limits.columns[1].int64[0];
    }
    return status;
}

static shire_status read_sources(shire_table *warehouse, shire_link_basis *basis,
                                 shire_error *error) {
    shire_frame sources = {0};
    basis->is_clean = shire_arena_alloc_array(basis->arena, (size_t)basis->dataset.source_count + 1,
                                              sizeof(bool));
    if (basis->is_clean == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_table_query(
        warehouse,
        "SELECT source_no, CAST(is_clean AS INTEGER) FROM link_source ORDER BY source_no",
        basis->arena, &sources, error);
    for (size_t row = 0; status == SHIRE_OK && row < sources.row_count; row++) {
        int32_t source = sources.columns[0].int32[row];
        if (source < 0 || (uint32_t)source >= basis->dataset.source_count) {
            return other_version(error);
        }
        basis->is_clean[source] = sources.columns[1].int32[row] != 0;
    }
    return status;
}

/* links: by record, its person_no; of no use afterwards. */
static shire_status place_people(shire_link_basis *basis, const shire_frame *links,
                                 shire_error *error) {
    size_t record_count = basis->dataset.record_count;
    basis->person_count = basis->person_ids.row_count;
    uint32_t *people = shire_arena_alloc_array(basis->arena, record_count + 1, sizeof *people);
    basis->people = people;
    basis->order = shire_arena_alloc_array(basis->arena, record_count + 1, sizeof(uint32_t));
    basis->starts =
        shire_arena_alloc_array(basis->arena, basis->person_count + 2, sizeof(uint32_t));
    if (people == NULL || basis->order == NULL || basis->starts == NULL) {
        return no_memory(error);
    }
    if (links->row_count != record_count || basis->keys.row_count != record_count) {
        return other_version(error);
    }
    for (size_t record = 0; record < record_count; record++) {
        int64_t person = links->columns[0].int64[record];
        if (person < 0 || (size_t)person >= basis->person_count) {
            return other_version(error);
        }
        people[record] = (uint32_t)person;
        basis->starts[person + 2]++;
    }
    for (size_t person = 2; person < basis->person_count + 2; person++) {
        basis->starts[person] += basis->starts[person - 1];
    }
    for (size_t record = 0; record < record_count; record++) {
        basis->order[basis->starts[basis->people[record] + 1]++] = (uint32_t)record;
    }
    return SHIRE_OK;
}

static shire_status read_people(shire_table *warehouse, shire_link_basis *basis,
                                shire_error *error) {
    shire_arena *links_arena = NULL;
    shire_frame links = {0};
    shire_status status =
        shire_table_query(warehouse, "SELECT person_id FROM person ORDER BY person_no",
                          basis->arena, &basis->person_ids, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(warehouse,
                                   "SELECT o.code, r.source, r.local_id FROM person_record r LEFT "
                                   "JOIN organisation o USING (organisation_no) ORDER BY "
                                   "r.record_no",
                                   basis->arena, &basis->keys, error);
    }
    if (status == SHIRE_OK) {
        status = shire_arena_new("basis_links", 0, &links_arena, error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_table_query(warehouse, "SELECT person_no FROM person_link ORDER BY record_no",
                              links_arena, &links, error);
    }
    if (status == SHIRE_OK) {
        status = place_people(basis, &links, error);
    }
    shire_arena_free(links_arena);
    return status;
}

shire_status shire_link_basis_open(shire_table *warehouse, int thread_count,
                                   shire_link_basis *basis_out, shire_error *error) {
    shire_link_basis *basis = basis_out;
    *basis = (shire_link_basis){.number_field = -1};
    shire_status status = check_tables(warehouse, error);
    if (status == SHIRE_OK) {
        status = shire_arena_new("link_basis", 0, &basis->arena, error);
    }
    if (status == SHIRE_OK) {
        status = build_dataset(warehouse, thread_count, basis, error);
    }
    if (status == SHIRE_OK) {
        status = read_fields(warehouse, basis, error);
    }
    if (status == SHIRE_OK) {
        status = read_priors(warehouse, basis, error);
    }
    if (status == SHIRE_OK && basis->has_model) {
        status = read_levels(warehouse, basis, error);
    }
    if (status == SHIRE_OK) {
        status = read_sources(warehouse, basis, error);
    }
    if (status == SHIRE_OK) {
        status = read_people(warehouse, basis, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(warehouse,
                                   "SELECT record_no, other_record_no, CAST(is_same AS INTEGER), "
                                   "cause, decision_no FROM link_fact ORDER BY ALL",
                                   basis->arena, &basis->facts, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(warehouse,
                                   "SELECT superseded, \"current\" FROM nhs_number_superseded "
                                   "ORDER BY superseded",
                                   basis->arena, &basis->superseded, error);
    }
    if (status == SHIRE_OK && basis->has_model) {
        status = shire_link_scorer_init(&basis->dataset, &basis->model, &basis->scorer, error);
    }
    return status;
}

void shire_link_basis_done(shire_link_basis *basis) {
    shire_link_scorer_done(&basis->scorer);
    shire_link_dataset_done(&basis->dataset);
    shire_arena_wipe_free(basis->arena);
    *basis = (shire_link_basis){.number_field = -1};
}

static bool is_named(const shire_link_basis *basis, size_t record, shire_span name) {
    for (size_t part = 0; part < basis->keys.column_count; part++) {
        shire_span text = shire_column_text(&basis->keys.columns[part], record);
        if (part > 0) {
            if (name.length == 0 || name.bytes[0] != '/') {
                return false;
            }
            name = (shire_span){name.bytes + 1, name.length - 1};
        }
        if (name.length < text.length || memcmp(name.bytes, text.bytes, text.length) != 0) {
            return false;
        }
        name = (shire_span){name.bytes + text.length, name.length - text.length};
    }
    return name.length == 0;
}

static bool find_record(const shire_link_basis *basis, const char *name, size_t *record_out) {
    shire_span wanted = shire_span_of(name);
    for (size_t record = 0; record < basis->dataset.record_count; record++) {
        if (is_named(basis, record, wanted)) {
            *record_out = record;
            return true;
        }
    }
    return false;
}

shire_status shire_link_basis_find_record(const shire_link_basis *basis, const char *name,
                                          size_t *record_out, shire_error *error) {
    return find_record(basis, name, record_out)
               ? SHIRE_OK
               : SHIRE_FAIL(
                     error, SHIRE_NOT_FOUND,
                     "the last run has no such record; name it ORGANISATION/SOURCE/local_id");
}

shire_status shire_link_basis_find_person(const shire_link_basis *basis, const char *id,
                                          size_t *person_out, shire_error *error) {
    shire_span wanted = shire_span_of(id);
    size_t record = 0;
    for (size_t person = 0; person < basis->person_count; person++) {
        if (shire_span_equal(shire_link_basis_person_id(basis, person), wanted)) {
            *person_out = person;
            return SHIRE_OK;
        }
    }
    if (find_record(basis, id, &record)) {
        *person_out = basis->people[record];
        return SHIRE_OK;
    }
    return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                      "the last run has no such person; give a person_id, or one of the person's "
                      "records as ORGANISATION/SOURCE/local_id");
}

shire_span shire_link_basis_follow_number(const shire_link_basis *basis, shire_span number) {
    size_t low = 0;
    size_t high = basis->superseded.row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (shire_span_compare(shire_column_text(&basis->superseded.columns[0], middle), number) <
            0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_found = low < basis->superseded.row_count &&
                    shire_span_equal(shire_column_text(&basis->superseded.columns[0], low), number);
    return is_found ? shire_column_text(&basis->superseded.columns[1], low) : number;
}

char *shire_link_basis_record_name(const shire_link_basis *basis, size_t record,
                                   shire_arena *arena) {
    shire_builder name = {0};
    for (size_t part = 0; part < basis->keys.column_count; part++) {
        shire_builder_append_text(&name, part > 0 ? "/" : "");
        shire_builder_append(&name, shire_column_text(&basis->keys.columns[part], record));
    }
    char *copy = name.failed ? NULL : shire_arena_copy_text(arena, name.bytes, name.length);
    shire_builder_free(&name);
    return copy;
}

shire_span shire_link_basis_person_id(const shire_link_basis *basis, size_t person) {
    return shire_column_text(&basis->person_ids.columns[0], person);
}
