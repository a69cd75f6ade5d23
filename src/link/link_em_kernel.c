/*
 * One iteration: from the present levels and priors, each pattern's pairs are shared out over the
 * kinds of pairs; the levels of each kind, counted, are its new levels; its sum over all pairs is
 * its new prior. Levels that a kind takes from another are counted with that other.
 */
#include "link/link_em_kernel.h"

#include "link/link_compare_kernel.h"

#include <math.h>
#include <string.h>

#define SMOOTHING 0.5 /* pairs added to every level, so that no probability is zero */
#define SETTLED 1e-4
#define TWINS_MOST 0.03
#define NEGLIGIBLE 80.0 /* log2 odds at which a kind's share is below any rounding */
#define KINDS SHIRE_LINK_PAIR_KINDS
#define LANES 6 /* the kinds, and what makes whole vectors of them */

/* All kinds of a level together, so that one step serves them all. */
typedef double lane_table[SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX][LANES];
typedef double level_table[KINDS][SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX];

shire_link_pair_kind shire_link_model_source(shire_link_scope scope, shire_link_pair_kind kind) {
    bool is_home = scope == SHIRE_LINK_SCOPE_HOME;
    switch (kind) {
    case SHIRE_LINK_PAIR_MOVED:
        return is_home ? kind : SHIRE_LINK_PAIR_SAME;
    case SHIRE_LINK_PAIR_NEIGHBOUR:
        return is_home ? kind : SHIRE_LINK_PAIR_STRANGER;
    case SHIRE_LINK_PAIR_RELATIVE:
        return scope == SHIRE_LINK_SCOPE_PERSON ? SHIRE_LINK_PAIR_STRANGER : kind;
    default:
        return kind;
    }
}

static void normalise(const double *counts, int level_count, double *shares_out) {
    double sum = 0;
    for (int level = 1; level < level_count; level++) {
        sum += counts[level] + SMOOTHING;
    }
    for (int level = 1; level < level_count; level++) {
        shares_out[level] = (counts[level] + SMOOTHING) / sum;
    }
}

static void mix(const double *a, double share, const double *b, int level_count, double *out) {
    for (int level = 1; level < level_count; level++) {
        out[level] = share * a[level] + (1.0 - share) * b[level];
    }
}

/* A birth date does not change: one person's differ by slips of the pen, hardly ever by years. Each
 * level is half as usual as the one before, down to 10 in 10,000. */
static double usual_of_birth(int level) {
    return fmax(ldexp(1200.0, 1 - level), 10.0);
}

void shire_link_model_start(shire_link_model *model,
                            const double random_counts[][SHIRE_LINK_LEVELS_MAX],
                            double record_count) {
    bool has_home = false;
    for (size_t field = 0; field < model->field_count; field++) {
        int level_count = model->level_counts[field];
        double agreeing[SHIRE_LINK_LEVELS_MAX] = {0};
        bool is_birth = model->scopes[field] == SHIRE_LINK_SCOPE_BIRTH;
        for (int level = 1; level < level_count; level++) {
            agreeing[level] = level == 1                 ? 8000.0
                              : is_birth                 ? usual_of_birth(level)
                              : level == level_count - 1 ? 400.0
                                                         : 1200.0 / (level_count - 2);
        }
        double *same = model->levels[SHIRE_LINK_PAIR_SAME][field];
        double *stranger = model->levels[SHIRE_LINK_PAIR_STRANGER][field];
        normalise(agreeing, level_count, same);
        normalise(random_counts[field], level_count, stranger);
        double birth = is_birth ? 0.02 : 0.8;
        mix(same, 0.1, stranger, level_count, model->levels[SHIRE_LINK_PAIR_MOVED][field]);
        mix(same, 0.5, stranger, level_count, model->levels[SHIRE_LINK_PAIR_NEIGHBOUR][field]);
        mix(same, birth, stranger, level_count, model->levels[SHIRE_LINK_PAIR_RELATIVE][field]);
        has_home = has_home || model->scopes[field] == SHIRE_LINK_SCOPE_HOME;
    }
    memcpy(model->usual, model->levels, sizeof model->usual);
    double one =
        1.0 / (record_count + 100.0); /* in a handful of records nobody is expected twice */
    double *priors = model->priors;
    priors[SHIRE_LINK_PAIR_SAME] = one;
    priors[SHIRE_LINK_PAIR_MOVED] = has_home ? 0.2 * one : 0;
    priors[SHIRE_LINK_PAIR_NEIGHBOUR] = has_home ? 2.0 * one : 0;
    priors[SHIRE_LINK_PAIR_RELATIVE] = has_home ? one : 0;
    priors[SHIRE_LINK_PAIR_STRANGER] = 1.0 - one * (has_home ? 4.2 : 1.0);
    memcpy(model->usual_priors, priors, sizeof model->usual_priors);
}

static void take_logs(const shire_link_model *model, lane_table logs, double *prior_logs) {
    memset(logs, 0, sizeof(lane_table));
    memset(prior_logs, 0, LANES * sizeof *prior_logs);
    for (int kind = 0; kind < KINDS; kind++) {
        prior_logs[kind] = log2(model->priors[kind]);
        for (size_t field = 0; field < model->field_count; field++) {
            shire_link_pair_kind source =
                shire_link_model_source(model->scopes[field], (shire_link_pair_kind)kind);
            for (int level = 1; level < model->level_counts[field]; level++) {
                logs[field][level][kind] = log2(model->levels[source][field][level]);
            }
        }
    }
}

/* The share of each kind among the pairs of a pattern; 0 in the lanes beyond. */
static void share_out(const shire_link_model *model, lane_table logs, const double *prior_logs,
                      shire_link_pattern pattern, double *shares_out) {
    double sums[LANES];
    memcpy(sums, prior_logs, sizeof sums);
    for (size_t field = 0; field < model->field_count; field++) {
        const double *here = logs[field][shire_link_pattern_level(pattern, field)];
        for (int lane = 0; lane < LANES; lane++) {
            sums[lane] += here[lane];
        }
    }
    double most = -INFINITY;
    for (int kind = 0; kind < KINDS; kind++) {
        most = sums[kind] > most ? sums[kind] : most;
    }
    double total = 0;
    memset(shares_out, 0, LANES * sizeof *shares_out);
    for (int kind = 0; kind < KINDS; kind++) {
        shares_out[kind] = sums[kind] < most - NEGLIGIBLE ? 0 : exp2(sums[kind] - most);
        total += shares_out[kind];
    }
    for (int kind = 0; kind < KINDS; kind++) {
        shares_out[kind] /= total;
    }
}

/* Relatives' birth dates are strangers', but for the share of twins, whose are one person's. The
 * share is learnt up to what human births allow (1.5 in 100 confinements, among a family's pairs
 * fewer still), or pairs of one person with a misspelt name would be taken for twins. */
static void set_birth_of_relatives(shire_link_model *model, size_t field, const double *counts) {
    const double *usual = model->usual[SHIRE_LINK_PAIR_RELATIVE][field];
    double equal = counts[1] + model->usual_pairs * usual[1];
    double known = 2 * SMOOTHING + model->usual_pairs;
    for (int level = 1; level < model->level_counts[field]; level++) {
        known += counts[level];
    }
    double same = model->levels[SHIRE_LINK_PAIR_SAME][field][1];
    double stranger = model->levels[SHIRE_LINK_PAIR_STRANGER][field][1];
    double twins = (equal / known - stranger) / fmax(same - stranger, 0.01);
    mix(model->levels[SHIRE_LINK_PAIR_SAME][field], fmin(fmax(twins, 0.002), TWINS_MOST),
        model->levels[SHIRE_LINK_PAIR_STRANGER][field], model->level_counts[field],
        model->levels[SHIRE_LINK_PAIR_RELATIVE][field]);
}

/* New levels from expected counts; strangers keep theirs. Gives the largest change. */
static double set_levels(shire_link_model *model, level_table counts) {
    double change = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t field = 0; field < model->field_count; field++) {
            if (kind == SHIRE_LINK_PAIR_STRANGER || model->priors[kind] == 0 ||
                (int)shire_link_model_source(model->scopes[field], (shire_link_pair_kind)kind) !=
                    kind) {
                continue;
            }
            if (kind == SHIRE_LINK_PAIR_RELATIVE &&
                model->scopes[field] == SHIRE_LINK_SCOPE_BIRTH) {
                set_birth_of_relatives(model, field, counts[kind][field]);
                continue;
            }
            double shares[SHIRE_LINK_LEVELS_MAX];
            for (int level = 1; level < model->level_counts[field]; level++) {
                counts[kind][field][level] += model->usual_pairs * model->usual[kind][field][level];
            }
            normalise(counts[kind][field], model->level_counts[field], shares);
            for (int level = 1; level < model->level_counts[field]; level++) {
                change = fmax(change, fabs(shares[level] - model->levels[kind][field][level]));
                model->levels[kind][field][level] = shares[level];
            }
        }
    }
    return change;
}

static void set_priors(shire_link_model *model, const double *sums, double pair_total) {
    double others = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        if (kind != SHIRE_LINK_PAIR_STRANGER && model->priors[kind] > 0) {
            model->priors[kind] =
                (sums[kind] + SMOOTHING + model->usual_pairs * model->usual_priors[kind]) /
                (pair_total + 4.0 + model->usual_pairs);
            others += model->priors[kind];
        }
    }
    for (int kind = 0; kind < KINDS && others > 0.9; kind++) {
        model->priors[kind] *= 0.9 / others;
    }
    model->priors[SHIRE_LINK_PAIR_STRANGER] = 1.0 - fmin(others, 0.9);
}

/* The expected pairs of each kind, and of each level of each field by the kind that it is learnt
 * for. */
static void expect(const shire_link_model *model, const shire_link_pattern_count *patterns,
                   size_t pattern_count, level_table counts_out, double *sums_out) {
    lane_table logs;
    lane_table lanes = {{{0}}};
    double prior_logs[LANES];
    double sums[LANES] = {0};
    take_logs(model, logs, prior_logs);
    for (size_t i = 0; i < pattern_count; i++) {
        double pairs[LANES];
        share_out(model, logs, prior_logs, patterns[i].pattern, pairs);
        for (int lane = 0; lane < LANES; lane++) {
            pairs[lane] *= patterns[i].count;
            sums[lane] += pairs[lane];
        }
        for (size_t field = 0; field < model->field_count; field++) {
            double *here = lanes[field][shire_link_pattern_level(patterns[i].pattern, field)];
            for (int lane = 0; lane < LANES; lane++) {
                here[lane] += pairs[lane];
            }
        }
    }
    memset(counts_out, 0, sizeof(level_table));
    for (int kind = 0; kind < KINDS; kind++) {
        sums_out[kind] = sums[kind];
        for (size_t field = 0; field < model->field_count; field++) {
            shire_link_pair_kind source =
                shire_link_model_source(model->scopes[field], (shire_link_pair_kind)kind);
            for (int level = 0; level < model->level_counts[field]; level++) {
                counts_out[source][field][level] += lanes[field][level][kind];
            }
        }
    }
}

void shire_link_model_run_em(shire_link_model *model, const shire_link_pattern_count *patterns,
                             size_t pattern_count, double pair_total, int iterations_max) {
    model->iterations = 0;
    double change = 1.0;
    while (change > SETTLED && model->iterations < iterations_max) {
        level_table counts;
        double sums[KINDS];
        expect(model, patterns, pattern_count, counts, sums);
        change = set_levels(model, counts);
        set_priors(model, sums, pair_total);
        model->iterations++;
    }
}
