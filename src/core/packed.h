/*
 * Whole numbers in few bits: an array of int64 as blocks of 64 numbers, each block with its least
 * number and, for every number of it, the difference in as many bits as the greatest difference of
 * the block takes. Any number is read by itself, in a few nanoseconds.
 *
 * Arrays are laid out as they lie in a file that is mapped, and are good from any thread.
 */
#ifndef SHIRE_CORE_PACKED_H
#define SHIRE_CORE_PACKED_H

#include <stddef.h>
#include <stdint.h>

#define SHIRE_PACKED_BLOCK 64

typedef struct shire_packed_block {
    int64_t least;
    uint32_t first_word; /* place in the words */
    uint32_t bit_count;  /* of a difference, 0 to 64; the block has as many words */
} shire_packed_block;

typedef struct shire_packed {
    const shire_packed_block *blocks; /* shire_packed_block_count(count) */
    const uint64_t *words;
} shire_packed;

size_t shire_packed_block_count(size_t count);

/*
 * Pack `count` numbers, number i being number_at(context, i).
 *
 * blocks_out  of shire_packed_block_count(count); written whole.
 * words_out   of word_count_max, or NULL to learn how many there will be.
 *
 * Gives the number of words; of these none beyond word_count_max was written. SIZE_MAX when there
 * are more than 4,294,967,295, which a place cannot name.
 */
size_t shire_packed_write(int64_t (*number_at)(const void *context, size_t i), const void *context,
                          size_t count, shire_packed_block *blocks_out, uint64_t *words_out,
                          size_t word_count_max);

/* Number i, which must be below the count. */
static inline int64_t shire_packed_read(const shire_packed *packed, size_t i) {
    const shire_packed_block *block = &packed->blocks[i / SHIRE_PACKED_BLOCK];
    if (block->bit_count == 0) {
        return block->least;
    }
    size_t bit = i % SHIRE_PACKED_BLOCK * block->bit_count;
    const uint64_t *word = packed->words + block->first_word + bit / 64;
    unsigned shift = (unsigned)(bit % 64);
    uint64_t value = *word >> shift;
    if (shift + block->bit_count > 64) {
        value |= word[1] << (64 - shift);
    }
    if (block->bit_count < 64) {
        value &= (UINT64_C(1) << block->bit_count) - 1;
    }
    return (int64_t)((uint64_t)block->least + value);
}

#endif
