/*
 * shire link explain DIR pair A B, shire link explain DIR person ID: prints the explanations of
 * link/link_explain.h. Weights are printed in thousandths of a bit from whole numbers, so that the
 * parts sum to the weight as printed. The warehouse is only read.
 */
#include "cli/cli_link_explain.h"

#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "core/parallel.h"
#include "io/json.h"
#include "link/link_explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct explain_call {
    const char *dir;
    const char *kind;
    const char *names[2];
    size_t name_count;
    bool json;
    bool with_values;
    int thread_count;
} explain_call;

static void print_help(void) {
    puts(
        "Usage: shire link explain DIR pair A B   [--values] [--json] [--threads N]\n"
        "       shire link explain DIR person ID  [--values] [--json] [--threads N]\n"
        "\n"
        "Shows why two records of the last run are one person or are not, or what holds a person\n"
        "together. A and B are records, ORGANISATION/SOURCE/local_id; ID is a person_id or one of\n"
        "the person's records.\n"
        "\n"
        "A weight is in bits: log2 of the odds that two records are of one person; 0 is even "
        "odds,\n"
        "10 is a thousand to one. For each field it shows how the values agree, how often one\n"
        "person's records agree so (m), how often two strangers' do (u), what that weighs, and\n"
        "what the rarity of the value adds. The parts sum to the weight exactly. Keys are what "
        "the\n"
        "two share, with the number of records that share it.\n"
        "\n"
        "  --values     show the values compared as well: personal data\n"
        "  --json       one JSON object; weights as exact decimals\n"
        "  --threads N  use N threads (default: all processors)\n"
        "\n"
        "Exit status: 0 done; 2 no such record, person or partnership; 1 failed.");
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, explain_call *call) {
    const char *words[4] = {0};
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        long long number = 0;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
        if (strcmp(argv[i], "--json") == 0) {
            call->json = true;
        } else if (strcmp(argv[i], "--values") == 0) {
            call->with_values = true;
        } else if (strcmp(argv[i], "--threads") == 0) {
            if (i + 1 == argc) {
                return shire_cli_usage("link explain", "--threads needs a number");
            }
            if (!shire_cli_parse_number("link explain", "--threads", argv[++i], 1, 1024, &number)) {
                return shire_status_exit_code(SHIRE_INVALID);
            }
            call->thread_count = (int)number;
        } else if (count == 4 || strncmp(argv[i], "--", 2) == 0) {
            return shire_cli_usage("link explain", "there is an argument too many or unknown");
        } else {
            words[count++] = argv[i];
        }
    }
    call->dir = words[0];
    call->kind = words[1];
    call->names[0] = words[2];
    call->names[1] = words[3];
    bool is_pair = count > 1 && strcmp(words[1], "pair") == 0;
    if (!is_pair && (count < 2 || strcmp(words[1], "person") != 0)) {
        return shire_cli_usage("link explain", "name the partnership folder, then pair or person");
    }
    if (count != (is_pair ? 4U : 3U)) {
        return shire_cli_usage("link explain",
                               is_pair ? "a pair is two records" : "give one person");
    }
    return -1;
}

/* ---- for people ---- */

/* "-12.345"; what is 0 has no sign. */
static const char *milli(int64_t weight, char text[32]) {
    int64_t size = weight < 0 ? -weight : weight;
    snprintf(text, 32, "%s%" PRId64 ".%03" PRId64, weight < 0 ? "-" : "", size / 1000, size % 1000);
    return text;
}

static void print_step(const char *what, const char *level, const char *m, const char *u,
                       const shire_link_step *step) {
    char weight[32];
    char running[32];
    printf("  %-14s %-22s %9s %9s %9s %9s\n", what, level, m, u, milli(step->weight, weight),
           milli(step->running, running));
}

static void print_field(const shire_link_basis *basis, const shire_link_pair_explanation *pair,
                        const shire_link_step *step) {
    const shire_link_waterfall_field *field = &pair->waterfall.fields[step->field];
    const shire_link_field *facts = &basis->dataset.fields[step->field];
    char m[32] = "";
    char u[32] = "";
    if (field->level != 0 && !field->swapped) {
        snprintf(m, sizeof m, "%.6f", field->m);
        snprintf(u, sizeof u, "%.6f", field->u);
    }
    print_step(facts->name,
               field->swapped ? "counted once, as above"
                              : shire_link_level_name(facts->kind, field->level),
               m, u, step);
    if (pair->values[step->field][0] != NULL && field->level != 0) {
        printf("    '%s' : '%s'\n", pair->values[step->field][0], pair->values[step->field][1]);
    }
}

static void print_waterfall(const shire_link_basis *basis,
                            const shire_link_pair_explanation *pair) {
    printf("  %-14s %-22s %9s %9s %9s %9s\n", "", "", "m", "u", "weight", "total");
    for (size_t i = 0; i < pair->step_count; i++) {
        const shire_link_step *step = &pair->steps[i];
        switch (step->kind) {
        case SHIRE_LINK_STEP_PRIOR:
            print_step("prior", "any two records", "", "", step);
            break;
        case SHIRE_LINK_STEP_FIELD:
            print_field(basis, pair, step);
            break;
        case SHIRE_LINK_STEP_RARITY:
            print_step("", step->weight < 0 ? "a frequent value" : "a rare value", "", "", step);
            break;
        case SHIRE_LINK_STEP_MOVE:
            print_step("move", "may have moved", "", "", step);
            break;
        case SHIRE_LINK_STEP_OTHERS:
            print_step("others", "may be kin, neighbours", "", "", step);
            break;
        }
    }
}

static void print_pair(const shire_link_basis *basis, const shire_link_pair_explanation *pair) {
    char weight[32];
    printf("%s and %s\n", pair->names[0], pair->names[1]);
    printf("weight %s bits, probability %.6f\n\n", milli(pair->weight, weight), pair->probability);
    print_waterfall(basis, pair);
    puts(pair->key_count > 0 ? "\nKeys that both share, and the records that do:"
                             : "\nThey share no key: no block brings them together.");
    for (size_t i = 0; i < pair->key_count; i++) {
        printf("  %9" PRIu64 "  %s%s\n", pair->keys[i].records, pair->keys[i].description,
               pair->keys[i].is_small ? "" : " (too many to compare all)");
    }
    for (size_t i = 0; i < pair->forbidden_count; i++) {
        printf("Never one person by this pair: %s.\n", pair->forbidden[i]);
    }
    if (pair->forced != NULL) {
        printf("Held together whatever the weight: %s.\n", pair->forced);
    }
}

static void print_pair_answer(const shire_link_basis *basis,
                              const shire_link_pair_explanation *pair) {
    print_pair(basis, pair);
    if (pair->is_one_person) {
        printf("\nBoth are of person %s.\n", pair->person_ids[0]);
    } else {
        printf("\nThey are of two people, %s and %s.\n", pair->person_ids[0], pair->person_ids[1]);
    }
    if (pair->is_one_person != (pair->weight > 0) && pair->forbidden_count == 0 &&
        pair->forced == NULL) {
        bool is_of_run = basis->keys.column_count > 2;
        printf("The other records of %s decided so%s.\n",
               pair->is_one_person ? "the person" : "the two",
               is_of_run ? ": see `shire link explain DIR person ID`" : "");
    }
}

static void print_person(const shire_link_basis *basis,
                         const shire_link_person_explanation *person) {
    char weight[32];
    printf("Person %s: %zu record%s\n", person->person_id, person->record_count,
           person->record_count == 1 ? "" : "s");
    for (size_t i = 0; i < person->record_count; i++) {
        printf("  %s\n", person->records[i]);
    }
    if (person->record_count == 1) {
        puts("\nNo other record was found to be of this person.");
        return;
    }
    puts("\nHeld together by these pairs, the strongest first (weight in bits):");
    for (size_t i = 0; i + 1 < person->record_count; i++) {
        printf("  %9s  %s and %s\n", milli(person->ties[i].weight, weight),
               person->ties[i].names[0], person->ties[i].names[1]);
    }
    printf("\nThe weakest point: without the last pair there are two parts, of %zu and %zu "
           "records;\nthe mean weight of all pairs between them, each cut to 10 bits, is %s.\n\n",
           person->part_counts[0], person->part_counts[1], milli(person->between_weight, weight));
    print_pair(basis, &person->weakest);
}

/* ---- for machines ---- */

static json_t *bits(int64_t weight) {
    return shire_json_decimal(weight * 1000, 3);
}

static json_t *step_json(const shire_link_basis *basis, const shire_link_pair_explanation *pair,
                         const shire_link_step *step) {
    static const char *const kinds[] = {"prior", "field", "rarity", "move", "others"};
    json_t *object = json_pack("{s:s}", "part", kinds[step->kind]);
    bool is_field = step->kind == SHIRE_LINK_STEP_FIELD;
    if (object != NULL && (is_field || step->kind == SHIRE_LINK_STEP_RARITY)) {
        const shire_link_field *facts = &basis->dataset.fields[step->field];
        const shire_link_waterfall_field *field = &pair->waterfall.fields[step->field];
        json_object_set_new(object, "field", json_string(facts->name));
        if (is_field) {
            json_object_set_new(object, "level", json_integer(field->level));
            json_object_set_new(object, "description",
                                json_string(shire_link_level_name(facts->kind, field->level)));
            json_object_set_new(object, "counted_once", json_boolean(field->swapped));
            bool is_counted = field->level != 0 && !field->swapped;
            json_object_set_new(object, "m", is_counted ? json_real(field->m) : json_null());
            json_object_set_new(object, "u", is_counted ? json_real(field->u) : json_null());
        }
        if (is_field && pair->values[step->field][0] != NULL) {
            json_object_set_new(
                object, "values",
                json_pack("[s, s]", pair->values[step->field][0], pair->values[step->field][1]));
        }
    }
    json_object_set_new(object, "weight", bits(step->weight));
    json_object_set_new(object, "total", bits(step->running));
    return object;
}

static json_t *pair_json(const shire_link_basis *basis, const shire_link_pair_explanation *pair) {
    json_t *steps = json_array();
    json_t *keys = json_array();
    json_t *forbidden = json_array();
    for (size_t i = 0; i < pair->step_count; i++) {
        json_array_append_new(steps, step_json(basis, pair, &pair->steps[i]));
    }
    for (size_t i = 0; i < pair->key_count; i++) {
        json_array_append_new(keys, json_pack("{s:s, s:I, s:b}", "key", pair->keys[i].description,
                                              "records", (json_int_t)pair->keys[i].records,
                                              "compared", pair->keys[i].is_small));
    }
    for (size_t i = 0; i < pair->forbidden_count; i++) {
        json_array_append_new(forbidden, json_string(pair->forbidden[i]));
    }
    return json_pack("{s:[s, s], s:[s, s], s:b, s:o, s:f, s:o, s:o, s:o, s:s?}", "records",
                     pair->names[0], pair->names[1], "people", pair->person_ids[0],
                     pair->person_ids[1], "one_person", pair->is_one_person, "weight",
                     bits(pair->weight), "probability", pair->probability, "parts", steps, "keys",
                     keys, "forbidden", forbidden, "forced", pair->forced);
}

static json_t *person_json(const shire_link_basis *basis,
                           const shire_link_person_explanation *person) {
    json_t *records = json_array();
    json_t *ties = json_array();
    for (size_t i = 0; i < person->record_count; i++) {
        json_array_append_new(records, json_string(person->records[i]));
    }
    for (size_t i = 0; i + 1 < person->record_count; i++) {
        const shire_link_tie *tie = &person->ties[i];
        json_array_append_new(ties, json_pack("{s:[s, s], s:o, s:f}", "records", tie->names[0],
                                              tie->names[1], "weight", bits(tie->weight),
                                              "probability", tie->probability));
    }
    json_t *object =
        json_pack("{s:s, s:o, s:o}", "person", person->person_id, "records", records, "ties", ties);
    if (object != NULL && person->record_count > 1) {
        json_object_set_new(object, "weakest_point",
                            json_pack("{s:[i, i], s:o, s:o}", "parts", (int)person->part_counts[0],
                                      (int)person->part_counts[1], "mean_weight",
                                      bits(person->between_weight), "pair",
                                      pair_json(basis, &person->weakest)));
    }
    return object;
}

shire_status shire_cli_link_explain_print(const shire_link_basis *basis,
                                          const shire_link_pair_explanation *pair, bool json,
                                          shire_error *error) {
    if (json) {
        return shire_json_print(pair_json(basis, pair), stdout, error);
    }
    print_pair_answer(basis, pair);
    return SHIRE_OK;
}

/* ---- the verb ---- */

static shire_status answer(const explain_call *call, const shire_link_basis *basis,
                           shire_arena *arena, shire_error *error) {
    shire_link_pair_explanation pair;
    shire_link_person_explanation person;
    size_t places[2];
    bool is_pair = strcmp(call->kind, "pair") == 0;
    shire_status status = SHIRE_OK;
    if (is_pair) {
        for (int i = 0; i < 2 && status == SHIRE_OK; i++) {
            status = shire_link_basis_find_record(basis, call->names[i], &places[i], error);
        }
        if (status == SHIRE_OK) {
            status = shire_link_explain_pair(basis, places[0], places[1], call->with_values, arena,
                                             &pair, error);
        }
    } else {
        status = shire_link_basis_find_person(basis, call->names[0], &places[0], error);
        if (status == SHIRE_OK) {
            status = shire_link_explain_person(basis, places[0], call->with_values, arena, &person,
                                               error);
        }
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (is_pair) {
        return shire_cli_link_explain_print(basis, &pair, call->json, error);
    }
    if (call->json) {
        return shire_json_print(person_json(basis, &person), stdout, error);
    }
    print_person(basis, &person);
    return SHIRE_OK;
}

int shire_cli_link_explain(int argc, char **argv) {
    explain_call call = {0};
    shire_error error = {0};
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    shire_link_basis basis = {0};
    int decided = read_arguments(argc, argv, &call);
    if (decided >= 0) {
        return decided;
    }
    int thread_count = call.thread_count > 0 ? call.thread_count : shire_parallel_processor_count();
    shire_status status = shire_arena_new("link_explain", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = shire_cli_open_warehouse(call.dir, call.thread_count, arena, &table, &error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_basis_open(table, thread_count, &basis, &error);
    }
    shire_table_close(table);
    if (status == SHIRE_OK) {
        status = answer(&call, &basis, arena, &error);
    }
    shire_link_basis_done(&basis);
    shire_arena_wipe_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("link explain", &error);
}
