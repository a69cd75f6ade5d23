/*
 * Teams and information-sharing agreements. Changes are made as gate_change.h says; organisations
 * are named by their codes, accounts by their names.
 */
#ifndef SHIRE_GATE_GATE_SHARING_H
#define SHIRE_GATE_GATE_SHARING_H

#include "core/arena.h"
#include "gate/gate_change.h"
#include "gate/gate_kernel.h"

typedef struct shire_gate_team {
    int64_t team_no;
    const char *organisation;
    const char *name;
    int64_t member_count; /* of today */
} shire_gate_team;

typedef struct shire_gate_member {
    const char *account;
    const char *full_name;
    shire_date from;
    shire_date until; /* or SHIRE_GATE_NO_END */
} shire_gate_member;

typedef struct shire_gate_sharing {
    int64_t agreement_no;
    const char *owner;
    const char *recipient;
    shire_gate_purpose purpose;
    uint32_t categories;
    shire_date from;
    shire_date until;      /* or SHIRE_GATE_NO_END */
    const char *reference; /* of the signed document */
} shire_gate_sharing;

typedef shire_status (*shire_gate_team_visitor)(const shire_gate_team *team, void *context,
                                                shire_error *error);
typedef shire_status (*shire_gate_member_visitor)(const shire_gate_member *member, void *context,
                                                  shire_error *error);
typedef shire_status (*shire_gate_sharing_visitor)(const shire_gate_sharing *sharing, void *context,
                                                   shire_error *error);

/* Names of categories with spaces between, to bits and back. SHIRE_INVALID for none and for unknown
 * ones; NULL without memory. */
shire_status shire_gate_categories_parse(shire_span names, uint32_t *categories_out,
                                         shire_error *error) SHIRE_MUST_CHECK;
const char *shire_gate_categories_format(uint32_t categories, shire_arena *arena);

/* SHIRE_INVALID for a team that there is. team_no_out may be NULL. */
shire_status shire_gate_team_add(shire_store *store, const shire_gate_actor *actor,
                                 const char *organisation, const char *name, int64_t *team_no_out,
                                 shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_gate_team_find(shire_store *store, const char *organisation, const char *name,
                                  int64_t *team_no_out, shire_error *error) SHIRE_MUST_CHECK;
/* SHIRE_NOT_FOUND without that team, SHIRE_INVALID for a name that its organisation has already. */
shire_status shire_gate_team_rename(shire_store *store, const shire_gate_actor *actor,
                                    int64_t team_no, const char *name,
                                    shire_error *error) SHIRE_MUST_CHECK;
/* Ends the memberships and the team's relationships with people after the day `last`. The team's
 * name stays, so that what it saw can be told, and members may join again. SHIRE_NOT_FOUND. */
shire_status shire_gate_team_end(shire_store *store, const shire_gate_actor *actor, int64_t team_no,
                                 shire_date last, shire_error *error) SHIRE_MUST_CHECK;
/* By organisation and name; valid during the call. */
shire_status shire_gate_team_scan(shire_store *store, shire_date today,
                                  shire_gate_team_visitor visit, void *context,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* An account joins a team of its own organisation. SHIRE_INVALID for one of another, for a citizen,
 * and where it is a member on some of these days already. */
shire_status shire_gate_member_add(shire_store *store, const shire_gate_actor *actor,
                                   int64_t team_no, const char *account, shire_date from,
                                   shire_date until, shire_error *error) SHIRE_MUST_CHECK;
/* `last` is the last day as a member. SHIRE_NOT_FOUND where it is none on that day. */
shire_status shire_gate_member_end(shire_store *store, const shire_gate_actor *actor,
                                   int64_t team_no, const char *account, shire_date last,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* Who is a member on the day `today` or later, by account; valid during the call. */
shire_status shire_gate_member_scan(shire_store *store, int64_t team_no, shire_date today,
                                    shire_gate_member_visitor visit, void *context,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* All but agreement_no. SHIRE_INVALID for an owner that is the recipient, no categories, the
 * purpose own, or days in the wrong order. Agreements may overlap: any that holds shares. */
shire_status shire_gate_sharing_add(shire_store *store, const shire_gate_actor *actor,
                                    const shire_gate_sharing *sharing, int64_t *agreement_no_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
/* `last` is the last day; before the first, the agreement never held. It can only end earlier than
 * it would have: else SHIRE_INVALID. */
shire_status shire_gate_sharing_end(shire_store *store, const shire_gate_actor *actor,
                                    int64_t agreement_no, shire_date last,
                                    shire_error *error) SHIRE_MUST_CHECK;
/*
 * Change what an agreement shares, its last day or its reference, from `today` on: the agreement
 * ends the day before, and a new one of the same bodies and purpose takes its place, so that what
 * held on some day can still be told. One that is to come changes from its own first day.
 *
 * wish  its categories, until and reference count.
 *
 * SHIRE_NOT_FOUND for no such agreement; SHIRE_INVALID for one that has ended, where nothing would
 * change, and for what shire_gate_sharing_add refuses. changed_no_out may be NULL.
 */
shire_status shire_gate_sharing_change(shire_store *store, const shire_gate_actor *actor,
                                       int64_t agreement_no, const shire_gate_sharing *wish,
                                       shire_date today, int64_t *changed_no_out,
                                       shire_error *error) SHIRE_MUST_CHECK;
/* Texts in `arena`. SHIRE_NOT_FOUND. */
shire_status shire_gate_sharing_find(shire_store *store, int64_t agreement_no, shire_arena *arena,
                                     shire_gate_sharing *sharing_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
/* By owner, recipient, purpose and number; valid during the call. */
shire_status shire_gate_sharing_scan(shire_store *store, shire_gate_sharing_visitor visit,
                                     void *context, shire_error *error) SHIRE_MUST_CHECK;

#endif
