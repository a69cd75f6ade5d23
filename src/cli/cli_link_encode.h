/* shire link encode. */
#ifndef SHIRE_CLI_CLI_LINK_ENCODE_H
#define SHIRE_CLI_CLI_LINK_ENCODE_H

/* argv[0] is "encode"; gives the exit status. */
int shire_cli_link_encode(int argc, char **argv);

#endif
