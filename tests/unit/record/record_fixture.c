#include "record_fixture.h"

#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Everything is a function of the number, so that the same warehouse is made each time. */
static const char *const tables[] = {
    "CREATE TABLE organisation (organisation_no INTEGER, code VARCHAR, name VARCHAR, kind VARCHAR, "
    "opened DATE, closed DATE)",
    "INSERT INTO organisation VALUES (0, 'CO', 'The Council', 'council', NULL, NULL), (1, 'TR', "
    "'The Trust', 'trust', NULL, NULL), (2, 'HA', 'The Landlord', 'housing_association', NULL, "
    "NULL)",
    "CREATE TABLE person_record AS SELECT i AS record_no, (i % 3)::INTEGER AS organisation_no, "
    "CASE "
    "i % 3 WHEN 0 THEN 'care' WHEN 1 THEN CASE WHEN i % 4 = 1 THEN 'gp' ELSE 'pas' END ELSE "
    "'homes' END AS source, CASE WHEN i % 5 = 0 THEN '00' || i ELSE (4000000000 + i)::VARCHAR END "
    "AS local_id, CASE WHEN i % 3 = 1 THEN '9990' || (100000 + i % 400) END AS nhs_number, 'Given' "
    "|| (i % 400) AS given_name, NULL::VARCHAR AS middle_names, CASE WHEN i % 7 = 0 THEN "
    "'Misspelt' "
    "ELSE 'Family' || (i % 400) END AS family_name, DATE '1930-01-01' + (i % 400 * 61)::INTEGER AS "
    "birth_date, CASE WHEN i % 400 = 9 THEN DATE '2024-06-01' END AS death_date, (1 + i % "
    "2)::VARCHAR AS sex, (i % 400) || ' High Street' AS address, 'HR1 ' || (i % 9) || 'AB' AS "
    "postcode, NULL::VARCHAR AS uprn, '01632 9' || (10000 + i) AS phone, NULL::VARCHAR AS email, "
    "CASE WHEN i "
    "% "
    "4 = 1 THEN 'P81' END AS gp_practice FROM range(900) r(i)",
    /* Record i is of person i % 400; the last 20 are nobody's. */
    "CREATE TABLE person AS SELECT p AS person_no, 'P-' || (70000 + p * 13) AS person_id, "
    "NULL::VARCHAR AS nhs_number FROM range(400) r(p)",
    "CREATE TABLE person_link AS SELECT record_no, record_no % 400 AS person_no FROM person_record "
    "WHERE record_no < 880",
    "CREATE TABLE event AS SELECT i AS event_no, r.organisation_no, r.source, CASE WHEN i % 11 = 0 "
    "THEN 'E/' || i ELSE (123456789012 + i)::VARCHAR END AS event_id, r.local_id, CASE WHEN i % 50 "
    "= "
    "0 THEN NULL ELSE r.record_no END AS record_no, CASE r.source WHEN 'care' THEN 'ASC' WHEN 'gp' "
    "THEN 'GPAD' WHEN 'pas' THEN 'APC' ELSE 'HOUSING' END AS dataset, TIMESTAMP '2024-04-01 "
    "08:00:30' + to_minutes((i * 7919 % 500000)::BIGINT) - CASE WHEN i % 97 = 0 THEN to_years(60) "
    "ELSE to_years(0) END AS start, NULL::TIMESTAMP AS \"end\", 'C' || (i % 3) AS code, CASE WHEN "
    "i % 41 = 0 THEN '360' ELSE '300' END AS specialty, CASE r.source WHEN 'homes' THEN CASE WHEN "
    "i "
    "% 2 = 0 THEN 'Tenancy' ELSE 'Repair' END ELSE 'Kind ' || (i % 4) END AS setting, 'CO' AS "
    "commissioner, NULL::TIMESTAMP AS discharge_ready, NULL::VARCHAR AS delay_reason, "
    "NULL::VARCHAR "
    "AS delay_responsible FROM range(7000) e(i) JOIN person_record r ON r.record_no = (i * 31) % "
    "900 ORDER BY i",
    "UPDATE event SET \"end\" = start + to_minutes(90) WHERE event_no % 3 <> 0 AND (setting <> "
    "'Tenancy' OR event_no % 4 <> 0) AND setting <> "
    "'Kind "
    "3'",
    /* The council's care (every third event) and kind 3 have no ends: they are points in time. */
    "UPDATE event SET discharge_ready = start + to_minutes(30), delay_reason = CASE WHEN "
    "event_no % 2 = 0 THEN 'C' ELSE 'Q' END, delay_responsible = 'NHS' WHERE event_no % 37 = 0",
    /* The costing model knows one of the two reasons. */
    "CREATE TABLE event_delay AS SELECT event_no, CASE delay_reason WHEN 'C' THEN 'Waiting for a "
    "care home' ELSE delay_reason END AS reason FROM event WHERE event_no % 37 = 0 AND event_no < "
    "3000",
    "CREATE TABLE event_cost AS SELECT event_no, (event_no * 1.000123 - 500)::DECIMAL(18, 6) AS "
    "amount FROM event WHERE event_no % 5 <> 0"};

shire_table *record_fixture_open(const record_fixture *fixture) {
    const shire_table_options options = {.path = fixture->path, .thread_count = 1};
    shire_error error = {0};
    shire_table *table = NULL;
    if (shire_table_open(&options, &table, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return table;
}

void record_fixture_execute(const record_fixture *fixture, const char *sql) {
    shire_error error = {0};
    shire_table *table = record_fixture_open(fixture);
    if (shire_table_execute(table, sql, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    shire_table_close(table);
}

void record_fixture_make(record_fixture *fixture) {
    static const char settings[] = "name: Test\nfinancial_year: 2024\n";
    char path[96];
    shire_error error = {0};
    snprintf(fixture->dir, sizeof fixture->dir, "/tmp/shire-record-XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    snprintf(path, sizeof path, "%s/.shire", fixture->dir);
    assert_int_equal(shire_dir_make(path, &error), SHIRE_OK);
    snprintf(path, sizeof path, "%s/partnership.yaml", fixture->dir);
    assert_int_equal(shire_file_replace(path, shire_span_of(settings), &error), SHIRE_OK);
    snprintf(fixture->path, sizeof fixture->path, "%s/.shire/warehouse.duckdb", fixture->dir);
    shire_table *table = record_fixture_open(fixture);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (shire_table_execute(table, tables[i], &error) != SHIRE_OK) {
            fail_msg("%s", error.message);
        }
    }
    shire_table_close(table);
}

void record_fixture_remove(record_fixture *fixture) {
    shire_error error = {0};
    assert_int_equal(shire_dir_remove(fixture->dir, &error), SHIRE_OK);
}
