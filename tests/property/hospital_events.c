/* The engine's last two steps: activity becomes weighed events, accounts go to them by weight. */
#include "hospital.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The sheets of activity, each with the prefix by which conditions name its columns. */
enum { EMERGENCY, INPATIENT, LOCATION, THEATRE, CLINIC, ED_IN, ED_OUT, IN, OUT, SHEETS };
static const char *const sheet_names[SHEETS] = {
    "ED_episode_details",    "Inpat_episode_details",   "Inpat_patient_location",
    "Inpat_theatre_details", "Clinic_activity_details", "ED_admissions",
    "ED_discharges",         "Inpat_admissions",        "Inpat_discharges"};
static const char *const sheet_prefixes[4] = {"ed_episode_details.", "inpat_episode_details.",
                                              "inpat_patient_location.", "inpat_theatre_details."};

typedef struct activity {
    shire_csv sheets[SHEETS];
    /* the row of each sheet that a condition is about, or row_count: no such row */
    size_t rows[SHEETS];
} activity;

/* ---- conditions: TABLE.COLUMN = "X", in ("X", ...), not in (...), joined by and, or ---- */

typedef struct condition {
    const char *at;
    const activity *of;
} condition;

static bool take(condition *text, const char *word) {
    size_t length = strlen(word);
    while (*text->at == ' ') {
        text->at++;
    }
    if (strncmp(text->at, word, length) != 0) {
        return false;
    }
    text->at += length;
    return true;
}

static void need(condition *text, const char *word) {
    if (!take(text, word)) {
        fail_msg("'%s' is due in a condition at '%s'", word, text->at);
    }
}

static bool take_value(condition *text, const char *value) {
    need(text, "\"");
    const char *end = strchr(text->at, '"');
    assert_non_null(end);
    size_t length = (size_t)(end - text->at);
    bool same = strlen(value) == length && memcmp(value, text->at, length) == 0;
    text->at = end + 1;
    return same;
}

/* As in SQL, nothing is true of an empty cell. */
static bool take_comparison(condition *text) {
    char column[64];
    size_t length = 0;
    const char *value = NULL;
    bool holds = false;
    for (int sheet = 0; sheet < 4 && value == NULL; sheet++) {
        if (take(text, sheet_prefixes[sheet])) {
            for (; isalnum((unsigned char)*text->at) || *text->at == '_'; text->at++) {
                assert_true(length + 1 < sizeof(column));
                column[length++] = *text->at;
            }
            column[length] = '\0';
            size_t row = text->of->rows[sheet];
            value = row < text->of->sheets[sheet].row_count
                        ? hospital_cell(&text->of->sheets[sheet], row, column)
                        : "";
        }
    }
    assert_non_null(value);
    if (take(text, "=")) {
        return take_value(text, value) && *value != '\0';
    }
    bool negated = take(text, "not");
    need(text, "in");
    need(text, "(");
    do {
        holds |= take_value(text, value);
    } while (take(text, ","));
    need(text, ")");
    return holds != negated && *value != '\0';
}

/* No condition of the model mixes the two words, so that neither binds closer here. */
static bool take_condition(condition *text) {
    bool bracketed = take(text, "(");
    bool holds = take_comparison(text);
    for (;;) {
        if (take(text, "and")) {
            holds = take_comparison(text) && holds;
        } else if (take(text, "or")) {
            holds = take_comparison(text) || holds;
        } else {
            break;
        }
    }
    if (bracketed) {
        need(text, ")");
    }
    return holds;
}

static bool fits(const activity *of, const char *where) {
    condition text = {.at = where, .of = of};
    bool holds = *where == '\0' || take_condition(&text);
    assert_true(take(&text, "") && *text.at == '\0');
    return holds;
}

/* ---- events ---- */

static int compare_episodes(const void *a, const void *b) {
    return strcmp(((const hospital_episode *)a)->key, ((const hospital_episode *)b)->key);
}

size_t hospital_episode_of(const hospital *of, const char *service, const char *number) {
    hospital_episode key;
    snprintf(key.key, sizeof(key.key), "%s %s", service, number);
    const hospital_episode *found =
        bsearch(&key, of->episodes, of->episode_count, sizeof(key), compare_episodes);
    return found == NULL ? of->episode_count : (size_t)(found - of->episodes);
}

static void add_event(hospital *of, const char *code, size_t episode, const mpq_t weight) {
    size_t at = 0;
    assert_true(episode < of->episode_count);
    while (at < of->code_count && strcmp(of->codes[at], code) != 0) {
        at++;
    }
    if (at == of->code_count) {
        assert_true(of->code_count < HOSPITAL_CODES);
        of->codes[of->code_count++] = code;
    }
    if (of->event_count == of->event_capacity) {
        of->event_capacity = of->event_capacity * 2 + 1024;
        of->events = realloc(of->events, of->event_capacity * sizeof(*of->events));
        assert_non_null(of->events);
    }
    hospital_event *event = &of->events[of->event_count++];
    event->code = at;
    event->episode = episode;
    mpq_init(event->weight);
    mpq_set(event->weight, weight);
    mpq_add(of->code_weights[at], of->code_weights[at], weight);
}

/* Adds to the event of that episode among those from `first` on, which are all of one code, or adds
 * one: how the engine sums the rows of an episode. */
static void add_to_event(hospital *of, size_t first, const char *code, size_t episode,
                         const mpq_t weight) {
    for (size_t i = first; i < of->event_count; i++) {
        hospital_event *event = &of->events[i];
        if (event->episode == episode) {
            mpq_add(event->weight, event->weight, weight);
            mpq_add(of->code_weights[event->code], of->code_weights[event->code], weight);
            return;
        }
    }
    add_event(of, code, episode, weight);
}

/* One row of event_attributes. */
typedef struct attribute {
    const char *code;
    const char *subroutine;
    const char *where;
    mpq_t base;
    mpq_t weight;
    mpq_t scaling;
} attribute;

/* adj(a, s) = s >= 1: a < 1 -> 1 - (1 - a) / s, else a s; s < 1: 1 + (a - 1) s. */
static void scale_acuity(mpq_t acuity, const mpq_t scaling) {
    mpq_t one;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    if (mpq_cmp(scaling, one) >= 0 && mpq_cmp(acuity, one) >= 0) {
        mpq_mul(acuity, acuity, scaling);
    } else {
        mpq_sub(acuity, acuity, one);
        if (mpq_cmp(scaling, one) >= 0) {
            mpq_div(acuity, acuity, scaling);
        } else {
            mpq_mul(acuity, acuity, scaling);
        }
        mpq_add(acuity, acuity, one);
    }
    mpq_clear(one);
}

/* (base + measure * acuity) * weight, or (base + acuity) * weight without a measure. */
static void weigh(const attribute *by, const shire_csv *measured, size_t row, const char *measure,
                  const shire_csv *acute, size_t acute_row, const char *acuity, bool scaled,
                  mpq_t weight) {
    mpq_t number;
    mpq_init(number);
    hospital_number(acute, acute_row, acuity, weight);
    if (scaled) {
        scale_acuity(weight, by->scaling);
    }
    if (measure != NULL) {
        hospital_number(measured, row, measure, number);
        mpq_mul(weight, weight, number);
    }
    mpq_add(weight, weight, by->base);
    mpq_mul(weight, weight, by->weight);
    mpq_clear(number);
}

/* ward... stands for a code for each ward, clinic... for one for each clinic. */
static const char *code_for(hospital *of, const attribute *by, const char *place) {
    size_t prefix = hospital_has_prefix(by->code, "ward")     ? strlen("ward")
                    : hospital_has_prefix(by->code, "clinic") ? strlen("clinic")
                                                              : 0;
    return prefix == 0 ? by->code : shire_arena_format(of->arena, "%s%s", place, by->code + prefix);
}

/* The episode's row of Inpat_episode_details. */
static size_t inpatient_row(const activity *of, const char *episode) {
    const shire_csv *sheet = &of->sheets[INPATIENT];
    for (size_t row = 0; row < sheet->row_count; row++) {
        if (strcmp(hospital_cell(sheet, row, "episode_no"), episode) == 0) {
            return row;
        }
    }
    return sheet->row_count;
}

/* The rows of `sheet` that fit, `acute` with their acuity (1 without its column): an event for
 * each, with `place` the ward or clinic, or one for each episode, where the model has no base to
 * add. */
static void add_rows(hospital *of, activity *on, const attribute *by, int sheet,
                     const char *service, const char *measure, int acute, const char *acuity,
                     const char *place, bool scaled, bool summed) {
    const shire_csv *rows = &on->sheets[sheet];
    size_t first = of->event_count;
    mpq_t weight;
    mpq_init(weight);
    assert_true(!summed || mpq_sgn(by->base) == 0);
    for (int i = 0; i < SHEETS; i++) {
        on->rows[i] = on->sheets[i].row_count;
    }
    for (size_t row = 0; row < rows->row_count; row++) {
        const char *episode = hospital_cell(rows, row, "episode_no");
        on->rows[INPATIENT] = inpatient_row(on, episode);
        on->rows[sheet] = row;
        bool counted = acuity == NULL;
        if ((!counted && on->rows[acute] == on->sheets[acute].row_count) || !fits(on, by->where)) {
            continue;
        }
        if (counted) {
            mpq_set_ui(weight, 1, 1);
        } else {
            weigh(by, rows, row, measure, &on->sheets[acute], on->rows[acute], acuity, scaled,
                  weight);
        }
        const char *code = code_for(of, by, place == NULL ? "" : hospital_cell(rows, row, place));
        size_t number = hospital_episode_of(of, service, episode);
        if (summed) {
            add_to_event(of, first, code, number, weight);
        } else {
            add_event(of, code, number, weight);
        }
    }
    mpq_clear(weight);
}

static void add_same_day(hospital *of, activity *on, const attribute *by) {
    const shire_csv *rows = &on->sheets[INPATIENT];
    mpq_t weight;
    mpq_init(weight);
    for (size_t row = 0; row < rows->row_count; row++) {
        on->rows[LOCATION] = on->sheets[LOCATION].row_count;
        on->rows[INPATIENT] = row;
        if (strcmp(hospital_cell(rows, row, "same_day"), "1") == 0 && fits(on, by->where)) {
            weigh(by, rows, row, NULL, rows, row, "acuity", true, weight);
            add_event(of, code_for(of, by, hospital_cell(rows, row, "admitting_ward_code")),
                      hospital_episode_of(of, "Inpat", hospital_cell(rows, row, "episode_no")),
                      weight);
        }
    }
    mpq_clear(weight);
}

static void add_attribute(hospital *of, activity *on, const attribute *by) {
    const char *name = by->subroutine;
    bool by_ward = hospital_has_prefix(by->code, "ward");
    bool by_clinic = hospital_has_prefix(by->code, "clinic");
    if (strcmp(name, "EDadmissions") == 0 || strcmp(name, "EDdischarges") == 0) {
        add_rows(of, on, by, name[2] == 'a' ? ED_IN : ED_OUT, "ED", NULL, 0, NULL, NULL, false,
                 false);
    } else if (hospital_has_prefix(name, "ED")) {
        const char *measure = strcmp(name, "EDattendmin") == 0 ? "attend_min"
                              : strcmp(name, "EDseenmin") == 0 ? "seen_min"
                                                               : "treat_min";
        add_rows(of, on, by, EMERGENCY, "ED", measure, EMERGENCY, "acuity", NULL, true, false);
    } else if (strcmp(name, "opclinicmin") == 0) {
        add_rows(of, on, by, CLINIC, "Clinic", "attend_min", CLINIC, "acuity", "clinic_code",
                 by_clinic, !by_clinic);
    } else if (strcmp(name, "ipadmissions") == 0 || strcmp(name, "ipdischarges") == 0) {
        add_rows(of, on, by, name[2] == 'a' ? IN : OUT, "Inpat", NULL, INPATIENT, "acuity", NULL,
                 true, false);
    } else if (strcmp(name, "ipwardbdays") == 0 || strcmp(name, "ipwardbhrs") == 0) {
        const char *measure = strcmp(name, "ipwardbdays") == 0 ? "ward_days" : "ward_hours";
        add_rows(of, on, by, LOCATION, "Inpat", measure, LOCATION, "acuity", "ward_code", by_ward,
                 !by_ward);
    } else if (strcmp(name, "ipwardsday") == 0) {
        add_same_day(of, on, by);
    } else {
        bool anaesthetic = strcmp(name, "anaesthmin") == 0;
        assert_true(anaesthetic || strcmp(name, "theatremin") == 0);
        add_rows(of, on, by, THEATRE, "Inpat", anaesthetic ? "anaesthetic_mins" : "theatre_mins",
                 THEATRE, "theatre_acuity", NULL, false, false);
    }
}

/* Calls for each item of each feeder; `cost` is whether its amount is the cost itself. */
static void each_item(hospital *of, void (*act)(hospital *of, const char *feeder, bool cost,
                                                size_t episode, const mpq_t amount)) {
    shire_csv index = hospital_sheet(of, "Jun97HospitalCostsAndAdjustments__itemized_costs");
    shire_csv feeders = hospital_sheet(of, "hospital1__feeders");
    for (size_t row = 0; row < index.row_count; row++) {
        const char *feeder = hospital_cell(&index, row, "feeder_code");
        char *name = shire_arena_format(of->arena, "Jun97HospitalCostsAndAdjustments__%s",
                                        hospital_cell(&index, row, "worksheet"));
        bool cost = false;
        for (char *at = name; *at != '\0'; at++) {
            *at = *at == ' ' ? '_' : *at;
        }
        for (size_t i = 0; i < feeders.row_count; i++) {
            cost |= strcmp(hospital_cell(&feeders, i, "feeder_code"), feeder) == 0 &&
                    strcmp(hospital_cell(&feeders, i, "feeder_type_code"), "C") == 0;
        }
        shire_csv items = hospital_sheet(of, name);
        mpq_t amount;
        mpq_init(amount);
        for (size_t i = 0; i < items.row_count; i++) {
            size_t episode = hospital_episode_of(of, hospital_cell(&items, i, "service_code"),
                                                 hospital_cell(&items, i, "episode_no"));
            hospital_number(&items, i, "amount", amount);
            act(of, feeder, cost, episode, amount);
        }
        mpq_clear(amount);
    }
}

static void add_item_event(hospital *of, const char *feeder, bool cost, size_t episode,
                           const mpq_t amount) {
    (void)cost;
    add_event(of, feeder, episode, amount);
}

static void add_item_cost(hospital *of, const char *feeder, bool cost, size_t episode,
                          const mpq_t amount) {
    (void)feeder;
    if (cost) {
        mpq_add(of->episodes[episode].cost, of->episodes[episode].cost, amount);
    }
}

static void find_episodes(hospital *of, const activity *on) {
    static const struct {
        int sheet;
        const char *service;
    } services[] = {{EMERGENCY, "ED"}, {INPATIENT, "Inpat"}, {CLINIC, "Clinic"}};
    size_t capacity = on->sheets[EMERGENCY].row_count + on->sheets[INPATIENT].row_count +
                      on->sheets[CLINIC].row_count;
    of->episodes = calloc(capacity, sizeof(*of->episodes));
    assert_non_null(of->episodes);
    for (size_t i = 0; i < 3; i++) {
        const shire_csv *sheet = &on->sheets[services[i].sheet];
        for (size_t row = 0; row < sheet->row_count; row++) {
            hospital_episode *episode = &of->episodes[of->episode_count++];
            snprintf(episode->key, sizeof(episode->key), "%s %s", services[i].service,
                     hospital_cell(sheet, row, "episode_no"));
            mpq_init(episode->cost);
        }
    }
    qsort(of->episodes, of->episode_count, sizeof(*of->episodes), compare_episodes);
}

void hospital_build_events(hospital *of) {
    shire_csv attributes = hospital_sheet(of, "model1__event_attributes");
    activity on;
    attribute by;
    mpq_inits(by.base, by.weight, by.scaling, NULL);
    for (int i = 0; i < SHEETS; i++) {
        on.sheets[i] = hospital_sheet(
            of, shire_arena_format(of->arena, "Jun97PatientActivity__%s", sheet_names[i]));
        on.rows[i] = on.sheets[i].row_count;
    }
    find_episodes(of, &on);
    for (size_t row = 0; row < attributes.row_count; row++) {
        by.code = hospital_cell(&attributes, row, "event_code");
        by.subroutine = hospital_cell(&attributes, row, "event_subroutine_name");
        by.where = hospital_cell(&attributes, row, "event_where");
        hospital_number(&attributes, row, "event_attribute_base", by.base);
        hospital_number(&attributes, row, "event_attribute_weight", by.weight);
        hospital_number(&attributes, row, "event_acuity_scaling", by.scaling);
        add_attribute(of, &on, &by);
    }
    each_item(of, add_item_event);
    mpq_clears(by.base, by.weight, by.scaling, NULL);
}

/* ---- costs to events ---- */

void hospital_distribute(hospital *of) {
    shire_csv rules = hospital_sheet(of, "model1__general_ledger_distribution");
    shire_csv models = hospital_sheet(of, "model1__feeder_model");
    mpq_t *rates = calloc(of->code_count, sizeof(*rates)); /* pounds for a weight of one */
    mpq_t part;
    assert_non_null(rates);
    mpq_init(part);
    for (size_t code = 0; code < of->code_count; code++) {
        mpq_init(rates[code]);
    }
    each_item(of, add_item_cost);
    for (size_t row = 0; row < rules.row_count; row++) {
        hospital_account *account =
            hospital_account_of(&of->ledger, hospital_cell(&rules, row, "department_code"),
                                hospital_cell(&rules, row, "cost_type_code"));
        size_t code = 0;
        while (code < of->code_count &&
               strcmp(of->codes[code], hospital_cell(&rules, row, "distribution_code")) != 0) {
            code++;
        }
        if (account == NULL) {
            continue;
        }
        assert_true(code < of->code_count && mpq_sgn(of->code_weights[code]) != 0);
        hospital_number(&rules, row, "distribution_fraction", part);
        mpq_mul(part, part, account->cost);
        mpq_div(part, part, of->code_weights[code]);
        mpq_add(rates[code], rates[code], part);
    }
    for (size_t i = 0; i < of->event_count; i++) {
        mpq_ptr cost = of->episodes[of->events[i].episode].cost;
        mpq_mul(part, rates[of->events[i].code], of->events[i].weight);
        mpq_add(cost, cost, part);
    }
    /* What no rule and no cost feeder took is left. */
    for (size_t i = 0; i < of->ledger.count; i++) {
        const hospital_account *account = &of->ledger.accounts[i];
        bool taken = !account->there;
        for (size_t row = 0; row < rules.row_count; row++) {
            taken |=
                strcmp(hospital_cell(&rules, row, "department_code"), account->department) == 0 &&
                strcmp(hospital_cell(&rules, row, "cost_type_code"), account->kind) == 0;
        }
        for (size_t row = 0; row < models.row_count; row++) {
            taken |= strcmp(hospital_cell(&models, row, "new_department_code"),
                            account->department) == 0 &&
                     strcmp(hospital_cell(&models, row, "new_cost_type_code"), account->kind) == 0;
        }
        if (!taken) {
            mpq_add(of->undistributed, of->undistributed, account->cost);
        }
    }
    for (size_t code = 0; code < of->code_count; code++) {
        mpq_clear(rates[code]);
    }
    free(rates);
    mpq_clear(part);
}

void hospital_begin(hospital *of, const char *dir) {
    memset(of, 0, sizeof(*of));
    assert_int_equal(shire_arena_new("hospital", 0, &of->arena, NULL), SHIRE_OK);
    of->dir = dir;
    mpq_inits(of->undistributed, of->dropped, NULL);
    for (size_t i = 0; i < HOSPITAL_CODES; i++) {
        mpq_init(of->code_weights[i]);
    }
}

void hospital_end(hospital *of) {
    for (size_t i = 0; i < of->ledger.count; i++) {
        mpq_clear(of->ledger.accounts[i].cost);
    }
    for (size_t i = 0; i < HOSPITAL_CODES; i++) {
        mpq_clear(of->code_weights[i]);
    }
    for (size_t i = 0; i < of->event_count; i++) {
        mpq_clear(of->events[i].weight);
    }
    for (size_t i = 0; i < of->episode_count; i++) {
        mpq_clear(of->episodes[i].cost);
    }
    mpq_clears(of->undistributed, of->dropped, NULL);
    free(of->events);
    free(of->episodes);
    shire_arena_free(of->arena);
}
