/*
 * Mustache templates (the language of github.com/mustache/spec without lambdas) over JSON values:
 * {{name}} with its HTML escaped, {{{name}}} and {{&name}} as it is, {{#name}}...{{/name}} once for
 * a value and once an element for a list, {{^name}}...{{/name}} when there is nothing, {{>part}},
 * {{! comment }} and {{=<% %>=}}.
 *
 * Nothing is: no such name, null, false, the empty text, the empty list. 0 is something. Numbers
 * are put in the shortest form that reads back the same; lists and objects as text are empty.
 *
 * A set holds templates that may name each other as parts. It is built by one thread; once built,
 * any number of threads may render from it.
 */
#ifndef SHIRE_IO_TEMPLATE_H
#define SHIRE_IO_TEMPLATE_H

#include "core/text.h"
#include "io/json.h"

typedef struct shire_template_set shire_template_set;

typedef enum shire_template_names {
    SHIRE_TEMPLATE_NAMES_MAY_LACK, /* as the specification has it: an unknown name is nothing */
    SHIRE_TEMPLATE_NAMES_REQUIRED  /* an unknown name, part included, is a mistake */
} shire_template_names;

shire_status shire_template_set_new(shire_template_names names, shire_template_set **set_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
/* NULL is allowed. */
void shire_template_set_free(shire_template_set *set);

/*
 * Compile a template. Neither `name` nor `source` is copied: both must outlive the set. The first
 * template of a name stands. SHIRE_INTERNAL, naming template, line and tag, when the source is not
 * well formed: templates are ours.
 */
shire_status shire_template_add(shire_template_set *set, const char *name, shire_span source,
                                shire_error *error) SHIRE_MUST_CHECK;

/*
 * Append the filled template to `text`. SHIRE_INTERNAL for an unknown template, for parts or
 * sections nested deeper than 64, for more than four million steps (a part that calls itself), and
 * for what SHIRE_TEMPLATE_NAMES_REQUIRED refuses; SHIRE_NO_MEMORY. No value is in an error.
 */
shire_status shire_template_render(const shire_template_set *set, const char *name,
                                   const json_t *values, shire_builder *text,
                                   shire_error *error) SHIRE_MUST_CHECK;

#endif
