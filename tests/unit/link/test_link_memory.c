/* Linking what changed is linking everything: over random edit scripts a run that recalls the last
 * one gives the same people, pair counts and model as a run that remembers nothing; and a file of
 * memory that is not whole is refused. */
#include "link/link_engine.h"

#include "core/arena.h"
#include "core/random.h"
#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 6
#define RECORDS_MAX 4000
#define VALUE_BYTES 24
#define PATH "test_link_memory.bin"

/* Records as rows of short texts, easy to edit. */
typedef struct row {
    char values[COLUMNS][VALUE_BYTES];
} row;

typedef struct table {
    row rows[RECORDS_MAX];
    size_t count;
} table;

static const shire_link_role roles[COLUMNS] = {SHIRE_LINK_ROLE_GIVEN,   SHIRE_LINK_ROLE_FAMILY,
                                               SHIRE_LINK_ROLE_DOB,     SHIRE_LINK_ROLE_POSTCODE,
                                               SHIRE_LINK_ROLE_ADDRESS, SHIRE_LINK_ROLE_NHS_NUMBER};

static void put_word(uint64_t word, char *out) {
    shire_random letters = shire_random_seed(word, 5);
    size_t length = 4 + shire_random_below(&letters, 5);
    for (size_t i = 0; i < length; i++) {
        out[i] = (char)('a' + shire_random_below(&letters, 26));
    }
    out[length] = '\0';
}

/* Names and places are drawn from few: blocks of all sizes. */
static void make_row(shire_random *random, row *out) {
    memset(out, 0, sizeof *out);
    put_word(shire_random_below(random, 150), out->values[0]);
    put_word(1000 + shire_random_below(random, 400), out->values[1]);
    snprintf(out->values[2], VALUE_BYTES, "%04d%02d%02d",
             (int)(1930 + shire_random_below(random, 80)),
             (int)(1 + shire_random_below(random, 12)), (int)(1 + shire_random_below(random, 28)));
    snprintf(out->values[3], VALUE_BYTES, "hr%d %daa", (int)(1 + shire_random_below(random, 9)),
             (int)shire_random_below(random, 9));
    snprintf(out->values[4], VALUE_BYTES, "%d ", (int)(1 + shire_random_below(random, 90)));
    put_word(5000 + shire_random_below(random, 60), out->values[4] + strlen(out->values[4]));
}

/* A typing error, a missing value, a move, a marriage. */
static void correct(shire_random *random, row *changed) {
    size_t column = shire_random_below(random, 5);
    char *value = changed->values[column];
    size_t length = strlen(value);
    row other;
    make_row(random, &other);
    switch (shire_random_below(random, 3)) {
    case 0:
        if (length > 0) {
            char *at = value + shire_random_below(random, length);
            *at = *at >= '0' && *at <= '9' ? (char)('0' + shire_random_below(random, 10)) : 'x';
        }
        break;
    case 1:
        memset(value, 0, VALUE_BYTES);
        break;
    default:
        memcpy(value, other.values[column], VALUE_BYTES);
        break;
    }
}

static void add_person(shire_random *random, table *into) {
    row person;
    make_row(random, &person);
    size_t copies = 1 + shire_random_below(random, 4);
    for (size_t i = 0; i < copies && into->count < RECORDS_MAX; i++) {
        into->rows[into->count] = person;
        if (shire_random_chance(random, 1, 2)) {
            correct(random, &into->rows[into->count]);
        }
        into->count++;
    }
}

static void edit(shire_random *random, table *edited, size_t changes) {
    for (size_t i = 0; i < changes; i++) {
        size_t at = shire_random_below(random, edited->count);
        size_t other = shire_random_below(random, edited->count);
        row kept = edited->rows[at];
        switch (shire_random_below(random, 5)) {
        case 0:
            add_person(random, edited);
            break;
        case 1:
            edited->rows[at] = edited->rows[--edited->count];
            break;
        case 2:
            edited->rows[at] = edited->rows[other]; /* change places */
            edited->rows[other] = kept;
            break;
        default:
            correct(random, &edited->rows[at]);
            break;
        }
    }
}

/* Of the runs to come. */
static const shire_link_observer *looking_on;
static const shire_link_constraints *constrained;

static shire_link_engine_result link_table(const table *linked, int thread_count,
                                           const shire_link_memory *memory,
                                           shire_link_memory *memory_out) {
    static uint32_t offsets[COLUMNS][RECORDS_MAX + 1];
    shire_builder bytes[COLUMNS] = {0};
    shire_column columns[COLUMNS];
    shire_link_input inputs[COLUMNS];
    shire_link_dataset dataset = {0};
    shire_link_engine_result result = {0};
    shire_error error = {0};
    for (size_t i = 0; i < COLUMNS; i++) {
        for (size_t record = 0; record < linked->count; record++) {
            shire_builder_append_text(&bytes[i], linked->rows[record].values[i]);
            offsets[i][record + 1] = (uint32_t)bytes[i].length;
        }
        columns[i] = (shire_column){.name = shire_link_role_name(roles[i]),
                                    .type = SHIRE_TYPE_TEXT,
                                    .text_offsets = offsets[i],
                                    .text_bytes = bytes[i].bytes};
        inputs[i] = (shire_link_input){.role = roles[i], .column = &columns[i]};
    }
    assert_int_equal(
        shire_link_dataset_build(inputs, COLUMNS, linked->count, thread_count, &dataset, &error),
        SHIRE_OK);
    const shire_link_engine_options options = {.thread_count = thread_count,
                                               .observer = looking_on,
                                               .constraints = constrained,
                                               .memory = memory,
                                               .memory_out = memory_out};
    assert_int_equal(shire_link_engine_run(&dataset, &options, &result, &error), SHIRE_OK);
    shire_link_dataset_done(&dataset);
    for (size_t i = 0; i < COLUMNS; i++) {
        shire_builder_free(&bytes[i]);
    }
    return result;
}

static void assert_same(const shire_link_engine_result *x, const shire_link_engine_result *y,
                        size_t record_count) {
    assert_int_equal(x->person_count, y->person_count);
    assert_memory_equal(x->people, y->people, record_count * sizeof *x->people);
    assert_int_equal(x->candidate_pairs, y->candidate_pairs);
    assert_int_equal(x->pairs_scored, y->pairs_scored);
    assert_memory_equal(x->model.priors, y->model.priors, sizeof x->model.priors);
}

static void linking_what_changed_is_linking_everything(void **state) {
    (void)state;
    table *edited = calloc(1, sizeof *edited);
    size_t spared = 0;
    assert_non_null(edited);
    for (uint64_t script = 0; script < 3; script++) {
        shire_random random = shire_random_seed(script, 21);
        shire_link_memory memory = {0};
        edited->count = 0;
        while (edited->count < 700 + 400 * script) {
            add_person(&random, edited);
        }
        for (int round = 0; round < 3; round++) {
            shire_link_memory next = {0};
            shire_link_engine_result whole = link_table(edited, 1, NULL, NULL);
            shire_link_engine_result some =
                link_table(edited, 1 + round % 2, round > 0 ? &memory : NULL, &next);
            assert_same(&whole, &some, edited->count);
            assert_int_equal(whole.records_compared, edited->count);
            assert_true(some.records_compared <= edited->count);
            spared += edited->count - some.records_compared;
            shire_link_engine_result_done(&whole);
            shire_link_engine_result_done(&some);
            shire_link_memory_done(&memory);
            memory = next;
            edit(&random, edited, round == 0 ? 3 : round == 1 ? 30 : 150);
        }
        shire_link_memory_done(&memory);
    }
    assert_true(spared > 1500); /* or nothing was tested */
    free(edited);
}

static void unchanged_records_in_another_order_are_not_compared_again(void **state) {
    (void)state;
    table *edited = calloc(1, sizeof *edited);
    shire_random random = shire_random_seed(9, 9);
    shire_link_memory memory = {0};
    shire_link_memory next = {0};
    assert_non_null(edited);
    while (edited->count < 1100) {
        add_person(&random, edited);
    }
    shire_link_engine_result first = link_table(edited, 2, NULL, &memory);
    for (size_t i = 0; i < edited->count / 2; i++) {
        row kept = edited->rows[i];
        edited->rows[i] = edited->rows[edited->count - 1 - i];
        edited->rows[edited->count - 1 - i] = kept;
    }
    shire_link_engine_result again = link_table(edited, 2, &memory, &next);
    assert_int_equal(again.records_compared, 0);
    assert_int_equal(again.person_count, first.person_count);
    assert_int_equal(next.pair_count, memory.pair_count);
    shire_link_engine_result_done(&first);
    shire_link_engine_result_done(&again);
    shire_link_memory_done(&memory);
    shire_link_memory_done(&next);
    free(edited);
}

/* What an observer saw. */
typedef struct seen {
    shire_link_edge *edges;
    size_t edge_count;
    double pattern_sum; /* of counts times stride */
    size_t pattern_count;
} seen;

static void see_patterns(const shire_link_pattern_count *patterns, size_t count, size_t stride,
                         void *context) {
    seen *into = context;
    for (size_t i = 0; i < count; i++) {
        into->pattern_sum += patterns[i].count * (double)stride;
    }
    into->pattern_count += count;
}

static void see_edges(const shire_link_edge *edges, size_t count, void *context) {
    seen *into = context;
    into->edges = realloc(into->edges, (into->edge_count + count + 1) * sizeof *edges);
    assert_non_null(into->edges);
    memcpy(into->edges + into->edge_count, edges, count * sizeof *edges);
    into->edge_count += count;
}

/* Decisions and facts are no part of what is remembered: they come and go between two runs. */
static void the_same_records_in_their_order_are_recalled_whole(void **state) {
    (void)state;
    table *edited = calloc(1, sizeof *edited);
    shire_random random = shire_random_seed(12, 9);
    shire_link_memory memory = {0};
    shire_link_memory next = {0};
    shire_link_memory other = {0};
    seen saw[2] = {{0}};
    shire_link_observer observers[2] = {{see_patterns, see_edges, &saw[0]},
                                        {see_patterns, see_edges, &saw[1]}};
    shire_link_constraints constraints = {0};
    shire_link_pair apart[8];
    shire_error error = {0};
    size_t apart_count = 0;
    assert_non_null(edited);
    while (edited->count < 1200) {
        add_person(&random, edited);
    }
    shire_link_engine_result first = link_table(edited, 2, NULL, &memory);
    for (uint32_t record = 1; record < edited->count && apart_count < 8; record++) {
        if (first.people[record] == first.people[record - 1]) {
            apart[apart_count++] = (shire_link_pair){record - 1, record};
        }
    }
    assert_int_equal(apart_count, 8);
    assert_int_equal(shire_link_constraints_build(NULL, 0, apart, apart_count, edited->count,
                                                  &constraints, &error),
                     SHIRE_OK);
    looking_on = &observers[0];
    constrained = &constraints;
    shire_link_engine_result whole = link_table(edited, 2, NULL, &other);
    looking_on = &observers[1];
    shire_link_engine_result again = link_table(edited, 1, &memory, &next);
    looking_on = NULL;
    constrained = NULL;
    assert_int_equal(again.records_compared, 0);
    assert_same(&whole, &again, edited->count);
    assert_memory_equal(whole.model.levels, again.model.levels, sizeof whole.model.levels);
    assert_int_equal(whole.single_max, again.single_max);
    assert_int_equal(whole.pair_max, again.pair_max);
    assert_true(first.person_count < again.person_count);
    assert_int_equal(saw[0].edge_count, saw[1].edge_count);
    assert_memory_equal(saw[0].edges, saw[1].edges, saw[0].edge_count * sizeof *saw[0].edges);
    assert_int_equal(saw[0].pattern_count, saw[1].pattern_count);
    assert_true(saw[0].pattern_sum == saw[1].pattern_sum);
    assert_int_equal(next.pair_count, memory.pair_count);
    assert_memory_equal(next.pairs, memory.pairs, memory.pair_count * sizeof *memory.pairs);
    free(saw[0].edges);
    free(saw[1].edges);
    shire_link_constraints_done(&constraints);
    shire_link_engine_result_done(&first);
    shire_link_engine_result_done(&whole);
    shire_link_engine_result_done(&again);
    shire_link_memory_done(&memory);
    shire_link_memory_done(&next);
    shire_link_memory_done(&other);
    free(edited);
}

/* The file with byte `at` changed, or cut off there. */
static void spoil(shire_span contents, size_t at, bool is_cut) {
    char *bytes = malloc(contents.length);
    shire_error error = {0};
    assert_non_null(bytes);
    memcpy(bytes, contents.bytes, contents.length);
    bytes[at] = (char)(bytes[at] ^ 16);
    shire_span spoilt = {bytes, is_cut ? at : contents.length};
    assert_int_equal(shire_file_replace(PATH, spoilt, &error), SHIRE_OK);
    free(bytes);
}

static void a_file_that_is_not_whole_is_refused(void **state) {
    (void)state;
    table *edited = calloc(1, sizeof *edited);
    shire_random random = shire_random_seed(10, 9);
    shire_link_memory memory = {0};
    shire_link_memory back = {0};
    shire_arena *arena = NULL;
    shire_span contents = {0};
    shire_error error = {0};
    assert_non_null(edited);
    while (edited->count < 600) {
        add_person(&random, edited);
    }
    shire_link_engine_result result = link_table(edited, 2, NULL, &memory);
    assert_int_equal(shire_link_memory_write(&memory, PATH, &error), SHIRE_OK);
    assert_int_equal(shire_link_memory_read(PATH, &back, &error), SHIRE_OK);
    assert_int_equal(back.record_count, memory.record_count);
    assert_memory_equal(back.pairs, memory.pairs, memory.pair_count * sizeof *memory.pairs);
    assert_memory_equal(back.blocks, memory.blocks, memory.block_count * sizeof *memory.blocks);
    shire_link_memory_done(&back);
    assert_int_equal(shire_arena_new("test", 0, &arena, &error), SHIRE_OK);
    assert_int_equal(shire_file_read(PATH, SIZE_MAX, arena, &contents, &error), SHIRE_OK);
    for (int i = 0; i < 60; i++) {
        size_t at = i < 10 ? (size_t)i * 9 : shire_random_below(&random, contents.length);
        spoil(contents, at, i % 2 == 0);
        assert_int_equal(shire_link_memory_read(PATH, &back, &error), SHIRE_INVALID);
        assert_null(back.identities);
    }
    remove(PATH);
    assert_int_equal(shire_link_memory_read(PATH, &back, &error), SHIRE_NOT_FOUND);
    shire_arena_free(arena);
    shire_link_engine_result_done(&result);
    shire_link_memory_done(&memory);
    free(edited);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linking_what_changed_is_linking_everything),
        cmocka_unit_test(unchanged_records_in_another_order_are_not_compared_again),
        cmocka_unit_test(the_same_records_in_their_order_are_recalled_whole),
        cmocka_unit_test(a_file_that_is_not_whole_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
