/* What there is of consents, opt-outs and seals of one person: read back for who administers them.
 */
#include "gate/gate_internal.h"
#include "gate/gate_person.h"

#include <string.h>

shire_status shire_gate_sensitivities_parse(shire_span names, uint32_t *sensitivity_out,
                                            shire_error *error) {
    return shire_gate_parse_bits(SHIRE_GATE_SENSITIVITIES, names, sensitivity_out, error);
}

shire_status shire_gate_person_exists(shire_store *store, const char *person_id, bool *exists_out,
                                      shire_error *error) {
    int64_t count = 0;
    shire_status status = shire_gate_find_int64(
        store, &count, error, "SELECT count(*) FROM index_person WHERE person_id = $1", "t",
        person_id);
    *exists_out = count > 0;
    return status;
}

shire_status shire_gate_opt_out_end(shire_store *store, const shire_gate_actor *actor,
                                    const char *person_id, shire_date last, shire_error *error) {
    int64_t count = 0;
    shire_status status = shire_gate_find_int64(
        store, &count, error, "SELECT count(*) FROM opt_out WHERE person_id = $1", "t", person_id);
    if (status == SHIRE_OK && count == 0) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "this person has no opt-out");
    }
    if (status == SHIRE_OK) {
        status =
            shire_gate_run(store, error, "UPDATE opt_out SET until_day = $2 WHERE person_id = $1",
                           "td", person_id, last);
    }
    return status == SHIRE_OK ? shire_gate_enter(store, actor, person_id, error, "opt-out ends")
                              : status;
}

#define KNOWN                                                                                      \
    "WITH RECURSIVE known (person_id) AS (SELECT CAST($1 AS TEXT) UNION SELECT p.person_id FROM "  \
    "index_person p JOIN known k ON p.retired_into = k.person_id) "

/* The items of a seal are a row each: those of one number follow each other. */
static const char *const questions[] = {
    [SHIRE_GATE_CONSENTS] =
        KNOWN "SELECT c.consent_no, c.organisation, '', c.kinds, c.from_day, c.until_day FROM "
              "known k JOIN consent c ON c.person_id = k.person_id ORDER BY c.consent_no",
    [SHIRE_GATE_OPT_OUTS] =
        KNOWN "SELECT 0, '', '', '', o.from_day, o.until_day FROM known k JOIN opt_out o ON "
              "o.person_id = k.person_id ORDER BY o.from_day, o.person_id",
    [SHIRE_GATE_SEALS] =
        KNOWN "SELECT s.seal_no, s.organisation, coalesce(t.name, ''), i.item, s.from_day, "
              "s.until_day FROM known k JOIN seal s ON s.person_id = k.person_id JOIN seal_item i "
              "ON i.seal_no = s.seal_no LEFT JOIN team t ON t.team_no = s.team_no ORDER BY "
              "s.seal_no, i.item",
};

static shire_status take_wish(const shire_store_statement *row, shire_arena *arena,
                              shire_gate_wish *wish, shire_error *error) {
    *wish = (shire_gate_wish){.number = shire_store_column_int64(row, 0),
                              .organisation = shire_gate_keep(row, 1, arena),
                              .team = shire_gate_keep(row, 2, arena),
                              .what = shire_gate_keep(row, 3, arena)};
    if (wish->organisation == NULL || wish->team == NULL || wish->what == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for what the store holds");
    }
    shire_status status = shire_gate_take_day(row, 4, 0, &wish->from, error);
    return status == SHIRE_OK ? shire_gate_take_day(row, 5, SHIRE_GATE_NO_END, &wish->until, error)
                              : status;
}

shire_status shire_gate_wish_scan(shire_store *store, shire_gate_wishes kind, const char *person_id,
                                  shire_arena *arena, shire_gate_wish_visitor visit, void *context,
                                  shire_error *error) {
    shire_store_statement *select = NULL;
    shire_gate_wish held = {0};
    bool is_held = false;
    bool has_row = true;
    shire_status status =
        shire_gate_prepare(store, &select, error, questions[kind], "t", person_id);
    while (status == SHIRE_OK && has_row) {
        shire_gate_wish wish;
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        status = take_wish(select, arena, &wish, error);
        if (status == SHIRE_OK && is_held && kind == SHIRE_GATE_SEALS &&
            wish.number == held.number) {
            held.what = shire_arena_format(arena, "%s %s", held.what, wish.what);
            status = held.what == NULL
                         ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for what the store holds")
                         : SHIRE_OK;
            continue;
        }
        if (status == SHIRE_OK && is_held) {
            status = visit(&held, context, error);
        }
        held = wish;
        is_held = true;
    }
    shire_store_finalize(select);
    return status == SHIRE_OK && is_held ? visit(&held, context, error) : status;
}
