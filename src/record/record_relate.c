/*
 * One pass over the person's events in the order of time. Each body and category has one stretch:
 * an event that begins before it runs out makes it longer, a later one begins another in its
 * place.
 */
#include "record/record_relate.h"

#define MINUTES_PER_DAY 1440

typedef struct relating {
    const shire_record_book *book;
    shire_record_relation *relations;
    size_t count;
    size_t capacity;
    shire_arena *arena;
    bool failed;
} relating;

static shire_date day_of(int32_t minute) {
    return minute / MINUTES_PER_DAY - (minute % MINUTES_PER_DAY < 0);
}

static shire_record_relation *find(relating *r, shire_gate_relationship_kind kind,
                                   uint32_t organisation, shire_gate_category category) {
    for (size_t i = 0; i < r->count; i++) {
        shire_record_relation *known = &r->relations[i];
        if (known->kind == kind && known->organisation == organisation &&
            known->category == category) {
            return known;
        }
    }
    return NULL;
}

static void add(relating *r, shire_record_relation relation) {
    if (r->count == r->capacity) {
        size_t capacity = r->capacity == 0 ? 8 : 2 * r->capacity;
        shire_record_relation *more =
            shire_arena_alloc_array(r->arena, capacity, sizeof *r->relations);
        if (more == NULL) {
            r->failed = true;
            return;
        }
        for (size_t i = 0; i < r->count; i++) {
            more[i] = r->relations[i];
        }
        r->relations = more;
        r->capacity = capacity;
    }
    r->relations[r->count++] = relation;
}

/* A practice's record says where the person is registered: with the practice that it names, where
 * that is one of the partnership's bodies, else with the body that keeps the record. */
static void take_entry(relating *r, const shire_record_entry *entry) {
    const shire_record_source *source = &r->book->sources[entry->source];
    uint32_t practice = entry->texts[SHIRE_RECORD_GP_PRACTICE];
    uint32_t organisation = source->organisation;
    if ((source->categories & SHIRE_GATE_BIT(SHIRE_GATE_GP)) == 0) {
        return;
    }
    for (uint32_t i = 0; practice != 0 && i < r->book->organisation_count; i++) {
        organisation = r->book->organisations[i].code == practice ? i : organisation;
    }
    if (find(r, SHIRE_GATE_REGISTRATION, organisation, SHIRE_GATE_GP) == NULL) {
        add(r, (shire_record_relation){.kind = SHIRE_GATE_REGISTRATION,
                                       .organisation = organisation,
                                       .category = SHIRE_GATE_GP,
                                       .what = practice,
                                       .from = INT32_MIN,
                                       .until = SHIRE_GATE_NO_END,
                                       .last = SHIRE_GATE_NO_END});
    }
}

static void take_event(relating *r, const shire_record_event *event) {
    const shire_record_kind *kind = &r->book->kinds[event->kind];
    bool is_tenancy = (kind->flags & SHIRE_RECORD_TENANCY) != 0;
    if (event->start == SHIRE_RECORD_NO_TIME ||
        (kind->category == SHIRE_GATE_HOUSING && !is_tenancy)) {
        return; /* a repair is no care */
    }
    shire_record_relation relation = {.kind = is_tenancy ? SHIRE_GATE_TENANCY : SHIRE_GATE_CASELOAD,
                                      .organisation = r->book->sources[kind->source].organisation,
                                      .category = (shire_gate_category)kind->category,
                                      .what = is_tenancy ? kind->code : kind->setting,
                                      .from = day_of(event->start),
                                      .until = SHIRE_GATE_NO_END,
                                      .last = SHIRE_GATE_NO_END};
    if (event->end != SHIRE_RECORD_NO_TIME || (kind->flags & SHIRE_RECORD_LASTS) == 0) {
        int32_t last = event->end > event->start ? event->end : event->start;
        relation.last = day_of(last);
        relation.until = relation.last + (is_tenancy ? 0 : SHIRE_RECORD_RECENT_DAYS);
    }
    shire_record_relation *known = find(r, relation.kind, relation.organisation, relation.category);
    if (known == NULL) {
        add(r, relation);
    } else if (relation.from <= known->until) {
        known->what = relation.what;
        known->until = known->until > relation.until ? known->until : relation.until;
        known->last = known->last > relation.last ? known->last : relation.last;
    } else {
        *known = relation;
    }
}

shire_record_relation *shire_record_relate(const shire_record_book *book, uint32_t person,
                                           shire_record_filter filter, void *context,
                                           shire_arena *arena, size_t *count_out) {
    relating r = {.book = book, .arena = arena};
    const shire_record_person *here = &book->persons[person];
    for (uint32_t i = here->first_entry; i < here[1].first_entry; i++) {
        if (filter == NULL || filter(&book->entries[i], NULL, context)) {
            take_entry(&r, &book->entries[i]);
        }
    }
    for (uint32_t i = here->first_event; i < here[1].first_event; i++) {
        const shire_record_event event = filter == NULL ? shire_record_book_event_times(book, i)
                                                        : shire_record_book_event(book, i);
        if (filter == NULL || filter(NULL, &event, context)) {
            take_event(&r, &event);
        }
    }
    for (size_t i = 0; i < r.count; i++) {
        if (r.relations[i].until >= book->horizon) {
            r.relations[i].until = SHIRE_GATE_NO_END;
        }
    }
    *count_out = r.count;
    if (r.failed) {
        return NULL;
    }
    return r.count > 0 ? r.relations : shire_arena_alloc(arena, 0);
}
