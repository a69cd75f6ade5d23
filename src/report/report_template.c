/* One pass over the template: text is copied, tags are looked up. A stack of open sections says
 * whether what is read is wanted. */
#include "report/report_template.h"

#include <string.h>

#define DEPTH_MAX 8
#define NAME_BYTES_MAX 64

typedef struct section {
    shire_span name;
    bool wanted;
} section;

typedef struct reading {
    shire_span template;
    size_t position;
    section open[DEPTH_MAX];
    size_t depth;
} reading;

static bool wanted(const reading *state) {
    return state->depth == 0 || state->open[state->depth - 1].wanted;
}

static int line_of(const reading *state) {
    int line = 1;
    for (size_t i = 0; i < state->position && i < state->template.length; i++) {
        line += state->template.bytes[i] == '\n';
    }
    return line;
}

/* The position of `mark` from `from` on, or the template's length. */
static size_t find(shire_span template, size_t from, const char *mark) {
    const char *found = from < template.length ? memmem(template.bytes + from,
                                                        template.length - from, mark, strlen(mark))
                                               : NULL;
    return found == NULL ? template.length : (size_t)(found - template.bytes);
}

static const shire_report_value *look_up(const shire_report_value *values, size_t value_count,
                                         shire_span name) {
    for (size_t i = 0; i < value_count; i++) {
        if (shire_span_equal(shire_span_of(values[i].name), name)) {
            return &values[i];
        }
    }
    return NULL;
}

static shire_status bad_tag(const reading *state, shire_span name, const char *problem,
                            shire_error *error) {
    int length = name.length > NAME_BYTES_MAX ? NAME_BYTES_MAX : (int)name.length;
    return SHIRE_FAIL(error, SHIRE_INTERNAL, "the page template, line %d: %.*s %s", line_of(state),
                      length, name.bytes, problem);
}

static shire_status open_section(reading *state, shire_span name, bool wants_value, bool has_value,
                                 shire_error *error) {
    if (state->depth == DEPTH_MAX) {
        return bad_tag(state, name, "is nested too deeply", error);
    }
    bool keep = wanted(state) && wants_value == has_value;
    state->open[state->depth++] = (section){name, keep};
    return SHIRE_OK;
}

static shire_status take_tag(reading *state, shire_span tag, bool raw,
                             const shire_report_value *values, size_t value_count,
                             shire_builder *html, shire_error *error) {
    char sign = tag.length > 0 ? tag.bytes[0] : '\0';
    bool section_tag = sign == '#' || sign == '^' || sign == '/';
    shire_span name = section_tag ? (shire_span){tag.bytes + 1, tag.length - 1} : tag;
    if (sign == '/') {
        if (state->depth == 0 || !shire_span_equal(state->open[state->depth - 1].name, name)) {
            return bad_tag(state, name, "closes a section that is not open", error);
        }
        state->depth--;
        return SHIRE_OK;
    }
    const shire_report_value *value = look_up(values, value_count, name);
    if (value == NULL) {
        return bad_tag(state, name, "has no value", error);
    }
    if (section_tag) {
        return open_section(state, name, sign == '#', value->value.length > 0, error);
    }
    if (wanted(state) && raw) {
        shire_builder_append(html, value->value);
    } else if (wanted(state)) {
        shire_builder_append_html(html, value->value);
    }
    return SHIRE_OK;
}

shire_status shire_report_template_fill(shire_span template, const shire_report_value *values,
                                        size_t value_count, shire_builder *html,
                                        shire_error *error) {
    reading state = {.template = template};
    while (state.position < template.length) {
        size_t tag = find(template, state.position, "{{");
        if (wanted(&state)) {
            shire_builder_append(
                html, (shire_span){template.bytes + state.position, tag - state.position});
        }
        state.position = tag;
        if (tag == template.length) {
            break;
        }
        bool raw = tag + 2 < template.length && template.bytes[tag + 2] == '{';
        size_t start = tag + (raw ? 3 : 2);
        size_t end = find(template, start, raw ? "}}}" : "}}");
        if (end == template.length) {
            return bad_tag(&state, shire_span_of("a tag"), "does not end", error);
        }
        shire_span name = {template.bytes + start, end - start};
        shire_status status = take_tag(&state, name, raw, values, value_count, html, error);
        if (status != SHIRE_OK) {
            return status;
        }
        state.position = end + (raw ? 3 : 2);
    }
    if (state.depth > 0) {
        return bad_tag(&state, state.open[state.depth - 1].name, "is a section that does not close",
                       error);
    }
    return SHIRE_OK;
}
