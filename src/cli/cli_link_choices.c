/* Which columns play which roles, from the options of `shire link` and `shire link encode`. */
#include "cli/cli_link_choices.h"

#include <string.h>

shire_status shire_cli_link_add_choice(shire_cli_link_choices *chosen,
                                       shire_link_column_choice choice, shire_error *error) {
    for (size_t i = 0; i < chosen->count; i++) {
        if (choice.role != SHIRE_LINK_ROLE_OTHER && chosen->choices[i].role == choice.role) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "the role '%s' stands twice; give it once",
                              shire_link_role_name(choice.role));
        }
    }
    if (chosen->count == SHIRE_LINK_COLUMNS_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "more than %d columns", SHIRE_LINK_COLUMNS_MAX);
    }
    chosen->choices[chosen->count++] = choice;
    return SHIRE_OK;
}

/* Takes "ROLE=rest" apart; `rest_out` points into `text`, without the blanks around it. */
static shire_status split_role(const char *option, char *text, shire_link_role *role_out,
                               char **rest_out, shire_error *error) {
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s takes ROLE=COLUMN, not '%s'", option, text);
    }
    shire_span rest = shire_span_trim(shire_span_of(equals + 1));
    if (rest.length == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s takes ROLE=COLUMN, not '%s'", option, text);
    }
    *rest_out = equals + 1 + (rest.bytes - (equals + 1));
    (*rest_out)[rest.length] = '\0';
    shire_span name = shire_span_trim((shire_span){text, (size_t)(equals - text)});
    return shire_link_role_parse(name, role_out, error);
}

shire_status shire_cli_link_add_columns(shire_cli_link_choices *chosen, char *list,
                                        shire_error *error) {
    shire_status status = SHIRE_OK;
    for (char *save = NULL, *item = strtok_r(list, ",", &save); item != NULL && status == SHIRE_OK;
         item = strtok_r(NULL, ",", &save)) {
        shire_link_column_choice choice = {0};
        char *column = NULL;
        status = split_role("--columns", item, &choice.role, &column, error);
        choice.column = column;
        if (status == SHIRE_OK) {
            status = shire_cli_link_add_choice(chosen, choice, error);
        }
    }
    return status;
}

shire_status shire_cli_link_add_expression(shire_cli_link_choices *chosen, char *text,
                                           shire_error *error) {
    shire_link_column_choice choice = {0};
    char *expression = NULL;
    shire_status status = split_role("--column", text, &choice.role, &expression, error);
    choice.expression = expression;
    return status == SHIRE_OK ? shire_cli_link_add_choice(chosen, choice, error) : status;
}
