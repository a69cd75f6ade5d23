/*
 * What holds across the rows of the costing model: targets of one ledger rule, shares that sum to
 * 1, shares stated alike, drivers and fallbacks that exist, expressions that ask neither the clock
 * nor chance. Run once all tables are read; what is wrong becomes problems.
 */
#include "cost/cost_internal.h"
#include "io/select.h"

#include <inttypes.h>
#include <string.h>

static bool same_pattern(const cost_ledger_row *a, const cost_ledger_row *b) {
    return a->organisation == b->organisation && strcmp(a->cost_centre, b->cost_centre) == 0 &&
           strcmp(a->account, b->account) == 0;
}

/* Consecutive rows with one pattern become a rule, whose shares must sum to 1. */
static bool make_ledger_rules(cost_run *run) {
    cost_model *model = &run->model;
    for (size_t first = 0, last; first < model->ledger_rows.count; first = last) {
        cost_ledger_row *rows = model->ledger_rows.items;
        shire_decimal6 sum = 0;
        bool empty = false;
        for (last = first;
             last < model->ledger_rows.count && same_pattern(&rows[first], &rows[last]); last++) {
            empty |= rows[last].share == COST_NO_SHARE;
            sum += rows[last].share == COST_NO_SHARE ? 0 : rows[last].share;
        }
        cost_ledger_rule rule = {.first_row = first, .row_count = last - first};
        if (empty && rule.row_count == 1) {
            rows[first].share = sum = SHIRE_MILLION;
        }
        if (empty && rule.row_count > 1) {
            cost_error(&run->problems, "share_empty", rows[first].place, "share",
                       "give each target its share, or make the patterns differ",
                       "%zu rows in a row have this cost centre and account, and one has no share",
                       rule.row_count);
        } else if (sum != SHIRE_MILLION) {
            char text[24];
            shire_decimal_format(sum, 0, text);
            cost_error(&run->problems, "shares_not_1", rows[first].place, "share", "correct them",
                       "the shares of this rule sum to %s and not to 1", text);
        }
        if (!COST_PUSH(run->arena, &model->ledger_rules, rule)) {
            return false;
        }
    }
    return true;
}

static void check_resource_shares(cost_run *run) {
    cost_groups *groups = &run->model.resource_groups;
    cost_resource_row *rows = run->model.resources.items;
    for (size_t group = 0; group < groups->names.count; group++) {
        int32_t first = groups->first_rows.items[group];
        shire_decimal6 sum = 0;
        bool empty = false;
        for (int32_t row = first; row >= 0; row = groups->next_rows.items[row]) {
            empty |= rows[row].share == COST_NO_SHARE;
            sum += rows[row].share == COST_NO_SHARE ? 0 : rows[row].share;
        }
        if (empty && groups->next_rows.items[first] < 0) {
            rows[first].share = SHIRE_MILLION;
        } else if (empty) {
            cost_error(&run->problems, "share_empty", rows[first].place, "share",
                       "give each resource its share",
                       "the pool '%s' has several resources, and one has no share",
                       rows[first].pool);
        } else if (sum != SHIRE_MILLION) {
            char text[24];
            shire_decimal_format(sum, 0, text);
            cost_error(&run->problems, "shares_not_1", rows[first].place, "share", "correct them",
                       "the shares of the pool '%s' sum to %s and not to 1", rows[first].pool,
                       text);
        }
    }
}

/* Within a resource: all rows have shares or none has, an activity's share is stated alike, and
 * the shares of its activities sum to at most 1. */
static void check_activity_shares(cost_run *run) {
    cost_groups *groups = &run->model.activity_groups;
    const cost_activity_row *rows = run->model.activities.items;
    for (size_t group = 0; group < groups->names.count; group++) {
        int32_t first = groups->first_rows.items[group];
        shire_decimal6 sum = 0;
        for (int32_t row = first; row >= 0; row = groups->next_rows.items[row]) {
            int32_t same = first;
            while (strcmp(rows[same].activity, rows[row].activity) != 0) {
                same = groups->next_rows.items[same];
            }
            bool mixed = (rows[row].share == COST_NO_SHARE) != (rows[first].share == COST_NO_SHARE);
            if (mixed || rows[same].share != rows[row].share) {
                cost_error(&run->problems, "share_differs", rows[row].place, "share",
                           mixed ? "give all of them a share, or none"
                                 : "state the same share in each of its rows",
                           mixed ? "some activities of the resource '%s' have a share and some "
                                   "have none"
                                 : "the share of an activity of the resource '%s' is stated twice "
                                   "and not alike",
                           rows[row].resource);
                break;
            }
            sum += same == row && rows[row].share != COST_NO_SHARE ? rows[row].share : 0;
        }
        if (sum > SHIRE_MILLION) {
            char text[24];
            shire_decimal_format(sum, 0, text);
            cost_error(&run->problems, "shares_over_1", rows[first].place, "share", "correct them",
                       "the activities' shares of the resource '%s' sum to %s, more than 1",
                       rows[first].resource, text);
        }
    }
}

static const char *did_you_mean(cost_run *run, const char *text, const char *const *names,
                                size_t count, const char *otherwise) {
    const char *nearest = shire_text_nearest(text, names, count);
    return nearest == NULL ? otherwise
                           : shire_arena_format(run->arena, "did you mean '%s'?", nearest);
}

/* A rule whose driver has no rows is wrong; where it has a fallback, all goes there, and is told.
 */
static void check_driver_of(cost_run *run, const cost_support_rule *rule, const char *const *names,
                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (rule->driver == NULL || strcmp(names[i], rule->driver) == 0) {
            return;
        }
    }
    if (rule->driver != NULL && rule->fallback != NULL) {
        cost_warning(&run->problems, "driver_without_rows", rule->place, "driver", 1,
                     did_you_mean(run, rule->driver, names, count, "add its quantities"),
                     "the driver '%s' has no rows in costing/driver, so all goes to the fallback "
                     "'%s'",
                     rule->driver, rule->fallback);
    } else if (rule->driver != NULL) {
        cost_error(
            &run->problems, "driver_without_rows", rule->place, "driver",
            did_you_mean(run, rule->driver, names, count, "add its quantities, or name a fallback"),
            "the driver '%s' has no rows in costing/driver", rule->driver);
    }
}

/* Drivers that no support rule names, each at its first row. */
static bool check_unused_drivers(cost_run *run, const char *const *names, size_t count) {
    const cost_model *model = &run->model;
    cost_names used = {.arena = run->arena};
    const char **asked =
        shire_arena_alloc_array(run->arena, model->support_rules.count, sizeof(*asked));
    size_t asked_count = 0;
    bool good = asked != NULL;
    for (size_t i = 0; good && i < model->support_rules.count; i++) {
        const char *driver = model->support_rules.items[i].driver;
        if (driver != NULL) {
            asked[asked_count++] = driver;
            good = cost_names_add(&used, 0, shire_span_of(driver)) >= 0;
        }
    }
    for (size_t i = 0; good && i < count; i++) {
        if (cost_names_find(&used, 0, shire_span_of(names[i])) < 0) {
            good = cost_names_add(&used, 0, shire_span_of(names[i])) >= 0;
            int32_t row = model->driver_groups.first_rows.items[i];
            cost_warning(&run->problems, "driver_unused", model->drivers.items[row].place, "driver",
                         1,
                         did_you_mean(run, names[i], asked, asked_count,
                                      "correct the name, or remove its rows"),
                         "no support rule uses the driver '%s'", names[i]);
        }
    }
    return good;
}

static bool check_drivers(cost_run *run) {
    const cost_model *model = &run->model;
    size_t count = model->driver_groups.names.count;
    const char **names = shire_arena_alloc_array(run->arena, count, sizeof(*names));
    for (size_t i = 0; names != NULL && i < count; i++) {
        names[i] = model->driver_groups.names.items[i].text.bytes;
    }
    for (size_t i = 0; names != NULL && i < model->support_rules.count; i++) {
        check_driver_of(run, &model->support_rules.items[i], names, count);
    }
    return names != NULL && check_unused_drivers(run, names, count);
}

/* Whether rows of two tables can hold for one organisation; below 0 is every organisation. */
static bool rows_meet(int32_t a, int32_t b) {
    return a < 0 || b < 0 || a == b;
}

/*
 * The pools that other rows of the model know by their very name, for the organisation of a support
 * rule. Patterns do not count: one that takes all names would know a misspelt one too.
 */
static size_t list_known_pools(const cost_model *model, int32_t organisation, const char **names) {
    size_t count = 0;
#define ADD_KNOWN(list, member)                                                                    \
    for (size_t i = 0; i < model->list.count; i++) {                                               \
        if (model->list.items[i].member != NULL &&                                                 \
            rows_meet(model->list.items[i].organisation, organisation)) {                          \
            names[count++] = model->list.items[i].member;                                          \
        }                                                                                          \
    }
    ADD_KNOWN(ledger_rows, pool)
    ADD_KNOWN(transfers, to_pool)
    ADD_KNOWN(support_rules, pool)
    ADD_KNOWN(drivers, pool)
    ADD_KNOWN(resources, pool)
    ADD_KNOWN(activities, resource)
#undef ADD_KNOWN
    return count;
}

/* A fallback that no other row knows would take cost out of sight when it is needed, and until then
 * nobody would notice that it is misspelt. */
static bool check_fallbacks(cost_run *run) {
    const cost_model *model = &run->model;
    size_t most = model->ledger_rows.count + model->transfers.count + model->support_rules.count +
                  model->drivers.count + model->resources.count + model->activities.count;
    const char **names = shire_arena_alloc_array(run->arena, most, sizeof(*names));
    for (size_t i = 0; names != NULL && i < model->support_rules.count; i++) {
        const cost_support_rule *rule = &model->support_rules.items[i];
        if (rule->fallback == NULL) {
            continue;
        }
        size_t count = list_known_pools(model, rule->organisation, names);
        bool known = false;
        for (size_t k = 0; k < count && !known; k++) {
            known = strcmp(names[k], rule->fallback) == 0;
        }
        if (!known) {
            cost_error(&run->problems, "fallback_unknown", rule->place, "fallback",
                       did_you_mean(run, rule->fallback, names, count,
                                    "correct the name, or give the pool a row in costing/resource"),
                       "no other row of the model knows the fallback pool '%s'", rule->fallback);
        }
    }
    return names != NULL;
}

/* A code of a feed has one weight: two that differ are no weight at all. */
static bool check_weights(cost_run *run) {
    const cost_model *model = &run->model;
    cost_names seen = {.arena = run->arena};
    const cost_weight_row **firsts =
        shire_arena_alloc_array(run->arena, model->weights.count, sizeof(*firsts));
    for (size_t i = 0; firsts != NULL && i < model->weights.count; i++) {
        const cost_weight_row *row = &model->weights.items[i];
        const char *key = shire_arena_format(run->arena, "%s\n%s", row->feed, row->code);
        int32_t number =
            key == NULL ? -1 : cost_names_add(&seen, row->organisation, shire_span_of(key));
        if (number < 0) {
            return false;
        }
        if (firsts[number] == NULL) {
            firsts[number] = row;
        } else if (firsts[number]->weight != row->weight) {
            cost_error(&run->problems, "weight_twice", row->place, "weight", "keep one of them",
                       "this code of this feed has another weight in line %" PRId64,
                       firsts[number]->place.line);
        }
    }
    return firsts != NULL;
}

/* What asks the clock, chance or the session in `sql`. What cannot be parsed has no cause, and
 * *parsed_out is false: the engine says why when it binds. False when out of memory. */
static bool find_cause(cost_run *run, const char *sql, const char **cause_out, bool *parsed_out) {
    shire_select_repeat repeat = {0};
    shire_status status = shire_select_check_repeat(run->table, sql, run->arena, &repeat, NULL);
    *cause_out = repeat.cause;
    *parsed_out = status == SHIRE_OK;
    return status != SHIRE_NO_MEMORY;
}

static bool check_expression(cost_run *run, cost_place place, const char *column,
                             const char *expression) {
    const char *cause = NULL;
    bool parsed;
    const char *sql =
        shire_arena_format(run->arena, "SELECT (%s\n)", expression == NULL ? "1" : expression);
    if (sql == NULL || !find_cause(run, sql, &cause, &parsed)) {
        return false;
    }
    if (cause != NULL) {
        cost_error(&run->problems, "not_repeatable", place, column,
                   "write the date or value itself, such as DATE '2025-03-31'",
                   "the %s uses %s, so the same inputs would cost otherwise another time", column,
                   cause);
    }
    return true;
}

static void append_expression(shire_builder *sql, const char *expression) {
    if (expression != NULL) {
        shire_builder_append_format(sql, ", (%s\n)", expression);
    }
}

/* The same inputs must cost the same at any time. All expressions are parsed at once; one by one
 * only where something is wrong with them. Those of a scenario were checked by their run. */
static bool check_expressions(cost_run *run) {
    const cost_model *model = &run->model;
    const char *cause = NULL;
    bool parsed = run->kept != NULL;
    shire_builder sql = {0};
    shire_builder_append_text(&sql, "SELECT 1");
    for (size_t i = 0; i < model->activities.count; i++) {
        append_expression(&sql, model->activities.items[i].condition);
        append_expression(&sql, model->activities.items[i].basis);
    }
    for (size_t i = 0; i < model->segment_rules.count; i++) {
        append_expression(&sql, model->segment_rules.items[i].condition);
    }
    bool good = !sql.failed && (parsed || find_cause(run, sql.bytes, &cause, &parsed));
    shire_builder_free(&sql);
    if (!good || (parsed && cause == NULL)) {
        return good;
    }
    for (size_t i = 0; i < model->activities.count && good; i++) {
        const cost_activity_row *row = &model->activities.items[i];
        good = check_expression(run, row->place, "condition", row->condition) &&
               check_expression(run, row->place, "basis", row->basis);
    }
    for (size_t i = 0; i < model->segment_rules.count && good; i++) {
        const cost_segment_rule *row = &model->segment_rules.items[i];
        good = check_expression(run, row->place, "condition", row->condition);
    }
    return good;
}

bool cost_model_complete(cost_run *run) {
    if (!make_ledger_rules(run)) {
        return false;
    }
    check_resource_shares(run);
    check_activity_shares(run);
    return check_drivers(run) && check_fallbacks(run) && check_weights(run) &&
           check_expressions(run);
}
