/*
 * costing/plics_map.csv: which collection code an activity, a resource, a ledger account or a
 * reason of exclusion goes under. Read whole; the first mistake is told with its line.
 */
#include "io/csv.h"
#include "io/file.h"
#include "plics/plics_internal.h"

#include <string.h>

#define MAP_BYTES_MAX ((size_t)16 << 20)
#define MAP_FILE "costing/plics_map.csv"

static const char *const kind_names[PLICS_MAP_KIND_COUNT] = {"activity", "resource", "account",
                                                             "exclusion"};
/* The last two may be absent: of every organisation, and of the event's feed. */
static const char *const columns[] = {"kind", "name", "code", "organisation", "feed"};
enum { COLUMN_KIND, COLUMN_NAME, COLUMN_CODE, COLUMN_ORGANISATION, COLUMN_FEED, COLUMN_COUNT };

static const plics_field *kind_field(plics_map_kind kind) {
    const plics_feed *admitted = &plics_feeds[PLICS_APC];
    const plics_feed *reconciliation = &plics_feeds[PLICS_REC];
    switch (kind) {
    case PLICS_MAP_ACTIVITY:
        return admitted->columns[plics_column_find(admitted, PLICS_KEY_ACTIVITY)].field;
    case PLICS_MAP_RESOURCE:
        return admitted->columns[plics_column_find(admitted, PLICS_KEY_RESOURCE)].field;
    case PLICS_MAP_ACCOUNT:
        return reconciliation->columns[0].field;
    default:
        return reconciliation->columns[2].field;
    }
}

static shire_status read_row(const shire_csv *csv, size_t row, const size_t *places,
                             plics_map_row *out, shire_error *error) {
    int line = csv->lines[row];
    shire_span organisation = shire_csv_cell(csv, row, places[COLUMN_ORGANISATION]);
    shire_span kind = shire_csv_cell(csv, row, places[COLUMN_KIND]);
    shire_span name = shire_csv_cell(csv, row, places[COLUMN_NAME]);
    shire_span code = shire_csv_cell(csv, row, places[COLUMN_CODE]);
    shire_span feed = shire_csv_cell(csv, row, places[COLUMN_FEED]);
    int number = 0;
    while (number < PLICS_MAP_KIND_COUNT &&
           !shire_span_equal(kind, shire_span_of(kind_names[number]))) {
        number++;
    }
    if (number == PLICS_MAP_KIND_COUNT) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          MAP_FILE ":%d: kind is '%.*s'; write activity, resource, account or "
                                   "exclusion",
                          line, (int)kind.length, kind.bytes);
    }
    *out = (plics_map_row){.organisation = organisation.length == 0 ? "*" : organisation.bytes,
                           .kind = (plics_map_kind)number,
                           .name = name.bytes,
                           .code = code.bytes,
                           .feed = -1};
    const plics_field *field = kind_field(out->kind);
    if (name.length == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, MAP_FILE ":%d: name is empty; say what is mapped",
                          line);
    }
    if (plics_value_check(field, code) != PLICS_GOOD) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          MAP_FILE ":%d: code '%.*s' is not of the format %s; take it from the "
                                   "collection's list",
                          line, (int)code.length, code.bytes, field->format);
    }
    if (feed.length > 0) {
        out->feed = plics_feed_find(feed);
        if (out->kind != PLICS_MAP_ACTIVITY || (out->feed != PLICS_SWC && out->feed != PLICS_SI)) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              MAP_FILE ":%d: feed is '%.*s'; only an activity has one, SWC or SI, "
                                       "and is else of its event's feed: leave it empty",
                              line, (int)feed.length, feed.bytes);
        }
    }
    return SHIRE_OK;
}

shire_status plics_map_read(const shire_partnership *partnership, shire_arena *arena,
                            plics_map *map_out, shire_error *error) {
    shire_csv csv;
    size_t places[COLUMN_COUNT];
    char *path = shire_arena_format(arena, "%s/" MAP_FILE, partnership->dir);
    if (path == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    if (!shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: there is no mapping of activities and resources to the collection's "
                          "codes; write it as docs/plics.md says",
                          path);
    }
    shire_status status = shire_csv_read(path, MAP_BYTES_MAX, arena, &csv, error);
    if (status == SHIRE_OK) {
        status = shire_csv_check_columns(&csv, columns, COLUMN_COUNT, COLUMN_ORGANISATION, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        places[i] = shire_csv_column(&csv, columns[i]);
    }
    plics_map_row *rows = shire_arena_alloc_array(arena, csv.row_count, sizeof(*rows));
    if (rows == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    for (size_t row = 0; row < csv.row_count; row++) {
        status = read_row(&csv, row, places, &rows[row], error);
        for (size_t before = 0; status == SHIRE_OK && before < row; before++) {
            if (rows[before].kind == rows[row].kind &&
                strcmp(rows[before].name, rows[row].name) == 0 &&
                strcmp(rows[before].organisation, rows[row].organisation) == 0) {
                status = SHIRE_FAIL(error, SHIRE_INVALID,
                                    MAP_FILE ":%d: the %s '%s' is mapped in line %d already; keep "
                                             "one of the rows",
                                    csv.lines[row], kind_names[rows[row].kind], rows[row].name,
                                    csv.lines[before]);
            }
        }
        if (status != SHIRE_OK) {
            return status;
        }
    }
    *map_out = (plics_map){.rows = rows, .row_count = csv.row_count};
    return SHIRE_OK;
}

const plics_map_row *plics_map_find(const plics_map *map, const char *organisation,
                                    plics_map_kind kind, shire_span name) {
    const plics_map_row *best = NULL;
    int best_rank = 4;
    for (size_t i = 0; i < map->row_count; i++) {
        const plics_map_row *row = &map->rows[i];
        bool own = strcmp(row->organisation, organisation) == 0;
        bool same = shire_span_equal(shire_span_of(row->name), name);
        int rank = (own ? 0 : 2) + (same ? 0 : 1);
        if (row->kind == kind && rank < best_rank && (own || strcmp(row->organisation, "*") == 0) &&
            (same || shire_text_glob(shire_span_of(row->name), name))) {
            best = row;
            best_rank = rank;
        }
    }
    return best;
}

bool plics_map_names(const plics_map *map, const char *organisation) {
    for (size_t i = 0; i < map->row_count; i++) {
        if (strcmp(map->rows[i].organisation, organisation) == 0) {
            return true;
        }
    }
    return false;
}
