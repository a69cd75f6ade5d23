/*
 * Records of persons as six systems hold them. Each known person gets one record, one in fifty a
 * second; a record starts from the truth and takes the system's quirks in the order of
 * synth_quirks. The lines are written as CSV in the layout of that system: its date form, its words
 * for sex, its capitals. The housing file is Windows-1252 with CRLF.
 */
#include "synth/synth_error.h"
#include "synth/synth_name.h"
#include "synth/synth_parameters.h"
#include "synth/synth_place.h"

#include "core/nhs_number.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef enum date_form { DATE_ISO, DATE_SLASHES, DATE_MONTH_NAME, DATE_DOTS } date_form;

typedef struct system_layout {
    const char *header;
    const char *organisation;
    const char *source;
    const char *sexes[3]; /* unknown, male, female */
    date_form dates;
    bool windows; /* Windows-1252 and CRLF */
} system_layout;

static const system_layout layouts[SYNTH_SYSTEM_COUNT] = {
    [SYNTH_GP] = {.header = "patient_id,nhs_number,forename,middle_names,surname,date_of_birth,"
                            "date_of_death,sex,address,town,postcode,uprn,telephone,email,"
                            "practice_code\n",
                  .organisation = "5CN",
                  .source = "gp",
                  .dates = DATE_ISO,
                  .sexes = {"U", "M", "F"}},
    [SYNTH_HOSPITAL] = {.header = "PAS_NO,NHS_NO,FORENAME_1,FORENAME_2,SURNAME,DOB,DOD,SEX,ADDR_1,"
                                  "ADDR_2,POSTCODE,UPRN,TEL,EMAIL,GP_CODE\n",
                        .organisation = "RLQ",
                        .source = "pas",
                        .dates = DATE_SLASHES,
                        .sexes = {"9", "1", "2"}},
    [SYNTH_COMMUNITY] = {.header = "client_id,nhs_no,first_name,other_names,last_name,dob,died_on,"
                                   "gender,address_lines,locality,post_code,uprn,phone,email,"
                                   "registered_practice\n",
                         .organisation = "5CN",
                         .source = "community",
                         .dates = DATE_ISO,
                         .sexes = {"", "Male", "Female"}},
    [SYNTH_MENTAL] = {.header = "rio_id,nhs_number,given_name,middle_name,family_name,birth_date,"
                                "death_date,gender_code,address,town,postcode,uprn,phone,email,"
                                "gp_practice\n",
                      .organisation = "RTQ",
                      .source = "rio",
                      .dates = DATE_MONTH_NAME,
                      .sexes = {"0", "1", "2"}},
    [SYNTH_SOCIAL] = {.header = "Person ID,NHS Number,Forename,Middle Name,Surname,Date of Birth,"
                                "Date of Death,Gender,Address,Town,Postcode,UPRN,Telephone,Email,"
                                "GP Practice\n",
                      .organisation = "E06000019",
                      .source = "social_care",
                      .dates = DATE_SLASHES,
                      .sexes = {"Not known", "Male", "Female"}},
    [SYNTH_HOUSING] = {.header = "PersonRef,NHSNo,Forename,Middle,Surname,DOB,DOD,Sex,Address,Town,"
                                 "Postcode,UPRN,Phone,Email,GP\r\n",
                       .organisation = "WLHA",
                       .source = "housing",
                       .dates = DATE_DOTS,
                       .sexes = {"", "M", "F"},
                       .windows = true},
};

/* Scattering of person numbers over a prime range, another one for each system; the ranges of the
 * systems do not meet, so that a number names one person in one system. */
#define LOCAL_RANGE 1999993u
static const uint32_t local_steps[SYNTH_SYSTEM_COUNT] = {1234577, 771247, 1580419,
                                                         402137,  987533, 1811209};

int64_t synth_local_number(synth_system system, size_t person, int copy) {
    uint64_t index = 2 * (uint64_t)person + (uint64_t)copy + 17u * (unsigned)system;
    return (int64_t)(10000000u + 2000000u * (unsigned)system +
                     (index * local_steps[system] + 4211u) % LOCAL_RANGE);
}

int64_t synth_local_any(const synth_people *people, synth_system system, size_t person,
                        shire_random *random) {
    bool twice = people->persons[person].twice >> system & 1u;
    int copy = twice && shire_random_chance(random, 35, 100) ? 1 : 0;
    return synth_local_number(system, person, copy);
}

const char *synth_record_header(synth_system system) {
    return layouts[system].header;
}

typedef struct record {
    char nhs[16];
    char given[64];
    char middle[64];
    char family[64];
    shire_date birth; /* 0 stands for none; nobody is recorded as born on 1970-01-01 itself */
    shire_date death;
    int sex;
    char line[128];
    const char *town;
    char postcode[16];
    char uprn[16];
    char phone[24];
    char email[128];
    char practice[8];
} record;

static bool happens(shire_random *random, uint16_t per_ten_thousand) {
    return per_ten_thousand > 0 && shire_random_chance(random, per_ten_thousand, 10000);
}

static void put_nhs(char buffer[16], uint32_t nine) {
    snprintf(buffer, 16, "%09u", nine);
    snprintf(buffer + 9, 7, "%d", shire_nhs_number_check_digit(buffer));
}

static void make_number(record *out, const synth_people *people, size_t person,
                        const synth_quirks *quirks, shire_random *random) {
    put_nhs(out->nhs, people->persons[person].nhs_nine);
    if (happens(random, quirks->nhs_missing)) {
        out->nhs[0] = '\0';
    } else if (happens(random, quirks->nhs_digit_off)) {
        synth_error_digit(random, out->nhs);
    } else if (happens(random, quirks->nhs_of_another)) {
        size_t other = shire_random_below(random, people->person_count);
        put_nhs(out->nhs, people->persons[other].nhs_nine);
    } else if (happens(random, quirks->nhs_invalid)) {
        snprintf(out->nhs, sizeof out->nhs, "%s",
                 shire_random_chance(random, 1, 2) ? "0000000000" : "99900001");
    }
}

static void make_names(record *out, const synth_person *person, const synth_quirks *quirks,
                       shire_random *random) {
    char buffer[32];
    bool old = person->old_family != person->family && happens(random, quirks->old_family);
    uint16_t family = old ? person->old_family : person->family;
    snprintf(out->family, sizeof out->family, "%s",
             synth_name_family_of(family, person->sex, (synth_culture)person->culture, buffer));
    snprintf(out->given, sizeof out->given, "%s", synth_name_given(person->given));
    if (person->middle != SYNTH_NAME_NONE && happens(random, quirks->middle_held)) {
        snprintf(out->middle, sizeof out->middle, "%s", synth_name_given(person->middle));
    }
    if (happens(random, quirks->given_familiar)) {
        const char *familiar = synth_name_familiar(random, out->given);
        if (familiar != NULL) {
            snprintf(out->given, sizeof out->given, "%s", familiar);
        }
    }
    if (happens(random, quirks->given_missing)) {
        out->given[1] = '\0';
    }
    if (happens(random, quirks->given_typo)) {
        synth_error_type(random, out->given, sizeof out->given);
    }
    if (happens(random, quirks->family_typo)) {
        synth_error_type(random, out->family, sizeof out->family);
    }
    if (happens(random, quirks->family_sound)) {
        synth_error_sound(random, out->family, sizeof out->family);
    }
    if (happens(random, quirks->names_swapped)) {
        char given[sizeof out->given];
        memcpy(given, out->given, sizeof given);
        memcpy(out->given, out->family, sizeof out->given);
        memcpy(out->family, given, sizeof given);
    }
    if (happens(random, quirks->padded)) {
        synth_error_pad(random, out->family, sizeof out->family);
    }
    for (char *c = quirks->upper ? out->family : out->family + strlen(out->family); *c; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    for (char *c = quirks->upper ? out->given : out->given + strlen(out->given); *c; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
}

static void make_dates(record *out, const synth_person *person, const synth_quirks *quirks,
                       shire_random *random) {
    out->birth = person->birth;
    int year = 0, month = 0, day = 0;
    shire_date_parts(person->birth, &year, &month, &day);
    if (happens(random, quirks->birth_missing)) {
        out->birth = 0;
    } else if (happens(random, quirks->birth_swapped)) {
        out->birth = synth_error_swap_day(out->birth);
    } else if (happens(random, quirks->birth_default)) {
        out->birth = shire_date_of(year, 1, 1);
    } else if (happens(random, quirks->birth_off)) {
        out->birth = synth_error_shift_date(random, out->birth);
    }
    if (person->death != 0 && happens(random, quirks->death_known)) {
        out->death = person->death;
        if (out->birth > out->death) {
            out->birth = person->birth;
        }
    }
    out->sex = happens(random, quirks->sex_missing) ? 0 : person->sex;
}

static void make_contact(record *out, const synth_people *people, size_t number,
                         const synth_quirks *quirks, shire_random *random) {
    const synth_person *person = &people->persons[number];
    /* Who moved in the year is found at the old address twice as often. */
    bool old = person->old_address != person->address &&
               (happens(random, quirks->old_address) ||
                (person->moved_lately && happens(random, quirks->old_address)));
    const synth_address *address = &people->addresses[old ? person->old_address : person->address];
    synth_place_first_line(address, out->line);
    out->town = synth_place_town(address);
    synth_place_postcode(address, out->postcode);
    if (happens(random, quirks->postcode_missing)) {
        out->postcode[0] = '\0';
    } else if (happens(random, quirks->postcode_typo)) {
        synth_error_type(random, out->postcode + 4, sizeof out->postcode - 4);
    } else if (happens(random, quirks->padded)) {
        char *blank = strchr(out->postcode, ' '); /* written without the blank */
        memmove(blank, blank + 1, strlen(blank));
    }
    if (happens(random, quirks->address_short)) {
        out->line[24] = '\0';
    }
    if (happens(random, quirks->uprn_held)) {
        synth_place_uprn(address, out->uprn);
    }
    if (happens(random, quirks->phone_held)) {
        /* 01632 is an area code that Ofcom gives to nobody. Half the records hold the line of the
         * household, as children and older couples do. */
        bool own = person->age >= 14 && person->age < 75 && shire_random_chance(random, 7, 10);
        uint64_t line = own ? 500000u + number * UINT64_C(99991) % 500000u
                            : person->household * UINT64_C(77773) % 500000u;
        static const char *const forms[] = {"01632 %06u", "01632%06u", "+44 1632 %06u"};
        /* The format strings are the three above. */
        char digits[8];
        snprintf(digits, sizeof digits, "%06u", (unsigned)line);
        const char *form = forms[shire_random_below(random, 3)];
        size_t head = strchr(form, '%') - form;
        snprintf(out->phone, sizeof out->phone, "%.*s%s", (int)head, form, digits);
    }
    if (person->age >= 16 && happens(random, quirks->email_held)) {
        static const char *const hosts[] = {"example.com", "example.org", "example.net"};
        char buffer[32];
        const char *family = synth_name_family(person->family, buffer);
        int length =
            snprintf(out->email, sizeof out->email, "%s.%s%zu@%s", synth_name_given(person->given),
                     family, number % 89, hosts[number % 3]);
        for (int i = 0; i < length; i++) {
            out->email[i] = (char)tolower((unsigned char)out->email[i]);
        }
    }
    synth_place_practice_code(person->practice, out->practice);
}

static void append_date(shire_builder *line, shire_date date, date_form form) {
    static const char months[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    int year = 0, month = 0, day = 0;
    if (date == 0) {
        return;
    }
    shire_date_parts(date, &year, &month, &day);
    switch (form) {
    case DATE_ISO:
        shire_builder_append_format(line, "%04d-%02d-%02d", year, month, day);
        break;
    case DATE_SLASHES:
        shire_builder_append_format(line, "%02d/%02d/%04d", day, month, year);
        break;
    case DATE_MONTH_NAME:
        shire_builder_append_format(line, "%02d-%.3s-%04d", day, months + 3 * (month - 1), year);
        break;
    default:
        shire_builder_append_format(line, "%02d.%02d.%04d", day, month, year);
        break;
    }
}

static void append_field(shire_builder *line, const char *text) {
    shire_builder_append_text(line, ",");
    if (strpbrk(text, ",\"\n") == NULL) {
        shire_builder_append_text(line, text);
        return;
    }
    shire_builder_append_text(line, "\"");
    shire_builder_append_text(line, text);
    shire_builder_append_text(line, "\"");
}

/* The housing system's word processor habits, in Windows-1252: a typographer's apostrophe in
 * O'Brien, a diaeresis on Zoe and Chloe. */
static void write_windows(record *out) {
    for (char *c = out->family; *c != '\0'; c++) {
        if (*c == '\'') {
            *c = '\x92';
        }
    }
    if (strcmp(out->given, "Zoe") == 0 || strcmp(out->given, "Chloe") == 0) {
        out->given[strlen(out->given) - 1] = '\xeb';
    }
}

static void append_record(synth_chunk *chunk, synth_system system, size_t number, int copy,
                          record *out) {
    const system_layout *layout = &layouts[system];
    shire_builder *line = &chunk->records[system];
    if (layout->windows) {
        write_windows(out);
    }
    int64_t local = synth_local_number(system, number, copy);
    shire_builder_append_format(line, "%lld", (long long)local);
    append_field(line, out->nhs);
    append_field(line, out->given);
    append_field(line, out->middle);
    append_field(line, out->family);
    shire_builder_append_text(line, ",");
    append_date(line, out->birth, layout->dates);
    shire_builder_append_text(line, ",");
    append_date(line, out->death, layout->dates);
    append_field(line, layout->sexes[out->sex]);
    append_field(line, out->line);
    append_field(line, out->town);
    append_field(line, out->postcode);
    append_field(line, out->uprn);
    append_field(line, out->phone);
    append_field(line, out->email);
    append_field(line, system == SYNTH_HOUSING ? "" : out->practice);
    shire_builder_append_text(line, layout->windows ? "\r\n" : "\n");
    chunk->record_counts[system]++;

    shire_builder_append_format(&chunk->truth, "%s,%s,%lld,", layout->organisation, layout->source,
                                (long long)local);
    if (number == SYNTH_STROKE_PERSON) {
        shire_builder_append_text(&chunk->truth, "stroke-patient\n");
    } else {
        shire_builder_append_format(&chunk->truth, "p%06zu\n", number);
    }
}

/* What each system writes of the stroke patient; the NHS number is right where it is held. */
static void make_stroke_record(record *out, const synth_people *people, synth_system system) {
    static const struct {
        const char *given, *middle, *family;
        bool nhs, phone;
    } forms[SYNTH_SYSTEM_COUNT] = {
        [SYNTH_GP] = {"Gwendoline", "Mary", "Preece", true, true},
        [SYNTH_HOSPITAL] = {"GWENDOLINE", "M", "PREECE", true, true},
        [SYNTH_COMMUNITY] = {"Gwen", "", "Preece", true, false},
        [SYNTH_MENTAL] = {"Gwendoline", "", "Preece", true, false},
        [SYNTH_SOCIAL] = {"Gwendolen", "", "Preece", false, true},
        [SYNTH_HOUSING] = {"Gwen", "", "Preese", false, true},
    };
    const synth_person *person = &people->persons[SYNTH_STROKE_PERSON];
    const synth_address *address = &people->addresses[person->address];
    if (forms[system].nhs) {
        put_nhs(out->nhs, person->nhs_nine);
    }
    snprintf(out->given, sizeof out->given, "%s", forms[system].given);
    snprintf(out->middle, sizeof out->middle, "%s", forms[system].middle);
    snprintf(out->family, sizeof out->family, "%s", forms[system].family);
    out->birth = person->birth;
    out->sex = person->sex;
    synth_place_first_line(address, out->line);
    out->town = synth_place_town(address);
    synth_place_postcode(address, out->postcode);
    if (system == SYNTH_SOCIAL || system == SYNTH_HOUSING) {
        synth_place_uprn(address, out->uprn);
    }
    if (forms[system].phone) {
        snprintf(out->phone, sizeof out->phone, "01632 960144");
    }
    synth_place_practice_code(person->practice, out->practice);
}

void synth_record_make(synth_chunk *chunk) {
    const synth_people *people = chunk->people;
    for (size_t number = chunk->first; number < chunk->last; number++) {
        const synth_person *person = &people->persons[number];
        shire_random random =
            shire_random_seed(people->seed, SYNTH_STREAM_RECORD + 8 * (uint64_t)number);
        for (int system = 0; system < SYNTH_SYSTEM_COUNT; system++) {
            if ((person->systems >> system & 1u) == 0) {
                continue;
            }
            int copies = person->twice >> system & 1u ? 2 : 1;
            for (int copy = 0; copy < copies; copy++) {
                const synth_quirks *quirks = &synth_quirks_of[system];
                record out;
                memset(&out, 0, sizeof out);
                if (number == SYNTH_STROKE_PERSON) {
                    make_stroke_record(&out, people, (synth_system)system);
                } else {
                    make_number(&out, people, number, quirks, &random);
                    make_names(&out, person, quirks, &random);
                    make_dates(&out, person, quirks, &random);
                    make_contact(&out, people, number, quirks, &random);
                }
                append_record(chunk, (synth_system)system, number, copy, &out);
            }
        }
    }
}
