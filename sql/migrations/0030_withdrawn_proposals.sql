-- What nobody has approved can be taken back, by whoever proposed it or by an administrator. The row
-- stays: a proposal is approved or withdrawn, never both, and neither is undone.
ALTER TABLE notary.proposal
    ADD COLUMN withdrawn_by text,
    ADD COLUMN withdrawn_at timestamptz CHECK (withdrawn_at >= proposed_at),
    ADD CONSTRAINT withdrawn_by_a_person FOREIGN KEY (withdrawn_by) REFERENCES notary.person NOT VALID,
    ADD CONSTRAINT withdrawal_has_its_time
        CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL)) NOT VALID,
    ADD CONSTRAINT approved_or_withdrawn
        CHECK (approved_by IS NULL OR withdrawn_by IS NULL) NOT VALID;

GRANT UPDATE (withdrawn_by, withdrawn_at) ON notary.proposal TO hall_app;
