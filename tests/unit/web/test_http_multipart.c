/* Forms that carry files: what comes out of them, and what is refused. */
#include "web/http_multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=----WebKit7"
#define CUT "------WebKit7"
#define FIELD(name) "\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static int make_arena(void **state) {
    return shire_arena_new("test", 1 << 20, (shire_arena **)state, NULL) == SHIRE_OK ? 0 : -1;
}

static int free_arena(void **state) {
    shire_arena_free(*state);
    return 0;
}

static void refuse(shire_arena *arena, const char *type, shire_span body) {
    shire_http_fields fields;
    shire_http_files files;
    assert_int_equal(shire_http_multipart_parse(type, body, arena, &fields, &files, NULL),
                     SHIRE_INVALID);
}

static void fields_and_files_come_out_as_they_went_in(void **state) {
    /* Bytes of any kind, and what looks like an end of the part, are of the file. */
    static const char body[] = CUT FIELD(
        "csrf") "0123\r\n" CUT
                "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a; name="
                "\\.pdf\"\r\ncontent-type: application/pdf\r\n\r\n%PDF\0\xff\r\n--\r\n"
                "----WebKit7\r\n" CUT FIELD(
                    "why") "\xc3\xa9"
                           "\r\n" CUT
                           "\r\nContent-Disposition: form-data; filename=\"\"; name=empty\r\n\r\n"
                           "\r\n" CUT "--\r\nafter the end";
    shire_http_fields fields;
    shire_http_files files;
    assert_int_equal(shire_http_multipart_parse(TYPE, (shire_span){body, sizeof body - 1}, *state,
                                                &fields, &files, NULL),
                     SHIRE_OK);
    assert_int_equal(fields.count, 2);
    assert_string_equal(shire_http_field_find(&fields, "csrf").bytes, "0123");
    assert_string_equal(shire_http_field_find(&fields, "why").bytes, "\xc3\xa9");
    assert_int_equal(files.count, 2);
    const shire_http_file *file = shire_http_file_find(&files, "file");
    assert_non_null(file);
    assert_string_equal(file->type.bytes, "application/pdf");
    assert_int_equal(file->content.length, strlen("%PDF") + 2 + 4 + 2 + strlen("----WebKit7"));
    assert_memory_equal(file->content.bytes, "%PDF\0\xff\r\n--\r\n", 12);
    assert_null(shire_http_file_find(&files, "empty"));
    assert_null(shire_http_file_find(&files, "why"));
}

static void a_boundary_may_be_quoted_and_stand_behind_others(void **state) {
    shire_http_fields fields;
    shire_http_files files;
    shire_span body = shire_span_of("--a b" FIELD("x") "1\r\n--a b--");
    assert_int_equal(shire_http_multipart_parse("Multipart/Form-Data; a=\"; boundary=no\"; "
                                                "boundary=\"a b\"",
                                                body, *state, &fields, &files, NULL),
                     SHIRE_OK);
    assert_string_equal(shire_http_field_find(&fields, "x").bytes, "1");
}

static void what_is_not_well_formed_is_refused(void **state) {
    static const char *const bodies[] = {
        "",
        "preamble\r\n" CUT FIELD("a") "1\r\n" CUT "--",
        CUT,
        CUT FIELD("a") "no end",
        CUT FIELD("a") "1\r\n" CUT "\r\n",
        CUT FIELD("a") "1\r\n" CUT "x",
        CUT "\r\n\r\nno name\r\n" CUT "--",
        CUT "\r\nContent-Disposition: form-data\r\n\r\nno name\r\n" CUT "--",
        CUT "\r\nContent-Disposition: form-data; name=\"a\r\n\r\nopen\r\n" CUT "--",
        CUT FIELD("a") "\xff\r\n" CUT "--",
        CUT FIELD("\xff") "1\r\n" CUT "--",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        refuse(*state, TYPE, shire_span_of(bodies[i]));
    }
    static const char nul[] = CUT FIELD("a") "1\0"
                                             "2\r\n" CUT "--";
    refuse(*state, TYPE, (shire_span){nul, sizeof nul - 1});
    static const char good[] = "--x" FIELD("a") "1\r\n--x--";
    static const char *const types[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=y",
        "multipart/form-data; boundary=X",
        "text/plain; boundary=x",
        "multipart/form-data; boundary="
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        refuse(*state, types[i], shire_span_of(good));
    }
}

static void there_are_no_more_parts_than_the_most(void **state) {
    shire_http_fields fields;
    shire_http_files files;
    shire_builder body = {0};
    shire_builder_append_text(&body, "--x");
    for (int i = 0; i < SHIRE_HTTP_PARTS_MAX; i++) {
        shire_builder_append_text(&body, FIELD("a") "1\r\n--x");
    }
    size_t length = body.length;
    shire_builder_append_text(&body, "--");
    assert_int_equal(shire_http_multipart_parse("multipart/form-data; boundary=x",
                                                (shire_span){body.bytes, body.length}, *state,
                                                &fields, &files, NULL),
                     SHIRE_OK);
    assert_int_equal(fields.count, SHIRE_HTTP_PARTS_MAX);
    body.length = length;
    shire_builder_append_text(&body, FIELD("a") "1\r\n--x--");
    refuse(*state, "multipart/form-data; boundary=x", (shire_span){body.bytes, body.length});
    shire_builder_free(&body);
}

static void a_parts_headers_have_a_limit(void **state) {
    char body[SHIRE_HTTP_PART_HEADER_BYTES_MAX + 200];
    memset(body, 'h', sizeof body);
    memcpy(body, "--x\r\n", 5);
    snprintf(body + sizeof body - 80, 80, FIELD("a") "1\r\n--x--");
    refuse(*state, "multipart/form-data; boundary=x", shire_span_of(body));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_arena, free_arena)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(fields_and_files_come_out_as_they_went_in),
        CASE(a_boundary_may_be_quoted_and_stand_behind_others),
        CASE(what_is_not_well_formed_is_refused),
        CASE(there_are_no_more_parts_than_the_most),
        CASE(a_parts_headers_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
