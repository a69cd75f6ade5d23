/* FHIR's search parameters: names, alternatives, escapes, tokens, dates and their prefixes. */
#include "web/fhir_query.h"

#include "core/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static shire_arena *arena;

static int open_arena(void **state) {
    (void)state;
    shire_error error = {0};
    return shire_arena_new("test", 1 << 20, &arena, &error) == SHIRE_OK ? 0 : -1;
}

static int close_arena(void **state) {
    (void)state;
    shire_arena_free(arena);
    return 0;
}

static shire_fhir_query read_query(const char *text) {
    shire_error error = {0};
    shire_http_fields fields;
    shire_fhir_query query;
    assert_int_equal(shire_http_fields_parse(shire_span_of(text), arena, &fields, &error),
                     SHIRE_OK);
    assert_int_equal(shire_fhir_query_read(&fields, 1, arena, &query, &error), SHIRE_OK);
    return query;
}

static void assert_text(shire_span text, const char *wanted) {
    assert_int_equal(text.length, strlen(wanted));
    assert_memory_equal(text.bytes, wanted, text.length);
}

static void names_modifiers_and_chains_are_told_apart(void **state) {
    (void)state;
    shire_fhir_query query = read_query("family:exact=Preece&general-practitioner.name=x&"
                                        "subject:Patient.name=x&_has:Observation:patient:code=1");
    assert_int_equal(query.count, 4);
    assert_text(query.parameters[0].name, "family");
    assert_text(query.parameters[0].modifier, "exact");
    assert_false(query.parameters[0].is_chained);
    for (size_t i = 1; i < 4; i++) {
        assert_true(query.parameters[i].is_chained);
    }
}

static void commas_part_alternatives_unless_escaped(void **state) {
    (void)state;
    shire_fhir_query query = read_query("name=a,b%5C,c,,d&status=&x=%5C");
    assert_int_equal(query.count, 2);
    assert_int_equal(query.parameters[0].value_count, 3);
    assert_text(shire_fhir_text(query.parameters[0].values[1], arena), "b,c");
    assert_text(query.parameters[0].values[2], "d");
    assert_text(shire_fhir_text(query.parameters[1].values[0], arena), "\\");
    assert_null(shire_fhir_find(&query, "status"));
    assert_non_null(shire_fhir_find(&query, "name"));
}

static void tokens_have_a_system_or_none_or_any(void **state) {
    (void)state;
    shire_fhir_token token =
        shire_fhir_token_read(shire_span_of("https://fhir.nhs.uk/Id/nhs-number|9990001"), arena);
    assert_text(token.system, "https://fhir.nhs.uk/Id/nhs-number");
    assert_text(token.code, "9990001");
    token = shire_fhir_token_read(shire_span_of("|x"), arena);
    assert_true(token.has_system && token.system.length == 0);
    token = shire_fhir_token_read(shire_span_of("a\\|b"), arena);
    assert_false(token.has_system);
    assert_text(token.code, "a|b");
}

static void too_many_parameters_or_alternatives_are_refused(void **state) {
    (void)state;
    shire_builder text = {0};
    shire_error error = {0};
    shire_http_fields fields;
    shire_fhir_query query;
    for (int is_list = 0; is_list < 2; is_list++) {
        shire_builder_clear(&text);
        for (int i = 0; i < 70; i++) {
            shire_builder_append_text(&text, is_list ? (i == 0 ? "a=x" : ",x") : "a=1&");
        }
        error = (shire_error){0};
        assert_int_equal(
            shire_http_fields_parse((shire_span){text.bytes, text.length}, arena, &fields, &error),
            SHIRE_OK);
        assert_int_equal(shire_fhir_query_read(&fields, 1, arena, &query, &error), SHIRE_INVALID);
    }
    shire_builder_free(&text);
}

static int64_t minute_of(int year, int month, int day, int minute) {
    return (int64_t)shire_date_of(year, month, day) * 1440 + minute;
}

static void dates_are_stretches_as_long_as_they_are_told(void **state) {
    (void)state;
    static const struct {
        const char *text;
        shire_fhir_prefix prefix;
        int first[4];
        int last[4];
    } cases[] = {
        {"2024", SHIRE_FHIR_EQUAL, {2024, 1, 1, 0}, {2024, 12, 31, 1439}},
        {"ge2024-02", SHIRE_FHIR_GREATER_OR_EQUAL, {2024, 2, 1, 0}, {2024, 2, 29, 1439}},
        {"lt2023-02-28", SHIRE_FHIR_LESS, {2023, 2, 28, 0}, {2023, 2, 28, 1439}},
        {"ap2024-01-05T10:30", SHIRE_FHIR_APPROXIMATELY, {2024, 1, 5, 630}, {2024, 1, 5, 630}},
        {"2024-07-05T10:30:15.5Z", SHIRE_FHIR_EQUAL, {2024, 7, 5, 690}, {2024, 7, 5, 690}},
        {"2024-01-05T01:30:00+02:00", SHIRE_FHIR_EQUAL, {2024, 1, 4, 1410}, {2024, 1, 4, 1410}},
        {"sa2024-01-05T22:30:00-02:00",
         SHIRE_FHIR_STARTS_AFTER,
         {2024, 1, 6, 30},
         {2024, 1, 6, 30}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shire_error error = {0};
        shire_fhir_when when;
        const int *first = cases[i].first;
        const int *last = cases[i].last;
        assert_int_equal(shire_fhir_when_read(shire_span_of(cases[i].text), &when, &error),
                         SHIRE_OK);
        assert_int_equal(when.prefix, cases[i].prefix);
        assert_int_equal(when.stretch.first, minute_of(first[0], first[1], first[2], first[3]));
        assert_int_equal(when.stretch.last, minute_of(last[0], last[1], last[2], last[3]));
    }
}

static void other_forms_of_dates_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "24",
                                        "20240405",
                                        "2024-4-5",
                                        "2023-02-29",
                                        "2024-13",
                                        "0000",
                                        "2024-01-05T25:00",
                                        "2024-01-05T10",
                                        "2024-01-05 10:30",
                                        "xx2024",
                                        "2024-01-05T10:30+15:00",
                                        "2024-01-05T10:30:61Z",
                                        "2024-01-05T10:30:00.Z",
                                        "2024-01-05T10:30Zx",
                                        "ge",
                                        "2024-"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        shire_error error = {0};
        shire_fhir_when when;
        assert_int_equal(shire_fhir_when_read(shire_span_of(texts[i]), &when, &error),
                         SHIRE_INVALID);
    }
}

/* The examples of the specification's table, on days 0..9: asked is [3, 5]. */
static void prefixes_compare_as_the_specification_says(void **state) {
    (void)state;
    static const struct {
        shire_fhir_stretch time;
        const char *fitting; /* of eq ne gt lt ge le sa eb ap */
    } cases[] = {
        {{3, 5}, "100011001"}, {{4, 4}, "100011001"},
        {{0, 2}, "010101010"}, {{6, 9}, "011010100"},
        {{2, 4}, "010111001"}, {{4, 7}, "011011001"},
        {{0, 9}, "011111001"}, {{4, SHIRE_FHIR_FOREVER}, "011011001"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int prefix = SHIRE_FHIR_EQUAL; prefix <= SHIRE_FHIR_APPROXIMATELY; prefix++) {
            shire_fhir_when when = {(shire_fhir_prefix)prefix, {3, 5}};
            assert_int_equal(shire_fhir_when_fits(&when, cases[i].time),
                             cases[i].fitting[prefix] == '1');
        }
    }
}

static void names_begin_alike_in_any_case_and_without_accents(void **state) {
    (void)state;
    assert_true(shire_fhir_begins(shire_span_of("Preece"), shire_span_of("pre")));
    assert_true(shire_fhir_begins(shire_span_of("Siân"), shire_span_of("SIAN")));
    assert_true(shire_fhir_begins(shire_span_of("Sian"), shire_span_of("siân")));
    assert_true(shire_fhir_begins(shire_span_of("Łukasz"), shire_span_of("lu")));
    assert_true(shire_fhir_begins(shire_span_of(" St. John"), shire_span_of("st")));
    assert_true(shire_fhir_begins(shire_span_of("x"), shire_span_of("")));
    assert_true(shire_fhir_contains(shire_span_of("Preece"), shire_span_of("EEC")));
    assert_true(shire_fhir_contains(shire_span_of("Preece"), shire_span_of("e")));
    assert_true(shire_fhir_contains(shire_span_of("Siân"), shire_span_of("an")));
    assert_true(shire_fhir_contains(shire_span_of(""), shire_span_of("")));
    assert_false(shire_fhir_contains(shire_span_of("Preece"), shire_span_of("preeces")));
    assert_false(shire_fhir_contains(shire_span_of(""), shire_span_of("a")));
    assert_false(shire_fhir_begins(shire_span_of("Preece"), shire_span_of("reece")));
    assert_false(shire_fhir_begins(shire_span_of("Pre"), shire_span_of("Preece")));
    assert_false(shire_fhir_begins(shire_span_of("æ"), shire_span_of("a")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_modifiers_and_chains_are_told_apart),
        cmocka_unit_test(commas_part_alternatives_unless_escaped),
        cmocka_unit_test(tokens_have_a_system_or_none_or_any),
        cmocka_unit_test(too_many_parameters_or_alternatives_are_refused),
        cmocka_unit_test(dates_are_stretches_as_long_as_they_are_told),
        cmocka_unit_test(other_forms_of_dates_are_refused),
        cmocka_unit_test(prefixes_compare_as_the_specification_says),
        cmocka_unit_test(names_begin_alike_in_any_case_and_without_accents),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
