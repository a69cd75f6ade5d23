/* Counts of people by body and kind of care: held against a plain count by the rules, for each
 * purpose that counts, with opt-outs, seals, sensitive kinds and agreements. */
#include "record_scene.h"

#include "record/record_count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static record_scene scene;

static uint32_t opted_out = 7; /* a person by number */

static const shire_record_book *book(void) {
    return shire_record_get_book(scene.record);
}

/* ---- the rules, plainly ---- */

static bool is_sealed(const shire_record_event *event) {
    char buffer[SHIRE_RECORD_KEY_BYTES];
    const shire_record_source *source = &book()->sources[book()->kinds[event->kind].source];
    shire_span id = shire_record_book_key(book(), event->id, buffer);
    long long number = atoll(id.length == 12 ? id.bytes : "0") - 123456789012LL;
    return source->organisation == CO && number >= 0 && number <= 6000 && number % 6 == 0 &&
           shire_span_equal(shire_record_book_text(book(), source->name), shire_span_of("care"));
}

/* What the council's analyst may count; `is_shut` is who sealed: the trust, and not the council. */
static bool counts(shire_gate_purpose purpose, uint32_t person, const shire_record_event *event,
                   bool is_shut) {
    const shire_record_kind *kind = &book()->kinds[event->kind];
    uint32_t owner = book()->sources[kind->source].organisation;
    bool is_shared =
        owner == CO ||
        (owner == TR && (purpose == SHIRE_GATE_FINANCE || kind->category == SHIRE_GATE_ACUTE));
    bool is_out = purpose == SHIRE_GATE_PLANNING && person == opted_out;
    return is_shared && !is_out && kind->sensitivity == 0 && !(is_shut && is_sealed(event));
}

static int64_t count_plainly(shire_gate_purpose purpose, const shire_record_tally *tally,
                             bool is_shut) {
    int64_t people = 0;
    for (uint32_t person = 0; person < book()->person_count; person++) {
        const shire_record_person *here = &book()->persons[person];
        bool is_counted = false;
        for (uint32_t i = here->first_event; i < here[1].first_event; i++) {
            const shire_record_event event = shire_record_book_event(book(), i);
            const shire_record_kind *kind = &book()->kinds[event.kind];
            is_counted |=
                book()->sources[kind->source].organisation == tally->organisation &&
                (tally->setting == SHIRE_RECORD_NOBODY || tally->setting == kind->setting) &&
                counts(purpose, person, &event, is_shut);
        }
        people += is_counted;
    }
    return people;
}

/* ---- every tally ---- */

/* The people of all tallies together, so that a test can tell that something changed. */
static int64_t check_tallies(int account, shire_gate_purpose purpose, bool is_shut) {
    shire_arena *arena = NULL;
    shire_record_tally *tallies = NULL;
    size_t count = 0;
    int64_t people = 0;
    scene_asker asker;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    record_scene_ask_as(&scene, account, arena, &asker);
    SCENE_OK(&scene, shire_gate_policy_viewer(scene.policy, account, purpose, SCENE_NOW, arena,
                                              &asker.viewer, &asker.asker.account,
                                              &asker.asker.organisation, &scene.error));
    SCENE_OK(&scene, shire_record_count_people(scene.record, &asker.asker, arena, &tallies, &count,
                                               &scene.error));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tallies[i].people, account == COST_ANALYST
                                                ? count_plainly(purpose, &tallies[i], is_shut)
                                                : 0);
        people += tallies[i].people;
        for (size_t k = 0; k < i; k++) { /* each cell once */
            assert_false(tallies[k].organisation == tallies[i].organisation &&
                         tallies[k].setting == tallies[i].setting);
        }
    }
    shire_arena_free(arena);
    return people;
}

static void every_count_is_that_of_the_plain_rules(void **state) {
    (void)state;
    int64_t finance = check_tallies(COST_ANALYST, SHIRE_GATE_FINANCE, false);
    int64_t alone = check_tallies(COST_ANALYST, SHIRE_GATE_PLANNING, false);
    assert_true(finance > alone && alone > 0);
}

static void seals_and_opt_outs_take_people_out_of_a_count(void **state) {
    (void)state;
    int64_t before = check_tallies(COST_ANALYST, SHIRE_GATE_PLANNING, false);
    record_scene_execute(&scene, "UPDATE seal SET organisation = 'TR'");
    assert_true(check_tallies(COST_ANALYST, SHIRE_GATE_PLANNING, true) < before);
    record_scene_execute(&scene, "UPDATE seal SET organisation = 'CO'");
    record_scene_execute(&scene, "UPDATE opt_out SET until_day = '2020-01-02'");
    opted_out = SHIRE_RECORD_NOBODY;
    assert_true(check_tallies(COST_ANALYST, SHIRE_GATE_PLANNING, false) > before);
}

static void who_may_count_nobody_is_told_of_nobody(void **state) {
    (void)state;
    assert_int_equal(check_tallies(CLINICIAN, SHIRE_GATE_CARE, false), 0);
    assert_int_equal(check_tallies(STRANGER_CLINICIAN, SHIRE_GATE_CARE, false), 0);
    assert_int_equal(check_tallies(COUNCIL_OFFICER, SHIRE_GATE_ADMINISTRATION, false), 0);
}

static int make_scene(void **state) {
    (void)state;
    char sql[160];
    record_scene_make(&scene);
    shire_span id = shire_record_book_text(book(), book()->persons[opted_out].id);
    record_scene_execute(&scene,
                         "INSERT INTO agreement VALUES (6, 'TR', 'CO', 'planning', 'acute', "
                         "'2020-01-01', NULL, 'A6')");
    (void)snprintf(sql, sizeof sql, "INSERT INTO opt_out VALUES ('%.*s', '2020-01-01', NULL)",
                   (int)id.length, id.bytes);
    record_scene_execute(&scene, sql);
    return 0;
}

static int remove_scene(void **state) {
    (void)state;
    record_scene_remove(&scene);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_count_is_that_of_the_plain_rules),
        cmocka_unit_test(seals_and_opt_outs_take_people_out_of_a_count),
        cmocka_unit_test(who_may_count_nobody_is_told_of_nobody),
    };
    return cmocka_run_group_tests(tests, make_scene, remove_scene);
}
