/*
 * Tokens of a value, the filter that they make, and its diffusion; and what is computed from
 * encodings on the other side: likeness and samples of bits.
 */
#include "link/link_encode_kernel.h"

#include <string.h>

#define SAMPLE_BITS 12
#define TAG SHIRE_LINK_ENCODING_TAG_BYTES

shire_link_encoding_options shire_link_encoding_defaults(void) {
    return (shire_link_encoding_options){
        .bits = 512, .hashes = 8, .diffusion = 3, .salt_digits = 0};
}

static shire_status check_options(const shire_link_encoding_options *options, shire_error *error) {
    if (options->bits < SHIRE_LINK_ENCODING_BITS_MIN ||
        options->bits > SHIRE_LINK_ENCODING_BITS_MAX || options->bits % 64 != 0) {
        return SHIRE_FAIL(
            error, SHIRE_INVALID, "an encoding has a multiple of 64 bits from %d to %d, not %d",
            SHIRE_LINK_ENCODING_BITS_MIN, SHIRE_LINK_ENCODING_BITS_MAX, options->bits);
    }
    if (options->hashes < 1 || options->hashes > SHIRE_LINK_ENCODING_HASHES_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a token sets 1 to %d bits, not %d",
                          SHIRE_LINK_ENCODING_HASHES_MAX, options->hashes);
    }
    if (options->diffusion < 1 || options->diffusion > SHIRE_LINK_ENCODING_DIFFUSION_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "diffusion is over 1 to %d bits, not %d",
                          SHIRE_LINK_ENCODING_DIFFUSION_MAX, options->diffusion);
    }
    if (options->salt_digits != 0 && options->salt_digits != 4 && options->salt_digits != 8) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a salt is 0, 4 or 8 digits of a date, not %d",
                          options->salt_digits);
    }
    return SHIRE_OK;
}

/* 16 bits of a hash, little-endian. */
static uint32_t word_at(const uint8_t *hash, int place) {
    return (uint32_t)hash[2 * place] | (uint32_t)hash[2 * place + 1] << 8;
}

/* For each bit of the encoding the bits of the filter that it is made of, all different. A 16-bit
 * number modulo at most 960 is uneven by less than 2 %, which only moves how often a bit is used.
 */
static void choose_taps(shire_link_encoder *encoder) {
    const shire_link_encoding_options *options = &encoder->options;
    for (int bit = 0; bit < options->bits; bit++) {
        uint8_t hash[SHIRE_SECRET_HASH_BYTES];
        char place[2] = {(char)(bit & 255), (char)(bit >> 8)};
        shire_secret_hash(&encoder->key, shire_span_of("taps"), (shire_span){place, sizeof place},
                          (shire_span){"", 0}, hash, sizeof hash);
        int count = 0;
        for (int i = 0; i < SHIRE_SECRET_HASH_BYTES / 2 && count < options->diffusion; i++) {
            uint16_t tap = (uint16_t)(word_at(hash, i) % (uint32_t)options->bits);
            bool is_new = true;
            for (int j = 0; j < count; j++) {
                is_new = is_new && encoder->taps[bit][j] != tap;
            }
            if (is_new) {
                encoder->taps[bit][count++] = tap;
            }
        }
    }
}

shire_status shire_link_encoder_init(const shire_link_encoding_options *options,
                                     const shire_secret_key *key, shire_link_encoder *encoder_out,
                                     shire_error *error) {
    shire_status status = check_options(options, error);
    if (status != SHIRE_OK) {
        return status;
    }
    *encoder_out = (shire_link_encoder){.options = *options, .key = *key};
    uint8_t hash[16];
    shire_secret_hash(key, shire_span_of("check"), (shire_span){"", 0}, (shire_span){"", 0}, hash,
                      sizeof hash);
    for (int i = 0; i < SHIRE_LINK_ENCODING_CHECK_HEX; i++) {
        encoder_out->check[i] = "0123456789abcdef"[hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    }
    choose_taps(encoder_out);
    return SHIRE_OK;
}

/* A filter under construction. */
typedef struct filter {
    const shire_link_encoder *encoder;
    const char *name;
    shire_span salt;
    uint8_t bits[SHIRE_LINK_ENCODING_BITS_MAX / 8];
} filter;

/* A token is a letter for what it is, a digit (a place, or 0), and text. */
static void add_token(filter *made, char type, size_t place, shire_span text) {
    uint8_t hash[SHIRE_SECRET_HASH_BYTES];
    char token[2 + SHIRE_LINK_VALUE_BYTES_MAX] = {type, (char)('0' + place)};
    memcpy(token + 2, text.bytes, text.length);
    shire_secret_hash(&made->encoder->key, shire_span_of(made->name), made->salt,
                      (shire_span){token, 2 + text.length}, hash, sizeof hash);
    for (int i = 0; i < made->encoder->options.hashes; i++) {
        uint32_t bit = word_at(hash, i) % (uint32_t)made->encoder->options.bits;
        made->bits[bit / 8] |= (uint8_t)(1U << bit % 8);
    }
}

/* Pairs of neighbours, the ends padded: "_a", "an", "n_". */
static void add_pairs(filter *made, shire_span value) {
    char before = '_';
    for (size_t i = 0; i <= value.length; i++) {
        char pair[2] = {before, i < value.length ? value.bytes[i] : '_'};
        add_token(made, 'p', 0, (shire_span){pair, 2});
        before = pair[1];
    }
}

/* Digits at their places, the three parts, and month and day wherever they stand. */
static void add_date(filter *made, shire_span value) {
    for (size_t i = 0; i < 8; i++) {
        add_token(made, 'l', i, (shire_span){value.bytes + i, 1});
    }
    shire_span month = {value.bytes + 4, 2};
    shire_span day = {value.bytes + 6, 2};
    add_token(made, 'y', 0, (shire_span){value.bytes, 4});
    add_token(made, 'm', 0, month);
    add_token(made, 'd', 0, day);
    add_token(made, 'e', 0, month);
    add_token(made, 'e', 0, day);
}

/* The larger and larger regions that a British code names, and its pairs. */
static void add_postcode(filter *made, shire_span value) {
    size_t letters = 0;
    while (letters < value.length && value.bytes[letters] >= 'a' && value.bytes[letters] <= 'z') {
        letters++;
    }
    add_pairs(made, value);
    add_token(made, 'a', 0, (shire_span){value.bytes, letters});
    if (letters > 0 && value.length >= 5) {
        add_token(made, 'o', 0, (shire_span){value.bytes, value.length - 3});
        add_token(made, 's', 0, (shire_span){value.bytes, value.length - 2});
    }
}

static bool is_date(shire_span value) {
    size_t digits = 0;
    while (digits < value.length && value.bytes[digits] >= '0' && value.bytes[digits] <= '9') {
        digits++;
    }
    return digits == 8 && value.length == 8;
}

/* The fewer tokens a slip changes, the less diffusion carries it over the whole: so no field has
 * more kinds of tokens than its near-misses need. */
static void add_tokens(filter *made, shire_link_role role, shire_span value) {
    if (role == SHIRE_LINK_ROLE_DOB && is_date(value)) {
        add_date(made, value);
    } else if (role == SHIRE_LINK_ROLE_POSTCODE) {
        add_postcode(made, value);
    } else if (role == SHIRE_LINK_ROLE_SEX) {
        add_token(made, 'w', 0, value);
    } else {
        add_pairs(made, value);
    }
}

bool shire_link_encoding_is_salted(shire_link_role role) {
    return role == SHIRE_LINK_ROLE_GIVEN || role == SHIRE_LINK_ROLE_MIDDLE ||
           role == SHIRE_LINK_ROLE_FAMILY || role == SHIRE_LINK_ROLE_SEX;
}

void shire_link_encode_value(const shire_link_encoder *encoder, shire_link_role role,
                             const char *name, shire_span salt, shire_span value,
                             uint8_t *encoding_out) {
    const shire_link_encoding_options *options = &encoder->options;
    filter made = {.encoder = encoder, .name = name};
    memset(encoding_out, 0, shire_link_encoding_bytes(options->bits));
    if (options->salt_digits > 0 && shire_link_encoding_is_salted(role)) {
        uint8_t hash[16];
        made.salt = salt;
        shire_secret_hash(&encoder->key, shire_span_of("salt"), salt, (shire_span){"", 0}, hash,
                          sizeof hash);
        memcpy(encoding_out, hash, TAG);
    }
    add_tokens(&made, role, value);
    for (int bit = 0; bit < options->bits; bit++) {
        unsigned sum = 0;
        for (int i = 0; i < options->diffusion; i++) {
            unsigned tap = options->diffusion == 1 ? (unsigned)bit : encoder->taps[bit][i];
            sum ^= (unsigned)made.bits[tap / 8] >> tap % 8;
        }
        encoding_out[TAG + bit / 8] |= (uint8_t)((sum & 1U) << bit % 8);
    }
}

/* Bits set in a, in b and in both. */
typedef struct overlap {
    int a;
    int b;
    int both;
    int bits;
} overlap;

static overlap count_overlap(shire_span a, shire_span b) {
    overlap counts = {0};
    size_t length = a.length < b.length ? a.length : b.length;
    for (size_t at = TAG; at + 8 <= length; at += 8) {
        uint64_t x;
        uint64_t y;
        memcpy(&x, a.bytes + at, 8);
        memcpy(&y, b.bytes + at, 8);
        counts.a += __builtin_popcountll(x);
        counts.b += __builtin_popcountll(y);
        counts.both += __builtin_popcountll(x & y);
        counts.bits += 64;
    }
    return counts;
}

double shire_link_encoding_dice(shire_span a, shire_span b) {
    overlap counts = count_overlap(a, b);
    return counts.a + counts.b == 0 ? 1.0 : 2.0 * counts.both / (counts.a + counts.b);
}

double shire_link_encoding_similarity(shire_span a, shire_span b) {
    overlap counts = count_overlap(a, b);
    double by_chance = counts.bits == 0 ? 0 : (double)counts.a * counts.b / counts.bits;
    double most = (counts.a + counts.b) / 2.0 - by_chance;
    return most <= 0 ? 0 : (counts.both - by_chance) / most;
}

bool shire_link_encoding_same_salt(shire_span a, shire_span b) {
    return a.length >= TAG && b.length >= TAG && memcmp(a.bytes, b.bytes, TAG) == 0;
}

uint32_t shire_link_encoding_sample(shire_span encoding, int sample) {
    if (encoding.length <= TAG) {
        return 1;
    }
    uint32_t bit_count = (uint32_t)(encoding.length - TAG) * 8;
    uint64_t state = UINT64_C(0x9E3779B97F4A7C15) * (uint64_t)(sample + 1);
    uint64_t drawn = 0;
    for (int i = 0; i < SAMPLE_BITS; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t bit = (uint32_t)(state >> 33) % bit_count;
        drawn = drawn << 1 | ((uint64_t)(uint8_t)encoding.bytes[TAG + bit / 8] >> bit % 8 & 1U);
    }
    uint64_t salt = (uint64_t)(uint8_t)encoding.bytes[0] << 8 | (uint8_t)encoding.bytes[1];
    uint64_t hash = (drawn << 24 | salt << 8 | (uint64_t)sample) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(hash >> 32) | 1U;
}
