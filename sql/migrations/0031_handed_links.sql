-- Whoever comes in by two persons and without a certificate gets a link, which the one who approved
-- sees once and hands over. Which link that is: those of a firm are shown to its head, or to whoever
-- applied, for as long as they are good. A newer link of the same person takes the place of an older.
CREATE TABLE notary.handed_link (
    invitation_id text        PRIMARY KEY REFERENCES notary.invitation,
    person_id     text        NOT NULL REFERENCES notary.person,
    shown_at      timestamptz
);
CREATE INDEX handed_link_by_person ON notary.handed_link (person_id);

GRANT SELECT, INSERT ON notary.handed_link TO hall_app;
GRANT UPDATE (shown_at) ON notary.handed_link TO hall_app;
