/*
 * The kinds of finding that there are: what the setting stop_on may name. The list is checked
 * against the sources by tests/lint/structure.sh, so that a new kind cannot be forgotten.
 */
#ifndef SHIRE_ORG_FINDING_KIND_H
#define SHIRE_ORG_FINDING_KIND_H

#include <stddef.h>

/* In the order of the alphabet; a constant, safe from any thread. */
extern const char *const shire_finding_kinds[];
extern const size_t shire_finding_kind_count;

#endif
