/*
 * The person records of a warehouse as linkage reads them. A run links from these, and whoever
 * explains or matches later reads the same, so that both see one dataset.
 */
#ifndef SHIRE_LINK_LINK_RECORDS_H
#define SHIRE_LINK_LINK_RECORDS_H

#include "link/link_dataset.h"

#define SHIRE_LINK_RECORD_INPUTS 13

/* Columns 0, 1 and 2 of the frame: the key of a record. */
enum {
    SHIRE_LINK_RECORD_ORGANISATION, /* code */
    SHIRE_LINK_RECORD_SOURCE,
    SHIRE_LINK_RECORD_LOCAL_ID
};

/* All person records by record_no, every column as text; text lives in `arena`. */
shire_status shire_link_records_query(shire_table *warehouse, shire_arena *arena,
                                      shire_frame *records_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* The columns that are compared, with their roles; they point into `records`. */
void shire_link_records_inputs(const shire_frame *records,
                               shire_link_input inputs_out[SHIRE_LINK_RECORD_INPUTS]);

#endif
