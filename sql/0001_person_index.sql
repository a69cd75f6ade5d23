-- The person index: what must outlive every run. Plain SQL that SQLite and PostgreSQL both take.

-- A run that changed the index. `state` names the index as this run left it: a hash of the state
-- before and of all that changed.
CREATE TABLE index_run (
    run_no BIGINT PRIMARY KEY,
    finished TEXT NOT NULL,
    state TEXT NOT NULL,
    record_count BIGINT NOT NULL,
    person_count BIGINT NOT NULL
);

-- Every person id that ever was. A retired one says where most of its records went.
CREATE TABLE index_person (
    person_id TEXT PRIMARY KEY,
    made_run BIGINT NOT NULL REFERENCES index_run (run_no),
    retired_run BIGINT REFERENCES index_run (run_no),
    retired_into TEXT REFERENCES index_person (person_id)
);

-- The person that a record was last with, also of records that are not in the extracts any more.
CREATE TABLE index_member (
    organisation TEXT NOT NULL,
    source TEXT NOT NULL,
    local_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES index_person (person_id),
    PRIMARY KEY (organisation, source, local_id)
);
CREATE INDEX index_member_by_person ON index_member (person_id);

-- Records that went from one person to another: join (from_person is retired), split (to_person is
-- new) or move (both stay). `reason` is decision, fact or evidence; the pair is the one that tells.
CREATE TABLE index_change (
    change_no BIGINT PRIMARY KEY,
    run_no BIGINT NOT NULL REFERENCES index_run (run_no),
    kind TEXT NOT NULL,
    from_person TEXT NOT NULL REFERENCES index_person (person_id),
    to_person TEXT NOT NULL REFERENCES index_person (person_id),
    reason TEXT NOT NULL,
    fact TEXT,
    decision_no BIGINT,
    weight TEXT,
    pair_a TEXT,
    pair_b TEXT
);
CREATE INDEX index_change_by_from ON index_change (from_person);
CREATE INDEX index_change_by_to ON index_change (to_person);

-- side: moved, from (stayed with from_person), to (were with to_person, or came from elsewhere).
CREATE TABLE index_change_record (
    change_no BIGINT NOT NULL REFERENCES index_change (change_no),
    place BIGINT NOT NULL,
    side TEXT NOT NULL,
    organisation TEXT NOT NULL,
    source TEXT NOT NULL,
    local_id TEXT NOT NULL,
    PRIMARY KEY (change_no, place)
);

-- What people decided, of a pair of records or, by undoing it, of a change. Rows are only added:
-- the latest about a pair or a change holds. verdict: same, different, unsure; undo; undone.
CREATE TABLE link_decision (
    decision_no BIGINT PRIMARY KEY,
    made TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    verdict TEXT NOT NULL,
    change_no BIGINT REFERENCES index_change (change_no),
    a_organisation TEXT,
    a_source TEXT,
    a_local_id TEXT,
    b_organisation TEXT,
    b_source TEXT,
    b_local_id TEXT
);
