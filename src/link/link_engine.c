/*
 * The engine in five steps: blocks; the model from random pairs and the patterns of candidate
 * pairs; the weight of each candidate pair; sources that hold each person once; groups.
 */
#include "link/link_engine.h"

#include "core/arena.h"
#include "link/link_identity.h"
#include "link/link_pairs.h"
#include "link/link_scorer.h"

#include <math.h>
#include <string.h>

/* What is usual counts as so many strangers, pairs of one person and values of a field; less the
 * nearer the pairs that there are come to SHIRE_LINK_PAIRS_ENOUGH, from where on only the data
 * speak. */
#define USUAL_STRANGERS 5000
#define USUAL_PAIRS 1000
/* One person's given name is usually mistyped, cut short or exchanged, but so much more rarely
 * another one than another field: who shares all but the given name is a twin, brother or sister.
 */
#define RENAMED 0.02
#define LEARNING_PAIRS 1500000 /* candidate pairs for EM, at most about this many */
#define ITERATIONS_MAX 50
#define PAIRS_LEAST 12000000 /* the budget of candidate pairs: this, or so many a record */
#define PAIRS_A_RECORD 25
#define KEEP_LEAST (-3.0F) /* log2 odds below which a pair is not kept for grouping */

typedef struct engine {
    const shire_link_dataset *dataset;
    const shire_link_engine_options *options;
    const shire_link_observer *observer; /* one that sees nothing where there is none */
    uint64_t *identities;                /* by record */
    shire_link_blocks blocks;
    shire_link_workers workers;
    shire_link_scorer scorer;
    shire_link_edges edges;
    shire_link_patterns patterns; /* that the model was learnt from */
    size_t stride;
    uint8_t *is_clean; /* by source */
    int number_field;  /* the NHS number's, or -1 */
    uint64_t weighed;  /* pairs that grouping asked for */
} engine;

static shire_link_scope scope_of(const shire_link_field *field) {
    switch (field->role) {
    case SHIRE_LINK_ROLE_DOB:
        return SHIRE_LINK_SCOPE_BIRTH;
    case SHIRE_LINK_ROLE_FAMILY:
        return SHIRE_LINK_SCOPE_FAMILY;
    case SHIRE_LINK_ROLE_ADDRESS:
    case SHIRE_LINK_ROLE_STREET_NUMBER:
    case SHIRE_LINK_ROLE_SUBURB:
    case SHIRE_LINK_ROLE_CITY:
    case SHIRE_LINK_ROLE_POSTCODE:
    case SHIRE_LINK_ROLE_UPRN:
    case SHIRE_LINK_ROLE_PHONE:
    case SHIRE_LINK_ROLE_PLACE:
        return SHIRE_LINK_SCOPE_HOME;
    case SHIRE_LINK_ROLE_EMAIL:
        return SHIRE_LINK_SCOPE_FAMILY; /* some are a household's */
    case SHIRE_LINK_ROLE_OTHER:
        return field->kind == SHIRE_LINK_KIND_IDENTIFIER ||
                       field->kind == SHIRE_LINK_KIND_ENCODED_NUMBER
                   ? SHIRE_LINK_SCOPE_PERSON
                   : SHIRE_LINK_SCOPE_HOME;
    default:
        return SHIRE_LINK_SCOPE_PERSON;
    }
}

/* How often two strangers agree in full, by and large, in a population of some thousands. */
static double usual_agreement(shire_link_kind kind) {
    switch (kind) {
    case SHIRE_LINK_KIND_GIVEN:
    case SHIRE_LINK_KIND_FAMILY:
    case SHIRE_LINK_KIND_REST:
    case SHIRE_LINK_KIND_NUMBER:
    case SHIRE_LINK_KIND_ENCODED:
        return 0.01;
    case SHIRE_LINK_KIND_POSTCODE:
    case SHIRE_LINK_KIND_TEXT:
        return 0.002;
    case SHIRE_LINK_KIND_DATE:
    case SHIRE_LINK_KIND_IDENTIFIER:
    case SHIRE_LINK_KIND_EMAIL:
    case SHIRE_LINK_KIND_ENCODED_NUMBER:
        return 0.0001;
    default:
        return 0.5;
    }
}

/* A handful of records gives a handful of pairs, a good part of them of one person: among strangers
 * the usual ones are counted too, as far as there are too few. */
static void add_usual_strangers(const shire_link_dataset *dataset,
                                double counts[][SHIRE_LINK_LEVELS_MAX]) {
    double scarcity = shire_link_scarcity(dataset);
    for (size_t field = 0; scarcity > 0 && field < dataset->field_count; field++) {
        shire_link_kind kind = dataset->fields[field].kind;
        int last = shire_link_level_count(kind) - 1;
        double shares[SHIRE_LINK_LEVELS_MAX];
        double sum = 0;
        for (int level = 1; level <= last; level++) { /* each level so many times the one before */
            shares[level] = pow(usual_agreement(kind), (last - level) / (last - 1.0));
            sum += shares[level];
        }
        for (int level = 1; level <= last; level++) { /* the few were drawn again and again */
            counts[field][level] = counts[field][level] * (1.0 - scarcity) +
                                   scarcity * USUAL_STRANGERS * shares[level] / sum;
        }
    }
}

static void show_patterns(const engine *work) {
    if (work->observer->see_patterns != NULL) {
        work->observer->see_patterns(work->patterns.counts, work->patterns.count, work->stride,
                                     work->observer->context);
    }
}

static shire_status learn(engine *work, shire_link_model *model, shire_error *error) {
    const shire_link_dataset *dataset = work->dataset;
    double count = (double)dataset->record_count;
    double random_counts[SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX] = {{0}};
    shire_link_patterns patterns = {0};
    *model = (shire_link_model){.field_count = dataset->field_count,
                                .usual_pairs = USUAL_PAIRS * shire_link_scarcity(dataset)};
    for (size_t field = 0; field < dataset->field_count; field++) {
        model->level_counts[field] = shire_link_level_count(dataset->fields[field].kind);
        model->scopes[field] = scope_of(&dataset->fields[field]);
    }
    shire_status status = shire_link_pairs_count_random(
        dataset, work->identities, SHIRE_LINK_PAIRS_ENOUGH, &work->workers, &patterns, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < patterns.count; i++) {
        for (size_t field = 0; field < dataset->field_count; field++) {
            int level = shire_link_pattern_level(patterns.counts[i].pattern, field);
            random_counts[field][level] += patterns.counts[i].count;
        }
    }
    shire_memory_free(patterns.counts);
    add_usual_strangers(dataset, random_counts);
    shire_link_model_start(model, (const double(*)[SHIRE_LINK_LEVELS_MAX])random_counts, count);
    if (dataset->given_field >= 0 && model->usual_pairs > 0) {
        int different = model->level_counts[dataset->given_field] - 1;
        model->usual[SHIRE_LINK_PAIR_SAME][dataset->given_field][different] *= RENAMED;
        model->levels[SHIRE_LINK_PAIR_SAME][dataset->given_field][different] *= RENAMED;
    }
    work->stride = 1;
    while (work->blocks.visit_count * 2 / work->stride > LEARNING_PAIRS) {
        work->stride *= 2;
    }
    status = shire_link_pairs_count(dataset, &work->blocks, work->identities, work->stride,
                                    &work->workers, &work->patterns, error);
    if (status == SHIRE_OK) {
        show_patterns(work);
        double pair_total = count * (count - 1) / 2 / (double)work->stride;
        shire_link_model_run_em(model, work->patterns.counts, work->patterns.count, pair_total,
                                ITERATIONS_MAX);
    }
    return status;
}

/* A source is clean when hardly any of its records match another of its own, though many match
 * elsewhere: then two records of it are two people. */
static shire_status find_clean_sources(engine *work, shire_error *error) {
    const shire_link_dataset *dataset = work->dataset;
    size_t source_count = dataset->source_count;
    uint64_t *within = shire_memory_resize(NULL, 2 * source_count * sizeof *within);
    work->is_clean = shire_memory_resize(NULL, source_count);
    if (within == NULL || work->is_clean == NULL) {
        shire_memory_free(within);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the sources");
    }
    memset(within, 0, 2 * source_count * sizeof *within);
    uint64_t *across = within + source_count;
    for (size_t i = 0; i < work->edges.count; i++) {
        const shire_link_edge *edge = &work->edges.edges[i];
        uint32_t a = dataset->sources[edge->a];
        uint32_t b = dataset->sources[edge->b];
        if (edge->weight > 0 && a == b) {
            within[a]++;
        } else if (edge->weight > 0) {
            across[a]++;
            across[b]++;
        }
    }
    for (size_t source = 0; source < source_count; source++) {
        work->is_clean[source] = across[source] >= 100 && within[source] * 200 < across[source];
    }
    shire_memory_free(within);
    return SHIRE_OK;
}

/* What no evidence outweighs: two different NHS numbers whose check digits are right (a typing
 * error hardly ever gives a valid one), what is decided or known of the pair, and two records of a
 * clean source unless somebody decided that they are one person. */
static bool is_forbidden(const engine *work, size_t a, size_t b) {
    const shire_link_constraints *constraints = work->options->constraints;
    if (shire_link_is_different(constraints, a, b)) {
        return true;
    }
    uint32_t source = work->dataset->sources[a];
    if (source == work->dataset->sources[b] && work->is_clean != NULL && work->is_clean[source] &&
        !shire_link_is_same(constraints, a, b)) {
        return true;
    }
    if (work->number_field < 0) {
        return false;
    }
    uint32_t a_number = shire_link_dataset_row(work->dataset, a)[work->number_field];
    uint32_t b_number = shire_link_dataset_row(work->dataset, b)[work->number_field];
    return a_number != 0 && b_number != 0 && a_number != b_number;
}

static void drop_forbidden(engine *work) {
    size_t kept = 0;
    for (size_t i = 0; i < work->edges.count; i++) {
        shire_link_edge edge = work->edges.edges[i];
        if (!is_forbidden(work, edge.a, edge.b)) {
            work->edges.edges[kept++] = edge;
        }
    }
    work->edges.count = kept;
}

static float weigh(size_t a, size_t b, void *context) {
    engine *work = context;
    work->weighed++;
    if (is_forbidden(work, a, b)) {
        return -INFINITY;
    }
    if (shire_link_is_same(work->options->constraints, a, b)) {
        return SHIRE_LINK_WEIGHT_SAME;
    }
    return work->workers.thread_count == 0 /* nothing was learnt, for there is no field */
               ? 0
               : shire_link_score(&work->scorer, a, b, -INFINITY, work->workers.caches[0]);
}

/* Pairs that somebody decided to be one person stand among the edges once, with their own weight,
 * whether blocking brought them up or not. */
static shire_status add_decided(engine *work, shire_error *error) {
    if (work->options->constraints == NULL || work->options->constraints->same.offsets == NULL) {
        return SHIRE_OK;
    }
    const shire_link_partners *same = &work->options->constraints->same;
    size_t record_count = work->dataset->record_count;
    size_t kept = 0;
    for (size_t i = 0; i < work->edges.count; i++) {
        shire_link_edge edge = work->edges.edges[i];
        if (!shire_link_partners_have(same, edge.a, edge.b)) {
            work->edges.edges[kept++] = edge;
        }
    }
    size_t decided_count = same->offsets[record_count] / 2;
    shire_link_edge *edges =
        shire_memory_resize(work->edges.edges, (kept + decided_count + 1) * sizeof *edges);
    if (edges == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the decided pairs");
    }
    for (size_t a = 0; a < record_count; a++) {
        for (uint32_t i = same->offsets[a]; i < same->offsets[a + 1]; i++) {
            uint32_t b = same->partners[i];
            if (a < b && !is_forbidden(work, a, b)) {
                edges[kept++] = (shire_link_edge){(uint32_t)a, b, SHIRE_LINK_WEIGHT_SAME};
            }
        }
    }
    work->edges.edges = edges;
    work->edges.count = kept;
    return SHIRE_OK;
}

static void number_people(const uint32_t *firsts, size_t record_count,
                          shire_link_engine_result *result, uint32_t *sizes) {
    result->person_count = 0;
    result->largest = 0;
    for (size_t record = 0; record < record_count; record++) {
        bool is_first = firsts[record] == record;
        result->people[record] = is_first ? result->person_count++ : result->people[firsts[record]];
        uint32_t *size = &sizes[result->people[record]];
        *size = is_first ? 1 : *size + 1;
        result->largest = *size > result->largest ? *size : result->largest;
    }
}

static shire_status group(engine *work, shire_link_engine_result *result, shire_error *error) {
    size_t record_count = work->dataset->record_count;
    shire_link_cluster_options options = {
        .join_min = 0, .weight_low = -10, .weight_high = 10, .people_max = 1000};
    uint32_t *firsts = shire_memory_resize(NULL, (record_count + 1) * sizeof *firsts);
    uint32_t *sizes = shire_memory_resize(NULL, (record_count + 1) * sizeof *sizes);
    result->people = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint32_t));
    shire_status status = SHIRE_OK;
    if (firsts == NULL || sizes == NULL || result->people == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the people");
    } else {
        status = shire_link_cluster(work->edges.edges, work->edges.count, record_count, &options,
                                    weigh, work, firsts, error);
    }
    if (status == SHIRE_OK) {
        number_people(firsts, record_count, result, sizes);
    }
    shire_memory_free(firsts);
    shire_memory_free(sizes);
    return status;
}

/* Only those worth grouping. */
static void keep_edges(shire_link_edges *edges) {
    size_t kept = 0;
    for (size_t i = 0; i < edges->count; i++) {
        if (edges->edges[i].weight >= KEEP_LEAST) {
            edges->edges[kept++] = edges->edges[i];
        }
    }
    edges->count = kept;
}

/* Weigh the candidate pairs and keep those worth grouping; recall the last run, remember this. */
static shire_status weigh_pairs(engine *work, shire_link_engine_result *result,
                                shire_error *error) {
    const shire_link_memory *memory = work->options->memory;
    shire_link_memory *memory_out = work->options->memory_out;
    shire_link_recall recall = {0};
    bool is_useful = false;
    float least = memory_out != NULL ? KEEP_LEAST - SHIRE_LINK_MEMORY_MARGIN : KEEP_LEAST;
    shire_status status = SHIRE_OK;
    if (memory != NULL && memory_out != NULL) {
        status =
            shire_link_memory_recall(memory, work->dataset, work->identities, &work->blocks,
                                     &work->scorer, &result->model, &is_useful, &recall, error);
    }
    result->records_compared = is_useful ? recall.fresh_count : work->dataset->record_count;
    if (status == SHIRE_OK) {
        status = shire_link_pairs_weigh(&work->scorer, &work->blocks, is_useful ? &recall : NULL,
                                        least, &work->workers, &work->edges, error);
    }
    if (status == SHIRE_OK && memory_out != NULL) {
        status = shire_link_memory_make(work->dataset, work->identities, &work->blocks,
                                        &work->scorer, &result->model, work->edges.edges,
                                        work->edges.count, is_useful ? memory : NULL,
                                        is_useful ? &recall : NULL, memory_out, error);
        memory_out->candidate_pairs = work->edges.candidate_pairs;
        memory_out->patterns = work->patterns.counts;
        memory_out->pattern_count = work->patterns.count;
        memory_out->pattern_stride = work->stride;
        work->patterns = (shire_link_patterns){0};
        keep_edges(&work->edges);
    }
    shire_link_recall_done(&recall);
    return status;
}

/* Everything from the records to the weighed pairs. */
static shire_status find_pairs(engine *work, shire_link_engine_result *result, shire_error *error) {
    uint64_t budget = (uint64_t)work->dataset->record_count * PAIRS_A_RECORD;
    budget = budget < PAIRS_LEAST ? PAIRS_LEAST : budget;
    const uint64_t *hashed = work->options->memory_out != NULL ? work->identities : NULL;
    shire_status status = shire_link_blocks_build(
        work->dataset, hashed, budget, work->options->thread_count, &work->blocks, error);
    if (status == SHIRE_OK) {
        status = learn(work, &result->model, error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_scorer_init(work->dataset, &result->model, &work->scorer, error);
    }
    if (status == SHIRE_OK) {
        status = weigh_pairs(work, result, error);
    }
    result->single_max = work->blocks.single_max;
    result->pair_max = work->blocks.block_max;
    shire_link_blocks_done(&work->blocks); /* grouping needs the memory more */
    return status;
}

/* The same from the memory, where it is of these records. */
static shire_status recall_pairs(engine *work, shire_link_engine_result *result,
                                 shire_error *error) {
    const shire_link_memory *memory = work->options->memory;
    work->patterns = (shire_link_patterns){memory->patterns, memory->pattern_count};
    work->stride = memory->pattern_stride;
    show_patterns(work);
    work->patterns = (shire_link_patterns){0}; /* they stay the memory's */
    work->edges.edges =
        shire_memory_resize(NULL, (memory->pair_count + 1) * sizeof *work->edges.edges);
    if (work->edges.edges == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the pairs of records");
    }
    if (memory->pair_count > 0) {
        memcpy(work->edges.edges, memory->pairs, memory->pair_count * sizeof *memory->pairs);
    }
    work->edges.count = memory->pair_count;
    work->edges.candidate_pairs = memory->candidate_pairs;
    keep_edges(&work->edges);
    result->model = memory->model;
    result->single_max = (uint32_t)memory->single_max;
    result->pair_max = (uint32_t)memory->pair_max;
    shire_status status =
        shire_link_scorer_init(work->dataset, &result->model, &work->scorer, error);
    return status == SHIRE_OK ? shire_link_memory_copy(memory, work->options->memory_out, error)
                              : status;
}

static shire_status run(engine *work, shire_link_engine_result *result, shire_error *error) {
    int thread_count = work->options->thread_count;
    const shire_link_memory *memory = work->options->memory;
    shire_status status =
        shire_link_workers_init(thread_count, work->dataset->record_count, &work->workers, error);
    if (status == SHIRE_OK) {
        status = shire_link_identities_make(work->dataset, thread_count, &work->identities, error);
    }
    if (status == SHIRE_OK) {
        bool is_known = memory != NULL && work->options->memory_out != NULL &&
                        shire_link_memory_is_of(memory, work->dataset, work->identities);
        status = is_known ? recall_pairs(work, result, error) : find_pairs(work, result, error);
    }
    if (status == SHIRE_OK) {
        if (work->observer->see_edges != NULL) {
            work->observer->see_edges(work->edges.edges, work->edges.count,
                                      work->observer->context);
        }
        status = find_clean_sources(work, error);
    }
    if (status == SHIRE_OK) {
        drop_forbidden(work);
    }
    result->candidate_pairs = work->edges.candidate_pairs;
    return status;
}

void shire_link_engine_result_done(shire_link_engine_result *result) {
    shire_memory_free(result->people);
    shire_memory_free(result->is_clean);
    *result = (shire_link_engine_result){0};
}

shire_status shire_link_engine_run(const shire_link_dataset *dataset,
                                   const shire_link_engine_options *options,
                                   shire_link_engine_result *result_out, shire_error *error) {
    static const shire_link_observer nobody = {0};
    engine *work = shire_memory_resize(NULL, sizeof *work);
    *result_out = (shire_link_engine_result){0};
    if (work == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for linking");
    }
    *work = (engine){.dataset = dataset,
                     .options = options,
                     .observer = options->observer != NULL ? options->observer : &nobody,
                     .number_field = -1};
    for (size_t field = 0; field < dataset->field_count; field++) {
        if (dataset->fields[field].role == SHIRE_LINK_ROLE_NHS_NUMBER) {
            work->number_field = (int)field;
        }
    }
    shire_status status = SHIRE_OK;
    if (dataset->field_count > 0 && dataset->record_count >= 2) {
        status = run(work, result_out, error);
    }
    if (status == SHIRE_OK) {
        status = add_decided(work, error);
    }
    if (status == SHIRE_OK) {
        status = group(work, result_out, error);
        result_out->pairs_scored = work->edges.candidate_pairs + work->weighed;
        result_out->is_clean = work->is_clean;
        work->is_clean = NULL;
    }
    if (status != SHIRE_OK) {
        shire_link_engine_result_done(result_out);
    }
    shire_link_scorer_done(&work->scorer);
    shire_memory_free(work->edges.edges);
    shire_memory_free(work->patterns.counts);
    shire_memory_free(work->is_clean);
    shire_memory_free(work->identities);
    shire_link_blocks_done(&work->blocks);
    shire_link_workers_done(&work->workers);
    shire_memory_free(work);
    return status;
}
