-- Who may see what: accounts and how they sign in, teams, agreements, and what is known of persons
-- that opens or closes their records. Days are texts (2024-04-01), from and until both included, no
-- until: still so. Moments are seconds since 1970. Organisations are named by their codes.

-- Changed with every change of the other tables but account_credential, session and throttle, so
-- that a server sees that what it read is out of date.
CREATE TABLE gate_version (
    version BIGINT NOT NULL
);
INSERT INTO gate_version (version) VALUES (1);

-- One person in one role; who works in two has two accounts. A citizen's has a person and no
-- organisation.
CREATE TABLE account (
    account_no BIGINT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    role TEXT NOT NULL,
    person_id TEXT,
    is_disabled BIGINT NOT NULL
);

-- kind: password (an argon2id string, with its parameters), code (the secret of one-time codes;
-- used_step is the last time step that was taken), code-new (shown, not confirmed yet), recovery
-- and token (SHA-256 of what was handed out once).
CREATE TABLE account_credential (
    credential_no BIGINT PRIMARY KEY,
    account_no BIGINT NOT NULL REFERENCES account (account_no),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    made BIGINT NOT NULL,
    used_step BIGINT NOT NULL
);
CREATE INDEX account_credential_by_account ON account_credential (account_no, kind);
CREATE INDEX account_credential_by_value ON account_credential (value);

-- Who an account is at a provider of OpenID Connect.
CREATE TABLE account_identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_no BIGINT NOT NULL REFERENCES account (account_no),
    PRIMARY KEY (issuer, subject)
);

-- A signed-in browser. The token itself is nowhere; purpose is empty until a one-time code that is
-- still owed was given.
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    account_no BIGINT NOT NULL REFERENCES account (account_no),
    purpose TEXT NOT NULL,
    owes_code BIGINT NOT NULL,
    made BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    ends BIGINT NOT NULL
);
CREATE INDEX session_by_account ON session (account_no);

-- Failed sign-ins, by a hash of the name that was tried or of the address that tried.
CREATE TABLE throttle (
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last BIGINT NOT NULL
);

CREATE TABLE team (
    team_no BIGINT PRIMARY KEY,
    organisation TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (organisation, name)
);

CREATE TABLE team_member (
    member_no BIGINT PRIMARY KEY,
    team_no BIGINT NOT NULL REFERENCES team (team_no),
    account_no BIGINT NOT NULL REFERENCES account (account_no),
    from_day TEXT NOT NULL,
    until_day TEXT
);
CREATE INDEX team_member_by_account ON team_member (account_no);

-- Information-sharing agreements: categories are names with a space between.
CREATE TABLE agreement (
    agreement_no BIGINT PRIMARY KEY,
    owner TEXT NOT NULL,
    recipient TEXT NOT NULL,
    purpose TEXT NOT NULL,
    categories TEXT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT,
    reference TEXT NOT NULL
);

-- Relationships that no extract tells of.
CREATE TABLE relationship (
    relationship_no BIGINT PRIMARY KEY,
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    organisation TEXT NOT NULL,
    team_no BIGINT REFERENCES team (team_no),
    from_day TEXT NOT NULL,
    until_day TEXT
);
CREATE INDEX relationship_by_person ON relationship (person_id);

-- An envelope of sealed items, for a team or, without one, a whole body; seal_item names them.
CREATE TABLE seal (
    seal_no BIGINT PRIMARY KEY,
    person_id TEXT NOT NULL,
    organisation TEXT NOT NULL,
    team_no BIGINT REFERENCES team (team_no),
    from_day TEXT NOT NULL,
    until_day TEXT
);

CREATE TABLE seal_item (
    seal_no BIGINT NOT NULL REFERENCES seal (seal_no),
    item TEXT NOT NULL,
    PRIMARY KEY (seal_no, item)
);

-- Sensitive kinds that a person includes, for one organisation or all ('*').
CREATE TABLE consent (
    consent_no BIGINT PRIMARY KEY,
    person_id TEXT NOT NULL,
    kinds TEXT NOT NULL,
    organisation TEXT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT
);

-- The National Data Opt-out.
CREATE TABLE opt_out (
    person_id TEXT PRIMARY KEY,
    from_day TEXT NOT NULL,
    until_day TEXT
);

CREATE TABLE break_glass (
    grant_no BIGINT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    account_no BIGINT NOT NULL REFERENCES account (account_no),
    person_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    opened BIGINT NOT NULL,
    ends BIGINT NOT NULL
);

-- What a privacy officer is told: a reference to look up, and no identity.
CREATE TABLE notice (
    notice_no BIGINT PRIMARY KEY,
    reference TEXT NOT NULL,
    kind TEXT NOT NULL,
    organisation TEXT NOT NULL,
    made BIGINT NOT NULL,
    seen BIGINT,
    seen_by TEXT
);
