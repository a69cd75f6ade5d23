/* The snapshot: what the store says becomes what the kernel decides by, retired ids and splits are
 * followed, and threads decide by whole policies while others take their place. */
#include "gate/gate_policy.h"

#include "unit/gate/gate_scene.h"

#include <pthread.h>
#include <stdatomic.h>

static const char *const codes[] = {"TRUST", "COUNCIL", "PRACTICE"};
enum { TRUST, COUNCIL, PRACTICE };

static void execute(gate_scene *scene, const char *sql) {
    OK(shire_store_execute(scene->store, sql, error));
}

static const shire_gate_policy *read_policy(gate_scene *scene) {
    const shire_gate_policy *policy = NULL;
    OK(shire_gate_policy_read(scene->store, codes, 3, &policy, error));
    return policy;
}

static shire_gate_rule judge(gate_scene *scene, const shire_gate_policy *policy, int64_t account_no,
                             const char *person_id, shire_gate_item item, int64_t now) {
    shire_gate_viewer viewer;
    shire_gate_subject subject;
    OK(shire_gate_policy_viewer(policy, account_no, SHIRE_GATE_CARE, now, scene->arena, &viewer,
                                NULL, NULL, error));
    OK(shire_gate_policy_subject(policy, person_id, NULL, 0, scene->arena, &subject, error));
    shire_gate_opening opening = shire_gate_open(&viewer, &subject, SHIRE_GATE_READ);
    return shire_gate_judge(&opening, &item);
}

static void what_the_store_says_decides(void **state) {
    gate_scene *scene = *state;
    int64_t nurse = add_account(scene, "nurse", SHIRE_GATE_CLINICIAN, "TRUST");
    const shire_gate_item acute = {TRUST, SHIRE_GATE_ACUTE, 0, 0};
    const shire_gate_item social = {COUNCIL, SHIRE_GATE_SOCIAL_CARE, 0, 0};
    const shire_gate_item hiv = {TRUST, SHIRE_GATE_ACUTE, SHIRE_GATE_HIV, 0};
    const shire_gate_policy *before = read_policy(scene);
    assert_int_equal(judge(scene, before, nurse, "P1", acute, NOW), SHIRE_GATE_NEEDS_REASON);
    execute(scene, "INSERT INTO relationship VALUES (1, 'P1', 'referral', 'TRUST', NULL, "
                   "'2026-09-01', '2026-09-21')");
    execute(scene, "INSERT INTO agreement VALUES (1, 'COUNCIL', 'TRUST', 'care', 'gp social_care', "
                   "'2026-09-21', NULL, 'A1')");
    execute(scene, "INSERT INTO consent VALUES (1, 'P1', 'hiv', '*', '2020-01-01', NULL)");
    const shire_gate_policy *policy = read_policy(scene);
    assert_int_equal(judge(scene, policy, nurse, "P1", acute, NOW), SHIRE_GATE_BY_RELATIONSHIP);
    assert_int_equal(judge(scene, policy, nurse, "P2", acute, NOW), SHIRE_GATE_NEEDS_REASON);
    assert_int_equal(judge(scene, policy, nurse, "P1", social, NOW), SHIRE_GATE_BY_RELATIONSHIP);
    assert_int_equal(judge(scene, policy, nurse, "P1", social, NOW - 86400),
                     SHIRE_GATE_NO_AGREEMENT);
    assert_int_equal(judge(scene, policy, nurse, "P1", hiv, NOW), SHIRE_GATE_BY_RELATIONSHIP);
    assert_int_equal(judge(scene, policy, nurse, "P1", acute, NOW + 86400),
                     SHIRE_GATE_NEEDS_REASON);
    execute(scene,
            "INSERT INTO break_glass VALUES (1, 'R', 1, 'P2', 'why', 1790000000, 1790003600)");
    const shire_gate_policy *after = read_policy(scene);
    assert_int_equal(judge(scene, after, nurse, "P2", acute, NOW + 3599),
                     SHIRE_GATE_BY_BROKEN_GLASS);
    assert_int_equal(judge(scene, after, nurse, "P2", acute, NOW + 3600), SHIRE_GATE_NEEDS_REASON);
    /* A snapshot stays as it was read. */
    assert_int_equal(judge(scene, before, nurse, "P1", acute, NOW), SHIRE_GATE_NEEDS_REASON);
    execute(scene, "UPDATE account SET is_disabled = 1");
    const shire_gate_policy *without = read_policy(scene);
    shire_gate_viewer viewer;
    assert_int_equal(shire_gate_policy_viewer(without, nurse, SHIRE_GATE_CARE, NOW, scene->arena,
                                              &viewer, NULL, NULL, NULL),
                     SHIRE_NOT_FOUND);
    shire_gate_policy_release(before);
    shire_gate_policy_release(policy);
    shire_gate_policy_release(after);
    shire_gate_policy_release(without);
}

static void a_team_holds_what_its_members_of_the_day_open(void **state) {
    gate_scene *scene = *state;
    int64_t nurse = add_account(scene, "nurse", SHIRE_GATE_CARE_COORDINATOR, "TRUST");
    const shire_gate_item acute = {TRUST, SHIRE_GATE_ACUTE, 0, 0};
    execute(scene, "INSERT INTO team VALUES (1, 'TRUST', 'Stroke'), (2, 'TRUST', 'Clinic')");
    execute(scene, "INSERT INTO team_member VALUES (1, 1, 1, '2026-09-21', '2026-09-22')");
    execute(scene, "INSERT INTO relationship VALUES (1, 'P1', 'caseload', 'TRUST', 1, "
                   "'2026-01-01', NULL), (2, 'P2', 'caseload', 'TRUST', 2, '2026-01-01', NULL)");
    const shire_gate_policy *policy = read_policy(scene);
    static const struct {
        const char *person;
        int64_t days;
        shire_gate_rule rule;
    } cases[] = {{"P1", 0, SHIRE_GATE_BY_RELATIONSHIP},
                 {"P1", -1, SHIRE_GATE_NO_RELATIONSHIP},
                 {"P1", 1, SHIRE_GATE_BY_RELATIONSHIP},
                 {"P1", 2, SHIRE_GATE_NO_RELATIONSHIP},
                 {"P2", 0, SHIRE_GATE_NO_RELATIONSHIP}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            judge(scene, policy, nurse, cases[i].person, acute, NOW + cases[i].days * 86400),
            cases[i].rule);
    }
    shire_gate_policy_release(policy);
}

static void organisations_keep_their_numbers(void **state) {
    gate_scene *scene = *state;
    add_account(scene, "a", SHIRE_GATE_COST_ANALYST, "ZED");
    add_account(scene, "b", SHIRE_GATE_COST_ANALYST, "COUNCIL");
    add_account(scene, "c", SHIRE_GATE_COST_ANALYST, "ALPHA");
    add_account(scene, "d", SHIRE_GATE_CITIZEN, "P1");
    const shire_gate_policy *policy = read_policy(scene);
    static const char *const all[] = {"TRUST", "COUNCIL", "PRACTICE", "ALPHA", "ZED"};
    assert_int_equal(shire_gate_policy_organisation_count(policy), 5);
    for (int32_t i = 0; i < 5; i++) {
        assert_string_equal(shire_gate_policy_organisation(policy, i), all[i]);
        assert_int_equal(shire_gate_policy_find_organisation(policy, shire_span_of(all[i])), i);
    }
    assert_int_equal(shire_gate_policy_find_organisation(policy, shire_span_of("TRUS")), -1);
    assert_int_equal(shire_gate_policy_find_organisation(policy, shire_span_of("")), -1);
    assert_string_equal(shire_gate_policy_organisation(policy, -1), "");
    assert_string_equal(shire_gate_policy_organisation(policy, 5), "");
    shire_gate_viewer viewer;
    const char *name = NULL;
    const char *organisation = NULL;
    OK(shire_gate_policy_viewer(policy, 4, SHIRE_GATE_OWN, NOW, scene->arena, &viewer, &name,
                                &organisation, error));
    assert_string_equal(name, "d");
    assert_string_equal(organisation, "");
    assert_string_equal(viewer.person_id, "P1");
    assert_int_equal(viewer.organisation, SHIRE_GATE_NOBODY);
    shire_gate_policy_release(policy);
}

/* P1 went into P2, P2 into P3; P4 was split off P3, and P5 off P4. */
static void ids_that_retired_or_split_are_followed(void **state) {
    gate_scene *scene = *state;
    shire_gate_subject subject;
    execute(scene, "INSERT INTO index_run VALUES (1, '', '', 0, 0)");
    execute(scene, "INSERT INTO index_person VALUES ('P5', 1, NULL, NULL), ('P4', 1, NULL, NULL), "
                   "('P3', 1, NULL, NULL), ('P2', 1, 1, 'P3'), ('P1', 1, 1, 'P2')");
    execute(scene,
            "INSERT INTO index_change VALUES (1, 1, 'split', 'P3', 'P4', 'fact', NULL, NULL, "
            "NULL, NULL, NULL), (2, 1, 'split', 'P4', 'P5', 'fact', NULL, NULL, NULL, NULL, "
            "NULL)");
    execute(scene,
            "INSERT INTO relationship VALUES (1, 'P1', 'referral', 'TRUST', NULL, "
            "'2026-01-01', NULL), (2, 'P3', 'caseload', 'COUNCIL', NULL, '2026-01-01', NULL)");
    execute(scene, "INSERT INTO consent VALUES (1, 'P2', 'hiv', 'TRUST', '2020-01-01', NULL)");
    execute(scene, "INSERT INTO opt_out VALUES ('P3', '2020-01-01', NULL)");
    add_account(scene, "citizen", SHIRE_GATE_CITIZEN, "P1");
    const shire_gate_policy *policy = read_policy(scene);
    const shire_gate_relationship derived = {SHIRE_GATE_REGISTRATION, PRACTICE, SHIRE_GATE_NOBODY,
                                             0, SHIRE_GATE_NO_END};
    OK(shire_gate_policy_subject(policy, "P3", &derived, 1, scene->arena, &subject, error));
    assert_int_equal(subject.relationship_count, 3);
    assert_int_equal(subject.relationships[0].kind, SHIRE_GATE_REGISTRATION);
    assert_int_equal(subject.consent_count, 1);
    assert_int_equal(subject.consents[0].organisation, TRUST);
    assert_int_equal(subject.opt_out_count, 1);
    static const char *const split[] = {"P4", "P5"};
    for (size_t i = 0; i < 2; i++) {
        OK(shire_gate_policy_subject(policy, split[i], NULL, 0, scene->arena, &subject, error));
        assert_int_equal(subject.opt_out_count, 1);
        assert_int_equal(subject.consent_count, 0);
        assert_int_equal(subject.relationship_count, 0);
    }
    shire_gate_viewer viewer;
    OK(shire_gate_policy_viewer(policy, 1, SHIRE_GATE_OWN, NOW, scene->arena, &viewer, NULL, NULL,
                                error));
    assert_string_equal(viewer.person_id, "P3");
    shire_gate_policy_release(policy);
}

static void the_later_of_two_seals_holds_whoever_the_item_is_about(void **state) {
    gate_scene *scene = *state;
    shire_gate_subject subject;
    execute(scene, "INSERT INTO team VALUES (1, 'COUNCIL', 'Children')");
    execute(scene, "INSERT INTO seal VALUES (1, 'P1', 'TRUST', NULL, '2026-01-01', '2026-02-01'), "
                   "(2, 'P1', 'COUNCIL', 1, '2026-03-01', NULL)");
    execute(scene, "INSERT INTO seal_item VALUES (1, 'event/TRUST/pas/1'), (1, 'event/TRUST/pas/2')"
                   ", (2, 'event/TRUST/pas/2')");
    const shire_gate_policy *policy = read_policy(scene);
    OK(shire_gate_policy_subject(policy, "P9", NULL, 0, scene->arena, &subject, error));
    assert_int_equal(subject.seal_count, 2);
    uint32_t place = shire_gate_policy_seal(policy, shire_span_of("event/TRUST/pas/2"));
    assert_int_equal(place, 2);
    assert_int_equal(subject.seals[place - 1].organisation, COUNCIL);
    assert_int_equal(subject.seals[place - 1].team, 1);
    assert_int_equal(shire_gate_policy_seal(policy, shire_span_of("event/TRUST/pas/1")), 1);
    assert_int_equal(shire_gate_policy_seal(policy, shire_span_of("event/TRUST/pas/")), 0);
    assert_int_equal(shire_gate_policy_seal(policy, shire_span_of("event/TRUST/pas/3")), 0);
    shire_gate_policy_release(policy);
}

static void a_store_that_no_program_of_ours_wrote_is_refused(void **state) {
    gate_scene *scene = *state;
    static const char *const wrong[] = {
        "INSERT INTO agreement VALUES (1, 'A', 'B', 'care', 'everything', '2026-01-01', NULL, '')",
        "INSERT INTO agreement VALUES (1, 'A', 'B', 'fun', 'gp', '2026-01-01', NULL, '')",
        "INSERT INTO agreement VALUES (1, 'A', 'B', 'care', 'gp', 'soon', NULL, '')",
        "INSERT INTO relationship VALUES (1, 'P', 'friend', 'A', NULL, '2026-01-01', NULL)",
        "INSERT INTO consent VALUES (1, 'P', '', '*', '2026-01-01', NULL)"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const shire_gate_policy *policy = NULL;
        shire_error error = {0};
        execute(scene, "SAVEPOINT trial");
        execute(scene, wrong[i]);
        assert_int_equal(shire_gate_policy_read(scene->store, codes, 3, &policy, &error),
                         SHIRE_INVALID);
        assert_null(policy);
        execute(scene, "ROLLBACK TO trial");
    }
}

/* With the Nth allocation failing, for every N: a sentence, no policy, nothing left behind. */
static void a_lack_of_memory_is_told(void **state) {
    gate_scene *scene = *state;
    shire_gate_watch *watch = NULL;
    shire_status status = SHIRE_NO_MEMORY;
    int64_t failures = 0;
    add_account(scene, "nurse", SHIRE_GATE_CLINICIAN, "TRUST");
    execute(scene, "INSERT INTO relationship VALUES (1, 'P1', 'referral', 'TRUST', NULL, "
                   "'2026-09-01', NULL)");
    execute(scene, "INSERT INTO agreement VALUES (1, 'COUNCIL', 'TRUST', 'care', 'gp', "
                   "'2026-09-21', NULL, 'A1')");
    execute(scene, "INSERT INTO consent VALUES (1, 'P1', 'hiv', '*', '2020-01-01', NULL)");
    OK(shire_gate_watch_new(codes, 3, &watch, error));
    while (status != SHIRE_OK) {
        shire_error error = {0};
        shire_memory_fail_after(failures);
        status = shire_gate_watch_refresh(watch, scene->store, &error);
        shire_memory_fail_after(-1);
        if (status != SHIRE_OK) {
            assert_int_equal(status, SHIRE_NO_MEMORY);
            assert_true(error.message[0] != '\0');
            assert_null(shire_gate_watch_take(watch));
            failures++;
        }
    }
    assert_true(failures > 5);
    shire_gate_watch_free(watch);
}

/* ---- a policy takes another's place under threads ---- */

enum { THREADS = 4, SWAPS = 60 };

typedef struct swap_trial {
    shire_gate_watch *watch;
    atomic_bool is_over;
    atomic_long decisions;
} swap_trial;

/* Each version has as many agreements of the trust as consents of the person, so that a policy of
 * two halves shows. */
static void *decide(void *context) {
    swap_trial *trial = context;
    shire_arena *arena = NULL;
    long count = 0;
    do {
        const shire_gate_policy *policy = shire_gate_watch_take(trial->watch);
        shire_gate_viewer viewer;
        shire_gate_subject subject;
        size_t agreed = 0;
        OK(shire_arena_new("trial", 0, &arena, error));
        OK(shire_gate_policy_viewer(policy, 1, SHIRE_GATE_CARE, NOW, arena, &viewer, NULL, NULL,
                                    error));
        OK(shire_gate_policy_subject(policy, "P1", NULL, 0, arena, &subject, error));
        for (size_t i = 1; i < viewer.organisation_count; i++) {
            agreed += viewer.agreed[i] != 0 ? 1 : 0;
        }
        assert_int_equal(agreed, subject.consent_count);
        shire_gate_policy_release(policy);
        shire_arena_free(arena);
        count++;
    } while (!atomic_load(&trial->is_over));
    atomic_fetch_add(&trial->decisions, count);
    return NULL;
}

static void threads_decide_by_whole_policies(void **state) {
    gate_scene *scene = *state;
    swap_trial trial = {0};
    pthread_t threads[THREADS];
    char sql[256];
    add_account(scene, "nurse", SHIRE_GATE_CLINICIAN, "TRUST");
    OK(shire_gate_watch_new(codes, 1, &trial.watch, error));
    assert_null(shire_gate_watch_take(trial.watch));
    OK(shire_gate_watch_refresh(trial.watch, scene->store, error));
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, decide, &trial), 0);
    }
    for (int i = 1; i <= SWAPS; i++) {
        snprintf(
            sql, sizeof sql,
            "INSERT INTO agreement VALUES (%d, 'BODY%d', 'TRUST', 'care', 'gp', '2026-01-01', "
            "NULL, ''); INSERT INTO consent VALUES (%d, 'P1', 'hiv', '*', '2026-01-01', NULL); "
            "UPDATE gate_version SET version = version + 1",
            i, i, i);
        execute(scene, sql);
        OK(shire_gate_watch_refresh(trial.watch, scene->store, error));
        OK(shire_gate_watch_refresh(trial.watch, scene->store, error));
    }
    atomic_store(&trial.is_over, true);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    const shire_gate_policy *policy = shire_gate_watch_take(trial.watch);
    assert_int_equal(shire_gate_policy_version(policy),
                     number_of(scene, "SELECT version FROM gate_version"));
    assert_int_equal(shire_gate_policy_organisation_count(policy), SWAPS + 1);
    assert_true(atomic_load(&trial.decisions) > 0);
    shire_gate_policy_release(policy);
    shire_gate_watch_free(trial.watch);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(what_the_store_says_decides),
        CASE(a_team_holds_what_its_members_of_the_day_open),
        CASE(organisations_keep_their_numbers),
        CASE(ids_that_retired_or_split_are_followed),
        CASE(the_later_of_two_seals_holds_whoever_the_item_is_about),
        CASE(a_store_that_no_program_of_ours_wrote_is_refused),
        CASE(a_lack_of_memory_is_told),
        CASE(threads_decide_by_whole_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
