/*
 * The compiler of templates: one pass over the source makes a flat array of steps, a section
 * knowing where it ends. A tag that puts nothing in and stands alone on its line takes the line
 * with it, so text is cut before the tag's indentation and goes on after the line's end.
 */
#include "core/arena.h"
#include "io/template_internal.h"

#include <string.h>

#define DEPTH_MAX 64
#define NAME_BYTES_MAX 64
#define DELIMITER_BYTES_MAX 16

typedef struct compiling {
    shire_template *template;
    shire_span source;
    size_t position;
    int line; /* of `position` */
    shire_span opening;
    shire_span closing;
    size_t open[DEPTH_MAX]; /* steps of the open sections */
    size_t depth;
} compiling;

/* A tag as it stands in the source. */
typedef struct source_tag {
    size_t start;
    size_t end; /* after the closing delimiter */
    char sign;  /* 0 for a plain name */
    shire_span name;
    bool alone;        /* on its line, and of a kind that then takes the line with it */
    size_t line_start; /* when alone */
    size_t line_end;   /* after the line's end, when alone */
} source_tag;

static shire_status bad_tag(const compiling *state, shire_span name, const char *problem,
                            shire_error *error) {
    int length = name.length > NAME_BYTES_MAX ? NAME_BYTES_MAX : (int)name.length;
    return SHIRE_FAIL(error, SHIRE_INTERNAL, "template %s, line %d: %.*s %s", state->template->name,
                      state->line, length, name.bytes, problem);
}

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a template");
}

/* The position of `mark` from `from` on, or the length of the source. */
static size_t find(shire_span source, size_t from, shire_span mark) {
    const char *found = from < source.length ? memmem(source.bytes + from, source.length - from,
                                                      mark.bytes, mark.length)
                                             : NULL;
    return found == NULL ? source.length : (size_t)(found - source.bytes);
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

static shire_span trim_blanks(shire_span text) {
    while (text.length > 0 && (is_blank(text.bytes[0]) || text.bytes[0] == '\n')) {
        text.bytes++;
        text.length--;
    }
    while (text.length > 0 &&
           (is_blank(text.bytes[text.length - 1]) || text.bytes[text.length - 1] == '\n')) {
        text.length--;
    }
    return text;
}

static bool starts_line(shire_span source, size_t position) {
    return position == 0 || source.bytes[position - 1] == '\n';
}

static shire_status add_step(shire_template *template, shire_template_step step,
                             shire_error *error) {
    if (template->step_count == template->step_capacity) {
        size_t capacity = template->step_capacity == 0 ? 32 : template->step_capacity * 2;
        shire_template_step *steps = shire_memory_resize(template->steps, capacity * sizeof *steps);
        if (steps == NULL) {
            return no_memory(error);
        }
        template->steps = steps;
        template->step_capacity = capacity;
    }
    template->steps[template->step_count++] = step;
    return SHIRE_OK;
}

static void advance(compiling *state, size_t position) {
    for (size_t i = state->position; i < position; i++) {
        state->line += state->source.bytes[i] == '\n';
    }
    state->position = position;
}

/* Text up to `end`. An inline tag at the start of a line gets an empty text before it, which an
 * indented part fills with its indentation. */
static shire_status add_text(compiling *state, size_t end, bool inline_tag_follows,
                             shire_error *error) {
    shire_status status = SHIRE_OK;
    if (end > state->position) {
        shire_template_step step = {
            .kind = SHIRE_STEP_TEXT,
            .line = state->line,
            .text = {state->source.bytes + state->position, end - state->position},
            .starts_line = starts_line(state->source, state->position)};
        status = add_step(state->template, step, error);
    }
    advance(state, end);
    if (status == SHIRE_OK && inline_tag_follows && starts_line(state->source, end)) {
        shire_template_step step = {
            .kind = SHIRE_STEP_TEXT, .line = state->line, .text = {"", 0}, .starts_line = true};
        status = add_step(state->template, step, error);
    }
    return status;
}

/* Whether nothing but blanks surrounds the tag on its line, and where that line starts and ends. */
static void find_line(shire_span source, source_tag *tag) {
    size_t start = tag->start;
    while (start > 0 && is_blank(source.bytes[start - 1])) {
        start--;
    }
    size_t end = tag->end;
    while (end < source.length && is_blank(source.bytes[end])) {
        end++;
    }
    bool ends = end == source.length || source.bytes[end] == '\n';
    if (!ends && source.bytes[end] == '\r' && end + 1 < source.length &&
        source.bytes[end + 1] == '\n') {
        end++;
        ends = true;
    }
    tag->alone = ends && starts_line(source, start);
    tag->line_start = start;
    tag->line_end = end < source.length ? end + 1 : end;
}

static shire_status read_tag(compiling *state, size_t start, source_tag *tag, shire_error *error) {
    shire_span source = state->source;
    size_t inside = start + state->opening.length;
    char sign = inside < source.length ? source.bytes[inside] : '\0';
    bool has_sign = sign != '\0' && strchr("#^/>&!={", sign) != NULL;
    shire_span closing = state->closing;
    char closing_mark[DELIMITER_BYTES_MAX + 2];
    if (has_sign && (sign == '{' || sign == '=')) {
        closing_mark[0] = sign == '{' ? '}' : '=';
        memcpy(closing_mark + 1, state->closing.bytes, state->closing.length);
        closing = (shire_span){closing_mark, state->closing.length + 1};
    }
    inside += has_sign;
    size_t end = find(source, inside, closing);
    if (end >= source.length) {
        advance(state, start);
        return bad_tag(state, shire_span_of("a tag"), "does not end", error);
    }
    tag->start = start;
    tag->end = end + closing.length;
    tag->sign = has_sign ? sign : '\0';
    tag->name = trim_blanks((shire_span){source.bytes + inside, end - inside});
    if (has_sign && strchr("#^/>!=", sign) != NULL) {
        find_line(source, tag);
    }
    return SHIRE_OK;
}

static shire_status set_delimiters(compiling *state, shire_span name, shire_error *error) {
    size_t first = 0;
    while (first < name.length && !is_blank(name.bytes[first])) {
        first++;
    }
    shire_span rest = trim_blanks((shire_span){name.bytes + first, name.length - first});
    if (first == 0 || rest.length == 0 || first > DELIMITER_BYTES_MAX ||
        rest.length > DELIMITER_BYTES_MAX || memchr(rest.bytes, ' ', rest.length) != NULL) {
        return bad_tag(state, name, "is no pair of delimiters", error);
    }
    state->opening = (shire_span){name.bytes, first};
    state->closing = rest;
    return SHIRE_OK;
}

static shire_status close_section(compiling *state, shire_span name, shire_error *error) {
    shire_template *template = state->template;
    if (state->depth == 0 ||
        !shire_span_equal(template->steps[state->open[state->depth - 1]].text, name)) {
        return bad_tag(state, name, "closes a section that is not open", error);
    }
    template->steps[state->open[--state->depth]].end = template->step_count;
    return SHIRE_OK;
}

static shire_status take_tag(compiling *state, const source_tag *tag, shire_error *error) {
    shire_template_step step = {.line = state->line, .text = tag->name};
    if (tag->sign != '!' && tag->sign != '=' && tag->name.length == 0) {
        return bad_tag(state, shire_span_of("a tag"), "has no name", error);
    }
    switch (tag->sign) {
    case '!':
        return SHIRE_OK;
    case '=':
        return set_delimiters(state, tag->name, error);
    case '/':
        return close_section(state, tag->name, error);
    case '#':
    case '^':
        if (state->depth == DEPTH_MAX) {
            return bad_tag(state, tag->name, "is nested too deeply", error);
        }
        state->open[state->depth++] = state->template->step_count;
        step.kind = tag->sign == '#' ? SHIRE_STEP_SECTION : SHIRE_STEP_INVERTED;
        break;
    case '>':
        step.kind = SHIRE_STEP_PART;
        if (tag->alone) {
            step.indent =
                (shire_span){state->source.bytes + tag->line_start, tag->start - tag->line_start};
        }
        break;
    default:
        step.kind = tag->sign == '\0' ? SHIRE_STEP_ESCAPED : SHIRE_STEP_RAW;
    }
    return add_step(state->template, step, error);
}

static shire_status compile(compiling *state, shire_error *error) {
    shire_status status = SHIRE_OK;
    while (status == SHIRE_OK && state->position < state->source.length) {
        size_t start = find(state->source, state->position, state->opening);
        if (start >= state->source.length) {
            status = add_text(state, state->source.length, false, error);
            break;
        }
        source_tag tag = {0};
        status = read_tag(state, start, &tag, error);
        if (status == SHIRE_OK) {
            status = add_text(state, tag.alone ? tag.line_start : start, !tag.alone, error);
        }
        if (status == SHIRE_OK) {
            advance(state, start);
            status = take_tag(state, &tag, error);
            advance(state, tag.alone ? tag.line_end : tag.end);
        }
    }
    if (status == SHIRE_OK && state->depth > 0) {
        shire_template_step *open = &state->template->steps[state->open[state->depth - 1]];
        state->line = open->line;
        status = bad_tag(state, open->text, "is a section that does not close", error);
    }
    return status;
}

shire_status shire_template_set_new(shire_template_names names, shire_template_set **set_out,
                                    shire_error *error) {
    shire_template_set *set = shire_memory_resize(NULL, sizeof *set);
    if (set == NULL) {
        return no_memory(error);
    }
    *set = (shire_template_set){.names = names};
    *set_out = set;
    return SHIRE_OK;
}

void shire_template_set_free(shire_template_set *set) {
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->template_count; i++) {
        shire_memory_free(set->templates[i].steps);
    }
    shire_memory_free(set->templates);
    shire_memory_free(set);
}

shire_status shire_template_add(shire_template_set *set, const char *name, shire_span source,
                                shire_error *error) {
    if (set->template_count == set->template_capacity) {
        size_t capacity = set->template_capacity == 0 ? 16 : set->template_capacity * 2;
        shire_template *templates =
            shire_memory_resize(set->templates, capacity * sizeof *templates);
        if (templates == NULL) {
            return no_memory(error);
        }
        set->templates = templates;
        set->template_capacity = capacity;
    }
    shire_template template = {.name = name};
    compiling state = {.template = &template,
                       .source = source,
                       .line = 1,
                       .opening = shire_span_of("{{"),
                       .closing = shire_span_of("}}")};
    shire_status status = compile(&state, error);
    if (status == SHIRE_OK) {
        set->templates[set->template_count++] = template;
    } else {
        shire_memory_free(template.steps);
    }
    return status;
}

const shire_template *shire_template_find(const shire_template_set *set, shire_span name) {
    for (size_t i = 0; i < set->template_count; i++) {
        if (shire_span_equal(shire_span_of(set->templates[i].name), name)) {
            return &set->templates[i];
        }
    }
    return NULL;
}
