/*
 * Reads records, takes names apart as linkage does, encodes each distinct value of a column once
 * (columns side by side on the threads), and writes the file. Ids become pseudonyms under the same
 * key, and the records are put in their order.
 */
#include "link/link_encode.h"

#include "core/arena.h"
#include "core/parallel.h"
#include "io/file_writer.h"
#include "link/link_dataset_internal.h"
#include "link/link_normalise_kernel.h"
#include "link/link_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PSEUDONYM_BYTES ((size_t)12)
#define DATE_BYTES 8
#define TEXT_BYTES (SHIRE_SECRET_BASE64_LENGTH(SHIRE_LINK_ENCODING_BYTES_MAX) + 1)

/* One column of the file under construction. */
typedef struct coding {
    shire_link_role role;
    char name[32];
    const shire_column *column; /* NULL for a part of a name */
    const uint32_t *name_ids;   /* by record: ids of the dictionary of names */
    shire_link_dictionary seen; /* of salts and values together */
    uint32_t *ids;              /* by record: place in `texts`, from 1; 0: not known */
    shire_builder texts;        /* base64, all of one length */
    bool failed;
} coding;

typedef struct job {
    const shire_link_encode_options *options;
    shire_link_encoder *encoder;
    shire_table *table;
    shire_arena *arena;
    shire_link_input inputs[SHIRE_LINK_COLUMNS_MAX + 1];
    size_t input_count;
    size_t record_count;
    uint64_t failed_values;
    shire_link_dataset names; /* its dictionary of names only */
    shire_link_name_ids name_ids;
    char (*dates)[DATE_BYTES]; /* by record: birth date, zeros where it is not known */
    coding codings[SHIRE_LINK_COLUMNS_MAX + 3];
    size_t coding_count;
    char (*pseudonyms)[2 * PSEUDONYM_BYTES]; /* by record, NULL without ids */
    uint32_t *order;                         /* of the records in the file */
} job;

static const shire_column *find_column(const job *work, shire_link_role role) {
    for (size_t i = 0; i < work->input_count; i++) {
        if (work->inputs[i].role == role) {
            return work->inputs[i].column;
        }
    }
    return NULL;
}

static shire_status read_records(job *work, int thread_count, shire_error *error) {
    const shire_link_encode_options *options = work->options;
    shire_frame frame = {0};
    shire_table_options table_options = {.path = options->warehouse_path,
                                         .read_only = options->warehouse_path != NULL,
                                         .thread_count = thread_count};
    shire_status status = shire_table_open(&table_options, &work->table, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (options->warehouse_path != NULL) {
        status = shire_link_records_query(work->table, work->arena, &frame, error);
        if (status == SHIRE_OK) {
            shire_link_records_inputs(&frame, work->inputs);
            work->input_count = SHIRE_LINK_RECORD_INPUTS;
            work->inputs[work->input_count++] = (shire_link_input){
                .role = SHIRE_LINK_ROLE_ID, .column = &frame.columns[SHIRE_LINK_RECORD_LOCAL_ID]};
        }
    } else {
        const shire_link_file_options *files = options->files;
        status = shire_link_files_read(files, work->table, work->arena, &frame,
                                       &work->failed_values, error);
        for (size_t i = 0; i < files->choice_count && status == SHIRE_OK; i++) {
            work->inputs[work->input_count++] =
                (shire_link_input){.role = files->choices[i].role, .column = &frame.columns[i]};
        }
        if (status == SHIRE_OK && files->path_count > 1 &&
            find_column(work, SHIRE_LINK_ROLE_SOURCE) == NULL) {
            work->inputs[work->input_count++] = (shire_link_input){
                .role = SHIRE_LINK_ROLE_SOURCE, .column = &frame.columns[files->choice_count]};
        }
    }
    work->record_count = frame.row_count;
    return status;
}

static bool read_name_column(job *work, shire_link_role role, uint32_t **ids_out) {
    const shire_column *column = find_column(work, role);
    uint32_t *ids = shire_arena_alloc_array(work->arena, work->record_count + 1, sizeof *ids);
    bool is_done = ids != NULL;
    for (size_t record = 0; is_done && column != NULL && record < work->record_count; record++) {
        char value[SHIRE_LINK_VALUE_BYTES_MAX];
        size_t length = shire_link_role_normalise(role, shire_column_text(column, record), value);
        is_done = shire_link_dictionary_add(&work->names.names, (shire_span){value, length},
                                            &ids[record]);
    }
    *ids_out = ids;
    return is_done;
}

static coding *add_coding(job *work, shire_link_role role, const char *name) {
    coding *added = &work->codings[work->coding_count++];
    added->role = role;
    snprintf(added->name, sizeof added->name, "%s", name);
    return added;
}

/* A full name fills in what is missing of the others, so it is written as they are. */
static bool choose_names(job *work) {
    bool has_full = find_column(work, SHIRE_LINK_ROLE_FULL_NAME) != NULL;
    const struct {
        shire_link_role role;
        uint32_t **ids;
    } parts[] = {{SHIRE_LINK_ROLE_GIVEN, &work->name_ids.given},
                 {SHIRE_LINK_ROLE_MIDDLE, &work->name_ids.middle},
                 {SHIRE_LINK_ROLE_FAMILY, &work->name_ids.family}};
    work->names.record_count = work->record_count;
    if (!shire_link_dictionary_init(&work->names.names) ||
        !read_name_column(work, SHIRE_LINK_ROLE_FULL_NAME, &work->name_ids.full)) {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        if (!read_name_column(work, parts[i].role, parts[i].ids)) {
            return false;
        }
    }
    if (!shire_link_names_split(&work->name_ids, &work->names)) {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        if (has_full || find_column(work, parts[i].role) != NULL) {
            add_coding(work, parts[i].role, shire_link_role_name(parts[i].role))->name_ids =
                *parts[i].ids;
        }
    }
    return true;
}

static void choose_columns(job *work) {
    int others = 0;
    for (size_t i = 0; i < work->input_count; i++) {
        shire_link_role role = work->inputs[i].role;
        if (role >= SHIRE_LINK_ROLE_DOB) {
            coding *added = add_coding(work, role, shire_link_role_name(role));
            added->column = work->inputs[i].column;
            if (role == SHIRE_LINK_ROLE_OTHER) {
                snprintf(added->name, sizeof added->name, "other_%d", ++others);
            }
        }
    }
}

static bool read_dates(job *work) {
    const shire_column *column = find_column(work, SHIRE_LINK_ROLE_DOB);
    work->dates = shire_arena_alloc_array(work->arena, work->record_count + 1, DATE_BYTES);
    for (size_t record = 0; work->dates != NULL && column != NULL && record < work->record_count;
         record++) {
        char value[SHIRE_LINK_VALUE_BYTES_MAX];
        if (shire_link_normalise_date(shire_column_text(column, record), value) == 8) {
            memcpy(work->dates[record], value, DATE_BYTES);
        }
    }
    return work->dates != NULL;
}

static bool encode_record(const job *work, coding *one, size_t record) {
    char key[DATE_BYTES + SHIRE_LINK_VALUE_BYTES_MAX];
    char normalised[SHIRE_LINK_VALUE_BYTES_MAX];
    size_t salt =
        shire_link_encoding_is_salted(one->role) ? (size_t)work->options->encoding.salt_digits : 0;
    shire_span value = {normalised, 0};
    if (one->name_ids != NULL) {
        value = shire_link_dictionary_text(&work->names.names, one->name_ids[record]);
    } else {
        value.length = shire_link_role_normalise(one->role, shire_column_text(one->column, record),
                                                 normalised);
    }
    one->ids[record] = 0;
    if (value.length == 0) {
        return true;
    }
    memcpy(key, work->dates[record], salt);
    memcpy(key + salt, value.bytes, value.length);
    uint32_t known = one->seen.count;
    if (!shire_link_dictionary_add(&one->seen, (shire_span){key, salt + value.length},
                                   &one->ids[record])) {
        return false;
    }
    if (one->seen.count > known) {
        uint8_t encoding[SHIRE_LINK_ENCODING_BYTES_MAX];
        char text[TEXT_BYTES];
        shire_link_encode_value(work->encoder, one->role, one->name, (shire_span){key, salt}, value,
                                encoding);
        shire_secret_base64_encode(encoding, shire_link_encoding_bytes(work->encoder->options.bits),
                                   text);
        shire_builder_append_text(&one->texts, text);
    }
    return !one->texts.failed;
}

static void encode_columns(size_t first, size_t last, size_t chunk, int thread, void *context) {
    job *work = context;
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        coding *one = &work->codings[i];
        one->ids = shire_memory_resize(NULL, (work->record_count + 1) * sizeof *one->ids);
        one->failed = one->ids == NULL || !shire_link_dictionary_init(&one->seen);
        for (size_t record = 0; !one->failed && record < work->record_count; record++) {
            one->failed = !encode_record(work, one, record);
        }
    }
}

/* A source or an id under the key, in hex; of an id, its source goes in too. */
static void make_pseudonym(const job *work, const char *what, shire_span source, shire_span id,
                           char hex_out[2 * PSEUDONYM_BYTES]) {
    uint8_t hash[SHIRE_SECRET_HASH_BYTES];
    shire_secret_hash(work->options->key, shire_span_of(what), source, id, hash, sizeof hash);
    for (size_t i = 0; i < 2 * PSEUDONYM_BYTES; i++) {
        hex_out[i] = "0123456789abcdef"[hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    }
}

static int compare_pseudonyms(const void *a, const void *b, void *context) {
    const job *work = context;
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    int order = memcmp(work->pseudonyms[left], work->pseudonyms[right], 2 * PSEUDONYM_BYTES);
    return order != 0 ? order : (left > right) - (left < right);
}

static bool order_records(job *work) {
    const shire_column *id = find_column(work, SHIRE_LINK_ROLE_ID);
    const shire_column *source = find_column(work, SHIRE_LINK_ROLE_SOURCE);
    work->order = shire_arena_alloc_array(work->arena, work->record_count + 1, sizeof(uint32_t));
    if (work->order == NULL) {
        return false;
    }
    for (size_t record = 0; record < work->record_count; record++) {
        work->order[record] = (uint32_t)record;
    }
    if (id == NULL || work->options->keeps_ids) {
        return true;
    }
    work->pseudonyms =
        shire_arena_alloc_array(work->arena, work->record_count + 1, sizeof *work->pseudonyms);
    if (work->pseudonyms == NULL) {
        return false;
    }
    for (size_t record = 0; record < work->record_count; record++) {
        shire_span from = source == NULL ? (shire_span){"", 0} : shire_column_text(source, record);
        make_pseudonym(work, "id", from, shire_column_text(id, record), work->pseudonyms[record]);
    }
    qsort_r(work->order, work->record_count, sizeof *work->order, compare_pseudonyms, work);
    return true;
}

static uint64_t find_numbers(const job *work) {
    uint64_t numbers = 0;
    int other = 0;
    for (size_t i = 0; i < work->coding_count; i++) {
        const coding *one = &work->codings[i];
        if (one->role == SHIRE_LINK_ROLE_OTHER) {
            bool is_number = shire_link_values_kind(&one->seen, one->ids, work->record_count) ==
                             SHIRE_LINK_KIND_IDENTIFIER;
            numbers |= (uint64_t)is_number << other++;
        }
    }
    return numbers;
}

static void write_record(const job *work, shire_file_writer *writer, size_t record) {
    const shire_column *id = find_column(work, SHIRE_LINK_ROLE_ID);
    const shire_column *source = find_column(work, SHIRE_LINK_ROLE_SOURCE);
    size_t stride =
        SHIRE_SECRET_BASE64_LENGTH(shire_link_encoding_bytes(work->encoder->options.bits));
    if (id != NULL) {
        shire_file_writer_add_cell(
            writer,
            work->pseudonyms == NULL ? shire_column_text(id, record)
                                     : (shire_span){work->pseudonyms[record], 2 * PSEUDONYM_BYTES},
            ',');
    }
    if (source != NULL) {
        char hex[2 * PSEUDONYM_BYTES];
        make_pseudonym(work, "source", shire_column_text(source, record), (shire_span){"", 0}, hex);
        shire_file_writer_add_cell(writer, (shire_span){hex, PSEUDONYM_BYTES}, ',');
    }
    for (size_t i = 0; i < work->coding_count; i++) {
        const coding *one = &work->codings[i];
        uint32_t place = one->ids[record];
        shire_span text = place == 0
                              ? (shire_span){"", 0}
                              : (shire_span){one->texts.bytes + (place - 1) * stride, stride};
        shire_file_writer_add(writer, text);
        shire_file_writer_add(writer, (shire_span){i + 1 < work->coding_count ? "," : "\n", 1});
    }
}

static shire_status write_file(const job *work, shire_error *error) {
    char line[512];
    shire_file_writer writer = {0};
    shire_link_encoded_header header = {.encoding = work->encoder->options,
                                        .q = SHIRE_LINK_ENCODING_Q,
                                        .numbers = find_numbers(work)};
    memcpy(header.check, work->encoder->check, sizeof header.check);
    size_t length = shire_link_encoded_header_write(&header, line, sizeof line);
    shire_status status = shire_file_writer_open(&writer, work->options->out_path, false, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_file_writer_add(&writer, (shire_span){line, length});
    if (find_column(work, SHIRE_LINK_ROLE_ID) != NULL) {
        shire_file_writer_add(&writer, shire_span_of("id,"));
    }
    if (find_column(work, SHIRE_LINK_ROLE_SOURCE) != NULL) {
        shire_file_writer_add(&writer, shire_span_of("source,"));
    }
    for (size_t i = 0; i < work->coding_count; i++) {
        shire_file_writer_add_cell(&writer, shire_span_of(work->codings[i].name),
                                   i + 1 < work->coding_count ? ',' : '\n');
    }
    for (size_t i = 0; i < work->record_count; i++) {
        write_record(work, &writer, work->order[i]);
    }
    return shire_file_writer_close(&writer, true, error);
}

static shire_status write_id_map(const job *work, shire_error *error) {
    const shire_column *id = find_column(work, SHIRE_LINK_ROLE_ID);
    const shire_column *source = find_column(work, SHIRE_LINK_ROLE_SOURCE);
    shire_file_writer writer = {0};
    if (work->pseudonyms == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "there are no pseudonyms to write to %s; choose an id column, and do not "
                          "keep the ids",
                          work->options->id_map_path);
    }
    shire_status status = shire_file_writer_open(&writer, work->options->id_map_path, true, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_file_writer_add(&writer, shire_span_of("pseudonym,source,id\n"));
    for (size_t i = 0; i < work->record_count; i++) {
        uint32_t record = work->order[i];
        shire_file_writer_add_cell(
            &writer, (shire_span){work->pseudonyms[record], 2 * PSEUDONYM_BYTES}, ',');
        shire_file_writer_add_cell(
            &writer, source == NULL ? (shire_span){"", 0} : shire_column_text(source, record), ',');
        shire_file_writer_add_cell(&writer, shire_column_text(id, record), '\n');
    }
    return shire_file_writer_close(&writer, true, error);
}

static shire_status encode(job *work, int thread_count, shire_error *error) {
    if (!choose_names(work) || !read_dates(work)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the records");
    }
    choose_columns(work);
    if (work->coding_count == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "there is no column to encode; choose some with --columns");
    }
    shire_parallel_for(thread_count, work->coding_count, 1, encode_columns, work);
    bool is_done = order_records(work);
    for (size_t i = 0; i < work->coding_count; i++) {
        is_done = is_done && !work->codings[i].failed;
    }
    return is_done ? SHIRE_OK : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the encodings");
}

static void free_job(job *work) {
    for (size_t i = 0; i < work->coding_count; i++) {
        shire_link_dictionary_done(&work->codings[i].seen);
        shire_memory_free(work->codings[i].ids);
        shire_builder_free(&work->codings[i].texts);
    }
    shire_link_dataset_done(&work->names);
    shire_table_close(work->table);
    shire_arena_wipe_free(work->arena);
    if (work->encoder != NULL) {
        shire_secret_wipe(work->encoder, sizeof *work->encoder);
    }
    shire_memory_free(work->encoder);
    shire_memory_free(work);
}

shire_status shire_link_encode(const shire_link_encode_options *options,
                               shire_link_encode_report *report_out, shire_error *error) {
    int thread_count = options->files->thread_count > 0 ? options->files->thread_count
                                                        : shire_parallel_processor_count();
    job *work = shire_memory_resize(NULL, sizeof *work);
    if (work == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the encodings");
    }
    *work =
        (job){.options = options, .encoder = shire_memory_resize(NULL, sizeof(shire_link_encoder))};
    shire_status status =
        work->encoder == NULL
            ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the encodings")
            : shire_link_encoder_init(&options->encoding, options->key, work->encoder, error);
    if (status == SHIRE_OK) {
        status = shire_arena_new("encode_arena", 0, &work->arena, error);
    }
    if (status == SHIRE_OK) {
        status = read_records(work, thread_count, error);
    }
    if (status == SHIRE_OK) {
        status = encode(work, thread_count, error);
    }
    if (status == SHIRE_OK && options->id_map_path != NULL) {
        status = write_id_map(work, error);
    }
    if (status == SHIRE_OK) {
        status = write_file(work, error);
    }
    if (status == SHIRE_OK) {
        report_out->records = work->record_count;
        report_out->failed_values = work->failed_values;
        report_out->column_count = work->coding_count;
        memcpy(report_out->key_check, work->encoder->check, sizeof report_out->key_check);
    }
    free_job(work);
    return status;
}
