/* A block is looked through twice: for its least and greatest number, then to write differences. */
#include "core/packed.h"

#include <string.h>

size_t shire_packed_block_count(size_t count) {
    return (count + SHIRE_PACKED_BLOCK - 1) / SHIRE_PACKED_BLOCK;
}

static uint32_t bits_of(uint64_t number) {
    return number == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(number);
}

static void write_differences(const int64_t *numbers, size_t count, const shire_packed_block *block,
                              uint64_t *words) {
    memset(words, 0, block->bit_count * sizeof *words);
    for (size_t i = 0; i < count; i++) {
        uint64_t value = (uint64_t)numbers[i] - (uint64_t)block->least;
        size_t bit = i * block->bit_count;
        unsigned shift = (unsigned)(bit % 64);
        words[bit / 64] |= value << shift;
        if (shift + block->bit_count > 64) {
            words[bit / 64 + 1] |= value >> (64 - shift);
        }
    }
}

size_t shire_packed_write(int64_t (*number_at)(const void *context, size_t i), const void *context,
                          size_t count, shire_packed_block *blocks_out, uint64_t *words_out,
                          size_t word_count_max) {
    size_t word_count = 0;
    for (size_t first = 0; first < count; first += SHIRE_PACKED_BLOCK) {
        int64_t numbers[SHIRE_PACKED_BLOCK];
        size_t length = count - first < SHIRE_PACKED_BLOCK ? count - first : SHIRE_PACKED_BLOCK;
        int64_t least = INT64_MAX;
        int64_t greatest = INT64_MIN;
        for (size_t i = 0; i < length; i++) {
            numbers[i] = number_at(context, first + i);
            least = numbers[i] < least ? numbers[i] : least;
            greatest = numbers[i] > greatest ? numbers[i] : greatest;
        }
        shire_packed_block *block = &blocks_out[first / SHIRE_PACKED_BLOCK];
        *block = (shire_packed_block){.least = least,
                                      .first_word = (uint32_t)word_count,
                                      .bit_count = bits_of((uint64_t)greatest - (uint64_t)least)};
        if (words_out != NULL && word_count + block->bit_count <= word_count_max &&
            block->bit_count > 0) {
            write_differences(numbers, length, block, words_out + word_count);
        }
        word_count += block->bit_count;
        if (word_count > UINT32_MAX) {
            return SIZE_MAX;
        }
    }
    return word_count;
}
