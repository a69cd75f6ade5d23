/* Blocks: whole and consistent, the same on any number of threads, within their budget, and
 * bringing together who shares something rare. */
#include "link/link_block.h"

#include "core/arena.h"
#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 3
static const shire_link_role roles[COLUMNS] = {SHIRE_LINK_ROLE_GIVEN, SHIRE_LINK_ROLE_FAMILY,
                                               SHIRE_LINK_ROLE_DOB};

/* Records under construction, with the dataset that is made of them. */
typedef struct records {
    size_t count;
    uint32_t *offsets[COLUMNS];
    shire_builder bytes[COLUMNS];
    shire_column columns[COLUMNS];
    shire_link_dataset dataset;
} records;

static void add(records *made, const char *given, const char *family, const char *dob) {
    const char *values[COLUMNS] = {given, family, dob};
    made->count++;
    for (size_t i = 0; i < COLUMNS; i++) {
        made->offsets[i] = realloc(made->offsets[i], (made->count + 1) * sizeof *made->offsets[i]);
        assert_non_null(made->offsets[i]);
        made->offsets[i][0] = 0;
        shire_builder_append_text(&made->bytes[i], values[i]);
        made->offsets[i][made->count] = (uint32_t)made->bytes[i].length;
    }
}

static void finish(records *made) {
    shire_link_input inputs[COLUMNS];
    shire_error error = {0};
    for (size_t i = 0; i < COLUMNS; i++) {
        made->columns[i] = (shire_column){.name = "column",
                                          .type = SHIRE_TYPE_TEXT,
                                          .text_offsets = made->offsets[i],
                                          .text_bytes = made->bytes[i].bytes};
        inputs[i] = (shire_link_input){.role = roles[i], .column = &made->columns[i]};
    }
    assert_int_equal(
        shire_link_dataset_build(inputs, COLUMNS, made->count, 2, &made->dataset, &error),
        SHIRE_OK);
}

static void dispose(records *made) {
    shire_link_dataset_done(&made->dataset);
    for (size_t i = 0; i < COLUMNS; i++) {
        free(made->offsets[i]);
        shire_builder_free(&made->bytes[i]);
    }
}

static void word(shire_random *random, int letters, char *out) {
    for (int i = 0; i < letters; i++) {
        out[i] = (char)('a' + shire_random_below(random, 26));
    }
    out[letters] = '\0';
}

/* Names from a few, dates from many, some of each not known. */
static void add_random(records *made, size_t count) {
    shire_random random = shire_random_seed(8, 1);
    for (size_t i = 0; i < count; i++) {
        char given[16];
        char family[16];
        char dob[40];
        shire_random name = shire_random_seed(shire_random_below(&random, 40), 2);
        word(&name, 6, given);
        name = shire_random_seed(shire_random_below(&random, 400), 3);
        word(&name, 8, family);
        snprintf(dob, sizeof dob, "%d-%02d-%02d", 1930 + (int)shire_random_below(&random, 80),
                 1 + (int)shire_random_below(&random, 12),
                 1 + (int)shire_random_below(&random, 28));
        add(made, shire_random_chance(&random, 1, 20) ? "" : given, family,
            shire_random_chance(&random, 1, 20) ? "" : dob);
    }
}

static shire_link_blocks build(const records *made, uint64_t budget, int threads) {
    shire_link_blocks blocks = {0};
    shire_error error = {0};
    assert_int_equal(
        shire_link_blocks_build(&made->dataset, NULL, budget, threads, &blocks, &error), SHIRE_OK);
    return blocks;
}

static void blocks_and_their_index_agree(void **state) {
    (void)state;
    records made = {0};
    add_random(&made, 3000);
    finish(&made);
    shire_link_blocks blocks = build(&made, 100000, 2);
    uint64_t visits = 0;
    assert_true(blocks.block_count > 100);
    for (size_t block = 0; block < blocks.block_count; block++) {
        uint64_t from = blocks.member_offsets[block];
        uint64_t size = blocks.member_offsets[block + 1] - from;
        assert_true(size >= 2);
        visits += size * (size - 1) / 2;
        for (uint64_t i = 0; i < size; i++) {
            uint32_t member = blocks.members[from + i];
            assert_true(member < made.count);
            assert_true(i == 0 || member > blocks.members[from + i - 1]);
            bool is_indexed = false;
            for (uint64_t at = blocks.block_offsets[member];
                 at < blocks.block_offsets[member + 1] && !is_indexed; at++) {
                is_indexed = blocks.blocks[at] == block;
            }
            assert_true(is_indexed);
        }
    }
    assert_int_equal(visits, blocks.visit_count);
    assert_int_equal(blocks.block_offsets[made.count], blocks.member_offsets[blocks.block_count]);
    shire_link_blocks_done(&blocks);
    dispose(&made);
}

static void candidates_are_who_shares_a_block_each_once(void **state) {
    (void)state;
    records made = {0};
    add_random(&made, 800);
    finish(&made);
    shire_link_blocks blocks = build(&made, 30000, 2);
    uint32_t *stamps = calloc(made.count + 1, sizeof *stamps);
    uint32_t *candidates = calloc(made.count + 1, sizeof *candidates);
    uint8_t *expected = calloc(made.count, made.count);
    assert_true(stamps != NULL && candidates != NULL && expected != NULL);
    for (size_t block = 0; block < blocks.block_count; block++) {
        for (uint64_t i = blocks.member_offsets[block]; i < blocks.member_offsets[block + 1]; i++) {
            for (uint64_t j = blocks.member_offsets[block]; j < i; j++) {
                expected[blocks.members[i] * made.count + blocks.members[j]] = 1;
            }
        }
    }
    for (size_t record = 0; record < made.count; record++) {
        size_t count = shire_link_blocks_candidates(&blocks, record, NULL, 0, stamps, candidates);
        for (size_t i = 0; i < count; i++) {
            uint8_t *cell = &expected[record * made.count + candidates[i]];
            assert_int_equal(*cell, 1);
            *cell = 2;
        }
    }
    for (size_t i = 0; i < made.count * made.count; i++) {
        assert_int_not_equal(expected[i], 1);
    }
    free(stamps);
    free(candidates);
    free(expected);
    shire_link_blocks_done(&blocks);
    dispose(&made);
}

static void any_number_of_threads_gives_the_same_blocks(void **state) {
    (void)state;
    records made = {0};
    add_random(&made, 3000);
    finish(&made);
    shire_link_blocks one = build(&made, 100000, 1);
    shire_link_blocks three = build(&made, 100000, 3);
    assert_int_equal(one.block_count, three.block_count);
    size_t members = one.member_offsets[one.block_count];
    assert_memory_equal(one.member_offsets, three.member_offsets,
                        (one.block_count + 1) * sizeof *one.member_offsets);
    assert_memory_equal(one.members, three.members, members * sizeof *one.members);
    assert_memory_equal(one.blocks, three.blocks, members * sizeof *one.blocks);
    shire_link_blocks_done(&one);
    shire_link_blocks_done(&three);
    dispose(&made);
}

static bool are_candidates(const records *made, const shire_link_blocks *blocks, size_t a,
                           size_t b) {
    uint32_t *stamps = calloc(made->count + 1, sizeof *stamps);
    uint32_t *candidates = calloc(made->count + 1, sizeof *candidates);
    assert_true(stamps != NULL && candidates != NULL);
    size_t count = shire_link_blocks_candidates(blocks, a > b ? a : b, NULL, 0, stamps, candidates);
    bool is_found = false;
    for (size_t i = 0; i < count; i++) {
        is_found = is_found || candidates[i] == (a > b ? b : a);
    }
    free(stamps);
    free(candidates);
    return is_found;
}

/* Typing errors leave one part as it was: that part, when rare, is enough; and so are both names,
 * whichever stands first. */
static void who_shares_something_rare_meets(void **state) {
    (void)state;
    static const char *const pairs[][6] = {
        {"zyxwvu", "quillfeather", "1950-02-01", "xxxxxx", "quillfeather", "1961-12-13"},
        {"anna", "fotheringay", "1950-02-01", "beth", "fotheringhay", "1972-11-09"},
        {"", "oldcastle", "", "", "oldcastel", ""},
        {"carl", "", "1899-03-31", "dora", "", "1899-03-31"},
        {"jane", "greyling", "1950-02-01", "greyling", "jane", ""}};
    enum { PAIRS = sizeof pairs / sizeof pairs[0] };
    records made = {0};
    add_random(&made, 3000);
    for (size_t i = 0; i < PAIRS; i++) {
        add(&made, pairs[i][0], pairs[i][1], pairs[i][2]);
        add(&made, pairs[i][3], pairs[i][4], pairs[i][5]);
    }
    finish(&made);
    shire_link_blocks blocks = build(&made, 200000, 2);
    for (size_t i = 0; i < PAIRS; i++) {
        assert_true(are_candidates(&made, &blocks, 3000 + 2 * i, 3001 + 2 * i));
    }
    shire_link_blocks_done(&blocks);
    dispose(&made);
}

static void records_that_say_nothing_are_in_no_block(void **state) {
    (void)state;
    records made = {0};
    add_random(&made, 500);
    for (int i = 0; i < 500; i++) {
        add(&made, "", "", "");
    }
    finish(&made);
    shire_link_blocks blocks = build(&made, 100000, 2);
    for (size_t record = 500; record < 1000; record++) {
        assert_int_equal(blocks.block_offsets[record], blocks.block_offsets[record + 1]);
    }
    shire_link_blocks_done(&blocks);
    dispose(&made);
}

static void the_budget_holds_whatever_the_data(void **state) {
    (void)state;
    static const uint64_t budgets[] = {20000, 200000};
    for (int kind = 0; kind < 3; kind++) {
        records made = {0};
        for (int i = 0; i < 4000; i++) {
            char given[16];
            shire_random random = shire_random_seed((uint64_t)i, 5);
            word(&random, 5, given);
            add(&made, kind == 0 ? "ann" : given, "smith", kind == 2 ? given : "1950-02-01");
        }
        add(&made, "zoe", "quill", "1971-03-04"); /* a second value, or there is no field */
        finish(&made);
        for (int i = 0; i < 2; i++) {
            shire_link_blocks blocks = build(&made, budgets[i], 2);
            /* The least block of 8 may go a little beyond. */
            assert_true(blocks.visit_count <= 4 * budgets[i] + 200000);
            shire_link_blocks_done(&blocks);
        }
        dispose(&made);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_and_their_index_agree),
        cmocka_unit_test(candidates_are_who_shares_a_block_each_once),
        cmocka_unit_test(any_number_of_threads_gives_the_same_blocks),
        cmocka_unit_test(who_shares_something_rare_meets),
        cmocka_unit_test(records_that_say_nothing_are_in_no_block),
        cmocka_unit_test(the_budget_holds_whatever_the_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
