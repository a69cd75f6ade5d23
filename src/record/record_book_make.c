/*
 * Making the book: records are read in the order of their numbers and set down by person, events
 * are taken to the places of their numbers, then each person's are put into the order of time.
 * Texts and kinds get ids in order of first appearance, and the engine gives rows in the order of
 * the tables, so that the file does not depend on the number of threads.
 */
#include "core/parallel.h"
#include "link/link_dictionary.h"
#include "record/record_book_internal.h"
#include "record/record_kind_kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SORT_CHUNK 1024 /* people */
#define MICROSECONDS_PER_MINUTE INT64_C(60000000)

/* What tells one kind from another, as it is read. */
typedef struct kind_key {
    uint32_t source;
    uint32_t dataset;
    uint32_t setting;
    uint32_t code;
    uint32_t specialty;
    uint32_t commissioner;
    uint32_t category;
    uint32_t sensitivity;
} kind_key;

typedef struct source_key {
    uint32_t organisation;
    uint32_t name;
} source_key;

typedef struct maker {
    shire_arena *arena;
    shire_table *warehouse;
    const record_code *codes;
    size_t code_count;
    shire_link_dictionary texts;
    shire_link_dictionary kind_keys;   /* kind + 1 by kind_key */
    shire_link_dictionary source_keys; /* source + 1 by source_key */
    shire_link_dictionary lasting;     /* source, dataset and setting that have ends */
    bool failed;                       /* out of memory at some point */

    shire_record_organisation *organisations;
    size_t organisation_count;
    shire_record_person *persons; /* person_count + 1 */
    size_t person_count;
    shire_record_entry *entries;
    size_t entry_count;
    uint32_t *person_of_record; /* by record_no */
    uint32_t *entry_of_record;
    size_t record_count;
    shire_record_kind *kinds;
    size_t kind_capacity;
    shire_record_source *sources;
    size_t source_capacity;
    shire_record_event *read; /* by event_no */
    uint32_t *read_persons;   /* by event_no: person, or SHIRE_RECORD_NOBODY */
    size_t read_count;
    uint32_t *order; /* event_no by place */
    shire_record_event *events;
    size_t event_count;
    shire_record_delay *delays; /* first by event_no */
    size_t delay_count;
    size_t delay_capacity;
    shire_frame reasons; /* codes of delay reasons, and what they stand for */
} maker;

/* ---- texts, sources and kinds ---- */

static uint32_t intern(maker *m, shire_span text) {
    uint32_t id = 0;
    m->failed |= !shire_link_dictionary_add(&m->texts, text, &id);
    return id;
}

static uint32_t intern_cell(maker *m, const shire_column *column, size_t row) {
    return column == NULL ? 0 : intern(m, shire_column_text(column, row));
}

static shire_span text_of(const maker *m, uint32_t id) {
    return shire_link_dictionary_text(&m->texts, id);
}

static uint64_t intern_key(maker *m, shire_span key) {
    uint64_t number = record_key_number(key);
    return number != RECORD_KEY_TEXT ? number : RECORD_KEY_TEXT | intern(m, key);
}

/* Room for one more; the dictionary's count says how many there are. */
static bool make_room(maker *m, void *array, size_t *capacity, size_t count, size_t size) {
    void **place = array;
    if (count < *capacity) {
        return true;
    }
    size_t wanted = *capacity == 0 ? 256 : *capacity * 2;
    void *bigger = shire_memory_resize(*place, wanted * size);
    if (bigger == NULL) {
        m->failed = true;
        return false;
    }
    *place = bigger;
    *capacity = wanted;
    return true;
}

static uint32_t find_source(maker *m, uint32_t organisation, uint32_t name) {
    const source_key key = {organisation, name};
    uint32_t known = m->source_keys.count;
    uint32_t id = 0;
    if (!shire_link_dictionary_add(&m->source_keys, (shire_span){(const char *)&key, sizeof key},
                                   &id)) {
        m->failed = true;
        return 0;
    }
    if (id == known && make_room(m, &m->sources, &m->source_capacity, id - 1, sizeof *m->sources)) {
        m->sources[id - 1] = (shire_record_source){.organisation = organisation, .name = name};
    }
    return id - 1;
}

static int compare_code(const void *x, const void *y) {
    return shire_span_compare(*(const shire_span *)x, ((const record_code *)y)->code);
}

static void describe_kind(maker *m, const kind_key *key, shire_record_kind *kind) {
    const shire_record_source *source = &m->sources[key->source];
    const shire_record_care care = {.organisation_kind =
                                        text_of(m, m->organisations[source->organisation].kind),
                                    .dataset = text_of(m, key->dataset),
                                    .setting = text_of(m, key->setting),
                                    .code = text_of(m, key->code),
                                    .specialty = text_of(m, key->specialty),
                                    .category = text_of(m, key->category),
                                    .sensitivity = text_of(m, key->sensitivity)};
    *kind = (shire_record_kind){.source = key->source,
                                .dataset = key->dataset,
                                .setting = key->setting,
                                .code = key->code,
                                .specialty = key->specialty,
                                .commissioner = key->commissioner,
                                .category = (uint32_t)shire_record_category(&care),
                                .sensitivity = shire_record_sensitivity(&care)};
    m->sources[key->source].categories |= SHIRE_GATE_BIT(kind->category);
    if (kind->category == SHIRE_GATE_HOUSING && shire_record_is_tenancy(&care)) {
        kind->flags |= SHIRE_RECORD_TENANCY;
    }
    const record_code *code = m->code_count == 0 ? NULL
                                                 : bsearch(&care.code, m->codes, m->code_count,
                                                           sizeof *m->codes, compare_code);
    if (code != NULL) {
        kind->description = intern(m, code->description);
    }
}

static uint32_t find_kind(maker *m, const kind_key *key) {
    uint32_t known = m->kind_keys.count;
    uint32_t id = 0;
    if (!shire_link_dictionary_add(&m->kind_keys, (shire_span){(const char *)key, sizeof *key},
                                   &id)) {
        m->failed = true;
        return 0;
    }
    if (id == known && make_room(m, &m->kinds, &m->kind_capacity, id - 1, sizeof *m->kinds)) {
        describe_kind(m, key, &m->kinds[id - 1]);
    }
    return id - 1;
}

/* ---- organisations, people, records ---- */

static shire_status read_organisations(maker *m, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(
        m->warehouse,
        "SELECT code, coalesce(name, code), coalesce(kind, '') FROM organisation ORDER BY "
        "organisation_no",
        m->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    m->organisation_count = frame.row_count;
    m->organisations = shire_arena_alloc_array(m->arena, frame.row_count, sizeof *m->organisations);
    if (m->organisations == NULL) {
        return RECORD_BOOK_NO_MEMORY(error);
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        m->organisations[row] =
            (shire_record_organisation){.code = intern_cell(m, &frame.columns[0], row),
                                        .name = intern_cell(m, &frame.columns[1], row),
                                        .kind = intern_cell(m, &frame.columns[2], row)};
    }
    return SHIRE_OK;
}

static shire_status take_people(const shire_frame *batch, void *context, shire_error *error) {
    maker *m = context;
    for (size_t row = 0; row < batch->row_count; row++) {
        int64_t person = batch->columns[0].int64[row];
        if (person < 0 || (size_t)person >= m->person_count) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the warehouse's people are not numbered without a gap; run again");
        }
        m->persons[person].id = intern_cell(m, &batch->columns[1], row);
    }
    return SHIRE_OK;
}

static shire_status take_links(const shire_frame *batch, void *context, shire_error *error) {
    maker *m = context;
    for (size_t row = 0; row < batch->row_count; row++) {
        int64_t record = batch->columns[0].int64[row];
        int64_t person = batch->columns[1].int64[row];
        if (record < 0 || (size_t)record >= m->record_count || person < 0 ||
            (size_t)person >= m->person_count) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the warehouse links records that it does not have; run again");
        }
        m->person_of_record[record] = (uint32_t)person;
        m->persons[person + 1].first_entry++;
    }
    return SHIRE_OK;
}

static shire_status read_people(maker *m, shire_error *error) {
    int64_t people = 0;
    int64_t records = 0;
    shire_status status = shire_table_query_int64(
        m->warehouse, "SELECT coalesce(max(person_no) + 1, 0) FROM person", &people, error);
    if (status == SHIRE_OK) {
        status = shire_table_query_int64(
            m->warehouse, "SELECT coalesce(max(record_no) + 1, 0) FROM person_record", &records,
            error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    m->person_count = (size_t)people;
    m->record_count = (size_t)records;
    m->persons = shire_arena_alloc_array(m->arena, m->person_count + 1, sizeof *m->persons);
    m->person_of_record =
        shire_arena_alloc_array(m->arena, m->record_count, sizeof *m->person_of_record);
    m->entry_of_record =
        shire_arena_alloc_array(m->arena, m->record_count, sizeof *m->entry_of_record);
    if (m->persons == NULL || m->person_of_record == NULL || m->entry_of_record == NULL) {
        return RECORD_BOOK_NO_MEMORY(error);
    }
    memset(m->person_of_record, 0xff, m->record_count * sizeof *m->person_of_record);
    memset(m->entry_of_record, 0xff, m->record_count * sizeof *m->entry_of_record);
    status =
        shire_table_scan(m->warehouse, "SELECT person_no, person_id FROM person ORDER BY person_no",
                         take_people, m, error);
    if (status == SHIRE_OK) {
        status = shire_table_scan(m->warehouse, "SELECT record_no, person_no FROM person_link",
                                  take_links, m, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t person = 0; person < m->person_count; person++) {
        m->persons[person + 1].first_entry += m->persons[person].first_entry;
    }
    m->entry_count = m->persons[m->person_count].first_entry;
    for (size_t record = 0; record < m->record_count; record++) {
        uint32_t person = m->person_of_record[record];
        if (person != SHIRE_RECORD_NOBODY) {
            m->entry_of_record[record] = m->persons[person].first_entry++;
        }
    }
    for (size_t person = m->person_count; person > 0; person--) {
        m->persons[person].first_entry = m->persons[person - 1].first_entry;
    }
    m->persons[0].first_entry = 0;
    m->entries = shire_arena_alloc_array(m->arena, m->entry_count, sizeof *m->entries);
    return m->entries == NULL ? RECORD_BOOK_NO_MEMORY(error) : SHIRE_OK;
}

enum {
    RECORD_NO,
    RECORD_ORGANISATION,
    RECORD_SOURCE,
    RECORD_LOCAL_ID,
    RECORD_BIRTH,
    RECORD_DEATH,
    RECORD_TEXTS
};

static const char records_sql[] =
    "SELECT record_no, organisation_no, source, local_id, birth_date, death_date, nhs_number, "
    "given_name, middle_names, family_name, sex, address, postcode, uprn, phone, email, "
    "gp_practice FROM person_record ORDER BY record_no";

static shire_date day_of(const shire_column *column, size_t row) {
    return shire_column_is_null(column, row) ? SHIRE_RECORD_NO_TIME : column->date[row];
}

static shire_status take_records(const shire_frame *batch, void *context, shire_error *error) {
    maker *m = context;
    const shire_column *columns = batch->columns;
    for (size_t row = 0; row < batch->row_count && !m->failed; row++) {
        size_t record = (size_t)columns[RECORD_NO].int64[row];
        uint32_t organisation = (uint32_t)columns[RECORD_ORGANISATION].int32[row];
        if (organisation >= m->organisation_count) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the warehouse names an organisation that it does not have; run "
                              "again");
        }
        uint32_t place = m->entry_of_record[record];
        if (place == SHIRE_RECORD_NOBODY) {
            continue;
        }
        shire_record_entry *entry = &m->entries[place];
        entry->person = m->person_of_record[record];
        entry->source = find_source(m, organisation, intern_cell(m, &columns[RECORD_SOURCE], row));
        entry->local_id = intern_key(m, shire_column_text(&columns[RECORD_LOCAL_ID], row));
        entry->birth = day_of(&columns[RECORD_BIRTH], row);
        entry->death = day_of(&columns[RECORD_DEATH], row);
        for (size_t field = 0; field < SHIRE_RECORD_FIELD_COUNT; field++) {
            entry->texts[field] = intern_cell(m, &columns[RECORD_TEXTS + field], row);
        }
    }
    return m->failed ? RECORD_BOOK_NO_MEMORY(error) : SHIRE_OK;
}

/* ---- events ---- */

enum {
    EVENT_NO,
    EVENT_RECORD,
    EVENT_ORGANISATION,
    EVENT_SOURCE,
    EVENT_ID,
    EVENT_DATASET,
    EVENT_START,
    EVENT_END,
    EVENT_CODE,
    EVENT_SPECIALTY,
    EVENT_SETTING,
    EVENT_COMMISSIONER,
    EVENT_READY,
    EVENT_REASON,
    EVENT_RESPONSIBLE,
    EVENT_CATEGORY,
    EVENT_SENSITIVITY
};

/* Floor division: the minute of a time, right before 1970 too. */
static int32_t minute_of(const shire_column *column, size_t row) {
    if (shire_column_is_null(column, row)) {
        return SHIRE_RECORD_NO_TIME;
    }
    int64_t minute = column->timestamp[row] / MICROSECONDS_PER_MINUTE;
    minute -= column->timestamp[row] % MICROSECONDS_PER_MINUTE < 0;
    return minute <= SHIRE_RECORD_NO_TIME || minute > INT32_MAX ? SHIRE_RECORD_NO_TIME
                                                                : (int32_t)minute;
}

/* What a reason stands for, where the costing model says it. */
static uint32_t intern_reason(maker *m, const shire_column *column, size_t row) {
    shire_span code = shire_column_text(column, row);
    for (size_t i = 0; i < m->reasons.row_count; i++) {
        if (shire_span_equal(code, shire_column_text(&m->reasons.columns[0], i))) {
            return intern_cell(m, &m->reasons.columns[1], i);
        }
    }
    return intern(m, code);
}

static void take_delay(maker *m, const shire_column *columns, size_t row, size_t event) {
    const shire_record_delay delay = {.event = (uint32_t)event,
                                      .ready = minute_of(&columns[EVENT_READY], row),
                                      .reason = intern_reason(m, &columns[EVENT_REASON], row),
                                      .responsible =
                                          intern_cell(m, &columns[EVENT_RESPONSIBLE], row)};
    bool is_told =
        delay.ready != SHIRE_RECORD_NO_TIME || delay.reason != 0 || delay.responsible != 0;
    if (is_told &&
        make_room(m, &m->delays, &m->delay_capacity, m->delay_count, sizeof *m->delays)) {
        m->delays[m->delay_count++] = delay;
    }
}

static shire_status take_events(const shire_frame *batch, void *context, shire_error *error) {
    maker *m = context;
    const shire_column *columns = batch->columns;
    for (size_t row = 0; row < batch->row_count && !m->failed; row++) {
        size_t number = (size_t)columns[EVENT_NO].int64[row];
        int64_t record = columns[EVENT_RECORD].int64[row];
        uint32_t organisation = (uint32_t)columns[EVENT_ORGANISATION].int32[row];
        if (number >= m->read_count || organisation >= m->organisation_count) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the warehouse's events are not numbered without a gap; run again");
        }
        if (record < 0 || (size_t)record >= m->record_count ||
            m->person_of_record[record] == SHIRE_RECORD_NOBODY) {
            continue;
        }
        const kind_key key = {
            .source = find_source(m, organisation, intern_cell(m, &columns[EVENT_SOURCE], row)),
            .dataset = intern_cell(m, &columns[EVENT_DATASET], row),
            .setting = intern_cell(m, &columns[EVENT_SETTING], row),
            .code = intern_cell(m, &columns[EVENT_CODE], row),
            .specialty = intern_cell(m, &columns[EVENT_SPECIALTY], row),
            .commissioner = intern_cell(m, &columns[EVENT_COMMISSIONER], row),
            .category = intern_cell(m, &columns[EVENT_CATEGORY], row),
            .sensitivity = intern_cell(m, &columns[EVENT_SENSITIVITY], row)};
        shire_record_event *event = &m->read[number];
        event->start = minute_of(&columns[EVENT_START], row);
        event->end = minute_of(&columns[EVENT_END], row);
        event->id = intern_key(m, shire_column_text(&columns[EVENT_ID], row));
        event->kind = find_kind(m, &key);
        if (event->end != SHIRE_RECORD_NO_TIME) {
            const uint32_t lasting[] = {key.source, key.dataset, key.setting};
            uint32_t ignored;
            m->failed |= !shire_link_dictionary_add(
                &m->lasting, (shire_span){(const char *)lasting, sizeof lasting}, &ignored);
        }
        take_delay(m, columns, row, number);
        m->read_persons[number] = m->person_of_record[record];
    }
    return m->failed ? RECORD_BOOK_NO_MEMORY(error) : SHIRE_OK;
}

static shire_status take_costs(const shire_frame *batch, void *context, shire_error *error) {
    maker *m = context;
    for (size_t row = 0; row < batch->row_count; row++) {
        int64_t number = batch->columns[0].int64[row];
        if (number < 0 || (size_t)number >= m->read_count) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the warehouse costs an event that it does not have; run again");
        }
        shire_money sum = m->read[number].cost;
        if (__builtin_add_overflow(sum, batch->columns[1].decimal6[row], &sum)) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW, "the cost of an event leaves its range");
        }
        m->read[number].cost = sum;
    }
    return SHIRE_OK;
}

/* Whether an extract gave the events a column of that name beyond ours. */
static shire_status has_column(maker *m, const char *name, bool *has_out, shire_error *error) {
    char sql[256];
    int64_t count = 0;
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'event' AND column_name = "
             "'%s' AND data_type = 'VARCHAR'",
             name);
    shire_status status = shire_table_query_int64(m->warehouse, sql, &count, error);
    *has_out = count > 0;
    return status;
}

static shire_status read_events(maker *m, shire_error *error) {
    int64_t count = 0;
    char sql[640];
    bool has_category = false;
    bool has_sensitivity = false;
    shire_status status = shire_table_query_int64(
        m->warehouse, "SELECT coalesce(max(event_no) + 1, 0) FROM event", &count, error);
    status = status != SHIRE_OK ? status : has_column(m, "care_category", &has_category, error);
    status = status != SHIRE_OK ? status : has_column(m, "sensitivity", &has_sensitivity, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(
            m->warehouse,
            "SELECT e.delay_reason, min(d.reason) FROM event_delay d JOIN event e USING (event_no) "
            "WHERE e.delay_reason <> d.reason GROUP BY e.delay_reason",
            m->arena, &m->reasons, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    m->read_count = (size_t)count;
    m->read = shire_arena_alloc_array(m->arena, m->read_count, sizeof *m->read);
    m->read_persons = shire_arena_alloc_array(m->arena, m->read_count, sizeof *m->read_persons);
    if (m->read == NULL || m->read_persons == NULL) {
        return RECORD_BOOK_NO_MEMORY(error);
    }
    memset(m->read_persons, 0xff, m->read_count * sizeof *m->read_persons);
    snprintf(
        sql, sizeof sql,
        "SELECT event_no, coalesce(record_no, -1), organisation_no, source, event_id, dataset, "
        "start, \"end\", code, specialty, setting, commissioner, discharge_ready, "
        "delay_reason, delay_responsible, %s, %s FROM event",
        has_category ? "care_category" : "''", has_sensitivity ? "sensitivity" : "''");
    status = shire_table_scan(m->warehouse, sql, take_events, m, error);
    return status == SHIRE_OK
               ? shire_table_scan(m->warehouse, "SELECT event_no, amount FROM event_cost",
                                  take_costs, m, error)
               : status;
}

/* ---- putting in order ---- */

static int compare_events(const void *x, const void *y, void *context) {
    const maker *m = context;
    uint32_t a = *(const uint32_t *)x;
    uint32_t b = *(const uint32_t *)y;
    if (m->read[a].start != m->read[b].start) {
        return m->read[a].start < m->read[b].start ? -1 : 1;
    }
    return (a > b) - (a < b);
}

static void sort_people(size_t first, size_t last, size_t chunk, int thread, void *context) {
    maker *m = context;
    (void)chunk;
    (void)thread;
    for (size_t person = first; person < last; person++) {
        uint32_t from = m->persons[person].first_event;
        uint32_t to = m->persons[person + 1].first_event;
        qsort_r(m->order + from, to - from, sizeof *m->order, compare_events, m);
        for (uint32_t place = from; place < to; place++) {
            m->events[place] = m->read[m->order[place]];
        }
    }
}

static int compare_delays(const void *x, const void *y) {
    uint32_t a = ((const shire_record_delay *)x)->event;
    uint32_t b = ((const shire_record_delay *)y)->event;
    return (a > b) - (a < b);
}

/* Delays name events by their places. */
static void place_delays(maker *m) {
    uint32_t *place_of = m->read_persons; /* not needed any more */
    for (size_t place = 0; place < m->event_count; place++) {
        place_of[m->order[place]] = (uint32_t)place;
    }
    for (size_t i = 0; i < m->delay_count; i++) {
        m->delays[i].event = place_of[m->delays[i].event];
    }
    if (m->delay_count > 0) {
        qsort(m->delays, m->delay_count, sizeof *m->delays, compare_delays);
    }
}

static shire_status order_events(maker *m, int thread_count, shire_error *error) {
    for (size_t event = 0; event < m->read_count; event++) {
        if (m->read_persons[event] != SHIRE_RECORD_NOBODY) {
            m->persons[m->read_persons[event] + 1].first_event++;
        }
    }
    for (size_t person = 0; person < m->person_count; person++) {
        m->persons[person + 1].first_event += m->persons[person].first_event;
    }
    m->event_count = m->persons[m->person_count].first_event;
    m->order = shire_arena_alloc_array(m->arena, m->event_count, sizeof *m->order);
    m->events = shire_arena_alloc_array(m->arena, m->event_count, sizeof *m->events);
    if (m->order == NULL || m->events == NULL) {
        return RECORD_BOOK_NO_MEMORY(error);
    }
    for (size_t event = 0; event < m->read_count; event++) {
        if (m->read_persons[event] != SHIRE_RECORD_NOBODY) {
            m->order[m->persons[m->read_persons[event]].first_event++] = (uint32_t)event;
        }
    }
    for (size_t person = m->person_count; person > 0; person--) {
        m->persons[person].first_event = m->persons[person - 1].first_event;
    }
    m->persons[0].first_event = 0;
    shire_parallel_for(thread_count, m->person_count, SORT_CHUNK, sort_people, m);
    place_delays(m);
    return SHIRE_OK;
}

static void mark_lasting(maker *m) {
    for (size_t i = 0; i + 1 < m->kind_keys.count; i++) {
        shire_record_kind *kind = &m->kinds[i];
        const uint32_t key[] = {kind->source, kind->dataset, kind->setting};
        if (shire_link_dictionary_find(&m->lasting, (shire_span){(const char *)key, sizeof key}) !=
            0) {
            kind->flags |= SHIRE_RECORD_LASTS;
        }
    }
}

/* ---- writing ---- */

/* A table of twice as many slots as there are things, a power of two. */
static uint32_t *make_slots(maker *m, size_t count, size_t *slot_count_out) {
    size_t slots = 16;
    while (slots < 2 * count) {
        slots *= 2;
    }
    *slot_count_out = slots;
    return shire_arena_alloc_array(m->arena, slots, sizeof(uint32_t));
}

static void put_slot(uint32_t *slots, size_t slot_count, uint64_t hash, size_t number) {
    size_t slot = (size_t)hash & (slot_count - 1);
    while (slots[slot] != 0) {
        slot = (slot + 1) & (slot_count - 1);
    }
    slots[slot] = (uint32_t)number + 1;
}

static shire_span key_text(const maker *m, uint64_t key, char buffer[SHIRE_RECORD_KEY_BYTES]) {
    if ((key & RECORD_KEY_TEXT) != 0) {
        return text_of(m, (uint32_t)key);
    }
    return (shire_span){
        buffer, (size_t)snprintf(buffer, SHIRE_RECORD_KEY_BYTES, "%llu", (unsigned long long)key)};
}

static shire_status write_book(maker *m, const char *path, shire_date horizon, shire_error *error) {
    const record_book_about about = {.horizon = horizon};
    size_t person_slot_count;
    size_t entry_slot_count;
    uint32_t *person_slots = make_slots(m, m->person_count, &person_slot_count);
    uint32_t *entry_slots = make_slots(m, m->entry_count, &entry_slot_count);
    uint32_t *starts = shire_arena_alloc_array(m->arena, m->texts.count + 1, sizeof *starts);
    if (person_slots == NULL || entry_slots == NULL || starts == NULL) {
        return RECORD_BOOK_NO_MEMORY(error);
    }
    if (m->texts.offsets[m->texts.count] > UINT32_MAX || m->texts.count >= UINT32_MAX) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                          "the records hold over 4 GB of text, more than a book takes");
    }
    for (size_t i = 0; i <= m->texts.count; i++) {
        starts[i] = (uint32_t)m->texts.offsets[i];
    }
    for (size_t i = 0; i < m->person_count; i++) {
        put_slot(person_slots, person_slot_count, shire_text_hash(text_of(m, m->persons[i].id), 0),
                 i);
    }
    for (size_t i = 0; i < m->entry_count; i++) {
        char buffer[SHIRE_RECORD_KEY_BYTES];
        const shire_record_source *source = &m->sources[m->entries[i].source];
        put_slot(entry_slots, entry_slot_count,
                 record_entry_hash(text_of(m, m->organisations[source->organisation].code),
                                   text_of(m, source->name),
                                   key_text(m, m->entries[i].local_id, buffer)),
                 i);
    }
    shire_columns_part parts[RECORD_EVENT_PART_COUNT + 12] = {
        [RECORD_EVENT_PART_COUNT] = {"about", &about, sizeof about},
        {"organisation", m->organisations, m->organisation_count * sizeof *m->organisations},
        {"person", m->persons, (m->person_count + 1) * sizeof *m->persons},
        {"entry", m->entries, m->entry_count * sizeof *m->entries},
        {"entry_of_record", m->entry_of_record, m->record_count * sizeof *m->entry_of_record},
        {"source", m->sources, (m->source_keys.count - 1) * sizeof *m->sources},
        {"kind", m->kinds, (m->kind_keys.count - 1) * sizeof *m->kinds},
        {"delay", m->delays, m->delay_count * sizeof *m->delays},
        {"text.starts", starts, (m->texts.count + (size_t)1) * sizeof *starts},
        {"text.bytes", m->texts.bytes, (size_t)m->texts.offsets[m->texts.count]},
        {"person.slots", person_slots, person_slot_count * sizeof *person_slots},
        {"entry.slots", entry_slots, entry_slot_count * sizeof *entry_slots},
    };
    shire_status status = record_events_pack(m->events, m->event_count, m->arena, parts, error);
    return status == SHIRE_OK
               ? shire_columns_write(path, parts, sizeof parts / sizeof *parts, error)
               : status;
}

shire_status record_book_make(shire_table *warehouse, const char *path, shire_date horizon,
                              const record_code *codes, size_t code_count, int thread_count,
                              shire_error *error) {
    maker m = {.warehouse = warehouse, .codes = codes, .code_count = code_count};
    shire_status status = shire_arena_new("record_book", 0, &m.arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (!shire_link_dictionary_init(&m.texts) || !shire_link_dictionary_init(&m.kind_keys) ||
        !shire_link_dictionary_init(&m.source_keys) || !shire_link_dictionary_init(&m.lasting)) {
        status = RECORD_BOOK_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        status = read_organisations(&m, error);
    }
    if (status == SHIRE_OK) {
        status = read_people(&m, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_scan(warehouse, records_sql, take_records, &m, error);
    }
    if (status == SHIRE_OK) {
        status = read_events(&m, error);
    }
    if (status == SHIRE_OK) {
        mark_lasting(&m);
        status = order_events(&m, thread_count, error);
    }
    if (status == SHIRE_OK) {
        status = m.failed ? RECORD_BOOK_NO_MEMORY(error) : write_book(&m, path, horizon, error);
    }
    shire_memory_free(m.delays);
    shire_memory_free(m.kinds);
    shire_memory_free(m.sources);
    shire_link_dictionary_done(&m.lasting);
    shire_link_dictionary_done(&m.source_keys);
    shire_link_dictionary_done(&m.kind_keys);
    shire_link_dictionary_done(&m.texts);
    shire_arena_wipe_free(m.arena);
    return status;
}
