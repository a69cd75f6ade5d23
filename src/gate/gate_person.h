/*
 * What is known of one person that opens or closes their record: relationships that no extract
 * tells of, consents, the opt-out, seals; and breaking the glass. Changes are made as gate_change.h
 * says. Persons are named by the index's ids as they are now; ids that retire later are followed.
 */
#ifndef SHIRE_GATE_GATE_PERSON_H
#define SHIRE_GATE_GATE_PERSON_H

#include "core/arena.h"
#include "gate/gate_change.h"
#include "gate/gate_kernel.h"

#define SHIRE_GATE_GLASS_SECONDS 3600
#define SHIRE_GATE_REASON_LETTERS_MIN 10
#define SHIRE_GATE_REASON_BYTES_MAX 500
#define SHIRE_GATE_REFERENCE_LETTERS 12

/* team_no 0: the whole organisation. number_out may be NULL in all of these. */
shire_status shire_gate_relationship_add(shire_store *store, const shire_gate_actor *actor,
                                         const char *person_id, shire_gate_relationship_kind kind,
                                         const char *organisation, int64_t team_no, shire_date from,
                                         shire_date until, int64_t *number_out,
                                         shire_error *error) SHIRE_MUST_CHECK;

/* organisation "*": every one. */
shire_status shire_gate_consent_add(shire_store *store, const shire_gate_actor *actor,
                                    const char *person_id, uint32_t sensitivity,
                                    const char *organisation, shire_date from, shire_date until,
                                    int64_t *number_out, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_gate_consent_end(shire_store *store, const shire_gate_actor *actor,
                                    int64_t consent_no, shire_date last,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* The opt-out holds from one day to another; to withdraw it, set its end. */
shire_status shire_gate_opt_out_set(shire_store *store, const shire_gate_actor *actor,
                                    const char *person_id, shire_date from, shire_date until,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* Seal items, named as the record names them, for a team or (team_no 0) a body. SHIRE_INVALID for
 * an item that is sealed on that day already. The items stay sealed whoever they are about later.
 */
shire_status shire_gate_seal_add(shire_store *store, const shire_gate_actor *actor,
                                 const char *person_id, const char *organisation, int64_t team_no,
                                 const char *const *items, size_t item_count, shire_date from,
                                 int64_t *seal_no_out, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_gate_seal_lift(shire_store *store, const shire_gate_actor *actor,
                                  int64_t seal_no, shire_date last,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* The last day of an opt-out; a day before its first takes it back altogether. SHIRE_NOT_FOUND
 * where there is none. */
shire_status shire_gate_opt_out_end(shire_store *store, const shire_gate_actor *actor,
                                    const char *person_id, shire_date last,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* Kinds of sensitive care by name, with spaces between. */
shire_status shire_gate_sensitivities_parse(shire_span names, uint32_t *sensitivity_out,
                                            shire_error *error) SHIRE_MUST_CHECK;

/* Whether the index has or had a person of that id. */
shire_status shire_gate_person_exists(shire_store *store, const char *person_id, bool *exists_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* What a person asked for about their record, also under ids that became part of this one. */
typedef enum shire_gate_wishes {
    SHIRE_GATE_CONSENTS,
    SHIRE_GATE_OPT_OUTS,
    SHIRE_GATE_SEALS
} shire_gate_wishes;

typedef struct shire_gate_wish {
    int64_t number;           /* of the consent or seal; 0 for an opt-out */
    const char *organisation; /* of a consent ("*": every one), of a seal; or "" */
    const char *team;         /* of a seal, or "" */
    const char *what;         /* kinds of a consent, items of a seal, with spaces between; or "" */
    shire_date from;
    shire_date until;
} shire_gate_wish;

typedef shire_status (*shire_gate_wish_visitor)(const shire_gate_wish *wish, void *context,
                                                shire_error *error);

/* In order of their numbers; texts in `arena`. The caller enters the reading in the log. */
shire_status shire_gate_wish_scan(shire_store *store, shire_gate_wishes kind, const char *person_id,
                                  shire_arena *arena, shire_gate_wish_visitor visit, void *context,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* ---- breaking the glass ---- */

typedef struct shire_gate_glass {
    int64_t grant_no;
    const char *reference; /* by which the privacy officer asks */
    const char *account;
    const char *organisation; /* of the account */
    const char *person_id;
    const char *reason;
    int64_t opened;
    int64_t ends;
} shire_gate_glass;

/*
 * Break the glass for the viewer of `opening` (of SHIRE_GATE_READ) about its subject, for
 * SHIRE_GATE_GLASS_SECONDS from the viewer's now. The grant, the notice to the privacy officer (a
 * reference, no identity) and the audit entry are written together; the caller commits, and lets
 * the policy be read again before the person is opened.
 *
 * owners  bodies that hold records of the person, as for shire_gate_may_break_glass.
 * SHIRE_INVALID where a reason would open nothing (without saying why), or where it is no reason:
 * fewer than SHIRE_GATE_REASON_LETTERS_MIN characters.
 */
shire_status shire_gate_glass_break(shire_store *store, const shire_gate_actor *actor,
                                    const shire_gate_opening *opening, const int32_t *owners,
                                    size_t owner_count, const char *reason,
                                    char reference_out[SHIRE_GATE_REFERENCE_LETTERS + 1],
                                    shire_error *error) SHIRE_MUST_CHECK;
/* What a reference stands for, for the privacy officer; texts in `arena`. SHIRE_NOT_FOUND. */
shire_status shire_gate_glass_find(shire_store *store, const char *reference, shire_arena *arena,
                                   shire_gate_glass *glass_out,
                                   shire_error *error) SHIRE_MUST_CHECK;

typedef struct shire_gate_notice {
    int64_t notice_no;
    const char *reference;
    const char *kind; /* break_glass */
    const char *organisation;
    int64_t made;
    int64_t seen; /* 0: not yet */
} shire_gate_notice;

typedef shire_status (*shire_gate_notice_visitor)(const shire_gate_notice *notice, void *context,
                                                  shire_error *error);

/* Notices of one organisation, or of all (NULL), the latest first; valid during the call. */
shire_status shire_gate_notice_scan(shire_store *store, const char *organisation,
                                    shire_gate_notice_visitor visit, void *context,
                                    shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_gate_notice_see(shire_store *store, const shire_gate_actor *actor,
                                   int64_t notice_no, int64_t now,
                                   shire_error *error) SHIRE_MUST_CHECK;

#endif
