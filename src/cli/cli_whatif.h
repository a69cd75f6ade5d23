/* The verb `shire whatif`. */
#ifndef SHIRE_CLI_CLI_WHATIF_H
#define SHIRE_CLI_CLI_WHATIF_H

int shire_cli_whatif(int argc, char **argv);

#endif
