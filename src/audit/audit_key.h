/*
 * Signing keys on disk: one line, PRIVATE+KEY+NAME+KEYID+BASE64, as Go's note package writes them,
 * in a file that nobody but its owner may read.
 */
#ifndef SHIRE_AUDIT_KEY_H
#define SHIRE_AUDIT_KEY_H

#include "audit/audit_note.h"

/*
 * Read the key of a file. Where there is none and `name` is not NULL, make one of that name and
 * kind, and write it (mode 0600). SHIRE_INVALID for a file that is no key of this kind, or that
 * others may read.
 */
shire_status shire_audit_key_open(const char *path, const char *name, shire_audit_key_kind kind,
                                  shire_audit_signer *signer_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

#endif
