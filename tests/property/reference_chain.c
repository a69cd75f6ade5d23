/* The chain, naively: every stage as docs/costing/model.md states it, in fractions. */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

static void amount_begin(reference_amount *one) {
    mpq_inits(one->exact, one->bound, NULL);
}

static void amount_end(reference_amount *one) {
    mpq_clears(one->exact, one->bound, NULL);
}

static void each_amount(reference_model *model, void (*act)(reference_amount *one)) {
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        act(&model->pools[i]);
        act(&model->totals[i]);
        for (int k = 0; k < REFERENCE_POOLS; k++) {
            act(&model->flows[i][k]);
        }
    }
    for (int i = 0; i < REFERENCE_RESOURCES; i++) {
        act(&model->resource_costs[i]);
    }
    for (int i = 0; i < REFERENCE_ACTIVITIES; i++) {
        act(&model->activities[i].cost);
        for (int k = 0; k < REFERENCE_ITEMS; k++) {
            act(&model->activities[i].items[k]);
        }
    }
}

void reference_begin(reference_model *model) {
    memset(model, 0, sizeof(*model));
    each_amount(model, amount_begin);
}

void reference_end(reference_model *model) {
    each_amount(model, amount_end);
}

static void add(reference_amount *sum, const reference_amount *one) {
    sum->amount += one->amount;
    mpq_add(sum->exact, sum->exact, one->exact);
    mpq_add(sum->bound, sum->bound, one->bound);
}

/* part += total * share: the fraction and its bound, a micropound more where it was rounded. */
static void add_share(reference_amount *part, const reference_amount *total, const mpq_t share,
                      bool rounded) {
    mpq_t product;
    mpq_init(product);
    mpq_mul(product, total->exact, share);
    mpq_add(part->exact, part->exact, product);
    mpq_abs(product, share);
    mpq_mul(product, product, total->bound);
    mpq_add(part->bound, part->bound, product);
    mpq_set_si(product, rounded ? 1 : 0, 1);
    mpq_add(part->bound, part->bound, product);
    mpq_clear(product);
}

/* Largest remainder over fractions that sum to 1: floors of |total| * share, then one micropound
 * more for the largest remainders, the first among equals; negated for a credit. */
static void split(int64_t total, mpq_t *shares, int count, int64_t *parts) {
    mpq_t value, rest;
    mpq_t *rests = malloc((size_t)count * sizeof(*rests));
    mpz_t floor;
    int64_t left = llabs(total);
    mpq_inits(value, rest, NULL);
    mpz_init(floor);
    for (int i = 0; i < count; i++) {
        mpq_init(rests[i]);
        mpq_set_si(value, llabs(total), 1);
        mpq_mul(value, value, shares[i]);
        mpz_fdiv_q(floor, mpq_numref(value), mpq_denref(value));
        mpq_set_z(rest, floor);
        mpq_sub(rests[i], value, rest);
        parts[i] = mpz_get_si(floor);
        left -= parts[i];
    }
    for (; left > 0; left--) {
        int largest = 0;
        for (int i = 1; i < count; i++) {
            largest = mpq_cmp(rests[i], rests[largest]) > 0 ? i : largest;
        }
        parts[largest]++;
        mpq_set_si(rests[largest], -1, 1);
    }
    for (int i = 0; i < count; i++) {
        parts[i] = total < 0 ? -parts[i] : parts[i];
        mpq_clear(rests[i]);
    }
    mpq_clears(value, rest, NULL);
    mpz_clear(floor);
    free(rests);
}

/* The same over whole weights whose sum is not zero; shares_out are made here. */
static void split_by(int64_t total, const int64_t *weights, int count, int64_t *parts,
                     mpq_t *shares_out) {
    mpq_t sum;
    mpq_init(sum);
    for (int i = 0; i < count; i++) {
        mpq_init(shares_out[i]);
        mpq_set_si(shares_out[i], weights[i], 1);
        mpq_add(sum, sum, shares_out[i]);
    }
    for (int i = 0; i < count; i++) {
        mpq_div(shares_out[i], shares_out[i], sum);
    }
    split(total, shares_out, count, parts);
    mpq_clear(sum);
}

static void clear_shares(mpq_t *shares, int count) {
    for (int i = 0; i < count; i++) {
        mpq_clear(shares[i]);
    }
}

/* ---- ledgers apart ---- */

static bool is_mapped(const reference_model *model, int pool) {
    for (int i = 0; i < model->line_count; i++) {
        for (int k = 0; k < model->lines[i].target_count; k++) {
            if (model->lines[i].pools[k] == pool) {
                return true;
            }
        }
    }
    return false;
}

/* A pool that only drivers name is a pool of patient care. */
int reference_segment_of(const reference_model *model, int pool) {
    return pool == REFERENCE_INCOME ? 1 : pool == REFERENCE_APART && is_mapped(model, pool) ? 2 : 0;
}

/* Income, and what is kept apart, count as excluded wherever they end. */
static void leave(reference_model *model, int segment, int64_t amount) {
    *(segment == 0 ? &model->unallocated : &model->excluded) += amount;
}

/* ---- ledger lines to pools ---- */

static void map_lines(reference_model *model) {
    for (int i = 0; i < model->line_count; i++) {
        const reference_line *line = &model->lines[i];
        if (line->target_count == 0) {
            leave(model, line->kind != REFERENCE_COST, line->amount);
            continue;
        }
        reference_amount whole;
        int64_t parts[REFERENCE_POOLS];
        mpq_t shares[REFERENCE_POOLS];
        amount_begin(&whole);
        mpq_set_si(whole.exact, line->amount, 1);
        split_by(line->amount, line->shares, line->target_count, parts, shares);
        for (int k = 0; k < line->target_count; k++) {
            model->made[line->pools[k]] = true;
            model->pools[line->pools[k]].amount += parts[k];
            add_share(&model->pools[line->pools[k]], &whole, shares[k], line->target_count > 1);
        }
        clear_shares(shares, line->target_count);
        amount_end(&whole);
    }
}

/* ---- transfers ---- */

/* Half to even: value * share / 10^6. */
static int64_t multiply(int64_t value, int64_t share) {
    mpz_t product, rest;
    mpz_init_set_si(product, value);
    mpz_init(rest);
    mpz_mul_si(product, product, share);
    mpz_fdiv_qr_ui(product, rest, product, SHIRE_MILLION);
    int64_t quotient = mpz_get_si(product);
    int over = mpz_cmp_ui(rest, SHIRE_MILLION / 2);
    mpz_clears(product, rest, NULL);
    return quotient + (over > 0 || (over == 0 && quotient % 2 != 0));
}

/* From a pool that is there, in their order; a pool may be overdrawn. */
static void transfer_costs(reference_model *model) {
    for (int i = 0; i < model->transfer_count; i++) {
        const reference_transfer *transfer = &model->transfers[i];
        reference_amount *from = &model->pools[transfer->from];
        reference_amount *to = &model->pools[transfer->to];
        reference_amount moved;
        mpq_t share;
        if (!model->made[transfer->from]) {
            continue;
        }
        model->made[transfer->to] = true;
        amount_begin(&moved);
        mpq_init(share);
        moved.amount = transfer->amount;
        if (transfer->by_share) {
            moved.amount = multiply(from->amount, transfer->amount);
            mpq_set_si(share, transfer->amount, SHIRE_MILLION);
            mpq_canonicalize(share);
            add_share(&moved, from, share, true);
        } else {
            mpq_set_si(moved.exact, transfer->amount, 1);
        }
        add(to, &moved);
        from->amount -= moved.amount;
        mpq_sub(from->exact, from->exact, moved.exact);
        mpq_add(from->bound, from->bound, moved.bound);
        mpq_clear(share);
        amount_end(&moved);
    }
}

/* ---- support costs ---- */

static bool gives(const reference_model *model, int pool) {
    return model->made[pool] && model->supports[pool].has_rule;
}

static bool may_give(const reference_model *model, int from, int to) {
    if (from == to || !gives(model, to)) {
        return from != to;
    }
    return model->method == 2 ||
           (model->method == 1 && model->supports[to].step > model->supports[from].step);
}

/* Pools that a rule's driver or fallback names are there, even without cost. */
static void make_receivers(reference_model *model) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
            for (int to = 0; to < REFERENCE_POOLS && gives(model, pool); to++) {
                bool named = model->supports[pool].quantities[to] != REFERENCE_NO_NUMBER ||
                             model->supports[pool].fallback == to;
                changed |= named && !model->made[to];
                model->made[to] |= named;
            }
        }
    }
}

typedef int64_t quantity_table[REFERENCE_POOLS][REFERENCE_POOLS];

static int64_t quantities_of(const int64_t *row) {
    int64_t sum = 0;
    for (int to = 0; to < REFERENCE_POOLS; to++) {
        sum += row[to];
    }
    return sum;
}

static void fall_back(const reference_model *model, int pool, quantity_table table) {
    memset(table[pool], 0, sizeof(table[pool]));
    table[pool][model->supports[pool].fallback] = 1;
}

/* Which givers reach a pool that keeps cost, over whatever others. */
static void find_reaching(const reference_model *model, quantity_table table, bool *reaching) {
    memset(reaching, 0, REFERENCE_POOLS * sizeof(*reaching));
    for (int round = 0; round < REFERENCE_POOLS; round++) {
        for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
            for (int to = 0; to < REFERENCE_POOLS && gives(model, pool); to++) {
                reaching[pool] |= table[pool][to] != 0 && (!gives(model, to) || reaching[to]);
            }
        }
    }
}

/* Who holds cost of its own or gets some. */
static void find_holders(const reference_model *model, quantity_table table, bool *holds) {
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        holds[pool] = gives(model, pool) && model->pools[pool].amount != 0;
    }
    for (int round = 0; round < REFERENCE_POOLS; round++) {
        for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
            for (int to = 0; to < REFERENCE_POOLS && holds[pool]; to++) {
                holds[to] |= table[pool][to] != 0 && gives(model, to);
            }
        }
    }
}

/* The quantities by which each giver gives; sets what is wrong with the model. */
static void fill_quantities(reference_model *model, quantity_table table, bool *holds) {
    bool reaching[REFERENCE_POOLS];
    bool empty[REFERENCE_POOLS] = {false};
    memset(table, 0, sizeof(quantity_table));
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        for (int to = 0; to < REFERENCE_POOLS && gives(model, pool); to++) {
            int64_t quantity = model->supports[pool].quantities[to];
            bool taken = quantity != REFERENCE_NO_NUMBER && may_give(model, pool, to);
            table[pool][to] = taken ? quantity : 0;
        }
        empty[pool] = gives(model, pool) && quantities_of(table[pool]) == 0;
        if (empty[pool] && model->supports[pool].fallback >= 0) {
            fall_back(model, pool, table);
            empty[pool] = false;
        }
    }
    find_reaching(model, table, reaching);
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        if (gives(model, pool) && !reaching[pool] && !empty[pool] &&
            model->supports[pool].fallback >= 0) {
            fall_back(model, pool, table);
        }
    }
    find_reaching(model, table, reaching);
    find_holders(model, table, holds);
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        model->without_quantity += holds[pool] && empty[pool];
        model->loop |= holds[pool] && !empty[pool] && !reaching[pool];
    }
}

/* What of a pound of each giver ends up in pool `keep`: reach = direct + A reach, solved as
 * (I - A) reach = direct by elimination with fractions. */
static void solve_reach(quantity_table table, const bool *holds, int keep,
                        mpq_t reach[REFERENCE_POOLS]) {
    mpq_t matrix[REFERENCE_POOLS][REFERENCE_POOLS + 1];
    mpq_t factor;
    mpq_init(factor);
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        int64_t sum = quantities_of(table[i]);
        for (int k = 0; k <= REFERENCE_POOLS; k++) {
            int to = k < REFERENCE_POOLS ? k : keep;
            mpq_init(matrix[i][k]);
            if (holds[i] && (k == REFERENCE_POOLS || holds[k])) {
                mpq_set_si(matrix[i][k], table[i][to], (unsigned long)sum);
                mpq_canonicalize(matrix[i][k]);
            }
            if (k < REFERENCE_POOLS) {
                mpq_neg(matrix[i][k], matrix[i][k]);
            }
        }
        mpq_set_si(factor, 1, 1);
        mpq_add(matrix[i][i], matrix[i][i], factor);
    }
    for (int i = 0; i < REFERENCE_POOLS; i++) { /* the diagonal is never 0: rows reach outside */
        for (int row = 0; row < REFERENCE_POOLS; row++) {
            if (row == i || mpq_sgn(matrix[row][i]) == 0) {
                continue;
            }
            mpq_t times;
            mpq_init(times);
            mpq_div(times, matrix[row][i], matrix[i][i]);
            for (int k = 0; k <= REFERENCE_POOLS; k++) {
                mpq_mul(factor, times, matrix[i][k]);
                mpq_sub(matrix[row][k], matrix[row][k], factor);
            }
            mpq_clear(times);
        }
    }
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        mpq_div(reach[i], matrix[i][REFERENCE_POOLS], matrix[i][i]);
        for (int k = 0; k <= REFERENCE_POOLS; k++) {
            mpq_clear(matrix[i][k]);
        }
    }
    mpq_clear(factor);
}

static void spread_support(reference_model *model) {
    quantity_table table;
    bool holds[REFERENCE_POOLS];
    mpq_t reaches[REFERENCE_POOLS][REFERENCE_POOLS]; /* keeping pool, giver */
    make_receivers(model);
    fill_quantities(model, table, holds);
    memcpy(model->given, table, sizeof(table));
    if (model->without_quantity > 0 || model->loop) {
        return;
    }
    for (int keep = 0; keep < REFERENCE_POOLS; keep++) {
        for (int i = 0; i < REFERENCE_POOLS; i++) {
            mpq_init(reaches[keep][i]);
        }
        if (model->made[keep] && !gives(model, keep)) {
            solve_reach(table, holds, keep, reaches[keep]);
        }
    }
    for (int from = 0; from < REFERENCE_POOLS; from++) {
        int64_t parts[REFERENCE_POOLS];
        mpq_t shares[REFERENCE_POOLS];
        if (!gives(model, from) || model->pools[from].amount == 0) {
            continue;
        }
        for (int keep = 0; keep < REFERENCE_POOLS; keep++) {
            mpq_init(shares[keep]);
            mpq_set(shares[keep], reaches[keep][from]);
        }
        split(model->pools[from].amount, shares, REFERENCE_POOLS, parts);
        for (int keep = 0; keep < REFERENCE_POOLS; keep++) {
            model->flows[from][keep].amount = parts[keep];
            add_share(&model->flows[from][keep], &model->pools[from], shares[keep],
                      mpq_sgn(shares[keep]) != 0);
        }
        clear_shares(shares, REFERENCE_POOLS);
    }
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        clear_shares(reaches[pool], REFERENCE_POOLS);
        if (!gives(model, pool)) {
            add(&model->totals[pool], &model->pools[pool]);
        }
        for (int from = 0; from < REFERENCE_POOLS; from++) {
            add(&model->totals[pool], &model->flows[from][pool]);
        }
    }
}

/* ---- pools to resources ---- */

static void make_resources(reference_model *model) {
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        int count = model->resource_count[pool];
        int64_t parts[3];
        mpq_t shares[3];
        if (gives(model, pool)) {
            continue;
        }
        if (pool >= REFERENCE_KEEPING && pool < REFERENCE_INCOME && is_mapped(model, pool)) {
            /* mapped as support and without a rule */
            model->unallocated += model->totals[pool].amount;
            continue;
        }
        if (count == 0) {
            add(&model->resource_costs[pool], &model->totals[pool]);
            continue;
        }
        split_by(model->totals[pool].amount, model->resource_shares[pool], count, parts, shares);
        for (int i = 0; i < count; i++) {
            reference_amount *resource = &model->resource_costs[model->resources[pool][i]];
            resource->amount += parts[i];
            add_share(resource, &model->totals[pool], shares[i], count > 1);
        }
        clear_shares(shares, count);
    }
}

/* ---- resources to activities to items ---- */

/* The activity whose items are weighed by the same set of rules, made if need be. */
static int find_activity(reference_model *model, int resource, int activity) {
    reference_activity *made = &model->activities[model->activity_count];
    made->activity = activity;
    made->segment = resource < REFERENCE_POOLS ? reference_segment_of(model, resource) : 0;
    memset(made->rules, 0, sizeof(made->rules));
    for (int i = 0; i < model->rule_count; i++) {
        const reference_rule *rule = &model->rules[i];
        if (rule->resource == resource && rule->activity == activity && rule->feed >= 0) {
            int basis = rule->basis == 11 ? 0 : rule->basis;
            int bit = (rule->feed * 4 + rule->condition) * 11 + basis;
            made->rules[bit / 64] |= UINT64_C(1) << bit % 64;
        }
    }
    for (int i = 0; i < model->activity_count; i++) {
        if (model->activities[i].activity == activity &&
            model->activities[i].segment == made->segment &&
            memcmp(model->activities[i].rules, made->rules, sizeof(made->rules)) == 0) {
            return i;
        }
    }
    for (int bit = 0; bit < 3 * 4 * 11; bit++) {
        for (int k = 0; k < model->item_count && (made->rules[bit / 64] >> bit % 64 & 1) != 0;
             k++) {
            const reference_item *item = &model->items[k];
            if (reference_fits(model, item, bit / 44, bit / 11 % 4) &&
                !reference_is_outside(model, item)) {
                made->weights[k] += reference_weigh(model, item, bit % 11);
            }
        }
    }
    for (int k = 0; k < model->item_count; k++) {
        made->weight_total += made->weights[k];
        made->item_count += made->weights[k] != 0;
    }
    return model->activity_count++;
}

static void fund_activities(reference_model *model, int resource) {
    reference_amount *cost = &model->resource_costs[resource];
    int found[REFERENCE_RULES + 1];
    int64_t weights[REFERENCE_RULES + 1];
    int64_t parts[REFERENCE_RULES + 1];
    mpq_t shares[REFERENCE_RULES + 1];
    int count = 0;
    bool by_share = false;
    int segment = resource < REFERENCE_POOLS ? reference_segment_of(model, resource) : 0;
    int64_t rest = SHIRE_MILLION;
    int64_t sum = 0;
    for (int i = 0, last = -1; i < model->rule_count; i++) {
        const reference_rule *rule = &model->rules[i];
        if (rule->resource == resource && rule->activity != last) {
            last = rule->activity;
            found[count] = find_activity(model, resource, rule->activity);
            by_share = rule->share != REFERENCE_NO_NUMBER;
            weights[count] = by_share ? rule->share : model->activities[found[count]].weight_total;
            rest -= weights[count];
            sum += weights[count++];
        }
    }
    if (count == 0 || (!by_share && sum == 0)) {
        leave(model, segment, cost->amount);
        return;
    }
    int kept = count;
    if (by_share) {
        weights[count++] = rest;
    }
    split_by(cost->amount, weights, count, parts, shares);
    for (int i = 0; i < kept; i++) {
        reference_amount *activity = &model->activities[found[i]].cost;
        activity->amount += parts[i];
        add_share(activity, cost, shares[i], mpq_sgn(shares[i]) != 0);
    }
    leave(model, segment, by_share ? parts[kept] : 0);
    clear_shares(shares, count);
}

/* The running total: floor(|total| * reached / W) less the same of the item before. */
static void spread_items(reference_model *model, reference_activity *activity) {
    mpz_t before, reached, total;
    if (activity->cost.amount == 0 || activity->weight_total == 0) {
        leave(model, activity->segment, activity->cost.amount);
        return;
    }
    mpz_inits(before, reached, NULL);
    mpz_init_set_si(total, activity->weight_total);
    int64_t sum = 0;
    for (int i = 0; i < model->item_count; i++) {
        reference_amount *part = &activity->items[i];
        mpq_t share;
        if (activity->weights[i] == 0) {
            continue;
        }
        sum += activity->weights[i];
        mpz_set_si(reached, llabs(activity->cost.amount));
        mpz_mul_si(reached, reached, sum);
        mpz_fdiv_q(reached, reached, total);
        mpz_sub(before, reached, before);
        part->amount = mpz_get_si(before) * (activity->cost.amount < 0 ? -1 : 1);
        mpz_set(before, reached);
        mpq_init(share);
        mpq_set_si(share, activity->weights[i], 1);
        mpq_set_den(share, total);
        if (activity->weight_total < 0) {
            mpz_neg(mpq_denref(share), mpq_denref(share));
            mpz_neg(mpq_numref(share), mpq_numref(share));
        }
        mpq_canonicalize(share);
        add_share(part, &activity->cost, share, true);
        mpq_clear(share);
        int event = model->items[i].event;
        bool is_private = event >= 0 && model->events[event].code == model->private_code;
        if (event < 0 || activity->segment != 0 || is_private) {
            leave(model, activity->segment != 0 || is_private, part->amount);
        } else {
            model->allocated += part->amount;
        }
    }
    mpz_clears(before, reached, total, NULL);
}

void reference_reckon(reference_model *model) {
    map_lines(model);
    transfer_costs(model);
    spread_support(model);
    if (model->without_quantity > 0 || model->loop) {
        return;
    }
    make_resources(model);
    for (int resource = 0; resource < REFERENCE_POOLS + 3; resource++) {
        if (model->resource_costs[resource].amount != 0) {
            fund_activities(model, resource);
        }
    }
    for (int i = 0; i < model->activity_count; i++) {
        spread_items(model, &model->activities[i]);
    }
}

/* ---- near enough ---- */

static bool is_near(const reference_amount *one) {
    mpq_t gap;
    mpq_init(gap);
    mpq_set_si(gap, one->amount, 1);
    mpq_sub(gap, gap, one->exact);
    mpq_abs(gap, gap);
    bool near = mpq_cmp(gap, one->bound) <= 0;
    mpq_clear(gap);
    return near;
}

bool reference_is_within_bounds(const reference_model *model) {
    bool near = true;
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        near &= is_near(&model->pools[i]) && is_near(&model->totals[i]);
        for (int k = 0; k < REFERENCE_POOLS; k++) {
            near &= is_near(&model->flows[i][k]);
        }
    }
    for (int i = 0; i < REFERENCE_RESOURCES; i++) {
        near &= is_near(&model->resource_costs[i]);
    }
    for (int i = 0; i < model->activity_count; i++) {
        bool spread = model->activities[i].cost.amount != 0;
        near &= is_near(&model->activities[i].cost);
        for (int k = 0; k < model->item_count && spread; k++) {
            near &= is_near(&model->activities[i].items[k]);
        }
    }
    return near;
}
