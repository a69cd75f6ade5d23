/*
 * The rows of a dataset for matching: each value id in as many bits as its field needs, one row
 * after the other, a third of what comparing millions of pairs wants them to take. The words of a
 * record's names are not kept, because the names tell them.
 */
#include "link/link_match_internal.h"

#include "core/arena.h"

#include <string.h>

/* Bits for ids below `count`. */
static uint32_t bits_of(uint32_t count) {
    uint32_t bits = 1;
    while (bits < 30 && count > UINT32_C(1) << bits) {
        bits++;
    }
    return bits;
}

/* Into bits that are 0. */
static void put(uint8_t *row, uint32_t first, uint32_t value) {
    uint64_t bits = (uint64_t)value << first % 8;
    for (int i = 0; i < SHIRE_LINK_MATCH_VALUE_BYTES; i++) {
        row[first / 8 + (uint32_t)i] |= (uint8_t)(bits >> 8 * i);
    }
}

static bool find_names_of_words(const shire_link_dictionary *names, shire_link_match_rows *rows) {
    rows->has_words = shire_memory_resize(NULL, names->count);
    if (rows->has_words == NULL) {
        return false;
    }
    for (uint32_t id = 0; id < names->count; id++) {
        shire_span text = shire_link_dictionary_text(names, id);
        rows->has_words[id] = memchr(text.bytes, ' ', text.length) != NULL;
    }
    return true;
}

bool shire_link_match_rows_build(const shire_link_dataset *dataset,
                                 shire_link_match_rows *rows_out) {
    shire_link_match_rows *rows = rows_out;
    uint32_t bits = 0;
    for (size_t field = 0; field < dataset->field_count; field++) {
        uint32_t width = bits_of(dataset->fields[field].values->count);
        rows->firsts[field] = bits;
        rows->masks[field] = (UINT32_C(1) << width) - 1;
        bits += width;
    }
    rows->row_bytes = (bits + 7) / 8;
    /* A value is read with the bytes behind it. */
    size_t byte_count = dataset->record_count * rows->row_bytes + SHIRE_LINK_MATCH_VALUE_BYTES;
    rows->bytes = shire_memory_resize(NULL, byte_count);
    if (rows->bytes == NULL || !find_names_of_words(&dataset->names, rows)) {
        return false;
    }
    memset(rows->bytes, 0, byte_count);
    for (size_t record = 0; record < dataset->record_count; record++) {
        const uint32_t *row = shire_link_dataset_row(dataset, record);
        for (size_t field = 0; field < dataset->field_count; field++) {
            put(rows->bytes + record * rows->row_bytes, rows->firsts[field], row[field]);
        }
    }
    return true;
}

void shire_link_match_rows_done(shire_link_match_rows *rows) {
    shire_memory_free(rows->bytes);
    shire_memory_free(rows->has_words);
    *rows = (shire_link_match_rows){0};
}

static bool is_word_of(shire_span word, shire_span text) {
    size_t at = 0;
    while (at < text.length) {
        const char *blank = memchr(text.bytes + at, ' ', text.length - at);
        size_t end = blank == NULL ? text.length : (size_t)(blank - text.bytes);
        if (shire_span_equal(word, (shire_span){text.bytes + at, end - at})) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

bool shire_link_match_record_has_word(const shire_link_dataset *dataset,
                                      const shire_link_match_rows *rows, size_t record,
                                      uint32_t id) {
    const int fields[] = {dataset->given_field, dataset->family_field, dataset->rest_field};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        uint32_t name = fields[i] < 0 ? 0 : shire_link_match_value(rows, record, (size_t)fields[i]);
        if (name == 0) {
            continue;
        }
        bool is_found = rows->has_words[name] != 0
                            ? is_word_of(shire_link_dictionary_text(&dataset->names, id),
                                         shire_link_dictionary_text(&dataset->names, name))
                            : name == id;
        if (is_found) {
            return true;
        }
    }
    return false;
}
