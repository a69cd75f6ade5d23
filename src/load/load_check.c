/*
 * The columns of an extract against the canonical table: what is missing, what is misspelt, what
 * travels along as an attribute; and the table made from both.
 */
#include "load/load_internal.h"

#include <string.h>
#include <strings.h>

/* "Local ID " as it would be spelt here: local_id. */
static void canonical_spelling(const char *name, char spelling[128]) {
    shire_span text = shire_span_trim(shire_span_of(name));
    size_t length = 0;
    for (size_t i = 0; i < text.length && length < 127; i++) {
        char byte = text.bytes[i];
        bool upper = byte >= 'A' && byte <= 'Z';
        bool gap = byte == ' ' || byte == '-' || byte == '.';
        spelling[length++] = upper ? (char)(byte + 32) : gap ? '_' : byte;
    }
    spelling[length] = '\0';
}

static bool has_column(const load_extract *extract, const char *name) {
    for (size_t i = 0; i < extract->plan.column_count; i++) {
        if (strcasecmp(extract->plan.columns[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The canonical column that the extract lacks and that `name` may be meant for, or NULL. */
static const char *meant_column(const load_extract *extract, const char *name) {
    const char *absent[LOAD_COLUMNS_MAX];
    size_t count = 0;
    char spelling[128];
    for (size_t i = 0; i < extract->target->column_count; i++) {
        if (!has_column(extract, extract->target->columns[i].name)) {
            absent[count++] = extract->target->columns[i].name;
        }
    }
    canonical_spelling(name, spelling);
    return shire_text_nearest(spelling, absent, count);
}

/* The result's column that may be meant for the canonical one, or NULL. */
static const char *column_meant_for(const load_extract *extract, const char *canonical) {
    for (size_t i = 0; i < extract->plan.column_count; i++) {
        const char *name = extract->plan.columns[i].name;
        if (load_target_column(extract->target, name) < extract->target->column_count) {
            continue;
        }
        const char *meant = meant_column(extract, name);
        if (meant != NULL && strcmp(meant, canonical) == 0) {
            return name;
        }
    }
    return NULL;
}

static shire_status add_missing(load_run *run, load_extract *extract, const load_column *column,
                                shire_error *error) {
    const char *near = column_meant_for(extract, column->name);
    const char *problem = shire_arena_format(run->arena,
                                             "the extract yields no column %s, which "
                                             "%s needs",
                                             column->name, extract->target->name);
    const char *remedy =
        near == NULL ? shire_arena_format(run->arena, "add the column to the SELECT: ... AS %s",
                                          column->name)
                     : shire_arena_format(run->arena,
                                          "did you mean \"%s\"? write \"%s\" AS %s in the SELECT",
                                          near, near, column->name);
    if (problem == NULL || remedy == NULL) {
        return load_out_of_memory(error);
    }
    extract->failed = true;
    return load_finding_add(run,
                            &(load_finding){.severity = "error",
                                            .kind = "missing_column",
                                            .file = extract->file,
                                            .column_name = column->name,
                                            .problem = problem,
                                            .remedy = remedy},
                            error);
}

static shire_status check_further_column(load_run *run, const load_extract *extract,
                                         const char *name, shire_error *error) {
    load_finding finding = {.severity = "warning", .file = extract->file, .column_name = name};
    if (load_name_is_internal(name)) {
        return SHIRE_OK;
    }
    if (load_name_is_reserved(extract->target, name)) {
        finding.kind = "reserved_column";
        finding.problem = "the warehouse has a column of its own by this name; the extract's is "
                          "left out";
        finding.remedy = "give the column another name in the SELECT";
        return load_finding_add(run, &finding, error);
    }
    const char *meant = meant_column(extract, name);
    if (meant == NULL) {
        return SHIRE_OK;
    }
    finding.kind = "misspelt_column";
    finding.problem = "the column travels along as an attribute, but its name is close to one of "
                      "the table's own that is absent";
    finding.remedy = shire_arena_format(
        run->arena, "did you mean %s? write \"%s\" AS %s in the SELECT", meant, name, meant);
    return finding.remedy == NULL ? load_out_of_memory(error)
                                  : load_finding_add(run, &finding, error);
}

shire_status load_check_columns(load_run *run, load_extract *extract, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < extract->target->column_count; i++) {
        const load_column *column = &extract->target->columns[i];
        if (column->required && !has_column(extract, column->name)) {
            status = add_missing(run, extract, column, error);
        }
    }
    for (size_t i = 0; status == SHIRE_OK && i < extract->plan.column_count; i++) {
        const char *name = extract->plan.columns[i].name;
        if (load_target_column(extract->target, name) == extract->target->column_count) {
            status = check_further_column(run, extract, name, error);
        }
    }
    return status;
}

/* --- the table --- */

/* Types that an attribute may keep; anything else becomes text. */
static const char *attribute_type(const char *type) {
    static const char *const kept[] = {"BOOLEAN", "TINYINT", "SMALLINT",  "INTEGER", "BIGINT",
                                       "DOUBLE",  "DATE",    "TIMESTAMP", "VARCHAR"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (strcmp(type, kept[i]) == 0) {
            return kept[i];
        }
    }
    return strncmp(type, "DECIMAL(", 8) == 0 ? type : "VARCHAR";
}

bool load_is_attribute(const load_target *target, const char *name) {
    return load_target_column(target, name) == target->column_count &&
           !load_name_is_reserved(target, name) && !load_name_is_internal(name);
}

/* The attribute's type over all extracts: the one they agree on, else text. */
static const char *agreed_type(const load_target *target, const load_extract *extracts,
                               size_t extract_count, const char *name) {
    const char *agreed = NULL;
    for (size_t i = 0; i < extract_count; i++) {
        const load_plan *plan = &extracts[i].plan;
        for (size_t j = 0;
             extracts[i].target == target && !extracts[i].failed && j < plan->column_count; j++) {
            if (strcasecmp(plan->columns[j].name, name) != 0) {
                continue;
            }
            const char *type = attribute_type(plan->columns[j].type);
            if (agreed != NULL && strcmp(agreed, type) != 0) {
                return "VARCHAR";
            }
            agreed = type;
        }
    }
    return agreed;
}

/* Is this the first extract, and the first of its columns, with that attribute? */
static bool is_first_mention(const load_target *target, const load_extract *extracts,
                             size_t extract, size_t column) {
    const char *name = extracts[extract].plan.columns[column].name;
    for (size_t i = 0; i <= extract; i++) {
        if (extracts[i].target != target || extracts[i].failed) {
            continue;
        }
        size_t count = i == extract ? column : extracts[i].plan.column_count;
        for (size_t j = 0; j < count; j++) {
            if (strcasecmp(extracts[i].plan.columns[j].name, name) == 0) {
                return false;
            }
        }
    }
    return true;
}

typedef struct source_names {
    const char **names;
    size_t count;
} source_names;

static void add_source_name(source_names *list, const char *name) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0) {
            return;
        }
    }
    list->names[list->count++] = name;
}

/* ENUM of all names that source_file can have: a small number a row instead of a text. */
static bool append_source_type(load_run *run, shire_builder *sql, const load_target *target,
                               const load_extract *extracts, size_t extract_count) {
    size_t most = extract_count + 1;
    for (size_t i = 0; i < extract_count; i++) {
        for (size_t j = 0; j < extracts[i].scan_count; j++) {
            most += extracts[i].scans[j].count;
        }
    }
    source_names list = {.names = shire_arena_alloc_array(run->arena, most, sizeof *list.names)};
    if (list.names == NULL) {
        return false;
    }
    add_source_name(&list, ""); /* an ENUM has at least one value */
    for (size_t i = 0; i < extract_count; i++) {
        if (extracts[i].target != target || extracts[i].failed) {
            continue;
        }
        add_source_name(&list, extracts[i].file);
        for (size_t j = 0; j < extracts[i].scan_count; j++) {
            for (size_t k = 0; k < extracts[i].scans[j].count; k++) {
                add_source_name(&list, extracts[i].scans[j].files[k].name);
            }
        }
    }
    shire_builder_append_text(sql, ", source_file ENUM(");
    for (size_t i = 0; i < list.count; i++) {
        shire_builder_append_text(sql, i == 0 ? "" : ", ");
        load_append_literal(sql, list.names[i]);
    }
    shire_builder_append_text(sql, ")");
    return true;
}

shire_status load_table_create(load_run *run, const load_target *target,
                               const load_extract *extracts, size_t extract_count,
                               shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(&sql, "CREATE OR REPLACE TABLE %s (%s BIGINT", target->name,
                                target->number_name);
    for (size_t i = 0; i < target->column_count; i++) {
        const load_column *column = &target->columns[i];
        shire_builder_append_text(&sql, ", ");
        load_append_name(&sql, load_column_stored_name(column));
        shire_builder_append_format(&sql, " %s", load_type_sql(column->type));
        if (target->number_column != NULL && strcmp(column->name, "local_id") == 0) {
            shire_builder_append_format(&sql, ", %s BIGINT", target->number_column);
        }
    }
    shire_builder_append_text(&sql, ", extract_no INTEGER");
    sql.failed |= !append_source_type(run, &sql, target, extracts, extract_count);
    shire_builder_append_text(&sql, ", source_line BIGINT");
    for (size_t i = 0; i < extract_count; i++) {
        const load_plan *plan = &extracts[i].plan;
        for (size_t j = 0;
             extracts[i].target == target && !extracts[i].failed && j < plan->column_count; j++) {
            const char *name = plan->columns[j].name;
            if (load_is_attribute(target, name) && is_first_mention(target, extracts, i, j)) {
                shire_builder_append_text(&sql, ", ");
                load_append_name(&sql, name);
                shire_builder_append_format(&sql, " %s",
                                            agreed_type(target, extracts, extract_count, name));
            }
        }
    }
    shire_builder_append_text(&sql, ", " LOAD_PROBLEMS_COLUMN " VARCHAR)");
    return load_execute(run, &sql, error);
}
