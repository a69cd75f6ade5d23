/*
 * What decisions and facts say of the records of this run: constraints for the engine, and for each
 * pair who says so.
 *
 * Facts that keep two records apart: they name different valid NHS numbers (the engine's own, after
 * superseded ones were followed); one event names both, in one source of one organisation; one died
 * over SHIRE_LINK_DEATH_DAYS before the other was seen. A death counts from the end of its day, one
 * on 1 January from the end of that year, for so dates are often filled in of which only the year
 * is known; the days after it leave room for what is entered of the dead (letters, reports, an
 * appointment missed). A death date that the record's own events contradict counts for nothing.
 */
#ifndef SHIRE_LINK_LINK_FACTS_H
#define SHIRE_LINK_LINK_FACTS_H

#include "link/link_constraint.h"
#include "link/link_dataset.h"
#include "link/link_decision.h"
#include "link/link_scorer.h"

#define SHIRE_LINK_DEATH_DAYS 30

/* Where each record of the run is, by its name. */
typedef struct shire_link_names {
    const shire_frame *records; /* link_records.h */
    uint32_t *slots;            /* record + 1; 0: free */
    size_t mask;
} shire_link_names;

/* In `arena`; false when out of memory. */
bool shire_link_names_init(const shire_frame *records, shire_arena *arena,
                           shire_link_names *names_out);
shire_link_name shire_link_names_get(const shire_link_names *names, size_t record);
/* The record of that name, or SHIRE_LINK_NO_RECORD. */
#define SHIRE_LINK_NO_RECORD UINT32_MAX
uint32_t shire_link_names_find(const shire_link_names *names, const shire_link_name *name);

typedef enum shire_link_cause {
    SHIRE_LINK_CAUSE_EVIDENCE,
    SHIRE_LINK_CAUSE_DECISION,
    SHIRE_LINK_CAUSE_NHS_NUMBER,
    SHIRE_LINK_CAUSE_EVENT,
    SHIRE_LINK_CAUSE_DEATH,
    SHIRE_LINK_CAUSE_SOURCE, /* two records of a source that holds each person once */
    SHIRE_LINK_CAUSE_COUNT
} shire_link_cause;

/* "nhs_number", ...; NULL of evidence and decisions, which are no facts. */
extern const char *const shire_link_fact_names[SHIRE_LINK_CAUSE_COUNT];

typedef struct shire_link_told {
    uint32_t a; /* a < b */
    uint32_t b;
    bool is_same;
    shire_link_cause cause;
    int64_t decision_no;
} shire_link_told;

typedef struct shire_link_facts {
    shire_link_constraints constraints;
    shire_link_told *told; /* by a, b, is_same, cause, decision_no */
    size_t told_count;
    size_t told_capacity;
} shire_link_facts;

/* `store` may be NULL: nothing is decided. Zero facts_out before, call done after, also on
 * failure. */
shire_status shire_link_facts_gather(shire_table *warehouse, shire_store *store,
                                     const shire_link_decisions *decisions,
                                     const shire_link_names *names, shire_arena *arena,
                                     shire_link_facts *facts_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
void shire_link_facts_done(shire_link_facts *facts);

/* All that weighs for or against a pair after the engine has run. */
typedef struct shire_link_judge {
    const shire_link_dataset *dataset;
    const shire_link_facts *facts;
    const uint8_t *is_clean; /* by source, or NULL */
    int number_field;        /* or -1 */
    shire_link_scorer scorer;
    shire_link_cache *cache;
    bool has_model;
} shire_link_judge;

shire_status shire_link_judge_init(const shire_link_dataset *dataset, const shire_link_facts *facts,
                                   const shire_link_model *model, const uint8_t *is_clean,
                                   shire_link_judge *judge_out,
                                   shire_error *error) SHIRE_MUST_CHECK;
void shire_link_judge_done(shire_link_judge *judge);

/* log2 odds of the evidence alone; 0 where nothing is compared. */
float shire_link_judge_weigh(shire_link_judge *judge, size_t a, size_t b);
/* What keeps the two apart whatever the evidence: EVIDENCE when nothing does. A fact comes before a
 * decision. */
shire_link_cause shire_link_judge_apart(const shire_link_judge *judge, size_t a, size_t b,
                                        int64_t *decision_no_out);
/* The decision that holds the two together, or 0. */
int64_t shire_link_judge_together(const shire_link_judge *judge, size_t a, size_t b);

#endif
