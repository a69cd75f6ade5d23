/*
 * The engine's messages made fit to print. The kind that a message opens with ("Binder Error: ")
 * decides: names and files are kept, values of the data are not, since they may be personal. What
 * is not known to be about names is treated as being about data. A value that itself holds quotes
 * cannot leak its tail: a masked run ends at the last quote of its kind in the line.
 */
#include "io/table_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef struct error_kind {
    const char *prefix;
    shire_status status;
    bool about_names; /* the message quotes identifiers and file names, not data */
} error_kind;

static const error_kind error_kinds[] = {
    {"Binder Error", SHIRE_INVALID, true},
    {"Catalog Error", SHIRE_INVALID, true},
    {"Parser Error", SHIRE_INVALID, true},
    {"Syntax Error", SHIRE_INVALID, true},
    {"Permission Error", SHIRE_IO_FAILED, true},
    {"IO Error", SHIRE_IO_FAILED, true},
    {"Missing Extension Error", SHIRE_INVALID, true},
    {"Dependency Error", SHIRE_INVALID, true},
    {"Out of Memory Error", SHIRE_NO_MEMORY, true},
    {"Out of Range Error", SHIRE_OVERFLOW, false},
    {"INTERNAL Error", SHIRE_INTERNAL, false},
    {"FATAL Error", SHIRE_IO_FAILED, false},
    {"INTERRUPT Error", SHIRE_IO_FAILED, false},
    {"TransactionContext Error", SHIRE_IO_FAILED, false},
    {"Failed to append: Failed to commit", SHIRE_IO_FAILED, false},
    {"Failed to append: IO Error", SHIRE_IO_FAILED, true},
};

typedef struct writer {
    char *bytes;
    size_t length;
    size_t capacity; /* with the terminator */
} writer;

static void put(writer *out, const char *text, size_t length) {
    size_t room = out->capacity - 1 - out->length;
    if (length > room) {
        length = room;
    }
    memcpy(out->bytes + out->length, text, length);
    out->length += length;
    out->bytes[out->length] = '\0';
}

static void put_text(writer *out, const char *text) {
    put(out, text, strlen(text));
}

static bool ends_with(const char *start, const char *end, const char *suffix) {
    size_t length = strlen(suffix);
    return (size_t)(end - start) >= length && memcmp(end - length, suffix, length) == 0;
}

static const char *last_of(const char *start, const char *end, char wanted) {
    for (const char *at = end; at > start;) {
        if (*--at == wanted) {
            return at;
        }
    }
    return NULL;
}

/* A number that is no value: part of a name or type (INT32, DECIMAL(18,6)), or a line number. */
static bool number_is_harmless(const char *start, const char *at) {
    if (at > start && (isalnum((unsigned char)at[-1]) || at[-1] == '_')) {
        return true;
    }
    if (ends_with(start, at, "DECIMAL(") || ends_with(start, at, "ine: ") ||
        ends_with(start, at, "ine ")) {
        return true;
    }
    const char *type = last_of(start, at, '(');
    return type != NULL && at[-1] == ',' && ends_with(start, type + 1, "DECIMAL(");
}

static bool quoted_is_name(const char *start, const char *at) {
    return ends_with(start, at, "file ") || ends_with(start, at, "column ") ||
           ends_with(start, at, "Column ") || ends_with(start, at, "table ");
}

static void put_masked(writer *out, const char *start, const char *end) {
    for (const char *at = start; at < end;) {
        bool in_word = at > start && isalpha((unsigned char)at[-1]); /* "can't" */
        if ((*at == '\'' && !in_word) || *at == '"') {
            const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (close != NULL && quoted_is_name(start, at)) {
                put(out, at, (size_t)(close + 1 - at));
                at = close + 1;
                continue;
            }
            close = last_of(at + 1, end, *at);
            put_text(out, "'...'");
            at = close == NULL ? end : close + 1;
        } else if (isdigit((unsigned char)*at) && !number_is_harmless(start, at)) {
            put_text(out, "...");
            while (at < end && (isdigit((unsigned char)*at) || *at == '.' || *at == 'e' ||
                                *at == '-' || *at == '+')) {
                at++;
            }
        } else if (ends_with(start, at, "with value ") || ends_with(start, at, "ecimal value ")) {
            const char *stop = strstr(at, " can't ");
            put_text(out, "...");
            at = stop == NULL || stop > end ? end : stop;
        } else {
            put(out, at, 1);
            at++;
        }
    }
}

/* The reader of CSV files quotes the whole line of the file: only its number and the column that
 * did not convert are kept. */
static bool put_csv_error(writer *out, const char *message) {
    static const char opening[] = "CSV Error on Line: ";
    const char *line = strstr(message, opening);
    if (line == NULL) {
        return false;
    }
    line += sizeof opening - 1;
    put_text(out, "CSV error on line ");
    put(out, line, strspn(line, "0123456789"));
    static const char converting[] = "\nError when converting column \"";
    for (const char *at = strstr(line, converting); at != NULL; at = strstr(at, converting)) {
        at += sizeof converting - 1;
        const char *close = strchr(at, '"');
        if (strstr(at, converting) == NULL && close != NULL) {
            put_text(out, ": column \"");
            put(out, at, (size_t)(close + 1 - at));
            put_text(out, " holds a value that is not of its type");
        }
    }
    static const char *const causes[] = {"Expected Number of Columns",
                                         "Value with unterminated quote", "Maximum line size",
                                         "Invalid unicode", "encoded file"};
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        const char *at = strstr(line, causes[i]);
        if (at != NULL) {
            put_text(out, ": ");
            put_text(out, causes[i]);
            put_text(out, " is what the reader objects to");
            break;
        }
    }
    return true;
}

/* Names are kept; the excerpt of the SQL ("LINE 1: ...") with its caret is not. */
static void put_names(writer *out, const char *message) {
    const char *end = message + strlen(message);
    const char *cut = strstr(message, "\n\n");
    end = cut != NULL && cut < end ? cut : end;
    cut = strstr(message, "\nLINE ");
    end = cut != NULL && cut < end ? cut : end;
    for (const char *at = message; at < end; at++) {
        put(out, *at == '\n' ? " " : at, 1);
    }
}

shire_status table_error_word(const char *engine_message, char *buffer, size_t buffer_bytes) {
    writer out = {buffer, 0, buffer_bytes};
    buffer[0] = '\0';
    if (engine_message == NULL) {
        put_text(&out, "the warehouse engine failed without saying why");
        return SHIRE_INTERNAL;
    }
    error_kind kind = {"", SHIRE_INVALID, false};
    for (size_t i = 0; i < sizeof error_kinds / sizeof error_kinds[0]; i++) {
        if (strncmp(engine_message, error_kinds[i].prefix, strlen(error_kinds[i].prefix)) == 0) {
            kind = error_kinds[i];
        }
    }
    if (kind.about_names) {
        put_names(&out, engine_message);
    } else if (!put_csv_error(&out, engine_message)) {
        put_masked(&out, engine_message, engine_message + strcspn(engine_message, "\n"));
    }
    if (kind.status == SHIRE_IO_FAILED && strstr(engine_message, "No files found") != NULL) {
        return SHIRE_NOT_FOUND;
    }
    if (strstr(engine_message, "out of memory") != NULL ||
        strstr(engine_message, "no memory left") != NULL) {
        return SHIRE_NO_MEMORY; /* said by a function of ours that the engine called */
    }
    return kind.status;
}

shire_status table_fail(shire_error *error, const char *engine_message) {
    char words[SHIRE_ERROR_MESSAGE_BYTES];
    shire_status status = table_error_word(engine_message, words, sizeof words);
    return SHIRE_FAIL(error, status, "%s", words);
}
