/* The verb `shire report`. */
#ifndef SHIRE_CLI_CLI_REPORT_H
#define SHIRE_CLI_CLI_REPORT_H

int shire_cli_report(int argc, char **argv);

#endif
