/*
 * Who somebody is: of each field the value that most records hold that the viewer may see, with
 * the body that says so, and the other values. And who looks after them.
 */
#include "record/record_internal.h"

#include <string.h>

enum { FACT_BIRTH = SHIRE_RECORD_FIELD_COUNT, FACT_DEATH, FACT_COUNT };

/* In the order of pages; a field's number is its place in shire_record_field, or one of the two. */
static const struct {
    int field;
    const char *name;
    const char *label;
} fact_names[FACT_COUNT] = {
    {SHIRE_RECORD_NHS_NUMBER, "nhs_number", "NHS number"},
    {SHIRE_RECORD_GIVEN_NAME, "given_name", "Given name"},
    {SHIRE_RECORD_MIDDLE_NAMES, "middle_names", "Middle names"},
    {SHIRE_RECORD_FAMILY_NAME, "family_name", "Family name"},
    {FACT_BIRTH, "birth_date", "Date of birth"},
    {FACT_DEATH, "death_date", "Date of death"},
    {SHIRE_RECORD_SEX, "sex", "Sex"},
    {SHIRE_RECORD_ADDRESS, "address", "Address"},
    {SHIRE_RECORD_POSTCODE, "postcode", "Postcode"},
    {SHIRE_RECORD_UPRN, "uprn", "Property number (UPRN)"},
    {SHIRE_RECORD_PHONE, "phone", "Telephone"},
    {SHIRE_RECORD_EMAIL, "email", "E-mail"},
    {SHIRE_RECORD_GP_PRACTICE, "gp_practice", "GP practice"},
};

const char *shire_record_field_label(const char *field) {
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (strcmp(fact_names[i].name, field) == 0) {
            return fact_names[i].label;
        }
    }
    return field;
}

/* A value as a number that is equal for equal values; 0 is not known. */
static int64_t value_of(const shire_record_entry *entry, int field) {
    if (field == FACT_BIRTH || field == FACT_DEATH) {
        shire_date day = field == FACT_BIRTH ? entry->birth : entry->death;
        return day == SHIRE_RECORD_NO_TIME ? 0 : (int64_t)day + (INT64_C(1) << 33);
    }
    return entry->texts[field];
}

static shire_span text_of(const shire_record_book *book, shire_arena *arena, int64_t value,
                          int field) {
    if (field == FACT_BIRTH || field == FACT_DEATH) {
        return record_keep_day(arena, (shire_date)(value - (INT64_C(1) << 33)));
    }
    return shire_record_book_text(book, (uint32_t)value);
}

typedef struct counted {
    int64_t value;
    uint32_t count;
    const shire_record_entry *entry; /* the first that holds it */
} counted;

/* Values that differ in capitals alone are one; some systems write in capitals. */
static bool is_same(const shire_record_book *book, int field, int64_t a, int64_t b) {
    return a == b || (field < SHIRE_RECORD_FIELD_COUNT &&
                      shire_span_equal_ignoring_case(shire_record_book_text(book, (uint32_t)a),
                                                     shire_record_book_text(book, (uint32_t)b)));
}

static bool is_in_capitals(shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] >= 'a' && text.bytes[i] <= 'z') {
            return false;
        }
    }
    return true;
}

/* Whether more hold `a` than `b`, or as many and it says more, where systems cut short what others
 * write out: "Gwendoline" before "Gwen", "Mary" before "M". */
static bool is_better(const shire_record_book *book, int field, const counted *a,
                      const counted *b) {
    bool is_cut_short = field == SHIRE_RECORD_GIVEN_NAME || field == SHIRE_RECORD_MIDDLE_NAMES ||
                        field == SHIRE_RECORD_ADDRESS;
    return a->count > b->count || (a->count == b->count && is_cut_short &&
                                   shire_record_book_text(book, (uint32_t)a->value).length >
                                       shire_record_book_text(book, (uint32_t)b->value).length);
}

/* Each value with how many hold it, the best in front, then in order of appearance. */
static size_t count_values(const shire_record_book *book, const shire_record_entry *const *entries,
                           size_t entry_count, int field, counted *values) {
    size_t count = 0;
    size_t best = 0;
    for (size_t i = 0; i < entry_count; i++) {
        int64_t value = value_of(entries[i], field);
        size_t at = 0;
        if (value == 0) {
            continue;
        }
        while (at < count && !is_same(book, field, values[at].value, value)) {
            at++;
        }
        if (at == count) {
            values[count++] = (counted){.value = value, .entry = entries[i]};
        } else if (values[at].value != value &&
                   is_in_capitals(shire_record_book_text(book, (uint32_t)values[at].value))) {
            values[at].value = value;
            values[at].entry = entries[i];
        }
        values[at].count++;
    }
    for (size_t i = 1; i < count; i++) {
        best = is_better(book, field, &values[i], &values[best]) ? i : best;
    }
    if (best > 0) {
        counted first = values[best];
        memmove(values + 1, values, best * sizeof *values);
        values[0] = first;
    }
    return count;
}

shire_span record_best_text(const shire_record_book *book, const shire_record_entry *const *entries,
                            size_t entry_count, shire_record_field field) {
    uint32_t best = 0;
    size_t best_count = 0;
    for (size_t i = 0; i < entry_count; i++) {
        uint32_t value = entries[i]->texts[field];
        size_t same = 0;
        for (size_t j = i; j < entry_count && value != 0; j++) {
            same += entries[j]->texts[field] == value;
        }
        if (same > best_count) {
            best_count = same;
            best = value;
        }
    }
    return shire_record_book_text(book, best);
}

static shire_record_value make_value(const shire_record_book *book, const counted *from, int field,
                                     shire_arena *arena) {
    const shire_record_source *source = &book->sources[from->entry->source];
    return (shire_record_value){.text = text_of(book, arena, from->value, field),
                                .body = record_body_of(book, source->organisation),
                                .source = shire_record_book_text(book, source->name),
                                .record_count = from->count};
}

static bool add_fact(const shire_record_book *book, const counted *values, size_t count,
                     size_t number, shire_arena *arena, shire_record_view *view) {
    shire_record_fact *fact = &view->facts[view->fact_count++];
    int field = fact_names[number].field;
    *fact = (shire_record_fact){.field = fact_names[number].name,
                                .label = fact_names[number].label,
                                .best = make_value(book, &values[0], field, arena),
                                .other_count = count - 1};
    if (count == 1) {
        return true;
    }
    fact->others = shire_arena_alloc_array(arena, count - 1, sizeof *fact->others);
    for (size_t i = 1; i < count && fact->others != NULL; i++) {
        fact->others[i - 1] = make_value(book, &values[i], field, arena);
    }
    return fact->others != NULL;
}

/* "999 123 4567" of ten digits, else as it stands. */
static shire_span space_number(shire_arena *arena, shire_span number) {
    if (number.length != 10) {
        return number;
    }
    char *text = shire_arena_format(arena, "%.3s %.3s %.4s", number.bytes, number.bytes + 3,
                                    number.bytes + 6);
    return text == NULL ? number : (shire_span){text, 12};
}

static void set_headings(shire_arena *arena, shire_record_view *view) {
    shire_span given = {"", 0};
    shire_span family = {"", 0};
    for (size_t i = 0; i < view->fact_count; i++) {
        const shire_record_fact *fact = &view->facts[i];
        if (strcmp(fact->field, "given_name") == 0) {
            given = fact->best.text;
        } else if (strcmp(fact->field, "family_name") == 0) {
            family = fact->best.text;
        } else if (strcmp(fact->field, "birth_date") == 0) {
            view->birth = fact->best.text;
        } else if (strcmp(fact->field, "death_date") == 0) {
            view->death = fact->best.text;
        } else if (strcmp(fact->field, "nhs_number") == 0) {
            view->nhs_number = space_number(arena, fact->best.text);
        }
    }
    char *name = shire_arena_format(arena, "%.*s%s%.*s", (int)given.length, given.bytes,
                                    given.length > 0 && family.length > 0 ? " " : "",
                                    (int)family.length, family.bytes);
    view->name = shire_span_of(name);
}

shire_status record_view_identity(const shire_record *record, const shire_record_asker *asker,
                                  const record_subject *subject, shire_arena *arena,
                                  shire_record_view *view, shire_error *error) {
    const shire_record_book *book = record->book;
    const shire_record_person *here = &book->persons[subject->person];
    size_t most = here[1].first_entry - here->first_entry;
    const shire_record_entry **entries = shire_arena_alloc_array(arena, most, sizeof *entries);
    counted *values = shire_arena_alloc_array(arena, most, sizeof *values);
    view->facts = shire_arena_alloc_array(arena, FACT_COUNT, sizeof *view->facts);
    view->holdings = shire_arena_alloc_array(arena, most, sizeof *view->holdings);
    if (entries == NULL || values == NULL || view->facts == NULL || view->holdings == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    size_t count = 0;
    for (size_t i = 0; i < most; i++) {
        const shire_record_entry *entry = &book->entries[here->first_entry + i];
        if (!record_may_entry(record, asker, subject, entry)) {
            continue;
        }
        char buffer[SHIRE_RECORD_KEY_BYTES];
        const shire_record_source *source = &book->sources[entry->source];
        entries[count++] = entry;
        view->holdings[view->holding_count++] = (shire_record_holding){
            .body = record_body_of(book, source->organisation),
            .source = shire_record_book_text(book, source->name),
            .local_id = record_keep(arena, shire_record_book_key(book, entry->local_id, buffer))};
    }
    for (size_t number = 0; number < FACT_COUNT; number++) {
        size_t value_count = count_values(book, entries, count, fact_names[number].field, values);
        if (value_count > 0 && !add_fact(book, values, value_count, number, arena, view)) {
            return RECORD_NO_MEMORY(error);
        }
    }
    set_headings(arena, view);
    return SHIRE_OK;
}

/* ---- who looks after them ---- */

typedef struct carer_filter {
    const shire_record *record;
    const shire_record_asker *asker;
    const record_subject *subject;
} carer_filter;

static bool may_see(const shire_record_entry *entry, const shire_record_event *event,
                    void *context) {
    const carer_filter *filter = context;
    return entry != NULL
               ? record_may_entry(filter->record, filter->asker, filter->subject, entry)
               : record_may_event(filter->record, filter->asker, filter->subject, event, false);
}

/* What systems of a body hold, as bits of categories. That one of its teams looks after somebody
 * says as much as that. */
static uint32_t body_categories(const shire_record_book *book, uint32_t organisation) {
    uint32_t categories = 0;
    for (size_t i = 0; i < book->source_count; i++) {
        categories |=
            book->sources[i].organisation == organisation ? book->sources[i].categories : 0;
    }
    return categories;
}

/* Relationships that somebody put down: of bodies whose every kind of care the viewer may see. */
static shire_status add_stored(const shire_record *record, const shire_record_asker *asker,
                               const record_subject *subject, bool is_current, shire_arena *arena,
                               shire_record_view *view, shire_error *error) {
    const shire_record_book *book = record->book;
    shire_gate_subject stored;
    shire_status status = shire_gate_policy_subject(asker->policy, subject->subject.person_id, NULL,
                                                    0, arena, &stored, error);
    size_t count = status == SHIRE_OK ? stored.relationship_count : 0;
    for (size_t i = 0; i < count; i++) {
        const shire_gate_relationship *relationship = &stored.relationships[i];
        uint32_t body = 0;
        while (body < book->organisation_count &&
               subject->numbers[body] != relationship->organisation) {
            body++;
        }
        bool is_now = relationship->until >= subject->opening.today;
        uint32_t needed = body < book->organisation_count ? body_categories(book, body) : 0;
        if (is_now != is_current || needed == 0 || relationship->from > subject->opening.today ||
            (shire_gate_categories(&subject->opening, relationship->organisation) & needed) !=
                needed) {
            continue;
        }
        view->carers[view->carer_count++] = (shire_record_carer){
            .kind = relationship->kind,
            .body = record_body_of(book, body),
            .what = relationship->team == SHIRE_GATE_NOBODY
                        ? (shire_span){"", 0}
                        : record_keep(arena, shire_span_of(shire_gate_policy_team(
                                                 asker->policy, relationship->team))),
            .from = relationship->from,
            .until = relationship->until,
            .is_current = is_now};
    }
    return status;
}

/* Who has no last day first, then by the last day, the latest in front; equals stay in order. */
static void sort_carers(shire_record_view *view) {
    for (size_t i = 1; i < view->carer_count; i++) {
        shire_record_carer carer = view->carers[i];
        size_t at = i;
        for (; at > 0 && view->carers[at - 1].until < carer.until; at--) {
            view->carers[at] = view->carers[at - 1];
        }
        view->carers[at] = carer;
    }
}

shire_status record_view_carers(const shire_record *record, const shire_record_asker *asker,
                                const record_subject *subject, shire_arena *arena,
                                shire_record_view *view, shire_error *error) {
    const shire_record_book *book = record->book;
    carer_filter filter = {record, asker, subject};
    size_t count = 0;
    shire_record_relation *relations =
        shire_record_relate(book, subject->person, may_see, &filter, arena, &count);
    size_t stored_count = subject->subject.relationship_count;
    view->carers = shire_arena_alloc_array(arena, count + stored_count, sizeof *view->carers);
    if (relations == NULL || view->carers == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    for (int is_current = 1; is_current >= 0; is_current--) {
        for (size_t i = 0; i < count; i++) {
            const shire_record_relation *relation = &relations[i];
            if ((relation->until == SHIRE_GATE_NO_END) != is_current) {
                continue;
            }
            view->carers[view->carer_count++] = (shire_record_carer){
                .kind = relation->kind,
                .body = record_body_of(book, relation->organisation),
                .what = shire_record_book_text(book, relation->what),
                .is_derived = true,
                .from = relation->from == INT32_MIN ? SHIRE_RECORD_NO_TIME : relation->from,
                .until = relation->last,
                .is_current = is_current};
        }
        shire_status status = add_stored(record, asker, subject, is_current, arena, view, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    sort_carers(view);
    return SHIRE_OK;
}
