/* Finding people: a warehouse that was linked, viewers of two bodies. A value that stands in a
 * hidden record alone finds nobody, ranks nobody and is not counted. */
#include "record/record_search.h"

#include "link/link.h"
#include "record_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1764000000)

static record_fixture fixture;
static shire_store *store;
static const shire_gate_policy *policy;
static shire_record *record;
static shire_error error;

#define OK(status)                                                                                 \
    do {                                                                                           \
        if ((status) != SHIRE_OK) {                                                                \
            fail_msg("%s", error.message);                                                         \
        }                                                                                          \
    } while (0)

/* 300 people, each with a record of the council and one of the trust; then the cases: Rosalind is
 * known to both, and to the trust under a name of her own that the council never heard; Zebedee to
 * the trust alone; Beatrix to the council alone, which has not seen her for years; and sixty
 * Vaughans of one street to the trust alone, two in each house. */
static const char people[] =
    "DROP TABLE person; DROP TABLE person_link; DROP TABLE event_cost; DELETE FROM event; DELETE "
    "FROM person_record;"
    "CREATE TABLE event_cost (event_no BIGINT, amount DECIMAL(18,6));"
    "CREATE TABLE event_also (organisation_no INTEGER, source VARCHAR, event_id VARCHAR, local_id "
    "VARCHAR);"
    "CREATE TABLE nhs_number_superseded (superseded VARCHAR, \"current\" VARCHAR);"
    "ALTER TABLE person_record ADD COLUMN extract_no INTEGER; ALTER TABLE person_record ADD COLUMN "
    "source_file VARCHAR; ALTER TABLE person_record ADD COLUMN source_line BIGINT;"
    "INSERT INTO person_record SELECT i, i % 2, CASE i % 2 WHEN 0 THEN 'care' ELSE 'pas' END, 'r' "
    "|| i, NULL, 'g' || chr((97 + hash(i // 2) % 26)::INTEGER) || chr((97 + hash(i // 2 + 500) % "
    "26)::INTEGER) || 'ne', NULL, 'f' || chr((97 + hash(i // 2 + 900) % 26)::INTEGER) || chr((97 + "
    "hash(i // 2 + 1300) % 26)::INTEGER) || 'rton', DATE '1930-01-01' + (hash(i // 2 + 77) % "
    "29000)::INTEGER, NULL, 'F', NULL, 'HR' || (1 + i // 2 % 9) || ' ' || (i // 18 % 10) || 'A' || "
    "chr((65 + hash(i // 2 + 5) % 20)::INTEGER), NULL, NULL, NULL, NULL, 0, 'f', i + 2 FROM "
    "range(600) AS r(i);"
    "INSERT INTO person_record VALUES "
    "(600, 0, 'care', 'c1', '9434765919', 'Rosalind', NULL, 'Quillfeather', DATE '1950-02-01', "
    "NULL, 'F', NULL, 'HR1 2AB', NULL, NULL, NULL, NULL, 0, 'f', 602), "
    "(601, 1, 'pas', 't1', '9434765919', 'Rosalind', NULL, 'Wintergreen', DATE '1950-02-01', "
    "NULL, 'F', NULL, 'WR9 9ZZ', NULL, NULL, NULL, NULL, 0, 'f', 603), "
    "(602, 1, 'pas', 't2', '4010232137', 'Zebedee', NULL, 'Oldcastle', DATE '1944-03-02', NULL, "
    "'M', NULL, 'HR9 1AB', NULL, NULL, NULL, NULL, 0, 'f', 604), "
    "(603, 0, 'care', 'c2', '9990000018', 'Beatrix', NULL, 'Nightingale', DATE '1961-07-08', NULL, "
    "'F', NULL, 'HR5 5AA', NULL, NULL, NULL, NULL, 0, 'f', 605);"
    "INSERT INTO person_record SELECT 604 + i, 1, 'pas', 'v' || i, number, chr((65 + i % "
    "26)::INTEGER) || CASE i // 26 WHEN 0 THEN 'ulina' WHEN 1 THEN 'egworth' ELSE 'omfrey' END, "
    "NULL, 'Vaughan', DATE '1931-01-01' + (i * 487)::INTEGER, NULL, 'M', (1 + i % 30) || ' Duke "
    "Street, Kington', 'LD8 3AB', NULL, NULL, NULL, NULL, 0, 'f', 606 + i FROM (SELECT "
    "row_number() OVER (ORDER BY n) - 1 AS i, n || (c % 11) AS number FROM (SELECT n, 11 - "
    "list_sum(list_transform(range(9), k -> (10 - k) * substr(n, k + 1, 1)::INTEGER)) % 11 AS c "
    "FROM (SELECT (999100000 + j)::VARCHAR AS n FROM range(90) AS r(j))) WHERE c <> 10) WHERE i < "
    "60;"
    "INSERT INTO event (event_no, organisation_no, source, event_id, local_id, record_no, dataset, "
    "start, \"end\", setting) SELECT record_no, organisation_no, source, 'e' || record_no, "
    "local_id, record_no, CASE organisation_no WHEN 0 THEN 'ASC' ELSE 'APC' END, CASE WHEN "
    "record_no = 603 THEN TIMESTAMP '2019-01-01' ELSE TIMESTAMP '2025-03-01' END, CASE WHEN "
    "record_no = 603 THEN TIMESTAMP '2019-01-02' ELSE TIMESTAMP '2025-03-02' END, 'Stay' FROM "
    "person_record";

static void link_people(void) {
    shire_arena *arena = NULL;
    shire_link_summary summary;
    const shire_partnership partnership = {.dir = fixture.dir, .name = "Test"};
    const shire_link_options options = {.thread_count = 1};
    record_fixture_execute(&fixture, people);
    shire_table *table = record_fixture_open(&fixture);
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    OK(shire_link_run(table, &partnership, &options, arena, &summary, &error));
    shire_table_close(table);
    shire_arena_free(arena);
}

/* Accounts: 1 a clinician of the trust, 2 a social worker of the council, 3 a cost analyst; 4 a
 * clinician of the council. The trust shares nothing with the council. */
static const char accounts[] =
    "INSERT INTO account VALUES (1, 'nurse', 'N', 'TR', 'clinician', NULL, 0), (2, 'worker', 'W', "
    "'CO', 'social_worker', NULL, 0), (3, 'analyst', 'A', 'CO', 'cost_analyst', NULL, 0);"
    "INSERT INTO agreement VALUES (1, 'CO', 'TR', 'care', 'demographics social_care', "
    "'2020-01-01', NULL, 'A1')";

static int set_up(void **state) {
    static const char *const codes[] = {"CO", "TR", "HA"};
    char path[96];
    (void)state;
    record_fixture_make(&fixture);
    link_people();
    const shire_record_options options = {.dir = fixture.dir, .thread_count = 1};
    OK(shire_record_open(&options, &record, &error));
    snprintf(path, sizeof path, "%s/.shire/store.db", fixture.dir);
    OK(shire_store_open(path, SHIRE_STORE_WRITE, &store, &error));
    OK(shire_store_execute(store, accounts, &error));
    OK(shire_gate_policy_read(store, codes, 3, &policy, &error));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    shire_record_close(record);
    shire_gate_policy_release(policy);
    shire_store_close(store);
    record_fixture_remove(&fixture);
    return 0;
}

static shire_status find(int account, const shire_record_search *search, shire_arena *arena,
                         shire_record_result *result, shire_audit_entry *entry) {
    shire_gate_viewer viewer;
    shire_record_asker asker = {.policy = policy, .viewer = &viewer, .reason = ""};
    error = (shire_error){0};
    OK(shire_gate_policy_viewer(policy, account,
                                account == 3 ? SHIRE_GATE_FINANCE : SHIRE_GATE_CARE, NOW, arena,
                                &viewer, &asker.account, &asker.organisation, &error));
    return shire_record_find(record, &asker, search, arena, result, entry, &error);
}

/* The result and its entry are in the arena that it gives, to be freed. */
static shire_arena *find_line(int account, const char *line, shire_record_result *result,
                              shire_audit_entry *entry) {
    shire_arena *arena = NULL;
    const shire_record_search search = {.line = shire_span_of(line), .count = 50};
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    OK(find(account, &search, arena, result, entry));
    return arena;
}

/* Whom a viewer finds first by a line; "!Name" is not found at all. */
static void assert_finds(int account, const char *line, const char *expected) {
    char found[256] = "";
    size_t length = 0;
    shire_record_result result;
    shire_audit_entry entry;
    shire_arena *arena = find_line(account, line, &result, &entry);
    for (size_t i = 0; i < result.found_count; i++) {
        length += (size_t)snprintf(found + length, sizeof found - length, "%.*s, ",
                                   (int)result.found[i].name.length, result.found[i].name.bytes);
    }
    if (expected[0] != '!') {
        assert_int_equal(strncmp(found, expected, strlen(expected)), 0);
    } else {
        assert_null(strstr(found, expected + 1));
    }
    assert_string_equal(entry.kind, "search");
    assert_null(strstr(entry.detail, "Rosalind"));
    shire_arena_free(arena);
}

static void slips_of_the_pen_are_forgiven(void **state) {
    (void)state;
    assert_finds(1, "Rosalind Quillfeather 01/02/1950", "Rosalind Quillfeather");
    assert_finds(1, "Rosalnid Quilfeather 1 Feb 1950", "Rosalind Quillfeather");
    assert_finds(1, "943 476 5919 Rosalind 1950-02-01", "Rosalind Quillfeather");
    assert_finds(1, "Zebedee Oldcastle 2/3/1944", "Zebedee Oldcastle");
}

static void a_value_in_a_hidden_record_finds_nobody(void **state) {
    (void)state;
    assert_finds(1, "Rosalind Wintergreen 01/02/1950 WR9 9ZZ", "Rosalind Quillfeather");
    /* The council knows her, and not by that name: it finds her by what it knows, no surer for what
     * the trust has. */
    assert_finds(2, "Wintergreen WR9 9ZZ", "!Rosalind");
    assert_finds(2, "Zebedee Oldcastle 2/3/1944", "!Zebedee");
    assert_finds(2, "401 023 2137 2/3/1944", "!Zebedee");
    assert_finds(2, "Rosalind Quillfeather 01/02/1950", "Rosalind Quillfeather");
}

static void a_birth_year_lists_and_narrows(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    shire_record_result result;
    shire_audit_entry entry;
    shire_record_search search = {.line = shire_span_of("1944"), .count = 50};
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    OK(find(1, &search, arena, &result, &entry));
    assert_true(result.found_count > 1);
    assert_false(result.is_exact);
    for (size_t i = 0; i < result.found_count; i++) {
        assert_int_equal(memcmp(result.found[i].birth.bytes, "1944-", 5), 0);
        assert_int_equal(result.found[i].grade, SHIRE_LINK_GRADE_POSSIBLE);
    }
    assert_non_null(strstr(entry.detail, "by birth year: "));
    shire_arena_free(arena);
    assert_finds(1, "oldcastle 1944", "Zebedee Oldcastle, ");
    /* Known to the trust alone: to the council not even one more of that year. */
    assert_finds(2, "oldcastle 1944", "!Oldcastle");
    assert_finds(2, "1944", "!Oldcastle");
    assert_finds(1, "Zebedee Oldcastle HR9 1AB 1950", "Zebedee Oldcastle, ");
}

static void another_birth_year_is_never_exact(void **state) {
    (void)state;
    static const char *const lines[] = {"401 023 2137 Zebedee Oldcastle 1944",
                                        "401 023 2137 Zebedee Oldcastle 1950"};
    for (size_t i = 0; i < 2; i++) {
        shire_arena *arena = NULL;
        shire_record_result result;
        shire_audit_entry entry;
        const shire_record_search search = {.line = shire_span_of(lines[i])};
        assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
        OK(find(1, &search, arena, &result, &entry));
        assert_int_equal(result.found_count, 1);
        assert_int_equal(result.is_exact, i == 0);
        shire_arena_free(arena);
    }
}

/* How many a line finds, and what is said of it. */
static void assert_lists(int account, const char *line, size_t expected, const char *note) {
    shire_record_result result;
    shire_audit_entry entry;
    shire_arena *arena = find_line(account, line, &result, &entry);
    bool is_said = note[0] == '\0' && result.note_count == 0;
    for (size_t i = 0; i < result.note_count && note[0] != '\0'; i++) {
        is_said |= strstr(result.notes[i], note) != NULL;
    }
    if (result.total != expected || !is_said) {
        fail_msg("%s: %zu found, %zu notes", line, result.total, result.note_count);
    }
    for (size_t i = 0; i < result.found_count; i++) {
        assert_in_range((int)(result.found[i].probability * 1000), 1, 1000);
        assert_true(i == 0 || result.found[i].probability <= result.found[i - 1].probability);
    }
    shire_arena_free(arena);
}

static void what_many_share_lists_as_many_as_there_is_room_for(void **state) {
    (void)state;
    static const char *const lines[] = {"LD8 3AB",     "ld83ab",          "Vaughan",
                                        "Kington",     "vaughan kington", "Duke St",
                                        "duke street", "vaughan LD8",     "vaughan duke street"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_lists(1, lines[i], 50, "More people fit");
        /* To the council none of them is there, and no word tells that somebody is. */
        assert_lists(2, lines[i], 0, "");
    }
    assert_lists(1, "7 Duke Street", 2, "");
    assert_lists(1, "7 duke street kington", 2, "");
    assert_lists(1, "Aulina kington", 1, "");
    assert_lists(1, "Aulina LD8", 1, "");
    assert_finds(1, "Aulina", "Aulina Vaughan, ");
    assert_lists(1, "kington leominster", 0, "");
}

static void a_postcode_that_nobody_has_lists_those_near_it(void **state) {
    (void)state;
    assert_lists(1, "LD8 3ZZ", 50, "near it");
    assert_lists(1, "vaughan LD8 3ZZ", 50, "near it");
    assert_lists(2, "LD8 3ZZ", 0, "");
    assert_lists(1, "LD8 8ZZ", 0, "");
}

static void a_bodys_own_number_finds_its_record(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    shire_record_result result;
    shire_audit_entry entry;
    shire_record_search search = {.organisation = shire_span_of("TR"),
                                  .local_id = shire_span_of("t2")};
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    OK(find(1, &search, arena, &result, &entry));
    assert_int_equal(result.total, 1);
    assert_true(result.is_exact);
    assert_string_equal(entry.detail, "by a body's own number: 1 found");
    OK(find(2, &search, arena, &result, &entry));
    assert_int_equal(result.total, 0);
    assert_string_equal(entry.subject, "");
    search.source = shire_span_of("care");
    OK(find(1, &search, arena, &result, &entry));
    assert_int_equal(result.total, 0);
    shire_arena_free(arena);
}

/* What a search by a body's own number takes of memory follows the work that it does. */
static size_t bytes_of_search(const char *local_id) {
    shire_arena *arena = NULL;
    shire_record_result result;
    shire_audit_entry entry;
    const shire_record_search search = {.organisation = shire_span_of("TR"),
                                        .local_id = shire_span_of(local_id)};
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    OK(find(2, &search, arena, &result, &entry));
    assert_int_equal(result.total, 0);
    size_t bytes = shire_arena_used_bytes(arena);
    shire_arena_free(arena);
    return bytes;
}

static void nobody_takes_as_much_work_as_somebody_hidden(void **state) {
    (void)state;
    size_t nobody = bytes_of_search("no such number");
    size_t hidden = bytes_of_search("t2");
    assert_in_range(nobody, hidden - 64, hidden + 64); /* one person's differ from another's */
}

static void who_may_not_search_finds_nothing_out(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    shire_record_result result;
    shire_audit_entry entry;
    const shire_record_search search = {.line = shire_span_of("Rosalind Quillfeather")};
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    assert_int_equal(find(3, &search, arena, &result, &entry), SHIRE_NOT_FOUND);
    assert_string_equal(entry.detail, "refused");
    shire_arena_free(arena);
}

static bool needs_reason(int account, const char *line) {
    shire_arena *arena = NULL;
    shire_record_result result;
    shire_audit_entry entry;
    const shire_record_search search = {.line = shire_span_of(line)};
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    OK(find(account, &search, arena, &result, &entry));
    bool is_told = result.needs_reason.length > 0;
    shire_arena_free(arena);
    return is_told;
}

static void somebody_in_front_of_one_exists_when_a_reason_would_open(void **state) {
    (void)state;
    /* The council saw Beatrix years ago: no relationship, its own record. */
    assert_true(needs_reason(2, "999 000 0018 8/7/1961"));
    assert_true(needs_reason(1, "999 000 0018 8/7/1961")); /* the council shares with the trust */
    assert_false(needs_reason(2, "999 000 0018 8/7/1962"));
    assert_false(needs_reason(2, "Beatrix Nightingale 8/7/1961"));
    assert_false(needs_reason(2, "999 000 0018 Beatrix Nightingale"));
    /* The trust shares nothing with the council: no reason opens Zebedee to it. */
    assert_false(needs_reason(2, "401 023 2137 2/3/1944"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_of_the_pen_are_forgiven),
        cmocka_unit_test(a_value_in_a_hidden_record_finds_nobody),
        cmocka_unit_test(a_birth_year_lists_and_narrows),
        cmocka_unit_test(another_birth_year_is_never_exact),
        cmocka_unit_test(what_many_share_lists_as_many_as_there_is_room_for),
        cmocka_unit_test(a_postcode_that_nobody_has_lists_those_near_it),
        cmocka_unit_test(a_bodys_own_number_finds_its_record),
        cmocka_unit_test(nobody_takes_as_much_work_as_somebody_hidden),
        cmocka_unit_test(who_may_not_search_finds_nothing_out),
        cmocka_unit_test(somebody_in_front_of_one_exists_when_a_reason_would_open),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
