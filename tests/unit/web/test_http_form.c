/* Queries, forms, cookies and paths: what is decoded, and what is refused. */
#include "web/http_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int make_arena(void **state) {
    return shire_arena_new("test", 1 << 20, (shire_arena **)state, NULL) == SHIRE_OK ? 0 : -1;
}

static int free_arena(void **state) {
    shire_arena_free(*state);
    return 0;
}

static shire_http_fields parse(shire_arena *arena, const char *text) {
    shire_http_fields fields;
    assert_int_equal(shire_http_fields_parse(shire_span_of(text), arena, &fields, NULL), SHIRE_OK);
    return fields;
}

static void refuse(shire_arena *arena, const char *text, size_t length, const char *sentence) {
    shire_http_fields fields;
    shire_error error = {0};
    assert_int_equal(shire_http_fields_parse((shire_span){text, length}, arena, &fields, &error),
                     SHIRE_INVALID);
    assert_non_null(strstr(error.message, sentence));
}

static void check(const shire_http_fields *fields, const char *name, const char *value) {
    shire_span found = shire_http_field_find(fields, name);
    assert_int_equal(found.length, strlen(value));
    assert_memory_equal(found.bytes, value, found.length);
}

static void names_and_values_are_decoded(void **state) {
    shire_http_fields fields = parse(*state, "a=1&b=x+y%20z&c&=d&&e=%C2%A3=%26&a=2");
    assert_int_equal(fields.count, 6);
    check(&fields, "a", "1");
    check(&fields, "b", "x y z");
    check(&fields, "c", "");
    check(&fields, "", "d");
    check(&fields, "e", "\xC2\xA3=&");
    assert_null(shire_http_field_find(&fields, "z").bytes);
    assert_non_null(shire_http_field_find(&fields, "c").bytes);
    assert_int_equal(parse(*state, "").count, 0);
}

static void what_is_broken_is_refused(void **state) {
    refuse(*state, "a=%", 3, "broken %XX");
    refuse(*state, "a=%2", 4, "broken %XX");
    refuse(*state, "a=%2&b=11", 9, "broken %XX");
    refuse(*state, "a=%zz", 5, "broken %XX");
    refuse(*state, "a=%00", 5, "NUL");
    refuse(*state, "a=\0b", 4, "NUL");
    refuse(*state, "a=%ff", 5, "UTF-8");
    char many[SHIRE_HTTP_FIELDS_MAX + 1];
    memset(many, '&', sizeof many);
    refuse(*state, many, sizeof many, "more than 512 names");
}

static void cookies_are_taken_as_they_stand(void **state) {
    shire_http_fields cookies;
    assert_int_equal(shire_http_cookies_parse(shire_span_of("a=1; b=\"x y\"; c;  d=e=f%20"), *state,
                                              &cookies, NULL),
                     SHIRE_OK);
    assert_int_equal(cookies.count, 3);
    check(&cookies, "b", "\"x y\"");
    check(&cookies, "d", "e=f%20");
}

static void a_plus_in_a_path_is_itself(void **state) {
    shire_span path;
    assert_int_equal(shire_http_path_decode(shire_span_of("/a+b%20c"), *state, &path, NULL),
                     SHIRE_OK);
    assert_string_equal(path.bytes, "/a+b c");
    assert_int_equal(shire_http_path_decode(shire_span_of("/%"), *state, &path, NULL),
                     SHIRE_INVALID);
}

static void what_is_encoded_decodes_to_itself(void **state) {
    shire_builder text = {0};
    const char *value = "A-z_0.9~ +&=%\xC2\xA3/?";
    shire_builder_append_text(&text, "x=");
    shire_builder_append_url(&text, shire_span_of(value));
    assert_string_equal(text.bytes, "x=A-z_0.9~%20%2B%26%3D%25%C2%A3%2F%3F");
    shire_http_fields fields = parse(*state, text.bytes);
    check(&fields, "x", value);
    shire_builder_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_and_values_are_decoded, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(what_is_broken_is_refused, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(cookies_are_taken_as_they_stand, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(a_plus_in_a_path_is_itself, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(what_is_encoded_decodes_to_itself, make_arena, free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
