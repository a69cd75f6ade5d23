/*
 * One line of free text into what is known of a person. Words are taken out one kind after another,
 * the surest first: NHS number, dates, postcode, the address from the number of a house on; what is
 * left is the name.
 */
#include "record/record_search.h"

#include <string.h>

#define WORDS_MAX 64

typedef enum word_use { WORD_FREE, WORD_COMMA, WORD_USED } word_use;

typedef struct line_word {
    shire_span text;
    word_use use;
} line_word;

typedef struct line_words {
    line_word words[WORDS_MAX];
    size_t count;
    shire_arena *arena;
    bool failed; /* out of memory */
} line_words;

static bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

static bool is_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

/* Words between white space; a comma is one by itself. */
static void split(shire_span line, line_words *out) {
    size_t at = 0;
    while (at < line.length && out->count < WORDS_MAX) {
        size_t from = at;
        while (at < line.length && line.bytes[at] != ',' && (unsigned char)line.bytes[at] > ' ') {
            at++;
        }
        if (at > from) {
            out->words[out->count++].text = (shire_span){line.bytes + from, at - from};
        } else {
            if (line.bytes[at] == ',') {
                out->words[out->count++] = (line_word){{",", 1}, WORD_COMMA};
            }
            at++;
        }
    }
}

/* Words [first, last) with blanks between, commas left out; marks them used. */
static shire_span join(line_words *line, size_t first, size_t last) {
    shire_builder text = {0};
    for (size_t i = first; i < last; i++) {
        if (line->words[i].use == WORD_FREE) {
            shire_builder_append_text(&text, text.length == 0 ? "" : " ");
            shire_builder_append(&text, line->words[i].text);
        }
        line->words[i].use = WORD_USED;
    }
    char *kept = text.failed || text.length == 0
                     ? NULL
                     : shire_arena_copy_text(line->arena, text.bytes, text.length);
    line->failed |= text.failed || (text.length > 0 && kept == NULL);
    shire_span joined = {kept == NULL ? "" : kept, kept == NULL ? 0 : text.length};
    shire_builder_free(&text);
    return joined;
}

/* How many words from `first` on are free, at most `most`. */
static size_t free_run(const line_words *line, size_t first, size_t most) {
    size_t count = 0;
    while (count < most && first + count < line->count &&
           line->words[first + count].use == WORD_FREE) {
        count++;
    }
    return count;
}

/* The first run of one to three words for which `is_one` holds, the longest first. */
static shire_span take_run(line_words *line, bool (*is_one)(shire_span text)) {
    for (size_t first = 0; first < line->count; first++) {
        for (size_t count = free_run(line, first, 3); count > 0; count--) {
            char buffer[64];
            size_t length = 0;
            for (size_t i = first; i < first + count && length < sizeof buffer; i++) {
                shire_span word = line->words[i].text;
                size_t room = sizeof buffer - length;
                size_t part = word.length < room ? word.length : room;
                memcpy(buffer + length, word.bytes, part);
                length += part;
                if (i + 1 < first + count && length < sizeof buffer) {
                    buffer[length++] = ' ';
                }
            }
            if (length < sizeof buffer && is_one((shire_span){buffer, length})) {
                return join(line, first, first + count);
            }
        }
    }
    return (shire_span){"", 0};
}

/* ---- what a run may be ---- */

/* Ten digits together, or as 999 123 4567: also where the check digit is wrong, so that the search
 * can say so. */
static bool is_number(shire_span text) {
    static const char shape[] = "999 999 9999";
    size_t digits = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool is_blank = text.bytes[i] == ' ' || text.bytes[i] == '-';
        if (!is_digit(text.bytes[i]) &&
            (text.length != sizeof shape - 1 || shape[i] != ' ' || !is_blank)) {
            return false;
        }
        digits += is_digit(text.bytes[i]);
    }
    return digits == 10;
}

/* A year by itself, which linkage does not compare: it stands beside the query. */
static bool is_year(shire_span text) {
    return text.length == 4 && is_digit(text.bytes[2]) && is_digit(text.bytes[3]) &&
           (memcmp(text.bytes, "19", 2) == 0 || memcmp(text.bytes, "20", 2) == 0);
}

/* A date with its year in four digits, or 19441013; never a mere number of a house. */
static bool is_date(shire_span text) {
    shire_date date;
    int year = 0;
    int month = 0;
    int day = 0;
    if (text.length < 8 || shire_date_parse(text, &date) != SHIRE_OK) {
        return false;
    }
    shire_date_parts(date, &year, &month, &day);
    return year >= 1850;
}

/* AA9A 9AA with or without its blank: letters, digit, maybe one more, digit, two letters. */
static bool is_postcode(shire_span text) {
    char packed[9];
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] != ' ') {
            if (length == 8) {
                return false;
            }
            packed[length++] = text.bytes[i];
        }
    }
    if (length < 5 || length > 7 || !is_letter(packed[length - 1]) ||
        !is_letter(packed[length - 2]) || !is_digit(packed[length - 3])) {
        return false;
    }
    size_t outward = length - 3;
    size_t letters = 0;
    while (letters < outward && is_letter(packed[letters])) {
        letters++;
    }
    return (letters == 1 || letters == 2) && letters < outward && is_digit(packed[letters]) &&
           outward - letters <= 2;
}

/* HR1: one or two letters, then one or two digits. */
static bool is_half_postcode(shire_span text) {
    size_t letters = 0;
    while (letters < text.length && is_letter(text.bytes[letters])) {
        letters++;
    }
    size_t digits = letters;
    while (digits < text.length && is_digit(text.bytes[digits])) {
        digits++;
    }
    return (letters == 1 || letters == 2) && digits == text.length && digits > letters &&
           digits - letters <= 2;
}

/* ---- address and name ---- */

/* From a word that begins with a digit up to the end of its free run: 12 High Street, Leominster.
 * Commas belong to it. */
static shire_span take_address(line_words *line) {
    for (size_t first = 0; first < line->count; first++) {
        if (line->words[first].use != WORD_FREE || !is_digit(line->words[first].text.bytes[0])) {
            continue;
        }
        size_t last = first;
        while (last < line->count && line->words[last].use != WORD_USED) {
            last++;
        }
        if (free_run(line, first, 2) == 2) {
            return join(line, first, last);
        }
    }
    return (shire_span){"", 0};
}

/* "Preece, Gwendoline Mary" or "Gwendoline Mary Preece"; one word alone is a family name. */
static void take_name(line_words *line, shire_link_query *query) {
    size_t first = 0;
    size_t last = line->count;
    while (first < last && line->words[first].use != WORD_FREE) {
        first++;
    }
    while (last > first && line->words[last - 1].use != WORD_FREE) {
        last--;
    }
    size_t comma = first;
    while (comma < last && line->words[comma].use != WORD_COMMA) {
        comma++;
    }
    if (first == last) {
        return;
    }
    if (comma < last) {
        query->values[SHIRE_LINK_ROLE_FAMILY] = join(line, first, comma);
        first = comma + 1;
    } else {
        query->values[SHIRE_LINK_ROLE_FAMILY] = join(line, last - 1, last);
        last--;
    }
    while (first < last && line->words[first].use != WORD_FREE) {
        first++;
    }
    if (first < last) {
        query->values[SHIRE_LINK_ROLE_GIVEN] = join(line, first, first + 1);
        query->values[SHIRE_LINK_ROLE_MIDDLE] = join(line, first + 1, last);
    }
}

shire_status shire_record_line_read(shire_span line, shire_arena *arena,
                                    shire_link_query *query_out, int *birth_year_out,
                                    shire_error *error) {
    line_words words = {.arena = arena};
    shire_link_query query = {0};
    line = shire_span_trim(line);
    if (line.length == 0 || line.length > SHIRE_RECORD_LINE_BYTES_MAX ||
        !shire_text_is_utf8(line)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "give an NHS number, a name, a date of birth, an address or a postcode, "
                          "at most %d bytes of text",
                          SHIRE_RECORD_LINE_BYTES_MAX);
    }
    split(line, &words);
    query.values[SHIRE_LINK_ROLE_NHS_NUMBER] = take_run(&words, is_number);
    query.values[SHIRE_LINK_ROLE_DOB] = take_run(&words, is_date);
    query.values[SHIRE_LINK_ROLE_POSTCODE] = take_run(&words, is_postcode);
    if (query.values[SHIRE_LINK_ROLE_POSTCODE].length == 0) {
        query.values[SHIRE_LINK_ROLE_POSTCODE] = take_run(&words, is_half_postcode);
    }
    query.values[SHIRE_LINK_ROLE_ADDRESS] = take_address(&words);
    shire_span year = take_run(&words, is_year);
    take_name(&words, &query);
    if (words.failed) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the search; try again later");
    }
    bool is_empty = year.length == 0;
    for (size_t role = 0; role < SHIRE_LINK_ROLE_COUNT; role++) {
        is_empty &= query.values[role].length == 0;
    }
    if (!is_empty) {
        *query_out = query;
        *birth_year_out = 0;
        for (size_t i = 0; i < year.length; i++) {
            *birth_year_out = *birth_year_out * 10 + (year.bytes[i] - '0');
        }
        return SHIRE_OK;
    }
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "this says nothing to search by; give a name, a number, a date of birth or "
                      "an address");
}
