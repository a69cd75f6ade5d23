/*
 * References between the tables: an event's person record, an item's event. Most lead somewhere, so
 * the few that do not are found by a set of hashed keys instead of a join of long texts. Two keys
 * of one 63-bit hash, of which one leads nowhere, would go unnoticed: one chance in a million for a
 * county.
 */
#include "load/load_internal.h"
#include "load/load_key_kernel.h"

#include <string.h>

/* Where a body's source has not one person record, one finding speaks for all of its events. */
static const char *const event_sql[] = {
    "INSERT INTO finding SELECT 'load', 'warning', 'dangling_reference', source_file, source_line, "
    "'local_id', 'no person record has this organisation, source and local_id; the event is loaded "
    "without a person', 'add the person record, or correct local_id', 1 FROM event WHERE local_id "
    "IS NOT NULL AND record_no IS NULL AND (organisation_no, source) IN (SELECT (organisation_no, "
    "source) FROM person_record)",

    "INSERT INTO finding SELECT 'load', 'warning', 'dangling_reference', source_file, "
    "min(source_line), 'local_id', concat('the source ', source, ' has no person records at all; "
    "its events are loaded without persons'), 'add an extract of person records of this source', "
    "count(*) FROM event WHERE local_id IS NOT NULL AND record_no IS NULL AND (organisation_no, "
    "source) NOT IN (SELECT (organisation_no, source) FROM person_record) GROUP BY "
    "organisation_no, source, source_file",
};

static const char *const item_sql[] = {
    "INSERT INTO finding SELECT 'load', 'warning', 'dangling_reference', source_file, source_line, "
    "'event_id', 'no event of this organisation has this event_id; the item is loaded', 'add the "
    "event, or correct event_id', 1 FROM activity_item WHERE item_no IN (SELECT item_no FROM "
    "shire_dangling) AND organisation_no IN (SELECT organisation_no FROM event)",

    "INSERT INTO finding SELECT 'load', 'warning', 'dangling_reference', source_file, "
    "min(source_line), 'event_id', 'the organisation has no events at all; its items are loaded', "
    "'add an extract of events of this organisation', count(*) FROM activity_item WHERE item_no IN "
    "(SELECT item_no FROM shire_dangling) AND organisation_no NOT IN (SELECT organisation_no FROM "
    "event) GROUP BY organisation_no, source_file",

    "DROP TABLE shire_dangling",
};

/* Keys that are dealt with at a time. */
#define KEYS_AT_ONCE 2048

#define EVENT_KEY "CAST(hash(organisation_no, event_id) >> 1 AS BIGINT) AS key"

/* The person record of each event, by the event's row id. */
typedef struct record_numbers {
    int64_t *values;
    uint8_t *valid;
} record_numbers;

static const char record_sql[] =
    "SELECT e.rowid, p.record_no FROM event AS e JOIN person_record AS p ON p.organisation_no = "
    "e.organisation_no AND p.source = e.source AND p.local_id = e.local_id";

static shire_status take_numbers(const shire_frame *batch, void *context, shire_error *error) {
    record_numbers *numbers = context;
    (void)error;
    for (size_t i = 0; i < batch->row_count; i++) {
        int64_t id = batch->columns[0].int64[i];
        numbers->values[id] = batch->columns[1].int64[i];
        numbers->valid[id] = 1;
    }
    return SHIRE_OK;
}

static shire_status find_records(load_run *run, shire_arena *arena, shire_error *error) {
    int64_t limit = 0;
    shire_status status = shire_table_query_int64(
        run->table, "SELECT coalesce(max(rowid) + 1, 0) FROM event", &limit, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t count = (size_t)limit;
    record_numbers numbers = {
        .values = shire_arena_alloc_array(arena, count, sizeof *numbers.values),
        .valid = shire_arena_alloc_array(arena, count, sizeof *numbers.valid)};
    if (numbers.values == NULL || numbers.valid == NULL) {
        return load_out_of_memory(error);
    }
    status = shire_table_scan(run->table, record_sql, take_numbers, &numbers, error);
    return status == SHIRE_OK ? shire_table_fill(run->table, "event", "record_no", numbers.values,
                                                 numbers.valid, count, error)
                              : status;
}

static shire_status set_records(load_run *run, shire_error *error) {
    shire_arena *arena = NULL;
    shire_status status = shire_arena_new("load_records", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = find_records(run, arena, error);
    }
    shire_arena_free(arena);
    return status;
}

static shire_status run_statements(load_run *run, const char *const *statements, size_t count,
                                   shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        status = shire_table_execute(run->table, statements[i], error);
    }
    return status;
}

/* Keys as they are read: of events into the set, of items looked up in it. */
typedef struct key_scan {
    load_key_set set;
    shire_arena *arena; /* of the numbers */
    int64_t *numbers;   /* of the items whose event is not there */
    size_t count;
    size_t capacity;
    int64_t repeated[KEYS_AT_ONCE]; /* not looked at: two bodies' sources may share an event_id */
    size_t absent[KEYS_AT_ONCE];
} key_scan;

static size_t batch_end(const shire_frame *batch, size_t first) {
    return batch->row_count - first < KEYS_AT_ONCE ? batch->row_count : first + KEYS_AT_ONCE;
}

static shire_status take_events(const shire_frame *batch, void *context, shire_error *error) {
    key_scan *scan = context;
    (void)error;
    for (size_t i = 0; i < batch->row_count; i = batch_end(batch, i)) {
        load_key_add(&scan->set, batch->columns[0].int64 + i, batch_end(batch, i) - i,
                     scan->repeated);
    }
    return SHIRE_OK;
}

static bool reserve_numbers(key_scan *scan, size_t count) {
    if (scan->count + count <= scan->capacity) {
        return true;
    }
    size_t capacity = 2 * (scan->count + count);
    int64_t *numbers = shire_arena_alloc_array(scan->arena, capacity, sizeof *numbers);
    if (numbers == NULL) {
        return false;
    }
    if (scan->count > 0) {
        memcpy(numbers, scan->numbers, scan->count * sizeof *numbers);
    }
    scan->numbers = numbers;
    scan->capacity = capacity;
    return true;
}

static shire_status look_up_items(const shire_frame *batch, void *context, shire_error *error) {
    key_scan *scan = context;
    for (size_t i = 0; i < batch->row_count; i = batch_end(batch, i)) {
        size_t count = load_key_find_absent(&scan->set, batch->columns[0].int64 + i,
                                            batch_end(batch, i) - i, scan->absent);
        if (!reserve_numbers(scan, count)) {
            return load_out_of_memory(error);
        }
        for (size_t j = 0; j < count; j++) {
            scan->numbers[scan->count++] = batch->columns[1].int64[i + scan->absent[j]];
        }
    }
    return SHIRE_OK;
}

/* The numbers of the items that name an event which is not there. */
static shire_status find_dangling_items(load_run *run, shire_arena *arena, int64_t **numbers_out,
                                        size_t *count_out, shire_error *error) {
    int64_t event_count = 0;
    shire_status status =
        shire_table_query_int64(run->table, "SELECT count(*) FROM event", &event_count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t slot_count = load_key_slot_count((size_t)event_count);
    key_scan *scan = shire_arena_alloc(arena, sizeof *scan);
    uint64_t *slots = shire_arena_alloc_array(arena, slot_count, sizeof *slots);
    if (scan == NULL || slots == NULL) {
        return load_out_of_memory(error);
    }
    scan->set = (load_key_set){.slots = slots, .mask = slot_count - 1};
    scan->arena = arena;
    status =
        shire_table_scan(run->table, "SELECT " EVENT_KEY " FROM event", take_events, scan, error);
    if (status == SHIRE_OK) {
        status = shire_table_scan(run->table,
                                  "SELECT " EVENT_KEY
                                  ", item_no FROM activity_item WHERE event_id IS NOT NULL",
                                  look_up_items, scan, error);
    }
    *numbers_out = scan->numbers;
    *count_out = scan->count;
    return status;
}

static shire_status list_dangling_items(load_run *run, shire_error *error) {
    shire_arena *arena = NULL;
    int64_t *numbers = NULL;
    size_t count = 0;
    shire_status status = shire_arena_new("load_keys", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = find_dangling_items(run, arena, &numbers, &count, error);
    }
    if (status == SHIRE_OK && count > 0) {
        status = load_key_table(run, "shire_dangling", "item_no", numbers, count, error);
        if (status == SHIRE_OK) {
            status = run_statements(run, item_sql, sizeof item_sql / sizeof item_sql[0], error);
        }
    }
    shire_arena_free(arena);
    return status;
}

shire_status load_reference_resolve(load_run *run, shire_error *error) {
    shire_status status = set_records(run, error);
    if (status == SHIRE_OK) {
        status = run_statements(run, event_sql, sizeof event_sql / sizeof event_sql[0], error);
    }
    return status == SHIRE_OK ? list_dangling_items(run, error) : status;
}
