/* Delimited text: known files, random files against what was written, random bytes. */
#include "core/random.h"
#include "io/dsv.h"
#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-dsv-XXXXXX";
static char path[64];
static shire_error error;

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file.csv", dir);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static shire_dsv_reader *open_bytes(const char *bytes, size_t length,
                                    const shire_dsv_options *options) {
    shire_dsv_reader *reader = NULL;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    if (shire_dsv_open(path, options, &reader, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return reader;
}

static shire_dsv_reader *open_text(const char *text) {
    return open_bytes(text, strlen(text), NULL);
}

/* The next record as "LINE:a|b|c", a fault as "LINE!FAULT"; "end" at the end. */
static const char *next(shire_dsv_reader *reader) {
    static char text[4096];
    shire_dsv_record record;
    bool more = false;
    if (shire_dsv_next(reader, &record, &more, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    if (!more) {
        return "end";
    }
    if (record.fault != SHIRE_DSV_GOOD) {
        snprintf(text, sizeof text, "%lld!%d", (long long)record.line, (int)record.fault);
        return text;
    }
    int used = snprintf(text, sizeof text, "%lld:", (long long)record.line);
    for (size_t i = 0; i < record.field_count; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%.*s", i == 0 ? "" : "|",
                         (int)record.fields[i].length, record.fields[i].bytes);
    }
    return text;
}

static void a_plain_file_is_read(void **state) {
    (void)state;
    shire_dsv_reader *reader = open_text("a,b\n1,2\n3,\"4,\"\"5\"\"\"\n");
    assert_int_equal(shire_dsv_column_count(reader), 2);
    assert_string_equal(shire_dsv_columns(reader)[1].name, "b");
    assert_string_equal(next(reader), "2:1|2");
    assert_string_equal(next(reader), "3:3|4,\"5\"");
    assert_string_equal(next(reader), "end");
    assert_true(shire_dsv_is_clean(reader));
    shire_dsv_close(reader);
}

static void lines_are_physical_lines(void **state) {
    (void)state;
    shire_dsv_reader *reader = open_text("a,b\r\n\r\n1,\"x\r\ny\r\nz\"\r\n\r\n2,3\r\n");
    assert_string_equal(next(reader), "3:1|x\r\ny\r\nz");
    assert_string_equal(next(reader), "7:2|3");
    assert_string_equal(next(reader), "end");
    shire_dsv_close(reader);
}

static void the_delimiter_is_found(void **state) {
    (void)state;
    static const char *const files[] = {"a;b\n1;2,5\n", "a\tb\n1\t2,5\n", "a|b\n1|2,5\n"};
    for (size_t i = 0; i < 3; i++) {
        shire_dsv_reader *reader = open_text(files[i]);
        assert_string_equal(next(reader), "2:1|2,5");
        shire_dsv_close(reader);
    }
}

static void one_bad_row_costs_one_line(void **state) {
    (void)state;
    shire_dsv_reader *reader =
        open_text("a,b\n1\n1,2,3\n\"x\"y,2\n\"never closed,2\n3,4\n5,6,\n7,8\n");
    char fault[16];
    snprintf(fault, sizeof fault, "2!%d", SHIRE_DSV_TOO_FEW);
    assert_string_equal(next(reader), fault);
    snprintf(fault, sizeof fault, "3!%d", SHIRE_DSV_TOO_MANY);
    assert_string_equal(next(reader), fault);
    snprintf(fault, sizeof fault, "4!%d", SHIRE_DSV_QUOTE_TEXT);
    assert_string_equal(next(reader), fault);
    snprintf(fault, sizeof fault, "5!%d", SHIRE_DSV_QUOTE_OPEN);
    assert_string_equal(next(reader), fault);
    assert_string_equal(next(reader), "6:3|4");
    assert_string_equal(next(reader), "7:5|6");
    assert_string_equal(next(reader), "8:7|8");
    assert_string_equal(next(reader), "end");
    assert_int_equal(shire_dsv_reader_facts(reader)->record_count, 3);
    assert_int_equal(shire_dsv_reader_facts(reader)->rejected_count, 4);
    shire_dsv_close(reader);
}

static void a_cut_off_file_says_so(void **state) {
    (void)state;
    static const char *const files[] = {"a,b\n1,2\n3", "a,b\n1,2\n3,\"4", "a,b\n1,2\n\"3\n4"};
    char fault[16];
    snprintf(fault, sizeof fault, "3!%d", SHIRE_DSV_CUT_OFF);
    for (size_t i = 0; i < 3; i++) {
        shire_dsv_reader *reader = open_text(files[i]);
        assert_string_equal(next(reader), "2:1|2");
        assert_string_equal(next(reader), fault);
        shire_dsv_close(reader);
    }
}

static void a_last_row_without_line_end_is_whole(void **state) {
    (void)state;
    static const char *const files[] = {"a,b\n1,2", "a,b\n1,2\r", "a,b\n1,\"2\""};
    for (size_t i = 0; i < 3; i++) {
        shire_dsv_reader *reader = open_text(files[i]);
        assert_string_equal(next(reader), "2:1|2");
        assert_string_equal(next(reader), "end");
        shire_dsv_close(reader);
    }
}

static void single_bytes_are_read_as_windows_1252(void **state) {
    (void)state;
    shire_dsv_reader *reader = open_text("a,b\nZo\xEB,\x80 5\nZo\xC3\xAB,\x81\n");
    assert_string_equal(next(reader), "2:Zo\xC3\xAB|\xE2\x82\xAC 5");
    assert_string_equal(next(reader), "3:Zo\xC3\xAB|\xEF\xBF\xBD");
    assert_string_equal(next(reader), "end");
    assert_int_equal(shire_dsv_reader_facts(reader)->recoded_count, 2);
    assert_int_equal(shire_dsv_reader_facts(reader)->recoded_line, 2);
    shire_dsv_close(reader);
}

static void every_encoding_gives_the_same_text(void **state) {
    (void)state;
    static const char marked[] = "\xEF\xBB\xBFname,b\nZo\xC3\xAB,\xF0\x9F\x98\x80\n";
    static const char little[] = "\xFF\xFEn\0a\0m\0e\0,\0b\0\n\0Z\0o\0\xEB\0,\0\x3D\xD8\x00\xDE\n";
    static const char big[] = "\xFE\xFF\0n\0a\0m\0e\0,\0b\0\n\0Z\0o\0\xEB\0,\xD8\x3D\xDE\x00\0\n";
    static const char unmarked[] = "n\0a\0m\0e\0,\0b\0\n\0Z\0o\0\xEB\0,\0\x3D\xD8\x00\xDE\n";
    const shire_span files[] = {{marked, sizeof marked - 1},
                                {little, sizeof little}, /* the last zero is the line end's */
                                {big, sizeof big - 1},
                                {unmarked, sizeof unmarked}};
    static const shire_dsv_encoding encodings[] = {SHIRE_DSV_UTF8_MARKED, SHIRE_DSV_UTF16_LITTLE,
                                                   SHIRE_DSV_UTF16_BIG, SHIRE_DSV_UTF16_LITTLE};
    for (size_t i = 0; i < 4; i++) {
        shire_dsv_reader *reader = open_bytes(files[i].bytes, files[i].length, NULL);
        assert_string_equal(shire_dsv_columns(reader)[0].name, "name");
        assert_string_equal(next(reader), "2:Zo\xC3\xAB|\xF0\x9F\x98\x80");
        assert_string_equal(next(reader), "end");
        assert_int_equal(shire_dsv_reader_facts(reader)->encoding, encodings[i]);
        assert_false(shire_dsv_is_clean(reader));
        shire_dsv_close(reader);
    }
}

static void nul_bytes_are_left_out_and_told(void **state) {
    (void)state;
    shire_dsv_reader *reader = open_bytes("a,b\n1,x\0y\n", 10, NULL);
    assert_string_equal(next(reader), "2:1|xy");
    assert_string_equal(next(reader), "end");
    assert_int_equal(shire_dsv_reader_facts(reader)->nul_count, 1);
    shire_dsv_close(reader);
}

static void header_names_are_trimmed_unique_or_none(void **state) {
    (void)state;
    shire_dsv_reader *reader = open_text(" a ,A,,a_1\n1,2,3,4\n5,6\n");
    const shire_dsv_column *columns = shire_dsv_columns(reader);
    assert_string_equal(columns[0].name, "a");
    assert_string_equal(columns[1].name, "A_1");
    assert_true(columns[1].renamed);
    assert_null(columns[2].name);
    assert_string_equal(columns[3].name, "a_1_1");
    assert_string_equal(next(reader), "2:1|2|3|4");
    assert_int_equal(shire_dsv_reader_facts(reader)->unnamed_count, 1);
    shire_dsv_close(reader);
}

static void trailing_blank_columns_do_no_harm(void **state) {
    (void)state;
    shire_dsv_reader *reader = open_text("a,b,,\n1,2,,\n3,4\n5,6,,,,\n,,,\n,,\n7,8,x\n");
    assert_string_equal(next(reader), "2:1|2||");
    assert_string_equal(next(reader), "3:3|4||");
    assert_string_equal(next(reader), "4:5|6||");
    assert_string_equal(next(reader), "7:7|8|x|");
    assert_string_equal(next(reader), "end");
    assert_int_equal(shire_dsv_reader_facts(reader)->blank_count, 2);
    assert_int_equal(shire_dsv_reader_facts(reader)->blank_line, 5);
    shire_dsv_close(reader);
}

static void title_lines_are_passed_over(void **state) {
    (void)state;
    shire_dsv_reader *reader = open_text("Report of March\n\na,b\n1,2\n");
    assert_string_equal(shire_dsv_columns(reader)[0].name, "a");
    assert_string_equal(next(reader), "4:1|2");
    assert_int_equal(shire_dsv_reader_facts(reader)->title_count, 2);
    shire_dsv_close(reader);
}

static void options_are_followed(void **state) {
    (void)state;
    const shire_dsv_options options = {.delimiter = '~',
                                       .quote = '\'',
                                       .comment = '#',
                                       .without_header = true,
                                       .skip_given = true,
                                       .skip_lines = 1,
                                       .null_text = "NA"};
    const char *text = "title\n# note\n1~'a~''b'~NA\n# note\n2~c~d\n";
    shire_dsv_reader *reader = open_bytes(text, strlen(text), &options);
    assert_string_equal(shire_dsv_columns(reader)[2].name, "column2");
    assert_string_equal(next(reader), "3:1|a~'b|");
    assert_string_equal(next(reader), "5:2|c|d");
    assert_string_equal(next(reader), "end");
    shire_dsv_close(reader);
}

static void files_that_cannot_be_read_say_why(void **state) {
    (void)state;
    shire_dsv_reader *reader = NULL;
    assert_int_equal(shire_dsv_open("/nonexistent/x.csv", NULL, &reader, &error), SHIRE_NOT_FOUND);
    assert_int_equal(shire_dsv_open(dir, NULL, &reader, &error), SHIRE_INVALID);
    reader = open_text("");
    assert_true(shire_dsv_reader_facts(reader)->empty);
    assert_string_equal(next(reader), "end");
    shire_dsv_close(reader);
    reader = open_text("\n  \r\n\n");
    assert_true(shire_dsv_reader_facts(reader)->empty);
    shire_dsv_close(reader);
}

/* --- random files --- */

enum { COLUMNS = 4, RECORDS_MAX = 400, FIELD_MAX = 64 };

typedef struct random_file {
    char *bytes;
    size_t length, capacity;
    int64_t line;
} random_file;

static void put(random_file *file, char byte) {
    assert_true(file->length < file->capacity);
    file->bytes[file->length++] = byte;
}

/* Starts with x, so that no record is blank. */
static size_t random_field(shire_random *random, char *field) {
    static const char letters[] = "abc ,\"\n\r0123\xC3\xA9;'";
    size_t length = shire_random_below(random, FIELD_MAX), kept = 1;
    field[0] = 'x';
    for (size_t i = 0; i < length; i++) {
        char byte = letters[shire_random_below(random, sizeof letters - 1)];
        if ((unsigned char)byte >= 0x80) { /* both bytes of one letter, or none */
            if (kept + 2 <= FIELD_MAX) {
                field[kept++] = '\xC3';
                field[kept++] = '\xA9';
            }
        } else if (kept < FIELD_MAX) {
            field[kept++] = byte;
        }
    }
    return kept;
}

static bool needs_quotes(const char *field, size_t length) {
    return memchr(field, ',', length) != NULL || memchr(field, '"', length) != NULL ||
           memchr(field, '\n', length) != NULL || memchr(field, '\r', length) != NULL;
}

static void put_field(random_file *file, const char *field, size_t length, bool quoted) {
    if (quoted) {
        put(file, '"');
    }
    for (size_t i = 0; i < length; i++) {
        put(file, field[i]);
        file->line += field[i] == '\n';
        if (field[i] == '"') {
            put(file, '"');
        }
    }
    if (quoted) {
        put(file, '"');
    }
}

static void what_is_written_is_read(void **state) {
    (void)state;
    static char fields[RECORDS_MAX][COLUMNS][FIELD_MAX];
    static size_t lengths[RECORDS_MAX][COLUMNS];
    static int64_t lines[RECORDS_MAX];
    random_file file = {.capacity = 1 << 20};
    file.bytes = malloc(file.capacity);
    for (uint64_t seed = 0; seed < 200; seed++) {
        shire_random random = shire_random_seed(seed, 1);
        size_t count = shire_random_below(&random, RECORDS_MAX);
        bool crlf = shire_random_chance(&random, 1, 2);
        file.length = 0;
        file.line = 2;
        for (const char *header = "id,b,c,d\n"; *header != '\0'; header++) {
            put(&file, *header);
        }
        for (size_t i = 0; i < count; i++) {
            lines[i] = file.line;
            for (size_t j = 0; j < COLUMNS; j++) {
                lengths[i][j] = random_field(&random, fields[i][j]);
                if (j > 0) {
                    put(&file, ',');
                }
                put_field(&file, fields[i][j], lengths[i][j],
                          needs_quotes(fields[i][j], lengths[i][j]) ||
                              shire_random_chance(&random, 1, 4));
            }
            if (crlf) {
                put(&file, '\r');
            }
            put(&file, '\n');
            file.line++;
        }
        shire_dsv_reader *reader = open_bytes(file.bytes, file.length, NULL);
        shire_dsv_record record;
        bool more = false;
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(shire_dsv_next(reader, &record, &more, &error), SHIRE_OK);
            assert_true(more);
            assert_int_equal(record.fault, SHIRE_DSV_GOOD);
            assert_int_equal(record.line, lines[i]);
            for (size_t j = 0; j < COLUMNS; j++) {
                assert_int_equal(record.fields[j].length, lengths[i][j]);
                assert_memory_equal(record.fields[j].bytes, fields[i][j], lengths[i][j]);
            }
        }
        assert_string_equal(next(reader), "end");
        assert_true(shire_dsv_is_clean(reader));
        shire_dsv_close(reader);
    }
    free(file.bytes);
}

/* A file of several windows, with a field that is longer than one. */
static void fields_may_be_longer_than_the_window(void **state) {
    (void)state;
    size_t field_length = 3u << 20, length = 0, capacity = 4 * field_length;
    char *bytes = malloc(capacity);
    length += (size_t)snprintf(bytes, capacity, "a,b\n");
    for (int i = 0; i < 2; i++) {
        length += (size_t)snprintf(bytes + length, capacity - length, "%d,\"", i);
        memset(bytes + length, '\n', field_length);
        length += field_length;
        length += (size_t)snprintf(bytes + length, capacity - length, "\"\n");
    }
    shire_dsv_reader *reader = open_bytes(bytes, length, NULL);
    for (int i = 0; i < 2; i++) {
        shire_dsv_record record;
        bool more = false;
        assert_int_equal(shire_dsv_next(reader, &record, &more, &error), SHIRE_OK);
        assert_int_equal(record.fault, SHIRE_DSV_GOOD);
        assert_int_equal(record.line, 2 + i * (int64_t)(field_length + 1));
        assert_int_equal(record.fields[1].length, field_length);
    }
    assert_string_equal(next(reader), "end");
    shire_dsv_close(reader);
    free(bytes);
}

static void a_record_beyond_the_limit_is_a_fault(void **state) {
    (void)state;
    size_t field_length = SHIRE_DSV_RECORD_BYTES_MAX + (4u << 20), length = 0;
    size_t capacity = field_length + 100;
    char *bytes = malloc(capacity);
    char fault[16];
    length += (size_t)snprintf(bytes, capacity, "a,b\n1,");
    memset(bytes + length, 'x', field_length);
    length += field_length;
    length += (size_t)snprintf(bytes + length, capacity - length, "\n2,3\n");
    shire_dsv_reader *reader = open_bytes(bytes, length, NULL);
    snprintf(fault, sizeof fault, "2!%d", SHIRE_DSV_TOO_LONG);
    assert_string_equal(next(reader), fault);
    assert_string_equal(next(reader), "3:2|3");
    shire_dsv_close(reader);
    free(bytes);
}

static void random_bytes_end_and_every_record_is_counted(void **state) {
    (void)state;
    static const char letters[] = "ab,,,\"\"\n\n\r;\xFF\xC3\xA9 1";
    static char bytes[3000];
    for (uint64_t seed = 0; seed < 3000; seed++) {
        shire_random random = shire_random_seed(seed, 2);
        size_t length = 4 + shire_random_below(&random, sizeof bytes - 4);
        memcpy(bytes, "a,b\n", 4);
        for (size_t i = 4; i < length; i++) {
            bytes[i] = letters[shire_random_below(&random, sizeof letters - 1)];
        }
        shire_dsv_reader *reader = open_bytes(bytes, length, NULL);
        shire_dsv_record record;
        int64_t line = 1, good = 0, bad = 0;
        for (bool more = true;;) {
            assert_int_equal(shire_dsv_next(reader, &record, &more, &error), SHIRE_OK);
            if (!more) {
                break;
            }
            assert_true(record.line > line);
            line = record.line;
            good += record.fault == SHIRE_DSV_GOOD;
            bad += record.fault != SHIRE_DSV_GOOD;
            for (size_t i = 0; record.fault == SHIRE_DSV_GOOD && i < record.field_count; i++) {
                assert_true(shire_text_is_utf8(record.fields[i]));
            }
        }
        assert_int_equal(good, shire_dsv_reader_facts(reader)->record_count);
        assert_int_equal(bad, shire_dsv_reader_facts(reader)->rejected_count);
        shire_dsv_close(reader);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_file_is_read),
        cmocka_unit_test(lines_are_physical_lines),
        cmocka_unit_test(the_delimiter_is_found),
        cmocka_unit_test(one_bad_row_costs_one_line),
        cmocka_unit_test(a_cut_off_file_says_so),
        cmocka_unit_test(a_last_row_without_line_end_is_whole),
        cmocka_unit_test(single_bytes_are_read_as_windows_1252),
        cmocka_unit_test(every_encoding_gives_the_same_text),
        cmocka_unit_test(nul_bytes_are_left_out_and_told),
        cmocka_unit_test(header_names_are_trimmed_unique_or_none),
        cmocka_unit_test(trailing_blank_columns_do_no_harm),
        cmocka_unit_test(title_lines_are_passed_over),
        cmocka_unit_test(options_are_followed),
        cmocka_unit_test(files_that_cannot_be_read_say_why),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(fields_may_be_longer_than_the_window),
        cmocka_unit_test(a_record_beyond_the_limit_is_a_fault),
        cmocka_unit_test(random_bytes_end_and_every_record_is_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
