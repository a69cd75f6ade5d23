/*
 * Records by value, and values by the hash of each of their parts. A part that many values have is
 * a run of values; its records are the values' records, one list after the other.
 */
#include "link/link_match_internal.h"

#include "core/arena.h"
#include "core/parallel.h"

#include <stdlib.h>
#include <string.h>

#define VALUES_A_PLACE 8 /* of a feature's values, about, that one place leads to */

typedef struct index_task {
    const shire_link_dataset *dataset;
    shire_link_match_index *index;
    bool failed[SHIRE_LINK_FEATURES_MAX];
} index_task;

static size_t difference_bytes(uint32_t number) {
    size_t count = 1;
    while (number >>= 7) {
        count++;
    }
    return count;
}

static uint8_t *put_difference(uint8_t *at, uint32_t number) {
    for (; number > 127; number >>= 7) {
        *at++ = (uint8_t)(number | 128U);
    }
    *at++ = (uint8_t)number;
    return at;
}

/* By value while lists are made. */
typedef struct list_end {
    uint32_t count;  /* records so far */
    uint32_t record; /* the last of them */
    uint32_t place;  /* bytes of its list so far; then where the next difference goes */
} list_end;

/* The difference to write for a record of a value, or false where the list is full. */
static bool go_on(list_end *end, uint32_t record, uint32_t *difference_out) {
    *difference_out = record - end->record;
    end->record = record;
    return end->count++ < SHIRE_LINK_MATCH_WALK_MAX;
}

/* How long each list is, then where it begins. False when a field's lists are too long together. */
static bool place_lists(const shire_link_dataset *dataset, size_t field, list_end *ends,
                        uint32_t *starts) {
    uint32_t value_count = dataset->fields[field].values->count;
    uint64_t sum = 0;
    for (size_t record = 0; record < dataset->record_count; record++) {
        uint32_t value = shire_link_dataset_row(dataset, record)[field];
        uint32_t difference = 0;
        if (value != 0 && go_on(&ends[value], (uint32_t)record, &difference)) {
            ends[value].place += (uint32_t)difference_bytes(difference);
        }
    }
    for (uint32_t value = 0; value < value_count; value++) {
        uint32_t length = ends[value].place;
        starts[value] = (uint32_t)sum;
        ends[value] = (list_end){.place = (uint32_t)sum};
        sum += length;
    }
    starts[value_count] = (uint32_t)sum;
    return sum <= UINT32_MAX;
}

static bool list_records(const shire_link_dataset *dataset, size_t field,
                         shire_link_match_index *index) {
    size_t value_count = dataset->fields[field].values->count;
    uint32_t *starts = shire_memory_resize(NULL, (value_count + 1) * sizeof *starts);
    list_end *ends = shire_memory_resize(NULL, value_count * sizeof *ends);
    uint8_t *lists = NULL;
    index->starts[field] = starts;
    bool is_done = starts != NULL && ends != NULL;
    if (is_done) {
        memset(ends, 0, value_count * sizeof *ends);
        is_done = place_lists(dataset, field, ends, starts);
    }
    if (is_done) {
        lists = shire_memory_resize(NULL, (size_t)starts[value_count] + 1);
        index->lists[field] = lists;
        is_done = lists != NULL;
    }
    for (size_t record = 0; is_done && record < dataset->record_count; record++) {
        uint32_t value = shire_link_dataset_row(dataset, record)[field];
        uint32_t difference = 0;
        if (value != 0 && go_on(&ends[value], (uint32_t)record, &difference)) {
            uint8_t *end = put_difference(lists + ends[value].place, difference);
            ends[value].place = (uint32_t)(end - lists);
        }
    }
    shire_memory_free(ends);
    return is_done;
}

static int compare_entries(const void *x, const void *y) {
    uint64_t a = *(const uint64_t *)x;
    uint64_t b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* From entries of hash << 32 | value, sorted. */
static bool keep_values(const uint64_t *entries, size_t count, shire_link_match_feature *feature) {
    int bits = 1;
    while (bits < 28 && count >> bits > VALUES_A_PLACE) {
        bits++;
    }
    size_t place_count = (size_t)1 << bits;
    feature->values = shire_memory_resize(NULL, (count + 1) * sizeof(uint32_t));
    feature->places = shire_memory_resize(NULL, (place_count + 1) * sizeof(uint32_t));
    if (feature->values == NULL || feature->places == NULL) {
        return false;
    }
    feature->count = count;
    feature->place_shift = 32 - bits;
    size_t place = 0;
    for (size_t i = 0; i < count; i++) {
        for (; place <= entries[i] >> 32 >> feature->place_shift; place++) {
            feature->places[place] = (uint32_t)i;
        }
        feature->values[i] = (uint32_t)entries[i];
    }
    for (; place <= place_count; place++) {
        feature->places[place] = (uint32_t)count;
    }
    return true;
}

static bool list_values(const shire_link_dataset *dataset, shire_link_match_feature *feature) {
    const shire_link_field *facts = &dataset->fields[feature->rule.field];
    if (feature->rule.part == SHIRE_LINK_PART_WHOLE) {
        return true; /* the dictionary finds these */
    }
    size_t count = 0;
    uint64_t *entries = shire_memory_resize(NULL, (size_t)facts->values->count * sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    for (uint32_t value = 1; value < facts->values->count; value++) {
        uint32_t hash =
            facts->counts[value] == 0
                ? 0
                : shire_link_feature_hash(feature->rule.part,
                                          shire_link_dictionary_text(facts->values, value));
        if (hash != 0) {
            entries[count++] = (uint64_t)hash << 32 | value;
        }
    }
    if (count > 1) {
        qsort(entries, count, sizeof *entries, compare_entries);
    }
    bool is_done = keep_values(entries, count, feature);
    shire_memory_free(entries);
    return is_done;
}

static void make_lists(size_t first, size_t last, size_t chunk, int thread, void *context) {
    index_task *task = context;
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        if (i < task->dataset->field_count) {
            task->failed[i] = !list_records(task->dataset, i, task->index);
        }
        if (i < task->index->feature_count) {
            task->failed[i] =
                !list_values(task->dataset, &task->index->features[i]) || task->failed[i];
        }
    }
}

shire_status shire_link_match_index_build(const shire_link_dataset *dataset, int thread_count,
                                          shire_link_match_index *index_out, shire_error *error) {
    shire_link_feature rules[SHIRE_LINK_FEATURES_MAX];
    index_task task = {.dataset = dataset, .index = index_out};
    index_out->feature_count = shire_link_features_choose(dataset, rules);
    for (size_t i = 0; i < index_out->feature_count; i++) {
        index_out->features[i].rule = rules[i];
    }
    size_t count = index_out->feature_count > dataset->field_count ? index_out->feature_count
                                                                   : dataset->field_count;
    bool is_done = shire_link_match_rows_build(dataset, &index_out->rows);
    shire_parallel_for(thread_count, is_done ? count : 0, 1, make_lists, &task);
    for (size_t i = 0; i < count; i++) {
        is_done = is_done && !task.failed[i];
    }
    return is_done ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the index of records");
}

void shire_link_match_index_done(shire_link_match_index *index) {
    for (size_t field = 0; field < SHIRE_LINK_FIELDS_MAX; field++) {
        shire_memory_free(index->starts[field]);
        shire_memory_free(index->lists[field]);
    }
    for (size_t i = 0; i < index->feature_count; i++) {
        shire_memory_free(index->features[i].values);
        shire_memory_free(index->features[i].places);
    }
    shire_link_match_rows_done(&index->rows);
    *index = (shire_link_match_index){0};
}

/* The first of values[low .. high) whose hash is not below `hash`, or high. */
static size_t find_first(const shire_link_dataset *dataset, const shire_link_match_feature *feature,
                         uint64_t hash, size_t low, size_t high) {
    const shire_link_dictionary *values = dataset->fields[feature->rule.field].values;
    while (low < high) {
        size_t middle = (low + high) / 2;
        uint32_t found = shire_link_feature_hash(
            feature->rule.part, shire_link_dictionary_text(values, feature->values[middle]));
        if (found < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t shire_link_match_index_find(const shire_link_dataset *dataset,
                                   const shire_link_match_feature *feature, uint32_t hash,
                                   size_t *first_out) {
    size_t place = hash >> feature->place_shift;
    size_t high = feature->places[place + 1];
    *first_out = find_first(dataset, feature, hash, feature->places[place], high);
    return find_first(dataset, feature, (uint64_t)hash + 1, *first_out, high);
}
