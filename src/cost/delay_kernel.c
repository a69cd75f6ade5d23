/*
 * Shorter delays, item by item: spans are found from the end of each stay's items to the front,
 * weights are cut by the running-total split, as the cost of a delay is.
 */
#include "cost/delay_kernel.h"

static int32_t clamp(int32_t value, int32_t low, int32_t high) {
    return value < low ? low : value > high ? high : value;
}

void shire_delay_spans(const shire_delay_stay *stays, const shire_delay_item *items, size_t count,
                       shire_delay_span *spans_out) {
    int32_t later = 0; /* start of the next item of the feed that starts later */
    for (size_t i = count; i-- > 0;) {
        const shire_delay_item *item = &items[i];
        int32_t nights = stays[item->stay].nights;
        bool last =
            i + 1 == count || items[i + 1].stay != item->stay || items[i + 1].feed != item->feed;
        int32_t far = item->start == SHIRE_DELAY_UNKNOWN ? nights : clamp(item->start, 0, nights);
        if (last) {
            later = 0;
        } else if (spans_out[i + 1].far != far) {
            later = spans_out[i + 1].far;
        }
        int32_t near = item->end == SHIRE_DELAY_UNKNOWN ? later : clamp(item->end, 0, far);
        /* What begins and ends on one day lasts that day. */
        near = near == far && far > 0 ? far - 1 : near;
        spans_out[i] = (shire_delay_span){.far = far, .near = near};
    }
}

/* `part` of `whole` parts of the value, cut off towards zero. */
static shire_status part_of(int64_t value, int64_t part, int64_t whole, int64_t *part_out,
                            shire_error *error) {
    const int64_t weights[] = {part, whole - part};
    int64_t parts[2];
    shire_status status = shire_money_split_running(value, weights, 2, parts, error);
    if (status == SHIRE_OK) {
        *part_out = parts[0];
    }
    return status;
}

static shire_status time_left(const shire_delay_span *span, shire_decimal6 weight,
                              shire_decimal6 freed, shire_decimal6 *left_out, shire_error *error) {
    int64_t whole = (span->far - span->near) * SHIRE_MILLION;
    int64_t overlap = freed - span->near * SHIRE_MILLION;
    int64_t gone = 0;
    overlap = overlap < 0 ? 0 : overlap > whole ? whole : overlap;
    shire_status status = overlap == 0 ? SHIRE_OK : part_of(weight, overlap, whole, &gone, error);
    if (status == SHIRE_OK) {
        *left_out = weight - gone;
    }
    return status;
}

shire_status shire_delay_weight_left(const shire_delay_stay *stay, const shire_delay_span *span,
                                     shire_delay_measure measure, shire_decimal6 weight,
                                     shire_decimal6 freed, shire_decimal6 *left_out,
                                     shire_error *error) {
    bool never_here = stay->ready_before != 0 && freed == stay->nights * SHIRE_MILLION;
    bool began_freed =
        span->far > 0 && span->far < stay->nights && span->far * SHIRE_MILLION <= freed;
    if (never_here || began_freed) {
        *left_out = 0;
        return SHIRE_OK;
    }
    if (measure == SHIRE_DELAY_TIME) {
        return time_left(span, weight, freed, left_out, error);
    }
    if (measure == SHIRE_DELAY_NUMBER) {
        *left_out = weight;
        return SHIRE_OK;
    }
    /* The day of leaving counts as a day; behind the period there is none, so the first night that
     * falls free makes the period's last day that day. */
    if (measure == SHIRE_DELAY_DAYS && stay->goes_on != 0) {
        freed = freed > SHIRE_MILLION ? freed - SHIRE_MILLION : 0;
    }
    *left_out = weight - freed;
    return SHIRE_OK;
}

shire_status shire_delay_cost(const shire_delay_stay *stay, shire_money cost, shire_decimal6 left,
                              shire_money *cost_out, shire_error *error) {
    int64_t nights = (stay->nights - stay->delayed) * SHIRE_MILLION + left;
    if (nights == 0) {
        *cost_out = 0;
        return SHIRE_OK;
    }
    return part_of(cost, left, nights, cost_out, error);
}
