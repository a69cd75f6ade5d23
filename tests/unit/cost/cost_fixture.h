/*
 * A small warehouse in memory and a costing model in a scratch folder, for the tests of the costing
 * chain: tables are filled by SQL, model files written as text, results read back as text.
 */
#ifndef SHIRE_TESTS_COST_FIXTURE_H
#define SHIRE_TESTS_COST_FIXTURE_H

#include "core/arena.h"
#include "core/date.h"
#include "cost/cost.h"
#include "io/file.h"
#include "io/table.h"
#include "org/partnership.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct cost_fixture {
    char dir[64];
    const char *data_dirs[1];
    shire_arena *arena;
    shire_table *table;
    shire_partnership partnership;
    shire_cost_summary summary;
    shire_error error;
} cost_fixture;

/* Organisation 0 is HOSP, 1 is COUN; the period is April to June 2024. */
static const char fixture_tables[] =
    "CREATE TABLE organisation (organisation_no INTEGER, code VARCHAR, name VARCHAR, kind VARCHAR);"
    "INSERT INTO organisation VALUES (0, 'HOSP', 'Hospital', 'trust'), (1, 'COUN', 'Council', "
    "'council');"
    "CREATE TABLE ledger_line (line_no BIGINT, organisation_no INTEGER, period VARCHAR, "
    "cost_centre "
    "VARCHAR, account VARCHAR, amount DECIMAL(18,6), description VARCHAR, source_file VARCHAR, "
    "source_line BIGINT);"
    "CREATE TABLE event (event_no BIGINT, organisation_no INTEGER, source VARCHAR, event_id "
    "VARCHAR, "
    "local_id VARCHAR, record_no BIGINT, dataset VARCHAR, start TIMESTAMP, \"end\" TIMESTAMP, code "
    "VARCHAR, specialty VARCHAR, setting VARCHAR);"
    "CREATE TABLE activity_item (item_no BIGINT, organisation_no INTEGER, feed VARCHAR, item_id "
    "VARCHAR, event_id VARCHAR, local_id VARCHAR, code VARCHAR, start TIMESTAMP, quantity "
    "DECIMAL(18,6), minutes DECIMAL(18,6), amount DECIMAL(18,6), ward VARCHAR);"
    "CREATE TABLE person (person_no BIGINT, person_id VARCHAR, birth_date DATE, death_date DATE);"
    "CREATE TABLE person_link (record_no BIGINT, person_no BIGINT)";

static inline void fixture_sql(cost_fixture *fixture, const char *sql) {
    if (shire_table_execute(fixture->table, sql, &fixture->error) != SHIRE_OK) {
        fail_msg("%s: %s", sql, fixture->error.message);
    }
}

static inline void fixture_begin(cost_fixture *fixture) {
    memset(fixture, 0, sizeof(*fixture));
    snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/shire-cost-XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    char path[128];
    snprintf(path, sizeof(path), "%s/costing", fixture->dir);
    assert_int_equal(shire_dir_make(path, NULL), SHIRE_OK);
    assert_int_equal(shire_arena_new("test", 0, &fixture->arena, NULL), SHIRE_OK);
    shire_table_options options = {.thread_count = 2};
    assert_int_equal(shire_table_open(&options, &fixture->table, NULL), SHIRE_OK);
    fixture->data_dirs[0] = fixture->dir;
    fixture->partnership = (shire_partnership){.dir = fixture->dir,
                                               .name = "Test",
                                               .period_first = shire_date_of(2024, 4, 1),
                                               .period_last = shire_date_of(2024, 6, 30),
                                               .data_dirs = fixture->data_dirs,
                                               .data_dir_count = 1};
    fixture_sql(fixture, fixture_tables);
}

static inline void fixture_end(cost_fixture *fixture) {
    shire_table_close(fixture->table);
    shire_arena_free(fixture->arena);
    assert_int_equal(shire_dir_remove(fixture->dir, NULL), SHIRE_OK);
}

/* Writes costing/NAME. */
static inline void fixture_model(cost_fixture *fixture, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof(path), "%s/costing/%s", fixture->dir, name);
    assert_int_equal(shire_file_replace(path, shire_span_of(text), NULL), SHIRE_OK);
}

/* Columns that few tests fill; behind the others, so that INSERTs of whole rows need not know them.
 */
static const char fixture_further_columns[] =
    "ALTER TABLE event ADD COLUMN IF NOT EXISTS discharge_ready TIMESTAMP;"
    "ALTER TABLE event ADD COLUMN IF NOT EXISTS delay_reason VARCHAR;"
    "ALTER TABLE event ADD COLUMN IF NOT EXISTS delay_responsible VARCHAR;"
    "ALTER TABLE event ADD COLUMN IF NOT EXISTS source_file VARCHAR;"
    "ALTER TABLE event ADD COLUMN IF NOT EXISTS source_line BIGINT;"
    "ALTER TABLE activity_item ADD COLUMN IF NOT EXISTS source_file VARCHAR;"
    "ALTER TABLE activity_item ADD COLUMN IF NOT EXISTS source_line BIGINT;"
    "ALTER TABLE activity_item ADD COLUMN IF NOT EXISTS \"end\" TIMESTAMP;"
    "ALTER TABLE activity_item ADD COLUMN IF NOT EXISTS frequency VARCHAR;"
    "ALTER TABLE activity_item ADD COLUMN IF NOT EXISTS unit_price DECIMAL(18,6);"
    "ALTER TABLE activity_item ADD COLUMN IF NOT EXISTS contribution DECIMAL(18,6)";

static inline shire_status fixture_run(cost_fixture *fixture, int thread_count) {
    fixture_sql(fixture, fixture_further_columns);
    shire_cost_options options = {.thread_count = thread_count};
    memset(&fixture->error, 0, sizeof(fixture->error));
    return shire_cost_run(fixture->table, &fixture->partnership, &options, fixture->arena,
                          &fixture->summary, &fixture->error);
}

static inline void fixture_run_well(cost_fixture *fixture) {
    if (fixture_run(fixture, 2) != SHIRE_OK) {
        fail_msg("%s", fixture->error.message);
    }
}

/* The rows of a SELECT, cells joined by '|' and rows by ';', all as text. */
static inline const char *fixture_rows(cost_fixture *fixture, const char *sql) {
    shire_frame frame;
    char *text = shire_arena_format(fixture->arena,
                                    "SELECT concat_ws('|', *COLUMNS(*)) AS line FROM "
                                    "(SELECT COLUMNS(*)::VARCHAR FROM (%s))",
                                    sql);
    if (shire_table_query(fixture->table, text, fixture->arena, &frame, &fixture->error) !=
        SHIRE_OK) {
        fail_msg("%s: %s", sql, fixture->error.message);
    }
    shire_builder builder = {0};
    for (size_t row = 0; row < frame.row_count; row++) {
        shire_builder_append_text(&builder, row > 0 ? ";" : "");
        shire_builder_append(&builder, shire_column_text(&frame.columns[0], row));
    }
    const char *copy =
        shire_arena_format(fixture->arena, "%s", builder.bytes == NULL ? "" : builder.bytes);
    shire_builder_free(&builder);
    return copy;
}

#define assert_rows(fixture, sql, expected)                                                        \
    assert_string_equal(fixture_rows(fixture, sql), expected)

/* Findings of a kind, as file:line. */
static inline const char *fixture_findings(cost_fixture *fixture, const char *kind) {
    return fixture_rows(
        fixture,
        shire_arena_format(fixture->arena,
                           "SELECT concat(file, ':', line) FROM finding WHERE kind = '%s'", kind));
}

/* A hospital of one ward and one theatre, two persons and three events: see the tests. */
static inline void fixture_fill(cost_fixture *fixture) {
    fixture_sql(
        fixture,
        "INSERT INTO ledger_line VALUES "
        "(0, 0, '1', 'W1', '4000', 100, 'Ward pay', 'gl.csv', 2),"
        "(1, 0, '1', 'T1', '4000', 60, 'Theatre pay', 'gl.csv', 3),"
        "(2, 0, '1', 'FIN', '4000', 30, 'Finance pay', 'gl.csv', 4),"
        "(3, 0, '1', 'FIN', '9000', -20, 'Income', 'gl.csv', 5),"
        "(4, 0, '1', 'CAP', '8000', 7, 'Capital', 'gl.csv', 6),"
        "(5, 0, '1', 'X', '1', 1.5, 'Unknown', 'gl.csv', 7);"
        "INSERT INTO event VALUES "
        "(0, 0, 'PAS', 'A', 'p1', 0, 'APC', '2024-04-02', '2024-04-05', 'C1', '100', 'Inpatient'),"
        "(1, 0, 'PAS', 'B', 'p2', 1, 'APC', '2024-03-30', '2024-04-01', 'C2', '100', 'Inpatient'),"
        "(2, 0, 'PAS', 'C', 'p1', 0, 'APC', '2024-04-20', '2024-04-20', 'C1', '110', 'Day case');"
        "INSERT INTO activity_item VALUES "
        "(0, 0, 'stay', 'i0', 'A', NULL, 'C1', '2024-04-02', 3, NULL, NULL, 'W1'),"
        "(1, 0, 'stay', 'i1', 'B', NULL, 'C2', '2024-03-30', 2, NULL, NULL, 'W1'),"
        "(2, 0, 'theatre', 'i2', 'A', NULL, 'K', '2024-04-03', 1, 90, 10, NULL),"
        "(3, 0, 'theatre', 'i3', 'C', NULL, 'K', '2024-04-20', 1, 30, 20, NULL);"
        "INSERT INTO person (person_no, person_id) VALUES (0, 'P0'), (1, 'P1');"
        "INSERT INTO person_link VALUES (0, 0), (1, 1)");
    fixture_model(fixture, "ledger_map.csv",
                  "organisation,cost_centre,account,pool,share,treatment,reason\n"
                  "HOSP,*,9???,,,income,\n"
                  "HOSP,CAP,*,,,excluded,capital\n"
                  "HOSP,W1,*,Ward,,patient,\n"
                  "HOSP,T1,*,Theatre,,patient,\n"
                  "HOSP,FIN,*,Finance,,support,\n");
    fixture_model(fixture, "support_rule.csv",
                  "organisation,pool,method,step,driver,fallback\n"
                  "HOSP,Finance,direct,,spend,\n");
    fixture_model(fixture, "driver.csv",
                  "organisation,driver,pool,quantity,cost_of\n"
                  "HOSP,spend,Ward,,Ward\n"
                  "HOSP,spend,Theatre,20,\n");
    fixture_model(fixture, "activity_rule.csv",
                  "organisation,resource,activity,share,feed,condition,basis\n"
                  "HOSP,Ward,Ward care,,stay,,days\n"
                  "HOSP,Theatre,Theatre care,,theatre,,minutes\n");
}

#endif
