/*
 * shire list DIR LIST: what a run left out or could not place, from its warehouse, which is only
 * read: totals on the terminal, or every row as CSV, or both as JSON.
 */
#include "cli/cli_list.h"

#include "cli/cli.h"
#include "cli/run_matching.h"
#include "io/file.h"
#include "org/partnership.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct list_plan {
    const char *name;
    const char *title;
    const char *rows;   /* a SELECT of all rows, in an order of its own */
    const char *groups; /* the columns that totals are by */
    const char *amount; /* what is summed, or NULL */
} list_plan;

static const list_plan plans[] = {
    {"unmatched", "Items without an event",
     "SELECT o.code AS organisation, u.feed, unmatched_reason AS reason, u.item_id, u.event_id, "
     "u.local_id, u.code, strftime(u.start, '%Y-%m-%dT%H:%M:%S') AS start, unmatched_cost AS "
     "amount, u.source_file::VARCHAR AS file, u.source_line::BIGINT AS line FROM unmatched_item AS "
     "u JOIN organisation AS o USING (organisation_no) ORDER BY organisation_no, item_no",
     "organisation, feed, reason", "amount"},
    {"outside", "Activity outside the period",
     "SELECT o.code AS organisation, i.feed, CASE WHEN coalesce(i.start, e.start) < DATE '%s' THEN "
     "'before' WHEN coalesce(i.start, e.start) >= DATE '%s' + 1 THEN 'after' ELSE 'of an event "
     "outside' END AS position, i.item_id, coalesce(i.event_id, e.event_id) AS event_id, "
     "strftime(i.start, '%%Y-%%m-%%dT%%H:%%M:%%S') AS start, strftime(e.start, "
     "'%%Y-%%m-%%dT%%H:%%M:%%S') AS event_start, strftime(e.\"end\", '%%Y-%%m-%%dT%%H:%%M:%%S') AS "
     "event_end, i.source_file::VARCHAR AS file, i.source_line::BIGINT AS line FROM item_outside "
     "JOIN activity_item AS i USING (item_no) JOIN organisation AS o USING (organisation_no) LEFT "
     "JOIN item_event USING (item_no) LEFT JOIN event AS e USING (event_no) ORDER BY "
     "i.organisation_no, item_no",
     "organisation, feed, position", NULL},
    {"excluded", "Ledger lines that are no cost of patient care",
     "SELECT o.code AS organisation, c.treatment, coalesce(c.reason, c.segment) AS reason, "
     "l.cost_centre, l.account, l.period, l.description, c.amount, l.source_file::VARCHAR AS file, "
     "l.source_line::BIGINT AS line FROM cost_ledger AS c JOIN ledger_line AS l USING (line_no) "
     "JOIN organisation AS o USING (organisation_no) WHERE c.treatment IN ('excluded', 'income', "
     "'apart') ORDER BY l.organisation_no, line_no",
     "organisation, treatment, reason", "amount"},
    {"in-progress", "Work in progress, carried to the next period",
     "SELECT o.code AS organisation, e.dataset, completion_status::VARCHAR AS status, e.source, "
     "e.event_id, strftime(e.start, '%Y-%m-%dT%H:%M:%S') AS start, p.days::BIGINT AS days, "
     "p.days_to_date, p.cost_brought_forward, p.cost, p.cost_to_date AS amount FROM event_period "
     "AS p JOIN event AS e USING (event_no) JOIN organisation AS o ON o.organisation_no = "
     "e.organisation_no WHERE completion_status IN (2, 4) ORDER BY event_no",
     "organisation, dataset, status", "amount"},
    {"unallocated", "Cost that could not be placed",
     "SELECT o.code AS organisation, u.stage, u.reason, u.name, u.amount FROM unallocated AS u "
     "JOIN organisation AS o USING (organisation_no) ORDER BY u.organisation_no, u.stage, u.name, "
     "u.reason, u.amount",
     "organisation, stage, reason", "amount"},
};
#define PLAN_COUNT (sizeof plans / sizeof plans[0])

typedef struct list_call {
    const char *dir;
    const char *list;
    bool json;
    bool csv;
    int thread_count;
    shire_arena *arena;
    shire_table *warehouse;
    shire_partnership partnership;
} list_call;

static void print_help(void) {
    puts(
        "Usage: shire list DIR LIST [--csv | --json] [--threads N]\n"
        "\n"
        "What the last run of the partnership folder DIR left out or could not place. LIST is one\n"
        "of:\n"
        "\n"
        "  matching     items with and without a key, matched by each rule, and unmatched\n"
        "  unmatched    items that have no event, why, and what they cost\n"
        "  outside      activity outside the period, which is not costed\n"
        "  excluded     ledger lines that are excluded, income or kept apart\n"
        "  in-progress  events that go on after the period, and what they cost to date\n"
        "  unallocated  cost that could not be placed\n"
        "\n"
        "  --csv        every row as CSV instead of totals (not of matching)\n"
        "  --json       one JSON object: totals, and the number of rows\n"
        "  --threads N  use N threads (default: all processors)\n"
        "\n"
        "Exit status: 0 done, 1 failed, 2 bad input (also when there was no run).");
}

static shire_status open_warehouse(list_call *call, shire_error *error) {
    shire_status status = shire_arena_new("list", 0, &call->arena, error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(call->dir, call->arena, &call->partnership, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    const char *path =
        shire_partnership_state_path(&call->partnership, call->arena, "warehouse.duckdb");
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (!shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s: there is no run to list from; make one with `shire run %s`", path,
                          call->dir);
    }
    return shire_table_open(
        &(shire_table_options){.path = path,
                               .read_only = true,
                               .thread_count = call->thread_count,
                               .memory_limit_mb = call->partnership.memory_limit_mb},
        &call->warehouse, error);
}

/* ---- cells ---- */

static void format_cell(const shire_column *column, size_t row, bool grouped, char buffer[40]) {
    if (column->type == SHIRE_TYPE_INT64) {
        snprintf(buffer, 40, "%" PRId64, column->int64[row]);
    } else if (grouped) {
        shire_money_format_pounds(column->decimal6[row], buffer);
    } else {
        shire_decimal_format(column->decimal6[row], 2, buffer);
    }
}

static void print_csv_text(shire_span text) {
    bool quoted = false;
    for (size_t i = 0; i < text.length; i++) {
        quoted |= strchr(",\"\r\n", text.bytes[i]) != NULL;
    }
    if (!quoted) {
        printf("%.*s", (int)text.length, text.bytes);
        return;
    }
    putchar('"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] == '"') {
            putchar('"');
        }
        putchar(text.bytes[i]);
    }
    putchar('"');
}

typedef struct csv_state {
    bool has_header;
} csv_state;

static shire_status print_csv_batch(const shire_frame *frame, void *context, shire_error *error) {
    csv_state *state = context;
    (void)error;
    for (size_t i = 0; !state->has_header && i < frame->column_count; i++) {
        printf("%s%s", i == 0 ? "" : ",", frame->columns[i].name);
    }
    if (!state->has_header) {
        putchar('\n');
    }
    state->has_header = true;
    for (size_t row = 0; row < frame->row_count; row++) {
        for (size_t i = 0; i < frame->column_count; i++) {
            const shire_column *column = &frame->columns[i];
            char number[40] = "";
            if (i > 0) {
                putchar(',');
            }
            if (column->type == SHIRE_TYPE_TEXT) {
                print_csv_text(shire_column_text(column, row));
            } else if (!shire_column_is_null(column, row)) {
                format_cell(column, row, false, number);
                fputs(number, stdout);
            }
        }
        putchar('\n');
    }
    return SHIRE_OK;
}

/* ---- totals ---- */

static shire_status query_totals(const list_call *call, const list_plan *plan, const char *rows,
                                 shire_frame *frame_out, shire_error *error) {
    char *sql = shire_arena_format(
        call->arena, "SELECT %s, count(*) AS \"rows\"%s%s%s FROM (%s) GROUP BY %s ORDER BY %s",
        plan->groups, plan->amount == NULL ? "" : ", sum(",
        plan->amount == NULL ? "" : plan->amount,
        plan->amount == NULL ? "" : ")::DECIMAL(18,6) AS amount", rows, plan->groups, plan->groups);
    return sql == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                       : shire_table_query(call->warehouse, sql, call->arena, frame_out, error);
}

static shire_status print_totals_json(const list_plan *plan, const shire_frame *totals,
                                      shire_error *error) {
    json_t *list = json_array();
    int64_t row_count = 0;
    shire_money amount = 0;
    for (size_t row = 0; row < totals->row_count; row++) {
        json_t *entry = json_object();
        for (size_t i = 0; i < totals->column_count; i++) {
            const shire_column *column = &totals->columns[i];
            shire_span text =
                column->type == SHIRE_TYPE_TEXT ? shire_column_text(column, row) : (shire_span){0};
            json_object_set_new(
                entry, column->name,
                column->type == SHIRE_TYPE_TEXT    ? json_stringn(text.bytes, text.length)
                : column->type == SHIRE_TYPE_INT64 ? json_integer(column->int64[row])
                                                   : shire_json_decimal(column->decimal6[row], 2));
        }
        row_count += totals->columns[3].int64[row];
        amount += plan->amount == NULL ? 0 : totals->columns[4].decimal6[row];
        json_array_append_new(list, entry);
    }
    json_t *document = json_pack("{s:s, s:I, s:o}", "list", plan->name, "rows",
                                 (json_int_t)row_count, "totals", list);
    if (document == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (plan->amount != NULL) {
        json_object_set_new(document, "amount", shire_json_decimal(amount, 2));
    }
    return shire_json_print(document, stdout, error);
}

static void print_totals(const list_plan *plan, const shire_frame *totals) {
    static const int widths[] = {12, 20, 34};
    int64_t row_count = 0;
    shire_money amount = 0;
    char text[40];
    printf("%-68s %10s%s\n", plan->title, "rows", plan->amount == NULL ? "" : "          amount");
    for (size_t row = 0; row < totals->row_count; row++) {
        for (size_t i = 0; i < 3; i++) {
            shire_span cell = shire_column_text(&totals->columns[i], row);
            int length = (int)(cell.length < (size_t)widths[i] ? cell.length : (size_t)widths[i]);
            printf("%s%.*s%*s", i == 0 ? "" : " ", length, cell.bytes, widths[i] - length, "");
        }
        row_count += totals->columns[3].int64[row];
        printf(" %10" PRId64, totals->columns[3].int64[row]);
        if (plan->amount != NULL) {
            amount += totals->columns[4].decimal6[row];
            format_cell(&totals->columns[4], row, true, text);
            printf(" %15s", text);
        }
        putchar('\n');
    }
    printf("%-68s %10" PRId64, "All", row_count);
    if (plan->amount != NULL) {
        shire_money_format_pounds(amount, text);
        printf(" %15s", text);
    }
    putchar('\n');
}

/* The plan's rows; those of the period's list need its days. */
static const char *rows_of(const list_call *call, const list_plan *plan) {
    char first[11];
    char last[11];
    if (strcmp(plan->name, "outside") != 0) {
        return plan->rows;
    }
    shire_date_format(call->partnership.period_first, first);
    shire_date_format(call->partnership.period_last, last);
    shire_builder sql = {0};
    const char *rest = plan->rows;
    const char *days[] = {first, last};
    size_t day = 0;
    for (; *rest != '\0'; rest++) {
        if (rest[0] == '%' && rest[1] == 's') {
            shire_builder_append_text(&sql, days[day++ % 2]);
            rest++;
        } else if (rest[0] == '%' && rest[1] == '%') {
            shire_builder_append(&sql, (shire_span){rest++, 1});
        } else {
            shire_builder_append(&sql, (shire_span){rest, 1});
        }
    }
    const char *copy =
        sql.failed ? NULL : shire_arena_copy_text(call->arena, sql.bytes, sql.length);
    shire_builder_free(&sql);
    return copy;
}

static shire_status print_list(const list_call *call, shire_error *error) {
    size_t number = 0;
    if (strcmp(call->list, "matching") == 0) {
        shire_run_matching matching;
        shire_status status =
            shire_run_matching_collect(call->warehouse, call->arena, &matching, error);
        if (status == SHIRE_OK && call->json) {
            json_t *document = json_pack("{s:o}", "matching", shire_run_matching_json(&matching));
            return document == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                    : shire_json_print(document, stdout, error);
        }
        if (status == SHIRE_OK) {
            shire_run_matching_print(&matching, true, stdout);
        }
        return status;
    }
    while (strcmp(plans[number].name, call->list) != 0) {
        number++;
    }
    const list_plan *plan = &plans[number];
    const char *rows = rows_of(call, plan);
    if (rows == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (call->csv) {
        csv_state state = {.has_header = false};
        shire_frame frame;
        shire_status status = shire_table_query(call->warehouse, rows, call->arena, &frame, error);
        return status == SHIRE_OK ? print_csv_batch(&frame, &state, error) : status;
    }
    shire_frame totals;
    shire_status status = query_totals(call, plan, rows, &totals, error);
    if (status == SHIRE_OK && call->json) {
        return print_totals_json(plan, &totals, error);
    }
    if (status == SHIRE_OK) {
        print_totals(plan, &totals);
    }
    return status;
}

/* -1: go on; else the exit status. */
static int check_list(const list_call *call) {
    const char *names[PLAN_COUNT + 1] = {"matching"};
    for (size_t i = 0; i < PLAN_COUNT; i++) {
        names[i + 1] = plans[i].name;
    }
    for (size_t i = 0; i <= PLAN_COUNT; i++) {
        if (strcmp(names[i], call->list) == 0) {
            return i == 0 && call->csv ? shire_cli_usage("list", "matching has no --csv") : -1;
        }
    }
    const char *nearest = shire_text_nearest(call->list, names, PLAN_COUNT + 1);
    return nearest == NULL ? shire_cli_usage("list", "there is no list '%s'", call->list)
                           : shire_cli_usage("list", "there is no list '%s'; did you mean %s?",
                                             call->list, nearest);
}

int shire_cli_list(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"csv", no_argument, NULL, 'c'},
                                            {"threads", required_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    list_call call = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        long long threads;
        switch (option) {
        case 'j':
            call.json = true;
            break;
        case 'c':
            call.csv = true;
            break;
        case 't':
            if (!shire_cli_parse_number("list", "--threads", optarg, 1, 1024, &threads)) {
                return shire_status_exit_code(SHIRE_INVALID);
            }
            call.thread_count = (int)threads;
            break;
        case 'h':
            print_help();
            return 0;
        default:
            return shire_cli_usage("list", "that option is not known");
        }
    }
    if (optind + 2 != argc) {
        return shire_cli_usage("list", "give a partnership folder and a list");
    }
    call.dir = argv[optind];
    call.list = argv[optind + 1];
    int finished = check_list(&call);
    if (finished >= 0) {
        return finished;
    }
    shire_error error = {0};
    shire_status status = open_warehouse(&call, &error);
    if (status == SHIRE_OK) {
        status = print_list(&call, &error);
    }
    shire_table_close(call.warehouse);
    shire_arena_wipe_free(call.arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("list", &error);
}
