/* The site's templates and files as bytes; made at build time by web/site/build.mjs. */
#ifndef SHIRE_WEB_ASSETS_H
#define SHIRE_WEB_ASSETS_H

#include "core/text.h"

typedef struct shire_web_template {
    const char *name;
    shire_span source;
} shire_web_template;

typedef struct shire_web_file {
    const char *path; /* "/assets/HASH/NAME": another content has another path */
    const char *type;
    shire_span plain;
    shire_span packed; /* by gzip */
} shire_web_file;

extern const shire_web_template shire_web_templates[];
extern const size_t shire_web_template_count;
extern const shire_web_file shire_web_files[];
extern const size_t shire_web_file_count;
extern const shire_span shire_web_openapi; /* the description of /api/v1, JSON */

#endif
