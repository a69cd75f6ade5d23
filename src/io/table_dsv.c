/*
 * Two table functions over the reader of delimited text:
 *   shire_csv(paths, delim, quote, comment, header, skip, nullstr, names)
 *       the records of the files, all columns VARCHAR (blank is null), and behind them
 *       shire_source_file INTEGER (place in `paths`) and shire_source_line BIGINT
 *   shire_csv_problems(the same)
 *       file INTEGER, line BIGINT, column_name, severity, kind, problem, remedy, row_count BIGINT
 * Columns are those of the first file; the others' go by name. Rows come in the files' order on any
 * number of threads, since one thread reads.
 */
#include "io/table_internal.h"

#include "io/dsv_problem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which files were read to their end with nothing to tell. Kept with the database. */
typedef struct dsv_note {
    struct dsv_note *next;
    bool clean;
    char path[];
} dsv_note;

struct table_dsv_notes {
    pthread_mutex_t mutex;
    dsv_note *first;
};

table_dsv_notes *table_dsv_notes_new(void) {
    table_dsv_notes *notes = shire_memory_resize(NULL, sizeof *notes);
    if (notes != NULL) {
        *notes = (table_dsv_notes){.first = NULL};
        pthread_mutex_init(&notes->mutex, NULL);
    }
    return notes;
}

void table_dsv_notes_free(table_dsv_notes *notes) {
    if (notes == NULL) {
        return;
    }
    for (dsv_note *note = notes->first; note != NULL;) {
        dsv_note *next = note->next;
        shire_memory_free(note);
        note = next;
    }
    pthread_mutex_destroy(&notes->mutex);
    shire_memory_free(notes);
}

static void note_path(table_dsv_notes *notes, const char *path, bool clean) {
    pthread_mutex_lock(&notes->mutex);
    dsv_note *at = notes->first;
    while (at != NULL && strcmp(at->path, path) != 0) {
        at = at->next;
    }
    if (at == NULL) { /* without memory for the note the file counts as unclean: the safe side */
        size_t path_bytes = strlen(path) + 1;
        at = shire_memory_resize(NULL, sizeof *at + path_bytes);
        if (at != NULL) {
            memcpy(at->path, path, path_bytes);
            at->next = notes->first;
            notes->first = at;
        }
    }
    if (at != NULL) {
        at->clean = clean;
    }
    pthread_mutex_unlock(&notes->mutex);
}

bool shire_table_dsv_is_clean(shire_table *table, const char *path) {
    table_dsv_notes *notes = table->database->dsv_notes;
    bool clean = false;
    pthread_mutex_lock(&notes->mutex);
    for (const dsv_note *at = notes->first; at != NULL; at = at->next) {
        clean |= at->clean && strcmp(at->path, path) == 0;
    }
    pthread_mutex_unlock(&notes->mutex);
    return clean;
}

/* --- what a call says --- */

typedef struct dsv_call {
    char **paths;
    size_t path_count;
    shire_dsv_options options;
    char *null_text;
    char *column_names;
    char **names; /* result columns that come from the files */
    size_t name_count;
} dsv_call;

static void call_free(void *data) {
    dsv_call *call = data;
    for (size_t i = 0; i < call->path_count; i++) {
        duckdb_free(call->paths[i]);
    }
    for (size_t i = 0; i < call->name_count; i++) {
        shire_memory_free(call->names[i]);
    }
    if (call->null_text != NULL) {
        duckdb_free(call->null_text);
    }
    if (call->column_names != NULL) {
        duckdb_free(call->column_names);
    }
    shire_memory_free(call->paths);
    shire_memory_free(call->names);
    shire_memory_free(call);
}

static char *named_text(duckdb_bind_info info, const char *name) {
    duckdb_value value = duckdb_bind_get_named_parameter(info, name);
    char *text = value == NULL ? NULL : duckdb_get_varchar(value);
    duckdb_destroy_value(&value);
    return text;
}

static char named_byte(duckdb_bind_info info, const char *name) {
    char *text = named_text(info, name);
    char byte = text == NULL ? '\0' : strcmp(text, "\\t") == 0 ? '\t' : *text;
    duckdb_free(text);
    return byte;
}

static dsv_call *call_read(duckdb_bind_info info) {
    dsv_call *call = shire_memory_resize(NULL, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    *call = (dsv_call){.options.delimiter = named_byte(info, "delim"),
                       .options.quote = named_byte(info, "quote"),
                       .options.comment = named_byte(info, "comment"),
                       .null_text = named_text(info, "nullstr"),
                       .column_names = named_text(info, "names")};
    call->options.null_text = call->null_text;
    call->options.names = call->column_names;
    duckdb_value header = duckdb_bind_get_named_parameter(info, "header");
    duckdb_value skip = duckdb_bind_get_named_parameter(info, "skip");
    call->options.without_header = header != NULL && !duckdb_get_bool(header);
    call->options.skip_given = skip != NULL;
    call->options.skip_lines = skip == NULL ? 0 : duckdb_get_int64(skip);
    duckdb_value list = duckdb_bind_get_parameter(info, 0);
    size_t count = duckdb_get_list_size(list);
    call->paths = shire_memory_resize(NULL, (count + 1) * sizeof *call->paths);
    for (size_t i = 0; call->paths != NULL && i < count; i++) {
        duckdb_value path = duckdb_get_list_child(list, i);
        call->paths[call->path_count++] = duckdb_get_varchar(path);
        duckdb_destroy_value(&path);
    }
    duckdb_destroy_value(&list);
    duckdb_destroy_value(&skip);
    duckdb_destroy_value(&header);
    if (call->paths == NULL) {
        call_free(call);
        return NULL;
    }
    return call;
}

static void add_column(duckdb_bind_info info, const char *name, duckdb_type type) {
    duckdb_logical_type logical = duckdb_create_logical_type(type);
    duckdb_bind_add_result_column(info, name, logical);
    duckdb_destroy_logical_type(&logical);
}

/* The named columns of the first file. */
static bool bind_columns(duckdb_bind_info info, dsv_call *call, const shire_dsv_reader *reader) {
    const shire_dsv_column *columns = shire_dsv_columns(reader);
    size_t count = shire_dsv_column_count(reader);
    call->names = shire_memory_resize(NULL, (count + 1) * sizeof *call->names);
    for (size_t i = 0; call->names != NULL && i < count; i++) {
        if (columns[i].name == NULL) {
            continue;
        }
        size_t name_bytes = strlen(columns[i].name) + 1;
        char *name = shire_memory_resize(NULL, name_bytes);
        if (name == NULL) {
            return false;
        }
        memcpy(name, columns[i].name, name_bytes);
        call->names[call->name_count++] = name;
        add_column(info, name, DUCKDB_TYPE_VARCHAR);
    }
    return call->names != NULL;
}

static void dsv_bind(duckdb_bind_info info) {
    dsv_call *call = call_read(info);
    shire_dsv_reader *reader = NULL;
    shire_error error = {0};
    if (call == NULL) {
        duckdb_bind_set_error(info, "out of memory");
        return;
    }
    duckdb_bind_set_bind_data(info, call, call_free);
    if (call->path_count == 0) {
        duckdb_bind_set_error(info, "no files");
    } else if (shire_dsv_open(call->paths[0], &call->options, &reader, &error) != SHIRE_OK) {
        duckdb_bind_set_error(info, error.message);
    } else if (!bind_columns(info, call, reader)) {
        duckdb_bind_set_error(info, "out of memory");
    } else {
        add_column(info, "shire_source_file", DUCKDB_TYPE_INTEGER);
        add_column(info, "shire_source_line", DUCKDB_TYPE_BIGINT);
    }
    shire_dsv_close(reader);
}

/* --- scanning --- */

typedef struct dsv_scan {
    table_dsv_notes *notes;
    shire_dsv_reader *reader; /* NULL between files */
    shire_dsv_problems problems;
    size_t file;       /* the one being read, or the next */
    size_t *projected; /* result columns that are asked for */
    size_t projected_count;
    ptrdiff_t *field_of; /* for each projected column: field of the present file, -1: none */
} dsv_scan;

static void scan_free(void *data) {
    dsv_scan *scan = data;
    shire_dsv_close(scan->reader);
    shire_memory_free(scan->projected);
    shire_memory_free(scan->field_of);
    shire_memory_free(scan);
}

static void dsv_init(duckdb_init_info info) {
    dsv_scan *scan = shire_memory_resize(NULL, sizeof *scan);
    if (scan == NULL) {
        duckdb_init_set_error(info, "out of memory");
        return;
    }
    *scan = (dsv_scan){.notes = duckdb_init_get_extra_info(info)};
    duckdb_init_set_init_data(info, scan, scan_free);
    duckdb_init_set_max_threads(info, 1);
    scan->projected_count = duckdb_init_get_column_count(info);
    scan->projected =
        shire_memory_resize(NULL, (scan->projected_count + 1) * sizeof *scan->projected);
    scan->field_of =
        shire_memory_resize(NULL, (scan->projected_count + 1) * sizeof *scan->field_of);
    if (scan->projected == NULL || scan->field_of == NULL) {
        duckdb_init_set_error(info, "out of memory");
        return;
    }
    for (size_t i = 0; i < scan->projected_count; i++) {
        scan->projected[i] = duckdb_init_get_column_index(info, i);
    }
}

static void map_columns(dsv_scan *scan, const dsv_call *call) {
    const shire_dsv_column *columns = shire_dsv_columns(scan->reader);
    size_t count = shire_dsv_column_count(scan->reader);
    for (size_t i = 0; i < scan->projected_count; i++) {
        scan->field_of[i] = -1;
        if (scan->projected[i] >= call->name_count) {
            continue;
        }
        shire_span wanted = shire_span_of(call->names[scan->projected[i]]);
        for (size_t field = 0; field < count && scan->field_of[i] < 0; field++) {
            if (columns[field].name != NULL &&
                shire_span_equal_ignoring_case(shire_span_of(columns[field].name), wanted)) {
                scan->field_of[i] = (ptrdiff_t)field;
            }
        }
    }
}

/* Open the next file; false at the end or on an error, which is then set. */
static bool open_next(duckdb_function_info info, dsv_scan *scan, const dsv_call *call) {
    shire_error error = {0};
    if (scan->file == call->path_count) {
        return false;
    }
    const char *path = call->paths[scan->file];
    note_path(scan->notes, path, false);
    if (shire_dsv_open(path, &call->options, &scan->reader, &error) != SHIRE_OK) {
        shire_error_prefix(&error, "%s", path);
        duckdb_function_set_error(info, error.message);
        return false;
    }
    scan->problems = (shire_dsv_problems){.reader = scan->reader};
    map_columns(scan, call);
    return true;
}

/* Strings of up to 12 bytes live in the vector itself; the rest of the 12 is zero. */
static void put_text(duckdb_vector vector, duckdb_string_t *strings, size_t row, shire_span text) {
    if (text.length <= 12) {
        duckdb_string_t string;
        memset(&string, 0, sizeof string);
        string.value.inlined.length = (uint32_t)text.length;
        memcpy(string.value.inlined.inlined, text.bytes, text.length);
        strings[row] = string;
    } else {
        duckdb_vector_assign_string_element_len(vector, row, text.bytes, text.length);
    }
}

typedef struct dsv_output {
    duckdb_vector vector;
    void *values;
    uint64_t *validity; /* NULL until the first null */
} dsv_output;

static void put_null(dsv_output *output, size_t row) {
    if (output->validity == NULL) {
        duckdb_vector_ensure_validity_writable(output->vector);
        output->validity = duckdb_vector_get_validity(output->vector);
    }
    duckdb_validity_set_row_validity(output->validity, row, false);
}

static void put_record(const dsv_scan *scan, const dsv_call *call, const shire_dsv_record *record,
                       dsv_output *outputs, size_t row) {
    for (size_t i = 0; i < scan->projected_count; i++) {
        size_t column = scan->projected[i];
        if (column == call->name_count) {
            ((int32_t *)outputs[i].values)[row] = (int32_t)scan->file;
        } else if (column == call->name_count + 1) {
            ((int64_t *)outputs[i].values)[row] = record->line;
        } else if (column < call->name_count) {
            ptrdiff_t field = scan->field_of[i];
            shire_span text = field < 0 ? (shire_span){NULL, 0} : record->fields[field];
            if (text.length == 0) {
                put_null(&outputs[i], row);
            } else {
                put_text(outputs[i].vector, outputs[i].values, row, text);
            }
        }
    }
}

static dsv_output *outputs_of(duckdb_data_chunk chunk, size_t count) {
    dsv_output *outputs = shire_memory_resize(NULL, (count + 1) * sizeof *outputs);
    for (size_t i = 0; outputs != NULL && i < count; i++) {
        outputs[i].vector = duckdb_data_chunk_get_vector(chunk, i);
        outputs[i].values = duckdb_vector_get_data(outputs[i].vector);
        outputs[i].validity = NULL;
    }
    return outputs;
}

static void dsv_function(duckdb_function_info info, duckdb_data_chunk chunk) {
    const dsv_call *call = duckdb_function_get_bind_data(info);
    dsv_scan *scan = duckdb_function_get_init_data(info);
    shire_error error = {0};
    size_t row = 0, row_limit = duckdb_vector_size();
    dsv_output *outputs = outputs_of(chunk, scan->projected_count);
    if (outputs == NULL) {
        duckdb_function_set_error(info, "out of memory");
        return;
    }
    while (row < row_limit && (scan->reader != NULL || open_next(info, scan, call))) {
        shire_dsv_record record;
        bool more = false;
        if (shire_dsv_next(scan->reader, &record, &more, &error) != SHIRE_OK) {
            shire_error_prefix(&error, "%s", call->paths[scan->file]);
            duckdb_function_set_error(info, error.message);
            break;
        }
        if (!more) {
            note_path(scan->notes, call->paths[scan->file], shire_dsv_is_clean(scan->reader));
            shire_dsv_close(scan->reader);
            scan->reader = NULL;
            scan->file++;
        } else if (record.fault == SHIRE_DSV_GOOD) {
            put_record(scan, call, &record, outputs, row++);
        }
    }
    shire_memory_free(outputs);
    duckdb_data_chunk_set_size(chunk, row);
}

/* --- problems --- */

static void problems_bind(duckdb_bind_info info) {
    dsv_call *call = call_read(info);
    if (call == NULL) {
        duckdb_bind_set_error(info, "out of memory");
        return;
    }
    duckdb_bind_set_bind_data(info, call, call_free);
    add_column(info, "file", DUCKDB_TYPE_INTEGER);
    add_column(info, "line", DUCKDB_TYPE_BIGINT);
    add_column(info, "row_count", DUCKDB_TYPE_BIGINT);
    add_column(info, "column_name", DUCKDB_TYPE_VARCHAR);
    add_column(info, "severity", DUCKDB_TYPE_VARCHAR);
    add_column(info, "kind", DUCKDB_TYPE_VARCHAR);
    add_column(info, "problem", DUCKDB_TYPE_VARCHAR);
    add_column(info, "remedy", DUCKDB_TYPE_VARCHAR);
}

static void put_problem(const dsv_scan *scan, const shire_dsv_problem *problem,
                        dsv_output outputs[8], size_t row) {
    const char *texts[5] = {problem->column_name, problem->severity, problem->kind,
                            problem->problem, problem->remedy};
    ((int32_t *)outputs[0].values)[row] = (int32_t)scan->file;
    ((int64_t *)outputs[1].values)[row] = problem->line;
    ((int64_t *)outputs[2].values)[row] = problem->row_count;
    for (int i = 0; i < 5; i++) {
        if (texts[i] == NULL) {
            put_null(&outputs[3 + i], row);
        } else {
            duckdb_vector_assign_string_element(outputs[3 + i].vector, row, texts[i]);
        }
    }
    if (problem->line == 0) {
        put_null(&outputs[1], row);
    }
}

static void problems_function(duckdb_function_info info, duckdb_data_chunk chunk) {
    const dsv_call *call = duckdb_function_get_bind_data(info);
    dsv_scan *scan = duckdb_function_get_init_data(info);
    shire_error error = {0};
    size_t row = 0, row_limit = duckdb_vector_size();
    dsv_output *outputs = outputs_of(chunk, 8);
    if (outputs == NULL) {
        duckdb_function_set_error(info, "out of memory");
        return;
    }
    while (row < row_limit && (scan->reader != NULL || open_next(info, scan, call))) {
        shire_dsv_problem problem;
        bool more = false;
        if (shire_dsv_next_problem(&scan->problems, &problem, &more, &error) != SHIRE_OK) {
            shire_error_prefix(&error, "%s", call->paths[scan->file]);
            duckdb_function_set_error(info, error.message);
            break;
        }
        if (more) {
            put_problem(scan, &problem, outputs, row++);
        } else {
            shire_dsv_close(scan->reader);
            scan->reader = NULL;
            scan->file++;
        }
    }
    shire_memory_free(outputs);
    duckdb_data_chunk_set_size(chunk, row);
}

/* --- registration --- */

static void add_named(duckdb_table_function function, const char *name, duckdb_type type) {
    duckdb_logical_type logical = duckdb_create_logical_type(type);
    duckdb_table_function_add_named_parameter(function, name, logical);
    duckdb_destroy_logical_type(&logical);
}

static bool register_one(shire_table *table, const char *name, duckdb_table_function_bind_t bind,
                         duckdb_table_function_t scan_function, bool projects) {
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_logical_type list = duckdb_create_list_type(text);
    duckdb_table_function_set_name(function, name);
    duckdb_table_function_add_parameter(function, list);
    add_named(function, "delim", DUCKDB_TYPE_VARCHAR);
    add_named(function, "quote", DUCKDB_TYPE_VARCHAR);
    add_named(function, "comment", DUCKDB_TYPE_VARCHAR);
    add_named(function, "nullstr", DUCKDB_TYPE_VARCHAR);
    add_named(function, "names", DUCKDB_TYPE_VARCHAR);
    add_named(function, "header", DUCKDB_TYPE_BOOLEAN);
    add_named(function, "skip", DUCKDB_TYPE_BIGINT);
    duckdb_table_function_set_extra_info(function, table->database->dsv_notes, NULL);
    duckdb_table_function_set_bind(function, bind);
    duckdb_table_function_set_init(function, dsv_init);
    duckdb_table_function_set_function(function, scan_function);
    duckdb_table_function_supports_projection_pushdown(function, projects);
    bool registered = duckdb_register_table_function(table->connection, function) == DuckDBSuccess;
    duckdb_destroy_table_function(&function);
    duckdb_destroy_logical_type(&list);
    duckdb_destroy_logical_type(&text);
    return registered;
}

shire_status table_dsv_register(shire_table *table, shire_error *error) {
    if (!register_one(table, "shire_csv", dsv_bind, dsv_function, true) ||
        !register_one(table, "shire_csv_problems", problems_bind, problems_function, false)) {
        return SHIRE_FAIL(error, SHIRE_INTERNAL,
                          "the warehouse engine refuses the reader of delimited text");
    }
    return SHIRE_OK;
}
