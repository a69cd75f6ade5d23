/*
 * The table of roles and the words of the gate. The table is data: docs/access.md and the page of
 * roles show it as it stands here. A role without a row for a purpose does not have the purpose;
 * the first row of a role is what it mostly works for.
 */
#include "gate/gate_kernel.h"

#include <assert.h>
#include <string.h>

#define OF(category) SHIRE_GATE_BIT(SHIRE_GATE_##category)
#define CARE_ALL                                                                                   \
    (OF(DEMOGRAPHICS) | OF(ACUTE) | OF(GP) | OF(COMMUNITY) | OF(MENTAL_HEALTH) | OF(SOCIAL_CARE) | \
     OF(HOUSING) | OF(PLAN) | OF(DOCUMENT))
#define HEALTH_OR_CARE (OF(REGISTRATION) | OF(REFERRAL) | OF(CASELOAD) | OF(TEAM))
#define ANY_RELATIONSHIP (HEALTH_OR_CARE | OF(TENANCY))

static const shire_gate_role_rule role_rules[] = {
    {.role = SHIRE_GATE_CLINICIAN,
     .purpose = SHIRE_GATE_CARE,
     .categories = {[SHIRE_GATE_READ] = CARE_ALL,
                    [SHIRE_GATE_WRITE] = OF(PLAN) | OF(DOCUMENT),
                    [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)},
     .relationships = HEALTH_OR_CARE,
     .may_break_glass = true},
    /* The practice's own record stays with clinicians; what a discharge needs does not. */
    {.role = SHIRE_GATE_SOCIAL_WORKER,
     .purpose = SHIRE_GATE_CARE,
     .categories = {[SHIRE_GATE_READ] = CARE_ALL & ~OF(GP),
                    [SHIRE_GATE_WRITE] = OF(PLAN) | OF(DOCUMENT),
                    [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)},
     .relationships = HEALTH_OR_CARE,
     .may_break_glass = true},
    {.role = SHIRE_GATE_CARE_COORDINATOR,
     .purpose = SHIRE_GATE_CARE,
     .categories = {[SHIRE_GATE_READ] = CARE_ALL,
                    [SHIRE_GATE_WRITE] = OF(PLAN) | OF(DOCUMENT),
                    [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)},
     .relationships = HEALTH_OR_CARE},
    {.role = SHIRE_GATE_HOUSING_OFFICER,
     .purpose = SHIRE_GATE_CARE,
     .categories = {[SHIRE_GATE_READ] = OF(DEMOGRAPHICS) | OF(HOUSING) | OF(PLAN),
                    [SHIRE_GATE_WRITE] = OF(PLAN),
                    [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)},
     .relationships = OF(TENANCY) | OF(REFERRAL) | OF(CASELOAD) | OF(TEAM)},
    {.role = SHIRE_GATE_COUNCIL_OFFICER,
     .purpose = SHIRE_GATE_ADMINISTRATION,
     .categories = {[SHIRE_GATE_READ] = OF(DEMOGRAPHICS), [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)},
     .relationships = ANY_RELATIONSHIP},
    {.role = SHIRE_GATE_GP_RECEPTION,
     .purpose = SHIRE_GATE_CARE,
     .categories =
         {[SHIRE_GATE_READ] = OF(DEMOGRAPHICS) | OF(GP), [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)},
     .relationships = OF(REGISTRATION)},
    {.role = SHIRE_GATE_COST_ANALYST,
     .purpose = SHIRE_GATE_FINANCE,
     .categories = {[SHIRE_GATE_READ] = OF(COST),
                    [SHIRE_GATE_COUNT] = OF(COST),
                    [SHIRE_GATE_EXPORT] = OF(COST)}},
    {.role = SHIRE_GATE_COST_ANALYST,
     .purpose = SHIRE_GATE_PLANNING,
     .categories = {[SHIRE_GATE_COUNT] = SHIRE_GATE_CATEGORIES_ALL}},
    {.role = SHIRE_GATE_FINANCE_LEAD,
     .purpose = SHIRE_GATE_FINANCE,
     .categories = {[SHIRE_GATE_READ] = OF(COST),
                    [SHIRE_GATE_COUNT] = OF(COST),
                    [SHIRE_GATE_EXPORT] = OF(COST)}},
    {.role = SHIRE_GATE_INDEX_OFFICER,
     .purpose = SHIRE_GATE_ADMINISTRATION,
     .categories = {[SHIRE_GATE_READ] = OF(DEMOGRAPHICS), [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)}},
    {.role = SHIRE_GATE_PRIVACY_OFFICER,
     .purpose = SHIRE_GATE_AUDIT,
     .categories = {[SHIRE_GATE_READ] = OF(DEMOGRAPHICS), [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)}},
    {.role = SHIRE_GATE_CITIZEN,
     .purpose = SHIRE_GATE_OWN,
     .categories = {[SHIRE_GATE_READ] = CARE_ALL, [SHIRE_GATE_EXPORT] = CARE_ALL}},
    {.role = SHIRE_GATE_SERVICE,
     .purpose = SHIRE_GATE_CARE,
     .categories = {[SHIRE_GATE_READ] = CARE_ALL, [SHIRE_GATE_SEARCH] = OF(DEMOGRAPHICS)},
     .relationships = ANY_RELATIONSHIP},
    {.role = SHIRE_GATE_SERVICE,
     .purpose = SHIRE_GATE_PLANNING,
     .categories = {[SHIRE_GATE_COUNT] = SHIRE_GATE_CATEGORIES_ALL}},
    {.role = SHIRE_GATE_SERVICE,
     .purpose = SHIRE_GATE_RESEARCH,
     .categories = {[SHIRE_GATE_COUNT] = SHIRE_GATE_CATEGORIES_ALL}},
};

static const uint32_t role_abilities[SHIRE_GATE_ROLE_COUNT] = {
    [SHIRE_GATE_CLINICIAN] = SHIRE_GATE_FIND_PEOPLE | SHIRE_GATE_MANAGE_PERSON,
    [SHIRE_GATE_SOCIAL_WORKER] = SHIRE_GATE_FIND_PEOPLE | SHIRE_GATE_MANAGE_PERSON,
    [SHIRE_GATE_CARE_COORDINATOR] = SHIRE_GATE_FIND_PEOPLE | SHIRE_GATE_MANAGE_PERSON,
    [SHIRE_GATE_HOUSING_OFFICER] = SHIRE_GATE_FIND_PEOPLE,
    [SHIRE_GATE_COUNCIL_OFFICER] = SHIRE_GATE_FIND_PEOPLE,
    [SHIRE_GATE_GP_RECEPTION] = SHIRE_GATE_FIND_PEOPLE,
    [SHIRE_GATE_COST_ANALYST] = SHIRE_GATE_SEE_COSTS | SHIRE_GATE_SEE_RUNS,
    [SHIRE_GATE_FINANCE_LEAD] = SHIRE_GATE_SEE_COSTS | SHIRE_GATE_SEE_RUNS,
    [SHIRE_GATE_INDEX_OFFICER] =
        SHIRE_GATE_FIND_PEOPLE | SHIRE_GATE_REVIEW_JOINS | SHIRE_GATE_SEE_RUNS,
    [SHIRE_GATE_PRIVACY_OFFICER] = SHIRE_GATE_FIND_PEOPLE | SHIRE_GATE_SEE_AUDIT |
                                   SHIRE_GATE_SEE_NOTICES | SHIRE_GATE_MANAGE_AGREEMENTS,
    [SHIRE_GATE_ADMINISTRATOR] =
        SHIRE_GATE_MANAGE_ACCOUNTS | SHIRE_GATE_SEE_RUNS | SHIRE_GATE_SEE_SERVER,
    [SHIRE_GATE_SERVICE] = SHIRE_GATE_FIND_PEOPLE,
};

const shire_gate_role_rule *shire_gate_role_rules(size_t *count_out) {
    *count_out = sizeof role_rules / sizeof role_rules[0];
    return role_rules;
}

const shire_gate_role_rule *shire_gate_find_rule(shire_gate_role role, shire_gate_purpose purpose) {
    for (size_t i = 0; i < sizeof role_rules / sizeof role_rules[0]; i++) {
        if (role_rules[i].role == role && role_rules[i].purpose == purpose) {
            return &role_rules[i];
        }
    }
    return NULL;
}

uint32_t shire_gate_purposes(shire_gate_role role) {
    uint32_t purposes = role == SHIRE_GATE_ADMINISTRATOR ? OF(ADMINISTRATION) : 0;
    for (size_t i = 0; i < sizeof role_rules / sizeof role_rules[0]; i++) {
        if (role_rules[i].role == role) {
            purposes |= SHIRE_GATE_BIT(role_rules[i].purpose);
        }
    }
    return purposes;
}

shire_gate_purpose shire_gate_first_purpose(shire_gate_role role) {
    for (size_t i = 0; i < sizeof role_rules / sizeof role_rules[0]; i++) {
        if (role_rules[i].role == role) {
            return role_rules[i].purpose;
        }
    }
    return SHIRE_GATE_ADMINISTRATION;
}

uint32_t shire_gate_abilities(shire_gate_role role) {
    return role < SHIRE_GATE_ROLE_COUNT ? role_abilities[role] : 0;
}

bool shire_gate_may(shire_gate_role role, shire_gate_ability ability) {
    return (shire_gate_abilities(role) & ability) != 0;
}

/* ---- words ---- */

typedef struct gate_word {
    const char *name;
    const char *label;
} gate_word;

static const gate_word categories[] = {{"demographics", "Who they are"},
                                       {"acute", "Hospital care"},
                                       {"gp", "General practice"},
                                       {"community", "Community care"},
                                       {"mental_health", "Mental health care"},
                                       {"social_care", "Social care"},
                                       {"housing", "Housing"},
                                       {"plan", "Plan and alerts"},
                                       {"document", "Documents"},
                                       {"cost", "Costs"}};
static const gate_word purposes[] = {{"care", "Care"},
                                     {"planning", "Planning"},
                                     {"research", "Research"},
                                     {"finance", "Finance"},
                                     {"administration", "Administration"},
                                     {"audit", "Audit"},
                                     {"own", "One's own record"}};
static const gate_word actions[] = {{"read", "Read"},
                                    {"write", "Write"},
                                    {"search", "Search"},
                                    {"count", "Count"},
                                    {"export", "Export"}};
static const gate_word roles[] = {{"clinician", "Clinician"},
                                  {"social_worker", "Social worker"},
                                  {"care_coordinator", "Care coordinator"},
                                  {"housing_officer", "Housing officer"},
                                  {"council_officer", "Council officer"},
                                  {"gp_reception", "Practice reception"},
                                  {"cost_analyst", "Cost analyst"},
                                  {"finance_lead", "Finance lead"},
                                  {"index_officer", "Index officer"},
                                  {"privacy_officer", "Privacy officer"},
                                  {"administrator", "Administrator"},
                                  {"citizen", "Citizen"},
                                  {"service", "Partner's program"}};
static const gate_word relationships[] = {{"registration", "Registered with the practice"},
                                          {"referral", "Referred"},
                                          {"caseload", "On the caseload"},
                                          {"team", "Team around the person"},
                                          {"tenancy", "Tenant"}};
static const gate_word sensitivities[] = {{"sexual_health", "Sexual health"},
                                          {"substance_misuse", "Substance misuse"},
                                          {"hiv", "HIV"},
                                          {"domestic_abuse", "Domestic abuse"},
                                          {"child_protection", "Child protection"},
                                          {"termination", "Termination of pregnancy"},
                                          {"fertility", "Fertility treatment"},
                                          {"gender", "Gender history"}};

static const struct {
    const gate_word *words;
    size_t count;
} vocabularies[] = {
    [SHIRE_GATE_CATEGORIES] = {categories, SHIRE_GATE_CATEGORY_COUNT},
    [SHIRE_GATE_PURPOSES] = {purposes, SHIRE_GATE_PURPOSE_COUNT},
    [SHIRE_GATE_ACTIONS] = {actions, SHIRE_GATE_ACTION_COUNT},
    [SHIRE_GATE_ROLES] = {roles, SHIRE_GATE_ROLE_COUNT},
    [SHIRE_GATE_RELATIONSHIPS] = {relationships, SHIRE_GATE_RELATIONSHIP_KIND_COUNT},
    [SHIRE_GATE_SENSITIVITIES] = {sensitivities, SHIRE_GATE_SENSITIVITY_COUNT},
};

static_assert(sizeof categories / sizeof categories[0] == SHIRE_GATE_CATEGORY_COUNT &&
                  sizeof purposes / sizeof purposes[0] == SHIRE_GATE_PURPOSE_COUNT &&
                  sizeof actions / sizeof actions[0] == SHIRE_GATE_ACTION_COUNT &&
                  sizeof roles / sizeof roles[0] == SHIRE_GATE_ROLE_COUNT &&
                  sizeof relationships / sizeof relationships[0] ==
                      SHIRE_GATE_RELATIONSHIP_KIND_COUNT &&
                  sizeof sensitivities / sizeof sensitivities[0] == SHIRE_GATE_SENSITIVITY_COUNT,
              "each value has its words");

size_t shire_gate_word_count(shire_gate_vocabulary vocabulary) {
    return vocabularies[vocabulary].count;
}

const char *shire_gate_name(shire_gate_vocabulary vocabulary, size_t number) {
    return number < vocabularies[vocabulary].count ? vocabularies[vocabulary].words[number].name
                                                   : "";
}

const char *shire_gate_label(shire_gate_vocabulary vocabulary, size_t number) {
    return number < vocabularies[vocabulary].count ? vocabularies[vocabulary].words[number].label
                                                   : "";
}

bool shire_gate_parse(shire_gate_vocabulary vocabulary, shire_span name, size_t *number_out) {
    for (size_t i = 0; i < vocabularies[vocabulary].count; i++) {
        if (shire_span_equal(name, shire_span_of(vocabularies[vocabulary].words[i].name))) {
            *number_out = i;
            return true;
        }
    }
    return false;
}

static const struct {
    const char *name;
    const char *sentence;
    const char *remedy;
} rule_words[SHIRE_GATE_RULE_COUNT] = {
    [SHIRE_GATE_BY_RELATIONSHIP] = {"by_relationship",
                                    "Open because you or your organisation look after this person.",
                                    ""},
    [SHIRE_GATE_BY_BROKEN_GLASS] = {"by_broken_glass",
                                    "Open for a limited time for the reason that you stated.", ""},
    [SHIRE_GATE_BY_ROLE] = {"by_role", "Open because your role needs it for this purpose.", ""},
    [SHIRE_GATE_BY_OWN] = {"by_own", "Open because it is your own record.", ""},
    [SHIRE_GATE_NO_PURPOSE] = {"no_purpose", "Your role does not work for this purpose.",
                               "Choose a purpose of your role, or ask an administrator for the "
                               "role that does this work."},
    [SHIRE_GATE_NO_ACTION] = {"no_action", "Your role may not do this with this kind of record.",
                              "Ask somebody whose role does, or an administrator for that role."},
    [SHIRE_GATE_NOT_OWN] = {"not_own", "You can see your own record only.",
                            "Ask the person, or the body that holds the record."},
    [SHIRE_GATE_OPTED_OUT] = {"opted_out",
                              "The person opted out of uses for planning and research.",
                              "Nothing; the choice is the person's."},
    [SHIRE_GATE_NO_AGREEMENT] =
        {"no_agreement", "No agreement shares this kind of record with your organisation today.",
         "An information-sharing agreement between the two organisations for this purpose."},
    [SHIRE_GATE_SEALED] = {"sealed", "This was sealed by those who recorded it.",
                           "Ask the team that sealed it."},
    [SHIRE_GATE_SENSITIVE] = {"sensitive",
                              "This is of a sensitive kind, and the person has not included it.",
                              "The person's consent for this kind of record."},
    [SHIRE_GATE_NO_RELATIONSHIP] =
        {"no_relationship", "Neither you nor your organisation look after this person.",
         "A registration, referral, place on a caseload or in the team around the person."},
    [SHIRE_GATE_NEEDS_REASON] =
        {"needs_reason", "Neither you nor your organisation look after this person.",
         "In an emergency, state a reason; the privacy officer is told, and it ends by itself."},
};

const char *shire_gate_rule_name(shire_gate_rule rule) {
    return rule < SHIRE_GATE_RULE_COUNT ? rule_words[rule].name : "";
}

const char *shire_gate_rule_sentence(shire_gate_rule rule) {
    return rule < SHIRE_GATE_RULE_COUNT ? rule_words[rule].sentence : "";
}

const char *shire_gate_rule_remedy(shire_gate_rule rule) {
    return rule < SHIRE_GATE_RULE_COUNT ? rule_words[rule].remedy : "";
}
