/*
 * One pass over the people. Texts are ids, so each condition is asked once of each text that comes
 * up and remembered; only of people who would fit with all their records is the gate asked, and
 * then the conditions once more of the records that it opens.
 */
#include "record/record_select.h"

#include "record/record_internal.h"

#include <string.h>

enum { UNASKED, NO, YES };

typedef struct selecting {
    shire_record *record;
    const shire_record_asker *asker;
    const shire_record_condition *conditions;
    size_t condition_count;
    uint8_t *answers; /* of each condition, by text */
} selecting;

static bool text_fits(const selecting *state, size_t condition, uint32_t text) {
    const shire_record_book *book = state->record->book;
    uint8_t *answer = &state->answers[condition * book->text_count + text];
    if (*answer == UNASKED) {
        const shire_record_condition *asked = &state->conditions[condition];
        bool fits = asked->text_fits(asked->context, shire_record_book_text(book, text));
        *answer = fits ? YES : NO;
    }
    return *answer == YES;
}

static bool entry_fits(const selecting *state, size_t condition, const shire_record_entry *entry) {
    const shire_record_condition *asked = &state->conditions[condition];
    if (asked->fields == 0) {
        return entry->birth != SHIRE_RECORD_NO_TIME &&
               asked->day_fits(asked->context, entry->birth);
    }
    for (size_t field = 0; field < SHIRE_RECORD_FIELD_COUNT; field++) {
        if ((asked->fields >> field & 1u) != 0 && entry->texts[field] != 0 &&
            text_fits(state, condition, entry->texts[field])) {
            return true;
        }
    }
    return false;
}

/* Whether each condition is met by some entry of the person; of those that `subject` opens, where
 * it is not NULL. */
static bool person_fits(const selecting *state, uint32_t person, const record_subject *subject) {
    const shire_record_book *book = state->record->book;
    for (size_t condition = 0; condition < state->condition_count; condition++) {
        bool fits = false;
        for (uint32_t i = book->persons[person].first_entry;
             i < book->persons[person + 1].first_entry && !fits; i++) {
            const shire_record_entry *entry = &book->entries[i];
            fits =
                entry_fits(state, condition, entry) &&
                (subject == NULL || record_may_entry(state->record, state->asker, subject, entry));
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

static shire_status visit_people(const selecting *state, size_t most, shire_arena *scratch,
                                 uint32_t *people, size_t *count, bool *has_more,
                                 shire_error *error) {
    const shire_record_book *book = state->record->book;
    const int32_t *numbers = NULL;
    shire_arena *of_one = NULL; /* one whose record is closed leaves nothing behind */
    shire_status status =
        record_numbers(state->record, state->asker->policy, scratch, &numbers, error);
    if (status == SHIRE_OK) {
        status = shire_arena_new("selection of one", 0, &of_one, error);
    }
    bool is_somebody = false;
    for (uint32_t person = 0; status == SHIRE_OK && !*has_more && person < book->person_count;
         person++) {
        record_subject subject;
        if (!person_fits(state, person, NULL)) {
            continue;
        }
        is_somebody = true;
        shire_arena_wipe_reset(of_one);
        status = record_subject_open(state->record, state->asker, numbers, person,
                                     SHIRE_GATE_SEARCH, of_one, &subject, error);
        if (status != SHIRE_OK || !subject.may_know || !person_fits(state, person, &subject)) {
            continue;
        }
        *has_more = *count == most;
        if (!*has_more) {
            people[(*count)++] = person;
        }
    }
    if (status == SHIRE_OK && !is_somebody) {
        status = record_subject_open_nobody(state->record, state->asker, numbers, SHIRE_GATE_SEARCH,
                                            of_one, error);
    }
    shire_arena_wipe_free(of_one);
    return status;
}

shire_status record_select_people(shire_record *record, const shire_record_asker *asker,
                                  const shire_record_condition *conditions, size_t condition_count,
                                  size_t most, uint32_t *people_out, size_t *count_out,
                                  bool *has_more_out, shire_error *error) {
    size_t answer_count = condition_count * record->book->text_count;
    selecting state = {.record = record,
                       .asker = asker,
                       .conditions = conditions,
                       .condition_count = condition_count,
                       .answers = shire_memory_resize(NULL, answer_count + 1)};
    shire_arena *scratch = NULL;
    *count_out = 0;
    *has_more_out = false;
    shire_status status = shire_arena_new("selection", 0, &scratch, error);
    if (status == SHIRE_OK && state.answers == NULL) {
        status = RECORD_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        memset(state.answers, UNASKED, answer_count + 1);
        status = visit_people(&state, most, scratch, people_out, count_out, has_more_out, error);
    }
    shire_arena_wipe_free(scratch);
    shire_memory_free(state.answers);
    return status;
}

shire_status shire_record_select(shire_record *record, const shire_record_asker *asker,
                                 const shire_record_condition *conditions, size_t condition_count,
                                 size_t first, size_t count, shire_arena *arena,
                                 shire_span **ids_out, size_t *id_count_out, size_t *total_out,
                                 shire_audit_entry *entry_out, shire_error *error) {
    if (condition_count == 0 || condition_count > SHIRE_RECORD_CONDITIONS_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a search needs 1 to %d things to search by",
                          SHIRE_RECORD_CONDITIONS_MAX);
    }
    *entry_out = record_log(asker, "search", "", "refused", arena);
    if (!shire_gate_may(asker->viewer->role, SHIRE_GATE_FIND_PEOPLE)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "your role does not search for people");
    }
    count = count > SHIRE_RECORD_SELECT_MAX ? SHIRE_RECORD_SELECT_MAX : count;
    shire_span *ids = shire_arena_alloc_array(arena, count, sizeof *ids);
    size_t id_count = 0;
    size_t total = 0;
    bool has_more = false;
    uint32_t people[SHIRE_RECORD_SELECT_MAX];
    shire_status status =
        ids == NULL
            ? RECORD_NO_MEMORY(error)
            : record_select_people(record, asker, conditions, condition_count,
                                   SHIRE_RECORD_SELECT_MAX, people, &total, &has_more, error);
    if (status == SHIRE_OK && has_more) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "more than %d people fit this search; say more of the person",
                            SHIRE_RECORD_SELECT_MAX);
    }
    for (size_t i = first; status == SHIRE_OK && i < total && id_count < count; i++) {
        ids[id_count++] = shire_record_book_text(record->book, record->book->persons[people[i]].id);
    }
    if (status == SHIRE_OK) {
        const char *detail = shire_arena_format(arena, "%zu found", total);
        entry_out->detail = detail == NULL ? "" : detail;
        *ids_out = ids;
        *id_count_out = id_count;
        *total_out = total;
    }
    return status;
}
