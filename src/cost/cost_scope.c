/*
 * Which items belong to the period, and how many days of it each event has. Only activity in the
 * period is costed:
 *   an item whose event does not touch the period is outside;
 *   an item that starts on the day its event starts (or says no start) is the event itself, such as
 *   a stay, and is in the period where its event touches it;
 *   an item with a price by frequency is in the period where its own days touch it;
 *   any other item is in the period where its own start is.
 * A stay that began before the period or goes on after it counts its days inside only: calendar
 * days touched, first and last included, so that the days of two periods add up.
 */
#include "cost/cost_internal.h"

#include "core/calendar.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static shire_date first_day_of(const cost_run *run, size_t event) {
    shire_timestamp start = run->event_starts[event];
    return start == SHIRE_MATCH_NO_TIME ? COST_NO_DAY : shire_timestamp_date(start);
}

static void count_event_days(cost_run *run) {
    shire_date period_first = run->partnership->period_first;
    shire_date period_last = run->partnership->period_last;
    for (size_t event = 0; event < run->event_count; event++) {
        shire_date first = first_day_of(run, event);
        shire_date last = run->event_last_days[event];
        if (first == COST_NO_DAY) {
            continue;
        }
        run->event_days[event] = shire_days_overlap(first, last, period_first, period_last);
        shire_date from = first > period_first ? first : period_first;
        shire_date to = last < period_last + 1 ? last : period_last + 1; /* OPEN is later */
        run->event_nights[event] = to > from ? to - from : 0;
    }
}

static bool is_outside(const cost_run *run, size_t item) {
    int32_t event = run->item_events[item];
    shire_date day = run->item_days[item];
    if (event >= 0 && run->event_starts[event] != SHIRE_MATCH_NO_TIME) {
        if (run->event_days[event] == 0) {
            return true;
        }
        if (day == first_day_of(run, (size_t)event)) {
            return false;
        }
    }
    return day != COST_NO_DAY &&
           (day < run->partnership->period_first || day > run->partnership->period_last);
}

/* A package is in the period where its own days are, whenever it started. */
static void scope_packages(cost_run *run) {
    for (size_t i = 0; i < run->packages.count; i++) {
        const cost_package *package = &run->packages.items[i];
        int32_t event = run->item_events[package->item_no];
        bool apart = event >= 0 && run->event_starts[event] != SHIRE_MATCH_NO_TIME &&
                     run->event_days[event] == 0;
        if (package->frequency >= 0 && !apart) {
            run->item_outside[package->item_no] = package->first > package->last;
        }
    }
}

/* One warning a feed that has items outside. */
static shire_status report_outside(cost_run *run, size_t count, shire_arena *arena,
                                   shire_error *error) {
    int64_t *item_nos = shire_arena_alloc_array(arena, count, sizeof(*item_nos));
    size_t filled = 0;
    shire_frame frame;
    if (item_nos == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t item = 0; item < run->item_count; item++) {
        if (run->item_outside[item] != 0) {
            item_nos[filled++] = (int64_t)item;
        }
    }
    shire_column column = {.name = "item_no", .type = SHIRE_TYPE_INT64, .int64 = item_nos};
    frame = (shire_frame){.row_count = count, .column_count = 1, .columns = &column};
    shire_status status = shire_table_append(run->table, "item_outside", &frame, error);
    if (status == SHIRE_OK && count > 0) {
        status = shire_table_query(
            run->table,
            "SELECT organisation_no::INTEGER, feed, count(*) FROM item_outside JOIN activity_item "
            "USING (item_no) GROUP BY ALL ORDER BY ALL",
            arena, &frame, error);
    }
    for (size_t row = 0; status == SHIRE_OK && count > 0 && row < frame.row_count; row++) {
        shire_span feed = shire_column_text(&frame.columns[1], row);
        int64_t items = frame.columns[2].int64[row];
        cost_warning(&run->problems, "item_outside_period", (cost_place){0}, "start", items,
                     "see the table item_outside, and the period in partnership.yaml",
                     "%s: %" PRId64 " item%s of feed %.*s %s",
                     cost_organisation_code(run, frame.columns[0].int32[row]), items,
                     items == 1 ? "" : "s", (int)feed.length, feed.bytes,
                     items == 1 ? "lies outside the period and is not costed"
                                : "lie outside the period and are not costed");
    }
    return status;
}

shire_status cost_items_scope(cost_run *run, shire_error *error) {
    shire_arena *arena = NULL;
    size_t outside_count = 0;
    shire_status status = shire_arena_new("cost_scope", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    run->event_days = shire_arena_alloc_array(run->arena, run->event_count, sizeof(int32_t));
    run->event_nights = shire_arena_alloc_array(run->arena, run->event_count, sizeof(int32_t));
    run->item_outside = shire_arena_alloc(run->arena, run->item_count);
    if (run->event_days == NULL || run->event_nights == NULL || run->item_outside == NULL) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    count_event_days(run);
    for (size_t item = 0; status == SHIRE_OK && item < run->item_count; item++) {
        run->item_outside[item] = is_outside(run, item);
    }
    if (status == SHIRE_OK) {
        scope_packages(run);
    }
    for (size_t item = 0; status == SHIRE_OK && item < run->item_count; item++) {
        outside_count += run->item_outside[item];
    }
    if (status == SHIRE_OK) {
        status = report_outside(run, outside_count, arena, error);
    }
done:
    shire_arena_free(arena);
    return status;
}
