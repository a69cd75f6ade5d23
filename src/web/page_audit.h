/* What shows entries of the audit log: pages and the API alike. */
#ifndef SHIRE_WEB_PAGE_AUDIT_H
#define SHIRE_WEB_PAGE_AUDIT_H

#include "audit/audit_log.h"
#include "web/web_call.h"

/*
 * At most `count` entries that fit, the latest first, each as {number, at, kind, actor,
 * organisation, purpose, subject, detail, is_erased}.
 *
 * after      where the page before ended, as it gave it; empty: from the latest on. What is no such
 *            place is SHIRE_INVALID.
 * after_out  where this one ends, in the request's arena; NULL when nothing follows.
 */
shire_status shire_audit_list(shire_call *call, const shire_audit_filter *filter, shire_span after,
                              size_t count, json_t **entries_out, const char **after_out,
                              shire_error *error) SHIRE_MUST_CHECK;

/* The filter's stretch of time from days, both included, of the United Kingdom's clocks or of UTC;
 * empty for any. False for what is no day. */
bool shire_audit_set_days(shire_call *call, shire_span from, shire_span until, bool is_local,
                          shire_audit_filter *filter);

/* Send the answer once an entry that `what` was looked at is durable; `subject`: about whom, or "".
 * Call it last. */
void shire_audit_log_look(shire_call *call, const char *what, const char *subject);

#endif
