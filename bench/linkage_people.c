/*
 * Made-up person records, by SQL: every number is a hash of the person, the record and what it is
 * for. Names are syllables put together, drawn unevenly: the cube of an even draw makes the first
 * of 18,000 family names as frequent as Smith.
 */
#include "linkage.h"

#include <inttypes.h>
#include <stdio.h>

static const char macros[] =
    "CREATE OR REPLACE MACRO u(a, b) AS ((hash(a * 64 + b) >> 12) / 4503599627370496.0);"
    "CREATE OR REPLACE MACRO pick(a, b, n) AS (hash(a * 64 + b) % n)::BIGINT;"
    "CREATE OR REPLACE MACRO start_of(n) AS (['al', 'be', 'ca', 'do', 'el', 'fa', 'gri', 'ha', "
    "'is', 'jo', 'ka', 'lo', 'mar', 'no', 'or', 'pe', 'qui', 'ro', 'sa', 'tho', 'ul', 'vi', 'wa', "
    "'yo', 'ze', 'bra', 'cle', 'dru', 'fle', 'sta'])[1 + n % 30];"
    "CREATE OR REPLACE MACRO middle_of(n) AS (['na', 'ri', 'lo', 'ber', 'ti', 'mu', 'sel', 'de', "
    "'ga', 'win', 'ho', 'ke', 'pa', 'rus', 've', 'x', 'cor', 'ly', 'ma', 'ne'])[1 + n % 20];"
    "CREATE OR REPLACE MACRO end_of(n) AS (['a', 'bert', 'cott', 'don', 'en', 'ford', 'grove', "
    "'hurst', 'ington', 'ka', 'ley', 'man', 'nor', 'ow', 'pp', 'rick', 'son', 'ton', 'ton', "
    "'wood', 'ward', 'by', 'ham', 'field', 'cliff', 'dale', 'mere', 'stead', 'thorpe', "
    "'well'])[1 + n % 30];"
    /* One typing error: a letter changed, lost, or two exchanged. */
    "CREATE OR REPLACE MACRO slip(x, r) AS CASE WHEN length(x) < 3 THEN x WHEN r % 3 = 0 THEN "
    "x[:(2 + r // 3 % (length(x) - 2))::INTEGER] || chr((97 + r // 64 % 26)::INTEGER) || "
    "x[(4 + r // 3 % (length(x) - 2))::INTEGER:] WHEN r % 3 = 1 THEN x[:(1 + r // 3 % (length(x) - "
    "2))::INTEGER] || x[(3 + r // 3 % (length(x) - 2))::INTEGER:] ELSE x[:(1 + r // 3 % (length(x) "
    "- 2))::INTEGER] || x[(3 + r // 3 % (length(x) - 2))::INTEGER] || x[(2 + r // 3 % (length(x) - "
    "2))::INTEGER] || x[(4 + r // 3 % (length(x) - 2))::INTEGER:] END;"
    "CREATE OR REPLACE MACRO nhs(d) AS CASE (11 - list_sum(list_transform(range(1, 10), i -> (11 - "
    "i) * d[i]::INTEGER)) % 11) WHEN 11 THEN d || '0' WHEN 10 THEN NULL ELSE d || (11 - "
    "list_sum(list_transform(range(1, 10), i -> (11 - i) * d[i]::INTEGER)) % 11)::BIGINT END;";

/* Persons, their records with what goes wrong in each, then the records. */
static const char people_sql[] =
    "CREATE OR REPLACE TABLE people AS WITH person AS (SELECT p, "
    "start_of((900 * u(p, 1) ** 2)::BIGINT) || middle_of((900 * u(p, 1) ** 2)::BIGINT // 30) AS "
    "given, start_of((18000 * u(p, 2) ** 3)::BIGINT) || middle_of((18000 * u(p, 2) ** 3)::BIGINT "
    "// 30) || end_of((18000 * u(p, 2) ** 3)::BIGINT // 600) AS family, DATE '1924-01-01' + "
    "pick(p, 3, 36500)::INTEGER AS dob, CASE WHEN u(p, 4) < 0.5 THEN 'F' ELSE 'M' END AS sex, "
    "nhs((100000000 + p * 7919 %% 899999999)::VARCHAR) AS nhs FROM range(%" PRId64 ") AS r(p)), "
    "copy AS (SELECT *, p * 8 + k AS c, pick(p, 5, %" PRId64 ") AS first_home, "
    "pick(p * 8 + k, 6, %" PRId64 ") AS other_home FROM person, range(6) AS s(k) WHERE k < 1 + "
    "(u(p, 7) < 0.45)::INTEGER + (u(p, 8) < 0.2)::INTEGER + (u(p, 9) < 0.07)::INTEGER), "
    "home AS (SELECT *, CASE WHEN k > 0 AND u(c, 10) < 0.08 THEN other_home ELSE first_home END "
    "AS h FROM copy) "
    "SELECT c AS id, CASE WHEN u(c, 11) < 0.02 THEN given[1] WHEN u(c, 12) < 0.03 THEN NULL WHEN "
    "u(c, 13) < 0.04 THEN slip(given, pick(c, 14, 1000000)) WHEN u(c, 13) > 0.99 THEN family ELSE "
    "given END AS given, CASE WHEN u(c, 15) < 0.01 THEN NULL WHEN u(c, 16) < 0.05 THEN "
    "slip(family, pick(c, 17, 1000000)) WHEN u(c, 13) > 0.99 THEN given ELSE family END AS family, "
    "CASE WHEN u(c, 18) < 0.03 THEN NULL WHEN u(c, 19) < 0.02 THEN strftime(dob + (pick(c, 20, "
    "60) - 30)::INTEGER, '%%Y-%%m-%%d') WHEN u(c, 19) > 0.99 THEN strftime(dob + INTERVAL 10 YEAR, "
    "'%%Y-%%m-%%d') ELSE strftime(dob, '%%Y-%%m-%%d') END AS dob, CASE WHEN u(c, 21) < 0.05 THEN "
    "NULL WHEN u(c, 22) < 0.005 THEN 'F' ELSE sex END AS sex, CASE WHEN u(c, 23) < 0.05 THEN NULL "
    "ELSE (['HR', 'WR', 'GL', 'LD'])[1 + h %% 4] || (1 + h // 4 %% 9) || ' ' || (h // 36 %% 10) || "
    "chr((65 + CASE WHEN u(c, 24) < 0.02 THEN 24 ELSE h // 360 %% 20 END)::INTEGER) || chr((65 + "
    "h // 7200 %% 20)::INTEGER) END AS postcode, CASE WHEN u(c, 25) < 0.1 THEN NULL ELSE (1 + h "
    "%% 97) || ' ' || start_of(h) || middle_of(h // 7) || end_of(h // 31) || (['  Road', ' "
    "Street', ' Lane', ' Close'])[1 + h // 11 %% 4] END AS address, CASE WHEN u(c, 26) < 0.5 THEN "
    "NULL ELSE '0' || (1432000000 + hash(p * 64 + 27) %% 8000000) END AS phone, CASE WHEN u(c, 28) "
    "< 0.5 THEN NULL ELSE nhs END AS nhs_number, p AS truth FROM home ORDER BY hash(c), c LIMIT "
    "%" PRId64;

void linkage_make_people(linkage_bench *bench, shire_table *table, int64_t record_count) {
    char sql[8192];
    int64_t homes = 1 + record_count / 4;
    int64_t persons = 1 + record_count * 6 / 10;
    linkage_check(bench, shire_table_execute(table, macros, &bench->error));
    snprintf(sql, sizeof sql, people_sql, persons, homes, homes, record_count);
    linkage_check(bench, shire_table_execute(table, sql, &bench->error));
}
