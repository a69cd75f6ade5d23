/*
 * Assurance: each check with how much money rests on it, then what changed since the last run and
 * what differs from the national unit cost, the largest first. A row that counts few events could
 * tell what one person cost: its figures are withheld, and those of its check too where it is the
 * only such row.
 */
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

#define ROWS_SHOWN 20
#define TEXT_OF(number) #number
#define NUMBER(number) TEXT_OF(number)
#define IS_SMALL                                                                                   \
    "coalesce(row_count BETWEEN 1 AND " NUMBER(SHIRE_REPORT_PEOPLE_WITHHELD_MAX) ", false)"

/* What a kind of row is called. */
#define KIND_LABEL                                                                                 \
    "CASE kind WHEN 'last_run' THEN 'Last run' WHEN 'national_unit_costs' THEN 'National unit "    \
    "costs' WHEN 'changed_count' THEN 'Rows since the last run' WHEN 'changed_organisation' THEN " \
    "'Cost of organisations since the last run' WHEN 'changed_pool' THEN 'Cost of pools since "    \
    "the last run' WHEN 'changed_activity' THEN 'Cost of activities since the last run' WHEN "     \
    "'changed_kind_of_care' THEN 'Cost of kinds of care since the last run' WHEN "                 \
    "'new_cost_centre' THEN 'New cost centres' WHEN 'vanished_cost_centre' THEN 'Vanished cost "   \
    "centres' WHEN 'national_unit_cost' THEN 'Away from the national unit cost' WHEN 'outlier' "   \
    "THEN 'Outliers' WHEN 'zero_cost' THEN 'Events that cost nothing' WHEN 'negative_cost' THEN "  \
    "'Events of negative cost' WHEN 'minutes_over_a_day' THEN 'Items of over 24 hours a day' "     \
    "WHEN "                                                                                        \
    "'minutes_zero' THEN 'Items of no minutes' WHEN 'minutes_negative' THEN 'Items of negative "   \
    "minutes' ELSE kind END"

#define BODY_NAME                                                                                  \
    "coalesce((SELECT o.name FROM organisation o WHERE o.code = assurance.organisation), "         \
    "nullif(assurance.organisation, ''))"

typedef struct assurance_table {
    const char *value_name;
    shire_report_table shape;
    const char *sql;
} assurance_table;

static const shire_report_column check_columns[] = {
    {"Check", SHIRE_REPORT_TEXT},
    {"Entries", SHIRE_REPORT_COUNT},
    {"Events or items", SHIRE_REPORT_COUNT},
    {"Materiality", SHIRE_REPORT_POUNDS},
    {"Note", SHIRE_REPORT_TEXT},
};
static const shire_report_column change_columns[] = {
    {"Check", SHIRE_REPORT_TEXT},        {"Name", SHIRE_REPORT_TEXT},
    {"Organisation", SHIRE_REPORT_TEXT}, {"Last run", SHIRE_REPORT_POUNDS},
    {"This run", SHIRE_REPORT_POUNDS},   {"Change", SHIRE_REPORT_POUNDS},
};
static const shire_report_column national_columns[] = {
    {"Currency", SHIRE_REPORT_TEXT},
    {"Organisation", SHIRE_REPORT_TEXT},
    {"Events", SHIRE_REPORT_COUNT},
    {"National unit cost", SHIRE_REPORT_POUNDS},
    {"Unit cost here", SHIRE_REPORT_POUNDS},
    {"Materiality", SHIRE_REPORT_POUNDS},
    {"Note", SHIRE_REPORT_TEXT},
};
static const shire_report_column case_columns[] = {
    {"Check", SHIRE_REPORT_TEXT},         {"Kind of care or feed", SHIRE_REPORT_TEXT},
    {"Organisation", SHIRE_REPORT_TEXT},  {"Events or items", SHIRE_REPORT_COUNT},
    {"Materiality", SHIRE_REPORT_POUNDS}, {"Note", SHIRE_REPORT_TEXT},
};

static const assurance_table assurance_tables[] = {
    {.value_name = "assurance_table",
     .shape = {.name = "assurance",
               .sheet = "Assurance",
               .caption = "Checks and the money that rests on each",
               .columns = check_columns,
               .column_count = 5,
               .heading_count = 1,
               .has_withheld = true},
     .sql = "SELECT " KIND_LABEL ", count(name), sum(row_count)::BIGINT, "
            "sum(materiality)::DECIMAL(18,6), CASE WHEN count(name) = 0 THEN any_value(note) END, "
            "(count(*) FILTER (" IS_SMALL
            ") = 1)::INTEGER FROM assurance GROUP BY kind ORDER BY min(rowid)"},
    {.value_name = "assurance_changes_table",
     .shape = {.name = "assurance_changes",
               .sheet = "Since the last run",
               .caption = "What changed since the last run, the largest first",
               .columns = change_columns,
               .column_count = 6,
               .heading_count = 2,
               .html_row_limit = ROWS_SHOWN},
     .sql =
         "SELECT " KIND_LABEL ", name, " BODY_NAME ", before, after, "
         "(coalesce(after, 0) - coalesce(before, 0))::DECIMAL(18,6), 0 FROM assurance WHERE kind "
         "LIKE 'changed_%' AND kind <> 'changed_count' OR kind LIKE '%_cost_centre' ORDER BY "
         "materiality DESC, rowid"},
    {.value_name = "assurance_national_table",
     .shape = {.name = "assurance_national",
               .sheet = "National unit costs",
               .has_withheld = true,
               .caption = "Unit costs beside the nation's, the most material first",
               .columns = national_columns,
               .column_count = 7,
               .heading_count = 2,
               .html_row_limit = ROWS_SHOWN},
     .sql = "SELECT name, " BODY_NAME ", row_count, before, after, materiality, note, " IS_SMALL
            "::INTEGER FROM assurance "
            "WHERE kind = 'national_unit_cost' ORDER BY materiality DESC, rowid"},
    {.value_name = "assurance_cases_table",
     .shape = {.name = "assurance_cases",
               .sheet = "Implausible",
               .has_withheld = true,
               .caption = "Outliers, costs of nothing or less, and implausible minutes",
               .columns = case_columns,
               .column_count = 6,
               .heading_count = 2,
               .html_row_limit = ROWS_SHOWN},
     .sql = "SELECT " KIND_LABEL ", name, " BODY_NAME ", row_count, materiality, note, " IS_SMALL
            "::INTEGER FROM "
            "assurance WHERE kind IN ('outlier', 'zero_cost', 'negative_cost', "
            "'minutes_over_a_day', 'minutes_zero', 'minutes_negative') ORDER BY materiality DESC, "
            "rowid"},
};

static shire_status publish(shire_report_draft *draft, const assurance_table *one,
                            shire_error *error) {
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, one->sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&one->shape, frame.row_count, draft->arena, &table, error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        const shire_column *small = &frame.columns[one->shape.column_count];
        bool withheld = shire_report_row_number(small, row) != 0;
        for (size_t i = 0; i < one->shape.column_count; i++) {
            const shire_column *column = &frame.columns[i];
            if (shire_column_is_null(column, row)) {
                continue;
            }
            if (one->shape.columns[i].kind == SHIRE_REPORT_TEXT) {
                cells[i] = shire_report_text(shire_report_row_text(draft, column, row));
            } else if (withheld) {
                cells[i] = shire_report_pounds(0, true);
            } else if (one->shape.columns[i].kind == SHIRE_REPORT_POUNDS) {
                cells[i] = shire_report_pounds(shire_report_row_number(column, row), false);
            } else {
                cells[i] = shire_report_number(shire_report_row_number(column, row));
            }
        }
    }
    return status == SHIRE_OK ? shire_report_publish(draft, one->value_name, table, error) : status;
}

shire_status shire_report_assurance(shire_report_draft *draft, shire_error *error) {
    int64_t found = 0;
    shire_status status = shire_table_query_int64(
        draft->warehouse, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'assurance'",
        &found, error);
    for (size_t i = 0;
         i < sizeof(assurance_tables) / sizeof(*assurance_tables) && status == SHIRE_OK; i++) {
        /* A warehouse that was costed and not checked has nothing to show here. */
        status = found > 0 ? publish(draft, &assurance_tables[i], error)
                           : shire_report_set(draft, assurance_tables[i].value_name, "", error);
    }
    return status;
}
