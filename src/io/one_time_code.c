/*
 * liboath, wrapped. Codes are compared in full whatever the first digit says, so that time tells
 * nothing of how near a guess was.
 */
#include "io/one_time_code.h"

#include "io/crypto.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void shire_code_make_secret(char secret_out[SHIRE_CODE_SECRET_LETTERS + 1]) {
    uint8_t bytes[SHIRE_CODE_SECRET_LETTERS];
    /* A letter is five bits, and 256 is a multiple of 32: no letter is likelier than another. */
    shire_random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < SHIRE_CODE_SECRET_LETTERS; i++) {
        secret_out[i] = alphabet[bytes[i] % 32];
    }
    secret_out[SHIRE_CODE_SECRET_LETTERS] = '\0';
    shire_crypto_wipe(bytes, sizeof bytes);
}

bool shire_code_at(const char *secret, int64_t now, char code_out[SHIRE_CODE_DIGITS + 1]) {
    char *bytes = NULL;
    size_t length = 0;
    if (now < 0 || oath_base32_decode(secret, strlen(secret), &bytes, &length) != OATH_OK) {
        return false;
    }
    int outcome = oath_totp_generate(bytes, length, (time_t)now, SHIRE_CODE_STEP_SECONDS, 0,
                                     SHIRE_CODE_DIGITS, code_out);
    shire_crypto_wipe(bytes, length);
    free(bytes);
    return outcome == OATH_OK;
}

static bool take_digits(shire_span code, char digits[SHIRE_CODE_DIGITS]) {
    size_t count = 0;
    for (size_t i = 0; i < code.length; i++) {
        char letter = code.bytes[i];
        if (letter == ' ') {
            continue;
        }
        if (letter < '0' || letter > '9' || count == SHIRE_CODE_DIGITS) {
            return false;
        }
        digits[count++] = letter;
    }
    return count == SHIRE_CODE_DIGITS;
}

int64_t shire_code_find_step(const char *secret, shire_span code, int64_t now, int64_t used_step) {
    char digits[SHIRE_CODE_DIGITS];
    int64_t found = 0;
    if (!take_digits(code, digits)) {
        return 0;
    }
    int64_t current = now / SHIRE_CODE_STEP_SECONDS;
    for (int64_t step = current > 0 ? current - 1 : 0; step <= current + 1; step++) {
        char right[SHIRE_CODE_DIGITS + 1];
        unsigned difference = 0;
        if (!shire_code_at(secret, step * SHIRE_CODE_STEP_SECONDS, right)) {
            return 0;
        }
        for (size_t i = 0; i < SHIRE_CODE_DIGITS; i++) {
            difference |= (unsigned)(right[i] ^ digits[i]);
        }
        if (difference == 0 && step > used_step) {
            found = step;
        }
    }
    return found;
}

static void append_escaped(shire_builder *builder, shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '.' || byte == '_';
        shire_builder_append_format(builder, is_plain ? "%c" : "%%%02X", byte);
    }
}

void shire_builder_append_code_address(shire_builder *builder, shire_span issuer, shire_span name,
                                       const char *secret) {
    shire_builder_append_text(builder, "otpauth://totp/");
    append_escaped(builder, issuer);
    shire_builder_append_text(builder, ":");
    append_escaped(builder, name);
    shire_builder_append_format(builder, "?secret=%s&issuer=", secret);
    append_escaped(builder, issuer);
}
