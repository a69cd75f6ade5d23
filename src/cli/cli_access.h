/* The verb `shire access`, and what its commands share. */
#ifndef SHIRE_CLI_CLI_ACCESS_H
#define SHIRE_CLI_CLI_ACCESS_H

#include "gate/gate_change.h"
#include "gate/gate_kernel.h"
#include "io/json.h"
#include "org/partnership.h"

#define SHIRE_CLI_ACCESS_WORDS_MAX 6

/* One call of the verb. */
typedef struct shire_cli_access {
    const char *words[SHIRE_CLI_ACCESS_WORDS_MAX]; /* after DIR: the command and what follows */
    size_t word_count;
    const char *full_name;
    const char *organisation;
    const char *role;
    const char *person;
    const char *owner;
    const char *recipient;
    const char *purpose;
    const char *categories;
    const char *from;
    const char *until;
    const char *reference;
    const char *issuer;
    const char *email;
    const char *subject;
    const char *code;
    const char *action;
    const char *kinds;
    const char *items;
    const char *team;
    const char *why;
    bool remove;
    bool json;
    int64_t now; /* seconds since 1970 */
    shire_arena *arena;
    shire_partnership partnership;
    shire_store *store;
    const char **organisations; /* codes of organisations.csv */
    size_t organisation_count;
    shire_gate_actor actor;
    json_t *rows; /* with --json: what is printed at the end */
} shire_cli_access;

/* A row of what the command prints: text is padded into columns, JSON gets the names. Values are
 * not copied. */
typedef struct shire_cli_access_cell {
    const char *name;
    const char *value;
    int width;
} shire_cli_access_cell;

shire_status shire_cli_access_print(shire_cli_access *call, const shire_cli_access_cell *cells,
                                    size_t cell_count, shire_error *error) SHIRE_MUST_CHECK;

/* A row of one cell; in text its value alone. */
shire_status shire_cli_access_print_one(shire_cli_access *call, const char *name, const char *value,
                                        shire_error *error) SHIRE_MUST_CHECK;

/* What options say. A day that is not given is `otherwise`; a code must be of organisations.csv. */
shire_status shire_cli_access_parse_day(const char *option, const char *text, shire_date otherwise,
                                        shire_date *day_out, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_cli_access_check_organisation(const shire_cli_access *call, const char *code,
                                                 shire_error *error) SHIRE_MUST_CHECK;
/* 2024-04-01 in the call's arena; "" for no end. */
const char *shire_cli_access_format_day(const shire_cli_access *call, shire_date day);

/* account code; code-key rotate and, once that is committed, its end (cli_access_code.c). */
shire_status shire_cli_access_code(shire_cli_access *call, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_cli_access_rotate_code_key(shire_cli_access *call,
                                              shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_cli_access_drop_old_code_key(shire_cli_access *call,
                                                shire_error *error) SHIRE_MUST_CHECK;

/* consent, opt-out, seal: add, end, list (cli_access_person.c). */
shire_status shire_cli_access_wish(shire_cli_access *call, shire_error *error) SHIRE_MUST_CHECK;

/* explain ACCOUNT PERSON-or-category (cli_access_explain.c); roles. */
shire_status shire_cli_access_explain(shire_cli_access *call, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_cli_access_roles(shire_cli_access *call, shire_error *error) SHIRE_MUST_CHECK;

int shire_cli_access_main(int argc, char **argv);

#endif
