/*
 * The rules of gate_kernel.h, in their order. An opening settles what is the same for all items of
 * a person (role, own, opt-out, relationship, broken glass, consents); judging an item then takes a
 * few comparisons, and everything that is not known to be allowed is closed.
 */
#include "gate/gate_kernel.h"

#include "core/calendar.h"

#include <string.h>

/* Items of these kinds tell of other people and can put the person at risk when somebody else
 * looks over their shoulder; the body that holds them hands them over on request. */
#define SENSITIVE_TO_ONESELF (SHIRE_GATE_DOMESTIC_ABUSE | SHIRE_GATE_CHILD_PROTECTION)

/* ---- days ---- */

shire_date shire_gate_day(int64_t now) {
    int64_t minute = now / 60 - (now % 60 < 0);
    return shire_timestamp_date((now + INT64_C(60) * shire_uk_offset_minutes(minute)) * 1000000);
}

static bool is_on(shire_date day, shire_date from, shire_date until) {
    return from <= day && day <= until;
}

/* ---- who ---- */

static bool is_of_team(const shire_gate_viewer *viewer, int32_t team) {
    for (size_t i = 0; i < viewer->team_count; i++) {
        if (viewer->teams[i] == team) {
            return true;
        }
    }
    return false;
}

/* Whether something of an organisation, or of one of its teams alone, is the viewer's. */
static bool is_viewers(const shire_gate_viewer *viewer, int32_t organisation, int32_t team) {
    return team >= 0 ? is_of_team(viewer, team)
                     : organisation >= 0 && organisation == viewer->organisation;
}

void shire_gate_agree(const shire_gate_agreement *agreements, size_t agreement_count,
                      int32_t organisation, shire_gate_purpose purpose, shire_date day,
                      uint32_t *agreed_out, size_t organisation_count) {
    bool is_own = purpose == SHIRE_GATE_OWN;
    for (size_t i = 0; i < organisation_count; i++) {
        agreed_out[i] = is_own || (int64_t)i == organisation ? SHIRE_GATE_CATEGORIES_ALL : 0;
    }
    for (size_t i = 0; i < agreement_count; i++) {
        const shire_gate_agreement *agreement = &agreements[i];
        if (organisation >= 0 && agreement->recipient == organisation &&
            agreement->purpose == purpose && is_on(day, agreement->from, agreement->until) &&
            agreement->owner >= 0 && (size_t)agreement->owner < organisation_count) {
            agreed_out[agreement->owner] |= agreement->categories & SHIRE_GATE_CATEGORIES_ALL;
        }
    }
}

/* ---- a person ---- */

/* Sets what the relationships of today come to: any that counts for the role, and any by a team. */
static void look_after(const shire_gate_opening *opening, uint32_t kinds, bool *is_any_out,
                       bool *is_team_out) {
    const shire_gate_subject *subject = opening->subject;
    for (size_t i = 0; i < subject->relationship_count; i++) {
        const shire_gate_relationship *relationship = &subject->relationships[i];
        if ((kinds >> relationship->kind & 1u) != 0 &&
            is_on(opening->today, relationship->from, relationship->until) &&
            is_viewers(opening->viewer, relationship->organisation, relationship->team)) {
            *is_any_out = true;
            *is_team_out = *is_team_out || relationship->team >= 0;
        }
    }
}

static bool broke_glass(const shire_gate_opening *opening) {
    const shire_gate_subject *subject = opening->subject;
    for (size_t i = 0; i < subject->grant_count; i++) {
        const shire_gate_grant *grant = &subject->grants[i];
        if (grant->account_no == opening->viewer->account_no &&
            grant->opened <= opening->viewer->now && opening->viewer->now < grant->ends) {
            return true;
        }
    }
    return false;
}

static bool has_opted_out(const shire_gate_opening *opening) {
    const shire_gate_subject *subject = opening->subject;
    for (size_t i = 0; i < subject->opt_out_count; i++) {
        if (is_on(opening->today, subject->opt_outs[i].from, subject->opt_outs[i].until)) {
            return true;
        }
    }
    return false;
}

static uint32_t sum_consents(const shire_gate_opening *opening) {
    const shire_gate_subject *subject = opening->subject;
    uint32_t included = 0;
    for (size_t i = 0; i < subject->consent_count; i++) {
        const shire_gate_consent *consent = &subject->consents[i];
        bool is_for_viewer = consent->organisation == SHIRE_GATE_EVERY ||
                             is_viewers(opening->viewer, consent->organisation, SHIRE_GATE_NOBODY);
        if (is_for_viewer && is_on(opening->today, consent->from, consent->until)) {
            included |= consent->sensitivity & SHIRE_GATE_SENSITIVITY_ALL;
        }
    }
    return included;
}

static shire_gate_rule judge_own(const shire_gate_opening *opening) {
    const char *viewers = opening->viewer->person_id;
    const char *subjects = opening->subject->person_id;
    bool is_own =
        viewers != NULL && subjects != NULL && viewers[0] != '\0' && strcmp(viewers, subjects) == 0;
    return is_own ? SHIRE_GATE_BY_OWN : SHIRE_GATE_NOT_OWN;
}

static shire_gate_rule judge_relationship(shire_gate_opening *opening,
                                          const shire_gate_role_rule *row,
                                          shire_gate_action action) {
    bool is_any = false;
    bool is_team = false;
    look_after(opening, row->relationships, &is_any, &is_team);
    /* What a person includes, they include for their care. */
    if (row->purpose == SHIRE_GATE_CARE) {
        opening->included = sum_consents(opening);
        opening->included_own = is_team ? SHIRE_GATE_SENSITIVITY_ALL : opening->included;
    }
    if (is_any) {
        return SHIRE_GATE_BY_RELATIONSHIP;
    }
    if (row->relationships == 0) {
        return SHIRE_GATE_BY_ROLE;
    }
    if (!row->may_break_glass || action != SHIRE_GATE_READ || row->purpose != SHIRE_GATE_CARE) {
        return SHIRE_GATE_NO_RELATIONSHIP;
    }
    return broke_glass(opening) ? SHIRE_GATE_BY_BROKEN_GLASS : SHIRE_GATE_NEEDS_REASON;
}

shire_gate_opening shire_gate_open(const shire_gate_viewer *viewer,
                                   const shire_gate_subject *subject, shire_gate_action action) {
    const shire_gate_role_rule *row = shire_gate_find_rule(viewer->role, viewer->purpose);
    shire_gate_opening opening = {.viewer = viewer,
                                  .subject = subject,
                                  .rule = SHIRE_GATE_NO_PURPOSE,
                                  .today = shire_gate_day(viewer->now)};
    if (row == NULL || action >= SHIRE_GATE_ACTION_COUNT) {
        return opening;
    }
    opening.categories = row->categories[action];
    if (opening.categories == 0) {
        opening.rule = SHIRE_GATE_NO_ACTION;
    } else if (row->purpose == SHIRE_GATE_OWN) {
        opening.rule = judge_own(&opening);
        opening.included = SHIRE_GATE_SENSITIVITY_ALL & ~SENSITIVE_TO_ONESELF;
        opening.included_own = opening.included;
    } else if ((row->purpose == SHIRE_GATE_PLANNING || row->purpose == SHIRE_GATE_RESEARCH) &&
               has_opted_out(&opening)) {
        opening.rule = SHIRE_GATE_OPTED_OUT;
    } else {
        opening.rule = judge_relationship(&opening, row, action);
    }
    return opening;
}

/* ---- an item ---- */

static uint32_t agreed_by(const shire_gate_viewer *viewer, int32_t owner) {
    return owner >= 0 && (size_t)owner < viewer->organisation_count ? viewer->agreed[owner] : 0;
}

static bool opens_seal(const shire_gate_opening *opening, uint32_t place) {
    if (place == 0) {
        return true;
    }
    if (place > opening->subject->seal_count) {
        return false;
    }
    const shire_gate_seal *seal = &opening->subject->seals[place - 1];
    return !is_on(opening->today, seal->from, seal->until) ||
           is_viewers(opening->viewer, seal->organisation, seal->team);
}

shire_gate_rule shire_gate_judge(const shire_gate_opening *opening, const shire_gate_item *item) {
    const shire_gate_viewer *viewer = opening->viewer;
    uint32_t bit = item->category < SHIRE_GATE_CATEGORY_COUNT ? SHIRE_GATE_BIT(item->category) : 0;
    if ((opening->categories & bit) == 0) {
        return opening->rule == SHIRE_GATE_NO_PURPOSE ? SHIRE_GATE_NO_PURPOSE
                                                      : SHIRE_GATE_NO_ACTION;
    }
    if (opening->rule == SHIRE_GATE_NOT_OWN || opening->rule == SHIRE_GATE_OPTED_OUT) {
        return opening->rule;
    }
    if ((agreed_by(viewer, item->owner) & bit) == 0) {
        return SHIRE_GATE_NO_AGREEMENT;
    }
    if (!opens_seal(opening, item->seal)) {
        return SHIRE_GATE_SEALED;
    }
    uint32_t included =
        item->owner == viewer->organisation ? opening->included_own : opening->included;
    if ((item->sensitivity & ~included) != 0) {
        return SHIRE_GATE_SENSITIVE;
    }
    return opening->rule;
}

uint32_t shire_gate_categories(const shire_gate_opening *opening, int32_t owner) {
    return shire_gate_is_allowed(opening->rule)
               ? opening->categories & agreed_by(opening->viewer, owner)
               : 0;
}

bool shire_gate_may_know(const shire_gate_opening *opening, const int32_t *owners,
                         size_t owner_count) {
    for (size_t i = 0; i < owner_count; i++) {
        if (shire_gate_categories(opening, owners[i]) != 0) {
            return true;
        }
    }
    return false;
}

bool shire_gate_may_break_glass(const shire_gate_opening *opening, const int32_t *owners,
                                size_t owner_count) {
    if (opening->rule != SHIRE_GATE_NEEDS_REASON) {
        return false;
    }
    for (size_t i = 0; i < owner_count; i++) {
        if ((opening->categories & agreed_by(opening->viewer, owners[i])) != 0) {
            return true;
        }
    }
    return false;
}
