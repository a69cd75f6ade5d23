/*
 * Segments: which events are of another segment than patient care (private patients, for example),
 * and the proof that cost and income add up each on its own: every organisation's ledger is the
 * income that was mapped as such and the cost that is the rest, and each of the two is the sum of
 * what reached events, what is kept apart, what is excluded and what is unallocated.
 */
#include "cost/cost_internal.h"

#include <string.h>

#define NO_SEGMENT (-1)

typedef struct segment_state {
    cost_run *run;
    int32_t segment;
} segment_state;

/* Frame column: event_no. The first rule that fits an event holds. */
static shire_status take_events(const shire_frame *frame, void *context, shire_error *error) {
    const segment_state *state = context;
    int32_t *segments = state->run->event_segments;
    (void)error;
    for (size_t row = 0; row < frame->row_count; row++) {
        int64_t event = frame->columns[0].int64[row];
        if (segments[event] == NO_SEGMENT) {
            segments[event] = state->segment;
        }
    }
    return SHIRE_OK;
}

static shire_status apply_rule(cost_run *run, const cost_segment_rule *rule, shire_error *error) {
    segment_state state = {.run = run, .segment = rule->segment};
    shire_builder sql = {0};
    shire_error engine_error = {0};
    char *fits = cost_sql_fits(run->arena, "dataset", rule->dataset);
    shire_builder_append_format(&sql, "SELECT event_no::BIGINT FROM event WHERE %s",
                                fits == NULL || strcmp(rule->dataset, "*") == 0 ? "true" : fits);
    if (rule->organisation >= 0) {
        shire_builder_append_format(&sql, " AND organisation_no = %d", rule->organisation);
    }
    if (rule->condition != NULL) {
        shire_builder_append_text(&sql, " AND (");
        shire_builder_append_text(&sql, rule->condition);
        shire_builder_append_text(&sql, "\n)");
    }
    shire_status status =
        sql.failed || fits == NULL
            ? COST_NO_MEMORY(error)
            : shire_table_scan(run->table, sql.bytes, take_events, &state, &engine_error);
    if (status == SHIRE_NO_MEMORY) {
        status = COST_NO_MEMORY(error);
    } else if (status != SHIRE_OK) {
        cost_error(&run->problems, "segment_rule_fails", rule->place, "condition",
                   "correct the condition; columns are those of event",
                   "the condition does not run: %s", engine_error.message);
        status = SHIRE_OK;
    }
    shire_builder_free(&sql);
    return status;
}

shire_status cost_events_segment(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "event_segment", "lt");
    shire_status status = SHIRE_OK;
    if (run->model.segment_rules.count == 0) {
        return SHIRE_OK;
    }
    run->event_segments =
        shire_arena_alloc_array(run->arena, run->event_count, sizeof(*run->event_segments));
    if (run->event_segments == NULL) {
        return COST_NO_MEMORY(error);
    }
    memset(run->event_segments, 0xff, run->event_count * sizeof(*run->event_segments));
    for (size_t i = 0; i < run->model.segment_rules.count && status == SHIRE_OK; i++) {
        status = apply_rule(run, &run->model.segment_rules.items[i], error);
    }
    if (status == SHIRE_OK) {
        status = cost_problems_check(&run->problems, error);
    }
    for (size_t event = 0; event < run->event_count && status == SHIRE_OK; event++) {
        if (run->event_segments[event] == NO_SEGMENT) {
            run->event_segments[event] = COST_SEGMENT_PATIENT;
        }
        if (run->event_segments[event] != COST_SEGMENT_PATIENT) {
            cost_rows_add(&rows, (int64_t)event,
                          cost_segment_name(run, run->event_segments[event]));
        }
    }
    return status == SHIRE_OK ? cost_rows_write(&rows, run->table, error) : status;
}

/* ---- the two ledgers ---- */

/* One row for each organisation, ledger and segment, from what the tables hold. */
static const char statement_sql[] =
    "INSERT INTO ledger_segment SELECT organisation_no, ledger, segment, "
    "sum(amount)::DECIMAL(18,6) FROM ("
    "SELECT organisation_no, 'cost' AS ledger, 'patient' AS segment, amount FROM cost_allocated "
    "WHERE amount <> 0 "
    "UNION ALL SELECT organisation_no, 'cost', segment, amount FROM event_apart JOIN event USING "
    "(event_no) "
    "UNION ALL SELECT organisation_no, 'cost', segment, amount FROM kept_apart "
    "UNION ALL SELECT organisation_no, 'cost', 'excluded', c.amount FROM cost_ledger AS c JOIN "
    "ledger_line USING (line_no) WHERE treatment = 'excluded' "
    "UNION ALL SELECT organisation_no, 'cost', 'unallocated', amount FROM unallocated "
    "UNION ALL SELECT organisation_no, 'income', coalesce(s.segment, 'patient'), i.amount FROM "
    "event_income AS i JOIN event USING (event_no) LEFT JOIN event_segment AS s USING (event_no) "
    "UNION ALL SELECT organisation_no, 'income', 'unallocated', amount FROM unallocated_income) "
    "GROUP BY ALL ORDER BY ALL";

static const char difference_sql[] =
    "SELECT organisation_no::INTEGER, ledger, (sum(booked) - sum(placed))::DECIMAL(18,6) AS "
    "difference FROM ("
    "SELECT organisation_no, CASE treatment WHEN 'income' THEN 'income' ELSE 'cost' END AS ledger, "
    "c.amount AS booked, 0 AS placed FROM cost_ledger AS c JOIN ledger_line USING (line_no) "
    "UNION ALL SELECT organisation_no, ledger, 0, amount FROM ledger_segment) GROUP BY ALL "
    "HAVING sum(booked) <> sum(placed) ORDER BY ALL";

shire_status cost_ledgers_reconcile(cost_run *run, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_execute(run->table, statement_sql, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(run->table, difference_sql, run->arena, &frame, error);
    }
    if (status == SHIRE_OK && frame.row_count > 0) {
        char amount[32];
        shire_span ledger = shire_column_text(&frame.columns[1], 0);
        shire_decimal_format(frame.columns[2].decimal6[0], 2, amount);
        status = SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                            "%s: the %.*s of the ledger is not the sum of its segments, the "
                            "difference is %s; report this",
                            cost_organisation_code(run, frame.columns[0].int32[0]),
                            (int)ledger.length, ledger.bytes, amount);
    }
    return status;
}
