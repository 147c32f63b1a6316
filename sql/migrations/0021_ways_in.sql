-- Ways in without a typed name, and firms without a certificate.
--
-- A passkey: a key of somebody's authenticator. `passkey_id` is the hash of what the authenticator
-- calls it; `sign_count` goes up with each use where the authenticator counts, so a copied key shows.
-- A revoked one keeps its row.
CREATE TABLE notary.passkey (
    passkey_id    text        NOT NULL CHECK (passkey_id ~ '^[0-9a-f]{64}$'),
    credential_id bytea       NOT NULL CHECK (encode(sha256(credential_id), 'hex') = passkey_id),
    public_key    bytea       NOT NULL,
    sign_count    bigint      NOT NULL CHECK (sign_count >= 0),
    person_id     text        NOT NULL,
    org_id        text        NOT NULL,
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    enrolled_at   timestamptz NOT NULL,
    used_at       timestamptz CHECK (used_at >= enrolled_at),
    revoked_at    timestamptz CHECK (revoked_at >= enrolled_at),
    CONSTRAINT passkey_is_enrolled_once PRIMARY KEY (passkey_id),
    FOREIGN KEY (person_id, org_id) REFERENCES notary.person (person_id, org_id)
);
CREATE INDEX passkey_by_credential ON notary.passkey (credential_id);
CREATE INDEX passkey_by_person ON notary.passkey (person_id);
CREATE INDEX passkey_by_organisation ON notary.passkey (org_id);

-- When a certificate signed last, to the quarter of an hour: what a list of devices shows.
ALTER TABLE notary.certificate ADD COLUMN used_at timestamptz;

-- What a passkey or a CA token is asked to sign: once, within minutes. Only the hash is here.
CREATE TABLE web.challenge (
    challenge_sha256 bytea       PRIMARY KEY CHECK (octet_length(challenge_sha256) = 32),
    purpose          text        NOT NULL CHECK (purpose IN ('enrol', 'log-in', 'confirm')),
    person_id        text        REFERENCES notary.person,
    made_at          timestamptz NOT NULL,
    CHECK ((person_id IS NULL) = (purpose = 'log-in'))
);
CREATE INDEX challenge_by_age ON web.challenge (made_at);

-- A firm without a certificate asks to come in. An officer and an operator approve, each of another
-- line; with the second approval the firm, its first person and this one's link come into being.
CREATE TABLE notary.application (
    application_id text        PRIMARY KEY CHECK (application_id ~ '^[0-9a-f]{32}$'),
    org_id         text        NOT NULL CHECK (org_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    org_name       text        NOT NULL CHECK (length(org_name) BETWEEN 1 AND 200),
    person_name    text        NOT NULL CHECK (length(person_name) BETWEEN 1 AND 200),
    contact        text        NOT NULL CHECK (length(contact) BETWEEN 1 AND 200),
    asked_at       timestamptz NOT NULL,
    officer_id     text        REFERENCES notary.person,
    operator_id    text        REFERENCES notary.person,
    invitation_id  text        REFERENCES notary.invitation,
    refused_by     text        REFERENCES notary.person,
    refused_why    text        CHECK (length(refused_why) BETWEEN 1 AND 500),
    decided_at     timestamptz CHECK (decided_at >= asked_at),
    CHECK (officer_id <> operator_id),
    CHECK ((refused_by IS NULL) = (refused_why IS NULL)),
    CHECK ((decided_at IS NULL) = (refused_by IS NULL AND invitation_id IS NULL)),
    CHECK (invitation_id IS NULL OR (officer_id IS NOT NULL AND operator_id IS NOT NULL))
);
CREATE INDEX application_waiting ON notary.application (asked_at) WHERE decided_at IS NULL;

GRANT SELECT, INSERT ON notary.passkey, notary.application TO hall_app;
GRANT UPDATE (sign_count, used_at, revoked_at) ON notary.passkey TO hall_app;
GRANT UPDATE (used_at) ON notary.certificate TO hall_app;
GRANT UPDATE (officer_id, operator_id, invitation_id, refused_by, refused_why, decided_at)
   ON notary.application TO hall_app;
GRANT SELECT, INSERT, DELETE ON web.challenge TO hall_app;
