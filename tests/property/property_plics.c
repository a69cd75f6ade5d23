/*
 * PLICS files of random good records, in any spelling that is allowed, pass; spoilt in one place
 * they do not, and a sentence names the line and the field. Every way of spoiling is tried on every
 * feed that can be spoilt so. Totals are summed here in whole hundred-millionths, by themselves.
 */
#include "../unit/plics/plics_fixture.h"
#include "core/random.h"
#include "plics/plics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ROUNDS (24 / SHIRE_CASE_DIVISOR)
#define RECORDS_MAX 9
#define CELL_BYTES 64
#define FILE_BYTES ((size_t)1 << 16)
#define HUNDRED_MILLION INT64_C(100000000)

/* In memory, because each file of findings is synced to where it lies. */
static char folder[] = "/dev/shm/property-plics-XXXXXX";
static char file_path[64];
static char findings_path[64];

/* A file before it is written. Cells stand in the feed's own order; `order` says which column of
 * the feed each column of the file is. */
typedef struct draft {
    const plics_feed *feed;
    char header[PLICS_HEADER_MAX][CELL_BYTES];
    size_t order[PLICS_COLUMNS_MAX];
    size_t column_count;
    char cells[RECORDS_MAX + 1][PLICS_COLUMNS_MAX][CELL_BYTES];
    int64_t costs[RECORDS_MAX + 1]; /* hundred-millionths; of REC the value */
    size_t record_count;
    char delimiter;
    bool crlf, marked, quoted, by_name; /* spellings */
} draft;

/* Where a damage must be told of; line 0: anywhere, no field: the line as a whole. */
typedef struct expectation {
    int64_t line;
    const plics_field *field;
    const char *kind; /* NULL: any */
} expectation;

/* ---- good files ---- */

static void format_cost(int64_t cost, int places, char *out) {
    int64_t size = cost < 0 ? -cost : cost;
    int length = snprintf(out, CELL_BYTES, "%s%lld.%08lld", cost < 0 ? "-" : "",
                          (long long)(size / HUNDRED_MILLION), (long long)(size % HUNDRED_MILLION));
    out[length - (8 - places)] = '\0';
}

/* A cost with `places` decimals, which the text has, too. */
static int64_t draw_cost(shire_random *random, char *out) {
    int places = (int)shire_random_between(random, 2, 8);
    int64_t unit = 1;
    for (int i = places; i < 8; i++) {
        unit *= 10;
    }
    int64_t cost = shire_random_between(random, -50000, 9000000) * unit;
    format_cost(cost, places, out);
    return cost;
}

static void draw_code(shire_random *random, const char *codes, char *out) {
    size_t count = 0;
    for (const char *c = codes; *c != '\0'; c++) {
        count += *c == ' ';
    }
    uint64_t chosen = shire_random_below(random, count - 1);
    const char *c = codes + 1;
    while (chosen-- > 0) {
        c = strchr(c, ' ') + 1;
    }
    size_t length = strcspn(c, " ");
    memcpy(out, c, length);
    out[length] = '\0';
}

static char *cell_of(draft *file, size_t record, const char *key) {
    int column = plics_column_find(file->feed, key);
    return column < 0 ? NULL : file->cells[record][column];
}

static void set_date(draft *file, size_t record, const char *key, shire_date date) {
    char *cell = cell_of(file, record, key);
    if (cell != NULL) {
        shire_date_format(date, cell);
    }
}

/* Dates in order, in the period, and the status that they make. */
static void draw_dates(shire_random *random, draft *file, size_t record) {
    shire_date first = shire_date_of(2024, 4, 1);
    shire_date last = shire_date_of(2025, 3, 31);
    bool before = file->feed == &plics_feeds[PLICS_APC] && shire_random_chance(random, 1, 4);
    bool open = file->feed == &plics_feeds[PLICS_APC] && shire_random_chance(random, 1, 4);
    shire_date start = before ? first - (shire_date)shire_random_between(random, 1, 400)
                              : first + (shire_date)shire_random_below(random, 360);
    shire_date from = start > first ? start : first;
    shire_date end = open ? last : from + (shire_date)shire_random_below(random, 5);
    set_date(file, record, PLICS_KEY_EPISODE_START, start);
    set_date(file, record, PLICS_KEY_EPISODE_END, end);
    set_date(file, record, "appointment_date", start);
    set_date(file, record, PLICS_KEY_ARRIVAL_DATE, start);
    set_date(file, record, PLICS_KEY_DEPARTURE_DATE, start + 1);
    set_date(file, record, "unbundled_care_activity_date", start);
    set_date(file, record, "person_birth_date",
             start - (shire_date)shire_random_between(random, 500, 36000));
    char *status = cell_of(file, record, PLICS_KEY_EPISODE_STATUS);
    if (status != NULL) {
        snprintf(status, CELL_BYTES, "%s", before ? open ? "4" : "1" : open ? "2" : "3");
    }
}

static void draw_record(shire_random *random, draft *file, size_t record) {
    const plics_feed *feed = file->feed;
    for (size_t i = 0; i < feed->column_count; i++) {
        const plics_field *field = feed->columns[i].field;
        char *cell = file->cells[record][i];
        snprintf(cell, CELL_BYTES, "%s", plics_good_value(feed, field));
        if (field->codes != NULL) {
            draw_code(random, field->codes, cell);
        } else if (field->form == PLICS_DECIMAL) {
            int64_t cost = draw_cost(random, cell);
            file->costs[record] =
                strcmp(field->key, PLICS_KEY_EXCLUDED) == 0 ? file->costs[record] : cost;
        } else if (field->form == PLICS_CODE && field->length_max == 6 && field->length_min == 6) {
            snprintf(cell, CELL_BYTES, "ACT%03d", (int)shire_random_below(random, 1000));
        }
        if (!feed->columns[i].mandatory && shire_random_chance(random, 1, 3)) {
            cell[0] = '\0';
        }
    }
    draw_dates(random, file, record);
    char *linkage =
        cell_of(file, record, "patient_level_information_costing_care_activity_identifier");
    linkage = linkage != NULL
                  ? linkage
                  : cell_of(file, record, "final_audit_accounts_identifier" PLICS_QUALIFIER);
    snprintf(linkage, CELL_BYTES, "%d", (int)(100 + record));
}

static void set_header(draft *file) {
    int64_t total = 0;
    for (size_t i = 0; i < PLICS_HEADER_MAX; i++) {
        snprintf(file->header[i], CELL_BYTES, "%s",
                 plics_good_value(file->feed, plics_header[i].field));
    }
    for (size_t record = 0; record < file->record_count; record++) {
        total += file->costs[record];
    }
    snprintf(file->header[PLICS_RECORD_COUNT], CELL_BYTES, "%d", (int)file->record_count);
    format_cost(total, 8, file->header[PLICS_TOTAL_COST]);
}

static void draw_file(shire_random *random, const plics_feed *feed, draft *file) {
    memset(file, 0, sizeof(*file));
    file->feed = feed;
    file->column_count = feed->column_count;
    file->record_count = (size_t)shire_random_between(random, 2, RECORDS_MAX);
    file->delimiter = ",|;\t"[shire_random_below(random, 4)];
    file->crlf = shire_random_chance(random, 1, 3);
    file->marked = shire_random_chance(random, 1, 4);
    file->quoted = shire_random_chance(random, 1, 3);
    file->by_name = shire_random_chance(random, 1, 3);
    for (size_t i = 0; i < feed->column_count; i++) {
        size_t other = (size_t)shire_random_below(random, i + 1);
        file->order[i] = file->order[other];
        file->order[other] = i;
    }
    for (size_t record = 0; record < file->record_count; record++) {
        draw_record(random, file, record);
    }
    set_header(file);
}

/* ---- writing and checking ---- */

static void put_cell(const draft *file, FILE *out, const char *text, bool last) {
    bool quoted = file->quoted && text[0] != '"';
    fprintf(out, quoted ? "\"%s\"" : "%s", text);
    fputs(last ? file->crlf ? "\r\n" : "\n" : (char[]){file->delimiter, '\0'}, out);
}

static void put_name(const draft *file, FILE *out, const plics_field *field, bool last) {
    char name[128];
    put_cell(file, out, file->by_name ? plics_field_name(field, name) : field->key, last);
}

/* The file as bytes. */
static size_t write_draft(const draft *file, char *bytes) {
    FILE *out = fmemopen(bytes, FILE_BYTES, "w");
    size_t header_count = file->feed->header_count;
    fputs(file->marked ? "\xEF\xBB\xBF" : "", out);
    for (size_t i = 0; i < header_count; i++) {
        put_name(file, out, plics_header[i].field, i + 1 == header_count);
    }
    for (size_t i = 0; i < header_count; i++) {
        put_cell(file, out, file->header[i], i + 1 == header_count);
    }
    for (size_t i = 0; i < file->column_count; i++) {
        put_name(file, out, file->feed->columns[file->order[i]].field, i + 1 == file->column_count);
    }
    for (size_t record = 0; record < file->record_count; record++) {
        for (size_t i = 0; i < file->column_count; i++) {
            put_cell(file, out, file->cells[record][file->order[i]], i + 1 == file->column_count);
        }
    }
    size_t length = (size_t)ftell(out);
    fclose(out);
    return length;
}

static shire_plics_check_summary check(const char *bytes, size_t length, shire_arena *arena) {
    shire_plics_check_summary summary;
    shire_error error = {0};
    FILE *out = fopen(file_path, "we");
    fwrite(bytes, 1, length, out);
    fclose(out);
    if (shire_plics_check(file_path, findings_path, arena, &summary, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return summary;
}

static bool is_told(const shire_plics_check_summary *summary, const expectation *wanted) {
    char name[128] = "";
    bool told = false;
    if (wanted->field != NULL) {
        plics_field_name(wanted->field, name);
    }
    for (size_t i = 0; i < summary->shown_count; i++) {
        const shire_plics_violation *violation = &summary->shown[i];
        assert_true(violation->problem[0] != '\0' && violation->remedy[0] != '\0');
        told |= (wanted->line == 0 || violation->line == wanted->line) &&
                (wanted->line == 0 || strcmp(violation->field, name) == 0) &&
                (wanted->kind == NULL || strcmp(violation->kind, wanted->kind) == 0);
    }
    return told;
}

/* ---- damage ---- */

typedef struct damage {
    const char *name;
    /* Spoils one thing and says where it must be told of; false: not of this feed. */
    bool (*spoil)(shire_random *random, draft *file, expectation *wanted);
} damage;

/* A random cell of a random record that `fits`; its line and field are expected. NULL: none. */
static char *pick_cell(shire_random *random, draft *file, expectation *wanted,
                       bool (*fits)(const plics_column *column, const char *cell)) {
    for (int attempt = 0; attempt < 400; attempt++) {
        size_t record = (size_t)shire_random_below(random, file->record_count);
        size_t column = (size_t)shire_random_below(random, file->feed->column_count);
        char *cell = file->cells[record][column];
        if (fits(&file->feed->columns[column], cell)) {
            *wanted = (expectation){.line = (int64_t)record + 4,
                                    .field = file->feed->columns[column].field};
            return cell;
        }
    }
    return NULL;
}

static bool is_filled(const plics_column *column, const char *cell) {
    (void)column;
    return cell[0] != '\0';
}

static bool is_filled_mandatory(const plics_column *column, const char *cell) {
    return column->mandatory && cell[0] != '\0';
}

static bool is_code(const plics_column *column, const char *cell) {
    return column->field->codes != NULL && cell[0] != '\0';
}

static bool is_date(const plics_column *column, const char *cell) {
    return column->field->form == PLICS_DATE && cell[0] != '\0';
}

static bool is_nhs_number(const plics_column *column, const char *cell) {
    return column->field->form == PLICS_NHS_NUMBER && cell[0] != '\0';
}

static bool is_cost(const plics_column *column, const char *cell) {
    (void)cell;
    return strcmp(column->field->key, PLICS_KEY_TOTAL_COST) == 0;
}

static bool spoil_code(shire_random *random, draft *file, expectation *wanted) {
    char *cell = pick_cell(random, file, wanted, is_code);
    char padded[CELL_BYTES + 2];
    wanted->kind = "unknown_code";
    for (bool listed = cell != NULL; listed;) {
        cell[shire_random_below(random, strlen(cell))] =
            "0123456789ABCXYZ"[shire_random_below(random, 16)];
        snprintf(padded, sizeof(padded), " %s ", cell);
        listed = strstr(wanted->field->codes, padded) != NULL;
    }
    return cell != NULL;
}

static bool spoil_length(shire_random *random, draft *file, expectation *wanted) {
    char *cell = pick_cell(random, file, wanted, is_filled);
    size_t length = strlen(cell);
    bool shorter = wanted->field->length_min > 1 && shire_random_chance(random, 1, 2);
    if (shorter) {
        cell[wanted->field->length_min - 1] = '\0';
    } else {
        memset(cell + length, cell[length - 1], wanted->field->length_max + 1 - length);
        cell[wanted->field->length_max + 1] = '\0';
    }
    wanted->kind = "wrong_length";
    return true;
}

static bool spoil_date(shire_random *random, draft *file, expectation *wanted) {
    static const char *const no_dates[] = {"2023-02-29", "2024-13-01", "2024-06-31", "2024-00-10",
                                           "01/04/2024", "20240401T0", "2024-04-1x"};
    char *cell = pick_cell(random, file, wanted, is_date);
    if (cell != NULL) {
        snprintf(cell, CELL_BYTES, "%s", no_dates[shire_random_below(random, 7)]);
    }
    return cell != NULL;
}

static bool spoil_mandatory(shire_random *random, draft *file, expectation *wanted) {
    char *cell = pick_cell(random, file, wanted, is_filled_mandatory);
    cell[0] = '\0';
    wanted->kind = "mandatory_empty";
    return true;
}

static bool spoil_bytes(shire_random *random, draft *file, expectation *wanted) {
    char *cell = pick_cell(random, file, wanted, is_filled);
    cell[shire_random_below(random, strlen(cell))] =
        "\x01\x7f\x80\xa3\xe9\xff"[shire_random_below(random, 6)];
    return true;
}

static bool spoil_nhs_number(shire_random *random, draft *file, expectation *wanted) {
    char *cell = pick_cell(random, file, wanted, is_nhs_number);
    if (cell != NULL) {
        char *digit = &cell[shire_random_below(random, 10)];
        *digit = (char)('0' + (*digit - '0' + 1 + (int)shire_random_below(random, 9)) % 10);
    }
    wanted->kind = "bad_check_digit";
    return cell != NULL;
}

static expectation of_header(size_t field, const char *kind) {
    return (expectation){.line = 2, .field = plics_header[field].field, .kind = kind};
}

static bool spoil_count(shire_random *random, draft *file, expectation *wanted) {
    int64_t wrong = shire_random_between(random, 0, 40);
    wrong += wrong == (int64_t)file->record_count ? 1 : 0;
    snprintf(file->header[PLICS_RECORD_COUNT], CELL_BYTES, "%lld", (long long)wrong);
    *wanted = of_header(PLICS_RECORD_COUNT, "wrong_record_count");
    return file->feed != &plics_feeds[PLICS_REC];
}

static bool spoil_total(shire_random *random, draft *file, expectation *wanted) {
    int64_t total = shire_random_chance(random, 1, 2) ? 1 : -7;
    for (size_t record = 0; record < file->record_count; record++) {
        total += file->costs[record];
    }
    format_cost(total, 8, file->header[PLICS_TOTAL_COST]);
    *wanted = of_header(PLICS_TOTAL_COST, "wrong_total_cost");
    return file->feed != &plics_feeds[PLICS_REC];
}

/* One record's cost: the header gainsays it. */
static bool spoil_cost(shire_random *random, draft *file, expectation *wanted) {
    char *cell = pick_cell(random, file, wanted, is_cost);
    if (cell != NULL) {
        char *digit = &cell[strlen(cell) - 1];
        *digit = (char)('0' + (*digit - '0' + 1 + (int)shire_random_below(random, 9)) % 10);
    }
    *wanted = of_header(PLICS_TOTAL_COST, "wrong_total_cost");
    return cell != NULL;
}

static bool spoil_header(shire_random *random, draft *file, expectation *wanted) {
    static const struct {
        size_t field;
        const char *text;
    } values[] = {{PLICS_SUBMITTER, "R"},
                  {PLICS_FINANCIAL_YEAR, "FY2024-26"},
                  {PLICS_FINANCIAL_YEAR, "FY2023-24"},
                  {PLICS_FINANCIAL_YEAR, "2024/2025"},
                  {PLICS_PERIOD_START, "2024-02-30"},
                  {PLICS_PERIOD_END, "2024-03-31"},
                  {PLICS_PERIOD_END, ""},
                  {PLICS_CREATED, "2025-06-02 17:30:00"},
                  {PLICS_CREATED, "2025-06-02T25:30:00"},
                  {PLICS_ACTIVITY_TYPE, "QQQ"}};
    size_t chosen = (size_t)shire_random_below(random, sizeof(values) / sizeof(*values));
    snprintf(file->header[values[chosen].field], CELL_BYTES, "%s", values[chosen].text);
    *wanted = of_header(values[chosen].field, NULL);
    return true;
}

static bool spoil_feed(shire_random *random, draft *file, expectation *wanted) {
    size_t own = (size_t)(file->feed - plics_feeds);
    size_t other =
        (own + 1 + (size_t)shire_random_below(random, PLICS_FEED_COUNT - 1)) % PLICS_FEED_COUNT;
    snprintf(file->header[PLICS_ACTIVITY_TYPE], CELL_BYTES, "%s", plics_feeds[other].code);
    *wanted = (expectation){.line = 3, .kind = "unknown_column"};
    for (size_t i = 0; i < plics_feeds[other].column_count; i++) {
        /* A feed whose columns are all another's lacks some of them. */
        const plics_field *field = plics_feeds[other].columns[i].field;
        if (plics_column_find(file->feed, field->key) < 0) {
            *wanted = (expectation){.line = 3, .field = field, .kind = "missing_column"};
        }
    }
    return true;
}

static bool spoil_column(shire_random *random, draft *file, expectation *wanted) {
    size_t at = (size_t)shire_random_below(random, file->column_count);
    *wanted = (expectation){
        .line = 3, .field = file->feed->columns[file->order[at]].field, .kind = "missing_column"};
    file->order[at] = file->order[--file->column_count];
    return true;
}

static bool spoil_column_twice(shire_random *random, draft *file, expectation *wanted) {
    size_t at = (size_t)shire_random_below(random, file->column_count);
    if (file->column_count == PLICS_COLUMNS_MAX) {
        at = 0;
        file->order[1] = file->order[0];
    } else {
        file->order[file->column_count++] = file->order[at];
    }
    *wanted = (expectation){
        .line = 3, .field = file->feed->columns[file->order[at]].field, .kind = "duplicate_column"};
    return true;
}

static bool spoil_repeat(shire_random *random, draft *file, expectation *wanted) {
    size_t record = (size_t)shire_random_below(random, file->record_count);
    memcpy(file->cells[file->record_count], file->cells[record], sizeof(file->cells[0]));
    file->costs[file->record_count++] = file->costs[record];
    set_header(file);
    *wanted = (expectation){.line = (int64_t)file->record_count + 3, .kind = "repeated_record"};
    return file->feed != &plics_feeds[PLICS_SI]; /* two like drugs are two records */
}

/* The end before the start, or the birth after it. */
static bool spoil_order(shire_random *random, draft *file, expectation *wanted) {
    static const char *const keys[] = {PLICS_KEY_EPISODE_END, PLICS_KEY_DEPARTURE_DATE,
                                       "person_birth_date"};
    const char *key = keys[shire_random_below(random, 3)];
    size_t record = (size_t)shire_random_below(random, file->record_count);
    int column = plics_column_find(file->feed, key);
    shire_date late = shire_date_of(2025, 6, 1);
    shire_date early = shire_date_of(2022, 6, 1);
    if (column < 0) {
        return false;
    }
    shire_date_format(strcmp(key, "person_birth_date") == 0 ? late : early,
                      file->cells[record][column]);
    *wanted = (expectation){.line = (int64_t)record + 4,
                            .field = file->feed->columns[column].field,
                            .kind = "wrong_order"};
    return true;
}

/* The day of the care in another year. */
static bool spoil_period(shire_random *random, draft *file, expectation *wanted) {
    static const char *const keys[] = {PLICS_KEY_EPISODE_START, "appointment_date",
                                       PLICS_KEY_ARRIVAL_DATE, "unbundled_care_activity_date"};
    size_t record = (size_t)shire_random_below(random, file->record_count);
    for (size_t i = 0; i < 4; i++) {
        int column = plics_column_find(file->feed, keys[i]);
        if (column >= 0) {
            snprintf(file->cells[record][column], CELL_BYTES, "2025-04-0%d",
                     (int)shire_random_between(random, 1, 9));
            *wanted = (expectation){.line = (int64_t)record + 4,
                                    .field = file->feed->columns[column].field,
                                    .kind = "outside_period"};
            return true;
        }
    }
    return false;
}

static bool spoil_status(shire_random *random, draft *file, expectation *wanted) {
    size_t record = (size_t)shire_random_below(random, file->record_count);
    char *status = cell_of(file, record, PLICS_KEY_EPISODE_STATUS);
    if (status == NULL) {
        return false;
    }
    /* Began before the year or in it, which no end excuses. */
    status[0] = "3412"[status[0] - '1'];
    *wanted = (expectation){
        .line = (int64_t)record + 4,
        .field = file->feed->columns[plics_column_find(file->feed, PLICS_KEY_EPISODE_STATUS)].field,
        .kind = "wrong_status"};
    return true;
}

static bool spoil_quote(shire_random *random, draft *file, expectation *wanted) {
    size_t record = (size_t)shire_random_below(random, file->record_count);
    char *cell = file->cells[record][file->order[0]];
    snprintf(cell, CELL_BYTES, "%s",
             shire_random_chance(random, 1, 2) ? "\"never ends" : "\"ends\"not");
    file->quoted = false;
    *wanted = (expectation){.line = (int64_t)record + 4, .kind = "bad_quote"};
    return true;
}

static bool spoil_delimiter(shire_random *random, draft *file, expectation *wanted) {
    size_t record = (size_t)shire_random_below(random, file->record_count);
    file->quoted = false;
    snprintf(file->cells[record][shire_random_below(random, file->feed->column_count)], CELL_BYTES,
             "a%cb", file->delimiter);
    *wanted = (expectation){.line = (int64_t)record + 4, .kind = "wrong_field_count"};
    return true;
}

static const damage damages[] = {{"a code", spoil_code},
                                 {"a length", spoil_length},
                                 {"a date", spoil_date},
                                 {"a mandatory value", spoil_mandatory},
                                 {"bytes", spoil_bytes},
                                 {"an NHS number", spoil_nhs_number},
                                 {"the record count", spoil_count},
                                 {"the total", spoil_total},
                                 {"a cost", spoil_cost},
                                 {"the header", spoil_header},
                                 {"the feed", spoil_feed},
                                 {"a column", spoil_column},
                                 {"a column twice", spoil_column_twice},
                                 {"a record twice", spoil_repeat},
                                 {"the order of days", spoil_order},
                                 {"the period", spoil_period},
                                 {"the status", spoil_status},
                                 {"a quote", spoil_quote},
                                 {"a delimiter", spoil_delimiter}};
#define DAMAGES (sizeof(damages) / sizeof(*damages))

/* ---- the properties ---- */

static void a_spoilt_file_is_found_out_where_it_was_spoilt(void **state) {
    (void)state;
    static char bytes[FILE_BYTES];
    static draft file;
    int tried[DAMAGES] = {0};
    for (size_t round = 0; round < DAMAGES * PLICS_FEED_COUNT * ROUNDS; round++) {
        const plics_feed *feed = &plics_feeds[round % PLICS_FEED_COUNT];
        const damage *chosen = &damages[round / PLICS_FEED_COUNT % DAMAGES];
        shire_random random = shire_random_seed(20241122, round);
        shire_arena *arena = NULL;
        expectation wanted = {0};
        assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
        draw_file(&random, feed, &file);
        shire_plics_check_summary summary = check(bytes, write_draft(&file, bytes), arena);
        if (summary.violation_count != 0) {
            fail_msg("round %d: a good %s file: line %d, %s: %s", (int)round, feed->code,
                     (int)summary.shown[0].line, summary.shown[0].field, summary.shown[0].problem);
        }
        assert_int_equal(summary.record_count, file.record_count);
        if (chosen->spoil(&random, &file, &wanted)) {
            tried[chosen - damages]++;
            summary = check(bytes, write_draft(&file, bytes), arena);
            if (!is_told(&summary, &wanted)) {
                fail_msg("round %d: %s of %s is not told of in line %d (%d violations)", (int)round,
                         chosen->name, feed->code, (int)wanted.line, (int)summary.violation_count);
            }
        }
        shire_arena_free(arena);
    }
    for (size_t i = 0; i < DAMAGES; i++) {
        assert_true(tried[i] >= ROUNDS / 2);
    }
}

/* Cut off anywhere before the last field of the last record. The reconciliation says neither count
 * nor total in its header, so one that ends between two records is whole as far as it says. */
static void a_file_that_is_cut_off_is_found_out(void **state) {
    (void)state;
    static char bytes[FILE_BYTES];
    static draft file;
    for (size_t round = 0; round < PLICS_FEED_COUNT * ROUNDS * 4u; round++) {
        const plics_feed *feed = &plics_feeds[round % PLICS_FEED_COUNT];
        shire_random random = shire_random_seed(77, round);
        shire_arena *arena = NULL;
        assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
        draw_file(&random, feed, &file);
        size_t length = write_draft(&file, bytes);
        size_t most = length;
        while (bytes[most - 1] != file.delimiter) {
            most--;
        }
        size_t cut = (size_t)shire_random_below(&random, most);
        bool is_whole = feed == &plics_feeds[PLICS_REC];
        if (!is_whole && check(bytes, cut, arena).violation_count == 0) {
            fail_msg("round %d: %s of %d bytes is not found cut at %d", (int)round, feed->code,
                     (int)length, (int)cut);
        }
        shire_arena_free(arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spoilt_file_is_found_out_where_it_was_spoilt),
        cmocka_unit_test(a_file_that_is_cut_off_is_found_out),
    };
    if (mkdtemp(folder) == NULL) {
        snprintf(folder, sizeof(folder), "/tmp/property-plics-XXXXXX");
        if (mkdtemp(folder) == NULL) {
            return 1;
        }
    }
    snprintf(file_path, sizeof(file_path), "%s/file.csv", folder);
    snprintf(findings_path, sizeof(findings_path), "%s/findings.csv", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(file_path);
    unlink(findings_path);
    rmdir(folder);
    return failed;
}
