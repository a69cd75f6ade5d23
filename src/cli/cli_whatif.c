/*
 * shire whatif DIR: what costs would be with some inputs changed. Scenarios come from --set, or
 * from files saved by name; each is worked out from the columns that the last run kept. The
 * warehouse is never written.
 */
#include "cli/cli_whatif.h"

#include "cli/cli.h"
#include "cli/whatif_print.h"
#include "cost/scenario_file.h"
#include "cost/whatif_json.h"
#include "io/file.h"
#include "io/json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SCENARIOS_MAX 16
#define CHANGES_MAX 256
#define UNNAMED "what if"

typedef struct whatif_request {
    const char *dir;
    const char *save;
    const char *delete;
    bool list;
    bool json;
    int thread_count;
    shire_whatif_scenario scenarios[SCENARIOS_MAX];
    size_t scenario_count;
    const char *changes[SCENARIOS_MAX][CHANGES_MAX];
} whatif_request;

static void print_help(void) {
    puts(
        "Usage: shire whatif DIR --set CHANGE... [--save NAME] [--json] [--threads N]\n"
        "       shire whatif DIR --scenario NAME [--set CHANGE...] [--scenario NAME ...]...\n"
        "       shire whatif DIR --list | --delete NAME\n"
        "\n"
        "Shows what the costs of the last run would be with some inputs changed: by organisation,\n"
        "kind of care, age and pool, before and after, exactly as a run would give them. Nothing\n"
        "of the run is touched.\n"
        "\n"
        "  --set CHANGE      TABLE.COLUMN[CONDITIONS] OPERATOR NUMBER, with = *= += -=\n"
        "                      ledger.amount[cost_centre=1020*, account>=4000] *= 1.03\n"
        "                      driver.quantity[driver=Floor space and pool=Theatre] = 1200\n"
        "                      resource.share, weight.weight, activity.minutes[feed=theatre] ...\n"
        "                      activity[activity=Ward care] discharge_delay = 0\n"
        "  --scenario NAME   what follows is the scenario NAME; alone, the saved one of that name\n"
        "  --save NAME       save the changes as DIR/scenarios/NAME.txt, then show them\n"
        "  --list            the saved scenarios\n"
        "  --delete NAME     remove a saved scenario\n"
        "  --json            one JSON object, amounts as exact decimals in pounds\n"
        "  --threads N       use N threads (all processors)\n"
        "\n"
        "Several scenarios stand side by side. docs/what-if.md has the whole language.\n"
        "Exit status: 0 done, 1 failed, 2 bad input, 3 does not reconcile.");
}

/* ---- arguments ---- */

/* The exit status of a mistake, or -1. */
static int add_scenario(whatif_request *request, const char *name) {
    if (!shire_scenario_name_is_good(name) && strcmp(name, UNNAMED) != 0) {
        return shire_cli_usage("whatif", "a scenario's name has letters, digits, - _ and . only, "
                                         "at most 64");
    }
    for (size_t i = 0; i < request->scenario_count; i++) {
        if (strcmp(request->scenarios[i].name, name) == 0) {
            return shire_cli_usage("whatif", "the scenario %s is named twice", name);
        }
    }
    if (request->scenario_count == SCENARIOS_MAX) {
        return shire_cli_usage("whatif", "at most %d scenarios at once", SCENARIOS_MAX);
    }
    shire_whatif_scenario *scenario = &request->scenarios[request->scenario_count];
    *scenario =
        (shire_whatif_scenario){.name = name, .changes = request->changes[request->scenario_count]};
    request->scenario_count++;
    return -1;
}

static int add_change(whatif_request *request, const char *change) {
    if (request->scenario_count == 0) {
        int decided = add_scenario(request, UNNAMED);
        if (decided >= 0) {
            return decided;
        }
    }
    size_t last = request->scenario_count - 1;
    size_t count = request->scenarios[last].change_count;
    if (count == CHANGES_MAX) {
        return shire_cli_usage("whatif", "at most %d changes a scenario", CHANGES_MAX);
    }
    request->changes[last][count] = change;
    request->scenarios[last].change_count++;
    return -1;
}

static int take_option(whatif_request *request, const char *option, const char *value) {
    long long number = 0;
    if (value == NULL) {
        return shire_cli_usage("whatif", "%s needs a value", option);
    }
    if (strcmp(option, "--set") == 0) {
        return add_change(request, value);
    }
    if (strcmp(option, "--scenario") == 0) {
        return add_scenario(request, value);
    }
    if (strcmp(option, "--save") == 0 || strcmp(option, "--delete") == 0) {
        if (!shire_scenario_name_is_good(value)) {
            return shire_cli_usage("whatif", "a scenario's name has letters, digits, - _ and . "
                                             "only, at most 64");
        }
        *(option[2] == 's' ? &request->save : &request->delete) = value;
        return -1;
    }
    if (!shire_cli_parse_number("whatif", "--threads", value, 1, 1024, &number)) {
        return shire_status_exit_code(SHIRE_INVALID);
    }
    request->thread_count = (int)number;
    return -1;
}

static int check_request(const whatif_request *request) {
    if (request->dir == NULL) {
        return shire_cli_usage("whatif", "name the partnership folder");
    }
    if (request->list || request->delete != NULL) {
        bool more = request->scenario_count > 0 || request->save != NULL ||
                    (request->list && request->delete != NULL);
        return more ? shire_cli_usage("whatif", "--list and --delete stand alone") : -1;
    }
    if (request->scenario_count == 0) {
        return shire_cli_usage("whatif", "say what changes, with --set or --scenario");
    }
    if (request->save != NULL && request->scenario_count > 1) {
        return shire_cli_usage("whatif", "--save takes one scenario at a time");
    }
    return -1;
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, whatif_request *request) {
    static const char *const with_value[] = {"--set", "--scenario", "--save", "--delete",
                                             "--threads"};
    for (int i = 1; i < argc; i++) {
        bool takes_value = false;
        for (size_t k = 0; k < sizeof(with_value) / sizeof(*with_value); k++) {
            takes_value |= strcmp(argv[i], with_value[k]) == 0;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
        if (takes_value) {
            int decided = take_option(request, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            if (decided >= 0) {
                return decided;
            }
            i++;
        } else if (strcmp(argv[i], "--json") == 0) {
            request->json = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            request->list = true;
        } else if (strncmp(argv[i], "--", 2) == 0 || request->dir != NULL) {
            return shire_cli_usage("whatif", "there is an argument too many or unknown");
        } else {
            request->dir = argv[i];
        }
    }
    return check_request(request);
}

/* ---- the work ---- */

static shire_status list_scenarios(const whatif_request *request, shire_arena *arena,
                                   shire_error *error) {
    const char *const *names = NULL;
    size_t count = 0;
    json_t *list = json_array();
    shire_status status = shire_scenario_list(request->dir, arena, &names, &count, error);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        const char *const *changes = NULL;
        size_t change_count = 0;
        json_t *texts = json_array();
        status = shire_scenario_load(request->dir, names[i], arena, &changes, &change_count, error);
        if (!request->json && status == SHIRE_OK) {
            puts(names[i]);
        }
        for (size_t k = 0; k < change_count; k++) {
            json_array_append_new(texts, json_string(changes[k]));
            if (!request->json) {
                printf("  %s\n", changes[k]);
            }
        }
        json_array_append_new(list, json_pack("{s:s, s:o}", "name", names[i], "changes", texts));
    }
    if (status != SHIRE_OK || !request->json) {
        json_decref(list);
        return status;
    }
    return shire_json_print(json_pack("{s:o}", "scenarios", list), stdout, error);
}

/* A scenario without changes of its own is one that was saved. */
static shire_status load_scenarios(whatif_request *request, shire_arena *arena,
                                   shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < request->scenario_count && status == SHIRE_OK; i++) {
        shire_whatif_scenario *scenario = &request->scenarios[i];
        if (scenario->change_count == 0) {
            status = shire_scenario_load(request->dir, scenario->name, arena, &scenario->changes,
                                         &scenario->change_count, error);
        }
        for (size_t k = 0; k < scenario->change_count && status == SHIRE_OK; k++) {
            status = shire_whatif_check(scenario->changes[k], error);
        }
    }
    if (status == SHIRE_OK && request->save != NULL) {
        request->scenarios[0].name = request->save;
        status = shire_scenario_save(request->dir, request->save, request->scenarios[0].changes,
                                     request->scenarios[0].change_count, arena, error);
    }
    return status;
}

static shire_status work_out(whatif_request *request, const shire_partnership *partnership,
                             shire_arena *arena, shire_error *error) {
    shire_whatif *whatif = NULL;
    shire_whatif_result *results =
        shire_arena_alloc_array(arena, request->scenario_count, sizeof(*results));
    struct timespec start;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    shire_status status = results == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                          : shire_whatif_open(partnership, request->thread_count,
                                                              arena, &whatif, error);
    for (size_t i = 0; i < request->scenario_count && status == SHIRE_OK; i++) {
        status = shire_whatif_run(whatif, &request->scenarios[i], &results[i], error);
        if (status != SHIRE_OK && request->scenario_count > 1) {
            shire_error_prefix(error, "scenario %s", request->scenarios[i].name);
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    if (status == SHIRE_OK && request->json) {
        json_t *document = shire_whatif_json(partnership, results, request->scenario_count);
        (void)json_object_set_new(document, "seconds", json_real(seconds));
        status = document == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                  : shire_json_print(document, stdout, error);
    } else if (status == SHIRE_OK) {
        shire_whatif_print(partnership, results, request->scenario_count, stdout);
    }
    shire_whatif_close(whatif);
    return status;
}

static shire_status execute(whatif_request *request, shire_arena *arena, shire_error *error) {
    shire_partnership partnership;
    shire_status status = shire_partnership_open(request->dir, arena, &partnership, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (request->list) {
        return list_scenarios(request, arena, error);
    }
    if (request->delete != NULL) {
        return shire_scenario_delete(request->dir, request->delete, arena, error);
    }
    status = load_scenarios(request, arena, error);
    return status == SHIRE_OK ? work_out(request, &partnership, arena, error) : status;
}

int shire_cli_whatif(int argc, char **argv) {
    static whatif_request request;
    shire_error error = {0};
    shire_arena *arena = NULL;
    int decided = read_arguments(argc, argv, &request);
    if (decided >= 0) {
        return decided;
    }
    shire_status status = shire_arena_new("whatif", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = execute(&request, arena, &error);
    }
    shire_arena_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("whatif", &error);
}
