/* shire link history DIR PERSON, shire link undo DIR CHANGE. */
#ifndef SHIRE_CLI_CLI_LINK_HISTORY_H
#define SHIRE_CLI_CLI_LINK_HISTORY_H

int shire_cli_link_history(int argc, char **argv);
int shire_cli_link_undo(int argc, char **argv);

#endif
