/*
 * Values made comparable, role by role. Every function folds its input byte by byte into a small
 * buffer and then applies the role's rules to the words of that buffer, so that time depends on
 * the first few hundred bytes of a value only.
 */
#include "link/link_normalise_kernel.h"

#include "core/date.h"
#include "core/nhs_number.h"

#include <string.h>

#define FOLD_INPUT_BYTES_MAX 512
#define WORDS_MAX 24

typedef struct words {
    shire_span at[WORDS_MAX];
    size_t count;
} words;

/* U+00C0..U+017F as ASCII; '?' stands for the two signs that are no letters. */
static const char *const latin_folds[] = {
    "a", "a", "a",  "a",  "a", "a", "ae", "c",  "e",  "e", "e", "e", "i",  "i",  "i", "i", "d", "n",
    "o", "o", "o",  "o",  "o", " ", "o",  "u",  "u",  "u", "u", "y", "th", "ss", "a", "a", "a", "a",
    "a", "a", "ae", "c",  "e", "e", "e",  "e",  "i",  "i", "i", "i", "d",  "n",  "o", "o", "o", "o",
    "o", " ", "o",  "u",  "u", "u", "u",  "y",  "th", "y", "a", "a", "a",  "a",  "a", "a", "c", "c",
    "c", "c", "c",  "c",  "c", "c", "d",  "d",  "d",  "d", "e", "e", "e",  "e",  "e", "e", "e", "e",
    "e", "e", "g",  "g",  "g", "g", "g",  "g",  "g",  "g", "h", "h", "h",  "h",  "i", "i", "i", "i",
    "i", "i", "i",  "i",  "i", "i", "ij", "ij", "j",  "j", "k", "k", "k",  "l",  "l", "l", "l", "l",
    "l", "l", "l",  "l",  "l", "n", "n",  "n",  "n",  "n", "n", "n", "ng", "ng", "o", "o", "o", "o",
    "o", "o", "oe", "oe", "r", "r", "r",  "r",  "r",  "r", "s", "s", "s",  "s",  "s", "s", "s", "s",
    "t", "t", "t",  "t",  "t", "t", "u",  "u",  "u",  "u", "u", "u", "u",  "u",  "u", "u", "u", "u",
    "w", "w", "y",  "y",  "y", "z", "z",  "z",  "z",  "z", "z", "s",
};

/* One code point of well-formed UTF-8 at `at`; a stray byte counts as Windows-1252. */
static uint32_t next_point(const unsigned char *bytes, size_t length, size_t *at) {
    uint32_t lead = bytes[*at];
    size_t more = lead >= 0xF0 && lead < 0xF8 ? 3 : lead >= 0xE0 ? 2 : 1;
    uint32_t point = lead & (0x3FU >> more);
    if (lead < 0x80) {
        *at += 1;
        return lead;
    }
    if (lead < 0xC2 || lead >= 0xF8 || *at + more >= length) {
        *at += 1;
        return lead;
    }
    for (size_t step = 1; step <= more; step++) {
        if ((bytes[*at + step] & 0xC0) != 0x80) {
            *at += 1;
            return lead;
        }
        point = point << 6 | (bytes[*at + step] & 0x3FU);
    }
    *at += 1 + more;
    return point;
}

/* Fold to words; bytes of `kept` stay besides letters and digits. Returns the length. */
static size_t fold(shire_span text, const char *kept, char *out) {
    const unsigned char *bytes = (const unsigned char *)text.bytes;
    size_t length = text.length < FOLD_INPUT_BYTES_MAX ? text.length : FOLD_INPUT_BYTES_MAX;
    size_t written = 0;
    for (size_t at = 0; at < length && written + 4 < SHIRE_LINK_VALUE_BYTES_MAX;) {
        size_t start = at;
        uint32_t point = next_point(bytes, length, &at);
        bool is_mark = point == '\'' || point == '`' || point == 0x2018 || point == 0x2019 ||
                       (point >= 0x300 && point <= 0x36F);
        bool is_word = (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9') ||
                       (point != 0 && point < 0x80 && strchr(kept, (int)point) != NULL);
        bool is_other_script = (point > 0x36F && point < 0x2000) || point >= 0x3000;
        if (is_mark) {
            continue; /* o'brien is obrien; combining accents go */
        }
        if (point >= 'A' && point <= 'Z') {
            out[written++] = (char)(point + 32);
        } else if (point >= 0xC0 && point <= 0x17F) {
            const char *letters = latin_folds[point - 0xC0];
            memcpy(out + written, letters, strlen(letters));
            written += strlen(letters);
        } else if (is_word || is_other_script) {
            memcpy(out + written, bytes + start, at - start);
            written += at - start;
        } else if (written > 0 && out[written - 1] != ' ') {
            out[written++] = ' ';
        }
    }
    while (written > 0 && out[written - 1] == ' ') {
        written--;
    }
    return written;
}

static bool is_in(shire_span word, const char *list) {
    /* The list has a blank before and after each word. */
    for (const char *at = list; (at = strchr(at, ' ')) != NULL && at[1] != '\0';) {
        at++;
        if (strncmp(at, word.bytes, word.length) == 0 && at[word.length] == ' ') {
            return true;
        }
    }
    return false;
}

static bool is_placeholder(shire_span text) {
    static const char *const phrases[] = {
        "unknown",     "not known",    "unk",           "n a",
        "none",        "null",         "nil",           "nk",
        "not stated",  "missing",      "not given",     "not applicable",
        "tbc",         "not recorded", "no name",       "xx",
        "xxx",         "xxxx",         "blank",         "nfa",
        "unspecified", "test",         "not available", "no fixed abode",
        "nan",         "unnamed",      "not specified", "not supplied",
        "undefined"};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (shire_span_equal(text, shire_span_of(phrases[i]))) {
            return true;
        }
    }
    return false;
}

static words split_words(shire_span text) {
    words split = {.count = 0};
    size_t at = 0;
    while (at < text.length && split.count < WORDS_MAX) {
        size_t start = at;
        while (at < text.length && text.bytes[at] != ' ') {
            at++;
        }
        if (at > start) {
            split.at[split.count++] = (shire_span){text.bytes + start, at - start};
        }
        at++;
    }
    return split;
}

/* Join the words into out (which may be the buffer that they point into, in order). */
static size_t join_words(const words *list, char *out) {
    size_t written = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t gap = written > 0;
        if (written + gap + list->at[i].length > SHIRE_LINK_VALUE_BYTES_MAX) {
            break;
        }
        if (gap) {
            out[written++] = ' ';
        }
        memmove(out + written, list->at[i].bytes, list->at[i].length);
        written += list->at[i].length;
    }
    return written;
}

size_t shire_link_normalise_text(shire_span text, char *value_out) {
    size_t length = fold(text, "", value_out);
    return is_placeholder((shire_span){value_out, length}) ? 0 : length;
}

static bool is_ordinal(shire_span word) {
    size_t digits = 0;
    while (digits < word.length && word.bytes[digits] >= '0' && word.bytes[digits] <= '9') {
        digits++;
    }
    shire_span ending = {word.bytes + digits, word.length - digits};
    return digits > 0 && ending.length == 2 && is_in(ending, " st nd rd th ");
}

static bool is_honour(shire_span word) {
    return is_ordinal(word) ||
           is_in(word, " mr mrs ms miss mx dr prof professor rev revd reverend sir dame lord lady "
                       "master hon honourable rt capt captain col colonel maj major gen general "
                       "lt lieutenant sgt jnr snr jr sr esq esquire obe mbe cbe kbe dbe phd mp "
                       "baronet bart bt baron baroness earl viscount viscountess marquess marquis "
                       "duke duchess count countess of the ");
}

/* What follows a comma after a name without being a given name: ", 1st baron", ", esq". */
static bool is_suffix(shire_span word) {
    return is_ordinal(word) || is_in(word, " jnr snr jr sr esq esquire obe mbe cbe kbe dbe phd mp "
                                           "baronet bart bt baron earl viscount marquess duke lord "
                                           "lady of the ");
}

static size_t keep_name_words(size_t length, char *value) {
    shire_span whole = {value, length};
    if (is_placeholder(whole)) {
        return 0;
    }
    words split = split_words(whole);
    words kept = {.count = 0};
    for (size_t i = 0; i < split.count; i++) {
        if (!is_honour(split.at[i])) {
            kept.at[kept.count++] = split.at[i];
        }
    }
    if (kept.count == 0 && split.count == 1 &&
        is_in(split.at[0], " earl duke baron marquis count master general lord major ")) {
        return length; /* alone, these are names too */
    }
    if (kept.count == 1 && is_in(kept.at[0], " baby infant boy girl child male female twin ")) {
        return 0;
    }
    return join_words(&kept, value);
}

size_t shire_link_normalise_name(shire_span text, char *value_out) {
    return keep_name_words(fold(text, "", value_out), value_out);
}

size_t shire_link_normalise_full_name(shire_span text, char *value_out) {
    size_t length = text.length < FOLD_INPUT_BYTES_MAX ? text.length : FOLD_INPUT_BYTES_MAX;
    const char *comma = length > 0 ? memchr(text.bytes, ',', length) : NULL;
    if (comma != NULL) {
        shire_span family = {text.bytes, (size_t)(comma - text.bytes)};
        shire_span given = {comma + 1, length - family.length - 1};
        char family_value[SHIRE_LINK_VALUE_BYTES_MAX];
        char given_value[SHIRE_LINK_VALUE_BYTES_MAX];
        size_t family_length = shire_link_normalise_name(family, family_value);
        size_t given_length = shire_link_normalise_name(given, given_value);
        char folded[SHIRE_LINK_VALUE_BYTES_MAX];
        words after = split_words((shire_span){folded, fold(given, "", folded)});
        /* "smith, john" but not "thomas clifford, 1st baron clifford". */
        bool is_turned = after.count > 0 && !is_suffix(after.at[0]) && given_length > 0 &&
                         family_length > 0 && memchr(family_value, ' ', family_length) == NULL;
        if (is_turned && given_length + family_length + 1 <= SHIRE_LINK_VALUE_BYTES_MAX) {
            memcpy(value_out, given_value, given_length);
            value_out[given_length] = ' ';
            memcpy(value_out + given_length + 1, family_value, family_length);
            return given_length + 1 + family_length;
        }
    }
    return shire_link_normalise_name(text, value_out);
}

static bool all_digits(const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] < '0' || bytes[i] > '9') {
            return false;
        }
    }
    return true;
}

static size_t check_date(char *value, size_t length) {
    if (length == 8 && all_digits(value, 8) &&
        (memcmp(value, "1000", 4) < 0 || memcmp(value, "2900", 4) > 0)) {
        return 0;
    }
    return length;
}

/* A date in numbers with the year last: 31/12/1999, 1.4.24, with a time after it or not. */
typedef struct late_year {
    int first;
    int second;
    int year;
} late_year;

static int take_number(shire_span *text, size_t most) {
    int number = 0;
    size_t length = 0;
    while (length < most && length < text->length && all_digits(text->bytes + length, 1)) {
        number = number * 10 + text->bytes[length++] - '0';
    }
    text->bytes += length;
    text->length -= length;
    return length == 0 ? -1 : number;
}

static bool read_late_year(shire_span text, late_year *out) {
    out->first = take_number(&text, 2);
    char separator = text.length > 0 ? *text.bytes : '\0';
    if (out->first < 0 || (separator != '/' && separator != '.' && separator != '-')) {
        return false;
    }
    text = (shire_span){text.bytes + 1, text.length - 1};
    out->second = take_number(&text, 2);
    if (out->second < 0 || text.length < 3 || *text.bytes != separator) {
        return false;
    }
    text = (shire_span){text.bytes + 1, text.length - 1};
    size_t before = text.length;
    out->year = take_number(&text, 4);
    size_t digits = before - text.length;
    if (digits == 2 && separator != '-') { /* as shire_date_parse has it */
        out->year += out->year <= 30 ? 2000 : 1900;
    } else if (digits != 4) {
        return false;
    }
    return text.length == 0 || *text.bytes == ' ' || *text.bytes == 'T';
}

shire_link_date_order_kind shire_link_date_order_of(shire_span text) {
    late_year date;
    if (!read_late_year(shire_span_trim(text), &date) || date.first == 0 || date.second == 0 ||
        date.first > 31 || date.second > 31 || date.first == date.second) {
        return SHIRE_LINK_DATE_ORDER_NONE;
    }
    bool can_be_day_first = date.second <= 12;
    bool can_be_month_first = date.first <= 12;
    return can_be_day_first && can_be_month_first ? SHIRE_LINK_DATE_ORDER_EITHER
           : can_be_day_first                     ? SHIRE_LINK_DATE_ORDER_DAY_FIRST
           : can_be_month_first                   ? SHIRE_LINK_DATE_ORDER_MONTH_FIRST
                                                  : SHIRE_LINK_DATE_ORDER_NONE;
}

static size_t write_date(int year, int month, int day, char *value_out) {
    int packed = year * 10000 + month * 100 + day;
    for (int place = 7; place >= 0; place--) {
        value_out[place] = (char)('0' + packed % 10);
        packed /= 10;
    }
    return check_date(value_out, 8);
}

static size_t normalise_date(shire_span text, bool is_month_first, char *value_out) {
    text = shire_span_trim(text);
    const char *bytes = text.bytes;
    if (text.length >= 10 && bytes[4] == bytes[7] && (bytes[4] == '-' || bytes[4] == '/') &&
        all_digits(bytes, 4) && all_digits(bytes + 5, 2) && all_digits(bytes + 8, 2)) {
        memcpy(value_out, bytes, 4);
        memcpy(value_out + 4, bytes + 5, 2);
        memcpy(value_out + 6, bytes + 8, 2);
        return check_date(value_out, 8);
    }
    if (text.length == 8 && all_digits(bytes, 8)) {
        memcpy(value_out, bytes, 8);
        return check_date(value_out, 8);
    }
    late_year late;
    if (read_late_year(text, &late)) {
        shire_link_date_order_kind order = shire_link_date_order_of(text);
        bool is_turned = order == SHIRE_LINK_DATE_ORDER_MONTH_FIRST ||
                         (order != SHIRE_LINK_DATE_ORDER_DAY_FIRST && is_month_first);
        return write_date(late.year, is_turned ? late.first : late.second,
                          is_turned ? late.second : late.first, value_out);
    }
    shire_date date = 0;
    if (shire_date_parse(text, &date) == SHIRE_OK) {
        int year = 0;
        int month = 0;
        int day = 0;
        shire_date_parts(date, &year, &month, &day);
        return write_date(year, month, day, value_out);
    }
    return shire_link_normalise_identifier(text, value_out);
}

size_t shire_link_normalise_date(shire_span text, char *value_out) {
    return normalise_date(text, false, value_out);
}

size_t shire_link_normalise_date_month_first(shire_span text, char *value_out) {
    return normalise_date(text, true, value_out);
}

size_t shire_link_normalise_sex(shire_span text, char *value_out) {
    size_t length = shire_link_normalise_text(text, value_out);
    shire_span word = {value_out, length};
    if (is_in(word, " 0 9 x u i not unknown indeterminate ") || length == 0) {
        return 0;
    }
    if (is_in(word, " 1 m male man boy ")) {
        value_out[0] = 'm';
        return 1;
    }
    if (is_in(word, " 2 f female woman girl ")) {
        value_out[0] = 'f';
        return 1;
    }
    return length;
}

static size_t fold_compact(shire_span text, const char *kept, char *value_out) {
    size_t length = fold(text, kept, value_out);
    if (is_placeholder((shire_span){value_out, length})) {
        return 0;
    }
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        if (value_out[i] != ' ') {
            value_out[written++] = value_out[i];
        }
    }
    return written;
}

size_t shire_link_normalise_postcode(shire_span text, char *value_out) {
    size_t length = fold_compact(text, "", value_out);
    return length >= 4 && memcmp(value_out, "zz99", 4) == 0 ? 0 : length;
}

size_t shire_link_normalise_identifier(shire_span text, char *value_out) {
    size_t length = fold_compact(text, "", value_out);
    size_t same = 0;
    while (same < length && value_out[same] == value_out[0]) {
        same++;
    }
    return length >= 4 && same == length ? 0 : length;
}

size_t shire_link_normalise_nhs_number(shire_span text, char *value_out) {
    char digits[11];
    if (shire_nhs_number_check(shire_span_trim(text), digits) != SHIRE_NHS_NUMBER_VALID) {
        return 0;
    }
    memcpy(value_out, digits, 10);
    return 10;
}

size_t shire_link_normalise_phone(shire_span text, char *value_out) {
    char folded[SHIRE_LINK_VALUE_BYTES_MAX];
    size_t length = fold_compact(text, "", folded);
    size_t written = 0;
    size_t from = 0;
    if (length > 4 && memcmp(folded, "0044", 4) == 0) {
        from = 4;
    } else if (length > 2 && memcmp(folded, "44", 2) == 0) {
        from = 2;
    }
    if (from > 0) {
        value_out[written++] = '0';
        from += folded[from] == '0';
    }
    for (size_t i = from; i < length; i++) {
        if (folded[i] >= '0' && folded[i] <= '9') {
            value_out[written++] = folded[i];
        }
    }
    return written < 6 ? 0 : written;
}

size_t shire_link_normalise_email(shire_span text, char *value_out) {
    return fold_compact(text, "@.-_+", value_out);
}

size_t shire_link_normalise_address(shire_span text, char *value_out) {
    static const char *const shorts[][2] = {
        {"street", "st"},   {"road", "rd"},       {"avenue", "ave"},  {"lane", "ln"},
        {"close", "cl"},    {"drive", "dr"},      {"court", "ct"},    {"crescent", "cres"},
        {"place", "pl"},    {"gardens", "gdns"},  {"terrace", "ter"}, {"square", "sq"},
        {"circuit", "cct"}, {"apartment", "apt"}, {"flat", "apt"},    {"saint", "st"}};
    size_t length = shire_link_normalise_text(text, value_out);
    words split = split_words((shire_span){value_out, length});
    for (size_t i = 0; i < split.count; i++) {
        for (size_t j = 0; j < sizeof shorts / sizeof shorts[0]; j++) {
            if (shire_span_equal(split.at[i], shire_span_of(shorts[j][0]))) {
                split.at[i] = shire_span_of(shorts[j][1]);
            }
        }
    }
    /* Short forms are never longer than the words they replace, so joining in place is safe. */
    return join_words(&split, value_out);
}
