/* The sections of the linkage report; each leaves values for web/report/linkage.html. */
#ifndef SHIRE_REPORT_REPORT_LINKAGE_INTERNAL_H
#define SHIRE_REPORT_REPORT_LINKAGE_INTERNAL_H

#include "report/report_internal.h"
#include "report/report_linkage.h"

shire_status shire_linkage_figures(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_linkage_weights(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_linkage_levels(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_linkage_reach(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_linkage_missed(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_linkage_curve(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_linkage_groups(shire_report_draft *draft,
                                  const shire_linkage_report_options *options,
                                  shire_error *error) SHIRE_MUST_CHECK;

/*
 * How many pairs of one person agree in no family of fields at all, from how many agree in exactly
 * one, two, ... of `family_count` families (pairs_of[k], k from 0): Chao's lower bound (1987) with
 * the correction for small counts, (t - 1) / t * f1 (f1 - 1) / (2 (f2 + 1)). It is exact when the
 * families err independently and alike, and a lower bound where some records are worse than
 * others. Pure.
 */
double shire_linkage_unseen(const double *pairs_of, int family_count);

#endif
