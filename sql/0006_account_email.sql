-- Who an account will be at a provider of OpenID Connect, by an e-mail address that an administrator
-- entered (letters of ASCII in lower case). The first sign-in with it takes the row away and writes
-- account_identity, because an address may go to somebody else and a subject does not.
CREATE TABLE account_email (
    issuer TEXT NOT NULL,
    email TEXT NOT NULL,
    account_no BIGINT NOT NULL REFERENCES account (account_no),
    PRIMARY KEY (issuer, email)
);
