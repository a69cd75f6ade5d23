/*
 * The language of changes, by recursive descent over one line:
 *
 *   change     = TABLE [ "." COLUMN ] [ "[" conditions "]" ] [ [ "." ] COLUMN ] operator NUMBER
 *   conditions = condition { ( "," | "and" ) condition }
 *   condition  = COLUMN ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) VALUE
 *   operator   = "=" | "*=" | "+=" | "-="
 *
 * COLUMN comes once, before or behind the conditions; tables whose one number is meant need none.
 * A value is quoted ('...' or "...", the quote doubled inside), or runs to the next comma, "and" or
 * bracket. Mistakes are named with the column of the line where they stand.
 */
#include "cost/whatif_edit.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NUMBERS_MAX 6
#define COLUMNS_MAX 14

/* A table that can be changed: its names, the numbers in it, the columns of conditions. */
typedef struct edit_table {
    const char *name;
    const char *aliases[3];
    const char *numbers[NUMBERS_MAX]; /* the first is meant where none is named, unless it is "" */
    const char *columns[COLUMNS_MAX];
} edit_table;

static const edit_table tables[] = {
    {COST_EDIT_LEDGER,
     {"ledger_line"},
     {"amount"},
     {"organisation", "period", "cost_centre", "account", "description", "file", "line", "amount"}},
    {"driver",
     {NULL},
     {"quantity"},
     {"organisation", "driver", "pool", "quantity", "cost_of", "line"}},
    {"resource", {NULL}, {"share"}, {"organisation", "pool", "resource", "share", "line"}},
    {"weight", {NULL}, {"weight"}, {"organisation", "feed", "code", "weight", "line"}},
    {"ledger_map",
     {NULL},
     {"share"},
     {"organisation", "cost_centre", "account", "pool", "share", "treatment", "reason", "line"}},
    {"pool_transfer",
     {NULL},
     {"", "amount", "share"},
     {"organisation", "step", "from_pool", "to_pool", "amount", "share", "reason", "line"}},
    {"activity_rule",
     {NULL},
     {"share"},
     {"organisation", "resource", "activity", "share", "feed", "condition", "basis", "line"}},
    {COST_EDIT_ACTIVITY,
     {"activity_item", "item"},
     {"", "quantity", "minutes", "amount", COST_EDIT_DELAY},
     {"organisation", "feed", "code", "item_id", "event_id", "local_id", "start", "quantity",
      "minutes", "amount", "activity", "reason", "responsible"}},
};
#define TABLE_COUNT (sizeof(tables) / sizeof(*tables))

typedef struct parser {
    shire_arena *arena;
    const char *text;
    const char *at;
    shire_error *error;
} parser;

static shire_status wrong(const parser *p, const char *at, const char *format, ...)
    SHIRE_PRINTF(3, 4);
static shire_status wrong(const parser *p, const char *at, const char *format, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return SHIRE_FAIL(p->error, SHIRE_INVALID, "'%s', column %zu: %s", p->text,
                      (size_t)(at - p->text) + 1, message);
}

static void skip_blanks(parser *p) {
    p->at += strspn(p->at, " \t");
}

/* A name of letters, digits and underscores; empty where none stands. */
static shire_span take_name(parser *p) {
    skip_blanks(p);
    const char *first = p->at;
    while (isalnum((unsigned char)*p->at) || *p->at == '_') {
        p->at++;
    }
    return (shire_span){first, (size_t)(p->at - first)};
}

static bool is(shire_span name, const char *word) {
    return word != NULL && shire_span_equal(name, shire_span_of(word));
}

/* "; did you mean X?", or what there is. */
static const char *hint(const parser *p, shire_span name, const char *const *words, size_t count) {
    char *text = shire_arena_copy_text(p->arena, name.bytes, name.length);
    const char *nearest = text == NULL ? NULL : shire_text_nearest(text, words, count);
    if (nearest != NULL) {
        return shire_arena_format(p->arena, "did you mean %s?", nearest);
    }
    shire_builder list = {0};
    for (size_t i = 0; i < count; i++) {
        shire_builder_append_format(&list, "%s%s",
                                    i == 0          ? "use "
                                    : i + 1 < count ? ", "
                                                    : " or ",
                                    words[i]);
    }
    const char *copy =
        list.failed ? NULL : shire_arena_copy_text(p->arena, list.bytes, list.length);
    shire_builder_free(&list);
    return copy == NULL ? "see docs/what-if.md" : copy;
}

static size_t word_count(const char *const *words, size_t limit) {
    size_t count = 0;
    while (count < limit && words[count] != NULL) {
        count++;
    }
    return count;
}

static shire_status take_table(parser *p, const edit_table **table_out) {
    const char *names[TABLE_COUNT];
    skip_blanks(p);
    const char *at = p->at;
    shire_span name = take_name(p);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const edit_table *table = &tables[i];
        names[i] = table->name;
        if (is(name, table->name) || is(name, table->aliases[0]) || is(name, table->aliases[1])) {
            *table_out = table;
            return SHIRE_OK;
        }
    }
    if (name.length == 0) {
        return wrong(p, at, "a change begins with what it changes; %s",
                     hint(p, name, names, TABLE_COUNT));
    }
    return wrong(p, at, "nothing named '%.*s' can be changed; %s", (int)name.length, name.bytes,
                 hint(p, name, names, TABLE_COUNT));
}

/* The number that is changed. */
static shire_status take_number_column(parser *p, const edit_table *table, cost_edit *edit) {
    size_t first = table->numbers[0][0] == '\0';
    size_t count = word_count(table->numbers, NUMBERS_MAX) - first;
    skip_blanks(p);
    const char *at = p->at;
    shire_span name = take_name(p);
    if (edit->column != NULL) {
        return wrong(p, at, "the column is named twice; leave one out");
    }
    for (size_t i = first; i < first + count; i++) {
        if (is(name, table->numbers[i])) {
            edit->column = table->numbers[i];
            return SHIRE_OK;
        }
    }
    return wrong(p, at, "'%.*s' is no number of %s that can be changed; %s", (int)name.length,
                 name.bytes, table->name, hint(p, name, table->numbers + first, count));
}

static shire_status take_comparison(parser *p, cost_comparison *comparison_out) {
    static const struct {
        const char *sign;
        cost_comparison comparison;
    } signs[] = {{"!=", COST_IS_NOT},     {"<>", COST_IS_NOT}, {"<=", COST_LESS_OR_IS},
                 {">=", COST_MORE_OR_IS}, {"==", COST_IS},     {"=", COST_IS},
                 {"<", COST_LESS},        {">", COST_MORE}};
    skip_blanks(p);
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        size_t length = strlen(signs[i].sign);
        if (strncmp(p->at, signs[i].sign, length) == 0) {
            p->at += length;
            *comparison_out = signs[i].comparison;
            return SHIRE_OK;
        }
    }
    return wrong(p, p->at, "a comparison is due: =, !=, <, <=, > or >=");
}

/* Is there an "and" between blanks at `at`? */
static bool is_and(const parser *p, const char *at) {
    return at > p->text && (at[-1] == ' ' || at[-1] == '\t') && strncasecmp(at, "and", 3) == 0 &&
           (at[3] == ' ' || at[3] == '\t');
}

static shire_status take_quoted(parser *p, const char **value_out) {
    const char *first = p->at;
    char quote = *p->at++;
    shire_builder value = {0};
    while (*p->at != '\0' && (*p->at != quote || p->at[1] == quote)) {
        p->at += *p->at == quote;
        shire_builder_append(&value, (shire_span){p->at++, 1});
    }
    if (*p->at == '\0') {
        shire_builder_free(&value);
        return wrong(p, first, "this quoted value has no end; close it with %c", quote);
    }
    p->at++;
    *value_out =
        value.failed
            ? NULL
            : shire_arena_copy_text(p->arena, value.length == 0 ? "" : value.bytes, value.length);
    shire_builder_free(&value);
    return *value_out == NULL ? COST_NO_MEMORY(p->error) : SHIRE_OK;
}

static shire_status take_value(parser *p, const char **value_out) {
    skip_blanks(p);
    if (*p->at == '\'' || *p->at == '"') {
        return take_quoted(p, value_out);
    }
    const char *first = p->at;
    while (*p->at != '\0' && strchr(",]", *p->at) == NULL && !is_and(p, p->at)) {
        p->at++;
    }
    shire_span value = shire_span_trim((shire_span){first, (size_t)(p->at - first)});
    if (value.length == 0) {
        return wrong(p, first, "a value is due; write '' for an empty one");
    }
    for (size_t i = 0; i < value.length; i++) {
        if (strchr("=<>[", value.bytes[i]) != NULL) {
            return wrong(p, first + i,
                         "conditions are joined by a comma or 'and'; a value with %c is quoted",
                         value.bytes[i]);
        }
    }
    *value_out = shire_arena_copy_text(p->arena, value.bytes, value.length);
    return *value_out == NULL ? COST_NO_MEMORY(p->error) : SHIRE_OK;
}

static shire_status take_condition(parser *p, const edit_table *table, cost_edit *edit) {
    cost_condition condition = {0};
    size_t count = word_count(table->columns, COLUMNS_MAX);
    skip_blanks(p);
    const char *at = p->at;
    shire_span name = take_name(p);
    condition.at = at;
    for (size_t i = 0; i < count; i++) {
        if (is(name, table->columns[i])) {
            condition.column = table->columns[i];
        }
    }
    if (condition.column == NULL) {
        return wrong(p, at, "%s has no column '%.*s' for conditions; %s", table->name,
                     (int)name.length, name.bytes, hint(p, name, table->columns, count));
    }
    shire_status status = take_comparison(p, &condition.comparison);
    if (status == SHIRE_OK) {
        status = take_value(p, &condition.value);
    }
    if (status == SHIRE_OK && !COST_PUSH(p->arena, &edit->conditions, condition)) {
        status = COST_NO_MEMORY(p->error);
    }
    return status;
}

/* From behind the opening bracket to behind the closing one. */
static shire_status take_conditions(parser *p, const edit_table *table, cost_edit *edit) {
    const char *opening = p->at - 1;
    for (;;) {
        shire_status status = take_condition(p, table, edit);
        if (status != SHIRE_OK) {
            return status;
        }
        skip_blanks(p);
        if (*p->at == ']') {
            p->at++;
            return SHIRE_OK;
        }
        if (*p->at == ',') {
            p->at++;
        } else if (is_and(p, p->at)) {
            p->at += 3;
        } else if (*p->at == '\0') {
            return wrong(p, opening, "this bracket is not closed; add a ] behind the conditions");
        } else {
            return wrong(p, p->at, "a comma, 'and' or ] is due behind a condition");
        }
    }
}

static shire_status take_operator(parser *p, cost_edit *edit) {
    static const char *const signs[] = {"=", "*=", "+=", "-="};
    skip_blanks(p);
    for (size_t i = 0; i < 4; i++) {
        size_t length = strlen(signs[i]);
        if (strncmp(p->at, signs[i], length) != 0) {
            continue;
        }
        if (i == COST_EDIT_ADD && strcmp(edit->column, COST_EDIT_DELAY) == 0) {
            return wrong(p, p->at, "a delay can only be shortened; use =, *= or -=");
        }
        p->at += length;
        edit->operation = (cost_edit_operator)i;
        return SHIRE_OK;
    }
    return wrong(p, p->at, "what to do with %s is due: =, *=, += or -=", edit->column);
}

static shire_status take_number(parser *p, cost_edit *edit) {
    bool rounded = false;
    skip_blanks(p);
    const char *at = p->at;
    shire_span number = shire_span_trim(shire_span_of(p->at));
    shire_status status = shire_decimal_parse(number, &edit->value, &rounded);
    if (number.length == 0) {
        return wrong(p, at, "a number is due");
    }
    if (status != SHIRE_OK) {
        return wrong(p, at, "'%.*s' is no number%s; write it like 1.03", (int)number.length,
                     number.bytes, status == SHIRE_OVERFLOW ? " that can be held" : "");
    }
    if (rounded) {
        return wrong(p, at, "the number has more than six decimals; round it");
    }
    bool is_factor = edit->operation == COST_EDIT_MULTIPLY;
    if (strcmp(edit->column, COST_EDIT_DELAY) == 0 &&
        (edit->value < 0 || (is_factor && edit->value > SHIRE_MILLION))) {
        return wrong(p, at, "a delay can only be shortened; %s",
                     is_factor ? "multiply by 0 to 1" : "give a number of nights, 0 or more");
    }
    return SHIRE_OK;
}

static bool is_one_of(const char *word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What many items have in common, so that none of them is known by it. */
static const char *const of_delays[] = {"organisation", "activity", "feed",
                                        "code",         "reason",   "responsible"};

/* Delays are of stays and activities, the other numbers of items: not every column is of both. */
static shire_status check_conditions(parser *p, const cost_edit *edit) {
    static const char *const only_of_delays[] = {"activity", "reason", "responsible"};
    bool is_delay = strcmp(edit->column, COST_EDIT_DELAY) == 0;
    if (strcmp(edit->table, COST_EDIT_ACTIVITY) != 0) {
        return SHIRE_OK;
    }
    for (size_t i = 0; i < edit->conditions.count; i++) {
        const cost_condition *condition = &edit->conditions.items[i];
        if (is_delay && !is_one_of(condition->column, of_delays, 6)) {
            return wrong(p, condition->at, "delays are not chosen by %s; %s", condition->column,
                         hint(p, (shire_span){"", 0}, of_delays, 6));
        }
        if (!is_delay && is_one_of(condition->column, only_of_delays, 3)) {
            return wrong(p, condition->at, "%s chooses delays alone; choose items by feed or code",
                         condition->column);
        }
    }
    return SHIRE_OK;
}

shire_status cost_edit_check_impersonal(const cost_edit *edit, shire_error *error) {
    bool is_of_items = strcmp(edit->table, COST_EDIT_ACTIVITY) == 0;
    for (size_t i = 0; is_of_items && i < edit->conditions.count; i++) {
        const cost_condition *condition = &edit->conditions.items[i];
        if (!is_one_of(condition->column, of_delays, 6)) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "column %zu of a change: items are not chosen by %s here, because "
                              "that could tell of a person; choose them by organisation, feed or "
                              "code",
                              (size_t)(condition->at - edit->text) + 1, condition->column);
        }
    }
    return SHIRE_OK;
}

shire_status cost_conditions_parse(const char *text, shire_arena *arena, cost_edit *edit_out,
                                   shire_error *error) {
    cost_edit edit = {.text = shire_arena_format(arena, "%s", text), .table = COST_EDIT_LEDGER};
    parser p = {.arena = arena, .text = edit.text, .at = edit.text, .error = error};
    if (edit.text == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (;;) {
        shire_status status = take_condition(&p, &tables[0], &edit);
        skip_blanks(&p);
        if (status != SHIRE_OK || *p.at == '\0') {
            *edit_out = edit;
            return status;
        }
        if (*p.at != ',' && !is_and(&p, p.at)) {
            return wrong(&p, p.at, "a comma or 'and' is due behind a condition");
        }
        p.at += *p.at == ',' ? 1 : 3;
    }
}

shire_status cost_edit_parse(const char *text, shire_arena *arena, cost_edit *edit_out,
                             shire_error *error) {
    cost_edit edit = {.text = shire_arena_format(arena, "%s", text)};
    const edit_table *table = NULL;
    if (edit.text == NULL) {
        return COST_NO_MEMORY(error);
    }
    parser p = {.arena = arena, .text = edit.text, .at = edit.text, .error = error};
    shire_status status = take_table(&p, &table);
    for (int round = 0; round < 2 && status == SHIRE_OK; round++) {
        /* Before the conditions, then behind them. */
        skip_blanks(&p);
        bool dot = *p.at == '.';
        p.at += dot;
        if (dot || isalpha((unsigned char)*p.at)) {
            status = take_number_column(&p, table, &edit);
        }
        skip_blanks(&p);
        if (status == SHIRE_OK && round == 0 && *p.at == '[') {
            p.at++;
            status = take_conditions(&p, table, &edit);
        }
    }
    if (status == SHIRE_OK && edit.column == NULL && table->numbers[0][0] == '\0') {
        status = wrong(&p, p.at, "which number of %s is due; %s", table->name,
                       hint(&p, (shire_span){"", 0}, table->numbers + 1,
                            word_count(table->numbers, NUMBERS_MAX) - 1));
    }
    if (status != SHIRE_OK) {
        return status;
    }
    edit.table = table->name;
    edit.column = edit.column == NULL ? table->numbers[0] : edit.column;
    status = check_conditions(&p, &edit);
    if (status == SHIRE_OK) {
        status = take_operator(&p, &edit);
    }
    if (status == SHIRE_OK) {
        status = take_number(&p, &edit);
    }
    if (status == SHIRE_OK) {
        *edit_out = edit;
    }
    return status;
}
