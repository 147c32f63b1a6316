-- What is about a tender is looked up among what has its place in the log. By way of ledger_body the
-- held rows of the tender were stepped over, and the time that this took told how many bids there are.
ALTER TABLE notary.ledger_entry ADD COLUMN subject text;

ALTER TABLE notary.ledger_entry DISABLE TRIGGER ledger_entry_never_changes;
UPDATE notary.ledger_entry AS e
   SET subject = b.subject
  FROM notary.ledger_body AS b
 WHERE b.entry_id = e.entry_id;
ALTER TABLE notary.ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_never_changes;

ALTER TABLE notary.ledger_entry
    ADD CONSTRAINT entry_has_its_subject CHECK (subject IS NOT NULL) NOT VALID;
-- Nobody waits for the index: a hall migrates before it serves.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ledger_entry_by_subject ON notary.ledger_entry (subject, idx);

CREATE OR REPLACE VIEW notary.ledger_sequenced AS
SELECT e.idx, b.kind, e.subject, b.at, b.body, b.salt, e.record, e.leaf_hash
  FROM notary.ledger_entry AS e
  JOIN notary.ledger_body AS b USING (entry_id);
