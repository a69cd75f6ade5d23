/*
 * YAML through libyaml's events, made into a tree by recursive descent. Depth is bounded, and what
 * could make a small file large (aliases) is refused.
 */
#include "io/yaml.h"

#include "io/file.h"

#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 16

typedef struct reader {
    yaml_parser_t parser;
    const char *path;
    shire_arena *arena;
} reader;

static int line_of(const yaml_event_t *event) {
    return (int)event->start_mark.line + 1;
}

static shire_status fail_at(const reader *from, int line, const char *problem, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s, line %d: %s", from->path, line, problem);
}

static shire_status no_memory(const reader *from, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while reading it", from->path);
}

static shire_status next_event(reader *from, yaml_event_t *event, shire_error *error) {
    if (yaml_parser_parse(&from->parser, event)) {
        return SHIRE_OK;
    }
    if (from->parser.error == YAML_MEMORY_ERROR) {
        return no_memory(from, error);
    }
    bool has_mark = from->parser.error != YAML_READER_ERROR;
    int line = has_mark ? (int)from->parser.problem_mark.line + 1 : (int)from->parser.mark.line + 1;
    const char *problem = from->parser.problem == NULL ? "no YAML" : from->parser.problem;
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s, line %d: %s", from->path, line, problem);
}

static shire_status copy_scalar(const reader *from, const yaml_event_t *event,
                                const char **text_out, shire_error *error) {
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    if (memchr(value, '\0', length) != NULL) {
        return fail_at(from, line_of(event), "a NUL character is no text", error);
    }
    *text_out = shire_arena_copy_text(from->arena, value, length);
    return *text_out == NULL ? no_memory(from, error) : SHIRE_OK;
}

static shire_status read_scalar(const reader *from, const yaml_event_t *event,
                                shire_yaml_node *node, shire_error *error) {
    node->kind = SHIRE_YAML_SCALAR;
    shire_status status = copy_scalar(from, event, &node->text, error);
    if (status == SHIRE_OK && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        node->is_null = strcmp(node->text, "") == 0 || strcmp(node->text, "~") == 0 ||
                        strcmp(node->text, "null") == 0;
        node->text = node->is_null ? "" : node->text;
    }
    return status;
}

static shire_status check_plain(const reader *from, const yaml_event_t *event, shire_error *error) {
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor != NULL || tag != NULL || event->type == YAML_ALIAS_EVENT) {
        return fail_at(from, line_of(event),
                       "anchors (&), aliases (*) and tags (!) are not read; write the text itself, "
                       "in quotes where it starts with such a sign",
                       error);
    }
    return SHIRE_OK;
}

static shire_status read_node(reader *from, const yaml_event_t *event, int depth,
                              shire_yaml_node *node, shire_error *error);

/* The key is in `event`; reads the value that follows. */
static shire_status read_member(reader *from, const yaml_event_t *event, int depth,
                                const shire_yaml_node *map, shire_yaml_node *node,
                                shire_error *error) {
    shire_status status = check_plain(from, event, error);
    if (status == SHIRE_OK && event->type != YAML_SCALAR_EVENT) {
        status =
            fail_at(from, line_of(event), "a key is text; this one is a list or mapping", error);
    }
    const char *key = NULL;
    if (status == SHIRE_OK) {
        status = copy_scalar(from, event, &key, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    const shire_yaml_node *before = shire_yaml_member(map, key);
    if (before != NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, line %d: the key \"%s\" stands on line %d already; keep one",
                          from->path, line_of(event), key, before->line);
    }
    int line = line_of(event);
    yaml_event_t value;
    status = next_event(from, &value, error);
    if (status == SHIRE_OK) {
        status = read_node(from, &value, depth, node, error);
        yaml_event_delete(&value);
    }
    node->key = key;
    node->line = line;
    return status;
}

static shire_status read_children(reader *from, int depth, shire_yaml_node *parent,
                                  shire_error *error) {
    const shire_yaml_node **link = &parent->first;
    shire_status status = SHIRE_OK;
    while (status == SHIRE_OK) {
        yaml_event_t event;
        status = next_event(from, &event, error);
        if (status != SHIRE_OK) {
            break;
        }
        if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        shire_yaml_node *child = shire_arena_alloc(from->arena, sizeof *child);
        if (child == NULL) {
            status = no_memory(from, error);
        } else if (parent->kind == SHIRE_YAML_MAP) {
            status = read_member(from, &event, depth + 1, parent, child, error);
        } else {
            status = read_node(from, &event, depth + 1, child, error);
        }
        yaml_event_delete(&event);
        *link = child;
        link = child == NULL ? link : &child->next;
    }
    return status;
}

static shire_status read_node(reader *from, const yaml_event_t *event, int depth,
                              shire_yaml_node *node, shire_error *error) {
    *node = (shire_yaml_node){.line = line_of(event), .text = ""};
    shire_status status = check_plain(from, event, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (event->type == YAML_SCALAR_EVENT) {
        return read_scalar(from, event, node, error);
    }
    if (depth >= DEPTH_MAX) {
        return fail_at(from, node->line, "too deeply nested", error);
    }
    node->kind = event->type == YAML_SEQUENCE_START_EVENT ? SHIRE_YAML_LIST : SHIRE_YAML_MAP;
    return read_children(from, depth, node, error);
}

/* Stream start, document start, root, document end, stream end. */
static shire_status read_stream(reader *from, shire_yaml_node *root, shire_error *error) {
    *root = (shire_yaml_node){.kind = SHIRE_YAML_MAP, .line = 1, .text = ""};
    bool has_document = false;
    for (;;) {
        yaml_event_t event;
        shire_status status = next_event(from, &event, error);
        if (status != SHIRE_OK) {
            return status;
        }
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && has_document) {
            status = fail_at(from, line_of(&event), "a second document; keep one", error);
        } else if (type == YAML_DOCUMENT_START_EVENT) {
            has_document = true;
        } else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_END_EVENT &&
                   type != YAML_STREAM_END_EVENT) {
            status = read_node(from, &event, 0, root, error);
        }
        yaml_event_delete(&event);
        if (status != SHIRE_OK || type == YAML_STREAM_END_EVENT) {
            return status;
        }
    }
}

shire_status shire_yaml_read(const char *path, size_t limit_bytes, shire_arena *arena,
                             const shire_yaml_node **root_out, shire_error *error) {
    shire_span contents;
    shire_status status = shire_file_read(path, limit_bytes, arena, &contents, error);
    if (status != SHIRE_OK) {
        return status;
    }
    reader from = {.path = path, .arena = arena};
    shire_yaml_node *root = shire_arena_alloc(arena, sizeof *root);
    if (root == NULL || !yaml_parser_initialize(&from.parser)) {
        return no_memory(&from, error);
    }
    yaml_parser_set_input_string(&from.parser, (const unsigned char *)contents.bytes,
                                 contents.length);
    status = read_stream(&from, root, error);
    yaml_parser_delete(&from.parser);
    if (status != SHIRE_OK) {
        return status;
    }
    if (root->kind == SHIRE_YAML_SCALAR && root->is_null) {
        root->kind = SHIRE_YAML_MAP;
    }
    *root_out = root;
    return SHIRE_OK;
}

const shire_yaml_node *shire_yaml_member(const shire_yaml_node *map, const char *key) {
    for (const shire_yaml_node *member = map->first; member != NULL; member = member->next) {
        if (member->key != NULL && strcmp(member->key, key) == 0) {
            return member;
        }
    }
    return NULL;
}
