/*
 * Pairs near the line are gathered while the engine works. Afterwards those between two persons are
 * sorted by the two, and all pairs of their records weighed; of persons that have such a pair
 * within, each record is weighed against the rest.
 */
#include "link/link_doubt.h"

#include "core/arena.h"
#include "link/link_sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EDGES_MAX 4000000 /* kept while looking on; 12 bytes each */
#define WINDOW_FIRST 10.0F
#define WEIGHT_MOST 10.0F /* a pair's weight counts to this, as in grouping */
#define PAIRS_MAX 10000   /* of two persons; above it they are no matter of one pair */

typedef struct doubt {
    uint32_t a; /* a < b */
    uint32_t b;
    bool is_join;
    double weight;
    double value;
} doubt;

typedef struct doubt_list {
    doubt *doubts;
    size_t count;
    size_t capacity;
    bool failed;
} doubt_list;

typedef struct decided_pair {
    uint32_t a;
    uint32_t b;
} decided_pair;

typedef struct search {
    const shire_link_index *index;
    shire_link_judge *judge;
    decided_pair *decided; /* ascending, a < b */
    size_t decided_count;
    doubt_list list;
} search;

/* ---- looking on ---- */

static void narrow(shire_link_doubts *doubts) {
    size_t kept = 0;
    doubts->window /= 2;
    for (size_t i = 0; i < doubts->edge_count; i++) {
        if (fabsf(doubts->edges[i].weight) <= doubts->window) {
            doubts->edges[kept++] = doubts->edges[i];
        }
    }
    doubts->edge_count = kept;
}

static bool add_edge(shire_link_doubts *doubts, const shire_link_edge *edge) {
    while (doubts->edge_count == EDGES_MAX && doubts->window > 1e-6F) {
        narrow(doubts);
    }
    if (doubts->edge_count == EDGES_MAX || fabsf(edge->weight) > doubts->window) {
        return true;
    }
    if (doubts->edge_count == doubts->edge_capacity) {
        size_t capacity = doubts->edge_capacity * 2 + 1024;
        shire_link_edge *bigger = shire_memory_resize(doubts->edges, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return false;
        }
        doubts->edges = bigger;
        doubts->edge_capacity = capacity;
    }
    doubts->edges[doubts->edge_count++] = *edge;
    return true;
}

static void see_patterns(const shire_link_pattern_count *patterns, size_t count, size_t stride,
                         void *context) {
    const shire_link_observer *observed = ((shire_link_doubts *)context)->observed;
    if (observed != NULL && observed->see_patterns != NULL) {
        observed->see_patterns(patterns, count, stride, observed->context);
    }
}

static void see_edges(const shire_link_edge *edges, size_t count, void *context) {
    shire_link_doubts *doubts = context;
    if (doubts->observed != NULL && doubts->observed->see_edges != NULL) {
        doubts->observed->see_edges(edges, count, doubts->observed->context);
    }
    for (size_t i = 0; i < count && !doubts->failed; i++) {
        if (fabsf(edges[i].weight) <= doubts->window) {
            doubts->failed = !add_edge(doubts, &edges[i]);
        }
    }
}

void shire_link_doubts_init(const shire_link_observer *observed, shire_link_doubts *doubts_out) {
    *doubts_out = (shire_link_doubts){.observer = {see_patterns, see_edges, doubts_out},
                                      .observed = observed,
                                      .window = WINDOW_FIRST};
}

void shire_link_doubts_done(shire_link_doubts *doubts) {
    shire_memory_free(doubts->edges);
    *doubts = (shire_link_doubts){0};
}

/* ---- searching ---- */

static int compare_decided(const void *x, const void *y) {
    const decided_pair *a = x;
    const decided_pair *b = y;
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    return (a->b > b->b) - (a->b < b->b);
}

static bool gather_decided(search *s, shire_arena *arena) {
    const shire_link_decisions *decisions = &s->index->decisions;
    s->decided = shire_arena_alloc_array(arena, decisions->count + 1, sizeof *s->decided);
    for (size_t i = 0; s->decided != NULL && i < decisions->count; i++) {
        uint32_t a = shire_link_names_find(s->index->names, &decisions->items[i].a);
        uint32_t b = shire_link_names_find(s->index->names, &decisions->items[i].b);
        if (decisions->items[i].holds && a != SHIRE_LINK_NO_RECORD && b != SHIRE_LINK_NO_RECORD) {
            s->decided[s->decided_count++] = (decided_pair){a < b ? a : b, a < b ? b : a};
        }
    }
    if (s->decided_count > 1) {
        qsort(s->decided, s->decided_count, sizeof *s->decided, compare_decided);
    }
    return s->decided != NULL;
}

static bool is_decided(const search *s, uint32_t a, uint32_t b) {
    const decided_pair pair = {a < b ? a : b, a < b ? b : a};
    return s->decided_count > 0 &&
           bsearch(&pair, s->decided, s->decided_count, sizeof pair, compare_decided) != NULL;
}

/* A pair's weight as grouping counts it; NAN where something else than evidence speaks. */
static double weigh(search *s, uint32_t a, uint32_t b) {
    int64_t decision_no = 0;
    if (shire_link_judge_apart(s->judge, a, b, &decision_no) != SHIRE_LINK_CAUSE_EVIDENCE ||
        shire_link_judge_together(s->judge, a, b) != 0) {
        return NAN;
    }
    return fminf(fmaxf(shire_link_judge_weigh(s->judge, a, b), -WEIGHT_MOST), WEIGHT_MOST);
}

static void add_doubt(search *s, uint32_t a, uint32_t b, bool is_join, double weight,
                      size_t pair_count) {
    doubt_list *list = &s->list;
    if (!(fabs(weight) <= SHIRE_LINK_DOUBT_WEIGHT) || is_decided(s, a, b) || list->failed) {
        return;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 256;
        doubt *bigger = shire_memory_resize(list->doubts, capacity * sizeof *bigger);
        if (bigger == NULL) {
            list->failed = true;
            return;
        }
        list->doubts = bigger;
        list->capacity = capacity;
    }
    double p = 1 / (1 + exp2(-weight));
    list->doubts[list->count++] = (doubt){.a = a < b ? a : b,
                                          .b = a < b ? b : a,
                                          .is_join = is_join,
                                          .weight = weight,
                                          .value = 4 * p * (1 - p) * (double)pair_count};
}

static size_t size_of(const shire_link_index *index, uint32_t group) {
    return index->member_starts[group + 1] - index->member_starts[group];
}

/* Two persons that may be one; their strongest pair is the one shown. */
static void doubt_join(search *s, uint32_t x, uint32_t y) {
    const shire_link_index *index = s->index;
    size_t pair_count = size_of(index, x) * size_of(index, y);
    double sum = 0;
    double best = -INFINITY;
    uint32_t best_a = 0;
    uint32_t best_b = 0;
    if (pair_count > PAIRS_MAX) {
        return;
    }
    for (uint32_t i = index->member_starts[x]; i < index->member_starts[x + 1]; i++) {
        for (uint32_t j = index->member_starts[y]; j < index->member_starts[y + 1]; j++) {
            double weight = weigh(s, index->members[i], index->members[j]);
            if (isnan(weight)) {
                return;
            }
            sum += weight;
            if (weight > best) {
                best = weight;
                best_a = index->members[i];
                best_b = index->members[j];
            }
        }
    }
    add_doubt(s, best_a, best_b, true, sum / (double)pair_count, pair_count);
}

/* The record of a person that is least surely of it, with the record that it is nearest to. */
static void doubt_part(search *s, uint32_t group) {
    const shire_link_index *index = s->index;
    size_t size = size_of(index, group);
    double least = INFINITY;
    uint32_t least_a = 0;
    uint32_t least_b = 0;
    if (size < 2 || size * size > PAIRS_MAX) {
        return;
    }
    const uint32_t *members = index->members + index->member_starts[group];
    for (size_t i = 0; i < size; i++) {
        double sum = 0;
        double best = -INFINITY;
        uint32_t nearest = 0;
        for (size_t j = 0; j < size && !isnan(sum); j++) {
            double weight = i == j ? 0 : weigh(s, members[i], members[j]);
            sum += weight;
            if (i != j && weight > best) {
                best = weight;
                nearest = members[j];
            }
        }
        double mean = sum / (double)(size - 1);
        if (!isnan(mean) && mean < least) {
            least = mean;
            least_a = members[i];
            least_b = nearest;
        }
    }
    if (least < INFINITY) {
        add_doubt(s, least_a, least_b, false, least, size - 1);
    }
}

typedef struct group_pair {
    uint32_t x; /* x <= y; alike for a pair within one person */
    uint32_t y;
} group_pair;

static int compare_group_pairs(const void *p, const void *q) {
    const group_pair *a = p;
    const group_pair *b = q;
    if (a->x != b->x) {
        return a->x < b->x ? -1 : 1;
    }
    return (a->y > b->y) - (a->y < b->y);
}

static shire_status find_doubts(search *s, const shire_link_doubts *doubts, shire_error *error) {
    const uint32_t *groups = s->index->groups;
    group_pair *pairs = shire_memory_resize(NULL, (doubts->edge_count + 1) * sizeof *pairs);
    if (pairs == NULL || doubts->failed) {
        shire_memory_free(pairs);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for doubtful pairs");
    }
    for (size_t i = 0; i < doubts->edge_count; i++) {
        uint32_t x = groups[doubts->edges[i].a];
        uint32_t y = groups[doubts->edges[i].b];
        pairs[i] = (group_pair){x < y ? x : y, x < y ? y : x};
    }
    if (doubts->edge_count > 1) {
        qsort(pairs, doubts->edge_count, sizeof *pairs, compare_group_pairs);
    }
    for (size_t i = 0; i < doubts->edge_count; i++) {
        if (i > 0 && compare_group_pairs(&pairs[i - 1], &pairs[i]) == 0) {
            continue;
        }
        if (pairs[i].x == pairs[i].y) {
            doubt_part(s, pairs[i].x);
        } else {
            doubt_join(s, pairs[i].x, pairs[i].y);
        }
    }
    shire_memory_free(pairs);
    return s->list.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for doubtful pairs")
                          : SHIRE_OK;
}

static int compare_doubts(const void *x, const void *y) {
    const doubt *a = x;
    const doubt *b = y;
    if (a->value != b->value) {
        return a->value > b->value ? -1 : 1;
    }
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    return (a->b > b->b) - (a->b < b->b);
}

/* ---- the table ---- */

/* "given equal, dob one edit, postcode different": how the two agree, not what they say. */
static void describe(const shire_link_judge *judge, const doubt *shown, shire_builder *text) {
    const shire_link_dataset *dataset = judge->dataset;
    shire_builder_clear(text);
    shire_builder_append_text(text, "");
    for (size_t field = 0; field < dataset->field_count; field++) {
        int level = shire_link_compare_field(dataset, field, shown->a, shown->b, judge->cache);
        if (level != 0) {
            shire_builder_append_format(text, "%s%s %s", text->length > 0 ? ", " : "",
                                        dataset->fields[field].name,
                                        shire_link_level_name(dataset->fields[field].kind, level));
        }
    }
}

static void write_name(shire_link_sheet *sheet, const shire_link_index *index, uint32_t record,
                       shire_arena *arena) {
    shire_link_name name = shire_link_names_get(index->names, record);
    const char *text = shire_link_name_format(&name, arena);
    shire_link_sheet_text(sheet, shire_span_of(text == NULL ? "" : text));
    sheet->failed |= text == NULL;
}

static void write_person(shire_link_sheet *sheet, const shire_link_index *index, uint32_t record) {
    char id[SHIRE_LINK_ID_BYTES];
    shire_link_id_format(index->ids[index->groups[record]], id);
    shire_link_sheet_text(sheet, shire_span_of(id));
}

static shire_status write_doubts(const search *s, shire_table *warehouse, shire_arena *arena,
                                 shire_error *error) {
    shire_link_sheet sheet = shire_link_sheet_new("ittttiitdddt");
    shire_builder text = {0};
    for (size_t i = 0; i < s->list.count && i < SHIRE_LINK_DOUBTS_MAX; i++) {
        const doubt *shown = &s->list.doubts[i];
        shire_link_sheet_int64(&sheet, (int64_t)i + 1);
        write_name(&sheet, s->index, shown->a, arena);
        write_name(&sheet, s->index, shown->b, arena);
        write_person(&sheet, s->index, shown->a);
        write_person(&sheet, s->index, shown->b);
        shire_link_sheet_int64(&sheet, shown->a);
        shire_link_sheet_int64(&sheet, shown->b);
        shire_link_sheet_text(&sheet, shire_span_of(shown->is_join ? "join" : "part"));
        shire_link_sheet_number(&sheet, round(shown->weight * 1000) / 1000);
        shire_link_sheet_number(&sheet, round(1e6 / (1 + exp2(-shown->weight))) / 1e6);
        shire_link_sheet_number(&sheet, round(shown->value * 1000) / 1000);
        describe(s->judge, shown, &text);
        shire_link_sheet_text(&sheet, (shire_span){text.bytes, text.length});
    }
    sheet.failed |= text.failed;
    shire_status status = shire_table_execute(
        warehouse,
        "CREATE OR REPLACE TABLE link_review (review_no BIGINT, a VARCHAR, b VARCHAR, person_a "
        "VARCHAR, person_b VARCHAR, record_a_no BIGINT, record_b_no BIGINT, kind VARCHAR, weight "
        "DOUBLE, probability DOUBLE, value DOUBLE, evidence VARCHAR)",
        error);
    if (status == SHIRE_OK) {
        status = shire_link_sheet_append(&sheet, warehouse, "link_review", error);
    }
    shire_link_sheet_done(&sheet);
    shire_builder_free(&text);
    return status;
}

shire_status shire_link_doubts_write(shire_link_doubts *doubts, const shire_link_index *index,
                                     shire_link_judge *judge, shire_table *warehouse,
                                     shire_arena *arena, shire_error *error) {
    search s = {.index = index, .judge = judge};
    shire_status status = gather_decided(&s, arena)
                              ? find_doubts(&s, doubts, error)
                              : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for decisions");
    if (status == SHIRE_OK && s.list.count > 1) {
        qsort(s.list.doubts, s.list.count, sizeof *s.list.doubts, compare_doubts);
    }
    if (status == SHIRE_OK) {
        status = write_doubts(&s, warehouse, arena, error);
    }
    shire_memory_free(s.list.doubts);
    return status;
}
