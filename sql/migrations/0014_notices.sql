-- Telling people: who wants to hear of a tender, where each is reached, what was said and how it
-- went.
--
-- No act writes here. A task reads the ledger by its index and the facts of boxes by the clock, and
-- writes what is to be told in the transaction that moves its cursor: nothing is lost and nothing is
-- told twice. Entries that are held for a closing have no index, so nobody is told of them before.

-- Where a person is reached, kept by this person alone.
CREATE TABLE web.contact (
    person_id  text        PRIMARY KEY REFERENCES notary.person,
    mail       text        CHECK (mail ~ '^[^@[:space:][:cntrl:]]{1,64}@[A-Za-z0-9.-]{1,190}$'),
    mobile     text        CHECK (mobile ~ '^[+]?[0-9]{5,20}$'),
    lang       text        NOT NULL CHECK (lang IN ('zh-CN', 'en')),
    changed_at timestamptz NOT NULL
);

-- Who follows a tender. How many do, and who, is nobody's to know: no page and no file counts them.
CREATE TABLE web.follower (
    tender_id text        NOT NULL REFERENCES trading.tender,
    person_id text        NOT NULL REFERENCES notary.person,
    since     timestamptz NOT NULL,
    ended_at  timestamptz CHECK (ended_at >= since),
    PRIMARY KEY (tender_id, person_id)
);
CREATE INDEX follower_by_person ON web.follower (person_id) WHERE ended_at IS NULL;

-- How far the ledger was read. A hall that is older than its notices does not tell its past.
CREATE TABLE web.message_cursor (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT there_is_one_cursor CHECK (only_row),
    idx      bigint  NOT NULL CHECK (idx >= -1)
);
INSERT INTO web.message_cursor (idx)
SELECT coalesce(max(idx), -1)
  FROM notary.ledger_entry;

-- What there was to tell: an entry of the ledger (`entry/<idx>`), or an instant of a box. Once.
CREATE TABLE web.occasion (
    cause     text        CONSTRAINT an_occasion_is_told_once PRIMARY KEY,
    matter    text        NOT NULL,
    tender_id text,
    at        timestamptz NOT NULL
);

-- What one person is told of it, in words that do not change. `read_by`: unread then, it goes to
-- the telephone list; null where nobody waits for an answer.
CREATE TABLE web.message (
    message_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cause      text        NOT NULL REFERENCES web.occasion,
    person_id  text        NOT NULL REFERENCES notary.person,
    said       text        NOT NULL,
    href       text        NOT NULL,
    made_at    timestamptz NOT NULL,
    read_by    timestamptz,
    read_at    timestamptz,
    called_at  timestamptz,
    called_by  text        REFERENCES notary.person,
    CONSTRAINT a_person_is_told_once UNIQUE (cause, person_id),
    CHECK ((called_at IS NULL) = (called_by IS NULL))
);
CREATE INDEX message_by_person ON web.message (person_id, message_id);
CREATE INDEX message_unanswered ON web.message (message_id)
    WHERE read_at IS NULL AND called_at IS NULL;

-- The ways on which a message goes. A way that only counts when the others fail waits for
-- `infinity`; one that counts when nobody has read, for its minute.
CREATE TABLE web.delivery (
    message_id bigint      NOT NULL REFERENCES web.message,
    channel    text        NOT NULL CHECK (channel IN ('mail', 'sms')),
    address    text        NOT NULL,
    state      text        NOT NULL DEFAULT 'waiting'
               CHECK (state IN ('waiting', 'sent', 'failed', 'spared')),
    attempts   integer     NOT NULL DEFAULT 0,
    next_at    timestamptz NOT NULL,
    sent_at    timestamptz,
    gateway_id text,
    error      text,
    PRIMARY KEY (message_id, channel),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX delivery_due ON web.delivery (next_at) WHERE state = 'waiting';

GRANT SELECT, INSERT ON web.contact, web.follower, web.message_cursor, web.occasion, web.message,
                        web.delivery
   TO hall_app;
GRANT UPDATE (mail, mobile, lang, changed_at) ON web.contact TO hall_app;
GRANT UPDATE (since, ended_at) ON web.follower TO hall_app;
GRANT UPDATE (idx) ON web.message_cursor TO hall_app;
GRANT UPDATE (read_at, called_at, called_by) ON web.message TO hall_app;
GRANT UPDATE (state, attempts, next_at, sent_at, gateway_id, error) ON web.delivery TO hall_app;
