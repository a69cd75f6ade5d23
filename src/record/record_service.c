/*
 * Reading a person: the id is followed to whom it means now, the gate opens them or not, and the
 * parts of the view are gathered from the book and the store.
 *
 * Nobody and somebody who may not be known take the same way: for an id that is not there a
 * stand-in, chosen by the id, is opened in their place, and the answer is thrown away.
 */
#include "record/record_internal.h"

#include <string.h>

#define MOVES_MAX 64 /* of a retired id, from person to person */

/* ---- who is meant ---- */

/* Where most of a retired id's records went; false when it is not known or not retired. */
static shire_status ask_retired(record_reader *reader, char id[64], bool *has_moved_out,
                                shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = false;
    *has_moved_out = false;
    shire_status status = record_reader_ask(reader, RECORD_ASK_RETIRED, &statement, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(statement, 1, shire_span_of(id));
        status = shire_store_step(statement, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        shire_span into = shire_store_column_text(statement, 0);
        if (into.length > 0 && into.length < 64) {
            memcpy(id, into.bytes, into.length);
            id[into.length] = '\0';
            *has_moved_out = true;
        }
    }
    return status;
}

shire_status record_person_find(shire_record *record, shire_span person_id, uint32_t *person_out,
                                bool *is_known_out, bool *was_moved_out, shire_error *error) {
    const shire_record_book *book = record->book;
    record_reader *reader = NULL;
    char id[64] = "";
    bool has_moved = true;
    *was_moved_out = false;
    *is_known_out = false;
    if (book->person_count == 0) {
        return RECORD_NOBODY(error);
    }
    uint32_t person = shire_record_book_find_person(book, person_id);
    if (person == SHIRE_RECORD_NOBODY && record_is_id(person_id)) {
        memcpy(id, person_id.bytes, person_id.length);
        id[person_id.length] = '\0';
        shire_status status = record_reader_borrow(record, &reader, error);
        for (int moves = 0;
             status == SHIRE_OK && has_moved && person == SHIRE_RECORD_NOBODY && moves < MOVES_MAX;
             moves++) {
            status = ask_retired(reader, id, &has_moved, error);
            if (status == SHIRE_OK && has_moved) {
                person = shire_record_book_find_person(book, shire_span_of(id));
                *was_moved_out = true;
            }
        }
        record_reader_give_back(record, reader);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    *is_known_out = person != SHIRE_RECORD_NOBODY;
    *person_out =
        *is_known_out ? person : (uint32_t)(shire_text_hash(person_id, 7) % book->person_count);
    return SHIRE_OK;
}

shire_status record_refuse(shire_record *record, shire_span person_id, bool is_known,
                           shire_error *error) {
    record_reader *reader = NULL;
    char id[64] = "";
    bool ignored = false;
    if (is_known && record_is_id(person_id)) {
        memcpy(id, person_id.bytes, person_id.length);
        shire_status status = record_reader_borrow(record, &reader, error);
        if (status == SHIRE_OK) {
            status = ask_retired(reader, id, &ignored, error);
        }
        record_reader_give_back(record, reader);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return RECORD_NOBODY(error);
}

/* ---- the log ---- */

static const char *name_purpose(const shire_record_asker *asker, shire_arena *arena) {
    const char *purpose = shire_gate_name(SHIRE_GATE_PURPOSES, asker->viewer->purpose);
    if (asker->reason == NULL || asker->reason[0] == '\0') {
        return purpose;
    }
    return shire_arena_format(arena, "%s: %s", purpose, asker->reason);
}

shire_audit_entry record_log(const shire_record_asker *asker, const char *kind, const char *subject,
                             const char *detail, shire_arena *arena) {
    const char *purpose = name_purpose(asker, arena);
    return (shire_audit_entry){.time = asker->viewer->now,
                               .kind = kind,
                               .actor = asker->account,
                               .organisation = asker->organisation,
                               .purpose = purpose == NULL ? "" : purpose,
                               .subject = subject,
                               .detail = detail};
}

shire_status shire_record_log_job(shire_store *store, void *entry, shire_error *error) {
    return shire_audit_append(store, entry, error);
}

/* The categories of care that came out: "demographics acute gp". */
static const char *list_categories(const shire_record_view *view, shire_arena *arena) {
    shire_builder text = {0};
    shire_builder_append_text(&text, view->fact_count > 0 ? "demographics" : "");
    for (size_t i = 0; i < SHIRE_GATE_CATEGORY_COUNT; i++) {
        if (view->category_counts[i] > 0) {
            shire_builder_append_format(&text, " %s", shire_gate_name(SHIRE_GATE_CATEGORIES, i));
        }
    }
    if (view->item_count > 0) {
        shire_builder_append_text(&text, " plan");
    }
    if (view->has_costs) {
        shire_builder_append_text(&text, " cost");
    }
    shire_span trimmed = shire_span_trim((shire_span){text.bytes, text.length});
    const char *kept = text.failed || trimmed.length == 0
                           ? ""
                           : shire_arena_copy_text(arena, trimmed.bytes, trimmed.length);
    shire_builder_free(&text);
    return kept == NULL ? "" : kept;
}

/* ---- reading ---- */

/* What all bodies share with the viewer; nothing of it depends on what there is of the person. */
static void set_openness(const shire_record_book *book, const record_subject *subject,
                         shire_record_view *view) {
    uint32_t shown = subject->opening.categories & ~SHIRE_GATE_BIT(SHIRE_GATE_COST);
    view->rule = subject->opening.rule;
    view->is_break_glass = subject->opening.rule == SHIRE_GATE_BY_BROKEN_GLASS;
    for (size_t i = 0; i < book->organisation_count; i++) {
        uint32_t open = shire_gate_categories(&subject->opening, subject->numbers[i]);
        view->open_categories |= open;
        view->is_partial |= (shown & ~open) != 0;
    }
    view->is_partial |= shown != (SHIRE_GATE_CATEGORIES_ALL & ~SHIRE_GATE_BIT(SHIRE_GATE_COST));
}

static shire_status fill_view(shire_record *record, const shire_record_asker *asker,
                              const record_subject *subject, const shire_record_request *request,
                              shire_arena *arena, shire_record_view *view, shire_error *error) {
    view->person_id = shire_span_of(subject->subject.person_id);
    set_openness(record->book, subject, view);
    shire_status status = record_view_identity(record, asker, subject, arena, view, error);
    if (status == SHIRE_OK) {
        status = record_view_events(record, asker, subject, request, arena, view, error);
    }
    if (status == SHIRE_OK) {
        status = record_view_carers(record, asker, subject, arena, view, error);
    }
    if (status == SHIRE_OK && !request->has_no_items) {
        status = record_view_items(record, asker, subject, arena, view, error);
    }
    return status;
}

shire_status shire_record_read(shire_record *record, const shire_record_asker *asker,
                               const shire_record_request *request, shire_arena *arena,
                               shire_record_view *view_out, shire_audit_entry *entry_out,
                               shire_error *error) {
    const int32_t *numbers = NULL;
    record_subject subject;
    uint32_t person = 0;
    bool is_known = false;
    *view_out = (shire_record_view){0};
    *entry_out = record_log(asker, "read", "", "refused", arena);
    shire_status status = record_person_find(record, request->person_id, &person, &is_known,
                                             &view_out->was_moved, error);
    if (status == SHIRE_OK) {
        status = record_numbers(record, asker->policy, arena, &numbers, error);
    }
    if (status == SHIRE_OK) {
        status = record_subject_open(record, asker, numbers, person, SHIRE_GATE_READ, arena,
                                     &subject, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (is_known) {
        entry_out->subject = subject.subject.person_id;
    }
    if (!is_known || !subject.may_know) {
        return record_refuse(record, request->person_id, is_known, error);
    }
    status = fill_view(record, asker, &subject, request, arena, view_out, error);
    if (status != SHIRE_OK) {
        shire_record_view_done(view_out);
        return status;
    }
    entry_out->detail = list_categories(view_out, arena);
    return SHIRE_OK;
}

/* ---- one's own access log ---- */

static shire_status read_accesses(shire_record *record, record_reader *reader,
                                  const char *person_id, size_t first, size_t count,
                                  shire_arena *arena, shire_record_access *accesses,
                                  size_t *count_out, shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = true;
    shire_status status = record_reader_ask(reader, RECORD_ASK_ACCESSES, &statement, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_store_bind_text(statement, 1, shire_span_of(person_id));
    shire_store_bind_int64(statement, 2, (int64_t)count);
    shire_store_bind_int64(statement, 3, (int64_t)first);
    *count_out = 0;
    status = shire_store_step(statement, &has_row, error);
    while (status == SHIRE_OK && has_row && *count_out < count) {
        shire_record_access *access = &accesses[(*count_out)++];
        access->at = record_keep(arena, shire_store_column_text(statement, 0));
        access->kind = record_keep(arena, shire_store_column_text(statement, 1));
        access->actor = record_keep(arena, shire_store_column_text(statement, 2));
        access->organisation =
            record_body_by_code(record->book, shire_store_column_text(statement, 3), arena).name;
        access->purpose = record_keep(arena, shire_store_column_text(statement, 4));
        access->detail = record_keep(arena, shire_store_column_text(statement, 5));
        status = shire_store_step(statement, &has_row, error);
    }
    return status;
}

static shire_status count_accesses(record_reader *reader, const char *person_id, size_t *total_out,
                                   shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = false;
    shire_status status = record_reader_ask(reader, RECORD_ASK_ACCESS_COUNT, &statement, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(statement, 1, shire_span_of(person_id));
        status = shire_store_step(statement, &has_row, error);
    }
    if (status == SHIRE_OK) {
        *total_out = has_row ? (size_t)shire_store_column_int64(statement, 0) : 0;
        shire_store_reset(statement);
    }
    return status;
}

/* The person themselves, or who sees the audit log and may know of the person. */
static bool may_see_accesses(const shire_record_asker *asker, const record_subject *subject) {
    return subject->opening.rule == SHIRE_GATE_BY_OWN ||
           (shire_gate_may(asker->viewer->role, SHIRE_GATE_SEE_AUDIT) && subject->may_know);
}

shire_status shire_record_accesses(shire_record *record, const shire_record_asker *asker,
                                   shire_span person_id, size_t first, size_t count,
                                   shire_arena *arena, shire_record_access **accesses_out,
                                   size_t *count_out, size_t *total_out,
                                   shire_audit_entry *entry_out, shire_error *error) {
    const int32_t *numbers = NULL;
    record_subject subject;
    record_reader *reader = NULL;
    uint32_t person = 0;
    bool is_known = false;
    bool was_moved = false;
    *entry_out = record_log(asker, "read", "", "access log: refused", arena);
    shire_status status =
        record_person_find(record, person_id, &person, &is_known, &was_moved, error);
    if (status == SHIRE_OK) {
        status = record_numbers(record, asker->policy, arena, &numbers, error);
    }
    if (status == SHIRE_OK) {
        status = record_subject_open(record, asker, numbers, person, SHIRE_GATE_READ, arena,
                                     &subject, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (is_known) {
        entry_out->subject = subject.subject.person_id;
    }
    if (!is_known || !may_see_accesses(asker, &subject)) {
        return record_refuse(record, person_id, is_known, error);
    }
    entry_out->detail = "access log";
    count = count > SHIRE_RECORD_PAGE_MAX ? SHIRE_RECORD_PAGE_MAX : count;
    shire_record_access *accesses = shire_arena_alloc_array(arena, count, sizeof *accesses);
    status =
        accesses == NULL ? RECORD_NO_MEMORY(error) : record_reader_borrow(record, &reader, error);
    if (status == SHIRE_OK) {
        status = count_accesses(reader, subject.subject.person_id, total_out, error);
    }
    if (status == SHIRE_OK) {
        status = read_accesses(record, reader, subject.subject.person_id, first, count, arena,
                               accesses, count_out, error);
    }
    record_reader_give_back(record, reader);
    if (status == SHIRE_OK) {
        *accesses_out = accesses;
    }
    return status;
}
