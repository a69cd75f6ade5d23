/*
 * Matching one record: who, of the people of a finished run, is the person that these few values
 * describe? Typing errors, swapped names and missing fields are forgiven as in linkage, because
 * values are compared and weighed by the model that the run learnt.
 *
 * Open a matcher once; then match from any number of threads. What an answer holds lives in the
 * caller's arena or in the matcher. There is no global state.
 *
 *     shire_link_query query = {0};
 *     query.values[SHIRE_LINK_ROLE_GIVEN] = shire_span_of("Jon");
 *     query.values[SHIRE_LINK_ROLE_DOB] = shire_span_of("1980-02-01");
 *     status = shire_link_matcher_match(matcher, &query, 10, arena, &answer, &error);
 */
#ifndef SHIRE_LINK_LINK_MATCH_H
#define SHIRE_LINK_LINK_MATCH_H

#include "link/link_basis.h"

#define SHIRE_LINK_MATCH_LIMIT_MAX 100
#define SHIRE_LINK_MATCH_NOTES_MAX 4

typedef struct shire_link_matcher shire_link_matcher;

/*
 * Read a run's records and model. The warehouse is needed during the call only. Takes about as
 * long as reading the records for a run, and some 150 bytes of memory a record.
 * SHIRE_NOT_FOUND when the warehouse holds no linkage of this version.
 */
shire_status shire_link_matcher_open(shire_table *warehouse, int thread_count,
                                     shire_link_matcher **matcher_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
void shire_link_matcher_close(shire_link_matcher *matcher); /* NULL is allowed */

/* What is known of the person, by role, as typed; an empty span is not known. The roles of person
 * records: GIVEN, MIDDLE, FAMILY, FULL_NAME, DOB, SEX, NHS_NUMBER, ADDRESS, POSTCODE, UPRN, PHONE,
 * EMAIL, and OTHER for the GP practice. Others are ignored. */
typedef struct shire_link_query {
    shire_span values[SHIRE_LINK_ROLE_COUNT];
    /* Whether a record (record_no) may be compared; NULL: any. One that may not is as if it were
     * not there: it neither finds nor weighs nor warns. Asked of some hundreds of records, on the
     * caller's thread. */
    bool (*may_use)(size_t record, void *context);
    void *context;
} shire_link_query;

/*
 * CERTAIN   may be taken without looking: at least 999 in 1,000 are right. Never on one family of
 *           fields alone, never when a valid NHS number contradicts, never when a second person is
 *           nearly as good.
 * PROBABLE  more likely right than not: confirm with the person.
 * POSSIBLE  worth a look.
 */
typedef enum shire_link_grade {
    SHIRE_LINK_GRADE_CERTAIN,
    SHIRE_LINK_GRADE_PROBABLE,
    SHIRE_LINK_GRADE_POSSIBLE
} shire_link_grade;

const char *shire_link_grade_name(shire_link_grade grade);

/* How one field of the query agrees with the person's best record. */
typedef struct shire_link_evidence {
    const char *field;
    int level; /* link_compare_kernel.h; 0: not known in that record */
    const char *description;
    bool counted_once; /* the names changed places: weighed with the given name */
    double weight;     /* bits, with what the rarity of the value adds */
} shire_link_evidence;

typedef struct shire_link_match {
    shire_span person_id;
    size_t person; /* person_no */
    size_t record; /* record_no of the person's record that agrees best */
    const char *record_name;
    shire_link_grade grade;
    double weight;      /* bits: log2 of the odds against that record being of somebody else */
    double probability; /* that this is the person, given all the others that it could be */
    shire_link_evidence evidence[SHIRE_LINK_FIELDS_MAX]; /* fields that the query knows */
    size_t evidence_count;
    double prior;  /* bits; prior, evidence, move and others sum to the weight */
    double move;   /* bits: the home may have changed */
    double others; /* bits: kin and neighbours may look so */
    const char *warnings[SHIRE_LINK_MATCH_NOTES_MAX]; /* static storage */
    size_t warning_count;
} shire_link_match;

typedef struct shire_link_answer {
    shire_link_match *matches; /* the likeliest first; ties by person_no */
    size_t match_count;
    const char *notes[SHIRE_LINK_MATCH_NOTES_MAX]; /* about the query as a whole; static storage */
    size_t note_count;
    size_t candidate_count; /* records compared in full */
} shire_link_answer;

/*
 * limit  people to give at most, 1..SHIRE_LINK_MATCH_LIMIT_MAX. People less likely than one in a
 *        thousand are not given.
 * SHIRE_INVALID when the query knows nothing that is compared, or `limit` is out of range.
 * Safe from any thread; `arena` belongs to the caller's thread.
 */
shire_status shire_link_matcher_match(shire_link_matcher *matcher, const shire_link_query *query,
                                      size_t limit, shire_arena *arena,
                                      shire_link_answer *answer_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* What the matcher stands on, without the rows of the records: they are kept in another form. */
const shire_link_basis *shire_link_matcher_basis(const shire_link_matcher *matcher);

#endif
