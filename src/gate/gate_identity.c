/*
 * Who an account is at a provider of OpenID Connect: two tables, subjects that are known and e-mail
 * addresses that are expected. An address is taken once, because it may go to somebody else later.
 */
#include "gate/gate_identity.h"

#include "gate/gate_internal.h"

#include <stdio.h>
#include <string.h>

#define ISSUER_BYTES_MAX 500
#define SUBJECT_BYTES_MAX 255
#define EMAIL_BYTES_MAX 254

static shire_status write_identity(shire_store *store, shire_span issuer, shire_span subject,
                                   int64_t number, shire_error *error) {
    return shire_gate_run(store, error,
                          "INSERT INTO account_identity VALUES ($1, $2, $3) ON CONFLICT (issuer, "
                          "subject) DO UPDATE SET account_no = excluded.account_no",
                          "ssi", issuer, subject, number);
}

shire_status shire_gate_identity_set(shire_store *store, const shire_gate_actor *actor,
                                     const char *name, const char *issuer, const char *subject,
                                     shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    int64_t number = 0;
    shire_status status = shire_gate_check_text("issuer", issuer, ISSUER_BYTES_MAX, error);
    if (status == SHIRE_OK) {
        status = shire_gate_check_text("subject", subject, SUBJECT_BYTES_MAX, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_account_number(store, name, folded, &number, error);
    }
    if (status == SHIRE_OK) {
        status =
            write_identity(store, shire_span_of(issuer), shire_span_of(subject), number, error);
    }
    return status == SHIRE_OK
               ? shire_gate_enter(store, actor, folded, error, "signs in through %s", issuer)
               : status;
}

/* False for what is no address; who can read mail there is the provider's to know. */
static bool fold_email(shire_span email, char folded_out[EMAIL_BYTES_MAX + 1]) {
    size_t at_count = 0;
    bool is_one = email.length > 2 && email.length <= EMAIL_BYTES_MAX && email.bytes[0] != '@' &&
                  email.bytes[email.length - 1] != '@';
    for (size_t i = 0; is_one && i < email.length; i++) {
        char letter = email.bytes[i];
        at_count += letter == '@';
        is_one = (unsigned char)letter > ' ' && letter != 0x7F;
        folded_out[i] = (char)(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
    }
    if (is_one) {
        folded_out[email.length] = '\0';
    }
    return is_one && at_count == 1;
}

shire_status shire_gate_identity_expect(shire_store *store, const shire_gate_actor *actor,
                                        const char *name, const char *issuer, const char *email,
                                        shire_error *error) {
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    char address[EMAIL_BYTES_MAX + 1];
    int64_t number = 0;
    shire_status status = shire_gate_check_text("issuer", issuer, ISSUER_BYTES_MAX, error);
    if (status == SHIRE_OK) {
        status = shire_gate_check_text("e-mail address", email, EMAIL_BYTES_MAX, error);
    }
    if (status == SHIRE_OK && !fold_email(shire_span_of(email), address)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "that is no e-mail address; give one such as carys@trust.example");
    }
    if (status == SHIRE_OK) {
        status = shire_gate_account_number(store, name, folded, &number, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error,
                                "INSERT INTO account_email VALUES ($1, $2, $3) ON CONFLICT "
                                "(issuer, email) DO UPDATE SET account_no = excluded.account_no",
                                "tti", issuer, address, number);
    }
    return status == SHIRE_OK
               ? shire_gate_enter(store, actor, folded, error,
                                  "is expected through %s as %s, verified there", issuer, address)
               : status;
}

shire_status shire_gate_identity_find(shire_store *store, shire_span issuer, shire_span subject,
                                      int64_t *account_no_out, shire_error *error) {
    return shire_gate_find_int64(
        store, account_no_out, error,
        "SELECT a.account_no FROM account_identity i JOIN account a ON a.account_no = i.account_no "
        "WHERE i.issuer = $1 AND i.subject = $2 AND a.is_disabled = 0",
        "ss", issuer, subject);
}

static shire_status enter_taken(shire_store *store, int64_t number, shire_span issuer,
                                const char *address, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    char name[SHIRE_GATE_ACCOUNT_NAME_MAX + 1] = "";
    shire_status status = shire_gate_prepare(
        store, &select, error, "SELECT name FROM account WHERE account_no = $1", "i", number);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        shire_span text = shire_store_column_text(select, 0);
        snprintf(name, sizeof name, "%.*s", (int)text.length, text.bytes);
    }
    shire_store_finalize(select);
    const shire_gate_actor actor = {.account = name, .organisation = "", .purpose = ""};
    return status == SHIRE_OK
               ? shire_gate_enter(store, &actor, name, error, "signs in through %.*s, as %s",
                                  (int)issuer.length, issuer.bytes, address)
               : status;
}

shire_status shire_gate_identity_take(shire_store *store, shire_span issuer, shire_span subject,
                                      shire_span email, int64_t *account_no_out,
                                      shire_error *error) {
    char address[EMAIL_BYTES_MAX + 1];
    int64_t number = 0;
    if (!fold_email(email, address)) {
        return SHIRE_NOT_FOUND;
    }
    shire_status status = shire_gate_find_int64(
        store, &number, error,
        "SELECT a.account_no FROM account_email e JOIN account a ON a.account_no = e.account_no "
        "WHERE e.issuer = $1 AND e.email = $2 AND a.is_disabled = 0",
        "st", issuer, address);
    if (status == SHIRE_OK) {
        status = write_identity(store, issuer, subject, number, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error,
                                "DELETE FROM account_email WHERE issuer = $1 AND email = $2", "st",
                                issuer, address);
    }
    if (status == SHIRE_OK) {
        status = enter_taken(store, number, issuer, address, error);
    }
    if (status == SHIRE_OK) {
        *account_no_out = number;
    }
    return status;
}
