-- An objection that is not answered yet may be withdrawn by whoever raised it; what it suspended goes
-- on, and its text is never public. Written once, like an answer, and never beside one.
ALTER TABLE trading.objection
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawal_entry_id bigint,
    ADD CONSTRAINT withdrawal_is_whole
         CHECK ((withdrawn_at IS NULL) = (withdrawal_entry_id IS NULL)
            AND (withdrawn_at IS NULL OR (answered_at IS NULL AND withdrawn_at >= raised_at)))
         NOT VALID;

GRANT UPDATE (withdrawn_at, withdrawal_entry_id) ON trading.objection TO hall_app;
