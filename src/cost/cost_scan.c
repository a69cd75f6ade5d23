/*
 * Reading in parts: see cost_scan.h. Ranges begin at row groups of the engine, so that no group is
 * unpacked twice.
 */
#include "cost/cost_scan.h"

#include "core/parallel.h"

#define ROW_GROUP_ROWS 122880
/* Below this many rows a second connection costs more than it saves. */
#define PART_ROWS_MIN ((size_t)1 << 18)
#define PARTS_MAX 16

typedef struct scan_state {
    shire_table *table;
    const cost_scan *scan;
    shire_status statuses[PARTS_MAX];
    shire_error errors[PARTS_MAX];
} scan_state;

size_t cost_scan_part_count(size_t key_count, int thread_count) {
    size_t most = key_count / PART_ROWS_MIN;
    size_t count = thread_count > 1 ? (size_t)thread_count : 1;
    count = count < PARTS_MAX ? count : PARTS_MAX;
    return most < 1 ? 1 : most < count ? most : count;
}

size_t cost_scan_part_first(size_t key_count, size_t part_count, size_t part) {
    size_t group_count = (key_count + ROW_GROUP_ROWS - 1) / ROW_GROUP_ROWS;
    size_t first = group_count * part / part_count * ROW_GROUP_ROWS;
    return first < key_count ? first : key_count;
}

static shire_status scan_part(const scan_state *state, size_t part, shire_error *error) {
    const cost_scan *scan = state->scan;
    shire_table *table = NULL;
    shire_builder sql = {0};
    shire_builder_append_format(&sql, "%s AND %s >= %zu AND %s < %zu", scan->select, scan->key,
                                cost_scan_part_first(scan->key_count, scan->part_count, part),
                                scan->key,
                                cost_scan_part_first(scan->key_count, scan->part_count, part + 1));
    shire_status status = sql.failed
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while costing")
                              : shire_table_clone(state->table, &table, error);
    if (status == SHIRE_OK) {
        status = shire_table_scan(table, sql.bytes, scan->visit,
                                  (char *)scan->contexts + part * scan->context_bytes, error);
    }
    shire_table_close(table);
    shire_builder_free(&sql);
    return status;
}

static void scan_parts(size_t first, size_t last, size_t chunk, int thread, void *context) {
    scan_state *state = context;
    (void)chunk;
    (void)thread;
    for (size_t part = first; part < last; part++) {
        state->statuses[part] = scan_part(state, part, &state->errors[part]);
    }
}

shire_status cost_scan_run(shire_table *table, const cost_scan *scan, shire_error *error) {
    if (scan->part_count == 1) {
        return shire_table_scan(table, scan->select, scan->visit, scan->contexts, error);
    }
    scan_state state = {.table = table, .scan = scan};
    shire_parallel_for(scan->thread_count, scan->part_count, 1, scan_parts, &state);
    for (size_t part = 0; part < scan->part_count; part++) {
        if (state.statuses[part] != SHIRE_OK) {
            if (error != NULL) {
                *error = state.errors[part];
            }
            return state.statuses[part];
        }
    }
    return SHIRE_OK;
}
