/*
 * One SELECT over person_record, NHS numbers followed to those that took their places, and which of
 * its columns plays which role.
 */
#include "link/link_records.h"

#include <assert.h>

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

static const char records_sql[] =
    "SELECT o.code AS organisation_code, r.source, r.local_id, o.code || ' ' || r.source AS "
    "source_key, coalesce(s.\"current\", shire_nhs_number(r.nhs_number)) AS nhs_number, "
    "r.given_name, r.middle_names, "
    "r.family_name, CAST(r.birth_date AS VARCHAR) AS birth_date, "
    "CAST(r.death_date AS VARCHAR) AS death_date, r.sex, r.address, r.postcode, r.uprn, r.phone, "
    "r.email, r.gp_practice FROM person_record r LEFT JOIN organisation o USING "
    "(organisation_no) LEFT JOIN nhs_number_superseded s ON s.superseded = "
    "shire_nhs_number(r.nhs_number) ORDER BY r.record_no";

shire_status shire_link_records_query(shire_table *warehouse, shire_arena *arena,
                                      shire_frame *records_out, shire_error *error) {
    return shire_table_query(warehouse, records_sql, arena, records_out, error);
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
