/*
 * Explaining a cost: unfolds the tree from the root, over what explain_load.c has read: a node's
 * amount is split over what it is made of by the amounts of the run.
 */
#include "cost/explain_internal.h"

#include "core/date.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Parts of at least this fraction of the whole are shown: at most so many to a level. */
#define SHOWN_FRACTION 50

const char *const shire_explain_kind_names[SHIRE_EXPLAIN_KIND_COUNT] = {
    "person",   "kind_of_care", "event",        "activity",
    "resource", "pool",         "support_pool", "ledger_line"};

/* One part of a node before it becomes one. */
typedef struct part {
    int64_t source;
    shire_money weight;
    shire_money amount;
    size_t order;
} part;

/* ---- the tree ---- */

static const char *column_text(explainer *e, const shire_column *column, size_t row) {
    shire_span text = shire_column_text(column, row);
    return text.length == 0 ? NULL : shire_arena_copy_text(e->arena, text.bytes, text.length);
}

/* Larger amounts first, whatever their sign; then the order of the run. */
static int compare_parts(const void *a_pointer, const void *b_pointer) {
    const part *a = a_pointer;
    const part *b = b_pointer;
    uint64_t x = a->amount < 0 ? 0 - (uint64_t)a->amount : (uint64_t)a->amount;
    uint64_t y = b->amount < 0 ? 0 - (uint64_t)b->amount : (uint64_t)b->amount;
    if (x != y) {
        return x > y ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Exact split of `amount` by the parts' weights; parts of nothing are dropped. */
static shire_status split_parts(explainer *e, shire_money amount, part *parts, size_t *count,
                                shire_error *error) {
    int64_t *weights = shire_arena_alloc_array(e->arena, *count, sizeof(*weights));
    shire_money *amounts = shire_arena_alloc_array(e->arena, *count, sizeof(*amounts));
    size_t kept = 0;
    if (weights == NULL || amounts == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    for (size_t i = 0; i < *count; i++) {
        weights[i] = parts[i].weight;
    }
    if (*count > 0 && amount != 0) {
        shire_status status = shire_money_split(amount, weights, *count, amounts, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < *count; i++) {
        if (amounts[i] != 0) {
            parts[kept] = parts[i];
            parts[kept].amount = amounts[i];
            parts[kept].order = kept;
            kept++;
        }
    }
    *count = kept;
    return SHIRE_OK;
}

/* Parts, largest first, become nodes; the small ones are folded. Returns NULL out of memory. */
static shire_explain_node *show_parts(explainer *e, shire_explain_node *node,
                                      shire_explain_kind kind, part *parts, size_t count,
                                      bool by_size) {
    size_t shown = 0;
    shire_explain_node *nodes = shire_arena_alloc_array(e->arena, count, sizeof(*nodes));
    if (nodes == NULL) {
        return NULL;
    }
    if (count > 0 && by_size) {
        qsort(parts, count, sizeof(*parts), compare_parts);
    }
    size_t largest = 0;
    for (size_t i = 1; i < count; i++) {
        largest = compare_parts(&parts[i], &parts[largest]) < 0 ? i : largest;
    }
    for (size_t i = 0; i < count; i++) {
        bool large = parts[i].amount >= e->least_shown || parts[i].amount <= -e->least_shown;
        if (e->all || large || i == largest) {
            parts[shown] = parts[i];
            nodes[shown++] = (shire_explain_node){.kind = kind, .amount = parts[i].amount};
        } else {
            node->folded_count++;
            node->folded_amount += parts[i].amount;
        }
    }
    node->parts = nodes;
    node->part_count = shown;
    return nodes;
}

static part *parts_of(explainer *e, const flow_table *flows, size_t target, size_t spare,
                      size_t *count) {
    size_t first = flows->starts[target];
    *count = flows->starts[target + 1] - first;
    part *parts = shire_arena_alloc_array(e->arena, *count + spare, sizeof(*parts));
    for (size_t i = 0; parts != NULL && i < *count; i++) {
        parts[i] = (part){.source = flows->sources[first + i], .weight = flows->amounts[first + i]};
    }
    return parts;
}

/* Ledger lines of a pool's own cost. They are named when all are known. */
static shire_status add_lines(explainer *e, shire_explain_node *node, size_t pool,
                              shire_error *error) {
    size_t count = 0;
    part *parts = parts_of(e, &e->pool_lines, pool, 0, &count);
    if (parts == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    shire_status status = split_parts(e, node->amount, parts, &count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_explain_node *nodes = show_parts(e, node, SHIRE_EXPLAIN_LEDGER_LINE, parts, count, true);
    if (nodes == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    for (size_t i = 0; i < node->part_count; i++) {
        nodes[i].organisation = node->organisation;
        if (e->line_count == e->line_capacity) {
            size_t capacity = e->line_capacity < 64 ? 64 : e->line_capacity * 2;
            shire_explain_node **lines =
                shire_arena_alloc_array(e->arena, capacity, sizeof(*lines));
            int64_t *numbers = shire_arena_alloc_array(e->arena, capacity, sizeof(*numbers));
            if (lines == NULL || numbers == NULL) {
                return EXPLAIN_NO_MEMORY(error);
            }
            if (e->line_count > 0) {
                memcpy(lines, e->lines, e->line_count * sizeof(*lines));
                memcpy(numbers, e->line_nos, e->line_count * sizeof(*numbers));
            }
            e->lines = lines;
            e->line_nos = numbers;
            e->line_capacity = capacity;
        }
        e->line_nos[e->line_count] = parts[i].source;
        e->lines[e->line_count++] = &nodes[i];
    }
    return SHIRE_OK;
}

static void name_pool(explainer *e, shire_explain_node *node, size_t pool) {
    node->organisation = e->organisations[e->pools.columns[0].int32[pool]];
    node->name = column_text(e, &e->pools.columns[1], pool);
}

/* A pool is its own cost and what support pools gave; without the latter its lines come at once. */
static shire_status add_pool_parts(explainer *e, shire_explain_node *node, size_t pool,
                                   shire_error *error) {
    size_t count = 0;
    part *parts = parts_of(e, &e->pool_supports, pool, 1, &count);
    if (parts == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    if (count == 0) {
        return add_lines(e, node, pool, error);
    }
    shire_money own = e->pools.columns[2].decimal6[pool];
    if (own != 0) {
        parts[count++] = (part){.source = (int64_t)pool, .weight = own};
    }
    shire_status status = split_parts(e, node->amount, parts, &count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_explain_node *nodes = show_parts(e, node, SHIRE_EXPLAIN_SUPPORT_POOL, parts, count, true);
    if (nodes == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    for (size_t i = 0; i < node->part_count && status == SHIRE_OK; i++) {
        size_t source = (size_t)parts[i].source;
        name_pool(e, &nodes[i], source);
        nodes[i].kind = source == pool ? SHIRE_EXPLAIN_POOL : SHIRE_EXPLAIN_SUPPORT_POOL;
        nodes[i].detail = source == pool ? "own cost" : "support";
        status = add_lines(e, &nodes[i], source, error);
    }
    return status;
}

static shire_status add_pools(explainer *e, shire_explain_node *node, size_t resource,
                              shire_error *error) {
    size_t count = 0;
    part *parts = parts_of(e, &e->resource_pools, resource, 0, &count);
    shire_status status = parts == NULL ? EXPLAIN_NO_MEMORY(error)
                                        : split_parts(e, node->amount, parts, &count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_explain_node *nodes = show_parts(e, node, SHIRE_EXPLAIN_POOL, parts, count, true);
    if (nodes == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    for (size_t i = 0; i < node->part_count && status == SHIRE_OK; i++) {
        name_pool(e, &nodes[i], (size_t)parts[i].source);
        status = add_pool_parts(e, &nodes[i], (size_t)parts[i].source, error);
    }
    return status;
}

static shire_status add_resources(explainer *e, shire_explain_node *node, size_t activity,
                                  shire_error *error) {
    size_t count = 0;
    part *parts = parts_of(e, &e->activity_resources, activity, 0, &count);
    shire_status status = parts == NULL ? EXPLAIN_NO_MEMORY(error)
                                        : split_parts(e, node->amount, parts, &count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_explain_node *nodes = show_parts(e, node, SHIRE_EXPLAIN_RESOURCE, parts, count, true);
    if (nodes == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    for (size_t i = 0; i < node->part_count && status == SHIRE_OK; i++) {
        size_t resource = (size_t)parts[i].source;
        nodes[i].organisation = e->organisations[e->resources.columns[0].int32[resource]];
        nodes[i].name = column_text(e, &e->resources.columns[1], resource);
        status = add_pools(e, &nodes[i], resource, error);
    }
    return status;
}

/* An event's activities need no split: their amounts are the items' own. */
static shire_status add_activities(explainer *e, shire_explain_node *node, size_t event,
                                   shire_error *error) {
    size_t count = 0;
    size_t kept = 0;
    part *parts = parts_of(e, &e->event_activities, event, 0, &count);
    if (parts == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i].weight != 0) {
            parts[kept] = parts[i];
            parts[kept].amount = parts[i].weight;
            parts[kept].order = kept;
            kept++;
        }
    }
    shire_explain_node *nodes = show_parts(e, node, SHIRE_EXPLAIN_ACTIVITY, parts, kept, true);
    shire_status status = nodes == NULL ? EXPLAIN_NO_MEMORY(error) : SHIRE_OK;
    for (size_t i = 0; i < node->part_count && status == SHIRE_OK; i++) {
        size_t activity = (size_t)parts[i].source;
        nodes[i].organisation = e->organisations[e->activities.columns[0].int32[activity]];
        nodes[i].name = column_text(e, &e->activities.columns[1], activity);
        nodes[i].detail = column_text(e, &e->activities.columns[2], activity);
        status = add_resources(e, &nodes[i], activity, error);
    }
    return status;
}

static shire_status name_event(explainer *e, shire_explain_node *node, size_t event,
                               shire_error *error) {
    char day[11] = "";
    const char *dataset = column_text(e, &e->events.columns[3], event);
    if (!shire_column_is_null(&e->events.columns[4], event)) {
        shire_date_format(shire_timestamp_date(e->events.columns[4].timestamp[event]), day);
    }
    node->kind = SHIRE_EXPLAIN_EVENT;
    node->organisation = e->organisations[e->events.columns[1].int32[event]];
    node->name = column_text(e, &e->events.columns[2], event);
    const char *segment = column_text(e, &e->events.columns[7], event);
    node->detail = shire_arena_format(e->arena, "%s%s%s%s%s", dataset == NULL ? "" : dataset,
                                      dataset == NULL ? "" : ", ", day, segment == NULL ? "" : ", ",
                                      segment == NULL ? "" : segment);
    return node->detail == NULL ? EXPLAIN_NO_MEMORY(error) : SHIRE_OK;
}

/* ---- ledger lines ---- */

static shire_status name_lines(explainer *e, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(
        e->table,
        "SELECT line_no, coalesce(cost_centre, ''), coalesce(account, ''), description, "
        "source_file::VARCHAR, source_line::BIGINT FROM ledger_line ORDER BY line_no",
        e->arena, &frame, error);
    for (size_t i = 0; i < e->line_count && status == SHIRE_OK; i++) {
        int64_t row = e->line_nos[i]; /* line numbers are dense */
        shire_explain_node *node = e->lines[i];
        if (row < 0) {
            node->name = "a transfer from a pool without cost";
            continue;
        }
        shire_span cost_centre = shire_column_text(&frame.columns[1], (size_t)row);
        shire_span account = shire_column_text(&frame.columns[2], (size_t)row);
        node->name = shire_arena_format(e->arena, "%.*s / %.*s", (int)cost_centre.length,
                                        cost_centre.bytes, (int)account.length, account.bytes);
        node->detail = column_text(e, &frame.columns[3], (size_t)row);
        node->file = column_text(e, &frame.columns[4], (size_t)row);
        node->line = frame.columns[5].int64[row];
        status = node->name == NULL ? EXPLAIN_NO_MEMORY(error) : SHIRE_OK;
    }
    return status;
}

/* ---- persons and events ---- */

static void set_least_shown(explainer *e, shire_money whole) {
    shire_money size = whole < 0 ? -(whole + 1) : whole;
    e->least_shown = size / SHOWN_FRACTION;
}

/* The events that are left out, by kind of care: each kind a part of its own, largest first. */
static bool fold_by_kind(explainer *e, shire_explain_node *root, const bool *is_shown,
                         const shire_money *amounts) {
    size_t count = e->events.row_count;
    shire_explain_node *nodes =
        shire_arena_alloc_array(e->arena, root->part_count + count, sizeof(*nodes));
    part *kinds = shire_arena_alloc_array(e->arena, count, sizeof(*kinds));
    size_t *event_counts = shire_arena_alloc_array(e->arena, count, sizeof(*event_counts));
    size_t kind_count = 0;
    if (nodes == NULL || kinds == NULL || event_counts == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_shown[i] || amounts[i] == 0) {
            continue;
        }
        size_t kind = 0; /* a person has few kinds of care */
        while (kind < kind_count &&
               !shire_span_equal(
                   shire_column_text(&e->events.columns[6], i),
                   shire_column_text(&e->events.columns[6], (size_t)kinds[kind].source))) {
            kind++;
        }
        if (kind == kind_count) {
            kinds[kind_count] = (part){.source = (int64_t)i, .order = kind_count};
            kind_count++;
        }
        kinds[kind].amount += amounts[i];
        event_counts[kind]++;
    }
    if (kind_count > 0) {
        qsort(kinds, kind_count, sizeof(*kinds), compare_parts);
    }
    for (size_t i = 0; i < root->part_count; i++) {
        nodes[i] = root->parts[i];
    }
    for (size_t i = 0; i < kind_count; i++) {
        size_t events = event_counts[kinds[i].order];
        shire_explain_node *node = &nodes[root->part_count + i];
        *node = (shire_explain_node){
            .kind = SHIRE_EXPLAIN_KIND_OF_CARE,
            .amount = kinds[i].amount,
            .name = column_text(e, &e->events.columns[6], (size_t)kinds[i].source),
            .detail =
                shire_arena_format(e->arena, "%zu more event%s", events, events == 1 ? "" : "s"),
            .folded_count = events,
            .folded_amount = kinds[i].amount};
        if (node->name == NULL || node->detail == NULL) {
            return false;
        }
    }
    root->parts = nodes;
    root->part_count += kind_count;
    root->folded_count = 0;
    root->folded_amount = 0;
    return true;
}

/* A person by its id, or by one of its records: ORGANISATION/SOURCE/local_id. */
static shire_status find_person(explainer *e, const char *person, int64_t *person_no_out,
                                const char **person_id_out, shire_error *error) {
    shire_builder sql = {0};
    shire_frame frame;
    const char *source = strchr(person, '/');
    const char *local_id = source == NULL ? NULL : strchr(source + 1, '/');
    shire_builder_append_text(&sql, "SELECT person_no, person_id FROM person WHERE ");
    if (local_id == NULL) {
        shire_builder_append_text(&sql, "person_id = ");
        shire_builder_append_sql_literal(&sql, shire_span_of(person));
    } else {
        shire_builder_append_text(&sql, "person_no IN (SELECT person_no FROM person_link JOIN "
                                        "person_record USING (record_no) JOIN organisation USING "
                                        "(organisation_no) WHERE code = ");
        shire_builder_append_sql_literal(&sql, (shire_span){person, (size_t)(source - person)});
        shire_builder_append_text(&sql, " AND source = ");
        shire_builder_append_sql_literal(&sql,
                                         (shire_span){source + 1, (size_t)(local_id - source - 1)});
        shire_builder_append_text(&sql, " AND local_id = ");
        shire_builder_append_sql_literal(&sql, shire_span_of(local_id + 1));
        shire_builder_append_text(&sql, ")");
    }
    shire_status status = sql.failed
                              ? EXPLAIN_NO_MEMORY(error)
                              : shire_table_query(e->table, sql.bytes, e->arena, &frame, error);
    shire_builder_free(&sql);
    if (status == SHIRE_OK && frame.row_count == 0) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "there is no such person; ids stand in the table person, and a record "
                            "is named ORGANISATION/SOURCE/local_id");
    }
    if (status == SHIRE_OK) {
        *person_no_out = frame.columns[0].int64[0];
        *person_id_out = column_text(e, &frame.columns[1], 0);
    }
    return status;
}

shire_status shire_explain_person(shire_table *warehouse, const char *person,
                                  const shire_explain_options *options, shire_arena *arena,
                                  shire_explain_node *tree_out, shire_error *error) {
    explainer e = {.table = warehouse, .arena = arena, .all = options->all};
    int64_t person_no = 0;
    const char *person_id = NULL;
    shire_status status = explain_check_warehouse(warehouse, arena, error);
    if (status == SHIRE_OK) {
        status = find_person(&e, person, &person_no, &person_id, error);
    }
    char *condition = shire_arena_format(
        arena, "record_no IN (SELECT record_no FROM person_link WHERE person_no = %" PRId64 ")",
        person_no);
    if (status == SHIRE_OK) {
        status = condition == NULL ? EXPLAIN_NO_MEMORY(error)
                                   : explain_load_events(&e, condition, options->book, error);
    }
    if (status == SHIRE_OK) {
        status = explain_load_chain(&e, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_explain_node root = {.kind = SHIRE_EXPLAIN_PERSON, .name = person_id};
    part *parts = shire_arena_alloc_array(arena, e.events.row_count, sizeof(*parts));
    size_t count = 0;
    for (size_t i = 0; i < e.events.row_count && parts != NULL; i++) {
        shire_money amount = e.events.columns[5].decimal6[i];
        root.amount += amount;
        if (amount != 0) {
            parts[count] = (part){.source = (int64_t)i, .amount = amount, .order = count};
            count++;
        }
    }
    set_least_shown(&e, root.amount);
    shire_explain_node *nodes =
        parts == NULL ? NULL : show_parts(&e, &root, SHIRE_EXPLAIN_EVENT, parts, count, false);
    status = nodes == NULL || root.name == NULL ? EXPLAIN_NO_MEMORY(error) : SHIRE_OK;
    bool *is_shown = shire_arena_alloc(arena, e.events.row_count);
    for (size_t i = 0; i < root.part_count && is_shown != NULL && status == SHIRE_OK; i++) {
        is_shown[parts[i].source] = true;
        status = name_event(&e, &nodes[i], (size_t)parts[i].source, error);
        if (status == SHIRE_OK) {
            status = add_activities(&e, &nodes[i], (size_t)parts[i].source, error);
        }
    }
    if (status == SHIRE_OK &&
        (is_shown == NULL || (root.folded_count > 0 &&
                              !fold_by_kind(&e, &root, is_shown, e.events.columns[5].decimal6)))) {
        status = EXPLAIN_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        status = name_lines(&e, error);
    }
    if (status == SHIRE_OK) {
        *tree_out = root;
    }
    return status;
}

/* The event of that id; several are named, so that one can be chosen. */
static shire_status find_event(explainer *e, const char *event_id, int64_t *event_no_out,
                               shire_error *error) {
    shire_builder sql = {0};
    shire_frame frame;
    shire_builder_append_text(
        &sql, "SELECT event_no, body || '/' || coalesce(source, '') FROM (SELECT event.*, "
              "organisation.code AS body FROM event JOIN organisation USING (organisation_no)) "
              "WHERE ");
    static const char *const forms[] = {"event_id", "body || '/' || event_id",
                                        "body || '/' || source || '/' || event_id"};
    for (size_t i = 0; i < 3; i++) {
        shire_builder_append_format(&sql, "%s%s = ", i > 0 ? " OR " : "", forms[i]);
        shire_builder_append_sql_literal(&sql, shire_span_of(event_id));
    }
    shire_builder_append_text(&sql, " ORDER BY event_no LIMIT 2");
    shire_status status = sql.failed
                              ? EXPLAIN_NO_MEMORY(error)
                              : shire_table_query(e->table, sql.bytes, e->arena, &frame, error);
    shire_builder_free(&sql);
    if (status != SHIRE_OK) {
        return status;
    }
    if (frame.row_count == 0) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "there is no event of that id; ids stand in the table event");
    }
    if (frame.row_count > 1) {
        shire_span first = shire_column_text(&frame.columns[1], 0);
        shire_span second = shire_column_text(&frame.columns[1], 1);
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "several events have that id, in %.*s and %.*s; put ORGANISATION/SOURCE/ "
                          "before it",
                          (int)first.length, first.bytes, (int)second.length, second.bytes);
    }
    *event_no_out = frame.columns[0].int64[0];
    return SHIRE_OK;
}

shire_status shire_explain_event(shire_table *warehouse, const char *event_id,
                                 const shire_explain_options *options, shire_arena *arena,
                                 shire_explain_node *tree_out, shire_error *error) {
    explainer e = {.table = warehouse, .arena = arena, .all = options->all};
    int64_t event_no = 0;
    shire_status status = explain_check_warehouse(warehouse, arena, error);
    if (status == SHIRE_OK) {
        status = find_event(&e, event_id, &event_no, error);
    }
    char *condition = shire_arena_format(arena, "event.event_no = %" PRId64, event_no);
    if (status == SHIRE_OK) {
        status = condition == NULL ? EXPLAIN_NO_MEMORY(error)
                                   : explain_load_events(&e, condition, options->book, error);
    }
    if (status == SHIRE_OK) {
        status = explain_load_chain(&e, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_explain_node root = {.amount = e.events.columns[5].decimal6[0]};
    set_least_shown(&e, root.amount);
    status = name_event(&e, &root, 0, error);
    if (status == SHIRE_OK) {
        status = add_activities(&e, &root, 0, error);
    }
    if (status == SHIRE_OK) {
        status = name_lines(&e, error);
    }
    if (status == SHIRE_OK) {
        *tree_out = root;
    }
    return status;
}
