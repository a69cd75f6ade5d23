/*
 * Rows made by chunks, and the files they become. A CSV sheet is put together in one buffer, chunk
 * after chunk; a Parquet sheet goes through a table in memory, batch by batch, so that the order of
 * rows is the order of persons whatever the number of threads.
 */
#include "synth/synth_sheet.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define BATCH_ROWS 65536

int synth_sheet_column_count(synth_sheet sheet) {
    int count = 0;
    while (synth_sheet_kinds[sheet].columns[count].name != NULL) {
        count++;
    }
    assert(count > 0); /* each sheet has columns */
    return count;
}

void synth_chunk_add(synth_chunk *chunk, synth_sheet sheet, const int64_t *cells) {
    synth_rows *rows = &chunk->sheets[sheet];
    size_t count = (size_t)synth_sheet_column_count(sheet);
    if (rows->cell_count + count > rows->cell_capacity) {
        size_t capacity = rows->cell_capacity == 0 ? 1024 : 2 * rows->cell_capacity;
        int64_t *grown = shire_memory_resize(rows->cells, capacity * sizeof *grown);
        if (grown == NULL) {
            chunk->failed = true;
            return;
        }
        rows->cells = grown;
        rows->cell_capacity = capacity;
    }
    memcpy(rows->cells + rows->cell_count, cells, count * sizeof *cells);
    rows->cell_count += count;
}

void synth_chunk_tally(synth_chunk *chunk, synth_sheet sheet, int group, synth_tally add) {
    assert(group >= 0 && group < SYNTH_GROUPS_MAX);
    synth_tally *tally = &chunk->tallies[sheet][group];
    tally->count += add.count;
    tally->days += add.days;
    tally->minutes += add.minutes;
    tally->amount_pence += add.amount_pence;
    tally->weight_pence += add.weight_pence;
}

void synth_chunk_free(synth_chunk *chunk) {
    for (int sheet = 0; sheet < SYNTH_SHEET_COUNT; sheet++) {
        shire_memory_free(chunk->sheets[sheet].cells);
    }
    for (int system = 0; system < SYNTH_SYSTEM_COUNT; system++) {
        shire_builder_free(&chunk->records[system]);
    }
    shire_builder_free(&chunk->truth);
}

int64_t synth_sheet_row_count(const synth_chunk *chunks, size_t chunk_count, synth_sheet sheet) {
    size_t cells = 0;
    for (size_t i = 0; i < chunk_count; i++) {
        cells += chunks[i].sheets[sheet].cell_count;
    }
    return (int64_t)(cells / (size_t)synth_sheet_column_count(sheet)) +
           synth_sheet_kinds[sheet].bad_row_count;
}

static void append_cell(shire_builder *text, synth_cell_kind kind, int64_t cell) {
    char buffer[24];
    if (cell == SYNTH_NULL) {
        return;
    }
    switch (kind) {
    case SYNTH_CELL_PENCE:
        shire_decimal_format(cell * (SHIRE_MILLION / 100), 2, buffer);
        break;
    case SYNTH_CELL_MILLI:
        shire_decimal_format(cell * (SHIRE_MILLION / 1000), 3, buffer);
        break;
    case SYNTH_CELL_DATE:
        shire_date_format((shire_date)cell, buffer);
        break;
    case SYNTH_CELL_TIMESTAMP:
        shire_timestamp_format(cell, buffer);
        buffer[10] = ' ';
        break;
    case SYNTH_CELL_TEXT:
        shire_builder_append_text(text, (const char *)(intptr_t)cell);
        return;
    default:
        snprintf(buffer, sizeof buffer, "%lld", (long long)cell);
        break;
    }
    shire_builder_append_text(text, buffer);
}

static shire_status write_csv(const synth_files *files, const synth_chunk *chunks,
                              size_t chunk_count, synth_sheet sheet, shire_error *error) {
    const synth_sheet_kind *kind = &synth_sheet_kinds[sheet];
    int columns = synth_sheet_column_count(sheet);
    shire_builder text = {0};
    for (int column = 0; column < columns; column++) {
        shire_builder_append_text(&text, column == 0 ? "" : ",");
        shire_builder_append_text(&text, kind->columns[column].name);
    }
    shire_builder_append_text(&text, "\n");
    for (size_t i = 0; i < chunk_count; i++) {
        const synth_rows *rows = &chunks[i].sheets[sheet];
        for (size_t cell = 0; cell < rows->cell_count; cell++) {
            int column = (int)(cell % (size_t)columns);
            shire_builder_append_text(&text, column == 0 ? "" : ",");
            append_cell(&text, kind->columns[column].kind, rows->cells[cell]);
            shire_builder_append_text(&text, column == columns - 1 ? "\n" : "");
        }
    }
    if (kind->bad_rows != NULL) {
        shire_builder_append_text(&text, kind->bad_rows);
    }
    shire_status status = SHIRE_OK;
    if (text.failed) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write %s.csv", kind->name);
    } else {
        char name[96];
        snprintf(name, sizeof name, "data/%s.csv", kind->name);
        status = synth_file_write(files, name, (shire_span){text.bytes, text.length}, error);
    }
    shire_builder_free(&text);
    return status;
}

/* ---- Parquet ---- */

static const char *sql_type_of(synth_cell_kind kind) {
    switch (kind) {
    case SYNTH_CELL_PENCE:
    case SYNTH_CELL_MILLI:
        return "DECIMAL(18,6)";
    case SYNTH_CELL_DATE:
        return "DATE";
    case SYNTH_CELL_TIMESTAMP:
        return "TIMESTAMP";
    case SYNTH_CELL_TEXT:
        return "VARCHAR";
    default:
        return "BIGINT";
    }
}

/* Room for one batch of one column. */
typedef struct batch_column {
    int64_t *numbers;
    shire_date *dates;
    uint32_t *offsets;
    shire_builder text;
} batch_column;

static void fill_column(batch_column *room, shire_column *column, synth_cell_kind kind,
                        const int64_t *cells, size_t stride, size_t row_count) {
    shire_builder_clear(&room->text);
    for (size_t row = 0; row < row_count; row++) {
        int64_t cell = cells[row * stride];
        assert(cell != SYNTH_NULL); /* Parquet sheets have a value in every cell */
        switch (kind) {
        case SYNTH_CELL_PENCE:
            room->numbers[row] = cell * (SHIRE_MILLION / 100);
            break;
        case SYNTH_CELL_MILLI:
            room->numbers[row] = cell * (SHIRE_MILLION / 1000);
            break;
        case SYNTH_CELL_DATE:
            room->dates[row] = (shire_date)cell;
            break;
        case SYNTH_CELL_TEXT:
            room->offsets[row] = (uint32_t)room->text.length;
            shire_builder_append_text(&room->text, (const char *)(intptr_t)cell);
            break;
        default:
            room->numbers[row] = cell;
            break;
        }
    }
    switch (kind) {
    case SYNTH_CELL_PENCE:
    case SYNTH_CELL_MILLI:
        column->type = SHIRE_TYPE_DECIMAL6;
        column->decimal6 = room->numbers;
        break;
    case SYNTH_CELL_DATE:
        column->type = SHIRE_TYPE_DATE;
        column->date = room->dates;
        break;
    case SYNTH_CELL_TIMESTAMP:
        column->type = SHIRE_TYPE_TIMESTAMP;
        column->timestamp = room->numbers;
        break;
    case SYNTH_CELL_TEXT:
        room->offsets[row_count] = (uint32_t)room->text.length;
        column->type = SHIRE_TYPE_TEXT;
        column->text_offsets = room->offsets;
        column->text_bytes = room->text.bytes;
        break;
    default:
        column->type = SHIRE_TYPE_INT64;
        column->int64 = room->numbers;
        break;
    }
}

static shire_status append_chunk(shire_table *table, const synth_chunk *chunk, synth_sheet sheet,
                                 batch_column *rooms, shire_error *error) {
    const synth_sheet_kind *kind = &synth_sheet_kinds[sheet];
    size_t column_count = (size_t)synth_sheet_column_count(sheet);
    const synth_rows *rows = &chunk->sheets[sheet];
    size_t row_count = rows->cell_count / column_count;
    for (size_t first = 0; first < row_count; first += BATCH_ROWS) {
        size_t batch = row_count - first < BATCH_ROWS ? row_count - first : BATCH_ROWS;
        shire_column columns[SYNTH_CELLS_MAX] = {0};
        for (size_t i = 0; i < column_count; i++) {
            columns[i].name = kind->columns[i].name;
            fill_column(&rooms[i], &columns[i], kind->columns[i].kind,
                        rows->cells + first * column_count + i, column_count, batch);
            if (rooms[i].text.failed) {
                return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write %s", kind->name);
            }
        }
        shire_frame frame = {.row_count = batch, .column_count = column_count, .columns = columns};
        shire_status status = shire_table_append(table, kind->name, &frame, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return SHIRE_OK;
}

static shire_status write_parquet(const synth_files *files, const synth_chunk *chunks,
                                  size_t chunk_count, synth_sheet sheet, shire_table *table,
                                  batch_column *rooms, shire_error *error) {
    const synth_sheet_kind *kind = &synth_sheet_kinds[sheet];
    shire_builder sql = {0};
    char *path = shire_arena_format(files->arena, "%s/data/%s.parquet", files->dir, kind->name);
    shire_status status = SHIRE_OK;
    shire_builder_append_format(&sql, "CREATE TABLE %s (", kind->name);
    for (int i = 0; kind->columns[i].name != NULL; i++) {
        shire_builder_append_format(&sql, "%s%s %s", i == 0 ? "" : ", ", kind->columns[i].name,
                                    sql_type_of(kind->columns[i].kind));
    }
    shire_builder_append_text(&sql, ")");
    if (sql.failed || path == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write %s", kind->name);
        goto done;
    }
    status = shire_table_execute(table, sql.bytes, error);
    for (size_t i = 0; i < chunk_count && status == SHIRE_OK; i++) {
        status = append_chunk(table, &chunks[i], sheet, rooms, error);
    }
    if (status != SHIRE_OK) {
        goto done;
    }
    shire_builder_clear(&sql);
    shire_builder_append_format(&sql, "SELECT * FROM %s", kind->name);
    status = shire_table_export(table, sql.bytes, path, SHIRE_FILE_PARQUET, error);
    if (status != SHIRE_OK) {
        goto done;
    }
    shire_builder_clear(&sql);
    shire_builder_append_format(&sql, "DROP TABLE %s", kind->name);
    status = shire_table_execute(table, sql.bytes, error);
done:
    shire_builder_free(&sql);
    return status;
}

shire_status synth_sheet_write_all(const synth_files *files, const synth_chunk *chunks,
                                   size_t chunk_count, shire_table *table, shire_error *error) {
    batch_column rooms[SYNTH_CELLS_MAX] = {0};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < SYNTH_CELLS_MAX; i++) {
        rooms[i].numbers =
            shire_arena_alloc_array(files->arena, BATCH_ROWS, sizeof *rooms[i].numbers);
        rooms[i].dates = shire_arena_alloc_array(files->arena, BATCH_ROWS, sizeof *rooms[i].dates);
        rooms[i].offsets =
            shire_arena_alloc_array(files->arena, BATCH_ROWS + 1, sizeof *rooms[i].offsets);
        if (rooms[i].numbers == NULL || rooms[i].dates == NULL || rooms[i].offsets == NULL) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write the data files");
            goto done;
        }
    }
    for (int sheet = 0; sheet < SYNTH_SHEET_COUNT && status == SHIRE_OK; sheet++) {
        status = synth_sheet_kinds[sheet].format == SHIRE_FILE_CSV
                     ? write_csv(files, chunks, chunk_count, (synth_sheet)sheet, error)
                     : write_parquet(files, chunks, chunk_count, (synth_sheet)sheet, table, rooms,
                                     error);
    }
done:
    for (size_t i = 0; i < SYNTH_CELLS_MAX; i++) {
        shire_builder_free(&rooms[i].text);
    }
    return status;
}
