/*
 * What strangers type at the gate: the input's lines are a name, an address, a token, a code and
 * names of categories. Nothing of it opens anything, whatever it is; names of categories that parse
 * come back as they were.
 */
#include "fuzz_target.h"
#include "gate/gate_session.h"
#include "gate/gate_sharing.h"

#include <string.h>
#include <unistd.h>

enum { LINES = 5, NOW = 1790000000 };

static const shire_gate_actor admin = {"admin", "BODY", ""};
static char key_path[] = "/tmp/shire-fuzz-gate-XXXXXX"; /* a file that is gone again */
static char secret[SHIRE_CODE_SECRET_LETTERS + 1];

/* One account that asks for codes, in a store in memory that no input outlives. */
static shire_store *open_store(void) {
    static shire_store *store;
    if (store == NULL) {
        shire_gate_account account = {.name = "nurse",
                                      .full_name = "A Nurse",
                                      .organisation = "BODY",
                                      .role = SHIRE_GATE_CLINICIAN};
        FUZZ_CHECK(shire_store_open(":memory:", SHIRE_STORE_WRITE, &store, NULL) == SHIRE_OK);
        FUZZ_CHECK(shire_store_begin(store, NULL) == SHIRE_OK);
        FUZZ_CHECK(shire_gate_account_add(store, &admin, &account, NULL, NULL) == SHIRE_OK);
        int file = mkstemp(key_path);
        FUZZ_CHECK(file >= 0 && close(file) == 0 && unlink(key_path) == 0);
        FUZZ_CHECK(shire_gate_code_offer(store, &admin, key_path, "nurse", NOW, secret, NULL) ==
                   SHIRE_OK);
        FUZZ_CHECK(unlink(key_path) == 0);
        FUZZ_CHECK(shire_store_commit(store, NULL) == SHIRE_OK);
    }
    return store;
}

static void sign_in(shire_store *store, const shire_span *lines) {
    shire_gate_attempt attempt;
    shire_gate_outcome outcome = SHIRE_GATE_SIGNED_IN;
    shire_gate_token token;
    FUZZ_CHECK(shire_gate_attempt_begin(store, lines[0], lines[1], NOW, &attempt, NULL) ==
               SHIRE_OK);
    FUZZ_CHECK(attempt.account_no == 0);
    FUZZ_CHECK(shire_gate_attempt_finish(store, &attempt, NOW, &outcome, &token, NULL) == SHIRE_OK);
    FUZZ_CHECK(outcome == SHIRE_GATE_REFUSED || outcome == SHIRE_GATE_WAIT);
    shire_gate_attempt_done(&attempt);
}

static void try_token(shire_store *store, const shire_span *lines) {
    shire_gate_session session;
    shire_gate_outcome outcome;
    shire_gate_token token;
    int64_t account_no = 0;
    FUZZ_CHECK(shire_gate_session_find(store, lines[2], NOW, &session, NULL) == SHIRE_NOT_FOUND);
    FUZZ_CHECK(shire_gate_token_find(store, lines[2], &account_no, NULL) == SHIRE_NOT_FOUND);
    FUZZ_CHECK(shire_gate_session_give_code(store, key_path, lines[2], lines[3], NOW, &outcome,
                                            &token, NULL) == SHIRE_NOT_FOUND);
    FUZZ_CHECK(shire_gate_session_end(store, lines[2], NULL) == SHIRE_OK);
}

static void read_categories(shire_span names) {
    uint32_t bits = 0;
    uint32_t again = 0;
    shire_arena *arena = NULL;
    shire_error error = {0};
    if (shire_gate_categories_parse(names, &bits, &error) != SHIRE_OK) {
        FUZZ_CHECK(error.status == SHIRE_INVALID && error.message[0] != '\0');
        return;
    }
    FUZZ_CHECK(bits != 0 && (bits & ~SHIRE_GATE_CATEGORIES_ALL) == 0);
    FUZZ_CHECK(shire_arena_new("fuzz", 0, &arena, NULL) == SHIRE_OK);
    const char *text = shire_gate_categories_format(bits, arena);
    FUZZ_CHECK(text != NULL);
    FUZZ_CHECK(shire_gate_categories_parse(shire_span_of(text), &again, NULL) == SHIRE_OK);
    FUZZ_CHECK(again == bits);
    shire_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_span lines[LINES] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
    const char *at = (const char *)data;
    const char *end = at + size;
    for (size_t i = 0; i < LINES && size > 0 && at < end; i++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        line_end = line_end == NULL ? end : line_end;
        lines[i] = (shire_span){at, (size_t)(line_end - at)};
        at = line_end + 1;
    }
    shire_store *store = open_store();
    FUZZ_CHECK(shire_store_begin(store, NULL) == SHIRE_OK);
    sign_in(store, lines);
    try_token(store, lines);
    shire_store_rollback(store);
    read_categories(lines[4]);
    int64_t step = shire_code_find_step(secret, lines[3], NOW, 0);
    FUZZ_CHECK(step == 0 || (step >= NOW / 30 - 1 && step <= NOW / 30 + 1));
    FUZZ_CHECK(shire_code_find_step(secret, lines[3], NOW, NOW / 30 + 1) == 0);
    return 0;
}
