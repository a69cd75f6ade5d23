/*
 * What is in a plan, an alert or a document: JSON from outside, checked key by key and made
 * canonical, so that what the store holds always has this form (all texts may be empty but those
 * in capitals):
 *
 *     plan      {"TITLE", "needs": [{"TEXT"}], "goals": [{"TEXT"}],
 *                "actions": [{"TEXT", "owner": {"ORGANISATION", "team", "person"}, "due",
 *                             "status"}],
 *                "reviews": [{"ON", "by", "TEXT"}], "next_review"}
 *     alert     {"TEXT", "kind", "from", "until", "owner": {"organisation", "team", "person"}}
 *     document  {"TITLE", "kind", "date", "media_type", "HASH", "byte_count"}
 *
 * Dates are ISO days after the check and may come in any form of core/date.h. status: planned (the
 * default), under_way, done, stopped. Keys that are none of these are refused, lists that are
 * absent are empty.
 */
#ifndef SHIRE_RECORD_RECORD_BODY_H
#define SHIRE_RECORD_RECORD_BODY_H

#include "record/record_view.h"

#define SHIRE_RECORD_LIST_MAX 200        /* needs, goals, actions, reviews each */
#define SHIRE_RECORD_TEXT_BYTES_MAX 4000 /* of a text */
#define SHIRE_RECORD_BODY_BYTES_MAX 1000000
#define SHIRE_RECORD_DOCUMENT_BYTES_MAX (5 * 1024 * 1024)

/*
 * body_out  a new reference, in the form above; only on SHIRE_OK.
 *
 * SHIRE_INVALID says where and what is wrong, and quotes nothing of the values. Bodies are compared
 * with nothing: whether an organisation exists is the caller's to check
 * (shire_record_body_owners_exist).
 */
shire_status shire_record_body_read(shire_record_item_kind kind, shire_span json, json_t **body_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
/* The same of a document that is parsed already; borrows it. */
shire_status shire_record_body_check(shire_record_item_kind kind, const json_t *given,
                                     json_t **body_out, shire_error *error) SHIRE_MUST_CHECK;

/* True when each organisation that owns something in the checked body is one of the book's. */
bool shire_record_body_owners_exist(const json_t *body, const shire_record_book *book);

/* The text that the store keeps, of a checked body; terminated, in `arena`, NULL when out of
 * memory. Equal bodies give equal texts. */
char *shire_record_body_text(const json_t *body, shire_arena *arena);

#endif
