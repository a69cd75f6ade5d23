/* shire explain DIR person ID | DIR event ID: where a cost comes from, down to ledger lines. */
#ifndef SHIRE_CLI_CLI_EXPLAIN_H
#define SHIRE_CLI_CLI_EXPLAIN_H

int shire_cli_explain(int argc, char **argv);

#endif
