/* shire access DIR account code, code-key: one-time codes and the key that their secrets are sealed
 * with (gate/gate_code.h). */
#include "cli/cli_access.h"

#include "gate/gate_account.h"
#include "gate/gate_code.h"
#include "io/crypto.h"

#include <inttypes.h>
#include <stdio.h>

static shire_status confirm_code(shire_cli_access *call, const char *key_path, shire_error *error) {
    shire_gate_recovery recovery;
    shire_status status =
        shire_gate_code_confirm(call->store, &call->actor, key_path, call->words[2],
                                shire_span_of(call->code), call->now, &recovery, error);
    if (status == SHIRE_OK && !call->json) {
        puts("One-time codes are asked for from now on. Each of these opens once instead of one:");
    }
    for (size_t i = 0; i < SHIRE_GATE_RECOVERY_CODES && status == SHIRE_OK; i++) {
        status = shire_cli_access_print_one(call, "recovery_code", recovery.codes[i], error);
    }
    shire_crypto_wipe(&recovery, sizeof recovery);
    return status;
}

static const char *code_key_path(shire_cli_access *call) {
    return shire_partnership_state_path(&call->partnership, call->arena, SHIRE_GATE_CODE_KEY_FILE);
}

shire_status shire_cli_access_code(shire_cli_access *call, shire_error *error) {
    char secret[SHIRE_CODE_SECRET_LETTERS + 1];
    shire_builder address = {0};
    if (call->remove) {
        return shire_gate_code_remove(call->store, &call->actor, call->words[2], error);
    }
    const char *key_path = code_key_path(call);
    if (key_path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    shire_status status = shire_gate_code_seal_all(call->store, key_path, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (call->code != NULL) {
        return confirm_code(call, key_path, error);
    }
    status = shire_gate_code_offer(call->store, &call->actor, key_path, call->words[2], call->now,
                                   secret, error);
    if (status == SHIRE_OK) {
        shire_builder_append_code_address(&address, shire_span_of(call->partnership.name),
                                          shire_span_of(call->words[2]), secret);
        status = address.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                : shire_cli_access_print_one(call, "address", address.bytes, error);
    }
    if (status == SHIRE_OK && !call->json) {
        puts("Put it into an authenticator app, then give a code of it with --code.");
    }
    shire_crypto_wipe(secret, sizeof secret);
    shire_builder_free(&address);
    return status;
}

shire_status shire_cli_access_rotate_code_key(shire_cli_access *call, shire_error *error) {
    const char *path = code_key_path(call);
    int64_t count = 0;
    char text[24];
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    shire_status status = shire_gate_code_rotate(call->store, &call->actor, path, &count, error);
    if (status == SHIRE_OK && !call->json) {
        printf("%" PRId64 " secret%s of one-time codes sealed anew.\n", count,
               count == 1 ? "" : "s");
    } else if (status == SHIRE_OK) {
        snprintf(text, sizeof text, "%" PRId64, count);
        status = shire_cli_access_print_one(call, "sealed_anew", text, error);
    }
    return status;
}

shire_status shire_cli_access_drop_old_code_key(shire_cli_access *call, shire_error *error) {
    const char *path = code_key_path(call);
    shire_status status = path == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                       : shire_gate_code_drop_old_key(path, error);
    if (status == SHIRE_OK && !call->json) {
        printf("The key is new: keep a copy of %s apart from backups.\n", path);
    }
    return status;
}
