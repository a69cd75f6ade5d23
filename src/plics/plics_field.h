/*
 * The PLICS data sets as data: the fields of each feed, their formats and codes.
 *
 * Source: NHS Data Model and Dictionary, Patient Level Information Costing System data sets
 * (admitted patient care, out-patient care, emergency care, specialist ward care, supplementary
 * information, reconciliation). Of the dictionary only keys, formats and codes are held here.
 * Everything is constant: safe from any thread.
 */
#ifndef SHIRE_PLICS_PLICS_FIELD_H
#define SHIRE_PLICS_PLICS_FIELD_H

#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum plics_feed_no {
    PLICS_APC,
    PLICS_OP,
    PLICS_EC,
    PLICS_SWC,
    PLICS_SI,
    PLICS_REC,
    PLICS_FEED_COUNT
} plics_feed_no;

typedef enum plics_form {
    PLICS_TEXT,       /* an: printable ASCII */
    PLICS_CODE,       /* an: letters and digits only */
    PLICS_DIGITS,     /* n */
    PLICS_DECIMAL,    /* max n18.max n8, with a minus sign for a credit */
    PLICS_DATE,       /* CCYY-MM-DD */
    PLICS_TIME,       /* HH:MM:SS */
    PLICS_DATE_TIME,  /* YYYY-MM-DDThh:mm:ss */
    PLICS_YEAR,       /* FYCCYY-YY */
    PLICS_POSTCODE,   /* with one space before the last three characters, or none */
    PLICS_NHS_NUMBER, /* ten digits with a good check digit */
    PLICS_EPISODE     /* 01 to 87, 98 */
} plics_form;

typedef struct plics_field {
    const char *key;    /* of the dictionary: lower case, blanks and brackets as _ */
    const char *format; /* as the dictionary writes it */
    plics_form form;
    uint8_t length_min;
    uint8_t length_max;
    const char *codes; /* permitted ones, each with a blank before and after; NULL: any */
} plics_field;

typedef struct plics_column {
    const plics_field *field;
    bool mandatory;    /* M of the dictionary; else R */
    const char *group; /* COSTING DETAILS */
} plics_column;

/* The most columns that a feed has. */
#define PLICS_COLUMNS_MAX 32
#define PLICS_HEADER_MAX 8

typedef struct plics_feed {
    const char *code;     /* APC: as CARE ACTIVITY TYPE and in file names */
    const char *data_set; /* name of the data set in the dictionary, after "... SYSTEM " */
    const plics_column *columns;
    size_t column_count;
    size_t header_count; /* of plics_header */
} plics_feed;

extern const plics_feed plics_feeds[PLICS_FEED_COUNT];
/* The message header; REC has the first six only. */
extern const plics_column plics_header[PLICS_HEADER_MAX];

typedef enum plics_header_no {
    PLICS_SUBMITTER,
    PLICS_FINANCIAL_YEAR,
    PLICS_PERIOD_START,
    PLICS_PERIOD_END,
    PLICS_CREATED,
    PLICS_ACTIVITY_TYPE,
    PLICS_RECORD_COUNT,
    PLICS_TOTAL_COST
} plics_header_no;

/* A feed by its code ("AE", the dictionary's own code of emergency care, is EC too), or -1. */
int plics_feed_find(shire_span code);

/* The column of the feed whose key is `key`, or -1. */
int plics_column_find(const plics_feed *feed, const char *key);

/* True when `text` names the field: its key or the dictionary's name, where only letters and
 * digits count and case does not. A name with a quote or anything but printable ASCII is none. */
bool plics_field_is_named(const plics_field *field, shire_span text);

/* The dictionary's name: "EPISODE NUMBER"; buffer of at least 128 bytes. Returns it. */
const char *plics_field_name(const plics_field *field, char buffer[128]);

/* PLICS_FIELD_CODE etc.: keys that the writer and the record checks need by name. */
#define PLICS_QUALIFIER "__patient_level_information_costing_"
#define PLICS_KEY_TOTAL_COST "patient_level_information_costing_total_cost"
#define PLICS_KEY_COUNT "activity_count" PLICS_QUALIFIER
#define PLICS_KEY_ACTIVITY "activity_identifier" PLICS_QUALIFIER
#define PLICS_KEY_RESOURCE "activity_resource_identifier" PLICS_QUALIFIER
#define PLICS_KEY_EPISODE_START "start_date__episode_"
#define PLICS_KEY_EPISODE_END "end_date__episode_"
#define PLICS_KEY_EPISODE_STATUS "consultant_episode_completion_status" PLICS_QUALIFIER
#define PLICS_KEY_ARRIVAL_DATE "emergency_care_arrival_date"
#define PLICS_KEY_ARRIVAL_TIME "emergency_care_arrival_time"
#define PLICS_KEY_DEPARTURE_DATE "emergency_care_departure_date"
#define PLICS_KEY_DEPARTURE_TIME "emergency_care_departure_time"
#define PLICS_KEY_VALUE "cost_or_income_value" PLICS_QUALIFIER
#define PLICS_KEY_EXCLUDED "service_and_cost_exclusion_total_cost" PLICS_QUALIFIER

#endif
