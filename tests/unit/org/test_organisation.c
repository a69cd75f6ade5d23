/* organisations.csv and successions.csv: loaded in order, mistakes told, nothing half done. */
#include "io/file.h"
#include "org/organisation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-organisation-XXXXXX";
static shire_table *table;
static shire_error error;
static shire_partnership partnership = {.dir = dir};

static int set_up(void **state) {
    (void)state;
    const shire_table_options options = {.thread_count = 1};
    assert_non_null(mkdtemp(dir));
    return shire_table_open(&options, &table, &error) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_table_close(table);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

/* NULL removes the file. */
static void write_file(const char *name, const char *contents) {
    char path[96];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (contents == NULL) {
        unlink(path);
    } else {
        assert_int_equal(shire_file_replace(path, shire_span_of(contents), &error), SHIRE_OK);
    }
}

static shire_status load(const char *organisations, const char *successions) {
    write_file("organisations.csv", organisations);
    write_file("successions.csv", successions);
    return shire_organisation_load(table, &partnership, &error);
}

static void assert_count(const char *sql, int64_t expected) {
    int64_t value = -1;
    if (shire_table_query_int64(table, sql, &value, &error) != SHIRE_OK) {
        fail_msg("%s: %s", sql, error.message);
    }
    assert_int_equal(value, expected);
}

static const char four_bodies[] = "code,name,kind,opened,closed\n"
                                  "PCT,Primary Care Trust,commissioner,2000-10-01,31/03/2013\n"
                                  "CCG,\"Clinical Commissioning Group, north\",commissioner,,\n"
                                  "ICB,Integrated Care Board,commissioner,1 Apr 2022\n"
                                  "COUNCIL,Council,council\n";

static void organisations_are_numbered_in_file_order(void **state) {
    (void)state;
    if (load(four_bodies, NULL) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_count("SELECT count(*) FROM organisation", 4);
    assert_count("SELECT count(*) FROM succession", 0);
    assert_count("SELECT organisation_no FROM organisation WHERE code = 'ICB'", 2);
    assert_count("SELECT count(*) FROM organisation WHERE closed = DATE '2013-03-31' AND "
                 "opened = DATE '2000-10-01' AND code = 'PCT'",
                 1);
    assert_count("SELECT count(*) FROM organisation WHERE opened IS NULL AND closed IS NULL", 2);
    assert_count("SELECT count(*) FROM organisation WHERE name LIKE '%, north'", 1);
}

static void successions_carry_numbers_and_shares(void **state) {
    (void)state;
    shire_status status = load(four_bodies, "predecessor,successor,on,share\n"
                                            "PCT,CCG,2013-04-01,0.75\n"
                                            "PCT,COUNCIL,2013-04-01,0.25\n"
                                            "CCG,ICB,2022-07-01,\n");
    if (status != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_count("SELECT count(*) FROM succession", 3);
    assert_count("SELECT count(*) FROM succession WHERE predecessor_no = 0 AND successor_no = 3 "
                 "AND \"on\" = DATE '2013-04-01' AND share = 0.25",
                 1);
    assert_count("SELECT count(*) FROM succession WHERE predecessor_no = 1 AND share = 1", 1);
}

static void each_mistake_names_its_line(void **state) {
    (void)state;
    static const struct {
        const char *organisations;
        const char *successions;
        const char *words;
    } cases[] = {
        {"code,name\nA,Alpha\n", NULL, "the column \"kind\" is missing"},
        {"code,name,kind,opend\n", NULL, "did you mean \"opened\""},
        {"code,name,kind\n", NULL, "no organisation in it"},
        {"code,name,kind\nA,Alpha,\n", NULL, "line 2: kind: this is empty"},
        {"code,name,kind\nA,Alpha,x\nB,Beta,x\nA,Again,x\n", NULL,
         "line 4: code: \"A\" stands on line 2 already"},
        {"code,name,kind,opened\nA,Alpha,x,2024-02-30\n", NULL,
         "line 2: opened: \"2024-02-30\" is no date"},
        {"code,name,kind,opened,closed\nA,Alpha,x,2024-02-03,2024-02-02\n", NULL,
         "line 2: closed comes before opened"},
        {"code,name,kind\nA,,x\n,Beta,x\n", NULL, "(and 1 more in this file)"},
        {four_bodies, "predecessor,successor\n", "\"on\" is missing"},
        {four_bodies, "predecessor,successor,on\nPCT,XYZ,2013-04-01\n",
         "line 2: successor: \"XYZ\" is no code of organisations.csv"},
        {four_bodies, "predecessor,successor,on\nXYZ,PCT,2013-04-01\n",
         "line 2: predecessor: \"XYZ\" is no code"},
        {four_bodies, "predecessor,successor,on\nPCT,PCT,2013-04-01\n", "cannot succeed itself"},
        {four_bodies, "predecessor,successor,on\nPCT,CCG,\n", "line 2: on: this is empty"},
        {four_bodies, "predecessor,successor,on,share\nPCT,CCG,2013-04-01,1.5\n",
         "line 2: share: \"1.5\" is no share"},
        {four_bodies,
         "predecessor,successor,on,share\nPCT,CCG,2013-04-01,0.5\nPCT,ICB,2013-04-01,0.4\n",
         "line 2: the shares of this predecessor on this day sum to 0.9"},
        {four_bodies,
         "predecessor,successor,on,share\nPCT,CCG,2013-04-01,0.5\nPCT,CCG,2013-04-01,0.5\n",
         "line 3: the same succession stands on line 2 already"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(load(cases[i].organisations, cases[i].successions), SHIRE_INVALID);
        if (strstr(error.message, cases[i].words) == NULL || strstr(error.message, dir) == NULL) {
            fail_msg("case %zu: %s", i, error.message);
        }
    }
}

static void a_failed_load_leaves_the_tables(void **state) {
    (void)state;
    assert_int_equal(load("code,name,kind\nA,Alpha,x\n", NULL), SHIRE_OK);
    assert_int_equal(load("code,name,kind\nB,Beta,\n", NULL), SHIRE_INVALID);
    assert_count("SELECT count(*) FROM organisation WHERE code = 'A'", 1);
    assert_int_equal(load(NULL, NULL), SHIRE_NOT_FOUND);
    assert_count("SELECT count(*) FROM organisation WHERE code = 'A'", 1);
    assert_int_equal(load("code,name,kind\nB,Beta,x\n", NULL), SHIRE_OK);
    assert_count("SELECT count(*) FROM organisation WHERE code = 'B'", 1);
    assert_count("SELECT count(*) FROM organisation", 1);
}

static void a_full_memory_leaves_the_tables(void **state) {
    (void)state;
    assert_int_equal(load("code,name,kind\nA,Alpha,x\n", NULL), SHIRE_OK);
    write_file("organisations.csv", four_bodies);
    write_file("successions.csv", "predecessor,successor,on\nPCT,CCG,2013-04-01\n");
    shire_status status = SHIRE_NO_MEMORY;
    for (int64_t successes = 0; status != SHIRE_OK; successes++) {
        shire_memory_fail_after(successes);
        status = shire_organisation_load(table, &partnership, &error);
        shire_memory_fail_after(-1);
        assert_true(status == SHIRE_OK || status == SHIRE_NO_MEMORY);
        assert_count("SELECT count(*) FROM organisation", status == SHIRE_OK ? 4 : 1);
        assert_true(successes < 1000);
    }
    assert_count("SELECT count(*) FROM succession", 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(organisations_are_numbered_in_file_order),
        cmocka_unit_test(successions_carry_numbers_and_shares),
        cmocka_unit_test(each_mistake_names_its_line),
        cmocka_unit_test(a_failed_load_leaves_the_tables),
        cmocka_unit_test(a_full_memory_leaves_the_tables),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
