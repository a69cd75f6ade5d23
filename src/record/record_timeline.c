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

/* Some systems write words where others have codes; those tell themselves. */
static bool is_words(shire_span code) {
    for (size_t i = 0; i < code.length; i++) {
        if (code.bytes[i] >= 'a' && code.bytes[i] <= 'z') {
            return true;
        }
    }
    return false;
}

static void set_moment(const shire_record_book *book, uint32_t place,
                       const shire_record_event *event, shire_arena *arena,
                       shire_record_moment *moment) {
    char buffer[SHIRE_RECORD_KEY_BYTES];
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
    if (kind->description == 0 && kind->code != kind->setting && is_words(moment->code)) {
        moment->description = moment->code;
    }
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

/* ---- folding ---- */

/* A line of the timeline: an event, or several of one kind, by their numbers among the person's. */
typedef struct line {
    uint32_t last; /* in time */
    uint32_t first;
    uint32_t count;
} line;

/* A visit: over within a day, and not something that lasts. */
static bool is_visit(const shire_record_book *book, const shire_record_event *event) {
    bool goes_on = event->end == SHIRE_RECORD_NO_TIME &&
                   (book->kinds[event->kind].flags & SHIRE_RECORD_LASTS) != 0;
    return !goes_on && (event->end == SHIRE_RECORD_NO_TIME ||
                        (int64_t)event->end - event->start <= MINUTES_PER_DAY);
}

/* The lines, the latest first. An event goes to the line of its kind that was begun last, where
 * that reaches near enough. */
static size_t make_lines(const shire_record_book *book, const shire_record_event *events,
                         const uint32_t *taken, size_t count, bool is_folded, line *lines) {
    size_t line_count = 0;
    size_t first_open = 0; /* lines before it are too far ahead to take one more */
    for (size_t i = count; i > 0; i--) {
        const shire_record_event *event = &events[taken[i - 1]];
        size_t at = line_count;
        int64_t reach = event->start + (int64_t)SHIRE_RECORD_FOLD_DAYS * MINUTES_PER_DAY;
        while (first_open < line_count && events[lines[first_open].first].start > reach) {
            first_open++;
        }
        bool may_fold = is_folded && is_visit(book, event);
        for (size_t open = line_count; may_fold && open > first_open && at == line_count; open--) {
            const shire_record_event *first = &events[lines[open - 1].first];
            if (first->kind == event->kind && first->start <= reach && is_visit(book, first)) {
                at = open - 1;
            }
        }
        if (at == line_count) {
            lines[line_count++].last = taken[i - 1];
        }
        lines[at].first = taken[i - 1];
        lines[at].count++;
    }
    return line_count;
}

/* What the events of a line cost, of those whose costs the viewer may see. */
static void sum_costs(const shire_record *record, const shire_record_asker *asker,
                      const record_subject *subject, const line *from,
                      const shire_record_event *events, const uint32_t *taken, size_t count,
                      shire_record_moment *moment) {
    for (size_t i = 0; i < count; i++) {
        const shire_record_event *event = &events[taken[i]];
        if (taken[i] >= from->first && taken[i] <= from->last &&
            event->kind == events[from->first].kind &&
            (from->count == 1 || is_visit(record->book, event)) &&
            record_may_event(record, asker, subject, event, true)) {
            moment->has_cost = true;
            moment->cost += event->cost;
        }
    }
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
    shire_record_event *events = shire_arena_alloc_array(arena, event_count, sizeof *events);
    uint32_t *taken = shire_arena_alloc_array(arena, event_count, sizeof *taken);
    size_t taken_count = 0;
    size_t cost_capacity = 0;
    if (events == NULL || taken == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    view->has_costs = may_cost;
    view->moment_first = request->first;
    for (uint32_t i = 0; i < event_count; i++) {
        const shire_record_event *event = &events[i];
        events[i] = shire_record_book_event(book, here->first_event + i);
        if (may_cost && record_may_event(record, asker, subject, event, true) &&
            !add_cost(book, event, arena, &cost_capacity, view)) {
            return RECORD_NO_MEMORY(error);
        }
        if (record_may_event(record, asker, subject, event, false)) {
            uint32_t category = book->kinds[event->kind].category;
            view->category_counts[category]++;
            count_holding(book, event, view);
            if ((wanted & SHIRE_GATE_BIT(category)) != 0) {
                taken[taken_count++] = i;
            }
        }
    }
    if (view->cost_count > 0) {
        qsort(view->costs, view->cost_count, sizeof *view->costs, compare_costs);
    }
    line *lines = shire_arena_alloc_array(arena, taken_count, sizeof *lines);
    if (lines == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    view->moment_total = make_lines(book, events, taken, taken_count, request->is_folded, lines);
    size_t left = view->moment_total > request->first ? view->moment_total - request->first : 0;
    page = page < left ? page : left;
    view->moments = shire_arena_alloc_array(arena, page, sizeof *view->moments);
    if (view->moments == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    for (size_t i = 0; i < page; i++) {
        const line *from = &lines[request->first + i];
        shire_record_moment *moment = &view->moments[view->moment_count++];
        set_moment(book, here->first_event + from->last, &events[from->last], arena, moment);
        moment->event_count = from->count;
        if (from->count > 1) {
            moment->end = moment->end == SHIRE_RECORD_NO_TIME ? moment->start : moment->end;
            moment->start = events[from->first].start;
        }
        if (may_cost) {
            sum_costs(record, asker, subject, from, events, taken, taken_count, moment);
        }
    }
    return SHIRE_OK;
}
