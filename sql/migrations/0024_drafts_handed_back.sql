-- A draft that its purchaser did not approve as it stands: handed back to the agency, with a note of
-- what is to be changed. A draft that is changed is another one, and is handed over anew.
CREATE TABLE trading.handback (
    tender_id    text        NOT NULL,
    draft_sha256 text        NOT NULL,
    note         text        NOT NULL CHECK (length(note) BETWEEN 1 AND 4000),
    handed_by    text        NOT NULL REFERENCES notary.person,
    handed_at    timestamptz NOT NULL,
    CONSTRAINT draft_is_handed_back_once PRIMARY KEY (tender_id, draft_sha256),
    FOREIGN KEY (tender_id, draft_sha256) REFERENCES trading.handover
);

GRANT SELECT, INSERT ON trading.handback TO hall_app;
