/*
 * The folder's access/: an account for each role, teams, agreements between the bodies, and who
 * looks after the stroke patient, as `shire access DIR load DIR/access` takes them after a run.
 * There are no passwords in it; those are given with `shire access DIR account password NAME`.
 */
#include "synth/synth_model.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *full_name;
    int body; /* SYNTH_BODY_COUNT: none */
    const char *role;
    const char *team; /* or NULL */
} accounts[] = {
    {"dr.hughes", "Dr Carys Hughes", SYNTH_BODY_HOSPITAL, "clinician", "Stroke unit"},
    {"dr.morgan", "Dr Owen Morgan", SYNTH_BODY_PCT, "clinician", "Community rehabilitation"},
    {"nurse.price", "Rhian Price", SYNTH_BODY_MENTAL, "clinician", "Older people's mental health"},
    {"sw.lewis", "Martha Lewis", SYNTH_BODY_COUNCIL, "social_worker", "Hospital discharge"},
    {"coordinator.evans", "Tom Evans", SYNTH_BODY_PCT, "care_coordinator",
     "Community rehabilitation"},
    {"housing.watkins", "Jean Watkins", SYNTH_BODY_HOUSING, "housing_officer", "Adaptations"},
    {"desk.parry", "Sian Parry", SYNTH_BODY_COUNCIL, "council_officer", NULL},
    {"reception.jones", "Alun Jones", SYNTH_BODY_PCT, "gp_reception", NULL},
    {"analyst.davies", "Nia Davies", SYNTH_BODY_COUNCIL, "cost_analyst", NULL},
    {"finance.powell", "Huw Powell", SYNTH_BODY_PCT, "finance_lead", NULL},
    {"index.thomas", "Beth Thomas", SYNTH_BODY_PCT, "index_officer", NULL},
    {"privacy.bevan", "Gareth Bevan", SYNTH_BODY_COUNCIL, "privacy_officer", NULL},
    {"privacy.rees", "Elin Rees", SYNTH_BODY_HOSPITAL, "privacy_officer", NULL},
    {"admin.roberts", "Megan Roberts", SYNTH_BODY_COUNCIL, "administrator", NULL},
    {"gwendoline.preece", "Gwendoline Preece", SYNTH_BODY_COUNT, "citizen", NULL},
    {"practice.system", "The practices' own system", SYNTH_BODY_PCT, "service", NULL},
};

/* What each body holds besides who somebody is. */
static const char *const held[SYNTH_BODY_COUNT] = {
    [SYNTH_BODY_COUNCIL] = "social_care plan document",
    [SYNTH_BODY_PCT] = "gp community plan document",
    [SYNTH_BODY_HOSPITAL] = "acute plan document",
    [SYNTH_BODY_MENTAL] = "mental_health plan document",
    [SYNTH_BODY_HOUSING] = "housing plan",
};

#define FROM "2024-04-01"

/* The stroke patient by the record of one of the systems that know her. */
static void append_patient(shire_builder *text, const synth_people *people) {
    static const struct {
        synth_system system;
        int body;
        const char *source;
    } known[] = {{SYNTH_HOSPITAL, SYNTH_BODY_HOSPITAL, "pas"}, {SYNTH_GP, SYNTH_BODY_PCT, "gp"}};
    const synth_person *person = &people->persons[SYNTH_STROKE_PERSON];
    size_t i = (person->systems >> known[0].system & 1u) != 0 ? 0 : 1;
    shire_builder_append_format(
        text, "%s/%s/%lld", synth_bodies[known[i].body].code, known[i].source,
        (long long)synth_local_number(known[i].system, SYNTH_STROKE_PERSON, 0));
}

static void append_accounts(shire_builder *text, const synth_people *people) {
    shire_builder_append_text(text, "name,full_name,organisation,role,person\n");
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        bool is_citizen = accounts[i].body == SYNTH_BODY_COUNT;
        shire_builder_append_format(text, "%s,%s,%s,%s,", accounts[i].name, accounts[i].full_name,
                                    is_citizen ? "" : synth_bodies[accounts[i].body].code,
                                    accounts[i].role);
        if (is_citizen) {
            append_patient(text, people);
        }
        shire_builder_append_text(text, "\n");
    }
}

static void append_teams(shire_builder *text, const synth_people *people) {
    (void)people;
    shire_builder_append_text(text, "organisation,team,account,from,until\n");
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        if (accounts[i].team != NULL) {
            shire_builder_append_format(text, "%s,%s,%s," FROM ",\n",
                                        synth_bodies[accounts[i].body].code, accounts[i].team,
                                        accounts[i].name);
        }
    }
}

static void append_agreement(shire_builder *text, int *number, int owner, int recipient,
                             const char *purpose, const char *categories) {
    if (owner != recipient) {
        shire_builder_append_format(text, "%s,%s,%s,%s," FROM ",,ISA-2024-%02d\n",
                                    synth_bodies[owner].code, synth_bodies[recipient].code, purpose,
                                    categories, ++*number);
    }
}

/* For care all share with all what each works with: housing learns who somebody is and the plan.
 * The mental health trust's records go to the hospital and the commissioner, not to the council. */
static void append_agreements(shire_builder *text, const synth_people *people) {
    int number = 0;
    char categories[80];
    (void)people;
    shire_builder_append_text(text, "owner,recipient,purpose,categories,from,until,reference\n");
    for (int owner = 0; owner < SYNTH_BODY_COUNT; owner++) {
        for (int recipient = 0; recipient < SYNTH_BODY_COUNT; recipient++) {
            bool is_apart = recipient == SYNTH_BODY_HOUSING ||
                            (owner == SYNTH_BODY_MENTAL && recipient == SYNTH_BODY_COUNCIL);
            snprintf(categories, sizeof categories, "demographics %s",
                     is_apart ? "plan" : held[owner]);
            append_agreement(text, &number, owner, recipient, "care", categories);
        }
        append_agreement(text, &number, owner, SYNTH_BODY_COUNCIL, "finance", "cost");
        append_agreement(text, &number, owner, SYNTH_BODY_PCT, "finance", "cost");
        append_agreement(text, &number, owner, SYNTH_BODY_PCT, "administration", "demographics");
        append_agreement(text, &number, owner, SYNTH_BODY_COUNCIL, "audit", "demographics");
        snprintf(categories, sizeof categories, "demographics %s cost", held[owner]);
        append_agreement(text, &number, owner, SYNTH_BODY_COUNCIL, "planning", categories);
    }
}

static void append_relationships(shire_builder *text, const synth_people *people) {
    static const struct {
        int body;
        const char *team;
        const char *kind;
        const char *from;
    } looked_after[] = {
        {SYNTH_BODY_HOSPITAL, "Stroke unit", "caseload", "2024-09-09"},
        {SYNTH_BODY_PCT, "Community rehabilitation", "caseload", "2024-09-27"},
        {SYNTH_BODY_COUNCIL, "Hospital discharge", "referral", "2024-09-20"},
        {SYNTH_BODY_HOUSING, "Adaptations", "referral", "2024-10-01"},
    };
    shire_builder_append_text(text, "person,kind,organisation,team,from,until\n");
    for (size_t i = 0; i < sizeof looked_after / sizeof looked_after[0]; i++) {
        append_patient(text, people);
        shire_builder_append_format(text, ",%s,%s,%s,%s,\n", looked_after[i].kind,
                                    synth_bodies[looked_after[i].body].code, looked_after[i].team,
                                    looked_after[i].from);
    }
}

shire_status synth_access_write(const synth_files *files, const synth_people *people,
                                shire_error *error) {
    static const struct {
        const char *name;
        void (*append)(shire_builder *text, const synth_people *people);
    } parts[] = {{"access/accounts.csv", append_accounts},
                 {"access/teams.csv", append_teams},
                 {"access/agreements.csv", append_agreements},
                 {"access/relationships.csv", append_relationships}};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == SHIRE_OK; i++) {
        shire_builder text = {0};
        parts[i].append(&text, people);
        status = text.failed
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write %s", parts[i].name)
                     : synth_file_write(files, parts[i].name, (shire_span){text.bytes, text.length},
                                        error);
        shire_builder_free(&text);
    }
    return status;
}
