/*
 * How an extract is run. The plan that tells most about a row is tried first: each row traced to
 * its file and line, text as it stands in the file. Where the SELECT does not bind that way, plans
 * that give types as the engine's reader would, and at last the SQL exactly as written, are tried.
 */
#include "load/load_scan.h"

#include <stdlib.h>
#include <string.h>

/* --- files --- */

static shire_status find_scan(load_run *run, load_extract *extract, const shire_scan *scan,
                              load_file_list *list_out, shire_error *error) {
    shire_dsv_options options;
    bool delimited = scan->kind == SHIRE_SCAN_CSV && load_scan_dsv_options(scan, &options);
    *list_out = (load_file_list){0};
    for (size_t i = 0; i < scan->path_count; i++) {
        load_file_list found;
        if (strstr(scan->paths[i], "://") != NULL) {
            return SHIRE_OK; /* not a file: the engine's to refuse */
        }
        shire_status status = load_file_find(run, extract->file, scan->paths[i],
                                             delimited ? &options : NULL, &found, error);
        if (status != SHIRE_OK) {
            return status;
        }
        load_file *files =
            shire_arena_alloc_array(run->arena, list_out->count + found.count, sizeof *files);
        if (files == NULL) {
            return load_out_of_memory(error);
        }
        if (list_out->count > 0) {
            memcpy(files, list_out->files, list_out->count * sizeof *files);
        }
        if (found.count > 0) {
            memcpy(files + list_out->count, found.files, found.count * sizeof *files);
        }
        *list_out = (load_file_list){files, list_out->count + found.count};
    }
    extract->failed |= list_out->count == 0;
    return SHIRE_OK;
}

/* The line that the parser's message opens with ("line 3: ..."), 0 when it has none. */
static int64_t message_line(const char *message, const char **rest_out) {
    *rest_out = message;
    if (strncmp(message, "line ", 5) != 0) {
        return 0;
    }
    char *end;
    int64_t line = strtoll(message + 5, &end, 10);
    if (strncmp(end, ": ", 2) != 0) {
        return 0;
    }
    *rest_out = end + 2;
    return line;
}

/* The same files must give the same rows; an extract that asks something else is told. */
static shire_status check_repeat(load_run *run, load_extract *extract, shire_error *error) {
    shire_select_repeat repeat;
    shire_status status =
        shire_select_check_repeat(run->table, extract->sql, run->arena, &repeat, error);
    if (status != SHIRE_OK) {
        return status;
    }
    extract->repeatable = repeat.cause == NULL && repeat.source_count == extract->scan_count;
    if (repeat.cause == NULL) {
        return SHIRE_OK;
    }
    const char *problem = shire_arena_format(
        run->arena, "the SQL uses %s, so the same files may give other rows another time",
        repeat.cause);
    return problem == NULL
               ? load_out_of_memory(error)
               : load_finding_add(run,
                                  &(load_finding){.severity = "warning",
                                                  .kind = "not_repeatable",
                                                  .file = extract->file,
                                                  .problem = problem,
                                                  .remedy = "write the date or value itself, such "
                                                            "as DATE '2025-03-31'"},
                                  error);
}

shire_status load_plan_find_files(load_run *run, load_extract *extract, shire_error *error) {
    shire_select *select = NULL;
    shire_error parse_error = {0};
    shire_status status =
        shire_select_parse(run->table, extract->sql, run->arena, &select, &parse_error);
    if (status == SHIRE_INVALID) {
        const char *problem;
        int64_t line = message_line(parse_error.message, &problem);
        extract->failed = true;
        return load_finding_add(run,
                                &(load_finding){.severity = "error",
                                                .kind = "sql_error",
                                                .file = extract->file,
                                                .line = line,
                                                .problem = problem,
                                                .remedy = "correct the SQL of the extract"},
                                error);
    }
    if (status != SHIRE_OK) {
        if (error != NULL) {
            *error = parse_error;
        }
        return status;
    }
    extract->scan_count = shire_select_scan_count(select);
    extract->in_file_order = shire_select_keeps_order(select);
    extract->scans =
        shire_arena_alloc_array(run->arena, extract->scan_count, sizeof *extract->scans);
    status = extract->scans == NULL ? load_out_of_memory(error) : SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < extract->scan_count; i++) {
        status = find_scan(run, extract, shire_select_scan(select, i), &extract->scans[i], error);
    }
    shire_select_free(select);
    return status == SHIRE_OK ? check_repeat(run, extract, error) : status;
}

/* --- the plan --- */

static shire_status bind_plan(load_run *run, load_plan *plan, shire_error *error) {
    shire_builder sql = {0};
    shire_frame frame;
    shire_builder_append_format(&sql, "SELECT column_name, column_type FROM (DESCRIBE %s)",
                                plan->sql);
    shire_status status = sql.failed
                              ? load_out_of_memory(error)
                              : shire_table_query(run->table, sql.bytes, run->arena, &frame, error);
    shire_builder_free(&sql);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t count = frame.row_count - (plan->traced ? 2 : 0);
    load_result_column *columns = shire_arena_alloc_array(run->arena, count, sizeof *columns);
    for (size_t i = 0; columns != NULL && i < count; i++) {
        shire_span name = shire_column_text(&frame.columns[0], i);
        shire_span type = shire_column_text(&frame.columns[1], i);
        columns[i].name = shire_arena_copy_text(run->arena, name.bytes, name.length);
        columns[i].type = shire_arena_copy_text(run->arena, type.bytes, type.length);
        if (columns[i].name == NULL || columns[i].type == NULL) {
            return load_out_of_memory(error);
        }
    }
    plan->columns = columns;
    plan->column_count = count;
    return columns == NULL ? load_out_of_memory(error) : SHIRE_OK;
}

static shire_status rewrite(load_run *run, const load_extract *extract, load_way way,
                            load_plan *plan, shire_error *error) {
    shire_select *select = NULL;
    char *sql = NULL;
    shire_status status = shire_select_parse(run->table, extract->sql, run->arena, &select, error);
    if (status != SHIRE_OK) {
        return status;
    }
    plan->traced = load_way_is_traced(way);
    if (plan->traced && !shire_select_is_traceable(select)) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "rows cannot be traced");
        goto done;
    }
    for (size_t i = 0; i < extract->scan_count; i++) {
        const char *from = NULL;
        status = load_scan_write(run, select, i, &extract->scans[i], way, plan, &from, error);
        if (status == SHIRE_OK && from != NULL) {
            status = shire_select_replace(select, run->table, i, from, run->arena, error);
        }
        if (status != SHIRE_OK) {
            goto done;
        }
    }
    status = plan->traced ? shire_select_print_traced(select, run->table, "shire_source_file",
                                                      "shire_source_line", run->arena, &sql, error)
                          : shire_select_print(select, run->table, run->arena, &sql, error);
    plan->sql = sql;
done:
    shire_select_free(select);
    return status;
}

/* A last semicolon, which would end the statement inside ours. */
static char *without_semicolon(load_run *run, const char *sql) {
    shire_span text = shire_span_trim(shire_span_of(sql));
    while (text.length > 0 && text.bytes[text.length - 1] == ';') {
        text.length--;
        text = shire_span_trim(text);
    }
    return shire_arena_format(run->arena, "%.*s\n", (int)text.length, text.bytes);
}

shire_status load_plan_make(load_run *run, load_extract *extract, load_way way,
                            shire_error *error) {
    load_plan plan = {0};
    plan.delimited =
        shire_arena_alloc_array(run->arena, extract->scan_count, sizeof *plan.delimited);
    if (plan.delimited == NULL) {
        return load_out_of_memory(error);
    }
    shire_status status = SHIRE_OK;
    if (way == LOAD_WAY_ENGINE) {
        plan.sql = without_semicolon(run, extract->sql);
        status = plan.sql == NULL ? load_out_of_memory(error) : SHIRE_OK;
    } else {
        status = rewrite(run, extract, way, &plan, error);
    }
    if (status == SHIRE_OK) {
        status = bind_plan(run, &plan, error);
    }
    if (status == SHIRE_OK) {
        extract->plan = plan;
    }
    return status;
}

/* --- after the run --- */

static bool all_clean(load_run *run, const load_plan *plan, const load_delimited *delimited) {
    for (size_t i = 0; i < delimited->file_count; i++) {
        if (!shire_table_dsv_is_clean(run->table, plan->files[delimited->file_first + i].path)) {
            return false;
        }
    }
    return true;
}

/* ['a.csv', 'b.csv'][EXPRESSION + 1] */
static void append_file_name(shire_builder *sql, const load_plan *plan,
                             const load_delimited *delimited, const char *expression) {
    shire_builder_append_text(sql, "[");
    for (size_t i = 0; i < delimited->file_count; i++) {
        shire_builder_append_text(sql, i == 0 ? "" : ", ");
        load_append_literal(sql, plan->files[delimited->file_first + i].name);
    }
    shire_builder_append_format(sql, "][%s + 1]", expression);
}

/* Rows of findings before and after tell how many rows were refused. */
static shire_status count_errors(load_run *run, int64_t *count_out, shire_error *error) {
    return shire_table_query_int64(
        run->table, "SELECT count(*) FROM finding WHERE severity = 'error'", count_out, error);
}

static shire_status list_file_problems(load_run *run, const load_plan *plan,
                                       const load_delimited *delimited, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(
        &sql, "INSERT INTO finding SELECT 'load', %s, kind, ",
        delimited->is_base ? "severity"
                           : "CASE severity WHEN 'error' THEN 'warning' ELSE severity END");
    append_file_name(&sql, plan, delimited, "file");
    shire_builder_append_format(
        &sql, ", line, column_name, problem, remedy, row_count FROM shire_csv_problems%s",
        delimited->call);
    return load_execute(run, &sql, error);
}

/* Rows that were left out because a column is not of the type that the extract computes with. */
static shire_status list_type_problems(load_run *run, const load_plan *plan,
                                       const load_delimited *delimited, shire_error *error) {
    shire_builder sql = {0}, casts = {0}, words = {0};
    shire_builder_append_format(&sql, "INSERT INTO finding SELECT 'load', '%s', 'wrong_type', ",
                                delimited->is_base ? "error" : "warning");
    append_file_name(&sql, plan, delimited, "shire_source_file");
    shire_builder_append_text(&sql, ", shire_source_line, CASE");
    shire_builder_append_text(&words, " END, CASE");
    for (size_t i = 0; i < delimited->typed_count; i++) {
        const load_result_column *typed = &delimited->typed[i];
        shire_builder name = {0};
        load_append_name(&name, typed->name);
        shire_builder_append_format(&casts, "%s(%s IS NOT NULL AND ", i == 0 ? "" : " OR ",
                                    name.bytes);
        shire_builder_append_format(&sql, " WHEN %s IS NOT NULL AND ", name.bytes);
        shire_builder_append_format(&words, " WHEN %s IS NOT NULL AND ", name.bytes);
        load_scan_append_cast(&casts, name.bytes, typed->type);
        load_scan_append_cast(&sql, name.bytes, typed->type);
        load_scan_append_cast(&words, name.bytes, typed->type);
        shire_builder_append_text(&casts, " IS NULL)");
        shire_builder_append_text(&sql, " IS NULL THEN ");
        load_append_literal(&sql, typed->name);
        shire_builder_append_format(&words,
                                    " IS NULL THEN 'the extract computes with this column as %s, "
                                    "but here it is none: ' || shire_shape(%s)",
                                    typed->type, name.bytes);
        casts.failed |= name.failed;
        shire_builder_free(&name);
    }
    sql.failed |= casts.failed || words.failed;
    if (!sql.failed) {
        shire_builder_append(&sql, (shire_span){words.bytes, words.length});
        shire_builder_append_format(
            &sql, " END, 'correct the value in the file', 1 FROM shire_csv%s WHERE ",
            delimited->call);
        shire_builder_append(&sql, (shire_span){casts.bytes, casts.length});
    }
    shire_builder_free(&casts);
    shire_builder_free(&words);
    return load_execute(run, &sql, error);
}

static shire_status list_problems(load_run *run, load_extract *extract,
                                  const load_delimited *delimited, bool clean, shire_error *error) {
    int64_t before = 0, after = 0;
    shire_status status = count_errors(run, &before, error);
    if (status == SHIRE_OK && !clean) {
        status = list_file_problems(run, &extract->plan, delimited, error);
    }
    if (status == SHIRE_OK && delimited->typed_count > 0) {
        status = list_type_problems(run, &extract->plan, delimited, error);
    }
    if (status == SHIRE_OK) {
        status = count_errors(run, &after, error);
        extract->rows_rejected += after - before;
    }
    return status;
}

shire_status load_plan_list_problems(load_run *run, load_extract *extract, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < extract->plan.delimited_count && status == SHIRE_OK; i++) {
        const load_delimited *delimited = &extract->plan.delimited[i];
        bool clean = all_clean(run, &extract->plan, delimited);
        if (!clean || delimited->typed_count > 0) {
            status = list_problems(run, extract, delimited, clean, error);
        }
    }
    return status;
}
