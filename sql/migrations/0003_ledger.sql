-- The audit ledger: every act of the hall is one entry, in the order the sequencer gives it.
--
-- Three steps write here, each in a transaction of its own: an act appends (ledger_body,
-- ledger_pending), the sequencer integrates (ledger_entry, ledger_tile, ledger_head), the publisher
-- signs (ledger_checkpoint). Rows are only ever inserted. Grants say so to the application and
-- triggers say so to the owner; the two exceptions, the queue and the head, are marked below.

-- What a forbidden change of a record answers, whoever tries it.
CREATE FUNCTION notary.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    RAISE EXCEPTION '%.% is a record: % is never allowed', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
          USING ERRCODE = 'restrict_violation';
END
$$;

-- What was done: one row an act, written last in the act's own transaction. `entry_id` says who
-- came first to the queue and nothing more; it counts held rows, so it never leaves the hall.
-- `record` is what the log will publish: 0x01 and a commitment, or of a plain kind 0x02 and the
-- fields themselves. `key` makes a plain entry the only one of its kind. `xact` lets other tables
-- ask whether a change left an entry. `kind`, `subject` and `at` copy fields of `body` for queries.
CREATE TABLE notary.ledger_body (
    entry_id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    kind     text        NOT NULL,
    subject  text        NOT NULL,
    at       timestamptz NOT NULL,
    body     bytea       NOT NULL,
    salt     bytea,
    record   bytea       NOT NULL CONSTRAINT one_entry_per_record UNIQUE,
    key      text,
    xact     xid8        NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT record_has_a_known_form CHECK (
        CASE get_byte(record, 0)
        WHEN 1 THEN octet_length(record) = 33
                AND salt IS NOT NULL AND octet_length(salt) = 32
                AND key IS NULL
        WHEN 2 THEN octet_length(record) <= 1024
                AND record = '\x02'::bytea || body
                AND salt IS NULL
                AND key IS NOT NULL
        ELSE false
        END)
);
CREATE UNIQUE INDEX one_entry_per_key ON notary.ledger_body (key) WHERE key IS NOT NULL;
CREATE INDEX ledger_body_by_xact ON notary.ledger_body (xact);
CREATE INDEX ledger_body_by_subject ON notary.ledger_body (subject, entry_id);

-- The queue between act and sequencer, the first exception: the act inserts, the sequencer deletes,
-- and a closing lets rows out by emptying `hold`. It names the tender or box whose bids are open;
-- held rows wait here and the public log does not move by one byte. No foreign key: one statement
-- writes body and queue, and a key would lock the body a second time.
CREATE TABLE notary.ledger_pending (
    entry_id bigint PRIMARY KEY,
    record   bytea NOT NULL,
    hold     text
) WITH (
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX ledger_pending_free ON notary.ledger_pending (entry_id) WHERE hold IS NULL;
CREATE INDEX ledger_pending_held ON notary.ledger_pending (hold) WHERE hold IS NOT NULL;

-- The log: records in their final order, dense from 0. `idx` is the only cursor a reader may use.
CREATE TABLE notary.ledger_entry (
    idx       bigint PRIMARY KEY CONSTRAINT index_counts_from_zero CHECK (idx >= 0),
    entry_id  bigint NOT NULL CONSTRAINT one_index_per_entry UNIQUE,
    record    bytea  NOT NULL CONSTRAINT one_index_per_record UNIQUE,
    leaf_hash bytea  NOT NULL CONSTRAINT leaf_hash_is_of_the_record
                     CHECK (leaf_hash = sha256('\x00'::bytea || record))
);

-- Full tiles only: 256 hashes of one level of the tree and the root above them. What is not full
-- is computed from ledger_entry (level 0) or from the roots of the level below, so no tile is ever
-- overwritten. EXTERNAL: hashes do not compress.
CREATE TABLE notary.ledger_tile (
    level bigint NOT NULL CONSTRAINT level_of_a_tile CHECK (level BETWEEN 0 AND 7),
    n     bigint NOT NULL CONSTRAINT tile_counts_from_zero CHECK (n >= 0),
    root  bytea  NOT NULL CONSTRAINT tile_root_is_a_hash CHECK (octet_length(root) = 32),
    data  bytea  NOT NULL CONSTRAINT tile_is_full CHECK (octet_length(data) = 8192),
    PRIMARY KEY (level, n)
);
ALTER TABLE notary.ledger_tile ALTER COLUMN data SET STORAGE EXTERNAL;

-- The one row that is ever updated, the second exception: the size and root that entries and tiles
-- have reached, moved in their transaction. Its lock makes sequencers take turns; `epoch` tells a
-- sequencer that another one was here.
CREATE TABLE notary.ledger_head (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT there_is_one_head CHECK (only_row),
    size     bigint NOT NULL CONSTRAINT head_has_a_size CHECK (size >= 0),
    root     bytea  NOT NULL CONSTRAINT head_root_is_a_hash CHECK (octet_length(root) = 32),
    epoch    bigint NOT NULL
);

-- What was signed and is public: one root for a size, for ever.
CREATE TABLE notary.ledger_checkpoint (
    size      bigint      PRIMARY KEY CONSTRAINT checkpoint_has_entries CHECK (size > 0),
    root      bytea       NOT NULL CONSTRAINT checkpoint_root_is_a_hash CHECK (octet_length(root) = 32),
    note      bytea       NOT NULL,
    signed_at timestamptz NOT NULL
);

-- Which fields of a committed entry were opened, to whom, by what right. Each row belongs to an
-- entry `ledger.disclosed.v1`, named here by `disclosed_by`: its index exists only after the commit.
CREATE TABLE notary.ledger_disclosure (
    disclosed_by bigint      PRIMARY KEY REFERENCES notary.ledger_body (entry_id),
    entry_id     bigint      NOT NULL REFERENCES notary.ledger_body (entry_id),
    fields       text[]      NOT NULL CONSTRAINT something_is_disclosed CHECK (cardinality(fields) > 0),
    audience     text        NOT NULL,
    authority    text        NOT NULL,
    at           timestamptz NOT NULL
);
CREATE INDEX ledger_disclosure_by_entry ON notary.ledger_disclosure (entry_id);

-- All that oversight, feeds and pages may read: entries that have their place in the log. Held rows
-- are not in it, and no column counts them.
CREATE VIEW notary.ledger_sequenced AS
SELECT e.idx, b.kind, b.subject, b.at, b.body, b.salt, e.record, e.leaf_hash
  FROM notary.ledger_entry AS e
  JOIN notary.ledger_body AS b USING (entry_id);

-- A table whose every change is an act asks for the act's entry. Attach it in the migration that
-- makes the table:
--
--     CREATE CONSTRAINT TRIGGER tender_leaves_an_entry
--      AFTER INSERT OR UPDATE OR DELETE ON trading.tender
--            DEFERRABLE INITIALLY DEFERRED
--        FOR EACH ROW EXECUTE FUNCTION notary.require_entry();
--
-- Deferred, because the entry is the last thing an act writes: it is looked for at the commit.
CREATE FUNCTION notary.require_entry() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    PERFORM FROM notary.ledger_body WHERE xact = pg_current_xact_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION '% on %.% left no entry in the ledger', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
              USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;

-- Records do not change. ALWAYS: the triggers fire for replicated and bulk-restored rows as well.
CREATE TRIGGER ledger_body_never_changes
    BEFORE UPDATE OR DELETE OR TRUNCATE ON notary.ledger_body
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();
CREATE TRIGGER ledger_entry_never_changes
    BEFORE UPDATE OR DELETE OR TRUNCATE ON notary.ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();
CREATE TRIGGER ledger_tile_never_changes
    BEFORE UPDATE OR DELETE OR TRUNCATE ON notary.ledger_tile
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();
CREATE TRIGGER ledger_checkpoint_never_changes
    BEFORE UPDATE OR DELETE OR TRUNCATE ON notary.ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();
CREATE TRIGGER ledger_disclosure_never_changes
    BEFORE UPDATE OR DELETE OR TRUNCATE ON notary.ledger_disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();
ALTER TABLE notary.ledger_body ENABLE ALWAYS TRIGGER ledger_body_never_changes;
ALTER TABLE notary.ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_never_changes;
ALTER TABLE notary.ledger_tile ENABLE ALWAYS TRIGGER ledger_tile_never_changes;
ALTER TABLE notary.ledger_checkpoint ENABLE ALWAYS TRIGGER ledger_checkpoint_never_changes;
ALTER TABLE notary.ledger_disclosure ENABLE ALWAYS TRIGGER ledger_disclosure_never_changes;

-- The two exceptions move one way only: a row is let out, never held again, and its record stays;
-- the head grows by whole steps.
CREATE TRIGGER ledger_pending_is_only_let_out
    BEFORE UPDATE ON notary.ledger_pending
    FOR EACH ROW
    WHEN (NEW.hold IS NOT NULL OR NEW.record <> OLD.record OR NEW.entry_id <> OLD.entry_id)
    EXECUTE FUNCTION notary.refuse_change();
CREATE TRIGGER ledger_head_only_grows
    BEFORE UPDATE ON notary.ledger_head
    FOR EACH ROW
    WHEN (NEW.size <= OLD.size OR NEW.epoch <> OLD.epoch + 1)
    EXECUTE FUNCTION notary.refuse_change();
CREATE TRIGGER ledger_head_stays
    BEFORE DELETE OR TRUNCATE ON notary.ledger_head
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

GRANT SELECT, INSERT ON notary.ledger_body, notary.ledger_pending, notary.ledger_entry,
                        notary.ledger_tile, notary.ledger_head, notary.ledger_checkpoint,
                        notary.ledger_disclosure
   TO hall_app;
GRANT SELECT ON notary.ledger_sequenced TO hall_app;
GRANT UPDATE (hold), DELETE ON notary.ledger_pending TO hall_app;
GRANT UPDATE (size, root, epoch) ON notary.ledger_head TO hall_app;
