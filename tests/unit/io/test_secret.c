/* Keys: made private, refused when short or open to others; hashes and base64 as published. */
#include "io/secret.h"

#include "io/file.h"
#include "io/file_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch_dir[] = "/tmp/shire-secret-XXXXXX";
static char path[64];

static int make_scratch(void **state) {
    (void)state;
    char *made = mkdtemp(scratch_dir);
    snprintf(path, sizeof path, "%s/key", scratch_dir);
    return made == NULL;
}

static int remove_scratch(void **state) {
    (void)state;
    shire_error error;
    return shire_dir_remove(scratch_dir, &error) != SHIRE_OK;
}

static void write_key(const char *contents, size_t length, mode_t mode) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(contents, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_new_key_is_private_and_never_written_over(void **state) {
    (void)state;
    struct stat facts;
    shire_secret_key one;
    shire_secret_key again;
    shire_error error = {0};
    assert_int_equal(shire_secret_new_key(path, &error), SHIRE_OK);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(facts.st_size, 65);
    assert_int_equal(shire_secret_read_key(path, &one, &error), SHIRE_OK);
    assert_int_equal(shire_secret_new_key(path, &error), SHIRE_INVALID);
    assert_int_equal(shire_secret_read_key(path, &again, &error), SHIRE_OK);
    assert_memory_equal(&one, &again, sizeof one);
    assert_int_equal(unlink(path), 0);
}

static void hex_and_bytes_are_one_key(void **state) {
    (void)state;
    char raw[32];
    char hex[80];
    shire_secret_key from_raw;
    shire_secret_key from_hex;
    shire_secret_key from_environment;
    for (int i = 0; i < 32; i++) {
        raw[i] = (char)(200 + i);
        snprintf(hex + (size_t)2 * (size_t)i, 3, "%02X", 200 + i);
    }
    write_key(raw, 32, 0400);
    assert_int_equal(shire_secret_read_key(path, &from_raw, NULL), SHIRE_OK);
    assert_int_equal(unlink(path), 0);
    write_key(hex, 64, 0600);
    assert_int_equal(shire_secret_read_key(path, &from_hex, NULL), SHIRE_OK);
    assert_int_equal(setenv("SHIRE_TEST_KEY", hex, 1), 0);
    assert_int_equal(shire_secret_key_from_environment("SHIRE_TEST_KEY", &from_environment, NULL),
                     SHIRE_OK);
    assert_memory_equal(&from_raw, &from_hex, sizeof from_raw);
    assert_memory_equal(&from_raw, &from_environment, sizeof from_raw);
    assert_memory_equal(&from_raw, raw, sizeof from_raw);
}

static void weak_and_open_keys_are_refused(void **state) {
    (void)state;
    shire_secret_key key;
    shire_error error = {0};
    static const char *const hex =
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    for (int bit = 1; bit < 0100; bit <<= 1) {
        write_key(hex, 64, 0600 | (mode_t)bit);
        memset(&error, 0, sizeof error);
        assert_int_equal(shire_secret_read_key(path, &key, &error), SHIRE_INVALID);
        assert_non_null(strstr(error.message, "chmod 600"));
    }
    write_key(hex, 62, 0600);
    assert_int_equal(shire_secret_read_key(path, &key, NULL), SHIRE_INVALID);
    write_key("password123", 11, 0600);
    assert_int_equal(shire_secret_read_key(path, &key, NULL), SHIRE_INVALID);
    write_key("", 0, 0600);
    assert_int_equal(shire_secret_read_key(path, &key, NULL), SHIRE_INVALID);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(shire_secret_read_key(path, &key, NULL), SHIRE_NOT_FOUND);
    assert_int_equal(shire_secret_read_key(scratch_dir, &key, NULL), SHIRE_INVALID);
    assert_int_equal(shire_secret_key_from_environment("SHIRE_NO_SUCH_KEY", &key, NULL),
                     SHIRE_NOT_FOUND);
}

static void no_two_triples_run_together(void **state) {
    (void)state;
    shire_secret_key key = {{1}};
    uint8_t one[16];
    uint8_t two[16];
    shire_secret_hash(&key, shire_span_of("ab"), shire_span_of("c"), shire_span_of(""), one, 16);
    shire_secret_hash(&key, shire_span_of("a"), shire_span_of("bc"), shire_span_of(""), two, 16);
    assert_memory_not_equal(one, two, 16);
    key.bytes[31] = 1;
    shire_secret_hash(&key, shire_span_of("a"), shire_span_of("bc"), shire_span_of(""), one, 16);
    assert_memory_not_equal(one, two, 16);
}

static void base64_is_that_of_rfc_4648(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[16];
        uint8_t bytes[8];
        size_t length = 0;
        size_t expected = strlen(texts[i][0]);
        assert_int_equal(SHIRE_SECRET_BASE64_LENGTH(expected), strlen(texts[i][1]));
        shire_secret_base64_encode((const uint8_t *)texts[i][0], expected, text);
        assert_string_equal(text, texts[i][1]);
        assert_true(shire_secret_base64_decode(shire_span_of(text), bytes, sizeof bytes, &length));
        assert_int_equal(length, expected);
    }
    uint8_t bytes[2];
    size_t length = 0;
    assert_false(shire_secret_base64_decode(shire_span_of("Zm9v"), bytes, 2, &length));
    assert_false(shire_secret_base64_decode(shire_span_of("Z!"), bytes, 2, &length));
}

static void a_written_file_takes_its_place_at_the_end_or_not_at_all(void **state) {
    (void)state;
    shire_file_writer writer = {0};
    shire_arena *arena = NULL;
    shire_span contents;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    assert_int_equal(shire_file_writer_open(&writer, path, true, NULL), SHIRE_OK);
    shire_file_writer_add_cell(&writer, shire_span_of("a,\"b\""), ',');
    shire_file_writer_add_cell(&writer, shire_span_of("c"), '\n');
    assert_false(shire_file_exists(path));
    assert_int_equal(shire_file_writer_close(&writer, true, NULL), SHIRE_OK);
    assert_int_equal(shire_file_writer_open(&writer, path, true, NULL), SHIRE_OK);
    shire_file_writer_add(&writer, shire_span_of("half"));
    assert_int_equal(shire_file_writer_close(&writer, false, NULL), SHIRE_OK);
    assert_int_equal(shire_file_read(path, 100, arena, &contents, NULL), SHIRE_OK);
    assert_true(shire_span_equal(contents, shire_span_of("\"a,\"\"b\"\"\",c\n")));
    shire_arena_free(arena);
    assert_int_equal(shire_file_writer_open(&writer, "/nowhere/at/all", false, NULL),
                     SHIRE_IO_FAILED);
    assert_int_equal(unlink(path), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_key_is_private_and_never_written_over),
        cmocka_unit_test(hex_and_bytes_are_one_key),
        cmocka_unit_test(weak_and_open_keys_are_refused),
        cmocka_unit_test(no_two_triples_run_together),
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(a_written_file_takes_its_place_at_the_end_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
