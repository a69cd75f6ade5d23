/*
 * What is kept of each record and of each person. One pass over the people, on many threads: the
 * strongest pairs that hold each together (Prim's algorithm over all its pairs), and for the
 * sampled pairs which families of fields agree. What a record could reach at most is its weight
 * with an equal of itself.
 */
#include "link/link_keep_internal.h"

#include "core/arena.h"
#include "core/parallel.h"
#include "link/link_feature.h"
#include "link/link_pairs.h"
#include "link/link_scorer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_CHUNK 256
#define RECORDS_CHUNK 4096
#define AREA_BYTES_MAX 16

static int compare_ties(const void *x, const void *y) {
    const shire_link_edge *a = x;
    const shire_link_edge *b = y;
    if (a->weight != b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    return (a->b > b->b) - (a->b < b->b);
}

void shire_link_ties_find(const shire_link_scorer *scorer, const uint32_t *members, size_t count,
                          shire_link_cache *cache, shire_link_edge *ties_out, uint32_t *scratch) {
    float *weights = (float *)scratch;   /* of the strongest pair with a record that is in */
    uint32_t *nearest = scratch + count; /* that record */
    uint32_t *left = nearest + count;    /* places of the records that are not in yet */
    for (size_t i = 1; i < count; i++) {
        weights[i] = -INFINITY;
        left[i - 1] = (uint32_t)i;
    }
    size_t added = 0;
    for (size_t left_count = count - 1; left_count > 0; left_count--) {
        size_t best = 0;
        for (size_t i = 0; i < left_count; i++) {
            uint32_t at = left[i];
            float weight = shire_link_score(scorer, members[added], members[at], -INFINITY, cache);
            if (weight > weights[at] || weights[at] == -INFINITY) {
                weights[at] = weight;
                nearest[at] = members[added];
            }
            best = weights[at] > weights[left[best]] ? i : best;
        }
        added = left[best];
        uint32_t here = members[added];
        uint32_t there = nearest[added];
        ties_out[count - 1 - left_count] = (shire_link_edge){
            here < there ? here : there, here < there ? there : here, weights[added]};
        memmove(left + best, left + best + 1, (left_count - best - 1) * sizeof *left);
    }
    qsort(ties_out, count - 1, sizeof *ties_out, compare_ties);
}

unsigned shire_link_family_of(const shire_link_field *field, shire_link_scope scope) {
    if (field->kind == SHIRE_LINK_KIND_CATEGORY || field->kind == SHIRE_LINK_KIND_NUMBER) {
        return 0;
    }
    if (field->kind == SHIRE_LINK_KIND_EMAIL) {
        return SHIRE_LINK_FAMILY_NUMBER;
    }
    switch (scope) {
    case SHIRE_LINK_SCOPE_FAMILY:
        return SHIRE_LINK_FAMILY_NAME;
    case SHIRE_LINK_SCOPE_BIRTH:
        return SHIRE_LINK_FAMILY_BIRTH;
    case SHIRE_LINK_SCOPE_HOME:
        return SHIRE_LINK_FAMILY_HOME;
    case SHIRE_LINK_SCOPE_PERSON:
        return field->kind == SHIRE_LINK_KIND_IDENTIFIER ? SHIRE_LINK_FAMILY_NUMBER
                                                         : SHIRE_LINK_FAMILY_NAME;
    }
    return 0;
}

typedef struct people_pass {
    const shire_link_keeper *keeper;
    const shire_link_model *model;
    const shire_link_scorer *scorer;
    const shire_link_workers *workers;
    const uint32_t *starts; /* person p: order[starts[p] .. starts[p + 1]) ascending */
    const uint32_t *order;
    shire_link_edge *ties; /* of person p from starts[p] - p on */
    double *reaches;       /* by record */
    shire_link_feature features[SHIRE_LINK_FEATURES_MAX];
    size_t feature_count;
    uint64_t captures[SHIRE_LINK_THREADS_MAX][SHIRE_LINK_FAMILIES][2];
} people_pass;

static unsigned families_of(const people_pass *pass, uint32_t a, uint32_t b) {
    const shire_link_dataset *dataset = pass->keeper->dataset;
    const uint32_t *a_row = shire_link_dataset_row(dataset, a);
    const uint32_t *b_row = shire_link_dataset_row(dataset, b);
    unsigned families = 0;
    for (size_t i = 0; i < pass->feature_count; i++) {
        size_t field = pass->features[i].field;
        const shire_link_field *facts = &dataset->fields[field];
        unsigned family = shire_link_family_of(facts, pass->model->scopes[field]);
        if ((families & family) != 0 || a_row[field] == 0 || b_row[field] == 0) {
            continue;
        }
        uint32_t a_hash = 1;
        uint32_t b_hash = 1;
        if (a_row[field] != b_row[field]) {
            a_hash = shire_link_feature_hash(
                pass->features[i].part, shire_link_dictionary_text(facts->values, a_row[field]));
            b_hash = shire_link_feature_hash(
                pass->features[i].part, shire_link_dictionary_text(facts->values, b_row[field]));
        }
        families |= a_hash != 0 && a_hash == b_hash ? family : 0;
    }
    return families;
}

static void hold_people(size_t first, size_t last, size_t chunk, int thread, void *context) {
    people_pass *pass = context;
    (void)chunk;
    for (size_t person = first; person < last; person++) {
        const uint32_t *members = pass->order + pass->starts[person];
        size_t count = pass->starts[person + 1] - pass->starts[person];
        if (count < 2) {
            continue;
        }
        /* The workers' room for candidates is one id a record and a spare; 3 * count may be more.
         */
        uint32_t small[3 * 64];
        uint32_t *scratch =
            count <= 64 ? small : shire_memory_resize(NULL, 3 * count * sizeof *scratch);
        if (scratch == NULL) {
            pass->captures[thread][0][0] = UINT64_MAX; /* seen by the caller */
            return;
        }
        shire_link_ties_find(pass->scorer, members, count, pass->workers->caches[thread],
                             pass->ties + pass->starts[person] - person, scratch);
        if (count > 64) {
            shire_memory_free(scratch);
        }
        for (size_t i = 0; i < count; i++) {
            for (size_t j = i + 1; j < count; j++) {
                if (shire_link_keeper_samples(pass->keeper, members[i], members[j])) {
                    bool is_up =
                        shire_link_keep_is_sampled_edge(pass->keeper, members[i], members[j]);
                    unsigned families = families_of(pass, members[i], members[j]);
                    pass->captures[thread][families][is_up]++;
                }
            }
        }
    }
}

static void reach_records(size_t first, size_t last, size_t chunk, int thread, void *context) {
    people_pass *pass = context;
    (void)chunk;
    for (size_t record = first; record < last; record++) {
        pass->reaches[record] = shire_link_score(pass->scorer, record, record, -INFINITY,
                                                 pass->workers->caches[thread]);
    }
}

static shire_status write_captures(const people_pass *pass, int thread_count, shire_table *table,
                                   shire_error *error) {
    shire_builder sql = {0};
    shire_status status = SHIRE_OK;
    for (unsigned families = 0; families < SHIRE_LINK_FAMILIES; families++) {
        for (int is_up = 0; is_up < 2; is_up++) {
            uint64_t pairs = 0;
            for (int thread = 0; thread < thread_count; thread++) {
                pairs += pass->captures[thread][families][is_up];
            }
            if (pairs > 0) {
                shire_builder_append_format(
                    &sql, "%s(%u, %s, %llu)",
                    sql.length == 0 ? "INSERT INTO link_capture VALUES " : ", ", families,
                    is_up ? "true" : "false", (unsigned long long)pairs);
            }
        }
    }
    if (sql.failed) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people's pairs");
    } else if (sql.length > 0) {
        status = shire_table_execute(table, sql.bytes, error);
    }
    shire_builder_free(&sql);
    return status;
}

static shire_status append_ties(const people_pass *pass, size_t person_count, shire_arena *arena,
                                shire_table *table, shire_error *error) {
    size_t record_count = pass->keeper->dataset->record_count;
    size_t count = record_count - person_count;
    int64_t *numbers[3];
    double *weights = shire_arena_alloc_array(arena, count + 1, sizeof *weights);
    bool is_done = weights != NULL;
    for (int i = 0; i < 3; i++) {
        numbers[i] = shire_arena_alloc_array(arena, count + 1, sizeof(int64_t));
        is_done = is_done && numbers[i] != NULL;
    }
    if (!is_done) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people's pairs");
    }
    for (size_t person = 0; person < person_count; person++) {
        for (size_t at = pass->starts[person] - person; at < pass->starts[person + 1] - person - 1;
             at++) {
            numbers[0][at] = (int64_t)person;
            numbers[1][at] = pass->ties[at].a;
            numbers[2][at] = pass->ties[at].b;
            weights[at] = (double)pass->ties[at].weight;
        }
    }
    shire_column columns[4] = {
        {.name = "person_no", .type = SHIRE_TYPE_INT64, .int64 = numbers[0]},
        {.name = "record_no", .type = SHIRE_TYPE_INT64, .int64 = numbers[1]},
        {.name = "other_record_no", .type = SHIRE_TYPE_INT64, .int64 = numbers[2]},
        {.name = "weight", .type = SHIRE_TYPE_DOUBLE, .number = weights}};
    shire_frame frame = {count, 4, columns};
    return shire_table_append(table, "link_tie", &frame, error);
}

static int find_role(const shire_link_dataset *dataset, shire_link_role role) {
    for (size_t field = 0; field < dataset->field_count; field++) {
        if (dataset->fields[field].role == role) {
            return (int)field;
        }
    }
    return -1;
}

/* The postcode without its last three characters where it is British, else its first two. */
static shire_span area_of(shire_span postcode) {
    size_t length = postcode.length;
    bool is_british = length >= 5 && length <= 7 && postcode.bytes[0] >= 'a';
    size_t taken = is_british ? length - 3 : length < 2 ? length : 2;
    return (shire_span){postcode.bytes, taken};
}

static shire_span value_of(const shire_link_dataset *dataset, int field, size_t record) {
    uint32_t id = field < 0 ? 0 : shire_link_dataset_row(dataset, record)[field];
    return id == 0 ? (shire_span){"", 0}
                   : shire_link_dictionary_text(dataset->fields[field].values, id);
}

static int32_t year_of(shire_span date) {
    int32_t year = 0;
    for (size_t i = 0; i < 4 && date.length == 8; i++) {
        bool is_digit = date.bytes[i] >= '0' && date.bytes[i] <= '9';
        year = is_digit && year >= 0 ? year * 10 + date.bytes[i] - '0' : -1;
    }
    return year > 0 ? year : 0;
}

/* The columns of link_record under construction. */
typedef struct record_columns {
    int64_t *records;
    int64_t *people;
    int32_t *sources;
    int32_t *years;
    uint8_t *has_year;
    uint32_t *sex_offsets;
    uint32_t *area_offsets;
    int64_t *truths;
    uint8_t *has_truth;
    shire_builder sexes;
    shire_builder areas;
} record_columns;

static bool make_records(const people_pass *pass, const uint32_t *people, shire_arena *arena,
                         record_columns *made) {
    const shire_link_dataset *dataset = pass->keeper->dataset;
    size_t count = dataset->record_count;
    made->records = shire_arena_alloc_array(arena, count + 1, sizeof(int64_t));
    made->people = shire_arena_alloc_array(arena, count + 1, sizeof(int64_t));
    made->truths = shire_arena_alloc_array(arena, count + 1, sizeof(int64_t));
    made->sources = shire_arena_alloc_array(arena, count + 1, sizeof(int32_t));
    made->years = shire_arena_alloc_array(arena, count + 1, sizeof(int32_t));
    made->sex_offsets = shire_arena_alloc_array(arena, count + 1, sizeof(uint32_t));
    made->area_offsets = shire_arena_alloc_array(arena, count + 1, sizeof(uint32_t));
    made->has_year = shire_arena_alloc(arena, count + 1);
    made->has_truth = shire_arena_alloc(arena, count + 1);
    if (made->records == NULL || made->people == NULL || made->truths == NULL ||
        made->sources == NULL || made->years == NULL || made->sex_offsets == NULL ||
        made->area_offsets == NULL || made->has_year == NULL || made->has_truth == NULL) {
        return false;
    }
    int date_field = find_role(dataset, SHIRE_LINK_ROLE_DOB);
    int sex_field = find_role(dataset, SHIRE_LINK_ROLE_SEX);
    int postcode_field = find_role(dataset, SHIRE_LINK_ROLE_POSTCODE);
    for (size_t record = 0; record < count; record++) {
        made->records[record] = (int64_t)record;
        made->people[record] = people[record];
        made->sources[record] = (int32_t)dataset->sources[record];
        made->years[record] = year_of(value_of(dataset, date_field, record));
        made->has_year[record] = made->years[record] != 0;
        shire_builder_append(&made->sexes, value_of(dataset, sex_field, record));
        shire_builder_append(&made->areas, area_of(value_of(dataset, postcode_field, record)));
        made->sex_offsets[record + 1] = (uint32_t)made->sexes.length;
        made->area_offsets[record + 1] = (uint32_t)made->areas.length;
        if (pass->keeper->truths != NULL) {
            made->truths[record] = pass->keeper->truths[record];
            made->has_truth[record] = made->truths[record] != 0;
        }
    }
    return !made->sexes.failed && !made->areas.failed;
}

static shire_status append_records(const people_pass *pass, const uint32_t *people,
                                   shire_arena *arena, shire_table *table, shire_error *error) {
    record_columns made = {0};
    shire_status status = SHIRE_OK;
    if (!make_records(pass, people, arena, &made)) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the records");
    } else {
        shire_column columns[8] = {
            {.name = "record_no", .type = SHIRE_TYPE_INT64, .int64 = made.records},
            {.name = "person_no", .type = SHIRE_TYPE_INT64, .int64 = made.people},
            {.name = "source_no", .type = SHIRE_TYPE_INT32, .int32 = made.sources},
            {.name = "reach", .type = SHIRE_TYPE_DOUBLE, .number = pass->reaches},
            {.name = "birth_year",
             .type = SHIRE_TYPE_INT32,
             .valid = made.has_year,
             .int32 = made.years},
            {.name = "sex",
             .type = SHIRE_TYPE_TEXT,
             .text_offsets = made.sex_offsets,
             .text_bytes = made.sexes.bytes == NULL ? "" : made.sexes.bytes},
            {.name = "area",
             .type = SHIRE_TYPE_TEXT,
             .text_offsets = made.area_offsets,
             .text_bytes = made.areas.bytes == NULL ? "" : made.areas.bytes},
            {.name = "truth",
             .type = SHIRE_TYPE_INT64,
             .valid = made.has_truth,
             .int64 = made.truths}};
        shire_frame frame = {pass->keeper->dataset->record_count, 8, columns};
        status = shire_table_append(table, "link_record", &frame, error);
    }
    shire_builder_free(&made.sexes);
    shire_builder_free(&made.areas);
    return status;
}

/* The records of each person: order[starts[p] .. starts[p + 1]) ascending. */
static void gather(const uint32_t *people, size_t record_count, size_t person_count,
                   uint32_t *starts, uint32_t *order) {
    memset(starts, 0, (person_count + 2) * sizeof *starts);
    for (size_t record = 0; record < record_count; record++) {
        starts[people[record] + 2]++;
    }
    for (size_t person = 2; person < person_count + 2; person++) {
        starts[person] += starts[person - 1];
    }
    for (size_t record = 0; record < record_count; record++) {
        order[starts[people[record] + 1]++] = (uint32_t)record;
    }
}

static shire_status look_at_people(people_pass *pass, const shire_link_engine_result *result,
                                   int thread_count, shire_arena *arena, shire_error *error) {
    size_t record_count = pass->keeper->dataset->record_count;
    uint32_t *starts =
        shire_arena_alloc_array(arena, (size_t)result->person_count + 2, sizeof *starts);
    uint32_t *order = shire_arena_alloc_array(arena, record_count + 1, sizeof *order);
    pass->ties = shire_arena_alloc_array(arena, record_count + 1, sizeof *pass->ties);
    pass->reaches = shire_arena_alloc_array(arena, record_count + 1, sizeof(double));
    if (starts == NULL || order == NULL || pass->ties == NULL || pass->reaches == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people's pairs");
    }
    gather(result->people, record_count, result->person_count, starts, order);
    pass->starts = starts;
    pass->order = order;
    pass->feature_count = shire_link_features_choose(pass->keeper->dataset, pass->features);
    if (pass->model->field_count > 0) {
        shire_parallel_for(thread_count, result->person_count, PEOPLE_CHUNK, hold_people, pass);
        shire_parallel_for(thread_count, record_count, RECORDS_CHUNK, reach_records, pass);
    }
    for (int thread = 0; thread < thread_count; thread++) {
        if (pass->captures[thread][0][0] == UINT64_MAX) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people's pairs");
        }
    }
    return SHIRE_OK;
}

shire_status shire_link_keep_people(shire_link_keeper *keeper,
                                    const shire_link_engine_result *result, int thread_count,
                                    shire_table *table, shire_error *error) {
    shire_link_scorer scorer = {0};
    shire_link_workers workers = {0};
    shire_arena *arena = NULL;
    people_pass *pass = NULL;
    shire_status status = shire_arena_new("link_keep", 0, &arena, error);
    shire_link_keep_sort_sample(keeper);
    if (status == SHIRE_OK) {
        pass = shire_arena_alloc(arena, sizeof *pass);
        status = pass == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people")
                              : SHIRE_OK;
    }
    if (status == SHIRE_OK && result->model.field_count > 0) {
        status = shire_link_scorer_init(keeper->dataset, &result->model, &scorer, error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_workers_init(thread_count, 0, &workers, error);
    }
    if (status == SHIRE_OK) {
        assert(pass != NULL);
        pass->keeper = keeper;
        pass->model = &result->model;
        pass->scorer = &scorer;
        pass->workers = &workers;
        status = look_at_people(pass, result, workers.thread_count, arena, error);
    }
    if (status == SHIRE_OK) {
        status = append_records(pass, result->people, arena, table, error);
    }
    if (status == SHIRE_OK && result->model.field_count > 0) {
        status = append_ties(pass, result->person_count, arena, table, error);
    }
    if (status == SHIRE_OK) {
        status = write_captures(pass, workers.thread_count, table, error);
    }
    shire_link_workers_done(&workers);
    shire_link_scorer_done(&scorer);
    shire_arena_wipe_free(arena);
    return status;
}

shire_status shire_link_keeper_write(shire_link_keeper *keeper,
                                     const shire_link_engine_result *result,
                                     const shire_column *sources, int thread_count,
                                     shire_table *table, shire_error *error) {
    if (keeper->failed) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for what is kept of linking");
    }
    shire_status status = shire_link_keep_model(keeper, result, sources, table, error);
    if (status == SHIRE_OK) {
        status = shire_link_keep_weights(keeper, result, table, error);
    }
    return status == SHIRE_OK ? shire_link_keep_people(keeper, result, thread_count, table, error)
                              : status;
}
