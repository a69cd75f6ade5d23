/*
 * A stored entry as the tree needs it: what audit_log.c and audit_verify.c share.
 */
#ifndef SHIRE_AUDIT_INTERNAL_H
#define SHIRE_AUDIT_INTERNAL_H

#include "audit/audit_log.h"

#define SHIRE_AUDIT_SALT_BYTES 32
#define SHIRE_AUDIT_FIELD_COUNT 7

typedef struct shire_audit_log_row {
    shire_audit_row row;
    shire_span fields[SHIRE_AUDIT_FIELD_COUNT]; /* at, kind, actor, organisation, purpose, subject,
                                                   detail */
    uint8_t salt[SHIRE_AUDIT_SALT_BYTES];
    bool has_salt; /* readable */
    shire_hash leaf;
    bool has_leaf; /* readable */
} shire_audit_log_row;

/* The columns that shire_audit_take_row takes; WHERE and ORDER BY are put behind it. */
#define SHIRE_AUDIT_SELECT                                                                         \
    "SELECT entry_no, at, kind, actor, organisation, purpose, subject, detail, salt, leaf FROM "   \
    "audit_entry "

/* Steps a SELECT of such rows whose parameters are bound, and finalizes it. */
shire_status shire_audit_visit_rows(shire_store_statement *select, shire_audit_visitor visit,
                                    void *context, shire_error *error) SHIRE_MUST_CHECK;

/* The whole log, oldest entry first. */
shire_status shire_audit_prepare_rows(shire_store *store, shire_store_statement **select_out,
                                      shire_error *error) SHIRE_MUST_CHECK;
/* The row that the statement stands on; its spans are valid until the next step. */
void shire_audit_take_row(const shire_store_statement *select, shire_audit_log_row *row_out);
/* What the leaf of a row must be, by its number, salt and fields. */
shire_hash shire_audit_hash_row(const shire_audit_log_row *row);

#endif
