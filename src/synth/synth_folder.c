/*
 * The texts of the folder: settings, organisations and their successions, extracts, and the READMEs
 * that say what is in it, what is wrong on purpose, and which ids to try with explain.
 */
#include "synth/synth_model.h"
#include "synth/synth_name.h"

#include "core/nhs_number.h"

#include <stdio.h>

#include "synth/synth_extracts.inc"

static void append_settings(shire_builder *text, const synth_people *people) {
    shire_builder_append_text(text, "name: Herefordshire (synthetic)\nfinancial_year: 2024\n");
    shire_builder_append_format(text, "population: %zu\n", people->person_count);
    shire_builder_append_text(text, "truth: truth/person_truth.csv\n");
}

static void append_organisations(shire_builder *text) {
    shire_builder_append_text(text, "code,name,kind,opened,closed\n");
    for (int i = 0; i < SYNTH_BODY_COUNT; i++) {
        shire_builder_append_format(text, "%s,\"%s\",%s,%s,\n", synth_bodies[i].code,
                                    synth_bodies[i].name, synth_bodies[i].kind,
                                    synth_bodies[i].opened);
    }
    /* Those that came before: districts until 1998, the health authority until 2002. */
    shire_builder_append_text(text, "47UC,Hereford City Council,council,1974-04-01,1998-03-31\n"
                                    "47UD,Leominster District Council,council,1974-04-01,"
                                    "1998-03-31\n"
                                    "47UF,South Herefordshire District Council,council,"
                                    "1974-04-01,1998-03-31\n"
                                    "QD8,Herefordshire Health Authority,commissioner,"
                                    "1996-04-01,2002-09-30\n");
}

static const char successions[] = "predecessor,successor,on,share\n"
                                  "47UC,E06000019,1998-04-01,1\n"
                                  "47UD,E06000019,1998-04-01,1\n"
                                  "47UF,E06000019,1998-04-01,1\n"
                                  "QD8,5CN,2002-10-01,1\n";

static const char truth_readme[] =
    "# Truth\n\n"
    "`person_truth.csv` says which records are of one person: organisation, source, local_id, "
    "person.\nIt is known because the people are made up. Linkage is measured against it and "
    "never reads it.\nRecords that are bad on purpose (surname Testcase) are nobody's and not in "
    "it.\n";

static void append_readme(shire_builder *text, const synth_people *people) {
    const synth_person *person = &people->persons[SYNTH_STROKE_PERSON];
    char nhs[16];
    snprintf(nhs, sizeof nhs, "%09u", person->nhs_nine);
    snprintf(nhs + 9, sizeof nhs - 9, "%d", shire_nhs_number_check_digit(nhs));
    shire_builder_append_format(
        text,
        "# Herefordshire, synthetic\n\n"
        "Made by `shire synth DIR --people %zu --seed %llu`. Nobody in it is real: names are drawn "
        "from lists,\nNHS numbers are of the test range 999, telephone numbers of the unused code "
        "01632, e-mail addresses of\nexample domains. Same people and seed, same bytes.\n\n",
        people->person_count, (unsigned long long)people->seed);
    shire_builder_append_text(
        text, "## What is in it\n"
              "- `extracts/`: one SELECT for each table that a body sends; `data/`: the files they "
              "read.\n"
              "- `costing/`: the costing model. The hospital's support costs are reciprocal, the "
              "council's and the\n  mental health trust's step down, the primary care trust's and "
              "the housing association's direct.\n"
              "- `access/`: accounts, teams, agreements (`shire access DIR load DIR/access`).\n"
              "- `directory/`: services that the bodies offer to the public.\n"
              "- `truth/`: which records are of one person.\n\n"
              "Ledgers, at 180,000 people (in proportion for fewer):\n\n"
              "| body | code | pounds |\n|---|---|---|\n");
    for (int i = 0; i < SYNTH_BODY_COUNT; i++) {
        shire_builder_append_format(text, "| %s | %s | %lld.00 |\n", synth_bodies[i].name,
                                    synth_bodies[i].code,
                                    (long long)synth_bodies[i].total_pence / 100);
    }
    shire_builder_append_text(
        text,
        "\nThe ledgers hold expenditure and the income that is earned beside care; what "
        "commissioners pay to\nproviders stands in the commissioner's ledger alone and is "
        "excluded there, as the provider's ledger\nholds the cost. Unit costs follow the "
        "National Cost Collection 2024/25 (Open Government Licence v3.0).\n\n"
        "## The stroke patient\n"
        "Gwendoline Preece, 80: emergency department and stroke unit on 9 September 2024 (AA35A), "
        "community\nhospital rehabilitation from 27 September, ready for home on 4 November, home "
        "on 18 November when a\ncare package, a level-access shower and a stairlift were there. In "
        "`truth/` she is `stroke-patient`. Her records:\n\n"
        "| system | organisation | local_id |\n|---|---|---|\n");
    static const char *const systems[SYNTH_SYSTEM_COUNT] = {
        "general practice", "hospital", "community", "", "social care", "housing"};
    static const char *const codes[SYNTH_SYSTEM_COUNT] = {"5CN", "RLQ",       "5CN",
                                                          "",    "E06000019", "WLHA"};
    for (int i = 0; i < SYNTH_SYSTEM_COUNT; i++) {
        if (person->systems >> i & 1u) {
            shire_builder_append_format(
                text, "| %s | %s | %lld |\n", systems[i], codes[i],
                (long long)synth_local_number((synth_system)i, SYNTH_STROKE_PERSON, 0));
        }
    }
    shire_builder_append_format(
        text,
        "\nHer NHS number is %s; social care and housing do not hold it, and spell her name "
        "otherwise.\nHer person id is that of this number in the warehouse's table `person` "
        "(`shire explain DIR person ID`).\nEvents to try with `shire explain DIR event ID`: "
        "%lld (stroke unit), %lld (rehabilitation).\n\n",
        nhs, (long long)SYNTH_STROKE_SPELL, (long long)SYNTH_STROKE_STAY);
    shire_builder_append_text(
        text,
        "## What is wrong on purpose\n"
        "- Records: typing errors, familiar names, swapped names, wrong and missing NHS numbers, "
        "default\n  birthdays, old addresses and surnames, and a second record for one person in "
        "fifty, at the rates of\n  `src/synth/synth_parameters.h`. NHS numbers that are not valid "
        "show as findings.\n"
        "- Patients called Testcase: impossible dates, two people under one number, a missing "
        "number.\n"
        "- Single rows at the ends of `hospital_spells`, `hospital_ward_stays`, "
        "`hospital_devices`,\n  `community_hospital_stays`, `placements` and "
        "`social_work_contacts`: dates that do not exist, people and\n  spells that nobody knows, "
        "an end before the start, one number twice, an unknown\n  body, a price that is no "
        "number.\n"
        "- About two in a hundred pathology and pharmacy items lie outside every event and stay "
        "unmatched.\n"
        "- 1,234.56 in the hospital's suspense account, which no rule of the ledger map fits.\n"
        "- Files as they come: Windows-1252 and CRLF (`housing_people.csv`), a byte-order mark\n"
        "  (`social_care_people.csv`), amounts like \"1,234.56\" and \"(12.00)\" "
        "(`ledger_council.csv`).\n");
}

static shire_status write_text(const synth_files *files, const char *name, shire_builder *text,
                               shire_error *error) {
    if (text->failed) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write %s", name);
    }
    shire_status status =
        synth_file_write(files, name, (shire_span){text->bytes, text->length}, error);
    shire_builder_clear(text);
    return status;
}

shire_status synth_folder_write(const synth_files *files, const synth_people *people,
                                shire_error *error) {
    shire_builder text = {0};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof extract_rows / sizeof extract_rows[0] && status == SHIRE_OK;
         i++) {
        status = synth_file_write(files, extract_rows[i].name, shire_span_of(extract_rows[i].sql),
                                  error);
    }
    if (status == SHIRE_OK) {
        status = synth_file_write(files, "successions.csv", shire_span_of(successions), error);
    }
    if (status == SHIRE_OK) {
        status = synth_file_write(files, "truth/README.md", shire_span_of(truth_readme), error);
    }
    if (status == SHIRE_OK) {
        append_organisations(&text);
        status = write_text(files, "organisations.csv", &text, error);
    }
    if (status == SHIRE_OK) {
        append_readme(&text, people);
        status = write_text(files, "README.md", &text, error);
    }
    if (status == SHIRE_OK) {
        append_settings(&text, people);
        status = write_text(files, "partnership.yaml", &text, error);
    }
    shire_builder_free(&text);
    return status;
}
