/*
 * From text columns to dictionary-encoded fields. Each distinct raw value of a column is
 * normalised once (raw dictionary -> normalised id). A full name is taken apart record by record:
 * it fills in a missing given or family name, and its remaining words become the field "rest".
 */
#include "link/link_dataset.h"

#include "core/arena.h"
#include "core/parallel.h"
#include "io/secret.h"
#include "link/link_dataset_internal.h"
#include "link/link_normalise_kernel.h"
#include "link/link_text_kernel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE_BYTES 64

typedef size_t (*normaliser)(shire_span text, char *value_out);

static const struct {
    const char *name;
    shire_link_kind kind;
    normaliser normalise;
} roles[SHIRE_LINK_ROLE_COUNT] = {
    [SHIRE_LINK_ROLE_ID] = {"id", SHIRE_LINK_KIND_CATEGORY, NULL},
    [SHIRE_LINK_ROLE_SOURCE] = {"source", SHIRE_LINK_KIND_CATEGORY, NULL},
    [SHIRE_LINK_ROLE_TRUTH] = {"truth", SHIRE_LINK_KIND_CATEGORY, NULL},
    [SHIRE_LINK_ROLE_GIVEN] = {"given", SHIRE_LINK_KIND_GIVEN, shire_link_normalise_name},
    [SHIRE_LINK_ROLE_MIDDLE] = {"middle", SHIRE_LINK_KIND_REST, shire_link_normalise_name},
    [SHIRE_LINK_ROLE_FAMILY] = {"family", SHIRE_LINK_KIND_FAMILY, shire_link_normalise_name},
    [SHIRE_LINK_ROLE_FULL_NAME] = {"full_name", SHIRE_LINK_KIND_REST,
                                   shire_link_normalise_full_name},
    [SHIRE_LINK_ROLE_DOB] = {"dob", SHIRE_LINK_KIND_DATE, shire_link_normalise_date},
    [SHIRE_LINK_ROLE_SEX] = {"sex", SHIRE_LINK_KIND_CATEGORY, shire_link_normalise_sex},
    [SHIRE_LINK_ROLE_NHS_NUMBER] = {"nhs_number", SHIRE_LINK_KIND_IDENTIFIER,
                                    shire_link_normalise_nhs_number},
    [SHIRE_LINK_ROLE_ADDRESS] = {"address", SHIRE_LINK_KIND_TEXT, shire_link_normalise_address},
    [SHIRE_LINK_ROLE_STREET_NUMBER] = {"street_number", SHIRE_LINK_KIND_NUMBER,
                                       shire_link_normalise_text},
    [SHIRE_LINK_ROLE_SUBURB] = {"suburb", SHIRE_LINK_KIND_TEXT, shire_link_normalise_text},
    [SHIRE_LINK_ROLE_CITY] = {"city", SHIRE_LINK_KIND_TEXT, shire_link_normalise_text},
    [SHIRE_LINK_ROLE_POSTCODE] = {"postcode", SHIRE_LINK_KIND_POSTCODE,
                                  shire_link_normalise_postcode},
    [SHIRE_LINK_ROLE_UPRN] = {"uprn", SHIRE_LINK_KIND_IDENTIFIER, shire_link_normalise_identifier},
    [SHIRE_LINK_ROLE_PHONE] = {"phone", SHIRE_LINK_KIND_IDENTIFIER, shire_link_normalise_phone},
    [SHIRE_LINK_ROLE_EMAIL] = {"email", SHIRE_LINK_KIND_EMAIL, shire_link_normalise_email},
    [SHIRE_LINK_ROLE_PLACE] = {"place", SHIRE_LINK_KIND_TEXT, shire_link_normalise_text},
    [SHIRE_LINK_ROLE_OCCUPATION] = {"occupation", SHIRE_LINK_KIND_TEXT, shire_link_normalise_text},
    [SHIRE_LINK_ROLE_OTHER] = {"other", SHIRE_LINK_KIND_TEXT, shire_link_normalise_text},
};

const char *shire_link_role_name(shire_link_role role) {
    return roles[role].name;
}

shire_link_kind shire_link_role_encoded_kind(shire_link_role role) {
    switch (roles[role].kind) {
    case SHIRE_LINK_KIND_DATE:
    case SHIRE_LINK_KIND_POSTCODE:
    case SHIRE_LINK_KIND_IDENTIFIER:
    case SHIRE_LINK_KIND_EMAIL:
        return SHIRE_LINK_KIND_ENCODED_NUMBER;
    default:
        return SHIRE_LINK_KIND_ENCODED;
    }
}

size_t shire_link_role_normalise(shire_link_role role, shire_span text, char *value_out) {
    return roles[role].normalise == NULL ? 0 : roles[role].normalise(text, value_out);
}

/* An encoding travels as base64 and is compared as bytes. */
static size_t decode_value(shire_span text, char *value_out) {
    size_t length = 0;
    return shire_secret_base64_decode(text, (uint8_t *)value_out, SHIRE_LINK_VALUE_BYTES_MAX,
                                      &length)
               ? length
               : 0;
}

/* Encode one column: ids_out[i] = id of the normalised value in `values`. */
static bool encode_column(const shire_column *column, size_t record_count, normaliser normalise,
                          shire_link_dictionary *values, uint32_t *ids_out) {
    shire_link_dictionary raw = {0};
    uint32_t *normalised = NULL; /* by raw id */
    size_t normalised_capacity = 0;
    bool is_done = false;
    if (!shire_link_dictionary_init(&raw)) {
        goto done;
    }
    normalised_capacity = (size_t)raw.capacity + 1;
    normalised = shire_memory_resize(NULL, normalised_capacity * sizeof *normalised);
    if (normalised == NULL) {
        goto done;
    }
    normalised[0] = 0;
    for (size_t record = 0; record < record_count; record++) {
        uint32_t raw_id = 0;
        uint32_t known = raw.count;
        if (!shire_link_dictionary_add(&raw, shire_column_text(column, record), &raw_id)) {
            goto done;
        }
        if (raw.count > normalised_capacity) {
            size_t capacity = (size_t)raw.capacity + 1;
            uint32_t *bigger = shire_memory_resize(normalised, capacity * sizeof *bigger);
            if (bigger == NULL) {
                goto done;
            }
            normalised = bigger;
            normalised_capacity = capacity;
        }
        assert(normalised != NULL); /* grown for the first value already */
        if (raw.count > known) {
            char value[SHIRE_LINK_VALUE_BYTES_MAX];
            size_t length = normalise(shire_link_dictionary_text(&raw, raw_id), value);
            if (!shire_link_dictionary_add(values, (shire_span){value, length},
                                           &normalised[raw_id])) {
                goto done;
            }
        }
        ids_out[record] = normalised[raw_id];
    }
    is_done = true;
done:
    shire_link_dictionary_done(&raw);
    shire_memory_free(normalised);
    return is_done;
}

static const shire_column *find_input(const shire_link_input *inputs, size_t input_count,
                                      shire_link_role role) {
    for (size_t i = 0; i < input_count; i++) {
        if (inputs[i].role == role && !inputs[i].is_encoded) {
            return inputs[i].column;
        }
    }
    return NULL;
}

/* Take the column as a field, unless it says nothing: no value, or one value for all. */
static shire_status add_field(shire_link_dataset *dataset, shire_link_field field,
                              const uint32_t *ids, uint32_t **columns, shire_error *error) {
    size_t value_count = field.values->count;
    uint32_t *counts = shire_memory_resize(NULL, value_count * sizeof *counts);
    if (counts == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the values of %s", field.name);
    }
    memset(counts, 0, value_count * sizeof *counts);
    uint32_t distinct = 0;
    for (size_t record = 0; record < dataset->record_count; record++) {
        distinct += ids[record] != 0 && counts[ids[record]] == 0;
        counts[ids[record]]++;
    }
    if (distinct < 2) {
        shire_memory_free(counts);
        return SHIRE_OK;
    }
    if (dataset->field_count == SHIRE_LINK_FIELDS_MAX) {
        shire_memory_free(counts);
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "more than %d columns to compare; leave out the least telling ones",
                          SHIRE_LINK_FIELDS_MAX);
    }
    field.counts = counts;
    field.known_count = dataset->record_count - counts[0];
    counts[0] = 0;
    columns[dataset->field_count] = (uint32_t *)ids;
    dataset->fields[dataset->field_count++] = field;
    return SHIRE_OK;
}

static int find_kind(const shire_link_dataset *dataset, shire_link_kind kind) {
    for (size_t field = 0; field < dataset->field_count; field++) {
        if (dataset->fields[field].kind == kind) {
            return (int)field;
        }
    }
    return -1;
}

static bool encode_sources(const shire_column *column, shire_link_dataset *dataset) {
    size_t byte_count = dataset->record_count * sizeof(uint32_t);
    dataset->sources = shire_memory_resize(NULL, byte_count + sizeof(uint32_t));
    if (dataset->sources == NULL) {
        return false;
    }
    memset(dataset->sources, 0, byte_count);
    dataset->source_count = 1;
    shire_link_dictionary names = {0};
    bool is_done = true;
    if (column != NULL) {
        is_done = shire_link_dictionary_init(&names);
        for (size_t record = 0; is_done && record < dataset->record_count; record++) {
            is_done = shire_link_dictionary_add(&names, shire_column_text(column, record),
                                                &dataset->sources[record]);
        }
        dataset->source_count = names.count;
    }
    shire_link_dictionary_done(&names);
    return is_done;
}

/* One column of its own, or all name columns together, to be encoded by one thread. */
typedef struct encoding {
    const shire_link_input *input; /* NULL for the names */
    shire_link_dictionary *values;
    uint32_t *ids;
    bool failed;
} encoding;

typedef struct encoder {
    const shire_link_input *inputs;
    size_t input_count;
    shire_link_dataset *dataset;
    uint32_t *names[4]; /* ids by record: given, middle (later the rest), family, full */
    encoding encodings[SHIRE_LINK_INPUTS_MAX + 1];
    size_t encoding_count;
} encoder;

static const shire_link_role name_roles[4] = {SHIRE_LINK_ROLE_GIVEN, SHIRE_LINK_ROLE_MIDDLE,
                                              SHIRE_LINK_ROLE_FAMILY, SHIRE_LINK_ROLE_FULL_NAME};

static bool encode_names(encoder *work) {
    shire_link_dataset *dataset = work->dataset;
    size_t byte_count = (dataset->record_count + 1) * sizeof(uint32_t);
    bool is_any = false;
    for (int i = 0; i < 4; i++) {
        const shire_column *column = find_input(work->inputs, work->input_count, name_roles[i]);
        work->names[i] = shire_memory_resize(NULL, byte_count);
        if (work->names[i] == NULL) {
            return false;
        }
        memset(work->names[i], 0, byte_count);
        is_any = is_any || column != NULL;
        if (column != NULL &&
            !encode_column(column, dataset->record_count, roles[name_roles[i]].normalise,
                           &dataset->names, work->names[i])) {
            return false;
        }
    }
    shire_link_name_ids ids = {work->names[0], work->names[1], work->names[2], work->names[3]};
    return !is_any || shire_link_names_split(&ids, dataset);
}

static void encode(size_t first, size_t last, size_t chunk, int thread, void *context) {
    encoder *work = context;
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        encoding *one = &work->encodings[i];
        size_t record_count = work->dataset->record_count;
        if (one->input == NULL) {
            one->failed = !encode_names(work);
            continue;
        }
        one->ids = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint32_t));
        one->failed = one->ids == NULL || !shire_link_dictionary_init(one->values) ||
                      !encode_column(one->input->column, record_count,
                                     one->input->is_encoded ? decode_value
                                                            : roles[one->input->role].normalise,
                                     one->values, one->ids);
    }
}

static shire_status add_names(encoder *work, uint32_t **columns, shire_error *error) {
    static const shire_link_kind kinds[3] = {SHIRE_LINK_KIND_GIVEN, SHIRE_LINK_KIND_REST,
                                             SHIRE_LINK_KIND_FAMILY};
    shire_status status = SHIRE_OK;
    for (int i = 0; i < 3 && status == SHIRE_OK; i++) {
        shire_link_field field = {.name = roles[name_roles[i]].name,
                                  .role = name_roles[i],
                                  .kind = kinds[i],
                                  .values = &work->dataset->names};
        status = add_field(work->dataset, field, work->names[i], columns, error);
    }
    return status;
}

/* The names were encoded before, and so were the birth dates. */
static bool drop_name_emails(encoder *work, const encoding *emails) {
    const encoding *dates = NULL;
    for (size_t i = 1; i < work->encoding_count; i++) {
        const shire_link_input *input = work->encodings[i].input;
        if (input->role == SHIRE_LINK_ROLE_DOB && !input->is_encoded) {
            dates = &work->encodings[i];
        }
    }
    return shire_link_values_drop_name_emails(work->dataset, emails->values, emails->ids,
                                              dates == NULL ? NULL : dates->values,
                                              dates == NULL ? NULL : dates->ids);
}

static shire_status add_column(encoder *work, const encoding *one, uint32_t **columns,
                               shire_error *error) {
    shire_link_field field = {.name = roles[one->input->role].name,
                              .role = one->input->role,
                              .kind = roles[one->input->role].kind,
                              .values = one->values};
    if (one->input->is_encoded) {
        field.name = one->input->column->name;
        field.kind = one->input->is_number ? SHIRE_LINK_KIND_ENCODED_NUMBER
                                           : shire_link_role_encoded_kind(one->input->role);
    } else if (one->input->role == SHIRE_LINK_ROLE_OTHER) {
        field.name = one->input->column->name;
        field.kind = shire_link_values_kind(one->values, one->ids, work->dataset->record_count);
    } else if (one->input->role == SHIRE_LINK_ROLE_DOB) {
        shire_link_values_drop_default_dates(one->values, one->ids, work->dataset->record_count);
    } else if (one->input->role == SHIRE_LINK_ROLE_EMAIL && !drop_name_emails(work, one)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the values of %s", field.name);
    }
    return add_field(work->dataset, field, one->ids, columns, error);
}

static bool find_nicknames(shire_link_dataset *dataset) {
    dataset->nicknames = shire_memory_resize(NULL, dataset->names.count * sizeof(int16_t));
    if (dataset->nicknames == NULL) {
        return false;
    }
    for (uint32_t id = 0; id < dataset->names.count; id++) {
        dataset->nicknames[id] = -1;
    }
    shire_link_nickname place = {0};
    while (shire_link_nickname_next(&place)) {
        uint32_t id = shire_link_dictionary_find(&dataset->names, place.name);
        if (id != 0) {
            dataset->nicknames[id] = (int16_t)place.group;
        }
    }
    return true;
}

typedef struct gatherer {
    shire_link_dataset *dataset;
    uint32_t *const *columns;
} gatherer;

static void gather_stretch(size_t first, size_t last, size_t chunk, int thread, void *context) {
    const gatherer *work = context;
    shire_link_dataset *dataset = work->dataset;
    size_t field_count = dataset->field_count;
    (void)chunk;
    (void)thread;
    for (size_t record = first; record < last; record++) {
        uint32_t *row = dataset->rows + record * dataset->row_stride;
        memset(row, 0, dataset->row_stride * sizeof *row);
        for (size_t field = 0; field < field_count; field++) {
            row[field] = work->columns[field][record];
            row[field_count + 1] |= (uint32_t)(row[field] != 0) << field;
        }
        for (uint64_t at = dataset->tokens == NULL ? 0 : dataset->token_offsets[record];
             dataset->tokens != NULL && at < dataset->token_offsets[record + 1]; at++) {
            row[field_count] |= shire_link_name_bits(dataset->tokens[at]);
        }
    }
}

/* A row that fits a cache line, or half of one, lies in one. */
static size_t choose_stride(size_t word_count) {
    size_t whole = word_count <= 8 ? 8 : 16;
    return word_count <= 4 ? 4 : (word_count + whole - 1) / whole * whole;
}

static bool gather_rows(shire_link_dataset *dataset, uint32_t *const *columns, int thread_count) {
    gatherer work = {dataset, columns};
    dataset->row_stride = choose_stride(dataset->field_count + 2);
    size_t byte_count = dataset->record_count * dataset->row_stride * sizeof(uint32_t);
    dataset->row_memory = shire_memory_resize(NULL, byte_count + CACHE_LINE_BYTES);
    if (dataset->row_memory == NULL) {
        return false;
    }
    uintptr_t place = (uintptr_t)dataset->row_memory;
    size_t skipped = (CACHE_LINE_BYTES - place % CACHE_LINE_BYTES) % CACHE_LINE_BYTES;
    dataset->rows = (uint32_t *)((char *)dataset->row_memory + skipped);
    shire_parallel_for(thread_count, dataset->record_count, 16384, gather_stretch, &work);
    return true;
}

static void describe(size_t first, size_t last, size_t chunk, int thread, void *context) {
    encoder *work = context;
    (void)chunk;
    (void)thread;
    for (size_t field = first; field < last; field++) {
        work->encodings[field].failed = !shire_link_values_describe(&work->dataset->fields[field]);
    }
}

/* Run one task for each encoding or field; false when one failed. */
static bool run_tasks(encoder *work, size_t count, shire_range_function function,
                      int thread_count) {
    bool is_done = true;
    shire_parallel_for(thread_count, count, 1, function, work);
    for (size_t i = 0; i < count; i++) {
        is_done = is_done && !work->encodings[i].failed;
    }
    return is_done;
}

static shire_status build(encoder *work, int thread_count, shire_error *error) {
    shire_link_dataset *dataset = work->dataset;
    uint32_t *columns[SHIRE_LINK_FIELDS_MAX] = {0};
    const shire_column *source =
        find_input(work->inputs, work->input_count, SHIRE_LINK_ROLE_SOURCE);
    if (!shire_link_dictionary_init(&dataset->names) || !encode_sources(source, dataset) ||
        !run_tasks(work, work->encoding_count, encode, thread_count)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the records");
    }
    shire_status status = add_names(work, columns, error);
    for (size_t i = 1; i < work->encoding_count && status == SHIRE_OK; i++) {
        status = add_column(work, &work->encodings[i], columns, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (!run_tasks(work, dataset->field_count, describe, thread_count) ||
        !shire_link_values_find_shared(dataset) || !gather_rows(dataset, columns, thread_count) ||
        !find_nicknames(dataset)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the records");
    }
    dataset->given_field = find_kind(dataset, SHIRE_LINK_KIND_GIVEN);
    dataset->family_field = find_kind(dataset, SHIRE_LINK_KIND_FAMILY);
    dataset->rest_field = find_kind(dataset, SHIRE_LINK_KIND_REST);
    dataset->date_field = find_kind(dataset, SHIRE_LINK_KIND_DATE);
    dataset->has_year_only_dates =
        dataset->date_field >= 0 &&
        shire_link_values_are_year_only(&dataset->fields[dataset->date_field]);
    return SHIRE_OK;
}

shire_status shire_link_dataset_build(const shire_link_input *inputs, size_t input_count,
                                      size_t record_count, int thread_count,
                                      shire_link_dataset *dataset_out, shire_error *error) {
    encoder work = {.inputs = inputs, .input_count = input_count, .dataset = dataset_out};
    *dataset_out = (shire_link_dataset){.record_count = record_count};
    if (record_count >= (1U << 30)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "more than a billion records; link in parts");
    }
    if (input_count > SHIRE_LINK_INPUTS_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "more than %d columns", SHIRE_LINK_INPUTS_MAX);
    }
    work.encoding_count = 1; /* the names */
    for (size_t i = 0; i < input_count; i++) {
        if (inputs[i].role >= SHIRE_LINK_ROLE_DOB || inputs[i].is_encoded) {
            work.encodings[work.encoding_count++] =
                (encoding){.input = &inputs[i], .values = &dataset_out->values[i]};
        }
    }
    shire_status status = build(&work, thread_count, error);
    for (size_t i = 0; i < work.encoding_count; i++) {
        shire_memory_free(work.encodings[i].ids);
    }
    for (int i = 0; i < 4; i++) {
        shire_memory_free(work.names[i]);
    }
    return status;
}

void shire_link_dataset_seal(shire_link_dataset *dataset) {
    for (size_t i = 0; i < SHIRE_LINK_INPUTS_MAX; i++) {
        shire_link_dictionary_seal(&dataset->values[i]);
    }
    shire_link_dictionary_seal(&dataset->names);
    for (size_t field = 0; field < dataset->field_count; field++) {
        shire_memory_free(dataset->fields[field].signatures);
        shire_memory_free(dataset->fields[field].word_masks);
        dataset->fields[field].signatures = NULL;
        dataset->fields[field].word_masks = NULL;
        shire_memory_free(dataset->fields[field].shorts);
        dataset->fields[field].shorts = NULL;
    }
}

void shire_link_dataset_drop_rows(shire_link_dataset *dataset) {
    shire_memory_free(dataset->row_memory);
    shire_memory_free(dataset->token_offsets);
    shire_memory_free(dataset->tokens);
    dataset->rows = NULL;
    dataset->row_memory = NULL;
    dataset->token_offsets = NULL;
    dataset->tokens = NULL;
}

void shire_link_dataset_done(shire_link_dataset *dataset) {
    for (size_t field = 0; field < dataset->field_count; field++) {
        shire_memory_free(dataset->fields[field].counts);
        shire_memory_free(dataset->fields[field].signatures);
        shire_memory_free(dataset->fields[field].word_masks);
        shire_memory_free(dataset->fields[field].shorts);
        shire_memory_free(dataset->fields[field].dates);
        shire_memory_free(dataset->fields[field].shared);
    }
    for (size_t i = 0; i < SHIRE_LINK_INPUTS_MAX; i++) {
        shire_link_dictionary_done(&dataset->values[i]);
    }
    shire_link_dictionary_done(&dataset->names);
    shire_link_dataset_drop_rows(dataset);
    shire_memory_free(dataset->nicknames);
    shire_memory_free(dataset->sources);
    *dataset = (shire_link_dataset){0};
}
