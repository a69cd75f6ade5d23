/*
 * Rendering: walks the steps with a stack of contexts. A name is looked up from the innermost
 * context outwards; of a dotted name only the first word is, the rest must lie in what it found.
 */
#include "io/template_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64
#define STEPS_MAX 4000000
#define NAME_BYTES_MAX 64

typedef struct rendering {
    const shire_template_set *set;
    const shire_template *template;
    const json_t *contexts[DEPTH_MAX]; /* the outermost first */
    size_t context_count;
    int part_depth;
    int64_t step_count;
    shire_builder indent; /* of all parts that are open */
    shire_builder *text;
    shire_error *error;
} rendering;

static shire_status bad_step(const rendering *state, const shire_template_step *step,
                             const char *problem) {
    int length = step->text.length > NAME_BYTES_MAX ? NAME_BYTES_MAX : (int)step->text.length;
    return SHIRE_FAIL(state->error, SHIRE_INTERNAL, "template %s, line %d: %.*s %s",
                      state->template->name, step->line, length, step->text.bytes, problem);
}

static const json_t *member(const json_t *object, shire_span name) {
    return json_is_object(object) ? json_object_getn(object, name.bytes, name.length) : NULL;
}

/* The value of a name; NULL when there is none. */
static const json_t *look_up(const rendering *state, shire_span name) {
    if (name.length == 1 && name.bytes[0] == '.') {
        return state->contexts[state->context_count - 1];
    }
    const char *dot = memchr(name.bytes, '.', name.length);
    shire_span word = {name.bytes, dot == NULL ? name.length : (size_t)(dot - name.bytes)};
    const json_t *value = NULL;
    for (size_t i = state->context_count; value == NULL && i-- > 0;) {
        value = member(state->contexts[i], word);
    }
    while (value != NULL && dot != NULL) {
        shire_span rest = {dot + 1, name.length - (size_t)(dot + 1 - name.bytes)};
        dot = memchr(rest.bytes, '.', rest.length);
        word = (shire_span){rest.bytes, dot == NULL ? rest.length : (size_t)(dot - rest.bytes)};
        value = member(value, word);
    }
    return value;
}

static bool is_nothing(const json_t *value) {
    return value == NULL || json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static void append_value(shire_builder *text, const json_t *value, bool escaped) {
    char number[40];
    shire_span span = {"", 0};
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_STRING:
        span = (shire_span){json_string_value(value), json_string_length(value)};
        break;
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        span = shire_span_of(number);
        break;
    case JSON_REAL:
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(number, sizeof number, "%.*g", digits, json_real_value(value));
            if (strtod(number, NULL) == json_real_value(value)) {
                break;
            }
        }
        span = shire_span_of(number);
        break;
    case JSON_TRUE:
        span = shire_span_of("true");
        break;
    case JSON_FALSE:
        span = shire_span_of("false");
        break;
    default:
        return;
    }
    if (escaped) {
        shire_builder_append_html(text, span);
    } else {
        shire_builder_append(text, span);
    }
}

static void append_text(rendering *state, const shire_template_step *step) {
    if (state->indent.length == 0) {
        shire_builder_append(state->text, step->text);
        return;
    }
    shire_span indent = {state->indent.bytes, state->indent.length};
    shire_span rest = step->text;
    bool line_begins = step->starts_line;
    if (rest.length == 0 && line_begins) {
        shire_builder_append(state->text, indent);
    }
    while (rest.length > 0) {
        const char *newline = memchr(rest.bytes, '\n', rest.length);
        size_t length = newline == NULL ? rest.length : (size_t)(newline + 1 - rest.bytes);
        if (line_begins && rest.bytes[0] != '\n' && rest.bytes[0] != '\r') {
            shire_builder_append(state->text, indent);
        }
        shire_builder_append(state->text, (shire_span){rest.bytes, length});
        rest = (shire_span){rest.bytes + length, rest.length - length};
        line_begins = true;
    }
}

static shire_status render_steps(rendering *state, size_t first, size_t last);

static shire_status render_inside(rendering *state, const json_t *context, size_t first,
                                  size_t last) {
    if (state->context_count == DEPTH_MAX) {
        return bad_step(state, &state->template->steps[first - 1], "is nested too deeply");
    }
    state->contexts[state->context_count++] = context;
    shire_status status = render_steps(state, first, last);
    state->context_count--;
    return status;
}

static shire_status render_section(rendering *state, size_t index) {
    const shire_template_step *step = &state->template->steps[index];
    const json_t *value = look_up(state, step->text);
    if (value == NULL && state->set->names == SHIRE_TEMPLATE_NAMES_REQUIRED) {
        return bad_step(state, step, "has no value");
    }
    if (step->kind == SHIRE_STEP_INVERTED) {
        return is_nothing(value) ? render_steps(state, index + 1, step->end) : SHIRE_OK;
    }
    if (is_nothing(value)) {
        return SHIRE_OK;
    }
    if (!json_is_array(value)) {
        return render_inside(state, value, index + 1, step->end);
    }
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < json_array_size(value); i++) {
        status = render_inside(state, json_array_get(value, i), index + 1, step->end);
    }
    return status;
}

static shire_status render_part(rendering *state, const shire_template_step *step) {
    const shire_template *part = shire_template_find(state->set, step->text);
    if (part == NULL) {
        return state->set->names == SHIRE_TEMPLATE_NAMES_REQUIRED
                   ? bad_step(state, step, "is no template")
                   : SHIRE_OK;
    }
    if (state->part_depth == DEPTH_MAX) {
        return bad_step(state, step, "is nested too deeply");
    }
    const shire_template *caller = state->template;
    size_t indent_length = state->indent.length;
    shire_builder_append(&state->indent, step->indent);
    state->part_depth++;
    state->template = part;
    shire_status status = render_steps(state, 0, part->step_count);
    state->template = caller;
    state->part_depth--;
    if (state->indent.bytes != NULL) {
        state->indent.bytes[indent_length] = '\0';
        state->indent.length = indent_length;
    }
    return status;
}

static shire_status render_steps(rendering *state, size_t first, size_t last) {
    shire_status status = SHIRE_OK;
    for (size_t i = first; status == SHIRE_OK && i < last;) {
        const shire_template_step *step = &state->template->steps[i];
        bool is_section = step->kind == SHIRE_STEP_SECTION || step->kind == SHIRE_STEP_INVERTED;
        if (++state->step_count > STEPS_MAX) {
            return bad_step(state, step, "is one step too many; does a part call itself?");
        }
        if (step->kind == SHIRE_STEP_TEXT) {
            append_text(state, step);
        } else if (is_section) {
            status = render_section(state, i);
        } else if (step->kind == SHIRE_STEP_PART) {
            status = render_part(state, step);
        } else {
            const json_t *value = look_up(state, step->text);
            if (value == NULL && state->set->names == SHIRE_TEMPLATE_NAMES_REQUIRED) {
                return bad_step(state, step, "has no value");
            }
            append_value(state->text, value, step->kind == SHIRE_STEP_ESCAPED);
        }
        i = is_section ? step->end : i + 1;
    }
    return status;
}

shire_status shire_template_render(const shire_template_set *set, const char *name,
                                   const json_t *values, shire_builder *text, shire_error *error) {
    rendering state = {.set = set,
                       .template = shire_template_find(set, shire_span_of(name)),
                       .contexts = {values},
                       .context_count = 1,
                       .text = text,
                       .error = error};
    if (state.template == NULL) {
        return SHIRE_FAIL(error, SHIRE_INTERNAL, "there is no template %s", name);
    }
    shire_status status = render_steps(&state, 0, state.template->step_count);
    if (status == SHIRE_OK && (text->failed || state.indent.failed)) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    shire_builder_free(&state.indent);
    return status;
}
