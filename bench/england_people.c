/* Totals per person: scatter by range of people, then add up range by range. See the header. */
#include "england_people.h"

#include "core/parallel.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define RANGE_BITS 16 /* 65,536 people: half a megabyte of totals, in a second-level cache */
#define RANGE_PEOPLE ((size_t)1 << RANGE_BITS)
#define PART_LIMIT ((INT64_C(1) << (63 - RANGE_BITS)) - 1) /* larger ones are added in pieces */
#define LINE_ENTRIES 8                                     /* of a cache line */
#define PAGE_ENTRIES ((size_t)8192)
#define NO_PAGE UINT32_MAX

/* A part of a person: part * RANGE_PEOPLE + place of the person in the range. */
typedef uint64_t entry;

/* Of one thread and range: the page under way and, in lines, what is not yet in it. */
typedef struct range_end {
    uint32_t pending; /* entries in the range's line of the thread */
    uint32_t page;    /* head of the list of pages */
    entry *next;      /* in the page; at its end when it is full */
    entry *page_end;
} range_end;

struct england_people {
    shire_money *totals;
    size_t person_count;
    size_t range_count;
    int thread_count;
    entry *pages;
    size_t page_count;
    atomic_size_t pages_taken;
    uint32_t *page_before; /* page -> the page before it in its list */
    uint32_t *page_fill;   /* page -> entries in it */
    range_end *ends;       /* thread by thread */
    entry *lines;          /* LINE_ENTRIES for each of the ends, aligned */
};

static void clear_ends(england_people *people) {
    for (size_t i = 0; i < people->range_count * (size_t)people->thread_count; i++) {
        people->ends[i] = (range_end){.page = NO_PAGE};
    }
    atomic_store(&people->pages_taken, 0);
}

shire_status england_people_new(size_t person_count, size_t parts_max, shire_money total,
                                int thread_count, shire_arena *arena, england_people **people_out,
                                shire_error *error) {
    england_people *people = shire_arena_alloc(arena, sizeof *people);
    if (people == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    people->person_count = person_count;
    people->range_count = (person_count + RANGE_PEOPLE - 1) / RANGE_PEOPLE;
    people->thread_count = thread_count;
    size_t end_count = people->range_count * (size_t)thread_count;
    size_t pieces_max = (size_t)(total / PART_LIMIT) + 1; /* of parts over the limit */
    people->page_count = (parts_max + pieces_max) / PAGE_ENTRIES + 1 + end_count;
    people->totals =
        shire_arena_alloc_array(arena, people->range_count, RANGE_PEOPLE * sizeof *people->totals);
    people->pages =
        shire_arena_alloc_array(arena, people->page_count, PAGE_ENTRIES * sizeof *people->pages);
    people->page_before =
        shire_arena_alloc_array(arena, people->page_count, sizeof *people->page_before);
    people->page_fill =
        shire_arena_alloc_array(arena, people->page_count, sizeof *people->page_fill);
    people->ends = shire_arena_alloc_array(arena, end_count, sizeof *people->ends);
    people->lines = shire_arena_alloc_array(arena, end_count, LINE_ENTRIES * sizeof *people->lines);
    if (people->totals == NULL || people->pages == NULL || people->page_before == NULL ||
        people->page_fill == NULL || people->ends == NULL || people->lines == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    clear_ends(people);
    *people_out = people;
    return SHIRE_OK;
}

static void close_page(england_people *people, range_end *end) {
    if (end->page != NO_PAGE) {
        people->page_fill[end->page] =
            (uint32_t)(PAGE_ENTRIES - (size_t)(end->page_end - end->next));
    }
}

static void open_page(england_people *people, range_end *end) {
    close_page(people, end);
    size_t page = atomic_fetch_add_explicit(&people->pages_taken, 1, memory_order_relaxed);
    assert(page < people->page_count);
    people->page_before[page] = end->page;
    end->page = (uint32_t)page;
    end->next = people->pages + page * PAGE_ENTRIES;
    end->page_end = end->next + PAGE_ENTRIES;
}

/* Copies a full line past the caches: it is read again only when the range is settled. */
static inline void stream_line(entry *to, const entry *from) {
#if defined(__SSE2__)
    for (int i = 0; i < LINE_ENTRIES; i += 2) {
        _mm_stream_si128((__m128i *)(to + i), _mm_load_si128((const __m128i *)(from + i)));
    }
#else
    memcpy(to, from, LINE_ENTRIES * sizeof *to);
#endif
}

/* What this thread has streamed is seen by the others after the next barrier. */
static inline void stream_end(void) {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

static void write_line(england_people *people, range_end *end, const entry *line) {
    if (end->next == end->page_end) {
        open_page(people, end);
    }
    stream_line(end->next, line);
    end->next += LINE_ENTRIES;
    end->pending = 0;
}

static inline void add_entry(england_people *people, range_end *ends, entry *lines, uint32_t person,
                             shire_money part) {
    size_t range = person >> RANGE_BITS;
    range_end *end = &ends[range];
    entry *line = lines + range * LINE_ENTRIES;
    line[end->pending++] = (uint64_t)part << RANGE_BITS | (person & (RANGE_PEOPLE - 1));
    if (end->pending == LINE_ENTRIES) {
        write_line(people, end, line);
    }
}

void england_people_add(england_people *people, int thread, const uint32_t *persons,
                        const shire_money *parts, size_t count) {
    range_end *ends = people->ends + (size_t)thread * people->range_count;
    entry *lines = people->lines + (size_t)thread * people->range_count * LINE_ENTRIES;
    for (size_t i = 0; i < count; i++) {
        shire_money left = parts[i];
        while (__builtin_expect(left > PART_LIMIT || left < -PART_LIMIT, 0)) {
            shire_money piece = left > 0 ? PART_LIMIT : -PART_LIMIT;
            add_entry(people, ends, lines, persons[i], piece);
            left -= piece;
        }
        add_entry(people, ends, lines, persons[i], left);
    }
    stream_end();
}

static void add_entries(shire_money *totals, const entry *entries, size_t count) {
    for (size_t i = 0; i < count; i++) {
        totals[entries[i] & (RANGE_PEOPLE - 1)] += (int64_t)entries[i] >> RANGE_BITS;
    }
}

static void settle_range(size_t first, size_t last, size_t chunk, int thread,
                         void *context_pointer) {
    (void)last;
    (void)chunk;
    (void)thread;
    england_people *people = context_pointer;
    shire_money *totals = people->totals + first * RANGE_PEOPLE;
    for (int t = 0; t < people->thread_count; t++) {
        size_t place = (size_t)t * people->range_count + first;
        range_end *end = &people->ends[place];
        close_page(people, end);
        for (uint32_t page = end->page; page != NO_PAGE; page = people->page_before[page]) {
            add_entries(totals, people->pages + page * PAGE_ENTRIES, people->page_fill[page]);
        }
        add_entries(totals, people->lines + place * LINE_ENTRIES, end->pending);
    }
}

void england_people_settle(england_people *people) {
    shire_parallel_for(people->thread_count, people->range_count, 1, settle_range, people);
    clear_ends(people);
}

const shire_money *england_people_totals(const england_people *people) {
    return people->totals;
}
