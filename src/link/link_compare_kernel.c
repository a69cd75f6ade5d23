/*
 * Comparison levels of pairs of values, and of pairs of records through a cache. Equal ids are
 * equal values, so most agreeing fields cost one comparison of integers.
 */
#include "link/link_compare_kernel.h"

#include "link/link_encode_kernel.h"
#include "link/link_text_kernel.h"

#include <stdlib.h>
#include <string.h>

static const char *const name_levels[] = {
    "not known", "equal",     "nickname",     "one edit", "initial or start",
    "close",     "elsewhere", "half crossed", "near",     "different"};
static const char *const rest_levels[] = {"not known", "equal", "contained", "some words",
                                          "different"};
static const char *const date_levels[] = {"not known",        "equal",     "one digit",
                                          "swapped",          "year only", "year and month or day",
                                          "month and day",    "same year", "years one apart",
                                          "within ten years", "different"};
static const char *const postcode_levels[] = {"not known", "equal", "one edit", "sector",
                                              "district",  "area",  "different"};
static const char *const identifier_levels[] = {"not known", "equal", "one edit", "two edits",
                                                "different"};
static const char *const email_levels[] = {"not known", "equal",  "two edits",
                                           "close",     "domain", "different"};
static const char *const text_levels[] = {"not known", "equal",     "one edit", "half the words",
                                          "close",     "elsewhere", "different"};
static const char *const number_levels[] = {"not known", "equal", "one edit", "different"};
static const char *const category_levels[] = {"not known", "equal", "different"};
static const char *const encoded_levels[] = {"not known", "equal",     "from 0.85",
                                             "from 0.70", "from 0.55", "from 0.40",
                                             "from 0.28", "from 0.16", "different"};

static const struct {
    int count;
    const char *const *names;
} kinds[] = {
    [SHIRE_LINK_KIND_GIVEN] = {SHIRE_LINK_NAME_LEVELS, name_levels},
    [SHIRE_LINK_KIND_FAMILY] = {SHIRE_LINK_NAME_LEVELS, name_levels},
    [SHIRE_LINK_KIND_REST] = {SHIRE_LINK_REST_LEVELS, rest_levels},
    [SHIRE_LINK_KIND_DATE] = {SHIRE_LINK_DATE_LEVELS, date_levels},
    [SHIRE_LINK_KIND_POSTCODE] = {SHIRE_LINK_POSTCODE_LEVELS, postcode_levels},
    [SHIRE_LINK_KIND_IDENTIFIER] = {SHIRE_LINK_IDENTIFIER_LEVELS, identifier_levels},
    [SHIRE_LINK_KIND_EMAIL] = {SHIRE_LINK_EMAIL_LEVELS, email_levels},
    [SHIRE_LINK_KIND_NUMBER] = {SHIRE_LINK_NUMBER_LEVELS, number_levels},
    [SHIRE_LINK_KIND_TEXT] = {SHIRE_LINK_TEXT_LEVELS, text_levels},
    [SHIRE_LINK_KIND_CATEGORY] = {SHIRE_LINK_CATEGORY_LEVELS, category_levels},
    [SHIRE_LINK_KIND_ENCODED] = {SHIRE_LINK_ENCODED_LEVELS, encoded_levels},
    [SHIRE_LINK_KIND_ENCODED_NUMBER] = {SHIRE_LINK_ENCODED_LEVELS, encoded_levels},
};

int shire_link_level_count(shire_link_kind kind) {
    return kinds[kind].count;
}

const char *shire_link_level_name(shire_link_kind kind, int level) {
    return kinds[kind].names[level];
}

static bool starts_with(shire_span longer, shire_span shorter) {
    return shorter.length <= longer.length &&
           memcmp(longer.bytes, shorter.bytes, shorter.length) == 0;
}

/* From how alike two names are; `is_start`: one begins with the other, of at least three letters.
 */
static int grade_names(double similarity, bool is_one_edit, bool is_start) {
    return similarity >= 0.94 || is_one_edit ? SHIRE_LINK_NAME_ONE_EDIT
           : is_start                        ? SHIRE_LINK_NAME_INITIAL
           : similarity >= 0.88              ? SHIRE_LINK_NAME_CLOSE
           : similarity >= 0.75              ? SHIRE_LINK_NAME_NEAR
                                             : SHIRE_LINK_NAME_DIFFERENT;
}

static int compare_names(shire_span a, shire_span b) {
    shire_span shorter = a.length <= b.length ? a : b;
    shire_span longer = a.length <= b.length ? b : a;
    if (shorter.length == 1) {
        return starts_with(longer, shorter) ? SHIRE_LINK_NAME_INITIAL : SHIRE_LINK_NAME_DIFFERENT;
    }
    double similarity = shire_link_jaro_winkler(a, b);
    bool is_edit =
        shorter.length >= 3 && similarity >= 0.5 && shire_link_edit_distance(a, b, 1) <= 1;
    return grade_names(similarity, is_edit, shorter.length >= 3 && starts_with(longer, shorter));
}

static int compare_short_names(const shire_link_short *a, const shire_link_short *b) {
    int a_length = shire_link_short_length(a);
    int b_length = shire_link_short_length(b);
    int shorter = a_length < b_length ? a_length : b_length;
    int start = shire_link_short_start(a, b);
    if (shorter == 1) {
        return start == 1 ? SHIRE_LINK_NAME_INITIAL : SHIRE_LINK_NAME_DIFFERENT;
    }
    /* One edit of three letters or more leaves a similarity above 0.5. */
    if (shorter >= 3 && shire_link_short_is_one_edit(a, b)) {
        return SHIRE_LINK_NAME_ONE_EDIT;
    }
    double similarity = shire_link_short_jaro_winkler(a, b);
    return grade_names(similarity, false, shorter >= 3 && start == shorter);
}

static shire_span next_word(shire_span *text) {
    size_t length = 0;
    while (length < text->length && text->bytes[length] != ' ') {
        length++;
    }
    shire_span word = {text->bytes, length};
    size_t used = length < text->length ? length + 1 : length;
    *text = (shire_span){text->bytes + used, text->length - used};
    return word;
}

static bool words_agree(shire_span a, shire_span b) {
    if (a.length == 1 || b.length == 1) {
        return a.length > 0 && b.length > 0 && a.bytes[0] == b.bytes[0];
    }
    return shire_span_equal(a, b) ||
           (a.length > 3 && b.length > 3 && shire_link_edit_distance(a, b, 1) <= 1);
}

/* Words of a that have a like (fuzzy) or an equal in b; *count_out the words of a. */
static int common_words(shire_span a, shire_span b, bool fuzzy, int *count_out) {
    int common = 0;
    *count_out = 0;
    while (a.length > 0) {
        shire_span word = next_word(&a);
        shire_span rest = b;
        bool is_found = false;
        while (rest.length > 0 && !is_found) {
            shire_span other = next_word(&rest);
            is_found = fuzzy ? words_agree(word, other) : shire_span_equal(word, other);
        }
        common += is_found;
        *count_out += 1;
    }
    return common;
}

/* Of names whose level is beyond ELSEWHERE: all words of the one with fewer stand in the other, in
 * another order or among further ones (Perez Garcia, Garcia; Lang Becker, Becker-Lang). */
static int compare_words_of_names(shire_span a, shire_span b, int level) {
    if (level <= SHIRE_LINK_NAME_ELSEWHERE || memchr(a.bytes, ' ', a.length) == NULL ||
        memchr(b.bytes, ' ', b.length) == NULL) {
        return level;
    }
    int a_count = 0;
    int b_count = 0;
    int a_common = common_words(a, b, false, &a_count);
    int b_common = common_words(b, a, false, &b_count);
    return a_common == a_count || b_common == b_count ? SHIRE_LINK_NAME_ELSEWHERE : level;
}

static int compare_rests(shire_span a, shire_span b) {
    int a_count = 0;
    int b_count = 0;
    int a_common = common_words(a, b, true, &a_count);
    int b_common = common_words(b, a, true, &b_count);
    if (a_common == a_count || b_common == b_count) {
        return SHIRE_LINK_REST_CONTAINED;
    }
    return a_common > 0 ? SHIRE_LINK_REST_SOME : SHIRE_LINK_REST_DIFFERENT;
}

/* Of two eight-digit dates, four bits a digit: one digit differs, or two neighbours changed
 * places. */
static bool is_one_digit_off(uint32_t a, uint32_t b) {
    uint32_t differing = a ^ b;
    int lowest = __builtin_ctz(differing) & ~3;
    uint32_t rest = differing >> lowest;
    if (rest < 16) {
        return true;
    }
    uint32_t a_pair = a >> lowest & 255U;
    uint32_t b_pair = b >> lowest & 255U;
    return rest < 256 && a_pair == (b_pair >> 4 | (b_pair & 15U) << 4);
}

static int year_of(uint32_t date) {
    return (int)((date >> 28) * 1000 + (date >> 24 & 15U) * 100 + (date >> 20 & 15U) * 10 +
                 (date >> 16 & 15U));
}

/* Both dates packed, and different. */
static int compare_packed_dates(uint32_t a, uint32_t b, bool year_only) {
    bool same_year = a >> 16 == b >> 16;
    bool same_month = (a >> 8 & 255U) == (b >> 8 & 255U);
    bool same_day = (a & 255U) == (b & 255U);
    bool is_first = (a & 0xFFFFU) == 0x0101U || (b & 0xFFFFU) == 0x0101U;
    if (year_only && is_first && same_year) {
        return SHIRE_LINK_DATE_YEAR_ONLY;
    }
    if (is_one_digit_off(a, b)) {
        return SHIRE_LINK_DATE_ONE_EDIT;
    }
    if (same_year && (a >> 8 & 255U) == (b & 255U) && (b >> 8 & 255U) == (a & 255U)) {
        return SHIRE_LINK_DATE_SWAPPED;
    }
    if (same_year) {
        return same_month || same_day ? SHIRE_LINK_DATE_TWO_PARTS : SHIRE_LINK_DATE_SAME_YEAR;
    }
    if (same_month && same_day && !(year_only && is_first)) {
        return SHIRE_LINK_DATE_MONTH_DAY;
    }
    int apart = abs(year_of(a) - year_of(b));
    return apart <= 1    ? SHIRE_LINK_DATE_NEAR
           : apart <= 10 ? SHIRE_LINK_DATE_TEN_YEARS
                         : SHIRE_LINK_DATE_DIFFERENT;
}

static uint32_t pack_digits(shire_span text) {
    uint32_t packed = 0;
    for (size_t at = 0; at < text.length; at++) {
        if (text.length != 8 || text.bytes[at] < '0' || text.bytes[at] > '9') {
            return 0;
        }
        packed = packed << 4 | (uint32_t)(text.bytes[at] - '0');
    }
    return packed;
}

static int compare_dates(shire_span a, shire_span b, bool year_only) {
    uint32_t a_packed = pack_digits(a);
    uint32_t b_packed = pack_digits(b);
    if (a_packed != 0 && b_packed != 0) {
        return compare_packed_dates(a_packed, b_packed, year_only);
    }
    return shire_link_edit_distance(a, b, 1) <= 1 ? SHIRE_LINK_DATE_ONE_EDIT
                                                  : SHIRE_LINK_DATE_DIFFERENT;
}

static bool same_start(shire_span a, shire_span b, size_t length) {
    return length <= a.length && length <= b.length && memcmp(a.bytes, b.bytes, length) == 0;
}

static int letters_at_start(const char *bytes, size_t length) {
    size_t letters = 0;
    while (letters < length && bytes[letters] >= 'a' && bytes[letters] <= 'z') {
        letters++;
    }
    return (int)letters;
}

/* Of two postcodes more than an edit apart, from their lengths, the letters that they begin with
 * and the length of their common start. */
static int grade_postcodes(int a_length, int b_length, int a_letters, int b_letters, int start) {
    if (a_letters == 0 || b_letters == 0) {
        /* Not British: the leading digits are the larger region. */
        return start >= 3   ? SHIRE_LINK_POSTCODE_SECTOR
               : start == 2 ? SHIRE_LINK_POSTCODE_DISTRICT
               : start == 1 ? SHIRE_LINK_POSTCODE_AREA
                            : SHIRE_LINK_POSTCODE_DIFFERENT;
    }
    if (a_length == b_length && a_length >= 5 && start >= a_length - 3) {
        return start >= a_length - 2 ? SHIRE_LINK_POSTCODE_SECTOR : SHIRE_LINK_POSTCODE_DISTRICT;
    }
    return a_letters == b_letters && start >= a_letters ? SHIRE_LINK_POSTCODE_AREA
                                                        : SHIRE_LINK_POSTCODE_DIFFERENT;
}

static int compare_postcodes(shire_span a, shire_span b) {
    if (shire_link_edit_distance(a, b, 1) <= 1) {
        return SHIRE_LINK_POSTCODE_ONE_EDIT;
    }
    int start = 0;
    while (start < (int)a.length && start < (int)b.length && a.bytes[start] == b.bytes[start]) {
        start++;
    }
    return grade_postcodes((int)a.length, (int)b.length, letters_at_start(a.bytes, a.length),
                           letters_at_start(b.bytes, b.length), start);
}

static int compare_short_postcodes(const shire_link_short *a, const shire_link_short *b) {
    if (shire_link_short_is_one_edit(a, b)) {
        return SHIRE_LINK_POSTCODE_ONE_EDIT;
    }
    return grade_postcodes(shire_link_short_length(a), shire_link_short_length(b),
                           letters_at_start(a->bytes, sizeof a->bytes),
                           letters_at_start(b->bytes, sizeof b->bytes),
                           shire_link_short_start(a, b));
}

static int compare_short_numbers(const shire_link_short *a, const shire_link_short *b) {
    return shire_link_short_length(a) >= 2 && shire_link_short_length(b) >= 2 &&
                   shire_link_short_is_one_edit(a, b)
               ? SHIRE_LINK_NUMBER_ONE_EDIT
               : SHIRE_LINK_NUMBER_DIFFERENT;
}

static int compare_identifiers(shire_span a, shire_span b) {
    int limit = a.length >= 7 && b.length >= 7 ? 2 : 1;
    int distance = shire_link_edit_distance(a, b, limit);
    return distance <= 1       ? SHIRE_LINK_IDENTIFIER_ONE_EDIT
           : distance <= limit ? SHIRE_LINK_IDENTIFIER_TWO_EDITS
                               : SHIRE_LINK_IDENTIFIER_DIFFERENT;
}

static size_t mailbox_length(shire_span email) {
    const char *at = memchr(email.bytes, '@', email.length);
    return at == NULL ? 0 : (size_t)(at - email.bytes);
}

static shire_span skip_digits(shire_span text) {
    while (text.length > 0 && text.bytes[0] >= '0' && text.bytes[0] <= '9') {
        text = (shire_span){text.bytes + 1, text.length - 1};
    }
    return text;
}

/* Whether two mailboxes are one name but for the number that a provider makes one add to a name
 * that is taken: what they share is the name once more, and whoever has that name has it. */
static bool differ_in_number(shire_span a, shire_span b) {
    size_t letters = 0;
    bool have_number = false;
    while (true) {
        shire_span a_left = skip_digits(a);
        shire_span b_left = skip_digits(b);
        have_number = have_number || a_left.length < a.length || b_left.length < b.length;
        if (a_left.length == 0 || b_left.length == 0 || a_left.bytes[0] != b_left.bytes[0]) {
            return have_number && letters >= 3 && a_left.length + b_left.length == 0;
        }
        letters++;
        a = (shire_span){a_left.bytes + 1, a_left.length - 1};
        b = (shire_span){b_left.bytes + 1, b_left.length - 1};
    }
}

static int compare_emails(shire_span a, shire_span b, int apart) {
    size_t a_box = mailbox_length(a);
    size_t b_box = mailbox_length(b);
    bool is_same_box = a_box > 0 && a_box == b_box && same_start(a, b, a_box);
    if (!is_same_box &&
        differ_in_number((shire_span){a.bytes, a_box}, (shire_span){b.bytes, b_box})) {
        return 0;
    }
    if (apart <= 4 && shire_link_edit_distance(a, b, 2) <= 2) {
        return SHIRE_LINK_EMAIL_TWO_EDITS;
    }
    if (is_same_box || (shire_link_jaro_winkler_most(a.length, b.length, apart) >= 0.88 &&
                        shire_link_jaro_winkler(a, b) >= 0.88)) {
        return SHIRE_LINK_EMAIL_CLOSE;
    }
    shire_span a_domain = {a.bytes + a_box, a.length - a_box};
    shire_span b_domain = {b.bytes + b_box, b.length - b_box};
    return a_box > 0 && b_box > 0 && shire_span_equal(a_domain, b_domain)
               ? SHIRE_LINK_EMAIL_DOMAIN
               : SHIRE_LINK_EMAIL_DIFFERENT;
}

static bool have_half_the_words(shire_span a, shire_span b) {
    int a_count = 0;
    int b_count = 0;
    int a_common = common_words(a, b, false, &a_count);
    int b_common = common_words(b, a, false, &b_count);
    return a_common + b_common >= (a_count > b_count ? a_count : b_count);
}

/* `apart` of the signatures bounds the similarity; `share_words` is false when surely no word is
 * common. */
static int compare_texts(shire_span a, shire_span b, int apart, bool share_words) {
    double most = shire_link_jaro_winkler_most(a.length, b.length, apart);
    double similarity = most < 0.85 ? 0 : shire_link_jaro_winkler(a, b);
    if (similarity >= 0.95 ||
        (apart <= 2 && a.length > 3 && b.length > 3 && shire_link_edit_distance(a, b, 1) <= 1)) {
        return SHIRE_LINK_TEXT_ONE_EDIT;
    }
    if (share_words && have_half_the_words(a, b)) {
        return SHIRE_LINK_TEXT_WORDS;
    }
    return similarity >= 0.85 ? SHIRE_LINK_TEXT_CLOSE : SHIRE_LINK_TEXT_DIFFERENT;
}

static int compare_numbers(shire_span a, shire_span b) {
    return a.length >= 2 && b.length >= 2 && shire_link_edit_distance(a, b, 1) <= 1
               ? SHIRE_LINK_NUMBER_ONE_EDIT
               : SHIRE_LINK_NUMBER_DIFFERENT;
}

static int compare_encodings(shire_span a, shire_span b) {
    static const double least[] = {0.85, 0.70, 0.55, 0.40, 0.28, 0.16};
    if (!shire_link_encoding_same_salt(a, b)) {
        return 0;
    }
    double similarity = shire_link_encoding_similarity(a, b);
    int level = SHIRE_LINK_ENCODED_FROM_85;
    while (level < SHIRE_LINK_ENCODED_DIFFERENT &&
           similarity < least[level - SHIRE_LINK_ENCODED_FROM_85]) {
        level++;
    }
    return level;
}

int shire_link_compare_values(shire_link_kind kind, shire_span a, shire_span b, bool year_only) {
    if (shire_span_equal(a, b)) {
        return 1;
    }
    switch (kind) {
    case SHIRE_LINK_KIND_GIVEN:
    case SHIRE_LINK_KIND_FAMILY:
        return kind == SHIRE_LINK_KIND_GIVEN && shire_link_is_nickname(a, b)
                   ? SHIRE_LINK_NAME_NICKNAME
                   : compare_words_of_names(a, b, compare_names(a, b));
    case SHIRE_LINK_KIND_REST:
        return compare_rests(a, b);
    case SHIRE_LINK_KIND_DATE:
        return compare_dates(a, b, year_only);
    case SHIRE_LINK_KIND_POSTCODE:
        return compare_postcodes(a, b);
    case SHIRE_LINK_KIND_IDENTIFIER:
        return compare_identifiers(a, b);
    case SHIRE_LINK_KIND_EMAIL:
        return compare_emails(a, b, 0);
    case SHIRE_LINK_KIND_NUMBER:
        return compare_numbers(a, b);
    case SHIRE_LINK_KIND_TEXT:
        return compare_texts(a, b, 0, true);
    case SHIRE_LINK_KIND_CATEGORY:
        return SHIRE_LINK_CATEGORY_DIFFERENT;
    case SHIRE_LINK_KIND_ENCODED:
    case SHIRE_LINK_KIND_ENCODED_NUMBER:
        return compare_encodings(a, b);
    }
    return 0;
}

/* True when what the two texts are made of rules out that one is an edit or an initial of the
 * other, and that they reach a Jaro similarity: 7/12 for quarters = 3, 9/12 for quarters = 5. (A
 * common start makes of these a Jaro-Winkler similarity of 0.75 and 0.85 at most.) */
static bool are_unlike(const shire_link_signature *a, const shire_link_signature *b, int quarters) {
    int a_length = shire_link_signature_length(a);
    int b_length = shire_link_signature_length(b);
    int apart = shire_link_signature_apart(a, b);
    int both = a_length + b_length;
    return apart > 2 && a_length > 1 && b_length > 1 &&
           2 * (both - apart) * both < quarters * a_length * b_length;
}

static bool fit_both(const shire_link_field *facts, uint32_t a, uint32_t b) {
    return facts->shorts != NULL && shire_link_short_fits(&facts->shorts[a]) &&
           shire_link_short_fits(&facts->shorts[b]);
}

/* The level of two different values as far as it can be told without their texts, which lie all
 * over the memory; 0 when it cannot. */
static int compare_outlines(const shire_link_dataset *dataset, const shire_link_field *facts,
                            uint32_t a, uint32_t b) {
    const shire_link_signature *signatures = facts->signatures;
    switch (facts->kind) {
    case SHIRE_LINK_KIND_POSTCODE:
        return fit_both(facts, a, b) ? compare_short_postcodes(&facts->shorts[a], &facts->shorts[b])
                                     : 0;
    case SHIRE_LINK_KIND_NUMBER:
        return fit_both(facts, a, b) ? compare_short_numbers(&facts->shorts[a], &facts->shorts[b])
                                     : 0;
    case SHIRE_LINK_KIND_CATEGORY:
        return SHIRE_LINK_CATEGORY_DIFFERENT;
    case SHIRE_LINK_KIND_DATE:
        return facts->dates[a] != 0 && facts->dates[b] != 0
                   ? compare_packed_dates(facts->dates[a], facts->dates[b],
                                          dataset->has_year_only_dates)
                   : 0;
    case SHIRE_LINK_KIND_GIVEN:
        if (dataset->nicknames[a] >= 0 && dataset->nicknames[a] == dataset->nicknames[b]) {
            return SHIRE_LINK_NAME_NICKNAME;
        }
        return signatures != NULL && are_unlike(&signatures[a], &signatures[b], 3)
                   ? SHIRE_LINK_NAME_DIFFERENT
                   : 0;
    case SHIRE_LINK_KIND_FAMILY:
        return signatures != NULL && are_unlike(&signatures[a], &signatures[b], 3)
                   ? SHIRE_LINK_NAME_DIFFERENT
                   : 0;
    case SHIRE_LINK_KIND_IDENTIFIER:
        return signatures != NULL && shire_link_signature_apart(&signatures[a], &signatures[b]) > 4
                   ? SHIRE_LINK_IDENTIFIER_DIFFERENT
                   : 0;
    case SHIRE_LINK_KIND_TEXT:
        return signatures != NULL && (facts->word_masks[a] & facts->word_masks[b]) == 0 &&
                       are_unlike(&signatures[a], &signatures[b], 5)
                   ? SHIRE_LINK_TEXT_DIFFERENT
                   : 0;
    default:
        return 0;
    }
}

/* The level of two different values, with what the dataset knows beforehand of each. */
static int compare_known(const shire_link_dataset *dataset, const shire_link_field *facts,
                         uint32_t a, uint32_t b) {
    bool is_name = facts->kind == SHIRE_LINK_KIND_GIVEN || facts->kind == SHIRE_LINK_KIND_FAMILY;
    const shire_link_dictionary *values = facts->values;
    if (is_name && fit_both(facts, a, b)) {
        int level = compare_short_names(&facts->shorts[a], &facts->shorts[b]);
        return level <= SHIRE_LINK_NAME_ELSEWHERE
                   ? level
                   : compare_words_of_names(shire_link_dictionary_text(values, a),
                                            shire_link_dictionary_text(values, b), level);
    }
    int apart = facts->signatures == NULL
                    ? 0
                    : shire_link_signature_apart(&facts->signatures[a], &facts->signatures[b]);
    shire_span a_text = shire_link_dictionary_text(values, a);
    shire_span b_text = shire_link_dictionary_text(values, b);
    switch (facts->kind) {
    case SHIRE_LINK_KIND_GIVEN:
        return compare_words_of_names(a_text, b_text, compare_names(a_text, b_text));
    case SHIRE_LINK_KIND_EMAIL:
        return compare_emails(a_text, b_text, apart);
    case SHIRE_LINK_KIND_TEXT:
        return compare_texts(a_text, b_text, apart,
                             facts->word_masks == NULL ||
                                 (facts->word_masks[a] & facts->word_masks[b]) != 0);
    default:
        return shire_link_compare_values(facts->kind, a_text, b_text, dataset->has_year_only_dates);
    }
}

/* Values of which there are few are met again soon, of others a cache only displaces itself; and
 * what is compared in a moment needs none. */
static bool is_cached(const shire_link_field *facts) {
    switch (facts->kind) {
    case SHIRE_LINK_KIND_GIVEN:
    case SHIRE_LINK_KIND_FAMILY:
    case SHIRE_LINK_KIND_REST:
        return true;
    case SHIRE_LINK_KIND_TEXT:
    case SHIRE_LINK_KIND_EMAIL:
    case SHIRE_LINK_KIND_IDENTIFIER:
        return facts->values->count < 4096;
    default:
        return false;
    }
}

static int compare_cached(const shire_link_dataset *dataset, size_t field, uint32_t a, uint32_t b,
                          shire_link_cache *cache) {
    uint64_t low = a < b ? a : b;
    uint64_t high = a < b ? b : a;
    uint64_t key = high << 34 | low << 4;
    uint64_t *slot = &cache->slots[field][key * UINT64_C(0x9E3779B97F4A7C15) >> 50];
    if ((*slot & ~UINT64_C(15)) == key) {
        return (int)(*slot & 15U);
    }
    int level = compare_known(dataset, &dataset->fields[field], a, b);
    *slot = key | (uint64_t)level;
    return level;
}

static bool has_token(const shire_link_dataset *dataset, size_t record, uint32_t id) {
    uint32_t mask = shire_link_row_name_mask(dataset, shire_link_dataset_row(dataset, record));
    uint32_t wanted = shire_link_name_bits(id);
    if ((mask & wanted) != wanted) {
        return false;
    }
    for (uint64_t at = dataset->token_offsets[record]; at < dataset->token_offsets[record + 1];
         at++) {
        if (dataset->tokens[at] == id) {
            return true;
        }
    }
    return false;
}

shire_link_crossing shire_link_crossing_of(shire_span a_left, shire_span b_left) {
    bool is_initial = (a_left.length == 1 || b_left.length == 1) && a_left.length > 0 &&
                      b_left.length > 0 && a_left.bytes[0] == b_left.bytes[0];
    return is_initial || shire_link_jaro_winkler(a_left, b_left) >= 0.85
               ? SHIRE_LINK_CROSSING_ELSEWHERE
               : SHIRE_LINK_CROSSING_HALF;
}

/* How this part of a's name stands in the other's, unless it is `shared`. A brother whose names
 * were exchanged carries the family's name in the given name's place: that makes nobody him. */
static shire_link_crossing find_in(const shire_link_dataset *dataset, size_t field, int partner,
                                   size_t a, size_t b, uint32_t shared) {
    const uint32_t *a_row = shire_link_dataset_row(dataset, a);
    const uint32_t *b_row = shire_link_dataset_row(dataset, b);
    if (a_row[field] == shared || !has_token(dataset, b, a_row[field])) {
        return SHIRE_LINK_CROSSING_NONE;
    }
    if (partner < 0 || a_row[field] != b_row[partner] || a_row[partner] == 0) {
        return SHIRE_LINK_CROSSING_ELSEWHERE;
    }
    return shire_link_crossing_of(shire_link_dictionary_text(&dataset->names, b_row[field]),
                                  shire_link_dictionary_text(&dataset->names, a_row[partner]));
}

/* A part of one's name that is found in the other's, unless it is the very part in which the two
 * agree anyway: Werner Werner's family name stands in the name of every Werner. */
static shire_link_crossing find_crossing(const shire_link_dataset *dataset, size_t field, size_t a,
                                         size_t b) {
    int partner =
        (int)field == dataset->family_field ? dataset->given_field : dataset->family_field;
    const uint32_t *a_row = shire_link_dataset_row(dataset, a);
    const uint32_t *b_row = shire_link_dataset_row(dataset, b);
    uint32_t shared = partner >= 0 && a_row[partner] == b_row[partner] ? a_row[partner] : 0;
    shire_link_crossing forth = find_in(dataset, field, partner, a, b, shared);
    shire_link_crossing back = forth == SHIRE_LINK_CROSSING_ELSEWHERE
                                   ? SHIRE_LINK_CROSSING_NONE
                                   : find_in(dataset, field, partner, b, a, shared);
    return forth == SHIRE_LINK_CROSSING_NONE || back == SHIRE_LINK_CROSSING_ELSEWHERE ? back
                                                                                      : forth;
}

/* Whether a text of one record is that of another column of the other, unless the two agree in that
 * column anyway: who lives at Leominster, Leominster is not nearer to all others there for it. */
static bool stands_elsewhere(const shire_link_dataset *dataset, size_t field, size_t a, size_t b) {
    const uint32_t *a_row = shire_link_dataset_row(dataset, a);
    const uint32_t *b_row = shire_link_dataset_row(dataset, b);
    uint32_t a_text = dataset->fields[field].shared[a_row[field]];
    uint32_t b_text = dataset->fields[field].shared[b_row[field]];
    for (size_t other = 0; (a_text | b_text) != 0 && other < dataset->field_count; other++) {
        const uint32_t *shared = dataset->fields[other].shared;
        if (other == field || shared == NULL || a_row[other] == b_row[other]) {
            continue;
        }
        if ((a_text != 0 && shared[b_row[other]] == a_text) ||
            (b_text != 0 && shared[a_row[other]] == b_text)) {
            return true;
        }
    }
    return false;
}

int shire_link_compare_field(const shire_link_dataset *dataset, size_t field, size_t a, size_t b,
                             shire_link_cache *cache) {
    uint32_t a_value = shire_link_dataset_row(dataset, a)[field];
    uint32_t b_value = shire_link_dataset_row(dataset, b)[field];
    if (a_value == 0 || b_value == 0) {
        return 0;
    }
    if (a_value == b_value) {
        return 1;
    }
    const shire_link_field *facts = &dataset->fields[field];
    int level = compare_outlines(dataset, facts, a_value, b_value);
    if (level == 0) {
        level = is_cached(facts) ? compare_cached(dataset, field, a_value, b_value, cache)
                                 : compare_known(dataset, facts, a_value, b_value);
    }
    if (facts->shared != NULL && level == SHIRE_LINK_TEXT_DIFFERENT &&
        stands_elsewhere(dataset, field, a, b)) {
        return SHIRE_LINK_TEXT_ELSEWHERE;
    }
    bool is_name = facts->kind == SHIRE_LINK_KIND_GIVEN || facts->kind == SHIRE_LINK_KIND_FAMILY;
    return is_name && level > SHIRE_LINK_NAME_ELSEWHERE
               ? shire_link_crossed_level(dataset, field, level,
                                          find_crossing(dataset, field, a, b))
               : level;
}

shire_link_pattern shire_link_compare_records(const shire_link_dataset *dataset, size_t a, size_t b,
                                              shire_link_cache *cache) {
    shire_link_pattern pattern = 0;
    for (size_t field = 0; field < dataset->field_count; field++) {
        shire_link_pattern level =
            (shire_link_pattern)shire_link_compare_field(dataset, field, a, b, cache);
        pattern |= level << (4 * field);
    }
    return shire_link_pattern_swap_once(dataset, pattern);
}
