/*
 * One SELECT taken apart far enough to know which files it reads and to follow its rows back to
 * them: the scans (read_csv('...'), read_parquet, read_json, FROM 'file.csv'), which columns are
 * only handed through and which are computed with, and the same SELECT with other things in the
 * scans' place. Built on the engine's own parser, so that what is printed again means what the
 * author wrote.
 */
#ifndef SHIRE_IO_SELECT_H
#define SHIRE_IO_SELECT_H

#include "io/table.h"

typedef enum shire_scan_kind {
    SHIRE_SCAN_CSV,
    SHIRE_SCAN_PARQUET,
    SHIRE_SCAN_JSON
} shire_scan_kind;

/* A named argument of a scan: skip = 3. `text` is NULL unless it is one constant. */
typedef struct shire_scan_option {
    const char *name;
    const char *text; /* of names = ['a', 'b']: as in shire_dsv_options */
} shire_scan_option;

typedef struct shire_scan {
    shire_scan_kind kind;
    const char *const *paths; /* as written, patterns too */
    size_t path_count;
    const shire_scan_option *options;
    size_t option_count;
    const shire_scan_option *types; /* of types = {...} or columns = {...}: column and SQL type */
    size_t type_count;
    bool is_base; /* each row of the result stems from one row of this or another base */
} shire_scan;

typedef struct shire_select shire_select;

/* Errors as shire_table_parse_select. The select lives until it is freed, its texts in `arena`. */
shire_status shire_select_parse(shire_table *table, const char *sql, shire_arena *arena,
                                shire_select **select_out, shire_error *error) SHIRE_MUST_CHECK;
void shire_select_free(shire_select *select); /* NULL is allowed */

/* Scans of files with names that are constants, in the order of the text. */
size_t shire_select_scan_count(const shire_select *select);
const shire_scan *shire_select_scan(const shire_select *select, size_t index);

/* Every row of the result stems from one row of a base scan, so that
 * shire_select_print_traced can say which. */
bool shire_select_is_traceable(const shire_select *select);

/* The rows of the result come in the order of the one scan's rows, on any number of threads: there
 * are no groups, joins, unions, windows and no ORDER BY. */
bool shire_select_keeps_order(const shire_select *select);

/* True when the column of that name (letter case aside) is computed with or compared somewhere,
 * false when it is only handed on as it is. */
bool shire_select_computes_with(const shire_select *select, const char *column_name);

/* Whether a SELECT gives the same rows again as long as what it reads stays as it is. */
typedef struct shire_select_repeat {
    const char *cause;   /* what asks the clock, chance or the session, "random()"; or NULL */
    size_t source_count; /* in FROM: scans of files, tables, functions; those of WITH aside */
} shire_select_repeat;

/* A column named as such a function (current_date) counts as the function, unless its table's name
 * stands before it. `cause` lies in `arena`. Errors as shire_table_parse_select. */
shire_status shire_select_check_repeat(shire_table *table, const char *sql, shire_arena *arena,
                                       shire_select_repeat *repeat_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

/* Put another source into the place of a scan: `from_sql` is what may stand behind FROM. The
 * scan's alias stays. */
shire_status shire_select_replace(shire_select *select, shire_table *table, size_t index,
                                  const char *from_sql, shire_arena *arena,
                                  shire_error *error) SHIRE_MUST_CHECK;

shire_status shire_select_print(shire_select *select, shire_table *table, shire_arena *arena,
                                char **sql_out, shire_error *error) SHIRE_MUST_CHECK;

/*
 * As print, with two more columns at the right end: the columns `file_column` and `line_column` of
 * the base scan's replacement, which must have them. Only for a traceable select; once.
 */
shire_status shire_select_print_traced(shire_select *select, shire_table *table,
                                       const char *file_column, const char *line_column,
                                       shire_arena *arena, char **sql_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

#endif
