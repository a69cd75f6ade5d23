/* Plans, alerts and documents as they come from outside: what passes, in which form it is kept, and
 * what is refused with which sentence. */
#include "record/record_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    shire_record_item_kind kind;
    const char *given;
    const char *kept;    /* or NULL */
    const char *refusal; /* or NULL */
} cases[] = {
    {SHIRE_RECORD_PLAN, "{\"title\":\" Home again \"}",
     "{\"title\":\"Home again\",\"needs\":[],\"goals\":[],\"actions\":[],\"reviews\":[],"
     "\"next_review\":\"\"}",
     NULL},
    {SHIRE_RECORD_PLAN,
     "{\"next_review\":\"1 April "
     "2025\",\"title\":\"T\",\"goals\":[{\"text\":\"walk\"}],\"actions\":"
     "[{\"due\":\"31/12/2024\",\"text\":\"fit\",\"owner\":{\"organisation\":\"CO\"}}],\"reviews\":"
     "[{\"on\":\"2024-10-01\",\"text\":\"well\"}]}",
     "{\"title\":\"T\",\"needs\":[],\"goals\":[{\"text\":\"walk\"}],\"actions\":[{\"text\":\"fit\","
     "\"owner\":{\"organisation\":\"CO\",\"team\":\"\",\"person\":\"\"},\"due\":\"2024-12-31\","
     "\"status\":\"planned\"}],\"reviews\":[{\"on\":\"2024-10-01\",\"by\":\"\",\"text\":\"well\"}],"
     "\"next_review\":\"2025-04-01\"}",
     NULL},
    {SHIRE_RECORD_PLAN, "{}", NULL, "plan: title: this is missing; fill it in"},
    {SHIRE_RECORD_PLAN, "{\"title\":\"  \"}", NULL, "plan: title: this is empty; fill it in"},
    {SHIRE_RECORD_PLAN, "{\"title\":null}", NULL, "plan: title: this is empty; fill it in"},
    {SHIRE_RECORD_PLAN, "{\"title\":\"T\",\"secret\":1}", NULL,
     "plan: it has a key that is not known here; leave it out"},
    {SHIRE_RECORD_PLAN, "{\"title\":\"T\",\"title\":\"T\"}", NULL,
     "plan: line 1, column 20: this is no JSON"},
    {SHIRE_RECORD_PLAN, "{\"title\":\"T\",\"needs\":{}}", NULL, "plan: needs: this is no list"},
    {SHIRE_RECORD_PLAN,
     "{\"title\":\"T\",\"actions\":[{\"text\":\"a\",\"owner\":{\"organisation\":"
     "\"CO\"}},{\"text\":\"b\"}]}",
     NULL, "plan: actions 2: owner: this is missing; fill it in"},
    {SHIRE_RECORD_PLAN,
     "{\"title\":\"T\",\"actions\":[{\"text\":\"a\",\"owner\":{\"organisation\":"
     "\"CO\"},\"status\":\"maybe\"}]}",
     NULL, "plan: actions 1: status: this is none of planned, under_way, done, stopped"},
    {SHIRE_RECORD_PLAN, "{\"title\":\"T\",\"next_review\":\"31/02/2024\"}", NULL,
     "plan: next_review: this is no date; give it like 2024-04-01"},
    {SHIRE_RECORD_PLAN, "{\"title\":\"a\\u0007b\"}", NULL,
     "plan: title: over 4000 bytes long or with control characters; shorten it"},
    {SHIRE_RECORD_PLAN, "[]", NULL, "plan: this is no object with names and values"},
    {SHIRE_RECORD_PLAN, "", NULL, "plan: line 1, column 0: this is no JSON"},
    {SHIRE_RECORD_ALERT, "{\"text\":\"Key safe\",\"from\":\"2024-01-01\"}",
     "{\"text\":\"Key safe\",\"kind\":\"\",\"from\":\"2024-01-01\",\"until\":\"\",\"owner\":null}",
     NULL},
    {SHIRE_RECORD_ALERT, "{\"text\":\"x\",\"from\":\"2024-01-02\",\"until\":\"2024-01-01\"}", NULL,
     "alert: until: this is before the day it begins"},
    {SHIRE_RECORD_ALERT, "{\"text\":7}", NULL, "alert: text: this is no text; give one in quotes"},
    {SHIRE_RECORD_DOCUMENT, "{\"title\":\"Letter\",\"hash\":\"" HASH "\",\"byte_count\":12}",
     "{\"title\":\"Letter\",\"kind\":\"\",\"date\":\"\",\"media_type\":\"\",\"hash\":\"" HASH
     "\",\"byte_count\":12}",
     NULL},
    {SHIRE_RECORD_DOCUMENT, "{\"title\":\"Letter\",\"hash\":\"abc\"}", NULL,
     "document: hash: this is no SHA-256 of 64 hex digits"},
    {SHIRE_RECORD_DOCUMENT, "{\"title\":\"Letter\",\"hash\":\"" HASH "\",\"byte_count\":-1}", NULL,
     "document: byte_count: this is no whole number"},
};

static void bodies_are_kept_in_one_form_or_refused_with_a_sentence(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shire_error error = {0};
        shire_arena *arena = NULL;
        json_t *body = NULL;
        assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
        shire_status status =
            shire_record_body_read(cases[i].kind, shire_span_of(cases[i].given), &body, &error);
        if (cases[i].kept != NULL) {
            assert_int_equal(status, SHIRE_OK);
            assert_string_equal(shire_record_body_text(body, arena), cases[i].kept);
            json_decref(body);
            assert_int_equal(
                shire_record_body_read(cases[i].kind, shire_span_of(cases[i].kept), &body, &error),
                SHIRE_OK); /* what is kept passes again, and is the same */
            assert_string_equal(shire_record_body_text(body, arena), cases[i].kept);
            json_decref(body);
        } else {
            assert_int_equal(status, SHIRE_INVALID);
            assert_string_equal(error.message, cases[i].refusal);
        }
        shire_arena_free(arena);
    }
}

static void lists_and_texts_have_a_limit(void **state) {
    (void)state;
    shire_error error = {0};
    shire_builder text = {0};
    json_t *body = NULL;
    shire_builder_append_text(&text, "{\"title\":\"T\",\"needs\":[{\"text\":\"n\"}");
    for (int i = 0; i < SHIRE_RECORD_LIST_MAX; i++) {
        shire_builder_append_text(&text, ",{\"text\":\"n\"}");
    }
    shire_builder_append_text(&text, "]}");
    assert_int_equal(shire_record_body_read(SHIRE_RECORD_PLAN,
                                            (shire_span){text.bytes, text.length}, &body, &error),
                     SHIRE_INVALID);
    assert_non_null(strstr(error.message, "plan: needs: more than 200 of them"));
    shire_builder_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_kept_in_one_form_or_refused_with_a_sentence),
        cmocka_unit_test(lists_and_texts_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
