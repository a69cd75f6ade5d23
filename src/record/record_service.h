/*
 * The joined record of a person, as one viewer may see it. This is the way to a person for pages,
 * the API and FHIR alike: what is on the book and in the store is gathered, the gate is asked, and
 * only what it allows comes out.
 *
 *     shire_record_read(record, &asker, &request, arena, &view, &entry, &error)
 *     ... submit shire_record_log_job with `entry`, wait until it is durable, answer
 *     shire_record_view_done(&view)
 *
 * Somebody whom the viewer may not know of is SHIRE_NOT_FOUND exactly as somebody who is not there:
 * with the same message, after the same work.
 *
 * Every call gives the entry that the audit log must hold before the answer leaves, also when it
 * refuses. A shire_record may be used from any number of threads; each borrows a connection to the
 * store.
 */
#ifndef SHIRE_RECORD_RECORD_SERVICE_H
#define SHIRE_RECORD_RECORD_SERVICE_H

#include "audit/audit_log.h"
#include "gate/gate_policy.h"
#include "link/link_match.h"
#include "record/record_view.h"

typedef struct shire_record shire_record;

typedef struct shire_record_options {
    const char *dir;   /* of the partnership */
    const char *store; /* where, as for shire_store_open; NULL: shire_partnership_store */
    int thread_count;  /* to make and read with; 0: all processors */
    bool no_search;    /* without the matcher, which takes most of the time and memory */
} shire_record_options;

/* Opens book, matcher and store (which it makes or brings up to date). SHIRE_NOT_FOUND when there
 * was no run yet. To take up a new run, open a second one and let go of the first when its last
 * user has. */
shire_status shire_record_open(const shire_record_options *options, shire_record **record_out,
                               shire_error *error) SHIRE_MUST_CHECK;
void shire_record_close(shire_record *record); /* NULL is allowed; nobody uses it any more */

const shire_record_book *shire_record_get_book(const shire_record *record);

/* Who asks. */
typedef struct shire_record_asker {
    const shire_gate_policy *policy;
    const shire_gate_viewer *viewer;
    const char *account;      /* the account's name, for the log */
    const char *organisation; /* its body's code, for the log; "" for citizens */
    const char *reason;       /* in the viewer's words, where one was asked for; or "" */
} shire_record_asker;

#define SHIRE_RECORD_PAGE_DEFAULT 50
#define SHIRE_RECORD_PAGE_MAX 1000
#define SHIRE_RECORD_FOLD_DAYS 28 /* between visits that are one line, at most */

typedef struct shire_record_request {
    shire_span person_id;
    uint32_t categories; /* of the timeline: bits of shire_gate_category; 0: all */
    size_t first;        /* of the timeline: how many to pass over */
    size_t count;        /* of the timeline; 0: SHIRE_RECORD_PAGE_DEFAULT; cut at the maximum */
    bool is_folded;    /* visits of one kind that follow each other are one line of the timeline */
    bool has_no_items; /* leave out plans, alerts and documents */
} shire_record_request;

/*
 * view_out   zeroed by the caller; on SHIRE_OK to be given to shire_record_view_done.
 * entry_out  filled also on SHIRE_NOT_FOUND; texts in `arena`.
 */
shire_status shire_record_read(shire_record *record, const shire_record_asker *asker,
                               const shire_record_request *request, shire_arena *arena,
                               shire_record_view *view_out, shire_audit_entry *entry_out,
                               shire_error *error) SHIRE_MUST_CHECK;

/* A shire_store_job whose context is a shire_audit_entry: appends it. */
shire_status shire_record_log_job(shire_store *store, void *entry,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* ---- breaking the glass ---- */

typedef struct shire_record_closed {
    const shire_gate_opening *opening; /* of SHIRE_GATE_READ, relationships of all kinds in it */
    const int32_t *owners;             /* by the gate's numbers, as shire_gate_glass_break asks */
    size_t owner_count;                /* 0 where nobody is there */
    bool is_open;                      /* the viewer may know of the person already */
} shire_record_closed;

/*
 * What breaking the glass about a person needs. Somebody who is not there is no failure: they have
 * no owners, so that a reason opens nothing, after the same work.
 *
 * closed_out  in `arena`; stands on asker->viewer.
 */
shire_status shire_record_closed_read(shire_record *record, const shire_record_asker *asker,
                                      shire_span person_id, shire_arena *arena,
                                      shire_record_closed *closed_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* ---- one's own access log ---- */

typedef struct shire_record_access {
    shire_span at;   /* 2024-04-01T09:30:00Z */
    shire_span kind; /* read, search, change, ... */
    shire_span actor;
    shire_span organisation; /* the body's name where it is known, else its code */
    shire_span purpose;
    shire_span detail;
} shire_record_access;

/*
 * Who looked at or changed the record of a person, the latest first; entries about the ids that
 * became part of the person are in it. For the person themselves and for those whose role sees the
 * audit log; anybody else is SHIRE_NOT_FOUND.
 *
 * total_out  of all entries; accesses_out has at most `count` of them, from `first` on.
 */
shire_status shire_record_accesses(shire_record *record, const shire_record_asker *asker,
                                   shire_span person_id, size_t first, size_t count,
                                   shire_arena *arena, shire_record_access **accesses_out,
                                   size_t *count_out, size_t *total_out,
                                   shire_audit_entry *entry_out,
                                   shire_error *error) SHIRE_MUST_CHECK;

#endif
