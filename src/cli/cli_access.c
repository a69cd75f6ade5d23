/*
 * shire access: accounts, teams and agreements of a partnership from the command line, and why
 * somebody may or may not see something. Each change is one transaction with its entry in the audit
 * log, signed. A password is never an argument: every process can read those.
 */
#include "cli/cli_access.h"

#include "audit/audit_service.h"
#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "gate/gate_account.h"
#include "gate/gate_code.h"
#include "gate/gate_folder.h"
#include "gate/gate_identity.h"
#include "gate/gate_sharing.h"
#include "io/csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES_MAX (16 << 20)

static void print_help(void) {
    puts(
        "Usage: shire access DIR account add NAME --full-name TEXT --role ROLE\n"
        "                        {--organisation CODE | --person ID}\n"
        "       shire access DIR account list\n"
        "       shire access DIR account {disable|enable|password} NAME\n"
        "       shire access DIR account token NAME [--remove]\n"
        "       shire access DIR account code NAME [--code DIGITS | --remove]\n"
        "       shire access DIR code-key rotate\n"
        "       shire access DIR account identity NAME --issuer URL {--subject TEXT |\n"
        "                        --email ADDRESS}\n"
        "       shire access DIR team add CODE TEAM\n"
        "       shire access DIR team member CODE TEAM NAME [--from DAY] [--until DAY] [--remove]\n"
        "       shire access DIR team list\n"
        "       shire access DIR agreement add --owner CODE --recipient CODE --purpose PURPOSE\n"
        "                        --categories 'NAME...' --reference TEXT [--from DAY] "
        "[--until DAY]\n"
        "       shire access DIR agreement end NUMBER [--until DAY]\n"
        "       shire access DIR agreement list\n"
        "       shire access DIR consent add PERSON --kinds 'KIND...' [--organisation CODE]\n"
        "                        [--from DAY] [--until DAY]\n"
        "       shire access DIR opt-out add PERSON [--from DAY] [--until DAY]\n"
        "       shire access DIR seal add PERSON --organisation CODE [--team TEAM]\n"
        "                        --items 'ITEM...' [--from DAY]\n"
        "       shire access DIR {consent|seal} end NUMBER [--until DAY]\n"
        "       shire access DIR opt-out end PERSON [--until DAY]\n"
        "       shire access DIR {consent|opt-out|seal} list PERSON\n"
        "       shire access DIR load FOLDER\n"
        "       shire access DIR explain NAME {PERSON | CATEGORY} [--purpose PURPOSE] "
        "[--action ACTION]\n"
        "       shire access DIR roles\n"
        "\n"
        "Who may see what. An account is one person in one role; teams and agreements between\n"
        "organisations open records to it (docs/access.md). Changes are entered in the audit log.\n"
        "\n"
        "  account password  reads the password from standard input, or from the terminal\n"
        "                    without showing it\n"
        "  account code      offers one-time codes; with --code asks for them from now on; with\n"
        "                    --remove does not any more\n"
        "  account identity  who the account is at a provider of OpenID Connect; with --email "
        "whoever\n"
        "                    the provider says has that address, from the first sign-in on\n"
        "  code-key rotate   seals the secrets of one-time codes with a new key "
        "(.shire/codes.key);\n"
        "                    apps and codes stay as they are\n"
        "  account token     makes the token of a partner's program, shown once; with --remove "
        "ends\n"
        "                    it\n"
        "  consent           includes sensitive kinds that are left out otherwise, for one\n"
        "                    organisation or for all\n"
        "  opt-out           keeps a person out of planning uses (the National Data Opt-out)\n"
        "  seal              closes items to all but one organisation or team: "
        "event/BODY/SYSTEM/ID,\n"
        "                    record/BODY/SYSTEM/ID, item/ID\n"
        "  load              reads accounts.csv, teams.csv, agreements.csv and relationships.csv\n"
        "                    of a folder: every row or none\n"
        "  explain           what the account may do with a person's record, and which rule says "
        "so\n"
        "  roles             what each role may do for which purpose\n"
        "\n"
        "Options of all:\n"
        "  --why TEXT    why the change is made, for the audit log\n"
        "  --json        for machines\n"
        "  --store URL   where the store is\n"
        "\n"
        "Without --from: from today. Exit status: 0 done, 1 failed, 2 bad input.");
}

/* ---- options ---- */

static shire_status take_option(shire_cli_access *call, const char *option, const char *value,
                                shire_error *error) {
    const struct {
        const char *name;
        const char **value;
    } texts[] = {{"--full-name", &call->full_name},
                 {"--organisation", &call->organisation},
                 {"--role", &call->role},
                 {"--person", &call->person},
                 {"--owner", &call->owner},
                 {"--recipient", &call->recipient},
                 {"--purpose", &call->purpose},
                 {"--categories", &call->categories},
                 {"--from", &call->from},
                 {"--until", &call->until},
                 {"--reference", &call->reference},
                 {"--issuer", &call->issuer},
                 {"--subject", &call->subject},
                 {"--email", &call->email},
                 {"--code", &call->code},
                 {"--action", &call->action},
                 {"--why", &call->why},
                 {"--kinds", &call->kinds},
                 {"--items", &call->items},
                 {"--team", &call->team}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(option, texts[i].name) == 0) {
            if (value == NULL) {
                return SHIRE_FAIL(error, SHIRE_INVALID, "%s needs a value", option);
            }
            *texts[i].value = value;
            return SHIRE_OK;
        }
    }
    return SHIRE_FAIL(error, SHIRE_INVALID, "no option '%s'; see `shire access --help`", option);
}

static shire_status parse(int argc, char **argv, shire_cli_access *call, const char **dir_out,
                          shire_error *error) {
    shire_status status = SHIRE_OK;
    for (int i = 1; i < argc && status == SHIRE_OK; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            call->json = true;
        } else if (strcmp(argv[i], "--remove") == 0) {
            call->remove = true;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            status = take_option(call, argv[i], i + 1 < argc ? argv[i + 1] : NULL, error);
            i++;
        } else if (*dir_out == NULL) {
            *dir_out = argv[i];
        } else if (call->word_count == SHIRE_CLI_ACCESS_WORDS_MAX) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "there is an argument too many; see `shire access --help`");
        } else {
            call->words[call->word_count++] = argv[i];
        }
    }
    return status;
}

static shire_status parse_word(shire_gate_vocabulary vocabulary, const char *option,
                               const char *text, size_t *number_out, shire_error *error) {
    const char *known[32];
    size_t count = shire_gate_word_count(vocabulary);
    if (text == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s is needed; see `shire access --help`", option);
    }
    if (shire_gate_parse(vocabulary, shire_span_of(text), number_out)) {
        return SHIRE_OK;
    }
    for (size_t i = 0; i < count; i++) {
        known[i] = shire_gate_name(vocabulary, i);
    }
    const char *near = shire_text_nearest(text, known, count);
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s: '%s' is not known%s%s%s", option, text,
                      near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                      near == NULL ? "" : "'?");
}

shire_status shire_cli_access_parse_day(const char *option, const char *text, shire_date otherwise,
                                        shire_date *day_out, shire_error *error) {
    *day_out = otherwise;
    return text == NULL || shire_date_parse(shire_span_of(text), day_out) == SHIRE_OK
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID, "%s is no day; write it as 2024-04-01", option);
}

shire_status shire_cli_access_check_organisation(const shire_cli_access *call, const char *code,
                                                 shire_error *error) {
    for (size_t i = 0; code != NULL && i < call->organisation_count; i++) {
        if (strcmp(call->organisations[i], code) == 0) {
            return SHIRE_OK;
        }
    }
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "'%s' is no organisation of %s/organisations.csv; give a code of its first "
                      "column",
                      code == NULL ? "" : code, call->partnership.dir);
}

/* ---- printing ---- */

shire_status shire_cli_access_print(shire_cli_access *call, const shire_cli_access_cell *cells,
                                    size_t cell_count, shire_error *error) {
    if (!call->json) {
        for (size_t i = 0; i < cell_count; i++) {
            printf(i + 1 == cell_count ? "%-*s\n" : "%-*s  ",
                   i + 1 == cell_count ? 0 : cells[i].width, cells[i].value);
        }
        return SHIRE_OK;
    }
    json_t *row = json_object();
    bool failed = row == NULL;
    for (size_t i = 0; i < cell_count && !failed; i++) {
        failed = json_object_set_new(row, cells[i].name, json_string(cells[i].value)) != 0;
    }
    call->rows = call->rows == NULL ? json_array() : call->rows;
    failed = json_array_append_new(call->rows, row) != 0 || failed;
    return failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory") : SHIRE_OK;
}

const char *shire_cli_access_format_day(const shire_cli_access *call, shire_date day) {
    char text[11];
    if (day == SHIRE_GATE_NO_END) {
        return "";
    }
    shire_date_format(day, text);
    const char *copy = shire_arena_copy_text(call->arena, text, strlen(text));
    return copy == NULL ? "" : copy;
}

/* ---- accounts ---- */

static shire_status add_account(shire_cli_access *call, shire_error *error) {
    size_t role = 0;
    shire_status status = parse_word(SHIRE_GATE_ROLES, "--role", call->role, &role, error);
    if (status == SHIRE_OK && call->organisation != NULL) {
        status = shire_cli_access_check_organisation(call, call->organisation, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_gate_account account = {.name = call->words[2],
                                  .full_name = call->full_name,
                                  .organisation = call->organisation,
                                  .role = (shire_gate_role)role,
                                  .person_id = call->person};
    return shire_gate_account_add(call->store, &call->actor, &account, NULL, error);
}

static shire_status print_account(const shire_gate_account *account, void *context,
                                  shire_error *error) {
    const shire_cli_access_cell cells[] = {
        {"name", account->name, 24},
        {"role", shire_gate_name(SHIRE_GATE_ROLES, account->role), 16},
        {"organisation", account->organisation, 10},
        {"signs_in",
         account->is_disabled                         ? "disabled"
         : account->has_password && account->has_code ? "password and code"
         : account->has_password                      ? "password"
                                                      : "not yet",
         17},
        {"full_name", account->full_name, 0}};
    return shire_cli_access_print(context, cells, sizeof cells / sizeof cells[0], error);
}

static shire_status list_accounts(shire_cli_access *call, shire_error *error) {
    return shire_gate_account_scan(call->store, print_account, call, error);
}

static shire_status disable_account(shire_cli_access *call, shire_error *error) {
    return shire_gate_account_disable(call->store, &call->actor, call->words[2],
                                      strcmp(call->words[1], "disable") == 0, error);
}

/* A line of standard input, not shown where that is a terminal; without its line end. */
static shire_status read_password(char *text, int capacity, shire_error *error) {
    struct termios before;
    bool is_terminal = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        struct termios quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        fputs("Password: ", stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool has_line = fgets(text, capacity, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputs("\n", stderr);
    }
    if (!has_line) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "no password came on standard input");
    }
    text[strcspn(text, "\r\n")] = '\0';
    return SHIRE_OK;
}

/* Hashing is slow: it is done before the transaction begins. */
static shire_status set_password(shire_cli_access *call, shire_error *error) {
    char password[SHIRE_GATE_PASSWORD_BYTES_MAX + 8];
    char hash[SHIRE_PASSWORD_HASH_BYTES];
    shire_status status = read_password(password, sizeof password, error);
    if (status == SHIRE_OK) {
        status = shire_gate_password_make(call->words[2], shire_span_of(password), hash, error);
    }
    shire_crypto_wipe(password, sizeof password);
    if (status == SHIRE_OK) {
        status = shire_store_begin(call->store, error);
    }
    return status == SHIRE_OK
               ? shire_gate_password_set(call->store, &call->actor, call->words[2], hash, error)
               : status;
}

shire_status shire_cli_access_print_one(shire_cli_access *call, const char *name, const char *value,
                                        shire_error *error) {
    const shire_cli_access_cell cell = {name, value, 0};
    return shire_cli_access_print(call, &cell, 1, error);
}

static shire_status make_token(shire_cli_access *call, shire_error *error) {
    shire_gate_token token;
    if (call->remove) {
        return shire_gate_token_end(call->store, &call->actor, call->words[2], error);
    }
    shire_status status =
        shire_gate_token_make(call->store, &call->actor, call->words[2], call->now, &token, error);
    if (status == SHIRE_OK) {
        status = shire_cli_access_print_one(call, "token", token.text, error);
    }
    shire_crypto_wipe(&token, sizeof token);
    return status;
}

static shire_status set_identity(shire_cli_access *call, shire_error *error) {
    if ((call->subject == NULL) == (call->email == NULL)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "give one of --subject and --email; see `shire access --help`");
    }
    return call->email == NULL
               ? shire_gate_identity_set(call->store, &call->actor, call->words[2], call->issuer,
                                         call->subject, error)
               : shire_gate_identity_expect(call->store, &call->actor, call->words[2], call->issuer,
                                            call->email, error);
}

/* ---- teams ---- */

static shire_status add_team(shire_cli_access *call, shire_error *error) {
    shire_status status = shire_cli_access_check_organisation(call, call->words[2], error);
    return status == SHIRE_OK ? shire_gate_team_add(call->store, &call->actor, call->words[2],
                                                    call->words[3], NULL, error)
                              : status;
}

static shire_status add_member(shire_cli_access *call, shire_error *error) {
    int64_t team_no = 0;
    shire_date from = 0;
    shire_date until = 0;
    shire_date today = shire_gate_day(call->now);
    shire_status status =
        shire_gate_team_find(call->store, call->words[2], call->words[3], &team_no, error);
    if (status == SHIRE_OK) {
        status = shire_cli_access_parse_day("--from", call->from, today, &from, error);
    }
    if (status == SHIRE_OK) {
        status = shire_cli_access_parse_day(
            "--until", call->until, call->remove ? today : SHIRE_GATE_NO_END, &until, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    return call->remove ? shire_gate_member_end(call->store, &call->actor, team_no, call->words[4],
                                                until, error)
                        : shire_gate_member_add(call->store, &call->actor, team_no, call->words[4],
                                                from, until, error);
}

static shire_status print_team(const shire_gate_team *team, void *context, shire_error *error) {
    char members[24];
    snprintf(members, sizeof members, "%" PRId64, team->member_count);
    const shire_cli_access_cell cells[] = {
        {"organisation", team->organisation, 10}, {"members", members, 7}, {"team", team->name, 0}};
    return shire_cli_access_print(context, cells, 3, error);
}

static shire_status list_teams(shire_cli_access *call, shire_error *error) {
    return shire_gate_team_scan(call->store, shire_gate_day(call->now), print_team, call, error);
}

/* ---- agreements ---- */

static shire_status add_agreement(shire_cli_access *call, shire_error *error) {
    size_t purpose = 0;
    shire_gate_sharing sharing = {
        .owner = call->owner, .recipient = call->recipient, .reference = call->reference};
    shire_status status = shire_cli_access_check_organisation(call, call->owner, error);
    if (status == SHIRE_OK) {
        status = shire_cli_access_check_organisation(call, call->recipient, error);
    }
    if (status == SHIRE_OK) {
        status = parse_word(SHIRE_GATE_PURPOSES, "--purpose", call->purpose, &purpose, error);
        sharing.purpose = (shire_gate_purpose)purpose;
    }
    if (status == SHIRE_OK) {
        status = shire_gate_categories_parse(shire_span_of(call->categories), &sharing.categories,
                                             error);
    }
    if (status == SHIRE_OK) {
        status = shire_cli_access_parse_day("--from", call->from, shire_gate_day(call->now),
                                            &sharing.from, error);
    }
    if (status == SHIRE_OK) {
        status = shire_cli_access_parse_day("--until", call->until, SHIRE_GATE_NO_END,
                                            &sharing.until, error);
    }
    return status == SHIRE_OK
               ? shire_gate_sharing_add(call->store, &call->actor, &sharing, NULL, error)
               : status;
}

static shire_status end_agreement(shire_cli_access *call, shire_error *error) {
    char *end = NULL;
    shire_date last = 0;
    long long number = strtoll(call->words[2], &end, 10);
    if (end == call->words[2] || *end != '\0') {
        return SHIRE_FAIL(error, SHIRE_INVALID, "an agreement's number is a whole number");
    }
    shire_status status =
        shire_cli_access_parse_day("--until", call->until, shire_gate_day(call->now), &last, error);
    return status == SHIRE_OK
               ? shire_gate_sharing_end(call->store, &call->actor, number, last, error)
               : status;
}

static shire_status print_sharing(const shire_gate_sharing *sharing, void *context,
                                  shire_error *error) {
    shire_cli_access *call = context;
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, sharing->agreement_no);
    const char *categories = shire_gate_categories_format(sharing->categories, call->arena);
    const shire_cli_access_cell cells[] = {
        {"number", number, 3},
        {"owner", sharing->owner, 10},
        {"recipient", sharing->recipient, 10},
        {"purpose", shire_gate_name(SHIRE_GATE_PURPOSES, sharing->purpose), 14},
        {"from", shire_cli_access_format_day(call, sharing->from), 10},
        {"until", shire_cli_access_format_day(call, sharing->until), 10},
        {"reference", sharing->reference, 12},
        {"categories", categories == NULL ? "" : categories, 0}};
    return shire_cli_access_print(call, cells, sizeof cells / sizeof cells[0], error);
}

static shire_status list_agreements(shire_cli_access *call, shire_error *error) {
    return shire_gate_sharing_scan(call->store, print_sharing, call, error);
}

/* ---- a folder ---- */

static void print_problem(const char *sentence, void *context) {
    (void)context;
    fprintf(stderr, "shire access: %s\n", sentence);
}

static shire_status load_folder(shire_cli_access *call, shire_error *error) {
    shire_gate_folder_counts counts = {0};
    char texts[5][24];
    shire_status status =
        shire_gate_folder_load(call->store, &call->actor, call->words[1], call->organisations,
                               call->organisation_count, print_problem, NULL, &counts, error);
    const size_t numbers[] = {counts.accounts, counts.teams, counts.members, counts.agreements,
                              counts.relationships};
    static const char *const names[] = {"accounts", "teams", "members", "agreements",
                                        "relationships"};
    for (size_t i = 0; i < 5 && status == SHIRE_OK; i++) {
        snprintf(texts[i], sizeof texts[i], "%zu", numbers[i]);
        if (!call->json) {
            printf("%-13s  %s added\n", names[i], texts[i]);
        }
    }
    if (status == SHIRE_OK && call->json) {
        const shire_cli_access_cell cells[] = {{names[0], texts[0], 0},
                                               {names[1], texts[1], 0},
                                               {names[2], texts[2], 0},
                                               {names[3], texts[3], 0},
                                               {names[4], texts[4], 0}};
        status = shire_cli_access_print(call, cells, 5, error);
    }
    return status;
}

/* ---- commands ---- */

typedef enum access_mode {
    ACCESS_READS,
    ACCESS_CHANGES,
    ACCESS_BEGINS /* changes, and begins the transaction itself */
} access_mode;

static const struct {
    const char *group;
    const char *name; /* NULL: the group is the command */
    size_t word_count;
    access_mode mode;
    shire_status (*run)(shire_cli_access *call, shire_error *error);
    shire_status (*then)(shire_cli_access *call, shire_error *error); /* once it is committed */
} commands[] = {
    {"account", "add", 3, ACCESS_CHANGES, add_account, NULL},
    {"account", "list", 2, ACCESS_READS, list_accounts, NULL},
    {"account", "disable", 3, ACCESS_CHANGES, disable_account, NULL},
    {"account", "enable", 3, ACCESS_CHANGES, disable_account, NULL},
    {"account", "password", 3, ACCESS_BEGINS, set_password, NULL},
    {"account", "code", 3, ACCESS_CHANGES, shire_cli_access_code, NULL},
    {"account", "token", 3, ACCESS_CHANGES, make_token, NULL},
    {"account", "identity", 3, ACCESS_CHANGES, set_identity, NULL},
    {"code-key", "rotate", 2, ACCESS_CHANGES, shire_cli_access_rotate_code_key,
     shire_cli_access_drop_old_code_key},
    {"team", "add", 4, ACCESS_CHANGES, add_team, NULL},
    {"team", "member", 5, ACCESS_CHANGES, add_member, NULL},
    {"team", "list", 2, ACCESS_READS, list_teams, NULL},
    {"agreement", "add", 2, ACCESS_CHANGES, add_agreement, NULL},
    {"agreement", "end", 3, ACCESS_CHANGES, end_agreement, NULL},
    {"agreement", "list", 2, ACCESS_READS, list_agreements, NULL},
    {"consent", "add", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"consent", "end", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"consent", "list", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"opt-out", "add", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"opt-out", "end", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"opt-out", "list", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"seal", "add", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"seal", "end", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"seal", "list", 3, ACCESS_CHANGES, shire_cli_access_wish, NULL},
    {"load", NULL, 2, ACCESS_CHANGES, load_folder, NULL},
    {"explain", NULL, 3, ACCESS_CHANGES, shire_cli_access_explain, NULL},
    {"roles", NULL, 1, ACCESS_READS, shire_cli_access_roles, NULL},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static size_t find_command(const shire_cli_access *call) {
    size_t i = 0;
    while (i < COMMAND_COUNT &&
           !(call->word_count == commands[i].word_count &&
             strcmp(call->words[0], commands[i].group) == 0 &&
             (commands[i].name == NULL || strcmp(call->words[1], commands[i].name) == 0))) {
        i++;
    }
    return i;
}

static shire_status read_organisations(shire_cli_access *call, shire_error *error) {
    shire_csv csv;
    const char *path =
        shire_arena_format(call->arena, "%s/organisations.csv", call->partnership.dir);
    shire_status status = path == NULL
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                              : shire_csv_read(path, FILE_BYTES_MAX, call->arena, &csv, error);
    if (status != SHIRE_OK) {
        return status;
    }
    call->organisations =
        shire_arena_alloc_array(call->arena, csv.row_count, sizeof *call->organisations);
    if (call->organisations == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    for (size_t row = 0; row < csv.row_count; row++) {
        call->organisations[row] = shire_csv_cell(&csv, row, shire_csv_column(&csv, "code")).bytes;
    }
    call->organisation_count = csv.row_count;
    return SHIRE_OK;
}

static shire_status run_command(shire_cli_access *call, const char *dir, size_t number,
                                shire_error *error) {
    access_mode mode = commands[number].mode;
    shire_status status = shire_partnership_open(dir, call->arena, &call->partnership, error);
    if (status == SHIRE_OK) {
        status = read_organisations(call, error);
    }
    if (status == SHIRE_OK) {
        status = shire_cli_open_store(dir, SHIRE_STORE_WRITE, call->arena, &call->store, error);
    }
    if (status == SHIRE_OK && mode == ACCESS_CHANGES) {
        status = shire_store_begin(call->store, error);
    }
    if (status == SHIRE_OK) {
        call->actor = (shire_gate_actor){.account = shire_audit_account(call->arena),
                                         .organisation = "",
                                         .purpose = call->why == NULL ? "" : call->why};
        status = commands[number].run(call, error);
    }
    if (status == SHIRE_OK && mode != ACCESS_READS) {
        status = shire_audit_sign_all(&call->partnership, call->store, error);
    }
    if (status == SHIRE_OK && mode != ACCESS_READS) {
        status = shire_store_commit(call->store, error);
    }
    if (status == SHIRE_OK && commands[number].then != NULL) {
        status = commands[number].then(call, error);
    }
    if (status == SHIRE_OK && call->json) {
        json_t *rows = call->rows == NULL ? json_array() : call->rows;
        call->rows = NULL;
        status = shire_json_print(rows, stdout, error);
    }
    return status;
}

int shire_cli_access_main(int argc, char **argv) {
    shire_cli_access call = {.now = (int64_t)time(NULL)};
    shire_error error = {0};
    const char *dir = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
    }
    shire_status status = parse(argc, argv, &call, &dir, &error);
    if (status != SHIRE_OK) {
        return shire_cli_fail("access", &error);
    }
    size_t number = call.word_count == 0 ? COMMAND_COUNT : find_command(&call);
    if (number == COMMAND_COUNT) {
        return shire_cli_usage("access", "name the folder and a command with what it needs");
    }
    status = shire_arena_new("access_arena", 0, &call.arena, &error);
    if (status == SHIRE_OK) {
        status = run_command(&call, dir, number, &error);
    }
    json_decref(call.rows);
    shire_store_close(call.store);
    shire_arena_wipe_free(call.arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("access", &error);
}
