/*
 * The Merkle tree of an append-only log, as RFC 6962 (section 2.1) and RFC 9162 define it: SHA-256,
 * a leaf is hashed after the byte 0, a pair of subtrees after the byte 1, and a tree of n leaves
 * splits at the largest power of two below n.
 *
 * A log is a list of leaf hashes in order. What was said of a tree of some size stays checkable for
 * ever: a consistency proof shows that a later tree only appended, an inclusion proof that a leaf
 * stands at its place. Whoever checks needs the two root hashes and the proof, nothing else.
 *
 * Pure functions; proofs and roots from leaves take time in proportion to the leaves.
 */
#ifndef SHIRE_AUDIT_TREE_KERNEL_H
#define SHIRE_AUDIT_TREE_KERNEL_H

#include "io/crypto.h"

/* More hashes than any proof in a tree of fewer than 2^63 leaves has. */
#define SHIRE_AUDIT_PROOF_MAX 64

typedef struct shire_audit_proof {
    size_t count;
    shire_hash hashes[SHIRE_AUDIT_PROOF_MAX]; /* in the RFC's order */
} shire_audit_proof;

/* The right edge of a tree that grows: one hash for each bit that is set in `size`, so that a leaf
 * is added and the root read without the leaves before. Zeroed memory is the empty tree. */
typedef struct shire_audit_edge {
    uint64_t size;
    shire_hash
        peaks[SHIRE_AUDIT_PROOF_MAX]; /* peaks[k]: the subtree of 2^k leaves, where bit k is */
} shire_audit_edge;

shire_hash shire_audit_hash_leaf(shire_span entry);
shire_hash shire_audit_hash_pair(const shire_hash *left, const shire_hash *right);

void shire_audit_edge_append(shire_audit_edge *edge, const shire_hash *leaf);
/* The root; of the empty tree the hash of nothing. */
shire_hash shire_audit_edge_root(const shire_audit_edge *edge);

/* The root over leaves[0 .. count). */
shire_hash shire_audit_root(const shire_hash *leaves, uint64_t count);

/* The audit path of leaves[index]; index < count. */
void shire_audit_prove_inclusion(const shire_hash *leaves, uint64_t count, uint64_t index,
                                 shire_audit_proof *proof_out);
/* That the first old_count leaves are a beginning; old_count <= count. Of an empty or the same tree
 * the proof is empty. */
void shire_audit_prove_consistency(const shire_hash *leaves, uint64_t count, uint64_t old_count,
                                   shire_audit_proof *proof_out);

/* RFC 9162, sections 2.1.3.2 and 2.1.4.2. */
bool shire_audit_inclusion_holds(const shire_hash *leaf, uint64_t index, uint64_t count,
                                 const shire_hash *root, const shire_audit_proof *proof);
bool shire_audit_consistency_holds(uint64_t old_count, const shire_hash *old_root, uint64_t count,
                                   const shire_hash *root, const shire_audit_proof *proof);

#endif
