/* shire synth DIR: makes a synthetic partnership with known truth. */
#include "cli/cli_synth.h"
#include "cli/cli.h"
#include "core/meter.h"
#include "synth/synth.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: shire synth DIR [--people N] [--seed S] [--threads N] [--json]\n\n"
    "Makes a partnership folder of made-up people: their records in six systems, their care of\n"
    "2024/25, five ledgers, a costing model, and the truth of who is who. Same seed, same "
    "bytes.\n\n"
    "  --people N    how many people, 500 to 900000 (default 180000)\n"
    "  --seed S      a whole number from 0 (default 1)\n"
    "  --threads N   threads (default: all processors); makes no difference to the files\n"
    "  --json        print the summary as JSON\n";

int shire_cli_synth(int argc, char **argv) {
    static const struct option options[] = {
        {"people", required_argument, NULL, 'p'},  {"seed", required_argument, NULL, 's'},
        {"threads", required_argument, NULL, 't'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    long long people = SHIRE_SYNTH_PEOPLE_DEFAULT, seed = 1, threads = 0;
    bool json = false;
    optind = 1;
    opterr = 0;
    for (int option = 0; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        bool good = true;
        switch (option) {
        case 'p':
            good = shire_cli_parse_number("synth", "--people", optarg, SHIRE_SYNTH_PEOPLE_MIN,
                                          SHIRE_SYNTH_PEOPLE_MAX, &people);
            break;
        case 's':
            good = shire_cli_parse_number("synth", "--seed", optarg, 0, INT64_MAX, &seed);
            break;
        case 't':
            good = shire_cli_parse_number("synth", "--threads", optarg, 1, 1024, &threads);
            break;
        case 'j':
            json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return shire_cli_usage("synth", "there is no option %s, or its value is missing",
                                   argv[optind - 1]);
        }
        if (!good) {
            return shire_status_exit_code(SHIRE_INVALID);
        }
    }
    if (argc - optind != 1) {
        return shire_cli_usage("synth", "give one folder");
    }
    shire_meter meter = {0};
    shire_error error = {0};
    shire_synth_summary summary;
    shire_synth_options synth = {.dir = argv[optind],
                                 .people_count = people,
                                 .seed = (uint64_t)seed,
                                 .thread_count = (int)threads};
    shire_meter_begin(&meter, "synth");
    if (shire_synth_write(&synth, &summary, &error) != SHIRE_OK) {
        return shire_cli_fail("synth", &error);
    }
    shire_meter_end(&meter);
    printf(json ? "{\"people\": %lld, \"records\": %lld, \"events\": %lld, \"items\": %lld, "
                  "\"ledger_lines\": %lld, \"seconds\": %.3f, \"peak_mb\": %.0f}\n"
                : "%lld people, %lld records, %lld events, %lld items, %lld ledger lines in "
                  "%.1f s, %.0f MB\n",
           (long long)summary.people, (long long)summary.records, (long long)summary.events,
           (long long)summary.items, (long long)summary.ledger_lines, meter.stages[0].seconds,
           meter.stages[0].peak_mb);
    return 0;
}
