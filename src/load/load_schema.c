/* The canonical tables as data, and look-ups in them. docs/partnership-folder.md says the same. */
#include "load/load_schema.h"

#include <string.h>
#include <strings.h>

const load_target load_targets[LOAD_TARGET_COUNT] = {
    {
        .name = "person_record",
        .number_name = "record_no",
        .columns = {{"organisation", LOAD_TYPE_ORGANISATION, true},
                    {"source", LOAD_TYPE_TEXT, true},
                    {"local_id", LOAD_TYPE_TEXT, true},
                    {"nhs_number", LOAD_TYPE_NHS_NUMBER, false},
                    {"given_name", LOAD_TYPE_TEXT, false},
                    {"middle_names", LOAD_TYPE_TEXT, false},
                    {"family_name", LOAD_TYPE_TEXT, false},
                    {"birth_date", LOAD_TYPE_DATE, false},
                    {"death_date", LOAD_TYPE_DATE, false},
                    {"sex", LOAD_TYPE_TEXT, false},
                    {"address", LOAD_TYPE_TEXT, false},
                    {"postcode", LOAD_TYPE_TEXT, false},
                    {"uprn", LOAD_TYPE_TEXT, false},
                    {"phone", LOAD_TYPE_TEXT, false},
                    {"email", LOAD_TYPE_TEXT, false},
                    {"gp_practice", LOAD_TYPE_TEXT, false}},
        .column_count = 16,
        .key = {"organisation_no", "source", "local_id"},
        .key_count = 3,
    },
    {
        .name = "event",
        .number_name = "event_no",
        .columns = {{"organisation", LOAD_TYPE_ORGANISATION, true},
                    {"source", LOAD_TYPE_TEXT, true},
                    {"event_id", LOAD_TYPE_TEXT, true},
                    {"local_id", LOAD_TYPE_TEXT, false},
                    {"dataset", LOAD_TYPE_TEXT, true},
                    {"start", LOAD_TYPE_TIMESTAMP, true},
                    {"end", LOAD_TYPE_TIMESTAMP, false},
                    {"code", LOAD_TYPE_TEXT, false},
                    {"specialty", LOAD_TYPE_TEXT, false},
                    {"setting", LOAD_TYPE_TEXT, false},
                    {"commissioner", LOAD_TYPE_TEXT, false},
                    {"discharge_ready", LOAD_TYPE_TIMESTAMP, false},
                    {"delay_reason", LOAD_TYPE_TEXT, false},
                    {"delay_responsible", LOAD_TYPE_TEXT, false}},
        .column_count = 14,
        .number_column = "record_no",
        .key = {"organisation_no", "source", "event_id"},
        .key_count = 3,
    },
    {
        .name = "activity_item",
        .number_name = "item_no",
        .columns = {{"organisation", LOAD_TYPE_ORGANISATION, true},
                    {"feed", LOAD_TYPE_TEXT, true},
                    {"item_id", LOAD_TYPE_TEXT, false},
                    {"event_id", LOAD_TYPE_TEXT, false},
                    {"local_id", LOAD_TYPE_TEXT, false},
                    {"code", LOAD_TYPE_TEXT, false},
                    {"start", LOAD_TYPE_TIMESTAMP, false},
                    {"quantity", LOAD_TYPE_DECIMAL, false},
                    {"minutes", LOAD_TYPE_DECIMAL, false},
                    {"amount", LOAD_TYPE_DECIMAL, false},
                    {"end", LOAD_TYPE_TIMESTAMP, false},
                    {"frequency", LOAD_TYPE_TEXT, false},
                    {"unit_price", LOAD_TYPE_DECIMAL, false},
                    {"contribution", LOAD_TYPE_DECIMAL, false}},
        .column_count = 14,
        .key = {"organisation_no", "feed", "item_id"},
        .key_count = 3,
    },
    {
        .name = "ledger_line",
        .number_name = "line_no",
        .columns = {{"organisation", LOAD_TYPE_ORGANISATION, true},
                    {"period", LOAD_TYPE_TEXT, false},
                    {"cost_centre", LOAD_TYPE_TEXT, true},
                    {"account", LOAD_TYPE_TEXT, true},
                    {"amount", LOAD_TYPE_DECIMAL, true},
                    {"description", LOAD_TYPE_TEXT, false}},
        .column_count = 6,
    },
};

const load_target *load_target_of_file(const char *file_name) {
    for (size_t i = 0; i < LOAD_TARGET_COUNT; i++) {
        size_t length = strlen(load_targets[i].name);
        if (strncmp(file_name, load_targets[i].name, length) == 0 &&
            (file_name[length] == '.' || file_name[length] == '_' || file_name[length] == '-')) {
            return &load_targets[i];
        }
    }
    return NULL;
}

size_t load_target_column(const load_target *target, const char *name) {
    for (size_t i = 0; i < target->column_count; i++) {
        if (strcasecmp(target->columns[i].name, name) == 0) {
            return i;
        }
    }
    return target->column_count;
}

const char *load_type_sql(load_type type) {
    switch (type) {
    case LOAD_TYPE_DATE:
        return "DATE";
    case LOAD_TYPE_TIMESTAMP:
        return "TIMESTAMP";
    case LOAD_TYPE_DECIMAL:
        return "DECIMAL(18,6)";
    case LOAD_TYPE_ORGANISATION:
        return "INTEGER";
    case LOAD_TYPE_TEXT:
    case LOAD_TYPE_NHS_NUMBER:
        break;
    }
    return "VARCHAR";
}

const char *load_column_stored_name(const load_column *column) {
    return column->type == LOAD_TYPE_ORGANISATION ? "organisation_no" : column->name;
}

bool load_name_is_reserved(const load_target *target, const char *name) {
    static const char *const names[] = {"organisation_no", "extract_no", "source_file",
                                        "source_line", "record_no"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(names[i], name) == 0) {
            return true;
        }
    }
    return strcasecmp(target->number_name, name) == 0;
}

bool load_name_is_internal(const char *name) {
    return strncasecmp(name, "shire_", 6) == 0;
}
