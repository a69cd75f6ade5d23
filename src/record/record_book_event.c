/*
 * Events as columns of few bits (core/packed.h): cost, id, start, how long it was, and kind. Those
 * of a person stand side by side in the order of time, so that starts and kinds of a block are near
 * each other.
 */
#include "record/record_book_internal.h"

#include <stdio.h>

enum { COST, ID, START, LENGTH, KIND };

static const char *const names[SHIRE_RECORD_EVENT_COLUMN_COUNT] = {
    [COST] = "cost", [ID] = "id", [START] = "start", [LENGTH] = "length", [KIND] = "kind"};

static void name_part(size_t column, const char *what, char name[SHIRE_COLUMNS_NAME_BYTES]) {
    snprintf(name, SHIRE_COLUMNS_NAME_BYTES, "event.%s.%s", names[column], what);
}

/* Ids that are texts go below those that are numbers, so that both take few bits. */
static int64_t number_of_id(uint64_t id) {
    return (id & RECORD_KEY_TEXT) == 0 ? (int64_t)id : -1 - (int64_t)(id & ~RECORD_KEY_TEXT);
}

static uint64_t id_of_number(int64_t number) {
    return number >= 0 ? (uint64_t)number : RECORD_KEY_TEXT | (uint64_t)(-1 - number);
}

/* No end is 0, and lengths from 0 on are one more than they are. */
static int64_t length_of(const shire_record_event *event) {
    int64_t minutes = (int64_t)event->end - event->start;
    return event->end == SHIRE_RECORD_NO_TIME ? 0 : minutes < 0 ? minutes : minutes + 1;
}

static int32_t end_of(int64_t start, int64_t length) {
    return length == 0  ? SHIRE_RECORD_NO_TIME
           : length < 0 ? (int32_t)(start + length)
                        : (int32_t)(start + length - 1);
}

/* ---- writing ---- */

typedef struct event_column {
    const shire_record_event *events;
    size_t column;
} event_column;

static int64_t number_at(const void *context, size_t i) {
    const event_column *from = context;
    const shire_record_event *event = &from->events[i];
    switch (from->column) {
    case COST:
        return event->cost;
    case ID:
        return number_of_id(event->id);
    case START:
        return event->start;
    case LENGTH:
        return length_of(event);
    default:
        return event->kind;
    }
}

shire_status record_events_pack(const shire_record_event *events, size_t count, shire_arena *arena,
                                shire_columns_part parts_out[RECORD_EVENT_PART_COUNT],
                                shire_error *error) {
    size_t block_count = shire_packed_block_count(count);
    for (size_t i = 0; i < SHIRE_RECORD_EVENT_COLUMN_COUNT; i++) {
        const event_column column = {events, i};
        shire_packed_block *blocks = shire_arena_alloc_array(arena, block_count, sizeof *blocks);
        size_t word_count =
            blocks == NULL ? 0 : shire_packed_write(number_at, &column, count, blocks, NULL, 0);
        if (word_count == SIZE_MAX) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW, "there are more events than a book takes");
        }
        uint64_t *words = shire_arena_alloc_array(arena, word_count, sizeof *words);
        if (blocks == NULL || words == NULL) {
            return RECORD_BOOK_NO_MEMORY(error);
        }
        (void)shire_packed_write(number_at, &column, count, blocks, words, word_count);
        shire_columns_part *parts = &parts_out[2 * i];
        parts[0] =
            (shire_columns_part){.bytes = blocks, .byte_count = block_count * sizeof *blocks};
        parts[1] = (shire_columns_part){.bytes = words, .byte_count = word_count * sizeof *words};
        name_part(i, "blocks", parts[0].name);
        name_part(i, "words", parts[1].name);
    }
    return SHIRE_OK;
}

/* ---- reading ---- */

bool record_events_find(shire_record_book *book) {
    size_t wanted = shire_packed_block_count(book->event_count);
    for (size_t i = 0; i < SHIRE_RECORD_EVENT_COLUMN_COUNT; i++) {
        shire_packed *column = &book->events[i];
        size_t block_count = 0;
        size_t word_count = 0;
        char name[SHIRE_COLUMNS_NAME_BYTES];
        name_part(i, "blocks", name);
        column->blocks =
            shire_columns_find(book->columns, name, sizeof *column->blocks, &block_count);
        name_part(i, "words", name);
        column->words = shire_columns_find(book->columns, name, sizeof *column->words, &word_count);
        if (column->blocks == NULL || column->words == NULL || block_count != wanted) {
            return false;
        }
        if (wanted > 0 &&
            (size_t)column->blocks[wanted - 1].first_word + column->blocks[wanted - 1].bit_count !=
                word_count) {
            return false;
        }
    }
    return true;
}

uint32_t shire_record_book_event_kind(const shire_record_book *book, size_t place) {
    return (uint32_t)shire_packed_read(&book->events[KIND], place);
}

shire_record_event shire_record_book_event_times(const shire_record_book *book, size_t place) {
    int64_t start = shire_packed_read(&book->events[START], place);
    return (shire_record_event){.start = (int32_t)start,
                                .end =
                                    end_of(start, shire_packed_read(&book->events[LENGTH], place)),
                                .kind = shire_record_book_event_kind(book, place)};
}

shire_record_event shire_record_book_event(const shire_record_book *book, size_t place) {
    shire_record_event event = shire_record_book_event_times(book, place);
    event.cost = shire_packed_read(&book->events[COST], place);
    event.id = id_of_number(shire_packed_read(&book->events[ID], place));
    return event;
}
