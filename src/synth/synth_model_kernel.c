/*
 * Sizing: what each pool of each body should cost, from the activity that was made and the rates of
 * the model, so that unit costs come out near the national ones; the rest of a body's published
 * total is excluded. Integers only.
 */
#include "synth/synth_model.h"

#include <assert.h>
#include <string.h>

/* At least this share of a body's spending is left to exclude. */
#define CARE_PER_MILLE_MAX 960
#define MODEL_PEOPLE 180000

static int64_t measure_of(const synth_tally *tally, synth_measure measure) {
    switch (measure) {
    case SYNTH_BY_COUNT:
        return tally->count;
    case SYNTH_BY_DAYS:
        return tally->days;
    case SYNTH_BY_MINUTES:
        return tally->minutes;
    case SYNTH_BY_AMOUNT:
        return tally->amount_pence;
    default:
        return tally->weight_pence;
    }
}

/* value * by / over without overflow, rounded down. */
static int64_t scale(int64_t value, int64_t by, int64_t over) {
    assert(over > 0);
    return (int64_t)((__int128)value * by / over);
}

static synth_pool *find_pool(synth_sizes *sizes, synth_body_no body, const char *name) {
    for (size_t i = 0; i < sizes->pool_count; i++) {
        if (sizes->pools[i].body == body && strcmp(sizes->pools[i].name, name) == 0) {
            return &sizes->pools[i];
        }
    }
    return NULL;
}

static synth_pool *add_pool(synth_sizes *sizes, synth_body_no body, const char *name,
                            synth_profile profile, bool support) {
    assert(sizes->pool_count < SYNTH_POOLS_MAX);
    int number = 1;
    for (size_t i = 0; i < sizes->pool_count; i++) {
        number += sizes->pools[i].body == body && sizes->pools[i].support == support ? 1 : 0;
    }
    synth_pool *pool = &sizes->pools[sizes->pool_count++];
    *pool = (synth_pool){
        .body = body, .name = name, .profile = profile, .support = support, .number = number};
    return pool;
}

static void add_patient_pools(const synth_tally tallies[SYNTH_SHEET_COUNT][SYNTH_GROUPS_MAX],
                              synth_sizes *sizes) {
    for (size_t i = 0; i < synth_rule_count; i++) {
        const synth_rule *rule = &synth_rules[i];
        int64_t units = 0;
        for (int group = 0; group < SYNTH_GROUPS_MAX; group++) {
            if (rule->group < 0 || rule->group == group) {
                units += measure_of(&tallies[rule->sheet][group], rule->measure);
            }
        }
        sizes->rule_pence[i] = scale(units, rule->rate_millipence, 1000);
        synth_pool *pool = find_pool(sizes, rule->body, rule->pool);
        if (pool == NULL) {
            pool = add_pool(sizes, rule->body, rule->pool, rule->profile, false);
        }
        pool->full_pence += sizes->rule_pence[i];
    }
}

/* What a body's income credits, for that many people. */
static int64_t income_of(synth_body_no body, int64_t person_count) {
    int64_t pence = 0;
    for (size_t i = 0; i < synth_income_count; i++) {
        if (synth_incomes[i].body == body) {
            pence += scale(synth_incomes[i].pence, person_count, MODEL_PEOPLE);
        }
    }
    return pence;
}

static void size_body(synth_body_no number, int64_t person_count, synth_sizes *sizes) {
    const synth_body *body = &synth_bodies[number];
    sizes->total_pence[number] = scale(body->total_pence, person_count, MODEL_PEOPLE);
    int64_t gross = sizes->total_pence[number] + income_of(number, person_count);
    int64_t care = 0;
    for (size_t i = 0; i < sizes->pool_count; i++) {
        care += sizes->pools[i].body == number ? sizes->pools[i].full_pence : 0;
    }
    /* Support departments cost more than what serves care: the rest of them is excluded. */
    int64_t support = scale(care, body->overhead_per_mille, 1000);
    int64_t support_ledger = scale(support, 1000, body->person_per_mille);
    int64_t needed = care - support + support_ledger;
    int64_t limit = scale(gross, CARE_PER_MILLE_MAX, 1000);
    int64_t by = needed > limit ? limit : 1, over = needed > limit ? needed : 1;
    int64_t spent = 0;
    for (size_t i = 0; i < sizes->pool_count; i++) {
        synth_pool *pool = &sizes->pools[i];
        if (pool->body == number) {
            pool->own_pence =
                scale(scale(pool->full_pence, 1000 - body->overhead_per_mille, 1000), by, over);
            spent += pool->own_pence;
        }
    }
    int64_t weights = 0;
    for (size_t i = 0; i < synth_support_count; i++) {
        weights += synth_supports[i].body == number ? synth_supports[i].weight : 0;
    }
    for (size_t i = 0; i < synth_support_count; i++) {
        const synth_support *row = &synth_supports[i];
        if (row->body == number) {
            synth_pool *pool = add_pool(sizes, number, row->pool, row->profile, true);
            pool->own_pence = scale(scale(support_ledger, row->weight, weights), by, over);
            spent += pool->own_pence;
        }
    }
    sizes->excluded_pence[number] = gross - spent;
}

void synth_model_size(const synth_tally tallies[SYNTH_SHEET_COUNT][SYNTH_GROUPS_MAX],
                      int64_t person_count, synth_sizes *sizes_out) {
    memset(sizes_out, 0, sizeof *sizes_out);
    assert(synth_rule_count <= sizeof sizes_out->rule_pence / sizeof sizes_out->rule_pence[0]);
    add_patient_pools(tallies, sizes_out);
    for (int body = 0; body < SYNTH_BODY_COUNT; body++) {
        size_body((synth_body_no)body, person_count, sizes_out);
    }
}
