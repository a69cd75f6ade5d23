/* The template language: escaping, sections, and what is said of a bad template. */
#include "report/report_template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const shire_report_value values[] = {
    {"name", {"<Wye & Teme>", 12}},
    {"html", {"<b>bold</b>", 11}},
    {"empty", {"", 0}},
};

/* The filled text, or the message of the failure. */
static void check(const char *template, shire_status expected, const char *text) {
    shire_builder html = {0};
    shire_error error = {0};
    assert_int_equal(shire_report_template_fill(shire_span_of(template), values, 3, &html, &error),
                     expected);
    if (expected == SHIRE_OK) {
        assert_string_equal(html.bytes == NULL ? "" : html.bytes, text);
    } else {
        assert_non_null(strstr(error.message, text));
    }
    shire_builder_free(&html);
}

static void two_braces_escape_and_three_do_not(void **state) {
    (void)state;
    check("a {{name}} b", SHIRE_OK, "a &lt;Wye &amp; Teme&gt; b");
    check("{{{html}}}", SHIRE_OK, "<b>bold</b>");
    check("", SHIRE_OK, "");
    check("no tags }} {", SHIRE_OK, "no tags }} {");
}

static void sections_follow_whether_there_is_a_value(void **state) {
    (void)state;
    check("{{#name}}yes{{/name}}{{^name}}no{{/name}}", SHIRE_OK, "yes");
    check("{{#empty}}yes{{/empty}}{{^empty}}no{{/empty}}", SHIRE_OK, "no");
    check("{{#empty}}{{#name}}in{{/name}}{{name}}{{/empty}}out", SHIRE_OK, "out");
    check("{{#name}}{{^empty}}{{html}}{{/empty}}{{/name}}", SHIRE_OK, "&lt;b&gt;bold&lt;/b&gt;");
}

static void a_bad_template_is_named_with_its_line(void **state) {
    (void)state;
    check("one\n{{missing}}", SHIRE_INTERNAL, "line 2: missing has no value");
    check("{{#name}}", SHIRE_INTERNAL, "name is a section that does not close");
    check("{{/name}}", SHIRE_INTERNAL, "name closes a section that is not open");
    check("{{#name}}{{#html}}{{/name}}{{/html}}", SHIRE_INTERNAL, "name closes a section");
    check("{{name", SHIRE_INTERNAL, "a tag does not end");
    check("{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}",
          SHIRE_INTERNAL, "nested too deeply");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_braces_escape_and_three_do_not),
        cmocka_unit_test(sections_follow_whether_there_is_a_value),
        cmocka_unit_test(a_bad_template_is_named_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
