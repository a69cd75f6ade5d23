/*
 * The last membership is read row by row and put to the records of this run by their names; then
 * the groups' votes are counted and the kernel gives each group its person.
 */
#include "link/link_index.h"

#include "io/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the person index");
}

void shire_link_id_format(uint64_t id, char text_out[SHIRE_LINK_ID_BYTES]) {
    snprintf(text_out, SHIRE_LINK_ID_BYTES, "P%016" PRIx64, id);
}

bool shire_link_id_parse(shire_span text, uint64_t *id_out) {
    uint64_t id = 0;
    if (text.length != SHIRE_LINK_ID_BYTES - 1 || text.bytes[0] != 'P') {
        return false;
    }
    for (size_t i = 1; i < text.length; i++) {
        char c = text.bytes[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (c < 'a' || c > 'f')) {
            return false;
        }
        id = id << 4 | (uint64_t)(is_digit ? c - '0' : c - 'a' + 10);
    }
    *id_out = id;
    return true;
}

/* ---- persons of old ---- */

static size_t find_slot(const shire_link_index *index, uint64_t id) {
    size_t at = (size_t)(id * UINT64_C(0x9E3779B97F4A7C15) >> 20) & index->person_mask;
    while (index->person_slots[at] != 0 && index->persons[index->person_slots[at] - 1].id != id) {
        at = (at + 1) & index->person_mask;
    }
    return at;
}

static uint32_t find_person(const shire_link_index *index, uint64_t id) {
    uint32_t found = index->person_slots == NULL ? 0 : index->person_slots[find_slot(index, id)];
    return found == 0 ? SHIRE_LINK_NOBODY : found - 1;
}

uint32_t shire_link_index_follow(const shire_link_index *index, uint32_t person) {
    /* A chain is never longer than there are persons; a store that says otherwise is not followed.
     */
    for (size_t steps = 0; person != SHIRE_LINK_NOBODY && index->persons[person].is_retired;
         steps++) {
        person = steps > index->person_count ? SHIRE_LINK_NOBODY
                                             : find_person(index, index->persons[person].into_id);
    }
    return person;
}

static shire_status read_persons(shire_link_index *index, shire_arena *arena, shire_error *error) {
    shire_store_statement *statement = NULL;
    int64_t count = 0;
    bool has_row = true;
    shire_status status =
        shire_store_query_int64(index->store, "SELECT count(*) FROM index_person", &count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t capacity = 16;
    while (capacity < (size_t)count * 2) {
        capacity *= 2;
    }
    index->persons = shire_arena_alloc_array(arena, (size_t)count, sizeof *index->persons);
    index->person_slots = shire_arena_alloc_array(arena, capacity, sizeof(uint32_t));
    index->person_mask = capacity - 1;
    if (index->persons == NULL || index->person_slots == NULL) {
        return no_memory(error);
    }
    status = shire_store_prepare(index->store,
                                 "SELECT person_id, made_run, retired_run, retired_into FROM "
                                 "index_person ORDER BY made_run, person_id",
                                 &statement, error);
    while (status == SHIRE_OK && has_row) {
        shire_link_index_person person = {0};
        status = shire_store_step(statement, &has_row, error);
        if (status != SHIRE_OK || !has_row || index->person_count == (size_t)count) {
            break;
        }
        person.made_run = shire_store_column_int64(statement, 1);
        person.is_retired = !shire_store_column_is_null(statement, 2);
        if (!shire_link_id_parse(shire_store_column_text(statement, 0), &person.id) ||
            (person.is_retired &&
             !shire_link_id_parse(shire_store_column_text(statement, 3), &person.into_id))) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "the store holds a person id that is none: it is damaged; put a "
                                "backup of it in its place");
            break;
        }
        index->persons[index->person_count] = person;
        index->person_slots[find_slot(index, person.id)] = (uint32_t)++index->person_count;
    }
    shire_store_finalize(statement);
    return status;
}

static shire_status read_members(shire_link_index *index, shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = true;
    shire_status status = shire_store_prepare(
        index->store, "SELECT organisation, source, local_id, person_id FROM index_member",
        &statement, error);
    while (status == SHIRE_OK && has_row) {
        uint64_t id = 0;
        status = shire_store_step(statement, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        shire_link_name name = {shire_store_column_text(statement, 0),
                                shire_store_column_text(statement, 1),
                                shire_store_column_text(statement, 2)};
        uint32_t record = shire_link_names_find(index->names, &name);
        if (record != SHIRE_LINK_NO_RECORD &&
            shire_link_id_parse(shire_store_column_text(statement, 3), &id)) {
            index->last[record] = find_person(index, id);
        }
    }
    shire_store_finalize(statement);
    return status;
}

/* ---- changes that were undone ---- */

static shire_status read_undone(shire_link_index *index, const shire_link_decision *decision,
                                shire_arena *arena, shire_error *error) {
    shire_store_statement *statement = NULL;
    shire_link_change_records records = {0};
    bool has_row = false;
    uint64_t from = 0;
    uint64_t to = 0;
    shire_status status = shire_store_prepare(
        index->store, "SELECT from_person, to_person FROM index_change WHERE change_no = $1",
        &statement, error);
    if (status == SHIRE_OK) {
        shire_store_bind_int64(statement, 1, decision->change_no);
        status = shire_store_step(statement, &has_row, error);
    }
    bool is_good = status == SHIRE_OK && has_row &&
                   shire_link_id_parse(shire_store_column_text(statement, 0), &from) &&
                   shire_link_id_parse(shire_store_column_text(statement, 1), &to);
    shire_store_finalize(statement);
    if (!is_good) {
        return status;
    }
    status =
        shire_link_change_records_read(index->store, decision->change_no, arena, &records, error);
    size_t count = records.counts[SHIRE_LINK_SIDE_MOVED];
    shire_link_index_undone *undones =
        shire_arena_alloc_array(arena, index->undone_count + count, sizeof *undones);
    if (status != SHIRE_OK || undones == NULL) {
        return status != SHIRE_OK ? status : no_memory(error);
    }
    if (index->undone_count > 0) {
        memcpy(undones, index->undones, index->undone_count * sizeof *undones);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t record =
            shire_link_names_find(index->names, &records.names[SHIRE_LINK_SIDE_MOVED][i]);
        if (record != SHIRE_LINK_NO_RECORD) {
            undones[index->undone_count++] =
                (shire_link_index_undone){record, find_person(index, from), find_person(index, to)};
        }
    }
    index->undones = undones;
    return SHIRE_OK;
}

static int compare_undones(const void *x, const void *y) {
    uint32_t a = ((const shire_link_index_undone *)x)->record;
    uint32_t b = ((const shire_link_index_undone *)y)->record;
    return (a > b) - (a < b);
}

/* ---- reading ---- */

static shire_status read_state(shire_link_index *index, shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = false;
    shire_status status = shire_store_prepare(
        index->store,
        "SELECT run_no, state, (SELECT max(change_no) FROM index_change) FROM index_run ORDER BY "
        "run_no DESC LIMIT 1",
        &statement, error);
    if (status == SHIRE_OK) {
        status = shire_store_step(statement, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        shire_span state = shire_store_column_text(statement, 1);
        index->run_no = shire_store_column_int64(statement, 0);
        index->change_no = shire_store_column_int64(statement, 2);
        snprintf(index->state, sizeof index->state, "%.*s", (int)state.length, state.bytes);
    }
    shire_store_finalize(statement);
    return status;
}

shire_status shire_link_index_read(const shire_partnership *partnership,
                                   const shire_link_names *names, shire_arena *arena,
                                   shire_link_index *index_out, shire_error *error) {
    shire_link_index *index = index_out;
    size_t record_count = names->records->row_count;
    const char *path = shire_partnership_store(partnership, arena);
    *index = (shire_link_index){.names = names, .record_count = record_count};
    index->last = shire_arena_alloc_array(arena, record_count + 1, sizeof(uint32_t));
    if (path == NULL || index->last == NULL) {
        return no_memory(error);
    }
    for (size_t record = 0; record < record_count; record++) {
        index->last[record] = SHIRE_LINK_NOBODY;
    }
    bool exists = false;
    shire_status status = shire_store_exists(path, &exists, error);
    if (status != SHIRE_OK || !exists) {
        return status;
    }
    status = shire_store_open(path, SHIRE_STORE_WRITE, &index->store, error);
    if (status == SHIRE_OK) {
        status = read_state(index, error);
    }
    if (status == SHIRE_OK) {
        status = read_persons(index, arena, error);
    }
    if (status == SHIRE_OK) {
        status = read_members(index, error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_decisions_read(index->store, arena, &index->decisions, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < index->decisions.count; i++) {
        const shire_link_decision *decision = &index->decisions.items[i];
        if (decision->holds && decision->verdict == SHIRE_LINK_VERDICT_UNDO) {
            status = read_undone(index, decision, arena, error);
        }
    }
    if (index->undone_count > 1) {
        qsort(index->undones, index->undone_count, sizeof *index->undones, compare_undones);
    }
    return status;
}

void shire_link_index_done(shire_link_index *index) {
    shire_store_close(index->store);
    index->store = NULL;
}

/* ---- assigning ---- */

/* The person that a record speaks for: its last one, where that went, or where an undone change
 * took it from. */
static uint32_t person_voted(const shire_link_index *index, size_t record) {
    uint32_t last = index->last[record];
    size_t low = 0;
    size_t high = index->undone_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->undones[middle].record < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < index->undone_count && index->undones[low].record == record; low++) {
        if (index->undones[low].to_person == last) {
            return index->undones[low].from_person;
        }
    }
    return shire_link_index_follow(index, last);
}

static bool gather_members(shire_link_index *index, shire_arena *arena) {
    uint32_t *starts = shire_arena_alloc_array(arena, index->group_count + 2, sizeof *starts);
    index->members = shire_arena_alloc_array(arena, index->record_count + 1, sizeof(uint32_t));
    index->member_starts = starts;
    if (starts == NULL || index->members == NULL) {
        return false;
    }
    for (size_t record = 0; record < index->record_count; record++) {
        starts[index->groups[record] + 2]++;
    }
    for (size_t group = 2; group < index->group_count + 2; group++) {
        starts[group] += starts[group - 1];
    }
    for (size_t record = 0; record < index->record_count; record++) {
        index->members[starts[index->groups[record] + 1]++] = (uint32_t)record;
    }
    return true;
}

/* The name that a group's new id is made from. */
static shire_link_name smallest_name(const shire_link_index *index, size_t group) {
    shire_link_name smallest =
        shire_link_names_get(index->names, index->members[index->member_starts[group]]);
    for (uint32_t i = index->member_starts[group] + 1; i < index->member_starts[group + 1]; i++) {
        shire_link_name name = shire_link_names_get(index->names, index->members[i]);
        if (shire_link_name_compare(&name, &smallest) < 0) {
            smallest = name;
        }
    }
    return smallest;
}

/* How often each group's records name each person. `seen` is by person: its vote in this group. */
static size_t count_votes(const shire_link_index *index, shire_link_vote *votes, size_t *seen) {
    size_t count = 0;
    for (size_t group = 0; group < index->group_count; group++) {
        size_t first = count;
        for (uint32_t i = index->member_starts[group]; i < index->member_starts[group + 1]; i++) {
            uint32_t person = person_voted(index, index->members[i]);
            if (person == SHIRE_LINK_NOBODY) {
                continue;
            }
            if (seen[person] < first || seen[person] >= count ||
                votes[seen[person]].person != person) {
                seen[person] = count;
                votes[count++] = (shire_link_vote){(uint32_t)group, person, 0};
            }
            votes[seen[person]].count++;
        }
    }
    return count;
}

static int compare_ids(const void *x, const void *y) {
    uint64_t a = *(const uint64_t *)x;
    uint64_t b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* Ids for the groups that have none of old: never one that was anybody's before. */
static shire_status make_ids(shire_link_index *index, const uint64_t *keys, shire_arena *arena,
                             shire_error *error) {
    uint64_t *made = shire_arena_alloc_array(arena, index->group_count + 1, sizeof *made);
    if (made == NULL) {
        return no_memory(error);
    }
    size_t made_count = 0;
    for (size_t group = 0; group < index->group_count; group++) {
        uint32_t person = index->group_persons[group];
        if (person != SHIRE_LINK_NOBODY) {
            index->ids[group] = index->persons[person].id;
            continue;
        }
        uint64_t id = keys[group];
        while (find_person(index, id) != SHIRE_LINK_NOBODY) {
            shire_link_name name = smallest_name(index, group);
            id = shire_text_hash(name.local_id, id);
        }
        index->ids[group] = id;
        made[made_count++] = id;
    }
    /* Two new ones alike are a coincidence of 64 bits: say so rather than mix two people. */
    if (made_count > 1) {
        qsort(made, made_count, sizeof *made, compare_ids);
    }
    for (size_t i = 1; i < made_count; i++) {
        if (made[i] == made[i - 1]) {
            return SHIRE_FAIL(error, SHIRE_INTERNAL,
                              "two new persons would get one id; change a local_id of one");
        }
    }
    return SHIRE_OK;
}

shire_status shire_link_index_assign(shire_link_index *index, const uint32_t *groups,
                                     size_t group_count, shire_arena *arena, shire_error *error) {
    index->groups = groups;
    index->group_count = group_count;
    index->ids = shire_arena_alloc_array(arena, group_count + 1, sizeof(uint64_t));
    index->group_persons = shire_arena_alloc_array(arena, group_count + 1, sizeof(uint32_t));
    index->person_groups =
        shire_arena_alloc_array(arena, index->person_count + 1, sizeof(uint32_t));
    uint64_t *keys = shire_arena_alloc_array(arena, group_count + 1, sizeof *keys);
    size_t *seen = shire_arena_alloc_array(arena, index->person_count + 1, sizeof *seen);
    shire_link_vote *votes = shire_arena_alloc_array(arena, index->record_count + 1, sizeof *votes);
    if (index->ids == NULL || index->group_persons == NULL || index->person_groups == NULL ||
        keys == NULL || seen == NULL || votes == NULL || !gather_members(index, arena)) {
        return no_memory(error);
    }
    for (size_t group = 0; group < group_count; group++) {
        shire_link_name name = smallest_name(index, group);
        keys[group] = shire_link_name_hash(&name);
    }
    size_t vote_count = count_votes(index, votes, seen);
    shire_link_index_assign_kernel(votes, vote_count, keys, group_count, index->person_count,
                                   index->group_persons, index->person_groups);
    return make_ids(index, keys, arena, error);
}
