/*
 * The true persons of records, where they are known: for measuring only, never used to link.
 */
#ifndef SHIRE_LINK_LINK_TRUTH_H
#define SHIRE_LINK_LINK_TRUTH_H

#include "io/table.h"
#include "link/link_measure_kernel.h"

/*
 * Read the truth file (organisation, source, local_id, person) against the person records of the
 * warehouse. truths_out: by record_no, in `arena`: a number for the true person, 0 where the file
 * says nothing; of a record that stands there twice the later row counts. Order of rows in the
 * file makes no difference to which records share a number.
 */
shire_status shire_link_truths_read(shire_table *warehouse, const char *path, size_t record_count,
                                    shire_arena *arena, uint32_t **truths_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* As above from a text column, empty text where nothing is known. */
shire_status shire_link_truths_encode(const shire_column *column, size_t record_count,
                                      shire_arena *arena, uint32_t **truths_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* How good `people` (by record) are, over the records whose truth is known. */
shire_status shire_link_truths_measure(const uint32_t *truths, const uint32_t *people,
                                       size_t record_count, shire_arena *arena,
                                       shire_link_quality *quality_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

#endif
