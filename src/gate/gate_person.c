/*
 * What opens or closes one person's record, and broken glass. Nothing is deleted; things get a last
 * day.
 */
#include "gate/gate_person.h"

#include "audit/audit_log.h"
#include "gate/gate_internal.h"
#include "io/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CODE_MAX 100
#define ITEM_MAX 1000

static shire_status check_person(const char *person_id, const char *organisation,
                                 shire_error *error) {
    shire_status status = shire_gate_check_text("person's id", person_id, CODE_MAX, error);
    return status == SHIRE_OK
               ? shire_gate_check_text("organisation's code", organisation, CODE_MAX, error)
               : status;
}

/* Team 0 is none; any other must be of the organisation. */
static shire_status check_team(shire_store *store, const char *organisation, int64_t team_no,
                               shire_error *error) {
    int64_t found = 0;
    if (team_no == 0) {
        return SHIRE_OK;
    }
    shire_status status = shire_gate_find_int64(
        store, &found, error, "SELECT count(*) FROM team WHERE team_no = $1 AND organisation = $2",
        "it", team_no, organisation);
    return status == SHIRE_OK && found == 0
               ? SHIRE_FAIL(error, SHIRE_INVALID, "the organisation has no such team")
               : status;
}

/* Set the last day of a numbered row and enter it under its person. */
static shire_status end_row(shire_store *store, const shire_gate_actor *actor, const char *table,
                            const char *column, int64_t number, shire_date last,
                            shire_error *error) {
    char sql[160];
    char person_id[CODE_MAX + 1] = "";
    char day[11];
    bool has_row = false;
    shire_store_statement *select = NULL;
    snprintf(sql, sizeof sql, "SELECT person_id FROM %s WHERE %s = $1", table, column);
    shire_status status = shire_gate_prepare(store, &select, error, sql, "i", number);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        shire_span text = shire_store_column_text(select, 0);
        snprintf(person_id, sizeof person_id, "%.*s", (int)text.length, text.bytes);
    }
    shire_store_finalize(select);
    if (status == SHIRE_OK && !has_row) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no %s %" PRId64, table, number);
    }
    if (status == SHIRE_OK) {
        snprintf(sql, sizeof sql, "UPDATE %s SET until_day = $2 WHERE %s = $1", table, column);
        status = shire_gate_run(store, error, sql, "id", number, last);
    }
    shire_date_format(last, day);
    return status == SHIRE_OK ? shire_gate_enter(store, actor, person_id, error,
                                                 "%s %" PRId64 " ends on %s", table, number, day)
                              : status;
}

/* ---- relationships, consents, the opt-out ---- */

shire_status shire_gate_relationship_add(shire_store *store, const shire_gate_actor *actor,
                                         const char *person_id, shire_gate_relationship_kind kind,
                                         const char *organisation, int64_t team_no, shire_date from,
                                         shire_date until, int64_t *number_out,
                                         shire_error *error) {
    int64_t number = 0;
    shire_status status = check_person(person_id, organisation, error);
    if (status == SHIRE_OK) {
        status = shire_gate_check_days(from, until, error);
    }
    if (status == SHIRE_OK) {
        status = check_team(store, organisation, team_no, error);
    }
    if (status == SHIRE_OK && kind >= SHIRE_GATE_RELATIONSHIP_KIND_COUNT) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "there is no such kind of relationship");
    }
    if (status == SHIRE_OK) {
        status = shire_gate_next(store, "relationship", "relationship_no", &number, error);
    }
    if (status == SHIRE_OK) {
        const char *name = shire_gate_name(SHIRE_GATE_RELATIONSHIPS, kind);
        status = team_no == 0
                     ? shire_gate_run(store, error,
                                      "INSERT INTO relationship VALUES ($1, $2, $3, $4, NULL, $5, "
                                      "$6)",
                                      "itttdd", number, person_id, name, organisation, from, until)
                     : shire_gate_run(store, error,
                                      "INSERT INTO relationship VALUES ($1, $2, $3, $4, $5, $6, "
                                      "$7)",
                                      "itttidd", number, person_id, name, organisation, team_no,
                                      from, until);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(
            store, actor, person_id, error, "relationship %" PRId64 ": %s of %s, team %" PRId64,
            number, shire_gate_name(SHIRE_GATE_RELATIONSHIPS, kind), organisation, team_no);
    }
    if (status == SHIRE_OK && number_out != NULL) {
        *number_out = number;
    }
    return status;
}

shire_status shire_gate_consent_add(shire_store *store, const shire_gate_actor *actor,
                                    const char *person_id, uint32_t sensitivity,
                                    const char *organisation, shire_date from, shire_date until,
                                    int64_t *number_out, shire_error *error) {
    shire_arena *arena = NULL;
    const char *kinds = NULL;
    int64_t number = 0;
    shire_status status = check_person(person_id, organisation, error);
    if (status == SHIRE_OK) {
        status = shire_gate_check_days(from, until, error);
    }
    if (status == SHIRE_OK &&
        (sensitivity == 0 || (sensitivity & ~(uint32_t)SHIRE_GATE_SENSITIVITY_ALL) != 0)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "a consent includes one sensitive kind or more");
    }
    if (status == SHIRE_OK) {
        status = shire_arena_new("consent_arena", 0, &arena, error);
    }
    if (status == SHIRE_OK) {
        kinds = shire_gate_format_bits(SHIRE_GATE_SENSITIVITIES, sensitivity, arena);
        status = kinds == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a consent")
                               : shire_gate_next(store, "consent", "consent_no", &number, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error, "INSERT INTO consent VALUES ($1, $2, $3, $4, $5, $6)",
                                "itttdd", number, person_id, kinds, organisation, from, until);
    }
    /* The log is read by the person's carers' officers: it does not say which kinds. */
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, person_id, error, "consent %" PRId64 " for %s",
                                  number, organisation);
    }
    if (status == SHIRE_OK && number_out != NULL) {
        *number_out = number;
    }
    shire_arena_wipe_free(arena);
    return status;
}

shire_status shire_gate_consent_end(shire_store *store, const shire_gate_actor *actor,
                                    int64_t consent_no, shire_date last, shire_error *error) {
    return end_row(store, actor, "consent", "consent_no", consent_no, last, error);
}

shire_status shire_gate_opt_out_set(shire_store *store, const shire_gate_actor *actor,
                                    const char *person_id, shire_date from, shire_date until,
                                    shire_error *error) {
    shire_status status = shire_gate_check_text("person's id", person_id, CODE_MAX, error);
    if (status == SHIRE_OK) {
        status = shire_gate_check_days(from, until, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error,
                                "INSERT INTO opt_out VALUES ($1, $2, $3) ON CONFLICT (person_id) "
                                "DO UPDATE SET from_day = excluded.from_day, until_day = "
                                "excluded.until_day",
                                "tdd", person_id, from, until);
    }
    return status == SHIRE_OK ? shire_gate_enter(store, actor, person_id, error, "opt-out %s",
                                                 until == SHIRE_GATE_NO_END ? "set" : "ends")
                              : status;
}

/* ---- seals ---- */

static shire_status add_seal_item(shire_store *store, int64_t seal_no, const char *item,
                                  shire_date from, shire_error *error) {
    int64_t sealed = 0;
    shire_status status = shire_gate_check_text("item's name", item, ITEM_MAX, error);
    if (status == SHIRE_OK) {
        status = shire_gate_find_int64(
            store, &sealed, error,
            "SELECT count(*) FROM seal_item i JOIN seal s ON s.seal_no = i.seal_no WHERE i.item = "
            "$1 AND (s.until_day IS NULL OR s.until_day >= $2)",
            "td", item, from);
    }
    if (status == SHIRE_OK && sealed > 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "one of the items is sealed already; lift that seal first");
    }
    return status == SHIRE_OK
               ? shire_gate_run(store, error, "INSERT INTO seal_item VALUES ($1, $2)", "it",
                                seal_no, item)
               : status;
}

shire_status shire_gate_seal_add(shire_store *store, const shire_gate_actor *actor,
                                 const char *person_id, const char *organisation, int64_t team_no,
                                 const char *const *items, size_t item_count, shire_date from,
                                 int64_t *seal_no_out, shire_error *error) {
    int64_t number = 0;
    shire_status status = check_person(person_id, organisation, error);
    if (status == SHIRE_OK) {
        status = check_team(store, organisation, team_no, error);
    }
    if (status == SHIRE_OK && item_count == 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "a seal closes one item or more; name them");
    }
    if (status == SHIRE_OK) {
        status = shire_gate_next(store, "seal", "seal_no", &number, error);
    }
    if (status == SHIRE_OK) {
        status =
            team_no == 0
                ? shire_gate_run(store, error,
                                 "INSERT INTO seal VALUES ($1, $2, $3, NULL, $4, NULL)", "ittd",
                                 number, person_id, organisation, from)
                : shire_gate_run(store, error, "INSERT INTO seal VALUES ($1, $2, $3, $4, $5, NULL)",
                                 "ittid", number, person_id, organisation, team_no, from);
    }
    for (size_t i = 0; i < item_count && status == SHIRE_OK; i++) {
        status = add_seal_item(store, number, items[i], from, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, person_id, error,
                                  "seal %" PRId64 " on %zu items for %s, team %" PRId64, number,
                                  item_count, organisation, team_no);
    }
    if (status == SHIRE_OK && seal_no_out != NULL) {
        *seal_no_out = number;
    }
    return status;
}

shire_status shire_gate_seal_lift(shire_store *store, const shire_gate_actor *actor,
                                  int64_t seal_no, shire_date last, shire_error *error) {
    return end_row(store, actor, "seal", "seal_no", seal_no, last, error);
}

/* ---- breaking the glass ---- */

static size_t count_letters(shire_span text) {
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        count += byte > ' ' && (byte & 0xC0) != 0x80 ? 1 : 0;
    }
    return count;
}

static shire_status add_notice(shire_store *store, const char *reference, const char *organisation,
                               int64_t now, shire_error *error) {
    int64_t number = 0;
    shire_status status = shire_gate_next(store, "notice", "notice_no", &number, error);
    return status == SHIRE_OK
               ? shire_gate_run(store, error,
                                "INSERT INTO notice VALUES ($1, $2, 'break_glass', $3, $4, NULL, "
                                "NULL)",
                                "itti", number, reference, organisation, now)
               : status;
}

shire_status shire_gate_glass_break(shire_store *store, const shire_gate_actor *actor,
                                    const shire_gate_opening *opening, const int32_t *owners,
                                    size_t owner_count, const char *reason,
                                    char reference_out[SHIRE_GATE_REFERENCE_LETTERS + 1],
                                    shire_error *error) {
    const shire_gate_viewer *viewer = opening->viewer;
    shire_gate_token token;
    int64_t number = 0;
    if (!shire_gate_may_break_glass(opening, owners, owner_count)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a reason opens nothing here");
    }
    shire_status status =
        shire_gate_check_text("reason", reason, SHIRE_GATE_REASON_BYTES_MAX, error);
    if (status == SHIRE_OK &&
        count_letters(shire_span_of(reason)) < SHIRE_GATE_REASON_LETTERS_MIN) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "say in a sentence why the record is needed now; the privacy officer "
                            "will read it");
    }
    if (status == SHIRE_OK) {
        status = shire_gate_next(store, "break_glass", "grant_no", &number, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_gate_token_draw(&token);
    token.text[SHIRE_GATE_REFERENCE_LETTERS] = '\0';
    status = shire_gate_run(
        store, error, "INSERT INTO break_glass VALUES ($1, $2, $3, $4, $5, $6, $7)", "itittii",
        number, token.text, viewer->account_no, opening->subject->person_id, reason, viewer->now,
        viewer->now + SHIRE_GATE_GLASS_SECONDS);
    if (status == SHIRE_OK) {
        status = add_notice(store, token.text, actor->organisation, viewer->now, error);
    }
    if (status == SHIRE_OK) {
        shire_audit_entry entry = {.kind = "break-glass",
                                   .actor = actor->account,
                                   .organisation = actor->organisation,
                                   .purpose = reason,
                                   .subject = opening->subject->person_id,
                                   .detail = token.text};
        status = shire_audit_append(store, &entry, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_execute(store, "UPDATE gate_version SET version = version + 1", error);
    }
    if (status == SHIRE_OK) {
        memcpy(reference_out, token.text, SHIRE_GATE_REFERENCE_LETTERS + 1);
    }
    return status;
}

shire_status shire_gate_glass_find(shire_store *store, const char *reference, shire_arena *arena,
                                   shire_gate_glass *glass_out, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT b.grant_no, b.reference, a.name, a.organisation, b.person_id, b.reason, b.opened, "
        "b.ends FROM break_glass b JOIN account a ON a.account_no = b.account_no WHERE b.reference "
        "= $1",
        "t", reference);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && !has_row) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no such reference");
    }
    if (status == SHIRE_OK) {
        shire_gate_glass glass = {.grant_no = shire_store_column_int64(select, 0),
                                  .reference = shire_gate_keep(select, 1, arena),
                                  .account = shire_gate_keep(select, 2, arena),
                                  .organisation = shire_gate_keep(select, 3, arena),
                                  .person_id = shire_gate_keep(select, 4, arena),
                                  .reason = shire_gate_keep(select, 5, arena),
                                  .opened = shire_store_column_int64(select, 6),
                                  .ends = shire_store_column_int64(select, 7)};
        bool is_kept = glass.reference != NULL && glass.account != NULL &&
                       glass.organisation != NULL && glass.person_id != NULL &&
                       glass.reason != NULL;
        if (is_kept) {
            *glass_out = glass;
        } else {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a grant");
        }
    }
    shire_store_finalize(select);
    return status;
}

/* ---- notices ---- */

shire_status shire_gate_notice_scan(shire_store *store, const char *organisation,
                                    shire_gate_notice_visitor visit, void *context,
                                    shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT notice_no, reference, kind, organisation, made, seen FROM notice WHERE CAST($1 AS "
        "TEXT) IS NULL OR organisation = $1 ORDER BY notice_no DESC",
        "t", organisation);
    while (status == SHIRE_OK) {
        shire_arena *arena = NULL;
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        status = shire_arena_new("notice_arena", 0, &arena, error);
        if (status == SHIRE_OK) {
            shire_gate_notice notice = {.notice_no = shire_store_column_int64(select, 0),
                                        .reference = shire_gate_keep(select, 1, arena),
                                        .kind = shire_gate_keep(select, 2, arena),
                                        .organisation = shire_gate_keep(select, 3, arena),
                                        .made = shire_store_column_int64(select, 4),
                                        .seen = shire_store_column_int64(select, 5)};
            status = notice.reference == NULL || notice.kind == NULL || notice.organisation == NULL
                         ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a notice")
                         : visit(&notice, context, error);
        }
        shire_arena_free(arena);
    }
    shire_store_finalize(select);
    return status;
}

shire_status shire_gate_notice_see(shire_store *store, const shire_gate_actor *actor,
                                   int64_t notice_no, int64_t now, shire_error *error) {
    int64_t found = 0;
    shire_status status = shire_gate_find_int64(
        store, &found, error, "SELECT count(*) FROM notice WHERE notice_no = $1", "i", notice_no);
    if (status == SHIRE_OK && found == 0) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no notice %" PRId64, notice_no);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(
            store, error,
            "UPDATE notice SET seen = $2, seen_by = $3 WHERE notice_no = $1 AND seen IS NULL",
            "iit", notice_no, now, actor->account);
    }
    return status == SHIRE_OK
               ? shire_gate_enter(store, actor, "", error, "notice %" PRId64 " seen", notice_no)
               : status;
}
