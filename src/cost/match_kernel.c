/*
 * Keys are numbered as groups in the order in which they first stand; counting sort brings the
 * events of a group together, and each group is sorted by start and number. To choose, a binary
 * search finds the last event that starts early enough; from there back the distance first falls
 * and then grows, so that the walk ends where no nearer one can come.
 */
#include "cost/match_kernel.h"

#include <stdlib.h>
#include <string.h>

/* Look-ups this far ahead are fetched while the present one is dealt with. */
#define AHEAD 16

static size_t slot_count_of(size_t key_count) {
    return 16 + key_count + key_count / 2;
}

size_t shire_match_index_bytes(size_t key_count) {
    return slot_count_of(key_count) * sizeof(uint64_t) + key_count * sizeof(uint64_t) +
           (key_count + 1) * sizeof(uint32_t) * 2 + key_count * sizeof(int32_t) + 64;
}

static inline uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

uint64_t shire_match_hash(int32_t organisation, shire_span text) {
    uint64_t hash = mix(text.length, (uint64_t)(uint32_t)organisation);
    uint64_t word;
    size_t at = 0;
    for (; at + sizeof(word) <= text.length; at += sizeof(word)) {
        memcpy(&word, text.bytes + at, sizeof(word));
        hash = mix(hash, word);
    }
    if (at < text.length) {
        word = 0;
        memcpy(&word, text.bytes + at, text.length - at);
        hash = mix(hash, word);
    }
    hash *= UINT64_C(0xD6E8FEB86659FD93);
    return hash ^ (hash >> 32);
}

/* Where the lower half of the hash points: the upper half is what the slot keeps. */
static inline size_t slot_of(const shire_match_index *index, uint64_t hash) {
    return (size_t)((hash & UINT32_MAX) * index->slot_count >> 32);
}

void shire_match_index_fetch(const shire_match_index *index, uint64_t hash) {
    __builtin_prefetch(&index->slots[slot_of(index, hash)]);
}

static shire_span text_of(const shire_match_keys *keys, size_t event) {
    shire_match_text text = keys->texts[event];
    return (shire_span){keys->text_bytes + text.start, text.length};
}

static bool is_key(const shire_match_keys *keys, size_t event, int32_t organisation,
                   shire_span text) {
    shire_span own = text_of(keys, event);
    return keys->organisations[event] == organisation && own.length == text.length &&
           memcmp(own.bytes, text.bytes, text.length) == 0;
}

/* The slot of the key, or the empty one where it would stand. */
static size_t find_slot(const shire_match_index *index, uint64_t hash, int32_t organisation,
                        shire_span text) {
    size_t place = slot_of(index, hash);
    for (;; place = place + 1 < index->slot_count ? place + 1 : 0) {
        uint64_t slot = index->slots[place];
        if (slot == 0) {
            return place;
        }
        size_t group = (uint32_t)slot - 1;
        if (slot >> 32 == hash >> 32 &&
            is_key(&index->keys, index->group_samples[group], organisation, text)) {
            return place;
        }
    }
}

int64_t shire_match_index_find(const shire_match_index *index, uint64_t hash, int32_t organisation,
                               shire_span text) {
    return (int64_t)(uint32_t)index->slots[find_slot(index, hash, organisation, text)] - 1;
}

/* Gives every key its group and counts the groups' events in group_firsts[group + 1]. */
static size_t number_groups(shire_match_index *index, uint64_t *groups) {
    const shire_match_keys *keys = &index->keys;
    size_t group_count = 0;
    for (size_t key = 0; key < keys->count; key++) {
        size_t event = (size_t)keys->event_nos[key];
        groups[key] = shire_match_hash(keys->organisations[event], text_of(keys, event));
    }
    for (size_t key = 0; key < keys->count; key++) {
        if (key + AHEAD < keys->count) {
            shire_match_index_fetch(index, groups[key + AHEAD]);
        }
        size_t event = (size_t)keys->event_nos[key];
        uint64_t hash = groups[key];
        size_t place = find_slot(index, hash, keys->organisations[event], text_of(keys, event));
        if (index->slots[place] == 0) {
            index->group_samples[group_count++] = (uint32_t)event;
            index->slots[place] = (hash >> 32) << 32 | group_count;
        }
        groups[key] = (uint32_t)index->slots[place] - 1;
        index->group_firsts[groups[key] + 1]++;
    }
    return group_count;
}

static bool stands_before(const shire_match_times *times, int32_t a, int32_t b) {
    shire_timestamp x = times->starts[a];
    shire_timestamp y = times->starts[b];
    return x < y || (x == y && a < b);
}

/* Heap sort: large groups are rare, and none may take long. */
static void sift_down(const shire_match_times *times, int32_t *events, size_t at, size_t count) {
    int32_t event = events[at];
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        child += child + 1 < count && stands_before(times, events[child], events[child + 1]);
        if (!stands_before(times, event, events[child])) {
            break;
        }
        events[at] = events[child];
        at = child;
    }
    events[at] = event;
}

static void sort_large(const shire_match_times *times, int32_t *events, size_t count) {
    for (size_t at = count / 2; at > 0; at--) {
        sift_down(times, events, at - 1, count);
    }
    for (size_t last = count - 1; last > 0; last--) {
        int32_t event = events[last];
        events[last] = events[0];
        events[0] = event;
        sift_down(times, events, 0, last);
    }
}

static void sort_group(const shire_match_times *times, int32_t *events, size_t count) {
    if (count > 64) {
        sort_large(times, events, count);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        int32_t event = events[i];
        size_t at = i;
        for (; at > 0 && stands_before(times, event, events[at - 1]); at--) {
            events[at] = events[at - 1];
        }
        events[at] = event;
    }
}

shire_match_index shire_match_index_build(const shire_match_keys *keys,
                                          const shire_match_times *times, void *memory) {
    size_t slot_count = slot_count_of(keys->count);
    uint64_t *groups = (uint64_t *)memory + slot_count;
    uint32_t *firsts = (uint32_t *)(groups + keys->count);
    shire_match_index index = {.keys = *keys,
                               .times = *times,
                               .slot_count = slot_count,
                               .slots = memory,
                               .group_firsts = firsts,
                               .group_samples = firsts + keys->count + 1,
                               .events = (int32_t *)(firsts + 2 * (keys->count + 1))};
    size_t group_count = number_groups(&index, groups);
    for (size_t group = 0; group < group_count; group++) {
        firsts[group + 1] += firsts[group];
    }
    /* Placing the events moves each group's first to its end, which is the next one's first. */
    for (size_t key = 0; key < keys->count; key++) {
        index.events[firsts[groups[key]]++] = keys->event_nos[key];
    }
    memmove(firsts + 1, firsts, group_count * sizeof(*firsts));
    firsts[0] = 0;
    for (size_t group = 0; group < group_count; group++) {
        sort_group(times, index.events + firsts[group], firsts[group + 1] - firsts[group]);
    }
    return index;
}

static int32_t lowest_of(const int32_t *events, size_t count, bool *tied_out) {
    int32_t lowest = events[0];
    *tied_out = count > 1;
    for (size_t i = 1; i < count; i++) {
        lowest = events[i] < lowest ? events[i] : lowest;
    }
    return lowest;
}

/* Events that start at `latest` or before. */
static size_t count_until(const shire_match_index *index, const int32_t *events, size_t count,
                          shire_timestamp latest) {
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (index->times.starts[events[middle]] <= latest) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

int32_t shire_match_index_choose(const shire_match_index *index, int64_t group,
                                 shire_timestamp start, const shire_match_window *window,
                                 bool *tied_out) {
    *tied_out = false;
    const shire_timestamp *starts = index->times.starts;
    const int32_t *events = index->events + index->group_firsts[group];
    size_t count = index->group_firsts[group + 1] - index->group_firsts[group];
    bool windowed = window->before_days != SHIRE_MATCH_NO_WINDOW;
    if (start == SHIRE_MATCH_NO_TIME || !window->nearest) {
        return windowed ? -1 : lowest_of(events, count, tied_out);
    }
    int32_t best = -1;
    int64_t best_distance = INT64_MAX;
    int64_t day = shire_timestamp_date(start);
    if (windowed) {
        count = count_until(index, events, count,
                            start + window->before_days * SHIRE_MICROSECONDS_PER_DAY);
    } else if (starts[events[0]] == SHIRE_MATCH_NO_TIME) {
        best = events[0];
        best_distance = 0;
    }
    for (size_t i = count; i > 0; i--) {
        int32_t event = events[i - 1];
        if (starts[event] == SHIRE_MATCH_NO_TIME ||
            (starts[event] < start && start - starts[event] > best_distance)) {
            break;
        }
        int64_t distance = llabs(start - starts[event]);
        shire_date last_day = index->times.last_days[event];
        bool inside =
            !windowed || last_day == SHIRE_MATCH_OPEN || day <= last_day + window->after_days;
        *tied_out = inside && distance <= best_distance ? best >= 0 && distance == best_distance
                                                        : *tied_out;
        if (inside && (distance < best_distance || (distance == best_distance && event < best))) {
            best = event;
            best_distance = distance;
        }
    }
    return best;
}
