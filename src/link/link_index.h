/*
 * The person index that lasts: which id each person of a run has, and how the index changed.
 *
 * Every record has a person that it was last with, kept in the store, also while it is absent from
 * the extracts. A group of records keeps the id of the person that most of its records were last
 * with; of equals the older person, then the lower id; of two groups with equally many records of
 * one person the one with the smaller hash of its smallest key. A person whose records all went to
 * others is retired, and its absent records follow where most of them went. Who has no id of old
 * gets "P" and 16 hex digits, from the smallest key (organisation's code, source, local_id) of its
 * records, hashed once more for as long as that id was ever used: no id comes back for somebody
 * else. A change that was undone gives its records back the person that they came from.
 *
 * What a run changes goes into the warehouse (tables index_*, ARCHITECTURE.md), and from there into
 * the store only when the warehouse has taken its place. Each state of the index is named by a hash
 * of all that led to it, and the warehouse knows the state before and after: a kill between the two
 * steps is seen by the next run, which does the second step first.
 *
 * Same ids for the same records, people and store, on any number of threads.
 */
#ifndef SHIRE_LINK_LINK_INDEX_H
#define SHIRE_LINK_LINK_INDEX_H

#include "audit/audit_service.h"
#include "link/link_facts.h"
#include "link/link_index_kernel.h"
#include "org/partnership.h"

#define SHIRE_LINK_ID_BYTES 18 /* "P", 16 hex digits, zero */

typedef struct shire_link_index_person {
    uint64_t id;
    int64_t made_run;
    bool is_retired;
    uint64_t into_id; /* of a retired one */
} shire_link_index_person;

/* A change that somebody undid: these records go back to where they came from. */
typedef struct shire_link_index_undone {
    uint32_t record;
    uint32_t from_person;
    uint32_t to_person;
} shire_link_index_undone;

typedef struct shire_link_index {
    const shire_link_names *names;
    size_t record_count;
    shire_store *store; /* NULL where there is none yet */
    shire_link_decisions decisions;
    char state[17];                   /* 16 hex digits; empty for an empty index */
    int64_t run_no;                   /* of the last run that changed the index */
    int64_t change_no;                /* the last one's */
    shire_link_index_person *persons; /* by made_run, then id */
    size_t person_count;
    uint32_t *person_slots; /* by hash of the id: place + 1 */
    size_t person_mask;
    uint32_t *last;                   /* by record: its last person, or SHIRE_LINK_NOBODY */
    shire_link_index_undone *undones; /* by record */
    size_t undone_count;
    /* After shire_link_index_assign. */
    const uint32_t *groups; /* by record */
    size_t group_count;
    uint64_t *ids;           /* by group */
    uint32_t *group_persons; /* by group: the person of old, or SHIRE_LINK_NOBODY */
    uint32_t *person_groups; /* by person of old: the group, or SHIRE_LINK_NOBODY */
    uint32_t *member_starts; /* group g: members[member_starts[g] .. member_starts[g + 1]) */
    uint32_t *members;       /* ascending in a group */
} shire_link_index;

void shire_link_id_format(uint64_t id, char text_out[SHIRE_LINK_ID_BYTES]);
/* False when it is no id. */
bool shire_link_id_parse(shire_span text, uint64_t *id_out);

/* Read the partnership's store, where there is one, for the records of this run. All but the store
 * lives in `arena`. Zero index_out before, call done after, also on failure. */
shire_status shire_link_index_read(const shire_partnership *partnership,
                                   const shire_link_names *names, shire_arena *arena,
                                   shire_link_index *index_out,
                                   shire_error *error) SHIRE_MUST_CHECK;
void shire_link_index_done(shire_link_index *index);

/* Give each group its id. `groups` is by record, dense, and must outlive the index. */
shire_status shire_link_index_assign(shire_link_index *index, const uint32_t *groups,
                                     size_t group_count, shire_arena *arena,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* Replace the tables index_* of the warehouse, with what changed and why; decisions that could not
 * be kept become findings. */
shire_status shire_link_index_write(const shire_link_index *index, shire_link_judge *judge,
                                    shire_table *warehouse, shire_arena *arena,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* The resolved person: of a retired one where its records went, or SHIRE_LINK_NOBODY. */
uint32_t shire_link_index_follow(const shire_link_index *index, uint32_t person);

/*
 * Bring the partnership's store to where its warehouse is. `prepare` makes the store where there is
 * none, before the new warehouse takes its place; `commit` follows after that, in one transaction
 * with the run's entry in the audit log;
 * `mend` is for the begin of a run: it does what a killed run left undone, and nothing where store
 * and warehouse agree, where they are of different origin, or where there is no store.
 */
shire_status shire_link_index_prepare(const shire_partnership *partnership, shire_arena *arena,
                                      shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_link_index_commit(const shire_partnership *partnership,
                                     const shire_audit_entry *entry, shire_arena *arena,
                                     shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_link_index_mend(const shire_partnership *partnership, shire_arena *arena,
                                   shire_error *error) SHIRE_MUST_CHECK;

#endif
