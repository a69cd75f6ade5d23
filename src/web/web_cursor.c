/* The sealed text is "account purpose run place". */
#include "web/web_cursor.h"

#include "io/crypto.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <pthread.h>
#include <string.h>

#define OWNER_BYTES_MAX 128

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static uint8_t key[SHIRE_SEAL_KEY_BYTES];

static void make_key(void) {
    shire_random_bytes(key, sizeof key);
}

static void append_owner(const shire_call *call, shire_builder *text) {
    const shire_gate_viewer *viewer = &call->user->viewer;
    shire_builder_append_format(text, "%lld %d %s ", (long long)viewer->account_no,
                                (int)viewer->purpose, call->world->run);
}

json_t *shire_cursor_seal(const shire_call *call, shire_span place) {
    shire_builder text = {0};
    shire_builder sealed = {0};
    pthread_once(&key_once, make_key);
    append_owner(call, &text);
    shire_builder_append(&text, place);
    shire_builder_append_sealed(&sealed, key, (shire_span){text.bytes, text.length});
    json_t *cursor =
        text.failed || sealed.failed ? NULL : json_stringn(sealed.bytes, sealed.length);
    shire_builder_free(&text);
    shire_builder_free(&sealed);
    return cursor;
}

bool shire_cursor_open(const shire_call *call, shire_span cursor, shire_span *place_out) {
    size_t capacity = SHIRE_CURSOR_BYTES_MAX + OWNER_BYTES_MAX;
    char *text = shire_arena_alloc(call->request->arena, capacity + 1);
    shire_builder owner = {0};
    size_t length = 0;
    pthread_once(&key_once, make_key);
    append_owner(call, &owner);
    bool is_ours = text != NULL && !owner.failed &&
                   shire_sealed_open(cursor, key, text, capacity, &length) &&
                   length >= owner.length && memcmp(text, owner.bytes, owner.length) == 0;
    if (is_ours) {
        text[length] = '\0';
        *place_out = (shire_span){text + owner.length, length - owner.length};
    }
    shire_builder_free(&owner);
    return is_ours;
}
