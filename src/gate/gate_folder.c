/*
 * Each row goes through the same functions as a change on a page, so that what they refuse is
 * refused here, with the file and line before it.
 */
#include "gate/gate_folder.h"

#include "gate/gate_account.h"
#include "gate/gate_internal.h"
#include "gate/gate_person.h"
#include "gate/gate_sharing.h"
#include "io/csv.h"
#include "io/file.h"

#include <stdio.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define COLUMNS_MAX 7

typedef struct folder_load {
    shire_store *store;
    const shire_gate_actor *actor;
    const char *const *organisations;
    size_t organisation_count;
    shire_arena *arena;
    shire_gate_folder_counts counts;
} folder_load;

/* The cells of a row, in the order of the file's columns as they are named below. */
typedef shire_status (*row_adder)(folder_load *load, const char *const *cells, shire_error *error);

/* ---- cells ---- */

static shire_status check_organisation(const folder_load *load, const char *code,
                                       shire_error *error) {
    for (size_t i = 0; i < load->organisation_count; i++) {
        if (strcmp(load->organisations[i], code) == 0) {
            return SHIRE_OK;
        }
    }
    const char *near = shire_text_nearest(code, load->organisations, load->organisation_count);
    return near == NULL
               ? SHIRE_FAIL(error, SHIRE_INVALID, "'%s' is no organisation of organisations.csv",
                            code)
               : SHIRE_FAIL(error, SHIRE_INVALID,
                            "'%s' is no organisation of organisations.csv; did you mean '%s'?",
                            code, near);
}

static shire_status parse_name(shire_gate_vocabulary vocabulary, const char *what, const char *name,
                               size_t *number_out, shire_error *error) {
    const char *known[32];
    size_t count = shire_gate_word_count(vocabulary);
    if (shire_gate_parse(vocabulary, shire_span_of(name), number_out)) {
        return SHIRE_OK;
    }
    for (size_t i = 0; i < count; i++) {
        known[i] = shire_gate_name(vocabulary, i);
    }
    const char *near = shire_text_nearest(name, known, count);
    return near == NULL ? SHIRE_FAIL(error, SHIRE_INVALID, "'%s' is no %s", name, what)
                        : SHIRE_FAIL(error, SHIRE_INVALID, "'%s' is no %s; did you mean '%s'?",
                                     name, what, near);
}

static shire_status parse_days(const char *from, const char *until, shire_date *from_out,
                               shire_date *until_out, shire_error *error) {
    *until_out = SHIRE_GATE_NO_END;
    if (shire_date_parse(shire_span_of(from), from_out) != SHIRE_OK) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "'from' is no day; write it as 2024-04-01");
    }
    if (until[0] != '\0' && shire_date_parse(shire_span_of(until), until_out) != SHIRE_OK) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "'until' is no day; write it as 2024-04-01, or nothing");
    }
    return shire_gate_check_days(*from_out, *until_out, error);
}

/* An id as it is, or the person that a record is with. */
static shire_status find_person(folder_load *load, const char *text, const char **person_id_out,
                                shire_error *error) {
    const char *first = strchr(text, '/');
    const char *second = first == NULL ? NULL : strchr(first + 1, '/');
    shire_store_statement *select = NULL;
    bool has_row = false;
    shire_status status =
        second == NULL
            ? shire_gate_prepare(load->store, &select, error,
                                 "SELECT person_id FROM index_person WHERE person_id = $1", "t",
                                 text)
            : shire_gate_prepare(load->store, &select, error,
                                 "SELECT person_id FROM index_member WHERE organisation = $1 AND "
                                 "source = $2 AND local_id = $3",
                                 "sst", (shire_span){text, (size_t)(first - text)},
                                 (shire_span){first + 1, (size_t)(second - first - 1)}, second + 1);
    if (status == SHIRE_OK) {
        status = shire_store_step(select, &has_row, error);
    }
    if (status == SHIRE_OK && !has_row) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "no run knows that person; give an id of the index, or "
                            "ORGANISATION/SOURCE/local_id of a record");
    }
    if (status == SHIRE_OK) {
        *person_id_out = shire_gate_keep(select, 0, load->arena);
        status =
            *person_id_out == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory") : SHIRE_OK;
    }
    shire_store_finalize(select);
    return status;
}

/* What a SELECT of a count found, where it was read. */
static shire_status is_there(shire_status status, const int64_t *found, bool *is_there_out) {
    *is_there_out = status == SHIRE_OK && *found > 0;
    return status;
}
#define IS_THERE(load, is_there_out, error, ...)                                                   \
    is_there(shire_gate_find_int64((load)->store, &found, error, __VA_ARGS__), &found, is_there_out)

/* ---- rows ---- */

static shire_status add_account(folder_load *load, const char *const *cells, shire_error *error) {
    size_t role = 0;
    int64_t found = 0;
    bool has_it = false;
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1] = "";
    shire_gate_account account = {
        .name = cells[0], .full_name = cells[1], .organisation = cells[2]};
    shire_status status = parse_name(SHIRE_GATE_ROLES, "role", cells[3], &role, error);
    account.role = (shire_gate_role)role;
    if (status == SHIRE_OK && cells[4][0] != '\0') {
        status = find_person(load, cells[4], &account.person_id, error);
    }
    if (status == SHIRE_OK && cells[2][0] != '\0') {
        status = check_organisation(load, cells[2], error);
    }
    if (status == SHIRE_OK &&
        shire_gate_fold_name(shire_span_of(cells[0]), folded, sizeof folded)) {
        status = IS_THERE(load, &has_it, error,
                          "SELECT count(*) FROM account WHERE name = $1 AND full_name = $2 AND "
                          "organisation = $3 AND role = $4 AND coalesce(person_id, '') = $5",
                          "ttttt", folded, account.full_name, account.organisation, cells[3],
                          account.person_id == NULL ? "" : account.person_id);
    }
    if (status == SHIRE_OK && !has_it) {
        status = shire_gate_account_add(load->store, load->actor, &account, NULL, error);
        load->counts.accounts += status == SHIRE_OK ? 1 : 0;
    }
    return status;
}

static shire_status add_member(folder_load *load, const char *const *cells, shire_error *error) {
    int64_t found = 0;
    int64_t team_no = 0;
    bool has_it = false;
    shire_date from = 0;
    shire_date until = 0;
    char folded[SHIRE_GATE_ACCOUNT_NAME_MAX + 1] = "";
    shire_status status = check_organisation(load, cells[0], error);
    if (status == SHIRE_OK) {
        status = IS_THERE(load, &has_it, error,
                          "SELECT count(*) FROM team WHERE organisation = $1 AND name = $2", "tt",
                          cells[0], cells[1]);
    }
    if (status == SHIRE_OK && !has_it) {
        status = shire_gate_team_add(load->store, load->actor, cells[0], cells[1], NULL, error);
        load->counts.teams += status == SHIRE_OK ? 1 : 0;
    }
    if (status != SHIRE_OK || cells[2][0] == '\0') {
        return status;
    }
    status = parse_days(cells[3], cells[4], &from, &until, error);
    if (status == SHIRE_OK) {
        status = shire_gate_team_find(load->store, cells[0], cells[1], &team_no, error);
    }
    if (status == SHIRE_OK &&
        shire_gate_fold_name(shire_span_of(cells[2]), folded, sizeof folded)) {
        status = IS_THERE(load, &has_it, error,
                          "SELECT count(*) FROM team_member m JOIN account a ON a.account_no = "
                          "m.account_no WHERE m.team_no = $1 AND a.name = $2 AND m.from_day = $3",
                          "itd", team_no, folded, from);
    }
    if (status == SHIRE_OK && !has_it) {
        status =
            shire_gate_member_add(load->store, load->actor, team_no, cells[2], from, until, error);
        load->counts.members += status == SHIRE_OK ? 1 : 0;
    }
    return status;
}

static shire_status add_agreement(folder_load *load, const char *const *cells, shire_error *error) {
    size_t purpose = 0;
    int64_t found = 0;
    bool has_it = false;
    shire_gate_sharing sharing = {.owner = cells[0], .recipient = cells[1], .reference = cells[6]};
    shire_status status = check_organisation(load, cells[0], error);
    if (status == SHIRE_OK) {
        status = check_organisation(load, cells[1], error);
    }
    if (status == SHIRE_OK) {
        status = parse_name(SHIRE_GATE_PURPOSES, "purpose", cells[2], &purpose, error);
        sharing.purpose = (shire_gate_purpose)purpose;
    }
    if (status == SHIRE_OK) {
        status = shire_gate_parse_bits(SHIRE_GATE_CATEGORIES, shire_span_of(cells[3]),
                                       &sharing.categories, error);
    }
    if (status == SHIRE_OK) {
        status = parse_days(cells[4], cells[5], &sharing.from, &sharing.until, error);
    }
    if (status == SHIRE_OK) {
        const char *names =
            shire_gate_format_bits(SHIRE_GATE_CATEGORIES, sharing.categories, load->arena);
        status =
            names == NULL
                ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                : IS_THERE(load, &has_it, error,
                           "SELECT count(*) FROM agreement WHERE owner = $1 AND recipient = "
                           "$2 AND purpose = $3 AND categories = $4 AND from_day = $5 AND "
                           "reference = $6",
                           "ttttdt", cells[0], cells[1], cells[2], names, sharing.from, cells[6]);
    }
    if (status == SHIRE_OK && !has_it) {
        status = shire_gate_sharing_add(load->store, load->actor, &sharing, NULL, error);
        load->counts.agreements += status == SHIRE_OK ? 1 : 0;
    }
    return status;
}

static shire_status add_relationship(folder_load *load, const char *const *cells,
                                     shire_error *error) {
    size_t kind = 0;
    int64_t found = 0;
    int64_t team_no = 0;
    bool has_it = false;
    shire_date from = 0;
    shire_date until = 0;
    const char *person_id = NULL;
    shire_status status = find_person(load, cells[0], &person_id, error);
    if (status == SHIRE_OK) {
        status =
            parse_name(SHIRE_GATE_RELATIONSHIPS, "kind of relationship", cells[1], &kind, error);
    }
    if (status == SHIRE_OK) {
        status = check_organisation(load, cells[2], error);
    }
    if (status == SHIRE_OK && cells[3][0] != '\0') {
        status = shire_gate_team_find(load->store, cells[2], cells[3], &team_no, error);
    }
    if (status == SHIRE_OK) {
        status = parse_days(cells[4], cells[5], &from, &until, error);
    }
    if (status == SHIRE_OK) {
        status = IS_THERE(load, &has_it, error,
                          "SELECT count(*) FROM relationship WHERE person_id = $1 AND kind = $2 "
                          "AND organisation = $3 AND coalesce(team_no, 0) = $4 AND from_day = $5",
                          "tttid", person_id, cells[1], cells[2], team_no, from);
    }
    if (status == SHIRE_OK && !has_it) {
        status = shire_gate_relationship_add(load->store, load->actor, person_id,
                                             (shire_gate_relationship_kind)kind, cells[2], team_no,
                                             from, until, NULL, error);
        load->counts.relationships += status == SHIRE_OK ? 1 : 0;
    }
    return status;
}

/* ---- files ---- */

static const struct {
    const char *file;
    const char *columns[COLUMNS_MAX];
    size_t column_count;
    size_t required_count;
    row_adder add;
} files[] = {
    {"accounts.csv", {"name", "full_name", "organisation", "role", "person"}, 5, 4, add_account},
    {"teams.csv", {"organisation", "team", "account", "from", "until"}, 5, 2, add_member},
    {"agreements.csv",
     {"owner", "recipient", "purpose", "categories", "from", "until", "reference"},
     7,
     7,
     add_agreement},
    {"relationships.csv",
     {"person", "kind", "organisation", "team", "from", "until"},
     6,
     5,
     add_relationship},
};
#define FILE_COUNT (sizeof files / sizeof files[0])

static shire_status load_file(folder_load *load, size_t number, const char *path,
                              shire_gate_problem_visitor visit, void *context, shire_error *error) {
    shire_csv csv = {0};
    const char *cells[COLUMNS_MAX];
    shire_status status = shire_csv_read(path, FILE_BYTES_MAX, load->arena, &csv, error);
    if (status == SHIRE_OK) {
        status = shire_csv_check_columns(&csv, files[number].columns, files[number].column_count,
                                         files[number].required_count, error);
    }
    for (size_t row = 0; row < csv.row_count && status == SHIRE_OK; row++) {
        shire_error problem = {0};
        char sentence[SHIRE_ERROR_MESSAGE_BYTES + 64];
        for (size_t i = 0; i < files[number].column_count; i++) {
            shire_span cell =
                shire_csv_cell(&csv, row, shire_csv_column(&csv, files[number].columns[i]));
            cells[i] = cell.length == 0 ? "" : cell.bytes;
        }
        status = files[number].add(load, cells, &problem);
        if (status == SHIRE_INVALID || status == SHIRE_NOT_FOUND) {
            snprintf(sentence, sizeof sentence, "%s:%d: %s", files[number].file, csv.lines[row],
                     problem.message);
            visit(sentence, context);
            load->counts.problems++;
            status = SHIRE_OK;
        } else if (status != SHIRE_OK && error != NULL) {
            *error = problem;
        }
    }
    return status;
}

shire_status shire_gate_folder_load(shire_store *store, const shire_gate_actor *actor,
                                    const char *folder, const char *const *organisations,
                                    size_t organisation_count, shire_gate_problem_visitor visit,
                                    void *context, shire_gate_folder_counts *counts_out,
                                    shire_error *error) {
    folder_load load = {.store = store,
                        .actor = actor,
                        .organisations = organisations,
                        .organisation_count = organisation_count};
    size_t file_count = 0;
    shire_status status = shire_arena_new("folder_arena", 0, &load.arena, error);
    for (size_t i = 0; i < FILE_COUNT && status == SHIRE_OK; i++) {
        const char *path = shire_arena_format(load.arena, "%s/%s", folder, files[i].file);
        if (path == NULL) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
        } else if (shire_file_exists(path)) {
            file_count++;
            status = load_file(&load, i, path, visit, context, error);
        }
    }
    if (status == SHIRE_OK && file_count == 0) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "%s: there is none of accounts.csv, teams.csv, agreements.csv and "
                            "relationships.csv in this folder",
                            folder);
    }
    if (status == SHIRE_OK && load.counts.problems > 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: %zu of the rows cannot be taken, so nothing was changed; mend "
                            "them and load again",
                            folder, load.counts.problems);
    }
    *counts_out = load.counts;
    shire_arena_wipe_free(load.arena);
    return status;
}
