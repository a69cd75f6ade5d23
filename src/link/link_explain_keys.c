/*
 * Which keys two records share, and how many records share each with them. A feature that many
 * share is taken together with a second one of another field, as blocking does. One pass over the
 * values of each shared feature, one over the records for all pairs of large features.
 */
#include "link/link_explain_internal.h"

#include "core/arena.h"
#include "link/link_feature.h"

#include <string.h>

#define LARGE_MAX 24 /* large features that are tried in pairs */

typedef struct shared_feature {
    shire_link_feature feature;
    uint8_t *has_part; /* by value id: the value has the part that the two records share; NULL of
                          both names */
    uint32_t names[2]; /* of both names: their ids */
    uint64_t records;
} shared_feature;

static const char *part_name(shire_link_part part) {
    static const char *const names[] = {
        [SHIRE_LINK_PART_WHOLE] = NULL,
        [SHIRE_LINK_PART_SOUND] = "sound",
        [SHIRE_LINK_PART_START_3] = "first three letters",
        [SHIRE_LINK_PART_START_4] = "first four letters",
        [SHIRE_LINK_PART_WITHOUT_LAST_2] = "without the last two characters",
        [SHIRE_LINK_PART_WITHOUT_LAST_3] = "without the last three characters",
        [SHIRE_LINK_PART_FIRST_HALF] = "first half",
        [SHIRE_LINK_PART_SECOND_HALF] = "second half",
        [SHIRE_LINK_PART_YEAR] = "year",
        [SHIRE_LINK_PART_YEAR_MONTH] = "year and month",
        [SHIRE_LINK_PART_MONTH_DAY] = "month and day",
        [SHIRE_LINK_PART_FIRST_WORD] = "first word",
        [SHIRE_LINK_PART_LAST_3] = "last three letters",
        [SHIRE_LINK_PART_BOTH_NAMES] = "with the given name, in either order"};
    bool is_sample = part >= SHIRE_LINK_PART_SAMPLE_0 && part <= SHIRE_LINK_PART_SAMPLE_3;
    return is_sample ? "part" : names[part];
}

static void describe(const shire_link_dataset *dataset, const shared_feature *shared,
                     shire_builder *text) {
    const char *part = part_name(shared->feature.part);
    shire_builder_append_text(text, dataset->fields[shared->feature.field].name);
    if (part != NULL) {
        shire_builder_append_format(text, " (%s)", part);
    }
}

/* Keep the keys with the smallest blocks, ascending; of equal ones the earlier. */
static void offer(shire_link_pair_explanation *made, shire_link_shared_key key) {
    size_t at = made->key_count;
    while (at > 0 && made->keys[at - 1].records > key.records) {
        at--;
    }
    if (at == SHIRE_LINK_EXPLAIN_KEYS_MAX) {
        return;
    }
    size_t last = made->key_count < SHIRE_LINK_EXPLAIN_KEYS_MAX ? made->key_count
                                                                : SHIRE_LINK_EXPLAIN_KEYS_MAX - 1;
    memmove(&made->keys[at + 1], &made->keys[at], (last - at) * sizeof key);
    made->keys[at] = key;
    made->key_count = last + 1;
}

static bool offer_key(const shire_link_basis *basis, shire_arena *arena,
                      shire_link_pair_explanation *made, const shared_feature *first,
                      const shared_feature *second, uint64_t records) {
    shire_builder text = {0};
    int64_t limit = second == NULL ? basis->single_max : basis->pair_max;
    describe(&basis->dataset, first, &text);
    if (second != NULL) {
        shire_builder_append_text(&text, " and ");
        describe(&basis->dataset, second, &text);
    }
    const char *description =
        text.failed ? NULL : shire_arena_copy_text(arena, text.bytes, text.length);
    shire_builder_free(&text);
    if (description == NULL) {
        return false;
    }
    offer(made, (shire_link_shared_key){description, records, (int64_t)records <= limit});
    return true;
}

/* 0: not shared; 1: shared, filled in; -1: out of memory. */
static int share(const shire_link_basis *basis, shire_arena *arena,
                 const shire_link_pair_explanation *made, shire_link_feature feature,
                 shared_feature *shared) {
    const shire_link_field *facts = &basis->dataset.fields[feature.field];
    uint32_t ids[2];
    uint32_t hashes[2];
    for (int side = 0; side < 2; side++) {
        ids[side] = shire_link_dataset_row(&basis->dataset, made->records[side])[feature.field];
        hashes[side] =
            ids[side] == 0
                ? 0
                : shire_link_feature_hash(feature.part,
                                          shire_link_dictionary_text(facts->values, ids[side]));
    }
    if (hashes[0] == 0 || hashes[0] != hashes[1]) {
        return 0;
    }
    *shared = (shared_feature){.feature = feature};
    shared->has_part = shire_arena_alloc(arena, facts->values->count);
    if (shared->has_part == NULL) {
        return -1;
    }
    for (uint32_t value = 1; value < facts->values->count; value++) {
        if (facts->counts[value] > 0 &&
            shire_link_feature_hash(
                feature.part, shire_link_dictionary_text(facts->values, value)) == hashes[0]) {
            shared->has_part[value] = 1;
            shared->records += facts->counts[value];
        }
    }
    return 1;
}

static bool has_names(const shire_link_dataset *dataset, const uint32_t *row, uint32_t one,
                      uint32_t other) {
    uint32_t given = row[dataset->given_field];
    uint32_t family = row[dataset->family_field];
    return (given == one && family == other) || (given == other && family == one);
}

/* Whether a row has what the two records share. */
static bool has_feature(const shire_link_dataset *dataset, const shared_feature *shared,
                        const uint32_t *row) {
    return shared->has_part != NULL ? shared->has_part[row[shared->feature.field]] != 0
                                    : has_names(dataset, row, shared->names[0], shared->names[1]);
}

/* As share, for both names in either order. */
static int share_names(const shire_link_basis *basis, const shire_link_pair_explanation *made,
                       shire_link_feature feature, shared_feature *shared) {
    const shire_link_dataset *dataset = &basis->dataset;
    const uint32_t *row = shire_link_dataset_row(dataset, made->records[0]);
    *shared = (shared_feature){.feature = feature,
                               .names = {row[dataset->given_field], row[dataset->family_field]}};
    if (shared->names[0] == 0 || shared->names[1] == 0 ||
        !has_feature(dataset, shared, shire_link_dataset_row(dataset, made->records[1]))) {
        return 0;
    }
    for (size_t record = 0; record < dataset->record_count; record++) {
        shared->records += has_feature(dataset, shared, shire_link_dataset_row(dataset, record));
    }
    return 1;
}

static bool offer_pairs(const shire_link_basis *basis, shire_arena *arena,
                        shire_link_pair_explanation *made, const shared_feature *large,
                        size_t count) {
    uint64_t both[LARGE_MAX][LARGE_MAX] = {{0}};
    for (size_t record = 0; record < basis->dataset.record_count; record++) {
        const uint32_t *row = shire_link_dataset_row(&basis->dataset, record);
        size_t shared[LARGE_MAX];
        size_t shared_count = 0;
        for (size_t i = 0; i < count; i++) {
            if (has_feature(&basis->dataset, &large[i], row)) {
                shared[shared_count++] = i;
            }
        }
        for (size_t i = 0; i < shared_count; i++) {
            for (size_t j = i + 1; j < shared_count; j++) {
                both[shared[i]][shared[j]]++;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (large[i].feature.field != large[j].feature.field &&
                !offer_key(basis, arena, made, &large[i], &large[j], both[i][j])) {
                return false;
            }
        }
    }
    return true;
}

shire_status shire_link_explain_keys(const shire_link_basis *basis, shire_arena *arena,
                                     shire_link_pair_explanation *made, shire_error *error) {
    shire_link_feature features[SHIRE_LINK_FEATURES_MAX];
    shared_feature large[LARGE_MAX];
    size_t feature_count = shire_link_features_choose(&basis->dataset, features);
    if (feature_count < SHIRE_LINK_FEATURES_MAX &&
        shire_link_feature_of_names(&basis->dataset, &features[feature_count])) {
        feature_count++;
    }
    size_t large_count = 0;
    bool is_done = true;
    for (size_t i = 0; i < feature_count && is_done; i++) {
        shared_feature shared = {0};
        int found = features[i].part == SHIRE_LINK_PART_BOTH_NAMES
                        ? share_names(basis, made, features[i], &shared)
                        : share(basis, arena, made, features[i], &shared);
        is_done = found >= 0;
        if (found > 0 && (int64_t)shared.records > basis->single_max) {
            if (large_count < LARGE_MAX) {
                large[large_count++] = shared;
            }
        } else if (found > 0) {
            is_done = offer_key(basis, arena, made, &shared, NULL, shared.records);
        }
    }
    /* Blocking puts records together by two features only where one alone leaves too many. */
    is_done = is_done && (large_count < 2 || offer_pairs(basis, arena, made, large, large_count));
    return is_done ? SHIRE_OK : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the explanation");
}
