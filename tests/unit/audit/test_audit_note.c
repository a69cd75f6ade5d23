/* Notes against the published example of the signed-note specification; round trips; damage. */
#include "audit/audit_note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t seed[SHIRE_KEY_SEED_BYTES] = {1, 2, 3};
static const uint8_t other_seed[SHIRE_KEY_SEED_BYTES] = {9};

static void make_signer(shire_audit_signer *signer, const char *name, shire_audit_key_kind kind,
                        const uint8_t *from) {
    assert_int_equal(shire_audit_signer_set(signer, shire_span_of(name), kind, from, NULL),
                     SHIRE_OK);
}

static void the_published_example_verifies(void **state) {
    (void)state;
    shire_audit_verifier verifier;
    shire_builder text = {0};
    uint8_t blob[4 + SHIRE_SIGNATURE_BYTES];
    static const char key[] =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    static const char signature[] = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZ"
                                    "XsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=";
    assert_int_equal(shire_audit_verifier_parse(shire_span_of(key), &verifier, NULL), SHIRE_OK);
    assert_int_equal(shire_audit_key_id(&verifier), 0x530d903a);
    shire_audit_verifier_append(&verifier, &text);
    assert_string_equal(text.bytes, key);
    assert_true(shire_base64_parse(shire_span_of(signature), blob, sizeof blob));
    assert_true(shire_signature_is_valid(verifier.public_key,
                                         shire_span_of("This is an example message.\n"), blob + 4));
    assert_false(shire_signature_is_valid(
        verifier.public_key, shire_span_of("This is an example message!\n"), blob + 4));
    shire_builder_free(&text);
}

static void what_is_no_verifier_key_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        shire_audit_verifier verifier;
        shire_error error = {0};
        assert_int_equal(shire_audit_verifier_parse(shire_span_of(bad[i]), &verifier, &error),
                         SHIRE_INVALID);
        assert_non_null(strstr(error.message, "NAME+KEYID+BASE64"));
    }
    shire_audit_signer signer;
    assert_int_equal(shire_audit_signer_set(&signer, shire_span_of("two words"),
                                            SHIRE_AUDIT_KEY_LOG, seed, NULL),
                     SHIRE_INVALID);
}

static void a_checkpoint_comes_back_as_it_was_signed(void **state) {
    (void)state;
    shire_audit_signer log;
    shire_audit_signer witness;
    shire_builder note = {0};
    shire_hash root = {{7, 8, 9}};
    uint64_t time = 0;
    shire_audit_checkpoint *parsed = calloc(1, sizeof *parsed);
    assert_non_null(parsed);
    make_signer(&log, "shire.example/audit", SHIRE_AUDIT_KEY_LOG, seed);
    make_signer(&witness, "council.example/witness", SHIRE_AUDIT_KEY_WITNESS, other_seed);
    shire_audit_checkpoint_append(&log, 20852163, &root, &note);
    assert_int_equal(
        shire_audit_checkpoint_parse((shire_span){note.bytes, note.length}, parsed, NULL),
        SHIRE_OK);
    assert_false(shire_audit_checkpoint_is_signed(parsed, &witness.verifier, &time));
    shire_audit_cosignature_append(&witness, parsed->text, 1700000000, &note);
    assert_int_equal(
        shire_audit_checkpoint_parse((shire_span){note.bytes, note.length}, parsed, NULL),
        SHIRE_OK);
    assert_int_equal(parsed->size, 20852163);
    assert_true(shire_hash_equal(&parsed->root, &root));
    assert_true(shire_span_equal(parsed->origin, shire_span_of("shire.example/audit")));
    assert_int_equal(parsed->signature_count, 2);
    assert_true(shire_audit_checkpoint_is_signed(parsed, &log.verifier, NULL));
    assert_true(shire_audit_checkpoint_is_signed(parsed, &witness.verifier, &time));
    assert_int_equal(time, 1700000000);
    free(parsed);
    shire_builder_free(&note);
}

static void every_changed_byte_is_noticed(void **state) {
    (void)state;
    shire_audit_signer log;
    shire_builder note = {0};
    shire_hash root = {{1}};
    shire_audit_checkpoint *parsed = calloc(1, sizeof *parsed);
    assert_non_null(parsed);
    make_signer(&log, "shire.example/audit", SHIRE_AUDIT_KEY_LOG, seed);
    shire_audit_checkpoint_append(&log, 12, &root, &note);
    for (size_t i = 0; i < note.length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            note.bytes[i] = (char)(note.bytes[i] ^ 1 << bit);
            bool is_good = shire_audit_checkpoint_parse((shire_span){note.bytes, note.length},
                                                        parsed, NULL) == SHIRE_OK &&
                           shire_audit_checkpoint_is_signed(parsed, &log.verifier, NULL);
            assert_false(is_good);
            note.bytes[i] = (char)(note.bytes[i] ^ 1 << bit);
        }
        assert_int_equal(shire_audit_checkpoint_parse((shire_span){note.bytes, i}, parsed, NULL) ==
                                 SHIRE_OK &&
                             shire_audit_checkpoint_is_signed(parsed, &log.verifier, NULL),
                         0);
    }
    free(parsed);
    shire_builder_free(&note);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_example_verifies),
        cmocka_unit_test(what_is_no_verifier_key_is_refused),
        cmocka_unit_test(a_checkpoint_comes_back_as_it_was_signed),
        cmocka_unit_test(every_changed_byte_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
