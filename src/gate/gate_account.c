/*
 * Accounts and what they sign in with. What is handed out once (tokens, recovery codes) is random
 * and long, so that a plain SHA-256 keeps it; passwords, which people choose, are argon2id.
 */
#include "gate/gate_account.h"

#include "gate/gate_code.h"
#include "gate/gate_internal.h"

#include <stdio.h>
#include <string.h>

#define FULL_NAME_MAX 200
#define CODE_MAX 100 /* of an organisation */

/* ---- names and hashes ---- */

void shire_gate_hash(const char *use, shire_span text, char hash_out[SHIRE_GATE_HASH_LETTERS + 1]) {
    const shire_span parts[] = {shire_span_of(use), {"\n", 1}, text};
    shire_hash hash = shire_sha256(parts, 3);
    for (size_t i = 0; i < SHIRE_HASH_BYTES; i++) {
        hash_out[2 * i] = "0123456789abcdef"[hash.bytes[i] >> 4];
        hash_out[2 * i + 1] = "0123456789abcdef"[hash.bytes[i] & 15];
    }
    hash_out[SHIRE_GATE_HASH_LETTERS] = '\0';
    shire_crypto_wipe(&hash, sizeof hash);
}

bool shire_gate_fold_name(shire_span name, char *folded_out, size_t capacity) {
    name = shire_span_trim(name);
    if (name.length == 0 || name.length >= capacity) {
        return false;
    }
    for (size_t i = 0; i < name.length; i++) {
        char letter = name.bytes[i];
        bool is_upper = letter >= 'A' && letter <= 'Z';
        bool is_plain = is_upper || (letter >= 'a' && letter <= 'z') ||
                        (letter >= '0' && letter <= '9') || letter == '.' || letter == '-' ||
                        letter == '_' || letter == '@';
        if (!is_plain) {
            return false;
        }
        folded_out[i] = is_upper ? (char)(letter - 'A' + 'a') : letter;
    }
    folded_out[name.length] = '\0';
    return true;
}

shire_status shire_gate_account_number(shire_store *store, const char *name, char *folded_out,
                                       int64_t *account_no_out, shire_error *error) {
    shire_status status =
        shire_gate_fold_name(shire_span_of(name), folded_out, SHIRE_GATE_ACCOUNT_NAME_MAX + 1)
            ? shire_gate_find_int64(store, account_no_out, error,
                                    "SELECT account_no FROM account WHERE name = $1", "t",
                                    folded_out)
            : SHIRE_NOT_FOUND;
    return status == SHIRE_NOT_FOUND ? SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                                                  "there is no account of that name; `shire "
                                                  "access DIR account list` lists them")
                                     : status;
}

static shire_status add_credential(shire_store *store, int64_t account_no, const char *kind,
                                   const char *value, int64_t now, int64_t used_step,
                                   shire_error *error) {
    int64_t number = 0;
    shire_status status =
        shire_gate_next(store, "account_credential", "credential_no", &number, error);
    return status == SHIRE_OK
               ? shire_gate_run(store, error,
                                "INSERT INTO account_credential VALUES ($1, $2, $3, $4, $5, $6)",
                                "iittii", number, account_no, kind, value, now, used_step)
               : status;
}

static shire_status remove_credentials(shire_store *store, int64_t account_no, const char *kind,
                                       shire_error *error) {
    return shire_gate_run(store, error,
                          "DELETE FROM account_credential WHERE account_no = $1 AND kind = $2",
                          "it", account_no, kind);
}

/* ---- accounts ---- */

static shire_status check_account(const shire_gate_account *account, shire_error *error) {
    shire_status status =
        shire_gate_check_text("full name", account->full_name, FULL_NAME_MAX, error);
    bool is_citizen = account->role == SHIRE_GATE_CITIZEN;
    bool has_organisation = account->organisation != NULL && account->organisation[0] != '\0';
    bool has_person = account->person_id != NULL && account->person_id[0] != '\0';
    if (status == SHIRE_OK && account->role >= SHIRE_GATE_ROLE_COUNT) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "there is no such role");
    }
    if (status == SHIRE_OK && (is_citizen ? has_organisation : !has_organisation)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            is_citizen ? "a citizen's account has no organisation; leave it out"
                                       : "an account needs an organisation; give its code");
    }
    if (status == SHIRE_OK && has_person != is_citizen) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            is_citizen ? "a citizen's account needs the person's id"
                                       : "only a citizen's account is of a person; leave it out");
    }
    if (status == SHIRE_OK) {
        status = shire_gate_check_text(is_citizen ? "person's id" : "organisation's code",
                                       is_citizen ? account->person_id : account->organisation,
                                       CODE_MAX, error);
    }
    return status;
}

shire_status shire_gate_account_add(shire_store *store, const shire_gate_actor *actor,
                                    const shire_gate_account *account, int64_t *account_no_out,
                                    shire_error *error) {
    char name[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    int64_t number = 0;
    int64_t taken = 0;
    shire_status status = check_account(account, error);
    if (status == SHIRE_OK &&
        !shire_gate_fold_name(shire_span_of(account->name), name, sizeof name)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "an account's name has 1 to %d letters, digits, '.', '-', '_' and '@'",
                            SHIRE_GATE_ACCOUNT_NAME_MAX);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_find_int64(store, &taken, error,
                                       "SELECT account_no FROM account WHERE name = $1", "t", name);
        status = status == SHIRE_OK          ? SHIRE_FAIL(error, SHIRE_INVALID,
                                                          "there is an account of that name; choose another")
                 : status == SHIRE_NOT_FOUND ? SHIRE_OK
                                             : status;
    }
    if (status == SHIRE_OK) {
        status = shire_gate_next(store, "account", "account_no", &number, error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_gate_run(store, error, "INSERT INTO account VALUES ($1, $2, $3, $4, $5, $6, 0)",
                           "ittttt", number, name, account->full_name,
                           account->organisation == NULL ? "" : account->organisation,
                           shire_gate_name(SHIRE_GATE_ROLES, account->role),
                           account->role == SHIRE_GATE_CITIZEN ? account->person_id : NULL);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, name, error, "account added: %s of %s",
                                  shire_gate_name(SHIRE_GATE_ROLES, account->role),
                                  account->role == SHIRE_GATE_CITIZEN ? "nobody but themselves"
                                                                      : account->organisation);
    }
    if (status == SHIRE_OK && account_no_out != NULL) {
        *account_no_out = number;
    }
    return status;
}

#define SELECT_ACCOUNTS                                                                            \
    "SELECT account_no, name, full_name, organisation, role, person_id, is_disabled, (SELECT "     \
    "count(*) FROM account_credential c WHERE c.account_no = account.account_no AND kind = "       \
    "'password'), (SELECT count(*) FROM account_credential c WHERE c.account_no = "                \
    "account.account_no AND kind = 'code') FROM account "

static shire_status take_account(const shire_store_statement *select, shire_arena *arena,
                                 shire_gate_account *account_out, shire_error *error) {
    size_t role = 0;
    if (!shire_gate_parse(SHIRE_GATE_ROLES, shire_store_column_text(select, 4), &role)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the store has an account of a role that this program does not know; use "
                          "the program that wrote it");
    }
    shire_gate_account account = {.account_no = shire_store_column_int64(select, 0),
                                  .name = shire_gate_keep(select, 1, arena),
                                  .full_name = shire_gate_keep(select, 2, arena),
                                  .organisation = shire_gate_keep(select, 3, arena),
                                  .role = (shire_gate_role)role,
                                  .person_id = shire_store_column_is_null(select, 5)
                                                   ? NULL
                                                   : shire_gate_keep(select, 5, arena),
                                  .is_disabled = shire_store_column_int64(select, 6) != 0,
                                  .has_password = shire_store_column_int64(select, 7) != 0,
                                  .has_code = shire_store_column_int64(select, 8) != 0};
    if (account.name == NULL || account.full_name == NULL || account.organisation == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for an account");
    }
    *account_out = account;
    return SHIRE_OK;
}

shire_status shire_gate_account_find(shire_store *store, const char *name, shire_arena *arena,
                                     shire_gate_account *account_out, shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    int64_t number = 0;
    bool has_row = false;
    shire_store_statement *select = NULL;
    shire_status status = shire_gate_account_number(store, name, folded, &number, error);
    if (status == SHIRE_OK) {
        status = shire_gate_prepare(store, &select, error, SELECT_ACCOUNTS "WHERE account_no = $1",
                                    "i", number);
    }
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        status = take_account(select, arena, account_out, error);
    }
    shire_store_finalize(select);
    return status;
}

shire_status shire_gate_account_scan(shire_store *store, shire_gate_account_visitor visit,
                                     void *context, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_status status =
        shire_gate_prepare(store, &select, error, SELECT_ACCOUNTS "ORDER BY name", "");
    while (status == SHIRE_OK) {
        shire_arena *arena = NULL;
        shire_gate_account account;
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        status = shire_arena_new("account_arena", 0, &arena, error);
        if (status == SHIRE_OK) {
            status = take_account(select, arena, &account, error);
        }
        if (status == SHIRE_OK) {
            status = visit(&account, context, error);
        }
        shire_arena_free(arena);
    }
    shire_store_finalize(select);
    return status;
}

static shire_status end_sessions(shire_store *store, int64_t account_no, shire_error *error) {
    return shire_gate_run(store, error, "DELETE FROM session WHERE account_no = $1", "i",
                          account_no);
}

shire_status shire_gate_account_disable(shire_store *store, const shire_gate_actor *actor,
                                        const char *name, bool is_disabled, shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    int64_t number = 0;
    shire_status status = shire_gate_account_number(store, name, folded, &number, error);
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error,
                                "UPDATE account SET is_disabled = $2 WHERE account_no = $1", "ii",
                                number, (int64_t)is_disabled);
    }
    if (status == SHIRE_OK && is_disabled) {
        status = end_sessions(store, number, error);
    }
    return status == SHIRE_OK ? shire_gate_enter(store, actor, folded, error, "account %s",
                                                 is_disabled ? "disabled" : "enabled")
                              : status;
}

/* ---- passwords ---- */

static bool has_in_it(shire_span text, const char *word) {
    size_t length = strlen(word);
    for (size_t i = 0; length > 0 && i + length <= text.length; i++) {
        if (shire_span_equal_ignoring_case((shire_span){text.bytes + i, length},
                                           (shire_span){word, length})) {
            return true;
        }
    }
    return false;
}

shire_status shire_gate_password_make(const char *account_name, shire_span password,
                                      char hash_out[SHIRE_PASSWORD_HASH_BYTES],
                                      shire_error *error) {
    size_t letters = 0;
    bool is_varied = false;
    for (size_t i = 0; i < password.length; i++) {
        letters += ((unsigned char)password.bytes[i] & 0xC0) != 0x80 ? 1 : 0;
        is_varied = is_varied || password.bytes[i] != password.bytes[0];
    }
    if (letters < SHIRE_GATE_PASSWORD_LETTERS_MIN || !is_varied) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a password has at least %d characters, not all the same; three words "
                          "that have nothing to do with each other make a good one",
                          SHIRE_GATE_PASSWORD_LETTERS_MIN);
    }
    if (password.length > SHIRE_GATE_PASSWORD_BYTES_MAX || !shire_text_is_utf8(password)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a password has at most %d bytes of UTF-8 text",
                          SHIRE_GATE_PASSWORD_BYTES_MAX);
    }
    if (has_in_it(password, account_name)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the account's name is in the password; choose another");
    }
    return shire_password_hash(password, hash_out)
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to hash a password");
}

shire_status shire_gate_password_set(shire_store *store, const shire_gate_actor *actor,
                                     const char *name, const char *hash, shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    int64_t number = 0;
    shire_status status = shire_gate_account_number(store, name, folded, &number, error);
    if (status == SHIRE_OK) {
        status = remove_credentials(store, number, "password", error);
    }
    if (status == SHIRE_OK) {
        status = add_credential(store, number, "password", hash, 0, 0, error);
    }
    if (status == SHIRE_OK) {
        status = end_sessions(store, number, error);
    }
    return status == SHIRE_OK ? shire_gate_enter(store, actor, folded, error, "password set")
                              : status;
}

/* ---- one-time codes ---- */

static shire_status add_sealed(shire_store *store, const char *key_path, int64_t account_no,
                               const char *kind, const char *secret, int64_t now, int64_t used_step,
                               shire_error *error) {
    shire_builder sealed = {0};
    shire_status status = shire_gate_code_seal(store, key_path, account_no, secret, &sealed, error);
    if (status == SHIRE_OK) {
        status = add_credential(store, account_no, kind, sealed.bytes, now, used_step, error);
    }
    shire_builder_free(&sealed);
    return status;
}

shire_status shire_gate_code_offer(shire_store *store, const shire_gate_actor *actor,
                                   const char *key_path, const char *name, int64_t now,
                                   char secret_out[SHIRE_CODE_SECRET_LETTERS + 1],
                                   shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    int64_t number = 0;
    shire_status status = shire_gate_account_number(store, name, folded, &number, error);
    if (status == SHIRE_OK) {
        status = remove_credentials(store, number, "code-new", error);
    }
    if (status == SHIRE_OK) {
        shire_code_make_secret(secret);
        status = add_sealed(store, key_path, number, "code-new", secret, now, 0, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, folded, error, "one-time codes offered");
    }
    if (status == SHIRE_OK) {
        memcpy(secret_out, secret, sizeof secret);
    }
    shire_crypto_wipe(secret, sizeof secret);
    return status;
}

static shire_status make_recovery(shire_store *store, int64_t account_no, int64_t now,
                                  shire_gate_recovery *recovery_out, shire_error *error) {
    shire_status status = remove_credentials(store, account_no, "recovery", error);
    for (size_t i = 0; i < SHIRE_GATE_RECOVERY_CODES && status == SHIRE_OK; i++) {
        char secret[SHIRE_CODE_SECRET_LETTERS + 1];
        char hash[SHIRE_GATE_HASH_LETTERS + 1];
        char *code = recovery_out->codes[i];
        shire_code_make_secret(secret);
        memcpy(code, secret, SHIRE_GATE_RECOVERY_LETTERS);
        code[SHIRE_GATE_RECOVERY_LETTERS] = '\0';
        shire_crypto_wipe(secret, sizeof secret);
        shire_gate_hash("recovery", shire_span_of(code), hash);
        status = add_credential(store, account_no, "recovery", hash, now, 0, error);
    }
    return status;
}

shire_status shire_gate_code_confirm(shire_store *store, const shire_gate_actor *actor,
                                     const char *key_path, const char *name, shire_span code,
                                     int64_t now, shire_gate_recovery *recovery_out,
                                     shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    char secret[SHIRE_CODE_SECRET_LETTERS + 1] = "";
    int64_t number = 0;
    int64_t step = 0;
    bool has_row = false;
    shire_store_statement *select = NULL;
    shire_status status = shire_gate_account_number(store, name, folded, &number, error);
    if (status == SHIRE_OK) {
        status = shire_gate_prepare(
            store, &select, error,
            "SELECT value FROM account_credential WHERE account_no = $1 AND kind = 'code-new'", "i",
            number);
    }
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        status = shire_gate_code_open(key_path, number, shire_store_column_text(select, 0), secret,
                                      error);
        step = status == SHIRE_OK ? shire_code_find_step(secret, code, now, 0) : 0;
    }
    shire_store_finalize(select);
    if (status == SHIRE_OK && step == 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            has_row ? "that is not the code of this moment; look at the clock of "
                                      "the device and give the code that it shows now"
                                    : "no codes were offered to this account; begin anew");
    }
    if (status == SHIRE_OK) {
        status = remove_credentials(store, number, "code", error);
    }
    if (status == SHIRE_OK) {
        status = remove_credentials(store, number, "code-new", error);
    }
    if (status == SHIRE_OK) {
        status = add_sealed(store, key_path, number, "code", secret, now, step, error);
    }
    if (status == SHIRE_OK) {
        status = make_recovery(store, number, now, recovery_out, error);
    }
    shire_crypto_wipe(secret, sizeof secret);
    return status == SHIRE_OK
               ? shire_gate_enter(store, actor, folded, error, "one-time codes asked for")
               : status;
}

shire_status shire_gate_code_remove(shire_store *store, const shire_gate_actor *actor,
                                    const char *name, shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    int64_t number = 0;
    static const char *const kinds[] = {"code", "code-new", "recovery"};
    shire_status status = shire_gate_account_number(store, name, folded, &number, error);
    for (size_t i = 0; i < 3 && status == SHIRE_OK; i++) {
        status = remove_credentials(store, number, kinds[i], error);
    }
    return status == SHIRE_OK ? shire_gate_enter(store, actor, folded, error,
                                                 "one-time codes not asked for any more")
                              : status;
}

/* ---- tokens and identities ---- */

shire_status shire_gate_token_make(shire_store *store, const shire_gate_actor *actor,
                                   const char *name, int64_t now, shire_gate_token *token_out,
                                   shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    int64_t number = 0;
    int64_t service = 0;
    shire_status status = shire_gate_account_number(store, name, folded, &number, error);
    if (status == SHIRE_OK) {
        status = shire_gate_find_int64(
            store, &service, error,
            "SELECT count(*) FROM account WHERE account_no = $1 AND role = 'service'", "i", number);
    }
    if (status == SHIRE_OK && service == 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "only an account of the role service has a token; people sign in");
    }
    if (status == SHIRE_OK) {
        status = remove_credentials(store, number, "token", error);
    }
    if (status == SHIRE_OK) {
        shire_gate_token_draw(token_out);
        shire_gate_hash("token", shire_span_of(token_out->text), hash);
        status = add_credential(store, number, "token", hash, now, 0, error);
    }
    return status == SHIRE_OK ? shire_gate_enter(store, actor, folded, error, "token made")
                              : status;
}

shire_status shire_gate_token_end(shire_store *store, const shire_gate_actor *actor,
                                  const char *name, shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    int64_t number = 0;
    int64_t count = 0;
    shire_status status = shire_gate_account_number(store, name, folded, &number, error);
    if (status == SHIRE_OK) {
        status = shire_gate_find_int64(
            store, &count, error,
            "SELECT count(*) FROM account_credential WHERE account_no = $1 AND kind = 'token'", "i",
            number);
    }
    if (status == SHIRE_OK && count == 0) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "that account has no token");
    }
    if (status == SHIRE_OK) {
        status = remove_credentials(store, number, "token", error);
    }
    return status == SHIRE_OK ? shire_gate_enter(store, actor, folded, error, "token ended")
                              : status;
}

shire_status shire_gate_token_scan(shire_store *store, shire_gate_token_visitor visit,
                                   void *context, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT a.name, a.full_name, a.organisation, a.is_disabled, coalesce(c.made, 0) FROM "
        "account a LEFT JOIN account_credential c ON c.account_no = a.account_no AND c.kind = "
        "'token' WHERE a.role = $1 ORDER BY a.name",
        "t", shire_gate_name(SHIRE_GATE_ROLES, SHIRE_GATE_SERVICE));
    while (status == SHIRE_OK && has_row) {
        status = shire_store_step(select, &has_row, error);
        if (status == SHIRE_OK && has_row) {
            const shire_gate_token_holder holder = {
                .name = shire_store_column_text(select, 0),
                .full_name = shire_store_column_text(select, 1),
                .organisation = shire_store_column_text(select, 2),
                .is_disabled = shire_store_column_int64(select, 3) != 0,
                .made = shire_store_column_int64(select, 4)};
            status = visit(&holder, context, error);
        }
    }
    shire_store_finalize(select);
    return status;
}

void shire_gate_token_draw(shire_gate_token *token_out) {
    uint8_t bytes[SHIRE_GATE_TOKEN_LETTERS / 2];
    shire_random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(token_out->text + 2 * i, 3, "%02x", bytes[i]);
    }
    shire_crypto_wipe(bytes, sizeof bytes);
}

bool shire_gate_token_is_one(shire_span token) {
    bool is_token = token.length == SHIRE_GATE_TOKEN_LETTERS;
    for (size_t i = 0; i < token.length && is_token; i++) {
        char letter = token.bytes[i];
        is_token = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
    }
    return is_token;
}

shire_status shire_gate_token_find(shire_store *store, shire_span token, int64_t *account_no_out,
                                   shire_error *error) {
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    if (!shire_gate_token_is_one(token)) {
        return SHIRE_NOT_FOUND;
    }
    shire_gate_hash("token", token, hash);
    return shire_gate_find_int64(
        store, account_no_out, error,
        "SELECT a.account_no FROM account_credential c JOIN account a ON a.account_no = "
        "c.account_no WHERE c.value = $1 AND c.kind = 'token' AND a.is_disabled = 0",
        "t", hash);
}
