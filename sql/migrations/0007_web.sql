-- What the web remembers between requests: sessions, failed passwords, nonces, answers.
--
-- None of it is a record. Rows are swept when they no longer matter; the ledger keeps what counts.

-- Who is logged in. The cookie holds 256 random bits, this table only their hash: a copy of the
-- database lets nobody in. `halfway`: the password was right and the code is still to come; such a
-- row stands for nobody.
CREATE TABLE web.session (
    token_sha256 bytea       PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    person_id    text        NOT NULL REFERENCES notary.person,
    halfway      boolean     NOT NULL,
    began_at     timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL CHECK (seen_at >= began_at)
);
CREATE INDEX session_by_age ON web.session (seen_at);
CREATE INDEX session_by_person ON web.session (person_id);

-- Failed passwords in a row by the name that was typed, whether or not somebody has it: the answer
-- must not tell. It bars the password form and nothing else.
CREATE TABLE web.password_lock (
    typed_name text        PRIMARY KEY CHECK (length(typed_name) <= 64),
    failures   integer     NOT NULL CHECK (failures > 0),
    failed_at  timestamptz NOT NULL
);
CREATE INDEX password_lock_by_age ON web.password_lock (failed_at);

-- A signed request is good once. Its nonce is kept well past the minute in which it could be used.
CREATE TABLE web.nonce (
    cert_sha256 text        NOT NULL,
    nonce       text        NOT NULL CHECK (length(nonce) BETWEEN 16 AND 64),
    used_at     timestamptz NOT NULL,
    CONSTRAINT nonce_is_used_once PRIMARY KEY (cert_sha256, nonce)
);
CREATE INDEX nonce_by_age ON web.nonce (used_at);

-- What an act answered to a key, written in the act's own transaction: after any crash either both
-- are there or neither is. `refused` is the code of a refusal, then `body` its facts. `kept_at`
-- decides nothing but when the row may be swept.
CREATE TABLE web.outcome (
    actor          text        NOT NULL,
    key            text        NOT NULL CHECK (length(key) BETWEEN 16 AND 64),
    request_sha256 bytea       NOT NULL CHECK (octet_length(request_sha256) = 32),
    refused        text,
    body           bytea       NOT NULL,
    kept_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT one_outcome_per_key PRIMARY KEY (actor, key)
);
CREATE INDEX outcome_by_age ON web.outcome (kept_at);

GRANT SELECT, INSERT, DELETE ON web.session, web.password_lock, web.nonce, web.outcome TO hall_app;
GRANT UPDATE (seen_at) ON web.session TO hall_app;
GRANT UPDATE (failures, failed_at) ON web.password_lock TO hall_app;
