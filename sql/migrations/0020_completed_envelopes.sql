-- Hash-first: an envelope is accepted while parts of it are still on their way. It takes effect with
-- its last part, by an entry of its own; until then it is no bid.
ALTER TABLE bidding.envelope
  ADD COLUMN completed_at timestamptz CHECK (completed_at >= received_at),
  ADD COLUMN completed_entry_id bigint,
  ADD CONSTRAINT a_completion_has_its_entry
      CHECK ((completed_at IS NULL) = (completed_entry_id IS NULL)) NOT VALID;

-- Until now nothing was accepted without its parts: its own entry says so. No act changes anything
-- here, so no entry is due for it.
ALTER TABLE bidding.envelope DISABLE TRIGGER envelope_leaves_an_entry;
UPDATE bidding.envelope
   SET completed_at = received_at, completed_entry_id = entry_id;
ALTER TABLE bidding.envelope ENABLE TRIGGER envelope_leaves_an_entry;

GRANT UPDATE (completed_at, completed_entry_id) ON bidding.envelope TO hall_app;
