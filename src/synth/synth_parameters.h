/*
 * Every rate of the synthetic world in one place, with its reason. Per mille unless a name says
 * otherwise. Nothing here is measured on real people; levels follow what data-quality reports on
 * such systems describe and are set so that linkage is neither trivial nor hopeless.
 */
#ifndef SHIRE_SYNTH_SYNTH_PARAMETERS_H
#define SHIRE_SYNTH_SYNTH_PARAMETERS_H

#include "synth/synth_internal.h"

/* ---- people ---- */
enum {
    SYNTH_POLISH_PER_MILLE = 22,       /* households: largest group of fruit and food workers */
    SYNTH_ROMANIAN_PER_MILLE = 16,     /* the next largest since 2014 */
    SYNTH_ASIAN_PER_MILLE = 20,        /* health and care staff, and earlier settlers */
    SYNTH_MARRIED_PER_MILLE = 720,     /* couples that share a surname */
    SYNTH_MIDDLE_PER_MILLE = 620,      /* British people with a middle name */
    SYNTH_TWIN_PER_MILLE = 15,         /* births, England */
    SYNTH_TWIN_ALIKE_PER_MILLE = 300,  /* twins whose names begin alike */
    SYNTH_NAMESAKE_PER_MILLE = 45,     /* sons with the father's name: what linkers get wrong */
    SYNTH_MOVED_PER_MILLE = 260,       /* households with an old address on some system */
    SYNTH_MOVED_LATELY_PER_MILLE = 90, /* moved in the year: half the systems do not know */
    SYNTH_RENAMED_PER_MILLE = 60, /* married women whose change is known to some systems only */
    SYNTH_TENANT_PER_MILLE = 82   /* households of the housing association */
};

/* What one system does to its records. All per ten thousand records; the order is that in which
 * they are applied. */
typedef struct synth_quirks {
    uint16_t known[5];       /* share of living people known to it, by frailty: see member[] */
    uint16_t twice;          /* has a second record of the person: 2 % everywhere */
    uint16_t nhs_missing;    /* no NHS number: the rule in housing, usual in social care */
    uint16_t nhs_digit_off;  /* one digit mistyped: the check digit finds nearly all of them */
    uint16_t nhs_of_another; /* a valid number of somebody else: merged or misfiled notes */
    uint16_t nhs_invalid;    /* nonsense such as 0000000000 */
    uint16_t given_missing;  /* only an initial is held */
    uint16_t given_familiar; /* Bill for William */
    uint16_t given_typo;     /* keyboard error, given name */
    uint16_t family_typo;    /* keyboard error, surname */
    uint16_t family_sound;   /* written by ear: Philips, Clark, Davis */
    uint16_t names_swapped;  /* given and family name in each other's field */
    uint16_t middle_held;    /* keeps middle names at all */
    uint16_t old_family;     /* of those whose surname changed: still has the old one */
    uint16_t old_address;    /* of those who moved: still has the old one */
    uint16_t birth_missing;
    uint16_t birth_swapped; /* day and month */
    uint16_t birth_default; /* 1 January of the year: the year alone was known */
    uint16_t birth_off;     /* a wrong digit in day, month or year */
    uint16_t sex_missing;
    uint16_t phone_held;
    uint16_t email_held;
    uint16_t uprn_held;
    uint16_t postcode_missing;
    uint16_t postcode_typo;
    uint16_t address_short; /* cut at 24 characters, an old field width */
    uint16_t death_known;   /* of those who died */
    uint16_t padded;        /* blanks before, after or doubled inside */
    bool upper;             /* names in capitals */
} synth_quirks;

/* clang-format off */
static const synth_quirks synth_quirks_of[SYNTH_SYSTEM_COUNT] = {
    /* Practices register everybody, check the NHS number against the national service, and hear of
     * moves late. */
    [SYNTH_GP] = {.known = {9850, 9900, 9950, 9980, 9990}, .twice = 200,
        .nhs_missing = 20, .nhs_digit_off = 4, .nhs_of_another = 1, .nhs_invalid = 1,
        .given_missing = 2, .given_familiar = 120, .given_typo = 60, .family_typo = 50,
        .family_sound = 20, .names_swapped = 8, .middle_held = 9000, .old_family = 2500,
        .old_address = 2600, .birth_missing = 2, .birth_swapped = 15, .birth_default = 8,
        .birth_off = 25, .sex_missing = 10, .phone_held = 8200, .email_held = 4500,
        .uprn_held = 6000, .postcode_missing = 20, .postcode_typo = 60, .address_short = 0,
        .death_known = 9700, .padded = 40, .upper = false},
    /* Two thirds of people have been to the hospital; its index is traced nightly, but emergency
     * registrations are typed in a hurry. */
    [SYNTH_HOSPITAL] = {.known = {6600, 8000, 9100, 9700, 9900}, .twice = 200,
        .nhs_missing = 250, .nhs_digit_off = 25, .nhs_of_another = 4, .nhs_invalid = 10,
        .given_missing = 10, .given_familiar = 250, .given_typo = 140, .family_typo = 120,
        .family_sound = 60, .names_swapped = 25, .middle_held = 5500, .old_family = 3500,
        .old_address = 3200, .birth_missing = 10, .birth_swapped = 35, .birth_default = 30,
        .birth_off = 60, .sex_missing = 30, .phone_held = 7800, .email_held = 2500,
        .uprn_held = 1500, .postcode_missing = 80, .postcode_typo = 120, .address_short = 150,
        .death_known = 8500, .padded = 150, .upper = true},
    /* Community nurses know the frail and the new-born. */
    [SYNTH_COMMUNITY] = {.known = {1150, 3300, 6200, 8600, 9500}, .twice = 200,
        .nhs_missing = 400, .nhs_digit_off = 30, .nhs_of_another = 4, .nhs_invalid = 10,
        .given_missing = 15, .given_familiar = 500, .given_typo = 180, .family_typo = 150,
        .family_sound = 80, .names_swapped = 30, .middle_held = 2500, .old_family = 4000,
        .old_address = 3000, .birth_missing = 20, .birth_swapped = 50, .birth_default = 40,
        .birth_off = 80, .sex_missing = 60, .phone_held = 7000, .email_held = 1200,
        .uprn_held = 800, .postcode_missing = 150, .postcode_typo = 150, .address_short = 0,
        .death_known = 7000, .padded = 100, .upper = false},
    /* Mental health services see one person in eighteen; crisis work starts without papers. */
    [SYNTH_MENTAL] = {.known = {450, 800, 1000, 1300, 1600}, .twice = 200,
        .nhs_missing = 500, .nhs_digit_off = 30, .nhs_of_another = 5, .nhs_invalid = 15,
        .given_missing = 20, .given_familiar = 700, .given_typo = 160, .family_typo = 150,
        .family_sound = 80, .names_swapped = 30, .middle_held = 3000, .old_family = 4500,
        .old_address = 3600, .birth_missing = 30, .birth_swapped = 50, .birth_default = 60,
        .birth_off = 80, .sex_missing = 60, .phone_held = 7200, .email_held = 2500,
        .uprn_held = 300, .postcode_missing = 300, .postcode_typo = 150, .address_short = 0,
        .death_known = 6000, .padded = 100, .upper = false},
    /* The council: NHS numbers only where health wrote them on the form, addresses good because
     * they come from its own gazetteer. */
    [SYNTH_SOCIAL] = {.known = {180, 900, 2600, 5600, 8200}, .twice = 200,
        .nhs_missing = 6200, .nhs_digit_off = 60, .nhs_of_another = 5, .nhs_invalid = 20,
        .given_missing = 30, .given_familiar = 900, .given_typo = 200, .family_typo = 180,
        .family_sound = 120, .names_swapped = 40, .middle_held = 1500, .old_family = 3500,
        .old_address = 2400, .birth_missing = 120, .birth_swapped = 70, .birth_default = 150,
        .birth_off = 100, .sex_missing = 150, .phone_held = 6500, .email_held = 1800,
        .uprn_held = 8200, .postcode_missing = 120, .postcode_typo = 120, .address_short = 0,
        .death_known = 7500, .padded = 120, .upper = false},
    /* Tenants, members of their households, and applicants: no NHS numbers, what a caller says on
     * the telephone. `known` is of applicants and former tenants. */
    [SYNTH_HOUSING] = {.known = {600, 620, 560, 400, 300}, .twice = 200,
        .nhs_missing = 9900, .nhs_digit_off = 100, .nhs_of_another = 0, .nhs_invalid = 0,
        .given_missing = 250, .given_familiar = 1400, .given_typo = 250, .family_typo = 220,
        .family_sound = 180, .names_swapped = 60, .middle_held = 500, .old_family = 3000,
        .old_address = 800, .birth_missing = 900, .birth_swapped = 90, .birth_default = 200,
        .birth_off = 120, .sex_missing = 1200, .phone_held = 8800, .email_held = 4200,
        .uprn_held = 7000, .postcode_missing = 100, .postcode_typo = 120, .address_short = 0,
        .death_known = 5000, .padded = 200, .upper = false},
};
/* clang-format on */

/* ---- feeds without an event_id ---- */
/* Items whose date lies outside every event of the person, so that no rule matches them: two in
 * a hundred, as laboratories report samples of unknown origin. */
#define SYNTH_UNMATCHED_PER_MILLE 20

#endif
