/* Base64 and sealed texts: the one form of some bytes is taken, and nothing else that a stranger
 * may send in its place. */
#include "io/crypto.h"
#include "io/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool parses(const char *text, size_t length) {
    uint8_t bytes[64];
    return shire_base64_parse(shire_span_of(text), bytes, length);
}

static void base64_is_that_of_the_standard(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        const char *text;
    } known[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        shire_builder text = {0};
        uint8_t bytes[8] = {0};
        size_t length = strlen(known[i].bytes);
        shire_builder_append_base64(&text, known[i].bytes, length);
        assert_int_equal(text.length, strlen(known[i].text));
        assert_true(text.length == 0 || strcmp(text.bytes, known[i].text) == 0);
        assert_true(shire_base64_parse(shire_span_of(known[i].text), bytes, length));
        assert_memory_equal(bytes, known[i].bytes, length);
        shire_builder_free(&text);
    }
}

static void bad_base64_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "Zg",   "Zg=",   "Zg===", "Zh==",     "Zg==\n",  " Zg==",   "Z g==",      "Zg==Zg", "=Zg=",
        "Z===", "Zg==A", "_g==",  "Zg=\x3d=", "Z\xc3==", "\xffg==", "Zg\xbd\xbd", "====",   ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parses(bad[i], 1)) {
            fail_msg("taken as one byte: '%s'", bad[i]);
        }
    }
    assert_true(parses("Zg==", 1));
    assert_false(parses("Zg==", 2));
    assert_false(parses("Zm8=", 1));
    assert_true(parses("////", 3));
    for (int byte = 0x80; byte <= 0xFF; byte++) {
        for (size_t at = 0; at < 4; at++) {
            char text[] = "////";
            uint8_t bytes[3];
            size_t length = 0;
            text[at] = (char)byte;
            assert_false(parses(text, 3));
            assert_false(
                shire_secret_base64_decode(shire_span_of(text), bytes, sizeof bytes, &length));
        }
    }
}

/* Each byte of the text in turn as every other byte. */
static void a_sealed_text_opens_only_as_it_was_sealed(void **state) {
    (void)state;
    static const uint8_t key[SHIRE_SEAL_KEY_BYTES] = {1, 2, 3};
    shire_builder sealed = {0};
    char message[64];
    size_t length = 0;
    shire_builder_append_sealed(&sealed, key, shire_span_of("a place"));
    assert_false(sealed.failed);
    shire_span text = {sealed.bytes, sealed.length};
    for (size_t at = 0; at < sealed.length; at++) {
        char kept = sealed.bytes[at];
        for (int byte = 0; byte <= 0xFF; byte++) {
            sealed.bytes[at] = (char)byte;
            assert_int_equal(shire_sealed_open(text, key, message, sizeof message, &length),
                             (char)byte == kept);
        }
        sealed.bytes[at] = kept;
    }
    assert_true(shire_sealed_open(text, key, message, sizeof message, &length));
    assert_int_equal(length, strlen("a place"));
    assert_memory_equal(message, "a place", length);
    shire_builder_free(&sealed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_that_of_the_standard),
        cmocka_unit_test(bad_base64_is_refused),
        cmocka_unit_test(a_sealed_text_opens_only_as_it_was_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
