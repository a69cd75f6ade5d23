/*
 * Costing against SQL that does the same exact work, in one run on the same threads:
 *   warehouse to warehouse   items' pool and weight out of a database file, the cost of each item
 *                            into a table of that file, checkpoint included: against DuckDB, and
 *                            against PostgreSQL where it is installed (postgres.sh), once;
 *   in memory                the kernel over arrays, against DuckDB over tables in memory.
 * The SQL is the running total by window function: two sums, two divisions, in HUGEINT or numeric.
 * Results are compared item by item. Prints a Markdown table; times are medians.
 *
 * Items, pools and rounds: bench-cost [ITEMS [POOLS [ROUNDS]]], by default 20 M, 16,821 and 3.
 */
#include "core/arena.h"
#include "core/meter.h"
#include "core/parallel.h"
#include "cost/cost_kernel.h"
#include "io/file.h"
#include "io/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS_MAX 15

typedef struct cost_bench {
    int64_t item_count;
    int64_t pool_count;
    int rounds;
    int thread_count;
    char path[256];
    char postgres_dir[288]; /* empty: none is made */
    shire_error error;
} cost_bench;

static const char sql_costing[] =
    "CREATE OR REPLACE TABLE item_cost_sql AS "
    "WITH weight_of AS (SELECT pool_no, sum(weight) AS total_weight FROM item GROUP BY pool_no), "
    "running AS (SELECT item_no, pool_no, weight, sum(weight) OVER (PARTITION BY pool_no "
    "ORDER BY item_no ROWS UNBOUNDED PRECEDING) AS reached FROM item) "
    "SELECT item_no, (amount * reached // total_weight - amount * (reached - weight) // "
    "total_weight)::BIGINT AS amount FROM running JOIN weight_of USING (pool_no) JOIN pool USING "
    "(pool_no)";

static void tidy_up(cost_bench *bench) {
    unlink(bench->path);
    if (bench->postgres_dir[0] != '\0' && shire_dir_remove(bench->postgres_dir, NULL) != SHIRE_OK) {
        fprintf(stderr, "bench-cost: remove %s by hand\n", bench->postgres_dir);
    }
    bench->postgres_dir[0] = '\0';
}

static void check(cost_bench *bench, shire_status status) {
    if (status != SHIRE_OK) {
        fprintf(stderr, "bench-cost: %s\n", bench->error.message);
        tidy_up(bench);
        exit(1);
    }
}

static void *checked(cost_bench *bench, void *memory) {
    check(bench,
          memory != NULL ? SHIRE_OK : SHIRE_FAIL(&bench->error, SHIRE_NO_MEMORY, "out of memory"));
    return memory;
}

static double seconds_since(int64_t start) {
    return (double)(shire_clock_nanoseconds() - start) * 1e-9;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *seconds, int count) {
    qsort(seconds, (size_t)count, sizeof(*seconds), compare_doubles);
    return seconds[count / 2];
}

/* Items in random order over the pools, weights of 0.001 to 1,000 units, a hundred billion pounds.
 */
static void make_tables(cost_bench *bench, shire_table *table) {
    char sql[1024];
    snprintf(sql, sizeof(sql),
             "CREATE TABLE pool AS SELECT i::INTEGER AS pool_no, (1000000 + hash(i) %% "
             "12000000000000)::BIGINT AS amount FROM range(%" PRId64 ") AS r(i);"
             "CREATE TABLE item AS SELECT i AS item_no, (hash(i) %% %" PRId64
             ")::INTEGER AS pool_no, (1000 * (1 + hash(i + 1000000007) %% 1000000))::BIGINT AS "
             "weight FROM range(%" PRId64 ") AS r(i);"
             "CHECKPOINT",
             bench->pool_count, bench->pool_count, bench->item_count);
    check(bench, shire_table_execute(table, sql, &bench->error));
}

static double time_sql(cost_bench *bench, shire_table *table, const char *after) {
    int64_t start = shire_clock_nanoseconds();
    check(bench, shire_table_execute(table, sql_costing, &bench->error));
    check(bench, shire_table_execute(table, after, &bench->error));
    return seconds_since(start);
}

/* The columns as the product reads them. */
typedef struct loaded {
    shire_frame items; /* item_no, pool_no, weight */
    shire_frame pools; /* amount */
} loaded;

static loaded load(cost_bench *bench, shire_table *table, shire_arena *arena) {
    loaded columns;
    check(bench, shire_table_query(table, "SELECT item_no, pool_no, weight FROM item", arena,
                                   &columns.items, &bench->error));
    check(bench, shire_table_query(table, "SELECT amount FROM pool ORDER BY pool_no", arena,
                                   &columns.pools, &bench->error));
    const int64_t *item_nos = columns.items.columns[0].int64;
    bool ascending = true;
    for (size_t i = 1; i < columns.items.row_count; i++) {
        ascending &= item_nos[i - 1] < item_nos[i];
    }
    check(bench,
          ascending ? SHIRE_OK : SHIRE_FAIL(&bench->error, SHIRE_INTERNAL, "items out of order"));
    return columns;
}

static shire_money *spread(cost_bench *bench, const loaded *columns, shire_arena *arena) {
    size_t item_count = columns->items.row_count;
    size_t pool_count = columns->pools.row_count;
    shire_cost_spread_input input = {.lines = columns->items.columns[1].int32,
                                     .weights = columns->items.columns[2].int64,
                                     .item_count = item_count,
                                     .totals = columns->pools.columns[0].int64,
                                     .line_count = pool_count};
    shire_money *parts = checked(bench, shire_arena_alloc_array(arena, item_count, sizeof(*parts)));
    int64_t *weight_totals =
        checked(bench, shire_arena_alloc_array(arena, pool_count, sizeof(*weight_totals)));
    void *scratch = checked(
        bench, shire_arena_alloc(arena, 64 + shire_cost_spread_scratch_bytes(item_count, pool_count,
                                                                             bench->thread_count)));
    check(bench, shire_cost_spread(&input, bench->thread_count, scratch, weight_totals, parts,
                                   &bench->error));
    return parts;
}

static void store(cost_bench *bench, shire_table *table, const loaded *columns,
                  const shire_money *parts) {
    shire_column written[] = {
        {.name = "item_no", .type = SHIRE_TYPE_INT64, .int64 = columns->items.columns[0].int64},
        {.name = "amount", .type = SHIRE_TYPE_INT64, .int64 = parts},
    };
    shire_frame frame = {
        .row_count = columns->items.row_count, .column_count = 2, .columns = written};
    check(bench, shire_table_execute(
                     table, "CREATE OR REPLACE TABLE item_cost (item_no BIGINT, amount BIGINT)",
                     &bench->error));
    check(bench, shire_table_append(table, "item_cost", &frame, &bench->error));
}

/* Warehouse to warehouse; steps[0..2] get the seconds of reading, splitting and writing. */
static double time_shire(cost_bench *bench, shire_table *table, double steps[3]) {
    shire_arena *arena = NULL;
    int64_t start = shire_clock_nanoseconds();
    check(bench, shire_arena_new("bench", 0, &arena, &bench->error));
    loaded columns = load(bench, table, arena);
    double read = seconds_since(start);
    shire_money *parts = spread(bench, &columns, arena);
    double split = seconds_since(start);
    store(bench, table, &columns, parts);
    check(bench, shire_table_execute(table, "CHECKPOINT", &bench->error));
    double seconds = seconds_since(start);
    steps[0] = read;
    steps[1] = split - read;
    steps[2] = seconds - split;
    shire_arena_free(arena);
    return seconds;
}

/* `other`: a table or a scan of item_no and amount. */
static void compare(cost_bench *bench, shire_table *table, const char *other) {
    int64_t different = -1;
    char sql[1024];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM item_cost FULL JOIN %s AS other USING (item_no) WHERE "
             "item_cost.amount IS DISTINCT FROM other.amount",
             other);
    check(bench, shire_table_query_int64(table, sql, &different, &bench->error));
    check(bench, different == 0 ? SHIRE_OK
                                : SHIRE_FAIL(&bench->error, SHIRE_INTERNAL,
                                             "%" PRId64 " items differ from the SQL", different));
}

static void print_row(const char *work, const char *against, double sql, double shire) {
    printf("| %s | %s | %.2f s | %.3f s | %.1f x |\n", work, against, sql, shire, sql / shire);
    fflush(stdout);
}

/* ---- PostgreSQL ---- */

/* The tables as CSV files in a folder of their own, for the script to load. */
static void export_tables(cost_bench *bench, shire_table *table) {
    char path[320];
    check(bench, shire_dir_make(bench->postgres_dir, &bench->error));
    snprintf(path, sizeof(path), "%s/pool.csv", bench->postgres_dir);
    check(bench, shire_table_export(table, "SELECT pool_no, amount FROM pool", path, SHIRE_FILE_CSV,
                                    &bench->error));
    snprintf(path, sizeof(path), "%s/item.csv", bench->postgres_dir);
    check(bench, shire_table_export(table, "SELECT item_no, pool_no, weight FROM item", path,
                                    SHIRE_FILE_CSV, &bench->error));
}

/* Seconds, or -1 where there is no PostgreSQL. */
static double time_postgres(cost_bench *bench, shire_table *table, char name[64]) {
    char command[1024];
    char version[32] = "";
    double seconds = -1;
    snprintf(bench->postgres_dir, sizeof(bench->postgres_dir), "%s.postgres", bench->path);
    export_tables(bench, table);
    snprintf(command, sizeof(command), "'%s' '%s' %d", BENCH_POSTGRES, bench->postgres_dir,
             bench->thread_count);
    FILE *script = popen(command, "r");
    check(bench, script != NULL ? SHIRE_OK
                                : SHIRE_FAIL(&bench->error, SHIRE_IO_FAILED, "cannot run bash"));
    int found = fscanf(script, "%31s %lf", version, &seconds);
    int status = pclose(script);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
        return -1;
    }
    check(bench, status == 0 && found == 2
                     ? SHIRE_OK
                     : SHIRE_FAIL(&bench->error, SHIRE_INTERNAL, "PostgreSQL did not cost them"));
    snprintf(name, 64, "PostgreSQL %s", version);
    char scan[320];
    snprintf(scan, sizeof(scan), "read_csv('%s/item_cost.csv')", bench->postgres_dir);
    compare(bench, table, scan);
    return seconds;
}

static void bench_warehouse(cost_bench *bench) {
    double sql[ROUNDS_MAX];
    double shire[ROUNDS_MAX];
    double steps[3] = {0};
    shire_table *table = NULL;
    shire_table_options options = {.path = bench->path, .thread_count = bench->thread_count};
    check(bench, shire_table_open(&options, &table, &bench->error));
    make_tables(bench, table);
    for (int round = 0; round < bench->rounds; round++) {
        sql[round] = time_sql(bench, table, "CHECKPOINT");
        shire[round] = time_shire(bench, table, steps);
    }
    compare(bench, table, "item_cost_sql");
    double shire_seconds = median(shire, bench->rounds);
    print_row("warehouse to warehouse", "DuckDB", median(sql, bench->rounds), shire_seconds);
    char name[64];
    double postgres_seconds = time_postgres(bench, table, name);
    shire_table_close(table);
    tidy_up(bench);
    if (postgres_seconds >= 0) {
        print_row("warehouse to warehouse", name, postgres_seconds, shire_seconds);
    } else {
        printf("| warehouse to warehouse | PostgreSQL is not installed | | | |\n");
    }
    printf("| of it read, split, write (last round) | | | %.3f + %.3f + %.3f s | |\n", steps[0],
           steps[1], steps[2]);
}

static void bench_memory(cost_bench *bench) {
    double sql[ROUNDS_MAX];
    double shire[ROUNDS_MAX];
    shire_table *table = NULL;
    shire_arena *arena = NULL;
    shire_table_options options = {.thread_count = bench->thread_count};
    check(bench, shire_arena_new("bench", 0, &arena, &bench->error));
    check(bench, shire_table_open(&options, &table, &bench->error));
    make_tables(bench, table);
    loaded columns = load(bench, table, arena);
    for (int round = 0; round < bench->rounds; round++) {
        shire_arena *round_arena = NULL;
        sql[round] = time_sql(bench, table, "SELECT 1");
        check(bench, shire_arena_new("round", 0, &round_arena, &bench->error));
        int64_t start = shire_clock_nanoseconds();
        shire_money *parts = spread(bench, &columns, round_arena);
        shire[round] = seconds_since(start);
        if (round + 1 == bench->rounds) {
            store(bench, table, &columns, parts);
        }
        shire_arena_free(round_arena);
    }
    compare(bench, table, "item_cost_sql");
    shire_table_close(table);
    shire_arena_free(arena);
    print_row("in memory, kernel only", "DuckDB", median(sql, bench->rounds),
              median(shire, bench->rounds));
}

int main(int argc, char **argv) {
    const char *dir = getenv("TMPDIR");
    cost_bench one = {.item_count = argc > 1 ? strtoll(argv[1], NULL, 10) : 20000000,
                      .pool_count = argc > 2 ? strtoll(argv[2], NULL, 10) : 16821,
                      .rounds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3,
                      .thread_count = shire_parallel_processor_count()};
    if (one.item_count < 1 || one.pool_count < 1 || one.rounds < 1 || one.rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench-cost [ITEMS [POOLS [ROUNDS]]]\n");
        return 2;
    }
    snprintf(one.path, sizeof(one.path), "%s/shire-bench-cost-%d.duckdb",
             dir == NULL ? "/tmp" : dir, (int)getpid());
    printf("%" PRId64 " items, %" PRId64 " pools, %d threads, median of %d; the same cost for "
           "every item.\n\n| work | against | exact SQL | shire | ratio |\n|---|---|---|---|---|\n",
           one.item_count, one.pool_count, one.thread_count, one.rounds);
    bench_warehouse(&one);
    bench_memory(&one);
    return 0;
}
