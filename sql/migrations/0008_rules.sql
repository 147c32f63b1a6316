-- Rule sets that notices pin, and what two officers say of rules that nobody had read in the wording
-- of a statute.

-- The file of a set, kept when the first notice pins it, so that a running tender keeps its rules
-- whatever becomes of the folder it was taken from. `base_sha256`: of a supplement.
CREATE TABLE trading.rules_file (
    sha256      text  PRIMARY KEY CONSTRAINT rules_hash_is_of_its_bytes
                CHECK (sha256 = encode(sha256(data), 'hex')),
    base_sha256 text  REFERENCES trading.rules_file,
    data        bytea NOT NULL
);

CREATE TRIGGER rules_file_never_changes
    BEFORE UPDATE OR DELETE OR TRUNCATE ON trading.rules_file
    FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();
ALTER TABLE trading.rules_file ENABLE ALWAYS TRIGGER rules_file_never_changes;

-- `json` is the text that both signed: which file, which rules, and the text that confirms each.
-- One officer proposes it, another approves it (`people.md` 5); until then it changes nothing.
CREATE TABLE trading.rules_confirmation (
    confirmation_sha256 text        PRIMARY KEY CONSTRAINT confirmation_hash_is_of_its_bytes
                        CHECK (confirmation_sha256 = encode(sha256(json), 'hex')),
    rules_set           text        NOT NULL
                        CHECK (rules_set ~ '^[a-z][a-z0-9-]{0,31}/[0-9]{4}-[0-9]{2}$'),
    rules_sha256        text        NOT NULL CHECK (rules_sha256 ~ '^[0-9a-f]{64}$'),
    json                bytea       NOT NULL,
    proposed_p7s        bytea       NOT NULL,
    proposed_by         text        NOT NULL REFERENCES notary.person,
    proposed_at         timestamptz NOT NULL,
    approved_p7s        bytea,
    approved_by         text        REFERENCES notary.person,
    approved_at         timestamptz CHECK (approved_at >= proposed_at),
    entry_id            bigint      UNIQUE REFERENCES notary.ledger_body,
    CONSTRAINT two_officers_confirm CHECK (approved_by <> proposed_by),
    CONSTRAINT approval_is_whole
         CHECK ((approved_by IS NULL) = (approved_at IS NULL)
            AND (approved_by IS NULL) = (approved_p7s IS NULL)
            AND (approved_by IS NULL) = (entry_id IS NULL))
);
CREATE INDEX rules_confirmation_by_file
    ON trading.rules_confirmation (rules_sha256) WHERE approved_at IS NOT NULL;

GRANT SELECT, INSERT ON trading.rules_file, trading.rules_confirmation TO hall_app;
GRANT UPDATE (approved_p7s, approved_by, approved_at, entry_id)
   ON trading.rules_confirmation TO hall_app;
