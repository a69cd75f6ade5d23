/*
 * Who looks after a person, from what bodies told of them: registration with a practice, the
 * caseload of a body that has the person in its care or had them recently, the landlord.
 *
 * Care that ended less than SHIRE_RECORD_RECENT_DAYS before the last day of the run's period, and
 * care that goes on, counts as current: the extracts reach no further, and a newer run will tell.
 */
#ifndef SHIRE_RECORD_RECORD_RELATE_H
#define SHIRE_RECORD_RECORD_RELATE_H

#include "gate/gate_kernel.h"
#include "record/record_book.h"

#define SHIRE_RECORD_RECENT_DAYS 183

typedef struct shire_record_relation {
    shire_gate_relationship_kind kind; /* REGISTRATION, CASELOAD, TENANCY */
    uint32_t organisation;
    shire_gate_category category;
    uint32_t what;    /* text: the practice's code; the kind of care of the last event */
    shire_date from;  /* or INT32_MIN: not known */
    shire_date until; /* the last day that it counts, or SHIRE_GATE_NO_END */
    shire_date last;  /* of care, where it does not go on; else SHIRE_GATE_NO_END */
} shire_record_relation;

/* Whether an event (or, without one, an entry) is to be looked at. */
typedef bool (*shire_record_filter)(const shire_record_entry *entry,
                                    const shire_record_event *event, void *context);

/*
 * filter  NULL: everything is looked at, as the gate needs it. What is shown to somebody is made
 *         of what they may see.
 *
 * Gives one relation for each kind, body and category, with the stretch of care that ended last;
 * in the order of first appearance. NULL when out of memory.
 */
shire_record_relation *shire_record_relate(const shire_record_book *book, uint32_t person,
                                           shire_record_filter filter, void *context,
                                           shire_arena *arena, size_t *count_out);

#endif
