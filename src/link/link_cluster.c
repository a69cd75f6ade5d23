/*
 * Agglomeration with a heap of group pairs. Every group keeps a list of links to its neighbour
 * groups, each with the sum of weights of all record pairs between the two. When groups A and B
 * join, the links of both are merged; where a neighbour of A was none of B, the missing pairs are
 * weighed now, so that a link always stands for all pairs. Each pair of records is weighed at most
 * once.
 */
#include "link/link_cluster.h"

#include "core/arena.h"
#include "link/link_constraint.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

typedef struct link {
    uint32_t other; /* group */
    float unused;
    double sum;
} link;

typedef struct group {
    link *links; /* ascending by `other` */
    uint32_t link_count;
    uint32_t version; /* grows with every change; older heap entries are stale */
    uint32_t first;   /* lowest record: chain through next_record */
    uint32_t last;
    uint32_t size;
    bool is_live;
} group;

typedef struct candidate {
    double linkage;
    uint32_t a; /* a < b */
    uint32_t b;
    uint32_t a_version;
    uint32_t b_version;
} candidate;

typedef struct agglomeration {
    const shire_link_cluster_options *options;
    shire_link_weigher weigh;
    void *context;
    group *groups;
    uint32_t *next_record;
    candidate *heap;
    size_t heap_count;
    size_t heap_capacity;
} agglomeration;

static bool is_before(const candidate *x, const candidate *y) {
    if (x->linkage != y->linkage) {
        return x->linkage > y->linkage;
    }
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

static bool push(agglomeration *work, candidate added) {
    if (work->heap_count == work->heap_capacity) {
        size_t capacity = work->heap_capacity * 2 + 64;
        candidate *bigger = shire_memory_resize(work->heap, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return false;
        }
        work->heap = bigger;
        work->heap_capacity = capacity;
    }
    size_t at = work->heap_count++;
    while (at > 0 && is_before(&added, &work->heap[(at - 1) / 2])) {
        work->heap[at] = work->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    work->heap[at] = added;
    return true;
}

static candidate pop(agglomeration *work) {
    candidate top = work->heap[0];
    candidate moved = work->heap[--work->heap_count];
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= work->heap_count) {
            break;
        }
        if (child + 1 < work->heap_count && is_before(&work->heap[child + 1], &work->heap[child])) {
            child++;
        }
        if (!is_before(&work->heap[child], &moved)) {
            break;
        }
        work->heap[at] = work->heap[child];
        at = child;
    }
    work->heap[at] = moved;
    return top;
}

static double cut_weight(const agglomeration *work, double weight) {
    return weight == -INFINITY || weight >= SHIRE_LINK_WEIGHT_SAME
               ? weight
               : fmin(fmax(weight, work->options->weight_low), work->options->weight_high);
}

static double weigh_all(agglomeration *work, const group *a, const group *b) {
    double sum = 0;
    for (uint32_t i = a->first; i != NONE; i = work->next_record[i]) {
        for (uint32_t j = b->first; j != NONE; j = work->next_record[j]) {
            sum += cut_weight(work, work->weigh(i, j, work->context));
        }
    }
    return sum;
}

static bool offer(agglomeration *work, uint32_t x, uint32_t y, double sum) {
    uint32_t a = x < y ? x : y;
    uint32_t b = x < y ? y : x;
    group *groups = work->groups;
    double linkage = sum / ((double)groups[a].size * groups[b].size);
    if (!(linkage > work->options->join_min) ||
        groups[a].size + groups[b].size > work->options->people_max) {
        return true;
    }
    return push(work, (candidate){linkage, a, b, groups[a].version, groups[b].version});
}

static link *find_link(group *of, uint32_t other) {
    size_t low = 0;
    size_t high = of->link_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (of->links[middle].other < other) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < of->link_count && of->links[low].other == other ? &of->links[low] : NULL;
}

static void drop_link(group *of, uint32_t other) {
    link *found = find_link(of, other);
    if (found != NULL) {
        size_t at = (size_t)(found - of->links);
        memmove(found, found + 1, (of->link_count - at - 1) * sizeof *found);
        of->link_count--;
    }
}

/* Join b into a (a < b). */
static bool join(agglomeration *work, uint32_t a, uint32_t b) {
    group *into = &work->groups[a];
    group *from = &work->groups[b];
    drop_link(into, b);
    drop_link(from, a);
    size_t capacity = (size_t)into->link_count + from->link_count;
    link *merged = shire_memory_resize(NULL, (capacity + 1) * sizeof *merged);
    if (merged == NULL) {
        return false;
    }
    uint32_t count = 0;
    uint32_t i = 0;
    uint32_t j = 0;
    while (i < into->link_count || j < from->link_count) {
        bool has_into = i < into->link_count &&
                        (j == from->link_count || into->links[i].other <= from->links[j].other);
        bool has_from = j < from->link_count &&
                        (i == into->link_count || from->links[j].other <= into->links[i].other);
        uint32_t other = has_into ? into->links[i].other : from->links[j].other;
        double sum = has_into ? into->links[i].sum : weigh_all(work, into, &work->groups[other]);
        sum += has_from ? from->links[j].sum : weigh_all(work, from, &work->groups[other]);
        merged[count++] = (link){.other = other, .sum = sum};
        i += has_into;
        j += has_from;
    }
    shire_memory_free(into->links);
    shire_memory_free(from->links);
    from->links = NULL;
    from->is_live = false;
    into->links = merged;
    into->link_count = count;
    into->version++;
    into->size += from->size;
    work->next_record[into->last] = from->first;
    into->last = from->last;
    for (uint32_t at = 0; at < count; at++) {
        group *other = &work->groups[merged[at].other];
        link *back = find_link(other, b);
        if (back != NULL && find_link(other, a) != NULL) {
            drop_link(other, b);
        } else if (back != NULL) {
            /* Rename b to a, keeping the order. */
            drop_link(other, b);
            size_t place = other->link_count;
            while (place > 0 && other->links[place - 1].other > a) {
                other->links[place] = other->links[place - 1];
                place--;
            }
            other->links[place] = (link){.other = a};
            other->link_count++;
        }
        find_link(other, a)->sum = merged[at].sum;
        if (!offer(work, a, merged[at].other, merged[at].sum)) {
            return false;
        }
    }
    return true;
}

static bool start_groups(agglomeration *work, const shire_link_edge *edges, size_t edge_count,
                         size_t record_count) {
    uint32_t *degrees = shire_memory_resize(NULL, (record_count + 1) * sizeof *degrees);
    if (degrees == NULL) {
        return false;
    }
    memset(degrees, 0, (record_count + 1) * sizeof *degrees);
    for (size_t i = 0; i < edge_count; i++) {
        degrees[edges[i].a]++;
        degrees[edges[i].b]++;
    }
    bool is_done = true;
    for (size_t record = 0; record < record_count; record++) {
        work->next_record[record] = NONE;
        work->groups[record] = (group){
            .first = (uint32_t)record, .last = (uint32_t)record, .size = 1, .is_live = true};
        if (degrees[record] > 0) {
            work->groups[record].links = shire_memory_resize(NULL, degrees[record] * sizeof(link));
            is_done = is_done && work->groups[record].links != NULL;
        }
    }
    shire_memory_free(degrees);
    for (size_t i = 0; is_done && i < edge_count; i++) {
        double weight = cut_weight(work, edges[i].weight);
        group *a = &work->groups[edges[i].a];
        group *b = &work->groups[edges[i].b];
        a->links[a->link_count++] = (link){.other = edges[i].b, .sum = weight};
        b->links[b->link_count++] = (link){.other = edges[i].a, .sum = weight};
    }
    for (size_t i = 0; is_done && i < edge_count; i++) {
        is_done = offer(work, edges[i].a, edges[i].b, cut_weight(work, edges[i].weight));
    }
    return is_done;
}

static int compare_edges(const void *x, const void *y) {
    const shire_link_edge *a = x;
    const shire_link_edge *b = y;
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    return (a->b > b->b) - (a->b < b->b);
}

shire_status shire_link_cluster(shire_link_edge *edges, size_t edge_count, size_t record_count,
                                const shire_link_cluster_options *options, shire_link_weigher weigh,
                                void *context, uint32_t *people_out, shire_error *error) {
    agglomeration work = {.options = options, .weigh = weigh, .context = context};
    work.groups = shire_memory_resize(NULL, (record_count + 1) * sizeof *work.groups);
    work.next_record = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint32_t));
    bool is_done = work.groups != NULL && work.next_record != NULL;
    for (size_t i = 0; i < edge_count; i++) {
        if (edges[i].a > edges[i].b) {
            uint32_t a = edges[i].a;
            edges[i].a = edges[i].b;
            edges[i].b = a;
        }
    }
    if (edge_count > 1) {
        qsort(edges, edge_count, sizeof *edges, compare_edges);
    }
    is_done = is_done && start_groups(&work, edges, edge_count, record_count);
    while (is_done && work.heap_count > 0) {
        candidate best = pop(&work);
        group *a = &work.groups[best.a];
        group *b = &work.groups[best.b];
        if (a->is_live && b->is_live && a->version == best.a_version &&
            b->version == best.b_version) {
            b->version++;
            is_done = join(&work, best.a, best.b);
        }
    }
    for (size_t record = 0; is_done && record < record_count; record++) {
        if (work.groups[record].is_live) {
            for (uint32_t i = (uint32_t)record; i != NONE; i = work.next_record[i]) {
                people_out[i] = (uint32_t)record;
            }
        }
    }
    for (size_t record = 0; work.groups != NULL && record < record_count; record++) {
        shire_memory_free(work.groups[record].links);
    }
    shire_memory_free(work.groups);
    shire_memory_free(work.next_record);
    shire_memory_free(work.heap);
    return is_done ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for grouping the records");
}
