/*
 * Reading plans, alerts and documents from the store: each row is judged by itself before anything
 * of it is kept.
 */
#include "io/crypto.h"
#include "record/record_internal.h"

#include <string.h>

/* Columns of the questions about items. */
enum {
    ITEM_ID,
    ITEM_KIND,
    ITEM_OWNER,
    ITEM_VERSION,
    ITEM_LATEST,
    ITEM_MADE,
    ITEM_ACTOR,
    ITEM_ACTOR_BODY,
    ITEM_WHY,
    ITEM_STATE,
    ITEM_SENSITIVITY,
    ITEM_BODY,
    ITEM_PERSON
};

#define NO_ITEM(error)                                                                             \
    SHIRE_FAIL((error), SHIRE_NOT_FOUND,                                                           \
               "there is no plan, alert or document of that id and version that you may see")

static bool row_kind(const shire_store_statement *row, shire_record_item_kind *kind_out) {
    shire_span name = shire_store_column_text(row, ITEM_KIND);
    for (int kind = 0; kind < SHIRE_RECORD_ITEM_KIND_COUNT; kind++) {
        if (shire_span_equal(
                name, shire_span_of(shire_record_item_kind_name((shire_record_item_kind)kind)))) {
            *kind_out = (shire_record_item_kind)kind;
            return true;
        }
    }
    return false;
}

static uint32_t row_sensitivity(const shire_store_statement *row) {
    int64_t bits = shire_store_column_int64(row, ITEM_SENSITIVITY);
    return bits < 0 || bits > SHIRE_GATE_SENSITIVITY_ALL ? SHIRE_GATE_SENSITIVITY_ALL
                                                         : (uint32_t)bits;
}

static bool may_row(const shire_record_asker *asker, const record_subject *subject,
                    const shire_store_statement *row, shire_record_item_kind kind) {
    return record_may_item(asker, subject, kind, shire_store_column_text(row, ITEM_OWNER),
                           row_sensitivity(row), shire_store_column_text(row, ITEM_ID));
}

/* The row without its body. */
static void take_row(const shire_record *record, const shire_store_statement *row,
                     shire_record_item_kind kind, shire_arena *arena, shire_record_item *item) {
    const shire_record_book *book = record->book;
    *item = (shire_record_item){
        .kind = kind,
        .item_id = record_keep(arena, shire_store_column_text(row, ITEM_ID)),
        .body = record_body_by_code(book, shire_store_column_text(row, ITEM_OWNER), arena),
        .version = shire_store_column_int64(row, ITEM_VERSION),
        .version_count = shire_store_column_int64(row, ITEM_LATEST),
        .made = record_keep(arena, shire_store_column_text(row, ITEM_MADE)),
        .actor = record_keep(arena, shire_store_column_text(row, ITEM_ACTOR)),
        .actor_body =
            record_body_by_code(book, shire_store_column_text(row, ITEM_ACTOR_BODY), arena),
        .why = record_keep(arena, shire_store_column_text(row, ITEM_WHY)),
        .is_ended =
            shire_span_equal(shire_store_column_text(row, ITEM_STATE), shire_span_of("ended"))};
}

static shire_status take_body(const shire_store_statement *row, shire_record_item *item,
                              shire_error *error) {
    shire_span body = shire_store_column_text(row, ITEM_BODY);
    item->body_json = json_loadb(body.bytes, body.length, 0, NULL);
    return item->body_json != NULL
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID,
                            "the store holds an item whose contents cannot be read; run `shire "
                            "audit verify`, and restore a backup");
}

/* The same person, opened for writing. */
static record_subject open_to_write(const record_subject *subject) {
    record_subject writer = *subject;
    writer.opening = shire_gate_open(subject->opening.viewer, &subject->subject, SHIRE_GATE_WRITE);
    return writer;
}

static shire_span viewer_body(const shire_record_asker *asker) {
    return shire_span_of(
        shire_gate_policy_organisation(asker->policy, asker->viewer->organisation));
}

/* Few people have any, and to follow retired ids takes the store ten times as long as to see that.
 */
static shire_status may_have_items(record_reader *reader, shire_span person_id, bool *may_out,
                                   shire_error *error) {
    shire_store_statement *row = NULL;
    bool has_row = false;
    shire_status status = record_reader_ask(reader, RECORD_ASK_MAY_HAVE_ITEMS, &row, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(row, 1, person_id);
        status = shire_store_step(row, &has_row, error);
    }
    if (status == SHIRE_OK) {
        *may_out = has_row && shire_store_column_int64(row, 0) != 0;
        shire_store_reset(row);
    }
    return status;
}

shire_status record_view_items(shire_record *record, const shire_record_asker *asker,
                               const record_subject *subject, shire_arena *arena,
                               shire_record_view *view, shire_error *error) {
    record_reader *reader = NULL;
    shire_store_statement *rows = NULL;
    bool has_items = false;
    bool has_row = false;
    size_t capacity = 0;
    const record_subject writer = open_to_write(subject);
    view->may_plan = record_may_item(asker, &writer, SHIRE_RECORD_PLAN, viewer_body(asker), 0,
                                     shire_span_of(""));
    view->may_document = record_may_item(asker, &writer, SHIRE_RECORD_DOCUMENT, viewer_body(asker),
                                         0, shire_span_of(""));
    shire_status status = record_reader_borrow(record, &reader, error);
    if (status == SHIRE_OK) {
        status = may_have_items(reader, view->person_id, &has_items, error);
    }
    if (status == SHIRE_OK && has_items) {
        status = record_reader_ask(reader, RECORD_ASK_ITEMS, &rows, error);
    }
    if (status == SHIRE_OK && has_items) {
        shire_store_bind_text(rows, 1, view->person_id);
        status = shire_store_step(rows, &has_row, error);
    }
    while (status == SHIRE_OK && has_row) {
        shire_record_item_kind kind;
        if (row_kind(rows, &kind) && may_row(asker, subject, rows, kind)) {
            if (view->item_count == capacity) {
                capacity = capacity == 0 ? 8 : 2 * capacity;
                shire_record_item *more = shire_arena_alloc_array(arena, capacity, sizeof *more);
                if (more == NULL) {
                    status = RECORD_NO_MEMORY(error);
                    break;
                }
                if (view->item_count > 0) {
                    memcpy(more, view->items, view->item_count * sizeof *more);
                }
                view->items = more;
            }
            shire_record_item *item = &view->items[view->item_count];
            take_row(record, rows, kind, arena, item);
            item->may_edit = may_row(asker, &writer, rows, kind);
            status = take_body(rows, item, error);
            view->item_count += status == SHIRE_OK;
        }
        if (status == SHIRE_OK) {
            status = shire_store_step(rows, &has_row, error);
        }
    }
    record_reader_give_back(record, reader);
    return status;
}

/* ---- one item ---- */

shire_status record_item_open(shire_record *record, const shire_record_asker *asker,
                              shire_span person_id, shire_gate_action action, shire_arena *arena,
                              record_subject *subject_out, bool *is_known_out, shire_error *error) {
    const int32_t *numbers = NULL;
    uint32_t person = 0;
    bool was_moved = false;
    shire_status status =
        record_person_find(record, person_id, &person, is_known_out, &was_moved, error);
    if (status == SHIRE_OK) {
        status = record_numbers(record, asker->policy, arena, &numbers, error);
    }
    if (status == SHIRE_OK) {
        status =
            record_subject_open(record, asker, numbers, person, action, arena, subject_out, error);
    }
    return status;
}

/* True when the item on the row is of the subject, under its id of now. */
static shire_status is_of(shire_record *record, const record_subject *subject,
                          const shire_store_statement *row, bool *is_of_out, shire_error *error) {
    uint32_t person = 0;
    bool is_known = false;
    bool was_moved = false;
    shire_status status = record_person_find(record, shire_store_column_text(row, ITEM_PERSON),
                                             &person, &is_known, &was_moved, error);
    *is_of_out = status == SHIRE_OK && is_known && person == subject->person;
    return status;
}

shire_status record_item_find(shire_record *record, record_reader *reader,
                              const shire_record_asker *asker, const record_subject *subject,
                              shire_span item_id, int64_t version, shire_arena *arena,
                              shire_record_item *item_out, uint32_t *sensitivity_out,
                              shire_error *error) {
    shire_store_statement *row = NULL;
    shire_record_item_kind kind;
    bool has_row = false;
    bool is_theirs = false;
    if (!record_is_id(item_id)) {
        return NO_ITEM(error);
    }
    shire_status status = record_reader_ask(reader, RECORD_ASK_VERSION, &row, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(row, 1, item_id);
        shire_store_bind_int64(row, 2, version);
        status = shire_store_step(row, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        status = is_of(record, subject, row, &is_theirs, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (!is_theirs || !row_kind(row, &kind) || !may_row(asker, subject, row, kind)) {
        return NO_ITEM(error);
    }
    const record_subject writer = open_to_write(subject);
    take_row(record, row, kind, arena, item_out);
    item_out->may_edit = may_row(asker, &writer, row, kind);
    *sensitivity_out = row_sensitivity(row);
    status = take_body(row, item_out, error);
    shire_store_reset(row);
    return status;
}

static shire_status read_versions(shire_record *record, record_reader *reader,
                                  const shire_record_asker *asker, const record_subject *subject,
                                  const shire_record_item *item, shire_arena *arena,
                                  shire_record_item **versions_out, size_t *count_out,
                                  shire_error *error) {
    shire_store_statement *rows = NULL;
    bool has_row = false;
    size_t most = (size_t)item->version_count;
    shire_record_item *versions = shire_arena_alloc_array(arena, most, sizeof *versions);
    size_t count = 0;
    if (versions == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    shire_status status = record_reader_ask(reader, RECORD_ASK_VERSIONS, &rows, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(rows, 1, item->item_id);
        status = shire_store_step(rows, &has_row, error);
    }
    while (status == SHIRE_OK && has_row && count < most) {
        if (may_row(asker, subject, rows, item->kind)) {
            take_row(record, rows, item->kind, arena, &versions[count++]);
        }
        status = shire_store_step(rows, &has_row, error);
    }
    *versions_out = versions;
    *count_out = count;
    return status;
}

/* Opens the person and finds the item; `what` for the log. */
static shire_status open_item(shire_record *record, const shire_record_asker *asker,
                              shire_span person_id, shire_span item_id, int64_t version,
                              const char *what, shire_arena *arena, record_subject *subject,
                              record_reader **reader, shire_record_item *item_out,
                              shire_audit_entry *entry_out, shire_error *error) {
    bool is_known = false;
    uint32_t sensitivity = 0;
    *entry_out = record_log(asker, "read", "", "refused", arena);
    *item_out = (shire_record_item){0};
    shire_status status = record_item_open(record, asker, person_id, SHIRE_GATE_READ, arena,
                                           subject, &is_known, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (is_known) {
        entry_out->subject = subject->subject.person_id;
    }
    if (!is_known || !subject->may_know) {
        return record_refuse(record, person_id, is_known, error);
    }
    status = record_reader_borrow(record, reader, error);
    if (status == SHIRE_OK) {
        status = record_item_find(record, *reader, asker, subject, item_id, version, arena,
                                  item_out, &sensitivity, error);
    }
    if (status == SHIRE_OK) {
        const char *detail = shire_arena_format(
            arena, "%s%s %.*s version %lld", what, shire_record_item_kind_name(item_out->kind),
            (int)item_out->item_id.length, item_out->item_id.bytes, (long long)item_out->version);
        entry_out->detail = detail == NULL ? what : detail;
    }
    return status;
}

shire_status shire_record_item_read(shire_record *record, const shire_record_asker *asker,
                                    shire_span person_id, shire_span item_id, int64_t version,
                                    shire_arena *arena, shire_record_item *item_out,
                                    shire_record_item **versions_out, size_t *version_count_out,
                                    shire_audit_entry *entry_out, shire_error *error) {
    record_subject subject;
    record_reader *reader = NULL;
    shire_status status = open_item(record, asker, person_id, item_id, version, "", arena, &subject,
                                    &reader, item_out, entry_out, error);
    if (status == SHIRE_OK && versions_out != NULL) {
        status = read_versions(record, reader, asker, &subject, item_out, arena, versions_out,
                               version_count_out, error);
    }
    record_reader_give_back(record, reader);
    if (status != SHIRE_OK) {
        json_decref(item_out->body_json);
        item_out->body_json = NULL;
    }
    return status;
}

static shire_status read_content(record_reader *reader, const shire_record_item *item,
                                 shire_arena *arena, shire_span *content_out, shire_error *error) {
    shire_store_statement *row = NULL;
    bool has_row = false;
    const json_t *hash = json_object_get(item->body_json, "hash");
    if (item->kind != SHIRE_RECORD_DOCUMENT || !json_is_string(hash)) {
        return NO_ITEM(error);
    }
    shire_status status = record_reader_ask(reader, RECORD_ASK_CONTENT, &row, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(row, 1, shire_span_of(json_string_value(hash)));
        status = shire_store_step(row, &has_row, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t length = has_row ? shire_store_column_int64(row, 1) : -1;
    if (length < 0 || length > SHIRE_RECORD_DOCUMENT_BYTES_MAX) {
        return NO_ITEM(error);
    }
    char *bytes = shire_arena_alloc(arena, (size_t)length);
    if (bytes == NULL) {
        return RECORD_NO_MEMORY(error);
    }
    if (!shire_base64_parse(shire_store_column_text(row, 0), bytes, (size_t)length)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the store holds a document that is damaged; restore a backup");
    }
    *content_out = (shire_span){bytes, (size_t)length};
    shire_store_reset(row);
    return SHIRE_OK;
}

shire_status shire_record_content_read(shire_record *record, const shire_record_asker *asker,
                                       shire_span person_id, shire_span item_id, int64_t version,
                                       shire_arena *arena, shire_record_item *item_out,
                                       shire_span *content_out, shire_audit_entry *entry_out,
                                       shire_error *error) {
    record_subject subject;
    record_reader *reader = NULL;
    shire_status status = open_item(record, asker, person_id, item_id, version, "contents of ",
                                    arena, &subject, &reader, item_out, entry_out, error);
    if (status == SHIRE_OK) {
        status = read_content(reader, item_out, arena, content_out, error);
    }
    record_reader_give_back(record, reader);
    if (status != SHIRE_OK) {
        json_decref(item_out->body_json);
        item_out->body_json = NULL;
    }
    return status;
}
