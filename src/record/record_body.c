/*
 * Checking by tables: each object is a list of keys with a type and whether it is needed; lists
 * hold objects of another table. What passes is copied into a new object in the table's order.
 */
#include "record/record_body.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum value_type {
    VALUE_TEXT,
    VALUE_DATE,
    VALUE_STATUS,
    VALUE_COUNT,
    VALUE_OBJECT,
    VALUE_LIST
} value_type;

typedef struct object_form object_form;

typedef struct object_key {
    const char *name;
    value_type type;
    bool is_needed;
    const object_form *form; /* of an object, of each member of a list */
} object_key;

struct object_form {
    const object_key *keys;
    size_t count;
};

#define FORM(name)                                                                                 \
    static const object_form name##_form = {name##_keys,                                           \
                                            sizeof(name##_keys) / sizeof(name##_keys[0])}

static const object_key text_keys[] = {{"text", VALUE_TEXT, true, NULL}};
FORM(text);

static const object_key owner_keys[] = {{"organisation", VALUE_TEXT, true, NULL},
                                        {"team", VALUE_TEXT, false, NULL},
                                        {"person", VALUE_TEXT, false, NULL}};
FORM(owner);

static const object_key action_keys[] = {{"text", VALUE_TEXT, true, NULL},
                                         {"owner", VALUE_OBJECT, true, &owner_form},
                                         {"due", VALUE_DATE, false, NULL},
                                         {"status", VALUE_STATUS, false, NULL}};
FORM(action);

static const object_key review_keys[] = {{"on", VALUE_DATE, true, NULL},
                                         {"by", VALUE_TEXT, false, NULL},
                                         {"text", VALUE_TEXT, true, NULL}};
FORM(review);

static const object_key plan_keys[] = {{"title", VALUE_TEXT, true, NULL},
                                       {"needs", VALUE_LIST, false, &text_form},
                                       {"goals", VALUE_LIST, false, &text_form},
                                       {"actions", VALUE_LIST, false, &action_form},
                                       {"reviews", VALUE_LIST, false, &review_form},
                                       {"next_review", VALUE_DATE, false, NULL}};
FORM(plan);

static const object_key alert_keys[] = {{"text", VALUE_TEXT, true, NULL},
                                        {"kind", VALUE_TEXT, false, NULL},
                                        {"from", VALUE_DATE, false, NULL},
                                        {"until", VALUE_DATE, false, NULL},
                                        {"owner", VALUE_OBJECT, false, &owner_form}};
FORM(alert);

static const object_key document_keys[] = {
    {"title", VALUE_TEXT, true, NULL}, {"kind", VALUE_TEXT, false, NULL},
    {"date", VALUE_DATE, false, NULL}, {"media_type", VALUE_TEXT, false, NULL},
    {"hash", VALUE_TEXT, true, NULL},  {"byte_count", VALUE_COUNT, false, NULL}};
FORM(document);

static const object_form *const forms[] = {&plan_form, &alert_form, &document_form};
static const char *const item_names[] = {"plan", "alert", "document"};

#define PLACE_BYTES 128 /* "actions 12: owner: organisation" */

const char *shire_record_item_kind_name(shire_record_item_kind kind) {
    return item_names[kind];
}

static shire_status refuse(shire_error *error, const char *place, const char *what) {
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s: %s", place, what);
}

static bool is_status(const char *text) {
    static const char *const names[] = {"planned", "under_way", "done", "stopped"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A text that is allowed: no control characters but line ends and tabs. */
static bool is_plain(shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        if (byte == 0x7f || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t')) {
            return false;
        }
    }
    return true;
}

static shire_status check_text(const object_key *key, const json_t *given, const char *place,
                               json_t **value_out, shire_error *error) {
    shire_span text = {json_string_value(given), json_string_length(given)};
    if (!json_is_string(given)) {
        return refuse(error, place, "this is no text; give one in quotes");
    }
    if (text.length > SHIRE_RECORD_TEXT_BYTES_MAX || !is_plain(text)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: over %d bytes long or with control characters; shorten it", place,
                          SHIRE_RECORD_TEXT_BYTES_MAX);
    }
    text = shire_span_trim(text);
    if (key->is_needed && text.length == 0) {
        return refuse(error, place, "this is empty; fill it in");
    }
    if (key->type == VALUE_DATE && text.length > 0) {
        char day[11];
        shire_date date;
        if (shire_date_parse(text, &date) != SHIRE_OK) {
            return refuse(error, place, "this is no date; give it like 2024-04-01");
        }
        shire_date_format(date, day);
        *value_out = json_string(day);
    } else if (key->type == VALUE_STATUS && (text.length == 0 || !is_status(text.bytes))) {
        if (text.length > 0) {
            return refuse(error, place, "this is none of planned, under_way, done, stopped");
        }
        *value_out = json_string("planned");
    } else {
        *value_out = json_stringn(text.bytes, text.length);
    }
    return *value_out == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the text")
                              : SHIRE_OK;
}

static shire_status check_object(const object_form *form, const json_t *given, const char *place,
                                 json_t **value_out, shire_error *error);

static shire_status check_list(const object_key *key, const json_t *given, const char *place,
                               json_t **value_out, shire_error *error) {
    shire_status status = SHIRE_OK;
    if (given != NULL && !json_is_array(given)) {
        return refuse(error, place, "this is no list");
    }
    if (json_array_size(given) > SHIRE_RECORD_LIST_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: more than %d of them; make two plans", place,
                          SHIRE_RECORD_LIST_MAX);
    }
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(given) && status == SHIRE_OK; i++) {
        char member_place[PLACE_BYTES];
        json_t *member = NULL;
        snprintf(member_place, sizeof member_place, "%.90s %zu", place, i + 1);
        status = check_object(key->form, json_array_get(given, i), member_place, &member, error);
        if (status == SHIRE_OK && json_array_append_new(list, member) != 0) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the list");
        }
    }
    if (status == SHIRE_OK && list == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the list");
    }
    if (status != SHIRE_OK) {
        json_decref(list);
        return status;
    }
    *value_out = list;
    return SHIRE_OK;
}

static shire_status check_value(const object_key *key, const json_t *given, const char *place,
                                json_t **value_out, shire_error *error) {
    if (given == NULL && key->is_needed) {
        return refuse(error, place, "this is missing; fill it in");
    }
    switch (key->type) {
    case VALUE_TEXT:
    case VALUE_DATE:
    case VALUE_STATUS:
        if (given == NULL || json_is_null(given)) {
            if (key->is_needed) {
                return refuse(error, place, "this is empty; fill it in");
            }
            *value_out = json_string(key->type == VALUE_STATUS ? "planned" : "");
            return *value_out != NULL ? SHIRE_OK
                                      : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for it");
        }
        return check_text(key, given, place, value_out, error);
    case VALUE_COUNT:
        if (given != NULL && (!json_is_integer(given) || json_integer_value(given) < 0)) {
            return refuse(error, place, "this is no whole number");
        }
        *value_out = json_integer(json_integer_value(given));
        return *value_out != NULL ? SHIRE_OK
                                  : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for it");
    case VALUE_OBJECT:
        if (given == NULL || json_is_null(given)) {
            *value_out = json_null();
            return SHIRE_OK;
        }
        return check_object(key->form, given, place, value_out, error);
    case VALUE_LIST:
        return check_list(key, given, place, value_out, error);
    }
    return SHIRE_FAIL(error, SHIRE_INTERNAL, "%s: a key of no type", place);
}

static bool has_key(const object_form *form, const char *name) {
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->keys[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static shire_status check_object(const object_form *form, const json_t *given, const char *place,
                                 json_t **value_out, shire_error *error) {
    const char *name;
    json_t *value;
    shire_status status = SHIRE_OK;
    if (!json_is_object(given)) {
        return refuse(error, place, "this is no object with names and values");
    }
    json_object_foreach((json_t *)(uintptr_t)given, name, value) {
        if (!has_key(form, name)) {
            return refuse(error, place, "it has a key that is not known here; leave it out");
        }
    }
    json_t *object = json_object();
    for (size_t i = 0; i < form->count && status == SHIRE_OK; i++) {
        const object_key *key = &form->keys[i];
        char key_place[PLACE_BYTES];
        json_t *made = NULL;
        snprintf(key_place, sizeof key_place, "%.90s: %.30s", place, key->name);
        status = check_value(key, json_object_get(given, key->name), key_place, &made, error);
        if (status == SHIRE_OK && json_object_set_new(object, key->name, made) != 0) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the %s", place);
        }
    }
    if (status != SHIRE_OK) {
        json_decref(object);
        return status;
    }
    *value_out = object;
    return SHIRE_OK;
}

/* What no single key tells. */
static shire_status check_whole(shire_record_item_kind kind, const json_t *body,
                                shire_error *error) {
    if (kind == SHIRE_RECORD_ALERT) {
        const char *from = json_string_value(json_object_get(body, "from"));
        const char *until = json_string_value(json_object_get(body, "until"));
        if (until[0] != '\0' && strcmp(until, from) < 0) {
            return refuse(error, "alert: until", "this is before the day it begins");
        }
    }
    if (kind == SHIRE_RECORD_DOCUMENT) {
        const char *hash = json_string_value(json_object_get(body, "hash"));
        if (strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64) {
            return refuse(error, "document: hash", "this is no SHA-256 of 64 hex digits");
        }
    }
    return SHIRE_OK;
}

shire_status shire_record_body_check(shire_record_item_kind kind, const json_t *given,
                                     json_t **body_out, shire_error *error) {
    json_t *body = NULL;
    shire_status status = check_object(forms[kind], given, item_names[kind], &body, error);
    if (status == SHIRE_OK) {
        status = check_whole(kind, body, error);
    }
    if (status != SHIRE_OK) {
        json_decref(body);
        return status;
    }
    *body_out = body;
    return SHIRE_OK;
}

shire_status shire_record_body_read(shire_record_item_kind kind, shire_span json, json_t **body_out,
                                    shire_error *error) {
    json_error_t problem;
    if (json.length > SHIRE_RECORD_BODY_BYTES_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: over %d bytes; shorten it", item_names[kind],
                          SHIRE_RECORD_BODY_BYTES_MAX);
    }
    json_t *given = json_loadb(json.bytes == NULL ? "" : json.bytes, json.length,
                               JSON_REJECT_DUPLICATES, &problem);
    if (given == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: line %d, column %d: this is no JSON",
                          item_names[kind], problem.line, problem.column);
    }
    shire_status status = shire_record_body_check(kind, given, body_out, error);
    json_decref(given);
    return status;
}

static bool owner_exists(const json_t *owner, const shire_record_book *book) {
    const json_t *code = json_object_get(owner, "organisation");
    return !json_is_string(code) ||
           shire_record_book_find_organisation(
               book, (shire_span){json_string_value(code), json_string_length(code)}) !=
               SHIRE_RECORD_NOBODY;
}

bool shire_record_body_owners_exist(const json_t *body, const shire_record_book *book) {
    size_t index;
    json_t *action;
    json_array_foreach(json_object_get(body, "actions"), index, action) {
        if (!owner_exists(json_object_get(action, "owner"), book)) {
            return false;
        }
    }
    return owner_exists(json_object_get(body, "owner"), book);
}

char *shire_record_body_text(const json_t *body, shire_arena *arena) {
    char *dumped = json_dumps(body, JSON_COMPACT);
    char *copy = dumped == NULL ? NULL : shire_arena_copy_text(arena, dumped, strlen(dumped));
    free(dumped);
    return copy;
}
