/* Published tables: the same cells as HTML and as typed columns, with what is withheld in neither.
 */
#include "report/report_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const shire_report_column columns[] = {
    {"Kind of care", SHIRE_REPORT_TEXT},     {"Female: people", SHIRE_REPORT_COUNT},
    {"Cost", SHIRE_REPORT_POUNDS},           {"Exact", SHIRE_REPORT_MONEY},
    {"Share of cost", SHIRE_REPORT_PERCENT},
};
static const shire_report_table shape = {
    .name = "kinds",
    .sheet = "Kinds",
    .caption = "Kinds & costs",
    .columns = columns,
    .column_count = 5,
    .heading_count = 1,
    .has_withheld = true,
    .has_total_row = true,
};

static shire_report_table *make_table(shire_arena *arena) {
    shire_report_table *table = NULL;
    assert_int_equal(shire_report_table_new(&shape, 3, arena, &table, NULL), SHIRE_OK);
    shire_report_cell *cells = shire_report_table_add_row(table);
    cells[0] = shire_report_text("<gp>");
    cells[1] = shire_report_people(1234, false);
    cells[2] = shire_report_pounds(1234567890, false);
    cells[3] = shire_report_number(1234567890);
    cells[4] = shire_report_number(273);
    cells = shire_report_table_add_row(table);
    cells[0] = shire_report_text("hospice");
    cells[1] = shire_report_people(7, false);
    cells[2] = shire_report_pounds(777777777, true);
    cells = shire_report_table_add_row(table);
    cells[0] = shire_report_text("All");
    cells[1] = shire_report_people(0, false);
    return table;
}

static void people_are_rounded_and_small_counts_withheld(void **state) {
    (void)state;
    assert_int_equal(shire_report_people(1234, false).value, 1235);
    assert_int_equal(shire_report_people(7, false).state, SHIRE_REPORT_WITHHELD);
    assert_int_equal(shire_report_people(7, false).value, 0);
    assert_int_equal(shire_report_people(1234, true).state, SHIRE_REPORT_WITHHELD);
    assert_int_equal(shire_report_people(1234, true).value, 0);
    assert_int_equal(shire_report_people(0, false).state, SHIRE_REPORT_EMPTY);
    assert_int_equal(shire_report_pounds(777777777, true).value, 0);
}

static void html_escapes_marks_and_withholds(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    shire_builder html = {0};
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    shire_report_table_append_html(make_table(arena), &html);
    assert_non_null(strstr(html.bytes, "Kinds &amp; costs"));
    assert_non_null(strstr(html.bytes, "<th scope=\"row\">&lt;gp&gt;</th>"));
    assert_non_null(strstr(html.bytes, "data-value=\"1235\">1,235</td>"));
    assert_non_null(strstr(html.bytes, "£1,235</td>"));
    assert_non_null(strstr(html.bytes, "£1,234.57</td>"));
    assert_non_null(strstr(html.bytes, "27.3%</td>"));
    assert_non_null(strstr(html.bytes, "[c]</abbr></td>"));
    assert_non_null(strstr(html.bytes, "<tr class=\"total\"><th scope=\"row\">All</th>"));
    assert_null(strstr(html.bytes, "777"));
    shire_builder_free(&html);
    shire_arena_free(arena);
}

static void rows_beyond_the_limit_are_left_to_the_data(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    shire_builder html = {0};
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    shire_report_table *table = make_table(arena);
    table->has_total_row = false;
    table->html_row_limit = 1;
    shire_report_table_append_html(table, &html);
    assert_null(strstr(html.bytes, "hospice"));
    assert_non_null(strstr(html.bytes, "The first 1 of 3 rows"));
    shire_builder_free(&html);
    shire_arena_free(arena);
}

static void data_has_nulls_and_a_mark_where_values_are_withheld(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    shire_frame frame;
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    assert_int_equal(shire_report_table_to_frame(make_table(arena), arena, &frame, NULL), SHIRE_OK);
    assert_int_equal(frame.row_count, 3);
    assert_int_equal(frame.column_count, 6);
    assert_string_equal(frame.columns[1].name, "female_people");
    assert_string_equal(frame.columns[4].name, "share_of_cost");
    assert_int_equal(frame.columns[1].int64[0], 1235);
    assert_true(shire_column_is_null(&frame.columns[1], 1));
    assert_true(shire_column_is_null(&frame.columns[2], 1));
    assert_int_equal(frame.columns[2].decimal6[1], 0);
    assert_int_equal(frame.columns[3].decimal6[0], 1234567890);
    assert_true(frame.columns[4].number[0] > 27.2999 && frame.columns[4].number[0] < 27.3001);
    assert_true(shire_span_equal(shire_column_text(&frame.columns[5], 0), shire_span_of("")));
    assert_true(shire_span_equal(shire_column_text(&frame.columns[5], 1), shire_span_of("[c]")));
    assert_true(shire_span_equal(shire_column_text(&frame.columns[0], 2), shire_span_of("All")));
    shire_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_are_rounded_and_small_counts_withheld),
        cmocka_unit_test(html_escapes_marks_and_withholds),
        cmocka_unit_test(rows_beyond_the_limit_are_left_to_the_data),
        cmocka_unit_test(data_has_nulls_and_a_mark_where_values_are_withheld),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
