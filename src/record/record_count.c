/* Counting people through the gate. What the gate says of a kind of event is the same for everybody
 * of whom nothing is stored but the seals, which name their items, so it is asked once a kind; only
 * for people with a word of their own in the store, and where there are seals, event by event. */
#include "record/record_count.h"

#include "record/record_internal.h"

#define PEOPLE_A_BATCH 4096
#define BATCH_BYTES_MAX ((size_t)64 << 20)

typedef struct count_state {
    const shire_record *record;
    const shire_record_asker *asker;
    const int32_t *numbers;
    shire_record_tally *tallies;
    uint32_t *last_person; /* counted in each tally, + 1 */
    size_t tally_count;
    uint32_t *cell_of_kind;
    uint32_t *body_of_kind;
    bool *is_open; /* by kind, for people of whom nothing is stored */
} count_state;

static uint32_t tally_of(count_state *state, uint32_t organisation, uint32_t setting) {
    size_t at = 0;
    while (at < state->tally_count && (state->tallies[at].organisation != organisation ||
                                       state->tallies[at].setting != setting)) {
        at++;
    }
    if (at == state->tally_count) {
        state->tallies[state->tally_count++] =
            (shire_record_tally){.organisation = organisation, .setting = setting};
    }
    return (uint32_t)at;
}

static bool may_count(const count_state *state, const record_subject *subject,
                      const shire_record_event *event) {
    return record_may_event(state->record, state->asker, subject, event, false) ||
           record_may_event(state->record, state->asker, subject, event, true);
}

static bool may_count_event(const count_state *state, const record_subject *subject,
                            uint32_t place) {
    const shire_record_event event = shire_record_book_event(state->record->book, place);
    return may_count(state, subject, &event);
}

static shire_status find_subject(const count_state *state, const char *person_id,
                                 shire_arena *arena, record_subject *subject, shire_error *error) {
    *subject = (record_subject){.numbers = state->numbers};
    return shire_gate_policy_subject(state->asker->policy, person_id, NULL, 0, arena,
                                     &subject->subject, error);
}

static void open_subject(const count_state *state, record_subject *subject) {
    subject->opening = shire_gate_open(state->asker->viewer, &subject->subject, SHIRE_GATE_COUNT);
}

/* What kinds are called, and whether they may be counted of anybody. */
static shire_status prepare_kinds(count_state *state, shire_arena *arena, shire_error *error) {
    const shire_record_book *book = state->record->book;
    record_subject nobody;
    state->tallies = shire_arena_alloc_array(arena, 2 * book->kind_count, sizeof *state->tallies);
    state->last_person =
        shire_arena_alloc_array(arena, 2 * book->kind_count, sizeof *state->last_person);
    state->cell_of_kind =
        shire_arena_alloc_array(arena, book->kind_count, sizeof *state->cell_of_kind);
    state->body_of_kind =
        shire_arena_alloc_array(arena, book->kind_count, sizeof *state->body_of_kind);
    state->is_open = shire_arena_alloc_array(arena, book->kind_count, sizeof *state->is_open);
    if (state->tallies == NULL || state->last_person == NULL || state->cell_of_kind == NULL ||
        state->body_of_kind == NULL || state->is_open == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    shire_status status = find_subject(state, "", arena, &nobody, error);
    if (status == SHIRE_OK) {
        open_subject(state, &nobody);
    }
    for (uint32_t i = 0; status == SHIRE_OK && i < book->kind_count; i++) {
        const shire_record_kind *kind = &book->kinds[i];
        uint32_t organisation = book->sources[kind->source].organisation;
        shire_record_event event = {.kind = i};
        state->cell_of_kind[i] = tally_of(state, organisation, kind->setting);
        state->body_of_kind[i] = tally_of(state, organisation, SHIRE_RECORD_NOBODY);
        state->is_open[i] = may_count(state, &nobody, &event);
    }
    return status;
}

static void add_to(count_state *state, uint32_t tally, uint32_t person) {
    if (state->last_person[tally] != person + 1) {
        state->last_person[tally] = person + 1;
        state->tallies[tally].people++;
    }
}

static void count_person(count_state *state, uint32_t person, record_subject *subject) {
    const shire_record_book *book = state->record->book;
    bool is_plain = subject->subject.seal_count == 0 && subject->subject.consent_count == 0 &&
                    subject->subject.opt_out_count == 0;
    if (!is_plain) {
        open_subject(state, subject);
    }
    for (uint32_t i = book->persons[person].first_event; i < book->persons[person + 1].first_event;
         i++) {
        uint32_t kind = shire_record_book_event_kind(book, i);
        if (is_plain ? state->is_open[kind] : may_count_event(state, subject, i)) {
            add_to(state, state->cell_of_kind[kind], person);
            add_to(state, state->body_of_kind[kind], person);
        }
    }
}

static shire_status count_batch(count_state *state, uint32_t first, uint32_t last,
                                shire_error *error) {
    const shire_record_book *book = state->record->book;
    shire_arena *arena = NULL;
    shire_status status = shire_arena_new("count", BATCH_BYTES_MAX, &arena, error);
    for (uint32_t person = first; status == SHIRE_OK && person < last; person++) {
        record_subject subject;
        shire_span id = shire_record_book_text(book, book->persons[person].id);
        const char *person_id = shire_arena_copy_text(arena, id.bytes, id.length);
        status = person_id == NULL ? RECORD_NO_MEMORY(error)
                                   : find_subject(state, person_id, arena, &subject, error);
        if (status == SHIRE_OK) {
            count_person(state, person, &subject);
        }
    }
    shire_arena_free(arena);
    return status;
}

shire_status shire_record_count_people(const shire_record *record, const shire_record_asker *asker,
                                       shire_arena *arena, shire_record_tally **tallies_out,
                                       size_t *count_out, shire_error *error) {
    count_state state = {.record = record, .asker = asker};
    shire_status status = record_numbers(record, asker->policy, arena, &state.numbers, error);
    if (status == SHIRE_OK) {
        status = prepare_kinds(&state, arena, error);
    }
    uint32_t person_count = (uint32_t)record->book->person_count;
    for (uint32_t first = 0; status == SHIRE_OK && first < person_count; first += PEOPLE_A_BATCH) {
        uint32_t last =
            person_count - first > PEOPLE_A_BATCH ? first + PEOPLE_A_BATCH : person_count;
        status = count_batch(&state, first, last, error);
    }
    if (status == SHIRE_OK) {
        *tallies_out = state.tallies;
        *count_out = state.tally_count;
    }
    return status;
}
