/*
 * The report of linkage: one self-contained HTML page from the tables link_* that a run keeps
 * (ARCHITECTURE.md), of a partnership or of files. It shows how weights are spread, what the model
 * learnt, which records cannot be linked, what blocking may have missed, and whether linkage works
 * as well for everybody: by age, sex and area.
 *
 * Same tables, same bytes. Counts of people and records are suppressed and rounded as in the report
 * of a run. No value of a record is in it but areas, sexes and years of birth in bands.
 */
#ifndef SHIRE_REPORT_REPORT_LINKAGE_H
#define SHIRE_REPORT_REPORT_LINKAGE_H

#include "core/arena.h"
#include "io/table.h"

typedef struct shire_linkage_report_options {
    const char *title;  /* what was linked */
    shire_date ages_on; /* ages are whole years on this day; 0: decades of birth instead */
} shire_linkage_report_options;

/*
 * Write the page to `path`, in one piece. The table may be open read-only. SHIRE_NOT_FOUND when it
 * holds no tables link_*; SHIRE_IO_FAILED when the page cannot be written.
 */
shire_status shire_linkage_report_write(shire_table *table,
                                        const shire_linkage_report_options *options,
                                        const char *path, shire_arena *arena,
                                        shire_error *error) SHIRE_MUST_CHECK;

#endif
