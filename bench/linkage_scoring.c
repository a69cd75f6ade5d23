/*
 * The engine's scoring against exactly the same model in SQL: the same normalised values, levels,
 * weights, rarities and candidate pairs, on the same threads. The SQL is given what helps it: parts
 * of dates and postcodes as columns, weights of whole patterns in one table to join, a likeness
 * computed once a pair. The engine starts from texts too: its dictionary is timed and told apart.
 */
#include "linkage.h"

#include "core/parallel.h"
#include "link/link_block.h"
#include "link/link_engine.h"
#include "link/link_pairs.h"
#include "link/link_scorer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 5
#define ROUNDS 3
#define PAIRS_MAX ((size_t)4000000)
#define PAIRS_A_RECORD 30
#define KEEP_LEAST (-3.0F) /* below which the engine keeps no pair, as in a run */
#define APART_MOST 1e-3    /* bits; single precision against double */

static const shire_link_role roles[FIELDS] = {SHIRE_LINK_ROLE_GIVEN, SHIRE_LINK_ROLE_FAMILY,
                                              SHIRE_LINK_ROLE_DOB, SHIRE_LINK_ROLE_POSTCODE,
                                              SHIRE_LINK_ROLE_SEX};
static const char *const names[FIELDS] = {"given", "family", "dob", "postcode", "sex"};

typedef struct scoring {
    linkage_bench *bench;
    shire_table *table;
    shire_arena *arena;
    shire_link_input inputs[FIELDS];
    shire_link_dataset dataset;
    shire_link_engine_result result;
    shire_link_scorer scorer;
    shire_link_workers workers;
    size_t fields[FIELDS]; /* the dataset's, in the order of `roles` */
    size_t pair_count;
    int32_t *a;
    int32_t *b;
    float *weights;
    float least;
} scoring;

static const char prepare_sql[] =
    "CREATE TABLE person AS SELECT *, left(dob, 4)::INTEGER AS year, dob[5:6] AS month, right(dob, "
    "2) AS day, left(postcode, length(postcode) - 2) AS sector, left(postcode, length(postcode) - "
    "3) AS district, regexp_extract(postcode, '^[a-z]+') AS area FROM person_text ORDER BY no";

/* Levels as link_compare_kernel.h lists them. SQL's Jaro-Winkler gives no bonus for the beginning
 * to a likeness up to 0.7: near 0.75 it is added here. */
static const char level_macros[] =
    "CREATE OR REPLACE MACRO same_start(a, b) AS CASE WHEN a[1] <> b[1] THEN 0 WHEN a[2] <> b[2] "
    "THEN 1 WHEN a[3] <> b[3] THEN 2 WHEN least(length(a), length(b)) < 4 THEN least(length(a), "
    "length(b)) WHEN a[4] <> b[4] THEN 3 ELSE 4 END;"
    "CREATE OR REPLACE MACRO is_close(a, b) AS b IS NULL OR (least(length(a), length(b)) = 1 AND "
    "a[1] = b[1]) OR jaro_winkler_similarity(a, b) >= 0.85;"
    "CREATE OR REPLACE MACRO crossed_level(a, b, a_other, b_other, half, level) AS CASE WHEN "
    "a_other IS NOT DISTINCT FROM b_other THEN level WHEN (a = b_other AND is_close(b, a_other)) "
    "OR (b = a_other AND is_close(a, b_other)) THEN 6 WHEN a = b_other OR b = a_other THEN half "
    "ELSE level END;"
    "CREATE OR REPLACE MACRO name_level(a, b, a_other, b_other, half, likeness) AS "
    "CASE WHEN a IS NULL OR b IS NULL THEN 0 WHEN a = b THEN 1 "
    "WHEN least(length(a), length(b)) = 1 THEN CASE WHEN a[1] = b[1] THEN 4 ELSE "
    "crossed_level(a, b, a_other, b_other, half, 9) END "
    "WHEN likeness >= 0.94 THEN 3 "
    "WHEN likeness >= 0.5 AND least(length(a), length(b)) >= 3 AND one_edit(a, b) THEN 3 "
    "WHEN least(length(a), length(b)) >= 3 AND (starts_with(a, b) OR starts_with(b, a)) THEN 4 "
    "WHEN likeness >= 0.88 THEN 5 "
    "ELSE crossed_level(a, b, a_other, b_other, half, CASE WHEN likeness >= 0.75 OR (likeness "
    "BETWEEN 0.5 AND 0.7 AND likeness + 0.1 * same_start(a, b) * (1 - likeness) >= 0.75) THEN 8 "
    "ELSE 9 END) END;"
    "CREATE OR REPLACE MACRO date_level(a, b, a_year, b_year, a_month, b_month, a_day, b_day, "
    "year_only) AS CASE WHEN a IS NULL OR b IS NULL THEN 0 WHEN a = b THEN 1 "
    "WHEN year_only AND a_year = b_year AND (right(a, 4) = '0101' OR right(b, 4) = '0101') THEN 4 "
    "WHEN one_edit(a, b) THEN 2 "
    "WHEN a_year = b_year THEN CASE WHEN a_month = b_day AND a_day = b_month THEN 3 "
    "WHEN a_month = b_month OR a_day = b_day THEN 5 ELSE 7 END "
    "WHEN a_month = b_month AND a_day = b_day AND NOT (year_only AND right(a, 4) = '0101') THEN 6 "
    "WHEN abs(a_year - b_year) <= 1 THEN 8 WHEN abs(a_year - b_year) <= 10 THEN 9 ELSE 10 END;"
    "CREATE OR REPLACE MACRO postcode_level(a, b, a_sector, b_sector, a_district, b_district, "
    "a_area, b_area) AS CASE WHEN a IS NULL OR b IS NULL THEN 0 WHEN a = b THEN 1 "
    "WHEN one_edit(a, b) THEN 2 "
    "WHEN length(a) = length(b) AND a_sector = b_sector THEN 3 "
    "WHEN length(a) = length(b) AND a_district = b_district THEN 4 "
    "WHEN a_area = b_area THEN 5 ELSE 6 END;";

/* One edit, as linkage in SQL is commonly written, and with what is cheap asked first. */
static const char *const edit_macros[2] = {
    "CREATE OR REPLACE MACRO one_edit(a, b) AS damerau_levenshtein(a, b) <= 1",
    "CREATE OR REPLACE MACRO one_edit(a, b) AS abs(length(a) - length(b)) <= 1 AND levenshtein(a, "
    "b) <= 2 AND damerau_levenshtein(a, b) <= 1"};

/* %s: whether 1 January stands for "some day of that year" in these records. */
static const char level_sql[] =
    "CREATE OR REPLACE TABLE scored AS WITH both_sides AS (SELECT pair_no, "
    "CASE WHEN a.given <> b.given THEN jaro_winkler_similarity(a.given, b.given) END AS "
    "given_likeness, CASE WHEN a.family <> b.family THEN jaro_winkler_similarity(a.family, "
    "b.family) END AS family_likeness, a.given_rarity, a.family_rarity, a.dob_rarity, "
    "a.postcode_rarity, a.sex_rarity, a.nickname >= 0 AND a.nickname = b.nickname AND a.given <> "
    "b.given AS is_nickname, "
    "a.given AS ag, b.given AS bg, a.family AS af, b.family AS bf, a.dob AS ad, b.dob AS bd, "
    "a.year AS ay, b.year AS b_y, a.month AS am, b.month AS bm, a.day AS a_d, b.day AS b_d, "
    "a.postcode AS ap, b.postcode AS bp, a.sector AS aps, b.sector AS bps, a.district AS apd, "
    "b.district AS bpd, a.area AS apa, b.area AS bpa, a.sex AS a_s, b.sex AS b_s "
    "FROM pair JOIN person a ON a.no = pair.a JOIN person b ON b.no = pair.b), "
    "found AS (SELECT *, "
    "CASE WHEN is_nickname THEN 2 ELSE name_level(ag, bg, af, bf, 0, given_likeness) END AS g, "
    "name_level(af, bf, ag, bg, 7, family_likeness) AS f, "
    "date_level(ad, bd, ay, b_y, am, bm, a_d, b_d, %s) AS d, "
    "postcode_level(ap, bp, aps, bps, apd, bpd, apa, bpa) AS p, "
    "CASE WHEN a_s IS NULL OR b_s IS NULL THEN 0 WHEN a_s = b_s THEN 1 ELSE 2 END AS s "
    "FROM both_sides) ";

static shire_column text_column(scoring *work, size_t field, const char *name) {
    const shire_link_field *facts = &work->dataset.fields[work->fields[field]];
    size_t count = work->dataset.record_count;
    uint32_t *offsets = linkage_checked(
        work->bench, shire_arena_alloc_array(work->arena, count + 1, sizeof *offsets));
    uint8_t *valid = linkage_checked(work->bench, shire_arena_alloc(work->arena, count + 1));
    shire_builder bytes = {0};
    for (size_t record = 0; record < count; record++) {
        uint32_t value = shire_link_dataset_row(&work->dataset, record)[work->fields[field]];
        valid[record] = value != 0;
        shire_builder_append(&bytes, shire_link_dictionary_text(facts->values, value));
        offsets[record + 1] = (uint32_t)bytes.length;
    }
    char *copy = linkage_checked(
        work->bench,
        bytes.failed ? NULL : shire_arena_copy_text(work->arena, bytes.bytes, bytes.length));
    shire_builder_free(&bytes);
    return (shire_column){.name = name,
                          .type = SHIRE_TYPE_TEXT,
                          .valid = valid,
                          .text_offsets = offsets,
                          .text_bytes = copy};
}

static void write_people(scoring *work) {
    size_t count = work->dataset.record_count;
    shire_column columns[2 + 2 * FIELDS];
    int32_t *numbers = linkage_checked(
        work->bench, shire_arena_alloc_array(work->arena, count + 1, sizeof *numbers));
    int32_t *nicknames = linkage_checked(
        work->bench, shire_arena_alloc_array(work->arena, count + 1, sizeof *nicknames));
    for (size_t record = 0; record < count; record++) {
        const uint32_t *row = shire_link_dataset_row(&work->dataset, record);
        numbers[record] = (int32_t)record;
        nicknames[record] = work->dataset.nicknames[row[work->fields[0]]];
    }
    columns[0] = (shire_column){.name = "no", .type = SHIRE_TYPE_INT32, .int32 = numbers};
    columns[1] = (shire_column){.name = "nickname", .type = SHIRE_TYPE_INT32, .int32 = nicknames};
    for (size_t i = 0; i < FIELDS; i++) {
        double *rarities = linkage_checked(
            work->bench, shire_arena_alloc_array(work->arena, count + 1, sizeof *rarities));
        for (size_t record = 0; record < count; record++) {
            uint32_t value = shire_link_dataset_row(&work->dataset, record)[work->fields[i]];
            rarities[record] = (double)work->scorer.rarities[work->fields[i]][value];
        }
        columns[2 + i] = text_column(work, i, names[i]);
        columns[2 + FIELDS + i] =
            (shire_column){.name = "rarity", .type = SHIRE_TYPE_DOUBLE, .number = rarities};
    }
    shire_frame frame = {count, 2 + (size_t)2 * FIELDS, columns};
    linkage_check(work->bench,
                  shire_table_execute(
                      work->table,
                      "CREATE TABLE person_text (no INTEGER, nickname INTEGER, given VARCHAR, "
                      "family VARCHAR, dob VARCHAR, postcode VARCHAR, sex VARCHAR, given_rarity "
                      "DOUBLE, family_rarity DOUBLE, dob_rarity DOUBLE, postcode_rarity DOUBLE, "
                      "sex_rarity DOUBLE)",
                      &work->bench->error));
    linkage_check(work->bench,
                  shire_table_append(work->table, "person_text", &frame, &work->bench->error));
    linkage_check(work->bench, shire_table_execute(work->table, prepare_sql, &work->bench->error));
}

/* The sums of every pattern for each kind of pair, as shire_link_score would add them up. */
static void write_patterns(scoring *work) {
    size_t counts[FIELDS];
    size_t total = 1;
    for (size_t i = 0; i < FIELDS; i++) {
        counts[i] = (size_t)shire_link_level_count(work->dataset.fields[work->fields[i]].kind);
        total *= counts[i];
    }
    int32_t *patterns =
        linkage_checked(work->bench, shire_arena_alloc_array(work->arena, total, sizeof *patterns));
    double *sums[SHIRE_LINK_PAIR_KINDS];
    shire_column columns[1 + SHIRE_LINK_PAIR_KINDS];
    for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
        sums[kind] = linkage_checked(work->bench,
                                     shire_arena_alloc_array(work->arena, total, sizeof(double)));
        columns[1 + kind] =
            (shire_column){.name = "sum", .type = SHIRE_TYPE_DOUBLE, .number = sums[kind]};
    }
    for (size_t at = 0; at < total; at++) {
        size_t rest = at;
        size_t levels[FIELDS];
        for (size_t i = 0; i < FIELDS; i++) {
            levels[i] = rest % counts[i];
            rest /= counts[i];
            patterns[at] = patterns[at] << 4 | (int32_t)levels[i];
        }
        bool is_swapped =
            levels[0] == SHIRE_LINK_NAME_ELSEWHERE && levels[1] == SHIRE_LINK_NAME_ELSEWHERE;
        for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
            sums[kind][at] = (double)work->scorer.prior_logs[kind];
            for (size_t i = 0; i < FIELDS; i++) {
                sums[kind][at] +=
                    levels[i] == 0 || (is_swapped && i == 1)
                        ? 0
                        : (double)work->scorer.levels[work->fields[i]][levels[i]][kind];
            }
        }
    }
    columns[0] = (shire_column){.name = "pattern", .type = SHIRE_TYPE_INT32, .int32 = patterns};
    shire_frame frame = {total, 1 + (size_t)SHIRE_LINK_PAIR_KINDS, columns};
    linkage_check(work->bench,
                  shire_table_execute(work->table,
                                      "CREATE TABLE pattern_sum (pattern INTEGER, same DOUBLE, "
                                      "moved DOUBLE, stranger DOUBLE, neighbour DOUBLE, relative "
                                      "DOUBLE)",
                                      &work->bench->error));
    linkage_check(work->bench,
                  shire_table_append(work->table, "pattern_sum", &frame, &work->bench->error));
}

static void write_pairs(scoring *work) {
    int32_t *numbers = linkage_checked(
        work->bench, shire_arena_alloc_array(work->arena, work->pair_count, sizeof *numbers));
    for (size_t i = 0; i < work->pair_count; i++) {
        numbers[i] = (int32_t)i;
    }
    shire_column columns[] = {
        {.name = "pair_no", .type = SHIRE_TYPE_INT32, .int32 = numbers},
        {.name = "a", .type = SHIRE_TYPE_INT32, .int32 = work->a},
        {.name = "b", .type = SHIRE_TYPE_INT32, .int32 = work->b},
    };
    shire_frame frame = {work->pair_count, 3, columns};
    linkage_check(work->bench,
                  shire_table_execute(work->table,
                                      "CREATE TABLE pair (pair_no INTEGER, a INTEGER, b INTEGER)",
                                      &work->bench->error));
    linkage_check(work->bench,
                  shire_table_append(work->table, "pair", &frame, &work->bench->error));
}

/* Log odds from the five sums; rarities count for the kinds that the model lets them. */
static char *make_sql(scoring *work) {
    static const char *const kinds[] = {"same", "moved", "stranger", "neighbour", "relative"};
    static const char *const levels = "gfdps";
    shire_builder sql = {0};
    shire_builder_append_format(&sql, level_sql,
                                work->dataset.has_year_only_dates ? "true" : "false");
    shire_builder_append_text(&sql, ", summed AS (SELECT pair_no");
    for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
        shire_builder_append_format(&sql, ", %s", kinds[kind]);
        for (size_t i = 0; i < FIELDS; i++) {
            if (work->scorer.rare_kinds[work->fields[i]][kind] != 0) {
                shire_builder_append_format(&sql, " + CASE WHEN %c = 1 THEN %s_rarity ELSE 0 END",
                                            levels[i], names[i]);
            }
        }
        shire_builder_append_format(&sql, " AS %s_sum", kinds[kind]);
    }
    shire_builder_append_text(
        &sql, " FROM found JOIN pattern_sum ON pattern = (((g * 16 + f) * 16 + d) * 16 + p) * 16 + "
              "s) SELECT pair_no, log2(pow(2, same_sum) + pow(2, moved_sum)) - log2(pow(2, "
              "stranger_sum) + pow(2, neighbour_sum) + pow(2, relative_sum)) AS weight FROM "
              "summed");
    char *text = linkage_checked(
        work->bench, sql.failed ? NULL : shire_arena_copy_text(work->arena, sql.bytes, sql.length));
    shire_builder_free(&sql);
    return text;
}

/* The pairs stand in order of their second record, as a run meets them. */
static void score_chunk(size_t first, size_t last, size_t chunk, int thread, void *context) {
    scoring *work = context;
    (void)chunk;
    for (size_t i = first; i < last;) {
        size_t end = i + 1;
        while (end < last && work->b[end] == work->b[i]) {
            end++;
        }
        shire_link_score_list(&work->scorer, (size_t)work->b[i], (const uint32_t *)work->a + i,
                              end - i, work->least, work->workers.caches[thread],
                              work->weights + i);
        i = end;
    }
}

/* Every pair's weight to the last digit, or with the engine's early end. */
static double time_engine(scoring *work, float least) {
    work->least = least;
    for (int thread = 0; thread < work->workers.thread_count; thread++) {
        memset(work->workers.caches[thread], 0, sizeof(shire_link_cache));
    }
    int64_t start = shire_clock_nanoseconds();
    shire_parallel_for(work->workers.thread_count, work->pair_count, 4096, score_chunk, work);
    return linkage_seconds_since(start);
}

static void compare(scoring *work) {
    shire_frame frame = {0};
    size_t different = 0;
    linkage_check(work->bench,
                  shire_table_query(work->table, "SELECT weight FROM scored ORDER BY pair_no",
                                    work->arena, &frame, &work->bench->error));
    for (size_t i = 0; i < work->pair_count && frame.row_count == work->pair_count; i++) {
        double apart = fabs(frame.columns[0].number[i] - (double)work->weights[i]);
        different += !(apart <= APART_MOST);
    }
    if (different > 0 || frame.row_count != work->pair_count) {
        linkage_check(work->bench, SHIRE_FAIL(&work->bench->error, SHIRE_INTERNAL,
                                              "%zu of %zu pairs differ from the SQL (%zu rows)",
                                              different, work->pair_count, frame.row_count));
    }
}

static void gather_pairs(scoring *work) {
    shire_link_blocks blocks = {0};
    size_t record_count = work->dataset.record_count;
    linkage_check(work->bench, shire_link_blocks_build(
                                   &work->dataset, NULL, (uint64_t)record_count * PAIRS_A_RECORD,
                                   work->bench->thread_count, &blocks, &work->bench->error));
    work->a = linkage_checked(work->bench,
                              shire_arena_alloc_array(work->arena, PAIRS_MAX, sizeof *work->a));
    work->b = linkage_checked(work->bench,
                              shire_arena_alloc_array(work->arena, PAIRS_MAX, sizeof *work->b));
    for (size_t record = 0; record < record_count; record++) {
        size_t count = shire_link_blocks_candidates(
            &blocks, record, NULL, 0, work->workers.stamps[0], work->workers.candidates[0]);
        for (size_t i = 0; i < count && work->pair_count < PAIRS_MAX; i++) {
            work->a[work->pair_count] = (int32_t)work->workers.candidates[0][i];
            work->b[work->pair_count++] = (int32_t)record;
        }
    }
    shire_link_blocks_done(&blocks);
}

/* Seconds of making the dataset from the texts. */
static double build(scoring *work, shire_frame *frame) {
    linkage_bench *bench = work->bench;
    shire_link_engine_options options = {.thread_count = bench->thread_count};
    linkage_make_people(bench, work->table, bench->scored_records);
    linkage_check(bench, shire_table_query(work->table,
                                           "SELECT given, family, dob, postcode, sex FROM people",
                                           work->arena, frame, &bench->error));
    for (size_t i = 0; i < FIELDS; i++) {
        work->inputs[i] = (shire_link_input){.role = roles[i], .column = &frame->columns[i]};
    }
    int64_t start = shire_clock_nanoseconds();
    linkage_check(bench,
                  shire_link_dataset_build(work->inputs, FIELDS, frame->row_count,
                                           bench->thread_count, &work->dataset, &bench->error));
    double seconds = linkage_seconds_since(start);
    for (size_t i = 0; i < FIELDS; i++) {
        size_t at = 0;
        while (at < work->dataset.field_count && work->dataset.fields[at].role != roles[i]) {
            at++;
        }
        work->fields[i] = at;
    }
    if (work->dataset.field_count != FIELDS) {
        linkage_check(bench, SHIRE_FAIL(&bench->error, SHIRE_INTERNAL, "not five fields"));
    }
    linkage_check(bench,
                  shire_link_engine_run(&work->dataset, &options, &work->result, &bench->error));
    linkage_check(bench, shire_link_scorer_init(&work->dataset, &work->result.model, &work->scorer,
                                                &bench->error));
    linkage_check(bench, shire_link_workers_init(bench->thread_count, frame->row_count,
                                                 &work->workers, &bench->error));
    return seconds;
}

static double least_of(const double *seconds) {
    double least = seconds[0];
    for (int round = 1; round < ROUNDS; round++) {
        least = seconds[round] < least ? seconds[round] : least;
    }
    return least;
}

static void print_row(const char *work, double pairs_a_second, const double by_sql[2]) {
    printf("| %s | %.2f | %.1f x | %.1f x |\n", work, pairs_a_second, pairs_a_second / by_sql[0],
           pairs_a_second / by_sql[1]);
}

static void print_scoring(const scoring *work, const double sql_seconds[2][ROUNDS],
                          const double *exact_seconds, const double *early_seconds,
                          double build_seconds) {
    double pairs = (double)work->pair_count / 1e6;
    double by_sql[2] = {pairs / least_of(sql_seconds[0]), pairs / least_of(sql_seconds[1])};
    printf("%zu candidate pairs of %zu records scored by one model on %d threads; every weight "
           "the same; best of %d.\n\n| work | million pairs a second | against SQL | against SQL "
           "with cheap tests first |\n|---|---|---|---|\n",
           work->pair_count, work->dataset.record_count, work->bench->thread_count, ROUNDS);
    printf("| DuckDB SQL: jaro_winkler_similarity, damerau_levenshtein, CASE | %.2f | | |\n",
           by_sql[0]);
    printf("| DuckDB SQL, damerau_levenshtein only where levenshtein is at most 2 | %.2f | | |\n",
           by_sql[1]);
    print_row("shire, every weight to the last digit", pairs / least_of(exact_seconds), by_sql);
    print_row("the same, making the dictionary of the texts included",
              pairs / (least_of(exact_seconds) + build_seconds), by_sql);
    print_row("shire as in a run, hopeless pairs end early", pairs / least_of(early_seconds),
              by_sql);
    fflush(stdout);
}

void linkage_bench_scoring(linkage_bench *bench) {
    scoring work = {.bench = bench};
    shire_table_options options = {.thread_count = bench->thread_count};
    shire_frame frame = {0};
    double sql_seconds[2][ROUNDS];
    double exact_seconds[ROUNDS];
    double early_seconds[ROUNDS];
    linkage_check(bench, shire_arena_new("bench", 0, &work.arena, &bench->error));
    linkage_check(bench, shire_table_open(&options, &work.table, &bench->error));
    double build_seconds = build(&work, &frame);
    gather_pairs(&work);
    work.weights = linkage_checked(
        bench, shire_arena_alloc_array(work.arena, work.pair_count, sizeof *work.weights));
    write_people(&work);
    write_patterns(&work);
    write_pairs(&work);
    const char *sql = make_sql(&work);
    linkage_check(bench, shire_table_execute(work.table, level_macros, &bench->error));
    for (int round = 0; round < ROUNDS; round++) {
        for (int variant = 0; variant < 2; variant++) {
            linkage_check(bench,
                          shire_table_execute(work.table, edit_macros[variant], &bench->error));
            int64_t start = shire_clock_nanoseconds();
            linkage_check(bench, shire_table_execute(work.table, sql, &bench->error));
            sql_seconds[variant][round] = linkage_seconds_since(start);
            early_seconds[round] = time_engine(&work, KEEP_LEAST);
            exact_seconds[round] = time_engine(&work, -INFINITY);
            compare(&work);
        }
    }
    print_scoring(&work, (const double(*)[ROUNDS])sql_seconds, exact_seconds, early_seconds,
                  build_seconds);
    shire_link_workers_done(&work.workers);
    shire_link_scorer_done(&work.scorer);
    shire_link_engine_result_done(&work.result);
    shire_link_dataset_done(&work.dataset);
    shire_table_close(work.table);
    shire_arena_free(work.arena);
}
