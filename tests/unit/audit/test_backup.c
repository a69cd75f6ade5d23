/* Backups: what is restored is what was there, also into the other kind of store; what is cut off,
 * changed, tampered with or signed by another key is refused, and the store stays as it was. */
#include "audit/audit_service.h"
#include "audit/backup_service.h"
#include "core/random.h"
#include "io/store_copy.h"
#include "io/store_queue.h"
#include "unit/store_place.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#define ENTRIES 30

typedef struct scene {
    store_place place;
    store_place other; /* empty, with the same key */
    shire_partnership partnership;
    shire_partnership elsewhere;
    char path[96]; /* of the backup */
    shire_arena *arena;
    shire_backup_summary summary;
    shire_error error;
} scene;

static scene of;

static void assert_done(shire_status status) {
    if (status != SHIRE_OK) {
        fail_msg("%s", of.error.message);
    }
}

static void assert_status(shire_status expected, shire_status status) {
    if (status != expected) {
        fail_msg("%s instead of %s: %s", shire_status_name(status), shire_status_name(expected),
                 status == SHIRE_OK ? "" : of.error.message);
    }
}

static shire_store *open_store(const char *where) {
    shire_store *store = NULL;
    assert_done(shire_store_open(where, SHIRE_STORE_WRITE, &store, &of.error));
    return store;
}

static void make_state_dir(const store_place *place) {
    char path[96];
    snprintf(path, sizeof path, "%s/.shire", place->dir);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void copy_key(void) {
    shire_span key = {0};
    char path[96];
    snprintf(path, sizeof path, "%s/.shire/audit.key", of.place.dir);
    assert_done(shire_file_read(path, 1000, of.arena, &key, &of.error));
    snprintf(path, sizeof path, "%s/.shire/audit.key", of.other.dir);
    assert_done(shire_file_replace_private(path, key, &of.error));
}

/* Persons whose references point forward and at each other, nulls, empty and odd texts; a log. */
static void fill_store(void) {
    shire_store *store = open_store(of.place.where);
    assert_done(shire_store_begin_filling(store, &of.error));
    assert_done(shire_store_execute(
        store,
        "INSERT INTO index_person VALUES ('A', 1, 2, 'Z'), ('Z', 1, NULL, NULL);"
        "INSERT INTO index_run VALUES (1, 'then', 'one', 9223372036854775807, 0), (2, '', 'two', "
        "-1, 0);"
        "INSERT INTO index_member VALUES ('C', '', 'x''y', 'Z'), ('C', ' ', 'line\nend', 'Z'), "
        "('c', '\xC3\xA9', '\xF0\x9F\x99\x82', 'A')",
        &of.error));
    for (int i = 0; i < ENTRIES; i++) {
        const shire_audit_entry entry = {.kind = "read", .actor = "me", .subject = "Z"};
        assert_done(shire_audit_append(store, &entry, &of.error));
    }
    assert_done(shire_audit_sign_all(&of.partnership, store, &of.error));
    assert_done(shire_store_commit(store, &of.error));
    shire_store_close(store);
}

static int open_scene(void **state) {
    (void)state;
    memset(&of, 0, sizeof of);
    store_place_make(&of.place);
    store_place_make(&of.other);
    make_state_dir(&of.place);
    make_state_dir(&of.other);
    assert_done(shire_arena_new("test", 0, &of.arena, &of.error));
    of.partnership =
        (shire_partnership){.dir = of.place.dir, .name = "Test", .store = of.place.where};
    of.elsewhere =
        (shire_partnership){.dir = of.other.dir, .name = "Test", .store = of.other.where};
    snprintf(of.path, sizeof of.path, "%s/backup", of.place.dir);
    fill_store();
    copy_key();
    return 0;
}

static int close_scene(void **state) {
    (void)state;
    store_place_remove(&of.place);
    store_place_remove(&of.other);
    shire_arena_free(of.arena);
    return 0;
}

static void back_up(void) {
    assert_done(shire_backup_write(&of.partnership, of.path, of.arena, &of.summary, &of.error));
}

static shire_status restore(const shire_partnership *to, bool may_overwrite) {
    return shire_backup_restore(to, of.path, may_overwrite, of.arena, &of.summary, &of.error);
}

/* All tables but the audit log, which also says that it was restored. */
static void assert_same(const char *first, const char *second) {
    const char *const places[] = {first, second};
    static shire_store_tables tables;
    static shire_store_digest digests[2][SHIRE_STORE_TABLES_MAX];
    assert_done(shire_store_tables_list(of.arena, &tables, &of.error));
    assert_true(tables.count >= 8);
    for (int i = 0; i < 2; i++) {
        shire_store *store = open_store(places[i]);
        assert_done(shire_store_copy(store, NULL, &tables, digests[i], &of.error));
        shire_store_close(store);
    }
    for (size_t i = 0; i < tables.count; i++) {
        if (strncmp(tables.items[i].name, "audit_", 6) != 0) {
            assert_int_equal(digests[0][i].row_count, digests[1][i].row_count);
            assert_string_equal(digests[0][i].hash, digests[1][i].hash);
        }
    }
}

static void assert_log_holds(const shire_partnership *partnership, uint64_t entry_count) {
    shire_audit_signer signer;
    shire_audit_verdict *verdict = shire_arena_alloc(of.arena, sizeof *verdict);
    assert_non_null(verdict);
    shire_store *store = open_store(partnership->store);
    assert_done(shire_audit_open_key(partnership, store, of.arena, &signer, &of.error));
    assert_done(shire_audit_verify(store, &signer.verifier, NULL, 0, of.arena, verdict, &of.error));
    shire_store_close(store);
    assert_int_equal(verdict->problem_count, 0);
    assert_int_equal(verdict->entry_count, entry_count);
    assert_int_equal(verdict->signed_count, entry_count);
}

static void what_is_restored_is_what_was_there(void **state) {
    (void)state;
    struct stat facts;
    back_up();
    assert_int_equal(stat(of.path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(of.summary.entry_count, ENTRIES + 1);
    assert_int_equal(of.summary.signed_count, ENTRIES + 1);
    assert_done(restore(&of.elsewhere, false));
    assert_true(of.summary.has_key);
    assert_same(of.place.where, of.other.where);
    assert_log_holds(&of.elsewhere, ENTRIES + 2);
}

static void a_backup_of_one_kind_of_store_goes_into_the_other(void **state) {
    (void)state;
    char path[96];
    snprintf(path, sizeof path, "%s/.shire/moved.db", of.other.dir);
    of.elsewhere.store = path;
    back_up();
    assert_done(restore(&of.elsewhere, false));
    assert_same(of.place.where, path);
    /* And back, over what is there. */
    assert_int_equal(unlink(of.path), 0);
    assert_done(shire_backup_write(&of.elsewhere, of.path, of.arena, &of.summary, &of.error));
    assert_done(restore(&of.partnership, true));
    assert_same(of.place.where, path);
    assert_log_holds(&of.partnership, ENTRIES + 4);
}

static void what_is_there_is_not_written_over_unasked(void **state) {
    (void)state;
    back_up();
    assert_status(SHIRE_INVALID,
                  shire_backup_write(&of.partnership, of.path, of.arena, &of.summary, &of.error));
    assert_status(SHIRE_INVALID, restore(&of.partnership, false));
    assert_non_null(strstr(of.error.message, "--force"));
    assert_log_holds(&of.partnership, ENTRIES + 1);
    assert_done(restore(&of.partnership, true));
    assert_log_holds(&of.partnership, ENTRIES + 2);
}

static void write_at(const char *path, off_t at, unsigned char byte) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(file >= 0 && pwrite(file, &byte, 1, at) == 1 && close(file) == 0);
}

static void a_backup_that_is_cut_off_or_changed_is_refused(void **state) {
    (void)state;
    bool exists = true;
    shire_span good = {0};
    shire_random random = shire_random_seed(31, 7);
    back_up();
    assert_done(shire_file_read(of.path, 1 << 24, of.arena, &good, &of.error));
    for (int trial = 0; trial < 60; trial++) {
        off_t at = (off_t)shire_random_below(&random, good.length);
        at = trial < 20 ? (off_t)good.length - 1 - trial * 4 : at; /* the last line too */
        assert_done(shire_file_replace(of.path, good, &of.error));
        if (trial % 2 == 0) {
            assert_int_equal(truncate(of.path, at), 0);
        } else {
            write_at(of.path, at, (unsigned char)good.bytes[at] ^ 1);
        }
        assert_status(SHIRE_INVALID, restore(&of.elsewhere, false));
    }
    assert_done(shire_store_exists(of.other.where, &exists, &of.error));
    assert_false(exists);
    assert_done(shire_file_replace(of.path, good, &of.error));
    assert_done(restore(&of.elsewhere, false));
}

static void a_log_that_was_tampered_with_is_not_restored(void **state) {
    (void)state;
    bool exists = true;
    shire_store *store = open_store(of.place.where);
    assert_done(shire_store_execute(
        store, "UPDATE audit_entry SET actor = 'you' WHERE entry_no = 7", &of.error));
    shire_store_close(store);
    back_up();
    assert_status(SHIRE_UNRECONCILED, restore(&of.elsewhere, false));
    assert_non_null(strstr(of.error.message, "entry 7 was changed"));
    assert_done(shire_store_exists(of.other.where, &exists, &of.error));
    assert_false(exists);
}

static void a_log_of_another_key_is_not_restored(void **state) {
    (void)state;
    char path[96];
    snprintf(path, sizeof path, "%s/.shire/audit.key", of.other.dir);
    back_up();
    assert_int_equal(unlink(path), 0);
    shire_audit_signer signer;
    shire_store *empty = open_store(":memory:");
    assert_done(shire_audit_open_key(&of.elsewhere, empty, of.arena, &signer, &of.error));
    shire_store_close(empty);
    assert_status(SHIRE_UNRECONCILED, restore(&of.elsewhere, false));
    assert_non_null(strstr(of.error.message, "another key"));
    assert_int_equal(unlink(path), 0); /* without any, the key can follow later */
    assert_done(restore(&of.elsewhere, false));
    assert_false(of.summary.has_key);
}

static void nobody_signs_a_log_that_another_key_signed(void **state) {
    (void)state;
    char path[96];
    shire_audit_signer signer;
    const shire_audit_entry entry = {.kind = "read", .actor = "me"};
    shire_partnership stranger = of.elsewhere;
    snprintf(path, sizeof path, "%s/.shire/audit.key", of.other.dir);
    assert_int_equal(unlink(path), 0);
    shire_store *empty = open_store(":memory:");
    assert_done(shire_audit_open_signer(&stranger, empty, of.arena, &signer, &of.error));
    shire_store_close(empty);
    shire_store *store = open_store(of.place.where);
    assert_status(SHIRE_INVALID,
                  shire_audit_open_signer(&stranger, store, of.arena, &signer, &of.error));
    assert_non_null(strstr(of.error.message, "a store of its own"));
    assert_done(shire_store_begin(store, &of.error));
    assert_status(SHIRE_INVALID, shire_audit_write(&stranger, store, &entry, &of.error));
    shire_store_rollback(store);
    assert_done(shire_store_begin(store, &of.error));
    assert_done(shire_audit_write(&of.partnership, store, &entry, &of.error));
    assert_done(shire_store_commit(store, &of.error));
    shire_store_close(store);
}

static void a_store_in_use_is_not_written_over(void **state) {
    (void)state;
    int64_t count = 0;
    back_up();
    shire_store *server = open_store(of.place.where);
    assert_done(
        shire_store_query_int64(server, "SELECT count(*) FROM index_run", &count, &of.error));
    assert_status(SHIRE_BUSY, restore(&of.partnership, true));
    assert_non_null(strstr(of.error.message, "stop the server"));
    shire_store_close(server);
    assert_log_holds(&of.partnership, ENTRIES + 1);
    assert_done(restore(&of.partnership, true));
}

/* ---- under load ---- */

typedef struct load {
    shire_store_queue *queue;
    bool is_over;
    pthread_mutex_t mutex;
} load;

static shire_status write_pair(shire_store *store, void *context, shire_error *error) {
    (void)context;
    const shire_audit_entry entry = {.kind = "decision", .actor = "load"};
    shire_status status = shire_store_execute(
        store, "INSERT INTO index_run SELECT max(run_no) + 1, 'load', 'state', 0, 0 FROM index_run",
        error);
    return status == SHIRE_OK ? shire_audit_append(store, &entry, error) : status;
}

static void *write_on(void *context) {
    load *mine = context;
    bool is_over = false;
    while (!is_over) {
        assert_int_equal(shire_store_queue_run(mine->queue, write_pair, NULL, NULL), SHIRE_OK);
        pthread_mutex_lock(&mine->mutex);
        is_over = mine->is_over;
        pthread_mutex_unlock(&mine->mutex);
    }
    return NULL;
}

static void a_backup_under_load_holds_one_moment(void **state) {
    (void)state;
    pthread_t thread;
    load mine = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    int64_t rows = -1;
    int64_t entries = -2;
    const shire_store_queue_options options = {.where = of.place.where};
    assert_done(shire_store_queue_open(&options, &mine.queue, &of.error));
    for (int i = 0; i < 50; i++) {
        assert_done(shire_store_queue_run(mine.queue, write_pair, NULL, &of.error));
    }
    assert_int_equal(pthread_create(&thread, NULL, write_on, &mine), 0);
    back_up();
    pthread_mutex_lock(&mine.mutex);
    mine.is_over = true;
    pthread_mutex_unlock(&mine.mutex);
    pthread_join(thread, NULL);
    shire_store_queue_close(mine.queue);
    assert_done(restore(&of.elsewhere, false));
    shire_store *store = open_store(of.other.where);
    assert_done(shire_store_query_int64(
        store, "SELECT count(*) FROM index_run WHERE finished = 'load'", &rows, &of.error));
    assert_done(shire_store_query_int64(
        store, "SELECT count(*) FROM audit_entry WHERE actor = 'load'", &entries, &of.error));
    shire_store_close(store);
    assert_true(rows >= 50);
    assert_int_equal(rows, entries);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

#define TESTS_OF_BOTH                                                                              \
    TEST(what_is_restored_is_what_was_there),                                                      \
        TEST(a_backup_of_one_kind_of_store_goes_into_the_other),                                   \
        TEST(what_is_there_is_not_written_over_unasked),                                           \
        TEST(a_backup_that_is_cut_off_or_changed_is_refused),                                      \
        TEST(a_log_that_was_tampered_with_is_not_restored),                                        \
        TEST(a_log_of_another_key_is_not_restored),                                                \
        TEST(nobody_signs_a_log_that_another_key_signed),                                          \
        TEST(a_backup_under_load_holds_one_moment)

int main(void) {
    const struct CMUnitTest of_files[] = {TESTS_OF_BOTH, TEST(a_store_in_use_is_not_written_over)};
    const struct CMUnitTest of_servers[] = {TESTS_OF_BOTH};
    return store_is_postgres() ? cmocka_run_group_tests(of_servers, NULL, NULL)
                               : cmocka_run_group_tests(of_files, NULL, NULL);
}
