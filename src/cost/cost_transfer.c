/*
 * Transfers between pools, by step and then file order: an amount, or a share of what the pool then
 * holds. What moves takes the same proportion of each ledger line in the pool (largest remainder);
 * a pool may be overdrawn, and an empty one may give, which leaves a part without a ledger line.
 */
#include "cost/cost_internal.h"

#include <stdlib.h>
#include <string.h>

/* What the first '*' of `pattern` stands for in `text`, the shortest run that lets the rest fit. */
static shire_span capture(const char *pattern, shire_span text) {
    const char *star = strchr(pattern, '*');
    if (star == NULL) {
        return (shire_span){text.bytes, 0};
    }
    /* Before the star only '?' and plain characters stand; '?' may be several bytes long. */
    shire_span head = {pattern, (size_t)(star - pattern)};
    size_t start = 0;
    while (start < text.length && !shire_text_glob(head, (shire_span){text.bytes, start})) {
        start++;
    }
    for (size_t end = start; end < text.length; end++) {
        if (shire_text_glob(shire_span_of(star + 1),
                            (shire_span){text.bytes + end, text.length - end})) {
            return (shire_span){text.bytes + start, end - start};
        }
    }
    return (shire_span){text.bytes + start, text.length - start};
}

/* The name of the receiving pool: '*' in to_pool is what the pattern's first '*' matched. */
static char *target_name(shire_arena *arena, const cost_transfer *transfer, const char *from_name) {
    const char *star = strchr(transfer->to_pool, '*');
    if (star == NULL || strchr(transfer->from_pool, '*') == NULL) {
        return shire_arena_format(arena, "%s", transfer->to_pool);
    }
    shire_span middle = capture(transfer->from_pool, shire_span_of(from_name));
    return shire_arena_format(arena, "%.*s%.*s%s", (int)(star - transfer->to_pool),
                              transfer->to_pool, (int)middle.length, middle.bytes, star + 1);
}

static bool push_part(cost_run *run, int32_t pool, int64_t line_no, shire_money amount) {
    return amount == 0 ||
           COST_PUSH(run->arena, &run->pools.items[pool].parts, ((cost_part){line_no, amount}));
}

/* Move the same proportion of each part. False when they cannot be split so. */
static bool move_parts(cost_run *run, int32_t from, int32_t to, shire_money amount,
                       bool *out_of_memory) {
    cost_part_list *parts = &run->pools.items[from].parts;
    size_t count = parts->count;
    int64_t *weights = shire_arena_alloc_array(run->arena, count, sizeof(*weights));
    shire_money *moved = shire_arena_alloc_array(run->arena, count, sizeof(*moved));
    if (weights == NULL || moved == NULL) {
        *out_of_memory = true;
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        weights[i] = parts->items[i].amount;
    }
    if (amount == run->pools.items[from].own_cost) {
        memcpy(moved, weights, count * sizeof(*moved));
    } else if (run->pools.items[from].own_cost == 0 ||
               shire_money_split(amount, weights, count, moved, NULL) != SHIRE_OK) {
        return false;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        cost_part part = run->pools.items[from].parts.items[i];
        *out_of_memory |= !push_part(run, to, part.line_no, moved[i]);
        part.amount -= moved[i];
        if (part.amount != 0) {
            run->pools.items[from].parts.items[kept++] = part;
        }
    }
    run->pools.items[from].parts.count = kept;
    return true;
}

static shire_status move_cost(cost_run *run, const cost_transfer *transfer, int32_t from,
                              cost_rows *rows, shire_error *error) {
    char *name = target_name(run->arena, transfer, run->pools.items[from].name);
    size_t pool_count = run->pools.count;
    int32_t to = name == NULL ? -1
                              : cost_pool_make(run, run->pools.items[from].organisation, name,
                                               transfer->place);
    if (to < 0) {
        return COST_NO_MEMORY(error);
    }
    int32_t segment = run->pools.items[from].segment;
    if ((size_t)to == pool_count) {
        run->pools.items[to].segment = segment;
    } else if ((segment == COST_SEGMENT_INCOME) !=
               (run->pools.items[to].segment == COST_SEGMENT_INCOME)) {
        cost_error(&run->problems, "transfer_between_ledgers", transfer->place, "to_pool",
                   "move income to pools of income, and cost to pools of cost",
                   "the transfer from '%s' to '%s' would mix cost and income",
                   run->pools.items[from].name, name);
        return SHIRE_OK;
    }
    shire_money amount = transfer->amount;
    bool out_of_memory = false;
    if (transfer->by_share && shire_money_multiply(run->pools.items[from].own_cost,
                                                   transfer->amount, &amount) != SHIRE_OK) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW, "%s: a transfer leaves the range of money",
                          transfer->place.file);
    }
    if (to == from || amount == 0) {
        return SHIRE_OK;
    }
    if (!move_parts(run, from, to, amount, &out_of_memory)) {
        out_of_memory |= !push_part(run, from, -1, -amount) || !push_part(run, to, -1, amount);
    }
    if (out_of_memory) {
        return COST_NO_MEMORY(error);
    }
    if (amount <= -COST_MONEY_LIMIT || !cost_money_add(&run->pools.items[from].own_cost, -amount) ||
        !cost_money_add(&run->pools.items[to].own_cost, amount)) {
        cost_error(&run->problems, "transfer_too_large", transfer->place, "amount", "correct it",
                   "the transfer from '%s' to '%s' makes a pool of more than 999,999,999,999 "
                   "pounds, the most that is reckoned with",
                   run->pools.items[from].name, name);
    }
    cost_rows_add(rows, from, to, amount, transfer->reason);
    return SHIRE_OK;
}

static shire_status apply_transfer(cost_run *run, const cost_transfer *transfer, cost_rows *rows,
                                   shire_error *error) {
    shire_span pattern = shire_span_of(transfer->from_pool);
    size_t pool_count = run->pools.count; /* pools that it makes are not its sources */
    bool found = false;
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < pool_count && status == SHIRE_OK; i++) {
        const cost_pool *pool = &run->pools.items[i];
        if (cost_applies(transfer->organisation, pool->organisation) &&
            shire_text_glob(pattern, shire_span_of(pool->name))) {
            found = true;
            status = move_cost(run, transfer, (int32_t)i, rows, error);
        }
    }
    if (!found) {
        cost_warning(&run->problems, "transfer_without_pool", transfer->place, "from_pool", 1,
                     "correct the name, or remove the row",
                     "no pool '%s' exists at this step, so nothing moves", transfer->from_pool);
    }
    return status;
}

static int compare_parts(const void *a_pointer, const void *b_pointer) {
    const cost_part *a = a_pointer;
    const cost_part *b = b_pointer;
    return a->line_no < b->line_no ? -1 : a->line_no > b->line_no;
}

/* Parts of one line that came by several ways become one. */
static void merge_parts(cost_pool *pool) {
    cost_part *parts = pool->parts.items;
    size_t kept = 0;
    if (pool->parts.count == 0) {
        return;
    }
    qsort(parts, pool->parts.count, sizeof(*parts), compare_parts);
    for (size_t i = 0, next; i < pool->parts.count; i = next) {
        cost_part sum = parts[i];
        for (next = i + 1; next < pool->parts.count && parts[next].line_no == sum.line_no; next++) {
            sum.amount += parts[next].amount;
        }
        if (sum.amount != 0) {
            parts[kept++] = sum;
        }
    }
    pool->parts.count = kept;
}

shire_status cost_pools_transfer(cost_run *run, shire_error *error) {
    cost_rows transfers = cost_rows_for(run->arena, "pool_transfer", "iidt");
    cost_rows lines = cost_rows_for(run->arena, "pool_line", "imd");
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < run->model.transfers.count && status == SHIRE_OK; i++) {
        status = apply_transfer(run, &run->model.transfers.items[i], &transfers, error);
    }
    if (status == SHIRE_OK) {
        status = cost_problems_check(&run->problems, error);
    }
    for (size_t i = 0; i < run->pools.count && status == SHIRE_OK; i++) {
        cost_pool *pool = &run->pools.items[i];
        merge_parts(pool);
        for (size_t k = 0; k < pool->parts.count; k++) {
            cost_rows_add(&lines, (int32_t)i, pool->parts.items[k].line_no,
                          pool->parts.items[k].amount);
        }
    }
    if (status == SHIRE_OK) {
        status = cost_rows_write(&transfers, run->table, error);
    }
    if (status == SHIRE_OK) {
        status = cost_rows_write(&lines, run->table, error);
    }
    return status;
}
