/*
 * shire check DIR: loads the partnership into a scratch warehouse that is thrown away, and says
 * what was found. The warehouse of the last run is not touched.
 */
#include "cli/cli_check.h"

#include "cli/cli.h"
#include "cli/cli_plics.h"
#include "core/meter.h"
#include "io/file.h"
#include "io/json.h"
#include "load/load.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct check_request {
    const char *dir;
    bool json;
    int thread_count; /* 0: all processors */
} check_request;

static void print_help(void) {
    puts(
        "Usage: shire check DIR [--json] [--threads N]\n"
        "       shire check DIR plics FILE [--json]\n"
        "\n"
        "Loads every extract of the partnership folder DIR into a scratch warehouse, checks every\n"
        "value and reference, and lists all findings in DIR/.shire/findings.csv.\n"
        "\n"
        "  --json       one JSON object instead of the tables\n"
        "  --threads N  use N threads (all processors)\n"
        "\n"
        "With plics it checks a file of the National Cost Collection's PLICS extracts instead, "
        "ours\n"
        "or anybody's: `shire check DIR plics --help`.\n"
        "\n"
        "Exit status: 0 loaded, with or without findings; 2 an extract could not be loaded, or a\n"
        "finding is of a kind in the setting stop_on; 1 failed.");
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, check_request *request) {
    for (int i = 1; i < argc; i++) {
        long long number = 0;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
        if (strcmp(argv[i], "--json") == 0) {
            request->json = true;
        } else if (strcmp(argv[i], "--threads") == 0) {
            if (i + 1 == argc) {
                return shire_cli_usage("check", "--threads needs a number");
            }
            if (!shire_cli_parse_number("check", "--threads", argv[++i], 1, 1024, &number)) {
                return shire_status_exit_code(SHIRE_INVALID);
            }
            request->thread_count = (int)number;
        } else if (argv[i][0] == '-' || request->dir != NULL) {
            return shire_cli_usage("check", "'%s' is one argument too many", argv[i]);
        } else {
            request->dir = argv[i];
        }
    }
    return request->dir == NULL ? shire_cli_usage("check", "name the partnership folder") : -1;
}

static void print_tables(const shire_load_summary *summary) {
    int width = 24;
    for (size_t i = 0; i < summary->extract_count; i++) {
        int length = (int)strlen(summary->extracts[i].file);
        width = length > width ? length : width;
    }
    printf("%-*s %12s %12s %12s\n", width, "extract", "read", "loaded", "rejected");
    for (size_t i = 0; i < summary->extract_count; i++) {
        const shire_load_extract *extract = &summary->extracts[i];
        if (extract->failed) {
            printf("%-*s %12s %12s %12s\n", width, extract->file, "-", "not loaded", "-");
        } else {
            printf("%-*s %12lld %12lld %12lld\n", width, extract->file,
                   (long long)extract->rows_read, (long long)extract->rows_loaded,
                   (long long)extract->rows_rejected);
        }
    }
    if (summary->count_count > 0) {
        printf("\n%-*s %12s %12s\n", width, "finding", "severity", "count");
    }
    for (size_t i = 0; i < summary->count_count; i++) {
        const shire_load_count *count = &summary->counts[i];
        printf("%-*s %12s %12lld\n", width, count->kind, count->severity,
               (long long)count->finding_count);
    }
    printf("\n%lld finding%s, listed in %s\n", (long long)summary->finding_count,
           summary->finding_count == 1 ? "" : "s", summary->findings_path);
}

static json_t *extracts_json(const shire_load_summary *summary) {
    json_t *extracts = json_array();
    for (size_t i = 0; i < summary->extract_count; i++) {
        const shire_load_extract *extract = &summary->extracts[i];
        json_array_append_new(
            extracts, json_pack("{s:s, s:s?, s:I, s:I, s:I, s:b}", "file", extract->file, "target",
                                extract->target, "rows_read", (json_int_t)extract->rows_read,
                                "rows_loaded", (json_int_t)extract->rows_loaded, "rows_rejected",
                                (json_int_t)extract->rows_rejected, "loaded", !extract->failed));
    }
    return extracts;
}

/* One kind may have several severities: a wrong type in a required column rejects the row. */
static json_t *counts_json(const shire_load_summary *summary, bool by_kind) {
    json_t *counts = json_object();
    for (size_t i = 0; i < summary->count_count; i++) {
        const shire_load_count *count = &summary->counts[i];
        const char *key = by_kind ? count->kind : count->severity;
        json_int_t before = json_integer_value(json_object_get(counts, key));
        json_object_set_new(counts, key, json_integer(before + count->finding_count));
    }
    return counts;
}

static shire_status print_json(const shire_load_summary *summary, const shire_meter *meter,
                               shire_error *error) {
    json_t *document = json_pack(
        "{s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:o, s:s, s:f, s:f}", "people_records",
        (json_int_t)summary->person_record_count, "events", (json_int_t)summary->event_count,
        "items", (json_int_t)summary->activity_item_count, "ledger_lines",
        (json_int_t)summary->ledger_line_count, "extracts", extracts_json(summary), "findings",
        (json_int_t)summary->finding_count, "findings_by_kind", counts_json(summary, true),
        "findings_by_severity", counts_json(summary, false), "findings_file",
        summary->findings_path, "seconds", meter->stages[0].seconds, "peak_mb",
        meter->stages[0].peak_mb);
    if (document == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing JSON");
    }
    return shire_json_print(document, stdout, error);
}

/* Load into memory; what does not fit goes to `scratch_dir`, which no other process shares. */
static shire_status check(const check_request *request, const shire_partnership *partnership,
                          const char *scratch_dir, shire_arena *arena, shire_error *error) {
    shire_table *table = NULL;
    shire_load_summary summary = {0};
    shire_meter meter = {0};
    shire_status status = shire_dir_make(scratch_dir, error);
    if (status == SHIRE_OK) {
        status =
            shire_table_open(&(shire_table_options){.thread_count = request->thread_count,
                                                    .memory_limit_mb = partnership->memory_limit_mb,
                                                    .temporary_dir = scratch_dir},
                             &table, error);
    }
    if (status == SHIRE_OK) {
        shire_meter_begin(&meter, "load");
        status = shire_load_partnership(
            table, partnership,
            &(shire_load_options){.thread_count = request->thread_count, .show_progress = true},
            arena, &summary, error);
        shire_meter_end(&meter);
    }
    if (summary.findings_path != NULL) {
        if (request->json) {
            shire_status printed = print_json(&summary, &meter, status == SHIRE_OK ? error : NULL);
            status = status == SHIRE_OK ? printed : status;
        } else {
            print_tables(&summary);
        }
        fflush(stdout);
    }
    shire_table_close(table);
    return status;
}

int shire_cli_check(int argc, char **argv) {
    if (shire_cli_wants_plics(argc, argv)) {
        return shire_cli_check_plics(argc, argv);
    }
    check_request request = {0};
    int finished = read_arguments(argc, argv, &request);
    if (finished >= 0) {
        return finished;
    }
    shire_arena *arena = NULL;
    shire_error error = {0};
    shire_partnership partnership;
    shire_status status = shire_arena_new("check", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(request.dir, arena, &partnership, &error);
    }
    if (status == SHIRE_OK) {
        const char *name = shire_arena_format(arena, "tmp/check-%ld", (long)getpid());
        const char *scratch_dir =
            name == NULL ? NULL : shire_partnership_state_path(&partnership, arena, name);
        if (scratch_dir == NULL) {
            status = SHIRE_FAIL(&error, SHIRE_NO_MEMORY, "out of memory");
        } else {
            status = check(&request, &partnership, scratch_dir, arena, &error);
            shire_status removed =
                shire_dir_remove(scratch_dir, status == SHIRE_OK ? &error : NULL);
            status = status == SHIRE_OK ? removed : status;
        }
    }
    shire_arena_wipe_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("check", &error);
}
