/* The verb `shire synth`. */
#ifndef SHIRE_CLI_CLI_SYNTH_H
#define SHIRE_CLI_CLI_SYNTH_H

int shire_cli_synth(int argc, char **argv);

#endif
