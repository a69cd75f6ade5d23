/* Helpers of the sections: values for the template, published tables, queries and their cells; and
 * the temporary tables on which several sections rest. */
#include "io/file.h"
#include "io/template.h"
#include "report/report_internal.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A name this short is an abbreviation: "gp". */
#define ABBREVIATION_MAX 3

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

shire_status shire_report_set(shire_report_draft *draft, const char *name, const char *text,
                              shire_error *error) {
    assert(draft->value_count < SHIRE_REPORT_VALUES_MAX);
    if (text == NULL) {
        return no_memory(error);
    }
    draft->values[draft->value_count++] = (shire_report_value){name, shire_span_of(text)};
    return SHIRE_OK;
}

shire_status shire_report_set_built(shire_report_draft *draft, const char *name,
                                    shire_builder *html, shire_error *error) {
    const char *text = NULL;
    if (!html->failed) {
        text =
            html->length == 0 ? "" : shire_arena_copy_text(draft->arena, html->bytes, html->length);
    }
    shire_builder_free(html);
    return shire_report_set(draft, name, text, error);
}

static shire_status fill_page(const shire_report_draft *draft, shire_span page, json_t *values,
                              shire_builder *html, shire_error *error) {
    shire_template_set *set = NULL;
    shire_status status = shire_template_set_new(SHIRE_TEMPLATE_NAMES_REQUIRED, &set, error);
    for (size_t i = 0; status == SHIRE_OK && i < draft->value_count; i++) {
        const shire_report_value *value = &draft->values[i];
        json_t *text = json_stringn_nocheck(value->value.length == 0 ? "" : value->value.bytes,
                                            value->value.length);
        if (json_object_set_new(values, value->name, text) != 0) {
            status = no_memory(error);
        }
    }
    if (status == SHIRE_OK) {
        status = shire_template_add(set, "of the page", page, error);
    }
    if (status == SHIRE_OK) {
        status = shire_template_render(set, "of the page", values, html, error);
    }
    shire_template_set_free(set);
    return status;
}

shire_status shire_report_write_page(const shire_report_draft *draft, shire_span page,
                                     const char *path, shire_error *error) {
    shire_builder html = {0};
    json_t *values = json_object();
    shire_status status = fill_page(draft, page, values, &html, error);
    if (status == SHIRE_OK) {
        status = shire_file_replace(path, (shire_span){html.bytes, html.length}, error);
    }
    json_decref(values);
    shire_builder_free(&html);
    return status;
}

shire_status shire_report_publish(shire_report_draft *draft, const char *value_name,
                                  const shire_report_table *table, shire_error *error) {
    assert(draft->table_count < SHIRE_REPORT_TABLES_MAX);
    draft->tables[draft->table_count++] = table;
    shire_builder html = {0};
    if (table->row_count > 0) {
        shire_report_table_append_html(table, &html);
    }
    return shire_report_set_built(draft, value_name, &html, error);
}

shire_status shire_report_query(shire_report_draft *draft, const char *sql, shire_frame *frame_out,
                                shire_error *error) {
    if (sql == NULL) {
        return no_memory(error);
    }
    return shire_table_query(draft->warehouse, sql, draft->arena, frame_out, error);
}

const char *shire_report_row_text(shire_report_draft *draft, const shire_column *column,
                                  size_t row) {
    shire_span text = shire_column_text(column, row);
    return shire_arena_copy_text(draft->arena, text.bytes, text.length);
}

char *shire_report_row_label(shire_report_draft *draft, const shire_column *column, size_t row) {
    shire_span text = shire_column_text(column, row);
    char *label = shire_arena_copy_text(draft->arena, text.bytes, text.length);
    for (char *c = label; c != NULL && *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    if (label != NULL && text.length <= ABBREVIATION_MAX) {
        for (char *c = label; *c != '\0'; c++) {
            *c = (char)toupper((unsigned char)*c);
        }
    } else if (label != NULL) {
        label[0] = (char)toupper((unsigned char)label[0]);
    }
    return label;
}

int64_t shire_report_row_number(const shire_column *column, size_t row) {
    switch (column->type) {
    case SHIRE_TYPE_INT64:
        return column->int64[row];
    case SHIRE_TYPE_INT32:
        return column->int32[row];
    case SHIRE_TYPE_DECIMAL6:
        return column->decimal6[row];
    default:
        assert(!"a column of numbers");
        return 0;
    }
}

const char *shire_report_date_text(shire_report_draft *draft, shire_date date) {
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int year = 0, month = 0, day = 0;
    shire_date_parts(date, &year, &month, &day);
    return shire_arena_format(draft->arena, "%d %s %d", day, months[month - 1], year);
}

shire_status shire_report_rows_table(shire_report_draft *draft, const char *value_name,
                                     const shire_report_table *shape, const char *sql,
                                     shire_error *error) {
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(shape, frame.row_count, draft->arena, &table, error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        for (size_t i = 0; i < shape->column_count; i++) {
            const shire_column *column = &frame.columns[i];
            if (!shire_column_is_null(column, row)) {
                cells[i] = shape->columns[i].kind == SHIRE_REPORT_TEXT
                               ? shire_report_text(shire_report_row_text(draft, column, row))
                               : shire_report_number(shire_report_row_number(column, row));
            }
        }
    }
    return status == SHIRE_OK ? shire_report_publish(draft, value_name, table, error) : status;
}

shire_status shire_report_check(shire_report_draft *draft, shire_error *error) {
    static const char sql[] =
        "SELECT needed.name FROM (VALUES ('organisation'), ('person_record'), ('event'),"
        " ('activity_item'), ('ledger_line'), ('finding'), ('person'), ('person_link'),"
        " ('cost_ledger'), ('cost_pool'), ('support_flow'), ('resource_cost'), ('pool_resource'),"
        " ('activity_cost'), ('resource_activity'), ('event_cost'), ('event_period'), "
        "('person_cost'),"
        " ('match_feed'), ('match_cost'), ('match_result'), ('package_place'), ('event_income'), "
        "('event_apart'), ('event_segment'), "
        "('ledger_segment'),"
        " ('unallocated'), ('reconciliation')) AS needed(name)"
        " WHERE needed.name NOT IN (SELECT table_name FROM information_schema.tables)"
        " ORDER BY needed.name";
    shire_frame missing;
    shire_status status = shire_report_query(draft, sql, &missing, error);
    if (status == SHIRE_OK && missing.row_count > 0) {
        shire_span name = shire_column_text(&missing.columns[0], 0);
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "the warehouse has no table %.*s; make it with `shire run %s`",
                          (int)name.length, name.bytes, draft->partnership->dir);
    }
    return status;
}

shire_status shire_report_prepare(shire_report_draft *draft, shire_error *error) {
    /* Age is that at the period's end, or at death where that came first. Ranks by cost break ties
     * by person_no, so that the costliest are the same people on any number of threads. */
    char last_day[11];
    shire_date_format(draft->partnership->period_last, last_day);
    const char *sql = shire_arena_format(
        draft->arena,
        "CREATE OR REPLACE TEMP TABLE report_cost AS"
        " SELECT person_no, organisation_no,"
        "  coalesce(nullif(setting, ''), 'not_recorded') AS setting,"
        "  sum(amount)::DECIMAL(18,6) AS amount"
        " FROM person_cost WHERE person_no IS NOT NULL"
        " GROUP BY ALL HAVING sum(amount) <> 0;"
        "CREATE OR REPLACE TEMP TABLE report_person AS"
        " SELECT *, row_number() OVER (ORDER BY amount DESC, person_no) AS cost_rank FROM ("
        "  SELECT p.person_no,"
        "   CASE WHEN lower(left(p.sex, 1)) = 'f' OR p.sex = '2' THEN 1"
        "        WHEN lower(left(p.sex, 1)) = 'm' OR p.sex = '1' THEN 2 ELSE 3 END AS sex,"
        "   CASE WHEN p.birth_date <= least(coalesce(p.death_date, DATE '%s'), DATE '%s')"
        "        THEN datesub('year', p.birth_date,"
        "                     least(coalesce(p.death_date, DATE '%s'), DATE '%s')) END AS age,"
        "   coalesce(c.amount, 0)::DECIMAL(18,6) AS amount"
        "  FROM person p LEFT JOIN (SELECT person_no, sum(amount) AS amount FROM report_cost"
        "                           GROUP BY person_no) c USING (person_no));",
        last_day, last_day, last_day, last_day);
    if (sql == NULL) {
        return no_memory(error);
    }
    return shire_table_execute(draft->warehouse, sql, error);
}
