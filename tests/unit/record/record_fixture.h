/* A partnership folder with a warehouse as a run leaves it, made by SQL: 400 people in three
 * bodies, 900 records, 7,000 events of many kinds, some of nobody. */
#ifndef SHIRE_TESTS_RECORD_FIXTURE_H
#define SHIRE_TESTS_RECORD_FIXTURE_H

#include "io/table.h"

#define FIXTURE_PEOPLE 400
#define FIXTURE_RECORDS 900
#define FIXTURE_EVENTS 7000

typedef struct record_fixture {
    char dir[64];
    char path[96]; /* of the warehouse */
} record_fixture;

/* The test fails when it cannot be made. */
void record_fixture_make(record_fixture *fixture);
void record_fixture_remove(record_fixture *fixture);

/* Run SQL on the warehouse, which is closed again afterwards. */
void record_fixture_execute(const record_fixture *fixture, const char *sql);
shire_table *record_fixture_open(const record_fixture *fixture);

#endif
