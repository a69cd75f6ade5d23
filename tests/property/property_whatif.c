/*
 * A what-if question is answered as a run would answer it: random small partnerships are costed,
 * random changes are asked for, and the same changes made in the inputs themselves. Both must agree
 * to the micropound, in every pool, kind of care, age band and organisation, and where one of them
 * refuses the changed model, so must the other.
 */
#include "../unit/cost/cost_random.h"

#include "cost/whatif.h"
#include "cost/whatif_json.h"
#include "io/columns.h"
#include "io/table_identity.h"

#define MODELS (8 / SHIRE_CASE_DIVISOR)
#define QUESTIONS 3
#define QUESTIONS_MAX 5 /* of one scenario */

/* The same bytes on any number of threads: each question is put to all of these. */
static const int thread_counts[] = {1, 2, 5};
enum { THREAD_COUNTS = sizeof(thread_counts) / sizeof(thread_counts[0]) };

static const char pools_sql[] =
    "SELECT code, pool, own_cost, total_cost FROM cost_pool JOIN organisation USING "
    "(organisation_no) ORDER BY code, pool";
static const char kinds_sql[] =
    "SELECT coalesce(setting, 'none') AS kind, sum(amount) AS amount FROM event_cost JOIN event "
    "USING (event_no) GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1";
static const char ages_sql[] =
    "SELECT band, sum(amount) AS amount FROM (SELECT amount, CASE WHEN birth_date IS NULL THEN "
    "'not known' WHEN birth_date > DATE '2006-06-30' THEN '0 to 17' WHEN birth_date > DATE "
    "'1959-06-30' THEN '18 to 64' WHEN birth_date > DATE '1949-06-30' THEN '65 to 74' WHEN "
    "birth_date > DATE '1939-06-30' THEN '75 to 84' ELSE '85 and over' END AS band FROM event_cost "
    "JOIN event USING (event_no) LEFT JOIN person_link USING (record_no) LEFT JOIN person USING "
    "(person_no)) GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1";
static const char bodies_sql[] =
    "SELECT code, ledger, allocated, excluded, unallocated FROM reconciliation JOIN organisation "
    "USING (organisation_no) ORDER BY code";

static const char partners_sql[] =
    "SELECT partner, sum(days)::DECIMAL(18,6), sum(amount)::DECIMAL(18,6) FROM delay_partner GROUP "
    "BY partner ORDER BY partner";

typedef struct asked {
    const char *pools;
    const char *kinds;
    const char *ages;
    const char *bodies;
    const char *partners;
} asked;

static void add_cells(shire_builder *text, const char *name, const shire_money *amounts,
                      size_t count) {
    char number[32];
    shire_builder_append_format(text, "%s%s", text->length > 0 ? ";" : "", name);
    for (size_t i = 0; i < count; i++) {
        uint64_t size = amounts[i] < 0 ? 0 - (uint64_t)amounts[i] : (uint64_t)amounts[i];
        snprintf(number, sizeof(number), "%s%llu.%06llu", amounts[i] < 0 ? "-" : "",
                 (unsigned long long)(size / 1000000), (unsigned long long)(size % 1000000));
        shire_builder_append_format(text, "|%s", number);
    }
}

static const char *take(cost_fixture *fixture, shire_builder *text) {
    const char *copy =
        shire_arena_format(fixture->arena, "%s", text->bytes == NULL ? "" : text->bytes);
    shire_builder_free(text);
    *text = (shire_builder){0};
    return copy;
}

static int compare_parts(const void *a, const void *b) {
    return strcmp(((const shire_whatif_part *)a)->name, ((const shire_whatif_part *)b)->name);
}

static const char *print_parts(cost_fixture *fixture, const shire_whatif_part *parts, size_t count,
                               bool after) {
    shire_builder text = {0};
    shire_whatif_part *sorted = shire_arena_alloc_array(fixture->arena, count, sizeof(*sorted));
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        sorted[kept] = parts[i];
        sorted[kept].name = parts[i].name == NULL ? "none" : parts[i].name;
        kept += (after ? parts[i].cost.after : parts[i].cost.before) != 0;
    }
    qsort(sorted, kept, sizeof(*sorted), compare_parts);
    for (size_t i = 0; i < kept; i++) {
        add_cells(&text, sorted[i].name, after ? &sorted[i].cost.after : &sorted[i].cost.before, 1);
    }
    return take(fixture, &text);
}

/* What the result says in the words of the SQL above. */
static asked print_result(cost_fixture *fixture, const shire_whatif_result *result, bool after) {
    asked out;
    shire_builder text = {0};
    for (size_t i = 0; i < result->pool_count; i++) {
        const shire_whatif_pool *pool = &result->pools[i];
        char name[64];
        snprintf(name, sizeof(name), "%s|%s", pool->organisation, pool->pool);
        const shire_money cells[] = {after ? pool->own.after : pool->own.before,
                                     after ? pool->total.after : pool->total.before};
        add_cells(&text, name, cells, 2);
    }
    out.pools = take(fixture, &text);
    shire_whatif_organisation sorted[2] = {result->organisations[1], result->organisations[0]};
    for (size_t i = 0; i < 2; i++) { /* COUN before HOSP */
        const shire_whatif_amounts *amounts[] = {&sorted[i].ledger, &sorted[i].allocated,
                                                 &sorted[i].excluded, &sorted[i].unallocated};
        shire_money cells[4];
        for (size_t k = 0; k < 4; k++) {
            cells[k] = after ? amounts[k]->after : amounts[k]->before;
        }
        add_cells(&text, sorted[i].code, cells, 4);
    }
    out.bodies = take(fixture, &text);
    for (size_t i = 0; i < result->delay_count; i++) {
        const shire_whatif_delay *delay = &result->delays[i];
        const shire_money cells[] = {after ? delay->nights.after : delay->nights.before,
                                     after ? delay->cost.after : delay->cost.before};
        if (cells[0] != 0) { /* a run knows no delay of no nights */
            add_cells(&text, delay->partner, cells, 2);
        }
    }
    out.partners = take(fixture, &text);
    out.kinds = print_parts(fixture, result->kinds, result->kind_count, after);
    out.ages = print_parts(fixture, result->ages, result->age_count, after);
    return out;
}

static asked read_run(cost_fixture *fixture) {
    return (asked){.pools = fixture_rows(fixture, pools_sql),
                   .kinds = fixture_rows(fixture, kinds_sql),
                   .ages = fixture_rows(fixture, ages_sql),
                   .bodies = fixture_rows(fixture, bodies_sql),
                   .partners = fixture_rows(fixture, partners_sql)};
}

static void assert_same(const asked *a, const asked *b) {
    assert_string_equal(a->bodies, b->bodies);
    assert_string_equal(a->pools, b->pools);
    assert_string_equal(a->kinds, b->kinds);
    assert_string_equal(a->ages, b->ages);
    assert_string_equal(a->partners, b->partners);
}

/* A change as a what-if has it, and the same done to the inputs by hand. */
typedef struct question {
    char change[160];
    char ledger_sql[200];  /* or */
    char items_sql[200];   /* or */
    char delay_sql[80];    /* the nights that are left of a delay, or */
    const char *sheet;     /* a file of the model, in which */
    const char *row_start; /* rows that start so get another number, in */
    int column;            /* that column, */
    int number;            /* this one */
} question;

static const char *const units[] = {"*= 1.03", "= 1234.56", "+= 100.000001",
                                    "-= 77",   "*= 0",      "*= -1"};
static const char *const unit_sql[] = {"amount * 1.03", "1234.56", "amount + 100.000001",
                                       "amount - 77",   "0",       "-amount"};

static question make_question(shire_random *random, uint64_t kind) {
    question q = {.sheet = NULL};
    size_t unit = shire_random_below(random, 6);
    unsigned place = (unsigned)shire_random_below(random, 6);
    switch (kind) {
    case 0:
        snprintf(q.change, sizeof(q.change), "ledger.amount[cost_centre=C%u] %s", place,
                 units[unit]);
        snprintf(q.ledger_sql, sizeof(q.ledger_sql),
                 "UPDATE ledger_line SET amount = (%s)::DECIMAL(18,6) WHERE cost_centre = 'C%u'",
                 unit_sql[unit], place);
        break;
    case 1:
        snprintf(q.change, sizeof(q.change),
                 "ledger[organisation=HOSP and account>=50, account!=9*] %s", units[unit]);
        snprintf(q.ledger_sql, sizeof(q.ledger_sql),
                 "UPDATE ledger_line SET amount = (%s)::DECIMAL(18,6) WHERE organisation_no = 0 "
                 "AND account >= '50' AND account NOT LIKE '9%%'",
                 unit_sql[unit]);
        break;
    case 2:
        q = (question){.sheet = "driver.csv", .column = 2};
        q.number = (int)shire_random_below(random, 50);
        q.row_start = "d5,";
        snprintf(q.change, sizeof(q.change), "driver.quantity[driver=d5] = %d", q.number);
        break;
    case 3:
        q = (question){.sheet = "weight.csv", .column = 2};
        q.number = 1 + (int)shire_random_below(random, 50);
        q.row_start = "stay,K1,";
        snprintf(q.change, sizeof(q.change), "weight.weight[feed=stay and code=K1] = %d", q.number);
        break;
    case 4:
        q = (question){.sheet = "activity_rule.csv", .column = 2};
        q.number = 0;
        q.row_start = "Theatre,";
        snprintf(q.change, sizeof(q.change), "activity_rule.share[resource=Theatre] *= 0");
        break;
    case 6:
        q = (question){.sheet = "pool_transfer.csv", .column = 4};
        q.number = place % 2;
        q.row_start = "1,";
        snprintf(q.change, sizeof(q.change), "pool_transfer[step=1] share = %d", q.number);
        break;
    case 7: /* with the next one: the shares of a pool sum to 1 */
        q = (question){.sheet = "resource.csv", .column = 2, .number = 1};
        q.row_start = "Other,Day care,";
        snprintf(q.change, sizeof(q.change), "resource.share[resource=Day care] = 1");
        break;
    case 8:
        q = (question){.sheet = "resource.csv", .column = 2, .number = 0};
        q.row_start = "Other,Other,";
        snprintf(q.change, sizeof(q.change), "resource[pool=Other and resource=Other] share *= 0");
        break;
    case 9: /* and so do those of a ledger line */
        q = (question){.sheet = "ledger_map.csv", .column = 3, .number = 0};
        q.row_start = "C2,*,Finance,";
        snprintf(q.change, sizeof(q.change), "ledger_map.share[pool=Finance] = 0");
        break;
    case 10:
        q = (question){.sheet = "ledger_map.csv", .column = 3, .number = 1};
        q.row_start = "C2,*,Other,";
        snprintf(q.change, sizeof(q.change), "ledger_map.share[cost_centre=C2, pool=Other] = 1");
        break;
    default:
        snprintf(q.change, sizeof(q.change), "activity.%s[feed=t*, item_id!=7] += 3",
                 place % 2 == 0 ? "minutes" : "quantity");
        snprintf(q.items_sql, sizeof(q.items_sql),
                 "UPDATE activity_item SET %s = %s + 3 WHERE feed LIKE 't%%' AND item_id <> '7' "
                 "AND %s IS NOT NULL",
                 place % 2 == 0 ? "minutes" : "quantity", place % 2 == 0 ? "minutes" : "quantity",
                 place % 2 == 0 ? "minutes" : "quantity");
        break;
    }
    return q;
}

static question make_delay_question(shire_random *random) {
    static const char *const changes[][2] = {{"= 0", "0"},
                                             {"= 2", "least(delayed, 2)"},
                                             {"-= 3", "greatest(delayed - 3, 0)"},
                                             {"*= 0", "0"},
                                             {"*= 1", "delayed"}};
    question q = {.sheet = NULL};
    size_t change = shire_random_below(random, 5);
    snprintf(q.change, sizeof(q.change), "activity[activity=A*] discharge_delay %s",
             changes[change][0]);
    snprintf(q.delay_sql, sizeof(q.delay_sql), "%s", changes[change][1]);
    return q;
}

/* Stays whose discharge is delayed, some of them across the ends of the period, and items that say
 * when they end. */
static const char delays_sql[] =
    "UPDATE event SET \"end\" = start + to_days((1 + event_no % 23)::INTEGER) WHERE event_no % 4 "
    "= 1;"
    "UPDATE event SET start = TIMESTAMP '2024-03-20' + to_days((event_no % 11)::INTEGER), \"end\" "
    "= TIMESTAMP '2024-04-05' WHERE event_no % 7 = 2;"
    "UPDATE event SET delay_responsible = ['both', '04', 'Landlord', NULL][1 + event_no % 4], "
    "discharge_ready = start + to_days((event_no % 13)::INTEGER) WHERE event_no % 3 < 2;"
    "UPDATE activity_item SET start = (SELECT min(e.start) FROM event AS e WHERE e.event_id = "
    "activity_item.event_id) WHERE item_no % 4 = 1;"
    "UPDATE activity_item SET \"end\" = start + to_days((item_no % 5)::INTEGER) WHERE item_no % 6 "
    "= "
    "1";

/*
 * The change of a delay made in the extracts, said once more in SQL: people leave earlier, by the
 * nights that fall free, what is measured in time is as much less as the part of its nights that
 * falls free, and what began in those nights is not. A stay without cost has no activity whose
 * delay could be named. %s: what is left of `delayed`.
 */
static const char shorten_sql[] =
    "CREATE OR REPLACE TEMP TABLE stay AS SELECT *, leaving - (delayed - kept)::INTEGER AS earlier "
    "FROM (SELECT *, (%s)::BIGINT AS kept FROM (SELECT event_no, organisation_no, event_id, "
    "start::DATE AS came, discharge_ready::DATE AS ready, greatest(start::DATE, DATE '2024-04-01') "
    "AS first, least(coalesce(\"end\"::DATE, DATE '2024-07-01'), DATE '2024-07-01') AS leaving, "
    "leaving - greatest(first, ready) AS delayed FROM event WHERE discharge_ready IS NOT NULL AND "
    "event_no IN (FROM costed_before)) "
    "WHERE delayed > 0);"
    "UPDATE event SET \"end\" = CASE WHEN stay.kept = 0 THEN greatest(stay.ready, stay.came) ELSE "
    "stay.earlier END FROM stay WHERE stay.event_no = event.event_no AND stay.kept < stay.delayed;"
    "CREATE OR REPLACE TEMP TABLE item AS SELECT item_no, i.feed, stay.*, greatest(least("
    "coalesce(i.start::DATE, first), leaving), first) AS here FROM item_event JOIN stay USING "
    "(event_no) JOIN activity_item AS i USING (item_no);"
    "CREATE OR REPLACE TEMP TABLE part AS SELECT item_no, CASE WHEN gone = here AND here < leaving "
    "THEN here + 1 ELSE gone END AS until, greatest(until - greatest(earlier, here), 0)::HUGEINT "
    "AS free, (until - here)::HUGEINT AS nights, here, first, earlier, leaving FROM (SELECT "
    "item.*, "
    "greatest(least(coalesce((SELECT \"end\"::DATE FROM activity_item AS i WHERE i.item_no = "
    "item.item_no), (SELECT min(o.here) FROM item AS o WHERE o.event_no = item.event_no AND o.feed "
    "= item.feed AND o.here > item.here), leaving), leaving), here) AS gone FROM item);"
    "UPDATE activity_item SET quantity = quantity - ((quantity * 1000000)::HUGEINT * free // "
    "nights)::DECIMAL(18,6) / 1000000, minutes = minutes - ((minutes * 1000000)::HUGEINT * free // "
    "nights)::DECIMAL(18,6) / 1000000 FROM part WHERE part.item_no = activity_item.item_no AND "
    "free "
    "> 0;"
    "UPDATE activity_item SET feed = 'never' FROM part WHERE part.item_no = activity_item.item_no "
    "AND here > first AND here < leaving AND here >= earlier";

/* The sheet with another number in that column of those rows; empty cells stay. */
static void edit_sheet(cost_fixture *fixture, const question *q, const char *text) {
    shire_builder out = {0};
    for (const char *line = text; *line != '\0';) {
        const char *end = strchr(line, '\n');
        const char *cell = line;
        for (int i = 0; i < q->column; i++) {
            cell = strchr(cell, ',') + 1;
        }
        size_t length = strcspn(cell, ",\n");
        bool fits = strncmp(line, q->row_start, strlen(q->row_start)) == 0;
        bool set = fits && (length > 0 || strcmp(q->sheet, "driver.csv") == 0);
        shire_builder_append(&out, (shire_span){line, (size_t)(cell - line)});
        if (set) {
            shire_builder_append_format(&out, "%d", q->number);
        } else {
            shire_builder_append(&out, (shire_span){cell, length});
        }
        shire_builder_append(&out, (shire_span){cell + length, (size_t)(end + 1 - cell) - length});
        line = end + 1;
    }
    fixture_model(fixture, q->sheet, out.bytes);
    shire_builder_free(&out);
}

static const char *read_sheet(cost_fixture *fixture, const char *name) {
    shire_span text;
    char *path = shire_arena_format(fixture->arena, "%s/costing/%s", fixture->dir, name);
    assert_int_equal(shire_file_read(path, 1 << 20, fixture->arena, &text, NULL), SHIRE_OK);
    return text.bytes;
}

/* A warehouse in a file, costed, and its columns beside it, as a run leaves them. */
static shire_status make_run(cost_fixture *fixture, const char *warehouse, const char *columns) {
    char identity[SHIRE_COLUMNS_IDENTITY_BYTES];
    char sql[256];
    shire_cost_options options = {.thread_count = 2, .columns_path = columns};
    memset(&fixture->error, 0, sizeof(fixture->error));
    fixture_sql(fixture, fixture_further_columns);
    shire_status status = shire_cost_run(fixture->table, &fixture->partnership, &options,
                                         fixture->arena, &fixture->summary, &fixture->error);
    if (status != SHIRE_OK) {
        assert_true(status == SHIRE_INVALID || status == SHIRE_OVERFLOW);
        return status;
    }
    snprintf(sql, sizeof(sql),
             "ATTACH '%s' AS kept; COPY FROM DATABASE memory TO kept; DETACH kept", warehouse);
    fixture_sql(fixture, sql);
    assert_int_equal(shire_table_identity(warehouse, identity, NULL), SHIRE_OK);
    assert_int_equal(shire_columns_seal(columns, identity, NULL), SHIRE_OK);
    return SHIRE_OK;
}

/* Asks on every number of threads; all must say the same, to the byte of their JSON. */
static shire_status answer(cost_fixture *fixture, shire_whatif *const *whatifs,
                           const shire_whatif_scenario *scenario, shire_whatif_result *result_out,
                           shire_error *error) {
    const char *said[THREAD_COUNTS];
    shire_status first = SHIRE_OK;
    for (size_t i = 0; i < THREAD_COUNTS; i++) {
        memset(error, 0, sizeof(*error));
        shire_status status = shire_whatif_run(whatifs[i], scenario, result_out, error);
        said[i] = shire_arena_format(fixture->arena, "%s", error->message);
        if (status == SHIRE_OK) {
            json_t *json = shire_whatif_json(&fixture->partnership, result_out, 1);
            char *text = json_dumps(json, JSON_COMPACT);
            said[i] = shire_arena_format(fixture->arena, "%s", text);
            free(text);
            json_decref(json);
        }
        first = i == 0 ? status : first;
        assert_int_equal(status, first);
        assert_string_equal(said[i], said[0]);
    }
    return first;
}

/* The changes made in the inputs themselves, in the order of the questions. */
static void change_inputs(cost_fixture *fixture, const question *questions, size_t count) {
    fixture_sql(fixture, "CREATE OR REPLACE TABLE ledger_line AS FROM ledger_before; CREATE OR "
                         "REPLACE TABLE activity_item AS FROM items_before; CREATE OR REPLACE "
                         "TABLE event AS FROM events_before");
    for (size_t i = 0; i < count; i++) {
        const question *q = &questions[i];
        if (q->sheet != NULL) {
            edit_sheet(fixture, q, read_sheet(fixture, q->sheet));
        } else if (q->delay_sql[0] != '\0') {
            char sql[sizeof(shorten_sql) + sizeof(q->delay_sql)];
            if (i > 0 && fixture_run(fixture, 2) == SHIRE_OK) { /* the changes before it hold */
                fixture_sql(fixture, "CREATE OR REPLACE TABLE costed_before AS SELECT event_no "
                                     "FROM event_cost");
            }
            snprintf(sql, sizeof(sql), shorten_sql, q->delay_sql);
            fixture_sql(fixture, sql);
        } else {
            fixture_sql(fixture, q->ledger_sql[0] != '\0' ? q->ledger_sql : q->items_sql);
        }
    }
}

/* The answer to the questions put as one scenario, then the run over changed inputs; the model's
 * files are put back. */
static int compare(cost_fixture *fixture, shire_whatif *const *whatifs, const question *questions,
                   size_t count) {
    const char *changes[QUESTIONS_MAX];
    const char *sheets[QUESTIONS_MAX] = {NULL};
    shire_whatif_result result;
    shire_error error;
    for (size_t i = 0; i < count; i++) {
        changes[i] = questions[i].change;
        sheets[i] = questions[i].sheet == NULL ? NULL : read_sheet(fixture, questions[i].sheet);
    }
    const shire_whatif_scenario scenario = {.name = "q", .changes = changes, .change_count = count};
    shire_status answered = answer(fixture, whatifs, &scenario, &result, &error);
    change_inputs(fixture, questions, count);
    shire_status run = fixture_run(fixture, 2);
    if (run != answered) {
        fail_msg("%s (%zu changes): the run says %d %s, what if %d %s", changes[0], count, run,
                 fixture->error.message, answered, error.message);
    }
    if (run == SHIRE_OK) {
        asked expected = read_run(fixture);
        asked got = print_result(fixture, &result, true);
        assert_same(&got, &expected);
    }
    for (size_t i = count; i-- > 0;) {
        if (sheets[i] != NULL) {
            fixture_model(fixture, questions[i].sheet, sheets[i]);
        }
    }
    return run == SHIRE_OK;
}

/* Relative weights are shortened after they are multiplied by the quantity, which rounds otherwise
 * than a run over less quantity does: nights take their place here. */
static void replace_weights(cost_fixture *fixture) {
    char *text = (char *)(uintptr_t)read_sheet(fixture, "activity_rule.csv");
    for (char *at = strstr(text, ",weight\n"); at != NULL; at = strstr(at, ",weight\n")) {
        memcpy(at, ",nights", strlen(",nights"));
    }
    fixture_model(fixture, "activity_rule.csv", text);
}

/* What is asked of a random partnership. */
typedef enum asking {
    ONE_BY_ONE,
    OF_DELAYS,
    TOGETHER /* changes of every kind in one scenario, the delays behind them */
} asking;

static int put_questions(cost_fixture *fixture, shire_whatif *const *whatifs, shire_random *random,
                         uint64_t seed, asking kind) {
    int answered = 0;
    /* Kinds of changes that are asked together, the delays behind them. */
    static const uint64_t together[QUESTIONS][QUESTIONS_MAX - 1] = {
        {0, 2, 5, 6}, {7, 8, 3, 1}, {9, 10, 6, 4}};
    for (uint64_t i = 0; i < QUESTIONS; i++) {
        question questions[QUESTIONS_MAX];
        size_t count = kind == TOGETHER ? QUESTIONS_MAX : 1;
        for (size_t k = 0; k < count; k++) {
            uint64_t next = (seed * QUESTIONS + i) % 6;
            questions[k] = kind == OF_DELAYS || (kind == TOGETHER && k + 1 == count)
                               ? make_delay_question(random)
                               : make_question(random, kind == TOGETHER ? together[i][k] : next);
        }
        answered += compare(fixture, whatifs, questions, count);
    }
    return answered;
}

static void assert_nothing_changes(cost_fixture *fixture, shire_whatif *const *whatifs,
                                   const asked *before) {
    const shire_whatif_scenario nothing = {.name = "nothing"};
    shire_whatif_result result;
    assert_int_equal(answer(fixture, whatifs, &nothing, &result, &fixture->error), SHIRE_OK);
    asked same = print_result(fixture, &result, false);
    assert_same(&same, before);
    same = print_result(fixture, &result, true);
    assert_same(&same, before);
}

/* A random partnership, asked QUESTIONS times; how many answers there were. */
static int ask(uint64_t seed, asking kind) {
    shire_random random = shire_random_seed(seed, kind == ONE_BY_ONE ? 7 : 8);
    cost_fixture fixture;
    shire_whatif *whatifs[THREAD_COUNTS] = {NULL};
    int answered = 0;
    fixture_begin(&fixture);
    make_data(&fixture, &random);
    make_model(&fixture, &random, seed % 3 == 0);
    if (kind != ONE_BY_ONE) {
        fixture_sql(&fixture, fixture_further_columns);
        fixture_sql(&fixture, delays_sql);
        replace_weights(&fixture);
    }
    if (kind == TOGETHER) {
        fixture_model(&fixture, "resource.csv",
                      "pool,resource,share\nOther,Other,0.25\nOther,Day care,0.75\n");
    }
    fixture_sql(&fixture, "CREATE TABLE ledger_before AS FROM ledger_line; CREATE TABLE "
                          "items_before AS FROM activity_item; CREATE TABLE events_before AS FROM "
                          "event");
    char *state_dir = shire_arena_format(fixture.arena, "%s/.shire", fixture.dir);
    char *warehouse = shire_arena_format(fixture.arena, "%s/warehouse.duckdb", state_dir);
    char *columns = shire_arena_format(fixture.arena, "%s/columns.bin", state_dir);
    assert_int_equal(shire_dir_make(state_dir, NULL), SHIRE_OK);
    if (make_run(&fixture, warehouse, columns) == SHIRE_OK) {
        asked before = read_run(&fixture);
        fixture_sql(&fixture, "CREATE TABLE costed_before AS SELECT event_no FROM event_cost");
        for (size_t i = 0; i < THREAD_COUNTS; i++) {
            assert_int_equal(shire_whatif_open(&fixture.partnership, thread_counts[i],
                                               fixture.arena, &whatifs[i], &fixture.error),
                             SHIRE_OK);
        }
        answered = put_questions(&fixture, whatifs, &random, seed, kind);
        assert_nothing_changes(&fixture, whatifs, &before);
        for (size_t i = 0; i < THREAD_COUNTS; i++) {
            shire_whatif_close(whatifs[i]);
        }
    }
    fixture_end(&fixture);
    return answered;
}

static void questions_are_answered_as_a_run_would(void **state) {
    int answered = 0;
    (void)state;
    for (uint64_t seed = 0; seed < MODELS; seed++) {
        answered += ask(seed, ONE_BY_ONE);
    }
    assert_in_range(answered, MODELS, MODELS * QUESTIONS);
}

static void shorter_delays_are_answered_as_a_run_would(void **state) {
    int answered = 0;
    (void)state;
    for (uint64_t seed = 0; seed < MODELS; seed++) {
        answered += ask(seed, OF_DELAYS);
    }
    assert_in_range(answered, MODELS, MODELS * QUESTIONS);
}

static void changes_of_all_kinds_together_are_answered_as_a_run_would(void **state) {
    int answered = 0;
    (void)state;
    for (uint64_t seed = 0; seed < MODELS; seed += 2) { /* so that the test stays quick */
        answered += ask(seed, TOGETHER);
    }
    assert_in_range(answered, MODELS / 4, MODELS * QUESTIONS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_are_answered_as_a_run_would),
        cmocka_unit_test(shorter_delays_are_answered_as_a_run_would),
        cmocka_unit_test(changes_of_all_kinds_together_are_answered_as_a_run_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
