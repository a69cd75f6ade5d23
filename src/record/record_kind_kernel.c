/*
 * Two tables: which dataset (by the names of the NHS Data Dictionary and its kin) or body gives
 * which category, and which codes are sensitive. The first that fits decides the category; of
 * sensitive kinds all that fit count.
 */
#include "record/record_kind_kernel.h"

#include <string.h>

static const struct {
    const char *pattern; /* in capitals */
    shire_gate_category category;
} datasets[] = {
    {"APC", SHIRE_GATE_ACUTE},
    {"OP", SHIRE_GATE_ACUTE},
    {"OPA", SHIRE_GATE_ACUTE},
    {"EC", SHIRE_GATE_ACUTE},
    {"ECDS", SHIRE_GATE_ACUTE},
    {"AE", SHIRE_GATE_ACUTE},
    {"AAE", SHIRE_GATE_ACUTE},
    {"CC", SHIRE_GATE_ACUTE},
    {"DID", SHIRE_GATE_ACUTE},
    {"MSDS", SHIRE_GATE_ACUTE},
    {"GPAD", SHIRE_GATE_GP},
    {"GP", SHIRE_GATE_GP},
    {"GPES", SHIRE_GATE_GP},
    {"CSDS", SHIRE_GATE_COMMUNITY},
    {"CIDS", SHIRE_GATE_COMMUNITY},
    {"MHSDS", SHIRE_GATE_MENTAL_HEALTH},
    {"MHMDS", SHIRE_GATE_MENTAL_HEALTH},
    {"IAPT", SHIRE_GATE_MENTAL_HEALTH},
    {"ASC*", SHIRE_GATE_SOCIAL_CARE},
    {"CLD", SHIRE_GATE_SOCIAL_CARE},
    {"SALT", SHIRE_GATE_SOCIAL_CARE},
    {"CIN", SHIRE_GATE_SOCIAL_CARE},
    {"SSDA903", SHIRE_GATE_SOCIAL_CARE},
    {"HOUSING*", SHIRE_GATE_HOUSING},
};

static const struct {
    const char *pattern; /* in small letters */
    shire_gate_category category;
} bodies[] = {
    {"*mental*", SHIRE_GATE_MENTAL_HEALTH}, {"*housing*", SHIRE_GATE_HOUSING},
    {"*council*", SHIRE_GATE_SOCIAL_CARE},  {"*practice*", SHIRE_GATE_GP},
    {"*community*", SHIRE_GATE_COMMUNITY},
};

static const struct {
    const char *code;      /* or NULL */
    const char *specialty; /* or NULL */
    uint32_t sensitivity;
} sensitive[] = {
    {"B20*", NULL, SHIRE_GATE_HIV},
    {"B21*", NULL, SHIRE_GATE_HIV},
    {"B22*", NULL, SHIRE_GATE_HIV},
    {"B23*", NULL, SHIRE_GATE_HIV},
    {"B24*", NULL, SHIRE_GATE_HIV},
    {"Z21*", NULL, SHIRE_GATE_HIV},
    {"F1?", NULL, SHIRE_GATE_SUBSTANCE_MISUSE},
    {"F1?.*", NULL, SHIRE_GATE_SUBSTANCE_MISUSE},
    {"F1??", NULL, SHIRE_GATE_SUBSTANCE_MISUSE},
    {"T74*", NULL, SHIRE_GATE_DOMESTIC_ABUSE},
    {"O04*", NULL, SHIRE_GATE_TERMINATION},
    {NULL, "360", SHIRE_GATE_SEXUAL_HEALTH},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define WORD_BYTES 64

/* The text in capitals (or small letters), cut to what patterns need. */
static shire_span fold(shire_span text, bool capitals, char buffer[WORD_BYTES]) {
    size_t length = text.length < WORD_BYTES ? text.length : WORD_BYTES;
    for (size_t i = 0; i < length; i++) {
        char letter = text.bytes[i];
        if (capitals && letter >= 'a' && letter <= 'z') {
            letter = (char)(letter - 'a' + 'A');
        } else if (!capitals && letter >= 'A' && letter <= 'Z') {
            letter = (char)(letter - 'A' + 'a');
        }
        buffer[i] = letter;
    }
    return (shire_span){buffer, length};
}

shire_gate_category shire_record_category(const shire_record_care *care) {
    char buffer[WORD_BYTES];
    size_t number = 0;
    shire_span said = shire_span_trim(care->category);
    if (said.length > 0) {
        return shire_gate_parse(SHIRE_GATE_CATEGORIES, said, &number) ? (shire_gate_category)number
                                                                      : SHIRE_GATE_MENTAL_HEALTH;
    }
    shire_span dataset = fold(care->dataset, true, buffer);
    for (size_t i = 0; i < COUNT(datasets); i++) {
        if (shire_text_glob(shire_span_of(datasets[i].pattern), dataset)) {
            return datasets[i].category;
        }
    }
    shire_span body = fold(care->organisation_kind, false, buffer);
    for (size_t i = 0; i < COUNT(bodies); i++) {
        if (shire_text_glob(shire_span_of(bodies[i].pattern), body)) {
            return bodies[i].category;
        }
    }
    return SHIRE_GATE_ACUTE;
}

/* The names between commas. */
static uint32_t read_names(shire_span names) {
    uint32_t bits = 0;
    while (names.length > 0) {
        const char *comma = memchr(names.bytes, ',', names.length);
        size_t length = comma == NULL ? names.length : (size_t)(comma - names.bytes);
        shire_span name = shire_span_trim((shire_span){names.bytes, length});
        size_t number = 0;
        if (name.length > 0) {
            bits |= shire_gate_parse(SHIRE_GATE_SENSITIVITIES, name, &number)
                        ? SHIRE_GATE_BIT(number)
                        : SHIRE_GATE_SENSITIVITY_ALL;
        }
        size_t used = comma == NULL ? length : length + 1;
        names = (shire_span){names.bytes + used, names.length - used};
    }
    return bits;
}

uint32_t shire_record_sensitivity(const shire_record_care *care) {
    char buffer[WORD_BYTES];
    uint32_t bits = read_names(care->sensitivity);
    shire_span code = fold(care->code, true, buffer);
    for (size_t i = 0; i < COUNT(sensitive); i++) {
        if ((sensitive[i].code != NULL &&
             shire_text_glob(shire_span_of(sensitive[i].code), code)) ||
            (sensitive[i].specialty != NULL &&
             shire_span_equal(shire_span_of(sensitive[i].specialty), care->specialty))) {
            bits |= sensitive[i].sensitivity;
        }
    }
    return bits;
}

bool shire_record_is_tenancy(const shire_record_care *care) {
    char buffer[WORD_BYTES];
    return shire_text_glob(shire_span_of("tenanc*"), fold(care->setting, false, buffer));
}
