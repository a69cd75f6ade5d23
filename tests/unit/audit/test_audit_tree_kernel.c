/* The tree against the known roots of Certificate Transparency's eight-leaf log, and against the
 * RFC's own recursive definition for every size up to 130 leaves; every proof of every size. */
#include "audit/audit_tree_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LEAVES 130

static shire_hash leaves[LEAVES];

static int make_leaves(void **state) {
    (void)state;
    for (size_t i = 0; i < LEAVES; i++) {
        char entry[16];
        int length = snprintf(entry, sizeof entry, "entry %zu", i);
        leaves[i] = shire_audit_hash_leaf((shire_span){entry, (size_t)length});
    }
    return 0;
}

/* RFC 6962, section 2.1, word by word. */
static shire_hash naive_root(const shire_hash *of, uint64_t count) {
    if (count == 0) {
        return shire_sha256(NULL, 0);
    }
    if (count == 1) {
        return of[0];
    }
    uint64_t split = 1;
    while (split * 2 < count) {
        split *= 2;
    }
    shire_hash left = naive_root(of, split);
    shire_hash right = naive_root(of + split, count - split);
    return shire_audit_hash_pair(&left, &right);
}

static void assert_hex(const shire_hash *hash, const char *hex) {
    char text[65];
    for (size_t i = 0; i < SHIRE_HASH_BYTES; i++) {
        snprintf(text + 2 * i, 3, "%02x", hash->bytes[i]);
    }
    assert_string_equal(text, hex);
}

static void the_known_log_has_its_known_roots(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *root;
    } known[] = {
        {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"\0", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    shire_audit_edge edge = {0};
    shire_hash root = shire_audit_edge_root(&edge);
    assert_hex(&root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        shire_hash leaf = shire_audit_hash_leaf((shire_span){known[i].bytes, known[i].length});
        shire_audit_edge_append(&edge, &leaf);
        root = shire_audit_edge_root(&edge);
        assert_hex(&root, known[i].root);
    }
}

static void roots_are_those_of_the_definition(void **state) {
    (void)state;
    for (uint64_t count = 0; count <= LEAVES; count++) {
        shire_hash expected = naive_root(leaves, count);
        shire_hash root = shire_audit_root(leaves, count);
        assert_true(shire_hash_equal(&root, &expected));
    }
}

static void each_leaf_is_proved_in_its_place_and_nowhere_else(void **state) {
    (void)state;
    for (uint64_t count = 1; count <= LEAVES; count++) {
        shire_hash root = shire_audit_root(leaves, count);
        for (uint64_t index = 0; index < count; index++) {
            shire_audit_proof proof;
            shire_audit_prove_inclusion(leaves, count, index, &proof);
            assert_true(shire_audit_inclusion_holds(&leaves[index], index, count, &root, &proof));
            uint64_t other = (index + 1) % count;
            if (other != index) {
                assert_false(
                    shire_audit_inclusion_holds(&leaves[other], index, count, &root, &proof));
                assert_false(
                    shire_audit_inclusion_holds(&leaves[index], other, count, &root, &proof));
            }
            if (proof.count > 0) {
                proof.hashes[proof.count / 2].bytes[7] ^= 1;
                assert_false(
                    shire_audit_inclusion_holds(&leaves[index], index, count, &root, &proof));
                proof.count--;
                assert_false(
                    shire_audit_inclusion_holds(&leaves[index], index, count, &root, &proof));
            }
        }
    }
}

static void each_older_tree_is_proved_a_beginning(void **state) {
    (void)state;
    for (uint64_t count = 0; count <= LEAVES; count++) {
        shire_hash root = shire_audit_root(leaves, count);
        for (uint64_t old = 0; old <= count; old++) {
            shire_hash old_root = shire_audit_root(leaves, old);
            shire_audit_proof proof;
            shire_audit_prove_consistency(leaves, count, old, &proof);
            assert_true(shire_audit_consistency_holds(old, &old_root, count, &root, &proof));
            if (old == 0) {
                continue;
            }
            shire_hash wrong = old_root;
            wrong.bytes[0] ^= 1;
            assert_false(shire_audit_consistency_holds(old, &wrong, count, &root, &proof));
            if (old < count) {
                wrong = root;
                wrong.bytes[31] ^= 1;
                assert_false(shire_audit_consistency_holds(old, &old_root, count, &wrong, &proof));
                assert_false(shire_audit_consistency_holds(count, &root, old, &old_root, &proof));
                proof.count--;
                assert_false(shire_audit_consistency_holds(old, &old_root, count, &root, &proof));
            }
        }
    }
}

/* What a key holder who rewrites the past cannot do: find a proof from the true old root. */
static void a_rewritten_past_has_no_proof(void **state) {
    (void)state;
    shire_hash changed[LEAVES];
    for (uint64_t old = 1; old < LEAVES; old++) {
        shire_hash old_root = shire_audit_root(leaves, old);
        memcpy(changed, leaves, sizeof changed);
        changed[old / 2].bytes[3] ^= 4;
        shire_hash root = shire_audit_root(changed, LEAVES);
        shire_audit_proof proof;
        shire_audit_prove_consistency(changed, LEAVES, old, &proof);
        assert_false(shire_audit_consistency_holds(old, &old_root, LEAVES, &root, &proof));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_log_has_its_known_roots),
        cmocka_unit_test(roots_are_those_of_the_definition),
        cmocka_unit_test(each_leaf_is_proved_in_its_place_and_nowhere_else),
        cmocka_unit_test(each_older_tree_is_proved_a_beginning),
        cmocka_unit_test(a_rewritten_past_has_no_proof),
    };
    return cmocka_run_group_tests(tests, make_leaves, NULL);
}
