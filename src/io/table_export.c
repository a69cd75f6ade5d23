/*
 * A SELECT into a CSV or Parquet file. The file is written beside its place and renamed when it is
 * whole. Order is kept and the size of Parquet's row groups is fixed, so that the bytes do not
 * depend on the number of threads.
 */
#include "io/table_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *format_options(shire_file_format format) {
    switch (format) {
    case SHIRE_FILE_CSV:
        return "FORMAT csv, HEADER true, DELIMITER ','";
    case SHIRE_FILE_PARQUET:
        return "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880";
    }
    return "";
}

shire_status shire_table_export(shire_table *table, const char *sql, const char *path,
                                shire_file_format format, shire_error *error) {
    shire_builder new_path = {0};
    shire_builder statement = {0};
    shire_builder_append_format(&new_path, "%s.new", path);
    /* The line break ends a comment that the SELECT may end with. */
    shire_builder_append_format(&statement, "COPY (%s\n) TO ", sql);
    shire_builder_append_sql_literal(&statement, (shire_span){new_path.bytes, new_path.length});
    shire_builder_append_format(
        &statement, " (%s, PER_THREAD_OUTPUT false, PRESERVE_ORDER true, USE_TMP_FILE false)",
        format_options(format));
    shire_status status = SHIRE_OK;
    if (new_path.failed || statement.failed) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing %s", path);
        goto done;
    }
    status = shire_table_execute(table, statement.bytes, error);
    if (status == SHIRE_OK && rename(new_path.bytes, path) != 0) {
        status =
            SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (status != SHIRE_OK) {
        unlink(new_path.bytes);
    }
done:
    shire_builder_free(&new_path);
    shire_builder_free(&statement);
    return status;
}
