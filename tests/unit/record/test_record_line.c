/* One line of free text, taken apart. */
#include "record/record_search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *line;
    const char *parts; /* given|middle|family|birth|number|address|postcode|year */
} cases[] = {
    {"margaret thatcher 13/10/1925 hr1", "margaret||thatcher|13/10/1925|||hr1|"},
    {"Preece, Gwendoline Mary", "Gwendoline|Mary|Preece|||||"},
    {"  Gwendoline   Mary Preece ", "Gwendoline|Mary|Preece|||||"},
    {"preece", "||preece|||||"},
    {"999 123 4567", "||||999 123 4567|||"},
    {"9991234567 preece", "||preece||9991234567|||"},
    {"999-123-4567", "||||999-123-4567|||"},
    {"Jones 1 April 1944 HR6 9FE", "||Jones|1 April 1944|||HR6 9FE|"},
    {"Jones 01-APR-1944 hr69fe", "||Jones|01-APR-1944|||hr69fe|"},
    {"Anna Jones 214 Ridgemoor Road, Leominster HR6 9FE",
     "Anna||Jones|||214 Ridgemoor Road Leominster|HR6 9FE|"},
    {"Anna Jones, 214 Ridgemoor Road", "Anna||Jones|||214 Ridgemoor Road||"},
    {"Jones 1944", "||Jones|||||1944"},
    {"2001", "|||||||2001"},
    {"O'Neill-Smith, Seán", "Seán||O'Neill-Smith|||||"},
    {"19441013", "|||19441013||||"},
    {"HR1 2AB", "||||||HR1 2AB|"},
    {"van der Berg, Jan", "Jan||van der Berg|||||"},
};

static void a_line_is_taken_apart(void **state) {
    (void)state;
    static const shire_link_role roles[] = {SHIRE_LINK_ROLE_GIVEN,      SHIRE_LINK_ROLE_MIDDLE,
                                            SHIRE_LINK_ROLE_FAMILY,     SHIRE_LINK_ROLE_DOB,
                                            SHIRE_LINK_ROLE_NHS_NUMBER, SHIRE_LINK_ROLE_ADDRESS,
                                            SHIRE_LINK_ROLE_POSTCODE};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char parts[256] = "";
        size_t length = 0;
        shire_arena *arena = NULL;
        shire_link_query query;
        int year = -1;
        assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
        assert_int_equal(
            shire_record_line_read(shire_span_of(cases[i].line), arena, &query, &year, NULL),
            SHIRE_OK);
        for (size_t role = 0; role < sizeof roles / sizeof roles[0]; role++) {
            shire_span value = query.values[roles[role]];
            length += (size_t)snprintf(parts + length, sizeof parts - length, "%s%.*s",
                                       role == 0 ? "" : "|", (int)value.length,
                                       value.bytes == NULL ? "" : value.bytes);
        }
        snprintf(parts + length, sizeof parts - length, "|%.0d", year);
        assert_string_equal(parts, cases[i].parts);
        shire_arena_free(arena);
    }
}

static void what_says_nothing_is_refused(void **state) {
    (void)state;
    static const char *const lines[] = {"", "   ", ",", "\xff\xfe"};
    char longest[SHIRE_RECORD_LINE_BYTES_MAX + 2];
    shire_arena *arena = NULL;
    shire_link_query query;
    int year = 0;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(
            shire_record_line_read(shire_span_of(lines[i]), arena, &query, &year, NULL),
            SHIRE_INVALID);
    }
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(shire_record_line_read(shire_span_of(longest), arena, &query, &year, NULL),
                     SHIRE_INVALID);
    shire_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_taken_apart),
        cmocka_unit_test(what_says_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
