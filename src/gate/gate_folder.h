/*
 * A folder of access: what a partnership hands in as files, all or nothing.
 *
 *     accounts.csv       name,full_name,organisation,role,person
 *     teams.csv          organisation,team,account,from,until     a row a member; account may be
 * empty agreements.csv     owner,recipient,purpose,categories,from,until,reference
 *     relationships.csv  person,kind,organisation,team,from,until
 *
 * Each file may be absent. Days are as extracts write them; no until: still so. A person is an id
 * of the index, or ORGANISATION/SOURCE/local_id of a record of theirs. What is in the store
 * already, as the row says it, is left alone, so that a folder can be loaded again.
 */
#ifndef SHIRE_GATE_GATE_FOLDER_H
#define SHIRE_GATE_GATE_FOLDER_H

#include "core/arena.h"
#include "gate/gate_change.h"

typedef struct shire_gate_folder_counts {
    size_t accounts; /* added; those that were there are not counted */
    size_t teams;
    size_t members;
    size_t agreements;
    size_t relationships;
    size_t problems;
} shire_gate_folder_counts;

/* A sentence that names file and line. */
typedef void (*shire_gate_problem_visitor)(const char *sentence, void *context);

/*
 * Load a folder in the caller's open transaction.
 *
 * organisations  codes that there are; a row with another is a problem.
 * visit          gets each problem, in the order of files and lines; good rows go on.
 *
 * SHIRE_OK when every row was taken. SHIRE_INVALID when one was not, also where a file is no CSV:
 * the caller then undoes the transaction. SHIRE_NOT_FOUND for a folder without any of the files.
 */
shire_status shire_gate_folder_load(shire_store *store, const shire_gate_actor *actor,
                                    const char *folder, const char *const *organisations,
                                    size_t organisation_count, shire_gate_problem_visitor visit,
                                    void *context, shire_gate_folder_counts *counts_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

#endif
