/* The directory of services as Open Referral UK has it, for the API and the pages. */
#ifndef SHIRE_WEB_DIRECTORY_H
#define SHIRE_WEB_DIRECTORY_H

#include "io/json.h"
#include "org/directory.h"
#include "web/web_call.h"

/* The world's directory, also for a call that was not identified; kept until it is forgotten. */
const shire_directory *shire_call_directory(shire_call *call);

/*
 * The search of the query: text, taxonomy_id, vocabulary, minimum_age and maximum_age (one age),
 * postcode, proximity in metres. NULL, or the sentence of what is wrong with it.
 */
const char *shire_directory_read_query(const shire_call *call, shire_directory_query *query_out);

/* A service: its own fields and body; with `is_whole` also its places, taxonomies, contacts,
 * eligibility and costs. NULL when out of memory. */
json_t *shire_directory_service_json(const shire_directory *directory, size_t place, bool is_whole);

#endif
