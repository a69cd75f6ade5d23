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

static shire_status open_key(shire_store *store, const char *path, shire_secret_key *key_out,
                             shire_error *error) {
    int64_t sealed_count = 0;
    if (shire_file_exists(path)) {
        return shire_secret_read_key(path, key_out, error);
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
    return status == SHIRE_OK ? shire_secret_read_key(path, key_out, error) : status;
}

shire_status shire_gate_code_seal(shire_store *store, const char *key_path, int64_t account_no,
                                  const char *secret, shire_builder *sealed, shire_error *error) {
    shire_secret_key key;
    char message[MESSAGE_BYTES_MAX + 1];
    shire_status status = open_key(store, key_path, &key, error);
    if (status != SHIRE_OK) {
        return status;
    }
    snprintf(message, sizeof message, "%" PRId64 " %s", account_no, secret);
    shire_builder_append_sealed(sealed, key.bytes, shire_span_of(message));
    shire_secret_wipe(&key, sizeof key);
    shire_crypto_wipe(message, sizeof message);
    return sealed->failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a one-time code")
                          : SHIRE_OK;
}

shire_status shire_gate_code_open(const char *key_path, int64_t account_no, shire_span kept,
                                  char secret_out[SHIRE_CODE_SECRET_LETTERS + 1],
                                  shire_error *error) {
    shire_secret_key key;
    char message[MESSAGE_BYTES_MAX];
    char owner[24];
    size_t length = 0;
    if (kept.length == SHIRE_CODE_SECRET_LETTERS) {
        memcpy(secret_out, kept.bytes, kept.length);
        secret_out[kept.length] = '\0';
        return SHIRE_OK;
    }
    shire_status status = shire_file_exists(key_path) ? shire_secret_read_key(key_path, &key, error)
                                                      : SHIRE_NOT_FOUND;
    if (status == SHIRE_OK) {
        snprintf(owner, sizeof owner, "%" PRId64 " ", account_no);
        size_t owner_length = strlen(owner);
        bool is_ours = shire_sealed_open(kept, key.bytes, message, sizeof message, &length) &&
                       length == owner_length + SHIRE_CODE_SECRET_LETTERS &&
                       memcmp(message, owner, owner_length) == 0;
        if (is_ours) {
            memcpy(secret_out, message + owner_length, SHIRE_CODE_SECRET_LETTERS);
            secret_out[SHIRE_CODE_SECRET_LETTERS] = '\0';
        }
        shire_secret_wipe(&key, sizeof key);
        shire_crypto_wipe(message, sizeof message);
        status = is_ours ? SHIRE_OK : SHIRE_NOT_FOUND;
    }
    return status == SHIRE_OK
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_IO_FAILED,
                            "%s: is not the key that a one-time code was sealed with; put the copy "
                            "of that key there, or take the code off the account",
                            key_path);
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
