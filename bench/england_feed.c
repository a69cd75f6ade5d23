/*
 * The items of England. A line with A items gives block b of K the items numbered from
 * floor((A b + phase) / K) up to the next block's, so that shares are even and small lines are
 * spread over the year. In a block the lines are dealt out by a stride near the golden section.
 */
#include "england_feed.h"

#include "core/random.h"
#include "core/text.h"
#include "io/csv.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define ENGLAND_POPULATION 57700000
#define BLOCK_ITEMS 131072
#define BLOCKS_MIN 64
#define FILE_BYTES_MAX ((size_t)64 << 20)

/* wyrand's step on a counter: one wide multiplication. */
static inline uint64_t draw(uint64_t counter) {
    __extension__ typedef unsigned __int128 unsigned_wide;
    uint64_t state = counter * UINT64_C(0xa0761d6478bd642f);
    unsigned_wide product = (unsigned_wide)state * (state ^ UINT64_C(0xe7037ed1a0b428db));
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

/* Sixteen fair steps up by 5/4 or down by 4/5: log-normal but for the steps' size. */
static void make_weights(uint64_t seed, uint16_t weights[ENGLAND_WEIGHTS]) {
    shire_random random = shire_random_seed(seed, 1);
    for (size_t i = 0; i < ENGLAND_WEIGHTS; i++) {
        uint64_t steps = shire_random_next(&random);
        uint64_t value = UINT64_C(200) << 20;
        for (int step = 0; step < 16; step++) {
            value = steps >> step & 1 ? value * 5 / 4 : value * 4 / 5;
        }
        weights[i] = (uint16_t)((value >> 20) + 1);
    }
}

/* Cells as the collection has them: activity is a decimal without a fraction, or empty. */
static shire_status read_line(const shire_csv *csv, size_t row, int64_t scale, uint32_t *activity,
                              shire_money *total, shire_error *error) {
    shire_span cell = shire_csv_cell(csv, row, shire_csv_column(csv, "activity"));
    shire_decimal6 count = 0;
    shire_status status = SHIRE_OK;
    if (cell.length > 0) {
        status = shire_decimal_parse(cell, &count, NULL);
        int64_t whole = count / SHIRE_MILLION;
        if (status != SHIRE_OK || whole < 1 || whole > UINT32_MAX ||
            whole * SHIRE_MILLION != count) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "%s:%" PRId32 ": no count of activities",
                              csv->path, csv->lines[row]);
        }
        *activity = (uint32_t)(whole > scale ? whole / scale : 1);
    }
    cell = shire_csv_cell(csv, row, shire_csv_column(csv, "cost"));
    if (shire_decimal_parse(cell, total, NULL) != SHIRE_OK) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s:%" PRId32 ": no cost", csv->path,
                          csv->lines[row]);
    }
    return SHIRE_OK;
}

static shire_status read_lines(const shire_csv *csv, int64_t scale, shire_arena *arena,
                               england_feed *feed, shire_error *error) {
    shire_money *totals = shire_arena_alloc_array(arena, csv->row_count, sizeof *totals);
    uint32_t *activity = shire_arena_alloc_array(arena, csv->row_count, sizeof *activity);
    uint32_t *phases = shire_arena_alloc_array(arena, csv->row_count, sizeof *phases);
    if (totals == NULL || activity == NULL || phases == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    size_t block_items = 0;
    for (size_t row = 0; row < csv->row_count; row++) {
        shire_status status = read_line(csv, row, scale, &activity[row], &totals[row], error);
        if (status == SHIRE_OK) {
            status = shire_money_add(feed->total, totals[row], &feed->total);
        }
        if (status != SHIRE_OK) {
            return status;
        }
        block_items += activity[row];
        feed->suppressed_count += activity[row] == 0;
    }
    feed->block_count =
        block_items / BLOCK_ITEMS < BLOCKS_MIN ? BLOCKS_MIN : block_items / BLOCK_ITEMS;
    assert(feed->block_count <= UINT16_MAX);
    feed->block_items_max = feed->suppressed_count;
    size_t items_max = 0;
    for (size_t line = 0; line < csv->row_count; line++) {
        items_max += (activity[line] + feed->block_count - 1) / feed->block_count;
    }
    if (items_max > feed->block_items_max) {
        feed->block_items_max = items_max;
    }
    shire_random random = shire_random_seed(feed->seed, 2);
    for (size_t line = 0; line < csv->row_count; line++) {
        phases[line] = (uint32_t)shire_random_below(&random, feed->block_count);
    }
    feed->totals = totals;
    feed->activity = activity;
    feed->phases = phases;
    feed->line_count = csv->row_count;
    feed->item_count = block_items + feed->suppressed_count;
    return SHIRE_OK;
}

shire_status england_feed_read(const char *path, int64_t scale, uint64_t seed, shire_arena *arena,
                               england_feed *feed_out, shire_error *error) {
    static const char *const names[] = {"department_code", "currency_code", "currency_desc",
                                        "activity",        "unit_cost",     "cost"};
    shire_csv csv;
    england_feed feed = {.seed = seed, .population = (uint32_t)(ENGLAND_POPULATION / scale)};
    assert(feed.population > 0);
    shire_status status = shire_csv_read(path, FILE_BYTES_MAX, arena, &csv, error);
    if (status == SHIRE_OK) {
        status = shire_csv_check_columns(&csv, names, 6, 6, error);
    }
    if (status == SHIRE_OK && csv.row_count > UINT16_MAX) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "%s: more lines than 65,535", path);
    }
    if (status == SHIRE_OK) {
        status = read_lines(&csv, scale, arena, &feed, error);
    }
    if (status == SHIRE_OK) {
        make_weights(seed, feed.weights);
        *feed_out = feed;
    }
    return status;
}

size_t england_feed_block_start(const england_feed *feed, size_t block) {
    uint64_t start = 0;
    for (size_t line = 0; line < feed->line_count; line++) {
        start += ((uint64_t)feed->activity[line] * block + feed->phases[line]) / feed->block_count;
    }
    return (size_t)start;
}

static size_t common_divisor(size_t a, size_t b) {
    while (b != 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* A stride without a common factor visits every place of the block once. */
static size_t stride_of(size_t item_count) {
    size_t stride = item_count * 5 / 8 + 1;
    while (common_divisor(stride, item_count) != 1) {
        stride++;
    }
    return stride;
}

/* How many items each line has in every block, and how it stands at the present one. */
typedef struct line_turn {
    uint32_t whole; /* activity div block_count */
    uint32_t rest;  /* activity mod block_count */
    uint32_t turn;  /* (activity * block + phase) mod block_count */
} line_turn;

static size_t count_block(const england_feed *feed, const line_turn *turns) {
    size_t item_count = 0;
    for (size_t line = 0; line < feed->line_count; line++) {
        item_count +=
            turns[line].whole + (turns[line].turn + turns[line].rest >= feed->block_count);
    }
    return item_count;
}

/* From one place of a block to the next, and to that four times on. */
typedef struct dealing {
    size_t item_count;
    size_t stride;
    size_t stride_of_four;
} dealing;

static dealing dealing_of(size_t item_count) {
    size_t stride = stride_of(item_count);
    return (dealing){item_count, stride, item_count == 0 ? 0 : 4 * stride % item_count};
}

static inline size_t step_on(size_t place, size_t stride, size_t item_count) {
    size_t next = place + stride;
    size_t wrapped = next - item_count; /* wraps to the larger one before the end */
    return wrapped < next ? wrapped : next;
}

/* Four walks side by side, because every step waits for the one before it. */
static size_t deal_line(uint16_t line, uint32_t count, size_t place, const dealing *step,
                        uint16_t *lines) {
    size_t places[4] = {place};
    for (int i = 1; i < 4; i++) {
        places[i] = step_on(places[i - 1], step->stride, step->item_count);
    }
    for (; count >= 4; count -= 4) {
        for (int i = 0; i < 4; i++) {
            lines[places[i]] = line;
            places[i] = step_on(places[i], step->stride_of_four, step->item_count);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        lines[places[i]] = line;
    }
    return places[count];
}

/* Deals the lines of one block over its places, and moves the turns on to the next block. */
static void deal_lines(const england_feed *feed, line_turn *turns, size_t item_count,
                       uint16_t *lines) {
    uint32_t block_count = (uint32_t)feed->block_count;
    dealing step = dealing_of(item_count);
    size_t place = 0;
    for (size_t line = 0; line < feed->line_count; line++) {
        line_turn *turn = &turns[line];
        uint32_t reached = turn->turn + turn->rest;
        bool one_more = reached >= block_count;
        turn->turn = one_more ? reached - block_count : reached;
        place = deal_line((uint16_t)line, turn->whole + one_more, place, &step, lines);
    }
}

static void draw_items(const england_feed *feed, size_t first, size_t item_count, bool with_people,
                       const england_items *items) {
    uint64_t key = feed->seed * UINT64_C(0x9e3779b97f4a7c15) + 1 + first;
    uint16_t *weights = items->weights;
    uint32_t *people = items->people;
    if (!with_people) {
        for (size_t i = 0; i < item_count; i++) {
            weights[i] = feed->weights[draw(key + i) % ENGLAND_WEIGHTS];
        }
        return;
    }
    for (size_t i = 0; i < item_count; i++) {
        uint64_t drawn = draw(key + i);
        people[i] = (uint32_t)((drawn >> 32) * feed->population >> 32);
        weights[i] = feed->weights[drawn % ENGLAND_WEIGHTS];
    }
}

static size_t make_suppressed(const england_feed *feed, const england_items *items) {
    size_t item_count = 0;
    for (size_t line = 0; line < feed->line_count; line++) {
        if (feed->activity[line] == 0) {
            items->lines[item_count] = (uint16_t)line;
            items->weights[item_count] = 1;
            items->people[item_count] = feed->population;
            item_count++;
        }
    }
    return item_count;
}

static size_t aligned(size_t byte_count) {
    return (byte_count + 63) & ~(size_t)63;
}

size_t england_feed_scratch_bytes(const england_feed *feed) {
    return aligned(feed->line_count * sizeof(line_turn)) +
           aligned(feed->block_items_max * sizeof(uint32_t)) +
           2 * aligned(feed->block_items_max * sizeof(uint16_t));
}

static line_turn *open_scratch(const england_feed *feed, char *scratch, england_items *items) {
    char *columns = scratch + aligned(feed->line_count * sizeof(line_turn));
    size_t narrow_bytes = aligned(feed->block_items_max * sizeof(uint16_t));
    *items = (england_items){.lines = (void *)columns,
                             .weights = (void *)(columns + narrow_bytes),
                             .people = (void *)(columns + 2 * narrow_bytes)};
    return (void *)scratch;
}

void england_feed_make(const england_feed *feed, size_t first, size_t last, void *scratch,
                       bool with_people, england_feed_visitor visit, void *context) {
    england_items items;
    line_turn *turns = open_scratch(feed, scratch, &items);
    uint32_t block_count = (uint32_t)feed->block_count;
    for (size_t line = 0; line < feed->line_count; line++) {
        uint64_t reached = (uint64_t)feed->activity[line] * first + feed->phases[line];
        turns[line] = (line_turn){.whole = feed->activity[line] / block_count,
                                  .rest = feed->activity[line] % block_count,
                                  .turn = (uint32_t)(reached % block_count)};
    }
    size_t start = england_feed_block_start(feed, first);
    for (size_t block = first; block < last; block++) {
        size_t item_count = count_block(feed, turns);
        assert(item_count <= feed->block_items_max);
        deal_lines(feed, turns, item_count, items.lines);
        draw_items(feed, start, item_count, with_people, &items);
        visit(&items, start, item_count, context);
        start += item_count;
    }
    if (last == feed->block_count) {
        visit(&items, start, make_suppressed(feed, &items), context);
    }
}
