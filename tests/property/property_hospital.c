/*
 * The hospital of June 1997, episode by episode: examples/hospital-1997 as the program costs it
 * against that hospital's own engine, whose cascade hospital_ledger.c and hospital_events.c do in
 * fractions. That they do it is shown by the engine's own control totals.
 *
 * The sheets are no part of the tree: without SHIRE_SHARED the tests are skipped.
 */
#include "hospital.h"

#include "io/file.h"
#include "io/table.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char sheets[PATH_MAX + 32];
static hospital cascade;

/* |one - other| <= limit, all three as decimals are written. */
static void assert_near(const char *what, const mpq_t one, const char *other, const char *limit) {
    mpq_t gap, most;
    mpf_t number;
    mpq_inits(gap, most, NULL);
    mpf_init2(number, 256);
    assert_int_equal(mpf_set_str(number, other, 10), 0);
    mpq_set_f(gap, number);
    assert_int_equal(mpf_set_str(number, limit, 10), 0);
    mpq_set_f(most, number);
    mpq_sub(gap, gap, one);
    mpq_abs(gap, gap);
    if (mpq_cmp(gap, most) > 0) {
        fail_msg("%s: %.9f is not %s", what, mpq_get_d(one), other);
    }
    mpq_clears(gap, most, NULL);
    mpf_clear(number);
}

static int begin(void **state) {
    (void)state;
    const char *shared = getenv("SHIRE_SHARED");
    const char *ci = getenv("CI");
    char ledger[PATH_MAX + 128] = "";
    char absolute[PATH_MAX];
    if (realpath(shared != NULL ? shared : "../../shared/data", absolute) != NULL) {
        snprintf(sheets, sizeof(sheets), "%s/costing/hospital_1997", absolute);
        snprintf(ledger, sizeof(ledger),
                 "%s/Jun97HospitalCostsAndAdjustments__general_ledger_costs.csv", sheets);
        setenv("SHIRE_SHARED", absolute, 1); /* the example is run from another folder */
    }
    if (!shire_file_exists(ledger)) {
        print_message("# the sheets of the hospital of 1997 are not there: set SHIRE_SHARED\n");
        sheets[0] = '\0';
        return ci != NULL && strcmp(ci, "true") == 0 ? -1 : 0;
    }
    hospital_begin(&cascade, sheets);
    return 0;
}

static int end(void **state) {
    (void)state;
    if (sheets[0] != '\0') {
        hospital_end(&cascade);
    }
    return 0;
}

static void skip_without_sheets(void) {
    if (sheets[0] == '\0') {
        skip();
    }
}

/* What that engine itself counted and summed on these sheets, after each of its steps. */
static void the_cascade_has_the_control_totals_of_its_engine(void **state) {
    (void)state;
    static const char *const accounts[][3] = {
        {"RMO", "wages", "-166612.173"}, {"PH", "wages", "-5126.573"}, {"OS", "wages", "-21.990"}};
    mpq_t total;
    skip_without_sheets();
    mpq_init(total);
    hospital_build_costs(&cascade);
    hospital_ledger_total(&cascade.ledger, total);
    assert_near("built", total, "1060115.474", "1e-6");
    assert_int_equal(hospital_ledger_rows(&cascade.ledger), 108);
    for (size_t i = 0; i < sizeof(accounts) / sizeof(*accounts); i++) {
        const hospital_account *account =
            hospital_account_of(&cascade.ledger, accounts[i][0], accounts[i][1]);
        assert_non_null(account);
        assert_near(accounts[i][0], account->cost, accounts[i][2], "1e-6");
    }
    hospital_disburse(&cascade);
    hospital_ledger_total(&cascade.ledger, total);
    assert_near("disbursed", total, "1060115.474", "1e-6");
    assert_int_equal(hospital_ledger_rows(&cascade.ledger), 148);
    assert_int_equal(mpq_sgn(cascade.dropped), 0);
    hospital_build_events(&cascade);
    assert_int_equal(cascade.event_count, 21625);
    mpq_set_ui(total, 0, 1);
    for (size_t i = 0; i < cascade.event_count; i++) {
        mpq_add(total, total, cascade.events[i].weight);
    }
    assert_near("weight of events", total, "5454050.95", "1e-6");
    hospital_distribute(&cascade);
    assert_near("undistributed", cascade.undistributed, "2703.185", "1e-6");
    static const char *const services[][2] = {{"Inpat ", "858990.701"},
                                              {"ED ", "178441.810"},
                                              {"Clinic ", "19979.778"},
                                              {"", "1057412.289"}};
    for (size_t service = 0; service < 4; service++) {
        mpq_set_ui(total, 0, 1);
        for (size_t i = 0; i < cascade.episode_count; i++) {
            if (hospital_has_prefix(cascade.episodes[i].key, services[service][0])) {
                mpq_add(total, total, cascade.episodes[i].cost);
            }
        }
        assert_near(services[service][0], total, services[service][1], "5e-4");
    }
    mpq_clear(total);
}

static void run_program(const char *const *arguments) {
    int state = -1;
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nowhere, STDOUT_FILENO);
        execvp(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_int_equal(state, 0);
}

static shire_frame cost_example(shire_arena *arena) {
    char dir[] = "/tmp/shire-hospital-XXXXXX";
    char path[1100];
    shire_table *warehouse = NULL;
    shire_frame costs;
    shire_error error = {0};
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/hospital-1997", getenv("SHIRE_EXAMPLES"));
    run_program((const char *const[]){"cp", "-r", path, dir, NULL});
    snprintf(path, sizeof(path), "%s/hospital-1997", dir);
    run_program((const char *const[]){getenv("SHIRE_PROGRAM"), "run", path, NULL});
    snprintf(path, sizeof(path), "%s/hospital-1997/.shire/warehouse.duckdb", dir);
    shire_table_options options = {.path = path, .read_only = true, .thread_count = 1};
    assert_int_equal(shire_table_open(&options, &warehouse, &error), SHIRE_OK);
    if (shire_table_query(warehouse,
                          "SELECT source, event_id, coalesce(amount, 0)::DECIMAL(18,6) AS cost "
                          "FROM event LEFT JOIN event_cost USING (event_no)",
                          arena, &costs, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    shire_table_close(warehouse);
    assert_int_equal(shire_dir_remove(dir, &error), SHIRE_OK);
    return costs;
}

static void each_episode_costs_what_the_cascade_says(void **state) {
    (void)state;
    mpq_t gap, most, limit;
    skip_without_sheets();
    assert_true(cascade.event_count > 0); /* the test before is where it is reckoned */
    mpq_inits(gap, most, limit, NULL);
    mpq_set_ui(limit, 1, 1000);
    shire_frame costs = cost_example(cascade.arena);
    bool *seen = calloc(cascade.episode_count, sizeof(*seen));
    assert_non_null(seen);
    assert_int_equal(cascade.episode_count, 1392);
    assert_int_equal(costs.row_count, cascade.episode_count);
    for (size_t i = 0; i < costs.row_count; i++) {
        char service[16], number[16];
        shire_span texts[] = {shire_column_text(&costs.columns[0], i),
                              shire_column_text(&costs.columns[1], i)};
        snprintf(service, sizeof(service), "%.*s", (int)texts[0].length, texts[0].bytes);
        snprintf(number, sizeof(number), "%.*s", (int)texts[1].length, texts[1].bytes);
        size_t episode = hospital_episode_of(&cascade, service, number);
        assert_true(episode < cascade.episode_count && !seen[episode]);
        seen[episode] = true;
        mpq_set_si(gap, costs.columns[2].decimal6[i], SHIRE_MILLION);
        mpq_canonicalize(gap);
        mpq_sub(gap, gap, cascade.episodes[episode].cost);
        mpq_abs(gap, gap);
        if (mpq_cmp(gap, limit) > 0) {
            fail_msg("%s %s: %.6f is %.6f from %.6f", service, number,
                     (double)costs.columns[2].decimal6[i] / SHIRE_MILLION, mpq_get_d(gap),
                     mpq_get_d(cascade.episodes[episode].cost));
        }
        if (mpq_cmp(gap, most) > 0) {
            mpq_set(most, gap);
        }
    }
    print_message("# 1392 episodes, none more than %.9f from the cascade\n", mpq_get_d(most));
    free(seen);
    mpq_clears(gap, most, limit, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cascade_has_the_control_totals_of_its_engine),
        cmocka_unit_test(each_episode_costs_what_the_cascade_says),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
