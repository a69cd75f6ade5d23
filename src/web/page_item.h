/* What the pages share that show or write plans, alerts and documents. */
#ifndef SHIRE_WEB_PAGE_ITEM_H
#define SHIRE_WEB_PAGE_ITEM_H

#include "record/record_book.h"
#include "record/record_item.h"
#include "web/web_call.h"

/* Adds to an item (shire_record_item_json) what its templates say: days in words, states and bodies
 * of actions, which lists hold anything, a document's size. */
void shire_item_say(json_t *item, const shire_record_book *book);

/*
 * Every mistake of a form that is seen without asking the store, each told at its field, in the
 * order of the page: shire_call_add_error into `values`. `body` is what the form said
 * (record_body.h), its days as they were typed; an action's fields end in its place:
 * "action_due_0". The gate and the store may refuse more. True when there is none.
 */
bool shire_item_check(json_t *values, shire_record_item_kind kind, const json_t *body,
                      shire_span why);

#endif
