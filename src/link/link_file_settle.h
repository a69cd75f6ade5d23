/*
 * What only a whole column tells of how its values are to be read: the order of day and month, and
 * whether numbers are NHS numbers. The owner of the files is told where that is in doubt.
 */
#ifndef SHIRE_LINK_FILE_SETTLE_H
#define SHIRE_LINK_FILE_SETTLE_H

#include "link/link_file.h"

/*
 * Settle the order of the dates in the column with the role dob, if there is one
 * (link_date_order.h). The frame has a column for each choice, then the number of the file; new
 * texts come from the arena. Tells options->tell of each doubtful source. SHIRE_NO_MEMORY.
 */
shire_status shire_link_file_settle_dates(const shire_link_file_options *options,
                                          shire_frame *frame, shire_arena *arena,
                                          shire_error *error) SHIRE_MUST_CHECK;

/*
 * The role in which choice `choice` is compared. Where fewer than half of the values known are
 * valid NHS numbers, the role nhs_number becomes OTHER, and options->tell is told: they are the
 * numbers of another register, which a person may have several of. Any other role is its own.
 */
shire_link_role shire_link_file_settle_role(const shire_link_file_options *options, size_t choice,
                                            const shire_column *column, size_t record_count);

#endif
