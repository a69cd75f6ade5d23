/* The random models: few pools, lines, rules and items, but of every kind. */
#include "reference.h"

#include <stdio.h>
#include <string.h>

const char *const reference_conditions[4] = {"", "quantity > 3", "event.code = 'C1'",
                                             "minutes IS NOT NULL"};
const char *const reference_bases[12] = {"count",
                                         "quantity",
                                         "minutes",
                                         "amount",
                                         "days",
                                         "nights",
                                         "weight",
                                         "package",
                                         "package_contribution",
                                         "package_net",
                                         "quantity * 2 + 1",
                                         ""};
const char *const reference_segments[3] = {"patient", "income", "research"};
const char *const reference_frequencies[4] = {"weekly", "monthly", "one_off", "four_weekly"};

const char *const reference_patterns[5] = {"", "P*", "S?", "P1", "*"};

const reference_bearers reference_delays[REFERENCE_RESPONSIBLE] = {
    {"Not stated", "", false, 1, {"Not stated"}, {SHIRE_MILLION}},
    {"O1", "O1", false, 1, {"O1"}, {SHIRE_MILLION}},
    {"All", "all", true, 1, {"O0"}, {SHIRE_MILLION}},
    {"None", "None", true, 2, {"O0", "Council"}, {0, SHIRE_MILLION}},
    {"Both", "BOTH", true, 2, {"O0", "Council"}, {SHIRE_MILLION / 2, SHIRE_MILLION / 2}},
    {"Thirds", "thirds", true, 3, {"O0", "Council", "NHS"}, {333333, 333333, 333334}},
};

const char *reference_pool_name(int pool) {
    static const char *const names[REFERENCE_POOLS] = {"P0", "P1", "P2", "S0", "S1",
                                                       "S2", "S3", "I0", "X0"};
    return names[pool];
}

const char *reference_resource_name(int resource, char buffer[16]) {
    if (resource < REFERENCE_POOLS) {
        return reference_pool_name(resource);
    }
    snprintf(buffer, 16, "R%d", resource - REFERENCE_POOLS);
    return buffer;
}

static int below(shire_random *random, int count) {
    return (int)shire_random_below(random, (uint64_t)count);
}

/* Shares in millionths that sum to `sum`; some are 0. */
static void draw_shares(shire_random *random, int count, int64_t sum, int64_t *shares) {
    for (int i = 0; i + 1 < count; i++) {
        shares[i] = shire_random_between(random, 0, sum);
        sum -= shares[i];
    }
    shares[count - 1] = sum;
}

static int64_t draw_money(shire_random *random) {
    switch (below(random, 8)) {
    case 0:
        return 0;
    case 1:
        return shire_random_between(random, -3, 3);
    case 2:
        return -shire_random_between(random, 1, 50000000000);
    case 3:
        return shire_random_between(random, 1, 90000000000000000);
    default:
        return shire_random_between(random, 1, 90000000000);
    }
}

static void draw_targets(reference_line *line, shire_random *random) {
    int first = below(random, REFERENCE_INCOME);
    switch (line->kind) {
    case REFERENCE_OF_INCOME:
    case REFERENCE_OF_APART:
        line->target_count = shire_random_chance(random, 2, 3);
        line->pools[0] = line->kind == REFERENCE_OF_INCOME ? REFERENCE_INCOME : REFERENCE_APART;
        break;
    case REFERENCE_COST:
        line->target_count = shire_random_chance(random, 1, 12) ? 0 : 1 + below(random, 3);
        for (int k = 0; k < line->target_count; k++) {
            line->pools[k] = (first + k * 2) % REFERENCE_INCOME;
        }
        break;
    default:
        line->target_count = 0;
    }
    if (line->target_count > 0) {
        draw_shares(random, line->target_count, SHIRE_MILLION, line->shares);
    }
}

static void draw_lines(reference_model *model, shire_random *random) {
    model->line_count = 1 + below(random, REFERENCE_LINES);
    for (int i = 0; i < model->line_count; i++) {
        reference_line *line = &model->lines[i];
        int kind = below(random, 12);
        line->amount = draw_money(random);
        line->kind = kind < 3 ? (reference_kind)(kind + 1) : REFERENCE_COST;
        draw_targets(line, random);
    }
}

static void draw_transfers(reference_model *model, shire_random *random) {
    model->transfer_count =
        shire_random_chance(random, 1, 2) ? 0 : 1 + below(random, REFERENCE_TRANSFERS);
    for (int i = 0; i < model->transfer_count; i++) {
        reference_transfer *transfer = &model->transfers[i];
        transfer->from = below(random, REFERENCE_INCOME);
        transfer->to =
            (transfer->from + 1 + below(random, REFERENCE_INCOME - 1)) % REFERENCE_INCOME;
        transfer->by_share = shire_random_chance(random, 1, 2);
        transfer->amount = transfer->by_share ? shire_random_between(random, 0, SHIRE_MILLION)
                                              : shire_random_between(random, -9000000, 90000000000);
    }
}

/* A quantity of a driver; few models have negative ones, small enough to cancel now and then. */
static int64_t draw_quantity(shire_random *random, bool signs) {
    if (shire_random_chance(random, 1, 3)) {
        return 0;
    }
    return signs ? shire_random_between(random, -2, 3) * SHIRE_MILLION
                 : shire_random_between(random, 1, 40000000);
}

/* Quantities of both signs that leave a ring no way out, or a ten-millionth of one. */
static void draw_cancelling(reference_model *model, shire_random *random) {
    reference_support *first = &model->supports[REFERENCE_KEEPING];
    reference_support *second = &model->supports[REFERENCE_KEEPING + 1];
    bool ring = shire_random_chance(random, 1, 3);
    model->method = ring ? 2 : model->method;
    for (int to = 0; to < REFERENCE_POOLS; to++) {
        first->quantities[to] = second->quantities[to] = REFERENCE_NO_NUMBER;
    }
    first->has_driver = second->has_driver = true;
    first->quantities[ring ? REFERENCE_KEEPING + 1 : 0] = SHIRE_MILLION;
    second->quantities[REFERENCE_KEEPING] = ring ? 3 * SHIRE_MILLION : REFERENCE_NO_NUMBER;
    second->quantities[0] = SHIRE_MILLION * SHIRE_MILLION;
    second->quantities[1] = -second->quantities[0] + !ring;
}

static void draw_supports(reference_model *model, shire_random *random) {
    model->method = below(random, 3);
    bool sparse = shire_random_chance(random, 1, 3);
    bool signs = shire_random_chance(random, 1, 4);
    bool costs = shire_random_chance(random, 1, 4);
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        reference_support *one = &model->supports[pool];
        one->has_rule = pool >= REFERENCE_KEEPING && pool < REFERENCE_INCOME &&
                        !shire_random_chance(random, 1, 10);
        one->step = below(random, 4);
        one->fallback = -1;
        if (shire_random_chance(random, 1, 3)) {
            one->fallback = below(random, REFERENCE_INCOME);
            one->fallback = one->fallback == pool ? 0 : one->fallback;
            if (sparse && shire_random_chance(random, 1, 3)) {
                one->fallback = REFERENCE_APART; /* which nothing else may name */
            }
        }
        for (int to = 0; to < REFERENCE_POOLS; to++) {
            bool there = to != REFERENCE_INCOME &&
                         shire_random_chance(random, sparse ? 1 : 2, sparse ? 5 : 3);
            one->quantities[to] = there ? draw_quantity(random, signs) : REFERENCE_NO_NUMBER;
            one->cost_of[to] =
                there && costs && shire_random_chance(random, 1, 2) ? 1 + below(random, 4) : 0;
            one->has_driver |= there;
        }
        if (!one->has_driver && one->fallback < 0) {
            one->quantities[pool] = SHIRE_MILLION; /* only itself: nothing it may give to */
            one->has_driver = true;
        }
    }
    if (signs && shire_random_chance(random, 2, 3)) {
        draw_cancelling(model, random);
    }
}

static void draw_resources(reference_model *model, shire_random *random) {
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        int count = pool < REFERENCE_INCOME ? below(random, 4) : 0;
        model->resource_count[pool] = count;
        for (int i = 0; i < count; i++) {
            model->resources[pool][i] = REFERENCE_POOLS + i;
        }
        if (count > 0) {
            draw_shares(random, count, SHIRE_MILLION, model->resource_shares[pool]);
        }
    }
    for (int resource = 0; resource < REFERENCE_POOLS + 3; resource++) {
        int activities = shire_random_chance(random, 1, 2) ? 0 : 1 + below(random, 3);
        bool shared = shire_random_chance(random, 1, 2);
        int64_t shares[4];
        draw_shares(random, 4, SHIRE_MILLION, shares);
        for (int i = 0; i < activities; i++) {
            int times = shire_random_chance(random, 1, 6) ? 2 : 1;
            for (int k = 0; k < times && model->rule_count < REFERENCE_RULES; k++) {
                model->rules[model->rule_count++] = (reference_rule){
                    .resource = resource,
                    .activity = (resource + i) % 5,
                    .share = shared ? shares[i] : REFERENCE_NO_NUMBER,
                    .feed = below(random, 9) == 0 ? -1 : below(random, 3),
                    .condition = shire_random_chance(random, 1, 2) ? 0 : below(random, 4),
                    .basis = below(random, 12)};
            }
        }
    }
}

static int64_t draw_number(shire_random *random, int64_t low, int64_t high) {
    return shire_random_chance(random, 1, 6) ? REFERENCE_NO_NUMBER
                                             : shire_random_between(random, low, high);
}

static void draw_activity(reference_model *model, shire_random *random) {
    shire_date first = shire_date_of(2024, 4, 1);
    model->private_code = shire_random_chance(random, 1, 3) ? below(random, 3) : -1;
    model->event_count = 1 + below(random, REFERENCE_EVENTS);
    for (int i = 0; i < model->event_count; i++) {
        reference_event *event = &model->events[i];
        event->first = first - 40 + below(random, 140);
        event->last = i > 0 && shire_random_chance(random, 1, 3) ? REFERENCE_NO_DATE
                                                                 : event->first + below(random, 60);
        event->code = below(random, 3);
    }
    model->item_count = 1 + below(random, REFERENCE_ITEMS);
    for (int i = 0; i < model->item_count; i++) {
        reference_item *item = &model->items[i];
        *item = (reference_item){
            .feed = below(random, 2),
            .event = shire_random_chance(random, 1, 8) ? -1 : below(random, model->event_count),
            .code = below(random, 3),
            .start = REFERENCE_NO_DATE,
            .end = REFERENCE_NO_DATE,
            .quantity = draw_number(random, 0, 9),
            .minutes = draw_number(random, 0, 500000000),
            .amount = draw_number(random, -20000000, 90000000),
            .price = draw_number(random, -100000000, 2000000000),
            .contribution = draw_number(random, 0, 90000000),
            .frequency = below(random, 4)};
        if (item->quantity != REFERENCE_NO_NUMBER) {
            item->quantity *= SHIRE_MILLION;
        }
        if (shire_random_chance(random, 3, 4)) {
            item->start = first - 20 + below(random, 120);
            if (shire_random_chance(random, 1, 2)) {
                item->end = item->start + below(random, 80);
            }
        }
    }
    if (shire_random_chance(random, 1, 4)) { /* amounts that cancel */
        model->item_count = 2;
        model->items[1] = model->items[0];
        if (model->items[0].amount != REFERENCE_NO_NUMBER) {
            model->items[1].amount = -model->items[0].amount;
        }
        for (int i = 0; i < model->rule_count; i += 2) {
            model->rules[i].basis = 3;
        }
    }
    for (int code = 0; code < 3; code++) {
        model->code_weights[code] = code == 2 && shire_random_chance(random, 1, 2)
                                        ? REFERENCE_NO_NUMBER
                                        : shire_random_between(random, 0, 3) * 1234567;
    }
}

static void draw_delays(reference_model *model, shire_random *random) {
    for (int i = 0; i < model->event_count; i++) {
        reference_event *event = &model->events[i];
        event->ready = shire_random_chance(random, 1, 2) ? REFERENCE_NO_DATE
                                                         : event->first - 5 + below(random, 60);
        event->responsible = below(random, REFERENCE_RESPONSIBLE);
    }
}

void reference_draw(reference_model *model, uint64_t seed, int organisation) {
    shire_random random = shire_random_seed(seed, 0);
    model->seed = seed;
    model->organisation = organisation;
    model->period_first = shire_date_of(2024, 4, 1);
    model->period_last = shire_date_of(2024, 6, 30);
    draw_lines(model, &random);
    draw_transfers(model, &random);
    draw_supports(model, &random);
    draw_resources(model, &random);
    draw_activity(model, &random);
    draw_delays(model, &random);
}

void reference_draw_next(reference_model *model, const reference_model *before) {
    reference_draw(model, before->seed, before->organisation);
    model->period_first = shire_date_of(2024, 7, 1);
    model->period_last = shire_date_of(2024, 9, 30);
    for (int i = 0; i < model->event_count; i++) {
        int status = reference_status(before, &before->events[i]);
        if (status == 2 || status == 4) {
            model->brought[i] = reference_event_cost(before, i);
            model->brought_days[i] = reference_days(before, &before->events[i], false);
        }
    }
}
