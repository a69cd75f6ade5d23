/*
 * What happened, the latest first, a page of it; and what it cost by body and kind of care. One
 * pass over the person's events: each is judged, counted, and taken when it is of the page.
 */
#include "record/record_internal.h"

#include <stdlib.h>
#include <string.h>

#define MINUTES_PER_DAY 1440

static void set_delay(const shire_record_book *book, uint32_t place, shire_record_moment *moment) {
    const shire_record_delay *delay = shire_record_book_delay(book, place);
    moment->ready = SHIRE_RECORD_NO_TIME;
    if (delay == NULL) {
        return;
    }
    moment->ready = delay->ready;
    moment->delay_reason = shire_record_book_text(book, delay->reason);
    moment->delay_responsible = shire_record_book_text(book, delay->responsible);
    if (delay->ready != SHIRE_RECORD_NO_TIME) {
        int64_t end = moment->end != SHIRE_RECORD_NO_TIME
                          ? moment->end
                          : ((int64_t)book->horizon + 1) * MINUTES_PER_DAY;
        moment->delay_days =
            end > delay->ready ? (int32_t)((end - delay->ready) / MINUTES_PER_DAY) : 0;
    }
}

static void set_moment(const shire_record_book *book, uint32_t place, shire_arena *arena,
                       shire_record_moment *moment) {
    char buffer[SHIRE_RECORD_KEY_BYTES];
    const shire_record_event *event = &book->events[place];
    const shire_record_kind *kind = &book->kinds[event->kind];
    const shire_record_source *source = &book->sources[kind->source];
    moment->body = record_body_of(book, source->organisation);
    moment->category = (shire_gate_category)kind->category;
    moment->source = shire_record_book_text(book, source->name);
    shire_span id = shire_record_book_key(book, event->id, buffer);
    moment->event_id = id.bytes == buffer ? record_keep(arena, id) : id;
    moment->dataset = shire_record_book_text(book, kind->dataset);
    moment->setting = shire_record_book_text(book, kind->setting);
    moment->code = shire_record_book_text(book, kind->code);
    moment->description = shire_record_book_text(book, kind->description);
    moment->specialty = shire_record_book_text(book, kind->specialty);
    moment->commissioner = shire_record_book_text(book, kind->commissioner);
    for (size_t i = 0; i < book->organisation_count; i++) {
        if (book->organisations[i].code == kind->commissioner) {
            moment->commissioner = shire_record_book_text(book, book->organisations[i].name);
        }
    }
    moment->start = event->start;
    moment->end = event->end;
    moment->goes_on = event->end == SHIRE_RECORD_NO_TIME && (kind->flags & SHIRE_RECORD_LASTS) != 0;
    set_delay(book, place, moment);
}

static shire_date day_of(int32_t minute) {
    return minute == SHIRE_RECORD_NO_TIME
               ? SHIRE_RECORD_NO_TIME
               : minute / MINUTES_PER_DAY - (minute % MINUTES_PER_DAY < 0);
}

/* The holding of an event's system: counts and days. Several records in one system share them with
 * the first. */
static void count_holding(const shire_record_book *book, const shire_record_event *event,
                          shire_record_view *view) {
    const shire_record_source *source = &book->sources[book->kinds[event->kind].source];
    shire_span name = shire_record_book_text(book, source->name);
    for (size_t i = 0; i < view->holding_count; i++) {
        shire_record_holding *holding = &view->holdings[i];
        if (holding->body.number == source->organisation && holding->source.bytes == name.bytes) {
            shire_date day = day_of(event->start);
            holding->first = holding->event_count == 0 ? day : holding->first;
            holding->last = day;
            holding->event_count++;
            return;
        }
    }
}

/* ---- costs ---- */

static bool add_cost(const shire_record_book *book, const shire_record_event *event,
                     shire_arena *arena, size_t *capacity, shire_record_view *view) {
    const shire_record_kind *kind = &book->kinds[event->kind];
    uint32_t organisation = book->sources[kind->source].organisation;
    shire_span setting = shire_record_book_text(book, kind->setting);
    size_t at = 0;
    while (at < view->cost_count && (view->costs[at].body.number != organisation ||
                                     view->costs[at].setting.bytes != setting.bytes)) {
        at++;
    }
    if (at == *capacity) {
        size_t wanted = *capacity == 0 ? 16 : 2 * *capacity;
        shire_record_cost *more = shire_arena_alloc_array(arena, wanted, sizeof *more);
        if (more == NULL) {
            return false;
        }
        if (at > 0) {
            memcpy(more, view->costs, at * sizeof *more);
        }
        view->costs = more;
        *capacity = wanted;
    }
    if (at == view->cost_count) {
        view->costs[view->cost_count++] =
            (shire_record_cost){.body = record_body_of(book, organisation), .setting = setting};
    }
    view->costs[at].event_count++;
    return !__builtin_add_overflow(view->costs[at].amount, event->cost, &view->costs[at].amount) &&
           !__builtin_add_overflow(view->cost_total, event->cost, &view->cost_total);
}

static int compare_costs(const void *x, const void *y) {
    const shire_record_cost *a = x;
    const shire_record_cost *b = y;
    if (a->body.number != b->body.number) {
        return a->body.number < b->body.number ? -1 : 1;
    }
    return shire_span_compare(a->setting, b->setting);
}

/* ---- the pass ---- */

shire_status record_view_events(const shire_record *record, const shire_record_asker *asker,
                                const record_subject *subject, const shire_record_request *request,
                                shire_arena *arena, shire_record_view *view, shire_error *error) {
    const shire_record_book *book = record->book;
    const shire_record_person *here = &book->persons[subject->person];
    uint32_t event_count = here[1].first_event - here->first_event;
    size_t page = request->count == 0 ? SHIRE_RECORD_PAGE_DEFAULT : request->count;
    page = page > SHIRE_RECORD_PAGE_MAX ? SHIRE_RECORD_PAGE_MAX : page;
    uint32_t wanted = request->categories == 0 ? SHIRE_GATE_CATEGORIES_ALL : request->categories;
    bool may_cost = (subject->opening.categories & SHIRE_GATE_BIT(SHIRE_GATE_COST)) != 0;
    uint32_t *places = shire_arena_alloc_array(arena, event_count, sizeof *places);
    size_t taken = 0;
    size_t cost_capacity = 0;
    if (places == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    view->has_costs = may_cost;
    view->moment_first = request->first;
    for (uint32_t i = 0; i < event_count; i++) {
        uint32_t place = here->first_event + i;
        const shire_record_event *event = &book->events[place];
        if (may_cost && record_may_event(record, asker, subject, event, true) &&
            !add_cost(book, event, arena, &cost_capacity, view)) {
            return RECORD_NO_MEMORY(error);
        }
        if (record_may_event(record, asker, subject, event, false)) {
            uint32_t category = book->kinds[event->kind].category;
            view->category_counts[category]++;
            count_holding(book, event, view);
            if ((wanted & SHIRE_GATE_BIT(category)) != 0) {
                places[taken++] = place;
            }
        }
    }
    if (view->cost_count > 0) {
        qsort(view->costs, view->cost_count, sizeof *view->costs, compare_costs);
    }
    view->moment_total = taken;
    size_t left = taken > request->first ? taken - request->first : 0;
    page = page < left ? page : left;
    view->moments = shire_arena_alloc_array(arena, page, sizeof *view->moments);
    if (view->moments == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    for (size_t i = 0; i < page; i++) {
        shire_record_moment *moment = &view->moments[view->moment_count++];
        uint32_t place = places[taken - 1 - request->first - i];
        set_moment(book, place, arena, moment);
        if (may_cost && record_may_event(record, asker, subject, &book->events[place], true)) {
            moment->has_cost = true;
            moment->cost = book->events[place].cost;
        }
    }
    return SHIRE_OK;
}
