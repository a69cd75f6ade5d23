/* What a run says of itself: five queries over the finished warehouse, then JSON or plain tables.
 * The terminal tables right-align money to pence and stay under 100 columns. */
#include "cli/run_summary.h"

#include "io/json.h"

#include <inttypes.h>
#include <string.h>

static shire_status count_rows(shire_table *warehouse, const char *sql, int64_t *count_out,
                               shire_error *error) {
    return shire_table_query_int64(warehouse, sql, count_out, error);
}

static bool every_difference_is_zero(const shire_frame *organisations) {
    const shire_column *difference = shire_frame_column(organisations, "difference");
    for (size_t row = 0; row < organisations->row_count; row++) {
        if (difference->decimal6[row] != 0) {
            return false;
        }
    }
    return true;
}

static const char organisations_sql[] =
    "SELECT o.code, o.name, r.ledger, r.allocated, r.excluded, r.unallocated, r.difference "
    "FROM reconciliation AS r JOIN organisation AS o USING (organisation_no) "
    "ORDER BY organisation_no";
static const char kinds_sql[] =
    "SELECT setting, sum(events)::BIGINT AS events, sum(amount)::DECIMAL(18,6) AS amount "
    "FROM kind_cost GROUP BY ALL ORDER BY amount DESC, setting";
static const char delay_reasons_sql[] =
    "SELECT o.code AS organisation, d.reason, d.responsible, count(*) AS events, "
    "sum(d.days)::BIGINT AS days, sum(d.amount)::DECIMAL(18,6) AS amount "
    "FROM event_delay AS d JOIN event AS e USING (event_no) "
    "JOIN organisation AS o USING (organisation_no) GROUP BY ALL ORDER BY ALL";
static const char ledgers_sql[] =
    "SELECT o.code, s.ledger, s.segment, s.amount FROM ledger_segment AS s "
    "JOIN organisation AS o USING (organisation_no) ORDER BY organisation_no, ledger, segment";
static const char delay_partners_sql[] =
    "SELECT partner, sum(days)::DECIMAL(18,6) AS days, sum(amount)::DECIMAL(18,6) AS amount "
    "FROM delay_partner GROUP BY ALL ORDER BY ALL";
static const char packages_sql[] =
    "SELECT o.code AS organisation, c.kind AS kind_of_care, count(*) AS packages, "
    "sum(p.days)::BIGINT AS days, sum(gross)::DECIMAL(18,6) AS planned_gross, "
    "sum(p.contribution)::DECIMAL(18,6) AS planned_contribution, sum(net)::DECIMAL(18,6) AS "
    "planned_net, coalesce(sum(actual_gross), 0)::DECIMAL(18,6) AS actual_gross, "
    "coalesce(sum(actual_contribution), 0)::DECIMAL(18,6) AS actual_contribution, "
    "coalesce(sum(actual_net), 0)::DECIMAL(18,6) AS actual_net FROM package AS p "
    "JOIN package_place AS c USING (item_no) JOIN organisation AS o USING (organisation_no) "
    "GROUP BY ALL ORDER BY ALL";
static const char progress_sql[] =
    "SELECT completion_status, count(*) AS events, sum(days)::BIGINT AS days, "
    "sum(cost_brought_forward)::DECIMAL(18,6) AS cost_brought_forward, "
    "sum(cost)::DECIMAL(18,6) AS cost, sum(cost_to_date)::DECIMAL(18,6) AS cost_to_date "
    "FROM event_period WHERE completion_status > 0 GROUP BY completion_status ORDER BY "
    "completion_status";

shire_status shire_run_summary_collect(shire_table *warehouse, shire_arena *arena,
                                       shire_run_summary *summary_out, shire_error *error) {
    const struct {
        const char *sql;
        int64_t *count_out;
    } counts[] = {
        {"SELECT count(*) FROM person", &summary_out->people},
        {"SELECT count(*) FROM person_record", &summary_out->records},
        {"SELECT coalesce(sum(record_count), 0)::BIGINT FROM person WHERE record_count > 1",
         &summary_out->records_joined},
        {"SELECT count(*) FROM event", &summary_out->events},
        {"SELECT count(*) FROM activity_item", &summary_out->items},
        {"SELECT count(*) FROM finding", &summary_out->findings},
    };

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        shire_status status = count_rows(warehouse, counts[i].sql, counts[i].count_out, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    const struct {
        const char *sql;
        shire_frame *frame_out;
    } frames[] = {
        {organisations_sql, &summary_out->organisations},
        {kinds_sql, &summary_out->kinds_of_care},
        {delay_reasons_sql, &summary_out->delay_reasons},
        {delay_partners_sql, &summary_out->delay_partners},
        {ledgers_sql, &summary_out->ledgers},
        {packages_sql, &summary_out->packages},
        {progress_sql, &summary_out->progress},
    };
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof frames / sizeof frames[0] && status == SHIRE_OK; i++) {
        status = shire_table_query(warehouse, frames[i].sql, arena, frames[i].frame_out, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(warehouse, "SELECT * FROM assurance ORDER BY rowid", arena,
                                   &summary_out->assurance, error);
    }
    if (status == SHIRE_OK) {
        status = shire_run_matching_collect(warehouse, arena, &summary_out->matching, error);
    }
    if (status == SHIRE_OK) {
        summary_out->reconciled = every_difference_is_zero(&summary_out->organisations);
    }
    return status;
}

static json_t *organisations_json(const shire_frame *organisations) {
    static const char *const amounts[] = {"ledger", "allocated", "excluded", "unallocated",
                                          "difference"};
    json_t *list = json_array();
    for (size_t row = 0; row < organisations->row_count; row++) {
        json_t *entry = json_object();
        shire_span code = shire_column_text(shire_frame_column(organisations, "code"), row);
        json_object_set_new(entry, "code", json_stringn(code.bytes, code.length));
        for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
            const shire_column *column = shire_frame_column(organisations, amounts[i]);
            json_object_set_new(entry, amounts[i], shire_json_decimal(column->decimal6[row], 2));
        }
        json_array_append_new(list, entry);
    }
    return list;
}

/* Delayed discharges: both lists hold the same days and cost, cut two ways. */
static json_t *delays_json(const shire_run_summary *summary) {
    static const char *const names[] = {"organisation", "reason", "responsible"};
    json_t *reasons = json_array();
    json_t *partners = json_array();
    for (size_t row = 0; row < summary->delay_reasons.row_count; row++) {
        const shire_column *columns = summary->delay_reasons.columns;
        json_t *entry = json_object();
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            shire_span text = shire_column_text(&columns[i], row);
            json_object_set_new(entry, names[i], json_stringn(text.bytes, text.length));
        }
        json_object_set_new(entry, "events", json_integer(columns[3].int64[row]));
        json_object_set_new(entry, "days", json_integer(columns[4].int64[row]));
        json_object_set_new(entry, "cost", shire_json_decimal(columns[5].decimal6[row], 2));
        json_array_append_new(reasons, entry);
    }
    for (size_t row = 0; row < summary->delay_partners.row_count; row++) {
        const shire_column *columns = summary->delay_partners.columns;
        shire_span partner = shire_column_text(&columns[0], row);
        json_t *entry = json_object();
        json_object_set_new(entry, "partner", json_stringn(partner.bytes, partner.length));
        json_object_set_new(entry, "days", shire_json_decimal(columns[1].decimal6[row], 0));
        json_object_set_new(entry, "cost", shire_json_decimal(columns[2].decimal6[row], 2));
        json_array_append_new(partners, entry);
    }
    return json_pack("{s:o, s:o}", "reasons", reasons, "partners", partners);
}

/* One entry for each organisation's cost and income: the total, and what it was for. */
static json_t *ledgers_json(const shire_frame *ledgers) {
    json_t *list = json_array();
    const shire_column *columns = ledgers->columns;
    for (size_t first = 0, next; first < ledgers->row_count; first = next) {
        shire_span code = shire_column_text(&columns[0], first);
        shire_span ledger = shire_column_text(&columns[1], first);
        json_t *segments = json_object();
        shire_money total = 0;
        for (next = first; next < ledgers->row_count &&
                           shire_span_equal(shire_column_text(&columns[0], next), code) &&
                           shire_span_equal(shire_column_text(&columns[1], next), ledger);
             next++) {
            shire_span segment = shire_column_text(&columns[2], next);
            total += columns[3].decimal6[next];
            json_object_setn_new(segments, segment.bytes, segment.length,
                                 shire_json_decimal(columns[3].decimal6[next], 2));
        }
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "organisation",
                                              json_stringn(code.bytes, code.length), "ledger",
                                              json_stringn(ledger.bytes, ledger.length), "total",
                                              shire_json_decimal(total, 2), "segments", segments));
    }
    return list;
}

static json_t *packages_json(const shire_frame *packages) {
    json_t *list = json_array();
    for (size_t row = 0; row < packages->row_count; row++) {
        json_t *entry = json_object();
        for (size_t i = 0; i < packages->column_count; i++) {
            const shire_column *column = &packages->columns[i];
            shire_span text = i < 2 ? shire_column_text(column, row) : (shire_span){0};
            json_object_set_new(entry, column->name,
                                i < 2   ? json_stringn(text.bytes, text.length)
                                : i < 4 ? json_integer(column->int64[row])
                                        : shire_json_decimal(column->decimal6[row], 2));
        }
        json_array_append_new(list, entry);
    }
    return list;
}

/* One entry a completion status that occurs. */
static json_t *progress_json(const shire_frame *progress) {
    json_t *list = json_array();
    const shire_column *columns = progress->columns;
    for (size_t row = 0; row < progress->row_count; row++) {
        json_array_append_new(
            list, json_pack("{s:i, s:I, s:I, s:o, s:o, s:o}", "completion_status",
                            (int)columns[0].int32[row], "events", (json_int_t)columns[1].int64[row],
                            "days", (json_int_t)columns[2].int64[row], "cost_brought_forward",
                            shire_json_decimal(columns[3].decimal6[row], 2), "cost",
                            shire_json_decimal(columns[4].decimal6[row], 2), "cost_to_date",
                            shire_json_decimal(columns[5].decimal6[row], 2)));
    }
    return list;
}

static json_t *stages_json(const shire_meter *meter) {
    json_t *list = json_array();
    for (int i = 0; i < meter->stage_count; i++) {
        const shire_meter_stage *stage = &meter->stages[i];
        json_array_append_new(list, json_pack("{s:s, s:f, s:f}", "name", stage->name, "seconds",
                                              stage->seconds, "peak_mb", stage->peak_mb));
    }
    return list;
}

static json_t *link_json(const shire_run_summary *summary) {
    json_t *link = json_pack("{s:I, s:I}", "records", (json_int_t)summary->records,
                             "records_compared", (json_int_t)summary->records_compared);
    if (link != NULL && summary->link.known) {
        json_object_set_new(link, "precision", json_real(summary->link.precision));
        json_object_set_new(link, "recall", json_real(summary->link.recall));
        json_object_set_new(link, "f1", json_real(summary->link.f1));
    }
    return link;
}

static json_t *assurance_json(const shire_frame *rows) {
    static const char *const texts[] = {"kind", "organisation", "name"};
    static const char *const amounts[] = {"before", "after", "materiality"};
    json_t *list = json_array();
    for (size_t row = 0; row < rows->row_count; row++) {
        json_t *entry = json_object();
        for (size_t i = 0; i < 3; i++) {
            const shire_column *column = shire_frame_column(rows, texts[i]);
            shire_span text = shire_column_text(column, row);
            json_object_set_new(entry, texts[i],
                                shire_column_is_null(column, row)
                                    ? json_null()
                                    : json_stringn(text.bytes, text.length));
        }
        for (size_t i = 0; i < 3; i++) {
            const shire_column *column = shire_frame_column(rows, amounts[i]);
            json_object_set_new(entry, amounts[i],
                                shire_column_is_null(column, row)
                                    ? json_null()
                                    : shire_json_decimal(column->decimal6[row], 2));
        }
        const shire_column *count = shire_frame_column(rows, "row_count");
        const shire_column *note = shire_frame_column(rows, "note");
        shire_span text = shire_column_text(note, row);
        json_object_set_new(entry, "rows",
                            shire_column_is_null(count, row) ? json_null()
                                                             : json_integer(count->int64[row]));
        json_object_set_new(
            entry, "note",
            shire_column_is_null(note, row) ? json_null() : json_stringn(text.bytes, text.length));
        json_array_append_new(list, entry);
    }
    return list;
}

shire_status shire_run_summary_print_json(const shire_run_summary *summary,
                                          const shire_meter *meter, const char *report_path,
                                          FILE *file, shire_error *error) {
    json_t *document =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o}", "people", (json_int_t)summary->people,
                  "records", (json_int_t)summary->records, "events", (json_int_t)summary->events,
                  "items", (json_int_t)summary->items, "findings", (json_int_t)summary->findings,
                  "reconciled", (int)summary->reconciled, "organisations",
                  organisations_json(&summary->organisations), "stages", stages_json(meter));
    if (document == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while printing the summary");
    }
    json_object_set_new(document, "ledgers", ledgers_json(&summary->ledgers));
    json_object_set_new(document, "work_in_progress", progress_json(&summary->progress));
    json_object_set_new(document, "matching", shire_run_matching_json(&summary->matching));
    if (summary->delay_reasons.row_count > 0) {
        json_object_set_new(document, "delays", delays_json(summary));
    }
    json_object_set_new(document, "assurance", assurance_json(&summary->assurance));
    if (summary->packages.row_count > 0) {
        json_object_set_new(document, "packages", packages_json(&summary->packages));
    }
    json_object_set_new(document, "link", link_json(summary));
    if (report_path != NULL) {
        json_object_set_new(document, "report", json_string(report_path));
    }
    return shire_json_print(document, file, error);
}

/* 1234567 as "1,234,567". */
static const char *grouped(int64_t number, char buffer[32]) {
    char plain[24];
    int length = snprintf(plain, sizeof plain, "%" PRId64, number);
    char *out = buffer;
    for (int i = 0; i < length; i++) {
        if (i > 0 && plain[i - 1] != '-' && (length - i) % 3 == 0) {
            *out++ = ',';
        }
        *out++ = plain[i];
    }
    *out = '\0';
    return buffer;
}

static void print_count(FILE *file, const char *label, int64_t number) {
    char buffer[32];
    fprintf(file, "  %-18s %14s\n", label, grouped(number, buffer));
}

static void print_money(FILE *file, int width, shire_money money) {
    char buffer[32];
    shire_money_format_pounds(money, buffer);
    fprintf(file, " %*s", width, buffer);
}

enum { AMOUNT_COUNT = 5, NAME_WIDTH = 28 };

/* A text cut to NAME_WIDTH characters and padded to it; a UTF-8 letter counts once. */
static void print_name(FILE *file, shire_span name) {
    size_t at = 0;
    int width = 0;
    while (at < name.length && width < NAME_WIDTH) {
        at++;
        while (at < name.length && ((unsigned char)name.bytes[at] & 0xC0) == 0x80) {
            at++;
        }
        width++;
    }
    fprintf(file, "  %.*s%*s", (int)at, name.bytes, NAME_WIDTH - width, "");
}

static void print_amounts(FILE *file, const shire_money *amounts) {
    static const int widths[AMOUNT_COUNT] = {15, 15, 15, 13, 11};
    for (int i = 0; i < AMOUNT_COUNT; i++) {
        print_money(file, widths[i], amounts[i]);
    }
    fputc('\n', file);
}

/* Bodies that sent no ledger are counted, not listed: a partnership names its predecessors too. */
static void print_organisations(FILE *file, const shire_frame *organisations) {
    static const char *const columns[AMOUNT_COUNT] = {"ledger", "allocated", "excluded",
                                                      "unallocated", "difference"};
    shire_money totals[AMOUNT_COUNT] = {0};
    size_t without_ledger = 0;
    fprintf(file, "\n%-30s %15s %15s %15s %13s %11s\n", "Cost by organisation (GBP)", "ledger",
            "allocated", "excluded", "unallocated", "difference");
    for (size_t row = 0; row < organisations->row_count; row++) {
        shire_money amounts[AMOUNT_COUNT];
        bool any = false;
        for (int i = 0; i < AMOUNT_COUNT; i++) {
            amounts[i] = shire_frame_column(organisations, columns[i])->decimal6[row];
            totals[i] += amounts[i];
            any = any || amounts[i] != 0;
        }
        if (any) {
            print_name(file, shire_column_text(shire_frame_column(organisations, "name"), row));
            print_amounts(file, amounts);
        } else {
            without_ledger++;
        }
    }
    print_name(file, shire_span_of("All"));
    print_amounts(file, totals);
    if (without_ledger > 0) {
        fprintf(file, "  (%zu of %zu organisations have no ledger)\n", without_ledger,
                organisations->row_count);
    }
}

static void print_kinds_of_care(FILE *file, const shire_frame *kinds) {
    if (kinds->row_count == 0) {
        return;
    }
    fprintf(file, "\n%-30s %15s %15s %15s\n", "Cost by kind of care (GBP)", "events", "cost",
            "cost an event");
    for (size_t row = 0; row < kinds->row_count; row++) {
        char buffer[32];
        shire_span setting = shire_column_text(shire_frame_column(kinds, "setting"), row);
        int64_t events = shire_frame_column(kinds, "events")->int64[row];
        shire_money amount = shire_frame_column(kinds, "amount")->decimal6[row];
        print_name(file, setting);
        fprintf(file, " %15s", grouped(events, buffer));
        print_money(file, 15, amount);
        print_money(file, 15, amount / events);
        fputc('\n', file);
    }
}

static bool is_text(const shire_column *column, size_t row, const char *text) {
    return shire_span_equal(shire_column_text(column, row), shire_span_of(text));
}

/* Printed where there is more than the cost of patient care. */
static void print_ledgers(FILE *file, const shire_frame *ledgers) {
    const shire_column *columns = ledgers->columns;
    bool any = false;
    for (size_t row = 0; row < ledgers->row_count; row++) {
        bool income = is_text(&columns[1], row, "income");
        any = any || (income ? !is_text(&columns[2], row, "unallocated")
                             : !is_text(&columns[2], row, "patient") &&
                                   !is_text(&columns[2], row, "excluded") &&
                                   !is_text(&columns[2], row, "unallocated"));
    }
    if (!any) {
        return;
    }
    fprintf(file, "\n%-30s %-10s %-15s %15s\n", "Cost and income apart (GBP)", "ledger", "for",
            "amount");
    for (size_t row = 0; row < ledgers->row_count; row++) {
        shire_span ledger = shire_column_text(&columns[1], row);
        shire_span segment = shire_column_text(&columns[2], row);
        print_name(file, shire_column_text(&columns[0], row));
        fprintf(file, " %-10.*s %-15.*s", (int)ledger.length, ledger.bytes, (int)segment.length,
                segment.bytes);
        print_money(file, 15, columns[3].decimal6[row]);
        fputc('\n', file);
    }
}

static void print_stages(FILE *file, const shire_meter *meter) {
    fprintf(file, "\n%-18s %10s %12s\n", "Stages", "seconds", "peak MB");
    double seconds = 0;
    for (int i = 0; i < meter->stage_count; i++) {
        const shire_meter_stage *stage = &meter->stages[i];
        seconds += stage->seconds;
        fprintf(file, "  %-16s %10.2f %12.0f\n", stage->name, stage->seconds, stage->peak_mb);
    }
    fprintf(file, "  %-16s %10.2f\n", "all", seconds);
}

void shire_run_summary_print(const shire_run_summary *summary, const shire_meter *meter,
                             const shire_partnership *partnership, const char *report_path,
                             FILE *file) {
    char first[11];
    char last[11];
    shire_date_format(partnership->period_first, first);
    shire_date_format(partnership->period_last, last);
    fprintf(file, "%s, %s to %s\n\n", partnership->name, first, last);
    print_count(file, "People", summary->people);
    print_count(file, "Records", summary->records);
    print_count(file, "  of them joined", summary->records_joined);
    print_count(file, "Events", summary->events);
    print_count(file, "Activity items", summary->items);
    print_count(file, "Findings", summary->findings);
    print_organisations(file, &summary->organisations);
    fprintf(file, "  %s\n",
            summary->reconciled ? "Every ledger reconciles to the last micropound."
                                : "The ledgers do not reconcile.");
    print_kinds_of_care(file, &summary->kinds_of_care);
    print_ledgers(file, &summary->ledgers);
    if (summary->link.known) {
        fprintf(file, "\nLink against the known truth: precision %.5f, recall %.5f, F1 %.5f\n",
                summary->link.precision, summary->link.recall, summary->link.f1);
    }
    print_stages(file, meter);
    if (report_path != NULL) {
        fprintf(file, "\nReport: %s\n", report_path);
    }
}
