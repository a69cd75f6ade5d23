/* The store: what is committed is there, what is not is gone, and a damaged file gets a sentence.
 */
#include "io/store.h"
#include "io/store_reserve.h"

#include "unit/store_place.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static store_place place;
static const char *const path = place.where;
static shire_error error;

static int make_dir(void **state) {
    (void)state;
    store_place_make(&place);
    return 0;
}

static int remove_dir(void **state) {
    (void)state;
    store_place_remove(&place);
    return 0;
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

/* PostgreSQL takes no byte 0 in a text, SQLite does; a statement is good for the next text on both.
 */
static void an_unfit_text_does_not_spoil_its_statement(void **state) {
    (void)state;
    shire_store *store = open_store();
    shire_store_statement *statement = NULL;
    bool has_row = false;
    assert_int_equal(shire_store_prepare(store, "SELECT $1, $2", &statement, &error), SHIRE_OK);
    for (int round = 0; round < 2; round++) {
        shire_store_bind_text(statement, 1, (shire_span){"a\0b", 3});
        shire_store_bind_text(statement, 2, shire_span_of("good"));
        assert_int_equal(shire_store_step(statement, &has_row, &error),
                         store_is_postgres() ? SHIRE_INVALID : SHIRE_OK);
        shire_store_reset(statement);
        shire_store_bind_text(statement, 1, shire_span_of("good"));
        assert_int_equal(shire_store_step(statement, &has_row, &error), SHIRE_OK);
        assert_true(has_row);
        assert_true(shire_span_equal(shire_store_column_text(statement, 0), shire_span_of("good")));
        shire_store_reset(statement);
    }
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
    snprintf(log, sizeof log, "%s/store.db-wal", place.dir);
    assert_int_equal(stat(log, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    shire_store_close(store);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_not_equal(stat(log, &facts), 0);
}

/* What another process sees: whether any of ours has the database locked as its user. */
static bool is_locked_for_others(void) {
    pid_t child = fork();
    if (child == 0) {
        /* The bytes that every connection has a read lock on while it is open (WAL mode). */
        struct flock lock = {
            .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510};
        int file = open(path, O_RDWR);
        _exit(file >= 0 && fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Otherwise a process that closes last would take the log away under those that are open here. */
static void opening_once_more_keeps_the_locks_of_who_was_first(void **state) {
    (void)state;
    shire_store *first = open_store();
    assert_int_equal(count_runs(first), 0);
    assert_true(is_locked_for_others());
    shire_store_close(open_store());
    assert_true(is_locked_for_others());
    shire_store_close(first);
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
    bool exists = true;
    assert_int_equal(shire_store_exists(path, &exists, &error), SHIRE_OK);
    assert_false(exists);
    shire_store_close(open_store());
    assert_int_equal(shire_store_exists(path, &exists, &error), SHIRE_OK);
    assert_true(exists);
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

/* Both kinds of store give rows in the order of the bytes, in whatever language the database is. */
static void texts_compare_by_their_bytes(void **state) {
    (void)state;
    static const char *const texts[] = {"Zeta", "alpha", "beta", "\xC3\x81lpha"};
    shire_store *store = open_store();
    shire_store_statement *statement = NULL;
    bool has_row = true;
    for (int64_t i = 0; i < 4; i++) {
        add_run(store, i);
    }
    assert_int_equal(shire_store_prepare(store, "UPDATE index_run SET state = $1 WHERE run_no = $2",
                                         &statement, &error),
                     SHIRE_OK);
    for (int64_t i = 0; i < 4; i++) {
        shire_store_bind_text(statement, 1, shire_span_of(texts[(i + 2) % 4]));
        shire_store_bind_int64(statement, 2, i);
        assert_int_equal(shire_store_run(statement, &error), SHIRE_OK);
    }
    shire_store_finalize(statement);
    assert_int_equal(shire_store_prepare(store, "SELECT state FROM index_run ORDER BY state",
                                         &statement, &error),
                     SHIRE_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(shire_store_step(statement, &has_row, &error), SHIRE_OK);
        assert_true(has_row);
        assert_true(
            shire_span_equal(shire_store_column_text(statement, 0), shire_span_of(texts[i])));
    }
    shire_store_finalize(statement);
    shire_store_close(store);
}

#define COUNT_TO(limit)                                                                            \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " #limit             \
    ") SELECT i FROM n"

static void statements_can_be_read_side_by_side(void **state) {
    (void)state;
    shire_store *store = open_store();
    shire_store_statement *statements[2] = {NULL, NULL};
    int64_t sums[2] = {0, 0};
    int64_t count = 0;
    bool has_row[2] = {true, true};
    assert_int_equal(shire_store_prepare(store, COUNT_TO(2000), &statements[0], &error), SHIRE_OK);
    assert_int_equal(shire_store_prepare(store, COUNT_TO(500), &statements[1], &error), SHIRE_OK);
    while (has_row[0] || has_row[1]) {
        for (int i = 0; i < 2; i++) {
            if (has_row[i]) {
                assert_int_equal(shire_store_step(statements[i], &has_row[i], &error), SHIRE_OK);
                sums[i] += has_row[i] ? shire_store_column_int64(statements[i], 0) : 0;
            }
        }
        if (sums[1] == 6) { /* and a third, and a write, in between */
            add_run(store, 1);
            count = count_runs(store);
        }
    }
    assert_int_equal(sums[0], 2001000);
    assert_int_equal(sums[1], 125250);
    assert_int_equal(count, 1);
    /* Left in the middle, and begun anew. */
    assert_int_equal(shire_store_step(statements[0], &has_row[0], &error), SHIRE_OK);
    shire_store_reset(statements[0]);
    assert_int_equal(count_runs(store), 1);
    assert_int_equal(shire_store_step(statements[0], &has_row[0], &error), SHIRE_OK);
    assert_int_equal(shire_store_column_int64(statements[0], 0), 1);
    shire_store_finalize(statements[0]);
    shire_store_finalize(statements[1]);
    shire_store_close(store);
}

static void a_part_of_a_transaction_is_undone_alone(void **state) {
    (void)state;
    shire_store *store = open_store();
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    add_run(store, 1);
    assert_int_equal(shire_store_savepoint(store, &error), SHIRE_OK);
    add_run(store, 2);
    assert_int_not_equal(
        shire_store_execute(store, "INSERT INTO index_run (run_no) VALUES (1)", &error), SHIRE_OK);
    assert_int_equal(shire_store_undo(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_savepoint(store, &error), SHIRE_OK);
    add_run(store, 3);
    shire_store_keep(store);
    assert_int_equal(shire_store_commit(store, &error), SHIRE_OK);
    assert_int_equal(count_runs(store), 2);
    shire_store_close(store);
}

static void numbers_grow_by_one_and_one_of_an_undone_part_comes_again(void **state) {
    (void)state;
    static const char query[] = "SELECT coalesce(max(run_no), 0) FROM index_run";
    shire_store *store = open_store();
    int64_t number = 0;
    add_run(store, 7);
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    for (int64_t expected = 8; expected < 10; expected++) {
        assert_int_equal(shire_store_next_number(store, query, &number, &error), SHIRE_OK);
        assert_int_equal(number, expected);
        add_run(store, number);
    }
    assert_int_equal(shire_store_savepoint(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_next_number(store, query, &number, &error), SHIRE_OK);
    assert_int_equal(number, 10);
    add_run(store, number);
    assert_int_equal(shire_store_undo(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_next_number(store, query, &number, &error), SHIRE_OK);
    assert_int_equal(number, 10);
    shire_store_rollback(store);
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_next_number(store, query, &number, &error), SHIRE_OK);
    assert_int_equal(number, 8);
    shire_store_close(store);
}

/* More rows than are on the way at once; what fails among them shows at the latest in settle. */
static void many_rows_are_sent_and_what_fails_among_them_is_told(void **state) {
    (void)state;
    shire_store *store = open_store();
    shire_store_statement *insert = NULL;
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_prepare(store, "INSERT INTO index_run VALUES ($1, $2, $2, $1, $1)",
                                         &insert, &error),
                     SHIRE_OK);
    shire_store_bind_text(insert, 2, shire_span_of("sent"));
    for (int64_t i = 1; i <= 2500; i++) {
        shire_store_bind_int64(insert, 1, i);
        assert_int_equal(shire_store_send(insert, &error), SHIRE_OK);
        if (i == 1700) { /* a question in between sees what was sent before */
            assert_int_equal(count_runs(store), 1700);
        }
    }
    assert_int_equal(shire_store_commit(store, &error), SHIRE_OK);
    assert_int_equal(count_runs(store), 2500);
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_savepoint(store, &error), SHIRE_OK);
    shire_status status = SHIRE_OK;
    for (int64_t i = 2499; i < 2510 && status == SHIRE_OK; i++) {
        shire_store_bind_int64(insert, 1, i);
        status = shire_store_send(insert, &error);
    }
    status = status == SHIRE_OK ? shire_store_settle(store, &error) : status;
    assert_int_not_equal(status, SHIRE_OK);
    assert_int_equal(shire_store_undo(store, &error), SHIRE_OK);
    shire_store_finalize(insert);
    add_run(store, 3000);
    assert_int_equal(shire_store_commit(store, &error), SHIRE_OK);
    assert_int_equal(count_runs(store), 2501);
    shire_store_close(store);
}

static void a_snapshot_sees_one_moment_and_lets_others_write(void **state) {
    (void)state;
    shire_store *store = open_store();
    shire_store *other = open_store();
    assert_int_equal(shire_store_snapshot(store, &error), SHIRE_OK);
    assert_int_equal(count_runs(store), 0);
    add_run(other, 1);
    assert_int_equal(count_runs(store), 0);
    shire_store_rollback(store);
    assert_int_equal(count_runs(store), 1);
    shire_store_close(other);
    shire_store_close(store);
}

static void references_of_a_filled_store_hold_at_the_commit(void **state) {
    (void)state;
    shire_store *store = open_store();
    assert_int_equal(shire_store_begin_filling(store, &error), SHIRE_OK);
    assert_int_equal(
        shire_store_execute(store, "INSERT INTO index_person VALUES ('P1', 7, NULL, NULL)", &error),
        SHIRE_OK);
    add_run(store, 7);
    assert_int_equal(shire_store_commit(store, &error), SHIRE_OK);
    assert_int_equal(shire_store_begin_filling(store, &error), SHIRE_OK);
    assert_int_equal(
        shire_store_execute(store, "INSERT INTO index_person VALUES ('P2', 8, NULL, NULL)", &error),
        SHIRE_OK);
    assert_int_not_equal(shire_store_commit(store, &error), SHIRE_OK);
    assert_int_not_equal(/* and from then on with each row again */
                         shire_store_execute(
                             store, "INSERT INTO index_person VALUES ('P2', 8, NULL, NULL)",
                             &error),
                         SHIRE_OK);
    shire_store_close(store);
}

static void no_sentence_tells_a_password(void **state) {
    (void)state;
    static const char *const urls[] = {
        "postgresql://someone:hemlock@127.0.0.1:1/shire",
        "postgresql://127.0.0.1:1/shire?user=someone&password=hemlock",
        "postgresql://someone:hemlock@[::1/shire", "postgresql://someone:hemlock@127.0.0.1:1/%zz",
        "postgresql://127.0.0.1:1/shire?passwort=hemlock"};
    shire_store *store = NULL;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        error = (shire_error){0};
        assert_int_equal(shire_store_open(urls[i], SHIRE_STORE_WRITE, &store, &error),
                         i < 2 ? SHIRE_IO_FAILED : SHIRE_INVALID);
        assert_true(strlen(error.message) > 20);
        assert_null(strstr(error.message, "hemlock"));
        assert_int_equal(shire_store_has_password(urls[i]), i < 2);
    }
    assert_false(shire_store_has_password("postgresql://someone@127.0.0.1/shire"));
    assert_false(shire_store_has_password("county/.shire/store.db"));
}

static void end_session(shire_store *store) {
    char sql[80];
    int64_t session = 0;
    shire_store *other = open_store();
    assert_int_equal(shire_store_query_int64(store, "SELECT pg_backend_pid()", &session, &error),
                     SHIRE_OK);
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 5000)", (int)session);
    assert_int_equal(shire_store_execute(other, sql, &error), SHIRE_OK);
    shire_store_close(other);
}

static void a_lost_connection_is_made_anew_and_nothing_done_is_lost(void **state) {
    (void)state;
    shire_store *store = open_store();
    add_run(store, 1);
    end_session(store);
    assert_int_equal(count_runs(store), 1); /* a SELECT is asked again */
    end_session(store);
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK); /* nothing was done yet */
    add_run(store, 2);
    end_session(store);
    error = (shire_error){0};
    int64_t count = 0;
    assert_int_equal(
        shire_store_query_int64(store, "SELECT count(*) FROM index_run", &count, &error),
        SHIRE_IO_FAILED); /* what was begun cannot go on as if nothing was */
    assert_non_null(strstr(error.message, "connection"));
    assert_int_equal(shire_store_commit(store, &error), SHIRE_IO_FAILED);
    assert_int_equal(count_runs(store), 1);
    assert_int_equal(shire_store_begin(store, &error), SHIRE_OK);
    add_run(store, 3);
    assert_int_equal(shire_store_commit(store, &error), SHIRE_OK);
    assert_int_equal(count_runs(store), 2);
    shire_store_close(store);
}

static int64_t measure_reserve(shire_store *store) {
    int64_t byte_count = -1;
    assert_int_equal(shire_store_reserve_measure(store, &byte_count, &error), SHIRE_OK);
    return byte_count;
}

static void take_reserve(shire_store *store, int64_t byte_count) {
    bool is_taken = false;
    assert_int_equal(shire_store_reserve_take(store, byte_count, &is_taken, &error), SHIRE_OK);
    assert_true(is_taken);
    assert_int_equal(measure_reserve(store), byte_count);
}

static void room_is_kept_and_given_back(void **state) {
    (void)state;
    const int64_t megabyte = INT64_C(1) << 20;
    shire_store *store = open_store();
    shire_store *other = open_store();
    assert_int_equal(measure_reserve(store), 0);
    take_reserve(store, megabyte);
    take_reserve(other, megabyte);
    take_reserve(store, 2 * megabyte);
    add_run(store, 1);
    assert_false(shire_store_lacks_room(store, 0));
    assert_int_equal(shire_store_reserve_release(other, &error), SHIRE_OK);
    assert_int_equal(measure_reserve(store), 0);
    assert_int_equal(shire_store_reserve_release(store, &error), SHIRE_OK);
    take_reserve(store, megabyte);
    if (store_is_postgres()) { /* as it is after the server died */
        assert_int_equal(shire_store_execute(store, "TRUNCATE disk_reserve", &error), SHIRE_OK);
        take_reserve(store, megabyte);
    }
    assert_int_equal(shire_store_reserve_release(store, &error), SHIRE_OK);
    assert_int_equal(count_runs(store), 1);
    shire_store_close(other);
    shire_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

/* The test database of the cluster sorts by bytes; this one as English dictionaries do. */
static void a_database_that_sorts_otherwise_is_refused(void **state) {
    (void)state;
    char url[600];
    char sql[200];
    shire_store *store = NULL;
    PGconn *connection = PQconnectdb(getenv("SHIRE_TEST_POSTGRES"));
    snprintf(sql, sizeof sql,
             "CREATE DATABASE %s TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'",
             place.schema);
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s", PQerrorMessage(connection));
    }
    PQclear(result);
    const char *host = strchr(getenv("SHIRE_TEST_POSTGRES"), '?');
    assert_non_null(host);
    snprintf(url, sizeof url, "postgresql:///%s%s", place.schema, host);
    assert_int_equal(shire_store_open(url, SHIRE_STORE_WRITE, &store, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "sort by bytes"));
    snprintf(sql, sizeof sql, "DROP DATABASE %s", place.schema);
    PQclear(PQexec(connection, sql));
    PQfinish(connection);
}

#define TESTS_OF_BOTH                                                                              \
    TEST(parameters_go_by_their_numbers), TEST(an_unfit_text_does_not_spoil_its_statement),        \
        TEST(what_is_committed_stays_and_the_rest_goes), TEST(a_broken_reference_is_refused),      \
        TEST(a_store_that_is_not_there_is_not_made_by_reading),                                    \
        TEST(a_store_of_a_newer_program_is_left_alone),                                            \
        TEST(a_kill_loses_only_what_was_not_committed), TEST(texts_compare_by_their_bytes),        \
        TEST(statements_can_be_read_side_by_side), TEST(a_part_of_a_transaction_is_undone_alone),  \
        TEST(numbers_grow_by_one_and_one_of_an_undone_part_comes_again),                           \
        TEST(many_rows_are_sent_and_what_fails_among_them_is_told),                                \
        TEST(a_snapshot_sees_one_moment_and_lets_others_write),                                    \
        TEST(references_of_a_filled_store_hold_at_the_commit), TEST(room_is_kept_and_given_back),  \
        TEST(no_sentence_tells_a_password)

/* However long the file is, reading all of it takes no more memory than reading a row. */
static void a_reader_does_not_hold_the_file(void **state) {
    (void)state;
    char line[1024];
    shire_store *reader = NULL;
    shire_store *writer = open_store();
    assert_int_equal(shire_store_begin(writer, &error), SHIRE_OK);
    for (int64_t number = 0; number < 20000; number++) {
        add_run(writer, number);
    }
    assert_int_equal(shire_store_commit(writer, &error), SHIRE_OK);
    shire_store_close(writer);
    assert_int_equal(shire_store_open(path, SHIRE_STORE_READ, &reader, &error), SHIRE_OK);
    assert_int_equal(count_runs(reader), 20000);
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        size_t length = strlen(line);
        assert_false(length > strlen(path) && strcmp(line + length - strlen(path), path) == 0);
    }
    fclose(maps);
    shire_store_close(reader);
}

int main(void) {
    const struct CMUnitTest of_files[] = {
        TESTS_OF_BOTH,
        TEST(only_its_owner_may_read_it_and_no_log_stays),
        TEST(opening_once_more_keeps_the_locks_of_who_was_first),
        TEST(a_damaged_store_gets_a_sentence),
        TEST(a_reader_does_not_hold_the_file),
        TEST(a_full_disk_loses_only_the_transaction),
    };
    const struct CMUnitTest of_servers[] = {
        TESTS_OF_BOTH,
        TEST(a_lost_connection_is_made_anew_and_nothing_done_is_lost),
        TEST(a_database_that_sorts_otherwise_is_refused),
    };
    return store_is_postgres() ? cmocka_run_group_tests(of_servers, NULL, NULL)
                               : cmocka_run_group_tests(of_files, NULL, NULL);
}
