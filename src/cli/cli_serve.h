/* The verb `serve`. */
#ifndef SHIRE_CLI_SERVE_H
#define SHIRE_CLI_SERVE_H

int shire_cli_serve(int argc, char **argv);

#endif
