/*
 * A tree is never stored: its right edge is enough to grow it, and the leaves are enough to prove
 * anything of it. Proofs are made from the root down, along the path to the leaf or to the end of
 * the old tree, and checked from the leaf up by the bits of the two sizes.
 */
#include "audit/audit_tree_kernel.h"

#include <assert.h>

static const char leaf_mark[1] = {0};
static const char pair_mark[1] = {1};

shire_hash shire_audit_hash_leaf(shire_span entry) {
    shire_span parts[2] = {{leaf_mark, 1}, entry};
    return shire_sha256(parts, 2);
}

shire_hash shire_audit_hash_pair(const shire_hash *left, const shire_hash *right) {
    shire_span parts[3] = {{pair_mark, 1},
                           {(const char *)left->bytes, SHIRE_HASH_BYTES},
                           {(const char *)right->bytes, SHIRE_HASH_BYTES}};
    return shire_sha256(parts, 3);
}

void shire_audit_edge_append(shire_audit_edge *edge, const shire_hash *leaf) {
    shire_hash grown = *leaf;
    size_t level = 0;
    for (uint64_t rest = edge->size; (rest & 1) != 0; rest >>= 1) {
        grown = shire_audit_hash_pair(&edge->peaks[level++], &grown);
    }
    edge->peaks[level] = grown;
    edge->size++;
}

shire_hash shire_audit_edge_root(const shire_audit_edge *edge) {
    if (edge->size == 0) {
        return shire_sha256(NULL, 0);
    }
    size_t level = (size_t)__builtin_ctzll(edge->size);
    shire_hash root = edge->peaks[level];
    for (level++; level < SHIRE_AUDIT_PROOF_MAX && edge->size >> level != 0; level++) {
        if ((edge->size >> level & 1) != 0) {
            root = shire_audit_hash_pair(&edge->peaks[level], &root);
        }
    }
    return root;
}

shire_hash shire_audit_root(const shire_hash *leaves, uint64_t count) {
    shire_audit_edge edge = {0};
    for (uint64_t i = 0; i < count; i++) {
        shire_audit_edge_append(&edge, &leaves[i]);
    }
    return shire_audit_edge_root(&edge);
}

/* The largest power of two below count; count > 1. */
static uint64_t split_of(uint64_t count) {
    return UINT64_C(1) << (63 - __builtin_clzll(count - 1));
}

static void reverse(shire_audit_proof *proof) {
    for (size_t i = 0; i < proof->count / 2; i++) {
        shire_hash kept = proof->hashes[i];
        proof->hashes[i] = proof->hashes[proof->count - 1 - i];
        proof->hashes[proof->count - 1 - i] = kept;
    }
}

static void add(shire_audit_proof *proof, shire_hash hash) {
    assert(proof->count < SHIRE_AUDIT_PROOF_MAX);
    proof->hashes[proof->count++] = hash;
}

void shire_audit_prove_inclusion(const shire_hash *leaves, uint64_t count, uint64_t index,
                                 shire_audit_proof *proof_out) {
    assert(index < count);
    proof_out->count = 0;
    while (count > 1) {
        uint64_t split = split_of(count);
        if (index < split) {
            add(proof_out, shire_audit_root(leaves + split, count - split));
            count = split;
        } else {
            add(proof_out, shire_audit_root(leaves, split));
            leaves += split;
            index -= split;
            count -= split;
        }
    }
    reverse(proof_out);
}

void shire_audit_prove_consistency(const shire_hash *leaves, uint64_t count, uint64_t old_count,
                                   shire_audit_proof *proof_out) {
    assert(old_count <= count);
    proof_out->count = 0;
    if (old_count == 0 || old_count == count) {
        return;
    }
    /* Until the old tree ends where a subtree ends. That subtree's hash is known to whoever knows
     * the old root only when the walk never turned right. */
    bool has_turned = false;
    while (old_count != count) {
        uint64_t split = split_of(count);
        if (old_count <= split) {
            add(proof_out, shire_audit_root(leaves + split, count - split));
            count = split;
        } else {
            add(proof_out, shire_audit_root(leaves, split));
            leaves += split;
            old_count -= split;
            count -= split;
            has_turned = true;
        }
    }
    if (has_turned) {
        add(proof_out, shire_audit_root(leaves, count));
    }
    reverse(proof_out);
}

bool shire_audit_inclusion_holds(const shire_hash *leaf, uint64_t index, uint64_t count,
                                 const shire_hash *root, const shire_audit_proof *proof) {
    if (index >= count) {
        return false;
    }
    uint64_t at = index;
    uint64_t last = count - 1;
    shire_hash grown = *leaf;
    for (size_t i = 0; i < proof->count; i++) {
        if (last == 0) {
            return false;
        }
        if ((at & 1) != 0 || at == last) {
            grown = shire_audit_hash_pair(&proof->hashes[i], &grown);
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            grown = shire_audit_hash_pair(&grown, &proof->hashes[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && shire_hash_equal(&grown, root);
}

bool shire_audit_consistency_holds(uint64_t old_count, const shire_hash *old_root, uint64_t count,
                                   const shire_hash *root, const shire_audit_proof *proof) {
    if (old_count == 0) {
        shire_hash nothing = shire_sha256(NULL, 0);
        return proof->count == 0 && shire_hash_equal(old_root, &nothing);
    }
    if (old_count >= count) {
        return old_count == count && proof->count == 0 && shire_hash_equal(old_root, root);
    }
    uint64_t at = old_count - 1;
    uint64_t last = count - 1;
    while ((at & 1) != 0) {
        at >>= 1;
        last >>= 1;
    }
    /* An old tree that is a whole subtree is its own first hash. */
    size_t next = at == 0 ? 0 : 1;
    if (next > proof->count) {
        return false;
    }
    shire_hash old_grown = at == 0 ? *old_root : proof->hashes[0];
    shire_hash grown = old_grown;
    for (; next < proof->count; next++) {
        if (last == 0) {
            return false;
        }
        if ((at & 1) != 0 || at == last) {
            old_grown = shire_audit_hash_pair(&proof->hashes[next], &old_grown);
            grown = shire_audit_hash_pair(&proof->hashes[next], &grown);
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            grown = shire_audit_hash_pair(&grown, &proof->hashes[next]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && shire_hash_equal(&old_grown, old_root) && shire_hash_equal(&grown, root);
}
