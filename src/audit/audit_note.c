/*
 * Notes are lines of text: read from the top, the origin, size and root; after the empty line
 * signatures, each tried against the keys that the caller knows.
 */
#include "audit/audit_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xE2\x80\x94 " /* em dash and a space start a signature line */
#define TIME_BYTES 8

static bool is_name(shire_span name) {
    if (name.length == 0 || name.length > SHIRE_AUDIT_NAME_MAX || !shire_text_is_utf8(name)) {
        return false;
    }
    for (size_t i = 0; i < name.length; i++) {
        if ((unsigned char)name.bytes[i] <= ' ' || name.bytes[i] == '+' || name.bytes[i] == 0x7F) {
            return false;
        }
    }
    return memmem(name.bytes, name.length, "\xC2\xA0", 2) == NULL;
}

shire_status shire_audit_signer_set(shire_audit_signer *signer, shire_span name,
                                    shire_audit_key_kind kind,
                                    const uint8_t seed[SHIRE_KEY_SEED_BYTES], shire_error *error) {
    if (!is_name(name)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a key's name has 1 to %d bytes without spaces or '+', for example "
                          "council.example/shire",
                          SHIRE_AUDIT_NAME_MAX);
    }
    *signer = (shire_audit_signer){.verifier.kind = kind};
    memcpy(signer->verifier.name, name.bytes, name.length);
    shire_signing_key_from_seed(seed, &signer->key);
    memcpy(signer->verifier.public_key, signer->key.public_key, SHIRE_PUBLIC_KEY_BYTES);
    return SHIRE_OK;
}

static void put_big_endian(uint64_t value, size_t count, uint8_t *bytes_out) {
    for (size_t i = 0; i < count; i++) {
        bytes_out[i] = (uint8_t)(value >> (8 * (count - 1 - i)));
    }
}

static uint64_t take_big_endian(const uint8_t *bytes, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

uint32_t shire_audit_key_id(const shire_audit_verifier *verifier) {
    char kind = (char)verifier->kind;
    shire_span parts[4] = {shire_span_of(verifier->name),
                           {"\n", 1},
                           {&kind, 1},
                           {(const char *)verifier->public_key, SHIRE_PUBLIC_KEY_BYTES}};
    shire_hash hash = shire_sha256(parts, 4);
    return (uint32_t)take_big_endian(hash.bytes, 4);
}

void shire_audit_verifier_append(const shire_audit_verifier *verifier, shire_builder *out) {
    uint8_t key[1 + SHIRE_PUBLIC_KEY_BYTES] = {(uint8_t)verifier->kind};
    memcpy(key + 1, verifier->public_key, SHIRE_PUBLIC_KEY_BYTES);
    shire_builder_append_format(out, "%s+%08" PRIx32 "+", verifier->name,
                                shire_audit_key_id(verifier));
    shire_builder_append_base64(out, key, sizeof key);
}

shire_status shire_audit_verifier_parse(shire_span text, shire_audit_verifier *verifier_out,
                                        shire_error *error) {
    shire_audit_verifier verifier = {0};
    uint8_t key[1 + SHIRE_PUBLIC_KEY_BYTES];
    shire_span trimmed = shire_span_trim(text);
    const char *plus = memchr(trimmed.bytes, '+', trimmed.length);
    size_t name_length = plus == NULL ? 0 : (size_t)(plus - trimmed.bytes);
    char id[10];
    if (is_name((shire_span){trimmed.bytes, name_length}) && trimmed.length > name_length + 10 &&
        shire_base64_parse(
            (shire_span){trimmed.bytes + name_length + 10, trimmed.length - name_length - 10}, key,
            sizeof key)) {
        memcpy(verifier.name, trimmed.bytes, name_length);
        verifier.kind = (shire_audit_key_kind)key[0];
        memcpy(verifier.public_key, key + 1, SHIRE_PUBLIC_KEY_BYTES);
        snprintf(id, sizeof id, "%08" PRIx32 "+", shire_audit_key_id(&verifier));
        if ((key[0] == SHIRE_AUDIT_KEY_LOG || key[0] == SHIRE_AUDIT_KEY_WITNESS) &&
            memcmp(id, trimmed.bytes + name_length + 1, 9) == 0) {
            *verifier_out = verifier;
            return SHIRE_OK;
        }
    }
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "this is no verifier key: it reads NAME+KEYID+BASE64 in one line; copy it "
                      "whole from the body that published it");
}

void shire_audit_signature_append(const shire_audit_signature *signature, shire_builder *out) {
    uint8_t blob[4 + TIME_BYTES + SHIRE_SIGNATURE_BYTES];
    size_t time_bytes = signature->kind == SHIRE_AUDIT_KEY_WITNESS ? TIME_BYTES : 0;
    put_big_endian(signature->key_id, 4, blob);
    put_big_endian(signature->time, time_bytes, blob + 4);
    memcpy(blob + 4 + time_bytes, signature->signature, SHIRE_SIGNATURE_BYTES);
    shire_builder_append_text(out, DASH);
    shire_builder_append(out, signature->name);
    shire_builder_append_text(out, " ");
    shire_builder_append_base64(out, blob, 4 + time_bytes + SHIRE_SIGNATURE_BYTES);
    shire_builder_append_text(out, "\n");
}

/* The signer's signature of a message, yet to be made. */
static shire_audit_signature signature_of(const shire_audit_verifier *verifier, uint64_t time) {
    return (shire_audit_signature){.name = shire_span_of(verifier->name),
                                   .key_id = shire_audit_key_id(verifier),
                                   .time = time,
                                   .kind = verifier->kind};
}

void shire_audit_checkpoint_append(const shire_audit_signer *signer, uint64_t size,
                                   const shire_hash *root, shire_builder *out) {
    shire_audit_signature signature = signature_of(&signer->verifier, 0);
    shire_builder text = {0};
    shire_builder_append_format(&text, "%s\n%" PRIu64 "\n", signer->verifier.name, size);
    shire_builder_append_base64(&text, root->bytes, SHIRE_HASH_BYTES);
    shire_builder_append_text(&text, "\n");
    out->failed = out->failed || text.failed;
    if (!out->failed) {
        shire_sign(&signer->key, (shire_span){text.bytes, text.length}, signature.signature);
        shire_builder_append(out, (shire_span){text.bytes, text.length});
        shire_builder_append_text(out, "\n");
        shire_audit_signature_append(&signature, out);
    }
    shire_builder_free(&text);
}

/* What a witness signs: a line that names the scheme, the time, and the checkpoint's own text. */
static void append_cosigned(shire_span text, uint64_t time, shire_builder *out) {
    shire_builder_append_format(out, "cosignature/v1\ntime %" PRIu64 "\n", time);
    shire_builder_append(out, text);
}

void shire_audit_cosignature_append(const shire_audit_signer *witness, shire_span text,
                                    uint64_t time, shire_builder *out) {
    shire_audit_signature signature = signature_of(&witness->verifier, time);
    shire_builder message = {0};
    append_cosigned(text, time, &message);
    out->failed = out->failed || message.failed;
    if (!out->failed) {
        shire_sign(&witness->key, (shire_span){message.bytes, message.length}, signature.signature);
        shire_audit_signature_append(&signature, out);
    }
    shire_builder_free(&message);
}

/* Takes the next line, without its end, off `rest`; false where no line end is left. */
static bool take_line(shire_span *rest, shire_span *line_out) {
    const char *end = memchr(rest->bytes, '\n', rest->length);
    if (end == NULL) {
        return false;
    }
    *line_out = (shire_span){rest->bytes, (size_t)(end - rest->bytes)};
    rest->length -= line_out->length + 1;
    rest->bytes = end + 1;
    return true;
}

static bool parse_size(shire_span line, uint64_t *size_out) {
    uint64_t size = 0;
    if (line.length == 0 || line.length > 18 || (line.length > 1 && line.bytes[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < line.length; i++) {
        if (line.bytes[i] < '0' || line.bytes[i] > '9') {
            return false;
        }
        size = size * 10 + (uint64_t)(line.bytes[i] - '0');
    }
    *size_out = size;
    return true;
}

/* "— NAME BASE64"; of kinds that are neither of ours the line counts for nothing. */
static bool parse_signature(shire_span line, shire_audit_checkpoint *checkpoint) {
    size_t dash = sizeof DASH - 1;
    uint8_t blob[4 + TIME_BYTES + SHIRE_SIGNATURE_BYTES];
    if (line.length <= dash || memcmp(line.bytes, DASH, dash) != 0) {
        return false;
    }
    shire_span rest = {line.bytes + dash, line.length - dash};
    const char *space = memchr(rest.bytes, ' ', rest.length);
    size_t name_length = space == NULL ? 0 : (size_t)(space - rest.bytes);
    if (!is_name((shire_span){rest.bytes, name_length})) {
        return false;
    }
    shire_span base64 = {space + 1, rest.length - name_length - 1};
    size_t time_bytes = 0;
    if (!shire_base64_parse(base64, blob, 4 + SHIRE_SIGNATURE_BYTES)) {
        time_bytes = TIME_BYTES;
        if (!shire_base64_parse(base64, blob, sizeof blob)) {
            return true;
        }
    }
    if (checkpoint->signature_count == SHIRE_AUDIT_SIGNATURES_MAX) {
        return false;
    }
    shire_audit_signature *signature = &checkpoint->signatures[checkpoint->signature_count++];
    signature->name = (shire_span){rest.bytes, name_length};
    signature->key_id = (uint32_t)take_big_endian(blob, 4);
    signature->kind = time_bytes == 0 ? SHIRE_AUDIT_KEY_LOG : SHIRE_AUDIT_KEY_WITNESS;
    signature->time = take_big_endian(blob + 4, time_bytes);
    memcpy(signature->signature, blob + 4 + time_bytes, SHIRE_SIGNATURE_BYTES);
    return true;
}

shire_status shire_audit_checkpoint_parse(shire_span note, shire_audit_checkpoint *checkpoint_out,
                                          shire_error *error) {
    shire_audit_checkpoint *checkpoint = checkpoint_out;
    shire_span rest = note;
    shire_span line = {0};
    checkpoint->signature_count = 0;
    bool is_good = shire_text_is_utf8(note) && take_line(&rest, &checkpoint->origin) &&
                   checkpoint->origin.length > 0 && take_line(&rest, &line) &&
                   parse_size(line, &checkpoint->size) && take_line(&rest, &line) &&
                   shire_base64_parse(line, checkpoint->root.bytes, SHIRE_HASH_BYTES);
    /* Lines of extensions, which are signed too, then the empty line. */
    do {
        checkpoint->text = (shire_span){note.bytes, (size_t)(rest.bytes - note.bytes)};
        is_good = is_good && take_line(&rest, &line);
    } while (is_good && line.length > 0);
    while (is_good && rest.length > 0) {
        is_good = take_line(&rest, &line) && parse_signature(line, checkpoint);
    }
    return is_good ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_INVALID,
                                "this is no checkpoint: it has lines for origin, size and root, an "
                                "empty line, and signatures; copy the file whole");
}

bool shire_audit_checkpoint_is_signed(const shire_audit_checkpoint *checkpoint,
                                      const shire_audit_verifier *verifier, uint64_t *time_out) {
    uint32_t id = shire_audit_key_id(verifier);
    bool is_valid = false;
    for (size_t i = 0; i < checkpoint->signature_count && !is_valid; i++) {
        const shire_audit_signature *signature = &checkpoint->signatures[i];
        if (signature->key_id != id || signature->kind != verifier->kind ||
            !shire_span_equal(signature->name, shire_span_of(verifier->name))) {
            continue;
        }
        shire_builder message = {0};
        if (verifier->kind == SHIRE_AUDIT_KEY_WITNESS) {
            append_cosigned(checkpoint->text, signature->time, &message);
        } else {
            shire_builder_append(&message, checkpoint->text);
        }
        is_valid =
            !message.failed && shire_signature_is_valid(verifier->public_key,
                                                        (shire_span){message.bytes, message.length},
                                                        signature->signature);
        if (is_valid && time_out != NULL) {
            *time_out = signature->time;
        }
        shire_builder_free(&message);
    }
    return is_valid;
}
