/* A good value for each PLICS field, and files made of them. */
#ifndef TESTS_PLICS_FIXTURE_H
#define TESTS_PLICS_FIXTURE_H

#include "plics/plics_field.h"

#include <stdio.h>
#include <string.h>

static const char *plics_good_value(const plics_feed *feed, const plics_field *field) {
    static const struct {
        const char *key;
        const char *value;
    } values[] = {
        {"organisation_identifier__code_of_submitting_organisation_", "RLQ"},
        {"financial_year" PLICS_QUALIFIER, "FY2024-25"},
        {"reporting_period_start_date", "2024-04-01"},
        {"reporting_period_end_date", "2025-03-31"},
        {"date_and_time_data_set_created", "2025-06-02T17:30:00"},
        {"plics_submission_record_count", "2"},
        {"monthly_extract_total_cost" PLICS_QUALIFIER, "22.50"},
        {"organisation_identifier__code_of_provider_", "RLQ"},
        {"patient_level_information_costing_care_activity_identifier", "visit 1"},
        {"cds_unique_identifier", "BRLQ00ABCDEFGHIJKLMNOPQRSTUVWXYZ123"},
        {"nhs_number", "9434765919"},
        {"nhs_number_status_indicator_code", "01"},
        {"postcode_of_usual_address", "HR1 2AB"},
        {"person_birth_date", "1944-05-17"},
        {"person_stated_gender_code", "2"},
        {"patient_pathway_identifier", "PATHWAY0000000000001"},
        {"organisation_identifier__patient_pathway_identifier_issuer_", "X09"},
        {"hospital_provider_spell_number", "SPELL 1     "},
        {"episode_number", "01"},
        {"start_date__episode_", "2024-05-01"},
        {"end_date__episode_", "2024-05-04"},
        {PLICS_KEY_EPISODE_STATUS, "3"},
        {"activity_treatment_function_code", "301"},
        {"cystic_fibrosis_banding", "1A"},
        {"healthcare_resource_group_code__finished_consultant_episode_", "GC17J"},
        {"healthcare_resource_group_code__hospital_provider_spell_", "GC17J"},
        {"adjusted_length_of_stay" PLICS_QUALIFIER, "3"},
        {PLICS_KEY_ACTIVITY, "WRD001"},
        {PLICS_KEY_COUNT, "2"},
        {PLICS_KEY_RESOURCE, "NUR001"},
        {PLICS_KEY_TOTAL_COST, "11.25"},
        {"attendance_identifier", "ATTENDANCE01"},
        {"appointment_date", "2024-05-01"},
        {"appointment_time", "09:30:00"},
        {"healthcare_resource_group_code__out-patient_care_", "WF01A"},
        {"emergency_care_attendance_identifier", "E1"},
        {"emergency_care_arrival_date", "2024-05-01"},
        {"emergency_care_arrival_time", "23:30:00"},
        {"emergency_care_department_type" PLICS_QUALIFIER, "01"},
        {"emergency_care_departure_date", "2024-05-02"},
        {"emergency_care_departure_time", "01:00:00"},
        {"healthcare_resource_group_code__emergency_care_", "VB01Z"},
        {"unbundled_care_activity_type" PLICS_QUALIFIER, "ACC"},
        {"critical_care_local_identifier", "00000001"},
        {"critical_care_unit_function", "01"},
        {"unbundled_care_activity_date", "2024-05-01"},
        {"critical_care_period_completion_status" PLICS_QUALIFIER, "3"},
        {"number_of_organ_systems_supported_code" PLICS_QUALIFIER, "01"},
        {"healthcare_resource_group_code__unbundled_activity_", "XC06Z"},
        {"unbundled_activity_currency_scheme_in_use", "1"},
        {"unbundled_currency_code", "HCD00001"},
        {"final_audit_accounts_identifier" PLICS_QUALIFIER, "FAA001"},
        {PLICS_KEY_VALUE, "11.25"},
        {"service_and_cost_exclusion_service_identifier" PLICS_QUALIFIER, "SCE001"},
        {PLICS_KEY_EXCLUDED, "1.00"},
    };
    if (field == plics_header[PLICS_ACTIVITY_TYPE].field) {
        return feed->code;
    }
    if (strcmp(field->key, "point_of_delivery_code" PLICS_QUALIFIER) == 0) {
        return feed == &plics_feeds[PLICS_APC] ? "NEL" : "CL";
    }
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strcmp(field->key, values[i].key) == 0) {
            return values[i].value;
        }
    }
    return NULL;
}

/* One cell that is not the good one: `column` of the header where `in_header`, else of the last
 * record; NULL text: nothing is changed. */
typedef struct plics_change {
    bool in_header;
    size_t column;
    const char *text;
} plics_change;

/* By what the first record of a file differs from the second. */
static const char *plics_first_value(const plics_feed *feed, const plics_field *field) {
    bool other = strcmp(field->key, PLICS_KEY_RESOURCE) == 0 ||
                 strcmp(field->key, "final_audit_accounts_identifier" PLICS_QUALIFIER) == 0;
    return other ? "FIRST1" : plics_good_value(feed, field);
}

/* A file of two records. */
static inline void plics_write_file(const char *path, const plics_feed *feed, plics_change change) {
    FILE *file = fopen(path, "we");
    for (size_t i = 0; i < feed->header_count; i++) {
        fprintf(file, "%s%s", i > 0 ? "," : "", plics_header[i].field->key);
    }
    fputc('\n', file);
    for (size_t i = 0; i < feed->header_count; i++) {
        bool changed = change.text != NULL && change.in_header && change.column == i;
        fprintf(file, "%s%s", i > 0 ? "," : "",
                changed ? change.text : plics_good_value(feed, plics_header[i].field));
    }
    fputc('\n', file);
    for (size_t i = 0; i < feed->column_count; i++) {
        fprintf(file, "%s%s", i > 0 ? "," : "", feed->columns[i].field->key);
    }
    for (int record = 0; record < 2; record++) {
        fputc('\n', file);
        for (size_t i = 0; i < feed->column_count; i++) {
            bool changed =
                record == 1 && change.text != NULL && !change.in_header && change.column == i;
            fprintf(file, "%s%s", i > 0 ? "," : "",
                    changed       ? change.text
                    : record == 0 ? plics_first_value(feed, feed->columns[i].field)
                                  : plics_good_value(feed, feed->columns[i].field));
        }
    }
    fputc('\n', file);
    fclose(file);
}

#endif
