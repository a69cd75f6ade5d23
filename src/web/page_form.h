/* What pages with forms share: texts and numbers as a form sent them, and the page again with the
 * mistake told beside its field. */
#ifndef SHIRE_WEB_PAGE_FORM_H
#define SHIRE_WEB_PAGE_FORM_H

#include "web/web_call.h"

/* The trimmed text of a field in the request's arena, "" where there is none; NULL when out of
 * memory, with the response failed. */
const char *shire_form_text(shire_call *call, const char *name);

/* A whole number of at most 15 digits; 0 for everything else. */
int64_t shire_form_number(shire_span text);

/* The page; with a `sentence` about `field` (NULL: without one) it is an answer of 422. Takes
 * `values`, as shire_call_page. */
shire_status shire_form_show(shire_call *call, const char *page, const char *title, json_t *values,
                             const char *field, const char *sentence,
                             shire_error *error) SHIRE_MUST_CHECK;

#endif
