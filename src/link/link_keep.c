/*
 * Counts while the engine works, then a few small tables. Bands of weights that the engine does not
 * keep pairs of are filled from the patterns that it learnt from, each weighed by its levels alone.
 * Whether blocks brought up the pairs of one person is seen on a sample of pairs, chosen by a hash
 * of their records.
 */
#include "link/link_keep.h"

#include "core/arena.h"
#include "link/link_keep_internal.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_PAIRS 60000 /* about so many records give a pair each to the sample */

/* One pair in so many is of the sample. */
static uint64_t sample_stride(const shire_link_dataset *dataset) {
    return 1 + dataset->record_count / SAMPLE_PAIRS;
}

bool shire_link_keeper_samples(const shire_link_keeper *keeper, uint32_t a, uint32_t b) {
    uint64_t pair = (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a);
    uint64_t hash = (pair ^ pair >> 31) * UINT64_C(0x9E3779B97F4A7C15);
    return (hash >> 32) % sample_stride(keeper->dataset) == 0;
}

static size_t band_of(double weight) {
    double band = floor((weight - SHIRE_LINK_WEIGHT_LEAST) * 2);
    return (size_t)fmin(fmax(band, 0), SHIRE_LINK_WEIGHT_BANDS - 1);
}

static void see_patterns(const shire_link_pattern_count *patterns, size_t count, size_t stride,
                         void *context) {
    shire_link_keeper *keeper = context;
    keeper->patterns = shire_memory_resize(NULL, (count + 1) * sizeof *patterns);
    if (keeper->patterns == NULL) {
        keeper->failed = true;
        return;
    }
    memcpy(keeper->patterns, patterns, count * sizeof *patterns);
    keeper->pattern_count = count;
    keeper->pattern_stride = stride;
}

static bool add_sampled(shire_link_keeper *keeper, uint32_t a, uint32_t b) {
    if (keeper->sampled_count == keeper->sampled_capacity) {
        size_t capacity = keeper->sampled_capacity * 2 + 1024;
        uint64_t *bigger = shire_memory_resize(keeper->sampled, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return false;
        }
        keeper->sampled = bigger;
        keeper->sampled_capacity = capacity;
    }
    keeper->sampled[keeper->sampled_count++] = (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a);
    return true;
}

static void see_edges(const shire_link_edge *edges, size_t count, void *context) {
    shire_link_keeper *keeper = context;
    for (size_t i = 0; i < count && !keeper->failed; i++) {
        shire_link_edge edge = edges[i];
        size_t band = band_of(edge.weight);
        keeper->weights[band]++;
        keeper->true_weights[band] += keeper->truths != NULL && keeper->truths[edge.a] != 0 &&
                                      keeper->truths[edge.a] == keeper->truths[edge.b];
        if (shire_link_keeper_samples(keeper, edge.a, edge.b)) {
            keeper->failed = !add_sampled(keeper, edge.a, edge.b);
        }
    }
}

void shire_link_keeper_init(const shire_link_dataset *dataset, const uint32_t *truths,
                            shire_link_keeper *keeper_out) {
    *keeper_out = (shire_link_keeper){
        .observer = {see_patterns, see_edges, keeper_out}, .dataset = dataset, .truths = truths};
}

void shire_link_keeper_done(shire_link_keeper *keeper) {
    shire_memory_free(keeper->patterns);
    shire_memory_free(keeper->sampled);
    *keeper = (shire_link_keeper){0};
}

/* The engine keeps no pairs far below the line: their bands come from the patterns, scaled. */
static void fill_low_bands(const shire_link_keeper *keeper, const shire_link_model *model,
                           uint64_t candidate_pairs, double *pairs_out) {
    static const double no_rarities[SHIRE_LINK_FIELDS_MAX];
    double kept = 0;
    double low = 0;
    size_t first = 0; /* the first band that holds a kept pair */
    while (first < SHIRE_LINK_WEIGHT_BANDS && keeper->weights[first] == 0) {
        first++;
    }
    for (size_t band = 0; band < SHIRE_LINK_WEIGHT_BANDS; band++) {
        pairs_out[band] = (double)keeper->weights[band];
        kept += pairs_out[band];
    }
    for (size_t i = 0; i < keeper->pattern_count; i++) {
        shire_link_waterfall waterfall;
        shire_link_waterfall_make(model, keeper->patterns[i].pattern, no_rarities, -1, -1,
                                  &waterfall);
        size_t band = band_of(waterfall.weight);
        if (band < first) {
            pairs_out[band] += keeper->patterns[i].count;
            low += keeper->patterns[i].count;
        }
    }
    double scale = low > 0 ? fmax(0, (double)candidate_pairs - kept) / low : 0;
    for (size_t band = 0; band < first; band++) {
        pairs_out[band] = round(pairs_out[band] * scale);
    }
}

shire_status shire_link_keep_weights(const shire_link_keeper *keeper,
                                     const shire_link_engine_result *result, shire_table *table,
                                     shire_error *error) {
    double pairs[SHIRE_LINK_WEIGHT_BANDS];
    shire_builder sql = {0};
    bool is_any = false;
    fill_low_bands(keeper, &result->model, result->candidate_pairs, pairs);
    shire_builder_append_text(&sql, "INSERT INTO link_weight VALUES ");
    for (size_t band = 0; band < SHIRE_LINK_WEIGHT_BANDS; band++) {
        if (pairs[band] > 0) {
            shire_builder_append_format(&sql, "%s(%.1f, %.0f, ", is_any ? ", " : "",
                                        SHIRE_LINK_WEIGHT_LEAST + (double)band / 2, pairs[band]);
            bool is_estimated = keeper->weights[band] == 0;
            shire_builder_append_format(&sql,
                                        is_estimated || keeper->truths == NULL ? "NULL" : "%llu",
                                        (unsigned long long)keeper->true_weights[band]);
            shire_builder_append_format(&sql, ", %s)", is_estimated ? "true" : "false");
            is_any = true;
        }
    }
    shire_status status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for weights")
                          : is_any   ? shire_table_execute(table, sql.bytes, error)
                                     : SHIRE_OK;
    shire_builder_free(&sql);
    return status;
}

void shire_link_keep_count_levels(const shire_link_keeper *keeper, size_t field,
                                  double pairs_out[SHIRE_LINK_LEVELS_MAX]) {
    memset(pairs_out, 0, SHIRE_LINK_LEVELS_MAX * sizeof *pairs_out);
    for (size_t i = 0; i < keeper->pattern_count; i++) {
        int level = shire_link_pattern_level(keeper->patterns[i].pattern, field);
        pairs_out[level] += keeper->patterns[i].count * (double)keeper->pattern_stride;
    }
}

static int compare_pairs(const void *x, const void *y) {
    uint64_t a = *(const uint64_t *)x;
    uint64_t b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

void shire_link_keep_sort_sample(shire_link_keeper *keeper) {
    if (keeper->sampled_count > 1) {
        qsort(keeper->sampled, keeper->sampled_count, sizeof *keeper->sampled, compare_pairs);
    }
}

bool shire_link_keep_is_sampled_edge(const shire_link_keeper *keeper, uint32_t a, uint32_t b) {
    uint64_t pair = (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a);
    return keeper->sampled_count > 0 && bsearch(&pair, keeper->sampled, keeper->sampled_count,
                                                sizeof pair, compare_pairs) != NULL;
}
