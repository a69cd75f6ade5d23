/*
 * Partners of each record as one array with offsets: counted, placed, sorted, repeats dropped.
 */
#include "link/link_constraint.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

static int compare_numbers(const void *x, const void *y) {
    uint32_t a = *(const uint32_t *)x;
    uint32_t b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

/* Sort each record's partners and drop repeats. */
static void tidy(shire_link_partners *list, size_t record_count) {
    uint32_t kept = 0;
    uint32_t first = 0;
    for (size_t record = 0; record < record_count; record++) {
        uint32_t last = list->offsets[record + 1];
        if (last - first > 1) {
            qsort(list->partners + first, last - first, sizeof(uint32_t), compare_numbers);
        }
        list->offsets[record] = kept;
        for (uint32_t i = first; i < last; i++) {
            if (kept == list->offsets[record] || list->partners[kept - 1] != list->partners[i]) {
                list->partners[kept++] = list->partners[i];
            }
        }
        first = last;
    }
    list->offsets[record_count] = kept;
}

static shire_status build(const shire_link_pair *pairs, size_t pair_count, size_t record_count,
                          shire_link_partners *list, shire_error *error) {
    if (pair_count == 0) {
        return SHIRE_OK;
    }
    if (pair_count > UINT32_MAX / 2) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW, "more than %u pairs are decided", UINT32_MAX / 2);
    }
    list->offsets = shire_memory_resize(NULL, (record_count + 2) * sizeof(uint32_t));
    list->partners = shire_memory_resize(NULL, 2 * pair_count * sizeof(uint32_t));
    if (list->offsets == NULL || list->partners == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the decided pairs");
    }
    /* offsets[r + 1] is where record r's next partner goes, and its end when all are placed. */
    memset(list->offsets, 0, (record_count + 2) * sizeof(uint32_t));
    for (size_t i = 0; i < pair_count; i++) {
        bool is_pair = pairs[i].a != pairs[i].b;
        list->offsets[pairs[i].a + 2] += is_pair;
        list->offsets[pairs[i].b + 2] += is_pair;
    }
    for (size_t record = 2; record < record_count + 2; record++) {
        list->offsets[record] += list->offsets[record - 1];
    }
    for (size_t i = 0; i < pair_count; i++) {
        if (pairs[i].a != pairs[i].b) {
            list->partners[list->offsets[pairs[i].a + 1]++] = pairs[i].b;
            list->partners[list->offsets[pairs[i].b + 1]++] = pairs[i].a;
        }
    }
    tidy(list, record_count);
    return SHIRE_OK;
}

shire_status shire_link_constraints_build(const shire_link_pair *same, size_t same_count,
                                          const shire_link_pair *different, size_t different_count,
                                          size_t record_count,
                                          shire_link_constraints *constraints_out,
                                          shire_error *error) {
    shire_status status = build(same, same_count, record_count, &constraints_out->same, error);
    return status == SHIRE_OK
               ? build(different, different_count, record_count, &constraints_out->different, error)
               : status;
}

void shire_link_constraints_done(shire_link_constraints *constraints) {
    shire_memory_free(constraints->same.offsets);
    shire_memory_free(constraints->same.partners);
    shire_memory_free(constraints->different.offsets);
    shire_memory_free(constraints->different.partners);
    *constraints = (shire_link_constraints){0};
}

bool shire_link_partners_find(const shire_link_partners *list, size_t a, size_t b) {
    uint32_t low = list->offsets[a];
    uint32_t high = list->offsets[a + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list->partners[middle] < b) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < list->offsets[a + 1] && list->partners[low] == b;
}
