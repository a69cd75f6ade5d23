/*
 * The weight of a pair. One sum a kind of pair, each relative to strangers, so that a field that
 * goes as among strangers costs nothing there. A bound that takes the best for every field not yet
 * compared ends most pairs before any text is looked at.
 */
#include "link/link_score_kernel.h"

#include <math.h>

#define KINDS SHIRE_LINK_PAIR_KINDS

static void set_order(shire_link_scorer *scorer) {
    static const shire_link_kind cheapest_first[] = {
        SHIRE_LINK_KIND_CATEGORY,   SHIRE_LINK_KIND_DATE,           SHIRE_LINK_KIND_NUMBER,
        SHIRE_LINK_KIND_FAMILY,     SHIRE_LINK_KIND_GIVEN,          SHIRE_LINK_KIND_POSTCODE,
        SHIRE_LINK_KIND_IDENTIFIER, SHIRE_LINK_KIND_REST,           SHIRE_LINK_KIND_EMAIL,
        SHIRE_LINK_KIND_TEXT,       SHIRE_LINK_KIND_ENCODED_NUMBER, SHIRE_LINK_KIND_ENCODED};
    size_t place = 0;
    for (size_t i = 0; i < sizeof cheapest_first / sizeof cheapest_first[0]; i++) {
        for (size_t field = 0; field < scorer->dataset->field_count; field++) {
            if (scorer->dataset->fields[field].kind == cheapest_first[i]) {
                scorer->order[place++] = (uint8_t)field;
            }
        }
    }
}

void shire_link_scorer_set(shire_link_scorer *scorer, const shire_link_dataset *dataset,
                           const shire_link_model *model) {
    scorer->dataset = dataset;
    set_order(scorer);
    for (int kind = 0; kind < KINDS; kind++) {
        double share = model->priors[kind] / model->priors[SHIRE_LINK_PAIR_STRANGER];
        scorer->prior_logs[kind] = share > 0 ? (float)log2(share) : -1000.0F;
    }
    for (size_t field = 0; field < dataset->field_count; field++) {
        scorer->unequal_most[field] = 0;
        for (int kind = 0; kind < KINDS; kind++) {
            shire_link_pair_kind source =
                shire_link_model_source(model->scopes[field], (shire_link_pair_kind)kind);
            scorer->rare_kinds[field][kind] = source != SHIRE_LINK_PAIR_STRANGER;
            for (int level = 1; level < model->level_counts[field]; level++) {
                double gain = log2(model->levels[source][field][level] /
                                   model->levels[SHIRE_LINK_PAIR_STRANGER][field][level]);
                scorer->levels[field][level][kind] = (float)gain;
                if (level > 1 && kind <= SHIRE_LINK_PAIR_MOVED) {
                    scorer->unequal_most[field] = fmaxf(scorer->unequal_most[field], (float)gain);
                }
            }
        }
    }
}

static float log_sum(float x, float y) {
    float most = x > y ? x : y;
    float least = x > y ? y : x;
    return most - least > 20.0F ? most : most + log2f(1.0F + exp2f(least - most));
}

static float odds_of(const float *sums) {
    float match = log_sum(sums[SHIRE_LINK_PAIR_SAME], sums[SHIRE_LINK_PAIR_MOVED]);
    float others = log_sum(sums[SHIRE_LINK_PAIR_NEIGHBOUR], sums[SHIRE_LINK_PAIR_RELATIVE]);
    return match - log_sum(others, sums[SHIRE_LINK_PAIR_STRANGER]);
}

static void add_level(const shire_link_scorer *scorer, size_t field, int level, float sign,
                      float *sums) {
    for (int kind = 0; kind < KINDS; kind++) {
        sums[kind] += sign * scorer->levels[field][level][kind];
    }
}

float shire_link_score(const shire_link_scorer *scorer, size_t a, size_t b, float least,
                       shire_link_cache *cache) {
    const shire_link_dataset *dataset = scorer->dataset;
    const uint32_t *a_row = shire_link_dataset_row(dataset, a);
    const uint32_t *b_row = shire_link_dataset_row(dataset, b);
    float sums[KINDS];
    float best_of_rest = 0;
    uint64_t pattern = 0; /* of the unequal fields */
    uint32_t unequal = 0; /* bit i: the field in place i of the order */
    for (int kind = 0; kind < KINDS; kind++) {
        sums[kind] = scorer->prior_logs[kind];
    }
    for (size_t place = 0; place < dataset->field_count; place++) {
        size_t field = scorer->order[place];
        uint32_t value = a_row[field];
        if (value == 0 || b_row[field] == 0) {
            continue;
        }
        if (value == b_row[field]) {
            float rarity = scorer->rarities[field][value];
            for (int kind = 0; kind < KINDS; kind++) {
                sums[kind] +=
                    scorer->levels[field][1][kind] + rarity * scorer->rare_kinds[field][kind];
            }
        } else {
            best_of_rest += scorer->unequal_most[field];
            unequal |= 1U << place;
        }
    }
    while (unequal != 0) {
        float bound = fmaxf(sums[SHIRE_LINK_PAIR_SAME], sums[SHIRE_LINK_PAIR_MOVED]) + 1.0F +
                      best_of_rest - fmaxf(0, sums[SHIRE_LINK_PAIR_STRANGER]);
        if (bound < least) {
            return bound;
        }
        size_t field = scorer->order[__builtin_ctz(unequal)];
        unequal &= unequal - 1;
        best_of_rest -= scorer->unequal_most[field];
        int level = shire_link_compare_field(dataset, field, a, b, cache);
        pattern |= (uint64_t)level << (4 * field);
        add_level(scorer, field, level, 1.0F, sums);
    }
    if (shire_link_pattern_swap_once(dataset, pattern) != pattern) {
        add_level(scorer, (size_t)dataset->family_field, SHIRE_LINK_NAME_ELSEWHERE, -1.0F, sums);
    }
    return odds_of(sums);
}
