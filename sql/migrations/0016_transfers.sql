-- A file may go straight from a bidder's machine to an S3 store, past the hall. What was announced
-- is a row under a key that nobody guesses; it is gone once the file is taken in, or is swept.
CREATE TABLE bidding.transfer (
  key    text        PRIMARY KEY CHECK (key ~ '^[0-9a-f]{32}$'),
  sha256 text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size   bigint      NOT NULL CHECK (size > 0),
  until  timestamptz NOT NULL
);

CREATE INDEX transfer_by_end ON bidding.transfer (until);

GRANT SELECT, INSERT, DELETE ON bidding.transfer TO hall_app;
