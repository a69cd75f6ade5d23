/*
 * What a viewer is shown of a person: plain structs in the caller's arena, filled by
 * record_service.h with what the gate allows and nothing else. Pages, the API and FHIR render
 * these; none of them reads the book or the store beside them.
 *
 * Texts are spans, empty where nothing is known; they are valid as long as the arena and the
 * shire_record that the view was read from.
 */
#ifndef SHIRE_RECORD_RECORD_VIEW_H
#define SHIRE_RECORD_RECORD_VIEW_H

#include "gate/gate_kernel.h"
#include "io/json.h"
#include "record/record_book.h"

/* A body by its code and name. */
typedef struct shire_record_body {
    uint32_t number; /* organisation_no, place in the book's organisations */
    shire_span code;
    shire_span name;
} shire_record_body;

/* A value and the records that hold it. */
typedef struct shire_record_value {
    shire_span text;        /* dates as 2024-04-01, sex as the NHS code */
    shire_record_body body; /* of the first record that holds it */
    shire_span source;
    uint32_t record_count; /* records that hold it, of those that the viewer may see */
} shire_record_value;

/* One field of the identity: the value that most records hold (the first record's among equals),
 * then the others. Nobody holds it: the field is left out. */
typedef struct shire_record_fact {
    const char *field; /* nhs_number, given_name, ..., birth_date, death_date */
    const char *label; /* "NHS number", ... */
    shire_record_value best;
    size_t other_count;
    shire_record_value *others;
} shire_record_fact;

/* A record of a body's system about the person. */
typedef struct shire_record_holding {
    shire_record_body body;
    shire_span source;
    shire_span local_id;
    uint64_t event_count; /* that the viewer may see */
    shire_date first;     /* days of the first and last of those, or SHIRE_RECORD_NO_TIME */
    shire_date last;
} shire_record_holding;

/* Somebody who looks after the person. */
typedef struct shire_record_carer {
    shire_gate_relationship_kind kind;
    shire_record_body body;
    shire_span what;  /* the practice's code, the kind of care, the team */
    bool is_derived;  /* from events and records; else put down by somebody */
    shire_date from;  /* or SHIRE_RECORD_NO_TIME */
    shire_date until; /* the last day, or SHIRE_GATE_NO_END */
    bool is_current;
} shire_record_carer;

/* An event, or where the timeline was asked for folded, several of one kind: from the start of the
 * first to the end of the last, with the sum of their costs and the id of the last. */
typedef struct shire_record_moment {
    uint32_t event_count; /* 1 for an event by itself */
    shire_record_body body;
    shire_gate_category category;
    shire_span source;
    shire_span event_id;
    shire_span dataset;
    shire_span setting;
    shire_span code;
    shire_span description; /* of the code; the code itself where that is in words */
    shire_span specialty;
    shire_span
        commissioner;   /* the body's name where it is one of the partnership's, else as given */
    int32_t start;      /* minutes since 1970-01-01T00:00, wall-clock time */
    int32_t end;        /* or SHIRE_RECORD_NO_TIME */
    bool goes_on;       /* has no end because it has not ended */
    int32_t ready;      /* for discharge, or SHIRE_RECORD_NO_TIME */
    int32_t delay_days; /* whole days from ready to end (or the period's end), at least 0 */
    shire_span delay_reason;
    shire_span delay_responsible;
    bool has_cost;    /* the viewer may see costs of the body */
    shire_money cost; /* micropounds */
} shire_record_moment;

/* A plan, an alert or a document, at one version. */
typedef enum shire_record_item_kind {
    SHIRE_RECORD_PLAN,
    SHIRE_RECORD_ALERT,
    SHIRE_RECORD_DOCUMENT,
    SHIRE_RECORD_ITEM_KIND_COUNT
} shire_record_item_kind;

const char *shire_record_item_kind_name(shire_record_item_kind kind); /* plan, alert, document */

typedef struct shire_record_item {
    shire_record_item_kind kind;
    shire_span item_id;
    shire_record_body body; /* that owns it */
    int64_t version;        /* from 1; what an edit has to name */
    int64_t version_count;
    shire_span made;  /* of this version: 2024-04-01T09:30:00Z */
    shire_span actor; /* who made it */
    shire_record_body actor_body;
    shire_span why;
    bool is_ended; /* a plan that is closed, an alert that was taken off, a document withdrawn */
    json_t *body_json; /* record_plan.h says what is in it; freed with the view */
    bool may_edit;
} shire_record_item;

typedef struct shire_record_cost {
    shire_record_body body;
    shire_span setting;
    uint64_t event_count;
    shire_money amount; /* micropounds */
} shire_record_cost;

typedef struct shire_record_view {
    shire_span person_id;
    bool was_moved;   /* asked for by an id that is retired: person_id is where most of it went */
    shire_span name;  /* "Given Family", for headings */
    shire_span birth; /* 2024-04-01 */
    shire_span death;
    shire_span nhs_number; /* "999 123 4567", for headings */
    shire_gate_rule rule;  /* that opened the record: its sentence explains */
    bool is_break_glass;

    shire_record_fact *facts;
    size_t fact_count;
    shire_record_holding *holdings; /* by organisation, system, local id */
    size_t holding_count;
    shire_record_carer *carers; /* without a last day first, then the latest */
    size_t carer_count;

    shire_record_moment *moments; /* the latest first; this page of them */
    size_t moment_count;
    size_t moment_first; /* of moment_total, from 0 */
    size_t moment_total; /* of this choice of categories, folded where so asked */
    uint64_t category_counts[SHIRE_GATE_CATEGORY_COUNT]; /* events, whatever was chosen */

    shire_record_item *items; /* plans, alerts, documents; each kind by item_id's first version */
    size_t item_count;
    bool may_plan; /* may put down a plan or an alert */
    bool may_document;

    bool has_costs;           /* the viewer may see some */
    shire_record_cost *costs; /* by organisation, setting */
    size_t cost_count;
    shire_money cost_total;

    bool is_partial; /* some kinds of care are closed to this viewer: never whether there is any */
    uint32_t open_categories; /* bits of shire_gate_category that some body shares */
} shire_record_view;

/* Frees what the arena does not hold (the items' bodies). Safe for a zeroed view. */
void shire_record_view_done(shire_record_view *view);

/* The whole view for templates and the API (docs/record.md lists its keys). NULL when out of
 * memory. The caller's reference. */
json_t *shire_record_view_json(const shire_record_view *view);

/* One item, its body under "body"; likewise. */
json_t *shire_record_item_json(const shire_record_item *item);

/* What a page calls a field of a record: "Date of birth" of "birth_date"; the name itself for one
 * that is none. */
const char *shire_record_field_label(const char *field);

/* The value of such a field as a page says it: "17 May 1944", "Male", "999 123 4567". A new
 * reference, NULL when out of memory. */
json_t *shire_record_words_json(const char *field, shire_span text);

/* "9 September 2024, 10:30" for a minute; of at least 40 bytes. */
void shire_record_minute_words(int32_t minute, char buffer[40]);

#endif
