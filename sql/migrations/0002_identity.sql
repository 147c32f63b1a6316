-- Who: organisations, people, certificates, roles, duty statements, and what people log in with.
--
-- Rows are facts of acts that left an entry in the ledger. Nothing is renamed or removed: a role
-- ends, a certificate is revoked, a statement is followed by a newer one. `branch` is the
-- jurisdiction inside the hall (分中心); none means the hall itself.

-- A body belongs to one line for good: who decides, who carries out, who watches, or none of them
-- (firms, experts, a notary office). Deciding, carrying out and watching are never one body.
CREATE TABLE notary.organisation (
    org_id      text        PRIMARY KEY CHECK (org_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    line        text        NOT NULL
                CHECK (line IN ('decision', 'execution', 'supervision', 'none')),
    branch      text        CHECK (branch ~ '^[a-z][a-z0-9-]{0,31}$'),
    enrolled_at timestamptz NOT NULL,
    -- What role_grant refers to, so that no role strays into another line.
    CONSTRAINT organisation_has_one_line UNIQUE (org_id, line)
);

-- A person acts for one body. Whoever changes employer is enrolled again under another id.
CREATE TABLE notary.person (
    person_id   text        PRIMARY KEY CHECK (person_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    org_id      text        NOT NULL REFERENCES notary.organisation,
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    branch      text        CHECK (branch ~ '^[a-z][a-z0-9-]{0,31}$'),
    enrolled_at timestamptz NOT NULL,
    CONSTRAINT person_acts_for_one_body UNIQUE (person_id, org_id)
);
CREATE INDEX person_by_organisation ON notary.person (org_id);

-- A certificate of a configured authority, whole, and whose it is. A revoked one keeps its row: it
-- still explains what it signed before.
CREATE TABLE notary.certificate (
    cert_sha256 text        PRIMARY KEY CHECK (cert_sha256 ~ '^[0-9a-f]{64}$'),
    der         bytea       NOT NULL CHECK (encode(sha256(der), 'hex') = cert_sha256),
    person_id   text        NOT NULL,
    org_id      text        NOT NULL,
    enrolled_at timestamptz NOT NULL,
    revoked_at  timestamptz CHECK (revoked_at >= enrolled_at),
    FOREIGN KEY (person_id, org_id) REFERENCES notary.person (person_id, org_id)
);
CREATE INDEX certificate_by_person ON notary.certificate (person_id);

-- Which role a person has held from when to when. The line stands in the row so that the CHECK ties
-- the role to it and the foreign key ties it to the body; a trustee counts for its body's line.
CREATE TABLE notary.role_grant (
    grant_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  text        NOT NULL,
    org_id     text        NOT NULL,
    line       text        NOT NULL,
    role       text        NOT NULL,
    branch     text        CHECK (branch ~ '^[a-z][a-z0-9-]{0,31}$'),
    granted_at timestamptz NOT NULL,
    ended_at   timestamptz CHECK (ended_at >= granted_at),
    FOREIGN KEY (person_id, org_id) REFERENCES notary.person (person_id, org_id),
    FOREIGN KEY (org_id, line) REFERENCES notary.organisation (org_id, line),
    CONSTRAINT role_belongs_to_its_line CHECK (
        CASE role
        WHEN 'officer'       THEN line = 'decision'
        WHEN 'purchaser'     THEN line = 'execution'
        WHEN 'agency'        THEN line = 'execution'
        WHEN 'operator'      THEN line = 'execution'
        WHEN 'administrator' THEN line = 'execution'
        WHEN 'supervisor'    THEN line = 'supervision'
        WHEN 'auditor'       THEN line = 'supervision'
        WHEN 'bidder'        THEN line = 'none'
        WHEN 'expert'        THEN line = 'none'
        WHEN 'trustee'       THEN true
        ELSE false
        END)
);
CREATE UNIQUE INDEX role_is_held_once ON notary.role_grant (person_id, role)
    WHERE ended_at IS NULL;
CREATE INDEX role_grant_by_organisation ON notary.role_grant (org_id) WHERE ended_at IS NULL;

-- One person proposes a privileged role, another approves; only then anything exists. `proposal`
-- is the whole of it (body, person, certificate, roles), so that both saw the same.
CREATE TABLE notary.proposal (
    proposal_id text        PRIMARY KEY CHECK (proposal_id ~ '^[0-9a-f]{32}$'),
    proposal    bytea       NOT NULL,
    proposed_by text        NOT NULL REFERENCES notary.person,
    proposed_at timestamptz NOT NULL,
    approved_by text        REFERENCES notary.person,
    approved_at timestamptz CHECK (approved_at >= proposed_at),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT two_persons_approve CHECK (approved_by <> proposed_by)
);

-- What a body lets a duty certificate sign for it (hall-duty/v1). Of several statements for one
-- certificate the newest counts: `duty_id` is their order, given under the certificate's lock.
CREATE TABLE notary.duty (
    duty_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    duty_sha256 text        NOT NULL CONSTRAINT duty_is_stated_once UNIQUE
                CHECK (duty_sha256 ~ '^[0-9a-f]{64}$'),
    org_id      text        NOT NULL REFERENCES notary.organisation,
    cert_sha256 text        NOT NULL CHECK (cert_sha256 ~ '^[0-9a-f]{64}$'),
    der         bytea       NOT NULL CHECK (encode(sha256(der), 'hex') = cert_sha256),
    uses        text[]      NOT NULL CHECK (cardinality(uses) BETWEEN 1 AND 4
                AND uses <@ ARRAY['trustee', 'draw', 'witness', 'limits']),
    from_at     timestamptz NOT NULL,
    to_at       timestamptz NOT NULL,
    signed_by   text        NOT NULL REFERENCES notary.certificate,
    statement   bytea       NOT NULL CHECK (encode(sha256(statement), 'hex') = duty_sha256),
    p7s         bytea       NOT NULL,
    stated_at   timestamptz NOT NULL,
    CHECK (to_at > from_at AND to_at <= from_at + interval '366 days')
);
CREATE INDEX duty_newest ON notary.duty (cert_sha256, duty_id);

-- The password route: a PHC string of Argon2id, and the secret of the second factor, encrypted with
-- a key that is never in the database. `totp_step` is the last step used: a code works once.
CREATE TABLE notary.credential (
    person_id     text   PRIMARY KEY REFERENCES notary.person,
    password_phc  text   NOT NULL,
    totp_sealed   bytea  NOT NULL,
    totp_step     bigint NOT NULL DEFAULT 0
);

GRANT SELECT, INSERT
   ON notary.organisation, notary.person, notary.certificate, notary.role_grant, notary.proposal,
      notary.duty, notary.credential
   TO hall_app;
GRANT UPDATE (name) ON notary.organisation TO hall_app; -- nobody renames: grants of roles lock the row
GRANT UPDATE (revoked_at) ON notary.certificate TO hall_app;
GRANT UPDATE (ended_at) ON notary.role_grant TO hall_app;
GRANT UPDATE (approved_by, approved_at) ON notary.proposal TO hall_app;
GRANT UPDATE (password_phc, totp_sealed, totp_step) ON notary.credential TO hall_app;
