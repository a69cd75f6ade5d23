/*
 * Similarity of two short texts, as record linkage needs it: Jaro-Winkler, Damerau-Levenshtein
 * (optimal string alignment), Soundex and common English nicknames.
 *
 * All functions are pure and work on bytes; callers fold case and diacritics first
 * (link_normalise_kernel.h). Texts longer than SHIRE_LINK_TEXT_BYTES_MAX are compared by their
 * first SHIRE_LINK_TEXT_BYTES_MAX bytes, so that time is bounded whatever the input.
 */
#ifndef SHIRE_LINK_TEXT_KERNEL_H
#define SHIRE_LINK_TEXT_KERNEL_H

#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SHIRE_LINK_TEXT_BYTES_MAX 64

/*
 * Jaro-Winkler similarity in [0, 1]; 1 for equal texts (two empty texts too), 0 when one is empty.
 * Prefix scale 0.1 over at most four bytes, given whatever the Jaro similarity is, as Winkler
 * (1990) and the common libraries have it. Matches are taken greedily from the left.
 */
double shire_link_jaro_winkler(shire_span a, shire_span b);

/*
 * Optimal string alignment distance: insertions, deletions, substitutions and transpositions of
 * neighbours, no substring edited twice. Gives limit + 1 as soon as the distance must exceed
 * `limit`.
 */
int shire_link_edit_distance(shire_span a, shire_span b, int limit);

/*
 * What a text is made of, in 16 bytes: byte c counts the characters whose code is c modulo 16. One
 * edit changes the sum of differences by at most 2, so most pairs are told apart by it without
 * looking at their texts.
 */
typedef struct shire_link_signature {
    uint8_t counts[16];
} shire_link_signature;

shire_link_signature shire_link_signature_of(shire_span text);

/* Sum over the 16 counts of how much they differ. In the header, as is the next: most pairs of
 * values are told apart by these two and nothing else. */
static inline int shire_link_signature_apart(const shire_link_signature *a,
                                             const shire_link_signature *b) {
#ifdef __SSE2__
    __m128i sums = _mm_sad_epu8(_mm_loadu_si128((const __m128i *)a->counts),
                                _mm_loadu_si128((const __m128i *)b->counts));
    return _mm_cvtsi128_si32(sums) + _mm_cvtsi128_si32(_mm_srli_si128(sums, 8));
#else
    int apart = 0;
    for (int class = 0; class < 16; class ++) {
        apart += abs(a->counts[class] - b->counts[class]);
    }
    return apart;
#endif
}

/* The bytes that were counted: the text's length, cut to SHIRE_LINK_TEXT_BYTES_MAX. */
static inline int shire_link_signature_length(const shire_link_signature *signature) {
    static const shire_link_signature nothing = {{0}};
    return shire_link_signature_apart(signature, &nothing);
}

/* The largest Jaro-Winkler similarity that texts of these lengths can have whose signatures are so
 * far apart. */
double shire_link_jaro_winkler_most(size_t a_length, size_t b_length, int apart);

/* American Soundex of the first letter run: a letter and three digits packed in 32 bits (first
 * byte highest); 0 when the text does not begin with a letter a..z. */
uint32_t shire_link_soundex(shire_span name);

/* True when both names are forms of one English given name (bill and william); equal names too.
 * Lower-case input. */
bool shire_link_is_nickname(shire_span a, shire_span b);

/* The group of `name` in the nickname table: names of one group are forms of one name; -1 when it
 * is in none. A name stands in one group only. */
int shire_link_nickname_group(shire_span name);

/* One name of the nickname table and its group. */
typedef struct shire_link_nickname {
    shire_span name;
    int group;
} shire_link_nickname;

/* The next name of the table, in its order; the first when *place is zero. False after the last. */
bool shire_link_nickname_next(shire_link_nickname *place);

#endif
