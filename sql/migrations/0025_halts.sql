-- A halt takes two persons. Both are kept, with the bodies they acted for, when it is lifted and when
-- the next one comes: the row of the tender holds only what holds it up now.
CREATE TABLE trading.halt (
    tender_id    text        NOT NULL REFERENCES trading.tender,
    reason       text        NOT NULL,
    asked_by     text        NOT NULL REFERENCES notary.person,
    asked_org    text        NOT NULL REFERENCES notary.organisation,
    asked_at     timestamptz NOT NULL,
    approved_by  text        NOT NULL REFERENCES notary.person,
    approved_org text        NOT NULL REFERENCES notary.organisation,
    halted_at    timestamptz NOT NULL CHECK (halted_at >= asked_at),
    entry_id     bigint      NOT NULL UNIQUE,
    CONSTRAINT two_persons_halt CHECK (asked_by <> approved_by)
);
CREATE INDEX halt_by_tender ON trading.halt (tender_id, entry_id);

CREATE CONSTRAINT TRIGGER halt_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON trading.halt
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON trading.halt TO hall_app;
