/* What pages say the same way everywhere. */
#include "web/page_words.h"

#include "core/calendar.h"
#include "record/record_service.h"
#include "web/web_internal.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_PER_MINUTE 60
#define MINUTES_PER_DAY 1440
#define MICROSECONDS_PER_MINUTE INT64_C(60000000)

json_t *shire_words_of(const char *name) {
    static const char *const capitals[] = {"gp", "nhs", "uprn"};
    char text[128];
    size_t length = 0;
    for (; name[length] != '\0' && length + 1 < sizeof text; length++) {
        text[length] = name[length] == '_' ? ' ' : name[length];
    }
    text[length] = '\0';
    text[0] = (char)toupper((unsigned char)text[0]);
    for (size_t at = 0; at < length;) {
        size_t word = strcspn(text + at, " ");
        for (size_t i = 0; i < sizeof capitals / sizeof capitals[0]; i++) {
            if (word == strlen(capitals[i]) && strncasecmp(text + at, capitals[i], word) == 0) {
                for (size_t letter = at; letter < at + word; letter++) {
                    text[letter] = (char)toupper((unsigned char)text[letter]);
                }
            }
        }
        at += word + 1;
    }
    return json_string(text);
}

json_t *shire_words_text(shire_span text) {
    return json_stringn(text.bytes == NULL ? "" : text.bytes, text.length);
}

static json_t *minute_json(int64_t minute) {
    char words[40];
    if (minute <= INT32_MIN || minute > INT32_MAX) {
        return json_string("");
    }
    shire_record_minute_words((int32_t)minute, words);
    return json_string(words);
}

json_t *shire_words_day(shire_date day) {
    return day == SHIRE_GATE_NO_END ? json_string("") : minute_json((int64_t)day * MINUTES_PER_DAY);
}

static json_t *utc_json(int64_t minute) {
    return minute_json(minute + shire_uk_offset_minutes(minute));
}

json_t *shire_words_moment(int64_t seconds) {
    return seconds == 0 ? json_string("") : utc_json(seconds / SECONDS_PER_MINUTE);
}

json_t *shire_words_iso(shire_span iso) {
    shire_timestamp moment;
    if (shire_timestamp_parse(iso, &moment) != SHIRE_OK) {
        return shire_words_text(iso);
    }
    bool is_utc = iso.bytes[iso.length - 1] == 'Z';
    return (is_utc ? utc_json : minute_json)(moment / MICROSECONDS_PER_MINUTE);
}

json_t *shire_words_money(shire_money money) {
    char pounds[32];
    (void)shire_money_format_pounds(money, pounds);
    return pounds[0] == '-' ? json_sprintf("−£%s", pounds + 1) : json_sprintf("£%s", pounds);
}

json_t *shire_words_count(int64_t count) {
    char digits[24];
    char text[32];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRId64, count < 0 ? 0 : count);
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = digits[i];
    }
    return json_stringn(text, at);
}

json_t *shire_words_categories(uint32_t categories) {
    shire_builder text = {0};
    for (size_t i = 0; i < SHIRE_GATE_CATEGORY_COUNT; i++) {
        if ((categories & SHIRE_GATE_BIT(i)) != 0) {
            shire_builder_append_text(&text, text.length == 0 ? "" : "; ");
            shire_builder_append_text(&text, shire_gate_label(SHIRE_GATE_CATEGORIES, i));
        }
    }
    json_t *json = shire_words_text((shire_span){text.bytes, text.length});
    shire_builder_free(&text);
    return json;
}

static const shire_record_book *book_of(const shire_call *call) {
    return call->world == NULL || call->world->record == NULL
               ? NULL
               : shire_record_get_book(call->world->record);
}

static shire_span name_of_body(const shire_call *call, shire_span code) {
    const shire_record_book *book = book_of(call);
    uint32_t body =
        book == NULL ? SHIRE_RECORD_NOBODY : shire_record_book_find_organisation(book, code);
    return body == SHIRE_RECORD_NOBODY
               ? code
               : shire_record_book_text(book, book->organisations[body].name);
}

json_t *shire_words_body(const shire_call *call, const char *code) {
    return shire_words_text(name_of_body(call, shire_span_of(code)));
}

static void add_body(const shire_call *call, json_t *list, shire_span code, shire_span chosen) {
    shire_span name = name_of_body(call, code);
    size_t at = 0;
    for (; at < json_array_size(list); at++) {
        const json_t *other = json_array_get(list, at);
        shire_span label = shire_span_of(json_string_value(json_object_get(other, "label")));
        if (shire_span_compare(name, label) < 0) {
            break;
        }
    }
    (void)json_array_insert_new(list, at,
                                json_pack("{s:o, s:o, s:b}", "value", shire_words_text(code),
                                          "label", shire_words_text(name), "chosen",
                                          shire_span_equal(code, chosen)));
}

json_t *shire_words_bodies(const shire_call *call, shire_span chosen) {
    const shire_record_book *book = book_of(call);
    json_t *list = json_array();
    for (uint32_t i = 0; book != NULL && i < book->organisation_count; i++) {
        add_body(call, list, shire_record_book_text(book, book->organisations[i].code), chosen);
    }
    size_t count = book != NULL ? 0 : shire_gate_policy_organisation_count(call->policy);
    for (size_t i = 0; i < count; i++) {
        add_body(call, list,
                 shire_span_of(shire_gate_policy_organisation(call->policy, (int32_t)i)), chosen);
    }
    return list;
}

bool shire_words_is_body(const shire_call *call, shire_span code) {
    const shire_record_book *book = book_of(call);
    return book != NULL
               ? shire_record_book_find_organisation(book, code) != SHIRE_RECORD_NOBODY
               : shire_gate_policy_find_organisation(call->policy, code) != SHIRE_GATE_NOBODY;
}
