/* Matching as JSON and as tables: two queries over what the costing run wrote down. Percentages
 * have two decimals, rounded half up. */
#include "cli/run_matching.h"

#include <inttypes.h>

shire_status shire_run_matching_collect(shire_table *warehouse, shire_arena *arena,
                                        shire_run_matching *matching_out, shire_error *error) {
    shire_status status = shire_table_query(
        warehouse,
        "SELECT o.code, f.feed, items, with_key, matched, unmatched, tied, "
        "coalesce(c.amount, 0)::DECIMAL(18,6) FROM match_feed AS f JOIN organisation AS o USING "
        "(organisation_no) LEFT JOIN match_cost AS c ON c.organisation_no = f.organisation_no AND "
        "c.feed = f.feed "
        "ORDER BY f.organisation_no, f.feed",
        arena, &matching_out->feeds, error);
    return status == SHIRE_OK
               ? shire_table_query(
                     warehouse,
                     "SELECT o.code, r.feed, coalesce(r.match_rule_no, -1), coalesce(m.kind, ''), "
                     "coalesce(m.columns, ''), coalesce(r.reason, ''), r.items FROM match_result "
                     "AS r JOIN organisation AS o USING (organisation_no) LEFT JOIN match_rule AS "
                     "m USING (match_rule_no) ORDER BY r.organisation_no, r.feed, r.match_rule_no "
                     "NULLS LAST, r.reason",
                     arena, &matching_out->results, error)
               : status;
}

/* Hundredths of a percent, as millionths of a percent's unit. */
static shire_decimal6 percent_of(int64_t part, int64_t whole) {
    return whole == 0 ? 0 : (part * 10000 * 2 + whole) / (2 * whole) * (SHIRE_MILLION / 100);
}

static json_t *text_json(const shire_column *column, size_t row) {
    shire_span text = shire_column_text(column, row);
    return json_stringn(text.bytes, text.length);
}

static bool is_of_feed(const shire_run_matching *matching, size_t result, size_t feed) {
    const shire_column *results = matching->results.columns;
    const shire_column *feeds = matching->feeds.columns;
    return shire_span_equal(shire_column_text(&results[0], result),
                            shire_column_text(&feeds[0], feed)) &&
           shire_span_equal(shire_column_text(&results[1], result),
                            shire_column_text(&feeds[1], feed));
}

/* "rules" and "unmatched_reasons" of one feed. */
static void add_results(json_t *object, const shire_run_matching *matching, size_t feed) {
    const shire_column *results = matching->results.columns;
    int64_t items = matching->feeds.columns[2].int64[feed];
    json_t *rules = json_array();
    json_t *reasons = json_object();
    for (size_t row = 0; row < matching->results.row_count; row++) {
        if (!is_of_feed(matching, row, feed)) {
            continue;
        }
        int64_t count = results[6].int64[row];
        if (results[2].int32[row] < 0) {
            shire_span reason = shire_column_text(&results[5], row);
            json_object_setn_new(reasons, reason.bytes, reason.length, json_integer(count));
            continue;
        }
        json_array_append_new(
            rules, json_pack("{s:i, s:o, s:o, s:I, s:o}", "rule", (int)results[2].int32[row],
                             "kind", text_json(&results[3], row), "columns",
                             text_json(&results[4], row), "items", (json_int_t)count, "percent",
                             shire_json_decimal(percent_of(count, items), 2)));
    }
    json_object_set_new(object, "rules", rules);
    json_object_set_new(object, "unmatched_reasons", reasons);
}

json_t *shire_run_matching_json(const shire_run_matching *matching) {
    const shire_column *feeds = matching->feeds.columns;
    json_t *list = json_array();
    for (size_t row = 0; row < matching->feeds.row_count; row++) {
        int64_t items = feeds[2].int64[row];
        int64_t with_key = feeds[3].int64[row];
        json_t *object =
            json_pack("{s:o, s:o, s:I, s:I, s:o, s:I, s:o, s:I, s:o, s:I, s:o, s:I, s:o}",
                      "organisation", text_json(&feeds[0], row), "feed", text_json(&feeds[1], row),
                      "items", (json_int_t)items, "with_key", (json_int_t)with_key,
                      "with_key_percent", shire_json_decimal(percent_of(with_key, items), 2),
                      "without_key", (json_int_t)(items - with_key), "without_key_percent",
                      shire_json_decimal(percent_of(items - with_key, items), 2), "matched",
                      (json_int_t)feeds[4].int64[row], "matched_percent",
                      shire_json_decimal(percent_of(feeds[4].int64[row], items), 2), "unmatched",
                      (json_int_t)feeds[5].int64[row], "unmatched_percent",
                      shire_json_decimal(percent_of(feeds[5].int64[row], items), 2), "tied",
                      (json_int_t)feeds[6].int64[row], "unmatched_cost",
                      shire_json_decimal(feeds[7].decimal6[row], 2));
        if (object != NULL) {
            add_results(object, matching, row);
        }
        json_array_append_new(list, object);
    }
    return list;
}

static void print_text(FILE *file, int width, shire_span text) {
    int length = (int)(text.length < (size_t)width ? text.length : (size_t)width);
    fprintf(file, "%.*s%*s", length, text.bytes, width - length, "");
}

static void print_percent(FILE *file, int64_t part, int64_t whole) {
    char text[24];
    shire_decimal_format(percent_of(part, whole), 2, text);
    fprintf(file, " %9s%%", text);
}

static void print_rules(const shire_run_matching *matching, size_t feed, FILE *file) {
    const shire_column *results = matching->results.columns;
    int64_t items = matching->feeds.columns[2].int64[feed];
    for (size_t row = 0; row < matching->results.row_count; row++) {
        if (!is_of_feed(matching, row, feed)) {
            continue;
        }
        shire_span kind = shire_column_text(&results[3], row);
        shire_span columns = shire_column_text(&results[4], row);
        shire_span reason = shire_column_text(&results[5], row);
        int64_t count = results[6].int64[row];
        fprintf(file, "      %12" PRId64, count);
        print_percent(file, count, items);
        if (results[2].int32[row] == 0) {
            fputs("  by event_id\n", file);
        } else if (results[2].int32[row] > 0) {
            fprintf(file, "  by %.*s %d: %.*s\n", (int)kind.length, kind.bytes,
                    (int)results[2].int32[row], (int)columns.length, columns.bytes);
        } else {
            fprintf(file, "  unmatched: %.*s\n", (int)reason.length, reason.bytes);
        }
    }
}

void shire_run_matching_print(const shire_run_matching *matching, bool with_rules, FILE *file) {
    const shire_column *feeds = matching->feeds.columns;
    if (matching->feeds.row_count == 0) {
        return;
    }
    fprintf(file, "%-30s %11s %10s %10s %10s %15s\n", "Items to events, by feed", "items",
            "with key", "without", "unmatched", "cost unmatched");
    for (size_t row = 0; row < matching->feeds.row_count; row++) {
        int64_t items = feeds[2].int64[row];
        char cost[32];
        fputs("  ", file);
        print_text(file, 9, shire_column_text(&feeds[0], row));
        fputc(' ', file);
        print_text(file, 18, shire_column_text(&feeds[1], row));
        fprintf(file, " %11" PRId64, items);
        print_percent(file, feeds[3].int64[row], items);
        print_percent(file, items - feeds[3].int64[row], items);
        print_percent(file, feeds[5].int64[row], items);
        shire_money_format_pounds(feeds[7].decimal6[row], cost);
        fprintf(file, " %15s\n", cost);
        if (with_rules) {
            print_rules(matching, row, file);
        }
    }
}
