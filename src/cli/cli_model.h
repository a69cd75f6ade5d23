/* The verb `shire model`. */
#ifndef SHIRE_CLI_CLI_MODEL_H
#define SHIRE_CLI_CLI_MODEL_H

int shire_cli_model(int argc, char **argv);

#endif
