/*
 * Open addressing with linear probing over 32-bit ids; hashes are kept by id, so that growing the
 * table moves no text and a probe compares bytes only when the whole hash agrees.
 */
#include "link/link_dictionary.h"

#include "core/arena.h"

#include <string.h>

#define FIRST_SLOTS 1024U

bool shire_link_dictionary_init(shire_link_dictionary *dictionary) {
    *dictionary = (shire_link_dictionary){.count = 1, .capacity = FIRST_SLOTS / 2};
    dictionary->slot_count = FIRST_SLOTS;
    dictionary->byte_capacity = 4096;
    dictionary->slots = shire_memory_resize(NULL, FIRST_SLOTS * sizeof(uint32_t));
    dictionary->hashes = shire_memory_resize(NULL, dictionary->capacity * sizeof(uint64_t));
    dictionary->offsets = shire_memory_resize(NULL, (dictionary->capacity + 1) * sizeof(uint64_t));
    dictionary->bytes = shire_memory_resize(NULL, dictionary->byte_capacity);
    if (dictionary->slots == NULL || dictionary->hashes == NULL || dictionary->offsets == NULL ||
        dictionary->bytes == NULL) {
        shire_link_dictionary_done(dictionary);
        return false;
    }
    memset(dictionary->slots, 0, FIRST_SLOTS * sizeof(uint32_t));
    dictionary->hashes[0] = 0;
    dictionary->offsets[0] = 0;
    dictionary->offsets[1] = 0;
    return true;
}

void shire_link_dictionary_done(shire_link_dictionary *dictionary) {
    shire_memory_free(dictionary->slots);
    shire_memory_free(dictionary->hashes);
    shire_memory_free(dictionary->offsets);
    shire_memory_free(dictionary->bytes);
    *dictionary = (shire_link_dictionary){0};
}

static bool resize(void *array, size_t byte_count) {
    void **place = array;
    void *bigger = shire_memory_resize(*place, byte_count);
    if (bigger == NULL) {
        return false;
    }
    *place = bigger;
    return true;
}

static void fill_slots(shire_link_dictionary *dictionary) {
    memset(dictionary->slots, 0, dictionary->slot_count * sizeof(uint32_t));
    for (uint32_t id = 1; id < dictionary->count; id++) {
        uint32_t slot = (uint32_t)dictionary->hashes[id] & (dictionary->slot_count - 1);
        while (dictionary->slots[slot] != 0) {
            slot = (slot + 1) & (dictionary->slot_count - 1);
        }
        dictionary->slots[slot] = id;
    }
}

/* As few slots as three quarters of which are taken; adding likes to find half of them free. */
static void tighten(shire_link_dictionary *dictionary) {
    uint32_t slot_count = dictionary->slot_count;
    while (dictionary->hashes != NULL && slot_count / 2 >= dictionary->count / 3 * 4 + 4) {
        slot_count /= 2;
    }
    if (slot_count < dictionary->slot_count &&
        resize(&dictionary->slots, slot_count * sizeof(uint32_t))) {
        dictionary->slot_count = slot_count;
        fill_slots(dictionary);
    }
}

void shire_link_dictionary_seal(shire_link_dictionary *dictionary) {
    if (dictionary->slots == NULL) {
        return; /* one that was never made */
    }
    uint64_t byte_count = dictionary->offsets[dictionary->count];
    tighten(dictionary);
    shire_memory_free(dictionary->hashes);
    dictionary->hashes = NULL;
    dictionary->capacity = dictionary->count;
    /* Where no smaller place is found the larger one stays. */
    if (resize(&dictionary->bytes, byte_count + 1)) {
        dictionary->byte_capacity = byte_count + 1;
    }
    (void)resize(&dictionary->offsets, (dictionary->count + UINT64_C(1)) * sizeof(uint64_t));
}

static bool grow_values(shire_link_dictionary *dictionary) {
    if (dictionary->capacity > UINT32_MAX / 4) {
        return false;
    }
    uint32_t capacity = dictionary->capacity * 2;
    if (!resize(&dictionary->hashes, capacity * sizeof(uint64_t)) ||
        !resize(&dictionary->offsets, (capacity + UINT64_C(1)) * sizeof(uint64_t)) ||
        !resize(&dictionary->slots, capacity * 2 * sizeof(uint32_t))) {
        return false;
    }
    dictionary->capacity = capacity;
    dictionary->slot_count = capacity * 2;
    fill_slots(dictionary);
    return true;
}

static uint32_t probe(const shire_link_dictionary *dictionary, shire_span text, uint64_t hash,
                      uint32_t *slot_out) {
    uint32_t slot = (uint32_t)hash & (dictionary->slot_count - 1);
    uint32_t id = dictionary->slots[slot];
    while (id != 0) {
        if ((dictionary->hashes == NULL || dictionary->hashes[id] == hash) &&
            shire_span_equal(shire_link_dictionary_text(dictionary, id), text)) {
            break;
        }
        slot = (slot + 1) & (dictionary->slot_count - 1);
        id = dictionary->slots[slot];
    }
    *slot_out = slot;
    return id;
}

uint32_t shire_link_dictionary_find(const shire_link_dictionary *dictionary, shire_span text) {
    uint32_t slot = 0;
    return text.length == 0 ? 0 : probe(dictionary, text, shire_text_hash(text, 0), &slot);
}

bool shire_link_dictionary_add(shire_link_dictionary *dictionary, shire_span text,
                               uint32_t *id_out) {
    if (text.length == 0) {
        *id_out = 0;
        return true;
    }
    uint64_t hash = shire_text_hash(text, 0);
    uint32_t slot = 0;
    uint32_t id = probe(dictionary, text, hash, &slot);
    if (id == 0) {
        if (dictionary->count == dictionary->capacity) {
            if (!grow_values(dictionary)) {
                return false;
            }
            probe(dictionary, text, hash, &slot);
        }
        id = dictionary->count;
        uint64_t from = dictionary->offsets[id];
        while (from + text.length > dictionary->byte_capacity) {
            if (!resize(&dictionary->bytes, dictionary->byte_capacity * 2)) {
                return false;
            }
            dictionary->byte_capacity *= 2;
        }
        memcpy(dictionary->bytes + from, text.bytes, text.length);
        dictionary->offsets[id + 1] = from + text.length;
        dictionary->hashes[id] = hash;
        dictionary->slots[slot] = id;
        dictionary->count++;
    }
    *id_out = id;
    return true;
}
