/*
 * The options that say which column plays which role: --columns ROLE=COLUMN,... and --column
 * ROLE=EXPRESSION. What is chosen points into the arguments, which are taken apart in place.
 */
#ifndef SHIRE_CLI_CLI_LINK_CHOICES_H
#define SHIRE_CLI_CLI_LINK_CHOICES_H

#include "link/link_file.h"

typedef struct shire_cli_link_choices {
    shire_link_column_choice choices[SHIRE_LINK_COLUMNS_MAX];
    size_t count;
} shire_cli_link_choices;

/* SHIRE_INVALID for an unknown role, one that stands twice (but for other), or too many. */
shire_status shire_cli_link_add_choice(shire_cli_link_choices *chosen,
                                       shire_link_column_choice choice,
                                       shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_cli_link_add_columns(shire_cli_link_choices *chosen, char *list,
                                        shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_cli_link_add_expression(shire_cli_link_choices *chosen, char *text,
                                           shire_error *error) SHIRE_MUST_CHECK;

#endif
