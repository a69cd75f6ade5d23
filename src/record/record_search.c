/*
 * Finding people. The matcher compares only records that the gate lets this viewer search, so that
 * candidates, weights, probabilities and counts are those of a county that holds nothing else.
 */
#include "core/nhs_number.h"
#include "record/record_internal.h"

#include <string.h>

#define OPENED_SLOTS 4096 /* people whose gate was asked in this search; a power of two */
#define COUNT_DEFAULT 10

/* One search: which people were opened already, by hash of their number. */
typedef struct finding {
    shire_record *record;
    const shire_record_asker *asker;
    const int32_t *numbers;
    shire_arena *arena;
    struct {
        uint32_t person_and_one; /* 0: free */
        record_subject *subject;
    } opened[OPENED_SLOTS];
    bool failed; /* out of memory: nothing is found then */
} finding;

static const record_subject *open_person(finding *f, uint32_t person) {
    size_t slot = (person * UINT32_C(2654435761)) % OPENED_SLOTS;
    size_t tries = 0;
    while (f->opened[slot].person_and_one != 0 && f->opened[slot].person_and_one != person + 1 &&
           tries++ < OPENED_SLOTS) {
        slot = (slot + 1) % OPENED_SLOTS;
    }
    if (f->opened[slot].person_and_one == person + 1) {
        return f->opened[slot].subject;
    }
    record_subject *subject = shire_arena_alloc(f->arena, sizeof *subject);
    if (subject == NULL ||
        record_subject_open(f->record, f->asker, f->numbers, person, SHIRE_GATE_SEARCH, f->arena,
                            subject, NULL) != SHIRE_OK) {
        f->failed = true;
        return NULL;
    }
    f->opened[slot].person_and_one = person + 1;
    f->opened[slot].subject = subject;
    return subject;
}

static bool may_use(size_t record_no, void *context) {
    finding *f = context;
    const shire_record_book *book = f->record->book;
    uint32_t place =
        record_no < book->record_count ? book->entry_of_record[record_no] : SHIRE_RECORD_NOBODY;
    if (place == SHIRE_RECORD_NOBODY || f->failed) {
        return false;
    }
    const shire_record_entry *entry = &book->entries[place];
    const record_subject *subject = open_person(f, entry->person);
    return subject != NULL && record_may_entry(f->record, f->asker, subject, entry);
}

/* ---- what is shown of somebody who was found ---- */

static shire_status add_found(finding *f, const record_subject *subject, uint32_t best_entry,
                              shire_record_found *found, shire_error *error) {
    const shire_record_book *book = f->record->book;
    const shire_record_person *here = &book->persons[subject->person];
    const shire_record_entry *entries[64];
    shire_record_view view = {0};
    size_t count = 0;
    for (uint32_t i = here->first_entry; i < here[1].first_entry && count < 64; i++) {
        if (record_may_entry(f->record, f->asker, subject, &book->entries[i])) {
            entries[count++] = &book->entries[i];
        }
    }
    shire_status status =
        record_view_identity(f->record, f->asker, subject, f->arena, &view, error);
    if (status != SHIRE_OK) {
        return status;
    }
    found->person_id = shire_record_book_text(book, here->id);
    found->name = view.name;
    found->birth = view.birth;
    found->nhs_number = view.nhs_number;
    found->sex = record_best_text(book, entries, count, SHIRE_RECORD_SEX);
    found->address = record_best_text(book, entries, count, SHIRE_RECORD_ADDRESS);
    found->postcode = record_best_text(book, entries, count, SHIRE_RECORD_POSTCODE);
    found->body =
        record_body_of(book, book->sources[book->entries[best_entry].source].organisation);
    return SHIRE_OK;
}

/* ---- by values ---- */

static shire_status find_by_values(finding *f, const shire_link_query *query,
                                   shire_record_result *result, shire_error *error) {
    const shire_record_book *book = f->record->book;
    shire_link_query filtered = *query;
    shire_link_answer answer;
    if (f->record->matcher == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "this server was started without search");
    }
    filtered.may_use = may_use;
    filtered.context = f;
    shire_status status = shire_link_matcher_match(
        f->record->matcher, &filtered, SHIRE_RECORD_FOUND_MAX, f->arena, &answer, error);
    if (status == SHIRE_OK && f->failed) {
        status = RECORD_NO_MEMORY(error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < answer.match_count; i++) {
        const shire_link_match *match = &answer.matches[i];
        uint32_t entry = match->record < book->record_count ? book->entry_of_record[match->record]
                                                            : SHIRE_RECORD_NOBODY;
        /* A matcher of another run than the book would name somebody else. */
        if (entry == SHIRE_RECORD_NOBODY ||
            shire_record_book_find_person(book, match->person_id) != book->entries[entry].person) {
            continue;
        }
        const record_subject *subject = open_person(f, book->entries[entry].person);
        if (subject == NULL) {
            return RECORD_NO_MEMORY(error);
        }
        shire_record_found *found = &result->found[result->found_count++];
        *found = (shire_record_found){.grade = match->grade, .probability = match->probability};
        status = add_found(f, subject, entry, found, error);
    }
    if (status == SHIRE_OK) {
        memcpy(result->notes, answer.notes, sizeof result->notes);
        result->note_count = answer.note_count;
        result->is_exact =
            result->found_count == 1 && result->found[0].grade == SHIRE_LINK_GRADE_CERTAIN;
    }
    return status;
}

/* ---- everybody who has what was entered ---- */

static void add_note(shire_record_result *result, const char *note) {
    if (result->note_count < SHIRE_LINK_MATCH_NOTES_MAX) {
        result->notes[result->note_count++] = note;
    }
}

/* Somebody likely answers the question, of a search by birth also somebody born then, and of one by
 * words alone a few: looking for words at everybody takes too long to add to what was found. */
static bool is_answered(const record_listing *listing, const shire_record_result *result) {
    for (size_t i = 0; i < result->found_count; i++) {
        if (result->found[i].grade != SHIRE_LINK_GRADE_POSSIBLE ||
            record_listing_fits_birth(listing, &result->found[i])) {
            return true;
        }
    }
    bool is_words_alone =
        listing->birth_first > listing->birth_last && listing->postcode.length == 0;
    return listing->condition_count == 0 || (is_words_alone && result->found_count > 0 &&
                                             result->found_count < SHIRE_RECORD_FOUND_MAX);
}

static shire_status add_listed(finding *f, uint32_t person, shire_record_result *result,
                               shire_error *error) {
    const shire_record_book *book = f->record->book;
    const record_subject *subject = open_person(f, person);
    if (subject == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    for (uint32_t i = book->persons[person].first_entry; i < book->persons[person + 1].first_entry;
         i++) {
        if (record_may_entry(f->record, f->asker, subject, &book->entries[i])) {
            shire_record_found *found = &result->found[result->found_count++];
            *found = (shire_record_found){.grade = SHIRE_LINK_GRADE_POSSIBLE};
            return add_found(f, subject, i, found, error);
        }
    }
    return SHIRE_OK;
}

/* Those who fit first, each part in its order; gives their number. */
static size_t put_first(const record_listing *listing,
                        bool (*fits)(const record_listing *listing,
                                     const shire_record_found *found),
                        shire_record_result *result) {
    size_t count = 0;
    for (size_t i = 0; i < result->found_count; i++) {
        if (fits(listing, &result->found[i])) {
            shire_record_found one = result->found[i];
            memmove(&result->found[count + 1], &result->found[count], (i - count) * sizeof one);
            result->found[count++] = one;
        }
    }
    return count;
}

/* Behind those who were listed, whom the matcher found besides; nobody is likelier than those
 * before. */
static void add_besides(const shire_record_found *matched, size_t matched_count,
                        shire_record_result *result) {
    size_t listed = result->found_count;
    double share = 1.0 / (double)(listed + 1);
    for (size_t i = 0; i < listed; i++) {
        result->found[i].probability = share;
    }
    for (size_t i = 0; i < matched_count && result->found_count < SHIRE_RECORD_FOUND_MAX; i++) {
        bool is_new = true;
        for (size_t j = 0; j < listed && is_new; j++) {
            is_new = !shire_span_equal(result->found[j].person_id, matched[i].person_id);
        }
        if (is_new) {
            shire_record_found *found = &result->found[result->found_count++];
            *found = matched[i];
            found->probability = found->probability < share ? found->probability : share;
        }
    }
}

static shire_status find_by_listing(finding *f, record_listing *listing,
                                    shire_record_result *result, shire_error *error) {
    uint32_t people[SHIRE_RECORD_FOUND_MAX];
    shire_record_found matched[SHIRE_RECORD_FOUND_MAX];
    size_t matched_count = result->found_count;
    size_t count = 0;
    bool has_more = false;
    bool is_near = false;
    shire_status status;
    do {
        status =
            record_select_people(f->record, f->asker, listing->conditions, listing->condition_count,
                                 SHIRE_RECORD_FOUND_MAX, people, &count, &has_more, error);
    } while (status == SHIRE_OK && count == 0 && !is_near &&
             (is_near = record_listing_widen(listing)));
    if (status != SHIRE_OK || count == 0) {
        return status;
    }
    memcpy(matched, result->found, matched_count * sizeof *matched);
    result->found_count = 0;
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        status = add_listed(f, people[i], result, error);
    }
    put_first(listing, record_listing_fits, result); /* before whom an older record alone lists */
    add_besides(matched, matched_count, result);
    if (is_near) {
        add_note(result, "Nobody whom you may see has this postcode with the rest of what you "
                         "entered; those listed first have one near it.");
    }
    if (has_more) {
        add_note(result,
                 "More people fit than are listed here; add a name, a birth date or an address.");
    }
    return status;
}

/* Those of the year first. */
static void put_year_first(const record_listing *listing, shire_record_result *result) {
    size_t of_year = put_first(listing, record_listing_fits_birth, result);
    if (of_year < result->found_count) {
        result->is_exact = false;
        add_note(result,
                 "Not everybody listed was born in the year that you gave; they come last.");
    }
}

static shire_status find_by_query(finding *f, const shire_link_query *query, int birth_year,
                                  bool is_line, bool has_query, shire_record_result *result,
                                  shire_error *error) {
    record_listing *listing = shire_arena_alloc(f->arena, sizeof *listing);
    shire_status status = listing == NULL ? RECORD_NO_MEMORY(error) : SHIRE_OK;
    if (status == SHIRE_OK && has_query) {
        status = find_by_values(f, query, result, error);
    }
    if (status == SHIRE_OK) {
        status = record_listing_make(query, birth_year, is_line, f->arena, listing, error);
    }
    if (status == SHIRE_OK && !is_answered(listing, result)) {
        status = find_by_listing(f, listing, result, error);
    }
    if (status == SHIRE_OK && birth_year != 0) {
        put_year_first(listing, result);
    }
    return status;
}

/* ---- by a body's own number ---- */

static shire_status find_by_key(finding *f, const shire_record_search *search,
                                shire_record_result *result, shire_error *error) {
    const shire_record_book *book = f->record->book;
    uint32_t organisation = shire_record_book_find_organisation(book, search->organisation);
    bool is_there = false;
    for (size_t i = 0; i < book->source_count && organisation != SHIRE_RECORD_NOBODY; i++) {
        shire_span name = shire_record_book_text(book, book->sources[i].name);
        if (book->sources[i].organisation != organisation ||
            (search->source.length > 0 && !shire_span_equal(name, search->source)) ||
            result->found_count == SHIRE_RECORD_FOUND_MAX) {
            continue;
        }
        uint32_t entry =
            shire_record_book_find_entry(book, search->organisation, name, search->local_id);
        if (entry == SHIRE_RECORD_NOBODY) {
            continue;
        }
        is_there = true;
        const record_subject *subject = open_person(f, book->entries[entry].person);
        if (subject == NULL) {
            return RECORD_NO_MEMORY(error);
        }
        if (record_may_entry(f->record, f->asker, subject, &book->entries[entry])) {
            shire_record_found *found = &result->found[result->found_count++];
            *found = (shire_record_found){.grade = SHIRE_LINK_GRADE_CERTAIN, .probability = 1};
            shire_status status = add_found(f, subject, entry, found, error);
            if (status != SHIRE_OK) {
                return status;
            }
        }
    }
    result->is_exact = result->found_count == 1;
    return is_there ? SHIRE_OK
                    : record_subject_open_nobody(f->record, f->asker, f->numbers, SHIRE_GATE_SEARCH,
                                                 f->arena, error);
}

/* ---- exists, and needs a reason ---- */

static bool holds(const shire_record_book *book, uint32_t person, const char *number,
                  shire_date birth) {
    const shire_record_person *here = &book->persons[person];
    for (uint32_t i = here->first_entry; i < here[1].first_entry; i++) {
        const shire_record_entry *entry = &book->entries[i];
        char digits[11] = "";
        shire_span held = shire_record_book_text(book, entry->texts[SHIRE_RECORD_NHS_NUMBER]);
        if (entry->birth == birth &&
            shire_nhs_number_check(held, digits) == SHIRE_NHS_NUMBER_VALID &&
            strcmp(digits, number) == 0) {
            return true;
        }
    }
    return false;
}

/* Somebody whom the viewer has in front of them: number and birth date agree in one record, with
 * nobody else, and breaking the glass would open them. */
static shire_status find_closed(finding *f, const shire_link_query *query,
                                shire_record_result *result, shire_error *error) {
    const shire_record_book *book = f->record->book;
    char number[11] = "";
    shire_date birth;
    shire_link_query exact = {0};
    shire_link_answer answer;
    shire_span given = query->values[SHIRE_LINK_ROLE_NHS_NUMBER];
    uint32_t person = SHIRE_RECORD_NOBODY;
    if (shire_nhs_number_check(given, number) != SHIRE_NHS_NUMBER_VALID ||
        shire_date_parse(query->values[SHIRE_LINK_ROLE_DOB], &birth) != SHIRE_OK) {
        return SHIRE_OK;
    }
    exact.values[SHIRE_LINK_ROLE_NHS_NUMBER] = given;
    exact.values[SHIRE_LINK_ROLE_DOB] = query->values[SHIRE_LINK_ROLE_DOB];
    shire_status status = shire_link_matcher_match(
        f->record->matcher, &exact, SHIRE_RECORD_FOUND_MAX, f->arena, &answer, error);
    for (size_t i = 0; status == SHIRE_OK && i < answer.match_count; i++) {
        uint32_t candidate = shire_record_book_find_person(book, answer.matches[i].person_id);
        if (candidate != SHIRE_RECORD_NOBODY && holds(book, candidate, number, birth)) {
            if (person != SHIRE_RECORD_NOBODY) {
                return SHIRE_OK; /* two people under one number: neither is sure */
            }
            person = candidate;
        }
    }
    if (status == SHIRE_OK && person != SHIRE_RECORD_NOBODY) {
        record_subject subject;
        status = record_subject_open(f->record, f->asker, f->numbers, person, SHIRE_GATE_READ,
                                     f->arena, &subject, error);
        if (status == SHIRE_OK && subject.may_break_glass) {
            result->needs_reason = shire_record_book_text(book, book->persons[person].id);
        }
    }
    return status;
}

/* ---- the search ---- */

/* What was searched by, and how many were found; no value. */
static const char *describe(const shire_link_query *query, int birth_year,
                            const shire_record_search *search, const shire_record_result *result,
                            shire_arena *arena) {
    static const struct {
        shire_link_role role;
        const char *name;
    } roles[] = {{SHIRE_LINK_ROLE_NHS_NUMBER, "NHS number"}, {SHIRE_LINK_ROLE_GIVEN, "given name"},
                 {SHIRE_LINK_ROLE_FAMILY, "family name"},    {SHIRE_LINK_ROLE_DOB, "birth date"},
                 {SHIRE_LINK_ROLE_ADDRESS, "address"},       {SHIRE_LINK_ROLE_POSTCODE, "postcode"},
                 {SHIRE_LINK_ROLE_PHONE, "telephone"},       {SHIRE_LINK_ROLE_EMAIL, "e-mail"}};
    shire_builder text = {0};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (query->values[roles[i].role].length > 0) {
            shire_builder_append_format(&text, "%s%s", text.length == 0 ? "by " : ", ",
                                        roles[i].name);
        }
    }
    if (birth_year != 0) {
        shire_builder_append_format(&text, "%sbirth year", text.length == 0 ? "by " : ", ");
    }
    if (search->local_id.length > 0 && text.length == 0) {
        shire_builder_append_text(&text, "by a body's own number");
    }
    shire_builder_append_format(&text, "%s%zu found", text.length == 0 ? "" : ": ", result->total);
    if (result->needs_reason.length > 0) {
        shire_builder_append_text(&text, ", one needs a reason");
    }
    const char *kept = text.failed ? NULL : shire_arena_copy_text(arena, text.bytes, text.length);
    shire_builder_free(&text);
    return kept == NULL ? "" : kept;
}

static bool is_empty(const shire_link_query *query) {
    for (size_t role = 0; role < SHIRE_LINK_ROLE_COUNT; role++) {
        if (query->values[role].length > 0) {
            return false;
        }
    }
    return true;
}

/* The page that was asked for, of those who were found. */
static void cut_page(const shire_record_search *search, shire_record_result *result) {
    size_t count = search->count == 0 ? COUNT_DEFAULT : search->count;
    result->total = result->found_count;
    size_t first = search->first < result->total ? search->first : result->total;
    size_t left = result->total - first;
    result->found += first;
    result->found_count = count < left ? count : left;
}

shire_status shire_record_find(shire_record *record, const shire_record_asker *asker,
                               const shire_record_search *search, shire_arena *arena,
                               shire_record_result *result_out, shire_audit_entry *entry_out,
                               shire_error *error) {
    shire_link_query query = search->query;
    shire_record_result result = {0};
    shire_status status = SHIRE_OK;
    int birth_year = 0;
    *entry_out = record_log(asker, "search", "", "refused", arena);
    if (!shire_gate_may(asker->viewer->role, SHIRE_GATE_FIND_PEOPLE)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "your role does not search for people");
    }
    if (search->line.length > 0) {
        status = shire_record_line_read(search->line, arena, &query, &birth_year, error);
    }
    bool has_query = !is_empty(&query);
    bool by_key = !has_query && birth_year == 0;
    if (status == SHIRE_OK && by_key && search->local_id.length == 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "give an NHS number, a name, a date of birth, an address or a "
                            "postcode");
    }
    finding *f = status == SHIRE_OK ? shire_arena_alloc(arena, sizeof *f) : NULL;
    result.found =
        f == NULL ? NULL
                  : shire_arena_alloc_array(arena, SHIRE_RECORD_FOUND_MAX, sizeof *result.found);
    if (status == SHIRE_OK && result.found == NULL) {
        status = RECORD_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        f->record = record;
        f->asker = asker;
        f->arena = arena;
        status = record_numbers(record, asker->policy, arena, &f->numbers, error);
    }
    if (status == SHIRE_OK) {
        status = by_key ? find_by_key(f, search, &result, error)
                        : find_by_query(f, &query, birth_year, search->line.length > 0, has_query,
                                        &result, error);
    }
    if (status == SHIRE_OK && !by_key && !result.is_exact) {
        status = find_closed(f, &query, &result, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    cut_page(search, &result);
    entry_out->detail = describe(&query, birth_year, search, &result, arena);
    if (result.total == 1 && result.found_count == 1) {
        entry_out->subject = shire_arena_copy_text(arena, result.found[0].person_id.bytes,
                                                   result.found[0].person_id.length);
    }
    if (entry_out->subject == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    *result_out = result;
    return SHIRE_OK;
}

static json_t *text_json(shire_span text) {
    return text.length == 0 ? json_string("") : json_stringn(text.bytes, text.length);
}

json_t *shire_record_result_json(const shire_record_result *result) {
    json_t *found = json_array();
    json_t *notes = json_array();
    for (size_t i = 0; i < result->found_count; i++) {
        const shire_record_found *one = &result->found[i];
        json_array_append_new(
            found,
            json_pack("{s:o, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "person_id",
                      text_json(one->person_id), "grade", shire_link_grade_name(one->grade),
                      "probability", one->probability, "name", text_json(one->name), "birth",
                      text_json(one->birth), "sex", text_json(one->sex), "address",
                      text_json(one->address), "postcode", text_json(one->postcode), "nhs_number",
                      text_json(one->nhs_number), "body", text_json(one->body.name)));
    }
    for (size_t i = 0; i < result->note_count; i++) {
        json_array_append_new(notes, json_string(result->notes[i]));
    }
    return json_pack("{s:o, s:I, s:b, s:o, s:o}", "found", found, "total",
                     (json_int_t)result->total, "is_exact", result->is_exact, "needs_reason",
                     text_json(result->needs_reason), "notes", notes);
}
