/*
 * The rarity of each value: log2 of the mean chance of agreeing on a value of its field over the
 * chance of agreeing on this one. In small data the usual spread of values counts beside what is
 * seen.
 */
#include "link/link_scorer.h"

#include "core/arena.h"

#include <math.h>

#define USUAL_VALUES 1000

double shire_link_scarcity(const shire_link_dataset *dataset) {
    double count = (double)dataset->record_count;
    return fmax(0, 1.0 - count * (count - 1) / 2 / SHIRE_LINK_PAIRS_ENOUGH);
}

shire_status shire_link_scorer_init(const shire_link_dataset *dataset,
                                    const shire_link_model *model, shire_link_scorer *scorer_out,
                                    shire_error *error) {
    double usual = USUAL_VALUES * shire_link_scarcity(dataset);
    shire_link_scorer_set(scorer_out, dataset, model);
    for (size_t field = 0; field < dataset->field_count; field++) {
        const shire_link_field *facts = &dataset->fields[field];
        float *rarities = shire_memory_resize(NULL, facts->values->count * sizeof *rarities);
        if (rarities == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the weights of values");
        }
        double mean = model->levels[SHIRE_LINK_PAIR_STRANGER][field][1];
        for (uint32_t value = 0; value < facts->values->count; value++) {
            double share = ((double)facts->counts[value] + usual * mean) /
                           ((double)facts->known_count + usual);
            rarities[value] = share > 0 ? (float)log2(mean / share) : 0;
        }
        scorer_out->rarities[field] = rarities;
    }
    return SHIRE_OK;
}

void shire_link_scorer_done(shire_link_scorer *scorer) {
    for (size_t field = 0; field < SHIRE_LINK_FIELDS_MAX; field++) {
        shire_memory_free(scorer->rarities[field]);
        scorer->rarities[field] = NULL;
    }
}
