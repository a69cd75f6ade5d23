/*
 * Teams, their members, and agreements. Nothing is deleted: a membership or an agreement gets a
 * last day, so that what somebody could see on some day can still be told later.
 */
#include "gate/gate_sharing.h"

#include "gate/gate_account.h"
#include "gate/gate_internal.h"

#include <inttypes.h>
#include <string.h>

#define CODE_MAX 100
#define NAME_MAX_BYTES 200

/* "to 2026-01-31", or "with no end". */
static const char *say_end(shire_date until, char text[16]) {
    char day[11];
    if (until == SHIRE_GATE_NO_END) {
        return "with no end";
    }
    shire_date_format(until, day);
    memcpy(text, "to ", 3);
    memcpy(text + 3, day, sizeof day);
    return text;
}

shire_status shire_gate_categories_parse(shire_span names, uint32_t *categories_out,
                                         shire_error *error) {
    return shire_gate_parse_bits(SHIRE_GATE_CATEGORIES, names, categories_out, error);
}

const char *shire_gate_categories_format(uint32_t categories, shire_arena *arena) {
    return shire_gate_format_bits(SHIRE_GATE_CATEGORIES, categories, arena);
}

/* ---- teams ---- */

shire_status shire_gate_team_find(shire_store *store, const char *organisation, const char *name,
                                  int64_t *team_no_out, shire_error *error) {
    shire_status status = shire_gate_find_int64(
        store, team_no_out, error, "SELECT team_no FROM team WHERE organisation = $1 AND name = $2",
        "tt", organisation, name);
    return status == SHIRE_NOT_FOUND
               ? SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "there is no team of that name in that organisation; `shire access DIR "
                            "team list` lists them")
               : status;
}

/* A name that the organisation's teams do not have yet. */
static shire_status check_team_name(shire_store *store, const char *organisation, const char *name,
                                    shire_error *error) {
    int64_t number = 0;
    shire_status status = shire_gate_check_text("team's name", name, NAME_MAX_BYTES, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = shire_gate_find_int64(store, &number, error,
                                   "SELECT team_no FROM team WHERE organisation = $1 AND name = $2",
                                   "tt", organisation, name);
    return status == SHIRE_OK
               ? SHIRE_FAIL(error, SHIRE_INVALID,
                            "the organisation has a team of that name; choose another")
           : status == SHIRE_NOT_FOUND ? SHIRE_OK
                                       : status;
}

shire_status shire_gate_team_add(shire_store *store, const shire_gate_actor *actor,
                                 const char *organisation, const char *name, int64_t *team_no_out,
                                 shire_error *error) {
    int64_t number = 0;
    shire_status status =
        shire_gate_check_text("organisation's code", organisation, CODE_MAX, error);
    if (status == SHIRE_OK) {
        status = check_team_name(store, organisation, name, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_next(store, "team", "team_no", &number, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error, "INSERT INTO team VALUES ($1, $2, $3)", "itt", number,
                                organisation, name);
    }
    if (status == SHIRE_OK) {
        status =
            shire_gate_enter(store, actor, name, error, "team added: %s of %s", name, organisation);
    }
    if (status == SHIRE_OK && team_no_out != NULL) {
        *team_no_out = number;
    }
    return status;
}

/* The team of a number; texts in `arena`. */
static shire_status read_team(shire_store *store, int64_t team_no, shire_arena *arena,
                              shire_gate_team *team_out, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_status status =
        shire_gate_prepare(store, &select, error,
                           "SELECT organisation, name FROM team WHERE team_no = $1", "i", team_no);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && !has_row) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no team %" PRId64, team_no);
    }
    if (status == SHIRE_OK) {
        *team_out = (shire_gate_team){.team_no = team_no,
                                      .organisation = shire_gate_keep(select, 0, arena),
                                      .name = shire_gate_keep(select, 1, arena)};
        status = team_out->organisation == NULL || team_out->name == NULL
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a team")
                     : SHIRE_OK;
    }
    shire_store_finalize(select);
    return status;
}

shire_status shire_gate_team_rename(shire_store *store, const shire_gate_actor *actor,
                                    int64_t team_no, const char *name, shire_error *error) {
    shire_arena *arena = NULL;
    shire_gate_team team = {0};
    shire_status status = shire_arena_new("team_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = read_team(store, team_no, arena, &team, error);
    }
    if (status == SHIRE_OK) {
        status = check_team_name(store, team.organisation, name, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error, "UPDATE team SET name = $2 WHERE team_no = $1", "it",
                                team_no, name);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, name, error, "team renamed: %s of %s is %s now",
                                  team.name, team.organisation, name);
    }
    shire_arena_free(arena);
    return status;
}

shire_status shire_gate_team_end(shire_store *store, const shire_gate_actor *actor, int64_t team_no,
                                 shire_date last, shire_error *error) {
    static const char *const ends[] = {
        "UPDATE team_member SET until_day = $2 WHERE team_no = $1 AND (until_day IS NULL OR "
        "until_day > $2)",
        "UPDATE relationship SET until_day = $2 WHERE team_no = $1 AND (until_day IS NULL OR "
        "until_day > $2)"};
    shire_arena *arena = NULL;
    shire_gate_team team = {0};
    char end[16];
    shire_status status = shire_arena_new("team_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = read_team(store, team_no, arena, &team, error);
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0] && status == SHIRE_OK; i++) {
        status = shire_gate_run(store, error, ends[i], "id", team_no, last);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, team.name, error, "team ended: %s of %s %s",
                                  team.name, team.organisation, say_end(last, end));
    }
    shire_arena_free(arena);
    return status;
}

shire_status shire_gate_team_scan(shire_store *store, shire_date today,
                                  shire_gate_team_visitor visit, void *context,
                                  shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT team_no, organisation, name, (SELECT count(*) FROM team_member m WHERE m.team_no = "
        "team.team_no AND from_day <= $1 AND (until_day IS NULL OR until_day >= $1)) FROM team "
        "ORDER BY organisation, name",
        "d", today);
    while (status == SHIRE_OK) {
        shire_arena *arena = NULL;
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        status = shire_arena_new("team_arena", 0, &arena, error);
        if (status == SHIRE_OK) {
            shire_gate_team team = {.team_no = shire_store_column_int64(select, 0),
                                    .organisation = shire_gate_keep(select, 1, arena),
                                    .name = shire_gate_keep(select, 2, arena),
                                    .member_count = shire_store_column_int64(select, 3)};
            status = team.organisation == NULL || team.name == NULL
                         ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a team")
                         : visit(&team, context, error);
        }
        shire_arena_free(arena);
    }
    shire_store_finalize(select);
    return status;
}

/* ---- members ---- */

static shire_status find_member(shire_store *store, int64_t team_no, const char *account,
                                shire_arena *arena, shire_gate_account *account_out,
                                shire_error *error) {
    int64_t is_same = 0;
    shire_status status = shire_gate_account_find(store, account, arena, account_out, error);
    if (status == SHIRE_OK) {
        status = shire_gate_find_int64(
            store, &is_same, error,
            "SELECT count(*) FROM team WHERE team_no = $1 AND organisation = $2", "it", team_no,
            account_out->organisation);
    }
    if (status == SHIRE_OK && is_same == 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "the account is not of the team's organisation; make one there for who "
                            "works in both");
    }
    return status;
}

shire_status shire_gate_member_add(shire_store *store, const shire_gate_actor *actor,
                                   int64_t team_no, const char *account, shire_date from,
                                   shire_date until, shire_error *error) {
    shire_arena *arena = NULL;
    shire_gate_account found = {0};
    int64_t number = 0;
    int64_t overlaps = 0;
    char end[16];
    shire_status status = shire_gate_check_days(from, until, error);
    if (status == SHIRE_OK) {
        status = shire_arena_new("member_arena", 0, &arena, error);
    }
    if (status == SHIRE_OK) {
        status = find_member(store, team_no, account, arena, &found, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_find_int64(
            store, &overlaps, error,
            "SELECT count(*) FROM team_member WHERE team_no = $1 AND account_no = $2 AND "
            "(until_day "
            "IS NULL OR until_day >= $3) AND (CAST($4 AS TEXT) IS NULL OR from_day <= $4)",
            "iidd", team_no, found.account_no, from, until);
    }
    if (status == SHIRE_OK && overlaps > 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "the account is a member of the team on some of these days already");
    }
    if (status == SHIRE_OK) {
        status = shire_gate_next(store, "team_member", "member_no", &number, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error, "INSERT INTO team_member VALUES ($1, $2, $3, $4, $5)",
                                "iiidd", number, team_no, found.account_no, from, until);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, found.name, error, "joined team %" PRId64 " %s",
                                  team_no, say_end(until, end));
    }
    shire_arena_free(arena);
    return status;
}

shire_status shire_gate_member_end(shire_store *store, const shire_gate_actor *actor,
                                   int64_t team_no, const char *account, shire_date last,
                                   shire_error *error) {
    shire_arena *arena = NULL;
    shire_gate_account found = {0};
    int64_t number = 0;
    char end[16];
    shire_status status = shire_arena_new("member_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = find_member(store, team_no, account, arena, &found, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_find_int64(
            store, &number, error,
            "SELECT member_no FROM team_member WHERE team_no = $1 AND account_no = $2 AND from_day "
            "<= $3 AND (until_day IS NULL OR until_day >= $3)",
            "iid", team_no, found.account_no, last);
        status = status == SHIRE_NOT_FOUND
                     ? SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                                  "the account is no member of the team on that day")
                     : status;
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error,
                                "UPDATE team_member SET until_day = $2 WHERE member_no = $1", "id",
                                number, last);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, found.name, error, "member of team %" PRId64 " %s",
                                  team_no, say_end(last, end));
    }
    shire_arena_free(arena);
    return status;
}

static shire_status take_member(const shire_store_statement *row, shire_gate_member_visitor visit,
                                void *context, shire_error *error) {
    shire_arena *arena = NULL;
    shire_gate_member member = {0};
    shire_status status = shire_arena_new("member_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        member.account = shire_gate_keep(row, 0, arena);
        member.full_name = shire_gate_keep(row, 1, arena);
        status = member.account == NULL || member.full_name == NULL
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a member")
                     : shire_gate_take_day(row, 2, INT32_MIN, &member.from, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_take_day(row, 3, SHIRE_GATE_NO_END, &member.until, error);
    }
    if (status == SHIRE_OK) {
        status = visit(&member, context, error);
    }
    shire_arena_free(arena);
    return status;
}

shire_status shire_gate_member_scan(shire_store *store, int64_t team_no, shire_date today,
                                    shire_gate_member_visitor visit, void *context,
                                    shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_status status = shire_gate_prepare(
        store, &select, error,
        "SELECT a.name, a.full_name, m.from_day, m.until_day FROM team_member m JOIN account a ON "
        "a.account_no = m.account_no WHERE m.team_no = $1 AND (m.until_day IS NULL OR (m.until_day "
        ">= $2 AND m.until_day >= m.from_day)) ORDER BY a.name, m.from_day, m.member_no",
        "id", team_no, today);
    while (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        status = take_member(select, visit, context, error);
    }
    shire_store_finalize(select);
    return status;
}

/* ---- agreements ---- */

static shire_status check_sharing(const shire_gate_sharing *sharing, shire_error *error) {
    shire_status status = shire_gate_check_text("owner's code", sharing->owner, CODE_MAX, error);
    if (status == SHIRE_OK) {
        status = shire_gate_check_text("recipient's code", sharing->recipient, CODE_MAX, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_check_text("reference of the signed agreement", sharing->reference,
                                       NAME_MAX_BYTES, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_check_days(sharing->from, sharing->until, error);
    }
    if (status == SHIRE_OK && strcmp(sharing->owner, sharing->recipient) == 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "a body needs no agreement with itself; name two bodies");
    }
    if (status == SHIRE_OK && sharing->purpose >= SHIRE_GATE_OWN) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "that is no purpose of an agreement: one's own record needs none");
    }
    if (status == SHIRE_OK &&
        ((sharing->categories & ~SHIRE_GATE_CATEGORIES_ALL) != 0 || sharing->categories == 0)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "the agreement shares no known category");
    }
    return status;
}

shire_status shire_gate_sharing_add(shire_store *store, const shire_gate_actor *actor,
                                    const shire_gate_sharing *sharing, int64_t *agreement_no_out,
                                    shire_error *error) {
    shire_arena *arena = NULL;
    const char *categories = NULL;
    int64_t number = 0;
    char from[11];
    char end[16];
    shire_status status = check_sharing(sharing, error);
    if (status == SHIRE_OK) {
        status = shire_arena_new("sharing_arena", 0, &arena, error);
    }
    if (status == SHIRE_OK) {
        categories = shire_gate_format_bits(SHIRE_GATE_CATEGORIES, sharing->categories, arena);
        status = categories == NULL
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for an agreement")
                     : shire_gate_next(store, "agreement", "agreement_no", &number, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error,
                                "INSERT INTO agreement VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                                "ittttddt", number, sharing->owner, sharing->recipient,
                                shire_gate_name(SHIRE_GATE_PURPOSES, sharing->purpose), categories,
                                sharing->from, sharing->until, sharing->reference);
    }
    if (status == SHIRE_OK) {
        shire_date_format(sharing->from, from);
        status = shire_gate_enter(store, actor, sharing->reference, error,
                                  "agreement %" PRId64 ": %s shares %s with %s for %s from %s %s",
                                  number, sharing->owner, categories, sharing->recipient,
                                  shire_gate_name(SHIRE_GATE_PURPOSES, sharing->purpose), from,
                                  say_end(sharing->until, end));
    }
    if (status == SHIRE_OK && agreement_no_out != NULL) {
        *agreement_no_out = number;
    }
    shire_arena_free(arena);
    return status;
}

shire_status shire_gate_sharing_end(shire_store *store, const shire_gate_actor *actor,
                                    int64_t agreement_no, shire_date last, shire_error *error) {
    int64_t is_longer = 0;
    char end[16];
    shire_status status = shire_gate_find_int64(
        store, &is_longer, error,
        "SELECT CASE WHEN until_day IS NULL OR until_day >= $2 THEN 1 ELSE 0 END FROM agreement "
        "WHERE agreement_no = $1",
        "id", agreement_no, last);
    if (status == SHIRE_NOT_FOUND) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "there is no agreement %" PRId64 "; `shire access DIR agreement list` "
                          "lists them",
                          agreement_no);
    }
    if (status == SHIRE_OK && is_longer == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the agreement ended before that day; add a new one to share longer");
    }
    if (status == SHIRE_OK) {
        status = shire_gate_run(store, error,
                                "UPDATE agreement SET until_day = $2 WHERE agreement_no = $1", "id",
                                agreement_no, last);
    }
    return status == SHIRE_OK
               ? shire_gate_enter(store, actor, "", error, "agreement %" PRId64 " holds %s",
                                  agreement_no, say_end(last, end))
               : status;
}

#define SHARING_COLUMNS                                                                            \
    "agreement_no, owner, recipient, purpose, categories, from_day, until_day, reference"

static shire_status take_sharing(const shire_store_statement *row, shire_arena *arena,
                                 shire_gate_sharing *sharing_out, shire_error *error) {
    size_t purpose = 0;
    shire_gate_sharing sharing = {.agreement_no = shire_store_column_int64(row, 0),
                                  .owner = shire_gate_keep(row, 1, arena),
                                  .recipient = shire_gate_keep(row, 2, arena),
                                  .reference = shire_gate_keep(row, 7, arena)};
    if (sharing.owner == NULL || sharing.recipient == NULL || sharing.reference == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for an agreement");
    }
    if (!shire_gate_parse(SHIRE_GATE_PURPOSES, shire_store_column_text(row, 3), &purpose)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the store has an agreement for a purpose that this program does not "
                          "know; use the program that wrote it");
    }
    sharing.purpose = (shire_gate_purpose)purpose;
    shire_status status = shire_gate_parse_bits(
        SHIRE_GATE_CATEGORIES, shire_store_column_text(row, 4), &sharing.categories, error);
    if (status == SHIRE_OK) {
        status = shire_gate_take_day(row, 5, INT32_MIN, &sharing.from, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_take_day(row, 6, SHIRE_GATE_NO_END, &sharing.until, error);
    }
    if (status == SHIRE_OK) {
        *sharing_out = sharing;
    }
    return status;
}

shire_status shire_gate_sharing_find(shire_store *store, int64_t agreement_no, shire_arena *arena,
                                     shire_gate_sharing *sharing_out, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_status status = shire_gate_prepare(
        store, &select, error, "SELECT " SHARING_COLUMNS " FROM agreement WHERE agreement_no = $1",
        "i", agreement_no);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && !has_row) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no agreement %" PRId64, agreement_no);
    }
    if (status == SHIRE_OK) {
        status = take_sharing(select, arena, sharing_out, error);
    }
    shire_store_finalize(select);
    return status;
}

/* The agreement as it is to be: of the old one's bodies and purpose. */
static shire_status plan_change(const shire_gate_sharing *old, const shire_gate_sharing *wish,
                                shire_date today, shire_gate_sharing *new_out, shire_error *error) {
    if (old->until != SHIRE_GATE_NO_END && (old->until < today || old->until < old->from)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the agreement has ended; add a new one to share again");
    }
    if (wish->categories == old->categories && wish->until == old->until &&
        strcmp(wish->reference, old->reference) == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the agreement says that already");
    }
    *new_out = *old;
    new_out->categories = wish->categories;
    new_out->until = wish->until;
    new_out->reference = wish->reference;
    new_out->from = old->from > today ? old->from : today;
    return check_sharing(new_out, error);
}

shire_status shire_gate_sharing_change(shire_store *store, const shire_gate_actor *actor,
                                       int64_t agreement_no, const shire_gate_sharing *wish,
                                       shire_date today, int64_t *changed_no_out,
                                       shire_error *error) {
    shire_arena *arena = NULL;
    shire_gate_sharing old;
    shire_gate_sharing changed;
    int64_t number = 0;
    shire_status status = shire_arena_new("sharing_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_find(store, agreement_no, arena, &old, error);
    }
    if (status == SHIRE_OK) {
        status = plan_change(&old, wish, today, &changed, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_end(store, actor, agreement_no, changed.from - 1, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_add(store, actor, &changed, &number, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_enter(store, actor, changed.reference, error,
                                  "agreement %" PRId64 " is in the place of agreement %" PRId64,
                                  number, agreement_no);
    }
    if (status == SHIRE_OK && changed_no_out != NULL) {
        *changed_no_out = number;
    }
    shire_arena_free(arena);
    return status;
}

shire_status shire_gate_sharing_scan(shire_store *store, shire_gate_sharing_visitor visit,
                                     void *context, shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_status status =
        shire_gate_prepare(store, &select, error,
                           "SELECT " SHARING_COLUMNS " FROM agreement ORDER BY owner, recipient, "
                           "purpose, agreement_no",
                           "");
    while (status == SHIRE_OK) {
        shire_arena *arena = NULL;
        shire_gate_sharing sharing;
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        status = shire_arena_new("sharing_arena", 0, &arena, error);
        if (status == SHIRE_OK) {
            status = take_sharing(select, arena, &sharing, error);
        }
        if (status == SHIRE_OK) {
            status = visit(&sharing, context, error);
        }
        shire_arena_free(arena);
    }
    shire_store_finalize(select);
    return status;
}
