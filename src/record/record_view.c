/*
 * A view as JSON, for templates and the API: values as they are, beside them the words that pages
 * show, so that no template has to know how a date is written.
 */
#include "record/record_view.h"

#include "io/json.h"

#include <stdio.h>
#include <string.h>

#define MINUTES_PER_DAY 1440
#define BODIES_MAX 64

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

/* The digits of a number that is not negative, at least `least` of them; where they end. */
static char *write_number(char *at, int number, int least) {
    char digits[12];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || count < least);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

/* By hand, for a page holds fifty of them. Gives where the text ends; 18 bytes at most. */
static char *write_day(shire_date day, char *at) {
    int year = 0;
    int month = 1;
    int number = 0;
    shire_date_parts(day, &year, &month, &number);
    at = write_number(at, number, 1);
    *at++ = ' ';
    at = stpcpy(at, months[month - 1]);
    *at++ = ' ';
    at = write_number(at, year, 1);
    *at = '\0';
    return at;
}

void shire_record_minute_words(int32_t minute, char buffer[40]) {
    buffer[0] = '\0';
    if (minute == SHIRE_RECORD_NO_TIME) {
        return;
    }
    int32_t day = minute / MINUTES_PER_DAY - (minute % MINUTES_PER_DAY < 0);
    int32_t rest = minute - day * MINUTES_PER_DAY;
    char *at = write_day(day, buffer);
    if (rest != 0) {
        at = stpcpy(at, ", ");
        at = write_number(at, rest / 60, 2);
        *at++ = ':';
        at = write_number(at, rest % 60, 2);
        *at = '\0';
    }
}

void shire_record_view_done(shire_record_view *view) {
    for (size_t i = 0; i < view->item_count; i++) {
        json_decref(view->items[i].body_json);
    }
    view->item_count = 0;
}

/* ---- pieces; each NULL when out of memory, which the object that it goes into then is too ---- */

/* The hundreds of values of a page are put one by one: json_pack reads its format and checks each
 * key anew every time, which took longer than all else. False when out of memory. */
#define PUT(object, key, value)                                                                    \
    (json_object_setn_new_nocheck((object), (key), sizeof(key) - 1, (value)) == 0)

static json_t *whole_or_null(json_t *json, bool is_whole) {
    if (!is_whole) {
        json_decref(json);
        return NULL;
    }
    return json;
}

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
        (void)write_day(day, text);
    }
    return json_string(text);
}

/* An ISO day in words; other texts as they are. */
static json_t *iso_words_json(shire_span text) {
    shire_date day;
    return text.length == 10 && shire_date_parse(text, &day) == SHIRE_OK ? day_words_json(day)
                                                                         : text_json(text);
}

/* The bodies of a view by their number: a page names some of them fifty times, and each is made but
 * once. */
typedef struct body_list {
    json_t *items[BODIES_MAX];
} body_list;

static json_t *make_body(const shire_record_body *body) {
    json_t *json = json_object();
    return whole_or_null(json, PUT(json, "code", text_json(body->code)) &&
                                   PUT(json, "name", text_json(body->name)));
}

static json_t *body_json(body_list *bodies, const shire_record_body *body) {
    if (body->number >= BODIES_MAX) {
        return make_body(body);
    }
    json_t **made = &bodies->items[body->number];
    if (*made == NULL) {
        *made = make_body(body);
    }
    return json_incref(*made);
}

static void drop_bodies(body_list *bodies) {
    for (size_t i = 0; i < BODIES_MAX; i++) {
        json_decref(bodies->items[i]);
    }
}

json_t *shire_record_words_json(const char *field, shire_span text) {
    static const char *const sexes[] = {"Not known", "Male", "Female"};
    if (strcmp(field, "sex") == 0 && text.length == 1 && text.bytes[0] >= '0' &&
        text.bytes[0] <= '2') {
        return json_string(sexes[text.bytes[0] - '0']);
    }
    if (strcmp(field, "sex") == 0 && text.length == 1 && text.bytes[0] == '9') {
        return json_string("Not specified");
    }
    if (strcmp(field, "nhs_number") == 0 && text.length == 10) {
        return json_sprintf("%.3s %.3s %.4s", text.bytes, text.bytes + 3, text.bytes + 6);
    }
    return strstr(field, "_date") != NULL ? iso_words_json(text) : text_json(text);
}

static json_t *value_json(body_list *bodies, const char *field, const shire_record_value *value) {
    json_t *json = json_object();
    return whole_or_null(json,
                         PUT(json, "value", text_json(value->text)) &&
                             PUT(json, "words", shire_record_words_json(field, value->text)) &&
                             PUT(json, "body", body_json(bodies, &value->body)) &&
                             PUT(json, "source", text_json(value->source)) &&
                             PUT(json, "records", json_integer((json_int_t)value->record_count)));
}

static json_t *fact_json(body_list *bodies, const shire_record_fact *fact) {
    json_t *json = json_object();
    json_t *others = json_array();
    for (size_t i = 0; i < fact->other_count; i++) {
        json_array_append_new(others, value_json(bodies, fact->field, &fact->others[i]));
    }
    return whole_or_null(json,
                         PUT(json, "field", json_string(fact->field)) &&
                             PUT(json, "label", json_string(fact->label)) &&
                             PUT(json, "best", value_json(bodies, fact->field, &fact->best)) &&
                             PUT(json, "has_others", json_boolean(fact->other_count > 0)) &&
                             PUT(json, "others", others));
}

static json_t *facts_json(body_list *bodies, const shire_record_view *view) {
    json_t *facts = json_array();
    for (size_t i = 0; i < view->fact_count; i++) {
        json_array_append_new(facts, fact_json(bodies, &view->facts[i]));
    }
    return facts;
}

static json_t *holdings_json(body_list *bodies, const shire_record_view *view) {
    json_t *holdings = json_array();
    for (size_t i = 0; i < view->holding_count; i++) {
        const shire_record_holding *holding = &view->holdings[i];
        bool has_events = holding->event_count > 0;
        json_array_append_new(
            holdings,
            json_pack("{s:o, s:o, s:o, s:I, s:o, s:o}", "body", body_json(bodies, &holding->body),
                      "source", text_json(holding->source), "local_id",
                      text_json(holding->local_id), "events", (json_int_t)holding->event_count,
                      "first", has_events ? day_json(holding->first) : json_null(), "last",
                      has_events ? day_json(holding->last) : json_null()));
    }
    return holdings;
}

static json_t *carer_json(body_list *bodies, const shire_record_carer *carer) {
    json_t *json = json_object();
    return whole_or_null(
        json,
        PUT(json, "kind", json_string(shire_gate_name(SHIRE_GATE_RELATIONSHIPS, carer->kind))) &&
            PUT(json, "label",
                json_string(shire_gate_label(SHIRE_GATE_RELATIONSHIPS, carer->kind))) &&
            PUT(json, "body", body_json(bodies, &carer->body)) &&
            PUT(json, "what", text_json(carer->what)) &&
            PUT(json, "is_derived", json_boolean(carer->is_derived)) &&
            PUT(json, "is_current", json_boolean(carer->is_current)) &&
            PUT(json, "from", day_json(carer->from)) &&
            PUT(json, "from_words", day_words_json(carer->from)) &&
            PUT(json, "until", day_json(carer->until)) &&
            PUT(json, "until_words", day_words_json(carer->until)));
}

static json_t *carers_json(body_list *bodies, const shire_record_view *view) {
    json_t *carers = json_array();
    for (size_t i = 0; i < view->carer_count; i++) {
        json_array_append_new(carers, carer_json(bodies, &view->carers[i]));
    }
    return carers;
}

static bool put_names(body_list *bodies, json_t *json, const shire_record_moment *moment) {
    return PUT(json, "body", body_json(bodies, &moment->body)) &&
           PUT(json, "category",
               json_string(shire_gate_name(SHIRE_GATE_CATEGORIES, moment->category))) &&
           PUT(json, "category_label",
               json_string(shire_gate_label(SHIRE_GATE_CATEGORIES, moment->category))) &&
           PUT(json, "source", text_json(moment->source)) &&
           PUT(json, "event_id", text_json(moment->event_id)) &&
           PUT(json, "dataset", text_json(moment->dataset)) &&
           PUT(json, "setting", text_json(moment->setting)) &&
           PUT(json, "code", text_json(moment->code)) &&
           PUT(json, "description", text_json(moment->description)) &&
           PUT(json, "specialty", text_json(moment->specialty)) &&
           PUT(json, "commissioner", text_json(moment->commissioner));
}

static json_t *delay_json(const shire_record_moment *moment) {
    return json_pack("{s:o, s:o, s:i, s:o, s:o}", "ready", minute_json(moment->ready),
                     "ready_words", minute_words_json(moment->ready), "days",
                     (int)moment->delay_days, "reason", text_json(moment->delay_reason),
                     "responsible", text_json(moment->delay_responsible));
}

static json_t *moment_json(body_list *bodies, const shire_record_moment *moment) {
    json_t *json = json_object();
    bool has_delay = moment->ready != SHIRE_RECORD_NO_TIME || moment->delay_reason.length > 0;
    return whole_or_null(
        json, put_names(bodies, json, moment) && PUT(json, "start", minute_json(moment->start)) &&
                  PUT(json, "start_words", minute_words_json(moment->start)) &&
                  PUT(json, "end", minute_json(moment->end)) &&
                  PUT(json, "end_words", minute_words_json(moment->end)) &&
                  PUT(json, "goes_on", json_boolean(moment->goes_on)) &&
                  PUT(json, "events", json_integer((json_int_t)moment->event_count)) &&
                  (moment->event_count < 2 || PUT(json, "is_folded", json_true())) &&
                  (!has_delay || PUT(json, "delay", delay_json(moment))) &&
                  (!moment->has_cost || PUT(json, "cost", shire_json_decimal(moment->cost, 2))));
}

static json_t *timeline_json(body_list *bodies, const shire_record_view *view) {
    json_t *moments = json_array();
    json_t *categories = json_array();
    for (size_t i = 0; i < view->moment_count; i++) {
        json_array_append_new(moments, moment_json(bodies, &view->moments[i]));
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
                     "owner", make_body(&item->body), "version", (json_int_t)item->version,
                     "version_count", (json_int_t)item->version_count, "made",
                     text_json(item->made), "actor", text_json(item->actor), "actor_body",
                     make_body(&item->actor_body), "why", text_json(item->why), "is_ended",
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

static json_t *costs_json(body_list *bodies, const shire_record_view *view) {
    json_t *costs = json_array();
    for (size_t i = 0; i < view->cost_count; i++) {
        const shire_record_cost *cost = &view->costs[i];
        json_array_append_new(costs, json_pack("{s:o, s:o, s:I, s:o}", "body",
                                               body_json(bodies, &cost->body), "setting",
                                               text_json(cost->setting), "events",
                                               (json_int_t)cost->event_count, "amount",
                                               shire_json_decimal(cost->amount, 2)));
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
    body_list bodies = {{NULL}};
    bool is_whole =
        json_object_set_new(json, "facts", facts_json(&bodies, view)) == 0 &&
        json_object_set_new(json, "holdings", holdings_json(&bodies, view)) == 0 &&
        json_object_set_new(json, "carers", carers_json(&bodies, view)) == 0 &&
        json_object_set_new(json, "timeline", timeline_json(&bodies, view)) == 0 &&
        json_object_set_new(json, "plans", items_json(view, SHIRE_RECORD_PLAN)) == 0 &&
        json_object_set_new(json, "alerts", items_json(view, SHIRE_RECORD_ALERT)) == 0 &&
        json_object_set_new(json, "documents", items_json(view, SHIRE_RECORD_DOCUMENT)) == 0 &&
        json_object_set_new(json, "may_plan", json_boolean(view->may_plan)) == 0 &&
        json_object_set_new(json, "may_document", json_boolean(view->may_document)) == 0 &&
        (!view->has_costs || json_object_set_new(json, "costs", costs_json(&bodies, view)) == 0);
    drop_bodies(&bodies);
    return whole_or_null(json, is_whole);
}
