/* Parts of council and housing services that the stroke patient's pathway shares with everybody's.
 */
#ifndef SHIRE_SYNTH_SYNTH_COUNCIL_H
#define SHIRE_SYNTH_SYNTH_COUNCIL_H

#include "synth/synth_care.h"

/* Prices of placements by the week, in pence: relative weights of the placement types. */
typedef struct synth_placement_type {
    const char *name;
    uint32_t week_pence;
} synth_placement_type;
enum {
    SYNTH_PLACED_RESIDENTIAL,
    SYNTH_PLACED_DEMENTIA,
    SYNTH_PLACED_NURSING,
    SYNTH_PLACED_DISABILITY,
    SYNTH_PLACED_FOSTERING,
    SYNTH_PLACED_CHILDRENS_HOME,
    SYNTH_PLACED_COUNT
};
extern const synth_placement_type synth_placement_types[SYNTH_PLACED_COUNT];

void synth_council_visit(synth_care *care, synth_sheet sheet, shire_timestamp start, int minutes,
                         int carers);
void synth_council_social_work(synth_care *care, shire_timestamp start, int minutes,
                               const char *type);
void synth_council_adaptation(synth_care *care, shire_date approved, shire_date completed,
                              const char *adaptation, int64_t price_pence);
void synth_housing_tenancy(synth_care *care, shire_date started, shire_date ended,
                           const char *property);
void synth_housing_repair(synth_care *care, shire_timestamp reported, int days, const char *trade,
                          int minutes, int64_t materials_pence);

#endif
