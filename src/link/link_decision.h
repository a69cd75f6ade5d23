/*
 * What people decided, as the store keeps it: of two records that they are the same person or
 * different ones, or that nobody can tell; of a change of the index that it is undone. Rows are
 * only ever added: the latest about a pair, or about a change, holds.
 */
#ifndef SHIRE_LINK_LINK_DECISION_H
#define SHIRE_LINK_LINK_DECISION_H

#include "core/arena.h"
#include "io/store.h"

/* A person record's name: ORGANISATION/SOURCE/local_id. */
typedef struct shire_link_name {
    shire_span organisation;
    shire_span source;
    shire_span local_id;
} shire_link_name;

/* Bytewise, part by part. */
int shire_link_name_compare(const shire_link_name *a, const shire_link_name *b);
uint64_t shire_link_name_hash(const shire_link_name *name);
/* Takes ORGANISATION/SOURCE/local_id apart (the local_id may hold slashes); the parts point into
 * `text`. False when it is not of that form. */
bool shire_link_name_parse(shire_span text, shire_link_name *name_out);
/* The parts joined by slashes, in `arena`; NULL when out of memory. */
char *shire_link_name_format(const shire_link_name *name, shire_arena *arena);

typedef enum shire_link_verdict {
    SHIRE_LINK_VERDICT_SAME,
    SHIRE_LINK_VERDICT_DIFFERENT,
    SHIRE_LINK_VERDICT_UNSURE,
    SHIRE_LINK_VERDICT_UNDO,   /* a change of the index is undone */
    SHIRE_LINK_VERDICT_UNDONE, /* what was decided of the pair or change holds no longer */
    SHIRE_LINK_VERDICT_COUNT
} shire_link_verdict;

extern const char *const shire_link_verdict_names[SHIRE_LINK_VERDICT_COUNT];

typedef struct shire_link_decision {
    int64_t decision_no; /* from 1, in the order in which they were made */
    shire_link_verdict verdict;
    int64_t change_no; /* of UNDO, and of UNDONE that takes such a one back; else 0 */
    shire_link_name a; /* a before b; both empty where change_no is not 0 */
    shire_link_name b;
    const char *made; /* 2024-04-01T09:30:00Z */
    const char *who;
    const char *why;
    bool holds; /* none later is about the same pair or change */
} shire_link_decision;

typedef struct shire_link_decisions {
    shire_link_decision *items; /* by decision_no */
    size_t count;
} shire_link_decisions;

/* All of them, in `arena`. */
shire_status shire_link_decisions_read(shire_store *store, shire_arena *arena,
                                       shire_link_decisions *decisions_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

/* The records of a change: those that moved, those that stayed with the person they left, those
 * that they came to. In `arena`. */
typedef enum shire_link_side {
    SHIRE_LINK_SIDE_MOVED,
    SHIRE_LINK_SIDE_FROM,
    SHIRE_LINK_SIDE_TO,
    SHIRE_LINK_SIDE_COUNT
} shire_link_side;

extern const char *const shire_link_side_names[SHIRE_LINK_SIDE_COUNT];

typedef struct shire_link_change_records {
    shire_link_name *names[SHIRE_LINK_SIDE_COUNT];
    size_t counts[SHIRE_LINK_SIDE_COUNT];
} shire_link_change_records;

shire_status shire_link_change_records_read(shire_store *store, int64_t change_no,
                                            shire_arena *arena,
                                            shire_link_change_records *records_out,
                                            shire_error *error) SHIRE_MUST_CHECK;

/* A copy of the column's text in `arena`: NULL when out of memory. */
char *shire_link_store_text(const shire_store_statement *statement, int column, shire_arena *arena);
/* The name in columns `first` to `first` + 2. */
bool shire_link_store_name(const shire_store_statement *statement, int first, shire_arena *arena,
                           shire_link_name *name_out);
void shire_link_bind_name(shire_store_statement *statement, int first, const shire_link_name *name);

#endif
