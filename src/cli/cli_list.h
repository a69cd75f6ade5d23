/* shire list: see the usage text. */
#ifndef SHIRE_CLI_CLI_LIST_H
#define SHIRE_CLI_CLI_LIST_H

int shire_cli_list(int argc, char **argv);

#endif
