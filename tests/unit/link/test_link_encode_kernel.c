/* Encodings: repeatable under one key, nothing alike under two, and the more alike the more alike
 * the values are. */
#include "link/link_encode_kernel.h"

#include "core/random.h"
#include "link/link_compare_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static shire_link_encoder encoder; /* defaults, key of ones */
static shire_link_encoder other;   /* defaults, key of twos */
static shire_link_encoder salted;

static int make_encoders(void **state) {
    (void)state;
    shire_secret_key key;
    shire_link_encoding_options options = shire_link_encoding_defaults();
    memset(&key, 1, sizeof key);
    assert_int_equal(shire_link_encoder_init(&options, &key, &encoder, NULL), SHIRE_OK);
    options.salt_digits = 4;
    assert_int_equal(shire_link_encoder_init(&options, &key, &salted, NULL), SHIRE_OK);
    options.salt_digits = 0;
    memset(&key, 2, sizeof key);
    assert_int_equal(shire_link_encoder_init(&options, &key, &other, NULL), SHIRE_OK);
    return 0;
}

typedef struct encoding {
    uint8_t bytes[SHIRE_LINK_ENCODING_BYTES_MAX];
} encoding;

static encoding encode_with(const shire_link_encoder *with, shire_link_role role, const char *salt,
                            const char *value) {
    encoding made;
    shire_link_encode_value(with, role, shire_link_role_name(role), shire_span_of(salt),
                            shire_span_of(value), made.bytes);
    return made;
}

static shire_span span_of(const encoding *made) {
    return (shire_span){(const char *)made->bytes, shire_link_encoding_bytes(512)};
}

static double likeness(shire_link_role role, const char *a, const char *b) {
    encoding x = encode_with(&encoder, role, "", a);
    encoding y = encode_with(&encoder, role, "", b);
    return shire_link_encoding_similarity(span_of(&x), span_of(&y));
}

static void one_key_gives_the_same_bytes_for_ever(void **state) {
    (void)state;
    encoding made = encode_with(&encoder, SHIRE_LINK_ROLE_FAMILY, "", "smith");
    encoding again = encode_with(&encoder, SHIRE_LINK_ROLE_FAMILY, "", "smith");
    char text[SHIRE_SECRET_BASE64_LENGTH(SHIRE_LINK_ENCODING_BYTES_MAX) + 1];
    assert_memory_equal(made.bytes, again.bytes, shire_link_encoding_bytes(512));
    shire_secret_base64_encode(made.bytes, shire_link_encoding_bytes(512), text);
    assert_string_equal(
        text,
        "AAAQCkB4AwSAAABEAAEARAAZGKAUwiAFBQS0qQghwABCAQEOIkSIqAkwCCAAIAgQRACCADIBQAIMFBRgARIAgwAI");
    assert_string_equal(encoder.check, "c20c1f835f30375e");
}

static void keys_and_columns_have_nothing_in_common(void **state) {
    (void)state;
    static const char *const names[] = {"smith", "jones", "fotheringham", "oconnor", "lee"};
    double sum = 0;
    for (size_t i = 0; i < 5; i++) {
        encoding one = encode_with(&encoder, SHIRE_LINK_ROLE_FAMILY, "", names[i]);
        encoding two = encode_with(&other, SHIRE_LINK_ROLE_FAMILY, "", names[i]);
        encoding given = encode_with(&encoder, SHIRE_LINK_ROLE_GIVEN, "", names[i]);
        assert_true(shire_link_encoding_similarity(span_of(&one), span_of(&two)) < 0.25);
        assert_true(shire_link_encoding_similarity(span_of(&one), span_of(&given)) < 0.25);
        sum += shire_link_encoding_similarity(span_of(&one), span_of(&two));
    }
    assert_true(sum / 5 < 0.1 && sum / 5 > -0.1);
    assert_string_not_equal(encoder.check, other.check);
}

static void near_misses_stay_near(void **state) {
    (void)state;
    static const struct {
        shire_link_role role;
        const char *value;
        const char *near[3];
        const char *far;
    } cases[] = {
        {SHIRE_LINK_ROLE_FAMILY, "harrison", {"harison", "harrisom", "hrarison"}, "whitby"},
        {SHIRE_LINK_ROLE_DOB, "19560409", {"19560408", "19560904", "19650409"}, "19720821"},
        {SHIRE_LINK_ROLE_POSTCODE, "hr12ab", {"hr12ac", "hr112ab", "hr1ab"}, "wr95tq"},
        {SHIRE_LINK_ROLE_NHS_NUMBER,
         "9434765919",
         {"9434765918", "9434756919", "943476591"},
         "4010232137"},
        {SHIRE_LINK_ROLE_PHONE,
         "01432123456",
         {"01432123457", "0143212345", "01432132456"},
         "02079460958"},
        {SHIRE_LINK_ROLE_ADDRESS,
         "12 mill ln",
         {"12 mil ln", "21 mill ln", "12 mill lna"},
         "4 castle hill ct"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double far = likeness(cases[i].role, cases[i].value, cases[i].far);
        assert_true(far < 0.25);
        for (size_t j = 0; j < 3; j++) {
            double near = likeness(cases[i].role, cases[i].value, cases[i].near[j]);
            if (near < 0.28 || near > 0.95) {
                fail_msg("%s, %s: %.2f", cases[i].value, cases[i].near[j], near);
            }
        }
    }
}

/* Mean Dice falls with every further edit, and equal values are at 1. */
static void dice_follows_the_likeness_of_names(void **state) {
    (void)state;
    shire_random random = shire_random_seed(7, 1);
    double sums[5] = {0};
    for (int round = 0; round < 200; round++) {
        char name[16];
        char edited[16];
        size_t length = 5 + shire_random_below(&random, 6);
        for (size_t i = 0; i < length; i++) {
            name[i] = (char)('a' + shire_random_below(&random, 26));
        }
        name[length] = '\0';
        memcpy(edited, name, sizeof edited);
        encoding plain = encode_with(&encoder, SHIRE_LINK_ROLE_GIVEN, "", name);
        for (int edits = 0; edits < 5; edits++) {
            encoding changed = encode_with(&encoder, SHIRE_LINK_ROLE_GIVEN, "", edited);
            sums[edits] += shire_link_encoding_dice(span_of(&plain), span_of(&changed)) / 200;
            edited[(size_t)edits % length] = (char)('A' + edits);
        }
    }
    assert_true(sums[0] > 0.999999);
    for (int edits = 1; edits < 5; edits++) {
        assert_true(sums[edits] + 0.03 < sums[edits - 1]);
    }
}

static void another_salt_says_nothing(void **state) {
    (void)state;
    encoding here = encode_with(&salted, SHIRE_LINK_ROLE_GIVEN, "1956", "anna");
    encoding same = encode_with(&salted, SHIRE_LINK_ROLE_GIVEN, "1956", "anne");
    encoding there = encode_with(&salted, SHIRE_LINK_ROLE_GIVEN, "1957", "anna");
    encoding date = encode_with(&salted, SHIRE_LINK_ROLE_DOB, "1956", "19560409");
    encoding date_there = encode_with(&salted, SHIRE_LINK_ROLE_DOB, "1957", "19560409");
    assert_true(shire_link_encoding_similarity(span_of(&here), span_of(&there)) < 0.25);
    assert_int_equal(
        shire_link_compare_values(SHIRE_LINK_KIND_ENCODED, span_of(&here), span_of(&there), false),
        0);
    int level =
        shire_link_compare_values(SHIRE_LINK_KIND_ENCODED, span_of(&here), span_of(&same), false);
    assert_true(level > SHIRE_LINK_ENCODED_EQUAL && level < SHIRE_LINK_ENCODED_DIFFERENT);
    assert_memory_equal(date.bytes, date_there.bytes, shire_link_encoding_bytes(512));
}

static void levels_follow_the_likeness(void **state) {
    (void)state;
    encoding a = encode_with(&encoder, SHIRE_LINK_ROLE_FAMILY, "", "harrison");
    encoding b = encode_with(&encoder, SHIRE_LINK_ROLE_FAMILY, "", "harrisson");
    encoding c = encode_with(&encoder, SHIRE_LINK_ROLE_FAMILY, "", "pugh");
    shire_link_kind kind = SHIRE_LINK_KIND_ENCODED;
    assert_int_equal(shire_link_compare_values(kind, span_of(&a), span_of(&a), false), 1);
    int near = shire_link_compare_values(kind, span_of(&a), span_of(&b), false);
    assert_true(near >= SHIRE_LINK_ENCODED_FROM_85 && near <= SHIRE_LINK_ENCODED_FROM_55);
    assert_int_equal(shire_link_compare_values(kind, span_of(&b), span_of(&a), false), near);
    assert_int_equal(shire_link_compare_values(kind, span_of(&a), span_of(&c), false),
                     SHIRE_LINK_ENCODED_DIFFERENT);
}

static void like_encodings_share_samples_more_often(void **state) {
    (void)state;
    shire_random random = shire_random_seed(9, 1);
    int near = 0;
    int far = 0;
    for (int round = 0; round < 200; round++) {
        char names[3][12];
        for (size_t i = 0; i < 8; i++) {
            names[0][i] = names[1][i] = (char)('a' + shire_random_below(&random, 26));
            names[2][i] = (char)('a' + shire_random_below(&random, 26));
        }
        names[1][3] = 'Z';
        encoding made[3];
        for (int i = 0; i < 3; i++) {
            names[i][8] = '\0';
            made[i] = encode_with(&encoder, SHIRE_LINK_ROLE_FAMILY, "", names[i]);
        }
        for (int sample = 0; sample < 4; sample++) {
            uint32_t hash = shire_link_encoding_sample(span_of(&made[0]), sample);
            assert_int_not_equal(hash, 0);
            near += hash == shire_link_encoding_sample(span_of(&made[1]), sample);
            far += hash == shire_link_encoding_sample(span_of(&made[2]), sample);
        }
    }
    assert_true(near > 40 && near > 4 * far);
}

static void options_out_of_range_are_refused(void **state) {
    (void)state;
    static const shire_link_encoding_options wrong[] = {
        {.bits = 64, .hashes = 8, .diffusion = 1},   {.bits = 1024, .hashes = 8, .diffusion = 1},
        {.bits = 500, .hashes = 8, .diffusion = 1},  {.bits = 512, .hashes = 0, .diffusion = 1},
        {.bits = 512, .hashes = 17, .diffusion = 1}, {.bits = 512, .hashes = 8, .diffusion = 0},
        {.bits = 512, .hashes = 8, .diffusion = 9},
    };
    shire_link_encoder made;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        shire_error error = {0};
        assert_int_equal(shire_link_encoder_init(&wrong[i], &encoder.key, &made, &error),
                         SHIRE_INVALID);
        assert_true(strlen(error.message) > 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_gives_the_same_bytes_for_ever),
        cmocka_unit_test(keys_and_columns_have_nothing_in_common),
        cmocka_unit_test(near_misses_stay_near),
        cmocka_unit_test(dice_follows_the_likeness_of_names),
        cmocka_unit_test(another_salt_says_nothing),
        cmocka_unit_test(levels_follow_the_likeness),
        cmocka_unit_test(like_encodings_share_samples_more_often),
        cmocka_unit_test(options_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, make_encoders, NULL);
}
