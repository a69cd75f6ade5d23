/*
 * The birth dates of files, each source's read in its own order, and its owner told where that is
 * in doubt.
 */
#ifndef SHIRE_LINK_FILE_DATES_H
#define SHIRE_LINK_FILE_DATES_H

#include "link/link_file.h"

/*
 * Settle the order of the dates in the column with the role dob, if there is one
 * (link_date_order.h). The frame has a column for each choice, then the number of the file; new
 * texts come from the arena. Tells options->tell of each doubtful source. SHIRE_NO_MEMORY.
 */
shire_status shire_link_file_dates_settle(const shire_link_file_options *options,
                                          shire_frame *frame, shire_arena *arena,
                                          shire_error *error) SHIRE_MUST_CHECK;

#endif
