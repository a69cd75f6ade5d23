/*
 * The queue is the table link_review of the last run, less what was decided since. Decisions are
 * checked against each other before any is written, all in one transaction.
 */
#include "link/link_review.h"

#include "link/link_facts.h"
#include "link/link_review_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const shire_link_review_fields[SHIRE_LINK_REVIEW_FIELDS] = {
    "nhs_number", "given_name", "middle_names", "family_name", "birth_date", "death_date",
    "sex",        "address",    "postcode",     "phone",       "email"};

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the review");
}

static const char *copy(const shire_column *column, size_t row, shire_arena *arena) {
    shire_span text = shire_column_text(column, row);
    return shire_arena_copy_text(arena, text.bytes, text.length);
}

/* ---- the queue ---- */

/* Two texts in their order, as one: pairs of records or of persons. */
static char *pair_key(const char *a, const char *b, shire_arena *arena) {
    bool is_ordered = strcmp(a, b) <= 0;
    return shire_arena_format(arena, "%s\n%s", is_ordered ? a : b, is_ordered ? b : a);
}

static int compare_texts(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

typedef struct settled {
    const char **keys; /* pairs of records, and of persons */
    size_t count;
} settled;

static bool is_settled(const settled *done, const char *key) {
    return done->count > 0 &&
           bsearch(&key, done->keys, done->count, sizeof key, compare_texts) != NULL;
}

/* The person_id of each named record, in the order of the names; NULL where it is not there. */
static shire_status find_persons(shire_table *warehouse, const shire_link_name *names, size_t count,
                                 shire_arena *arena, const char **ids_out, int64_t *records_out,
                                 shire_error *error) {
    shire_builder sql = {0};
    shire_frame found = {0};
    if (count == 0) {
        return SHIRE_OK;
    }
    shire_builder_append_text(&sql, "SELECT n.i AS place, p.person_id, r.record_no FROM (VALUES ");
    for (size_t i = 0; i < count; i++) {
        shire_builder_append_format(&sql, "%s(%zu::BIGINT, ", i > 0 ? ", " : "", i);
        shire_builder_append_sql_literal(&sql, names[i].organisation);
        shire_builder_append_text(&sql, ", ");
        shire_builder_append_sql_literal(&sql, names[i].source);
        shire_builder_append_text(&sql, ", ");
        shire_builder_append_sql_literal(&sql, names[i].local_id);
        shire_builder_append_text(&sql, ")");
    }
    shire_builder_append_text(
        &sql,
        ") AS n(i, organisation, source, local_id) JOIN organisation AS o ON o.code = "
        "n.organisation JOIN person_record AS r ON r.organisation_no = o.organisation_no AND "
        "r.source = n.source AND r.local_id = n.local_id JOIN person_link AS l ON l.record_no "
        "= r.record_no JOIN person AS p ON p.person_no = l.person_no ORDER BY n.i");
    shire_status status = sql.failed
                              ? no_memory(error)
                              : shire_table_query(warehouse, sql.bytes, arena, &found, error);
    shire_builder_free(&sql);
    for (size_t i = 0; i < count; i++) {
        ids_out[i] = NULL;
    }
    for (size_t row = 0; status == SHIRE_OK && row < found.row_count; row++) {
        size_t place = (size_t)found.columns[0].int64[row];
        ids_out[place] = copy(&found.columns[1], row, arena);
        if (records_out != NULL) {
            records_out[place] = found.columns[2].int64[row];
        }
    }
    return status;
}

static shire_status gather_settled(shire_table *warehouse, const shire_link_decisions *decisions,
                                   shire_arena *arena, settled *done, shire_error *error) {
    size_t count = decisions->count;
    shire_link_name *names = shire_arena_alloc_array(arena, 2 * count, sizeof *names);
    const char **ids = shire_arena_alloc_array(arena, 2 * count, sizeof *ids);
    done->keys = shire_arena_alloc_array(arena, 2 * count + 1, sizeof *done->keys);
    if (names == NULL || ids == NULL || done->keys == NULL) {
        return no_memory(error);
    }
    size_t held = 0;
    const shire_link_decision **holding = shire_arena_alloc_array(arena, count, sizeof *holding);
    for (size_t i = 0; holding != NULL && i < count; i++) {
        if (decisions->items[i].holds && decisions->items[i].change_no == 0) {
            names[2 * held] = decisions->items[i].a;
            names[2 * held + 1] = decisions->items[i].b;
            holding[held++] = &decisions->items[i];
        }
    }
    shire_status status = holding == NULL
                              ? no_memory(error)
                              : find_persons(warehouse, names, 2 * held, arena, ids, NULL, error);
    for (size_t i = 0; status == SHIRE_OK && i < held; i++) {
        const char *a = shire_link_name_format(&names[2 * i], arena);
        const char *b = shire_link_name_format(&names[2 * i + 1], arena);
        char *key = a == NULL || b == NULL ? NULL : pair_key(a, b, arena);
        if (key == NULL) {
            return no_memory(error);
        }
        done->keys[done->count++] = key;
        if (ids[2 * i] != NULL && ids[2 * i + 1] != NULL &&
            holding[i]->verdict != SHIRE_LINK_VERDICT_UNSURE &&
            strcmp(ids[2 * i], ids[2 * i + 1]) != 0) {
            key = pair_key(ids[2 * i], ids[2 * i + 1], arena);
            if (key == NULL) {
                return no_memory(error);
            }
            done->keys[done->count++] = key;
        }
    }
    if (done->count > 1) {
        qsort(done->keys, done->count, sizeof *done->keys, compare_texts);
    }
    return status;
}

static bool read_doubt(const shire_frame *rows, size_t row, shire_arena *arena,
                       shire_link_doubt *doubt) {
    const shire_column *c = rows->columns;
    *doubt = (shire_link_doubt){
        .review_no = c[0].int64[row],
        .a = copy(&c[1], row, arena),
        .b = copy(&c[2], row, arena),
        .person_a = copy(&c[3], row, arena),
        .person_b = copy(&c[4], row, arena),
        .record_a_no = c[5].int64[row],
        .record_b_no = c[6].int64[row],
        .is_join = shire_span_equal(shire_column_text(&c[7], row), shire_span_of("join")),
        .weight = c[8].number[row],
        .probability = c[9].number[row],
        .value = c[10].number[row],
        .evidence = copy(&c[11], row, arena)};
    return doubt->a != NULL && doubt->b != NULL && doubt->person_a != NULL &&
           doubt->person_b != NULL && doubt->evidence != NULL;
}

shire_status shire_link_review_list(shire_table *warehouse, shire_store *store, size_t limit,
                                    shire_arena *arena, shire_link_queue *queue_out,
                                    shire_error *error) {
    shire_link_decisions decisions = {0};
    shire_link_queue queue = {0};
    settled done = {0};
    shire_frame rows = {0};
    int64_t table_count = 0;
    shire_status status = shire_table_query_int64(
        warehouse, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'link_review'",
        &table_count, error);
    if (status == SHIRE_OK && table_count == 0) {
        return SHIRE_FAIL(
            error, SHIRE_NOT_FOUND,
            "the last run was of an older program and left no queue; run `shire run`");
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(warehouse, "SELECT * FROM link_review ORDER BY review_no", arena,
                                   &rows, error);
    }
    if (status == SHIRE_OK && store != NULL) {
        status = shire_link_decisions_read(store, arena, &decisions, error);
    }
    if (status == SHIRE_OK) {
        status = gather_settled(warehouse, &decisions, arena, &done, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    queue.doubts = shire_arena_alloc_array(arena, rows.row_count + 1, sizeof *queue.doubts);
    for (size_t row = 0; row < rows.row_count; row++) {
        shire_link_doubt *doubt = queue.doubts == NULL ? NULL : &queue.doubts[queue.count];
        if (doubt == NULL || !read_doubt(&rows, row, arena, doubt)) {
            return no_memory(error);
        }
        const char *pair = pair_key(doubt->a, doubt->b, arena);
        const char *people = pair_key(doubt->person_a, doubt->person_b, arena);
        if (pair == NULL || people == NULL) {
            return no_memory(error);
        }
        if (is_settled(&done, pair) || is_settled(&done, people)) {
            continue;
        }
        if (limit > 0 && queue.count == limit) {
            queue.left++;
        } else {
            queue.count++;
        }
    }
    *queue_out = queue;
    return SHIRE_OK;
}

/* ---- one pair ---- */

/* The fact that keeps two records apart, from the warehouse; NULL in the row when there is none. */
static const char fact_sql[] =
    "WITH x AS (SELECT r.*, coalesce(s.\"current\", shire_nhs_number(r.nhs_number)) AS number, "
    "CASE "
    "WHEN month(death_date) = 1 AND day(death_date) = 1 THEN make_date(year(death_date), 12, 31) "
    "ELSE death_date END + %d AS ends, (SELECT CAST(max(start) AS DATE) FROM event e WHERE "
    "e.record_no = r.record_no) AS seen FROM person_record r LEFT JOIN nhs_number_superseded s ON "
    "s.superseded = shire_nhs_number(r.nhs_number) WHERE record_no IN (%lld, %lld)), y AS (SELECT "
    "* REPLACE (CASE WHEN seen > ends THEN NULL ELSE ends END AS ends) FROM x) SELECT CASE WHEN "
    "count(DISTINCT number) > 1 THEN 'nhs_number' WHEN (SELECT count(*) FROM y a JOIN y b ON "
    "a.record_no <> b.record_no WHERE a.seen > b.ends) > 0 THEN 'death' WHEN (SELECT count(*) FROM "
    "event_also n JOIN event e ON e.organisation_no = n.organisation_no AND e.source = n.source "
    "AND e.event_id = n.event_id JOIN y a ON a.record_no = e.record_no JOIN y b ON "
    "b.organisation_no = n.organisation_no AND b.source = n.source AND b.local_id = n.local_id "
    "WHERE a.record_no <> b.record_no) > 0 THEN 'event' ELSE '' END AS fact FROM y";

static shire_status find_fact(shire_table *warehouse, int64_t a, int64_t b, shire_arena *arena,
                              const char **phrase_out, shire_error *error) {
    static const char *const phrases[][2] = {
        {"nhs_number", "the two records have different valid NHS numbers"},
        {"death", "one of the records died before the other was seen"},
        {"event", "one event names both records"}};
    shire_frame found = {0};
    char *sql =
        shire_arena_format(arena, fact_sql, SHIRE_LINK_DEATH_DAYS, (long long)a, (long long)b);
    shire_status status =
        sql == NULL ? no_memory(error) : shire_table_query(warehouse, sql, arena, &found, error);
    *phrase_out = NULL;
    for (size_t i = 0; status == SHIRE_OK && found.row_count > 0 && i < 3; i++) {
        if (shire_span_equal(shire_column_text(&found.columns[0], 0),
                             shire_span_of(phrases[i][0]))) {
            *phrase_out = phrases[i][1];
        }
    }
    return status;
}

static shire_status parse_names(const char *a, const char *b, shire_link_name names[2],
                                shire_error *error) {
    if (!shire_link_name_parse(shire_span_of(a), &names[0]) ||
        !shire_link_name_parse(shire_span_of(b), &names[1])) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a record is named ORGANISATION/SOURCE/local_id; one of the two is not");
    }
    if (shire_link_name_compare(&names[0], &names[1]) == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "both names are of one record; give two");
    }
    return SHIRE_OK;
}

static shire_status find_pair(shire_table *warehouse, const shire_link_name names[2],
                              shire_arena *arena, const char *ids_out[2], int64_t records_out[2],
                              shire_error *error) {
    shire_status status = find_persons(warehouse, names, 2, arena, ids_out, records_out, error);
    for (int i = 0; status == SHIRE_OK && i < 2; i++) {
        if (ids_out[i] == NULL) {
            return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                              "the %s record is not among those of the last run; its name is "
                              "ORGANISATION/SOURCE/local_id",
                              i == 0 ? "first" : "second");
        }
    }
    return status;
}

/* Rows of the records in ascending order of record_no; record_no is column 0. */
static shire_status query_values(shire_table *warehouse, const int64_t *records, size_t count,
                                 shire_arena *arena, shire_frame *rows_out, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_text(&sql,
                              "SELECT record_no, nhs_number, given_name, middle_names, "
                              "family_name, CAST(birth_date AS VARCHAR), CAST(death_date AS "
                              "VARCHAR), sex, address, postcode, phone, email FROM person_record "
                              "WHERE record_no IN (");
    for (size_t i = 0; i < count; i++) {
        shire_builder_append_format(&sql, "%s%lld", i > 0 ? ", " : "", (long long)records[i]);
    }
    shire_builder_append_text(&sql, ") ORDER BY record_no");
    shire_status status = sql.failed
                              ? no_memory(error)
                              : shire_table_query(warehouse, sql.bytes, arena, rows_out, error);
    shire_builder_free(&sql);
    return status;
}

static bool take_values(const shire_frame *rows, int64_t record, shire_arena *arena,
                        const char *values_out[SHIRE_LINK_REVIEW_FIELDS]) {
    size_t low = 0;
    size_t high = rows->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->columns[0].int64[middle] < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_there = low < rows->row_count && rows->columns[0].int64[low] == record;
    for (size_t field = 0; field < SHIRE_LINK_REVIEW_FIELDS; field++) {
        values_out[field] = is_there ? copy(&rows->columns[field + 1], low, arena) : "";
        if (values_out[field] == NULL) {
            return false;
        }
    }
    return true;
}

shire_status shire_link_review_values(shire_table *warehouse, const shire_link_queue *queue,
                                      shire_arena *arena, shire_link_review_pair **pairs_out,
                                      shire_error *error) {
    shire_frame rows = {0};
    int64_t *records = shire_arena_alloc_array(arena, 2 * queue->count, sizeof *records);
    shire_link_review_pair *pairs = shire_arena_alloc_array(arena, queue->count, sizeof *pairs);
    if (records == NULL || pairs == NULL) {
        return no_memory(error);
    }
    for (size_t i = 0; i < queue->count; i++) {
        records[2 * i] = queue->doubts[i].record_a_no;
        records[2 * i + 1] = queue->doubts[i].record_b_no;
    }
    shire_status status =
        queue->count == 0 ? SHIRE_OK
                          : query_values(warehouse, records, 2 * queue->count, arena, &rows, error);
    for (size_t i = 0; status == SHIRE_OK && i < queue->count; i++) {
        if (!take_values(&rows, records[2 * i], arena, pairs[i].values[0]) ||
            !take_values(&rows, records[2 * i + 1], arena, pairs[i].values[1])) {
            status = no_memory(error);
        }
    }
    if (status == SHIRE_OK) {
        *pairs_out = pairs;
    }
    return status;
}

/* ---- deciding ---- */

static shire_status check_verdict(const shire_link_ruling *ruling, shire_link_verdict *verdict_out,
                                  shire_error *error) {
    for (int i = 0; i <= SHIRE_LINK_VERDICT_UNSURE && ruling->verdict != NULL; i++) {
        if (strcmp(ruling->verdict, shire_link_verdict_names[i]) == 0) {
            *verdict_out = (shire_link_verdict)i;
            return SHIRE_OK;
        }
    }
    return SHIRE_FAIL(error, SHIRE_INVALID, "a decision is same, different or unsure");
}

/* The names of the pair as they were given, and the decision as far as the ruling says it. */
static shire_status read_ruling(const shire_link_ruling *ruling, shire_link_name names[2],
                                shire_link_decision *decision_out, shire_error *error) {
    shire_link_decision decision = {.who = ruling->who, .why = ruling->why};
    shire_status status = check_verdict(ruling, &decision.verdict, error);
    if (status == SHIRE_OK) {
        status = link_check_signature(ruling->who, ruling->why, error);
    }
    if (status == SHIRE_OK) {
        status = parse_names(ruling->a, ruling->b, names, error);
    }
    if (status == SHIRE_OK) {
        bool is_ordered = shire_link_name_compare(&names[0], &names[1]) < 0;
        decision.a = names[is_ordered ? 0 : 1];
        decision.b = names[is_ordered ? 1 : 0];
        *decision_out = decision;
    }
    return status;
}

static shire_status check_one(shire_table *warehouse, const shire_link_ruling *ruling,
                              shire_arena *arena, const char **forbidden_out, shire_error *error) {
    const char *ids[2];
    int64_t records[2] = {0, 0};
    shire_link_decision decision;
    shire_link_name names[2];
    *forbidden_out = NULL;
    shire_status status = read_ruling(ruling, names, &decision, error);
    if (status == SHIRE_OK) {
        status = find_pair(warehouse, names, arena, ids, records, error);
    }
    if (status == SHIRE_OK && decision.verdict == SHIRE_LINK_VERDICT_SAME) {
        status = find_fact(warehouse, records[0], records[1], arena, forbidden_out, error);
    }
    return status;
}

shire_status shire_link_review_check(shire_table *warehouse, const shire_link_ruling *rulings,
                                     size_t count, shire_arena *arena, const char **forbidden_out,
                                     size_t *wrong_out, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        status = check_one(warehouse, &rulings[i], arena, &forbidden_out[i], error);
        if (status != SHIRE_OK && wrong_out != NULL) {
            *wrong_out = i;
        }
    }
    return status;
}

static shire_status decide_one(shire_store *store, link_said *said, const shire_link_ruling *ruling,
                               int64_t *number_out, shire_error *error) {
    shire_link_decision decision;
    shire_link_name names[2];
    shire_status status = read_ruling(ruling, names, &decision, error);
    if (status != SHIRE_OK) {
        return status;
    }
    link_said_forget(said, &decision.a, &decision.b);
    status = link_decision_insert(store, &decision, error);
    if (status == SHIRE_OK && decision.verdict != SHIRE_LINK_VERDICT_UNSURE) {
        char what[32];
        snprintf(what, sizeof what, "'%s'", shire_link_verdict_names[decision.verdict]);
        status = link_said_add(said, &decision.a, &decision.b,
                               decision.verdict == SHIRE_LINK_VERDICT_SAME, decision.decision_no,
                               what, error);
    }
    *number_out = decision.decision_no;
    return status;
}

shire_status shire_link_review_decide(shire_store *store, const shire_link_ruling *rulings,
                                      size_t count, shire_arena *arena, int64_t *numbers_out,
                                      size_t *wrong_out, shire_error *error) {
    link_said said;
    shire_status status = link_said_read(store, arena, &said, error);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        status = decide_one(store, &said, &rulings[i], &numbers_out[i], error);
        if (status != SHIRE_OK && wrong_out != NULL) {
            *wrong_out = i;
        }
    }
    return status;
}

/* ---- taking back ---- */

shire_status shire_link_review_undo(shire_store *store, int64_t decision_no, const char *who,
                                    const char *why, shire_arena *arena, int64_t *number_out,
                                    shire_error *error) {
    shire_link_decisions decisions = {0};
    const shire_link_decision *found = NULL;
    shire_status status = link_check_signature(who, why, error);
    if (status == SHIRE_OK) {
        status = shire_link_decisions_read(store, arena, &decisions, error);
    }
    for (size_t i = 0; i < decisions.count; i++) {
        found = decisions.items[i].decision_no == decision_no ? &decisions.items[i] : found;
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (found == NULL) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no decision %lld",
                          (long long)decision_no);
    }
    if (!found->holds) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "decision %lld holds no longer; there is nothing to take back",
                          (long long)decision_no);
    }
    shire_link_decision undone = *found;
    undone.verdict = SHIRE_LINK_VERDICT_UNDONE;
    undone.who = who;
    undone.why = why;
    status = link_decision_insert(store, &undone, error);
    if (status == SHIRE_OK) {
        *number_out = undone.decision_no;
    }
    return status;
}
