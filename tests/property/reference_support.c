/* Support costs, naively: the graph of who gives to whom, and its equations solved in fractions. */
#include "reference_internal.h"

#include <string.h>

bool reference_gives(const reference_model *model, int pool) {
    return model->made[pool] && model->supports[pool].has_rule;
}

static bool may_give(const reference_model *model, int from, int to) {
    if (from == to || !reference_gives(model, to)) {
        return from != to;
    }
    return model->method == 2 ||
           (model->method == 1 && model->supports[to].step > model->supports[from].step);
}

static int pool_of_number(const reference_model *model, int number) {
    int pool = 0;
    while (!model->made[pool] || model->numbers[pool] != number) {
        pool++;
    }
    return pool;
}

/* Pools that a rule's fallback or driver names are there, even without cost; pools so made may give
 * in turn. */
static void make_receivers(reference_model *model) {
    for (int number = 0; number < model->made_count; number++) {
        int pool = pool_of_number(model, number);
        const reference_support *one = &model->supports[pool];
        if (reference_gives(model, pool) && one->fallback >= 0) {
            reference_make_pool(model, one->fallback);
        }
        for (int to = 0; to < REFERENCE_POOLS && reference_gives(model, pool); to++) {
            if (one->quantities[to] != REFERENCE_NO_NUMBER) {
                reference_make_pool(model, to);
            }
        }
    }
}

/* What a driver's row says: its quantity, or the cost of the pools that it names. */
static int64_t quantity_of(const reference_model *model, int pool, int to) {
    int64_t sum = 0;
    bool found = false;
    const char *pattern = reference_patterns[model->supports[pool].cost_of[to]];
    for (int i = 0; i < REFERENCE_POOLS && pattern[0] != '\0'; i++) {
        if (model->made[i] && i != REFERENCE_INCOME && model->pools[i].amount != 0 &&
            shire_text_glob(shire_span_of(pattern), shire_span_of(reference_pool_name(i)))) {
            sum += model->pools[i].amount;
            found = true;
        }
    }
    return found ? sum : model->supports[pool].quantities[to];
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
            for (int to = 0; to < REFERENCE_POOLS && reference_gives(model, pool); to++) {
                reaching[pool] |=
                    table[pool][to] != 0 && (!reference_gives(model, to) || reaching[to]);
            }
        }
    }
}

/* Who holds cost of its own or gets some. */
static void find_holders(const reference_model *model, quantity_table table, bool *holds) {
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        holds[pool] = reference_gives(model, pool) && model->pools[pool].amount != 0;
    }
    for (int round = 0; round < REFERENCE_POOLS; round++) {
        for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
            for (int to = 0; to < REFERENCE_POOLS && holds[pool]; to++) {
                holds[to] |= table[pool][to] != 0 && reference_gives(model, to);
            }
        }
    }
}

/* The quantities by which each giver reference_gives; sets what is wrong with the model. */
static void fill_quantities(reference_model *model, quantity_table table, bool *holds) {
    bool reaching[REFERENCE_POOLS];
    bool empty[REFERENCE_POOLS] = {false};
    memset(table, 0, sizeof(quantity_table));
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        for (int to = 0; to < REFERENCE_POOLS && reference_gives(model, pool); to++) {
            bool there = model->supports[pool].quantities[to] != REFERENCE_NO_NUMBER;
            bool taken = there && may_give(model, pool, to);
            table[pool][to] = taken ? quantity_of(model, pool, to) : 0;
        }
        empty[pool] = reference_gives(model, pool) && quantities_of(table[pool]) == 0;
        if (empty[pool] && model->supports[pool].fallback >= 0) {
            fall_back(model, pool, table);
            empty[pool] = false;
        } else if (empty[pool]) {
            memset(table[pool], 0, sizeof(table[pool]));
        }
    }
    find_reaching(model, table, reaching);
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        if (reference_gives(model, pool) && !reaching[pool] && !empty[pool] &&
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

typedef mpq_t equations[REFERENCE_POOLS][REFERENCE_POOLS + 1];

/* (I - A) and, as its last column, what a pound of each giver reference_gives to `keep` directly.
 */
static void set_up(quantity_table table, const bool *holds, int keep, equations matrix) {
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        mpq_t sum;
        mpq_init(sum);
        mpq_set_si(sum, quantities_of(table[i]), 1);
        for (int k = 0; k <= REFERENCE_POOLS; k++) {
            int to = k < REFERENCE_POOLS ? k : keep;
            mpq_init(matrix[i][k]);
            if (holds[i] && (k == REFERENCE_POOLS || holds[k])) {
                mpq_set_si(matrix[i][k], table[i][to], 1);
                mpq_div(matrix[i][k], matrix[i][k], sum);
            }
            if (k < REFERENCE_POOLS) {
                mpq_neg(matrix[i][k], matrix[i][k]);
            }
        }
        mpq_set_si(sum, 1, 1);
        mpq_add(matrix[i][i], matrix[i][i], sum);
        mpq_clear(sum);
    }
}

/* row -= row[column] / pivot[column] * pivot */
static void subtract_row(mpq_t *row, mpq_t *pivot, int column) {
    mpq_t factor;
    mpq_t times;
    mpq_inits(factor, times, NULL);
    mpq_div(times, row[column], pivot[column]);
    for (int k = 0; k <= REFERENCE_POOLS; k++) {
        mpq_mul(factor, times, pivot[k]);
        mpq_sub(row[k], row[k], factor);
    }
    mpq_clears(factor, times, NULL);
}

/* What of a pound of each giver ends up in pool `keep`: reach = direct + A reach, solved as
 * (I - A) reach = direct by elimination with fractions. False where quantities of both signs
 * cancel, so that there is no solution. */
static bool solve_reach(quantity_table table, const bool *holds, int keep,
                        mpq_t reach[REFERENCE_POOLS]) {
    equations matrix;
    bool solvable = true;
    set_up(table, holds, keep, matrix);
    for (int i = 0; i < REFERENCE_POOLS && solvable; i++) {
        int pivot = i;
        while (pivot < REFERENCE_POOLS && mpq_sgn(matrix[pivot][i]) == 0) {
            pivot++;
        }
        solvable = pivot < REFERENCE_POOLS;
        for (int k = 0; k <= REFERENCE_POOLS && solvable && pivot != i; k++) {
            mpq_swap(matrix[i][k], matrix[pivot][k]);
        }
        for (int row = 0; row < REFERENCE_POOLS && solvable; row++) {
            if (row != i && mpq_sgn(matrix[row][i]) != 0) {
                subtract_row(matrix[row], matrix[i], i);
            }
        }
    }
    for (int i = 0; i < REFERENCE_POOLS; i++) {
        if (solvable) {
            mpq_div(reach[i], matrix[i][REFERENCE_POOLS], matrix[i][i]);
        }
        for (int k = 0; k <= REFERENCE_POOLS; k++) {
            mpq_clear(matrix[i][k]);
        }
    }
    return solvable;
}

/* Fallbacks that no other row of the model names. */
void reference_count_unknown_fallbacks(reference_model *model) {
    bool named[REFERENCE_POOLS] = {false};
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        named[pool] |= reference_is_mapped(model, pool) || model->resource_count[pool] > 0 ||
                       model->supports[pool].has_rule;
        for (int to = 0; to < REFERENCE_POOLS && model->supports[pool].has_rule; to++) {
            named[to] |= model->supports[pool].quantities[to] != REFERENCE_NO_NUMBER;
        }
    }
    for (int i = 0; i < model->transfer_count; i++) {
        named[model->transfers[i].to] = true;
    }
    for (int i = 0; i < model->rule_count; i++) {
        if (model->rules[i].resource < REFERENCE_POOLS) {
            named[model->rules[i].resource] = true;
        }
    }
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        const reference_support *one = &model->supports[pool];
        model->unknown_fallbacks += one->has_rule && one->fallback >= 0 && !named[one->fallback];
    }
}

void reference_spread_support(reference_model *model) {
    quantity_table table;
    bool holds[REFERENCE_POOLS];
    mpq_t reaches[REFERENCE_POOLS][REFERENCE_POOLS]; /* keeping pool, giver */
    make_receivers(model);
    fill_quantities(model, table, holds);
    memcpy(model->given, table, sizeof(table));
    if (reference_is_refused(model)) {
        return;
    }
    for (int keep = 0; keep < REFERENCE_POOLS; keep++) {
        for (int i = 0; i < REFERENCE_POOLS; i++) {
            mpq_init(reaches[keep][i]);
        }
        if (model->made[keep] && !reference_gives(model, keep)) {
            model->cancels |= !solve_reach(table, holds, keep, reaches[keep]);
        }
    }
    for (int from = 0; from < REFERENCE_POOLS && !model->cancels; from++) {
        int64_t parts[REFERENCE_POOLS];
        mpq_t shares[REFERENCE_POOLS]; /* in the order of the pools' numbers */
        if (!reference_gives(model, from) || model->pools[from].amount == 0) {
            continue;
        }
        for (int number = 0; number < model->made_count; number++) {
            mpq_init(shares[number]);
            mpq_set(shares[number], reaches[pool_of_number(model, number)][from]);
        }
        reference_split(model->pools[from].amount, shares, model->made_count, parts);
        for (int number = 0; number < model->made_count; number++) {
            reference_amount *flow = &model->flows[from][pool_of_number(model, number)];
            flow->amount = parts[number];
            reference_add_share(flow, &model->pools[from], shares[number],
                                mpq_sgn(shares[number]) != 0);
        }
        reference_clear_shares(shares, model->made_count);
    }
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        reference_clear_shares(reaches[pool], REFERENCE_POOLS);
        if (!reference_gives(model, pool)) {
            reference_add(&model->totals[pool], &model->pools[pool]);
        }
        for (int from = 0; from < REFERENCE_POOLS; from++) {
            reference_add(&model->totals[pool], &model->flows[from][pool]);
        }
    }
}
