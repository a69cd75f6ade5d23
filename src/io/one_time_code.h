/*
 * One-time codes as authenticator apps show them: RFC 6238 with HMAC-SHA-1, 30 seconds and six
 * digits, which is what all of them speak. liboath behind a small interface. Safe from any thread.
 */
#ifndef SHIRE_IO_ONE_TIME_CODE_H
#define SHIRE_IO_ONE_TIME_CODE_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>

#define SHIRE_CODE_SECRET_BYTES 20
#define SHIRE_CODE_SECRET_LETTERS 32 /* base32 */
#define SHIRE_CODE_DIGITS 6
#define SHIRE_CODE_STEP_SECONDS 30

/* A new random secret in base32, terminated. */
void shire_code_make_secret(char secret_out[SHIRE_CODE_SECRET_LETTERS + 1]);

/* The code of a moment (seconds since 1970), terminated. False for what is no such secret. */
bool shire_code_at(const char *secret, int64_t now, char code_out[SHIRE_CODE_DIGITS + 1]);

/*
 * The time step that a code belongs to: the one of now, the one before (a slow hand) or the one
 * after (a clock that is fast), but only a later one than `used_step`, so that a code that somebody
 * looked at over a shoulder is of no use. 0 when it is none of these. Spaces in `code` are left
 * out.
 */
int64_t shire_code_find_step(const char *secret, shire_span code, int64_t now, int64_t used_step);

/* otpauth://totp/ISSUER:NAME?secret=...: what a QR code for an app holds. Names are escaped. */
void shire_builder_append_code_address(shire_builder *builder, shire_span issuer, shire_span name,
                                       const char *secret);

#endif
