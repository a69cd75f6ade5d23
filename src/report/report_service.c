/*
 * Makes the report: the sections fill a draft from the warehouse, in two lanes at once, then the
 * draft is written out.
 * The tables go to a folder beside the old one and the spreadsheet to a file beside the old one,
 * which are replaced only when all are complete; the page comes last.
 */
#include "core/parallel.h"
#include "io/file.h"
#include "io/xlsx.h"
#include "report/report_assets.h"
#include "report/report_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef shire_status (*section)(shire_report_draft *draft, shire_error *error);

/* Sections that wait for no others: the temporary tables of a lane are its own connection's. The
 * page and the spreadsheet have the first lane's tables before the second's. */
static const section people_lane[] = {
    // clang-format off
    shire_report_prepare,
    shire_report_summary,
    shire_report_bodies,
    shire_report_kinds,
    shire_report_ages,
    shire_report_costliest,
    NULL,
    // clang-format on
};
static const section finance_lane[] = {
    // clang-format off
    shire_report_flows,
    shire_report_unplaced,
    shire_report_matching, shire_report_income,
    shire_report_delays,
    shire_report_progress,
    shire_report_packages,
    shire_report_assurance,
    shire_report_links,
    shire_report_findings,
    NULL,
    // clang-format on
};

#define LANE_COUNT 2
static const section *const lanes[LANE_COUNT] = {people_lane, finance_lane};

typedef struct lane {
    const section *sections;
    shire_report_draft draft;
    shire_status status;
    shire_error error;
} lane;

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

static shire_status move(const char *from, const char *to, shire_error *error) {
    if (rename(from, to) != 0) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "cannot move %s to %s: %s", from, to,
                          strerror(errno));
    }
    return SHIRE_OK;
}

static const char *sql_type(shire_type type) {
    switch (type) {
    case SHIRE_TYPE_TEXT:
        return "VARCHAR";
    case SHIRE_TYPE_DECIMAL6:
        return "DECIMAL(18,6)";
    case SHIRE_TYPE_DOUBLE:
        return "DOUBLE";
    default:
        return "BIGINT";
    }
}

/* One Parquet file, by way of a table in an engine of its own with one thread, so that the file
 * does not depend on the warehouse's threads. */
static shire_status write_parquet(shire_table *engine, const shire_report_table *table,
                                  const shire_frame *frame, const char *path, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(&sql, "CREATE OR REPLACE TABLE %s (", table->name);
    for (size_t i = 0; i < frame->column_count; i++) {
        shire_builder_append_text(&sql, i == 0 ? "" : ", ");
        shire_builder_append_sql_name(&sql, shire_span_of(frame->columns[i].name));
        shire_builder_append_format(&sql, " %s", sql_type(frame->columns[i].type));
    }
    shire_builder_append_text(&sql, ")");
    shire_status status =
        sql.failed ? no_memory(error) : shire_table_execute(engine, sql.bytes, error);
    shire_builder_free(&sql);
    if (status == SHIRE_OK) {
        status = shire_table_append(engine, table->name, frame, error);
    }
    if (status == SHIRE_OK) {
        shire_builder select = {0};
        shire_builder_append_format(&select, "SELECT * FROM %s", table->name);
        status = select.failed
                     ? no_memory(error)
                     : shire_table_export(engine, select.bytes, path, SHIRE_FILE_PARQUET, error);
        shire_builder_free(&select);
    }
    return status;
}

static shire_status write_tables(const shire_report_draft *draft, const char *new_dir,
                                 const char *xlsx_path, shire_error *error) {
    shire_table *engine = NULL;
    shire_xlsx *xlsx = NULL;
    shire_status status = shire_dir_remove(new_dir, error);
    if (status == SHIRE_OK) {
        status = shire_dir_make(new_dir, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_open(&(shire_table_options){.thread_count = 1}, &engine, error);
    }
    if (status == SHIRE_OK) {
        status = shire_xlsx_open(xlsx_path, &xlsx, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < draft->table_count; i++) {
        const shire_report_table *table = draft->tables[i];
        shire_frame frame;
        char *path = shire_arena_format(draft->arena, "%s/%s.parquet", new_dir, table->name);
        if (path == NULL) {
            status = no_memory(error);
            break;
        }
        status = shire_report_table_to_frame(table, draft->arena, &frame, error);
        if (status == SHIRE_OK) {
            status = write_parquet(engine, table, &frame, path, error);
        }
        if (status == SHIRE_OK) {
            status = shire_xlsx_add_sheet(xlsx, table->sheet, &frame, error);
        }
    }
    shire_status closed = shire_xlsx_close(xlsx, status == SHIRE_OK ? error : NULL);
    shire_table_close(engine);
    return status == SHIRE_OK ? closed : status;
}

static shire_status write_page(shire_report_draft *draft, const char *path, shire_error *error) {
    const shire_report_value assets[] = {
        {"style", {shire_report_style, shire_report_style_bytes}},
        {"script", {shire_report_script, shire_report_script_bytes}},
    };
    for (size_t i = 0; i < sizeof assets / sizeof assets[0]; i++) {
        draft->values[draft->value_count++] = assets[i];
    }
    return shire_report_write_page(draft, (shire_span){shire_report_page, shire_report_page_bytes},
                                   path, error);
}

static shire_status write_draft(shire_report_draft *draft, const char *output_dir,
                                shire_error *error) {
    shire_arena *arena = draft->arena;
    const char *new_dir = shire_arena_format(arena, "%s/tables.new", output_dir);
    const char *dir = shire_arena_format(arena, "%s/tables", output_dir);
    const char *new_xlsx = shire_arena_format(arena, "%s/report.xlsx.new", output_dir);
    const char *xlsx = shire_arena_format(arena, "%s/report.xlsx", output_dir);
    const char *page = shire_arena_format(arena, "%s/report.html", output_dir);
    if (new_dir == NULL || dir == NULL || new_xlsx == NULL || xlsx == NULL || page == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_dir_make(output_dir, error);
    if (status == SHIRE_OK) {
        status = write_tables(draft, new_dir, new_xlsx, error);
    }
    if (status == SHIRE_OK) {
        status = shire_dir_remove(dir, error);
    }
    if (status == SHIRE_OK) {
        status = move(new_dir, dir, error);
    }
    if (status == SHIRE_OK) {
        status = move(new_xlsx, xlsx, error);
    }
    return status == SHIRE_OK ? write_page(draft, page, error) : status;
}

/* ---- the lanes ---- */

static void run_lane(lane *one) {
    one->status = SHIRE_OK;
    for (size_t i = 0; one->status == SHIRE_OK && one->sections[i] != NULL; i++) {
        one->status = one->sections[i](&one->draft, &one->error);
    }
}

static void run_lanes(size_t first, size_t last, size_t chunk, int thread, void *context) {
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        run_lane((lane *)context + i);
    }
}

/* A connection and an arena for each lane, which live until the draft is written. */
static shire_status open_lane(lane *one, const section *sections, const shire_report_draft *draft,
                              shire_error *error) {
    one->sections = sections;
    one->draft = *draft;
    one->draft.arena = NULL;
    one->draft.warehouse = NULL;
    shire_status status = shire_arena_new("report", 0, &one->draft.arena, error);
    return status == SHIRE_OK ? shire_table_clone(draft->warehouse, &one->draft.warehouse, error)
                              : status;
}

/* What the lane made goes behind what the draft has. */
static void take_lane(shire_report_draft *draft, const lane *one) {
    assert(draft->table_count + one->draft.table_count <= SHIRE_REPORT_TABLES_MAX);
    assert(draft->value_count + one->draft.value_count <= SHIRE_REPORT_VALUES_MAX);
    memcpy(draft->tables + draft->table_count, one->draft.tables,
           one->draft.table_count * sizeof *draft->tables);
    memcpy(draft->values + draft->value_count, one->draft.values,
           one->draft.value_count * sizeof *draft->values);
    draft->table_count += one->draft.table_count;
    draft->value_count += one->draft.value_count;
}

static shire_status fill_draft(shire_report_draft *draft, lane *made, shire_error *error) {
    int64_t thread_count = 1;
    shire_status status = shire_report_check(draft, error);
    if (status == SHIRE_OK) {
        status = shire_table_query_int64(
            draft->warehouse, "SELECT current_setting('threads')::BIGINT", &thread_count, error);
    }
    for (size_t i = 0; i < LANE_COUNT && status == SHIRE_OK; i++) {
        status = open_lane(&made[i], lanes[i], draft, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_parallel_for(thread_count > 1 ? LANE_COUNT : 1, LANE_COUNT, 1, run_lanes, made);
    for (size_t i = 0; i < LANE_COUNT; i++) {
        if (made[i].status != SHIRE_OK) {
            if (error != NULL) {
                *error = made[i].error;
            }
            return made[i].status;
        }
        take_lane(draft, &made[i]);
    }
    return SHIRE_OK;
}

shire_status shire_report_run(shire_table *warehouse, const shire_partnership *partnership,
                              const char *output_dir, const shire_report_options *options,
                              shire_arena *arena, shire_error *error) {
    shire_report_draft *draft = shire_arena_alloc(arena, sizeof *draft);
    lane *made = shire_arena_alloc_array(arena, LANE_COUNT, sizeof *made);
    if (draft == NULL || made == NULL) {
        return no_memory(error);
    }
    *draft = (shire_report_draft){
        .warehouse = warehouse, .partnership = partnership, .options = options, .arena = arena};
    shire_status status = fill_draft(draft, made, error);
    if (status == SHIRE_OK) {
        status = write_draft(draft, output_dir, error);
    }
    for (size_t i = 0; i < LANE_COUNT; i++) {
        shire_table_close(made[i].draft.warehouse);
        shire_arena_free(made[i].draft.arena);
    }
    return status;
}
