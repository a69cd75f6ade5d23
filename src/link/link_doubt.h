/*
 * The doubts of a run: where the evidence for or against one person is near the line, for people to
 * decide. Two persons whose mean weight over all pairs of their records is near 0 may be one; a
 * record whose mean weight to the rest of its person is near 0 may be another's. Each is shown by
 * its strongest pair of records.
 *
 * What a decision is worth: the doubt, 4 p (1 - p) with p the probability by the mean weight, times
 * the pairs of records that it puts right.
 *
 * Same doubts on any number of threads.
 */
#ifndef SHIRE_LINK_LINK_DOUBT_H
#define SHIRE_LINK_LINK_DOUBT_H

#include "link/link_engine.h"
#include "link/link_index.h"

#define SHIRE_LINK_DOUBT_WEIGHT 6   /* bits from the line, at most */
#define SHIRE_LINK_DOUBTS_MAX 10000 /* rows of link_review, at most */

typedef struct shire_link_doubts {
    shire_link_observer observer;        /* for the engine's options; points back here */
    const shire_link_observer *observed; /* looks on as well; NULL: nobody */
    shire_link_edge *edges;
    size_t edge_count;
    size_t edge_capacity;
    float window; /* weights from -window to window are kept: narrower where there are too many */
    bool failed;
} shire_link_doubts;

/* `observed` gets all that doubts_out->observer gets. */
void shire_link_doubts_init(const shire_link_observer *observed, shire_link_doubts *doubts_out);
void shire_link_doubts_done(shire_link_doubts *doubts);

/* Replace the table link_review, the most valuable first; pairs about which somebody decided are
 * left out. Call after shire_link_index_assign. */
shire_status shire_link_doubts_write(shire_link_doubts *doubts, const shire_link_index *index,
                                     shire_link_judge *judge, shire_table *warehouse,
                                     shire_arena *arena, shire_error *error) SHIRE_MUST_CHECK;

#endif
