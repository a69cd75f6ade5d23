/* Entries sought by who, about whom, of what kind and when, against a look at each of them: every
 * combination, every page, times that repeat and run backwards. */
#include "audit/audit_log.h"
#include "core/random.h"
#include "unit/store_place.h"

#define ENTRIES 200
#define PAGE 7

static const char *const actors[] = {"nurse.one", "nurse.two", "admin"};
static const char *const subjects[] = {"P1", "P2", ""};
static const char *const entry_kinds[] = {"read", "search", "run", "export"};

typedef struct kept_entry {
    int64_t time;
    const char *actor;
    const char *subject;
    const char *kind;
} kept_entry;

typedef struct scene {
    store_place place;
    shire_store *store;
    kept_entry entries[ENTRIES];
} scene;

static int open_scene(void **state) {
    scene *of = calloc(1, sizeof *of);
    shire_random random = shire_random_seed(20261122, 1);
    assert_non_null(of);
    store_place_make(&of->place);
    assert_int_equal(shire_store_open(of->place.where, SHIRE_STORE_WRITE, &of->store, NULL),
                     SHIRE_OK);
    assert_int_equal(shire_store_begin(of->store, NULL), SHIRE_OK);
    for (size_t i = 0; i < ENTRIES; i++) {
        kept_entry *entry = &of->entries[i];
        *entry = (kept_entry){
            .time = 1700000000 + (int64_t)shire_random_below(&random, 40) * 7200,
            .actor = actors[shire_random_below(&random, 3)],
            .subject = subjects[shire_random_below(&random, 3)],
            .kind = entry_kinds[shire_random_below(&random, 4)],
        };
        assert_int_equal(shire_audit_append(of->store,
                                            &(shire_audit_entry){.time = entry->time,
                                                                 .actor = entry->actor,
                                                                 .subject = entry->subject,
                                                                 .kind = entry->kind},
                                            NULL),
                         SHIRE_OK);
    }
    assert_int_equal(shire_store_commit(of->store, NULL), SHIRE_OK);
    *state = of;
    return 0;
}

static int close_scene(void **state) {
    scene *of = *state;
    shire_store_close(of->store);
    store_place_remove(&of->place);
    free(of);
    return 0;
}

typedef struct found_page {
    uint64_t numbers[PAGE];
    size_t count;
    char last_at[32];
} found_page;

static shire_status keep(const shire_audit_row *row, void *context, shire_error *error) {
    (void)error;
    found_page *page = context;
    assert_true(page->count < PAGE);
    page->numbers[page->count++] = row->entry_no;
    snprintf(page->last_at, sizeof page->last_at, "%.*s", (int)row->at.length, row->at.bytes);
    return SHIRE_OK;
}

static bool is_same(const char *wanted, const char *held) {
    return wanted == NULL || strcmp(wanted, held) == 0;
}

/* The latest of those that fit and were not found before; ENTRIES for none. */
static size_t find_latest(const scene *of, const shire_audit_filter *filter, int64_t from,
                          int64_t until, const bool *is_found) {
    size_t latest = ENTRIES;
    for (size_t i = 0; i < ENTRIES; i++) {
        const kept_entry *entry = &of->entries[i];
        bool fits = !is_found[i] && is_same(filter->actor, entry->actor) &&
                    is_same(filter->subject, entry->subject) &&
                    is_same(filter->kind, entry->kind) && entry->time >= from &&
                    entry->time < until;
        if (fits && (latest == ENTRIES || entry->time >= of->entries[latest].time)) {
            latest = i;
        }
    }
    return latest;
}

/* Page by page to the end; gives how many fit. */
static size_t compare_all(const scene *of, shire_audit_filter filter, int64_t from, int64_t until) {
    bool is_found[ENTRIES] = {false};
    size_t total = 0;
    found_page page = {.count = PAGE};
    char before[32];
    while (page.count == PAGE) {
        page.count = 0;
        assert_int_equal(shire_audit_find(of->store, &filter, PAGE, keep, &page, NULL), SHIRE_OK);
        for (size_t i = 0; i < page.count; i++) {
            size_t expected = find_latest(of, &filter, from, until, is_found);
            assert_int_equal(page.numbers[i], expected);
            is_found[expected] = true;
            total++;
        }
        if (page.count > 0) {
            memcpy(before, page.last_at, sizeof before);
            filter.before = before;
            filter.before_no = page.numbers[page.count - 1];
        }
    }
    assert_int_equal(find_latest(of, &filter, from, until, is_found), ENTRIES);
    return total;
}

static void every_combination_finds_what_a_look_at_each_entry_finds(void **state) {
    const scene *of = *state;
    size_t total = 0;
    for (size_t actor = 0; actor < 4; actor++) {
        for (size_t subject = 0; subject < 4; subject++) {
            for (size_t kind = 0; kind < 5; kind++) {
                for (int days = 0; days < 4; days++) {
                    const shire_audit_filter filter = {
                        .actor = actor < 3 ? actors[actor] : NULL,
                        .subject = subject < 3 ? subjects[subject] : NULL,
                        .kind = kind < 4 ? entry_kinds[kind] : NULL,
                        .from = days % 2 == 1 ? "2023-11-15T00:00:00Z" : NULL,
                        .until = days >= 2 ? "2023-11-17T00:00:00Z" : NULL,
                    };
                    total += compare_all(of, filter, days % 2 == 1 ? 1700006400 : 0,
                                         days >= 2 ? 1700179200 : INT64_MAX);
                }
            }
        }
    }
    assert_true(total > ENTRIES * 16);
}

static void nothing_is_found_of_nobody(void **state) {
    const scene *of = *state;
    found_page page = {.count = 0};
    const shire_audit_filter wrong[] = {{.actor = "nobody"},
                                        {.subject = "P"},
                                        {.kind = "runs"},
                                        {.actor = "nurse.one' OR '1' = '1"},
                                        {.from = "2030"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(shire_audit_find(of->store, &wrong[i], PAGE, keep, &page, NULL), SHIRE_OK);
    }
    assert_int_equal(page.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_combination_finds_what_a_look_at_each_entry_finds,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(nothing_is_found_of_nobody, open_scene, close_scene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
