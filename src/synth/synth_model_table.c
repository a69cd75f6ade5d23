/*
 * The tables of the costing model. Rates are full costs: those of the National Cost Collection
 * 2024/25 for hospital, community and mental health care (through the weights of
 * synth_currencies.inc), and the level of PSSRU's Unit Costs of Health and Social Care 2024 for
 * general practice, social care and housing.
 */
#include "synth/synth_hospital.h"
#include "synth/synth_model.h"

#define COUNCIL SYNTH_BODY_COUNCIL
#define PCT SYNTH_BODY_PCT
#define HOSPITAL SYNTH_BODY_HOSPITAL
#define MENTAL SYNTH_BODY_MENTAL
#define HOUSING SYNTH_BODY_HOUSING
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const synth_body synth_bodies[SYNTH_BODY_COUNT] = {
    [COUNCIL] = {"E06000019", "Herefordshire Council", "council", "1998-04-01", 36600000000,
                 "step_down", "ledger_council", 90, 350},
    [PCT] = {"5CN", "Herefordshire Primary Care Trust", "commissioner", "2002-10-01", 25500000000,
             "direct", "ledger_pct", 80, 600},
    [HOSPITAL] = {"RLQ", "Hereford Hospitals NHS Trust", "trust", "1993-04-01", 13500000000,
                  "reciprocal", "ledger_hospital", 230, 1000},
    [MENTAL] = {"RTQ", "2gether NHS Foundation Trust (Herefordshire services)",
                "mental_health_trust", "2007-07-01", 4250000000, "step_down",
                "ledger_mental_health", 160, 1000},
    [HOUSING] = {"WLHA", "Wye and Lugg Housing Association", "housing_association", "2002-11-18",
                 3000000000, "direct", "ledger_housing", 140, 800},
};

static const synth_account clinical[] = {{"5010", "Registered staff pay", 44},
                                         {"5011", "Support workers pay", 19},
                                         {"5015", "Employer's pension and NI", 15},
                                         {"5090", "Agency staff", 9},
                                         {"6010", "Medical and surgical consumables", 8},
                                         {"6030", "Travel", 2},
                                         {"6040", "Training", 1},
                                         {"6900", "Other running costs", 2}};
static const synth_account medical[] = {{"5110", "Consultants pay", 46},
                                        {"5111", "Resident doctors pay", 30},
                                        {"5015", "Employer's pension and NI", 15},
                                        {"5190", "Locums", 9}};
static const synth_account technical[] = {{"5210", "Scientific and technical pay", 42},
                                          {"5015", "Employer's pension and NI", 9},
                                          {"6010", "Medical and surgical consumables", 22},
                                          {"6210", "Equipment maintenance", 15},
                                          {"6220", "Reagents and contrast media", 12}};
static const synth_account drugs[] = {{"6110", "Drugs and appliances", 97},
                                      {"6120", "Drug wastage and returns", 3}};
static const synth_account purchase[] = {{"6510", "Payments to providers", 93},
                                         {"6520", "Contract variations", 4},
                                         {"6530", "Spot purchases", 3}};
static const synth_account office[] = {
    {"5310", "Administrative pay", 52},     {"5015", "Employer's pension and NI", 12},
    {"6310", "Contracts and licences", 24}, {"6040", "Training", 3},
    {"6320", "Postage and telephones", 4},  {"6900", "Other running costs", 5}};
static const synth_account premises[] = {
    {"5410", "Estates and ancillary pay", 34}, {"5015", "Employer's pension and NI", 7},
    {"6410", "Energy and water", 22},          {"6420", "Business rates", 12},
    {"6430", "Maintenance contracts", 17},     {"6440", "Materials and provisions", 8}};
static const synth_account capital[] = {{"8100", "Capital expenditure", 60},
                                        {"8200", "Depreciation", 40}};

const synth_account *synth_profile_accounts(synth_profile profile, size_t *count_out) {
    static const struct {
        const synth_account *accounts;
        size_t count;
    } profiles[SYNTH_PROFILE_COUNT] = {
        [SYNTH_PROFILE_CLINICAL] = {clinical, COUNT_OF(clinical)},
        [SYNTH_PROFILE_MEDICAL] = {medical, COUNT_OF(medical)},
        [SYNTH_PROFILE_TECHNICAL] = {technical, COUNT_OF(technical)},
        [SYNTH_PROFILE_DRUGS] = {drugs, COUNT_OF(drugs)},
        [SYNTH_PROFILE_PURCHASE] = {purchase, COUNT_OF(purchase)},
        [SYNTH_PROFILE_OFFICE] = {office, COUNT_OF(office)},
        [SYNTH_PROFILE_PREMISES] = {premises, COUNT_OF(premises)},
        [SYNTH_PROFILE_CAPITAL] = {capital, COUNT_OF(capital)},
    };
    *count_out = profiles[profile].count;
    return profiles[profile].accounts;
}

#define CLINIC "code <> '" SYNTH_DIALYSIS_CODE "'"
#define INPATIENT "event.setting <> 'Day case'"
#define CHILD "code IN ('Fostering', 'Children''s home')"
#define ADULT "code NOT IN ('Fostering', 'Children''s home')"
#define SECURE "code IN ('206MHPS', '207MHPS')"
#define OPEN_WARD "code NOT IN ('206MHPS', '207MHPS')"
/* Doctors cost half as much again at night and in the evening. */
#define OUT_OF_HOURS "minutes * CASE WHEN hour(start) BETWEEN 8 AND 18 THEN 1 ELSE 1.5 END"

// clang-format off
const synth_rule synth_rules[] = {
    {HOSPITAL, "Wards", SYNTH_PROFILE_CLINICAL, "Nursing", "Ward care", "ward_stay", "", "weight",
     SYNTH_SHEET_WARD_STAY, -1, SYNTH_BY_WEIGHT, 1000, false},
    {HOSPITAL, "Wards", SYNTH_PROFILE_CLINICAL, "Hotel services", "Hotel services", "spell", INPATIENT, "days",
     SYNTH_SHEET_SPELL, 0, SYNTH_BY_DAYS, 3800000, false},
    {HOSPITAL, "Medical staffing", SYNTH_PROFILE_MEDICAL, "Medical staff - consultants", "Ward care", "ward_stay", "", "minutes",
     SYNTH_SHEET_WARD_STAY, -1, SYNTH_BY_MINUTES, 2780, false},
    {HOSPITAL, "Medical staffing", SYNTH_PROFILE_MEDICAL, "Medical staff - consultants", "Theatre care", "theatre", "", "minutes",
     SYNTH_SHEET_THEATRE, -1, SYNTH_BY_MINUTES, 420000, false},
    {HOSPITAL, "Medical staffing", SYNTH_PROFILE_MEDICAL, "Medical staff - consultants", "Outpatient care", "outpatient", CLINIC, "weight",
     SYNTH_SHEET_OUTPATIENT, 0, SYNTH_BY_WEIGHT, 360, false},
    {HOSPITAL, "Medical staffing", SYNTH_PROFILE_MEDICAL, "Medical staff - consultants", "Emergency care", "emergency", "", "weight",
     SYNTH_SHEET_EMERGENCY, -1, SYNTH_BY_WEIGHT, 140, false},
    {HOSPITAL, "Medical staffing", SYNTH_PROFILE_MEDICAL, "Medical staff - resident doctors", "Ward care", "ward_stay", "", OUT_OF_HOURS,
     SYNTH_SHEET_WARD_STAY, -1, SYNTH_BY_MINUTES, 3120, false},
    {HOSPITAL, "Medical staffing", SYNTH_PROFILE_MEDICAL, "Medical staff - resident doctors", "Emergency care", "emergency", "", "weight",
     SYNTH_SHEET_EMERGENCY, -1, SYNTH_BY_WEIGHT, 210, false},
    {HOSPITAL, "Theatres", SYNTH_PROFILE_CLINICAL, "Operating theatres", "Theatre care", "theatre", "", "minutes",
     SYNTH_SHEET_THEATRE, -1, SYNTH_BY_MINUTES, 1480000, false},
    {HOSPITAL, "Critical care", SYNTH_PROFILE_CLINICAL, "Critical care", "Critical care", "critical_care", "", "weight",
     SYNTH_SHEET_CRITICAL_CARE, -1, SYNTH_BY_WEIGHT, 1000, false},
    {HOSPITAL, "Emergency department", SYNTH_PROFILE_CLINICAL, "Emergency nursing", "Emergency care", "emergency", "", "weight",
     SYNTH_SHEET_EMERGENCY, -1, SYNTH_BY_WEIGHT, 560, false},
    {HOSPITAL, "Outpatients", SYNTH_PROFILE_CLINICAL, "Outpatient nursing and administration", "Outpatient care", "outpatient", CLINIC, "weight",
     SYNTH_SHEET_OUTPATIENT, 0, SYNTH_BY_WEIGHT, 590, false},
    {HOSPITAL, "Renal unit", SYNTH_PROFILE_CLINICAL, "Renal dialysis", "Dialysis", "outpatient", "code = '" SYNTH_DIALYSIS_CODE "'", "count",
     SYNTH_SHEET_OUTPATIENT, 1, SYNTH_BY_COUNT, (int64_t)SYNTH_DIALYSIS_PENCE * 1000, false},
    {HOSPITAL, "Day surgery and endoscopy", SYNTH_PROFILE_CLINICAL, "Day case care", "Day case care", "spell", "event.setting = 'Day case'", "weight",
     SYNTH_SHEET_SPELL, 1, SYNTH_BY_WEIGHT, 880, false},
    {HOSPITAL, "Imaging", SYNTH_PROFILE_TECHNICAL, "Imaging", "Diagnostic imaging", "imaging", "", "weight",
     SYNTH_SHEET_IMAGING, -1, SYNTH_BY_WEIGHT, 1000, false},
    {HOSPITAL, "Pathology", SYNTH_PROFILE_TECHNICAL, "Pathology", "Pathology testing", "pathology", "", "weight",
     SYNTH_SHEET_PATHOLOGY, -1, SYNTH_BY_WEIGHT, 1000, false},
    {HOSPITAL, "Pharmacy", SYNTH_PROFILE_TECHNICAL, "Pharmacy services", "Dispensing", "pharmacy", "", "count",
     SYNTH_SHEET_PHARMACY, -1, SYNTH_BY_COUNT, 900000, false},
    {HOSPITAL, "Drugs", SYNTH_PROFILE_DRUGS, "Drugs", "Drugs issued", "pharmacy", "", "amount",
     SYNTH_SHEET_PHARMACY, -1, SYNTH_BY_AMOUNT, 1000, false},
    {HOSPITAL, "Drugs", SYNTH_PROFILE_DRUGS, "High cost drugs", "High cost drugs", "high_cost_drug", "", "amount",
     SYNTH_SHEET_HIGH_COST_DRUG, -1, SYNTH_BY_AMOUNT, 1000, false},
    {HOSPITAL, "Devices", SYNTH_PROFILE_DRUGS, "Devices and implants", "Devices and implants", "device", "", "amount",
     SYNTH_SHEET_DEVICE, -1, SYNTH_BY_AMOUNT, 1000, false},
    {HOSPITAL, "Therapies", SYNTH_PROFILE_CLINICAL, "Therapies", "Therapy", "therapy", "", "minutes",
     SYNTH_SHEET_THERAPY, -1, SYNTH_BY_MINUTES, 110000, false},

    {PCT, "General practice", SYNTH_PROFILE_PURCHASE, "General practitioners", "GP consultation", "gp_appointment", "code = 'GP'", "minutes",
     SYNTH_SHEET_GP_APPOINTMENT, 0, SYNTH_BY_MINUTES, 300000, false},
    {PCT, "General practice", SYNTH_PROFILE_PURCHASE, "Practice nursing", "Practice nurse appointment", "gp_appointment", "code = 'Practice nurse'", "minutes",
     SYNTH_SHEET_GP_APPOINTMENT, 1, SYNTH_BY_MINUTES, 85000, false},
    {PCT, "General practice", SYNTH_PROFILE_PURCHASE, "Other practice staff", "Other practice appointment", "gp_appointment", "code = 'Other practice staff'", "minutes",
     SYNTH_SHEET_GP_APPOINTMENT, 2, SYNTH_BY_MINUTES, 65000, false},
    {PCT, "General practice", SYNTH_PROFILE_PURCHASE, "Practice administration and premises", "GP consultation", "gp_appointment", "code = 'GP'", "count",
     SYNTH_SHEET_GP_APPOINTMENT, 0, SYNTH_BY_COUNT, 850000, true},
    {PCT, "General practice", SYNTH_PROFILE_PURCHASE, "Practice administration and premises", "Practice nurse appointment", "gp_appointment", "code = 'Practice nurse'", "count",
     SYNTH_SHEET_GP_APPOINTMENT, 1, SYNTH_BY_COUNT, 850000, true},
    {PCT, "General practice", SYNTH_PROFILE_PURCHASE, "Practice administration and premises", "Other practice appointment", "gp_appointment", "code = 'Other practice staff'", "count",
     SYNTH_SHEET_GP_APPOINTMENT, 2, SYNTH_BY_COUNT, 850000, true},
    {PCT, "Primary care prescribing", SYNTH_PROFILE_DRUGS, "Prescribing", "Prescribing", "prescribing", "", "amount",
     SYNTH_SHEET_PRESCRIBING, -1, SYNTH_BY_AMOUNT, 1000, false},
    {PCT, "Direct access pathology", SYNTH_PROFILE_PURCHASE, "Direct access pathology", "Direct access pathology", "gp_pathology", "", "weight",
     SYNTH_SHEET_GP_PATHOLOGY, -1, SYNTH_BY_WEIGHT, 1000, false},
    {PCT, "Community nursing", SYNTH_PROFILE_CLINICAL, "Community nursing", "Community nursing contact", "community_contact", "code NOT LIKE 'A%' AND code NOT LIKE 'IC%'", "weight",
     SYNTH_SHEET_COMMUNITY_CONTACT, 0, SYNTH_BY_WEIGHT, 1000, false},
    {PCT, "Allied health professions", SYNTH_PROFILE_CLINICAL, "Community therapies", "Community therapy contact", "community_contact", "code LIKE 'A%'", "weight",
     SYNTH_SHEET_COMMUNITY_CONTACT, 1, SYNTH_BY_WEIGHT, 1000, false},
    {PCT, "Intermediate care", SYNTH_PROFILE_CLINICAL, "Intermediate care", "Intermediate care contact", "community_contact", "code LIKE 'IC%'", "weight",
     SYNTH_SHEET_COMMUNITY_CONTACT, 2, SYNTH_BY_WEIGHT, 1000, false},
    {PCT, "Community hospitals", SYNTH_PROFILE_CLINICAL, "Community hospital nursing", "Community hospital care", "community_stay", "", "days",
     SYNTH_SHEET_COMMUNITY_STAY, -1, SYNTH_BY_DAYS, 60000000, false},
    {PCT, "Community equipment", SYNTH_PROFILE_PURCHASE, "Community equipment", "Equipment loans", "equipment", "", "amount",
     SYNTH_SHEET_EQUIPMENT, -1, SYNTH_BY_AMOUNT, 1000, false},

    {MENTAL, "Community mental health teams", SYNTH_PROFILE_CLINICAL, "Community mental health staff", "Mental health contact", "mh_contact", "", "weight",
     SYNTH_SHEET_MH_CONTACT, -1, SYNTH_BY_WEIGHT, 860, false},
    {MENTAL, "Medical staffing", SYNTH_PROFILE_MEDICAL, "Medical staff - consultants", "Mental health contact", "mh_contact", "", "minutes",
     SYNTH_SHEET_MH_CONTACT, -1, SYNTH_BY_MINUTES, 95000, false},
    {MENTAL, "Medical staffing", SYNTH_PROFILE_MEDICAL, "Medical staff - consultants", "Inpatient mental health care", "mh_stay", "", "days",
     SYNTH_SHEET_MH_STAY, -1, SYNTH_BY_DAYS, 8000000, false},
    {MENTAL, "Mental health wards", SYNTH_PROFILE_CLINICAL, "Inpatient nursing", "Inpatient mental health care", "mh_stay", OPEN_WARD, "days",
     SYNTH_SHEET_MH_STAY, 0, SYNTH_BY_DAYS, 66000000, false},
    {MENTAL, "Secure services", SYNTH_PROFILE_CLINICAL, "Secure services", "Secure mental health care", "mh_stay", SECURE, "days",
     SYNTH_SHEET_MH_STAY, 1, SYNTH_BY_DAYS, 76000000, false},
    {MENTAL, "Talking therapies", SYNTH_PROFILE_CLINICAL, "Talking therapies", "Talking therapy session", "talking_therapy", "", "weight",
     SYNTH_SHEET_TALKING_THERAPY, -1, SYNTH_BY_WEIGHT, 1000, false},

    {COUNCIL, "Home care", SYNTH_PROFILE_PURCHASE, "Home care", "Home care visits", "home_care_visit", "", "minutes * quantity",
     SYNTH_SHEET_HOME_CARE_VISIT, -1, SYNTH_BY_MINUTES, 45000, false},
    {COUNCIL, "Reablement", SYNTH_PROFILE_CLINICAL, "Reablement", "Reablement visits", "reablement_visit", "", "minutes",
     SYNTH_SHEET_REABLEMENT_VISIT, -1, SYNTH_BY_MINUTES, 78000, false},
    {COUNCIL, "Adult placements", SYNTH_PROFILE_PURCHASE, "Adult placements", "Care home placements", "placement", ADULT, "package",
     SYNTH_SHEET_PLACEMENT_PRICE, 0, SYNTH_BY_WEIGHT, 1000, false},
    {COUNCIL, "Children's placements", SYNTH_PROFILE_PURCHASE, "Children's placements", "Placements of children", "placement", CHILD, "package",
     SYNTH_SHEET_PLACEMENT_PRICE, 1, SYNTH_BY_WEIGHT, 1000, false},
    {COUNCIL, "Direct payments", SYNTH_PROFILE_PURCHASE, "Direct payments", "Direct payments", "direct_payment", "", "package",
     SYNTH_SHEET_DIRECT_PAYMENT, -1, SYNTH_BY_AMOUNT, 1000, false},
    {COUNCIL, "Day care", SYNTH_PROFILE_CLINICAL, "Day care", "Day care attendance", "day_care", "", "count",
     SYNTH_SHEET_DAY_CARE, -1, SYNTH_BY_COUNT, 7600000, false},
    {COUNCIL, "Social work", SYNTH_PROFILE_CLINICAL, "Social work", "Social work contacts", "social_work", "", "minutes",
     SYNTH_SHEET_SOCIAL_WORK, -1, SYNTH_BY_MINUTES, 125000, false},
    {COUNCIL, "Adaptations", SYNTH_PROFILE_PURCHASE, "Adaptations", "Home adaptations", "adaptation", "", "package",
     SYNTH_SHEET_ADAPTATION, -1, SYNTH_BY_AMOUNT, 1000, false},

    {HOUSING, "Housing management", SYNTH_PROFILE_OFFICE, "Housing management", "Tenancy management", "tenancy", "", "days",
     SYNTH_SHEET_TENANCY, -1, SYNTH_BY_DAYS, 330000, false},
    {HOUSING, "Responsive repairs", SYNTH_PROFILE_PREMISES, "Repairs labour", "Repair jobs", "repair", "", "minutes",
     SYNTH_SHEET_REPAIR, -1, SYNTH_BY_MINUTES, 92000, false},
    {HOUSING, "Repairs materials", SYNTH_PROFILE_PURCHASE, "Repairs materials", "Repair materials", "repair", "", "package",
     SYNTH_SHEET_REPAIR, -1, SYNTH_BY_AMOUNT, 1000, false},
};
const size_t synth_rule_count = COUNT_OF(synth_rules);

const synth_support synth_supports[] = {
    {HOSPITAL, "Finance", 10, "spend", 1, true, SYNTH_PROFILE_OFFICE},
    {HOSPITAL, "Human resources", 9, "wte", 2, false, SYNTH_PROFILE_OFFICE},
    {HOSPITAL, "IM&T", 17, "devices", 3, false, SYNTH_PROFILE_OFFICE},
    {HOSPITAL, "Trust management", 14, "wte", 4, false, SYNTH_PROFILE_OFFICE},
    {HOSPITAL, "Estates", 25, "floor_area", 5, false, SYNTH_PROFILE_PREMISES},
    {HOSPITAL, "Cleaning", 11, "floor_area", 6, false, SYNTH_PROFILE_PREMISES},
    {HOSPITAL, "Catering", 8, "meals", 7, false, SYNTH_PROFILE_PREMISES},
    {HOSPITAL, "Laundry", 6, "laundry_pieces", 8, false, SYNTH_PROFILE_PREMISES},
    {COUNCIL, "Finance", 20, "spend", 4, true, SYNTH_PROFILE_OFFICE},
    {COUNCIL, "Human resources", 14, "wte", 3, false, SYNTH_PROFILE_OFFICE},
    {COUNCIL, "ICT", 26, "devices", 2, false, SYNTH_PROFILE_OFFICE},
    {COUNCIL, "Property", 24, "floor_area", 1, false, SYNTH_PROFILE_PREMISES},
    {COUNCIL, "Legal and democratic services", 16, "wte", 5, false, SYNTH_PROFILE_OFFICE},
    {PCT, "Finance and contracting", 30, "spend", 1, true, SYNTH_PROFILE_OFFICE},
    {PCT, "Human resources", 18, "wte", 1, false, SYNTH_PROFILE_OFFICE},
    {PCT, "IM&T", 28, "devices", 1, false, SYNTH_PROFILE_OFFICE},
    {PCT, "Estates", 24, "floor_area", 1, false, SYNTH_PROFILE_PREMISES},
    {MENTAL, "Estates", 30, "floor_area", 1, false, SYNTH_PROFILE_PREMISES},
    {MENTAL, "IM&T", 24, "devices", 2, false, SYNTH_PROFILE_OFFICE},
    {MENTAL, "Human resources", 16, "wte", 3, false, SYNTH_PROFILE_OFFICE},
    {MENTAL, "Finance and management", 30, "spend", 4, true, SYNTH_PROFILE_OFFICE},
    {HOUSING, "Corporate services", 60, "spend", 1, true, SYNTH_PROFILE_OFFICE},
    {HOUSING, "Offices and depots", 40, "floor_area", 1, false, SYNTH_PROFILE_PREMISES},
};
const size_t synth_support_count = COUNT_OF(synth_supports);

const synth_excluded synth_excludeds[] = {
    {COUNCIL, "Schools", 470, "Delegated schools budget: pupils are not in the person records", SYNTH_PROFILE_CLINICAL},
    {COUNCIL, "Highways and transport", 95, "Serves places, not persons", SYNTH_PROFILE_PREMISES},
    {COUNCIL, "Waste", 80, "Serves households as a whole", SYNTH_PROFILE_PURCHASE},
    {COUNCIL, "Housing benefit", 165, "Payment to landlords, not the cost of a service", SYNTH_PROFILE_PURCHASE},
    {COUNCIL, "Planning and regulation", 35, "Serves places, not persons", SYNTH_PROFILE_OFFICE},
    {COUNCIL, "Libraries, leisure and culture", 30, "No attendance by person is recorded", SYNTH_PROFILE_OFFICE},
    {COUNCIL, "Public health", 40, "Population services without a person", SYNTH_PROFILE_PURCHASE},
    {COUNCIL, "Capital charges", 85, "Capital is outside the year's cost", SYNTH_PROFILE_CAPITAL},
    {PCT, "Acute contract: Hereford Hospitals", 610, "The provider's ledger holds the cost of this care", SYNTH_PROFILE_PURCHASE},
    {PCT, "Acute contracts: other trusts", 130, "Care given outside the county: no activity is sent", SYNTH_PROFILE_PURCHASE},
    {PCT, "Mental health contract: 2gether", 150, "The provider's ledger holds the cost of this care", SYNTH_PROFILE_PURCHASE},
    {PCT, "Dental, ophthalmic and pharmacy contracts", 80, "No feed by person", SYNTH_PROFILE_PURCHASE},
    {PCT, "Ambulance contract", 30, "No feed by person", SYNTH_PROFILE_PURCHASE},
    {HOSPITAL, "Research and development", 22, "Research is costed apart", SYNTH_PROFILE_OFFICE},
    {HOSPITAL, "Education and training", 30, "Education is costed apart", SYNTH_PROFILE_OFFICE},
    {HOSPITAL, "Private patients", 12, "Private work is costed apart", SYNTH_PROFILE_CLINICAL},
    {HOSPITAL, "Services to other bodies", 20, "Recharged: laundry and pathology for neighbours", SYNTH_PROFILE_TECHNICAL},
    {HOSPITAL, "Capital charges", 16, "Capital is outside the year's cost", SYNTH_PROFILE_CAPITAL},
    {MENTAL, "Research and development", 30, "Research is costed apart", SYNTH_PROFILE_OFFICE},
    {MENTAL, "Education and training", 40, "Education is costed apart", SYNTH_PROFILE_OFFICE},
    {MENTAL, "Capital charges", 30, "Capital is outside the year's cost", SYNTH_PROFILE_CAPITAL},
    {HOUSING, "Planned maintenance and new homes", 60, "Capital is outside the year's cost", SYNTH_PROFILE_CAPITAL},
    {HOUSING, "Interest and loans", 40, "Financing, not a service", SYNTH_PROFILE_PURCHASE},
};
const size_t synth_excluded_count = COUNT_OF(synth_excludeds);

const synth_income synth_incomes[] = {
    {HOSPITAL, "9110", "Car parking income", 62000000},
    {HOSPITAL, "9120", "Staff catering income", 48000000},
    {HOSPITAL, "9210", "Education and training income", 210000000},
    {PCT, "9310", "Dental and prescription charge income", 640000000},
    {COUNCIL, "9410", "Client contributions", 1650000000},
    {COUNCIL, "9420", "Fees and charges", 720000000},
    {MENTAL, "9210", "Education and training income", 70000000},
    {HOUSING, "9510", "Service charges to leaseholders", 55000000},
};
const size_t synth_income_count = COUNT_OF(synth_incomes);
// clang-format on
