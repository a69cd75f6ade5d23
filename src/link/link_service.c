/*
 * Load person_record as text columns, run the engine, write person_link and person. What a person
 * is called is chosen here: the most frequent value of each attribute among its records.
 */
#include "link/link.h"

#include "core/parallel.h"
#include "link/link_engine.h"
#include "link/link_keep.h"
#include "link/link_records.h"
#include "link/link_truth.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* The records of each person: order[starts[p] .. starts[p + 1]) ascending. */
typedef struct membership {
    uint32_t *starts;
    uint32_t *order;
} membership;

static bool gather_members(const shire_link_engine_result *result, size_t record_count,
                           shire_arena *arena, membership *members) {
    members->starts = shire_arena_alloc_array(arena, result->person_count + 2, sizeof(uint32_t));
    members->order = shire_arena_alloc_array(arena, record_count + 1, sizeof(uint32_t));
    if (members->starts == NULL || members->order == NULL) {
        return false;
    }
    for (size_t record = 0; record < record_count; record++) {
        members->starts[result->people[record] + 2]++;
    }
    for (size_t person = 2; person < (size_t)result->person_count + 2; person++) {
        members->starts[person] += members->starts[person - 1];
    }
    for (size_t record = 0; record < record_count; record++) {
        members->order[members->starts[result->people[record] + 1]++] = (uint32_t)record;
    }
    return true;
}

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

static int compare_keys(const shire_frame *records, uint32_t a, uint32_t b) {
    for (size_t column = 0; column < 3; column++) {
        int order = shire_span_compare(shire_column_text(&records->columns[column], a),
                                       shire_column_text(&records->columns[column], b));
        if (order != 0) {
            return order;
        }
    }
    return (a > b) - (a < b);
}

static void format_id(const shire_frame *records, const uint32_t *members, size_t count,
                      char id[24]) {
    uint32_t smallest = members[0];
    for (size_t i = 1; i < count; i++) {
        if (compare_keys(records, members[i], smallest) < 0) {
            smallest = members[i];
        }
    }
    uint64_t hash = 0;
    for (size_t column = 0; column < 3; column++) {
        hash = shire_text_hash(shire_column_text(&records->columns[column], smallest), hash);
    }
    snprintf(id, 24, "P%016" PRIx64, hash);
}

/* A text column under construction in the arena. */
typedef struct text_column {
    uint32_t *offsets;
    shire_builder bytes;
} text_column;

static bool add_text(text_column *column, size_t row, shire_span text) {
    shire_builder_append(&column->bytes, text);
    column->offsets[row + 1] = (uint32_t)column->bytes.length;
    return !column->bytes.failed && column->bytes.length <= UINT32_MAX;
}

static shire_status append_people(shire_table *warehouse, const shire_frame *records,
                                  const membership *members, size_t person_count,
                                  shire_arena *arena, shire_error *error) {
    text_column texts[1 + ATTRIBUTE_COUNT] = {0};
    shire_column columns[3 + ATTRIBUTE_COUNT];
    int64_t *numbers = shire_arena_alloc_array(arena, person_count + 1, sizeof *numbers);
    int64_t *sizes = shire_arena_alloc_array(arena, person_count + 1, sizeof *sizes);
    bool is_done = numbers != NULL && sizes != NULL;
    for (size_t i = 0; i < 1 + ATTRIBUTE_COUNT; i++) {
        texts[i].offsets = shire_arena_alloc_array(arena, person_count + 1, sizeof(uint32_t));
        is_done = is_done && texts[i].offsets != NULL;
    }
    for (size_t person = 0; is_done && person < person_count; person++) {
        const uint32_t *of_person = members->order + members->starts[person];
        size_t count = members->starts[person + 1] - members->starts[person];
        char id[24];
        format_id(records, of_person, count, id);
        numbers[person] = (int64_t)person;
        sizes[person] = (int64_t)count;
        is_done = add_text(&texts[0], person, shire_span_of(id));
        for (size_t i = 0; is_done && i < ATTRIBUTE_COUNT; i++) {
            const shire_column *column = shire_frame_column(records, attributes[i]);
            uint32_t record = most_frequent(column, of_person, count);
            is_done = add_text(&texts[i + 1], person, shire_column_text(column, record));
        }
    }
    shire_status status = SHIRE_OK;
    if (is_done) {
        columns[0] =
            (shire_column){.name = "person_no", .type = SHIRE_TYPE_INT64, .int64 = numbers};
        for (size_t i = 0; i < 1 + ATTRIBUTE_COUNT; i++) {
            columns[i + 1] = (shire_column){.name = i == 0 ? "person_id" : attributes[i - 1],
                                            .type = SHIRE_TYPE_TEXT,
                                            .text_offsets = texts[i].offsets,
                                            .text_bytes = texts[i].bytes.bytes};
        }
        columns[2 + ATTRIBUTE_COUNT] =
            (shire_column){.name = "record_count", .type = SHIRE_TYPE_INT64, .int64 = sizes};
        shire_frame frame = {person_count, 3 + ATTRIBUTE_COUNT, columns};
        status = shire_table_append(warehouse, "person_text", &frame, error);
    } else {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people");
    }
    for (size_t i = 0; i < 1 + ATTRIBUTE_COUNT; i++) {
        shire_builder_free(&texts[i].bytes);
    }
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
                                 const shire_link_engine_result *result, shire_arena *arena,
                                 shire_error *error) {
    membership members = {0};
    shire_status status = shire_table_execute(warehouse, tables_sql, error);
    if (status == SHIRE_OK && !gather_members(result, records->row_count, arena, &members)) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people");
    }
    if (status == SHIRE_OK) {
        status = append_links(warehouse, result, records->row_count, arena, error);
    }
    if (status == SHIRE_OK) {
        status = append_people(warehouse, records, &members, result->person_count, arena, error);
    }
    return status == SHIRE_OK ? shire_table_execute(warehouse, person_sql, error) : status;
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

shire_status shire_link_run(shire_table *warehouse, const shire_partnership *partnership,
                            const shire_link_options *options, shire_arena *arena,
                            shire_link_summary *summary_out, shire_error *error) {
    shire_frame records = {0};
    shire_link_dataset dataset = {0};
    shire_link_engine_result result = {0};
    shire_link_summary summary = {0};
    shire_link_keeper keeper = {0};
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
    if (status == SHIRE_OK && partnership->truth_path != NULL) {
        status = shire_link_truths_read(warehouse, partnership->truth_path, records.row_count,
                                        arena, &truths, error);
    }
    if (status == SHIRE_OK) {
        shire_link_keeper_init(&dataset, truths, &keeper);
        engine.observer = &keeper.observer;
        status = shire_link_engine_run(&dataset, &engine, &result, error);
    }
    if (status == SHIRE_OK) {
        status = write_people(warehouse, &records, &result, arena, error);
    }
    if (status == SHIRE_OK) {
        status =
            keep_run(warehouse, &records, &keeper, &result, thread_count, arena, &summary, error);
    }
    if (status == SHIRE_OK) {
        summary.records = records.row_count;
        summary.people = result.person_count;
        summary.largest = result.largest;
        summary.candidate_pairs = result.candidate_pairs;
        summary.pairs_scored = result.pairs_scored;
        *summary_out = summary;
    }
    shire_link_keeper_done(&keeper);
    shire_link_engine_result_done(&result);
    shire_link_dataset_done(&dataset);
    return status;
}
