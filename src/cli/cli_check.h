/* The verb `shire check`. */
#ifndef SHIRE_CLI_CLI_CHECK_H
#define SHIRE_CLI_CLI_CHECK_H

int shire_cli_check(int argc, char **argv);

#endif
