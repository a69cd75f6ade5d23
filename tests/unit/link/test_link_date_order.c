/* The order of day and month, source by source: known answers, ties, and columns left alone. */
#include "link/link_date_order.h"

#include "core/arena.h"
#include "link/link_normalise_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RECORDS_MAX 16

typedef struct record {
    const char *source;
    const char *date;
    const char *expected; /* as linkage reads it after */
} record;

typedef struct told {
    size_t count;
    size_t records[RECORDS_MAX];
    shire_link_date_order orders[RECORDS_MAX];
} told;

static void note(size_t at, const shire_link_date_order *order, void *context) {
    told *notes = context;
    notes->records[notes->count] = at;
    notes->orders[notes->count++] = *order;
}

static shire_column column_of(const char *const *texts, size_t count, uint32_t *offsets,
                              char *bytes) {
    for (size_t i = 0; i < count; i++) {
        memcpy(bytes + offsets[i], texts[i], strlen(texts[i]));
        offsets[i + 1] = offsets[i] + (uint32_t)strlen(texts[i]);
    }
    return (shire_column){
        .name = "c", .type = SHIRE_TYPE_TEXT, .text_offsets = offsets, .text_bytes = bytes};
}

static told settle(const record *records, size_t count, bool has_sources, bool *is_rewritten_out) {
    uint32_t offsets[2][RECORDS_MAX + 1] = {{0}};
    char bytes[2][512];
    const char *texts[2][RECORDS_MAX] = {{NULL}};
    shire_arena *arena = NULL;
    shire_error error = {0};
    told notes = {0};
    assert_true(count <= RECORDS_MAX);
    for (size_t i = 0; i < count; i++) {
        texts[0][i] = records[i].date;
        texts[1][i] = records[i].source;
    }
    shire_column dates = column_of(texts[0], count, offsets[0], bytes[0]);
    shire_column sources = column_of(texts[1], count, offsets[1], bytes[1]);
    assert_int_equal(shire_arena_new("test", 0, &arena, &error), SHIRE_OK);
    assert_int_equal(shire_link_dates_settle(&dates, has_sources ? &sources : NULL, count, arena,
                                             note, &notes, &error),
                     SHIRE_OK);
    *is_rewritten_out = dates.text_bytes != bytes[0];
    for (size_t i = 0; i < count; i++) {
        char value[SHIRE_LINK_VALUE_BYTES_MAX + 1];
        value[shire_link_normalise_date(shire_column_text(&dates, i), value)] = '\0';
        assert_string_equal(value, records[i].expected);
    }
    shire_arena_free(arena);
    return notes;
}

static void each_source_is_read_in_its_own_order(void **state) {
    (void)state;
    static const record records[] = {
        {"us", "4/3/1980", "19800403"},    {"uk", "4/3/1980", "19800304"},
        {"iso", "1980-04-03", "19800403"}, {"us", "12/31/1999", "19991231"},
        {"uk", "31/12/1999", "19991231"},  {"us", "", ""},
        {"iso", "1999-12-31", "19991231"}, {"us", "1.2.99 00:00", "19990102"}};
    bool is_rewritten = false;
    told notes = settle(records, sizeof records / sizeof records[0], true, &is_rewritten);
    assert_true(is_rewritten);
    assert_int_equal(notes.count, 0);
}

static void a_silent_source_follows_the_others_and_is_told(void **state) {
    (void)state;
    static const record records[] = {{"us", "12/31/1999", "19991231"},
                                     {"b", "4/3/1980", "19800403"},
                                     {"b", "5/5/1980", "19800505"},
                                     {"", "1/2/1980", "19800102"},
                                     {"us", "1/2/1980", "19800102"}};
    bool is_rewritten = false;
    told notes = settle(records, 5, true, &is_rewritten);
    assert_int_equal(notes.count, 2);
    assert_int_equal(notes.records[0], 1);
    assert_int_equal(notes.orders[0].either, 1);
    assert_true(notes.orders[0].is_month_first);
    assert_int_equal(notes.records[1], 3);
}

static void where_nothing_says_it_the_day_is_first(void **state) {
    (void)state;
    static const record records[] = {{"a", "4/3/1980", "19800304"}, {"b", "1/2/1980", "19800201"}};
    bool is_rewritten = false;
    told notes = settle(records, 2, false, &is_rewritten);
    assert_false(is_rewritten);
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.orders[0].either, 2);
    notes = settle(records, 2, true, &is_rewritten);
    assert_int_equal(notes.count, 2);
}

static void dates_of_both_orders_are_read_each_in_its_own_and_told(void **state) {
    (void)state;
    static const record records[] = {{"", "12/31/1999", "19991231"},
                                     {"", "12/30/1999", "19991230"},
                                     {"", "29/12/1999", "19991229"},
                                     {"", "4/3/1980", "19800403"}};
    bool is_rewritten = false;
    told notes = settle(records, 4, false, &is_rewritten);
    assert_true(is_rewritten);
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.orders[0].month_first, 2);
    assert_int_equal(notes.orders[0].day_first, 1);
    /* One each: a tie is day first. And where no date is in doubt, nothing is told. */
    notes = settle(records + 1, 2, false, &is_rewritten);
    assert_false(is_rewritten);
    assert_int_equal(notes.count, 0);
}

static void other_dates_are_left_alone(void **state) {
    (void)state;
    static const record records[] = {{"a", "1980-04-03", "19800403"},
                                     {"a", "4 March 1980", "19800304"},
                                     {"b", "", ""},
                                     {"b", "sometime", "sometime"},
                                     {"b", "19800403", "19800403"}};
    bool is_rewritten = false;
    assert_int_equal(settle(records, 5, true, &is_rewritten).count, 0);
    assert_false(is_rewritten);
    assert_int_equal(settle(records, 0, true, &is_rewritten).count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_source_is_read_in_its_own_order),
        cmocka_unit_test(a_silent_source_follows_the_others_and_is_told),
        cmocka_unit_test(where_nothing_says_it_the_day_is_first),
        cmocka_unit_test(dates_of_both_orders_are_read_each_in_its_own_and_told),
        cmocka_unit_test(other_dates_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
