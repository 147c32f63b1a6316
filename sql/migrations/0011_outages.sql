-- When the hall stood still, what was done about it, and what supervision holds up.
--
-- Nothing here says that a box is interrupted or that a pause is over: both follow from these facts
-- and the clock. `told_…` only remembers what the room of a box was told last.

-- The times without a gap in which a part of the hall did its work: one row a run, and `last_at`
-- moves each second. Between the end of one run and the beginning of the next nobody was served.
CREATE TABLE notary.heartbeat (
    heart    text        NOT NULL CHECK (heart IN ('clerk', 'sequencer')),
    began_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL CONSTRAINT a_run_has_a_length CHECK (last_at >= began_at),
    PRIMARY KEY (heart, began_at)
);

-- `closing`: the number of the closing that is made next, or was made last; one more each time that
-- a closing is set aside. `outage`: the numbers of the rule set that say what a gap does, kept so
-- that a clerk and a page need no other table; none where nothing interrupts. `outage_judged_at`: until when an act has judged what the heartbeat
-- missed. `postponements`: how often those who follow were told that shares are missing.
ALTER TABLE bidding.box
    ADD COLUMN closing          integer     NOT NULL DEFAULT 1 CHECK (closing >= 1),
    ADD COLUMN outage           bytea,
    ADD COLUMN outage_judged_at timestamptz,
    ADD COLUMN postponements    integer     NOT NULL DEFAULT 0 CHECK (postponements >= 0),
    ADD COLUMN told_interrupted boolean     NOT NULL DEFAULT false,
    ADD COLUMN told_paused      boolean     NOT NULL DEFAULT false;

-- A pause 暂缓 is one supervisor's and lapses at `paused_until`; `pauses` counts them. A halt 暂停
-- is two persons' and stands until it is lifted. Reasons are words of a list.
ALTER TABLE trading.tender
    ADD COLUMN paused_at    timestamptz,
    ADD COLUMN paused_until timestamptz CHECK (paused_until >= paused_at),
    ADD COLUMN pause_reason text
        CHECK (num_nulls(paused_at, paused_until, pause_reason) IN (0, 3)),
    ADD COLUMN pauses       integer     NOT NULL DEFAULT 0 CHECK (pauses >= 0),
    ADD COLUMN halted_at    timestamptz,
    ADD COLUMN halt_reason  text        CHECK ((halted_at IS NULL) = (halt_reason IS NULL));

-- A halt that one person asked for and another has not approved yet: one a tender.
CREATE TABLE trading.halt_asked (
    tender_id text        PRIMARY KEY REFERENCES trading.tender,
    reason    text        NOT NULL,
    asked_by  text        NOT NULL REFERENCES notary.person,
    asked_org text        NOT NULL REFERENCES notary.organisation,
    asked_at  timestamptz NOT NULL
);

CREATE CONSTRAINT TRIGGER judged_box_leaves_an_entry
    AFTER UPDATE OF closing, outage_judged_at, postponements ON bidding.box
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON notary.heartbeat, trading.halt_asked TO hall_app;
GRANT UPDATE (last_at) ON notary.heartbeat TO hall_app;
GRANT DELETE ON trading.halt_asked TO hall_app;
GRANT UPDATE (closing, outage_judged_at, postponements, told_interrupted, told_paused)
   ON bidding.box TO hall_app;
GRANT UPDATE (paused_at, paused_until, pause_reason, pauses, halted_at, halt_reason)
   ON trading.tender TO hall_app;
