/* Items to events by key and time, against a walk over all events that says what is meant. */
#include "core/random.h"
#include "cost/match_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { KEYS_MAX = 400 };

typedef struct match_case {
    size_t count;
    int32_t event_nos[KEYS_MAX];
    int32_t organisations[KEYS_MAX];
    shire_match_text texts[KEYS_MAX];
    size_t byte_count;
    char bytes[KEYS_MAX * 24];
    shire_timestamp starts[KEYS_MAX];
    shire_date last_days[KEYS_MAX];
    void *memory;
    shire_match_index index;
} match_case;

static void add_event(match_case *one, int32_t organisation, const char *text,
                      shire_timestamp start, shire_date last_day) {
    size_t key = one->count++;
    size_t length = strlen(text);
    one->event_nos[key] = (int32_t)key;
    one->organisations[key] = organisation;
    memcpy(one->bytes + one->byte_count, text, length);
    one->texts[key] = (shire_match_text){(uint32_t)one->byte_count, (uint32_t)length};
    one->byte_count += length;
    one->starts[key] = start;
    one->last_days[key] = last_day;
}

static void build(match_case *one) {
    shire_match_keys keys = {one->count, one->event_nos, one->organisations, one->texts,
                             one->bytes};
    shire_match_times times = {one->starts, one->last_days};
    one->memory = calloc(1, shire_match_index_bytes(one->count));
    assert_non_null(one->memory);
    one->index = shire_match_index_build(&keys, &times, one->memory);
}

static int32_t match(const match_case *one, int32_t organisation, const char *text,
                     shire_timestamp start, const shire_match_window *window) {
    shire_span span = shire_span_of(text);
    int64_t group = shire_match_index_find(&one->index, shire_match_hash(organisation, span),
                                           organisation, span);
    bool tied = false;
    return group < 0 ? -1 : shire_match_index_choose(&one->index, group, start, window, &tied);
}

static bool window_holds(const match_case *one, size_t event, shire_timestamp start,
                         const shire_match_window *window) {
    if (window->before_days == SHIRE_MATCH_NO_WINDOW) {
        return true;
    }
    return start != SHIRE_MATCH_NO_TIME && one->starts[event] != SHIRE_MATCH_NO_TIME &&
           start >= one->starts[event] - window->before_days * SHIRE_MICROSECONDS_PER_DAY &&
           (one->last_days[event] == SHIRE_MATCH_OPEN ||
            shire_timestamp_date(start) <= one->last_days[event] + window->after_days);
}

static int32_t match_naively(const match_case *one, int32_t organisation, const char *text,
                             shire_timestamp start, const shire_match_window *window) {
    int32_t best = -1;
    int64_t best_distance = INT64_MAX;
    for (size_t event = 0; event < one->count; event++) {
        size_t length = one->texts[event].length;
        bool timed = window->nearest && start != SHIRE_MATCH_NO_TIME &&
                     one->starts[event] != SHIRE_MATCH_NO_TIME;
        int64_t distance = timed ? llabs(start - one->starts[event]) : 0;
        if (one->organisations[event] == organisation && length == strlen(text) &&
            memcmp(one->bytes + one->texts[event].start, text, length) == 0 &&
            window_holds(one, event, start, window) && distance < best_distance) {
            best = (int32_t)event;
            best_distance = distance;
        }
    }
    return best;
}

static shire_timestamp random_time(shire_random *random) {
    return shire_random_below(random, 8) == 0
               ? SHIRE_MATCH_NO_TIME
               : shire_random_between(random, -40, 40) * (SHIRE_MICROSECONDS_PER_DAY / 4);
}

static void random_key(shire_random *random, size_t key_count, char text[24]) {
    uint64_t key = shire_random_below(random, key_count);
    snprintf(text, 24,
             key % 3 == 0   ? "%d"
             : key % 3 == 1 ? "local-%d"
                            : "a-much-longer-id-%d",
             (int)key);
}

static void random_events_agree_with_a_walk_over_all(void **state) {
    (void)state;
    shire_random random = shire_random_seed(7, 0);
    match_case *one = malloc(sizeof(*one));
    assert_non_null(one);
    for (int round = 0; round < 300; round++) {
        size_t key_count = 1 + shire_random_below(&random, round % 2 == 0 ? 3 : 200);
        size_t event_count = shire_random_below(&random, KEYS_MAX + 1);
        char text[24];
        memset(one, 0, sizeof(*one));
        for (size_t i = 0; i < event_count; i++) {
            shire_timestamp start = random_time(&random);
            bool open = start == SHIRE_MATCH_NO_TIME || shire_random_below(&random, 5) == 0;
            random_key(&random, key_count, text);
            add_event(one, (int32_t)shire_random_below(&random, 2), text, start,
                      open ? SHIRE_MATCH_OPEN
                           : shire_timestamp_date(start) +
                                 (shire_date)shire_random_below(&random, 5));
        }
        build(one);
        for (int i = 0; i < 300; i++) {
            bool windowed = shire_random_below(&random, 3) > 0;
            shire_match_window window = {
                .before_days =
                    windowed ? shire_random_between(&random, 0, 4) : SHIRE_MATCH_NO_WINDOW,
                .after_days = windowed ? shire_random_between(&random, 0, 4) : 0,
                .nearest = windowed || shire_random_below(&random, 2) == 0};
            shire_timestamp start = random_time(&random);
            int32_t organisation = (int32_t)shire_random_below(&random, 3);
            random_key(&random, key_count + 2, text);
            assert_int_equal(match(one, organisation, text, start, &window),
                             match_naively(one, organisation, text, start, &window));
        }
        free(one->memory);
    }
    free(one);
}

static void a_prefix_is_another_key(void **state) {
    (void)state;
    match_case one = {0};
    shire_match_window window = {.before_days = SHIRE_MATCH_NO_WINDOW};
    add_event(&one, 0, "12345678", 0, 0);
    add_event(&one, 0, "123456789", 0, 0);
    add_event(&one, 0, "", 0, 0);
    build(&one);
    assert_int_equal(match(&one, 0, "12345678", 0, &window), 0);
    assert_int_equal(match(&one, 0, "123456789", 0, &window), 1);
    assert_int_equal(match(&one, 0, "", 0, &window), 2);
    assert_int_equal(match(&one, 0, "1234567", 0, &window), -1);
    assert_int_equal(match(&one, 1, "12345678", 0, &window), -1);
    free(one.memory);
}

static void without_events_nothing_is_found(void **state) {
    (void)state;
    match_case one = {0};
    shire_match_window window = {.nearest = true};
    build(&one);
    assert_int_equal(match(&one, 0, "1", 0, &window), -1);
    free(one.memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_events_agree_with_a_walk_over_all),
        cmocka_unit_test(a_prefix_is_another_key),
        cmocka_unit_test(without_events_nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
