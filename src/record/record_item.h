/*
 * Plans, alerts and documents: written in Shire by the partners together. Each change makes a new
 * version with who, when and why; all versions stay. Who changes says which version they saw: when
 * somebody else was faster, the change is SHIRE_CONFLICT and nothing is lost.
 *
 * A change has two halves. shire_record_change_prepare checks what was typed and asks the gate, on
 * any thread; shire_record_change_job, a shire_store_job, writes version and audit entry in one
 * transaction.
 */
#ifndef SHIRE_RECORD_RECORD_ITEM_H
#define SHIRE_RECORD_RECORD_ITEM_H

#include "record/record_body.h"
#include "record/record_service.h"

#define SHIRE_RECORD_ITEM_ID_BYTES 33 /* 32 hex digits, terminated */

typedef struct shire_record_edit {
    shire_span person_id;
    shire_record_item_kind kind;
    shire_span item_id; /* empty: a new one */
    int64_t version;    /* that was edited; 0 for a new one */
    shire_span body;    /* JSON (record_body.h) */
    shire_span why;     /* in the editor's words; needed, at most SHIRE_RECORD_TEXT_BYTES_MAX */
    bool is_ended;      /* close the plan, take the alert off, withdraw the document */
    /* bits of shire_gate_sensitivity that the body tells of; a change adds to those that the item
     * has and takes none away, so that nobody opens an item by mending a word in it */
    uint32_t sensitivity;
    shire_span content; /* of a new document: its bytes; the body's hash and count are set to it */
} shire_record_edit;

/* A change that may be made; all in the arena that it was prepared in. */
typedef struct shire_record_change {
    const char *person_id;
    shire_record_item_kind kind;
    char item_id[SHIRE_RECORD_ITEM_ID_BYTES];
    int64_t version;          /* before it; the job makes the next */
    const char *organisation; /* that owns a new item */
    const char *actor;
    const char *actor_organisation;
    const char *why;
    bool is_ended;
    uint32_t sensitivity;
    const char *body;
    const char *content; /* base64, or NULL */
    const char *content_hash;
    int64_t content_bytes;
    int64_t made; /* seconds since 1970, UTC: of the version */
    shire_audit_entry entry;
    int64_t version_out; /* that the job made */
} shire_record_change;

/* SHIRE_NOT_FOUND for a person or item that the viewer may not know of, SHIRE_INVALID for what was
 * typed wrongly or may not be done, with a sentence for the page. */
shire_status shire_record_change_prepare(shire_record *record, const shire_record_asker *asker,
                                         const shire_record_edit *edit, shire_arena *arena,
                                         shire_record_change *change_out,
                                         shire_error *error) SHIRE_MUST_CHECK;
/* The bytes of a new document, of which `given`, its body, then says the hash and how many they
 * are. SHIRE_INVALID for too many. */
shire_status shire_record_change_content(shire_record_change *change, json_t *given,
                                         shire_span content, shire_arena *arena,
                                         shire_error *error) SHIRE_MUST_CHECK;

/* SHIRE_CONFLICT when the item has another version by now. `change` is a shire_record_change. */
shire_status shire_record_change_job(shire_store *store, void *change,
                                     shire_error *error) SHIRE_MUST_CHECK;

/*
 * One item as of any version (0: the latest), and what was made of it when.
 *
 * item_out      body_json is a new reference, the caller's to free.
 * versions_out  all versions without their bodies, the latest first; may be NULL.
 */
shire_status shire_record_item_read(shire_record *record, const shire_record_asker *asker,
                                    shire_span person_id, shire_span item_id, int64_t version,
                                    shire_arena *arena, shire_record_item *item_out,
                                    shire_record_item **versions_out, size_t *version_count_out,
                                    shire_audit_entry *entry_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* The bytes of a document at a version; likewise. */
shire_status shire_record_content_read(shire_record *record, const shire_record_asker *asker,
                                       shire_span person_id, shire_span item_id, int64_t version,
                                       shire_arena *arena, shire_record_item *item_out,
                                       shire_span *content_out, shire_audit_entry *entry_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

#endif
