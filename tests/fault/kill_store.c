/*
 * The process is killed at a random moment while threads write and are told that it is done; then
 * the store is opened again. Nothing that was told may be missing, nothing may be there by half,
 * and the audit log must hold. SHIRE_KILL_TRIALS says how often (30). Every other trial counts its
 * moment from the first answer, so that there are answers to lose however busy the machine is.
 *
 * Each job writes a row of its own and its audit entry; once the queue tells that it is durable,
 * its number goes to a file, as an answer goes to a user. The file survives the process.
 *
 * For tests that kill a server instead: `write STORE FILE` goes on writing, over failures too,
 * until it is killed, and `check STORE FILE` checks once.
 */
#include "audit/audit_service.h"
#include "core/random.h"
#include "io/store_queue.h"
#include "unit/store_place.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define TRIALS_DEFAULT 30
#define TRIALS_A_STORE 25 /* then an empty one, so that checking stays quick */
#define THREADS 4
#define KILL_MICROSECONDS_MAX 60000

static const uint8_t seed[SHIRE_KEY_SEED_BYTES] = {9};
static store_place place;
static shire_audit_sealer sealer;
static int answers;  /* the file */
static bool goes_on; /* after a failure */

typedef struct writer {
    shire_store_queue *queue;
    int64_t first;
} writer;

typedef struct change {
    int64_t number;
} change;

static shire_status write_change(shire_store *store, void *context, shire_error *error) {
    const change *mine = context;
    char number[24];
    shire_store_statement *insert = NULL;
    snprintf(number, sizeof number, "%lld", (long long)mine->number);
    shire_status status = shire_store_prepare(
        store,
        "INSERT INTO index_run (run_no, finished, state, record_count, person_count) VALUES ($1, "
        "'then', 'state', 0, 0)",
        &insert, error);
    if (status == SHIRE_OK) {
        shire_store_bind_int64(insert, 1, mine->number);
        status = shire_store_run(insert, error);
    }
    shire_store_finalize(insert);
    const shire_audit_entry entry = {.kind = "decision", .actor = "a test", .subject = number};
    return status == SHIRE_OK ? shire_audit_append(store, &entry, error) : status;
}

static void *write_for_ever(void *context) {
    const writer *mine = context;
    shire_error error;
    for (int64_t number = mine->first;; number++) {
        change job = {number};
        if (shire_store_queue_run(mine->queue, write_change, &job, &error) != SHIRE_OK) {
            if (!goes_on) {
                fprintf(stderr, "%s\n", error.message);
                _exit(2);
            }
            fprintf(stderr, "%s\n", error.message);
            usleep(20000); /* it may be done or not, so its number is not used again */
        } else if (write(answers, &number, sizeof number) != sizeof number) {
            _exit(2);
        }
    }
    return NULL;
}

/* Never returns. */
static void write_until_killed(const char *where, int trial) {
    pthread_t threads[THREADS];
    writer writers[THREADS];
    shire_store_queue *queue = NULL;
    const shire_store_queue_options options = {
        .where = where, .seal = shire_audit_seal, .seal_context = &sealer};
    if (shire_store_queue_open(&options, &queue, NULL) != SHIRE_OK) {
        _exit(3);
    }
    for (int i = 0; i < THREADS; i++) {
        writers[i] = (writer){queue, ((int64_t)trial * THREADS + i) * 1000000 + 1};
        if (pthread_create(&threads[i], NULL, write_for_ever, &writers[i]) != 0) {
            _exit(4);
        }
    }
    pause();
    _exit(5);
}

static void check_answers(shire_store *store, off_t *checked) {
    int64_t number = 0;
    shire_store_statement *select = NULL;
    assert_int_equal(
        shire_store_prepare(store, "SELECT run_no FROM index_run WHERE run_no = $1", &select, NULL),
        SHIRE_OK);
    while (pread(answers, &number, sizeof number, *checked) == sizeof number) {
        bool has_row = false;
        shire_store_bind_int64(select, 1, number);
        assert_int_equal(shire_store_step(select, &has_row, NULL), SHIRE_OK);
        if (!has_row) {
            fail_msg("what was told as done is missing: %lld", (long long)number);
        }
        shire_store_reset(select);
        *checked += (off_t)sizeof number;
    }
    shire_store_finalize(select);
}

static void check_store(const char *where, off_t *checked) {
    int64_t lonely = -1;
    shire_store *store = NULL;
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    shire_audit_verdict *verdict = shire_arena_alloc(arena, sizeof *verdict);
    assert_non_null(verdict);
    assert_int_equal(shire_store_open(where, SHIRE_STORE_WRITE, &store, NULL), SHIRE_OK);
    check_answers(store, checked);
    assert_int_equal(
        shire_store_query_int64(store,
                                "SELECT (SELECT count(*) FROM index_run) - (SELECT count(*) FROM "
                                "audit_entry e JOIN index_run r ON CAST(r.run_no AS TEXT) = "
                                "e.subject) + (SELECT count(*) FROM audit_entry) - (SELECT "
                                "count(*) FROM index_run)",
                                &lonely, NULL),
        SHIRE_OK);
    assert_int_equal(lonely, 0); /* an entry for each row, a row for each entry */
    assert_int_equal(
        shire_audit_verify(store, &sealer.signer.verifier, NULL, 0, arena, verdict, NULL),
        SHIRE_OK);
    assert_int_equal(verdict->problem_count, 0);
    shire_store_close(store);
    shire_arena_free(arena);
}

static void make_answers(void) {
    char path[96];
    snprintf(path, sizeof path, "%s/answers", place.dir);
    (void)unlink(path);
    answers = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(answers >= 0);
}

static void set_signer(void) {
    assert_int_equal(shire_audit_signer_set(&sealer.signer, shire_span_of("kill.example/audit"),
                                            SHIRE_AUDIT_KEY_LOG, seed, NULL),
                     SHIRE_OK);
}

static void wait_for_an_answer(pid_t child, off_t from) {
    struct stat facts;
    siginfo_t end = {0};
    while (fstat(answers, &facts) == 0 && facts.st_size == from &&
           waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0) {
        usleep(500);
    }
}

static void nothing_that_was_told_is_lost_by_a_kill(void **state) {
    (void)state;
    const char *wanted = getenv("SHIRE_KILL_TRIALS");
    int trials = wanted == NULL ? TRIALS_DEFAULT : (int)strtol(wanted, NULL, 10);
    shire_random random = shire_random_seed((uint64_t)getpid(), (uint64_t)time(NULL));
    off_t checked = 0;
    long long told = 0;
    store_place_make(&place);
    make_answers();
    set_signer();
    for (int trial = 0; trial < trials; trial++) {
        int result = 0;
        if (trial % TRIALS_A_STORE == 0) {
            store_place_empty(&place);
            close(answers);
            make_answers();
            told += checked;
            checked = 0;
        }
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            write_until_killed(place.where, trial);
        }
        if (trial % 2 == 1) {
            wait_for_an_answer(child, checked);
        }
        usleep((useconds_t)shire_random_below(&random, KILL_MICROSECONDS_MAX));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &result, 0), child);
        assert_true(WIFSIGNALED(result));
        check_store(place.where, &checked);
    }
    told += checked;
    printf("# %d kills, %lld changes told as done, none lost\n", trials,
           told / (long long)sizeof(int64_t));
    assert_true(told > 0);
    close(answers);
    store_place_remove(&place);
}

static const char *checked_place;

static void what_was_told_is_there(void **state) {
    (void)state;
    off_t checked = 0;
    set_signer();
    check_store(checked_place, &checked);
    assert_true(checked > 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_that_was_told_is_lost_by_a_kill)};
    const struct CMUnitTest check[] = {cmocka_unit_test(what_was_told_is_there)};
    if (argc != 4) {
        return cmocka_run_group_tests(tests, NULL, NULL);
    }
    checked_place = argv[2];
    answers = open(argv[3], O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (answers >= 0 && strcmp(argv[1], "write") == 0) {
        goes_on = true;
        set_signer();
        write_until_killed(argv[2], 0);
    }
    return answers < 0 ? 1 : cmocka_run_group_tests(check, NULL, NULL);
}
