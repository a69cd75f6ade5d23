/* The verb `shire audit`. */
#ifndef SHIRE_CLI_CLI_AUDIT_H
#define SHIRE_CLI_CLI_AUDIT_H

int shire_cli_audit(int argc, char **argv);

#endif
