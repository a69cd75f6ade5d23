/*
 * Matching one record against a county: how long opening takes, and each match, with typing errors
 * and half of the NHS numbers missing.
 *
 * bench-match [--people N] [--queries N] [--dir DIR], by default 180,000 synthetic people, made and
 * run in a scratch folder, and 4,000 queries. DIR is a partnership that was run already. Prints
 * Markdown.
 */
#include "core/meter.h"
#include "core/parallel.h"
#include "core/random.h"
#include "io/file.h"
#include "link/link_match.h"
#include "synth/synth.h"
#include "synth/synth_error.h"

#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEXT_BYTES 256

typedef struct match_bench {
    int64_t people;
    int64_t queries;
    const char *dir; /* NULL: a scratch folder */
    char scratch[PATH_MAX];
    shire_arena *arena;
    shire_table *warehouse;
    shire_link_matcher *matcher;
    shire_error error;
} match_bench;

static void check(match_bench *bench, shire_status status) {
    if (status != SHIRE_OK) {
        shire_error ignored;
        fprintf(stderr, "bench-match: %s\n", bench->error.message);
        if (bench->scratch[0] != '\0') {
            (void)!shire_dir_remove(bench->scratch, &ignored);
        }
        exit(1);
    }
}

/* `shire run DIR` by the program that lies above this one. */
static void run_program(match_bench *bench, const char *dir) {
    char path[PATH_MAX] = {0};
    int state = -1;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    char *end = length > 0 ? strstr(path, "/bench/bench-match") : NULL;
    if (end != NULL) {
        memcpy(end, "/shire", sizeof "/shire");
    }
    fflush(stdout);
    pid_t child = end == NULL ? -1 : fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nowhere, STDOUT_FILENO);
        execl(path, path, "run", dir, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &state, 0) != child || state != 0) {
        check(bench, SHIRE_FAIL(&bench->error, SHIRE_IO_FAILED, "shire run did not end well"));
    }
}

static void make_county(match_bench *bench) {
    const char *parent = getenv("TMPDIR");
    shire_synth_summary summary;
    snprintf(bench->scratch, sizeof bench->scratch, "%s/shire-bench-match-XXXXXX",
             parent == NULL ? "/tmp" : parent);
    if (mkdtemp(bench->scratch) == NULL) {
        bench->scratch[0] = '\0';
        check(bench, SHIRE_FAIL(&bench->error, SHIRE_IO_FAILED, "no scratch folder"));
    }
    const shire_synth_options options = {
        .dir = bench->scratch, .people_count = bench->people, .seed = 1};
    check(bench, shire_synth_write(&options, &summary, &bench->error));
    run_program(bench, bench->scratch);
    bench->dir = bench->scratch;
}

static const shire_link_role asked[] = {SHIRE_LINK_ROLE_GIVEN,      SHIRE_LINK_ROLE_FAMILY,
                                        SHIRE_LINK_ROLE_DOB,        SHIRE_LINK_ROLE_SEX,
                                        SHIRE_LINK_ROLE_NHS_NUMBER, SHIRE_LINK_ROLE_ADDRESS,
                                        SHIRE_LINK_ROLE_POSTCODE};
#define ASKED (sizeof asked / sizeof asked[0])

/* Of this thread, for a machine that others use too. */
static int64_t processor_nanoseconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What the program has asked for and not given back; the engine's memory is its own. */
static double held_mb(void) {
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd) * 1e-6;
}

/* Whole records as they stand, with errors: a typed family name in three of ten, a typed given name
 * in one of ten, no NHS number in half, no birth date in one of ten. */
static void ask(const shire_frame *records, size_t row, shire_random *random,
                char texts[ASKED][TEXT_BYTES], shire_link_query *query) {
    *query = (shire_link_query){0};
    for (size_t i = 0; i < ASKED; i++) {
        shire_span text = shire_column_text(&records->columns[1 + i], row);
        snprintf(texts[i], TEXT_BYTES, "%.*s", (int)text.length, text.bytes);
    }
    if (shire_random_chance(random, 3, 10)) {
        synth_error_type(random, texts[1], TEXT_BYTES);
    }
    if (shire_random_chance(random, 1, 10)) {
        synth_error_type(random, texts[0], TEXT_BYTES);
    }
    if (shire_random_chance(random, 1, 10)) {
        texts[2][0] = '\0';
    }
    if (shire_random_chance(random, 1, 2)) {
        texts[4][0] = '\0';
    }
    for (size_t i = 0; i < ASKED; i++) {
        query->values[asked[i]] = shire_span_of(texts[i]);
    }
}

static int compare_times(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x;
    int64_t b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static void match_all(match_bench *bench, const shire_frame *records, double open_seconds,
                      double matcher_mb) {
    size_t count = records->row_count;
    int64_t *times = shire_arena_alloc_array(bench->arena, count + 1, sizeof *times);
    int64_t *processor_times =
        shire_arena_alloc_array(bench->arena, count + 1, sizeof *processor_times);
    shire_random random = shire_random_seed(180, 1);
    size_t first = 0;
    size_t certain = 0;
    size_t wrong = 0;
    if (times == NULL || processor_times == NULL || count == 0) {
        check(bench, SHIRE_FAIL(&bench->error, SHIRE_NOT_FOUND, "no records to ask for"));
        return;
    }
    for (size_t row = 0; row < count; row++) {
        char texts[ASKED][TEXT_BYTES];
        shire_arena *arena = NULL;
        shire_link_answer answer = {0};
        shire_link_query query;
        ask(records, row, &random, texts, &query);
        check(bench, shire_arena_new("answer", 0, &arena, &bench->error));
        int64_t started = shire_clock_nanoseconds();
        int64_t used = processor_nanoseconds();
        check(bench,
              shire_link_matcher_match(bench->matcher, &query, 10, arena, &answer, &bench->error));
        used = processor_nanoseconds() - used;
        times[row] = shire_clock_nanoseconds() - started;
        processor_times[row] = used;
        bool is_right = answer.match_count > 0 &&
                        shire_span_equal(answer.matches[0].person_id,
                                         shire_column_text(&records->columns[0], row));
        bool is_certain =
            answer.match_count > 0 && answer.matches[0].grade == SHIRE_LINK_GRADE_CERTAIN;
        first += is_right;
        certain += is_certain;
        wrong += is_certain && !is_right;
        shire_arena_free(arena);
    }
    qsort(times, count, sizeof *times, compare_times);
    qsort(processor_times, count, sizeof *processor_times, compare_times);
    const shire_link_basis *basis = shire_link_matcher_basis(bench->matcher);
    puts("| matching one record | |\n|---|---:|");
    printf("| people, records | %zu, %zu |\n", basis->person_count, basis->dataset.record_count);
    printf("| opened in | %.2f s |\n", open_seconds);
    printf("| match, half of %zu queries within | %.3f ms |\n", count,
           (double)times[count / 2] * 1e-6);
    printf("| 99 in 100 within | %.3f ms |\n", (double)times[count * 99 / 100] * 1e-6);
    printf("| the slowest | %.3f ms |\n", (double)times[count - 1] * 1e-6);
    printf("| processor time: half within, 99 in 100 within | %.3f, %.3f ms |\n",
           (double)processor_times[count / 2] * 1e-6,
           (double)processor_times[count * 99 / 100] * 1e-6);
    printf("| the record's own person first | %.2f %% |\n", 100.0 * (double)first / (double)count);
    printf("| graded certain, of these another person | %.2f %%, %zu |\n",
           100.0 * (double)certain / (double)count, wrong);
    printf("| memory of the matcher, once open | %.1f MB |\n", matcher_mb);
    printf("| peak memory, opening included | %.0f MB |\n", shire_peak_memory_mb());
}

static bool parse(int argc, char **argv, match_bench *bench) {
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--people") == 0) {
            bench->people = strtoll(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--queries") == 0) {
            bench->queries = strtoll(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--dir") == 0) {
            bench->dir = argv[i + 1];
        } else {
            return false;
        }
    }
    return argc % 2 == 1 && bench->people >= SHIRE_SYNTH_PEOPLE_MIN && bench->queries > 0;
}

int main(int argc, char **argv) {
    match_bench bench = {.people = SHIRE_SYNTH_PEOPLE_DEFAULT, .queries = 4000};
    char path[PATH_MAX];
    char sql[1024];
    shire_frame records;
    shire_error ignored;
    if (!parse(argc, argv, &bench)) {
        fprintf(stderr, "usage: bench-match [--people N] [--queries N] [--dir DIR]\n");
        return 2;
    }
    check(&bench, shire_arena_new("bench", 0, &bench.arena, &bench.error));
    if (bench.dir == NULL) {
        make_county(&bench);
    }
    snprintf(path, sizeof path, "%s/.shire/warehouse.duckdb", bench.dir);
    check(&bench, shire_table_open(&(shire_table_options){.path = path, .read_only = true},
                                   &bench.warehouse, &bench.error));
    double held = held_mb();
    int64_t started = shire_clock_nanoseconds();
    check(&bench, shire_link_matcher_open(bench.warehouse, shire_parallel_processor_count(),
                                          &bench.matcher, &bench.error));
    double seconds = (double)(shire_clock_nanoseconds() - started) * 1e-9;
    held = held_mb() - held;
    snprintf(sql, sizeof sql,
             "SELECT p.person_id, r.given_name, r.family_name, CAST(r.birth_date AS VARCHAR), "
             "r.sex, r.nhs_number, r.address, r.postcode FROM person_record r JOIN person_link l "
             "USING (record_no) JOIN person p USING (person_no) ORDER BY hash(r.record_no), "
             "r.record_no LIMIT %lld",
             (long long)bench.queries);
    check(&bench, shire_table_query(bench.warehouse, sql, bench.arena, &records, &bench.error));
    match_all(&bench, &records, seconds, held);
    shire_link_matcher_close(bench.matcher);
    shire_table_close(bench.warehouse);
    shire_arena_free(bench.arena);
    if (bench.scratch[0] != '\0') {
        check(&bench, shire_dir_remove(bench.scratch, &ignored));
    }
    return 0;
}
