/*
 * The records of a feed as one SELECT: each column from an attribute of the extracts that bears the
 * field's name, where there is one and it is filled, else from what our own tables say.
 */
#include "plics/plics_internal.h"

#include <string.h>
#include <strings.h>

typedef struct plics_default {
    const char *key;
    const char *sql; /* {first}, {last}, {year} and {org} stand for dates and the organisation */
} plics_default;

#define FIXED_ID(column, length)                                                                   \
    "CASE WHEN length(" column ") <= " #length " THEN rpad(" column ", " #length ", ' ') END"
#define IN_YEAR_STATUS(start)                                                                      \
    "CASE WHEN " start "::DATE < {year} THEN CASE WHEN coalesce(e.\"end\"::DATE, DATE "            \
    "'9999-12-31') <= {last} THEN '1' ELSE '4' END WHEN coalesce(e.\"end\"::DATE, DATE "           \
    "'9999-12-31') <= {last} THEN '3' ELSE '2' END"
#define LAST_DAY "least(coalesce(e.\"end\"::DATE, {last}), {last})"
#define UNIT_DAY "greatest(coalesce(i.start, e.start)::DATE, {first})::VARCHAR"

/* e: the event, r: its person record, i: the item of SWC and SI. */
static const plics_default defaults[] = {
    {"organisation_identifier__code_of_provider_", "{org}"},
    {"patient_level_information_costing_care_activity_identifier", "e.event_id"},
    {"nhs_number", "r.nhs_number"},
    /* Present but not traced, or to be traced: what we can say without the tracing service. */
    {"nhs_number_status_indicator_code", "CASE WHEN r.nhs_number IS NULL THEN '03' ELSE '02' END"},
    {"postcode_of_usual_address", "upper(r.postcode)"},
    {"person_birth_date", "r.birth_date::VARCHAR"},
    {"person_stated_gender_code", "CASE WHEN r.sex IN ('1', '2', '9') THEN r.sex END"},
    {"hospital_provider_spell_number", FIXED_ID("e.event_id", 12)},
    {PLICS_KEY_EPISODE_START, "e.start::DATE::VARCHAR"},
    {PLICS_KEY_EPISODE_END, LAST_DAY "::VARCHAR"},
    {PLICS_KEY_EPISODE_STATUS, IN_YEAR_STATUS("e.start")},
    {"activity_treatment_function_code", "e.specialty"},
    {"healthcare_resource_group_code__finished_consultant_episode_", "e.code"},
    {"healthcare_resource_group_code__hospital_provider_spell_", "e.code"},
    {"healthcare_resource_group_code__out-patient_care_", "e.code"},
    {"healthcare_resource_group_code__emergency_care_", "e.code"},
    {"adjusted_length_of_stay" PLICS_QUALIFIER,
     "least(greatest(" LAST_DAY " - e.start::DATE, 0), 999)::VARCHAR"},
    {"attendance_identifier", FIXED_ID("e.event_id", 12)},
    {"appointment_date", "e.start::DATE::VARCHAR"},
    {"appointment_time", "strftime(e.start, '%H:%M:%S')"},
    {"emergency_care_attendance_identifier", "e.event_id"},
    {PLICS_KEY_ARRIVAL_DATE, "e.start::DATE::VARCHAR"},
    {PLICS_KEY_ARRIVAL_TIME, "strftime(e.start, '%H:%M:%S')"},
    {PLICS_KEY_DEPARTURE_DATE, "e.\"end\"::DATE::VARCHAR"},
    {PLICS_KEY_DEPARTURE_TIME, "strftime(e.\"end\", '%H:%M:%S')"},
    {"unbundled_care_activity_type" PLICS_QUALIFIER, "'ACC'"},
    {"critical_care_local_identifier", FIXED_ID("i.item_id", 8)},
    {"unbundled_care_activity_date", UNIT_DAY},
    {"critical_care_period_completion_status" PLICS_QUALIFIER,
     IN_YEAR_STATUS("coalesce(i.start, e.start)")},
    {"healthcare_resource_group_code__unbundled_activity_", "i.code"},
    {"unbundled_currency_code", "i.code"},
    {PLICS_KEY_ACTIVITY, "c.activity_code"},
    {PLICS_KEY_COUNT, "c.item_count::VARCHAR"},
    {PLICS_KEY_RESOURCE, "c.resource_code"},
};

/* ---- attributes ---- */

/* The column of the table that bears the field's name: its key, or the key without what stands in
 * brackets. NULL: there is none. */
static const char *find_attribute(const shire_frame *columns, const char *table, const char *key,
                                  shire_arena *arena) {
    const char *qualifier = strstr(key, "__");
    size_t short_length = qualifier == NULL ? strlen(key) : (size_t)(qualifier - key);
    const char *found = NULL;
    for (size_t row = 0; row < columns->row_count; row++) {
        shire_span name = shire_column_text(&columns->columns[1], row);
        bool whole = shire_span_equal_ignoring_case(name, shire_span_of(key));
        if (shire_span_equal(shire_column_text(&columns->columns[0], row), shire_span_of(table)) &&
            (whole || (found == NULL &&
                       shire_span_equal_ignoring_case(name, (shire_span){key, short_length})))) {
            found = shire_arena_copy_text(arena, name.bytes, name.length);
        }
    }
    return found;
}

static void append_attribute(shire_builder *sql, const plics_field *field, char alias,
                             const char *column) {
    shire_builder text = {0};
    shire_builder_append_format(&text, "%c.", alias);
    shire_builder_append_sql_name(&text, shire_span_of(column));
    if (text.failed) {
        sql->failed = true;
    } else if (field->form == PLICS_DATE) {
        shire_builder_append_format(
            sql, "coalesce(shire_date(%s::VARCHAR)::VARCHAR, shire_text(%s::VARCHAR))", text.bytes,
            text.bytes);
    } else {
        /* Blanks are part of an identifier that is padded to its length. */
        shire_builder_append_format(sql, "nullif(%s::VARCHAR, '')", text.bytes);
    }
    shire_builder_free(&text);
}

static void append_default(shire_builder *sql, const plics_call *call, const char *text) {
    char dates[3][11];
    shire_date_format(call->period.first, dates[0]);
    shire_date_format(call->period.last, dates[1]);
    shire_date_format(call->period.year_first, dates[2]);
    while (*text != '\0') {
        const char *open = strchr(text, '{');
        size_t length = open == NULL ? strlen(text) : (size_t)(open - text);
        shire_builder_append(sql, (shire_span){text, length});
        text += length;
        if (open == NULL) {
            break;
        }
        const char *close = strchr(open, '}');
        if (strncmp(open, "{org}", 5) == 0) {
            shire_builder_append_sql_literal(sql, shire_span_of(call->organisation));
        } else {
            int date = open[1] == 'y' ? 2 : open[1] == 'l' ? 1 : 0;
            shire_builder_append_format(sql, "DATE '%s'", dates[date]);
        }
        text = close + 1;
    }
}

/* coalesce(attributes of item, event and person record, default) */
static void append_column(shire_builder *sql, const plics_call *call, const shire_frame *columns,
                          const plics_field *field, bool of_item) {
    static const struct {
        char alias;
        const char *table;
    } sources[] = {{'i', "activity_item"}, {'e', "event"}, {'r', "person_record"}};
    shire_builder_append_text(sql, ",\n  coalesce(");
    if (strcmp(field->key, PLICS_KEY_TOTAL_COST) != 0) {
        for (size_t i = of_item ? 0 : 1; i < sizeof(sources) / sizeof(sources[0]); i++) {
            /* Our own columns are the defaults; they are no attributes. */
            const char *attribute =
                strcmp(field->key, "nhs_number") == 0
                    ? NULL
                    : find_attribute(columns, sources[i].table, field->key, call->arena);
            if (attribute != NULL) {
                append_attribute(sql, field, sources[i].alias, attribute);
                shire_builder_append_text(sql, ", ");
            }
        }
        for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
            if (strcmp(field->key, defaults[i].key) == 0) {
                append_default(sql, call, defaults[i].sql);
                shire_builder_append_text(sql, ", ");
            }
        }
    }
    shire_builder_append_text(sql, "NULL::VARCHAR) AS ");
    shire_builder_append_sql_name(sql, shire_span_of(field->key));
}

char *plics_records_sql(plics_call *call, plics_feed_no feed_no, shire_error *error) {
    const plics_feed *feed = &plics_feeds[feed_no];
    bool of_item = feed_no == PLICS_SWC || feed_no == PLICS_SI;
    shire_frame columns;
    shire_builder sql = {0};
    if (shire_table_query(call->table,
                          "SELECT table_name, column_name FROM information_schema.columns "
                          "WHERE table_name IN ('event', 'activity_item', 'person_record') "
                          "ORDER BY table_name, ordinal_position",
                          call->arena, &columns, error) != SHIRE_OK) {
        return NULL;
    }
    shire_builder_append_text(&sql, "SELECT c.event_no, c.amount");
    for (size_t i = 0; i < feed->column_count; i++) {
        append_column(&sql, call, &columns, feed->columns[i].field, of_item);
    }
    shire_builder_append_format(
        &sql,
        "\nFROM plics_cell c JOIN event e USING (event_no) "
        "LEFT JOIN person_record r USING (record_no) %s WHERE c.feed = '%s' "
        "ORDER BY c.event_no, c.unit_no, c.activity_code, c.resource_code",
        of_item ? "JOIN activity_item i ON i.item_no = c.unit_no" : "", feed->code);
    char *text = sql.failed ? NULL : shire_arena_copy_text(call->arena, sql.bytes, sql.length);
    shire_builder_free(&sql);
    if (text == NULL) {
        (void)PLICS_NO_MEMORY(error);
    }
    return text;
}
