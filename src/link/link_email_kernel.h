/*
 * Whether an e-mail address says more of a person than the name: jane.smith@, j.smith@ and smithj@
 * are what every Jane Smith is given, so that two who share the address are namesakes at least, and
 * perhaps no more. Pure.
 */
#ifndef SHIRE_LINK_EMAIL_KERNEL_H
#define SHIRE_LINK_EMAIL_KERNEL_H

#include "core/text.h"

#include <stdbool.h>

#define SHIRE_LINK_EMAIL_WORDS_MAX 8 /* of a name that are looked at */

/*
 * True when the part before the @ (or all, without one) is made of nothing but beginnings of words
 * of the name, each once and in any order, the year of birth in four or two digits, and . - _ +
 * between them. All texts normalised; date: eight digits, or empty when it is not known.
 */
bool shire_link_email_is_name(shire_span email, const shire_span *words, size_t word_count,
                              shire_span date);

#endif
