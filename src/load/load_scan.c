/*
 * A scan of an extract, written anew: delimited text goes through shire_csv, which knows the line
 * of each record; Parquet and JSON get the number of the row. Text stays as it is in the file
 * unless the extract computes with the column: then it is given the type that the engine's own
 * reader would have guessed, so that the extract means what its author tried out.
 */
#include "load/load_scan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SNIFF_ROWS 20480

bool load_way_is_traced(load_way way) {
    return way == LOAD_WAY_TRACED || way == LOAD_WAY_TRACED_MOSTLY || way == LOAD_WAY_TRACED_RAW;
}

static bool is_mostly(load_way way) {
    return way == LOAD_WAY_TRACED_MOSTLY || way == LOAD_WAY_UNTRACED_MOSTLY;
}

static bool is_raw(load_way way) {
    return way == LOAD_WAY_TRACED_RAW || way == LOAD_WAY_UNTRACED_RAW;
}

/* --- options --- */

static bool is_one_of(const char *name, const char *const *names) {
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_byte(const char *text, char *byte_out) {
    *byte_out = strcmp(text, "\\t") == 0 ? '\t' : *text;
    return strlen(text) == 1 || strcmp(text, "\\t") == 0;
}

bool load_scan_dsv_options(const shire_scan *scan, shire_dsv_options *options_out) {
    /* What shire_csv does without being told. */
    static const char *const understood[] = {"all_varchar",   "auto_detect",   "ignore_errors",
                                             "null_padding",  "sample_size",   "strict_mode",
                                             "max_line_size", "buffer_size",   "parallel",
                                             "encoding",      "new_line",      "union_by_name",
                                             "store_rejects", "types",         "dtypes",
                                             "column_types",  "rejects_limit", NULL};
    bool header_said = false;
    *options_out = (shire_dsv_options){0};
    for (size_t i = 0; i < scan->option_count; i++) {
        const char *name = scan->options[i].name;
        const char *text = scan->options[i].text;
        if (name == NULL || text == NULL) {
            return false;
        }
        bool known = true;
        if (strcmp(name, "delim") == 0 || strcmp(name, "sep") == 0) {
            known = read_byte(text, &options_out->delimiter);
        } else if (strcmp(name, "quote") == 0) {
            known = read_byte(text, &options_out->quote);
        } else if (strcmp(name, "escape") == 0) {
            known = strcmp(text, "\"") == 0;
        } else if (strcmp(name, "comment") == 0) {
            known = read_byte(text, &options_out->comment);
        } else if (strcmp(name, "nullstr") == 0) {
            options_out->null_text = text;
        } else if (strcmp(name, "names") == 0) {
            options_out->names = text;
        } else if (strcmp(name, "header") == 0) {
            header_said = true;
            options_out->without_header = !(*text == 't' || *text == 'T' || *text == '1');
        } else if (strcmp(name, "skip") == 0) {
            options_out->skip_given = true;
            options_out->skip_lines = strtoll(text, NULL, 10);
            known = options_out->skip_lines >= 0;
        } else {
            known = is_one_of(name, understood);
        }
        if (!known) {
            return false;
        }
    }
    if (options_out->names != NULL && !header_said) {
        return false; /* whether the first line is a header is then for the engine to guess */
    }
    for (size_t i = 0; i < scan->path_count; i++) { /* compressed text is the engine's to read */
        size_t length = strlen(scan->paths[i]);
        if (length > 3 && (strcmp(scan->paths[i] + length - 3, ".gz") == 0 ||
                           (length > 4 && strcmp(scan->paths[i] + length - 4, ".zst") == 0))) {
            return false;
        }
    }
    return true;
}

static void append_byte_option(shire_builder *sql, const char *name, char byte) {
    if (byte != 0) {
        char text[2] = {byte, '\0'};
        shire_builder_append_format(sql, ", %s = ", name);
        load_append_literal(sql, text);
    }
}

static void append_paths(shire_builder *sql, const load_file_list *files) {
    shire_builder_append_text(sql, "[");
    for (size_t i = 0; i < files->count; i++) {
        shire_builder_append_text(sql, i == 0 ? "" : ", ");
        load_append_literal(sql, files->files[i].path);
    }
    shire_builder_append_text(sql, "]");
}

/* For the engine's own readers, which take each name for a pattern. */
static void append_patterns(shire_builder *sql, const load_file_list *files) {
    shire_builder_append_text(sql, "[");
    for (size_t i = 0; i < files->count; i++) {
        shire_builder pattern = {0};
        load_file_append_pattern(&pattern, files->files[i].path);
        shire_builder_append_text(sql, i == 0 ? "" : ", ");
        load_append_literal(sql, pattern.failed ? "" : pattern.bytes);
        sql->failed |= pattern.failed;
        shire_builder_free(&pattern);
    }
    shire_builder_append_text(sql, "]");
}

static char *finish_text(load_run *run, shire_builder *sql) {
    char *text = sql->failed ? NULL : shire_arena_copy_text(run->arena, sql->bytes, sql->length);
    shire_builder_free(sql);
    return text;
}

static char *write_call(load_run *run, const shire_dsv_options *options,
                        const load_file_list *files) {
    shire_builder sql = {0};
    shire_builder_append_text(&sql, "(");
    append_paths(&sql, files);
    append_byte_option(&sql, "delim", options->delimiter);
    append_byte_option(&sql, "quote", options->quote);
    append_byte_option(&sql, "comment", options->comment);
    if (options->null_text != NULL && *options->null_text != '\0') {
        shire_builder_append_text(&sql, ", nullstr = ");
        load_append_literal(&sql, options->null_text);
    }
    if (options->names != NULL) {
        shire_builder_append_text(&sql, ", names = ");
        load_append_literal(&sql, options->names);
    }
    if (options->without_header) {
        shire_builder_append_text(&sql, ", header = false");
    }
    if (options->skip_given) {
        shire_builder_append_format(&sql, ", skip = %lld", (long long)options->skip_lines);
    }
    shire_builder_append_text(&sql, ")");
    return finish_text(run, &sql);
}

/* --- types --- */

/* The engine's cast of text to a whole number rounds 1.5 to 2 without a word; ours refuses it. */
void load_scan_append_cast(shire_builder *sql, const char *column, const char *type) {
    static const char *const whole[] = {"TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT"};
    if (strcmp(type, "DATE") == 0) {
        shire_builder_append_format(sql, "shire_date(%s)", column);
        return;
    }
    if (strcmp(type, "TIMESTAMP") == 0) {
        shire_builder_append_format(sql, "shire_timestamp(%s)", column);
        return;
    }
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (strcasecmp(type, whole[i]) == 0) {
            shire_builder_append_format(
                sql, "CASE WHEN regexp_full_match(%s, '[+-]?[0-9]+') THEN TRY_CAST(%s AS %s) END",
                column, column, type);
            return;
        }
    }
    shire_builder_append_format(sql, "TRY_CAST(%s AS %s)", column, type);
}

/* The type that the scan itself says for the column, or NULL. */
static const char *said_type(const shire_scan *scan, const char *column) {
    for (size_t i = 0; i < scan->type_count; i++) {
        if (scan->types[i].name != NULL && strcasecmp(scan->types[i].name, column) == 0) {
            return scan->types[i].text;
        }
    }
    return NULL;
}

/* In the order in which they are tried; a column that fits none stays text. */
static const struct {
    const char *type;
    const char *fits; /* %1$s is the column; gives NULL where the text does not fit */
} guesses[] = {
    {"BOOLEAN", "CASE WHEN lower(%1$s) IN ('true', 'false') THEN true END"},
    /* 00123 is a code: as a number it would lose its zeros, and 1.5 would be rounded to 2. */
    {"BIGINT", "CASE WHEN regexp_full_match(%1$s, '-?(0|[1-9][0-9]{0,17})') "
               "THEN TRY_CAST(%1$s AS BIGINT) END"},
    {"TIME", "CASE WHEN length(%1$s) = 8 THEN TRY_CAST(%1$s AS TIME) END"},
    {"DATE", "CASE WHEN length(%1$s) <= 11 THEN shire_date(%1$s) END"},
    {"TIMESTAMP", "shire_timestamp(%1$s)"},
    {"DOUBLE", "CASE WHEN NOT regexp_matches(%1$s, '^-?0[0-9]') "
               "THEN TRY_CAST(%1$s AS DOUBLE) END"},
};
#define GUESS_COUNT (sizeof guesses / sizeof guesses[0])

static const char *quoted_name(load_run *run, const char *name) {
    shire_builder sql = {0};
    load_append_name(&sql, name);
    return finish_text(run, &sql);
}

/* Columns that are guessed by one query; it counts the values that fit each type. */
#define GUESSED_AT_ONCE 64

static void append_guess(shire_builder *sql, const char *name) {
    shire_builder_append_format(sql, "%scount(%s)", sql->length == 0 ? "SELECT " : ", ", name);
    for (size_t i = 0; i < GUESS_COUNT; i++) {
        shire_builder_append_text(sql, ", count(");
        for (const char *at = guesses[i].fits; *at != '\0'; at++) {
            bool place = strncmp(at, "%1$s", 4) == 0;
            shire_builder_append(sql, place ? shire_span_of(name) : (shire_span){at, 1});
            at += place ? 3 : 0;
        }
        shire_builder_append_text(sql, ")");
    }
}

/* counts: of the values, and of those that fit each of the guesses. A column without values is
 * text, or where that does not bind a number: so the sum over a file of which only the header was
 * sent is no mistake. */
static const char *chosen_guess(const shire_column *counts, load_way way) {
    int64_t count = counts[0].int64[0];
    int64_t enough = is_mostly(way) ? count / 2 + 1 : count;
    if (count == 0 && is_mostly(way)) {
        return "DOUBLE";
    }
    for (size_t i = 0; i < GUESS_COUNT && count > 0; i++) {
        if (counts[i + 1].int64[0] >= enough) {
            return guesses[i].type;
        }
    }
    return "VARCHAR";
}

/* Gives the columns without a type one, a file's first rows read once for many of them. */
static shire_status guess_types(load_run *run, const char *call, load_way way,
                                load_result_column *columns, size_t count, shire_error *error) {
    for (size_t first = 0; first < count;) {
        shire_builder sql = {0}, names = {0};
        shire_frame frame;
        size_t chosen[GUESSED_AT_ONCE], chosen_count = 0;
        for (; first < count && chosen_count < GUESSED_AT_ONCE; first++) {
            if (columns[first].type != NULL) {
                continue;
            }
            const char *name = quoted_name(run, columns[first].name);
            if (name == NULL) {
                sql.failed = true;
                break;
            }
            append_guess(&sql, name);
            shire_builder_append_format(&names, "%s%s", chosen_count == 0 ? "" : ", ", name);
            chosen[chosen_count++] = first;
        }
        if (chosen_count > 0 && !sql.failed && !names.failed) {
            shire_builder_append_format(&sql, " FROM (SELECT %s FROM shire_csv%s LIMIT %d)",
                                        names.bytes, call, SNIFF_ROWS);
        }
        shire_status status = SHIRE_OK;
        if (sql.failed || names.failed) {
            status = load_out_of_memory(error);
        } else if (chosen_count > 0) {
            status = shire_table_query(run->table, sql.bytes, run->arena, &frame, error);
        }
        shire_builder_free(&names);
        shire_builder_free(&sql);
        if (status != SHIRE_OK) {
            return status;
        }
        for (size_t i = 0; i < chosen_count; i++) {
            columns[chosen[i]].type = chosen_guess(&frame.columns[i * (GUESS_COUNT + 1)], way);
        }
    }
    return SHIRE_OK;
}

/* The columns of the files that are to have another type than text. */
static shire_status choose_types(load_run *run, const shire_select *select, const shire_scan *scan,
                                 load_way way, load_delimited *delimited, shire_error *error) {
    shire_builder sql = {0};
    const char **names = NULL;
    size_t count = 0;
    shire_builder_append_format(
        &sql,
        "SELECT column_name FROM (DESCRIBE FROM shire_csv%s) WHERE column_name NOT LIKE "
        "'shire_source_%%'",
        delimited->call);
    shire_status status = load_query_texts(run, &sql, &names, &count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    load_result_column *typed = shire_arena_alloc_array(run->arena, count, sizeof *typed);
    if (typed == NULL) {
        return load_out_of_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        const char *type = said_type(scan, names[i]);
        bool guess = type == NULL && !is_raw(way) &&
                     (!load_way_is_traced(way) || shire_select_computes_with(select, names[i]));
        typed[i] = (load_result_column){names[i], type == NULL && !guess ? "VARCHAR" : type};
    }
    status = guess_types(run, delimited->call, way, typed, count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        const char *type = typed[i].type;
        if (strcasecmp(type, "VARCHAR") != 0 && strcasecmp(type, "TEXT") != 0) {
            typed[delimited->typed_count++] = typed[i];
        }
    }
    delimited->typed = typed;
    return SHIRE_OK;
}

/* --- writing --- */

static shire_status add_files(load_run *run, load_plan *plan, const load_file_list *files,
                              shire_error *error) {
    size_t count = plan->file_count + files->count;
    load_file *all = shire_arena_alloc_array(run->arena, count, sizeof *all);
    if (all == NULL) {
        return load_out_of_memory(error);
    }
    if (plan->file_count > 0) {
        memcpy(all, plan->files, plan->file_count * sizeof *all);
    }
    memcpy(all + plan->file_count, files->files, files->count * sizeof *all);
    plan->files = all;
    plan->file_count = count;
    return SHIRE_OK;
}

/* (SELECT * ... FROM shire_csv(...) WHERE ...): types given, rows that do not fit left out. */
static void append_delimited(load_run *run, shire_builder *sql, const load_delimited *delimited,
                             bool traced) {
    static const char first[] = " REPLACE (", further[] = ", ";
    const char *separator = first;
    shire_builder_append_text(sql, "(SELECT *");
    if (!traced) {
        shire_builder_append_text(sql, " EXCLUDE (shire_source_file, shire_source_line)");
    }
    if (traced && delimited->file_first > 0) {
        shire_builder_append_format(sql, "%sshire_source_file + %zu AS shire_source_file",
                                    separator, delimited->file_first);
        separator = further;
    }
    for (size_t i = 0; i < delimited->typed_count; i++) {
        const char *name = quoted_name(run, delimited->typed[i].name);
        if (name == NULL) {
            sql->failed = true;
            return;
        }
        shire_builder_append_text(sql, separator);
        load_scan_append_cast(sql, name, delimited->typed[i].type);
        shire_builder_append_format(sql, " AS %s", name);
        separator = further;
    }
    shire_builder_append_format(sql, "%s FROM shire_csv%s", separator == further ? ")" : "",
                                delimited->call);
    for (size_t i = 0; i < delimited->typed_count; i++) {
        const char *name = quoted_name(run, delimited->typed[i].name);
        if (name == NULL) {
            sql->failed = true;
            return;
        }
        shire_builder_append_format(sql, "%s (%s IS NULL OR ", i == 0 ? " WHERE" : " AND", name);
        load_scan_append_cast(sql, name, delimited->typed[i].type);
        shire_builder_append_text(sql, " IS NOT NULL)");
    }
    shire_builder_append_text(sql, ")");
}

static shire_status write_delimited(load_run *run, const shire_select *select,
                                    const shire_scan *scan, const load_file_list *files,
                                    load_way way, load_plan *plan, const char **sql_out,
                                    shire_error *error) {
    shire_dsv_options options;
    *sql_out = NULL;
    if (!load_scan_dsv_options(scan, &options)) {
        return load_way_is_traced(way) && scan->is_base
                   ? SHIRE_FAIL(error, SHIRE_NOT_FOUND, "an option that shire_csv has not")
                   : SHIRE_OK;
    }
    load_delimited *delimited = &plan->delimited[plan->delimited_count++];
    *delimited = (load_delimited){.file_first = plan->file_count,
                                  .file_count = files->count,
                                  .call = write_call(run, &options, files),
                                  .is_base = scan->is_base || !load_way_is_traced(way)};
    if (delimited->call == NULL) {
        return load_out_of_memory(error);
    }
    shire_status status = choose_types(run, select, scan, way, delimited, error);
    if (status == SHIRE_OK) {
        shire_builder sql = {0};
        append_delimited(run, &sql, delimited, load_way_is_traced(way) && scan->is_base);
        *sql_out = finish_text(run, &sql);
        status = *sql_out == NULL ? load_out_of_memory(error) : SHIRE_OK;
    }
    return status == SHIRE_OK ? add_files(run, plan, files, error) : status;
}

/* Parquet: the engine knows the row's number in its file. JSON: rows are counted. */
static shire_status write_other(load_run *run, const shire_scan *scan, const load_file_list *files,
                                load_way way, load_plan *plan, const char **sql_out,
                                shire_error *error) {
    shire_builder sql = {0};
    bool traced = load_way_is_traced(way) && scan->is_base;
    *sql_out = NULL;
    if (scan->option_count > 0 || (traced && scan->kind == SHIRE_SCAN_JSON && files->count > 1)) {
        return traced ? SHIRE_FAIL(error, SHIRE_NOT_FOUND, "a scan with options") : SHIRE_OK;
    }
    const char *function = scan->kind == SHIRE_SCAN_PARQUET ? "read_parquet" : "read_json";
    if (!traced) {
        shire_builder_append_format(&sql, "%s(", function);
        append_patterns(&sql, files);
        shire_builder_append_text(&sql, ")");
    } else if (scan->kind == SHIRE_SCAN_JSON) {
        shire_builder_append_format(&sql,
                                    "(SELECT *, %zu AS shire_source_file, row_number() OVER "
                                    "() AS shire_source_line FROM read_json(",
                                    plan->file_count);
        append_patterns(&sql, files);
        shire_builder_append_text(&sql, "))");
    } else {
        shire_builder_append_text(&sql, "(SELECT * EXCLUDE (file_row_number, filename), ");
        if (files->count == 1) {
            shire_builder_append_format(&sql, "%zu", plan->file_count);
        } else {
            shire_builder_append_text(&sql, "list_position(");
            append_paths(&sql, files);
            shire_builder_append_format(&sql, ", filename) + %zu - 1", plan->file_count);
        }
        shire_builder_append_text(&sql, " AS shire_source_file, file_row_number + 1 AS "
                                        "shire_source_line FROM read_parquet(");
        append_patterns(&sql, files);
        shire_builder_append_text(&sql, ", file_row_number = true, filename = true))");
    }
    *sql_out = finish_text(run, &sql);
    if (*sql_out == NULL) {
        return load_out_of_memory(error);
    }
    return add_files(run, plan, files, error);
}

shire_status load_scan_write(load_run *run, const shire_select *select, size_t scan_index,
                             const load_file_list *files, load_way way, load_plan *plan,
                             const char **sql_out, shire_error *error) {
    const shire_scan *scan = shire_select_scan(select, scan_index);
    return scan->kind == SHIRE_SCAN_CSV
               ? write_delimited(run, select, scan, files, way, plan, sql_out, error)
               : write_other(run, scan, files, way, plan, sql_out, error);
}
