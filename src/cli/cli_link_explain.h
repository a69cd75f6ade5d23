/* shire link explain DIR pair A B, shire link explain DIR person ID; and the pair of
 * `shire link FILE --explain A B`. */
#ifndef SHIRE_CLI_CLI_LINK_EXPLAIN_H
#define SHIRE_CLI_CLI_LINK_EXPLAIN_H

#include "link/link_explain.h"

int shire_cli_link_explain(int argc, char **argv);

/* Prints why two records of files are one person or are not, for people or as one JSON object. */
shire_status shire_cli_link_explain_print(const shire_link_basis *basis,
                                          const shire_link_pair_explanation *pair, bool json,
                                          shire_error *error) SHIRE_MUST_CHECK;

#endif
