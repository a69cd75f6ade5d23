/*
 * Inside matching: the records in few bytes each, the index from parts of values to records, a
 * query made comparable, and one thread's scratch memory. A server keeps all of it for good, so
 * that what can be told again in a moment is not stored.
 */
#ifndef SHIRE_LINK_LINK_MATCH_INTERNAL_H
#define SHIRE_LINK_LINK_MATCH_INTERNAL_H

#include "link/link_feature.h"
#include "link/link_match.h"

#define SHIRE_LINK_MATCH_WORDS_MAX 64

/* Records looked at for one query, of all lists together. */
#define SHIRE_LINK_MATCH_WALK_MAX 10000

#define SHIRE_LINK_MATCH_VALUE_BYTES 8 /* that 30 bits may reach into, and some */

/* The rows of a dataset, each value id in as many bits as its field needs. */
typedef struct shire_link_match_rows {
    uint8_t *bytes;
    size_t row_bytes;
    uint32_t firsts[SHIRE_LINK_FIELDS_MAX]; /* by field: its first bit in a row */
    uint32_t masks[SHIRE_LINK_FIELDS_MAX];  /* as many ones as the field has bits, at most 30 */
    uint8_t *has_words; /* by id of the names: 1 where the name is several words */
} shire_link_match_rows;

/* The caller zeroes rows_out before and calls done after. False when out of memory. */
bool shire_link_match_rows_build(const shire_link_dataset *dataset,
                                 shire_link_match_rows *rows_out) SHIRE_MUST_CHECK;
void shire_link_match_rows_done(shire_link_match_rows *rows);

static inline uint32_t shire_link_match_value(const shire_link_match_rows *rows, size_t record,
                                              size_t field) {
    const uint8_t *at = rows->bytes + record * rows->row_bytes + rows->firsts[field] / 8;
    uint64_t bits = 0;
    for (int i = 0; i < SHIRE_LINK_MATCH_VALUE_BYTES; i++) {
        bits |= (uint64_t)at[i] << 8 * i;
    }
    return (uint32_t)(bits >> rows->firsts[field] % 8) & rows->masks[field];
}

/* Whether the name `id` is a word of one of the record's names. */
bool shire_link_match_record_has_word(const shire_link_dataset *dataset,
                                      const shire_link_match_rows *rows, size_t record,
                                      uint32_t id);

/* Values whose parts have one hash, for one feature: ascending by hash, then value. Their hashes
 * are not kept, since a value tells its own; `places` says where the hashes with the same topmost
 * bits begin. Whole values have no list: the dictionary finds them. */
typedef struct shire_link_match_feature {
    shire_link_feature rule;
    uint32_t *values;
    size_t count;
    uint32_t *places; /* by the hash >> place_shift, and one more */
    int place_shift;
} shire_link_match_feature;

typedef struct shire_link_match_index {
    shire_link_match_rows rows;
    /* by field: the records of value v are bytes [starts[v], starts[v + 1]) of lists, each record
     * as the difference from the one before, ascending; of a value that more records have than a
     * query may look at, the first of them. A difference is in seven bits a byte, the lowest
     * first; the highest bit says that more follow. */
    uint32_t *starts[SHIRE_LINK_FIELDS_MAX];
    uint8_t *lists[SHIRE_LINK_FIELDS_MAX];
    shire_link_match_feature features[SHIRE_LINK_FEATURES_MAX];
    size_t feature_count;
} shire_link_match_index;

/* The caller zeroes index_out before and calls done after, also on failure. */
shire_status shire_link_match_index_build(const shire_link_dataset *dataset, int thread_count,
                                          shire_link_match_index *index_out,
                                          shire_error *error) SHIRE_MUST_CHECK;
void shire_link_match_index_done(shire_link_match_index *index);

/* values[first_out .. return value) of the feature have the hash. */
size_t shire_link_match_index_find(const shire_link_dataset *dataset,
                                   const shire_link_match_feature *feature, uint32_t hash,
                                   size_t *first_out);

/* The next difference of a list; moves `at` behind it. */
static inline uint32_t shire_link_match_next(const uint8_t **at) {
    uint32_t number = **at & 127U;
    for (int shift = 7; *(*at)++ & 128U; shift += 7) {
        number |= (uint32_t)(**at & 127U) << shift;
    }
    return number;
}

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

#define SHIRE_LINK_MATCH_SLOTS 32768 /* a power of two, well above the records looked at */

/* One thread's memory; left as it was found after each use. Zeroed memory is a new one. */
typedef struct shire_link_match_scratch {
    struct shire_link_match_scratch *next; /* in the matcher's list of free ones */
    struct {                               /* open addressing by record */
        uint32_t record;                   /* plus 1; 0: a free slot */
        uint32_t votes; /* what speaks for comparing it, and from bit 16 up the last field that
                           did, from 1 */
    } slots[SHIRE_LINK_MATCH_SLOTS];
    uint32_t touched[SHIRE_LINK_MATCH_WALK_MAX]; /* slots that are not free */
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
size_t shire_link_match_candidates(const shire_link_dataset *dataset,
                                   const shire_link_match_index *index,
                                   const shire_link_match_values *values,
                                   shire_link_match_scratch *scratch, size_t candidate_max,
                                   uint32_t *candidates_out);

/* The level of one field of the query and a record. */
int shire_link_match_compare(const shire_link_dataset *dataset, const shire_link_match_rows *rows,
                             const shire_link_match_values *values, size_t field, size_t record,
                             shire_link_match_scratch *scratch);

#endif
