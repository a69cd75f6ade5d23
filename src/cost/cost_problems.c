/*
 * Problems of the costing model: collected, so that one run shows them all; the first error becomes
 * the run's message, and all of them become findings of stage 'cost'.
 */
#include "cost/cost_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define PROBLEM_BYTES_MAX 900

static void SHIRE_PRINTF(3, 0) add_problem(cost_problems *problems, cost_problem problem,
                                           const char *format, va_list arguments) {
    char text[PROBLEM_BYTES_MAX];
    vsnprintf(text, sizeof(text), format, arguments);
    problem.problem = shire_arena_format(problems->arena, "%s", text);
    problem.remedy = shire_arena_format(problems->arena, "%s", problem.remedy);
    if (problem.problem == NULL || problem.remedy == NULL ||
        !COST_PUSH(problems->arena, problems, problem)) {
        problems->out_of_memory = true;
        return;
    }
    problems->error_count += problem.is_error;
}

void cost_error(cost_problems *problems, const char *kind, cost_place place, const char *column,
                const char *remedy, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_problem(problems,
                (cost_problem){.is_error = true,
                               .kind = kind,
                               .place = place,
                               .column = column,
                               .remedy = remedy,
                               .row_count = 1},
                format, arguments);
    va_end(arguments);
}

void cost_warning(cost_problems *problems, const char *kind, cost_place place, const char *column,
                  int64_t row_count, const char *remedy, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_problem(problems,
                (cost_problem){.kind = kind,
                               .place = place,
                               .column = column,
                               .remedy = remedy,
                               .row_count = row_count},
                format, arguments);
    va_end(arguments);
}

shire_status cost_problems_check(const cost_problems *problems, shire_error *error) {
    if (problems->out_of_memory) {
        return COST_NO_MEMORY(error);
    }
    if (problems->error_count == 0) {
        return SHIRE_OK;
    }
    const cost_problem *first = problems->items;
    while (!first->is_error) {
        first++;
    }
    char place[128] = "";
    if (first->place.file != NULL && first->place.line > 0) {
        snprintf(place, sizeof(place), "%s line %" PRId64 ": ", first->place.file,
                 first->place.line);
    } else if (first->place.file != NULL) {
        snprintf(place, sizeof(place), "%s: ", first->place.file);
    }
    char others[64] = "";
    if (problems->error_count > 1) {
        snprintf(others, sizeof(others), "; and %zu more, see the findings",
                 problems->error_count - 1);
    }
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s%s; %s%s", place, first->problem, first->remedy,
                      others);
}

shire_status cost_problems_write(const cost_problems *problems, shire_table *table,
                                 shire_error *error) {
    cost_rows rows = cost_rows_for(problems->arena, "cost_finding", "tttltttl");
    if (problems->out_of_memory) {
        return COST_NO_MEMORY(error);
    }
    shire_status status = shire_table_execute(
        table,
        "CREATE OR REPLACE TEMP TABLE cost_finding (severity VARCHAR, kind VARCHAR, file VARCHAR, "
        "line BIGINT, column_name VARCHAR, problem VARCHAR, remedy VARCHAR, row_count BIGINT)",
        error);
    for (size_t i = 0; i < problems->count; i++) {
        const cost_problem *problem = &problems->items[i];
        cost_rows_add(&rows, problem->is_error ? "error" : "warning", problem->kind,
                      problem->place.file, problem->place.line, problem->column, problem->problem,
                      problem->remedy, problem->row_count);
    }
    if (status == SHIRE_OK) {
        status = cost_rows_write(&rows, table, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(
            table,
            "CREATE TABLE IF NOT EXISTS finding (stage VARCHAR, severity VARCHAR, kind VARCHAR, "
            "file VARCHAR, line BIGINT, column_name VARCHAR, problem VARCHAR, remedy VARCHAR, "
            "row_count BIGINT);"
            "DELETE FROM finding WHERE stage = 'cost';"
            "INSERT INTO finding BY NAME SELECT 'cost' AS stage, severity, kind, file, "
            "nullif(line, 0) AS line, column_name, problem, remedy, row_count FROM cost_finding;"
            "DROP TABLE cost_finding",
            error);
    }
    return status;
}

shire_status cost_place_of_row(cost_run *run, const char *table, const char *key, int64_t number,
                               cost_place *place_out, shire_error *error) {
    shire_frame frame;
    char sql[160];
    snprintf(sql, sizeof(sql),
             "SELECT source_file::VARCHAR, source_line::BIGINT FROM %s WHERE %s = %" PRId64, table,
             key, number);
    shire_status status = shire_table_query(run->table, sql, run->arena, &frame, error);
    *place_out = (cost_place){0};
    if (status == SHIRE_OK && frame.row_count > 0 && !shire_column_is_null(&frame.columns[0], 0)) {
        shire_span file = shire_column_text(&frame.columns[0], 0);
        place_out->file = shire_arena_copy_text(run->arena, file.bytes, file.length);
        place_out->line = frame.columns[1].int64[0];
    }
    return status;
}
