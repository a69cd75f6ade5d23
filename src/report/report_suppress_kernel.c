/*
 * Withholding of small cells. First every small cell is withheld; then each row and column whose
 * withheld cells hold too few people gets its smallest shown cell withheld as well; then each cell
 * withheld so far is put on a cycle of withheld cells by a shortest path between its row and
 * its column. See the header for why a cycle is both needed and enough.
 *
 * A table whose column totals are not shown has no equation for its columns: all columns are then
 * one vertex. The same holds for rows.
 */
#include "report/report_suppress_kernel.h"

#include <assert.h>
#include <string.h>

#define LINES_MAX SHIRE_REPORT_SUPPRESS_LINES_MAX
#define VERTICES_MAX (2 * LINES_MAX)
#define FAR INT64_MAX
/* Marks of withheld cells while the work is under way. */
#define SENSITIVE 1
#define COVER 2
/* A path takes an empty cell only where there is no other way: hiding that nobody is there costs
 * more than any number of people a county could have. */
#define EMPTY_CELL_COST (INT64_C(1) << 40)

typedef struct search {
    const shire_report_suppress_table *table;
    uint8_t *withheld;
    size_t row_vertices; /* vertices 0 .. row_vertices - 1 are rows, the others columns */
    size_t vertex_count;
    int64_t distance[VERTICES_MAX];
    size_t via_cell[VERTICES_MAX];
    size_t previous[VERTICES_MAX];
    bool settled[VERTICES_MAX];
} search;

static size_t row_vertex(const search *state, size_t row) {
    return state->table->row_totals_shown ? row : 0;
}

static size_t column_vertex(const search *state, size_t column) {
    return state->row_vertices + (state->table->column_totals_shown ? column : 0);
}

/*
 * The price of withholding `cell` when it would be lowered or raised. Taking value from the
 * sensitive cell round the cycle raises the cells passed from row to column and lowers those passed
 * from column to row; giving it value does the reverse; and an empty cell cannot be lowered.
 */
static int64_t cell_cost(const search *state, size_t cell, bool lowers) {
    int64_t people = state->table->people[cell];
    if (people == 0 && lowers) {
        return FAR;
    }
    if (state->withheld[cell]) {
        return 0;
    }
    return people == 0 ? EMPTY_CELL_COST : people;
}

static void relax(search *state, size_t from, size_t to, size_t cell, bool lowers) {
    int64_t cost = cell_cost(state, cell, lowers);
    if (cost == FAR || state->settled[to]) {
        return;
    }
    int64_t distance = state->distance[from] + cost;
    if (distance < state->distance[to]) {
        state->distance[to] = distance;
        state->via_cell[to] = cell;
        state->previous[to] = from;
    }
}

static size_t nearest_unsettled(const search *state) {
    size_t nearest = state->vertex_count;
    for (size_t vertex = 0; vertex < state->vertex_count; vertex++) {
        if (!state->settled[vertex] && state->distance[vertex] != FAR &&
            (nearest == state->vertex_count ||
             state->distance[vertex] < state->distance[nearest])) {
            nearest = vertex;
        }
    }
    return nearest;
}

/* Relax every cell of the table that touches `from`, except the sensitive cell itself. */
static void relax_cells_of(search *state, size_t from, size_t sensitive_cell, bool gives) {
    const shire_report_suppress_table *table = state->table;
    bool from_row = from < state->row_vertices;
    for (size_t row = 0; row < table->row_count; row++) {
        if (from_row && row_vertex(state, row) != from) {
            continue;
        }
        for (size_t column = 0; column < table->column_count; column++) {
            size_t cell = row * table->column_count + column;
            if (cell == sensitive_cell || (!from_row && column_vertex(state, column) != from)) {
                continue;
            }
            size_t to = from_row ? column_vertex(state, column) : row_vertex(state, row);
            relax(state, from, to, cell, from_row != gives);
        }
    }
}

/* Withhold the cheapest path from the cell's row to its column, round which the cell can give value
 * to others or take it from them; false when there is none. */
static bool close_cycle(search *state, size_t sensitive_cell, bool gives) {
    assert(state->table->column_count > 0);
    size_t start = row_vertex(state, sensitive_cell / state->table->column_count);
    size_t goal = column_vertex(state, sensitive_cell % state->table->column_count);
    for (size_t vertex = 0; vertex < state->vertex_count; vertex++) {
        state->distance[vertex] = FAR;
        state->settled[vertex] = false;
    }
    state->distance[start] = 0;
    for (;;) {
        size_t vertex = nearest_unsettled(state);
        if (vertex == state->vertex_count) {
            return false;
        }
        if (vertex == goal) {
            break;
        }
        state->settled[vertex] = true;
        relax_cells_of(state, vertex, sensitive_cell, gives);
    }
    for (size_t vertex = goal; vertex != start; vertex = state->previous[vertex]) {
        uint8_t *mark = &state->withheld[state->via_cell[vertex]];
        *mark = *mark == SENSITIVE ? SENSITIVE : COVER;
    }
    return true;
}

/* In the line of `count` cells from `first`, `stride` apart: when its withheld cells hold some
 * people but too few, withhold the smallest shown cells with people until they hold enough. */
static void widen_line(const shire_report_suppress_table *table, uint8_t *withheld, size_t first,
                       size_t stride, size_t count) {
    for (;;) {
        int64_t hidden_people = 0;
        size_t smallest = SIZE_MAX;
        for (size_t i = 0; i < count; i++) {
            size_t cell = first + i * stride;
            if (withheld[cell]) {
                hidden_people += table->people[cell];
            } else if (table->people[cell] > 0 &&
                       (smallest == SIZE_MAX || table->people[cell] < table->people[smallest])) {
                smallest = cell;
            }
        }
        if (!shire_report_people_small(hidden_people) || smallest == SIZE_MAX) {
            return;
        }
        withheld[smallest] = SENSITIVE;
    }
}

static void widen_lines(const shire_report_suppress_table *table, uint8_t *withheld) {
    for (size_t row = 0; table->row_totals_shown && row < table->row_count; row++) {
        widen_line(table, withheld, row * table->column_count, 1, table->column_count);
    }
    for (size_t column = 0; table->column_totals_shown && column < table->column_count; column++) {
        widen_line(table, withheld, column, table->column_count, table->row_count);
    }
}

shire_status shire_report_suppress(const shire_report_suppress_table *table, uint8_t *withheld_out,
                                   size_t *exposed_out, shire_error *error) {
    if (table->row_count > LINES_MAX || table->column_count > LINES_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a table of people has %zu rows and %zu columns; put categories together "
                          "until there are at most %d of each",
                          table->row_count, table->column_count, LINES_MAX);
    }
    size_t cell_count = table->row_count * table->column_count;
    for (size_t cell = 0; cell < cell_count; cell++) {
        if (table->people[cell] < 0) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "a count of people is below zero");
        }
    }
    for (size_t cell = 0; cell < cell_count; cell++) {
        withheld_out[cell] = shire_report_people_small(table->people[cell]);
    }
    *exposed_out = 0;
    if (cell_count == 0 || (!table->row_totals_shown && !table->column_totals_shown)) {
        return SHIRE_OK; /* no total is shown, so nothing can be worked out */
    }
    widen_lines(table, withheld_out);

    search state = {.table = table, .withheld = withheld_out};
    state.row_vertices = table->row_totals_shown ? table->row_count : 1;
    state.vertex_count =
        state.row_vertices + (table->column_totals_shown ? table->column_count : 1);
    /* Cells that a path adds are cover, not secrets: they need no cycle of their own. */
    for (size_t cell = 0; cell < cell_count; cell++) {
        if (withheld_out[cell] == SENSITIVE && !close_cycle(&state, cell, true) &&
            !close_cycle(&state, cell, false)) {
            *exposed_out += shire_report_people_small(table->people[cell]);
        }
    }
    for (size_t cell = 0; cell < cell_count; cell++) {
        withheld_out[cell] = withheld_out[cell] != 0;
    }
    return SHIRE_OK;
}

bool shire_report_people_small(int64_t people) {
    return people >= 1 && people <= SHIRE_REPORT_PEOPLE_WITHHELD_MAX;
}

int64_t shire_report_people_round(int64_t people) {
    assert(people >= 0);
    const int64_t base = SHIRE_REPORT_PEOPLE_ROUNDING;
    return (people + base / 2) / base * base;
}

size_t shire_report_group_ordered(const int64_t *people, size_t category_count, size_t *group_out) {
    /* Number groups from the end first, then turn the numbers round. */
    size_t group_count = 0;
    int64_t held = 0;
    for (size_t i = category_count; i-- > 0;) {
        if (group_count == 0 || held > SHIRE_REPORT_PEOPLE_WITHHELD_MAX) {
            group_count++;
            held = 0;
        }
        held += people[i];
        group_out[i] = group_count - 1;
    }
    if (group_count > 1 && held <= SHIRE_REPORT_PEOPLE_WITHHELD_MAX) {
        size_t left_over = group_count - 1;
        for (size_t i = 0; i < category_count && group_out[i] == left_over; i++) {
            group_out[i] = left_over - 1;
        }
        group_count--;
    }
    for (size_t i = 0; i < category_count; i++) {
        group_out[i] = group_count - 1 - group_out[i];
    }
    return group_count;
}

size_t shire_report_group_small(const int64_t *people, const int64_t *loss, size_t category_count,
                                size_t *group_out, bool *joined_out) {
    bool any_small = false;
    size_t partner = SIZE_MAX; /* the smallest category that could stand alone */
    for (size_t i = 0; i < category_count; i++) {
        any_small = any_small || shire_report_people_small(people[i]);
        if (people[i] > SHIRE_REPORT_PEOPLE_WITHHELD_MAX &&
            (partner == SIZE_MAX || loss[i] < loss[partner])) {
            partner = i;
        }
    }
    if (joined_out != NULL) {
        *joined_out = any_small;
    }
    size_t group_count = 0;
    for (size_t i = 0; i < category_count; i++) {
        bool joins = any_small && (people[i] <= SHIRE_REPORT_PEOPLE_WITHHELD_MAX || i == partner);
        group_out[i] = joins ? SIZE_MAX : group_count++;
    }
    for (size_t i = 0; i < category_count; i++) {
        group_out[i] = group_out[i] == SIZE_MAX ? group_count : group_out[i];
    }
    return group_count + any_small;
}
