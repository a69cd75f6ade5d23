/*
 * What a run changed in the index, as tables of the warehouse: memberships that are new, and for
 * each two persons between whom records passed a change with its reason. The reason is looked for
 * among the pairs of the two sides: a decision or fact that forced it, else the strongest evidence.
 */
#include "link/link_index.h"
#include "link/link_sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tables_sql[] =
    "DROP TABLE IF EXISTS index_run; DROP TABLE IF EXISTS index_member;"
    "DROP TABLE IF EXISTS index_change; DROP TABLE IF EXISTS index_change_record;"
    "DROP TABLE IF EXISTS index_retired;"
    "CREATE TABLE index_run (run_no BIGINT, state_before VARCHAR, state_after VARCHAR, "
    "record_count BIGINT, person_count BIGINT);"
    "CREATE TABLE index_member (organisation VARCHAR, source VARCHAR, local_id VARCHAR, person_id "
    "VARCHAR);"
    "CREATE TABLE index_change (change_no BIGINT, kind VARCHAR, from_person VARCHAR, to_person "
    "VARCHAR, reason VARCHAR, fact VARCHAR, decision_no BIGINT, weight VARCHAR, pair_a VARCHAR, "
    "pair_b VARCHAR);"
    "CREATE TABLE index_change_record (change_no BIGINT, place BIGINT, side VARCHAR, organisation "
    "VARCHAR, source VARCHAR, local_id VARCHAR);"
    "CREATE TABLE index_retired (person_id VARCHAR, into_person VARCHAR);"
    "CREATE TABLE IF NOT EXISTS finding (stage VARCHAR, severity VARCHAR, kind VARCHAR, file "
    "VARCHAR, line BIGINT, column_name VARCHAR, problem VARCHAR, remedy VARCHAR, row_count "
    "BIGINT)";

typedef struct transition {
    uint32_t from;
    uint32_t group;
    uint32_t record;
} transition;

typedef struct record_list {
    uint32_t *records;
    size_t count;
} record_list;

typedef struct writer {
    const shire_link_index *index;
    shire_link_judge *judge;
    shire_arena *arena;
    shire_link_sheet members;
    shire_link_sheet changes;
    shire_link_sheet change_records;
    shire_link_sheet retired;
    shire_link_sheet findings;
    uint64_t state;
    int64_t change_no;
} writer;

typedef struct reason {
    shire_link_cause cause;
    int64_t decision_no;
    float weight; /* of EVIDENCE */
    uint32_t a;
    uint32_t b;
    bool has_pair;
} reason;

static void add_to_state(writer *w, shire_span text) {
    w->state = shire_text_hash(text, w->state);
}

static void sheet_name(shire_link_sheet *sheet, const shire_link_name *name) {
    shire_link_sheet_text(sheet, name->organisation);
    shire_link_sheet_text(sheet, name->source);
    shire_link_sheet_text(sheet, name->local_id);
}

static void sheet_id(shire_link_sheet *sheet, uint64_t id) {
    char text[SHIRE_LINK_ID_BYTES];
    shire_link_id_format(id, text);
    shire_link_sheet_text(sheet, shire_span_of(text));
}

/* ---- memberships ---- */

static void write_members(writer *w) {
    const shire_link_index *index = w->index;
    for (size_t record = 0; record < index->record_count; record++) {
        uint32_t last = index->last[record];
        uint64_t id = index->ids[index->groups[record]];
        if (last != SHIRE_LINK_NOBODY && index->persons[last].id == id) {
            continue;
        }
        shire_link_name name = shire_link_names_get(index->names, record);
        sheet_name(&w->members, &name);
        sheet_id(&w->members, id);
        w->state = shire_text_hash((shire_span){(const char *)&id, sizeof id},
                                   w->state ^ shire_link_name_hash(&name));
    }
}

/* ---- reasons ---- */

/* Why two sides are one person: a decision between them, else their strongest pair. */
static reason find_together(writer *w, const record_list *x, const record_list *y) {
    reason found = {.weight = -INFINITY};
    for (size_t i = 0; i < x->count; i++) {
        for (size_t j = 0; j < y->count; j++) {
            int64_t decision_no = shire_link_judge_together(w->judge, x->records[i], y->records[j]);
            if (decision_no != 0) {
                return (reason){
                    SHIRE_LINK_CAUSE_DECISION, decision_no, 0, x->records[i], y->records[j], true};
            }
            float weight = shire_link_judge_weigh(w->judge, x->records[i], y->records[j]);
            if (weight > found.weight) {
                found = (reason){
                    SHIRE_LINK_CAUSE_EVIDENCE, 0, weight, x->records[i], y->records[j], true};
            }
        }
    }
    return found;
}

/* Why two sides are two persons: a fact or else a decision between them, else that even their
 * strongest pair was not enough. */
static reason find_apart(writer *w, const record_list *x, const record_list *y) {
    reason found = {.weight = -INFINITY};
    for (size_t i = 0; i < x->count; i++) {
        for (size_t j = 0; j < y->count; j++) {
            int64_t decision_no = 0;
            shire_link_cause cause =
                shire_link_judge_apart(w->judge, x->records[i], y->records[j], &decision_no);
            bool is_better = cause != SHIRE_LINK_CAUSE_EVIDENCE &&
                             (found.cause == SHIRE_LINK_CAUSE_EVIDENCE ||
                              (found.cause == SHIRE_LINK_CAUSE_DECISION && cause != found.cause));
            float weight = found.cause != SHIRE_LINK_CAUSE_EVIDENCE || is_better
                               ? 0
                               : shire_link_judge_weigh(w->judge, x->records[i], y->records[j]);
            if (is_better || (found.cause == SHIRE_LINK_CAUSE_EVIDENCE && weight > found.weight)) {
                found = (reason){cause, decision_no, weight, x->records[i], y->records[j], true};
            }
        }
    }
    return found;
}

/* ---- changes ---- */

static uint32_t person_of_old(const shire_link_index *index, size_t record) {
    return shire_link_index_follow(index, index->last[record]);
}

/* Members of `group` that were with `person` before, or those that were not. */
static record_list list_members(writer *w, uint32_t group, uint32_t person, bool were_with) {
    const shire_link_index *index = w->index;
    record_list list = {0};
    if (group == SHIRE_LINK_NOBODY) {
        return list;
    }
    uint32_t first = index->member_starts[group];
    uint32_t last = index->member_starts[group + 1];
    list.records = shire_arena_alloc_array(w->arena, last - first, sizeof(uint32_t));
    for (uint32_t i = first; list.records != NULL && i < last; i++) {
        if ((person_of_old(index, index->members[i]) == person) == were_with) {
            list.records[list.count++] = index->members[i];
        }
    }
    return list;
}

static void write_side(writer *w, shire_link_side side, const record_list *list, int64_t *place) {
    for (size_t i = 0; i < list->count; i++) {
        shire_link_name name = shire_link_names_get(w->index->names, list->records[i]);
        shire_link_sheet_int64(&w->change_records, w->change_no);
        shire_link_sheet_int64(&w->change_records, (*place)++);
        shire_link_sheet_text(&w->change_records, shire_span_of(shire_link_side_names[side]));
        sheet_name(&w->change_records, &name);
    }
}

static void write_pair_name(writer *w, uint32_t record) {
    shire_link_name name = shire_link_names_get(w->index->names, record);
    const char *text = shire_link_name_format(&name, w->arena);
    shire_link_sheet_text(&w->changes, shire_span_of(text == NULL ? "" : text));
    w->changes.failed |= text == NULL;
}

static void write_reason(writer *w, const reason *why) {
    const char *fact = shire_link_fact_names[why->cause];
    bool is_decision = why->cause == SHIRE_LINK_CAUSE_DECISION;
    shire_link_sheet_text(&w->changes, shire_span_of(fact != NULL  ? "fact"
                                                     : is_decision ? "decision"
                                                                   : "evidence"));
    if (fact == NULL) {
        shire_link_sheet_null(&w->changes);
    } else {
        shire_link_sheet_text(&w->changes, shire_span_of(fact));
    }
    if (is_decision) {
        shire_link_sheet_int64(&w->changes, why->decision_no);
    } else {
        shire_link_sheet_null(&w->changes);
    }
    if (why->cause == SHIRE_LINK_CAUSE_EVIDENCE && why->has_pair) {
        char weight[40];
        snprintf(weight, sizeof weight, "%.1f", why->weight == 0 ? 0.0 : (double)why->weight);
        shire_link_sheet_text(&w->changes, shire_span_of(weight));
    } else {
        shire_link_sheet_null(&w->changes);
    }
    if (why->has_pair) {
        write_pair_name(w, why->a);
        write_pair_name(w, why->b);
    } else {
        shire_link_sheet_null(&w->changes);
        shire_link_sheet_null(&w->changes);
    }
}

/* The records of transitions[0 .. count) went from one person to one group. */
static void write_change(writer *w, const transition *transitions, size_t count) {
    const shire_link_index *index = w->index;
    uint32_t from = transitions[0].from;
    uint32_t group = transitions[0].group;
    uint32_t to = index->group_persons[group];
    bool is_new = to == SHIRE_LINK_NOBODY || index->persons[to].is_retired;
    bool is_gone = index->person_groups[from] == SHIRE_LINK_NOBODY;
    const char *kind = is_new ? "split" : is_gone ? "join" : "move";
    record_list moved = list_members(w, group, from, true);
    record_list stayed = list_members(w, index->person_groups[from], from, true);
    record_list there = list_members(w, group, from, false);
    reason why = is_new && stayed.count > 0 ? find_apart(w, &moved, &stayed)
                                            : find_together(w, &moved, &there);
    int64_t place = 0;
    w->change_no++;
    shire_link_sheet_int64(&w->changes, w->change_no);
    shire_link_sheet_text(&w->changes, shire_span_of(kind));
    sheet_id(&w->changes, index->persons[from].id);
    sheet_id(&w->changes, index->ids[group]);
    write_reason(w, &why);
    write_side(w, SHIRE_LINK_SIDE_MOVED, &moved, &place);
    write_side(w, SHIRE_LINK_SIDE_FROM, &stayed, &place);
    write_side(w, SHIRE_LINK_SIDE_TO, &there, &place);
    w->changes.failed |= moved.count != count; /* a list had no memory */
    add_to_state(w, shire_span_of(kind));
}

static int compare_transitions(const void *x, const void *y) {
    const transition *a = x;
    const transition *b = y;
    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    return (a->record > b->record) - (a->record < b->record);
}

static shire_status write_changes(writer *w, shire_error *error) {
    const shire_link_index *index = w->index;
    transition *all = shire_arena_alloc_array(w->arena, index->record_count + 1, sizeof *all);
    size_t count = 0;
    if (all == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the changes of the index");
    }
    for (size_t record = 0; record < index->record_count; record++) {
        uint32_t from = person_of_old(index, record);
        uint32_t group = index->groups[record];
        if (from != SHIRE_LINK_NOBODY && from != index->group_persons[group]) {
            all[count++] = (transition){from, group, (uint32_t)record};
        }
    }
    if (count > 1) {
        qsort(all, count, sizeof *all, compare_transitions);
    }
    for (size_t first = 0; first < count;) {
        /* All that left one person, in runs by where they went. */
        uint32_t from = all[first].from;
        uint32_t into = 0;
        size_t into_count = 0;
        while (first < count && all[first].from == from) {
            size_t last = first;
            while (last < count && all[last].from == from && all[last].group == all[first].group) {
                last++;
            }
            write_change(w, &all[first], last - first);
            if (last - first > into_count) {
                into_count = last - first;
                into = all[first].group;
            }
            first = last;
        }
        if (index->person_groups[from] == SHIRE_LINK_NOBODY) {
            sheet_id(&w->retired, index->persons[from].id);
            sheet_id(&w->retired, index->ids[into]);
        }
    }
    return SHIRE_OK;
}

/* ---- decisions that facts forbid, or whose records are away ---- */

static const char *say_why_not(writer *w, const shire_link_told *told) {
    int64_t other = 0;
    switch (shire_link_judge_apart(w->judge, told->a, told->b, &other)) {
    case SHIRE_LINK_CAUSE_NHS_NUMBER:
        return "its two records have different valid NHS numbers";
    case SHIRE_LINK_CAUSE_EVENT:
        return "one event names both of its records";
    case SHIRE_LINK_CAUSE_DEATH:
        return "one of its records died before the other was seen";
    case SHIRE_LINK_CAUSE_DECISION:
        return "another decision keeps its two records apart";
    default:
        return "facts or decisions about other records of the two persons keep them apart";
    }
}

static void write_finding(writer *w, const char *kind, const char *problem, const char *remedy) {
    shire_link_sheet_text(&w->findings, shire_span_of("link"));
    shire_link_sheet_text(&w->findings, shire_span_of("warning"));
    shire_link_sheet_text(&w->findings, shire_span_of(kind));
    shire_link_sheet_null(&w->findings);
    shire_link_sheet_null(&w->findings);
    shire_link_sheet_null(&w->findings);
    shire_link_sheet_text(&w->findings, shire_span_of(problem == NULL ? "" : problem));
    shire_link_sheet_text(&w->findings, shire_span_of(remedy));
    shire_link_sheet_int64(&w->findings, 1);
    w->findings.failed |= problem == NULL;
}

static void write_broken_decisions(writer *w) {
    const shire_link_facts *facts = w->judge->facts;
    int64_t told_of = 0;
    for (size_t i = 0; i < facts->told_count; i++) {
        const shire_link_told *told = &facts->told[i];
        if (!told->is_same || told->decision_no == told_of ||
            w->index->groups[told->a] == w->index->groups[told->b]) {
            continue;
        }
        told_of = told->decision_no;
        write_finding(w, "decision_not_kept",
                      shire_arena_format(w->arena, "decision %lld (same) is not kept: %s",
                                         (long long)told->decision_no, say_why_not(w, told)),
                      "correct the data at the source, or undo the decision");
    }
    for (size_t i = 0; i < w->index->decisions.count; i++) {
        const shire_link_decision *decision = &w->index->decisions.items[i];
        if (decision->holds && decision->change_no == 0 &&
            decision->verdict != SHIRE_LINK_VERDICT_UNSURE &&
            (shire_link_names_find(w->index->names, &decision->a) == SHIRE_LINK_NO_RECORD ||
             shire_link_names_find(w->index->names, &decision->b) == SHIRE_LINK_NO_RECORD)) {
            write_finding(w, "decision_without_record",
                          shire_arena_format(w->arena,
                                             "decision %lld is about a record that is not in the "
                                             "extracts",
                                             (long long)decision->decision_no),
                          "nothing to do: it holds again when the record comes back");
        }
    }
}

/* ---- the tables ---- */

static shire_status write_run(const writer *w, shire_table *warehouse, shire_error *error) {
    const shire_link_index *index = w->index;
    bool is_changed = w->members.row_count > 0;
    char after[17];
    snprintf(after, sizeof after, "%016llx", (unsigned long long)w->state);
    shire_link_sheet run = shire_link_sheet_new("ittii");
    shire_link_sheet_int64(&run, index->run_no + is_changed);
    shire_link_sheet_text(&run, shire_span_of(index->state));
    shire_link_sheet_text(&run, shire_span_of(is_changed ? after : index->state));
    shire_link_sheet_int64(&run, (int64_t)index->record_count);
    shire_link_sheet_int64(&run, (int64_t)index->group_count);
    shire_status status = shire_link_sheet_append(&run, warehouse, "index_run", error);
    shire_link_sheet_done(&run);
    return status;
}

shire_status shire_link_index_write(const shire_link_index *index, shire_link_judge *judge,
                                    shire_table *warehouse, shire_arena *arena,
                                    shire_error *error) {
    writer w = {.index = index,
                .judge = judge,
                .arena = arena,
                .members = shire_link_sheet_new("tttt"),
                .changes = shire_link_sheet_new("itttttittt"),
                .change_records = shire_link_sheet_new("iitttt"),
                .retired = shire_link_sheet_new("tt"),
                .findings = shire_link_sheet_new("ttttittti"),
                .change_no = index->change_no};
    w.state = shire_text_hash(shire_span_of(index->state), 1);
    write_members(&w);
    shire_status status = write_changes(&w, error);
    if (status == SHIRE_OK) {
        write_broken_decisions(&w);
        status = shire_table_execute(warehouse, tables_sql, error);
    }
    const struct {
        const shire_link_sheet *sheet;
        const char *table;
    } sheets[] = {{&w.members, "index_member"},
                  {&w.changes, "index_change"},
                  {&w.change_records, "index_change_record"},
                  {&w.retired, "index_retired"},
                  {&w.findings, "finding"}};
    for (size_t i = 0; i < sizeof sheets / sizeof sheets[0] && status == SHIRE_OK; i++) {
        status = shire_link_sheet_append(sheets[i].sheet, warehouse, sheets[i].table, error);
    }
    if (status == SHIRE_OK) {
        status = write_run(&w, warehouse, error);
    }
    shire_link_sheet_done(&w.members);
    shire_link_sheet_done(&w.changes);
    shire_link_sheet_done(&w.change_records);
    shire_link_sheet_done(&w.retired);
    shire_link_sheet_done(&w.findings);
    return status;
}
