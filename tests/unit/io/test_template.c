/* The template language: the specification's own cases where shared data has them, what is said
 * of a bad template, and the limits. */
#include "io/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *values_of(const char *text) {
    json_t *values = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(values);
    return values;
}

/* The filled text, or the message of the failure. */
static void check(shire_template_names names, const char *template, const char *json,
                  shire_status expected, const char *text) {
    shire_template_set *set = NULL;
    shire_builder filled = {0};
    shire_error error = {0};
    json_t *values = values_of(json);
    assert_int_equal(shire_template_set_new(names, &set, NULL), SHIRE_OK);
    shire_status status = shire_template_add(set, "page", shire_span_of(template), &error);
    if (status == SHIRE_OK) {
        status = shire_template_render(set, "page", values, &filled, &error);
    }
    if (expected == SHIRE_OK) {
        assert_string_equal(error.message, "");
        assert_string_equal(filled.bytes == NULL ? "" : filled.bytes, text);
    } else if (strstr(error.message, text) == NULL) {
        fail_msg("'%s' is not in: %s", text, error.message);
    }
    assert_int_equal(status, expected);
    shire_builder_free(&filled);
    shire_template_set_free(set);
    json_decref(values);
}

static void check_lax(const char *template, const char *json, const char *text) {
    check(SHIRE_TEMPLATE_NAMES_MAY_LACK, template, json, SHIRE_OK, text);
}

static void two_braces_escape_and_three_do_not(void **state) {
    (void)state;
    const char *json = "{\"name\": \"<Wye & 'Teme'>\", \"html\": \"<b>bold</b>\"}";
    check_lax("a {{name}} b", json, "a &lt;Wye &amp; &#39;Teme&#39;&gt; b");
    check_lax("{{{html}}}{{& html}}", json, "<b>bold</b><b>bold</b>");
    check_lax("", json, "");
    check_lax("no tags }} {", json, "no tags }} {");
}

static void sections_follow_whether_there_is_a_value(void **state) {
    (void)state;
    const char *json = "{\"name\": \"x\", \"empty\": \"\", \"zero\": 0, \"none\": []}";
    check_lax("{{#name}}yes{{/name}}{{^name}}no{{/name}}", json, "yes");
    check_lax("{{#empty}}yes{{/empty}}{{^empty}}no{{/empty}}", json, "no");
    check_lax("{{#zero}}{{zero}}{{/zero}}{{^zero}}no{{/zero}}", json, "0");
    check_lax("{{#none}}yes{{/none}}{{^none}}no{{/none}}", json, "no");
    check_lax("{{#empty}}{{#name}}in{{/name}}{{name}}{{/empty}}out", json, "out");
}

static void numbers_read_back_the_same(void **state) {
    (void)state;
    check_lax("{{.}}", "9007199254740993", "9007199254740993");
    check_lax("{{.}}", "0.1", "0.1");
    check_lax("{{.}}", "0.30000000000000004", "0.30000000000000004");
    check_lax("{{a}} {{b}} {{c}}", "{\"a\": true, \"b\": [1], \"c\": null}", "true  ");
}

static void a_bad_template_is_named_with_its_line(void **state) {
    (void)state;
    const shire_template_names lax = SHIRE_TEMPLATE_NAMES_MAY_LACK;
    const shire_template_names strict = SHIRE_TEMPLATE_NAMES_REQUIRED;
    const char *json = "{\"name\": \"x\"}";
    check(strict, "one\n{{missing}}", json, SHIRE_INTERNAL,
          "template page, line 2: missing has no value");
    check(strict, "one\n\n{{^gone}}{{/gone}}", json, SHIRE_INTERNAL, "line 3: gone has no value");
    check(strict, "{{>part}}", json, SHIRE_INTERNAL, "part is no template");
    check(lax, "{{#name}}", json, SHIRE_INTERNAL, "name is a section that does not close");
    check(lax, "{{/name}}", json, SHIRE_INTERNAL, "name closes a section that is not open");
    check(lax, "{{#name}}{{#html}}{{/name}}{{/html}}", json, SHIRE_INTERNAL,
          "name closes a section");
    check(lax, "{{name", json, SHIRE_INTERNAL, "a tag does not end");
    check(lax, "{{ }}", json, SHIRE_INTERNAL, "a tag has no name");
    check(lax, "{{=<%=}}", json, SHIRE_INTERNAL, "is no pair of delimiters");
}

static void what_never_ends_is_stopped(void **state) {
    (void)state;
    const shire_template_names lax = SHIRE_TEMPLATE_NAMES_MAY_LACK;
    check(lax, "{{>page}}", "{}", SHIRE_INTERNAL, "nested too deeply");
    check(lax, "{{#a}}{{>page}}{{/a}}", "{\"a\": 1}", SHIRE_INTERNAL, "nested too deeply");
    check(lax, "{{#a}}{{>page}}{{>page}}{{/a}}", "{\"a\": [[], 1, 1]}", SHIRE_INTERNAL, "page");
    shire_builder deep = {0};
    for (int i = 0; i < 65; i++) {
        shire_builder_append_text(&deep, "{{#a}}");
    }
    check(lax, deep.bytes, "{}", SHIRE_INTERNAL, "nested too deeply");
    shire_builder_free(&deep);
}

static void run_case(const char *file, json_t *test) {
    shire_template_set *set = NULL;
    shire_builder filled = {0};
    shire_error error = {0};
    const char *name;
    json_t *part;
    assert_int_equal(shire_template_set_new(SHIRE_TEMPLATE_NAMES_MAY_LACK, &set, NULL), SHIRE_OK);
    json_object_foreach(json_object_get(test, "partials"), name, part) {
        assert_int_equal(
            shire_template_add(set, name, shire_span_of(json_string_value(part)), &error),
            SHIRE_OK);
    }
    json_t *template = json_object_get(test, "template");
    shire_status status =
        shire_template_add(set, "the case", shire_span_of(json_string_value(template)), &error);
    if (status == SHIRE_OK) {
        status =
            shire_template_render(set, "the case", json_object_get(test, "data"), &filled, &error);
    }
    const char *expected = json_string_value(json_object_get(test, "expected"));
    if (status != SHIRE_OK || strcmp(filled.bytes == NULL ? "" : filled.bytes, expected) != 0) {
        fail_msg("%s, %s: '%s' instead of '%s' %s", file,
                 json_string_value(json_object_get(test, "name")), filled.bytes, expected,
                 error.message);
    }
    shire_builder_free(&filled);
    shire_template_set_free(set);
}

static void the_cases_of_the_specification_pass(void **state) {
    (void)state;
    static const char *const files[] = {"comments", "delimiters", "interpolation",
                                        "inverted", "partials",   "sections"};
    const char *shared = getenv("SHIRE_SHARED");
    size_t case_count = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/mustache-spec/%s.json",
                 shared == NULL ? "../../shared/data" : shared, files[i]);
        json_t *document = json_load_file(path, 0, NULL);
        if (document == NULL && (getenv("CI") == NULL || strcmp(getenv("CI"), "true") != 0)) {
            skip();
        }
        assert_non_null(document);
        size_t index;
        json_t *test;
        json_array_foreach(json_object_get(document, "tests"), index, test) {
            run_case(files[i], test);
            case_count++;
        }
        json_decref(document);
    }
    assert_true(case_count > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_braces_escape_and_three_do_not),
        cmocka_unit_test(sections_follow_whether_there_is_a_value),
        cmocka_unit_test(numbers_read_back_the_same),
        cmocka_unit_test(a_bad_template_is_named_with_its_line),
        cmocka_unit_test(what_never_ends_is_stopped),
        cmocka_unit_test(the_cases_of_the_specification_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
