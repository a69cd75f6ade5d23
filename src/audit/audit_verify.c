/*
 * The check of a whole log in one pass: the tree is grown entry by entry, and at each size for
 * which somebody has a checkpoint its root is compared. Entries that say less than their leaf
 * (erased ones) need an erasure that names them.
 */
#include "audit/audit_log.h"

#include "audit/audit_internal.h"
#include "audit/audit_service.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct check {
    shire_audit_verdict *verdict;
    shire_arena *arena;
    const shire_audit_verifier *verifier;
    const shire_audit_checkpoint *outside;
    size_t outside_count;
    shire_audit_edge edge;
    uint64_t next_outside_size; /* the least size of an outside checkpoint not passed yet */
} check;

static void tell(check *work, const char *format, ...) SHIRE_PRINTF(2, 3);

static void tell(check *work, const char *format, ...) {
    char text[400];
    va_list arguments;
    work->verdict->problem_count++;
    if (work->verdict->told_count == SHIRE_AUDIT_PROBLEMS_MAX) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *copy = shire_arena_copy_text(work->arena, text, strlen(text));
    if (copy != NULL) {
        work->verdict->told[work->verdict->told_count++] = copy;
    }
}

static void check_outside(check *work) {
    uint64_t size = work->edge.size;
    shire_hash root = shire_audit_edge_root(&work->edge);
    for (size_t i = 0; i < work->outside_count; i++) {
        if (work->outside[i].size == size && !shire_hash_equal(&work->outside[i].root, &root)) {
            tell(work,
                 "the checkpoint that was kept elsewhere, of size %" PRIu64
                 ", does not fit: the entries up to there are not those that were signed",
                 size);
        }
    }
}

static void set_next_outside_size(check *work) {
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < work->outside_count; i++) {
        if (work->outside[i].size > work->edge.size && work->outside[i].size < least) {
            least = work->outside[i].size;
        }
    }
    work->next_outside_size = least;
}

static void check_entry(check *work, const shire_audit_log_row *taken) {
    uint64_t expected = work->edge.size;
    uint64_t entry_no = taken->row.entry_no;
    if (entry_no != expected) {
        tell(work, "entry %" PRIu64 " is missing: entry %" PRIu64 " follows %s", expected, entry_no,
             expected == 0 ? "the start" : "the one before");
    }
    if (!taken->has_leaf) {
        tell(work, "entry %" PRIu64 " has no readable leaf", entry_no);
    } else if (taken->row.is_erased) {
        work->verdict->erased_count++;
    } else {
        shire_hash leaf = shire_audit_hash_row(taken);
        if (!taken->has_salt || !shire_hash_equal(&leaf, &taken->leaf)) {
            tell(work, "entry %" PRIu64 " was changed: what it says is not what its leaf covers",
                 entry_no);
        }
    }
    shire_audit_edge_append(&work->edge, &taken->leaf);
    if (work->edge.size == work->next_outside_size) {
        check_outside(work);
        set_next_outside_size(work);
    }
}

/* From the stored edge the next checkpoints grow, so it is as good as the entries before it. Places
 * of it that are not in use hold what was there before, in whatever steps it grew. */
static bool is_edge(const shire_audit_edge *edge, shire_span stored) {
    shire_audit_edge parsed = {0};
    return shire_base64_parse(stored, parsed.peaks, sizeof parsed.peaks) &&
           memcmp(parsed.peaks, edge->peaks, sizeof parsed.peaks) == 0;
}

/* One checkpoint of ours, its tree complete in the edge. */
static void check_checkpoint(check *work, shire_audit_checkpoint *checkpoint,
                             const shire_store_statement *row) {
    uint64_t size = (uint64_t)shire_store_column_int64(row, 0);
    shire_span note = shire_store_column_text(row, 1);
    shire_hash root = shire_audit_edge_root(&work->edge);
    if (shire_audit_checkpoint_parse(note, checkpoint, NULL) != SHIRE_OK ||
        checkpoint->size != size ||
        !shire_audit_checkpoint_is_signed(checkpoint, work->verifier, NULL)) {
        tell(work, "the checkpoint of size %" PRIu64 " is not signed by the log's key", size);
    } else if (!shire_hash_equal(&root, &checkpoint->root)) {
        tell(work,
             "the checkpoint of size %" PRIu64
             " does not fit: the entries up to there are not those that were signed",
             size);
    } else if (!is_edge(&work->edge, shire_store_column_text(row, 2))) {
        tell(work,
             "the edge of the tree that stands beside the checkpoint of size %" PRIu64
             " was changed: it is not that of the entries up to there",
             size);
    }
    work->verdict->checkpoint_count++;
    work->verdict->signed_count = size;
}

/* The first entries of a log are signed at once and none waits for more than a few others, so a
 * longer end without a checkpoint has lost them. */
static void check_is_signed(check *work) {
    uint64_t entry_count = work->edge.size;
    const shire_audit_verdict *verdict = work->verdict;
    if (entry_count > 0 && (verdict->checkpoint_count == 0 ||
                            entry_count >= verdict->signed_count + SHIRE_AUDIT_SEAL_ENTRIES)) {
        tell(work,
             "checkpoints are missing: none covers the last %" PRIu64 " of %" PRIu64 " entries",
             entry_count - verdict->signed_count, entry_count);
    }
}

/* Every erased entry is named by an erasure that is not erased itself. */
static shire_status check_erasures(check *work, shire_store *store, shire_error *error) {
    int64_t unexplained = 0;
    shire_status status = shire_store_query_int64(
        store,
        "SELECT count(*) FROM audit_entry e WHERE e.salt IS NULL AND NOT EXISTS (SELECT 1 FROM "
        "audit_entry w WHERE w.kind = 'erasure' AND w.subject = CAST(e.entry_no AS TEXT) AND "
        "w.entry_no > e.entry_no AND w.salt IS NOT NULL)",
        &unexplained, error);
    if (status == SHIRE_OK && unexplained > 0) {
        tell(work, "%" PRId64 " entries were emptied without an erasure that says why",
             unexplained);
    }
    return status;
}

static shire_status check_all(check *work, shire_store *store, shire_audit_checkpoint *checkpoint,
                              shire_error *error) {
    shire_store_statement *entries = NULL;
    shire_store_statement *notes = NULL;
    bool has_entry = true;
    bool has_note = true;
    shire_status status = shire_audit_prepare_rows(store, &entries, error);
    if (status == SHIRE_OK) {
        status = shire_store_prepare(
            store, "SELECT size, note, edge FROM audit_checkpoint ORDER BY size", &notes, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_step(notes, &has_note, error);
    }
    set_next_outside_size(work);
    while (status == SHIRE_OK && has_entry) {
        shire_audit_log_row taken;
        status = shire_store_step(entries, &has_entry, error);
        if (status != SHIRE_OK || !has_entry) {
            break;
        }
        shire_audit_take_row(entries, &taken);
        check_entry(work, &taken);
        while (status == SHIRE_OK && has_note &&
               (uint64_t)shire_store_column_int64(notes, 0) <= work->edge.size) {
            check_checkpoint(work, checkpoint, notes);
            status = shire_store_step(notes, &has_note, error);
        }
    }
    while (status == SHIRE_OK && has_note) {
        tell(work,
             "the log was cut off: a checkpoint covers %" PRId64 " entries and %" PRIu64
             " are left",
             shire_store_column_int64(notes, 0), work->edge.size);
        status = shire_store_step(notes, &has_note, error);
    }
    shire_store_finalize(entries);
    shire_store_finalize(notes);
    return status;
}

shire_status shire_audit_verify(shire_store *store, const shire_audit_verifier *verifier,
                                const shire_audit_checkpoint *outside, size_t outside_count,
                                shire_arena *arena, shire_audit_verdict *verdict_out,
                                shire_error *error) {
    shire_audit_verdict verdict = {0};
    check work = {.verdict = &verdict,
                  .arena = arena,
                  .verifier = verifier,
                  .outside = outside,
                  .outside_count = outside_count};
    shire_audit_checkpoint *checkpoint = shire_arena_alloc(arena, sizeof *checkpoint);
    if (checkpoint == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the audit log");
    }
    /* A log that grows meanwhile is seen at one moment, and may go on growing. */
    shire_status status = shire_store_snapshot(store, error);
    if (status == SHIRE_OK) {
        status = check_all(&work, store, checkpoint, error);
    }
    if (status == SHIRE_OK) {
        status = check_erasures(&work, store, error);
    }
    shire_store_rollback(store);
    if (status == SHIRE_OK) {
        check_is_signed(&work);
    }
    for (size_t i = 0; i < outside_count && status == SHIRE_OK; i++) {
        if (!shire_audit_checkpoint_is_signed(&outside[i], verifier, NULL)) {
            tell(&work,
                 "the checkpoint that was kept elsewhere, of size %" PRIu64
                 ", is not signed by the "
                 "key that this log has now",
                 outside[i].size);
        }
        if (outside[i].size > work.edge.size) {
            tell(&work,
                 "the log was cut off: a checkpoint that was kept elsewhere covers %" PRIu64
                 " entries and %" PRIu64 " are left",
                 outside[i].size, work.edge.size);
        }
    }
    verdict.entry_count = work.edge.size;
    verdict.root = shire_audit_edge_root(&work.edge);
    if (status == SHIRE_OK) {
        *verdict_out = verdict;
    }
    return status;
}
