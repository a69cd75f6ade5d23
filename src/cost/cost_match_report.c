/*
 * What matching came to: the feeds and what they bring along, keys for those that name no event,
 * and afterwards for each feed how many items each rule matched, how many are left and why.
 *
 * An automatic key is local_id, with source where the items say it; the item's start lies from a
 * day before its event to a day after it, and the nearest start wins.
 */
#include "cost/cost_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AUTOMATIC_DAYS 1

typedef enum unmatched_reason {
    REASON_EVENT_UNKNOWN,
    REASON_OUTSIDE_WINDOW,
    REASON_NO_RULE,
    REASON_NO_PERSON,
    REASON_NO_EVENT,
    REASON_COUNT
} unmatched_reason;

static const char *const reason_names[REASON_COUNT] = {
    "no event has its event_id", "no event in the window", "no event_id, and no rule for its feed",
    "no person has its local_id", "no event has its key"};

/* ---- feeds ---- */

static int compare_feeds(const void *a_pointer, const void *b_pointer) {
    const cost_feed *a = *(const cost_feed *const *)a_pointer;
    const cost_feed *b = *(const cost_feed *const *)b_pointer;
    return a->organisation != b->organisation ? (a->organisation < b->organisation ? -1 : 1)
                                              : strcmp(a->name, b->name);
}

static bool sort_feeds(cost_run *run) {
    run->feeds_in_order =
        shire_arena_alloc_array(run->arena, run->feed_count, sizeof(*run->feeds_in_order));
    for (size_t i = 0; run->feeds_in_order != NULL && i < run->feed_count; i++) {
        run->feeds_in_order[i] = &run->feeds[i];
    }
    if (run->feeds_in_order != NULL && run->feed_count > 0) {
        qsort(run->feeds_in_order, run->feed_count, sizeof(*run->feeds_in_order), compare_feeds);
    }
    return run->feeds_in_order != NULL;
}

bool cost_match_feeds_count(cost_matches *matches) {
    cost_run *run = matches->run;
    run->feed_count = matches->feeds.count;
    run->feeds = shire_arena_alloc_array(run->arena, run->feed_count, sizeof(*run->feeds));
    for (size_t i = 0; i < run->feed_count && run->feeds != NULL; i++) {
        shire_span name = matches->feeds.items[i].text;
        run->feeds[i] =
            (cost_feed){.organisation = matches->feeds.items[i].scope,
                        .name = shire_arena_copy_text(run->arena, name.bytes, name.length)};
        if (run->feeds[i].name == NULL) {
            return false;
        }
    }
    if (run->feeds == NULL) {
        return false;
    }
    for (size_t item = 0; item < run->item_count; item++) {
        cost_feed *counts = &run->feeds[run->item_feeds[item]];
        uint8_t flags = matches->flags[item];
        counts->item_count++;
        counts->with_key += (flags & COST_MATCH_NAMES_EVENT) != 0;
        counts->with_local_id +=
            (flags & COST_MATCH_HAS_LOCAL_ID) != 0 && run->item_days[item] != COST_NO_DAY;
        counts->prematched_differs += (flags & COST_MATCH_OTHER_LOCAL_ID) != 0;
    }
    return sort_feeds(run);
}

shire_status cost_match_feeds_make(cost_matches *matches, shire_error *error) {
    cost_run *run = matches->run;
    int64_t has_source = 0;
    shire_status status = shire_table_query_int64(
        run->table,
        "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'activity_item' AND "
        "column_name = 'source'",
        &has_source, error);
    matches->items_have_source = has_source > 0;
    run->item_feeds =
        shire_arena_alloc_array(run->arena, run->item_count, sizeof(*run->item_feeds));
    run->item_days = shire_arena_alloc_array(run->arena, run->item_count, sizeof(*run->item_days));
    if (run->item_feeds == NULL || run->item_days == NULL) {
        return COST_NO_MEMORY(error);
    }
    return status;
}

/* ---- automatic keys ---- */

static bool fits_feed(const cost_match_row *rule, const cost_feed *feed) {
    return cost_applies(rule->organisation, feed->organisation) &&
           shire_text_glob(shire_span_of(rule->feed), shire_span_of(feed->name));
}

static bool has_rule(const cost_run *run, const cost_feed *feed) {
    for (size_t i = 0; i < run->model.matches.count; i++) {
        if (fits_feed(&run->model.matches.items[i], feed)) {
            return true;
        }
    }
    return false;
}

bool cost_match_keys_make(cost_matches *matches) {
    cost_run *run = matches->run;
    const char *columns = matches->items_have_source ? "source;local_id" : "local_id";
    for (size_t i = 0; i < run->model.matches.count; i++) {
        cost_match_row *rule = &run->model.matches.items[i];
        if (strcmp(rule->columns, COST_MATCH_AUTO) == 0) {
            rule->columns = columns;
            rule->is_automatic = true;
            rule->after_days = rule->before_days < 0 ? AUTOMATIC_DAYS : rule->after_days;
            rule->before_days = rule->before_days < 0 ? AUTOMATIC_DAYS : rule->before_days;
        }
    }
    for (size_t i = 0; i < run->feed_count; i++) {
        const cost_feed *feed = run->feeds_in_order[i];
        cost_match_row rule = {.organisation = feed->organisation,
                               .feed = feed->name,
                               .columns = columns,
                               .is_automatic = true,
                               .before_days = AUTOMATIC_DAYS,
                               .after_days = AUTOMATIC_DAYS};
        if (feed->with_key > 0 || feed->with_local_id == 0 || has_rule(run, feed)) {
            continue;
        }
        if (!COST_PUSH(run->arena, &run->model.matches, rule)) {
            return false;
        }
        cost_warning(&run->problems, "automatic_key", (cost_place){0}, "event_id", feed->item_count,
                     "add a rule for the feed to costing/match_rule, with columns auto to keep "
                     "this one or none to have none",
                     "%s: no item of feed %s names its event, and no rule is for it; its key is %s "
                     "and the day",
                     cost_organisation_code(run, feed->organisation), feed->name, columns);
    }
    return true;
}

/* ---- reasons ---- */

typedef struct reasons_state {
    const cost_matches *matches;
    uint8_t *reasons;  /* item -> reason + 1, 0: matched */
    uint8_t *known;    /* item -> 1: its local_id is of a known person */
    const bool *ruled; /* feed -> a rule is for it */
} reasons_state;

static unmatched_reason reason_of(const reasons_state *state, size_t item) {
    uint8_t flags = state->matches->flags[item];
    if ((flags & COST_MATCH_OUTSIDE_WINDOW) != 0) {
        return REASON_OUTSIDE_WINDOW;
    }
    if ((flags & COST_MATCH_HAS_LOCAL_ID) != 0 && state->known[item] == 0) {
        return REASON_NO_PERSON;
    }
    if ((flags & COST_MATCH_NAMES_EVENT) != 0) {
        return REASON_EVENT_UNKNOWN;
    }
    return state->ruled[state->matches->run->item_feeds[item]] ? REASON_NO_EVENT : REASON_NO_RULE;
}

/* Frame column: item_no, of an item whose local_id is of a known person. */
static shire_status take_known(const shire_frame *frame, void *context, shire_error *error) {
    reasons_state *state = context;
    (void)error;
    for (size_t row = 0; row < frame->row_count; row++) {
        state->known[frame->columns[0].int64[row]] = 1;
    }
    return SHIRE_OK;
}

/* cost_unmatched: the items without event that say a local_id. */
static shire_status list_unmatched(const cost_matches *matches, shire_error *error) {
    const cost_run *run = matches->run;
    int64_t *item_nos = shire_arena_alloc_array(matches->arena, run->item_count, sizeof(*item_nos));
    size_t count = 0;
    if (item_nos == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t item = 0; item < run->item_count; item++) {
        if (run->item_events[item] < 0 && (matches->flags[item] & COST_MATCH_HAS_LOCAL_ID) != 0) {
            item_nos[count++] = (int64_t)item;
        }
    }
    shire_status status = shire_table_execute(
        run->table, "CREATE OR REPLACE TEMP TABLE cost_unmatched (item_no BIGINT)", error);
    if (status == SHIRE_OK) {
        shire_column column = {.name = "item_no", .type = SHIRE_TYPE_INT64, .int64 = item_nos};
        shire_frame frame = {.row_count = count, .column_count = 1, .columns = &column};
        status = shire_table_append(run->table, "cost_unmatched", &frame, error);
    }
    return status;
}

/* Without records of persons nobody is unknown. */
static shire_status find_known(reasons_state *state, shire_error *error) {
    cost_run *run = state->matches->run;
    int64_t has_records = 0;
    shire_status status = shire_table_query_int64(run->table,
                                                  "SELECT count(*) FROM duckdb_tables() WHERE "
                                                  "table_name = 'person_record' AND NOT temporary",
                                                  &has_records, error);
    if (status == SHIRE_OK && has_records == 0) {
        memset(state->known, 1, run->item_count);
        return SHIRE_OK;
    }
    if (status == SHIRE_OK) {
        status = list_unmatched(state->matches, error);
    }
    return status == SHIRE_OK
               ? shire_table_scan(run->table,
                                  "SELECT item_no FROM (SELECT item_no, organisation_no, local_id "
                                  "FROM cost_unmatched JOIN activity_item USING (item_no)) SEMI "
                                  "JOIN person_record USING (organisation_no, local_id)",
                                  take_known, state, error)
               : status;
}

static shire_status find_reasons(reasons_state *state, shire_error *error) {
    cost_run *run = state->matches->run;
    cost_rows rows = cost_rows_for(state->matches->arena, "unmatched_reason", "lt");
    for (size_t item = 0; item < run->item_count; item++) {
        run->summary.unmatched_count += run->item_events[item] < 0;
    }
    shire_status status = run->summary.unmatched_count > 0 ? find_known(state, error) : SHIRE_OK;
    for (size_t item = 0; status == SHIRE_OK && item < run->item_count; item++) {
        if (run->item_events[item] < 0) {
            unmatched_reason reason = reason_of(state, item);
            state->reasons[item] = (uint8_t)(reason + 1);
            cost_rows_add(&rows, (int64_t)item, reason_names[reason]);
        }
    }
    return status == SHIRE_OK ? cost_rows_write(&rows, run->table, error) : status;
}

/* ---- pre-matched items ---- */

/* Items that name an event of which they say other days. */
static bool is_outside_event(const cost_run *run, size_t item) {
    int32_t event = run->item_events[item];
    shire_timestamp start = run->event_starts[event];
    shire_date day = run->item_days[item];
    return day != COST_NO_DAY && start != SHIRE_MATCH_NO_TIME &&
           (day < shire_timestamp_date(start) || day > run->event_last_days[event]);
}

static void warn_of_prematched(cost_matches *matches) {
    cost_run *run = matches->run;
    for (size_t i = 0; i < run->feed_count; i++) {
        const cost_feed *feed = run->feeds_in_order[i];
        if (feed->prematched_outside > 0) {
            cost_warning(&run->problems, "prematched_outside", (cost_place){0}, "start",
                         feed->prematched_outside,
                         "see whether event_id or start is right; the items keep their events",
                         "%s: %" PRId64 " item%s of feed %s that name%s an event start before or "
                         "after it",
                         cost_organisation_code(run, feed->organisation), feed->prematched_outside,
                         feed->prematched_outside == 1 ? "" : "s", feed->name,
                         feed->prematched_outside == 1 ? "s" : "");
        }
    }
    for (size_t i = 0; i < run->feed_count; i++) {
        const cost_feed *feed = run->feeds_in_order[i];
        int64_t count = feed->prematched_differs;
        if (count > 0) {
            cost_warning(&run->problems, "prematched_differs", (cost_place){0}, "local_id", count,
                         "see whether event_id or local_id is right; the items keep their events",
                         "%s: %" PRId64 " item%s of feed %s name%s an event of another local_id",
                         cost_organisation_code(run, feed->organisation), count,
                         count == 1 ? "" : "s", feed->name, count == 1 ? "s" : "");
        }
    }
}

/* ---- tables ---- */

static shire_status write_rules(const cost_matches *matches, shire_error *error) {
    const cost_run *run = matches->run;
    cost_rows rows = cost_rows_for(matches->arena, "match_rule", "itnlttmmtm");
    cost_rows_add(&rows, 0, "event_id", -1, INT64_C(0), "*",
                  matches->items_have_source ? "source;event_id" : "event_id", INT64_C(-1),
                  INT64_C(-1), NULL, INT64_C(-1));
    for (size_t i = 0; i < run->model.matches.count; i++) {
        const cost_match_row *rule = &run->model.matches.items[i];
        cost_rows_add(&rows, (int32_t)i + 1, rule->is_automatic ? "automatic" : "rule",
                      rule->organisation, rule->step, rule->feed, rule->columns, rule->before_days,
                      rule->after_days, rule->place.file,
                      rule->place.file == NULL ? INT64_C(-1) : rule->place.line);
    }
    return cost_rows_write(&rows, run->table, error);
}

static void warn_of_feed(cost_run *run, const cost_feed *feed, int64_t unmatched, int64_t tied) {
    const char *code = cost_organisation_code(run, feed->organisation);
    if (unmatched > 0) {
        cost_warning(&run->problems, "item_unmatched", (cost_place){0}, "event_id", unmatched,
                     "see the view unmatched_item, and add rules to costing/match_rule",
                     "%s: %" PRId64 " item%s of feed %s %s", code, unmatched,
                     unmatched == 1 ? "" : "s", feed->name,
                     unmatched == 1 ? "matches no event, so what it costs is unallocated"
                                    : "match no event, so what they cost is unallocated");
    }
    if (tied > 0) {
        cost_warning(&run->problems, "match_tied", (cost_place){0}, "event_id", tied,
                     "add columns to the rule in costing/match_rule",
                     "%s: %" PRId64 " item%s of feed %s fit%s several events equally well; the "
                     "event that was loaded first has them",
                     code, tied, tied == 1 ? "" : "s", feed->name, tied == 1 ? "s" : "");
    }
}

/* How the items of each feed fared: counts[feed * width + way], ways being the rules from 0 and
 * behind them the reasons. */
static shire_status write_results(const cost_matches *matches, const int64_t *counts,
                                  const int64_t *tied, size_t rule_count, shire_error *error) {
    cost_run *run = matches->run;
    size_t width = rule_count + REASON_COUNT;
    cost_rows feeds = cost_rows_for(matches->arena, "match_feed", "itlllll");
    cost_rows results = cost_rows_for(matches->arena, "match_result", "itntl");
    for (size_t i = 0; i < run->feed_count; i++) {
        const cost_feed *feed = run->feeds_in_order[i];
        size_t number = (size_t)(feed - run->feeds);
        const int64_t *ways = counts + number * width;
        int64_t matched = 0;
        for (size_t way = 0; way < width; way++) {
            bool is_rule = way < rule_count;
            matched += is_rule ? ways[way] : 0;
            if (ways[way] > 0) {
                cost_rows_add(&results, feed->organisation, feed->name, is_rule ? (int32_t)way : -1,
                              is_rule ? NULL : reason_names[way - rule_count], ways[way]);
            }
        }
        cost_rows_add(&feeds, feed->organisation, feed->name, feed->item_count, feed->with_key,
                      matched, feed->item_count - matched, tied[number]);
        warn_of_feed(run, feed, feed->item_count - matched, tied[number]);
    }
    shire_status status = cost_rows_write(&feeds, run->table, error);
    return status == SHIRE_OK ? cost_rows_write(&results, run->table, error) : status;
}

shire_status cost_match_report(cost_matches *matches, shire_error *error) {
    cost_run *run = matches->run;
    size_t feed_count = run->feed_count;
    size_t rule_count = run->model.matches.count + 1;
    size_t width = rule_count + REASON_COUNT;
    bool *ruled = shire_arena_alloc(matches->arena, feed_count);
    uint8_t *reasons = shire_arena_alloc(matches->arena, run->item_count);
    uint8_t *known = shire_arena_alloc(matches->arena, run->item_count);
    int64_t *counts = shire_arena_alloc_array(matches->arena, feed_count, width * sizeof(*counts));
    int64_t *tied = shire_arena_alloc_array(matches->arena, feed_count, sizeof(*tied));
    if (ruled == NULL || reasons == NULL || known == NULL || counts == NULL || tied == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < feed_count; i++) {
        ruled[i] = has_rule(run, &run->feeds[i]);
    }
    reasons_state state = {.matches = matches, .reasons = reasons, .known = known, .ruled = ruled};
    shire_status status = find_reasons(&state, error);
    for (size_t item = 0; item < run->item_count && status == SHIRE_OK; item++) {
        size_t feed = (size_t)run->item_feeds[item];
        bool matched = run->item_events[item] >= 0;
        size_t way =
            matched ? (size_t)matches->rules[item] : rule_count + (size_t)(reasons[item] - 1);
        counts[feed * width + way]++;
        run->feeds[feed].prematched_outside += matched && way == 0 && is_outside_event(run, item);
        tied[feed] += matched && (matches->flags[item] & COST_MATCH_TIED) != 0;
    }
    if (status == SHIRE_OK) {
        warn_of_prematched(matches);
        status = write_rules(matches, error);
    }
    return status == SHIRE_OK ? write_results(matches, counts, tied, rule_count, error) : status;
}
