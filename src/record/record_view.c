/*
 * A view as JSON, for templates and the API: values as they are, beside them the words that pages
 * show, so that no template has to know how a date is written.
 */
#include "record/record_view.h"

#include "io/json.h"

#include <stdio.h>
#include <string.h>

#define MINUTES_PER_DAY 1440

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

static void write_day(shire_date day, char *buffer, size_t room) {
    int year = 0;
    int month = 1;
    int number = 0;
    shire_date_parts(day, &year, &month, &number);
    snprintf(buffer, room, "%d %s %d", number, months[month - 1], year);
}

void shire_record_minute_words(int32_t minute, char buffer[40]) {
    buffer[0] = '\0';
    if (minute == SHIRE_RECORD_NO_TIME) {
        return;
    }
    int32_t day = minute / MINUTES_PER_DAY - (minute % MINUTES_PER_DAY < 0);
    int32_t rest = minute - day * MINUTES_PER_DAY;
    write_day(day, buffer, 40);
    size_t length = strlen(buffer);
    if (rest != 0) {
        snprintf(buffer + length, 40 - length, ", %02d:%02d", rest / 60, rest % 60);
    }
}

void shire_record_view_done(shire_record_view *view) {
    for (size_t i = 0; i < view->item_count; i++) {
        json_decref(view->items[i].body_json);
    }
    view->item_count = 0;
}

/* ---- pieces; each NULL when out of memory, which the object that it goes into then is too ---- */

static json_t *text_json(shire_span text) {
    return text.length == 0 ? json_string("") : json_stringn(text.bytes, text.length);
}

static json_t *minute_json(int32_t minute) {
    char text[20];
    if (minute == SHIRE_RECORD_NO_TIME) {
        return json_null();
    }
    shire_timestamp_format((int64_t)minute * 60000000, text);
    return json_string(text);
}

static json_t *minute_words_json(int32_t minute) {
    char text[40];
    shire_record_minute_words(minute, text);
    return json_string(text);
}

static json_t *day_json(shire_date day) {
    char text[11];
    if (day == SHIRE_RECORD_NO_TIME || day == SHIRE_GATE_NO_END) {
        return json_null();
    }
    shire_date_format(day, text);
    return json_string(text);
}

static json_t *day_words_json(shire_date day) {
    char text[40] = "";
    if (day != SHIRE_RECORD_NO_TIME && day != SHIRE_GATE_NO_END) {
        write_day(day, text, sizeof text);
    }
    return json_string(text);
}

/* An ISO day in words; other texts as they are. */
static json_t *iso_words_json(shire_span text) {
    shire_date day;
    return text.length == 10 && shire_date_parse(text, &day) == SHIRE_OK ? day_words_json(day)
                                                                         : text_json(text);
}

static json_t *body_json(const shire_record_body *body) {
    return json_pack("{s:o, s:o}", "code", text_json(body->code), "name", text_json(body->name));
}

static json_t *words_json(const char *field, shire_span text) {
    static const char *const sexes[] = {"Not known", "Male", "Female"};
    if (strcmp(field, "sex") == 0 && text.length == 1 && text.bytes[0] >= '0' &&
        text.bytes[0] <= '2') {
        return json_string(sexes[text.bytes[0] - '0']);
    }
    if (strcmp(field, "sex") == 0 && text.length == 1 && text.bytes[0] == '9') {
        return json_string("Not specified");
    }
    return strstr(field, "_date") != NULL ? iso_words_json(text) : text_json(text);
}

static json_t *value_json(const char *field, const shire_record_value *value) {
    return json_pack("{s:o, s:o, s:o, s:o, s:i}", "value", text_json(value->text), "words",
                     words_json(field, value->text), "body", body_json(&value->body), "source",
                     text_json(value->source), "records", (int)value->record_count);
}

static json_t *facts_json(const shire_record_view *view) {
    json_t *facts = json_array();
    for (size_t i = 0; i < view->fact_count; i++) {
        const shire_record_fact *fact = &view->facts[i];
        json_t *others = json_array();
        for (size_t other = 0; other < fact->other_count; other++) {
            json_array_append_new(others, value_json(fact->field, &fact->others[other]));
        }
        json_array_append_new(facts,
                              json_pack("{s:s, s:s, s:o, s:b, s:o}", "field", fact->field, "label",
                                        fact->label, "best", value_json(fact->field, &fact->best),
                                        "has_others", fact->other_count > 0, "others", others));
    }
    return facts;
}

static json_t *holdings_json(const shire_record_view *view) {
    json_t *holdings = json_array();
    for (size_t i = 0; i < view->holding_count; i++) {
        const shire_record_holding *holding = &view->holdings[i];
        bool has_events = holding->event_count > 0;
        json_array_append_new(
            holdings,
            json_pack("{s:o, s:o, s:o, s:I, s:o, s:o}", "body", body_json(&holding->body), "source",
                      text_json(holding->source), "local_id", text_json(holding->local_id),
                      "events", (json_int_t)holding->event_count, "first",
                      has_events ? day_json(holding->first) : json_null(), "last",
                      has_events ? day_json(holding->last) : json_null()));
    }
    return holdings;
}

static json_t *carers_json(const shire_record_view *view) {
    json_t *carers = json_array();
    for (size_t i = 0; i < view->carer_count; i++) {
        const shire_record_carer *carer = &view->carers[i];
        json_array_append_new(
            carers,
            json_pack("{s:s, s:s, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o}", "kind",
                      shire_gate_name(SHIRE_GATE_RELATIONSHIPS, carer->kind), "label",
                      shire_gate_label(SHIRE_GATE_RELATIONSHIPS, carer->kind), "body",
                      body_json(&carer->body), "what", text_json(carer->what), "is_derived",
                      carer->is_derived, "is_current", carer->is_current, "from",
                      day_json(carer->from), "from_words", day_words_json(carer->from), "until",
                      day_json(carer->until), "until_words", day_words_json(carer->until)));
    }
    return carers;
}

static json_t *moment_json(const shire_record_moment *moment) {
    json_t *json = json_pack(
        "{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:i}",
        "body", body_json(&moment->body), "category",
        shire_gate_name(SHIRE_GATE_CATEGORIES, moment->category), "category_label",
        shire_gate_label(SHIRE_GATE_CATEGORIES, moment->category), "source",
        text_json(moment->source), "event_id", text_json(moment->event_id), "dataset",
        text_json(moment->dataset), "setting", text_json(moment->setting), "code",
        text_json(moment->code), "description", text_json(moment->description), "specialty",
        text_json(moment->specialty), "commissioner", text_json(moment->commissioner), "start",
        minute_json(moment->start), "start_words", minute_words_json(moment->start), "end",
        minute_json(moment->end), "end_words", minute_words_json(moment->end), "goes_on",
        moment->goes_on, "events", (int)moment->event_count);
    if (moment->event_count > 1) {
        json_object_set_new(json, "is_folded", json_true());
    }
    if (moment->ready != SHIRE_RECORD_NO_TIME || moment->delay_reason.length > 0) {
        json_object_set_new(
            json, "delay",
            json_pack("{s:o, s:o, s:i, s:o, s:o}", "ready", minute_json(moment->ready),
                      "ready_words", minute_words_json(moment->ready), "days",
                      (int)moment->delay_days, "reason", text_json(moment->delay_reason),
                      "responsible", text_json(moment->delay_responsible)));
    }
    if (moment->has_cost) {
        json_object_set_new(json, "cost", shire_json_decimal(moment->cost, 2));
    }
    return json;
}

static json_t *timeline_json(const shire_record_view *view) {
    json_t *moments = json_array();
    json_t *categories = json_array();
    for (size_t i = 0; i < view->moment_count; i++) {
        json_array_append_new(moments, moment_json(&view->moments[i]));
    }
    for (size_t i = 0; i < SHIRE_GATE_CATEGORY_COUNT; i++) {
        if (view->category_counts[i] > 0) {
            json_array_append_new(categories,
                                  json_pack("{s:s, s:s, s:I}", "category",
                                            shire_gate_name(SHIRE_GATE_CATEGORIES, i), "label",
                                            shire_gate_label(SHIRE_GATE_CATEGORIES, i), "events",
                                            (json_int_t)view->category_counts[i]));
        }
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:o}", "events", moments, "first",
                     (json_int_t)view->moment_first, "count", (json_int_t)view->moment_count,
                     "total", (json_int_t)view->moment_total, "categories", categories);
}

json_t *shire_record_item_json(const shire_record_item *item) {
    return json_pack("{s:s, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:b, s:b, s:O?}", "kind",
                     shire_record_item_kind_name(item->kind), "item_id", text_json(item->item_id),
                     "owner", body_json(&item->body), "version", (json_int_t)item->version,
                     "version_count", (json_int_t)item->version_count, "made",
                     text_json(item->made), "actor", text_json(item->actor), "actor_body",
                     body_json(&item->actor_body), "why", text_json(item->why), "is_ended",
                     item->is_ended, "may_edit", item->may_edit, "body", item->body_json);
}

static json_t *items_json(const shire_record_view *view, shire_record_item_kind kind) {
    json_t *items = json_array();
    for (size_t i = 0; i < view->item_count; i++) {
        if (view->items[i].kind == kind) {
            json_array_append_new(items, shire_record_item_json(&view->items[i]));
        }
    }
    return items;
}

static json_t *costs_json(const shire_record_view *view) {
    json_t *costs = json_array();
    for (size_t i = 0; i < view->cost_count; i++) {
        const shire_record_cost *cost = &view->costs[i];
        json_array_append_new(
            costs, json_pack("{s:o, s:o, s:I, s:o}", "body", body_json(&cost->body), "setting",
                             text_json(cost->setting), "events", (json_int_t)cost->event_count,
                             "amount", shire_json_decimal(cost->amount, 2)));
    }
    return json_pack("{s:o, s:o}", "by_body_and_setting", costs, "total",
                     shire_json_decimal(view->cost_total, 2));
}

json_t *shire_record_view_json(const shire_record_view *view) {
    json_t *json = json_pack(
        "{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:b, s:b}", "person_id",
        text_json(view->person_id), "was_moved", view->was_moved, "name", text_json(view->name),
        "birth", text_json(view->birth), "birth_words", iso_words_json(view->birth), "death",
        text_json(view->death), "nhs_number", text_json(view->nhs_number), "rule",
        shire_gate_rule_name(view->rule), "rule_words", shire_gate_rule_sentence(view->rule),
        "is_break_glass", view->is_break_glass, "is_partial", view->is_partial);
    if (json == NULL) {
        return NULL;
    }
    bool is_whole =
        json_object_set_new(json, "facts", facts_json(view)) == 0 &&
        json_object_set_new(json, "holdings", holdings_json(view)) == 0 &&
        json_object_set_new(json, "carers", carers_json(view)) == 0 &&
        json_object_set_new(json, "timeline", timeline_json(view)) == 0 &&
        json_object_set_new(json, "plans", items_json(view, SHIRE_RECORD_PLAN)) == 0 &&
        json_object_set_new(json, "alerts", items_json(view, SHIRE_RECORD_ALERT)) == 0 &&
        json_object_set_new(json, "documents", items_json(view, SHIRE_RECORD_DOCUMENT)) == 0 &&
        json_object_set_new(json, "may_plan", json_boolean(view->may_plan)) == 0 &&
        json_object_set_new(json, "may_document", json_boolean(view->may_document)) == 0 &&
        (!view->has_costs || json_object_set_new(json, "costs", costs_json(view)) == 0);
    if (!is_whole) {
        json_decref(json);
        return NULL;
    }
    return json;
}
