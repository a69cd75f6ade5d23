/*
 * A backup is a copy of every table in one snapshot, with a hash of each table; a restore the same
 * copy the other way, in one transaction, read again before it is committed. A store that is a file
 * is restored beside the old one and takes its place by a rename.
 */
#include "audit/backup_service.h"

#include "audit/audit_service.h"
#include "io/backup_file.h"
#include "io/file.h"
#include "io/store_copy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct backup {
    const shire_partnership *partnership;
    const char *path;
    shire_arena *arena;
    const char *place; /* the partnership's store */
    shire_store_tables *tables;
    shire_store_digest *digests; /* of each table */
    shire_backup_summary summary;
    shire_audit_verifier verifier; /* of the log's key */
    int64_t schema;                /* of the store that the backup was made of */
} backup;

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a backup");
}

static shire_status begin(backup *work, const shire_partnership *partnership, const char *path,
                          shire_arena *arena, shire_error *error) {
    *work = (backup){.partnership = partnership,
                     .path = path,
                     .arena = arena,
                     .place = shire_partnership_store(partnership, arena),
                     .tables = shire_arena_alloc(arena, sizeof *work->tables),
                     .digests = shire_arena_alloc_array(arena, SHIRE_STORE_TABLES_MAX,
                                                        sizeof(shire_store_digest))};
    return work->place == NULL || work->tables == NULL || work->digests == NULL
               ? no_memory(error)
               : shire_store_tables_list(arena, work->tables, error);
}

/* One row of up to three texts, by a statement that takes them. */
static shire_status insert(shire_store *store, const char *sql, const char *const *texts,
                           int text_count, shire_error *error) {
    shire_store_statement *statement = NULL;
    shire_status status = shire_store_prepare(store, sql, &statement, error);
    if (status == SHIRE_OK) {
        for (int i = 0; i < text_count; i++) {
            shire_store_bind_text(statement, i + 1, shire_span_of(texts[i]));
        }
        status = shire_store_run(statement, error);
    }
    shire_store_finalize(statement);
    return status;
}

/* ---- writing ---- */

static shire_status write_entry(backup *work, shire_store *store, shire_error *error) {
    shire_audit_signer signer;
    const shire_audit_entry entry = {.kind = "export",
                                     .actor = shire_audit_account(work->arena),
                                     .purpose = "backup",
                                     .detail = "the whole store"};
    shire_status status = shire_store_begin(store, error);
    if (status == SHIRE_OK) {
        status = shire_audit_write(work->partnership, store, &entry, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_open_key(work->partnership, store, work->arena, &signer, error);
    }
    if (status == SHIRE_OK) {
        work->verifier = signer.verifier;
        shire_crypto_wipe(&signer, sizeof signer);
        status = shire_store_commit(store, error);
    }
    shire_store_rollback(store);
    return status;
}

static shire_status write_facts(backup *work, shire_store *target, shire_error *error) {
    static const char fact_sql[] = "INSERT INTO backup_fact VALUES ($1, $2)";
    char number[24];
    shire_builder key = {0};
    shire_audit_verifier_append(&work->verifier, &key);
    if (key.failed) {
        return no_memory(error);
    }
    snprintf(number, sizeof number, "%lld", (long long)work->schema);
    const char *const facts[][2] = {{"made", work->summary.made},
                                    {"program", SHIRE_VERSION},
                                    {"schema", number},
                                    {"log_key", key.bytes}};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0] && status == SHIRE_OK; i++) {
        status = insert(target, fact_sql, facts[i], 2, error);
    }
    shire_builder_free(&key);
    for (size_t i = 0; i < work->tables->count && status == SHIRE_OK; i++) {
        snprintf(number, sizeof number, "%lld", (long long)work->digests[i].row_count);
        const char *const row[] = {work->tables->items[i].name, number, work->digests[i].hash};
        status = insert(target, "INSERT INTO backup_table VALUES ($1, $2, $3)", row, 3, error);
        work->summary.row_count += work->digests[i].row_count;
        work->summary.table_count++;
    }
    return status;
}

static shire_status count_log(backup *work, shire_store *store, shire_error *error) {
    int64_t entries = 0;
    int64_t covered = 0;
    shire_status status =
        shire_store_query_int64(store, "SELECT count(*) FROM audit_entry", &entries, error);
    if (status == SHIRE_OK) {
        status = shire_store_query_int64(store, "SELECT max(size) FROM audit_checkpoint", &covered,
                                         error);
    }
    work->summary.entry_count = (uint64_t)entries;
    work->summary.signed_count = (uint64_t)covered;
    return status;
}

static shire_status write_copy(backup *work, shire_store *store, const char *new_path,
                               shire_error *error) {
    shire_store *target = NULL;
    shire_status status = shire_store_open(new_path, SHIRE_STORE_WRITE, &target, error);
    if (status == SHIRE_OK) {
        status = shire_store_begin_filling(target, error);
    }
    if (status == SHIRE_OK) { /* of the rows that migrations begin with */
        status = shire_store_clear(target, work->tables, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_execute(
            target,
            "CREATE TABLE backup_fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
            "CREATE TABLE backup_table (name TEXT PRIMARY KEY, row_count BIGINT NOT NULL, hash "
            "TEXT NOT NULL)",
            error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_snapshot(store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_query_int64(store, "SELECT max(number) FROM schema_migration",
                                         &work->schema, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_copy(store, target, work->tables, work->digests, error);
    }
    if (status == SHIRE_OK) {
        status = count_log(work, store, error);
    }
    if (status == SHIRE_OK) {
        status = write_facts(work, target, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_commit(target, error);
    }
    shire_store_rollback(store);
    shire_store_close(target);
    return status;
}

static void set_time(backup *work) {
    struct tm parts;
    time_t now = time(NULL);
    strftime(work->summary.made, sizeof work->summary.made, "%Y-%m-%dT%H:%M:%SZ",
             gmtime_r(&now, &parts));
}

shire_status shire_backup_write(const shire_partnership *partnership, const char *path,
                                shire_arena *arena, shire_backup_summary *summary_out,
                                shire_error *error) {
    backup work;
    bool exists = false;
    shire_store *store = NULL;
    /* A path in any case, also where the name looks like a URL. */
    const char *new_path = shire_arena_format(arena, "%s%s.new", path[0] == '/' ? "" : "./", path);
    if (new_path == NULL) {
        return no_memory(error);
    }
    if (access(path, F_OK) == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: there is a file already; give the backup another name", path);
    }
    shire_status status = begin(&work, partnership, path, arena, error);
    if (status == SHIRE_OK) {
        status = shire_store_exists(work.place, &exists, error);
    }
    if (status == SHIRE_OK && !exists) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "%s: there is no store to back up yet; `shire run` makes it",
                            partnership->dir);
    }
    if (status == SHIRE_OK) {
        status = shire_store_open(work.place, SHIRE_STORE_WRITE, &store, error);
    }
    if (status == SHIRE_OK) {
        status = write_entry(&work, store, error);
    }
    if (status == SHIRE_OK) {
        set_time(&work);
        (void)unlink(new_path); /* of a backup that was cut off */
        status = write_copy(&work, store, new_path, error);
    }
    shire_store_close(store);
    if (status == SHIRE_OK) {
        status = shire_backup_file_seal(new_path, work.summary.hash, error);
    }
    if (status == SHIRE_OK) {
        status = shire_file_rename(new_path, path, error);
    }
    if (status != SHIRE_OK) {
        (void)unlink(new_path);
        return status;
    }
    *summary_out = work.summary;
    return SHIRE_OK;
}

/* ---- restoring ---- */

static shire_status read_fact(backup *work, shire_store *from, const char *name, char **value_out,
                              shire_error *error) {
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_status status =
        shire_store_prepare(from, "SELECT value FROM backup_fact WHERE name = $1", &select, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(select, 1, shire_span_of(name));
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK) {
        shire_span value = has_row ? shire_store_column_text(select, 0) : (shire_span){"", 0};
        *value_out = shire_arena_copy_text(work->arena, value.bytes, value.length);
        status = *value_out == NULL ? no_memory(error) : SHIRE_OK;
    }
    shire_store_finalize(select);
    return status;
}

static shire_status read_facts(backup *work, shire_store *from, shire_error *error) {
    char *made = NULL;
    char *schema = NULL;
    char *key = NULL;
    shire_status status = read_fact(work, from, "made", &made, error);
    if (status == SHIRE_OK) {
        status = read_fact(work, from, "schema", &schema, error);
    }
    if (status == SHIRE_OK) {
        status = read_fact(work, from, "log_key", &key, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_verifier_parse(shire_span_of(key), &work->verifier, error);
    }
    if (status == SHIRE_OK) {
        snprintf(work->summary.made, sizeof work->summary.made, "%.31s", made);
        for (const char *digit = schema; *digit >= '0' && *digit <= '9'; digit++) {
            work->schema = work->schema * 10 + (*digit - '0');
        }
    }
    return status;
}

/* Against what the backup says of itself; a table that this program knows and the backup does not
 * is new, and empty. */
static shire_status check_tables(backup *work, shire_store *from, bool is_same_schema,
                                 shire_error *error) {
    shire_store_statement *select = NULL;
    shire_status status = shire_store_copy(from, NULL, work->tables, work->digests, error);
    if (status == SHIRE_OK) {
        status = shire_store_prepare(
            from, "SELECT row_count, hash FROM backup_table WHERE name = $1", &select, error);
    }
    for (size_t i = 0; i < work->tables->count && status == SHIRE_OK; i++) {
        bool has_row = false;
        const shire_store_digest *digest = &work->digests[i];
        shire_store_bind_text(select, 1, shire_span_of(work->tables->items[i].name));
        status = shire_store_step(select, &has_row, error);
        if (status == SHIRE_OK && has_row &&
            (shire_store_column_int64(select, 0) != digest->row_count ||
             (is_same_schema && !shire_span_equal(shire_store_column_text(select, 1),
                                                  shire_span_of(digest->hash))))) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "%s: the table %s in the backup is not as the backup says it is; "
                                "take another backup",
                                work->path, work->tables->items[i].name);
        }
        work->summary.row_count += digest->row_count;
        work->summary.table_count++;
        shire_store_reset(select);
    }
    shire_store_finalize(select);
    return status;
}

static shire_status check_log(backup *work, shire_store *from, shire_error *error) {
    shire_audit_verdict *verdict = shire_arena_alloc(work->arena, sizeof *verdict);
    if (verdict == NULL) {
        return no_memory(error);
    }
    shire_status status =
        shire_audit_verify(from, &work->verifier, NULL, 0, work->arena, verdict, error);
    if (status == SHIRE_OK && verdict->problem_count > 0) {
        status = SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                            "%s: the audit log in the backup does not hold (%s); take another "
                            "backup",
                            work->path, verdict->told_count > 0 ? verdict->told[0] : "no memory");
    }
    work->summary.entry_count = verdict->entry_count;
    work->summary.signed_count = verdict->signed_count;
    return status;
}

/* The partnership's key, where it has one, must be the one that signed the log. */
static shire_status check_key(backup *work, shire_store *from, shire_error *error) {
    shire_audit_signer signer;
    const char *path = shire_partnership_state_path(work->partnership, work->arena, "audit.key");
    if (path == NULL) {
        return no_memory(error);
    }
    work->summary.has_key = shire_file_exists(path);
    if (!work->summary.has_key) {
        return SHIRE_OK;
    }
    shire_status status =
        shire_audit_open_key(work->partnership, from, work->arena, &signer, error);
    if (status != SHIRE_OK) {
        return status;
    }
    bool is_same =
        memcmp(signer.verifier.public_key, work->verifier.public_key, SHIRE_PUBLIC_KEY_BYTES) == 0;
    shire_crypto_wipe(&signer, sizeof signer);
    return is_same ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                                "%s: another key than %s signed the audit log in the backup; put "
                                "that key there, or restore into another folder",
                                work->path, path);
}

static shire_status check_backup(backup *work, shire_store *from, int64_t schema,
                                 shire_error *error) {
    shire_status status = read_facts(work, from, error);
    if (status == SHIRE_OK) {
        status = check_tables(work, from, work->schema == schema, error);
    }
    if (status == SHIRE_OK) {
        status = check_log(work, from, error);
    }
    return status == SHIRE_OK ? check_key(work, from, error) : status;
}

/* What was written is read again in the same transaction. */
static shire_status fill(backup *work, shire_store *from, shire_store *to, shire_error *error) {
    shire_store_digest *written =
        shire_arena_alloc_array(work->arena, SHIRE_STORE_TABLES_MAX, sizeof *written);
    const char *detail = shire_arena_format(work->arena, "the backup of %s, file hash %s",
                                            work->summary.made, work->summary.hash);
    if (written == NULL || detail == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_store_begin_filling(to, error);
    if (status == SHIRE_OK) {
        status = shire_store_clear(to, work->tables, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_copy(from, to, work->tables, work->digests, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_copy(to, NULL, work->tables, written, error);
    }
    for (size_t i = 0; i < work->tables->count && status == SHIRE_OK; i++) {
        if (written[i].row_count != work->digests[i].row_count ||
            memcmp(written[i].hash, work->digests[i].hash, sizeof written[i].hash) != 0) {
            status = SHIRE_FAIL(error, SHIRE_INTERNAL,
                                "the table %s does not hold what the backup does; nothing was "
                                "changed",
                                work->tables->items[i].name);
        }
    }
    const shire_audit_entry entry = {.kind = "configuration",
                                     .actor = shire_audit_account(work->arena),
                                     .purpose = "restore",
                                     .detail = detail};
    if (status == SHIRE_OK) {
        status = work->summary.has_key ? shire_audit_write(work->partnership, to, &entry, error)
                                       : shire_audit_append(to, &entry, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_commit(to, error);
    }
    shire_store_rollback(to);
    return status;
}

/* Opening and closing the old file takes up what its log holds; a log that stays is in use. */
static shire_status take_place(const backup *work, const char *new_path, shire_error *error) {
    const char *path = work->place;
    const char *log = shire_arena_format(work->arena, "%s-wal", path);
    const char *index = shire_arena_format(work->arena, "%s-shm", path);
    shire_store *old = NULL;
    shire_error ignored;
    if (log == NULL || index == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_store_open(path, SHIRE_STORE_READ, &old, &ignored);
    shire_store_close(old);
    if (status == SHIRE_OK && shire_file_exists(log)) {
        return SHIRE_FAIL(error, SHIRE_BUSY,
                          "%s: another program uses the store; stop the server and try again",
                          path);
    }
    /* What a damaged one left would be taken for the new one's. */
    (void)unlink(log);
    (void)unlink(index);
    return shire_file_rename(new_path, path, error);
}

static shire_status put_back(backup *work, shire_store *from, shire_error *error) {
    shire_store *to = NULL;
    const char *place = work->place;
    bool is_file = !shire_store_is_url(place);
    const char *new_path = is_file ? shire_arena_format(work->arena, "%s.restored", place) : place;
    if (new_path == NULL) {
        return no_memory(error);
    }
    if (is_file) {
        (void)unlink(new_path);
    }
    shire_status status = shire_store_open(new_path, SHIRE_STORE_WRITE, &to, error);
    if (status == SHIRE_OK) {
        status = fill(work, from, to, error);
    }
    shire_store_close(to);
    if (status == SHIRE_OK && is_file) {
        status = take_place(work, new_path, error);
    }
    if (status != SHIRE_OK && is_file) {
        (void)unlink(new_path);
    }
    return status;
}

shire_status shire_backup_restore(const shire_partnership *partnership, const char *path,
                                  bool may_overwrite, shire_arena *arena,
                                  shire_backup_summary *summary_out, shire_error *error) {
    backup work;
    bool exists = false;
    shire_store *from = NULL;
    int64_t schema = 0;
    const char *copy = shire_partnership_state_path(partnership, arena, "restore.db");
    if (copy == NULL) {
        return no_memory(error);
    }
    shire_status status = begin(&work, partnership, path, arena, error);
    if (status == SHIRE_OK) {
        status = shire_store_exists(work.place, &exists, error);
    }
    if (status == SHIRE_OK && exists && !may_overwrite) {
        status =
            SHIRE_FAIL(error, SHIRE_INVALID,
                       "%s has a store already; restore into another folder, or say --force to "
                       "put the backup in its place",
                       partnership->dir);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    status = shire_backup_file_open(path, copy, work.summary.hash, error);
    if (status == SHIRE_OK) { /* which also brings an older one up to date */
        status = shire_store_open(copy, SHIRE_STORE_WRITE, &from, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_query_int64(from, "SELECT max(number) FROM schema_migration", &schema,
                                         error);
    }
    if (status == SHIRE_OK) {
        status = check_backup(&work, from, schema, error);
    }
    if (status == SHIRE_OK) {
        status = put_back(&work, from, error);
    }
    shire_store_close(from);
    (void)unlink(copy);
    if (status == SHIRE_OK) {
        *summary_out = work.summary;
    }
    return status;
}
