/* The store: what is committed is there, what is not is gone, and a damaged file gets a sentence.
 */
#include "io/store.h"

#include "io/file.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-store-XXXXXX";
static char path[64];
static shire_error error;

static int make_dir(void **state) {
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/shire-store-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/store.db", dir);
    return 0;
}

static int remove_dir(void **state) {
    (void)state;
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static shire_store *open_store(void) {
    shire_store *store = NULL;
    assert_int_equal(shire_store_open(path, SHIRE_STORE_WRITE, &store, &error), SHIRE_OK);
    return store;
}

static void add_run(shire_store *store, int64_t number) {
    shire_store_statement *statement = NULL;
    assert_int_equal(shire_store_prepare(store,
                                         "INSERT INTO index_run (run_no, finished, state, "
                                         "record_count, person_count) VALUES ($2, $1, $1, $2, $2)",
                                         &statement, &error),
                     SHIRE_OK);
    shire_store_bind_text(statement, 1, shire_span_of("now"));
    shire_store_bind_int64(statement, 2, number);
    assert_int_equal(shire_store_run(statement, &error), SHIRE_OK);
    shire_store_finalize(statement);
}

static int64_t count_runs(shire_store *store) {
    int64_t count = -1;
    assert_int_equal(
        shire_store_query_int64(store, "SELECT count(*) FROM index_run", &count, &error), SHIRE_OK);
    return count;
}

static void parameters_go_by_their_numbers(void **state) {
    (void)state;
    shire_store *store = open_store();
    shire_store_statement *statement = NULL;
    bool has_row = false;
    assert_int_equal(shire_store_prepare(store, "SELECT $3, $1, $2, $1", &statement, &error),
                     SHIRE_OK);
    shire_store_bind_text(statement, 1, shire_span_of("one"));
    shire_store_bind_int64(statement, 2, -2);
    assert_int_equal(shire_store_step(statement, &has_row, &error), SHIRE_OK);
    assert_true(has_row);
    assert_true(shire_store_column_is_null(statement, 0));
    assert_true(shire_span_equal(shire_store_column_text(statement, 1), shire_span_of("one")));
    assert_int_equal(shire_store_column_int64(statement, 2), -2);
    assert_true(shire_span_equal(shire_store_column_text(statement, 3), shire_span_of("one")));
    assert_int_equal(shire_store_step(statement, &has_row, &error), SHIRE_OK);
    assert_false(has_row);
    shire_store_finalize(statement);
    shire_store_close(store);
}

static void what_is_committed_stays_and_the_rest_goes(void **state) {
    (void)state;
    shire_store *store = open_store();
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    add_run(store, 1);
    assert_int_equal(shire_store_commit(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    add_run(store, 2);
    shire_store_rollback(store);
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    add_run(store, 3);
    shire_store_close(store);
    assert_int_equal(shire_store_open(path, SHIRE_STORE_READ, &store, &error), SHIRE_OK);
    assert_int_equal(count_runs(store), 1);
    shire_store_close(store);
}

static void only_its_owner_may_read_it_and_no_log_stays(void **state) {
    (void)state;
    struct stat facts;
    char log[80];
    shire_store *store = open_store();
    add_run(store, 1);
    snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(stat(log, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    shire_store_close(store);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_not_equal(stat(log, &facts), 0);
}

static void a_broken_reference_is_refused(void **state) {
    (void)state;
    shire_store *store = open_store();
    assert_int_not_equal(
        shire_store_execute(store, "INSERT INTO index_person VALUES ('P1', 7, NULL, NULL)", &error),
        SHIRE_OK);
    shire_store_close(store);
}

static void a_store_that_is_not_there_is_not_made_by_reading(void **state) {
    (void)state;
    shire_store *store = NULL;
    assert_int_equal(shire_store_open(path, SHIRE_STORE_READ, &store, &error), SHIRE_NOT_FOUND);
    assert_false(shire_file_exists(path));
    assert_int_equal(shire_store_open("postgresql://x", SHIRE_STORE_WRITE, &store, &error),
                     SHIRE_INVALID);
}

static void a_damaged_store_gets_a_sentence(void **state) {
    (void)state;
    shire_store *store = NULL;
    assert_int_equal(
        shire_file_replace(path, shire_span_of("this is no store, however long it is"), &error),
        SHIRE_OK);
    assert_int_equal(shire_store_open(path, SHIRE_STORE_WRITE, &store, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "the store is damaged"));
    assert_int_equal(shire_store_open(path, SHIRE_STORE_READ, &store, &error), SHIRE_INVALID);
}

static void a_store_of_a_newer_program_is_left_alone(void **state) {
    (void)state;
    shire_store *store = open_store();
    assert_int_equal(
        shire_store_execute(store, "INSERT INTO schema_migration VALUES (1000)", &error), SHIRE_OK);
    shire_store_close(store);
    assert_int_equal(shire_store_open(path, SHIRE_STORE_WRITE, &store, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "newer program"));
}

/* In a child: the limit lasts, and a kill ends it. */
static int write_until_it_fails(void) {
    const struct rlimit limit = {400000, 400000};
    signal(SIGXFSZ, SIG_IGN);
    shire_store *store = NULL;
    shire_status status = setrlimit(RLIMIT_FSIZE, &limit) == 0
                              ? shire_store_open(path, SHIRE_STORE_WRITE, &store, &error)
                              : SHIRE_INTERNAL;
    status = status == SHIRE_OK ? shire_store_begin(store, &error) : status;
    if (status != SHIRE_OK) {
        return 2;
    }
    status = shire_store_execute(store,
                                 "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n "
                                 "WHERE i < 30000) INSERT INTO index_run SELECT i, 'a date', 'a "
                                 "state', i, i FROM n",
                                 &error);
    status = status == SHIRE_OK ? shire_store_commit(store, &error) : status;
    shire_store_close(store);
    return status == SHIRE_IO_FAILED && strlen(error.message) > 10 ? 0 : 3;
}

static int run_in_child(int (*work)(void)) {
    int result = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(work());
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    return result;
}

static void a_full_disk_loses_only_the_transaction(void **state) {
    (void)state;
    shire_store *store = open_store();
    add_run(store, 1);
    shire_store_close(store);
    int result = run_in_child(write_until_it_fails);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    store = open_store();
    assert_int_equal(count_runs(store), 1);
    shire_store_close(store);
}

static int write_and_be_killed(void) {
    shire_store *store = open_store();
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    add_run(store, 2);
    assert_int_equal(shire_store_commit(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    add_run(store, 3);
    kill(getpid(), SIGKILL);
    return 1;
}

static void a_kill_loses_only_what_was_not_committed(void **state) {
    (void)state;
    shire_store *store = open_store();
    add_run(store, 1);
    shire_store_close(store);
    assert_true(WIFSIGNALED(run_in_child(write_and_be_killed)));
    assert_int_equal(shire_store_open(path, SHIRE_STORE_READ, &store, &error), SHIRE_OK);
    assert_int_equal(count_runs(store), 2);
    shire_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(parameters_go_by_their_numbers),
        TEST(what_is_committed_stays_and_the_rest_goes),
        TEST(only_its_owner_may_read_it_and_no_log_stays),
        TEST(a_broken_reference_is_refused),
        TEST(a_store_that_is_not_there_is_not_made_by_reading),
        TEST(a_damaged_store_gets_a_sentence),
        TEST(a_store_of_a_newer_program_is_left_alone),
        TEST(a_full_disk_loses_only_the_transaction),
        TEST(a_kill_loses_only_what_was_not_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
