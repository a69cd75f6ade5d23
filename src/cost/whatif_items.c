/*
 * Changes of items (quantity, minutes, amount) and of relative weights: the weighings that they
 * reach are evaluated again by the engine, over a view of the warehouse in which the items have
 * their new values. Nothing else asks the warehouse; a scenario without such changes opens none.
 */
#include "cost/whatif_internal.h"

#include <string.h>

static bool is_activity(const cost_edit *edit) {
    return strcmp(edit->table, COST_EDIT_ACTIVITY) == 0 &&
           strcmp(edit->column, COST_EDIT_DELAY) != 0;
}

static bool is_weight(const cost_edit *edit) {
    return strcmp(edit->table, "weight") == 0 && edit->row_count > 0;
}

/* Does SQL text speak of the column? It may be in a quoted text: then one weighing too many is
 * evaluated again. */
static bool mentions(const char *sql, const char *column) {
    return sql != NULL && strcasestr(sql, column) != NULL;
}

static bool is_package(const cost_weighing *weighing) {
    return cost_package_part_of(weighing->basis) != COST_PACKAGE_NONE;
}

/* Does the change of an item column, or of weights, reach the weighing? */
static bool reaches(const cost_edit *edit, const cost_weighing *weighing) {
    if (is_weight(edit)) {
        return strcmp(weighing->basis, "weight") == 0;
    }
    bool by_quantity = strcmp(weighing->basis, "weight") == 0 || is_package(weighing);
    bool by_column = mentions(weighing->condition, edit->column) ||
                     mentions(weighing->basis, edit->column) ||
                     (by_quantity && strcmp(edit->column, "quantity") == 0);
    for (size_t row = 0; is_activity(edit) && by_column && row < edit->feeds.row_count; row++) {
        if (edit->feeds.columns[0].int32[row] == weighing->organisation &&
            shire_text_glob(shire_span_of(weighing->feed),
                            shire_column_text(&edit->feeds.columns[1], row))) {
            return true;
        }
    }
    return false;
}

/* ---- the view ---- */

void cost_condition_print(const cost_condition *condition, shire_arena *arena, shire_builder *sql) {
    static const char *const signs[] = {"=", "<>", "<", "<=", ">", ">="};
    bool is_organisation = strcmp(condition->column, "organisation") == 0;
    bool is_number =
        strcmp(condition->column, "quantity") == 0 || strcmp(condition->column, "minutes") == 0 ||
        strcmp(condition->column, "amount") == 0 || strcmp(condition->column, "source_line") == 0;
    shire_decimal6 number = 0;
    char text[24];
    bool pattern = condition->comparison <= COST_IS_NOT && cost_has_pattern(condition->value);
    if (is_organisation) {
        shire_builder_append_text(sql, "organisation_no IN (SELECT organisation_no FROM "
                                       "organisation WHERE ");
    }
    if (is_number && !pattern &&
        shire_decimal_parse(shire_span_of(condition->value), &number, NULL) == SHIRE_OK) {
        shire_decimal_format(number, 0, text);
        shire_builder_append_format(sql, "%s %s CAST(%s AS DECIMAL(18,6))", condition->column,
                                    signs[condition->comparison], text);
    } else {
        char *glob = pattern ? cost_glob(arena, condition->value) : NULL;
        shire_builder_append_format(sql, "%scoalesce(%s::VARCHAR, '') %s ",
                                    pattern && condition->comparison == COST_IS_NOT ? "NOT " : "",
                                    is_organisation ? "code" : condition->column,
                                    pattern ? "GLOB" : signs[condition->comparison]);
        shire_builder_append_sql_literal(
            sql, shire_span_of(pattern ? (glob == NULL ? "" : glob) : condition->value));
    }
    shire_builder_append_text(sql, is_organisation ? ")" : "");
}

static void print_conditions(const cost_edit *edit, shire_arena *arena, shire_builder *sql) {
    shire_builder_append_text(sql, edit->operation == COST_EDIT_SET ? "TRUE" : edit->column);
    shire_builder_append_text(sql, edit->operation == COST_EDIT_SET ? "" : " IS NOT NULL");
    for (size_t i = 0; i < edit->conditions.count; i++) {
        shire_builder_append_text(sql, " AND ");
        cost_condition_print(&edit->conditions.items[i], arena, sql);
    }
}

static void print_value(const cost_edit *edit, shire_builder *sql) {
    static const char *const signs[] = {"", " * ", " + ", " - "};
    char text[24];
    shire_decimal_format(edit->value, 0, text);
    shire_builder_append_format(sql, "CAST(%s%sCAST(%s AS DECIMAL(18,6)) AS DECIMAL(18,6))",
                                edit->operation == COST_EDIT_SET ? "" : edit->column,
                                signs[edit->operation], text);
}

/* What the change does to the items of `source`, counted; then `source` with it done. */
static shire_status apply_edit(shire_table *table, cost_edit *edit, shire_arena *arena,
                               shire_builder *source, shire_error *error) {
    shire_builder sql = {0};
    shire_builder next = {0};
    shire_frame frame;
    shire_builder_append_format(
        &sql, "SELECT count(*), coalesce(sum(%s), 0)::DECIMAL(18,6), coalesce(sum(", edit->column);
    print_value(edit, &sql);
    shire_builder_append_format(&sql, "), 0)::DECIMAL(18,6) FROM (%s) WHERE ", source->bytes);
    print_conditions(edit, arena, &sql);
    shire_builder_append_text(&next, "SELECT * REPLACE (CASE WHEN ");
    print_conditions(edit, arena, &next);
    shire_builder_append_text(&next, " THEN ");
    print_value(edit, &next);
    shire_builder_append_format(&next, " ELSE %s END AS %s) FROM (%s)", edit->column, edit->column,
                                source->bytes);
    shire_status status = sql.failed || next.failed
                              ? COST_NO_MEMORY(error)
                              : shire_table_query(table, sql.bytes, arena, &frame, error);
    if (status == SHIRE_OK) {
        edit->row_count = frame.columns[0].int64[0];
        edit->before = frame.columns[1].decimal6[0];
        edit->after = frame.columns[2].decimal6[0];
        shire_builder_clear(&sql);
        shire_builder_append_format(&sql,
                                    "SELECT DISTINCT organisation_no::INTEGER, feed FROM (%s) "
                                    "WHERE ",
                                    source->bytes);
        print_conditions(edit, arena, &sql);
        status = sql.failed ? COST_NO_MEMORY(error)
                            : shire_table_query(table, sql.bytes, arena, &edit->feeds, error);
    } else {
        shire_error_prefix(error, "'%s'", edit->text);
    }
    shire_builder_free(&sql);
    shire_builder_free(source);
    *source = next;
    return status;
}

static shire_status make_view(shire_table *table, whatif_pass *pass, shire_error *error) {
    shire_builder source = {0};
    shire_status status = SHIRE_OK;
    shire_builder_append_text(&source, "SELECT * FROM warehouse.main.activity_item");
    for (size_t i = 0; i < pass->edits.list.count && status == SHIRE_OK; i++) {
        cost_edit *edit = &pass->edits.list.items[i];
        if (is_activity(edit)) {
            status = apply_edit(table, edit, pass->run.arena, &source, error);
        }
    }
    if (status == SHIRE_OK) {
        shire_builder view = {0};
        shire_builder_append_format(&view, "CREATE VIEW activity_item AS %s", source.bytes);
        status = source.failed || view.failed ? COST_NO_MEMORY(error)
                                              : shire_table_execute(table, view.bytes, error);
        shire_builder_free(&view);
    }
    shire_builder_free(&source);
    return status;
}

/* ---- weighing again ---- */

/* Which weighings the changes reach; days and nights are counted from events, not by the engine. */
static shire_status choose(whatif_pass *pass, size_t *chosen_count, shire_error *error) {
    const cost_run *run = &pass->run;
    for (size_t w = 0; w < run->weighings.count; w++) {
        const cost_weighing *weighing = &run->weighings.items[w];
        for (size_t i = 0; i < pass->edits.list.count; i++) {
            const cost_edit *edit = &pass->edits.list.items[i];
            if (!reaches(edit, weighing) || weighing->failed) {
                continue;
            }
            if (strcmp(weighing->basis, "days") == 0 || strcmp(weighing->basis, "nights") == 0 ||
                is_package(weighing)) {
                return SHIRE_FAIL(error, SHIRE_INVALID,
                                  "'%s': a rule of feed %s by %s depends on %s, which a what-if "
                                  "cannot weigh again; change a copy of the folder and run it",
                                  edit->text, weighing->feed, weighing->basis, edit->column);
            }
            *chosen_count += !pass->changed[w];
            pass->changed[w] = true;
        }
    }
    return SHIRE_OK;
}

static shire_status read_outside(cost_run *run, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(run->table, "SELECT item_no::BIGINT FROM item_outside",
                                            run->arena, &frame, error);
    run->item_count = run->kept->item_count;
    run->item_outside = shire_arena_alloc(run->arena, run->item_count);
    /* Looked at for days and nights only, which are not weighed here. */
    run->item_events = shire_arena_alloc_array(run->arena, run->item_count, sizeof(int32_t));
    if (status == SHIRE_OK && (run->item_outside == NULL || run->item_events == NULL)) {
        status = COST_NO_MEMORY(error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        run->item_outside[frame.columns[0].int64[row]] = 1;
    }
    return status;
}

static shire_status evaluate_chosen(whatif_pass *pass, shire_table *table, shire_error *error) {
    cost_run run = pass->run; /* the same weighings, with a warehouse to ask */
    run.table = table;
    shire_status status = read_outside(&run, error);
    for (size_t w = 0; w < run.weighings.count && status == SHIRE_OK; w++) {
        run.weighings.items[w].weight_total =
            pass->changed[w] ? 0 : run.weighings.items[w].weight_total;
    }
    if (status == SHIRE_OK) {
        status = cost_weighings_evaluate_chosen(&run, pass->changed, error);
    }
    for (size_t w = 0; w < run.weighings.count && status == SHIRE_OK; w++) {
        if (pass->changed[w] &&
            !cost_rows_pack(&run.weighings.items[w], pass->run.arena, &pass->rows[w])) {
            status = COST_NO_MEMORY(error);
        }
    }
    return status;
}

/* An engine in memory, beside which the warehouse is read: so there is room for the few tables that
 * weighing makes. */
static shire_status open_warehouse(const shire_whatif *whatif, shire_table **table_out,
                                   shire_error *error) {
    const shire_table_options options = {.thread_count = whatif->thread_count,
                                         .memory_limit_mb = whatif->partnership->memory_limit_mb};
    shire_builder sql = {0};
    shire_table *table = NULL;
    shire_builder_append_text(&sql, "ATTACH ");
    shire_builder_append_sql_literal(&sql, shire_span_of(whatif->warehouse_path));
    shire_builder_append_text(&sql, " AS warehouse (READ_ONLY)");
    static const char *const names[] = {"organisation", "event", "item_event", "item_outside"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        shire_builder_append_format(&sql, "; CREATE VIEW %s AS SELECT * FROM warehouse.main.%s",
                                    names[i], names[i]);
    }
    shire_status status =
        sql.failed ? COST_NO_MEMORY(error) : shire_table_open(&options, &table, error);
    if (status == SHIRE_OK) {
        status = shire_table_execute(table, sql.bytes, error);
    }
    shire_builder_free(&sql);
    if (status != SHIRE_OK) {
        shire_table_close(table);
        return status;
    }
    *table_out = table;
    return SHIRE_OK;
}

shire_status whatif_items_weigh(const shire_whatif *whatif, whatif_pass *pass, shire_error *error) {
    shire_table *table = NULL;
    shire_status status = SHIRE_OK;
    size_t chosen_count = 0;
    bool any = false;
    for (size_t i = 0; i < pass->edits.list.count; i++) {
        any |= is_activity(&pass->edits.list.items[i]) || is_weight(&pass->edits.list.items[i]);
    }
    if (!any) {
        return SHIRE_OK;
    }
    status = open_warehouse(whatif, &table, error);
    if (status == SHIRE_OK) {
        status = make_view(table, pass, error);
    }
    if (status == SHIRE_OK) {
        status = choose(pass, &chosen_count, error);
    }
    if (status == SHIRE_OK && chosen_count > 0) {
        status = evaluate_chosen(pass, table, error);
    }
    shire_table_close(table);
    return status;
}
