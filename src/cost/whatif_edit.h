/*
 * A change of a scenario, parsed, and how it is applied to the kept inputs. Private to src/cost.
 */
#ifndef SHIRE_COST_WHATIF_EDIT_H
#define SHIRE_COST_WHATIF_EDIT_H

#include "cost/cost_kept.h"

typedef enum cost_edit_operator {
    COST_EDIT_SET,
    COST_EDIT_MULTIPLY,
    COST_EDIT_ADD,
    COST_EDIT_SUBTRACT
} cost_edit_operator;

typedef enum cost_comparison {
    COST_IS,
    COST_IS_NOT,
    COST_LESS,
    COST_LESS_OR_IS,
    COST_MORE,
    COST_MORE_OR_IS
} cost_comparison;

typedef struct cost_condition {
    const char *column;
    cost_comparison comparison;
    const char *value; /* with * and ? a pattern, where the comparison is COST_IS or _IS_NOT */
    const char *at;    /* where it stands in the text */
} cost_condition;

typedef struct cost_edit {
    const char *text;  /* as written */
    const char *table; /* ledger, activity, or a table of the model */
    const char *column;
    COST_LIST(cost_condition) conditions;
    cost_edit_operator operation;
    shire_decimal6 value;
    int64_t row_count; /* counted while it is applied */
    shire_decimal6 before;
    shire_decimal6 after;
    shire_frame feeds; /* of items: organisation_no and feed of those that it fits */
} cost_edit;

typedef struct cost_edit_list {
    COST_LIST(cost_edit) list;
} cost_edit_list;

#define COST_EDIT_LEDGER "ledger"
#define COST_EDIT_ACTIVITY "activity"
/* Of COST_EDIT_ACTIVITY, but no column of its items: delayed nights of their stays. */
#define COST_EDIT_DELAY "discharge_delay"

/* Parse one line. SHIRE_INVALID names the column of the line, counted from 1. */
shire_status cost_edit_parse(const char *text, shire_arena *arena, cost_edit *edit_out,
                             shire_error *error);

/* SHIRE_INVALID where the change is of items, and a condition of a column that one of them is known
 * by; names the column of the line. */
shire_status cost_edit_check_impersonal(const cost_edit *edit, shire_error *error);

/* Conditions on the ledger alone, without brackets. */
shire_status cost_conditions_parse(const char *text, shire_arena *arena, cost_edit *edit_out,
                                   shire_error *error);

/* A condition as SQL, for use after WHERE, over a table with organisation_no and its columns. */
void cost_condition_print(const cost_condition *condition, shire_arena *arena, shire_builder *sql);

/* The value that the change makes of `old`. */
shire_status cost_edit_apply(const cost_edit *edit, shire_decimal6 old, shire_decimal6 *value_out,
                             shire_error *error);

/* Does a cell fulfil the condition? NULL counts as empty text. */
bool cost_condition_holds(const cost_condition *condition, const char *cell);

#endif
