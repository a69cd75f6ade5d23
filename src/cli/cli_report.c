/*
 * shire report DIR: make the report again from the last run's warehouse, into DIR/.shire/report.
 * The warehouse is only read. Where the partnership names a truth, how well records were joined is
 * measured again from the warehouse's own links.
 */
#include "cli/cli_report.h"

#include "cli/cli.h"
#include "cli/cli_plics.h"
#include "io/file.h"
#include "io/json.h"
#include "org/run_place.h"
#include "report/report.h"

#include <getopt.h>
#include <stdio.h>

typedef struct report_call {
    const char *dir;
    bool json;
    int thread_count;
    shire_arena *arena;
    shire_table *warehouse;
    shire_partnership partnership;
    const char *report_dir;
} report_call;

static void print_help(void) {
    puts("Usage: shire report DIR [--json] [--threads N]\n"
         "       shire report DIR plics [OPTION]...\n"
         "\n"
         "Make the report of the partnership folder DIR again from the warehouse of its last run.\n"
         "\n"
         "  --json       print one JSON object: the paths of page, spreadsheet and tables\n"
         "  --threads N  use N threads (default: all processors)\n"
         "\n"
         "With plics it writes the PLICS feeds of the National Cost Collection instead:\n"
         "`shire report DIR plics --help`.\n"
         "\n"
         "Writes DIR/.shire/report/: report.html, report.xlsx and tables/*.parquet.\n"
         "Exit status: 0 done, 1 failed, 2 bad input (also when there was no run).");
}

/* Pairs of records that share a person, a true person, or both, over the records that the truth
 * names; a record named twice counts once. */
static char *quality_sql(const report_call *call) {
    shire_builder sql = {0};
    shire_builder_append_text(
        &sql, "WITH placed AS (SELECT l.person_no, any_value(t.person) AS truth FROM read_csv(");
    shire_builder_append_sql_literal(&sql, shire_span_of(call->partnership.truth_path));
    shire_builder_append_text(
        &sql, ", header = true, all_varchar = true) t"
              " JOIN organisation o ON o.code = t.organisation"
              " JOIN person_record r ON r.organisation_no = o.organisation_no"
              "  AND r.source = t.source AND r.local_id = t.local_id"
              " JOIN person_link l USING (record_no)"
              " WHERE t.person IS NOT NULL GROUP BY r.record_no, l.person_no),"
              " pairs AS (SELECT (n * (n - 1) // 2)::BIGINT AS pair_count, kind FROM ("
              "  SELECT count(*) AS n, 0 AS kind FROM placed GROUP BY person_no"
              "  UNION ALL SELECT count(*), 1 FROM placed GROUP BY truth"
              "  UNION ALL SELECT count(*), 2 FROM placed GROUP BY person_no, truth))"
              " SELECT coalesce(sum(pair_count) FILTER (kind = 0), 0)::BIGINT,"
              " coalesce(sum(pair_count) FILTER (kind = 1), 0)::BIGINT,"
              " coalesce(sum(pair_count) FILTER (kind = 2), 0)::BIGINT FROM pairs");
    char *text = sql.failed ? NULL : shire_arena_copy_text(call->arena, sql.bytes, sql.length);
    shire_builder_free(&sql);
    return text;
}

static shire_status measure_links(const report_call *call, shire_report_options *options,
                                  shire_error *error) {
    if (call->partnership.truth_path == NULL || !shire_file_exists(call->partnership.truth_path)) {
        return SHIRE_OK;
    }
    const char *sql = quality_sql(call);
    if (sql == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    shire_frame frame;
    shire_status status = shire_table_query(call->warehouse, sql, call->arena, &frame, error);
    if (status != SHIRE_OK) {
        shire_error_prefix(error, "%s", call->partnership.truth_path);
        return status;
    }
    double made = (double)frame.columns[0].int64[0];
    double true_pairs = (double)frame.columns[1].int64[0];
    double correct = (double)frame.columns[2].int64[0];
    options->truth_known = true;
    options->precision = made > 0 ? correct / made : 1;
    options->recall = true_pairs > 0 ? correct / true_pairs : 1;
    double sum = options->precision + options->recall;
    options->f1 = sum > 0 ? 2 * options->precision * options->recall / sum : 0;
    return SHIRE_OK;
}

static shire_status make_report(report_call *call, shire_error *error) {
    shire_status status = shire_arena_new("report", 0, &call->arena, error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(call->dir, call->arena, &call->partnership, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    const char *run = shire_run_place_last(&call->partnership, call->arena);
    const char *path =
        shire_arena_format(call->arena, "%s/warehouse.duckdb", run == NULL ? "" : run);
    const char *made_dir = shire_arena_format(call->arena, "%s/report", run == NULL ? "" : run);
    call->report_dir = shire_partnership_state_path(&call->partnership, call->arena, "report");
    if (run == NULL || path == NULL || made_dir == NULL || call->report_dir == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (!shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s/.shire/warehouse.duckdb: there is no run to report on; make one "
                          "with `shire run %s`",
                          call->partnership.dir, call->dir);
    }
    status = shire_table_open(
        &(shire_table_options){.path = path,
                               .read_only = true,
                               .thread_count = call->thread_count,
                               .memory_limit_mb = call->partnership.memory_limit_mb},
        &call->warehouse, error);
    shire_report_options options = {0};
    if (status == SHIRE_OK) {
        status = measure_links(call, &options, error);
    }
    return status == SHIRE_OK ? shire_report_run(call->warehouse, &call->partnership, made_dir,
                                                 &options, call->arena, error)
                              : status;
}

static shire_status print_paths(const report_call *call, shire_error *error) {
    if (!call->json) {
        printf("Report: %s/report.html\n", call->report_dir);
        return SHIRE_OK;
    }
    json_t *document =
        json_pack("{s:o, s:o, s:o}", "report", json_sprintf("%s/report.html", call->report_dir),
                  "spreadsheet", json_sprintf("%s/report.xlsx", call->report_dir), "tables",
                  json_sprintf("%s/tables", call->report_dir));
    if (document == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    return shire_json_print(document, stdout, error);
}

int shire_cli_report(int argc, char **argv) {
    if (shire_cli_wants_plics(argc, argv)) {
        return shire_cli_report_plics(argc, argv);
    }
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"threads", required_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    report_call call = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        long long threads;
        switch (option) {
        case 'j':
            call.json = true;
            break;
        case 't':
            if (!shire_cli_parse_number("report", "--threads", optarg, 1, 1024, &threads)) {
                return shire_status_exit_code(SHIRE_INVALID);
            }
            call.thread_count = (int)threads;
            break;
        case 'h':
            print_help();
            return 0;
        default:
            return shire_cli_usage("report", "that option is not known");
        }
    }
    if (optind + 1 != argc) {
        return shire_cli_usage("report", "give one partnership folder");
    }
    call.dir = argv[optind];

    shire_error error = {0};
    shire_status status = make_report(&call, &error);
    if (status == SHIRE_OK) {
        status = print_paths(&call, &error);
    }
    shire_table_close(call.warehouse);
    shire_arena_wipe_free(call.arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("report", &error);
}
