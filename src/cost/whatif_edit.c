/*
 * Applying changes to the kept inputs: the ledger's amounts and the cells of the model's sheets,
 * before the stages of the chain read them. So a scenario is a run over edited inputs.
 */
#include "cost/whatif_edit.h"

#include <inttypes.h>
#include <string.h>

shire_status cost_edit_apply(const cost_edit *edit, shire_decimal6 old, shire_decimal6 *value_out,
                             shire_error *error) {
    shire_status status = SHIRE_OK;
    switch (edit->operation) {
    case COST_EDIT_SET:
        *value_out = edit->value;
        break;
    case COST_EDIT_MULTIPLY:
        status = shire_money_multiply(old, edit->value, value_out);
        break;
    case COST_EDIT_ADD:
        status = shire_money_add(old, edit->value, value_out);
        break;
    case COST_EDIT_SUBTRACT:
        status = shire_money_add(old, -edit->value, value_out);
        break;
    }
    return status == SHIRE_OK
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_OVERFLOW,
                            "'%s' makes a number that is too large; correct it", edit->text);
}

/* Less than, equal, more than: as numbers where both are, else as text. */
static int compare(const char *cell, const char *value) {
    shire_decimal6 a = 0;
    shire_decimal6 b = 0;
    shire_span x = shire_span_of(cell);
    shire_span y = shire_span_of(value);
    if (shire_decimal_parse(x, &a, NULL) == SHIRE_OK &&
        shire_decimal_parse(y, &b, NULL) == SHIRE_OK) {
        return (a > b) - (a < b);
    }
    return shire_span_compare(x, y);
}

bool cost_condition_holds(const cost_condition *condition, const char *cell) {
    const char *text = cell == NULL ? "" : cell;
    bool same = shire_text_glob(shire_span_of(condition->value), shire_span_of(text));
    switch (condition->comparison) {
    case COST_IS:
        return same;
    case COST_IS_NOT:
        return !same;
    case COST_LESS:
        return cell != NULL && compare(text, condition->value) < 0;
    case COST_LESS_OR_IS:
        return cell != NULL && compare(text, condition->value) <= 0;
    case COST_MORE:
        return cell != NULL && compare(text, condition->value) > 0;
    default:
        return cell != NULL && compare(text, condition->value) >= 0;
    }
}

/* A number as conditions see it: 12.5, not 12.500000; a number is compared as one. */
static bool number_holds(const cost_condition *condition, shire_decimal6 number) {
    char text[24];
    cost_condition as_text = *condition;
    char value_text[24];
    shire_decimal6 value = 0;
    shire_decimal_format(number, 0, text);
    if (shire_decimal_parse(shire_span_of(condition->value), &value, NULL) == SHIRE_OK) {
        shire_decimal_format(value, 0, value_text);
        as_text.value = value_text;
    }
    return cost_condition_holds(&as_text, text);
}

/* ---- the ledger ---- */

static bool line_fits(const cost_kept *kept, const cost_edit *edit, size_t line,
                      shire_money amount) {
    for (size_t i = 0; i < edit->conditions.count; i++) {
        const cost_condition *condition = &edit->conditions.items[i];
        bool holds = false;
        if (strcmp(condition->column, "amount") == 0) {
            holds = number_holds(condition, amount);
        } else if (strcmp(condition->column, "line") == 0) {
            holds = number_holds(condition, kept->ledger_lines[line] * SHIRE_MILLION);
        } else if (strcmp(condition->column, "organisation") == 0) {
            holds = cost_condition_holds(
                condition,
                cost_texts_at(&kept->organisation_codes, (size_t)kept->ledger_organisations[line]));
        } else {
            size_t text = 0;
            while (strcmp(cost_ledger_texts[text], condition->column) != 0) {
                text++;
            }
            holds = cost_condition_holds(condition, cost_texts_at(&kept->ledger_texts[text], line));
        }
        if (!holds) {
            return false;
        }
    }
    return true;
}

static shire_status count_change(cost_edit *edit, shire_decimal6 before, shire_decimal6 after,
                                 shire_error *error) {
    edit->row_count++;
    if (shire_money_add(edit->before, before, &edit->before) != SHIRE_OK ||
        shire_money_add(edit->after, after, &edit->after) != SHIRE_OK) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW, "'%s' makes a sum that is too large; correct it",
                          edit->text);
    }
    return SHIRE_OK;
}

static shire_status edit_ledger(const cost_kept *kept, cost_edit *edit, shire_money *amounts,
                                shire_error *error) {
    for (size_t line = 0; line < kept->ledger_count; line++) {
        shire_money old = amounts[line];
        if (!line_fits(kept, edit, line, old)) {
            continue;
        }
        shire_status status = cost_edit_apply(edit, old, &amounts[line], error);
        if (status == SHIRE_OK) {
            status = count_change(edit, old, amounts[line], error);
        }
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return SHIRE_OK;
}

/* A text column over kept texts, nulls as empty. */
static bool make_text_column(const cost_texts *texts, shire_arena *arena, shire_column *column) {
    shire_builder bytes = {0};
    uint32_t *offsets = shire_arena_alloc_array(arena, texts->count + 1, sizeof(*offsets));
    for (size_t i = 0; offsets != NULL && i < texts->count; i++) {
        const char *text = cost_texts_at(texts, i);
        offsets[i] = (uint32_t)bytes.length;
        shire_builder_append(&bytes, shire_span_of(text));
        offsets[i + 1] = (uint32_t)bytes.length;
    }
    char *copy = shire_arena_copy_text(arena, bytes.length == 0 ? "" : bytes.bytes, bytes.length);
    bool good = offsets != NULL && copy != NULL && !bytes.failed;
    shire_builder_free(&bytes);
    column->type = SHIRE_TYPE_TEXT;
    column->text_offsets = offsets;
    column->text_bytes = copy;
    return good;
}

shire_status cost_scenario_ledger(cost_run *run, shire_frame *frame, shire_error *error) {
    const cost_kept *kept = run->kept;
    size_t count = kept->ledger_count;
    shire_column *columns = shire_arena_alloc_array(run->arena, 7, sizeof(*columns));
    int64_t *numbers = shire_arena_alloc_array(run->arena, count, sizeof(*numbers));
    shire_money *amounts = shire_arena_alloc_array(run->arena, count, sizeof(*amounts));
    if (columns == NULL || numbers == NULL || amounts == NULL ||
        !make_text_column(&kept->ledger_texts[COST_LEDGER_COST_CENTRE], run->arena, &columns[2]) ||
        !make_text_column(&kept->ledger_texts[COST_LEDGER_ACCOUNT], run->arena, &columns[3]) ||
        !make_text_column(&kept->ledger_texts[COST_LEDGER_FILE], run->arena, &columns[5])) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        numbers[i] = (int64_t)i;
        amounts[i] = kept->ledger_amounts[i];
    }
    for (size_t i = 0; i < run->edits->list.count; i++) {
        cost_edit *edit = &run->edits->list.items[i];
        if (strcmp(edit->table, COST_EDIT_LEDGER) == 0) {
            shire_status status = edit_ledger(kept, edit, amounts, error);
            if (status != SHIRE_OK) {
                return status;
            }
        }
    }
    run->ledger_amounts = amounts;
    columns[0] = (shire_column){.type = SHIRE_TYPE_INT64, .int64 = numbers};
    columns[1] = (shire_column){.type = SHIRE_TYPE_INT32, .int32 = kept->ledger_organisations};
    columns[4] = (shire_column){.type = SHIRE_TYPE_DECIMAL6, .decimal6 = amounts};
    columns[6] = (shire_column){.type = SHIRE_TYPE_INT64, .int64 = kept->ledger_lines};
    *frame = (shire_frame){.row_count = count, .column_count = 7, .columns = columns};
    return SHIRE_OK;
}

/* ---- the model's sheets ---- */

static size_t column_of(const cost_sheet *sheet, const char *name) {
    size_t column = 0;
    while (column < sheet->column_count && strcmp(sheet->columns[column].name, name) != 0) {
        column++;
    }
    return column;
}

static bool row_fits(const cost_sheet *sheet, const cost_edit *edit, size_t row) {
    for (size_t i = 0; i < edit->conditions.count; i++) {
        const cost_condition *condition = &edit->conditions.items[i];
        size_t column = column_of(sheet, condition->column);
        shire_decimal6 number = 0;
        bool holds = false;
        if (column == sheet->column_count) { /* line */
            holds = number_holds(condition, sheet->lines[row] * SHIRE_MILLION);
        } else {
            const char *cell = sheet->cells[row * sheet->column_count + column];
            bool is_number = strcmp(condition->column, edit->column) == 0 && cell != NULL &&
                             shire_decimal_parse(shire_span_of(cell), &number, NULL) == SHIRE_OK;
            holds =
                is_number ? number_holds(condition, number) : cost_condition_holds(condition, cell);
        }
        if (!holds) {
            return false;
        }
    }
    return true;
}

/* An empty cell has no value to start from: only = fills it. */
static shire_status edit_sheet(cost_sheet *sheet, cost_edit *edit, shire_arena *arena,
                               shire_error *error) {
    size_t column = column_of(sheet, edit->column);
    for (size_t row = 0; row < sheet->row_count; row++) {
        const char **cell = &sheet->cells[row * sheet->column_count + column];
        shire_decimal6 old = 0;
        shire_decimal6 value = 0;
        char text[24];
        bool known =
            *cell != NULL && shire_decimal_parse(shire_span_of(*cell), &old, NULL) == SHIRE_OK;
        if (!row_fits(sheet, edit, row) || (!known && edit->operation != COST_EDIT_SET)) {
            continue;
        }
        shire_status status = cost_edit_apply(edit, old, &value, error);
        if (status == SHIRE_OK) {
            status = count_change(edit, old, value, error);
        }
        if (status != SHIRE_OK) {
            return status;
        }
        shire_decimal_format(value, 0, text);
        *cell = shire_arena_format(arena, "%s", text);
        if (*cell == NULL) {
            return COST_NO_MEMORY(error);
        }
    }
    return SHIRE_OK;
}

shire_status cost_scenario_sheet(cost_run *run, cost_sheet *sheet, shire_error *error) {
    shire_status status = cost_kept_sheet(run->kept, run->arena, sheet, error);
    for (size_t i = 0; i < run->edits->list.count && status == SHIRE_OK; i++) {
        cost_edit *edit = &run->edits->list.items[i];
        if (sheet->file != NULL && strcmp(edit->table, sheet->name) == 0) {
            status = edit_sheet(sheet, edit, run->arena, error);
        }
    }
    return status;
}
