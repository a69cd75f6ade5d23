/* Entries of the audit log in the words of pages: kinds, days, bodies and teams by their names. The
 * log itself, the API and the command line keep what was written. */
#ifndef SHIRE_WEB_PAGE_ENTRY_H
#define SHIRE_WEB_PAGE_ENTRY_H

#include "web/web_call.h"

/* "sign-in" -> "Sign-in"; what is no kind stays as it is. New reference, NULL when out of memory.
 */
json_t *shire_entry_kind(shire_span kind);

/* "caseload of RLQ, team 1" -> "caseload of Hereford Hospitals NHS Trust, team Stroke unit". */
json_t *shire_entry_detail(const shire_call *call, shire_span kind, shire_span detail);

/* "care: fell at home" -> "Care: fell at home". */
json_t *shire_entry_purpose(shire_span purpose);

/* Into an entry of shire_audit_list: when, what, body, why and told are at, kind, organisation,
 * purpose and detail in words. */
void shire_entry_say(const shire_call *call, json_t *entry);

/* [{value, label, chosen}] of all kinds. */
json_t *shire_entry_kinds(shire_span chosen);

#endif
