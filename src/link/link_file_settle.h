/*
 * What only all files or a whole column tell: what to call each file, in which order day and month
 * stand, whether numbers are NHS numbers. The owner of the files is told where that is in doubt.
 */
#ifndef SHIRE_LINK_FILE_SETTLE_H
#define SHIRE_LINK_FILE_SETTLE_H

#include "link/link_file.h"

/*
 * What a file is called as the source of its records: its name, with as many of the folders before
 * it as tell it from the other files; "x.csv (2)" where one file is given twice; "0" where there is
 * one file only. False when out of memory.
 */
bool shire_link_file_append_name(const shire_link_file_options *options, size_t file,
                                 shire_builder *name);

/*
 * Settle the order of the dates in the column with the role dob, if there is one
 * (link_date_order.h). The frame has a column for each choice, then the name of the file; new
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
