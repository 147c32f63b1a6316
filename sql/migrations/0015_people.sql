-- People of a body: who stands in for whom, who prepares and does not sign, who may come in by a
-- link, and what the administrators have settled at the start of a hall.

-- A stand-in (代理) has a role of another person of the same body from one instant to another, and
-- never a line of another body. It ends by itself, or earlier at `ended_at`.
CREATE TABLE notary.stand_in (
    stand_in_id text        PRIMARY KEY CHECK (stand_in_id ~ '^[0-9a-f]{32}$'),
    absent      text        NOT NULL,
    person_id   text        NOT NULL,
    org_id      text        NOT NULL,
    role        text        NOT NULL,
    branch      text        CHECK (branch ~ '^[a-z][a-z0-9-]{0,31}$'),
    from_at     timestamptz NOT NULL,
    to_at       timestamptz NOT NULL CHECK (to_at > from_at),
    reason      text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    granted_by  text        NOT NULL REFERENCES notary.person,
    granted_at  timestamptz NOT NULL,
    ended_at    timestamptz CHECK (ended_at >= granted_at),
    FOREIGN KEY (absent, org_id) REFERENCES notary.person (person_id, org_id),
    FOREIGN KEY (person_id, org_id) REFERENCES notary.person (person_id, org_id),
    CHECK (absent <> person_id)
);
CREATE INDEX stand_in_by_person ON notary.stand_in (person_id, to_at);
CREATE INDEX stand_in_by_organisation ON notary.stand_in (org_id, to_at);

-- A colleague who prepares for a firm and signs nothing in its name. Nobody else is restricted.
CREATE TABLE notary.preparer (
    preparer_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id   text        NOT NULL REFERENCES notary.person,
    since       timestamptz NOT NULL,
    set_by      text        NOT NULL REFERENCES notary.person,
    ended_at    timestamptz CHECK (ended_at >= since)
);
CREATE UNIQUE INDEX preparer_is_one_once ON notary.preparer (person_id) WHERE ended_at IS NULL;

-- A link by which one person comes in, once: with a name, a password and a second factor of the own.
-- Nothing exists of this person before. `newcomer` is the whole of it, as in a proposal; what the
-- link ends with is made of a key that is never in the database. No `made_by`: the hall's first start.
CREATE TABLE notary.invitation (
    invitation_id text        PRIMARY KEY CHECK (invitation_id ~ '^[0-9a-f]{32}$'),
    newcomer      bytea       NOT NULL,
    prepares      boolean     NOT NULL,
    org_id        text        NOT NULL,
    made_by       text        REFERENCES notary.person,
    made_at       timestamptz NOT NULL,
    good_until    timestamptz NOT NULL CHECK (good_until > made_at),
    used_at       timestamptz CHECK (used_at >= made_at)
);
CREATE INDEX invitation_by_organisation ON notary.invitation (org_id, good_until);

-- What the hall was told at its start (/setup): one of nine things, in words, who said it, and who
-- agreed where two persons have to. A newer row replaces an older one; what was skipped is a row
-- without words, and stands on the administrators' desks.
CREATE TABLE web.settled (
    settled_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thing        text        NOT NULL CHECK (thing IN (
                     'level', 'bodies', 'authorities', 'tls', 'mail', 'sms', 'above', 'days', 'rules')),
    words        text        CHECK (length(words) BETWEEN 1 AND 4000),
    said_by      text        NOT NULL REFERENCES notary.person,
    said_at      timestamptz NOT NULL,
    agreed_by    text        REFERENCES notary.person,
    agreed_at    timestamptz CHECK (agreed_at >= said_at),
    CHECK ((agreed_by IS NULL) = (agreed_at IS NULL)),
    CONSTRAINT two_persons_agree CHECK (agreed_by <> said_by)
);
CREATE INDEX settled_newest ON web.settled (thing, settled_id);

GRANT SELECT, INSERT ON notary.stand_in, notary.preparer, notary.invitation, web.settled
   TO hall_app;
GRANT UPDATE (ended_at) ON notary.stand_in, notary.preparer TO hall_app;
GRANT UPDATE (used_at) ON notary.invitation TO hall_app;
GRANT UPDATE (agreed_by, agreed_at) ON web.settled TO hall_app;
