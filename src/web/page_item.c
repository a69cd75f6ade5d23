/*
 * Writing plans and alerts and putting down documents: one form each that works without script,
 * filled from the item's body or from what was just sent, so that nothing typed is lost when
 * something is wrong or when somebody else was faster. record_item.h checks, asks the gate, and
 * writes the version with its entry.
 */
#include "record/record_item.h"

#include "web/page_form.h"
#include "web/page_item.h"
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIONS_MAX 40
#define BLANK_ACTIONS 3
#define CONFLICT_SENTENCE                                                                          \
    "Somebody else changed this while you were writing. Nothing of yours is saved yet. Compare "   \
    "what they saved with what you wrote, put both together, and save again"

typedef struct editing {
    shire_call *call;
    shire_span person_id;
    shire_record_item_kind kind;
    shire_span item_id;
    int64_t version;
    json_t *body;
    json_t *kept; /* of an item that is changed: its latest body; or NULL */
    shire_span why;
    shire_record_change change;
    shire_audit_entry entry; /* that the item was read */
    bool is_conflict;
    bool is_ended; /* as the form was sent */
} editing;

/* ---- from a form to a body ---- */

static json_t *text_json(shire_span text) {
    text = shire_span_trim(text);
    return json_stringn(text.length == 0 ? "" : text.bytes, text.length);
}

/* Each line that is not blank as {"text": line}. */
static json_t *lines_json(shire_span text) {
    json_t *list = json_array();
    while (text.length > 0) {
        const char *end = memchr(text.bytes, '\n', text.length);
        size_t length = end == NULL ? text.length : (size_t)(end - text.bytes);
        shire_span line = shire_span_trim((shire_span){text.bytes, length});
        size_t taken = length + (end != NULL);
        text = (shire_span){text.bytes + taken, text.length - taken};
        if (line.length > 0) {
            (void)json_array_append_new(list, json_pack("{s:o}", "text", text_json(line)));
        }
    }
    return list;
}

static shire_span numbered(const shire_call *call, const char *name, int number) {
    char full[64];
    snprintf(full, sizeof full, "%s_%d", name, number);
    return shire_span_trim(shire_call_form(call, full));
}

/* An action is one in which anything was filled in but its state, which always says something. */
static json_t *actions_json(const shire_call *call) {
    json_t *actions = json_array();
    for (int i = 0; i < ACTIONS_MAX; i++) {
        shire_span text = numbered(call, "action_text", i);
        shire_span body = numbered(call, "action_body", i);
        shire_span team = numbered(call, "action_team", i);
        shire_span person = numbered(call, "action_person", i);
        shire_span due = numbered(call, "action_due", i);
        if (text.length + body.length + team.length + person.length + due.length == 0) {
            continue;
        }
        (void)json_array_append_new(
            actions, json_pack("{s:o, s:{s:o, s:o, s:o}, s:o, s:o}", "text", text_json(text),
                               "owner", "organisation", text_json(body), "team", text_json(team),
                               "person", text_json(person), "due", text_json(due), "status",
                               text_json(numbered(call, "action_status", i))));
    }
    return actions;
}

/* The reviews there were stay; a new one comes behind them. */
static json_t *reviews_json(const editing *state) {
    const shire_call *call = state->call;
    shire_span on = shire_span_trim(shire_call_form(call, "review_on"));
    shire_span by = shire_span_trim(shire_call_form(call, "review_by"));
    shire_span text = shire_span_trim(shire_call_form(call, "review_text"));
    json_t *reviews = json_deep_copy(json_object_get(state->kept, "reviews"));
    reviews = reviews == NULL ? json_array() : reviews;
    if (on.length + by.length + text.length > 0) {
        (void)json_array_append_new(reviews, json_pack("{s:o, s:o, s:o}", "on", text_json(on), "by",
                                                       text_json(by), "text", text_json(text)));
    }
    return reviews;
}

/* The bytes of a document stay what they are in all its versions. */
static json_t *document_json(const shire_call *call, const json_t *kept) {
    static const char *const lasting[] = {"media_type", "hash", "byte_count"};
    json_t *body = json_pack("{s:o, s:o, s:o}", "title", text_json(shire_call_form(call, "title")),
                             "kind", text_json(shire_call_form(call, "kind")), "date",
                             text_json(shire_call_form(call, "date")));
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++) {
        json_t *value = json_object_get(kept, lasting[i]);
        if (value != NULL) {
            (void)json_object_set(body, lasting[i], value);
        }
    }
    return body;
}

static json_t *body_of_form(const editing *state) {
    const shire_call *call = state->call;
    if (state->kind == SHIRE_RECORD_DOCUMENT) {
        return document_json(call, state->kept);
    }
    if (state->kind == SHIRE_RECORD_ALERT) {
        return json_pack("{s:o, s:o, s:o, s:o, s:O?}", "text",
                         text_json(shire_call_form(call, "text")), "kind",
                         text_json(shire_call_form(call, "kind")), "from",
                         text_json(shire_call_form(call, "from")), "until",
                         text_json(shire_call_form(call, "until")), "owner",
                         json_object_get(state->kept, "owner"));
    }
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o}", "title", text_json(shire_call_form(call, "title")),
        "needs", lines_json(shire_call_form(call, "needs")), "goals",
        lines_json(shire_call_form(call, "goals")), "actions", actions_json(call), "reviews",
        reviews_json(state), "next_review", text_json(shire_call_form(call, "next_review")));
}

/* ---- from a body to a form ---- */

static json_t *joined_lines(const json_t *list) {
    shire_builder text = {0};
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        const char *line = json_string_value(json_object_get(item, "text"));
        shire_builder_append_text(&text, line == NULL ? "" : line);
        shire_builder_append_text(&text, "\n");
    }
    json_t *json = json_stringn(text.bytes == NULL ? "" : text.bytes, text.length);
    shire_builder_free(&text);
    return json;
}

static json_t *choices(const char *const *values, const char *const *labels, size_t count,
                       const char *chosen) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:b}", "value", values[i], "label", labels[i], "chosen",
                            chosen != NULL && strcmp(values[i], chosen) == 0));
    }
    return list;
}

static json_t *body_choices(const shire_call *call, const char *chosen) {
    const shire_record_book *book = shire_record_get_book(call->world->record);
    json_t *list = json_array();
    for (size_t i = 0; i < book->organisation_count; i++) {
        shire_span code = shire_record_book_text(book, book->organisations[i].code);
        shire_span name = shire_record_book_text(book, book->organisations[i].name);
        (void)json_array_append_new(
            list, json_pack("{s:s%, s:s%, s:b}", "value", code.bytes, code.length, "label",
                            name.bytes, name.length, "chosen",
                            chosen != NULL && shire_span_equal(code, shire_span_of(chosen))));
    }
    return list;
}

/* An ISO day as somebody types it, "16/11/2024"; what was typed otherwise stays. */
static json_t *day_of_form(const json_t *given) {
    const char *text = json_string_value(given);
    shire_date day;
    char iso[11];
    int year = 0;
    int month = 0;
    int of_month = 0;
    if (text == NULL || shire_date_parse(shire_span_of(text), &day) != SHIRE_OK) {
        return json_string(text == NULL ? "" : text);
    }
    shire_date_format(day, iso);
    return sscanf(iso, "%d-%d-%d", &year, &month, &of_month) == 3
               ? json_sprintf("%d/%d/%d", of_month, month, year)
               : json_string(text);
}

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* What was wrong with a field of the row, or NULL. */
static const char *problem_of(const json_t *errors, const char *name, size_t row) {
    char field[40];
    snprintf(field, sizeof field, "action_%s_%zu", name, row);
    return json_string_value(json_object_get(errors, field));
}

static json_t *rows_of_actions(const shire_call *call, const json_t *actions,
                               const json_t *errors) {
    static const char *const states[] = {"planned", "under_way", "done", "stopped"};
    static const char *const labels[] = {"Planned", "Under way", "Done", "Stopped"};
    json_t *rows = json_array();
    size_t count = json_array_size(actions) + BLANK_ACTIONS;
    for (size_t i = 0; i < count && i < ACTIONS_MAX; i++) {
        const json_t *action = json_array_get(actions, i);
        const json_t *owner = json_object_get(action, "owner");
        (void)json_array_append_new(
            rows,
            json_pack("{s:i, s:i, s:s, s:o, s:s, s:s, s:o, s:o, s:s?, s:s?, s:s?}", "i", (int)i,
                      "ordinal", (int)i + 1, "text", text_at(action, "text"), "due",
                      day_of_form(json_object_get(action, "due")), "team", text_at(owner, "team"),
                      "person", text_at(owner, "person"), "bodies",
                      body_choices(call, text_at(owner, "organisation")), "states",
                      choices(states, labels, 4, text_at(action, "status")), "text_problem",
                      problem_of(errors, "text", i), "body_problem", problem_of(errors, "body", i),
                      "due_problem", problem_of(errors, "due", i)));
    }
    return rows;
}

static json_t *form_values(const editing *state) {
    static const char *const texts[] = {"title", "text", "kind"};
    static const char *const days[] = {"next_review", "from", "until", "date"};
    static const char *const sent[] = {"review_on", "review_by", "review_text"};
    const json_t *body = state->body;
    json_t *form = json_object();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        (void)json_object_set_new(form, texts[i], json_string(text_at(body, texts[i])));
    }
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        (void)json_object_set_new(form, days[i], day_of_form(json_object_get(body, days[i])));
    }
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        (void)json_object_set_new(form, sent[i], text_json(shire_call_form(state->call, sent[i])));
    }
    (void)json_object_set_new(form, "needs", joined_lines(json_object_get(body, "needs")));
    (void)json_object_set_new(form, "goals", joined_lines(json_object_get(body, "goals")));
    (void)json_object_set_new(form, "why", text_json(state->why));
    return form;
}

static void forget(editing *state) {
    json_decref(state->body);
    json_decref(state->kept);
    state->body = NULL;
    state->kept = NULL;
}

/* `values` (taken) has the mistakes, by shire_call_add_error, and may have what somebody else saved
 * meanwhile. */
static shire_status show_form(editing *state, json_t *values, shire_error *error) {
    shire_call *call = state->call;
    static const char *const pages[] = {"plan-edit", "alert-edit", "document-edit"};
    static const char *const titles[] = {"Plan", "Alert", "Document"};
    const char *person_path = shire_person_path(call, state->person_id, "");
    json_t *actions = rows_of_actions(call, json_object_get(state->body, "actions"),
                                      json_object_get(values, "errors"));
    if (json_object_get(values, "error_list") != NULL) {
        call->response->status = state->is_conflict ? 409 : 422;
    }
    json_t *fields = json_pack(
        "{s:o, s:o, s:s, s:s, s:I, s:b, s:b, s:{s:s, s:s}}", "form", form_values(state), "actions",
        actions, "action", call->request->path.bytes, "person_path", person_path, "version",
        (json_int_t)state->version, "is_new", state->item_id.length == 0, "ended", state->is_ended,
        "back", "text", "Person", "href", person_path);
    forget(state);
    if (fields == NULL || json_object_update_new(values, fields) != 0) {
        json_decref(values);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    return shire_call_page(call, pages[state->kind], titles[state->kind], values, error);
}

static shire_status refuse_form(editing *state, const char *field, const char *sentence,
                                shire_error *error) {
    json_t *values = json_object();
    shire_call_add_error(values, field, sentence);
    return show_form(state, values, error);
}

/* ---- the routes ---- */

static editing *new_editing(shire_call *call) {
    editing *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        call->response->failed = true;
    } else {
        state->call = call;
        state->person_id = call->ids[0];
    }
    return state;
}

static bool kind_of(shire_span name, shire_record_item_kind *kind_out) {
    for (int kind = 0; kind < SHIRE_RECORD_ITEM_KIND_COUNT; kind++) {
        if (shire_span_equal(name, shire_span_of(shire_record_item_kind_name(kind)))) {
            *kind_out = (shire_record_item_kind)kind;
            return true;
        }
    }
    return false;
}

static shire_status show_new(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    editing *state = new_editing(call);
    if (status != SHIRE_OK || record == NULL || state == NULL) {
        return status;
    }
    if (!kind_of(call->ids[1], &state->kind)) {
        return shire_call_hide(call, error);
    }
    state->body = json_object();
    return show_form(state, json_object(), error);
}

/* The latest version, and the log's entry that it was read. */
static shire_status read_item(editing *state, shire_record_item *item, shire_audit_entry *entry,
                              shire_error *error) {
    shire_call *call = state->call;
    shire_record_asker asker = shire_call_asker(call, NULL);
    return shire_record_item_read(call->world->record, &asker, state->person_id, call->ids[1], 0,
                                  call->request->arena, item, NULL, NULL, entry, error);
}

static shire_status show_edit(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    editing *state = new_editing(call);
    if (status != SHIRE_OK || record == NULL || state == NULL) {
        return status;
    }
    shire_record_item item = {0};
    shire_audit_entry entry = {0};
    status = read_item(state, &item, &entry, error);
    if (status == SHIRE_NOT_FOUND || (status == SHIRE_OK && !item.may_edit)) {
        json_decref(item.body_json);
        status = shire_call_hide(call, error);
    } else if (status == SHIRE_OK) {
        state->kind = item.kind;
        state->item_id = item.item_id;
        state->version = item.version;
        state->body = item.body_json;
        status = show_form(state, json_object(), error);
    }
    if (status == SHIRE_OK && entry.kind != NULL) {
        shire_call_log(call, &entry);
    }
    return status;
}

/* What somebody else saved stands beside what was typed, and the form then changes that version:
 * who saves again has seen it. */
static shire_status show_conflict(editing *state, shire_error *error) {
    shire_record_item item = {0};
    json_t *values = json_object();
    forget(state);
    shire_status status = read_item(state, &item, &state->entry, error);
    if (status != SHIRE_OK) {
        json_decref(values);
        return status == SHIRE_NOT_FOUND ? shire_call_hide(state->call, error) : status;
    }
    json_t *theirs = shire_record_item_json(&item);
    json_t *told = json_deep_copy(theirs);
    json_decref(theirs);
    state->kept = item.body_json;
    state->version = item.version;
    state->body = body_of_form(state);
    shire_item_say(told, shire_record_get_book(state->call->world->record));
    (void)json_object_set_new(told, "made", shire_words_iso(item.made));
    (void)json_object_set_new(values, "theirs", told);
    shire_call_add_error(values, "theirs", CONFLICT_SENTENCE);
    return show_form(state, values, error);
}

/* A conflict is no failure of the queue: nothing of the form was written, and its answer shows what
 * somebody else saved, which is a reading. */
static shire_status write_change(shire_store *store, void *context, shire_error *error) {
    editing *state = context;
    shire_error inner = {0};
    shire_status status = shire_record_change_job(store, &state->change, &inner);
    state->is_conflict = status == SHIRE_CONFLICT;
    if (status != SHIRE_OK && !state->is_conflict && error != NULL) {
        *error = inner;
    }
    return state->is_conflict ? shire_record_log_job(store, &state->entry, error) : status;
}

static shire_status change_written(shire_call *call, void *context, shire_error *error) {
    editing *state = context;
    if (state->is_conflict) {
        return show_conflict(state, error);
    }
    const char *path = shire_person_path(
        call, state->person_id, state->kind == SHIRE_RECORD_DOCUMENT ? "#documents" : "#plan");
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    shire_http_redirect(call->response, path);
    return SHIRE_OK;
}

/* The types that a browser shows without running anything; the sender says which it is, and
 * nobody looks into the bytes. */
static const char *const document_types[] = {"application/pdf", "text/plain", "image/png",
                                             "image/jpeg"};

static const char *document_type(const char *given) {
    for (size_t i = 0; i < sizeof document_types / sizeof document_types[0]; i++) {
        if (strcasecmp(given, document_types[i]) == 0) {
            return document_types[i];
        }
    }
    return NULL;
}

/* The bytes of a new document. A sentence where they cannot be taken. */
static const char *take_file(editing *state, shire_span *content_out) {
    const shire_http_file *file = shire_http_file_find(&state->call->request->files, "file");
    const char *type = file == NULL ? NULL : document_type(file->type.bytes);
    if (file == NULL) {
        return "Choose the file of the document";
    }
    if (type == NULL) {
        return "Choose a file that is a PDF, plain text, a PNG or a JPEG";
    }
    if (file->content.length > SHIRE_RECORD_DOCUMENT_BYTES_MAX) {
        return "Choose a file of at most 5 MB";
    }
    *content_out = file->content;
    return json_object_set_new(state->body, "media_type", json_string(type)) == 0
               ? NULL
               : "The file could not be taken; try again";
}

static shire_status take_edit(editing *state, shire_error *error) {
    shire_call *call = state->call;
    char *body = NULL;
    shire_span content = {NULL, 0};
    state->why = shire_span_trim(shire_call_form(call, "why"));
    state->is_ended = shire_span_equal(shire_call_form(call, "ended"), shire_span_of("yes"));
    state->body = body_of_form(state);
    json_t *mistakes = json_object();
    const char *problem = state->kind == SHIRE_RECORD_DOCUMENT && state->item_id.length == 0
                              ? take_file(state, &content)
                              : NULL;
    if (problem != NULL) {
        shire_call_add_error(mistakes, "file", problem);
    }
    if (!shire_item_check(mistakes, state->kind, state->body, state->why)) {
        return show_form(state, mistakes, error);
    }
    json_decref(mistakes);
    if (state->body == NULL || (body = json_dumps(state->body, JSON_COMPACT)) == NULL) {
        forget(state);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_edit edit = {.person_id = state->person_id,
                              .kind = state->kind,
                              .item_id = state->item_id,
                              .version = state->version,
                              .body = shire_span_of(body),
                              .why = state->why,
                              .content = content,
                              .is_ended = state->is_ended};
    shire_error inner = {0};
    shire_status status = shire_record_change_prepare(call->world->record, &asker, &edit,
                                                      call->request->arena, &state->change, &inner);
    free(body);
    if (status == SHIRE_CONFLICT) {
        state->is_conflict = true;
        status = show_conflict(state, error);
        if (status == SHIRE_OK) {
            shire_call_log(call, &state->entry);
        }
        return status;
    }
    if (status == SHIRE_INVALID) {
        return refuse_form(state, "why", inner.message, error);
    }
    forget(state);
    if (status == SHIRE_OK) {
        shire_call_change(call, write_change, change_written, state);
    } else if (status == SHIRE_NOT_FOUND) {
        status = shire_call_hide(call, error);
    } else if (error != NULL) {
        *error = inner;
    }
    return status;
}

static shire_status take_new(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    editing *state = new_editing(call);
    if (status != SHIRE_OK || record == NULL || state == NULL) {
        return status;
    }
    return kind_of(call->ids[1], &state->kind) ? take_edit(state, error)
                                               : shire_call_hide(call, error);
}

static shire_status take_change(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    editing *state = new_editing(call);
    if (status != SHIRE_OK || record == NULL || state == NULL) {
        return status;
    }
    shire_record_item item = {0};
    status = read_item(state, &item, &state->entry, error);
    if (status != SHIRE_OK) {
        json_decref(item.body_json);
        return status == SHIRE_NOT_FOUND ? shire_call_hide(call, error) : status;
    }
    state->kept = item.body_json;
    state->kind = item.kind;
    state->item_id = item.item_id;
    char version[24];
    shire_span given = shire_call_form(call, "version");
    snprintf(version, sizeof version, "%.*s", given.length < 20 ? (int)given.length : 0,
             given.bytes == NULL ? "" : given.bytes);
    state->version = strtoll(version, NULL, 10);
    return take_edit(state, error);
}

/* ---- all versions ---- */

static shire_status show_versions(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_item item = {0};
    shire_record_item *versions = NULL;
    size_t count = 0;
    shire_audit_entry entry = {0};
    status = shire_record_item_read(record, &asker, call->ids[0], call->ids[1],
                                    shire_form_number(shire_call_query(call, "version")),
                                    call->request->arena, &item, &versions, &count, &entry, error);
    if (status == SHIRE_NOT_FOUND) {
        status = shire_call_hide(call, error);
    } else if (status == SHIRE_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            (void)json_array_append_new(list,
                                        json_pack("{s:I, s:o, s:s%, s:o, s:o}", "version",
                                                  (json_int_t)versions[i].version, "made",
                                                  shire_words_iso(versions[i].made), "actor",
                                                  versions[i].actor.bytes, versions[i].actor.length,
                                                  "body", text_json(versions[i].actor_body.name),
                                                  "why", text_json(versions[i].why)));
        }
        const char *path = shire_person_path(call, call->ids[0], "");
        json_t *shown = shire_record_item_json(&item);
        shire_item_say(shown, shire_record_get_book(record));
        (void)json_object_set_new(shown, "made", shire_words_iso(item.made));
        json_t *values = json_pack("{s:o, s:o, s:s, s:s, s:{s:s, s:s}}", "versions", list, "shown",
                                   shown, "path", call->request->path.bytes, "kind",
                                   shire_record_item_kind_name(item.kind), "back", "text", "Person",
                                   "href", path);
        status = shire_call_page(call, "versions", "All versions", values, error);
    }
    json_decref(item.body_json);
    if (status == SHIRE_OK && entry.kind != NULL) {
        shire_call_log(call, &entry);
    }
    return status;
}

/* ---- a document ---- */

/* Always to be kept as a file, never shown as a page of this site; of a type that a form named,
 * only those that no browser runs are said. */
static shire_status send_document(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_item item = {0};
    shire_audit_entry entry = {0};
    shire_span content = {0};
    status = shire_record_content_read(record, &asker, call->ids[0], call->ids[1], 0,
                                       call->request->arena, &item, &content, &entry, error);
    if (status == SHIRE_NOT_FOUND) {
        status = shire_call_hide(call, error);
    } else if (status == SHIRE_OK) {
        const char *given = json_string_value(json_object_get(item.body_json, "media_type"));
        const char *type = given == NULL ? NULL : document_type(given);
        shire_builder_append(&call->response->body, content);
        shire_http_set_header(call->response, "Content-Type",
                              type == NULL ? "application/octet-stream" : type);
        shire_http_set_header(call->response, "Content-Disposition",
                              "attachment; filename=\"document\"");
    }
    json_decref(item.body_json);
    if (status == SHIRE_OK && entry.kind != NULL) {
        shire_call_log(call, &entry);
    }
    return status;
}

const shire_route shire_page_item_routes[] = {
    {.pattern = "/people/{id}/new/{kind}", .handle = show_new},
    {.method = SHIRE_HTTP_POST, .pattern = "/people/{id}/new/{kind}", .handle = take_new},
    {.pattern = "/people/{id}/items/{item}", .handle = show_versions},
    {.pattern = "/people/{id}/items/{item}/document", .handle = send_document},
    {.pattern = "/people/{id}/items/{item}/edit", .handle = show_edit},
    {.method = SHIRE_HTTP_POST, .pattern = "/people/{id}/items/{item}/edit", .handle = take_change},
    {.pattern = NULL},
};
