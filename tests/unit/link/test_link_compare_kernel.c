/* Comparison levels: a known answer for each level of each kind, and symmetry. */
#include "link/link_compare_kernel.h"

#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(shire_link_kind kind, const char *a, const char *b, int expected) {
    shire_span left = shire_span_of(a);
    shire_span right = shire_span_of(b);
    assert_int_equal(shire_link_compare_values(kind, left, right, true), expected);
    assert_int_equal(shire_link_compare_values(kind, right, left, true), expected);
}

static void names_have_their_levels(void **state) {
    (void)state;
    check(SHIRE_LINK_KIND_GIVEN, "anna", "anna", SHIRE_LINK_NAME_EQUAL);
    check(SHIRE_LINK_KIND_GIVEN, "bill", "william", SHIRE_LINK_NAME_NICKNAME);
    check(SHIRE_LINK_KIND_FAMILY, "bill", "william", SHIRE_LINK_NAME_DIFFERENT);
    check(SHIRE_LINK_KIND_FAMILY, "harrison", "harding", SHIRE_LINK_NAME_NEAR);
    check(SHIRE_LINK_KIND_FAMILY, "smith", "smyth", SHIRE_LINK_NAME_ONE_EDIT);
    check(SHIRE_LINK_KIND_GIVEN, "j", "john", SHIRE_LINK_NAME_INITIAL);
    check(SHIRE_LINK_KIND_GIVEN, "j", "peter", SHIRE_LINK_NAME_DIFFERENT);
    check(SHIRE_LINK_KIND_FAMILY, "johnson", "johnstone", SHIRE_LINK_NAME_ONE_EDIT);
    check(SHIRE_LINK_KIND_FAMILY, "macdonald", "macdougall", SHIRE_LINK_NAME_CLOSE);
    check(SHIRE_LINK_KIND_FAMILY, "jones", "smith", SHIRE_LINK_NAME_DIFFERENT);
    check(SHIRE_LINK_KIND_FAMILY, "becker lang", "lang becker", SHIRE_LINK_NAME_ELSEWHERE);
    check(SHIRE_LINK_KIND_FAMILY, "garcia perez", "perez de garcia", SHIRE_LINK_NAME_ELSEWHERE);
    check(SHIRE_LINK_KIND_FAMILY, "garcia perez", "perez lopez", SHIRE_LINK_NAME_DIFFERENT);
}

static void remaining_words_have_their_levels(void **state) {
    (void)state;
    check(SHIRE_LINK_KIND_REST, "paul", "paul", SHIRE_LINK_REST_EQUAL);
    check(SHIRE_LINK_KIND_REST, "paul", "paul james", SHIRE_LINK_REST_CONTAINED);
    check(SHIRE_LINK_KIND_REST, "p", "paul", SHIRE_LINK_REST_CONTAINED);
    check(SHIRE_LINK_KIND_REST, "paul anne", "paul james", SHIRE_LINK_REST_SOME);
    check(SHIRE_LINK_KIND_REST, "paul", "james", SHIRE_LINK_REST_DIFFERENT);
}

static void dates_have_their_levels(void **state) {
    (void)state;
    check(SHIRE_LINK_KIND_DATE, "19560409", "19560409", SHIRE_LINK_DATE_EQUAL);
    check(SHIRE_LINK_KIND_DATE, "19560409", "19560408", SHIRE_LINK_DATE_ONE_EDIT);
    check(SHIRE_LINK_KIND_DATE, "19560412", "19560421", SHIRE_LINK_DATE_ONE_EDIT);
    check(SHIRE_LINK_KIND_DATE, "19560412", "19650412", SHIRE_LINK_DATE_ONE_EDIT);
    check(SHIRE_LINK_KIND_DATE, "19560409", "19560904", SHIRE_LINK_DATE_SWAPPED);
    check(SHIRE_LINK_KIND_DATE, "19560101", "19560723", SHIRE_LINK_DATE_YEAR_ONLY);
    check(SHIRE_LINK_KIND_DATE, "19560409", "19560427", SHIRE_LINK_DATE_TWO_PARTS);
    check(SHIRE_LINK_KIND_DATE, "19561209", "19560409", SHIRE_LINK_DATE_TWO_PARTS);
    check(SHIRE_LINK_KIND_DATE, "19560409", "19820409", SHIRE_LINK_DATE_MONTH_DAY);
    check(SHIRE_LINK_KIND_DATE, "19560409", "19561127", SHIRE_LINK_DATE_SAME_YEAR);
    check(SHIRE_LINK_KIND_DATE, "19560409", "19571127", SHIRE_LINK_DATE_NEAR);
    check(SHIRE_LINK_KIND_DATE, "19560409", "19651127", SHIRE_LINK_DATE_TEN_YEARS);
    check(SHIRE_LINK_KIND_DATE, "19560409", "19871127", SHIRE_LINK_DATE_DIFFERENT);
    check(SHIRE_LINK_KIND_DATE, "1956o409", "19560409", SHIRE_LINK_DATE_ONE_EDIT);
}

static void postcodes_have_their_levels(void **state) {
    (void)state;
    check(SHIRE_LINK_KIND_POSTCODE, "hr12ab", "hr12ab", SHIRE_LINK_POSTCODE_EQUAL);
    check(SHIRE_LINK_KIND_POSTCODE, "hr12ab", "hr12ac", SHIRE_LINK_POSTCODE_ONE_EDIT);
    check(SHIRE_LINK_KIND_POSTCODE, "hr12ab", "hr12cd", SHIRE_LINK_POSTCODE_SECTOR);
    check(SHIRE_LINK_KIND_POSTCODE, "hr12ab", "hr19cd", SHIRE_LINK_POSTCODE_DISTRICT);
    check(SHIRE_LINK_KIND_POSTCODE, "hr12ab", "hr99cd", SHIRE_LINK_POSTCODE_AREA);
    check(SHIRE_LINK_KIND_POSTCODE, "hr12ab", "se15py", SHIRE_LINK_POSTCODE_DIFFERENT);
    check(SHIRE_LINK_KIND_POSTCODE, "2119", "2129", SHIRE_LINK_POSTCODE_ONE_EDIT);
    check(SHIRE_LINK_KIND_POSTCODE, "2119", "2197", SHIRE_LINK_POSTCODE_DISTRICT);
}

static void other_kinds_have_their_levels(void **state) {
    (void)state;
    check(SHIRE_LINK_KIND_IDENTIFIER, "9434765919", "9434765918", SHIRE_LINK_IDENTIFIER_ONE_EDIT);
    check(SHIRE_LINK_KIND_IDENTIFIER, "9434765919", "9434765881", SHIRE_LINK_IDENTIFIER_DIFFERENT);
    check(SHIRE_LINK_KIND_IDENTIFIER, "9434765919", "9434765988", SHIRE_LINK_IDENTIFIER_TWO_EDITS);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith@b.org", "a.smth@b.org", SHIRE_LINK_EMAIL_TWO_EDITS);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith@b.org", "a.smith@company.com", SHIRE_LINK_EMAIL_CLOSE);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith@b.org", "zebedee@b.org", SHIRE_LINK_EMAIL_DOMAIN);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith@b.org", "zebedee@x.net", SHIRE_LINK_EMAIL_DIFFERENT);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith7@b.org", "a.smith52@c.com", 0);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith@b.org", "a.smith52@b.org", 0);
    check(SHIRE_LINK_KIND_EMAIL, "a7.smith@b.org", "a.smith@b.org", 0);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith7@b.org", "a.smith7@b.com", SHIRE_LINK_EMAIL_CLOSE);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith7@b.org", "a.smth7@b.org", SHIRE_LINK_EMAIL_TWO_EDITS);
    check(SHIRE_LINK_KIND_EMAIL, "a.smith7@b.org", "a.smith7@b.org", SHIRE_LINK_EMAIL_EQUAL);
    check(SHIRE_LINK_KIND_EMAIL, "31415926@b.org", "27182818@b.org", SHIRE_LINK_EMAIL_DOMAIN);
    check(SHIRE_LINK_KIND_EMAIL, "anna7lee@b.org", "anna9bob@b.org", SHIRE_LINK_EMAIL_DOMAIN);
    check(SHIRE_LINK_KIND_EMAIL, "7@b.org", "@b.org", SHIRE_LINK_EMAIL_TWO_EDITS);
    check(SHIRE_LINK_KIND_TEXT, "birmingham", "birmingam", SHIRE_LINK_TEXT_ONE_EDIT);
    check(SHIRE_LINK_KIND_TEXT, "high st 4", "4 high st", SHIRE_LINK_TEXT_WORDS);
    check(SHIRE_LINK_KIND_TEXT, "london", "exeter", SHIRE_LINK_TEXT_DIFFERENT);
    check(SHIRE_LINK_KIND_NUMBER, "14", "15", SHIRE_LINK_NUMBER_ONE_EDIT);
    check(SHIRE_LINK_KIND_NUMBER, "4", "5", SHIRE_LINK_NUMBER_DIFFERENT);
    check(SHIRE_LINK_KIND_CATEGORY, "m", "f", SHIRE_LINK_CATEGORY_DIFFERENT);
}

static void every_level_has_a_name_and_comparison_is_symmetric(void **state) {
    (void)state;
    shire_random random = shire_random_seed(9, 1);
    for (int kind = SHIRE_LINK_KIND_GIVEN; kind <= SHIRE_LINK_KIND_CATEGORY; kind++) {
        int level_count = shire_link_level_count((shire_link_kind)kind);
        assert_true(level_count <= SHIRE_LINK_LEVELS_MAX);
        for (int level = 0; level < level_count; level++) {
            assert_non_null(shire_link_level_name((shire_link_kind)kind, level));
        }
        for (int round = 0; round < 5000; round++) {
            char a[16];
            char b[16];
            size_t a_length = 1 + shire_random_below(&random, 12);
            size_t b_length = 1 + shire_random_below(&random, 12);
            for (size_t i = 0; i < 12; i++) {
                a[i] = "ab1 2@"[shire_random_below(&random, 6)];
                b[i] = "ab1 2@"[shire_random_below(&random, 6)];
            }
            shire_span left = {a, a_length};
            shire_span right = {b, b_length};
            int forth = shire_link_compare_values((shire_link_kind)kind, left, right, true);
            int back = shire_link_compare_values((shire_link_kind)kind, right, left, true);
            assert_int_equal(forth, back);
            /* Two addresses that differ in a number say nothing. */
            assert_true(forth >= (kind == SHIRE_LINK_KIND_EMAIL ? 0 : 1) && forth < level_count);
        }
    }
}

/* What outlines rule out, texts must rule out too: random names and texts, some a few edits apart.
 */
static void outlines_never_contradict_texts(void **state) {
    (void)state;
    enum { VALUES = 400 };
    static const shire_link_role roles[] = {SHIRE_LINK_ROLE_FAMILY, SHIRE_LINK_ROLE_PLACE,
                                            SHIRE_LINK_ROLE_PHONE, SHIRE_LINK_ROLE_POSTCODE,
                                            SHIRE_LINK_ROLE_STREET_NUMBER};
    static uint32_t offsets[VALUES + 1];
    shire_random random = shire_random_seed(11, 3);
    shire_link_cache *cache = calloc(1, sizeof *cache);
    assert_non_null(cache);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        shire_builder bytes = {0};
        for (size_t value = 0; value < VALUES; value++) {
            char text[40];
            size_t length = 2 + shire_random_below(&random, value % 3 == 0 ? 30 : 8);
            for (size_t at = 0; at < length; at++) {
                int first = roles[i] == SHIRE_LINK_ROLE_PHONE ? '0' : 'a';
                text[at] = (char)(first + (int)shire_random_below(&random, value % 2 == 0 ? 3 : 9));
            }
            shire_builder_append(&bytes, (shire_span){text, length});
            offsets[value + 1] = (uint32_t)bytes.length;
        }
        shire_column column = {.name = "values",
                               .type = SHIRE_TYPE_TEXT,
                               .text_offsets = offsets,
                               .text_bytes = bytes.bytes};
        shire_link_input input = {.role = roles[i], .column = &column};
        shire_link_dataset dataset = {0};
        shire_error error = {0};
        memset(cache, 0, sizeof *cache); /* it knew the values of another dataset */
        assert_int_equal(shire_link_dataset_build(&input, 1, VALUES, 1, &dataset, &error),
                         SHIRE_OK);
        const shire_link_field *field = &dataset.fields[0];
        for (int pass = 0; pass < 2; pass++) {
            for (size_t a = 0; a < VALUES; a++) {
                for (size_t b = 0; b < a; b++) {
                    uint32_t left = shire_link_dataset_row(&dataset, a)[0];
                    uint32_t right = shire_link_dataset_row(&dataset, b)[0];
                    int expected =
                        left == 0 || right == 0
                            ? 0
                            : shire_link_compare_values(
                                  field->kind, shire_link_dictionary_text(field->values, left),
                                  shire_link_dictionary_text(field->values, right), false);
                    assert_int_equal(shire_link_compare_field(&dataset, 0, a, b, cache), expected);
                }
            }
            /* Once more without the outlines. */
            shire_link_dataset_seal(&dataset);
            memset(cache, 0, sizeof *cache);
        }
        shire_link_dataset_done(&dataset);
        shire_builder_free(&bytes);
    }
    free(cache);
}

/* A dataset of columns of texts, `count` values each, one after the other; its bytes stay the
 * caller's to free. */
static void build_texts(const shire_link_role *roles, const char *const *values,
                        size_t column_count, size_t count, shire_link_dataset *dataset_out) {
    static uint32_t offsets[4][8];
    static char bytes[4][256];
    shire_link_input inputs[4];
    shire_column columns[4];
    shire_error error = {0};
    assert_true(column_count <= 4 && count < 8);
    for (size_t i = 0; i < column_count; i++) {
        for (size_t at = 0; at < count; at++) {
            const char *value = values[i * count + at];
            memcpy(bytes[i] + offsets[i][at], value, strlen(value));
            offsets[i][at + 1] = offsets[i][at] + (uint32_t)strlen(value);
        }
        columns[i] = (shire_column){.name = "texts",
                                    .type = SHIRE_TYPE_TEXT,
                                    .text_offsets = offsets[i],
                                    .text_bytes = bytes[i]};
        inputs[i] = (shire_link_input){.role = roles[i], .column = &columns[i]};
    }
    assert_int_equal(shire_link_dataset_build(inputs, column_count, count, 1, dataset_out, &error),
                     SHIRE_OK);
}

static void lines_of_an_address_are_found_where_they_stand(void **state) {
    (void)state;
    static const shire_link_role roles[] = {SHIRE_LINK_ROLE_ADDRESS, SHIRE_LINK_ROLE_SUBURB,
                                            SHIRE_LINK_ROLE_CITY};
    static const char *const values[] = {
        "12 Hawker Place", "Chippendale", "9 Mill Lane", "4 Kirk Row", "",     /* addresses */
        "Chippendale",     "Currambine",  "Ledbury",     "Ross",       "Ross", /* suburbs */
        "Leominster",      "Leominster",  "Ledbury",     "Ledbury",    "Chippendale"};
    shire_link_dataset dataset = {0};
    shire_link_cache *cache = calloc(1, sizeof *cache);
    assert_non_null(cache);
    build_texts(roles, values, 3, 5, &dataset);
    assert_int_equal(dataset.field_count, 3);
    static const struct {
        size_t field;
        size_t a;
        size_t b;
        int level;
    } expected[] = {
        {0, 0, 1, SHIRE_LINK_TEXT_ELSEWHERE}, /* its suburb is the other's address */
        {1, 0, 1, SHIRE_LINK_TEXT_ELSEWHERE},
        {2, 0, 1, SHIRE_LINK_TEXT_EQUAL},
        {1, 0, 4, SHIRE_LINK_TEXT_ELSEWHERE}, /* its suburb is the other's city */
        {0, 0, 2, SHIRE_LINK_TEXT_DIFFERENT},
        {1, 0, 2, SHIRE_LINK_TEXT_DIFFERENT},
        {1, 2, 3, SHIRE_LINK_TEXT_DIFFERENT}, /* in the other's city, which is its city too */
        {0, 1, 4, 0},                         /* one is not known */
        {1, 1, 4, SHIRE_LINK_TEXT_DIFFERENT}, /* its address is the other's city */
        {2, 1, 4, SHIRE_LINK_TEXT_ELSEWHERE},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        size_t a = expected[i].a;
        size_t b = expected[i].b;
        assert_int_equal(shire_link_compare_field(&dataset, expected[i].field, a, b, cache),
                         expected[i].level);
        assert_int_equal(shire_link_compare_field(&dataset, expected[i].field, b, a, cache),
                         expected[i].level);
    }
    shire_link_dataset_done(&dataset);
    free(cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_their_levels),
        cmocka_unit_test(remaining_words_have_their_levels),
        cmocka_unit_test(dates_have_their_levels),
        cmocka_unit_test(postcodes_have_their_levels),
        cmocka_unit_test(other_kinds_have_their_levels),
        cmocka_unit_test(every_level_has_a_name_and_comparison_is_symmetric),
        cmocka_unit_test(outlines_never_contradict_texts),
        cmocka_unit_test(lines_of_an_address_are_found_where_they_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
