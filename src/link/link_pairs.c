/*
 * Each stretch of records is one chunk of a parallel loop. A chunk keeps its own table of patterns
 * or list of edges; the chunks' results are put together in order of the chunks.
 */
#include "link/link_pairs.h"

#include "core/arena.h"
#include "core/parallel.h"
#include "link/link_identity.h"

#include <stdlib.h>
#include <string.h>

#define STRETCH 256 /* records a chunk */
#define AHEAD 8     /* candidates whose rows are on their way from memory */
#define SOON 3      /* records whose values are, too, where all are compared */
#define WEIGHED_AT_ONCE 256
#define RANDOM_STRETCH 16384 /* random pairs a chunk */
#define ROUND_STEP UINT64_C(0x9E3779B97F4A7C15)

/* An open-addressing table of patterns. Counts are whole numbers, so adding up is exact and the
 * order of adding does not matter. */
typedef struct pattern_table {
    shire_link_pattern_count *slots; /* count 0: free */
    size_t capacity;                 /* a power of two, or 0 */
    size_t count;
    bool failed;
} pattern_table;

typedef struct edge_list {
    shire_link_edge *edges;
    size_t count;
    size_t capacity;
} edge_list;

typedef struct pass {
    const shire_link_dataset *dataset;
    const shire_link_blocks *blocks;
    const uint64_t *identities;
    const shire_link_recall *recall;
    const shire_link_scorer *scorer;
    shire_link_workers *workers;
    size_t stride;
    float least;
    pattern_table tables[SHIRE_LINK_THREADS_MAX];
    uint64_t pair_counts[SHIRE_LINK_THREADS_MAX];
    bool failed[SHIRE_LINK_THREADS_MAX];
    edge_list *lists; /* by chunk */
} pass;

shire_status shire_link_workers_init(int thread_count, size_t record_count,
                                     shire_link_workers *workers_out, shire_error *error) {
    shire_link_workers *workers = workers_out;
    *workers = (shire_link_workers){.thread_count = thread_count};
    if (thread_count > SHIRE_LINK_THREADS_MAX) {
        workers->thread_count = SHIRE_LINK_THREADS_MAX;
    }
    size_t byte_count = (record_count + 1) * sizeof(uint32_t);
    for (int thread = 0; thread < workers->thread_count; thread++) {
        workers->caches[thread] = shire_memory_resize(NULL, sizeof(shire_link_cache));
        workers->stamps[thread] = shire_memory_resize(NULL, byte_count);
        workers->candidates[thread] = shire_memory_resize(NULL, byte_count);
        if (workers->caches[thread] == NULL || workers->stamps[thread] == NULL ||
            workers->candidates[thread] == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for %d threads", thread_count);
        }
        memset(workers->caches[thread], 0, sizeof(shire_link_cache));
        memset(workers->stamps[thread], 0, byte_count);
    }
    return SHIRE_OK;
}

void shire_link_workers_done(shire_link_workers *workers) {
    for (int thread = 0; thread < workers->thread_count; thread++) {
        shire_memory_free(workers->caches[thread]);
        shire_memory_free(workers->stamps[thread]);
        shire_memory_free(workers->candidates[thread]);
    }
    *workers = (shire_link_workers){0};
}

static void table_put(pattern_table *table, shire_link_pattern pattern, double count) {
    size_t mask = table->capacity - 1;
    uint64_t folded = (uint64_t)pattern ^ (uint64_t)(pattern >> 64) * UINT64_C(0xBF58476D1CE4E5B9);
    size_t at = (size_t)(folded * UINT64_C(0x9E3779B97F4A7C15) >> 20) & mask;
    while (table->slots[at].count > 0 && table->slots[at].pattern != pattern) {
        at = (at + 1) & mask;
    }
    table->count += table->slots[at].count == 0;
    table->slots[at].pattern = pattern;
    table->slots[at].count += count;
}

static void table_add(pattern_table *table, shire_link_pattern pattern, double count) {
    if (table->failed) {
        return;
    }
    if (table->count * 2 >= table->capacity) {
        pattern_table bigger = {.capacity = table->capacity > 0 ? table->capacity * 2 : 4096};
        bigger.slots = shire_memory_resize(NULL, bigger.capacity * sizeof *bigger.slots);
        if (bigger.slots == NULL) {
            table->failed = true;
            return;
        }
        memset(bigger.slots, 0, bigger.capacity * sizeof *bigger.slots);
        for (size_t i = 0; i < table->capacity; i++) {
            if (table->slots[i].count > 0) {
                table_put(&bigger, table->slots[i].pattern, table->slots[i].count);
            }
        }
        shire_memory_free(table->slots);
        *table = bigger;
    }
    table_put(table, pattern, count);
}

static int compare_patterns(const void *x, const void *y) {
    const shire_link_pattern_count *a = x;
    const shire_link_pattern_count *b = y;
    return (a->pattern > b->pattern) - (a->pattern < b->pattern);
}

/* All threads' tables as one ascending list; frees the tables. */
static shire_status gather_patterns(pass *work, shire_link_patterns *patterns_out,
                                    shire_error *error) {
    pattern_table *all = &work->tables[0];
    table_add(all, 0, 0); /* so that there is a table */
    for (int thread = 1; thread < work->workers->thread_count; thread++) {
        pattern_table *table = &work->tables[thread];
        all->failed = all->failed || table->failed;
        for (size_t i = 0; i < table->capacity; i++) {
            if (table->slots[i].count > 0) {
                table_add(all, table->slots[i].pattern, table->slots[i].count);
            }
        }
        shire_memory_free(table->slots);
    }
    if (all->failed) {
        shire_memory_free(all->slots);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to count patterns of pairs");
    }
    size_t kept = 0;
    for (size_t i = 0; i < all->capacity; i++) {
        if (all->slots[i].count > 0) {
            all->slots[kept++] = all->slots[i];
        }
    }
    if (kept > 1) {
        qsort(all->slots, kept, sizeof *all->slots, compare_patterns);
    }
    *patterns_out = (shire_link_patterns){.counts = all->slots, .count = kept};
    return SHIRE_OK;
}

static void fetch_ahead(const shire_link_dataset *dataset, size_t later, size_t soon) {
    const uint32_t *row = shire_link_dataset_row(dataset, soon);
    __builtin_prefetch(shire_link_dataset_row(dataset, later));
    for (size_t field = 0; field < dataset->field_count; field++) {
        shire_link_compare_prefetch(&dataset->fields[field], row[field]);
    }
}

static void count_chunk(size_t first, size_t last, size_t chunk, int thread, void *context) {
    pass *work = context;
    shire_link_workers *workers = work->workers;
    (void)chunk;
    for (size_t record = first; record < last; record++) {
        if ((shire_link_mix(work->identities[record]) & (work->stride - 1)) != 0) {
            continue;
        }
        size_t count = shire_link_blocks_partners(work->blocks, record, workers->stamps[thread],
                                                  workers->candidates[thread]);
        const uint32_t *others = workers->candidates[thread];
        for (size_t i = 0; i < count; i++) {
            size_t other = others[i];
            fetch_ahead(work->dataset, i + AHEAD < count ? others[i + AHEAD] : other,
                        i + SOON < count ? others[i + SOON] : other);
            shire_link_pattern pattern =
                shire_link_compare_records(work->dataset, record, other, workers->caches[thread]);
            table_add(&work->tables[thread], pattern, 0.5); /* the other half with the other */
        }
    }
}

/* A pass leaves each thread's stamps as they were for a new pass. */
static void clear_stamps(shire_link_workers *workers, size_t record_count) {
    for (int thread = 0; thread < workers->thread_count; thread++) {
        memset(workers->stamps[thread], 0, record_count * sizeof(uint32_t));
    }
}

shire_status shire_link_pairs_count(const shire_link_dataset *dataset,
                                    const shire_link_blocks *blocks, const uint64_t *identities,
                                    size_t stride, shire_link_workers *workers,
                                    shire_link_patterns *patterns_out, shire_error *error) {
    pass work = {.dataset = dataset,
                 .blocks = blocks,
                 .identities = identities,
                 .workers = workers,
                 .stride = stride};
    shire_parallel_for(workers->thread_count, dataset->record_count, STRETCH, count_chunk, &work);
    clear_stamps(workers, dataset->record_count);
    return gather_patterns(&work, patterns_out, error);
}

/* A record's place in one random order. */
typedef struct drawn {
    uint64_t place;
    uint32_t record;
} drawn;

typedef struct drawing {
    pass pass;
    drawn *drawn; /* round by round; each round's `per_round` */
    size_t round_count;
    size_t per_round;
    uint64_t place_max; /* records with larger places are not of the sample */
} drawing;

static int compare_drawn(const void *x, const void *y) {
    const drawn *a = x;
    const drawn *b = y;
    if (a->place != b->place) {
        return a->place < b->place ? -1 : 1;
    }
    return (a->record > b->record) - (a->record < b->record);
}

static uint64_t place_of(const drawing *draw, size_t round, size_t record) {
    return shire_link_mix(draw->pass.identities[record] + (round + 1) * ROUND_STEP);
}

static void order_rounds(size_t first, size_t last, size_t chunk, int thread, void *context) {
    drawing *draw = context;
    (void)chunk;
    (void)thread;
    for (size_t round = first; round < last; round++) {
        drawn *order = draw->drawn + round * draw->per_round;
        size_t count = 0;
        for (size_t record = 0; record < draw->pass.dataset->record_count; record++) {
            uint64_t place = place_of(draw, round, record);
            if (place <= draw->place_max) {
                order[count++] = (drawn){place, (uint32_t)record};
            }
        }
        qsort(order, count, sizeof *order, compare_drawn);
    }
}

static void count_drawn_chunk(size_t first, size_t last, size_t chunk, int thread, void *context) {
    drawing *draw = context;
    pass *work = &draw->pass;
    (void)chunk;
    for (size_t i = first; i < last; i++) {
        fetch_ahead(work->dataset, draw->drawn[i + AHEAD < last ? i + AHEAD : i].record,
                    draw->drawn[i + SOON < last ? i + SOON : i].record);
        if ((i + 1) % draw->per_round != 0) { /* the last of a round has no neighbour */
            table_add(&work->tables[thread],
                      shire_link_compare_records(work->dataset, draw->drawn[i].record,
                                                 draw->drawn[i + 1].record,
                                                 work->workers->caches[thread]),
                      1);
        }
    }
}

shire_status shire_link_pairs_count_random(const shire_link_dataset *dataset,
                                           const uint64_t *identities, size_t pair_count,
                                           shire_link_workers *workers,
                                           shire_link_patterns *patterns_out, shire_error *error) {
    size_t record_count = dataset->record_count;
    drawing draw = {.pass = {.dataset = dataset, .identities = identities, .workers = workers},
                    .per_round = record_count,
                    .place_max = UINT64_MAX};
    if (record_count >= 2 && record_count <= pair_count) {
        draw.round_count = pair_count / record_count;
    } else if (record_count >= 2) {
        draw.round_count = 1;
        draw.place_max = (uint64_t)((double)UINT64_MAX / (double)record_count * (double)pair_count);
        draw.per_round = 0;
        for (size_t record = 0; record < record_count; record++) {
            draw.per_round += place_of(&draw, 0, record) <= draw.place_max;
        }
    }
    size_t drawn_count = draw.round_count * draw.per_round;
    draw.drawn = shire_memory_resize(NULL, (drawn_count + 1) * sizeof *draw.drawn);
    if (draw.drawn == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to draw pairs");
    }
    shire_parallel_for(workers->thread_count, draw.round_count, 1, order_rounds, &draw);
    shire_parallel_for(workers->thread_count, drawn_count, RANDOM_STRETCH, count_drawn_chunk,
                       &draw);
    shire_memory_free(draw.drawn);
    return gather_patterns(&draw.pass, patterns_out, error);
}

static bool list_add(edge_list *list, shire_link_edge edge) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 64;
        shire_link_edge *bigger = shire_memory_resize(list->edges, capacity * sizeof *list->edges);
        if (bigger == NULL) {
            return false;
        }
        list->edges = bigger;
        list->capacity = capacity;
    }
    list->edges[list->count++] = edge;
    return true;
}

static int compare_edges(const void *x, const void *y) {
    const shire_link_edge *a = x;
    const shire_link_edge *b = y;
    return (a->a > b->a) - (a->a < b->a);
}

/* The pairs of a record to be compared, as the earlier records: all candidates, or of those that
 * are recalled only the remembered ones. *pair_count gains the number of candidates. */
static size_t list_pairs(pass *work, size_t record, uint32_t *stamps, uint32_t *list_out,
                         uint64_t *pair_count) {
    const shire_link_recall *recall = work->recall;
    size_t count = 0;
    if (recall == NULL) {
        count = shire_link_blocks_candidates(work->blocks, record, NULL, 0, stamps, list_out);
        *pair_count += count;
        return count;
    }
    *pair_count +=
        shire_link_blocks_candidates(work->blocks, record, recall->is_known, 1, stamps, list_out);
    for (uint64_t at = recall->partner_offsets[record]; at < recall->partner_offsets[record + 1];
         at++) {
        if (stamps[recall->partners[at]] == (uint32_t)record) {
            list_out[count++] = recall->partners[at];
        }
    }
    size_t fresh = shire_link_blocks_candidates(work->blocks, record, recall->is_known, 0, stamps,
                                                list_out + count);
    *pair_count += fresh;
    return count + fresh;
}

static void weigh_chunk(size_t first, size_t last, size_t chunk, int thread, void *context) {
    pass *work = context;
    shire_link_workers *workers = work->workers;
    edge_list *list = &work->lists[chunk];
    uint32_t *others = workers->candidates[thread];
    for (size_t record = first; record < last; record++) {
        size_t listed = list->count;
        size_t count =
            list_pairs(work, record, workers->stamps[thread], others, &work->pair_counts[thread]);
        for (size_t from = 0; from < count; from += WEIGHED_AT_ONCE) {
            float weights[WEIGHED_AT_ONCE];
            size_t left = count - from < WEIGHED_AT_ONCE ? count - from : WEIGHED_AT_ONCE;
            shire_link_score_list(work->scorer, record, others + from, left, work->least,
                                  workers->caches[thread], weights);
            for (size_t i = 0; i < left; i++) {
                if (weights[i] >= work->least &&
                    !list_add(list,
                              (shire_link_edge){others[from + i], (uint32_t)record, weights[i]})) {
                    work->failed[thread] = true;
                    return;
                }
            }
        }
        if (list->count > listed + 1) {
            qsort(list->edges + listed, list->count - listed, sizeof *list->edges, compare_edges);
        }
    }
}

shire_status shire_link_pairs_weigh(const shire_link_scorer *scorer,
                                    const shire_link_blocks *blocks,
                                    const shire_link_recall *recall, float least,
                                    shire_link_workers *workers, shire_link_edges *edges_out,
                                    shire_error *error) {
    size_t record_count = scorer->dataset->record_count;
    size_t chunk_count = shire_parallel_chunk_count(record_count, STRETCH);
    pass work = {
        .blocks = blocks, .recall = recall, .scorer = scorer, .workers = workers, .least = least};
    shire_link_edges edges = {0};
    work.lists = shire_memory_resize(NULL, (chunk_count + 1) * sizeof *work.lists);
    bool is_done = work.lists != NULL;
    if (is_done) {
        memset(work.lists, 0, (chunk_count + 1) * sizeof *work.lists);
        shire_parallel_for(workers->thread_count, record_count, STRETCH, weigh_chunk, &work);
        clear_stamps(workers, record_count);
        size_t total = 0;
        for (size_t chunk = 0; chunk < chunk_count; chunk++) {
            total += work.lists[chunk].count;
        }
        edges.edges = shire_memory_resize(NULL, (total + 1) * sizeof *edges.edges);
        is_done = edges.edges != NULL;
    }
    for (int thread = 0; thread < workers->thread_count; thread++) {
        is_done = is_done && !work.failed[thread];
        edges.candidate_pairs += work.pair_counts[thread];
    }
    for (size_t chunk = 0; work.lists != NULL && chunk < chunk_count; chunk++) {
        edge_list *list = &work.lists[chunk];
        if (is_done && list->count > 0) {
            memcpy(edges.edges + edges.count, list->edges, list->count * sizeof *edges.edges);
            edges.count += list->count;
        }
        shire_memory_free(list->edges);
    }
    shire_memory_free(work.lists);
    if (!is_done) {
        shire_memory_free(edges.edges);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the pairs of records");
    }
    *edges_out = edges;
    return SHIRE_OK;
}
