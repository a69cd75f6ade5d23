/*
 * Which records are worth comparing in full. Each field votes once for a record: by the rarest of
 * its parts that record and query share, with log2 of how rare it is. Lists are walked from the
 * shortest, as long as a budget lasts, so that time is bounded whatever the query; the records
 * with most votes are the candidates.
 */
#include "link/link_match_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VOTE_SCALE 8 /* votes are in eighths of a bit */
#define PROBES_MAX (SHIRE_LINK_FEATURES_MAX + 16)
#define SCORE_MAX 4095

/* A list to walk: the records whose value in `feature`'s field has the part. */
typedef struct probe {
    const shire_link_match_feature *feature;
    uint8_t voter; /* the query's field, from 1 */
    size_t first;  /* values [first, end) of the feature; of whole values, the value itself */
    size_t end;
    uint32_t length; /* records */
} probe;

typedef struct probe_list {
    probe probes[PROBES_MAX];
    size_t count;
} probe_list;

static void add_probe(const shire_link_dataset *dataset, const shire_link_match_feature *feature,
                      shire_span text, size_t voter, probe_list *list) {
    const shire_link_field *facts = &dataset->fields[feature->rule.field];
    bool is_whole = feature->rule.part == SHIRE_LINK_PART_WHOLE;
    uint32_t hash =
        text.length == 0 || is_whole ? 0 : shire_link_feature_hash(feature->rule.part, text);
    if (list->count == PROBES_MAX) {
        return;
    }
    probe made = {.feature = feature, .voter = (uint8_t)(voter + 1)};
    if (is_whole) {
        made.first = shire_link_dictionary_find(facts->values, text);
        made.end = made.first == 0 ? 0 : made.first + 1;
    } else if (hash != 0) {
        made.end = shire_link_match_index_find(dataset, feature, hash, &made.first);
    }
    for (size_t i = made.first; i < made.end; i++) {
        made.length += facts->counts[is_whole ? i : feature->values[i]];
    }
    if (made.length > 0) {
        list->probes[list->count++] = made;
    }
}

/* Shortest first; ties in the order of the features. */
static int compare_probes(const void *x, const void *y) {
    const probe *a = x;
    const probe *b = y;
    if (a->length != b->length) {
        return a->length < b->length ? -1 : 1;
    }
    if (a->feature != b->feature) {
        return a->feature < b->feature ? -1 : 1;
    }
    return (a->voter > b->voter) - (a->voter < b->voter);
}

static void find_lists(const shire_link_dataset *dataset, const shire_link_match_index *index,
                       const shire_link_match_values *values, probe_list *list) {
    for (size_t i = 0; i < index->feature_count; i++) {
        const shire_link_match_feature *feature = &index->features[i];
        size_t field = feature->rule.field;
        add_probe(dataset, feature, values->values[field], field, list);
        bool is_given = (int)field == dataset->given_field;
        int partner = is_given                              ? dataset->family_field
                      : (int)field == dataset->family_field ? dataset->given_field
                                                            : -1;
        /* Names that changed places. */
        if (partner >= 0 && feature->rule.part == SHIRE_LINK_PART_WHOLE) {
            add_probe(dataset, feature, values->values[partner], (size_t)partner, list);
        }
    }
    qsort(list->probes, list->count, sizeof list->probes[0], compare_probes);
    size_t sum = 0;
    size_t kept = 0;
    while (kept < list->count &&
           (kept == 0 || sum + list->probes[kept].length <= SHIRE_LINK_MATCH_WALK_MAX)) {
        sum += list->probes[kept++].length;
    }
    list->count = kept;
}

static uint32_t find_slot(const shire_link_match_scratch *scratch, uint32_t record) {
    uint32_t slot = (record * UINT32_C(2654435769)) >> 17; /* the topmost 15 bits */
    while (scratch->slots[slot].record != 0 && scratch->slots[slot].record != record + 1) {
        slot = (slot + 1) & (SHIRE_LINK_MATCH_SLOTS - 1);
    }
    return slot;
}

static void add_vote(uint32_t record, uint8_t voter, uint32_t bits,
                     shire_link_match_scratch *scratch) {
    uint32_t slot = find_slot(scratch, record);
    uint32_t votes = scratch->slots[slot].votes;
    if (votes >> 16 == voter) {
        return;
    }
    if (votes == 0) {
        scratch->slots[slot].record = record + 1;
        scratch->touched[scratch->touched_count++] = slot;
    }
    uint32_t score = (votes & 0xFFFFU) + bits;
    scratch->slots[slot].votes = (score < SCORE_MAX ? score : SCORE_MAX) | (uint32_t)voter << 16;
}

static void walk(const shire_link_match_index *index, const probe *list, uint32_t bits,
                 shire_link_match_scratch *scratch) {
    size_t field = list->feature->rule.field;
    size_t left = SHIRE_LINK_MATCH_WALK_MAX;
    bool is_whole = list->feature->rule.part == SHIRE_LINK_PART_WHOLE;
    for (size_t i = list->first; i < list->end; i++) {
        size_t value = is_whole ? i : list->feature->values[i];
        const uint8_t *at = index->lists[field] + index->starts[field][value];
        const uint8_t *end = index->lists[field] + index->starts[field][value + 1];
        uint32_t record = 0;
        for (; at < end && left > 0; left--) {
            record += shire_link_match_next(&at);
            add_vote(record, list->voter, bits, scratch);
        }
    }
}

/* The lists of one field after the other, because a stamp knows the last voter only; within a
 * field the rarest part first, which is the vote that counts. */
static void vote(const shire_link_dataset *dataset, const shire_link_match_index *index,
                 const probe_list *list, shire_link_match_scratch *scratch) {
    for (size_t voter = 1; voter <= dataset->field_count; voter++) {
        for (size_t i = 0; i < list->count; i++) {
            if (list->probes[i].voter == voter) {
                double rarity =
                    log2((double)dataset->record_count / (double)list->probes[i].length);
                uint32_t bits = (uint32_t)(1 + VOTE_SCALE * rarity);
                walk(index, &list->probes[i], bits, scratch);
            }
        }
    }
}

size_t shire_link_match_candidates(const shire_link_dataset *dataset,
                                   const shire_link_match_index *index,
                                   const shire_link_match_values *values,
                                   shire_link_match_scratch *scratch, size_t candidate_max,
                                   uint32_t *candidates_out) {
    probe_list list = {.count = 0};
    uint32_t counts[SCORE_MAX + 1] = {0};
    find_lists(dataset, index, values, &list);
    vote(dataset, index, &list, scratch);
    for (size_t i = 0; i < scratch->touched_count; i++) {
        counts[scratch->slots[scratch->touched[i]].votes & 0xFFFFU]++;
    }
    size_t above = 0;
    uint32_t least = SCORE_MAX;
    while (least > 1 && above + counts[least] <= candidate_max) {
        above += counts[least--];
    }
    size_t count = 0;
    size_t at_least = 0; /* of those on the line, as many as there is room for */
    for (size_t i = 0; i < scratch->touched_count; i++) {
        uint32_t slot = scratch->touched[i];
        uint32_t record = scratch->slots[slot].record - 1;
        uint32_t score = scratch->slots[slot].votes & 0xFFFFU;
        scratch->slots[slot].record = scratch->slots[slot].votes = 0;
        if (score > least || (score == least && above + at_least < candidate_max)) {
            at_least += score == least;
            candidates_out[count++] = record;
        }
    }
    scratch->touched_count = 0;
    return count;
}
