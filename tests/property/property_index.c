/*
 * The person index over random edits of the records: round after round records go, come back,
 * change or are new, and rows change their order. People whom no edit touched keep their ids, no id
 * comes back for somebody else, decisions hold in every round, an undone change gives everybody the
 * id of before, and threads make no difference. Each round is a whole linking run with its store.
 */
#include "link/link.h"
#include "link/link_history.h"
#include "link/link_index.h"
#include "link/link_review.h"

#include "core/random.h"
#include "unit/store_place.h"

#include <sys/stat.h>

#define PEOPLE 40
#define RECORDS 110
#define ROUNDS 10

static store_place place;
static const char *const dir = place.dir;
static const shire_partnership partnership = {
    .dir = place.dir, .name = "Test", .store = place.where};
static shire_error error;

typedef struct row {
    int person; /* whose values it carries */
    bool is_there;
} row;

typedef struct world {
    row rows[RECORDS];
    int order[RECORDS];
    uint64_t ids[RECORDS]; /* of the last run; 0: not there */
    shire_random random;
} world;

static int make_dir(void **state) {
    (void)state;
    store_place_make(&place);
    char path[80];
    snprintf(path, sizeof path, "%s/.shire", dir);
    return mkdir(path, 0700);
}

static int remove_dir(void **state) {
    (void)state;
    store_place_remove(&place);
    return 0;
}

static void assert_done(shire_status status) {
    if (status != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
}

static shire_arena *new_arena(void) {
    shire_arena *arena = NULL;
    assert_done(shire_arena_new("test_arena", 0, &arena, &error));
    return arena;
}

/* ---- one run ---- */

static void append_values(shire_builder *sql, int record, int person, int at) {
    shire_random words = shire_random_seed((uint64_t)person, 77);
    char given[9] = {0};
    char family[9] = {0};
    for (int i = 0; i < 8; i++) {
        given[i] = (char)('a' + shire_random_below(&words, 26));
        family[i] = (char)('a' + shire_random_below(&words, 26));
    }
    shire_builder_append_format(
        sql, "%s(%d, %d, '%s', 'r%03d', '%s', '%s', DATE '%d-%02d-%02d', 'HR%d %d%c%c')",
        at > 0 ? ", " : "", at, record % 2, record % 3 == 0 ? "one" : "two", record, given, family,
        (int)(1930 + shire_random_below(&words, 80)), (int)(1 + shire_random_below(&words, 12)),
        (int)(1 + shire_random_below(&words, 28)), (int)(1 + shire_random_below(&words, 9)),
        (int)shire_random_below(&words, 10), 'A' + (int)shire_random_below(&words, 26),
        'A' + (int)shire_random_below(&words, 26));
}

static void load_rows(const world *made, shire_table *warehouse) {
    shire_builder sql = {0};
    int at = 0;
    shire_builder_append_text(
        &sql,
        "CREATE TABLE organisation AS SELECT * FROM (VALUES (0, 'A'), (1, 'B')) AS o("
        "organisation_no, code); CREATE TABLE nhs_number_superseded (superseded VARCHAR, "
        "\"current\" VARCHAR); CREATE TABLE event_also (organisation_no INTEGER, source VARCHAR, "
        "event_id VARCHAR, local_id VARCHAR); CREATE TABLE event (organisation_no INTEGER, source "
        "VARCHAR, event_id VARCHAR, record_no BIGINT, start TIMESTAMP); CREATE TABLE person_record "
        "AS SELECT CAST(record_no AS BIGINT) AS record_no, organisation_no, source, local_id, "
        "given_name, family_name, birth_date, postcode, NULL::VARCHAR AS nhs_number, "
        "NULL::VARCHAR AS middle_names, NULL::DATE AS death_date, NULL::VARCHAR AS sex, "
        "NULL::VARCHAR AS address, NULL::VARCHAR AS uprn, NULL::VARCHAR AS phone, NULL::VARCHAR AS "
        "email, NULL::VARCHAR AS gp_practice FROM (VALUES ");
    for (int i = 0; i < RECORDS; i++) {
        int record = made->order[i];
        if (made->rows[record].is_there) {
            append_values(&sql, record, made->rows[record].person, at++);
        }
    }
    shire_builder_append_text(&sql, ") AS r(record_no, organisation_no, source, local_id, "
                                    "given_name, family_name, birth_date, postcode)");
    assert_done(shire_table_execute(warehouse, sql.bytes, &error));
    shire_builder_free(&sql);
}

static void read_ids(shire_table *warehouse, uint64_t ids_out[RECORDS]) {
    shire_arena *arena = new_arena();
    shire_frame frame;
    assert_done(shire_table_query(warehouse,
                                  "SELECT CAST(substr(local_id, 2) AS BIGINT), person_id FROM "
                                  "person_record JOIN person_link USING (record_no) JOIN person "
                                  "USING (person_no)",
                                  arena, &frame, &error));
    memset(ids_out, 0, RECORDS * sizeof *ids_out);
    for (size_t i = 0; i < frame.row_count; i++) {
        assert_true(shire_link_id_parse(shire_column_text(&frame.columns[1], i),
                                        &ids_out[frame.columns[0].int64[i]]));
    }
    shire_arena_free(arena);
}

/* Link the world's rows on so many threads; the store is only read. */
static void link_rows(const world *made, const char *path, int thread_count,
                      uint64_t ids_out[RECORDS]) {
    shire_arena *arena = new_arena();
    shire_table *warehouse = NULL;
    shire_link_summary summary;
    const shire_table_options options = {.path = path, .thread_count = 1};
    const shire_link_options link = {.thread_count = thread_count};
    assert_done(shire_table_open(&options, &warehouse, &error));
    load_rows(made, warehouse);
    assert_done(shire_link_run(warehouse, &partnership, &link, arena, &summary, &error));
    read_ids(warehouse, ids_out);
    shire_table_close(warehouse);
    shire_arena_free(arena);
}

static void run(world *made, uint64_t ids_out[RECORDS]) {
    static const shire_audit_entry entry = {.kind = "run", .actor = "test", .detail = "a test"};
    char path[100];
    shire_arena *arena = new_arena();
    snprintf(path, sizeof path, "%s/.shire/warehouse.duckdb", dir);
    remove(path);
    link_rows(made, path, 2, ids_out);
    assert_done(shire_link_index_prepare(&partnership, arena, &error));
    assert_done(shire_link_index_commit(&partnership, &entry, arena, &error));
    shire_arena_free(arena);
}

/* ---- edits ---- */

static int below(world *made, int bound) {
    return (int)shire_random_below(&made->random, (uint64_t)bound);
}

static world new_world(uint64_t seed) {
    world made = {.random = shire_random_seed(seed, 1)};
    for (int i = 0; i < RECORDS; i++) {
        made.rows[i] = (row){below(&made, PEOPLE), i < RECORDS - 15};
        made.order[i] = i;
    }
    return made;
}

/* A few rows go, come (back) or become somebody else's; all change their order. */
static void edit(world *made) {
    for (int i = 0; i < 6; i++) {
        row *edited = &made->rows[below(made, RECORDS)];
        if (below(made, 2) == 0) {
            edited->is_there = !edited->is_there;
        } else {
            edited->person = below(made, PEOPLE);
        }
    }
    for (int i = RECORDS - 1; i > 0; i--) {
        int j = below(made, i + 1);
        int moved = made->order[i];
        made->order[i] = made->order[j];
        made->order[j] = moved;
    }
}

/* ---- what must hold ---- */

/* Whoever has exactly the records of before has the id of before. */
static void assert_untouched_keep_ids(const uint64_t *before, const uint64_t *after) {
    for (int i = 0; i < RECORDS; i++) {
        bool is_untouched = before[i] != 0 && after[i] != 0;
        for (int j = 0; j < RECORDS && is_untouched; j++) {
            is_untouched = (before[j] == before[i]) == (after[j] == after[i]);
        }
        assert_true(!is_untouched || before[i] == after[i]);
    }
}

/* holders[i] of an id: the records that ever had it. An id comes again only to one of those. */
typedef struct holder {
    uint64_t id;
    bool had[RECORDS];
} holder;

static void assert_no_id_comes_back_for_others(holder *holders, size_t *count,
                                               const uint64_t *after) {
    for (int i = 0; i < RECORDS; i++) {
        size_t at = 0;
        while (after[i] != 0 && at < *count && holders[at].id != after[i]) {
            at++;
        }
        if (after[i] == 0) {
            continue;
        }
        if (at == *count) {
            assert_true(*count < 2000);
            holders[at] = (holder){.id = after[i]};
            holders[(*count)++].had[i] = true;
        } else {
            bool is_shared = false;
            for (int j = 0; j < RECORDS; j++) {
                is_shared |= after[j] == after[i] && holders[at].had[j];
            }
            assert_true(is_shared);
        }
    }
    for (size_t at = 0; at < *count; at++) {
        for (int i = 0; i < RECORDS; i++) {
            holders[at].had[i] |= after[i] == holders[at].id;
        }
    }
}

/* Whose id was retired is held to be whom it was retired into, also while absent. */
static void follow_retired(holder *holders, size_t count) {
    shire_store *store = NULL;
    shire_store_statement *statement = NULL;
    bool has_row = true;
    assert_done(shire_store_open(place.where, SHIRE_STORE_READ, &store, &error));
    assert_done(shire_store_prepare(store,
                                    "SELECT person_id, retired_into FROM index_person WHERE "
                                    "retired_run IS NOT NULL ORDER BY retired_run",
                                    &statement, &error));
    while (has_row) {
        assert_done(shire_store_step(statement, &has_row, &error));
        uint64_t from = 0;
        uint64_t into = 0;
        holder *source = NULL;
        holder *target = NULL;
        assert_true(!has_row ||
                    (shire_link_id_parse(shire_store_column_text(statement, 0), &from) &&
                     shire_link_id_parse(shire_store_column_text(statement, 1), &into)));
        for (size_t at = 0; has_row && at < count; at++) {
            source = holders[at].id == from ? &holders[at] : source;
            target = holders[at].id == into ? &holders[at] : target;
        }
        for (int i = 0; source != NULL && target != NULL && i < RECORDS; i++) {
            target->had[i] |= source->had[i];
        }
    }
    shire_store_finalize(statement);
    shire_store_close(store);
}

static char *name_of(int record, char text[32]) {
    snprintf(text, 32, "%s/%s/r%03d", record % 2 == 0 ? "A" : "B", record % 3 == 0 ? "one" : "two",
             record);
    return text;
}

static void decide(int a, int b, const char *verdict) {
    char path[100];
    char names[2][32];
    int64_t number = 0;
    shire_arena *arena = new_arena();
    shire_table *warehouse = NULL;
    shire_store *store = NULL;
    snprintf(path, sizeof path, "%s/.shire/warehouse.duckdb", dir);
    const shire_table_options options = {.path = path, .read_only = true, .thread_count = 1};
    assert_done(shire_table_open(&options, &warehouse, &error));
    assert_done(shire_store_open(place.where, SHIRE_STORE_WRITE, &store, &error));
    const shire_link_ruling ruling = {name_of(a, names[0]), name_of(b, names[1]), verdict, "me",
                                      "a test"};
    const char *forbidden = NULL;
    assert_done(shire_link_review_check(warehouse, &ruling, 1, arena, &forbidden, NULL, &error));
    assert_done(shire_store_begin(store, &error));
    assert_done(shire_link_review_decide(store, &ruling, 1, arena, &number, NULL, &error));
    assert_done(shire_store_commit(store, &error));
    shire_store_close(store);
    shire_table_close(warehouse);
    shire_arena_free(arena);
}

static void ids_last_and_decisions_hold_over_ten_rounds(void **state) {
    (void)state;
    static holder holders[2000];
    size_t holder_count = 0;
    world made = new_world(11);
    uint64_t after[RECORDS];
    int same[2] = {1, 2};
    int different[2] = {-1, -1};
    run(&made, made.ids);
    assert_no_id_comes_back_for_others(holders, &holder_count, made.ids);
    made.rows[same[1]].person = (made.rows[same[0]].person + 1) % PEOPLE;
    for (int i = 3; i < RECORDS && different[0] < 0; i++) {
        for (int j = i + 1; j < RECORDS && made.ids[i] != 0; j++) {
            if (made.ids[i] == made.ids[j]) {
                different[0] = i;
                different[1] = j;
                break;
            }
        }
    }
    decide(same[0], same[1], "same");
    decide(different[0], different[1], "different");
    for (int round = 0; round < ROUNDS; round++) {
        int wanted[4] = {same[0], same[1], different[0], different[1]};
        edit(&made);
        for (int i = 0; i < 4; i++) {
            made.rows[wanted[i]].is_there = round % 4 != 3; /* also away for a while */
        }
        if (round == 2) { /* threads make no difference, nor does a run that was never committed */
            uint64_t one[RECORDS];
            uint64_t three[RECORDS];
            link_rows(&made, NULL, 1, one);
            link_rows(&made, NULL, 3, three);
            assert_memory_equal(one, three, sizeof one);
        }
        run(&made, after);
        assert_untouched_keep_ids(made.ids, after);
        assert_no_id_comes_back_for_others(holders, &holder_count, after);
        follow_retired(holders, holder_count);
        assert_true(after[same[0]] == after[same[1]]);
        assert_true(after[different[0]] != after[different[1]] || after[different[0]] == 0);
        memcpy(made.ids, after, sizeof after);
    }
}

static void undoing_restores_who_was_who(void **state) {
    (void)state;
    world made = new_world(12);
    uint64_t joined[RECORDS];
    uint64_t restored[RECORDS];
    run(&made, made.ids);
    /* All records of one person become another's. */
    int from = made.rows[0].person;
    int to = (from + 1) % PEOPLE;
    for (int i = 0; i < RECORDS; i++) {
        made.rows[i].person = made.rows[i].person == from ? to : made.rows[i].person;
    }
    run(&made, joined);
    assert_memory_not_equal(made.ids, joined, sizeof joined);
    shire_arena *arena = new_arena();
    shire_store *store = NULL;
    int64_t change_count = 0;
    assert_done(shire_store_open(place.where, SHIRE_STORE_WRITE, &store, &error));
    assert_done(
        shire_store_query_int64(store, "SELECT count(*) FROM index_change", &change_count, &error));
    assert_true(change_count >= 1);
    for (int64_t change = 1; change <= change_count; change++) {
        int64_t number = 0;
        assert_done(shire_store_begin(store, &error));
        assert_done(shire_link_history_undo(store, change, "me", "a test", arena, &number, &error));
        assert_done(shire_store_commit(store, &error));
    }
    shire_store_close(store);
    for (int round = 0; round < 2; round++) { /* it holds from then on */
        run(&made, restored);
        assert_memory_equal(made.ids, restored, sizeof restored);
    }
    shire_arena_free(arena);
}

/* Decides through the functions that servers call, and gives the status. */
static shire_status rule(shire_table *warehouse, shire_store *store, shire_arena *arena, int a,
                         int b, const char *verdict) {
    char names[2][32];
    int64_t number = 0;
    size_t wrong = 9;
    const shire_link_ruling ruling = {name_of(a, names[0]), name_of(b, names[1]), verdict, "me",
                                      "a test"};
    const char *forbidden = NULL;
    shire_status status =
        shire_link_review_check(warehouse, &ruling, 1, arena, &forbidden, &wrong, &error);
    if (status == SHIRE_OK) {
        assert_done(shire_store_begin(store, &error));
        status = shire_link_review_decide(store, &ruling, 1, arena, &number, &wrong, &error);
        status = status == SHIRE_OK ? shire_store_commit(store, &error) : status;
        shire_store_rollback(store);
    }
    assert_true(status == SHIRE_OK ? number > 0 : wrong == 0);
    return status;
}

/* The decisions about a pair, the earliest first. */
static size_t find_decisions(shire_store *store, shire_arena *arena, int a, int b,
                             shire_link_decision found_out[3]) {
    char texts[2][32];
    shire_link_name names[2];
    shire_link_decisions all = {0};
    size_t count = 0;
    assert_true(shire_link_name_parse(shire_span_of(name_of(a, texts[0])), &names[0]) &&
                shire_link_name_parse(shire_span_of(name_of(b, texts[1])), &names[1]));
    bool is_ordered = shire_link_name_compare(&names[0], &names[1]) < 0;
    assert_done(shire_link_decisions_read(store, arena, &all, &error));
    for (size_t i = 0; i < all.count; i++) {
        if (shire_link_name_compare(&all.items[i].a, &names[is_ordered ? 0 : 1]) == 0 &&
            shire_link_name_compare(&all.items[i].b, &names[is_ordered ? 1 : 0]) == 0) {
            assert_true(count < 3);
            found_out[count++] = all.items[i];
        }
    }
    return count;
}

static void decisions_are_kept_and_contradictions_are_refused(void **state) {
    (void)state;
    world made = new_world(13);
    char path[100];
    int64_t number = 0;
    shire_link_decision found[3];
    run(&made, made.ids);
    shire_arena *arena = new_arena();
    shire_table *warehouse = NULL;
    shire_store *store = NULL;
    snprintf(path, sizeof path, "%s/.shire/warehouse.duckdb", dir);
    const shire_table_options options = {.path = path, .read_only = true, .thread_count = 1};
    assert_done(shire_table_open(&options, &warehouse, &error));
    assert_done(shire_store_open(place.where, SHIRE_STORE_WRITE, &store, &error));
    assert_done(rule(warehouse, store, arena, 1, 2, "same"));
    assert_done(rule(warehouse, store, arena, 2, 3, "same"));
    assert_int_equal(rule(warehouse, store, arena, 1, 3, "different"), SHIRE_INVALID);
    assert_done(rule(warehouse, store, arena, 4, 5, "different"));
    assert_done(rule(warehouse, store, arena, 5, 1, "same"));
    assert_int_equal(rule(warehouse, store, arena, 3, 4, "same"), SHIRE_INVALID);
    assert_int_equal(rule(warehouse, store, arena, 3, 4, "perhaps"), SHIRE_INVALID);
    assert_done(rule(warehouse, store, arena, 4, 5, "unsure"));
    assert_done(rule(warehouse, store, arena, 3, 4, "same"));
    assert_int_equal(rule(warehouse, store, arena, 4, 999, "same"), SHIRE_NOT_FOUND);
    assert_int_equal(find_decisions(store, arena, 4, 5, found), 2);
    assert_false(found[0].holds);
    assert_true(found[1].holds);
    assert_done(shire_store_begin(store, &error));
    assert_done(shire_link_review_undo(store, found[1].decision_no, "me", "a test", arena, &number,
                                       &error));
    assert_int_equal(
        shire_link_review_undo(store, found[1].decision_no, "me", "a test", arena, &number, &error),
        SHIRE_INVALID);
    assert_done(shire_store_commit(store, &error));
    assert_int_equal(find_decisions(store, arena, 4, 5, found), 3);
    assert_false(found[1].holds || found[2].holds);
    shire_store_close(store);
    shire_table_close(warehouse);
    shire_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ids_last_and_decisions_hold_over_ten_rounds, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(undoing_restores_who_was_who, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(decisions_are_kept_and_contradictions_are_refused, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
