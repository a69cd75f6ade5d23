/*
 * The results: the tables are made empty at the start; at the end the pools, resources, activities
 * and events are written, and each organisation's ledger is reconciled from what the tables
 * then hold, not from the sums of the run.
 */
#include "cost/cost_internal.h"

#include <string.h>

static const char tables_sql[] =
    "DROP VIEW IF EXISTS unmatched_item;"
    "CREATE OR REPLACE TABLE item_event (item_no BIGINT, event_no BIGINT, match_rule_no "
    "INTEGER);"
    "CREATE OR REPLACE TABLE match_rule (match_rule_no INTEGER, kind VARCHAR, organisation_no "
    "INTEGER, step BIGINT, feed VARCHAR, columns VARCHAR, window_before_days BIGINT, "
    "window_after_days BIGINT, file VARCHAR, line BIGINT);"
    "CREATE OR REPLACE TABLE match_feed (organisation_no INTEGER, feed VARCHAR, items BIGINT, "
    "with_key BIGINT, matched BIGINT, unmatched BIGINT, tied BIGINT);"
    "CREATE OR REPLACE TABLE match_result (organisation_no INTEGER, feed VARCHAR, "
    "match_rule_no INTEGER, reason VARCHAR, items BIGINT);"
    "CREATE OR REPLACE TABLE match_cost (organisation_no INTEGER, feed VARCHAR, amount "
    "DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE unmatched_reason (item_no BIGINT, reason VARCHAR);"
    "CREATE OR REPLACE TABLE item_outside (item_no BIGINT);"
    "CREATE OR REPLACE TABLE cost_ledger (line_no BIGINT, treatment VARCHAR, reason VARCHAR, "
    "pool_no INTEGER, amount DECIMAL(18,6), segment VARCHAR);"
    "CREATE OR REPLACE TABLE pool_transfer (from_pool_no INTEGER, to_pool_no INTEGER, amount "
    "DECIMAL(18,6), reason VARCHAR);"
    "CREATE OR REPLACE TABLE pool_line (pool_no INTEGER, line_no BIGINT, amount "
    "DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE cost_pool (pool_no INTEGER, organisation_no INTEGER, pool "
    "VARCHAR, "
    "treatment VARCHAR, own_cost DECIMAL(18,6), received_cost DECIMAL(18,6), total_cost "
    "DECIMAL(18,6), segment VARCHAR);"
    "CREATE OR REPLACE TABLE support_flow (from_pool_no INTEGER, to_pool_no INTEGER, amount "
    "DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE resource_cost (resource_no INTEGER, organisation_no INTEGER, "
    "resource VARCHAR, amount DECIMAL(18,6), segment VARCHAR);"
    "CREATE OR REPLACE TABLE pool_resource (pool_no INTEGER, resource_no INTEGER, amount "
    "DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE activity_cost (activity_no INTEGER, organisation_no INTEGER, "
    "activity VARCHAR, amount DECIMAL(18,6), weight_total DECIMAL(18,6), item_count BIGINT, "
    "driver VARCHAR, segment VARCHAR);"
    "CREATE OR REPLACE TABLE resource_activity (resource_no INTEGER, activity_no INTEGER, "
    "amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE item_cost (activity_no INTEGER, item_no BIGINT, amount "
    "DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE item_income (activity_no INTEGER, item_no BIGINT, amount "
    "DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE item_apart (activity_no INTEGER, item_no BIGINT, amount "
    "DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE event_period (event_no BIGINT, completion_status INTEGER, days "
    "INTEGER, days_to_date BIGINT, cost_brought_forward DECIMAL(18,6), cost DECIMAL(18,6), "
    "cost_to_date DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE event_segment (event_no BIGINT, segment VARCHAR);"
    "CREATE OR REPLACE TABLE event_income (event_no BIGINT, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE event_apart (event_no BIGINT, amount DECIMAL(18,6), segment "
    "VARCHAR);"
    "CREATE OR REPLACE TABLE person_income (person_no BIGINT, organisation_no INTEGER, setting "
    "VARCHAR, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE unallocated_income (organisation_no INTEGER, stage VARCHAR, name "
    "VARCHAR, reason VARCHAR, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE kept_apart (organisation_no INTEGER, segment VARCHAR, stage "
    "VARCHAR, name VARCHAR, reason VARCHAR, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE ledger_segment (organisation_no INTEGER, ledger VARCHAR, segment "
    "VARCHAR, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE event_cost (event_no BIGINT, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE person_cost (person_no BIGINT, organisation_no INTEGER, setting "
    "VARCHAR, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE kind_cost (organisation_no INTEGER, setting VARCHAR, events "
    "BIGINT, "
    "amount DECIMAL(18,6), median DECIMAL(18,6), outliers BIGINT, outlier_amount "
    "DECIMAL(18,6), zeros BIGINT, negatives BIGINT, negative_amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE event_delay (event_no BIGINT, days INTEGER, reason VARCHAR, "
    "responsible VARCHAR, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE delay_partner (event_no BIGINT, partner VARCHAR, days "
    "DECIMAL(18,6), amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE package (item_no BIGINT, frequency VARCHAR, first DATE, last "
    "DATE, "
    "days INTEGER, gross DECIMAL(18,6), contribution DECIMAL(18,6), net DECIMAL(18,6), "
    "actual_gross DECIMAL(18,6), actual_contribution DECIMAL(18,6), actual_net DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE package_place (item_no BIGINT, organisation_no INTEGER, event_no "
    "BIGINT, record_no BIGINT, kind VARCHAR);"
    "CREATE OR REPLACE TABLE unallocated (organisation_no INTEGER, stage VARCHAR, name "
    "VARCHAR, "
    "reason VARCHAR, amount DECIMAL(18,6));"
    "CREATE OR REPLACE TABLE reconciliation (organisation_no INTEGER, ledger DECIMAL(18,6), "
    "allocated DECIMAL(18,6), excluded DECIMAL(18,6), unallocated DECIMAL(18,6), difference "
    "DECIMAL(18,6))";

shire_status cost_tables_make(cost_run *run, shire_error *error) {
    return shire_table_execute(run->table, tables_sql, error);
}

static cost_treatment treatment_of(const cost_pool *pool) {
    if (pool->support_group >= 0 || pool->mapped_as_support) {
        return COST_SUPPORT;
    }
    return pool->segment == COST_SEGMENT_PATIENT  ? COST_PATIENT
           : pool->segment == COST_SEGMENT_INCOME ? COST_INCOME
                                                  : COST_APART;
}

static shire_status write_pools(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "cost_pool", "iittdddt");
    for (size_t i = 0; i < run->pools.count; i++) {
        const cost_pool *pool = &run->pools.items[i];
        cost_rows_add(&rows, (int32_t)i, pool->organisation, pool->name,
                      cost_treatment_names[treatment_of(pool)], pool->own_cost, pool->received_cost,
                      pool->own_cost + pool->received_cost, cost_segment_name(run, pool->segment));
    }
    run->summary.pool_count = (int64_t)run->pools.count;
    return cost_rows_write(&rows, run->table, error);
}

static shire_status write_resources(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "resource_cost", "iitdt");
    for (size_t i = 0; i < run->resources.count; i++) {
        const cost_resource *resource = &run->resources.items[i];
        cost_rows_add(&rows, (int32_t)i, resource->organisation, resource->name, resource->amount,
                      cost_segment_name(run, resource->segment));
    }
    run->summary.resource_count = (int64_t)run->resources.count;
    return cost_rows_write(&rows, run->table, error);
}

/* "stay by days where ward = 'A'; theatre by minutes" */
static const char *describe_driver(cost_run *run, const cost_line *line) {
    shire_builder text = {0};
    for (size_t i = 0; i < line->weighing_count; i++) {
        const cost_weighing *weighing =
            &run->weighings.items[run->line_weighings.items[line->first_weighing + i]];
        shire_builder_append_format(&text, "%s%s by %s", i > 0 ? "; " : "", weighing->feed,
                                    weighing->basis);
        if (weighing->condition != NULL) {
            shire_builder_append_format(&text, " where %s", weighing->condition);
        }
    }
    const char *copy =
        text.failed
            ? NULL
            : shire_arena_copy_text(run->arena, text.bytes == NULL ? "" : text.bytes, text.length);
    shire_builder_free(&text);
    return copy;
}

/* That no item has a weight, a warning of the rule itself says. */
static void warn_of_cancelling_weights(cost_run *run, const cost_line *line) {
    if (line->item_count > 0) {
        int32_t weighing = run->line_weighings.items[line->first_weighing];
        cost_warning(&run->problems, "weights_cancel", run->weighings.items[weighing].place,
                     "basis", line->item_count,
                     "change the basis so that its weights do not sum to zero",
                     "%s: the positive and negative weights of the activity '%s' sum to zero, so "
                     "its cost is unallocated",
                     cost_organisation_code(run, line->organisation), line->activity);
    }
}

static shire_status write_activities(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "activity_cost", "iitddltt");
    for (size_t i = 0; i < run->lines.count; i++) {
        const cost_line *line = &run->lines.items[i];
        cost_rows_add(&rows, (int32_t)i, line->organisation, line->activity, line->amount,
                      line->weight_total, line->item_count, describe_driver(run, line),
                      cost_segment_name(run, line->segment));
        if (line->amount != 0 && line->weight_total == 0) {
            cost_leave(run, line->segment, line->organisation, "activity", line->activity,
                       line->item_count > 0 ? "the items' weights sum to zero"
                                            : "no item has a weight",
                       line->amount);
            warn_of_cancelling_weights(run, line);
        }
        if (line->unmatched != 0) {
            cost_leave(run, line->segment, line->organisation, "item", line->activity,
                       "unmatched items", line->unmatched);
        }
    }
    run->summary.activity_count = (int64_t)run->lines.count;
    return cost_rows_write(&rows, run->table, error);
}

/* `segment`: of a table that has such a column, else NULL. */
static shire_status write_book(const cost_run *run, const cost_book *book, const char *table_name,
                               const char *segment, shire_error *error) {
    shire_arena *arena = NULL;
    size_t count = 0;
    if (book->amounts == NULL) {
        return SHIRE_OK;
    }
    shire_status status = shire_arena_new("cost_events", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *event_nos = shire_arena_alloc_array(arena, run->event_count, sizeof(*event_nos));
    shire_money *amounts = shire_arena_alloc_array(arena, run->event_count, sizeof(*amounts));
    if (event_nos == NULL || amounts == NULL) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    for (size_t event = 0; event < run->event_count; event++) {
        if (book->touched[event] != 0) {
            event_nos[count] = (int64_t)event;
            amounts[count++] = book->amounts[event];
        }
    }
    shire_column columns[] = {
        {.name = "event_no", .type = SHIRE_TYPE_INT64, .int64 = event_nos},
        {.name = "amount", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = amounts},
    };
    shire_frame frame = {.row_count = count, .column_count = 2, .columns = columns};
    if (segment == NULL) {
        status = shire_table_append(run->table, table_name, &frame, error);
        goto done;
    }
    cost_rows rows = cost_rows_for(arena, table_name, "ldt");
    for (size_t row = 0; row < count; row++) {
        cost_rows_add(&rows, event_nos[row], amounts[row], segment);
    }
    status = cost_rows_write(&rows, run->table, error);
done:
    shire_arena_free(arena);
    return status;
}

static shire_status write_events(cost_run *run, shire_error *error) {
    shire_status status =
        write_book(run, &run->books[COST_SEGMENT_PATIENT], "event_cost", NULL, error);
    if (status == SHIRE_OK) {
        status = write_book(run, &run->books[COST_SEGMENT_INCOME], "event_income", NULL, error);
    }
    for (size_t i = COST_SEGMENT_APART; status == SHIRE_OK && i < run->segment_names.count; i++) {
        status = write_book(run, &run->books[i], "event_apart", cost_segment_name(run, (int32_t)i),
                            error);
    }
    return status;
}

/* match_cost: what items without event cost of patient care, by feed. */
static shire_status write_feeds(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "match_cost", "itd");
    for (size_t i = 0; i < run->feed_count; i++) {
        const cost_feed *feed = run->feeds_in_order[i];
        if (feed->unmatched != 0) {
            cost_rows_add(&rows, feed->organisation, feed->name, feed->unmatched);
        }
    }
    return cost_rows_write(&rows, run->table, error);
}

static shire_status write_unplaced(cost_run *run, shire_error *error) {
    cost_rows *const lists[] = {&run->unallocated, &run->unallocated_income, &run->kept_apart};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < 3 && status == SHIRE_OK; i++) {
        status = cost_rows_write(lists[i], run->table, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(
            run->table,
            "INSERT INTO unallocated SELECT organisation_no, 'ledger', "
            "concat_ws(' / ', cost_centre, account), reason, sum(c.amount)::DECIMAL(18,6) "
            "FROM cost_ledger AS c JOIN ledger_line USING (line_no) "
            "WHERE treatment = 'unallocated' GROUP BY ALL ORDER BY ALL;"
            "INSERT INTO unallocated_income SELECT organisation_no, 'ledger', "
            "concat_ws(' / ', cost_centre, account), reason, sum(c.amount)::DECIMAL(18,6) "
            "FROM cost_ledger AS c JOIN ledger_line USING (line_no) "
            "WHERE treatment = 'income' AND pool_no IS NULL GROUP BY ALL ORDER BY ALL;"
            "INSERT INTO kept_apart SELECT organisation_no, segment, 'ledger', "
            "concat_ws(' / ', cost_centre, account), reason, sum(c.amount)::DECIMAL(18,6) "
            "FROM cost_ledger AS c JOIN ledger_line USING (line_no) "
            "WHERE treatment = 'apart' AND pool_no IS NULL GROUP BY ALL ORDER BY ALL",
            error);
    }
    return status;
}

shire_status cost_results_write(cost_run *run, shire_error *error) {
    shire_status status = write_pools(run, error);
    if (status == SHIRE_OK) {
        status = write_resources(run, error);
    }
    if (status == SHIRE_OK) {
        status = write_activities(run, error);
    }
    if (status == SHIRE_OK) {
        status = write_events(run, error);
    }
    if (status == SHIRE_OK) {
        status = write_feeds(run, error);
    }
    if (status == SHIRE_OK) {
        status = write_unplaced(run, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(
            run->table,
            "CREATE VIEW unmatched_item AS SELECT activity_item.*, reason AS unmatched_reason, "
            "coalesce(amount_of_item, 0)::DECIMAL(18,6) AS unmatched_cost FROM activity_item JOIN "
            "unmatched_reason USING (item_no) LEFT JOIN (SELECT item_no, sum(amount) AS "
            "amount_of_item FROM item_cost WHERE item_no IN (SELECT item_no FROM unmatched_reason) "
            "GROUP BY item_no) USING (item_no)",
            error);
    }
    return status;
}

/* ---- reconciliation ---- */

typedef struct allocated_state {
    cost_run *run;
    shire_money *sums; /* by organisation */
} allocated_state;

/* Frame columns: event_no, amount. */
static shire_status add_events(const shire_frame *frame, void *context, shire_error *error) {
    allocated_state *state = context;
    bool overflows = false;
    for (size_t row = 0; row < frame->row_count; row++) {
        int32_t organisation = state->run->event_organisations[frame->columns[0].int64[row]];
        shire_money *sum = &state->sums[organisation];
        overflows |= __builtin_add_overflow(*sum, frame->columns[1].decimal6[row], sum);
    }
    return overflows ? SHIRE_FAIL(error, SHIRE_OVERFLOW,
                                  "the cost of an organisation's events leaves the range")
                     : SHIRE_OK;
}

/* cost_allocated: the sum of event_cost by organisation, without a join of all events. */
static shire_status sum_event_costs(cost_run *run, shire_error *error) {
    allocated_state state = {
        .run = run,
        .sums = shire_arena_alloc_array(run->arena, run->organisation_count, sizeof(shire_money))};
    cost_rows rows = cost_rows_for(run->arena, "cost_allocated", "id");
    if (state.sums == NULL) {
        return COST_NO_MEMORY(error);
    }
    shire_status status = shire_table_scan(run->table, "SELECT event_no, amount FROM event_cost",
                                           add_events, &state, error);
    for (size_t i = 0; i < run->organisation_count; i++) {
        cost_rows_add(&rows, (int32_t)i, state.sums[i]);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(run->table,
                                     "CREATE OR REPLACE TEMP TABLE cost_allocated "
                                     "(organisation_no INTEGER, amount DECIMAL(18,6))",
                                     error);
    }
    return status == SHIRE_OK ? cost_rows_write(&rows, run->table, error) : status;
}

static shire_status insert_reconciliation(cost_run *run, shire_error *error) {
    return shire_table_execute(
        run->table,
        "INSERT INTO reconciliation "
        "WITH part AS ("
        "SELECT organisation_no, sum(amount) AS ledger, 0 AS allocated, 0 AS excluded, "
        "0 AS unallocated FROM ledger_line GROUP BY ALL "
        "UNION ALL SELECT organisation_no, 0, amount, 0, 0 FROM cost_allocated "
        "UNION ALL SELECT organisation_no, 0, 0, sum(c.amount), 0 FROM cost_ledger AS c "
        "JOIN ledger_line USING (line_no) WHERE treatment IN ('income', 'excluded') GROUP BY ALL "
        "UNION ALL SELECT organisation_no, 0, 0, sum(amount), 0 FROM kept_apart GROUP BY ALL "
        "UNION ALL SELECT organisation_no, 0, 0, sum(amount), 0 FROM event_apart JOIN event USING "
        "(event_no) GROUP BY ALL "
        "UNION ALL SELECT organisation_no, 0, 0, 0, sum(amount) FROM unallocated GROUP BY ALL) "
        "SELECT organisation_no, coalesce(sum(ledger), 0)::DECIMAL(18,6) AS ledger, "
        "coalesce(sum(allocated), 0)::DECIMAL(18,6) AS allocated, "
        "coalesce(sum(excluded), 0)::DECIMAL(18,6) AS excluded, "
        "coalesce(sum(unallocated), 0)::DECIMAL(18,6) AS unallocated, "
        "(coalesce(sum(ledger), 0) - coalesce(sum(allocated), 0) - coalesce(sum(excluded), 0) - "
        "coalesce(sum(unallocated), 0))::DECIMAL(18,6) AS difference "
        "FROM organisation LEFT JOIN part USING (organisation_no) GROUP BY organisation_no "
        "ORDER BY organisation_no",
        error);
}

/* Each line fits DECIMAL(18,6); a ledger's total need not. */
static shire_status check_ledger_totals(cost_run *run, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(
        run->table,
        "SELECT code FROM ledger_line JOIN organisation USING (organisation_no) GROUP BY code "
        "HAVING abs(sum(amount)) >= 1000000000000 ORDER BY code",
        run->arena, &frame, error);
    if (status == SHIRE_OK && frame.row_count > 0) {
        shire_span code = shire_column_text(&frame.columns[0], 0);
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "the ledger of %.*s sums to more than 999,999,999,999 pounds, the most "
                            "that is reckoned with; correct its amounts",
                            (int)code.length, code.bytes);
    }
    return status;
}

shire_status cost_reconcile(cost_run *run, shire_error *error) {
    shire_frame frame;
    shire_status status = check_ledger_totals(run, error);
    if (status == SHIRE_OK) {
        status = sum_event_costs(run, error);
    }
    if (status == SHIRE_OK) {
        status = insert_reconciliation(run, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(run->table,
                                   "SELECT organisation_no, ledger, allocated, excluded, "
                                   "unallocated, difference FROM reconciliation "
                                   "ORDER BY organisation_no",
                                   run->arena, &frame, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    run->reconciliations =
        shire_arena_alloc_array(run->arena, frame.row_count, sizeof(*run->reconciliations));
    if (run->reconciliations == NULL) {
        return COST_NO_MEMORY(error);
    }
    run->summary.organisation_count = frame.row_count;
    for (size_t row = 0; row < frame.row_count; row++) {
        shire_cost_reconciliation *one = &run->reconciliations[row];
        one->organisation_no = frame.columns[0].int32[row];
        one->organisation = cost_organisation_code(run, one->organisation_no);
        one->ledger = frame.columns[1].decimal6[row];
        one->allocated = frame.columns[2].decimal6[row];
        one->excluded = frame.columns[3].decimal6[row];
        one->unallocated = frame.columns[4].decimal6[row];
        one->difference = frame.columns[5].decimal6[row];
        if (one->difference != 0 && status == SHIRE_OK) {
            char amount[32];
            shire_decimal_format(one->difference, 2, amount);
            status = SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                                "%s: the ledger is not the sum of allocated, excluded and "
                                "unallocated cost, the difference is %s; report this",
                                one->organisation, amount);
        }
    }
    return status;
}
