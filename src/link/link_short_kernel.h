/*
 * Texts of at most 16 bytes, as most names, postcodes and house numbers are: each fills one vector
 * register, so that a comparison of two looks at all their bytes at once. The answers are those of
 * link_text_kernel.h, to the last bit. Pure functions.
 */
#ifndef SHIRE_LINK_SHORT_KERNEL_H
#define SHIRE_LINK_SHORT_KERNEL_H

#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SHIRE_LINK_SHORT_BYTES 16

/* Padded with zero bytes. A text that does not fit, or has a zero byte, is all zeros. */
typedef struct shire_link_short {
    char bytes[SHIRE_LINK_SHORT_BYTES];
} shire_link_short;

shire_link_short shire_link_short_of(shire_span text);

/* shire_link_jaro_winkler of two texts that fit. */
double shire_link_short_jaro_winkler(const shire_link_short *a, const shire_link_short *b);

/* shire_link_edit_distance(a, b, 1) <= 1, of two texts that fit. */
bool shire_link_short_is_one_edit(const shire_link_short *a, const shire_link_short *b);

/* False for the empty text and for one that does not fit. */
static inline bool shire_link_short_fits(const shire_link_short *text) {
    return text->bytes[0] != '\0';
}

/* Bit i: byte i of a and byte i + `skipped` of b (0 or 1; zero beyond the end) are the same. */
static inline uint32_t shire_link_short_equal(const shire_link_short *a, const shire_link_short *b,
                                              int skipped) {
#ifdef __SSE2__
    __m128i left = _mm_loadu_si128((const __m128i *)a->bytes);
    __m128i right = _mm_loadu_si128((const __m128i *)b->bytes);
    right = skipped != 0 ? _mm_srli_si128(right, 1) : right;
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(left, right));
#else
    uint32_t equal = 0;
    for (int i = 0; i < SHIRE_LINK_SHORT_BYTES; i++) {
        char right = i + skipped < SHIRE_LINK_SHORT_BYTES ? b->bytes[i + skipped] : '\0';
        equal |= (uint32_t)(a->bytes[i] == right) << i;
    }
    return equal;
#endif
}

/* Bit i: byte i is `byte`. */
static inline uint32_t shire_link_short_places(const shire_link_short *text, char byte) {
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)text->bytes);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)));
#else
    uint32_t places = 0;
    for (int i = 0; i < SHIRE_LINK_SHORT_BYTES; i++) {
        places |= (uint32_t)(text->bytes[i] == byte) << i;
    }
    return places;
#endif
}

static inline int shire_link_short_length(const shire_link_short *text) {
    return __builtin_ctz(shire_link_short_places(text, '\0') | 1U << SHIRE_LINK_SHORT_BYTES);
}

/* Bytes of the common beginning of two different texts. */
static inline int shire_link_short_start(const shire_link_short *a, const shire_link_short *b) {
    return __builtin_ctz(~shire_link_short_equal(a, b, 0));
}

#endif
