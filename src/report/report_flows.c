/*
 * From ledger to activity: a Sankey diagram of the largest pools, resources and activities, by name
 * over all organisations, and the list of all flows. Smaller nodes of a column are one node,
 * "Other".
 */
#include "report/chart.h"
#include "report/report_internal.h"

#define COLUMN_COUNT 4
#define NODES_NAMED_MAX "8"
#define NODES_MAX (COLUMN_COUNT * 9)
#define LINKS_MAX ((COLUMN_COUNT - 1) * 81)

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

static shire_status prepare_flows(shire_report_draft *draft, shire_error *error) {
    /* A node is as tall as the larger of what enters and what leaves it: what a resource could not
     * give to an activity is unallocated and ends there. */
    static const char sql[] =
        "CREATE OR REPLACE TEMP TABLE report_flow AS"
        " SELECT 0 AS stage, o.name AS source, p.pool AS target, p.total_cost AS amount"
        "  FROM cost_pool p JOIN organisation o USING (organisation_no)"
        "  WHERE p.treatment = 'patient'"
        " UNION ALL SELECT 1, p.pool, r.resource, f.amount FROM pool_resource f"
        "  JOIN cost_pool p USING (pool_no) JOIN resource_cost r USING (resource_no)"
        "  WHERE p.segment = 'patient'"
        " UNION ALL SELECT 2, r.resource, a.activity, f.amount FROM resource_activity f"
        "  JOIN resource_cost r USING (resource_no) JOIN activity_cost a USING (activity_no)"
        "  WHERE r.segment = 'patient';"
        "CREATE OR REPLACE TEMP TABLE report_flow_node AS"
        " SELECT *, least(place, 1 + " NODES_NAMED_MAX ") AS shown_place FROM ("
        "  SELECT node_column, name, max(amount) AS amount, row_number() OVER ("
        "    PARTITION BY node_column ORDER BY max(amount) DESC, name) AS place FROM ("
        "   SELECT stage AS node_column, source AS name, sum(amount) AS amount FROM report_flow"
        "    GROUP BY ALL UNION ALL"
        "   SELECT stage + 1, target, sum(amount) FROM report_flow GROUP BY ALL)"
        "  GROUP BY node_column, name);";
    return shire_table_execute(draft->warehouse, sql, error);
}

static shire_status load_nodes(shire_report_draft *draft, shire_chart_node *nodes,
                               size_t *node_count_out, shire_error *error) {
    static const char sql[] = "SELECT node_column::INTEGER, shown_place, count(*),"
                              " greatest(sum(amount), 0)::DECIMAL(18,6), min(name)"
                              " FROM report_flow_node GROUP BY ALL ORDER BY ALL";
    shire_frame frame;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        long long joined = (long long)shire_report_row_number(&frame.columns[2], row);
        const char *label = joined > 1 ? shire_arena_format(draft->arena, "%lld others", joined)
                                       : shire_report_row_text(draft, &frame.columns[4], row);
        if (label == NULL) {
            return no_memory(error);
        }
        nodes[row] = (shire_chart_node){(int32_t)shire_report_row_number(&frame.columns[0], row),
                                        label, shire_report_row_number(&frame.columns[3], row)};
    }
    *node_count_out = frame.row_count;
    return SHIRE_OK;
}

static shire_status load_links(shire_report_draft *draft, const shire_chart_node *nodes,
                               size_t node_count, shire_chart_link *links, size_t *link_count_out,
                               shire_error *error) {
    static const char sql[] =
        "SELECT f.stage::INTEGER, s.shown_place, t.shown_place, sum(f.amount)::DECIMAL(18,6)"
        " FROM report_flow f"
        " JOIN report_flow_node s ON s.node_column = f.stage AND s.name = f.source"
        " JOIN report_flow_node t ON t.node_column = f.stage + 1 AND t.name = f.target"
        " GROUP BY ALL HAVING sum(f.amount) > 0 ORDER BY ALL";
    shire_frame frame;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t first_of_column[COLUMN_COUNT + 1] = {0};
    for (size_t i = 0; i < node_count; i++) {
        for (int32_t column = nodes[i].column + 1; column <= COLUMN_COUNT; column++) {
            first_of_column[column] = i + 1;
        }
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        size_t stage = (size_t)shire_report_row_number(&frame.columns[0], row);
        size_t from = (size_t)shire_report_row_number(&frame.columns[1], row) - 1;
        size_t to = (size_t)shire_report_row_number(&frame.columns[2], row) - 1;
        links[row] =
            (shire_chart_link){first_of_column[stage] + from, first_of_column[stage + 1] + to,
                               shire_report_row_number(&frame.columns[3], row)};
    }
    *link_count_out = frame.row_count;
    return SHIRE_OK;
}

static shire_status draw_flows(shire_report_draft *draft, shire_error *error) {
    static const char *const titles[COLUMN_COUNT] = {"Organisation", "Cost pool", "Resource",
                                                     "Activity"};
    shire_chart_node nodes[NODES_MAX];
    shire_chart_link links[LINKS_MAX];
    size_t node_count = 0, link_count = 0;
    shire_status status = load_nodes(draft, nodes, &node_count, error);
    if (status == SHIRE_OK) {
        status = load_links(draft, nodes, node_count, links, &link_count, error);
    }
    const shire_chart_head head = {
        .id = "chart-flows",
        .title = "From ledger to care: organisations, cost pools, resources and activities",
        .description = "Bands run from each organisation to its cost pools, from pools to "
                       "resources and from resources to activities; a band is as tall as the money "
                       "that flows. The table that follows has the largest flows.",
        .unit = SHIRE_CHART_MONEY,
        .series_count = 1,
    };
    const shire_chart_flow flow = {titles, COLUMN_COUNT, nodes, node_count, links, link_count};
    shire_builder html = {0};
    if (status == SHIRE_OK && link_count > 0) {
        shire_chart_append_flow(&html, &head, &flow);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    return shire_report_set_built(draft, "flows_chart", &html, error);
}

static shire_status publish_flows(shire_report_draft *draft, shire_error *error) {
    static const char sql[] =
        "SELECT source, target, step, organisation, amount FROM ("
        " SELECT 'Ledger to pool' AS step, o.name AS organisation, 'Ledger' AS source,"
        "  p.pool AS target, sum(c.amount)::DECIMAL(18,6) AS amount"
        "  FROM cost_ledger c JOIN cost_pool p USING (pool_no)"
        "  JOIN organisation o USING (organisation_no)"
        "  WHERE p.segment <> 'income' GROUP BY ALL"
        " UNION ALL SELECT 'Support to pool', o.name, s.pool, t.pool, f.amount FROM support_flow f"
        "  JOIN cost_pool s ON s.pool_no = f.from_pool_no"
        "  JOIN cost_pool t ON t.pool_no = f.to_pool_no"
        "  JOIN organisation o ON o.organisation_no = s.organisation_no"
        " UNION ALL SELECT 'Pool to resource', o.name, p.pool, r.resource, f.amount"
        "  FROM pool_resource f JOIN cost_pool p USING (pool_no)"
        "  JOIN resource_cost r USING (resource_no)"
        "  JOIN organisation o ON o.organisation_no = p.organisation_no"
        "  WHERE p.segment <> 'income'"
        " UNION ALL SELECT 'Resource to activity', o.name, r.resource, a.activity, f.amount"
        "  FROM resource_activity f JOIN resource_cost r USING (resource_no)"
        "  JOIN activity_cost a USING (activity_no)"
        "  JOIN organisation o ON o.organisation_no = r.organisation_no"
        "  WHERE r.segment <> 'income')"
        " ORDER BY abs(amount) DESC, amount, step, organisation, source, target";
    static const shire_report_column columns[] = {
        {"From", SHIRE_REPORT_TEXT},    {"To", SHIRE_REPORT_TEXT},
        {"Step", SHIRE_REPORT_TEXT},    {"Organisation", SHIRE_REPORT_TEXT},
        {"Amount", SHIRE_REPORT_MONEY},
    };
    static const shire_report_table shape = {
        .name = "flows",
        .sheet = "Flows",
        .caption = "Flows of money from ledger to activity, largest first",
        .columns = columns,
        .column_count = 5,
        .heading_count = 2,
        .html_row_limit = 20,
    };
    return shire_report_rows_table(draft, "flows_table", &shape, sql, error);
}

shire_status shire_report_flows(shire_report_draft *draft, shire_error *error) {
    shire_status status = prepare_flows(draft, error);
    if (status == SHIRE_OK) {
        status = draw_flows(draft, error);
    }
    return status == SHIRE_OK ? publish_flows(draft, error) : status;
}
