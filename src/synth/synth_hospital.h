/* Parts of a hospital stay that the stroke patient's pathway shares with everybody's. */
#ifndef SHIRE_SYNTH_SYNTH_HOSPITAL_H
#define SHIRE_SYNTH_SYNTH_HOSPITAL_H

#include "synth/synth_care.h"

/* The wards, their specialty groups and their weight as costs a day (nursing). */
typedef struct synth_ward {
    const char *name;
    uint32_t price_pence; /* nursing of one day, the relative weight */
} synth_ward;
enum {
    SYNTH_WARD_ADMISSIONS,
    SYNTH_WARD_MEDICINE,
    SYNTH_WARD_MEDICINE_2,
    SYNTH_WARD_OLDER,
    SYNTH_WARD_STROKE,
    SYNTH_WARD_SURGERY,
    SYNTH_WARD_ORTHOPAEDIC,
    SYNTH_WARD_MATERNITY,
    SYNTH_WARD_CHILDREN,
    SYNTH_WARD_DAY,
    SYNTH_WARD_COUNT
};
extern const synth_ward synth_wards[SYNTH_WARD_COUNT];

typedef struct synth_spell {
    int64_t local;
    int64_t spell_no;
    shire_timestamp start;
    shire_timestamp end; /* of what falls into the period */
    const synth_currency *currency;
    const char *patient_class;
} synth_spell;

void synth_hospital_spell(synth_care *care, const synth_spell *spell, shire_timestamp ready,
                          const synth_delay *delay);
void synth_hospital_ward_stay(synth_care *care, const synth_spell *spell, int ward,
                              shire_timestamp start, shire_timestamp end);
void synth_hospital_therapy(synth_care *care, const synth_spell *spell, const char *profession,
                            shire_timestamp start, int minutes);
void synth_hospital_imaging(synth_care *care, int64_t local, int64_t event_no,
                            shire_timestamp start, const synth_currency *exam);
/* Requests and issues know the patient and the time, not the event. */
void synth_hospital_pathology(synth_care *care, int64_t local, shire_timestamp from,
                              shire_timestamp to, int requests);
void synth_hospital_pharmacy(synth_care *care, int64_t local, shire_timestamp from,
                             shire_timestamp to, int issues, int mean_pence);
int64_t synth_hospital_outpatient(synth_care *care, int64_t local, shire_timestamp start,
                                  const char *currency, const char *specialty, uint32_t price_pence,
                                  int group);
int64_t synth_hospital_emergency(synth_care *care, int64_t local, shire_timestamp start,
                                 const synth_currency *currency, const char *disposal);

/* A dialysis session has no row in the currency tables: a patient has 150 of the same. */
#define SYNTH_DIALYSIS_CODE "LD05A"
#define SYNTH_DIALYSIS_PENCE 22000

#endif
