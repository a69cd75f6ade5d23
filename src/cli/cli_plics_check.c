/*
 * shire check DIR plics FILE: checks a PLICS file against the NHS Data Dictionary. All violations
 * go to DIR/.shire/plics_findings.csv, the first ones and counts to the terminal.
 */
#include "cli/cli.h"
#include "cli/cli_plics.h"
#include "io/file.h"
#include "io/json.h"
#include "plics/plics.h"

#include <stdio.h>
#include <string.h>

#define PRINTED_MAX 20

typedef struct plics_check_request {
    const char *dir;
    const char *file;
    bool json;
} plics_check_request;

bool shire_cli_wants_plics(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i++) {
        if (argv[i][0] != '-') {
            return strcmp(argv[i + 1], "plics") == 0;
        }
    }
    return false;
}

static void print_help(void) {
    puts("Usage: shire check DIR plics FILE [--json]\n"
         "\n"
         "Checks FILE, a feed of the National Cost Collection's PLICS extracts (APC, OP, EC, SWC,\n"
         "SI or REC) as CSV: every mandatory field, format, code and date, the record count and\n"
         "the total of the header. All violations go to DIR/.shire/plics_findings.csv with line,\n"
         "field, what is wrong and what to do; no message holds a value. docs/plics.md has the\n"
         "layout.\n"
         "\n"
         "  --json       one JSON object instead of the text\n"
         "\n"
         "Exit status: 0 the file is good, 2 it is not, 1 failed.");
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, plics_check_request *request) {
    bool named = false;
    for (int i = 1; i < argc; i++) {
        long long number;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
        if (strcmp(argv[i], "--json") == 0) {
            request->json = true;
        } else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            /* Taken as of every verb; one file is read by one thread. */
            if (!shire_cli_parse_number("check", "--threads", argv[++i], 1, 1024, &number)) {
                return shire_status_exit_code(SHIRE_INVALID);
            }
        } else if (argv[i][0] == '-' || request->file != NULL) {
            return shire_cli_usage("check", "'%s' is one argument too many", argv[i]);
        } else if (request->dir == NULL) {
            request->dir = argv[i];
        } else if (!named) {
            named = true;
        } else {
            request->file = argv[i];
        }
    }
    return request->file == NULL ? shire_cli_usage("check", "name the PLICS file to check") : -1;
}

static void print_text(const plics_check_request *request, const char *findings_path,
                       const shire_plics_check_summary *summary) {
    printf("%s: %s, %lld records, total cost %s\n", request->file,
           summary->feed == NULL ? "no PLICS feed" : summary->feed,
           (long long)summary->record_count, summary->total);
    if (summary->count_count > 0) {
        printf("\n%-20s %-70s %12s\n", "kind", "field", "count");
    }
    for (size_t i = 0; i < summary->count_count; i++) {
        printf("%-20s %-70s %12lld\n", summary->counts[i].kind, summary->counts[i].field,
               (long long)summary->counts[i].count);
    }
    if (summary->shown_count > 0) {
        putchar('\n');
    }
    for (size_t i = 0; i < summary->shown_count && i < PRINTED_MAX; i++) {
        const shire_plics_violation *one = &summary->shown[i];
        printf("line %lld%s%s: %s; %s\n", (long long)one->line, *one->field == '\0' ? "" : ", ",
               one->field, one->problem, one->remedy);
    }
    if (summary->empty_count > 0) {
        printf("\n%-91s %12s\n", "left empty (required where known, so no violation)", "records");
    }
    for (size_t i = 0; i < summary->empty_count; i++) {
        printf("%-91s %12lld\n", summary->empty[i].field, (long long)summary->empty[i].count);
    }
    printf("\n%lld violation%s", (long long)summary->violation_count,
           summary->violation_count == 1 ? "" : "s");
    if (summary->violation_count > 0) {
        printf(", listed in %s", findings_path);
    }
    putchar('\n');
}

static json_t *counts_json(const shire_plics_count *counts, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:I}", "kind", counts[i].kind, "field",
                                        counts[i].field, "count", (json_int_t)counts[i].count));
    }
    return list;
}

static shire_status print_json(const plics_check_request *request, const char *findings_path,
                               const shire_plics_check_summary *summary, shire_error *error) {
    json_t *kinds = json_object();
    for (size_t i = 0; i < summary->count_count; i++) {
        json_int_t before = json_integer_value(json_object_get(kinds, summary->counts[i].kind));
        json_object_set_new(kinds, summary->counts[i].kind,
                            json_integer(before + summary->counts[i].count));
    }
    json_t *shown = json_array();
    for (size_t i = 0; i < summary->shown_count; i++) {
        const shire_plics_violation *one = &summary->shown[i];
        json_array_append_new(shown,
                              json_pack("{s:I, s:s, s:s, s:s, s:s}", "line", (json_int_t)one->line,
                                        "field", one->field, "kind", one->kind, "problem",
                                        one->problem, "remedy", one->remedy));
    }
    json_t *document = json_pack(
        "{s:s, s:s?, s:s?, s:I, s:s, s:b, s:I, s:o, s:o, s:o, s:o, s:s}", "file", request->file,
        "feed", summary->feed, "organisation", summary->organisation, "records",
        (json_int_t)summary->record_count, "total_cost", summary->total, "valid",
        summary->violation_count == 0, "violations", (json_int_t)summary->violation_count,
        "violations_by_kind", kinds, "violations_by_field",
        counts_json(summary->counts, summary->count_count), "first_violations", shown, "left_empty",
        counts_json(summary->empty, summary->empty_count), "findings_file", findings_path);
    if (document == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing JSON");
    }
    return shire_json_print(document, stdout, error);
}

static shire_status check(const plics_check_request *request, shire_arena *arena,
                          int64_t *violation_count_out, shire_error *error) {
    shire_partnership partnership;
    shire_plics_check_summary summary = {0};
    shire_status status = shire_partnership_open(request->dir, arena, &partnership, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const char *state_dir = shire_arena_format(arena, "%s/.shire", partnership.dir);
    const char *findings_path =
        shire_partnership_state_path(&partnership, arena, "plics_findings.csv");
    if (state_dir == NULL || findings_path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    status = shire_dir_make(state_dir, error);
    if (status == SHIRE_OK) {
        status = shire_plics_check(request->file, findings_path, arena, &summary, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    *violation_count_out = summary.violation_count;
    if (request->json) {
        return print_json(request, findings_path, &summary, error);
    }
    print_text(request, findings_path, &summary);
    return SHIRE_OK;
}

int shire_cli_check_plics(int argc, char **argv) {
    plics_check_request request = {0};
    int finished = read_arguments(argc, argv, &request);
    if (finished >= 0) {
        return finished;
    }
    shire_arena *arena = NULL;
    shire_error error = {0};
    int64_t violation_count = 0;
    shire_status status = shire_arena_new("plics_check", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = check(&request, arena, &violation_count, &error);
    }
    shire_arena_wipe_free(arena);
    if (status != SHIRE_OK) {
        return shire_cli_fail("check", &error);
    }
    return violation_count == 0 ? 0 : shire_status_exit_code(SHIRE_INVALID);
}
