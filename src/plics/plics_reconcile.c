/*
 * The reconciliation feed: the ledger by account, and how much of each is outside the feeds and
 * why.
 *
 *   cost or income value            sums to the ledger
 *   service and cost exclusion cost sums to the ledger less the feeds
 *
 * A row is one account and one exclusion. Lines that reached a pool have the exclusion of nothing
 * and cost 0; what costing then left unallocated, and costed activity that is in no feed, belongs
 * to no one account: rows of the account "(costing)" with the value 0.
 */
#include "plics/plics_internal.h"

#include <stdlib.h>
#include <string.h>

#define COSTING_ACCOUNT "(costing)"
#define NO_EXCLUSION "none"

typedef struct plics_cell_row {
    const char *account; /* codes */
    const char *exclusion;
    shire_money value;
    shire_money excluded;
} plics_cell_row;

typedef struct plics_cells {
    plics_cell_row *rows;
    size_t count;
} plics_cells;

/* The code of a name; where there is none the default, and a remark. NULL: out of memory. */
static const char *code_of(plics_call *call, plics_map_kind kind, const char *name,
                           const char *standing, const char *without, shire_money amount) {
    bool is_standing = strcmp(name, standing) == 0;
    const plics_map_row *row =
        plics_map_find(&call->map, call->organisation, kind, shire_span_of(name));
    /* A pattern for all reasons is none for what is not excluded at all. */
    if (row != NULL && (!is_standing || strcmp(row->name, name) == 0)) {
        return row->code;
    }
    if (is_standing) {
        return kind == PLICS_MAP_ACCOUNT ? "COSTING" : "NOEXCL";
    }
    char *reason =
        shire_arena_format(call->arena, "the %s '%s' has no collection code and goes as %s",
                           kind == PLICS_MAP_ACCOUNT ? "account" : "exclusion", name, without);
    return reason != NULL && plics_list_add(call, &call->emptied, plics_feeds[PLICS_REC].code,
                                            reason, -1, 0, 1, amount)
               ? without
               : NULL;
}

static bool add_cell(plics_call *call, plics_cells *cells, const char *account_name,
                     const char *exclusion_name, shire_money value, shire_money excluded) {
    const char *account =
        code_of(call, PLICS_MAP_ACCOUNT, account_name, COSTING_ACCOUNT, "UNMAPPED", value);
    const char *exclusion =
        code_of(call, PLICS_MAP_EXCLUSION, exclusion_name, NO_EXCLUSION, "UNMAPX", excluded);
    if (account == NULL || exclusion == NULL) {
        return false;
    }
    size_t i = 0;
    while (i < cells->count && (strcmp(cells->rows[i].account, account) != 0 ||
                                strcmp(cells->rows[i].exclusion, exclusion) != 0)) {
        i++;
    }
    if (i == cells->count) {
        cells->rows[cells->count++] = (plics_cell_row){.account = account, .exclusion = exclusion};
    }
    cells->rows[i].value += value;
    cells->rows[i].excluded += excluded;
    return true;
}

static int compare_rows(const void *a, const void *b) {
    const plics_cell_row *left = a;
    const plics_cell_row *right = b;
    int order = strcmp(left->account, right->account);
    return order != 0 ? order : strcmp(left->exclusion, right->exclusion);
}

/* Ledger lines by account and reason; then what costing left unallocated or kept apart, of which
 * the part that reached no pool is among the ledger lines already. Amounts in micropounds. */
static const char ledger_sql[] =
    "SELECT account, exclusion, of_ledger, (sum(amount)::DECIMAL(25,6) * "
    "1000000::DECIMAL(7,0))::BIGINT AS amount FROM ("
    "SELECT organisation_no, l.account, CASE "
    "WHEN c.pool_no IS NOT NULL AND c.treatment NOT IN ('income', 'excluded') THEN '" NO_EXCLUSION
    "' WHEN c.treatment = 'apart' THEN 'kept apart: ' || c.segment "
    "ELSE coalesce(c.reason, c.treatment) END AS exclusion, true AS of_ledger, c.amount "
    "FROM cost_ledger c JOIN ledger_line l USING (line_no) "
    "UNION ALL SELECT organisation_no, '" COSTING_ACCOUNT "', 'unallocated: ' || reason, false, "
    "amount FROM unallocated WHERE stage <> 'ledger' "
    "UNION ALL SELECT organisation_no, '" COSTING_ACCOUNT "', 'kept apart: ' || segment, false, "
    "amount FROM kept_apart WHERE stage <> 'ledger' "
    "UNION ALL SELECT organisation_no, '" COSTING_ACCOUNT "', 'kept apart: ' || segment, false, "
    "amount FROM event_apart JOIN event USING (event_no)) "
    "WHERE organisation_no = %d GROUP BY ALL ORDER BY ALL";

static shire_status fill_cells(plics_call *call, plics_cells *cells, shire_error *error) {
    shire_frame frame;
    char *sql = shire_arena_format(call->arena, ledger_sql, call->organisation_no);
    if (sql == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    shire_status status = shire_table_query(call->table, sql, call->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    cells->rows = shire_arena_alloc_array(call->arena, frame.row_count + call->left_out.count,
                                          sizeof(*cells->rows));
    bool good = cells->rows != NULL;
    for (size_t row = 0; good && row < frame.row_count; row++) {
        shire_span account = shire_column_text(&frame.columns[0], row);
        shire_span exclusion = shire_column_text(&frame.columns[1], row);
        shire_money amount = frame.columns[3].int64[row];
        bool of_ledger = frame.columns[2].int64[row] != 0;
        const char *account_name =
            shire_arena_copy_text(call->arena, account.bytes, account.length);
        const char *name = shire_arena_copy_text(call->arena, exclusion.bytes, exclusion.length);
        good = account_name != NULL && name != NULL &&
               add_cell(call, cells, account_name, name, of_ledger ? amount : 0,
                        strcmp(name, NO_EXCLUSION) == 0 ? 0 : amount);
    }
    for (size_t i = 0; good && i < call->left_out.count; i++) {
        const shire_plics_left_out *item = &call->left_out.items[i];
        if (item->amount != 0 && strcmp(item->organisation, call->organisation) == 0) {
            const char *name = shire_arena_format(call->arena, "left out: %s", item->reason);
            good = name != NULL && add_cell(call, cells, COSTING_ACCOUNT, name, 0, item->amount);
        }
    }
    if (!good) {
        return PLICS_NO_MEMORY(error);
    }
    if (cells->count > 1) {
        qsort(cells->rows, cells->count, sizeof(*cells->rows), compare_rows);
    }
    return SHIRE_OK;
}

static shire_status check_sums(const plics_call *call, const plics_cells *cells,
                               shire_error *error) {
    shire_money value = 0;
    shire_money excluded = 0;
    for (size_t i = 0; i < cells->count; i++) {
        value += cells->rows[i].value;
        excluded += cells->rows[i].excluded;
    }
    if (value != call->sums.ledger || value - excluded != call->sums.in_feeds) {
        char texts[4][24];
        shire_decimal_format(value, 2, texts[0]);
        shire_decimal_format(call->sums.ledger, 2, texts[1]);
        shire_decimal_format(value - excluded, 2, texts[2]);
        shire_decimal_format(call->sums.in_feeds, 2, texts[3]);
        return SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                          "%s: the reconciliation's accounts sum to %s of a ledger of %s, and less "
                          "exclusions to %s of feeds of %s; report this",
                          call->organisation, texts[0], texts[1], texts[2], texts[3]);
    }
    return SHIRE_OK;
}

shire_status plics_reconciliation_write(plics_call *call, shire_error *error) {
    plics_cells cells = {0};
    plics_output *output = NULL;
    shire_status status = fill_cells(call, &cells, error);
    if (status == SHIRE_OK) {
        status = check_sums(call, &cells, error);
    }
    if (status == SHIRE_OK) {
        status = plics_output_new(call, PLICS_REC, &output, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < cells.count; i++) {
        const plics_cell_row *row = &cells.rows[i];
        char value[24];
        char excluded[24];
        shire_span values[] = {
            shire_span_of(row->account),
            {value, shire_decimal_format(row->value, 2, value)},
            shire_span_of(row->exclusion),
            {excluded, shire_decimal_format(row->excluded, 2, excluded)},
        };
        status = plics_output_add(output, -1, values, row->value, error);
    }
    if (output != NULL) {
        shire_status closed =
            plics_output_close(output, status == SHIRE_OK, status == SHIRE_OK ? error : NULL);
        status = status == SHIRE_OK ? closed : status;
    }
    return status;
}
