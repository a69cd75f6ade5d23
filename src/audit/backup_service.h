/*
 * Backups: all that a partnership has and no run can derive again, in one file, made while others
 * read and write, and restored only when it is whole and its audit log holds.
 *
 * The file is a SQLite store with the same tables, whatever kind of store it was made of, so it can
 * be restored into either; beside them backup_fact and backup_table say what is in it, and a last
 * line after the database holds the hash of every byte before. The key that signs the audit log is
 * not in it: who steals a backup must not be able to sign. Its public half is.
 *
 * The file can be read by its owner only, and holds personal data.
 */
#ifndef SHIRE_AUDIT_BACKUP_SERVICE_H
#define SHIRE_AUDIT_BACKUP_SERVICE_H

#include "audit/audit_log.h"
#include "org/partnership.h"

typedef struct shire_backup_summary {
    char made[32]; /* when, 2024-04-01T09:30:00Z */
    int64_t row_count;
    int64_t table_count;
    uint64_t entry_count;  /* of the audit log */
    uint64_t signed_count; /* how many of them its last checkpoint covers */
    char hash[65];         /* of the file, but for its last line */
    bool has_key;          /* restore: the log's signing key is in its place */
} shire_backup_summary;

/* Write the backup `path` of the partnership's store. It is an entry of the audit log, and the
 * backup has that entry. SHIRE_INVALID where there is a file already, SHIRE_NOT_FOUND where there
 * is no store. */
shire_status shire_backup_write(const shire_partnership *partnership, const char *path,
                                shire_arena *arena, shire_backup_summary *summary_out,
                                shire_error *error) SHIRE_MUST_CHECK;

/*
 * Put the backup into the partnership's store, with an entry in the audit log that says so. All is
 * checked before anything is changed: the hash of the file, what it says of its tables, the audit
 * log's tree and signatures; and afterwards that the store holds what the file does.
 *
 * may_overwrite  also where there is a store; else SHIRE_INVALID.
 *
 * SHIRE_INVALID for a file that is cut off, changed or no backup; SHIRE_UNRECONCILED for one whose
 * audit log does not hold, or was signed by another key than the partnership has.
 */
shire_status shire_backup_restore(const shire_partnership *partnership, const char *path,
                                  bool may_overwrite, shire_arena *arena,
                                  shire_backup_summary *summary_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

#endif
