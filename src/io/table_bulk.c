/*
 * Large frames into a table: the frame's own arrays are shown to the engine as batches of the
 * Arrow C data interface (arrow.apache.org/docs/format/CDataInterface.html), and one INSERT reads
 * them. Nothing is copied but validity, which Arrow wants as bits. The engine compresses and
 * writes batches on all its threads, and keeps their order by number, which its appender does not
 * do: with two threads, half the appender's time. One INSERT is also all or nothing.
 */
#include "io/table_internal.h"

#include <stdio.h>

#define BATCH_ROWS 122880 /* the engine's row group, and a multiple of eight: bits split evenly */
#define ARROW_FLAG_NULLABLE 2

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *schema);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *array);
    void *private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *stream, struct ArrowSchema *schema_out);
    int (*get_next)(struct ArrowArrayStream *stream, struct ArrowArray *array_out);
    const char *(*get_last_error)(struct ArrowArrayStream *stream);
    void (*release)(struct ArrowArrayStream *stream);
    void *private_data;
};

/* One column in one batch: validity bits, then values, or offsets and bytes. */
typedef struct batch_column {
    struct ArrowArray array;
    const void *buffers[3];
} batch_column;

typedef struct bulk {
    const shire_frame *frame;
    struct ArrowSchema *schemas;
    struct ArrowSchema **schema_links;
    const uint8_t **valid_bits; /* of each column; NULL without nulls */
    batch_column *columns;      /* batch by batch */
    struct ArrowArray **links;  /* to them, in the same order */
    const void *no_buffer[1];   /* a batch as such has no validity */
    size_t next_row;
} bulk;

/* All memory is the arena's: releasing only marks. */
static void release_schema(struct ArrowSchema *schema) {
    schema->release = NULL;
}

static void release_array(struct ArrowArray *array) {
    array->release = NULL;
}

static void release_stream(struct ArrowArrayStream *stream) {
    stream->release = NULL;
}

static const char *last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "the frame could not be read";
}

static const char *arrow_format(shire_type type) {
    switch (type) {
    case SHIRE_TYPE_INT64:
        return "l";
    case SHIRE_TYPE_INT32:
        return "i";
    case SHIRE_TYPE_DECIMAL6:
        return "d:18,6,64";
    case SHIRE_TYPE_DATE:
        return "tdD";
    case SHIRE_TYPE_TIMESTAMP:
        return "tsu:";
    case SHIRE_TYPE_DOUBLE:
        return "g";
    case SHIRE_TYPE_TEXT:
        return "u";
    }
    return "n";
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema_out) {
    bulk *state = stream->private_data;
    size_t count = state->frame->column_count;
    for (size_t i = 0; i < count; i++) {
        const shire_column *column = &state->frame->columns[i];
        state->schemas[i] = (struct ArrowSchema){.format = arrow_format(column->type),
                                                 .name = column->name,
                                                 .flags = ARROW_FLAG_NULLABLE,
                                                 .release = release_schema};
        state->schema_links[i] = &state->schemas[i];
    }
    *schema_out = (struct ArrowSchema){.format = "+s",
                                       .name = "",
                                       .n_children = (int64_t)count,
                                       .children = state->schema_links,
                                       .release = release_schema};
    return 0;
}

static size_t min_size(size_t a, size_t b) {
    return a < b ? a : b;
}

static void set_batch_column(const shire_column *column, const uint8_t *valid_bits, size_t first,
                             size_t count, batch_column *batch) {
    batch->array = (struct ArrowArray){.length = (int64_t)count,
                                       .null_count = valid_bits == NULL ? 0 : -1,
                                       .n_buffers = 2,
                                       .buffers = batch->buffers,
                                       .release = release_array};
    batch->buffers[0] = valid_bits == NULL ? NULL : valid_bits + first / 8;
    if (column->type == SHIRE_TYPE_TEXT) {
        batch->array.n_buffers = 3;
        batch->buffers[1] = column->text_offsets + first;
        batch->buffers[2] = column->text_bytes;
    } else if (column->type == SHIRE_TYPE_INT32 || column->type == SHIRE_TYPE_DATE) {
        batch->buffers[1] = column->int32 + first;
    } else {
        batch->buffers[1] = column->int64 + first;
    }
}

/* The engine calls this under a lock of its own; an array without a release function ends. */
static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *array_out) {
    bulk *state = stream->private_data;
    size_t first = state->next_row;
    size_t column_count = state->frame->column_count;
    *array_out = (struct ArrowArray){0};
    if (first >= state->frame->row_count) {
        return 0;
    }
    size_t count = min_size(BATCH_ROWS, state->frame->row_count - first);
    size_t place = first / BATCH_ROWS * column_count;
    for (size_t i = 0; i < column_count; i++) {
        set_batch_column(&state->frame->columns[i], state->valid_bits[i], first, count,
                         &state->columns[place + i]);
        state->links[place + i] = &state->columns[place + i].array;
    }
    *array_out = (struct ArrowArray){.length = (int64_t)count,
                                     .n_buffers = 1,
                                     .n_children = (int64_t)column_count,
                                     .buffers = state->no_buffer,
                                     .children = state->links + place,
                                     .release = release_array};
    state->next_row = first + count;
    return 0;
}

static bool pack_valid_bits(const shire_column *column, size_t row_count, shire_arena *arena,
                            const uint8_t **bits_out) {
    if (column->valid == NULL) {
        return true;
    }
    uint8_t *bits = shire_arena_alloc(arena, (row_count + 7) / 8);
    for (size_t row = 0; bits != NULL && row < row_count; row++) {
        bits[row / 8] |= (uint8_t)((column->valid[row] != 0) << (row % 8));
    }
    *bits_out = bits;
    return bits != NULL;
}

static bool bulk_prepare(bulk *state, const shire_frame *frame, shire_arena *arena) {
    size_t count = frame->column_count;
    size_t batch_count = (frame->row_count + BATCH_ROWS - 1) / BATCH_ROWS;
    *state = (bulk){
        .frame = frame,
        .schemas = shire_arena_alloc_array(arena, count, sizeof *state->schemas),
        .schema_links = shire_arena_alloc_array(arena, count, sizeof *state->schema_links),
        .valid_bits = shire_arena_alloc_array(arena, count, sizeof *state->valid_bits),
        .columns = shire_arena_alloc_array(arena, batch_count * count, sizeof *state->columns),
        .links = shire_arena_alloc_array(arena, batch_count * count, sizeof *state->links),
    };
    bool ready = state->schemas != NULL && state->schema_links != NULL &&
                 state->valid_bits != NULL && state->columns != NULL && state->links != NULL;
    for (size_t i = 0; ready && i < count; i++) {
        ready = pack_valid_bits(&frame->columns[i], frame->row_count, arena, &state->valid_bits[i]);
    }
    return ready;
}

/* The stream is reached through a view of this name, which lives as long as the INSERT. Only a
 * process killed in between leaves it, in a warehouse that its run had not finished. */
static shire_status insert_from(shire_table *table, const char *table_name, const char *view,
                                shire_error *error) {
    char drop[96];
    snprintf(drop, sizeof drop, "DROP VIEW IF EXISTS %s", view);
    shire_builder insert = {0};
    shire_builder_append_text(&insert, "INSERT INTO ");
    shire_builder_append_sql_name(&insert, shire_span_of(table_name));
    shire_builder_append_format(&insert, " FROM %s", view);
    shire_status status =
        insert.failed
            ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing table %s", table_name)
            : shire_table_execute(table, insert.bytes, error);
    shire_builder_free(&insert);
    shire_status dropped = shire_table_execute(table, drop, status == SHIRE_OK ? error : NULL);
    return status == SHIRE_OK ? dropped : status;
}

shire_status table_bulk_append(shire_table *table, const char *table_name, const shire_frame *frame,
                               shire_arena *arena, shire_error *error) {
    bulk state;
    if (!bulk_prepare(&state, frame, arena)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing table %s",
                          table_name);
    }
    struct ArrowArrayStream stream = {.get_schema = get_schema,
                                      .get_next = get_next,
                                      .get_last_error = last_error,
                                      .release = release_stream,
                                      .private_data = &state};
    char view[64];
    snprintf(view, sizeof view, "shire_bulk_%d", atomic_fetch_add(&table->database->bulk_count, 1));
    if (duckdb_arrow_scan(table->connection, view, (duckdb_arrow_stream)&stream) != DuckDBSuccess) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "table %s cannot be written", table_name);
    }
    return insert_from(table, table_name, view, error);
}
