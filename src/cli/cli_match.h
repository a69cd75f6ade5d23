/* The verb `shire match`. */
#ifndef SHIRE_CLI_CLI_MATCH_H
#define SHIRE_CLI_CLI_MATCH_H

int shire_cli_match(int argc, char **argv);

#endif
