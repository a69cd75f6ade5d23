/*
 * Opening the joined record: the book, the matcher from the warehouse, and the store, whose
 * connections wait in a list until a thread borrows one.
 */
#include "core/parallel.h"
#include "io/file.h"
#include "org/partnership.h"
#include "record/record_internal.h"

#include <string.h>

static const char *const questions[RECORD_QUESTION_COUNT] = {
    [RECORD_ASK_RETIRED] = "SELECT retired_into FROM index_person WHERE person_id = $1",
    [RECORD_ASK_MAY_HAVE_ITEMS] =
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM record_item WHERE person_id = $1) OR EXISTS "
        "(SELECT 1 FROM index_person WHERE retired_into = $1) THEN 1 ELSE 0 END",
    [RECORD_ASK_ITEMS] =
        "WITH RECURSIVE known (person_id) AS (SELECT person_id FROM index_person WHERE person_id = "
        "$1 UNION SELECT p.person_id "
        "FROM index_person p JOIN known k ON p.retired_into = k.person_id) SELECT i.item_id, "
        "i.kind, i.organisation, v.version, i.version, v.made, v.actor, v.organisation, v.why, "
        "v.state, v.sensitivity, v.body FROM known k JOIN record_item i ON i.person_id = "
        "k.person_id JOIN record_version v ON v.item_id = i.item_id AND v.version = i.version "
        "JOIN record_version f ON f.item_id = i.item_id AND f.version = 1 ORDER BY i.kind, f.made, "
        "i.item_id",
    [RECORD_ASK_VERSION] =
        "SELECT i.item_id, i.kind, i.organisation, v.version, i.version, v.made, v.actor, "
        "v.organisation, v.why, v.state, v.sensitivity, v.body, i.person_id FROM record_item i "
        "JOIN record_version v ON v.item_id = i.item_id AND v.version = CASE WHEN $2 = 0 THEN "
        "i.version ELSE $2 END WHERE i.item_id = $1",
    [RECORD_ASK_VERSIONS] =
        "SELECT i.item_id, i.kind, i.organisation, v.version, i.version, v.made, v.actor, "
        "v.organisation, v.why, v.state, v.sensitivity, v.body, i.person_id FROM record_item i "
        "JOIN record_version v ON v.item_id = i.item_id WHERE i.item_id = $1 ORDER BY v.version "
        "DESC",
    [RECORD_ASK_CONTENT] = "SELECT content, byte_count FROM record_content WHERE hash = $1",
    [RECORD_ASK_ACCESS_COUNT] =
        "WITH RECURSIVE known (person_id) AS (SELECT person_id FROM index_person WHERE person_id = "
        "$1 UNION SELECT p.person_id "
        "FROM index_person p JOIN known k ON p.retired_into = k.person_id) SELECT count(*) FROM "
        "known k JOIN audit_entry e ON e.subject = k.person_id",
    [RECORD_ASK_ACCESSES] =
        "WITH RECURSIVE known (person_id) AS (SELECT person_id FROM index_person WHERE person_id = "
        "$1 UNION SELECT p.person_id "
        "FROM index_person p JOIN known k ON p.retired_into = k.person_id) SELECT e.at, e.kind, "
        "e.actor, e.organisation, e.purpose, e.detail FROM known k JOIN audit_entry e ON e.subject "
        "= k.person_id ORDER BY e.entry_no DESC LIMIT $2 OFFSET $3",
};

/* ---- connections ---- */

static void free_reader(record_reader *reader) {
    for (size_t i = 0; i < RECORD_QUESTION_COUNT; i++) {
        shire_store_finalize(reader->statements[i]);
    }
    shire_store_close(reader->store);
    shire_memory_free(reader);
}

shire_status record_reader_borrow(shire_record *record, record_reader **reader_out,
                                  shire_error *error) {
    pthread_mutex_lock(&record->lock);
    record_reader *reader = record->free_readers;
    if (reader != NULL) {
        record->free_readers = reader->next;
    }
    pthread_mutex_unlock(&record->lock);
    if (reader == NULL) {
        reader = shire_memory_resize(NULL, sizeof *reader);
        if (reader == NULL) {
            return RECORD_NO_MEMORY(error);
        }
        memset(reader, 0, sizeof *reader);
        shire_status status =
            shire_store_open(record->store_path, SHIRE_STORE_READ, &reader->store, error);
        if (status != SHIRE_OK) {
            shire_memory_free(reader);
            return status;
        }
    }
    *reader_out = reader;
    return SHIRE_OK;
}

void record_reader_give_back(shire_record *record, record_reader *reader) {
    if (reader == NULL) {
        return;
    }
    for (size_t i = 0; i < RECORD_QUESTION_COUNT; i++) {
        if (reader->statements[i] != NULL) {
            shire_store_reset(reader->statements[i]);
        }
    }
    pthread_mutex_lock(&record->lock);
    reader->next = record->free_readers;
    record->free_readers = reader;
    pthread_mutex_unlock(&record->lock);
}

shire_status record_reader_ask(record_reader *reader, record_question question,
                               shire_store_statement **statement_out, shire_error *error) {
    shire_store_statement **statement = &reader->statements[question];
    if (*statement == NULL) {
        shire_status status =
            shire_store_prepare(reader->store, questions[question], statement, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    shire_store_reset(*statement);
    *statement_out = *statement;
    return SHIRE_OK;
}

/* ---- opening ---- */

static shire_status open_matcher(const shire_partnership *partnership, int thread_count,
                                 shire_arena *arena, shire_record *record, shire_error *error) {
    const shire_table_options options = {
        .path = shire_partnership_state_path(partnership, arena, "warehouse.duckdb"),
        .read_only = true,
        .thread_count = thread_count,
        .memory_limit_mb = partnership->memory_limit_mb};
    shire_table *table = NULL;
    if (options.path == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    shire_status status = shire_table_open(&options, &table, error);
    if (status == SHIRE_OK) {
        status = shire_link_matcher_open(table, thread_count, &record->matcher, error);
    }
    shire_table_close(table);
    return status;
}

/* The store, made or brought up to date, so that readers find its tables. */
static shire_status open_store(const shire_record_options *options,
                               const shire_partnership *partnership, shire_arena *arena,
                               shire_record *record, shire_error *error) {
    const char *where =
        options->store != NULL ? options->store : shire_partnership_store(partnership, arena);
    shire_store *store = NULL;
    size_t length = where == NULL ? 0 : strlen(where);
    record->store_path = where == NULL ? NULL : shire_memory_resize(NULL, length + 1);
    if (record->store_path == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    memcpy(record->store_path, where, length + 1);
    shire_status status = shire_store_open(where, SHIRE_STORE_WRITE, &store, error);
    shire_store_close(store);
    return status;
}

shire_status shire_record_open(const shire_record_options *options, shire_record **record_out,
                               shire_error *error) {
    shire_partnership partnership;
    shire_arena *arena = NULL;
    int thread_count =
        options->thread_count > 0 ? options->thread_count : shire_parallel_processor_count();
    shire_record *record = shire_memory_resize(NULL, sizeof *record);
    if (record == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    *record = (shire_record){.lock = PTHREAD_MUTEX_INITIALIZER};
    shire_status status = shire_arena_new("record_open", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(options->dir, arena, &partnership, error);
    }
    if (status == SHIRE_OK) {
        status = shire_record_book_open(options->dir, thread_count, &record->book, error);
    }
    if (status == SHIRE_OK) {
        status = open_store(options, &partnership, arena, record, error);
    }
    if (status == SHIRE_OK && !options->no_search) {
        status = open_matcher(&partnership, thread_count, arena, record, error);
    }
    shire_arena_free(arena);
    if (status != SHIRE_OK) {
        shire_record_close(record);
        return status;
    }
    *record_out = record;
    return SHIRE_OK;
}

void shire_record_close(shire_record *record) {
    if (record == NULL) {
        return;
    }
    while (record->free_readers != NULL) {
        record_reader *reader = record->free_readers;
        record->free_readers = reader->next;
        free_reader(reader);
    }
    shire_link_matcher_close(record->matcher);
    shire_record_book_close(record->book);
    shire_memory_free(record->store_path);
    pthread_mutex_destroy(&record->lock);
    shire_memory_free(record);
}

const shire_record_book *shire_record_get_book(const shire_record *record) {
    return record->book;
}
