/* What the files that explain a pair share. */
#ifndef SHIRE_LINK_LINK_EXPLAIN_INTERNAL_H
#define SHIRE_LINK_LINK_EXPLAIN_INTERNAL_H

#include "link/link_explain.h"

/* Fill in the keys that the two records of `made` share. */
shire_status shire_link_explain_keys(const shire_link_basis *basis, shire_arena *arena,
                                     shire_link_pair_explanation *made,
                                     shire_error *error) SHIRE_MUST_CHECK;

#endif
