/* shire <verb> DIR: finds the verb and hands over. Exit status: 0 done, 1 failed, 2 bad input,
 * 3 does not reconcile. */
#include "cli/cli.h"
#include "cli/cli_access.h"
#include "cli/cli_audit.h"
#include "cli/cli_backup.h"
#include "cli/cli_check.h"
#include "cli/cli_explain.h"
#include "cli/cli_link.h"
#include "cli/cli_list.h"
#include "cli/cli_match.h"
#include "cli/cli_model.h"
#include "cli/cli_record.h"
#include "cli/cli_report.h"
#include "cli/cli_run.h"
#include "cli/cli_serve.h"
#include "cli/cli_synth.h"
#include "cli/cli_whatif.h"
#include "io/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const shire_cli_verb shire_cli_verbs[] = {
    {"synth", "make a synthetic partnership with known truth", shire_cli_synth},
    {"check", "load a partnership folder and list what is wrong with its extracts",
     shire_cli_check},
    {"run", "load, link, cost and report a partnership", shire_cli_run},
    {"link", "find the records of one person in CSV or Parquet files", shire_cli_link},
    {"match", "find who of the people of the last run one record describes", shire_cli_match},
    {"report", "make the report again from the warehouse of the last run", shire_cli_report},
    {"model", "copy a costing model, change its period, lock and unlock it", shire_cli_model},
    {"list", "what the last run matched, left out or could not place", shire_cli_list},
    {"explain", "what the cost of a person or an event is made of, down to ledger lines",
     shire_cli_explain},
    {"whatif", "what costs would be with some inputs changed", shire_cli_whatif},
    {"serve", "serve the pages and the API of a partnership", shire_cli_serve},
    {"access", "accounts, teams and agreements: who may see what, and why", shire_cli_access_main},
    {"record", "load plans, alerts and documents that partners kept elsewhere", shire_cli_record},
    {"audit", "check and read the log of what was done, and witness another's", shire_cli_audit},
    {"backup", "write what no run can derive again into one file", shire_cli_backup},
    {"restore", "put a backup back, checked", shire_cli_restore},
    {NULL, NULL, NULL},
};

static void print_help(FILE *file) {
    fputs("Usage: shire VERB [ARGUMENT]...\n\nVerbs (each has --help):\n", file);
    for (const shire_cli_verb *verb = shire_cli_verbs; verb->name != NULL; verb++) {
        fprintf(file, "  %-10s %s\n", verb->name, verb->summary);
    }
    fputs("\n--store URL, of any verb: the store is the PostgreSQL database postgresql://..., and "
          "not\n"
          "DIR/.shire/store.db; so is SHIRE_STORE of the environment.\n",
          file);
    fputs("\nExit status: 0 done, 1 failed, 2 bad input, 3 does not reconcile.\n", file);
}

/*
 * `--store URL` of any verb, taken out of the arguments and told to shire_partnership_open by the
 * environment. False, with a sentence, for one that holds a password: everybody on the machine sees
 * a command line. The environment of a process only its owner does.
 */
static bool take_store(int *argc, char **argv) {
    int count = 0;
    for (int i = 0; i < *argc; i++) {
        const char *place = NULL;
        if (i > 0 && strcmp(argv[i], "--store") == 0 && i + 1 < *argc) {
            place = argv[++i];
        } else if (i > 0 && strncmp(argv[i], "--store=", 8) == 0) {
            place = argv[i] + 8;
        } else {
            argv[count++] = argv[i];
            continue;
        }
        if (shire_store_has_password(place)) {
            fputs("shire: a password on the command line can be seen by everybody on this machine; "
                  "put it into ~/.pgpass, or the whole URL into SHIRE_STORE of the environment\n",
                  stderr);
            return false;
        }
        if (setenv("SHIRE_STORE", place, 1) != 0) {
            fputs("shire: out of memory\n", stderr);
            return false;
        }
    }
    argv[count] = NULL;
    *argc = count;
    return true;
}

int main(int argc, char **argv) {
    /* What Shire writes may hold personal data: its owner alone may read it. */
    umask(0077);
    if (!take_store(&argc, argv)) {
        return 2;
    }
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("shire " SHIRE_VERSION);
        return 0;
    }
    for (const shire_cli_verb *verb = shire_cli_verbs; verb->name != NULL; verb++) {
        if (strcmp(argv[1], verb->name) == 0) {
            return verb->run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "shire: no verb '%s'; `shire --help` lists them\n", argv[1]);
    return 2;
}
