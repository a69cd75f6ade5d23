/* The log under attack: sixty trials of each way to tamper with it, every one found. Cutting off
 * the end and a rewrite by the holder of the key need a checkpoint that somebody else kept, which
 * is shown too. */
#include "audit/audit_key.h"
#include "audit/audit_service.h"

#include "core/random.h"
#include "unit/store_place.h"

#include <sys/stat.h>
#include <time.h>

#define TRIALS 60
#define ENTRIES 40
#define SIGNED_EVERY 10

static const uint8_t seed[SHIRE_KEY_SEED_BYTES] = {5};

typedef struct scene {
    store_place place;
    shire_store *store;
    shire_audit_signer signer;
    shire_arena *arena;
    shire_audit_checkpoint kept; /* by a witness, over the first `kept.size` entries */
} scene;

static void append_entry(shire_store *store, int number, const char *detail) {
    char subject[32];
    snprintf(subject, sizeof subject, "P%04d", number % 7);
    shire_audit_entry entry = {.time = 1700000000 + number,
                               .kind = "read",
                               .actor = "nurse.one",
                               .organisation = "RLQ",
                               .purpose = "direct care",
                               .subject = subject,
                               .detail = detail};
    assert_int_equal(shire_audit_append(store, &entry, NULL), SHIRE_OK);
}

/* A log of ENTRIES, signed every SIGNED_EVERY; entry `odd` says something else. */
static void write_log(const scene *of, int odd) {
    shire_store *store = of->store;
    assert_int_equal(shire_store_begin(store, NULL), SHIRE_OK);
    assert_int_equal(
        shire_store_execute(store, "DELETE FROM audit_entry; DELETE FROM audit_checkpoint", NULL),
        SHIRE_OK);
    for (int number = 0; number < ENTRIES; number++) {
        char detail[32];
        snprintf(detail, sizeof detail, number == odd ? "nothing" : "page %d", number);
        append_entry(store, number, detail);
        if ((number + 1) % SIGNED_EVERY == 0) {
            assert_int_equal(shire_audit_sign(store, &of->signer, NULL), SHIRE_OK);
        }
    }
    assert_int_equal(shire_store_commit(store, NULL), SHIRE_OK);
}

static uint64_t problems(const scene *of, bool has_witness, shire_audit_verdict *verdict_out) {
    shire_audit_verdict verdict = {0};
    assert_int_equal(shire_audit_verify(of->store, &of->signer.verifier, &of->kept,
                                        has_witness ? 1 : 0, of->arena, &verdict, NULL),
                     SHIRE_OK);
    if (verdict_out != NULL) {
        *verdict_out = verdict;
    }
    return verdict.problem_count;
}

static void keep_checkpoint(scene *of) {
    shire_span note = {0};
    assert_int_equal(shire_audit_last_checkpoint(of->store, of->arena, &note, NULL), SHIRE_OK);
    assert_int_equal(shire_audit_checkpoint_parse(note, &of->kept, NULL), SHIRE_OK);
    assert_int_equal(of->kept.size, ENTRIES);
}

static int open_scene(void **state) {
    scene *of = calloc(1, sizeof *of);
    assert_non_null(of);
    store_place_make(&of->place);
    assert_int_equal(shire_store_open(of->place.where, SHIRE_STORE_WRITE, &of->store, NULL),
                     SHIRE_OK);
    assert_int_equal(shire_arena_new("test", 0, &of->arena, NULL), SHIRE_OK);
    assert_int_equal(shire_audit_signer_set(&of->signer, shire_span_of("shire.example/audit"),
                                            SHIRE_AUDIT_KEY_LOG, seed, NULL),
                     SHIRE_OK);
    write_log(of, -1);
    keep_checkpoint(of);
    *state = of;
    return 0;
}

static int close_scene(void **state) {
    scene *of = *state;
    shire_store_close(of->store);
    store_place_remove(&of->place);
    shire_arena_free(of->arena);
    free(of);
    return 0;
}

static void execute(const scene *of, const char *sql) {
    shire_error error = {0};
    if (shire_store_execute(of->store, sql, &error) != SHIRE_OK) {
        fail_msg("%s: %s", sql, error.message);
    }
}

/* Tamper by SQL TRIALS times, each on a fresh copy of the log; gives how often it was found. */
typedef void (*tamper_function)(shire_random *random, char *sql, size_t length);

static int count_found(const scene *of, tamper_function tamper) {
    int found = 0;
    shire_random random = shire_random_seed(20261121, 1);
    write_log(of, -1);
    execute(of, "DROP TABLE IF EXISTS good_entry; DROP TABLE IF EXISTS good_checkpoint;"
                "CREATE TABLE good_entry AS SELECT * FROM audit_entry;"
                "CREATE TABLE good_checkpoint AS SELECT * FROM audit_checkpoint");
    for (int trial = 0; trial < TRIALS; trial++) {
        char sql[512];
        execute(of, "BEGIN; DELETE FROM audit_entry; DELETE FROM audit_checkpoint;"
                    "INSERT INTO audit_entry SELECT * FROM good_entry;"
                    "INSERT INTO audit_checkpoint SELECT * FROM good_checkpoint; COMMIT");
        tamper(&random, sql, sizeof sql);
        execute(of, sql);
        found += problems(of, false, NULL) > 0;
    }
    return found;
}

static void edit(shire_random *random, char *sql, size_t length) {
    static const char *const columns[] = {"at",      "kind",   "actor", "organisation", "purpose",
                                          "subject", "detail", "salt",  "leaf"};
    snprintf(sql, length, "UPDATE audit_entry SET %s = %s || 'x' WHERE entry_no = %d",
             columns[shire_random_below(random, 9)], columns[shire_random_below(random, 9)],
             (int)shire_random_below(random, ENTRIES));
}

static void delete_entry(shire_random *random, char *sql, size_t length) {
    int entry = (int)shire_random_below(random, ENTRIES);
    if (shire_random_chance(random, 1, 2)) {
        snprintf(sql, length, "DELETE FROM audit_entry WHERE entry_no = %d", entry);
    } else { /* and close the gap */
        snprintf(sql, length,
                 "DELETE FROM audit_entry WHERE entry_no = %d; UPDATE audit_entry SET entry_no = "
                 "-1 - entry_no WHERE entry_no > %d; UPDATE audit_entry SET entry_no = -2 - "
                 "entry_no WHERE entry_no < 0",
                 entry, entry);
    }
}

static void swap(shire_random *random, char *sql, size_t length) {
    int a = (int)shire_random_below(random, ENTRIES);
    int b = (a + 1 + (int)shire_random_below(random, ENTRIES - 1)) % ENTRIES;
    snprintf(sql, length,
             "UPDATE audit_entry SET entry_no = -1 WHERE entry_no = %d; UPDATE audit_entry SET "
             "entry_no = %d WHERE entry_no = %d; UPDATE audit_entry SET entry_no = %d WHERE "
             "entry_no = -1",
             a, a, b, b);
}

static void insert(shire_random *random, char *sql, size_t length) {
    int at = (int)shire_random_below(random, ENTRIES);
    int like = (int)shire_random_below(random, ENTRIES);
    snprintf(sql, length,
             "UPDATE audit_entry SET entry_no = -1 - entry_no WHERE entry_no >= %d; UPDATE "
             "audit_entry SET entry_no = -entry_no WHERE entry_no < 0; INSERT INTO audit_entry "
             "SELECT %d, at, kind, actor, organisation, purpose, subject, detail, salt, leaf FROM "
             "audit_entry WHERE entry_no = %d",
             at, at, like >= at ? like + 1 : like);
}

static void truncate_only(shire_random *random, char *sql, size_t length) {
    snprintf(sql, length, "DELETE FROM audit_entry WHERE entry_no >= %d",
             1 + (int)shire_random_below(random, ENTRIES - 1));
}

static void empty_without_a_word(shire_random *random, char *sql, size_t length) {
    snprintf(sql, length,
             "UPDATE audit_entry SET kind = '', actor = '', organisation = '', purpose = '', "
             "subject = '', detail = '', salt = NULL WHERE entry_no = %d",
             (int)shire_random_below(random, ENTRIES));
}

/* Of one of the checkpoints: a letter of its note or of its edge, its size, or all of it. */
static void edit_checkpoint(shire_random *random, char *sql, size_t length) {
    static const char *const what[] = {
        "UPDATE audit_checkpoint SET note = replace(note, substr(note, 40, 1), '~')",
        "UPDATE audit_checkpoint SET edge = CASE substr(edge, 1, 1) WHEN 'A' THEN 'B' ELSE 'A' END "
        "|| substr(edge, 2)",
        "UPDATE audit_checkpoint SET size = size + 1"};
    snprintf(sql, length, "%s WHERE size = %d", what[shire_random_below(random, 3)],
             (int)(1 + shire_random_below(random, ENTRIES / SIGNED_EVERY)) * SIGNED_EVERY);
}

static void delete_checkpoints(shire_random *random, char *sql, size_t length) {
    (void)random;
    snprintf(sql, length, "DELETE FROM audit_checkpoint");
}

static void a_log_as_it_was_written_has_no_problem(void **state) {
    const scene *of = *state;
    shire_audit_verdict verdict;
    write_log(of, -1);
    assert_int_equal(problems(of, false, &verdict), 0);
    assert_int_equal(verdict.entry_count, ENTRIES);
    assert_int_equal(verdict.signed_count, ENTRIES);
    assert_int_equal(verdict.checkpoint_count, ENTRIES / SIGNED_EVERY);
    assert_int_equal(verdict.erased_count, 0);
}

static void every_tampering_in_the_store_is_found(void **state) {
    const scene *of = *state;
    assert_int_equal(count_found(of, edit), TRIALS);
    assert_int_equal(count_found(of, delete_entry), TRIALS);
    assert_int_equal(count_found(of, swap), TRIALS);
    assert_int_equal(count_found(of, insert), TRIALS);
    assert_int_equal(count_found(of, truncate_only), TRIALS);
    assert_int_equal(count_found(of, empty_without_a_word), TRIALS);
    assert_int_equal(count_found(of, edit_checkpoint), TRIALS);
    assert_int_equal(count_found(of, delete_checkpoints), TRIALS);
}

static void append_entries(const scene *of, int first, int count) {
    assert_int_equal(shire_store_begin(of->store, NULL), SHIRE_OK);
    for (int i = 0; i < count; i++) {
        append_entry(of->store, first + i, "page");
    }
    assert_int_equal(shire_store_commit(of->store, NULL), SHIRE_OK);
}

static void an_end_without_checkpoints_is_found_when_it_is_long(void **state) {
    const scene *of = *state;
    write_log(of, -1);
    append_entries(of, ENTRIES, SHIRE_AUDIT_SEAL_ENTRIES - 1);
    assert_int_equal(problems(of, false, NULL), 0);
    append_entries(of, ENTRIES + SHIRE_AUDIT_SEAL_ENTRIES - 1, 1);
    assert_int_equal(problems(of, false, NULL), 1);
}

/* The key holder removes the end, its checkpoints too, and signs what is left. */
static void an_end_cut_off_and_signed_anew_is_found_by_who_kept_a_checkpoint(void **state) {
    scene *of = *state;
    shire_random random = shire_random_seed(7, 7);
    for (int trial = 0; trial < TRIALS; trial++) {
        char sql[200];
        int left = 1 + (int)shire_random_below(&random, ENTRIES - 1);
        write_log(of, -1);
        keep_checkpoint(of);
        snprintf(sql, sizeof sql,
                 "DELETE FROM audit_entry WHERE entry_no >= %d; DELETE FROM audit_checkpoint WHERE "
                 "size > %d",
                 left, left);
        execute(of, sql);
        assert_int_equal(shire_audit_sign(of->store, &of->signer, NULL), SHIRE_OK);
        assert_int_equal(problems(of, false, NULL), 0); /* alone, nobody could tell */
        assert_true(problems(of, true, NULL) > 0);
    }
}

/* The key holder writes the whole log again, one entry changed, all leaves and signatures right. */
static void a_rewrite_by_the_key_holder_is_found_by_who_kept_a_checkpoint(void **state) {
    scene *of = *state;
    shire_random random = shire_random_seed(8, 8);
    for (int trial = 0; trial < TRIALS; trial++) {
        write_log(of, -1);
        keep_checkpoint(of);
        write_log(of, (int)shire_random_below(&random, ENTRIES));
        assert_int_equal(problems(of, false, NULL), 0);
        assert_true(problems(of, true, NULL) > 0);
    }
}

static void an_erased_entry_keeps_every_proof(void **state) {
    const scene *of = *state;
    shire_audit_verdict verdict;
    write_log(of, -1);
    assert_int_equal(shire_store_begin(of->store, NULL), SHIRE_OK);
    assert_int_equal(shire_audit_erase(of->store, 12, "privacy.officer", "request 17", NULL),
                     SHIRE_OK);
    assert_int_equal(shire_store_commit(of->store, NULL), SHIRE_OK);
    shire_error error = {0};
    assert_int_equal(shire_audit_erase(of->store, 1000, "x", "y", &error), SHIRE_NOT_FOUND);
    assert_int_equal(problems(of, false, &verdict), 0);
    assert_int_equal(verdict.erased_count, 1);
    assert_int_equal(verdict.entry_count, ENTRIES + 1);
    assert_int_equal(verdict.signed_count, ENTRIES);
}

static void a_later_tree_is_proved_to_have_grown_from_an_older(void **state) {
    const scene *of = *state;
    shire_audit_proof proof;
    write_log(of, -1);
    assert_int_equal(shire_audit_prove(of->store, 10, ENTRIES, of->arena, &proof, NULL), SHIRE_OK);
    assert_true(proof.count > 0);
    assert_int_equal(shire_audit_prove(of->store, 10, ENTRIES + 1, of->arena, &proof, NULL),
                     SHIRE_NOT_FOUND);
}

static int64_t count_signed(const scene *of) {
    int64_t size = -1;
    assert_int_equal(
        shire_store_query_int64(of->store, "SELECT max(size) FROM audit_checkpoint", &size, NULL),
        SHIRE_OK);
    return size;
}

static void append_and_seal(const scene *of, int count, bool is_quiet, shire_audit_sealer *sealer) {
    assert_int_equal(shire_store_begin(of->store, NULL), SHIRE_OK);
    for (int i = 0; i < count; i++) {
        append_entry(of->store, i, "sealed");
    }
    assert_int_equal(shire_audit_seal(of->store, is_quiet, sealer, NULL), SHIRE_OK);
    assert_int_equal(shire_store_commit(of->store, NULL), SHIRE_OK);
}

/* Not for each entry, but when many wait, when the last signature is old, and when all is quiet. */
static void a_writer_that_never_ends_signs_when_it_is_due(void **state) {
    const scene *of = *state;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    shire_audit_sealer sealer = {.signer = of->signer, .signed_at = now.tv_sec};
    write_log(of, -1);
    append_and_seal(of, 3, false, &sealer);
    assert_int_equal(count_signed(of), ENTRIES);
    append_and_seal(of, 0, true, &sealer);
    assert_int_equal(count_signed(of), ENTRIES + 3);
    append_and_seal(of, SHIRE_AUDIT_SEAL_ENTRIES, false, &sealer);
    assert_int_equal(count_signed(of), ENTRIES + 3 + SHIRE_AUDIT_SEAL_ENTRIES);
    sealer.signed_at -= SHIRE_AUDIT_SEAL_SECONDS;
    append_and_seal(of, 1, false, &sealer);
    assert_int_equal(count_signed(of), ENTRIES + 4 + SHIRE_AUDIT_SEAL_ENTRIES);
    append_and_seal(of, 0, true, &sealer);
    assert_int_equal(problems(of, false, NULL), 0);
}

/* A lack of memory anywhere fails the append and the signing; nothing half-said is kept. */
static void without_memory_nothing_is_written_by_half(void **state) {
    const scene *of = *state;
    shire_status status = SHIRE_NO_MEMORY;
    int64_t successes = 0;
    write_log(of, -1);
    for (; status != SHIRE_OK; successes++) {
        const shire_audit_entry entry = {.kind = "read", .actor = "me", .subject = "P1"};
        assert_true(successes < 1000);
        assert_int_equal(shire_store_begin(of->store, NULL), SHIRE_OK);
        shire_memory_fail_after(successes);
        status = shire_audit_append(of->store, &entry, NULL);
        if (status == SHIRE_OK) {
            status = shire_audit_sign(of->store, &of->signer, NULL);
        }
        shire_memory_fail_after(-1);
        assert_true(status == SHIRE_OK || status == SHIRE_NO_MEMORY);
        if (status == SHIRE_OK) {
            assert_int_equal(shire_store_commit(of->store, NULL), SHIRE_OK);
        }
        shire_store_rollback(of->store);
    }
    assert_true(successes > 2);
    assert_int_equal(problems(of, false, NULL), 0);
    assert_int_equal(count_signed(of), ENTRIES + 1);
}

static void a_key_is_made_once_and_kept_from_others(void **state) {
    const scene *of = *state;
    char path[96];
    shire_audit_signer made;
    shire_audit_signer read;
    shire_error error = {0};
    struct stat facts;
    snprintf(path, sizeof path, "%s/audit.key", of->place.dir);
    assert_int_equal(shire_audit_key_open(path, NULL, SHIRE_AUDIT_KEY_LOG, &made, &error),
                     SHIRE_NOT_FOUND);
    assert_int_equal(shire_audit_key_open(path, "a.example", SHIRE_AUDIT_KEY_LOG, &made, NULL),
                     SHIRE_OK);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(shire_audit_key_open(path, "b.example", SHIRE_AUDIT_KEY_LOG, &read, NULL),
                     SHIRE_OK);
    assert_string_equal(read.verifier.name, "a.example");
    assert_memory_equal(made.key.secret, read.key.secret, sizeof made.key.secret);
    assert_int_equal(shire_audit_key_open(path, NULL, SHIRE_AUDIT_KEY_WITNESS, &read, &error),
                     SHIRE_INVALID);
    assert_int_equal(chmod(path, 0644), 0);
    error = (shire_error){0};
    assert_int_equal(shire_audit_key_open(path, NULL, SHIRE_AUDIT_KEY_LOG, &read, &error),
                     SHIRE_INVALID);
    assert_non_null(strstr(error.message, "chmod 600"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_as_it_was_written_has_no_problem),
        cmocka_unit_test(every_tampering_in_the_store_is_found),
        cmocka_unit_test(an_end_without_checkpoints_is_found_when_it_is_long),
        cmocka_unit_test(an_end_cut_off_and_signed_anew_is_found_by_who_kept_a_checkpoint),
        cmocka_unit_test(a_rewrite_by_the_key_holder_is_found_by_who_kept_a_checkpoint),
        cmocka_unit_test(an_erased_entry_keeps_every_proof),
        cmocka_unit_test(a_later_tree_is_proved_to_have_grown_from_an_older),
        cmocka_unit_test(a_writer_that_never_ends_signs_when_it_is_due),
        cmocka_unit_test(without_memory_nothing_is_written_by_half),
        cmocka_unit_test(a_key_is_made_once_and_kept_from_others),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
