/*
 * shire link report DIR: the HTML page of how the last run linked (report/report_linkage.h), from
 * its warehouse, which is only read.
 */
#include "cli/cli_link_report.h"

#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "io/json.h"
#include "report/report_linkage.h"

#include <stdio.h>
#include <string.h>

typedef struct report_call {
    const char *dir;
    const char *out_path;
    bool json;
    int thread_count;
} report_call;

static void print_help(void) {
    puts("Usage: shire link report DIR [--out FILE.html] [--json] [--threads N]\n"
         "\n"
         "Writes one HTML page, without script and without network, of how the last run linked:\n"
         "the weights of pairs, what the model learnt, records that cannot be linked, an estimate "
         "of\n"
         "what blocking missed, and link rate by age, sex and area, with precision and recall "
         "where\n"
         "the partnership names a truth. `shire link FILE... --report FILE.html` writes the same "
         "of\n"
         "files.\n"
         "\n"
         "  --out FILE   where to write (default: DIR/.shire/linkage.html)\n"
         "  --json       print one JSON object with the path\n"
         "  --threads N  use N threads (default: all processors)\n"
         "\n"
         "Exit status: 0 done, 1 failed, 2 bad input (also when there was no run).");
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, report_call *call) {
    for (int i = 1; i < argc; i++) {
        long long number = 0;
        bool takes_value = strcmp(argv[i], "--out") == 0 || strcmp(argv[i], "--threads") == 0;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
        if (takes_value && i + 1 == argc) {
            return shire_cli_usage("link report", "%s needs a value", argv[i]);
        }
        if (strcmp(argv[i], "--json") == 0) {
            call->json = true;
        } else if (strcmp(argv[i], "--out") == 0) {
            call->out_path = argv[++i];
        } else if (takes_value) {
            if (!shire_cli_parse_number("link report", "--threads", argv[++i], 1, 1024, &number)) {
                return shire_status_exit_code(SHIRE_INVALID);
            }
            call->thread_count = (int)number;
        } else if (call->dir != NULL || strncmp(argv[i], "--", 2) == 0) {
            return shire_cli_usage("link report", "there is an argument too many or unknown");
        } else {
            call->dir = argv[i];
        }
    }
    return call->dir == NULL ? shire_cli_usage("link report", "name the partnership folder") : -1;
}

static shire_status make_report(const report_call *call, shire_arena *arena, shire_table **table,
                                const char **path_out, shire_error *error) {
    shire_partnership partnership;
    shire_status status = shire_partnership_open(call->dir, arena, &partnership, error);
    if (status == SHIRE_OK) {
        status = shire_cli_open_warehouse(call->dir, call->thread_count, arena, table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    *path_out = call->out_path != NULL
                    ? call->out_path
                    : shire_partnership_state_path(&partnership, arena, "linkage.html");
    if (*path_out == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    const shire_linkage_report_options options = {.title = partnership.name,
                                                  .ages_on = partnership.period_last};
    return shire_linkage_report_write(*table, &options, *path_out, arena, error);
}

int shire_cli_link_report(int argc, char **argv) {
    report_call call = {0};
    shire_error error = {0};
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    const char *path = NULL;
    int decided = read_arguments(argc, argv, &call);
    if (decided >= 0) {
        return decided;
    }
    shire_status status = shire_arena_new("link_report", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = make_report(&call, arena, &table, &path, &error);
    }
    if (status == SHIRE_OK && call.json) {
        status = shire_json_print(json_pack("{s:s}", "report", path), stdout, &error);
    } else if (status == SHIRE_OK) {
        printf("Report: %s\n", path);
    }
    shire_table_close(table);
    shire_arena_wipe_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("link report", &error);
}
