/* Columns kept ready: what was written is found again, and a file that is not whole, or another
 * warehouse's, is refused. */
#include "io/columns.h"

#include "core/arena.h"
#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char identity[SHIRE_COLUMNS_IDENTITY_BYTES] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char other[SHIRE_COLUMNS_IDENTITY_BYTES] =
    "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const int64_t numbers[] = {3, -4, INT64_MAX};
static const char text[] = "seven";

typedef struct columns_case {
    char dir[64];
    char path[80];
    shire_arena *arena;
} columns_case;

static void begin(columns_case *one) {
    snprintf(one->dir, sizeof one->dir, "/tmp/shire-columns-XXXXXX");
    assert_non_null(mkdtemp(one->dir));
    snprintf(one->path, sizeof one->path, "%s/columns.bin", one->dir);
    assert_int_equal(shire_arena_new("test", 0, &one->arena, NULL), SHIRE_OK);
    const shire_columns_part parts[] = {
        {.name = "numbers", .bytes = numbers, .byte_count = sizeof numbers},
        {.name = "nothing", .bytes = NULL, .byte_count = 0},
        {.name = "text", .bytes = text, .byte_count = sizeof text}};
    assert_int_equal(shire_columns_write(one->path, parts, 3, NULL), SHIRE_OK);
}

static void end(columns_case *one) {
    shire_arena_free(one->arena);
    assert_int_equal(shire_dir_remove(one->dir, NULL), SHIRE_OK);
}

static shire_status open_as(const columns_case *one, const char *wanted) {
    shire_columns *columns = NULL;
    shire_status status = shire_columns_open(one->path, wanted, &columns, NULL);
    assert_true((status == SHIRE_OK) == (columns != NULL));
    shire_columns_close(columns);
    return status;
}

static void what_was_written_is_found(void **state) {
    columns_case one;
    shire_columns *columns = NULL;
    size_t count = 0;
    (void)state;
    begin(&one);
    assert_int_equal(shire_columns_seal(one.path, identity, NULL), SHIRE_OK);
    assert_int_equal(shire_columns_open(one.path, identity, &columns, NULL), SHIRE_OK);
    const int64_t *found = shire_columns_find(columns, "numbers", sizeof *found, &count);
    assert_non_null(found);
    assert_int_equal(count, 3);
    assert_int_equal((uintptr_t)found % 64, 0);
    assert_memory_equal(found, numbers, sizeof numbers);
    assert_non_null(shire_columns_find(columns, "nothing", 8, &count));
    assert_int_equal(count, 0);
    assert_string_equal(shire_columns_find(columns, "text", 1, &count), text);
    assert_null(shire_columns_find(columns, "text", 4, &count)); /* no whole number of them */
    assert_null(shire_columns_find(columns, "number", 8, &count));
    shire_columns_close(columns);
    end(&one);
}

static void only_its_own_warehouse_opens_it(void **state) {
    columns_case one;
    (void)state;
    begin(&one);
    assert_int_equal(open_as(&one, identity), SHIRE_INVALID); /* not sealed yet */
    assert_int_equal(shire_columns_seal(one.path, identity, NULL), SHIRE_OK);
    assert_int_equal(open_as(&one, identity), SHIRE_OK);
    assert_int_equal(open_as(&one, other), SHIRE_INVALID);
    assert_int_equal(unlink(one.path), 0);
    assert_int_equal(open_as(&one, identity), SHIRE_NOT_FOUND);
    end(&one);
}

static void a_file_cut_off_anywhere_is_refused(void **state) {
    columns_case one;
    shire_span whole;
    (void)state;
    begin(&one);
    assert_int_equal(shire_columns_seal(one.path, identity, NULL), SHIRE_OK);
    assert_int_equal(shire_file_read(one.path, 1 << 20, one.arena, &whole, NULL), SHIRE_OK);
    for (size_t length = 0; length < whole.length; length++) {
        assert_int_equal(shire_file_replace(one.path, (shire_span){whole.bytes, length}, NULL),
                         SHIRE_OK);
        assert_int_equal(open_as(&one, identity), SHIRE_INVALID);
    }
    assert_int_equal(shire_file_replace(one.path, whole, NULL), SHIRE_OK);
    assert_int_equal(open_as(&one, identity), SHIRE_OK);
    end(&one);
}

/* The directory begins at byte 96: a name of 48 bytes, then offset and length, of each part. */
static void a_directory_that_points_astray_is_refused(void **state) {
    columns_case one;
    shire_span whole;
    uint64_t part_count = 0;
    static const struct {
        size_t at;
        uint64_t value;
    } damage[] = {
        {96 + 48, 97},         /* misaligned */
        {96 + 48, 1 << 20},    /* behind the end */
        {96 + 56, 1 << 20},    /* too long */
        {96 + 56, UINT64_MAX}, /* so long that it wraps */
        {88, UINT64_MAX},      /* more parts than there can be */
        {88, UINT64_MAX / 64}, /* ... whose room wraps */
    };
    (void)state;
    begin(&one);
    assert_int_equal(shire_columns_seal(one.path, identity, NULL), SHIRE_OK);
    assert_int_equal(shire_file_read(one.path, 1 << 20, one.arena, &whole, NULL), SHIRE_OK);
    memcpy(&part_count, whole.bytes + 88, sizeof part_count);
    assert_int_equal(part_count, 3); /* where the header has it */
    char *bytes = malloc(whole.length);
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        memcpy(bytes, whole.bytes, whole.length);
        memcpy(bytes + damage[i].at, &damage[i].value, sizeof damage[i].value);
        assert_int_equal(shire_file_replace(one.path, (shire_span){bytes, whole.length}, NULL),
                         SHIRE_OK);
        assert_int_equal(open_as(&one, identity), SHIRE_INVALID);
    }
    memcpy(bytes, whole.bytes, whole.length);
    memset(bytes + 96, 'x', SHIRE_COLUMNS_NAME_BYTES); /* a name without an end */
    assert_int_equal(shire_file_replace(one.path, (shire_span){bytes, whole.length}, NULL),
                     SHIRE_OK);
    assert_int_equal(open_as(&one, identity), SHIRE_INVALID);
    free(bytes);
    end(&one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_found),
        cmocka_unit_test(only_its_own_warehouse_opens_it),
        cmocka_unit_test(a_file_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_directory_that_points_astray_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
