/* Changes about teams, agreements and persons: what each opens or closes once the policy is read
 * again, what is refused, and that each is in the audit log; broken glass from end to end. */
#include "gate/gate_person.h"
#include "gate/gate_policy.h"
#include "gate/gate_sharing.h"

#include "unit/gate/gate_scene.h"

#define TODAY ((shire_date)(NOW / 86400))

static const char *const codes[] = {"TRUST", "COUNCIL", "PRACTICE"};
enum { TRUST, COUNCIL, PRACTICE };

/* The rule about an item of P1 today. */
static shire_gate_rule judge(gate_scene *scene, int64_t account_no, shire_gate_purpose purpose,
                             shire_gate_action action, shire_gate_item item,
                             const char *item_name) {
    const shire_gate_policy *policy = NULL;
    shire_gate_viewer viewer;
    shire_gate_subject subject;
    OK(shire_gate_policy_read(scene->store, codes, 3, &policy, error));
    OK(shire_gate_policy_viewer(policy, account_no, purpose, NOW, scene->arena, &viewer, NULL, NULL,
                                error));
    OK(shire_gate_policy_subject(policy, "P1", NULL, 0, scene->arena, &subject, error));
    item.seal = item_name == NULL ? 0 : shire_gate_policy_seal(policy, shire_span_of(item_name));
    shire_gate_opening opening = shire_gate_open(&viewer, &subject, action);
    shire_gate_rule rule = shire_gate_judge(&opening, &item);
    shire_gate_policy_release(policy);
    return rule;
}

static shire_status count_wish(const shire_gate_wish *wish, void *context, shire_error *failure) {
    (void)failure;
    int *counts = context;
    counts[0]++;
    counts[1] += (int)strlen(wish->what);
    return SHIRE_OK;
}

static void what_a_person_asked_for_is_read_back(void **state) {
    gate_scene *scene = *state;
    shire_store *store = scene->store;
    const char *const items[] = {"item/1", "item/2"};
    int counts[2] = {0, 0};
    int64_t number = 0;
    assert_int_equal(shire_gate_opt_out_end(store, &admin, "P1", TODAY, NULL), SHIRE_NOT_FOUND);
    OK(shire_gate_seal_add(store, &admin, "P1", "TRUST", 0, items, 2, TODAY, &number, error));
    OK(shire_gate_consent_add(store, &admin, "P2", 1, "*", TODAY, SHIRE_GATE_NO_END, NULL, error));
    OK(shire_gate_opt_out_set(store, &admin, "P1", TODAY - 9, SHIRE_GATE_NO_END, error));
    OK(shire_gate_opt_out_end(store, &admin, "P1", TODAY - 1, error));
    OK(shire_gate_wish_scan(store, SHIRE_GATE_SEALS, "P1", scene->arena, count_wish, counts,
                            error));
    assert_int_equal(counts[0], 1); /* both items are of one seal */
    assert_int_equal(counts[1], strlen("item/1 item/2"));
    OK(shire_gate_wish_scan(store, SHIRE_GATE_CONSENTS, "P1", scene->arena, count_wish, counts,
                            error));
    assert_int_equal(counts[0], 1);
    OK(shire_gate_wish_scan(store, SHIRE_GATE_OPT_OUTS, "P1", scene->arena, count_wish, counts,
                            error));
    assert_int_equal(counts[0], 2);
}

static void a_team_opens_from_its_first_day_to_its_last(void **state) {
    gate_scene *scene = *state;
    shire_store *store = scene->store;
    const shire_gate_item acute = {.owner = TRUST, .category = SHIRE_GATE_ACUTE};
    int64_t team = 0;
    int64_t found = 0;
    int64_t nurse = add_account(scene, "nurse", SHIRE_GATE_CARE_COORDINATOR, "TRUST");
    add_account(scene, "other", SHIRE_GATE_CARE_COORDINATOR, "COUNCIL");
    OK(shire_gate_team_add(store, &admin, "TRUST", "Stroke unit", &team, error));
    OK(shire_gate_team_find(store, "TRUST", "Stroke unit", &found, error));
    assert_int_equal(found, team);
    assert_int_equal(shire_gate_team_add(store, &admin, "TRUST", "Stroke unit", NULL, NULL),
                     SHIRE_INVALID);
    assert_int_equal(shire_gate_team_find(store, "COUNCIL", "Stroke unit", &found, NULL),
                     SHIRE_NOT_FOUND);
    OK(shire_gate_relationship_add(store, &admin, "P1", SHIRE_GATE_CASELOAD, "TRUST", team,
                                   TODAY - 5, SHIRE_GATE_NO_END, NULL, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_NO_RELATIONSHIP);
    OK(shire_gate_member_add(store, &admin, team, "nurse", TODAY - 1, SHIRE_GATE_NO_END, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_BY_RELATIONSHIP);
    assert_int_equal(
        shire_gate_member_add(store, &admin, team, "nurse", TODAY + 9, SHIRE_GATE_NO_END, NULL),
        SHIRE_INVALID);
    assert_int_equal(
        shire_gate_member_add(store, &admin, team, "other", TODAY, SHIRE_GATE_NO_END, NULL),
        SHIRE_INVALID);
    OK(shire_gate_member_end(store, &admin, team, "nurse", TODAY - 1, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_NO_RELATIONSHIP);
    assert_int_equal(shire_gate_member_end(store, &admin, team, "nurse", TODAY, NULL),
                     SHIRE_NOT_FOUND);
    OK(shire_gate_member_add(store, &admin, team, "nurse", TODAY, TODAY, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_BY_RELATIONSHIP);
    assert_int_equal(shire_gate_relationship_add(store, &admin, "P1", SHIRE_GATE_CASELOAD,
                                                 "COUNCIL", team, TODAY, TODAY, NULL, NULL),
                     SHIRE_INVALID);
}

static shire_status count_members(const shire_gate_member *member, void *context,
                                  shire_error *failure) {
    (void)failure;
    assert_string_equal(member->account, "nurse");
    assert_int_equal(member->from, TODAY - 1);
    ++*(int *)context;
    return SHIRE_OK;
}

static void a_team_that_ends_opens_nobody_and_keeps_its_name(void **state) {
    gate_scene *scene = *state;
    shire_store *store = scene->store;
    const shire_gate_item acute = {.owner = TRUST, .category = SHIRE_GATE_ACUTE};
    int64_t team = 0;
    int64_t other = 0;
    int members = 0;
    int64_t nurse = add_account(scene, "nurse", SHIRE_GATE_CARE_COORDINATOR, "TRUST");
    OK(shire_gate_team_add(store, &admin, "TRUST", "Stroke unit", &team, error));
    OK(shire_gate_team_add(store, &admin, "TRUST", "Day clinic", &other, error));
    OK(shire_gate_relationship_add(store, &admin, "P1", SHIRE_GATE_CASELOAD, "TRUST", team,
                                   TODAY - 5, SHIRE_GATE_NO_END, NULL, error));
    OK(shire_gate_member_add(store, &admin, team, "nurse", TODAY - 1, SHIRE_GATE_NO_END, error));
    OK(shire_gate_member_scan(store, team, TODAY, count_members, &members, error));
    assert_int_equal(members, 1);
    assert_int_equal(shire_gate_team_rename(store, &admin, team, "Day clinic", NULL),
                     SHIRE_INVALID);
    assert_int_equal(shire_gate_team_rename(store, &admin, 99, "Ward", NULL), SHIRE_NOT_FOUND);
    OK(shire_gate_team_rename(store, &admin, team, "Ward", error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_BY_RELATIONSHIP);
    assert_int_equal(shire_gate_team_end(store, &admin, 99, TODAY - 1, NULL), SHIRE_NOT_FOUND);
    OK(shire_gate_team_end(store, &admin, other, TODAY - 1, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_BY_RELATIONSHIP);
    OK(shire_gate_team_end(store, &admin, team, TODAY - 1, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_NO_RELATIONSHIP);
    OK(shire_gate_member_scan(store, team, TODAY, count_members, &members, error));
    assert_int_equal(members, 1);
    OK(shire_gate_team_find(store, "TRUST", "Ward", &other, error));
    assert_int_equal(other, team);
    /* Who joins again has none of the people that the team had. */
    OK(shire_gate_member_add(store, &admin, team, "nurse", TODAY, SHIRE_GATE_NO_END, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_NO_RELATIONSHIP);
}

static void an_agreement_opens_until_it_ends(void **state) {
    gate_scene *scene = *state;
    shire_store *store = scene->store;
    const shire_gate_item social = {.owner = COUNCIL, .category = SHIRE_GATE_SOCIAL_CARE};
    int64_t number = 0;
    int64_t nurse = add_account(scene, "nurse", SHIRE_GATE_CARE_COORDINATOR, "TRUST");
    OK(shire_gate_relationship_add(store, &admin, "P1", SHIRE_GATE_REFERRAL, "TRUST", 0, TODAY,
                                   TODAY, NULL, error));
    shire_gate_sharing sharing = {.owner = "COUNCIL",
                                  .recipient = "TRUST",
                                  .purpose = SHIRE_GATE_CARE,
                                  .categories = SHIRE_GATE_BIT(SHIRE_GATE_SOCIAL_CARE),
                                  .from = TODAY,
                                  .until = SHIRE_GATE_NO_END,
                                  .reference = "ISA 1"};
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, social, NULL),
                     SHIRE_GATE_NO_AGREEMENT);
    OK(shire_gate_sharing_add(store, &admin, &sharing, &number, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, social, NULL),
                     SHIRE_GATE_BY_RELATIONSHIP);
    OK(shire_gate_sharing_end(store, &admin, number, TODAY, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, social, NULL),
                     SHIRE_GATE_BY_RELATIONSHIP);
    OK(shire_gate_sharing_end(store, &admin, number, TODAY - 1, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, social, NULL),
                     SHIRE_GATE_NO_AGREEMENT);
    assert_int_equal(shire_gate_sharing_end(store, &admin, number, TODAY, NULL), SHIRE_INVALID);
    assert_int_equal(shire_gate_sharing_end(store, &admin, 99, TODAY, NULL), SHIRE_NOT_FOUND);
    shire_gate_sharing wrong[6] = {sharing, sharing, sharing, sharing, sharing, sharing};
    wrong[0].recipient = "COUNCIL";
    wrong[1].categories = 0;
    wrong[2].categories = SHIRE_GATE_CATEGORIES_ALL + 1;
    wrong[3].purpose = SHIRE_GATE_OWN;
    wrong[4].until = TODAY - 1;
    wrong[5].reference = "";
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(shire_gate_sharing_add(store, &admin, &wrong[i], NULL, NULL),
                         SHIRE_INVALID);
    }
}

/* The row as it stood stays, with a last day; the one in its place holds from the same moment. */
static void a_changed_agreement_is_a_new_one_in_the_place_of_the_old(void **state) {
    gate_scene *scene = *state;
    shire_store *store = scene->store;
    const shire_gate_item social = {.owner = COUNCIL, .category = SHIRE_GATE_SOCIAL_CARE};
    const shire_gate_item housing = {.owner = COUNCIL, .category = SHIRE_GATE_HOUSING};
    int64_t number = 0;
    int64_t changed = 0;
    int64_t nurse = add_account(scene, "nurse", SHIRE_GATE_CARE_COORDINATOR, "TRUST");
    shire_gate_sharing read = {0};
    shire_arena *arena = NULL;
    OK(shire_arena_new("test_arena", 0, &arena, error));
    OK(shire_gate_relationship_add(store, &admin, "P1", SHIRE_GATE_REFERRAL, "TRUST", 0, TODAY,
                                   TODAY, NULL, error));
    shire_gate_sharing sharing = {.owner = "COUNCIL",
                                  .recipient = "TRUST",
                                  .purpose = SHIRE_GATE_CARE,
                                  .categories = SHIRE_GATE_BIT(SHIRE_GATE_SOCIAL_CARE),
                                  .from = TODAY - 30,
                                  .until = SHIRE_GATE_NO_END,
                                  .reference = "ISA 1"};
    OK(shire_gate_sharing_add(store, &admin, &sharing, &number, error));
    shire_gate_sharing wish = sharing;
    assert_int_equal(shire_gate_sharing_change(store, &admin, number, &wish, TODAY, &changed, NULL),
                     SHIRE_INVALID); /* nothing would change */
    wish.categories = SHIRE_GATE_BIT(SHIRE_GATE_HOUSING);
    wish.reference = "ISA 2";
    wish.owner = "somebody else"; /* the parties and the purpose are the old one's */
    OK(shire_gate_sharing_change(store, &admin, number, &wish, TODAY, &changed, error));
    assert_true(changed != number);
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, social, NULL),
                     SHIRE_GATE_NO_AGREEMENT);
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, housing, NULL),
                     SHIRE_GATE_BY_RELATIONSHIP);
    OK(shire_gate_sharing_find(store, number, arena, &read, error));
    assert_int_equal(read.until, TODAY - 1);
    assert_int_equal(read.categories, SHIRE_GATE_BIT(SHIRE_GATE_SOCIAL_CARE));
    assert_string_equal(read.reference, "ISA 1");
    OK(shire_gate_sharing_find(store, changed, arena, &read, error));
    assert_string_equal(read.owner, "COUNCIL");
    assert_int_equal(read.from, TODAY);
    /* What ended is not changed any more, and what is to come changes from its own first day. */
    wish.reference = "ISA 3";
    assert_int_equal(shire_gate_sharing_change(store, &admin, number, &wish, TODAY, &changed, NULL),
                     SHIRE_INVALID);
    assert_int_equal(shire_gate_sharing_change(store, &admin, 99, &wish, TODAY, &changed, NULL),
                     SHIRE_NOT_FOUND);
    sharing.from = TODAY + 30;
    OK(shire_gate_sharing_add(store, &admin, &sharing, &number, error));
    OK(shire_gate_sharing_change(store, &admin, number, &wish, TODAY, &changed, error));
    OK(shire_gate_sharing_find(store, changed, arena, &read, error));
    assert_int_equal(read.from, TODAY + 30);
    assert_int_equal(
        number_of(scene, "SELECT count(*) FROM audit_entry WHERE detail LIKE '%in the place of%'"),
        2);
    shire_arena_free(arena);
}

static void consents_opt_outs_and_seals_are_the_persons(void **state) {
    gate_scene *scene = *state;
    shire_store *store = scene->store;
    static const char *const items[] = {"event/1", "event/2"};
    const shire_gate_item hiv = {TRUST, SHIRE_GATE_ACUTE, SHIRE_GATE_HIV, 0};
    const shire_gate_item acute = {TRUST, SHIRE_GATE_ACUTE, 0, 0};
    int64_t number = 0;
    int64_t team = 0;
    int64_t nurse = add_account(scene, "nurse", SHIRE_GATE_CARE_COORDINATOR, "TRUST");
    int64_t service = add_account(scene, "system", SHIRE_GATE_SERVICE, "TRUST");
    OK(shire_gate_team_add(store, &admin, "TRUST", "Clinic", &team, error));
    OK(shire_gate_relationship_add(store, &admin, "P1", SHIRE_GATE_REFERRAL, "TRUST", 0, TODAY,
                                   TODAY, NULL, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, hiv, NULL),
                     SHIRE_GATE_SENSITIVE);
    OK(shire_gate_consent_add(store, &admin, "P1", SHIRE_GATE_HIV, "*", TODAY, SHIRE_GATE_NO_END,
                              &number, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, hiv, NULL),
                     SHIRE_GATE_BY_RELATIONSHIP);
    OK(shire_gate_consent_end(store, &admin, number, TODAY - 1, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, hiv, NULL),
                     SHIRE_GATE_SENSITIVE);
    /* The log does not say of what kind. */
    assert_int_equal(number_of(scene, "SELECT count(*) FROM audit_entry WHERE detail LIKE '%hiv%'"),
                     0);

    OK(shire_gate_opt_out_set(store, &admin, "P1", TODAY, SHIRE_GATE_NO_END, error));
    assert_int_equal(judge(scene, service, SHIRE_GATE_PLANNING, SHIRE_GATE_COUNT, acute, NULL),
                     SHIRE_GATE_OPTED_OUT);
    OK(shire_gate_opt_out_set(store, &admin, "P1", TODAY - 9, TODAY - 1, error));
    assert_int_equal(judge(scene, service, SHIRE_GATE_PLANNING, SHIRE_GATE_COUNT, acute, NULL),
                     SHIRE_GATE_BY_ROLE);

    OK(shire_gate_seal_add(store, &admin, "P1", "TRUST", team, items, 2, TODAY, &number, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, "event/2"),
                     SHIRE_GATE_SEALED);
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, "event/3"),
                     SHIRE_GATE_BY_RELATIONSHIP);
    assert_int_equal(
        shire_gate_seal_add(store, &admin, "P2", "TRUST", 0, items + 1, 1, TODAY, NULL, NULL),
        SHIRE_INVALID);
    OK(shire_gate_seal_lift(store, &admin, number, TODAY - 1, error));
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, "event/2"),
                     SHIRE_GATE_BY_RELATIONSHIP);
}

static void each_change_is_entered_with_a_new_version(void **state) {
    gate_scene *scene = *state;
    shire_store *store = scene->store;
    int64_t entries = number_of(scene, "SELECT count(*) FROM audit_entry");
    int64_t version = number_of(scene, "SELECT version FROM gate_version");
    static const char *const item = "event/1";
    int64_t seal = 0;
    OK(shire_gate_opt_out_set(store, &admin, "P1", TODAY, TODAY, error));
    OK(shire_gate_consent_add(store, &admin, "P1", SHIRE_GATE_HIV, "TRUST", TODAY, TODAY, NULL,
                              error));
    OK(shire_gate_relationship_add(store, &admin, "P1", SHIRE_GATE_TEAM, "TRUST", 0, TODAY, TODAY,
                                   NULL, error));
    OK(shire_gate_seal_add(store, &admin, "P1", "TRUST", 0, &item, 1, TODAY, &seal, error));
    OK(shire_gate_seal_lift(store, &admin, seal, TODAY, error));
    assert_int_equal(number_of(scene, "SELECT count(*) FROM audit_entry WHERE kind = "
                                      "'configuration' AND subject = 'P1' AND actor = 'admin'"),
                     5);
    assert_int_equal(number_of(scene, "SELECT count(*) FROM audit_entry"), entries + 5);
    assert_int_equal(number_of(scene, "SELECT version FROM gate_version"), version + 5);
}

/* ---- breaking the glass ---- */

static shire_status take_notice(const shire_gate_notice *notice, void *context,
                                shire_error *error) {
    (void)error;
    char *text = context;
    snprintf(text, 200, "%s %s %s %d", notice->reference, notice->kind, notice->organisation,
             notice->seen != 0);
    return SHIRE_OK;
}

static shire_status break_glass(gate_scene *scene, int64_t account_no, const char *reason,
                                char *reference_out) {
    static const shire_gate_actor nurse = {"nurse", "TRUST", ""};
    const int32_t owner = TRUST;
    const shire_gate_policy *policy = NULL;
    shire_gate_viewer viewer;
    shire_gate_subject subject;
    OK(shire_gate_policy_read(scene->store, codes, 3, &policy, error));
    OK(shire_gate_policy_viewer(policy, account_no, SHIRE_GATE_CARE, NOW, scene->arena, &viewer,
                                NULL, NULL, error));
    OK(shire_gate_policy_subject(policy, "P1", NULL, 0, scene->arena, &subject, error));
    shire_gate_opening opening = shire_gate_open(&viewer, &subject, SHIRE_GATE_READ);
    shire_status status = shire_gate_glass_break(scene->store, &nurse, &opening, &owner, 1, reason,
                                                 reference_out, NULL);
    shire_gate_policy_release(policy);
    return status;
}

static void broken_glass_opens_and_tells_without_a_name(void **state) {
    gate_scene *scene = *state;
    const shire_gate_item acute = {.owner = TRUST, .category = SHIRE_GATE_ACUTE};
    char reference[SHIRE_GATE_REFERENCE_LETTERS + 1] = "";
    char told[200] = "";
    shire_gate_glass glass;
    int64_t nurse = add_account(scene, "nurse", SHIRE_GATE_CLINICIAN, "TRUST");
    int64_t coordinator = add_account(scene, "coordinator", SHIRE_GATE_CARE_COORDINATOR, "TRUST");
    assert_int_equal(break_glass(scene, nurse, "", reference), SHIRE_INVALID);
    assert_int_equal(break_glass(scene, nurse, "a . b . c . d", reference), SHIRE_INVALID);
    assert_int_equal(break_glass(scene, coordinator, "unconscious in resus", reference),
                     SHIRE_INVALID);
    assert_int_equal(number_of(scene, "SELECT count(*) FROM break_glass"), 0);
    assert_int_equal(break_glass(scene, nurse, "unconscious in resus", reference), SHIRE_OK);
    assert_int_equal(judge(scene, nurse, SHIRE_GATE_CARE, SHIRE_GATE_READ, acute, NULL),
                     SHIRE_GATE_BY_BROKEN_GLASS);
    /* It is open already: there is nothing to break. */
    assert_int_equal(break_glass(scene, nurse, "unconscious in resus", reference), SHIRE_INVALID);
    OK(shire_gate_notice_scan(scene->store, "COUNCIL", take_notice, told, error));
    assert_string_equal(told, "");
    OK(shire_gate_notice_scan(scene->store, "TRUST", take_notice, told, error));
    assert_non_null(strstr(told, reference));
    assert_non_null(strstr(told, " break_glass TRUST 0"));
    assert_null(strstr(told, "P1"));
    assert_null(strstr(told, "nurse"));
    OK(shire_gate_glass_find(scene->store, reference, scene->arena, &glass, error));
    assert_string_equal(glass.person_id, "P1");
    assert_string_equal(glass.account, "nurse");
    assert_string_equal(glass.reason, "unconscious in resus");
    assert_int_equal(glass.ends, NOW + SHIRE_GATE_GLASS_SECONDS);
    assert_int_equal(number_of(scene, "SELECT count(*) FROM audit_entry WHERE kind = 'break-glass' "
                                      "AND subject = 'P1' AND actor = 'nurse'"),
                     1);
    OK(shire_gate_notice_see(scene->store, &admin, 1, NOW, error));
    OK(shire_gate_notice_scan(scene->store, NULL, take_notice, told, error));
    assert_non_null(strstr(told, " TRUST 1"));
    assert_int_equal(shire_gate_notice_see(scene->store, &admin, 2, NOW, NULL), SHIRE_NOT_FOUND);
    assert_int_equal(shire_gate_glass_find(scene->store, "nothing", scene->arena, &glass, NULL),
                     SHIRE_NOT_FOUND);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_team_opens_from_its_first_day_to_its_last),
        CASE(a_team_that_ends_opens_nobody_and_keeps_its_name),
        CASE(an_agreement_opens_until_it_ends),
        CASE(a_changed_agreement_is_a_new_one_in_the_place_of_the_old),
        CASE(consents_opt_outs_and_seals_are_the_persons),
        CASE(what_a_person_asked_for_is_read_back),
        CASE(each_change_is_entered_with_a_new_version),
        CASE(broken_glass_opens_and_tells_without_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
