/*
 * The audit log in the store: an append-only list of entries under a Merkle tree whose root is
 * signed. An entry is written in the transaction of what it tells of, so that neither is there
 * without the other.
 *
 * What can be shown. Anyone with the store sees an entry that was changed, deleted, swapped or
 * inserted. Only who holds an older checkpoint of their own (a witness, a partner, a print-out)
 * sees that the end was cut off and signed anew, or that the holder of the key rewrote everything.
 *
 * Functions take an open store and, where they write, the caller's open transaction.
 */
#ifndef SHIRE_AUDIT_LOG_H
#define SHIRE_AUDIT_LOG_H

#include "audit/audit_note.h"
#include "audit/audit_tree_kernel.h"
#include "core/arena.h"
#include "io/store.h"

/* Texts are UTF-8; empty where one does not apply. */
typedef struct shire_audit_entry {
    int64_t time;             /* seconds since 1970, UTC; 0: now */
    const char *kind;         /* run, decision, model, read, search, export, configuration, sign-in,
                                 sign-out, break-glass, erasure */
    const char *actor;        /* who: an account, or the system's user of a command */
    const char *organisation; /* for which body, by its code */
    const char *purpose;      /* why */
    const char *subject;      /* about whom or what: a person's id, a record */
    const char *detail;       /* what exactly */
} shire_audit_entry;

typedef struct shire_audit_row {
    uint64_t entry_no;
    shire_span at; /* 2024-04-01T09:30:00Z */
    shire_span kind;
    shire_span actor;
    shire_span organisation;
    shire_span purpose;
    shire_span subject;
    shire_span detail;
    bool is_erased;
} shire_audit_row;

/* The row's spans are valid during the call. */
typedef shire_status (*shire_audit_visitor)(const shire_audit_row *row, void *context,
                                            shire_error *error);

/* Append an entry; the caller commits. */
shire_status shire_audit_append(shire_store *store, const shire_audit_entry *entry,
                                shire_error *error) SHIRE_MUST_CHECK;

/* Sign a checkpoint over all entries, unless the last one already covers them; in the caller's
 * transaction. */
shire_status shire_audit_sign(shire_store *store, const shire_audit_signer *signer,
                              shire_error *error) SHIRE_MUST_CHECK;

/* Empty the texts of an entry and append an erasure that says by whom and why. The entry's leaf
 * stays, and with it every proof. SHIRE_NOT_FOUND where there is no such entry. */
shire_status shire_audit_erase(shire_store *store, uint64_t entry_no, const char *actor,
                               const char *purpose, shire_error *error) SHIRE_MUST_CHECK;

/* The entries from first_no on, oldest first; of one subject where `subject` is not NULL. */
shire_status shire_audit_scan(shire_store *store, uint64_t first_no, const char *subject,
                              shire_audit_visitor visit, void *context,
                              shire_error *error) SHIRE_MUST_CHECK;

/* At most `count` entries from first_no on, oldest first. */
shire_status shire_audit_scan_page(shire_store *store, uint64_t first_no, size_t count,
                                   shire_audit_visitor visit, void *context,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* What entries are sought by; what is NULL counts for nothing. Texts are compared as they stand. */
typedef struct shire_audit_filter {
    const char *actor;
    const char *subject;
    const char *kind;
    const char *from;   /* not before, 2024-04-01T00:00:00Z */
    const char *until;  /* before */
    const char *before; /* with before_no: an entry that was found; those that come after it */
    uint64_t before_no;
} shire_audit_filter;

/* At most `count` entries that fit, the latest first by time, then by number. Takes time in
 * proportion to the entries that fit the rarest of actor, subject and kind, not to the log's; of
 * reads and searches in a stretch of time to those in it. */
shire_status shire_audit_find(shire_store *store, const shire_audit_filter *filter, size_t count,
                              shire_audit_visitor visit, void *context,
                              shire_error *error) SHIRE_MUST_CHECK;

/* The last checkpoint's note, terminated, in `arena`; the empty span where none was signed yet. */
shire_status shire_audit_last_checkpoint(shire_store *store, shire_arena *arena,
                                         shire_span *note_out, shire_error *error) SHIRE_MUST_CHECK;

/* That the tree of old_size entries is a beginning of the one of `size`. */
shire_status shire_audit_prove(shire_store *store, uint64_t old_size, uint64_t size,
                               shire_arena *arena, shire_audit_proof *proof_out,
                               shire_error *error) SHIRE_MUST_CHECK;

/* What a witness asks for who last saw `since` entries, appended to `out`: "old N", the lines of
 * the proof, an empty line, the last checkpoint's note (the request of C2SP tlog-witness); the note
 * alone where `since` is negative. SHIRE_NOT_FOUND where none was signed yet, and where
 * `since` is more than it covers. */
shire_status shire_audit_submit(shire_store *store, int64_t since, shire_arena *arena,
                                shire_builder *out, shire_error *error) SHIRE_MUST_CHECK;

/* Add a witness's signature line to the stored checkpoint of the same text, in the caller's
 * transaction. SHIRE_NOT_FOUND where no checkpoint of ours has that text. */
shire_status shire_audit_add_cosignature(shire_store *store, shire_span note,
                                         const shire_audit_verifier *witness, shire_arena *arena,
                                         shire_error *error) SHIRE_MUST_CHECK;

#define SHIRE_AUDIT_PROBLEMS_MAX 100 /* told in words; all are counted */

typedef struct shire_audit_verdict {
    uint64_t entry_count;
    uint64_t erased_count;
    uint64_t signed_count;     /* entries that the last checkpoint covers */
    uint64_t checkpoint_count; /* of ours */
    uint64_t problem_count;    /* 0: the log is as it was signed */
    size_t told_count;
    const char *told[SHIRE_AUDIT_PROBLEMS_MAX]; /* sentences, in the caller's arena */
    shire_hash root;
} shire_audit_verdict;

/*
 * Read the whole log and check it: every entry against its leaf, the numbers without a gap, each
 * checkpoint of ours and each of `outside` (checkpoints that somebody else kept) against the tree
 * at its size and against the log's key. What is wrong is counted and told in the verdict; the
 * status is that of the reading.
 */
shire_status shire_audit_verify(shire_store *store, const shire_audit_verifier *verifier,
                                const shire_audit_checkpoint *outside, size_t outside_count,
                                shire_arena *arena, shire_audit_verdict *verdict_out,
                                shire_error *error) SHIRE_MUST_CHECK;

#endif
