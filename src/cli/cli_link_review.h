/* shire link review DIR, shire link decide DIR. */
#ifndef SHIRE_CLI_CLI_LINK_REVIEW_H
#define SHIRE_CLI_CLI_LINK_REVIEW_H

int shire_cli_link_review(int argc, char **argv);
int shire_cli_link_decide(int argc, char **argv);

#endif
