/* Results of scenarios as JSON, for machines and for the server. */
#include "cost/whatif_json.h"

#include "core/date.h"

bool shire_whatif_percent(const shire_whatif_amounts *amounts, int64_t *hundredths_out) {
    __int128 change = (__int128)amounts->after - amounts->before;
    __int128 before = amounts->before < 0 ? -(__int128)amounts->before : amounts->before;
    if (before == 0) {
        return false;
    }
    __int128 scaled = change * 20000 + (change < 0 ? -before : before);
    __int128 quotient = scaled / (2 * before);
    *hundredths_out = (int64_t)quotient;
    return quotient <= INT64_MAX && quotient >= INT64_MIN;
}

void shire_whatif_describe_release(const shire_whatif_result *result, char text[512]) {
    char nights[24];
    char value[32];
    shire_decimal_format(result->released_nights, 0, nights);
    shire_money_format_pounds(result->released_value, value);
    snprintf(text, 512,
             "%s delayed night%s fall%s free. What goes with them is worth %s GBP at the run's "
             "unit costs. That is capacity, not cash: the ledgers stay as they are, and what is "
             "left bears them, until the beds are used again or closed.",
             nights, result->released_nights == SHIRE_MILLION ? "" : "s",
             result->released_nights == SHIRE_MILLION ? "s" : "", value);
}

static json_t *amounts_json(const shire_whatif_amounts *amounts) {
    int64_t hundredths = 0;
    json_t *percent = json_null();
    if (shire_whatif_percent(amounts, &hundredths)) {
        percent = json_real((double)hundredths / 100);
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "before", shire_json_decimal(amounts->before, 2),
                     "after", shire_json_decimal(amounts->after, 2), "change",
                     shire_json_decimal(amounts->after - amounts->before, 2), "percent", percent);
}

static json_t *changes_json(const shire_whatif_result *result) {
    json_t *list = json_array();
    for (size_t i = 0; i < result->change_count; i++) {
        const shire_whatif_change *change = &result->changes[i];
        json_t *one = json_pack("{s:s, s:I, s:o, s:o}", "set", change->text, "rows",
                                (json_int_t)change->row_count, "before",
                                shire_json_decimal(change->before, 2), "after",
                                shire_json_decimal(change->after, 2));
        if (change->row_count == 0) {
            json_object_set_new(one, "note",
                                json_string("fits no row, so it changes nothing; see its "
                                            "conditions"));
        }
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *organisations_json(const shire_whatif_result *result) {
    json_t *list = json_array();
    for (size_t i = 0; i < result->organisation_count; i++) {
        const shire_whatif_organisation *one = &result->organisations[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "organisation", one->code, "name",
                            one->name, "ledger", amounts_json(&one->ledger), "allocated",
                            amounts_json(&one->allocated), "excluded", amounts_json(&one->excluded),
                            "unallocated", amounts_json(&one->unallocated)));
    }
    return list;
}

static json_t *pools_json(const shire_whatif_result *result) {
    json_t *list = json_array();
    for (size_t i = 0; i < result->pool_count; i++) {
        const shire_whatif_pool *pool = &result->pools[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:o}", "organisation", pool->organisation, "pool",
                            pool->pool, "treatment", pool->support ? "support" : "patient", "own",
                            amounts_json(&pool->own), "total", amounts_json(&pool->total)));
    }
    return list;
}

static json_t *activities_json(const shire_whatif_result *result) {
    json_t *list = json_array();
    for (size_t i = 0; i < result->activity_count; i++) {
        const shire_whatif_activity *one = &result->activities[i];
        json_t *entry = json_pack("{s:s, s:s, s:o}", "organisation", one->organisation, "activity",
                                  one->activity, "cost", amounts_json(&one->cost));
        json_object_set_new(entry, "weight",
                            json_pack("{s:o, s:o}", "before",
                                      shire_json_decimal(one->weight.before, 0), "after",
                                      shire_json_decimal(one->weight.after, 0)));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *parts_json(const shire_whatif_part *parts, size_t count, const char *key) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_pack("{s:s?, s:o}", key, parts[i].name, "cost",
                                              amounts_json(&parts[i].cost)));
    }
    return list;
}

static json_t *delays_json(const shire_whatif_result *result) {
    json_t *list = json_array();
    for (size_t i = 0; i < result->delay_count; i++) {
        const shire_whatif_delay *delay = &result->delays[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:o, s:o}", "partner", delay->partner, "name",
                                        delay->name, "nights", amounts_json(&delay->nights), "cost",
                                        amounts_json(&delay->cost)));
    }
    return list;
}

/* NULL where nothing fell free. */
static json_t *release_json(const shire_whatif_result *result) {
    json_t *list = json_array();
    char text[512];
    if (result->release_count == 0) {
        json_decref(list);
        return NULL;
    }
    for (size_t i = 0; i < result->release_count; i++) {
        const shire_whatif_release *release = &result->releases[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "organisation",
                                              release->organisation, "activity", release->activity,
                                              "weight", shire_json_decimal(release->weight, 0),
                                              "value", shire_json_decimal(release->value, 2)));
    }
    shire_whatif_describe_release(result, text);
    return json_pack(
        "{s:o, s:o, s:s, s:o}", "nights", shire_json_decimal(result->released_nights, 0), "value",
        shire_json_decimal(result->released_value, 2), "note", text, "activities", list);
}

json_t *shire_whatif_json(const shire_partnership *partnership, const shire_whatif_result *results,
                          size_t result_count) {
    char first[11];
    char last[11];
    json_t *scenarios = json_array();
    shire_date_format(partnership->period_first, first);
    shire_date_format(partnership->period_last, last);
    for (size_t i = 0; i < result_count; i++) {
        const shire_whatif_result *result = &results[i];
        json_array_append_new(
            scenarios,
            json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*, s:b}", "name", result->name,
                      "changes", changes_json(result), "organisations", organisations_json(result),
                      "kinds_of_care",
                      parts_json(result->kinds, result->kind_count, "kind_of_care"), "ages",
                      parts_json(result->ages, result->age_count, "age"), "pools",
                      pools_json(result), "activities", activities_json(result), "delays",
                      delays_json(result), "released", release_json(result), "reconciled", 1));
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "partnership", partnership->name, "period_first",
                     first, "period_last", last, "scenarios", scenarios);
}
