/*
 * Blocks from features. Features are hashed to 32 bits by value (not by record), gathered per
 * record, and sorted by radix; a run of equal hashes is a block. First single features, then pairs
 * of features for the records whose single blocks were too large to take.
 */
#include "link/link_block.h"

#include "core/arena.h"
#include "core/parallel.h"
#include "link/link_text_kernel.h"

#include <stdlib.h>
#include <string.h>

#define FEATURES_MAX 48
#define KEYS_MAX 512
#define BLOCK_MAX_MOST 2000U

typedef enum part {
    PART_WHOLE,
    PART_SOUND,
    PART_START_3,
    PART_START_4,
    PART_WITHOUT_LAST_2,
    PART_WITHOUT_LAST_3,
    PART_FIRST_HALF,
    PART_SECOND_HALF,
    PART_YEAR,
    PART_YEAR_MONTH,
    PART_MONTH_DAY,
    PART_FIRST_WORD,
    PART_LAST_3
} part;

typedef struct feature {
    size_t field;
    part part;
    uint32_t *of_record;   /* hash by record; 0 for none */
    uint32_t *block_sizes; /* by record: records with the same hash */
} feature;

/* One kind of block: all records by one feature or by two. */
typedef struct key {
    int first;
    int second;       /* -1 for a single feature */
    uint64_t *sorted; /* hash << 32 | record */
    size_t sorted_count;
    bool failed;
} key;

typedef struct builder {
    const shire_link_dataset *dataset;
    feature features[FEATURES_MAX];
    size_t feature_count;
    key keys[KEYS_MAX];
    size_t key_count;
    size_t keys_from; /* those of the stage under way */
    uint32_t single_max;
    bool failed;
} builder;

static shire_span take_part(shire_span text, part which) {
    size_t length = text.length;
    switch (which) {
    case PART_START_3:
        return (shire_span){text.bytes, length < 3 ? length : 3};
    case PART_START_4:
        return (shire_span){text.bytes, length < 4 ? length : 4};
    case PART_WITHOUT_LAST_2:
        return (shire_span){text.bytes, length > 4 ? length - 2 : 0};
    case PART_WITHOUT_LAST_3:
        return (shire_span){text.bytes, length > 4 ? length - 3 : 0};
    case PART_FIRST_HALF:
        return (shire_span){text.bytes, length >= 6 ? length / 2 : 0};
    case PART_SECOND_HALF:
        return (shire_span){text.bytes + length / 2, length >= 6 ? length - length / 2 : 0};
    case PART_YEAR:
        return (shire_span){text.bytes, length == 8 ? 4 : 0};
    case PART_YEAR_MONTH:
        return (shire_span){text.bytes, length == 8 ? 6 : 0};
    case PART_MONTH_DAY:
        return (shire_span){text.bytes + 4, length == 8 ? 4 : 0};
    case PART_FIRST_WORD: {
        const char *blank = memchr(text.bytes, ' ', length);
        return (shire_span){text.bytes, blank == NULL ? 0 : (size_t)(blank - text.bytes)};
    }
    case PART_LAST_3:
        return (shire_span){text.bytes + (length > 4 ? length - 3 : 0), length > 4 ? 3 : 0};
    default:
        return text;
    }
}

static uint32_t hash_part(shire_span text, part which, uint64_t seed) {
    if (which == PART_SOUND) {
        uint32_t sound = shire_link_soundex(text);
        return sound == 0 ? 0 : (sound * 2654435761U) | 1U;
    }
    shire_span taken = take_part(text, which);
    return taken.length == 0 ? 0 : (uint32_t)shire_text_hash(taken, seed) | 1U;
}

static void add_features(builder *build, size_t field, const part *parts, size_t part_count) {
    for (size_t i = 0; i < part_count && build->feature_count < FEATURES_MAX; i++) {
        build->features[build->feature_count++] = (feature){.field = field, .part = parts[i]};
    }
}

static void choose_features(builder *build) {
    static const part names[] = {PART_WHOLE, PART_SOUND, PART_START_3, PART_LAST_3};
    static const part dates[] = {PART_WHOLE, PART_YEAR_MONTH, PART_MONTH_DAY, PART_YEAR};
    static const part postcodes[] = {PART_WHOLE, PART_WITHOUT_LAST_2, PART_WITHOUT_LAST_3};
    static const part identifiers[] = {PART_WHOLE, PART_FIRST_HALF, PART_SECOND_HALF};
    static const part texts[] = {PART_WHOLE, PART_START_4, PART_FIRST_WORD};
    static const part wholes[] = {PART_WHOLE};
    for (size_t field = 0; field < build->dataset->field_count; field++) {
        switch (build->dataset->fields[field].kind) {
        case SHIRE_LINK_KIND_GIVEN:
        case SHIRE_LINK_KIND_FAMILY:
            add_features(build, field, names, 4);
            break;
        case SHIRE_LINK_KIND_DATE:
            add_features(build, field, dates, 4);
            break;
        case SHIRE_LINK_KIND_POSTCODE:
            add_features(build, field, postcodes, 3);
            break;
        case SHIRE_LINK_KIND_IDENTIFIER:
        case SHIRE_LINK_KIND_EMAIL:
            add_features(build, field, identifiers, 3);
            break;
        case SHIRE_LINK_KIND_TEXT:
        case SHIRE_LINK_KIND_REST:
            add_features(build, field, texts, 3);
            break;
        case SHIRE_LINK_KIND_NUMBER:
        case SHIRE_LINK_KIND_CATEGORY:
            add_features(build, field, wholes, 1);
            break;
        }
    }
}

static int digit_of(uint64_t entry, int pass) {
    return (int)(entry >> (32 + 11 * pass) & 2047U);
}

/* Stable sort by the upper 32 bits. */
static void sort_entries(uint64_t *entries, uint64_t *scratch, size_t count) {
    for (int pass = 0; pass < 3; pass++) {
        size_t places[2048] = {0};
        for (size_t i = 0; i < count; i++) {
            places[digit_of(entries[i], pass)]++;
        }
        size_t sum = 0;
        for (size_t digit = 0; digit < 2048; digit++) {
            size_t here = places[digit];
            places[digit] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++) {
            scratch[places[digit_of(entries[i], pass)]++] = entries[i];
        }
        uint64_t *swap = entries;
        entries = scratch;
        scratch = swap;
    }
    /* Three passes leave the result in what was `scratch`: copy it home. */
    memcpy(scratch, entries, count * sizeof *entries);
}

static bool sort_key(key *sorted) {
    uint64_t *scratch = shire_memory_resize(NULL, (sorted->sorted_count + 1) * sizeof *scratch);
    if (scratch == NULL) {
        return false;
    }
    sort_entries(sorted->sorted, scratch, sorted->sorted_count);
    shire_memory_free(scratch);
    return true;
}

static size_t run_length(const key *sorted, size_t at) {
    size_t end = at + 1;
    while (end < sorted->sorted_count && sorted->sorted[end] >> 32 == sorted->sorted[at] >> 32) {
        end++;
    }
    return end - at;
}

static bool make_feature(builder *build, key *made) {
    const shire_link_dataset *dataset = build->dataset;
    feature *made_feature = &build->features[made->first];
    const shire_link_field *field = &dataset->fields[made_feature->field];
    size_t record_count = dataset->record_count;
    uint32_t *of_value = shire_memory_resize(NULL, field->values->count * sizeof *of_value);
    made_feature->of_record = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint32_t));
    made_feature->block_sizes = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint32_t));
    made->sorted = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint64_t));
    if (of_value == NULL || made_feature->of_record == NULL || made_feature->block_sizes == NULL ||
        made->sorted == NULL) {
        shire_memory_free(of_value);
        return false;
    }
    of_value[0] = 0;
    for (uint32_t value = 1; value < field->values->count; value++) {
        of_value[value] = field->counts[value] == 0
                              ? 0
                              : hash_part(shire_link_dictionary_text(field->values, value),
                                          made_feature->part, (uint64_t)made_feature->part);
    }
    for (size_t record = 0; record < record_count; record++) {
        uint32_t hash = of_value[shire_link_dataset_row(dataset, record)[made_feature->field]];
        made_feature->of_record[record] = hash;
        made_feature->block_sizes[record] = 0;
        if (hash != 0) {
            made->sorted[made->sorted_count++] = (uint64_t)hash << 32 | record;
        }
    }
    shire_memory_free(of_value);
    if (!sort_key(made)) {
        return false;
    }
    for (size_t at = 0; at < made->sorted_count;) {
        size_t length = run_length(made, at);
        for (size_t i = at; i < at + length; i++) {
            made_feature->block_sizes[(uint32_t)made->sorted[i]] = (uint32_t)length;
        }
        at += length;
    }
    return true;
}

static bool make_pair(builder *build, key *made) {
    const feature *first = &build->features[made->first];
    const feature *second = &build->features[made->second];
    size_t count = 0;
    for (size_t record = 0; record < build->dataset->record_count; record++) {
        count += first->block_sizes[record] > build->single_max &&
                 second->block_sizes[record] > build->single_max;
    }
    made->sorted = shire_memory_resize(NULL, (count + 1) * sizeof(uint64_t));
    if (made->sorted == NULL) {
        return false;
    }
    for (size_t record = 0; record < build->dataset->record_count; record++) {
        if (first->block_sizes[record] > build->single_max &&
            second->block_sizes[record] > build->single_max) {
            uint64_t both = (uint64_t)first->of_record[record] << 32 | second->of_record[record];
            uint64_t hash = both * UINT64_C(0x9E3779B97F4A7C15);
            hash ^= hash >> 29;
            made->sorted[made->sorted_count++] =
                (hash * UINT64_C(0xBF58476D1CE4E5B9)) >> 32 << 32 | record;
        }
    }
    return sort_key(made);
}

static void make_keys(size_t first, size_t last, size_t chunk, int thread, void *context) {
    builder *build = context;
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        key *made = &build->keys[build->keys_from + i];
        made->failed = made->second < 0 ? !make_feature(build, made) : !make_pair(build, made);
    }
}

/* The largest limit at which blocks no larger than it hold at most `budget` pairs together. */
static uint32_t choose_limit(const builder *build, uint64_t budget) {
    static uint64_t pairs_of_size[BLOCK_MAX_MOST + 1];
    memset(pairs_of_size, 0, sizeof pairs_of_size);
    for (size_t i = build->keys_from; i < build->key_count; i++) {
        const key *made = &build->keys[i];
        for (size_t at = 0; at < made->sorted_count;) {
            size_t length = run_length(made, at);
            if (length <= BLOCK_MAX_MOST) {
                pairs_of_size[length] += length * (length - 1) / 2;
            }
            at += length;
        }
    }
    uint64_t sum = 0;
    uint32_t limit = 1;
    while (limit < BLOCK_MAX_MOST && sum + pairs_of_size[limit + 1] <= budget) {
        limit++;
        sum += pairs_of_size[limit];
    }
    return limit < 8 ? 8 : limit;
}

static bool run_keys(builder *build, int thread_count) {
    shire_parallel_for(thread_count, build->key_count - build->keys_from, 1, make_keys, build);
    for (size_t i = build->keys_from; i < build->key_count; i++) {
        if (build->keys[i].failed) {
            return false;
        }
    }
    return true;
}

/* Append the blocks of the current keys that are no larger than the limit. */
static bool take_blocks(builder *build, uint32_t limit, shire_link_blocks *blocks,
                        uint64_t *member_capacity, size_t *block_capacity) {
    for (size_t i = build->keys_from; i < build->key_count; i++) {
        key *made = &build->keys[i];
        for (size_t at = 0; at < made->sorted_count;) {
            size_t length = run_length(made, at);
            if (length >= 2 && length <= limit) {
                uint64_t used = blocks->member_offsets[blocks->block_count];
                if (used + length > *member_capacity) {
                    *member_capacity = *member_capacity * 2 + length;
                    uint32_t *bigger = shire_memory_resize(
                        blocks->members, *member_capacity * sizeof *blocks->members);
                    if (bigger == NULL) {
                        return false;
                    }
                    blocks->members = bigger;
                }
                if (blocks->block_count + 2 > *block_capacity) {
                    *block_capacity *= 2;
                    uint64_t *bigger = shire_memory_resize(blocks->member_offsets,
                                                           *block_capacity * sizeof(uint64_t));
                    if (bigger == NULL) {
                        return false;
                    }
                    blocks->member_offsets = bigger;
                }
                for (size_t j = 0; j < length; j++) {
                    blocks->members[used + j] = (uint32_t)made->sorted[at + j];
                }
                blocks->member_offsets[++blocks->block_count] = used + length;
                blocks->visit_count += (uint64_t)length * (length - 1) / 2;
            }
            at += length;
        }
        shire_memory_free(made->sorted);
        made->sorted = NULL;
    }
    return true;
}

static bool index_records(shire_link_blocks *blocks, size_t record_count) {
    uint64_t member_count = blocks->member_offsets[blocks->block_count];
    blocks->record_count = record_count;
    blocks->block_offsets = shire_memory_resize(NULL, (record_count + 2) * sizeof(uint64_t));
    blocks->blocks = shire_memory_resize(NULL, (member_count + 1) * sizeof(uint32_t));
    if (blocks->block_offsets == NULL || blocks->blocks == NULL) {
        return false;
    }
    memset(blocks->block_offsets, 0, (record_count + 2) * sizeof(uint64_t));
    /* Count two places ahead, so that filling leaves each offset where it belongs. */
    for (uint64_t i = 0; i < member_count; i++) {
        blocks->block_offsets[blocks->members[i] + 2]++;
    }
    for (size_t record = 2; record < record_count + 2; record++) {
        blocks->block_offsets[record] += blocks->block_offsets[record - 1];
    }
    for (size_t block = 0; block < blocks->block_count; block++) {
        for (uint64_t i = blocks->member_offsets[block]; i < blocks->member_offsets[block + 1];
             i++) {
            blocks->blocks[blocks->block_offsets[blocks->members[i] + 1]++] = (uint32_t)block;
        }
    }
    return true;
}

static double share_of_pairs(const builder *build, const feature *facts) {
    double sum = 0;
    double count = (double)build->dataset->record_count;
    for (size_t record = 0; record < build->dataset->record_count; record++) {
        sum += facts->block_sizes[record];
    }
    return sum / (count * count);
}

/* Pairs of features of different fields, unless even together they tell too little apart. */
static void choose_pairs(builder *build) {
    double shares[FEATURES_MAX];
    for (size_t i = 0; i < build->feature_count; i++) {
        shares[i] = share_of_pairs(build, &build->features[i]);
    }
    build->keys_from = build->key_count;
    for (size_t i = 0; i < build->feature_count; i++) {
        for (size_t j = i + 1; j < build->feature_count; j++) {
            double expected = shares[i] * shares[j] * (double)build->dataset->record_count;
            if (build->features[i].field != build->features[j].field &&
                expected <= BLOCK_MAX_MOST && build->key_count < KEYS_MAX) {
                build->keys[build->key_count++] = (key){.first = (int)i, .second = (int)j};
            }
        }
    }
}

shire_status shire_link_blocks_build(const shire_link_dataset *dataset, uint64_t pair_budget,
                                     int thread_count, shire_link_blocks *blocks_out,
                                     shire_error *error) {
    shire_status status = SHIRE_OK;
    uint64_t member_capacity = dataset->record_count * 8 + 16;
    size_t block_capacity = dataset->record_count + 16;
    builder *build = shire_memory_resize(NULL, sizeof *build);
    blocks_out->members = shire_memory_resize(NULL, member_capacity * sizeof(uint32_t));
    blocks_out->member_offsets = shire_memory_resize(NULL, block_capacity * sizeof(uint64_t));
    if (build == NULL || blocks_out->members == NULL || blocks_out->member_offsets == NULL) {
        shire_memory_free(build);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the blocks of records");
    }
    *build = (builder){.dataset = dataset};
    blocks_out->member_offsets[0] = 0;
    choose_features(build);
    for (size_t i = 0; i < build->feature_count; i++) {
        build->keys[build->key_count++] = (key){.first = (int)i, .second = -1};
    }
    bool is_done = run_keys(build, thread_count);
    if (is_done) {
        build->single_max = choose_limit(build, pair_budget / 2);
        is_done =
            take_blocks(build, build->single_max, blocks_out, &member_capacity, &block_capacity);
    }
    if (is_done) {
        choose_pairs(build);
        is_done = run_keys(build, thread_count);
    }
    if (is_done) {
        blocks_out->block_max = choose_limit(build, pair_budget / 2);
        is_done = take_blocks(build, blocks_out->block_max, blocks_out, &member_capacity,
                              &block_capacity) &&
                  index_records(blocks_out, dataset->record_count);
    }
    if (!is_done) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the blocks of records");
    }
    for (size_t i = 0; i < build->key_count; i++) {
        shire_memory_free(build->keys[i].sorted);
    }
    for (size_t i = 0; i < build->feature_count; i++) {
        shire_memory_free(build->features[i].of_record);
        shire_memory_free(build->features[i].block_sizes);
    }
    shire_memory_free(build);
    return status;
}

void shire_link_blocks_done(shire_link_blocks *blocks) {
    shire_memory_free(blocks->member_offsets);
    shire_memory_free(blocks->members);
    shire_memory_free(blocks->block_offsets);
    shire_memory_free(blocks->blocks);
    *blocks = (shire_link_blocks){0};
}

size_t shire_link_blocks_candidates(const shire_link_blocks *blocks, size_t record,
                                    uint32_t *stamps, uint32_t *candidates_out) {
    size_t count = 0;
    for (uint64_t at = blocks->block_offsets[record]; at < blocks->block_offsets[record + 1];
         at++) {
        uint32_t block = blocks->blocks[at];
        const uint32_t *members = blocks->members + blocks->member_offsets[block];
        for (; *members < record; members++) {
            if (stamps[*members] != (uint32_t)record) {
                stamps[*members] = (uint32_t)record;
                candidates_out[count++] = *members;
            }
        }
    }
    return count;
}
