/*
 * Finding entries: one condition for each thing that is sought by, in the order of an index that
 * each of them has (sql/0007_audit_find.sql), so that a page is read without what comes after it.
 */
#include "audit/audit_internal.h"

#include <stdio.h>
#include <string.h>

enum { CONDITIONS_MAX = 6, SQL_BYTES_MAX = 1024 };

typedef struct conditions {
    char sql[SQL_BYTES_MAX];
    size_t length;
    int count;
    const char *values[CONDITIONS_MAX];
} conditions;

/* The number of the parameter comes after `words`. */
static void add(conditions *of, const char *words, const char *value, const char *more) {
    if (value != NULL) {
        of->values[of->count++] = value;
        of->length +=
            (size_t)snprintf(of->sql + of->length, sizeof of->sql - of->length, " %s %s$%d%s",
                             of->count == 1 ? "WHERE" : "AND", words, of->count, more);
    }
}

static bool is_rare(const char *kind) {
    return kind != NULL && strcmp(kind, "read") != 0 && strcmp(kind, "search") != 0;
}

shire_status shire_audit_find(shire_store *store, const shire_audit_filter *filter, size_t count,
                              shire_audit_visitor visit, void *context, shire_error *error) {
    conditions of = {.sql = SHIRE_AUDIT_SELECT, .length = sizeof SHIRE_AUDIT_SELECT - 1};
    shire_store_statement *select = NULL;
    add(&of, "actor = ", filter->actor, "");
    add(&of, "subject = ", filter->subject, "");
    /* An index of some rows is used where the SELECT says its condition word for word. */
    add(&of, "kind = ", filter->kind,
        is_rare(filter->kind) ? " AND kind NOT IN ('read', 'search')" : "");
    add(&of, "at >= ", filter->from, "");
    add(&of, "at < ", filter->until, "");
    char number[24];
    int placed = of.count + 2;
    snprintf(number, sizeof number, ", $%d)", placed);
    add(&of, "(at, entry_no) < (", filter->before, number);
    int limit = filter->before == NULL ? of.count + 1 : placed + 1;
    snprintf(of.sql + of.length, sizeof of.sql - of.length,
             " ORDER BY at DESC, entry_no DESC LIMIT $%d", limit);
    shire_status status = shire_store_prepare(store, of.sql, &select, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (int i = 0; i < of.count; i++) {
        shire_store_bind_text(select, i + 1, shire_span_of(of.values[i]));
    }
    if (filter->before != NULL) {
        shire_store_bind_int64(select, placed, (int64_t)filter->before_no);
    }
    shire_store_bind_int64(select, limit, (int64_t)count);
    return shire_audit_visit_rows(select, visit, context, error);
}
