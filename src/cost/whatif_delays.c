/*
 * Shorter delays in a scenario: the weights of items of delayed stays, as cost/delay_kernel.h
 * shortens them, in each activity line that a change reaches; and, of any scenario, what the
 * delayed nights cost each partner before and after, and what fell free.
 *
 * A line that a change reaches gets weighings of its own, because another activity may share them
 * and stay as it is.
 */
#include "cost/whatif_internal.h"

#include <stdlib.h>
#include <string.h>

/* What the changes of delays are applied to. */
typedef struct shortening {
    whatif_pass *pass;
    const cost_kept *kept;
    cost_edit **edits; /* of delays, in their order */
    size_t edit_count;
    bool *reaches;     /* edit -> it reaches the line and weighing at hand */
    uint8_t **counted; /* edit -> stay -> 1: counted as one that it fits */
} shortening;

/* ---- which ---- */

/* By what a basis measures. Relative weights and expressions are taken to grow with time: they are
 * touched only where the activity is named. */
static shire_delay_measure measure_of(const cost_weighing *weighing) {
    bool number = strcmp(weighing->basis, "count") == 0 || strcmp(weighing->basis, "amount") == 0 ||
                  cost_package_part_of(weighing->basis) != COST_PACKAGE_NONE;
    return strcmp(weighing->basis, "nights") == 0 ? SHIRE_DELAY_NIGHTS
           : strcmp(weighing->basis, "days") == 0 ? SHIRE_DELAY_DAYS
           : number                               ? SHIRE_DELAY_NUMBER
                                                  : SHIRE_DELAY_TIME;
}

/* Without the name of an activity only what is weighed by days or nights is bed time for sure. */
static bool reaches(const cost_run *run, const cost_edit *edit, const cost_line *line,
                    shire_delay_measure measure) {
    bool names_activity = false;
    for (size_t i = 0; i < edit->conditions.count; i++) {
        const cost_condition *condition = &edit->conditions.items[i];
        bool is_activity = strcmp(condition->column, "activity") == 0;
        names_activity |= is_activity;
        if ((is_activity && !cost_condition_holds(condition, line->activity)) ||
            (strcmp(condition->column, "organisation") == 0 &&
             !cost_condition_holds(condition, cost_organisation_code(run, line->organisation)))) {
            return false;
        }
    }
    return names_activity || measure == SHIRE_DELAY_NIGHTS || measure == SHIRE_DELAY_DAYS;
}

/* The conditions on the item and its stay. */
static bool fits(const cost_kept *kept, const cost_edit *edit, size_t mark) {
    size_t stay = (size_t)kept->marks[mark].stay;
    for (size_t i = 0; i < edit->conditions.count; i++) {
        const cost_condition *condition = &edit->conditions.items[i];
        const char *column = condition->column;
        const char *cell = NULL;
        if (strcmp(column, "organisation") == 0 || strcmp(column, "activity") == 0) {
            continue;
        }
        if (strcmp(column, "feed") == 0) {
            cell = cost_texts_at(&kept->mark_texts, mark * COST_MARK_TEXTS);
        } else if (strcmp(column, "code") == 0) {
            cell = cost_texts_at(&kept->mark_texts, mark * COST_MARK_TEXTS + 1);
        } else if (strcmp(column, "reason") == 0) {
            cell = cost_texts_at(&kept->stay_texts, stay * COST_STAY_TEXTS);
        } else {
            cell = cost_texts_at(&kept->stay_texts, stay * COST_STAY_TEXTS + 1);
        }
        if (!cost_condition_holds(condition, cell)) {
            return false;
        }
    }
    return true;
}

/* ---- how much ---- */

/* Nights, in millionths: never more than before, never below 0. */
static shire_decimal6 shorten(const cost_edit *edit, shire_decimal6 left) {
    shire_decimal6 value = edit->value;
    if (edit->operation == COST_EDIT_MULTIPLY) {
        /* The parser takes factors of 0 to 1, and a stay has less than 2^31 nights. */
        shire_status status = shire_money_multiply(left, edit->value, &value);
        value = status == SHIRE_OK ? value : left;
    } else if (edit->operation == COST_EDIT_SUBTRACT) {
        value = left > edit->value ? left - edit->value : 0;
    }
    return value < left ? value : left;
}

/* What the changes leave of the delay of the mark's stay, for the line and weighing at hand. */
static shire_decimal6 left_for(shortening *s, size_t mark) {
    int32_t stay = s->kept->marks[mark].stay;
    shire_decimal6 left = s->kept->stays[stay].delay.delayed * SHIRE_MILLION;
    for (size_t i = 0; i < s->edit_count; i++) {
        cost_edit *edit = s->edits[i];
        if (!s->reaches[i] || !fits(s->kept, edit, mark)) {
            continue;
        }
        shire_decimal6 next = shorten(edit, left);
        if (s->counted[i][stay] == 0) {
            s->counted[i][stay] = 1;
            edit->row_count++;
            edit->before += left;
            edit->after += next;
        }
        left = next;
    }
    shire_decimal6 *stay_left = &s->pass->stay_left[stay];
    *stay_left = left < *stay_left ? left : *stay_left;
    return left;
}

/* The row of an item, or rows->count. */
static size_t find_row(const shire_whatif_rows *rows, int32_t item) {
    size_t low = 0;
    size_t high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (shire_whatif_item(rows, middle) < item) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < rows->count && shire_whatif_item(rows, low) == item ? low : rows->count;
}

/* The rows' weights as an array of their own. False when out of memory. */
static bool own_weights(shire_arena *arena, shire_whatif_rows *rows, int64_t **weights_out) {
    int64_t *weights = shire_arena_alloc_array(arena, rows->count, sizeof(*weights));
    for (size_t i = 0; weights != NULL && i < rows->count; i++) {
        weights[i] = rows->weights == NULL ? rows->weight : rows->weights[i];
    }
    rows->weights = weights;
    *weights_out = weights;
    return weights != NULL;
}

/* Shorten the rows of one weighing of one line: `removed_out` is how much weight went. */
static shire_status shorten_rows(shortening *s, shire_delay_measure measure,
                                 shire_whatif_rows *rows, int64_t *removed_out,
                                 shire_error *error) {
    const cost_kept *kept = s->kept;
    int64_t *weights = NULL;
    int64_t removed = 0;
    for (size_t mark = 0; mark < kept->mark_count; mark++) {
        size_t row = find_row(rows, kept->mark_items[mark]);
        if (row == rows->count) {
            continue;
        }
        const cost_stay *stay = &kept->stays[kept->marks[mark].stay];
        shire_decimal6 freed = stay->delay.delayed * SHIRE_MILLION - left_for(s, mark);
        shire_decimal6 weight = rows->weights == NULL ? rows->weight : rows->weights[row];
        shire_decimal6 left = weight;
        shire_status status = shire_delay_weight_left(&stay->delay, &kept->marks[mark].span,
                                                      measure, weight, freed, &left, error);
        if (status != SHIRE_OK) {
            return status;
        }
        if (left != weight) {
            if (weights == NULL && !own_weights(s->pass->run.arena, rows, &weights)) {
                return COST_NO_MEMORY(error);
            }
            weights[row] = left;
            removed += weight - left;
        }
    }
    *removed_out = removed;
    return SHIRE_OK;
}

/* One weighing of one line: in place of it the line gets one with shorter delays. */
static shire_status shorten_weighing(shortening *s, size_t line_number, size_t place,
                                     shire_error *error) {
    whatif_pass *pass = s->pass;
    cost_run *run = &pass->run;
    const cost_line *line = &run->lines.items[line_number];
    size_t number = (size_t)run->line_weighings.items[place];
    cost_weighing weighing = run->weighings.items[number];
    shire_whatif_rows rows = pass->rows[number];
    shire_delay_measure measure = measure_of(&weighing);
    int64_t removed = 0;
    bool any = false;
    for (size_t i = 0; i < s->edit_count; i++) {
        s->reaches[i] = reaches(run, s->edits[i], line, measure);
        any |= s->reaches[i];
    }
    shire_status status = any ? shorten_rows(s, measure, &rows, &removed, error) : SHIRE_OK;
    if (status != SHIRE_OK || rows.weights == pass->rows[number].weights) {
        return status;
    }
    /* The rows are what counts from here on: nothing looks at the items of the weighing itself. */
    weighing.weight_total -= removed;
    size_t added = run->weighings.count;
    if (!COST_PUSH(run->arena, &run->weighings, weighing)) {
        return COST_NO_MEMORY(error);
    }
    pass->rows[added] = rows;
    pass->changed[added] = true;
    pass->released[line_number] += removed;
    run->line_weighings.items[place] = (int32_t)added;
    return SHIRE_OK;
}

static bool prepare(shortening *s, const shire_whatif *whatif, whatif_pass *pass) {
    shire_arena *arena = pass->run.arena;
    size_t count = pass->edits.list.count;
    *s = (shortening){.pass = pass,
                      .kept = &whatif->kept,
                      .edits = shire_arena_alloc_array(arena, count, sizeof(*s->edits)),
                      .reaches = shire_arena_alloc(arena, count),
                      .counted = shire_arena_alloc_array(arena, count, sizeof(*s->counted))};
    bool good = s->edits != NULL && s->reaches != NULL && s->counted != NULL;
    for (size_t i = 0; good && i < count; i++) {
        cost_edit *edit = &pass->edits.list.items[i];
        if (strcmp(edit->column, COST_EDIT_DELAY) == 0) {
            s->counted[s->edit_count] = shire_arena_alloc(arena, whatif->kept.stay_count);
            good = s->counted[s->edit_count] != NULL;
            s->edits[s->edit_count++] = edit;
        }
    }
    return good;
}

/* Room for one more weighing for each that a line has. */
static bool make_room(whatif_pass *pass) {
    const cost_run *run = &pass->run;
    size_t count = run->weighings.count;
    size_t most = count + run->line_weighings.count;
    shire_whatif_rows *rows = shire_arena_alloc_array(run->arena, most, sizeof(*rows));
    bool *changed = shire_arena_alloc(run->arena, most);
    if (rows == NULL || changed == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = pass->rows[i];
        changed[i] = pass->changed[i];
    }
    pass->rows = rows;
    pass->changed = changed;
    return true;
}

shire_status whatif_delays_shorten(const shire_whatif *whatif, whatif_pass *pass,
                                   shire_error *error) {
    const cost_kept *kept = &whatif->kept;
    cost_run *run = &pass->run;
    shortening s;
    shire_status status = SHIRE_OK;
    pass->stay_left =
        shire_arena_alloc_array(run->arena, kept->stay_count, sizeof(*pass->stay_left));
    pass->released = shire_arena_alloc_array(run->arena, run->lines.count, sizeof(*pass->released));
    if (pass->stay_left == NULL || pass->released == NULL || !prepare(&s, whatif, pass)) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < kept->stay_count; i++) {
        pass->stay_left[i] = kept->stays[i].delay.delayed * SHIRE_MILLION;
    }
    if (s.edit_count == 0) {
        return SHIRE_OK;
    }
    if (!make_room(pass)) {
        return COST_NO_MEMORY(error);
    }
    for (size_t line = 0; line < run->lines.count; line++) {
        size_t first = run->lines.items[line].first_weighing;
        size_t last = first + run->lines.items[line].weighing_count;
        for (size_t place = first; place < last && status == SHIRE_OK; place++) {
            status = shorten_weighing(&s, line, place, error);
        }
    }
    return status;
}

/* ---- the result: partners ---- */

/* Stay -> its cost; 0 of stays of another segment than patient care, as in a run. */
static shire_money *cost_of_stays(const cost_kept *kept, const whatif_pass *pass) {
    shire_money *costs = shire_arena_alloc_array(pass->run.arena, kept->stay_count, sizeof(*costs));
    for (size_t i = 0; costs != NULL && i < kept->mark_count; i++) {
        const cost_stay *stay = &kept->stays[kept->marks[i].stay];
        costs[kept->marks[i].stay] +=
            stay->segment == COST_SEGMENT_PATIENT ? pass->marks.parts[i] : 0;
    }
    return costs;
}

typedef struct partner_list {
    cost_names names;
    COST_LIST(shire_whatif_delay) list;
} partner_list;

/* The place of a partner; NULL when out of memory. An organisation is shown by its name. */
static shire_whatif_delay *partner_of(const shire_whatif *whatif, partner_list *partners,
                                      const char *code) {
    const cost_kept *kept = &whatif->kept;
    int32_t number = cost_names_add(&partners->names, 0, shire_span_of(code));
    if (number == (int32_t)partners->list.count) {
        shire_whatif_delay one = {.partner = shire_arena_format(whatif->arena, "%s", code)};
        one.name = one.partner;
        for (size_t i = 0; i < kept->organisation_codes.count; i++) {
            if (strcmp(cost_texts_at(&kept->organisation_codes, i), code) == 0) {
                one.name = cost_texts_at(&kept->organisation_names, i);
            }
        }
        number =
            one.partner != NULL && COST_PUSH(whatif->arena, &partners->list, one) ? number : -1;
    }
    return number < 0 ? NULL : &partners->list.items[number];
}

/* The nights and the cost of one stay's delay, to its partners; `after` or before. */
static shire_status share_stay(const shire_whatif *whatif, const whatif_pass *pass, size_t number,
                               shire_money cost, bool after, partner_list *partners,
                               shire_error *error) {
    const cost_kept *kept = &whatif->kept;
    shire_decimal6 left = pass->stay_left[number];
    shire_money amount = 0;
    cost_delay_bearers bearers;
    shire_status status = shire_delay_cost(&kept->stays[number].delay, cost, left, &amount, error);
    if (status == SHIRE_OK) {
        status = cost_delay_partners(&pass->run, pass->run.arena,
                                     cost_texts_at(&kept->stay_texts, number * COST_STAY_TEXTS + 2),
                                     &bearers, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *parts = shire_arena_alloc_array(pass->run.arena, bearers.count, 2 * sizeof(*parts));
    if (parts == NULL) {
        return COST_NO_MEMORY(error);
    }
    status = shire_money_split(left, bearers.shares, bearers.count, parts, error);
    if (status == SHIRE_OK) {
        status =
            shire_money_split(amount, bearers.shares, bearers.count, parts + bearers.count, error);
    }
    for (size_t i = 0; i < bearers.count && status == SHIRE_OK; i++) {
        shire_whatif_delay *one = partner_of(whatif, partners, bearers.partners[i]);
        if (one == NULL) {
            return COST_NO_MEMORY(error);
        }
        *(after ? &one->nights.after : &one->nights.before) += parts[i];
        *(after ? &one->cost.after : &one->cost.before) += parts[bearers.count + i];
    }
    return status;
}

static int compare_delays(const void *a_pointer, const void *b_pointer) {
    const shire_whatif_delay *a = a_pointer;
    const shire_whatif_delay *b = b_pointer;
    return strcmp(a->partner, b->partner);
}

static shire_status make_partners(const shire_whatif *whatif, const whatif_pass *pass,
                                  shire_whatif_result *result, shire_error *error) {
    const whatif_pass *passes[] = {&whatif->base, pass};
    partner_list partners = {.names = {.arena = whatif->arena}};
    shire_status status = SHIRE_OK;
    for (int side = 0; side < 2; side++) {
        const shire_money *costs = cost_of_stays(&whatif->kept, passes[side]);
        if (costs == NULL) {
            return COST_NO_MEMORY(error);
        }
        for (size_t i = 0; i < whatif->kept.stay_count && status == SHIRE_OK; i++) {
            status = share_stay(whatif, passes[side], i, costs[i], side == 1, &partners, error);
        }
    }
    if (partners.list.count > 0) {
        qsort(partners.list.items, partners.list.count, sizeof(*partners.list.items),
              compare_delays);
    }
    result->delays = partners.list.items;
    result->delay_count = partners.list.count;
    return status;
}

/* ---- the result: what fell free ---- */

static int compare_releases(const void *a_pointer, const void *b_pointer) {
    const shire_whatif_release *a = a_pointer;
    const shire_whatif_release *b = b_pointer;
    int order = strcmp(a->organisation, b->organisation);
    order = order != 0 ? order : strcmp(a->activity, b->activity);
    return order != 0 ? order : strcmp(a->basis, b->basis);
}

/* Weight that went from a line, at what a unit of it cost in the run. */
static shire_status value_line(const shire_whatif *whatif, const whatif_pass *pass, size_t number,
                               shire_whatif_release *release, shire_error *error) {
    const cost_run *base = &whatif->base.run;
    const cost_line *line = &pass->run.lines.items[number];
    int32_t before = cost_names_find(&base->line_keys, line->organisation,
                                     pass->run.line_keys.items[number].text);
    int32_t weighing = pass->run.line_weighings.items[line->first_weighing];
    shire_money parts[2] = {0};
    shire_status status = SHIRE_OK;
    *release =
        (shire_whatif_release){.organisation = cost_organisation_code(base, line->organisation),
                               .activity = shire_arena_format(whatif->arena, "%s", line->activity),
                               .basis = pass->run.weighings.items[weighing].basis, /* kept */
                               .weight = pass->released[number]};
    if (before >= 0 && base->lines.items[before].weight_total != 0) {
        const cost_line *old = &base->lines.items[before];
        const int64_t weights[] = {release->weight, old->weight_total - release->weight};
        status = shire_money_split_running(old->amount, weights, 2, parts, error);
    }
    release->value = parts[0];
    return status == SHIRE_OK && release->activity == NULL ? COST_NO_MEMORY(error) : status;
}

static shire_status make_releases(const shire_whatif *whatif, const whatif_pass *pass,
                                  shire_whatif_result *result, shire_error *error) {
    size_t count = 0;
    size_t kept = 0;
    shire_status status = SHIRE_OK;
    shire_whatif_release *all =
        shire_arena_alloc_array(whatif->arena, pass->run.lines.count, sizeof(*all));
    if (all == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < pass->run.lines.count && status == SHIRE_OK; i++) {
        if (pass->released[i] != 0 && pass->run.lines.items[i].segment == COST_SEGMENT_PATIENT) {
            status = value_line(whatif, pass, i, &all[count++], error);
        }
    }
    if (status == SHIRE_OK && count > 0) {
        qsort(all, count, sizeof(*all), compare_releases);
    }
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        result->released_value += all[i].value;
        if (kept > 0 && compare_releases(&all[kept - 1], &all[i]) == 0) {
            all[kept - 1].weight += all[i].weight;
            all[kept - 1].value += all[i].value;
        } else {
            all[kept++] = all[i];
        }
    }
    for (size_t i = 0; i < whatif->kept.stay_count; i++) {
        result->released_nights += whatif->base.stay_left[i] - pass->stay_left[i];
    }
    result->releases = all;
    result->release_count = kept;
    return status;
}

shire_status whatif_delays_make(const shire_whatif *whatif, const whatif_pass *pass,
                                shire_whatif_result *result, shire_error *error) {
    shire_status status = make_partners(whatif, pass, result, error);
    return status == SHIRE_OK ? make_releases(whatif, pass, result, error) : status;
}
