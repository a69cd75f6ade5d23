/*
 * An index of events by key, and the event that an item of the same key belongs to: pure arrays.
 *
 * A key is an organisation and a text. The index is a table of hashes with open addressing; a hash
 * only says where to look, texts are compared in full. Events of one key stand together, by their
 * start and then their number, so that a window is found without looking at all of them.
 *
 * Nothing here allocates, reads a clock or keeps state. An index that is built is only read: any
 * number of threads may ask it at once.
 */
#ifndef SHIRE_COST_MATCH_KERNEL_H
#define SHIRE_COST_MATCH_KERNEL_H

#include "core/date.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time that is not said: before all others. */
#define SHIRE_MATCH_NO_TIME INT64_MIN
/* The last day of an event that is still open, and of one without a start. */
#define SHIRE_MATCH_OPEN INT32_MAX
/* A rule without a window. */
#define SHIRE_MATCH_NO_WINDOW INT64_C(-1)

/* Event -> when it was. */
typedef struct shire_match_times {
    const shire_timestamp *starts; /* or SHIRE_MATCH_NO_TIME */
    const shire_date *last_days;   /* not before the start's; or SHIRE_MATCH_OPEN */
} shire_match_times;

/* A text of an event, in bytes that all of them share. */
typedef struct shire_match_text {
    uint32_t start;
    uint32_t length; /* or SHIRE_MATCH_NO_TEXT: none is said */
} shire_match_text;

#define SHIRE_MATCH_NO_TEXT UINT32_MAX

/* The keys to be indexed, those of some events; all arrays are the caller's, as is the index's
 * memory. */
typedef struct shire_match_keys {
    size_t count;
    const int32_t *event_nos;      /* the events, each of which has a text */
    const int32_t *organisations;  /* event -> organisation */
    const shire_match_text *texts; /* event -> text */
    const char *text_bytes;
} shire_match_keys;

typedef struct shire_match_index {
    shire_match_keys keys;
    shire_match_times times;
    size_t slot_count;
    uint64_t *slots;         /* upper half of the hash, then group + 1; 0: empty */
    uint32_t *group_firsts;  /* group -> place of its first event; one more at the end */
    uint32_t *group_samples; /* group -> one of its events */
    int32_t *events;         /* by group, start, number */
} shire_match_index;

/* What an item asks for. */
typedef struct shire_match_window {
    int64_t before_days; /* the start lies at most so far before the event's; or NO_WINDOW */
    int64_t after_days;  /* and its day at most so far behind the event's last day */
    bool nearest;        /* the event with the nearest start, else the one with the lowest number */
} shire_match_window;

/* Bytes that an index of so many keys needs; aligned to 8. */
size_t shire_match_index_bytes(size_t key_count);
/* `memory` is of shire_match_index_bytes, zeroed. */
shire_match_index shire_match_index_build(const shire_match_keys *keys,
                                          const shire_match_times *times, void *memory);

/* The hash that index_find wants; index_fetch brings its slot near before it is needed. */
uint64_t shire_match_hash(int32_t organisation, shire_span text);
void shire_match_index_fetch(const shire_match_index *index, uint64_t hash);
/* The group of a key, or -1. */
int64_t shire_match_index_find(const shire_match_index *index, uint64_t hash, int32_t organisation,
                               shire_span text);

/*
 * The event of a group that an item with this start belongs to, or -1: of those whose window holds
 * the start the nearest one, of equally near ones the lowest number. An item without a start is in
 * no window; without a window, a start that either does not say counts as no distance. `tied_out`:
 * another event would have done as well.
 */
int32_t shire_match_index_choose(const shire_match_index *index, int64_t group,
                                 shire_timestamp start, const shire_match_window *window,
                                 bool *tied_out);

#endif
