/*
 * The cost explorer: all bodies, one body's services, a service's activities, an activity's people.
 * Figures are the last run's, read by a worker. Who works for planning sees counts that are rounded
 * and no small ones, and what belongs to a small one is withheld, too; people are shown to those
 * alone who may read costs of persons, one by one through the gate, and each of them is an entry in
 * the audit log.
 */
#include "report/report_format.h"
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_figures.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

#define PEOPLE_SHOWN 25
#define PEOPLE_LOOKED_AT 60

typedef struct costs {
    shire_call *call;
    bool is_download;
    bool is_published;  /* small numbers are withheld */
    bool may_people;    /* the role reads costs of persons for this purpose */
    shire_span body;    /* code; what was asked for, empty: all */
    shire_span service; /* setting */
    shire_span activity;
    const char *body_name;
    uint32_t organisation;
    shire_figures_tallies people;
    bool is_withheld; /* the service that was asked for is a small number */
    shire_figures figures;
    shire_audit_entry *entries; /* of the people that are shown */
    size_t entry_count;
    shire_span spreadsheet;
} costs;

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

/* The address of a view; what is empty is left out. */
static const char *address(const costs *state, const char *page, shire_span body,
                           shire_span service, shire_span activity) {
    shire_builder path = {0};
    const struct {
        const char *name;
        shire_span value;
    } parts[] = {{"?body=", body}, {"&service=", service}, {"&activity=", activity}};
    shire_builder_append_text(&path, page);
    for (size_t i = 0; i < 3 && parts[i].value.length > 0; i++) {
        shire_builder_append_text(&path, parts[i].name);
        shire_builder_append_url(&path, parts[i].value);
    }
    const char *kept =
        path.failed ? NULL
                    : shire_arena_copy_text(state->call->request->arena, path.bytes, path.length);
    shire_builder_free(&path);
    return kept;
}

/* ---- people ---- */

/* An amount to the penny. */
static shire_report_cell penny_cell(shire_money amount) {
    return shire_report_number(shire_report_divide(amount, 10000) * 10000);
}

static shire_report_cell people_cell(const costs *state, int64_t people, bool is_withheld) {
    if (state->is_published) {
        return shire_report_people(people, is_withheld);
    }
    return people == 0 ? (shire_report_cell){0} : shire_report_number(people);
}

static shire_report_cell figure_cell(int64_t value, bool is_withheld) {
    return is_withheld ? (shire_report_cell){.state = SHIRE_REPORT_WITHHELD}
                       : shire_report_number(value);
}

/* The order in which rows stand: what is shown by its cost, as it came; then what is withheld by
 * its name, because its place among the others would tell what it cost. NULL when out of memory. */
static size_t *order_rows(const costs *state, const shire_column *names, const uint8_t *withheld,
                          size_t count) {
    size_t *order = shire_arena_alloc_array(state->call->request->arena, count, sizeof *order);
    size_t placed = 0;
    for (size_t row = 0; order != NULL && row < count; row++) {
        if (!withheld[row]) {
            order[placed++] = row;
        }
    }
    size_t shown = placed;
    for (size_t row = 0; order != NULL && row < count; row++) {
        if (withheld[row]) {
            size_t at = placed++;
            for (; at > shown && shire_span_compare(shire_column_text(names, order[at - 1]),
                                                    shire_column_text(names, row)) > 0;
                 at--) {
                order[at] = order[at - 1];
            }
            order[at] = row;
        }
    }
    return order;
}

/* ---- tables ---- */

static shire_status new_table(costs *state, const shire_report_table *shape, size_t row_count,
                              shire_error *error) {
    state->figures.links =
        shire_arena_alloc_array(state->call->request->arena, row_count + 1, sizeof(const char *));
    return state->figures.links == NULL
               ? no_memory(error)
               : shire_report_table_new(shape, row_count + 1, state->call->request->arena,
                                        &state->figures.table, error);
}

static int64_t percent(int64_t part, int64_t whole) {
    return shire_report_percent_tenths(part, whole);
}

static int64_t total_of(const shire_column *column, size_t row_count) {
    int64_t total = 0;
    for (size_t row = 0; row < row_count; row++) {
        total += shire_figures_number(column, row);
    }
    return total;
}

static shire_status query(costs *state, shire_builder *sql, shire_frame *frame,
                          shire_error *error) {
    shire_status status = sql->failed
                              ? no_memory(error)
                              : shire_world_query(state->call->world, sql->bytes,
                                                  state->call->request->arena, frame, error);
    shire_builder_free(sql);
    return status;
}

/* All bodies. Their totals are their ledgers' and tell of nobody. */
static shire_status list_bodies(costs *state, shire_error *error) {
    static const shire_report_column columns[] = {{"Body", SHIRE_REPORT_TEXT},
                                                  {"Cost of care", SHIRE_REPORT_POUNDS},
                                                  {"Share", SHIRE_REPORT_PERCENT},
                                                  {"Events", SHIRE_REPORT_COUNT},
                                                  {"People", SHIRE_REPORT_COUNT}};
    static const shire_report_table shape = {.name = "bodies",
                                             .sheet = "Bodies",
                                             .caption = "Cost of care by body",
                                             .columns = columns,
                                             .column_count = 5,
                                             .heading_count = 1,
                                             .has_total_row = true};
    shire_builder sql = {0};
    shire_frame frame;
    shire_builder_append_text(
        &sql, "SELECT o.organisation_no, o.code, o.name, sum(k.amount)::DECIMAL(18,6),"
              " sum(k.events)::BIGINT FROM kind_cost k JOIN organisation o USING (organisation_no)"
              " GROUP BY ALL ORDER BY 4 DESC, 2");
    shire_status status = query(state, &sql, &frame, error);
    if (status == SHIRE_OK) {
        status = new_table(state, &shape, frame.row_count, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t total = total_of(&frame.columns[3], frame.row_count);
    for (size_t row = 0; row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(state->figures.table);
        int64_t amount = shire_figures_number(&frame.columns[3], row);
        uint32_t body = (uint32_t)shire_figures_number(&frame.columns[0], row);
        cells[0] = shire_report_text(shire_figures_text(state->call, &frame.columns[2], row));
        cells[1] = shire_report_pounds(amount, false);
        cells[2] = shire_report_number(percent(amount, total));
        cells[3] = shire_report_number(shire_figures_number(&frame.columns[4], row));
        cells[4] = people_cell(state, shire_figures_people(&state->people, body, NULL), false);
        if (shire_figures_shares_costs(state->call, body)) {
            state->figures.links[row] =
                address(state, "/costs", shire_column_text(&frame.columns[1], row), (shire_span){0},
                        (shire_span){0});
        }
    }
    shire_report_cell *cells = shire_report_table_add_row(state->figures.table);
    cells[0] = shire_report_text("All bodies");
    cells[1] = shire_report_pounds(total, false);
    cells[2] = shire_report_number(total == 0 ? 0 : 1000);
    cells[3] = shire_report_number(total_of(&frame.columns[4], frame.row_count));
    state->figures.chart_column = 1;
    state->figures.chart_title = "Cost of care by body";
    return SHIRE_OK;
}

/* The services of a body, and which of them are withheld. */
static shire_status read_services(costs *state, shire_frame *frame, int64_t **people_out,
                                  uint8_t **withheld_out, shire_error *error) {
    shire_arena *arena = state->call->request->arena;
    shire_builder sql = {0};
    shire_builder_append_format(&sql,
                                "SELECT setting, amount, events FROM kind_cost"
                                " WHERE organisation_no = %u ORDER BY amount DESC, setting",
                                (unsigned)state->organisation);
    shire_status status = query(state, &sql, frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *people = shire_arena_alloc_array(arena, frame->row_count, sizeof *people);
    uint8_t *withheld = shire_arena_alloc(arena, frame->row_count);
    if (people == NULL || withheld == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < frame->row_count; row++) {
        shire_span setting = shire_column_text(&frame->columns[0], row);
        people[row] = shire_figures_people(&state->people, state->organisation, &setting);
    }
    *people_out = people;
    *withheld_out = withheld;
    return shire_figures_withhold(state->call, &frame->columns[0], people, 0, frame->row_count,
                                  withheld, error);
}

static shire_status list_services(costs *state, shire_error *error) {
    static const shire_report_column columns[] = {
        {"Service", SHIRE_REPORT_TEXT},  {"Cost of care", SHIRE_REPORT_POUNDS},
        {"Share", SHIRE_REPORT_PERCENT}, {"Events", SHIRE_REPORT_COUNT},
        {"People", SHIRE_REPORT_COUNT},  {"Cost an event", SHIRE_REPORT_MONEY}};
    static const shire_report_table shape = {.name = "services",
                                             .sheet = "Services",
                                             .caption = "Cost of care by service",
                                             .columns = columns,
                                             .column_count = 6,
                                             .heading_count = 1,
                                             .has_total_row = true,
                                             .has_withheld = true};
    shire_frame frame;
    int64_t *people = NULL;
    uint8_t *withheld = NULL;
    shire_status status = read_services(state, &frame, &people, &withheld, error);
    if (status == SHIRE_OK) {
        status = new_table(state, &shape, frame.row_count, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t total = total_of(&frame.columns[1], frame.row_count);
    int64_t all_events = total_of(&frame.columns[2], frame.row_count);
    const size_t *order = order_rows(state, &frame.columns[0], withheld, frame.row_count);
    for (size_t i = 0; order != NULL && i < frame.row_count; i++) {
        size_t row = order[i];
        shire_report_cell *cells = shire_report_table_add_row(state->figures.table);
        shire_span setting = shire_column_text(&frame.columns[0], row);
        int64_t amount = shire_figures_number(&frame.columns[1], row);
        int64_t events = shire_figures_number(&frame.columns[2], row);
        cells[0] = shire_report_text(shire_figures_words(state->call, setting));
        cells[1] = shire_report_pounds(amount, withheld[row]);
        cells[2] = figure_cell(percent(amount, total), withheld[row]);
        cells[3] = figure_cell(events, withheld[row]);
        cells[4] = people_cell(state, people[row], withheld[row]);
        /* To the penny. */
        cells[5] = figure_cell(
            events == 0 ? 0 : shire_report_divide(amount, events * 10000) * 10000, withheld[row]);
        state->figures.links[i] =
            withheld[row] ? NULL : address(state, "/costs", state->body, setting, (shire_span){0});
    }
    if (order == NULL) {
        return no_memory(error);
    }
    shire_report_cell *cells = shire_report_table_add_row(state->figures.table);
    cells[0] = shire_report_text("All services");
    cells[1] = shire_report_pounds(total, false);
    cells[2] = shire_report_number(total == 0 ? 0 : 1000);
    cells[3] = shire_report_number(all_events);
    cells[4] =
        people_cell(state, shire_figures_people(&state->people, state->organisation, NULL), false);
    state->figures.chart_column = 1;
    state->figures.chart_title = "Cost of care by service";
    return SHIRE_OK;
}

/* What the items of a body's events of a service cost, from here on by activity or by person. */
static void append_items(const costs *state, shire_builder *sql) {
    shire_builder_append_format(
        sql,
        " FROM event e JOIN item_event USING (event_no) JOIN item_cost c USING (item_no)"
        " JOIN activity_cost a USING (activity_no) LEFT JOIN person_link l"
        " ON l.record_no = e.record_no WHERE e.organisation_no = %u"
        " AND coalesce(e.setting, 'not stated') = ",
        (unsigned)state->organisation);
    shire_builder_append_sql_literal(sql, state->service);
}

static shire_status check_service(costs *state, shire_error *error) {
    shire_frame frame;
    int64_t *people = NULL;
    uint8_t *withheld = NULL;
    shire_status status = read_services(state, &frame, &people, &withheld, error);
    bool is_there = false;
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        if (shire_span_equal(shire_column_text(&frame.columns[0], row), state->service)) {
            is_there = true;
            state->is_withheld = withheld[row] != 0;
        }
    }
    return status == SHIRE_OK && !is_there
               ? SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no such service")
               : status;
}

static shire_status list_activities(costs *state, shire_error *error) {
    static const shire_report_column columns[] = {{"Activity", SHIRE_REPORT_TEXT},
                                                  {"Cost", SHIRE_REPORT_POUNDS},
                                                  {"Share", SHIRE_REPORT_PERCENT},
                                                  {"Items", SHIRE_REPORT_COUNT}};
    static const shire_report_table shape = {.name = "activities",
                                             .sheet = "Activities",
                                             .caption = "What the service is made of, by activity",
                                             .columns = columns,
                                             .column_count = 4,
                                             .heading_count = 1,
                                             .has_total_row = true,
                                             .has_withheld = true};
    shire_arena *arena = state->call->request->arena;
    shire_builder sql = {0};
    shire_frame frame = {0};
    shire_builder_append_text(&sql, "SELECT a.activity, sum(c.amount)::DECIMAL(18,6),"
                                    " count(*)::BIGINT, count(DISTINCT l.person_no)::BIGINT");
    append_items(state, &sql);
    shire_builder_append_text(&sql, state->is_withheld ? " AND false" : "");
    shire_builder_append_text(&sql, " GROUP BY 1 ORDER BY 2 DESC, 1");
    shire_status status = query(state, &sql, &frame, error);
    int64_t *people = shire_arena_alloc_array(arena, frame.row_count, sizeof *people);
    uint8_t *withheld = shire_arena_alloc(arena, frame.row_count);
    if (status == SHIRE_OK && (people == NULL || withheld == NULL)) {
        status = no_memory(error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        people[row] = shire_figures_number(&frame.columns[3], row);
    }
    if (status == SHIRE_OK) {
        status = shire_figures_withhold(state->call, &frame.columns[0], people, 0, frame.row_count,
                                        withheld, error);
    }
    if (status == SHIRE_OK) {
        status = new_table(state, &shape, frame.row_count, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t total = total_of(&frame.columns[1], frame.row_count);
    const size_t *order = order_rows(state, &frame.columns[0], withheld, frame.row_count);
    for (size_t i = 0; order != NULL && i < frame.row_count; i++) {
        size_t row = order[i];
        shire_report_cell *cells = shire_report_table_add_row(state->figures.table);
        int64_t amount = shire_figures_number(&frame.columns[1], row);
        cells[0] = shire_report_text(shire_figures_text(state->call, &frame.columns[0], row));
        cells[1] = shire_report_pounds(amount, withheld[row]);
        cells[2] = figure_cell(percent(amount, total), withheld[row]);
        cells[3] = figure_cell(shire_figures_number(&frame.columns[2], row), withheld[row]);
        state->figures.links[i] = state->may_people
                                      ? address(state, "/costs", state->body, state->service,
                                                shire_column_text(&frame.columns[0], row))
                                      : NULL;
    }
    if (order == NULL) {
        return no_memory(error);
    }
    shire_report_cell *cells = shire_report_table_add_row(state->figures.table);
    cells[0] = shire_report_text("All activities");
    cells[1] = shire_report_pounds(total, state->is_withheld);
    cells[2] = figure_cell(total == 0 ? 0 : 1000, state->is_withheld);
    cells[3] = figure_cell(total_of(&frame.columns[2], frame.row_count), state->is_withheld);
    state->figures.chart_column = 1;
    state->figures.chart_title = "Cost by activity";
    return SHIRE_OK;
}

/* ---- persons ---- */

/* The cost that the viewer may see of a person's care in this service; false where the viewer may
 * not know of the person, or where some of it is hidden from the viewer: then the person's part of
 * an activity would tell more than it may. */
static bool may_see_person(costs *state, shire_span person_id, shire_money whole,
                           shire_audit_entry *entry) {
    const shire_record_asker asker = shire_call_asker(state->call, NULL);
    const shire_record_request request = {.person_id = person_id, .count = 1, .has_no_items = true};
    shire_record_view view = {0};
    bool may = false;
    if (shire_record_read(state->call->world->record, &asker, &request, state->call->request->arena,
                          &view, entry, NULL) == SHIRE_OK) {
        for (size_t i = 0; i < view.cost_count; i++) {
            shire_span setting = view.costs[i].setting.length == 0 ? shire_span_of("not stated")
                                                                   : view.costs[i].setting;
            may |= view.costs[i].body.number == state->organisation &&
                   shire_span_equal(setting, state->service) && view.costs[i].amount == whole;
        }
    }
    shire_record_view_done(&view);
    return may;
}

static shire_status list_people(costs *state, shire_error *error) {
    static const shire_report_column columns[] = {{"Person", SHIRE_REPORT_TEXT},
                                                  {"Cost of the activity", SHIRE_REPORT_MONEY},
                                                  {"Items", SHIRE_REPORT_COUNT},
                                                  {"Cost of the service", SHIRE_REPORT_MONEY}};
    static const shire_report_table shape = {
        .name = "people",
        .sheet = "People",
        .caption = "Who cost most in this activity, as far as you may see",
        .columns = columns,
        .column_count = 4,
        .heading_count = 1};
    shire_builder sql = {0};
    shire_frame frame;
    shire_builder_append_text(&sql,
                              "WITH part AS (SELECT l.person_no, sum(c.amount) AS whole, sum(CASE"
                              " WHEN a.activity = ");
    shire_builder_append_sql_literal(&sql, state->activity);
    shire_builder_append_text(&sql, " THEN c.amount END) AS amount, count(CASE WHEN a.activity = ");
    shire_builder_append_sql_literal(&sql, state->activity);
    shire_builder_append_text(&sql, " THEN 1 END) AS items");
    append_items(state, &sql);
    shire_builder_append_format(
        &sql,
        " AND l.person_no IS NOT NULL GROUP BY 1)"
        " SELECT p.person_id, amount::DECIMAL(18,6), items::BIGINT, whole::DECIMAL(18,6)"
        " FROM part JOIN person p USING (person_no) WHERE items > 0"
        " ORDER BY amount DESC, person_id LIMIT %d",
        PEOPLE_LOOKED_AT);
    shire_status status = query(state, &sql, &frame, error);
    if (status == SHIRE_OK) {
        status = new_table(state, &shape, PEOPLE_SHOWN, error);
    }
    state->entries =
        shire_arena_alloc_array(state->call->request->arena, PEOPLE_SHOWN, sizeof *state->entries);
    if (status == SHIRE_OK && state->entries == NULL) {
        status = no_memory(error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t row = 0; row < frame.row_count && state->entry_count < PEOPLE_SHOWN; row++) {
        const char *person_id = shire_figures_text(state->call, &frame.columns[0], row);
        shire_money whole = shire_figures_number(&frame.columns[3], row);
        shire_audit_entry *entry = &state->entries[state->entry_count];
        if (!may_see_person(state, shire_span_of(person_id), whole, entry)) {
            continue;
        }
        entry->detail =
            state->is_download ? "cost in a list that was downloaded" : "cost in a list";
        shire_report_cell *cells = shire_report_table_add_row(state->figures.table);
        cells[0] = shire_report_text(person_id);
        cells[1] = penny_cell(shire_figures_number(&frame.columns[1], row));
        cells[2] = shire_report_number(shire_figures_number(&frame.columns[2], row));
        cells[3] = penny_cell(whole);
        state->figures.links[state->entry_count++] =
            shire_person_path(state->call, shire_span_of(person_id), "#costs");
    }
    return SHIRE_OK;
}

/* ---- the request ---- */

static shire_status find_body(costs *state, shire_error *error) {
    const shire_record_book *book = shire_record_get_book(state->call->world->record);
    state->organisation = shire_record_book_find_organisation(book, state->body);
    if (state->organisation == SHIRE_RECORD_NOBODY ||
        !shire_figures_shares_costs(state->call, state->organisation)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no such body");
    }
    shire_span name = shire_record_book_text(book, book->organisations[state->organisation].name);
    state->body_name = shire_arena_copy_text(state->call->request->arena, name.bytes, name.length);
    return state->body_name == NULL ? no_memory(error) : SHIRE_OK;
}

static shire_status read_table(costs *state, shire_error *error) {
    if (state->body.length == 0) {
        return list_bodies(state, error);
    }
    if (state->service.length == 0) {
        return list_services(state, error);
    }
    shire_status status = check_service(state, error);
    if (status != SHIRE_OK) {
        return status;
    }
    return state->activity.length == 0 ? list_activities(state, error)
           : state->may_people
               ? list_people(state, error)
               : SHIRE_FAIL(error, SHIRE_NOT_FOUND, "people are not shown for this purpose");
}

static shire_status read_costs(void *context, shire_error *error) {
    costs *state = context;
    shire_status status = state->service.length == 0 || state->is_published
                              ? shire_figures_count_people(state->call, &state->people, error)
                              : SHIRE_OK;
    if (status == SHIRE_OK && state->body.length > 0) {
        status = find_body(state, error);
    }
    if (status == SHIRE_OK) {
        status = read_table(state, error);
    }
    if (status == SHIRE_OK && state->is_download) {
        status = shire_figures_write(state->call, state->figures.table, &state->spreadsheet, error);
    }
    return status;
}

static shire_status log_costs(shire_store *store, void *context, shire_error *error) {
    const costs *state = context;
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < state->entry_count && status == SHIRE_OK; i++) {
        status = shire_record_log_job(store, &state->entries[i], error);
    }
    shire_audit_entry entry = {
        .kind = state->is_download ? "export" : "read",
        .actor = state->call->user->account,
        .organisation = state->call->user->organisation,
        .purpose = shire_gate_name(SHIRE_GATE_PURPOSES, state->call->user->viewer.purpose),
        .subject = "",
        .detail = state->activity.length > 0  ? "costs of an activity"
                  : state->service.length > 0 ? "costs of a service"
                  : state->body.length > 0    ? "costs of a body"
                                              : "costs of all bodies"};
    return status == SHIRE_OK ? shire_record_log_job(store, &entry, error) : status;
}

/* Where one is: the parent as the way back, those above it as breadcrumbs. */
static void add_way(const costs *state, json_t *values) {
    const shire_span none = {0};
    json_t *crumbs = json_array();
    const char *names[] = {"Money", state->body_name,
                           shire_figures_words(state->call, state->service)};
    const char *paths[] = {"/costs", address(state, "/costs", state->body, none, none),
                           address(state, "/costs", state->body, state->service, none)};
    size_t depth = state->activity.length > 0  ? 3
                   : state->service.length > 0 ? 2
                   : state->body.length > 0    ? 1
                                               : 0;
    for (size_t i = 0; i + 1 < depth; i++) {
        (void)json_array_append_new(crumbs,
                                    json_pack("{s:s, s:s}", "text", names[i], "href", paths[i]));
    }
    (void)json_object_set_new(values, "breadcrumbs", crumbs);
    if (depth > 0) {
        (void)json_object_set_new(
            values, "back",
            json_pack("{s:s, s:s}", "text", names[depth - 1], "href", paths[depth - 1]));
    }
}

static shire_status show_costs_read(shire_call *call, void *context, shire_error *error) {
    costs *state = context;
    shire_status status = SHIRE_OK;
    if (state->is_download) {
        const char *name =
            shire_arena_format(call->request->arena, "costs-by-%s", state->figures.table->name);
        shire_figures_answer(call, state->spreadsheet, name == NULL ? "costs" : name);
    } else {
        const char *heading =
            state->activity.length > 0
                ? shire_arena_copy_text(call->request->arena, state->activity.bytes,
                                        state->activity.length)
            : state->service.length > 0 ? shire_figures_words(call, state->service)
            : state->body.length > 0    ? state->body_name
                                        : "What care cost";
        json_t *values = json_pack(
            "{s:s, s:o, s:o, s:s?, s:o, s:b, s:b, s:b, s:b, s:s}", "heading", heading, "from",
            shire_words_day(call->web->partnership.period_first), "until",
            shire_words_day(call->web->partnership.period_last), "body_name",
            state->service.length > 0 ? state->body_name : NULL, "figures",
            shire_figures_json(&state->figures), "is_published", state->is_published, "is_top",
            state->body.length == 0, "is_people", state->activity.length > 0, "may_people",
            state->may_people && state->service.length > 0, "download",
            address(state, "/costs/download", state->body, state->service, state->activity));
        if (values != NULL) {
            add_way(state, values);
        }
        status = shire_call_page(call, "costs", heading, values, error);
    }
    if (status == SHIRE_OK) {
        shire_call_write(call, log_costs, NULL, state);
    }
    return status;
}

static shire_status begin(shire_call *call, bool is_download, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    costs *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        return no_memory(error);
    }
    const shire_gate_viewer *viewer = &call->user->viewer;
    const shire_gate_role_rule *rule = shire_gate_find_rule(viewer->role, viewer->purpose);
    shire_gate_action action = is_download ? SHIRE_GATE_EXPORT : SHIRE_GATE_READ;
    *state = (costs){.call = call,
                     .is_download = is_download,
                     .is_published = shire_figures_are_published(call),
                     .may_people = rule != NULL && (rule->categories[action] &
                                                    SHIRE_GATE_BIT(SHIRE_GATE_COST)) != 0,
                     .body = shire_call_query(call, "body"),
                     .service = shire_call_query(call, "service"),
                     .activity = shire_call_query(call, "activity")};
    if ((state->body.length == 0 && state->service.length > 0) ||
        (state->service.length == 0 && state->activity.length > 0)) {
        return shire_call_hide(call, error);
    }
    shire_call_work(call, read_costs, show_costs_read, state);
    return SHIRE_OK;
}

static shire_status show_costs(shire_call *call, shire_error *error) {
    return begin(call, false, error);
}

static shire_status send_costs(shire_call *call, shire_error *error) {
    return begin(call, true, error);
}

const shire_route shire_page_costs_routes[] = {
    {.pattern = "/costs", .handle = show_costs, .abilities = SHIRE_GATE_SEE_COSTS},
    {.pattern = "/costs/download", .handle = send_costs, .abilities = SHIRE_GATE_SEE_COSTS},
    {.pattern = NULL},
};
