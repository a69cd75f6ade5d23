/*
 * Takes the mailbox apart from the left: a separator, the year of birth, or the beginning of a word
 * that was not used yet, the longest first, going back where the rest does not come out.
 */
#include "link/link_email_kernel.h"

#include <string.h>

#define STEPS_MAX 256 /* beginnings tried, so that a long mailbox of one letter ends */

typedef struct parse {
    const shire_span *words;
    size_t word_count;
    shire_span date;
    unsigned used; /* a bit for each word */
    int steps;
} parse;

static bool starts(shire_span text, const char *bytes, size_t length) {
    return length > 0 && text.length >= length && memcmp(text.bytes, bytes, length) == 0;
}

/* Digits must be the year of birth as a whole: the 19 of 1950 is none. */
static size_t year_at(shire_span text, shire_span date) {
    size_t digits = 0;
    while (digits < text.length && text.bytes[digits] >= '0' && text.bytes[digits] <= '9') {
        digits++;
    }
    bool is_year = date.length == 8 && ((digits == 4 && starts(text, date.bytes, 4)) ||
                                        (digits == 2 && starts(text, date.bytes + 2, 2)));
    return is_year ? digits : 0;
}

static bool comes_out(parse *work, shire_span rest) {
    while (rest.length > 0 && strchr(".-_+", rest.bytes[0]) != NULL) {
        rest = (shire_span){rest.bytes + 1, rest.length - 1};
    }
    if (rest.length == 0) {
        return work->used != 0;
    }
    size_t year = year_at(rest, work->date);
    if (year > 0) {
        return comes_out(work, (shire_span){rest.bytes + year, rest.length - year});
    }
    for (size_t word = 0; word < work->word_count; word++) {
        shire_span text = work->words[word];
        size_t shared = 0;
        while ((work->used >> word & 1U) == 0 && shared < text.length && shared < rest.length &&
               text.bytes[shared] == rest.bytes[shared]) {
            shared++;
        }
        for (; shared > 0 && work->steps < STEPS_MAX; shared--) {
            work->steps++;
            work->used |= 1U << word;
            if (comes_out(work, (shire_span){rest.bytes + shared, rest.length - shared})) {
                return true;
            }
            work->used &= ~(1U << word);
        }
    }
    return false;
}

bool shire_link_email_is_name(shire_span email, const shire_span *words, size_t word_count,
                              shire_span date) {
    const char *at = memchr(email.bytes, '@', email.length);
    shire_span mailbox = {email.bytes, at == NULL ? email.length : (size_t)(at - email.bytes)};
    parse work = {.words = words,
                  .word_count = word_count < SHIRE_LINK_EMAIL_WORDS_MAX
                                    ? word_count
                                    : SHIRE_LINK_EMAIL_WORDS_MAX,
                  .date = date};
    return comes_out(&work, mailbox);
}
