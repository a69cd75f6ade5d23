/* Reading people through the gate: what every viewer gets of every person is held against a plain
 * reading of the rules, and nothing that is hidden shows anywhere in what comes out. */
#include "record_scene.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static record_scene scene;

static shire_arena *new_arena(void) {
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    return arena;
}

/* ---- the rules, plainly ---- */

static const shire_record_book *book(void) {
    return shire_record_get_book(scene.record);
}

static uint32_t owner_of(const shire_record_event *event) {
    return book()->sources[book()->kinds[event->kind].source].organisation;
}

/* Whether the body of the viewer has a relationship of a kind that counts for the role. */
static bool is_related(uint32_t person, uint32_t body, shire_gate_role role) {
    const shire_record_person *here = &book()->persons[person];
    for (uint32_t i = here->first_entry; i < here[1].first_entry; i++) {
        const shire_record_source *source = &book()->sources[book()->entries[i].source];
        if (source->organisation == body && role == SHIRE_GATE_CLINICIAN &&
            shire_span_equal(shire_record_book_text(book(), source->name), shire_span_of("gp"))) {
            return true;
        }
    }
    for (uint32_t i = here->first_event; i < here[1].first_event; i++) {
        const shire_record_event value = shire_record_book_event(book(), i);
        const shire_record_event *event = &value;
        const shire_record_kind *kind = &book()->kinds[event->kind];
        bool is_housing = kind->category == SHIRE_GATE_HOUSING;
        bool is_tenancy = (kind->flags & SHIRE_RECORD_TENANCY) != 0;
        bool goes_on =
            event->end == SHIRE_RECORD_NO_TIME && (kind->flags & SHIRE_RECORD_LASTS) != 0;
        int32_t last = event->end != SHIRE_RECORD_NO_TIME ? event->end : event->start;
        int32_t days = is_tenancy ? 0 : 183;
        bool is_current =
            goes_on || (last - (last < 0 ? 1439 : 0)) / 1440 + days >= book()->horizon;
        if (owner_of(event) == body && is_current && (!is_housing || is_tenancy) &&
            (role != SHIRE_GATE_HOUSING_OFFICER ? !is_tenancy : true)) {
            return true;
        }
    }
    return false;
}

static bool shares(uint32_t owner, int account, shire_gate_category category) {
    static const int bodies[SCENE_ACCOUNTS] = {
        [CLINICIAN] = TR,    [SOCIAL_WORKER] = CO,   [HOUSING_OFFICER] = HA,
        [COST_ANALYST] = CO, [COUNCIL_OFFICER] = CO, [PRIVACY_OFFICER] = TR};
    if (account == CITIZEN) {
        return true;
    }
    if (account == STRANGER_CLINICIAN) {
        return false;
    }
    if ((int)owner == bodies[account]) {
        return true;
    }
    bool is_care = account == CLINICIAN || account == SOCIAL_WORKER || account == HOUSING_OFFICER;
    if (owner == CO && account == CLINICIAN) {
        return category == SHIRE_GATE_DEMOGRAPHICS || category == SHIRE_GATE_SOCIAL_CARE;
    }
    if (owner == TR && bodies[account] == CO && is_care) {
        return category == SHIRE_GATE_ACUTE;
    }
    if (owner == HA && bodies[account] == CO && is_care) {
        return category == SHIRE_GATE_DEMOGRAPHICS || category == SHIRE_GATE_HOUSING;
    }
    return owner == TR && account == COST_ANALYST && category == SHIRE_GATE_COST;
}

static bool role_sees(int account, shire_gate_category category) {
    switch (account) {
    case CLINICIAN:
    case STRANGER_CLINICIAN:
    case CITIZEN:
        return category != SHIRE_GATE_COST;
    case SOCIAL_WORKER:
        return category != SHIRE_GATE_COST && category != SHIRE_GATE_GP;
    case HOUSING_OFFICER:
        return category == SHIRE_GATE_DEMOGRAPHICS || category == SHIRE_GATE_HOUSING;
    case COST_ANALYST:
        return category == SHIRE_GATE_COST;
    default:
        return category == SHIRE_GATE_DEMOGRAPHICS;
    }
}

/* Whether the viewer's role opens the person at all. */
static bool is_open(int account, uint32_t person) {
    static const shire_gate_role roles[SCENE_ACCOUNTS] = {
        [CLINICIAN] = SHIRE_GATE_CLINICIAN,
        [SOCIAL_WORKER] = SHIRE_GATE_SOCIAL_WORKER,
        [HOUSING_OFFICER] = SHIRE_GATE_HOUSING_OFFICER,
        [COUNCIL_OFFICER] = SHIRE_GATE_HOUSING_OFFICER}; /* any relationship counts */
    switch (account) {
    case CLINICIAN:
        return is_related(person, TR, roles[account]);
    case SOCIAL_WORKER:
    case COUNCIL_OFFICER:
        return is_related(person, CO, roles[account]);
    case HOUSING_OFFICER:
        return is_related(person, HA, roles[account]);
    case CITIZEN:
        return person == 3;
    case STRANGER_CLINICIAN:
        return false;
    default:
        return true;
    }
}

static bool sees(int account, uint32_t person, const shire_record_event *event, bool of_cost) {
    char buffer[SHIRE_RECORD_KEY_BYTES];
    const shire_record_kind *kind = &book()->kinds[event->kind];
    shire_gate_category category = of_cost ? SHIRE_GATE_COST : (shire_gate_category)kind->category;
    shire_span id = shire_record_book_key(book(), event->id, buffer);
    long long number = atoll(id.length == 12 ? id.bytes : "0") - 123456789012LL;
    bool is_sealed =
        owner_of(event) == CO && number >= 0 && number <= 6000 && number % 6 == 0 &&
        id.bytes[0] == '1' &&
        shire_span_equal(shire_record_book_text(book(), book()->sources[kind->source].name),
                         shire_span_of("care"));
    bool is_councils =
        account == SOCIAL_WORKER || account == COST_ANALYST || account == COUNCIL_OFFICER;
    /* The first person includes sexual health for all who care for them; the citizen sees theirs.
     */
    bool is_included = person == 3 && account != COST_ANALYST;
    return is_open(account, person) && role_sees(account, category) &&
           shares(owner_of(event), account, category) && (!is_sealed || is_councils) &&
           (kind->sensitivity == 0 || is_included);
}

/* ---- every viewer, every person ---- */

/* Whether the text stands in the JSON as a whole value, after `before` ("\"local_id\":"). */
static bool contains(const char *json, const char *before, shire_span text) {
    char part[128];
    snprintf(part, sizeof part, "%s\"%.*s\"", before, (int)text.length, text.bytes);
    return strstr(json, part) != NULL;
}

static void check_person(int account, uint32_t person, shire_arena *arena, size_t *shown_out,
                         size_t *hidden_out) {
    scene_asker asker;
    shire_record_view view = {0};
    shire_audit_entry entry;
    const shire_record_person *here = &book()->persons[person];
    record_scene_ask_as(&scene, account, arena, &asker);
    const shire_record_request request = {.person_id = shire_record_book_text(book(), here->id),
                                          .count = SHIRE_RECORD_PAGE_MAX};
    shire_status status =
        shire_record_read(scene.record, &asker.asker, &request, arena, &view, &entry, &scene.error);
    assert_true(status == SHIRE_OK || status == SHIRE_NOT_FOUND);
    assert_true(shire_span_equal(shire_span_of(entry.subject), request.person_id));
    json_t *json = status == SHIRE_OK ? shire_record_view_json(&view) : json_object();
    char *text = json_dumps(json, JSON_COMPACT);
    assert_non_null(text);
    size_t count = 0;
    shire_money cost = 0;
    for (uint32_t i = here->first_event; i < here[1].first_event; i++) {
        char buffer[SHIRE_RECORD_KEY_BYTES];
        const shire_record_event value = shire_record_book_event(book(), i);
        const shire_record_event *event = &value;
        bool is_seen = sees(account, person, event, false);
        shire_span id = shire_record_book_key(book(), event->id, buffer);
        assert_int_equal(contains(text, "", id), is_seen);
        count += is_seen;
        cost += sees(account, person, event, true) ? event->cost : 0;
        *(is_seen ? shown_out : hidden_out) += 1;
    }
    assert_int_equal(view.moment_total, count);
    assert_int_equal(view.moment_count, count);
    assert_int_equal(view.cost_total, cost);
    for (uint32_t i = here->first_entry; i < here[1].first_entry; i++) {
        char buffer[SHIRE_RECORD_KEY_BYTES];
        const shire_record_entry *record = &book()->entries[i];
        uint32_t owner = book()->sources[record->source].organisation;
        bool is_seen = is_open(account, person) && role_sees(account, SHIRE_GATE_DEMOGRAPHICS) &&
                       shares(owner, account, SHIRE_GATE_DEMOGRAPHICS);
        shire_span phone = shire_record_book_text(book(), record->texts[SHIRE_RECORD_PHONE]);
        shire_span id = shire_record_book_key(book(), record->local_id, buffer);
        assert_int_equal(contains(text, "", phone), is_seen);
        assert_int_equal(contains(text, "\"local_id\":", id), is_seen);
    }
    free(text);
    json_decref(json);
    shire_record_view_done(&view);
}

static void what_is_hidden_shows_nowhere_and_all_else_does(void **state) {
    (void)state;
    for (int account = 1; account < SCENE_ACCOUNTS; account++) {
        size_t shown = 0;
        size_t hidden = 0;
        for (uint32_t person = 0; person < book()->person_count; person++) {
            shire_arena *arena = new_arena();
            check_person(account, person, arena, &shown, &hidden);
            shire_arena_free(arena);
        }
        bool is_of_care = account == CLINICIAN || account == SOCIAL_WORKER ||
                          account == HOUSING_OFFICER || account == CITIZEN;
        assert_int_equal(shown > 0, is_of_care);
        assert_true(hidden > 0);
    }
}

/* ---- ids ---- */

static shire_status read_as(int account, const char *person_id, shire_arena *arena,
                            shire_record_view *view, shire_audit_entry *entry) {
    scene_asker asker;
    record_scene_ask_as(&scene, account, arena, &asker);
    const shire_record_request request = {.person_id = shire_span_of(person_id)};
    scene.error = (shire_error){0};
    return shire_record_read(scene.record, &asker.asker, &request, arena, view, entry,
                             &scene.error);
}

static void nobody_and_somebody_hidden_are_told_alike(void **state) {
    (void)state;
    char messages[2][SHIRE_ERROR_MESSAGE_BYTES];
    static const char *const ids[2] = {"P-70039", "P-1"};
    shire_arena *arena = new_arena();
    for (int i = 0; i < 2; i++) {
        shire_record_view view;
        shire_audit_entry entry;
        assert_int_equal(read_as(STRANGER_CLINICIAN, ids[i], arena, &view, &entry),
                         SHIRE_NOT_FOUND);
        snprintf(messages[i], sizeof messages[i], "%s", scene.error.message);
        assert_string_equal(entry.kind, "read");
        assert_string_equal(entry.detail, "refused");
        assert_string_equal(entry.actor, "stranger");
        assert_string_equal(entry.subject, i == 0 ? "P-70039" : "");
    }
    assert_string_equal(messages[0], messages[1]);
    shire_arena_free(arena);
}

/* Relationships that only the bodies' records tell of count, so that nobody is asked for a reason
 * about a person whom they look after. */
static void a_reason_is_asked_for_only_where_it_would_open(void **state) {
    (void)state;
    size_t counts[2] = {0}; /* closed, open */
    shire_arena *arena = new_arena();
    scene_asker asker;
    shire_record_closed closed;
    record_scene_ask_as(&scene, CLINICIAN, arena, &asker);
    for (uint32_t person = 0; person < book()->person_count; person++) {
        shire_span id = shire_record_book_text(book(), book()->persons[person].id);
        SCENE_OK(&scene, shire_record_closed_read(scene.record, &asker.asker, id, arena, &closed,
                                                  &scene.error));
        bool is_related_here = is_related(person, TR, SHIRE_GATE_CLINICIAN);
        assert_int_equal(closed.is_open, is_related_here);
        assert_int_equal(
            shire_gate_may_break_glass(closed.opening, closed.owners, closed.owner_count),
            !is_related_here);
        counts[closed.is_open]++;
    }
    assert_true(counts[0] > 0 && counts[1] > 0);
    SCENE_OK(&scene, shire_record_closed_read(scene.record, &asker.asker, shire_span_of("P-1"),
                                              arena, &closed, &scene.error));
    assert_int_equal(closed.owner_count, 0);
    assert_false(closed.is_open);
    shire_arena_free(arena);
}

static void a_retired_id_answers_where_it_went(void **state) {
    (void)state;
    static const char *const ids[] = {"P-OLD", "P-OLDER"};
    for (size_t i = 0; i < 2; i++) {
        shire_arena *arena = new_arena();
        shire_record_view view;
        shire_audit_entry entry;
        SCENE_OK(&scene, read_as(CITIZEN, ids[i], arena, &view, &entry));
        assert_true(view.was_moved);
        assert_true(shire_span_equal(view.person_id, shire_span_of("P-70039")));
        assert_string_equal(entry.subject, "P-70039");
        shire_record_view_done(&view);
        shire_arena_free(arena);
    }
}

static void the_timeline_is_paged_latest_first(void **state) {
    (void)state;
    shire_arena *arena = new_arena();
    scene_asker asker;
    shire_record_view whole = {0};
    shire_audit_entry entry;
    record_scene_ask_as(&scene, CITIZEN, arena, &asker);
    shire_record_request request = {.person_id = shire_span_of("P-70039"), .count = 1000};
    SCENE_OK(&scene, shire_record_read(scene.record, &asker.asker, &request, arena, &whole, &entry,
                                       &scene.error));
    assert_true(whole.moment_count > 5);
    for (size_t i = 1; i < whole.moment_count; i++) {
        assert_true(whole.moments[i - 1].start >= whole.moments[i].start);
    }
    for (size_t first = 0; first <= whole.moment_count + 1; first += 2) {
        shire_record_view page = {0};
        request.first = first;
        request.count = 2;
        SCENE_OK(&scene, shire_record_read(scene.record, &asker.asker, &request, arena, &page,
                                           &entry, &scene.error));
        assert_int_equal(page.moment_total, whole.moment_count);
        for (size_t i = 0; i < page.moment_count; i++) {
            assert_true(
                shire_span_equal(page.moments[i].event_id, whole.moments[first + i].event_id));
        }
        assert_int_equal(page.moment_count, first >= whole.moment_count       ? 0
                                            : first + 1 == whole.moment_count ? 1
                                                                              : 2);
    }
    request.first = 0;
    request.count = 1000;
    request.categories = SHIRE_GATE_BIT(SHIRE_GATE_ACUTE);
    shire_record_view acute = {0};
    SCENE_OK(&scene, shire_record_read(scene.record, &asker.asker, &request, arena, &acute, &entry,
                                       &scene.error));
    assert_int_equal(acute.moment_total, whole.category_counts[SHIRE_GATE_ACUTE]);
    shire_arena_free(arena);
}

static void a_folded_timeline_holds_each_event_once(void **state) {
    (void)state;
    size_t folded = 0;
    for (uint32_t person = 0; person < book()->person_count; person++) {
        shire_arena *arena = new_arena();
        scene_asker asker;
        shire_audit_entry entry;
        shire_record_view views[2];
        shire_money costs[2] = {0};
        size_t events[2] = {0};
        record_scene_ask_as(&scene, CLINICIAN, arena, &asker);
        for (int is_folded = 0; is_folded < 2; is_folded++) {
            const shire_record_request request = {
                .person_id = shire_record_book_text(book(), book()->persons[person].id),
                .count = SHIRE_RECORD_PAGE_MAX,
                .is_folded = is_folded};
            shire_record_view *view = &views[is_folded];
            if (shire_record_read(scene.record, &asker.asker, &request, arena, view, &entry,
                                  NULL) != SHIRE_OK) {
                continue;
            }
            for (size_t i = 0; i < view->moment_count; i++) {
                const shire_record_moment *moment = &view->moments[i];
                events[is_folded] += moment->event_count;
                costs[is_folded] += moment->cost;
                assert_true(moment->event_count == 1 || moment->end >= moment->start);
                folded += moment->event_count > 1;
            }
            shire_record_view_done(view);
        }
        assert_int_equal(events[0], events[1]);
        assert_int_equal(costs[0], costs[1]);
        shire_arena_free(arena);
    }
    assert_true(folded > 0);
}

/* ---- one's own access log ---- */

static void the_person_reads_who_read_their_record(void **state) {
    (void)state;
    shire_arena *arena = new_arena();
    scene_asker asker;
    shire_record_access *accesses = NULL;
    shire_audit_entry entry;
    size_t count = 0;
    size_t total = 0;
    const shire_audit_entry told[] = {
        {0, "read", "nurse", "TR", "care", "P-OLD", "acute"},
        {0, "read", "nurse", "TR", "care", "P-70013", "acute"},
        {0, "read", "worker", "CO", "care: asked for help", "P-70039", "plan"}};
    SCENE_OK(&scene, shire_store_begin(scene.store, &scene.error));
    for (size_t i = 0; i < 3; i++) {
        SCENE_OK(&scene, shire_audit_append(scene.store, &told[i], &scene.error));
    }
    SCENE_OK(&scene, shire_store_commit(scene.store, &scene.error));
    record_scene_ask_as(&scene, CITIZEN, arena, &asker);
    SCENE_OK(&scene,
             shire_record_accesses(scene.record, &asker.asker, shire_span_of("P-70039"), 0, 10,
                                   arena, &accesses, &count, &total, &entry, &scene.error));
    assert_int_equal(count, 2);
    assert_int_equal(total, 2);
    assert_true(shire_span_equal(accesses[0].organisation, shire_span_of("The Council")));
    assert_true(shire_span_equal(accesses[0].purpose, shire_span_of("care: asked for help")));
    assert_true(shire_span_equal(accesses[1].organisation, shire_span_of("The Trust")));
    assert_int_equal(shire_record_accesses(scene.record, &asker.asker, shire_span_of("P-70013"), 0,
                                           10, arena, &accesses, &count, &total, &entry,
                                           &scene.error),
                     SHIRE_NOT_FOUND);
    record_scene_ask_as(&scene, CLINICIAN, arena, &asker);
    assert_int_equal(shire_record_accesses(scene.record, &asker.asker, shire_span_of("P-70039"), 0,
                                           10, arena, &accesses, &count, &total, &entry,
                                           &scene.error),
                     SHIRE_NOT_FOUND);
    shire_arena_free(arena);
}

/* ---- threads ---- */

static void *read_all(void *context) {
    size_t *found = context;
    for (uint32_t person = 0; person < book()->person_count; person++) {
        shire_arena *arena = NULL;
        scene_asker asker;
        shire_record_view view;
        shire_audit_entry entry;
        if (shire_arena_new("thread_arena", 0, &arena, NULL) != SHIRE_OK) {
            return NULL;
        }
        record_scene_ask_as(&scene, CLINICIAN, arena, &asker);
        const shire_record_request request = {
            .person_id = shire_record_book_text(book(), book()->persons[person].id)};
        if (shire_record_read(scene.record, &asker.asker, &request, arena, &view, &entry, NULL) ==
            SHIRE_OK) {
            *found += view.moment_total;
            shire_record_view_done(&view);
        }
        shire_arena_free(arena);
    }
    return NULL;
}

static void threads_read_the_same(void **state) {
    (void)state;
    pthread_t threads[4];
    size_t found[4] = {0};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &found[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(found[i], found[0]);
    }
    assert_true(found[0] > 0);
}

static int set_up(void **state) {
    (void)state;
    record_scene_make(&scene);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    record_scene_remove(&scene);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_hidden_shows_nowhere_and_all_else_does),
        cmocka_unit_test(nobody_and_somebody_hidden_are_told_alike),
        cmocka_unit_test(a_reason_is_asked_for_only_where_it_would_open),
        cmocka_unit_test(a_retired_id_answers_where_it_went),
        cmocka_unit_test(the_timeline_is_paged_latest_first),
        cmocka_unit_test(a_folded_timeline_holds_each_event_once),
        cmocka_unit_test(the_person_reads_who_read_their_record),
        cmocka_unit_test(threads_read_the_same),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
