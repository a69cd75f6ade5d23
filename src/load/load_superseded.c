/*
 * nhs_number_superseded.csv of the partnership folder: which NHS number took the place of which.
 * Chains are followed to their ends, each number once; what runs in a circle or is no NHS number is
 * a finding and not used. The table nhs_number_superseded has one row a number, with the one at the
 * end.
 */
#include "load/load_internal.h"

#include "core/nhs_number.h"
#include "io/csv.h"
#include "io/file.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME "nhs_number_superseded.csv"
#define FILE_BYTES_MAX ((size_t)1 << 30)

typedef enum walk { WALK_NOT_YET, WALK_UNDER_WAY, WALK_DONE, WALK_CIRCLE } walk;

typedef struct succession {
    char superseded[11];
    char current[11];
    int32_t line;
    walk walk;
    const char *end;
} succession;

static shire_status add_finding(load_run *run, const char *severity, const char *kind, int32_t line,
                                const char *column, const char *problem, const char *remedy,
                                shire_error *error) {
    const load_finding finding = {severity, kind, FILE_NAME, line, column, problem, remedy};
    return load_finding_add(run, &finding, error);
}

static int compare_successions(const void *x, const void *y) {
    const succession *a = x;
    const succession *b = y;
    int order = strcmp(a->superseded, b->superseded);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static succession *find(succession *rows, size_t count, const char *number) {
    succession key = {.line = 0};
    memcpy(key.superseded, number, sizeof key.superseded);
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(rows[middle].superseded, number) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && strcmp(rows[low].superseded, number) == 0 ? &rows[low] : NULL;
}

/* The rows whose two numbers are NHS numbers, by the first; of several the first line only. */
static shire_status take_rows(load_run *run, const shire_csv *csv, succession *rows,
                              size_t *count_out, shire_error *error) {
    static const char *const names[] = {"superseded", "current"};
    shire_status status = SHIRE_OK;
    size_t count = 0;
    for (size_t row = 0; row < csv->row_count && status == SHIRE_OK; row++) {
        succession *taken = &rows[count];
        char *places[] = {taken->superseded, taken->current};
        bool is_good = true;
        *taken = (succession){.line = csv->lines[row]};
        for (size_t i = 0; i < 2 && status == SHIRE_OK; i++) {
            shire_span cell = shire_csv_cell(csv, row, shire_csv_column(csv, names[i]));
            if (shire_nhs_number_check(cell, places[i]) != SHIRE_NHS_NUMBER_VALID) {
                is_good = false;
                status = add_finding(run, "warning", "bad_nhs_number", taken->line, names[i],
                                     "is no NHS number, so the row is not used",
                                     "correct the number", error);
            }
        }
        count += is_good;
    }
    if (count > 1) {
        qsort(rows, count, sizeof *rows, compare_successions);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        if (kept == 0 || strcmp(rows[kept - 1].superseded, rows[i].superseded) != 0) {
            rows[kept++] = rows[i];
        } else if (strcmp(rows[kept - 1].current, rows[i].current) != 0) {
            status = add_finding(run, "warning", "superseded_twice", rows[i].line, "superseded",
                                 "an earlier row gives this number another one in its place; that "
                                 "row is used",
                                 "keep the row that is right", error);
        }
    }
    *count_out = kept;
    return status;
}

/* Follow the chain from `first`; all numbers on the way get its end, or are in a circle. `path` has
 * room for all rows. */
static void follow(succession *rows, size_t count, succession *first, succession **path) {
    size_t length = 0;
    succession *at = first;
    while (at != NULL && at->walk == WALK_NOT_YET) {
        at->walk = WALK_UNDER_WAY;
        path[length++] = at;
        at = find(rows, count, at->current);
    }
    bool is_circle = at != NULL && at->walk != WALK_DONE;
    const char *end = at != NULL ? at->end : length > 0 ? path[length - 1]->current : NULL;
    for (size_t i = 0; i < length; i++) {
        path[i]->walk = is_circle ? WALK_CIRCLE : WALK_DONE;
        path[i]->end = end;
    }
}

static shire_status write_rows(load_run *run, const succession *rows, size_t count,
                               shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        const succession *row = &rows[i];
        if (row->walk == WALK_CIRCLE) {
            status = add_finding(run, "warning", "superseded_loop", row->line, "current",
                                 "the numbers take each other's places in a circle, so none of "
                                 "them is used",
                                 "remove the row that is wrong", error);
            continue;
        }
        if (strcmp(row->end, row->current) != 0) {
            status = add_finding(run, "info", "superseded_chain", row->line, "current",
                                 "was superseded itself; the number at the end of the chain is "
                                 "used",
                                 "nothing to do", error);
        }
        shire_builder sql = {0};
        shire_builder_append_format(&sql, "INSERT INTO nhs_number_superseded VALUES ('%s', '%s')",
                                    row->superseded, row->end);
        if (status == SHIRE_OK) {
            status = load_execute(run, &sql, error);
        } else {
            shire_builder_free(&sql);
        }
    }
    return status;
}

shire_status load_superseded(load_run *run, shire_error *error) {
    static const char *const names[] = {"superseded", "current"};
    shire_csv csv;
    size_t count = 0;
    shire_status status = shire_table_execute(
        run->table,
        "CREATE OR REPLACE TABLE nhs_number_superseded (superseded VARCHAR, \"current\" VARCHAR)",
        error);
    char *path = shire_arena_format(run->arena, "%s/" FILE_NAME, run->partnership->dir);
    if (status != SHIRE_OK || path == NULL) {
        return status != SHIRE_OK ? status : load_out_of_memory(error);
    }
    if (!shire_file_exists(path)) {
        return SHIRE_OK;
    }
    status = shire_csv_read(path, FILE_BYTES_MAX, run->arena, &csv, error);
    if (status == SHIRE_OK) {
        status = shire_csv_check_columns(&csv, names, 2, 2, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    succession *rows = shire_arena_alloc_array(run->arena, csv.row_count + 1, sizeof *rows);
    succession **walked = shire_arena_alloc_array(run->arena, csv.row_count + 1, sizeof *walked);
    if (rows == NULL || walked == NULL) {
        return load_out_of_memory(error);
    }
    status = take_rows(run, &csv, rows, &count, error);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        follow(rows, count, &rows[i], walked);
    }
    return status == SHIRE_OK ? write_rows(run, rows, count, error) : status;
}
