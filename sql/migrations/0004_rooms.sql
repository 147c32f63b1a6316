-- Live rooms: what happens in an opening is told as rows of the same transaction that did it.
--
-- Whoever watches reads these rows and nothing else; the bell that wakes him may be lost.

-- One row a room. Its lock, held until the telling act commits, makes the numbers of a room dense
-- and keeps them in the order of the commits. `head` is the number of the last event.
CREATE TABLE notary.room (
    room text   PRIMARY KEY,
    head bigint NOT NULL CONSTRAINT room_has_begun CHECK (head > 0)
);

-- One row an event. `leaf` is the leaf hash of the ledger entry that the event tells, where there
-- is one. `audience` names who may see more than the bare number. `data` is the fact itself, as
-- canonical JSON: what a program that watches or replays the room needs.
CREATE TABLE notary.room_event (
    room     text        NOT NULL REFERENCES notary.room (room),
    seq      bigint      NOT NULL CONSTRAINT event_counts_from_one CHECK (seq > 0),
    at       timestamptz NOT NULL,
    kind     text        NOT NULL,
    leaf     bytea       CONSTRAINT event_leaf_is_a_hash CHECK (octet_length(leaf) = 32),
    audience text        NOT NULL,
    data     text        NOT NULL CONSTRAINT event_data_is_an_object CHECK (data IS JSON OBJECT),
    CONSTRAINT one_event_per_number UNIQUE (room, seq)
);

CREATE TRIGGER room_event_never_changes
    BEFORE UPDATE OR DELETE OR TRUNCATE ON notary.room_event
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();
CREATE TRIGGER room_counts_by_one
    BEFORE UPDATE ON notary.room
    FOR EACH ROW
    WHEN (NEW.head <> OLD.head + 1 OR NEW.room <> OLD.room)
    EXECUTE FUNCTION notary.refuse_change();

GRANT SELECT, INSERT ON notary.room, notary.room_event TO hall_app;
GRANT UPDATE (head) ON notary.room TO hall_app;
