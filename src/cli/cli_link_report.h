/* shire link report DIR. */
#ifndef SHIRE_CLI_CLI_LINK_REPORT_H
#define SHIRE_CLI_CLI_LINK_REPORT_H

int shire_cli_link_report(int argc, char **argv);

#endif
