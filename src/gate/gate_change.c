/*
 * Small pieces that every change of the gate is made of (gate_internal.h).
 */
#include "gate/gate_change.h"

#include "audit/audit_log.h"
#include "gate/gate_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void bind_all(shire_store_statement *statement, const char *types, va_list arguments) {
    for (int i = 0; types[i] != '\0'; i++) {
        const char *text = NULL;
        char day[11];
        int number = 0;
        switch (types[i]) {
        case 't':
            text = va_arg(arguments, const char *);
            if (text == NULL) {
                shire_store_bind_null(statement, i + 1);
            } else {
                shire_store_bind_text(statement, i + 1, shire_span_of(text));
            }
            break;
        case 's':
            shire_store_bind_text(statement, i + 1, va_arg(arguments, shire_span));
            break;
        case 'i':
            shire_store_bind_int64(statement, i + 1, va_arg(arguments, int64_t));
            break;
        default:
            assert(types[i] == 'd');
            number = va_arg(arguments, int);
            if (number == SHIRE_GATE_NO_END) {
                shire_store_bind_null(statement, i + 1);
            } else {
                shire_date_format(number, day);
                shire_store_bind_text(statement, i + 1, shire_span_of(day));
            }
        }
    }
}

static shire_status prepare(shire_store *store, shire_store_statement **statement_out,
                            shire_error *error, const char *sql, const char *types,
                            va_list arguments) {
    shire_status status = shire_store_prepare(store, sql, statement_out, error);
    if (status == SHIRE_OK) {
        bind_all(*statement_out, types, arguments);
    }
    return status;
}

shire_status shire_gate_prepare(shire_store *store, shire_store_statement **statement_out,
                                shire_error *error, const char *sql, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    shire_status status = prepare(store, statement_out, error, sql, types, arguments);
    va_end(arguments);
    return status;
}

shire_status shire_gate_run(shire_store *store, shire_error *error, const char *sql,
                            const char *types, ...) {
    shire_store_statement *statement = NULL;
    va_list arguments;
    va_start(arguments, types);
    shire_status status = prepare(store, &statement, error, sql, types, arguments);
    va_end(arguments);
    if (status == SHIRE_OK) {
        status = shire_store_run(statement, error);
    }
    shire_store_finalize(statement);
    return status;
}

shire_status shire_gate_find_int64(shire_store *store, int64_t *value_out, shire_error *error,
                                   const char *sql, const char *types, ...) {
    shire_store_statement *statement = NULL;
    bool has_row = false;
    va_list arguments;
    va_start(arguments, types);
    shire_status status = prepare(store, &statement, error, sql, types, arguments);
    va_end(arguments);
    if (status == SHIRE_OK) {
        status = shire_store_step(statement, &has_row, error);
    }
    if (status == SHIRE_OK && has_row) {
        *value_out = shire_store_column_int64(statement, 0);
    }
    shire_store_finalize(statement);
    return status == SHIRE_OK && !has_row ? SHIRE_NOT_FOUND : status;
}

shire_status shire_gate_next(shire_store *store, const char *table, const char *column,
                             int64_t *number_out, shire_error *error) {
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT coalesce(max(%s), 0) + 1 FROM %s", column, table);
    return shire_store_query_int64(store, sql, number_out, error);
}

shire_status shire_gate_version(shire_store *store, int64_t *version_out, shire_error *error) {
    return shire_store_query_int64(store, "SELECT version FROM gate_version", version_out, error);
}

shire_status shire_gate_enter(shire_store *store, const shire_gate_actor *actor,
                              const char *subject, shire_error *error, const char *format, ...) {
    char detail[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    shire_audit_entry entry = {.kind = "configuration",
                               .actor = actor->account,
                               .organisation = actor->organisation,
                               .purpose = actor->purpose,
                               .subject = subject,
                               .detail = detail};
    shire_status status = shire_audit_append(store, &entry, error);
    return status == SHIRE_OK
               ? shire_store_execute(store, "UPDATE gate_version SET version = version + 1", error)
               : status;
}

char *shire_gate_keep(const shire_store_statement *statement, int column, shire_arena *arena) {
    shire_span text = shire_store_column_text(statement, column);
    return shire_arena_copy_text(arena, text.bytes, text.length);
}

shire_status shire_gate_take_day(const shire_store_statement *statement, int column,
                                 shire_date otherwise, shire_date *day_out, shire_error *error) {
    if (shire_store_column_is_null(statement, column)) {
        *day_out = otherwise;
        return SHIRE_OK;
    }
    return shire_date_parse(shire_store_column_text(statement, column), day_out) == SHIRE_OK
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID,
                            "the store has a day that is none; put a backup of it in its place");
}

shire_status shire_gate_check_text(const char *what, const char *text, size_t length_max,
                                   shire_error *error) {
    size_t length = text == NULL ? 0 : strlen(text);
    if (length == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "there is no %s; give one", what);
    }
    if (length > length_max) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the %s is longer than %zu bytes; shorten it", what,
                          length_max);
    }
    bool is_clean = shire_text_is_utf8((shire_span){text, length});
    for (size_t i = 0; i < length && is_clean; i++) {
        is_clean = (unsigned char)text[i] >= 0x20 && text[i] != 0x7F;
    }
    return is_clean ? SHIRE_OK
                    : SHIRE_FAIL(error, SHIRE_INVALID,
                                 "the %s has characters that are no text; write it anew", what);
}

shire_status shire_gate_check_days(shire_date from, shire_date until, shire_error *error) {
    return until >= from
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID,
                            "the last day is before the first; give a last day that is not");
}

shire_status shire_gate_parse_bits(shire_gate_vocabulary vocabulary, shire_span names,
                                   uint32_t *bits_out, shire_error *error) {
    const char *known[32];
    uint32_t bits = 0;
    size_t at = 0;
    size_t count = shire_gate_word_count(vocabulary);
    for (size_t i = 0; i < count; i++) {
        known[i] = shire_gate_name(vocabulary, i);
    }
    while (at < names.length) {
        size_t start = at;
        size_t number = 0;
        while (at < names.length && names.bytes[at] != ' ') {
            at++;
        }
        shire_span name = {names.bytes + start, at - start};
        at++;
        if (name.length == 0) {
            continue;
        }
        if (!shire_gate_parse(vocabulary, name, &number)) {
            char word[64];
            snprintf(word, sizeof word, "%.*s", (int)(name.length < 63 ? name.length : 63),
                     name.bytes);
            const char *near = shire_text_nearest(word, known, count);
            return near == NULL
                       ? SHIRE_FAIL(error, SHIRE_INVALID, "'%s' is none of the known names", word)
                       : SHIRE_FAIL(error, SHIRE_INVALID,
                                    "'%s' is none of the known names; did you mean '%s'?", word,
                                    near);
        }
        bits |= SHIRE_GATE_BIT(number);
    }
    if (bits == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "no name is given; give at least one");
    }
    *bits_out = bits;
    return SHIRE_OK;
}

char *shire_gate_format_bits(shire_gate_vocabulary vocabulary, uint32_t bits, shire_arena *arena) {
    char text[512] = "";
    size_t length = 0;
    for (size_t i = 0; i < shire_gate_word_count(vocabulary); i++) {
        if ((bits >> i & 1u) != 0) {
            int written = snprintf(text + length, sizeof text - length, "%s%s",
                                   length == 0 ? "" : " ", shire_gate_name(vocabulary, i));
            assert(written > 0 && (size_t)written < sizeof text - length);
            length += (size_t)written;
        }
    }
    return shire_arena_copy_text(arena, text, length);
}
