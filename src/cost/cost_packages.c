/*
 * Care packages: items that say a price by frequency, as social care and housing buy care. What
 * each should cost in the period (its planned cost) is the weight of the bases package,
 * package_contribution and package_net, so that the ledger's actual cost is spread by what was
 * agreed; then planned and actual are put side by side in the table `package`.
 *
 * A package without a start or an end has those of its event; without any end, or where the event
 * ended before the package began, it goes on.
 */
#include "cost/cost_internal.h"
#include "cost/package_kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_DAY INT32_MIN

/* As local authorities pay; a model's own table goes before. */
static const struct {
    const char *frequency;
    int payments;
    int weeks; /* 0: once */
} standard_frequencies[] = {
    {"daily", 7, 1},     {"weekly", 1, 1},     {"fortnightly", 1, 2}, {"four_weekly", 1, 4},
    {"monthly", 12, 52}, {"quarterly", 4, 52}, {"yearly", 1, 52},     {"one_off", 0, 0},
};

static const char *const part_names[COST_PACKAGE_PART_COUNT] = {"package", "package_contribution",
                                                                "package_net"};

bool cost_frequencies_complete(cost_run *run) {
    bool complete = true;
    for (size_t i = 0; i < sizeof(standard_frequencies) / sizeof(*standard_frequencies); i++) {
        cost_frequency row = {.frequency = standard_frequencies[i].frequency,
                              .payments = standard_frequencies[i].payments * SHIRE_MILLION,
                              .weeks = standard_frequencies[i].weeks * SHIRE_MILLION};
        complete &= COST_PUSH(run->arena, &run->model.frequencies, row);
    }
    return complete;
}

cost_package_part cost_package_part_of(const char *basis) {
    int part = COST_PACKAGE_GROSS;
    while (part < COST_PACKAGE_NONE && strcmp(basis, part_names[part]) != 0) {
        part++;
    }
    return (cost_package_part)part;
}

shire_money cost_package_planned(const cost_package *package, cost_package_part part) {
    return part == COST_PACKAGE_GROSS          ? package->gross
           : part == COST_PACKAGE_CONTRIBUTION ? package->contribution
                                               : package->gross - package->contribution;
}

static int compare_items(const void *a_pointer, const void *b_pointer) {
    int64_t a = ((const cost_package *)a_pointer)->item_no;
    int64_t b = ((const cost_package *)b_pointer)->item_no;
    return (a > b) - (a < b);
}

const cost_package *cost_package_find(const cost_run *run, int64_t item_no) {
    cost_package key = {.item_no = item_no};
    return run->packages.count == 0 ? NULL
                                    : bsearch(&key, run->packages.items, run->packages.count,
                                              sizeof(cost_package), compare_items);
}

/* ---- what the items say ---- */

/* "Four-weekly" and "four weekly" are four_weekly. */
static bool same_frequency(const char *name, shire_span text) {
    size_t length = strlen(name);
    bool same = length == text.length;
    for (size_t i = 0; same && i < length; i++) {
        char a = name[i];
        char b = text.bytes[i];
        a = a == ' ' || a == '-' ? '_' : a >= 'A' && a <= 'Z' ? (char)(a + 32) : a;
        b = b == ' ' || b == '-' ? '_' : b >= 'A' && b <= 'Z' ? (char)(b + 32) : b;
        same = a == b;
    }
    return same;
}

/* The frequency's number, -1 when the model has none; a price without one is paid once. */
static int32_t frequency_of(const cost_run *run, shire_span text) {
    text = text.length == 0 ? shire_span_of("one_off") : text;
    for (size_t i = 0; i < run->model.frequencies.count; i++) {
        if (same_frequency(run->model.frequencies.items[i].frequency, text)) {
            return (int32_t)i;
        }
    }
    return -1;
}

typedef struct package_row {
    shire_date start;
    shire_date end; /* SHIRE_MATCH_OPEN: none */
    shire_decimal6 quantity;
    shire_money price;
    shire_money contribution;
} package_row;

/* The package's days in the period, and what they should cost. */
static shire_status plan(const cost_run *run, const package_row *row, cost_package *package) {
    const cost_frequency *frequency = &run->model.frequencies.items[package->frequency];
    shire_package_frequency rate = {.payments = frequency->payments, .weeks = frequency->weeks};
    shire_date last = frequency->weeks == 0 ? row->start : row->end;
    const shire_partnership *partnership = run->partnership;
    package->first =
        row->start > partnership->period_first ? row->start : partnership->period_first;
    package->last = last < partnership->period_last ? last : partnership->period_last;
    if (package->first > package->last) {
        return SHIRE_OK;
    }
    int64_t before = (int64_t)package->first - row->start;
    int64_t through = (int64_t)package->last - row->start + 1;
    shire_status status =
        shire_package_planned(row->price, row->quantity, rate, before, through, &package->gross);
    return status == SHIRE_OK ? shire_package_planned(row->contribution, SHIRE_MILLION, rate,
                                                      before, through, &package->contribution)
                              : status;
}

typedef struct package_counts {
    int64_t unknown_frequency; /* items */
    int64_t without_start;
    int64_t overflow;
    int64_t first_unknown; /* the first item of each */
    int64_t first_without_start;
    int64_t first_overflow;
} package_counts;

static void count_one(int64_t *count, int64_t *first, int64_t item_no) {
    *first = *count == 0 ? item_no : *first;
    (*count)++;
}

/* The item's own, else its event's, or NO_DAY. */
static shire_date first_day(const cost_run *run, const shire_column *starts, size_t row,
                            int64_t item_no) {
    int32_t event = run->item_events[item_no];
    if (!shire_column_is_null(starts, row)) {
        return starts->date[row];
    }
    return event < 0 || run->event_starts[event] == SHIRE_MATCH_NO_TIME
               ? NO_DAY
               : shire_timestamp_date(run->event_starts[event]);
}

/* An event without an end, in a dataset in which no event has one, is a point in time; with care
 * that is paid week by week it lasts as long as that care, else an extract of open placements alone
 * would have none of them in the years after they began. */
static void lengthen_event(cost_run *run, const cost_package *package, shire_date end) {
    int32_t event = run->item_events[package->item_no];
    bool is_lasting = run->model.frequencies.items[package->frequency].weeks != 0;
    if (event >= 0 && is_lasting && run->event_ends[event] == SHIRE_MATCH_OPEN &&
        run->event_last_days[event] < end) {
        run->event_last_days[event] = end;
    }
}

/* Frame columns: item_no, start, end, frequency, quantity, unit_price, contribution. */
static shire_status take_row(cost_run *run, const shire_frame *frame, size_t row,
                             package_counts *counts, shire_error *error) {
    const shire_column *columns = frame->columns;
    package_row said = {
        .start = first_day(run, &columns[1], row, columns[0].int64[row]),
        .end = shire_column_is_null(&columns[2], row) ? SHIRE_MATCH_OPEN : columns[2].date[row],
        .quantity =
            shire_column_is_null(&columns[4], row) ? SHIRE_MILLION : columns[4].decimal6[row],
        .price = columns[5].decimal6[row],
        .contribution = columns[6].decimal6[row],
    };
    cost_package package = {
        .item_no = columns[0].int64[row],
        .frequency = frequency_of(run, shire_span_trim(shire_column_text(&columns[3], row))),
        .first = 1};
    int32_t event = run->item_events[package.item_no];
    if (said.end == SHIRE_MATCH_OPEN && event >= 0 && run->event_ends[event] >= said.start) {
        said.end = run->event_ends[event];
    }
    if (package.frequency < 0) {
        count_one(&counts->unknown_frequency, &counts->first_unknown, package.item_no);
    } else if (said.start == NO_DAY) {
        package.frequency = -1;
        count_one(&counts->without_start, &counts->first_without_start, package.item_no);
    } else if (plan(run, &said, &package) != SHIRE_OK) {
        count_one(&counts->overflow, &counts->first_overflow, package.item_no);
        package.gross = package.contribution = 0;
    } else {
        lengthen_event(run, &package, said.end);
    }
    return COST_PUSH(run->arena, &run->packages, package) ? SHIRE_OK : COST_NO_MEMORY(error);
}

/* ---- what is wrong with them ---- */

static shire_status report_counts(cost_run *run, const package_counts *counts, shire_error *error) {
    const struct {
        int64_t count;
        int64_t item_no;
        const char *kind;
        const char *column;
        const char *problem;
        const char *remedy;
    } rows[] = {
        {counts->unknown_frequency, counts->first_unknown, "unknown_frequency", "frequency",
         "the frequency of a price is none that is known, so nothing is planned for it; items like "
         "this one",
         "write weekly, monthly, one_off or another of costing/frequency"},
        {counts->without_start, counts->first_without_start, "package_without_start", "start",
         "an item with a price by frequency has no start, and its event has none, so nothing is "
         "planned for it; items like this one",
         "give the item its start"},
        {counts->overflow, counts->first_overflow, "planned_cost_too_large", "unit_price",
         "price times quantity is more than can be held, so nothing is planned for it; items like "
         "this one",
         "correct the price or the quantity"},
    };
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && status == SHIRE_OK; i++) {
        cost_place place;
        if (rows[i].count == 0) {
            continue;
        }
        status = cost_place_of_row(run, "activity_item", "item_no", rows[i].item_no, &place, error);
        if (status == SHIRE_OK) {
            cost_warning(&run->problems, rows[i].kind, place, rows[i].column, rows[i].count,
                         rows[i].remedy, "%s: %" PRId64, rows[i].problem, rows[i].count);
        }
    }
    return status;
}

shire_status cost_packages_read(cost_run *run, shire_error *error) {
    package_counts counts = {0};
    shire_frame frame;
    shire_status status = shire_table_query(
        run->table,
        "SELECT item_no::BIGINT, start::DATE, \"end\"::DATE, frequency, quantity, unit_price, "
        "contribution FROM activity_item WHERE unit_price IS NOT NULL OR contribution IS NOT NULL "
        "ORDER BY item_no",
        run->arena, &frame, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        status = take_row(run, &frame, row, &counts, error);
    }
    return status == SHIRE_OK ? report_counts(run, &counts, error) : status;
}

/* ---- planned and actual ---- */

/* The activities whose items are all weighed by that part of packages, as a list for IN. */
static void print_activities(const cost_run *run, cost_package_part part, shire_builder *sql) {
    shire_builder_append_text(sql, "(-1");
    for (size_t i = 0; i < run->lines.count; i++) {
        const cost_line *line = &run->lines.items[i];
        bool all = line->weighing_count > 0;
        for (size_t k = 0; k < line->weighing_count; k++) {
            int32_t weighing = run->line_weighings.items[line->first_weighing + k];
            all &= cost_package_part_of(run->weighings.items[weighing].basis) == part;
        }
        if (all) {
            shire_builder_append_format(sql, ", %zu", i);
        }
    }
    shire_builder_append_text(sql, ")");
}

/* None of what is paid once; a suspension takes its days away. */
static int32_t days_of_care(const cost_run *run, const cost_package *package) {
    int32_t days = package->last - package->first + 1;
    return run->model.frequencies.items[package->frequency].weeks == 0 ? 0
           : package->gross < 0                                        ? -days
                                                                       : days;
}

static shire_status append_planned(cost_run *run, shire_error *error) {
    size_t count = run->packages.count;
    int64_t *item_nos = shire_arena_alloc_array(run->arena, count, sizeof(*item_nos));
    int32_t *frequencies = shire_arena_alloc_array(run->arena, count, sizeof(*frequencies));
    shire_date *firsts = shire_arena_alloc_array(run->arena, count, sizeof(*firsts));
    shire_date *lasts = shire_arena_alloc_array(run->arena, count, sizeof(*lasts));
    int32_t *days = shire_arena_alloc_array(run->arena, count, sizeof(*days));
    shire_money *gross = shire_arena_alloc_array(run->arena, count, sizeof(*gross));
    shire_money *contributions = shire_arena_alloc_array(run->arena, count, sizeof(*contributions));
    size_t kept = 0;
    if (item_nos == NULL || frequencies == NULL || firsts == NULL || lasts == NULL ||
        days == NULL || gross == NULL || contributions == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        const cost_package *package = &run->packages.items[i];
        if (run->item_outside[package->item_no] == 0 && package->first <= package->last) {
            item_nos[kept] = package->item_no;
            frequencies[kept] = package->frequency;
            firsts[kept] = package->first;
            lasts[kept] = package->last;
            days[kept] = days_of_care(run, package);
            gross[kept] = package->gross;
            contributions[kept++] = package->contribution;
        }
    }
    shire_column columns[] = {
        {.name = "item_no", .type = SHIRE_TYPE_INT64, .int64 = item_nos},
        {.name = "frequency_no", .type = SHIRE_TYPE_INT32, .int32 = frequencies},
        {.name = "first", .type = SHIRE_TYPE_DATE, .date = firsts},
        {.name = "last", .type = SHIRE_TYPE_DATE, .date = lasts},
        {.name = "days", .type = SHIRE_TYPE_INT32, .int32 = days},
        {.name = "gross", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = gross},
        {.name = "contribution", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = contributions},
    };
    shire_frame frame = {.row_count = kept, .column_count = 7, .columns = columns};
    return shire_table_append(run->table, "cost_package", &frame, error);
}

/* package_place: whose care each package is, so that nobody need look for it among all items. */
static shire_status append_places(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "package_place", "limmt");
    for (size_t i = 0; i < run->packages.count; i++) {
        const cost_package *package = &run->packages.items[i];
        const cost_feed *feed = &run->feeds[run->item_feeds[package->item_no]];
        int64_t event = run->item_events[package->item_no];
        int32_t setting = event < 0 ? -1 : run->event_settings[event];
        if (run->item_outside[package->item_no] == 0 && package->first <= package->last) {
            cost_rows_add(&rows, package->item_no, feed->organisation, event,
                          event < 0 ? -1 : run->event_records[event],
                          setting < 0 ? feed->name : run->setting_names.items[setting].text.bytes);
        }
    }
    return cost_rows_write(&rows, run->table, error);
}

/* cost_frequency: number -> name, for the join. */
static shire_status append_frequencies(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "cost_frequency", "it");
    for (size_t i = 0; i < run->model.frequencies.count; i++) {
        cost_rows_add(&rows, (int32_t)i, run->model.frequencies.items[i].frequency);
    }
    return cost_rows_write(&rows, run->table, error);
}

static const char insert_packages[] =
    "INSERT INTO package SELECT item_no, frequency, first, last, days, gross, "
    "contribution, gross - contribution, actual_gross, actual_contribution, actual_net FROM "
    "cost_package JOIN cost_frequency USING (frequency_no) LEFT JOIN (SELECT item_no, "
    "coalesce(sum(amount) FILTER (part = 0), 0)::DECIMAL(18,6) AS actual_gross, "
    "coalesce(-sum(amount) FILTER (part = 1), 0)::DECIMAL(18,6) AS actual_contribution, "
    "sum(amount)::DECIMAL(18,6) AS actual_net FROM (SELECT item_no, amount, CASE WHEN activity_no "
    "IN %s THEN 0 WHEN activity_no IN %s THEN 1 WHEN activity_no IN %s THEN 2 END AS part FROM "
    "(FROM item_cost UNION ALL FROM item_income) SEMI JOIN cost_package USING (item_no)) WHERE "
    "part IS NOT NULL GROUP BY item_no) "
    "USING (item_no) ORDER BY item_no";

shire_status cost_packages_write(cost_run *run, shire_error *error) {
    shire_builder parts[COST_PACKAGE_PART_COUNT] = {{0}};
    shire_builder sql = {0};
    if (run->packages.count == 0) {
        return SHIRE_OK;
    }
    shire_status status = shire_table_execute(
        run->table,
        "CREATE OR REPLACE TEMP TABLE cost_package (item_no BIGINT, frequency_no INTEGER, first "
        "DATE, last DATE, days INTEGER, gross DECIMAL(18,6), contribution DECIMAL(18,6));"
        "CREATE OR REPLACE TEMP TABLE cost_frequency (frequency_no INTEGER, frequency VARCHAR)",
        error);
    if (status == SHIRE_OK) {
        status = append_planned(run, error);
    }
    if (status == SHIRE_OK) {
        status = append_places(run, error);
    }
    if (status == SHIRE_OK) {
        status = append_frequencies(run, error);
    }
    bool failed = false;
    for (int part = 0; part < COST_PACKAGE_PART_COUNT; part++) {
        print_activities(run, (cost_package_part)part, &parts[part]);
        failed |= parts[part].failed;
    }
    if (!failed) {
        shire_builder_append_format(&sql, insert_packages, parts[0].bytes, parts[1].bytes,
                                    parts[2].bytes);
    }
    if (status == SHIRE_OK) {
        status = failed || sql.failed ? COST_NO_MEMORY(error)
                                      : shire_table_execute(run->table, sql.bytes, error);
    }
    for (int part = 0; part < COST_PACKAGE_PART_COUNT; part++) {
        shire_builder_free(&parts[part]);
    }
    shire_builder_free(&sql);
    return status;
}
