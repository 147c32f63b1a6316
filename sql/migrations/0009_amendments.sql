-- The life of a published tender: changes that wait for a signature, its end, questions and their
-- answers, who took its documents, and which tender it repeats.

-- `cancelled_at`: the purchaser ended it before anything was opened. `again_of`: the tender whose
-- draft this one began as. NOT VALID: no row that is there already has any of these columns, so
-- there is nothing to scan.
ALTER TABLE trading.tender
    ADD COLUMN cancelled_at timestamptz CHECK (cancelled_at >= published_at),
    ADD COLUMN again_of     text,
    ADD CONSTRAINT again_of_a_tender FOREIGN KEY (again_of) REFERENCES trading.tender NOT VALID,
    ADD CONSTRAINT only_what_is_published_is_cancelled
        CHECK (published_at IS NOT NULL OR cancelled_at IS NULL) NOT VALID;

-- What an agency has prepared and no purchaser has signed yet: one a tender, replaced whole, gone
-- with the revision that it became. `change` is what it would change, in canonical JSON, beside the
-- revision that it would follow: a revision that came meanwhile makes it one to be prepared again.
CREATE TABLE trading.amendment (
    tender_id  text        PRIMARY KEY REFERENCES trading.tender,
    act        text        NOT NULL CHECK (act IN ('amend', 'cancel')),
    follows    integer     NOT NULL CHECK (follows >= 1),
    change     bytea       NOT NULL,
    drafted_by text        NOT NULL REFERENCES notary.person,
    drafted_at timestamptz NOT NULL
);

-- What somebody asked about a tender. Who asked is known to no page: the agency reads the words
-- alone. `question_id` is chance, so that it counts nothing.
CREATE TABLE trading.question (
    question_id text        PRIMARY KEY CHECK (question_id ~ '^[0-9a-f]{16}$'),
    tender_id   text        NOT NULL REFERENCES trading.tender,
    asked_by    text        NOT NULL REFERENCES notary.person,
    asked_at    timestamptz NOT NULL,
    words       text        NOT NULL CHECK (length(words) BETWEEN 1 AND 2000),
    entry_id    bigint      NOT NULL UNIQUE REFERENCES notary.ledger_body
);
CREATE INDEX question_by_tender ON trading.question (tender_id, asked_at);

-- A clarification, the same for all: the n-th of its tender. `json` is the text whose hash its
-- entry has. `question_id`: what it answers; null where the agency clarifies of its own accord.
CREATE TABLE trading.clarification (
    tender_id   text        NOT NULL REFERENCES trading.tender,
    n           integer     NOT NULL CHECK (n >= 1),
    question_id text        UNIQUE REFERENCES trading.question,
    json        bytea       NOT NULL,
    at          timestamptz NOT NULL,
    entry_id    bigint      NOT NULL UNIQUE REFERENCES notary.ledger_body,
    PRIMARY KEY (tender_id, n)
);

-- Which known firm took which document, once each; nobody may see it before the closing.
CREATE TABLE trading.document_taken (
    tender_id text        NOT NULL REFERENCES trading.tender,
    sha256    text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    org       text        NOT NULL REFERENCES notary.organisation,
    taken_by  text        NOT NULL REFERENCES notary.person,
    at        timestamptz NOT NULL,
    entry_id  bigint      NOT NULL UNIQUE REFERENCES notary.ledger_body,
    PRIMARY KEY (tender_id, org, sha256)
);

-- A box of a cancelled tender stays shut for good; the clerk has no work with it.
ALTER TABLE bidding.box ADD COLUMN cancelled_at timestamptz,
    ADD CONSTRAINT nothing_cancelled_is_asked_for
        CHECK (cancelled_at IS NULL OR asked_at IS NULL) NOT VALID;
CREATE CONSTRAINT TRIGGER revised_box_leaves_an_entry
    AFTER UPDATE OF cancelled_at, max_bytes ON bidding.box
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER clarification_leaves_an_entry
    AFTER INSERT ON trading.clarification
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON trading.amendment, trading.question, trading.clarification,
                        trading.document_taken
   TO hall_app;
GRANT UPDATE (act, follows, change, drafted_by, drafted_at), DELETE ON trading.amendment TO hall_app;
GRANT UPDATE (cancelled_at, again_of) ON trading.tender TO hall_app;
GRANT UPDATE (cancelled_at, max_bytes) ON bidding.box TO hall_app;
