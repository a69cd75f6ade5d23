/*
 * The model of a run as small tables: fields, levels, priors, sources. Numbers are written with 17
 * digits, so that the model that is read again (link_basis.h) is the same to the last bit.
 */
#include "link/link_keep_internal.h"

#include "core/arena.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char tables_sql[] =
    "CREATE OR REPLACE TABLE link_field (field_no INTEGER, field VARCHAR, role VARCHAR, "
    "comparison VARCHAR, scope VARCHAR, known_count BIGINT, value_count BIGINT);"
    "CREATE OR REPLACE TABLE link_level (field_no INTEGER, field VARCHAR, level INTEGER, "
    "description VARCHAR, m DOUBLE, u DOUBLE, weight DOUBLE, moved DOUBLE, neighbour DOUBLE, "
    "relative DOUBLE, pairs BIGINT);"
    "CREATE OR REPLACE TABLE link_prior (kind VARCHAR, share DOUBLE);"
    "CREATE OR REPLACE TABLE link_summary (records BIGINT, people BIGINT, candidate_pairs BIGINT, "
    "pairs_scored BIGINT, iterations INTEGER, single_max BIGINT, pair_max BIGINT);"
    "CREATE OR REPLACE TABLE link_source (source_no INTEGER, source VARCHAR, records BIGINT, "
    "is_clean BOOLEAN);"
    "CREATE OR REPLACE TABLE link_weight (weight DOUBLE, pairs BIGINT, true_pairs BIGINT, "
    "is_estimated BOOLEAN);"
    "CREATE OR REPLACE TABLE link_record (record_no BIGINT, person_no BIGINT, source_no INTEGER, "
    "reach DOUBLE, birth_year INTEGER, sex VARCHAR, area VARCHAR, truth BIGINT);"
    "CREATE OR REPLACE TABLE link_tie (person_no BIGINT, record_no BIGINT, other_record_no BIGINT, "
    "weight DOUBLE);"
    "CREATE OR REPLACE TABLE link_capture (families INTEGER, is_brought_up BOOLEAN, pairs BIGINT)";

static const char *const comparisons[] = {[SHIRE_LINK_KIND_GIVEN] = "given name",
                                          [SHIRE_LINK_KIND_FAMILY] = "family name",
                                          [SHIRE_LINK_KIND_REST] = "words of a name",
                                          [SHIRE_LINK_KIND_DATE] = "date",
                                          [SHIRE_LINK_KIND_POSTCODE] = "postcode",
                                          [SHIRE_LINK_KIND_IDENTIFIER] = "identifier",
                                          [SHIRE_LINK_KIND_EMAIL] = "e-mail",
                                          [SHIRE_LINK_KIND_NUMBER] = "short number",
                                          [SHIRE_LINK_KIND_TEXT] = "text",
                                          [SHIRE_LINK_KIND_CATEGORY] = "category",
                                          [SHIRE_LINK_KIND_ENCODED] = "encoding",
                                          [SHIRE_LINK_KIND_ENCODED_NUMBER] = "encoded number"};
static const char *const scopes[] = {[SHIRE_LINK_SCOPE_PERSON] = "person",
                                     [SHIRE_LINK_SCOPE_BIRTH] = "birth",
                                     [SHIRE_LINK_SCOPE_FAMILY] = "family",
                                     [SHIRE_LINK_SCOPE_HOME] = "home"};
static const char *const pair_kinds[] = {[SHIRE_LINK_PAIR_SAME] = "same",
                                         [SHIRE_LINK_PAIR_MOVED] = "moved",
                                         [SHIRE_LINK_PAIR_STRANGER] = "stranger",
                                         [SHIRE_LINK_PAIR_NEIGHBOUR] = "neighbour",
                                         [SHIRE_LINK_PAIR_RELATIVE] = "relative"};

static void append_fields(const shire_link_keeper *keeper, const shire_link_model *model,
                          shire_builder *sql) {
    const shire_link_dataset *dataset = keeper->dataset;
    for (size_t field = 0; field < model->field_count; field++) {
        const shire_link_field *facts = &dataset->fields[field];
        uint64_t values = 0;
        for (uint32_t value = 1; value < facts->values->count; value++) {
            values += facts->counts[value] > 0;
        }
        shire_builder_append_format(sql, "; INSERT INTO link_field VALUES (%zu, ", field);
        shire_builder_append_sql_literal(sql, shire_span_of(facts->name));
        shire_builder_append_format(sql, ", '%s', '%s', '%s', %" PRIu64 ", %" PRIu64 ")",
                                    shire_link_role_name(facts->role), comparisons[facts->kind],
                                    scopes[model->scopes[field]], facts->known_count, values);
    }
}

/* The chance of a level for a kind of pair, of its own or of the kind that it takes it from. */
static double chance(const shire_link_model *model, shire_link_pair_kind kind, size_t field,
                     int level) {
    return model->levels[shire_link_model_source(model->scopes[field], kind)][field][level];
}

static void append_levels(const shire_link_keeper *keeper, const shire_link_model *model,
                          shire_builder *sql) {
    for (size_t field = 0; field < model->field_count; field++) {
        const shire_link_field *facts = &keeper->dataset->fields[field];
        double pairs[SHIRE_LINK_LEVELS_MAX];
        shire_link_keep_count_levels(keeper, field, pairs);
        for (int level = 1; level < model->level_counts[field]; level++) {
            double m = chance(model, SHIRE_LINK_PAIR_SAME, field, level);
            double u = chance(model, SHIRE_LINK_PAIR_STRANGER, field, level);
            shire_builder_append_format(sql, "; INSERT INTO link_level VALUES (%zu, ", field);
            shire_builder_append_sql_literal(sql, shire_span_of(facts->name));
            shire_builder_append_format(sql, ", %d, '%s', %.17g::DOUBLE, %.17g::DOUBLE, ", level,
                                        shire_link_level_name(facts->kind, level), m, u);
            shire_builder_append_format(
                sql, "%.17g::DOUBLE, %.17g::DOUBLE, %.17g::DOUBLE, %.17g::DOUBLE, %.0f)",
                log2(m / u), chance(model, SHIRE_LINK_PAIR_MOVED, field, level),
                chance(model, SHIRE_LINK_PAIR_NEIGHBOUR, field, level),
                chance(model, SHIRE_LINK_PAIR_RELATIVE, field, level), pairs[level]);
        }
    }
}

static bool append_sources(const shire_link_keeper *keeper, const shire_link_engine_result *result,
                           const shire_column *sources, shire_builder *sql) {
    const shire_link_dataset *dataset = keeper->dataset;
    size_t source_count = dataset->source_count;
    uint32_t *firsts = shire_memory_resize(NULL, (source_count + 1) * 2 * sizeof *firsts);
    if (firsts == NULL) {
        return false;
    }
    uint32_t *counts = firsts + source_count + 1;
    memset(firsts, 0, (source_count + 1) * 2 * sizeof *firsts);
    for (size_t record = 0; record < dataset->record_count; record++) {
        uint32_t source = dataset->sources[record];
        firsts[source] = counts[source] == 0 ? (uint32_t)record : firsts[source];
        counts[source]++;
    }
    for (size_t source = 0; source < source_count; source++) {
        if (counts[source] > 0) {
            shire_span name =
                sources == NULL ? shire_span_of("") : shire_column_text(sources, firsts[source]);
            shire_builder_append_format(sql, "; INSERT INTO link_source VALUES (%zu, ", source);
            shire_builder_append_sql_literal(sql, name);
            shire_builder_append_format(
                sql, ", %" PRIu32 ", %s)", counts[source],
                result->is_clean != NULL && result->is_clean[source] ? "true" : "false");
        }
    }
    shire_memory_free(firsts);
    return true;
}

shire_status shire_link_keep_model(const shire_link_keeper *keeper,
                                   const shire_link_engine_result *result,
                                   const shire_column *sources, shire_table *table,
                                   shire_error *error) {
    const shire_link_model *model = &result->model;
    shire_builder sql = {0};
    shire_builder_append_text(&sql, tables_sql);
    append_fields(keeper, model, &sql);
    append_levels(keeper, model, &sql);
    for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS && model->field_count > 0; kind++) {
        shire_builder_append_format(&sql, "; INSERT INTO link_prior VALUES ('%s', %.17g::DOUBLE)",
                                    pair_kinds[kind], model->priors[kind]);
    }
    shire_builder_append_format(&sql,
                                "; INSERT INTO link_summary VALUES (%zu, %" PRIu32 ", %" PRIu64
                                ", %" PRIu64 ", %d, %" PRIu32 ", %" PRIu32 ")",
                                keeper->dataset->record_count, result->person_count,
                                result->candidate_pairs, result->pairs_scored, model->iterations,
                                result->single_max, result->pair_max);
    bool is_done = append_sources(keeper, result, sources, &sql);
    shire_status status = sql.failed || !is_done
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the model")
                              : shire_table_execute(table, sql.bytes, error);
    shire_builder_free(&sql);
    return status;
}
