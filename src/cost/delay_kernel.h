/*
 * Shorter delays: what is left of an item's weight when its patient leaves some nights earlier.
 *
 * A stay is seen from its end: night 1 before leaving is the last one. Only nights in the period
 * count; a stay that goes on leaves, as far as the period knows, behind its last night. A delay is
 * the stay's last nights, and what is freed of it are the very last. Numbers of nights that are
 * freed are in millionths, so that half a delay of three nights is a night and a half.
 *
 * An item lasts from its start to its own end, else to the start of the next item of its feed in
 * the stay, else to the leaving: so a stay told as one item, ward by ward or day by day gives up
 * the same nights. Pure: safe from any thread.
 */
#ifndef SHIRE_COST_DELAY_KERNEL_H
#define SHIRE_COST_DELAY_KERNEL_H

#include "core/error.h"
#include "core/money.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHIRE_DELAY_UNKNOWN INT32_MIN

/* 32 bits each, so that the struct can be stored as it is. */
typedef struct shire_delay_stay {
    int32_t nights;       /* of the stay in the period, above 0 */
    int32_t delayed;      /* the last of them: 1 .. nights */
    int32_t goes_on;      /* 1: it leaves behind the period, whose last day is whole */
    int32_t ready_before; /* 1: ready before the period, in which there then were no days */
} shire_delay_stay;

/* Which nights an item lasts: from night `far` before leaving to night near + 1. far == near: none,
 * as of what happens on the day of leaving. */
typedef struct shire_delay_span {
    int32_t far;
    int32_t near;
} shire_delay_span;

typedef struct shire_delay_item {
    int32_t stay;
    int32_t feed;
    int32_t start; /* nights before leaving; beyond the stay's nights, or UNKNOWN: from its start */
    int32_t end;   /* nights before leaving; UNKNOWN: see above */
} shire_delay_item;

/* How an item's weight follows the nights; whatever it is, an item goes that began in nights that
 * fall free. */
typedef enum shire_delay_measure {
    SHIRE_DELAY_NIGHTS, /* midnights of the stay: falls by those freed */
    SHIRE_DELAY_DAYS,   /* calendar days of the stay, first and last included */
    SHIRE_DELAY_TIME,   /* time or anything that grows with it: by the freed part of the span */
    SHIRE_DELAY_NUMBER  /* no time: stays */
} shire_delay_measure;

/* items: by stay, feed, then start with the earliest (the most nights before leaving) first and
 * UNKNOWN before all. spans_out: of the same items. */
void shire_delay_spans(const shire_delay_stay *stays, const shire_delay_item *items, size_t count,
                       shire_delay_span *spans_out);

/*
 * What is left of `weight`, of any sign, when `freed` millionths of a night (0 .. delayed) fall
 * free. The freed part of a weight by time is cut off at the millionth, as cost/cost_delays.c cuts
 * the cost of a delay. SHIRE_OVERFLOW where a product leaves 64 bits' range of shire_money_split.
 */
shire_status shire_delay_weight_left(const shire_delay_stay *stay, const shire_delay_span *span,
                                     shire_delay_measure measure, shire_decimal6 weight,
                                     shire_decimal6 freed, shire_decimal6 *left_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/*
 * The delay's part of a stay's cost: cost * delayed / nights, cut off at the micropound.
 * left: millionths of the delayed nights that are left, nights of the stay without those freed.
 */
shire_status shire_delay_cost(const shire_delay_stay *stay, shire_money cost, shire_decimal6 left,
                              shire_money *cost_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
