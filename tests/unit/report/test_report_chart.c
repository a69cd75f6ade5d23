/* Charts: axis steps, positions, and drawings that hold their numbers, escape text and stay finite.
 */
#include "report/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void steps_are_round_and_few(void **state) {
    (void)state;
    const int64_t maxima[] = {
        0, 1, 4, 7, 99, 1000, 1001, 45600000, 366000000000000, INT64_C(3000000000000000000)};
    for (size_t i = 0; i < sizeof maxima / sizeof maxima[0]; i++) {
        int64_t step = shire_chart_step(maxima[i]);
        assert_true(step >= 1);
        assert_true(maxima[i] / step <= SHIRE_CHART_TICKS_MAX);
    }
    assert_int_equal(shire_chart_step(1000), 200);
    assert_int_equal(shire_chart_step(1001), 250);
    assert_int_equal(shire_chart_step(5), 1);
}

static void positions_stay_on_the_chart(void **state) {
    (void)state;
    assert_int_equal(shire_chart_position(1, 3), 3333);
    assert_int_equal(shire_chart_position(-5, 3), 0);
    assert_int_equal(shire_chart_position(5, 3), 10000);
    assert_int_equal(shire_chart_position(5, 0), 0);
    assert_int_equal(shire_chart_position(INT64_MAX / 2, INT64_MAX), 5000);
}

static void ticks_drop_decimals_that_are_zero(void **state) {
    (void)state;
    shire_builder text = {0};
    shire_chart_append_tick(&text, SHIRE_CHART_MONEY, INT64_C(20000000000000));
    shire_builder_append_text(&text, " ");
    shire_chart_append_tick(&text, SHIRE_CHART_MONEY, INT64_C(1500000000));
    shire_builder_append_text(&text, " ");
    shire_chart_append_tick(&text, SHIRE_CHART_PERCENT, 1000);
    shire_builder_append_text(&text, " ");
    shire_chart_append_tick(&text, SHIRE_CHART_MONEY, INT64_C(100000000));
    assert_string_equal(text.bytes, "£20m £1.5k 100% £100");
    shire_builder_free(&text);
}

static void labels_are_cut_between_characters(void **state) {
    (void)state;
    shire_builder text = {0};
    shire_chart_append_label(&text, "Café<", 4);
    assert_string_equal(text.bytes, "Café…");
    shire_builder_clear(&text);
    shire_chart_append_label(&text, "Café", 4);
    assert_string_equal(text.bytes, "Café");
    shire_builder_free(&text);
}

static void bars_hold_their_labels_and_a_text_alternative(void **state) {
    (void)state;
    static const char *const names[] = {"One & two", "Three"};
    const shire_chart_head head = {"chart-x",         "Title <x>", "What it shows",
                                   SHIRE_CHART_MONEY, names,       2};
    const shire_chart_bar bars[] = {
        {"<Trust>", "£75", {50 * INT64_C(1000000), 25 * INT64_C(1000000), 0, 0}},
        {"Credit", "−£5", {-5 * INT64_C(1000000), 0, 0, 0}},
    };
    shire_builder html = {0};
    shire_chart_append_bars(&html, &head, bars, 2);
    assert_non_null(
        strstr(html.bytes, "role=\"img\" aria-labelledby=\"chart-x-title chart-x-desc\""));
    assert_non_null(strstr(html.bytes, "<title id=\"chart-x-title\">Title &lt;x&gt;</title>"));
    assert_non_null(strstr(html.bytes, "One &amp; two"));
    assert_non_null(strstr(html.bytes, "&lt;Trust&gt;"));
    /* The axis ends at 80: 50 of it is 62.5 %, the next 25 are 31.25 %. */
    assert_non_null(strstr(html.bytes, "series-0\" x=\"0.00%\" width=\"62.50%\""));
    assert_non_null(strstr(html.bytes, "series-1\" x=\"62.50%\" width=\"31.25%\""));
    assert_null(strstr(html.bytes, "\"-"));
    shire_builder_free(&html);
}

static void a_missing_point_breaks_the_line(void **state) {
    (void)state;
    static const char *const names[] = {"A"};
    const shire_chart_head head = {"chart-l", "T", "D", SHIRE_CHART_PERCENT, names, 1};
    const shire_chart_point points[] = {
        {0, false, 0}, {250, false, 1000}, {500, true, 0}, {750, false, 500}, {1000, false, 500}};
    const shire_chart_point *const series[] = {points};
    const size_t counts[] = {5};
    const shire_chart_mark marks[] = {{0, "0"}, {1000, "100"}};
    const shire_chart_lines lines = {series, counts, marks, 2, "x", "y", 1000};
    shire_builder html = {0};
    shire_chart_append_lines(&html, &head, &lines);
    assert_non_null(strstr(html.bytes, "d=\"M0 292L250 12M750 152L1000 152\""));
    size_t markers = 0;
    for (const char *at = html.bytes; (at = strstr(at, "<circle class=\"mark")) != NULL; at++) {
        markers++;
    }
    assert_int_equal(markers, 4);
    shire_builder_free(&html);
}

static void flow_stacks_nodes_and_joins_them(void **state) {
    (void)state;
    static const char *const titles[] = {"From", "To"};
    const shire_chart_head head = {"chart-f", "T", "D", SHIRE_CHART_MONEY, NULL, 1};
    const shire_chart_node nodes[] = {{0, "a", 600}, {0, "b", 400}, {1, "c", 1000}, {1, "none", 0}};
    const shire_chart_link links[] = {{0, 2, 600}, {1, 2, 400}};
    const shire_chart_flow flow = {titles, 2, nodes, 4, links, 2};
    shire_builder html = {0};
    shire_chart_append_flow(&html, &head, &flow);
    /* 460 pixels less one gap of 16 are 444: 266 and 178, then 444 in the second column. */
    assert_non_null(strstr(html.bytes, "x=\"0\" y=\"30\" width=\"14\" height=\"266\""));
    assert_non_null(strstr(html.bytes, "x=\"0\" y=\"312\" width=\"14\" height=\"178\""));
    assert_non_null(strstr(html.bytes, "x=\"755\" y=\"30\" width=\"14\" height=\"444\""));
    assert_non_null(strstr(html.bytes, "tabindex=\"0\" role=\"region\""));
    shire_builder_free(&html);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_round_and_few),
        cmocka_unit_test(positions_stay_on_the_chart),
        cmocka_unit_test(ticks_drop_decimals_that_are_zero),
        cmocka_unit_test(labels_are_cut_between_characters),
        cmocka_unit_test(bars_hold_their_labels_and_a_text_alternative),
        cmocka_unit_test(a_missing_point_breaks_the_line),
        cmocka_unit_test(flow_stacks_nodes_and_joins_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
