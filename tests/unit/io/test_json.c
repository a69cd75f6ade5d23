/* Values of JSON whose memory threads keep: what one thread makes another may drop, and free() may
 * take what jansson gave. */
#include "io/json.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTHS = 1200, ROUNDS = 8 };

static json_t *make_values(int seed) {
    json_t *values = json_object();
    char key[16];
    char text[LENGTHS + 1];
    for (int length = 0; length < LENGTHS; length += 7) {
        memset(text, 'a' + (length + seed) % 26, (size_t)length);
        text[length] = '\0';
        snprintf(key, sizeof key, "%d", length);
        assert_int_equal(json_object_set_new(values, key, json_string(text)), 0);
    }
    return values;
}

static void check_values(const json_t *values, int seed) {
    char key[16];
    for (int length = 0; length < LENGTHS; length += 7) {
        snprintf(key, sizeof key, "%d", length);
        const json_t *value = json_object_get(values, key);
        const char *text = json_string_value(value);
        assert_non_null(text);
        assert_int_equal(json_string_length(value), length);
        for (int at = 0; at < length; at++) {
            assert_int_equal(text[at], 'a' + (length + seed) % 26);
        }
    }
}

static void *drop_and_make(void *values) {
    json_decref(values);
    json_t *made = make_values(3);
    json_decref(make_values(5));
    return made;
}

static void threads_drop_what_others_made(void **state) {
    (void)state;
    json_t *before = make_values(1); /* of before the threads keep anything */
    shire_json_keep_memory();
    shire_json_keep_memory();
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t thread;
        void *made = NULL;
        json_t *mine = make_values(round);
        assert_int_equal(pthread_create(&thread, NULL, drop_and_make, make_values(2)), 0);
        check_values(mine, round);
        json_decref(mine);
        assert_int_equal(pthread_join(thread, &made), 0);
        check_values(made, 3);
        json_decref(made);
    }
    check_values(before, 1);
    json_decref(before);
}

static void what_was_dumped_is_freed_as_any_memory(void **state) {
    (void)state;
    shire_json_keep_memory();
    json_t *values = make_values(4);
    char *text = json_dumps(values, JSON_COMPACT);
    assert_non_null(text);
    json_t *read = json_loads(text, 0, NULL);
    free(text);
    assert_true(json_equal(values, read));
    json_decref(read);
    json_decref(values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_drop_what_others_made),
        cmocka_unit_test(what_was_dumped_is_freed_as_any_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
