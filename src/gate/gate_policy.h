/*
 * The policy: a snapshot of accounts, teams, agreements and what is known of persons, read from the
 * store and never changed after, so that any number of threads decide by it without a lock. It is
 * counted by references; a watch holds the current one and puts another in its place when the store
 * has a newer version.
 *
 *     const shire_gate_policy *policy = shire_gate_watch_take(watch);
 *     shire_gate_policy_viewer(policy, session.account_no, session.purpose, now, ..., &viewer, ...)
 *     shire_gate_policy_subject(policy, person_id, derived, derived_count, ..., &subject, error)
 *     opening = shire_gate_open(&viewer, &subject, SHIRE_GATE_READ);
 *     ...
 *     shire_gate_policy_release(policy);      viewer and subject are not used after this
 *
 * Organisations go by number: those given to the watch have their places in that list (the
 * warehouse's organisation_no), further ones that the store names follow in order of their codes.
 */
#ifndef SHIRE_GATE_GATE_POLICY_H
#define SHIRE_GATE_GATE_POLICY_H

#include "core/arena.h"
#include "gate/gate_kernel.h"
#include "io/store.h"

typedef struct shire_gate_policy shire_gate_policy;
typedef struct shire_gate_watch shire_gate_watch;

/* ---- reading ---- */

/* Read a snapshot; its one reference is the caller's. One thread uses the store meanwhile. */
shire_status shire_gate_policy_read(shire_store *store, const char *const *organisations,
                                    size_t organisation_count, const shire_gate_policy **policy_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
const shire_gate_policy *shire_gate_policy_keep(const shire_gate_policy *policy);
/* NULL is allowed. */
void shire_gate_policy_release(const shire_gate_policy *policy);

/* An empty watch; the codes are copied. */
shire_status shire_gate_watch_new(const char *const *organisations, size_t organisation_count,
                                  shire_gate_watch **watch_out,
                                  shire_error *error) SHIRE_MUST_CHECK;
void shire_gate_watch_free(shire_gate_watch *watch);
/* Reads the store again when its version is another; any thread, with a store of its own. Until it
 * succeeds for the first time, take gives NULL. On failure the policy stays as it was. */
shire_status shire_gate_watch_refresh(shire_gate_watch *watch, shire_store *store,
                                      shire_error *error) SHIRE_MUST_CHECK;
/* The current policy with a reference of the caller's. Any thread. */
const shire_gate_policy *shire_gate_watch_take(shire_gate_watch *watch);

/* ---- asking; all safe from any thread ---- */

/* The store's version that was read. */
int64_t shire_gate_policy_version(const shire_gate_policy *policy);
size_t shire_gate_policy_organisation_count(const shire_gate_policy *policy);
/* The code of a number, or "". */
const char *shire_gate_policy_organisation(const shire_gate_policy *policy, int32_t number);
/* SHIRE_GATE_NOBODY for a code that is none. */
int32_t shire_gate_policy_find_organisation(const shire_gate_policy *policy, shire_span code);

/* The name of a team, or "". */
const char *shire_gate_policy_team(const shire_gate_policy *policy, int32_t team_no);

/*
 * An account as a viewer, for a purpose, with its teams and what agreements share on the day of
 * `now`. Arrays in `arena`, texts in the policy. SHIRE_NOT_FOUND for an account that is none or
 * disabled. A purpose that the role has not opens nothing. `account_name_out` and
 * `organisation_out` (the code) may be NULL.
 */
shire_status shire_gate_policy_viewer(const shire_gate_policy *policy, int64_t account_no,
                                      shire_gate_purpose purpose, int64_t now, shire_arena *arena,
                                      shire_gate_viewer *viewer_out, const char **account_name_out,
                                      const char **organisation_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/*
 * A person as a subject: stored relationships and `derived` ones (the caller's, copied), consents,
 * seals, opt-out, broken glass. person_id is the id as it is now and must live as long as the
 * subject. Only SHIRE_NO_MEMORY; of a person of whom nothing is stored, there is nothing.
 */
shire_status shire_gate_policy_subject(const shire_gate_policy *policy, const char *person_id,
                                       const shire_gate_relationship *derived, size_t derived_count,
                                       shire_arena *arena, shire_gate_subject *subject_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

/*
 * The place of the seal that an item of that name is under, for shire_gate_item; 0 for none. Every
 * subject of this policy has the same seals: a seal is of the item, whoever it is thought to be
 * about after people were joined or told apart.
 */
uint32_t shire_gate_policy_seal(const shire_gate_policy *policy, shire_span item);

#endif
