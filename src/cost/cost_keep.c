/*
 * The last stage of a run: what a what-if question needs is written to one file of columns, so that
 * it never has to ask the warehouse. Weighings are stored as they were evaluated, also those of
 * rules whose resource has no cost now and may get some; a stretch of consecutive items, and
 * weights that are all the same, take no room. Each activity line's cost by group of items, and by
 * item of a delayed stay, is stored too: a line that a scenario leaves as it is needs no look at
 * its items.
 */
#include "cost/cost_keep_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const cost_age_bands[COST_AGE_BANDS] = {"not known", "0 to 17",  "18 to 64",
                                                    "65 to 74",  "75 to 84", "85 and over"};
const char *const cost_ledger_texts[COST_LEDGER_TEXTS] = {"period", "cost_centre", "account",
                                                          "description", "file"};

/* ---- parts ---- */

void cost_keep_part(cost_keeper *k, const void *bytes, size_t byte_count, const char *format, ...) {
    shire_columns_part part = {.bytes = bytes, .byte_count = byte_count};
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(part.name, sizeof(part.name), format, arguments);
    va_end(arguments);
    k->failed |=
        length < 0 || (size_t)length >= sizeof(part.name) || !COST_PUSH(k->arena, &k->parts, part);
}

void cost_keep_text(cost_keeper *k, cost_keep_text_list *list, shire_span text, bool is_null) {
    static const char null_text[2] = {COST_TEXT_NULL, '\0'};
    k->failed |= list->bytes.length > UINT32_MAX ||
                 !COST_PUSH(k->arena, &list->starts, (uint32_t)list->bytes.length);
    shire_builder_append(&list->bytes, is_null ? (shire_span){null_text, 1} : text);
    shire_builder_append(&list->bytes, (shire_span){"", 1});
}

void cost_keep_texts(cost_keeper *k, cost_keep_text_list *list, const char *name) {
    char *bytes = shire_arena_copy_text(k->arena, list->bytes.length == 0 ? "" : list->bytes.bytes,
                                        list->bytes.length);
    k->failed |= list->bytes.failed || bytes == NULL;
    cost_keep_part(k, list->starts.items, list->starts.count * sizeof(uint32_t), "%s.starts", name);
    cost_keep_part(k, bytes, list->bytes.length, "%s.bytes", name);
    shire_builder_free(&list->bytes);
    *list = (cost_keep_text_list){0};
}

/* ---- names, ledger and model ---- */

static shire_status add_names(cost_keeper *k, shire_error *error) {
    cost_keep_text_list codes = {0};
    cost_keep_text_list names = {0};
    shire_frame frame;
    shire_status status = shire_table_query(
        k->run->table,
        "SELECT code, coalesce(name, code) FROM organisation ORDER BY organisation_no", k->arena,
        &frame, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        cost_keep_text(k, &codes, shire_column_text(&frame.columns[0], row), false);
        cost_keep_text(k, &names, shire_column_text(&frame.columns[1], row), false);
    }
    cost_keep_texts(k, &codes, "organisation.code");
    cost_keep_texts(k, &names, "organisation.name");
    for (size_t i = 0; i < k->run->setting_names.count; i++) {
        cost_keep_text(k, &names, k->run->setting_names.items[i].text, false);
    }
    cost_keep_texts(k, &names, "setting.name");
    return status;
}

static shire_status add_ledger(cost_keeper *k, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(
        k->run->table,
        "SELECT organisation_no::INTEGER, coalesce(amount, 0)::DECIMAL(18,6), source_line::BIGINT, "
        "period::VARCHAR, cost_centre, account, description, source_file::VARCHAR "
        "FROM ledger_line ORDER BY line_no",
        k->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    cost_keep_part(k, frame.columns[0].int32, frame.row_count * sizeof(int32_t),
                   "ledger.organisation");
    cost_keep_part(k, frame.columns[1].decimal6, frame.row_count * sizeof(shire_money),
                   "ledger.amount");
    cost_keep_part(k, frame.columns[2].int64, frame.row_count * sizeof(int64_t), "ledger.line");
    for (size_t i = 0; i < COST_LEDGER_TEXTS; i++) {
        const shire_column *column = &frame.columns[3 + i];
        cost_keep_text_list texts = {0};
        char name[SHIRE_COLUMNS_NAME_BYTES];
        for (size_t row = 0; row < frame.row_count; row++) {
            cost_keep_text(k, &texts, shire_column_text(column, row),
                           shire_column_is_null(column, row));
        }
        snprintf(name, sizeof(name), "ledger.%s", cost_ledger_texts[i]);
        cost_keep_texts(k, &texts, name);
    }
    return SHIRE_OK;
}

static void add_sheets(cost_keeper *k) {
    for (size_t i = 0; i < k->run->sheets.count; i++) {
        const cost_sheet *sheet = &k->run->sheets.items[i];
        cost_keep_text_list texts = {0};
        char name[SHIRE_COLUMNS_NAME_BYTES];
        cost_keep_text(k, &texts, shire_span_of(sheet->file), false);
        snprintf(name, sizeof(name), "sheet.%s.file", sheet->name);
        cost_keep_texts(k, &texts, name);
        for (size_t cell = 0; cell < sheet->row_count * sheet->column_count; cell++) {
            cost_keep_text(k, &texts, shire_span_of(sheet->cells[cell]),
                           sheet->cells[cell] == NULL);
        }
        snprintf(name, sizeof(name), "sheet.%s.cells", sheet->name);
        cost_keep_texts(k, &texts, name);
        cost_keep_part(k, sheet->lines, sheet->row_count * sizeof(int64_t), "sheet.%s.lines",
                       sheet->name);
    }
}

/* ---- groups ---- */

static shire_status read_bands(cost_keeper *k, shire_error *error) {
    char last[11];
    shire_frame frame;
    shire_date_format(k->run->partnership->period_last, last);
    /* Age as in the report: at the period's end, or at death where that came first. */
    char *sql = shire_arena_format(
        k->arena,
        "SELECT record_no::BIGINT, CASE WHEN age IS NULL THEN 0 WHEN age < 18 THEN 1 WHEN age < 65 "
        "THEN 2 WHEN age < 75 THEN 3 WHEN age < 85 THEN 4 ELSE 5 END::INTEGER FROM person_link "
        "JOIN (SELECT person_no, CASE WHEN birth_date <= least(coalesce(death_date, DATE '%s'), "
        "DATE '%s') THEN datesub('year', birth_date, least(coalesce(death_date, DATE '%s'), DATE "
        "'%s')) END AS age FROM person) USING (person_no) WHERE record_no >= 0",
        last, last, last, last);
    if (sql == NULL) {
        return COST_NO_MEMORY(error);
    }
    shire_status status = shire_table_query(k->run->table, sql, k->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        int64_t record = frame.columns[0].int64[row];
        k->record_count = k->record_count <= record ? record + 1 : k->record_count;
    }
    k->record_bands =
        shire_arena_alloc_array(k->arena, (size_t)k->record_count, sizeof(*k->record_bands));
    if (k->record_bands == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        k->record_bands[frame.columns[0].int64[row]] = frame.columns[1].int32[row];
    }
    return SHIRE_OK;
}

/* The group's number, made if need be. */
static uint32_t number_group(cost_keeper *k, cost_group group) {
    size_t settings = k->run->setting_names.count + 2; /* without setting, unmatched */
    size_t key = (size_t)group.organisation * k->run->segment_names.count + (size_t)group.segment;
    key = (key * settings + (size_t)(group.setting + 2)) * COST_AGE_BANDS + (size_t)group.age_band;
    if (k->group_numbers[key] == 0) {
        k->failed |= !COST_PUSH(k->arena, &k->groups, group);
        k->group_numbers[key] = (uint32_t)k->groups.count;
    }
    return k->group_numbers[key] - 1;
}

static bool number_events(cost_keeper *k, uint32_t *event_groups) {
    const cost_run *run = k->run;
    for (size_t event = 0; event < run->event_count && !k->failed; event++) {
        int64_t record = run->event_records[event];
        int32_t band = record >= 0 && record < k->record_count ? k->record_bands[record] : 0;
        event_groups[event] = number_group(
            k, (cost_group){.organisation = run->event_organisations[event],
                            .segment = run->event_segments == NULL ? COST_SEGMENT_PATIENT
                                                                   : run->event_segments[event],
                            .setting = run->event_settings[event],
                            .age_band = band});
    }
    for (size_t item = 0; item < run->item_count; item++) {
        int32_t event = run->item_events[item];
        k->item_groups[item] = event < 0 ? 0 : event_groups[event];
    }
    return !k->failed;
}

/* An item without an event is counted under its organisation; one that has no weight now may get
 * some. */
static void number_unmatched(cost_keeper *k) {
    const cost_run *run = k->run;
    for (size_t item = 0; item < run->item_count && !k->failed; item++) {
        if (run->item_events[item] < 0) {
            int32_t organisation = run->feeds[run->item_feeds[item]].organisation;
            k->item_groups[item] = number_group(
                k, (cost_group){.organisation = organisation, .setting = COST_GROUP_UNMATCHED});
        }
    }
}

static shire_status add_groups(cost_keeper *k, shire_error *error) {
    const cost_run *run = k->run;
    size_t keys = run->organisation_count * run->segment_names.count *
                  (run->setting_names.count + 2) * COST_AGE_BANDS;
    shire_status status = read_bands(k, error);
    if (status != SHIRE_OK) {
        return status;
    }
    uint32_t *event_groups =
        shire_arena_alloc_array(k->arena, run->event_count, sizeof(*event_groups));
    k->group_numbers = shire_arena_alloc_array(k->arena, keys, sizeof(*k->group_numbers));
    k->item_groups = shire_arena_alloc_array(k->arena, run->item_count, sizeof(*k->item_groups));
    if (event_groups == NULL || k->group_numbers == NULL || k->item_groups == NULL ||
        !number_events(k, event_groups)) {
        return COST_NO_MEMORY(error);
    }
    number_unmatched(k);
    cost_keep_part(k, k->item_groups, run->item_count * sizeof(uint32_t), "item.group");
    cost_keep_part(k, k->groups.items, k->groups.count * sizeof(cost_group), "group");
    return status;
}

/* ---- weighings ---- */

bool cost_rows_pack(const cost_weighing *weighing, shire_arena *arena,
                    shire_whatif_rows *rows_out) {
    shire_whatif_rows rows = {.count = weighing->item_count};
    bool consecutive = true;
    bool alike = true;
    for (size_t i = 1; i < rows.count; i++) {
        consecutive &= weighing->item_nos[i] == weighing->item_nos[i - 1] + 1;
        alike &= weighing->weights[i] == weighing->weights[0];
    }
    if (rows.count > 0) {
        rows.first_item = (int32_t)weighing->item_nos[0];
        rows.weight = weighing->weights[0];
    }
    if (!consecutive) {
        int32_t *items = shire_arena_alloc_array(arena, rows.count, sizeof(*items));
        for (size_t i = 0; items != NULL && i < rows.count; i++) {
            items[i] = (int32_t)weighing->item_nos[i];
        }
        rows.items = items;
    }
    rows.weights = alike ? NULL : weighing->weights;
    *rows_out = rows;
    return consecutive || rows.items != NULL;
}

static void add_weighings(cost_keeper *k) {
    const cost_run *run = k->run;
    cost_keep_text_list texts = {0};
    int64_t *numbers = shire_arena_alloc_array(k->arena, run->weighings.count * 6, sizeof(int64_t));
    k->rows = shire_arena_alloc_array(k->arena, run->weighings.count, sizeof(*k->rows));
    k->failed |= numbers == NULL || k->rows == NULL;
    for (size_t w = 0; w < run->weighings.count && !k->failed; w++) {
        const cost_weighing *weighing = &run->weighings.items[w];
        shire_whatif_rows *rows = &k->rows[w];
        k->failed |= !cost_rows_pack(weighing, k->arena, rows);
        const int64_t row[] = {weighing->organisation, weighing->weight_total, (int64_t)rows->count,
                               rows->first_item,       rows->weight,           weighing->failed};
        memcpy(numbers + w * 6, row, sizeof(row));
        cost_keep_text(k, &texts, shire_span_of(weighing->feed), false);
        cost_keep_text(k, &texts, shire_span_of(weighing->condition), weighing->condition == NULL);
        cost_keep_text(k, &texts, shire_span_of(weighing->basis), false);
        if (rows->items != NULL) {
            cost_keep_part(k, rows->items, rows->count * sizeof(int32_t), "weighing.%zu.items", w);
        }
        if (rows->weights != NULL) {
            cost_keep_part(k, rows->weights, rows->count * sizeof(int64_t), "weighing.%zu.weights",
                           w);
        }
    }
    cost_keep_part(k, numbers, run->weighings.count * 6 * sizeof(int64_t), "weighing.numbers");
    cost_keep_texts(k, &texts, "weighing.texts");
}

/* ---- activity lines ---- */

bool cost_rows_merge(const shire_whatif_rows *const *weighings, size_t count, shire_arena *arena,
                     shire_whatif_rows *merged_out) {
    size_t total = 0;
    if (count == 1) {
        *merged_out = *weighings[0];
        return true;
    }
    size_t *positions = shire_arena_alloc_array(arena, count, sizeof(*positions));
    for (size_t i = 0; i < count; i++) {
        total += weighings[i]->count;
    }
    int32_t *items = shire_arena_alloc_array(arena, total, sizeof(*items));
    int64_t *weights = shire_arena_alloc_array(arena, total, sizeof(*weights));
    if (positions == NULL || items == NULL || weights == NULL) {
        return false;
    }
    size_t filled = 0;
    for (;;) {
        int64_t item = INT64_MAX;
        int64_t weight = 0;
        for (size_t i = 0; i < count; i++) {
            if (positions[i] < weighings[i]->count) {
                int64_t next = shire_whatif_item(weighings[i], positions[i]);
                item = next < item ? next : item;
            }
        }
        if (item == INT64_MAX) {
            *merged_out = (shire_whatif_rows){.count = filled, .items = items, .weights = weights};
            return true;
        }
        for (size_t i = 0; i < count; i++) {
            const shire_whatif_rows *rows = weighings[i];
            if (positions[i] < rows->count && shire_whatif_item(rows, positions[i]) == item) {
                weight += rows->weights == NULL ? rows->weight : rows->weights[positions[i]];
                positions[i]++;
            }
        }
        if (weight != 0) {
            items[filled] = (int32_t)item;
            weights[filled++] = weight;
        }
    }
}

typedef struct line_parts {
    cost_keep_text_list keys;
    int64_t *numbers; /* organisation, amount, weight total, number of sums, of mark sums */
    COST_LIST(uint32_t) sum_groups;
    COST_LIST(shire_money) sums;
    COST_LIST(uint32_t) sum_marks;
    COST_LIST(shire_money) mark_sums;
    shire_money *group_sums;
} line_parts;

/* What the kernel summed up, the filled groups and marks only. */
static void add_sums(cost_keeper *k, line_parts *parts) {
    for (size_t group = 0; group < k->groups.count; group++) {
        if (parts->group_sums[group] != 0) {
            k->failed |= !COST_PUSH(k->arena, &parts->sum_groups, (uint32_t)group) ||
                         !COST_PUSH(k->arena, &parts->sums, parts->group_sums[group]);
        }
    }
    for (size_t mark = 0; mark < k->marks.count; mark++) {
        if (k->marks.parts[mark] != 0) {
            k->failed |= !COST_PUSH(k->arena, &parts->sum_marks, (uint32_t)mark) ||
                         !COST_PUSH(k->arena, &parts->mark_sums, k->marks.parts[mark]);
        }
    }
}

/* The line's cost by group and mark. */
static shire_status add_line(cost_keeper *k, line_parts *parts, size_t number, shire_error *error) {
    const cost_run *run = k->run;
    const cost_line *line = &run->lines.items[number];
    shire_arena *arena = NULL;
    shire_whatif_line spread = {.total = line->segment == COST_SEGMENT_PATIENT ? line->amount : 0};
    size_t sums_before = parts->sums.count;
    size_t marks_before = parts->mark_sums.count;
    shire_status status = shire_arena_new("cost_keep_line", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const shire_whatif_rows **weighings =
        shire_arena_alloc_array(arena, line->weighing_count, sizeof(*weighings));
    bool good = weighings != NULL;
    for (size_t i = 0; good && i < line->weighing_count; i++) {
        weighings[i] = &k->rows[run->line_weighings.items[line->first_weighing + i]];
    }
    good = good && (line->weighing_count == 0 ||
                    cost_rows_merge(weighings, line->weighing_count, arena, &spread.rows));
    void *scratch = shire_arena_alloc(
        arena, shire_whatif_scratch_bytes(&spread, 1, k->groups.count, run->thread_count) + 64);
    memset(parts->group_sums, 0, k->groups.count * sizeof(shire_money));
    memset(k->marks.parts, 0, k->marks.count * sizeof(shire_money));
    status = !good || scratch == NULL
                 ? COST_NO_MEMORY(error)
                 : shire_whatif_spread(&spread, 1, k->item_groups, k->groups.count, &k->marks,
                                       run->thread_count, scratch, parts->group_sums, error);
    if (status == SHIRE_OK) {
        add_sums(k, parts);
    }
    const int64_t row[] = {line->organisation, line->amount, line->weight_total,
                           (int64_t)(parts->sums.count - sums_before),
                           (int64_t)(parts->mark_sums.count - marks_before)};
    memcpy(parts->numbers + number * 5, row, sizeof(row));
    cost_keep_text(k, &parts->keys, run->line_keys.items[number].text, false);
    shire_arena_free(arena);
    return status;
}

static shire_status add_lines(cost_keeper *k, shire_error *error) {
    line_parts parts = {0};
    size_t count = k->run->lines.count;
    shire_status status = SHIRE_OK;
    parts.numbers = shire_arena_alloc_array(k->arena, count * 5, sizeof(int64_t));
    parts.group_sums = shire_arena_alloc_array(k->arena, k->groups.count, sizeof(shire_money));
    if (parts.numbers == NULL || parts.group_sums == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        status = add_line(k, &parts, i, error);
    }
    cost_keep_part(k, parts.numbers, count * 5 * sizeof(int64_t), "line.numbers");
    cost_keep_texts(k, &parts.keys, "line.keys");
    cost_keep_part(k, parts.sum_groups.items, parts.sum_groups.count * sizeof(uint32_t),
                   "sum.group");
    cost_keep_part(k, parts.sums.items, parts.sums.count * sizeof(shire_money), "sum.amount");
    cost_keep_part(k, parts.sum_marks.items, parts.sum_marks.count * sizeof(uint32_t), "sum.mark");
    cost_keep_part(k, parts.mark_sums.items, parts.mark_sums.count * sizeof(shire_money),
                   "sum.mark_amount");
    return status;
}

shire_status cost_columns_keep(cost_run *run, shire_error *error) {
    cost_keeper k = {.run = run};
    if (run->columns_path == NULL) {
        return SHIRE_OK;
    }
    if (run->item_count > INT32_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "there are more than 2,147,483,647 items, which what-if cannot number");
    }
    shire_status status = shire_arena_new("cost_keep", 0, &k.arena, error);
    if (status == SHIRE_OK) {
        status = cost_weighings_complete(run, error);
    }
    if (status == SHIRE_OK) {
        status = add_names(&k, error);
    }
    if (status == SHIRE_OK) {
        status = add_ledger(&k, error);
    }
    if (status == SHIRE_OK) {
        add_sheets(&k);
        status = add_groups(&k, error);
    }
    if (status == SHIRE_OK) {
        status = cost_keep_delays(&k, error);
    }
    if (status == SHIRE_OK) {
        add_weighings(&k);
        status = k.failed ? COST_NO_MEMORY(error) : add_lines(&k, error);
    }
    if (status == SHIRE_OK) {
        status = k.failed
                     ? COST_NO_MEMORY(error)
                     : shire_columns_write(run->columns_path, k.parts.items, k.parts.count, error);
    }
    shire_arena_free(k.arena);
    return status;
}
