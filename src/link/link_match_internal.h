/*
 * Inside matching: the index from parts of values to records, a query made comparable, and one
 * thread's scratch memory.
 */
#ifndef SHIRE_LINK_LINK_MATCH_INTERNAL_H
#define SHIRE_LINK_LINK_MATCH_INTERNAL_H

#include "link/link_feature.h"
#include "link/link_match.h"

#define SHIRE_LINK_MATCH_WORDS_MAX 64

/* Values whose parts have one hash, for one feature: entries ascending by hash, then value. Whole
 * values have none: the dictionary finds them. */
typedef struct shire_link_match_feature {
    shire_link_feature rule;
    uint64_t *entries; /* hash << 32 | value id */
    size_t count;
} shire_link_match_feature;

typedef struct shire_link_match_index {
    /* by field: the records of value v are records[starts[v] .. starts[v + 1]), ascending */
    uint32_t *starts[SHIRE_LINK_FIELDS_MAX];
    uint32_t *records[SHIRE_LINK_FIELDS_MAX];
    shire_link_match_feature features[SHIRE_LINK_FEATURES_MAX];
    size_t feature_count;
} shire_link_match_index;

/* The caller zeroes index_out before and calls done after, also on failure. */
shire_status shire_link_match_index_build(const shire_link_dataset *dataset, int thread_count,
                                          shire_link_match_index *index_out,
                                          shire_error *error) SHIRE_MUST_CHECK;
void shire_link_match_index_done(shire_link_match_index *index);

/* entries[first_out .. return value) have the hash. */
size_t shire_link_match_index_find(const shire_link_match_feature *feature, uint32_t hash,
                                   size_t *first_out);

/* A query as linkage sees a record. */
typedef struct shire_link_match_values {
    char texts[SHIRE_LINK_FIELDS_MAX][128];     /* normalised */
    shire_span values[SHIRE_LINK_FIELDS_MAX];   /* into texts; empty: not known */
    uint32_t ids[SHIRE_LINK_FIELDS_MAX];        /* of an equal value in the dataset, or 0 */
    uint32_t words[SHIRE_LINK_MATCH_WORDS_MAX]; /* ids of the words of its whole name */
    size_t word_count;
    int nickname_group; /* of the given name, or -1 */
    size_t known_count;
    bool has_bad_number; /* an NHS number was given whose check digit is wrong */
} shire_link_match_values;

shire_status shire_link_match_read(const shire_link_basis *basis, const shire_link_query *query,
                                   shire_link_match_values *values_out,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* One thread's memory; left as it was found after each use. */
typedef struct shire_link_match_scratch {
    struct shire_link_match_scratch *next; /* in the matcher's list of free ones */
    uint32_t *votes;   /* by record: what speaks for comparing it, and from bit 16 up the last field
                          that did, from 1; all 0 */
    uint32_t *touched; /* records whose votes are not 0 */
    size_t touched_count;
    struct { /* levels of values already compared with the query's, this query's only */
        uint64_t key;
        uint64_t level;
    } levels[4096];
    uint64_t query_no;
} shire_link_match_scratch;

/*
 * The records that share most with the query, told by how rare are the parts that they share.
 * candidates_out has room for candidate_max; gives their number, ascending record_no is not kept.
 */
size_t shire_link_match_candidates(const shire_link_basis *basis,
                                   const shire_link_match_index *index,
                                   const shire_link_match_values *values,
                                   shire_link_match_scratch *scratch, size_t candidate_max,
                                   uint32_t *candidates_out);

/* The level of one field of the query and a record. */
int shire_link_match_compare(const shire_link_basis *basis, const shire_link_match_values *values,
                             size_t field, size_t record, shire_link_match_scratch *scratch);

#endif
