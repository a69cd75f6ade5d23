/*
 * Where a partnership keeps its log: the store and, beside it, the key. The log's name is made of
 * the partnership's, so that checkpoints of two partnerships cannot be taken for each other.
 */
#include "audit/audit_service.h"

#include "audit/audit_key.h"
#include "io/file.h"

#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME_LETTERS_MAX 80

/* "herefordshire-synthetic/audit" of "Herefordshire (synthetic)". */
static void name_log(const char *partnership_name, char name[NAME_LETTERS_MAX + 8]) {
    size_t length = 0;
    bool is_gap = false;
    for (const char *at = partnership_name; *at != '\0' && length + 1 < NAME_LETTERS_MAX; at++) {
        char letter = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
        if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')) {
            if (is_gap && length > 0) {
                name[length++] = '-';
            }
            name[length++] = letter;
            is_gap = false;
        } else {
            is_gap = true;
        }
    }
    memcpy(name + length, length == 0 ? "shire" : "/audit", length == 0 ? 6 : 7);
}

shire_status shire_audit_open_key(const shire_partnership *partnership, shire_store *store,
                                  shire_arena *arena, shire_audit_signer *signer_out,
                                  shire_error *error) {
    char name[NAME_LETTERS_MAX + 8];
    int64_t signed_count = 0;
    const char *path = shire_partnership_state_path(partnership, arena, "audit.key");
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the audit log");
    }
    name_log(partnership->name, name);
    shire_status status = shire_store_query_int64(store, "SELECT count(*) FROM audit_checkpoint",
                                                  &signed_count, error);
    if (status == SHIRE_OK && signed_count > 0 && !shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s: the key that signed the audit log is gone; put its backup there",
                          path);
    }
    return status == SHIRE_OK
               ? shire_audit_key_open(path, name, SHIRE_AUDIT_KEY_LOG, signer_out, error)
               : status;
}

/* A log that another key signed is another folder's: signed by both, nobody could check it. */
static shire_status check_log_is_ours(const shire_partnership *partnership, shire_store *store,
                                      const shire_audit_signer *signer, shire_arena *arena,
                                      shire_error *error) {
    shire_span note = {0};
    shire_audit_checkpoint *last = shire_arena_alloc(arena, sizeof *last);
    if (last == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the audit log");
    }
    shire_status status = shire_audit_last_checkpoint(store, arena, &note, error);
    if (status != SHIRE_OK || note.length == 0 ||
        shire_audit_checkpoint_parse(note, last, NULL) != SHIRE_OK || /* damaged: verify tells */
        shire_audit_checkpoint_is_signed(last, &signer->verifier, NULL)) {
        return status;
    }
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "%s: another key than this folder's signed the audit log of the store; give "
                      "each partnership folder a store of its own, or put the backup of the key "
                      "that signed into the folder",
                      partnership->dir);
}

shire_status shire_audit_open_signer(const shire_partnership *partnership, shire_store *store,
                                     shire_arena *arena, shire_audit_signer *signer_out,
                                     shire_error *error) {
    shire_status status = shire_audit_open_key(partnership, store, arena, signer_out, error);
    if (status == SHIRE_OK) {
        status = check_log_is_ours(partnership, store, signer_out, arena, error);
        if (status != SHIRE_OK) {
            shire_crypto_wipe(signer_out, sizeof *signer_out);
        }
    }
    return status;
}

shire_status shire_audit_sign_all(const shire_partnership *partnership, shire_store *store,
                                  shire_error *error) {
    shire_arena *arena = NULL;
    shire_audit_signer signer;
    shire_status status = shire_arena_new("audit_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_audit_open_signer(partnership, store, arena, &signer, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_sign(store, &signer, error);
    }
    shire_crypto_wipe(&signer, sizeof signer);
    shire_arena_free(arena);
    return status;
}

shire_status shire_audit_seal(shire_store *store, bool is_quiet, void *sealer, shire_error *error) {
    shire_audit_sealer *work = sealer;
    struct timespec now;
    int64_t unsigned_count = 0;
    shire_status status =
        shire_store_query_int64(store,
                                "SELECT coalesce((SELECT max(entry_no) + 1 FROM audit_entry), 0) - "
                                "coalesce((SELECT max(size) FROM audit_checkpoint), 0)",
                                &unsigned_count, error);
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (status != SHIRE_OK || unsigned_count == 0 ||
        !(is_quiet || unsigned_count >= SHIRE_AUDIT_SEAL_ENTRIES ||
          now.tv_sec - work->signed_at >= SHIRE_AUDIT_SEAL_SECONDS)) {
        return status;
    }
    status = shire_audit_sign(store, &work->signer, error);
    if (status == SHIRE_OK) {
        work->signed_at = now.tv_sec;
    }
    return status;
}

shire_status shire_audit_write(const shire_partnership *partnership, shire_store *store,
                               const shire_audit_entry *entry, shire_error *error) {
    shire_status status = shire_audit_append(store, entry, error);
    return status == SHIRE_OK ? shire_audit_sign_all(partnership, store, error) : status;
}

const char *shire_audit_account(shire_arena *arena) {
    char buffer[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    char *copy = NULL;
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL) {
        copy = shire_arena_copy_text(arena, found->pw_name, strlen(found->pw_name));
    }
    return copy == NULL ? "" : copy;
}
