/*
 * Support costs. See support_kernel.h for the method.
 *
 * A row of `reach` holds integers in proportion to what a giver passes to each pool. Eliminating
 * giver k: its loop on itself is dropped (what comes back is passed on in the same proportions), W
 * is the sum of what is left, and every other row i that gives to k becomes
 *     row_i * W + row_i[k] * row_k,    with row_i[k] = 0,
 * in 256 bits, then divided by its greatest common divisor or rounded to the width of a cell.
 */
#include "cost/support_kernel.h"

#include <assert.h>
#include <string.h>

__extension__ typedef __int128 cell;
__extension__ typedef unsigned __int128 unsigned_cell;

/* 256 bits, two's complement. */
typedef struct wide_cell {
    unsigned_cell low;
    unsigned_cell high;
} wide_cell;

#define CELL_BITS 126
/* Rows with entries beyond this are divided by their greatest common divisor. */
#define SMALL_BITS 60
#define SCRATCH_ALIGNMENT ((size_t)64)

typedef struct support_solver {
    const shire_support_input *input;
    cell *reach;             /* giver_count rows of pool_count */
    wide_cell *row;          /* pool_count: a row under way */
    unsigned_cell *leftover; /* pool_count: remainders of a split */
    int32_t *giver_of_pool;  /* pool -> giver or -1 */
    bool *marks;             /* giver -> holds cost, or reaches a keeping pool */
    bool *eliminated;
    int entry_bits; /* entries stay below 2^entry_bits, so that sums of a row fit */
} support_solver;

static size_t aligned(size_t byte_count) {
    return (byte_count + SCRATCH_ALIGNMENT - 1) & ~(SCRATCH_ALIGNMENT - 1);
}

size_t shire_support_scratch_bytes(size_t pool_count, size_t giver_count) {
    return aligned(giver_count * pool_count * sizeof(cell)) +
           aligned(pool_count * sizeof(wide_cell)) + aligned(pool_count * sizeof(unsigned_cell)) +
           aligned(pool_count * sizeof(int32_t)) + 2 * aligned(giver_count * sizeof(bool));
}

static void *take(char **memory, size_t byte_count) {
    void *taken = *memory;
    *memory += aligned(byte_count);
    return taken;
}

/* ---- 256-bit arithmetic ---- */

static unsigned_cell magnitude(cell value) {
    return value < 0 ? 0 - (unsigned_cell)value : (unsigned_cell)value;
}

static wide_cell wide_negate(wide_cell a) {
    wide_cell negated = {.low = 0 - a.low, .high = ~a.high};
    negated.high += negated.low == 0;
    return negated;
}

static bool wide_is_negative(wide_cell a) {
    return (a.high >> 127) != 0;
}

static wide_cell wide_add(wide_cell a, wide_cell b) {
    wide_cell sum = {.low = a.low + b.low, .high = a.high + b.high};
    sum.high += sum.low < a.low;
    return sum;
}

static wide_cell wide_multiply(cell a, cell b) {
    unsigned_cell x = magnitude(a);
    unsigned_cell y = magnitude(b);
    uint64_t x0 = (uint64_t)x;
    uint64_t x1 = (uint64_t)(x >> 64);
    uint64_t y0 = (uint64_t)y;
    uint64_t y1 = (uint64_t)(y >> 64);
    unsigned_cell low = (unsigned_cell)x0 * y0;
    unsigned_cell middle = (unsigned_cell)x0 * y1 + (low >> 64);
    unsigned_cell carry = middle >> 64;
    middle = (unsigned_cell)x1 * y0 + (uint64_t)middle;
    wide_cell product = {.low = (middle << 64) | (uint64_t)low,
                         .high = (unsigned_cell)x1 * y1 + carry + (middle >> 64)};
    return (a < 0) != (b < 0) ? wide_negate(product) : product;
}

static int bit_length(unsigned_cell value) {
    uint64_t high = (uint64_t)(value >> 64);
    uint64_t low = (uint64_t)value;
    if (high != 0) {
        return 128 - __builtin_clzll(high);
    }
    return low == 0 ? 0 : 64 - __builtin_clzll(low);
}

static int wide_bit_length(wide_cell a) {
    wide_cell m = wide_is_negative(a) ? wide_negate(a) : a;
    return m.high != 0 ? 128 + bit_length(m.high) : bit_length(m.low);
}

/* a / 2^shift rounded half away from zero; the result fits in a cell. */
static cell wide_round(wide_cell a, int shift) {
    bool negative = wide_is_negative(a);
    wide_cell m = negative ? wide_negate(a) : a;
    if (shift > 0) {
        wide_cell half = {0};
        if (shift - 1 < 128) {
            half.low = (unsigned_cell)1 << (shift - 1);
        } else {
            half.high = (unsigned_cell)1 << (shift - 129);
        }
        m = wide_add(m, half);
        m.low =
            shift < 128 ? (m.low >> shift) | (m.high << (128 - shift)) : m.high >> (shift - 128);
    }
    return negative ? -(cell)m.low : (cell)m.low;
}

/* ---- rows ---- */

static unsigned_cell greatest_common_divisor(unsigned_cell a, unsigned_cell b) {
    while (b != 0) {
        unsigned_cell rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Divide a row by its greatest common divisor where its entries are large: exact. */
static void reduce_row(cell *row, size_t pool_count) {
    unsigned_cell largest = 0;
    unsigned_cell divisor = 0;
    for (size_t pool = 0; pool < pool_count; pool++) {
        unsigned_cell m = magnitude(row[pool]);
        largest = m > largest ? m : largest;
    }
    if (bit_length(largest) <= SMALL_BITS) {
        return;
    }
    for (size_t pool = 0; pool < pool_count && divisor != 1; pool++) {
        if (row[pool] != 0) {
            divisor = greatest_common_divisor(magnitude(row[pool]), divisor);
        }
    }
    for (size_t pool = 0; pool < pool_count && divisor > 1; pool++) {
        row[pool] /= (cell)divisor;
    }
}

static cell row_sum(const cell *row, size_t pool_count) {
    cell sum = 0;
    for (size_t pool = 0; pool < pool_count; pool++) {
        sum += row[pool];
    }
    return sum;
}

/* row_i := row_i * W + row_i[k] * row_k, as the opening comment says. */
static void substitute(support_solver *solver, cell *row, const cell *pivot_row, cell pivot_sum,
                       int32_t pivot_pool) {
    size_t pool_count = solver->input->pool_count;
    cell passed = row[pivot_pool];
    int bits = 0;
    row[pivot_pool] = 0;
    for (size_t pool = 0; pool < pool_count; pool++) {
        solver->row[pool] =
            wide_add(wide_multiply(row[pool], pivot_sum), wide_multiply(passed, pivot_row[pool]));
        int length = wide_bit_length(solver->row[pool]);
        bits = length > bits ? length : bits;
    }
    int shift = bits > solver->entry_bits ? bits - solver->entry_bits + 1 : 0;
    for (size_t pool = 0; pool < pool_count; pool++) {
        row[pool] = wide_round(solver->row[pool], shift);
    }
    reduce_row(row, pool_count);
}

static cell *reach_of(const support_solver *solver, size_t giver) {
    return solver->reach + giver * solver->input->pool_count;
}

bool shire_support_may_give(const shire_support_input *input, const int32_t *giver_of_pool,
                            size_t giver, int32_t pool) {
    int32_t other = giver_of_pool[pool];
    if (pool == input->givers[giver].pool) {
        return false;
    }
    if (other < 0 || input->method == SHIRE_SUPPORT_RECIPROCAL) {
        return true;
    }
    return input->method == SHIRE_SUPPORT_STEP_DOWN &&
           input->givers[other].step > input->givers[giver].step;
}

static void fall_back(const support_solver *solver, size_t giver) {
    cell *row = reach_of(solver, giver);
    memset(row, 0, solver->input->pool_count * sizeof(*row));
    row[solver->input->givers[giver].fallback] = 1;
}

/* The rows as the drivers give them; a driver that sums to zero goes to the fallback. */
static void fill_rows(const support_solver *solver, shire_support_problem *problems) {
    const shire_support_input *input = solver->input;
    for (size_t giver = 0; giver < input->giver_count; giver++) {
        cell *row = reach_of(solver, giver);
        const shire_support_giver *rule = &input->givers[giver];
        memset(row, 0, input->pool_count * sizeof(*row));
        for (size_t i = rule->first_share; i < rule->first_share + rule->share_count; i++) {
            int32_t pool = input->share_pools[i];
            if (shire_support_may_give(input, solver->giver_of_pool, giver, pool)) {
                row[pool] += input->share_quantities[i];
            }
        }
        problems[giver] = SHIRE_SUPPORT_FINE;
        if (row_sum(row, input->pool_count) == 0) {
            if (rule->fallback >= 0) {
                fall_back(solver, giver);
            } else {
                memset(row, 0, input->pool_count * sizeof(*row));
                problems[giver] = SHIRE_SUPPORT_NO_QUANTITY;
            }
        }
        reduce_row(row, input->pool_count);
    }
}

/* ---- who holds cost, who reaches a keeping pool ---- */

/* Marks every giver from which a keeping pool can be reached. */
static void mark_reaching(const support_solver *solver) {
    const shire_support_input *input = solver->input;
    bool changed = true;
    memset(solver->marks, 0, input->giver_count * sizeof(bool));
    while (changed) {
        changed = false;
        for (size_t giver = 0; giver < input->giver_count; giver++) {
            const cell *row = reach_of(solver, giver);
            for (size_t pool = 0; pool < input->pool_count && !solver->marks[giver]; pool++) {
                int32_t other = solver->giver_of_pool[pool];
                if (row[pool] != 0 && (other < 0 || solver->marks[other])) {
                    solver->marks[giver] = changed = true;
                }
            }
        }
    }
}

/* Givers that reach no keeping pool go to their fallbacks; those that still do not are members of,
 * or lead to, a loop. */
static void break_loops(const support_solver *solver, shire_support_problem *problems) {
    mark_reaching(solver);
    for (size_t giver = 0; giver < solver->input->giver_count; giver++) {
        if (!solver->marks[giver] && problems[giver] == SHIRE_SUPPORT_FINE &&
            solver->input->givers[giver].fallback >= 0) {
            fall_back(solver, giver);
        }
    }
    mark_reaching(solver);
    for (size_t giver = 0; giver < solver->input->giver_count; giver++) {
        if (!solver->marks[giver] && problems[giver] == SHIRE_SUPPORT_FINE) {
            problems[giver] = SHIRE_SUPPORT_LOOP;
        }
    }
}

/* A giver that never holds cost needs no driver: its problem is none. True when one is left. */
static bool keep_problems_with_cost(const support_solver *solver, shire_support_problem *problems) {
    const shire_support_input *input = solver->input;
    bool changed = true;
    for (size_t giver = 0; giver < input->giver_count; giver++) {
        solver->marks[giver] = input->own_costs[input->givers[giver].pool] != 0;
    }
    while (changed) {
        changed = false;
        for (size_t giver = 0; giver < input->giver_count; giver++) {
            const cell *row = reach_of(solver, giver);
            for (size_t other = 0; solver->marks[giver] && other < input->giver_count; other++) {
                if (row[input->givers[other].pool] != 0 && !solver->marks[other]) {
                    solver->marks[other] = changed = true;
                }
            }
        }
    }
    bool any = false;
    for (size_t giver = 0; giver < input->giver_count; giver++) {
        if (!solver->marks[giver]) {
            problems[giver] = SHIRE_SUPPORT_FINE;
        }
        any |= problems[giver] != SHIRE_SUPPORT_FINE;
    }
    return any;
}

/* ---- elimination ---- */

/* The next giver that can be eliminated, or giver_count: its loop on itself is dropped. Givers
 * without cost (not marked) are left out. */
static size_t next_pivot(const support_solver *solver, cell *pivot_sum_out) {
    const shire_support_input *input = solver->input;
    for (size_t giver = 0; giver < input->giver_count; giver++) {
        if (solver->eliminated[giver] || !solver->marks[giver]) {
            continue;
        }
        cell *row = reach_of(solver, giver);
        int32_t pool = input->givers[giver].pool;
        cell sum = row_sum(row, input->pool_count) - row[pool];
        if (sum != 0) {
            row[pool] = 0;
            *pivot_sum_out = sum;
            return giver;
        }
    }
    return input->giver_count;
}

static bool eliminate_givers(support_solver *solver, shire_support_problem *problems) {
    const shire_support_input *input = solver->input;
    cell pivot_sum = 0;
    memset(solver->eliminated, 0, input->giver_count * sizeof(bool));
    for (size_t pivot = next_pivot(solver, &pivot_sum); pivot < input->giver_count;
         pivot = next_pivot(solver, &pivot_sum)) {
        int32_t pivot_pool = input->givers[pivot].pool;
        solver->eliminated[pivot] = true;
        for (size_t giver = 0; giver < input->giver_count; giver++) {
            cell *row = reach_of(solver, giver);
            if (giver != pivot && solver->marks[giver] && row[pivot_pool] != 0) {
                substitute(solver, row, reach_of(solver, pivot), pivot_sum, pivot_pool);
            }
        }
    }
    bool complete = true;
    for (size_t giver = 0; giver < input->giver_count; giver++) {
        if (solver->marks[giver] && !solver->eliminated[giver]) {
            problems[giver] = SHIRE_SUPPORT_CANCELS;
            complete = false;
        }
    }
    return complete;
}

/* ---- the split of one giver's own cost ---- */

/* floor(amount * weight / total) for 0 <= weight < total < 2^126, bit by bit. */
static uint64_t multiply_divide(uint64_t amount, unsigned_cell weight, unsigned_cell total,
                                unsigned_cell *remainder_out) {
    uint64_t quotient = 0;
    unsigned_cell remainder = 0;
    for (int bit = 63; bit >= 0; bit--) {
        quotient <<= 1;
        remainder <<= 1;
        if (remainder >= total) {
            remainder -= total;
            quotient++;
        }
        if ((amount >> bit & 1) != 0) {
            remainder += weight;
            if (remainder >= total) {
                remainder -= total;
                quotient++;
            }
        }
    }
    *remainder_out = remainder;
    return quotient;
}

/* floor(amount * weight / total) for a weight of any sign and size. False: out of range. */
static bool floor_share(uint64_t amount, cell weight, unsigned_cell total, int64_t *share_out,
                        unsigned_cell *remainder_out) {
    unsigned_cell m = magnitude(weight);
    unsigned_cell remainder = 0;
    uint64_t part = multiply_divide(amount, m % total, total, &remainder);
    unsigned_cell times = m / total;
    if (part > INT64_MAX - 1 || (times != 0 && amount > (INT64_MAX - 1 - part) / times)) {
        return false;
    }
    int64_t share = (int64_t)(part + amount * (uint64_t)times);
    if (weight < 0) {
        share = remainder == 0 ? -share : -share - 1;
        remainder = remainder == 0 ? 0 : total - remainder;
    }
    *share_out = share;
    *remainder_out = remainder;
    return true;
}

static bool split_own_cost(const support_solver *solver, size_t giver, shire_money *flows) {
    const shire_support_input *input = solver->input;
    const cell *row = reach_of(solver, giver);
    shire_money own = input->own_costs[input->givers[giver].pool];
    cell sum = row_sum(row, input->pool_count);
    uint64_t amount = own < 0 ? 0 - (uint64_t)own : (uint64_t)own;
    uint64_t left = amount;
    for (size_t pool = 0; pool < input->pool_count; pool++) {
        cell weight = sum < 0 ? -row[pool] : row[pool];
        if (!floor_share(amount, weight, magnitude(sum), &flows[pool], &solver->leftover[pool])) {
            return false;
        }
        left -= (uint64_t)flows[pool];
    }
    for (; left > 0; left--) {
        size_t largest = 0;
        for (size_t pool = 1; pool < input->pool_count; pool++) {
            largest = solver->leftover[pool] > solver->leftover[largest] ? pool : largest;
        }
        assert(solver->leftover[largest] > 0);
        solver->leftover[largest] = 0;
        flows[largest]++;
    }
    for (size_t pool = 0; pool < input->pool_count && own < 0; pool++) {
        flows[pool] = -flows[pool];
    }
    return true;
}

shire_status shire_support_spread(const shire_support_input *input, void *scratch,
                                  shire_money *flows_out, shire_support_problem *problems_out,
                                  shire_error *error) {
    char *memory = scratch;
    support_solver solver = {.input = input,
                             .entry_bits = CELL_BITS - bit_length(input->pool_count)};
    solver.reach = take(&memory, input->giver_count * input->pool_count * sizeof(cell));
    solver.row = take(&memory, input->pool_count * sizeof(wide_cell));
    solver.leftover = take(&memory, input->pool_count * sizeof(unsigned_cell));
    solver.giver_of_pool = take(&memory, input->pool_count * sizeof(int32_t));
    solver.marks = take(&memory, input->giver_count * sizeof(bool));
    solver.eliminated = take(&memory, input->giver_count * sizeof(bool));

    memset(solver.giver_of_pool, 0xff, input->pool_count * sizeof(int32_t));
    for (size_t giver = 0; giver < input->giver_count; giver++) {
        assert(solver.giver_of_pool[input->givers[giver].pool] == -1);
        solver.giver_of_pool[input->givers[giver].pool] = (int32_t)giver;
    }
    fill_rows(&solver, problems_out);
    break_loops(&solver, problems_out);
    if (keep_problems_with_cost(&solver, problems_out) ||
        !eliminate_givers(&solver, problems_out)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "support pools cannot pass their cost on");
    }
    memset(flows_out, 0, input->giver_count * input->pool_count * sizeof(*flows_out));
    for (size_t giver = 0; giver < input->giver_count; giver++) {
        if (input->own_costs[input->givers[giver].pool] != 0 &&
            !split_own_cost(&solver, giver, flows_out + giver * input->pool_count)) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                              "driver quantities of both signs nearly cancel, so that a support "
                              "cost would be too large; change the driver");
        }
    }
    return SHIRE_OK;
}
