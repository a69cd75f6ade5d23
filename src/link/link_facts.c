/*
 * Decisions become pairs of records: of an undone change, the records that it moved are kept from
 * those that they came to, and held together with those that they left. Facts are queries.
 */
#include "link/link_facts.h"

#include "link/link_records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const shire_link_fact_names[SHIRE_LINK_CAUSE_COUNT] = {NULL,    NULL,    "nhs_number",
                                                                   "event", "death", "source"};

/* ---- records by name ---- */

shire_link_name shire_link_names_get(const shire_link_names *names, size_t record) {
    const shire_column *columns = names->records->columns;
    return (shire_link_name){shire_column_text(&columns[SHIRE_LINK_RECORD_ORGANISATION], record),
                             shire_column_text(&columns[SHIRE_LINK_RECORD_SOURCE], record),
                             shire_column_text(&columns[SHIRE_LINK_RECORD_LOCAL_ID], record)};
}

static size_t find_slot(const shire_link_names *names, const shire_link_name *name) {
    size_t at = (size_t)shire_link_name_hash(name) & names->mask;
    while (names->slots[at] != 0) {
        shire_link_name there = shire_link_names_get(names, names->slots[at] - 1);
        if (shire_link_name_compare(&there, name) == 0) {
            break;
        }
        at = (at + 1) & names->mask;
    }
    return at;
}

bool shire_link_names_init(const shire_frame *records, shire_arena *arena,
                           shire_link_names *names_out) {
    size_t capacity = 16;
    while (capacity < records->row_count * 2) {
        capacity *= 2;
    }
    *names_out = (shire_link_names){
        records, shire_arena_alloc_array(arena, capacity, sizeof(uint32_t)), capacity - 1};
    for (size_t record = 0; names_out->slots != NULL && record < records->row_count; record++) {
        shire_link_name name = shire_link_names_get(names_out, record);
        names_out->slots[find_slot(names_out, &name)] = (uint32_t)record + 1;
    }
    return names_out->slots != NULL;
}

uint32_t shire_link_names_find(const shire_link_names *names, const shire_link_name *name) {
    uint32_t found = names->slots[find_slot(names, name)];
    return found == 0 ? SHIRE_LINK_NO_RECORD : found - 1;
}

/* ---- gathering ---- */

static bool tell(shire_link_facts *facts, uint32_t a, uint32_t b, bool is_same,
                 shire_link_cause cause, int64_t decision_no) {
    if (a == b || a == SHIRE_LINK_NO_RECORD || b == SHIRE_LINK_NO_RECORD) {
        return true;
    }
    if (facts->told_count == facts->told_capacity) {
        size_t capacity = facts->told_capacity * 2 + 64;
        shire_link_told *bigger = shire_memory_resize(facts->told, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return false;
        }
        facts->told = bigger;
        facts->told_capacity = capacity;
    }
    facts->told[facts->told_count++] =
        (shire_link_told){a < b ? a : b, a < b ? b : a, is_same, cause, decision_no};
    return true;
}

/* An undone change: what moved is kept from where it came to, and goes with what it left. */
static shire_status tell_undone(shire_link_facts *facts, shire_store *store,
                                const shire_link_decision *decision, const shire_link_names *names,
                                shire_arena *arena, shire_error *error) {
    shire_link_change_records change = {0};
    shire_status status =
        shire_link_change_records_read(store, decision->change_no, arena, &change, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const shire_link_name *moved = change.names[SHIRE_LINK_SIDE_MOVED];
    size_t moved_count = change.counts[SHIRE_LINK_SIDE_MOVED];
    uint32_t left = SHIRE_LINK_NO_RECORD;
    bool is_done = true;
    for (size_t i = 0; i < change.counts[SHIRE_LINK_SIDE_FROM] && left == SHIRE_LINK_NO_RECORD;
         i++) {
        left = shire_link_names_find(names, &change.names[SHIRE_LINK_SIDE_FROM][i]);
    }
    for (size_t i = 0; is_done && i < moved_count; i++) {
        uint32_t record = shire_link_names_find(names, &moved[i]);
        is_done = tell(facts, record, left, true, SHIRE_LINK_CAUSE_DECISION, decision->decision_no);
        for (size_t j = 0; is_done && j < change.counts[SHIRE_LINK_SIDE_TO]; j++) {
            uint32_t other = shire_link_names_find(names, &change.names[SHIRE_LINK_SIDE_TO][j]);
            is_done =
                tell(facts, record, other, false, SHIRE_LINK_CAUSE_DECISION, decision->decision_no);
        }
    }
    return is_done ? SHIRE_OK : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the decisions");
}

static shire_status tell_decisions(shire_link_facts *facts, shire_store *store,
                                   const shire_link_decisions *decisions,
                                   const shire_link_names *names, shire_arena *arena,
                                   shire_error *error) {
    for (size_t i = 0; i < decisions->count; i++) {
        const shire_link_decision *decision = &decisions->items[i];
        if (!decision->holds || decision->verdict == SHIRE_LINK_VERDICT_UNSURE) {
            continue;
        }
        if (decision->verdict == SHIRE_LINK_VERDICT_UNDO) {
            shire_status status = tell_undone(facts, store, decision, names, arena, error);
            if (status != SHIRE_OK) {
                return status;
            }
        } else if (!tell(facts, shire_link_names_find(names, &decision->a),
                         shire_link_names_find(names, &decision->b),
                         decision->verdict == SHIRE_LINK_VERDICT_SAME, SHIRE_LINK_CAUSE_DECISION,
                         decision->decision_no)) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the decisions");
        }
    }
    return SHIRE_OK;
}

/* Two records of one source that one event names. */
static const char events_sql[] =
    "SELECT DISTINCT e.record_no AS a, p.record_no AS b FROM event_also AS x JOIN event AS e ON "
    "e.organisation_no = x.organisation_no AND e.source = x.source AND e.event_id = x.event_id "
    "JOIN person_record AS p ON p.organisation_no = x.organisation_no AND p.source = x.source AND "
    "p.local_id = x.local_id WHERE e.record_no IS NOT NULL AND e.record_no <> p.record_no ORDER "
    "BY ALL";

static shire_status tell_events(shire_link_facts *facts, shire_table *warehouse, shire_arena *arena,
                                shire_error *error) {
    shire_frame pairs = {0};
    shire_status status = shire_table_query(warehouse, events_sql, arena, &pairs, error);
    for (size_t i = 0; status == SHIRE_OK && i < pairs.row_count; i++) {
        if (!tell(facts, (uint32_t)pairs.columns[0].int64[i], (uint32_t)pairs.columns[1].int64[i],
                  false, SHIRE_LINK_CAUSE_EVENT, 0)) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for facts about events");
        }
    }
    return status;
}

/* The days a death leaves room for; the last day seen, of records of which there are events. */
static const char ends_sql[] =
    "SELECT record_no, CASE WHEN month(death_date) = 1 AND day(death_date) = 1 THEN "
    "make_date(year(death_date), 12, 31) ELSE death_date END + %d AS ends FROM person_record "
    "WHERE death_date IS NOT NULL AND death_date < DATE '9000-01-01' ORDER BY record_no";
static const char seen_sql[] =
    "SELECT record_no, CAST(max(start) AS DATE) AS seen FROM event WHERE record_no IS NOT NULL AND "
    "start IS NOT NULL GROUP BY record_no ORDER BY record_no";

static shire_status find_ends(shire_link_facts *facts, shire_table *warehouse, size_t record_count,
                              shire_arena *arena, shire_error *error) {
    shire_frame deaths = {0};
    shire_frame events = {0};
    char *sql = shire_arena_format(arena, ends_sql, SHIRE_LINK_DEATH_DAYS);
    int32_t *ends = shire_arena_alloc_array(arena, record_count + 1, sizeof *ends);
    int32_t *seen = shire_arena_alloc_array(arena, record_count + 1, sizeof *seen);
    if (sql == NULL || ends == NULL || seen == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for deaths");
    }
    shire_status status = shire_table_query(warehouse, sql, arena, &deaths, error);
    if (status != SHIRE_OK || deaths.row_count == 0) {
        return status;
    }
    status = shire_table_query(warehouse, seen_sql, arena, &events, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t record = 0; record < record_count; record++) {
        ends[record] = INT32_MAX;
        seen[record] = INT32_MIN;
    }
    for (size_t i = 0; i < deaths.row_count; i++) {
        ends[deaths.columns[0].int64[i]] = deaths.columns[1].date[i];
    }
    for (size_t i = 0; i < events.row_count; i++) {
        int64_t record = events.columns[0].int64[i];
        seen[record] = events.columns[1].date[i];
        if (seen[record] > ends[record]) {
            ends[record] = INT32_MAX; /* who is wrong, the death or the event? */
        }
    }
    facts->constraints.ends = ends;
    facts->constraints.seen = seen;
    return SHIRE_OK;
}

static int compare_told(const void *x, const void *y) {
    const shire_link_told *a = x;
    const shire_link_told *b = y;
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    if (a->b != b->b) {
        return a->b < b->b ? -1 : 1;
    }
    if (a->is_same != b->is_same) {
        return a->is_same ? 1 : -1;
    }
    if (a->cause != b->cause) {
        return a->cause > b->cause ? -1 : 1; /* facts before decisions */
    }
    return (a->decision_no > b->decision_no) - (a->decision_no < b->decision_no);
}

static shire_status constrain(shire_link_facts *facts, size_t record_count, shire_arena *arena,
                              shire_error *error) {
    size_t count = facts->told_count;
    shire_link_pair *same = shire_arena_alloc_array(arena, count + 1, sizeof *same);
    shire_link_pair *different = shire_arena_alloc_array(arena, count + 1, sizeof *different);
    size_t same_count = 0;
    size_t different_count = 0;
    if (same == NULL || different == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the decisions");
    }
    if (count > 1) {
        qsort(facts->told, count, sizeof *facts->told, compare_told);
    }
    for (size_t i = 0; i < count; i++) {
        shire_link_pair pair = {facts->told[i].a, facts->told[i].b};
        if (facts->told[i].is_same) {
            same[same_count++] = pair;
        } else {
            different[different_count++] = pair;
        }
    }
    return shire_link_constraints_build(same, same_count, different, different_count, record_count,
                                        &facts->constraints, error);
}

shire_status shire_link_facts_gather(shire_table *warehouse, shire_store *store,
                                     const shire_link_decisions *decisions,
                                     const shire_link_names *names, shire_arena *arena,
                                     shire_link_facts *facts_out, shire_error *error) {
    size_t record_count = names->records->row_count;
    shire_status status = SHIRE_OK;
    if (store != NULL) {
        status = tell_decisions(facts_out, store, decisions, names, arena, error);
    }
    if (status == SHIRE_OK) {
        status = tell_events(facts_out, warehouse, arena, error);
    }
    if (status == SHIRE_OK) {
        status = constrain(facts_out, record_count, arena, error);
    }
    return status == SHIRE_OK ? find_ends(facts_out, warehouse, record_count, arena, error)
                              : status;
}

void shire_link_facts_done(shire_link_facts *facts) {
    shire_link_constraints_done(&facts->constraints);
    shire_memory_free(facts->told);
    *facts = (shire_link_facts){0};
}

/* ---- judging ---- */

shire_status shire_link_judge_init(const shire_link_dataset *dataset, const shire_link_facts *facts,
                                   const shire_link_model *model, const uint8_t *is_clean,
                                   shire_link_judge *judge_out, shire_error *error) {
    *judge_out = (shire_link_judge){.dataset = dataset,
                                    .facts = facts,
                                    .is_clean = is_clean,
                                    .number_field = -1,
                                    .has_model = model->field_count > 0};
    for (size_t field = 0; field < dataset->field_count; field++) {
        if (dataset->fields[field].role == SHIRE_LINK_ROLE_NHS_NUMBER) {
            judge_out->number_field = (int)field;
        }
    }
    if (!judge_out->has_model) {
        return SHIRE_OK;
    }
    judge_out->cache = shire_memory_resize(NULL, sizeof *judge_out->cache);
    if (judge_out->cache == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for weighing pairs");
    }
    memset(judge_out->cache, 0, sizeof *judge_out->cache);
    return shire_link_scorer_init(dataset, model, &judge_out->scorer, error);
}

void shire_link_judge_done(shire_link_judge *judge) {
    if (judge->has_model) {
        shire_link_scorer_done(&judge->scorer);
    }
    shire_memory_free(judge->cache);
    *judge = (shire_link_judge){0};
}

float shire_link_judge_weigh(shire_link_judge *judge, size_t a, size_t b) {
    return judge->has_model ? shire_link_score(&judge->scorer, a, b, -INFINITY, judge->cache) : 0;
}

/* The first that is told of the pair, or NULL. */
static const shire_link_told *find_told(const shire_link_facts *facts, size_t a, size_t b,
                                        bool is_same) {
    uint32_t first = (uint32_t)(a < b ? a : b);
    uint32_t second = (uint32_t)(a < b ? b : a);
    size_t low = 0;
    size_t high = facts->told_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const shire_link_told *told = &facts->told[middle];
        bool is_before = told->a != first    ? told->a < first
                         : told->b != second ? told->b < second
                                             : told->is_same < is_same;
        if (is_before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const shire_link_told *found = low < facts->told_count ? &facts->told[low] : NULL;
    return found != NULL && found->a == first && found->b == second && found->is_same == is_same
               ? found
               : NULL;
}

shire_link_cause shire_link_judge_apart(const shire_link_judge *judge, size_t a, size_t b,
                                        int64_t *decision_no_out) {
    const shire_link_constraints *constraints = &judge->facts->constraints;
    *decision_no_out = 0;
    if (judge->number_field >= 0) {
        uint32_t a_number = shire_link_dataset_row(judge->dataset, a)[judge->number_field];
        uint32_t b_number = shire_link_dataset_row(judge->dataset, b)[judge->number_field];
        if (a_number != 0 && b_number != 0 && a_number != b_number) {
            return SHIRE_LINK_CAUSE_NHS_NUMBER;
        }
    }
    if (constraints->ends != NULL && (constraints->seen[a] > constraints->ends[b] ||
                                      constraints->seen[b] > constraints->ends[a])) {
        return SHIRE_LINK_CAUSE_DEATH;
    }
    const shire_link_told *told = find_told(judge->facts, a, b, false);
    if (told != NULL) {
        *decision_no_out = told->decision_no;
        return told->cause;
    }
    uint32_t source = judge->dataset->sources[a];
    bool is_once = judge->is_clean != NULL && source == judge->dataset->sources[b] &&
                   judge->is_clean[source] && !shire_link_is_same(constraints, a, b);
    return is_once ? SHIRE_LINK_CAUSE_SOURCE : SHIRE_LINK_CAUSE_EVIDENCE;
}

int64_t shire_link_judge_together(const shire_link_judge *judge, size_t a, size_t b) {
    const shire_link_told *told = find_told(judge->facts, a, b, true);
    return told == NULL ? 0 : told->decision_no;
}
