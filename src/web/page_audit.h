/* What the pages that show entries of the audit log share. */
#ifndef SHIRE_WEB_PAGE_AUDIT_H
#define SHIRE_WEB_PAGE_AUDIT_H

#include "web/web_call.h"

/* The latest entries, of one kind (NULL: all), the latest first, as the audit template shows them;
 * and how many entries there are in all. */
shire_status shire_audit_list(shire_call *call, const char *kind, json_t **entries_out,
                              int64_t *total_out, shire_error *error) SHIRE_MUST_CHECK;

/* Send the answer once an entry that `what` was looked at is durable. Call it last. */
void shire_audit_log_look(shire_call *call, const char *what);

#endif
