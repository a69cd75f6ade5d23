/*
 * Values as keyed bit patterns: what partners exchange who may not exchange names. Two patterns
 * made with one key are the more alike the more alike their values are; without the key neither
 * gives anything back but how alike it is to others.
 *
 * A value is cut into tokens (pairs of neighbouring characters of a name; digits and parts of a
 * date; ...). Each token sets a few bits of a Bloom filter, at places that a keyed hash gives
 * (Schnell, Bachteler and Reiher 2009, with independent hashes in place of double hashing, after
 * Niedermeyer and others 2014). Then each bit of the encoding is the exclusive or of a few bits of
 * the filter, again chosen by the key, so that no bit stands for one token (Armknecht, Heng and
 * Schnell 2023). With a salt, a value of one salt has nothing in common with the same value of
 * another. docs/linkage-without-names.md says against what each of these stands.
 *
 * An encoding is two bytes that name the salt (zero without one), then bits / 8 bytes. All
 * functions are pure; an encoder is read-only once made and safe from any thread.
 */
#ifndef SHIRE_LINK_ENCODE_KERNEL_H
#define SHIRE_LINK_ENCODE_KERNEL_H

#include "io/secret.h"
#include "link/link_dataset.h"
#include "link/link_normalise_kernel.h"

#define SHIRE_LINK_ENCODING_BITS_MIN 128
#define SHIRE_LINK_ENCODING_BITS_MAX 960
#define SHIRE_LINK_ENCODING_HASHES_MAX 16
#define SHIRE_LINK_ENCODING_DIFFUSION_MAX 8
#define SHIRE_LINK_ENCODING_TAG_BYTES 2
#define SHIRE_LINK_ENCODING_BYTES_MAX                                                              \
    (SHIRE_LINK_ENCODING_TAG_BYTES + SHIRE_LINK_ENCODING_BITS_MAX / 8)
#define SHIRE_LINK_ENCODING_CHECK_HEX 16 /* characters of a key's check value */

typedef struct shire_link_encoding_options {
    int bits;        /* BITS_MIN to BITS_MAX, a multiple of 64 */
    int hashes;      /* bits that a token sets, 1 to HASHES_MAX */
    int diffusion;   /* bits of the filter in one bit of the encoding, 1 to DIFFUSION_MAX */
    int salt_digits; /* names and sex change with so many digits of the birth date (YYYYMMDD): 0, 4
                        or 8 */
} shire_link_encoding_options;

/* What `shire link encode` takes when nothing is said. */
shire_link_encoding_options shire_link_encoding_defaults(void);

typedef struct shire_link_encoder {
    shire_link_encoding_options options;
    shire_secret_key key;
    uint16_t taps[SHIRE_LINK_ENCODING_BITS_MAX][SHIRE_LINK_ENCODING_DIFFUSION_MAX];
    char check[SHIRE_LINK_ENCODING_CHECK_HEX + 1]; /* tells two keys apart, and nothing else */
} shire_link_encoder;

/* SHIRE_INVALID when an option is out of its range. The encoder holds the key: wipe it. */
shire_status shire_link_encoder_init(const shire_link_encoding_options *options,
                                     const shire_secret_key *key, shire_link_encoder *encoder_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* Bytes of an encoding of so many bits. */
static inline size_t shire_link_encoding_bytes(int bits) {
    return SHIRE_LINK_ENCODING_TAG_BYTES + (size_t)bits / 8;
}

/*
 * Encode a normalised value that is not empty. `name` keeps the columns apart (values of different
 * columns have nothing in common); `salt` is empty for none. Writes shire_link_encoding_bytes.
 */
void shire_link_encode_value(const shire_link_encoder *encoder, shire_link_role role,
                             const char *name, shire_span salt, shire_span value,
                             uint8_t *encoding_out);

/* Does a role's encoding change with the birth date when the options say so? */
bool shire_link_encoding_is_salted(shire_link_role role);

/* Dice's coefficient of the bits of two encodings of one length. */
double shire_link_encoding_dice(shire_span a, shire_span b);

/* Dice's coefficient above chance: 0 for patterns that agree as often as independent ones of their
 * weights do, 1 for equal ones; negative below chance. This does not depend on how full the
 * patterns are, so one set of levels does for all fields and options. */
double shire_link_encoding_similarity(shire_span a, shire_span b);

/* Were the two made with one salt? Where not, comparing them says nothing. */
bool shire_link_encoding_same_salt(shire_span a, shire_span b);

/* A hash of a few of the bits, for blocking: `sample` from 0 chooses which. Like encodings often
 * share one (locality-sensitive hashing by sampling bits). Never 0. */
uint32_t shire_link_encoding_sample(shire_span encoding, int sample);

#endif
