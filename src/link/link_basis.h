/*
 * A finished linkage run opened again from its warehouse: the records as linkage saw them, the
 * model that it learnt, the people that it made. Explaining a pair and matching one record stand on
 * this, so that both weigh as the run did.
 *
 * Read-only once open: safe from any thread. The warehouse is needed while opening only.
 */
#ifndef SHIRE_LINK_LINK_BASIS_H
#define SHIRE_LINK_LINK_BASIS_H

#include "link/link_records.h"
#include "link/link_scorer.h"

typedef struct shire_link_basis {
    shire_arena *arena; /* of what is below; holds personal data */
    shire_link_dataset dataset;
    bool has_model; /* false when there were too few records to learn from */
    shire_link_model model;
    shire_link_scorer scorer;
    shire_frame keys;       /* by record: organisation's code, source, local_id (link_file_basis.h:
                               source,       id) */
    const uint32_t *people; /* by record: person_no */
    size_t person_count;
    uint32_t *starts; /* person p: order[starts[p] .. starts[p + 1]), ascending record_no */
    uint32_t *order;
    shire_frame person_ids; /* by person: person_id */
    bool *is_clean;         /* by source of the dataset */
    int64_t single_max;     /* records of the largest block taken, by one feature */
    int64_t pair_max;       /* the same by two */
    int number_field;       /* the NHS number's, or -1 */
    shire_frame facts;      /* link_fact: record_no, other_record_no (the higher), is_same, cause,
                               decision_no */
    shire_frame superseded; /* NHS numbers that others took the place of: superseded (ascending),
                               current */
} shire_link_basis;

/* SHIRE_NOT_FOUND when the warehouse holds no linkage of this version. The caller zeroes basis_out
 * before and calls done after, also on failure. */
shire_status shire_link_basis_open(shire_table *warehouse, int thread_count,
                                   shire_link_basis *basis_out,
                                   shire_error *error) SHIRE_MUST_CHECK;
void shire_link_basis_done(shire_link_basis *basis);

/* The record of that name, ORGANISATION/SOURCE/local_id; SHIRE_NOT_FOUND. */
shire_status shire_link_basis_find_record(const shire_link_basis *basis, const char *name,
                                          size_t *record_out, shire_error *error) SHIRE_MUST_CHECK;
/* The person of that id, or of the record of that name; SHIRE_NOT_FOUND. */
shire_status shire_link_basis_find_person(const shire_link_basis *basis, const char *id,
                                          size_t *person_out, shire_error *error) SHIRE_MUST_CHECK;

/* The number that took the place of `number` (ten digits), or `number` itself. */
shire_span shire_link_basis_follow_number(const shire_link_basis *basis, shire_span number);

/* "ORGANISATION/SOURCE/local_id", the keys with slashes between, in `arena`; NULL when out of
 * memory. */
char *shire_link_basis_record_name(const shire_link_basis *basis, size_t record,
                                   shire_arena *arena);
/* The id of a person, a span into the basis. */
shire_span shire_link_basis_person_id(const shire_link_basis *basis, size_t person);

#endif
