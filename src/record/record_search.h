/*
 * Finding people: by NHS number, name, birth date, address, a body's own number, or one line of
 * free text. Slips of the pen are forgiven by the model that linkage learnt (link/link_match.h).
 *
 * Only records that the viewer may search are compared: a value that stands in a hidden record
 * alone neither finds nor ranks anybody. Who may not be known is left out before anything is
 * counted, ranked or paged.
 */
#ifndef SHIRE_RECORD_RECORD_SEARCH_H
#define SHIRE_RECORD_RECORD_SEARCH_H

#include "record/record_service.h"

#define SHIRE_RECORD_FOUND_MAX 50
#define SHIRE_RECORD_LINE_BYTES_MAX 500

/*
 * Take a line apart: "margaret thatcher 13/10/1925 hr1", "999 123 4567", "Preece, Gwendoline".
 * Ten digits are an NHS number, anything that reads as a date is the birth date, a British postcode
 * or the first half of one is the postcode, words from the first number of a house on are the
 * address, a year by itself is that of the birth, the rest is the name: family name first where a
 * comma says so, last where not.
 *
 * query_out       spans into `arena`; empty where only a year is known.
 * birth_year_out  or 0.
 * SHIRE_INVALID for a line that is empty, too long, or holds nothing of these.
 */
shire_status shire_record_line_read(shire_span line, shire_arena *arena,
                                    shire_link_query *query_out, int *birth_year_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/*
 * Where nobody likely is found, which is so of all that many people share, those who have exactly
 * what was entered are listed as possible, in the order of the index: each word in a name or, of a
 * line, in the address, the birth, the postcode or its first half; where nobody has the postcode,
 * those near it. A note says when more fit than have room, and is about whom the viewer may search
 * alone. A number, a telephone or an e-mail address lists nobody so.
 *
 * A birth year narrows what the rest of the line finds: who was born in another year comes after
 * those of that year, and is never exact.
 */
typedef struct shire_record_search {
    shire_span line; /* free text; or, where it is empty, */
    shire_link_query query;
    /* or, where that is empty too, a body's own number: code of the body, system (may be empty: any
     * of the body's), number */
    shire_span organisation;
    shire_span source;
    shire_span local_id;
    size_t first; /* how many to pass over */
    size_t count; /* at most SHIRE_RECORD_FOUND_MAX; 0: 10 */
} shire_record_search;

typedef struct shire_record_found {
    shire_span person_id;
    shire_link_grade grade;
    double probability;
    shire_span name; /* from records that the viewer may see */
    shire_span birth;
    shire_span sex;
    shire_span address;
    shire_span postcode;
    shire_span nhs_number;
    shire_record_body body; /* whose record agrees best */
} shire_record_found;

typedef struct shire_record_result {
    shire_record_found *found; /* the likeliest first */
    size_t found_count;
    size_t total;  /* of those whom the viewer may know; at most SHIRE_RECORD_FOUND_MAX */
    bool is_exact; /* one person, certain: the page may open the record at once */
    /* Nobody certain was found, the query held a valid NHS number and a birth date that both fit
     * one person, and a stated reason would open that record: this is the id to ask for it with.
     * Empty otherwise. */
    shire_span needs_reason;
    const char *notes[SHIRE_LINK_MATCH_NOTES_MAX]; /* about the query; static storage */
    size_t note_count;
} shire_record_result;

/* entry_out is filled also on failure but SHIRE_INVALID; it holds no value that was searched for.
 * SHIRE_NOT_FOUND when the viewer's role may not search. */
shire_status shire_record_find(shire_record *record, const shire_record_asker *asker,
                               const shire_record_search *search, shire_arena *arena,
                               shire_record_result *result_out, shire_audit_entry *entry_out,
                               shire_error *error) SHIRE_MUST_CHECK;

json_t *shire_record_result_json(const shire_record_result *result);

#endif
