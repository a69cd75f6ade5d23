/*
 * The columns that a run kept, as the views of cost_kept.h: nothing is copied but the few numbers
 * of weighings and lines. What the file says is trusted as far as its identity goes; each part must
 * be there and of the right length.
 */
#include "cost/cost_kept.h"

#include <stdio.h>
#include <string.h>

const char *cost_texts_at(const cost_texts *texts, size_t index) {
    const char *text = texts->bytes + texts->starts[index];
    return *text == COST_TEXT_NULL ? NULL : text;
}

static shire_status missing(const char *name, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "the columns kept by the last run lack '%s'; run `shire run` again", name);
}

/* The part, of `count` elements unless count is SIZE_MAX. */
static shire_status find(const cost_kept *kept, const char *name, size_t element_bytes,
                         size_t expected, const void **part_out, size_t *count_out,
                         shire_error *error) {
    size_t count = 0;
    const void *part = shire_columns_find(kept->columns, name, element_bytes, &count);
    if (part == NULL || (expected != SIZE_MAX && count != expected)) {
        return missing(name, error);
    }
    *part_out = part;
    if (count_out != NULL) {
        *count_out = count;
    }
    return SHIRE_OK;
}

shire_status cost_kept_texts(const cost_kept *kept, const char *name, cost_texts *texts_out,
                             shire_error *error) {
    char part[SHIRE_COLUMNS_NAME_BYTES];
    const void *starts = NULL;
    const void *bytes = NULL;
    size_t byte_count = 0;
    snprintf(part, sizeof(part), "%s.starts", name);
    shire_status status =
        find(kept, part, sizeof(uint32_t), SIZE_MAX, &starts, &texts_out->count, error);
    if (status == SHIRE_OK) {
        snprintf(part, sizeof(part), "%s.bytes", name);
        status = find(kept, part, 1, SIZE_MAX, &bytes, &byte_count, error);
    }
    if (status == SHIRE_OK) {
        texts_out->starts = starts;
        texts_out->bytes = bytes;
        if (texts_out->count > 0 && (texts_out->starts[texts_out->count - 1] >= byte_count ||
                                     texts_out->bytes[byte_count - 1] != '\0')) {
            status = missing(part, error);
        }
    }
    return status;
}

static shire_status open_ledger(cost_kept *kept, shire_error *error) {
    const void *part = NULL;
    shire_status status = find(kept, "ledger.organisation", sizeof(int32_t), SIZE_MAX, &part,
                               &kept->ledger_count, error);
    kept->ledger_organisations = part;
    if (status == SHIRE_OK) {
        status = find(kept, "ledger.amount", sizeof(shire_money), kept->ledger_count, &part, NULL,
                      error);
        kept->ledger_amounts = part;
    }
    if (status == SHIRE_OK) {
        status = find(kept, "ledger.line", sizeof(int64_t), kept->ledger_count, &part, NULL, error);
        kept->ledger_lines = part;
    }
    for (size_t i = 0; i < COST_LEDGER_TEXTS && status == SHIRE_OK; i++) {
        char name[SHIRE_COLUMNS_NAME_BYTES];
        snprintf(name, sizeof(name), "ledger.%s", cost_ledger_texts[i]);
        status = cost_kept_texts(kept, name, &kept->ledger_texts[i], error);
        if (status == SHIRE_OK && kept->ledger_texts[i].count != kept->ledger_count) {
            status = missing(name, error);
        }
    }
    return status;
}

static shire_status open_rows(const cost_kept *kept, size_t number, shire_whatif_rows *rows,
                              shire_error *error) {
    char name[SHIRE_COLUMNS_NAME_BYTES];
    size_t count = 0;
    snprintf(name, sizeof(name), "weighing.%zu.items", number);
    rows->items = shire_columns_find(kept->columns, name, sizeof(int32_t), &count);
    if (rows->items != NULL && count != rows->count) {
        return missing(name, error);
    }
    snprintf(name, sizeof(name), "weighing.%zu.weights", number);
    rows->weights = shire_columns_find(kept->columns, name, sizeof(int64_t), &count);
    return rows->weights != NULL && count != rows->count ? missing(name, error) : SHIRE_OK;
}

static shire_status open_weighings(cost_kept *kept, shire_arena *arena, shire_error *error) {
    const void *part = NULL;
    cost_texts texts = {0};
    shire_status status = cost_kept_texts(kept, "weighing.texts", &texts, error);
    kept->weighing_count = texts.count / 3;
    if (status == SHIRE_OK) {
        status = find(kept, "weighing.numbers", sizeof(int64_t), kept->weighing_count * 6, &part,
                      NULL, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    const int64_t *numbers = part;
    kept->weighings =
        shire_arena_alloc_array(arena, kept->weighing_count, sizeof(*kept->weighings));
    if (kept->weighings == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < kept->weighing_count && status == SHIRE_OK; i++) {
        const int64_t *row = numbers + i * 6;
        kept->weighings[i] = (cost_kept_weighing){
            .organisation = (int32_t)row[0],
            .feed = cost_texts_at(&texts, i * 3),
            .condition = cost_texts_at(&texts, i * 3 + 1),
            .basis = cost_texts_at(&texts, i * 3 + 2),
            .weight_total = row[1],
            .failed = row[5] != 0,
            .rows = {.count = (size_t)row[2], .first_item = (int32_t)row[3], .weight = row[4]}};
        status = open_rows(kept, i, &kept->weighings[i].rows, error);
    }
    return status;
}

static shire_status open_delays(cost_kept *kept, shire_error *error) {
    const void *part = NULL;
    shire_status status =
        find(kept, "stay", sizeof(cost_stay), SIZE_MAX, &part, &kept->stay_count, error);
    kept->stays = part;
    if (status == SHIRE_OK) {
        status = cost_kept_texts(kept, "stay.text", &kept->stay_texts, error);
    }
    if (status == SHIRE_OK) {
        status = find(kept, "mark", sizeof(cost_mark), SIZE_MAX, &part, &kept->mark_count, error);
        kept->marks = part;
    }
    if (status == SHIRE_OK) {
        status = find(kept, "mark.item", sizeof(int32_t), kept->mark_count, &part, NULL, error);
        kept->mark_items = part;
    }
    if (status == SHIRE_OK) {
        status = cost_kept_texts(kept, "mark.text", &kept->mark_texts, error);
    }
    if (status == SHIRE_OK && (kept->stay_texts.count != kept->stay_count * COST_STAY_TEXTS ||
                               kept->mark_texts.count != kept->mark_count * COST_MARK_TEXTS)) {
        status = missing("stay.text", error);
    }
    return status;
}

/* The sums of the lines, by group and by mark. */
static shire_status open_sums(cost_kept *kept, size_t *sum_count_out, size_t *mark_count_out,
                              shire_error *error) {
    const void *part = NULL;
    shire_status status =
        find(kept, "sum.group", sizeof(uint32_t), SIZE_MAX, &part, sum_count_out, error);
    kept->sum_groups = part;
    if (status == SHIRE_OK) {
        status = find(kept, "sum.amount", sizeof(shire_money), *sum_count_out, &part, NULL, error);
        kept->sums = part;
    }
    if (status == SHIRE_OK) {
        status = find(kept, "sum.mark", sizeof(uint32_t), SIZE_MAX, &part, mark_count_out, error);
        kept->sum_marks = part;
    }
    if (status == SHIRE_OK) {
        status =
            find(kept, "sum.mark_amount", sizeof(shire_money), *mark_count_out, &part, NULL, error);
        kept->mark_sums = part;
    }
    return status;
}

static shire_status open_lines(cost_kept *kept, shire_arena *arena, shire_error *error) {
    const void *part = NULL;
    cost_texts keys = {0};
    size_t sum_count = 0;
    size_t mark_count = 0;
    shire_status status = cost_kept_texts(kept, "line.keys", &keys, error);
    kept->line_count = keys.count;
    if (status == SHIRE_OK) {
        status = open_sums(kept, &sum_count, &mark_count, error);
    }
    if (status == SHIRE_OK) {
        status = find(kept, "line.numbers", sizeof(int64_t), keys.count * 5, &part, NULL, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    const int64_t *numbers = part;
    size_t first_sum = 0;
    size_t first_mark_sum = 0;
    kept->lines = shire_arena_alloc_array(arena, kept->line_count, sizeof(*kept->lines));
    if (kept->lines == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < kept->line_count; i++) {
        const int64_t *row = numbers + i * 5;
        kept->lines[i] = (cost_kept_line){.organisation = (int32_t)row[0],
                                          .key = cost_texts_at(&keys, i),
                                          .amount = row[1],
                                          .weight_total = row[2],
                                          .first_sum = first_sum,
                                          .sum_count = (size_t)row[3],
                                          .first_mark_sum = first_mark_sum,
                                          .mark_sum_count = (size_t)row[4]};
        first_sum += (size_t)row[3];
        first_mark_sum += (size_t)row[4];
    }
    return first_sum == sum_count && first_mark_sum == mark_count ? SHIRE_OK
                                                                  : missing("line.numbers", error);
}

shire_status cost_kept_open(const char *path, const char *identity, shire_arena *arena,
                            cost_kept *kept_out, shire_error *error) {
    const void *part = NULL;
    cost_kept kept = {0};
    shire_status status = shire_columns_open(path, identity, &kept.columns, error);
    if (status == SHIRE_OK) {
        status = cost_kept_texts(&kept, "organisation.code", &kept.organisation_codes, error);
    }
    if (status == SHIRE_OK) {
        status = cost_kept_texts(&kept, "organisation.name", &kept.organisation_names, error);
    }
    if (status == SHIRE_OK) {
        status = cost_kept_texts(&kept, "setting.name", &kept.setting_names, error);
    }
    if (status == SHIRE_OK) {
        status = open_ledger(&kept, error);
    }
    if (status == SHIRE_OK) {
        status =
            find(&kept, "item.group", sizeof(uint32_t), SIZE_MAX, &part, &kept.item_count, error);
        kept.item_groups = part;
    }
    if (status == SHIRE_OK) {
        status =
            find(&kept, "group", sizeof(cost_group), SIZE_MAX, &part, &kept.group_count, error);
        kept.groups = part;
    }
    if (status == SHIRE_OK) {
        status = open_weighings(&kept, arena, error);
    }
    if (status == SHIRE_OK) {
        status = open_delays(&kept, error);
    }
    if (status == SHIRE_OK) {
        status = open_lines(&kept, arena, error);
    }
    if (status != SHIRE_OK) {
        cost_kept_close(&kept);
        return status;
    }
    *kept_out = kept;
    return SHIRE_OK;
}

void cost_kept_close(cost_kept *kept) {
    shire_columns_close(kept->columns);
    kept->columns = NULL;
}

shire_status cost_kept_sheet(const cost_kept *kept, shire_arena *arena, cost_sheet *sheet,
                             shire_error *error) {
    char name[SHIRE_COLUMNS_NAME_BYTES];
    cost_texts file = {0};
    cost_texts cells = {0};
    const void *lines = NULL;
    size_t count = 0;
    snprintf(name, sizeof(name), "sheet.%s.lines", sheet->name);
    if (shire_columns_find(kept->columns, name, sizeof(int64_t), &count) == NULL) {
        return SHIRE_OK; /* the model has no such sheet */
    }
    shire_status status =
        find(kept, name, sizeof(int64_t), SIZE_MAX, &lines, &sheet->row_count, error);
    if (status == SHIRE_OK) {
        snprintf(name, sizeof(name), "sheet.%s.file", sheet->name);
        status = cost_kept_texts(kept, name, &file, error);
    }
    if (status == SHIRE_OK) {
        snprintf(name, sizeof(name), "sheet.%s.cells", sheet->name);
        status = cost_kept_texts(kept, name, &cells, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    count = sheet->row_count * sheet->column_count;
    if (file.count != 1 || cells.count != count) {
        return missing(name, error);
    }
    sheet->file = cost_texts_at(&file, 0);
    sheet->cells = shire_arena_alloc_array(arena, count, sizeof(*sheet->cells));
    sheet->lines = shire_arena_alloc_array(arena, sheet->row_count, sizeof(*sheet->lines));
    if (sheet->cells == NULL || sheet->lines == NULL) {
        return COST_NO_MEMORY(error);
    }
    memcpy(sheet->lines, lines, sheet->row_count * sizeof(*sheet->lines));
    for (size_t i = 0; i < count; i++) {
        sheet->cells[i] = cost_texts_at(&cells, i);
    }
    return SHIRE_OK;
}
