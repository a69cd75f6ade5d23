/*
 * Entries in the store. An entry's leaf is H(0, SHA-256(salt, its fields each with its length)), so
 * that no two different entries have the same bytes, and no one who sees the leaf alone can guess
 * what it says. A checkpoint remembers nothing but its note: the tree is grown again from leaves.
 */
#include "audit/audit_log.h"

#include "audit/audit_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FIELD_COUNT SHIRE_AUDIT_FIELD_COUNT

shire_hash shire_audit_hash_row(const shire_audit_log_row *row) {
    char lengths[FIELD_COUNT][24];
    char number[24];
    shire_span parts[2 + 2 * FIELD_COUNT];
    size_t count = 0;
    parts[count++] = (shire_span){(const char *)row->salt, sizeof row->salt};
    int written = snprintf(number, sizeof number, "%" PRIu64 ";", row->row.entry_no);
    parts[count++] = (shire_span){number, (size_t)written};
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        written = snprintf(lengths[i], sizeof lengths[i], "%zu:", row->fields[i].length);
        parts[count++] = (shire_span){lengths[i], (size_t)written};
        parts[count++] = row->fields[i];
    }
    shire_hash commitment = shire_sha256(parts, count);
    return shire_audit_hash_leaf((shire_span){(const char *)commitment.bytes, SHIRE_HASH_BYTES});
}

static shire_status bind_base64(shire_store_statement *statement, int parameter, const void *bytes,
                                size_t length, shire_error *error) {
    shire_builder text = {0};
    shire_builder_append_base64(&text, bytes, length);
    shire_status status =
        text.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the audit log") : SHIRE_OK;
    shire_store_bind_text(statement, parameter, (shire_span){text.bytes, text.length});
    shire_builder_free(&text);
    return status;
}

static void format_time(int64_t seconds, char text[24]) {
    time_t moment = seconds != 0 ? (time_t)seconds : time(NULL);
    struct tm parts;
    gmtime_r(&moment, &parts);
    strftime(text, 24, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static const char last_entry_sql[] = "SELECT coalesce(max(entry_no), -1) FROM audit_entry";

shire_status shire_audit_append(shire_store *store, const shire_audit_entry *entry,
                                shire_error *error) {
    char at[24];
    int64_t entry_no = 0;
    shire_store_statement *insert = NULL;
    shire_status status = shire_store_next_number(store, last_entry_sql, &entry_no, error);
    if (status == SHIRE_OK) {
        status = shire_store_prepare(store,
                                     "INSERT INTO audit_entry VALUES ($1, $2, $3, $4, $5, $6, $7, "
                                     "$8, $9, $10)",
                                     &insert, error);
    }
    if (status == SHIRE_OK) {
        format_time(entry->time, at);
        shire_audit_log_row row = {
            .row.entry_no = (uint64_t)entry_no,
            .fields = {shire_span_of(at), shire_span_of(entry->kind), shire_span_of(entry->actor),
                       shire_span_of(entry->organisation), shire_span_of(entry->purpose),
                       shire_span_of(entry->subject), shire_span_of(entry->detail)}};
        shire_random_bytes(row.salt, sizeof row.salt);
        row.leaf = shire_audit_hash_row(&row);
        shire_store_bind_int64(insert, 1, entry_no);
        for (int i = 0; i < FIELD_COUNT; i++) {
            shire_span text = row.fields[i];
            shire_store_bind_text(insert, 2 + i, text.bytes == NULL ? (shire_span){"", 0} : text);
        }
        status = bind_base64(insert, 9, row.salt, sizeof row.salt, error);
        if (status == SHIRE_OK) {
            status = bind_base64(insert, 10, row.leaf.bytes, sizeof row.leaf.bytes, error);
        }
        if (status == SHIRE_OK) {
            status = shire_store_run(insert, error);
        }
    }
    shire_store_finalize(insert);
    return status;
}

void shire_audit_take_row(const shire_store_statement *select, shire_audit_log_row *row_out) {
    for (int i = 0; i < FIELD_COUNT; i++) {
        row_out->fields[i] = shire_store_column_text(select, 1 + i);
    }
    const shire_span *fields = row_out->fields;
    row_out->has_salt =
        shire_base64_parse(shire_store_column_text(select, 8), row_out->salt, sizeof row_out->salt);
    row_out->has_leaf = shire_base64_parse(shire_store_column_text(select, 9), row_out->leaf.bytes,
                                           SHIRE_HASH_BYTES);
    row_out->row = (shire_audit_row){.entry_no = (uint64_t)shire_store_column_int64(select, 0),
                                     .at = fields[0],
                                     .kind = fields[1],
                                     .actor = fields[2],
                                     .organisation = fields[3],
                                     .purpose = fields[4],
                                     .subject = fields[5],
                                     .detail = fields[6],
                                     .is_erased = shire_store_column_is_null(select, 8)};
}

shire_status shire_audit_prepare_rows(shire_store *store, shire_store_statement **select_out,
                                      shire_error *error) {
    return shire_store_prepare(store, SHIRE_AUDIT_SELECT "ORDER BY entry_no", select_out, error);
}

shire_status shire_audit_visit_rows(shire_store_statement *select, shire_audit_visitor visit,
                                    void *context, shire_error *error) {
    shire_status status = SHIRE_OK;
    bool has_row = true;
    while (status == SHIRE_OK && has_row) {
        shire_audit_log_row taken;
        status = shire_store_step(select, &has_row, error);
        if (status == SHIRE_OK && has_row) {
            shire_audit_take_row(select, &taken);
            status = visit(&taken.row, context, error);
        }
    }
    shire_store_finalize(select);
    return status;
}

shire_status shire_audit_scan(shire_store *store, uint64_t first_no, const char *subject,
                              shire_audit_visitor visit, void *context, shire_error *error) {
    shire_store_statement *select = NULL;
    shire_status status = shire_store_prepare(
        store,
        subject == NULL ? SHIRE_AUDIT_SELECT "WHERE entry_no >= $1 ORDER BY entry_no"
                        : SHIRE_AUDIT_SELECT
            "WHERE entry_no >= $1 AND subject = $2 ORDER BY entry_no",
        &select, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_store_bind_int64(select, 1, (int64_t)first_no);
    if (subject != NULL) {
        shire_store_bind_text(select, 2, shire_span_of(subject));
    }
    return shire_audit_visit_rows(select, visit, context, error);
}

shire_status shire_audit_scan_page(shire_store *store, uint64_t first_no, size_t count,
                                   shire_audit_visitor visit, void *context, shire_error *error) {
    shire_store_statement *select = NULL;
    shire_status status = shire_store_prepare(
        store, SHIRE_AUDIT_SELECT "WHERE entry_no >= $1 ORDER BY entry_no LIMIT $2", &select,
        error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_store_bind_int64(select, 1, (int64_t)first_no);
    shire_store_bind_int64(select, 2, (int64_t)count);
    return shire_audit_visit_rows(select, visit, context, error);
}

shire_status shire_audit_erase(shire_store *store, uint64_t entry_no, const char *actor,
                               const char *purpose, shire_error *error) {
    char number[24];
    int64_t found = 0;
    shire_store_statement *update = NULL;
    snprintf(number, sizeof number, "%" PRIu64, entry_no);
    shire_status status = shire_store_prepare(
        store,
        "UPDATE audit_entry SET kind = '', actor = '', organisation = '', purpose = '', subject = "
        "'', detail = '', salt = NULL WHERE entry_no = $1",
        &update, error);
    if (status == SHIRE_OK) {
        shire_store_bind_int64(update, 1, (int64_t)entry_no);
        status = shire_store_query_int64(store, "SELECT count(*) FROM audit_entry", &found, error);
    }
    if (status == SHIRE_OK && entry_no >= (uint64_t)found) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "the audit log has no entry %" PRIu64 "; its last is %" PRId64,
                            entry_no, found - 1);
    }
    if (status == SHIRE_OK) {
        status = shire_store_run(update, error);
    }
    shire_store_finalize(update);
    shire_audit_entry entry = {
        .kind = "erasure", .actor = actor, .purpose = purpose, .subject = number};
    return status == SHIRE_OK ? shire_audit_append(store, &entry, error) : status;
}

shire_status shire_audit_last_checkpoint(shire_store *store, shire_arena *arena,
                                         shire_span *note_out, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_status status = shire_store_prepare(
        store, "SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1", &select, error);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        shire_span note = shire_store_column_text(select, 0);
        char *copy = shire_arena_copy_text(arena, note.bytes, note.length);
        if (copy == NULL) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint");
        } else {
            *note_out = (shire_span){copy, note.length};
        }
    } else if (status == SHIRE_OK) {
        *note_out = (shire_span){0};
    }
    shire_store_finalize(select);
    return status;
}

/* Leaves [0 .. limit) in order, or as many as there are. */
static shire_status read_leaves(shire_store *store, uint64_t limit, shire_arena *arena,
                                shire_hash **leaves_out, uint64_t *count_out, shire_error *error) {
    int64_t total = 0;
    bool has_row = true;
    shire_hash *leaves = NULL;
    shire_store_statement *select = NULL;
    uint64_t count = 0;
    shire_status status =
        shire_store_query_int64(store, "SELECT count(*) FROM audit_entry", &total, error);
    if (status == SHIRE_OK) {
        leaves = shire_arena_alloc_array(arena, (size_t)total + 1, sizeof *leaves);
        status = leaves == NULL
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the audit log")
                     : shire_store_prepare(store, "SELECT leaf FROM audit_entry ORDER BY entry_no",
                                           &select, error);
    }
    while (status == SHIRE_OK && count < limit && count < (uint64_t)total) {
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        if (!shire_base64_parse(shire_store_column_text(select, 0), leaves[count].bytes,
                                SHIRE_HASH_BYTES)) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "entry %" PRIu64 " of the audit log is damaged; `shire audit "
                                "verify` tells more",
                                count);
        }
        count++;
    }
    shire_store_finalize(select);
    if (status == SHIRE_OK) {
        *leaves_out = leaves;
        *count_out = count;
    }
    return status;
}

shire_status shire_audit_prove(shire_store *store, uint64_t old_size, uint64_t size,
                               shire_arena *arena, shire_audit_proof *proof_out,
                               shire_error *error) {
    shire_hash *leaves = NULL;
    uint64_t count = 0;
    shire_status status = read_leaves(store, size, arena, &leaves, &count, error);
    if (status == SHIRE_OK && (count < size || old_size > size)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "the audit log has %" PRIu64
                          " entries, so nothing can be proved of %" PRIu64
                          "; give the size of a checkpoint that this log signed",
                          count, old_size > size ? old_size : size);
    }
    if (status == SHIRE_OK) {
        shire_audit_prove_consistency(leaves, size, old_size, proof_out);
    }
    return status;
}

shire_status shire_audit_submit(shire_store *store, int64_t since, shire_arena *arena,
                                shire_builder *out, shire_error *error) {
    shire_span note = {0};
    shire_audit_proof proof = {0};
    shire_status status = shire_audit_last_checkpoint(store, arena, &note, error);
    if (status == SHIRE_OK && note.length == 0) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "the audit log has no checkpoint yet; `shire run` writes the first "
                            "entry");
    }
    if (status == SHIRE_OK && since >= 0) {
        shire_audit_checkpoint *parsed = shire_arena_alloc(arena, sizeof *parsed);
        status = parsed == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint")
                                : shire_audit_checkpoint_parse(note, parsed, error);
        if (status == SHIRE_OK) {
            status = shire_audit_prove(store, (uint64_t)since, parsed->size, arena, &proof, error);
        }
        shire_builder_append_format(out, "old %lld\n", (long long)since);
        for (size_t i = 0; i < proof.count; i++) {
            shire_builder_append_base64(out, proof.hashes[i].bytes, SHIRE_HASH_BYTES);
            shire_builder_append_text(out, "\n");
        }
        shire_builder_append_text(out, "\n");
    }
    shire_builder_append(out, note);
    return status;
}

/* The edge of the last checkpoint; of an empty log the empty one. */
static shire_status read_edge(shire_store *store, shire_audit_edge *edge_out, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_audit_edge edge = {0};
    shire_status status = shire_store_prepare(
        store, "SELECT size, edge FROM audit_checkpoint ORDER BY size DESC LIMIT 1", &select,
        error);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        edge.size = (uint64_t)shire_store_column_int64(select, 0);
        if (!shire_base64_parse(shire_store_column_text(select, 1), edge.peaks,
                                sizeof edge.peaks)) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "the last checkpoint of the audit log is damaged; `shire audit "
                                "verify` tells more");
        }
    }
    shire_store_finalize(select);
    if (status == SHIRE_OK) {
        *edge_out = edge;
    }
    return status;
}

/* Append to the edge the leaves that stand after it. */
static shire_status grow_edge(shire_store *store, shire_audit_edge *edge, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_status status = shire_store_prepare(
        store, "SELECT leaf FROM audit_entry WHERE entry_no >= $1 ORDER BY entry_no", &select,
        error);
    if (status == SHIRE_OK) {
        shire_store_bind_int64(select, 1, (int64_t)edge->size);
    }
    while (status == SHIRE_OK && has_row) {
        shire_hash leaf;
        status = shire_store_step(select, &has_row, error);
        if (status == SHIRE_OK && has_row) {
            if (shire_base64_parse(shire_store_column_text(select, 0), leaf.bytes,
                                   SHIRE_HASH_BYTES)) {
                shire_audit_edge_append(edge, &leaf);
            } else {
                status = SHIRE_FAIL(error, SHIRE_INVALID,
                                    "entry %" PRIu64 " of the audit log is damaged; `shire audit "
                                    "verify` tells more",
                                    edge->size);
            }
        }
    }
    shire_store_finalize(select);
    return status;
}

shire_status shire_audit_sign(shire_store *store, const shire_audit_signer *signer,
                              shire_error *error) {
    shire_audit_edge edge = {0};
    shire_builder note = {0};
    shire_store_statement *insert = NULL;
    shire_status status = read_edge(store, &edge, error);
    uint64_t covered = edge.size;
    if (status == SHIRE_OK) {
        status = grow_edge(store, &edge, error);
    }
    if (status != SHIRE_OK || edge.size == covered) {
        return status;
    }
    shire_hash root = shire_audit_edge_root(&edge);
    shire_audit_checkpoint_append(signer, edge.size, &root, &note);
    if (note.failed) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint");
    } else {
        status = shire_store_prepare(store, "INSERT INTO audit_checkpoint VALUES ($1, $2, $3)",
                                     &insert, error);
    }
    if (status == SHIRE_OK) {
        shire_store_bind_int64(insert, 1, (int64_t)edge.size);
        shire_store_bind_text(insert, 2, (shire_span){note.bytes, note.length});
        status = bind_base64(insert, 3, edge.peaks, sizeof edge.peaks, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_run(insert, error);
    }
    shire_store_finalize(insert);
    shire_builder_free(&note);
    return status;
}

static shire_status put_note(shire_store *store, uint64_t size, shire_span note,
                             shire_error *error) {
    shire_store_statement *update = NULL;
    shire_status status = shire_store_prepare(
        store, "UPDATE audit_checkpoint SET note = $2 WHERE size = $1", &update, error);
    if (status == SHIRE_OK) {
        shire_store_bind_int64(update, 1, (int64_t)size);
        shire_store_bind_text(update, 2, note);
        status = shire_store_run(update, error);
    }
    shire_store_finalize(update);
    return status;
}

shire_status shire_audit_add_cosignature(shire_store *store, shire_span note,
                                         const shire_audit_verifier *witness, shire_arena *arena,
                                         shire_error *error) {
    shire_audit_checkpoint *theirs = shire_arena_alloc(arena, sizeof *theirs);
    shire_audit_checkpoint *ours = shire_arena_alloc(arena, sizeof *ours);
    shire_store_statement *select = NULL;
    shire_builder merged = {0};
    bool has_row = false;
    if (theirs == NULL || ours == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint");
    }
    shire_status status = shire_audit_checkpoint_parse(note, theirs, error);
    if (status == SHIRE_OK && !shire_audit_checkpoint_is_signed(theirs, witness, NULL)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "the checkpoint carries no valid signature of %s; take the file that "
                            "this witness gave back",
                            witness->name);
    }
    if (status == SHIRE_OK) {
        status = shire_store_prepare(store, "SELECT note FROM audit_checkpoint WHERE size = $1",
                                     &select, error);
    }
    if (status == SHIRE_OK) {
        shire_store_bind_int64(select, 1, (int64_t)theirs->size);
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        shire_span stored = shire_store_column_text(select, 0);
        shire_builder_append(&merged, stored);
        status = shire_audit_checkpoint_parse(stored, ours, error);
    }
    if (status == SHIRE_OK && (!has_row || !shire_span_equal(ours->text, theirs->text))) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "this log signed no such checkpoint of %" PRIu64 " entries; the "
                            "witness saw another log",
                            theirs->size);
    }
    if (status == SHIRE_OK && !shire_audit_checkpoint_is_signed(ours, witness, NULL)) {
        for (size_t i = 0; i < theirs->signature_count; i++) {
            if (theirs->signatures[i].key_id == shire_audit_key_id(witness)) {
                shire_audit_signature_append(&theirs->signatures[i], &merged);
                break;
            }
        }
        status = merged.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint")
                               : put_note(store, theirs->size,
                                          (shire_span){merged.bytes, merged.length}, error);
    }
    shire_store_finalize(select);
    shire_builder_free(&merged);
    return status;
}
