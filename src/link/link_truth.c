/*
 * Truth as numbers: each distinct name of a true person becomes one by a dictionary.
 */
#include "link/link_truth.h"

#include "link/link_dictionary.h"

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the truth");
}

/* Person records that the truth file names, with the true person. */
static shire_status query_truth(shire_table *warehouse, const char *path, shire_arena *arena,
                                shire_frame *frame_out, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_text(
        &sql, "SELECT r.record_no, t.person FROM person_record r JOIN organisation o USING "
              "(organisation_no) JOIN read_csv(");
    shire_builder_append_sql_literal(&sql, shire_span_of(path));
    shire_builder_append_text(
        &sql, ", header=true, all_varchar=true) t ON t.organisation = o.code AND t.source = "
              "r.source AND t.local_id = r.local_id ORDER BY r.record_no, t.person");
    shire_status status = sql.failed
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read the truth")
                              : shire_table_query(warehouse, sql.bytes, arena, frame_out, error);
    shire_builder_free(&sql);
    if (status != SHIRE_OK) {
        shire_error_prefix(error, "%s", path);
    }
    return status;
}

/* truths[records[row]], or truths[row] where `records` is NULL, from the texts of a column. */
static shire_status encode(const shire_column *column, const int64_t *records, size_t row_count,
                           uint32_t *truths, shire_error *error) {
    shire_link_dictionary names = {0};
    bool is_done = shire_link_dictionary_init(&names);
    for (size_t row = 0; is_done && row < row_count; row++) {
        size_t record = records == NULL ? row : (size_t)records[row];
        is_done =
            shire_link_dictionary_add(&names, shire_column_text(column, row), &truths[record]);
    }
    shire_link_dictionary_done(&names);
    return is_done ? SHIRE_OK : no_memory(error);
}

shire_status shire_link_truths_read(shire_table *warehouse, const char *path, size_t record_count,
                                    shire_arena *arena, uint32_t **truths_out, shire_error *error) {
    shire_frame frame = {0};
    uint32_t *truths = shire_arena_alloc_array(arena, record_count + 1, sizeof *truths);
    shire_status status =
        truths == NULL ? no_memory(error) : query_truth(warehouse, path, arena, &frame, error);
    if (status == SHIRE_OK) {
        status = encode(&frame.columns[1], frame.columns[0].int64, frame.row_count, truths, error);
    }
    if (status == SHIRE_OK) {
        *truths_out = truths;
    }
    return status;
}

shire_status shire_link_truths_encode(const shire_column *column, size_t record_count,
                                      shire_arena *arena, uint32_t **truths_out,
                                      shire_error *error) {
    uint32_t *truths = shire_arena_alloc_array(arena, record_count + 1, sizeof *truths);
    shire_status status =
        truths == NULL ? no_memory(error) : encode(column, NULL, record_count, truths, error);
    if (status == SHIRE_OK) {
        *truths_out = truths;
    }
    return status;
}

shire_status shire_link_truths_measure(const uint32_t *truths, const uint32_t *people,
                                       size_t record_count, shire_arena *arena,
                                       shire_link_quality *quality_out, shire_error *error) {
    shire_link_placement *placements =
        shire_arena_alloc_array(arena, record_count + 1, sizeof *placements);
    if (placements == NULL) {
        return no_memory(error);
    }
    size_t count = 0;
    for (size_t record = 0; record < record_count; record++) {
        if (truths[record] != 0) {
            placements[count++] = (shire_link_placement){people[record], truths[record]};
        }
    }
    shire_link_measure(placements, count, quality_out);
    return SHIRE_OK;
}
