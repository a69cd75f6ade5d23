/* The language of changes: what is read out of a line, and which column a mistake is put at. */
#include "cost/whatif_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static shire_arena *arena;

static int open_arena(void **state) {
    (void)state;
    return shire_arena_new("test", 0, &arena, NULL) == SHIRE_OK ? 0 : -1;
}

static int close_arena(void **state) {
    (void)state;
    shire_arena_free(arena);
    return 0;
}

static cost_edit parsed(const char *text) {
    cost_edit edit = {0};
    shire_error error = {0};
    if (cost_edit_parse(text, arena, &edit, &error) != SHIRE_OK) {
        fail_msg("%s: %s", text, error.message);
    }
    return edit;
}

static void assert_condition(const cost_edit *edit, size_t number, const char *column,
                             cost_comparison comparison, const char *value) {
    assert_in_range(number, 0, edit->conditions.count - 1);
    const cost_condition *condition = &edit->conditions.items[number];
    assert_string_equal(condition->column, column);
    assert_int_equal(condition->comparison, comparison);
    assert_string_equal(condition->value, value);
}

static void assert_wrong(const char *text, int column, const char *words) {
    cost_edit edit = {0};
    shire_error error = {0};
    char place[32];
    snprintf(place, sizeof place, "column %d: ", column);
    assert_int_equal(cost_edit_parse(text, arena, &edit, &error), SHIRE_INVALID);
    if (strstr(error.message, place) == NULL || strstr(error.message, words) == NULL) {
        fail_msg("%s: wanted '%s%s', got '%s'", text, place, words, error.message);
    }
}

static void a_change_names_table_column_operator_and_number(void **state) {
    (void)state;
    cost_edit edit = parsed("ledger.amount *= 1.03");
    assert_string_equal(edit.table, COST_EDIT_LEDGER);
    assert_string_equal(edit.column, "amount");
    assert_int_equal(edit.operation, COST_EDIT_MULTIPLY);
    assert_int_equal(edit.value, 1030000);
    edit = parsed("  weight -= -2.5  ");
    assert_string_equal(edit.column, "weight");
    assert_int_equal(edit.operation, COST_EDIT_SUBTRACT);
    assert_int_equal(edit.value, -2500000);
    edit = parsed("item[feed=x].minutes=1,234");
    assert_string_equal(edit.table, COST_EDIT_ACTIVITY);
    assert_string_equal(edit.column, "minutes");
    assert_int_equal(edit.operation, COST_EDIT_SET);
    assert_int_equal(edit.value, 1234 * SHIRE_MILLION);
    edit = parsed("pool_transfer.share[step=1] += 0.000001");
    assert_string_equal(edit.column, "share");
    assert_int_equal(edit.value, 1);
}

static void conditions_are_joined_and_quoted(void **state) {
    (void)state;
    cost_edit edit =
        parsed("ledger[cost_centre=W* , account>=4000 and description!='pay, ''extra'' and [x]' "
               "AND period<>\"2024-10\", organisation==A andB] = 0");
    assert_int_equal(edit.conditions.count, 5);
    assert_condition(&edit, 0, "cost_centre", COST_IS, "W*");
    assert_condition(&edit, 1, "account", COST_MORE_OR_IS, "4000");
    assert_condition(&edit, 2, "description", COST_IS_NOT, "pay, 'extra' and [x]");
    assert_condition(&edit, 3, "period", COST_IS_NOT, "2024-10");
    assert_condition(&edit, 4, "organisation", COST_IS, "A andB");
}

static void delays_have_conditions_of_their_own(void **state) {
    (void)state;
    cost_edit edit = parsed("activity[activity=Acute bed, reason=D*] discharge_delay *= 0.5");
    assert_string_equal(edit.column, COST_EDIT_DELAY);
    assert_condition(&edit, 0, "activity", COST_IS, "Acute bed");
    assert_wrong("activity[start=x] discharge_delay = 0", 10, "not chosen by start");
    assert_wrong("activity[reason=x] quantity = 0", 10, "chooses delays alone");
    assert_wrong("activity discharge_delay += 0", 26, "only be shortened");
    assert_wrong("activity discharge_delay *= 1.000001", 29, "0 to 1");
    assert_wrong("activity discharge_delay -= -1", 29, "0 or more");
}

static void mistakes_are_put_at_their_column(void **state) {
    (void)state;
    assert_wrong("", 1, "begins with what it changes");
    assert_wrong("  lodger *= 2", 3, "did you mean ledger?");
    assert_wrong("ledger.amuont *= 2", 8, "did you mean amount?");
    assert_wrong("ledger[acount=1] *= 2", 8, "did you mean account?");
    assert_wrong("ledger[account] *= 2", 15, "a comparison is due");
    assert_wrong("ledger[account= ] *= 2", 17, "a value is due");
    assert_wrong("ledger[account='x] *= 2", 16, "has no end");
    assert_wrong("ledger[account=1 *= 2", 19, "is quoted");
    assert_wrong("ledger[account=1", 7, "not closed");
    assert_wrong("ledger", 7, "what to do with amount is due");
    assert_wrong("ledger *= ", 11, "a number is due");
    assert_wrong("ledger *= x", 11, "is no number");
    assert_wrong("ledger *= 0.0000001", 11, "six decimals");
    assert_wrong("ledger.amount[account=1] amount = 1", 26, "named twice");
}

static void items_are_told_apart_by_what_many_have_in_common(void **state) {
    (void)state;
    static const char *const personal[] = {"item_id",  "event_id", "local_id", "start",
                                           "quantity", "minutes",  "amount"};
    static const char *const common[] = {
        "ledger[description=x] *= 2", "weight[code=x] *= 2", "activity.minutes *= 2",
        "activity[feed=x, code=y] minutes = 1", "activity[reason=x] discharge_delay = 0"};
    shire_error error = {0};
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "activity[feed=x, %s=13115] minutes *= 1", personal[i]);
        cost_edit edit = parsed(text);
        assert_int_equal(cost_edit_check_impersonal(&edit, &error), SHIRE_INVALID);
        assert_non_null(strstr(error.message, "column 18 "));
        assert_non_null(strstr(error.message, personal[i]));
        assert_null(strstr(error.message, "13115"));
    }
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        cost_edit edit = parsed(common[i]);
        assert_int_equal(cost_edit_check_impersonal(&edit, &error), SHIRE_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_names_table_column_operator_and_number),
        cmocka_unit_test(conditions_are_joined_and_quoted),
        cmocka_unit_test(delays_have_conditions_of_their_own),
        cmocka_unit_test(mistakes_are_put_at_their_column),
        cmocka_unit_test(items_are_told_apart_by_what_many_have_in_common),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
