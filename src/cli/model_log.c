/* What happens to models, in the audit log: one transaction of the store around each act. */
#include "cli/model_log.h"

#include "audit/audit_service.h"
#include "io/store_copy.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
}

shire_status shire_model_act_logged(const shire_partnership *partnership, const char *purpose,
                                    const char *detail, const shire_model_act *act,
                                    shire_arena *arena, shire_error *error) {
    const shire_audit_entry entry = {.kind = "configuration",
                                     .actor = shire_audit_account(arena),
                                     .purpose = purpose,
                                     .subject = "costing model",
                                     .detail = detail};
    const char *place = shire_partnership_store(partnership, arena);
    shire_store *store = NULL;
    bool acted = false;
    int lock = -1;
    shire_status status =
        place == NULL ? no_memory(error) : shire_partnership_lock(partnership, arena, &lock, error);
    if (status == SHIRE_OK) {
        status = shire_store_open(place, SHIRE_STORE_WRITE, &store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_begin(store, error);
    }
    if (status == SHIRE_OK) {
        status = act->act(act->context, arena, error);
        acted = status == SHIRE_OK;
    }
    if (status == SHIRE_OK) {
        status = shire_audit_write(partnership, store, &entry, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_commit(store, error);
    }
    if (status != SHIRE_OK && acted) {
        act->undo(act->context, arena);
    }
    shire_store_close(store); /* an open transaction is undone */
    if (lock >= 0) {
        close(lock);
    }
    return status;
}

/* ---- the index of a copy ---- */

static bool is_of_index(const char *table) {
    return strncmp(table, "index_", strlen("index_")) == 0 || strcmp(table, "link_decision") == 0;
}

/* Reads `from` at one moment and writes `to`, which is new. */
static shire_status copy_tables(const shire_partnership *partnership, shire_store *from,
                                shire_store *to, shire_arena *arena, shire_error *error) {
    shire_store_tables *tables = shire_arena_alloc(arena, sizeof *tables);
    shire_store_digest *digests =
        shire_arena_alloc_array(arena, SHIRE_STORE_TABLES_MAX, sizeof *digests);
    int64_t persons = 0;
    size_t kept = 0;
    if (tables == NULL || digests == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_store_tables_list(arena, tables, error);
    for (size_t i = 0; status == SHIRE_OK && i < tables->count; i++) {
        if (is_of_index(tables->items[i].name)) {
            tables->items[kept++] = tables->items[i];
        }
    }
    tables->count = kept;
    if (status == SHIRE_OK) {
        status = shire_store_copy(from, to, tables, digests, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_query_int64(
            to, "SELECT count(*) FROM index_person WHERE retired_run IS NULL", &persons, error);
    }
    const shire_audit_entry entry = {
        .kind = "configuration",
        .actor = shire_audit_account(arena),
        .purpose = "model copy",
        .subject = "person index",
        .detail = shire_arena_format(arena, "the ids of %" PRId64 " people, of the folder copied",
                                     persons)};
    if (status == SHIRE_OK) {
        status = entry.detail == NULL ? no_memory(error)
                                      : shire_audit_write(partnership, to, &entry, error);
    }
    return status;
}

shire_status shire_model_copy_index(const shire_partnership *from, const shire_partnership *to,
                                    shire_arena *arena, shire_error *error) {
    const char *old_place = shire_partnership_store(from, arena);
    const char *new_place = shire_partnership_store(to, arena);
    shire_store *source = NULL;
    shire_store *target = NULL;
    bool exists = false;
    int lock = -1;
    if (old_place == NULL || new_place == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_store_exists(old_place, &exists, error);
    if (status != SHIRE_OK || !exists || strcmp(old_place, new_place) == 0) {
        return status;
    }
    status = shire_partnership_lock(to, arena, &lock, error);
    if (status == SHIRE_OK) {
        status = shire_store_open(old_place, SHIRE_STORE_READ, &source, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_snapshot(source, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_open(new_place, SHIRE_STORE_WRITE, &target, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_begin_filling(target, error);
    }
    if (status == SHIRE_OK) {
        status = copy_tables(to, source, target, arena, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_commit(target, error);
    }
    shire_store_close(target);
    shire_store_close(source);
    if (lock >= 0) {
        close(lock);
    }
    return status;
}
