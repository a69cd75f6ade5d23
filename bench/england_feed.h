/*
 * England's year of care as items: one for each activity that the National Cost Collection counts,
 * and one for each of its lines whose activity is suppressed, so that only a cost is known.
 *
 * Every item is a pure function of the seed and of its number, so that any stretch can be made
 * alone. The order is that of feeds, which come by provider and date: the year is cut into blocks,
 * each with its share of every line, mixed; people are drawn at random from the whole country,
 * which is less kind to memory than a provider's neighbourhood. Weights are tenths of minutes,
 * close to log-normal, drawn in integers alone: 5 to 6,500, median 200.
 */
#ifndef SHIRE_BENCH_ENGLAND_FEED_H
#define SHIRE_BENCH_ENGLAND_FEED_H

#include "core/arena.h"
#include "core/money.h"

#include <stdbool.h>

#define ENGLAND_WEIGHTS 4096 /* a power of two */

/* Columns of items, eight bytes an item. */
typedef struct england_items {
    uint16_t *lines;
    uint16_t *weights; /* tenths of minutes, never 0 */
    uint32_t *people;  /* in [0, population]; population is nobody, for suppressed lines */
} england_items;

typedef struct england_feed {
    uint64_t seed;
    uint32_t population;
    size_t line_count;       /* under 65,536 */
    size_t suppressed_count; /* lines without activity: one item each, after all the others */
    const shire_money *totals;
    const uint32_t *activity; /* line -> items in blocks: 0 for a suppressed line */
    const uint32_t *phases;   /* line -> where in a block's turn its items fall */
    size_t item_count;
    size_t block_count; /* below 65,536 */
    size_t block_items_max;
    shire_money total;
    uint16_t weights[ENGLAND_WEIGHTS];
} england_feed;

/* Reads the collection. `scale` divides activity and people, not costs; each line keeps an item. */
shire_status england_feed_read(const char *path, int64_t scale, uint64_t seed, shire_arena *arena,
                               england_feed *feed_out, shire_error *error) SHIRE_MUST_CHECK;

/* The number of the first item of a block; block_count gives that of the suppressed lines. */
size_t england_feed_block_start(const england_feed *feed, size_t block);

/* Gets the items of one block, numbered from `first_item`; the columns are the maker's. */
typedef void (*england_feed_visitor)(const england_items *items, size_t first_item,
                                     size_t item_count, void *context);

/* Makes the items of blocks [first, last) one block at a time, with those of the suppressed lines
 * after the last block; without people, that column is left as it is. scratch is of
 * england_feed_scratch_bytes, aligned to 64 bytes. */
size_t england_feed_scratch_bytes(const england_feed *feed);
void england_feed_make(const england_feed *feed, size_t first, size_t last, void *scratch,
                       bool with_people, england_feed_visitor visit, void *context);

#endif
