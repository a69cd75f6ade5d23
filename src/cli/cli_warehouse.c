/* Opening the warehouse of the last run and the store, with a sentence for a folder without. */
#include "cli/cli_warehouse.h"

#include "audit/audit_service.h"
#include "io/file.h"

shire_status shire_cli_open_warehouse(const char *dir, int thread_count, shire_arena *arena,
                                      shire_table **table_out, shire_error *error) {
    shire_partnership partnership;
    shire_status status = shire_partnership_open(dir, arena, &partnership, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_table_options options = {
        .path = shire_partnership_state_path(&partnership, arena, "warehouse.duckdb"),
        .read_only = true,
        .thread_count = thread_count,
        .memory_limit_mb = partnership.memory_limit_mb};
    if (options.path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (!shire_file_exists(options.path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "%s: there is no warehouse yet; run `shire run`",
                          options.path);
    }
    return shire_table_open(&options, table_out, error);
}

shire_status shire_cli_open_store(const char *dir, shire_store_mode mode, shire_arena *arena,
                                  shire_store **store_out, shire_error *error) {
    shire_partnership partnership;
    shire_status status = shire_partnership_open(dir, arena, &partnership, error);
    if (status != SHIRE_OK) {
        return status;
    }
    bool exists = false;
    const char *place = shire_partnership_store(&partnership, arena);
    if (place == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    status = shire_store_exists(place, &exists, error);
    return status == SHIRE_OK
               ? shire_store_open(place, exists ? mode : SHIRE_STORE_READ, store_out, error)
               : status;
}

shire_status shire_cli_sign_and_commit(const char *dir, shire_store *store, shire_arena *arena,
                                       shire_error *error) {
    shire_partnership partnership;
    shire_status status = shire_partnership_open(dir, arena, &partnership, error);
    if (status == SHIRE_OK) {
        status = shire_audit_sign_all(&partnership, store, error);
    }
    return status == SHIRE_OK ? shire_store_commit(store, error) : status;
}
