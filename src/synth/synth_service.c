/*
 * synth, from options to a folder: makes the people, then records and care of all chunks in
 * parallel, then writes. Chunks are written in the order of their persons, so the bytes do not
 * depend on the number of threads.
 */
#include "synth/synth_internal.h"
#include "synth/synth_sheet.h"

#include "core/parallel.h"
#include "core/progress.h"
#include "io/file.h"

#include <stdio.h>
#include <string.h>

typedef struct making {
    const synth_people *people;
    synth_chunk *chunks;
} making;

static void make_chunk(size_t first, size_t last, size_t chunk_number, int thread, void *context) {
    (void)thread;
    const making *work = context;
    synth_chunk *chunk = &work->chunks[chunk_number];
    chunk->people = work->people;
    chunk->first = first;
    chunk->last = last;
    synth_record_make(chunk);
    synth_hospital_make(chunk);
    synth_primary_make(chunk);
    synth_mental_make(chunk);
    synth_council_make(chunk);
    synth_housing_make(chunk);
    if (first == SYNTH_STROKE_PERSON) {
        synth_stroke_make(chunk);
    }
    for (int system = 0; system < SYNTH_SYSTEM_COUNT; system++) {
        chunk->failed |= chunk->records[system].failed;
    }
    chunk->failed |= chunk->truth.failed;
}

shire_status synth_file_write(const synth_files *files, const char *name, shire_span contents,
                              shire_error *error) {
    char *path = shire_arena_format(files->arena, "%s/%s", files->dir, name);
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write %s", name);
    }
    return shire_file_replace(path, contents, error);
}

/* Records that are bad on purpose, behind the good ones of a system. */
static const char *bad_records(synth_system system) {
    switch (system) {
    case SYNTH_HOSPITAL: /* impossible birthdays, a death before birth, a twelve-digit NHS number */
        return "10000001,,ALAN,,TESTCASE,31/02/1960,,1,1 High Street,Hereford,HR1 1AA,,,,M81901\n"
               "10000002,,BERYL,,TESTCASE,29/02/2023,,2,2 High Street,Hereford,HR1 1AA,,,,M81901\n"
               "10000003,,COLIN,,TESTCASE,00/00/0000,,1,3 High Street,Hereford,HR1 1AA,,,,M81901\n"
               "10000004,999000001812,DORIS,,TESTCASE,01/05/1950,,2,4 High Street,Hereford,"
               "HR1 1AA,,,,M81901\n"
               "10000005,ABC,EDNA,,TESTCASE,01/05/1951,,2,5 High Street,Hereford,HR1 1AA,,,,"
               "M81901\n"
               "10000006,,FRANK,,TESTCASE,01/05/1952,01/04/1940,1,6 High Street,Hereford,"
               "HR1 1AA,,,,M81901\n";
    case SYNTH_GP: /* one number for two people, a record without a number, a sex that is none */
        return "10000007,,Gwen,,Testcase,1960-02-01,,F,7 High Street,Hereford,HR1 1AA,,,,M81901\n"
               "10000007,,Hugh,,Testcase,1961-02-01,,M,8 High Street,Hereford,HR1 1AA,,,,M81901\n"
               ",,Iris,,Testcase,1962-02-01,,F,9 High Street,Hereford,HR1 1AA,,,,M81901\n"
               "10000009,,Jean,,Testcase,1963-13-01,,X,10 High Street,Hereford,HR1 1AA,,,,"
               "M81901\n";
    case SYNTH_SOCIAL: /* a birthday in the next century, and one that is no date */
        return "10000010,,Keith,,Testcase,01/01/2099,,Male,11 High Street,Hereford,HR1 1AA,,,,\n"
               "10000011,,Lorna,,Testcase,not known,,Female,12 High Street,Hereford,HR1 1AA,,,,\n";
    default:
        return "";
    }
}

static int64_t count_lines(const char *text) {
    int64_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n' ? 1 : 0;
    }
    return lines;
}

static shire_status write_records(const synth_files *files, const synth_chunk *chunks,
                                  size_t chunk_count, int64_t *record_count_out,
                                  shire_error *error) {
    static const char *const names[SYNTH_SYSTEM_COUNT] = {
        [SYNTH_GP] = "data/gp_patients.csv",
        [SYNTH_HOSPITAL] = "data/hospital_patients.csv",
        [SYNTH_COMMUNITY] = "data/community_clients.csv",
        [SYNTH_MENTAL] = "data/mental_health_clients.csv",
        [SYNTH_SOCIAL] = "data/social_care_people.csv",
        [SYNTH_HOUSING] = "data/housing_people.csv",
    };
    shire_builder text = {0};
    shire_status status = SHIRE_OK;
    int64_t count = 0;
    for (int system = 0; system < SYNTH_SYSTEM_COUNT && status == SHIRE_OK; system++) {
        shire_builder_clear(&text);
        /* The social care system exports with a byte-order mark. */
        shire_builder_append_text(&text, system == SYNTH_SOCIAL ? "\xef\xbb\xbf" : "");
        shire_builder_append_text(&text, synth_record_header((synth_system)system));
        for (size_t i = 0; i < chunk_count; i++) {
            const shire_builder *lines = &chunks[i].records[system];
            shire_builder_append(&text, (shire_span){lines->bytes, lines->length});
            count += chunks[i].record_counts[system];
        }
        const char *bad = bad_records((synth_system)system);
        shire_builder_append_text(&text, bad);
        count += count_lines(bad);
        status = text.failed
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write %s", names[system])
                     : synth_file_write(files, names[system], (shire_span){text.bytes, text.length},
                                        error);
    }
    if (status == SHIRE_OK) {
        shire_builder_clear(&text);
        shire_builder_append_text(&text, "organisation,source,local_id,person\n");
        for (size_t i = 0; i < chunk_count; i++) {
            shire_builder_append(&text,
                                 (shire_span){chunks[i].truth.bytes, chunks[i].truth.length});
        }
        status = text.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write the truth")
                             : synth_file_write(files, "truth/person_truth.csv",
                                                (shire_span){text.bytes, text.length}, error);
    }
    *record_count_out = count;
    shire_builder_free(&text);
    return status;
}

static shire_status check_options(const shire_synth_options *options, shire_error *error) {
    if (options->people_count < SHIRE_SYNTH_PEOPLE_MIN ||
        options->people_count > SHIRE_SYNTH_PEOPLE_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "people: %lld is not between %d and %d",
                          (long long)options->people_count, SHIRE_SYNTH_PEOPLE_MIN,
                          SHIRE_SYNTH_PEOPLE_MAX);
    }
    return SHIRE_OK;
}

/* The folder and its parts; the parts that synth wrote before go first. */
static shire_status prepare_dir(const synth_files *files, shire_error *error) {
    static const char *const parts[] = {"data",   "extracts", "costing",  "truth",
                                        "access", "record",   "directory"};
    char *settings = shire_arena_format(files->arena, "%s/partnership.yaml", files->dir);
    if (settings == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the folder's name");
    }
    if (shire_dir_exists(files->dir) && !shire_file_exists(settings)) {
        const char *const *names = NULL;
        size_t count = 0;
        shire_status status = shire_dir_list(files->dir, "", files->arena, &names, &count, error);
        if (status != SHIRE_OK) {
            return status;
        }
        if (count > 0) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "%s: the folder holds files but no partnership.yaml, so synth does "
                              "not write over it; give an empty or a new folder",
                              files->dir);
        }
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char *path = shire_arena_format(files->arena, "%s/%s", files->dir, parts[i]);
        if (path == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the folder's name");
        }
        if (shire_dir_exists(path)) {
            shire_status status = shire_dir_remove(path, error);
            if (status != SHIRE_OK) {
                return status;
            }
        }
        shire_status status = shire_dir_make(path, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return SHIRE_OK;
}

static shire_status write_all(const synth_files *files, const synth_people *people,
                              const synth_chunk *chunks, size_t chunk_count, shire_table *table,
                              shire_synth_summary *summary, shire_error *error) {
    synth_tally tallies[SYNTH_SHEET_COUNT][SYNTH_GROUPS_MAX];
    memset(tallies, 0, sizeof tallies);
    for (int sheet = 0; sheet < SYNTH_SHEET_COUNT; sheet++) {
        for (size_t i = 0; i < chunk_count; i++) {
            for (int group = 0; group < SYNTH_GROUPS_MAX; group++) {
                const synth_tally *from = &chunks[i].tallies[sheet][group];
                synth_tally *to = &tallies[sheet][group];
                to->count += from->count;
                to->days += from->days;
                to->minutes += from->minutes;
                to->amount_pence += from->amount_pence;
                to->weight_pence += from->weight_pence;
            }
        }
        int64_t rows = synth_sheet_row_count(chunks, chunk_count, (synth_sheet)sheet);
        summary->events += synth_sheet_kinds[sheet].is_event ? rows : 0;
        summary->items += synth_sheet_kinds[sheet].is_item ? rows : 0;
    }
    shire_status status = write_records(files, chunks, chunk_count, &summary->records, error);
    if (status == SHIRE_OK) {
        status = synth_sheet_write_all(files, chunks, chunk_count, table, error);
    }
    if (status == SHIRE_OK) {
        status = synth_ledger_write(files, people, (const synth_tally(*)[SYNTH_GROUPS_MAX])tallies,
                                    &summary->ledger_lines, error);
    }
    if (status == SHIRE_OK) {
        status = synth_access_write(files, people, error);
    }
    if (status == SHIRE_OK) {
        status = synth_story_write(files, error);
    }
    if (status == SHIRE_OK) {
        status = synth_directory_write(files, error);
    }
    /* partnership.yaml is of the folder's last files: without it the folder is none. */
    return status == SHIRE_OK ? synth_folder_write(files, people, error) : status;
}

shire_status shire_synth_write(const shire_synth_options *options, shire_synth_summary *summary_out,
                               shire_error *error) {
    shire_arena *run_arena = NULL;
    shire_table *table = NULL;
    synth_chunk *chunks = NULL;
    size_t chunk_count = 0;
    shire_synth_summary summary = {.people = options->people_count};
    synth_people people;
    shire_progress progress = shire_progress_begin("making people and their care", 0);
    shire_status status = check_options(options, error);
    if (status != SHIRE_OK) {
        goto done;
    }
    status = shire_arena_new("run_arena", 0, &run_arena, error);
    if (status != SHIRE_OK) {
        goto done;
    }
    synth_files files = {.dir = options->dir, .arena = run_arena};
    status = prepare_dir(&files, error);
    if (status != SHIRE_OK) {
        goto done;
    }
    size_t person_count = (size_t)options->people_count;
    status = synth_people_make(options->seed, person_count, run_arena, &people, error);
    if (status != SHIRE_OK) {
        goto done;
    }
    chunk_count = shire_parallel_chunk_count(person_count, SYNTH_CHUNK_PEOPLE);
    chunks = shire_arena_alloc_array(run_arena, chunk_count, sizeof *chunks);
    if (chunks == NULL) {
        chunk_count = 0;
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory; ask for fewer --people");
        goto done;
    }
    int threads =
        options->thread_count > 0 ? options->thread_count : shire_parallel_processor_count();
    making work = {.people = &people, .chunks = chunks};
    shire_parallel_for(threads, person_count, SYNTH_CHUNK_PEOPLE, make_chunk, &work);
    for (size_t i = 0; i < chunk_count; i++) {
        if (chunks[i].failed) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory; ask for fewer --people");
            goto done;
        }
    }
    shire_table_options table_options = {.thread_count = threads};
    status = shire_table_open(&table_options, &table, error);
    if (status != SHIRE_OK) {
        goto done;
    }
    status = write_all(&files, &people, chunks, chunk_count, table, &summary, error);
    if (status == SHIRE_OK) {
        *summary_out = summary;
    }
done:
    shire_progress_end(&progress);
    shire_table_close(table);
    for (size_t i = 0; i < chunk_count; i++) {
        synth_chunk_free(&chunks[i]);
    }
    shire_arena_wipe_free(run_arena);
    return status;
}
