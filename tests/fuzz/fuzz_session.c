/*
 * What a browser sends back of what it was given: the input's lines are a Cookie header, the form's
 * token, and sealed text of a link. Of an open session only its own token finds it, only its own
 * form token fits it, and only what was sealed opens, whatever stands around it.
 */
#include "fuzz_target.h"
#include "gate/gate_session.h"
#include "web/http_form.h"

#include <string.h>

enum { LINES = 3, NOW = 1790000000 };

static const uint8_t key[SHIRE_SEAL_KEY_BYTES] = {3, 1, 4};
static shire_gate_token ours;

/* One account with an open session, in a store in memory; inputs only read it. */
static shire_store *open_store(void) {
    static shire_store *store;
    if (store == NULL) {
        const shire_gate_actor admin = {"admin", "BODY", ""};
        const shire_gate_account account = {.name = "nurse",
                                            .full_name = "A Nurse",
                                            .organisation = "BODY",
                                            .role = SHIRE_GATE_CLINICIAN};
        int64_t number = 0;
        FUZZ_CHECK(shire_store_open(":memory:", SHIRE_STORE_WRITE, &store, NULL) == SHIRE_OK);
        FUZZ_CHECK(shire_store_begin(store, NULL) == SHIRE_OK);
        FUZZ_CHECK(shire_gate_account_add(store, &admin, &account, &number, NULL) == SHIRE_OK);
        FUZZ_CHECK(shire_gate_session_open(store, number, NULL, NOW, &ours, NULL) == SHIRE_OK);
        FUZZ_CHECK(shire_store_commit(store, NULL) == SHIRE_OK);
    }
    return store;
}

static void check_token(shire_store *store, shire_span token, shire_span form_token) {
    shire_gate_session session;
    shire_error error = {0};
    shire_status status = shire_gate_session_find(store, token, NOW, &session, &error);
    bool is_ours = shire_span_equal(token, shire_span_of(ours.text));
    FUZZ_CHECK(status == (is_ours ? SHIRE_OK : SHIRE_NOT_FOUND));
    if (is_ours) {
        bool fits = shire_span_equal(form_token, shire_span_of(session.csrf));
        FUZZ_CHECK(shire_gate_csrf_matches(&session, form_token) == fits);
        FUZZ_CHECK(shire_gate_csrf_matches(&session, shire_span_of(session.csrf)));
        FUZZ_CHECK(shire_gate_session_find(store, token, session.ends, &session, &error) ==
                   SHIRE_NOT_FOUND);
    }
}

static bool has_value(const shire_http_fields *cookies, const char *name, shire_span value) {
    shire_span found = shire_http_field_find(cookies, name);
    return found.bytes != NULL && shire_span_equal(found, value);
}

/* Every cookie of the header as a session, and ours behind the header as it stands. */
static void check_cookies(shire_store *store, shire_span header, shire_span form_token,
                          shire_arena *arena) {
    shire_http_fields cookies;
    if (shire_http_cookies_parse(header, arena, &cookies, NULL) != SHIRE_OK) {
        return;
    }
    for (size_t i = 0; i < cookies.count; i++) {
        FUZZ_CHECK(memchr(cookies.items[i].name.bytes, ';', cookies.items[i].name.length) == NULL);
        FUZZ_CHECK(memchr(cookies.items[i].value.bytes, ';', cookies.items[i].value.length) ==
                   NULL);
        check_token(store, cookies.items[i].value, form_token);
    }
    char *longer =
        shire_arena_format(arena, "%.*s; shire=%s", (int)header.length, header.bytes, ours.text);
    FUZZ_CHECK(longer != NULL);
    bool has_own = shire_http_field_find(&cookies, "shire").bytes != NULL;
    if (memchr(header.bytes, '\0', header.length) == NULL && !has_own &&
        shire_http_cookies_parse(shire_span_of(longer), arena, &cookies, NULL) == SHIRE_OK) {
        FUZZ_CHECK(has_value(&cookies, "shire", shire_span_of(ours.text)));
        check_token(store, shire_http_field_find(&cookies, "shire"), form_token);
    }
}

/* Bytes in place of some of a sealed text's: nothing but the very text opens. */
static void check_sealed(shire_span bytes) {
    char message[256];
    size_t length = 0;
    shire_builder sealed = {0};
    FUZZ_CHECK(!shire_sealed_open(bytes, key, message, sizeof message, &length));
    shire_builder_append_sealed(&sealed, key, (shire_span){"a place in a list", 17});
    FUZZ_CHECK(!sealed.failed);
    size_t at = bytes.length == 0 ? 0 : (unsigned char)bytes.bytes[0] % sealed.length;
    bool is_changed = false;
    for (size_t i = 1; i < bytes.length && at + i <= sealed.length; i++) {
        is_changed = is_changed || sealed.bytes[at + i - 1] != bytes.bytes[i];
        sealed.bytes[at + i - 1] = bytes.bytes[i];
    }
    bool opens = shire_sealed_open((shire_span){sealed.bytes, sealed.length}, key, message,
                                   sizeof message, &length);
    FUZZ_CHECK(opens == !is_changed);
    FUZZ_CHECK(!opens || (length == 17 && memcmp(message, "a place in a list", 17) == 0));
    FUZZ_CHECK(!shire_sealed_open((shire_span){sealed.bytes, sealed.length - 1}, key, message,
                                  sizeof message, &length));
    shire_builder_free(&sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_span lines[LINES] = {{"", 0}, {"", 0}, {"", 0}};
    const char *at = (const char *)data;
    const char *end = at + size;
    shire_arena *arena = NULL;
    for (size_t i = 0; i < LINES && size > 0 && at < end; i++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        line_end = line_end == NULL ? end : line_end;
        lines[i] = (shire_span){at, (size_t)(line_end - at)};
        at = line_end + 1;
    }
    if (shire_arena_new("fuzz", 64 << 20, &arena, NULL) == SHIRE_OK) {
        shire_store *store = open_store();
        check_cookies(store, lines[0], lines[1], arena);
        check_token(store, lines[1], lines[0]);
        check_token(store, shire_span_of(ours.text), lines[1]);
        check_sealed(lines[2]);
    }
    shire_arena_free(arena);
    return 0;
}
