/*
 * Load person_record as text columns, run the engine, write person_link and person. What a person
 * is called is chosen here: the most frequent value of each attribute among its records.
 */
#include "link/link.h"

#include "core/parallel.h"
#include "link/link_doubt.h"
#include "link/link_engine.h"
#include "link/link_index.h"
#include "link/link_keep.h"
#include "link/link_records.h"
#include "link/link_sheet.h"
#include "link/link_truth.h"

/* Columns of person that come from its records, in the table's order. */
static const char *const attributes[] = {"nhs_number", "given_name", "family_name", "birth_date",
                                         "death_date", "sex",        "postcode"};
#define ATTRIBUTE_COUNT (sizeof attributes / sizeof attributes[0])

static const char tables_sql[] =
    "DROP TABLE IF EXISTS person_link; DROP TABLE IF EXISTS person;"
    "CREATE TABLE person_link (record_no BIGINT, person_no BIGINT);"
    "CREATE TABLE person (person_no BIGINT, person_id VARCHAR, nhs_number VARCHAR, given_name "
    "VARCHAR, family_name VARCHAR, birth_date DATE, death_date DATE, sex VARCHAR, postcode "
    "VARCHAR, record_count BIGINT);"
    "CREATE OR REPLACE TEMP TABLE person_text (person_no BIGINT, person_id VARCHAR, nhs_number "
    "VARCHAR, given_name VARCHAR, family_name VARCHAR, birth_date VARCHAR, death_date VARCHAR, "
    "sex VARCHAR, postcode VARCHAR, record_count BIGINT)";

static const char person_sql[] =
    "INSERT INTO person SELECT person_no, person_id, nullif(nhs_number, ''), "
    "nullif(given_name, ''), nullif(family_name, ''), CAST(nullif(birth_date, '') AS DATE), "
    "CAST(nullif(death_date, '') AS DATE), nullif(sex, ''), nullif(postcode, ''), record_count "
    "FROM person_text ORDER BY person_no; DROP TABLE person_text";

/* The most frequent known value among records[0 .. count), by the record that first has it. */
static uint32_t most_frequent(const shire_column *column, const uint32_t *records, size_t count) {
    uint32_t best = records[0];
    size_t best_count = 0;
    for (size_t i = 0; i < count && best_count < count - i; i++) {
        shire_span value = shire_column_text(column, records[i]);
        size_t same = 0;
        for (size_t j = i; j < count && value.length > 0; j++) {
            same += shire_span_equal(value, shire_column_text(column, records[j]));
        }
        if (same > best_count) {
            best = records[i];
            best_count = same;
        }
    }
    return best;
}

static shire_status append_people(shire_table *warehouse, const shire_frame *records,
                                  const shire_link_index *index, shire_error *error) {
    shire_link_sheet people = shire_link_sheet_new("itttttttti");
    const shire_column *columns[ATTRIBUTE_COUNT];
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        columns[i] = shire_frame_column(records, attributes[i]);
    }
    for (size_t person = 0; person < index->group_count && !people.failed; person++) {
        const uint32_t *of_person = index->members + index->member_starts[person];
        size_t count = index->member_starts[person + 1] - index->member_starts[person];
        char id[SHIRE_LINK_ID_BYTES];
        shire_link_id_format(index->ids[person], id);
        shire_link_sheet_int64(&people, (int64_t)person);
        shire_link_sheet_text(&people, shire_span_of(id));
        for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
            uint32_t record = most_frequent(columns[i], of_person, count);
            shire_link_sheet_text(&people, shire_column_text(columns[i], record));
        }
        shire_link_sheet_int64(&people, (int64_t)count);
    }
    shire_status status = shire_link_sheet_append(&people, warehouse, "person_text", error);
    shire_link_sheet_done(&people);
    return status;
}

static shire_status append_links(shire_table *warehouse, const shire_link_engine_result *result,
                                 size_t record_count, shire_arena *arena, shire_error *error) {
    int64_t *records = shire_arena_alloc_array(arena, record_count + 1, sizeof *records);
    int64_t *people = shire_arena_alloc_array(arena, record_count + 1, sizeof *people);
    if (records == NULL || people == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people");
    }
    for (size_t record = 0; record < record_count; record++) {
        records[record] = (int64_t)record;
        people[record] = result->people[record];
    }
    shire_column columns[2] = {{.name = "record_no", .type = SHIRE_TYPE_INT64, .int64 = records},
                               {.name = "person_no", .type = SHIRE_TYPE_INT64, .int64 = people}};
    shire_frame frame = {record_count, 2, columns};
    return shire_table_append(warehouse, "person_link", &frame, error);
}

static shire_status write_people(shire_table *warehouse, const shire_frame *records,
                                 const shire_link_engine_result *result,
                                 const shire_link_index *index, shire_arena *arena,
                                 shire_error *error) {
    shire_status status = shire_table_execute(warehouse, tables_sql, error);
    if (status == SHIRE_OK) {
        status = append_links(warehouse, result, records->row_count, arena, error);
    }
    if (status == SHIRE_OK) {
        status = append_people(warehouse, records, index, error);
    }
    return status == SHIRE_OK ? shire_table_execute(warehouse, person_sql, error) : status;
}

/* Whom the engine found gets an id, and the tables that say who is who and what changed. */
static shire_status write_index(shire_table *warehouse, const shire_frame *records,
                                const shire_link_dataset *dataset, const shire_link_facts *facts,
                                const shire_link_engine_result *result, shire_link_index *index,
                                shire_link_doubts *doubts, shire_arena *arena, shire_error *error) {
    shire_link_judge judge = {0};
    shire_status status =
        shire_link_index_assign(index, result->people, result->person_count, arena, error);
    if (status == SHIRE_OK) {
        status = write_people(warehouse, records, result, index, arena, error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_link_judge_init(dataset, facts, &result->model, result->is_clean, &judge, error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_index_write(index, &judge, warehouse, arena, error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_doubts_write(doubts, index, &judge, warehouse, arena, error);
    }
    shire_link_judge_done(&judge);
    return status;
}

/* What people decided and facts say, and who was who in the last run. */
static shire_status read_index(shire_table *warehouse, const shire_partnership *partnership,
                               const shire_frame *records, shire_link_names *names,
                               shire_arena *arena, shire_link_index *index, shire_link_facts *facts,
                               shire_error *error) {
    if (!shire_link_names_init(records, arena, names)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the records' names");
    }
    shire_status status = shire_link_index_read(partnership, names, arena, index, error);
    return status == SHIRE_OK ? shire_link_facts_gather(warehouse, index->store, &index->decisions,
                                                        names, arena, facts, error)
                              : status;
}

/* What is kept of the run, and how good it is where the truth is known. */
static shire_status keep_run(shire_table *warehouse, const shire_frame *records,
                             shire_link_keeper *keeper, const shire_link_engine_result *result,
                             int thread_count, shire_arena *arena, shire_link_summary *summary,
                             shire_error *error) {
    shire_link_quality quality = {0};
    shire_status status = shire_link_keeper_write(
        keeper, result, shire_frame_column(records, "source_key"), thread_count, warehouse, error);
    if (status != SHIRE_OK || keeper->truths == NULL) {
        return status;
    }
    status = shire_link_truths_measure(keeper->truths, result->people, records->row_count, arena,
                                       &quality, error);
    summary->truth_known = true;
    summary->precision = quality.precision;
    summary->recall = quality.recall;
    summary->f1 = quality.f1;
    return status;
}

/* The engine's run, with what the last run remembered. A memory that is absent or of no use only
 * makes it slower. */
static shire_status run_engine(const shire_link_dataset *dataset, shire_link_engine_options *engine,
                               const shire_link_options *options, shire_link_engine_result *result,
                               shire_error *error) {
    shire_link_memory memory = {0};
    shire_link_memory remembered = {0};
    shire_error ignored = {0};
    const char *path = options != NULL ? options->memory_path : NULL;
    const char *path_out = options != NULL ? options->memory_path_out : NULL;
    if (path != NULL && path_out != NULL &&
        shire_link_memory_read(path, &memory, &ignored) == SHIRE_OK) {
        engine->memory = &memory;
    }
    engine->memory_out = path_out != NULL ? &remembered : NULL;
    shire_status status = shire_link_engine_run(dataset, engine, result, error);
    if (status == SHIRE_OK && path_out != NULL && remembered.identities != NULL) {
        status = shire_link_memory_write(&remembered, path_out, error);
    }
    shire_link_memory_done(&memory);
    shire_link_memory_done(&remembered);
    return status;
}

shire_status shire_link_run(shire_table *warehouse, const shire_partnership *partnership,
                            const shire_link_options *options, shire_arena *arena,
                            shire_link_summary *summary_out, shire_error *error) {
    shire_frame records = {0};
    shire_link_dataset dataset = {0};
    shire_link_engine_result result = {0};
    shire_link_summary summary = {0};
    shire_link_keeper keeper = {0};
    shire_link_names names = {0};
    shire_link_index index = {0};
    shire_link_facts facts = {0};
    shire_link_doubts doubts = {0};
    uint32_t *truths = NULL;
    shire_link_input inputs[SHIRE_LINK_RECORD_INPUTS];
    shire_link_engine_options engine = {0};
    int thread_count = options != NULL && options->thread_count > 0
                           ? options->thread_count
                           : shire_parallel_processor_count();
    engine.thread_count = thread_count;
    shire_status status = shire_link_records_query(warehouse, arena, &records, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_link_records_inputs(&records, inputs);
    status = shire_link_dataset_build(inputs, SHIRE_LINK_RECORD_INPUTS, records.row_count,
                                      thread_count, &dataset, error);
    if (status == SHIRE_OK) {
        status = read_index(warehouse, partnership, &records, &names, arena, &index, &facts, error);
        engine.constraints = &facts.constraints;
    }
    if (status == SHIRE_OK && partnership->truth_path != NULL) {
        status = shire_link_truths_read(warehouse, partnership->truth_path, records.row_count,
                                        arena, &truths, error);
    }
    if (status == SHIRE_OK) {
        shire_link_keeper_init(&dataset, truths, &keeper);
        shire_link_doubts_init(&keeper.observer, &doubts);
        engine.observer = &doubts.observer;
        status = run_engine(&dataset, &engine, options, &result, error);
    }
    if (status == SHIRE_OK) {
        status = write_index(warehouse, &records, &dataset, &facts, &result, &index, &doubts, arena,
                             error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_keep_facts(&facts, warehouse, arena, error);
    }
    if (status == SHIRE_OK) {
        status =
            keep_run(warehouse, &records, &keeper, &result, thread_count, arena, &summary, error);
    }
    if (status == SHIRE_OK) {
        summary.records = records.row_count;
        summary.records_compared = result.records_compared;
        summary.people = result.person_count;
        summary.largest = result.largest;
        summary.candidate_pairs = result.candidate_pairs;
        summary.pairs_scored = result.pairs_scored;
        *summary_out = summary;
    }
    shire_link_doubts_done(&doubts);
    shire_link_facts_done(&facts);
    shire_link_index_done(&index);
    shire_link_keeper_done(&keeper);
    shire_link_engine_result_done(&result);
    shire_link_dataset_done(&dataset);
    return status;
}
