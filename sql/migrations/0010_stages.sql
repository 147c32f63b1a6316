-- Several boxes of a lot: what waits for another stage, revised lists, opened limits, canaries.
--
-- A box with `after` is opened by a revised list that is made once the earlier stage is finished;
-- secret limits are opened before shares are asked for; trustees' keys are proved alive before the
-- opening. Every row here is a fact of an act that has its entry in the same transaction.

-- NOT VALID: no row that is there already has any of these columns, so there is nothing to scan.
ALTER TABLE bidding.box
  ADD COLUMN after            text,       -- the stage of the same lot whose evaluation comes first
  -- How long the asking waits for what it may wait for; of the rule set, as the notice says it.
  ADD COLUMN gate_wait_min    integer     NOT NULL DEFAULT 0 CHECK (gate_wait_min >= 0),
  ADD COLUMN revised_n        integer     CHECK (revised_n >= 1),
  ADD COLUMN revised_at       timestamptz CHECK (revised_at >= closed_at),
  ADD COLUMN revised_json     bytea,
  ADD COLUMN revised_sha256   text,
  ADD COLUMN revised_entry_id bigint,
  ADD CONSTRAINT only_what_waits_is_revised CHECK (revised_at IS NULL OR after IS NOT NULL)
      NOT VALID,
  ADD CONSTRAINT a_revised_list_is_whole
      CHECK (num_nulls(revised_n, revised_at, revised_json, revised_sha256, revised_entry_id)
             IN (0, 5)) NOT VALID;

CREATE CONSTRAINT TRIGGER revised_list_leaves_an_entry
  AFTER UPDATE OF revised_at
     ON bidding.box
        DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

-- A rejection that was set aside stays as a fact; it rejects nobody any more.
ALTER TABLE bidding.rejection
  ADD COLUMN overturned_at       timestamptz CHECK (overturned_at >= at),
  ADD COLUMN overturned_entry_id bigint,
  ADD CONSTRAINT an_overturning_has_its_entry
      CHECK ((overturned_at IS NULL) = (overturned_entry_id IS NULL)) NOT VALID;

-- What a notice was bound to, opened before the prices were; without an amount it is no limit.
CREATE TABLE bidding.limit_opened (
  tender_id text        NOT NULL,
  lot       text        NOT NULL,
  name      text        NOT NULL CHECK (name IN ('reference', 'ceiling', 'minimum')),
  fen       bigint      CHECK (fen >= 0),
  salt      text        CHECK (salt ~ '^[0-9a-f]{64}$'),
  at        timestamptz NOT NULL,
  entry_id  bigint      NOT NULL UNIQUE,
  CONSTRAINT one_opening_per_limit PRIMARY KEY (tender_id, lot, name),
  CHECK ((fen IS NULL) = (salt IS NULL))
);
CREATE CONSTRAINT TRIGGER limit_leaves_an_entry
  AFTER INSERT OR UPDATE OR DELETE ON bidding.limit_opened
        DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

-- That a lot has no winner, and why; the award that the agency signs afterwards names the entry.
CREATE TABLE bidding.voiding (
  tender_id text        NOT NULL,
  lot       text        NOT NULL,
  n         integer     NOT NULL CHECK (n >= 1),
  ground    text        NOT NULL,
  article   text        NOT NULL,
  reason    text        NOT NULL,
  at        timestamptz NOT NULL,
  entry_id  bigint      NOT NULL UNIQUE,
  CONSTRAINT one_voiding_per_count PRIMARY KEY (tender_id, lot, n)
);
CREATE CONSTRAINT TRIGGER voiding_leaves_an_entry
  AFTER INSERT OR UPDATE OR DELETE ON bidding.voiding
        DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

-- A test envelope for a pinned key, made so long before the opening, and what its holder found.
-- Silence is a row without an answer: a fact that others can read.
CREATE TABLE bidding.canary (
  key_sha256     text        NOT NULL REFERENCES bidding.trustee_key,
  open_at        timestamptz NOT NULL,            -- the opening that it is for: one that has moved
  minutes_before integer     NOT NULL CHECK (minutes_before > 0),  -- asks again
  policy_json    bytea       NOT NULL,
  seal_json      bytea       NOT NULL,
  secret         text        NOT NULL CHECK (secret ~ '^[0-9a-f]{64}$'),
  made_at        timestamptz NOT NULL,
  answered_at    timestamptz CHECK (answered_at >= made_at),
  outcome        text,
  PRIMARY KEY (key_sha256, open_at, minutes_before),
  CHECK ((answered_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX canary_unanswered ON bidding.canary (key_sha256) WHERE answered_at IS NULL;

-- Since when a body says that it cannot open with a key any more: another one is asked for.
ALTER TABLE bidding.trustee_key ADD COLUMN lost_at timestamptz CHECK (lost_at >= received_at);
GRANT UPDATE (lost_at) ON bidding.trustee_key TO hall_app;

-- A person at a machine has opened a test envelope of its own making, from the root to the share.
CREATE TABLE bidding.drill (
  org      text        NOT NULL,
  member   text        NOT NULL,
  at       timestamptz NOT NULL,
  outcome  text        NOT NULL,
  entry_id bigint      NOT NULL UNIQUE
);
CREATE INDEX drill_by_member ON bidding.drill (org, member, at);
CREATE CONSTRAINT TRIGGER drill_leaves_an_entry
  AFTER INSERT OR UPDATE OR DELETE ON bidding.drill
        DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON bidding.limit_opened, bidding.voiding, bidding.canary, bidding.drill
   TO hall_app;
GRANT UPDATE (after, gate_wait_min, revised_n, revised_at, revised_json, revised_sha256,
              revised_entry_id)
   ON bidding.box TO hall_app;
GRANT UPDATE (overturned_at, overturned_entry_id) ON bidding.rejection TO hall_app;
GRANT UPDATE (answered_at, outcome) ON bidding.canary TO hall_app;
