/* What verbs share that read the warehouse of the last run, or the store. */
#ifndef SHIRE_CLI_CLI_WAREHOUSE_H
#define SHIRE_CLI_CLI_WAREHOUSE_H

#include "io/store.h"
#include "io/table.h"
#include "org/partnership.h"

/* Open the warehouse of the partnership folder `dir` for reading. SHIRE_NOT_FOUND, with what to do,
 * when there was no run yet. */
shire_status shire_cli_open_warehouse(const char *dir, int thread_count, shire_arena *arena,
                                      shire_table **table_out, shire_error *error) SHIRE_MUST_CHECK;

/* Open the store of the partnership folder `dir`. SHIRE_NOT_FOUND, with what to do, when there was
 * no run yet: no verb makes one. */
shire_status shire_cli_open_store(const char *dir, shire_store_mode mode, shire_arena *arena,
                                  shire_store **store_out, shire_error *error) SHIRE_MUST_CHECK;

/* Sign what a verb wrote into the audit log of the store, and commit its transaction. */
shire_status shire_cli_sign_and_commit(const char *dir, shire_store *store, shire_arena *arena,
                                       shire_error *error) SHIRE_MUST_CHECK;

#endif
