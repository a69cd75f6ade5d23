/*
 * What is sealed is the account's number and the secret, so that a row that was moved to another
 * account opens nothing. An unsealed secret is told by its length, which no sealed one has.
 */
#include "gate/gate_code.h"

#include "gate/gate_internal.h"
#include "io/crypto.h"
#include "io/file.h"
#include "io/secret.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_BYTES_MAX (24 + SHIRE_CODE_SECRET_LETTERS)

static_assert(SHIRE_SECRET_KEY_BYTES == SHIRE_SEAL_KEY_BYTES, "a key of a file seals");

/* The keys that are there, the one that seals first; made when there is none and none is missing.
 */
static shire_status open_ring(shire_store *store, const char *path, shire_secret_ring *ring_out,
                              shire_error *error) {
    int64_t sealed_count = 0;
    if (shire_file_exists(path)) {
        return shire_secret_read_ring(path, ring_out, error);
    }
    shire_status status = shire_gate_find_int64(
        store, &sealed_count, error,
        "SELECT count(*) FROM account_credential WHERE kind IN ('code', 'code-new') AND "
        "length(value) <> $1",
        "i", (int64_t)SHIRE_CODE_SECRET_LETTERS);
    if (status == SHIRE_OK && sealed_count > 0) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "%s: the key that one-time codes were sealed with is gone; put its "
                            "copy there, or take the codes off every account that has them",
                            path);
    }
    if (status == SHIRE_OK) {
        status = shire_secret_new_key(path, error);
    }
    return status == SHIRE_OK ? shire_secret_read_ring(path, ring_out, error) : status;
}

static shire_status seal_with(const shire_secret_key *key, int64_t account_no, const char *secret,
                              shire_builder *sealed, shire_error *error) {
    char message[MESSAGE_BYTES_MAX + 1];
    snprintf(message, sizeof message, "%" PRId64 " %s", account_no, secret);
    shire_builder_append_sealed(sealed, key->bytes, shire_span_of(message));
    shire_crypto_wipe(message, sizeof message);
    return sealed->failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a one-time code")
                          : SHIRE_OK;
}

shire_status shire_gate_code_seal(shire_store *store, const char *key_path, int64_t account_no,
                                  const char *secret, shire_builder *sealed, shire_error *error) {
    shire_secret_ring ring;
    shire_status status = open_ring(store, key_path, &ring, error);
    if (status == SHIRE_OK) {
        status = seal_with(&ring.keys[0], account_no, secret, sealed, error);
        shire_secret_wipe(&ring, sizeof ring);
    }
    return status;
}

static bool open_with(const shire_secret_ring *ring, int64_t account_no, shire_span kept,
                      char secret_out[SHIRE_CODE_SECRET_LETTERS + 1]) {
    char message[MESSAGE_BYTES_MAX];
    char owner[24];
    size_t length = 0;
    bool is_ours = false;
    snprintf(owner, sizeof owner, "%" PRId64 " ", account_no);
    size_t owner_length = strlen(owner);
    for (size_t i = 0; i < ring->count && !is_ours; i++) {
        is_ours = shire_sealed_open(kept, ring->keys[i].bytes, message, sizeof message, &length) &&
                  length == owner_length + SHIRE_CODE_SECRET_LETTERS &&
                  memcmp(message, owner, owner_length) == 0;
    }
    if (is_ours) {
        memcpy(secret_out, message + owner_length, SHIRE_CODE_SECRET_LETTERS);
        secret_out[SHIRE_CODE_SECRET_LETTERS] = '\0';
    }
    shire_crypto_wipe(message, sizeof message);
    return is_ours;
}

static shire_status fail_to_open(const char *key_path, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                      "%s: is not the key that a one-time code was sealed with; put the copy of "
                      "that key there, or take the code off the account",
                      key_path);
}

shire_status shire_gate_code_open(const char *key_path, int64_t account_no, shire_span kept,
                                  char secret_out[SHIRE_CODE_SECRET_LETTERS + 1],
                                  shire_error *error) {
    shire_secret_ring ring;
    if (kept.length == SHIRE_CODE_SECRET_LETTERS) {
        memcpy(secret_out, kept.bytes, kept.length);
        secret_out[kept.length] = '\0';
        return SHIRE_OK;
    }
    bool is_open = shire_file_exists(key_path) &&
                   shire_secret_read_ring(key_path, &ring, error) == SHIRE_OK &&
                   open_with(&ring, account_no, kept, secret_out);
    shire_secret_wipe(&ring, sizeof ring);
    return is_open ? SHIRE_OK : fail_to_open(key_path, error);
}

/* One row at a time, because a row may not change below a statement that reads. */
static shire_status seal_next(shire_store *store, const char *key_path, bool *has_row_out,
                              shire_error *error) {
    shire_store_statement *select = NULL;
    shire_builder sealed = {0};
    int64_t number = 0;
    int64_t account_no = 0;
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT credential_no, account_no, value FROM account_credential WHERE kind IN ('code', "
        "'code-new') AND length(value) = $1 ORDER BY credential_no LIMIT 1",
        "i", (int64_t)SHIRE_CODE_SECRET_LETTERS);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, has_row_out, error);
    }
    if (status == SHIRE_OK && *has_row_out) {
        number = shire_store_column_int64(select, 0);
        account_no = shire_store_column_int64(select, 1);
        snprintf(secret, sizeof secret, "%.*s", SHIRE_CODE_SECRET_LETTERS,
                 shire_store_column_text(select, 2).bytes);
    }
    shire_store_finalize(select);
    if (status == SHIRE_OK && *has_row_out) {
        status = shire_gate_code_seal(store, key_path, account_no, secret, &sealed, error);
        if (status == SHIRE_OK) {
            status = shire_gate_run(store, error,
                                    "UPDATE account_credential SET value = $2 WHERE credential_no "
                                    "= $1",
                                    "it", number, sealed.bytes);
        }
    }
    shire_crypto_wipe(secret, sizeof secret);
    shire_builder_free(&sealed);
    return status;
}

shire_status shire_gate_code_seal_all(shire_store *store, const char *key_path,
                                      shire_error *error) {
    bool has_row = true;
    shire_status status = SHIRE_OK;
    while (status == SHIRE_OK && has_row) {
        status = seal_next(store, key_path, &has_row, error);
    }
    return status;
}

/* ---- another key ---- */

/* The next sealed secret after *number; each is read and changed in a step of its own, because a
 * row may not change below a statement that reads. */
static shire_status next_sealed(shire_store *store, int64_t *number, int64_t *account_no_out,
                                shire_builder *kept, bool *has_row_out, shire_error *error) {
    shire_store_statement *select = NULL;
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT credential_no, account_no, value FROM account_credential WHERE kind IN ('code', "
        "'code-new') AND length(value) <> $1 AND credential_no > $2 ORDER BY credential_no LIMIT 1",
        "ii", (int64_t)SHIRE_CODE_SECRET_LETTERS, *number);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, has_row_out, error);
    }
    if (status == SHIRE_OK && *has_row_out) {
        *number = shire_store_column_int64(select, 0);
        *account_no_out = shire_store_column_int64(select, 1);
        shire_builder_append(kept, shire_store_column_text(select, 2));
    }
    shire_store_finalize(select);
    return status == SHIRE_OK && kept->failed
               ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a one-time code")
               : status;
}

/* Opens each sealed secret with a key of `ring`, and where `new_key` is not NULL seals it anew. */
static shire_status go_through(shire_store *store, const shire_secret_ring *ring,
                               const shire_secret_key *new_key, int64_t *count_out,
                               int64_t *closed_out, shire_error *error) {
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    int64_t number = 0;
    int64_t account_no = 0;
    bool has_row = true;
    shire_status status = SHIRE_OK;
    *count_out = 0;
    *closed_out = 0;
    while (status == SHIRE_OK && has_row) {
        shire_builder kept = {0};
        shire_builder sealed = {0};
        status = next_sealed(store, &number, &account_no, &kept, &has_row, error);
        bool is_open = status == SHIRE_OK && has_row &&
                       open_with(ring, account_no, (shire_span){kept.bytes, kept.length}, secret);
        *count_out += status == SHIRE_OK && has_row;
        *closed_out += status == SHIRE_OK && has_row && !is_open;
        if (is_open && new_key != NULL) {
            status = seal_with(new_key, account_no, secret, &sealed, error);
            if (status == SHIRE_OK) {
                status = shire_gate_run(
                    store, error,
                    "UPDATE account_credential SET value = $2 WHERE credential_no = $1", "it",
                    number, sealed.bytes);
            }
        }
        shire_builder_free(&kept);
        shire_builder_free(&sealed);
    }
    shire_crypto_wipe(secret, sizeof secret);
    return status;
}

shire_status shire_gate_code_rotate(shire_store *store, const shire_gate_actor *actor,
                                    const char *key_path, int64_t *count_out, shire_error *error) {
    shire_secret_ring ring;
    int64_t closed_count = 0;
    shire_status status = open_ring(store, key_path, &ring, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (ring.count == 1) {
        ring.keys[1] = ring.keys[0];
        ring.count = 2;
        status = shire_secret_draw_key(&ring.keys[0], error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_code_seal_all(store, key_path, error);
    }
    if (status == SHIRE_OK) {
        status = go_through(store, &ring, &ring.keys[0], count_out, &closed_count, error);
    }
    if (status == SHIRE_OK && closed_count > 0) {
        status = fail_to_open(key_path, error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_gate_enter(store, actor, "", error,
                             "key of one-time codes changed, %" PRId64 " sealed anew", *count_out);
    }
    if (status == SHIRE_OK) {
        status = shire_secret_write_ring(key_path, &ring, error);
    }
    shire_secret_wipe(&ring, sizeof ring);
    return status;
}

shire_status shire_gate_code_drop_old_key(const char *key_path, shire_error *error) {
    shire_secret_ring ring;
    shire_status status = shire_secret_read_ring(key_path, &ring, error);
    if (status == SHIRE_OK) {
        ring.count = 1;
        status = shire_secret_write_ring(key_path, &ring, error);
        shire_secret_wipe(&ring, sizeof ring);
    }
    return status;
}

shire_status shire_gate_code_find_key(shire_store *store, const char *key_path,
                                      int64_t *sealed_count_out, bool *has_key_out,
                                      shire_error *error) {
    shire_secret_ring ring = {0};
    int64_t closed_count = 0;
    shire_status status =
        shire_file_exists(key_path) ? shire_secret_read_ring(key_path, &ring, error) : SHIRE_OK;
    if (status == SHIRE_OK) {
        status = go_through(store, &ring, NULL, sealed_count_out, &closed_count, error);
    }
    *has_key_out = closed_count == 0;
    shire_secret_wipe(&ring, sizeof ring);
    return status;
}
