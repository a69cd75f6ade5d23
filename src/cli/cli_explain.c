/*
 * shire explain DIR person ID, shire explain DIR event ID: prints the tree of src/cost/explain.h,
 * for people in pounds and pence, for machines in exact decimals. The warehouse is only read.
 */
#include "cli/cli_explain.h"

#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "cost/explain.h"
#include "cost/explain_forward.h"
#include "io/json.h"
#include "link/link_history.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ARENA_BYTES_MAX ((size_t)4 << 30)
#define DEPTH_INDENT 2
#define ROWS_SHOWN 10

typedef struct explain_request {
    const char *dir;
    const char *kind; /* person, event, ledger or pool */
    const char *id;
    bool json;
    bool all;
    size_t limit; /* rows a level, forward */
    int thread_count;
} explain_request;

static bool is_forward(const explain_request *request) {
    return strcmp(request->kind, "ledger") == 0 || strcmp(request->kind, "pool") == 0;
}

static void print_help(void) {
    puts(
        "Usage: shire explain DIR person ID [--all] [--json] [--threads N]\n"
        "       shire explain DIR event ID  [--all] [--json] [--threads N]\n"
        "       shire explain DIR ledger LINE|FILE:LINE|CONDITIONS [--limit N] [--all] [--json]\n"
        "       shire explain DIR pool NAME [--limit N] [--all] [--json]\n"
        "\n"
        "Shows what the cost of a person or an event is made of: events, activities, resources,\n"
        "pools, support pools, ledger lines with file and line. The parts of each line sum to it\n"
        "exactly. A person is named by its person_id, or by one of its records,\n"
        "ORGANISATION/SOURCE/local_id. An event is named by its event_id, or by\n"
        "ORGANISATION/event_id or ORGANISATION/SOURCE/event_id where several have the same.\n"
        "\n"
        "Of ledger lines and pools it shows where they went, level by level: pools, pools after\n"
        "support, resources, activities, kinds of care, events, people. What goes on from a pool,\n"
        "resource or activity goes in the proportions of the whole, and each level sums to the\n"
        "lines exactly. Lines are named by their file's line, or by conditions such as\n"
        "'cost_centre=W1*, account>=4000'; a pool by its name or ORGANISATION/name.\n"
        "\n"
        "  --all        show every part; without it small ones are summed up\n"
        "  --limit N    rows of each level of a ledger or pool (10)\n"
        "  --json       one JSON object, amounts as exact decimals in pounds; small parts summed\n"
        "               up are the last part, of kind more\n"
        "  --threads N  use N threads (all processors)\n"
        "\n"
        "Exit status: 0 done; 2 no such person, event, line, pool or partnership; 1 failed.");
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, explain_request *request) {
    const char **places[] = {&request->dir, &request->kind, &request->id};
    size_t filled = 0;
    for (int i = 1; i < argc; i++) {
        long long number = 0;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
        if (strcmp(argv[i], "--json") == 0) {
            request->json = true;
        } else if (strcmp(argv[i], "--all") == 0) {
            request->all = true;
        } else if (strcmp(argv[i], "--threads") == 0 || strcmp(argv[i], "--limit") == 0) {
            bool is_limit = argv[i][2] == 'l';
            const char *option = argv[i];
            if (i + 1 == argc) {
                return shire_cli_usage("explain", "%s needs a number", option);
            }
            if (!shire_cli_parse_number("explain", option, argv[++i], 1, is_limit ? 1000000 : 1024,
                                        &number)) {
                return shire_status_exit_code(SHIRE_INVALID);
            }
            if (is_limit) {
                request->limit = (size_t)number;
            } else {
                request->thread_count = (int)number;
            }
        } else if (filled == 3 || strncmp(argv[i], "--", 2) == 0) {
            return shire_cli_usage("explain", "there is an argument too many or unknown");
        } else {
            *places[filled++] = argv[i];
        }
    }
    if (filled < 3) {
        return shire_cli_usage("explain", "name the partnership folder, then person, event, ledger "
                                          "or pool, then which");
    }
    bool backward = strcmp(request->kind, "person") == 0 || strcmp(request->kind, "event") == 0;
    if (!backward && !is_forward(request)) {
        return shire_cli_usage("explain", "explain a person, an event, ledger lines or a pool");
    }
    if (backward && request->limit > 0) {
        return shire_cli_usage("explain", "--limit is for ledger and pool");
    }
    return -1;
}

/* ---- for people ---- */

static void print_amount(shire_money amount) {
    char text[32];
    shire_money_format_pounds(amount, text);
    printf("%16s  ", text);
}

/* Names and descriptions are others' text: what would break the line or steer the terminal becomes
 * a blank. */
static void print_text(const char *text) {
    for (; *text != '\0'; text++) {
        putchar((unsigned char)*text < ' ' || *text == 0x7F ? ' ' : *text);
    }
}

static void print_node(const shire_explain_node *node, int depth) {
    static const char *const titles[SHIRE_EXPLAIN_KIND_COUNT] = {
        "person",   "kind of care", "event",        "activity",
        "resource", "pool",         "support pool", "ledger line"};
    static const char *const plurals[SHIRE_EXPLAIN_KIND_COUNT] = {
        "persons",   "kinds of care", "events",        "activities",
        "resources", "pools",         "support pools", "ledger lines"};
    print_amount(node->amount);
    printf("%*s%s ", depth * DEPTH_INDENT, "", titles[node->kind]);
    print_text(node->name == NULL ? "" : node->name);
    if (node->organisation != NULL && node->kind == SHIRE_EXPLAIN_EVENT) {
        printf(" of %s", node->organisation);
    }
    if (node->detail != NULL) {
        fputs(" (", stdout);
        print_text(node->detail);
        putchar(')');
    }
    if (node->file != NULL) {
        printf(" %s:%" PRId64, node->file, node->line);
    }
    putchar('\n');
    for (size_t i = 0; i < node->part_count; i++) {
        print_node(&node->parts[i], depth + 1);
    }
    if (node->folded_count > 0 && node->part_count > 0) {
        print_amount(node->folded_amount);
        /* Parts are only folded beside the largest, which is shown. */
        shire_explain_kind kind = node->parts[0].kind;
        printf("%*sand %zu more %s\n", (depth + 1) * DEPTH_INDENT, "", node->folded_count,
               node->folded_count == 1 ? titles[kind] : plurals[kind]);
    }
}

/* ---- for machines ---- */

/* One more part, so that a reader who adds up the parts has the whole at every level. */
static json_t *folded_json(const shire_explain_node *node) {
    return json_pack("{s:s, s:I, s:o}", "kind", "more", "count", (json_int_t)node->folded_count,
                     "amount", shire_json_decimal(node->folded_amount, 2));
}

static json_t *node_json(const shire_explain_node *node) {
    json_t *object =
        json_pack("{s:s, s:s?, s:s?, s:s?, s:o}", "kind", shire_explain_kind_names[node->kind],
                  "organisation", node->organisation, "name", node->name, "detail", node->detail,
                  "amount", shire_json_decimal(node->amount, 2));
    if (object == NULL) {
        return NULL;
    }
    bool good = true;
    if (node->kind == SHIRE_EXPLAIN_LEDGER_LINE) {
        good &=
            json_object_set_new(object, "file",
                                node->file == NULL ? json_null() : json_string(node->file)) == 0;
        good &= json_object_set_new(object, "line", json_integer(node->line)) == 0;
    } else {
        json_t *parts = json_array();
        for (size_t i = 0; i < node->part_count; i++) {
            good &= json_array_append_new(parts, node_json(&node->parts[i])) == 0;
        }
        if (node->folded_count > 0) {
            good &= json_array_append_new(parts, folded_json(node)) == 0;
        }
        good &= json_object_set_new(object, "parts", parts) == 0;
    }
    if (!good) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static bool is_empty(const shire_explain_node *tree) {
    return tree->amount == 0 && tree->part_count == 0;
}

/* The cost of care first; income and what is kept apart are no part of it, and have their own tree
 * where there is any. */
static shire_status print_trees(const explain_request *request, const shire_explain_node *trees,
                                shire_error *error) {
    static const char *const headings[] = {
        [SHIRE_EXPLAIN_INCOME] = "Income, no part of the cost above",
        [SHIRE_EXPLAIN_APART] = "Kept apart from the cost of patient care above"};
    static const char *const keys[] = {
        [SHIRE_EXPLAIN_INCOME] = "income", [SHIRE_EXPLAIN_APART] = "kept_apart"};
    json_t *document = request->json ? node_json(&trees[SHIRE_EXPLAIN_CARE]) : NULL;
    if (!request->json) {
        print_node(&trees[SHIRE_EXPLAIN_CARE], 0);
    }
    for (int book = SHIRE_EXPLAIN_INCOME; book < SHIRE_EXPLAIN_BOOK_COUNT; book++) {
        if (is_empty(&trees[book])) {
            continue;
        }
        if (request->json) {
            json_object_set_new(document, keys[book], node_json(&trees[book]));
        } else {
            printf("\n%18s%s\n", "", headings[book]);
            print_node(&trees[book], 0);
        }
    }
    if (!request->json) {
        return SHIRE_OK;
    }
    return document == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                            : shire_json_print(document, stdout, error);
}

/* An id that is retired says where its records went. */
static void tell_if_retired(const explain_request *request, shire_arena *arena,
                            shire_error *error) {
    shire_error ignored;
    shire_store *store = NULL;
    shire_link_history history;
    if (shire_cli_open_store(request->dir, SHIRE_STORE_READ, arena, &store, &ignored) == SHIRE_OK &&
        shire_link_history_read(store, request->id, arena, &history, &ignored) == SHIRE_OK &&
        history.retired_run != 0 && history.retired_into != NULL) {
        (void)!SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "that person was retired by run %" PRId64
                          ", and most of its records went to %s; explain that one, or see `shire "
                          "link history`",
                          history.retired_run, history.retired_into);
    }
    shire_store_close(store);
}

static shire_status explain_back(const explain_request *request, shire_table *table,
                                 shire_arena *arena, shire_error *error) {
    shire_explain_node trees[SHIRE_EXPLAIN_BOOK_COUNT];
    bool is_person = strcmp(request->kind, "person") == 0;
    shire_status status = SHIRE_OK;
    for (int book = 0; book < SHIRE_EXPLAIN_BOOK_COUNT && status == SHIRE_OK; book++) {
        const shire_explain_options options = {.book = (shire_explain_book)book,
                                               .all = request->all};
        status =
            is_person
                ? shire_explain_person(table, request->id, &options, arena, &trees[book], error)
                : shire_explain_event(table, request->id, &options, arena, &trees[book], error);
    }
    if (status == SHIRE_NOT_FOUND && is_person) {
        tell_if_retired(request, arena, error);
    }
    return status == SHIRE_OK ? print_trees(request, trees, error) : status;
}

/* ---- forward ---- */

static void print_row(const shire_explain_row *row) {
    print_amount(row->amount);
    if (strcmp(row->kind, "excluded") == 0 || strcmp(row->kind, "unallocated") == 0 ||
        strcmp(row->kind, "income") == 0 || strcmp(row->kind, "apart") == 0) {
        printf("  %s: ", row->kind);
    } else {
        fputs("  ", stdout);
    }
    print_text(row->name == NULL ? "" : row->name);
    if (row->organisation != NULL) {
        printf(" of %s", row->organisation);
    }
    if (row->detail != NULL) {
        fputs(" (", stdout);
        print_text(row->detail);
        putchar(')');
    }
    if (row->file != NULL) {
        printf(" %s:%" PRId64, row->file, row->line);
    }
    putchar('\n');
}

static void print_forward(const shire_explain_forward *forward) {
    print_amount(forward->amount);
    print_text(forward->subject);
    putchar('\n');
    for (size_t i = 0; i < forward->level_count; i++) {
        const shire_explain_level *level = &forward->levels[i];
        char title[32];
        snprintf(title, sizeof title, "%s", level->name);
        for (char *p = title; *p != '\0'; p++) {
            *p = *p == '_' ? ' ' : *p;
        }
        printf("\n%18s%s\n", "", title);
        for (size_t k = 0; k < level->row_count; k++) {
            print_row(&level->rows[k]);
        }
        if (level->folded_count > 0) {
            print_amount(level->folded_amount);
            printf("  and %zu more\n", level->folded_count);
        }
    }
}

static json_t *row_json(const shire_explain_row *row) {
    json_t *object = json_pack("{s:s, s:s?, s:s?, s:s?, s:o}", "kind", row->kind, "organisation",
                               row->organisation, "name", row->name, "detail", row->detail,
                               "amount", shire_json_decimal(row->amount, 2));
    if (object != NULL && strcmp(row->kind, "ledger_line") == 0) {
        json_object_set_new(object, "file",
                            row->file == NULL ? json_null() : json_string(row->file));
        json_object_set_new(object, "line", json_integer(row->line));
    }
    return object;
}

static json_t *forward_json(const shire_explain_forward *forward) {
    json_t *levels = json_array();
    for (size_t i = 0; i < forward->level_count; i++) {
        const shire_explain_level *level = &forward->levels[i];
        json_t *rows = json_array();
        for (size_t k = 0; k < level->row_count; k++) {
            json_array_append_new(rows, row_json(&level->rows[k]));
        }
        if (level->folded_count > 0) {
            json_array_append_new(rows, json_pack("{s:s, s:I, s:o}", "kind", "more", "count",
                                                  (json_int_t)level->folded_count, "amount",
                                                  shire_json_decimal(level->folded_amount, 2)));
        }
        json_array_append_new(levels, json_pack("{s:s, s:o}", "level", level->name, "rows", rows));
    }
    return json_pack("{s:s, s:o, s:o}", "subject", forward->subject, "amount",
                     shire_json_decimal(forward->amount, 2), "levels", levels);
}

static shire_status explain_forward(const explain_request *request, shire_table *table,
                                    shire_arena *arena, shire_error *error) {
    shire_explain_forward forward;
    size_t limit = request->all ? 0 : request->limit > 0 ? request->limit : ROWS_SHOWN;
    shire_status status =
        strcmp(request->kind, "pool") == 0
            ? shire_explain_pool(table, request->id, limit, arena, &forward, error)
            : shire_explain_ledger(table, request->id, limit, arena, &forward, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (!request->json) {
        print_forward(&forward);
        return SHIRE_OK;
    }
    json_t *document = forward_json(&forward);
    return document == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                            : shire_json_print(document, stdout, error);
}

/* ---- the verb ---- */

int shire_cli_explain(int argc, char **argv) {
    explain_request request = {0};
    shire_error error = {0};
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    int decided = read_arguments(argc, argv, &request);
    if (decided >= 0) {
        return decided;
    }
    assert(request.kind != NULL);
    shire_status status = shire_arena_new("explain", ARENA_BYTES_MAX, &arena, &error);
    if (status == SHIRE_OK) {
        status = shire_cli_open_warehouse(request.dir, request.thread_count, arena, &table, &error);
    }
    if (status == SHIRE_OK && is_forward(&request)) {
        status = explain_forward(&request, table, arena, &error);
    } else if (status == SHIRE_OK) {
        status = explain_back(&request, table, arena, &error);
    }
    shire_table_close(table);
    shire_arena_wipe_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("explain", &error);
}
