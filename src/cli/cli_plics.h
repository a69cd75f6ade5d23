/* shire check DIR plics FILE... and shire report DIR plics: see shire_cli_check and
 * shire_cli_report, which hand over when "plics" follows the folder. */
#ifndef SHIRE_CLI_CLI_PLICS_H
#define SHIRE_CLI_CLI_PLICS_H

#include <stdbool.h>

/* True when the first argument that is no option is followed by "plics". */
bool shire_cli_wants_plics(int argc, char **argv);

int shire_cli_check_plics(int argc, char **argv);
int shire_cli_report_plics(int argc, char **argv);

#endif
