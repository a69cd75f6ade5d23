/*
 * The gate: the one decision in front of all personal data. Pages, the API, FHIR, counts, exports,
 * search and suggestions all ask here, and nothing decides beside it.
 *
 * In three steps, so that a page of a thousand events costs a thousand look-ups:
 *
 *     shire_gate_agree(...)                      once a viewer and day: what agreements share
 *     shire_gate_open(&viewer, &subject, action) once a person: what this viewer may open of them
 *     shire_gate_judge(&opening, &item)          once an item: the rule that decides
 *
 * An item is allowed when each of these holds; the first that does not is the rule that decided:
 *
 *     role          the role has the purpose, and for it the action on the item's category
 *     own           the citizen's role opens the citizen's own record and no other
 *     opt-out       the person did not opt out, where the purpose is planning or research
 *     agreement     the item's owner shares its category with the viewer's organisation for the
 *                   purpose on the day; what an organisation owns needs no agreement with itself
 *     seal          the item is not sealed, or the viewer is of the team (or body) that sealed it
 *     sensitivity   each sensitive kind of the item was included by the person for the viewer's
 *                   organisation; or the item is the viewer's own organisation's and the viewer's
 *                   team looks after the person
 *     relationship  the viewer's organisation or team has a dated relationship of a kind that
 *                   counts for the role; or the viewer broke the glass, and that is still open
 *
 * Breaking the glass (a stated reason, a time limit, a notice to the privacy officer) stands for
 * the relationship when a person is read for care, and for nothing else: it lends no role, makes
 * no agreement, opens no seal and includes no sensitive item.
 *
 * That somebody exists is personal data too. Who may not be known (shire_gate_may_know) is left out
 * before anything is counted, ranked, paged or suggested, and an answer about them is the same as
 * about nobody. Search compares only values from records that the viewer may search; a value of a
 * hidden record must neither find nor rank. What a page says of withheld things comes from the
 * opening, never from items: a hint that an item is hidden tells that it is there.
 *
 * Days are local days of the United Kingdom, from and until both included. All functions are pure
 * and safe from any thread; nothing is copied, so that what a struct points to must outlive it.
 */
#ifndef SHIRE_GATE_GATE_KERNEL_H
#define SHIRE_GATE_GATE_KERNEL_H

#include "core/date.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum shire_gate_category {
    SHIRE_GATE_DEMOGRAPHICS, /* who they are; that they exist */
    SHIRE_GATE_ACUTE,
    SHIRE_GATE_GP,
    SHIRE_GATE_COMMUNITY,
    SHIRE_GATE_MENTAL_HEALTH,
    SHIRE_GATE_SOCIAL_CARE,
    SHIRE_GATE_HOUSING,
    SHIRE_GATE_PLAN, /* the integrated plan and alerts */
    SHIRE_GATE_DOCUMENT,
    SHIRE_GATE_COST,
    SHIRE_GATE_CATEGORY_COUNT
} shire_gate_category;

typedef enum shire_gate_purpose {
    SHIRE_GATE_CARE,
    SHIRE_GATE_PLANNING,
    SHIRE_GATE_RESEARCH,
    SHIRE_GATE_FINANCE,
    SHIRE_GATE_ADMINISTRATION,
    SHIRE_GATE_AUDIT,
    SHIRE_GATE_OWN, /* the citizen's own record */
    SHIRE_GATE_PURPOSE_COUNT
} shire_gate_purpose;

typedef enum shire_gate_action {
    SHIRE_GATE_READ,
    SHIRE_GATE_WRITE,
    SHIRE_GATE_SEARCH, /* to find by it, and to be found */
    SHIRE_GATE_COUNT,  /* to be one of a number; small numbers are suppressed besides */
    SHIRE_GATE_EXPORT, /* rows about people in a file */
    SHIRE_GATE_ACTION_COUNT
} shire_gate_action;

typedef enum shire_gate_role {
    SHIRE_GATE_CLINICIAN,
    SHIRE_GATE_SOCIAL_WORKER,
    SHIRE_GATE_CARE_COORDINATOR,
    SHIRE_GATE_HOUSING_OFFICER,
    SHIRE_GATE_COUNCIL_OFFICER, /* who somebody is, and nothing more */
    SHIRE_GATE_GP_RECEPTION,
    SHIRE_GATE_COST_ANALYST,
    SHIRE_GATE_FINANCE_LEAD,
    SHIRE_GATE_INDEX_OFFICER, /* clerical review of doubtful joins */
    SHIRE_GATE_PRIVACY_OFFICER,
    SHIRE_GATE_ADMINISTRATOR,
    SHIRE_GATE_CITIZEN,
    SHIRE_GATE_SERVICE, /* a program of a partner body, through the API */
    SHIRE_GATE_ROLE_COUNT
} shire_gate_role;

/* What a role may do that is not about one person's items: bits. */
typedef enum shire_gate_ability {
    SHIRE_GATE_MANAGE_ACCOUNTS = 1 << 0,   /* accounts and teams */
    SHIRE_GATE_MANAGE_AGREEMENTS = 1 << 1, /* information-sharing agreements */
    SHIRE_GATE_SEE_RUNS = 1 << 2,          /* runs, findings, reconciliation */
    SHIRE_GATE_SEE_COSTS = 1 << 3,         /* the cost explorer, what-if */
    SHIRE_GATE_REVIEW_JOINS = 1 << 4,      /* clerical review */
    SHIRE_GATE_SEE_AUDIT = 1 << 5,         /* the audit log, who read what */
    SHIRE_GATE_SEE_NOTICES = 1 << 6,       /* notices of broken glass */
    SHIRE_GATE_SEE_SERVER = 1 << 7,        /* health and security check of the server */
    SHIRE_GATE_FIND_PEOPLE = 1 << 8,       /* the search page */
    SHIRE_GATE_MANAGE_PERSON = 1 << 9      /* a person's consents, opt-out, seals, caseload */
} shire_gate_ability;

typedef enum shire_gate_relationship_kind {
    SHIRE_GATE_REGISTRATION, /* with a practice */
    SHIRE_GATE_REFERRAL,
    SHIRE_GATE_CASELOAD,
    SHIRE_GATE_TEAM, /* the team around the person */
    SHIRE_GATE_TENANCY,
    SHIRE_GATE_RELATIONSHIP_KIND_COUNT
} shire_gate_relationship_kind;

/* Sensitive kinds: bits of an item. Left out unless the person includes them. */
typedef enum shire_gate_sensitivity {
    SHIRE_GATE_SEXUAL_HEALTH = 1 << 0,
    SHIRE_GATE_SUBSTANCE_MISUSE = 1 << 1,
    SHIRE_GATE_HIV = 1 << 2,
    SHIRE_GATE_DOMESTIC_ABUSE = 1 << 3,
    SHIRE_GATE_CHILD_PROTECTION = 1 << 4,
    SHIRE_GATE_TERMINATION = 1 << 5, /* of a pregnancy */
    SHIRE_GATE_FERTILITY = 1 << 6,   /* Human Fertilisation and Embryology Act 1990, s. 33A */
    SHIRE_GATE_GENDER = 1 << 7,      /* Gender Recognition Act 2004, s. 22 */
    SHIRE_GATE_SENSITIVITY_ALL = (1 << 8) - 1
} shire_gate_sensitivity;
#define SHIRE_GATE_SENSITIVITY_COUNT 8

#define SHIRE_GATE_NOBODY (-1)       /* no organisation, no team */
#define SHIRE_GATE_NO_END INT32_MAX  /* of a day: still so */
#define SHIRE_GATE_EVERY INT32_C(-2) /* of a consent: all organisations */
#define SHIRE_GATE_BIT(number) (1u << (number))
#define SHIRE_GATE_CATEGORIES_ALL (SHIRE_GATE_BIT(SHIRE_GATE_CATEGORY_COUNT) - 1u)

/* ---- the sets ---- */

/* One owner shares categories with one recipient for one purpose. Organisations by number. */
typedef struct shire_gate_agreement {
    int32_t owner;
    int32_t recipient;
    uint32_t categories; /* SHIRE_GATE_BIT of each */
    shire_gate_purpose purpose;
    shire_date from;
    shire_date until; /* or SHIRE_GATE_NO_END */
} shire_gate_agreement;

/* With a team, only its members; with none, everybody of the organisation. */
typedef struct shire_gate_relationship {
    shire_gate_relationship_kind kind;
    int32_t organisation;
    int32_t team; /* or SHIRE_GATE_NOBODY */
    shire_date from;
    shire_date until;
} shire_gate_relationship;

/* The person's word that sensitive kinds may be shown. */
typedef struct shire_gate_consent {
    uint32_t sensitivity;
    int32_t organisation; /* to whose people, or SHIRE_GATE_EVERY */
    shire_date from;
    shire_date until;
} shire_gate_consent;

/* An envelope of sealed items. */
typedef struct shire_gate_seal {
    int32_t organisation;
    int32_t team; /* or SHIRE_GATE_NOBODY: the whole body */
    shire_date from;
    shire_date until; /* lifted after this day */
} shire_gate_seal;

/* The National Data Opt-out. */
typedef struct shire_gate_opt_out {
    shire_date from;
    shire_date until;
} shire_gate_opt_out;

/* Broken glass. */
typedef struct shire_gate_grant {
    int64_t account_no;
    int64_t opened; /* seconds since 1970, UTC; included */
    int64_t ends;   /* not included */
} shire_gate_grant;

/* ---- who asks, about whom, about what ---- */

typedef struct shire_gate_viewer {
    int64_t account_no;
    int32_t organisation; /* by number; SHIRE_GATE_NOBODY for citizens */
    shire_gate_role role;
    shire_gate_purpose purpose;
    const int32_t *teams; /* by number, of today */
    size_t team_count;
    int64_t now;            /* seconds since 1970, UTC */
    const char *person_id;  /* of the citizen, as it is now; NULL for all others */
    const uint32_t *agreed; /* by owner's number, from shire_gate_agree */
    size_t organisation_count;
} shire_gate_viewer;

typedef struct shire_gate_subject {
    const char *person_id;
    const shire_gate_relationship *relationships; /* derived and stored, also ended ones */
    size_t relationship_count;
    const shire_gate_consent *consents;
    size_t consent_count;
    const shire_gate_seal *seals; /* items name them by place, from 1 */
    size_t seal_count;
    const shire_gate_grant *grants;
    size_t grant_count;
    const shire_gate_opt_out *opt_outs;
    size_t opt_out_count;
} shire_gate_subject;

typedef struct shire_gate_item {
    int32_t owner; /* organisation by number */
    shire_gate_category category;
    uint32_t sensitivity; /* bits, 0: none */
    uint32_t seal;        /* place in the subject's seals from 1; 0: not sealed */
} shire_gate_item;

/* The rule that decided. Those up to SHIRE_GATE_ALLOWED_LAST allow. */
typedef enum shire_gate_rule {
    SHIRE_GATE_BY_RELATIONSHIP,
    SHIRE_GATE_BY_BROKEN_GLASS,
    SHIRE_GATE_BY_ROLE, /* the role needs no relationship for this purpose */
    SHIRE_GATE_BY_OWN,  /* a citizen's own */
    SHIRE_GATE_ALLOWED_LAST = SHIRE_GATE_BY_OWN,
    SHIRE_GATE_NO_PURPOSE, /* the role does not have the purpose */
    SHIRE_GATE_NO_ACTION,  /* nor, for it, the action on the category */
    SHIRE_GATE_NOT_OWN,
    SHIRE_GATE_OPTED_OUT,
    SHIRE_GATE_NO_AGREEMENT,
    SHIRE_GATE_SEALED,
    SHIRE_GATE_SENSITIVE,
    SHIRE_GATE_NO_RELATIONSHIP,
    SHIRE_GATE_NEEDS_REASON, /* no relationship, and breaking the glass would open it */
    SHIRE_GATE_RULE_COUNT
} shire_gate_rule;

/* What one viewer may open of one person by one action. */
typedef struct shire_gate_opening {
    const shire_gate_viewer *viewer;
    const shire_gate_subject *subject;
    uint32_t categories; /* that the role has for this purpose and action */
    shire_gate_rule
        rule;          /* that decides about the person as a whole; items may be closed besides */
    uint32_t included; /* sensitive kinds that may be shown */
    uint32_t included_own; /* the same of items of the viewer's own organisation */
    shire_date today;
} shire_gate_opening;

/* ---- the decision ---- */

/* The local day of the United Kingdom at a time. */
shire_date shire_gate_day(int64_t now);

/*
 * What agreements share with one organisation for one purpose on one day: for each owner the
 * categories. Its own are all shared. For SHIRE_GATE_OWN every owner shares everything: what is
 * held of somebody is theirs to see.
 *
 * agreed_out  organisation_count numbers.
 */
void shire_gate_agree(const shire_gate_agreement *agreements, size_t agreement_count,
                      int32_t organisation, shire_gate_purpose purpose, shire_date day,
                      uint32_t *agreed_out, size_t organisation_count);

shire_gate_opening shire_gate_open(const shire_gate_viewer *viewer,
                                   const shire_gate_subject *subject, shire_gate_action action);

/* The rule that decides about an item. An owner out of range, a seal that the subject has not, an
 * unknown category or sensitive kind are closed. */
shire_gate_rule shire_gate_judge(const shire_gate_opening *opening, const shire_gate_item *item);

static inline bool shire_gate_is_allowed(shire_gate_rule rule) {
    return rule <= SHIRE_GATE_ALLOWED_LAST;
}

/* The categories of one owner's items that are open, as bits; 0 where nothing is. Sealed and
 * sensitive items of these are still judged one by one. */
uint32_t shire_gate_categories(const shire_gate_opening *opening, int32_t owner);

/* True when the viewer may learn that the person exists: some category of some of these owners (all
 * bodies that hold a record of the person) is open. */
bool shire_gate_may_know(const shire_gate_opening *opening, const int32_t *owners,
                         size_t owner_count);

/* True when nothing is open, and by SHIRE_GATE_READ a stated reason would open something. Only
 * somebody who already holds the person's identity in full (NHS number and birth date) may be told
 * so. */
bool shire_gate_may_break_glass(const shire_gate_opening *opening, const int32_t *owners,
                                size_t owner_count);

/* ---- the table of roles ---- */

/* What a role may do for one purpose: categories by action. */
typedef struct shire_gate_role_rule {
    shire_gate_role role;
    shire_gate_purpose purpose;
    uint32_t categories[SHIRE_GATE_ACTION_COUNT];
    uint32_t relationships; /* kinds that count, as bits; 0: none is needed */
    bool may_break_glass;
} shire_gate_role_rule;

const shire_gate_role_rule *shire_gate_role_rules(size_t *count_out);
/* The row of a role and purpose, or NULL. */
const shire_gate_role_rule *shire_gate_find_rule(shire_gate_role role, shire_gate_purpose purpose);
/* The purposes that a role has, as bits. */
uint32_t shire_gate_purposes(shire_gate_role role);
/* The one that a role works for unless another is chosen. */
shire_gate_purpose shire_gate_first_purpose(shire_gate_role role);
/* The abilities of a role, as bits. */
uint32_t shire_gate_abilities(shire_gate_role role);
bool shire_gate_may(shire_gate_role role, shire_gate_ability ability);

/* ---- words ---- */

/* Of each enum: its name in files, the API and the store (`care_coordinator`), and in pages ("Care
 * coordinator"). */
typedef enum shire_gate_vocabulary {
    SHIRE_GATE_CATEGORIES,
    SHIRE_GATE_PURPOSES,
    SHIRE_GATE_ACTIONS,
    SHIRE_GATE_ROLES,
    SHIRE_GATE_RELATIONSHIPS,
    SHIRE_GATE_SENSITIVITIES, /* by number of the bit */
    SHIRE_GATE_VOCABULARY_COUNT
} shire_gate_vocabulary;

size_t shire_gate_word_count(shire_gate_vocabulary vocabulary);
const char *shire_gate_name(shire_gate_vocabulary vocabulary, size_t number);
const char *shire_gate_label(shire_gate_vocabulary vocabulary, size_t number);
/* False for a name that is none. */
bool shire_gate_parse(shire_gate_vocabulary vocabulary, shire_span name, size_t *number_out);

/* `needs_reason`; one sentence that says why; one that says what it would take ("" where allowed).
 * They name no person and no item. */
const char *shire_gate_rule_name(shire_gate_rule rule);
const char *shire_gate_rule_sentence(shire_gate_rule rule);
const char *shire_gate_rule_remedy(shire_gate_rule rule);

#endif
