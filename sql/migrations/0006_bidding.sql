-- Sealed bids: the boxes of a tender, the trustees' keys, envelopes, releases, results, awards.
--
-- A row here is a fact of an act; the act's ledger entry is written in the same transaction (the
-- deferred trigger at the end insists). No column holds anything of a bid before its opening: only
-- ciphertext hashes, signatures and, after the trustees have released, what was opened in public.

-- What is opened at one moment. Times are those of the notice in force. The nullable instants are
-- the clerk's steps, each taken once and in this order; the phase is computed from them.
CREATE TABLE bidding.box (
  tender_id      text        NOT NULL,
  lot            text        NOT NULL,
  stage          text        NOT NULL,
  room           text        NOT NULL UNIQUE,
  mode           text        NOT NULL CHECK (mode IN ('shared', 'hosted', 'bidder')),
  policy_sha256  text        NOT NULL,
  deadline       timestamptz NOT NULL,
  parts_by       timestamptz NOT NULL CHECK (parts_by >= deadline),
  open_at        timestamptz NOT NULL CHECK (open_at >= parts_by),
  release_by     timestamptz NOT NULL CHECK (release_by >= open_at),
  owner_by       timestamptz NOT NULL CHECK (owner_by >= release_by),
  min_envelopes  integer     NOT NULL CHECK (min_envelopes >= 1),
  max_bytes      bigint      NOT NULL CHECK (max_bytes > 0),
  -- Settings of the rule set that the notice pins, kept so that a clerk needs no other table.
  announce_ms    integer     NOT NULL CHECK (announce_ms >= 0),
  confirm_s      integer     NOT NULL CHECK (confirm_s >= 0),
  closing_at     timestamptz,            -- no row joins after this; held entries are let out
  closed_at      timestamptz CHECK (closed_at >= closing_at),
  list_json      bytea,
  list_sha256    text,
  list_entry_id  bigint,
  not_opened_at  timestamptz,
  asked_at       timestamptz CHECK (asked_at >= closed_at),
  asked_entry_id bigint,
  postponed_at   timestamptz,
  finished_at    timestamptz CHECK (finished_at >= asked_at),
  opening_json   bytea,
  opening_p7s    bytea,
  PRIMARY KEY (tender_id, lot, stage),
  CHECK ((closed_at IS NULL) = (list_sha256 IS NULL)),
  CHECK ((finished_at IS NULL) = (opening_json IS NULL))
);

-- Boxes the clerk still has work with: found by one index scan each second.
CREATE INDEX box_unfinished ON bidding.box (parts_by)
 WHERE finished_at IS NULL AND not_opened_at IS NULL;

-- The calendar of openings reads both ways from now.
CREATE INDEX box_deadline ON bidding.box (deadline, tender_id, lot, stage);

CREATE TABLE bidding.policy (
  policy_sha256 text  PRIMARY KEY,
  tender_id     text  NOT NULL,
  lot           text  NOT NULL,
  stage         text  NOT NULL,
  json          bytea NOT NULL
);

-- A trustee's key for one box, signed by its holder. `rehearsal_json` is the test envelope that the
-- hall made for it; the key serves only once its holder has opened that (rehearsed_at).
CREATE TABLE bidding.trustee_key (
  key_sha256       text        PRIMARY KEY,
  tender_id        text        NOT NULL,
  lot              text        NOT NULL,
  stage            text        NOT NULL,
  group_id         text        NOT NULL,
  member           text        NOT NULL,
  gen              integer     NOT NULL CHECK (gen >= 1),
  recipient        text        NOT NULL,
  holder_org       text        NOT NULL,
  not_before       timestamptz NOT NULL,
  json             bytea       NOT NULL,
  p7s              bytea       NOT NULL,
  received_at      timestamptz NOT NULL,
  entry_id         bigint      NOT NULL,
  rehearsal_json   bytea       NOT NULL,
  rehearsed_at     timestamptz,
  -- A draft whose opening has moved asks again: of a member's keys the one of that moment serves.
  CONSTRAINT one_key_per_member UNIQUE (tender_id, lot, stage, group_id, member, gen, not_before)
);

CREATE INDEX trustee_key_recipient ON bidding.trustee_key (recipient);

-- An age file in the vault whose bytes were hashed and whose profile was checked on arrival.
CREATE TABLE bidding.part (
  sha256      text        PRIMARY KEY,
  size        bigint      NOT NULL CHECK (size > 0),
  uploaded_at timestamptz NOT NULL
);

-- One sealed bid, accepted with all its parts in the vault. Withdrawn ones stay as facts.
CREATE TABLE bidding.envelope (
  envelope_id        text        PRIMARY KEY,
  tender_id          text        NOT NULL,
  lot                text        NOT NULL,
  stage              text        NOT NULL,
  bidder             text        NOT NULL,
  cert_sha256        text        NOT NULL,
  seq                integer     NOT NULL CHECK (seq >= 1),
  supersedes         text,
  nonce              text        NOT NULL,
  recipient          text        NOT NULL,
  seal_json          bytea       NOT NULL,
  seal_p7s           bytea       NOT NULL,
  received_at        timestamptz NOT NULL,
  entry_id           bigint      NOT NULL,
  withdrawn_at       timestamptz,
  withdrawal_json    bytea,
  withdrawal_p7s     bytea,
  CHECK ((withdrawn_at IS NULL) = (withdrawal_json IS NULL)),
  CHECK ((withdrawn_at IS NULL) = (withdrawal_p7s IS NULL)),
  CONSTRAINT one_envelope_per_seq UNIQUE (tender_id, lot, stage, bidder, seq),
  CONSTRAINT own_recipient_once UNIQUE (bidder, recipient),
  CONSTRAINT own_nonce_once UNIQUE (bidder, nonce)
);

CREATE TABLE bidding.envelope_part (
  envelope_id text    NOT NULL REFERENCES bidding.envelope,
  n           integer NOT NULL CHECK (n >= 0),
  sha256      text    NOT NULL,
  size        bigint  NOT NULL,
  PRIMARY KEY (envelope_id, n)
);

CREATE INDEX envelope_part_sha256 ON bidding.envelope_part (sha256);

-- What trustees handed in: promises, then releases, exactly as signed.
CREATE TABLE bidding.promise (
  promise_sha256 text        PRIMARY KEY,
  tender_id      text        NOT NULL,
  lot            text        NOT NULL,
  stage          text        NOT NULL,
  group_id       text        NOT NULL,
  key_sha256     text        NOT NULL,
  list_sha256    text        NOT NULL,
  release_sha256 text        NOT NULL,
  json           bytea       NOT NULL,
  p7s            bytea       NOT NULL,
  received_at    timestamptz NOT NULL,
  entry_id       bigint      NOT NULL
);

CREATE TABLE bidding.release (
  release_sha256 text        PRIMARY KEY,
  tender_id      text        NOT NULL,
  lot            text        NOT NULL,
  stage          text        NOT NULL,
  group_id       text        NOT NULL,
  key_sha256     text        NOT NULL,
  list_sha256    text        NOT NULL,
  json           bytea       NOT NULL,
  p7s            bytea       NOT NULL,
  received_at    timestamptz NOT NULL,
  entry_id       bigint      NOT NULL,
  good           boolean     NOT NULL    -- some share of it passed V9
);

CREATE TABLE bidding.owner_release (
  envelope_id text        PRIMARY KEY REFERENCES bidding.envelope,
  json        bytea       NOT NULL,
  secret      text        NOT NULL,
  received_at timestamptz NOT NULL,
  entry_id    bigint      NOT NULL
);

-- What became of each listed envelope. `verdict` is provisional until `checked_at`: the bulk parts
-- are verified after the announcement.
CREATE TABLE bidding.result (
  envelope_id  text        PRIMARY KEY REFERENCES bidding.envelope,
  tender_id    text        NOT NULL,
  lot          text        NOT NULL,
  stage        text        NOT NULL,
  place        integer     NOT NULL CHECK (place >= 1),    -- in the order of ledger index
  verdict      text        NOT NULL CHECK (verdict IN ('opened', 'improper', 'unopened')),
  code         text,
  fault        text,
  form         jsonb,
  price_fen    bigint,
  announced_at timestamptz NOT NULL,
  entry_id     bigint      NOT NULL,
  checked_at   timestamptz,
  CONSTRAINT one_result_per_place UNIQUE (tender_id, lot, stage, place)
);

CREATE TABLE bidding.rejection (
  envelope_id text        PRIMARY KEY REFERENCES bidding.envelope,
  tender_id   text        NOT NULL,
  lot         text        NOT NULL,
  ground      text        NOT NULL,
  article     text        NOT NULL,
  reason      text        NOT NULL,
  at          timestamptz NOT NULL,
  entry_id    bigint      NOT NULL
);

-- The award as signed: `step` candidates (n = 1), then awarded (n = 1).
CREATE TABLE bidding.award (
  tender_id   text        NOT NULL,
  lot         text        NOT NULL,
  step        text        NOT NULL CHECK (step IN ('candidates', 'awarded')),
  n           integer     NOT NULL CHECK (n >= 1),
  json        bytea       NOT NULL,
  p7s         bytea       NOT NULL,
  winner      text,
  tied        boolean     NOT NULL,
  at          timestamptz NOT NULL,
  entry_id    bigint      NOT NULL,
  CONSTRAINT one_award_per_step UNIQUE (tender_id, lot, step, n)
);

-- No act without its entry, no entry without its act. That a box is closing is a fact of the clock,
-- told by the `box-closed` that follows; the checking of bulk parts is told by `box-finished`.
CREATE CONSTRAINT TRIGGER box_leaves_an_entry
  AFTER INSERT OR UPDATE OF policy_sha256, deadline, parts_by, open_at, release_by, owner_by,
                            closed_at, not_opened_at, asked_at, postponed_at, finished_at
     OR DELETE
     ON bidding.box
        DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER envelope_leaves_an_entry
  AFTER INSERT OR UPDATE OR DELETE ON bidding.envelope
        DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
CREATE CONSTRAINT TRIGGER award_leaves_an_entry
  AFTER INSERT OR UPDATE OR DELETE ON bidding.award
        DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA bidding TO hall_app;
GRANT UPDATE (policy_sha256, deadline, parts_by, open_at, release_by, owner_by, closing_at,
              closed_at, list_json, list_sha256, list_entry_id, not_opened_at, asked_at,
              asked_entry_id, postponed_at, finished_at, opening_json, opening_p7s)
   ON bidding.box TO hall_app;
GRANT UPDATE (rehearsal_json, rehearsed_at) ON bidding.trustee_key TO hall_app;
GRANT UPDATE (withdrawn_at, withdrawal_json, withdrawal_p7s) ON bidding.envelope TO hall_app;
GRANT UPDATE (verdict, code, fault, checked_at) ON bidding.result TO hall_app;
-- UPDATE: what SELECT … FOR SHARE asks for.
GRANT UPDATE (uploaded_at), DELETE ON bidding.part TO hall_app;
