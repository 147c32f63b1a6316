-- Wrong confirmations of final acts by somebody who is logged in, counted apart from the password
-- form: whoever types wrong passwords for another's name must not bar what that person confirms.
CREATE TABLE web.confirmation_lock (
    person_id text        PRIMARY KEY REFERENCES notary.person,
    failures  integer     NOT NULL CHECK (failures > 0),
    failed_at timestamptz NOT NULL
);
CREATE INDEX confirmation_lock_by_age ON web.confirmation_lock (failed_at);

GRANT SELECT, INSERT, DELETE ON web.confirmation_lock TO hall_app;
GRANT UPDATE (failures, failed_at) ON web.confirmation_lock TO hall_app;
