/*
 * The table of plics_field.h. Codes are those of the NHS Data Model and Dictionary (attributes
 * POINT OF DELIVERY CODE FOR PATIENT LEVEL INFORMATION COSTING, TREATMENT FUNCTION CODE and so on),
 * with its default codes; HRG codes, activities and resources have no list there.
 */
#include "plics/plics_field.h"

#include <ctype.h>
#include <string.h>

#define Q PLICS_QUALIFIER
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char status_codes[] = " 1 2 3 4 ";
static const char admitted_points[] = " RP DC EL NES NEL NESTR NELTR ";
static const char clinic_points[] = " CL NCL OPROC ";
static const char unit_functions[] =
    " 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 90 91 92 ";
/* 199 and 499 stand for overseas providers. */
static const char treatment_functions[] =
    " 100 101 102 103 104 105 106 107 108 109 110 111 113 115 120 130 140 141 142 143 144 145 150"
    " 160 161 170 171 172 173 174 180 190 191 192 199 200 211 212 213 214 215 216 217 218 219 220"
    " 221 222 223 230 240 241 242 250 251 252 253 254 255 256 257 258 259 260 261 262 263 264 270"
    " 280 290 291 300 301 302 303 304 305 306 307 308 309 310 311 313 314 315 316 317 318 319 320"
    " 321 322 323 324 325 326 327 328 329 330 331 333 335 340 341 342 343 344 345 346 347 350 352"
    " 360 361 370 371 400 401 410 420 421 422 424 430 431 450 451 460 461 499 501 502 503 504 505"
    " 510 520 560 610 620 650 651 652 653 654 655 656 657 658 659 660 661 662 663 670 673 675 677"
    " 700 710 711 712 713 715 720 721 722 723 724 725 726 727 730 800 811 812 822 832 834 840 920"
    " 990 ";

#define FIELD(variable, key, format, form, least, most, codes)                                     \
    static const plics_field variable = {key, format, form, least, most, codes}

FIELD(submitter, "organisation_identifier__code_of_submitting_organisation_", "min an3 max an6",
      PLICS_CODE, 3, 6, NULL);
FIELD(financial_year, "financial_year" Q, "an9 FYCCYY-YY", PLICS_YEAR, 9, 9, NULL);
FIELD(period_start, "reporting_period_start_date", "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(period_end, "reporting_period_end_date", "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(created, "date_and_time_data_set_created", "an19 YYYY-MM-DDThh:mm:ss", PLICS_DATE_TIME, 19,
      19, NULL);
FIELD(activity_type, "care_activity_type" Q, "min an2 max an7", PLICS_CODE, 2, 7,
      " APC OP EC AE SWC SI REC ");
FIELD(record_count, "plics_submission_record_count", "min n1 max n7", PLICS_DIGITS, 1, 7, NULL);
FIELD(extract_total, "monthly_extract_total_cost" Q, "max n18.max n8", PLICS_DECIMAL, 1, 28, NULL);
FIELD(provider, "organisation_identifier__code_of_provider_", "min an3 max an6", PLICS_CODE, 3, 6,
      NULL);
FIELD(linkage, "patient_level_information_costing_care_activity_identifier", "max an50", PLICS_TEXT,
      1, 50, NULL);
FIELD(cds_identifier, "cds_unique_identifier", "an35", PLICS_TEXT, 35, 35, NULL);
FIELD(nhs_number, "nhs_number", "n10", PLICS_NHS_NUMBER, 10, 10, NULL);
FIELD(nhs_status, "nhs_number_status_indicator_code", "an2", PLICS_CODE, 2, 2,
      " 01 02 03 04 05 06 07 08 ");
FIELD(postcode, "postcode_of_usual_address", "See POSTCODE", PLICS_POSTCODE, 5, 8, NULL);
FIELD(birth_date, "person_birth_date", "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(gender, "person_stated_gender_code", "an1", PLICS_CODE, 1, 1, " 1 2 9 ");
FIELD(pathway, "patient_pathway_identifier", "an20", PLICS_TEXT, 20, 20, NULL);
FIELD(pathway_issuer, "organisation_identifier__patient_pathway_identifier_issuer_",
      "min an3 max an5", PLICS_CODE, 3, 5, NULL);
FIELD(admitted_point, "point_of_delivery_code" Q, "max an5", PLICS_CODE, 1, 5, admitted_points);
FIELD(clinic_point, "point_of_delivery_code" Q, "max an5", PLICS_CODE, 1, 5, clinic_points);
FIELD(spell_number, "hospital_provider_spell_number", "an12", PLICS_TEXT, 12, 12, NULL);
FIELD(episode_number, "episode_number", "n2", PLICS_EPISODE, 2, 2, NULL);
FIELD(episode_start, PLICS_KEY_EPISODE_START, "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(episode_end, PLICS_KEY_EPISODE_END, "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(episode_status, PLICS_KEY_EPISODE_STATUS, "an1", PLICS_CODE, 1, 1, status_codes);
FIELD(treatment_function, "activity_treatment_function_code", "an3", PLICS_CODE, 3, 3,
      treatment_functions);
FIELD(fibrosis_band, "cystic_fibrosis_banding", "min an1 max an2", PLICS_CODE, 1, 2,
      " 1 1A 2 2A 3 4 5 ");
FIELD(episode_hrg, "healthcare_resource_group_code__finished_consultant_episode_", "max an5",
      PLICS_CODE, 1, 5, NULL);
FIELD(spell_hrg, "healthcare_resource_group_code__hospital_provider_spell_", "max an5", PLICS_CODE,
      1, 5, NULL);
FIELD(length_of_stay, "adjusted_length_of_stay" Q, "min n1 max n3", PLICS_DIGITS, 1, 3, NULL);
FIELD(activity, PLICS_KEY_ACTIVITY, "an6", PLICS_CODE, 6, 6, NULL);
FIELD(activity_count, PLICS_KEY_COUNT, "max n18", PLICS_DIGITS, 1, 18, NULL);
FIELD(resource, PLICS_KEY_RESOURCE, "an6", PLICS_CODE, 6, 6, NULL);
FIELD(total_cost, PLICS_KEY_TOTAL_COST, "max n18.max n8", PLICS_DECIMAL, 1, 28, NULL);
FIELD(attendance, "attendance_identifier", "an12", PLICS_TEXT, 12, 12, NULL);
FIELD(appointment_date, "appointment_date", "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(appointment_time, "appointment_time", "an8 HH:MM:SS", PLICS_TIME, 8, 8, NULL);
FIELD(clinic_hrg, "healthcare_resource_group_code__out-patient_care_", "max an5", PLICS_CODE, 1, 5,
      NULL);
FIELD(emergency_attendance, "emergency_care_attendance_identifier", "min an1 max an12", PLICS_TEXT,
      1, 12, NULL);
FIELD(arrival_date, PLICS_KEY_ARRIVAL_DATE, "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(arrival_time, PLICS_KEY_ARRIVAL_TIME, "an8 HH:MM:SS", PLICS_TIME, 8, 8, NULL);
FIELD(department_type, "emergency_care_department_type" Q, "an2", PLICS_CODE, 2, 2,
      " 01 02 03 04 ");
FIELD(departure_date, PLICS_KEY_DEPARTURE_DATE, "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(departure_time, PLICS_KEY_DEPARTURE_TIME, "an8 HH:MM:SS", PLICS_TIME, 8, 8, NULL);
FIELD(emergency_hrg, "healthcare_resource_group_code__emergency_care_", "max an5", PLICS_CODE, 1, 5,
      NULL);
FIELD(unbundled_type, "unbundled_care_activity_type" Q, "an3", PLICS_CODE, 3, 3, " ACC ");
FIELD(critical_care, "critical_care_local_identifier", "an8", PLICS_TEXT, 8, 8, NULL);
FIELD(unit_function, "critical_care_unit_function", "an2", PLICS_CODE, 2, 2, unit_functions);
FIELD(unbundled_date, "unbundled_care_activity_date", "an10 CCYY-MM-DD", PLICS_DATE, 10, 10, NULL);
FIELD(critical_status, "critical_care_period_completion_status" Q, "an1", PLICS_CODE, 1, 1,
      status_codes);
FIELD(organ_systems, "number_of_organ_systems_supported_code" Q, "an2", PLICS_CODE, 2, 2,
      " 00 01 02 03 04 05 06 ");
FIELD(unbundled_hrg, "healthcare_resource_group_code__unbundled_activity_", "max an5", PLICS_CODE,
      1, 5, NULL);
FIELD(currency_scheme, "unbundled_activity_currency_scheme_in_use", "an1", PLICS_CODE, 1, 1,
      " 1 2 3 ");
FIELD(currency, "unbundled_currency_code", "min an5 max an9", PLICS_TEXT, 5, 9, NULL);
FIELD(account, "final_audit_accounts_identifier" Q, "max an8", PLICS_TEXT, 1, 8, NULL);
FIELD(value, PLICS_KEY_VALUE, "max n18.max n8", PLICS_DECIMAL, 1, 28, NULL);
FIELD(exclusion, "service_and_cost_exclusion_service_identifier" Q, "an6", PLICS_CODE, 6, 6, NULL);
FIELD(excluded_cost, PLICS_KEY_EXCLUDED, "max n18.max n8", PLICS_DECIMAL, 1, 28, NULL);

static const char header_group[] = "MESSAGE HEADER";
static const char person_group[] = "PERSONAL AND DEMOGRAPHIC DETAILS";
static const char care_group[] = "CARE ACTIVITY DETAILS";
static const char currency_group[] = "CURRENCY DETAILS";
static const char costing_group[] = "COSTING DETAILS";

const plics_column plics_header[PLICS_HEADER_MAX] = {
    {&submitter, true, header_group},    {&financial_year, true, header_group},
    {&period_start, true, header_group}, {&period_end, true, header_group},
    {&created, true, header_group},      {&activity_type, true, header_group},
    {&record_count, true, header_group}, {&extract_total, true, header_group}};

#define PERSON_COLUMNS                                                                             \
    {&provider, true, person_group}, {&linkage, false, person_group},                              \
        {&cds_identifier, false, person_group}, {&nhs_number, false, person_group},                \
        {&nhs_status, false, person_group}, {&postcode, false, person_group},                      \
        {&birth_date, false, person_group}, {                                                      \
        &gender, false, person_group                                                               \
    }

#define COSTING_COLUMNS                                                                            \
    {&activity, true, costing_group}, {&activity_count, true, costing_group},                      \
        {&resource, true, costing_group}, {                                                        \
        &total_cost, true, costing_group                                                           \
    }

static const plics_column admitted_columns[] = {PERSON_COLUMNS,
                                                {&pathway, false, care_group},
                                                {&pathway_issuer, false, care_group},
                                                {&admitted_point, true, care_group},
                                                {&spell_number, false, care_group},
                                                {&episode_number, false, care_group},
                                                {&episode_start, true, care_group},
                                                {&episode_end, true, care_group},
                                                {&episode_status, true, care_group},
                                                {&treatment_function, true, care_group},
                                                {&fibrosis_band, false, care_group},
                                                {&episode_hrg, true, currency_group},
                                                {&spell_hrg, true, currency_group},
                                                {&length_of_stay, true, currency_group},
                                                COSTING_COLUMNS};
static const plics_column clinic_columns[] = {PERSON_COLUMNS,
                                              {&pathway, false, care_group},
                                              {&pathway_issuer, false, care_group},
                                              {&clinic_point, true, care_group},
                                              {&attendance, false, care_group},
                                              {&appointment_date, true, care_group},
                                              {&appointment_time, true, care_group},
                                              {&treatment_function, true, care_group},
                                              {&fibrosis_band, false, care_group},
                                              {&clinic_hrg, true, currency_group},
                                              COSTING_COLUMNS};
static const plics_column emergency_columns[] = {PERSON_COLUMNS,
                                                 {&emergency_attendance, false, care_group},
                                                 {&arrival_date, true, care_group},
                                                 {&arrival_time, true, care_group},
                                                 {&department_type, true, care_group},
                                                 {&departure_date, true, care_group},
                                                 {&departure_time, true, care_group},
                                                 {&emergency_hrg, true, currency_group},
                                                 COSTING_COLUMNS};
static const plics_column ward_columns[] = {
    {&provider, true, person_group},        {&linkage, false, person_group},
    {&unbundled_type, true, care_group},    {&critical_care, true, care_group},
    {&unit_function, true, care_group},     {&unbundled_date, true, care_group},
    {&critical_status, true, care_group},   {&organ_systems, false, care_group},
    {&unbundled_hrg, true, currency_group}, COSTING_COLUMNS};
static const plics_column supplement_columns[] = {
    {&provider, true, person_group},     {&linkage, false, person_group},
    {&unbundled_date, true, care_group}, {&currency_scheme, true, currency_group},
    {&currency, true, currency_group},   COSTING_COLUMNS};
static const plics_column reconciliation_columns[] = {
    {&account, true, "FINAL AUDITED ACCOUNTS"},
    {&value, true, "FINAL AUDITED ACCOUNTS"},
    {&exclusion, true, "SERVICE AND COST EXCLUSIONS"},
    {&excluded_cost, true, "SERVICE AND COST EXCLUSIONS"}};

const plics_feed plics_feeds[PLICS_FEED_COUNT] = {
    [PLICS_APC] = {"APC", "ACUTE DATA SET - ADMITTED PATIENT CARE", admitted_columns,
                   COUNT_OF(admitted_columns), 8},
    [PLICS_OP] = {"OP", "ACUTE DATA SET - OUT-PATIENT CARE", clinic_columns,
                  COUNT_OF(clinic_columns), 8},
    [PLICS_EC] = {"EC", "ACUTE DATA SET - EMERGENCY CARE", emergency_columns,
                  COUNT_OF(emergency_columns), 8},
    [PLICS_SWC] = {"SWC", "ACUTE DATA SET - SPECIALIST WARD CARE", ward_columns,
                   COUNT_OF(ward_columns), 8},
    [PLICS_SI] = {"SI", "ACUTE DATA SET - SUPPLEMENTARY INFORMATION", supplement_columns,
                  COUNT_OF(supplement_columns), 8},
    [PLICS_REC] = {"REC", "DATA SET - RECONCILIATION", reconciliation_columns,
                   COUNT_OF(reconciliation_columns), 6},
};

int plics_feed_find(shire_span code) {
    if (shire_span_equal(code, shire_span_of("AE"))) {
        return PLICS_EC;
    }
    for (int i = 0; i < PLICS_FEED_COUNT; i++) {
        if (shire_span_equal(code, shire_span_of(plics_feeds[i].code))) {
            return i;
        }
    }
    return -1;
}

int plics_column_find(const plics_feed *feed, const char *key) {
    for (size_t i = 0; i < feed->column_count; i++) {
        if (strcmp(feed->columns[i].field->key, key) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool plics_field_is_named(const plics_field *field, shire_span text) {
    const char *key = field->key;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        if (c < ' ' || c > '~' || c == '"') {
            return false;
        }
        if (!isalnum(c)) {
            continue;
        }
        while (*key != '\0' && !isalnum((unsigned char)*key)) {
            key++;
        }
        if (tolower(c) != *key) {
            return false;
        }
        key++;
    }
    while (*key != '\0' && !isalnum((unsigned char)*key)) {
        key++;
    }
    return *key == '\0' && text.length > 0;
}

const char *plics_field_name(const plics_field *field, char buffer[128]) {
    size_t length = 0;
    for (const char *c = field->key; *c != '\0' && length < 125; c++) {
        if (c[0] == '_' && c[1] == '_') {
            buffer[length++] = ' ';
            buffer[length++] = '(';
            c++;
        } else if (*c == '_') {
            buffer[length++] = c[1] == '\0' ? ')' : ' ';
        } else {
            buffer[length++] = (char)toupper((unsigned char)*c);
        }
    }
    buffer[length] = '\0';
    return buffer;
}
