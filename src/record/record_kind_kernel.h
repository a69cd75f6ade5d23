/*
 * What kind of care an event is, for the gate: its category and which sensitive kinds it tells of,
 * from its dataset, its body's kind, its specialty and code. An extract that knows better says so
 * in columns of its own (docs/record.md): care_category and sensitivity, by the gate's names.
 *
 * Where nothing tells, an event is of the category of its body; an unknown body's is acute care. A
 * name that is none closes: an unknown category counts as mental health care and an unknown
 * sensitive kind as all of them, so that a slip of the pen in an extract hides and never shows.
 *
 * Pure; safe from any thread.
 */
#ifndef SHIRE_RECORD_RECORD_KIND_KERNEL_H
#define SHIRE_RECORD_RECORD_KIND_KERNEL_H

#include "gate/gate_kernel.h"

typedef struct shire_record_care {
    shire_span organisation_kind; /* as in organisations.csv: trust, council, ... */
    shire_span dataset;
    shire_span setting;
    shire_span code;
    shire_span specialty;
    shire_span category;    /* of the extract, or empty */
    shire_span sensitivity; /* of the extract: names with commas between, or empty */
} shire_record_care;

shire_gate_category shire_record_category(const shire_record_care *care);
/* Bits of shire_gate_sensitivity: what the extract says, and what code and specialty tell: ICD-10
 * codes (HIV: B20-B24, Z21; substances: F10-F19; abuse: T74; termination: O04) and treatment
 * functions (360 genito-urinary medicine). */
uint32_t shire_record_sensitivity(const shire_record_care *care);
/* True for a home that the body lets to the person. */
bool shire_record_is_tenancy(const shire_record_care *care);

#endif
