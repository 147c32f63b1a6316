-- Queries that somebody wants to hear of by mail, and what each has brought.

-- `query` is the query as its address has it. Like a follower's, a subscription is nobody's to know
-- but this person's: what somebody looks for says what somebody may bid for.
CREATE TABLE web.subscription (
    subscription_id text        PRIMARY KEY CHECK (subscription_id ~ '^[0-9a-f]{32}$'),
    person_id       text        NOT NULL REFERENCES notary.person,
    query           text        NOT NULL CHECK (length(query) <= 2000),
    rhythm          text        NOT NULL CHECK (rhythm IN ('at_once', 'daily')),
    since           timestamptz NOT NULL,
    paused_at       timestamptz,
    ended_at        timestamptz CHECK (ended_at >= since)
);
CREATE INDEX subscription_by_person ON web.subscription (person_id) WHERE ended_at IS NULL;
CREATE INDEX subscription_at_work ON web.subscription (subscription_id)
    WHERE ended_at IS NULL AND paused_at IS NULL;

-- A published tender that a subscription found, once; `told_at` null: it waits for the next morning.
CREATE TABLE web.subscription_find (
    subscription_id text        NOT NULL REFERENCES web.subscription,
    tender_id       text        NOT NULL REFERENCES trading.tender,
    found_at        timestamptz NOT NULL,
    told_at         timestamptz CHECK (told_at >= found_at),
    PRIMARY KEY (subscription_id, tender_id)
);
CREATE INDEX subscription_find_untold ON web.subscription_find (subscription_id)
    WHERE told_at IS NULL;

-- The page that ends, by one press, what a message is sent for (RFC 8058); null where nothing does.
ALTER TABLE web.message ADD COLUMN leave_href text;

GRANT SELECT, INSERT ON web.subscription, web.subscription_find TO hall_app;
GRANT UPDATE (rhythm, paused_at, ended_at) ON web.subscription TO hall_app;
GRANT UPDATE (told_at) ON web.subscription_find TO hall_app;
