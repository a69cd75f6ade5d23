/* Parts of primary and community care that the stroke patient's pathway shares with everybody's. */
#ifndef SHIRE_SYNTH_SYNTH_PRIMARY_H
#define SHIRE_SYNTH_SYNTH_PRIMARY_H

#include "synth/synth_care.h"

enum { SYNTH_CLINICIAN_GP, SYNTH_CLINICIAN_NURSE, SYNTH_CLINICIAN_OTHER };
enum { SYNTH_TEAM_NURSING, SYNTH_TEAM_THERAPY, SYNTH_TEAM_INTERMEDIATE };

void synth_primary_appointment(synth_care *care, shire_timestamp start, int minutes, int clinician,
                               const char *mode);
void synth_primary_prescription(synth_care *care, shire_date day, int mean_pence);
int64_t synth_community_contact(synth_care *care, shire_timestamp start, int minutes,
                                const synth_currency *team);
/* `end` may lie behind the period: the stay is then still open. */
void synth_community_stay(synth_care *care, shire_timestamp start, shire_timestamp end,
                          const synth_currency *currency, const char *hospital,
                          shire_timestamp ready, const synth_delay *delay);
void synth_community_equipment(synth_care *care, int64_t contact, const char *equipment,
                               shire_date day, int64_t price_pence);

#endif
