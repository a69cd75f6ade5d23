/*
 * Delayed discharges: what the days between being ready to leave and leaving cost, by reason and by
 * the partner who is responsible. Only nights in the period count, of a stay that is still open up
 * to its last day.
 *
 * The stay's cost is spread evenly over its nights in the period, and the delay is the last of
 * them: its part is the cost times delayed nights over nights, cut off at the micropound. Days and
 * cost are then split over the partners by share, largest remainder, so that partners sum to stays.
 *
 * What the extract says of a delay and no delay can be made of is a finding: ready after leaving, a
 * reason without a day of being ready; and so are nights that two stays of a person both count.
 */
#include "cost/cost_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NOT_STATED "Not stated"

/* The letters of the monthly return of delayed transfers of care (NHS England), and the indication
 * codes of the NHS Data Dictionary for whom a delay is attributable to; both also by their names. A
 * model's own tables take their place. */
static const char *const standard_reasons[][2] = {
    {"A", "Completion of assessment"},
    {"B", "Public funding"},
    {"C", "Further non-acute NHS care"},
    {"D1", "Residential home placement"},
    {"D2", "Nursing home placement"},
    {"E", "Care package in own home"},
    {"F", "Community equipment and adaptations"},
    {"G", "Patient or family choice"},
    {"H", "Disputes"},
    {"I", "Housing: patient not covered by the Care Act"},
    {"O", "Other"},
};

static const struct {
    const char *responsible;
    const char *name;
    const char *partner;
    shire_decimal6 share;
} standard_shares[] = {
    {"NHS", "NHS", "NHS", SHIRE_MILLION},
    {"04", "NHS", "NHS", SHIRE_MILLION},
    {"Social care", "Social care", "Social care", SHIRE_MILLION},
    {"05", "Social care", "Social care", SHIRE_MILLION},
    {"Both", "Both", "NHS", SHIRE_MILLION / 2},
    {"Both", "Both", "Social care", SHIRE_MILLION / 2},
    {"06", "Both", "NHS", SHIRE_MILLION / 2},
    {"06", "Both", "Social care", SHIRE_MILLION / 2},
    {"Housing", "Housing", "Housing", SHIRE_MILLION},
    {"07", "Housing", "Housing", SHIRE_MILLION},
};

static bool same_name(const char *a, const char *b) {
    return shire_span_equal_ignoring_case(shire_span_of(a), shire_span_of(b));
}

/* ---- the codes ---- */

static bool take_standard_codes(cost_run *run) {
    cost_model *model = &run->model;
    bool taken = true;
    size_t reason_count =
        model->delay_reasons.count == 0 ? sizeof(standard_reasons) / sizeof(*standard_reasons) : 0;
    size_t share_count =
        model->delay_shares.count == 0 ? sizeof(standard_shares) / sizeof(*standard_shares) : 0;
    for (size_t i = 0; i < reason_count; i++) {
        cost_delay_reason row = {.reason = standard_reasons[i][0], .name = standard_reasons[i][1]};
        taken &= COST_PUSH(run->arena, &model->delay_reasons, row);
    }
    for (size_t i = 0; i < share_count; i++) {
        cost_delay_share row = {.responsible = standard_shares[i].responsible,
                                .name = standard_shares[i].name,
                                .partner = standard_shares[i].partner,
                                .share = standard_shares[i].share};
        taken &= COST_PUSH(run->arena, &model->delay_shares, row);
    }
    return taken;
}

bool cost_delay_codes_complete(cost_run *run) {
    if (!take_standard_codes(run)) {
        return false;
    }
    const cost_delay_share *rows = run->model.delay_shares.items;
    for (size_t i = 0; i < run->model.delay_shares.count; i++) {
        shire_decimal6 sum = 0;
        bool first = true;
        for (size_t k = 0; k < run->model.delay_shares.count; k++) {
            bool same = same_name(rows[i].responsible, rows[k].responsible);
            first &= !same || k >= i;
            sum += same ? rows[k].share : 0;
        }
        if (first && sum != SHIRE_MILLION) {
            char text[24];
            shire_decimal_format(sum, 0, text);
            cost_error(&run->problems, "shares_not_1", rows[i].place, "share", "correct them",
                       "the partners' shares of the delays that '%s' is responsible for sum to %s "
                       "and not to 1",
                       rows[i].responsible, text);
        }
    }
    return true;
}

/* ---- the stays ---- */

/* How many stays something is told of, and the first of them. */
typedef struct delays_tally {
    int64_t count;
    int64_t first_event;
} delays_tally;

typedef struct delays_state {
    cost_run *run;
    cost_rows events;
    cost_rows partners;
    delays_tally unknown_reasons;
    delays_tally unknown_partners;
    delays_tally ready_late;  /* after leaving */
    delays_tally ready_never; /* a reason or somebody responsible, and no day of being ready */
    delays_tally overlapping; /* with an earlier delay of the same person */
    int64_t nights_twice;     /* of those */
} delays_state;

static void count_stay(delays_tally *tally, int64_t event) {
    if (tally->count++ == 0) {
        tally->first_event = event;
    }
}

/* The name that a reason's code stands for; what is no code stays as it is. */
static const char *reason_of(delays_state *state, int64_t event, const char *text) {
    const cost_model *model = &state->run->model;
    if (text[0] == '\0') {
        return NOT_STATED;
    }
    for (size_t i = 0; i < model->delay_reasons.count; i++) {
        const cost_delay_reason *row = &model->delay_reasons.items[i];
        if (same_name(row->reason, text) || same_name(row->name, text)) {
            return row->name;
        }
    }
    count_stay(&state->unknown_reasons, event);
    return text;
}

/* As the model spells it, so that both, BOTH and 06 are one. */
static const char *responsible_of(const cost_run *run, const char *text) {
    for (size_t i = 0; i < run->model.delay_shares.count; i++) {
        if (same_name(run->model.delay_shares.items[i].responsible, text)) {
            return run->model.delay_shares.items[i].name;
        }
    }
    return text[0] == '\0' ? NOT_STATED : text;
}

shire_status cost_delay_partners(const cost_run *run, shire_arena *arena, const char *responsible,
                                 cost_delay_bearers *bearers_out, shire_error *error) {
    const cost_model *model = &run->model;
    size_t most = model->delay_shares.count + 1;
    const char **partners = shire_arena_alloc_array(arena, most, sizeof(*partners));
    int64_t *shares = shire_arena_alloc_array(arena, most, sizeof(*shares));
    size_t count = 0;
    if (partners == NULL || shares == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < model->delay_shares.count; i++) {
        if (same_name(model->delay_shares.items[i].responsible, responsible)) {
            partners[count] = model->delay_shares.items[i].partner;
            shares[count++] = model->delay_shares.items[i].share;
        }
    }
    bool known = count > 0 || responsible[0] == '\0';
    for (size_t i = 0; !known && i < run->organisation_count; i++) {
        known = strcmp(run->organisations[i].code, responsible) == 0;
    }
    if (count == 0) {
        partners[0] = responsible[0] == '\0' ? NOT_STATED : responsible;
        shares[count++] = SHIRE_MILLION;
    }
    *bearers_out = (cost_delay_bearers){partners, shares, count, known};
    return SHIRE_OK;
}

/* Days and cost to the partners of `responsible`. */
static shire_status add_partners(delays_state *state, int64_t event, const char *responsible,
                                 int64_t days, shire_money amount, shire_error *error) {
    const cost_run *run = state->run;
    cost_delay_bearers bearers;
    shire_status status = cost_delay_partners(run, run->arena, responsible, &bearers, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *day_parts = shire_arena_alloc_array(run->arena, bearers.count, sizeof(*day_parts));
    shire_money *parts = shire_arena_alloc_array(run->arena, bearers.count, sizeof(*parts));
    if (day_parts == NULL || parts == NULL) {
        return COST_NO_MEMORY(error);
    }
    if (!bearers.known) {
        count_stay(&state->unknown_partners, event);
    }
    status =
        shire_money_split(days * SHIRE_MILLION, bearers.shares, bearers.count, day_parts, error);
    if (status == SHIRE_OK) {
        status = shire_money_split(amount, bearers.shares, bearers.count, parts, error);
    }
    for (size_t i = 0; i < bearers.count && status == SHIRE_OK; i++) {
        if (bearers.shares[i] != 0) {
            cost_rows_add(&state->partners, event, bearers.partners[i], day_parts[i], parts[i]);
        }
    }
    return status;
}

/* The delay of an event that was ready on that day; false where there is none in the period. */
static bool find_delay(const cost_run *run, int64_t event, shire_date ready,
                       shire_delay_stay *stay_out) {
    if (run->event_starts[event] == SHIRE_MATCH_NO_TIME) {
        return false;
    }
    shire_date first = run->partnership->period_first;
    shire_date last = run->partnership->period_last;
    shire_date from = shire_timestamp_date(run->event_starts[event]);
    shire_date to = run->event_last_days[event]; /* OPEN lies behind every day */
    from = ready > from ? ready : from;
    *stay_out = (shire_delay_stay){
        .nights = run->event_nights[event], .goes_on = to > last, .ready_before = from < first};
    from = from > first ? from : first;
    to = to < last + 1 ? to : last + 1;
    stay_out->delayed = to > from ? to - from : 0;
    return stay_out->delayed > 0;
}

/* Whether a stay that somebody calls delayed says so in a way that can be counted; what cannot is
 * told of where the stay touches the period. */
static bool can_be_delayed(delays_state *state, int64_t event, const shire_column *ready,
                           size_t row, bool has_reason) {
    const cost_run *run = state->run;
    bool is_ready = ready->valid == NULL || ready->valid[row] != 0;
    if (run->event_days[event] == 0) {
        return false;
    }
    if (!is_ready && has_reason) {
        count_stay(&state->ready_never, event);
    } else if (is_ready && ready->date[row] > run->event_last_days[event]) {
        count_stay(&state->ready_late, event);
    }
    return is_ready;
}

/* Frame columns: event_no, day of being ready or null, reason, responsible. */
static shire_status add_stay(delays_state *state, const shire_frame *frame, size_t row,
                             shire_error *error) {
    cost_run *run = state->run;
    int64_t event = frame->columns[0].int64[row];
    cost_delay delay = {.event = event};
    shire_span reason_text = shire_span_trim(shire_column_text(&frame->columns[2], row));
    shire_span responsible_text = shire_span_trim(shire_column_text(&frame->columns[3], row));
    shire_money amount = 0;
    bool has_reason = reason_text.length > 0 || responsible_text.length > 0;
    if (!can_be_delayed(state, event, &frame->columns[1], row, has_reason) ||
        !find_delay(run, event, frame->columns[1].date[row], &delay.stay)) {
        return SHIRE_OK;
    }
    delay.named =
        shire_arena_copy_text(run->arena, responsible_text.bytes, responsible_text.length);
    const char *reason = shire_arena_copy_text(run->arena, reason_text.bytes, reason_text.length);
    if (reason == NULL || delay.named == NULL) {
        return COST_NO_MEMORY(error);
    }
    delay.reason = reason_of(state, event, reason);
    delay.responsible = responsible_of(run, delay.named);
    shire_status status =
        shire_delay_cost(&delay.stay, run->books[COST_SEGMENT_PATIENT].amounts[event],
                         delay.stay.delayed * SHIRE_MILLION, &amount, error);
    if (status != SHIRE_OK) {
        return status;
    }
    cost_rows_add(&state->events, event, delay.stay.delayed, delay.reason, delay.responsible,
                  amount);
    return COST_PUSH(run->arena, &run->delays, delay)
               ? add_partners(state, event, delay.named, delay.stay.delayed, amount, error)
               : COST_NO_MEMORY(error);
}

/* ---- nights that are counted twice ---- */

typedef struct delays_stretch {
    int64_t person;
    int64_t event;
    shire_date from; /* the first delayed night */
    shire_date to;   /* the morning after the last */
} delays_stretch;

static int compare_stretches(const void *a_pointer, const void *b_pointer) {
    const delays_stretch *a = a_pointer;
    const delays_stretch *b = b_pointer;
    if (a->person != b->person) {
        return a->person < b->person ? -1 : 1;
    }
    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }
    return (a->event > b->event) - (a->event < b->event);
}

static int compare_delays(const void *a_pointer, const void *b_pointer) {
    const cost_delay *a = a_pointer;
    const cost_delay *b = b_pointer;
    return (a->event > b->event) - (a->event < b->event);
}

/* A person lies in one bed at a time, so delays of one person that share nights are doubtful. */
static shire_status find_overlaps(delays_state *state, shire_error *error) {
    cost_run *run = state->run;
    shire_date last = run->partnership->period_last;
    shire_frame frame;
    shire_status status = shire_table_query(
        run->table,
        "SELECT event_no::BIGINT, person_no::BIGINT FROM event_delay JOIN event USING (event_no) "
        "JOIN person_link USING (record_no) WHERE person_no >= 0 ORDER BY event_no",
        run->arena, &frame, error);
    if (status != SHIRE_OK || frame.row_count < 2) {
        return status;
    }
    delays_stretch *stretches =
        shire_arena_alloc_array(run->arena, frame.row_count, sizeof(*stretches));
    if (stretches == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        cost_delay sought = {.event = frame.columns[0].int64[row]};
        const cost_delay *delay =
            bsearch(&sought, run->delays.items, run->delays.count, sizeof(sought), compare_delays);
        shire_date to = run->event_last_days[sought.event];
        to = to < last + 1 ? to : last + 1;
        stretches[row] =
            (delays_stretch){frame.columns[1].int64[row], sought.event,
                             to - (delay == NULL ? 0 : (shire_date)delay->stay.delayed), to};
    }
    qsort(stretches, frame.row_count, sizeof(*stretches), compare_stretches);
    shire_date covered = stretches[0].to;
    for (size_t i = 1; i < frame.row_count; i++) {
        const delays_stretch *stretch = &stretches[i];
        bool same = stretch->person == stretches[i - 1].person;
        if (same && stretch->from < covered) {
            count_stay(&state->overlapping, stretch->event);
            state->nights_twice += (covered < stretch->to ? covered : stretch->to) - stretch->from;
        }
        covered = same && covered > stretch->to ? covered : stretch->to;
    }
    return SHIRE_OK;
}

/* ---- findings ---- */

/* What is told of some stays, with the line of the first. */
typedef struct delays_doubt {
    const delays_tally *stays;
    const char *kind;
    const char *column;
    const char *remedy;
    const char *one; /* what one stay does, and what more than one do */
    const char *many;
} delays_doubt;

static shire_status report_doubts(const delays_state *state, shire_error *error) {
    cost_run *run = state->run;
    const char *overlap =
        shire_arena_format(run->arena,
                           "nights in which the same person was delayed in another stay, %" PRId64
                           " in all, and both are counted",
                           state->nights_twice);
    const char *overlap_one =
        overlap == NULL ? NULL
                        : shire_arena_format(run->arena, "delayed discharge has %s", overlap);
    const char *overlap_many =
        overlap == NULL ? NULL
                        : shire_arena_format(run->arena, "delayed discharges have %s", overlap);
    if (overlap_one == NULL || overlap_many == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    const delays_doubt doubts[] = {
        {&state->unknown_reasons, "unknown_delay_reason", "delay_reason",
         "add the codes to costing/delay_reason",
         "delayed discharge has a reason that is no code of the model, and counts under it as it "
         "is",
         "delayed discharges have a reason that is no code of the model, and count under it as it "
         "is"},
        {&state->unknown_partners, "unknown_delay_responsible", "delay_responsible",
         "add the codes to costing/delay_responsible",
         "delayed discharge has somebody responsible who is neither in the model nor an "
         "organisation, and counts under that name",
         "delayed discharges have somebody responsible who is neither in the model nor an "
         "organisation, and count under that name"},
        {&state->ready_late, "ready_after_leaving", "discharge_ready",
         "correct one of the two days at the source",
         "stay has a day of being ready after the day of leaving, and no delay is counted",
         "stays have a day of being ready after the day of leaving, and no delay is counted"},
        {&state->ready_never, "delay_without_day", "discharge_ready",
         "add the day on which the patient was ready to leave",
         "stay has a reason of delay or somebody responsible, but no day of being ready, and no "
         "delay is counted",
         "stays have a reason of delay or somebody responsible, but no day of being ready, and no "
         "delay is counted"},
        {&state->overlapping, "delays_overlap", "discharge_ready",
         "see which of the two stays the patient was in", overlap_one, overlap_many},
    };
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof doubts / sizeof doubts[0] && status == SHIRE_OK; i++) {
        const delays_doubt *doubt = &doubts[i];
        int64_t count = doubt->stays->count;
        cost_place place;
        if (count == 0) {
            continue;
        }
        status =
            cost_place_of_row(run, "event", "event_no", doubt->stays->first_event, &place, error);
        if (status == SHIRE_OK) {
            cost_warning(&run->problems, doubt->kind, place, doubt->column, count, doubt->remedy,
                         "%" PRId64 " %s; this is the first", count,
                         count == 1 ? doubt->one : doubt->many);
        }
    }
    return status;
}

shire_status cost_delays_write(cost_run *run, shire_error *error) {
    delays_state state = {.run = run,
                          .events = cost_rows_for(run->arena, "event_delay", "littd"),
                          .partners = cost_rows_for(run->arena, "delay_partner", "ltdd")};
    shire_frame frame;
    shire_status status = shire_table_query(
        run->table,
        "SELECT event_no::BIGINT, discharge_ready::DATE, delay_reason, delay_responsible FROM "
        "event WHERE discharge_ready IS NOT NULL OR delay_reason <> '' OR delay_responsible <> '' "
        "ORDER BY event_no",
        run->arena, &frame, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        status = add_stay(&state, &frame, row, error);
    }
    if (status == SHIRE_OK) {
        status = cost_rows_write(&state.events, run->table, error);
    }
    if (status == SHIRE_OK) {
        status = find_overlaps(&state, error);
    }
    if (status == SHIRE_OK) {
        status = report_doubts(&state, error);
    }
    return status == SHIRE_OK ? cost_rows_write(&state.partners, run->table, error) : status;
}
