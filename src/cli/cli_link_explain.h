/* shire link explain DIR pair A B, shire link explain DIR person ID. */
#ifndef SHIRE_CLI_CLI_LINK_EXPLAIN_H
#define SHIRE_CLI_CLI_LINK_EXPLAIN_H

int shire_cli_link_explain(int argc, char **argv);

#endif
