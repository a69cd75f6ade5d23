/*
 * shire report DIR plics: writes the PLICS feeds of the last run's warehouse, and says what went
 * into each and what could not go.
 */
#include "cli/cli.h"
#include "cli/cli_plics.h"
#include "io/file.h"
#include "io/json.h"
#include "plics/plics.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct plics_report_request {
    const char *dir;
    const char *created; /* as given */
    bool json;
    int thread_count;
    shire_plics_options options;
} plics_report_request;

static void print_help(void) {
    puts(
        "Usage: shire report DIR plics [OPTION]...\n"
        "\n"
        "Writes the feeds of the National Cost Collection's PLICS extract from the last run: APC,\n"
        "OP, EC, SWC, SI and the reconciliation REC, one CSV file each, checked as `shire check "
        "DIR\n"
        "plics FILE` checks. Files take their place only when the feeds and what is left out sum\n"
        "to the costed activity and the reconciliation to the ledger. costing/plics_map.csv names\n"
        "the collection's codes; see docs/plics.md. The files hold patients' data.\n"
        "\n"
        "  --feed LIST          only these feeds: APC,OP,EC,SWC,SI,REC\n"
        "  --out FOLDER         write there (DIR/.shire/plics)\n"
        "  --organisation CODE  only this one (all that plics_map.csv maps)\n"
        "  --created TIME       date and time of creation in the header (the run's)\n"
        "  --max-records N      split a file over N records (9999999)\n"
        "  --json               print one JSON object\n"
        "  --threads N          use N threads (all processors)\n"
        "\n"
        "Exit status: 0 done, 1 failed, 2 bad input, 3 does not reconcile.");
}

/* The value of option `name` at argv[*i], which moves on to it; NULL when that is another option.
 */
static const char *option_value(const char *name, int argc, char **argv, int *i) {
    if (strcmp(argv[*i], name) != 0 || *i + 1 == argc) {
        return NULL;
    }
    return argv[++*i];
}

/* -1: go on; else the exit status. */
static int read_option(int argc, char **argv, int *i, plics_report_request *request) {
    const char *value;
    long long number;
    if ((value = option_value("--feed", argc, argv, i)) != NULL) {
        request->options.feeds = value;
    } else if ((value = option_value("--out", argc, argv, i)) != NULL) {
        request->options.output_dir = value;
    } else if ((value = option_value("--organisation", argc, argv, i)) != NULL) {
        request->options.organisation = value;
    } else if ((value = option_value("--created", argc, argv, i)) != NULL) {
        if (shire_timestamp_parse(shire_span_of(value), &request->options.created) != SHIRE_OK) {
            return shire_cli_usage("report", "--created takes a time such as 2025-06-02T17:30:00");
        }
        request->created = value;
    } else if ((value = option_value("--max-records", argc, argv, i)) != NULL) {
        if (!shire_cli_parse_number("report", "--max-records", value, 1, SHIRE_PLICS_RECORDS_MAX,
                                    &number)) {
            return shire_status_exit_code(SHIRE_INVALID);
        }
        request->options.records_max = number;
    } else if ((value = option_value("--threads", argc, argv, i)) != NULL) {
        if (!shire_cli_parse_number("report", "--threads", value, 1, 1024, &number)) {
            return shire_status_exit_code(SHIRE_INVALID);
        }
        request->thread_count = (int)number;
    } else {
        return shire_cli_usage("report", "'%s' is no option, lacks its value or is one too many",
                               argv[*i]);
    }
    return -1;
}

static int read_arguments(int argc, char **argv, plics_report_request *request) {
    bool named = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
        if (strcmp(argv[i], "--json") == 0) {
            request->json = true;
        } else if (argv[i][0] != '-' && request->dir == NULL) {
            request->dir = argv[i];
        } else if (argv[i][0] != '-' && !named) {
            named = true;
        } else {
            int finished = read_option(argc, argv, &i, request);
            if (finished >= 0) {
                return finished;
            }
        }
    }
    return -1;
}

/* ---- what is printed ---- */

static const char *pounds(shire_money amount, char buffer[32]) {
    shire_money_format_pounds(amount, buffer);
    return buffer;
}

static void print_list(const shire_plics_left_out *items, size_t count, const char *title) {
    char amount[32];
    if (count == 0) {
        return;
    }
    printf("\n%-80s %9s %9s %16s\n", title, "events", "records", "GBP");
    for (size_t i = 0; i < count; i++) {
        char what[512];
        snprintf(what, sizeof(what), "  %s %s%s%s", items[i].organisation, items[i].feed,
                 *items[i].feed == '\0' ? "" : ": ", items[i].reason);
        printf("%-80s %9lld %9lld %16s\n", what, (long long)items[i].event_count,
               (long long)items[i].record_count, pounds(items[i].amount, amount));
    }
}

static void print_text(const shire_plics_summary *summary) {
    char amounts[4][32];
    printf("%-64s %9s %16s\n", "file", "records", "GBP");
    for (size_t i = 0; i < summary->file_count; i++) {
        printf("%-64s %9lld %16s\n", summary->files[i].path,
               (long long)summary->files[i].record_count,
               pounds(summary->files[i].total, amounts[0]));
    }
    print_list(summary->left_out, summary->left_out_count, "In no feed");
    print_list(summary->emptied, summary->emptied_count, "Sent without a value or with a stand-in");
    printf("\n%-12s %16s %16s %16s %16s\n", "organisation", "ledger", "costed activity", "in feeds",
           "in no feed");
    for (size_t i = 0; i < summary->organisation_count; i++) {
        const shire_plics_organisation *one = &summary->organisations[i];
        printf("%-12s %16s %16s %16s %16s\n", one->organisation, pounds(one->ledger, amounts[0]),
               pounds(one->allocated, amounts[1]), pounds(one->in_feeds, amounts[2]),
               pounds(one->left_out, amounts[3]));
    }
    puts("Feeds and what is left out are the costed activity; the reconciliation is the ledger.");
}

static json_t *list_json(const shire_plics_left_out *items, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "organisation",
                                        items[i].organisation, "feed", items[i].feed, "reason",
                                        items[i].reason, "events", (json_int_t)items[i].event_count,
                                        "records", (json_int_t)items[i].record_count, "amount",
                                        shire_json_decimal(items[i].amount, 2)));
    }
    return list;
}

static shire_status print_json(const shire_plics_summary *summary, const char *output_dir,
                               shire_error *error) {
    json_t *files = json_array();
    json_t *organisations = json_array();
    for (size_t i = 0; i < summary->file_count; i++) {
        const shire_plics_file *file = &summary->files[i];
        json_array_append_new(files,
                              json_pack("{s:s, s:s, s:s, s:I, s:o}", "organisation",
                                        file->organisation, "feed", file->feed, "file", file->path,
                                        "records", (json_int_t)file->record_count, "total_cost",
                                        shire_json_decimal(file->total, 2)));
    }
    for (size_t i = 0; i < summary->organisation_count; i++) {
        const shire_plics_organisation *one = &summary->organisations[i];
        json_array_append_new(
            organisations, json_pack("{s:s, s:o, s:o, s:o, s:o}", "organisation", one->organisation,
                                     "ledger", shire_json_decimal(one->ledger, 2),
                                     "costed_activity", shire_json_decimal(one->allocated, 2),
                                     "in_feeds", shire_json_decimal(one->in_feeds, 2), "left_out",
                                     shire_json_decimal(one->left_out, 2)));
    }
    json_t *document = json_pack(
        "{s:s, s:o, s:o, s:o, s:o}", "folder", output_dir, "files", files, "organisations",
        organisations, "left_out", list_json(summary->left_out, summary->left_out_count),
        "sent_changed", list_json(summary->emptied, summary->emptied_count));
    if (document == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing JSON");
    }
    return shire_json_print(document, stdout, error);
}

/* ---- the work ---- */

/* The data set was made when the run was: the same run gives the same files. */
static shire_timestamp time_of_run(const char *warehouse_path) {
    struct stat about;
    return stat(warehouse_path, &about) == 0 ? (shire_timestamp)about.st_mtime * 1000000 : 0;
}

static shire_status report(plics_report_request *request, shire_arena *arena,
                           shire_table **warehouse, shire_error *error) {
    shire_partnership partnership;
    shire_plics_summary summary;
    shire_status status = shire_partnership_open(request->dir, arena, &partnership, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const char *path = shire_partnership_state_path(&partnership, arena, "warehouse.duckdb");
    const char *folder = shire_partnership_state_path(&partnership, arena, "plics");
    if (path == NULL || folder == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (!shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s: there is no run to report on; make one with `shire run %s`", path,
                          request->dir);
    }
    if (request->options.output_dir == NULL) {
        request->options.output_dir = folder;
    }
    if (request->created == NULL) {
        request->options.created = time_of_run(path);
    }
    status =
        shire_table_open(&(shire_table_options){.path = path,
                                                .read_only = true,
                                                .thread_count = request->thread_count,
                                                .memory_limit_mb = partnership.memory_limit_mb},
                         warehouse, error);
    if (status == SHIRE_OK) {
        status =
            shire_plics_report(*warehouse, &partnership, &request->options, arena, &summary, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (request->json) {
        return print_json(&summary, request->options.output_dir, error);
    }
    print_text(&summary);
    return SHIRE_OK;
}

int shire_cli_report_plics(int argc, char **argv) {
    plics_report_request request = {0};
    int finished = read_arguments(argc, argv, &request);
    if (finished >= 0) {
        return finished;
    }
    shire_arena *arena = NULL;
    shire_table *warehouse = NULL;
    shire_error error = {0};
    shire_status status = shire_arena_new("plics", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = report(&request, arena, &warehouse, &error);
    }
    shire_table_close(warehouse);
    shire_arena_wipe_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("report", &error);
}
