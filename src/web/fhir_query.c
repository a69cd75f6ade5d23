/*
 * One pass over each value: an escape is a backslash and the character after it, which separates
 * nothing. Dates are read digit by digit, so that nothing but the forms of the specification
 * passes.
 */
#include "web/fhir_query.h"

#include "core/calendar.h"
#include "core/date.h"

#include <string.h>

#define MINUTES_PER_DAY 1440

/* ---- names and alternatives ---- */

/* The place of the first `mark` that no backslash precedes, from `from` on; the length for none. */
static size_t find_mark(shire_span text, size_t from, char mark) {
    size_t i = from;
    while (i < text.length && text.bytes[i] != mark) {
        i += text.bytes[i] == '\\' && i + 1 < text.length ? 2 : 1;
    }
    return i < text.length ? i : text.length;
}

static shire_span part_of(shire_span text, size_t from, size_t to) {
    return (shire_span){text.bytes + from, to - from};
}

static shire_status split_values(shire_span text, shire_arena *arena,
                                 shire_fhir_parameter *parameter, shire_error *error) {
    shire_span found[SHIRE_FHIR_VALUES_MAX];
    size_t count = 0;
    for (size_t from = 0; from <= text.length;) {
        size_t end = find_mark(text, from, ',');
        if (end > from) {
            if (count == SHIRE_FHIR_VALUES_MAX) {
                return SHIRE_FAIL(error, SHIRE_INVALID,
                                  "a search parameter has more than %d alternatives",
                                  SHIRE_FHIR_VALUES_MAX);
            }
            found[count++] = part_of(text, from, end);
        }
        from = end + 1;
    }
    shire_span *values = shire_arena_alloc_array(arena, count, sizeof *values);
    if (values == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "the search is too large");
    }
    memcpy(values, found, count * sizeof *values);
    parameter->values = values;
    parameter->value_count = count;
    return SHIRE_OK;
}

static void split_name(shire_span name, shire_fhir_parameter *parameter) {
    const char *colon = memchr(name.bytes, ':', name.length);
    size_t length = colon == NULL ? name.length : (size_t)(colon - name.bytes);
    parameter->name = part_of(name, 0, length);
    if (colon != NULL) {
        parameter->modifier = part_of(name, length + 1, name.length);
    }
    /* `subject:Patient.name` is chained as well as `subject.name`. */
    parameter->is_chained =
        memchr(name.bytes, '.', name.length) != NULL ||
        (parameter->name.length == 4 && memcmp(parameter->name.bytes, "_has", 4) == 0);
}

shire_status shire_fhir_query_read(const shire_http_fields *fields, size_t fields_count,
                                   shire_arena *arena, shire_fhir_query *query_out,
                                   shire_error *error) {
    shire_fhir_parameter *parameters =
        shire_arena_alloc_array(arena, SHIRE_FHIR_PARAMETERS_MAX, sizeof *parameters);
    size_t count = 0;
    if (parameters == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "the search is too large");
    }
    for (size_t k = 0; k < fields_count; k++) {
        for (size_t i = 0; i < fields[k].count; i++) {
            const shire_http_field *field = &fields[k].items[i];
            if (count == SHIRE_FHIR_PARAMETERS_MAX) {
                return SHIRE_FAIL(error, SHIRE_INVALID, "a search has more than %d parameters",
                                  SHIRE_FHIR_PARAMETERS_MAX);
            }
            shire_fhir_parameter *parameter = &parameters[count];
            *parameter = (shire_fhir_parameter){0};
            split_name(field->name, parameter);
            shire_status status = split_values(field->value, arena, parameter, error);
            if (status != SHIRE_OK) {
                return status;
            }
            count += parameter->value_count > 0;
        }
    }
    *query_out = (shire_fhir_query){parameters, count};
    return SHIRE_OK;
}

const shire_fhir_parameter *shire_fhir_find(const shire_fhir_query *query, const char *name) {
    for (size_t i = 0; i < query->count; i++) {
        if (shire_span_equal(query->parameters[i].name, shire_span_of(name))) {
            return &query->parameters[i];
        }
    }
    return NULL;
}

/* ---- texts and tokens ---- */

shire_span shire_fhir_text(shire_span value, shire_arena *arena) {
    if (value.length == 0 || memchr(value.bytes, '\\', value.length) == NULL) {
        return value;
    }
    char *text = shire_arena_alloc(arena, value.length);
    size_t length = 0;
    if (text == NULL) {
        return (shire_span){0};
    }
    for (size_t i = 0; i < value.length; i++) {
        if (value.bytes[i] == '\\' && i + 1 < value.length) {
            i++;
        }
        text[length++] = value.bytes[i];
    }
    return (shire_span){text, length};
}

shire_fhir_token shire_fhir_token_read(shire_span value, shire_arena *arena) {
    size_t bar = find_mark(value, 0, '|');
    if (bar == value.length) {
        return (shire_fhir_token){.code = shire_fhir_text(value, arena)};
    }
    return (shire_fhir_token){.system = shire_fhir_text(part_of(value, 0, bar), arena),
                              .code = shire_fhir_text(part_of(value, bar + 1, value.length), arena),
                              .has_system = true};
}

/* ---- dates ---- */

static const struct {
    char letters[3];
    shire_fhir_prefix prefix;
} prefixes[] = {
    {"eq", SHIRE_FHIR_EQUAL},
    {"ne", SHIRE_FHIR_NOT_EQUAL},
    {"gt", SHIRE_FHIR_GREATER},
    {"lt", SHIRE_FHIR_LESS},
    {"ge", SHIRE_FHIR_GREATER_OR_EQUAL},
    {"le", SHIRE_FHIR_LESS_OR_EQUAL},
    {"sa", SHIRE_FHIR_STARTS_AFTER},
    {"eb", SHIRE_FHIR_ENDS_BEFORE},
    {"ap", SHIRE_FHIR_APPROXIMATELY},
};

/* Takes exactly `digits` digits. */
static bool take_number(shire_span *text, int digits, int *number_out) {
    int number = 0;
    if (text->length < (size_t)digits) {
        return false;
    }
    for (int i = 0; i < digits; i++) {
        if (text->bytes[i] < '0' || text->bytes[i] > '9') {
            return false;
        }
        number = number * 10 + (text->bytes[i] - '0');
    }
    *text = part_of(*text, (size_t)digits, text->length);
    *number_out = number;
    return true;
}

static bool take_mark(shire_span *text, char mark) {
    if (text->length == 0 || text->bytes[0] != mark) {
        return false;
    }
    *text = part_of(*text, 1, text->length);
    return true;
}

/* [:ss[.fraction]]; the seconds are dropped, minutes are what records hold. */
static bool take_seconds(shire_span *text) {
    int second = 0;
    if (!take_mark(text, ':')) {
        return true;
    }
    if (!take_number(text, 2, &second) || second > 60) {
        return false;
    }
    if (take_mark(text, '.')) {
        size_t digits = 0;
        for (int digit = 0; take_number(text, 1, &digit); digits++) {
        }
        return digits > 0;
    }
    return true;
}

/* The zone, which must end the text: adds what makes it local time. */
static bool take_zone(shire_span *text, int64_t *minute) {
    int hours = 0;
    int minutes = 0;
    if (text->length == 0) {
        return true;
    }
    int sign = 0;
    if (!take_mark(text, 'Z')) {
        sign = take_mark(text, '+') ? 1 : take_mark(text, '-') ? -1 : 2;
        if (sign == 2 || !take_number(text, 2, &hours) || !take_mark(text, ':') ||
            !take_number(text, 2, &minutes) || hours > 14 || minutes > 59) {
            return false;
        }
    }
    int64_t utc = *minute - sign * (hours * 60 + minutes);
    *minute = utc + shire_uk_offset_minutes(utc);
    return text->length == 0;
}

static bool read_stretch(shire_span text, shire_fhir_stretch *stretch) {
    int year = 0;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    if (!take_number(&text, 4, &year) || year < 1) {
        return false;
    }
    if (text.length == 0) {
        stretch->first = (int64_t)shire_date_of(year, 1, 1) * MINUTES_PER_DAY;
        stretch->last = ((int64_t)shire_date_of(year, 12, 31) + 1) * MINUTES_PER_DAY - 1;
        return true;
    }
    if (!take_mark(&text, '-') || !take_number(&text, 2, &month) ||
        !shire_date_is_valid(year, month, 1)) {
        return false;
    }
    int64_t first = shire_date_of(year, month, 1);
    if (text.length == 0) {
        int last_day = 31;
        while (!shire_date_is_valid(year, month, last_day)) {
            last_day--;
        }
        stretch->first = first * MINUTES_PER_DAY;
        stretch->last = (first + last_day) * MINUTES_PER_DAY - 1;
        return true;
    }
    if (!take_mark(&text, '-') || !take_number(&text, 2, &day) ||
        !shire_date_is_valid(year, month, day)) {
        return false;
    }
    stretch->first = (first + day - 1) * MINUTES_PER_DAY;
    stretch->last = stretch->first + MINUTES_PER_DAY - 1;
    if (text.length == 0) {
        return true;
    }
    if (!take_mark(&text, 'T') || !take_number(&text, 2, &hour) || !take_mark(&text, ':') ||
        !take_number(&text, 2, &minute) || hour > 23 || minute > 59 || !take_seconds(&text)) {
        return false;
    }
    int64_t at = stretch->first + hour * 60 + minute;
    if (!take_zone(&text, &at)) {
        return false;
    }
    *stretch = (shire_fhir_stretch){at, at};
    return true;
}

shire_status shire_fhir_when_read(shire_span value, shire_fhir_when *when_out, shire_error *error) {
    shire_fhir_when when = {.prefix = SHIRE_FHIR_EQUAL};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (value.length > 2 && memcmp(value.bytes, prefixes[i].letters, 2) == 0) {
            when.prefix = prefixes[i].prefix;
            value = part_of(value, 2, value.length);
            break;
        }
    }
    if (!read_stretch(value, &when.stretch)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a date in the search is not of the form 2024, 2024-04, 2024-04-01 or "
                          "2024-04-01T09:30:00Z, with eq, ne, gt, lt, ge, le, sa, eb or ap before "
                          "it");
    }
    *when_out = when;
    return SHIRE_OK;
}

bool shire_fhir_when_fits(const shire_fhir_when *when, shire_fhir_stretch time) {
    shire_fhir_stretch asked = when->stretch;
    bool is_within = asked.first <= time.first && time.last <= asked.last;
    switch (when->prefix) {
    case SHIRE_FHIR_EQUAL:
        return is_within;
    case SHIRE_FHIR_NOT_EQUAL:
        return !is_within;
    case SHIRE_FHIR_GREATER:
        return time.last > asked.last;
    case SHIRE_FHIR_LESS:
        return time.first < asked.first;
    /* What overlaps the asked time counts: between two dates asked for with ge and le, a stay that
     * began on the last of them and goes on would else be missing. */
    case SHIRE_FHIR_GREATER_OR_EQUAL:
        return time.last >= asked.first;
    case SHIRE_FHIR_LESS_OR_EQUAL:
        return time.first <= asked.last;
    case SHIRE_FHIR_STARTS_AFTER:
        return time.first > asked.last;
    case SHIRE_FHIR_ENDS_BEFORE:
        return time.last < asked.first;
    case SHIRE_FHIR_APPROXIMATELY:
        return time.first <= asked.last && asked.first <= time.last;
    }
    return false;
}

/* ---- names of people ---- */

/* The letters without accents of U+00C0 to U+017F, in small; 0: kept as they are. */
static const char plain_letters[] = "aaaaaa\0ceeeeiiiidnooooo\0ouuuuy\0\0aaaaaa\0ceeeeiiii"
                                    "dnooooo\0ouuuuy\0yaaaaaaccccccccddddeeeeeeeeeegggg"
                                    "gggghhhhiiiiiiiiii\0\0jjkk\0llllll\0\0llnnnnnn\0\0\0oooo"
                                    "oo\0\0rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzz\0";

/* The next letter, folded; -1 at the end. */
static int32_t next_letter(shire_span text, size_t *at) {
    if (*at >= text.length) {
        return -1;
    }
    unsigned char byte = (unsigned char)text.bytes[(*at)++];
    if (byte >= 'A' && byte <= 'Z') {
        return byte - 'A' + 'a';
    }
    if (byte < 0xC3 || byte > 0xC5 || *at >= text.length) {
        return byte;
    }
    size_t point = ((size_t)(byte & 0x1F) << 6) | ((unsigned char)text.bytes[*at] & 0x3F);
    if (point < 0xC0 || plain_letters[point - 0xC0] == '\0') {
        return byte;
    }
    (*at)++;
    return plain_letters[point - 0xC0];
}

static shire_span skip_marks(shire_span text) {
    size_t i = 0;
    while (i < text.length && (text.bytes[i] == ' ' || text.bytes[i] == '.')) {
        i++;
    }
    return part_of(text, i, text.length);
}

bool shire_fhir_begins(shire_span text, shire_span start) {
    text = skip_marks(text);
    start = skip_marks(start);
    size_t i = 0;
    size_t k = 0;
    for (;;) {
        int32_t wanted = next_letter(start, &k);
        if (wanted < 0) {
            return true;
        }
        if (next_letter(text, &i) != wanted) {
            return false;
        }
    }
}

bool shire_fhir_contains(shire_span text, shire_span part) {
    for (size_t i = 0; i <= text.length; i++) {
        bool is_letter = i == text.length || ((unsigned char)text.bytes[i] & 0xC0) != 0x80;
        if (is_letter && shire_fhir_begins(part_of(text, i, text.length), part)) {
            return true;
        }
    }
    return false;
}
