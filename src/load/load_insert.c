/*
 * One extract into its table, every value checked, in one INSERT: the innermost SELECT is the
 * extract, the next turns each column into its type, the outer one writes down where a value was
 * there but did not turn. Clean rows carry NULL for problems, so clean data costs one pass; the
 * findings are made afterwards from the few rows that carry one.
 */
#include "load/load_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct problem_kind {
    const char *code; /* in LOAD_PROBLEMS_COLUMN, behind the column's name and '.' */
    const char *kind;
    const char *problem; /* the row's own words come behind it */
    const char *remedy;
} problem_kind;

/* Codes that open with '!' reject the row. */
static const problem_kind problem_kinds[] = {
    {"!empty", "required_empty", "is empty, but every row needs it", "fill it in at the source"},
    {"!unknown", "unknown_organisation",
     "is no code of organisations.csv: ", "add the organisation there, or correct the code"},
    {"!type", "wrong_type", "is not what it must be: ", "correct the value at the source"},
    {"!date", "impossible_date",
     "is a date that does not exist: ", "correct the value at the source"},
    {"type", "wrong_type",
     "is not what it must be and was dropped: ", "correct the value at the source"},
    {"date", "impossible_date",
     "is a date that does not exist and was dropped: ", "correct the value at the source"},
    {"nhs", "bad_nhs_number",
     "is no NHS number and was dropped: ", "correct the number at the source"},
    {"round", "rounded_amount", "has more than six decimals and was rounded to six",
     "nothing, if a millionth does not matter"},
    {"future", "date_in_future", "lies more than a year after the costing period and was dropped",
     "correct the date at the source"},
    {"before_birth", "death_before_birth", "lies before the date of birth and was dropped",
     "correct one of the two at the source"},
    {"before_start", "end_before_start", "lies before the start and was dropped",
     "correct one of the two at the source"},
};

/* Index of the result's column with that name, or column_count. */
static size_t result_column(const load_plan *plan, const char *name) {
    size_t i = 0;
    while (i < plan->column_count && strcasecmp(plan->columns[i].name, name) != 0) {
        i++;
    }
    return i;
}

/* --- the middle SELECT: v3 is the column in its type, r3 as the extract gave it --- */

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_engine_number(const char *type) {
    static const char *const numbers[] = {"TINYINT", "SMALLINT", "INTEGER",   "BIGINT",
                                          "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                                          "UBIGINT", "FLOAT",    "DOUBLE"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(type, numbers[i]) == 0) {
            return true;
        }
    }
    return starts_with(type, "DECIMAL");
}

/* A birth lies in the past: 01/04/29 is of 1929 in a period that ends in 2025. */
static void append_birth_date(shire_builder *sql, const char *text, const char *period_last) {
    shire_builder_append_format(sql,
                                "CASE WHEN shire_date(%s) > DATE '%s' AND NOT regexp_matches(%s, "
                                "'[0-9]{4}') THEN CAST(shire_date(%s) - to_years(100) AS DATE) "
                                "ELSE shire_date(%s) END",
                                text, period_last, text, text, text);
}

static void append_value(shire_builder *sql, const load_column *target, const char *engine_type,
                         size_t at, const char *period_last) {
    load_type type = target->type;
    char column[32], text[64];
    snprintf(column, sizeof column, "c%zu", at);
    bool is_text = strcmp(engine_type, "VARCHAR") == 0;
    snprintf(text, sizeof text, is_text ? "%s" : "CAST(%s AS VARCHAR)", column);
    bool is_date = strcmp(engine_type, "DATE") == 0;
    bool is_time = starts_with(engine_type, "TIMESTAMP");
    switch (type) {
    case LOAD_TYPE_TEXT:
        shire_builder_append_format(sql, "shire_text(%s)", text);
        return;
    case LOAD_TYPE_DATE:
        if (is_text && strcmp(target->name, "birth_date") == 0) {
            append_birth_date(sql, text, period_last);
            return;
        }
        shire_builder_append_format(sql, is_date || is_time ? "CAST(%s AS DATE)" : "shire_date(%s)",
                                    is_date || is_time ? column : text);
        return;
    case LOAD_TYPE_TIMESTAMP:
        shire_builder_append_format(
            sql, is_date || is_time ? "CAST(%s AS TIMESTAMP)" : "shire_timestamp(%s)",
            is_date || is_time ? column : text);
        return;
    case LOAD_TYPE_DECIMAL:
        if (is_engine_number(engine_type)) {
            shire_builder_append_format(sql, "TRY_CAST(%s AS DECIMAL(18,6))", column);
        } else {
            shire_builder_append_format(sql, "shire_decimal(%s)", text);
        }
        return;
    case LOAD_TYPE_NHS_NUMBER:
        shire_builder_append_format(sql, "shire_nhs_number(%s)", text);
        return;
    case LOAD_TYPE_ORGANISATION:
        shire_builder_append_format(
            sql, "CAST(enum_code(TRY_CAST(shire_text(%s) AS shire_organisation_code)) AS INTEGER)",
            text);
        return;
    }
}

/* (the extract) with c0, c1, ... for its columns, and cfile and cline. The engine gives the rows of
 * groups, joins and windows in an order that changes with the threads, so they are sorted. */
static void append_extract(shire_builder *sql, const load_extract *extract) {
    const load_plan *plan = &extract->plan;
    shire_builder_append_format(sql, "(SELECT * FROM (%s) AS q(", plan->sql);
    for (size_t i = 0; i < plan->column_count; i++) {
        shire_builder_append_format(sql, "%sc%zu", i == 0 ? "" : ", ", i);
    }
    shire_builder_append_text(sql, plan->traced ? ", cfile, cline)" : ")");
    if (!extract->in_file_order) {
        shire_builder_append_text(sql, plan->traced ? " ORDER BY cfile, cline" : " ORDER BY ALL");
        for (size_t i = 0; plan->traced && i < plan->column_count; i++) {
            shire_builder_append_format(sql, ", c%zu", i);
        }
    }
    shire_builder_append_text(sql, ")");
}

/* SELECT r0, v0, ..., and the rest of the extract's columns, FROM (the extract). */
static void append_values(shire_builder *sql, const load_extract *extract, shire_date period_last) {
    const load_plan *plan = &extract->plan;
    const load_target *target = extract->target;
    char last[11];
    shire_date_format(period_last, last);
    shire_builder_append_text(sql, "SELECT *");
    for (size_t i = 0; i < target->column_count; i++) {
        size_t at = result_column(plan, target->columns[i].name);
        if (at < plan->column_count) {
            shire_builder_append_text(sql, ", ");
            append_value(sql, &target->columns[i], plan->columns[at].type, at, last);
            shire_builder_append_format(sql, " AS v%zu", i);
        }
    }
    if (!plan->traced) {
        shire_builder_append_text(sql, ", row_number() OVER () AS cline");
    }
    shire_builder_append_text(sql, " FROM ");
    append_extract(sql, extract);
}

/* --- problems --- */

/* What lets a row be looked at closely: it holds for every row with a problem and few others. */
static void append_suspicion(shire_builder *any, const char *condition) {
    shire_builder_append_format(any, "%s(%s)", any->length == 0 ? "" : " OR ", condition);
}

/* One test: when `condition` holds, the row carries "COLUMN.CODE:WORDS". */
static void append_test(shire_builder *texts, const char *column, const char *code,
                        const char *condition, const char *words) {
    shire_builder_append_format(texts, ", CASE WHEN %s THEN '%s.%s:'", condition, column, code);
    if (*words != '\0') {
        shire_builder_append_format(texts, " || %s", words);
    }
    shire_builder_append_text(texts, " END");
}

/* A value that is there but did not turn into its type. */
static void append_type_tests(shire_builder *texts, const load_column *column, size_t index,
                              size_t at) {
    char lost[256], words[512], dated[512], undated[512];
    const char *reject = column->required ? "!" : "";
    char code[16];
    snprintf(lost, sizeof lost,
             "v%zu IS NULL AND c%zu IS NOT NULL AND shire_text(CAST(c%zu AS VARCHAR)) IS NOT NULL",
             index, at, at);
    snprintf(words, sizeof words, "shire_shape(CAST(c%zu AS VARCHAR))", at);
    switch (column->type) {
    case LOAD_TYPE_TEXT:
        return;
    case LOAD_TYPE_ORGANISATION:
        append_test(texts, column->name, "!unknown", lost, words);
        return;
    case LOAD_TYPE_NHS_NUMBER:
        snprintf(words, sizeof words,
                 "['it has not ten digits', 'its check digit is wrong', 'it is a placeholder']"
                 "[shire_nhs_number_problem(CAST(c%zu AS VARCHAR))]",
                 at);
        append_test(texts, column->name, "nhs", lost, words);
        return;
    case LOAD_TYPE_DECIMAL:
        snprintf(words, sizeof words,
                 "'a number within its range is due, not ' || shire_shape(CAST(c%zu AS "
                 "VARCHAR))",
                 at);
        snprintf(code, sizeof code, "%stype", reject);
        append_test(texts, column->name, code, lost, words);
        return;
    case LOAD_TYPE_DATE:
    case LOAD_TYPE_TIMESTAMP:
        snprintf(dated, sizeof dated, "%s AND shire_date_shape(CAST(c%zu AS VARCHAR))", lost, at);
        snprintf(undated, sizeof undated, "%s AND NOT shire_date_shape(CAST(c%zu AS VARCHAR))",
                 lost, at);
        snprintf(code, sizeof code, "%sdate", reject);
        append_test(texts, column->name, code, dated, words);
        snprintf(words, sizeof words, "'a date is due, not ' || shire_shape(CAST(c%zu AS VARCHAR))",
                 at);
        snprintf(code, sizeof code, "%stype", reject);
        append_test(texts, column->name, code, undated, words);
        return;
    }
}

/* More than six decimals. Text is parsed again only where it is long enough to have them. */
static void append_round_test(shire_builder *any, shire_builder *texts, const char *column,
                              const char *engine_type, size_t index, size_t at) {
    char condition[384];
    if (strcmp(engine_type, "VARCHAR") == 0) {
        snprintf(condition, sizeof condition,
                 "CASE WHEN length(c%zu) - strpos(c%zu, '.') > 6 OR contains(lower(c%zu), 'e') "
                 "THEN shire_decimal_rounds(c%zu) ELSE false END",
                 at, at, at, at);
    } else if (strcmp(engine_type, "DOUBLE") == 0 || strcmp(engine_type, "FLOAT") == 0) {
        snprintf(condition, sizeof condition, "CAST(v%zu AS %s) <> c%zu", index, engine_type, at);
    } else if (starts_with(engine_type, "DECIMAL")) {
        snprintf(condition, sizeof condition, "v%zu <> c%zu", index, at);
    } else {
        return;
    }
    append_suspicion(any, condition);
    append_test(texts, column, "round", condition, "");
}

/* The value of a canonical column as SQL, "NULL" when the extract has none. */
static void value_name(const load_extract *extract, const char *column, char name[32]) {
    size_t index = load_target_column(extract->target, column);
    bool there = index < extract->target->column_count &&
                 result_column(&extract->plan, column) < extract->plan.column_count;
    if (there) {
        snprintf(name, 32, "v%zu", index);
    } else {
        snprintf(name, 32, "NULL");
    }
}

/* What must hold between two dates; the later one is dropped. `drops` gets, for each column of the
 * target, the condition under which its value is dropped. */
typedef struct date_rule {
    const char *target, *column, *than, *code; /* column < than is wrong; than NULL: the future */
} date_rule;

static const date_rule date_rules[] = {
    {"person_record", "birth_date", NULL, "future"},
    {"person_record", "death_date", NULL, "future"},
    {"person_record", "death_date", "birth_date", "before_birth"},
    {"event", "end", "start", "before_start"},
    {"activity_item", "end", "start", "before_start"},
};
#define DATE_RULE_COUNT (sizeof date_rules / sizeof date_rules[0])

static bool rule_condition(const load_run *run, const load_extract *extract, const date_rule *rule,
                           char condition[160]) {
    char value[32], than[32];
    char limit[11];
    if (strcmp(rule->target, extract->target->name) != 0) {
        return false;
    }
    value_name(extract, rule->column, value);
    if (strcmp(value, "NULL") == 0) {
        return false;
    }
    if (rule->than == NULL) {
        shire_date_format(run->partnership->period_last + 366, limit);
        snprintf(condition, 160, "%s > DATE '%s'", value, limit);
        return true;
    }
    value_name(extract, rule->than, than);
    snprintf(condition, 160, "%s < %s", value, than);
    return strcmp(than, "NULL") != 0;
}

static void append_tests(const load_run *run, const load_extract *extract, shire_builder *any,
                         shire_builder *texts) {
    const load_plan *plan = &extract->plan;
    for (size_t i = 0; i < extract->target->column_count; i++) {
        const load_column *column = &extract->target->columns[i];
        size_t at = result_column(plan, column->name);
        if (at == plan->column_count) {
            continue;
        }
        if (column->required) {
            char condition[160];
            snprintf(condition, sizeof condition,
                     "v%zu IS NULL AND (c%zu IS NULL OR shire_text(CAST(c%zu AS VARCHAR)) IS NULL)",
                     i, at, at);
            append_test(texts, column->name, "!empty", condition, "");
        }
        append_type_tests(texts, column, i, at);
        if (column->required || column->type != LOAD_TYPE_TEXT) {
            char condition[64];
            snprintf(condition, sizeof condition,
                     column->required ? "v%zu IS NULL" : "v%zu IS NULL AND c%zu IS NOT NULL", i,
                     at);
            append_suspicion(any, condition);
        }
        if (column->type == LOAD_TYPE_DECIMAL) {
            append_round_test(any, texts, column->name, plan->columns[at].type, i, at);
        }
    }
    for (size_t i = 0; i < DATE_RULE_COUNT; i++) {
        char condition[160];
        if (rule_condition(run, extract, &date_rules[i], condition)) {
            append_suspicion(any, condition);
            append_test(texts, date_rules[i].column, date_rules[i].code, condition, "");
        }
    }
}

/* --- the outer SELECT --- */

static void append_final_value(shire_builder *sql, const load_run *run, const load_extract *extract,
                               size_t index) {
    const load_column *column = &extract->target->columns[index];
    char name[32];
    value_name(extract, column->name, name);
    shire_builder_append_text(sql, ", ");
    size_t drops = 0;
    for (size_t i = 0; i < DATE_RULE_COUNT; i++) {
        char condition[160];
        if (strcmp(date_rules[i].column, column->name) == 0 &&
            rule_condition(run, extract, &date_rules[i], condition)) {
            shire_builder_append_format(sql, "%s WHEN %s THEN NULL", drops++ == 0 ? "CASE" : "",
                                        condition);
        }
    }
    if (drops > 0) {
        shire_builder_append_format(sql, " ELSE %s END", name);
    } else {
        shire_builder_append_text(sql, name);
    }
}

static void append_source(shire_builder *sql, const load_extract *extract) {
    const load_plan *plan = &extract->plan;
    shire_builder_append_format(sql, ", %d AS extract_no, ", extract->extract_no);
    if (!plan->traced) {
        load_append_literal(sql, extract->file);
    } else if (plan->file_count == 1) {
        load_append_literal(sql, plan->files[0].name);
    } else {
        shire_builder_append_text(sql, "[");
        for (size_t i = 0; i < plan->file_count; i++) {
            shire_builder_append_text(sql, i == 0 ? "" : ", ");
            load_append_literal(sql, plan->files[i].name);
        }
        shire_builder_append_text(sql, "][cfile + 1]");
    }
    shire_builder_append_text(sql, " AS source_file, cline AS source_line");
}

shire_status load_table_insert(load_run *run, const load_extract *extract, shire_error *error) {
    shire_builder sql = {0}, any = {0}, texts = {0};
    const load_plan *plan = &extract->plan;
    shire_builder_append_format(&sql, "INSERT INTO %s BY NAME SELECT 0 AS %s",
                                extract->target->name, extract->target->number_name);
    for (size_t i = 0; i < extract->target->column_count; i++) {
        append_final_value(&sql, run, extract, i);
        shire_builder_append_text(&sql, " AS ");
        load_append_name(&sql, load_column_stored_name(&extract->target->columns[i]));
    }
    append_source(&sql, extract);
    for (size_t i = 0; i < plan->column_count; i++) {
        if (load_is_attribute(extract->target, plan->columns[i].name)) {
            shire_builder_append_format(&sql, ", c%zu AS ", i);
            load_append_name(&sql, plan->columns[i].name);
        }
    }
    append_tests(run, extract, &any, &texts);
    if (any.failed || texts.failed) {
        sql.failed = true;
    } else {
        shire_builder_append_format(
            &sql,
            ", CASE WHEN %s THEN NULLIF(concat_ws(chr(30)%s), '') END AS " LOAD_PROBLEMS_COLUMN
            " FROM (",
            any.bytes, texts.bytes);
        append_values(&sql, extract, run->partnership->period_last);
        shire_builder_append_text(&sql, ")");
    }
    shire_builder_free(&any);
    shire_builder_free(&texts);
    return load_execute(run, &sql, error);
}

/* --- findings from the rows --- */

static void append_kinds(shire_builder *sql) {
    for (size_t i = 0; i < sizeof problem_kinds / sizeof problem_kinds[0]; i++) {
        const char *texts[] = {problem_kinds[i].code, problem_kinds[i].kind,
                               problem_kinds[i].problem, problem_kinds[i].remedy};
        for (size_t j = 0; j < 4; j++) {
            shire_builder_append_text(sql, j > 0 ? ", " : i == 0 ? "(" : ", (");
            load_append_literal(sql, texts[j]);
        }
        shire_builder_append_text(sql, ")");
    }
}

shire_status load_table_list_problems(load_run *run, const load_target *target,
                                      shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(
        &sql,
        "INSERT INTO finding SELECT 'load', CASE WHEN code LIKE '!%%' THEN 'error' WHEN code = "
        "'round' THEN 'info' ELSE 'warning' END, k.kind, source_file, source_line, column_name, "
        "k.problem || words || CASE WHEN source_file LIKE 'extracts/%%.sql' THEN ' (the line is "
        "the row of the result)' ELSE '' END, k.remedy, 1 FROM (SELECT source_file, source_line, "
        "split_part(p, '.', 1) AS column_name, split_part(split_part(p, ':', 1), '.', 2) AS code, "
        "substr(p, strpos(p, ':') + 1) AS words FROM (SELECT source_file, source_line, "
        "unnest(string_split(" LOAD_PROBLEMS_COLUMN
        ", chr(30))) AS p FROM %s WHERE " LOAD_PROBLEMS_COLUMN " IS NOT NULL)) JOIN (VALUES ",
        target->name);
    append_kinds(&sql);
    shire_builder_append_text(&sql, ") AS k(code, kind, problem, remedy) USING (code)");
    return load_execute(run, &sql, error);
}
