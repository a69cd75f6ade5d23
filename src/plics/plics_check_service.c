/*
 * Checking one PLICS file: line 1 names the message header, line 2 holds it, line 3 names the
 * columns, each line after it is a record. One pass; of a record no more than a hash is kept.
 * Records of one patient's event repeat most of their values, and a value that is the same as in
 * the record before is not checked again.
 */
#include "io/line.h"
#include "plics/plics.h"
#include "plics/plics_repeat.h"
#include "plics/plics_sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SPLIT_MAX 64 /* fields of a line that are told apart; the rest is counted */
#define SEEN_BYTES 64
#define WHOLE_LINE (PLICS_HEADER_MAX + PLICS_COLUMNS_MAX)
#define UNMAPPED (-1)

typedef struct plics_split {
    shire_span fields[SPLIT_MAX];
    size_t count;   /* also of those beyond SPLIT_MAX */
    bool bad_quote; /* a quote that does not end, or text after it */
} plics_split;

/* The value of a column in the last record in which it was good. */
typedef struct plics_seen {
    uint8_t length;
    char bytes[SEEN_BYTES];
} plics_seen;

typedef struct plics_checker {
    plics_sink sink;
    shire_line_reader *reader;
    char delimiter;
    plics_split split;
    char unquoted[SHIRE_LINE_BYTES_MAX];

    const plics_feed *feed;
    plics_places places;
    plics_period period;
    bool period_known;
    int64_t header_records; /* -1: not said well */
    bool total_known;
    plics_sum header_total;
    char organisation[8];

    int targets[SPLIT_MAX]; /* column of the file -> column of the feed, or UNMAPPED */
    size_t file_columns;
    int amount_column;   /* of the feed: what is summed */
    int excluded_column; /* of REC; else -1 */
    plics_seen seen[PLICS_COLUMNS_MAX];
    int64_t empty[PLICS_COLUMNS_MAX];
    int64_t record_count;
    int64_t byte_count;
    plics_sum total;
    plics_sum excluded;
    plics_repeat repeat;
    bool out_of_memory;
} plics_checker;

/* ---- a line into fields ---- */

/* A quoted field whose opening quote is at `from`; its text goes to `scratch`. Gives the place
 * after the closing quote. */
static size_t take_quoted(shire_span line, size_t from, char **scratch, shire_span *field,
                          bool *bad) {
    char *start = *scratch;
    size_t i = from + 1;
    for (; i < line.length; i++) {
        if (line.bytes[i] == '"' && (i + 1 == line.length || line.bytes[i + 1] != '"')) {
            break;
        }
        i += line.bytes[i] == '"' ? 1 : 0;
        *(*scratch)++ = line.bytes[i];
    }
    *bad |= i >= line.length;
    *field = (shire_span){start, (size_t)(*scratch - start)};
    return i < line.length ? i + 1 : line.length;
}

static void split_line(plics_checker *checker, shire_span line) {
    plics_split *split = &checker->split;
    char *scratch = checker->unquoted;
    size_t i = 0;
    split->count = 0;
    split->bad_quote = false;
    for (;;) {
        shire_span field;
        if (i < line.length && line.bytes[i] == '"') {
            i = take_quoted(line, i, &scratch, &field, &split->bad_quote);
            split->bad_quote |= i < line.length && line.bytes[i] != checker->delimiter;
        } else {
            size_t start = i;
            while (i < line.length && line.bytes[i] != checker->delimiter) {
                i++;
            }
            field = (shire_span){line.bytes + start, i - start};
        }
        if (split->count < SPLIT_MAX) {
            split->fields[split->count] = field;
        }
        split->count++;
        if (i >= line.length || split->bad_quote) {
            return;
        }
        i++;
    }
}

/* The most frequent of the four in the first line. */
static char find_delimiter(shire_span line) {
    static const char candidates[] = ",|;\t";
    char best = ',';
    size_t best_count = 0;
    for (const char *c = candidates; *c != '\0'; c++) {
        size_t count = 0;
        for (size_t i = 0; i < line.length; i++) {
            count += line.bytes[i] == *c;
        }
        if (count > best_count) {
            best = *c;
            best_count = count;
        }
    }
    return best;
}

/* ---- header ---- */

static size_t header_place(size_t column) {
    return column;
}

static size_t column_place(size_t column) {
    return PLICS_HEADER_MAX + column;
}

/* Values of the header by plics_header_no; length 0: empty or not there. */
static void map_header(plics_checker *checker, const plics_split *names, shire_span *values,
                       bool *present) {
    for (size_t i = 0; i < names->count && i < SPLIT_MAX; i++) {
        bool known = false;
        for (size_t k = 0; k < PLICS_HEADER_MAX; k++) {
            if (!plics_field_is_named(plics_header[k].field, names->fields[i])) {
                continue;
            }
            known = true;
            if (present[k]) {
                plics_sink_add(&checker->sink, PLICS_DUPLICATE_COLUMN, header_place(k), 1,
                               plics_header[k].field, "keep one of them",
                               "the message header names it twice");
            }
            present[k] = true;
            values[k] = i < checker->split.count ? checker->split.fields[i] : (shire_span){"", 0};
        }
        if (!known) {
            plics_sink_add(&checker->sink, PLICS_UNKNOWN_COLUMN, WHOLE_LINE, 1, NULL,
                           "leave it out, or correct its name",
                           "field %zu of the message header is none of the data set", i + 1);
        }
    }
}

/* The feed whose columns the names of line 3 are most like, for a header that does not say. */
static int guess_feed(const plics_split *names) {
    int best = -1;
    size_t best_count = 0;
    for (int feed = 0; feed < PLICS_FEED_COUNT; feed++) {
        size_t count = 0;
        for (size_t i = 0; i < names->count && i < SPLIT_MAX; i++) {
            for (size_t k = 0; k < plics_feeds[feed].column_count; k++) {
                count += plics_field_is_named(plics_feeds[feed].columns[k].field, names->fields[i]);
            }
        }
        if (count > best_count) {
            best = feed;
            best_count = count;
        }
    }
    return best;
}

static void check_header_values(plics_checker *checker, const shire_span *values,
                                const bool *present, size_t count, bool *good) {
    for (size_t k = 0; k < count; k++) {
        const plics_field *field = plics_header[k].field;
        plics_fault fault = PLICS_GOOD;
        if (!present[k]) {
            plics_sink_add(&checker->sink, PLICS_MISSING_COLUMN, header_place(k), 1, field,
                           "add it: the message header needs it", "the message header lacks it");
        } else {
            fault =
                values[k].length == 0 ? PLICS_MANDATORY_EMPTY : plics_value_check(field, values[k]);
            plics_sink_add_fault(&checker->sink, fault, header_place(k), 2, field,
                                 values[k].length);
        }
        good[k] = present[k] && fault == PLICS_GOOD;
    }
}

/* The period must be in order and within the financial year. */
static void check_period(plics_checker *checker, const shire_span *values, const bool *good) {
    if (!good[PLICS_PERIOD_START] || !good[PLICS_PERIOD_END]) {
        return;
    }
    checker->period = plics_period_of(plics_value_date(values[PLICS_PERIOD_START]),
                                      plics_value_date(values[PLICS_PERIOD_END]));
    checker->period_known = true;
    if (checker->period.last < checker->period.first) {
        plics_sink_add_fault(&checker->sink, PLICS_WRONG_ORDER, header_place(PLICS_PERIOD_END), 2,
                             plics_header[PLICS_PERIOD_END].field, 10);
        checker->period_known = false;
        return;
    }
    int year;
    int month;
    int day;
    shire_date_parts(checker->period.year_first, &year, &month, &day);
    char said[16];
    snprintf(said, sizeof(said), "FY%04d-%02d", year, (year + 1) % 100);
    if ((good[PLICS_FINANCIAL_YEAR] &&
         !shire_span_equal(values[PLICS_FINANCIAL_YEAR], shire_span_of(said))) ||
        checker->period.last > checker->period.year_last) {
        plics_sink_add(&checker->sink, (plics_kind)PLICS_OUTSIDE_PERIOD,
                       header_place(PLICS_FINANCIAL_YEAR), 2,
                       plics_header[PLICS_FINANCIAL_YEAR].field,
                       "send one financial year, 1 April to 31 March, in a file",
                       "the reporting period does not lie in this financial year");
    }
}

static void take_header(plics_checker *checker, const plics_split *names,
                        const plics_split *columns) {
    shire_span values[PLICS_HEADER_MAX] = {{NULL, 0}};
    bool present[PLICS_HEADER_MAX] = {false};
    bool good[PLICS_HEADER_MAX] = {false};
    map_header(checker, names, values, present);
    if (checker->split.count != names->count) {
        plics_sink_add(&checker->sink, PLICS_FIELD_COUNT, WHOLE_LINE, 2, NULL,
                       "give each field of line 1 one value, and no more",
                       "the message header has %zu values for %zu names", checker->split.count,
                       names->count);
    }
    int feed = plics_feed_find(values[PLICS_ACTIVITY_TYPE]);
    if (feed < 0) {
        feed = guess_feed(columns);
    }
    if (feed < 0) {
        plics_sink_add(&checker->sink, PLICS_UNKNOWN_FEED, header_place(PLICS_ACTIVITY_TYPE), 2,
                       plics_header[PLICS_ACTIVITY_TYPE].field, "say APC, OP, EC, SWC, SI or REC",
                       "the header says no feed and line 3 names no column of one");
        return;
    }
    checker->feed = &plics_feeds[feed];
    check_header_values(checker, values, present, checker->feed->header_count, good);
    check_period(checker, values, good);
    if (good[PLICS_SUBMITTER]) {
        snprintf(checker->organisation, sizeof(checker->organisation), "%.*s",
                 (int)values[PLICS_SUBMITTER].length, values[PLICS_SUBMITTER].bytes);
    }
    if (good[PLICS_RECORD_COUNT]) {
        checker->header_records =
            (int64_t)(plics_value_amount(values[PLICS_RECORD_COUNT]) / 100000000);
    }
    checker->total_known = good[PLICS_TOTAL_COST];
    if (checker->total_known) {
        checker->header_total = plics_value_amount(values[PLICS_TOTAL_COST]);
    }
}

/* ---- columns ---- */

static void map_columns(plics_checker *checker, const plics_split *names) {
    const plics_feed *feed = checker->feed;
    bool present[PLICS_COLUMNS_MAX] = {false};
    checker->file_columns = names->count;
    for (size_t i = 0; i < names->count && i < SPLIT_MAX; i++) {
        checker->targets[i] = UNMAPPED;
        for (size_t k = 0; k < feed->column_count; k++) {
            const plics_field *field = feed->columns[k].field;
            if (!plics_field_is_named(field, names->fields[i])) {
                continue;
            }
            if (present[k]) {
                plics_sink_add(&checker->sink, PLICS_DUPLICATE_COLUMN, column_place(k), 3, field,
                               "keep one of them", "the column stands there twice");
            } else {
                checker->targets[i] = (int)k;
            }
            present[k] = true;
            break;
        }
        if (checker->targets[i] == UNMAPPED && names->fields[i].length < SEEN_BYTES * 4) {
            plics_sink_add(&checker->sink, PLICS_UNKNOWN_COLUMN, WHOLE_LINE, 3, NULL,
                           "leave it out, or correct its name",
                           "column %zu is none of the feed %s, or stands there twice", i + 1,
                           feed->code);
        }
    }
    for (size_t k = 0; k < feed->column_count; k++) {
        if (!present[k]) {
            plics_sink_add(&checker->sink, PLICS_MISSING_COLUMN, column_place(k), 3,
                           feed->columns[k].field,
                           "add the column; where a value is not known and "
                           "not mandatory the cell is empty",
                           "the feed %s has this column and the file has not", feed->code);
        }
    }
    checker->places = plics_places_of(feed);
    checker->amount_column = plics_column_find(
        feed, feed == &plics_feeds[PLICS_REC] ? PLICS_KEY_VALUE : PLICS_KEY_TOTAL_COST);
    checker->excluded_column = plics_column_find(feed, PLICS_KEY_EXCLUDED);
}

/* ---- records ---- */

static bool was_seen(const plics_seen *seen, shire_span value) {
    return value.length == seen->length && memcmp(seen->bytes, value.bytes, value.length) == 0;
}

static void remember(plics_seen *seen, shire_span value) {
    seen->length = 0;
    if (value.length < SEEN_BYTES) {
        memcpy(seen->bytes, value.bytes, value.length);
        seen->length = (uint8_t)value.length;
    }
}

/* Whether a record alike is the same one once more. Two like drugs of an event are two records of
 * SI; without any identifier of the event two patients may be alike in all that is sent. */
static bool is_identified(const plics_feed *feed, const shire_span *values) {
    bool identified = feed == &plics_feeds[PLICS_REC] || feed == &plics_feeds[PLICS_SWC];
    for (size_t k = 0; k < feed->column_count && feed != &plics_feeds[PLICS_SI]; k++) {
        identified |= feed->columns[k].field->form == PLICS_TEXT && values[k].length > 0;
    }
    return identified;
}

static void check_record(plics_checker *checker, int64_t line) {
    const plics_feed *feed = checker->feed;
    shire_span values[PLICS_COLUMNS_MAX] = {{NULL, 0}};
    uint8_t good[PLICS_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < checker->file_columns && i < SPLIT_MAX; i++) {
        int target = checker->targets[i];
        if (target == UNMAPPED) {
            continue;
        }
        shire_span value = checker->split.fields[i];
        values[target] = value;
        if (value.length == 0) {
            checker->empty[target] += !feed->columns[target].mandatory;
            if (feed->columns[target].mandatory) {
                plics_sink_add_fault(&checker->sink, PLICS_MANDATORY_EMPTY,
                                     column_place((size_t)target), line,
                                     feed->columns[target].field, 0);
            }
            continue;
        }
        good[target] = was_seen(&checker->seen[target], value);
        if (!good[target]) {
            plics_fault fault = plics_value_check(feed->columns[target].field, value);
            good[target] = fault == PLICS_GOOD;
            if (fault == PLICS_GOOD) {
                remember(&checker->seen[target], value);
            } else {
                plics_sink_add_fault(&checker->sink, fault, column_place((size_t)target), line,
                                     feed->columns[target].field, value.length);
            }
        }
    }
    checker->out_of_memory |=
        is_identified(feed, values) &&
        !plics_repeat_note(&checker->repeat, values, feed->column_count, line);
    if (checker->amount_column >= 0 && good[checker->amount_column]) {
        checker->total += plics_value_amount(values[checker->amount_column]);
    }
    if (checker->excluded_column >= 0 && good[checker->excluded_column]) {
        checker->excluded += plics_value_amount(values[checker->excluded_column]);
    }
    int column = 0;
    plics_fault fault =
        checker->period_known
            ? plics_record_check(&checker->places, &checker->period, values, good, &column)
            : PLICS_GOOD;
    if (fault != PLICS_GOOD) {
        plics_sink_add_fault(&checker->sink, fault, column_place((size_t)column), line,
                             feed->columns[column].field, values[column].length);
    }
}

static void take_record(plics_checker *checker, const shire_line *line) {
    checker->byte_count += (int64_t)line->text.length + 1;
    if (line->text.length == 0) {
        plics_sink_add(&checker->sink, PLICS_BLANK_LINE, WHOLE_LINE, line->number, NULL,
                       "remove it", "the line is empty");
        return;
    }
    checker->record_count++;
    if (line->cut) {
        plics_sink_add(&checker->sink, PLICS_LINE_TOO_LONG, WHOLE_LINE, line->number, NULL,
                       "see whether line ends are missing", "the line is longer than a megabyte");
        return;
    }
    split_line(checker, line->text);
    if (checker->split.bad_quote) {
        plics_sink_add(&checker->sink, PLICS_BAD_QUOTE, WHOLE_LINE, line->number, NULL,
                       "double the quotes inside a quoted field, and close it on its line",
                       "a quoted field does not end, or goes on after its end");
    } else if (checker->split.count != checker->file_columns) {
        plics_sink_add(&checker->sink, PLICS_FIELD_COUNT, WHOLE_LINE, line->number, NULL,
                       "see whether a delimiter is missing or stands in a value without quotes",
                       "the record has %zu fields for %zu columns", checker->split.count,
                       checker->file_columns);
    } else {
        check_record(checker, line->number);
    }
}

static void add_repeated(void *context, int64_t line, int64_t first_line) {
    plics_checker *checker = context;
    plics_sink_add(&checker->sink, PLICS_REPEATED_RECORD, WHOLE_LINE, line, NULL,
                   "send it once; what an event has twice is one record with an activity count",
                   "the record is that of line %" PRId64 " once more, every value alike",
                   first_line);
}

static void check_totals(plics_checker *checker) {
    char found[SHIRE_PLICS_SUM_BYTES];
    if (checker->record_count == 0) {
        plics_sink_add(&checker->sink, PLICS_NO_RECORDS, WHOLE_LINE, 4, NULL,
                       "send no file for a feed without records", "the file has no record");
    }
    if (checker->record_count > SHIRE_PLICS_RECORDS_MAX) {
        plics_sink_add(&checker->sink, PLICS_TOO_MANY_RECORDS, WHOLE_LINE,
                       SHIRE_PLICS_RECORDS_MAX + 4, NULL, "split it into several files",
                       "the file has %" PRId64 " records, more than %" PRId64,
                       checker->record_count, SHIRE_PLICS_RECORDS_MAX);
    }
    if (checker->header_records >= 0 && checker->header_records != checker->record_count) {
        plics_sink_add(&checker->sink, PLICS_WRONG_COUNT, header_place(PLICS_RECORD_COUNT), 2,
                       plics_header[PLICS_RECORD_COUNT].field,
                       "see whether the file is whole, or correct the header",
                       "the header says %" PRId64 " records and the file has %" PRId64,
                       checker->header_records, checker->record_count);
    }
    if (checker->total_known && checker->header_total != checker->total) {
        char said[SHIRE_PLICS_SUM_BYTES];
        plics_sum_format(checker->header_total, said);
        plics_sum_format(checker->total, found);
        plics_sink_add(&checker->sink, PLICS_WRONG_TOTAL, header_place(PLICS_TOTAL_COST), 2,
                       plics_header[PLICS_TOTAL_COST].field,
                       "see whether the file is whole, or correct the header",
                       "the header says %s and the good costs of the records sum to %s", said,
                       found);
    }
}

/* ---- a whole file ---- */

static shire_status next_line(plics_checker *checker, shire_line *line, bool *more,
                              shire_error *error) {
    return shire_line_next(checker->reader, line, more, error);
}

/* The first three lines, copied: a line lives until the next one only. */
static shire_status read_head(plics_checker *checker, shire_arena *arena, shire_span *head,
                              size_t *count_out, shire_error *error) {
    *count_out = 0;
    while (*count_out < 3) {
        shire_line line;
        bool more = false;
        shire_status status = next_line(checker, &line, &more, error);
        if (status != SHIRE_OK || !more) {
            return status;
        }
        checker->byte_count += (int64_t)line.text.length + 1;
        char *copy = shire_arena_copy_text(arena, line.text.bytes, line.text.length);
        if (copy == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
        }
        head[(*count_out)++] = (shire_span){copy, line.text.length};
    }
    return SHIRE_OK;
}

static shire_status check_file(plics_checker *checker, shire_arena *arena, shire_error *error) {
    shire_span head[3];
    size_t head_count;
    shire_status status = read_head(checker, arena, head, &head_count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (head_count < 3) {
        plics_sink_add(&checker->sink, PLICS_NO_HEADER, WHOLE_LINE,
                       head_count == 0 ? 1 : (int64_t)head_count, NULL,
                       "begin with the names of the message header, its values and the names of "
                       "the columns, one line each",
                       "the file ends after %zu of the three lines of its header", head_count);
        return SHIRE_OK;
    }
    checker->delimiter = find_delimiter(head[0]);
    plics_split *names = shire_arena_alloc_array(arena, 2, sizeof(*names));
    if (names == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    for (int i = 0; i < 2; i++) {
        split_line(checker, head[2 * i]);
        names[i] = checker->split;
        /* Names out of quotes must outlive the next line. */
        for (size_t k = 0; k < names[i].count && k < SPLIT_MAX; k++) {
            shire_span name = names[i].fields[k];
            names[i].fields[k].bytes = shire_arena_copy_text(arena, name.bytes, name.length);
            if (names[i].fields[k].bytes == NULL) {
                return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
            }
        }
    }
    split_line(checker, head[1]);
    take_header(checker, &names[0], &names[1]);
    if (checker->feed == NULL) {
        return SHIRE_OK;
    }
    map_columns(checker, &names[1]);
    for (bool more = true; more;) {
        shire_line line;
        status = next_line(checker, &line, &more, error);
        if (status != SHIRE_OK) {
            return status;
        }
        if (more) {
            take_record(checker, &line);
        }
    }
    plics_repeat_find(&checker->repeat, add_repeated, checker);
    check_totals(checker);
    return checker->out_of_memory ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory") : SHIRE_OK;
}

/* ---- the summary ---- */

static const char *place_name(const plics_checker *checker, shire_arena *arena, size_t place) {
    char name[128] = "";
    if (place < PLICS_HEADER_MAX) {
        plics_field_name(plics_header[place].field, name);
    } else if (place < WHOLE_LINE && checker->feed != NULL) {
        plics_field_name(checker->feed->columns[place - PLICS_HEADER_MAX].field, name);
    }
    return shire_arena_copy_text(arena, name, strlen(name));
}

static bool fill_counts(const plics_checker *checker, shire_arena *arena,
                        shire_plics_check_summary *summary) {
    size_t capacity = (size_t)PLICS_KIND_COUNT * (WHOLE_LINE + 1);
    shire_plics_count *counts = shire_arena_alloc_array(arena, capacity, sizeof(*counts));
    shire_plics_count *empty = shire_arena_alloc_array(arena, PLICS_COLUMNS_MAX, sizeof(*empty));
    if (counts == NULL || empty == NULL) {
        return false;
    }
    for (size_t kind = 0; kind < PLICS_KIND_COUNT; kind++) {
        for (size_t place = 0; place <= WHOLE_LINE; place++) {
            int64_t count = checker->sink.counts[kind][place];
            if (count > 0) {
                counts[summary->count_count++] =
                    (shire_plics_count){.kind = plics_kind_names[kind],
                                        .field = place_name(checker, arena, place),
                                        .count = count};
            }
        }
    }
    for (size_t k = 0; checker->feed != NULL && k < checker->feed->column_count; k++) {
        if (checker->empty[k] > 0) {
            empty[summary->empty_count++] =
                (shire_plics_count){.kind = "required_empty",
                                    .field = place_name(checker, arena, column_place(k)),
                                    .count = checker->empty[k]};
        }
    }
    summary->counts = counts;
    summary->empty = empty;
    return true;
}

static shire_status summarise(const plics_checker *checker, shire_arena *arena,
                              shire_plics_check_summary *summary, shire_error *error) {
    shire_plics_violation *shown =
        shire_arena_alloc_array(arena, SHIRE_PLICS_SHOWN_MAX, sizeof(*shown));
    char *organisation =
        shire_arena_copy_text(arena, checker->organisation, strlen(checker->organisation));
    *summary = (shire_plics_check_summary){
        .feed = checker->feed == NULL ? NULL : checker->feed->code,
        .organisation = organisation == NULL || *organisation == '\0' ? NULL : organisation,
        .record_count = checker->record_count,
        .byte_count = checker->byte_count,
        .violation_count = checker->sink.violation_count,
        .shown = shown,
        .shown_count = checker->sink.shown_count};
    if (shown == NULL || organisation == NULL || !fill_counts(checker, arena, summary)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    memcpy(shown, checker->sink.shown, checker->sink.shown_count * sizeof(*shown));
    plics_sum_format(checker->total, summary->total);
    plics_sum_format(checker->excluded, summary->excluded);
    return SHIRE_OK;
}

shire_status shire_plics_check(const char *path, const char *findings_path, shire_arena *arena,
                               shire_plics_check_summary *summary_out, shire_error *error) {
    plics_checker *checker = shire_arena_alloc(arena, sizeof(*checker));
    if (checker == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    checker->header_records = -1;
    checker->excluded_column = -1;
    shire_status status = shire_line_open(path, &checker->reader, error);
    if (status == SHIRE_OK) {
        status = plics_sink_open(findings_path, arena, &checker->sink, error);
    }
    if (status == SHIRE_OK) {
        status = check_file(checker, arena, error);
    }
    shire_status closed =
        plics_sink_close(&checker->sink, status == SHIRE_OK, status == SHIRE_OK ? error : NULL);
    status = status == SHIRE_OK ? closed : status;
    shire_line_close(checker->reader);
    plics_repeat_free(&checker->repeat);
    return status == SHIRE_OK ? summarise(checker, arena, summary_out, error) : status;
}
