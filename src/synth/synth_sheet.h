/*
 * Sheets: writing the rows that the chunks made, chunk by chunk, as CSV or Parquet under DIR/data.
 */
#ifndef SHIRE_SYNTH_SYNTH_SHEET_H
#define SHIRE_SYNTH_SYNTH_SHEET_H

#include "synth/synth_internal.h"

/* All sheets of all chunks; `table` is a scratch database in memory for the Parquet ones.
 * Rows on purpose bad are put behind the last one of a CSV sheet. */
shire_status synth_sheet_write_all(const synth_files *files, const synth_chunk *chunks,
                                   size_t chunk_count, shire_table *table,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* Rows of a sheet over all chunks, bad ones included. */
int64_t synth_sheet_row_count(const synth_chunk *chunks, size_t chunk_count, synth_sheet sheet);

#endif
