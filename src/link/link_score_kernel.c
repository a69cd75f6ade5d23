/*
 * The weight of a pair. One sum a kind of pair, each relative to strangers, so that a field that
 * goes as among strangers costs nothing there. Equal and unknown fields are found by masks; a bound
 * that takes the best for every field not yet compared ends most pairs before any text is looked
 * at.
 */
#include "link/link_score_kernel.h"

#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define KINDS SHIRE_LINK_PAIR_KINDS
#define LANES SHIRE_LINK_KIND_LANES
#define SOON 8  /* pairs whose values are on their way from memory */
#define AHEAD 8 /* pairs before these whose rows are */

/* What comparing two unequal values of a kind costs, in nanoseconds by and large. */
static double cost_of(shire_link_kind kind) {
    switch (kind) {
    case SHIRE_LINK_KIND_CATEGORY:
        return 1;
    case SHIRE_LINK_KIND_DATE:
        return 6;
    case SHIRE_LINK_KIND_GIVEN:
    case SHIRE_LINK_KIND_FAMILY:
    case SHIRE_LINK_KIND_IDENTIFIER:
        return 8;
    case SHIRE_LINK_KIND_NUMBER:
    case SHIRE_LINK_KIND_POSTCODE:
        return 15;
    default:
        return 30;
    }
}

/* How far comparing unequal values of a field brings the bound of a pair of strangers down. */
static double fall_of(const shire_link_scorer *scorer, const shire_link_model *model,
                      size_t field) {
    double fall = 0;
    double known = 0;
    for (int level = 2; level < model->level_counts[field]; level++) {
        const float *gains = scorer->levels[field][level];
        double share = model->levels[SHIRE_LINK_PAIR_STRANGER][field][level];
        double gain = fmax(gains[SHIRE_LINK_PAIR_SAME], gains[SHIRE_LINK_PAIR_MOVED]);
        fall += share * (scorer->unequal_most[field] - gain);
        known += share;
    }
    return known > 0 ? fall / known : 0;
}

static void set_order(shire_link_scorer *scorer, const shire_link_model *model) {
    double worths[SHIRE_LINK_FIELDS_MAX];
    size_t count = scorer->dataset->field_count;
    for (size_t field = 0; field < count; field++) {
        worths[field] =
            fall_of(scorer, model, field) / cost_of(scorer->dataset->fields[field].kind);
        size_t place = field;
        for (; place > 0 && worths[scorer->order[place - 1]] < worths[field]; place--) {
            scorer->order[place] = scorer->order[place - 1];
        }
        scorer->order[place] = (uint8_t)field;
    }
    for (size_t byte = 0; byte < 4; byte++) {
        for (uint32_t mask = 0; mask < 256; mask++) {
            scorer->places[byte][mask] = 0;
            scorer->mosts[byte][mask] = 0;
            for (size_t place = 0; place < count; place++) {
                size_t field = scorer->order[place];
                if (field / 8 == byte && (mask >> (field % 8) & 1U) != 0) {
                    scorer->places[byte][mask] |= UINT32_C(1) << place;
                    scorer->mosts[byte][mask] += scorer->unequal_most[field];
                }
            }
        }
    }
}

void shire_link_scorer_set(shire_link_scorer *scorer, const shire_link_dataset *dataset,
                           const shire_link_model *model) {
    scorer->dataset = dataset;
    for (int kind = 0; kind < KINDS; kind++) {
        double share = model->priors[kind] / model->priors[SHIRE_LINK_PAIR_STRANGER];
        scorer->prior_logs[kind] = share > 0 ? (float)log2(share) : -1000.0F;
    }
    for (int lane = KINDS; lane < LANES; lane++) {
        scorer->prior_logs[lane] = 0;
    }
    memset(scorer->levels, 0, sizeof scorer->levels);
    memset(scorer->rare_kinds, 0, sizeof scorer->rare_kinds);
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
    set_order(scorer, model);
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

static float larger(float x, float y) {
    return x > y ? x : y;
}

/* Bit i: the values of field i are the same id (0 is equal to 0, too). */
static uint32_t equal_ids(const uint32_t *a_row, const uint32_t *b_row, size_t field_count) {
    uint32_t equal = 0;
#ifdef __SSE2__
    for (size_t at = 0; at < field_count; at += SHIRE_LINK_ROW_STEP) {
        __m128i a = _mm_load_si128((const __m128i *)(a_row + at));
        __m128i b = _mm_load_si128((const __m128i *)(b_row + at));
        uint32_t same = (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(a, b)));
        equal |= same << at;
    }
#else
    for (size_t at = 0; at < field_count; at++) {
        equal |= (uint32_t)(a_row[at] == b_row[at]) << at;
    }
#endif
    return equal;
}

/* A pair whose rows were looked at, and whose values are on their way from memory. */
typedef struct started {
    size_t other;
    uint32_t equal;   /* bit i: both know field i, and agree */
    uint32_t unequal; /* bit i: both know field i, and do not */
} started;

static inline started start_pair(const shire_link_dataset *dataset, const uint32_t *row,
                                 size_t other) {
    const uint32_t *other_row = shire_link_dataset_row(dataset, other);
    uint32_t known = shire_link_row_known_mask(dataset, row);
    known &= shire_link_row_known_mask(dataset, other_row);
    uint32_t equal = equal_ids(row, other_row, dataset->field_count) & known;
    return (started){other, equal, known & ~equal};
}

/* Most unequal values are told apart by what a field keeps by value: have that fetched. */
static inline void fetch_values(const shire_link_dataset *dataset, const started *pair) {
    const uint32_t *row = shire_link_dataset_row(dataset, pair->other);
    for (uint32_t left = pair->unequal; left != 0; left &= left - 1) {
        size_t field = (size_t)__builtin_ctz(left);
        shire_link_compare_prefetch(&dataset->fields[field], row[field]);
    }
}

static inline void add_lanes(float *sums, const float *gains) {
    for (int lane = 0; lane < LANES; lane++) {
        sums[lane] += gains[lane];
    }
}

static float finish_pair(const shire_link_scorer *scorer, size_t record, const started *pair,
                         float least, shire_link_cache *cache) {
    const shire_link_dataset *dataset = scorer->dataset;
    const uint32_t *row = shire_link_dataset_row(dataset, record);
    uint32_t unequal = pair->unequal;
    float sums[LANES];
    float best_of_rest = 0; /* of the fields not yet compared */
    uint32_t left = 0;      /* bit i: the field in place i of the order is not yet compared */
    shire_link_pattern pattern = 0; /* of the unequal fields */
    memcpy(sums, scorer->prior_logs, sizeof sums);
    for (size_t byte = 0; unequal != 0; byte++, unequal >>= 8) {
        left |= scorer->places[byte][unequal & 255U];
        best_of_rest += scorer->mosts[byte][unequal & 255U];
    }
    for (uint32_t equal = pair->equal; equal != 0; equal &= equal - 1) {
        size_t field = (size_t)__builtin_ctz(equal);
        float rarity = scorer->rarities[field][row[field]];
        for (int lane = 0; lane < LANES; lane++) {
            sums[lane] += scorer->levels[field][1][lane] + rarity * scorer->rare_kinds[field][lane];
        }
    }
    while (left != 0) {
        float bound = larger(sums[SHIRE_LINK_PAIR_SAME], sums[SHIRE_LINK_PAIR_MOVED]) + 1.0F +
                      best_of_rest - larger(0, sums[SHIRE_LINK_PAIR_STRANGER]);
        if (bound < least) {
            return bound;
        }
        size_t field = scorer->order[__builtin_ctz(left)];
        left &= left - 1;
        best_of_rest -= scorer->unequal_most[field];
        int level = shire_link_compare_field(dataset, field, record, pair->other, cache);
        pattern |= (shire_link_pattern)level << (4 * field);
        add_lanes(sums, scorer->levels[field][level]);
    }
    if (shire_link_pattern_swap_once(dataset, pattern) != pattern) {
        const float *gains = scorer->levels[dataset->family_field][SHIRE_LINK_NAME_ELSEWHERE];
        for (int lane = 0; lane < LANES; lane++) {
            sums[lane] -= gains[lane];
        }
    }
    return odds_of(sums);
}

float shire_link_score(const shire_link_scorer *scorer, size_t a, size_t b, float least,
                       shire_link_cache *cache) {
    const uint32_t *row = shire_link_dataset_row(scorer->dataset, a);
    started pair = start_pair(scorer->dataset, row, b);
    return finish_pair(scorer, a, &pair, least, cache);
}

void shire_link_score_list(const shire_link_scorer *scorer, size_t record, const uint32_t *others,
                           size_t count, float least, shire_link_cache *cache, float *weights_out) {
    const shire_link_dataset *dataset = scorer->dataset;
    const uint32_t *row = shire_link_dataset_row(dataset, record);
    started ring[SOON];
    for (size_t at = 0; at < count + SOON + AHEAD; at++) {
        if (at < count) {
            __builtin_prefetch(shire_link_dataset_row(dataset, others[at]));
        }
        if (at >= SOON + AHEAD) {
            size_t now = at - SOON - AHEAD;
            weights_out[now] = finish_pair(scorer, record, &ring[now % SOON], least, cache);
        }
        if (at >= AHEAD && at - AHEAD < count) {
            size_t soon = at - AHEAD;
            ring[soon % SOON] = start_pair(dataset, row, others[soon]);
            fetch_values(dataset, &ring[soon % SOON]);
        }
    }
}
