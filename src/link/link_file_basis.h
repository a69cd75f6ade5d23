/*
 * A linkage of files as explanations know one (link_basis.h): what a run reads from its warehouse,
 * made from what linking files has at hand. Records are named SOURCE/ID, by the column of the role
 * id, or by the number of the record (from 1, over all files) where there is none; people by the
 * numbers that people.csv gives them.
 */
#ifndef SHIRE_LINK_LINK_FILE_BASIS_H
#define SHIRE_LINK_LINK_FILE_BASIS_H

#include "link/link_basis.h"
#include "link/link_engine.h"

/* dataset, result and both columns are borrowed and must outlive the basis; `id` is NULL where no
 * column has the role. The caller zeroes basis_out before and calls done after, also on failure. */
shire_status shire_link_file_basis_make(const shire_link_dataset *dataset,
                                        const shire_link_engine_result *result,
                                        const shire_column *source, const shire_column *id,
                                        shire_arena *arena, shire_link_basis *basis_out,
                                        shire_error *error) SHIRE_MUST_CHECK;
void shire_link_file_basis_done(shire_link_basis *basis);

/* The record named SOURCE/ID, or ID where no other record has it. SHIRE_NOT_FOUND; SHIRE_INVALID
 * when several records have the id. */
shire_status shire_link_file_basis_find(const shire_link_basis *basis, const char *name,
                                        size_t *record_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
