/*
 * How many people the bodies looked after, by kind of care: a count is personal data, so each event
 * is judged by the gate (SHIRE_GATE_COUNT: opted out, sealed, sensitive, not shared for the
 * purpose), and what may not be counted is not. Where the viewer works for planning, small counts
 * still have to be withheld (report_suppress_kernel.h).
 */
#ifndef SHIRE_RECORD_RECORD_COUNT_H
#define SHIRE_RECORD_RECORD_COUNT_H

#include "record/record_service.h"

/* `setting` is SHIRE_RECORD_NOBODY in the row of all kinds of care of a body. */
typedef struct shire_record_tally {
    uint32_t organisation; /* place in the book's organisations */
    uint32_t setting;      /* text of the book; 0: not stated */
    int64_t people;
} shire_record_tally;

/*
 * tallies_out  in `arena`, in the order in which the book's kinds name them; none where the viewer
 *              may count nobody.
 *
 * Looks at every event of the book: a few hundred milliseconds for a county, so let a worker do it.
 * Safe from any thread.
 */
shire_status shire_record_count_people(const shire_record *record, const shire_record_asker *asker,
                                       shire_arena *arena, shire_record_tally **tallies_out,
                                       size_t *count_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
