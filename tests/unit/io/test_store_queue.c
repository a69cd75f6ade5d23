/* Group commit: what was told as done is durable, a failing job goes alone, a full queue says so,
 * and after a full disk writing resumes. */
#include "io/store_queue.h"

#include "unit/store_place.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static store_place place;
static const char *const where = place.where;

static int make_place(void **state) {
    (void)state;
    store_place_make(&place);
    return 0;
}

static int remove_place(void **state) {
    (void)state;
    store_place_remove(&place);
    return 0;
}

static shire_store_queue *open_queue(shire_store_queue_options options) {
    shire_store_queue *queue = NULL;
    options.where = where;
    assert_int_equal(shire_store_queue_open(&options, &queue, NULL), SHIRE_OK);
    return queue;
}

static int64_t count_runs(void) {
    int64_t count = -1;
    shire_store *store = NULL;
    assert_int_equal(shire_store_open(where, SHIRE_STORE_READ, &store, NULL), SHIRE_OK);
    assert_int_equal(shire_store_query_int64(store, "SELECT count(*) FROM index_run", &count, NULL),
                     SHIRE_OK);
    shire_store_close(store);
    return count;
}

typedef struct work {
    int64_t number;
    bool fails;        /* after it wrote */
    size_t text_bytes; /* how much it writes; 0: little */
    int64_t seen;      /* runs that another connection saw when this was told done */
    shire_status status;
    char message[SHIRE_ERROR_MESSAGE_BYTES];
    bool is_told;
    int times; /* that it ran */
} work;

static shire_status write_run(shire_store *store, void *context, shire_error *error) {
    work *mine = context;
    shire_store_statement *insert = NULL;
    mine->times++;
    char *text = calloc(1, mine->text_bytes + 4);
    assert_non_null(text);
    memset(text, 'x', mine->text_bytes + 3);
    shire_status status = shire_store_prepare(
        store,
        "INSERT INTO index_run (run_no, finished, state, record_count, person_count) VALUES ($1, "
        "$2, 'state', 0, 0)",
        &insert, error);
    if (status == SHIRE_OK) {
        shire_store_bind_int64(insert, 1, mine->number);
        shire_store_bind_text(insert, 2, shire_span_of(text));
        status = shire_store_run(insert, error);
    }
    shire_store_finalize(insert);
    free(text);
    if (status == SHIRE_OK && mine->fails) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "job %d does not want to", (int)mine->number);
    }
    return status;
}

static void take_note(void *context, shire_status status, const shire_error *error) {
    work *mine = context;
    mine->status = status;
    mine->is_told = true;
    snprintf(mine->message, sizeof mine->message, "%s", status == SHIRE_OK ? "" : error->message);
    mine->seen = status == SHIRE_OK ? count_runs() : -1;
}

static void what_is_told_as_done_others_can_read(void **state) {
    (void)state;
    work mine = {.number = 1};
    shire_store_queue *queue = open_queue((shire_store_queue_options){0});
    assert_int_equal(shire_store_queue_submit(queue, write_run, take_note, &mine), SHIRE_OK);
    shire_store_queue_close(queue);
    assert_true(mine.is_told);
    assert_int_equal(mine.status, SHIRE_OK);
    assert_int_equal(mine.seen, 1);
}

/* A gate that holds the writer inside a job until the test has queued what it wants in one batch.
 */
typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_entered;
    bool is_open;
} gate;

static shire_status wait_at_gate(shire_store *store, void *context, shire_error *error) {
    gate *at = context;
    (void)store;
    (void)error;
    pthread_mutex_lock(&at->mutex);
    at->is_entered = true;
    pthread_cond_signal(&at->changed);
    while (!at->is_open) {
        pthread_cond_wait(&at->changed, &at->mutex);
    }
    pthread_mutex_unlock(&at->mutex);
    return SHIRE_OK;
}

static void enter_gate(shire_store_queue *queue, gate *at) {
    *at = (gate){.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    assert_int_equal(shire_store_queue_submit(queue, wait_at_gate, NULL, at), SHIRE_OK);
    pthread_mutex_lock(&at->mutex);
    while (!at->is_entered) {
        pthread_cond_wait(&at->changed, &at->mutex);
    }
    pthread_mutex_unlock(&at->mutex);
}

static void open_gate(gate *at) {
    pthread_mutex_lock(&at->mutex);
    at->is_open = true;
    pthread_cond_signal(&at->changed);
    pthread_mutex_unlock(&at->mutex);
}

static void a_failing_job_is_undone_alone(void **state) {
    (void)state;
    gate at;
    work jobs[5] = {{.number = 1},
                    {.number = 2, .fails = true},
                    {.number = 3},
                    {.number = 3}, /* breaks the primary key */
                    {.number = 4}};
    shire_store_queue *queue = open_queue((shire_store_queue_options){0});
    enter_gate(queue, &at);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(shire_store_queue_submit(queue, write_run, take_note, &jobs[i]), SHIRE_OK);
    }
    open_gate(&at);
    shire_store_queue_close(queue);
    assert_int_equal(count_runs(), 3);
    assert_int_equal(jobs[1].status, SHIRE_INVALID);
    assert_string_equal(jobs[1].message, "job 2 does not want to");
    assert_int_not_equal(jobs[3].status, SHIRE_OK);
    for (int i = 0; i < 5; i += 2) {
        assert_int_equal(jobs[i].status, SHIRE_OK);
        assert_int_equal(jobs[i].seen, 3); /* all of the batch at once */
    }
    assert_int_equal(jobs[0].times, 2); /* anew, and its first row was undone */
    assert_int_equal(jobs[4].times, 1);
}

static void jobs_that_wait_share_a_transaction_and_a_full_queue_says_so(void **state) {
    (void)state;
    gate at;
    work jobs[51] = {{0}};
    shire_store_queue *queue = open_queue((shire_store_queue_options){.job_count_max = 50});
    enter_gate(queue, &at);
    for (int i = 0; i < 50; i++) {
        jobs[i].number = i;
        assert_int_equal(shire_store_queue_submit(queue, write_run, take_note, &jobs[i]), SHIRE_OK);
    }
    assert_int_equal(shire_store_queue_submit(queue, write_run, take_note, &jobs[50]), SHIRE_BUSY);
    assert_int_equal(shire_store_queue_count(queue).waiting, 50);
    open_gate(&at);
    work last = {.number = 99};
    shire_status status = SHIRE_BUSY;
    while (status == SHIRE_BUSY) { /* until the writer has taken the fifty */
        status = shire_store_queue_run(queue, write_run, &last, NULL);
    }
    assert_int_equal(status, SHIRE_OK);
    shire_store_queue_counts counts = shire_store_queue_count(queue);
    assert_int_equal(counts.done, 52);
    assert_true(counts.batches <= 3);
    assert_true(counts.refused >= 1);
    shire_store_queue_close(queue);
    assert_false(jobs[50].is_told);
    assert_int_equal(count_runs(), 51);
}

#define THREADS 4
#define JOBS_EACH 100

typedef struct submitter {
    shire_store_queue *queue;
    int first;
    int failures;
} submitter;

static void *submit_many(void *context) {
    submitter *mine = context;
    for (int i = 0; i < JOBS_EACH; i++) {
        work job = {.number = mine->first + i};
        mine->failures += shire_store_queue_run(mine->queue, write_run, &job, NULL) != SHIRE_OK;
    }
    return NULL;
}

static void many_threads_lose_nothing(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    submitter submitters[THREADS];
    shire_store_queue *queue = open_queue((shire_store_queue_options){0});
    for (int i = 0; i < THREADS; i++) {
        submitters[i] = (submitter){queue, i * JOBS_EACH, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, submit_many, &submitters[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(submitters[i].failures, 0);
    }
    shire_store_queue_close(queue);
    assert_int_equal(count_runs(), THREADS * JOBS_EACH);
}

typedef struct sealed {
    int64_t runs; /* that the last seal saw */
    int count;
    int quiet_count;
    bool fails;
} sealed;

static shire_status seal(shire_store *store, bool is_quiet, void *context, shire_error *error) {
    sealed *mine = context;
    mine->count++;
    mine->quiet_count += is_quiet;
    return mine->fails ? SHIRE_FAIL(error, SHIRE_IO_FAILED, "the wax is out")
                       : shire_store_query_int64(store, "SELECT count(*) FROM index_run",
                                                 &mine->runs, error);
}

static void a_seal_sees_its_batch_and_the_end(void **state) {
    (void)state;
    work job = {.number = 1};
    sealed mine = {0};
    shire_error error = {0};
    shire_store_queue *queue =
        open_queue((shire_store_queue_options){.seal = seal, .seal_context = &mine});
    assert_int_equal(shire_store_queue_run(queue, write_run, &job, NULL), SHIRE_OK);
    assert_int_equal(mine.runs, 1);
    assert_int_equal(mine.quiet_count, 0);
    mine.fails = true;
    job.number = 2;
    assert_int_equal(shire_store_queue_run(queue, write_run, &job, &error), SHIRE_IO_FAILED);
    assert_string_equal(error.message, "the wax is out");
    shire_store_queue_close(queue);
    assert_int_equal(count_runs(), 1);
    assert_int_equal(mine.quiet_count, 1);
}

static int64_t log_bytes(void) {
    char path[600];
    struct stat facts;
    snprintf(path, sizeof path, "%s-wal", where);
    return stat(path, &facts) == 0 ? facts.st_size : 0;
}

/* The file of the log never gets shorter, so one that begins anew is one that has stopped growing:
 * while ten times as much is written as it may hold. Where it does not, this test never ends. */
static void the_log_begins_anew_while_writing_goes_on(void **state) {
    (void)state;
    enum { PAGES_A_JOB = 5, LOG_PAGES = 40 };
    shire_store_queue *queue = open_queue((shire_store_queue_options){.log_pages_max = LOG_PAGES});
    int64_t count = 0;
    int64_t grew_at = 0;
    for (int64_t bytes = 0; count - grew_at < 10 * LOG_PAGES / PAGES_A_JOB; count++) {
        work job = {.number = count, .text_bytes = PAGES_A_JOB * 4096};
        assert_int_equal(shire_store_queue_run(queue, write_run, &job, NULL), SHIRE_OK);
        grew_at = log_bytes() > bytes ? count : grew_at;
        bytes = log_bytes();
    }
    shire_store_queue_close(queue);
    assert_int_equal(log_bytes(), 0);
    assert_int_equal(count_runs(), count);
}

/* In a child, for the limit is the process's. Exit status 0 when all was as it should be. */
static int meet_a_full_disk(void) {
    struct rlimit limit = {300000, RLIM_INFINITY};
    work small = {.number = 1};
    work large = {.number = 2, .text_bytes = 1000000};
    shire_error error = {0};
    signal(SIGXFSZ, SIG_IGN);
    shire_store_queue *queue = open_queue((shire_store_queue_options){0});
    if (shire_store_queue_run(queue, write_run, &small, &error) != SHIRE_OK) {
        return 2;
    }
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        shire_store_queue_run(queue, write_run, &large, &error) != SHIRE_IO_FAILED) {
        return 3;
    }
    if (strlen(error.message) < 20 || count_runs() != 1) {
        return 4; /* no sentence, or reads do not go on */
    }
    limit.rlim_cur = RLIM_INFINITY;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        shire_store_queue_run(queue, write_run, &large, &error) != SHIRE_OK) {
        return 5;
    }
    shire_store_queue_close(queue);
    return 0;
}

static void a_full_disk_is_told_and_writing_resumes(void **state) {
    (void)state;
    int result = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(meet_a_full_disk());
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    assert_int_equal(count_runs(), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

#define TESTS_OF_BOTH                                                                              \
    TEST(what_is_told_as_done_others_can_read), TEST(a_failing_job_is_undone_alone),               \
        TEST(jobs_that_wait_share_a_transaction_and_a_full_queue_says_so),                         \
        TEST(many_threads_lose_nothing), TEST(a_seal_sees_its_batch_and_the_end)

int main(void) {
    const struct CMUnitTest of_files[] = {TESTS_OF_BOTH,
                                          TEST(the_log_begins_anew_while_writing_goes_on),
                                          TEST(a_full_disk_is_told_and_writing_resumes)};
    const struct CMUnitTest of_servers[] = {TESTS_OF_BOTH};
    return store_is_postgres() ? cmocka_run_group_tests(of_servers, NULL, NULL)
                               : cmocka_run_group_tests(of_files, NULL, NULL);
}
