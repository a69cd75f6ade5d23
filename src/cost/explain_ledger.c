/*
 * What is explained forward: the ledger lines that a selector picks, or a pool. Lines are found by
 * their place in a file or by conditions in the language of changes; what of them never came into a
 * pool leaves at once, with its reason.
 */
#include "cost/explain_forward_internal.h"
#include "cost/explain_internal.h"

#include "cost/whatif_edit.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char line_kind[] = "ledger_line";
static const char support_kind[] = "support_pool";

/* ---- which lines ---- */

/* "17" or "data/ledger.csv:17"; false when it is neither. */
static bool print_place(const char *selector, shire_builder *sql) {
    const char *colon = strrchr(selector, ':');
    const char *digits = colon == NULL ? selector : colon + 1;
    if (*digits == '\0' || strlen(digits) > 18 || strspn(digits, "0123456789") != strlen(digits)) {
        return false;
    }
    shire_builder_append_format(sql, "source_line = %s", digits);
    if (colon != NULL) {
        shire_builder_append_text(sql, " AND source_file::VARCHAR = ");
        shire_builder_append_sql_literal(sql, (shire_span){selector, (size_t)(colon - selector)});
    }
    return true;
}

static shire_status print_conditions(forward_state *s, const char *selector, shire_builder *sql,
                                     shire_error *error) {
    cost_edit edit = {0};
    shire_status status = cost_conditions_parse(selector, s->arena, &edit, error);
    for (size_t i = 0; status == SHIRE_OK && i < edit.conditions.count; i++) {
        cost_condition condition = edit.conditions.items[i];
        if (strcmp(condition.column, "file") == 0) {
            condition.column = "source_file";
        } else if (strcmp(condition.column, "line") == 0) {
            condition.column = "source_line";
        }
        shire_builder_append_text(sql, i > 0 ? " AND " : "");
        cost_condition_print(&condition, s->arena, sql);
    }
    return status;
}

/* Lines of several files must not be taken for one line. */
static shire_status check_one_file(const shire_frame *lines, const char *selector,
                                   shire_error *error) {
    for (size_t i = 1; i < lines->row_count; i++) {
        shire_span first = shire_column_text(&lines->columns[4], 0);
        shire_span other = shire_column_text(&lines->columns[4], i);
        if (!shire_span_equal(first, other)) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "several ledgers have a line %s, %.*s and %.*s; put the file before "
                              "it, like %.*s:%s",
                              selector, (int)first.length, first.bytes, (int)other.length,
                              other.bytes, (int)first.length, first.bytes, selector);
        }
    }
    return SHIRE_OK;
}

/* Makes explain_line (line_no) and the first level. */
static shire_status choose_lines(forward_state *s, const char *selector, shire_error *error) {
    shire_builder where = {0};
    shire_frame lines;
    bool is_place = print_place(selector, &where);
    shire_status status = is_place ? SHIRE_OK : print_conditions(s, selector, &where, error);
    char *sql =
        where.failed || status != SHIRE_OK
            ? NULL
            : shire_arena_format(s->arena,
                                 "CREATE OR REPLACE TEMP TABLE explain_line AS SELECT line_no FROM "
                                 "ledger_line WHERE %s",
                                 where.bytes);
    shire_builder_free(&where);
    if (status == SHIRE_OK) {
        status = sql == NULL ? COST_NO_MEMORY(error) : shire_table_execute(s->table, sql, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(
            s->table,
            "SELECT code, concat_ws(' / ', cost_centre, account), description, amount, "
            "source_file::VARCHAR, source_line::BIGINT FROM ledger_line SEMI JOIN explain_line "
            "USING (line_no) JOIN organisation USING (organisation_no) ORDER BY line_no",
            s->arena, &lines, error);
    }
    if (status == SHIRE_OK && lines.row_count == 0) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "no ledger line fits '%s'; lines stand in the table ledger_line, and "
                            "are named FILE:LINE or by conditions like cost_centre=W1*",
                            selector);
    }
    if (status == SHIRE_OK && is_place) {
        status = check_one_file(&lines, selector, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_explain_row *rows = shire_arena_alloc_array(s->arena, lines.row_count, sizeof(*rows));
    if (rows == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < lines.row_count; i++) {
        rows[i] = (shire_explain_row){.kind = line_kind,
                                      .organisation = forward_text(s, &lines.columns[0], i),
                                      .name = forward_text(s, &lines.columns[1], i),
                                      .detail = forward_text(s, &lines.columns[2], i),
                                      .file = forward_text(s, &lines.columns[4], i),
                                      .line = lines.columns[5].int64[i],
                                      .amount = lines.columns[3].decimal6[i]};
        if (__builtin_add_overflow(s->out.amount, rows[i].amount, &s->out.amount)) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW, "the lines' sum is too large");
        }
    }
    return forward_close_level(s, "ledger_lines", rows, lines.row_count, true, error);
}

/* What of the lines is in pools, after transfers, and what is in none. */
static shire_status load_lines(forward_state *s, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(
        s->table,
        "SELECT pool_no::BIGINT, sum(amount)::DECIMAL(18,6) FROM pool_line SEMI JOIN explain_line "
        "USING (line_no) GROUP BY 1 ORDER BY 1",
        s->arena, &frame, error);
    for (size_t i = 0; status == SHIRE_OK && i < frame.row_count; i++) {
        s->pool_amounts[frame.columns[0].int64[i]] = frame.columns[1].decimal6[i];
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(
            s->table,
            "SELECT code, treatment, coalesce(reason, treatment), sum(c.amount)::DECIMAL(18,6) "
            "FROM "
            "cost_ledger AS c SEMI JOIN explain_line USING (line_no) JOIN ledger_line USING "
            "(line_no) JOIN organisation USING (organisation_no) WHERE pool_no IS NULL GROUP BY "
            "ALL ORDER BY ALL",
            s->arena, &frame, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < frame.row_count; i++) {
        const char *treatment = forward_text(s, &frame.columns[1], i);
        if (treatment == NULL ||
            !forward_leave(s, treatment, forward_text(s, &frame.columns[0], i), "not in a pool",
                           forward_text(s, &frame.columns[2], i), frame.columns[3].decimal6[i])) {
            status = COST_NO_MEMORY(error);
        }
    }
    return status;
}

shire_status shire_explain_ledger(shire_table *warehouse, const char *selector, size_t row_limit,
                                  shire_arena *arena, shire_explain_forward *forward_out,
                                  shire_error *error) {
    forward_state s = {.table = warehouse, .arena = arena, .row_limit = row_limit};
    s.out.subject = shire_arena_format(arena, "ledger %s", selector);
    shire_status status = explain_check_warehouse(warehouse, arena, error);
    if (status == SHIRE_OK) {
        status = forward_load_names(&s, error);
    }
    if (status == SHIRE_OK) {
        status = choose_lines(&s, selector, error);
    }
    if (status == SHIRE_OK) {
        status = load_lines(&s, error);
    }
    if (status == SHIRE_OK) {
        status = forward_add_pools(&s, error);
    }
    if (status == SHIRE_OK) {
        status = forward_from_pools(&s, error);
    }
    if (status == SHIRE_OK) {
        *forward_out = s.out;
    }
    return status;
}

/* ---- a pool ---- */

static shire_status find_pool(forward_state *s, const char *name, size_t *pool_out,
                              shire_error *error) {
    size_t found = 0;
    for (size_t i = 0; i < s->pools.row_count; i++) {
        const char *pool = forward_text(s, &s->pools.columns[1], i);
        const char *code = s->organisations[s->pools.columns[0].int32[i]];
        size_t length = strlen(code);
        bool with_code = strncmp(name, code, length) == 0 && name[length] == '/' && pool != NULL &&
                         strcmp(name + length + 1, pool) == 0;
        if (pool != NULL && (strcmp(pool, name) == 0 || with_code)) {
            *pool_out = i;
            found++;
        }
    }
    if (found == 0) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "there is no pool '%s'; pools stand in the table cost_pool", name);
    }
    return found == 1 ? SHIRE_OK
                      : SHIRE_FAIL(error, SHIRE_INVALID,
                                   "%zu organisations have a pool '%s'; write ORGANISATION/%s",
                                   found, name, name);
}

/* What the pool is made of: its own lines, and what support pools gave to it. */
static shire_status add_makings(forward_state *s, size_t pool, shire_error *error) {
    shire_frame frame;
    char *sql = shire_arena_format(
        s->arena,
        "SELECT code, concat_ws(' / ', cost_centre, account), description, p.amount, "
        "source_file::VARCHAR, source_line::BIGINT FROM pool_line AS p JOIN ledger_line USING "
        "(line_no) JOIN organisation USING (organisation_no) WHERE pool_no = %zu UNION ALL SELECT "
        "code, 'a transfer from a pool without cost', NULL, p.amount, NULL, 0 FROM pool_line AS p, "
        "organisation WHERE line_no IS NULL AND pool_no = %zu AND organisation_no = %d UNION ALL "
        "SELECT code, pool, 'support', f.amount, NULL, -1 FROM support_flow AS f JOIN cost_pool ON "
        "cost_pool.pool_no = from_pool_no JOIN organisation USING (organisation_no) WHERE "
        "to_pool_no = %zu ORDER BY 5, 6, 2",
        pool, pool, s->pools.columns[0].int32[pool], pool);
    shire_status status = sql == NULL ? COST_NO_MEMORY(error)
                                      : shire_table_query(s->table, sql, s->arena, &frame, error);
    shire_explain_row *rows =
        status == SHIRE_OK ? shire_arena_alloc_array(s->arena, frame.row_count, sizeof(*rows))
                           : NULL;
    if (status == SHIRE_OK && rows == NULL) {
        status = COST_NO_MEMORY(error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < frame.row_count; i++) {
        int64_t line = frame.columns[5].int64[i];
        rows[i] = (shire_explain_row){.kind = line < 0 ? support_kind : line_kind,
                                      .organisation = forward_text(s, &frame.columns[0], i),
                                      .name = forward_text(s, &frame.columns[1], i),
                                      .detail = forward_text(s, &frame.columns[2], i),
                                      .file = forward_text(s, &frame.columns[4], i),
                                      .line = line < 0 ? 0 : line,
                                      .amount = frame.columns[3].decimal6[i]};
        s->out.amount += rows[i].amount;
    }
    if (status == SHIRE_OK) {
        status = forward_close_level(s, "made_of", rows, frame.row_count, false, error);
    }
    return status;
}

shire_status shire_explain_pool(shire_table *warehouse, const char *name, size_t row_limit,
                                shire_arena *arena, shire_explain_forward *forward_out,
                                shire_error *error) {
    forward_state s = {.table = warehouse, .arena = arena, .row_limit = row_limit};
    size_t pool = 0;
    shire_status status = explain_check_warehouse(warehouse, arena, error);
    if (status == SHIRE_OK) {
        status = forward_load_names(&s, error);
    }
    if (status == SHIRE_OK) {
        status = find_pool(&s, name, &pool, error);
    }
    if (status == SHIRE_OK) {
        status = add_makings(&s, pool, error);
    }
    if (status == SHIRE_OK) {
        s.out.subject =
            shire_arena_format(arena, "pool %s of %s", forward_text(&s, &s.pools.columns[1], pool),
                               s.organisations[s.pools.columns[0].int32[pool]]);
        s.pool_amounts[pool] = s.out.amount;
        status = forward_from_pools(&s, error);
    }
    if (status == SHIRE_OK) {
        *forward_out = s.out;
    }
    return status;
}
