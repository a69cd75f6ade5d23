/*
 * Opening the book and finding things in it. The file is made in a temporary place beside it,
 * sealed with its identity and renamed; a lock file keeps a second maker waiting. The identity is
 * the hash of the warehouse's, of the descriptions of codes and of the book's version, so that a
 * change of any makes it anew.
 */
#include "record/record_book.h"

#include "core/parallel.h"
#include "io/crypto.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/table_identity.h"
#include "org/partnership.h"
#include "record/record_book_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CODES_BYTES_MAX (64 * 1024 * 1024)
#define TRIES 3 /* a run may replace the warehouse while it is read */

/* ---- finding ---- */

uint64_t record_key_number(shire_span key) {
    uint64_t number = 0;
    if (key.length == 0 || key.length > 18 || (key.bytes[0] == '0' && key.length > 1)) {
        return RECORD_KEY_TEXT;
    }
    for (size_t i = 0; i < key.length; i++) {
        if (key.bytes[i] < '0' || key.bytes[i] > '9') {
            return RECORD_KEY_TEXT;
        }
        number = number * 10 + (uint64_t)(key.bytes[i] - '0');
    }
    return number;
}

shire_span shire_record_book_key(const shire_record_book *book, uint64_t key,
                                 char buffer[SHIRE_RECORD_KEY_BYTES]) {
    if ((key & RECORD_KEY_TEXT) != 0) {
        return shire_record_book_text(book, (uint32_t)key);
    }
    int length = snprintf(buffer, SHIRE_RECORD_KEY_BYTES, "%llu", (unsigned long long)key);
    return (shire_span){buffer, (size_t)length};
}

uint64_t record_entry_hash(shire_span organisation, shire_span source, shire_span local_id) {
    return shire_text_hash(local_id, shire_text_hash(source, shire_text_hash(organisation, 1)));
}

uint32_t shire_record_book_find_person(const shire_record_book *book, shire_span person_id) {
    size_t mask = book->person_slot_count - 1;
    size_t slot = (size_t)shire_text_hash(person_id, 0) & mask;
    while (book->person_slots[slot] != 0) {
        uint32_t person = book->person_slots[slot] - 1;
        if (shire_span_equal(shire_record_book_text(book, book->persons[person].id), person_id)) {
            return person;
        }
        slot = (slot + 1) & mask;
    }
    return SHIRE_RECORD_NOBODY;
}

uint32_t shire_record_book_find_entry(const shire_record_book *book, shire_span organisation,
                                      shire_span source, shire_span local_id) {
    size_t mask = book->entry_slot_count - 1;
    size_t slot = (size_t)record_entry_hash(organisation, source, local_id) & mask;
    while (book->entry_slots[slot] != 0) {
        char buffer[SHIRE_RECORD_KEY_BYTES];
        uint32_t number = book->entry_slots[slot] - 1;
        const shire_record_entry *entry = &book->entries[number];
        const shire_record_source *system = &book->sources[entry->source];
        uint32_t code = book->organisations[system->organisation].code;
        if (shire_span_equal(shire_record_book_key(book, entry->local_id, buffer), local_id) &&
            shire_span_equal(shire_record_book_text(book, system->name), source) &&
            shire_span_equal(shire_record_book_text(book, code), organisation)) {
            return number;
        }
        slot = (slot + 1) & mask;
    }
    return SHIRE_RECORD_NOBODY;
}

uint32_t shire_record_book_find_organisation(const shire_record_book *book, shire_span code) {
    for (size_t i = 0; i < book->organisation_count; i++) {
        if (shire_span_equal(shire_record_book_text(book, book->organisations[i].code), code)) {
            return (uint32_t)i;
        }
    }
    return SHIRE_RECORD_NOBODY;
}

const shire_record_delay *shire_record_book_delay(const shire_record_book *book, uint32_t event) {
    size_t low = 0;
    size_t high = book->delay_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->delays[middle].event < event) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < book->delay_count && book->delays[low].event == event ? &book->delays[low] : NULL;
}

/* ---- opening ---- */

/* The arrays of the file; false when one is missing. Sums that must agree do, for a file of this
 * version that is whole. */
static bool find_parts(shire_record_book *book) {
    const shire_columns *columns = book->columns;
    size_t count = 0;
    const record_book_about *about = shire_columns_find(columns, "about", sizeof *about, &count);
    if (about == NULL || count != 1) {
        return false;
    }
    book->horizon = about->horizon;
    book->organisations = shire_columns_find(columns, "organisation", sizeof *book->organisations,
                                             &book->organisation_count);
    book->persons =
        shire_columns_find(columns, "person", sizeof *book->persons, &book->person_count);
    book->entries = shire_columns_find(columns, "entry", sizeof *book->entries, &book->entry_count);
    book->entry_of_record = shire_columns_find(columns, "entry_of_record",
                                               sizeof *book->entry_of_record, &book->record_count);
    book->sources =
        shire_columns_find(columns, "source", sizeof *book->sources, &book->source_count);
    book->kinds = shire_columns_find(columns, "kind", sizeof *book->kinds, &book->kind_count);
    book->delays = shire_columns_find(columns, "delay", sizeof *book->delays, &book->delay_count);
    book->text_starts =
        shire_columns_find(columns, "text.starts", sizeof *book->text_starts, &book->text_count);
    book->text_bytes = shire_columns_find(columns, "text.bytes", 1, &count);
    book->person_slots = shire_columns_find(columns, "person.slots", sizeof *book->person_slots,
                                            &book->person_slot_count);
    book->entry_slots = shire_columns_find(columns, "entry.slots", sizeof *book->entry_slots,
                                           &book->entry_slot_count);
    if (book->organisations == NULL || book->persons == NULL || book->entries == NULL ||
        book->entry_of_record == NULL || book->sources == NULL || book->kinds == NULL ||
        book->delays == NULL || book->text_starts == NULL || book->text_bytes == NULL ||
        book->person_slots == NULL || book->entry_slots == NULL || book->person_count == 0 ||
        book->text_count < 2) {
        return false;
    }
    book->person_count--;
    book->text_count--;
    book->event_count = book->persons[book->person_count].first_event;
    return book->persons[book->person_count].first_entry == book->entry_count &&
           book->text_starts[book->text_count] == count && record_events_find(book);
}

static shire_status open_file(const char *path, const char *identity, shire_record_book **book_out,
                              shire_error *error) {
    shire_record_book *book = shire_memory_resize(NULL, sizeof *book);
    if (book == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: no memory to open it", path);
    }
    memset(book, 0, sizeof *book);
    shire_status status = shire_columns_open(path, identity, &book->columns, error);
    if (status == SHIRE_OK && !find_parts(book)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "%s: this is no whole book of records", path);
    }
    if (status != SHIRE_OK) {
        shire_record_book_close(book);
        return status;
    }
    *book_out = book;
    return SHIRE_OK;
}

void shire_record_book_close(shire_record_book *book) {
    if (book != NULL) {
        shire_columns_close(book->columns);
        shire_memory_free(book);
    }
}

/* ---- making ---- */

typedef struct book_paths {
    shire_partnership partnership;
    char *warehouse;
    char *book;
    char *book_new;
    char *lock;
    char *codes;
} book_paths;

static shire_status find_paths(const char *dir, shire_arena *arena, book_paths *paths,
                               shire_error *error) {
    shire_status status = shire_partnership_open(dir, arena, &paths->partnership, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const shire_partnership *partnership = &paths->partnership;
    paths->warehouse = shire_partnership_state_path(partnership, arena, "warehouse.duckdb");
    paths->book = shire_partnership_state_path(partnership, arena, "record.bin");
    paths->book_new = shire_partnership_state_path(partnership, arena, "record.bin.new");
    paths->lock = shire_partnership_state_path(partnership, arena, "record.lock");
    paths->codes = shire_arena_format(arena, "%s/record/codes.csv", partnership->dir);
    if (paths->warehouse == NULL || paths->book == NULL || paths->book_new == NULL ||
        paths->lock == NULL || paths->codes == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: no memory to open its records", dir);
    }
    if (!shire_file_exists(paths->warehouse)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "%s: there is no warehouse yet; run `shire run`",
                          paths->warehouse);
    }
    return SHIRE_OK;
}

static shire_status identify(const book_paths *paths, char identity_out[65], shire_error *error) {
    char hashes[2][65] = {"", ""};
    shire_status status = shire_table_identity(paths->warehouse, hashes[0], error);
    if (status == SHIRE_OK && shire_file_exists(paths->codes)) {
        status = shire_file_hash(paths->codes, hashes[1], error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    const shire_span parts[] = {shire_span_of(RECORD_BOOK_VERSION), shire_span_of(hashes[0]),
                                shire_span_of(hashes[1])};
    shire_hash hash = shire_sha256(parts, sizeof parts / sizeof parts[0]);
    for (size_t i = 0; i < SHIRE_HASH_BYTES; i++) {
        snprintf(identity_out + 2 * i, 3, "%02x", (unsigned)hash.bytes[i]);
    }
    return SHIRE_OK;
}

static int compare_codes(const void *x, const void *y) {
    return shire_span_compare(((const record_code *)x)->code, ((const record_code *)y)->code);
}

/* record/codes.csv where there is one, sorted; a code that is there twice is a mistake. */
static shire_status read_codes(const book_paths *paths, shire_arena *arena, record_code **codes_out,
                               size_t *count_out, shire_error *error) {
    static const char *const names[] = {"code", "description"};
    shire_csv csv;
    *codes_out = NULL;
    *count_out = 0;
    if (!shire_file_exists(paths->codes)) {
        return SHIRE_OK;
    }
    shire_status status = shire_csv_read(paths->codes, CODES_BYTES_MAX, arena, &csv, error);
    if (status == SHIRE_OK) {
        status = shire_csv_check_columns(&csv, names, 2, 2, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    record_code *codes = shire_arena_alloc_array(arena, csv.row_count, sizeof *codes);
    if (codes == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: no memory to read it", paths->codes);
    }
    for (size_t row = 0; row < csv.row_count; row++) {
        codes[row] =
            (record_code){shire_csv_cell(&csv, row, shire_csv_column(&csv, "code")),
                          shire_csv_cell(&csv, row, shire_csv_column(&csv, "description"))};
    }
    qsort(codes, csv.row_count, sizeof *codes, compare_codes);
    for (size_t row = 1; row < csv.row_count; row++) {
        if (compare_codes(&codes[row - 1], &codes[row]) == 0) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "%s: the code '%.*s' is there twice; leave one of them", paths->codes,
                              (int)codes[row].code.length, codes[row].code.bytes);
        }
    }
    *codes_out = codes;
    *count_out = csv.row_count;
    return SHIRE_OK;
}

/* An empty file that nobody but its owner may read, where the columns are written to. */
static shire_status make_private(const char *path, shire_error *error) {
    unlink(path);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", path,
                          strerror(errno));
    }
    close(descriptor);
    return SHIRE_OK;
}

/* The file anew, under the identity that the warehouse has before and after. */
static shire_status make_file(const book_paths *paths, int thread_count, shire_arena *arena,
                              char identity[65], shire_error *error) {
    const shire_table_options options = {.path = paths->warehouse,
                                         .read_only = true,
                                         .thread_count = thread_count,
                                         .memory_limit_mb = paths->partnership.memory_limit_mb};
    shire_table *warehouse = NULL;
    record_code *codes = NULL;
    size_t code_count = 0;
    char after[65] = "";
    shire_status status = read_codes(paths, arena, &codes, &code_count, error);
    for (int tries = 0; status == SHIRE_OK && strcmp(identity, after) != 0; tries++) {
        if (tries == TRIES) {
            return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                              "%s: it changes while it is read; try again when the run has ended",
                              paths->warehouse);
        }
        status = make_private(paths->book_new, error);
        if (status == SHIRE_OK) {
            status = identify(paths, identity, error);
        }
        if (status == SHIRE_OK) {
            status = shire_table_open(&options, &warehouse, error);
        }
        if (status == SHIRE_OK) {
            status = record_book_make(warehouse, paths->book_new, paths->partnership.period_last,
                                      codes, code_count, thread_count, error);
        }
        shire_table_close(warehouse);
        warehouse = NULL;
        if (status == SHIRE_OK) {
            status = identify(paths, after, error);
        }
    }
    if (status == SHIRE_OK) {
        status = shire_columns_seal(paths->book_new, identity, error);
    }
    if (status == SHIRE_OK && rename(paths->book_new, paths->book) != 0) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", paths->book,
                            strerror(errno));
    }
    if (status != SHIRE_OK) {
        unlink(paths->book_new);
    }
    return status;
}

/* Behind the lock, so that one process makes the file and the others find it made. */
static shire_status make_and_open(const book_paths *paths, int thread_count, shire_arena *arena,
                                  shire_record_book **book_out, shire_error *error) {
    char identity[65];
    int lock = open(paths->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        shire_status status = SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be locked: %s",
                                         paths->lock, strerror(errno));
        if (lock >= 0) {
            close(lock);
        }
        return status;
    }
    shire_status status = identify(paths, identity, error);
    if (status == SHIRE_OK && open_file(paths->book, identity, book_out, NULL) != SHIRE_OK) {
        status = make_file(paths, thread_count, arena, identity, error);
        if (status == SHIRE_OK) {
            status = open_file(paths->book, identity, book_out, error);
        }
    }
    close(lock);
    return status;
}

shire_status shire_record_book_open(const char *dir, int thread_count, shire_record_book **book_out,
                                    shire_error *error) {
    char identity[65];
    shire_arena *arena = NULL;
    book_paths paths;
    shire_status status = shire_arena_new("record_book_open", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (thread_count <= 0) {
        thread_count = shire_parallel_processor_count();
    }
    status = find_paths(dir, arena, &paths, error);
    if (status == SHIRE_OK) {
        status = identify(&paths, identity, error);
    }
    if (status == SHIRE_OK && open_file(paths.book, identity, book_out, NULL) != SHIRE_OK) {
        status = make_and_open(&paths, thread_count, arena, book_out, error);
    }
    shire_arena_free(arena);
    return status;
}
