/*
 * Whether decisions contradict each other. Records that `same` ties together are one set of a
 * union-find; a `different` pair within one set is a contradiction. Forgetting a pair builds the
 * sets anew.
 */
#include "link/link_review_internal.h"

#include "audit/audit_log.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the decisions");
}

/* ---- names and sets ---- */

static size_t find_slot(const link_said *said, const shire_link_name *name) {
    size_t at = (size_t)shire_link_name_hash(name) & (said->slot_count - 1);
    while (said->slots[at] != 0 &&
           shire_link_name_compare(&said->names[said->slots[at] - 1], name) != 0) {
        at = (at + 1) & (said->slot_count - 1);
    }
    return at;
}

static bool grow_names(link_said *said) {
    size_t capacity = said->name_capacity * 2 + 64;
    size_t slot_count = 128;
    while (slot_count < capacity * 2) {
        slot_count *= 2;
    }
    shire_link_name *names = shire_arena_alloc_array(said->arena, capacity, sizeof *names);
    uint32_t *parents = shire_arena_alloc_array(said->arena, capacity, sizeof *parents);
    uint32_t *slots = shire_arena_alloc_array(said->arena, slot_count, sizeof *slots);
    if (names == NULL || parents == NULL || slots == NULL) {
        return false;
    }
    if (said->name_count > 0) {
        memcpy(names, said->names, said->name_count * sizeof *names);
        memcpy(parents, said->parents, said->name_count * sizeof *parents);
    }
    said->names = names;
    said->parents = parents;
    said->slots = slots;
    said->slot_count = slot_count;
    said->name_capacity = capacity;
    for (size_t i = 0; i < said->name_count; i++) {
        said->slots[find_slot(said, &said->names[i])] = (uint32_t)i + 1;
    }
    return true;
}

static bool intern(link_said *said, const shire_link_name *name, uint32_t *id_out) {
    if (said->name_count == said->name_capacity && !grow_names(said)) {
        return false;
    }
    size_t slot = find_slot(said, name);
    if (said->slots[slot] == 0) {
        said->names[said->name_count] = *name;
        said->parents[said->name_count] = (uint32_t)said->name_count;
        said->slots[slot] = (uint32_t)++said->name_count;
    }
    *id_out = said->slots[slot] - 1;
    return true;
}

static uint32_t root_of(link_said *said, uint32_t id) {
    while (said->parents[id] != id) {
        said->parents[id] = said->parents[said->parents[id]];
        id = said->parents[id];
    }
    return id;
}

static void tie(link_said *said, const link_said_pair *pair) {
    if (pair->is_same) {
        said->parents[root_of(said, pair->a)] = root_of(said, pair->b);
    }
}

static bool add_pair(link_said *said, link_said_pair pair) {
    if (said->pair_count == said->pair_capacity) {
        size_t capacity = said->pair_capacity * 2 + 64;
        link_said_pair *pairs = shire_arena_alloc_array(said->arena, capacity, sizeof *pairs);
        if (pairs == NULL) {
            return false;
        }
        if (said->pair_count > 0) {
            memcpy(pairs, said->pairs, said->pair_count * sizeof *pairs);
        }
        said->pairs = pairs;
        said->pair_capacity = capacity;
    }
    said->pairs[said->pair_count++] = pair;
    tie(said, &pair);
    return true;
}

void link_said_forget(link_said *said, const shire_link_name *a, const shire_link_name *b) {
    size_t kept = 0;
    for (size_t i = 0; i < said->pair_count; i++) {
        const shire_link_name *x = &said->names[said->pairs[i].a];
        const shire_link_name *y = &said->names[said->pairs[i].b];
        bool is_it = (shire_link_name_compare(x, a) == 0 && shire_link_name_compare(y, b) == 0) ||
                     (shire_link_name_compare(x, b) == 0 && shire_link_name_compare(y, a) == 0);
        if (!is_it || said->pairs[i].is_of_change) {
            said->pairs[kept++] = said->pairs[i];
        }
    }
    if (kept == said->pair_count) {
        return;
    }
    said->pair_count = kept;
    for (size_t i = 0; i < said->name_count; i++) {
        said->parents[i] = (uint32_t)i;
    }
    for (size_t i = 0; i < kept; i++) {
        tie(said, &said->pairs[i]);
    }
}

/* ---- contradictions ---- */

/* A decision that ties a record of the set of `root`, the latest; 0 when there is none. */
static int64_t tying_decision(link_said *said, uint32_t root) {
    int64_t latest = 0;
    for (size_t i = 0; i < said->pair_count; i++) {
        if (said->pairs[i].is_same && root_of(said, said->pairs[i].a) == root &&
            said->pairs[i].decision_no > latest) {
            latest = said->pairs[i].decision_no;
        }
    }
    return latest;
}

shire_status link_said_add(link_said *said, const shire_link_name *a, const shire_link_name *b,
                           bool is_same, int64_t decision_no, const char *what,
                           shire_error *error) {
    uint32_t x = 0;
    uint32_t y = 0;
    if (!intern(said, a, &x) || !intern(said, b, &y)) {
        return no_memory(error);
    }
    uint32_t x_root = root_of(said, x);
    uint32_t y_root = root_of(said, y);
    if (!is_same && x_root == y_root) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s contradicts decision %lld, by which the two records are the same "
                          "person, be it by way of others; undo that one first",
                          what, (long long)tying_decision(said, x_root));
    }
    for (size_t i = 0; is_same && x_root != y_root && i < said->pair_count; i++) {
        const link_said_pair *pair = &said->pairs[i];
        uint32_t first = root_of(said, pair->a);
        uint32_t second = root_of(said, pair->b);
        if (!pair->is_same &&
            ((first == x_root && second == y_root) || (first == y_root && second == x_root))) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "%s contradicts decision %lld, by which the two records are "
                              "different persons, be it by way of others; undo that one first",
                              what, (long long)pair->decision_no);
        }
    }
    return add_pair(said, (link_said_pair){x, y, is_same, false, decision_no}) ? SHIRE_OK
                                                                               : no_memory(error);
}

/* ---- reading ---- */

static bool add_read(link_said *said, const shire_link_name *a, const shire_link_name *b,
                     bool is_same, const shire_link_decision *decision) {
    uint32_t x = 0;
    uint32_t y = 0;
    return intern(said, a, &x) && intern(said, b, &y) &&
           (x == y || add_pair(said, (link_said_pair){x, y, is_same, decision->change_no != 0,
                                                      decision->decision_no}));
}

static shire_status read_undone(link_said *said, shire_store *store,
                                const shire_link_decision *decision, shire_error *error) {
    shire_link_change_records change = {0};
    shire_status status =
        shire_link_change_records_read(store, decision->change_no, said->arena, &change, error);
    bool is_done = true;
    for (size_t i = 0; status == SHIRE_OK && i < change.counts[SHIRE_LINK_SIDE_MOVED]; i++) {
        const shire_link_name *moved = &change.names[SHIRE_LINK_SIDE_MOVED][i];
        if (change.counts[SHIRE_LINK_SIDE_FROM] > 0) {
            is_done = is_done &&
                      add_read(said, moved, &change.names[SHIRE_LINK_SIDE_FROM][0], true, decision);
        }
        for (size_t j = 0; is_done && j < change.counts[SHIRE_LINK_SIDE_TO]; j++) {
            is_done = add_read(said, moved, &change.names[SHIRE_LINK_SIDE_TO][j], false, decision);
        }
    }
    return status == SHIRE_OK && !is_done ? no_memory(error) : status;
}

shire_status link_said_read(shire_store *store, shire_arena *arena, link_said *said_out,
                            shire_error *error) {
    shire_link_decisions decisions = {0};
    *said_out = (link_said){.arena = arena};
    shire_status status = shire_link_decisions_read(store, arena, &decisions, error);
    for (size_t i = 0; status == SHIRE_OK && i < decisions.count; i++) {
        const shire_link_decision *decision = &decisions.items[i];
        bool is_pair = decision->verdict == SHIRE_LINK_VERDICT_SAME ||
                       decision->verdict == SHIRE_LINK_VERDICT_DIFFERENT;
        if (decision->holds && decision->verdict == SHIRE_LINK_VERDICT_UNDO) {
            status = read_undone(said_out, store, decision, error);
        } else if (decision->holds && is_pair &&
                   !add_read(said_out, &decision->a, &decision->b,
                             decision->verdict == SHIRE_LINK_VERDICT_SAME, decision)) {
            status = no_memory(error);
        }
    }
    return status;
}

/* ---- writing ---- */

shire_status link_check_signature(const char *who, const char *why, shire_error *error) {
    if (who == NULL || shire_span_trim(shire_span_of(who)).length == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a decision needs who made it; give --who");
    }
    if (why == NULL || shire_span_trim(shire_span_of(why)).length == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a decision needs its reason; give --why");
    }
    return SHIRE_OK;
}

static void append_name(shire_builder *text, const shire_link_name *name) {
    const shire_span parts[3] = {name->organisation, name->source, name->local_id};
    for (size_t i = 0; i < 3; i++) {
        shire_builder_append_text(text, i == 0 ? "" : "/");
        shire_builder_append(text, parts[i]);
    }
}

/* What the audit log says of a decision; signed with the log's next checkpoint. */
static shire_status write_audit(shire_store *store, const shire_link_decision *decision,
                                shire_error *error) {
    shire_builder subject = {0};
    shire_builder detail = {0};
    shire_builder_append_format(&detail, "decision %" PRId64 ": %s", decision->decision_no,
                                shire_link_verdict_names[decision->verdict]);
    if (decision->change_no != 0) {
        shire_builder_append_format(&subject, "change %" PRId64, decision->change_no);
    } else {
        append_name(&subject, &decision->a);
        shire_builder_append_text(&detail, ", with ");
        append_name(&detail, &decision->b);
    }
    shire_audit_entry entry = {.kind = "decision",
                               .actor = decision->who,
                               .purpose = decision->why,
                               .subject = subject.bytes,
                               .detail = detail.bytes};
    shire_status status = subject.failed || detail.failed
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the decisions")
                              : shire_audit_append(store, &entry, error);
    shire_builder_free(&subject);
    shire_builder_free(&detail);
    return status;
}

shire_status link_decision_insert(shire_store *store, shire_link_decision *decision,
                                  shire_error *error) {
    char made[32];
    shire_store_statement *statement = NULL;
    time_t now = time(NULL);
    struct tm parts;
    assert(gmtime_r(&now, &parts) != NULL);
    strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", &parts);
    shire_status status = shire_store_query_int64(
        store, "SELECT coalesce(max(decision_no), 0) + 1 FROM link_decision",
        &decision->decision_no, error);
    if (status == SHIRE_OK) {
        status = shire_store_prepare(
            store,
            "INSERT INTO link_decision (decision_no, made, who, why, verdict, change_no, "
            "a_organisation, a_source, a_local_id, b_organisation, b_source, b_local_id) VALUES "
            "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &statement, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_store_bind_int64(statement, 1, decision->decision_no);
    shire_store_bind_text(statement, 2, shire_span_of(made));
    shire_store_bind_text(statement, 3, shire_span_trim(shire_span_of(decision->who)));
    shire_store_bind_text(statement, 4, shire_span_trim(shire_span_of(decision->why)));
    shire_store_bind_text(statement, 5, shire_span_of(shire_link_verdict_names[decision->verdict]));
    if (decision->change_no != 0) {
        shire_store_bind_int64(statement, 6, decision->change_no);
    } else {
        shire_link_bind_name(statement, 7, &decision->a);
        shire_link_bind_name(statement, 10, &decision->b);
    }
    status = shire_store_run(statement, error);
    shire_store_finalize(statement);
    return status == SHIRE_OK ? write_audit(store, decision, error) : status;
}
