/*
 * What is wrong in the form of a plan, an alert or a document, in the words of the form. What comes
 * by the API is told by keys (record_body.h); somebody at a form has fields in front of them.
 */
#include "core/date.h"
#include "web/page_item.h"

#include <stdio.h>
#include <string.h>

#define NO_DAY "Enter a real date, for example 1/4/2025"

static shire_span text_of(const json_t *object, const char *key) {
    const json_t *text = json_object_get(object, key);
    return shire_span_trim((shire_span){json_is_string(text) ? json_string_value(text) : "",
                                        json_string_length(text)});
}

static bool is_empty(const json_t *object, const char *key) {
    return text_of(object, key).length == 0;
}

static bool is_day_or_empty(const json_t *object, const char *key) {
    shire_date day;
    return is_empty(object, key) || shire_date_parse(text_of(object, key), &day) == SHIRE_OK;
}

static void check_day(json_t *values, const json_t *object, const char *key, const char *field) {
    if (!is_day_or_empty(object, key)) {
        shire_call_add_error(values, field, NO_DAY);
    }
}

static void check_action(json_t *values, const json_t *action, size_t place) {
    const json_t *owner = json_object_get(action, "owner");
    char field[40];
    char sentence[80];
    if (is_empty(action, "text")) {
        snprintf(field, sizeof field, "action_text_%zu", place);
        snprintf(sentence, sizeof sentence, "Say what is to be done in action %zu", place + 1);
        shire_call_add_error(values, field, sentence);
    }
    if (is_empty(owner, "organisation")) {
        snprintf(field, sizeof field, "action_body_%zu", place);
        snprintf(sentence, sizeof sentence, "Choose the body that does action %zu", place + 1);
        shire_call_add_error(values, field, sentence);
    }
    snprintf(field, sizeof field, "action_due_%zu", place);
    check_day(values, action, "due", field);
}

static void check_plan(json_t *values, const json_t *body) {
    size_t index;
    json_t *item;
    if (is_empty(body, "title")) {
        shire_call_add_error(values, "title", "Enter a title");
    }
    json_array_foreach(json_object_get(body, "actions"), index, item) {
        check_action(values, item, index);
    }
    check_day(values, body, "next_review", "next_review");
    /* Those of earlier versions were checked: what is wrong is of the one that was written now. */
    json_array_foreach(json_object_get(body, "reviews"), index, item) {
        if (is_empty(item, "on") || !is_day_or_empty(item, "on")) {
            shire_call_add_error(values, "review_on", NO_DAY);
        }
        if (is_empty(item, "text")) {
            shire_call_add_error(values, "review_text", "Say what the review found");
        }
    }
}

static void check_alert(json_t *values, const json_t *body) {
    shire_date from;
    shire_date until;
    if (is_empty(body, "text")) {
        shire_call_add_error(values, "text", "Enter what everybody must know");
    }
    check_day(values, body, "from", "from");
    check_day(values, body, "until", "until");
    if (shire_date_parse(text_of(body, "from"), &from) == SHIRE_OK &&
        shire_date_parse(text_of(body, "until"), &until) == SHIRE_OK && until < from) {
        shire_call_add_error(values, "until", "Enter a last day that is not before the first");
    }
}

bool shire_item_check(json_t *values, shire_record_item_kind kind, const json_t *body,
                      shire_span why) {
    if (kind == SHIRE_RECORD_PLAN) {
        check_plan(values, body);
    } else if (kind == SHIRE_RECORD_ALERT) {
        check_alert(values, body);
    } else {
        if (is_empty(body, "title")) {
            shire_call_add_error(values, "title", "Enter a title");
        }
        check_day(values, body, "date", "date");
    }
    if (why.length == 0) {
        shire_call_add_error(values, "why", "Say in a sentence why you make this change");
    } else if (why.length > SHIRE_RECORD_TEXT_BYTES_MAX) {
        shire_call_add_error(values, "why", "Say why in fewer words");
    }
    return json_object_get(values, "error_list") == NULL;
}
