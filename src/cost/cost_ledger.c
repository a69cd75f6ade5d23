/*
 * Ledger lines to pools: each line takes the first rule that fits its organisation, cost centre and
 * account, and is split over the rule's targets by largest remainder. Then transfers move cost
 * between pools. A pool keeps its own cost as parts of ledger lines, so that a transfer moves the
 * same proportion of every line and each penny of a pool can be traced, however it came there.
 *
 * Rules without a pattern are found through a hash; those with one are tried in file order up to
 * the first exact one that fits. Lines with the same names are looked up once.
 */
#include "cost/cost_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NO_RULE (-1)
#define NOT_LOOKED_UP (-2)

typedef struct ledger_mapper {
    cost_run *run;
    cost_names exact;                 /* (organisation, cost centre, account) of exact rules */
    COST_LIST(int32_t) exact_rules;   /* name -> first rule */
    COST_LIST(int32_t) pattern_rules; /* in file order */
    cost_names seen;                  /* of lines */
    COST_LIST(int32_t) seen_rules;    /* name -> rule */
    bool *rule_used;
    cost_rows rows;
    shire_builder key;
} ledger_mapper;

/* Cost centre and account as one key; the byte between them is in neither. */
static shire_span make_key(shire_builder *builder, shire_span cost_centre, shire_span account) {
    shire_builder_clear(builder);
    shire_builder_append(builder, cost_centre);
    shire_builder_append(builder, (shire_span){"\x1F", 1});
    shire_builder_append(builder, account);
    return (shire_span){builder->bytes, builder->length};
}

static bool index_rules(ledger_mapper *mapper) {
    const cost_model *model = &mapper->run->model;
    shire_arena *arena = mapper->run->arena;
    for (size_t i = 0; i < model->ledger_rules.count; i++) {
        const cost_ledger_row *row =
            &model->ledger_rows.items[model->ledger_rules.items[i].first_row];
        if (cost_has_pattern(row->cost_centre) || cost_has_pattern(row->account)) {
            if (!COST_PUSH(arena, &mapper->pattern_rules, (int32_t)i)) {
                return false;
            }
            continue;
        }
        shire_span key =
            make_key(&mapper->key, shire_span_of(row->cost_centre), shire_span_of(row->account));
        size_t known = mapper->exact.count;
        int32_t name = cost_names_add(&mapper->exact, row->organisation, key);
        if (mapper->key.failed || name < 0 ||
            ((size_t)name == known && !COST_PUSH(arena, &mapper->exact_rules, (int32_t)i))) {
            return false;
        }
    }
    return true;
}

static int32_t first_exact_rule(const ledger_mapper *mapper, int32_t organisation, shire_span key) {
    int32_t own = cost_names_find(&mapper->exact, organisation, key);
    int32_t every = cost_names_find(&mapper->exact, COST_EVERY_ORGANISATION, key);
    int32_t own_rule = own < 0 ? NO_RULE : mapper->exact_rules.items[own];
    int32_t every_rule = every < 0 ? NO_RULE : mapper->exact_rules.items[every];
    if (own_rule < 0 || every_rule < 0) {
        return own_rule < 0 ? every_rule : own_rule;
    }
    return own_rule < every_rule ? own_rule : every_rule;
}

static int32_t find_rule(const ledger_mapper *mapper, int32_t organisation, shire_span key,
                         shire_span cost_centre, shire_span account) {
    const cost_model *model = &mapper->run->model;
    int32_t exact = first_exact_rule(mapper, organisation, key);
    for (size_t i = 0; i < mapper->pattern_rules.count; i++) {
        int32_t rule = mapper->pattern_rules.items[i];
        const cost_ledger_row *row =
            &model->ledger_rows.items[model->ledger_rules.items[rule].first_row];
        if (exact >= 0 && rule > exact) {
            break;
        }
        if (cost_applies(row->organisation, organisation) &&
            shire_text_glob(shire_span_of(row->cost_centre), cost_centre) &&
            shire_text_glob(shire_span_of(row->account), account)) {
            return rule;
        }
    }
    return exact;
}

static void warn_of_unmapped(const ledger_mapper *mapper, const shire_frame *frame, size_t row) {
    cost_run *run = mapper->run;
    shire_span cost_centre = shire_column_text(&frame->columns[2], row);
    shire_span account = shire_column_text(&frame->columns[3], row);
    shire_span file = shire_column_text(&frame->columns[5], row);
    cost_place place = {.file = file.length == 0
                                    ? NULL
                                    : shire_arena_copy_text(run->arena, file.bytes, file.length),
                        .line = frame->columns[6].int64[row]};
    cost_warning(&run->problems, "ledger_line_unmapped", place, "cost_centre", 1,
                 "add a rule to costing/ledger_map",
                 "%s: no rule fits cost centre %.*s, account %.*s",
                 cost_organisation_code(run, frame->columns[1].int32[row]), (int)cost_centre.length,
                 cost_centre.bytes, (int)account.length, account.bytes);
}

/* The rule of a line, NO_RULE, or NOT_LOOKED_UP when out of memory. */
static int32_t rule_of_line(ledger_mapper *mapper, const shire_frame *frame, size_t row) {
    int32_t organisation = frame->columns[1].int32[row];
    shire_span cost_centre = shire_column_text(&frame->columns[2], row);
    shire_span account = shire_column_text(&frame->columns[3], row);
    shire_span key = make_key(&mapper->key, cost_centre, account);
    size_t known = mapper->seen.count;
    int32_t name = mapper->key.failed ? -1 : cost_names_add(&mapper->seen, organisation, key);
    if (name < 0) {
        return NOT_LOOKED_UP;
    }
    if ((size_t)name == known) {
        int32_t rule = find_rule(mapper, organisation, key, cost_centre, account);
        if (!COST_PUSH(mapper->run->arena, &mapper->seen_rules, rule)) {
            return NOT_LOOKED_UP;
        }
        if (rule == NO_RULE) {
            warn_of_unmapped(mapper, frame, row);
        }
    }
    return mapper->seen_rules.items[name];
}

static bool add_to_pool(cost_run *run, const cost_ledger_row *row, int32_t organisation,
                        int64_t line_no, shire_money amount, int32_t *pool_out) {
    int32_t number = cost_pool_make(run, organisation, row->pool, row->place);
    if (number < 0) {
        return false;
    }
    cost_pool *pool = &run->pools.items[number];
    if (row->treatment == COST_SUPPORT && !pool->mapped_as_support) {
        pool->mapped_as_support = true;
        pool->support_place = row->place;
    } else if (row->treatment != COST_SUPPORT && !pool->mapped_as_patient) {
        pool->mapped_as_patient = true;
        pool->patient_place = row->place;
    }
    if (!pool->segment_is_said) {
        pool->segment = row->segment;
        pool->segment_is_said = true;
        pool->segment_place = row->place;
    } else if (pool->segment != row->segment && pool->other_segment_place.file == NULL) {
        pool->other_segment_place = row->place;
    }
    *pool_out = number;
    if (!cost_money_add(&pool->own_cost, amount)) {
        cost_error(&run->problems, "pool_too_large", row->place, "pool",
                   "correct the amounts of its ledger lines",
                   "the pool '%s' comes to more than 999,999,999,999 pounds, the most that is "
                   "reckoned with",
                   pool->name);
    }
    return amount == 0 || COST_PUSH(run->arena, &pool->parts, ((cost_part){line_no, amount}));
}

/* One line's parts by the targets of its rule. */
static shire_status map_line(ledger_mapper *mapper, int32_t rule_number, int64_t line_no,
                             int32_t organisation, shire_money amount, shire_error *error) {
    cost_run *run = mapper->run;
    const cost_ledger_rule *rule = &run->model.ledger_rules.items[rule_number];
    const cost_ledger_row *rows = &run->model.ledger_rows.items[rule->first_row];
    shire_money one = amount;
    shire_money *parts = &one;
    mapper->rule_used[rule_number] = true;
    if (rule->row_count > 1) {
        int64_t *shares = shire_arena_alloc_array(run->arena, rule->row_count, sizeof(*shares));
        parts = shire_arena_alloc_array(run->arena, rule->row_count, sizeof(*parts));
        if (shares == NULL || parts == NULL) {
            return COST_NO_MEMORY(error);
        }
        for (size_t i = 0; i < rule->row_count; i++) {
            shares[i] = rows[i].share;
        }
        shire_status status = shire_money_split(amount, shares, rule->row_count, parts, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < rule->row_count; i++) {
        int32_t pool = -1;
        if (rows[i].pool != NULL &&
            !add_to_pool(run, &rows[i], organisation, line_no, parts[i], &pool)) {
            return COST_NO_MEMORY(error);
        }
        cost_rows_add(&mapper->rows, line_no, cost_treatment_names[rows[i].treatment],
                      rows[i].reason, pool, parts[i], cost_segment_name(run, rows[i].segment));
    }
    return SHIRE_OK;
}

static shire_status map_frame(ledger_mapper *mapper, const shire_frame *frame, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t row = 0; row < frame->row_count && status == SHIRE_OK; row++) {
        int64_t line_no = frame->columns[0].int64[row];
        int32_t organisation = frame->columns[1].int32[row];
        shire_money amount = frame->columns[4].decimal6[row];
        int32_t rule = rule_of_line(mapper, frame, row);
        if (rule == NOT_LOOKED_UP) {
            status = COST_NO_MEMORY(error);
        } else if (rule == NO_RULE) {
            cost_rows_add(&mapper->rows, line_no, "unallocated", "no rule of ledger_map fits", -1,
                          amount, cost_segment_name(mapper->run, COST_SEGMENT_PATIENT));
        } else {
            status = map_line(mapper, rule, line_no, organisation, amount, error);
        }
    }
    return status;
}

static void warn_of_unused_rules(ledger_mapper *mapper) {
    const cost_model *model = &mapper->run->model;
    int64_t unused = 0;
    cost_place first = {0};
    for (size_t i = model->ledger_rules.count; i-- > 0;) {
        if (!mapper->rule_used[i]) {
            unused++;
            first = model->ledger_rows.items[model->ledger_rules.items[i].first_row].place;
        }
    }
    if (unused > 0) {
        cost_warning(&mapper->run->problems, "ledger_rule_unused", first, NULL, unused,
                     "remove it, or see whether an earlier rule hides it",
                     "%" PRId64 " %s; this is the first", unused,
                     unused == 1 ? "rule fits no ledger line before another does"
                                 : "rules fit no ledger line before another does");
    }
}

/* A pool must be one thing; a support rule makes it a support pool whatever the map says. */
static void check_treatments(cost_run *run) {
    for (size_t i = 0; i < run->pools.count; i++) {
        const cost_pool *pool = &run->pools.items[i];
        if (pool->mapped_as_support && pool->mapped_as_patient && pool->support_group < 0) {
            cost_error(&run->problems, "treatment_differs", pool->support_place, "treatment",
                       "give the pool one treatment",
                       "the pool '%s' is support here and %s in line %" PRId64, pool->name,
                       cost_segment_name(run, pool->segment), pool->patient_place.line);
        } else if (pool->other_segment_place.file != NULL) {
            cost_error(&run->problems, "treatment_differs", pool->other_segment_place, "treatment",
                       "give the pool one treatment",
                       "the pool '%s' is %s in line %" PRId64 " and another thing here", pool->name,
                       cost_segment_name(run, pool->segment), pool->segment_place.line);
        }
    }
}

/* The ledger lines: line_no, organisation_no, cost_centre, account, amount, file, line. */
static shire_status read_ledger(cost_run *run, shire_frame *frame, shire_error *error) {
    if (run->kept != NULL) {
        return cost_scenario_ledger(run, frame, error);
    }
    return shire_table_query(
        run->table,
        "SELECT line_no::BIGINT, organisation_no::INTEGER, "
        "coalesce(cost_centre, ''), coalesce(account, ''), "
        "coalesce(amount, 0)::DECIMAL(18,6), coalesce(source_file::VARCHAR, ''), "
        "coalesce(source_line, 0)::BIGINT FROM ledger_line ORDER BY line_no",
        run->arena, frame, error);
}

shire_status cost_ledger_map(cost_run *run, shire_error *error) {
    ledger_mapper mapper = {.run = run,
                            .exact = {.arena = run->arena},
                            .seen = {.arena = run->arena},
                            .rows = cost_rows_for(run->arena, "cost_ledger", "lttndt")};
    shire_frame frame;
    shire_status status = SHIRE_OK;
    mapper.rule_used = shire_arena_alloc_array(run->arena, run->model.ledger_rules.count, 1);
    if (mapper.rule_used == NULL || !index_rules(&mapper)) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    status = read_ledger(run, &frame, error);
    if (status == SHIRE_OK) {
        status = map_frame(&mapper, &frame, error);
    }
    if (status == SHIRE_OK) {
        warn_of_unused_rules(&mapper);
        check_treatments(run);
        status = cost_problems_check(&run->problems, error);
    }
    if (status == SHIRE_OK) {
        status = cost_rows_write(&mapper.rows, run->table, error);
        run->ledger_rows = mapper.rows;
    }
done:
    shire_builder_free(&mapper.key);
    return status;
}
