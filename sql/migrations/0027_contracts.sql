-- The contract of an awarded lot and its performance: what the agency states and signs, what the
-- winner says of it, and milestones with the reports of either side. Every row is written once: what
-- is planned anew is another revision, what is disputed is reported again.

-- Statement 1 says that the contract was signed; later ones that it was changed, the last one that
-- it has ended. `json` and `p7s`: the signed object. `bidder`: the winner, who answers.
CREATE TABLE bidding.contract_statement (
    tender_id text        NOT NULL REFERENCES trading.tender,
    lot       text        NOT NULL,
    n         integer     NOT NULL CHECK (n >= 1),
    step      text        NOT NULL CHECK (step IN ('signed', 'changed', 'ended')),
    json      bytea       NOT NULL,
    p7s       bytea       NOT NULL,
    bidder    text        NOT NULL REFERENCES notary.organisation,
    at        timestamptz NOT NULL,
    entry_id  bigint      NOT NULL,
    PRIMARY KEY (tender_id, lot, n),
    CONSTRAINT signed_comes_first CHECK ((n = 1) = (step = 'signed'))
);
CREATE UNIQUE INDEX contract_ends_once
    ON bidding.contract_statement (tender_id, lot) WHERE step = 'ended';
CREATE INDEX contract_by_bidder ON bidding.contract_statement (bidder) WHERE n = 1;

-- The winner's word on one statement: that it is so, or why not.
CREATE TABLE bidding.contract_answer (
    tender_id text        NOT NULL,
    lot       text        NOT NULL,
    n         integer     NOT NULL,
    agreed    boolean     NOT NULL,
    text      text        NOT NULL CHECK (length(text) <= 4000 AND (agreed OR text <> '')),
    at        timestamptz NOT NULL,
    entry_id  bigint      NOT NULL,
    PRIMARY KEY (tender_id, lot, n),
    FOREIGN KEY (tender_id, lot, n) REFERENCES bidding.contract_statement
);

-- What is due when. The last revision of a milestone holds; none comes after its first report.
CREATE TABLE bidding.milestone (
    tender_id  text        NOT NULL,
    lot        text        NOT NULL,
    milestone  integer     NOT NULL CHECK (milestone >= 1),
    revision   integer     NOT NULL CHECK (revision >= 1),
    what       text        NOT NULL CHECK (what IN ('delivery', 'payment')),
    title      text        NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    due_on     date        NOT NULL,
    amount_fen bigint      CHECK (amount_fen > 0),
    at         timestamptz NOT NULL,
    entry_id   bigint      NOT NULL,
    PRIMARY KEY (tender_id, lot, milestone, revision),
    CONSTRAINT payments_have_amounts CHECK ((what = 'payment') = (amount_fen IS NOT NULL))
);

-- That a milestone was reached, as one side says; the other agrees or says why not.
CREATE TABLE bidding.milestone_report (
    tender_id text        NOT NULL,
    lot       text        NOT NULL,
    milestone integer     NOT NULL,
    n         integer     NOT NULL CHECK (n >= 1),
    org       text        NOT NULL REFERENCES notary.organisation,
    done_on   date        NOT NULL,
    text      text        NOT NULL CHECK (length(text) <= 4000),
    at        timestamptz NOT NULL,
    entry_id  bigint      NOT NULL,
    PRIMARY KEY (tender_id, lot, milestone, n)
);
CREATE TABLE bidding.milestone_answer (
    tender_id text        NOT NULL,
    lot       text        NOT NULL,
    milestone integer     NOT NULL,
    n         integer     NOT NULL,
    agreed    boolean     NOT NULL,
    text      text        NOT NULL CHECK (length(text) <= 4000 AND (agreed OR text <> '')),
    at        timestamptz NOT NULL,
    entry_id  bigint      NOT NULL,
    PRIMARY KEY (tender_id, lot, milestone, n),
    FOREIGN KEY (tender_id, lot, milestone, n) REFERENCES bidding.milestone_report
);

CREATE CONSTRAINT TRIGGER contract_statement_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON bidding.contract_statement
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER contract_answer_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON bidding.contract_answer
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER milestone_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON bidding.milestone
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER milestone_report_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON bidding.milestone_report
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER milestone_answer_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON bidding.milestone_answer
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON bidding.contract_statement, bidding.contract_answer, bidding.milestone,
                        bidding.milestone_report, bidding.milestone_answer
   TO hall_app;
