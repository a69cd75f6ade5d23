/*
 * Records by value, and values by the hash of each of their parts. A part that many values have is
 * a run of entries; its records are the values' records, one list after the other.
 */
#include "link/link_match_internal.h"

#include "core/arena.h"
#include "core/parallel.h"

#include <stdlib.h>
#include <string.h>

typedef struct index_task {
    const shire_link_dataset *dataset;
    shire_link_match_index *index;
    bool failed[SHIRE_LINK_FEATURES_MAX];
} index_task;

static bool list_records(const shire_link_dataset *dataset, size_t field, uint32_t **starts_out,
                         uint32_t **records_out) {
    const shire_link_field *facts = &dataset->fields[field];
    size_t value_count = facts->values->count;
    uint32_t *starts = shire_memory_resize(NULL, (value_count + 1) * sizeof *starts);
    uint32_t *places = shire_memory_resize(NULL, (value_count + 1) * sizeof *places);
    uint32_t *records =
        shire_memory_resize(NULL, ((size_t)facts->known_count + 1) * sizeof *records);
    *starts_out = starts;
    *records_out = records;
    bool is_done = starts != NULL && places != NULL && records != NULL;
    uint32_t sum = 0;
    for (size_t value = 0; is_done && value < value_count; value++) {
        starts[value] = places[value] = sum;
        sum += value == 0 ? 0 : facts->counts[value];
    }
    for (size_t record = 0; is_done && record < dataset->record_count; record++) {
        uint32_t value = shire_link_dataset_row(dataset, record)[field];
        if (value != 0) {
            records[places[value]++] = (uint32_t)record;
        }
    }
    if (is_done) {
        starts[value_count] = sum;
    }
    shire_memory_free(places);
    return is_done;
}

static int compare_entries(const void *x, const void *y) {
    uint64_t a = *(const uint64_t *)x;
    uint64_t b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

static bool list_values(const shire_link_dataset *dataset, shire_link_match_feature *feature) {
    const shire_link_field *facts = &dataset->fields[feature->rule.field];
    if (feature->rule.part == SHIRE_LINK_PART_WHOLE) {
        return true; /* the dictionary finds these */
    }
    feature->entries =
        shire_memory_resize(NULL, ((size_t)facts->values->count + 1) * sizeof(uint64_t));
    if (feature->entries == NULL) {
        return false;
    }
    for (uint32_t value = 1; value < facts->values->count; value++) {
        uint32_t hash =
            facts->counts[value] == 0
                ? 0
                : shire_link_feature_hash(feature->rule.part,
                                          shire_link_dictionary_text(facts->values, value));
        if (hash != 0) {
            feature->entries[feature->count++] = (uint64_t)hash << 32 | value;
        }
    }
    if (feature->count > 1) {
        qsort(feature->entries, feature->count, sizeof(uint64_t), compare_entries);
    }
    return true;
}

static void make_lists(size_t first, size_t last, size_t chunk, int thread, void *context) {
    index_task *task = context;
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        if (i < task->dataset->field_count) {
            task->failed[i] =
                !list_records(task->dataset, i, &task->index->starts[i], &task->index->records[i]);
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
    shire_parallel_for(thread_count, count, 1, make_lists, &task);
    for (size_t i = 0; i < count; i++) {
        if (task.failed[i]) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the index of records");
        }
    }
    return SHIRE_OK;
}

void shire_link_match_index_done(shire_link_match_index *index) {
    for (size_t field = 0; field < SHIRE_LINK_FIELDS_MAX; field++) {
        shire_memory_free(index->starts[field]);
        shire_memory_free(index->records[field]);
    }
    for (size_t i = 0; i < index->feature_count; i++) {
        shire_memory_free(index->features[i].entries);
    }
    *index = (shire_link_match_index){0};
}

size_t shire_link_match_index_find(const shire_link_match_feature *feature, uint32_t hash,
                                   size_t *first_out) {
    size_t low = 0;
    size_t high = feature->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (feature->entries[middle] >> 32 < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *first_out = low;
    while (low < feature->count && feature->entries[low] >> 32 == hash) {
        low++;
    }
    return low;
}
