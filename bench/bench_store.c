/*
 * Audit entries through the store's group commit: how many a second become durable, checkpoints
 * signed on the way, and how long one that comes alone takes.
 *
 * bench-store [--store PATH_OR_URL] [--entries N], by default a scratch file and 50,000 entries. A
 * given store must be one to throw away: its log is written to, and stays. Prints Markdown; times
 * are of the process (user and system), so that other work on the machine does not count.
 */
#include "audit/audit_service.h"
#include "io/file.h"
#include "io/store_queue.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ALONE_COUNT 200

typedef struct store_bench {
    const char *where;
    char scratch[64];
    char path[96];
    long entry_count;
    shire_audit_sealer sealer;
    shire_error error;
} store_bench;

static void check(store_bench *bench, shire_status status) {
    if (status != SHIRE_OK) {
        fprintf(stderr, "bench-store: %s\n", bench->error.message);
        if (bench->scratch[0] != '\0') {
            (void)!shire_dir_remove(bench->scratch, NULL);
        }
        exit(1);
    }
}

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static shire_status append(shire_store *store, void *context, shire_error *error) {
    (void)context;
    const shire_audit_entry entry = {.kind = "read",
                                     .actor = "nurse.one@trust.example",
                                     .organisation = "RLQ",
                                     .purpose = "direct care",
                                     .subject = "P0123456789abcdef",
                                     .detail = "the joined record, page 1"};
    return shire_audit_append(store, &entry, error);
}

static void run(store_bench *bench) {
    static const uint8_t seed[SHIRE_KEY_SEED_BYTES] = {7};
    shire_store_queue *queue = NULL;
    shire_store_queue_options options = {
        .where = bench->where, .seal = shire_audit_seal, .seal_context = &bench->sealer};
    check(bench, shire_audit_signer_set(&bench->sealer.signer, shire_span_of("bench.example/audit"),
                                        SHIRE_AUDIT_KEY_LOG, seed, &bench->error));
    check(bench, shire_store_queue_open(&options, &queue, &bench->error));
    double wall = seconds(CLOCK_MONOTONIC);
    double work = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < bench->entry_count; i++) {
        while (shire_store_queue_submit(queue, append, NULL, NULL) == SHIRE_BUSY) {
            sched_yield();
        }
    }
    check(bench, shire_store_queue_run(queue, append, NULL, &bench->error));
    wall = seconds(CLOCK_MONOTONIC) - wall;
    work = seconds(CLOCK_PROCESS_CPUTIME_ID) - work;
    shire_store_queue_counts counts = shire_store_queue_count(queue);
    double alone = seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < ALONE_COUNT; i++) {
        check(bench, shire_store_queue_run(queue, append, NULL, &bench->error));
    }
    alone = seconds(CLOCK_MONOTONIC) - alone;
    shire_store_queue_close(queue);
    double done = (double)counts.done;
    puts("| entries | transactions | durable a second | a second of processor | alone, ms |");
    puts("|---|---|---|---|---|");
    printf("| %" PRIu64 " | %" PRIu64 " | %.0f | %.0f | %.2f |\n", counts.done, counts.batches,
           done / wall, done / work, alone / ALONE_COUNT * 1000);
}

int main(int argc, char **argv) {
    store_bench bench = {.entry_count = 50000};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--store") == 0) {
            bench.where = argv[i + 1];
        } else if (strcmp(argv[i], "--entries") == 0) {
            bench.entry_count = strtol(argv[i + 1], NULL, 10);
        }
    }
    if (bench.where == NULL) {
        snprintf(bench.scratch, sizeof bench.scratch, "/tmp/shire-bench-store-XXXXXX");
        if (mkdtemp(bench.scratch) == NULL) {
            perror("bench-store");
            return 1;
        }
        snprintf(bench.path, sizeof bench.path, "%s/store.db", bench.scratch);
        bench.where = bench.path;
    }
    run(&bench);
    return bench.scratch[0] != '\0' && shire_dir_remove(bench.scratch, NULL) != SHIRE_OK;
}
