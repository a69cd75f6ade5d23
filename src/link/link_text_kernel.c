/*
 * Similarity of short texts. Jaro-Winkler keeps, for each byte of one text, a 64-bit mask of the
 * places where it stands, so that the search window of the textbook's inner loop is one AND and
 * the leftmost free match is one count of trailing zeros. The edit distance walks a band of the
 * dynamic programme no wider than the limit.
 */
#include "link/link_text_kernel.h"

#include <stdlib.h>
#include <string.h>

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

/* The places of `byte` in `text`. Texts are a name long, so a scan beats a table to be cleared. */
static uint64_t places_of(char byte, shire_span text) {
    uint64_t places = 0;
    for (size_t at = 0; at < text.length; at++) {
        places |= (uint64_t)(text.bytes[at] == byte) << at;
    }
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
    for (int i = 0; i < a_length; i++) {
        int low = i > reach ? i - reach : 0;
        int high = i + reach < b_length - 1 ? i + reach : b_length - 1;
        if (low > high) {
            break;
        }
        uint64_t free_places = places_of(a.bytes[i], b) & ~b_taken & bits_between(low, high);
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

static int least(int a, int b) {
    return a < b ? a : b;
}

int shire_link_edit_distance(shire_span a, shire_span b, int limit) {
    a = cut(a);
    b = cut(b);
    int a_length = (int)a.length;
    int b_length = (int)b.length;
    if (abs(a_length - b_length) > limit) {
        return limit + 1;
    }
    int rows[3][SHIRE_LINK_TEXT_BYTES_MAX + 1] = {{0}};
    int *before = rows[0];
    int *above = rows[1];
    int *here = rows[2];
    for (int j = 0; j <= b_length; j++) {
        above[j] = j;
        before[j] = limit + 1;
    }
    for (int i = 1; i <= a_length; i++) {
        int low = i - limit > 1 ? i - limit : 1;
        int high = least(i + limit, b_length);
        int best = limit + 1;
        here[0] = i;
        if (low > 1) {
            here[low - 1] = limit + 1;
        } else {
            best = least(best, i);
        }
        for (int j = low; j <= high; j++) {
            int cost = a.bytes[i - 1] != b.bytes[j - 1];
            int step = above[j - 1] + cost;
            step = least(step, here[j - 1] + 1);
            /* Beyond the band the row above holds nothing for j == i + limit. */
            if (j < i + limit || i == 1) {
                step = least(step, above[j] + 1);
            }
            if (i > 1 && j > 1 && a.bytes[i - 1] == b.bytes[j - 2] &&
                a.bytes[i - 2] == b.bytes[j - 1]) {
                step = least(step, before[j - 2] + 1);
            }
            here[j] = least(step, limit + 1);
            best = least(best, here[j]);
        }
        if (best > limit) {
            return limit + 1;
        }
        int *oldest = before;
        before = above;
        above = here;
        here = oldest;
    }
    return least(above[b_length], limit + 1);
}

shire_link_signature shire_link_signature_of(shire_span text) {
    shire_link_signature signature = {{0}};
    text = cut(text);
    for (size_t at = 0; at < text.length; at++) {
        signature.counts[(unsigned char)text.bytes[at] & 15U]++;
    }
    return signature;
}

int shire_link_signature_apart(const shire_link_signature *a, const shire_link_signature *b) {
    int apart = 0;
    for (int class = 0; class < 16; class ++) {
        apart += abs(a->counts[class] - b->counts[class]);
    }
    return apart;
}

double shire_link_jaro_winkler_most(size_t a_length, size_t b_length, int apart) {
    double a = a_length < SHIRE_LINK_TEXT_BYTES_MAX ? (double)a_length : SHIRE_LINK_TEXT_BYTES_MAX;
    double b = b_length < SHIRE_LINK_TEXT_BYTES_MAX ? (double)b_length : SHIRE_LINK_TEXT_BYTES_MAX;
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

int shire_link_nickname_group(shire_span name) {
    if (name.length < 2) {
        return -1;
    }
    size_t group_count = sizeof nickname_groups / sizeof nickname_groups[0];
    for (size_t group = 0; group < group_count; group++) {
        const char *word = nickname_groups[group];
        while (*word != '\0') {
            size_t length = strcspn(word, " ");
            if (length == name.length && memcmp(word, name.bytes, length) == 0) {
                return (int)group;
            }
            word += length;
            word += *word == ' ';
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
