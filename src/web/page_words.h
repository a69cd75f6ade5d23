/* Words in which pages say days, moments and bodies, and the choices of a form. All are new
 * references, NULL when out of memory. */
#ifndef SHIRE_WEB_PAGE_WORDS_H
#define SHIRE_WEB_PAGE_WORDS_H

#include "core/date.h"
#include "core/money.h"
#include "web/web_call.h"

/* "home_care" -> "Home care", "nhs_number" -> "NHS number". */
json_t *shire_words_of(const char *name);

/* A span as JSON; "" for one without bytes. */
json_t *shire_words_text(shire_span text);

/* "17 May 1944"; "" for SHIRE_GATE_NO_END. */
json_t *shire_words_day(shire_date day);

/* "22 November 2026, 09:02", as clocks of the United Kingdom show seconds since 1970 in UTC; "" for
 * 0. */
json_t *shire_words_moment(int64_t seconds);

/* The same of an ISO day or timestamp, which is UTC where it ends in Z and local time elsewhere;
 * what is neither stays as it is. */
json_t *shire_words_iso(shire_span iso);

/* "£67,555.63" of micropounds, rounded to the penny. */
json_t *shire_words_money(shire_money money);

/* 411248 -> "411,248". */
json_t *shire_words_count(int64_t count);

/* "Who they are; Hospital care; Plan and alerts" of bits of SHIRE_GATE_CATEGORIES. */
json_t *shire_words_categories(uint32_t categories);

/* The name of the body with that code; the code where no run told of it. */
json_t *shire_words_body(const shire_call *call, const char *code);

/* [{value, label, chosen}] for each body that the last run or the gate knows, by name. */
json_t *shire_words_bodies(const shire_call *call, shire_span chosen);

/* Whether that list has the code. */
bool shire_words_is_body(const shire_call *call, shire_span code);

#endif
