/*
 * YAML settings as a tree whose every node knows its line, so that whoever checks the settings can
 * name file, line and key. A deliberate subset: one document of mappings with text keys, lists and
 * scalars. Anchors, aliases, tags, repeated keys and a second document are refused.
 */
#ifndef SHIRE_IO_YAML_H
#define SHIRE_IO_YAML_H

#include "core/arena.h"
#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum shire_yaml_kind { SHIRE_YAML_SCALAR, SHIRE_YAML_LIST, SHIRE_YAML_MAP } shire_yaml_kind;

typedef struct shire_yaml_node {
    shire_yaml_kind kind;
    int line;         /* from 1 */
    const char *key;  /* of a mapping's member, else NULL */
    const char *text; /* of a scalar; empty for one that is null (nothing, ~ or null, unquoted) */
    bool is_null;
    const struct shire_yaml_node *first; /* of a list or mapping, in the file's order */
    const struct shire_yaml_node *next;  /* in the same list or mapping */
} shire_yaml_node;

/* Reads a file of at most limit_bytes. The tree lives in `arena`. SHIRE_INVALID with file and line
 * for what is no YAML of this subset; an empty document is an empty mapping. */
shire_status shire_yaml_read(const char *path, size_t limit_bytes, shire_arena *arena,
                             const shire_yaml_node **root_out, shire_error *error) SHIRE_MUST_CHECK;

/* The mapping's member of that name, or NULL. */
const shire_yaml_node *shire_yaml_member(const shire_yaml_node *map, const char *key);

#endif
