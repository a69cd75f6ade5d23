/*
 * Changing plans, alerts and documents. What was typed is checked and the gate asked before the
 * change is handed to the writer; the writer looks once more whether the version is still the one
 * that was edited, for somebody else may have been faster.
 */
#include "io/crypto.h"
#include "record/record_internal.h"

#include <string.h>

#define CONFLICT(error)                                                                            \
    SHIRE_FAIL((error), SHIRE_CONFLICT,                                                            \
               "somebody else changed it since you opened it; look at the new version and make "   \
               "your change again")

/* ---- preparing ---- */

static void make_item_id(char id[SHIRE_RECORD_ITEM_ID_BYTES]) {
    uint8_t bytes[(SHIRE_RECORD_ITEM_ID_BYTES - 1) / 2];
    shire_random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(id + 2 * i, 3, "%02x", (unsigned)bytes[i]);
    }
}

shire_status shire_record_change_content(shire_record_change *change, json_t *given,
                                         shire_span content, shire_arena *arena,
                                         shire_error *error) {
    char hex[2 * SHIRE_HASH_BYTES + 1];
    shire_builder text = {0};
    if (content.length > SHIRE_RECORD_DOCUMENT_BYTES_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "document: over %d MB; make it smaller, or put it down as a link",
                          SHIRE_RECORD_DOCUMENT_BYTES_MAX / (1024 * 1024));
    }
    shire_hash hash = shire_sha256(&content, 1);
    for (size_t i = 0; i < SHIRE_HASH_BYTES; i++) {
        snprintf(hex + 2 * i, 3, "%02x", (unsigned)hash.bytes[i]);
    }
    shire_builder_append_base64(&text, content.bytes, content.length);
    change->content_hash = shire_arena_copy_text(arena, hex, sizeof hex - 1);
    change->content = text.failed ? NULL : shire_arena_copy_text(arena, text.bytes, text.length);
    change->content_bytes = (int64_t)content.length;
    shire_builder_free(&text);
    if (change->content == NULL || change->content_hash == NULL ||
        json_object_set_new(given, "hash", json_string(hex)) != 0 ||
        json_object_set_new(given, "byte_count", json_integer(change->content_bytes)) != 0) {
        return RECORD_NO_MEMORY(error);
    }
    return SHIRE_OK;
}

static shire_status check_body(const shire_record *record, const shire_record_edit *edit,
                               shire_arena *arena, shire_record_change *change,
                               shire_error *error) {
    json_t *body = NULL;
    shire_status status = SHIRE_OK;
    if (edit->kind == SHIRE_RECORD_DOCUMENT && edit->content.length > 0) {
        json_t *given = json_loadb(edit->body.bytes == NULL ? "" : edit->body.bytes,
                                   edit->body.length, JSON_REJECT_DUPLICATES, NULL);
        status = !json_is_object(given)
                     ? SHIRE_FAIL(error, SHIRE_INVALID,
                                  "document: this is no object with names and "
                                  "values")
                     : shire_record_change_content(change, given, edit->content, arena, error);
        if (status == SHIRE_OK) {
            status = shire_record_body_check(edit->kind, given, &body, error);
        }
        json_decref(given);
    } else {
        status = shire_record_body_read(edit->kind, edit->body, &body, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (!shire_record_body_owners_exist(body, record->book)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: owner: organisation: this is no code of a body of the "
                            "partnership; choose one from the list",
                            shire_record_item_kind_name(edit->kind));
    } else {
        change->body = shire_record_body_text(body, arena);
        status = change->body == NULL ? RECORD_NO_MEMORY(error) : SHIRE_OK;
    }
    json_decref(body);
    return status;
}

static shire_status check_why(const shire_record_edit *edit, shire_arena *arena,
                              shire_record_change *change, shire_error *error) {
    shire_span why = shire_span_trim(edit->why);
    if (why.length == 0 || why.length > SHIRE_RECORD_TEXT_BYTES_MAX || !shire_text_is_utf8(why) ||
        memchr(why.bytes, '\0', why.length) != NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "why: say in a sentence of at most %d bytes why you make this change",
                          SHIRE_RECORD_TEXT_BYTES_MAX);
    }
    if ((edit->sensitivity & ~(uint32_t)SHIRE_GATE_SENSITIVITY_ALL) != 0 || edit->version < 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "sensitivity or version: this is no such number");
    }
    change->why = shire_arena_copy_text(arena, why.bytes, why.length);
    change->sensitivity = edit->sensitivity;
    change->is_ended = edit->is_ended;
    return change->why == NULL ? RECORD_NO_MEMORY(error) : SHIRE_OK;
}

/* The item that is to be changed: seen, and open to writing. */
static shire_status check_known(shire_record *record, const shire_record_asker *asker,
                                const record_subject *subject, const shire_record_edit *edit,
                                shire_arena *arena, shire_record_change *change,
                                shire_error *error) {
    record_reader *reader = NULL;
    shire_record_item item = {0};
    uint32_t sensitivity = 0;
    shire_status status = record_reader_borrow(record, &reader, error);
    if (status == SHIRE_OK) {
        status = record_item_find(record, reader, asker, subject, edit->item_id, 0, arena, &item,
                                  &sensitivity, error);
    }
    record_reader_give_back(record, reader);
    json_decref(item.body_json);
    if (status != SHIRE_OK) {
        return status;
    }
    if (!item.may_edit) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "you may read this and not change it; ask its owner to");
    }
    if (item.kind != edit->kind) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "this is a %s, and stays one",
                          shire_record_item_kind_name(item.kind));
    }
    if (item.version != edit->version) {
        return CONFLICT(error);
    }
    snprintf(change->item_id, sizeof change->item_id, "%.*s", (int)item.item_id.length,
             item.item_id.bytes);
    change->version = item.version;
    change->sensitivity |= sensitivity;
    change->organisation =
        shire_arena_copy_text(arena, item.body.code.bytes, item.body.code.length);
    return change->organisation == NULL ? RECORD_NO_MEMORY(error) : SHIRE_OK;
}

static shire_status check_new(const shire_record_asker *asker, const record_subject *subject,
                              const shire_record_edit *edit, shire_record_change *change,
                              shire_error *error) {
    record_subject writer = *subject;
    writer.opening = shire_gate_open(subject->opening.viewer, &subject->subject, SHIRE_GATE_WRITE);
    change->organisation =
        shire_gate_policy_organisation(asker->policy, asker->viewer->organisation);
    make_item_id(change->item_id);
    if (edit->version != 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "version: a new item has none");
    }
    /* What its writer may not see they cannot put down: it would be lost to them. */
    return record_may_item(asker, &writer, edit->kind, shire_span_of(change->organisation),
                           edit->sensitivity, shire_span_of(change->item_id))
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID, "your role may not put down a %s for this person",
                            shire_record_item_kind_name(edit->kind));
}

shire_status shire_record_change_prepare(shire_record *record, const shire_record_asker *asker,
                                         const shire_record_edit *edit, shire_arena *arena,
                                         shire_record_change *change_out, shire_error *error) {
    record_subject subject;
    bool is_known = false;
    *change_out = (shire_record_change){.kind = edit->kind,
                                        .actor = asker->account,
                                        .actor_organisation = asker->organisation,
                                        .made = asker->viewer->now};
    if ((unsigned)edit->kind >= SHIRE_RECORD_ITEM_KIND_COUNT) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "kind: this is none of plan, alert, document");
    }
    shire_status status = record_item_open(record, asker, edit->person_id, SHIRE_GATE_READ, arena,
                                           &subject, &is_known, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (!is_known || !subject.may_know) {
        return record_refuse(record, edit->person_id, is_known, error);
    }
    change_out->person_id = subject.subject.person_id;
    status = check_why(edit, arena, change_out, error);
    if (status == SHIRE_OK) {
        status = edit->item_id.length > 0
                     ? check_known(record, asker, &subject, edit, arena, change_out, error)
                     : check_new(asker, &subject, edit, change_out, error);
    }
    if (status == SHIRE_OK) {
        status = check_body(record, edit, arena, change_out, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    const char *detail = shire_arena_format(
        arena, "%s %s version %lld%s", shire_record_item_kind_name(edit->kind), change_out->item_id,
        (long long)change_out->version + 1, edit->is_ended ? ", ended" : "");
    change_out->entry = record_log(asker, "change", change_out->person_id, detail, arena);
    return detail == NULL ? RECORD_NO_MEMORY(error) : SHIRE_OK;
}

/* ---- writing ---- */

static shire_status write_item(shire_store *store, const shire_record_change *change,
                               shire_error *error) {
    static const char *const sql[] = {
        "INSERT INTO record_item (item_id, person_id, kind, organisation, version) VALUES ($1, $2, "
        "$3, $4, 1)",
        "UPDATE record_item SET version = $2 WHERE item_id = $1"};
    shire_store_statement *statement = NULL;
    shire_status status = shire_store_prepare(store, sql[change->version > 0], &statement, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(statement, 1, shire_span_of(change->item_id));
        if (change->version > 0) {
            shire_store_bind_int64(statement, 2, change->version + 1);
        } else {
            shire_store_bind_text(statement, 2, shire_span_of(change->person_id));
            shire_store_bind_text(statement, 3,
                                  shire_span_of(shire_record_item_kind_name(change->kind)));
            shire_store_bind_text(statement, 4, shire_span_of(change->organisation));
        }
        status = shire_store_run(statement, error);
    }
    shire_store_finalize(statement);
    return status;
}

static shire_status write_version(shire_store *store, const shire_record_change *change,
                                  shire_error *error) {
    char made[24];
    shire_store_statement *statement = NULL;
    shire_status status = shire_store_prepare(
        store,
        "INSERT INTO record_version (item_id, version, made, actor, organisation, why, state, "
        "sensitivity, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &statement, error);
    shire_timestamp_format(change->made * 1000000, made);
    memcpy(made + 19, "Z", 2);
    if (status == SHIRE_OK) {
        shire_store_bind_text(statement, 1, shire_span_of(change->item_id));
        shire_store_bind_int64(statement, 2, change->version + 1);
        shire_store_bind_text(statement, 3, shire_span_of(made));
        shire_store_bind_text(statement, 4, shire_span_of(change->actor));
        shire_store_bind_text(statement, 5, shire_span_of(change->actor_organisation));
        shire_store_bind_text(statement, 6, shire_span_of(change->why));
        shire_store_bind_text(statement, 7, shire_span_of(change->is_ended ? "ended" : "open"));
        shire_store_bind_int64(statement, 8, change->sensitivity);
        shire_store_bind_text(statement, 9, shire_span_of(change->body));
        status = shire_store_run(statement, error);
    }
    shire_store_finalize(statement);
    return status;
}

static shire_status write_content(shire_store *store, const shire_record_change *change,
                                  shire_error *error) {
    shire_store_statement *statement = NULL;
    if (change->content == NULL) {
        return SHIRE_OK;
    }
    shire_status status = shire_store_prepare(
        store,
        "INSERT INTO record_content (hash, byte_count, content) VALUES ($1, $2, $3) ON CONFLICT "
        "(hash) DO NOTHING",
        &statement, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(statement, 1, shire_span_of(change->content_hash));
        shire_store_bind_int64(statement, 2, change->content_bytes);
        shire_store_bind_text(statement, 3, shire_span_of(change->content));
        status = shire_store_run(statement, error);
    }
    shire_store_finalize(statement);
    return status;
}

static shire_status check_version(shire_store *store, const shire_record_change *change,
                                  shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = false;
    if (change->version == 0) {
        return SHIRE_OK;
    }
    shire_status status = shire_store_prepare(
        store, "SELECT version FROM record_item WHERE item_id = $1", &statement, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(statement, 1, shire_span_of(change->item_id));
        status = shire_store_step(statement, &has_row, error);
    }
    if (status == SHIRE_OK &&
        (!has_row || shire_store_column_int64(statement, 0) != change->version)) {
        status = CONFLICT(error);
    }
    shire_store_finalize(statement);
    return status;
}

shire_status shire_record_change_job(shire_store *store, void *context, shire_error *error) {
    shire_record_change *change = context;
    shire_status status = check_version(store, change, error);
    if (status == SHIRE_OK) {
        status = write_content(store, change, error);
    }
    if (status == SHIRE_OK) {
        status = write_item(store, change, error);
    }
    if (status == SHIRE_OK) {
        status = write_version(store, change, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_append(store, &change->entry, error);
    }
    if (status == SHIRE_OK) {
        change->version_out = change->version + 1;
    }
    return status;
}
