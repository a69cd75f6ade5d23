-- The audit log: what was done, by whom, why and about whom. Rows are only added.

-- `leaf` is the hash of the entry in the Merkle tree; it covers every other column through a salt of
-- its own, so that what an entry says can be erased and proofs still hold. An erased entry has no
-- salt and empty texts.
CREATE TABLE audit_entry (
    entry_no BIGINT PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    organisation TEXT NOT NULL,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    salt TEXT,
    leaf TEXT NOT NULL
);
CREATE INDEX audit_entry_by_subject ON audit_entry (subject);

-- What the log said of itself, signed, with the signatures of witnesses (audit/audit_note.h), and
-- the right edge of the tree at that size, from which it grows on.
CREATE TABLE audit_checkpoint (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    edge TEXT NOT NULL
);
