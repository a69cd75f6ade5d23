/*
 * Similarity of short texts, bit-parallel: for a byte of one text, the places where it stands in
 * the other are the bits of one 64-bit word, found 16 at a time. Jaro's search window is then one
 * AND and the leftmost free match one count of trailing zeros; the edit distance takes a whole
 * column of the dynamic programme in one step (Hyyro 2003: restricted Damerau-Levenshtein).
 */
#include "link/link_text_kernel.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A text padded with zeros, so that its bytes can be looked at 16 at a time. */
typedef struct padded {
    char bytes[SHIRE_LINK_TEXT_BYTES_MAX];
    size_t length;
} padded;

static shire_span cut(shire_span text) {
    if (text.length > SHIRE_LINK_TEXT_BYTES_MAX) {
        text.length = SHIRE_LINK_TEXT_BYTES_MAX;
    }
    return text;
}

static uint64_t bits_between(int low, int high) {
    /* Bits low..high inclusive, both in 0..63. */
    uint64_t upper = high >= 63 ? ~UINT64_C(0) : (UINT64_C(1) << (high + 1)) - 1;
    return upper & ~((UINT64_C(1) << low) - 1);
}

static void pad(shire_span text, padded *out) {
    memset(out->bytes, 0, text.length <= 16 ? 16 : sizeof out->bytes);
    memcpy(out->bytes, text.bytes, text.length);
    out->length = text.length;
}

/* The places of `byte` in the text. */
static inline uint64_t places_of(char byte, const padded *text) {
    uint64_t places = 0;
#ifdef __SSE2__
    __m128i wanted = _mm_set1_epi8(byte);
    for (size_t at = 0; at < text->length; at += 16) {
        __m128i here = _mm_loadu_si128((const __m128i *)(text->bytes + at));
        uint64_t found = (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(here, wanted));
        places |= found << at;
    }
    if (text->length < 64) {
        places &= (UINT64_C(1) << text->length) - 1; /* the padding is no match for a zero byte */
    }
#else
    for (size_t at = 0; at < text->length; at++) {
        places |= (uint64_t)(text->bytes[at] == byte) << at;
    }
#endif
    return places;
}

static double jaro(shire_span a, shire_span b) {
    int a_length = (int)a.length;
    int b_length = (int)b.length;
    int longest = a_length > b_length ? a_length : b_length;
    int reach = longest / 2 - 1 > 0 ? longest / 2 - 1 : 0;
    uint64_t a_taken = 0;
    uint64_t b_taken = 0;
    int matches = 0;
    padded other;
    pad(b, &other);
    for (int i = 0; i < a_length; i++) {
        int low = i > reach ? i - reach : 0;
        int high = i + reach < b_length - 1 ? i + reach : b_length - 1;
        if (low > high) {
            break;
        }
        uint64_t free_places = places_of(a.bytes[i], &other) & ~b_taken & bits_between(low, high);
        if (free_places != 0) {
            b_taken |= free_places & (~free_places + 1);
            a_taken |= UINT64_C(1) << i;
            matches++;
        }
    }
    if (matches == 0) {
        return 0.0;
    }
    int out_of_order = 0;
    while (a_taken != 0) {
        int i = __builtin_ctzll(a_taken);
        int j = __builtin_ctzll(b_taken);
        out_of_order += a.bytes[i] != b.bytes[j];
        a_taken &= a_taken - 1;
        b_taken &= b_taken - 1;
    }
    double found = matches;
    int transpositions = out_of_order / 2;
    return (found / a_length + found / b_length + (found - transpositions) / found) / 3.0;
}

double shire_link_jaro_winkler(shire_span a, shire_span b) {
    a = cut(a);
    b = cut(b);
    if (a.length == 0 || b.length == 0) {
        return a.length == b.length ? 1.0 : 0.0;
    }
    double similarity = jaro(a, b);
    int prefix = 0;
    while (prefix < 4 && prefix < (int)a.length && prefix < (int)b.length &&
           a.bytes[prefix] == b.bytes[prefix]) {
        prefix++;
    }
    return similarity + prefix * 0.1 * (1.0 - similarity);
}

/* At most one edit: between the common start and the common end is nearly nothing. */
static int distance_to_one(shire_span a, shire_span b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    size_t start = 0;
    while (start < shorter && a.bytes[start] == b.bytes[start]) {
        start++;
    }
    if (start == a.length && start == b.length) {
        return 0;
    }
    const char *a_end = a.bytes + a.length;
    const char *b_end = b.bytes + b.length;
    while (a_end > a.bytes + start && b_end > b.bytes + start && a_end[-1] == b_end[-1]) {
        a_end--;
        b_end--;
    }
    const char *a_rest = a.bytes + start;
    const char *b_rest = b.bytes + start;
    size_t a_left = (size_t)(a_end - a_rest);
    size_t b_left = (size_t)(b_end - b_rest);
    bool is_exchange =
        a_left == 2 && b_left == 2 && a_rest[0] == b_rest[1] && a_rest[1] == b_rest[0];
    return (a_left <= 1 && b_left <= 1) || is_exchange ? 1 : 2;
}

int shire_link_edit_distance(shire_span a, shire_span b, int limit) {
    a = cut(a);
    b = cut(b);
    int distance = (int)a.length;
    if (abs((int)a.length - (int)b.length) > limit) {
        return limit + 1;
    }
    if (limit == 1) {
        return distance_to_one(a, b);
    }
    if (a.length == 0) {
        return (int)b.length; /* within the limit, as the lengths are */
    }
    padded rows;
    pad(a, &rows);
    /* Bit i: going down from row i to i + 1 of the present column costs 1 more, or 1 less. */
    uint64_t more = ~UINT64_C(0);
    uint64_t less = 0;
    uint64_t diagonal = 0; /* bit i: the step along the diagonal into row i + 1 costs nothing */
    uint64_t places_before = 0;
    for (size_t column = 0; column < b.length; column++) {
        uint64_t places = places_of(b.bytes[column], &rows);
        uint64_t exchanged = ((~diagonal & places) << 1) & places_before;
        diagonal = (((places & more) + more) ^ more) | places | less | exchanged;
        uint64_t right_more = less | ~(diagonal | more);
        uint64_t right_less = diagonal & more;
        distance += (int)(right_more >> (a.length - 1) & 1U);
        distance -= (int)(right_less >> (a.length - 1) & 1U);
        right_more = right_more << 1 | 1U;
        more = right_less << 1 | ~(diagonal | right_more);
        less = right_more & diagonal;
        places_before = places;
    }
    return distance <= limit ? distance : limit + 1;
}

shire_link_signature shire_link_signature_of(shire_span text) {
    shire_link_signature signature = {{0}};
    text = cut(text);
    for (size_t at = 0; at < text.length; at++) {
        signature.counts[(unsigned char)text.bytes[at] & 15U]++;
    }
    return signature;
}

double shire_link_jaro_winkler_most(size_t a_length, size_t b_length, int apart) {
    double a = a_length < SHIRE_LINK_TEXT_BYTES_MAX ? (double)a_length : SHIRE_LINK_TEXT_BYTES_MAX;
    double b = b_length < SHIRE_LINK_TEXT_BYTES_MAX ? (double)b_length : SHIRE_LINK_TEXT_BYTES_MAX;
    if (a + b == 0) {
        return 1.0; /* two empty texts are equal */
    }
    double common = (a + b - apart) / 2;
    double most = common > 0 ? (common / a + common / b + 1.0) / 3.0 : 0;
    return most + 0.4 * (1.0 - most);
}

uint32_t shire_link_soundex(shire_span name) {
    /* Codes of a..z; 0 for vowels, which part equal codes; 7 for h and w, which do not. */
    static const char codes[] = "01230127022455012623017202";
    if (name.length == 0 || name.bytes[0] < 'a' || name.bytes[0] > 'z') {
        return 0;
    }
    char key[4] = {name.bytes[0], '0', '0', '0'};
    int filled = 1;
    char last = codes[name.bytes[0] - 'a'];
    for (size_t at = 1; at < name.length && filled < 4; at++) {
        char letter = name.bytes[at];
        if (letter < 'a' || letter > 'z') {
            break;
        }
        char code = codes[letter - 'a'];
        if (code == '7') {
            continue;
        }
        if (code != '0' && code != last) {
            key[filled++] = code;
        }
        last = code;
    }
    return (uint32_t)(unsigned char)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 |
           (uint32_t)key[3];
}

static const char *const nickname_groups[] = {
#include "link/link_nicknames.inc"
};

bool shire_link_nickname_next(shire_link_nickname *place) {
    size_t group_count = sizeof nickname_groups / sizeof nickname_groups[0];
    while ((size_t)place->group < group_count) {
        const char *word = place->name.bytes == NULL ? nickname_groups[place->group]
                                                     : place->name.bytes + place->name.length;
        word += *word == ' ';
        if (*word != '\0') {
            place->name = (shire_span){word, strcspn(word, " ")};
            return true;
        }
        place->group++;
        place->name.bytes = NULL;
    }
    return false;
}

int shire_link_nickname_group(shire_span name) {
    shire_link_nickname place = {0};
    while (shire_link_nickname_next(&place)) {
        if (name.length >= 2 && shire_span_equal(place.name, name)) {
            return place.group;
        }
    }
    return -1;
}

bool shire_link_is_nickname(shire_span a, shire_span b) {
    if (shire_span_equal(a, b)) {
        return true;
    }
    int group = shire_link_nickname_group(a);
    return group >= 0 && group == shire_link_nickname_group(b);
}
