/*
 * Sums of logarithms, one for each kind of pair, relative to strangers; the parts are those of the
 * kind SAME, and what the other kinds change is told apart from them.
 */
#include "link/link_waterfall_kernel.h"

#include <math.h>

#define KINDS SHIRE_LINK_PAIR_KINDS

static double log_sum(double x, double y) {
    double most = fmax(x, y);
    return most + log2(1.0 + exp2(fmin(x, y) - most));
}

static double prior_log(const shire_link_model *model, int kind) {
    double share = model->priors[kind] / model->priors[SHIRE_LINK_PAIR_STRANGER];
    return share > 0 ? log2(share) : -1000.0;
}

double shire_link_probability(double weight) {
    return weight > 0 ? 1.0 / (1.0 + exp2(-weight)) : exp2(weight) / (1.0 + exp2(weight));
}

/* Adds what the field says for each kind of pair to the sums. */
static void add_field(const shire_link_model *model, size_t field, double rarity,
                      shire_link_waterfall_field *made, double *sums) {
    const double *stranger = model->levels[SHIRE_LINK_PAIR_STRANGER][field];
    made->m = model->levels[SHIRE_LINK_PAIR_SAME][field][made->level];
    made->u = stranger[made->level];
    made->weight = log2(made->m / made->u);
    made->rarity = made->level == 1 ? rarity : 0;
    for (int kind = 0; kind < KINDS; kind++) {
        shire_link_pair_kind source =
            shire_link_model_source(model->scopes[field], (shire_link_pair_kind)kind);
        if (source != SHIRE_LINK_PAIR_STRANGER) {
            sums[kind] += log2(model->levels[source][field][made->level] / stranger[made->level]) +
                          made->rarity;
        }
    }
}

void shire_link_waterfall_make(const shire_link_model *model, shire_link_pattern pattern,
                               const double *rarities, int given_field, int family_field,
                               shire_link_waterfall *waterfall_out) {
    shire_link_waterfall made = {.field_count = model->field_count};
    double sums[KINDS];
    bool is_swapped =
        given_field >= 0 && family_field >= 0 &&
        shire_link_pattern_level(pattern, (size_t)given_field) == SHIRE_LINK_NAME_ELSEWHERE &&
        shire_link_pattern_level(pattern, (size_t)family_field) == SHIRE_LINK_NAME_ELSEWHERE;
    for (int kind = 0; kind < KINDS; kind++) {
        sums[kind] = prior_log(model, kind);
    }
    made.prior = sums[SHIRE_LINK_PAIR_SAME];
    for (size_t field = 0; field < model->field_count; field++) {
        shire_link_waterfall_field *of_field = &made.fields[field];
        of_field->level = shire_link_pattern_level(pattern, field);
        of_field->swapped = is_swapped && (int)field == family_field;
        if (of_field->level != 0 && !of_field->swapped) {
            add_field(model, field, rarities[field], of_field, sums);
        }
    }
    double others = log_sum(sums[SHIRE_LINK_PAIR_NEIGHBOUR], sums[SHIRE_LINK_PAIR_RELATIVE]);
    double same = sums[SHIRE_LINK_PAIR_SAME];
    made.move = log_sum(same, sums[SHIRE_LINK_PAIR_MOVED]) - same;
    made.others = sums[SHIRE_LINK_PAIR_STRANGER] - log_sum(others, sums[SHIRE_LINK_PAIR_STRANGER]);
    made.weight = same + made.move + made.others;
    *waterfall_out = made;
}
