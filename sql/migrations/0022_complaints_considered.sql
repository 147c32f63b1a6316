-- What the supervisor says of a complaint: whether it is taken, and what is decided of one that was
-- (招标投标法实施条例 61). Each is said once, with reasons, and never changes.

-- `decide_by`: the clock of the decision, from the day on which it was taken; none where it was not,
-- under the rules of a demonstration, or where the year's holidays are not known yet.
CREATE TABLE trading.complaint_considered (
    number        text        PRIMARY KEY REFERENCES trading.complaint,
    accepted      boolean     NOT NULL,
    text          text        NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    considered_at timestamptz NOT NULL,
    decide_by     timestamptz CHECK (decide_by IS NULL OR (accepted AND decide_by >= considered_at)),
    person        text        NOT NULL REFERENCES notary.person,
    entry_id      bigint      NOT NULL
);
CREATE TABLE trading.complaint_decided (
    number     text        PRIMARY KEY REFERENCES trading.complaint_considered,
    upheld     boolean     NOT NULL,
    text       text        NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    decided_at timestamptz NOT NULL,
    person     text        NOT NULL REFERENCES notary.person,
    entry_id   bigint      NOT NULL
);

CREATE CONSTRAINT TRIGGER consideration_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON trading.complaint_considered
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER decision_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON trading.complaint_decided
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON trading.complaint_considered, trading.complaint_decided TO hall_app;
