/*
 * England's year: the 732,616,184 activities of the National Cost Collection 2024/25 made, costed
 * exactly by the product's kernel, and totalled for 57.7 million people. Prints a Markdown table of
 * where the time goes, next to what the machine's memory can do in the same minute. Every run ends
 * with the reconciliation to the micropound, or fails.
 *
 * bench-england [--scale N] [--threads N] [--partitions N] [--check]
 *   --scale       divide activities and people, not costs, by this (1)
 *   --threads     all processors by default
 *   --partitions  stretches of the year that are costed on their own (64)
 *   --check       compare with the definition, and over threads and partitions; print TAP
 */
#include "core/meter.h"
#include "core/parallel.h"
#include "england_check.h"
#include "england_machine.h"
#include "england_memory.h"
#include "io/file.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20242025
#define PUBLISHED_TOTAL INT64_C(99178955511630000) /* to the penny */
#define SCALE_MAX 1000000
#define THREADS_MAX 256
#define PARTITIONS_MAX 1024

typedef struct bench_options {
    int64_t scale;
    int64_t thread_count;
    int64_t partition_count;
    bool check;
} bench_options;

static void check(shire_status status, const shire_error *error) {
    if (status != SHIRE_OK) {
        fprintf(stderr, "bench-england: %s\n", error->message);
        exit(shire_status_exit_code(status));
    }
}

static int64_t number_option(const char *text, int64_t most) {
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > most) {
        fprintf(stderr, "bench-england: '%s' is no whole number from 1 to %" PRId64 "\n", text,
                most);
        exit(2);
    }
    return value;
}

static bench_options parse_options(int argc, char **argv) {
    static const struct option known[] = {{"scale", required_argument, NULL, 's'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"partitions", required_argument, NULL, 'p'},
                                          {"check", no_argument, NULL, 'c'},
                                          {NULL, 0, NULL, 0}};
    bench_options options = {
        .scale = 1, .thread_count = shire_parallel_processor_count(), .partition_count = 64};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 's') {
            options.scale = number_option(optarg, SCALE_MAX);
        } else if (option == 't') {
            options.thread_count = number_option(optarg, THREADS_MAX);
        } else if (option == 'p') {
            options.partition_count = number_option(optarg, PARTITIONS_MAX);
        } else if (option == 'c') {
            options.check = true;
        } else {
            exit(2);
        }
    }
    return options;
}

/* The collection's path; without the file the check is skipped, but for continuous integration. */
static void find_collection(const bench_options *options, char *path, size_t path_bytes) {
    const char *shared = getenv("SHIRE_SHARED");
    snprintf(path, path_bytes, "%s/costing/national_cost_collection_2024_25.csv",
             shared == NULL ? "../shared/data" : shared);
    if (shire_file_exists(path)) {
        return;
    }
    const char *ci = getenv("CI");
    if (options->check && (ci == NULL || strcmp(ci, "true") != 0)) {
        printf("1..1\nok 1 # SKIP no national cost collection under SHIRE_SHARED\n");
        exit(0);
    }
    fprintf(stderr, "bench-england: %s: no such file; set SHIRE_SHARED\n", path);
    exit(2);
}

static void print_stage(const char *name, double seconds, double bytes, double memory_speed) {
    printf("| %s | %.2f s |", name, seconds);
    if (bytes > 0) {
        printf(" %.1f GB | %.0f %% |\n", bytes * 1e-9, 100 * bytes / seconds / memory_speed);
    } else {
        printf(" | |\n");
    }
}

static void print_sum(const char *what, shire_money money) {
    char text[24];
    shire_decimal_format(money, 6, text);
    printf("- %s: GBP %s\n", what, text);
}

static void print_result(const england_feed *feed, const england_result *result) {
    printf("\n");
    print_sum("published", PUBLISHED_TOTAL);
    print_sum("lines, each rounded to the micropound", feed->total);
    print_sum("residue against the published pence", feed->total - PUBLISHED_TOTAL);
    print_sum("costs of all items", result->parts.total);
    print_sum("costs of all people, and of nobody", result->people.total);
    print_sum("of it nobody's: lines whose activity is suppressed", result->nobody);
    printf("- checksums: items %016" PRIx64 ", people %016" PRIx64 "\n", result->parts.checksum,
           result->people.checksum);
}

static void reconcile(const england_feed *feed, const england_result *result) {
    if (result->parts.total != feed->total || result->people.total != feed->total) {
        fprintf(stderr, "bench-england: the costs do not add up to the lines\n");
        exit(shire_status_exit_code(SHIRE_UNRECONCILED));
    }
}

static void print_times(const england_feed *feed, const england_times *times, double memory_speed) {
    double items = (double)feed->item_count;
    double people = (double)feed->population * sizeof(shire_money);
    printf("| stage | time | memory moved | of copying speed |\n|---|---|---|---|\n");
    print_stage("make items, sum their weights", times->sum, 0, memory_speed);
    print_stage("put the partitions' sums together", times->start, 0, memory_speed);
    print_stage("make items again, spread, sort parts by range of people", times->spread, 8 * items,
                memory_speed);
    print_stage("add parts to people", times->settle,
                8 * items + 2 * people * ENGLAND_MEMORY_BATCHES, memory_speed);
    printf("| **in all** | **%.2f s** | | |\n",
           times->sum + times->start + times->spread + times->settle);
}

int main(int argc, char **argv) {
    bench_options options = parse_options(argc, argv);
    char path[4096];
    find_collection(&options, path, sizeof path);
    shire_error error = {0};
    shire_arena *arena = NULL;
    england_feed feed;
    check(shire_arena_new("bench", 0, &arena, &error), &error);
    check(england_feed_read(path, options.scale, SEED, arena, &feed, &error), &error);
    if (options.check) {
        int exit_status = england_check(&feed);
        shire_arena_free(arena);
        return exit_status;
    }
    shire_arena *machine_arena = NULL;
    check(shire_arena_new("machine", 0, &machine_arena, &error), &error);
    double memory_speed = england_memory_speed((int)options.thread_count, machine_arena);
    shire_arena_free(machine_arena);

    england_times times;
    england_result result;
    shire_meter meter = {0};
    shire_meter_begin(&meter, "in memory");
    check(england_memory_run(&feed, (size_t)options.partition_count, (int)options.thread_count,
                             arena, &result, &times, &error),
          &error);
    shire_meter_end(&meter);
    printf("%zu items, %" PRIu32 " people, %" PRId64 " threads, %" PRId64
           " partitions; copying memory: %.1f GB/s read and written.\n\n",
           feed.item_count, feed.population, options.thread_count, options.partition_count,
           memory_speed * 1e-9);
    print_times(&feed, &times, memory_speed);
    printf("\nPeak memory %.0f MB.\n", meter.stages[0].peak_mb);
    print_result(&feed, &result);
    reconcile(&feed, &result);
    shire_arena_free(arena);
    return 0;
}
