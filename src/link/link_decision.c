/*
 * Decisions are read whole: there are as many as people had time for. Which of them hold is seen by
 * sorting them by what they are about.
 */
#include "link/link_decision.h"

#include <stdlib.h>
#include <string.h>

const char *const shire_link_verdict_names[SHIRE_LINK_VERDICT_COUNT] = {"same", "different",
                                                                        "unsure", "undo", "undone"};
const char *const shire_link_side_names[SHIRE_LINK_SIDE_COUNT] = {"moved", "from", "to"};

int shire_link_name_compare(const shire_link_name *a, const shire_link_name *b) {
    int order = shire_span_compare(a->organisation, b->organisation);
    order = order != 0 ? order : shire_span_compare(a->source, b->source);
    return order != 0 ? order : shire_span_compare(a->local_id, b->local_id);
}

uint64_t shire_link_name_hash(const shire_link_name *name) {
    uint64_t hash = shire_text_hash(name->organisation, 0);
    hash = shire_text_hash(name->source, hash);
    return shire_text_hash(name->local_id, hash);
}

bool shire_link_name_parse(shire_span text, shire_link_name *name_out) {
    const char *end = text.bytes + text.length;
    const char *first = text.length == 0 ? NULL : memchr(text.bytes, '/', text.length);
    const char *second = first == NULL ? NULL : memchr(first + 1, '/', (size_t)(end - first - 1));
    if (second == NULL || first == text.bytes || second == first + 1 || second + 1 == end) {
        return false;
    }
    name_out->organisation = (shire_span){text.bytes, (size_t)(first - text.bytes)};
    name_out->source = (shire_span){first + 1, (size_t)(second - first - 1)};
    name_out->local_id = (shire_span){second + 1, (size_t)(end - second - 1)};
    return true;
}

char *shire_link_name_format(const shire_link_name *name, shire_arena *arena) {
    return shire_arena_format(arena, "%.*s/%.*s/%.*s", (int)name->organisation.length,
                              name->organisation.bytes, (int)name->source.length,
                              name->source.bytes, (int)name->local_id.length, name->local_id.bytes);
}

char *shire_link_store_text(const shire_store_statement *statement, int column,
                            shire_arena *arena) {
    shire_span text = shire_store_column_text(statement, column);
    return shire_arena_copy_text(arena, text.bytes, text.length);
}

bool shire_link_store_name(const shire_store_statement *statement, int first, shire_arena *arena,
                           shire_link_name *name_out) {
    const char *parts[3];
    for (int i = 0; i < 3; i++) {
        parts[i] = shire_link_store_text(statement, first + i, arena);
        if (parts[i] == NULL) {
            return false;
        }
    }
    *name_out = (shire_link_name){shire_span_of(parts[0]), shire_span_of(parts[1]),
                                  shire_span_of(parts[2])};
    return true;
}

void shire_link_bind_name(shire_store_statement *statement, int first,
                          const shire_link_name *name) {
    shire_store_bind_text(statement, first, name->organisation);
    shire_store_bind_text(statement, first + 1, name->source);
    shire_store_bind_text(statement, first + 2, name->local_id);
}

/* What two decisions are about, then the later one first. */
static int compare_subjects(const shire_link_decision *a, const shire_link_decision *b) {
    if (a->change_no != b->change_no) {
        return a->change_no < b->change_no ? -1 : 1;
    }
    int order = shire_link_name_compare(&a->a, &b->a);
    return order != 0 ? order : shire_link_name_compare(&a->b, &b->b);
}

static int compare_decisions(const void *x, const void *y) {
    const shire_link_decision *a = *(shire_link_decision *const *)x;
    const shire_link_decision *b = *(shire_link_decision *const *)y;
    int order = compare_subjects(a, b);
    return order != 0 ? order
                      : (a->decision_no < b->decision_no) - (a->decision_no > b->decision_no);
}

static bool mark_holding(shire_link_decisions *decisions, shire_arena *arena) {
    shire_link_decision **order = shire_arena_alloc_array(arena, decisions->count, sizeof *order);
    if (order == NULL) {
        return false;
    }
    for (size_t i = 0; i < decisions->count; i++) {
        order[i] = &decisions->items[i];
    }
    if (decisions->count > 1) {
        qsort(order, decisions->count, sizeof *order, compare_decisions);
    }
    for (size_t i = 0; i < decisions->count; i++) {
        order[i]->holds = (i == 0 || compare_subjects(order[i - 1], order[i]) != 0) &&
                          order[i]->verdict != SHIRE_LINK_VERDICT_UNDONE;
    }
    return true;
}

static bool read_decision(const shire_store_statement *statement, shire_arena *arena,
                          shire_link_decision *decision) {
    shire_span verdict = shire_store_column_text(statement, 1);
    *decision = (shire_link_decision){.decision_no = shire_store_column_int64(statement, 0),
                                      .verdict = SHIRE_LINK_VERDICT_UNSURE,
                                      .change_no = shire_store_column_int64(statement, 2),
                                      .made = shire_link_store_text(statement, 3, arena),
                                      .who = shire_link_store_text(statement, 4, arena),
                                      .why = shire_link_store_text(statement, 5, arena)};
    for (int i = 0; i < SHIRE_LINK_VERDICT_COUNT; i++) {
        if (shire_span_equal(verdict, shire_span_of(shire_link_verdict_names[i]))) {
            decision->verdict = (shire_link_verdict)i;
        }
    }
    return decision->made != NULL && decision->who != NULL && decision->why != NULL &&
           shire_link_store_name(statement, 6, arena, &decision->a) &&
           shire_link_store_name(statement, 9, arena, &decision->b);
}

shire_status shire_link_decisions_read(shire_store *store, shire_arena *arena,
                                       shire_link_decisions *decisions_out, shire_error *error) {
    shire_link_decisions decisions = {0};
    shire_store_statement *statement = NULL;
    int64_t count = 0;
    shire_status status =
        shire_store_query_int64(store, "SELECT count(*) FROM link_decision", &count, error);
    if (status == SHIRE_OK) {
        status = shire_store_prepare(
            store,
            "SELECT decision_no, verdict, coalesce(change_no, 0), made, who, why, a_organisation, "
            "a_source, a_local_id, b_organisation, b_source, b_local_id FROM link_decision ORDER "
            "BY decision_no",
            &statement, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    decisions.items = shire_arena_alloc_array(arena, (size_t)count, sizeof *decisions.items);
    bool is_done = decisions.items != NULL;
    bool has_row = true;
    while (status == SHIRE_OK && is_done && has_row) {
        status = shire_store_step(statement, &has_row, error);
        if (status == SHIRE_OK && has_row && decisions.count < (size_t)count) {
            is_done = read_decision(statement, arena, &decisions.items[decisions.count++]);
        }
    }
    shire_store_finalize(statement);
    if (status == SHIRE_OK && (!is_done || !mark_holding(&decisions, arena))) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the decisions");
    }
    if (status == SHIRE_OK) {
        *decisions_out = decisions;
    }
    return status;
}

shire_status shire_link_change_records_read(shire_store *store, int64_t change_no,
                                            shire_arena *arena,
                                            shire_link_change_records *records_out,
                                            shire_error *error) {
    shire_link_change_records records = {0};
    for (int side = 0; side < SHIRE_LINK_SIDE_COUNT; side++) {
        shire_store_statement *statement = NULL;
        bool has_row = true;
        bool is_done = true;
        size_t capacity = 0;
        shire_status status = shire_store_prepare(
            store,
            "SELECT organisation, source, local_id FROM index_change_record WHERE change_no = $1 "
            "AND side = $2 ORDER BY place",
            &statement, error);
        if (status != SHIRE_OK) {
            return status;
        }
        shire_store_bind_int64(statement, 1, change_no);
        shire_store_bind_text(statement, 2, shire_span_of(shire_link_side_names[side]));
        while (status == SHIRE_OK && has_row && is_done) {
            status = shire_store_step(statement, &has_row, error);
            if (status != SHIRE_OK || !has_row) {
                break;
            }
            if (records.counts[side] == capacity) {
                size_t bigger = capacity * 2 + 8;
                shire_link_name *names = shire_arena_alloc_array(arena, bigger, sizeof *names);
                if (names != NULL && capacity > 0) {
                    memcpy(names, records.names[side], capacity * sizeof *names);
                }
                records.names[side] = names;
                capacity = bigger;
            }
            is_done = records.names[side] != NULL &&
                      shire_link_store_name(statement, 0, arena,
                                            &records.names[side][records.counts[side]++]);
        }
        shire_store_finalize(statement);
        if (status != SHIRE_OK || !is_done) {
            return status != SHIRE_OK
                       ? status
                       : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a change's records");
        }
    }
    *records_out = records;
    return SHIRE_OK;
}
