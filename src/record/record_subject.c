/*
 * A person as the gate sees them: relationships derived from the book beside those that the policy
 * holds, and the decisions about single entries and events.
 */
#include "record/record_internal.h"

#include <stdio.h>

/* ---- numbers ---- */

shire_status record_numbers(const shire_record *record, const shire_gate_policy *policy,
                            shire_arena *arena, const int32_t **numbers_out, shire_error *error) {
    const shire_record_book *book = record->book;
    int32_t *numbers = shire_arena_alloc_array(arena, book->organisation_count, sizeof *numbers);
    if (numbers == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    for (size_t i = 0; i < book->organisation_count; i++) {
        numbers[i] = shire_gate_policy_find_organisation(
            policy, shire_record_book_text(book, book->organisations[i].code));
    }
    *numbers_out = numbers;
    return SHIRE_OK;
}

/* ---- single items ---- */

#define NAME_BYTES 512

/* Of an item without a name it cannot be said that no seal is on it, so it counts as sealed. */
static bool may(const shire_record_asker *asker, const record_subject *subject,
                shire_gate_item item, shire_span name) {
    if (subject->subject.seal_count > 0) {
        item.seal = name.bytes == NULL ? UINT32_MAX : shire_gate_policy_seal(asker->policy, name);
    }
    return shire_gate_is_allowed(shire_gate_judge(&subject->opening, &item));
}

/* What seals call an event or a record: event/BODY/SYSTEM/ID. Without bytes where it is
 * too long to be looked up. */
static shire_span name_key(const shire_record *record, const record_subject *subject,
                           const char *what, uint32_t source, uint64_t key, char name[NAME_BYTES]) {
    char buffer[SHIRE_RECORD_KEY_BYTES];
    const shire_record_book *book = record->book;
    if (subject->subject.seal_count == 0) {
        return (shire_span){"", 0};
    }
    shire_span code =
        shire_record_book_text(book, book->organisations[book->sources[source].organisation].code);
    shire_span system = shire_record_book_text(book, book->sources[source].name);
    shire_span id = shire_record_book_key(book, key, buffer);
    int length = snprintf(name, NAME_BYTES, "%s/%.*s/%.*s/%.*s", what, (int)code.length, code.bytes,
                          (int)system.length, system.bytes, (int)id.length, id.bytes);
    return length < NAME_BYTES ? shire_span_of(name) : (shire_span){NULL, 0};
}

bool record_may_event(const shire_record *record, const shire_record_asker *asker,
                      const record_subject *subject, const shire_record_event *event,
                      bool of_cost) {
    char name[NAME_BYTES];
    const shire_record_kind *kind = &record->book->kinds[event->kind];
    const shire_gate_item item = {
        .owner = subject->numbers[record->book->sources[kind->source].organisation],
        .category = of_cost ? SHIRE_GATE_COST : (shire_gate_category)kind->category,
        .sensitivity = kind->sensitivity};
    return may(asker, subject, item,
               name_key(record, subject, "event", kind->source, event->id, name));
}

bool record_may_item(const shire_record_asker *asker, const record_subject *subject,
                     shire_record_item_kind kind, shire_span organisation, uint32_t sensitivity,
                     shire_span item_id) {
    char name[64];
    const shire_gate_item item = {
        .owner = shire_gate_policy_find_organisation(asker->policy, organisation),
        .category = kind == SHIRE_RECORD_DOCUMENT ? SHIRE_GATE_DOCUMENT : SHIRE_GATE_PLAN,
        .sensitivity = sensitivity};
    snprintf(name, sizeof name, "item/%.*s", (int)item_id.length, item_id.bytes);
    return may(asker, subject, item, shire_span_of(name));
}

/* That somebody is known to a system of mental health care says what care it is, so such a record
 * counts as care besides. */
bool record_may_entry(const shire_record *record, const shire_record_asker *asker,
                      const record_subject *subject, const shire_record_entry *entry) {
    const shire_record_source *source = &record->book->sources[entry->source];
    char name[NAME_BYTES];
    shire_gate_item item = {.owner = subject->numbers[source->organisation],
                            .category = SHIRE_GATE_DEMOGRAPHICS};
    shire_span sealed = name_key(record, subject, "record", entry->source, entry->local_id, name);
    if (!may(asker, subject, item, sealed)) {
        return false;
    }
    if (source->categories != SHIRE_GATE_BIT(SHIRE_GATE_MENTAL_HEALTH) ||
        subject->opening.rule == SHIRE_GATE_BY_ROLE ||
        item.owner == subject->opening.viewer->organisation) {
        return true;
    }
    item.category = SHIRE_GATE_MENTAL_HEALTH;
    return may(asker, subject, item, sealed);
}

/* ---- the person ---- */

static shire_status ask_policy(const shire_record_book *book, const shire_record_asker *asker,
                               record_subject *subject, shire_arena *arena, shire_error *error) {
    size_t count = 0;
    shire_record_relation *relations =
        shire_record_relate(book, subject->person, NULL, NULL, arena, &count);
    shire_gate_relationship *derived = shire_arena_alloc_array(arena, count, sizeof *derived);
    shire_span id = shire_record_book_text(book, book->persons[subject->person].id);
    const char *person_id = shire_arena_copy_text(arena, id.bytes, id.length);
    if (relations == NULL || derived == NULL || person_id == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        derived[i] =
            (shire_gate_relationship){.kind = relations[i].kind,
                                      .organisation = subject->numbers[relations[i].organisation],
                                      .team = SHIRE_GATE_NOBODY,
                                      .from = relations[i].from,
                                      .until = relations[i].until};
    }
    return shire_gate_policy_subject(asker->policy, person_id, derived, count, arena,
                                     &subject->subject, error);
}

#define OWNERS_MAX 64

/* The bodies that hold a record of the person, each once. */
static size_t list_owners(const shire_record_book *book, const int32_t *numbers, uint32_t person,
                          int32_t *owners, size_t owner_max) {
    const shire_record_person *here = &book->persons[person];
    size_t count = 0;
    for (uint32_t i = here->first_entry; i < here[1].first_entry; i++) {
        int32_t owner = numbers[book->sources[book->entries[i].source].organisation];
        size_t at = 0;
        while (at < count && owners[at] != owner) {
            at++;
        }
        if (at == count && count < owner_max) {
            owners[count++] = owner;
        }
    }
    return count;
}

shire_status record_subject_open(const shire_record *record, const shire_record_asker *asker,
                                 const int32_t *numbers, uint32_t person, shire_gate_action action,
                                 shire_arena *arena, record_subject *subject_out,
                                 shire_error *error) {
    const shire_record_book *book = record->book;
    int32_t owners[OWNERS_MAX];
    *subject_out = (record_subject){.person = person, .numbers = numbers};
    shire_status status = ask_policy(book, asker, subject_out, arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    subject_out->opening = shire_gate_open(asker->viewer, &subject_out->subject, action);
    size_t owner_count = list_owners(book, numbers, person, owners, OWNERS_MAX);
    subject_out->may_know = shire_gate_may_know(&subject_out->opening, owners, owner_count);
    subject_out->may_break_glass =
        shire_gate_may_break_glass(&subject_out->opening, owners, owner_count);
    return SHIRE_OK;
}

shire_status record_subject_open_nobody(const shire_record *record, const shire_record_asker *asker,
                                        const int32_t *numbers, shire_gate_action action,
                                        shire_arena *arena, shire_error *error) {
    uint32_t count = record->book->person_count;
    record_subject *subject = shire_arena_alloc(arena, sizeof *subject);
    if (subject == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    return count == 0 ? SHIRE_OK
                      : record_subject_open(record, asker, numbers,
                                            (uint32_t)((uint64_t)asker->viewer->now % count),
                                            action, arena, subject, error);
}

shire_status shire_record_closed_read(shire_record *record, const shire_record_asker *asker,
                                      shire_span person_id, shire_arena *arena,
                                      shire_record_closed *closed_out, shire_error *error) {
    record_subject *subject = shire_arena_alloc(arena, sizeof *subject);
    int32_t *owners = shire_arena_alloc_array(arena, OWNERS_MAX, sizeof *owners);
    bool is_known = false;
    if (subject == NULL || owners == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    shire_status status = record_item_open(record, asker, person_id, SHIRE_GATE_READ, arena,
                                           subject, &is_known, error);
    if (status == SHIRE_OK) {
        size_t count =
            list_owners(record->book, subject->numbers, subject->person, owners, OWNERS_MAX);
        *closed_out = (shire_record_closed){.opening = &subject->opening,
                                            .owners = owners,
                                            .owner_count = is_known ? count : 0,
                                            .is_open = is_known && subject->may_know};
    }
    return status;
}

/* ---- small things ---- */

bool record_is_id(shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] <= ' ' || text.bytes[i] > '~') {
            return false;
        }
    }
    return text.length > 0 && text.length < 64;
}

shire_record_body record_body_of(const shire_record_book *book, uint32_t organisation) {
    const shire_record_organisation *body = &book->organisations[organisation];
    return (shire_record_body){.number = organisation,
                               .code = shire_record_book_text(book, body->code),
                               .name = shire_record_book_text(book, body->name)};
}

shire_record_body record_body_by_code(const shire_record_book *book, shire_span code,
                                      shire_arena *arena) {
    uint32_t number = shire_record_book_find_organisation(book, code);
    if (number != SHIRE_RECORD_NOBODY) {
        return record_body_of(book, number);
    }
    shire_span kept = record_keep(arena, code);
    return (shire_record_body){.number = SHIRE_RECORD_NOBODY, .code = kept, .name = kept};
}

shire_span record_keep(shire_arena *arena, shire_span text) {
    char *copy = text.length == 0 ? NULL : shire_arena_copy_text(arena, text.bytes, text.length);
    return copy == NULL ? (shire_span){"", 0} : (shire_span){copy, text.length};
}

shire_span record_keep_day(shire_arena *arena, shire_date day) {
    char text[11];
    if (day == SHIRE_RECORD_NO_TIME) {
        return (shire_span){"", 0};
    }
    shire_date_format(day, text);
    return record_keep(arena, shire_span_of(text));
}
