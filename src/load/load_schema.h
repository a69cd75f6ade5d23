/* The canonical tables as data: what an extract may yield, and what must be there. */
#ifndef SHIRE_LOAD_LOAD_SCHEMA_H
#define SHIRE_LOAD_LOAD_SCHEMA_H

#include "core/text.h"

typedef enum load_type {
    LOAD_TYPE_TEXT,
    LOAD_TYPE_DATE,
    LOAD_TYPE_TIMESTAMP,
    LOAD_TYPE_DECIMAL,      /* money and quantities: DECIMAL(18,6) */
    LOAD_TYPE_ORGANISATION, /* a code in the extract, organisation_no in the warehouse */
    LOAD_TYPE_NHS_NUMBER
} load_type;

typedef struct load_column {
    const char *name; /* in the extract */
    load_type type;
    bool required; /* the column must be there and no row may leave it empty */
} load_column;

#define LOAD_COLUMNS_MAX 20
#define LOAD_TARGET_COUNT 4

typedef struct load_target {
    const char *name;
    const char *number_name;   /* record_no, event_no, ... */
    const char *number_column; /* a further column before the others, or NULL: event.record_no */
    load_column columns[LOAD_COLUMNS_MAX];
    size_t column_count;
    const char *key[3]; /* columns that no two rows share; rows where one is empty have no key */
    size_t key_count;
} load_target;

/* person_record, event, activity_item, ledger_line: the order in which they are loaded. */
extern const load_target load_targets[LOAD_TARGET_COUNT];

/* The target that a file name such as event_hospital.sql says, or NULL. */
const load_target *load_target_of_file(const char *file_name);

/* Index into target->columns, letter case aside; column_count when there is none. */
size_t load_target_column(const load_target *target, const char *name);

/* The SQL type in the warehouse. */
const char *load_type_sql(load_type type);
/* The name in the warehouse: organisation becomes organisation_no. */
const char *load_column_stored_name(const load_column *column);

/* True for names of the warehouse's own that no attribute may have: extract_no, source_line, ... */
bool load_name_is_reserved(const load_target *target, const char *name);

/* True for names of helper columns that an extract's * catches: they are left out. */
bool load_name_is_internal(const char *name);

#endif
