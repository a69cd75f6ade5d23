/*
 * The facts and decisions about pairs of records under which a run was made, as the table
 * link_fact.
 */
#include "link/link_keep.h"

#include "core/arena.h"

#include <string.h>

static const char table_sql[] =
    "CREATE OR REPLACE TABLE link_fact (record_no BIGINT, other_record_no BIGINT, is_same BOOLEAN, "
    "cause VARCHAR, decision_no BIGINT)";

shire_status shire_link_keep_facts(const shire_link_facts *facts, shire_table *table,
                                   shire_arena *arena, shire_error *error) {
    size_t count = facts->told_count;
    int64_t *numbers[4];
    uint32_t *offsets = shire_arena_alloc_array(arena, count + 1, sizeof *offsets);
    shire_builder causes = {0};
    bool is_done = offsets != NULL;
    for (int i = 0; i < 4; i++) {
        numbers[i] = shire_arena_alloc_array(arena, count + 1, sizeof(int64_t));
        is_done = is_done && numbers[i] != NULL;
    }
    for (size_t i = 0; i < count && is_done; i++) {
        const shire_link_told *told = &facts->told[i];
        const char *name = shire_link_fact_names[told->cause];
        numbers[0][i] = told->a;
        numbers[1][i] = told->b;
        numbers[2][i] = told->is_same;
        numbers[3][i] = told->decision_no;
        shire_builder_append_text(&causes, name == NULL ? "decision" : name);
        offsets[i + 1] = (uint32_t)causes.length;
    }
    shire_status status = SHIRE_OK;
    if (!is_done || causes.failed) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for facts about records");
    } else {
        shire_column columns[5] = {
            {.name = "record_no", .type = SHIRE_TYPE_INT64, .int64 = numbers[0]},
            {.name = "other_record_no", .type = SHIRE_TYPE_INT64, .int64 = numbers[1]},
            {.name = "is_same", .type = SHIRE_TYPE_INT64, .int64 = numbers[2]},
            {.name = "cause",
             .type = SHIRE_TYPE_TEXT,
             .text_offsets = offsets,
             .text_bytes = causes.bytes == NULL ? "" : causes.bytes},
            {.name = "decision_no", .type = SHIRE_TYPE_INT64, .int64 = numbers[3]}};
        shire_frame frame = {count, 5, columns};
        status = shire_table_execute(table, table_sql, error);
        if (status == SHIRE_OK) {
            status = shire_table_append(table, "link_fact", &frame, error);
        }
    }
    shire_builder_free(&causes);
    return status;
}
