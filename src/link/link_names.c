/*
 * Names taken apart. The words of all name columns of a record are ids of one dictionary, so that a
 * given name is found again where another record has it as family name.
 */
#include "link/link_dataset_internal.h"

#include "core/arena.h"
#include "link/link_normalise_kernel.h"

#include <stdlib.h>
#include <string.h>

#define NAME_WORDS_MAX 16

/* The name columns of one record, as ids of the dictionary of names. */
typedef struct name_parts {
    uint32_t given;
    uint32_t family;
    uint32_t rest;
    uint32_t tokens[NAME_WORDS_MAX * 4];
    size_t token_count;
} name_parts;

static bool add_words(shire_link_dictionary *names, uint32_t value, uint32_t *words_out,
                      size_t capacity, size_t *count) {
    /* The dictionary may move its bytes while words are added: work on a copy. */
    char copy[SHIRE_LINK_VALUE_BYTES_MAX];
    shire_span text = shire_link_dictionary_text(names, value);
    memcpy(copy, text.bytes, text.length);
    size_t at = 0;
    while (at < text.length && *count < capacity) {
        size_t start = at;
        while (at < text.length && copy[at] != ' ') {
            at++;
        }
        if (!shire_link_dictionary_add(names, (shire_span){copy + start, at - start},
                                       &words_out[*count])) {
            return false;
        }
        *count += 1;
        at++;
    }
    return true;
}

static int compare_ids(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static size_t sort_unique(uint32_t *ids, size_t count) {
    if (count > 1) {
        qsort(ids, count, sizeof *ids, compare_ids);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ids[i] != ids[kept - 1]) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

static bool is_among(uint32_t id, const uint32_t *ids, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* Join the words of full and middle name that are in neither given nor family name. */
static bool make_rest(shire_link_dictionary *names, const uint32_t *used, size_t used_count,
                      const uint32_t *words, size_t word_count, uint32_t *rest_out) {
    char joined[SHIRE_LINK_VALUE_BYTES_MAX];
    size_t length = 0;
    for (size_t i = 0; i < word_count; i++) {
        shire_span word = shire_link_dictionary_text(names, words[i]);
        if (is_among(words[i], used, used_count) || is_among(words[i], words, i) ||
            length + 1 + word.length > sizeof joined) {
            continue;
        }
        if (length > 0) {
            joined[length++] = ' ';
        }
        memcpy(joined + length, word.bytes, word.length);
        length += word.length;
    }
    return shire_link_dictionary_add(names, (shire_span){joined, length}, rest_out);
}

static bool split_name(shire_link_dictionary *names, uint32_t middle, uint32_t full,
                       name_parts *parts) {
    uint32_t words[NAME_WORDS_MAX * 2];
    size_t word_count = 0;
    if (!add_words(names, full, words, NAME_WORDS_MAX, &word_count)) {
        return false;
    }
    bool has_given = parts->given != 0;
    if (!has_given && word_count > 0 && words[0] != parts->family) {
        parts->given = words[0];
    }
    if (parts->family == 0 && word_count > 1 && words[word_count - 1] != parts->given) {
        parts->family = words[word_count - 1];
    }
    parts->token_count = 0;
    if (!add_words(names, parts->given, parts->tokens, NAME_WORDS_MAX, &parts->token_count) ||
        !add_words(names, parts->family, parts->tokens, NAME_WORDS_MAX * 2, &parts->token_count) ||
        !add_words(names, middle, words, NAME_WORDS_MAX * 2, &word_count) ||
        !make_rest(names, parts->tokens, parts->token_count, words, word_count, &parts->rest)) {
        return false;
    }
    memcpy(parts->tokens + parts->token_count, words, word_count * sizeof *words);
    parts->token_count = sort_unique(parts->tokens, parts->token_count + word_count);
    return true;
}

bool shire_link_names_split(shire_link_name_ids *ids, shire_link_dataset *dataset) {
    size_t record_count = dataset->record_count;
    size_t capacity = record_count * 3 + NAME_WORDS_MAX * 4;
    dataset->token_offsets = shire_memory_resize(NULL, (record_count + 1) * sizeof(uint64_t));
    dataset->tokens = shire_memory_resize(NULL, capacity * sizeof(uint32_t));
    if (dataset->token_offsets == NULL || dataset->tokens == NULL) {
        return false;
    }
    size_t used = 0;
    for (size_t record = 0; record < record_count; record++) {
        name_parts parts = {.given = ids->given[record], .family = ids->family[record]};
        if (!split_name(&dataset->names, ids->middle[record], ids->full[record], &parts)) {
            return false;
        }
        ids->given[record] = parts.given;
        ids->family[record] = parts.family;
        ids->middle[record] = parts.rest;
        if (used + parts.token_count > capacity) {
            capacity = capacity * 2 + parts.token_count;
            uint32_t *bigger = shire_memory_resize(dataset->tokens, capacity * sizeof(uint32_t));
            if (bigger == NULL) {
                return false;
            }
            dataset->tokens = bigger;
        }
        dataset->token_offsets[record] = used;
        memcpy(dataset->tokens + used, parts.tokens, parts.token_count * sizeof(uint32_t));
        used += parts.token_count;
    }
    dataset->token_offsets[record_count] = used;
    return true;
}
