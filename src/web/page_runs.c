/*
 * Runs: what the last one read, whether every ledger reconciles, what it found to mend, and the
 * runs there were, from the audit log. Findings name files and lines and quote no values.
 */
#include "web/page_audit.h"
#include "web/page_entry.h"
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_figures.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#define RUNS_SHOWN 100

typedef struct runs {
    shire_call *call;
    shire_report_table *reconciliation;
    shire_report_table *findings;
    int64_t finding_count;
    int64_t event_count;
} runs;

static shire_status read_count(runs *state, const char *sql, int64_t *count_out,
                               shire_error *error) {
    shire_frame frame;
    shire_status status =
        shire_world_query(state->call->world, sql, state->call->request->arena, &frame, error);
    if (status == SHIRE_OK) {
        *count_out = shire_figures_number(&frame.columns[0], 0);
    }
    return status;
}

/* The first named_count columns are names such as bad_nhs_number. */
static shire_status read_table(runs *state, const char *sql, const shire_report_table *shape,
                               size_t named_count, shire_report_table **table_out,
                               shire_error *error) {
    shire_arena *arena = state->call->request->arena;
    shire_frame frame;
    shire_status status = shire_world_query(state->call->world, sql, arena, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(shape, frame.row_count, arena, table_out, error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(*table_out);
        for (size_t i = 0; i < shape->column_count; i++) {
            cells[i] =
                i < named_count ? shire_report_text(shire_figures_words(
                                      state->call, shire_column_text(&frame.columns[i], row)))
                : shape->columns[i].kind == SHIRE_REPORT_TEXT
                    ? shire_report_text(shire_figures_text(state->call, &frame.columns[i], row))
                : shire_column_is_null(&frame.columns[i], row)
                    ? (shire_report_cell){0}
                    : shire_report_number(shire_figures_number(&frame.columns[i], row));
        }
    }
    return status;
}

static shire_status read_reconciliation(runs *state, shire_error *error) {
    static const shire_report_column columns[] = {{"Body", SHIRE_REPORT_TEXT},
                                                  {"In the ledger", SHIRE_REPORT_MONEY},
                                                  {"Put down to care", SHIRE_REPORT_MONEY},
                                                  {"Left out", SHIRE_REPORT_MONEY},
                                                  {"Not placed", SHIRE_REPORT_MONEY},
                                                  {"Difference", SHIRE_REPORT_MONEY}};
    static const shire_report_table shape = {.name = "reconciliation",
                                             .sheet = "Reconciliation",
                                             .caption = "Each ledger, and what became of it",
                                             .columns = columns,
                                             .column_count = 6,
                                             .heading_count = 1,
                                             .has_total_row = true};
    return read_table(state,
                      "SELECT CASE grouping(organisation_no) WHEN 0 THEN any_value(o.name)"
                      " ELSE 'All ledgers' END,"
                      " sum(r.ledger)::DECIMAL(18,6), sum(r.allocated)::DECIMAL(18,6),"
                      " sum(r.excluded)::DECIMAL(18,6), sum(r.unallocated)::DECIMAL(18,6),"
                      " sum(r.difference)::DECIMAL(18,6) FROM reconciliation r JOIN organisation o"
                      " USING (organisation_no) WHERE r.ledger <> 0 OR r.allocated <> 0"
                      " OR r.unallocated <> 0 GROUP BY ROLLUP (organisation_no)"
                      " ORDER BY organisation_no NULLS LAST",
                      &shape, 0, &state->reconciliation, error);
}

/* A row a kind, with its first example. */
static shire_status read_findings(runs *state, shire_error *error) {
    static const shire_report_column columns[] = {{"Kind", SHIRE_REPORT_TEXT},
                                                  {"Severity", SHIRE_REPORT_TEXT},
                                                  {"Rows", SHIRE_REPORT_COUNT},
                                                  {"What is wrong, for example", SHIRE_REPORT_TEXT},
                                                  {"What to do", SHIRE_REPORT_TEXT}};
    static const shire_report_table shape = {.name = "findings",
                                             .sheet = "Findings",
                                             .caption = "Findings by kind, the gravest first",
                                             .columns = columns,
                                             .column_count = 5,
                                             .heading_count = 1};
    shire_status status =
        read_count(state, "SELECT count(*) FROM finding", &state->finding_count, error);
    return status != SHIRE_OK
               ? status
               : read_table(
                     state,
                     "SELECT kind::VARCHAR, severity::VARCHAR, rows::BIGINT,"
                     " coalesce(file::VARCHAR || coalesce(':' || line, '') || ': ', '') ||"
                     " problem::VARCHAR,"
                     " upper(remedy[1]) || remedy[2:] FROM (SELECT *, row_number() OVER kind_of AS "
                     "place,"
                     " sum(coalesce(row_count, 1)) OVER (PARTITION BY stage, severity, kind) AS "
                     "rows"
                     " FROM finding WINDOW kind_of AS (PARTITION BY stage, severity, kind"
                     " ORDER BY file, line, column_name, problem)) WHERE place = 1 ORDER BY"
                     " CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END,"
                     " rows DESC, stage, kind",
                     &shape, 2, &state->findings, error);
}

static shire_status read_last_run(void *context, shire_error *error) {
    runs *state = context;
    if (state->call->world->record == NULL) {
        return SHIRE_OK;
    }
    shire_status status = read_reconciliation(state, error);
    if (status == SHIRE_OK) {
        status = read_findings(state, error);
    }
    return status == SHIRE_OK
               ? read_count(state, "SELECT count(*) FROM event", &state->event_count, error)
               : status;
}

static shire_status show_last_run(shire_call *call, void *context, shire_error *error) {
    const runs *state = context;
    json_t *entries = NULL;
    const char *after = NULL;
    const shire_audit_filter runs_alone = {.kind = "run"};
    shire_status status =
        shire_audit_list(call, &runs_alone, (shire_span){0}, RUNS_SHOWN, &entries, &after, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < json_array_size(entries); i++) {
        shire_entry_say(call, json_array_get(entries, i));
    }
    const shire_record *record = call->world->record;
    const shire_record_book *book = record == NULL ? NULL : shire_record_get_book(record);
    json_t *values = json_pack("{s:o, s:b, s:b}", "entries", entries, "has_run", book != NULL,
                               "has_findings", state->finding_count > 0);
    if (book != NULL && values != NULL) {
        json_t *more =
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "from",
                      shire_words_day(call->web->partnership.period_first), "until",
                      shire_words_day(call->web->partnership.period_last), "people",
                      shire_words_count((int64_t)book->person_count), "records",
                      shire_words_count((int64_t)book->entry_count), "events",
                      shire_words_count(state->event_count), "finding_count",
                      shire_words_count(state->finding_count), "reconciliation",
                      shire_figures_json(&(shire_figures){.table = state->reconciliation}),
                      "findings", shire_figures_json(&(shire_figures){.table = state->findings}));
        (void)json_object_update_missing_new(values, more);
    }
    status = shire_call_page(call, "runs", "Runs", values, error);
    if (status == SHIRE_OK) {
        shire_audit_log_look(call, "the list of runs", "");
    }
    return status;
}

static shire_status show_runs(shire_call *call, shire_error *error) {
    runs *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    state->call = call;
    shire_call_work(call, read_last_run, show_last_run, state);
    return SHIRE_OK;
}

const shire_route shire_page_runs_routes[] = {
    {.pattern = "/admin/runs", .handle = show_runs, .abilities = SHIRE_GATE_SEE_RUNS},
    {.pattern = NULL},
};
