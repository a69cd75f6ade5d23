/*
 * Page templates, a small part of Mustache: {{name}} puts a value in with its HTML escaped,
 * {{{name}}} as it is, {{#name}}...{{/name}} keeps the part when the value is not empty,
 * {{^name}}...{{/name}} when it is. Sections nest; they do not repeat.
 */
#ifndef SHIRE_REPORT_REPORT_TEMPLATE_H
#define SHIRE_REPORT_REPORT_TEMPLATE_H

#include "core/text.h"

typedef struct shire_report_value {
    const char *name;
    shire_span value;
} shire_report_value;

/* Appends the filled template. SHIRE_INTERNAL, naming the tag and line, for a name without a value
 * or a section that does not close: templates are ours. */
shire_status shire_report_template_fill(shire_span template, const shire_report_value *values,
                                        size_t value_count, shire_builder *html,
                                        shire_error *error) SHIRE_MUST_CHECK;

#endif
