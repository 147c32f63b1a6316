-- Tenders: drafts, notices with their revisions, who was invited, what may be downloaded.
--
-- A tender is drafted by an agency and published by another person, of the purchaser. Nothing here
-- says in which phase it is: that follows from these instants, from those of its boxes (`bidding`)
-- and from the clock.

-- One tender by its public number. `draft` is the agency's draft as it stood last, in canonical
-- JSON; the columns beside it copy what lists and searches need, and after publication what the
-- notice in force says. `deadline` is the last one of its boxes. The instants from
-- `candidates_at` on are told by `bidding` when they come to pass, so that a search need not ask it.
CREATE TABLE trading.tender (
    tender_id     text        PRIMARY KEY CHECK (tender_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    agency        text        NOT NULL REFERENCES notary.organisation,
    purchaser     text        NOT NULL
                  CONSTRAINT purchaser_is_enrolled REFERENCES notary.organisation,
    branch        text        CHECK (branch ~ '^[a-z][a-z0-9-]{0,31}$'),
    title_zh      text        NOT NULL,
    title_en      text        NOT NULL,
    kind          text        NOT NULL CHECK (kind IN (
                      'construction', 'procurement', 'land', 'mining', 'property', 'medicine')),
    method        text        NOT NULL CHECK (method IN ('open', 'invited')),
    rules         text        NOT NULL CHECK (rules ~ '^[a-z][a-z0-9-]{0,31}/[0-9]{4}-[0-9]{2}$'),
    currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    ceiling_fen   bigint      CHECK (ceiling_fen >= 0),
    deadline      timestamptz NOT NULL,
    draft         bytea       NOT NULL,
    drafted_by    text        NOT NULL REFERENCES notary.person,
    drafted_at    timestamptz NOT NULL,
    -- Hides the ids of those invited behind the notice's commitment until the last closing.
    invited_salt  bytea       CHECK (octet_length(invited_salt) = 32),
    published_at  timestamptz CHECK (published_at >= drafted_at),
    candidates_at timestamptz CHECK (candidates_at >= published_at),
    awarded_at    timestamptz CHECK (awarded_at >= published_at),
    ended_at      timestamptz CHECK (ended_at >= published_at),
    CHECK ((method = 'invited') = (invited_salt IS NOT NULL)),
    CHECK (published_at IS NOT NULL
           OR (candidates_at IS NULL AND awarded_at IS NULL AND ended_at IS NULL))
);
CREATE INDEX tender_by_deadline ON trading.tender (deadline) WHERE published_at IS NOT NULL;
CREATE INDEX tender_by_publication ON trading.tender (published_at) WHERE published_at IS NOT NULL;
CREATE INDEX tender_drafts ON trading.tender (purchaser) WHERE published_at IS NULL;

-- Those an invited tender was sent to, by its draft; nobody may read them before the last closing.
CREATE TABLE trading.invited (
    tender_id text NOT NULL REFERENCES trading.tender,
    org       text NOT NULL CONSTRAINT invited_is_enrolled REFERENCES notary.organisation,
    PRIMARY KEY (tender_id, org)
);

-- The bodies that a draft asks for keys, each a group of the policies to be.
CREATE TABLE trading.trustee (
    tender_id text NOT NULL REFERENCES trading.tender,
    group_id  text NOT NULL CHECK (group_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    org       text NOT NULL CONSTRAINT trustee_is_enrolled REFERENCES notary.organisation,
    PRIMARY KEY (tender_id, group_id)
);
CREATE INDEX trustee_by_organisation ON trading.trustee (org);

-- Every revision of every notice, exactly as signed. `at` is the instant of its ledger entry.
CREATE TABLE trading.notice (
    tender_id     text        NOT NULL REFERENCES trading.tender,
    revision      integer     NOT NULL CHECK (revision >= 1),
    notice_sha256 text        NOT NULL CONSTRAINT notice_hash_is_of_its_bytes
                  CHECK (notice_sha256 = encode(sha256(json), 'hex')),
    json          bytea       NOT NULL CHECK (octet_length(json) <= 1048576),
    p7s           bytea       NOT NULL,
    entry_id      bigint      NOT NULL UNIQUE REFERENCES notary.ledger_body,
    published     timestamptz NOT NULL,
    at            timestamptz NOT NULL CONSTRAINT entry_follows_publication
                  CHECK (at >= published AND at <= published + interval '10 minutes'),
    PRIMARY KEY (tender_id, revision)
);
CREATE UNIQUE INDEX notice_by_hash ON trading.notice (notice_sha256);

-- What a published notice offers for download: the bytes lie in the vault under their digest.
CREATE TABLE trading.document (
    tender_id text    NOT NULL,
    revision  integer NOT NULL,
    path      text    NOT NULL CHECK (length(path) BETWEEN 1 AND 200),
    sha256    text    NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size      bigint  NOT NULL CHECK (size > 0),
    PRIMARY KEY (tender_id, revision, path),
    FOREIGN KEY (tender_id, revision) REFERENCES trading.notice
);
CREATE INDEX document_by_digest ON trading.document (sha256);

-- No change of a tender without its entry in the ledger, looked for at the commit.
CREATE CONSTRAINT TRIGGER tender_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON trading.tender
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

-- Notices never change; a new revision is a new row.
CREATE TRIGGER notice_never_changes
    BEFORE UPDATE OR DELETE OR TRUNCATE ON trading.notice
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();
ALTER TABLE trading.notice ENABLE ALWAYS TRIGGER notice_never_changes;

GRANT SELECT, INSERT ON trading.tender, trading.invited, trading.trustee, trading.notice,
                        trading.document
   TO hall_app;
-- A draft is replaced whole until it is published; who drafted a tender first stays its agency.
GRANT UPDATE (purchaser, branch, title_zh, title_en, kind, method, rules, currency, ceiling_fen,
              deadline, draft, drafted_by, drafted_at, invited_salt, published_at, candidates_at,
              awarded_at, ended_at)
   ON trading.tender TO hall_app;
GRANT DELETE ON trading.invited, trading.trustee TO hall_app;
