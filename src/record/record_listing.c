/*
 * What a search gave, as conditions to list people by where the matcher finds nobody likely: what
 * thousands share (a town, a street, the first half of a postcode) makes nobody probable, and
 * comparing everybody in full would take too long. Nothing is forgiven here but how a word is
 * written: case, accents, "St" for "Street".
 */
#include "link/link_normalise_kernel.h"
#include "record/record_internal.h"

#include <string.h>

#define NAMES                                                                                      \
    (1u << SHIRE_RECORD_GIVEN_NAME | 1u << SHIRE_RECORD_MIDDLE_NAMES |                             \
     1u << SHIRE_RECORD_FAMILY_NAME)
#define INWARD_LETTERS 3 /* of a British postcode */
#define NEAR_LETTERS 2   /* the last of these, which neighbouring streets differ in */

/* ---- conditions ---- */

static bool has_word(const void *context, shire_span text) {
    const shire_span *word = context;
    char value[SHIRE_LINK_VALUE_BYTES_MAX];
    size_t length = shire_link_normalise_address(text, value);
    size_t at = 0;
    while (at + word->length <= length) {
        const char *blank = memchr(value + at, ' ', length - at);
        size_t end = blank == NULL ? length : (size_t)(blank - value);
        if (shire_span_equal(*word, (shire_span){value + at, end - at})) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

static bool is_birth(const void *context, shire_date birth) {
    const record_listing *listing = context;
    return birth >= listing->birth_first && birth <= listing->birth_last;
}

static bool has_postcode(const void *context, shire_span text) {
    const record_listing *listing = context;
    char value[SHIRE_LINK_VALUE_BYTES_MAX];
    size_t length = shire_link_normalise_postcode(text, value);
    return length == listing->postcode.length + listing->postcode.missing &&
           memcmp(value, listing->postcode.letters, listing->postcode.length) == 0;
}

/* ---- from a query ---- */

static void add_condition(record_listing *listing, shire_record_condition condition) {
    if (listing->condition_count < SHIRE_RECORD_CONDITIONS_MAX) {
        listing->conditions[listing->condition_count++] = condition;
    }
}

static bool add_birth(record_listing *listing, shire_span text, int year) {
    listing->birth_first = year == 0 ? 0 : shire_date_of(year, 1, 1);
    listing->birth_last = year == 0 ? -1 : shire_date_of(year, 12, 31);
    if (text.length > 0 && shire_date_parse(text, &listing->birth_first) != SHIRE_OK) {
        return false;
    }
    if (text.length > 0) {
        listing->birth_last = listing->birth_first;
    }
    if (text.length > 0 || year != 0) {
        add_condition(listing, (shire_record_condition){.day_fits = is_birth, .context = listing});
    }
    return true;
}

static bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

static bool add_postcode(record_listing *listing, shire_span text) {
    char value[SHIRE_LINK_VALUE_BYTES_MAX];
    size_t length = shire_link_normalise_postcode(text, value);
    if (text.length == 0) {
        return true;
    }
    if (length == 0 || length > sizeof listing->postcode.letters) {
        return false;
    }
    memcpy(listing->postcode.letters, value, length);
    listing->postcode.length = length;
    listing->postcode.missing = is_digit(value[length - 1]) ? INWARD_LETTERS : 0;
    add_condition(listing, (shire_record_condition){.fields = 1u << SHIRE_RECORD_POSTCODE,
                                                    .text_fits = has_postcode,
                                                    .context = listing});
    return true;
}

static bool add_words(record_listing *listing, shire_span text, uint32_t fields,
                      shire_arena *arena) {
    char value[SHIRE_LINK_VALUE_BYTES_MAX];
    size_t length = shire_link_normalise_address(text, value);
    const char *kept = shire_arena_copy_text(arena, value, length);
    for (size_t at = 0; kept != NULL && at < length;) {
        const char *blank = memchr(kept + at, ' ', length - at);
        size_t end = blank == NULL ? length : (size_t)(blank - kept);
        if (listing->word_count < SHIRE_RECORD_CONDITIONS_MAX) {
            shire_span *word = &listing->words[listing->word_count++];
            *word = (shire_span){kept + at, end - at};
            add_condition(listing, (shire_record_condition){
                                       .fields = fields, .text_fits = has_word, .context = word});
        }
        at = end + 1;
    }
    return kept != NULL;
}

/* What is said quickest comes first: the next is asked only of whom it fits. */
shire_status record_listing_make(const shire_link_query *query, int birth_year, bool is_line,
                                 shire_arena *arena, record_listing *listing, shire_error *error) {
    static const struct {
        shire_link_role role;
        uint32_t fields;
    } texts[] = {{SHIRE_LINK_ROLE_FAMILY, 1u << SHIRE_RECORD_FAMILY_NAME},
                 {SHIRE_LINK_ROLE_GIVEN, 1u << SHIRE_RECORD_GIVEN_NAME},
                 {SHIRE_LINK_ROLE_MIDDLE, NAMES},
                 {SHIRE_LINK_ROLE_ADDRESS, 1u << SHIRE_RECORD_ADDRESS}};
    const shire_span *values = query->values;
    *listing = (record_listing){0};
    bool is_listed = add_birth(listing, values[SHIRE_LINK_ROLE_DOB], birth_year) &&
                     add_postcode(listing, values[SHIRE_LINK_ROLE_POSTCODE]);
    for (size_t role = 0; role < SHIRE_LINK_ROLE_COUNT; role++) {
        bool is_text = role == SHIRE_LINK_ROLE_DOB || role == SHIRE_LINK_ROLE_POSTCODE;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            is_text |= role == texts[i].role;
        }
        is_listed &= is_text || values[role].length == 0;
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint32_t fields = is_line ? NAMES | 1u << SHIRE_RECORD_ADDRESS : texts[i].fields;
        if (values[texts[i].role].length > 0 &&
            !add_words(listing, values[texts[i].role], fields, arena)) {
            return RECORD_NO_MEMORY(error);
        }
    }
    if (!is_listed) {
        listing->condition_count = 0;
    }
    return SHIRE_OK;
}

bool record_listing_fits_birth(const record_listing *listing, const shire_record_found *found) {
    shire_date birth;
    return shire_date_parse(found->birth, &birth) == SHIRE_OK && is_birth(listing, birth);
}

bool record_listing_fits(const record_listing *listing, const shire_record_found *found) {
    for (size_t i = 0; i < listing->condition_count; i++) {
        const shire_record_condition *asked = &listing->conditions[i];
        bool fits = asked->fields == 0 ? record_listing_fits_birth(listing, found)
                    : asked->fields == 1u << SHIRE_RECORD_POSTCODE
                        ? asked->text_fits(asked->context, found->postcode)
                        : asked->text_fits(asked->context, found->name) ||
                              asked->text_fits(asked->context, found->address);
        if (!fits) {
            return false;
        }
    }
    return true;
}

bool record_listing_widen(record_listing *listing) {
    if (listing->condition_count == 0 || listing->postcode.missing > 0 ||
        listing->postcode.length <= INWARD_LETTERS) {
        return false;
    }
    listing->postcode.length -= NEAR_LETTERS;
    listing->postcode.missing = NEAR_LETTERS;
    return true;
}
