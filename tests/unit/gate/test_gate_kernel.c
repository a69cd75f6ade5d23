/* The gate's rules one by one: a case that is open, and for each rule the one thing that closes it
 * or opens it again; the edges of days and of summer time; the table of roles. */
#include "gate/gate_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { TRUST = 0, COUNCIL = 1, PRACTICE = 2, BODIES = 3, WARD = 10, CLINIC = 11 };

#define DAY ((shire_date)20000) /* 2024-10-04, in summer time */
#define NOON (INT64_C(20000) * 86400 + 43200)
#define AGREEMENTS_MAX 8

/* A clinician of the trust asks for a hospital event of the trust; all that a case may change. */
typedef struct gate_scene {
    shire_gate_agreement agreements[AGREEMENTS_MAX];
    size_t agreement_count;
    int32_t teams[2];
    shire_gate_relationship relationship;
    shire_gate_consent consent;
    shire_gate_seal seal;
    shire_gate_grant grant;
    shire_gate_opt_out opt_out;
    uint32_t agreed[BODIES];
    shire_gate_viewer viewer;
    shire_gate_subject subject;
    shire_gate_item item;
    shire_gate_action action;
} gate_scene;

static void set_scene(gate_scene *scene) {
    *scene = (gate_scene){
        .teams = {WARD},
        .relationship = {SHIRE_GATE_REFERRAL, TRUST, SHIRE_GATE_NOBODY, DAY - 10, DAY + 10},
        .consent = {SHIRE_GATE_HIV, TRUST, DAY, DAY},
        .seal = {TRUST, WARD, DAY - 1, SHIRE_GATE_NO_END},
        .grant = {7, NOON - 60, NOON + 60},
        .opt_out = {DAY, SHIRE_GATE_NO_END},
        .viewer = {.account_no = 7,
                   .organisation = TRUST,
                   .role = SHIRE_GATE_CLINICIAN,
                   .purpose = SHIRE_GATE_CARE,
                   .team_count = 1,
                   .now = NOON,
                   .organisation_count = BODIES},
        .subject = {.person_id = "P1", .relationship_count = 1},
        .item = {.owner = TRUST, .category = SHIRE_GATE_ACUTE},
        .action = SHIRE_GATE_READ};
}

static shire_gate_opening open_scene(gate_scene *scene) {
    shire_gate_viewer *viewer = &scene->viewer;
    viewer->teams = scene->teams;
    viewer->agreed = scene->agreed;
    shire_gate_agree(scene->agreements, scene->agreement_count, viewer->organisation,
                     viewer->purpose, shire_gate_day(viewer->now), scene->agreed, BODIES);
    scene->subject.relationships = &scene->relationship;
    scene->subject.consents = &scene->consent;
    scene->subject.seals = &scene->seal;
    scene->subject.grants = &scene->grant;
    scene->subject.opt_outs = &scene->opt_out;
    return shire_gate_open(viewer, &scene->subject, scene->action);
}

static void expect(gate_scene *scene, shire_gate_rule rule) {
    shire_gate_opening opening = open_scene(scene);
    assert_string_equal(shire_gate_rule_name(shire_gate_judge(&opening, &scene->item)),
                        shire_gate_rule_name(rule));
}

static void add_agreement(gate_scene *scene, int32_t owner, uint32_t categories,
                          shire_gate_purpose purpose) {
    scene->agreements[scene->agreement_count++] =
        (shire_gate_agreement){.owner = owner,
                               .recipient = scene->viewer.organisation,
                               .categories = categories,
                               .purpose = purpose,
                               .from = DAY,
                               .until = DAY};
}

static void ones_own_bodys_records_open_by_role_and_relationship(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    scene.item.category = SHIRE_GATE_COST;
    expect(&scene, SHIRE_GATE_NO_ACTION);
    scene.item.category = SHIRE_GATE_CATEGORY_COUNT;
    expect(&scene, SHIRE_GATE_NO_ACTION);
    scene.item.category = SHIRE_GATE_ACUTE;
    scene.action = SHIRE_GATE_EXPORT;
    expect(&scene, SHIRE_GATE_NO_ACTION);
    scene.action = SHIRE_GATE_ACTION_COUNT;
    expect(&scene, SHIRE_GATE_NO_PURPOSE);
    scene.action = SHIRE_GATE_READ;
    scene.viewer.purpose = SHIRE_GATE_FINANCE;
    expect(&scene, SHIRE_GATE_NO_PURPOSE);
    scene.viewer.purpose = SHIRE_GATE_CARE;
    scene.viewer.role = SHIRE_GATE_ROLE_COUNT;
    expect(&scene, SHIRE_GATE_NO_PURPOSE);
}

static void a_relationship_counts_by_kind_holder_and_day(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    shire_gate_relationship *relationship = &scene.relationship;
    scene.viewer.role = SHIRE_GATE_CARE_COORDINATOR;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    relationship->kind = SHIRE_GATE_TENANCY;
    expect(&scene, SHIRE_GATE_NO_RELATIONSHIP);
    relationship->kind = SHIRE_GATE_CASELOAD;
    relationship->organisation = COUNCIL;
    expect(&scene, SHIRE_GATE_NO_RELATIONSHIP);
    relationship->organisation = TRUST;
    relationship->team = CLINIC;
    expect(&scene, SHIRE_GATE_NO_RELATIONSHIP);
    relationship->team = WARD;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    relationship->from = DAY + 1;
    expect(&scene, SHIRE_GATE_NO_RELATIONSHIP);
    relationship->from = DAY;
    relationship->until = DAY;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    relationship->from = DAY - 2;
    relationship->until = DAY - 1;
    expect(&scene, SHIRE_GATE_NO_RELATIONSHIP);
    /* Somebody of no organisation is not of the same one as a relationship of none. */
    *relationship = (shire_gate_relationship){SHIRE_GATE_CASELOAD, SHIRE_GATE_NOBODY,
                                              SHIRE_GATE_NOBODY, DAY, DAY};
    scene.viewer.organisation = SHIRE_GATE_NOBODY;
    add_agreement(&scene, TRUST, SHIRE_GATE_CATEGORIES_ALL, SHIRE_GATE_CARE);
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
}

static void another_bodys_records_need_an_agreement_of_that_day(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    scene.item = (shire_gate_item){.owner = COUNCIL, .category = SHIRE_GATE_SOCIAL_CARE};
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
    add_agreement(&scene, COUNCIL, SHIRE_GATE_BIT(SHIRE_GATE_HOUSING), SHIRE_GATE_CARE);
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
    add_agreement(&scene, COUNCIL, SHIRE_GATE_BIT(SHIRE_GATE_SOCIAL_CARE), SHIRE_GATE_PLANNING);
    add_agreement(&scene, PRACTICE, SHIRE_GATE_BIT(SHIRE_GATE_SOCIAL_CARE), SHIRE_GATE_CARE);
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
    add_agreement(&scene, COUNCIL, SHIRE_GATE_BIT(SHIRE_GATE_SOCIAL_CARE), SHIRE_GATE_CARE);
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    shire_gate_agreement *agreement = &scene.agreements[scene.agreement_count - 1];
    agreement->from = DAY + 1;
    agreement->until = SHIRE_GATE_NO_END;
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
    agreement->from = 0;
    agreement->until = DAY - 1;
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
    agreement->until = DAY;
    agreement->recipient = PRACTICE;
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
    agreement->recipient = TRUST;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    /* It shares one way, and says nothing of owners that nobody knows. */
    scene.item.owner = BODIES;
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
    scene.item.owner = SHIRE_GATE_NOBODY;
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
}

static void a_seal_opens_to_those_who_sealed(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    scene.subject.seal_count = 1;
    scene.item.seal = 1;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    scene.seal.team = CLINIC;
    expect(&scene, SHIRE_GATE_SEALED);
    scene.seal.until = DAY - 1;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    scene.seal.until = DAY;
    expect(&scene, SHIRE_GATE_SEALED);
    scene.seal.team = SHIRE_GATE_NOBODY;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    scene.seal.organisation = COUNCIL;
    expect(&scene, SHIRE_GATE_SEALED);
    scene.item.seal = 2; /* of which nothing is known */
    scene.seal.organisation = TRUST;
    expect(&scene, SHIRE_GATE_SEALED);
}

static void sensitive_items_need_the_persons_word_or_ones_own_team(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    scene.item.sensitivity = SHIRE_GATE_HIV;
    expect(&scene, SHIRE_GATE_SENSITIVE);
    scene.subject.consent_count = 1;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    scene.item.sensitivity = SHIRE_GATE_HIV | SHIRE_GATE_SEXUAL_HEALTH;
    expect(&scene, SHIRE_GATE_SENSITIVE);
    scene.item.sensitivity = SHIRE_GATE_HIV;
    scene.consent.organisation = COUNCIL;
    expect(&scene, SHIRE_GATE_SENSITIVE);
    scene.consent.organisation = SHIRE_GATE_EVERY;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    scene.consent.until = DAY - 1;
    expect(&scene, SHIRE_GATE_SENSITIVE);
    /* The team that looks after the person sees what its own organisation recorded, */
    scene.relationship.team = WARD;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    /* but not what another did, */
    scene.item.owner = COUNCIL;
    add_agreement(&scene, COUNCIL, SHIRE_GATE_CATEGORIES_ALL, SHIRE_GATE_CARE);
    expect(&scene, SHIRE_GATE_SENSITIVE);
    /* nor anything of a kind that is not known. */
    scene.item.owner = TRUST;
    scene.item.sensitivity = SHIRE_GATE_SENSITIVITY_ALL + 1;
    expect(&scene, SHIRE_GATE_SENSITIVE);
}

static void what_is_included_for_care_is_not_for_planning(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    scene.viewer.role = SHIRE_GATE_SERVICE;
    scene.viewer.purpose = SHIRE_GATE_PLANNING;
    scene.action = SHIRE_GATE_COUNT;
    scene.subject.consent_count = 1;
    expect(&scene, SHIRE_GATE_BY_ROLE);
    scene.item.sensitivity = SHIRE_GATE_HIV;
    expect(&scene, SHIRE_GATE_SENSITIVE);
}

static void broken_glass_stands_for_a_relationship_alone(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    scene.subject.relationship_count = 0;
    expect(&scene, SHIRE_GATE_NEEDS_REASON);
    scene.subject.grant_count = 1;
    expect(&scene, SHIRE_GATE_BY_BROKEN_GLASS);
    /* From its first second to the one before its end, and for who broke it. */
    scene.grant.opened = NOON;
    scene.grant.ends = NOON + 1;
    expect(&scene, SHIRE_GATE_BY_BROKEN_GLASS);
    scene.grant = (shire_gate_grant){7, NOON - 1, NOON};
    expect(&scene, SHIRE_GATE_NEEDS_REASON);
    scene.grant = (shire_gate_grant){7, NOON + 1, NOON + 2};
    expect(&scene, SHIRE_GATE_NEEDS_REASON);
    scene.grant = (shire_gate_grant){8, NOON - 1, NOON + 1};
    expect(&scene, SHIRE_GATE_NEEDS_REASON);
    scene.grant.account_no = 7;
    expect(&scene, SHIRE_GATE_BY_BROKEN_GLASS);
    /* No agreement, no seal, no sensitive item, no role, no writing. */
    scene.item.owner = COUNCIL;
    expect(&scene, SHIRE_GATE_NO_AGREEMENT);
    scene.item.owner = TRUST;
    scene.item.sensitivity = SHIRE_GATE_SUBSTANCE_MISUSE;
    expect(&scene, SHIRE_GATE_SENSITIVE);
    scene.item.sensitivity = 0;
    scene.item.seal = 1;
    scene.subject.seal_count = 1;
    scene.seal.team = CLINIC;
    expect(&scene, SHIRE_GATE_SEALED);
    scene.item = (shire_gate_item){.owner = TRUST, .category = SHIRE_GATE_PLAN};
    expect(&scene, SHIRE_GATE_BY_BROKEN_GLASS);
    scene.action = SHIRE_GATE_WRITE;
    expect(&scene, SHIRE_GATE_NO_RELATIONSHIP);
    scene.action = SHIRE_GATE_READ;
    scene.viewer.role = SHIRE_GATE_CARE_COORDINATOR;
    expect(&scene, SHIRE_GATE_NO_RELATIONSHIP);
}

static void an_opt_out_closes_planning_and_not_care(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    scene.subject.opt_out_count = 1;
    expect(&scene, SHIRE_GATE_BY_RELATIONSHIP);
    scene.viewer.role = SHIRE_GATE_SERVICE;
    scene.viewer.purpose = SHIRE_GATE_RESEARCH;
    scene.action = SHIRE_GATE_COUNT;
    expect(&scene, SHIRE_GATE_OPTED_OUT);
    scene.viewer.purpose = SHIRE_GATE_PLANNING;
    expect(&scene, SHIRE_GATE_OPTED_OUT);
    scene.opt_out.from = DAY + 1;
    expect(&scene, SHIRE_GATE_BY_ROLE);
    scene.opt_out = (shire_gate_opt_out){DAY - 1, DAY - 1};
    expect(&scene, SHIRE_GATE_BY_ROLE);
    scene.opt_out.until = DAY;
    expect(&scene, SHIRE_GATE_OPTED_OUT);
    scene.viewer.role = SHIRE_GATE_COST_ANALYST;
    scene.viewer.purpose = SHIRE_GATE_FINANCE;
    scene.item.category = SHIRE_GATE_COST;
    expect(&scene, SHIRE_GATE_BY_ROLE);
}

static void a_citizen_sees_their_own_record_and_no_other(void **state) {
    gate_scene scene;
    (void)state;
    set_scene(&scene);
    scene.viewer.role = SHIRE_GATE_CITIZEN;
    scene.viewer.purpose = SHIRE_GATE_OWN;
    scene.viewer.organisation = SHIRE_GATE_NOBODY;
    scene.viewer.person_id = "P1";
    expect(&scene, SHIRE_GATE_BY_OWN);
    scene.item.sensitivity = SHIRE_GATE_HIV;
    expect(&scene, SHIRE_GATE_BY_OWN);
    scene.item.sensitivity = SHIRE_GATE_DOMESTIC_ABUSE;
    expect(&scene, SHIRE_GATE_SENSITIVE);
    scene.item.sensitivity = 0;
    scene.item.category = SHIRE_GATE_COST;
    expect(&scene, SHIRE_GATE_NO_ACTION);
    scene.item.category = SHIRE_GATE_GP;
    scene.viewer.person_id = "P2";
    expect(&scene, SHIRE_GATE_NOT_OWN);
    scene.viewer.person_id = "";
    scene.subject.person_id = "";
    expect(&scene, SHIRE_GATE_NOT_OWN);
    scene.viewer.person_id = NULL;
    expect(&scene, SHIRE_GATE_NOT_OWN);
    scene.viewer.person_id = scene.subject.person_id = "P1";
    scene.action = SHIRE_GATE_SEARCH;
    expect(&scene, SHIRE_GATE_NO_ACTION);
}

static void nobody_unopened_may_be_known(void **state) {
    gate_scene scene;
    const int32_t trust[] = {TRUST};
    const int32_t council[] = {COUNCIL};
    const int32_t both[] = {COUNCIL, TRUST};
    (void)state;
    set_scene(&scene);
    scene.action = SHIRE_GATE_SEARCH;
    shire_gate_opening opening = open_scene(&scene);
    assert_true(shire_gate_may_know(&opening, trust, 1));
    assert_false(shire_gate_may_know(&opening, council, 1));
    assert_true(shire_gate_may_know(&opening, both, 2));
    assert_false(shire_gate_may_know(&opening, both, 0));
    assert_int_equal(shire_gate_categories(&opening, TRUST),
                     SHIRE_GATE_BIT(SHIRE_GATE_DEMOGRAPHICS));
    scene.subject.relationship_count = 0;
    opening = open_scene(&scene);
    assert_false(shire_gate_may_know(&opening, trust, 1));
    assert_false(shire_gate_may_break_glass(&opening, trust, 1));
    scene.action = SHIRE_GATE_READ;
    opening = open_scene(&scene);
    assert_false(shire_gate_may_know(&opening, trust, 1));
    assert_true(shire_gate_may_break_glass(&opening, both, 2));
    /* Without an agreement a reason would open nothing, so nothing is said. */
    assert_false(shire_gate_may_break_glass(&opening, council, 1));
    scene.subject.grant_count = 1;
    opening = open_scene(&scene);
    assert_true(shire_gate_may_know(&opening, trust, 1));
    assert_false(shire_gate_may_break_glass(&opening, trust, 1));
}

/* Summer time: 2024-03-31 01:00 to 2024-10-27 01:00 UTC. */
static void a_day_is_the_local_one(void **state) {
    (void)state;
    static const struct {
        const char *utc;
        const char *day;
    } cases[] = {
        {"2024-01-15T23:59:59", "2024-01-15"}, {"2024-07-01T22:59:59", "2024-07-01"},
        {"2024-07-01T23:00:00", "2024-07-02"}, {"2024-03-30T23:30:00", "2024-03-30"},
        {"2024-03-31T22:59:59", "2024-03-31"}, {"2024-03-31T23:00:00", "2024-04-01"},
        {"2024-10-26T23:00:00", "2024-10-27"}, {"2024-10-27T23:00:00", "2024-10-27"},
        {"2025-03-30T23:00:00", "2025-03-31"}, {"2026-10-25T23:30:00", "2026-10-25"},
        {"2027-12-31T23:59:59", "2027-12-31"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shire_timestamp at = 0;
        char day[11];
        assert_int_equal(shire_timestamp_parse(shire_span_of(cases[i].utc), &at), SHIRE_OK);
        shire_date_format(shire_gate_day(at / 1000000), day);
        assert_string_equal(day, cases[i].day);
    }
}

static void every_value_has_its_words(void **state) {
    (void)state;
    for (int vocabulary = 0; vocabulary < SHIRE_GATE_VOCABULARY_COUNT; vocabulary++) {
        for (size_t i = 0; i < shire_gate_word_count(vocabulary); i++) {
            size_t number = 999;
            const char *name = shire_gate_name(vocabulary, i);
            assert_true(shire_gate_parse(vocabulary, shire_span_of(name), &number));
            assert_int_equal(number, i);
            assert_true(strlen(shire_gate_label(vocabulary, i)) > 1);
        }
        size_t number = 999;
        assert_false(shire_gate_parse(vocabulary, shire_span_of(""), &number));
        assert_false(shire_gate_parse(vocabulary, shire_span_of("nothing"), &number));
        assert_int_equal(number, 999);
    }
    for (int rule = 0; rule < SHIRE_GATE_RULE_COUNT; rule++) {
        assert_true(strlen(shire_gate_rule_sentence(rule)) > 10);
        assert_int_equal(shire_gate_is_allowed(rule), shire_gate_rule_remedy(rule)[0] == '\0');
    }
}

/* What must hold of the table, whatever it says in detail. */
static void the_table_of_roles_keeps_its_promises(void **state) {
    size_t count = 0;
    const uint32_t demographics = SHIRE_GATE_BIT(SHIRE_GATE_DEMOGRAPHICS);
    const uint32_t cost = SHIRE_GATE_BIT(SHIRE_GATE_COST);
    const shire_gate_role_rule *rows = shire_gate_role_rules(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const shire_gate_role_rule *row = &rows[i];
        assert_ptr_equal(shire_gate_find_rule(row->role, row->purpose), row);
        assert_true((shire_gate_purposes(row->role) & SHIRE_GATE_BIT(row->purpose)) != 0);
        if (row->purpose == SHIRE_GATE_CARE) {
            assert_true(row->relationships != 0);
            assert_true((row->categories[SHIRE_GATE_READ] & cost) == 0);
        }
        /* Without a relationship nobody opens the contents of a record. */
        if (row->relationships == 0 && row->purpose != SHIRE_GATE_OWN) {
            assert_true((row->categories[SHIRE_GATE_READ] & ~(demographics | cost)) == 0);
            assert_int_equal(row->categories[SHIRE_GATE_WRITE], 0);
        }
        if (row->purpose == SHIRE_GATE_PLANNING || row->purpose == SHIRE_GATE_RESEARCH) {
            assert_int_equal(row->categories[SHIRE_GATE_READ], 0);
            assert_int_equal(row->categories[SHIRE_GATE_SEARCH], 0);
            assert_int_equal(row->categories[SHIRE_GATE_EXPORT], 0);
        }
        /* Who may find somebody by their particulars may read them. */
        assert_true((row->categories[SHIRE_GATE_SEARCH] & ~row->categories[SHIRE_GATE_READ]) == 0);
        assert_true((row->categories[SHIRE_GATE_WRITE] & ~row->categories[SHIRE_GATE_READ]) == 0);
        assert_true(!row->may_break_glass || row->purpose == SHIRE_GATE_CARE);
    }
    for (int role = 0; role < SHIRE_GATE_ROLE_COUNT; role++) {
        assert_true(shire_gate_purposes(role) != 0);
    }
    /* Who makes accounts sees nobody; who makes agreements makes no accounts. */
    assert_int_equal(shire_gate_purposes(SHIRE_GATE_ADMINISTRATOR),
                     SHIRE_GATE_BIT(SHIRE_GATE_ADMINISTRATION));
    assert_null(shire_gate_find_rule(SHIRE_GATE_ADMINISTRATOR, SHIRE_GATE_ADMINISTRATION));
    assert_false(shire_gate_may(SHIRE_GATE_PRIVACY_OFFICER, SHIRE_GATE_MANAGE_ACCOUNTS));
    assert_false(shire_gate_may(SHIRE_GATE_ADMINISTRATOR, SHIRE_GATE_MANAGE_AGREEMENTS));
    assert_int_equal(shire_gate_abilities(SHIRE_GATE_CITIZEN), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ones_own_bodys_records_open_by_role_and_relationship),
        cmocka_unit_test(a_relationship_counts_by_kind_holder_and_day),
        cmocka_unit_test(another_bodys_records_need_an_agreement_of_that_day),
        cmocka_unit_test(a_seal_opens_to_those_who_sealed),
        cmocka_unit_test(sensitive_items_need_the_persons_word_or_ones_own_team),
        cmocka_unit_test(what_is_included_for_care_is_not_for_planning),
        cmocka_unit_test(broken_glass_stands_for_a_relationship_alone),
        cmocka_unit_test(an_opt_out_closes_planning_and_not_care),
        cmocka_unit_test(a_citizen_sees_their_own_record_and_no_other),
        cmocka_unit_test(nobody_unopened_may_be_known),
        cmocka_unit_test(a_day_is_the_local_one),
        cmocka_unit_test(every_value_has_its_words),
        cmocka_unit_test(the_table_of_roles_keeps_its_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
