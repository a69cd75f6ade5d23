/*
 * The columns of person_record, NHS numbers followed to those that took their places, and which of
 * them plays which role.
 */
#include "link/link_records.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *column;
    shire_link_role role;
} compared[] = {
    {"source_key", SHIRE_LINK_ROLE_SOURCE},     {"given_name", SHIRE_LINK_ROLE_GIVEN},
    {"middle_names", SHIRE_LINK_ROLE_MIDDLE},   {"family_name", SHIRE_LINK_ROLE_FAMILY},
    {"birth_date", SHIRE_LINK_ROLE_DOB},        {"sex", SHIRE_LINK_ROLE_SEX},
    {"nhs_number", SHIRE_LINK_ROLE_NHS_NUMBER}, {"address", SHIRE_LINK_ROLE_ADDRESS},
    {"postcode", SHIRE_LINK_ROLE_POSTCODE},     {"uprn", SHIRE_LINK_ROLE_UPRN},
    {"phone", SHIRE_LINK_ROLE_PHONE},           {"email", SHIRE_LINK_ROLE_EMAIL},
    {"gp_practice", SHIRE_LINK_ROLE_OTHER},
};

/* The frame's columns, a few at a time: while the engine sorts it holds all that it was asked for
 * once more. */
static const char *const parts_sql[] = {
    "SELECT o.code AS organisation_code, r.source, r.local_id, o.code || ' ' || r.source AS "
    "source_key, coalesce(s.\"current\", shire_nhs_number(r.nhs_number)) AS nhs_number FROM "
    "person_record r LEFT JOIN organisation o USING (organisation_no) LEFT JOIN "
    "nhs_number_superseded s ON s.superseded = shire_nhs_number(r.nhs_number) ORDER BY r.record_no",
    "SELECT given_name, middle_names, family_name, CAST(birth_date AS VARCHAR) AS birth_date, "
    "CAST(death_date AS VARCHAR) AS death_date, sex FROM person_record ORDER BY record_no",
    "SELECT address, postcode, uprn, phone, email, gp_practice FROM person_record ORDER BY "
    "record_no"};
#define PARTS (sizeof parts_sql / sizeof parts_sql[0])

shire_status shire_link_records_query(shire_table *warehouse, shire_arena *arena,
                                      shire_frame *records_out, shire_error *error) {
    shire_frame parts[PARTS] = {0};
    shire_frame records = {0};
    for (size_t part = 0; part < PARTS; part++) {
        shire_status status =
            shire_table_query(warehouse, parts_sql[part], arena, &parts[part], error);
        if (status != SHIRE_OK) {
            return status;
        }
        records.column_count += parts[part].column_count;
        records.row_count = parts[part].row_count;
    }
    records.columns = shire_arena_alloc_array(arena, records.column_count, sizeof(shire_column));
    if (records.columns == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the records");
    }
    size_t at = 0;
    for (size_t part = 0; part < PARTS; part++) {
        memcpy(records.columns + at, parts[part].columns,
               parts[part].column_count * sizeof(shire_column));
        at += parts[part].column_count;
    }
    *records_out = records;
    return SHIRE_OK;
}

void shire_link_records_inputs(const shire_frame *records,
                               shire_link_input inputs_out[SHIRE_LINK_RECORD_INPUTS]) {
    static_assert(sizeof compared / sizeof compared[0] == SHIRE_LINK_RECORD_INPUTS,
                  "the header says how many");
    for (size_t i = 0; i < SHIRE_LINK_RECORD_INPUTS; i++) {
        inputs_out[i] = (shire_link_input){
            .role = compared[i].role, .column = shire_frame_column(records, compared[i].column)};
    }
}
