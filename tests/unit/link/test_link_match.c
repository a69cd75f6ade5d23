/* Matching one record against people whose truth is known: synthetic people (households, twins,
 * namesakes), records and queries with seeded errors of their own, one person in six in no record
 * at all. What is graded certain must be right. */
#include "link/link_match.h"

#include "core/parallel.h"
#include "io/file.h"
#include "link/link_keep.h"
#include "synth/synth_error.h"
#include "synth/synth_internal.h"
#include "synth/synth_name.h"
#include "synth/synth_place.h"

#include "core/nhs_number.h"
#include "unit/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PEOPLE 6000 /* five in six of them have records: 5,000 */

enum { GIVEN, MIDDLE, FAMILY, BORN, SEX, NUMBER, ADDRESS, POSTCODE, PHONE, PARTS };

typedef struct facts {
    char texts[PARTS][128];
} facts;

static shire_arena *arena;
static synth_people people;
static shire_table *warehouse;
static shire_link_matcher *matcher;
static int *truth_of_person; /* by person_no: the true person of most of its records */

static bool is_known(size_t person) {
    return person % 6 != 5;
}

static void write_number(uint32_t nine, char *text) {
    char digits[16];
    snprintf(digits, sizeof digits, "%09u", nine);
    snprintf(text, 128, "%s%d", digits, shire_nhs_number_check_digit(digits));
}

static void write_date(shire_date date, char *text) {
    int year;
    int month;
    int day;
    shire_date_parts(date, &year, &month, &day);
    snprintf(text, 128, "%04d-%02d-%02d", year, month, day);
}

/* What is true of a person. */
static void tell(const synth_person *person, bool is_old_home, facts *out) {
    char family[32];
    char line[96];
    const synth_address *home =
        &people.addresses[is_old_home ? person->old_address : person->address];
    *out = (facts){0};
    snprintf(out->texts[GIVEN], 128, "%s", synth_name_given(person->given));
    if (person->middle != SYNTH_NAME_NONE) {
        snprintf(out->texts[MIDDLE], 128, "%s", synth_name_given(person->middle));
    }
    snprintf(out->texts[FAMILY], 128, "%s",
             synth_name_family(is_old_home ? person->old_family : person->family, family));
    write_date(person->birth, out->texts[BORN]);
    snprintf(out->texts[SEX], 128, "%d", person->sex);
    write_number(person->nhs_nine, out->texts[NUMBER]);
    synth_place_first_line(home, line);
    snprintf(out->texts[ADDRESS], 128, "%s, %s", line, synth_place_town(home));
    synth_place_postcode(home, out->texts[POSTCODE]);
    snprintf(out->texts[PHONE], 128, "01632 %06u", (unsigned)(home->dwelling * 7919U % 1000000U));
}

static bool one_in(shire_random *random, uint32_t times) {
    return shire_random_below(random, times) == 0;
}

/* Errors as people make them; `hard` makes more. */
static void spoil(shire_random *random, uint32_t hard, const synth_person *person, facts *told) {
    char *given = told->texts[GIVEN];
    char *family = told->texts[FAMILY];
    uint32_t rare = 24 / hard;
    if (one_in(random, rare)) {
        synth_error_type(random, given, 128);
    }
    if (one_in(random, rare)) {
        synth_error_type(random, family, 128);
    }
    if (one_in(random, 2 * rare)) {
        synth_error_sound(random, family, 128);
    }
    if (one_in(random, 2 * rare)) {
        const char *familiar = synth_name_familiar(random, given);
        snprintf(given, 128, "%s", familiar != NULL ? familiar : given);
    }
    if (one_in(random, 4 * rare)) { /* names that changed places */
        char swap[128];
        memcpy(swap, given, sizeof swap);
        memcpy(given, family, sizeof swap);
        memcpy(family, swap, sizeof swap);
    }
    if (one_in(random, rare)) {
        write_date(one_in(random, 2) ? synth_error_swap_day(person->birth)
                                     : synth_error_shift_date(random, person->birth),
                   told->texts[BORN]);
    }
    if (one_in(random, 3 * rare)) {
        synth_error_digit(random, told->texts[NUMBER]);
    }
    if (one_in(random, rare)) {
        synth_error_type(random, told->texts[ADDRESS], 128);
    }
    static const uint32_t missing[PARTS] = {60, 2, 80, 40, 30, 3, 8, 10, 2};
    for (int part = 0; part < PARTS; part++) {
        uint32_t times = missing[part] / hard;
        if (one_in(random, times < 2 ? 2 : times)) {
            told->texts[part][0] = '\0';
        }
    }
}

static void write_records(const char *path) {
    static const char *const sources[3] = {"gp", "pas", "care"};
    shire_builder csv = {0};
    shire_error error = {0};
    shire_random random = shire_random_seed(2024, 3);
    shire_builder_append_text(&csv, "local_id|source|given_name|middle_names|family_name|birth_date"
                                    "|sex|nhs_number|address|postcode|phone\n");
    for (size_t i = 0; i < people.person_count; i++) {
        size_t count = 1 + shire_random_below(&random, 3);
        for (size_t record = 0; record < count && is_known(i); record++) {
            facts told;
            tell(&people.persons[i], one_in(&random, 6), &told);
            spoil(&random, 1, &people.persons[i], &told);
            shire_builder_append_format(&csv, "%zu|%s", i, sources[record]);
            for (int part = 0; part < PARTS; part++) {
                shire_builder_append_format(&csv, "|%s", told.texts[part]);
            }
            shire_builder_append_text(&csv, "\n");
        }
    }
    assert_false(csv.failed);
    assert_int_equal(shire_file_replace(path, (shire_span){csv.bytes, csv.length}, &error),
                     SHIRE_OK);
    shire_builder_free(&csv);
}

static void run_program(const char *dir) {
    int state = -1;
    pid_t child = fork();
    if (child == 0) {
        const char *program = getenv("SHIRE_PROGRAM");
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nowhere, STDOUT_FILENO);
        execl(program, program, "run", dir, "--threads", "2", (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_int_equal(state, 0);
}

/* A partnership of records alone, run by the program itself. */
static void link_records(void) {
    char dir[] = "/tmp/shire-match-XXXXXX";
    char text[1024];
    shire_error error = {0};
    assert_non_null(mkdtemp(dir));
    snprintf(text, sizeof text, "%s/extracts", dir);
    assert_int_equal(mkdir(text, 0700), 0);
    scratch_write(dir, "partnership.yaml", "name: Test\nfinancial_year: 2024\n");
    scratch_write(dir, "organisations.csv",
                  "code,name,kind,opened,closed\nORG,Trust,acute_trust,,\n");
    scratch_write(dir, "extracts/person_record.sql",
                  "SELECT 'ORG' AS organisation, source, local_id, nhs_number, given_name, "
                  "middle_names, family_name, birth_date, sex, address, postcode, phone "
                  "FROM read_csv('people.csv', delim='|')");
    snprintf(text, sizeof text, "%s/people.csv", dir);
    write_records(text);
    run_program(dir);
    snprintf(text, sizeof text, "%s/.shire/warehouse.duckdb", dir);
    assert_int_equal(
        shire_table_open(&(shire_table_options){.path = text, .read_only = true, .thread_count = 1},
                         &warehouse, &error),
        SHIRE_OK);
    if (shire_link_matcher_open(warehouse, 2, &matcher, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(shire_dir_remove(dir, &error), SHIRE_OK);
}

/* local_id is the true person: the one of most records counts. */
static void find_truths(void) {
    const shire_link_basis *basis = shire_link_matcher_basis(matcher);
    truth_of_person = calloc(basis->person_count, sizeof(int));
    for (size_t person = 0; person < basis->person_count; person++) {
        int best = 0;
        for (uint32_t i = basis->starts[person]; i < basis->starts[person + 1]; i++) {
            int same = 0;
            shire_span id = shire_column_text(&basis->keys.columns[2], basis->order[i]);
            for (uint32_t j = basis->starts[person]; j < basis->starts[person + 1]; j++) {
                same += shire_span_equal(
                    id, shire_column_text(&basis->keys.columns[2], basis->order[j]));
            }
            if (same > best) {
                char text[32] = {0};
                memcpy(text, id.bytes, id.length < 31 ? id.length : 31);
                best = same;
                truth_of_person[person] = (int)strtol(text, NULL, 10);
            }
        }
    }
}

static int set_up(void **state) {
    (void)state;
    shire_error error = {0};
    if (shire_arena_new("test", 0, &arena, &error) != SHIRE_OK ||
        synth_people_make(11, PEOPLE, arena, &people, &error) != SHIRE_OK) {
        return -1;
    }
    link_records();
    find_truths();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free(truth_of_person);
    shire_link_matcher_close(matcher);
    shire_table_close(warehouse);
    shire_arena_free(arena);
    return 0;
}

static shire_link_query ask(const facts *told) {
    static const shire_link_role roles[PARTS] = {
        SHIRE_LINK_ROLE_GIVEN,   SHIRE_LINK_ROLE_MIDDLE,   SHIRE_LINK_ROLE_FAMILY,
        SHIRE_LINK_ROLE_DOB,     SHIRE_LINK_ROLE_SEX,      SHIRE_LINK_ROLE_NHS_NUMBER,
        SHIRE_LINK_ROLE_ADDRESS, SHIRE_LINK_ROLE_POSTCODE, SHIRE_LINK_ROLE_PHONE};
    shire_link_query query = {0};
    for (int part = 0; part < PARTS; part++) {
        query.values[roles[part]] = shire_span_of(told->texts[part]);
    }
    return query;
}

static shire_link_answer match(const facts *told, shire_arena *answer_arena) {
    shire_error error = {0};
    shire_link_answer answer = {0};
    shire_link_query query = ask(told);
    if (shire_link_matcher_match(matcher, &query, 10, answer_arena, &answer, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return answer;
}

/* First matches by grade: right, wrong. */
typedef struct tally {
    int right[3];
    int wrong[3];
    int none_known;  /* no match for somebody who has records */
    int none_absent; /* no match for somebody who has none */
    int first;       /* the right person is the first match */
    int known;
} tally;

static void count_answers(uint32_t hard, size_t step, bool wrong_numbers, tally *counts) {
    shire_random random = shire_random_seed(5, hard);
    for (size_t i = 0; i < people.person_count; i += step) {
        shire_error error = {0};
        shire_arena *answer_arena = NULL;
        facts told;
        assert_int_equal(shire_arena_new("answer", 0, &answer_arena, &error), SHIRE_OK);
        tell(&people.persons[i], one_in(&random, 6), &told);
        spoil(&random, hard, &people.persons[i], &told);
        if (wrong_numbers && one_in(&random, 4)) {
            size_t other = shire_random_below(&random, people.person_count);
            write_number(people.persons[other].nhs_nine, told.texts[NUMBER]);
        }
        shire_link_answer answer = match(&told, answer_arena);
        counts->known += is_known(i);
        if (answer.match_count == 0) {
            counts->none_known += is_known(i);
            counts->none_absent += !is_known(i);
        } else {
            const shire_link_match *first = &answer.matches[0];
            bool is_right = is_known(i) && truth_of_person[first->person] == (int)i;
            counts->right[first->grade] += is_right;
            counts->wrong[first->grade] += !is_right;
            counts->first += is_right;
            if (!is_right && first->grade == SHIRE_LINK_GRADE_CERTAIN && getenv("SHOW") != NULL) {
                printf("# wrong: %zu known %d for %d, weight %.1f:", i, is_known(i),
                       truth_of_person[first->person], first->weight);
                for (size_t f = 0; f < first->evidence_count; f++) {
                    printf(" %s=%s(%.1f)", first->evidence[f].field, first->evidence[f].description,
                           first->evidence[f].weight);
                }
                printf(" others %.1f\n", first->others);
            }
        }
        shire_arena_free(answer_arena);
    }
    print_message(
        "hard %u: certain %d right %d wrong, probable %d/%d, possible %d/%d, none %d known "
        "%d absent, first %d of %d\n",
        hard, counts->right[0], counts->wrong[0], counts->right[1], counts->wrong[1],
        counts->right[2], counts->wrong[2], counts->none_known, counts->none_absent, counts->first,
        counts->known);
}

static void what_is_certain_is_right_in_999_of_1000(void **state) {
    (void)state;
    for (uint32_t hard = 1; hard <= 4; hard += 3) {
        tally counts = {0};
        count_answers(hard, hard == 1 ? 1 : 5, false, &counts);
        assert_true(counts.wrong[0] * 1000 <= counts.right[0]);
        assert_true(counts.right[0] >= counts.known / 2); /* or it would be of no use */
        assert_true(counts.right[1] > 4 * counts.wrong[1]);
        assert_true(counts.first * 100 >= counts.known * 97);
    }
}

static void a_number_of_somebody_else_does_not_decide(void **state) {
    (void)state;
    tally counts = {0};
    count_answers(1, 5, true, &counts);
    assert_true(counts.wrong[0] * 1000 <= counts.right[0]);
    assert_true(counts.first * 100 >= counts.known * 96);
}

/* A record asked for with its own values agrees with each other record at the levels at which
 * linkage has the two. */
static void a_query_agrees_at_the_levels_of_linkage(void **state) {
    (void)state;
    shire_link_basis basis = {0};
    shire_error opening = {0};
    assert_int_equal(shire_link_basis_open(warehouse, 2, &basis, &opening), SHIRE_OK);
    shire_link_cache *cache = calloc(1, sizeof *cache);
    int compared = 0;
    for (size_t i = 0; i < people.person_count; i += 17) {
        shire_error error = {0};
        shire_arena *answer_arena = NULL;
        facts told;
        assert_int_equal(shire_arena_new("answer", 0, &answer_arena, &error), SHIRE_OK);
        tell(&people.persons[i], false, &told);
        for (int part = 0; part < PARTS; part++) { /* so that several people fit */
            told.texts[part][part == GIVEN || part == FAMILY ? 127 : 0] = '\0';
        }
        shire_link_answer answer = match(&told, answer_arena);
        for (size_t m = 0; m + 1 < answer.match_count; m++) {
            /* Where the best record is the query itself, the others are as far from it. */
            bool is_equal = true;
            for (size_t f = 0; f < answer.matches[0].evidence_count; f++) {
                is_equal = is_equal && answer.matches[0].evidence[f].level == 1;
            }
            for (size_t f = 0; is_equal && f < answer.matches[m + 1].evidence_count; f++) {
                const shire_link_evidence *one = &answer.matches[m + 1].evidence[f];
                size_t field = 0;
                while (strcmp(basis.dataset.fields[field].name, one->field) != 0) {
                    field++;
                }
                assert_int_equal(one->level, shire_link_compare_field(
                                                 &basis.dataset, field, answer.matches[0].record,
                                                 answer.matches[m + 1].record, cache));
                compared++;
            }
        }
        shire_arena_free(answer_arena);
    }
    free(cache);
    shire_link_basis_done(&basis);
    assert_true(compared > 100);
}

typedef struct asked {
    facts told[64];
    double weights[64];
} asked;

static void match_some(size_t first, size_t last, size_t chunk, int thread, void *context) {
    asked *all = context;
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        shire_error error = {0};
        shire_arena *answer_arena = NULL;
        shire_link_answer answer = {0};
        shire_link_query query = ask(&all->told[i]);
        if (shire_arena_new("answer", 0, &answer_arena, &error) == SHIRE_OK &&
            shire_link_matcher_match(matcher, &query, 5, answer_arena, &answer, &error) ==
                SHIRE_OK) {
            for (size_t m = 0; m < answer.match_count; m++) {
                all->weights[i] = all->weights[i] * 3 + answer.matches[m].weight;
            }
        }
        shire_arena_free(answer_arena);
    }
}

static void many_threads_give_the_answers_of_one(void **state) {
    (void)state;
    static asked one;
    static asked many;
    for (size_t i = 0; i < 64; i++) {
        tell(&people.persons[i * 40], false, &one.told[i]);
        one.told[i].texts[NUMBER][0] = '\0';
    }
    many = one;
    shire_parallel_for(1, 64, 1, match_some, &one);
    shire_parallel_for(4, 64, 1, match_some, &many);
    assert_memory_equal(one.weights, many.weights, sizeof one.weights);
}

static void nothing_and_nonsense_are_answered(void **state) {
    (void)state;
    static char large[100000];
    shire_error error = {0};
    shire_link_answer answer = {0};
    shire_link_query query = {0};
    shire_arena *answer_arena = NULL;
    memset(large, 'q', sizeof large);
    assert_int_equal(shire_arena_new("answer", 0, &answer_arena, &error), SHIRE_OK);
    assert_int_equal(shire_link_matcher_match(matcher, &query, 5, answer_arena, &answer, &error),
                     SHIRE_INVALID);
    query.values[SHIRE_LINK_ROLE_NHS_NUMBER] = shire_span_of("1234567890");
    assert_int_equal(shire_link_matcher_match(matcher, &query, 5, answer_arena, &answer, &error),
                     SHIRE_INVALID);
    query.values[SHIRE_LINK_ROLE_FAMILY] = (shire_span){large, sizeof large};
    query.values[SHIRE_LINK_ROLE_GIVEN] = shire_span_of("\xff\xfe?? \x01");
    query.values[SHIRE_LINK_ROLE_DOB] = shire_span_of("the day before");
    assert_int_equal(shire_link_matcher_match(matcher, &query, 5, answer_arena, &answer, &error),
                     SHIRE_OK);
    assert_int_equal(answer.match_count, 0);
    assert_int_equal(answer.note_count, 1);
    assert_int_equal(shire_link_matcher_match(matcher, &query, 0, answer_arena, &answer, &error),
                     SHIRE_INVALID);
    /* Only what half of all have: bounded work, nobody in particular. */
    shire_link_query sex = {0};
    sex.values[SHIRE_LINK_ROLE_SEX] = shire_span_of("f");
    assert_int_equal(shire_link_matcher_match(matcher, &sex, 5, answer_arena, &answer, &error),
                     SHIRE_OK);
    for (size_t i = 0; i < answer.match_count; i++) {
        assert_int_equal(answer.matches[i].grade, SHIRE_LINK_GRADE_POSSIBLE);
    }
    shire_arena_free(answer_arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_certain_is_right_in_999_of_1000),
        cmocka_unit_test(a_number_of_somebody_else_does_not_decide),
        cmocka_unit_test(a_query_agrees_at_the_levels_of_linkage),
        cmocka_unit_test(many_threads_give_the_answers_of_one),
        cmocka_unit_test(nothing_and_nonsense_are_answered),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
