/*
 * Small random costing models of one organisation each, and what they must come to: the chain done
 * naively with GMP's integers and fractions, stage by stage from docs/costing/model.md.
 *
 * Every amount is reckoned twice. `amount` follows the stated rounding (largest remainder, running
 * total), so it must be the engine's to the micropound. `exact` is never rounded; `bound` is how
 * far the rounding may have led away from it: each split adds at most a micropound to a part, and
 * what came in with an error passes it on in proportion.
 */
#ifndef SHIRE_TESTS_PROPERTY_REFERENCE_H
#define SHIRE_TESTS_PROPERTY_REFERENCE_H

#include "core/date.h"
#include "core/money.h"
#include "core/random.h"
#include "core/text.h"

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REFERENCE_POOLS = 9, /* P0..P2 keep, S0..S3 give, or keep where they have no rule, ... */
    REFERENCE_KEEPING = 3,
    REFERENCE_INCOME = 7, /* I0 holds income, */
    REFERENCE_APART = 8,  /* X0 what is kept apart, where a ledger line says so */
    REFERENCE_TRANSFERS = 3,
    REFERENCE_LINES = 9,
    REFERENCE_RULES = 24,
    REFERENCE_ITEMS = 12,
    REFERENCE_EVENTS = 4,
    REFERENCE_RESOURCES = 12,
    REFERENCE_ACTIVITIES = 40
};

#define REFERENCE_NO_DATE INT32_MIN
#define REFERENCE_NO_NUMBER INT64_MIN

typedef struct reference_amount {
    int64_t amount;
    mpq_t exact;
    mpq_t bound;
} reference_amount;

typedef enum reference_kind {
    REFERENCE_COST,      /* to its targets; no rule where it has none */
    REFERENCE_EXCLUDED,  /* no target */
    REFERENCE_OF_INCOME, /* these to one pool or to none */
    REFERENCE_OF_APART
} reference_kind;

typedef struct reference_line {
    int64_t amount;
    reference_kind kind;
    int target_count;
    int pools[REFERENCE_POOLS];
    int64_t shares[REFERENCE_POOLS];
} reference_line;

typedef struct reference_support {
    bool has_rule;
    bool has_driver;
    int step;
    int fallback;                        /* pool or -1 */
    int64_t quantities[REFERENCE_POOLS]; /* NO_NUMBER: no row */
    int cost_of[REFERENCE_POOLS];        /* of reference_patterns; 0: the quantity itself */
} reference_support;

typedef struct reference_transfer {
    int from;
    int to;
    bool by_share; /* `amount` is millionths of what the pool then holds */
    int64_t amount;
} reference_transfer;

typedef struct reference_rule {
    int resource;
    int activity;
    int64_t share; /* NO_NUMBER: by weight */
    int feed;      /* 0, 1; 2 is both; -1: no items */
    int condition;
    int basis;
} reference_rule;

typedef struct reference_event {
    shire_date first;
    shire_date last; /* NO_DATE: still open */
    int code;
    shire_date ready; /* to be discharged; NO_DATE: nothing is said */
    int responsible;  /* for the delay, of reference_bearers */
} reference_event;

typedef struct reference_item {
    int feed;
    int event; /* or -1 */
    int code;
    shire_date start; /* or NO_DATE */
    shire_date end;   /* or NO_DATE */
    int64_t quantity; /* these in millionths, or NO_NUMBER */
    int64_t minutes;
    int64_t amount;
    int64_t price;
    int64_t contribution;
    int frequency;
} reference_item;

typedef struct reference_activity {
    int activity;
    int segment;       /* 0 patient, 1 income, 2 kept apart */
    uint64_t rules[3]; /* which (feed, condition, basis) weigh its items */
    int64_t weights[REFERENCE_ITEMS];
    int64_t weight_total;
    int item_count;
    reference_amount cost;
    reference_amount items[REFERENCE_ITEMS];
} reference_activity;

typedef struct reference_model {
    int organisation; /* its number in the warehouse */
    uint64_t seed;
    shire_date period_first;
    shire_date period_last;
    int method; /* 0 direct, 1 step_down, 2 reciprocal */
    int line_count;
    reference_line lines[REFERENCE_LINES];
    int transfer_count;
    reference_transfer transfers[REFERENCE_TRANSFERS];
    reference_support supports[REFERENCE_POOLS];
    int resource_count[REFERENCE_POOLS]; /* of a pool; 0: its own name */
    int resources[REFERENCE_POOLS][3];
    int64_t resource_shares[REFERENCE_POOLS][3];
    int rule_count;
    reference_rule rules[REFERENCE_RULES];
    int64_t code_weights[3]; /* or NO_NUMBER */
    int private_code;        /* events of this code are private patients'; or -1 */
    int event_count;
    reference_event events[REFERENCE_EVENTS];
    int64_t brought[REFERENCE_EVENTS]; /* of the period before: cost and days so far */
    int64_t brought_days[REFERENCE_EVENTS];
    int item_count;
    reference_item items[REFERENCE_ITEMS];
    /* what it comes to */
    bool made[REFERENCE_POOLS];   /* the pool exists, and */
    int numbers[REFERENCE_POOLS]; /* its number: ties of support costs go to the lower one */
    int made_count;
    reference_amount pools[REFERENCE_POOLS];
    reference_amount totals[REFERENCE_POOLS];
    reference_amount flows[REFERENCE_POOLS][REFERENCE_POOLS];
    reference_amount resource_costs[REFERENCE_RESOURCES];
    int activity_count;
    reference_activity activities[REFERENCE_ACTIVITIES];
    int64_t event_costs[3][REFERENCE_EVENTS]; /* patient, income, kept apart */
    int64_t excluded, unallocated, allocated;
    int64_t given[REFERENCE_POOLS]
                 [REFERENCE_POOLS]; /* quantities by which pools gave, from and to */
    int without_quantity;           /* support pools that cannot give, */
    bool loop;                      /* or only to each other, */
    bool cancels;                   /* or whose quantities cancel on the way: refused, as are */
    int unknown_fallbacks;          /* fallbacks that no other row names */
    bool too_large;                 /* and amounts beyond a trillion pounds */
} reference_model;

/* Resources 0..8 are those of the pools' own names, 9..11 shared ones R0..R2. */
const char *reference_pool_name(int pool);
const char *reference_resource_name(int resource, char buffer[16]);
extern const char *const reference_conditions[4]; /* "" is none */
extern const char *const reference_bases[12];
extern const char *const reference_frequencies[4];
extern const char *const reference_patterns[5]; /* "" is none */

extern const char *const reference_segments[3];

/* Who bears a delay that somebody is responsible for: other bodies than the one whose stay it is,
 * one of them as an organisation that is in no row of the model. */
enum { REFERENCE_RESPONSIBLE = 6, REFERENCE_BEARERS = 3 };
typedef struct reference_bearers {
    const char *responsible; /* as the model spells it */
    const char *said;        /* as the extract does */
    bool is_row;             /* of costing/delay_responsible */
    int count;
    const char *partners[REFERENCE_BEARERS];
    int64_t shares[REFERENCE_BEARERS];
} reference_bearers;
extern const reference_bearers reference_delays[REFERENCE_RESPONSIBLE];

/* What a model has in it, so that a test can tell that a thousand have everything. */
enum { REFERENCE_FEATURES = 37 };
extern const char *const reference_features[REFERENCE_FEATURES];
/* Adds 1 to the count of each feature that the model has, once it is reckoned. */
void reference_count_features(const reference_model *model, int counts[REFERENCE_FEATURES]);
/* 0 patient, 1 income, 2 kept apart. */
int reference_segment_of(const reference_model *model, int pool);
/* Days of the period that the event touches; or, as nights, on which it does not end. */
int64_t reference_days(const reference_model *model, const reference_event *event, bool nights);
/* Nights of the period from the day of being ready on; and what of the stay's cost they bear. */
int64_t reference_delayed(const reference_model *model, const reference_event *event);
int64_t reference_delay_cost(const reference_model *model, int event);
/* The whole by the shares of whoever bears the delay, to the last millionth. */
void reference_split_delay(int64_t whole, const reference_bearers *bearers,
                           int64_t parts[REFERENCE_BEARERS]);
/* 1 to 4, as the Data Dictionary has it; 0: the event does not touch the period. */
int reference_status(const reference_model *model, const reference_event *event);
/* This period's cost of an event, of whatever segment but income. */
int64_t reference_event_cost(const reference_model *model, int event);
bool reference_is_outside(const reference_model *model, const reference_item *item);
bool reference_fits(const reference_model *model, const reference_item *item, int feed,
                    int condition);
int64_t reference_weigh(const reference_model *model, const reference_item *item, int basis);

void reference_begin(reference_model *model);
void reference_end(reference_model *model);
void reference_draw(reference_model *model, uint64_t seed, int organisation);
/* The same model in the three months behind those of `before`, which was reckoned: what that
 * leaves unfinished is brought forward. */
void reference_draw_next(reference_model *model, const reference_model *before);
/* Reckons everything; a model that is refused only as far as that shows. */
void reference_reckon(reference_model *model);
bool reference_is_refused(const reference_model *model);
/* False where some amount is farther from its exact value than its bound. */
bool reference_is_within_bounds(const reference_model *model);

#endif
