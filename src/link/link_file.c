/*
 * Reads each file into text columns by one SELECT, links, writes people.csv and measures.
 *
 * Plain columns are read as text, so that 0123 stays 0123; expressions run over the file with types
 * as the reader finds them, joined to the text by position, and over text where that fails. A
 * column whose name is a word of SQL (by, end, order) may stand in an expression as it is.
 */
#include "link/link_file.h"

#include "core/parallel.h"
#include "io/select.h"
#include "link/link_encoded_file.h"
#include "link/link_engine.h"
#include "link/link_file_basis.h"
#include "link/link_file_settle.h"
#include "link/link_keep.h"
#include "link/link_truth.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

shire_status shire_link_role_parse(shire_span name, shire_link_role *role_out, shire_error *error) {
    const char *names[SHIRE_LINK_ROLE_COUNT];
    for (int role = 0; role < SHIRE_LINK_ROLE_COUNT; role++) {
        names[role] = shire_link_role_name((shire_link_role)role);
        if (shire_span_equal(name, shire_span_of(names[role]))) {
            *role_out = (shire_link_role)role;
            return SHIRE_OK;
        }
    }
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)(name.length < 60 ? name.length : 60), name.bytes);
    const char *nearest = shire_text_nearest(text, names, SHIRE_LINK_ROLE_COUNT);
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "no role '%s'%s%s%s; the roles are id, source, given, "
                      "middle, family, full_name, dob, sex, nhs_number, address, street_number, "
                      "suburb, city, postcode, uprn, phone, email, place, occupation and other",
                      text, nearest ? " (did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'?)" : "");
}

typedef struct reader {
    const shire_link_file_options *options;
    shire_table *table;
    shire_arena *arena;
    bool is_encoded; /* files of encodings, whose first line is not the header */
    bool has_source;
    uint64_t failed_values;
} reader;

/* By its name or by how it begins. */
static bool is_parquet(const char *path) {
    char start[4] = "";
    size_t length = strlen(path);
    if (length > 8 && strcmp(path + length - 8, ".parquet") == 0) {
        return true;
    }
    FILE *file = fopen(path, "rb");
    bool is_read = file != NULL && fread(start, sizeof start, 1, file) == 1;
    if (file != NULL) {
        fclose(file);
    }
    return is_read && memcmp(start, "PAR1", sizeof start) == 0;
}

/* The engine's own reader is the fast one; ours takes any delimited text as it comes (Windows-1252,
 * ragged rows), all of it as text. */
static void append_scan(const reader *read, shire_builder *sql, const char *path, bool is_typed,
                        bool is_tolerant) {
    bool is_csv = !is_parquet(path);
    shire_builder_append_text(sql, !is_csv       ? "read_parquet("
                                   : is_tolerant ? "shire_csv(["
                                                 : "read_csv(");
    shire_builder_append_sql_literal(sql, shire_span_of(path));
    if (is_csv && is_tolerant) {
        shire_builder_append_text(sql, "]");
    } else if (is_csv) {
        shire_builder_append_text(sql, is_typed ? ", header=true, null_padding=true, sample_size=-1"
                                                : ", header=true, null_padding=true, "
                                                  "all_varchar=true");
    }
    shire_builder_append_text(sql, is_csv && read->is_encoded ? ", skip=1)" : ")");
}

/* A view with trimmed column names over one file. */
static shire_status make_view(reader *read, const char *path, const char *view, bool is_typed,
                              bool is_tolerant, shire_frame *names_out, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_text(&sql, "SELECT * FROM ");
    append_scan(read, &sql, path, is_typed, is_tolerant);
    shire_builder_append_text(&sql, " LIMIT 0");
    shire_status status = shire_table_query(read->table, sql.bytes, read->arena, names_out, error);
    if (status == SHIRE_OK) {
        shire_builder_clear(&sql);
        shire_builder_append_format(&sql, "CREATE OR REPLACE VIEW %s AS SELECT ", view);
        for (size_t i = 0; i < names_out->column_count; i++) {
            shire_span name = shire_span_of(names_out->columns[i].name);
            shire_builder_append_text(&sql, i > 0 ? ", " : "");
            shire_builder_append_sql_name(&sql, name);
            shire_builder_append_text(&sql, " AS ");
            shire_builder_append_sql_name(&sql, shire_span_trim(name));
        }
        shire_builder_append_text(&sql, " FROM ");
        append_scan(read, &sql, path, is_typed, is_tolerant);
        status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read %s", path)
                            : shire_table_execute(read->table, sql.bytes, error);
    }
    shire_builder_free(&sql);
    return status;
}

static shire_status check_columns(const reader *read, const char *path, const shire_frame *names,
                                  shire_error *error) {
    for (size_t i = 0; i < read->options->choice_count; i++) {
        const char *column = read->options->choices[i].column;
        bool is_found = column == NULL || read->is_encoded;
        for (size_t at = 0; at < names->column_count && !is_found; at++) {
            is_found = shire_span_equal_ignoring_case(
                shire_span_trim(shire_span_of(names->columns[at].name)), shire_span_of(column));
        }
        if (!is_found) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "%s: no column '%s'; see its header line", path,
                              column);
        }
    }
    return SHIRE_OK;
}

static bool is_name_byte(char byte) {
    return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

static bool is_column(const shire_frame *names, shire_span word) {
    for (size_t i = 0; i < names->column_count; i++) {
        shire_span name = shire_span_trim(shire_span_of(names->columns[i].name));
        if (shire_span_equal_ignoring_case(name, word)) {
            return true;
        }
    }
    return false;
}

/* The expression with each word that is a column's name in quotes; texts, quoted names and what is
 * called like a function stay. */
static void append_quoting_columns(const char *expression, const shire_frame *names,
                                   shire_builder *sql) {
    for (const char *at = expression; *at != '\0';) {
        const char *end = at + 1;
        if (*at == '\'' || *at == '"') {
            const char *close = strchr(end, *at);
            end = close == NULL ? at + strlen(at) : close + 1;
        } else if (is_name_byte(*at)) {
            while (is_name_byte(*end)) {
                end++;
            }
        }
        shire_span word = {at, (size_t)(end - at)};
        if (is_name_byte(*at) && end[strspn(end, " ")] != '(' && is_column(names, word)) {
            shire_builder_append_sql_name(sql, word);
        } else {
            shire_builder_append(sql, word);
        }
        at = end;
    }
}

/* The expression as it stands where the engine can parse it, else with its columns in quotes:
 * make_date(by, bm, bd) means three columns, though BY is a word of SQL. */
static void append_expression(const reader *read, const char *expression, const shire_frame *names,
                              shire_builder *sql) {
    shire_builder probe = {0};
    char *tree = NULL;
    shire_builder_append_format(&probe, "SELECT (%s)", expression);
    bool is_plain = probe.failed || shire_table_parse_select(read->table, probe.bytes, read->arena,
                                                             &tree, NULL) == SHIRE_OK;
    shire_builder_free(&probe);
    if (is_plain) {
        shire_builder_append_text(sql, expression);
    } else {
        append_quoting_columns(expression, names, sql);
    }
}

static void append_file_name(const reader *read, size_t file, shire_builder *sql) {
    shire_builder name = {0};
    sql->failed = !shire_link_file_append_name(read->options, file, &name) || sql->failed;
    shire_builder_append_sql_literal(sql, (shire_span){name.bytes, name.length});
    shire_builder_free(&name);
}

/* "SELECT columns, expressions FROM ..." for one file; columns are named c0, c1, ... by choice. */
static void append_select(const reader *read, size_t file, const shire_frame *names, bool is_typed,
                          shire_builder *sql) {
    const shire_link_file_options *options = read->options;
    bool is_any_expression = false;
    shire_builder_append_text(sql, "SELECT ");
    for (size_t i = 0; i < options->choice_count; i++) {
        const shire_link_column_choice *choice = &options->choices[i];
        bool is_missing = choice->column != NULL && read->is_encoded &&
                          !is_column(names, shire_span_of(choice->column));
        if (is_missing) {
            shire_builder_append_format(sql, "NULL::VARCHAR AS c%zu, ", i);
        } else if (choice->column != NULL && read->is_encoded &&
                   choice->role == SHIRE_LINK_ROLE_SOURCE) {
            /* Each partner's own word for a source. */
            append_file_name(read, file, sql);
            shire_builder_append_text(sql, " || ' ' || coalesce(plain.");
            shire_builder_append_sql_name(sql, shire_span_of(choice->column));
            shire_builder_append_format(sql, ", '') AS c%zu, ", i);
        } else if (choice->column != NULL) {
            shire_builder_append_text(sql, "CAST(plain.");
            shire_builder_append_sql_name(sql, shire_span_of(choice->column));
            shire_builder_append_format(sql, " AS VARCHAR) AS c%zu, ", i);
        } else {
            is_any_expression = true;
            shire_builder_append_format(sql, "computed.e%zu AS c%zu, ", i, i);
        }
    }
    append_file_name(read, file, sql);
    shire_builder_append_text(sql, " AS file FROM plain");
    if (is_any_expression) {
        shire_builder_append_text(sql, " POSITIONAL JOIN (SELECT ");
        for (size_t i = 0; i < options->choice_count; i++) {
            if (options->choices[i].column == NULL) {
                shire_builder_append_text(sql, "CAST(TRY((");
                append_expression(read, options->choices[i].expression, names, sql);
                shire_builder_append_format(sql, ")) AS VARCHAR) AS e%zu, ", i);
            }
        }
        shire_builder_append_format(sql, "0 AS dummy FROM %s) AS computed",
                                    is_typed ? "typed" : "plain");
    }
}

/* Rows for which an expression cannot be computed, make_date(1980, 2, 31) say: its value is unknown
 * there, and the row counts. */
static shire_status count_failures(reader *read, const shire_frame *names, bool is_typed,
                                   shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < read->options->choice_count && status == SHIRE_OK; i++) {
        const char *expression = read->options->choices[i].expression;
        shire_builder sql = {0};
        int64_t count = 0;
        if (expression == NULL) {
            continue;
        }
        shire_builder_append_text(&sql, "SELECT count(*) FROM (SELECT TRY((");
        append_expression(read, expression, names, &sql);
        shire_builder_append_format(&sql, ") IS NULL) AS is_null FROM %s) WHERE is_null IS NULL",
                                    is_typed ? "typed" : "plain");
        status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read the file")
                            : shire_table_query_int64(read->table, sql.bytes, &count, error);
        read->failed_values += (uint64_t)count;
        shire_builder_free(&sql);
    }
    return status;
}

/* Each expression must be one, in itself, whatever the columns are. */
static shire_status check_expressions(const reader *read, const shire_frame *names,
                                      shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < read->options->choice_count && status == SHIRE_OK; i++) {
        const shire_link_column_choice *choice = &read->options->choices[i];
        shire_builder sql = {0};
        shire_select_repeat repeat = {0};
        if (choice->expression == NULL) {
            continue;
        }
        shire_builder_append_text(&sql, "SELECT (");
        append_expression(read, choice->expression, names, &sql);
        shire_builder_append_text(&sql, ")");
        status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read the files")
                            : shire_select_check_repeat(read->table, sql.bytes, read->arena,
                                                        &repeat, error);
        if (status == SHIRE_INVALID) {
            shire_error_prefix(error, "%s=%s is no SQL expression",
                               shire_link_role_name(choice->role), choice->expression);
        } else if (status == SHIRE_OK && repeat.cause != NULL) {
            status =
                SHIRE_FAIL(error, SHIRE_INVALID,
                           "%s=%s uses %s, so the same files would be linked otherwise "
                           "another time; write the date or value itself",
                           shire_link_role_name(choice->role), choice->expression, repeat.cause);
        }
        shire_builder_free(&sql);
    }
    return status;
}

static shire_status check_file(const char *path, shire_error *error) {
    struct stat about;
    if (stat(path, &about) != 0) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "%s: no such file", path);
    }
    if (S_ISDIR(about.st_mode)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: a folder; name its files (of a partnership, `shire run` links the "
                          "records)",
                          path);
    }
    return about.st_size > 0 || !S_ISREG(about.st_mode)
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: empty; a CSV file begins with a line of column names", path);
}

static shire_status read_file(reader *read, size_t file, shire_error *error) {
    const char *path = read->options->paths[file];
    shire_status status = check_file(path, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_error first = {0};
    /* Expressions over typed columns, then over text, then both by the tolerant reader. */
    for (int attempt = 0; attempt < 3; attempt++) {
        bool is_typed = attempt == 0;
        bool is_tolerant = attempt == 2;
        shire_error trial = {0};
        shire_frame names = {0};
        shire_builder sql = {0};
        status = make_view(read, path, "plain", false, is_tolerant, &names, &trial);
        if (status == SHIRE_OK) {
            status = check_columns(read, path, &names, &trial);
            if (status == SHIRE_OK) {
                status = check_expressions(read, &names, &trial);
            }
            if (status != SHIRE_OK && error != NULL) {
                *error = trial;
            }
            if (status != SHIRE_OK) {
                return status;
            }
            if (is_typed) {
                status = make_view(read, path, "typed", true, is_tolerant, &names, &trial);
            }
        }
        if (status == SHIRE_OK) {
            shire_builder_append_text(&sql, file == 0 ? "CREATE OR REPLACE TABLE records AS "
                                                      : "INSERT INTO records ");
            append_select(read, file, &names, is_typed, &sql);
            status = sql.failed ? SHIRE_FAIL(&trial, SHIRE_NO_MEMORY, "no memory to read %s", path)
                                : shire_table_execute(read->table, sql.bytes, &trial);
            shire_builder_free(&sql);
        }
        if (status == SHIRE_OK) {
            return count_failures(read, &names, is_typed, error);
        }
        /* What the first attempt met is told; without memory there is no use in another. */
        if (attempt == 0 || status == SHIRE_NO_MEMORY) {
            first = trial;
        }
        if (status == SHIRE_NO_MEMORY) {
            break;
        }
    }
    if (error != NULL) {
        *error = first;
    }
    shire_error_prefix(error, "%s", path);
    return first.status;
}

/* The columns that name a record; *id_out is NULL where no choice has the role. */
static void find_labels(const reader *read, const shire_frame *frame,
                        const shire_column **source_out, const shire_column **id_out) {
    *source_out = &frame->columns[read->options->choice_count];
    *id_out = NULL;
    for (size_t i = 0; i < read->options->choice_count; i++) {
        if (read->options->choices[i].role == SHIRE_LINK_ROLE_SOURCE) {
            *source_out = &frame->columns[i];
        } else if (read->options->choices[i].role == SHIRE_LINK_ROLE_ID) {
            *id_out = &frame->columns[i];
        }
    }
}

/* people.csv: the place of each record (from 1, over all files), source, id, person. */
static shire_status write_people(reader *read, const shire_frame *frame, const uint32_t *people,
                                 shire_error *error) {
    size_t count = frame->row_count;
    int64_t *records = shire_arena_alloc_array(read->arena, count + 1, sizeof *records);
    int64_t *numbers = shire_arena_alloc_array(read->arena, count + 1, sizeof *numbers);
    if (records == NULL || numbers == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people");
    }
    shire_column columns[4];
    size_t column_count = 0;
    for (size_t record = 0; record < count; record++) {
        records[record] = (int64_t)record + 1;
        numbers[record] = (int64_t)people[record] + 1;
    }
    columns[column_count++] =
        (shire_column){.name = "record", .type = SHIRE_TYPE_INT64, .int64 = records};
    const shire_column *source = NULL;
    const shire_column *id = NULL;
    find_labels(read, frame, &source, &id);
    columns[column_count] = *source;
    columns[column_count++].name = "source";
    if (id != NULL) {
        columns[column_count] = *id;
        columns[column_count++].name = "id";
    }
    columns[column_count++] =
        (shire_column){.name = "person", .type = SHIRE_TYPE_INT64, .int64 = numbers};
    shire_status status = shire_table_execute(
        read->table,
        id != NULL
            ? "CREATE TABLE people (record BIGINT, source VARCHAR, id VARCHAR, person BIGINT)"
            : "CREATE TABLE people (record BIGINT, source VARCHAR, person BIGINT)",
        error);
    shire_frame out = {count, column_count, columns};
    if (status == SHIRE_OK) {
        status = shire_table_append(read->table, "people", &out, error);
    }
    return status == SHIRE_OK
               ? shire_table_export(read->table, "SELECT * FROM people ORDER BY record",
                                    read->options->out_path, SHIRE_FILE_CSV, error)
               : status;
}

/* What people.csv shows of a record, besides the name of its file. */
static bool is_label(shire_link_role role) {
    return role == SHIRE_LINK_ROLE_ID || role == SHIRE_LINK_ROLE_SOURCE;
}

/* The labels, or all other columns, from `records` into their places among `columns`. */
static shire_status read_columns(reader *read, bool labels, shire_arena *arena,
                                 shire_column *columns, size_t *row_count_out, shire_error *error) {
    size_t places[SHIRE_LINK_COLUMNS_MAX + 1];
    size_t count = 0;
    shire_frame frame = {0};
    shire_builder sql = {0};
    shire_builder_append_text(&sql, "SELECT ");
    for (size_t i = 0; i < read->options->choice_count; i++) {
        if (is_label(read->options->choices[i].role) == labels) {
            shire_builder_append_format(&sql, "c%zu, ", i);
            places[count++] = i;
        }
    }
    if (labels) {
        places[count++] = read->options->choice_count;
    }
    shire_builder_append_text(&sql, labels ? "file FROM records" : " FROM records");
    shire_status status =
        sql.failed  ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read the files")
        : count > 0 ? shire_table_query(read->table, sql.bytes, arena, &frame, error)
                    : SHIRE_OK;
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        shire_column *column = &columns[places[i]];
        *column = frame.columns[i];
        column->name = shire_arena_copy_text(read->arena, column->name, strlen(column->name));
        if (column->name == NULL) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read the files");
        }
        *row_count_out = frame.row_count;
    }
    shire_builder_free(&sql);
    return status;
}

/* Lets the caller look at the linkage as explanations know one. */
static shire_status show_basis(reader *read, const shire_frame *frame,
                               const shire_link_dataset *dataset,
                               const shire_link_engine_result *result, shire_error *error) {
    shire_link_basis basis = {0};
    const shire_column *source = NULL;
    const shire_column *id = NULL;
    find_labels(read, frame, &source, &id);
    shire_status status =
        shire_link_file_basis_make(dataset, result, source, id, read->arena, &basis, error);
    if (status == SHIRE_OK) {
        status = read->options->look(&basis, read->arena, read->options->context, error);
    }
    shire_link_file_basis_done(&basis);
    return status;
}

/* All files into one frame: a column for each choice, then the name of the file. What is compared
 * lives in `values_arena`, so that it can be given back before the labels are. */
static shire_status read_files(reader *read, shire_arena *values_arena, shire_frame *frame_out,
                               shire_error *error) {
    shire_frame frame = {.column_count = read->options->choice_count + 1};
    frame.columns = shire_arena_alloc_array(read->arena, frame.column_count, sizeof *frame.columns);
    shire_status status = frame.columns == NULL
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read the files")
                              : SHIRE_OK;
    for (size_t file = 0; file < read->options->path_count && status == SHIRE_OK; file++) {
        status = read_file(read, file, error);
    }
    if (status == SHIRE_OK) {
        status = read_columns(read, false, values_arena, frame.columns, &frame.row_count, error);
    }
    if (status == SHIRE_OK) {
        status = read_columns(read, true, read->arena, frame.columns, &frame.row_count, error);
    }
    if (status == SHIRE_OK && !read->is_encoded) {
        status = shire_link_file_settle_dates(read->options, &frame, values_arena, error);
    }
    /* The frame holds all that is needed: give the engine's copy back. */
    if (status == SHIRE_OK) {
        status = shire_table_execute(read->table, "DROP TABLE records", error);
    }
    if (status == SHIRE_OK) {
        *frame_out = frame;
    }
    return status;
}

shire_status shire_link_files_read(const shire_link_file_options *options, shire_table *table,
                                   shire_arena *arena, shire_frame *frame_out,
                                   uint64_t *failed_values_out, shire_error *error) {
    reader read = {.options = options, .table = table, .arena = arena};
    shire_status status = read_files(&read, arena, frame_out, error);
    *failed_values_out = read.failed_values;
    return status;
}

/* Where the files are encoded, their columns take the place of the caller's choices. */
static shire_status choose_encoded(reader *read, shire_link_file_options *effective,
                                   shire_link_encoded_choices *encoded, shire_error *error) {
    shire_status status = shire_link_encoded_choose(read->options, read->arena, encoded, error);
    read->is_encoded = status == SHIRE_OK && encoded->first_path != NULL;
    if (read->is_encoded) {
        effective->choices = encoded->choices;
        effective->choice_count = encoded->count;
        read->options = effective;
    }
    return status;
}

static const shire_column *find_sources(const shire_link_input *inputs, size_t input_count) {
    for (size_t i = 0; i < input_count; i++) {
        if (inputs[i].role == SHIRE_LINK_ROLE_SOURCE) {
            return inputs[i].column;
        }
    }
    return NULL;
}

/* The columns with their roles; several files are several sources. *truth_out: that column. */
static size_t choose_inputs(reader *read, const shire_link_encoded_choices *encoded,
                            shire_frame *frame, shire_link_input *inputs_out,
                            const shire_column **truth_out) {
    const shire_link_file_options *options = read->options;
    size_t count = 0;
    for (size_t i = 0; i < options->choice_count; i++) {
        shire_column *column = &frame->columns[i];
        if (options->choices[i].column != NULL) {
            column->name = options->choices[i].column;
        }
        if (options->choices[i].role == SHIRE_LINK_ROLE_TRUTH) {
            *truth_out = column;
        }
        shire_link_role role =
            encoded->is_encoded[i]
                ? options->choices[i].role
                : shire_link_file_settle_role(options, i, column, frame->row_count);
        inputs_out[count++] = (shire_link_input){.role = role,
                                                 .column = column,
                                                 .is_encoded = encoded->is_encoded[i],
                                                 .is_number = encoded->is_number[i]};
        read->has_source = read->has_source || options->choices[i].role == SHIRE_LINK_ROLE_SOURCE;
    }
    if (!read->has_source && options->path_count > 1) {
        inputs_out[count++] = (shire_link_input){.role = SHIRE_LINK_ROLE_SOURCE,
                                                 .column = &frame->columns[options->choice_count]};
    }
    return count;
}

/* The caller frees the arenas and closes the table, also after a failure. */
static shire_status open_files(reader *read, int thread_count, shire_link_file_options *effective,
                               shire_link_encoded_choices *encoded, shire_arena **values_arena_out,
                               shire_frame *frame_out, shire_error *error) {
    shire_table_options table_options = {.thread_count = thread_count};
    shire_status status = shire_arena_new("link_arena", 0, &read->arena, error);
    if (status == SHIRE_OK) {
        status = shire_arena_new("link_values", 0, values_arena_out, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_open(&table_options, &read->table, error);
    }
    if (status == SHIRE_OK) {
        status = choose_encoded(read, effective, encoded, error);
    }
    if (status == SHIRE_OK) {
        status = read_files(read, *values_arena_out, frame_out, error);
    }
    if (status == SHIRE_OK && read->is_encoded) {
        status = shire_link_encoded_check(encoded, read->options->paths, frame_out, error);
    }
    return status;
}

shire_status shire_link_files(const shire_link_file_options *options, shire_link_report *report_out,
                              shire_error *error) {
    reader read = {.options = options};
    shire_link_file_options effective = *options;
    shire_link_encoded_choices encoded = {0};
    shire_link_dataset dataset = {0};
    shire_link_engine_result result = {0};
    shire_link_report report = {0};
    shire_link_input inputs[SHIRE_LINK_COLUMNS_MAX + 1];
    size_t input_count = 0;
    const shire_column *truth = NULL;
    shire_link_keeper keeper = {0};
    uint32_t *truths = NULL;
    int thread_count =
        options->thread_count > 0 ? options->thread_count : shire_parallel_processor_count();
    shire_frame frame = {0};
    shire_arena *values_arena = NULL; /* what only the dataset is made from */
    shire_status status =
        open_files(&read, thread_count, &effective, &encoded, &values_arena, &frame, error);
    options = read.options;
    if (status != SHIRE_OK) {
        goto done;
    }
    input_count = choose_inputs(&read, &encoded, &frame, inputs, &truth);
    status = shire_link_dataset_build(inputs, input_count, frame.row_count, thread_count, &dataset,
                                      error);
    if (status == SHIRE_OK && truth != NULL) {
        status = shire_link_truths_encode(truth, frame.row_count, read.arena, &truths, error);
    }
    shire_arena_wipe_free(values_arena);
    values_arena = NULL;
    if (status == SHIRE_OK) {
        shire_link_engine_options engine = {.thread_count = thread_count};
        shire_link_keeper_init(&dataset, truths, &keeper);
        engine.observer = options->finish != NULL ? &keeper.observer : NULL;
        status = shire_link_engine_run(&dataset, &engine, &result, error);
    }
    if (status == SHIRE_OK && options->finish != NULL) {
        const shire_column *sources = find_sources(inputs, input_count);
        status =
            shire_link_keeper_write(&keeper, &result, sources, thread_count, read.table, error);
    }
    if (status == SHIRE_OK && options->out_path != NULL) {
        status = write_people(&read, &frame, result.people, error);
    }
    if (status == SHIRE_OK && truths != NULL) {
        report.has_truth = true;
        status = shire_link_truths_measure(truths, result.people, frame.row_count, read.arena,
                                           &report.quality, error);
    }
    if (status == SHIRE_OK && options->finish != NULL) {
        status = options->finish(read.table, read.arena, options->context, error);
    }
    if (status == SHIRE_OK && options->look != NULL) {
        status = show_basis(&read, &frame, &dataset, &result, error);
    }
    report.records = frame.row_count;
    report.failed_values = read.failed_values;
    report.people = result.person_count;
    report.largest = result.largest;
    report.candidate_pairs = result.candidate_pairs;
    report.pairs_scored = result.pairs_scored;
    if (status == SHIRE_OK) {
        *report_out = report;
    }
done:
    shire_link_keeper_done(&keeper);
    shire_link_engine_result_done(&result);
    shire_link_dataset_done(&dataset);
    shire_table_close(read.table);
    shire_arena_wipe_free(values_arena);
    shire_arena_wipe_free(read.arena);
    return status;
}
