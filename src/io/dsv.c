/*
 * The reader of delimited text: a window slides over the file; the splitter cuts records out of
 * it. A record that cannot be cut is given as a fault and reading goes on with the next physical
 * line, so that one stray quote costs one line and not the rest of the file. Records that are not
 * UTF-8 are recoded and cut again, one by one: clean text is never copied.
 */
#include "io/dsv.h"

#include "core/arena.h"
#include "io/dsv_internal.h"
#include "io/dsv_source.h"

#include <stdio.h>
#include <string.h>

/* The window starts small, since most files are, and is this wide from its second filling on. */
#define WINDOW_BYTES_FIRST (1u << 16)
#define WINDOW_BYTES (1u << 20)

struct shire_dsv_reader {
    shire_arena *arena; /* the column names */
    shire_dsv_source source;
    shire_dsv_options options;
    char delimiter, quote, line_end;
    bool drained; /* the source has no more */
    shire_dsv_block window;
    shire_dsv_place place; /* of the next record in the window */
    int64_t line;          /* of the next record */
    shire_dsv_block scratch;
    shire_dsv_fields fields;
    shire_dsv_column *columns;
    size_t column_count;
    size_t field_count_min; /* up to the last column that has a name */
    bool has_unnamed;
    shire_dsv_facts facts;
};

static shire_status out_of_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for reading a file");
}

/* Move what is left of the window to its front and read on; grows when a record fills it. */
static shire_status refill(shire_dsv_reader *reader, bool mark, shire_error *error) {
    shire_dsv_block *window = &reader->window;
    size_t kept = window->length - reader->place.byte;
    if (kept > 0 && reader->place.byte > 0) {
        memmove(window->bytes, window->bytes + reader->place.byte, kept);
    }
    window->length = kept;
    reader->place = (shire_dsv_place){0};
    size_t capacity = window->capacity == 0             ? WINDOW_BYTES_FIRST
                      : window->capacity < WINDOW_BYTES ? WINDOW_BYTES
                      : kept > window->capacity / 2     ? window->capacity * 2
                                                        : window->capacity;
    if (!shire_dsv_block_reserve(window, capacity)) {
        return out_of_memory(error);
    }
    while (!reader->drained && window->capacity - window->length >= 16) {
        size_t got = 0;
        shire_status status = shire_dsv_source_read(&reader->source, window->bytes + window->length,
                                                    window->capacity - window->length, &got, error);
        if (status != SHIRE_OK) {
            return status;
        }
        reader->drained = got == 0;
        window->length += got;
    }
    if (mark && !shire_dsv_block_mark(window, reader->delimiter, reader->quote)) {
        return out_of_memory(error);
    }
    return SHIRE_OK;
}

/* Go to the start of the next physical line, quotes or not. */
static shire_status skip_line(shire_dsv_reader *reader, shire_error *error) {
    for (;;) {
        const shire_dsv_block *window = &reader->window;
        for (size_t mark = reader->place.mark; mark < window->mark_count; mark++) {
            if (window->bytes[window->marks[mark]] == reader->line_end) {
                reader->place = (shire_dsv_place){window->marks[mark] + 1u, mark + 1};
                reader->line++;
                return SHIRE_OK;
            }
        }
        reader->place = (shire_dsv_place){window->length, window->mark_count};
        if (reader->drained) {
            return SHIRE_OK;
        }
        shire_status status = refill(reader, true, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
}

/* Recode a record and cut it again from the scratch block; false in *whole_out when it then falls
 * apart otherwise. */
static shire_status split_recoded(shire_dsv_reader *reader, shire_span raw, bool *whole_out,
                                  shire_error *error) {
    bool recoded = false;
    if (!shire_dsv_block_reserve(&reader->scratch, raw.length * 3)) {
        return out_of_memory(error);
    }
    bool has_nul = memchr(raw.bytes, '\0', raw.length) != NULL;
    reader->scratch.length = shire_dsv_recode(raw, reader->scratch.bytes, &recoded);
    if (has_nul && reader->facts.nul_count++ == 0) {
        reader->facts.nul_line = reader->line;
    }
    if (recoded && reader->facts.recoded_count++ == 0) {
        reader->facts.recoded_line = reader->line;
    }
    if (!shire_dsv_block_mark(&reader->scratch, reader->delimiter, reader->quote)) {
        return out_of_memory(error);
    }
    shire_dsv_split split;
    shire_dsv_split_result result =
        shire_dsv_split_record(&reader->scratch, (shire_dsv_place){0}, reader->delimiter,
                               reader->quote, reader->line_end, true, &reader->fields, &split);
    /* Recoding takes no mark away and adds none, but leaving out a NUL may join two. */
    if (result == SHIRE_DSV_SPLIT_NO_MEMORY) {
        return out_of_memory(error);
    }
    *whole_out = result == SHIRE_DSV_SPLIT_DONE;
    return SHIRE_OK;
}

typedef struct record_cut {
    shire_dsv_fault fault;
    shire_dsv_split split;
    bool at_end; /* the record ends with the file, without a line end */
} record_cut;

/* Cut the record at the place into reader->fields, reading on as needed. */
static shire_status cut_record(shire_dsv_reader *reader, record_cut *cut_out, shire_error *error) {
    *cut_out = (record_cut){0};
    for (;;) {
        shire_dsv_block *window = &reader->window;
        shire_dsv_split_result result = shire_dsv_split_record(
            window, reader->place, reader->delimiter, reader->quote, reader->line_end,
            reader->drained, &reader->fields, &cut_out->split);
        switch (result) {
        case SHIRE_DSV_SPLIT_NO_MEMORY:
            return out_of_memory(error);
        case SHIRE_DSV_SPLIT_TOO_MANY:
            cut_out->fault = SHIRE_DSV_TOO_LONG;
            return SHIRE_OK;
        case SHIRE_DSV_SPLIT_QUOTE_TEXT:
            cut_out->fault = SHIRE_DSV_QUOTE_TEXT;
            return SHIRE_OK;
        case SHIRE_DSV_SPLIT_DONE: {
            size_t end = cut_out->split.after.byte;
            cut_out->at_end = reader->drained && end == window->length && end > 0 &&
                              window->bytes[end - 1] != reader->line_end;
            shire_span raw = {window->bytes + reader->place.byte, end - reader->place.byte};
            bool dirty = (window->has_nul && memchr(raw.bytes, '\0', raw.length) != NULL) ||
                         (window->has_high && !shire_text_is_utf8(raw));
            bool whole = true;
            shire_status status = dirty ? split_recoded(reader, raw, &whole, error) : SHIRE_OK;
            cut_out->fault = whole ? SHIRE_DSV_GOOD : SHIRE_DSV_QUOTE_TEXT;
            return status;
        }
        case SHIRE_DSV_SPLIT_MORE:
            break;
        }
        bool in_quotes = cut_out->split.in_quotes;
        if (reader->drained) { /* only an open quote asks for more than there is */
            bool whole_lines = window->bytes[window->length - 1] == reader->line_end;
            cut_out->fault = whole_lines ? SHIRE_DSV_QUOTE_OPEN : SHIRE_DSV_CUT_OFF;
            return SHIRE_OK;
        }
        if (window->length - reader->place.byte >= SHIRE_DSV_RECORD_BYTES_MAX) {
            cut_out->fault = in_quotes ? SHIRE_DSV_QUOTE_OPEN : SHIRE_DSV_TOO_LONG;
            return SHIRE_OK;
        }
        shire_status status = refill(reader, true, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
}

/* --- the start of a file --- */

/* Delimiters of each kind in one line, outside quotes. Returns the start of the next line. */
static size_t count_delimiters(const shire_dsv_reader *reader, size_t at, const char *kinds,
                               int counts[4], bool *blank_out) {
    const shire_dsv_block *window = &reader->window;
    bool quoted = false;
    *blank_out = true;
    memset(counts, 0, 4 * sizeof counts[0]);
    for (; at < window->length; at++) {
        char byte = window->bytes[at];
        quoted ^= byte == reader->quote;
        if (byte == reader->line_end && !quoted) {
            return at + 1;
        }
        const char *kind = quoted || byte == '\0' ? NULL : strchr(kinds, byte);
        if (kind != NULL) {
            counts[kind - kinds]++;
        }
        *blank_out &= byte == ' ' || byte == '\r' || byte == '\t' || byte == '\n';
    }
    return at;
}

/*
 * Pass over title lines ("Report of March"): lines without any delimiter before the first of two
 * lines that have equally many. Then the delimiter is the one that the header has most of.
 */
static void find_header(shire_dsv_reader *reader) {
    static const char kinds[] = ",;\t|";
    size_t at = reader->place.byte;
    int64_t line = reader->line, lines_seen = 0;
    int best_before = 0, kind_before = 0;
    size_t at_before = at;
    int64_t line_before = line;
    for (; lines_seen < 16 && at < reader->window.length; lines_seen++, line++) {
        int counts[4], kind = 0;
        bool blank;
        size_t start = at;
        at = count_delimiters(reader, at, kinds, counts, &blank);
        for (int i = 1; i < 4; i++) {
            kind = counts[i] > counts[kind] ? i : kind;
        }
        if (lines_seen == 0 && (counts[kind] > 0 || reader->options.skip_given)) {
            reader->delimiter = reader->delimiter == 0 ? kinds[kind] : reader->delimiter;
            return;
        }
        if (best_before > 0 && counts[kind_before] == best_before) {
            reader->delimiter = reader->delimiter == 0 ? kinds[kind_before] : reader->delimiter;
            reader->place.byte = at_before;
            reader->facts.title_count = line_before - reader->line;
            reader->line = line_before;
            return;
        }
        best_before = counts[kind];
        kind_before = kind;
        at_before = start;
        line_before = line;
    }
    reader->delimiter = reader->delimiter == 0 ? kinds[kind_before] : reader->delimiter;
}

static void skip_given_lines(shire_dsv_reader *reader) {
    const shire_dsv_block *window = &reader->window;
    for (int64_t i = 0; i < reader->options.skip_lines; i++) {
        const char *start = window->bytes + reader->place.byte;
        const char *end = memchr(start, reader->line_end, window->length - reader->place.byte);
        reader->place.byte = end == NULL ? window->length : (size_t)(end - window->bytes) + 1;
        reader->line += end != NULL;
    }
}

/* Blank lines at the place are passed over; so are comments. True when one was. */
static bool is_passed_over(const shire_dsv_reader *reader) {
    const shire_dsv_block *window = &reader->window;
    size_t at = reader->place.byte;
    if (reader->options.comment != 0 && at < window->length &&
        window->bytes[at] == reader->options.comment) {
        return true;
    }
    while (at < window->length &&
           (window->bytes[at] == ' ' || window->bytes[at] == '\t' || window->bytes[at] == '\r') &&
           window->bytes[at] != reader->delimiter && window->bytes[at] != reader->line_end) {
        at++;
    }
    return at < window->length ? window->bytes[at] == reader->line_end : reader->drained;
}

/* A name that no earlier column has, letter case aside: as DuckDB, name, name_1, name_2. */
static const char *unique_name(shire_dsv_reader *reader, size_t column, const char *name) {
    const char *candidate = name;
    for (int suffix = 1;; suffix++) {
        bool taken = false;
        for (size_t i = 0; i < column && !taken; i++) {
            taken = reader->columns[i].name != NULL &&
                    shire_span_equal_ignoring_case(shire_span_of(reader->columns[i].name),
                                                   shire_span_of(candidate));
        }
        if (!taken) {
            return candidate;
        }
        candidate = shire_arena_format(reader->arena, "%s_%d", name, suffix);
        if (candidate == NULL) {
            return NULL;
        }
    }
}

/* What the options call the column; empty when they do not. */
static shire_span given_name(const shire_dsv_reader *reader, size_t index) {
    shire_span names = shire_span_of(reader->options.names == NULL ? "" : reader->options.names);
    for (size_t i = 0;; i++) {
        const char *end =
            names.length == 0 ? NULL : memchr(names.bytes, SHIRE_DSV_NAME_END, names.length);
        size_t length = end == NULL ? names.length : (size_t)(end - names.bytes);
        if (i == index) {
            return (shire_span){names.bytes, length};
        }
        if (end == NULL) {
            return (shire_span){NULL, 0};
        }
        names = (shire_span){end + 1, names.length - length - 1};
    }
}

static shire_status name_columns(shire_dsv_reader *reader, shire_error *error) {
    size_t count = reader->fields.count;
    int digits = snprintf(NULL, 0, "%zu", count - 1);
    reader->columns = shire_arena_alloc_array(reader->arena, count, sizeof *reader->columns);
    if (reader->columns == NULL) {
        return out_of_memory(error);
    }
    reader->column_count = count;
    for (size_t i = 0; i < count; i++) {
        shire_span given = given_name(reader, i);
        shire_span text = given.length > 0 ? given : shire_span_trim(reader->fields.spans[i]);
        const char *name = reader->options.without_header && given.length == 0
                               ? shire_arena_format(reader->arena, "column%0*zu", digits, i)
                               : shire_arena_copy_text(reader->arena, text.bytes, text.length);
        if (name == NULL) {
            return out_of_memory(error);
        }
        if (*name == '\0') {
            reader->has_unnamed = true;
            continue;
        }
        reader->columns[i].name = unique_name(reader, i, name);
        if (reader->columns[i].name == NULL) {
            return out_of_memory(error);
        }
        reader->columns[i].renamed = reader->columns[i].name != name;
        reader->field_count_min = i + 1;
    }
    return SHIRE_OK;
}

static shire_status read_header(shire_dsv_reader *reader, shire_error *error) {
    shire_status status = refill(reader, false, error);
    if (status != SHIRE_OK) {
        return status;
    }
    bool has_lf = reader->window.length > 0 &&
                  memchr(reader->window.bytes, '\n', reader->window.length) != NULL;
    bool has_cr = reader->window.length > 0 &&
                  memchr(reader->window.bytes, '\r', reader->window.length) != NULL;
    reader->line_end = !has_lf && has_cr ? '\r' : '\n';
    if (reader->window.length > 0) {
        skip_given_lines(reader);
        find_header(reader);
    }
    size_t start = reader->place.byte;
    if (!shire_dsv_block_mark(&reader->window, reader->delimiter, reader->quote)) {
        return out_of_memory(error);
    }
    while (reader->place.mark < reader->window.mark_count &&
           reader->window.marks[reader->place.mark] < start) {
        reader->place.mark++;
    }
    while (reader->place.byte < reader->window.length && is_passed_over(reader)) {
        status = skip_line(reader, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    if (reader->place.byte == reader->window.length) {
        reader->facts.empty = true;
        reader->facts.finished = true;
        return SHIRE_OK;
    }
    record_cut cut;
    status = cut_record(reader, &cut, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (cut.fault != SHIRE_DSV_GOOD) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "line %lld, the header, has a quote that is not closed rightly, or is "
                          "cut off; mend it",
                          (long long)reader->line);
    }
    if (!reader->options.without_header) { /* else the record is still to be given, as it is */
        shire_dsv_undouble(&reader->fields, reader->quote);
    }
    status = name_columns(reader, error);
    if (status == SHIRE_OK && !reader->options.without_header) {
        reader->place = cut.split.after;
        reader->line += cut.split.line_count;
    }
    return status;
}

shire_status shire_dsv_open(const char *path, const shire_dsv_options *options,
                            shire_dsv_reader **reader_out, shire_error *error) {
    shire_dsv_reader *reader = shire_memory_resize(NULL, sizeof *reader);
    if (reader == NULL) {
        return out_of_memory(error);
    }
    *reader = (shire_dsv_reader){
        .options = options == NULL ? (shire_dsv_options){0} : *options,
        .source = {.file = -1},
        .line = 1,
    };
    reader->delimiter = reader->options.delimiter;
    reader->quote = reader->options.quote == 0 ? '"' : reader->options.quote;
    shire_status status = shire_arena_new("dsv", 0, &reader->arena, error);
    if (status == SHIRE_OK) {
        status = shire_dsv_source_open(path, &reader->source, error);
    }
    if (status == SHIRE_OK) {
        reader->facts.encoding = reader->source.encoding;
        status = read_header(reader, error);
    }
    if (status != SHIRE_OK) {
        shire_dsv_close(reader);
        return status;
    }
    *reader_out = reader;
    return SHIRE_OK;
}

void shire_dsv_close(shire_dsv_reader *reader) {
    if (reader == NULL) {
        return;
    }
    shire_dsv_source_close(&reader->source);
    shire_dsv_block_free(&reader->window);
    shire_dsv_block_free(&reader->scratch);
    shire_dsv_fields_free(&reader->fields);
    shire_arena_free(reader->arena);
    shire_memory_free(reader);
}

size_t shire_dsv_column_count(const shire_dsv_reader *reader) {
    return reader->column_count;
}

const shire_dsv_column *shire_dsv_columns(const shire_dsv_reader *reader) {
    return reader->columns;
}

const shire_dsv_facts *shire_dsv_reader_facts(const shire_dsv_reader *reader) {
    return &reader->facts;
}

/* --- records --- */

static bool all_blank(const shire_dsv_fields *fields, size_t first) {
    for (size_t i = first; i < fields->count; i++) {
        if (fields->spans[i].length > 0 && shire_span_trim(fields->spans[i]).length > 0) {
            return false;
        }
    }
    return true;
}

/* Bring a cut record to the columns of the file, or find its fault. */
static shire_dsv_fault fit_fields(shire_dsv_reader *reader, bool at_end) {
    shire_dsv_fields *fields = &reader->fields;
    if (fields->count > reader->column_count) {
        if (!all_blank(fields, reader->column_count)) {
            return SHIRE_DSV_TOO_MANY;
        }
        fields->count = reader->column_count;
    }
    if (fields->count < reader->field_count_min) {
        return at_end ? SHIRE_DSV_CUT_OFF : SHIRE_DSV_TOO_FEW;
    }
    /* The spans' capacity covers the header's fields, which were cut with the same array. */
    while (fields->count < reader->column_count) {
        fields->doubled[fields->count] = false;
        fields->spans[fields->count++] = (shire_span){"", 0};
    }
    if (fields->any_doubled) {
        shire_dsv_undouble(fields, reader->quote);
    }
    const char *null_text = reader->options.null_text;
    for (size_t i = 0; null_text != NULL && *null_text != '\0' && i < fields->count; i++) {
        if (shire_span_equal(fields->spans[i], shire_span_of(null_text))) {
            fields->spans[i].length = 0;
        }
    }
    return SHIRE_DSV_GOOD;
}

static void note_unnamed(shire_dsv_reader *reader) {
    for (size_t i = 0; i < reader->column_count; i++) {
        if (reader->columns[i].name == NULL &&
            shire_span_trim(reader->fields.spans[i]).length > 0) {
            if (reader->facts.unnamed_count++ == 0) {
                reader->facts.unnamed_line = reader->line;
            }
            return;
        }
    }
}

/* Deal with the record that was cut. *given_out: it is one for the caller. */
static shire_status take_record(shire_dsv_reader *reader, record_cut *cut,
                                shire_dsv_record *record_out, bool *given_out, shire_error *error) {
    bool blank = cut->fault == SHIRE_DSV_GOOD && all_blank(&reader->fields, 0);
    *given_out = !blank;
    if (blank) {
        if (reader->fields.count > 1 && reader->facts.blank_count++ == 0) {
            reader->facts.blank_line = reader->line;
        }
        reader->place = cut->split.after;
        reader->line += cut->split.line_count;
        return SHIRE_OK;
    }
    size_t field_count = reader->fields.count;
    bool cut_cleanly = cut->fault == SHIRE_DSV_GOOD;
    shire_dsv_fault fault = cut_cleanly ? fit_fields(reader, cut->at_end) : cut->fault;
    *record_out = (shire_dsv_record){.line = reader->line,
                                     .fault = fault,
                                     .field_count = field_count,
                                     .fields = reader->fields.spans};
    if (fault != SHIRE_DSV_GOOD) {
        reader->facts.rejected_count++;
        if (!cut_cleanly) {
            return skip_line(reader, error);
        }
    } else {
        record_out->field_count = reader->column_count;
        reader->facts.record_count++;
        if (reader->has_unnamed) {
            note_unnamed(reader);
        }
    }
    reader->place = cut->split.after;
    reader->line += cut->split.line_count;
    return SHIRE_OK;
}

shire_status shire_dsv_next(shire_dsv_reader *reader, shire_dsv_record *record_out, bool *more_out,
                            shire_error *error) {
    for (bool given = false; !given;) {
        shire_status status = SHIRE_OK;
        if (reader->place.byte == reader->window.length) {
            if (reader->drained) {
                reader->facts.finished = true;
                *more_out = false;
                return SHIRE_OK;
            }
            status = refill(reader, true, error);
            if (status != SHIRE_OK) {
                return status;
            }
            continue;
        }
        if (reader->options.comment != 0 &&
            reader->window.bytes[reader->place.byte] == reader->options.comment) {
            status = skip_line(reader, error);
            if (status != SHIRE_OK) {
                return status;
            }
            continue;
        }
        record_cut cut;
        status = cut_record(reader, &cut, error);
        if (status == SHIRE_OK) {
            status = take_record(reader, &cut, record_out, &given, error);
        }
        if (status != SHIRE_OK) {
            return status;
        }
    }
    *more_out = true;
    return SHIRE_OK;
}

bool shire_dsv_is_clean(const shire_dsv_reader *reader) {
    const shire_dsv_facts *facts = &reader->facts;
    bool renamed = false;
    for (size_t i = 0; i < reader->column_count; i++) {
        renamed |= reader->columns[i].renamed;
    }
    return facts->finished && !facts->empty && facts->encoding == SHIRE_DSV_UTF8 && !renamed &&
           facts->rejected_count + facts->blank_count + facts->nul_count + facts->recoded_count +
                   facts->unnamed_count + facts->title_count ==
               0;
}
