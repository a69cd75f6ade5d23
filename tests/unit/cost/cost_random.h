/*
 * Random small costing models and their data, the same for the same seed: what properties of the
 * costing chain are tested on.
 */
#ifndef SHIRE_TESTS_COST_RANDOM_H
#define SHIRE_TESTS_COST_RANDOM_H

#include "cost_fixture.h"

#include "core/random.h"

static const char *const pool_names[] = {"Ward", "Theatre", "Finance", "Estates", "People", "IT"};
#define POOLS (sizeof(pool_names) / sizeof(*pool_names))

static void add_line(shire_builder *text, const char *format, ...) SHIRE_PRINTF(2, 3);
static inline void add_line(shire_builder *text, const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    shire_builder_append_format(text, "%s\n", line);
}

static inline void keep(cost_fixture *fixture, const char *name, shire_builder *text) {
    fixture_model(fixture, name, text->bytes);
    shire_builder_clear(text);
}

static inline const char *any_pool(shire_random *random) {
    return pool_names[shire_random_below(random, POOLS)];
}

/* with_costs: some driver quantities are costs, which change sign with the ledger. */
static inline void make_model(cost_fixture *fixture, shire_random *random, bool with_costs) {
    static const char *const methods[] = {"direct", "step_down", "reciprocal"};
    static const char *const bases[] = {"count", "quantity", "minutes", "amount", "days", "weight"};
    shire_builder text = {0};
    const char *method = methods[shire_random_below(random, 3)];
    size_t giver_count = shire_random_below(random, 4);
    add_line(&text, "cost_centre,account,pool,share,treatment,reason");
    add_line(&text, "*,9*,,,income,");
    for (size_t i = 0; i < POOLS; i++) {
        const char *treatment = i >= POOLS - giver_count ? "support" : "patient";
        int part = (int)shire_random_between(random, 1, 999999);
        add_line(&text, "C%zu,*,%s,0.%06d,%s,", i, pool_names[i], part, treatment);
        add_line(&text, "C%zu,*,Other,0.%06d,patient,", i, 1000000 - part);
    }
    keep(fixture, "ledger_map.csv", &text);
    add_line(&text, "step,from_pool,to_pool,amount,share");
    add_line(&text, "1,%s,%s,,0.%06d", any_pool(random), any_pool(random),
             (int)shire_random_below(random, 1000000));
    add_line(&text, "2,T*,%s*,,1", shire_random_chance(random, 1, 2) ? "T" : "New t");
    keep(fixture, "pool_transfer.csv", &text);
    add_line(&text, "pool,method,step,driver,fallback");
    for (size_t i = POOLS - giver_count; i < POOLS; i++) {
        add_line(&text, "%s,%s,%d,d%zu,%s", pool_names[i], method,
                 (int)shire_random_below(random, 3), i,
                 shire_random_chance(random, 1, 2) ? "Ward" : "");
    }
    keep(fixture, "support_rule.csv", &text);
    add_line(&text, "driver,pool,quantity,cost_of");
    for (size_t i = POOLS - giver_count; i < POOLS; i++) {
        for (size_t k = 0; k < 4; k++) {
            add_line(&text, "d%zu,%s,%d,%s", i, any_pool(random),
                     (int)shire_random_between(random, -2, 9),
                     with_costs && shire_random_chance(random, 1, 3) ? "W*" : "");
        }
    }
    keep(fixture, "driver.csv", &text);
    add_line(&text, "resource,activity,share,feed,condition,basis");
    for (size_t i = 0; i < POOLS; i++) {
        bool shared = shire_random_chance(random, 1, 2);
        for (size_t k = 0; k < 1 + i % 3; k++) {
            add_line(&text, "%s,A%zu,%s,%s,%s,%s", i == 0 ? "*" : pool_names[i], k,
                     shared ? "0.3" : "", shire_random_chance(random, 1, 2) ? "stay" : "t*",
                     shire_random_chance(random, 1, 3) ? "event.code = 'C1'" : "",
                     bases[shire_random_below(random, 6)]);
        }
    }
    keep(fixture, "activity_rule.csv", &text);
    add_line(&text, "feed,code,weight");
    add_line(&text, "stay,K1,%d", (int)shire_random_below(random, 9));
    add_line(&text, "*,*,1.25");
    keep(fixture, "weight.csv", &text);
    shire_builder_free(&text);
}

static inline void make_data(cost_fixture *fixture, shire_random *random) {
    char sql[2000];
    uint64_t salt = shire_random_below(random, 1000000);
    snprintf(
        sql, sizeof(sql),
        "INSERT INTO ledger_line SELECT i, hash(i + %llu) %% 2, '1', 'C' || (hash(i, %llu) %% 7), "
        "(hash(i + 7 * %llu) %% 10) || '0', ((hash(i * 31 + %llu) %% 2000000000)::BIGINT - "
        "500000000) / 1000, NULL, 'gl.csv', i + 2 FROM range(40) AS r(i);"
        "INSERT INTO event SELECT i, hash(i + %llu) %% 2, 'S', 'E' || i, NULL, nullif(i %% 9, 0), "
        "'D', TIMESTAMP '2024-03-20' + to_days((hash(i, %llu) %% 110)::INTEGER), CASE WHEN i %% "
        "3 > 0 THEN TIMESTAMP '2024-07-15' END, 'C' || i %% 3, '1', 'K' || i %% 2 FROM range(30) "
        "AS r(i);"
        "INSERT INTO activity_item SELECT i, hash(i + %llu) %% 2, CASE WHEN i %% 2 = 0 THEN "
        "'stay' ELSE 'theatre' END, i, 'E' || hash(i, %llu) %% 40, NULL, 'K' || i %% 3, CASE WHEN "
        "i %% 5 > "
        "0 THEN TIMESTAMP '2024-04-01' + to_days((i %% 90)::INTEGER) END, (hash(i) %% 9)::INTEGER "
        "- 1, "
        "(hash(i) %% 1000) / 7, ((hash(i) %% 100000)::INTEGER - 20000) / 100, NULL FROM range(150) "
        "AS r(i);"
        "INSERT INTO person SELECT i, 'P' || i, DATE '2020-01-01' - to_years((i * 23)::INTEGER), "
        "NULL "
        "FROM range(4) AS r(i);"
        "INSERT INTO person_link SELECT i, i // 2 FROM range(9) AS r(i)",
        (unsigned long long)salt, (unsigned long long)salt, (unsigned long long)salt,
        (unsigned long long)salt, (unsigned long long)salt, (unsigned long long)salt,
        (unsigned long long)salt, (unsigned long long)salt);
    fixture_sql(fixture, sql);
}

#endif
