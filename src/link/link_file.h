/*
 * Linkage of files: CSV or Parquet in, people out. What `shire link` does.
 */
#ifndef SHIRE_LINK_FILE_H
#define SHIRE_LINK_FILE_H

#include "link/link_basis.h"
#include "link/link_dataset.h"
#include "link/link_measure_kernel.h"

#define SHIRE_LINK_COLUMNS_MAX 64

typedef struct shire_link_column_choice {
    shire_link_role role;
    const char *column;     /* a column's name (trimmed), or NULL */
    const char *expression; /* SQL over the file's columns, or NULL */
} shire_link_column_choice;

typedef struct shire_link_file_options {
    const char *const *paths; /* each is a source of its own, unless a source column is chosen */
    size_t path_count;
    const shire_link_column_choice *choices;
    size_t choice_count;
    const char *out_path; /* CSV of record, source, id (when chosen), person; or NULL */
    int thread_count;     /* 0: all processors */
    /* NULL, or called at the end with the tables link_* that a run keeps (link_keep.h) */
    shire_status (*finish)(shire_table *table, shire_arena *arena, void *context,
                           shire_error *error);
    /* NULL, or called at the end with the linkage as explanations know one (link_file_basis.h);
     * what it asks the arena for is gone with the call of shire_link_files */
    shire_status (*look)(const shire_link_basis *basis, shire_arena *arena, void *context,
                         shire_error *error);
    /* NULL, or called with each sentence about the files that their owner should read: what was
     * taken one way and may be meant another */
    void (*tell)(const char *sentence, void *context);
    void *context; /* of all three */
} shire_link_file_options;

typedef struct shire_link_report {
    uint64_t records;
    uint64_t people;
    uint64_t largest;
    uint64_t candidate_pairs;
    uint64_t pairs_scored;
    uint64_t failed_values; /* for which an expression could not be computed: unknown there */
    bool has_truth;
    shire_link_quality quality; /* where there is a truth */
} shire_link_report;

/* The choice for "role=column" or the like; SHIRE_INVALID with a sentence for an unknown role. */
shire_status shire_link_role_parse(shire_span name, shire_link_role *role_out,
                                   shire_error *error) SHIRE_MUST_CHECK;

/*
 * Read the files: a text column for each choice, in their order, then the name of the file.
 * *failed_values_out: values of expressions that could not be computed.
 */
shire_status shire_link_files_read(const shire_link_file_options *options, shire_table *table,
                                   shire_arena *arena, shire_frame *frame_out,
                                   uint64_t *failed_values_out,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* Link. Files of encodings (link_encode.h) are known by their first line and need no choices. */
shire_status shire_link_files(const shire_link_file_options *options, shire_link_report *report_out,
                              shire_error *error) SHIRE_MUST_CHECK;

#endif
