/*
 * Blocks from features. Features are hashed to 32 bits by value (not by record), gathered per
 * record, and sorted by radix; a run of equal hashes is a block. First single features, then pairs
 * of features for the records whose single blocks were too large to take.
 *
 * Each of the two stages makes its keys in batches. The limit of a stage can only fall with every
 * key that is counted, so runs beyond the limit so far are forgotten after each batch, and once it
 * is at its least, blocks are taken batch by batch: memory holds a batch and what the budget
 * allows.
 */
#include "link/link_block.h"

#include "core/arena.h"
#include "core/parallel.h"
#include "link/link_feature.h"
#include "link/link_identity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 512
#define BLOCK_MAX_MOST 2000U
#define BLOCK_MAX_LEAST 4U
#define TELLING_MOST 2.0 /* a key whose blocks chance would make no larger than this */
#define AHEAD 4          /* blocks that are on their way from memory */
#define OFFERS_MAX 32    /* blocks looked up together */
#define BATCH 16         /* keys made before the limit is looked at again */
#define LEFT_LEAST 20    /* a feature has a second round when it left one record in so many */

static bool resize(void *array, size_t byte_count) {
    void **place = array;
    void *bigger = shire_memory_resize(*place, byte_count);
    *place = bigger != NULL ? bigger : *place;
    return bigger != NULL;
}

typedef struct feature {
    shire_link_feature rule;
    uint32_t *of_record;   /* hash by record; 0 for none, and later where its block was taken */
    uint16_t *block_sizes; /* by record: records with the same hash, at most UINT16_MAX */
    size_t known_count;    /* records that have the feature */
    double expected;       /* records of the block that a record is in, on average */
} feature;

/* One kind of block: all records by one feature or by two. */
typedef struct key {
    int first;
    int second;       /* -1 for a single feature */
    double expected;  /* records that chance alone would put in a record's block */
    uint64_t *sorted; /* hash << 32 | record */
    size_t sorted_count;
    bool failed;
} key;

typedef struct builder {
    const shire_link_dataset *dataset;
    feature features[SHIRE_LINK_FEATURES_MAX];
    size_t feature_count;
    key keys[KEYS_MAX];
    size_t key_count;
    size_t keys_from;                           /* the first key whose blocks are not yet taken */
    size_t keys_made;                           /* the first key that is not yet made */
    uint32_t block_max;                         /* no block of the stage under way can be larger */
    uint64_t pairs_of_size[BLOCK_MAX_MOST + 1]; /* of the stage under way, by size of block */
} builder;

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
    const shire_link_field *field = &dataset->fields[made_feature->rule.field];
    size_t record_count = dataset->record_count;
    uint32_t *of_value = shire_memory_resize(NULL, field->values->count * sizeof *of_value);
    made_feature->of_record = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint32_t));
    made_feature->block_sizes = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint16_t));
    made->sorted = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint64_t));
    if (of_value == NULL || made_feature->of_record == NULL || made_feature->block_sizes == NULL ||
        made->sorted == NULL) {
        shire_memory_free(of_value);
        return false;
    }
    bool is_names = made_feature->rule.part == SHIRE_LINK_PART_BOTH_NAMES;
    of_value[0] = 0;
    for (uint32_t value = 1; value < field->values->count; value++) {
        of_value[value] =
            field->counts[value] == 0 && !is_names
                ? 0
                : shire_link_feature_hash(made_feature->rule.part,
                                          shire_link_dictionary_text(field->values, value));
    }
    for (size_t record = 0; record < record_count; record++) {
        const uint32_t *row = shire_link_dataset_row(dataset, record);
        uint32_t hash = is_names ? shire_link_feature_names_hash(dataset, row, of_value)
                                 : of_value[row[made_feature->rule.field]];
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
        made->expected += (double)length * (double)length / (double)record_count;
        for (size_t i = at; i < at + length; i++) {
            made_feature->block_sizes[(uint32_t)made->sorted[i]] =
                (uint16_t)(length < UINT16_MAX ? length : UINT16_MAX);
        }
        at += length;
    }
    made_feature->known_count = made->sorted_count;
    made_feature->expected = made->expected;
    return true;
}

/* Keep only the runs that can become blocks, and no more memory than they need. */
static void keep_runs(key *made, uint32_t block_max) {
    bool is_telling = made->expected <= TELLING_MOST;
    size_t kept = 0;
    for (size_t at = 0; at < made->sorted_count;) {
        size_t length = run_length(made, at);
        if (length >= 2 && (length <= block_max || is_telling)) {
            memmove(made->sorted + kept, made->sorted + at, length * sizeof *made->sorted);
            kept += length;
        }
        at += length;
    }
    made->sorted_count = kept;
    uint64_t *smaller = shire_memory_resize(made->sorted, (kept + 1) * sizeof *smaller);
    made->sorted = smaller != NULL ? smaller : made->sorted;
}

/* The records that both features left. */
static bool make_pair(builder *build, key *made) {
    const uint32_t *first = build->features[made->first].of_record;
    const uint32_t *second = build->features[made->second].of_record;
    size_t count = 0;
    for (size_t record = 0; record < build->dataset->record_count; record++) {
        count += first[record] != 0 && second[record] != 0;
    }
    made->sorted = shire_memory_resize(NULL, (count + 1) * sizeof(uint64_t));
    if (made->sorted == NULL) {
        return false;
    }
    for (size_t record = 0; record < build->dataset->record_count; record++) {
        if (first[record] != 0 && second[record] != 0) {
            uint64_t both = (uint64_t)first[record] << 32 | second[record];
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
        key *made = &build->keys[build->keys_made + i];
        made->failed = made->second < 0 ? !make_feature(build, made) : !make_pair(build, made);
        if (!made->failed) {
            keep_runs(made, build->block_max);
        }
    }
}

static void trim_keys(size_t first, size_t last, size_t chunk, int thread, void *context) {
    builder *build = context;
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        keep_runs(&build->keys[build->keys_from + i], build->block_max);
    }
}

static void count_pairs(builder *build, const key *made) {
    for (size_t at = 0; at < made->sorted_count;) {
        size_t length = run_length(made, at);
        if (length <= BLOCK_MAX_MOST) {
            build->pairs_of_size[length] += length * (length - 1) / 2;
        }
        at += length;
    }
}

/* The largest limit at which blocks no larger than it hold at most `budget` pairs together, of the
 * keys counted so far. */
static uint32_t choose_limit(const builder *build, uint64_t budget) {
    uint64_t sum = 0;
    uint32_t limit = 1;
    while (limit < build->block_max && sum + build->pairs_of_size[limit + 1] <= budget) {
        limit++;
        sum += build->pairs_of_size[limit];
    }
    return limit < BLOCK_MAX_LEAST ? BLOCK_MAX_LEAST : limit;
}

/* Make the next keys, at most a batch, and lower the limit to what the budget still allows. */
static bool make_batch(builder *build, uint64_t budget, int thread_count) {
    size_t left = build->key_count - build->keys_made;
    size_t count = left < BATCH ? left : BATCH;
    bool is_done = true;
    shire_parallel_for(thread_count, count, 1, make_keys, build);
    for (size_t i = 0; i < count; i++) {
        const key *made = &build->keys[build->keys_made + i];
        is_done = is_done && !made->failed;
        if (!made->failed) {
            count_pairs(build, made);
        }
    }
    build->keys_made += count;
    uint32_t limit = choose_limit(build, budget);
    if (is_done && limit < build->block_max) {
        build->block_max = limit;
        shire_parallel_for(thread_count, build->keys_made - build->keys_from, 1, trim_keys, build);
    }
    return is_done;
}

/* Many keys make the same small block again: a set of the blocks' hashes lets each in once. */
typedef struct block_set {
    uint64_t *hashes; /* 0: free */
    size_t capacity;  /* a power of two */
    size_t count;
} block_set;

static bool set_grow(block_set *set) {
    block_set bigger = {.capacity = set->capacity > 0 ? set->capacity * 2 : 65536};
    bigger.hashes = shire_memory_resize(NULL, bigger.capacity * sizeof(uint64_t));
    if (bigger.hashes == NULL) {
        return false;
    }
    memset(bigger.hashes, 0, bigger.capacity * sizeof(uint64_t));
    for (size_t i = 0; i < set->capacity; i++) {
        size_t at = (size_t)set->hashes[i] & (bigger.capacity - 1);
        while (set->hashes[i] != 0 && bigger.hashes[at] != 0) {
            at = (at + 1) & (bigger.capacity - 1);
        }
        if (set->hashes[i] != 0) {
            bigger.hashes[at] = set->hashes[i];
        }
    }
    bigger.count = set->count;
    shire_memory_free(set->hashes);
    *set = bigger;
    return true;
}

/* False when out of memory. *is_new_out: the hash was not there before. */
static bool set_add(block_set *set, uint64_t hash, bool *is_new_out) {
    if (set->count * 3 >= set->capacity * 2 && !set_grow(set)) {
        return false;
    }
    hash += hash == 0;
    size_t at = (size_t)hash & (set->capacity - 1);
    while (set->hashes[at] != 0 && set->hashes[at] != hash) {
        at = (at + 1) & (set->capacity - 1);
    }
    *is_new_out = set->hashes[at] == 0;
    set->hashes[at] = hash;
    set->count += *is_new_out;
    return true;
}

/* A block that may be taken: entries[0 .. length) of a key. */
typedef struct offer {
    const uint64_t *entries;
    size_t length;
    uint64_t hash; /* of its members */
} offer;

/* Blocks under construction. */
typedef struct collector {
    shire_link_blocks *blocks;
    const uint64_t *identities;
    uint64_t member_capacity;
    size_t block_capacity;
    block_set seen;
    offer offers[OFFERS_MAX]; /* whose places in the set are on their way from memory */
    size_t offer_count;
} collector;

/* The same for the same members in any order. */
static uint64_t hash_members(const uint64_t *identities, const uint64_t *entries, size_t count) {
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        uint32_t record = (uint32_t)entries[i];
        hash += identities != NULL ? identities[record] : shire_link_mix(record);
    }
    return shire_link_mix(hash);
}

static bool add_block(collector *into, const offer *taken) {
    shire_link_blocks *blocks = into->blocks;
    uint64_t used = blocks->member_offsets[blocks->block_count];
    size_t length = taken->length;
    bool is_new = false;
    if (!set_add(&into->seen, taken->hash, &is_new)) {
        return false;
    }
    if (!is_new) {
        return true;
    }
    if (used + length > into->member_capacity) {
        into->member_capacity += into->member_capacity / 2 + length;
        if (!resize(&blocks->members, into->member_capacity * sizeof(uint32_t))) {
            return false;
        }
    }
    if (blocks->block_count + 2 > into->block_capacity) {
        into->block_capacity += into->block_capacity / 2;
        if (!resize(&blocks->member_offsets, into->block_capacity * sizeof(uint64_t)) ||
            (blocks->hashes != NULL &&
             !resize(&blocks->hashes, into->block_capacity * sizeof(uint64_t)))) {
            return false;
        }
    }
    for (size_t i = 0; i < length; i++) {
        blocks->members[used + i] = (uint32_t)taken->entries[i];
    }
    if (blocks->hashes != NULL) {
        blocks->hashes[blocks->block_count] = taken->hash;
    }
    blocks->member_offsets[++blocks->block_count] = used + length;
    blocks->visit_count += (uint64_t)length * (length - 1) / 2;
    return true;
}

static bool take_offers(collector *into) {
    bool is_done = true;
    for (size_t i = 0; i < into->offer_count && is_done; i++) {
        is_done = add_block(into, &into->offers[i]);
    }
    into->offer_count = 0;
    return is_done;
}

static bool offer_block(collector *into, const uint64_t *entries, size_t length) {
    uint64_t hash = hash_members(into->identities, entries, length);
    if (into->seen.capacity > 0) {
        __builtin_prefetch(&into->seen.hashes[hash & (into->seen.capacity - 1)]);
    }
    into->offers[into->offer_count++] = (offer){entries, length, hash};
    return into->offer_count < OFFERS_MAX || take_offers(into);
}

/* A block much larger than chance would make it is one person's many records, or a family's: not
 * all pairs, but windows that overlap by half, so that the whole still hangs together. */
static bool offer_windows(collector *into, const uint64_t *entries, size_t length, size_t window) {
    for (size_t at = 0; at + window / 2 < length; at += window / 2) {
        size_t left = length - at;
        if (!offer_block(into, entries + at, left < window ? left : window)) {
            return false;
        }
    }
    return true;
}

/* Take the blocks of the keys that are made. */
static bool take_blocks(builder *build, collector *into) {
    for (size_t i = build->keys_from; i < build->keys_made; i++) {
        key *made = &build->keys[i];
        bool is_done = true;
        for (size_t at = 0; at < made->sorted_count && is_done;) {
            size_t length = run_length(made, at);
            if (length >= 2 && length <= build->block_max) {
                is_done = offer_block(into, made->sorted + at, length);
            } else if (length > build->block_max && made->expected <= TELLING_MOST) {
                is_done = offer_windows(into, made->sorted + at, length, build->block_max);
            }
            at += length;
        }
        if (!is_done || !take_offers(into)) {
            return false;
        }
        shire_memory_free(made->sorted);
        made->sorted = NULL;
    }
    build->keys_from = build->keys_made;
    return true;
}

/* A bound for choose_limit, so that runs that it will not take need not be kept: were all records
 * in blocks of one size by every key, the budget would allow so large blocks; real blocks vary. */
static uint32_t largest_block(const builder *build, uint64_t budget) {
    double memberships = (double)(build->key_count - build->keys_made + 1) *
                         (double)(build->dataset->record_count + 1);
    double most = 512.0 * (double)budget / memberships;
    return most > BLOCK_MAX_MOST    ? BLOCK_MAX_MOST
           : most < BLOCK_MAX_LEAST ? BLOCK_MAX_LEAST
                                    : (uint32_t)most;
}

/* Keys whose blocks chance alone would make larger than the limit give next to none that may be
 * taken: not worth making. */
static void drop_coarse_keys(builder *build) {
    size_t kept = build->keys_made;
    for (size_t i = build->keys_made; i < build->key_count; i++) {
        if (build->keys[i].expected <= build->block_max) {
            build->keys[kept++] = build->keys[i];
        }
    }
    build->key_count = kept;
}

/* One stage: makes the keys that are not yet made, and takes their blocks. */
static bool run_stage(builder *build, uint64_t budget, int thread_count, collector *into) {
    bool is_done = true;
    memset(build->pairs_of_size, 0, sizeof build->pairs_of_size);
    build->block_max = largest_block(build, budget);
    drop_coarse_keys(build);
    while (is_done && build->keys_made < build->key_count) {
        is_done = make_batch(build, budget, thread_count);
        if (is_done &&
            (build->block_max == BLOCK_MAX_LEAST || build->keys_made == build->key_count)) {
            is_done = take_blocks(build, into);
        }
    }
    return is_done;
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

static void free_feature(feature *done) {
    shire_memory_free(done->of_record);
    shire_memory_free(done->block_sizes);
    done->of_record = NULL;
    done->block_sizes = NULL;
}

/* Leave only the records whose block by this feature was too large to take; gives their number. */
static size_t keep_left(const builder *build, feature *facts, uint32_t single_max) {
    size_t left = 0;
    for (size_t record = 0; record < build->dataset->record_count; record++) {
        bool is_left = facts->block_sizes[record] > single_max;
        facts->of_record[record] = is_left ? facts->of_record[record] : 0;
        left += is_left;
    }
    shire_memory_free(facts->block_sizes);
    facts->block_sizes = NULL;
    return left;
}

/* True when an earlier feature makes the same blocks: the second half of a code of one length, say.
 * Every part of a value is a function of it, so blocks as large on average are the same blocks. */
static bool is_repeated(const builder *build, size_t at) {
    const feature *part = &build->features[at];
    for (size_t i = 0; i < at; i++) {
        const feature *whole = &build->features[i];
        if (whole->rule.field == part->rule.field && whole->rule.part == SHIRE_LINK_PART_WHOLE &&
            whole->known_count == part->known_count && !(whole->expected < part->expected)) {
            return true;
        }
    }
    return false;
}

/* Whether one of two features says something of a record that the other does not imply. */
static bool are_apart(const builder *build, size_t first, size_t second) {
    const shire_link_feature *a = &build->features[first].rule;
    const shire_link_feature *b = &build->features[second].rule;
    bool is_of_names =
        a->part == SHIRE_LINK_PART_BOTH_NAMES || b->part == SHIRE_LINK_PART_BOTH_NAMES;
    int given = build->dataset->given_field;
    return a->field != b->field &&
           !(is_of_names && ((int)a->field == given || (int)b->field == given));
}

/* Pairs of features of different fields, unless even together they tell too little apart, or one
 * of them left too few records in large blocks for a second round to find much. */
static void choose_pairs(builder *build, uint32_t single_max) {
    double shares[SHIRE_LINK_FEATURES_MAX];
    for (size_t i = 0; i < build->feature_count; i++) {
        shares[i] = build->features[i].expected / (double)build->dataset->record_count;
        size_t left = keep_left(build, &build->features[i], single_max);
        if (left * LEFT_LEAST < build->dataset->record_count || is_repeated(build, i)) {
            shares[i] = INFINITY;
            free_feature(&build->features[i]);
        }
    }
    for (size_t i = 0; i < build->feature_count; i++) {
        for (size_t j = i + 1; j < build->feature_count; j++) {
            double expected = shares[i] * shares[j] * (double)build->dataset->record_count;
            if (are_apart(build, i, j) && expected <= BLOCK_MAX_MOST &&
                build->key_count < KEYS_MAX) {
                build->keys[build->key_count++] =
                    (key){.first = (int)i, .second = (int)j, .expected = expected};
            }
        }
    }
}

shire_status shire_link_blocks_build(const shire_link_dataset *dataset, const uint64_t *identities,
                                     uint64_t pair_budget, int thread_count,
                                     shire_link_blocks *blocks_out, shire_error *error) {
    shire_status status = SHIRE_OK;
    collector into = {.blocks = blocks_out,
                      .identities = identities,
                      .member_capacity = dataset->record_count * 8 + 16,
                      .block_capacity = dataset->record_count + 16};
    builder *build = shire_memory_resize(NULL, sizeof *build);
    blocks_out->members = shire_memory_resize(NULL, into.member_capacity * sizeof(uint32_t));
    blocks_out->member_offsets = shire_memory_resize(NULL, into.block_capacity * sizeof(uint64_t));
    if (identities != NULL) {
        blocks_out->hashes = shire_memory_resize(NULL, into.block_capacity * sizeof(uint64_t));
    }
    if (build == NULL || blocks_out->members == NULL || blocks_out->member_offsets == NULL ||
        (identities != NULL && blocks_out->hashes == NULL)) {
        shire_memory_free(build);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the blocks of records");
    }
    *build = (builder){.dataset = dataset, .block_max = BLOCK_MAX_MOST};
    blocks_out->member_offsets[0] = 0;
    shire_link_feature rules[SHIRE_LINK_FEATURES_MAX];
    build->feature_count = shire_link_features_choose(dataset, rules);
    if (build->feature_count < SHIRE_LINK_FEATURES_MAX &&
        shire_link_feature_of_names(dataset, &rules[build->feature_count])) {
        build->feature_count++;
    }
    for (size_t i = 0; i < build->feature_count; i++) {
        build->features[i].rule = rules[i];
    }
    for (size_t i = 0; i < build->feature_count; i++) {
        build->keys[build->key_count++] = (key){.first = (int)i, .second = -1};
    }
    bool is_done = run_stage(build, pair_budget / 2, thread_count, &into);
    if (is_done) {
        blocks_out->single_max = build->block_max;
        choose_pairs(build, build->block_max);
        is_done = run_stage(build, pair_budget / 2, thread_count, &into);
        blocks_out->block_max = build->block_max;
    }
    for (size_t i = 0; i < build->feature_count; i++) {
        free_feature(&build->features[i]); /* the index is large too */
    }
    shire_memory_free(into.seen.hashes);
    is_done = is_done && index_records(blocks_out, dataset->record_count);
    if (!is_done) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the blocks of records");
    }
    for (size_t i = 0; i < build->key_count; i++) {
        shire_memory_free(build->keys[i].sorted);
    }
    shire_memory_free(build);
    return status;
}

void shire_link_blocks_done(shire_link_blocks *blocks) {
    shire_memory_free(blocks->member_offsets);
    shire_memory_free(blocks->hashes);
    shire_memory_free(blocks->members);
    shire_memory_free(blocks->block_offsets);
    shire_memory_free(blocks->blocks);
    *blocks = (shire_link_blocks){0};
}

/* The blocks of a record lie all over the memory: fetch where the next ones begin, then them. */
static void fetch_ahead(const shire_link_blocks *blocks, uint64_t at, uint64_t end) {
    if (at + 2 * AHEAD < end) {
        __builtin_prefetch(&blocks->member_offsets[blocks->blocks[at + 2 * AHEAD]]);
    }
    if (at + AHEAD < end) {
        __builtin_prefetch(&blocks->members[blocks->member_offsets[blocks->blocks[at + AHEAD]]]);
    }
}

size_t shire_link_blocks_candidates(const shire_link_blocks *blocks, size_t record,
                                    const uint8_t *chosen, uint8_t wanted, uint32_t *stamps,
                                    uint32_t *candidates_out) {
    size_t count = 0;
    uint64_t end = blocks->block_offsets[record + 1];
    for (uint64_t at = blocks->block_offsets[record]; at < end; at++) {
        uint32_t block = blocks->blocks[at];
        fetch_ahead(blocks, at, end);
        if (chosen != NULL && chosen[block] != wanted) {
            continue;
        }
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

size_t shire_link_blocks_partners(const shire_link_blocks *blocks, size_t record, uint32_t *stamps,
                                  uint32_t *partners_out) {
    size_t count = 0;
    uint64_t end = blocks->block_offsets[record + 1];
    stamps[record] = (uint32_t)record + 1;
    for (uint64_t at = blocks->block_offsets[record]; at < end; at++) {
        fetch_ahead(blocks, at, end);
        uint32_t block = blocks->blocks[at];
        for (uint64_t i = blocks->member_offsets[block]; i < blocks->member_offsets[block + 1];
             i++) {
            uint32_t member = blocks->members[i];
            if (stamps[member] != (uint32_t)record + 1) {
                stamps[member] = (uint32_t)record + 1;
                partners_out[count++] = member;
            }
        }
    }
    return count;
}
