-- Keys of devices, and drafts that their agency has handed to the purchaser.
--
-- A browser makes a key that never leaves it; the hall certifies it under a log-in. `device` is what
-- its person calls the machine; none for a certificate of a configured authority.
ALTER TABLE notary.certificate
  ADD COLUMN device text
      CONSTRAINT device_has_a_name CHECK (length(device) BETWEEN 1 AND 80);

-- Which draft an agency has handed to the purchaser. A draft that was changed since is another one:
-- its hash differs, and it is handed over again. It bars nothing: approving is the purchaser's word.
CREATE TABLE trading.handover (
    tender_id    text        NOT NULL REFERENCES trading.tender,
    draft_sha256 text        NOT NULL CHECK (draft_sha256 ~ '^[0-9a-f]{64}$'),
    handed_by    text        NOT NULL REFERENCES notary.person,
    handed_at    timestamptz NOT NULL,
    CONSTRAINT draft_is_handed_over_once PRIMARY KEY (tender_id, draft_sha256)
);

GRANT SELECT, INSERT ON trading.handover TO hall_app;
