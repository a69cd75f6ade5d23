/* shire backup DIR FILE and shire restore FILE DIR. */
#ifndef SHIRE_CLI_CLI_BACKUP_H
#define SHIRE_CLI_CLI_BACKUP_H

int shire_cli_backup(int argc, char **argv);
int shire_cli_restore(int argc, char **argv);

#endif
