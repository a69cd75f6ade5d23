-- What is written in Shire itself about people: plans, alerts, documents. Every version is kept.

-- Records of a person may be asked for by the ids that became part of it.
CREATE INDEX index_person_by_into ON index_person (retired_into);

-- `version` is the latest. kind: plan, alert, document. `organisation` owns the item.
CREATE TABLE record_item (
    item_id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES index_person (person_id),
    kind TEXT NOT NULL,
    organisation TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX record_item_by_person ON record_item (person_id);

-- Rows are only added. state: open or ended. body: JSON (docs/record.md). sensitivity: bits of
-- kinds of care that are left out unless the person includes them.
CREATE TABLE record_version (
    item_id TEXT NOT NULL REFERENCES record_item (item_id),
    version BIGINT NOT NULL,
    made TEXT NOT NULL,
    actor TEXT NOT NULL,
    organisation TEXT NOT NULL,
    why TEXT NOT NULL,
    state TEXT NOT NULL,
    sensitivity BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (item_id, version)
);

-- The bytes of documents, as base64, under their SHA-256.
CREATE TABLE record_content (
    hash TEXT PRIMARY KEY,
    byte_count BIGINT NOT NULL,
    content TEXT NOT NULL
);
