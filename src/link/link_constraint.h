/*
 * What is known of pairs of records whatever their values say: decisions of people, and facts. The
 * engine keeps two records that are `same` together and two that are `different` apart, also by way
 * of others; where both are said of one pair, or of one group, apart wins.
 *
 * Built once, then read-only: safe from any thread.
 */
#ifndef SHIRE_LINK_LINK_CONSTRAINT_H
#define SHIRE_LINK_LINK_CONSTRAINT_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The weight of a pair that is `same`: above all evidence, and above any mean of it. */
#define SHIRE_LINK_WEIGHT_SAME 1e9F

typedef struct shire_link_pair {
    uint32_t a;
    uint32_t b;
} shire_link_pair;

/* Record r's partners: partners[offsets[r] .. offsets[r + 1]), ascending; each pair stands at both
 * its records. Zeroed memory is a list without pairs. */
typedef struct shire_link_partners {
    uint32_t *offsets;
    uint32_t *partners;
} shire_link_partners;

typedef struct shire_link_constraints {
    shire_link_partners same;
    shire_link_partners different;
    /* By record, or both NULL: days since 1970-01-01. No record may be with another that was seen
     * after it ended: INT32_MAX and INT32_MIN where nothing is known. Not owned. */
    const int32_t *ends;
    const int32_t *seen;
} shire_link_constraints;

/*
 * Pairs in any order and either way round, repeats allowed; a pair of a record with itself is
 * dropped. The caller zeroes constraints_out before and calls done after, also on failure.
 */
shire_status shire_link_constraints_build(const shire_link_pair *same, size_t same_count,
                                          const shire_link_pair *different, size_t different_count,
                                          size_t record_count,
                                          shire_link_constraints *constraints_out,
                                          shire_error *error) SHIRE_MUST_CHECK;
void shire_link_constraints_done(shire_link_constraints *constraints);

bool shire_link_partners_find(const shire_link_partners *list, size_t a, size_t b);

static inline bool shire_link_partners_have(const shire_link_partners *list, size_t a, size_t b) {
    return list->offsets != NULL && list->offsets[a] != list->offsets[a + 1] &&
           shire_link_partners_find(list, a, b);
}

/* `constraints` may be NULL. */
static inline bool shire_link_is_same(const shire_link_constraints *constraints, size_t a,
                                      size_t b) {
    return constraints != NULL && shire_link_partners_have(&constraints->same, a, b);
}

static inline bool shire_link_is_different(const shire_link_constraints *constraints, size_t a,
                                           size_t b) {
    if (constraints == NULL) {
        return false;
    }
    if (constraints->ends != NULL && (constraints->seen[a] > constraints->ends[b] ||
                                      constraints->seen[b] > constraints->ends[a])) {
        return true;
    }
    return shire_link_partners_have(&constraints->different, a, b);
}

#endif
