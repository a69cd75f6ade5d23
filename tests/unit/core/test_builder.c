/* The text builder: growth, escapes, and what remains when memory runs out. */
#include "core/arena.h"
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void text_grows_piece_by_piece(void **state) {
    (void)state;
    shire_builder builder = {0};
    for (int i = 0; i < 1000; i++) {
        shire_builder_append_format(&builder, "%03d", i);
        shire_builder_append(&builder, (shire_span){",x", 1});
    }
    assert_false(builder.failed);
    assert_int_equal(builder.length, 4000);
    assert_int_equal(strlen(builder.bytes), 4000);
    assert_memory_equal(builder.bytes, "000,001,002,", 12);
    assert_string_equal(builder.bytes + 3992, "998,999,");
    shire_builder_clear(&builder);
    assert_int_equal(builder.length, 0);
    assert_string_equal(builder.bytes, "");
    shire_builder_append_text(&builder, "again");
    assert_string_equal(builder.bytes, "again");
    shire_builder_free(&builder);
    assert_null(builder.bytes);
    shire_builder_free(&builder);
}

static void appending_nothing_makes_an_empty_terminated_text(void **state) {
    (void)state;
    shire_builder builder = {0};
    shire_builder_append_text(&builder, NULL);
    assert_string_equal(builder.bytes, "");
    shire_builder_append_format(&builder, "%s", "");
    shire_builder_append_html(&builder, (shire_span){0});
    assert_string_equal(builder.bytes, "");
    shire_builder_free(&builder);
}

static void sql_literals_double_their_quotes(void **state) {
    (void)state;
    shire_builder builder = {0};
    shire_builder_append_sql_literal(&builder, shire_span_of("St Mary's 'A'"));
    shire_builder_append_sql_literal(&builder, shire_span_of(""));
    shire_builder_append_sql_literal(&builder, shire_span_of("a\"b\\'"));
    assert_string_equal(builder.bytes, "'St Mary''s ''A''''''a\"b\\'''");
    shire_builder_free(&builder);
}

static void sql_names_double_their_quotes(void **state) {
    (void)state;
    shire_builder builder = {0};
    shire_builder_append_sql_name(&builder, shire_span_of("ward \"9\""));
    shire_builder_append_sql_name(&builder, shire_span_of("it's"));
    assert_string_equal(builder.bytes, "\"ward \"\"9\"\"\"\"it's\"");
    shire_builder_free(&builder);
}

static void html_is_escaped_for_bodies_and_attributes(void **state) {
    (void)state;
    shire_builder builder = {0};
    shire_builder_append_html(&builder, shire_span_of("<b title='x' id=\"y\">A & E</b>"));
    assert_string_equal(builder.bytes,
                        "&lt;b title=&#39;x&#39; id=&quot;y&quot;&gt;A &amp; E&lt;/b&gt;");
    shire_builder_clear(&builder);
    shire_builder_append_html(&builder, shire_span_of("caf\xc3\xa9 at the end: &"));
    assert_string_equal(builder.bytes, "caf\xc3\xa9 at the end: &amp;");
    shire_builder_free(&builder);
}

static void running_out_of_memory_keeps_what_was_there(void **state) {
    (void)state;
    char long_text[500];
    memset(long_text, 'x', sizeof long_text);
    shire_builder builder = {0};
    shire_builder_append_text(&builder, "kept");
    shire_memory_fail_after(0);
    shire_builder_append(&builder, (shire_span){long_text, sizeof long_text});
    shire_builder_append_text(&builder, "not appended, though there would be room");
    shire_memory_fail_after(-1);
    assert_true(builder.failed);
    assert_string_equal(builder.bytes, "kept");
    shire_builder_clear(&builder);
    assert_false(builder.failed);
    shire_builder_append_text(&builder, "works again");
    assert_string_equal(builder.bytes, "works again");
    shire_builder_free(&builder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_piece_by_piece),
        cmocka_unit_test(appending_nothing_makes_an_empty_terminated_text),
        cmocka_unit_test(sql_literals_double_their_quotes),
        cmocka_unit_test(sql_names_double_their_quotes),
        cmocka_unit_test(html_is_escaped_for_bodies_and_attributes),
        cmocka_unit_test(running_out_of_memory_keeps_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
