/*
 * One value of one role made comparable: case and diacritics folded, punctuation and titles gone,
 * placeholders turned into nothing, dates as eight digits, postcodes and numbers without blanks.
 *
 * All functions are pure. Each writes at most SHIRE_LINK_VALUE_BYTES_MAX bytes (not terminated) to
 * value_out and returns the length; 0 means that nothing is known. Input of any length and any
 * bytes is accepted: bytes that are not UTF-8 are read as Windows-1252.
 */
#ifndef SHIRE_LINK_NORMALISE_KERNEL_H
#define SHIRE_LINK_NORMALISE_KERNEL_H

#include "core/text.h"

#define SHIRE_LINK_VALUE_BYTES_MAX 128

/* Words of a..z, 0..9 and letters beyond Latin, one blank between words: "O'Brien-Smith" is
 * "obrien smith". Placeholders ("not known", "n/a", "-") give nothing. */
size_t shire_link_normalise_text(shire_span text, char *value_out);

/* As text, without titles and honours (mr, sir, dr, obe), ordinals (1st) and "of", "the". A text
 * of nothing else, or a stand-in such as "baby", gives nothing. "family, given" is turned round
 * for a full name when what follows the comma holds a name. */
size_t shire_link_normalise_name(shire_span text, char *value_out);
size_t shire_link_normalise_full_name(shire_span text, char *value_out);

/* Eight digits YYYYMMDD, also for impossible dates written as YYYY-MM-DD or with the year last
 * (typing errors carry evidence); a date that fits no form keeps its letters and digits. Years
 * below 1000 and the far-off dates of systems (9999-12-31) give nothing. Where the year is last,
 * day comes before month, or month before day; where only the other order makes a month, that one.
 */
size_t shire_link_normalise_date(shire_span text, char *value_out);
size_t shire_link_normalise_date_month_first(shire_span text, char *value_out);

/* In which order day and month of a date with the year last can stand. */
typedef enum shire_link_date_order_kind {
    SHIRE_LINK_DATE_ORDER_NONE, /* no such date, or it is the same both ways (4/4/1980) */
    SHIRE_LINK_DATE_ORDER_DAY_FIRST,
    SHIRE_LINK_DATE_ORDER_MONTH_FIRST,
    SHIRE_LINK_DATE_ORDER_EITHER
} shire_link_date_order_kind;
shire_link_date_order_kind shire_link_date_order_of(shire_span text);

/* m, f, or another word; 0, 9, x, u and their words are nothing; 1 is m, 2 is f. */
size_t shire_link_normalise_sex(shire_span text, char *value_out);

/* Letters and digits without blanks: "HR1 2AB" is "hr12ab". ZZ99 codes (no fixed abode, not known)
 * give nothing. */
size_t shire_link_normalise_postcode(shire_span text, char *value_out);

/* Letters and digits without blanks; one repeated digit ("0000000") gives nothing. */
size_t shire_link_normalise_identifier(shire_span text, char *value_out);

/* Ten digits whose check digit is right, else nothing. */
size_t shire_link_normalise_nhs_number(shire_span text, char *value_out);

/* Digits, British numbers from the leading 0: "+44 (0)1432 1234" is "014321234". Fewer than six
 * digits give nothing. */
size_t shire_link_normalise_phone(shire_span text, char *value_out);

/* Lower case without blanks. */
size_t shire_link_normalise_email(shire_span text, char *value_out);

/* As text, with the common words of an address in one form: road -> rd, street -> st. */
size_t shire_link_normalise_address(shire_span text, char *value_out);

#endif
