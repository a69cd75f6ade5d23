/*
 * The costing model: sheets of text become typed rows, grouped by what they hold for. Every cell
 * that is wrong is a problem with file, line and column; a row with a problem is left out, and the
 * run stops after the whole model has been read.
 */
#include "cost/cost_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const cost_treatment_names[COST_TREATMENT_COUNT] = {"patient", "support", "income",
                                                                "excluded", "apart"};
static const char *const method_names[] = {"direct", "step_down", "reciprocal"};

/* One row of a sheet under way. */
typedef struct row_reader {
    cost_run *run;
    const cost_sheet *sheet;
    size_t row;
    cost_place place;
    bool wrong; /* some cell was */
} row_reader;

static const char *cell(const row_reader *reader, size_t column) {
    return reader->sheet->cells[reader->row * reader->sheet->column_count + column];
}

static const char *column_name(const row_reader *reader, size_t column) {
    return reader->sheet->columns[column].name;
}

static const char *read_text(row_reader *reader, size_t column) {
    const char *text = cell(reader, column);
    if (text == NULL) {
        reader->wrong = true;
        cost_error(&reader->run->problems, "empty_cell", reader->place, column_name(reader, column),
                   "fill it in", "%s is empty", column_name(reader, column));
    }
    return text;
}

static int32_t read_organisation(row_reader *reader, size_t column) {
    const char *text = cell(reader, column);
    const cost_run *run = reader->run;
    if (text == NULL || strcmp(text, "*") == 0) {
        return COST_EVERY_ORGANISATION;
    }
    const char **codes =
        shire_arena_alloc_array(run->arena, run->organisation_count, sizeof(*codes));
    for (size_t i = 0; codes != NULL && i < run->organisation_count; i++) {
        codes[i] = run->organisations[i].code;
        if (strcmp(codes[i], text) == 0) {
            return (int32_t)i;
        }
    }
    const char *nearest =
        codes == NULL ? NULL : shire_text_nearest(text, codes, run->organisation_count);
    reader->wrong = true;
    cost_error(&reader->run->problems, "unknown_organisation", reader->place,
               column_name(reader, column),
               nearest == NULL ? "add it to organisations.csv, or leave it empty for all"
                               : shire_arena_format(run->arena, "did you mean %s?", nearest),
               "there is no organisation %s", text);
    return COST_EVERY_ORGANISATION;
}

/* An empty cell gives `when_empty`. */
static shire_decimal6 read_number(row_reader *reader, size_t column, shire_decimal6 when_empty,
                                  bool exact) {
    const char *text = cell(reader, column);
    shire_decimal6 value = when_empty;
    bool rounded = false;
    if (text == NULL) {
        return when_empty;
    }
    if (shire_decimal_parse(shire_span_of(text), &value, &rounded) != SHIRE_OK) {
        reader->wrong = true;
        cost_error(&reader->run->problems, "not_a_number", reader->place,
                   column_name(reader, column),
                   strchr(text, '%') != NULL ? "write a share as a part of 1, like 0.5"
                                             : "write it like 1234.56",
                   "%s '%s' is no number", column_name(reader, column), text);
        return when_empty;
    }
    if (rounded && exact) {
        reader->wrong = true;
        cost_error(&reader->run->problems, "too_many_decimals", reader->place,
                   column_name(reader, column), "round it, so that shares still sum to 1",
                   "%s '%s' has more than six decimals", column_name(reader, column), text);
    }
    return value;
}

static int64_t read_whole(row_reader *reader, size_t column, int64_t when_empty, int64_t low,
                          int64_t high) {
    const char *text = cell(reader, column);
    shire_decimal6 value = when_empty * SHIRE_MILLION;
    bool rounded = false;
    if (text == NULL) {
        return when_empty;
    }
    if (shire_decimal_parse(shire_span_of(text), &value, &rounded) != SHIRE_OK || rounded ||
        value % SHIRE_MILLION != 0 || value / SHIRE_MILLION < low || value / SHIRE_MILLION > high) {
        reader->wrong = true;
        cost_error(&reader->run->problems, "not_a_whole_number", reader->place,
                   column_name(reader, column), "correct it",
                   "%s is no whole number from %" PRId64 " to %" PRId64,
                   column_name(reader, column), low, high);
        return when_empty;
    }
    return value / SHIRE_MILLION;
}

static int read_choice(row_reader *reader, size_t column, const char *const *names, size_t count) {
    const char *text = cell(reader, column);
    for (size_t i = 0; text != NULL && i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            return (int)i;
        }
    }
    shire_builder list = {0};
    for (size_t i = 0; i < count; i++) {
        shire_builder_append_format(&list, "%s%s",
                                    i == 0          ? "use "
                                    : i + 1 < count ? ", "
                                                    : " or ",
                                    names[i]);
    }
    const char *nearest = text == NULL ? NULL : shire_text_nearest(text, names, count);
    const char *remedy = nearest != NULL
                             ? shire_arena_format(reader->run->arena, "did you mean %s?", nearest)
                         : list.failed ? "correct it"
                                       : shire_arena_format(reader->run->arena, "%s", list.bytes);
    reader->wrong = true;
    cost_error(&reader->run->problems, "unknown_choice", reader->place, column_name(reader, column),
               remedy, text == NULL ? "%s is empty" : "there is no %s '%s'",
               column_name(reader, column), text);
    shire_builder_free(&list);
    return 0;
}

static shire_decimal6 read_share(row_reader *reader, size_t column, shire_decimal6 when_empty) {
    shire_decimal6 share = read_number(reader, column, when_empty, true);
    if (share != when_empty && (share < 0 || share > SHIRE_MILLION)) {
        reader->wrong = true;
        cost_error(&reader->run->problems, "share_out_of_range", reader->place,
                   column_name(reader, column), "correct it", "the share %s is not from 0 to 1",
                   cell(reader, column));
    }
    return share;
}

/* ---- one function a table: a row of it ---- */

static int32_t add_segment(cost_run *run, const char *name) {
    return cost_names_add(&run->segment_names, 0, shire_span_of(name));
}

/* The names that need no costing/treatment. */
static bool add_built_in_treatments(cost_run *run) {
    static const char *const apart[] = {"research", "education", "private"};
    bool made = add_segment(run, "patient") == COST_SEGMENT_PATIENT &&
                add_segment(run, "income") == COST_SEGMENT_INCOME;
    for (int i = 0; i < COST_APART && made; i++) {
        cost_treatment_row row = {.name = cost_treatment_names[i],
                                  .treatment = (cost_treatment)i,
                                  .segment = i == COST_INCOME ? COST_SEGMENT_INCOME
                                                              : COST_SEGMENT_PATIENT};
        made = COST_PUSH(run->arena, &run->model.treatments, row);
    }
    for (size_t i = 0; i < sizeof(apart) / sizeof(*apart) && made; i++) {
        cost_treatment_row row = {
            .name = apart[i], .treatment = COST_APART, .segment = add_segment(run, apart[i])};
        made = row.segment >= 0 && COST_PUSH(run->arena, &run->model.treatments, row);
    }
    return made;
}

/* A name that is there already takes the new meaning. */
static bool read_treatment(row_reader *reader, cost_model *model) {
    cost_treatment_row row = {.place = reader->place, .name = read_text(reader, 0)};
    row.treatment =
        (cost_treatment)read_choice(reader, 1, cost_treatment_names, COST_TREATMENT_COUNT);
    const char *segment = cell(reader, 2) == NULL ? row.name : cell(reader, 2);
    row.segment = row.treatment == COST_INCOME ? COST_SEGMENT_INCOME : COST_SEGMENT_PATIENT;
    if (reader->wrong) {
        return true;
    }
    if (row.treatment == COST_APART) {
        row.segment = add_segment(reader->run, segment);
        if (row.segment == COST_SEGMENT_PATIENT || row.segment == COST_SEGMENT_INCOME) {
            cost_error(&reader->run->problems, "unknown_choice", reader->place, "segment",
                       "give it another name", "the segment '%s' is not one that can be kept apart",
                       segment);
        }
    }
    for (size_t i = 0; i < model->treatments.count; i++) {
        if (strcmp(model->treatments.items[i].name, row.name) == 0) {
            model->treatments.items[i] = row;
            return row.segment >= 0;
        }
    }
    return row.segment >= 0 && COST_PUSH(reader->run->arena, &model->treatments, row);
}

/* The treatment that a cell names; the first where it names none. */
static const cost_treatment_row *read_treatment_name(row_reader *reader, size_t column) {
    const cost_model *model = &reader->run->model;
    const char **names =
        shire_arena_alloc_array(reader->run->arena, model->treatments.count, sizeof(*names));
    if (names == NULL) {
        reader->run->problems.out_of_memory = true;
        return model->treatments.items;
    }
    for (size_t i = 0; i < model->treatments.count; i++) {
        names[i] = model->treatments.items[i].name;
    }
    return &model->treatments.items[read_choice(reader, column, names, model->treatments.count)];
}

static bool read_segment_rule(row_reader *reader, cost_model *model) {
    cost_run *run = reader->run;
    cost_segment_rule row = {.place = reader->place,
                             .organisation = read_organisation(reader, 0),
                             .step = read_whole(reader, 1, 0, INT32_MIN, INT32_MAX),
                             .dataset = cell(reader, 2) == NULL ? "*" : cell(reader, 2),
                             .condition = cell(reader, 3)};
    const char **names =
        shire_arena_alloc_array(run->arena, run->segment_names.count, sizeof(*names));
    if (names == NULL) {
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < run->segment_names.count; i++) {
        if (i != COST_SEGMENT_INCOME) {
            names[count++] = run->segment_names.items[i].text.bytes;
        }
    }
    const char *name = names[read_choice(reader, 4, names, count)];
    row.segment = cost_names_find(&run->segment_names, 0, shire_span_of(name));
    return reader->wrong || COST_PUSH(run->arena, &model->segment_rules, row);
}

static bool read_ledger_row(row_reader *reader, cost_model *model) {
    cost_ledger_row row = {.place = reader->place,
                           .organisation = read_organisation(reader, 0),
                           .cost_centre = cell(reader, 1) == NULL ? "*" : cell(reader, 1),
                           .account = cell(reader, 2) == NULL ? "*" : cell(reader, 2),
                           .pool = cell(reader, 3),
                           .share = read_share(reader, 4, COST_NO_SHARE),
                           .reason = cell(reader, 6)};
    const cost_treatment_row *treatment = read_treatment_name(reader, 5);
    row.treatment = treatment->treatment;
    row.segment = treatment->segment;
    bool needs_pool = row.treatment == COST_PATIENT || row.treatment == COST_SUPPORT;
    if (!reader->wrong && needs_pool) {
        row.pool = read_text(reader, 3);
    }
    if (!reader->wrong && row.treatment == COST_EXCLUDED) {
        row.reason = read_text(reader, 6);
    }
    if (row.treatment == COST_INCOME && row.reason == NULL) {
        row.reason = "income";
    }
    if (row.treatment == COST_EXCLUDED && row.pool != NULL) {
        cost_warning(&reader->run->problems, "pool_of_excluded", reader->place, "pool", 1,
                     "leave pool empty, or give the line another treatment",
                     "what is excluded goes to no pool, and not to '%s'", row.pool);
        row.pool = NULL;
    }
    return reader->wrong || COST_PUSH(reader->run->arena, &model->ledger_rows, row);
}

static bool read_transfer(row_reader *reader, cost_model *model) {
    cost_transfer row = {.place = reader->place,
                         .organisation = read_organisation(reader, 0),
                         .step = read_whole(reader, 1, 0, INT32_MIN, INT32_MAX),
                         .from_pool = read_text(reader, 2),
                         .to_pool = read_text(reader, 3),
                         .by_share = cell(reader, 4) == NULL,
                         .reason = cell(reader, 6)};
    if ((cell(reader, 4) == NULL) == (cell(reader, 5) == NULL)) {
        reader->wrong = true;
        cost_error(&reader->run->problems, "amount_or_share", reader->place, "amount",
                   "give exactly one of them", "a transfer has an amount or a share");
    } else if (row.by_share) {
        row.amount = read_share(reader, 5, COST_NO_SHARE);
    } else {
        row.amount = read_number(reader, 4, 0, true);
    }
    return reader->wrong || COST_PUSH(reader->run->arena, &model->transfers, row);
}

static bool read_support_rule(row_reader *reader, cost_model *model) {
    cost_support_rule row = {.place = reader->place,
                             .organisation = read_organisation(reader, 0),
                             .pool = read_text(reader, 1),
                             .method =
                                 (shire_support_method)read_choice(reader, 2, method_names, 3),
                             .step = (int32_t)read_whole(reader, 3, 0, INT32_MIN, INT32_MAX),
                             .driver = cell(reader, 4),
                             .fallback = cell(reader, 5)};
    if (!reader->wrong && row.fallback == NULL) {
        row.driver = read_text(reader, 4);
    }
    if (!reader->wrong && row.method == SHIRE_SUPPORT_STEP_DOWN) {
        (void)read_text(reader, 3);
    }
    if (!reader->wrong && row.fallback != NULL && strcmp(row.fallback, row.pool) == 0) {
        reader->wrong = true;
        cost_error(&reader->run->problems, "fallback_itself", reader->place, "fallback",
                   "name another pool", "the pool '%s' cannot fall back to itself", row.pool);
    }
    return reader->wrong || (COST_PUSH(reader->run->arena, &model->support_rules, row) &&
                             cost_groups_add(&model->support_groups, reader->run->arena,
                                             row.organisation, row.pool));
}

static bool read_driver(row_reader *reader, cost_model *model) {
    cost_driver_row row = {.place = reader->place,
                           .organisation = read_organisation(reader, 0),
                           .driver = read_text(reader, 1),
                           .pool = read_text(reader, 2),
                           .quantity = read_number(reader, 3, 0, false),
                           .cost_of = cell(reader, 4)};
    if (!reader->wrong && row.cost_of == NULL) {
        (void)read_text(reader, 3);
    }
    return reader->wrong || (COST_PUSH(reader->run->arena, &model->drivers, row) &&
                             cost_groups_add(&model->driver_groups, reader->run->arena,
                                             row.organisation, row.driver));
}

static bool read_resource(row_reader *reader, cost_model *model) {
    cost_resource_row row = {.place = reader->place,
                             .organisation = read_organisation(reader, 0),
                             .pool = read_text(reader, 1),
                             .resource = read_text(reader, 2),
                             .share = read_share(reader, 3, COST_NO_SHARE)};
    return reader->wrong || (COST_PUSH(reader->run->arena, &model->resources, row) &&
                             cost_groups_add(&model->resource_groups, reader->run->arena,
                                             row.organisation, row.pool));
}

static bool read_activity(row_reader *reader, cost_model *model) {
    cost_activity_row row = {.place = reader->place,
                             .organisation = read_organisation(reader, 0),
                             .resource = read_text(reader, 1),
                             .activity = read_text(reader, 2),
                             .share = read_share(reader, 3, COST_NO_SHARE),
                             .feed = cell(reader, 4),
                             .condition = cell(reader, 5),
                             .basis = cell(reader, 6) == NULL ? "count" : cell(reader, 6)};
    return reader->wrong || (COST_PUSH(reader->run->arena, &model->activities, row) &&
                             cost_groups_add(&model->activity_groups, reader->run->arena,
                                             row.organisation, row.resource));
}

static bool read_weight(row_reader *reader, cost_model *model) {
    cost_weight_row row = {.place = reader->place,
                           .organisation = read_organisation(reader, 0),
                           .feed = cell(reader, 1) == NULL ? "*" : cell(reader, 1),
                           .code = cell(reader, 2) == NULL ? "*" : cell(reader, 2)};
    if (read_text(reader, 3) != NULL) {
        row.weight = read_number(reader, 3, 0, false);
    }
    return reader->wrong || COST_PUSH(reader->run->arena, &model->weights, row);
}

static bool read_match(row_reader *reader, cost_model *model) {
    cost_match_row row = {.place = reader->place,
                          .organisation = read_organisation(reader, 0),
                          .step = read_whole(reader, 1, 0, INT32_MIN, INT32_MAX),
                          .feed = cell(reader, 2) == NULL ? "*" : cell(reader, 2),
                          .columns = read_text(reader, 3),
                          .before_days = read_whole(reader, 4, -1, 0, 36500),
                          .after_days = read_whole(reader, 5, -1, 0, 36500)};
    if (row.before_days >= 0 || row.after_days >= 0) {
        row.before_days = row.before_days < 0 ? 0 : row.before_days;
        row.after_days = row.after_days < 0 ? 0 : row.after_days;
    }
    return reader->wrong || COST_PUSH(reader->run->arena, &model->matches, row);
}

static bool read_delay_reason(row_reader *reader, cost_model *model) {
    cost_delay_reason row = {.place = reader->place, .reason = read_text(reader, 0)};
    row.name = cell(reader, 1) == NULL ? row.reason : cell(reader, 1);
    return reader->wrong || COST_PUSH(reader->run->arena, &model->delay_reasons, row);
}

static bool read_delay_share(row_reader *reader, cost_model *model) {
    cost_delay_share row = {.place = reader->place,
                            .responsible = read_text(reader, 0),
                            .partner = read_text(reader, 1),
                            .share = read_share(reader, 2, SHIRE_MILLION)};
    row.name = row.responsible;
    return reader->wrong || COST_PUSH(reader->run->arena, &model->delay_shares, row);
}

/* Payments and weeks, both or neither. */
static bool read_frequency(row_reader *reader, cost_model *model) {
    cost_frequency row = {.place = reader->place,
                          .frequency = read_text(reader, 0),
                          .payments = read_number(reader, 1, 0, true),
                          .weeks = read_number(reader, 2, 0, true)};
    bool once = cell(reader, 1) == NULL && cell(reader, 2) == NULL;
    if (!reader->wrong && !once && (row.payments <= 0 || row.weeks <= 0)) {
        reader->wrong = true;
        cost_error(&reader->run->problems, "frequency_not_positive", reader->place, "payments",
                   "give both, such as 12 payments in 52 weeks, or leave both empty for once",
                   "the frequency '%s' does not say how many payments there are in how many weeks",
                   row.frequency);
    }
    return reader->wrong || COST_PUSH(reader->run->arena, &model->frequencies, row);
}

/* ---- the tables ---- */

typedef bool (*row_function)(row_reader *reader, cost_model *model);

typedef struct sheet_plan {
    const char *name;
    row_function read_row;
    cost_sheet_column columns[COST_SHEET_COLUMNS_MAX];
    size_t column_count;
} sheet_plan;

static const sheet_plan plans[] = {
    {"treatment", read_treatment, {{"treatment", true}, {"kind", true}, {"segment", false}}, 3},
    {"segment_rule",
     read_segment_rule,
     {{"organisation", false},
      {"step", false},
      {"dataset", false},
      {"condition", false},
      {"segment", true}},
     5},
    {"ledger_map",
     read_ledger_row,
     {{"organisation", false},
      {"cost_centre", true},
      {"account", true},
      {"pool", true},
      {"share", false},
      {"treatment", true},
      {"reason", false}},
     7},
    {"pool_transfer",
     read_transfer,
     {{"organisation", false},
      {"step", false},
      {"from_pool", true},
      {"to_pool", true},
      {"amount", false},
      {"share", false},
      {"reason", false}},
     7},
    {"support_rule",
     read_support_rule,
     {{"organisation", false},
      {"pool", true},
      {"method", true},
      {"step", false},
      {"driver", true},
      {"fallback", false}},
     6},
    {"driver",
     read_driver,
     {{"organisation", false},
      {"driver", true},
      {"pool", true},
      {"quantity", true},
      {"cost_of", false}},
     5},
    {"resource",
     read_resource,
     {{"organisation", false}, {"pool", true}, {"resource", true}, {"share", false}},
     4},
    {"activity_rule",
     read_activity,
     {{"organisation", false},
      {"resource", true},
      {"activity", true},
      {"share", false},
      {"feed", true},
      {"condition", false},
      {"basis", false}},
     7},
    {"weight",
     read_weight,
     {{"organisation", false}, {"feed", true}, {"code", true}, {"weight", true}},
     4},
    {"match_rule",
     read_match,
     {{"organisation", false},
      {"step", false},
      {"feed", true},
      {"columns", true},
      {"window_before_days", false},
      {"window_after_days", false}},
     6},
    {"delay_reason", read_delay_reason, {{"reason", true}, {"name", false}}, 2},
    {"delay_responsible",
     read_delay_share,
     {{"responsible", true}, {"partner", true}, {"share", false}},
     3},
    {"frequency", read_frequency, {{"frequency", true}, {"payments", true}, {"weeks", true}}, 3},
};

static shire_status read_table(cost_run *run, const sheet_plan *plan, shire_error *error) {
    cost_sheet sheet = {
        .name = plan->name, .columns = plan->columns, .column_count = plan->column_count};
    size_t errors_before = run->problems.error_count;
    shire_status status = run->kept != NULL
                              ? cost_scenario_sheet(run, &sheet, error)
                              : cost_sheet_read(run->partnership, run->table, run->arena,
                                                &run->problems, &sheet, error);
    if (status == SHIRE_OK && sheet.file != NULL && !COST_PUSH(run->arena, &run->sheets, sheet)) {
        return COST_NO_MEMORY(error);
    }
    if (status != SHIRE_OK || run->problems.error_count != errors_before) {
        return status; /* with columns missing, every row would be wrong */
    }
    for (size_t row = 0; row < sheet.row_count; row++) {
        row_reader reader = {.run = run,
                             .sheet = &sheet,
                             .row = row,
                             .place = {.file = sheet.file, .line = sheet.lines[row]}};
        if (!plan->read_row(&reader, &run->model)) {
            return COST_NO_MEMORY(error);
        }
    }
    if (plan->read_row == read_ledger_row && sheet.file == NULL) {
        cost_warning(&run->problems, "no_ledger_map", (cost_place){.file = "costing"}, NULL, 1,
                     "add ledger_map.csv",
                     "the costing model has no ledger_map, so all of the ledgers is unallocated");
    }
    return SHIRE_OK;
}

/* ---- the whole model ---- */

static int compare_transfers(const void *a_pointer, const void *b_pointer) {
    const cost_transfer *a = a_pointer;
    const cost_transfer *b = b_pointer;
    if (a->step != b->step) {
        return a->step < b->step ? -1 : 1;
    }
    return a->place.line < b->place.line ? -1 : a->place.line > b->place.line;
}

static int compare_matches(const void *a_pointer, const void *b_pointer) {
    const cost_match_row *a = a_pointer;
    const cost_match_row *b = b_pointer;
    if (a->step != b->step) {
        return a->step < b->step ? -1 : 1;
    }
    return a->place.line < b->place.line ? -1 : a->place.line > b->place.line;
}

static int compare_segment_rules(const void *a_pointer, const void *b_pointer) {
    const cost_segment_rule *a = a_pointer;
    const cost_segment_rule *b = b_pointer;
    if (a->step != b->step) {
        return a->step < b->step ? -1 : 1;
    }
    return a->place.line < b->place.line ? -1 : a->place.line > b->place.line;
}

shire_status cost_model_read(cost_run *run, shire_error *error) {
    cost_model *model = &run->model;
    if (!add_built_in_treatments(run)) {
        return COST_NO_MEMORY(error);
    }
    shire_status status = run->kept != NULL ? SHIRE_OK
                                            : cost_sheets_check_folder(run->partnership, run->arena,
                                                                       &run->problems, error);
    if (status == SHIRE_OK) {
        status = cost_problems_check(&run->problems, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < sizeof(plans) / sizeof(*plans); i++) {
        status = read_table(run, &plans[i], error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (!cost_model_complete(run) || !cost_delay_codes_complete(run) ||
        !cost_frequencies_complete(run)) {
        return COST_NO_MEMORY(error);
    }
    if (model->transfers.count > 0) {
        qsort(model->transfers.items, model->transfers.count, sizeof(cost_transfer),
              compare_transfers);
    }
    if (model->segment_rules.count > 0) {
        qsort(model->segment_rules.items, model->segment_rules.count, sizeof(cost_segment_rule),
              compare_segment_rules);
    }
    if (model->matches.count > 0) {
        qsort(model->matches.items, model->matches.count, sizeof(cost_match_row), compare_matches);
    }
    return cost_problems_check(&run->problems, error);
}
