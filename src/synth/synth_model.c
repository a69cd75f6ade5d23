/*
 * the costing tables: the costing model of the synthetic county, written from the same tables that
 * size its ledgers. Shares are exact to the millionth and sum to 1.
 */
#include "synth/synth_model.h"
#include "synth/synth_council.h"
#include "synth/synth_hospital.h"

#include <stdio.h>
#include <string.h>

#define RESOURCES_MAX 16

static void append_share(shire_builder *text, int64_t millionths) {
    char buffer[24];
    shire_decimal_format(millionths, 0, buffer);
    shire_builder_append_text(text, buffer);
}

/* A CSV field in quotes; our texts hold none. */
static void append_quoted(shire_builder *text, const char *field) {
    shire_builder_append_format(text, "\"%s\"", field);
}

static void append_ledger_map(shire_builder *text, const synth_sizes *sizes) {
    shire_builder_append_text(text,
                              "organisation,cost_centre,account,pool,share,treatment,reason\n");
    for (int number = 0; number < SYNTH_BODY_COUNT; number++) {
        const synth_body *body = &synth_bodies[number];
        if (number == SYNTH_BODY_COUNCIL) {
            /* What residents pay lowers what their own care costs. */
            shire_builder_append_format(text, "%s,*,9410,Client contributions,,patient,\n",
                                        body->code);
        }
        shire_builder_append_format(text, "%s,*,9???,,,income,Income of the body\n", body->code);
        shire_builder_append_format(
            text, "%s,*,8???,,,excluded,Capital is outside the year's cost\n", body->code);
        for (size_t i = 0; i < sizes->pool_count; i++) {
            const synth_pool *pool = &sizes->pools[i];
            if (pool->body != (synth_body_no)number) {
                continue;
            }
            char letter = pool->support ? 'S' : 'P';
            int64_t share = pool->support ? body->person_per_mille * INT64_C(1000) : SHIRE_MILLION;
            shire_builder_append_format(text, "%s,%c%02d??,*,\"%s\",", body->code, letter,
                                        pool->number, pool->name);
            if (share < SHIRE_MILLION) {
                append_share(text, share);
            }
            shire_builder_append_format(text, ",%s,\n", pool->support ? "support" : "patient");
            if (share < SHIRE_MILLION) {
                shire_builder_append_format(text, "%s,%c%02d??,*,,", body->code, letter,
                                            pool->number);
                append_share(text, SHIRE_MILLION - share);
                shire_builder_append_text(text, ",excluded,Serves what is not care of a person\n");
            }
        }
        int excluded = 0;
        for (size_t i = 0; i < synth_excluded_count; i++) {
            if (synth_excludeds[i].body != (synth_body_no)number) {
                continue;
            }
            excluded++;
            /* Capital lines are met by the rule on accounts above. */
            if (synth_excludeds[i].profile != SYNTH_PROFILE_CAPITAL) {
                shire_builder_append_format(text, "%s,X%02d??,*,,,excluded,\"%s: %s\"\n",
                                            body->code, excluded, synth_excludeds[i].name,
                                            synth_excludeds[i].reason);
            }
        }
    }
}

static const synth_pool *find_pool(const synth_sizes *sizes, synth_body_no body, const char *name) {
    for (size_t i = 0; i < sizes->pool_count; i++) {
        if (sizes->pools[i].body == body && strcmp(sizes->pools[i].name, name) == 0) {
            return &sizes->pools[i];
        }
    }
    return NULL;
}

static void append_pool_transfer(shire_builder *text, const synth_sizes *sizes) {
    shire_builder_append_text(text, "organisation,step,from_pool,to_pool,amount,share,reason\n");
    shire_builder_append_text(
        text, "RLQ,1,Wards,Pharmacy,,0.01,Ward pharmacists are paid by the wards\n");
    const synth_pool *staff = find_pool(sizes, SYNTH_BODY_HOSPITAL, "Medical staffing");
    char amount[24];
    shire_decimal_format(staff->own_pence / 50 * (SHIRE_MILLION / 100), 2, amount);
    shire_builder_append_format(
        text, "RLQ,2,Medical staffing,Critical care,%s,,Consultants' sessions in critical care\n",
        amount);
    shire_builder_append_text(text, "E06000019,1,Social work,Reablement,,0.02,"
                                    "Occupational therapists work in the reablement team\n");
}

static void append_support_rule(shire_builder *text) {
    shire_builder_append_text(text, "organisation,pool,method,step,driver,fallback\n");
    for (size_t i = 0; i < synth_support_count; i++) {
        const synth_support *row = &synth_supports[i];
        shire_builder_append_format(text, "%s,\"%s\",%s,%d,%s,\n", synth_bodies[row->body].code,
                                    row->pool, synth_bodies[row->body].method, row->step,
                                    row->driver);
    }
}

/* How much of a driver a pool has: from its size, unevenly. Purchased care has few staff. */
static int64_t driver_quantity(const char *driver, const synth_pool *pool, shire_random *random) {
    int64_t pounds = pool->own_pence / 100;
    bool bought = pool->profile == SYNTH_PROFILE_PURCHASE || pool->profile == SYNTH_PROFILE_DRUGS;
    bool bedded = strcmp(pool->name, "Wards") == 0 || strcmp(pool->name, "Critical care") == 0;
    int64_t each = 1000;
    if (strcmp(driver, "wte") == 0) {
        each = bought ? 900000 : 42000;
    } else if (strcmp(driver, "devices") == 0) {
        each = bought ? 1200000 : 30000;
    } else if (strcmp(driver, "floor_area") == 0) {
        each = bought ? 600000 : 900;
    } else if (strcmp(driver, "meals") == 0) {
        each = bedded ? 60 : 4000;
    } else if (strcmp(driver, "laundry_pieces") == 0) {
        each = bedded ? 20 : 900;
    }
    return 1 + pounds * shire_random_between(random, 80, 120) / 100 / each;
}

static void append_driver(shire_builder *text, const synth_sizes *sizes, uint64_t seed) {
    shire_builder_append_text(text, "organisation,driver,pool,quantity,cost_of\n");
    shire_random random = shire_random_seed(seed, SYNTH_STREAM_LEDGER + 8 * 100);
    for (size_t i = 0; i < synth_support_count; i++) {
        const synth_support *row = &synth_supports[i];
        bool said = false; /* a driver that two departments use stands once */
        for (size_t j = 0; j < i; j++) {
            said |= synth_supports[j].body == row->body &&
                    strcmp(synth_supports[j].driver, row->driver) == 0;
        }
        bool direct = strcmp(synth_bodies[row->body].method, "direct") == 0;
        for (size_t j = 0; j < sizes->pool_count && !said; j++) {
            const synth_pool *pool = &sizes->pools[j];
            if (pool->body != row->body || pool->own_pence == 0 || (direct && pool->support)) {
                continue;
            }
            shire_builder_append_format(text, "%s,%s,\"%s\",", synth_bodies[row->body].code,
                                        row->driver, pool->name);
            if (row->cost_driver) {
                shire_builder_append_text(text, "0,");
                append_quoted(text, pool->name);
                shire_builder_append_text(text, "\n");
            } else {
                shire_builder_append_format(text, "%lld,\n",
                                            (long long)driver_quantity(row->driver, pool, &random));
            }
        }
    }
}

/* The distinct resources of a body's pool (or, with pool NULL, one resource by name) and what each
 * should cost, in table order. */
typedef struct resource_sum {
    const char *name;
    int64_t pence;
} resource_sum;

static size_t sum_resources(const synth_sizes *sizes, synth_body_no body, const char *pool,
                            resource_sum sums[RESOURCES_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < synth_rule_count; i++) {
        const synth_rule *rule = &synth_rules[i];
        if (rule->body != body || strcmp(rule->pool, pool) != 0) {
            continue;
        }
        size_t at = 0;
        while (at < count && strcmp(sums[at].name, rule->resource) != 0) {
            at++;
        }
        if (at == count) {
            sums[count++] = (resource_sum){rule->resource, 0};
        }
        sums[at].pence += sizes->rule_pence[i];
    }
    return count;
}

static shire_status append_resource(shire_builder *text, const synth_sizes *sizes,
                                    shire_error *error) {
    shire_builder_append_text(text, "organisation,pool,resource,share\n");
    for (size_t i = 0; i < sizes->pool_count; i++) {
        const synth_pool *pool = &sizes->pools[i];
        if (pool->support || pool->own_pence == 0) {
            continue;
        }
        resource_sum sums[RESOURCES_MAX];
        int64_t weights[RESOURCES_MAX], shares[RESOURCES_MAX];
        size_t count = sum_resources(sizes, pool->body, pool->name, sums);
        for (size_t j = 0; j < count; j++) {
            weights[j] = sums[j].pence;
        }
        shire_status status = shire_money_split(SHIRE_MILLION, weights, count, shares, error);
        if (status != SHIRE_OK) {
            return status;
        }
        for (size_t j = 0; j < count; j++) {
            shire_builder_append_format(text, "%s,\"%s\",\"%s\",", synth_bodies[pool->body].code,
                                        pool->name, sums[j].name);
            append_share(text, shares[j]);
            shire_builder_append_text(text, "\n");
        }
    }
    return SHIRE_OK;
}

static shire_status append_activity_rule(shire_builder *text, const synth_sizes *sizes,
                                         shire_error *error) {
    shire_builder_append_text(text, "organisation,resource,activity,share,feed,condition,basis\n");
    size_t last = 0;
    for (size_t first = 0; first < synth_rule_count; first = last) {
        /* Rules of one resource stand together in the table. */
        int64_t weights[RESOURCES_MAX], shares[RESOURCES_MAX], sum = 0;
        for (last = first;
             last < synth_rule_count && synth_rules[last].body == synth_rules[first].body &&
             strcmp(synth_rules[last].resource, synth_rules[first].resource) == 0;
             last++) {
            weights[last - first] = sizes->rule_pence[last];
            sum += sizes->rule_pence[last];
        }
        bool shared = last - first > 1 && !synth_rules[first].common && sum > 0;
        if (shared) {
            shire_status status =
                shire_money_split(SHIRE_MILLION, weights, last - first, shares, error);
            if (status != SHIRE_OK) {
                return status;
            }
        }
        for (size_t i = first; i < last; i++) {
            const synth_rule *rule = &synth_rules[i];
            shire_builder_append_format(text, "%s,\"%s\",\"%s\",", synth_bodies[rule->body].code,
                                        rule->resource, rule->activity);
            if (shared) {
                append_share(text, shares[i - first]);
            }
            shire_builder_append_format(text, ",%s,\"%s\",%s\n", rule->feed, rule->condition,
                                        rule->basis);
        }
    }
    shire_builder_append_text(text,
                              "E06000019,Client contributions,Client contributions,,placement,,"
                              "package_contribution\n");
    return SHIRE_OK;
}

static void append_weights(shire_builder *text, const char *organisation, const char *feed,
                           synth_currency_table table) {
    size_t count = 0;
    const synth_currency *rows = synth_currency_rows(table, &count);
    for (size_t i = 0; i < count; i++) {
        char pounds[24];
        shire_decimal_format(rows[i].price_pence * (SHIRE_MILLION / 100), 2, pounds);
        shire_builder_append_format(text, "%s,%s,%s,%s\n", organisation, feed, rows[i].code,
                                    pounds);
    }
}

static void append_weight(shire_builder *text) {
    static const struct {
        const char *organisation;
        const char *feed;
        synth_currency_table table;
    } feeds[] = {
        {"RLQ", "spell", SYNTH_DAY_CASE},
        {"RLQ", "critical_care", SYNTH_CRITICAL},
        {"RLQ", "imaging", SYNTH_IMAGING},
        {"RLQ", "pathology", SYNTH_PATHOLOGY},
        {"RLQ", "outpatient", SYNTH_OUTPATIENT},
        {"RLQ", "emergency", SYNTH_EMERGENCY},
        {"5CN", "gp_pathology", SYNTH_PATHOLOGY},
        {"5CN", "community_contact", SYNTH_COMMUNITY_TEAM},
        {"RTQ", "mh_contact", SYNTH_MENTAL_TEAM},
        {"RTQ", "talking_therapy", SYNTH_TALKING},
    };
    shire_builder_append_text(text, "organisation,feed,code,weight\n");
    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
        append_weights(text, feeds[i].organisation, feeds[i].feed, feeds[i].table);
    }
    for (int i = 0; i < SYNTH_WARD_COUNT; i++) {
        char pounds[24];
        shire_decimal_format(synth_wards[i].price_pence * (SHIRE_MILLION / 100), 2, pounds);
        shire_builder_append_format(text, "RLQ,ward_stay,%s,%s\n", synth_wards[i].name, pounds);
    }
    /* What has no weight of its own counts as an ordinary one. */
    shire_builder_append_text(text, "RLQ,ward_stay,*,225.00\nRLQ,outpatient,*,158.00\n"
                                    "RLQ,spell,*,1000.00\n");
}

static const char match_rules[] =
    "organisation,step,feed,columns,window_before_days,window_after_days\n"
    "RLQ,1,pathology,local_id,0,0\n"
    "RLQ,2,pathology,local_id,14,7\n"
    "RLQ,1,pharmacy,local_id,0,0\n"
    "RLQ,2,pharmacy,local_id,1,7\n"
    "5CN,1,gp_pathology,local_id,1,7\n"
    "5CN,1,prescribing,local_id,1,28\n"
    "5CN,2,prescribing,local_id,400,400\n";

/* The county's bodies behind the words of the discharge return. */
static const char delay_partners[] = "responsible,partner,share\n"
                                     "NHS,5CN,1\n"
                                     "Social care,E06000019,1\n"
                                     "Both,5CN,0.5\n"
                                     "Both,E06000019,0.5\n"
                                     "Housing,WLHA,1\n";

shire_status synth_model_write(const synth_files *files, const synth_sizes *sizes,
                               const synth_people *people, shire_error *error) {
    static const char *const names[] = {"ledger_map", "pool_transfer", "support_rule",
                                        "driver",     "resource",      "activity_rule",
                                        "weight",     "match_rule",    "delay_responsible"};
    shire_builder text = {0};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == SHIRE_OK; i++) {
        shire_builder_clear(&text);
        switch (i) {
        case 0:
            append_ledger_map(&text, sizes);
            break;
        case 1:
            append_pool_transfer(&text, sizes);
            break;
        case 2:
            append_support_rule(&text);
            break;
        case 3:
            append_driver(&text, sizes, people->seed);
            break;
        case 4:
            status = append_resource(&text, sizes, error);
            break;
        case 5:
            status = append_activity_rule(&text, sizes, error);
            break;
        case 6:
            append_weight(&text);
            break;
        case 7:
            shire_builder_append_text(&text, match_rules);
            break;
        default:
            shire_builder_append_text(&text, delay_partners);
            break;
        }
        if (status == SHIRE_OK && text.failed) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the costing model");
        }
        if (status == SHIRE_OK) {
            char name[64];
            snprintf(name, sizeof name, "costing/%s.csv", names[i]);
            status = synth_file_write(files, name, (shire_span){text.bytes, text.length}, error);
        }
    }
    shire_builder_free(&text);
    return status;
}
