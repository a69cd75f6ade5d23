/*
 * shire link history DIR PERSON, shire link undo DIR CHANGE: what happened to a person in the
 * index, and taking one change back from the next run on. Only the store is used; records are
 * named, what they say is not shown.
 */
#include "cli/cli_link_history.h"

#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "io/json.h"
#include "link/link_history.h"
#include "link/link_review.h"

#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_history_help(void) {
    puts("Usage: shire link history DIR PERSON [--json]\n"
         "\n"
         "Shows when records came to a person and left it, and why. PERSON is a person_id, also\n"
         "one that is retired, or a record, ORGANISATION/SOURCE/local_id.\n"
         "\n"
         "  join   a person's records all went to others, and its id is retired\n"
         "  split  records left a person and became a new one, or one of old again\n"
         "  move   records went from one person to another\n"
         "\n"
         "A weight is in bits: log2 of the odds that two records are of one person.\n"
         "\n"
         "  --json  print one JSON object\n"
         "\n"
         "Exit status: 0 done; 2 no such person or partnership; 1 failed.");
}

static void print_undo_help(void) {
    puts(
        "Usage: shire link undo DIR CHANGE --who NAME --why REASON [--json]\n"
        "       shire link undo DIR decision:NUMBER --who NAME --why REASON [--json]\n"
        "\n"
        "Undoes a change that `shire link history` shows, by its number: from the next run on the\n"
        "records that it moved are kept from those that they came to, and go with those that they\n"
        "left. With decision:NUMBER takes a decision back instead (also one that undid a change).\n"
        "\n"
        "  --who NAME    who decides it\n"
        "  --why REASON  why\n"
        "  --json        print one JSON object\n"
        "\n"
        "Exit status: 0 done; 2 no such change, undone already or contradicted by a decision; 1\n"
        "failed.");
}

/* ---- history for people ---- */

static void print_names(const char *title, const shire_link_name *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        printf("      %-8s %.*s/%.*s/%.*s\n", i == 0 ? title : "",
               (int)names[i].organisation.length, names[i].organisation.bytes,
               (int)names[i].source.length, names[i].source.bytes, (int)names[i].local_id.length,
               names[i].local_id.bytes);
    }
}

static const char *describe_fact(const char *fact) {
    static const char *const facts[][2] = {{"nhs_number", "they have different valid NHS numbers"},
                                           {"event", "one event names both"},
                                           {"death", "one died before the other was seen"},
                                           {"source", "their source holds each person once"}};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (strcmp(fact, facts[i][0]) == 0) {
            return facts[i][1];
        }
    }
    return fact;
}

static void print_decision(const shire_link_decision *decision) {
    printf("decision %" PRId64 " of %s, %s: %s", decision->decision_no, decision->who,
           decision->made, decision->why);
}

static void print_reason(const shire_link_change *change) {
    fputs("      because  ", stdout);
    if (change->pair_a != NULL) {
        printf("%s and %s: ", change->pair_a, change->pair_b);
    }
    if (change->decision != NULL) {
        print_decision(change->decision);
    } else if (change->fact != NULL) {
        fputs(describe_fact(change->fact), stdout);
    } else if (change->weight != NULL) {
        printf("the strongest evidence between them, %s bits", change->weight);
    } else {
        fputs("no evidence holds them together", stdout);
    }
    putchar('\n');
}

static void print_change(const shire_link_change *change) {
    printf("\n  change %" PRId64 "  %s  %s: from %s to %s (run %" PRId64 ")\n", change->change_no,
           change->time, change->kind, change->from_person, change->to_person, change->run_no);
    print_names("moved", change->records.names[SHIRE_LINK_SIDE_MOVED],
                change->records.counts[SHIRE_LINK_SIDE_MOVED]);
    print_names("left", change->records.names[SHIRE_LINK_SIDE_FROM],
                change->records.counts[SHIRE_LINK_SIDE_FROM]);
    print_names("came to", change->records.names[SHIRE_LINK_SIDE_TO],
                change->records.counts[SHIRE_LINK_SIDE_TO]);
    print_reason(change);
    if (change->undone != NULL) {
        fputs("      undone   ", stdout);
        print_decision(change->undone);
        putchar('\n');
    }
}

static void print_history(const shire_link_history *history) {
    printf("Person %s, since %s (run %" PRId64 ")\n", history->person_id, history->made,
           history->made_run);
    if (history->retired_run != 0) {
        printf("Retired by run %" PRId64 "; follow it to %s\n", history->retired_run,
               history->retired_into == NULL ? "nobody" : history->retired_into);
    }
    print_names("records", history->records, history->record_count);
    for (size_t i = 0; i < history->went_count; i++) {
        printf("  %" PRId64 " record%s that left %s now with %s\n", history->went[i].record_count,
               history->went[i].record_count == 1 ? "" : "s",
               history->went[i].record_count == 1 ? "is" : "are", history->went[i].person_id);
    }
    for (size_t i = 0; i < history->change_count; i++) {
        print_change(&history->changes[i]);
    }
    if (history->change_count == 0) {
        puts("\nNothing ever joined or left it.");
    }
}

/* ---- history for machines ---- */

static json_t *names_json(const shire_link_name *names, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < count; i++) {
        json_array_append_new(array,
                              json_sprintf("%.*s/%.*s/%.*s", (int)names[i].organisation.length,
                                           names[i].organisation.bytes, (int)names[i].source.length,
                                           names[i].source.bytes, (int)names[i].local_id.length,
                                           names[i].local_id.bytes));
    }
    return array;
}

static json_t *decision_json(const shire_link_decision *decision) {
    return decision == NULL ? json_null()
                            : json_pack("{s:I, s:s, s:s, s:s, s:s}", "decision",
                                        (json_int_t)decision->decision_no, "verdict",
                                        shire_link_verdict_names[decision->verdict], "time",
                                        decision->made, "who", decision->who, "why", decision->why);
}

static json_t *change_json(const shire_link_change *change) {
    const shire_link_change_records *records = &change->records;
    json_t *pair =
        change->pair_a == NULL ? json_null() : json_pack("[s, s]", change->pair_a, change->pair_b);
    return json_pack(
        "{s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s?, s:s?, s:o, s:o, s:o}", "change",
        (json_int_t)change->change_no, "run", (json_int_t)change->run_no, "time", change->time,
        "kind", change->kind, "from", change->from_person, "to", change->to_person, "moved",
        names_json(records->names[SHIRE_LINK_SIDE_MOVED], records->counts[SHIRE_LINK_SIDE_MOVED]),
        "left",
        names_json(records->names[SHIRE_LINK_SIDE_FROM], records->counts[SHIRE_LINK_SIDE_FROM]),
        "came_to",
        names_json(records->names[SHIRE_LINK_SIDE_TO], records->counts[SHIRE_LINK_SIDE_TO]),
        "reason", change->reason, "fact", change->fact, "weight", change->weight, "pair", pair,
        "decision", decision_json(change->decision), "undone_by", decision_json(change->undone));
}

static shire_status print_history_json(const shire_link_history *history, shire_error *error) {
    json_t *went = json_array();
    json_t *changes = json_array();
    for (size_t i = 0; i < history->went_count; i++) {
        json_array_append_new(went,
                              json_pack("{s:s, s:I}", "person", history->went[i].person_id,
                                        "records", (json_int_t)history->went[i].record_count));
    }
    for (size_t i = 0; i < history->change_count; i++) {
        json_array_append_new(changes, change_json(&history->changes[i]));
    }
    json_t *object = json_pack(
        "{s:s, s:I, s:s, s:b, s:s?, s:o, s:o, s:o}", "person", history->person_id, "made_run",
        (json_int_t)history->made_run, "made", history->made, "retired", history->retired_run != 0,
        "retired_into", history->retired_into, "records",
        names_json(history->records, history->record_count), "went_to", went, "changes", changes);
    return object == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                          : shire_json_print(object, stdout, error);
}

/* ---- the verbs ---- */

typedef struct history_call {
    const char *dir;
    const char *subject;
    const char *who;
    const char *why;
    bool json;
} history_call;

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, const char *verb, void (*help)(void),
                          history_call *call) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"who", required_argument, NULL, 'w'},
                                            {"why", required_argument, NULL, 'y'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    bool signs = strcmp(verb, "link undo") == 0;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            call->json = true;
            break;
        case 'w':
            call->who = optarg;
            break;
        case 'y':
            call->why = optarg;
            break;
        case 'h':
            help();
            return 0;
        default:
            return shire_cli_usage(verb, "that option is not known or needs a value");
        }
    }
    if (optind + 2 != argc || (!signs && (call->who != NULL || call->why != NULL))) {
        return shire_cli_usage(verb, signs ? "give the partnership folder and one change"
                                           : "give the partnership folder and one person");
    }
    call->dir = argv[optind];
    call->subject = argv[optind + 1];
    return -1;
}

int shire_cli_link_history(int argc, char **argv) {
    history_call call = {0};
    shire_error error = {0};
    shire_arena *arena = NULL;
    shire_store *store = NULL;
    shire_link_history history;
    int decided = read_arguments(argc, argv, "link history", print_history_help, &call);
    if (decided >= 0) {
        return decided;
    }
    assert(call.subject != NULL);
    shire_status status = shire_arena_new("history", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = shire_cli_open_store(call.dir, SHIRE_STORE_READ, arena, &store, &error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_history_read(store, call.subject, arena, &history, &error);
    }
    if (status == SHIRE_OK && call.json) {
        status = print_history_json(&history, &error);
    } else if (status == SHIRE_OK) {
        print_history(&history);
    }
    shire_store_close(store);
    shire_arena_wipe_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("link history", &error);
}

static shire_status undo(const history_call *call, shire_store *store, shire_arena *arena,
                         shire_error *error) {
    static const char prefix[] = "decision:";
    bool is_decision = strncmp(call->subject, prefix, sizeof prefix - 1) == 0;
    const char *digits = call->subject + (is_decision ? sizeof prefix - 1 : 0);
    char *end = NULL;
    int64_t number = 0;
    int64_t subject = strtoll(digits, &end, 10);
    if (end == digits || *end != '\0' || subject < 1) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a change is a number from `shire link history`, or decision:NUMBER");
    }
    shire_status status = shire_store_begin(store, error);
    if (status == SHIRE_OK) {
        status = is_decision ? shire_link_review_undo(store, subject, call->who, call->why, arena,
                                                      &number, error)
                             : shire_link_history_undo(store, subject, call->who, call->why, arena,
                                                       &number, error);
    }
    if (status == SHIRE_OK) {
        status = shire_cli_sign_and_commit(call->dir, store, arena, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (call->json) {
        json_t *object = json_pack("{s:I, s:I}", is_decision ? "undone_decision" : "undone_change",
                                   (json_int_t)subject, "decision", (json_int_t)number);
        return object == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                              : shire_json_print(object, stdout, error);
    }
    printf("%s %" PRId64 " is undone by decision %" PRId64 ", which holds from the next run on.\n",
           is_decision ? "Decision" : "Change", subject, number);
    return SHIRE_OK;
}

int shire_cli_link_undo(int argc, char **argv) {
    history_call call = {0};
    shire_error error = {0};
    shire_arena *arena = NULL;
    shire_store *store = NULL;
    int decided = read_arguments(argc, argv, "link undo", print_undo_help, &call);
    if (decided >= 0) {
        return decided;
    }
    assert(call.subject != NULL);
    shire_status status = shire_arena_new("undo", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = shire_cli_open_store(call.dir, SHIRE_STORE_WRITE, arena, &store, &error);
    }
    if (status == SHIRE_OK) {
        status = undo(&call, store, arena, &error);
    }
    shire_store_close(store);
    shire_arena_wipe_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("link undo", &error);
}
