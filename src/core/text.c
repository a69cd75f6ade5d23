/*
 * Text: spans, predicates, the nearest name and the hash. Nothing here allocates.
 *
 * The glob matcher keeps one place to return to (the last '*'), so it is quadratic at worst. The
 * nearest name is by optimal string alignment: insertions, deletions, substitutions and swapped
 * neighbours each cost one. The hash is of the wyhash family: 16 bytes a step, each step folding
 * a 64 by 64 bit product onto itself.
 */
#include "core/text.h"

#include <string.h>

enum { NEAREST_NAME_BYTES_MAX = 64 };

shire_span shire_span_of(const char *terminated) {
    return (shire_span){terminated, terminated != NULL ? strlen(terminated) : 0};
}

bool shire_span_equal(shire_span a, shire_span b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static unsigned char lower(char c) {
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool shire_span_equal_ignoring_case(shire_span a, shire_span b) {
    if (a.length != b.length) {
        return false;
    }
    for (size_t i = 0; i < a.length; i++) {
        if (lower(a.bytes[i]) != lower(b.bytes[i])) {
            return false;
        }
    }
    return true;
}

int shire_span_compare(shire_span a, shire_span b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter > 0 ? memcmp(a.bytes, b.bytes, shorter) : 0;
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

shire_span shire_span_trim(shire_span text) {
    if (text.length == 0) {
        return (shire_span){"", 0}; /* a NULL span has no address to count from */
    }
    const char *first = text.bytes;
    const char *last = text.bytes + text.length; /* one past */
    while (first < last) {
        if (is_space(*first)) {
            first++;
        } else if (last - first >= 2 && memcmp(first, "\xc2\xa0", 2) == 0) {
            first += 2;
        } else {
            break;
        }
    }
    while (first < last) {
        if (is_space(last[-1])) {
            last--;
        } else if (last - first >= 2 && memcmp(last - 2, "\xc2\xa0", 2) == 0) {
            last -= 2;
        } else {
            break;
        }
    }
    return (shire_span){first, (size_t)(last - first)};
}

static bool is_continuation(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The index after the character at `at`; a stray byte counts as a character. */
static size_t next_character(shire_span text, size_t at) {
    bool several = (unsigned char)text.bytes[at] >= 0xc0;
    at++;
    while (several && at < text.length && is_continuation(text.bytes[at])) {
        at++;
    }
    return at;
}

bool shire_text_glob(shire_span pattern, shire_span text) {
    size_t p = 0;
    size_t t = 0;
    bool starred = false;
    size_t star_p = 0; /* just after the last '*' */
    size_t star_t = 0; /* where its run now ends */
    while (t < text.length) {
        if (p < pattern.length && pattern.bytes[p] == '*') {
            starred = true;
            star_p = ++p;
            star_t = t;
        } else if (p < pattern.length && pattern.bytes[p] == '?') {
            p++;
            t = next_character(text, t);
        } else if (p < pattern.length && pattern.bytes[p] == text.bytes[t]) {
            p++;
            t++;
        } else if (starred) {
            p = star_p;
            star_t = next_character(text, star_t);
            t = star_t;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.bytes[p] == '*') {
        p++;
    }
    return p == pattern.length;
}

/* The length of the well-formed character at `bytes`, or 0. Unicode 15, table 3-7. */
static size_t utf8_character_length(const unsigned char *bytes, size_t left) {
    unsigned char lead = bytes[0];
    if (lead < 0x80) {
        return 1;
    }
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || left < length) {
        return 0;
    }
    unsigned char second_min = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char second_max = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < second_min || bytes[1] > second_max) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

bool shire_text_is_ascii(shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.bytes[i] > 0x7F) {
            return false;
        }
    }
    return true;
}

bool shire_text_is_utf8(shire_span text) {
    const unsigned char *bytes = (const unsigned char *)text.bytes;
    size_t at = 0;
    while (at < text.length) {
        uint64_t eight;
        if (text.length - at >= sizeof eight) {
            memcpy(&eight, bytes + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        size_t length = utf8_character_length(bytes + at, text.length - at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

/* Both at most NEAREST_NAME_BYTES_MAX bytes; ASCII case does not count. */
static int edit_distance(shire_span a, shire_span b) {
    int rows[3][NEAREST_NAME_BYTES_MAX + 1];
    int *before_last = rows[0];
    int *last = rows[1];
    int *now = rows[2];
    for (size_t j = 0; j <= b.length; j++) {
        last[j] = (int)j;
    }
    for (size_t i = 1; i <= a.length; i++) {
        unsigned char letter = lower(a.bytes[i - 1]);
        now[0] = (int)i;
        for (size_t j = 1; j <= b.length; j++) {
            unsigned char other = lower(b.bytes[j - 1]);
            int best = smaller(last[j], now[j - 1]) + 1;
            best = smaller(best, last[j - 1] + (letter != other));
            if (i > 1 && j > 1 && letter == lower(b.bytes[j - 2]) &&
                other == lower(a.bytes[i - 2])) {
                best = smaller(best, before_last[j - 2] + 1);
            }
            now[j] = best;
        }
        int *spare = before_last;
        before_last = last;
        last = now;
        now = spare;
    }
    return last[b.length];
}

const char *shire_text_nearest(const char *name, const char *const *candidates, size_t count) {
    shire_span wanted = shire_span_of(name);
    const char *nearest = NULL;
    int nearest_distance = 0;
    if (wanted.length == 0 || wanted.length > NEAREST_NAME_BYTES_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        shire_span candidate = shire_span_of(candidates[i]);
        if (candidate.length == 0 || candidate.length > NEAREST_NAME_BYTES_MAX) {
            continue;
        }
        int distance = edit_distance(wanted, candidate);
        size_t longer = wanted.length > candidate.length ? wanted.length : candidate.length;
        if ((size_t)distance * 3 <= longer && (nearest == NULL || distance < nearest_distance)) {
            nearest = candidates[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}

/* The fractional bits of the square roots of 2, 3, 5 and 7, made odd: any random-looking constants
 * would do, but these may never change. */
static const uint64_t hash_keys[4] = {UINT64_C(0x6a09e667f3bcc909), UINT64_C(0xbb67ae8584caa73b),
                                      UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1)};

static uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t read_8(const char *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

static uint64_t read_4(const char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    return value;
}

uint64_t shire_text_hash(shire_span text, uint64_t seed) {
    const char *bytes = text.bytes;
    size_t left = text.length;
    uint64_t state = seed ^ fold(seed ^ hash_keys[0], hash_keys[1]);
    while (left > 16) {
        state = fold(read_8(bytes) ^ hash_keys[2], read_8(bytes + 8) ^ state);
        bytes += 16;
        left -= 16;
    }
    uint64_t first = 0;
    uint64_t last = 0;
    if (left >= 8) {
        first = read_8(bytes);
        last = read_8(bytes + left - 8);
    } else if (left >= 4) {
        first = read_4(bytes);
        last = read_4(bytes + left - 4);
    } else if (left > 0) {
        first = (uint64_t)(unsigned char)bytes[0] << 16 |
                (uint64_t)(unsigned char)bytes[left / 2] << 8 | (unsigned char)bytes[left - 1];
    }
    state = fold(first ^ hash_keys[3], last ^ state);
    return fold(state ^ hash_keys[0], (uint64_t)text.length ^ hash_keys[1]);
}
