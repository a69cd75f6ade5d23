/*
 * Records are found again by their identities, blocks by the hashes of their members, both in
 * open-addressing tables. What is recalled is laid out by record, so that the pass over the pairs
 * reads it in order.
 */
#include "link/link_memory.h"

#include "core/arena.h"
#include "link/link_identity.h"

#include <math.h>
#include <string.h>

/* Raised with every change to how values are normalised, pairs are brought up and compared, or the
 * model is learnt: what is remembered of the same records must be what would come of them now. */
#define RULES_VERSION 7
#define NONE UINT32_MAX
#define DRIFT_MOST (SHIRE_LINK_MEMORY_MARGIN / 2 - 0.1) /* the rest is for rounding */
#define RARER_MOST (SHIRE_LINK_MEMORY_MARGIN / 2 - 0.1)
#define COMMONNESS_STEP                                                                            \
    2047.0 /* a commonness of 1 is a share of 2^-32, steps of a bit from there */

void shire_link_memory_done(shire_link_memory *memory) {
    shire_memory_free(memory->identities);
    shire_memory_free(memory->commonnesses);
    shire_memory_free(memory->blocks);
    shire_memory_free(memory->pairs);
    shire_memory_free(memory->patterns);
    *memory = (shire_link_memory){0};
}

void shire_link_recall_done(shire_link_recall *recall) {
    shire_memory_free(recall->is_known);
    shire_memory_free(recall->partner_offsets);
    shire_memory_free(recall->partners);
    shire_memory_free(recall->old_records);
    *recall = (shire_link_recall){0};
}

static uint64_t hash_settings(const shire_link_dataset *dataset) {
    uint64_t hash = shire_text_hash(shire_span_of(SHIRE_VERSION), RULES_VERSION);
    hash = shire_link_mix(hash) + dataset->has_year_only_dates;
    for (size_t field = 0; field < dataset->field_count; field++) {
        const shire_link_field *facts = &dataset->fields[field];
        hash = shire_link_mix(hash + ((uint64_t)facts->role << 8 | (uint64_t)facts->kind) + 1);
        hash = shire_text_hash(shire_span_of(facts->name), hash);
    }
    return hash;
}

bool shire_link_memory_is_of(const shire_link_memory *memory, const shire_link_dataset *dataset,
                             const uint64_t *identities) {
    return memory->settings == hash_settings(dataset) &&
           memory->record_count == dataset->record_count &&
           memory->field_count == dataset->field_count &&
           memcmp(memory->identities, identities, memory->record_count * sizeof *identities) == 0;
}

static bool copy_array(void *copy_out, const void *array, size_t byte_count) {
    void **place = copy_out;
    *place = shire_memory_resize(NULL, byte_count + 1);
    if (*place != NULL && byte_count > 0) {
        memcpy(*place, array, byte_count);
    }
    return *place != NULL;
}

shire_status shire_link_memory_copy(const shire_link_memory *memory, shire_link_memory *copy_out,
                                    shire_error *error) {
    size_t count = memory->record_count;
    *copy_out = *memory;
    copy_out->identities = NULL;
    copy_out->commonnesses = NULL;
    copy_out->blocks = NULL;
    copy_out->pairs = NULL;
    copy_out->patterns = NULL;
    bool is_done =
        copy_array(&copy_out->identities, memory->identities, count * sizeof(uint64_t)) &&
        copy_array(&copy_out->commonnesses, memory->commonnesses,
                   count * memory->field_count * sizeof(uint16_t)) &&
        copy_array(&copy_out->blocks, memory->blocks, memory->block_count * sizeof(uint64_t)) &&
        copy_array(&copy_out->pairs, memory->pairs, memory->pair_count * sizeof *memory->pairs) &&
        copy_array(&copy_out->patterns, memory->patterns,
                   memory->pattern_count * sizeof *memory->patterns);
    return is_done ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to remember this run");
}

/* What a level weighs for each kind, rarity apart: of level "equal" the part that is the same
 * whatever the value, so that how often strangers agree, seen on a sample, plays no part. */
static void take_gains(const shire_link_scorer *scorer, const shire_link_model *model,
                       shire_link_memory *memory_out) {
    memcpy(memory_out->gains, scorer->levels, sizeof memory_out->gains);
    memcpy(memory_out->prior_logs, scorer->prior_logs, sizeof memory_out->prior_logs);
    for (size_t field = 0; field < model->field_count; field++) {
        float mean = (float)log2(model->levels[SHIRE_LINK_PAIR_STRANGER][field][1]);
        for (int lane = 0; lane < SHIRE_LINK_KIND_LANES; lane++) {
            memory_out->gains[field][1][lane] += scorer->rare_kinds[field][lane] * mean;
        }
    }
}

/* The largest change from lane `first` to `last`. */
static double largest_change(const float *x, const float *y, int first, int last) {
    double most = 0;
    for (int lane = first; lane <= last; lane++) {
        most = fmax(most, fabs((double)x[lane] - (double)y[lane]));
    }
    return most;
}

/* How far the weight of any pair can have moved from one model to the other, rarity apart: the sums
 * of the kinds of a match and those of the others each move by no more than their terms do. */
static double measure_drift(const shire_link_memory *before, const shire_link_memory *now) {
    static const int parts[2][2] = {{SHIRE_LINK_PAIR_SAME, SHIRE_LINK_PAIR_MOVED},
                                    {SHIRE_LINK_PAIR_STRANGER, SHIRE_LINK_PAIR_RELATIVE}};
    double drift = 0;
    for (int part = 0; part < 2; part++) {
        int first = parts[part][0];
        int last = parts[part][1];
        drift += largest_change(before->prior_logs, now->prior_logs, first, last);
        for (size_t field = 0; field < now->field_count; field++) {
            double most = 0;
            for (int level = 1; level < SHIRE_LINK_LEVELS_MAX; level++) {
                most = fmax(most, largest_change(before->gains[field][level],
                                                 now->gains[field][level], first, last));
            }
            drift += most;
        }
    }
    return drift;
}

/* log2 of the share of records that carry a value, as the scorer has it. */
static double log_share(const shire_link_scorer *scorer, const shire_link_model *model,
                        size_t field, uint32_t value) {
    return log2(model->levels[SHIRE_LINK_PAIR_STRANGER][field][1]) -
           (double)scorer->rarities[field][value];
}

static uint16_t commonness_of(double share) {
    double steps = ceil((share + 32.0) * COMMONNESS_STEP);
    return (uint16_t)fmin(fmax(steps, 1), UINT16_MAX);
}

/* How much rarer the values of a record became, in bits, all together. */
static double rarer_by(const uint16_t *commonnesses, const shire_link_scorer *scorer,
                       const shire_link_model *model, const uint32_t *row) {
    double sum = 0;
    for (size_t field = 0; field < model->field_count; field++) {
        if (row[field] != 0) {
            double before = commonnesses[field] / COMMONNESS_STEP - 32.0;
            sum += fmax(0, before - log_share(scorer, model, field, row[field]));
        }
    }
    return sum;
}

/* A table from 64-bit hashes to places in the array that they stand in. */
typedef struct hash_table {
    const uint64_t *hashes;
    uint32_t *slots; /* place + 1; 0 free */
    size_t mask;
} hash_table;

static bool table_init(hash_table *table, const uint64_t *hashes, size_t count) {
    size_t capacity = 1024;
    while (capacity < count + count / 2) {
        capacity *= 2;
    }
    *table = (hash_table){.hashes = hashes, .mask = capacity - 1};
    table->slots = shire_memory_resize(NULL, capacity * sizeof *table->slots);
    if (table->slots == NULL) {
        return false;
    }
    memset(table->slots, 0, capacity * sizeof *table->slots);
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)hashes[i] & table->mask;
        while (table->slots[at] != 0) {
            at = (at + 1) & table->mask;
        }
        table->slots[at] = (uint32_t)i + 1;
    }
    return true;
}

/* NONE when it is not there. */
static uint32_t table_find(const hash_table *table, uint64_t hash) {
    size_t at = (size_t)hash & table->mask;
    while (table->slots[at] != 0 && table->hashes[table->slots[at] - 1] != hash) {
        at = (at + 1) & table->mask;
    }
    return table->slots[at] - 1; /* a free slot gives NONE */
}

/* old_records: for each record its like in the memory, unless its values became too rare since. */
static bool find_records(const shire_link_memory *memory, const shire_link_dataset *dataset,
                         const uint64_t *identities, const shire_link_scorer *scorer,
                         const shire_link_model *model, shire_link_recall *recall) {
    hash_table table = {0};
    if (!table_init(&table, memory->identities, memory->record_count)) {
        return false;
    }
    for (size_t record = 0; record < dataset->record_count; record++) {
        const uint32_t *row = shire_link_dataset_row(dataset, record);
        uint32_t old = table_find(&table, identities[record]);
        if (old != NONE && rarer_by(memory->commonnesses + (size_t)old * memory->field_count,
                                    scorer, model, row) > RARER_MOST) {
            old = NONE;
        }
        recall->old_records[record] = old;
        recall->fresh_count += old == NONE;
    }
    shire_memory_free(table.slots);
    return true;
}

static bool find_blocks(const shire_link_memory *memory, const shire_link_blocks *blocks,
                        shire_link_recall *recall) {
    hash_table table = {0};
    if (!table_init(&table, memory->blocks, memory->block_count)) {
        return false;
    }
    for (size_t block = 0; block < blocks->block_count; block++) {
        recall->is_known[block] = table_find(&table, blocks->hashes[block]) != NONE;
    }
    shire_memory_free(table.slots);
    for (size_t record = 0; record < blocks->record_count; record++) {
        for (uint64_t at = blocks->block_offsets[record];
             recall->old_records[record] == NONE && at < blocks->block_offsets[record + 1]; at++) {
            recall->is_known[blocks->blocks[at]] = 0;
        }
    }
    return true;
}

/* The remembered pairs whose records are both known, by the later of them. */
static bool find_partners(const shire_link_memory *memory, size_t record_count,
                          shire_link_recall *recall) {
    uint32_t *new_records =
        shire_memory_resize(NULL, (memory->record_count + 1) * sizeof *new_records);
    uint64_t *offsets = recall->partner_offsets;
    if (new_records == NULL) {
        return false;
    }
    memset(new_records, 255, (memory->record_count + 1) * sizeof *new_records);
    for (size_t record = 0; record < record_count; record++) {
        if (recall->old_records[record] != NONE) {
            new_records[recall->old_records[record]] = (uint32_t)record;
        }
    }
    memset(offsets, 0, (record_count + 2) * sizeof *offsets);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < memory->pair_count; i++) {
            uint32_t a = new_records[memory->pairs[i].a];
            uint32_t b = new_records[memory->pairs[i].b];
            if (a == NONE || b == NONE) {
                continue;
            }
            uint32_t later = a > b ? a : b;
            if (pass == 0) {
                offsets[later + 2]++;
            } else {
                recall->partners[offsets[later + 1]++] = a > b ? b : a;
            }
        }
        /* Counted two places ahead, so that filling leaves each offset where it belongs. */
        for (size_t record = 2; pass == 0 && record < record_count + 2; record++) {
            offsets[record] += offsets[record - 1];
        }
    }
    shire_memory_free(new_records);
    return true;
}

shire_status shire_link_memory_recall(const shire_link_memory *memory,
                                      const shire_link_dataset *dataset, const uint64_t *identities,
                                      const shire_link_blocks *blocks,
                                      const shire_link_scorer *scorer,
                                      const shire_link_model *model, bool *is_useful_out,
                                      shire_link_recall *recall_out, shire_error *error) {
    size_t record_count = dataset->record_count;
    shire_link_memory now = {.field_count = dataset->field_count};
    *is_useful_out = false;
    take_gains(scorer, model, &now);
    if (memory->settings != hash_settings(dataset) || memory->field_count != now.field_count) {
        return SHIRE_OK;
    }
    double drift = memory->drift + measure_drift(memory, &now);
    if (!(drift <= DRIFT_MOST)) {
        return SHIRE_OK;
    }
    recall_out->drift = drift;
    recall_out->is_known = shire_memory_resize(NULL, blocks->block_count + 1);
    recall_out->old_records = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint32_t));
    recall_out->partner_offsets = shire_memory_resize(NULL, (record_count + 2) * sizeof(uint64_t));
    recall_out->partners = shire_memory_resize(NULL, (memory->pair_count + 1) * sizeof(uint32_t));
    if (recall_out->is_known == NULL || recall_out->old_records == NULL ||
        recall_out->partner_offsets == NULL || recall_out->partners == NULL ||
        !find_records(memory, dataset, identities, scorer, model, recall_out) ||
        !find_blocks(memory, blocks, recall_out) ||
        !find_partners(memory, record_count, recall_out)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to recall the last run");
    }
    *is_useful_out = true;
    return SHIRE_OK;
}

/* How common a record's values are or, for one that is recalled, were at most since it was first
 * compared. */
static void take_commonnesses(const shire_link_dataset *dataset, const shire_link_scorer *scorer,
                              const shire_link_model *model, const shire_link_memory *memory,
                              const shire_link_recall *recall, uint16_t *commonnesses_out) {
    size_t field_count = dataset->field_count;
    for (size_t record = 0; record < dataset->record_count; record++) {
        const uint32_t *row = shire_link_dataset_row(dataset, record);
        uint16_t *here = commonnesses_out + record * field_count;
        uint32_t old = recall == NULL ? NONE : recall->old_records[record];
        for (size_t field = 0; field < field_count; field++) {
            here[field] =
                row[field] == 0 ? 0 : commonness_of(log_share(scorer, model, field, row[field]));
            uint16_t before = old == NONE ? 0 : memory->commonnesses[old * field_count + field];
            here[field] = here[field] > before ? here[field] : before;
        }
    }
}

shire_status shire_link_memory_make(const shire_link_dataset *dataset, const uint64_t *identities,
                                    shire_link_blocks *blocks, const shire_link_scorer *scorer,
                                    const shire_link_model *model, const shire_link_edge *edges,
                                    size_t edge_count, const shire_link_memory *memory,
                                    const shire_link_recall *recall, shire_link_memory *memory_out,
                                    shire_error *error) {
    size_t count = dataset->record_count;
    size_t field_count = dataset->field_count;
    *memory_out = (shire_link_memory){.settings = hash_settings(dataset),
                                      .record_count = count,
                                      .field_count = field_count,
                                      .pair_count = edge_count,
                                      .drift = recall == NULL ? 0 : recall->drift,
                                      .model = *model,
                                      .single_max = blocks->single_max,
                                      .pair_max = blocks->block_max};
    take_gains(scorer, model, memory_out);
    memory_out->identities = shire_memory_resize(NULL, (count + 1) * sizeof(uint64_t));
    memory_out->commonnesses =
        shire_memory_resize(NULL, (count * field_count + 1) * sizeof(uint16_t));
    memory_out->pairs = shire_memory_resize(NULL, (edge_count + 1) * sizeof *memory_out->pairs);
    if (memory_out->identities == NULL || memory_out->commonnesses == NULL ||
        memory_out->pairs == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to remember this run");
    }
    memcpy(memory_out->identities, identities, count * sizeof(uint64_t));
    take_commonnesses(dataset, scorer, model, memory, recall, memory_out->commonnesses);
    if (edge_count > 0) {
        memcpy(memory_out->pairs, edges, edge_count * sizeof *edges);
    }
    memory_out->blocks = blocks->hashes;
    memory_out->block_count = blocks->block_count;
    blocks->hashes = NULL;
    return SHIRE_OK;
}
