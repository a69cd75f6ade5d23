/* Files of encodings: what stands in them, what does not, and that they link as their records do.
 */
#include "link/link_encode.h"

#include "core/random.h"
#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch_dir[] = "/tmp/shire-encode-XXXXXX";
static char plain[2][64];
static char encoded[2][64];
static char spare[64];
static char id_map[64];

static const shire_link_column_choice choices[] = {
    {SHIRE_LINK_ROLE_ID, "nr", NULL},          {SHIRE_LINK_ROLE_GIVEN, "given", NULL},
    {SHIRE_LINK_ROLE_FAMILY, "family", NULL},  {SHIRE_LINK_ROLE_DOB, "born", NULL},
    {SHIRE_LINK_ROLE_SEX, "sex", NULL},        {SHIRE_LINK_ROLE_POSTCODE, "postcode", NULL},
    {SHIRE_LINK_ROLE_ADDRESS, "address", NULL}};
#define CHOICE_COUNT (sizeof choices / sizeof choices[0])
#define PEOPLE 300

static const char *const given_names[] = {"Rosalind",   "Bartholomew", "Gwendoline", "Peregrine",
                                          "Marguerite", "Thaddeus",    "Henrietta",  "Cornelius"};
static const char *const family_names[] = {"Fotheringay", "Cholmondeley", "Ravenscroft",
                                           "Huddlestone", "Winterbourne", "Ashgrove",
                                           "Pembridge"};

/* Each person once in either file; in the second a third of them with an error. */
static void write_plain(int which) {
    FILE *file = fopen(plain[which], "w");
    assert_non_null(file);
    fputs("nr,given,family,born,sex,postcode,address\n", file);
    for (int i = 0; i < PEOPLE; i++) {
        int person = which == 0 ? i : PEOPLE - 1 - i;
        shire_random random = shire_random_seed(5, (uint64_t)person);
        const char *given = given_names[shire_random_below(&random, 8)];
        char family[32];
        snprintf(family, sizeof family, "%s", family_names[shire_random_below(&random, 7)]);
        if (which == 1 && person % 3 == 0) {
            family[4] = 'x';
        }
        int day = (int)shire_random_below(&random, 28);
        int month = (int)shire_random_below(&random, 12);
        int year = 1931 + (int)shire_random_below(&random, 80);
        int place = (int)shire_random_below(&random, 300);
        fprintf(file, "%s-%04d,%s,%s,%d-%02d-%02d,%s,HR%d %d%c%c,%d Sycamore Gardens\n",
                which == 0 ? "left" : "right", person, given, family, year, 1 + month, 1 + day,
                shire_random_chance(&random, 1, 2) ? "F" : "M", 1 + place % 9, place % 10,
                'A' + place % 19, 'B' + place % 17, 1 + place);
    }
    assert_int_equal(fclose(file), 0);
}

static int make_scratch(void **state) {
    (void)state;
    char *made = mkdtemp(scratch_dir);
    for (int i = 0; i < 2; i++) {
        snprintf(plain[i], sizeof plain[i], "%s/plain%d.csv", scratch_dir, i);
        snprintf(encoded[i], sizeof encoded[i], "%s/encoded%d.csv", scratch_dir, i);
        write_plain(i);
    }
    snprintf(spare, sizeof spare, "%s/spare.csv", scratch_dir);
    snprintf(id_map, sizeof id_map, "%s/map.csv", scratch_dir);
    return made == NULL;
}

static int remove_scratch(void **state) {
    (void)state;
    shire_error error;
    return shire_dir_remove(scratch_dir, &error) != SHIRE_OK;
}

typedef struct settings {
    uint8_t key;
    int threads;
    bool keeps_ids;
    int salt_digits;
    int bits;
    size_t choice_count; /* 0: all */
    const char *map;
} settings;

static void encode_file(const char *from, const char *to, settings with) {
    shire_secret_key key;
    shire_error error = {0};
    shire_link_encode_report report = {0};
    memset(&key, with.key, sizeof key);
    shire_link_file_options files = {.paths = &from,
                                     .path_count = 1,
                                     .choices = choices,
                                     .choice_count =
                                         with.choice_count > 0 ? with.choice_count : CHOICE_COUNT,
                                     .thread_count = with.threads > 0 ? with.threads : 1};
    shire_link_encode_options options = {.files = &files,
                                         .encoding = shire_link_encoding_defaults(),
                                         .key = &key,
                                         .keeps_ids = with.keeps_ids,
                                         .out_path = to,
                                         .id_map_path = with.map};
    options.encoding.salt_digits = with.salt_digits;
    options.encoding.bits = with.bits > 0 ? with.bits : options.encoding.bits;
    if (shire_link_encode(&options, &report, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(report.column_count, files.choice_count - 1);
}

static shire_status link_two(const char *first, const char *second, shire_link_report *report,
                             shire_error *error) {
    const char *paths[] = {first, second};
    const shire_link_column_choice truth = {SHIRE_LINK_ROLE_TRUTH, NULL,
                                            "regexp_extract(id, '[0-9]+')"};
    shire_link_file_options options = {
        .paths = paths, .path_count = 2, .choices = &truth, .choice_count = 1, .thread_count = 2};
    return shire_link_files(&options, report, error);
}

static shire_span read_whole(const char *path, shire_arena *arena) {
    shire_span contents;
    shire_error error = {0};
    if (shire_file_read(path, 64 << 20, arena, &contents, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return contents;
}

static bool contains(shire_span contents, const char *text) {
    return memmem(contents.bytes, contents.length, text, strlen(text)) != NULL;
}

static void partners_link_apart_what_they_would_link_together(void **state) {
    (void)state;
    for (int salt = 0; salt <= 4; salt += 4) {
        shire_link_report report = {0};
        shire_error error = {0};
        for (int i = 0; i < 2; i++) {
            encode_file(plain[i], encoded[i],
                        (settings){.key = 7, .keeps_ids = true, .salt_digits = salt});
        }
        if (link_two(encoded[0], encoded[1], &report, &error) != SHIRE_OK) {
            fail_msg("%s", error.message);
        }
        assert_int_equal(report.records, 2 * PEOPLE);
        assert_true(report.has_truth);
        assert_true(report.quality.precision > 0.99);
        assert_true(report.quality.recall > 0.99);
    }
}

static void nothing_readable_is_left(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    encode_file(plain[0], spare, (settings){.key = 7});
    shire_span contents = read_whole(spare, arena);
    shire_span input = read_whole(plain[0], arena);
    char *cells = shire_arena_copy_text(arena, input.bytes, input.length);
    char *header_end = strchr(cells, '\n') + 1;
    size_t searched = 0;
    for (char *save = NULL, *cell = strtok_r(header_end, ",\n", &save); cell != NULL;
         cell = strtok_r(NULL, ",\n", &save)) {
        char folded[64] = "";
        size_t length = strlen(cell);
        for (size_t i = 0; i < length && i < sizeof folded - 1; i++) {
            folded[i] = (char)(cell[i] >= 'A' && cell[i] <= 'Z' ? cell[i] + 32 : cell[i]);
        }
        if (length >= 5) {
            assert_false(contains(contents, cell));
            assert_false(contains(contents, folded));
            searched++;
        }
    }
    assert_true(searched > (size_t)5 * PEOPLE);
    assert_false(contains(contents, scratch_dir));
    shire_arena_free(arena);
}

static void one_key_gives_the_same_file_on_any_number_of_threads(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    encode_file(plain[0], spare, (settings){.key = 7, .threads = 1});
    shire_span one = read_whole(spare, arena);
    encode_file(plain[0], spare, (settings){.key = 7, .threads = 3});
    assert_true(shire_span_equal(one, read_whole(spare, arena)));
    encode_file(plain[0], spare, (settings){.key = 8, .threads = 3});
    assert_false(shire_span_equal(one, read_whole(spare, arena)));
    shire_arena_free(arena);
}

static void assert_refused(const char *first, const char *second, const char *word) {
    shire_link_report report = {0};
    shire_error error = {0};
    assert_int_equal(link_two(first, second, &report, &error), SHIRE_INVALID);
    if (strstr(error.message, word) == NULL) {
        fail_msg("no '%s' in: %s", word, error.message);
    }
}

static void files_that_do_not_belong_together_are_refused(void **state) {
    (void)state;
    encode_file(plain[0], encoded[0], (settings){.key = 7, .keeps_ids = true});
    encode_file(plain[1], encoded[1], (settings){.key = 8, .keeps_ids = true});
    assert_refused(encoded[0], encoded[1], "different keys");
    encode_file(plain[1], encoded[1], (settings){.key = 7, .bits = 256});
    assert_refused(encoded[0], encoded[1], "bits: 512 and 256");
    encode_file(plain[1], encoded[1], (settings){.key = 7, .salt_digits = 8});
    assert_refused(encoded[0], encoded[1], "salt");
    assert_refused(encoded[0], plain[1], "is not; encode both");
    assert_refused(plain[1], encoded[0], "is not; encode both");
}

static void a_file_that_was_changed_is_refused(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    shire_builder changed = {0};
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    encode_file(plain[0], encoded[0], (settings){.key = 7, .keeps_ids = true});
    encode_file(plain[1], encoded[1], (settings){.key = 7, .keeps_ids = true});
    shire_span contents = read_whole(encoded[1], arena);
    const char *third = contents.bytes;
    for (int line = 0; line < 4; line++) {
        third = strchr(third, '\n') + 1;
    }
    const char *cell = strchr(third, ',') + 1;
    shire_builder_append(&changed, (shire_span){contents.bytes, (size_t)(cell - contents.bytes)});
    shire_builder_append_text(&changed, "Rosalind");
    shire_builder_append_text(&changed, strchr(cell, ','));
    assert_int_equal(shire_file_replace(spare, (shire_span){changed.bytes, changed.length}, NULL),
                     SHIRE_OK);
    assert_refused(encoded[0], spare, "record 3, column 'given'");
    assert_refused(spare, encoded[0], "record 3, column 'given'");
    shire_error error = {0};
    shire_link_report report = {0};
    assert_int_equal(link_two(encoded[0], spare, &report, &error), SHIRE_INVALID);
    assert_null(strstr(error.message, "Rosalind"));
    static const char newer[] = "# shire encoding 2 bits=512\nid,given\n1,x\n";
    assert_int_equal(shire_file_replace(spare, shire_span_of(newer), NULL), SHIRE_OK);
    assert_refused(encoded[0], spare, "newer");
    static const char broken[] = "# shire encoding 1 bits=five\nid,given\n1,x\n";
    assert_int_equal(shire_file_replace(spare, shire_span_of(broken), NULL), SHIRE_OK);
    assert_refused(encoded[0], spare, "line 1");
    shire_builder_free(&changed);
    shire_arena_free(arena);
}

static void a_column_that_one_partner_lacks_says_nothing(void **state) {
    (void)state;
    shire_link_report report = {0};
    shire_error error = {0};
    encode_file(plain[0], encoded[0], (settings){.key = 7, .keeps_ids = true});
    encode_file(plain[1], encoded[1], (settings){.key = 7, .keeps_ids = true, .choice_count = 6});
    if (link_two(encoded[0], encoded[1], &report, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_true(report.quality.f1 > 0.98);
}

static void the_map_leads_back_from_pseudonyms_and_is_private(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    struct stat facts;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    encode_file(plain[0], spare, (settings){.key = 7, .map = id_map});
    shire_span contents = read_whole(spare, arena);
    shire_span map = read_whole(id_map, arena);
    assert_int_equal(stat(id_map, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    char *lines = shire_arena_copy_text(arena, map.bytes, map.length);
    size_t count = 0;
    char last[25] = "";
    for (char *save = NULL, *line = strtok_r(lines, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save), count++) {
        char pseudonym[32];
        snprintf(pseudonym, sizeof pseudonym, "\n%.24s,", line);
        assert_true(count == 0 || contains(contents, pseudonym));
        assert_true(count < 2 || strncmp(last, line, 24) < 0); /* their order, not the input's */
        snprintf(last, sizeof last, "%.24s", line);
    }
    assert_int_equal(count, PEOPLE + 1);
    assert_true(contains(map, ",left-0007\n"));
    shire_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partners_link_apart_what_they_would_link_together),
        cmocka_unit_test(nothing_readable_is_left),
        cmocka_unit_test(one_key_gives_the_same_file_on_any_number_of_threads),
        cmocka_unit_test(files_that_do_not_belong_together_are_refused),
        cmocka_unit_test(a_file_that_was_changed_is_refused),
        cmocka_unit_test(a_column_that_one_partner_lacks_says_nothing),
        cmocka_unit_test(the_map_leads_back_from_pseudonyms_and_is_private),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
