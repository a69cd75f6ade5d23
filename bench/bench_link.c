/*
 * Linkage: pairs scored by the engine against the same model in DuckDB SQL, in one run, pair by
 * pair the same weight; `shire link` end to end over made-up records; on wish Splink on real files.
 *
 * bench-link [--records N] [--scored-records N] [--splink], by default a million records end to end
 * and the pairs of 200,000 scored both ways. Prints Markdown.
 */
#include "core/parallel.h"
#include "io/file.h"
#include "linkage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void linkage_check(linkage_bench *bench, shire_status status) {
    if (status != SHIRE_OK) {
        shire_error ignored;
        fprintf(stderr, "bench-link: %s\n", bench->error.message);
        (void)!shire_dir_remove(bench->dir, &ignored);
        exit(1);
    }
}

void *linkage_checked(linkage_bench *bench, void *memory) {
    linkage_check(bench, memory != NULL
                             ? SHIRE_OK
                             : SHIRE_FAIL(&bench->error, SHIRE_NO_MEMORY, "out of memory"));
    return memory;
}

static bool parse(int argc, char **argv, linkage_bench *bench) {
    for (int i = 1; i < argc; i++) {
        int64_t *number = strcmp(argv[i], "--records") == 0          ? &bench->records
                          : strcmp(argv[i], "--scored-records") == 0 ? &bench->scored_records
                                                                     : NULL;
        if (strcmp(argv[i], "--splink") == 0) {
            bench->with_splink = true;
        } else if (number != NULL && i + 1 < argc) {
            *number = strtoll(argv[++i], NULL, 10);
        } else {
            return false;
        }
    }
    return bench->records >= 0 && bench->scored_records >= 1000;
}

int main(int argc, char **argv) {
    const char *dir = getenv("TMPDIR");
    linkage_bench bench = {.records = 1000000,
                           .scored_records = 200000,
                           .thread_count = shire_parallel_processor_count()};
    if (!parse(argc, argv, &bench)) {
        fprintf(stderr, "usage: bench-link [--records N] [--scored-records N] [--splink]; no part "
                        "of fewer than 1000 scored records\n");
        return 2;
    }
    snprintf(bench.dir, sizeof bench.dir, "%s/shire-bench-link-XXXXXX", dir == NULL ? "/tmp" : dir);
    if (mkdtemp(bench.dir) == NULL) {
        fprintf(stderr, "bench-link: %s cannot be made\n", bench.dir);
        return 1;
    }
    linkage_bench_scoring(&bench);
    if (bench.records > 0) {
        linkage_bench_whole(&bench);
    }
    if (bench.with_splink) {
        linkage_bench_splink(&bench);
    }
    linkage_check(&bench, shire_dir_remove(bench.dir, &bench.error));
    return 0;
}
