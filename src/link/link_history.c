/*
 * Reads the store's tables of one person. Undoing writes one decision, which names the change; what
 * it means for pairs of records is worked out from the change's own records, by every run.
 */
#include "link/link_history.h"

#include "link/link_index.h"
#include "link/link_review_internal.h"

#include <string.h>

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the history");
}

/* Each row of a query about one person goes to `take`, which is false when out of memory. */
typedef bool (*row_taker)(const shire_store_statement *statement, shire_link_history *history,
                          shire_arena *arena);

static shire_status read_rows(shire_store *store, const char *sql, const char *person_id,
                              row_taker take, shire_link_history *history, shire_arena *arena,
                              shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = true;
    shire_status status = shire_store_prepare(store, sql, &statement, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(statement, 1, shire_span_of(person_id));
    }
    while (status == SHIRE_OK) {
        status = shire_store_step(statement, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        if (!take(statement, history, arena)) {
            status = no_memory(error);
        }
    }
    shire_store_finalize(statement);
    return status;
}

/* Room for one more of `count` items: doubled at every power of two. */
static bool grow(void **items, size_t count, size_t item_bytes, shire_arena *arena) {
    if (count != 0 && (count & (count - 1)) != 0) {
        return true;
    }
    void *bigger = shire_arena_alloc_array(arena, count == 0 ? 1 : 2 * count, item_bytes);
    if (bigger != NULL && count > 0) {
        memcpy(bigger, *items, count * item_bytes);
    }
    *items = bigger;
    return bigger != NULL;
}

static const char *text_or_null(const shire_store_statement *statement, int column,
                                shire_arena *arena, bool *is_good) {
    if (shire_store_column_is_null(statement, column)) {
        return NULL;
    }
    const char *text = shire_link_store_text(statement, column, arena);
    *is_good = *is_good && text != NULL;
    return text;
}

static bool take_person(const shire_store_statement *statement, shire_link_history *history,
                        shire_arena *arena) {
    bool is_good = true;
    history->person_id = text_or_null(statement, 0, arena, &is_good);
    history->made_run = shire_store_column_int64(statement, 1);
    history->made = text_or_null(statement, 2, arena, &is_good);
    history->retired_run = shire_store_column_int64(statement, 3);
    history->retired_into = text_or_null(statement, 4, arena, &is_good);
    return is_good;
}

static bool take_record(const shire_store_statement *statement, shire_link_history *history,
                        shire_arena *arena) {
    return grow((void **)&history->records, history->record_count, sizeof *history->records,
                arena) &&
           shire_link_store_name(statement, 0, arena, &history->records[history->record_count++]);
}

static bool take_whereabouts(const shire_store_statement *statement, shire_link_history *history,
                             shire_arena *arena) {
    bool is_good = grow((void **)&history->went, history->went_count, sizeof *history->went, arena);
    if (is_good) {
        history->went[history->went_count++] = (shire_link_whereabouts){
            text_or_null(statement, 0, arena, &is_good), shire_store_column_int64(statement, 1)};
    }
    return is_good;
}

static bool take_change(const shire_store_statement *statement, shire_link_history *history,
                        shire_arena *arena) {
    bool is_good =
        grow((void **)&history->changes, history->change_count, sizeof *history->changes, arena);
    if (!is_good) {
        return false;
    }
    shire_link_change *change = &history->changes[history->change_count++];
    *change = (shire_link_change){.change_no = shire_store_column_int64(statement, 0),
                                  .run_no = shire_store_column_int64(statement, 1),
                                  .time = text_or_null(statement, 2, arena, &is_good),
                                  .kind = text_or_null(statement, 3, arena, &is_good),
                                  .from_person = text_or_null(statement, 4, arena, &is_good),
                                  .to_person = text_or_null(statement, 5, arena, &is_good),
                                  .reason = text_or_null(statement, 6, arena, &is_good),
                                  .fact = text_or_null(statement, 7, arena, &is_good),
                                  .weight = text_or_null(statement, 9, arena, &is_good),
                                  .pair_a = text_or_null(statement, 10, arena, &is_good),
                                  .pair_b = text_or_null(statement, 11, arena, &is_good)};
    int64_t decision_no = shire_store_column_int64(statement, 8);
    for (size_t i = 0; i < history->decisions.count; i++) {
        const shire_link_decision *decision = &history->decisions.items[i];
        if (decision->decision_no == decision_no) {
            change->decision = decision;
        }
        if (decision->holds && decision->verdict == SHIRE_LINK_VERDICT_UNDO &&
            decision->change_no == change->change_no) {
            change->undone = decision;
        }
    }
    return is_good;
}

/* The id asked for, or that of the person that the named record was last with. */
static shire_status find_person_id(shire_store *store, const char *person, shire_arena *arena,
                                   const char **id_out, shire_error *error) {
    shire_store_statement *statement = NULL;
    shire_link_name name;
    uint64_t id = 0;
    bool has_row = false;
    *id_out = person;
    if (shire_link_id_parse(shire_span_of(person), &id)) {
        return SHIRE_OK;
    }
    if (!shire_link_name_parse(shire_span_of(person), &name)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "that is no person; give a person_id, or a record as "
                          "ORGANISATION/SOURCE/local_id");
    }
    shire_status status = shire_store_prepare(store,
                                              "SELECT person_id FROM index_member WHERE "
                                              "organisation = $1 AND source = $2 AND local_id = $3",
                                              &statement, error);
    if (status == SHIRE_OK) {
        shire_link_bind_name(statement, 1, &name);
        status = shire_store_step(statement, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        *id_out = shire_link_store_text(statement, 0, arena);
        status = *id_out == NULL ? no_memory(error) : SHIRE_OK;
    } else if (status == SHIRE_OK) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "there never was such a record in the index; its name is "
                            "ORGANISATION/SOURCE/local_id");
    }
    shire_store_finalize(statement);
    return status;
}

static const struct {
    const char *sql;
    row_taker take;
} parts[] = {
    {"SELECT p.person_id, p.made_run, r.finished, coalesce(p.retired_run, 0), p.retired_into FROM "
     "index_person AS p JOIN index_run AS r ON r.run_no = p.made_run WHERE p.person_id = $1",
     take_person},
    {"SELECT organisation, source, local_id FROM index_member WHERE person_id = $1 ORDER BY "
     "organisation, source, local_id",
     take_record},
    {"SELECT m.person_id, count(*) FROM (SELECT DISTINCT x.organisation, x.source, x.local_id FROM "
     "index_change AS c JOIN index_change_record AS x ON x.change_no = c.change_no AND x.side = "
     "'moved' WHERE c.from_person = $1) AS x JOIN index_member AS m ON m.organisation = "
     "x.organisation AND m.source = x.source AND m.local_id = x.local_id WHERE m.person_id <> $1 "
     "GROUP BY m.person_id ORDER BY m.person_id",
     take_whereabouts},
    {"SELECT c.change_no, c.run_no, r.finished, c.kind, c.from_person, c.to_person, c.reason, "
     "c.fact, coalesce(c.decision_no, 0), c.weight, c.pair_a, c.pair_b FROM index_change AS c JOIN "
     "index_run AS r ON r.run_no = c.run_no WHERE c.from_person = $1 OR c.to_person = $1 ORDER BY "
     "c.change_no",
     take_change},
};

shire_status shire_link_history_read(shire_store *store, const char *person, shire_arena *arena,
                                     shire_link_history *history_out, shire_error *error) {
    shire_link_history history = {0};
    const char *id = NULL;
    shire_status status = find_person_id(store, person, arena, &id, error);
    if (status == SHIRE_OK) {
        status = shire_link_decisions_read(store, arena, &history.decisions, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < sizeof parts / sizeof parts[0]; i++) {
        status = read_rows(store, parts[i].sql, id, parts[i].take, &history, arena, error);
    }
    if (status == SHIRE_OK && history.person_id == NULL) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there never was a person of that id");
    }
    for (size_t i = 0; status == SHIRE_OK && i < history.change_count; i++) {
        status = shire_link_change_records_read(store, history.changes[i].change_no, arena,
                                                &history.changes[i].records, error);
    }
    if (status == SHIRE_OK) {
        *history_out = history;
    }
    return status;
}

/* ---- undoing ---- */

/* What the undone change will say of pairs must not contradict what people decided. */
static shire_status check_undo(shire_store *store, int64_t change_no, shire_arena *arena,
                               shire_error *error) {
    link_said said;
    shire_link_change_records change = {0};
    shire_status status = link_said_read(store, arena, &said, error);
    if (status == SHIRE_OK) {
        status = shire_link_change_records_read(store, change_no, arena, &change, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < change.counts[SHIRE_LINK_SIDE_MOVED]; i++) {
        const shire_link_name *moved = &change.names[SHIRE_LINK_SIDE_MOVED][i];
        if (change.counts[SHIRE_LINK_SIDE_FROM] > 0) {
            status = link_said_add(&said, moved, &change.names[SHIRE_LINK_SIDE_FROM][0], true, 0,
                                   "undoing it", error);
        }
        for (size_t j = 0; status == SHIRE_OK && j < change.counts[SHIRE_LINK_SIDE_TO]; j++) {
            status = link_said_add(&said, moved, &change.names[SHIRE_LINK_SIDE_TO][j], false, 0,
                                   "undoing it", error);
        }
    }
    return status;
}

shire_status shire_link_history_undo(shire_store *store, int64_t change_no, const char *who,
                                     const char *why, shire_arena *arena, int64_t *number_out,
                                     shire_error *error) {
    shire_link_decision decision = {
        .verdict = SHIRE_LINK_VERDICT_UNDO, .change_no = change_no, .who = who, .why = why};
    shire_link_decisions decisions = {0};
    char *sql = shire_arena_format(
        arena, "SELECT count(*) FROM index_change WHERE change_no = %lld", (long long)change_no);
    int64_t count = 0;
    shire_status status = sql == NULL ? no_memory(error) : link_check_signature(who, why, error);
    if (status == SHIRE_OK) {
        status = shire_store_query_int64(store, sql, &count, error);
    }
    if (status == SHIRE_OK && count == 0) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "there is no change %lld; `shire link history` tells their numbers",
                          (long long)change_no);
    }
    if (status == SHIRE_OK) {
        status = shire_link_decisions_read(store, arena, &decisions, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < decisions.count; i++) {
        if (decisions.items[i].holds && decisions.items[i].change_no == change_no) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "change %lld is undone already, by decision %lld",
                              (long long)change_no, (long long)decisions.items[i].decision_no);
        }
    }
    if (status == SHIRE_OK) {
        status = check_undo(store, change_no, arena, error);
    }
    if (status == SHIRE_OK) {
        status = link_decision_insert(store, &decision, error);
    }
    if (status == SHIRE_OK) {
        *number_out = decision.decision_no;
    }
    return status;
}
