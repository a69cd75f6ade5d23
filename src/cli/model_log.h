/*
 * Acts on the files of a costing model as entries of the audit log: the store's transaction is
 * committed when the files are as the entry says, and they are put back where it cannot be.
 */
#ifndef SHIRE_CLI_MODEL_LOG_H
#define SHIRE_CLI_MODEL_LOG_H

#include "audit/audit_log.h"
#include "org/partnership.h"

typedef struct shire_model_act {
    shire_status (*act)(void *context, shire_arena *arena, shire_error *error);
    void (*undo)(void *context, shire_arena *arena); /* after an act that succeeded */
    void *context;
} shire_model_act;

/*
 * Do it, with the entry (of kind configuration, by the account of this process) in the
 * partnership's audit log; a store is made where there is none. No run is under way meanwhile:
 * SHIRE_BUSY where one is.
 */
shire_status shire_model_act_logged(const shire_partnership *partnership, const char *purpose,
                                    const char *detail, const shire_model_act *act,
                                    shire_arena *arena, shire_error *error) SHIRE_MUST_CHECK;

/* What of the old folder's store the new folder needs, so that ids last: the person index and what
 * people decided. The audit log and accounts stay behind; the new log begins with an entry that
 * says where the index came from. Where both use one database, or the old one has no store, nothing
 * is to be done. */
shire_status shire_model_copy_index(const shire_partnership *from, const shire_partnership *to,
                                    shire_arena *arena, shire_error *error) SHIRE_MUST_CHECK;

#endif
