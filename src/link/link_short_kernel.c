/*
 * Jaro-Winkler and one edit over texts in registers. Jaro's window is a mask that moves one place
 * with each byte; the leftmost free match in it is its lowest bit.
 */
#include "link/link_short_kernel.h"

shire_link_short shire_link_short_of(shire_span text) {
    shire_link_short short_text = {{0}};
    if (text.length <= SHIRE_LINK_SHORT_BYTES && memchr(text.bytes, '\0', text.length) == NULL) {
        memcpy(short_text.bytes, text.bytes, text.length);
    }
    return short_text;
}

/* Pairs of matched bytes, in their order, that differ. */
static int count_out_of_order(const shire_link_short *a, uint32_t a_taken,
                              const shire_link_short *b, uint32_t b_taken) {
    int out_of_order = 0;
    for (; a_taken != 0; a_taken &= a_taken - 1, b_taken &= b_taken - 1) {
        out_of_order += a->bytes[__builtin_ctz(a_taken)] != b->bytes[__builtin_ctz(b_taken)];
    }
    return out_of_order;
}

double shire_link_short_jaro_winkler(const shire_link_short *a, const shire_link_short *b) {
    int a_length = shire_link_short_length(a);
    int b_length = shire_link_short_length(b);
    int longest = a_length > b_length ? a_length : b_length;
    int reach = longest / 2 - 1 > 0 ? longest / 2 - 1 : 0;
    uint64_t window = (UINT64_C(2) << (2 * reach)) - 1; /* bits i .. i + 2 * reach */
    uint32_t b_free = (1U << b_length) - 1;
    uint32_t a_taken = 0;
    int matches = 0;
    for (int i = 0; i < a_length; i++, window <<= 1) {
        uint32_t places = shire_link_short_places(b, a->bytes[i]) & b_free;
        places &= (uint32_t)(window >> reach);
        b_free ^= places & (~places + 1);
        a_taken |= (uint32_t)(places != 0) << i;
        matches += places != 0;
    }
    if (matches == 0) {
        return 0.0;
    }
    uint32_t b_taken = ((1U << b_length) - 1) & ~b_free;
    int transpositions = count_out_of_order(a, a_taken, b, b_taken) / 2;
    double found = matches;
    double similarity =
        (found / a_length + found / b_length + (found - transpositions) / found) / 3;
    int shorter = a_length < b_length ? a_length : b_length;
    uint32_t unequal = ~shire_link_short_equal(a, b, 0) | 1U << (shorter < 4 ? shorter : 4);
    return similarity + __builtin_ctz(unequal) * 0.1 * (1.0 - similarity);
}

bool shire_link_short_is_one_edit(const shire_link_short *a, const shire_link_short *b) {
    int a_length = shire_link_short_length(a);
    int b_length = shire_link_short_length(b);
    uint32_t unequal = ~shire_link_short_equal(a, b, 0) & 0xFFFFU;
    if (a_length == b_length) {
        uint32_t rest = unequal & (unequal - 1);
        int at = __builtin_ctz(unequal | 1U << (SHIRE_LINK_SHORT_BYTES - 1));
        return rest == 0 || (rest == 2U << at && a->bytes[at] == b->bytes[at + 1] &&
                             a->bytes[at + 1] == b->bytes[at]);
    }
    const shire_link_short *shorter = a_length < b_length ? a : b;
    const shire_link_short *longer = a_length < b_length ? b : a;
    int least = a_length < b_length ? a_length : b_length;
    if (a_length + b_length - 2 * least > 1) {
        return false;
    }
    /* From where they part, the longer goes on like the shorter, one byte later. */
    uint32_t wanted = ((1U << least) - 1) & ~((unequal & (~unequal + 1)) - 1);
    return (shire_link_short_equal(shorter, longer, 1) & wanted) == wanted;
}
