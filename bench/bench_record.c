/*
 * Reading and finding people of a county through the gate: how long opening takes and in how much
 * memory, then reads of persons by a clinician of a body that knows them and searches with a slip
 * of the pen, on one thread.
 *
 * bench-record DIR [--reads N] [--searches N]: DIR is a partnership that was run, by default
 * 200,000 reads and 4,000 searches. The accounts and agreements are the bench's own, in a scratch
 * store. Prints Markdown.
 */
#include "core/meter.h"
#include "core/random.h"
#include "io/file.h"
#include "record/record_search.h"
#include "synth/synth_error.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOW INT64_C(1764000000) /* 2025-11-24 */
#define ORGANISATIONS_MAX 256

typedef struct record_bench {
    const char *dir;
    int64_t reads;
    int64_t searches;
    char scratch[64];
    shire_record *record;
    shire_store *store;
    const shire_gate_policy *policy;
    int64_t *times;
    shire_error error;
} record_bench;

static void check(record_bench *bench, shire_status status) {
    if (status != SHIRE_OK) {
        shire_error ignored;
        fprintf(stderr, "bench-record: %s\n", bench->error.message);
        if (bench->scratch[0] != '\0') {
            (void)!shire_dir_remove(bench->scratch, &ignored);
        }
        exit(1);
    }
}

/* Time of the processor in this thread, for a machine that others use too. */
static int64_t processor_nanoseconds(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
}

static void print_memory(const char *when) {
    char line[256];
    long anonymous = 0;
    long file = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "RssAnon:", 8) == 0) {
            anonymous = strtol(line + 8, NULL, 10);
        } else if (strncmp(line, "RssFile:", 8) == 0) {
            file = strtol(line + 8, NULL, 10);
        }
    }
    if (status != NULL) {
        fclose(status);
    }
    printf("| memory %s | %ld MB of its own, %ld MB of mapped files |\n", when, anonymous / 1000,
           file / 1000);
}

/* A clinician of each body; every body shares everything with every other. */
static void make_policy(record_bench *bench) {
    const shire_record_book *book = shire_record_get_book(bench->record);
    const char *codes[ORGANISATIONS_MAX];
    char texts[ORGANISATIONS_MAX][64];
    size_t count = book->organisation_count;
    shire_builder sql = {0};
    count = count > ORGANISATIONS_MAX ? ORGANISATIONS_MAX : count;
    for (size_t i = 0; i < count; i++) {
        shire_span code = shire_record_book_text(book, book->organisations[i].code);
        snprintf(texts[i], sizeof texts[i], "%.*s", (int)code.length, code.bytes);
        codes[i] = texts[i];
        shire_builder_append_format(&sql,
                                    "INSERT INTO account VALUES (%zu, 'bench%zu', 'B', '%s', "
                                    "'clinician', NULL, 0);",
                                    i + 1, i, texts[i]);
        for (size_t j = 0; j < count && j < i; j++) {
            for (int turn = 0; turn < 2; turn++) {
                shire_builder_append_format(
                    &sql,
                    "INSERT INTO agreement SELECT count(*) + 1, '%s', '%s', 'care', 'demographics "
                    "acute gp community mental_health social_care housing plan document', "
                    "'2000-01-01', NULL, 'bench' FROM agreement;",
                    texts[turn == 0 ? i : j], texts[turn == 0 ? j : i]);
            }
        }
    }
    check(bench, sql.failed ? SHIRE_NO_MEMORY
                            : shire_store_execute(bench->store, sql.bytes, &bench->error));
    check(bench, shire_gate_policy_read(bench->store, codes, count, &bench->policy, &bench->error));
    shire_builder_free(&sql);
}

static int compare_times(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x;
    int64_t b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static void print_times(const char *what, int64_t *times, size_t count) {
    double seconds = 0;
    for (size_t i = 0; i < count; i++) {
        seconds += (double)times[i] * 1e-9;
    }
    qsort(times, count, sizeof *times, compare_times);
    printf("| %s | %.0f a second of one core, median %.1f us, p99 %.1f us, worst %.1f us |\n", what,
           (double)count / seconds, (double)times[count / 2] * 1e-3,
           (double)times[count * 99 / 100] * 1e-3, (double)times[count - 1] * 1e-3);
}

static void ask_as(record_bench *bench, int64_t account, shire_arena *arena,
                   shire_gate_viewer *viewer, shire_record_asker *asker) {
    *asker = (shire_record_asker){.policy = bench->policy, .viewer = viewer, .reason = ""};
    check(bench,
          shire_gate_policy_viewer(bench->policy, account, SHIRE_GATE_CARE, NOW, arena, viewer,
                                   &asker->account, &asker->organisation, &bench->error));
}

static void read_people(record_bench *bench, bool with_json) {
    const shire_record_book *book = shire_record_get_book(bench->record);
    shire_random random = shire_random_seed(3, with_json);
    size_t opened = 0;
    size_t bytes = 0;
    for (int64_t i = 0; i < bench->reads; i++) {
        shire_arena *arena = NULL;
        shire_gate_viewer viewer;
        shire_record_asker asker;
        shire_record_view view;
        shire_audit_entry entry;
        const shire_record_entry *one =
            &book->entries[shire_random_below(&random, book->entry_count)];
        uint32_t body = book->sources[one->source].organisation;
        const shire_record_request request = {
            .person_id = shire_record_book_text(book, book->persons[one->person].id)};
        int64_t begun = processor_nanoseconds();
        check(bench, shire_arena_new("read", 0, &arena, &bench->error));
        ask_as(bench, 1 + (int64_t)body, arena, &viewer, &asker);
        shire_status status =
            shire_record_read(bench->record, &asker, &request, arena, &view, &entry, &bench->error);
        if (status == SHIRE_OK) {
            opened++;
            if (with_json) {
                json_t *json = shire_record_view_json(&view);
                char *text = json_dumps(json, JSON_COMPACT);
                bytes += text == NULL ? 0 : strlen(text);
                free(text);
                json_decref(json);
            }
            shire_record_view_done(&view);
        } else if (status != SHIRE_NOT_FOUND) {
            check(bench, status);
        }
        shire_arena_wipe_free(arena);
        bench->times[i] = processor_nanoseconds() - begun;
    }
    char what[128];
    snprintf(what, sizeof what, "reads%s, %.0f %% opened", with_json ? " with their JSON" : "",
             100.0 * (double)opened / (double)bench->reads);
    print_times(what, bench->times, (size_t)bench->reads);
    if (with_json && opened > 0) {
        printf("| JSON of a person | %zu bytes |\n", bytes / opened);
    }
}

static void search_people(record_bench *bench) {
    const shire_record_book *book = shire_record_get_book(bench->record);
    shire_random random = shire_random_seed(4, 1);
    size_t found = 0;
    size_t first = 0;
    for (int64_t i = 0; i < bench->searches; i++) {
        shire_arena *arena = NULL;
        shire_gate_viewer viewer;
        shire_record_asker asker;
        shire_record_result result;
        shire_audit_entry entry;
        char line[256];
        char family[128];
        char day[11] = "";
        const shire_record_entry *one =
            &book->entries[shire_random_below(&random, book->entry_count)];
        shire_span given = shire_record_book_text(book, one->texts[SHIRE_RECORD_GIVEN_NAME]);
        shire_span name = shire_record_book_text(book, one->texts[SHIRE_RECORD_FAMILY_NAME]);
        snprintf(family, sizeof family, "%.*s", (int)name.length, name.bytes);
        if (i % 2 == 0) {
            synth_error_type(&random, family, sizeof family);
        }
        if (i % 4 != 0 && one->birth != SHIRE_RECORD_NO_TIME) {
            shire_date_format(one->birth, day);
        }
        snprintf(line, sizeof line, "%.*s %s %s", (int)given.length, given.bytes, family, day);
        const shire_record_search search = {.line = shire_span_of(line)};
        int64_t begun = processor_nanoseconds();
        check(bench, shire_arena_new("search", 0, &arena, &bench->error));
        uint32_t body = book->sources[one->source].organisation;
        ask_as(bench, 1 + (int64_t)body, arena, &viewer, &asker);
        shire_status status = shire_record_find(bench->record, &asker, &search, arena, &result,
                                                &entry, &bench->error);
        if (status == SHIRE_OK) {
            found += result.total > 0;
            first += result.found_count > 0 &&
                     shire_record_book_find_person(book, result.found[0].person_id) == one->person;
        } else if (status != SHIRE_INVALID) {
            check(bench, status);
        }
        shire_arena_wipe_free(arena);
        bench->times[i] = processor_nanoseconds() - begun;
    }
    char what[128];
    snprintf(what, sizeof what, "searches, %.0f %% found somebody, %.0f %% the right one first",
             100.0 * (double)found / (double)bench->searches,
             100.0 * (double)first / (double)bench->searches);
    print_times(what, bench->times, (size_t)bench->searches);
}

static bool parse(int argc, char **argv, record_bench *bench) {
    for (int i = 1; i < argc; i++) {
        bool is_reads = strcmp(argv[i], "--reads") == 0;
        if ((is_reads || strcmp(argv[i], "--searches") == 0) && i + 1 < argc) {
            int64_t number = strtoll(argv[++i], NULL, 10);
            *(is_reads ? &bench->reads : &bench->searches) = number;
        } else if (argv[i][0] != '-' && bench->dir == NULL) {
            bench->dir = argv[i];
        } else {
            return false;
        }
    }
    return bench->dir != NULL && bench->reads > 0 && bench->searches > 0;
}

int main(int argc, char **argv) {
    record_bench bench = {
        .reads = 200000, .searches = 4000, .scratch = "/tmp/shire-bench-record-XXXXXX"};
    char store[96];
    shire_error ignored;
    if (!parse(argc, argv, &bench)) {
        fprintf(stderr, "usage: bench-record DIR [--reads N] [--searches N]\n");
        return 2;
    }
    if (mkdtemp(bench.scratch) == NULL) {
        fprintf(stderr, "bench-record: no scratch folder\n");
        return 1;
    }
    snprintf(store, sizeof store, "%s/store.db", bench.scratch);
    int64_t most = bench.reads > bench.searches ? bench.reads : bench.searches;
    bench.times = calloc((size_t)most, sizeof *bench.times);
    check(&bench, bench.times == NULL ? SHIRE_NO_MEMORY : SHIRE_OK);
    int64_t begun = shire_clock_nanoseconds();
    const shire_record_options options = {.dir = bench.dir, .store = store};
    check(&bench, shire_record_open(&options, &bench.record, &bench.error));
    printf("| what | measured |\n|---|---|\n| opening book, matcher and store | %.2f s |\n",
           (double)(shire_clock_nanoseconds() - begun) * 1e-9);
    print_memory("once open");
    check(&bench, shire_store_open(store, SHIRE_STORE_WRITE, &bench.store, &bench.error));
    make_policy(&bench);
    read_people(&bench, false);
    read_people(&bench, true);
    search_people(&bench);
    print_memory("at the end");
    shire_gate_policy_release(bench.policy);
    shire_store_close(bench.store);
    shire_record_close(bench.record);
    free(bench.times);
    (void)!shire_dir_remove(bench.scratch, &ignored);
    return 0;
}
