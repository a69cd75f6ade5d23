/*
 * Selecting people by what their records hold exactly, for interfaces whose searches must be
 * complete (FHIR): everybody fits of whom, for each condition, some record that the viewer may
 * search holds a value that fits it. record_search.h forgives slips of the pen; this does not.
 *
 * A value in a hidden record alone selects nobody, and who may not be known is left out before
 * anything is counted or paged.
 */
#ifndef SHIRE_RECORD_RECORD_SELECT_H
#define SHIRE_RECORD_RECORD_SELECT_H

#include "record/record_service.h"

#define SHIRE_RECORD_SELECT_MAX 1000 /* people of one selection */
#define SHIRE_RECORD_CONDITIONS_MAX 16

typedef struct shire_record_condition {
    uint32_t fields; /* bits of shire_record_field, any of which may hold the value; 0: birth */
    bool (*text_fits)(const void *context, shire_span text); /* pure; asked once of each text */
    bool (*day_fits)(const void *context, shire_date birth); /* of births; pure */
    const void *context;
} shire_record_condition;

/*
 * ids_out    person ids in the order of person_no, valid as long as the record is open: at most
 *            `count`, from `first` on.
 * total_out  all that fit.
 * entry_out  filled also on failure but SHIRE_INVALID; it holds no value that was searched for.
 *
 * SHIRE_INVALID when more than SHIRE_RECORD_SELECT_MAX people fit, without a condition, or with too
 * many; SHIRE_NOT_FOUND when the viewer's role may not search.
 */
shire_status shire_record_select(shire_record *record, const shire_record_asker *asker,
                                 const shire_record_condition *conditions, size_t condition_count,
                                 size_t first, size_t count, shire_arena *arena,
                                 shire_span **ids_out, size_t *id_count_out, size_t *total_out,
                                 shire_audit_entry *entry_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
