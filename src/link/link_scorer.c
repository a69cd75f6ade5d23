/*
 * The rarity of each value: log2 of the mean chance of agreeing on a value of its field over the
 * chance of agreeing on this one. In small data the usual spread of values counts beside what is
 * seen.
 */
#include "link/link_scorer.h"

#include "core/arena.h"
#include "link/link_encode_kernel.h"

#include <math.h>
#include <string.h>

#define USUAL_VALUES 1000
#define SALTS 65536 /* that a tag of two bytes can tell apart */

double shire_link_scarcity(const shire_link_dataset *dataset) {
    double count = (double)dataset->record_count;
    return fmax(0, 1.0 - count * (count - 1) / 2 / SHIRE_LINK_PAIRS_ENOUGH);
}

static size_t salt_of(const shire_link_field *facts, uint32_t value) {
    shire_span text = shire_link_dictionary_text(facts->values, value);
    bool is_encoded =
        facts->kind == SHIRE_LINK_KIND_ENCODED || facts->kind == SHIRE_LINK_KIND_ENCODED_NUMBER;
    return !is_encoded || text.length < SHIRE_LINK_ENCODING_TAG_BYTES
               ? 0
               : (size_t)(uint8_t)text.bytes[0] << 8 | (uint8_t)text.bytes[1];
}

/* A value's share is that among the records that it can be compared with: of encodings, those of
 * its salt. `known` is by salt. */
static void count_known(const shire_link_field *facts, uint32_t *known) {
    memset(known, 0, SALTS * sizeof *known);
    for (uint32_t value = 1; value < facts->values->count; value++) {
        known[salt_of(facts, value)] += facts->counts[value];
    }
}

shire_status shire_link_scorer_init(const shire_link_dataset *dataset,
                                    const shire_link_model *model, shire_link_scorer *scorer_out,
                                    shire_error *error) {
    double usual = USUAL_VALUES * shire_link_scarcity(dataset);
    uint32_t *known = shire_memory_resize(NULL, SALTS * sizeof *known);
    if (known == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the weights of values");
    }
    shire_link_scorer_set(scorer_out, dataset, model);
    for (size_t field = 0; field < dataset->field_count; field++) {
        const shire_link_field *facts = &dataset->fields[field];
        float *rarities = shire_memory_resize(NULL, facts->values->count * sizeof *rarities);
        if (rarities == NULL) {
            shire_memory_free(known);
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the weights of values");
        }
        count_known(facts, known);
        double mean = model->levels[SHIRE_LINK_PAIR_STRANGER][field][1];
        for (uint32_t value = 0; value < facts->values->count; value++) {
            double share = ((double)facts->counts[value] + usual * mean) /
                           ((double)known[salt_of(facts, value)] + usual);
            rarities[value] = share > 0 ? (float)log2(mean / share) : 0;
        }
        scorer_out->rarities[field] = rarities;
    }
    shire_memory_free(known);
    return SHIRE_OK;
}

void shire_link_scorer_done(shire_link_scorer *scorer) {
    for (size_t field = 0; field < SHIRE_LINK_FIELDS_MAX; field++) {
        shire_memory_free(scorer->rarities[field]);
        scorer->rarities[field] = NULL;
    }
}
