/*
 * Statements of the gate, shortly: SQL with its parameters in one call.
 */
#ifndef SHIRE_GATE_INTERNAL_H
#define SHIRE_GATE_INTERNAL_H

#include "core/arena.h"
#include "gate/gate_account.h"
#include "gate/gate_change.h"
#include "gate/gate_kernel.h"
#include "io/store.h"

/*
 * Parameters by a letter each: 't' const char * (NULL: null), 's' shire_span, 'i' int64_t, 'd' int
 * (a day; SHIRE_GATE_NO_END: null).
 */
shire_status shire_gate_prepare(shire_store *store, shire_store_statement **statement_out,
                                shire_error *error, const char *sql, const char *types,
                                ...) SHIRE_MUST_CHECK;
/* A statement without rows. */
shire_status shire_gate_run(shire_store *store, shire_error *error, const char *sql,
                            const char *types, ...) SHIRE_MUST_CHECK;
/* The one number that a SELECT gives. SHIRE_NOT_FOUND, without a message, when it gives no row. */
shire_status shire_gate_find_int64(shire_store *store, int64_t *value_out, shire_error *error,
                                   const char *sql, const char *types, ...) SHIRE_MUST_CHECK;

/* One more than the largest `column` of `table`, from 1. */
shire_status shire_gate_next(shire_store *store, const char *table, const char *column,
                             int64_t *number_out, shire_error *error) SHIRE_MUST_CHECK;

/* Enter a change into the audit log and make a new version. `subject` is a person's id, an
 * account's name or what else the change is about. */
shire_status shire_gate_enter(shire_store *store, const shire_gate_actor *actor,
                              const char *subject, shire_error *error, const char *format,
                              ...) SHIRE_MUST_CHECK SHIRE_PRINTF(5, 6);

/* Columns of the row that a statement stands on, kept in `arena`; NULL without memory. */
char *shire_gate_keep(const shire_store_statement *statement, int column, shire_arena *arena);
/* A day, or `otherwise` where the column is null. A text that is no day is SHIRE_INVALID. */
shire_status shire_gate_take_day(const shire_store_statement *statement, int column,
                                 shire_date otherwise, shire_date *day_out,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* SHA-256 of a secret or a name, as 64 hexadecimal digits; `use` keeps uses apart. */
#define SHIRE_GATE_HASH_LETTERS 64
void shire_gate_hash(const char *use, shire_span text, char hash_out[SHIRE_GATE_HASH_LETTERS + 1]);

/* A new random token; whether a text has the form of one. */
void shire_gate_token_draw(shire_gate_token *token_out);
bool shire_gate_token_is_one(shire_span token);

/* An account by its name, whose kept form goes to `folded_out` (SHIRE_GATE_ACCOUNT_NAME_MAX + 1
 * bytes). SHIRE_NOT_FOUND with a sentence. */
shire_status shire_gate_account_number(shire_store *store, const char *name, char *folded_out,
                                       int64_t *account_no_out,
                                       shire_error *error) SHIRE_MUST_CHECK;
/* An account's name as it is kept: ASCII letters in lower case. False for what can be none. */
bool shire_gate_fold_name(shire_span name, char *folded_out, size_t capacity);

/* SHIRE_INVALID unless `text` has 1 to `length_max` bytes of UTF-8 without control characters. */
shire_status shire_gate_check_text(const char *what, const char *text, size_t length_max,
                                   shire_error *error) SHIRE_MUST_CHECK;
/* A day that ends before it begins is SHIRE_INVALID. */
shire_status shire_gate_check_days(shire_date from, shire_date until,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* Names of a vocabulary, with spaces between, to bits. SHIRE_INVALID for none and for unknown ones,
 * with the nearest known. */
shire_status shire_gate_parse_bits(shire_gate_vocabulary vocabulary, shire_span names,
                                   uint32_t *bits_out, shire_error *error) SHIRE_MUST_CHECK;
/* And back, terminated, in `arena`; NULL without memory. */
char *shire_gate_format_bits(shire_gate_vocabulary vocabulary, uint32_t bits, shire_arena *arena);

#endif
