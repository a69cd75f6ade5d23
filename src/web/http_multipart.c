/* One pass: a part's headers line by line, then its content up to the next delimiter, which is
 * searched for once. Contents are not copied but those of fields. */
#include "web/http_multipart.h"

#include <string.h>

#define BOUNDARY_BYTES_MAX 70 /* RFC 2046 */

typedef struct parsing {
    shire_span rest;
    char delimiter[BOUNDARY_BYTES_MAX + 5]; /* CR LF -- and the boundary, terminated */
    shire_arena *arena;
    shire_http_field *fields;
    size_t field_count;
    shire_http_file *files;
    size_t file_count;
} parsing;

typedef struct part_header {
    shire_span name; /* without bytes: none yet */
    shire_span type;
    bool is_file;
} part_header;

static shire_status broken(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_INVALID, "the form that was sent is not well formed");
}

static bool begins(shire_span text, const char *with) {
    size_t length = strlen(with);
    return text.length >= length && strncasecmp(text.bytes, with, length) == 0;
}

static shire_span after(shire_span text, size_t length) {
    return (shire_span){text.bytes + length, text.length - length};
}

/* `; name="value"; other=value`: the value of a parameter, quotes taken off; false without it. A
 * quoted value ends at the next quote: browsers send quotes in it as %22. */
static bool find_parameter(shire_span text, const char *name, shire_span *value_out) {
    while (text.length > 0) {
        const char *mark = memchr(text.bytes, ';', text.length);
        if (mark == NULL) {
            return false;
        }
        text = shire_span_trim(after(text, (size_t)(mark - text.bytes) + 1));
        const char *equals = memchr(text.bytes == NULL ? "" : text.bytes, '=', text.length);
        if (equals == NULL) {
            return false;
        }
        shire_span key = {text.bytes, (size_t)(equals - text.bytes)};
        text = after(text, key.length + 1);
        bool is_quoted = text.length > 0 && text.bytes[0] == '"';
        text = after(text, is_quoted);
        const char *end = memchr(text.bytes, is_quoted ? '"' : ';', text.length);
        if (is_quoted && end == NULL) {
            return false;
        }
        shire_span value = {text.bytes, end == NULL ? text.length : (size_t)(end - text.bytes)};
        text = after(text, value.length + is_quoted);
        if (key.length == strlen(name) && begins(key, name)) {
            *value_out = is_quoted ? value : shire_span_trim(value);
            return true;
        }
    }
    return false;
}

bool shire_http_is_multipart(const char *content_type) {
    static const char name[] = "multipart/form-data";
    size_t length = sizeof name - 1;
    return content_type != NULL && strncasecmp(content_type, name, length) == 0 &&
           (content_type[length] == ';' || content_type[length] == ' ' ||
            content_type[length] == '\0');
}

static shire_status keep_text(shire_span text, shire_arena *arena, shire_span *kept_out,
                              shire_error *error) {
    if (!shire_text_is_utf8(text) || (text.length > 0 && memchr(text.bytes, '\0', text.length))) {
        return broken(error);
    }
    const char *kept =
        shire_arena_copy_text(arena, text.length == 0 ? "" : text.bytes, text.length);
    if (kept == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "the request is larger than its memory");
    }
    *kept_out = (shire_span){kept, text.length};
    return SHIRE_OK;
}

/* Lines up to an empty one. */
static shire_status read_headers(parsing *p, part_header *part_out, shire_error *error) {
    size_t bytes = 0;
    for (;;) {
        const char *end = memmem(p->rest.bytes, p->rest.length, "\r\n", 2);
        if (end == NULL) {
            return broken(error);
        }
        shire_span line = {p->rest.bytes, (size_t)(end - p->rest.bytes)};
        p->rest = after(p->rest, line.length + 2);
        bytes += line.length + 2;
        if (bytes > SHIRE_HTTP_PART_HEADER_BYTES_MAX) {
            return broken(error);
        }
        if (line.length == 0) {
            return part_out->name.bytes == NULL ? broken(error) : SHIRE_OK;
        }
        shire_status status = SHIRE_OK;
        shire_span value = {NULL, 0};
        if (begins(line, "content-disposition:")) {
            part_out->is_file = find_parameter(line, "filename", &value) ||
                                find_parameter(line, "filename*", &value);
            status = find_parameter(line, "name", &value)
                         ? keep_text(value, p->arena, &part_out->name, error)
                         : broken(error);
        } else if (begins(line, "content-type:")) {
            value = shire_span_trim(after(line, strlen("content-type:")));
            status = keep_text(value, p->arena, &part_out->type, error);
        }
        if (status != SHIRE_OK) {
            return status;
        }
    }
}

static shire_status read_part(parsing *p, shire_error *error) {
    part_header part = {.type = {"", 0}};
    shire_status status = read_headers(p, &part, error);
    if (status != SHIRE_OK) {
        return status;
    }
    /* The line break before a delimiter belongs to it. */
    const char *end = memmem(p->rest.bytes, p->rest.length, p->delimiter, strlen(p->delimiter));
    if (end == NULL || p->field_count + p->file_count == SHIRE_HTTP_PARTS_MAX) {
        return broken(error);
    }
    shire_span content = {p->rest.bytes, (size_t)(end - p->rest.bytes)};
    p->rest = after(p->rest, content.length + strlen(p->delimiter));
    if (part.is_file) {
        p->files[p->file_count++] = (shire_http_file){part.name, part.type, content};
        return SHIRE_OK;
    }
    shire_http_field *field = &p->fields[p->field_count++];
    field->name = part.name;
    return keep_text(content, p->arena, &field->value, error);
}

static bool read_boundary(const char *content_type, parsing *p) {
    shire_span boundary;
    if (!shire_http_is_multipart(content_type) ||
        !find_parameter(shire_span_of(content_type), "boundary", &boundary) ||
        boundary.length == 0 || boundary.length > BOUNDARY_BYTES_MAX) {
        return false;
    }
    memcpy(p->delimiter, "\r\n--", 4);
    memcpy(p->delimiter + 4, boundary.bytes, boundary.length);
    return true;
}

shire_status shire_http_multipart_parse(const char *content_type, shire_span body,
                                        shire_arena *arena, shire_http_fields *fields_out,
                                        shire_http_files *files_out, shire_error *error) {
    parsing p = {.rest = body, .arena = arena};
    shire_status status = SHIRE_OK;
    if (!read_boundary(content_type, &p) || !begins(body, p.delimiter + 2) ||
        memcmp(body.bytes, p.delimiter + 2, strlen(p.delimiter + 2)) != 0) {
        return broken(error);
    }
    p.fields = shire_arena_alloc_array(arena, SHIRE_HTTP_PARTS_MAX, sizeof *p.fields);
    p.files = shire_arena_alloc_array(arena, SHIRE_HTTP_PARTS_MAX, sizeof *p.files);
    if (p.fields == NULL || p.files == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "the request is larger than its memory");
    }
    p.rest = after(body, strlen(p.delimiter + 2));
    while (status == SHIRE_OK && begins(p.rest, "\r\n")) {
        p.rest = after(p.rest, 2);
        status = read_part(&p, error);
    }
    if (status == SHIRE_OK && !begins(p.rest, "--")) {
        status = broken(error);
    }
    if (status == SHIRE_OK) {
        *fields_out = (shire_http_fields){p.fields, p.field_count};
        *files_out = (shire_http_files){p.files, p.file_count};
    }
    return status;
}

const shire_http_file *shire_http_file_find(const shire_http_files *files, const char *name) {
    for (size_t i = 0; i < files->count; i++) {
        if (shire_span_equal(files->items[i].name, shire_span_of(name))) {
            return files->items[i].content.length > 0 ? &files->items[i] : NULL;
        }
    }
    return NULL;
}
