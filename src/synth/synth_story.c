/*
 * record/: what the partners of the county wrote together about the stroke patient (a plan in four
 * versions, two alerts), to be loaded by
 * `shire record DIR load`, and what the codes of care mean.
 */
#include "synth/synth_model.h"

#include "synth/synth_currency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- codes ---- */

static int compare_rows(const void *x, const void *y) {
    return strcmp((*(const synth_currency *const *)x)->code,
                  (*(const synth_currency *const *)y)->code);
}

static void append_quoted(shire_builder *text, const char *value) {
    shire_builder_append_text(text, "\"");
    for (const char *at = value; *at != '\0'; at++) {
        shire_builder_append_text(text, *at == '"' ? "\"" : "");
        shire_builder_append(text, (shire_span){at, 1});
    }
    shire_builder_append_text(text, "\"");
}

/* Every currency once, by code; one that is in two tables has one description. */
static shire_status write_codes(const synth_files *files, shire_error *error) {
    shire_builder text = {0};
    size_t most = 0;
    size_t count = 0;
    size_t in_table = 0;
    for (int table = 0; table < SYNTH_CURRENCY_TABLE_COUNT; table++) {
        (void)synth_currency_rows((synth_currency_table)table, &in_table);
        most += in_table;
    }
    const synth_currency **rows = shire_arena_alloc_array(files->arena, most, sizeof *rows);
    if (rows == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write record/codes.csv");
    }
    for (int table = 0; table < SYNTH_CURRENCY_TABLE_COUNT; table++) {
        const synth_currency *of_table =
            synth_currency_rows((synth_currency_table)table, &in_table);
        for (size_t i = 0; i < in_table; i++) {
            rows[count++] = &of_table[i];
        }
    }
    qsort(rows, count, sizeof *rows, compare_rows);
    shire_builder_append_text(&text, "code,description\n");
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(rows[i - 1]->code, rows[i]->code) != 0) {
            append_quoted(&text, rows[i]->code);
            shire_builder_append_text(&text, ",");
            append_quoted(&text, rows[i]->description);
            shire_builder_append_text(&text, "\n");
        }
    }
    shire_status status =
        text.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write record/codes.csv")
                    : synth_file_write(files, "record/codes.csv",
                                       (shire_span){text.bytes, text.length}, error);
    shire_builder_free(&text);
    return status;
}

/* ---- the stroke patient ---- */

/* The plan as each body left it: what of it stands by then. */
typedef struct plan_version {
    const char *made;
    const char *actor;
    const char *organisation;
    const char *why;
    int stage;
} plan_version;

static const plan_version plan_versions[] = {
    {"2024-09-27 16:00", "c.davies", "5CN", "Rehabilitation goals agreed on admission", 0},
    {"2024-10-31 12:30", "h.powell", "E06000019",
     "Assessment at the ward: care package and adaptations ordered", 1},
    {"2024-11-18 15:00", "c.davies", "5CN", "Home with care package and adaptations in place", 2},
    {"2025-01-22 11:15", "h.powell", "E06000019", "Review at home", 3}};

static const char needs[] =
    "\"needs\": [{\"text\": \"Weakness of the right arm and leg after a stroke on 9 September "
    "2024\"}, {\"text\": \"Speech is slow when she is tired\"}, {\"text\": \"Lives alone in a "
    "two-storey house; bathroom upstairs\"}]";
static const char goals[] =
    "\"goals\": [{\"text\": \"Walk to the corner shop with a stick\"}, {\"text\": \"Wash and dress "
    "without help\"}, {\"text\": \"Stay in her own home\"}]";

typedef struct plan_action {
    const char *text;
    const char *organisation;
    const char *team;
    const char *due;
    int from_stage;
    int done_stage; /* 9: not done yet */
} plan_action;

static const plan_action plan_actions[] = {
    {"Physiotherapy and occupational therapy on the ward, five days a week", "5CN",
     "Community hospital therapy", "2024-11-04", 0, 2},
    {"Speech and language therapy, twice a week", "5CN", "Speech and language therapy",
     "2024-12-31", 0, 3},
    {"Home care four times a day", "E06000019", "Adult social care", "2024-11-18", 1, 2},
    {"Level-access shower", "E06000019", "Home adaptations", "2024-11-15", 1, 2},
    {"Stairlift", "E06000019", "Home adaptations", "2024-11-16", 1, 2},
    {"Carpentry and wiring for the adaptations", "WLHA", "Repairs", "2024-11-13", 1, 2},
    {"Therapy at home, three times a week for twelve weeks", "5CN",
     "Community neuro-rehabilitation", "2025-02-10", 2, 9},
    {"Blood pressure and medicines reviewed", "5CN", "General practice", "2024-12-05", 2, 3},
    {"Outpatient review of the stroke", "RLQ", "Stroke team", "2025-01-16", 1, 3},
    {"Lower home care to two calls a day", "E06000019", "Adult social care", "2025-01-17", 3, 3}};

static void append_plan(shire_builder *text, int stage) {
    bool is_first = true;
    shire_builder_append_format(text, "{\"title\": \"Home after a stroke\", %s, %s, \"actions\": [",
                                needs, goals);
    for (size_t i = 0; i < sizeof plan_actions / sizeof plan_actions[0]; i++) {
        const plan_action *action = &plan_actions[i];
        if (action->from_stage <= stage) {
            shire_builder_append_format(
                text,
                "%s{\"text\": \"%s\", \"owner\": {\"organisation\": \"%s\", \"team\": \"%s\"}, "
                "\"due\": \"%s\", \"status\": \"%s\"}",
                is_first ? "" : ", ", action->text, action->organisation, action->team, action->due,
                action->done_stage <= stage  ? "done"
                : action->from_stage < stage ? "under_way"
                                             : "planned");
            is_first = false;
        }
    }
    shire_builder_append_text(text, "], \"reviews\": [");
    if (stage >= 3) {
        shire_builder_append_text(
            text,
            "{\"on\": \"2025-01-22\", \"by\": \"Social worker and therapist\", \"text\": "
            "\"Walks indoors without help, outside with a stick. Washes by herself in the new "
            "shower. Two calls a day are enough.\"}");
    }
    shire_builder_append_format(text, "], \"next_review\": \"%s\"}",
                                stage >= 3 ? "2025-07-22" : "2025-01-22");
}

static void append_person(shire_builder *text, synth_system system, const char *organisation,
                          const char *source) {
    shire_builder_append_format(
        text, "\"person\": {\"organisation\": \"%s\", \"source\": \"%s\", \"local_id\": \"%lld\"}",
        organisation, source, (long long)synth_local_number(system, SYNTH_STROKE_PERSON, 0));
}

static void append_alert(shire_builder *text, const char *name, const char *organisation,
                         const char *made, const char *actor, const char *body) {
    shire_builder_append_format(text, ",\n{\"name\": \"%s\", ", name);
    append_person(text, SYNTH_COMMUNITY, "5CN", "community");
    shire_builder_append_format(text,
                                ", \"kind\": \"alert\", \"organisation\": \"%s\", \"versions\": "
                                "[{\"made\": \"%s\", \"actor\": \"%s\", \"organisation\": \"%s\", "
                                "\"why\": \"For everybody who visits\", \"body\": %s}]}",
                                organisation, made, actor, organisation, body);
}

static shire_status write_story(const synth_files *files, shire_error *error) {
    shire_builder text = {0};
    shire_builder_append_text(&text, "[{\"name\": \"home-after-a-stroke\", ");
    append_person(&text, SYNTH_COMMUNITY, "5CN", "community");
    shire_builder_append_text(&text,
                              ", \"kind\": \"plan\", \"organisation\": \"5CN\", \"versions\": [");
    for (size_t i = 0; i < sizeof plan_versions / sizeof plan_versions[0]; i++) {
        const plan_version *version = &plan_versions[i];
        shire_builder_append_format(&text,
                                    "%s\n  {\"made\": \"%s\", \"actor\": \"%s\", \"organisation\": "
                                    "\"%s\", \"why\": \"%s\", \"body\": ",
                                    i == 0 ? "" : ",", version->made, version->actor,
                                    version->organisation, version->why);
        append_plan(&text, version->stage);
        shire_builder_append_text(&text, "}");
    }
    shire_builder_append_text(&text, "]}");
    append_alert(&text, "key-safe", "E06000019", "2024-11-18 15:10", "h.powell",
                 "{\"text\": \"Key safe by the side door; ask the home care office for the code\", "
                 "\"kind\": \"access\", \"from\": \"2024-11-18\", \"owner\": {\"organisation\": "
                 "\"E06000019\", \"team\": \"Adult social care\"}}");
    append_alert(&text, "falls", "5CN", "2024-11-18 15:20", "c.davies",
                 "{\"text\": \"Risk of falls: two people for the stairs until the stairlift is "
                 "used safely\", \"kind\": \"risk\", \"from\": \"2024-11-18\", \"until\": "
                 "\"2025-02-10\", \"owner\": {\"organisation\": \"5CN\", \"team\": \"Community "
                 "neuro-rehabilitation\"}}");
    shire_builder_append_text(&text, "]\n");
    shire_status status =
        text.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write record/items.json")
                    : synth_file_write(files, "record/items.json",
                                       (shire_span){text.bytes, text.length}, error);
    shire_builder_free(&text);
    return status;
}

shire_status synth_story_write(const synth_files *files, shire_error *error) {
    shire_status status = write_codes(files, error);
    return status == SHIRE_OK ? write_story(files, error) : status;
}
