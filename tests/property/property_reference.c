/*
 * A thousand random small models against the naive exact reference: every pool, support flow,
 * resource, activity and item is the reference's to the micropound, which itself lies within the
 * rounding that is stated of the exact fraction; every ledger sums; and what the reference says
 * cannot be costed (a driver without quantity, a loop) is refused for just that.
 *
 * Each model is an organisation of its own; a run of the engine costs a few dozen at once; what
 * the thousand have in them is counted. A failure names the seed of the model: run
 * `test-property-reference SEED` for it alone.
 */
#include "../unit/cost/cost_fixture.h"

#include "reference.h"

#define MODELS (1000 / SHIRE_CASE_DIVISOR)
#define BATCH 50
#define FEATURE_LEAST (20 / SHIRE_CASE_DIVISOR) /* models with each thing that is to be tried */

typedef struct model_batch {
    reference_model *models; /* BATCH of them */
    int count;
} model_batch;

/* ---- what the reference says, as lines of text ---- */

typedef struct text_lines {
    char *texts[BATCH * 256];
    size_t count;
} text_lines;

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_text(text_lines *lines, const char *format, ...) SHIRE_PRINTF(2, 3);
static void add_text(text_lines *lines, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    assert_true(lines->count < sizeof(lines->texts) / sizeof(*lines->texts));
    assert_true(vasprintf(&lines->texts[lines->count++], format, arguments) > 0);
    va_end(arguments);
}

static void say_pools(const reference_model *model, text_lines *lines) {
    int code = model->organisation;
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        if (!model->made[pool]) {
            continue;
        }
        add_text(lines, "%d pool %s %lld %lld", code, reference_pool_name(pool),
                 (long long)model->pools[pool].amount, (long long)model->totals[pool].amount);
        for (int to = 0; to < REFERENCE_POOLS; to++) {
            if (model->flows[pool][to].amount != 0) {
                add_text(lines, "%d flow %s %s %lld", code, reference_pool_name(pool),
                         reference_pool_name(to), (long long)model->flows[pool][to].amount);
            }
        }
    }
    for (int i = 0; i < REFERENCE_RESOURCES; i++) {
        char name[16];
        if (model->resource_costs[i].amount != 0) {
            add_text(lines, "%d resource %s %lld", code, reference_resource_name(i, name),
                     (long long)model->resource_costs[i].amount);
        }
    }
}

static void say_activities(const reference_model *model, text_lines *lines) {
    int code = model->organisation;
    for (int i = 0; i < model->activity_count; i++) {
        const reference_activity *activity = &model->activities[i];
        add_text(lines, "%d activity A%d %s %lld %lld %d", code, activity->activity,
                 reference_segments[activity->segment], (long long)activity->cost.amount,
                 (long long)activity->weight_total, activity->item_count);
        bool spread = activity->cost.amount != 0 && activity->weight_total != 0;
        for (int k = 0; k < model->item_count && spread; k++) {
            if (activity->weights[k] != 0) {
                add_text(lines, "%d item A%d %s i%d %lld", code, activity->activity,
                         reference_segments[activity->segment], k,
                         (long long)activity->items[k].amount);
            }
        }
    }
}

static void say_ledger(const reference_model *model, text_lines *lines) {
    int code = model->organisation;
    int64_t ledger = 0;
    for (int i = 0; i < model->line_count; i++) {
        ledger += model->lines[i].amount;
    }
    add_text(lines, "%d ledger %lld %lld %lld %lld", code, (long long)ledger,
             (long long)model->allocated, (long long)model->excluded,
             (long long)model->unallocated);
    if (ledger != model->allocated + model->excluded + model->unallocated) {
        fail_msg("seed %llu: the reference itself does not sum", (unsigned long long)model->seed);
    }
}

static void say_events(const reference_model *model, text_lines *lines) {
    static const char *const books[] = {"cost", "income", "apart"};
    int code = model->organisation;
    for (int i = 0; i < model->event_count; i++) {
        const reference_event *event = &model->events[i];
        int64_t cost = reference_event_cost(model, i);
        int64_t days = reference_days(model, event, false);
        for (int book = 0; book < 3; book++) {
            if (model->event_costs[book][i] != 0) {
                add_text(lines, "%d event E%d %s %lld", code, i, books[book],
                         (long long)model->event_costs[book][i]);
            }
        }
        if (days > 0 || model->brought[i] != 0 || model->brought_days[i] != 0) {
            add_text(lines, "%d progress E%d %d %lld %lld %lld %lld %lld", code, i,
                     reference_status(model, event), (long long)days,
                     (long long)(model->brought_days[i] + days), (long long)model->brought[i],
                     (long long)cost, (long long)(cost + model->brought[i]));
        }
    }
}

/* Delays, and what other bodies are charged with of them. */
static void say_delays(const reference_model *model, text_lines *lines) {
    for (int i = 0; i < model->event_count; i++) {
        const reference_bearers *bearers = &reference_delays[model->events[i].responsible];
        int64_t nights = reference_delayed(model, &model->events[i]);
        int64_t days[REFERENCE_BEARERS];
        int64_t parts[REFERENCE_BEARERS];
        if (nights == 0) {
            continue;
        }
        int64_t cost = reference_delay_cost(model, i);
        reference_split_delay(nights * SHIRE_MILLION, bearers, days);
        reference_split_delay(cost, bearers, parts);
        add_text(lines, "%d delay E%d %lld %s %lld", model->organisation, i, (long long)nights,
                 bearers->responsible, (long long)cost);
        for (int k = 0; k < bearers->count; k++) {
            if (bearers->shares[k] != 0) {
                add_text(lines, "%d partner E%d %s %lld %lld", model->organisation, i,
                         bearers->partners[k], (long long)days[k], (long long)parts[k]);
            }
        }
    }
}

/* The same of the engine's tables. */
#define MICRO(amount) "(" amount "::DECIMAL(38,6) * 1000000)::BIGINT"
// clang-format off
static const char engine_lines[] =
    "SELECT concat_ws(' ', organisation_no, 'pool', pool, " MICRO("own_cost") ", "
        MICRO("total_cost") ") AS line FROM cost_pool "
    "UNION ALL SELECT concat_ws(' ', f.organisation_no, 'flow', f.pool, t.pool, " MICRO("amount")
        ") FROM support_flow JOIN cost_pool AS f ON from_pool_no = f.pool_no "
        "JOIN cost_pool AS t ON to_pool_no = t.pool_no "
    "UNION ALL SELECT concat_ws(' ', organisation_no, 'resource', resource, " MICRO("amount")
        ") FROM resource_cost WHERE amount <> 0 "
    "UNION ALL SELECT concat_ws(' ', organisation_no, 'activity', activity, segment, "
        MICRO("amount") ", " MICRO("weight_total") ", item_count) FROM activity_cost "
    "UNION ALL SELECT concat_ws(' ', a.organisation_no, 'item', activity, segment, item_id, "
        MICRO("c.amount") ") FROM (FROM item_cost UNION ALL FROM item_income UNION ALL FROM item_apart) AS c "
        "JOIN activity_cost AS a USING (activity_no) JOIN activity_item USING (item_no) "
    "UNION ALL SELECT concat_ws(' ', organisation_no, 'event', event_id, book, " MICRO("amount")
        ") FROM (SELECT 'cost' AS book, event_no, amount FROM event_cost UNION ALL SELECT 'income', "
        "event_no, amount FROM event_income UNION ALL SELECT 'apart', event_no, sum(amount) FROM "
        "event_apart GROUP BY event_no) JOIN event USING (event_no) WHERE amount <> 0 "
    "UNION ALL SELECT concat_ws(' ', organisation_no, 'progress', event_id, completion_status, "
        "days, days_to_date, " MICRO("cost_brought_forward") ", " MICRO("cost") ", "
        MICRO("cost_to_date") ") FROM event_period JOIN event USING (event_no) "
    "UNION ALL SELECT concat_ws(' ', organisation_no, 'delay', event_id, days, responsible, "
        MICRO("amount") ") FROM event_delay JOIN event USING (event_no) "
    "UNION ALL SELECT concat_ws(' ', organisation_no, 'partner', event_id, partner, " MICRO("days")
        ", " MICRO("amount") ") FROM delay_partner JOIN event USING (event_no) "
    "UNION ALL SELECT concat_ws(' ', organisation_no, 'ledger', " MICRO("ledger") ", "
        MICRO("allocated") ", " MICRO("excluded") ", " MICRO("unallocated") ") "
        "FROM reconciliation WHERE organisation_no IN (SELECT organisation_no FROM ledger_line)";
// clang-format on

/* ---- the models as a warehouse and a folder ---- */

static void append_number(shire_builder *text, int64_t number) {
    char buffer[24];
    if (number == REFERENCE_NO_NUMBER) {
        shire_builder_append_text(text, "NULL");
        return;
    }
    shire_decimal_format(number, 0, buffer);
    shire_builder_append_text(text, buffer);
}

static void append_date(shire_builder *text, shire_date date) {
    char buffer[11];
    if (date == REFERENCE_NO_DATE) {
        shire_builder_append_text(text, "NULL");
        return;
    }
    shire_date_format(date, buffer);
    shire_builder_append_format(text, "'%s'", buffer);
}

/* The rows of each table, for one INSERT each. */
typedef struct table_rows {
    shire_builder organisations, lines, events, items;
    int line_count, event_count, item_count;
} table_rows;

static void add_items(const reference_model *model, table_rows *rows) {
    shire_builder *sql = &rows->items;
    for (int i = 0; i < model->item_count; i++) {
        const reference_item *item = &model->items[i];
        shire_builder_append_format(sql, "%s(%d, %d, 'F%d', 'i%d', ",
                                    rows->item_count > 0 ? ", " : "", rows->item_count,
                                    model->organisation, item->feed, i);
        shire_builder_append_format(sql, item->event < 0 ? "NULL" : "'E%d'", item->event);
        shire_builder_append_format(sql, ", 'K%d', ", item->code);
        append_date(sql, item->start);
        shire_builder_append_text(sql, ", ");
        append_date(sql, item->end);
        const int64_t numbers[] = {item->quantity, item->minutes, item->amount, item->price,
                                   item->contribution};
        for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++) {
            shire_builder_append_text(sql, ", ");
            append_number(sql, numbers[k]);
        }
        shire_builder_append_format(sql, ", '%s')", reference_frequencies[item->frequency]);
        rows->item_count++;
    }
}

static void add_model(const reference_model *model, table_rows *rows) {
    int code = model->organisation;
    shire_builder_append_format(&rows->organisations, "%s(%d, 'O%d')", code > 0 ? ", " : "", code,
                                code);
    for (int i = 0; i < model->line_count; i++) {
        shire_builder_append_format(&rows->lines, "%s(%d, %d, 'C%d', '4', ",
                                    rows->line_count > 0 ? ", " : "", rows->line_count, code, i);
        append_number(&rows->lines, model->lines[i].amount);
        shire_builder_append_text(&rows->lines, ")");
        rows->line_count++;
    }
    add_items(model, rows);
    for (int i = 0; i < model->event_count; i++) {
        shire_builder_append_format(&rows->events, "%s(%d, %d, 'S', 'E%d', 'D', 'C%d', ",
                                    rows->event_count > 0 ? ", " : "", rows->event_count, code, i,
                                    model->events[i].code);
        append_date(&rows->events, model->events[i].first);
        shire_builder_append_text(&rows->events, ", ");
        append_date(&rows->events, model->events[i].last);
        shire_builder_append_text(&rows->events, ", ");
        append_date(&rows->events, model->events[i].ready);
        shire_builder_append_format(&rows->events, ", '%s')",
                                    reference_delays[model->events[i].responsible].said);
        rows->event_count++;
    }
}

static void insert_rows(cost_fixture *fixture, const char *into, shire_builder *rows) {
    shire_builder sql = {0};
    assert_false(rows->failed);
    shire_builder_append_format(&sql, "INSERT INTO %s VALUES %s", into, rows->bytes);
    fixture_sql(fixture, sql.bytes);
    shire_builder_free(&sql);
    shire_builder_free(rows);
}

static void insert_models(cost_fixture *fixture, const model_batch *batch) {
    table_rows rows = {0};
    fixture_sql(fixture, "DELETE FROM organisation");
    fixture_sql(fixture, fixture_further_columns);
    for (int i = 0; i < batch->count; i++) {
        add_model(&batch->models[i], &rows);
    }
    insert_rows(fixture, "organisation (organisation_no, code)", &rows.organisations);
    insert_rows(fixture, "ledger_line (line_no, organisation_no, cost_centre, account, amount)",
                &rows.lines);
    insert_rows(fixture,
                "event (event_no, organisation_no, source, event_id, dataset, code, start, "
                "\"end\", discharge_ready, delay_responsible)",
                &rows.events);
    insert_rows(fixture,
                "activity_item (item_no, organisation_no, feed, item_id, event_id, code, start, "
                "\"end\", quantity, minutes, amount, unit_price, contribution, frequency)",
                &rows.items);
}

static void append_share(shire_builder *text, int64_t share) {
    shire_builder_append_text(text, ",");
    if (share != REFERENCE_NO_NUMBER) {
        append_number(text, share);
    }
}

static void write_ledger_map(const reference_model *model, shire_builder *text) {
    static const char *const treatments[] = {"patient", "excluded", "income", "research"};
    for (int i = 0; i < model->line_count; i++) {
        const reference_line *line = &model->lines[i];
        if (line->target_count == 0 && line->kind != REFERENCE_COST) {
            shire_builder_append_format(text, "O%d,C%d,*,,,%s,why\n", model->organisation, i,
                                        treatments[line->kind]);
        }
        for (int k = 0; k < line->target_count; k++) {
            int pool = line->pools[k];
            bool gives = pool >= REFERENCE_KEEPING && pool < REFERENCE_INCOME;
            shire_builder_append_format(text, "O%d,C%d,*,%s", model->organisation, i,
                                        reference_pool_name(pool));
            append_share(text, line->shares[k]);
            shire_builder_append_format(text, ",%s,\n", gives ? "support" : treatments[line->kind]);
        }
    }
}

static void write_transfers(const reference_model *model, shire_builder *transfers,
                            shire_builder *segments) {
    for (int i = 0; i < model->transfer_count; i++) {
        const reference_transfer *transfer = &model->transfers[i];
        shire_builder_append_format(transfers, "O%d,%d,%s,%s%s", model->organisation, i,
                                    reference_pool_name(transfer->from),
                                    reference_pool_name(transfer->to),
                                    transfer->by_share ? "," : "");
        append_share(transfers, transfer->amount);
        shire_builder_append_format(transfers, "%s,why\n", transfer->by_share ? "" : ",");
    }
    if (model->private_code >= 0) {
        shire_builder_append_format(segments, "O%d,1,,code = 'C%d',private\n", model->organisation,
                                    model->private_code);
    }
}

static void write_supports(const reference_model *model, shire_builder *rules,
                           shire_builder *drivers) {
    static const char *const methods[] = {"direct", "step_down", "reciprocal"};
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        const reference_support *one = &model->supports[pool];
        if (!one->has_rule) {
            continue;
        }
        shire_builder_append_format(rules, "O%d,%s,%s,%d,", model->organisation,
                                    reference_pool_name(pool), methods[model->method], one->step);
        shire_builder_append_format(rules, one->has_driver ? "d%d" : "", pool);
        shire_builder_append_format(rules, ",%s\n",
                                    one->fallback < 0 ? "" : reference_pool_name(one->fallback));
        for (int to = 0; to < REFERENCE_POOLS; to++) {
            if (one->quantities[to] != REFERENCE_NO_NUMBER) {
                shire_builder_append_format(drivers, "O%d,d%d,%s", model->organisation, pool,
                                            reference_pool_name(to));
                append_share(drivers, one->quantities[to]);
                shire_builder_append_format(drivers, ",%s\n", reference_patterns[one->cost_of[to]]);
            }
        }
    }
}

static void write_rules(const reference_model *model, shire_builder *resources,
                        shire_builder *activities, shire_builder *weights) {
    static const char *const feeds[] = {"F0", "F1", "F*"};
    for (int pool = 0; pool < REFERENCE_POOLS; pool++) {
        for (int i = 0; i < model->resource_count[pool]; i++) {
            char name[16];
            shire_builder_append_format(resources, "O%d,%s,%s", model->organisation,
                                        reference_pool_name(pool),
                                        reference_resource_name(model->resources[pool][i], name));
            append_share(resources, model->resource_shares[pool][i]);
            shire_builder_append_text(resources, "\n");
        }
    }
    for (int i = 0; i < model->rule_count; i++) {
        const reference_rule *rule = &model->rules[i];
        char name[16];
        shire_builder_append_format(activities, "O%d,%s,A%d", model->organisation,
                                    reference_resource_name(rule->resource, name), rule->activity);
        append_share(activities, rule->share);
        shire_builder_append_format(
            activities, ",%s,%s,%s\n", rule->feed < 0 ? "" : feeds[rule->feed],
            reference_conditions[rule->condition], reference_bases[rule->basis]);
    }
    for (int code = 0; code < 3; code++) {
        if (model->code_weights[code] != REFERENCE_NO_NUMBER) {
            shire_builder_append_format(weights, "O%d,F*,K%d", model->organisation, code);
            append_share(weights, model->code_weights[code]);
            shire_builder_append_text(weights, "\n");
        }
    }
}

static void keep(cost_fixture *fixture, const char *name, shire_builder *text) {
    assert_false(text->failed);
    fixture_model(fixture, name, text->bytes);
    shire_builder_free(text);
}

static void write_bearers(cost_fixture *fixture) {
    shire_builder text = {0};
    shire_builder_append_text(&text, "responsible,partner,share\n");
    for (int i = 0; i < REFERENCE_RESPONSIBLE; i++) {
        const reference_bearers *one = &reference_delays[i];
        for (int k = 0; k < one->count && one->is_row; k++) {
            shire_builder_append_format(&text, "%s,%s", one->responsible, one->partners[k]);
            append_share(&text, one->shares[k]);
            shire_builder_append_text(&text, "\n");
        }
    }
    keep(fixture, "delay_responsible.csv", &text);
}

static void write_batch(cost_fixture *fixture, const model_batch *batch) {
    shire_builder map = {0}, rules = {0}, drivers = {0}, resources = {0}, activities = {0},
                  weights = {0}, transfers = {0}, segments = {0};
    insert_models(fixture, batch);
    shire_builder_append_text(&map,
                              "organisation,cost_centre,account,pool,share,treatment,reason\n");
    shire_builder_append_text(&rules, "organisation,pool,method,step,driver,fallback\n");
    shire_builder_append_text(&drivers, "organisation,driver,pool,quantity,cost_of\n");
    shire_builder_append_text(&resources, "organisation,pool,resource,share\n");
    shire_builder_append_text(&activities,
                              "organisation,resource,activity,share,feed,condition,basis\n");
    shire_builder_append_text(&weights, "organisation,feed,code,weight\n");
    shire_builder_append_text(&transfers,
                              "organisation,step,from_pool,to_pool,amount,share,reason\n");
    shire_builder_append_text(&segments, "organisation,step,dataset,condition,segment\n");
    for (int i = 0; i < batch->count; i++) {
        const reference_model *model = &batch->models[i];
        write_ledger_map(model, &map);
        write_transfers(model, &transfers, &segments);
        write_supports(model, &rules, &drivers);
        write_rules(model, &resources, &activities, &weights);
    }
    keep(fixture, "ledger_map.csv", &map);
    keep(fixture, "pool_transfer.csv", &transfers);
    keep(fixture, "segment_rule.csv", &segments);
    keep(fixture, "support_rule.csv", &rules);
    keep(fixture, "driver.csv", &drivers);
    keep(fixture, "resource.csv", &resources);
    keep(fixture, "activity_rule.csv", &activities);
    keep(fixture, "weight.csv", &weights);
    write_bearers(fixture);
}

/* ---- the comparison ---- */

static const reference_model *model_of_line(const model_batch *batch, const char *line) {
    return &batch->models[strtol(line, NULL, 10)];
}

static void assert_same_lines(cost_fixture *fixture, const model_batch *batch, const char *sql,
                              text_lines *expected) {
    shire_frame frame;
    char *ordered = shire_arena_format(fixture->arena, "SELECT line FROM (%s) ORDER BY 1", sql);
    if (shire_table_query(fixture->table, ordered, fixture->arena, &frame, &fixture->error) !=
        SHIRE_OK) {
        fail_msg("%s", fixture->error.message);
    }
    qsort(expected->texts, expected->count, sizeof(*expected->texts), compare_texts);
    for (size_t i = 0; i < frame.row_count || i < expected->count; i++) {
        shire_span text = i < frame.row_count ? shire_column_text(&frame.columns[0], i)
                                              : shire_span_of("9999 nothing more");
        const char *due = i < expected->count ? expected->texts[i] : "9999 nothing more";
        if (!shire_span_equal(text, shire_span_of(due))) {
            char *got = shire_arena_copy_text(fixture->arena, text.bytes, text.length);
            const char *lower = strcmp(got, due) < 0 ? got : due;
            fail_msg("seed %llu: the engine says '%s', the reference '%s'",
                     (unsigned long long)model_of_line(batch, lower)->seed, got, due);
        }
    }
    for (size_t i = 0; i < expected->count; i++) {
        free(expected->texts[i]);
    }
}

/* Costs the models; `brought` is what the period before left unfinished, or NULL. */
static void check_costed(cost_fixture *fixture, const model_batch *batch, const char *brought) {
    static text_lines lines;
    lines.count = 0;
    fixture->partnership.period_first = batch->models[0].period_first;
    fixture->partnership.period_last = batch->models[0].period_last;
    fixture->partnership.brought_forward_path = brought;
    write_batch(fixture, batch);
    if (fixture_run(fixture, 2) != SHIRE_OK) {
        fail_msg("seeds %llu and on: %s", (unsigned long long)batch->models[0].seed,
                 fixture->error.message);
    }
    for (int i = 0; i < batch->count; i++) {
        say_pools(&batch->models[i], &lines);
        say_activities(&batch->models[i], &lines);
        say_ledger(&batch->models[i], &lines);
        say_events(&batch->models[i], &lines);
        say_delays(&batch->models[i], &lines);
        if (!reference_is_within_bounds(&batch->models[i])) {
            fail_msg("seed %llu: an amount is farther from its fraction than rounding may lead",
                     (unsigned long long)batch->models[i].seed);
        }
    }
    assert_same_lines(fixture, batch, engine_lines, &lines);
}

/* The next period of those models that it does not make too large, with what the run of this one
 * leaves unfinished. */
static void check_next_period(cost_fixture *fixture, const model_batch *batch,
                              int features[REFERENCE_FEATURES]) {
    model_batch next = {.models = calloc(BATCH, sizeof(reference_model))};
    char work[128];
    cost_fixture later;
    assert_non_null(next.models);
    snprintf(work, sizeof(work), "%s/work_in_progress.csv", fixture->dir);
    assert_int_equal(
        shire_cost_write_progress(fixture->table, &fixture->partnership, work, &fixture->error),
        SHIRE_OK);
    for (int i = 0; i < batch->count; i++) {
        reference_model *model = &next.models[next.count++];
        reference_begin(model);
        reference_draw_next(model, &batch->models[i]);
        reference_reckon(model);
        assert_false(reference_is_refused(model));
        reference_count_features(model, features);
    }
    fixture_begin(&later);
    check_costed(&later, &next, work);
    fixture_end(&later);
    for (int i = 0; i < next.count; i++) {
        reference_end(&next.models[i]);
    }
    free(next.models);
}

static void check_good(const model_batch *batch, int features[REFERENCE_FEATURES]) {
    cost_fixture fixture;
    fixture_begin(&fixture);
    check_costed(&fixture, batch, NULL);
    if (batch->models[0].seed % 3 == 0) { /* so that the test stays quick */
        check_next_period(&fixture, batch, features);
    }
    fixture_end(&fixture);
}

/* All that is wrong is found in one go, and nothing else. */
static void check_refused(const model_batch *batch, int features[REFERENCE_FEATURES]) {
    static text_lines lines;
    cost_fixture fixture;
    (void)features;
    lines.count = 0;
    fixture_begin(&fixture);
    write_batch(&fixture, batch);
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    for (int i = 0; i < batch->count; i++) {
        const reference_model *model = &batch->models[i];
        if (model->without_quantity > 0) {
            add_text(&lines, "%d driver_without_quantity %d", model->organisation,
                     model->without_quantity);
        }
        if (model->loop) {
            add_text(&lines, "%d support_loop 1", model->organisation);
        }
        if (model->cancels) { /* which pools are left in the end depends on the order */
            add_text(&lines, "%d driver_cancels 1", model->organisation);
        }
    }
    assert_same_lines(&fixture, batch,
                      "SELECT concat_ws(' ', substr(split_part(problem, ':', 1), 2), kind, "
                      "CASE kind WHEN 'driver_cancels' THEN 1 ELSE count(*) END) AS line FROM "
                      "finding WHERE severity = 'error' GROUP BY split_part(problem, ':', 1), kind",
                      &lines);
    fixture_end(&fixture);
}

/* A fallback is a mistake in a row of the model, and found before anything is costed. */
static void check_misspelt(const model_batch *batch, int features[REFERENCE_FEATURES]) {
    static text_lines lines;
    cost_fixture fixture;
    (void)features;
    lines.count = 0;
    fixture_begin(&fixture);
    write_batch(&fixture, batch);
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    for (int i = 0; i < batch->count; i++) {
        const reference_model *model = &batch->models[i];
        add_text(&lines, "%d fallback_unknown %d", model->organisation, model->unknown_fallbacks);
    }
    char sql[512];
    snprintf(sql, sizeof(sql),
             "SELECT concat_ws(' ', substr(organisation, 2), kind, count(*)) AS line FROM finding "
             "JOIN (SELECT 1 + row_number() OVER () AS line, organisation FROM "
             "read_csv('%s/costing/support_rule.csv', header = true, all_varchar = true)) USING "
             "(line) WHERE severity = 'error' GROUP BY organisation, kind",
             fixture.dir);
    assert_same_lines(&fixture, batch, sql, &lines);
    fixture_end(&fixture);
}

/* One at a time, because any of them ends the run: an amount that cannot be held is refused. */
static void check_too_large(const model_batch *batch, int features[REFERENCE_FEATURES]) {
    cost_fixture fixture;
    (void)features;
    fixture_begin(&fixture);
    write_batch(&fixture, batch);
    shire_status status = fixture_run(&fixture, 1);
    if (status != SHIRE_OVERFLOW && status != SHIRE_INVALID) {
        fail_msg("seed %llu: an amount of a trillion pounds was not refused",
                 (unsigned long long)batch->models[0].seed);
    }
    fixture_end(&fixture);
}

static void batch_empty(model_batch *batch) {
    for (int i = 0; i < batch->count; i++) {
        reference_end(&batch->models[i]);
    }
    batch->count = 0;
}

/* Models of one fate, which are costed together. */
enum { GOOD, REFUSED, MISSPELT, LARGE, FATES };

static int fate_of(const reference_model *model) {
    return model->too_large               ? LARGE
           : model->unknown_fallbacks > 0 ? MISSPELT
           : reference_is_refused(model)  ? REFUSED
                                          : GOOD;
}

static void draw_and_reckon(reference_model *model, uint64_t seed, int organisation) {
    reference_begin(model);
    reference_draw(model, seed, organisation);
    reference_reckon(model);
}

/* Draws until `count` models were checked, those of each fate together. */
static void check_models(uint64_t first_seed, int count) {
    static void (*const checks[FATES])(const model_batch *batch, int features[]) = {
        check_good, check_refused, check_misspelt, check_too_large};
    static const int most[FATES] = {BATCH, BATCH, BATCH, 1};
    model_batch batches[FATES] = {{.count = 0}};
    int counts[FATES] = {0};
    int features[REFERENCE_FEATURES] = {0};
    for (int fate = 0; fate < FATES; fate++) {
        batches[fate].models = calloc(BATCH, sizeof(reference_model));
        assert_non_null(batches[fate].models);
    }
    for (int i = 0; i < count; i++) {
        reference_model model;
        draw_and_reckon(&model, first_seed + (uint64_t)i, 0);
        int fate = fate_of(&model);
        model_batch *batch = &batches[fate];
        model.organisation = batch->count;
        reference_count_features(&model, features);
        batch->models[batch->count++] = model;
        counts[fate]++;
        for (fate = 0; fate < FATES; fate++) {
            batch = &batches[fate];
            if (batch->count == most[fate] || (i + 1 == count && batch->count > 0)) {
                checks[fate](batch, features);
                batch_empty(batch);
            }
        }
    }
    if (count == MODELS) {
        assert_in_range(counts[GOOD], MODELS * 6 / 10, MODELS * 95 / 100);
        for (int i = 0; i < REFERENCE_FEATURES; i++) {
            if (features[i] < FEATURE_LEAST) {
                fail_msg("only %d of the models have %s", features[i], reference_features[i]);
            }
        }
    }
    for (int fate = 0; fate < FATES; fate++) {
        free(batches[fate].models);
    }
}

static uint64_t chosen_seed;
static bool seed_is_chosen;

static void models_come_to_what_the_reference_says(void **state) {
    (void)state;
    check_models(chosen_seed, seed_is_chosen ? 1 : MODELS);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_come_to_what_the_reference_says),
    };
    seed_is_chosen = argc > 1;
    chosen_seed = seed_is_chosen ? strtoull(argv[1], NULL, 10) : 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
