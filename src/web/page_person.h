/* What the pages about a person share. */
#ifndef SHIRE_WEB_PAGE_PERSON_H
#define SHIRE_WEB_PAGE_PERSON_H

#include "record/record_service.h"
#include "web/web_call.h"

/* The last run's records. Before the first run *record_out stays NULL and the answer says so. */
shire_status shire_call_need_run(shire_call *call, shire_record **record_out,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* Send the answer that was made once this entry is durable. Call it last. Texts of the entry live
 * in the request's arena. */
void shire_call_log(shire_call *call, const shire_audit_entry *entry);

/* The one answer for what is not there and for what may not be seen. */
shire_status shire_call_hide(shire_call *call, shire_error *error) SHIRE_MUST_CHECK;

/* "/people/ID" and what follows, in the request's arena; NULL when out of memory. */
const char *shire_person_path(const shire_call *call, shire_span person_id, const char *rest);

#endif
