/* Accounts, passwords, one-time codes and sessions: what opens, what is refused with the same
 * answer, what ends when, and that no secret lies in the store. */
#include "gate/gate_code.h"
#include "gate/gate_identity.h"
#include "gate/gate_session.h"

#include "io/store_copy.h"
#include "unit/gate/gate_scene.h"

#include <sys/stat.h>

#define PASSWORD "orchard-violin-Tuesday"

/* Where the key of one-time codes is. */
static const char *key_of(const gate_scene *scene) {
    static char path[96];
    snprintf(path, sizeof path, "%s/codes.key", scene->place.dir);
    return path;
}

static int64_t add_clinician(gate_scene *scene) {
    char hash[SHIRE_PASSWORD_HASH_BYTES];
    int64_t number = add_account(scene, "Nurse.One", SHIRE_GATE_CLINICIAN, "TRUST");
    OK(shire_gate_password_make("nurse.one", shire_span_of(PASSWORD), hash, error));
    OK(shire_gate_password_set(scene->store, &admin, "nurse.one", hash, error));
    return number;
}

static shire_gate_outcome sign_in(gate_scene *scene, const char *name, const char *password,
                                  int64_t now, shire_gate_token *token_out) {
    shire_gate_attempt attempt;
    shire_gate_outcome outcome = SHIRE_GATE_REFUSED;
    OK(shire_gate_attempt_begin(scene->store, shire_span_of(name), shire_span_of("192.0.2.1"), now,
                                &attempt, error));
    shire_gate_attempt_check(&attempt, shire_span_of(password));
    OK(shire_gate_attempt_finish(scene->store, &attempt, now, &outcome, token_out, error));
    shire_gate_attempt_done(&attempt);
    return outcome;
}

static shire_status find(gate_scene *scene, const shire_gate_token *token, int64_t now,
                         shire_gate_session *session_out) {
    return shire_gate_session_find(scene->store, shire_span_of(token->text), now, session_out,
                                   NULL);
}

static void the_right_password_opens_a_session(void **state) {
    gate_scene *scene = *state;
    shire_gate_token token;
    shire_gate_session session;
    int64_t number = add_clinician(scene);
    assert_int_equal(sign_in(scene, " NURSE.ONE", PASSWORD, NOW, &token), SHIRE_GATE_SIGNED_IN);
    assert_int_equal(find(scene, &token, NOW, &session), SHIRE_OK);
    assert_int_equal(session.account_no, number);
    assert_int_equal(session.purpose, SHIRE_GATE_CARE);
    assert_false(session.owes_code);
    assert_true(shire_gate_csrf_matches(&session, shire_span_of(session.csrf)));
    assert_false(shire_gate_csrf_matches(&session, shire_span_of(token.text)));
    assert_false(shire_gate_csrf_matches(&session, shire_span_of("")));
    assert_false(shire_gate_csrf_matches(&session, (shire_span){session.csrf, 63}));
    token.text[5] = token.text[5] == '0' ? '1' : '0';
    assert_int_equal(find(scene, &token, NOW, &session), SHIRE_NOT_FOUND);
}

static void refusals_do_not_say_what_was_wrong(void **state) {
    gate_scene *scene = *state;
    shire_gate_token token;
    add_clinician(scene);
    add_account(scene, "nobody.yet", SHIRE_GATE_CLINICIAN, "TRUST");
    static const char *const tries[][2] = {{"nurse.one", "orchard-violin-Monday"},
                                           {"nobody.yet", PASSWORD},
                                           {"no.such.account", PASSWORD},
                                           {"", ""},
                                           {"nurse one", PASSWORD},
                                           {"nurse.one", ""}};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        assert_int_equal(sign_in(scene, tries[i][0], tries[i][1], NOW + (int64_t)i, &token),
                         SHIRE_GATE_REFUSED);
    }
    OK(shire_gate_account_disable(scene->store, &admin, "nurse.one", true, error));
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW + 60, &token), SHIRE_GATE_REFUSED);
    OK(shire_gate_account_disable(scene->store, &admin, "nurse.one", false, error));
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW + 90, &token), SHIRE_GATE_SIGNED_IN);
}

/* The wait doubles, is the same for a name that is no account's, and a right password does not
 * shorten it. */
static void attempts_are_throttled_by_name(void **state) {
    gate_scene *scene = *state;
    shire_gate_token token;
    add_clinician(scene);
    static const char *const names[] = {"nurse.one", "no.such.account"};
    for (size_t i = 0; i < 2; i++) {
        int64_t now = NOW + (int64_t)i * 100000;
        for (int failure = 0; failure < 5; failure++) {
            assert_int_equal(sign_in(scene, names[i], "wrong", now, &token), SHIRE_GATE_REFUSED);
        }
        assert_int_equal(sign_in(scene, names[i], PASSWORD, now, &token), SHIRE_GATE_WAIT);
        now += 1;
        assert_int_equal(sign_in(scene, names[i], "wrong", now, &token), SHIRE_GATE_REFUSED);
        now += 1;
        assert_int_equal(sign_in(scene, names[i], PASSWORD, now, &token), SHIRE_GATE_WAIT);
        for (int failure = 0; failure < 12; failure++) {
            now += 900;
            assert_int_equal(sign_in(scene, names[i], "wrong", now, &token), SHIRE_GATE_REFUSED);
        }
        assert_int_equal(sign_in(scene, names[i], PASSWORD, now + 899, &token), SHIRE_GATE_WAIT);
    }
    /* Another name is not held up, and the count ends with a right password. */
    add_account(scene, "other", SHIRE_GATE_CLINICIAN, "TRUST");
    assert_int_equal(sign_in(scene, "other", "wrong", NOW + 100000 + 12000, &token),
                     SHIRE_GATE_REFUSED);
    int64_t later = NOW + 300000;
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, later, &token), SHIRE_GATE_SIGNED_IN);
    for (int failure = 0; failure < 5; failure++) {
        assert_int_equal(sign_in(scene, "nurse.one", "wrong", later, &token), SHIRE_GATE_REFUSED);
    }
}

/* A right password takes back only its own count of the address, so that one good account does not
 * buy guesses at others. */
static void attempts_are_throttled_by_address(void **state) {
    gate_scene *scene = *state;
    shire_gate_token token;
    char name[16];
    int refused = 0;
    add_clinician(scene);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "guess%d", i);
        refused += sign_in(scene, name, "", NOW, &token) == SHIRE_GATE_REFUSED ? 1 : 0;
        if (i == 10) {
            assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW, &token),
                             SHIRE_GATE_SIGNED_IN);
        }
    }
    assert_int_equal(refused, 21);
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW, &token), SHIRE_GATE_WAIT);
}

static void many_attempts_at_one_moment_are_all_counted(void **state) {
    gate_scene *scene = *state;
    shire_gate_attempt attempts[8];
    shire_gate_token token;
    int waiting = 0;
    add_clinician(scene);
    for (size_t i = 0; i < 8; i++) {
        OK(shire_gate_attempt_begin(scene->store, shire_span_of("nurse.one"),
                                    shire_span_of("192.0.2.1"), NOW, &attempts[i], error));
    }
    for (size_t i = 0; i < 8; i++) {
        shire_gate_outcome outcome = SHIRE_GATE_SIGNED_IN;
        OK(shire_gate_attempt_finish(scene->store, &attempts[i], NOW, &outcome, &token, error));
        waiting += outcome == SHIRE_GATE_WAIT ? 1 : 0;
        assert_true(outcome == SHIRE_GATE_WAIT || outcome == SHIRE_GATE_REFUSED);
    }
    assert_int_equal(waiting, 3);
}

static void a_session_ends_when_idle_and_at_its_end(void **state) {
    gate_scene *scene = *state;
    shire_gate_token token;
    shire_gate_session session;
    add_clinician(scene);
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW, &token), SHIRE_GATE_SIGNED_IN);
    shire_span text = shire_span_of(token.text);
    assert_int_equal(find(scene, &token, NOW + 59, &session), SHIRE_OK);
    assert_false(session.is_to_be_touched);
    assert_int_equal(find(scene, &token, NOW + 1799, &session), SHIRE_OK);
    assert_true(session.is_to_be_touched);
    assert_int_equal(find(scene, &token, NOW + 1800, &session), SHIRE_NOT_FOUND);
    for (int64_t now = NOW; now < NOW + 36000; now += 1700) {
        OK(shire_gate_session_touch(scene->store, text, now, error));
        assert_int_equal(find(scene, &token, now, &session), SHIRE_OK);
    }
    OK(shire_gate_session_touch(scene->store, text, NOW + 35990, error));
    assert_int_equal(find(scene, &token, NOW + 35999, &session), SHIRE_OK);
    assert_int_equal(find(scene, &token, NOW + 36000, &session), SHIRE_NOT_FOUND);
}

static void sessions_end_by_signing_out_and_with_what_they_rest_on(void **state) {
    gate_scene *scene = *state;
    char hash[SHIRE_PASSWORD_HASH_BYTES];
    shire_gate_token tokens[3];
    shire_gate_session session;
    (void)add_clinician(scene);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW, &tokens[i]),
                         SHIRE_GATE_SIGNED_IN);
    }
    OK(shire_gate_session_end(scene->store, shire_span_of(tokens[0].text), error));
    assert_int_equal(find(scene, &tokens[0], NOW, &session), SHIRE_NOT_FOUND);
    assert_int_equal(find(scene, &tokens[1], NOW, &session), SHIRE_OK);
    OK(shire_gate_password_make("nurse.one", shire_span_of("another-good-secret"), hash, error));
    OK(shire_gate_password_set(scene->store, &admin, "nurse.one", hash, error));
    assert_int_equal(find(scene, &tokens[1], NOW, &session), SHIRE_NOT_FOUND);
    assert_int_equal(find(scene, &tokens[2], NOW, &session), SHIRE_NOT_FOUND);
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW, &tokens[0]), SHIRE_GATE_REFUSED);
    assert_int_equal(sign_in(scene, "nurse.one", "another-good-secret", NOW, &tokens[0]),
                     SHIRE_GATE_SIGNED_IN);
    OK(shire_gate_account_disable(scene->store, &admin, "nurse.one", true, error));
    OK(shire_gate_account_disable(scene->store, &admin, "nurse.one", false, error));
    assert_int_equal(find(scene, &tokens[0], NOW, &session), SHIRE_NOT_FOUND);
}

static void another_purpose_needs_the_role_and_gives_a_new_token(void **state) {
    gate_scene *scene = *state;
    shire_gate_token token;
    shire_gate_token next;
    shire_gate_session session;
    int64_t number = add_account(scene, "analyst", SHIRE_GATE_COST_ANALYST, "COUNCIL");
    OK(shire_gate_session_open(scene->store, number, NULL, NOW, &token, error));
    assert_int_equal(find(scene, &token, NOW, &session), SHIRE_OK);
    assert_int_equal(session.purpose, SHIRE_GATE_FINANCE);
    shire_span text = shire_span_of(token.text);
    assert_int_equal(
        shire_gate_session_choose(scene->store, text, SHIRE_GATE_CARE, NOW, &next, NULL),
        SHIRE_INVALID);
    OK(shire_gate_session_choose(scene->store, text, SHIRE_GATE_PLANNING, NOW, &next, error));
    assert_int_equal(find(scene, &token, NOW, &session), SHIRE_NOT_FOUND);
    assert_int_equal(find(scene, &next, NOW, &session), SHIRE_OK);
    assert_int_equal(session.purpose, SHIRE_GATE_PLANNING);
    assert_int_equal(session.ends, NOW + SHIRE_GATE_SESSION_SECONDS);
}

static shire_gate_outcome give(gate_scene *scene, shire_gate_token *token, const char *code,
                               int64_t now) {
    shire_gate_outcome outcome = SHIRE_GATE_OWES_CODE;
    OK(shire_gate_session_give_code(scene->store, key_of(scene), shire_span_of(token->text),
                                    shire_span_of(code), now, &outcome, token, error));
    return outcome;
}

static void a_code_is_owed_once_it_was_confirmed(void **state) {
    gate_scene *scene = *state;
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    char code[SHIRE_CODE_DIGITS + 1];
    shire_gate_recovery recovery;
    shire_gate_token token;
    shire_gate_session session;
    add_clinician(scene);
    OK(shire_gate_code_offer(scene->store, &admin, key_of(scene), "nurse.one", NOW, secret, error));
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW, &token), SHIRE_GATE_SIGNED_IN);
    assert_int_equal(shire_gate_code_confirm(scene->store, &admin, key_of(scene), "nurse.one",
                                             shire_span_of("12345"), NOW, &recovery, NULL),
                     SHIRE_INVALID);
    assert_true(shire_code_at(secret, NOW, code));
    OK(shire_gate_code_confirm(scene->store, &admin, key_of(scene), "nurse.one",
                               shire_span_of(code), NOW, &recovery, error));
    int64_t now = NOW + 120;
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, now, &token), SHIRE_GATE_OWES_CODE);
    assert_int_equal(find(scene, &token, now, &session), SHIRE_OK);
    assert_true(session.owes_code);
    assert_int_equal(session.purpose, SHIRE_GATE_PURPOSE_COUNT);
    assert_int_equal(shire_gate_session_choose(scene->store, shire_span_of(token.text),
                                               SHIRE_GATE_CARE, now, &token, NULL),
                     SHIRE_NOT_FOUND);
    assert_int_equal(find(scene, &token, now + 300, &session), SHIRE_NOT_FOUND);
    /* The code of the confirmation is used up. */
    assert_int_equal(give(scene, &token, code, now), SHIRE_GATE_REFUSED);
    assert_true(shire_code_at(secret, now, code));
    shire_gate_token before = token;
    assert_int_equal(give(scene, &token, code, now), SHIRE_GATE_SIGNED_IN);
    assert_int_equal(find(scene, &before, now, &session), SHIRE_NOT_FOUND);
    assert_int_equal(find(scene, &token, now, &session), SHIRE_OK);
    assert_int_equal(session.purpose, SHIRE_GATE_CARE);
    /* So is this one, and a recovery code is good for once. */
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, now, &token), SHIRE_GATE_OWES_CODE);
    assert_int_equal(give(scene, &token, code, now), SHIRE_GATE_REFUSED);
    assert_int_equal(give(scene, &token, recovery.codes[3], now), SHIRE_GATE_SIGNED_IN);
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, now, &token), SHIRE_GATE_OWES_CODE);
    assert_int_equal(give(scene, &token, recovery.codes[3], now), SHIRE_GATE_REFUSED);
    assert_int_equal(give(scene, &token, "", now), SHIRE_GATE_REFUSED);
    assert_int_equal(give(scene, &token, "000000", now), SHIRE_GATE_REFUSED);
    assert_int_equal(give(scene, &token, recovery.codes[0], now), SHIRE_GATE_SIGNED_IN);
    OK(shire_gate_code_remove(scene->store, &admin, "nurse.one", error));
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, now, &token), SHIRE_GATE_SIGNED_IN);
}

/* Asks for codes; gives the secret and the recovery codes. */
static void ask_for_codes(gate_scene *scene, const char *name,
                          char secret_out[SHIRE_CODE_SECRET_LETTERS + 1],
                          shire_gate_recovery *recovery_out) {
    char code[SHIRE_CODE_DIGITS + 1];
    OK(shire_gate_code_offer(scene->store, &admin, key_of(scene), name, NOW, secret_out, error));
    assert_true(shire_code_at(secret_out, NOW, code));
    OK(shire_gate_code_confirm(scene->store, &admin, key_of(scene), name, shire_span_of(code), NOW,
                               recovery_out, error));
}

static void set_secret(gate_scene *scene, const char *account, const char *value_sql) {
    char sql[400];
    snprintf(
        sql, sizeof sql,
        "UPDATE account_credential SET value = %s WHERE kind = 'code' AND account_no = (SELECT "
        "account_no FROM account WHERE name = '%s')",
        value_sql, account);
    OK(shire_store_execute(scene->store, sql, error));
}

static void a_secret_that_was_kept_unsealed_opens_and_is_sealed(void **state) {
    gate_scene *scene = *state;
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    char code[SHIRE_CODE_DIGITS + 1];
    char quoted[SHIRE_CODE_SECRET_LETTERS + 3];
    shire_gate_recovery recovery;
    shire_gate_token token;
    static const char count_unsealed[] =
        "SELECT count(*) FROM account_credential WHERE kind = 'code' AND length(value) = 32";
    add_clinician(scene);
    ask_for_codes(scene, "nurse.one", secret, &recovery);
    assert_int_equal(number_of(scene, count_unsealed), 0);
    snprintf(quoted, sizeof quoted, "'%s'", secret);
    set_secret(scene, "nurse.one", quoted);
    assert_int_equal(unlink(key_of(scene)), 0);
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW + 120, &token),
                     SHIRE_GATE_OWES_CODE);
    assert_true(shire_code_at(secret, NOW + 120, code));
    assert_int_equal(give(scene, &token, code, NOW + 120), SHIRE_GATE_SIGNED_IN);
    for (int round = 0; round < 2; round++) { /* the second has nothing to do */
        OK(shire_gate_code_seal_all(scene->store, key_of(scene), error));
        assert_int_equal(number_of(scene, count_unsealed), 0);
    }
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW + 240, &token),
                     SHIRE_GATE_OWES_CODE);
    assert_int_equal(give(scene, &token, code, NOW + 240), SHIRE_GATE_REFUSED);
    assert_true(shire_code_at(secret, NOW + 240, code));
    assert_int_equal(give(scene, &token, code, NOW + 240), SHIRE_GATE_SIGNED_IN);
}

static void without_its_key_a_sealed_secret_opens_nothing_but_recovery_codes_do(void **state) {
    gate_scene *scene = *state;
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    char code[SHIRE_CODE_DIGITS + 1];
    char offered[SHIRE_CODE_SECRET_LETTERS + 1];
    struct stat facts;
    shire_gate_recovery recovery;
    shire_gate_token token;
    shire_gate_token new_token;
    shire_gate_outcome outcome = SHIRE_GATE_WAIT;
    add_clinician(scene);
    add_account(scene, "nurse.two", SHIRE_GATE_CLINICIAN, "TRUST");
    ask_for_codes(scene, "nurse.one", secret, &recovery);
    assert_int_equal(stat(key_of(scene), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(unlink(key_of(scene)), 0);
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW + 120, &token),
                     SHIRE_GATE_OWES_CODE);
    assert_true(shire_code_at(secret, NOW + 120, code));
    assert_int_equal(shire_gate_session_give_code(scene->store, key_of(scene),
                                                  shire_span_of(token.text), shire_span_of(code),
                                                  NOW + 120, &outcome, &new_token, NULL),
                     SHIRE_IO_FAILED);
    /* Nor is another key made, which would open nothing of what is there. */
    assert_int_equal(
        shire_gate_code_offer(scene->store, &admin, key_of(scene), "nurse.two", NOW, offered, NULL),
        SHIRE_NOT_FOUND);
    assert_int_equal(give(scene, &token, recovery.codes[0], NOW + 120), SHIRE_GATE_SIGNED_IN);
}

static void a_sealed_secret_opens_for_its_own_account_alone(void **state) {
    gate_scene *scene = *state;
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    char opened[SHIRE_CODE_SECRET_LETTERS + 1];
    shire_builder sealed = {0};
    OK(shire_gate_code_seal(scene->store, key_of(scene), 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
                            &sealed, error));
    memset(secret, 0, sizeof secret);
    OK(shire_gate_code_open(key_of(scene), 7, shire_span_of(sealed.bytes), opened, error));
    assert_string_equal(opened, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    assert_int_equal(
        shire_gate_code_open(key_of(scene), 77, shire_span_of(sealed.bytes), secret, NULL),
        SHIRE_IO_FAILED);
    assert_string_equal(secret, "");
    shire_builder_free(&sealed);
}

static void guessing_codes_ends_the_session(void **state) {
    gate_scene *scene = *state;
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    char code[SHIRE_CODE_DIGITS + 1];
    shire_gate_recovery recovery;
    shire_gate_token token;
    shire_gate_session session;
    int refused = 0;
    add_clinician(scene);
    OK(shire_gate_code_offer(scene->store, &admin, key_of(scene), "nurse.one", NOW, secret, error));
    assert_true(shire_code_at(secret, NOW, code));
    OK(shire_gate_code_confirm(scene->store, &admin, key_of(scene), "nurse.one",
                               shire_span_of(code), NOW, &recovery, error));
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW, &token), SHIRE_GATE_OWES_CODE);
    while (give(scene, &token, "no code", NOW) == SHIRE_GATE_REFUSED) {
        refused++;
    }
    assert_int_equal(refused, 4);
    assert_int_equal(find(scene, &token, NOW, &session), SHIRE_NOT_FOUND);
    /* And a right password does not give more tries at once. */
    assert_int_equal(sign_in(scene, "nurse.one", PASSWORD, NOW, &token), SHIRE_GATE_WAIT);
}

/* RFC 6238, appendix B, the last six digits. */
static void codes_are_those_of_the_standard(void **state) {
    (void)state;
    const char *secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"; /* 12345678901234567890 */
    static const struct {
        int64_t time;
        const char *code;
    } cases[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                 {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char code[SHIRE_CODE_DIGITS + 1];
        int64_t now = cases[i].time;
        shire_span given = shire_span_of(cases[i].code);
        assert_true(shire_code_at(secret, now, code));
        assert_string_equal(code, cases[i].code);
        assert_int_equal(shire_code_find_step(secret, given, now, 0), now / 30);
        assert_int_equal(shire_code_find_step(secret, given, now + 30, 0), now / 30);
        assert_int_equal(shire_code_find_step(secret, given, now - 30, 0), now / 30);
        assert_int_equal(shire_code_find_step(secret, given, now + 60, 0), 0);
        assert_int_equal(shire_code_find_step(secret, given, now, now / 30), 0);
    }
    assert_int_equal(shire_code_find_step(secret, shire_span_of("287 082"), 59, 0), 1);
    assert_int_equal(shire_code_find_step(secret, shire_span_of("2870820"), 59, 0), 0);
    assert_int_equal(shire_code_find_step("!", shire_span_of("287082"), 59, 0), 0);
}

static void poor_passwords_are_refused(void **state) {
    char hash[SHIRE_PASSWORD_HASH_BYTES];
    char is_long[SHIRE_GATE_PASSWORD_BYTES_MAX + 2];
    (void)state;
    memset(is_long, 'a', sizeof is_long - 1);
    is_long[0] = 'b';
    is_long[sizeof is_long - 1] = '\0';
    const char *const poor[] = {"",
                                "elevenchars",
                                "\xC3\xA9\xC3\xA9\xC3\xA9\xC3"
                                "\xA9\xC3\xA9x",
                                "aaaaaaaaaaaaaaa",
                                "xx-NURSE.ONE-2026-xx",
                                is_long,
                                "broken \xFF text here"};
    for (size_t i = 0; i < sizeof poor / sizeof poor[0]; i++) {
        assert_int_equal(shire_gate_password_make("nurse.one", shire_span_of(poor[i]), hash, NULL),
                         SHIRE_INVALID);
    }
    OK(shire_gate_password_make("nurse.one", shire_span_of(PASSWORD), hash, error));
    assert_true(strncmp(hash, "$argon2id$", 10) == 0);
    assert_false(shire_password_hash_is_old(hash));
    assert_true(shire_password_matches(shire_span_of(PASSWORD), hash));
    assert_false(shire_password_matches(shire_span_of(PASSWORD " "), hash));
}

/* A hash of other parameters is made anew at the next sign-in. */
static void an_old_hash_is_renewed(void **state) {
    gate_scene *scene = *state;
    shire_gate_token token;
    add_clinician(scene);
    shire_gate_attempt attempt;
    OK(shire_gate_attempt_begin(scene->store, shire_span_of("nurse.one"), shire_span_of(""), NOW,
                                &attempt, error));
    shire_gate_attempt_check(&attempt, shire_span_of(PASSWORD));
    assert_true(attempt.is_right);
    assert_string_equal(attempt.new_hash, "");
    /* As if the parameters had changed since. */
    assert_true(shire_password_hash(shire_span_of(PASSWORD), attempt.new_hash));
    shire_gate_outcome outcome = SHIRE_GATE_REFUSED;
    OK(shire_gate_attempt_finish(scene->store, &attempt, NOW, &outcome, &token, error));
    assert_int_equal(outcome, SHIRE_GATE_SIGNED_IN);
    char renewed[SHIRE_PASSWORD_HASH_BYTES];
    memcpy(renewed, attempt.new_hash, sizeof renewed);
    /* The attempt's own hash is not the account's any more. */
    OK(shire_gate_attempt_finish(scene->store, &attempt, NOW, &outcome, &token, error));
    assert_int_equal(outcome, SHIRE_GATE_REFUSED);
    OK(shire_gate_attempt_begin(scene->store, shire_span_of("nurse.one"), shire_span_of(""), NOW,
                                &attempt, error));
    assert_string_equal(attempt.hash, renewed);
}

static void accounts_are_checked_and_changes_are_entered(void **state) {
    gate_scene *scene = *state;
    shire_gate_account account = {.name = "clerk",
                                  .full_name = "A Clerk",
                                  .organisation = "COUNCIL",
                                  .role = SHIRE_GATE_COUNCIL_OFFICER};
    shire_gate_account found;
    int64_t version = number_of(scene, "SELECT version FROM gate_version");
    OK(shire_gate_account_add(scene->store, &admin, &account, NULL, error));
    assert_int_equal(number_of(scene, "SELECT version FROM gate_version"), version + 1);
    assert_int_equal(number_of(scene, "SELECT count(*) FROM audit_entry WHERE kind = "
                                      "'configuration' AND subject = 'clerk' AND actor = 'admin'"),
                     1);
    OK(shire_gate_account_find(scene->store, "CLERK", scene->arena, &found, error));
    assert_string_equal(found.organisation, "COUNCIL");
    assert_int_equal(found.role, SHIRE_GATE_COUNCIL_OFFICER);
    assert_null(found.person_id);
    assert_false(found.has_password || found.has_code || found.is_disabled);
    const shire_gate_account wrong[] = {
        {0, "CLERK", "A Clerk", "COUNCIL", 0, NULL, 0, 0, 0},
        {0, "a b", "A Clerk", "COUNCIL", 0, NULL, 0, 0, 0},
        {0, "", "A Clerk", "COUNCIL", 0, NULL, 0, 0, 0},
        {0, "clerk2", "", "COUNCIL", 0, NULL, 0, 0, 0},
        {0, "clerk2", "A\nClerk", "COUNCIL", 0, NULL, 0, 0, 0},
        {0, "clerk2", "A Clerk", "", 0, NULL, 0, 0, 0},
        {0, "clerk2", "A Clerk", "COUNCIL", 0, "P1", 0, 0, 0},
        {0, "clerk2", "A Clerk", "COUNCIL", SHIRE_GATE_CITIZEN, "P1", 0, 0, 0},
        {0, "clerk2", "A Clerk", "", SHIRE_GATE_CITIZEN, NULL, 0, 0, 0},
        {0, "clerk2", "A Clerk", "COUNCIL", SHIRE_GATE_ROLE_COUNT, NULL, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        shire_error error = {0};
        assert_int_equal(shire_gate_account_add(scene->store, &admin, &wrong[i], NULL, &error),
                         SHIRE_INVALID);
        assert_true(error.message[0] != '\0');
    }
    assert_int_equal(number_of(scene, "SELECT count(*) FROM account"), 1);
    assert_int_equal(shire_gate_account_find(scene->store, "clerk2", scene->arena, &found, NULL),
                     SHIRE_NOT_FOUND);
}

static void tokens_are_of_services_and_identities_of_accounts(void **state) {
    gate_scene *scene = *state;
    shire_gate_token token;
    shire_gate_token next;
    int64_t found = 0;
    int64_t service = add_account(scene, "practice.system", SHIRE_GATE_SERVICE, "PRACTICE");
    int64_t nurse = add_clinician(scene);
    assert_int_equal(shire_gate_token_make(scene->store, &admin, "nurse.one", NOW, &token, NULL),
                     SHIRE_INVALID);
    OK(shire_gate_token_make(scene->store, &admin, "practice.system", NOW, &token, error));
    OK(shire_gate_token_find(scene->store, shire_span_of(token.text), &found, error));
    assert_int_equal(found, service);
    OK(shire_gate_token_make(scene->store, &admin, "practice.system", NOW, &next, error));
    assert_int_equal(shire_gate_token_find(scene->store, shire_span_of(token.text), &found, NULL),
                     SHIRE_NOT_FOUND);
    OK(shire_gate_account_disable(scene->store, &admin, "practice.system", true, error));
    assert_int_equal(shire_gate_token_find(scene->store, shire_span_of(next.text), &found, NULL),
                     SHIRE_NOT_FOUND);
    assert_int_equal(shire_gate_token_find(scene->store, shire_span_of("x"), &found, NULL),
                     SHIRE_NOT_FOUND);

    const char *issuer = "https://id.example";
    OK(shire_gate_identity_set(scene->store, &admin, "nurse.one", issuer, "s-1", error));
    OK(shire_gate_identity_find(scene->store, shire_span_of(issuer), shire_span_of("s-1"), &found,
                                error));
    assert_int_equal(found, nurse);
    assert_int_equal(shire_gate_identity_find(scene->store, shire_span_of("https://id.example/"),
                                              shire_span_of("s-1"), &found, NULL),
                     SHIRE_NOT_FOUND);
}

static shire_status take(gate_scene *scene, const char *issuer, const char *subject,
                         const char *email, int64_t *found, shire_error *error) {
    return shire_gate_identity_take(scene->store, shire_span_of(issuer), shire_span_of(subject),
                                    shire_span_of(email), found, error);
}

/* Addresses are given to others when somebody leaves; a subject is one person for ever. */
static void an_address_opens_an_account_once_and_its_subject_from_then_on(void **state) {
    gate_scene *scene = *state;
    const char *issuer = "https://id.example";
    int64_t nurse = add_account(scene, "nurse.one", SHIRE_GATE_CLINICIAN, "TRUST");
    int64_t other = add_account(scene, "nurse.two", SHIRE_GATE_CLINICIAN, "TRUST");
    int64_t found = 0;
    OK(shire_gate_identity_expect(scene->store, &admin, "nurse.one", issuer, "One@Trust.Example",
                                  error));
    assert_int_equal(take(scene, issuer, "s-1", "two@trust.example", &found, NULL),
                     SHIRE_NOT_FOUND);
    assert_int_equal(take(scene, "https://else.example", "s-1", "one@trust.example", &found, NULL),
                     SHIRE_NOT_FOUND);
    assert_int_equal(take(scene, issuer, "s-1", "", &found, NULL), SHIRE_NOT_FOUND);
    OK(take(scene, issuer, "s-1", "one@TRUST.example", &found, error));
    assert_int_equal(found, nurse);
    OK(shire_gate_identity_find(scene->store, shire_span_of(issuer), shire_span_of("s-1"), &found,
                                error));
    assert_int_equal(found, nurse);
    assert_int_equal(take(scene, issuer, "s-2", "one@trust.example", &found, NULL),
                     SHIRE_NOT_FOUND);

    OK(shire_gate_identity_expect(scene->store, &admin, "nurse.one", issuer, "x@y.example", error));
    OK(shire_gate_identity_expect(scene->store, &admin, "nurse.two", issuer, "X@y.example", error));
    OK(shire_gate_account_disable(scene->store, &admin, "nurse.two", true, error));
    assert_int_equal(take(scene, issuer, "s-3", "x@y.example", &found, NULL), SHIRE_NOT_FOUND);
    OK(shire_gate_account_disable(scene->store, &admin, "nurse.two", false, error));
    OK(take(scene, issuer, "s-3", "x@y.example", &found, error));
    assert_int_equal(found, other);

    static const char *const wrong[] = {"", "@", "a@", "@b", "a b@c", "a@b@c", "nobody", "a@b\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(
            shire_gate_identity_expect(scene->store, &admin, "nurse.one", issuer, wrong[i], NULL),
            SHIRE_INVALID);
    }
}

/* All that the store holds, as the bytes of a copy in a file. */
static void read_all(const gate_scene *scene, shire_span *bytes_out) {
    static shire_store_tables tables;
    static shire_store_digest digests[SHIRE_STORE_TABLES_MAX];
    char path[96];
    shire_store *copy = NULL;
    snprintf(path, sizeof path, "%s/copy.db", scene->place.dir);
    OK(shire_store_tables_list(scene->arena, &tables, error));
    OK(shire_store_open(path, SHIRE_STORE_WRITE, &copy, error));
    OK(shire_store_begin_filling(copy, error));
    OK(shire_store_clear(copy, &tables, error));
    OK(shire_store_copy(scene->store, copy, &tables, digests, error));
    OK(shire_store_commit(copy, error));
    shire_store_close(copy);
    OK(shire_file_read(path, 1 << 22, scene->arena, bytes_out, error));
}

/* Neither tokens, passwords and recovery codes nor the names and addresses that were tried. */
static void the_store_holds_no_secret_in_clear(void **state) {
    gate_scene *scene = *state;
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    char code[SHIRE_CODE_DIGITS + 1];
    shire_gate_recovery recovery;
    shire_gate_token token;
    shire_gate_token call;
    add_clinician(scene);
    add_account(scene, "practice.system", SHIRE_GATE_SERVICE, "PRACTICE");
    OK(shire_gate_token_make(scene->store, &admin, "practice.system", NOW, &call, error));
    OK(shire_gate_code_offer(scene->store, &admin, key_of(scene), "nurse.one", NOW, secret, error));
    assert_true(shire_code_at(secret, NOW, code));
    OK(shire_gate_code_confirm(scene->store, &admin, key_of(scene), "nurse.one",
                               shire_span_of(code), NOW, &recovery, error));
    (void)sign_in(scene, "my-password-typed-as-a-name", "x", NOW, &token);
    (void)sign_in(scene, "nurse.one", PASSWORD, NOW, &token);
    const char *const secrets[] = {
        PASSWORD,         "my-password-typed-as-a-name", "192.0.2.1", secret, token.text, call.text,
        recovery.codes[0]};
    OK(shire_store_commit(scene->store, error));
    shire_span bytes = {0};
    read_all(scene, &bytes);
    assert_non_null(memmem(bytes.bytes, bytes.length, "nurse.one", 9));
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        assert_null(memmem(bytes.bytes, bytes.length, secrets[i], strlen(secrets[i])));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(the_right_password_opens_a_session),
        CASE(refusals_do_not_say_what_was_wrong),
        CASE(attempts_are_throttled_by_name),
        CASE(attempts_are_throttled_by_address),
        CASE(many_attempts_at_one_moment_are_all_counted),
        CASE(a_session_ends_when_idle_and_at_its_end),
        CASE(sessions_end_by_signing_out_and_with_what_they_rest_on),
        CASE(another_purpose_needs_the_role_and_gives_a_new_token),
        CASE(a_code_is_owed_once_it_was_confirmed),
        CASE(a_secret_that_was_kept_unsealed_opens_and_is_sealed),
        CASE(without_its_key_a_sealed_secret_opens_nothing_but_recovery_codes_do),
        CASE(a_sealed_secret_opens_for_its_own_account_alone),
        CASE(guessing_codes_ends_the_session),
        CASE(an_address_opens_an_account_once_and_its_subject_from_then_on),
        cmocka_unit_test(codes_are_those_of_the_standard),
        cmocka_unit_test(poor_passwords_are_refused),
        CASE(an_old_hash_is_renewed),
        CASE(accounts_are_checked_and_changes_are_entered),
        CASE(tokens_are_of_services_and_identities_of_accounts),
        CASE(the_store_holds_no_secret_in_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
