/* Checking whole files: good ones pass, and every kind of damage to every field is found and named.
 */
#include "plics/plics.h"
#include "plics_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/plics-check-XXXXXX";
static char file_path[64];
static char findings_path[64];

static shire_plics_check_summary check(shire_arena *arena) {
    shire_plics_check_summary summary;
    shire_error error = {0};
    if (shire_plics_check(file_path, findings_path, arena, &summary, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return summary;
}

static void write_text(const char *text) {
    FILE *file = fopen(file_path, "we");
    fputs(text, file);
    fclose(file);
}

static void good_files_have_no_violation(void **state) {
    (void)state;
    for (int feed = 0; feed < PLICS_FEED_COUNT; feed++) {
        shire_arena *arena = NULL;
        assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
        plics_write_file(file_path, &plics_feeds[feed], (plics_change){.text = NULL});
        shire_plics_check_summary summary = check(arena);
        if (summary.violation_count != 0) {
            fail_msg("%s: line %d, %s: %s", plics_feeds[feed].code, (int)summary.shown[0].line,
                     summary.shown[0].field, summary.shown[0].problem);
        }
        assert_string_equal(summary.feed, plics_feeds[feed].code);
        assert_int_equal(summary.record_count, 2);
        assert_string_equal(summary.total, "22.50");
        shire_arena_free(arena);
    }
}

/* The file with one change has a violation on the right line, of the right field, and does not say
 * what the value is. */
static void assert_found(const plics_feed *feed, plics_change change) {
    shire_arena *arena = NULL;
    const plics_field *field =
        change.in_header ? plics_header[change.column].field : feed->columns[change.column].field;
    char name[128];
    bool found = false;
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    plics_write_file(file_path, feed, change);
    shire_plics_check_summary summary = check(arena);
    plics_field_name(field, name);
    for (size_t i = 0; i < summary.shown_count; i++) {
        found |= strcmp(summary.shown[i].field, name) == 0 &&
                 summary.shown[i].line == (change.in_header ? 2 : 5);
        assert_true(summary.shown[i].remedy[0] != '\0');
        if (strlen(change.text) > 3) {
            assert_null(strstr(summary.shown[i].problem, change.text));
        }
    }
    if (!found) {
        fail_msg("%s: \"%s\" in %s is not found", feed->code, change.text, name);
    }
    shire_arena_free(arena);
}

static bool is_mandatory(const plics_feed *feed, plics_change change) {
    return change.in_header || feed->columns[change.column].mandatory;
}

/* Damage that no field takes: too long, control characters, an accent; and empty where mandatory,
 * lengths just outside, letters in numbers. */
static void damage_field(const plics_feed *feed, plics_change change) {
    static const char *const bad_everywhere[] = {
        "\001", "\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251",
        "12345678901234567890123456789012345678901234567890123"};
    const plics_field *field =
        change.in_header ? plics_header[change.column].field : feed->columns[change.column].field;
    char text[64];
    size_t length = strlen(plics_good_value(feed, field));
    for (size_t i = 0; i < sizeof(bad_everywhere) / sizeof(bad_everywhere[0]); i++) {
        change.text = bad_everywhere[i];
        assert_found(feed, change);
    }
    change.text = "";
    if (is_mandatory(feed, change)) {
        assert_found(feed, change);
    }
    change.text = text;
    for (size_t wrong = field->length_min > 1 ? 0 : 1; wrong < 2; wrong++) {
        size_t count = wrong == 0 ? (size_t)field->length_min - 1u : (size_t)field->length_max + 1u;
        memset(text, '1', count);
        text[count] = '\0';
        assert_found(feed, change);
    }
    /* Each character in turn becomes one that the field cannot hold. */
    for (size_t at = 0; at < length; at++) {
        memcpy(text, plics_good_value(feed, field), length + 1);
        text[at] = field->form == PLICS_TEXT ? '\t' : '~';
        assert_found(feed, change);
    }
    if (field->codes != NULL) {
        memset(text, 'Q', length);
        assert_found(feed, change);
    }
}

static void each_damage_of_each_field_is_found(void **state) {
    (void)state;
    for (int number = 0; number < PLICS_FEED_COUNT; number++) {
        const plics_feed *feed = &plics_feeds[number];
        for (size_t i = 0; i < feed->header_count; i++) {
            damage_field(feed, (plics_change){.in_header = true, .column = i});
        }
        for (size_t i = 0; i < feed->column_count; i++) {
            damage_field(feed, (plics_change){.in_header = false, .column = i});
        }
    }
}

static int64_t count_of(const shire_plics_check_summary *summary, const char *kind) {
    int64_t count = 0;
    for (size_t i = 0; i < summary->count_count; i++) {
        count += strcmp(summary->counts[i].kind, kind) == 0 ? summary->counts[i].count : 0;
    }
    return count;
}

static void assert_kind(const plics_feed *feed, bool in_header, const char *key, const char *text,
                        const char *kind) {
    shire_arena *arena = NULL;
    int column = plics_column_find(feed, key);
    for (size_t i = 0; in_header && i < feed->header_count; i++) {
        column = strcmp(plics_header[i].field->key, key) == 0 ? (int)i : column;
    }
    assert_true(column >= 0);
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    plics_write_file(
        file_path, feed,
        (plics_change){.in_header = in_header, .column = (size_t)column, .text = text});
    shire_plics_check_summary summary = check(arena);
    if (count_of(&summary, kind) != 1) {
        fail_msg("%s: %s \"%s\" is no %s", feed->code, key, text, kind);
    }
    shire_arena_free(arena);
}

static void counts_and_totals_must_agree(void **state) {
    (void)state;
    const plics_feed *admitted = &plics_feeds[PLICS_APC];
    assert_kind(admitted, true, "plics_submission_record_count", "3", "wrong_record_count");
    assert_kind(admitted, true, "monthly_extract_total_cost" PLICS_QUALIFIER, "22.50000001",
                "wrong_total_cost");
    assert_kind(admitted, false, PLICS_KEY_TOTAL_COST, "11.26", "wrong_total_cost");
}

static void records_must_fit_the_period(void **state) {
    (void)state;
    const plics_feed *admitted = &plics_feeds[PLICS_APC];
    const plics_feed *clinic = &plics_feeds[PLICS_OP];
    assert_kind(admitted, false, "start_date__episode_", "2024-05-05", "wrong_order");
    assert_kind(admitted, false, "start_date__episode_", "2024-03-31", "wrong_status");
    assert_kind(admitted, false, "end_date__episode_", "2025-04-01", "wrong_status");
    assert_kind(admitted, false, PLICS_KEY_EPISODE_STATUS, "2", "wrong_status");
    assert_kind(admitted, false, "person_birth_date", "2024-05-02", "wrong_order");
    assert_kind(clinic, false, "appointment_date", "2024-03-31", "outside_period");
    assert_kind(clinic, false, "appointment_date", "2025-04-01", "outside_period");
    assert_kind(&plics_feeds[PLICS_EC], false, "emergency_care_departure_date", "2024-05-01",
                "wrong_order");
    assert_kind(clinic, true, "financial_year" PLICS_QUALIFIER, "FY2023-24", "outside_period");
    assert_kind(clinic, true, "financial_year" PLICS_QUALIFIER, "FY2024-26", "impossible_date");
    assert_kind(clinic, true, "reporting_period_end_date", "2024-03-31", "wrong_order");
}

/* Every value alike, of an event that is named; two like drugs are two records. */
static void repeated_records_are_found(void **state) {
    (void)state;
    static const int feeds[] = {PLICS_APC, PLICS_OP, PLICS_EC, PLICS_SWC};
    shire_arena *arena = NULL;
    for (size_t i = 0; i < sizeof(feeds) / sizeof(*feeds); i++) {
        assert_kind(&plics_feeds[feeds[i]], false, PLICS_KEY_RESOURCE, "FIRST1", "repeated_record");
    }
    assert_kind(&plics_feeds[PLICS_REC], false, "final_audit_accounts_identifier" PLICS_QUALIFIER,
                "FIRST1", "repeated_record");
    const plics_feed *supplement = &plics_feeds[PLICS_SI];
    plics_change change = {.column = (size_t)plics_column_find(supplement, PLICS_KEY_RESOURCE),
                           .text = "FIRST1"};
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    plics_write_file(file_path, supplement, change);
    assert_int_equal(check(arena).violation_count, 0);
    shire_arena_free(arena);
}

/* Kinds of damage to the file as a whole. */
static void assert_text(const char *text, const char *kind) {
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    write_text(text);
    shire_plics_check_summary summary = check(arena);
    if (count_of(&summary, kind) < 1) {
        fail_msg("no %s in:\n%s", kind, text);
    }
    shire_arena_free(arena);
}

#define REC_NAMES                                                                                  \
    "organisation_identifier__code_of_submitting_organisation_|"                                   \
    "financial_year" PLICS_QUALIFIER "|reporting_period_start_date|reporting_period_end_date|"     \
    "date_and_time_data_set_created|care_activity_type" PLICS_QUALIFIER "\n"
#define REC_VALUES "RLQ|FY2024-25|2024-04-01|2025-03-31|2025-06-02T17:30:00|REC\n"
#define REC_COLUMNS                                                                                \
    "final_audit_accounts_identifier" PLICS_QUALIFIER "|" PLICS_KEY_VALUE                          \
    "|service_and_cost_exclusion_service_identifier" PLICS_QUALIFIER "|" PLICS_KEY_EXCLUDED "\n"

static void damage_to_the_file_is_found(void **state) {
    (void)state;
    assert_text("", "no_header");
    assert_text("a,b\n1,2\n", "no_header");
    assert_text("a,b\n1,2\nc,d\n", "unknown_feed");
    assert_text(REC_NAMES REC_VALUES REC_COLUMNS, "no_records");
    assert_text(REC_NAMES REC_VALUES REC_COLUMNS "F1|1.00|SCE001|0|\n", "wrong_field_count");
    assert_text(REC_NAMES REC_VALUES REC_COLUMNS "F1|1.00|SCE001\n", "wrong_field_count");
    assert_text(REC_NAMES REC_VALUES REC_COLUMNS "F1|1.00|\"SCE001|0\n", "bad_quote");
    assert_text(REC_NAMES REC_VALUES REC_COLUMNS "F1|1.00|\"SCE001\"x|0\n", "bad_quote");
    assert_text(REC_NAMES REC_VALUES REC_COLUMNS "\nF1|1.00|SCE001|0\n", "blank_line");
    assert_text(REC_NAMES REC_VALUES "x|" REC_COLUMNS "1|F1|1.00|SCE001|0\n", "unknown_column");
    assert_text(REC_NAMES REC_VALUES "\x01" REC_COLUMNS "F1|1.00|SCE001|0\n", "unknown_column");
    assert_text(REC_NAMES REC_VALUES "\xff" REC_COLUMNS "F1|1.00|SCE001|0\n", "missing_column");
    assert_text("x\"" REC_NAMES REC_VALUES REC_COLUMNS "F1|1.00|SCE001|0\n", "missing_column");
    assert_text(REC_NAMES REC_VALUES PLICS_KEY_EXCLUDED "|" REC_COLUMNS "1|F1|1.00|SCE001|0\n",
                "duplicate_column");
    assert_text(REC_NAMES REC_VALUES PLICS_KEY_VALUE "\n1.00\n", "missing_column");
    assert_text(REC_NAMES "RLQ|FY2024-25\n" REC_COLUMNS "F1|1.00|SCE001|0\n", "wrong_field_count");
}

/* Quotes, other delimiters, CRLF, a byte-order mark and the dictionary's own names are all fine. */
static void other_spellings_are_read(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    write_text(
        "\xEF\xBB\xBF" REC_NAMES REC_VALUES
        "FINAL AUDIT ACCOUNTS IDENTIFIER (PATIENT LEVEL INFORMATION COSTING)|\"COST OR INCOME "
        "VALUE (PATIENT LEVEL INFORMATION COSTING)\"|SERVICE AND COST EXCLUSION SERVICE "
        "IDENTIFIER (PATIENT LEVEL INFORMATION COSTING)|SERVICE AND COST EXCLUSION TOTAL COST "
        "(PATIENT LEVEL INFORMATION COSTING)\r\n\"A|\"\"1\"|5|SCE001|-2.5\r\nA2|0.25|SCE002|0");
    shire_plics_check_summary summary = check(arena);
    assert_int_equal(summary.violation_count, 0);
    assert_string_equal(summary.total, "5.25");
    assert_string_equal(summary.excluded, "-2.50");
    shire_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_have_no_violation),
        cmocka_unit_test(each_damage_of_each_field_is_found),
        cmocka_unit_test(counts_and_totals_must_agree),
        cmocka_unit_test(records_must_fit_the_period),
        cmocka_unit_test(repeated_records_are_found),
        cmocka_unit_test(damage_to_the_file_is_found),
        cmocka_unit_test(other_spellings_are_read),
    };
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(file_path, sizeof(file_path), "%s/file.csv", folder);
    snprintf(findings_path, sizeof(findings_path), "%s/findings.csv", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(file_path);
    unlink(findings_path);
    rmdir(folder);
    return failed;
}
