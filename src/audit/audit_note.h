/*
 * Checkpoints: what a log says of itself, signed, in text that any tool of the transparency
 * ecosystem reads: the C2SP specifications tlog-checkpoint and signed-note, and tlog-cosignature
 * for witnesses. A note is
 *
 *     example.org/shire         the log's origin, also the name of its key
 *     20852163                  leaves
 *     CsUYapGGPo4dkMgIAUqom...  the root, base64
 *                               an empty line
 *     — example.org/shire Az3grl...   a signature: 4 bytes of key id, then the Ed25519 signature
 *     — council.example/w wXrQ3k...   a witness's: key id, 8 bytes of time, then the signature
 *
 * A witness signs a checkpoint only after it saw that the tree just grew since the last one that it
 * signed; so what a witness signed, no key holder can unsay.
 *
 * Spans of a parsed note point into its text. Pure, but for the time that the caller gives.
 */
#ifndef SHIRE_AUDIT_NOTE_H
#define SHIRE_AUDIT_NOTE_H

#include "io/crypto.h"

#define SHIRE_AUDIT_NAME_MAX 200      /* bytes of a key's name */
#define SHIRE_AUDIT_SIGNATURES_MAX 64 /* of one note */

typedef enum shire_audit_key_kind {
    SHIRE_AUDIT_KEY_LOG = 1,    /* signs notes: Ed25519 */
    SHIRE_AUDIT_KEY_WITNESS = 4 /* cosigns checkpoints: Ed25519 with a time */
} shire_audit_key_kind;

/* What checks signatures: published, kept by partners. Written NAME+KEYID+BASE64, a "vkey". */
typedef struct shire_audit_verifier {
    char name[SHIRE_AUDIT_NAME_MAX + 1];
    shire_audit_key_kind kind;
    uint8_t public_key[SHIRE_PUBLIC_KEY_BYTES];
} shire_audit_verifier;

/* What makes them. */
typedef struct shire_audit_signer {
    shire_audit_verifier verifier;
    shire_signing_key key;
} shire_audit_signer;

typedef struct shire_audit_signature {
    shire_span name;
    uint32_t key_id;
    uint64_t time; /* of a witness's, seconds since 1970; else 0 */
    shire_audit_key_kind kind;
    uint8_t signature[SHIRE_SIGNATURE_BYTES];
} shire_audit_signature;

typedef struct shire_audit_checkpoint {
    shire_span text; /* what is signed: up to and with the line end before the empty line */
    shire_span origin;
    uint64_t size;
    shire_hash root;
    size_t signature_count;
    shire_audit_signature signatures[SHIRE_AUDIT_SIGNATURES_MAX];
} shire_audit_checkpoint;

/* A name has no white space and no '+' and is not empty; else SHIRE_INVALID. */
shire_status shire_audit_signer_set(shire_audit_signer *signer, shire_span name,
                                    shire_audit_key_kind kind,
                                    const uint8_t seed[SHIRE_KEY_SEED_BYTES],
                                    shire_error *error) SHIRE_MUST_CHECK;
void shire_audit_verifier_append(const shire_audit_verifier *verifier, shire_builder *out);
shire_status shire_audit_verifier_parse(shire_span text, shire_audit_verifier *verifier_out,
                                        shire_error *error) SHIRE_MUST_CHECK;
/* The first four bytes of SHA-256(name, line end, kind, public key). */
uint32_t shire_audit_key_id(const shire_audit_verifier *verifier);

/* A whole checkpoint, signed by the log. */
void shire_audit_checkpoint_append(const shire_audit_signer *signer, uint64_t size,
                                   const shire_hash *root, shire_builder *out);
/* The line of a signature that was parsed or made. */
void shire_audit_signature_append(const shire_audit_signature *signature, shire_builder *out);
/* A witness's signature line for a checkpoint's text. */
void shire_audit_cosignature_append(const shire_audit_signer *witness, shire_span text,
                                    uint64_t time, shire_builder *out);

/* SHIRE_INVALID with a sentence where the text is no checkpoint. Signatures are not checked yet:
 * those of unknown keys are normal. */
shire_status shire_audit_checkpoint_parse(shire_span note, shire_audit_checkpoint *checkpoint_out,
                                          shire_error *error) SHIRE_MUST_CHECK;
/* True when the note carries a valid signature of this key. time_out (may be NULL) gets a witness's
 * time. */
bool shire_audit_checkpoint_is_signed(const shire_audit_checkpoint *checkpoint,
                                      const shire_audit_verifier *verifier, uint64_t *time_out);

#endif
