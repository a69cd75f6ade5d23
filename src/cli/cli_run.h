/* The verb `shire run`. */
#ifndef SHIRE_CLI_CLI_RUN_H
#define SHIRE_CLI_CLI_RUN_H

int shire_cli_run(int argc, char **argv);

#endif
