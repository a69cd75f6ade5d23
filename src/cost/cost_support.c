/*
 * Support pools: for each organisation the rules and drivers become the input of the support
 * kernel, and its flows the cost that keeping pools receive. Pools that a driver names and the
 * ledger does not are made here.
 */
#include "cost/cost_internal.h"

#include <string.h>

typedef struct support_case {
    cost_run *run;
    int32_t organisation;
    int32_t *local_of_pool;   /* pool -> place among the organisation's pools, or -1 */
    COST_LIST(int32_t) pools; /* place -> pool */
    COST_LIST(shire_support_giver) givers;
    COST_LIST(int32_t) share_pools;
    COST_LIST(int64_t) share_quantities;
    shire_support_problem *problems;
} support_case;

static const cost_support_rule *rule_of(const cost_run *run, const cost_pool *pool) {
    int32_t row = run->model.support_groups.first_rows.items[pool->support_group];
    return &run->model.support_rules.items[row];
}

/* The driver group that a giver's rule names in its organisation, or -1. */
static int32_t driver_of(const cost_run *run, const cost_pool *pool) {
    const cost_support_rule *rule = rule_of(run, pool);
    return rule->driver == NULL ? -1
                                : cost_groups_find(&run->model.driver_groups, pool->organisation,
                                                   shire_span_of(rule->driver));
}

/* Makes the pools that drivers and fallbacks name. Pools made may give in turn: the loop runs over
 * the growing list. */
static bool make_receivers(cost_run *run) {
    for (size_t i = 0; i < run->pools.count; i++) {
        cost_pool pool = run->pools.items[i];
        if (pool.support_group < 0) {
            continue;
        }
        const cost_support_rule *rule = rule_of(run, &pool);
        if (rule->fallback != NULL &&
            cost_pool_make(run, pool.organisation, rule->fallback, rule->place) < 0) {
            return false;
        }
        int32_t group = driver_of(run, &pool);
        int32_t row = group < 0 ? -1 : run->model.driver_groups.first_rows.items[group];
        for (; row >= 0; row = run->model.driver_groups.next_rows.items[row]) {
            const cost_driver_row *driver = &run->model.drivers.items[row];
            if (cost_pool_make(run, pool.organisation, driver->pool, driver->place) < 0) {
                return false;
            }
        }
    }
    return true;
}

/* What a driver row says: its quantity, or the cost of the pools that it names. */
static int64_t quantity_of(const support_case *one, const cost_driver_row *row) {
    int64_t sum = 0;
    bool found = false;
    if (row->cost_of == NULL) {
        return row->quantity;
    }
    for (size_t i = 0; i < one->pools.count; i++) {
        const cost_pool *pool = &one->run->pools.items[one->pools.items[i]];
        if (pool->own_cost != 0 && pool->segment != COST_SEGMENT_INCOME &&
            shire_text_glob(shire_span_of(row->cost_of), shire_span_of(pool->name))) {
            sum += pool->own_cost;
            found = true;
        }
    }
    return found ? sum : row->quantity;
}

/* Income is no cost: it neither gives to pools of cost nor receives from them. */
static void check_ledger(cost_run *run, const cost_support_rule *rule, const cost_pool *pool) {
    if (pool->segment == COST_SEGMENT_INCOME) {
        cost_error(&run->problems, "income_in_support", rule->place, "pool",
                   "leave the pool out of the support rules and drivers",
                   "%s: the pool '%s' holds income, which takes no part in support costs",
                   cost_organisation_code(run, pool->organisation), pool->name);
    }
}

static bool add_giver(support_case *one, int32_t pool_number, shire_support_method *method) {
    cost_run *run = one->run;
    const cost_pool *pool = &run->pools.items[pool_number];
    const cost_support_rule *rule = rule_of(run, pool);
    shire_support_giver giver = {.pool = one->local_of_pool[pool_number],
                                 .step = rule->step,
                                 .fallback = -1,
                                 .first_share = one->share_pools.count};
    if (one->givers.count == 0) {
        *method = rule->method;
    } else if (*method != rule->method) {
        cost_error(&run->problems, "methods_differ", rule->place, "method",
                   "use one method for an organisation",
                   "%s: the pool '%s' has another method than pools before it",
                   cost_organisation_code(run, one->organisation), pool->name);
    }
    if (run->model.support_groups.next_rows
            .items[run->model.support_groups.first_rows.items[pool->support_group]] >= 0) {
        cost_error(&run->problems, "rule_twice", rule->place, "pool", "keep one of them",
                   "the pool '%s' has several support rules", rule->pool);
    }
    check_ledger(run, rule, pool);
    if (rule->fallback != NULL) {
        check_ledger(run, rule,
                     &run->pools.items[cost_pool_find(run, one->organisation, rule->fallback)]);
        giver.fallback = one->local_of_pool[cost_pool_find(run, one->organisation, rule->fallback)];
    }
    int32_t group = driver_of(run, pool);
    int32_t row = group < 0 ? -1 : run->model.driver_groups.first_rows.items[group];
    for (; row >= 0; row = run->model.driver_groups.next_rows.items[row]) {
        const cost_driver_row *driver = &run->model.drivers.items[row];
        int32_t receiver = cost_pool_find(run, one->organisation, driver->pool);
        int64_t quantity = quantity_of(one, driver);
        check_ledger(run, rule, &run->pools.items[receiver]);
        if (!COST_PUSH(run->arena, &one->share_pools, one->local_of_pool[receiver]) ||
            !COST_PUSH(run->arena, &one->share_quantities, quantity)) {
            return false;
        }
        giver.share_count++;
    }
    return COST_PUSH(run->arena, &one->givers, giver);
}

/* Names the pools whose cost cannot be passed on, each with what to do. */
static void report_problems(const support_case *one) {
    cost_run *run = one->run;
    shire_builder loop = {0};
    cost_place loop_place = {0};
    for (size_t i = 0; i < one->givers.count; i++) {
        const cost_pool *pool = &run->pools.items[one->pools.items[one->givers.items[i].pool]];
        const cost_support_rule *rule = rule_of(run, pool);
        const char *driver = rule->driver == NULL ? "" : rule->driver;
        const char *code = cost_organisation_code(run, one->organisation);
        if (one->problems[i] == SHIRE_SUPPORT_NO_QUANTITY) {
            cost_error(&run->problems, "driver_without_quantity", rule->place, "driver",
                       "add quantities for pools that may receive, or name a fallback",
                       "%s: the support pool '%s' has cost, but the quantities of its driver '%s' "
                       "sum to zero over the pools that may receive from it",
                       code, pool->name, driver);
        } else if (one->problems[i] == SHIRE_SUPPORT_CANCELS) {
            cost_error(&run->problems, "driver_cancels", rule->place, "driver",
                       "change the quantities, so that they do not cancel",
                       "%s: positive and negative quantities cancel on the way from the support "
                       "pool '%s'",
                       code, pool->name);
        } else if (one->problems[i] == SHIRE_SUPPORT_LOOP) {
            loop_place = loop.length == 0 ? rule->place : loop_place;
            shire_builder_append_format(&loop, "%s'%s'", loop.length == 0 ? "" : ", ", pool->name);
        }
    }
    if (loop.length > 0) {
        cost_error(&run->problems, "support_loop", loop_place, "driver",
                   "let one of them give to another pool, or name a fallback",
                   "%s: the support pools %s give only to each other",
                   cost_organisation_code(run, one->organisation), loop.bytes);
    }
    shire_builder_free(&loop);
}

static void report_too_large(const support_case *one, int32_t from, int32_t to) {
    const cost_run *run = one->run;
    const cost_support_rule *rule = rule_of(run, &run->pools.items[from]);
    cost_error(&one->run->problems, "support_too_large", rule->place, "driver",
               "change the quantities, so that they do not nearly cancel",
               "%s: the support pool '%s' would give '%s' more than 999,999,999,999 pounds, the "
               "most that is reckoned with",
               cost_organisation_code(run, one->organisation), run->pools.items[from].name,
               run->pools.items[to].name);
}

static void book_flows(const support_case *one, const shire_money *flows, cost_rows *rows) {
    cost_run *run = one->run;
    for (size_t i = 0; i < one->givers.count; i++) {
        int32_t from = one->pools.items[one->givers.items[i].pool];
        run->pools.items[from].received_cost = -run->pools.items[from].own_cost;
        for (size_t k = 0; k < one->pools.count; k++) {
            shire_money amount = flows[i * one->pools.count + k];
            if (amount != 0) {
                int32_t to = one->pools.items[k];
                shire_money total = run->pools.items[to].own_cost;
                if (amount >= COST_MONEY_LIMIT || amount <= -COST_MONEY_LIMIT ||
                    !cost_money_add(&run->pools.items[to].received_cost, amount) ||
                    !cost_money_add(&total, run->pools.items[to].received_cost)) {
                    report_too_large(one, from, to);
                    return;
                }
                cost_rows_add(rows, from, to, amount);
            }
        }
    }
}

static shire_status spread_organisation(support_case *one, cost_rows *rows, shire_error *error) {
    cost_run *run = one->run;
    shire_support_method method = SHIRE_SUPPORT_DIRECT;
    size_t errors_before = run->problems.error_count; /* of other organisations */
    for (size_t i = 0; i < one->pools.count; i++) {
        if (run->pools.items[one->pools.items[i]].support_group >= 0 &&
            !add_giver(one, one->pools.items[i], &method)) {
            return COST_NO_MEMORY(error);
        }
    }
    if (one->givers.count == 0 || run->problems.error_count > errors_before) {
        return SHIRE_OK;
    }
    shire_money *own = shire_arena_alloc_array(run->arena, one->pools.count, sizeof(*own));
    shire_money *flows =
        shire_arena_alloc_array(run->arena, one->givers.count, one->pools.count * sizeof(*flows));
    void *scratch = shire_arena_alloc(
        run->arena, shire_support_scratch_bytes(one->pools.count, one->givers.count) + 64);
    one->problems = shire_arena_alloc_array(run->arena, one->givers.count, sizeof(*one->problems));
    if (own == NULL || flows == NULL || scratch == NULL || one->problems == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < one->pools.count; i++) {
        own[i] = run->pools.items[one->pools.items[i]].own_cost;
    }
    shire_support_input input = {.method = method,
                                 .own_costs = own,
                                 .pool_count = one->pools.count,
                                 .givers = one->givers.items,
                                 .giver_count = one->givers.count,
                                 .share_pools = one->share_pools.items,
                                 .share_quantities = one->share_quantities.items};
    shire_status status = shire_support_spread(&input, scratch, flows, one->problems, error);
    if (status == SHIRE_OK) {
        book_flows(one, flows, rows);
    } else if (status == SHIRE_INVALID) {
        report_problems(one);
        status = SHIRE_OK; /* collected: the caller checks after all organisations */
    }
    return status;
}

static void warn_of_unused_rules(cost_run *run) {
    const cost_groups *groups = &run->model.support_groups;
    for (size_t group = 0; group < groups->names.count; group++) {
        bool used = false;
        for (size_t i = 0; i < run->pools.count && !used; i++) {
            used = run->pools.items[i].support_group == (int32_t)group;
        }
        const cost_support_rule *rule =
            &run->model.support_rules.items[groups->first_rows.items[group]];
        if (!used) {
            cost_warning(&run->problems, "support_rule_unused", rule->place, "pool", 1,
                         "correct the name, or remove the row",
                         "no ledger line, transfer or driver makes a pool '%s'", rule->pool);
        }
    }
}

shire_status cost_support_spread(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "support_flow", "iid");
    shire_status status = SHIRE_OK;
    if (!make_receivers(run)) {
        return COST_NO_MEMORY(error);
    }
    warn_of_unused_rules(run);
    int32_t *local = shire_arena_alloc_array(run->arena, run->pools.count, sizeof(*local));
    if (local == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t o = 0; o < run->organisation_count && status == SHIRE_OK; o++) {
        support_case one = {.run = run, .organisation = (int32_t)o, .local_of_pool = local};
        for (size_t i = 0; i < run->pools.count; i++) {
            if (run->pools.items[i].organisation == (int32_t)o) {
                local[i] = (int32_t)one.pools.count;
                if (!COST_PUSH(run->arena, &one.pools, (int32_t)i)) {
                    return COST_NO_MEMORY(error);
                }
            }
        }
        status = spread_organisation(&one, &rows, error);
    }
    if (status == SHIRE_OK) {
        status = cost_problems_check(&run->problems, error);
    }
    if (status == SHIRE_OK) {
        status = cost_rows_write(&rows, run->table, error);
    }
    return status;
}
