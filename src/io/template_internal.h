/* The compiled form of templates, shared by the compiler (template.c) and template_render.c. */
#ifndef SHIRE_IO_TEMPLATE_INTERNAL_H
#define SHIRE_IO_TEMPLATE_INTERNAL_H

#include "io/template.h"

typedef enum shire_template_step_kind {
    SHIRE_STEP_TEXT,
    SHIRE_STEP_ESCAPED,
    SHIRE_STEP_RAW,
    SHIRE_STEP_SECTION,  /* up to `end` for each value */
    SHIRE_STEP_INVERTED, /* up to `end` when there is nothing */
    SHIRE_STEP_PART
} shire_template_step_kind;

typedef struct shire_template_step {
    shire_template_step_kind kind;
    int line;
    shire_span text;   /* the text, or the name of the tag */
    shire_span indent; /* of a part that has a line to itself */
    size_t end;        /* of a section: the step after it */
    bool starts_line;  /* of text: a line begins here, so that an indented part indents it */
} shire_template_step;

typedef struct shire_template {
    const char *name;
    shire_template_step *steps;
    size_t step_count;
    size_t step_capacity;
} shire_template;

struct shire_template_set {
    shire_template *templates;
    size_t template_count;
    size_t template_capacity;
    shire_template_names names;
};

const shire_template *shire_template_find(const shire_template_set *set, shire_span name);

#endif
