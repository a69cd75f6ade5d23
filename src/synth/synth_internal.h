/*
 * What the files of synth share: the people, the sheets (tables of cells) that their care fills,
 * and the steps. All steps over people work in chunks of SYNTH_CHUNK_PEOPLE, each with its own
 * buffers and with random streams named by person, so that the bytes written do not depend on the
 * number of threads.
 */
#ifndef SHIRE_SYNTH_SYNTH_INTERNAL_H
#define SHIRE_SYNTH_SYNTH_INTERNAL_H

#include "core/arena.h"
#include "core/date.h"
#include "core/error.h"
#include "core/money.h"
#include "core/random.h"
#include "core/text.h"
#include "io/table.h"
#include "synth/synth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYNTH_CHUNK_PEOPLE 4096
#define SYNTH_NAME_NONE UINT16_MAX
#define SYNTH_STROKE_PERSON 0 /* person 0 is the stroke patient of the design */
/* Her stays' event numbers, the same in every folder: local number times 10,000 and the sequence.
 */
#define SYNTH_STROKE_SPELL (synth_local_number(SYNTH_HOSPITAL, SYNTH_STROKE_PERSON, 0) * 10000 + 1)
#define SYNTH_STROKE_STAY (synth_local_number(SYNTH_COMMUNITY, SYNTH_STROKE_PERSON, 0) * 10000 + 1)

/* Independent random streams: stream = SYNTH_STREAM_x + 8 * (household or person number). */
enum {
    SYNTH_STREAM_HOUSEHOLD,
    SYNTH_STREAM_RECORD,
    SYNTH_STREAM_HOSPITAL,
    SYNTH_STREAM_PRIMARY,
    SYNTH_STREAM_COUNCIL,
    SYNTH_STREAM_LEDGER,
    SYNTH_STREAM_PLACE
};

/* ---- people -------------------------------------------------------------------------------- */

enum { SYNTH_MALE = 1, SYNTH_FEMALE = 2 }; /* NHS person stated gender codes */

typedef enum synth_culture {
    SYNTH_BRITISH,
    SYNTH_POLISH,
    SYNTH_ROMANIAN,
    SYNTH_ASIAN,
    SYNTH_CULTURE_COUNT
} synth_culture;

/* A dwelling: which house of which street. Formatting is in synth_place.c. */
typedef struct synth_address {
    uint16_t place;
    uint16_t street;
    uint16_t number; /* 0: a house name instead, picked by `name` */
    uint16_t name;
    uint32_t dwelling; /* counts from 0; gives the UPRN */
} synth_address;

/* Systems that hold records of people. */
typedef enum synth_system {
    SYNTH_GP,
    SYNTH_HOSPITAL,
    SYNTH_COMMUNITY,
    SYNTH_MENTAL,
    SYNTH_SOCIAL,
    SYNTH_HOUSING,
    SYNTH_SYSTEM_COUNT
} synth_system;

typedef struct synth_person {
    shire_date birth;
    shire_date death; /* 0: alive at the end of the period */
    uint32_t household;
    uint32_t address;     /* index into the addresses */
    uint32_t old_address; /* the same index where the person never moved */
    uint32_t nhs_nine;    /* the first nine digits */
    uint16_t given;       /* name numbers of synth_name.h */
    uint16_t middle;      /* SYNTH_NAME_NONE: none */
    uint16_t family;
    uint16_t old_family; /* the same where it never changed */
    uint16_t practice;
    uint8_t sex;
    uint8_t culture;
    uint8_t age;     /* whole years at the end of the period */
    uint8_t frailty; /* 0 fit .. 4 very severe */
    uint8_t systems; /* bit s: known to synth_system s */
    uint8_t twice;   /* bit s: has a duplicate record there */
    bool moved_lately;
    bool renamed_lately;
    bool gave_birth; /* in the period */
    bool care_home;  /* lives in one */
    bool tenant;     /* of the housing association */
    bool home_care;  /* has a package of home care */
} synth_person;

typedef struct synth_people {
    synth_person *persons;
    size_t person_count;
    synth_address *addresses;
    size_t address_count;
    size_t household_count;
    size_t care_home_count; /* the first addresses are care homes */
    shire_date first;       /* the period, both inclusive */
    shire_date last;
    uint64_t seed;
} synth_people;

/* Make the people. The arena keeps persons and addresses. */
shire_status synth_people_make(uint64_t seed, size_t person_count, shire_arena *arena,
                               synth_people *people_out, shire_error *error) SHIRE_MUST_CHECK;

/* The first nine digits of the i-th candidate (i < 1,000,000) for a test NHS number; one candidate
 * in eleven has no check digit and is passed over. */
uint32_t synth_people_nhs_nine(size_t index);

/* ---- draws --------------------------------------------------------------------------------- */

/* A count with the given mean in thousandths: geometric, as uneven as the use of care is. */
int synth_draw_count(shire_random *random, uint32_t mean_milli);
/* mean times a factor between 0.3 and about 3, itself with mean 1. */
int64_t synth_draw_spread(shire_random *random, int64_t mean);
/* A time on `day` within opening hours: 08:00 to 17:55 by five minutes. */
shire_timestamp synth_draw_office_time(shire_random *random, shire_date day);
/* A time on `day` at any minute. */
shire_timestamp synth_draw_any_time(shire_random *random, shire_date day);

/* ---- sheets -------------------------------------------------------------------------------- */

typedef enum synth_cell_kind {
    SYNTH_CELL_ID,        /* int64 */
    SYNTH_CELL_NUMBER,    /* int64 */
    SYNTH_CELL_PENCE,     /* int64 pence, written as pounds */
    SYNTH_CELL_MILLI,     /* int64 thousandths */
    SYNTH_CELL_DATE,      /* shire_date */
    SYNTH_CELL_TIMESTAMP, /* shire_timestamp */
    SYNTH_CELL_TEXT       /* const char * of static storage */
} synth_cell_kind;

#define SYNTH_NULL INT64_MIN
#define SYNTH_CELLS_MAX 12

static inline int64_t synth_cell_text(const char *text) {
    return text == NULL ? SYNTH_NULL : (int64_t)(intptr_t)text;
}

typedef struct synth_sheet_column {
    const char *name;
    synth_cell_kind kind;
} synth_sheet_column;

typedef struct synth_sheet_kind {
    const char *name;         /* of the file under data/, without its ending */
    shire_file_format format; /* Parquet for the big feeds */
    bool is_event;            /* each row is an event, */
    bool is_item;             /* or an item, or both */
    const char *bad_rows;     /* CSV lines put at the end on purpose; NULL: none */
    int bad_row_count;
    synth_sheet_column columns[SYNTH_CELLS_MAX + 1]; /* ends with a NULL name */
} synth_sheet_kind;

typedef enum synth_sheet {
    SYNTH_SHEET_SPELL,
    SYNTH_SHEET_WARD_STAY,
    SYNTH_SHEET_THEATRE,
    SYNTH_SHEET_CRITICAL_CARE,
    SYNTH_SHEET_THERAPY,
    SYNTH_SHEET_DEVICE,
    SYNTH_SHEET_HIGH_COST_DRUG,
    SYNTH_SHEET_IMAGING,
    SYNTH_SHEET_PATHOLOGY,
    SYNTH_SHEET_PHARMACY,
    SYNTH_SHEET_OUTPATIENT,
    SYNTH_SHEET_EMERGENCY,
    SYNTH_SHEET_GP_APPOINTMENT,
    SYNTH_SHEET_GP_PATHOLOGY,
    SYNTH_SHEET_PRESCRIBING,
    SYNTH_SHEET_COMMUNITY_CONTACT,
    SYNTH_SHEET_COMMUNITY_STAY,
    SYNTH_SHEET_EQUIPMENT,
    SYNTH_SHEET_MH_CONTACT,
    SYNTH_SHEET_MH_STAY,
    SYNTH_SHEET_TALKING_THERAPY,
    SYNTH_SHEET_HOME_CARE_VISIT,
    SYNTH_SHEET_REABLEMENT_VISIT,
    SYNTH_SHEET_PLACEMENT,
    SYNTH_SHEET_PLACEMENT_PRICE,
    SYNTH_SHEET_DIRECT_PAYMENT,
    SYNTH_SHEET_DAY_CARE,
    SYNTH_SHEET_SOCIAL_WORK,
    SYNTH_SHEET_ADAPTATION,
    SYNTH_SHEET_TENANCY,
    SYNTH_SHEET_REPAIR,
    SYNTH_SHEET_COUNT
} synth_sheet;

extern const synth_sheet_kind synth_sheet_kinds[SYNTH_SHEET_COUNT];
int synth_sheet_column_count(synth_sheet sheet);

/* Rows of one sheet made by one chunk: row-major cells. */
typedef struct synth_rows {
    int64_t *cells;
    size_t cell_count;
    size_t cell_capacity;
} synth_rows;

/* What a feed's items add up to in each basis, for sizing the ledger. `group` tells apart the
 * codes that a rule's condition tells apart. */
#define SYNTH_GROUPS_MAX 4
typedef struct synth_tally {
    int64_t count;
    int64_t days;
    int64_t minutes;
    int64_t amount_pence;
    int64_t weight_pence; /* quantity times the code's weight, a weight being a price */
} synth_tally;

typedef struct synth_chunk {
    const synth_people *people;
    size_t first; /* persons [first, last) */
    size_t last;
    synth_rows sheets[SYNTH_SHEET_COUNT];
    synth_tally tallies[SYNTH_SHEET_COUNT][SYNTH_GROUPS_MAX];
    shire_builder records[SYNTH_SYSTEM_COUNT]; /* CSV lines */
    shire_builder truth;
    int64_t record_counts[SYNTH_SYSTEM_COUNT];
    bool failed; /* out of memory */
} synth_chunk;

/* One row; `cells` has as many as the sheet has columns. */
void synth_chunk_add(synth_chunk *chunk, synth_sheet sheet, const int64_t *cells);
/* Adds to a tally: an item, `quantity_milli` thousandths of a code that costs `price_pence`. */
void synth_chunk_tally(synth_chunk *chunk, synth_sheet sheet, int group, synth_tally add);
void synth_chunk_free(synth_chunk *chunk);

/* ---- records and care of the persons of a chunk --------------------------------------------- */

/* The number by which `system` knows a person; copy 1 is the duplicate record. */
int64_t synth_local_number(synth_system system, size_t person, int copy);
/* One of the person's local numbers, at random where there are two. */
int64_t synth_local_any(const synth_people *people, synth_system system, size_t person,
                        shire_random *random);

void synth_record_make(synth_chunk *chunk);
const char *synth_record_header(synth_system system);

void synth_hospital_make(synth_chunk *chunk);
void synth_primary_make(synth_chunk *chunk);
void synth_mental_make(synth_chunk *chunk);
void synth_council_make(synth_chunk *chunk);
void synth_housing_make(synth_chunk *chunk);
/* The stroke patient's pathway, in every sheet it touches. */
void synth_stroke_make(synth_chunk *chunk);

/* The days of the period in which the person lives: false where there are none. */
bool synth_person_days(const synth_people *people, const synth_person *person,
                       shire_date *first_out, shire_date *last_out);

/* ---- ledger, model, texts ------------------------------------------------------------------- */

typedef struct synth_files {
    const char *dir;
    shire_arena *arena; /* run_arena of the service */
} synth_files;

/* Write DIR/`name` (name may hold folders that exist). */
shire_status synth_file_write(const synth_files *files, const char *name, shire_span contents,
                              shire_error *error) SHIRE_MUST_CHECK;

/* The ledgers in data/ and the costing model in costing/, sized by the tallies. */
shire_status synth_ledger_write(const synth_files *files, const synth_people *people,
                                const synth_tally tallies[SYNTH_SHEET_COUNT][SYNTH_GROUPS_MAX],
                                int64_t *line_count_out, shire_error *error) SHIRE_MUST_CHECK;

/* access/: accounts, teams, agreements, relationships. */
shire_status synth_access_write(const synth_files *files, const synth_people *people,
                                shire_error *error) SHIRE_MUST_CHECK;

/* partnership.yaml, organisations, successions, extracts, README, truth/README. */
shire_status synth_folder_write(const synth_files *files, const synth_people *people,
                                shire_error *error) SHIRE_MUST_CHECK;

/* directory/: services that the bodies offer to the public. */
shire_status synth_directory_write(const synth_files *files, shire_error *error) SHIRE_MUST_CHECK;

/* record/: plans and alerts of the stroke patient, and what codes of care mean. */
shire_status synth_story_write(const synth_files *files, shire_error *error) SHIRE_MUST_CHECK;

#endif
