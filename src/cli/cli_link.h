/* The verb `shire link`. */
#ifndef SHIRE_CLI_CLI_LINK_H
#define SHIRE_CLI_CLI_LINK_H

int shire_cli_link(int argc, char **argv);

#endif
