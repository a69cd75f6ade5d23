/* The book against SQL over the same warehouse: every record and event of every person once, in
 * order, with all it says; sums of costs; the same bytes on any number of threads. */
#include "record/record_book.h"

#include "gate/gate_kernel.h"
#include "io/file.h"
#include "record_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static record_fixture fixture;
static shire_arena *arena;

static shire_record_book *open_book(int threads) {
    shire_error error = {0};
    shire_record_book *book = NULL;
    if (shire_record_book_open(fixture.dir, threads, &book, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return book;
}

static shire_frame ask(const char *sql) {
    shire_error error = {0};
    shire_frame frame;
    shire_table *table = record_fixture_open(&fixture);
    if (shire_table_query(table, sql, arena, &frame, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    shire_table_close(table);
    return frame;
}

static void assert_text(const shire_record_book *book, uint32_t id, const shire_column *column,
                        size_t row) {
    assert_true(shire_span_equal(shire_record_book_text(book, id), shire_column_text(column, row)));
}

static void every_event_of_every_person_is_there_once_in_order(void **state) {
    (void)state;
    shire_record_book *book = open_book(2);
    shire_frame rows = ask(
        "SELECT l.person_no, e.event_no, e.event_id, e.dataset, e.setting, e.code, e.specialty, "
        "e.commissioner, floor(epoch(e.start) / 60)::INTEGER, coalesce(floor(epoch(e.\"end\") / "
        "60)::INTEGER, -2147483648), coalesce(c.amount, 0)::DECIMAL(18, 6), o.code, e.source, "
        "coalesce(floor(epoch(e.discharge_ready) / 60)::INTEGER, -2147483648), CASE "
        "e.delay_reason WHEN 'C' THEN 'Waiting for a care home' ELSE e.delay_reason END FROM "
        "event e JOIN person_link l USING (record_no) JOIN organisation o USING (organisation_no) "
        "LEFT JOIN event_cost c USING (event_no) ORDER BY l.person_no, "
        "floor(epoch(e.start) / 60), e.event_no");
    assert_int_equal(rows.row_count, book->event_count);
    assert_true(book->event_count > FIXTURE_EVENTS * 9 / 10);
    size_t person = 0;
    for (size_t row = 0; row < rows.row_count; row++) {
        char buffer[SHIRE_RECORD_KEY_BYTES];
        const shire_record_event value = shire_record_book_event(book, row);
        const shire_record_event *event = &value;
        const shire_record_kind *kind = &book->kinds[event->kind];
        const shire_record_source *source = &book->sources[kind->source];
        const shire_record_delay *delay = shire_record_book_delay(book, (uint32_t)row);
        while (row >= book->persons[person + 1].first_event) {
            person++;
        }
        assert_int_equal(person, rows.columns[0].int64[row]);
        assert_true(shire_span_equal(shire_record_book_key(book, event->id, buffer),
                                     shire_column_text(&rows.columns[2], row)));
        assert_text(book, kind->dataset, &rows.columns[3], row);
        assert_text(book, kind->setting, &rows.columns[4], row);
        assert_text(book, kind->code, &rows.columns[5], row);
        assert_text(book, kind->specialty, &rows.columns[6], row);
        assert_text(book, kind->commissioner, &rows.columns[7], row);
        assert_int_equal(event->start, rows.columns[8].int32[row]);
        assert_int_equal(event->end, rows.columns[9].int32[row]);
        assert_int_equal(event->cost, rows.columns[10].decimal6[row]);
        assert_text(book, book->organisations[source->organisation].code, &rows.columns[11], row);
        assert_text(book, source->name, &rows.columns[12], row);
        assert_int_equal(delay == NULL ? SHIRE_RECORD_NO_TIME : delay->ready,
                         rows.columns[13].int32[row]);
        if (delay != NULL) {
            assert_text(book, delay->reason, &rows.columns[14], row);
        }
    }
    shire_record_book_close(book);
}

static void every_record_is_found_by_its_person_and_its_key(void **state) {
    (void)state;
    shire_record_book *book = open_book(1);
    shire_frame rows =
        ask("SELECT p.person_id, o.code, r.source, r.local_id, r.record_no, r.family_name, "
            "r.birth_date, r.postcode, r.death_date FROM person_record r JOIN person_link l USING "
            "(record_no) JOIN person p USING (person_no) JOIN organisation o USING "
            "(organisation_no) ORDER BY p.person_no, r.record_no");
    assert_int_equal(rows.row_count, book->entry_count);
    assert_int_equal(book->person_count, FIXTURE_PEOPLE);
    for (size_t row = 0; row < rows.row_count; row++) {
        const shire_record_entry *entry = &book->entries[row];
        uint32_t person =
            shire_record_book_find_person(book, shire_column_text(&rows.columns[0], row));
        assert_int_equal(entry->person, person);
        assert_true(row >= book->persons[person].first_entry &&
                    row < book->persons[person + 1].first_entry);
        assert_int_equal(shire_record_book_find_entry(book,
                                                      shire_column_text(&rows.columns[1], row),
                                                      shire_column_text(&rows.columns[2], row),
                                                      shire_column_text(&rows.columns[3], row)),
                         row);
        assert_int_equal(book->entry_of_record[rows.columns[4].int64[row]], row);
        assert_text(book, entry->texts[SHIRE_RECORD_FAMILY_NAME], &rows.columns[5], row);
        assert_int_equal(entry->birth, rows.columns[6].date[row]);
        assert_text(book, entry->texts[SHIRE_RECORD_POSTCODE], &rows.columns[7], row);
        assert_int_equal(entry->death, shire_column_is_null(&rows.columns[8], row)
                                           ? SHIRE_RECORD_NO_TIME
                                           : rows.columns[8].date[row]);
    }
    assert_int_equal(book->entry_of_record[FIXTURE_RECORDS - 1], SHIRE_RECORD_NOBODY);
    assert_int_equal(shire_record_book_find_person(book, shire_span_of("P-1")),
                     SHIRE_RECORD_NOBODY);
    assert_int_equal(shire_record_book_find_entry(book, shire_span_of("CO"), shire_span_of("care"),
                                                  shire_span_of("no such")),
                     SHIRE_RECORD_NOBODY);
    shire_record_book_close(book);
}

static void kinds_tell_the_gate_what_they_are(void **state) {
    (void)state;
    shire_record_book *book = open_book(1);
    bool has_tenancy = false;
    for (size_t i = 0; i < book->kind_count; i++) {
        const shire_record_kind *kind = &book->kinds[i];
        shire_span dataset = shire_record_book_text(book, kind->dataset);
        shire_span setting = shire_record_book_text(book, kind->setting);
        static const struct {
            const char *dataset;
            shire_gate_category category;
        } expected[] = {{"ASC", SHIRE_GATE_SOCIAL_CARE},
                        {"GPAD", SHIRE_GATE_GP},
                        {"APC", SHIRE_GATE_ACUTE},
                        {"HOUSING", SHIRE_GATE_HOUSING}};
        for (size_t at = 0; at < sizeof expected / sizeof expected[0]; at++) {
            if (shire_span_equal(dataset, shire_span_of(expected[at].dataset))) {
                assert_int_equal(kind->category, expected[at].category);
            }
        }
        bool is_clinic =
            shire_span_equal(shire_record_book_text(book, kind->specialty), shire_span_of("360"));
        assert_int_equal(kind->sensitivity, is_clinic ? SHIRE_GATE_SEXUAL_HEALTH : 0);
        bool is_home = shire_span_equal(setting, shire_span_of("Tenancy"));
        has_tenancy |= is_home;
        assert_int_equal((kind->flags & SHIRE_RECORD_TENANCY) != 0, is_home);
        assert_int_equal((kind->flags & SHIRE_RECORD_LASTS) != 0,
                         !shire_span_equal(setting, shire_span_of("Kind 3")) &&
                             !shire_span_equal(dataset, shire_span_of("ASC")));
    }
    assert_true(has_tenancy);
    for (size_t i = 0; i < book->source_count; i++) {
        assert_int_equal(book->sources[i].categories == SHIRE_GATE_BIT(SHIRE_GATE_GP),
                         shire_span_equal(shire_record_book_text(book, book->sources[i].name),
                                          shire_span_of("gp")));
    }
    shire_record_book_close(book);
}

static void costs_sum_to_the_warehouse(void **state) {
    (void)state;
    shire_record_book *book = open_book(1);
    shire_frame rows = ask("SELECT sum(c.amount)::DECIMAL(18, 6) FROM event_cost c JOIN event e "
                           "USING (event_no) JOIN person_link l USING (record_no)");
    shire_money sum = 0;
    for (size_t i = 0; i < book->event_count; i++) {
        sum += shire_record_book_event(book, i).cost;
    }
    assert_int_equal(sum, rows.columns[0].decimal6[0]);
    shire_record_book_close(book);
}

static void remove_book(char path[96]) {
    snprintf(path, 96, "%s/.shire/record.bin", fixture.dir);
    assert_int_equal(remove(path), 0);
}

static void it_has_the_same_bytes_on_any_number_of_threads(void **state) {
    (void)state;
    char path[96];
    char hashes[2][65];
    struct stat about;
    for (int i = 0; i < 2; i++) {
        shire_record_book_close(open_book(1));
        remove_book(path);
        shire_record_book_close(open_book(i == 0 ? 1 : 4));
        assert_int_equal(shire_file_hash(path, hashes[i], NULL), SHIRE_OK);
    }
    assert_string_equal(hashes[0], hashes[1]);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void it_is_made_anew_when_the_warehouse_or_the_codes_changed(void **state) {
    (void)state;
    char path[96];
    shire_error error = {0};
    static const char codes[] = "code,description\nC2,A visit\n";
    shire_record_book *book = open_book(1);
    size_t count = book->event_count;
    shire_record_book_close(book);
    record_fixture_execute(&fixture, "DELETE FROM event WHERE event_no = 6999; DELETE FROM "
                                     "event_cost WHERE event_no = 6999");
    book = open_book(1);
    assert_int_equal(book->event_count, count - 1);
    shire_record_book_close(book);

    snprintf(path, sizeof path, "%s/record", fixture.dir);
    assert_int_equal(shire_dir_make(path, &error), SHIRE_OK);
    snprintf(path, sizeof path, "%s/record/codes.csv", fixture.dir);
    assert_int_equal(shire_file_replace(path, shire_span_of(codes), &error), SHIRE_OK);
    book = open_book(1);
    for (size_t i = 0; i < book->kind_count; i++) {
        const shire_record_kind *kind = &book->kinds[i];
        bool is_named =
            shire_span_equal(shire_record_book_text(book, kind->code), shire_span_of("C2"));
        assert_true(shire_span_equal(shire_record_book_text(book, kind->description),
                                     shire_span_of(is_named ? "A visit" : "")));
    }
    shire_record_book_close(book);
    assert_int_equal(
        shire_file_replace(path, shire_span_of("code,description\nC2,A\nC2,B\n"), &error),
        SHIRE_OK);
    assert_int_equal(shire_record_book_open(fixture.dir, 1, &book, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "the code 'C2' is there twice"));
    assert_int_equal(remove(path), 0);
}

static void a_book_that_is_cut_off_is_made_again(void **state) {
    (void)state;
    char path[96];
    shire_record_book_close(open_book(1));
    remove_book(path);
    assert_int_equal(shire_file_replace(path, shire_span_of("shire columns 1"), NULL), SHIRE_OK);
    shire_record_book_close(open_book(1));
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void extracts_may_say_what_care_it_is(void **state) {
    (void)state;
    record_fixture_execute(
        &fixture,
        "ALTER TABLE event ADD COLUMN care_category VARCHAR; ALTER TABLE event ADD COLUMN "
        "sensitivity VARCHAR; UPDATE event SET care_category = 'community', sensitivity "
        "= 'hiv, domestic_abuse' WHERE event_no = 1; UPDATE event SET care_category = "
        "'comunity', sensitivity = 'hvi' WHERE event_no = 2");
    shire_record_book *book = open_book(1);
    size_t seen = 0;
    for (size_t i = 0; i < book->event_count; i++) {
        char buffer[SHIRE_RECORD_KEY_BYTES];
        const shire_record_event event = shire_record_book_event(book, i);
        const shire_record_kind *kind = &book->kinds[event.kind];
        shire_span id = shire_record_book_key(book, event.id, buffer);
        if (shire_span_equal(id, shire_span_of("123456789013"))) {
            assert_int_equal(kind->category, SHIRE_GATE_COMMUNITY);
            assert_int_equal(kind->sensitivity, SHIRE_GATE_HIV | SHIRE_GATE_DOMESTIC_ABUSE);
            seen++;
        } else if (shire_span_equal(id, shire_span_of("123456789014"))) {
            assert_int_equal(kind->category, SHIRE_GATE_MENTAL_HEALTH);
            assert_int_equal(kind->sensitivity, SHIRE_GATE_SENSITIVITY_ALL);
            seen++;
        }
    }
    assert_int_equal(seen, 2);
    shire_record_book_close(book);
}

static int set_up(void **state) {
    (void)state;
    record_fixture_make(&fixture);
    return shire_arena_new("test_arena", 0, &arena, NULL) == SHIRE_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    shire_arena_free(arena);
    record_fixture_remove(&fixture);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_of_every_person_is_there_once_in_order),
        cmocka_unit_test(every_record_is_found_by_its_person_and_its_key),
        cmocka_unit_test(kinds_tell_the_gate_what_they_are),
        cmocka_unit_test(costs_sum_to_the_warehouse),
        cmocka_unit_test(it_has_the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(it_is_made_anew_when_the_warehouse_or_the_codes_changed),
        cmocka_unit_test(a_book_that_is_cut_off_is_made_again),
        cmocka_unit_test(extracts_may_say_what_care_it_is),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
