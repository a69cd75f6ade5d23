/* What pages say of entries of the audit log. Details are sentences that were written for the log
 * with codes and numbers in them; each word that stands for a body, a team, a day or a kind of care
 * is said as elsewhere on the pages, and the ids of items, which mean nothing to a reader, are left
 * out. */
#include "web/page_entry.h"

#include "gate/gate_sharing.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ITEM_ID_LETTERS 32
#define DAY_LETTERS 10
#define LONG_NUMBER_DIGITS 4
#define CODE_BYTES 64

static const struct {
    const char *name;
    const char *label;
} kinds[] = {{"read", "Look"},
             {"search", "Search"},
             {"export", "Export"},
             {"change", "Change"},
             {"break-glass", "Broken glass"},
             {"decision", "Decision"},
             {"sign-in", "Sign-in"},
             {"sign-out", "Sign-out"},
             {"configuration", "Access and settings"},
             {"run", "Run"},
             {"model", "Costing model"},
             {"erasure", "Erasure"}};

json_t *shire_entry_kind(shire_span kind) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (shire_span_equal(kind, shire_span_of(kinds[i].name))) {
            return json_string(kinds[i].label);
        }
    }
    return shire_words_text(kind);
}

json_t *shire_entry_kinds(shire_span chosen) {
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:b}", "value", kinds[i].name, "label", kinds[i].label,
                            "chosen", shire_span_equal(chosen, shire_span_of(kinds[i].name))));
    }
    return list;
}

json_t *shire_entry_purpose(shire_span purpose) {
    const char *colon = purpose.length == 0 ? NULL : memchr(purpose.bytes, ':', purpose.length);
    size_t length = colon == NULL ? purpose.length : (size_t)(colon - purpose.bytes);
    size_t number = 0;
    if (!shire_gate_parse(SHIRE_GATE_PURPOSES, (shire_span){purpose.bytes, length}, &number)) {
        return shire_words_text(purpose);
    }
    return json_sprintf("%s%.*s", shire_gate_label(SHIRE_GATE_PURPOSES, number),
                        (int)(purpose.length - length), purpose.bytes + length);
}

/* ---- details ---- */

typedef struct telling {
    const shire_call *call;
    bool is_run; /* whose numbers are counts */
    bool is_sharing;
    shire_span before; /* the word before */
    shire_builder text;
} telling;

static bool is_made_of(shire_span word, int (*test)(int)) {
    for (size_t i = 0; i < word.length; i++) {
        if (test((unsigned char)word.bytes[i]) == 0) {
            return false;
        }
    }
    return word.length > 0;
}

static bool is_word(shire_span word, const char *text) {
    return shire_span_equal(word, shire_span_of(text));
}

static void append_json(telling *state, json_t *words) {
    shire_builder_append_text(&state->text, words == NULL ? "" : json_string_value(words));
    json_decref(words);
}

static void append_label(telling *state, const char *label) {
    char first[2] = {(char)tolower((unsigned char)label[0]), '\0'};
    shire_builder_append_text(&state->text, first);
    shire_builder_append_text(&state->text, label + 1);
}

static int64_t number_of(shire_span digits) {
    int64_t number = 0;
    for (size_t i = 0; i < digits.length && i < 15; i++) {
        number = number * 10 + (digits.bytes[i] - '0');
    }
    return number;
}

static void append_number(telling *state, shire_span word) {
    int64_t number = number_of(word);
    const char *team = is_word(state->before, "team") && number <= INT32_MAX
                           ? shire_gate_policy_team(state->call->policy, (int32_t)number)
                           : "";
    if (team[0] != '\0') {
        shire_builder_append_text(&state->text, team);
    } else if (state->is_run && word.length >= LONG_NUMBER_DIGITS) {
        append_json(state, shire_words_count(number));
    } else {
        shire_builder_append(&state->text, word);
    }
}

static void append_plain(telling *state, shire_span word) {
    for (size_t i = 0; i < word.length; i++) {
        char letter = word.bytes[i] == '_' ? ' ' : word.bytes[i];
        shire_builder_append(&state->text, (shire_span){&letter, 1});
    }
}

static void append_word(telling *state, shire_span word) {
    size_t number = 0;
    char code[CODE_BYTES];
    snprintf(code, sizeof code, "%.*s", (int)word.length, word.bytes);
    if (word.length == DAY_LETTERS && word.bytes[4] == '-' && word.bytes[7] == '-') {
        append_json(state, shire_words_iso(word));
    } else if (is_made_of(word, isdigit)) {
        append_number(state, word);
    } else if (state->is_sharing && shire_gate_parse(SHIRE_GATE_CATEGORIES, word, &number)) {
        append_label(state, shire_gate_label(SHIRE_GATE_CATEGORIES, number));
    } else if (shire_gate_policy_find_organisation(state->call->policy, word) !=
               SHIRE_GATE_NOBODY) {
        append_json(state, shire_words_body(state->call, code));
    } else {
        append_plain(state, word);
    }
}

/* Between two kinds of care that are shared a comma is missing in the log. */
static bool is_in_list(const telling *state, shire_span word) {
    size_t number = 0;
    return state->is_sharing && shire_gate_parse(SHIRE_GATE_CATEGORIES, word, &number) &&
           shire_gate_parse(SHIRE_GATE_CATEGORIES, state->before, &number);
}

static void tell_word(telling *state, shire_span word) {
    size_t end = word.length;
    while (end > 0 && strchr(",;:", word.bytes[end - 1]) != NULL) {
        end--;
    }
    shire_span bare = {word.bytes, end};
    if (bare.length != ITEM_ID_LETTERS || !is_made_of(bare, isxdigit)) {
        shire_builder_append_text(&state->text, state->text.length == 0   ? ""
                                                : is_in_list(state, bare) ? ", "
                                                                          : " ");
        append_word(state, bare);
    }
    shire_builder_append(&state->text, (shire_span){word.bytes + end, word.length - end});
    state->is_sharing = is_word(bare, "shares") || (state->is_sharing && !is_word(bare, "with"));
    state->before = bare;
}

/* The number of a relationship says nothing to who reads; "team 0" is no team. */
static shire_span without_numbers(shire_span detail, const char **lead_out) {
    static const char relationship[] = "relationship ";
    static const char no_team[] = ", team 0";
    size_t at = sizeof relationship - 1;
    *lead_out = "";
    if (detail.length <= at || memcmp(detail.bytes, relationship, at) != 0) {
        return detail;
    }
    while (at < detail.length && isdigit((unsigned char)detail.bytes[at]) != 0) {
        at++;
    }
    if (at < detail.length && detail.bytes[at] == ':') {
        *lead_out = "looked after from now on:";
        detail = (shire_span){detail.bytes + at + 1, detail.length - at - 1};
    }
    size_t tail = sizeof no_team - 1;
    if (detail.length > tail && memcmp(detail.bytes + detail.length - tail, no_team, tail) == 0) {
        detail.length -= tail;
    }
    return detail;
}

json_t *shire_entry_detail(const shire_call *call, shire_span kind, shire_span detail) {
    uint32_t categories = 0;
    if (shire_gate_categories_parse(detail, &categories, NULL) == SHIRE_OK) {
        return shire_words_categories(categories);
    }
    telling state = {.call = call, .is_run = is_word(kind, "run")};
    const char *lead = NULL;
    detail = without_numbers(detail, &lead);
    shire_builder_append_text(&state.text, lead);
    for (size_t at = 0; at < detail.length;) {
        size_t length = 0;
        while (at + length < detail.length && detail.bytes[at + length] != ' ') {
            length++;
        }
        if (length > 0) {
            tell_word(&state, (shire_span){detail.bytes + at, length});
        }
        at += length + 1;
    }
    json_t *told = state.text.failed
                       ? NULL
                       : shire_words_text((shire_span){state.text.bytes, state.text.length});
    shire_builder_free(&state.text);
    return told;
}

/* ---- an entry ---- */

static shire_span text_at(const json_t *entry, const char *key) {
    const char *text = json_string_value(json_object_get(entry, key));
    return shire_span_of(text == NULL ? "" : text);
}

void shire_entry_say(const shire_call *call, json_t *entry) {
    shire_span kind = text_at(entry, "kind");
    const char *body = json_string_value(json_object_get(entry, "organisation"));
    json_t *words = json_pack("{s:o, s:o, s:o, s:o, s:o}", "when",
                              shire_words_iso(text_at(entry, "at")), "what", shire_entry_kind(kind),
                              "told", shire_entry_detail(call, kind, text_at(entry, "detail")),
                              "why", shire_entry_purpose(text_at(entry, "purpose")), "body",
                              shire_words_body(call, body == NULL ? "" : body));
    (void)json_object_update_new(entry, words);
}
