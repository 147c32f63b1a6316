-- Objections to the documents, to an opening and to the candidates; confirmations of an opening;
-- complaints to the supervisor.
--
-- An objection or a complaint is written once. What comes later of an objection is its answer, also
-- written once: the columns of it are empty until then and never change again.

-- What is objected to before the deadline (the documents, with no lot) or during the publicity of
-- candidates. While one is open the activity is suspended (招标投标法实施条例 22, 54).
CREATE TABLE trading.objection (
    objection       text        PRIMARY KEY CHECK (objection ~ '^[0-9a-f]{32}$'),
    tender_id       text        NOT NULL REFERENCES trading.tender,
    about           text        NOT NULL CHECK (about IN ('documents', 'candidates')),
    lot             text        CHECK ((lot IS NULL) = (about = 'documents')),
    org             text        NOT NULL REFERENCES notary.organisation,
    text            text        NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    raised_at       timestamptz NOT NULL,
    entry_id        bigint      NOT NULL,
    answer          text        CHECK (length(answer) BETWEEN 1 AND 4000),
    answered_at     timestamptz CHECK (answered_at >= raised_at),
    answer_entry_id bigint,
    CONSTRAINT answer_is_whole
         CHECK ((answer IS NULL) = (answered_at IS NULL)
            AND (answer IS NULL) = (answer_entry_id IS NULL))
);
CREATE INDEX objection_by_tender ON trading.objection (tender_id, raised_at);
CREATE INDEX objection_open ON trading.objection (raised_at) WHERE answered_at IS NULL;

-- What a bidder of the list objects to in the opening room, and the host's answer on the spot. `n`
-- counts from 1 in each room.
CREATE TABLE bidding.opening_objection (
    tender_id       text        NOT NULL,
    lot             text        NOT NULL,
    stage           text        NOT NULL,
    n               integer     NOT NULL CHECK (n >= 1),
    org             text        NOT NULL REFERENCES notary.organisation,
    text            text        NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    raised_at       timestamptz NOT NULL,
    entry_id        bigint      NOT NULL,
    answer          text        CHECK (length(answer) BETWEEN 1 AND 4000),
    answered_at     timestamptz CHECK (answered_at >= raised_at),
    answer_entry_id bigint,
    PRIMARY KEY (tender_id, lot, stage, n),
    FOREIGN KEY (tender_id, lot, stage) REFERENCES bidding.box,
    CONSTRAINT opening_answer_is_whole
         CHECK ((answer IS NULL) = (answered_at IS NULL)
            AND (answer IS NULL) = (answer_entry_id IS NULL))
);

-- A bidder's own word that what was announced of its envelope is right; silence says the same.
CREATE TABLE bidding.opening_confirmation (
    envelope_id  text        PRIMARY KEY REFERENCES bidding.envelope,
    confirmed_at timestamptz NOT NULL,
    entry_id     bigint      NOT NULL
);

-- A complaint to the supervisor, by a body that says who it is. `known_on`: when it knew, or ought
-- to have known. `accept_by`, `decide_by`: the supervisor's clocks, as counted when it came; none
-- under the rules of a demonstration.
CREATE TABLE trading.complaint (
    number    text        PRIMARY KEY CHECK (number ~ '^TS-[0-9]{8}-[0-9A-F]{8}$'),
    tender_id text        NOT NULL REFERENCES trading.tender,
    about     text        NOT NULL CHECK (about IN ('documents', 'opening', 'candidates', 'other')),
    org       text        NOT NULL REFERENCES notary.organisation,
    person    text        NOT NULL REFERENCES notary.person,
    text      text        NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    known_on  date        NOT NULL,
    made_at   timestamptz NOT NULL,
    accept_by timestamptz,
    decide_by timestamptz CHECK (decide_by >= accept_by),
    entry_id  bigint      NOT NULL
);
CREATE INDEX complaint_by_time ON trading.complaint (made_at);

CREATE CONSTRAINT TRIGGER objection_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON trading.objection
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER opening_objection_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON bidding.opening_objection
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER opening_confirmation_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON bidding.opening_confirmation
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER complaint_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON trading.complaint
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON trading.objection, trading.complaint, bidding.opening_objection,
                        bidding.opening_confirmation
   TO hall_app;
GRANT UPDATE (answer, answered_at, answer_entry_id) ON trading.objection TO hall_app;
GRANT UPDATE (answer, answered_at, answer_entry_id) ON bidding.opening_objection TO hall_app;
