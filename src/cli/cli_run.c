/*
 * shire run DIR: load, link, cost, report, in that order, into a folder beside that of the last
 * good run. Only when every ledger reconciles and the report is written does it take that one's
 * place, in one step, and the store learns what changed in the person index: a run that fails
 * leaves both as they were, and a killed one is mended by the next.
 */
#include "cli/cli_run.h"

#include "cli/cli.h"
#include "cli/run_summary.h"
#include "cost/assurance.h"
#include "cost/cost.h"
#include "io/columns.h"
#include "io/file.h"
#include "io/table_identity.h"
#include "link/link.h"
#include "link/link_index.h"
#include "load/load.h"
#include "org/model_lock.h"
#include "org/run_place.h"
#include "report/report.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct run {
    const char *dir;
    bool json;
    int thread_count;
    shire_arena *arena;
    shire_partnership partnership;
    shire_table *warehouse;
    int lock; /* -1: not ours, and what is in the folders neither */
    shire_run_place place;
    const char *next_warehouse;
    const char *next_columns; /* kept for what-if questions */
    shire_meter meter;
    shire_run_summary summary;
} run;

static void print_help(void) {
    puts("Usage: shire run DIR [--json] [--threads N]\n"
         "\n"
         "Load the partnership folder DIR, join its person records, cost every person and event,\n"
         "reconcile each organisation's ledger and write the report.\n"
         "\n"
         "  --json       print one JSON object instead of tables\n"
         "  --threads N  use N threads (default: all processors)\n"
         "  --store URL  keep person ids, decisions and the audit log in a PostgreSQL database\n"
         "               and not in DIR/.shire/store.db; so does SHIRE_STORE of the environment\n"
         "\n"
         "Writes DIR/.shire/warehouse.duckdb, DIR/.shire/findings.csv and DIR/.shire/report/.\n"
         "Exit status: 0 done, 1 failed, 2 bad input, 3 a ledger does not reconcile.");
}

/* A file of the last run, or of this one; NULL when out of memory. */
static const char *last_file(const run *r, const char *name) {
    return shire_arena_format(r->arena, "%s/%s", r->place.last_dir, name);
}

static const char *next_file(const run *r, const char *name) {
    return shire_arena_format(r->arena, "%s/%s", r->place.next_dir, name);
}

static shire_status open_place(run *r, shire_error *error) {
    shire_partnership *partnership = &r->partnership;
    shire_status status = shire_partnership_lock(partnership, r->arena, &r->lock, error);
    if (status == SHIRE_OK) {
        status = shire_run_place_open(partnership, r->arena, &r->place, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    r->next_warehouse = next_file(r, "warehouse.duckdb");
    r->next_columns = next_file(r, "columns.bin");
    return r->next_warehouse == NULL || r->next_columns == NULL
               ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
               : shire_link_index_mend(partnership, r->arena, error); /* after one was killed */
}

/* The warehouse of the last run as that run left it: what somebody wrote into it since is not to
 * be taken over. */
static bool is_as_left(run *r, const char *warehouse) {
    char identity[SHIRE_COLUMNS_IDENTITY_BYTES];
    shire_columns *columns = NULL;
    const char *path = last_file(r, "columns.bin");
    bool is_same = path != NULL && shire_table_identity(warehouse, identity, NULL) == SHIRE_OK &&
                   shire_columns_open(path, identity, &columns, NULL) == SHIRE_OK;
    shire_columns_close(columns);
    return is_same;
}

/* Where nothing changed that loading reads, it takes over what the last run loaded. */
static shire_status load(run *r, shire_error *error) {
    shire_load_summary summary = {0};
    const shire_partnership *partnership = &r->partnership;
    const char *last = last_file(r, "warehouse.duckdb");
    const shire_table_options options = {.path = r->next_warehouse,
                                         .thread_count = r->thread_count,
                                         .memory_limit_mb = partnership->memory_limit_mb,
                                         .temporary_dir = next_file(r, "spill")};
    if (last == NULL || options.temporary_dir == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    const shire_load_options load_options = {
        .thread_count = r->thread_count,
        .show_progress = true,
        .recalled = is_as_left(r, last) && shire_load_recall(partnership, last, r->next_warehouse,
                                                             r->thread_count, r->arena)};
    shire_status status = shire_table_open(&options, &r->warehouse, error);
    return status == SHIRE_OK ? shire_load_partnership(r->warehouse, partnership, &load_options,
                                                       r->arena, &summary, error)
                              : status;
}

/* Loading stops on its own findings; this is for those of the stages after it. */
static shire_status stop_on_findings(run *r, shire_error *error) {
    for (size_t i = 0; i < r->partnership.stop_on_count; i++) {
        const char *kind = r->partnership.stop_on[i];
        shire_builder sql = {0};
        int64_t count = 0;
        shire_builder_append_text(&sql, "SELECT count(*) FROM finding WHERE kind = ");
        shire_builder_append_sql_literal(&sql, shire_span_of(kind));
        shire_status status = sql.failed
                                  ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                  : shire_table_query_int64(r->warehouse, sql.bytes, &count, error);
        shire_builder_free(&sql);
        if (status != SHIRE_OK) {
            return status;
        }
        if (count > 0) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "there are findings of kind %s, on which partnership.yaml says to "
                              "stop; see %s/.shire/findings.csv",
                              kind, r->partnership.dir);
        }
    }
    return SHIRE_OK;
}

/* What the next period's run is brought forward. */
static shire_status write_progress(run *r, shire_error *error) {
    const char *path = next_file(r, "work_in_progress.csv");
    return path == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                        : shire_cost_write_progress(r->warehouse, &r->partnership, path, error);
}

static shire_status run_stages(run *r, shire_error *error) {
    shire_link_summary link = {0};
    shire_cost_summary cost = {0};

    shire_meter_begin(&r->meter, "load");
    shire_status status = load(r, error);
    shire_meter_end(&r->meter);
    if (status != SHIRE_OK) {
        return status;
    }

    shire_meter_begin(&r->meter, "link");
    const shire_link_options link_options = {.thread_count = r->thread_count,
                                             .memory_path = last_file(r, "link.memory"),
                                             .memory_path_out = next_file(r, "link.memory")};
    if (link_options.memory_path == NULL || link_options.memory_path_out == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    status = shire_link_run(r->warehouse, &r->partnership, &link_options, r->arena, &link, error);
    shire_meter_end(&r->meter);
    if (status != SHIRE_OK) {
        return status;
    }

    shire_meter_begin(&r->meter, "cost");
    const shire_cost_options cost_options = {.thread_count = r->thread_count,
                                             .columns_path = r->next_columns};
    status = shire_cost_run(r->warehouse, &r->partnership, &cost_options, r->arena, &cost, error);
    if (status == SHIRE_OK) {
        status = shire_assurance_run(r->warehouse, &r->partnership,
                                     last_file(r, "warehouse.duckdb"), r->arena, error);
    }
    shire_meter_end(&r->meter);
    if (status == SHIRE_OK) {
        status = stop_on_findings(r, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }

    status = write_progress(r, error);
    if (status != SHIRE_OK) {
        return status;
    }

    shire_meter_begin(&r->meter, "report");
    const shire_report_options report_options = {.truth_known = link.truth_known,
                                                 .precision = link.precision,
                                                 .recall = link.recall,
                                                 .f1 = link.f1};
    const char *report_dir = next_file(r, "report");
    if (report_dir == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    status = shire_report_run(r->warehouse, &r->partnership, report_dir, &report_options, r->arena,
                              error);
    shire_meter_end(&r->meter);
    r->summary.records_compared = (int64_t)link.records_compared;
    r->summary.link = (shire_link_quality){.known = link.truth_known,
                                           .precision = link.precision,
                                           .recall = link.recall,
                                           .f1 = link.f1};
    if (status == SHIRE_OK) {
        status = shire_run_summary_collect(r->warehouse, r->arena, &r->summary, error);
    }
    return status;
}

/* What the audit log says of this run. */
static shire_status describe(run *r, shire_audit_entry *entry_out, shire_error *error) {
    char first[11];
    char last[11];
    shire_date_format(r->partnership.period_first, first);
    shire_date_format(r->partnership.period_last, last);
    const char *detail =
        shire_arena_format(r->arena,
                           "%s to %s: records %" PRId64 ", people %" PRId64 ", events %" PRId64
                           ", items %" PRId64 ", findings %" PRId64 "; reconciled",
                           first, last, r->summary.records, r->summary.people, r->summary.events,
                           r->summary.items, r->summary.findings);
    *entry_out = (shire_audit_entry){
        .kind = "run", .actor = shire_audit_account(r->arena), .detail = detail};
    return detail == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory") : SHIRE_OK;
}

/* The run takes its place, then the store gets what it changed in the person index. Where that
 * fails the last run has its place again. */
static shire_status take_place(run *r, shire_error *error) {
    shire_audit_entry entry;
    shire_status status = describe(r, &entry, error);
    if (status == SHIRE_OK) {
        status = shire_link_index_prepare(&r->partnership, r->arena, error);
    }
    if (status == SHIRE_OK) {
        status = shire_run_place_take(&r->place, r->arena, error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_index_commit(&r->partnership, &entry, r->arena, error);
        if (status != SHIRE_OK) {
            shire_error ignored; /* what failed first is what counts */
            (void)!shire_run_place_give_back(&r->place, r->arena, &ignored);
        }
    }
    return status;
}

/* The findings of all stages take the place of those of loading alone, also after a failure: they
 * say what to mend. */
static shire_status write_findings(run *r, shire_error *error) {
    char *path = shire_partnership_state_path(&r->partnership, r->arena, "findings.csv");
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    return shire_load_write_findings(r->warehouse, path, error);
}

/* The columns belong to the warehouse that has just been closed, and to no other. */
static shire_status seal_columns(run *r, shire_error *error) {
    char identity[SHIRE_COLUMNS_IDENTITY_BYTES];
    shire_status status = shire_table_identity(r->next_warehouse, identity, error);
    return status == SHIRE_OK ? shire_columns_seal(r->next_columns, identity, error) : status;
}

static shire_status execute(run *r, shire_error *error) {
    shire_status status = shire_arena_new("run", 0, &r->arena, error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(r->dir, r->arena, &r->partnership, error);
    }
    if (status == SHIRE_OK) {
        status = shire_model_lock_check(r->partnership.dir, r->arena, error);
    }
    if (status == SHIRE_OK) {
        status = open_place(r, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    status = run_stages(r, error);
    if (r->warehouse == NULL) {
        return status;
    }
    /* After a failure the findings say more than the one sentence, and that there is no room or
     * reason to write any says less. */
    shire_error ignored = {0};
    shire_status written = write_findings(r, status == SHIRE_OK ? error : &ignored);
    if (status != SHIRE_OK || written != SHIRE_OK) {
        return status != SHIRE_OK ? status : written;
    }
    shire_table_close(r->warehouse);
    r->warehouse = NULL;
    status = seal_columns(r, error);
    return status == SHIRE_OK ? take_place(r, error) : status;
}

static shire_status print_summary(run *r, shire_error *error) {
    const char *report_path =
        shire_partnership_state_path(&r->partnership, r->arena, "report/report.html");
    if (r->json) {
        return shire_run_summary_print_json(&r->summary, &r->meter, report_path, stdout, error);
    }
    shire_run_summary_print(&r->summary, &r->meter, &r->partnership, report_path, stdout);
    return SHIRE_OK;
}

static void close_run(run *r) {
    shire_table_close(r->warehouse);
    shire_error error;
    if (r->place.link != NULL && shire_run_place_close(&r->place, r->arena, &error) != SHIRE_OK) {
        fprintf(stderr, "shire run: %s\n", error.message);
    }
    if (r->lock >= 0) {
        close(r->lock);
    }
    shire_arena_wipe_free(r->arena);
}

int shire_cli_run(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"threads", required_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    run r = {.lock = -1};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        long long threads;
        switch (option) {
        case 'j':
            r.json = true;
            break;
        case 't':
            if (!shire_cli_parse_number("run", "--threads", optarg, 1, 1024, &threads)) {
                return shire_status_exit_code(SHIRE_INVALID);
            }
            r.thread_count = (int)threads;
            break;
        case 'h':
            print_help();
            return 0;
        default:
            return shire_cli_usage("run", "that option is not known");
        }
    }
    if (optind + 1 != argc) {
        return shire_cli_usage("run", "give one partnership folder");
    }
    r.dir = argv[optind];

    shire_error error = {0};
    shire_status status = execute(&r, &error);
    if (status == SHIRE_OK) {
        status = print_summary(&r, &error);
    }
    close_run(&r);
    return status == SHIRE_OK ? 0 : shire_cli_fail("run", &error);
}
