/*
 * Each item is checked whole before its first version is written. Its id is made of its owner and
 * name, so that a second load finds it.
 */
#include "record/record_import.h"

#include "io/crypto.h"
#include "io/file.h"
#include "record/record_item.h"

#include <stdio.h>
#include <string.h>

#define KEYS_MAX 8

typedef struct importing {
    const shire_record_book *book;
    shire_store *store;
    shire_store_statement *find;
    shire_arena *arena;
    const char *path;
    const char *actor;
    int64_t now;
    size_t number; /* of the item, from 1 */
} importing;

static shire_status refuse(const importing *load, shire_error *error, const char *what) {
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s: item %zu: %s", load->path, load->number, what);
}

/* The text under a key; empty where there is none. */
static shire_span text_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (shire_span){json_string_value(value), json_string_length(value)}
                                 : (shire_span){"", 0};
}

static const char *keep(const importing *load, shire_span text) {
    const char *copy = shire_arena_copy_text(load->arena, text.bytes, text.length);
    return copy == NULL ? "" : copy;
}

/* Only keys of the list are there. */
static bool has_only(const json_t *object, const char *const names[KEYS_MAX]) {
    const char *name;
    json_t *value;
    if (!json_is_object(object)) {
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)object, name, value) {
        size_t at = 0;
        while (at < KEYS_MAX && names[at] != NULL && strcmp(names[at], name) != 0) {
            at++;
        }
        if (at == KEYS_MAX || names[at] == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_body(const importing *load, shire_span code) {
    return shire_record_book_find_organisation(load->book, code) != SHIRE_RECORD_NOBODY;
}

static bool read_kind(const json_t *item, shire_record_item_kind *kind_out) {
    for (int kind = 0; kind < SHIRE_RECORD_ITEM_KIND_COUNT; kind++) {
        if (shire_span_equal(text_of(item, "kind"), shire_span_of(shire_record_item_kind_name(
                                                        (shire_record_item_kind)kind)))) {
            *kind_out = (shire_record_item_kind)kind;
            return true;
        }
    }
    return false;
}

/* ---- one version ---- */

static shire_status read_sensitivity(const importing *load, shire_span names, uint32_t *bits_out,
                                     shire_error *error) {
    uint32_t bits = 0;
    while (names.length > 0) {
        const char *comma = memchr(names.bytes, ',', names.length);
        size_t length = comma == NULL ? names.length : (size_t)(comma - names.bytes);
        size_t number = 0;
        shire_span name = shire_span_trim((shire_span){names.bytes, length});
        if (!shire_gate_parse(SHIRE_GATE_SENSITIVITIES, name, &number)) {
            return refuse(load, error,
                          "sensitivity: this is no list of sensitive kinds; see docs/record.md");
        }
        bits |= SHIRE_GATE_BIT(number);
        size_t used = comma == NULL ? length : length + 1;
        names = (shire_span){names.bytes + used, names.length - used};
    }
    *bits_out = bits;
    return SHIRE_OK;
}

/* The body with what its bytes, base64 in the file, say of themselves; a new reference. */
static shire_status read_content(const importing *load, const json_t *version,
                                 shire_record_change *change, json_t **given_out,
                                 shire_error *error) {
    shire_span text = text_of(version, "content");
    size_t length = text.length / 4 * 3;
    change->content = NULL;
    if (text.length == 0) {
        *given_out = json_incref((json_t *)(uintptr_t)json_object_get(version, "body"));
        return SHIRE_OK;
    }
    for (size_t i = text.length; i > 0 && text.bytes[i - 1] == '=' && length > 0; i--) {
        length--;
    }
    uint8_t *bytes = shire_arena_alloc(load->arena, length + 1);
    json_t *given = json_deep_copy(json_object_get(version, "body"));
    shire_status status = SHIRE_OK;
    if (bytes == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: no memory for it", load->path);
    } else if (change->kind != SHIRE_RECORD_DOCUMENT || !json_is_object(given) ||
               !shire_base64_parse(text, bytes, length)) {
        status = refuse(load, error, "content: this is no base64 of a document's bytes");
    } else {
        status = shire_record_change_content(
            change, given, (shire_span){(const char *)bytes, length}, load->arena, error);
    }
    if (status != SHIRE_OK) {
        json_decref(given);
        return status;
    }
    *given_out = given;
    return SHIRE_OK;
}

static shire_status read_version(const importing *load, const json_t *version,
                                 shire_record_change *change, shire_error *error) {
    static const char *const names[KEYS_MAX] = {"made",  "actor",       "organisation", "why",
                                                "ended", "sensitivity", "body",         "content"};
    shire_timestamp made;
    json_t *given = NULL;
    json_t *body = NULL;
    if (!has_only(version, names)) {
        return refuse(load, error, "a version has keys that are not known here, or is no object");
    }
    if (shire_timestamp_parse(text_of(version, "made"), &made) != SHIRE_OK) {
        return refuse(load, error, "made: this is no time; give it like 2024-04-01 09:30");
    }
    if (text_of(version, "actor").length == 0 || text_of(version, "why").length == 0 ||
        !is_body(load, text_of(version, "organisation"))) {
        return refuse(load, error,
                      "actor, why and organisation say who made the version, why, and for which "
                      "body by its code");
    }
    shire_status status =
        read_sensitivity(load, text_of(version, "sensitivity"), &change->sensitivity, error);
    if (status == SHIRE_OK) {
        status = read_content(load, version, change, &given, error);
    }
    if (status == SHIRE_OK) {
        status = shire_record_body_check(change->kind, given, &body, error);
        if (status != SHIRE_OK) {
            shire_error_prefix(error, "%s: item %zu", load->path, load->number);
        }
    }
    if (status == SHIRE_OK && !shire_record_body_owners_exist(body, load->book)) {
        status = refuse(load, error, "owner: organisation: this is no code of a body");
    }
    if (status == SHIRE_OK) {
        change->body = shire_record_body_text(body, load->arena);
        change->made = made / 1000000;
        change->actor = keep(load, text_of(version, "actor"));
        change->actor_organisation = keep(load, text_of(version, "organisation"));
        change->why = keep(load, text_of(version, "why"));
        change->is_ended = json_is_true(json_object_get(version, "ended"));
        status = change->body == NULL
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: no memory for it", load->path)
                     : SHIRE_OK;
    }
    json_decref(given);
    json_decref(body);
    return status;
}

/* ---- one item ---- */

static void make_id(const json_t *item, char id[SHIRE_RECORD_ITEM_ID_BYTES]) {
    const shire_span parts[] = {text_of(item, "organisation"), {"/", 1}, text_of(item, "name")};
    shire_hash hash = shire_sha256(parts, 3);
    for (size_t i = 0; i < (SHIRE_RECORD_ITEM_ID_BYTES - 1) / 2; i++) {
        snprintf(id + 2 * i, 3, "%02x", (unsigned)hash.bytes[i]);
    }
}

static shire_status is_known(const importing *load, const char *id, bool *is_known_out,
                             shire_error *error) {
    shire_store_bind_text(load->find, 1, shire_span_of(id));
    shire_status status = shire_store_step(load->find, is_known_out, error);
    shire_store_reset(load->find);
    return status;
}

static shire_status find_person(const importing *load, const json_t *item, const char **id_out,
                                shire_error *error) {
    const json_t *person = json_object_get(item, "person");
    uint32_t entry =
        shire_record_book_find_entry(load->book, text_of(person, "organisation"),
                                     text_of(person, "source"), text_of(person, "local_id"));
    if (entry == SHIRE_RECORD_NOBODY) {
        return refuse(load, error,
                      "person: the last run knows no record of this organisation, source and "
                      "local_id");
    }
    uint32_t number = load->book->entries[entry].person;
    *id_out = keep(load, shire_record_book_text(load->book, load->book->persons[number].id));
    return SHIRE_OK;
}

static shire_status load_item(const importing *load, const json_t *item, bool *is_added_out,
                              shire_error *error) {
    static const char *const names[KEYS_MAX] = {"name", "person", "kind", "organisation",
                                                "versions"};
    shire_record_change change = {0};
    const json_t *versions = json_object_get(item, "versions");
    bool is_there = false;
    if (!has_only(item, names) || text_of(item, "name").length == 0 ||
        json_array_size(versions) == 0) {
        return refuse(load, error,
                      "give name, person, kind, organisation and versions, and nothing else");
    }
    if (!read_kind(item, &change.kind) || !is_body(load, text_of(item, "organisation"))) {
        return refuse(load, error,
                      "kind is plan, alert or document, and organisation the code of a body");
    }
    make_id(item, change.item_id);
    shire_status status = find_person(load, item, &change.person_id, error);
    if (status == SHIRE_OK) {
        status = is_known(load, change.item_id, &is_there, error);
    }
    *is_added_out = !is_there;
    change.organisation = keep(load, text_of(item, "organisation"));
    for (size_t i = 0; status == SHIRE_OK && !is_there && i < json_array_size(versions); i++) {
        status = read_version(load, json_array_get(versions, i), &change, error);
        if (status != SHIRE_OK) {
            break;
        }
        const char *detail =
            shire_arena_format(load->arena, "%s %s version %zu, loaded from a file",
                               shire_record_item_kind_name(change.kind), change.item_id, i + 1);
        change.version = (int64_t)i;
        change.entry = (shire_audit_entry){.time = load->now,
                                           .kind = "change",
                                           .actor = load->actor,
                                           .organisation = change.organisation,
                                           .purpose = "care",
                                           .subject = change.person_id,
                                           .detail = detail == NULL ? "" : detail};
        status = shire_record_change_job(load->store, &change, error);
    }
    return status;
}

shire_status shire_record_import(const shire_record_book *book, shire_store *store,
                                 const char *path, const char *actor, int64_t now,
                                 shire_record_import_summary *summary_out, shire_error *error) {
    importing load = {.book = book, .store = store, .path = path, .actor = actor, .now = now};
    shire_record_import_summary summary = {0};
    shire_span text;
    json_t *items = NULL;
    json_error_t problem;
    shire_status status = shire_arena_new("record_import", 0, &load.arena, error);
    if (status == SHIRE_OK) {
        status = shire_file_read(path, SHIRE_RECORD_IMPORT_BYTES_MAX, load.arena, &text, error);
    }
    if (status == SHIRE_OK) {
        items = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, &problem);
        status =
            json_is_array(items)
                ? shire_store_prepare(store, "SELECT 1 FROM record_item WHERE item_id = $1",
                                      &load.find, error)
                : SHIRE_FAIL(error, SHIRE_INVALID, "%s: line %d: this is no JSON list of items",
                             path, items == NULL ? problem.line : 1);
    }
    for (size_t i = 0; status == SHIRE_OK && i < json_array_size(items); i++) {
        bool is_added = false;
        load.number = i + 1;
        status = load_item(&load, json_array_get(items, i), &is_added, error);
        summary.items++;
        summary.added += is_added;
        summary.known += !is_added;
    }
    shire_store_finalize(load.find);
    json_decref(items);
    shire_arena_wipe_free(load.arena);
    if (status == SHIRE_OK) {
        *summary_out = summary;
    }
    return status;
}
