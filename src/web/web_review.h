/*
 * Clerical review for the page and the API: the doubtful pairs of the last run, what may be shown
 * of them, and deciding. The warehouse is opened by a worker (shire_call_work), because that takes
 * longer than a server's thread may hold up others.
 *
 * The gate decides about each of the two records of a pair by the body that holds it: a pair of
 * which one is closed to the viewer shows nothing of either.
 */
#ifndef SHIRE_WEB_REVIEW_H
#define SHIRE_WEB_REVIEW_H

#include "audit/audit_log.h"
#include "link/link_review.h"
#include "web/web_call.h"

#define SHIRE_REVIEW_REASON_BYTES_MAX 500
#define SHIRE_REVIEW_PAIRS_MAX 50 /* of one answer */

typedef struct shire_review {
    shire_call *call;
    int64_t after; /* pairs up to this number are passed over */
    size_t wanted; /* pairs to show, at most SHIRE_REVIEW_PAIRS_MAX */
    size_t pair_count;
    const shire_link_doubt *doubts; /* of the pairs; in the request's arena */
    shire_link_review_pair *pairs;
    size_t left; /* pairs that wait, with these */
    shire_link_ruling ruling;
    int64_t undone_no;     /* decision to take back; 0: decide */
    int64_t decision_no;   /* that was made */
    const char *forbidden; /* the fact that forbids a `same`, or NULL */
    shire_call_then then;
} shire_review;

/* In the request's arena; NULL when out of memory. */
shire_review *shire_review_new(shire_call *call);

/* A shire_call_labour: finds the pairs and reads what their records say. */
shire_status shire_review_find(void *review, shire_error *error);
/* Decides by `ruling`, or takes a decision back, with its entry in the audit log; then `then` makes
 * the answer. Call it last in a handler. */
void shire_review_decide(shire_review *review, shire_call_then then);

/* Whether the viewer may see who a record (ORGANISATION/SOURCE/local_id) of a person is about;
 * person_id "" when it is not known. */
bool shire_review_may_see(const shire_call *call, const char *record, const char *person_id);
bool shire_review_may_see_pair(const shire_call *call, const shire_link_doubt *doubt);

/* The two entries of the log for a pair that is shown. */
void shire_review_entries(const shire_call *call, const shire_link_doubt *doubt,
                          shire_audit_entry entries_out[2]);

#endif
