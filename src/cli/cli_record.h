/* shire record: what is written in Shire itself about people. */
#ifndef SHIRE_CLI_CLI_RECORD_H
#define SHIRE_CLI_CLI_RECORD_H

int shire_cli_record(int argc, char **argv);

#endif
