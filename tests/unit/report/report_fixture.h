/*
 * A warehouse of the shape that the stages leave behind, made by SQL alone: six bodies, skewed
 * costs, kinds of care of which one has three people, a body that gives a kind of care to four
 * people, names with HTML in them. Same people_count, same warehouse.
 */
#ifndef SHIRE_TESTS_REPORT_FIXTURE_H
#define SHIRE_TESTS_REPORT_FIXTURE_H

#include "core/arena.h"
#include "io/table.h"

#include <stdio.h>

static const char report_fixture_tables[] =
    "CREATE TABLE organisation AS SELECT * FROM (VALUES"
    " (0, 'RLQ', 'Wye <b>Valley</b> & \"County\" Hospitals', 'trust', NULL::DATE, NULL::DATE),"
    " (1, 'HCC', 'Herefordshire Council', 'council', NULL, NULL),"
    " (2, 'R1A', 'Community and Mental Health Trust', 'trust', NULL, NULL),"
    " (3, 'PCT', 'Primary Care Trust', 'commissioner', NULL, NULL),"
    " (4, 'HHA', 'Marches Housing Association with a Name That Goes on for Ever', 'housing', NULL,"
    "  NULL),"
    " (5, 'SSC', 'Shared Services', 'company', NULL, NULL))"
    " AS t(organisation_no, code, name, kind, opened, closed);"
    "CREATE TABLE extract AS SELECT 0 AS extract_no, 'x.sql' AS file, 'event' AS target,"
    " 1::BIGINT AS row_count, '00' AS hash;"
    "CREATE TABLE person AS SELECT n AS person_no, 'P' || n AS person_id, NULL::VARCHAR AS "
    "nhs_number,"
    " 'Zebedee' AS given_name, 'Quirke' AS family_name,"
    " CASE WHEN (hash(n * 64 + 1) >> 24) % 211 = 0 THEN NULL ELSE DATE '2025-03-31' -"
    "  (365.25 * 96 * ((hash(n * 64 + 2) >> 24) % 10000 / 10000.0) ** 1.2)::INTEGER END AS "
    "birth_date,"
    " CASE WHEN (hash(n * 64 + 3) >> 24) % 97 = 0 THEN DATE '2024-11-05' END AS death_date,"
    " CASE (hash(n * 64 + 4) >> 24) % 200 WHEN 0 THEN NULL WHEN 1 THEN 'unknown' ELSE"
    "  CASE (hash(n * 64 + 4) >> 24) % 2 WHEN 0 THEN 'female' ELSE 'male' END END AS sex,"
    " 'HR1 1AA' AS postcode, 1 + (hash(n * 64 + 5) >> 24) % 5 AS record_count FROM people;"
    "CREATE TABLE person_link AS SELECT row_number() OVER (ORDER BY person_no, k) - 1 AS record_no,"
    " person_no FROM person, range(9) AS r(k)"
    " WHERE k < record_count OR (person_no % 5000 = 17 AND k < 9);"
    "CREATE TABLE person_record AS SELECT record_no, ((hash(record_no * 64 + 6) >> 24) % "
    "5)::INTEGER AS"
    " organisation_no, CASE (hash(record_no * 64 + 6) >> 24) % 5 WHEN 0 THEN 'pas' WHEN 1 THEN "
    "'social_care'"
    " WHEN 2 THEN 'community' WHEN 3 THEN 'gp' ELSE 'housing' END AS source,"
    " 'L' || record_no AS local_id, 'Zebedee' AS given_name, 'Quirke' AS family_name"
    " FROM person_link;"
    "INSERT INTO person_record SELECT count(*) + 5, 5, 'payroll', 'L', 'Zebedee', 'Quirke' FROM"
    " person_record;";

static const char report_fixture_costs[] =
    "CREATE TABLE kinds AS SELECT * FROM (VALUES (0, 'admitted', 0, 12, 9000), (0, 'outpatient', 1,"
    " 3, 400), (0, 'emergency', 2, 4, 300), (3, 'gp', 3, 1, 180), (2, 'community', 4, 5, 900),"
    " (2, 'mental_health', 5, 20, 5200), (1, 'home_care', 6, 25, 14000), (1, 'care_home', 7, 80,"
    " 38000), (4, 'housing', 8, 6, 1500), (1, 'community', 9, 400, 700), (4, 'home_care', 10, 0, "
    "60),"
    " (2, 'mortuary', 11, 0, 300)) AS t(organisation_no, setting, salt, one_in, mean_cost);"
    "CREATE TABLE person_cost AS SELECT person_no, organisation_no, setting,"
    " (mean_cost * (0.1 + 1.4 * ((hash(person_no * 64 + 32 + salt) >> 24) % 1000 / 1000.0) ** "
    "3))::DECIMAL(18,6)"
    "  AS amount FROM person, kinds"
    " WHERE (one_in > 0 AND (hash(person_no * 64 + salt) >> 24) % one_in = 0)"
    "  OR (salt = 10 AND person_no IN (3, 5, 7, 11)) OR (salt = 11 AND person_no IN (20, 30, 40));"
    "CREATE TABLE event AS SELECT person_no AS event_no, 0 AS organisation_no, 'pas' AS source,"
    " 'E' || person_no AS event_id, 'L' AS local_id, (SELECT min(record_no) FROM person_link l "
    "WHERE"
    " l.person_no = person.person_no) AS record_no, 'APC' AS dataset,"
    " TIMESTAMP '2024-03-20' + INTERVAL ((hash(person_no * 64 + 9) >> 24) % 300) DAY AS start,"
    " TIMESTAMP '2024-03-20' + INTERVAL ((hash(person_no * 64 + 9) >> 24) % 300 + 12) DAY AS "
    "\"end\","
    " '' AS code, '' AS specialty, 'admitted' AS setting, '' AS commissioner,"
    " CASE WHEN (hash(person_no * 64 + 10) >> 24) % 4 = 0 THEN TIMESTAMP '2024-03-20' +"
    "  INTERVAL ((hash(person_no * 64 + 9) >> 24) % 300 + 6) DAY END AS discharge_ready"
    " FROM person WHERE (hash(person_no * 64 + 0) >> 24) % 12 = 0;"
    "UPDATE event SET organisation_no = 2 WHERE event_no IN (SELECT event_no FROM event"
    " WHERE discharge_ready > TIMESTAMP '2024-06-01' ORDER BY event_no LIMIT 5);"
    "CREATE TABLE event_cost AS SELECT event_no, 3456.789012::DECIMAL(18,6) AS amount FROM event;"
    "CREATE TABLE match_rule AS SELECT 0 AS match_rule_no, 'event_id' AS kind, 'event_id' AS "
    "columns;"
    "CREATE TABLE match_feed AS SELECT 0 AS organisation_no, 'ward' AS feed, 200::BIGINT AS items, "
    "150::BIGINT AS with_key, 149::BIGINT AS matched, 51::BIGINT AS unmatched, 0::BIGINT AS tied;"
    "CREATE TABLE match_result AS SELECT * FROM (VALUES (0, 'ward', 0, NULL, 149::BIGINT), (0, "
    "'ward', NULL, 'no event has its key', 51)) AS t(organisation_no, feed, match_rule_no, reason, "
    "items);"
    "CREATE TABLE item_outside (item_no BIGINT);"
    "CREATE TABLE unmatched_item AS SELECT 0 AS organisation_no, 'ward' AS feed, "
    "12.5::DECIMAL(18,6) AS unmatched_cost;"
    "CREATE TABLE event_income AS SELECT event_no, -4000::DECIMAL(18,6) AS amount FROM event WHERE "
    "organisation_no = 0;"
    "CREATE TABLE event_segment AS SELECT event_no, 'private' AS segment FROM event WHERE "
    "organisation_no = 0 ORDER BY event_no LIMIT 4;"
    "CREATE TABLE event_apart AS SELECT event_no, 100::DECIMAL(18,6) AS amount, segment FROM "
    "event_segment;"
    "CREATE TABLE ledger_segment AS SELECT * FROM (VALUES (0, 'cost', 'patient', "
    "1000::DECIMAL(18,6)), (0, 'cost', 'private', 400), (0, 'income', 'unallocated', -7), (1, "
    "'cost', 'patient', 5)) AS t(organisation_no, ledger, segment, amount);"
    "CREATE TABLE event_delay AS SELECT event_no, 6 AS days, CASE WHEN event_no % 3 = 0 THEN "
    "'Care package <home>' ELSE 'Disputes' END AS reason, CASE WHEN event_no % 2 = 0 THEN 'Both' "
    "ELSE 'HOSP' END AS responsible, (amount / 2)::DECIMAL(18,6) AS amount FROM event JOIN "
    "event_cost USING (event_no) WHERE discharge_ready IS NOT NULL;"
    "CREATE TABLE delay_partner AS SELECT event_no, partner, (6 * share)::DECIMAL(18,6) AS days, "
    "(amount * share)::DECIMAL(18,6) AS amount FROM event_delay JOIN (VALUES ('Both', 'NHS', 0.5), "
    "('Both', 'Social care', 0.5), ('HOSP', 'HOSP', 1)) AS s(responsible, partner, share) USING "
    "(responsible);"
    "CREATE TABLE activity_item AS SELECT event_no AS item_no, organisation_no, 'package' AS feed "
    "FROM event; CREATE TABLE item_event AS SELECT item_no, item_no AS event_no, 0 AS "
    "match_rule_no FROM activity_item;"
    "CREATE TABLE package AS SELECT item_no, 'weekly' AS frequency, DATE '2024-04-01' AS first, "
    "DATE '2024-04-14' AS last, 14 AS days, 200::DECIMAL(18,6) AS gross, 30::DECIMAL(18,6) AS "
    "contribution, 170::DECIMAL(18,6) AS net, 220.5::DECIMAL(18,6) AS actual_gross, "
    "30::DECIMAL(18,6) AS actual_contribution, 190.5::DECIMAL(18,6) AS actual_net FROM "
    "activity_item WHERE item_no % 5 = 0;"
    "CREATE TABLE ledger_line AS SELECT n AS line_no, (n % 6)::INTEGER AS organisation_no FROM"
    " range(600) AS r(n);"
    "CREATE TABLE reconciliation AS SELECT organisation_no, (coalesce(sum(amount), 0) + 1000000.25"
    " + 250000.5)::DECIMAL(18,6) AS ledger, coalesce(sum(amount), 0)::DECIMAL(18,6) AS allocated,"
    " 1000000.25::DECIMAL(18,6) AS excluded, 250000.5::DECIMAL(18,6) AS unallocated,"
    " 0::DECIMAL(18,6) AS difference FROM organisation LEFT JOIN person_cost USING "
    "(organisation_no)"
    " GROUP BY organisation_no;"
    "CREATE TABLE unallocated AS SELECT organisation_no, 'activity' AS stage, 'Resource <' || k || "
    "'>'"
    " AS name, 'no item took it up' AS reason, (5000.01 * k)::DECIMAL(18,6) AS amount"
    " FROM organisation, range(1, 9) AS r(k);";

static const char report_fixture_chain[] =
    "CREATE TABLE cost_pool AS SELECT (organisation_no * 12 + k)::INTEGER AS pool_no, "
    "organisation_no,"
    " CASE WHEN k < 3 THEN 'Support ' || k ELSE 'Pool ' || (organisation_no * 3 + k) END AS pool,"
    " CASE WHEN k < 3 THEN 'support' ELSE 'patient' END AS treatment,"
    " (CASE WHEN k < 3 THEN 40000 * k + 100 ELSE 100000 * k END)::DECIMAL(18,6) AS own_cost,"
    " 1000::DECIMAL(18,6) AS received_cost, (100000 * k + 1000)::DECIMAL(18,6) AS total_cost,"
    " 'patient' AS segment"
    " FROM organisation, range(12) AS r(k);"
    "CREATE TABLE cost_ledger AS SELECT line_no, CASE WHEN line_no < 60 THEN 'excluded' ELSE "
    "'patient'"
    " END AS treatment, CASE WHEN line_no < 30 THEN 'capital charges' WHEN line_no < 60 THEN"
    " 'teaching & research' END AS reason, CASE WHEN line_no >= 60 THEN (organisation_no * 12 +"
    " line_no // 6 % 12)::INTEGER END AS pool_no, (1000 + line_no + 0.25)::DECIMAL(18,6) AS amount"
    " FROM ledger_line;"
    "CREATE TABLE support_flow AS SELECT s.pool_no AS from_pool_no, t.pool_no AS to_pool_no,"
    " (5000 + t.pool_no)::DECIMAL(18,6) AS amount FROM cost_pool s JOIN cost_pool t USING"
    " (organisation_no) WHERE s.treatment = 'support' AND t.treatment = 'patient';"
    "CREATE TABLE resource_cost AS SELECT (organisation_no * 4 + k)::INTEGER AS resource_no,"
    " organisation_no, CASE k WHEN 0 THEN 'nursing' WHEN 1 THEN 'medical_staff' WHEN 2 THEN 'drugs'"
    " ELSE 'premises ' || organisation_no END AS resource, 1000::DECIMAL(18,6) AS amount,"
    " 'patient' AS segment FROM organisation, range(4) AS r(k);"
    "CREATE TABLE pool_resource AS SELECT pool_no, resource_no,"
    " (total_cost * (1 + (pool_no + resource_no) % 3) / 8)::DECIMAL(18,6) AS amount"
    " FROM cost_pool JOIN resource_cost USING (organisation_no) WHERE treatment = 'patient';"
    "CREATE TABLE activity_cost AS SELECT (organisation_no * 5 + k)::INTEGER AS activity_no,"
    " organisation_no, CASE k WHEN 0 THEN 'ward care' WHEN 1 THEN 'theatre' WHEN 2 THEN 'clinic'"
    " ELSE 'visit ' || organisation_no || k END AS activity, 1000::DECIMAL(18,6) AS amount,"
    " 1::DECIMAL(18,6) AS weight_total, 10::BIGINT AS item_count"
    " FROM organisation, range(5) AS r(k);"
    "CREATE TABLE resource_activity AS SELECT resource_no, activity_no, (60000 + 9000 * "
    "(activity_no %"
    " 5))::DECIMAL(18,6) AS amount FROM resource_cost JOIN activity_cost USING (organisation_no);"
    "CREATE TABLE finding AS SELECT 'load' AS stage, CASE WHEN k = 0 THEN 'error' ELSE 'warning' "
    "END"
    " AS severity, CASE k WHEN 0 THEN 'bad_date' WHEN 1 THEN 'bad_nhs_number' ELSE"
    " 'unknown_organisation' END AS kind, 'data/event_hospital.csv' AS file, (n * 7 + 2)::BIGINT AS"
    " line, CASE WHEN k = 2 THEN NULL ELSE 'start' END AS column_name,"
    " 'is no date <script>alert(1)</script>' AS problem, 'write it as 2024-04-01' AS remedy,"
    " 1::BIGINT AS row_count FROM range(5) AS a(n), range(3) AS b(k);";

static inline shire_status report_fixture_make(shire_table *table, int64_t people_count,
                                               shire_error *error) {
    char people[128];
    snprintf(people, sizeof people, "CREATE TABLE people AS SELECT * FROM range(%lld) AS r(n);",
             (long long)people_count);
    const char *const scripts[] = {people, report_fixture_tables, report_fixture_costs,
                                   report_fixture_chain};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < 4; i++) {
        status = shire_table_execute(table, scripts[i], error);
    }
    return status;
}

#endif
