/*
 * Comparison levels: how far two records agree in each field, as one small number a field.
 *
 * Level 0: one side is not known (says nothing); level 1: equal; higher levels agree less, the
 * last of a kind is "different". A pattern packs the levels of all fields, four bits a field,
 * field 0 lowest. What a level weighs is learnt (link_em_kernel.h), not set here.
 *
 * Pure functions; a cache belongs to one thread.
 */
#ifndef SHIRE_LINK_COMPARE_KERNEL_H
#define SHIRE_LINK_COMPARE_KERNEL_H

#include "link/link_dataset.h"

/* Levels of names (given, family). */
enum {
    SHIRE_LINK_NAME_EQUAL = 1,
    SHIRE_LINK_NAME_NICKNAME,  /* bill, william */
    SHIRE_LINK_NAME_ONE_EDIT,  /* one typing error, or Jaro-Winkler from 0.94 */
    SHIRE_LINK_NAME_INITIAL,   /* j, john; or a beginning of three letters: dan, daniela */
    SHIRE_LINK_NAME_CLOSE,     /* Jaro-Winkler from 0.88 */
    SHIRE_LINK_NAME_ELSEWHERE, /* stands in another part of the other's name: swapped, double */
    SHIRE_LINK_NAME_CROSSED,   /* of family names: one's given name is the other's family name, and
                                  what is left of the two is unlike; the given names say nothing */
    SHIRE_LINK_NAME_NEAR,      /* Jaro-Winkler from 0.75 */
    SHIRE_LINK_NAME_DIFFERENT,
    SHIRE_LINK_NAME_LEVELS
};
/* Levels of the remaining words of a name. */
enum {
    SHIRE_LINK_REST_EQUAL = 1,
    SHIRE_LINK_REST_CONTAINED, /* all words of the shorter stand in the longer, or as initials */
    SHIRE_LINK_REST_SOME,      /* at least one word in common, or close */
    SHIRE_LINK_REST_DIFFERENT,
    SHIRE_LINK_REST_LEVELS
};
/* Levels of dates. */
enum {
    SHIRE_LINK_DATE_EQUAL = 1,
    SHIRE_LINK_DATE_ONE_EDIT,  /* one digit wrong, or two neighbours exchanged */
    SHIRE_LINK_DATE_SWAPPED,   /* day and month exchanged */
    SHIRE_LINK_DATE_YEAR_ONLY, /* same year, and one of them says no more than the year */
    SHIRE_LINK_DATE_TWO_PARTS, /* year and one of month and day */
    SHIRE_LINK_DATE_MONTH_DAY, /* month and day */
    SHIRE_LINK_DATE_SAME_YEAR,
    SHIRE_LINK_DATE_NEAR, /* years one apart */
    SHIRE_LINK_DATE_TEN_YEARS,
    SHIRE_LINK_DATE_DIFFERENT,
    SHIRE_LINK_DATE_LEVELS
};
/* Levels of postcodes. */
enum {
    SHIRE_LINK_POSTCODE_EQUAL = 1,
    SHIRE_LINK_POSTCODE_ONE_EDIT,
    SHIRE_LINK_POSTCODE_SECTOR, /* all but the last two characters */
    SHIRE_LINK_POSTCODE_DISTRICT,
    SHIRE_LINK_POSTCODE_AREA,
    SHIRE_LINK_POSTCODE_DIFFERENT,
    SHIRE_LINK_POSTCODE_LEVELS
};
/* Levels of identifiers (NHS number, telephone, UPRN, others). */
enum {
    SHIRE_LINK_IDENTIFIER_EQUAL = 1,
    SHIRE_LINK_IDENTIFIER_ONE_EDIT,
    SHIRE_LINK_IDENTIFIER_TWO_EDITS, /* of at least seven characters */
    SHIRE_LINK_IDENTIFIER_DIFFERENT,
    SHIRE_LINK_IDENTIFIER_LEVELS
};
/* Levels of e-mail addresses; two that are one name with other numbers (ann.lee7, ann.lee52) say
 * nothing. */
enum {
    SHIRE_LINK_EMAIL_EQUAL = 1,
    SHIRE_LINK_EMAIL_TWO_EDITS,
    SHIRE_LINK_EMAIL_CLOSE, /* the same mailbox name, or Jaro-Winkler from 0.88 */
    SHIRE_LINK_EMAIL_DOMAIN,
    SHIRE_LINK_EMAIL_DIFFERENT,
    SHIRE_LINK_EMAIL_LEVELS
};
/* Levels of other text. */
enum {
    SHIRE_LINK_TEXT_EQUAL = 1,
    SHIRE_LINK_TEXT_ONE_EDIT,  /* or Jaro-Winkler from 0.95 */
    SHIRE_LINK_TEXT_WORDS,     /* half the words in common */
    SHIRE_LINK_TEXT_CLOSE,     /* Jaro-Winkler from 0.85 */
    SHIRE_LINK_TEXT_ELSEWHERE, /* stands in another text column of the other: lines of an address
                                  that changed places */
    SHIRE_LINK_TEXT_DIFFERENT,
    SHIRE_LINK_TEXT_LEVELS
};
/* Levels of short numbers and of categories. */
enum {
    SHIRE_LINK_NUMBER_EQUAL = 1,
    SHIRE_LINK_NUMBER_ONE_EDIT, /* of at least two characters */
    SHIRE_LINK_NUMBER_DIFFERENT,
    SHIRE_LINK_NUMBER_LEVELS
};
enum { SHIRE_LINK_CATEGORY_EQUAL = 1, SHIRE_LINK_CATEGORY_DIFFERENT, SHIRE_LINK_CATEGORY_LEVELS };

/* Levels of encodings, by Dice's coefficient above chance (link_encode_kernel.h). */
enum {
    SHIRE_LINK_ENCODED_EQUAL = 1,
    SHIRE_LINK_ENCODED_FROM_85, /* at least 0.85 */
    SHIRE_LINK_ENCODED_FROM_70,
    SHIRE_LINK_ENCODED_FROM_55,
    SHIRE_LINK_ENCODED_FROM_40,
    SHIRE_LINK_ENCODED_FROM_28,
    SHIRE_LINK_ENCODED_FROM_16,
    SHIRE_LINK_ENCODED_DIFFERENT,
    SHIRE_LINK_ENCODED_LEVELS
};

/* Levels of a kind, level 0 included. */
int shire_link_level_count(shire_link_kind kind);
/* "equal", "one edit", ...; static storage. */
const char *shire_link_level_name(shire_link_kind kind, int level);

/* The level of two known, normalised values. `year_only` as in the dataset. Symmetric. */
int shire_link_compare_values(shire_link_kind kind, shire_span a, shire_span b, bool year_only);

/* How a part of one's name stands in another part of the other's. */
typedef enum shire_link_crossing {
    SHIRE_LINK_CROSSING_NONE,
    SHIRE_LINK_CROSSING_ELSEWHERE, /* among the remaining words; or the two changed places */
    SHIRE_LINK_CROSSING_HALF       /* in the other's place, but what is left of the two is unlike */
} shire_link_crossing;

/* Of what is left where a part of one's name is the other part of the other's: whether they may be
 * one name, mistyped or cut to its initial, so that the two changed places. Symmetric. */
shire_link_crossing shire_link_crossing_of(shire_span a_left, shire_span b_left);

/* The level of a name from that of the values alone. */
static inline int shire_link_crossed_level(const shire_link_dataset *dataset, size_t field,
                                           int level, shire_link_crossing crossing) {
    return crossing == SHIRE_LINK_CROSSING_NONE        ? level
           : crossing == SHIRE_LINK_CROSSING_ELSEWHERE ? SHIRE_LINK_NAME_ELSEWHERE
           : (int)field == dataset->family_field       ? SHIRE_LINK_NAME_CROSSED
                                                       : 0;
}

/* A direct-mapped memory of the levels of value pairs, so that a pair of values that comes again
 * soon is not compared again. Zeroed memory of this type is an empty cache. */
#define SHIRE_LINK_CACHE_SLOTS 16384
typedef struct shire_link_cache {
    /* Two ids of 30 bits and the level in the lowest four. */
    uint64_t slots[SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_CACHE_SLOTS];
} shire_link_cache;

/* The level of one field of two records. Symmetric. */
int shire_link_compare_field(const shire_link_dataset *dataset, size_t field, size_t a, size_t b,
                             shire_link_cache *cache);

/* Have what comparing a value begins with fetched from memory: for a caller that knows some pairs
 * ahead what it will compare. */
static inline void shire_link_compare_prefetch(const shire_link_field *facts, uint32_t value) {
    if (facts->signatures != NULL) {
        __builtin_prefetch(&facts->signatures[value]);
    } else if (facts->dates != NULL) {
        __builtin_prefetch(&facts->dates[value]);
    } else if (facts->shorts != NULL) {
        __builtin_prefetch(&facts->shorts[value]);
    } else {
        __builtin_prefetch(&facts->values->offsets[value]);
    }
}

/* The pattern of two records. */
shire_link_pattern shire_link_compare_records(const shire_link_dataset *dataset, size_t a, size_t b,
                                              shire_link_cache *cache);

/* Names that changed places are one event: where both given and family name stand elsewhere, the
 * family name's level becomes 0, so that it is not counted twice. */
static inline shire_link_pattern shire_link_pattern_swap_once(const shire_link_dataset *dataset,
                                                              shire_link_pattern pattern) {
    int given = dataset->given_field;
    int family = dataset->family_field;
    if (given >= 0 && family >= 0 && (pattern >> (4 * given) & 15U) == SHIRE_LINK_NAME_ELSEWHERE &&
        (pattern >> (4 * family) & 15U) == SHIRE_LINK_NAME_ELSEWHERE) {
        pattern &= ~((shire_link_pattern)15 << (4 * family));
    }
    return pattern;
}

static inline int shire_link_pattern_level(shire_link_pattern pattern, size_t field) {
    return (int)(pattern >> (4 * field) & 15U);
}

#endif
