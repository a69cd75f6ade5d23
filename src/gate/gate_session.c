/*
 * Sign-ins, throttled, and sessions. The throttle counts an attempt before it is checked and takes
 * the count back when it was right, so that many at the same moment are counted too.
 */
#include "gate/gate_session.h"

#include "audit/audit_log.h"
#include "gate/gate_code.h"
#include "gate/gate_internal.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define WAIT_SECONDS_MAX 900
#define NAME_FAILURES_FREE 4
#define ADDRESS_FAILURES_FREE 20 /* people behind one address share it */
#define FORGET_SECONDS 86400

/* ---- the throttle ---- */

static int64_t wait_of(int64_t failures, int64_t free_failures) {
    int64_t beyond = failures - free_failures;
    if (beyond <= 0) {
        return 0;
    }
    return beyond > 10 ? WAIT_SECONDS_MAX : (int64_t)1 << (beyond - 1);
}

/* Seconds to wait yet; when 0, one attempt more is counted as failed. */
static shire_status count_attempt(shire_store *store, const char *key, int64_t free_failures,
                                  int64_t now, int64_t *wait_out, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    int64_t failures = 0;
    int64_t last = 0;
    shire_status status = shire_gate_prepare(
        store, &select, error, "SELECT failures, last FROM throttle WHERE subject = $1", "t", key);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        failures = shire_store_column_int64(select, 0);
        last = shire_store_column_int64(select, 1);
    }
    shire_store_finalize(select);
    if (status != SHIRE_OK) {
        return status;
    }
    failures = now - last > FORGET_SECONDS ? 0 : failures;
    int64_t wait = last + wait_of(failures, free_failures) - now;
    if (wait > 0) {
        *wait_out = wait > *wait_out ? wait : *wait_out;
        return SHIRE_OK;
    }
    return shire_gate_run(store, error,
                          "INSERT INTO throttle VALUES ($1, $2, $3) ON CONFLICT (subject) DO "
                          "UPDATE SET failures = excluded.failures, last = excluded.last",
                          "tii", key, failures + 1, now);
}

static shire_status forgive(shire_store *store, const char *key, bool is_all, shire_error *error) {
    return is_all
               ? shire_gate_run(store, error, "DELETE FROM throttle WHERE subject = $1", "t", key)
               : shire_gate_run(store, error,
                                "UPDATE throttle SET failures = failures - 1 WHERE subject = $1 "
                                "AND failures > 0",
                                "t", key);
}

/* ---- attempts ---- */

static pthread_once_t decoy_once = PTHREAD_ONCE_INIT;
static char decoy_hash[SHIRE_PASSWORD_HASH_BYTES];

/* Of a password that nobody knows: what is checked for accounts that are none. */
static void make_decoy(void) {
    shire_gate_token token;
    shire_gate_token_draw(&token);
    if (!shire_password_hash(shire_span_of(token.text), decoy_hash)) {
        decoy_hash[0] = '\0';
    }
}

static shire_status find_hash(shire_store *store, shire_gate_attempt *attempt, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT a.account_no, c.value FROM account a JOIN account_credential c ON c.account_no = "
        "a.account_no AND c.kind = 'password' WHERE a.name = $1 AND a.is_disabled = 0",
        "t", attempt->account_name);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        shire_span hash = shire_store_column_text(select, 1);
        attempt->account_no = shire_store_column_int64(select, 0);
        snprintf(attempt->hash, sizeof attempt->hash, "%.*s", (int)hash.length, hash.bytes);
    }
    shire_store_finalize(select);
    return status;
}

shire_status shire_gate_attempt_begin(shire_store *store, shire_span name, shire_span address,
                                      int64_t now, shire_gate_attempt *attempt_out,
                                      shire_error *error) {
    shire_gate_attempt attempt = {0};
    bool is_name = shire_gate_fold_name(name, attempt.account_name, sizeof attempt.account_name);
    shire_gate_hash("name", is_name ? shire_span_of(attempt.account_name) : name, attempt.name_key);
    shire_gate_hash("address", address, attempt.address_key);
    shire_status status = shire_gate_run(store, error, "DELETE FROM throttle WHERE last < $1", "i",
                                         now - FORGET_SECONDS);
    if (status == SHIRE_OK) {
        status = count_attempt(store, attempt.address_key, ADDRESS_FAILURES_FREE, now,
                               &attempt.wait_seconds, error);
    }
    if (status == SHIRE_OK && attempt.wait_seconds == 0) {
        status = count_attempt(store, attempt.name_key, NAME_FAILURES_FREE, now,
                               &attempt.wait_seconds, error);
    }
    if (status == SHIRE_OK && is_name) {
        status = find_hash(store, &attempt, error);
    }
    if (status == SHIRE_OK) {
        *attempt_out = attempt;
    }
    shire_gate_attempt_done(&attempt);
    return status;
}

void shire_gate_attempt_check(shire_gate_attempt *attempt, shire_span password) {
    if (attempt->wait_seconds > 0) {
        return;
    }
    pthread_once(&decoy_once, make_decoy);
    bool is_account = attempt->account_no != 0;
    bool is_right = shire_password_matches(password, is_account ? attempt->hash : decoy_hash);
    attempt->is_right = is_account && is_right;
    if (attempt->is_right && shire_password_hash_is_old(attempt->hash) &&
        !shire_password_hash(password, attempt->new_hash)) {
        attempt->new_hash[0] = '\0';
    }
}

void shire_gate_attempt_done(shire_gate_attempt *attempt) {
    shire_crypto_wipe(attempt, sizeof *attempt);
}

/* ---- sessions ---- */

static shire_status add_session(shire_store *store, int64_t account_no, const char *purpose,
                                bool owes_code, int64_t now, int64_t ends,
                                shire_gate_token *token_out, shire_error *error) {
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    shire_gate_token_draw(token_out);
    shire_gate_hash("session", shire_span_of(token_out->text), hash);
    /* Here and not by a clock of its own: those that ended long ago only take room. */
    shire_status status =
        shire_gate_run(store, error, "DELETE FROM session WHERE ends <= $1", "i", now);
    return status == SHIRE_OK
               ? shire_gate_run(
                     store, error,
                     "INSERT INTO session (token_hash, account_no, purpose, owes_code, made, seen, "
                     "ends) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                     "titiiii", hash, account_no, purpose, (int64_t)owes_code, now, now, ends)
               : status;
}

static shire_status enter_session(shire_store *store, int64_t account_no, const char *kind,
                                  const char *detail, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    char name[SHIRE_GATE_ACCOUNT_NAME_MAX + 1] = "";
    char organisation[128] = "";
    shire_status status = shire_gate_prepare(
        store, &select, error, "SELECT name, organisation FROM account WHERE account_no = $1", "i",
        account_no);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        shire_span text = shire_store_column_text(select, 0);
        snprintf(name, sizeof name, "%.*s", (int)text.length, text.bytes);
        text = shire_store_column_text(select, 1);
        snprintf(organisation, sizeof organisation, "%.*s", (int)text.length, text.bytes);
    }
    shire_store_finalize(select);
    shire_audit_entry entry = {.kind = kind,
                               .actor = name,
                               .organisation = organisation,
                               .subject = name,
                               .detail = detail};
    return status == SHIRE_OK ? shire_audit_append(store, &entry, error) : status;
}

/* The role of a live account. */
static shire_status find_role(shire_store *store, int64_t account_no, shire_gate_role *role_out,
                              shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    size_t role = 0;
    shire_status status = shire_gate_prepare(
        store, &select, error, "SELECT role FROM account WHERE account_no = $1 AND is_disabled = 0",
        "i", account_no);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK) {
        bool is_known = has_row && shire_gate_parse(SHIRE_GATE_ROLES,
                                                    shire_store_column_text(select, 0), &role);
        status = is_known ? SHIRE_OK
                          : SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                                       "there is no such account; ask an administrator");
    }
    if (status == SHIRE_OK) {
        *role_out = (shire_gate_role)role;
    }
    shire_store_finalize(select);
    return status;
}

static shire_status keep_voucher(shire_store *store, const shire_gate_token *token,
                                 const shire_gate_voucher *voucher, shire_error *error) {
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    shire_gate_hash("session", shire_span_of(token->text), hash);
    return shire_gate_run(store, error,
                          "UPDATE session SET issuer = $2, subject = $3, provider_session = "
                          "nullif($4, '') WHERE token_hash = $1",
                          "tsss", hash, voucher->issuer, voucher->subject,
                          voucher->session.bytes == NULL ? shire_span_of("") : voucher->session);
}

shire_status shire_gate_session_open(shire_store *store, int64_t account_no,
                                     const shire_gate_voucher *voucher, int64_t now,
                                     shire_gate_token *token_out, shire_error *error) {
    shire_gate_role role = SHIRE_GATE_ROLE_COUNT;
    shire_status status = find_role(store, account_no, &role, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = add_session(store, account_no,
                         shire_gate_name(SHIRE_GATE_PURPOSES, shire_gate_first_purpose(role)),
                         false, now, now + SHIRE_GATE_SESSION_SECONDS, token_out, error);
    if (status == SHIRE_OK && voucher != NULL) {
        status = keep_voucher(store, token_out, voucher, error);
    }
    return status == SHIRE_OK ? enter_session(store, account_no, "sign-in", "signed in", error)
                              : status;
}

/* Those that a provider's word ends: $1 issuer, $2 its session, $3 subject; each '' when not said.
 */
#define REVOKED                                                                                    \
    "FROM session WHERE issuer = $1 AND ($2 = '' OR provider_session = $2 OR provider_session IS " \
    "NULL) AND ($3 = '' OR subject = $3) AND NOT ($3 = '' AND provider_session IS NULL)"

shire_status shire_gate_session_revoke(shire_store *store, const shire_gate_voucher *voucher,
                                       shire_error *error) {
    shire_span none = shire_span_of("");
    shire_span session = voucher->session.bytes == NULL ? none : voucher->session;
    shire_span subject = voucher->subject.bytes == NULL ? none : voucher->subject;
    if (session.length == 0 && subject.length == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a sign-out names a session or a subject");
    }
    for (;;) {
        int64_t account_no = 0;
        shire_status status = shire_gate_find_int64(
            store, &account_no, error, "SELECT account_no " REVOKED " ORDER BY account_no LIMIT 1",
            "sss", voucher->issuer, session, subject);
        if (status == SHIRE_NOT_FOUND) {
            return SHIRE_OK;
        }
        if (status == SHIRE_OK) {
            status = shire_gate_run(store, error, "DELETE " REVOKED " AND account_no = $4", "sssi",
                                    voucher->issuer, session, subject, account_no);
        }
        if (status == SHIRE_OK) {
            status =
                enter_session(store, account_no, "sign-out", "signed out by the provider", error);
        }
        if (status != SHIRE_OK) {
            return status;
        }
    }
}

static shire_status has_code(shire_store *store, int64_t account_no, bool *has_code_out,
                             shire_error *error) {
    int64_t count = 0;
    shire_status status = shire_gate_find_int64(
        store, &count, error,
        "SELECT count(*) FROM account_credential WHERE account_no = $1 AND kind = 'code'", "i",
        account_no);
    *has_code_out = count > 0;
    return status;
}

shire_status shire_gate_attempt_finish(shire_store *store, const shire_gate_attempt *attempt,
                                       int64_t now, shire_gate_outcome *outcome_out,
                                       shire_gate_token *token_out, shire_error *error) {
    bool owes_code = false;
    int64_t live = 0;
    shire_status status = SHIRE_OK;
    if (attempt->wait_seconds > 0) {
        *outcome_out = SHIRE_GATE_WAIT;
        return SHIRE_OK;
    }
    if (attempt->is_right) {
        /* It may have been disabled, or its password changed, since the attempt began. */
        status = shire_gate_find_int64(
            store, &live, error,
            "SELECT count(*) FROM account a JOIN account_credential c ON c.account_no = "
            "a.account_no AND c.kind = 'password' AND c.value = $2 WHERE a.account_no = $1 AND "
            "a.is_disabled = 0",
            "it", attempt->account_no, attempt->hash);
    }
    if (status == SHIRE_OK && live == 0) {
        *outcome_out = SHIRE_GATE_REFUSED;
        return attempt->account_no == 0
                   ? SHIRE_OK
                   : enter_session(store, attempt->account_no, "sign-in", "refused", error);
    }
    if (status == SHIRE_OK && attempt->new_hash[0] != '\0') {
        status = shire_gate_run(store, error,
                                "UPDATE account_credential SET value = $2 WHERE account_no = $1 "
                                "AND kind = 'password'",
                                "it", attempt->account_no, attempt->new_hash);
    }
    if (status == SHIRE_OK) {
        status = forgive(store, attempt->address_key, false, error);
    }
    if (status == SHIRE_OK) {
        status = has_code(store, attempt->account_no, &owes_code, error);
    }
    if (status == SHIRE_OK && owes_code) {
        status = add_session(store, attempt->account_no, "", true, now,
                             now + SHIRE_GATE_CODE_SECONDS, token_out, error);
    } else if (status == SHIRE_OK) {
        status = forgive(store, attempt->name_key, true, error);
        if (status == SHIRE_OK) {
            status =
                shire_gate_session_open(store, attempt->account_no, NULL, now, token_out, error);
        }
    }
    if (status == SHIRE_OK) {
        *outcome_out = owes_code ? SHIRE_GATE_OWES_CODE : SHIRE_GATE_SIGNED_IN;
    }
    return status;
}

/* ---- a session that there is ---- */

shire_status shire_gate_session_find(shire_store *store, shire_span token, int64_t now,
                                     shire_gate_session *session_out, shire_error *error) {
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    shire_store_statement *select = NULL;
    bool has_row = false;
    if (!shire_gate_token_is_one(token)) {
        return SHIRE_NOT_FOUND;
    }
    shire_gate_hash("session", token, hash);
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT s.account_no, s.purpose, s.owes_code, s.made, s.seen, s.ends FROM session s JOIN "
        "account a ON a.account_no = s.account_no WHERE s.token_hash = $1 AND a.is_disabled = 0",
        "t", hash);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        size_t purpose = 0;
        int64_t seen = shire_store_column_int64(select, 4);
        shire_gate_session session = {.account_no = shire_store_column_int64(select, 0),
                                      .owes_code = shire_store_column_int64(select, 2) != 0,
                                      .is_to_be_touched = now - seen >= SHIRE_GATE_TOUCH_SECONDS,
                                      .made = shire_store_column_int64(select, 3),
                                      .ends = shire_store_column_int64(select, 5)};
        bool is_purpose =
            shire_gate_parse(SHIRE_GATE_PURPOSES, shire_store_column_text(select, 1), &purpose);
        session.purpose = is_purpose ? (shire_gate_purpose)purpose : SHIRE_GATE_PURPOSE_COUNT;
        shire_gate_hash("csrf", token, session.csrf);
        bool is_live = now < session.ends && now - seen < SHIRE_GATE_IDLE_SECONDS &&
                       (is_purpose || session.owes_code);
        if (is_live) {
            *session_out = session;
        } else {
            status = SHIRE_NOT_FOUND;
        }
    }
    shire_store_finalize(select);
    return status == SHIRE_OK && !has_row ? SHIRE_NOT_FOUND : status;
}

shire_status shire_gate_session_touch(shire_store *store, shire_span token, int64_t now,
                                      shire_error *error) {
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    shire_gate_hash("session", token, hash);
    return shire_gate_run(store, error,
                          "UPDATE session SET seen = $2 WHERE token_hash = $1 AND seen < $2", "ti",
                          hash, now);
}

shire_status shire_gate_session_end(shire_store *store, shire_span token, shire_error *error) {
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    shire_gate_hash("session", token, hash);
    return shire_gate_run(store, error, "DELETE FROM session WHERE token_hash = $1", "t", hash);
}

/* The session in the place of another was vouched for by the same. */
static shire_status hand_on_voucher(shire_store *store, shire_span old,
                                    const shire_gate_token *token, shire_error *error) {
    char old_hash[SHIRE_GATE_HASH_LETTERS + 1];
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    shire_gate_hash("session", old, old_hash);
    shire_gate_hash("session", shire_span_of(token->text), hash);
    return shire_gate_run(
        store, error,
        "UPDATE session SET issuer = (SELECT issuer FROM session WHERE token_hash = $2), subject = "
        "(SELECT subject FROM session WHERE token_hash = $2), provider_session = (SELECT "
        "provider_session FROM session WHERE token_hash = $2) WHERE token_hash = $1",
        "tt", hash, old_hash);
}

shire_status shire_gate_session_choose(shire_store *store, shire_span token,
                                       shire_gate_purpose purpose, int64_t now,
                                       shire_gate_token *token_out, shire_error *error) {
    shire_gate_session session;
    shire_gate_role role = SHIRE_GATE_ROLE_COUNT;
    shire_status status = shire_gate_session_find(store, token, now, &session, error);
    if (status == SHIRE_OK) {
        status = session.owes_code ? SHIRE_NOT_FOUND
                                   : find_role(store, session.account_no, &role, error);
    }
    if (status == SHIRE_OK && (purpose >= SHIRE_GATE_PURPOSE_COUNT ||
                               (shire_gate_purposes(role) & SHIRE_GATE_BIT(purpose)) == 0)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "%s %s",
                            shire_gate_rule_sentence(SHIRE_GATE_NO_PURPOSE),
                            shire_gate_rule_remedy(SHIRE_GATE_NO_PURPOSE));
    }
    if (status == SHIRE_OK) {
        status =
            add_session(store, session.account_no, shire_gate_name(SHIRE_GATE_PURPOSES, purpose),
                        false, now, session.ends, token_out, error);
    }
    if (status == SHIRE_OK) {
        status = hand_on_voucher(store, token, token_out, error);
    }
    return status == SHIRE_OK ? shire_gate_session_end(store, token, error) : status;
}

/* Whether a code is the account's; a right one is used up. */
static shire_status use_code(shire_store *store, const char *key_path, int64_t account_no,
                             shire_span code, int64_t now, bool *is_right_out, shire_error *error) {
    shire_status opened = SHIRE_OK;
    shire_store_statement *select = NULL;
    bool has_row = false;
    int64_t number = 0;
    int64_t step = 0;
    char hash[SHIRE_GATE_HASH_LETTERS + 1];
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT credential_no, value, used_step FROM account_credential WHERE account_no = $1 AND "
        "kind = 'code'",
        "i", account_no);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        char secret[SHIRE_CODE_SECRET_LETTERS + 1];
        opened = shire_gate_code_open(key_path, account_no, shire_store_column_text(select, 1),
                                      secret, error);
        number = shire_store_column_int64(select, 0);
        step = opened == SHIRE_OK
                   ? shire_code_find_step(secret, code, now, shire_store_column_int64(select, 2))
                   : 0;
        shire_crypto_wipe(secret, sizeof secret);
    }
    shire_store_finalize(select);
    if (status != SHIRE_OK || step != 0) {
        *is_right_out = step != 0;
        return status == SHIRE_OK
                   ? shire_gate_run(store, error,
                                    "UPDATE account_credential SET used_step = $2 WHERE "
                                    "credential_no = $1",
                                    "ii", number, step)
                   : status;
    }
    shire_gate_hash("recovery", shire_span_trim(code), hash);
    status = shire_gate_find_int64(store, &number, error,
                                   "SELECT credential_no FROM account_credential WHERE account_no "
                                   "= $1 AND kind = 'recovery' AND value = $2",
                                   "it", account_no, hash);
    *is_right_out = status == SHIRE_OK;
    if (status == SHIRE_OK) {
        status = shire_gate_run(
            store, error, "DELETE FROM account_credential WHERE credential_no = $1", "i", number);
    }
    return status == SHIRE_NOT_FOUND ? opened : status;
}

static shire_status find_name_key(shire_store *store, int64_t account_no,
                                  char key_out[SHIRE_GATE_HASH_LETTERS + 1], shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_status status = shire_gate_prepare(
        store, &select, error, "SELECT name FROM account WHERE account_no = $1", "i", account_no);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK) {
        shire_gate_hash("name", has_row ? shire_store_column_text(select, 0) : (shire_span){0},
                        key_out);
    }
    shire_store_finalize(select);
    return status;
}

shire_status shire_gate_session_give_code(shire_store *store, const char *key_path,
                                          shire_span token, shire_span code, int64_t now,
                                          shire_gate_outcome *outcome_out,
                                          shire_gate_token *token_out, shire_error *error) {
    shire_gate_session session;
    char key[SHIRE_GATE_HASH_LETTERS + 1];
    int64_t wait = 0;
    bool is_right = false;
    shire_status status = shire_gate_session_find(store, token, now, &session, error);
    if (status == SHIRE_OK && !session.owes_code) {
        status = SHIRE_NOT_FOUND;
    }
    if (status == SHIRE_OK) {
        status = find_name_key(store, session.account_no, key, error);
    }
    if (status == SHIRE_OK) {
        status = count_attempt(store, key, NAME_FAILURES_FREE, now, &wait, error);
    }
    if (status == SHIRE_OK && wait == 0) {
        status = use_code(store, key_path, session.account_no, code, now, &is_right, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (!is_right) {
        *outcome_out = wait > 0 ? SHIRE_GATE_WAIT : SHIRE_GATE_REFUSED;
        status = wait > 0 ? shire_gate_session_end(store, token, error) : SHIRE_OK;
        return status == SHIRE_OK
                   ? enter_session(store, session.account_no, "sign-in", "code refused", error)
                   : status;
    }
    status = shire_gate_session_end(store, token, error);
    if (status == SHIRE_OK) {
        status = forgive(store, key, true, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_session_open(store, session.account_no, NULL, now, token_out, error);
    }
    if (status == SHIRE_OK) {
        *outcome_out = SHIRE_GATE_SIGNED_IN;
    }
    return status;
}

bool shire_gate_csrf_matches(const shire_gate_session *session, shire_span given) {
    unsigned difference = given.length == SHIRE_GATE_HASH_LETTERS ? 0 : 1;
    for (size_t i = 0; i < SHIRE_GATE_HASH_LETTERS; i++) {
        difference |= i < given.length ? (unsigned)(session->csrf[i] ^ given.bytes[i]) & 0xFF : 1u;
    }
    return difference == 0;
}
