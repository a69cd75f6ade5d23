/* What is in the period, and what an item weighs, day by day and in whole numbers. */
#include "reference_internal.h"

#include <stdlib.h>

static bool event_is_on(const reference_event *event, shire_date day) {
    return event->first <= day && (event->last == REFERENCE_NO_DATE || day <= event->last);
}

int64_t reference_days(const reference_model *model, const reference_event *event, bool nights) {
    int64_t count = 0;
    for (shire_date day = model->period_first; day <= model->period_last; day++) {
        count += event_is_on(event, day) && (!nights || event_is_on(event, day + 1));
    }
    return count;
}

int64_t reference_delayed(const reference_model *model, const reference_event *event) {
    int64_t count = 0;
    for (shire_date day = model->period_first;
         day <= model->period_last && event->ready != REFERENCE_NO_DATE; day++) {
        count += day >= event->ready && event_is_on(event, day) && event_is_on(event, day + 1);
    }
    return count;
}

/* Cut off at the micropound, of a credit too; a private stay's cost is not patient care's. */
int64_t reference_delay_cost(const reference_model *model, int event) {
    const reference_event *stay = &model->events[event];
    mpz_t value;
    mpz_init_set_si(value, model->event_costs[0][event]);
    mpz_mul_si(value, value, reference_delayed(model, stay));
    mpz_t nights;
    mpz_init_set_si(nights, reference_days(model, stay, true));
    mpz_tdiv_q(value, value, nights);
    int64_t cost = mpz_get_si(value);
    mpz_clears(value, nights, NULL);
    return cost;
}

void reference_split_delay(int64_t whole, const reference_bearers *bearers,
                           int64_t parts[REFERENCE_BEARERS]) {
    mpq_t shares[REFERENCE_BEARERS];
    reference_split_by(whole, bearers->shares, bearers->count, parts, shares);
    reference_clear_shares(shares, bearers->count);
}

int reference_status(const reference_model *model, const reference_event *event) {
    bool from_before = event_is_on(event, model->period_first - 1);
    bool goes_on = event_is_on(event, model->period_last + 1);
    if (reference_days(model, event, false) == 0) {
        return 0;
    }
    return goes_on ? (from_before ? 4 : 2) : (from_before ? 1 : 3);
}

int64_t reference_event_cost(const reference_model *model, int event) {
    return model->event_costs[0][event] + model->event_costs[2][event];
}

/* The days of an item with a price; false where it has none that are known. */
static bool package_days(const reference_model *model, const reference_item *item,
                         shire_date *first, shire_date *last) {
    const reference_event *event = item->event < 0 ? NULL : &model->events[item->event];
    if (item->price == REFERENCE_NO_NUMBER && item->contribution == REFERENCE_NO_NUMBER) {
        return false;
    }
    *first = item->start != REFERENCE_NO_DATE ? item->start
             : event != NULL                  ? event->first
                                              : REFERENCE_NO_DATE;
    *last = item->end;
    if (*last == REFERENCE_NO_DATE && event != NULL && event->last >= *first) {
        *last = event->last;
    }
    *last = *last == REFERENCE_NO_DATE ? INT32_MAX : *last;
    if (item->frequency == 2) { /* once */
        *last = *first;
    }
    return *first != REFERENCE_NO_DATE;
}

bool reference_is_outside(const reference_model *model, const reference_item *item) {
    const reference_event *event = item->event < 0 ? NULL : &model->events[item->event];
    shire_date first;
    shire_date last;
    if (event != NULL && reference_days(model, event, false) == 0) {
        return true;
    }
    if (package_days(model, item, &first, &last)) {
        return first > model->period_last || last < model->period_first;
    }
    return item->start != REFERENCE_NO_DATE && (event == NULL || item->start != event->first) &&
           (item->start < model->period_first || item->start > model->period_last);
}

/* floor(|price| * quantity * payments * days / (7 * weeks)), with the price's sign. */
static int64_t planned_to(const reference_item *item, int64_t price, int64_t quantity,
                          int64_t days) {
    static const int payments[] = {1, 12, 1, 1};
    static const int weeks[] = {1, 52, 0, 4};
    mpz_t value, divisor;
    mpz_init_set_si(value, llabs(price));
    mpz_init_set_si(divisor, SHIRE_MILLION);
    mpz_mul_si(value, value, quantity);
    if (item->frequency == 2) {
        mpz_mul_si(value, value, days > 0);
    } else {
        mpz_mul_si(value, value, payments[item->frequency] * days);
        mpz_mul_si(divisor, divisor, 7L * weeks[item->frequency]);
    }
    mpz_fdiv_q(value, value, divisor);
    int64_t planned = mpz_get_si(value);
    mpz_clears(value, divisor, NULL);
    return price < 0 ? -planned : planned;
}

static int64_t planned(const reference_model *model, const reference_item *item, int64_t price,
                       int64_t quantity) {
    shire_date first;
    shire_date last;
    if (price == REFERENCE_NO_NUMBER || !package_days(model, item, &first, &last)) {
        return 0;
    }
    last = last < model->period_last ? last : model->period_last;
    int64_t before = first < model->period_first ? model->period_first - first : 0;
    return last < first + before ? 0
                                 : planned_to(item, price, quantity, last - first + 1) -
                                       planned_to(item, price, quantity, before);
}

static int64_t or_nothing(int64_t number) {
    return number == REFERENCE_NO_NUMBER ? 0 : number;
}

int64_t reference_weigh(const reference_model *model, const reference_item *item, int basis) {
    const reference_event *event = item->event < 0 ? NULL : &model->events[item->event];
    int64_t quantity = item->quantity == REFERENCE_NO_NUMBER ? SHIRE_MILLION : item->quantity;
    int64_t gross = planned(model, item, item->price, quantity);
    int64_t contribution = planned(model, item, item->contribution, SHIRE_MILLION);
    switch (basis) {
    case 1:
        return or_nothing(item->quantity);
    case 2:
        return or_nothing(item->minutes);
    case 3:
        return or_nothing(item->amount);
    case 4:
    case 5:
        return event == NULL ? 0 : reference_days(model, event, basis == 5) * SHIRE_MILLION;
    case 6: /* quantities are whole */
        return quantity / SHIRE_MILLION * or_nothing(model->code_weights[item->code]);
    case 7:
        return gross;
    case 8:
        return contribution;
    case 9:
        return gross - contribution;
    case 10:
        return item->quantity == REFERENCE_NO_NUMBER ? 0 : item->quantity * 2 + SHIRE_MILLION;
    default:
        return SHIRE_MILLION;
    }
}

bool reference_fits(const reference_model *model, const reference_item *item, int feed,
                    int condition) {
    bool fed = feed == 2 || feed == item->feed;
    switch (condition) {
    case 1:
        return fed && item->quantity > 3 * SHIRE_MILLION;
    case 2:
        return fed && item->event >= 0 && model->events[item->event].code == 1;
    case 3:
        return fed && item->minutes != REFERENCE_NO_NUMBER;
    default:
        return fed;
    }
}
