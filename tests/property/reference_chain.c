/* The chain, naively: every stage as docs/costing/model.md states it, in fractions. */
#include "reference_internal.h"

#include <stdlib.h>
#include <string.h>

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
    each_amount(model, reference_amount_begin);
}

void reference_end(reference_model *model) {
    each_amount(model, reference_amount_end);
}

/* ---- ledgers apart ---- */

bool reference_is_mapped(const reference_model *model, int pool) {
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
    return pool == REFERENCE_INCOME                                      ? 1
           : pool == REFERENCE_APART && reference_is_mapped(model, pool) ? 2
                                                                         : 0;
}

/* Income, and what is kept apart, count as excluded wherever they end. */
static void leave(reference_model *model, int segment, int64_t amount) {
    *(segment == 0 ? &model->unallocated : &model->excluded) += amount;
}

/* ---- ledger lines to pools ---- */

void reference_make_pool(reference_model *model, int pool) {
    if (!model->made[pool]) {
        model->made[pool] = true;
        model->numbers[pool] = model->made_count++;
    }
}

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
        reference_amount_begin(&whole);
        mpq_set_si(whole.exact, line->amount, 1);
        reference_split_by(line->amount, line->shares, line->target_count, parts, shares);
        for (int k = 0; k < line->target_count; k++) {
            reference_make_pool(model, line->pools[k]);
            model->pools[line->pools[k]].amount += parts[k];
            reference_add_share(&model->pools[line->pools[k]], &whole, shares[k],
                                line->target_count > 1);
        }
        reference_clear_shares(shares, line->target_count);
        reference_amount_end(&whole);
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
    int64_t quotient = reference_money_of(product);
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
        reference_make_pool(model, transfer->to);
        reference_amount_begin(&moved);
        mpq_init(share);
        moved.amount = transfer->amount;
        if (transfer->by_share) {
            moved.amount = multiply(from->amount, transfer->amount);
            mpq_set_si(share, transfer->amount, SHIRE_MILLION);
            mpq_canonicalize(share);
            reference_add_share(&moved, from, share, true);
        } else {
            mpq_set_si(moved.exact, transfer->amount, 1);
        }
        reference_add(to, &moved);
        from->amount -= moved.amount;
        reference_note_size(from->amount);
        mpq_sub(from->exact, from->exact, moved.exact);
        mpq_add(from->bound, from->bound, moved.bound);
        mpq_clear(share);
        reference_amount_end(&moved);
    }
}

/* ---- pools to resources ---- */

static void make_resources(reference_model *model) {
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        int count = model->resource_count[pool];
        int64_t parts[3];
        mpq_t shares[3];
        if (reference_gives(model, pool)) {
            continue;
        }
        if (pool >= REFERENCE_KEEPING && pool < REFERENCE_INCOME &&
            reference_is_mapped(model, pool)) {
            /* mapped as support and without a rule */
            model->unallocated += model->totals[pool].amount;
            continue;
        }
        if (count == 0) {
            reference_add(&model->resource_costs[pool], &model->totals[pool]);
            continue;
        }
        reference_split_by(model->totals[pool].amount, model->resource_shares[pool], count, parts,
                           shares);
        for (int i = 0; i < count; i++) {
            reference_amount *resource = &model->resource_costs[model->resources[pool][i]];
            resource->amount += parts[i];
            reference_note_size(resource->amount);
            reference_add_share(resource, &model->totals[pool], shares[i], count > 1);
        }
        reference_clear_shares(shares, count);
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
    reference_split_by(cost->amount, weights, count, parts, shares);
    for (int i = 0; i < kept; i++) {
        reference_amount *activity = &model->activities[found[i]].cost;
        activity->amount += parts[i];
        reference_note_size(activity->amount);
        reference_add_share(activity, cost, shares[i], mpq_sgn(shares[i]) != 0);
    }
    leave(model, segment, by_share ? parts[kept] : 0);
    reference_clear_shares(shares, count);
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
        part->amount = reference_money_of(before) * (activity->cost.amount < 0 ? -1 : 1);
        mpz_set(before, reached);
        mpq_init(share);
        mpq_set_si(share, activity->weights[i], 1);
        mpq_set_den(share, total);
        if (activity->weight_total < 0) {
            mpz_neg(mpq_denref(share), mpq_denref(share));
            mpz_neg(mpq_numref(share), mpq_numref(share));
        }
        mpq_canonicalize(share);
        reference_add_share(part, &activity->cost, share, true);
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

bool reference_is_refused(const reference_model *model) {
    return model->without_quantity > 0 || model->loop || model->cancels ||
           model->unknown_fallbacks > 0 || model->too_large;
}

static void sum_events(reference_model *model) {
    for (int i = 0; i < model->activity_count; i++) {
        const reference_activity *activity = &model->activities[i];
        for (int k = 0; k < model->item_count; k++) {
            int event = model->items[k].event;
            if (event >= 0) {
                bool apart =
                    activity->segment == 0 && model->events[event].code == model->private_code;
                int64_t *sum = &model->event_costs[apart ? 2 : activity->segment][event];
                *sum += activity->items[k].amount;
                reference_note_size(*sum);
            }
        }
    }
}

/* The stages, as far as amounts stay within the limit: what is beyond would wrap. */
void reference_reckon(reference_model *model) {
    reference_is_too_large = false;
    reference_count_unknown_fallbacks(model);
    map_lines(model);
    transfer_costs(model);
    if (!reference_is_too_large && model->unknown_fallbacks == 0) {
        reference_spread_support(model);
    }
    model->too_large = reference_is_too_large;
    if (reference_is_refused(model)) {
        return;
    }
    make_resources(model);
    for (int resource = 0; resource < REFERENCE_POOLS + 3 && !reference_is_too_large; resource++) {
        if (model->resource_costs[resource].amount != 0) {
            fund_activities(model, resource);
        }
    }
    for (int i = 0; i < model->activity_count && !reference_is_too_large; i++) {
        spread_items(model, &model->activities[i]);
    }
    sum_events(model);
    model->too_large = reference_is_too_large;
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
