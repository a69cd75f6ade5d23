/* What the files that build a dataset share: names taken apart, values described. */
#ifndef SHIRE_LINK_DATASET_INTERNAL_H
#define SHIRE_LINK_DATASET_INTERNAL_H

#include "link/link_dataset.h"

/* By record: ids in the dataset's dictionary of names, 0 where there is no such part. */
typedef struct shire_link_name_ids {
    uint32_t *given;
    uint32_t *middle;
    uint32_t *family;
    uint32_t *full;
} shire_link_name_ids;

/* Take the names of all records apart, in place: a full name fills in a missing given or family
 * name, `middle` becomes the remaining words; the dataset gets the words of each record. False
 * when out of memory. */
bool shire_link_names_split(shire_link_name_ids *ids, shire_link_dataset *dataset) SHIRE_MUST_CHECK;

/* Fill in signatures, word masks and dates, as the kind needs them. False when out of memory. */
bool shire_link_values_describe(shire_link_field *field) SHIRE_MUST_CHECK;

/* Fill in which texts stand in several of the columns of texts. False when out of memory. */
bool shire_link_values_find_shared(shire_link_dataset *dataset) SHIRE_MUST_CHECK;

/* What a further column is: mostly digits (an identifier), a few dozen values in all (a category),
 * or text. */
shire_link_kind shire_link_values_kind(const shire_link_dictionary *values, const uint32_t *ids,
                                       size_t record_count);

/* True when 1 January is over three times as frequent as a day of the year should be. */
bool shire_link_values_are_year_only(const shire_link_field *field);

/* Forget 1900-01-01 and 1800-01-01, which stand for "not known", unless 1 January of the years
 * around is about as frequent. */
void shire_link_values_drop_default_dates(const shire_link_dictionary *values, uint32_t *ids,
                                          size_t record_count);

/*
 * Forget e-mail addresses at common domains that are no more than the name (link_email_kernel.h) of
 * at least half of the records with a name that carry them: whoever compares names has compared
 * them. So a name that is misspelt does not save the address that the others' names make; and an
 * address at a rare domain tells more than the name. `dates` and `date_ids` are
 * NULL where there are none. False when out of memory.
 */
bool shire_link_values_drop_name_emails(const shire_link_dataset *dataset,
                                        const shire_link_dictionary *values, uint32_t *ids,
                                        const shire_link_dictionary *dates,
                                        const uint32_t *date_ids) SHIRE_MUST_CHECK;

#endif
