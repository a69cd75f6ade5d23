/*
 * Records as linkage sees them: a few fields, each a dictionary of normalised values, and one row
 * of value ids a record (0: not known). Everything after this works on ids.
 *
 * Owned by the caller, who zeroes it before and calls shire_link_dataset_done after, also when
 * building failed. Read-only once built: safe from any thread.
 */
#ifndef SHIRE_LINK_DATASET_H
#define SHIRE_LINK_DATASET_H

#include "io/table.h"
#include "link/link_dictionary.h"
#include "link/link_short_kernel.h"
#include "link/link_text_kernel.h"

#define SHIRE_LINK_INPUTS_MAX 65 /* columns given */
#define SHIRE_LINK_FIELDS_MAX 32 /* columns compared: a bit each of a mask of 32 */
#define SHIRE_LINK_LEVELS_MAX 16

/* Levels of all fields of a pair of records, four bits a field, field 0 lowest
 * (link_compare_kernel.h). */
typedef unsigned __int128 shire_link_pattern;

typedef enum shire_link_role {
    SHIRE_LINK_ROLE_ID,
    SHIRE_LINK_ROLE_SOURCE,
    SHIRE_LINK_ROLE_TRUTH,
    SHIRE_LINK_ROLE_GIVEN,
    SHIRE_LINK_ROLE_MIDDLE,
    SHIRE_LINK_ROLE_FAMILY,
    SHIRE_LINK_ROLE_FULL_NAME,
    SHIRE_LINK_ROLE_DOB,
    SHIRE_LINK_ROLE_SEX,
    SHIRE_LINK_ROLE_NHS_NUMBER,
    SHIRE_LINK_ROLE_ADDRESS,
    SHIRE_LINK_ROLE_STREET_NUMBER,
    SHIRE_LINK_ROLE_SUBURB,
    SHIRE_LINK_ROLE_CITY,
    SHIRE_LINK_ROLE_POSTCODE,
    SHIRE_LINK_ROLE_UPRN,
    SHIRE_LINK_ROLE_PHONE,
    SHIRE_LINK_ROLE_EMAIL,
    SHIRE_LINK_ROLE_PLACE,
    SHIRE_LINK_ROLE_OCCUPATION,
    SHIRE_LINK_ROLE_OTHER,
    SHIRE_LINK_ROLE_COUNT
} shire_link_role;

/* "given", "full_name", ...: the names of the command line. */
const char *shire_link_role_name(shire_link_role role);

/* How two values of a field are compared (link_compare_kernel.h lists the levels of each). */
typedef enum shire_link_kind {
    SHIRE_LINK_KIND_GIVEN,
    SHIRE_LINK_KIND_FAMILY,
    SHIRE_LINK_KIND_REST, /* the remaining words of a name, sorted */
    SHIRE_LINK_KIND_DATE,
    SHIRE_LINK_KIND_POSTCODE,
    SHIRE_LINK_KIND_IDENTIFIER,
    SHIRE_LINK_KIND_EMAIL,
    SHIRE_LINK_KIND_NUMBER, /* a house number: short */
    SHIRE_LINK_KIND_TEXT,
    SHIRE_LINK_KIND_CATEGORY,
    SHIRE_LINK_KIND_ENCODED,       /* a value as bits (link_encode_kernel.h) */
    SHIRE_LINK_KIND_ENCODED_NUMBER /* the same, of a date, a number or an identifier */
} shire_link_kind;

typedef struct shire_link_field {
    const char *name; /* the role's name, or the column's for OTHER; lives as the input's names */
    shire_link_role role;
    shire_link_kind kind;
    const shire_link_dictionary *values; /* given, family and rest share one */
    uint32_t *counts;                    /* by value id: records that carry it */
    uint64_t known_count;                /* records with any value */
    shire_link_signature *signatures;    /* by value id, where they tell values apart, or NULL */
    uint64_t *word_masks;     /* by value id: a bit for the hash of each word (texts), or NULL */
    shire_link_short *shorts; /* by value id, of names, postcodes and short numbers, or NULL; also
                                 when sealed, as the two before */
    uint32_t *dates;  /* by value id: 0xYYYYMMDD in decimal digits, 0 for another form, or NULL */
    uint32_t *shared; /* of texts, by value id: a number that the same text has in all columns of
                         texts, 0 where it stands in this one alone; NULL without such texts */
} shire_link_field;

typedef struct shire_link_dataset {
    size_t record_count;
    size_t field_count;
    shire_link_field fields[SHIRE_LINK_FIELDS_MAX];
    size_t row_stride; /* at least field_count + 2; a row is no more cache lines than it must */
    uint32_t *rows;    /* record by record: the value ids, the name mask of the record's words, the
                          mask of known fields (bit i: field i), zeros up to the stride */
    void *row_memory;  /* what rows lie in */
    int given_field;   /* index of the field, or -1 */
    int family_field;
    int rest_field;
    int date_field;
    uint64_t *token_offsets; /* record i: words of its whole name, ascending ids of the names */
    uint32_t *tokens;        /*   tokens[token_offsets[i] .. token_offsets[i + 1]) */
    uint32_t *sources;       /* by record: which source, from 0 */
    uint32_t source_count;
    int16_t *nicknames;       /* by id of the names: nickname group, or -1 */
    bool has_year_only_dates; /* 1 January stands for "some day of that year" here */
    shire_link_dictionary names;
    shire_link_dictionary values[SHIRE_LINK_INPUTS_MAX]; /* by input */
} shire_link_dataset;

/* The kind of a role's values when they come encoded; OTHER is taken for text. */
shire_link_kind shire_link_role_encoded_kind(shire_link_role role);

/* A value of a role made comparable (link_normalise_kernel.h); 0 for the roles up to TRUTH. */
size_t shire_link_role_normalise(shire_link_role role, shire_span text, char *value_out);

/* One input column with its role; several columns may be OTHER, any other role stands once. */
typedef struct shire_link_input {
    shire_link_role role;
    const shire_column *column; /* SHIRE_TYPE_TEXT */
    bool is_encoded;            /* base64 of encodings, as link_encode.h writes them */
    bool is_number;             /* an encoded OTHER that is an identifier */
} shire_link_input;

/*
 * Build the fields. Columns of ID and TRUTH are ignored. A column in which nothing is known, or
 * one value only, becomes no field. SHIRE_INVALID when there are more than SHIRE_LINK_FIELDS_MAX
 * fields or none; SHIRE_NO_MEMORY.
 */
shire_status shire_link_dataset_build(const shire_link_input *inputs, size_t input_count,
                                      size_t record_count, int thread_count,
                                      shire_link_dataset *dataset_out,
                                      shire_error *error) SHIRE_MUST_CHECK;
/* Give back what only making it or comparing many of its pairs needs: for a dataset that a few
 * records are explained by or matched with. Records compare as before, only slower. */
void shire_link_dataset_seal(shire_link_dataset *dataset);
/* Give back the rows and the words of the records' names: for who keeps them in another form.
 * Fields and their values stay; no record is compared after. */
void shire_link_dataset_drop_rows(shire_link_dataset *dataset);
void shire_link_dataset_done(shire_link_dataset *dataset);

/* Two bits of 32 for a word of a name (one where they fall together). A record's words together are
 * its name mask, so that most questions for a word are answered from the row: it may be among them
 * only where its bits are. */
static inline uint32_t shire_link_name_bits(uint32_t id) {
    uint32_t hash = id * UINT32_C(2654435769);
    return UINT32_C(1) << (hash >> 27) | UINT32_C(1) << (hash >> 22 & 31U);
}

/* Words of a row that hold 16 bytes each, from the first: no more than the stride. */
#define SHIRE_LINK_ROW_STEP 4

static inline const uint32_t *shire_link_dataset_row(const shire_link_dataset *dataset,
                                                     size_t record) {
    return dataset->rows + record * dataset->row_stride;
}

static inline uint32_t shire_link_row_name_mask(const shire_link_dataset *dataset,
                                                const uint32_t *row) {
    return row[dataset->field_count];
}

static inline uint32_t shire_link_row_known_mask(const shire_link_dataset *dataset,
                                                 const uint32_t *row) {
    return row[dataset->field_count + 1];
}

#endif
