/*
 * England's year: the 732,616,184 activities of the National Cost Collection 2024/25 made, costed
 * exactly by the product's kernel, and totalled for 57.7 million people. Prints a Markdown table of
 * where the time goes, next to what the machine's memory can do in the same minute. Every run ends
 * with the reconciliation to the micropound, or fails.
 *
 *   in memory     items are made near the processor, in each of the two passes
 *   from columns  a database file of items, none of it in the page cache, gets a cost for every
 * item and person, checkpointed
 *
 * bench-england [--scale N] [--threads N] [--partitions N] [--only memory|columns] [--check]
 *   --scale       divide activities and people, not costs, by this (1)
 *   --threads     all processors by default
 *   --partitions  stretches of the year that are costed on their own (64)
 *   --only        one of the two; the columns take 10 GB below TMPDIR (/tmp)
 *   --check       compare with the definition, and over threads and partitions; print TAP
 */
#include "core/meter.h"
#include "core/parallel.h"
#include "england_check.h"
#include "england_machine.h"
#include "england_memory.h"
#include "england_store.h"
#include "io/file.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SEED 20242025
#define PUBLISHED_TOTAL INT64_C(99178955511630000) /* to the penny */
#define SCALE_MAX 1000000
#define THREADS_MAX 256
#define PARTITIONS_MAX 1024

typedef struct bench_options {
    int64_t scale;
    int64_t thread_count;
    int64_t partition_count;
    bool memory;
    bool columns;
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
                                          {"only", required_argument, NULL, 'o'},
                                          {"check", no_argument, NULL, 'c'},
                                          {NULL, 0, NULL, 0}};
    bench_options options = {.scale = 1,
                             .thread_count = shire_parallel_processor_count(),
                             .partition_count = 64,
                             .memory = true,
                             .columns = true};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 's') {
            options.scale = number_option(optarg, SCALE_MAX);
        } else if (option == 't') {
            options.thread_count = number_option(optarg, THREADS_MAX);
        } else if (option == 'p') {
            options.partition_count = number_option(optarg, PARTITIONS_MAX);
        } else if (option == 'o' && strcmp(optarg, "memory") == 0) {
            options.columns = false;
        } else if (option == 'o' && strcmp(optarg, "columns") == 0) {
            options.memory = false;
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

/* One stage of `whole` seconds: its part of the time, and how many times as long as the machine
 * itself would take to move its bytes; 0 bytes or speed: it moves none that count. */
static void print_stage(const char *name, double seconds, double whole, double bytes,
                        double speed) {
    printf("| %s | %.2f s | %.0f %% |", name, seconds, 100 * seconds / whole);
    if (bytes > 0 && speed > 0) {
        printf(" %.1f GB | %.2f s | %.1f x |\n", bytes * 1e-9, bytes / speed,
               seconds * speed / bytes);
    } else {
        printf(" | | |\n");
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

static void print_times(const england_feed *feed, const england_times *times, double speed) {
    double items = (double)feed->item_count;
    double people = (double)feed->population * sizeof(shire_money);
    double whole = times->sum + times->start + times->spread + times->settle;
    double settled = 8 * items + 2 * people * ENGLAND_MEMORY_BATCHES;
    printf(
        "| stage | time | of all | moved | copying takes | ratio |\n|---|---|---|---|---|---|\n");
    print_stage("make items, sum their weights", times->sum, whole, 0, speed);
    print_stage("put the partitions' sums together", times->start, whole, 0, speed);
    print_stage("make items again, spread, sort parts by range of people", times->spread, whole,
                8 * items, speed);
    print_stage("add parts to people", times->settle, whole, settled, speed);
    print_stage("*all*", whole, whole, 8 * items + settled, speed);
}

static double processor_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static double begin(shire_meter *meter, const char *name) {
    shire_meter_begin(meter, name);
    return processor_seconds();
}

static void end(shire_meter *meter, double processor_start) {
    shire_meter_end(meter);
    printf("\nIn all %.2f s, of processors %.2f s; peak memory %.0f MB.\n",
           meter->stages[meter->stage_count - 1].seconds, processor_seconds() - processor_start,
           meter->stages[meter->stage_count - 1].peak_mb);
}

static void bench_memory(const bench_options *options, const england_feed *feed,
                         shire_meter *meter) {
    shire_error error = {0};
    shire_arena *arena = NULL;
    check(shire_arena_new("machine", 0, &arena, &error), &error);
    double memory_speed = england_memory_speed((int)options->thread_count, arena);
    shire_arena_free(arena);
    england_times times;
    england_result result;
    double start = begin(meter, "memory");
    check(shire_arena_new("memory", 0, &arena, &error), &error);
    check(england_memory_run(feed, (size_t)options->partition_count, (int)options->thread_count,
                             arena, &result, &times, &error),
          &error);
    printf("### In memory\n\nCopying memory: %.1f GB/s read and written.\n\n", memory_speed * 1e-9);
    print_times(feed, &times, memory_speed);
    end(meter, start);
    print_result(feed, &result);
    reconcile(feed, &result);
    shire_arena_free(arena);
}

/* Reading and writing go side by side, so that only all of it is held against the disk: two
 * readings, the first of which takes less than all columns, and one writing. */
static void print_store_times(const england_store_times *times, const england_disk_speed *disk) {
    double read = (double)times->activity_bytes;
    double written = (double)times->cost_bytes;
    double whole = times->weigh + times->spread + times->append + times->settle + times->people +
                   times->finish;
    printf(
        "\n### From stored columns\n\nThe disk: %.0f MB/s read, %.0f MB/s written. Activity %.2f "
        "GB, costs %.2f GB.\n\n| stage | time | of all | moved | the disk takes | ratio |\n"
        "|---|---|---|---|---|---|\n",
        disk->read * 1e-6, disk->write * 1e-6, read * 1e-9, written * 1e-9);
    print_stage("read lines and weights, sum", times->weigh, whole, 0, 0);
    print_stage("read all columns, spread, sort parts; write the costs of items beside it",
                times->spread, whole, 0, 0);
    print_stage("write the costs of the last items", times->append, whole, 0, 0);
    print_stage("add parts to people", times->settle, whole, 0, 0);
    print_stage("write the costs of people", times->people, whole, 0, 0);
    print_stage("commit and checkpoint", times->finish, whole, 0, 0);
    double disk_seconds = 2 * read / disk->read + written / disk->write;
    printf("\nThe disk alone would take %.2f s: %.1f x.\n", disk_seconds, whole / disk_seconds);
}

static void bench_columns(const bench_options *options, const england_feed *feed,
                          shire_meter *meter) {
    shire_error error = {0};
    const char *dir = getenv("TMPDIR");
    char path[4096];
    dir = dir == NULL ? "/tmp" : dir;
    snprintf(path, sizeof path, "%s/shire-bench-england-%d.duckdb", dir, (int)getpid());
    england_disk_speed disk;
    check(england_disk_measure(dir, &disk, &error), &error);
    england_store_options store = {.path = path,
                                   .feed = feed,
                                   .partition_count = (size_t)options->partition_count,
                                   .thread_count = (int)options->thread_count};
    shire_status status = england_store_make(&store, &error);
    england_store_times times;
    england_result result;
    double start = begin(meter, "columns");
    if (status == SHIRE_OK) {
        status = england_store_run(&store, &result, &times, &error);
    }
    unlink(path);
    check(status, &error);
    print_store_times(&times, &disk);
    end(meter, start);
    print_result(feed, &result);
    reconcile(feed, &result);
}

int main(int argc, char **argv) {
    bench_options options = parse_options(argc, argv);
    char path[4096];
    find_collection(&options, path, sizeof path);
    shire_error error = {0};
    shire_arena *arena = NULL;
    england_feed feed;
    check(shire_arena_new("feed", 0, &arena, &error), &error);
    check(england_feed_read(path, options.scale, SEED, arena, &feed, &error), &error);
    int exit_status = 0;
    if (options.check) {
        exit_status = england_check(&feed);
    } else {
        shire_meter meter = {0};
        double load[1] = {0};
        (void)getloadavg(load, 1);
        printf("%zu items, %" PRIu32 " people, %" PRId64 " threads, %" PRId64
               " partitions; the machine's load before was %.1f.\n\n",
               feed.item_count, feed.population, options.thread_count, options.partition_count,
               load[0]);
        if (options.memory) {
            bench_memory(&options, &feed, &meter);
        }
        if (options.columns) {
            bench_columns(&options, &feed, &meter);
        }
    }
    shire_arena_free(arena);
    return exit_status;
}
