/* What the random models have in them, told from the models and what they come to. */
#include "reference.h"

enum {
    CREDIT,
    EMPTY_POOL,
    NO_QUANTITY_FALLS_BACK,
    NO_QUANTITY_REFUSED,
    RING,
    NESTED_RING,
    CLOSED_RING,
    RING_OF_ZEROS,
    DIRECT,
    STEP_DOWN,
    INCOME,
    INCOME_WITHOUT_POOL,
    APART,
    APART_WITHOUT_POOL,
    APART_RECEIVES,
    EXCLUDED,
    PRIVATE,
    TRANSFER,
    OVERDRAWN,
    BOTH_SIGNS,
    CANCELLING,
    PACKAGE,
    CARRIED_IN,
    CARRIED_OUT,
    OUTSIDE,
    UNMATCHED,
    NEGATIVE_DRIVER,
    CANCELLING_DRIVERS,
    COST_AS_DRIVER,
    FALLBACK_UNKNOWN,
    INCOME_OF_EVENT,
    BROUGHT,
    GOES_ON_AGAIN,
    TOO_LARGE,
    DELAYED,
    DELAY_SHARED,
    DELAY_OF_CREDIT
};

const char *const reference_features[REFERENCE_FEATURES] = {
    [CREDIT] = "a credit in a pool",
    [EMPTY_POOL] = "a support pool without cost",
    [NO_QUANTITY_FALLS_BACK] = "a driver of zeros with a fallback",
    [NO_QUANTITY_REFUSED] = "a driver of zeros without one",
    [RING] = "a reciprocal ring",
    [NESTED_RING] = "reciprocal rings that share a pool",
    [CLOSED_RING] = "a ring without a way out",
    [RING_OF_ZEROS] = "a ring all of whose quantities are zero",
    [DIRECT] = "direct",
    [STEP_DOWN] = "step-down",
    [INCOME] = "income in a pool",
    [INCOME_WITHOUT_POOL] = "income without a pool",
    [APART] = "research in a pool",
    [APART_WITHOUT_POOL] = "research without a pool",
    [APART_RECEIVES] = "support costs of research",
    [EXCLUDED] = "an excluded line",
    [PRIVATE] = "the cost of a private patient",
    [TRANSFER] = "a transfer",
    [OVERDRAWN] = "a pool overdrawn",
    [BOTH_SIGNS] = "weights of both signs",
    [CANCELLING] = "weights that cancel",
    [PACKAGE] = "a package",
    [CARRIED_IN] = "a stay from before the period",
    [CARRIED_OUT] = "a stay that goes on",
    [OUTSIDE] = "an item outside the period",
    [UNMATCHED] = "an item without an event",
    [NEGATIVE_DRIVER] = "a driver's negative quantity",
    [CANCELLING_DRIVERS] = "quantities that cancel on the way",
    [COST_AS_DRIVER] = "a driver that is a cost",
    [FALLBACK_UNKNOWN] = "a fallback that nothing else names",
    [INCOME_OF_EVENT] = "income of an event",
    [BROUGHT] = "a stay whose cost is brought forward",
    [GOES_ON_AGAIN] = "a stay over three periods",
    [TOO_LARGE] = "an amount too large",
    [DELAYED] = "a delayed discharge",
    [DELAY_SHARED] = "a delay's cost that bodies share",
    [DELAY_OF_CREDIT] = "a delayed stay that gives money back",
};

static bool gives(const reference_model *model, int pool) {
    return model->made[pool] && model->supports[pool].has_rule;
}

/* Which of the pools each pool gives to, over others too. */
static void find_reached(const reference_model *model, bool reached[][REFERENCE_POOLS]) {
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        for (int k = 0; k < REFERENCE_POOLS; k++) {
            reached[i][k] = model->given[i][k] != 0;
        }
    }
    for (int over = 0; over < REFERENCE_POOLS; over++) {
        for (int i = 0; i < REFERENCE_POOLS; i++) {
            for (int k = 0; k < REFERENCE_POOLS; k++) {
                reached[i][k] |= reached[i][over] && reached[over][k];
            }
        }
    }
}

/* Pools that give in a circle; as many gifts among them as pools are one ring, more are several
 * that share pools. */
static void find_rings(const reference_model *model, bool *has) {
    bool reached[REFERENCE_POOLS][REFERENCE_POOLS];
    find_reached(model, reached);
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        int pools = 0;
        int gifts = 0;
        for (int from = 0; from < REFERENCE_POOLS; from++) {
            bool inside = reached[i][from] && reached[from][i];
            pools += inside;
            for (int to = 0; inside && to < REFERENCE_POOLS; to++) {
                gifts += model->given[from][to] != 0 && reached[i][to] && reached[to][i];
            }
        }
        has[RING] |= pools > 1;
        has[NESTED_RING] |= pools > 1 && gifts > pools;
    }
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        for (int k = 0; k < i && model->method == 2; k++) {
            has[RING_OF_ZEROS] |= gives(model, i) && gives(model, k) &&
                                  model->supports[i].quantities[k] == 0 &&
                                  model->supports[k].quantities[i] == 0;
        }
    }
    has[CLOSED_RING] |= model->loop;
}

static void find_in_pools(const reference_model *model, bool *has) {
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        const reference_support *support = &model->supports[pool];
        int64_t sum = 0;
        for (int to = 0; to < REFERENCE_POOLS; to++) {
            sum += support->quantities[to] == REFERENCE_NO_NUMBER ? 0 : support->quantities[to];
            has[NEGATIVE_DRIVER] |= gives(model, pool) && model->given[pool][to] < 0;
            has[COST_AS_DRIVER] |=
                gives(model, pool) && support->cost_of[to] != 0 && model->given[pool][to] != 0;
            has[APART_RECEIVES] |= pool == REFERENCE_APART && model->flows[to][pool].amount != 0 &&
                                   reference_segment_of(model, pool) == 2;
        }
        has[EMPTY_POOL] |= gives(model, pool) && model->pools[pool].amount == 0;
        has[NO_QUANTITY_FALLS_BACK] |= gives(model, pool) && support->has_driver && sum == 0 &&
                                       support->fallback >= 0 && model->pools[pool].amount != 0;
    }
    for (int i = 0; i < model->transfer_count; i++) {
        int from = model->transfers[i].from;
        has[TRANSFER] |= model->made[from] && model->transfers[i].amount != 0;
        has[OVERDRAWN] |= model->made[from] && model->pools[from].amount < 0;
    }
    has[NO_QUANTITY_REFUSED] = model->without_quantity > 0;
    has[CANCELLING_DRIVERS] = model->cancels;
    has[FALLBACK_UNKNOWN] = model->unknown_fallbacks > 0;
    has[TOO_LARGE] = model->too_large;
    has[DIRECT] = model->method == 0;
    has[STEP_DOWN] = model->method == 1;
}

static void find_in_activities(const reference_model *model, bool *has) {
    for (int i = 0; i < model->activity_count; i++) {
        const reference_activity *activity = &model->activities[i];
        bool less = false;
        bool more = false;
        for (int k = 0; k < model->item_count; k++) {
            int event = model->items[k].event;
            bool costed = activity->cost.amount != 0 && activity->weights[k] != 0;
            less |= activity->weights[k] < 0;
            more |= activity->weights[k] > 0;
            has[UNMATCHED] |= costed && event < 0;
            has[PRIVATE] |= costed && event >= 0 && activity->segment == 0 &&
                            model->events[event].code == model->private_code;
            has[PACKAGE] |= costed && model->items[k].price != REFERENCE_NO_NUMBER;
            if (costed && event >= 0) {
                has[CARRIED_IN] |= model->events[event].first < model->period_first;
                has[CARRIED_OUT] |= model->events[event].last == REFERENCE_NO_DATE ||
                                    model->events[event].last > model->period_last;
            }
        }
        has[BOTH_SIGNS] |= activity->cost.amount != 0 && less && more;
        has[CANCELLING] |=
            activity->cost.amount != 0 && less && more && activity->weight_total == 0;
    }
    for (int i = 0; i < model->event_count; i++) {
        has[INCOME_OF_EVENT] |= model->event_costs[1][i] != 0;
        has[BROUGHT] |= model->brought[i] != 0;
        has[GOES_ON_AGAIN] |=
            model->brought_days[i] > 0 && reference_status(model, &model->events[i]) == 4;
    }
    for (int i = 0; i < model->event_count; i++) {
        const reference_event *event = &model->events[i];
        int64_t cost = reference_delayed(model, event) == 0 ? 0 : reference_delay_cost(model, i);
        has[DELAYED] |= cost != 0;
        has[DELAY_SHARED] |= cost != 0 && reference_delays[event->responsible].count > 1;
        has[DELAY_OF_CREDIT] |= cost < 0;
    }
    for (int k = 0; k < model->item_count; k++) {
        has[OUTSIDE] |= reference_is_outside(model, &model->items[k]);
    }
}

void reference_count_features(const reference_model *model, int counts[REFERENCE_FEATURES]) {
    bool has[REFERENCE_FEATURES] = {false};
    for (int i = 0; i < model->line_count; i++) {
        const reference_line *line = &model->lines[i];
        bool pooled = line->target_count > 0;
        has[CREDIT] |= line->amount < 0 && pooled;
        has[INCOME] |= line->kind == REFERENCE_OF_INCOME && pooled;
        has[INCOME_WITHOUT_POOL] |= line->kind == REFERENCE_OF_INCOME && !pooled;
        has[APART] |= line->kind == REFERENCE_OF_APART && pooled;
        has[APART_WITHOUT_POOL] |= line->kind == REFERENCE_OF_APART && !pooled;
        has[EXCLUDED] |= line->kind == REFERENCE_EXCLUDED;
    }
    find_rings(model, has);
    find_in_pools(model, has);
    find_in_activities(model, has);
    for (int i = 0; i < REFERENCE_FEATURES; i++) {
        counts[i] += has[i];
    }
}
