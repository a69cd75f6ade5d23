/*
 * Records on their way into a feed's files. Each is checked as a received file would be: a record
 * with a mandatory value that is not fit is left out and listed with its cost, a required one is
 * sent empty and listed. The header stands first and holds count and total, so records go to an
 * unnamed file beside the final one until a part is full.
 */
#include "plics/plics_internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)1 << 18)

struct plics_output {
    plics_call *call;
    const plics_feed *feed;
    bool writes; /* false: records are only counted */
    plics_places places;
    int cost_column; /* filled from the amount; -1: the reconciliation has none */
    FILE *body;      /* of the part under way, or NULL */
    shire_builder line;
    int64_t record_count; /* of the part */
    shire_money total;
    int part;                                                  /* from 1 */
    int64_t event_no;                                          /* of the record under way */
    const char *reasons[PLICS_COLUMNS_MAX][PLICS_FAULT_COUNT]; /* made once each */
};

static const char *const fault_words[PLICS_FAULT_COUNT] = {
    [PLICS_MANDATORY_EMPTY] = "is empty",
    [PLICS_WRONG_LENGTH] = "has the wrong length",
    [PLICS_WRONG_FORMAT] = "is not in its format",
    [PLICS_IMPOSSIBLE_DATE] = "is no day or time that exists",
    [PLICS_UNKNOWN_CODE] = "is none of its codes",
    [PLICS_BAD_CHECK_DIGIT] = "has a wrong check digit",
    [PLICS_WRONG_ORDER] = "is in the wrong order to the start of the care",
    [PLICS_OUTSIDE_PERIOD] = "is outside the period",
    [PLICS_WRONG_STATUS] = "does not fit the dates"};

shire_status plics_output_new(plics_call *call, plics_feed_no feed, plics_output **output_out,
                              shire_error *error) {
    plics_output *output = shire_arena_alloc(call->arena, sizeof(*output));
    if (output == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    output->call = call;
    output->feed = &plics_feeds[feed];
    output->writes = call->wanted[feed];
    output->places = plics_places_of(output->feed);
    output->cost_column = plics_column_find(output->feed, PLICS_KEY_TOTAL_COST);
    *output_out = output;
    return SHIRE_OK;
}

/* ---- files ---- */

char *plics_file_path(const plics_call *call, const char *organisation, const plics_feed *feed,
                      int part) {
    int year;
    int month;
    int day;
    char suffix[24] = "";
    shire_date_parts(call->period.year_first, &year, &month, &day);
    if (part > 1) {
        snprintf(suffix, sizeof(suffix), "_%d", part);
    }
    return shire_arena_format(call->arena, "%s/%s_FY%04d-%02d_%s%s.csv", call->options->output_dir,
                              organisation, year, (year + 1) % 100, feed->code, suffix);
}

static char *part_path(const plics_output *output) {
    return plics_file_path(output->call, output->call->organisation, output->feed, output->part);
}

static shire_status body_failed(const plics_output *output, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: the records cannot be written: %s",
                      output->call->options->output_dir, strerror(errno));
}

static shire_status open_body(plics_output *output, shire_error *error) {
    output->part++;
    char *path = part_path(output);
    char *body_path =
        path == NULL ? NULL : shire_arena_format(output->call->arena, "%s.body", path);
    if (body_path == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    output->record_count = 0;
    output->total = 0;
    output->body = fopen(body_path, "w+e");
    if (output->body == NULL) {
        return body_failed(output, error);
    }
    unlink(body_path);
    return SHIRE_OK;
}

static void add_header_values(const plics_output *output, shire_file_writer *writer) {
    const plics_call *call = output->call;
    char texts[PLICS_HEADER_MAX][24] = {""};
    int year;
    int month;
    int day;
    shire_date_parts(call->period.year_first, &year, &month, &day);
    snprintf(texts[PLICS_SUBMITTER], 24, "%s", call->organisation);
    snprintf(texts[PLICS_FINANCIAL_YEAR], 24, "FY%04d-%02d", year, (year + 1) % 100);
    shire_date_format(call->period.first, texts[PLICS_PERIOD_START]);
    shire_date_format(call->period.last, texts[PLICS_PERIOD_END]);
    shire_timestamp_format(call->options->created, texts[PLICS_CREATED]);
    snprintf(texts[PLICS_ACTIVITY_TYPE], 24, "%s", output->feed->code);
    snprintf(texts[PLICS_RECORD_COUNT], 24, "%lld", (long long)output->record_count);
    shire_decimal_format(output->total, 2, texts[PLICS_TOTAL_COST]);
    for (size_t i = 0; i < output->feed->header_count; i++) {
        shire_file_writer_add_cell(writer, shire_span_of(texts[i]),
                                   i + 1 < output->feed->header_count ? ',' : '\n');
    }
}

static void add_head(const plics_output *output, shire_file_writer *writer) {
    const plics_feed *feed = output->feed;
    for (size_t i = 0; i < feed->header_count; i++) {
        shire_file_writer_add_cell(writer, shire_span_of(plics_header[i].field->key),
                                   i + 1 < feed->header_count ? ',' : '\n');
    }
    add_header_values(output, writer);
    for (size_t i = 0; i < feed->column_count; i++) {
        shire_file_writer_add_cell(writer, shire_span_of(feed->columns[i].field->key),
                                   i + 1 < feed->column_count ? ',' : '\n');
    }
}

static plics_open_file *add_file(plics_call *call) {
    if (call->file_count == call->file_capacity) {
        size_t capacity = call->file_capacity * 2 + 8;
        plics_open_file *files = shire_arena_alloc_array(call->arena, capacity, sizeof(*files));
        if (files == NULL) {
            return NULL;
        }
        if (call->file_count > 0) {
            memcpy(files, call->files, call->file_count * sizeof(*files));
        }
        call->files = files;
        call->file_capacity = capacity;
    }
    plics_open_file *file = &call->files[call->file_count++];
    *file = (plics_open_file){0};
    return file;
}

/* Header and records into the file's new version, which waits for its rename. */
static shire_status finish_part(plics_output *output, shire_error *error) {
    plics_call *call = output->call;
    char *path = part_path(output);
    plics_open_file *file = add_file(call);
    char *buffer = shire_arena_alloc(call->arena, COPY_BYTES);
    if (path == NULL || file == NULL || buffer == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    file->about = (shire_plics_file){.organisation = call->organisation,
                                     .feed = output->feed->code,
                                     .path = path,
                                     .record_count = output->record_count,
                                     .total = output->total};
    shire_status status = shire_file_writer_open(&file->writer, path, true, error);
    if (status != SHIRE_OK) {
        return status;
    }
    add_head(output, &file->writer);
    if (fflush(output->body) != 0 || fseek(output->body, 0, SEEK_SET) != 0) {
        return body_failed(output, error);
    }
    size_t count;
    while ((count = fread(buffer, 1, COPY_BYTES, output->body)) > 0) {
        shire_file_writer_add(&file->writer, (shire_span){buffer, count});
    }
    if (ferror(output->body) != 0) {
        return body_failed(output, error);
    }
    fclose(output->body);
    output->body = NULL;
    return SHIRE_OK;
}

/* ---- records ---- */

static const char *reason_of(plics_output *output, int column, plics_fault fault) {
    char name[128];
    const char **reason = &output->reasons[column][fault];
    if (*reason == NULL) {
        plics_field_name(output->feed->columns[column].field, name);
        *reason = shire_arena_format(output->call->arena, "%s %s", name, fault_words[fault]);
    }
    return *reason;
}

/* True: the record can go. A required value that is not fit becomes empty. */
static bool settle(plics_output *output, int column, plics_fault fault, shire_span *values,
                   shire_money amount, bool *failed) {
    plics_call *call = output->call;
    bool mandatory = output->feed->columns[column].mandatory;
    const char *reason = reason_of(output, column, fault);
    *failed |= reason == NULL || !plics_list_add(call, mandatory ? &call->left_out : &call->emptied,
                                                 output->feed->code, reason, output->event_no, 0, 1,
                                                 mandatory ? amount : 0);
    values[column] = (shire_span){"", 0};
    return !mandatory;
}

static bool check_record(plics_output *output, shire_span *values, shire_money amount,
                         bool *failed) {
    uint8_t good[PLICS_COLUMNS_MAX] = {0};
    const plics_feed *feed = output->feed;
    for (size_t i = 0; i < feed->column_count; i++) {
        plics_fault fault = values[i].length > 0
                                ? plics_value_check(feed->columns[i].field, values[i])
                            : feed->columns[i].mandatory ? PLICS_MANDATORY_EMPTY
                                                         : PLICS_GOOD;
        if (fault != PLICS_GOOD && !settle(output, (int)i, fault, values, amount, failed)) {
            return false;
        }
        good[i] = fault == PLICS_GOOD && values[i].length > 0;
    }
    int column = 0;
    plics_fault fault =
        plics_record_check(&output->places, &output->call->period, values, good, &column);
    return fault == PLICS_GOOD || settle(output, column, fault, values, amount, failed);
}

static void append_cell(shire_builder *line, shire_span value) {
    bool quoted = memchr(value.bytes, ',', value.length) != NULL ||
                  memchr(value.bytes, '"', value.length) != NULL;
    if (!quoted) {
        shire_builder_append(line, value);
        return;
    }
    shire_builder_append_text(line, "\"");
    for (size_t i = 0; i < value.length; i++) {
        shire_builder_append(line, (shire_span){value.bytes + i, 1});
        if (value.bytes[i] == '"') {
            shire_builder_append_text(line, "\"");
        }
    }
    shire_builder_append_text(line, "\"");
}

static shire_status write_line(plics_output *output, const shire_span *values, shire_error *error) {
    if (output->body == NULL) {
        shire_status status = open_body(output, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    shire_builder_clear(&output->line);
    for (size_t i = 0; i < output->feed->column_count; i++) {
        append_cell(&output->line, values[i]);
        shire_builder_append_text(&output->line, i + 1 < output->feed->column_count ? "," : "\n");
    }
    if (output->line.failed) {
        return PLICS_NO_MEMORY(error);
    }
    return fwrite(output->line.bytes, 1, output->line.length, output->body) == output->line.length
               ? SHIRE_OK
               : body_failed(output, error);
}

shire_status plics_output_add(plics_output *output, int64_t event_no, const shire_span *values,
                              shire_money amount, shire_error *error) {
    plics_call *call = output->call;
    shire_span record[PLICS_COLUMNS_MAX];
    char cost[24];
    bool failed = false;
    int64_t most =
        call->options->records_max > 0 ? call->options->records_max : SHIRE_PLICS_RECORDS_MAX;
    memcpy(record, values, output->feed->column_count * sizeof(*record));
    if (output->cost_column >= 0) {
        record[output->cost_column] = (shire_span){cost, shire_decimal_format(amount, 2, cost)};
    }
    output->event_no = event_no;
    if (!check_record(output, record, amount, &failed)) {
        return failed ? PLICS_NO_MEMORY(error) : SHIRE_OK;
    }
    if (failed) {
        return PLICS_NO_MEMORY(error);
    }
    shire_status status = SHIRE_OK;
    if (output->writes) {
        if (output->body != NULL && output->record_count == most) {
            status = finish_part(output, error);
        }
        if (status == SHIRE_OK) {
            status = write_line(output, record, error);
        }
    }
    output->record_count++;
    bool overflows = __builtin_add_overflow(output->total, amount, &output->total);
    if (output->cost_column >= 0) {
        overflows |= __builtin_add_overflow(call->sums.in_feeds, amount, &call->sums.in_feeds);
    }
    return status == SHIRE_OK && overflows
               ? SHIRE_FAIL(error, SHIRE_OVERFLOW, "the total cost of a feed leaves the range")
               : status;
}

shire_status plics_output_close(plics_output *output, bool keep, shire_error *error) {
    shire_status status = SHIRE_OK;
    if (output->body != NULL && keep) {
        status = finish_part(output, error);
    }
    if (output->body != NULL) {
        fclose(output->body);
        output->body = NULL;
    }
    shire_builder_free(&output->line);
    return status;
}

/* ---- a feed ---- */

/* Frame columns: event_no, amount, then the feed's. */
static shire_status add_batch(const shire_frame *frame, void *context, shire_error *error) {
    plics_output *output = context;
    shire_span values[PLICS_COLUMNS_MAX];
    for (size_t row = 0; row < frame->row_count; row++) {
        for (size_t i = 0; i < output->feed->column_count; i++) {
            values[i] = shire_column_text(&frame->columns[2 + i], row);
        }
        shire_status status = plics_output_add(output, frame->columns[0].int64[row], values,
                                               frame->columns[1].int64[row], error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return SHIRE_OK;
}

shire_status plics_feed_write(plics_call *call, plics_feed_no feed, shire_error *error) {
    plics_output *output = NULL;
    char *sql = plics_records_sql(call, feed, error);
    if (sql == NULL) {
        return error == NULL ? SHIRE_NO_MEMORY : error->status;
    }
    shire_status status = plics_output_new(call, feed, &output, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = shire_table_scan(call->table, sql, add_batch, output, error);
    shire_status closed =
        plics_output_close(output, status == SHIRE_OK, status == SHIRE_OK ? error : NULL);
    return status == SHIRE_OK ? closed : status;
}
