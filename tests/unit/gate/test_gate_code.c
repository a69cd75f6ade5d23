/* The key that the secrets of one-time codes are sealed with: another one takes its place, and what
 * was sealed opens at every moment between. */
#include "gate/gate_code.h"

#include "io/secret.h"
#include "unit/gate/gate_scene.h"

static const char *key_of(const gate_scene *scene) {
    static char path[96];
    snprintf(path, sizeof path, "%s/codes.key", scene->place.dir);
    return path;
}

static void offer(gate_scene *scene, const char *name,
                  char secret_out[SHIRE_CODE_SECRET_LETTERS + 1]) {
    OK(shire_gate_code_offer(scene->store, &admin, key_of(scene), name, NOW, secret_out, error));
}

/* Whether the key file opens all of the kept secrets. */
static bool key_opens_all(gate_scene *scene, int64_t sealed_count) {
    int64_t count = 0;
    bool has_key = false;
    OK(shire_gate_code_find_key(scene->store, key_of(scene), &count, &has_key, error));
    assert_int_equal(count, sealed_count);
    return has_key;
}

static size_t key_count(const gate_scene *scene) {
    shire_secret_ring ring;
    OK(shire_secret_read_ring(key_of(scene), &ring, error));
    return ring.count;
}

static void give_key_back(const gate_scene *scene, const shire_secret_ring *ring) {
    OK(shire_secret_write_ring(key_of(scene), ring, error));
}

static void
another_key_takes_the_place_of_the_old_one_at_whatever_moment_it_is_killed(void **state) {
    gate_scene *scene = *state;
    char secrets[2][SHIRE_CODE_SECRET_LETTERS + 1];
    char code[SHIRE_CODE_DIGITS + 1];
    shire_gate_recovery recovery;
    shire_secret_ring first;
    shire_secret_ring second;
    int64_t count = 0;
    add_account(scene, "nurse.one", SHIRE_GATE_CLINICIAN, "TRUST");
    add_account(scene, "nurse.two", SHIRE_GATE_CLINICIAN, "TRUST");
    offer(scene, "nurse.one", secrets[0]);
    OK(shire_secret_read_ring(key_of(scene), &first, error));
    /* Killed before the commit: both keys are there, and the old one is in force. */
    OK(shire_store_savepoint(scene->store, error));
    OK(shire_gate_code_rotate(scene->store, &admin, key_of(scene), &count, error));
    assert_int_equal(count, 1);
    OK(shire_store_undo(scene->store, error));
    assert_true(key_opens_all(scene, 1));
    assert_int_equal(key_count(scene), 2);
    /* Meanwhile somebody gets a code, by the key that will be the new one. */
    offer(scene, "nurse.two", secrets[1]);
    assert_true(key_opens_all(scene, 2));
    /* Killed after the commit: the new one is in force. */
    OK(shire_gate_code_rotate(scene->store, &admin, key_of(scene), &count, error));
    assert_int_equal(count, 2);
    assert_true(key_opens_all(scene, 2));
    OK(shire_gate_code_rotate(scene->store, &admin, key_of(scene), &count, error));
    OK(shire_gate_code_drop_old_key(key_of(scene), error));
    assert_int_equal(key_count(scene), 1);
    assert_true(key_opens_all(scene, 2));
    OK(shire_secret_read_ring(key_of(scene), &second, error));
    assert_memory_not_equal(first.keys[0].bytes, second.keys[0].bytes, SHIRE_SECRET_KEY_BYTES);
    static const char *const names[] = {"nurse.one", "nurse.two"};
    for (size_t i = 0; i < 2; i++) {
        assert_true(shire_code_at(secrets[i], NOW, code));
        OK(shire_gate_code_confirm(scene->store, &admin, key_of(scene), names[i],
                                   shire_span_of(code), NOW, &recovery, error));
    }
    /* The old key opens nothing any more, and cannot be changed for another. */
    give_key_back(scene, &first);
    assert_false(key_opens_all(scene, 2));
    OK(shire_store_savepoint(scene->store, error));
    assert_int_equal(shire_gate_code_rotate(scene->store, &admin, key_of(scene), &count, NULL),
                     SHIRE_IO_FAILED);
    OK(shire_store_undo(scene->store, error));
    assert_int_equal(unlink(key_of(scene)), 0);
    assert_false(key_opens_all(scene, 2));
    assert_int_equal(shire_gate_code_rotate(scene->store, &admin, key_of(scene), &count, NULL),
                     SHIRE_NOT_FOUND);
    give_key_back(scene, &second);
    assert_true(key_opens_all(scene, 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        another_key_takes_the_place_of_the_old_one_at_whatever_moment_it_is_killed, open_scene,
        close_scene)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
