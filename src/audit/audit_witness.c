/*
 * A witness trusts nothing but what it saw before: a log's key the first time, then its last
 * checkpoint. It signs the next one when the proof shows that the log only grew, and remembers it
 * before it gives the signature away, so that it never signs two histories.
 */
#include "audit/audit_service.h"

#include "audit/audit_key.h"
#include "io/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FILE_BYTES_MAX (1 << 20)

typedef struct submission {
    uint64_t old_size;
    shire_audit_proof proof;
    shire_span note;
    shire_audit_checkpoint checkpoint;
} submission;

static bool take_line(shire_span *rest, shire_span *line_out) {
    const char *end = rest->length == 0 ? NULL : memchr(rest->bytes, '\n', rest->length);
    if (end == NULL) {
        return false;
    }
    *line_out = (shire_span){rest->bytes, (size_t)(end - rest->bytes)};
    rest->length -= line_out->length + 1;
    rest->bytes = end + 1;
    return true;
}

static bool parse_old(shire_span line, uint64_t *size_out) {
    uint64_t size = 0;
    if (line.length < 5 || line.length > 22 || memcmp(line.bytes, "old ", 4) != 0) {
        return false;
    }
    for (size_t i = 4; i < line.length; i++) {
        if (line.bytes[i] < '0' || line.bytes[i] > '9') {
            return false;
        }
        size = size * 10 + (uint64_t)(line.bytes[i] - '0');
    }
    *size_out = size;
    return true;
}

static shire_status parse_submission(shire_span text, submission *parsed, shire_error *error) {
    shire_span rest = text;
    shire_span line = {0};
    bool is_good = take_line(&rest, &line) && parse_old(line, &parsed->old_size);
    parsed->proof.count = 0;
    while (is_good && take_line(&rest, &line) && line.length > 0) {
        is_good = parsed->proof.count < SHIRE_AUDIT_PROOF_MAX &&
                  shire_base64_parse(line, parsed->proof.hashes[parsed->proof.count].bytes,
                                     SHIRE_HASH_BYTES);
        parsed->proof.count++;
    }
    parsed->note = rest;
    if (!is_good || line.length > 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "this is nothing for a witness: it starts with \"old SIZE\", a proof and "
                          "an empty line; `shire audit checkpoint DIR --since SIZE` writes it");
    }
    return shire_audit_checkpoint_parse(rest, &parsed->checkpoint, error);
}

/* A file name for a log: its name may hold what a file's may not. */
static char *log_path(const char *dir, shire_span origin, const char *suffix, shire_arena *arena) {
    shire_builder path = {0};
    char *copy = NULL;
    shire_hash hash = shire_sha256(&origin, 1);
    shire_builder_append_format(&path, "%s/", dir);
    for (size_t i = 0; i < 8; i++) {
        shire_builder_append_format(&path, "%02x", hash.bytes[i]);
    }
    shire_builder_append_text(&path, suffix);
    if (!path.failed) {
        copy = shire_arena_copy_text(arena, path.bytes, path.length);
    }
    shire_builder_free(&path);
    return copy;
}

/* The log's key as first told, kept from then on; another one is refused. */
static shire_status settle_key(const char *path, const shire_audit_verifier *told,
                               shire_arena *arena, shire_audit_verifier *verifier_out,
                               shire_error *error) {
    shire_span text = {0};
    if (!shire_file_exists(path)) {
        shire_builder line = {0};
        if (told == NULL) {
            return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                              "this witness has not seen this log before; give its key by "
                              "--log-key, as the log's keeper published it");
        }
        shire_audit_verifier_append(told, &line);
        shire_builder_append_text(&line, "\n");
        shire_status status =
            line.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a key")
                        : shire_file_replace(path, (shire_span){line.bytes, line.length}, error);
        shire_builder_free(&line);
        *verifier_out = *told;
        return status;
    }
    shire_status status = shire_file_read(path, FILE_BYTES_MAX, arena, &text, error);
    if (status == SHIRE_OK) {
        status = shire_audit_verifier_parse(text, verifier_out, error);
    }
    if (status == SHIRE_OK && told != NULL &&
        memcmp(told->public_key, verifier_out->public_key, SHIRE_PUBLIC_KEY_BYTES) != 0) {
        status = SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                            "this log had another key when the witness first saw it; ask its "
                            "keeper why, and remove %s only when that is answered",
                            path);
    }
    return status;
}

static shire_status check_growth(const submission *now, const char *last_path, shire_arena *arena,
                                 shire_error *error) {
    shire_span text = {0};
    shire_audit_checkpoint *last = shire_arena_alloc(arena, sizeof *last);
    uint64_t last_size = 0;
    shire_hash last_root = shire_sha256(NULL, 0);
    if (last == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint");
    }
    if (shire_file_exists(last_path)) {
        shire_status status = shire_file_read(last_path, FILE_BYTES_MAX, arena, &text, error);
        if (status == SHIRE_OK) {
            status = shire_audit_checkpoint_parse(text, last, error);
        }
        if (status != SHIRE_OK) {
            shire_error_prefix(error, "%s", last_path);
            return status;
        }
        last_size = last->size;
        last_root = last->root;
    }
    if (now->checkpoint.size < last_size) {
        return SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                          "the log shrank: it had %" PRIu64 " entries and now says %" PRIu64,
                          last_size, now->checkpoint.size);
    }
    if (now->old_size != last_size) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "the proof starts at %" PRIu64
                          " entries, and this witness last saw %" PRIu64
                          "; ask for `shire audit checkpoint DIR --since %" PRIu64 "`",
                          now->old_size, last_size, last_size);
    }
    if (!shire_audit_consistency_holds(last_size, &last_root, now->checkpoint.size,
                                       &now->checkpoint.root, &now->proof)) {
        return SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                          "the log does not contain what it said before: its first %" PRIu64
                          " entries are not those that this witness signed",
                          last_size);
    }
    return SHIRE_OK;
}

shire_status shire_audit_witness(const char *dir, const char *name, shire_span text,
                                 const shire_audit_verifier *log_key, shire_arena *arena,
                                 shire_builder *note_out, shire_error *error) {
    shire_audit_signer witness;
    shire_audit_verifier verifier;
    shire_builder note = {0};
    submission *now = shire_arena_alloc(arena, sizeof *now);
    if (now == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint");
    }
    shire_status status = parse_submission(text, now, error);
    if (status == SHIRE_OK) {
        status = shire_dir_make(dir, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    const char *last_path = log_path(dir, now->checkpoint.origin, ".checkpoint", arena);
    const char *log_key_path = log_path(dir, now->checkpoint.origin, ".key", arena);
    char *key_path = shire_arena_alloc(arena, strlen(dir) + 16);
    if (last_path == NULL || log_key_path == NULL || key_path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint");
    }
    snprintf(key_path, strlen(dir) + 16, "%s/witness.key", dir);
    status = settle_key(log_key_path, log_key, arena, &verifier, error);
    if (status == SHIRE_OK &&
        (!shire_audit_checkpoint_is_signed(&now->checkpoint, &verifier, NULL) ||
         !shire_span_equal(now->checkpoint.origin, shire_span_of(verifier.name)))) {
        status =
            SHIRE_FAIL(error, SHIRE_INVALID,
                       "the checkpoint is not signed by the log's key that this witness knows");
    }
    if (status == SHIRE_OK) {
        status = check_growth(now, last_path, arena, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_key_open(key_path, name, SHIRE_AUDIT_KEY_WITNESS, &witness, error);
    }
    if (status == SHIRE_OK) {
        shire_builder_append(&note, now->note);
        shire_audit_cosignature_append(&witness, now->checkpoint.text, (uint64_t)time(NULL), &note);
        status = note.failed
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a checkpoint")
                     : shire_file_replace(last_path, (shire_span){note.bytes, note.length}, error);
        shire_crypto_wipe(&witness, sizeof witness);
    }
    if (status == SHIRE_OK) {
        *note_out = note;
    } else {
        shire_builder_free(&note);
    }
    return status;
}
