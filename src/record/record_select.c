/*
 * One pass over the people. Texts are ids, so each condition is asked once of each text that comes
 * up and remembered; only of people who would fit with all their records is the gate asked, and
 * then the conditions once more of the records that it opens.
 */
#include "record/record_select.h"

#include "record/record_internal.h"

#include <string.h>

/* Of the people opened on the way; those who do not fit in the end are not the caller's. */
#define SCRATCH_BYTES_MAX (64 << 20)

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

static shire_status visit_people(const selecting *state, size_t first, size_t count,
                                 shire_arena *arena, shire_span *ids, size_t *id_count,
                                 size_t *total, shire_error *error) {
    const shire_record_book *book = state->record->book;
    const int32_t *numbers = NULL;
    shire_status status =
        record_numbers(state->record, state->asker->policy, arena, &numbers, error);
    bool is_somebody = false;
    for (uint32_t person = 0; status == SHIRE_OK && person < book->person_count; person++) {
        record_subject subject;
        if (!person_fits(state, person, NULL)) {
            continue;
        }
        is_somebody = true;
        status = record_subject_open(state->record, state->asker, numbers, person,
                                     SHIRE_GATE_SEARCH, arena, &subject, error);
        if (status != SHIRE_OK || !subject.may_know || !person_fits(state, person, &subject)) {
            continue;
        }
        if (*total == SHIRE_RECORD_SELECT_MAX) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "more than %d people fit this search; say more of the person",
                              SHIRE_RECORD_SELECT_MAX);
        }
        if (*total >= first && *id_count < count) {
            ids[(*id_count)++] = shire_record_book_text(book, book->persons[person].id);
        }
        (*total)++;
    }
    return status != SHIRE_OK || is_somebody
               ? status
               : record_subject_open_nobody(state->record, state->asker, numbers, SHIRE_GATE_SEARCH,
                                            arena, error);
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
    size_t answer_count = condition_count * record->book->text_count;
    size_t id_count = 0;
    size_t total = 0;
    selecting state = {.record = record,
                       .asker = asker,
                       .conditions = conditions,
                       .condition_count = condition_count,
                       .answers = shire_memory_resize(NULL, answer_count + 1)};
    shire_span *ids = shire_arena_alloc_array(arena, count, sizeof *ids);
    shire_arena *scratch = NULL;
    shire_status status = shire_arena_new("selection", SCRATCH_BYTES_MAX, &scratch, error);
    if (status == SHIRE_OK && (state.answers == NULL || ids == NULL)) {
        status = RECORD_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        memset(state.answers, UNASKED, answer_count + 1);
        status = visit_people(&state, first, count, scratch, ids, &id_count, &total, error);
    }
    shire_arena_wipe_free(scratch);
    shire_memory_free(state.answers);
    if (status == SHIRE_OK) {
        const char *detail = shire_arena_format(arena, "%zu found", total);
        entry_out->detail = detail == NULL ? "" : detail;
        *ids_out = ids;
        *id_count_out = id_count;
        *total_out = total;
    }
    return status;
}
