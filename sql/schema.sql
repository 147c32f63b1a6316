-- What the migrations make, for reading; nothing runs it. `make schema` writes it anew.

CREATE SCHEMA bidding;

CREATE SCHEMA hall;

CREATE SCHEMA notary;

CREATE SCHEMA supervision;

CREATE SCHEMA trading;

CREATE SCHEMA web;

CREATE FUNCTION notary.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
BEGIN
    RAISE EXCEPTION '%.% is a record: % is never allowed', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
          USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION notary.require_entry() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
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

CREATE FUNCTION trading.pairs(words text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(SELECT DISTINCT substr(pairs.words, place.place, 2) AS substr FROM generate_series(1, (length(pairs.words) - 1)) place(place));

CREATE FUNCTION trading.plain(words text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN btrim(regexp_replace(lower(NORMALIZE(words, NFKC)), '\s+'::text, ' '::text, 'g'::text));

CREATE TABLE bidding.award (
    tender_id text NOT NULL,
    lot text NOT NULL,
    step text NOT NULL,
    n integer NOT NULL,
    "json" bytea NOT NULL,
    p7s bytea NOT NULL,
    winner text,
    tied boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT award_n_check CHECK ((n >= 1)),
    CONSTRAINT award_step_check CHECK ((step = ANY (ARRAY['candidates'::text, 'awarded'::text])))
);

CREATE TABLE bidding.box (
    tender_id text NOT NULL,
    lot text NOT NULL,
    stage text NOT NULL,
    room text NOT NULL,
    mode text NOT NULL,
    policy_sha256 text NOT NULL,
    deadline timestamp with time zone NOT NULL,
    parts_by timestamp with time zone NOT NULL,
    open_at timestamp with time zone NOT NULL,
    release_by timestamp with time zone NOT NULL,
    owner_by timestamp with time zone NOT NULL,
    min_envelopes integer NOT NULL,
    max_bytes bigint NOT NULL,
    announce_ms integer NOT NULL,
    confirm_s integer NOT NULL,
    closing_at timestamp with time zone,
    closed_at timestamp with time zone,
    list_json bytea,
    list_sha256 text,
    list_entry_id bigint,
    not_opened_at timestamp with time zone,
    asked_at timestamp with time zone,
    asked_entry_id bigint,
    postponed_at timestamp with time zone,
    finished_at timestamp with time zone,
    opening_json bytea,
    opening_p7s bytea,
    cancelled_at timestamp with time zone,
    after text,
    gate_wait_min integer DEFAULT 0 NOT NULL,
    revised_n integer,
    revised_at timestamp with time zone,
    revised_json bytea,
    revised_sha256 text,
    revised_entry_id bigint,
    closing integer DEFAULT 1 NOT NULL,
    outage bytea,
    outage_judged_at timestamp with time zone,
    postponements integer DEFAULT 0 NOT NULL,
    told_interrupted boolean DEFAULT false NOT NULL,
    told_paused boolean DEFAULT false NOT NULL,
    CONSTRAINT box_announce_ms_check CHECK ((announce_ms >= 0)),
    CONSTRAINT box_check CHECK ((parts_by >= deadline)),
    CONSTRAINT box_check1 CHECK ((open_at >= parts_by)),
    CONSTRAINT box_check2 CHECK ((release_by >= open_at)),
    CONSTRAINT box_check3 CHECK ((owner_by >= release_by)),
    CONSTRAINT box_check4 CHECK ((closed_at >= closing_at)),
    CONSTRAINT box_check5 CHECK ((asked_at >= closed_at)),
    CONSTRAINT box_check6 CHECK ((finished_at >= asked_at)),
    CONSTRAINT box_check7 CHECK (((closed_at IS NULL) = (list_sha256 IS NULL))),
    CONSTRAINT box_check8 CHECK (((finished_at IS NULL) = (opening_json IS NULL))),
    CONSTRAINT box_check9 CHECK ((revised_at >= closed_at)),
    CONSTRAINT box_closing_check CHECK ((closing >= 1)),
    CONSTRAINT box_confirm_s_check CHECK ((confirm_s >= 0)),
    CONSTRAINT box_gate_wait_min_check CHECK ((gate_wait_min >= 0)),
    CONSTRAINT box_max_bytes_check CHECK ((max_bytes > 0)),
    CONSTRAINT box_min_envelopes_check CHECK ((min_envelopes >= 1)),
    CONSTRAINT box_mode_check CHECK ((mode = ANY (ARRAY['shared'::text, 'hosted'::text, 'bidder'::text]))),
    CONSTRAINT box_postponements_check CHECK ((postponements >= 0)),
    CONSTRAINT box_revised_n_check CHECK ((revised_n >= 1))
);

CREATE TABLE bidding.canary (
    key_sha256 text NOT NULL,
    open_at timestamp with time zone NOT NULL,
    minutes_before integer NOT NULL,
    policy_json bytea NOT NULL,
    seal_json bytea NOT NULL,
    secret text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    outcome text,
    CONSTRAINT canary_check CHECK ((answered_at >= made_at)),
    CONSTRAINT canary_check1 CHECK (((answered_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT canary_minutes_before_check CHECK ((minutes_before > 0)),
    CONSTRAINT canary_secret_check CHECK ((secret ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE bidding.contract_answer (
    tender_id text NOT NULL,
    lot text NOT NULL,
    n integer NOT NULL,
    agreed boolean NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT contract_answer_check CHECK (((length(text) <= 4000) AND (agreed OR (text <> ''::text))))
);

CREATE TABLE bidding.contract_statement (
    tender_id text NOT NULL,
    lot text NOT NULL,
    n integer NOT NULL,
    step text NOT NULL,
    "json" bytea NOT NULL,
    p7s bytea NOT NULL,
    bidder text NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT contract_statement_n_check CHECK ((n >= 1)),
    CONSTRAINT contract_statement_step_check CHECK ((step = ANY (ARRAY['signed'::text, 'changed'::text, 'ended'::text]))),
    CONSTRAINT signed_comes_first CHECK (((n = 1) = (step = 'signed'::text)))
);

CREATE TABLE bidding.drill (
    org text NOT NULL,
    member text NOT NULL,
    at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    entry_id bigint NOT NULL
);

CREATE TABLE bidding.envelope (
    envelope_id text NOT NULL,
    tender_id text NOT NULL,
    lot text NOT NULL,
    stage text NOT NULL,
    bidder text NOT NULL,
    cert_sha256 text NOT NULL,
    seq integer NOT NULL,
    supersedes text,
    nonce text NOT NULL,
    recipient text NOT NULL,
    seal_json bytea NOT NULL,
    seal_p7s bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    withdrawn_at timestamp with time zone,
    withdrawal_json bytea,
    withdrawal_p7s bytea,
    completed_at timestamp with time zone,
    completed_entry_id bigint,
    CONSTRAINT envelope_check CHECK (((withdrawn_at IS NULL) = (withdrawal_json IS NULL))),
    CONSTRAINT envelope_check1 CHECK (((withdrawn_at IS NULL) = (withdrawal_p7s IS NULL))),
    CONSTRAINT envelope_check2 CHECK ((completed_at >= received_at)),
    CONSTRAINT envelope_seq_check CHECK ((seq >= 1))
);

CREATE TABLE bidding.envelope_part (
    envelope_id text NOT NULL,
    n integer NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    CONSTRAINT envelope_part_n_check CHECK ((n >= 0))
);

CREATE TABLE bidding.limit_opened (
    tender_id text NOT NULL,
    lot text NOT NULL,
    name text NOT NULL,
    fen bigint,
    salt text,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT limit_opened_check CHECK (((fen IS NULL) = (salt IS NULL))),
    CONSTRAINT limit_opened_fen_check CHECK ((fen >= 0)),
    CONSTRAINT limit_opened_name_check CHECK ((name = ANY (ARRAY['reference'::text, 'ceiling'::text, 'minimum'::text]))),
    CONSTRAINT limit_opened_salt_check CHECK ((salt ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE bidding.milestone (
    tender_id text NOT NULL,
    lot text NOT NULL,
    milestone integer NOT NULL,
    revision integer NOT NULL,
    what text NOT NULL,
    title text NOT NULL,
    due_on date NOT NULL,
    amount_fen bigint,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT milestone_amount_fen_check CHECK ((amount_fen > 0)),
    CONSTRAINT milestone_milestone_check CHECK ((milestone >= 1)),
    CONSTRAINT milestone_revision_check CHECK ((revision >= 1)),
    CONSTRAINT milestone_title_check CHECK (((length(title) >= 1) AND (length(title) <= 200))),
    CONSTRAINT milestone_what_check CHECK ((what = ANY (ARRAY['delivery'::text, 'payment'::text]))),
    CONSTRAINT payments_have_amounts CHECK (((what = 'payment'::text) = (amount_fen IS NOT NULL)))
);

CREATE TABLE bidding.milestone_answer (
    tender_id text NOT NULL,
    lot text NOT NULL,
    milestone integer NOT NULL,
    n integer NOT NULL,
    agreed boolean NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT milestone_answer_check CHECK (((length(text) <= 4000) AND (agreed OR (text <> ''::text))))
);

CREATE TABLE bidding.milestone_report (
    tender_id text NOT NULL,
    lot text NOT NULL,
    milestone integer NOT NULL,
    n integer NOT NULL,
    org text NOT NULL,
    done_on date NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT milestone_report_n_check CHECK ((n >= 1)),
    CONSTRAINT milestone_report_text_check CHECK ((length(text) <= 4000))
);

CREATE TABLE bidding.opening_confirmation (
    envelope_id text NOT NULL,
    confirmed_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL
);

CREATE TABLE bidding.opening_objection (
    tender_id text NOT NULL,
    lot text NOT NULL,
    stage text NOT NULL,
    n integer NOT NULL,
    org text NOT NULL,
    text text NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    answer text,
    answered_at timestamp with time zone,
    answer_entry_id bigint,
    CONSTRAINT opening_answer_is_whole CHECK ((((answer IS NULL) = (answered_at IS NULL)) AND ((answer IS NULL) = (answer_entry_id IS NULL)))),
    CONSTRAINT opening_objection_answer_check CHECK (((length(answer) >= 1) AND (length(answer) <= 4000))),
    CONSTRAINT opening_objection_check CHECK ((answered_at >= raised_at)),
    CONSTRAINT opening_objection_n_check CHECK ((n >= 1)),
    CONSTRAINT opening_objection_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);

CREATE TABLE bidding.owner_release (
    envelope_id text NOT NULL,
    "json" bytea NOT NULL,
    secret text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL
);

CREATE TABLE bidding.part (
    sha256 text NOT NULL,
    size bigint NOT NULL,
    uploaded_at timestamp with time zone NOT NULL,
    CONSTRAINT part_size_check CHECK ((size > 0))
);

CREATE TABLE bidding.policy (
    policy_sha256 text NOT NULL,
    tender_id text NOT NULL,
    lot text NOT NULL,
    stage text NOT NULL,
    "json" bytea NOT NULL
);

CREATE TABLE bidding.promise (
    promise_sha256 text NOT NULL,
    tender_id text NOT NULL,
    lot text NOT NULL,
    stage text NOT NULL,
    group_id text NOT NULL,
    key_sha256 text NOT NULL,
    list_sha256 text NOT NULL,
    release_sha256 text NOT NULL,
    "json" bytea NOT NULL,
    p7s bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL
);

CREATE TABLE bidding.rejection (
    envelope_id text NOT NULL,
    tender_id text NOT NULL,
    lot text NOT NULL,
    ground text NOT NULL,
    article text NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    overturned_at timestamp with time zone,
    overturned_entry_id bigint,
    CONSTRAINT rejection_check CHECK ((overturned_at >= at))
);

CREATE TABLE bidding.release (
    release_sha256 text NOT NULL,
    tender_id text NOT NULL,
    lot text NOT NULL,
    stage text NOT NULL,
    group_id text NOT NULL,
    key_sha256 text NOT NULL,
    list_sha256 text NOT NULL,
    "json" bytea NOT NULL,
    p7s bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    good boolean NOT NULL
);

CREATE TABLE bidding.result (
    envelope_id text NOT NULL,
    tender_id text NOT NULL,
    lot text NOT NULL,
    stage text NOT NULL,
    place integer NOT NULL,
    verdict text NOT NULL,
    code text,
    fault text,
    form jsonb,
    price_fen bigint,
    announced_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    checked_at timestamp with time zone,
    CONSTRAINT result_place_check CHECK ((place >= 1)),
    CONSTRAINT result_verdict_check CHECK ((verdict = ANY (ARRAY['opened'::text, 'improper'::text, 'unopened'::text])))
);

CREATE TABLE bidding.transfer (
    key text NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT transfer_key_check CHECK ((key ~ '^[0-9a-f]{32}$'::text)),
    CONSTRAINT transfer_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT transfer_size_check CHECK ((size > 0))
);

CREATE TABLE bidding.trustee_key (
    key_sha256 text NOT NULL,
    tender_id text NOT NULL,
    lot text NOT NULL,
    stage text NOT NULL,
    group_id text NOT NULL,
    member text NOT NULL,
    gen integer NOT NULL,
    recipient text NOT NULL,
    holder_org text NOT NULL,
    not_before timestamp with time zone NOT NULL,
    "json" bytea NOT NULL,
    p7s bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    rehearsal_json bytea NOT NULL,
    rehearsed_at timestamp with time zone,
    lost_at timestamp with time zone,
    CONSTRAINT trustee_key_check CHECK ((lost_at >= received_at)),
    CONSTRAINT trustee_key_gen_check CHECK ((gen >= 1))
);

CREATE TABLE bidding.voiding (
    tender_id text NOT NULL,
    lot text NOT NULL,
    n integer NOT NULL,
    ground text NOT NULL,
    article text NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT voiding_n_check CHECK ((n >= 1))
);

CREATE TABLE hall.migration (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT migration_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE notary.application (
    application_id text NOT NULL,
    org_id text NOT NULL,
    org_name text NOT NULL,
    person_name text NOT NULL,
    contact text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    officer_id text,
    operator_id text,
    invitation_id text,
    refused_by text,
    refused_why text,
    decided_at timestamp with time zone,
    CONSTRAINT application_application_id_check CHECK ((application_id ~ '^[0-9a-f]{32}$'::text)),
    CONSTRAINT application_check CHECK ((decided_at >= asked_at)),
    CONSTRAINT application_check1 CHECK ((officer_id <> operator_id)),
    CONSTRAINT application_check2 CHECK (((refused_by IS NULL) = (refused_why IS NULL))),
    CONSTRAINT application_check3 CHECK (((decided_at IS NULL) = ((refused_by IS NULL) AND (invitation_id IS NULL)))),
    CONSTRAINT application_check4 CHECK (((invitation_id IS NULL) OR ((officer_id IS NOT NULL) AND (operator_id IS NOT NULL)))),
    CONSTRAINT application_contact_check CHECK (((length(contact) >= 1) AND (length(contact) <= 200))),
    CONSTRAINT application_org_id_check CHECK ((org_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'::text)),
    CONSTRAINT application_org_name_check CHECK (((length(org_name) >= 1) AND (length(org_name) <= 200))),
    CONSTRAINT application_person_name_check CHECK (((length(person_name) >= 1) AND (length(person_name) <= 200))),
    CONSTRAINT application_refused_why_check CHECK (((length(refused_why) >= 1) AND (length(refused_why) <= 500)))
);

CREATE TABLE notary.certificate (
    cert_sha256 text NOT NULL,
    der bytea NOT NULL,
    person_id text NOT NULL,
    org_id text NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    device text,
    used_at timestamp with time zone,
    CONSTRAINT certificate_cert_sha256_check CHECK ((cert_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT certificate_check CHECK ((encode(sha256(der), 'hex'::text) = cert_sha256)),
    CONSTRAINT certificate_check1 CHECK ((revoked_at >= enrolled_at)),
    CONSTRAINT device_has_a_name CHECK (((length(device) >= 1) AND (length(device) <= 80)))
);

CREATE TABLE notary.credential (
    person_id text NOT NULL,
    password_phc text NOT NULL,
    totp_sealed bytea NOT NULL,
    totp_step bigint DEFAULT 0 NOT NULL
);

CREATE TABLE notary.duty (
    duty_id bigint NOT NULL,
    duty_sha256 text NOT NULL,
    org_id text NOT NULL,
    cert_sha256 text NOT NULL,
    der bytea NOT NULL,
    uses text[] NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    signed_by text NOT NULL,
    statement bytea NOT NULL,
    p7s bytea NOT NULL,
    stated_at timestamp with time zone NOT NULL,
    CONSTRAINT duty_cert_sha256_check CHECK ((cert_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT duty_check CHECK ((encode(sha256(der), 'hex'::text) = cert_sha256)),
    CONSTRAINT duty_check1 CHECK ((encode(sha256(statement), 'hex'::text) = duty_sha256)),
    CONSTRAINT duty_check2 CHECK (((to_at > from_at) AND (to_at <= (from_at + '366 days'::interval)))),
    CONSTRAINT duty_duty_sha256_check CHECK ((duty_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT duty_uses_check CHECK ((((cardinality(uses) >= 1) AND (cardinality(uses) <= 4)) AND (uses <@ ARRAY['trustee'::text, 'draw'::text, 'witness'::text, 'limits'::text])))
);

ALTER TABLE notary.duty ALTER COLUMN duty_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME notary.duty_duty_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notary.handed_link (
    invitation_id text NOT NULL,
    person_id text NOT NULL,
    shown_at timestamp with time zone
);

CREATE TABLE notary.heartbeat (
    heart text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT a_run_has_a_length CHECK ((last_at >= began_at)),
    CONSTRAINT heartbeat_heart_check CHECK ((heart = ANY (ARRAY['clerk'::text, 'sequencer'::text])))
);

CREATE TABLE notary.invitation (
    invitation_id text NOT NULL,
    newcomer bytea NOT NULL,
    prepares boolean NOT NULL,
    org_id text NOT NULL,
    made_by text,
    made_at timestamp with time zone NOT NULL,
    good_until timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT invitation_check CHECK ((good_until > made_at)),
    CONSTRAINT invitation_check1 CHECK ((used_at >= made_at)),
    CONSTRAINT invitation_invitation_id_check CHECK ((invitation_id ~ '^[0-9a-f]{32}$'::text))
);

CREATE TABLE notary.ledger_body (
    entry_id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    at timestamp with time zone NOT NULL,
    body bytea NOT NULL,
    salt bytea,
    record bytea NOT NULL,
    key text,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT record_has_a_known_form CHECK (
CASE get_byte(record, 0)
    WHEN 1 THEN ((octet_length(record) = 33) AND (salt IS NOT NULL) AND (octet_length(salt) = 32) AND (key IS NULL))
    WHEN 2 THEN ((octet_length(record) <= 1024) AND (record = ('\x02'::bytea || body)) AND (salt IS NULL) AND (key IS NOT NULL))
    ELSE false
END)
);

ALTER TABLE notary.ledger_body ALTER COLUMN entry_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME notary.ledger_body_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notary.ledger_checkpoint (
    size bigint NOT NULL,
    root bytea NOT NULL,
    note bytea NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    CONSTRAINT checkpoint_has_entries CHECK ((size > 0)),
    CONSTRAINT checkpoint_root_is_a_hash CHECK ((octet_length(root) = 32))
);

CREATE TABLE notary.ledger_disclosure (
    disclosed_by bigint NOT NULL,
    entry_id bigint NOT NULL,
    fields text[] NOT NULL,
    audience text NOT NULL,
    authority text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT something_is_disclosed CHECK ((cardinality(fields) > 0))
);

CREATE TABLE notary.ledger_entry (
    idx bigint NOT NULL,
    entry_id bigint NOT NULL,
    record bytea NOT NULL,
    leaf_hash bytea NOT NULL,
    subject text,
    actor text,
    CONSTRAINT index_counts_from_zero CHECK ((idx >= 0)),
    CONSTRAINT leaf_hash_is_of_the_record CHECK ((leaf_hash = sha256(('\x00'::bytea || record))))
);

CREATE TABLE notary.ledger_head (
    only_row boolean DEFAULT true NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    epoch bigint NOT NULL,
    CONSTRAINT head_has_a_size CHECK ((size >= 0)),
    CONSTRAINT head_root_is_a_hash CHECK ((octet_length(root) = 32)),
    CONSTRAINT there_is_one_head CHECK (only_row)
);

CREATE TABLE notary.ledger_pending (
    entry_id bigint NOT NULL,
    record bytea NOT NULL,
    hold text
)
WITH (autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_cost_delay='0');

CREATE VIEW notary.ledger_sequenced AS
 SELECT e.idx,
    b.kind,
    e.subject,
    b.at,
    b.body,
    b.salt,
    e.record,
    e.leaf_hash,
    e.actor
   FROM (notary.ledger_entry e
     JOIN notary.ledger_body b USING (entry_id));

CREATE TABLE notary.ledger_tile (
    level bigint NOT NULL,
    n bigint NOT NULL,
    root bytea NOT NULL,
    data bytea NOT NULL,
    CONSTRAINT level_of_a_tile CHECK (((level >= 0) AND (level <= 7))),
    CONSTRAINT tile_counts_from_zero CHECK ((n >= 0)),
    CONSTRAINT tile_is_full CHECK ((octet_length(data) = 8192)),
    CONSTRAINT tile_root_is_a_hash CHECK ((octet_length(root) = 32))
);
ALTER TABLE ONLY notary.ledger_tile ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE notary.organisation (
    org_id text NOT NULL,
    name text NOT NULL,
    line text NOT NULL,
    branch text,
    enrolled_at timestamp with time zone NOT NULL,
    CONSTRAINT organisation_branch_check CHECK ((branch ~ '^[a-z][a-z0-9-]{0,31}$'::text)),
    CONSTRAINT organisation_line_check CHECK ((line = ANY (ARRAY['decision'::text, 'execution'::text, 'supervision'::text, 'none'::text]))),
    CONSTRAINT organisation_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT organisation_org_id_check CHECK ((org_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'::text))
);

CREATE TABLE notary.passkey (
    passkey_id text NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    person_id text NOT NULL,
    org_id text NOT NULL,
    name text NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT passkey_check CHECK ((encode(sha256(credential_id), 'hex'::text) = passkey_id)),
    CONSTRAINT passkey_check1 CHECK ((used_at >= enrolled_at)),
    CONSTRAINT passkey_check2 CHECK ((revoked_at >= enrolled_at)),
    CONSTRAINT passkey_name_check CHECK (((length(name) >= 1) AND (length(name) <= 80))),
    CONSTRAINT passkey_passkey_id_check CHECK ((passkey_id ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT passkey_sign_count_check CHECK ((sign_count >= 0))
);

CREATE TABLE notary.person (
    person_id text NOT NULL,
    org_id text NOT NULL,
    name text NOT NULL,
    branch text,
    enrolled_at timestamp with time zone NOT NULL,
    CONSTRAINT person_branch_check CHECK ((branch ~ '^[a-z][a-z0-9-]{0,31}$'::text)),
    CONSTRAINT person_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT person_person_id_check CHECK ((person_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'::text))
);

CREATE TABLE notary.preparer (
    preparer_id bigint NOT NULL,
    person_id text NOT NULL,
    since timestamp with time zone NOT NULL,
    set_by text NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT preparer_check CHECK ((ended_at >= since))
);

ALTER TABLE notary.preparer ALTER COLUMN preparer_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME notary.preparer_preparer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notary.proposal (
    proposal_id text NOT NULL,
    proposal bytea NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    approved_by text,
    approved_at timestamp with time zone,
    withdrawn_by text,
    withdrawn_at timestamp with time zone,
    CONSTRAINT proposal_check CHECK ((approved_at >= proposed_at)),
    CONSTRAINT proposal_check1 CHECK (((approved_by IS NULL) = (approved_at IS NULL))),
    CONSTRAINT proposal_check2 CHECK ((withdrawn_at >= proposed_at)),
    CONSTRAINT proposal_proposal_id_check CHECK ((proposal_id ~ '^[0-9a-f]{32}$'::text)),
    CONSTRAINT two_persons_approve CHECK ((approved_by <> proposed_by))
);

CREATE TABLE notary.role_grant (
    grant_id bigint NOT NULL,
    person_id text NOT NULL,
    org_id text NOT NULL,
    line text NOT NULL,
    role text NOT NULL,
    branch text,
    granted_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT role_belongs_to_its_line CHECK (
CASE role
    WHEN 'officer'::text THEN (line = 'decision'::text)
    WHEN 'purchaser'::text THEN (line = 'execution'::text)
    WHEN 'agency'::text THEN (line = 'execution'::text)
    WHEN 'operator'::text THEN (line = 'execution'::text)
    WHEN 'administrator'::text THEN (line = 'execution'::text)
    WHEN 'supervisor'::text THEN (line = 'supervision'::text)
    WHEN 'auditor'::text THEN (line = 'supervision'::text)
    WHEN 'bidder'::text THEN (line = 'none'::text)
    WHEN 'expert'::text THEN (line = 'none'::text)
    WHEN 'trustee'::text THEN true
    ELSE false
END),
    CONSTRAINT role_grant_branch_check CHECK ((branch ~ '^[a-z][a-z0-9-]{0,31}$'::text)),
    CONSTRAINT role_grant_check CHECK ((ended_at >= granted_at))
);

ALTER TABLE notary.role_grant ALTER COLUMN grant_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME notary.role_grant_grant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notary.room (
    room text NOT NULL,
    head bigint NOT NULL,
    CONSTRAINT room_has_begun CHECK ((head > 0))
);

CREATE TABLE notary.room_event (
    room text NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    leaf bytea,
    audience text NOT NULL,
    data text NOT NULL,
    CONSTRAINT event_counts_from_one CHECK ((seq > 0)),
    CONSTRAINT event_data_is_an_object CHECK ((data IS JSON OBJECT)),
    CONSTRAINT event_leaf_is_a_hash CHECK ((octet_length(leaf) = 32))
);

CREATE TABLE notary.stand_in (
    stand_in_id text NOT NULL,
    absent text NOT NULL,
    person_id text NOT NULL,
    org_id text NOT NULL,
    role text NOT NULL,
    branch text,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    granted_by text NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT stand_in_branch_check CHECK ((branch ~ '^[a-z][a-z0-9-]{0,31}$'::text)),
    CONSTRAINT stand_in_check CHECK ((to_at > from_at)),
    CONSTRAINT stand_in_check1 CHECK ((ended_at >= granted_at)),
    CONSTRAINT stand_in_check2 CHECK ((absent <> person_id)),
    CONSTRAINT stand_in_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 200))),
    CONSTRAINT stand_in_stand_in_id_check CHECK ((stand_in_id ~ '^[0-9a-f]{32}$'::text))
);

CREATE TABLE supervision.alarm (
    alarm text NOT NULL,
    rule text NOT NULL,
    subject text NOT NULL,
    moment timestamp with time zone NOT NULL,
    severity text NOT NULL,
    tender_id text NOT NULL,
    CONSTRAINT alarm_alarm_check CHECK ((alarm ~ '^A-[0-9A-F]{16}$'::text)),
    CONSTRAINT alarm_severity_check CHECK ((severity = ANY (ARRAY['red'::text, 'yellow'::text])))
);

CREATE TABLE supervision.alarm_step (
    alarm text NOT NULL,
    n integer NOT NULL,
    act text NOT NULL,
    at timestamp with time zone NOT NULL,
    person text NOT NULL,
    org text NOT NULL,
    to_person text,
    to_org text,
    answers integer,
    finding text,
    text text,
    entry_id bigint NOT NULL,
    CONSTRAINT alarm_step_act_check CHECK ((act = ANY (ARRAY['assigned'::text, 'inquired'::text, 'answered'::text, 'closed'::text]))),
    CONSTRAINT alarm_step_finding_check CHECK ((finding = ANY (ARRAY['real'::text, 'false'::text]))),
    CONSTRAINT alarm_step_n_check CHECK ((n > 0)),
    CONSTRAINT alarm_step_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000))),
    CONSTRAINT answered_something CHECK (((act = 'answered'::text) = (answers IS NOT NULL))),
    CONSTRAINT assigned_to_somebody CHECK (((act = 'assigned'::text) = (to_person IS NOT NULL))),
    CONSTRAINT closed_with_a_finding CHECK (((act = 'closed'::text) = (finding IS NOT NULL))),
    CONSTRAINT inquired_of_a_body CHECK (((act = 'inquired'::text) = (to_org IS NOT NULL))),
    CONSTRAINT said_in_words CHECK (((act = 'assigned'::text) OR (text IS NOT NULL)))
);

CREATE TABLE trading.amendment (
    tender_id text NOT NULL,
    act text NOT NULL,
    follows integer NOT NULL,
    change bytea NOT NULL,
    drafted_by text NOT NULL,
    drafted_at timestamp with time zone NOT NULL,
    CONSTRAINT amendment_act_check CHECK ((act = ANY (ARRAY['amend'::text, 'cancel'::text]))),
    CONSTRAINT amendment_follows_check CHECK ((follows >= 1))
);

CREATE TABLE trading.clarification (
    tender_id text NOT NULL,
    n integer NOT NULL,
    question_id text,
    "json" bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT clarification_n_check CHECK ((n >= 1))
);

CREATE TABLE trading.complaint (
    number text NOT NULL,
    tender_id text NOT NULL,
    about text NOT NULL,
    org text NOT NULL,
    person text NOT NULL,
    text text NOT NULL,
    known_on date NOT NULL,
    made_at timestamp with time zone NOT NULL,
    accept_by timestamp with time zone,
    decide_by timestamp with time zone,
    entry_id bigint NOT NULL,
    CONSTRAINT complaint_about_check CHECK ((about = ANY (ARRAY['documents'::text, 'opening'::text, 'candidates'::text, 'other'::text]))),
    CONSTRAINT complaint_check CHECK ((decide_by >= accept_by)),
    CONSTRAINT complaint_number_check CHECK ((number ~ '^TS-[0-9]{8}-[0-9A-F]{8}$'::text)),
    CONSTRAINT complaint_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);

CREATE TABLE trading.complaint_considered (
    number text NOT NULL,
    accepted boolean NOT NULL,
    text text NOT NULL,
    considered_at timestamp with time zone NOT NULL,
    decide_by timestamp with time zone,
    person text NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT complaint_considered_check CHECK (((decide_by IS NULL) OR (accepted AND (decide_by >= considered_at)))),
    CONSTRAINT complaint_considered_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);

CREATE TABLE trading.complaint_decided (
    number text NOT NULL,
    upheld boolean NOT NULL,
    text text NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    person text NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT complaint_decided_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);

CREATE TABLE trading.document (
    tender_id text NOT NULL,
    revision integer NOT NULL,
    path text NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    CONSTRAINT document_path_check CHECK (((length(path) >= 1) AND (length(path) <= 200))),
    CONSTRAINT document_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT document_size_check CHECK ((size > 0))
);

CREATE TABLE trading.document_taken (
    tender_id text NOT NULL,
    sha256 text NOT NULL,
    org text NOT NULL,
    taken_by text NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT document_taken_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE trading.halt (
    tender_id text NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_org text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    approved_by text NOT NULL,
    approved_org text NOT NULL,
    halted_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT halt_check CHECK ((halted_at >= asked_at)),
    CONSTRAINT two_persons_halt CHECK ((asked_by <> approved_by))
);

CREATE TABLE trading.halt_asked (
    tender_id text NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_org text NOT NULL,
    asked_at timestamp with time zone NOT NULL
);

CREATE TABLE trading.handback (
    tender_id text NOT NULL,
    draft_sha256 text NOT NULL,
    note text NOT NULL,
    handed_by text NOT NULL,
    handed_at timestamp with time zone NOT NULL,
    CONSTRAINT handback_note_check CHECK (((length(note) >= 1) AND (length(note) <= 4000)))
);

CREATE TABLE trading.handover (
    tender_id text NOT NULL,
    draft_sha256 text NOT NULL,
    handed_by text NOT NULL,
    handed_at timestamp with time zone NOT NULL,
    CONSTRAINT handover_draft_sha256_check CHECK ((draft_sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE trading.invited (
    tender_id text NOT NULL,
    org text NOT NULL
);

CREATE TABLE trading.notice (
    tender_id text NOT NULL,
    revision integer NOT NULL,
    notice_sha256 text NOT NULL,
    "json" bytea NOT NULL,
    p7s bytea NOT NULL,
    entry_id bigint NOT NULL,
    published timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT entry_follows_publication CHECK (((at >= published) AND (at <= (published + '00:10:00'::interval)))),
    CONSTRAINT notice_hash_is_of_its_bytes CHECK ((notice_sha256 = encode(sha256("json"), 'hex'::text))),
    CONSTRAINT notice_json_check CHECK ((octet_length("json") <= 1048576)),
    CONSTRAINT notice_revision_check CHECK ((revision >= 1))
);

CREATE TABLE trading.objection (
    objection text NOT NULL,
    tender_id text NOT NULL,
    about text NOT NULL,
    lot text,
    org text NOT NULL,
    text text NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    entry_id bigint NOT NULL,
    answer text,
    answered_at timestamp with time zone,
    answer_entry_id bigint,
    withdrawn_at timestamp with time zone,
    withdrawal_entry_id bigint,
    CONSTRAINT answer_is_whole CHECK ((((answer IS NULL) = (answered_at IS NULL)) AND ((answer IS NULL) = (answer_entry_id IS NULL)))),
    CONSTRAINT objection_about_check CHECK ((about = ANY (ARRAY['documents'::text, 'candidates'::text]))),
    CONSTRAINT objection_answer_check CHECK (((length(answer) >= 1) AND (length(answer) <= 4000))),
    CONSTRAINT objection_check CHECK (((lot IS NULL) = (about = 'documents'::text))),
    CONSTRAINT objection_check1 CHECK ((answered_at >= raised_at)),
    CONSTRAINT objection_objection_check CHECK ((objection ~ '^[0-9a-f]{32}$'::text)),
    CONSTRAINT objection_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);

CREATE TABLE trading.question (
    question_id text NOT NULL,
    tender_id text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    words text NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT question_question_id_check CHECK ((question_id ~ '^[0-9a-f]{16}$'::text)),
    CONSTRAINT question_words_check CHECK (((length(words) >= 1) AND (length(words) <= 2000)))
);

CREATE TABLE trading.rules_confirmation (
    confirmation_sha256 text NOT NULL,
    rules_set text NOT NULL,
    rules_sha256 text NOT NULL,
    "json" bytea NOT NULL,
    proposed_p7s bytea NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    approved_p7s bytea,
    approved_by text,
    approved_at timestamp with time zone,
    entry_id bigint,
    CONSTRAINT approval_is_whole CHECK ((((approved_by IS NULL) = (approved_at IS NULL)) AND ((approved_by IS NULL) = (approved_p7s IS NULL)) AND ((approved_by IS NULL) = (entry_id IS NULL)))),
    CONSTRAINT confirmation_hash_is_of_its_bytes CHECK ((confirmation_sha256 = encode(sha256("json"), 'hex'::text))),
    CONSTRAINT rules_confirmation_check CHECK ((approved_at >= proposed_at)),
    CONSTRAINT rules_confirmation_rules_set_check CHECK ((rules_set ~ '^[a-z][a-z0-9-]{0,31}/[0-9]{4}-[0-9]{2}$'::text)),
    CONSTRAINT rules_confirmation_rules_sha256_check CHECK ((rules_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT two_officers_confirm CHECK ((approved_by <> proposed_by))
);

CREATE TABLE trading.rules_file (
    sha256 text NOT NULL,
    base_sha256 text,
    data bytea NOT NULL,
    CONSTRAINT rules_hash_is_of_its_bytes CHECK ((sha256 = encode(sha256(data), 'hex'::text)))
);

CREATE TABLE trading.searchable (
    tender_id text NOT NULL,
    words text NOT NULL,
    pairs text[] GENERATED ALWAYS AS (trading.pairs(words)) STORED NOT NULL
);

CREATE TABLE trading.tender (
    tender_id text NOT NULL,
    agency text NOT NULL,
    purchaser text NOT NULL,
    branch text,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    kind text NOT NULL,
    method text NOT NULL,
    rules text NOT NULL,
    currency text NOT NULL,
    ceiling_fen bigint,
    deadline timestamp with time zone NOT NULL,
    draft bytea NOT NULL,
    drafted_by text NOT NULL,
    drafted_at timestamp with time zone NOT NULL,
    invited_salt bytea,
    published_at timestamp with time zone,
    candidates_at timestamp with time zone,
    awarded_at timestamp with time zone,
    ended_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    again_of text,
    paused_at timestamp with time zone,
    paused_until timestamp with time zone,
    pause_reason text,
    pauses integer DEFAULT 0 NOT NULL,
    halted_at timestamp with time zone,
    halt_reason text,
    CONSTRAINT tender_branch_check CHECK ((branch ~ '^[a-z][a-z0-9-]{0,31}$'::text)),
    CONSTRAINT tender_ceiling_fen_check CHECK ((ceiling_fen >= 0)),
    CONSTRAINT tender_check CHECK ((published_at >= drafted_at)),
    CONSTRAINT tender_check1 CHECK ((candidates_at >= published_at)),
    CONSTRAINT tender_check2 CHECK ((awarded_at >= published_at)),
    CONSTRAINT tender_check3 CHECK ((ended_at >= published_at)),
    CONSTRAINT tender_check4 CHECK (((method = 'invited'::text) = (invited_salt IS NOT NULL))),
    CONSTRAINT tender_check5 CHECK (((published_at IS NOT NULL) OR ((candidates_at IS NULL) AND (awarded_at IS NULL) AND (ended_at IS NULL)))),
    CONSTRAINT tender_check6 CHECK ((cancelled_at >= published_at)),
    CONSTRAINT tender_check7 CHECK ((paused_until >= paused_at)),
    CONSTRAINT tender_check8 CHECK ((num_nulls(paused_at, paused_until, pause_reason) = ANY (ARRAY[0, 3]))),
    CONSTRAINT tender_check9 CHECK (((halted_at IS NULL) = (halt_reason IS NULL))),
    CONSTRAINT tender_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT tender_invited_salt_check CHECK ((octet_length(invited_salt) = 32)),
    CONSTRAINT tender_kind_check CHECK ((kind = ANY (ARRAY['construction'::text, 'procurement'::text, 'land'::text, 'mining'::text, 'property'::text, 'medicine'::text]))),
    CONSTRAINT tender_method_check CHECK ((method = ANY (ARRAY['open'::text, 'invited'::text]))),
    CONSTRAINT tender_pauses_check CHECK ((pauses >= 0)),
    CONSTRAINT tender_rules_check CHECK ((rules ~ '^[a-z][a-z0-9-]{0,31}/[0-9]{4}-[0-9]{2}$'::text)),
    CONSTRAINT tender_tender_id_check CHECK ((tender_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'::text))
);

CREATE TABLE trading.trustee (
    tender_id text NOT NULL,
    group_id text NOT NULL,
    org text NOT NULL,
    CONSTRAINT trustee_group_id_check CHECK ((group_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'::text))
);

CREATE TABLE web.challenge (
    challenge_sha256 bytea NOT NULL,
    purpose text NOT NULL,
    person_id text,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT challenge_challenge_sha256_check CHECK ((octet_length(challenge_sha256) = 32)),
    CONSTRAINT challenge_check CHECK (((person_id IS NULL) = (purpose = 'log-in'::text))),
    CONSTRAINT challenge_purpose_check CHECK ((purpose = ANY (ARRAY['enrol'::text, 'log-in'::text, 'confirm'::text])))
);

CREATE TABLE web.confirmation_lock (
    person_id text NOT NULL,
    failures integer NOT NULL,
    failed_at timestamp with time zone NOT NULL,
    CONSTRAINT confirmation_lock_failures_check CHECK ((failures > 0))
);

CREATE TABLE web.contact (
    person_id text NOT NULL,
    mail text,
    mobile text,
    lang text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT contact_lang_check CHECK ((lang = ANY (ARRAY['zh-CN'::text, 'en'::text]))),
    CONSTRAINT contact_mail_check CHECK ((mail ~ '^[^@[:space:][:cntrl:]]{1,64}@[A-Za-z0-9.-]{1,190}$'::text)),
    CONSTRAINT contact_mobile_check CHECK ((mobile ~ '^[+]?[0-9]{5,20}$'::text))
);

CREATE TABLE web.delivery (
    message_id bigint NOT NULL,
    channel text NOT NULL,
    address text NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    gateway_id text,
    error text,
    CONSTRAINT delivery_channel_check CHECK ((channel = ANY (ARRAY['mail'::text, 'sms'::text]))),
    CONSTRAINT delivery_check CHECK (((state = 'sent'::text) = (sent_at IS NOT NULL))),
    CONSTRAINT delivery_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text, 'spared'::text])))
);

CREATE TABLE web.follower (
    tender_id text NOT NULL,
    person_id text NOT NULL,
    since timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT follower_check CHECK ((ended_at >= since))
);

CREATE TABLE web.message (
    message_id bigint NOT NULL,
    cause text NOT NULL,
    person_id text NOT NULL,
    said text NOT NULL,
    href text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    read_by timestamp with time zone,
    read_at timestamp with time zone,
    called_at timestamp with time zone,
    called_by text,
    leave_href text,
    CONSTRAINT message_check CHECK (((called_at IS NULL) = (called_by IS NULL)))
);

CREATE TABLE web.message_cursor (
    only_row boolean DEFAULT true NOT NULL,
    idx bigint NOT NULL,
    CONSTRAINT message_cursor_idx_check CHECK ((idx >= '-1'::integer)),
    CONSTRAINT there_is_one_cursor CHECK (only_row)
);

ALTER TABLE web.message ALTER COLUMN message_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME web.message_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE web.nonce (
    cert_sha256 text NOT NULL,
    nonce text NOT NULL,
    used_at timestamp with time zone NOT NULL,
    CONSTRAINT nonce_nonce_check CHECK (((length(nonce) >= 16) AND (length(nonce) <= 64)))
);

CREATE TABLE web.occasion (
    cause text NOT NULL,
    matter text NOT NULL,
    tender_id text,
    at timestamp with time zone NOT NULL
);

CREATE TABLE web.outcome (
    actor text NOT NULL,
    key text NOT NULL,
    request_sha256 bytea NOT NULL,
    refused text,
    body bytea NOT NULL,
    kept_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT outcome_key_check CHECK (((length(key) >= 16) AND (length(key) <= 64))),
    CONSTRAINT outcome_request_sha256_check CHECK ((octet_length(request_sha256) = 32))
);

CREATE TABLE web.password_lock (
    typed_name text NOT NULL,
    failures integer NOT NULL,
    failed_at timestamp with time zone NOT NULL,
    CONSTRAINT password_lock_failures_check CHECK ((failures > 0)),
    CONSTRAINT password_lock_typed_name_check CHECK ((length(typed_name) <= 64))
);

CREATE TABLE web.session (
    token_sha256 bytea NOT NULL,
    person_id text NOT NULL,
    halfway boolean NOT NULL,
    began_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT session_check CHECK ((seen_at >= began_at)),
    CONSTRAINT session_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
);

CREATE TABLE web.settled (
    settled_id bigint NOT NULL,
    thing text NOT NULL,
    words text,
    said_by text NOT NULL,
    said_at timestamp with time zone NOT NULL,
    agreed_by text,
    agreed_at timestamp with time zone,
    CONSTRAINT settled_check CHECK ((agreed_at >= said_at)),
    CONSTRAINT settled_check1 CHECK (((agreed_by IS NULL) = (agreed_at IS NULL))),
    CONSTRAINT settled_thing_check CHECK ((thing = ANY (ARRAY['level'::text, 'bodies'::text, 'authorities'::text, 'tls'::text, 'mail'::text, 'sms'::text, 'above'::text, 'days'::text, 'rules'::text]))),
    CONSTRAINT settled_words_check CHECK (((length(words) >= 1) AND (length(words) <= 4000))),
    CONSTRAINT two_persons_agree CHECK ((agreed_by <> said_by))
);

ALTER TABLE web.settled ALTER COLUMN settled_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME web.settled_settled_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE web.subscription (
    subscription_id text NOT NULL,
    person_id text NOT NULL,
    query text NOT NULL,
    rhythm text NOT NULL,
    since timestamp with time zone NOT NULL,
    paused_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT subscription_check CHECK ((ended_at >= since)),
    CONSTRAINT subscription_query_check CHECK ((length(query) <= 2000)),
    CONSTRAINT subscription_rhythm_check CHECK ((rhythm = ANY (ARRAY['at_once'::text, 'daily'::text]))),
    CONSTRAINT subscription_subscription_id_check CHECK ((subscription_id ~ '^[0-9a-f]{32}$'::text))
);

CREATE TABLE web.subscription_find (
    subscription_id text NOT NULL,
    tender_id text NOT NULL,
    found_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone,
    CONSTRAINT subscription_find_check CHECK ((told_at >= found_at))
);

ALTER TABLE bidding.envelope
    ADD CONSTRAINT a_completion_has_its_entry CHECK (((completed_at IS NULL) = (completed_entry_id IS NULL))) NOT VALID;

ALTER TABLE bidding.box
    ADD CONSTRAINT a_revised_list_is_whole CHECK ((num_nulls(revised_n, revised_at, revised_json, revised_sha256, revised_entry_id) = ANY (ARRAY[0, 5]))) NOT VALID;

ALTER TABLE bidding.rejection
    ADD CONSTRAINT an_overturning_has_its_entry CHECK (((overturned_at IS NULL) = (overturned_entry_id IS NULL))) NOT VALID;

ALTER TABLE ONLY bidding.box
    ADD CONSTRAINT box_pkey PRIMARY KEY (tender_id, lot, stage);

ALTER TABLE ONLY bidding.box
    ADD CONSTRAINT box_room_key UNIQUE (room);

ALTER TABLE ONLY bidding.canary
    ADD CONSTRAINT canary_pkey PRIMARY KEY (key_sha256, open_at, minutes_before);

ALTER TABLE ONLY bidding.contract_answer
    ADD CONSTRAINT contract_answer_pkey PRIMARY KEY (tender_id, lot, n);

ALTER TABLE ONLY bidding.contract_statement
    ADD CONSTRAINT contract_statement_pkey PRIMARY KEY (tender_id, lot, n);

ALTER TABLE ONLY bidding.drill
    ADD CONSTRAINT drill_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY bidding.envelope_part
    ADD CONSTRAINT envelope_part_pkey PRIMARY KEY (envelope_id, n);

ALTER TABLE ONLY bidding.envelope
    ADD CONSTRAINT envelope_pkey PRIMARY KEY (envelope_id);

ALTER TABLE ONLY bidding.limit_opened
    ADD CONSTRAINT limit_opened_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY bidding.milestone_answer
    ADD CONSTRAINT milestone_answer_pkey PRIMARY KEY (tender_id, lot, milestone, n);

ALTER TABLE ONLY bidding.milestone
    ADD CONSTRAINT milestone_pkey PRIMARY KEY (tender_id, lot, milestone, revision);

ALTER TABLE ONLY bidding.milestone_report
    ADD CONSTRAINT milestone_report_pkey PRIMARY KEY (tender_id, lot, milestone, n);

ALTER TABLE bidding.box
    ADD CONSTRAINT nothing_cancelled_is_asked_for CHECK (((cancelled_at IS NULL) OR (asked_at IS NULL))) NOT VALID;

ALTER TABLE ONLY bidding.award
    ADD CONSTRAINT one_award_per_step UNIQUE (tender_id, lot, step, n);

ALTER TABLE ONLY bidding.envelope
    ADD CONSTRAINT one_envelope_per_seq UNIQUE (tender_id, lot, stage, bidder, seq);

ALTER TABLE ONLY bidding.trustee_key
    ADD CONSTRAINT one_key_per_member UNIQUE (tender_id, lot, stage, group_id, member, gen, not_before);

ALTER TABLE ONLY bidding.limit_opened
    ADD CONSTRAINT one_opening_per_limit PRIMARY KEY (tender_id, lot, name);

ALTER TABLE ONLY bidding.result
    ADD CONSTRAINT one_result_per_place UNIQUE (tender_id, lot, stage, place);

ALTER TABLE ONLY bidding.voiding
    ADD CONSTRAINT one_voiding_per_count PRIMARY KEY (tender_id, lot, n);

ALTER TABLE bidding.box
    ADD CONSTRAINT only_what_waits_is_revised CHECK (((revised_at IS NULL) OR (after IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY bidding.opening_confirmation
    ADD CONSTRAINT opening_confirmation_pkey PRIMARY KEY (envelope_id);

ALTER TABLE ONLY bidding.opening_objection
    ADD CONSTRAINT opening_objection_pkey PRIMARY KEY (tender_id, lot, stage, n);

ALTER TABLE ONLY bidding.envelope
    ADD CONSTRAINT own_nonce_once UNIQUE (bidder, nonce);

ALTER TABLE ONLY bidding.envelope
    ADD CONSTRAINT own_recipient_once UNIQUE (bidder, recipient);

ALTER TABLE ONLY bidding.owner_release
    ADD CONSTRAINT owner_release_pkey PRIMARY KEY (envelope_id);

ALTER TABLE ONLY bidding.part
    ADD CONSTRAINT part_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY bidding.policy
    ADD CONSTRAINT policy_pkey PRIMARY KEY (policy_sha256);

ALTER TABLE ONLY bidding.promise
    ADD CONSTRAINT promise_pkey PRIMARY KEY (promise_sha256);

ALTER TABLE ONLY bidding.rejection
    ADD CONSTRAINT rejection_pkey PRIMARY KEY (envelope_id);

ALTER TABLE ONLY bidding.release
    ADD CONSTRAINT release_pkey PRIMARY KEY (release_sha256);

ALTER TABLE ONLY bidding.result
    ADD CONSTRAINT result_pkey PRIMARY KEY (envelope_id);

ALTER TABLE ONLY bidding.transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (key);

ALTER TABLE ONLY bidding.trustee_key
    ADD CONSTRAINT trustee_key_pkey PRIMARY KEY (key_sha256);

ALTER TABLE ONLY bidding.voiding
    ADD CONSTRAINT voiding_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY hall.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (number);

ALTER TABLE ONLY notary.application
    ADD CONSTRAINT application_pkey PRIMARY KEY (application_id);

ALTER TABLE notary.proposal
    ADD CONSTRAINT approved_or_withdrawn CHECK (((approved_by IS NULL) OR (withdrawn_by IS NULL))) NOT VALID;

ALTER TABLE ONLY notary.certificate
    ADD CONSTRAINT certificate_pkey PRIMARY KEY (cert_sha256);

ALTER TABLE ONLY notary.credential
    ADD CONSTRAINT credential_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY notary.duty
    ADD CONSTRAINT duty_is_stated_once UNIQUE (duty_sha256);

ALTER TABLE ONLY notary.duty
    ADD CONSTRAINT duty_pkey PRIMARY KEY (duty_id);

ALTER TABLE notary.ledger_entry
    ADD CONSTRAINT entry_has_its_subject CHECK ((subject IS NOT NULL)) NOT VALID;

ALTER TABLE ONLY notary.handed_link
    ADD CONSTRAINT handed_link_pkey PRIMARY KEY (invitation_id);

ALTER TABLE ONLY notary.heartbeat
    ADD CONSTRAINT heartbeat_pkey PRIMARY KEY (heart, began_at);

ALTER TABLE ONLY notary.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (invitation_id);

ALTER TABLE ONLY notary.ledger_body
    ADD CONSTRAINT ledger_body_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY notary.ledger_checkpoint
    ADD CONSTRAINT ledger_checkpoint_pkey PRIMARY KEY (size);

ALTER TABLE ONLY notary.ledger_disclosure
    ADD CONSTRAINT ledger_disclosure_pkey PRIMARY KEY (disclosed_by);

ALTER TABLE ONLY notary.ledger_entry
    ADD CONSTRAINT ledger_entry_pkey PRIMARY KEY (idx);

ALTER TABLE ONLY notary.ledger_head
    ADD CONSTRAINT ledger_head_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY notary.ledger_pending
    ADD CONSTRAINT ledger_pending_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY notary.ledger_tile
    ADD CONSTRAINT ledger_tile_pkey PRIMARY KEY (level, n);

ALTER TABLE ONLY notary.ledger_body
    ADD CONSTRAINT one_entry_per_record UNIQUE (record);

ALTER TABLE ONLY notary.room_event
    ADD CONSTRAINT one_event_per_number UNIQUE (room, seq);

ALTER TABLE ONLY notary.ledger_entry
    ADD CONSTRAINT one_index_per_entry UNIQUE (entry_id);

ALTER TABLE ONLY notary.ledger_entry
    ADD CONSTRAINT one_index_per_record UNIQUE (record);

ALTER TABLE ONLY notary.organisation
    ADD CONSTRAINT organisation_has_one_line UNIQUE (org_id, line);

ALTER TABLE ONLY notary.organisation
    ADD CONSTRAINT organisation_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY notary.passkey
    ADD CONSTRAINT passkey_is_enrolled_once PRIMARY KEY (passkey_id);

ALTER TABLE ONLY notary.person
    ADD CONSTRAINT person_acts_for_one_body UNIQUE (person_id, org_id);

ALTER TABLE ONLY notary.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY notary.preparer
    ADD CONSTRAINT preparer_pkey PRIMARY KEY (preparer_id);

ALTER TABLE ONLY notary.proposal
    ADD CONSTRAINT proposal_pkey PRIMARY KEY (proposal_id);

ALTER TABLE ONLY notary.role_grant
    ADD CONSTRAINT role_grant_pkey PRIMARY KEY (grant_id);

ALTER TABLE ONLY notary.room
    ADD CONSTRAINT room_pkey PRIMARY KEY (room);

ALTER TABLE ONLY notary.stand_in
    ADD CONSTRAINT stand_in_pkey PRIMARY KEY (stand_in_id);

ALTER TABLE notary.proposal
    ADD CONSTRAINT withdrawal_has_its_time CHECK (((withdrawn_by IS NULL) = (withdrawn_at IS NULL))) NOT VALID;

ALTER TABLE ONLY supervision.alarm
    ADD CONSTRAINT alarm_pkey PRIMARY KEY (alarm);

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT alarm_step_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY supervision.alarm
    ADD CONSTRAINT one_alarm_of_a_fact UNIQUE (rule, subject, moment);

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT one_answer_a_question UNIQUE (alarm, answers);

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT one_step_at_a_time PRIMARY KEY (alarm, n);

ALTER TABLE ONLY trading.amendment
    ADD CONSTRAINT amendment_pkey PRIMARY KEY (tender_id);

ALTER TABLE ONLY trading.clarification
    ADD CONSTRAINT clarification_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY trading.clarification
    ADD CONSTRAINT clarification_pkey PRIMARY KEY (tender_id, n);

ALTER TABLE ONLY trading.clarification
    ADD CONSTRAINT clarification_question_id_key UNIQUE (question_id);

ALTER TABLE ONLY trading.complaint_considered
    ADD CONSTRAINT complaint_considered_pkey PRIMARY KEY (number);

ALTER TABLE ONLY trading.complaint_decided
    ADD CONSTRAINT complaint_decided_pkey PRIMARY KEY (number);

ALTER TABLE ONLY trading.complaint
    ADD CONSTRAINT complaint_pkey PRIMARY KEY (number);

ALTER TABLE ONLY trading.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (tender_id, revision, path);

ALTER TABLE ONLY trading.document_taken
    ADD CONSTRAINT document_taken_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY trading.document_taken
    ADD CONSTRAINT document_taken_pkey PRIMARY KEY (tender_id, org, sha256);

ALTER TABLE ONLY trading.handback
    ADD CONSTRAINT draft_is_handed_back_once PRIMARY KEY (tender_id, draft_sha256);

ALTER TABLE ONLY trading.handover
    ADD CONSTRAINT draft_is_handed_over_once PRIMARY KEY (tender_id, draft_sha256);

ALTER TABLE ONLY trading.halt_asked
    ADD CONSTRAINT halt_asked_pkey PRIMARY KEY (tender_id);

ALTER TABLE ONLY trading.halt
    ADD CONSTRAINT halt_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY trading.invited
    ADD CONSTRAINT invited_pkey PRIMARY KEY (tender_id, org);

ALTER TABLE ONLY trading.notice
    ADD CONSTRAINT notice_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY trading.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (tender_id, revision);

ALTER TABLE ONLY trading.objection
    ADD CONSTRAINT objection_pkey PRIMARY KEY (objection);

ALTER TABLE trading.tender
    ADD CONSTRAINT only_what_is_published_is_cancelled CHECK (((published_at IS NOT NULL) OR (cancelled_at IS NULL))) NOT VALID;

ALTER TABLE ONLY trading.question
    ADD CONSTRAINT question_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY trading.question
    ADD CONSTRAINT question_pkey PRIMARY KEY (question_id);

ALTER TABLE ONLY trading.rules_confirmation
    ADD CONSTRAINT rules_confirmation_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY trading.rules_confirmation
    ADD CONSTRAINT rules_confirmation_pkey PRIMARY KEY (confirmation_sha256);

ALTER TABLE ONLY trading.rules_file
    ADD CONSTRAINT rules_file_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY trading.searchable
    ADD CONSTRAINT searchable_pkey PRIMARY KEY (tender_id);

ALTER TABLE ONLY trading.tender
    ADD CONSTRAINT tender_pkey PRIMARY KEY (tender_id);

ALTER TABLE ONLY trading.trustee
    ADD CONSTRAINT trustee_pkey PRIMARY KEY (tender_id, group_id);

ALTER TABLE trading.objection
    ADD CONSTRAINT withdrawal_is_whole CHECK ((((withdrawn_at IS NULL) = (withdrawal_entry_id IS NULL)) AND ((withdrawn_at IS NULL) OR ((answered_at IS NULL) AND (withdrawn_at >= raised_at))))) NOT VALID;

ALTER TABLE ONLY web.message
    ADD CONSTRAINT a_person_is_told_once UNIQUE (cause, person_id);

ALTER TABLE ONLY web.occasion
    ADD CONSTRAINT an_occasion_is_told_once PRIMARY KEY (cause);

ALTER TABLE ONLY web.challenge
    ADD CONSTRAINT challenge_pkey PRIMARY KEY (challenge_sha256);

ALTER TABLE ONLY web.confirmation_lock
    ADD CONSTRAINT confirmation_lock_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY web.contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY web.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (message_id, channel);

ALTER TABLE ONLY web.follower
    ADD CONSTRAINT follower_pkey PRIMARY KEY (tender_id, person_id);

ALTER TABLE ONLY web.message_cursor
    ADD CONSTRAINT message_cursor_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY web.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (message_id);

ALTER TABLE ONLY web.nonce
    ADD CONSTRAINT nonce_is_used_once PRIMARY KEY (cert_sha256, nonce);

ALTER TABLE ONLY web.outcome
    ADD CONSTRAINT one_outcome_per_key PRIMARY KEY (actor, key);

ALTER TABLE ONLY web.password_lock
    ADD CONSTRAINT password_lock_pkey PRIMARY KEY (typed_name);

ALTER TABLE ONLY web.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_sha256);

ALTER TABLE ONLY web.settled
    ADD CONSTRAINT settled_pkey PRIMARY KEY (settled_id);

ALTER TABLE ONLY web.subscription_find
    ADD CONSTRAINT subscription_find_pkey PRIMARY KEY (subscription_id, tender_id);

ALTER TABLE ONLY web.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (subscription_id);

CREATE INDEX box_deadline ON bidding.box USING btree (deadline, tender_id, lot, stage);

CREATE INDEX box_unfinished ON bidding.box USING btree (parts_by) WHERE ((finished_at IS NULL) AND (not_opened_at IS NULL));

CREATE INDEX canary_unanswered ON bidding.canary USING btree (key_sha256) WHERE (answered_at IS NULL);

CREATE INDEX contract_by_bidder ON bidding.contract_statement USING btree (bidder) WHERE (n = 1);

CREATE UNIQUE INDEX contract_ends_once ON bidding.contract_statement USING btree (tender_id, lot) WHERE (step = 'ended'::text);

CREATE INDEX drill_by_member ON bidding.drill USING btree (org, member, at);

CREATE INDEX envelope_part_sha256 ON bidding.envelope_part USING btree (sha256);

CREATE INDEX transfer_by_end ON bidding.transfer USING btree (until);

CREATE INDEX trustee_key_recipient ON bidding.trustee_key USING btree (recipient);

CREATE INDEX application_waiting ON notary.application USING btree (asked_at) WHERE (decided_at IS NULL);

CREATE INDEX certificate_by_person ON notary.certificate USING btree (person_id);

CREATE INDEX duty_newest ON notary.duty USING btree (cert_sha256, duty_id);

CREATE INDEX handed_link_by_person ON notary.handed_link USING btree (person_id);

CREATE INDEX invitation_by_organisation ON notary.invitation USING btree (org_id, good_until);

CREATE INDEX ledger_body_by_subject ON notary.ledger_body USING btree (subject, entry_id);

CREATE INDEX ledger_body_by_xact ON notary.ledger_body USING btree (xact);

CREATE INDEX ledger_disclosure_by_entry ON notary.ledger_disclosure USING btree (entry_id);

CREATE INDEX ledger_entry_by_actor ON notary.ledger_entry USING btree (actor, idx);

CREATE INDEX ledger_entry_by_subject ON notary.ledger_entry USING btree (subject, idx);

CREATE INDEX ledger_pending_free ON notary.ledger_pending USING btree (entry_id) WHERE (hold IS NULL);

CREATE INDEX ledger_pending_held ON notary.ledger_pending USING btree (hold) WHERE (hold IS NOT NULL);

CREATE UNIQUE INDEX one_entry_per_key ON notary.ledger_body USING btree (key) WHERE (key IS NOT NULL);

CREATE INDEX passkey_by_credential ON notary.passkey USING btree (credential_id);

CREATE INDEX passkey_by_organisation ON notary.passkey USING btree (org_id);

CREATE INDEX passkey_by_person ON notary.passkey USING btree (person_id);

CREATE INDEX person_by_organisation ON notary.person USING btree (org_id);

CREATE UNIQUE INDEX preparer_is_one_once ON notary.preparer USING btree (person_id) WHERE (ended_at IS NULL);

CREATE INDEX role_grant_by_organisation ON notary.role_grant USING btree (org_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX role_is_held_once ON notary.role_grant USING btree (person_id, role) WHERE (ended_at IS NULL);

CREATE INDEX stand_in_by_organisation ON notary.stand_in USING btree (org_id, to_at);

CREATE INDEX stand_in_by_person ON notary.stand_in USING btree (person_id, to_at);

CREATE INDEX alarm_step_of_a_body ON supervision.alarm_step USING btree (to_org) WHERE (to_org IS NOT NULL);

CREATE INDEX complaint_by_time ON trading.complaint USING btree (made_at);

CREATE INDEX document_by_digest ON trading.document USING btree (sha256);

CREATE INDEX halt_by_tender ON trading.halt USING btree (tender_id, entry_id);

CREATE UNIQUE INDEX notice_by_hash ON trading.notice USING btree (notice_sha256);

CREATE INDEX objection_by_tender ON trading.objection USING btree (tender_id, raised_at);

CREATE INDEX objection_open ON trading.objection USING btree (raised_at) WHERE (answered_at IS NULL);

CREATE INDEX question_by_tender ON trading.question USING btree (tender_id, asked_at);

CREATE INDEX rules_confirmation_by_file ON trading.rules_confirmation USING btree (rules_sha256) WHERE (approved_at IS NOT NULL);

CREATE INDEX searchable_by_pair ON trading.searchable USING gin (pairs);

CREATE INDEX tender_by_deadline ON trading.tender USING btree (deadline) WHERE (published_at IS NOT NULL);

CREATE INDEX tender_by_publication ON trading.tender USING btree (published_at) WHERE (published_at IS NOT NULL);

CREATE INDEX tender_drafts ON trading.tender USING btree (purchaser) WHERE (published_at IS NULL);

CREATE INDEX trustee_by_organisation ON trading.trustee USING btree (org);

CREATE INDEX challenge_by_age ON web.challenge USING btree (made_at);

CREATE INDEX confirmation_lock_by_age ON web.confirmation_lock USING btree (failed_at);

CREATE INDEX delivery_due ON web.delivery USING btree (next_at) WHERE (state = 'waiting'::text);

CREATE INDEX follower_by_person ON web.follower USING btree (person_id) WHERE (ended_at IS NULL);

CREATE INDEX message_by_person ON web.message USING btree (person_id, message_id);

CREATE INDEX message_unanswered ON web.message USING btree (message_id) WHERE ((read_at IS NULL) AND (called_at IS NULL));

CREATE INDEX nonce_by_age ON web.nonce USING btree (used_at);

CREATE INDEX outcome_by_age ON web.outcome USING btree (kept_at);

CREATE INDEX password_lock_by_age ON web.password_lock USING btree (failed_at);

CREATE INDEX session_by_age ON web.session USING btree (seen_at);

CREATE INDEX session_by_person ON web.session USING btree (person_id);

CREATE INDEX settled_newest ON web.settled USING btree (thing, settled_id);

CREATE INDEX subscription_at_work ON web.subscription USING btree (subscription_id) WHERE ((ended_at IS NULL) AND (paused_at IS NULL));

CREATE INDEX subscription_by_person ON web.subscription USING btree (person_id) WHERE (ended_at IS NULL);

CREATE INDEX subscription_find_untold ON web.subscription_find USING btree (subscription_id) WHERE (told_at IS NULL);

CREATE CONSTRAINT TRIGGER award_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.award DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER box_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE OF policy_sha256, deadline, parts_by, open_at, release_by, owner_by, closed_at, not_opened_at, asked_at, postponed_at, finished_at ON bidding.box DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER contract_answer_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.contract_answer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER contract_statement_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.contract_statement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER drill_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.drill DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER envelope_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.envelope DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER judged_box_leaves_an_entry AFTER UPDATE OF closing, outage_judged_at, postponements ON bidding.box DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER limit_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.limit_opened DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER milestone_answer_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.milestone_answer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER milestone_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.milestone DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER milestone_report_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.milestone_report DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER opening_confirmation_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.opening_confirmation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER opening_objection_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.opening_objection DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER revised_box_leaves_an_entry AFTER UPDATE OF cancelled_at, max_bytes ON bidding.box DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER revised_list_leaves_an_entry AFTER UPDATE OF revised_at ON bidding.box DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER voiding_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON bidding.voiding DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE TRIGGER ledger_body_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON notary.ledger_body FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

ALTER TABLE notary.ledger_body ENABLE ALWAYS TRIGGER ledger_body_never_changes;

CREATE TRIGGER ledger_checkpoint_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON notary.ledger_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

ALTER TABLE notary.ledger_checkpoint ENABLE ALWAYS TRIGGER ledger_checkpoint_never_changes;

CREATE TRIGGER ledger_disclosure_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON notary.ledger_disclosure FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

ALTER TABLE notary.ledger_disclosure ENABLE ALWAYS TRIGGER ledger_disclosure_never_changes;

CREATE TRIGGER ledger_entry_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON notary.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

ALTER TABLE notary.ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_never_changes;

CREATE TRIGGER ledger_head_only_grows BEFORE UPDATE ON notary.ledger_head FOR EACH ROW WHEN (((new.size <= old.size) OR (new.epoch <> (old.epoch + 1)))) EXECUTE FUNCTION notary.refuse_change();

CREATE TRIGGER ledger_head_stays BEFORE DELETE OR TRUNCATE ON notary.ledger_head FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

CREATE TRIGGER ledger_pending_is_only_let_out BEFORE UPDATE ON notary.ledger_pending FOR EACH ROW WHEN (((new.hold IS NOT NULL) OR (new.record <> old.record) OR (new.entry_id <> old.entry_id))) EXECUTE FUNCTION notary.refuse_change();

CREATE TRIGGER ledger_tile_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON notary.ledger_tile FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

ALTER TABLE notary.ledger_tile ENABLE ALWAYS TRIGGER ledger_tile_never_changes;

CREATE TRIGGER room_counts_by_one BEFORE UPDATE ON notary.room FOR EACH ROW WHEN (((new.head <> (old.head + 1)) OR (new.room <> old.room))) EXECUTE FUNCTION notary.refuse_change();

CREATE TRIGGER room_event_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON notary.room_event FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

CREATE CONSTRAINT TRIGGER alarm_step_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON supervision.alarm_step DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER clarification_leaves_an_entry AFTER INSERT ON trading.clarification DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER complaint_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON trading.complaint DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER consideration_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON trading.complaint_considered DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER decision_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON trading.complaint_decided DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE CONSTRAINT TRIGGER halt_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON trading.halt DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE TRIGGER notice_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON trading.notice FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

ALTER TABLE trading.notice ENABLE ALWAYS TRIGGER notice_never_changes;

CREATE CONSTRAINT TRIGGER objection_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON trading.objection DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

CREATE TRIGGER rules_file_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON trading.rules_file FOR EACH STATEMENT EXECUTE FUNCTION notary.refuse_change();

ALTER TABLE trading.rules_file ENABLE ALWAYS TRIGGER rules_file_never_changes;

CREATE CONSTRAINT TRIGGER tender_leaves_an_entry AFTER INSERT OR DELETE OR UPDATE ON trading.tender DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

ALTER TABLE ONLY bidding.canary
    ADD CONSTRAINT canary_key_sha256_fkey FOREIGN KEY (key_sha256) REFERENCES bidding.trustee_key(key_sha256);

ALTER TABLE ONLY bidding.contract_answer
    ADD CONSTRAINT contract_answer_tender_id_lot_n_fkey FOREIGN KEY (tender_id, lot, n) REFERENCES bidding.contract_statement(tender_id, lot, n);

ALTER TABLE ONLY bidding.contract_statement
    ADD CONSTRAINT contract_statement_bidder_fkey FOREIGN KEY (bidder) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY bidding.contract_statement
    ADD CONSTRAINT contract_statement_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY bidding.envelope_part
    ADD CONSTRAINT envelope_part_envelope_id_fkey FOREIGN KEY (envelope_id) REFERENCES bidding.envelope(envelope_id);

ALTER TABLE ONLY bidding.milestone_answer
    ADD CONSTRAINT milestone_answer_tender_id_lot_milestone_n_fkey FOREIGN KEY (tender_id, lot, milestone, n) REFERENCES bidding.milestone_report(tender_id, lot, milestone, n);

ALTER TABLE ONLY bidding.milestone_report
    ADD CONSTRAINT milestone_report_org_fkey FOREIGN KEY (org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY bidding.opening_confirmation
    ADD CONSTRAINT opening_confirmation_envelope_id_fkey FOREIGN KEY (envelope_id) REFERENCES bidding.envelope(envelope_id);

ALTER TABLE ONLY bidding.opening_objection
    ADD CONSTRAINT opening_objection_org_fkey FOREIGN KEY (org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY bidding.opening_objection
    ADD CONSTRAINT opening_objection_tender_id_lot_stage_fkey FOREIGN KEY (tender_id, lot, stage) REFERENCES bidding.box(tender_id, lot, stage);

ALTER TABLE ONLY bidding.owner_release
    ADD CONSTRAINT owner_release_envelope_id_fkey FOREIGN KEY (envelope_id) REFERENCES bidding.envelope(envelope_id);

ALTER TABLE ONLY bidding.rejection
    ADD CONSTRAINT rejection_envelope_id_fkey FOREIGN KEY (envelope_id) REFERENCES bidding.envelope(envelope_id);

ALTER TABLE ONLY bidding.result
    ADD CONSTRAINT result_envelope_id_fkey FOREIGN KEY (envelope_id) REFERENCES bidding.envelope(envelope_id);

ALTER TABLE ONLY notary.application
    ADD CONSTRAINT application_invitation_id_fkey FOREIGN KEY (invitation_id) REFERENCES notary.invitation(invitation_id);

ALTER TABLE ONLY notary.application
    ADD CONSTRAINT application_officer_id_fkey FOREIGN KEY (officer_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.application
    ADD CONSTRAINT application_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.application
    ADD CONSTRAINT application_refused_by_fkey FOREIGN KEY (refused_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.certificate
    ADD CONSTRAINT certificate_person_id_org_id_fkey FOREIGN KEY (person_id, org_id) REFERENCES notary.person(person_id, org_id);

ALTER TABLE ONLY notary.credential
    ADD CONSTRAINT credential_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.duty
    ADD CONSTRAINT duty_org_id_fkey FOREIGN KEY (org_id) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY notary.duty
    ADD CONSTRAINT duty_signed_by_fkey FOREIGN KEY (signed_by) REFERENCES notary.certificate(cert_sha256);

ALTER TABLE ONLY notary.handed_link
    ADD CONSTRAINT handed_link_invitation_id_fkey FOREIGN KEY (invitation_id) REFERENCES notary.invitation(invitation_id);

ALTER TABLE ONLY notary.handed_link
    ADD CONSTRAINT handed_link_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.invitation
    ADD CONSTRAINT invitation_made_by_fkey FOREIGN KEY (made_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.ledger_disclosure
    ADD CONSTRAINT ledger_disclosure_disclosed_by_fkey FOREIGN KEY (disclosed_by) REFERENCES notary.ledger_body(entry_id);

ALTER TABLE ONLY notary.ledger_disclosure
    ADD CONSTRAINT ledger_disclosure_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES notary.ledger_body(entry_id);

ALTER TABLE ONLY notary.passkey
    ADD CONSTRAINT passkey_person_id_org_id_fkey FOREIGN KEY (person_id, org_id) REFERENCES notary.person(person_id, org_id);

ALTER TABLE ONLY notary.person
    ADD CONSTRAINT person_org_id_fkey FOREIGN KEY (org_id) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY notary.preparer
    ADD CONSTRAINT preparer_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.preparer
    ADD CONSTRAINT preparer_set_by_fkey FOREIGN KEY (set_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.proposal
    ADD CONSTRAINT proposal_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.proposal
    ADD CONSTRAINT proposal_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.role_grant
    ADD CONSTRAINT role_grant_org_id_line_fkey FOREIGN KEY (org_id, line) REFERENCES notary.organisation(org_id, line);

ALTER TABLE ONLY notary.role_grant
    ADD CONSTRAINT role_grant_person_id_org_id_fkey FOREIGN KEY (person_id, org_id) REFERENCES notary.person(person_id, org_id);

ALTER TABLE ONLY notary.room_event
    ADD CONSTRAINT room_event_room_fkey FOREIGN KEY (room) REFERENCES notary.room(room);

ALTER TABLE ONLY notary.stand_in
    ADD CONSTRAINT stand_in_absent_org_id_fkey FOREIGN KEY (absent, org_id) REFERENCES notary.person(person_id, org_id);

ALTER TABLE ONLY notary.stand_in
    ADD CONSTRAINT stand_in_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY notary.stand_in
    ADD CONSTRAINT stand_in_person_id_org_id_fkey FOREIGN KEY (person_id, org_id) REFERENCES notary.person(person_id, org_id);

ALTER TABLE ONLY notary.proposal
    ADD CONSTRAINT withdrawn_by_a_person FOREIGN KEY (withdrawn_by) REFERENCES notary.person(person_id) NOT VALID;

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT alarm_step_alarm_fkey FOREIGN KEY (alarm) REFERENCES supervision.alarm(alarm);

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT alarm_step_org_fkey FOREIGN KEY (org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT alarm_step_person_fkey FOREIGN KEY (person) REFERENCES notary.person(person_id);

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT alarm_step_to_org_fkey FOREIGN KEY (to_org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT alarm_step_to_person_fkey FOREIGN KEY (to_person) REFERENCES notary.person(person_id);

ALTER TABLE ONLY supervision.alarm
    ADD CONSTRAINT alarm_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY supervision.alarm_step
    ADD CONSTRAINT answers_a_question FOREIGN KEY (alarm, answers) REFERENCES supervision.alarm_step(alarm, n);

ALTER TABLE ONLY trading.tender
    ADD CONSTRAINT again_of_a_tender FOREIGN KEY (again_of) REFERENCES trading.tender(tender_id) NOT VALID;

ALTER TABLE ONLY trading.amendment
    ADD CONSTRAINT amendment_drafted_by_fkey FOREIGN KEY (drafted_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.amendment
    ADD CONSTRAINT amendment_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.clarification
    ADD CONSTRAINT clarification_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES notary.ledger_body(entry_id);

ALTER TABLE ONLY trading.clarification
    ADD CONSTRAINT clarification_question_id_fkey FOREIGN KEY (question_id) REFERENCES trading.question(question_id);

ALTER TABLE ONLY trading.clarification
    ADD CONSTRAINT clarification_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.complaint_considered
    ADD CONSTRAINT complaint_considered_number_fkey FOREIGN KEY (number) REFERENCES trading.complaint(number);

ALTER TABLE ONLY trading.complaint_considered
    ADD CONSTRAINT complaint_considered_person_fkey FOREIGN KEY (person) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.complaint_decided
    ADD CONSTRAINT complaint_decided_number_fkey FOREIGN KEY (number) REFERENCES trading.complaint_considered(number);

ALTER TABLE ONLY trading.complaint_decided
    ADD CONSTRAINT complaint_decided_person_fkey FOREIGN KEY (person) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.complaint
    ADD CONSTRAINT complaint_org_fkey FOREIGN KEY (org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.complaint
    ADD CONSTRAINT complaint_person_fkey FOREIGN KEY (person) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.complaint
    ADD CONSTRAINT complaint_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.document_taken
    ADD CONSTRAINT document_taken_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES notary.ledger_body(entry_id);

ALTER TABLE ONLY trading.document_taken
    ADD CONSTRAINT document_taken_org_fkey FOREIGN KEY (org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.document_taken
    ADD CONSTRAINT document_taken_taken_by_fkey FOREIGN KEY (taken_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.document_taken
    ADD CONSTRAINT document_taken_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.document
    ADD CONSTRAINT document_tender_id_revision_fkey FOREIGN KEY (tender_id, revision) REFERENCES trading.notice(tender_id, revision);

ALTER TABLE ONLY trading.halt
    ADD CONSTRAINT halt_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.halt
    ADD CONSTRAINT halt_approved_org_fkey FOREIGN KEY (approved_org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.halt_asked
    ADD CONSTRAINT halt_asked_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.halt_asked
    ADD CONSTRAINT halt_asked_asked_org_fkey FOREIGN KEY (asked_org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.halt
    ADD CONSTRAINT halt_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.halt
    ADD CONSTRAINT halt_asked_org_fkey FOREIGN KEY (asked_org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.halt_asked
    ADD CONSTRAINT halt_asked_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.halt
    ADD CONSTRAINT halt_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.handback
    ADD CONSTRAINT handback_handed_by_fkey FOREIGN KEY (handed_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.handback
    ADD CONSTRAINT handback_tender_id_draft_sha256_fkey FOREIGN KEY (tender_id, draft_sha256) REFERENCES trading.handover(tender_id, draft_sha256);

ALTER TABLE ONLY trading.handover
    ADD CONSTRAINT handover_handed_by_fkey FOREIGN KEY (handed_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.handover
    ADD CONSTRAINT handover_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.invited
    ADD CONSTRAINT invited_is_enrolled FOREIGN KEY (org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.invited
    ADD CONSTRAINT invited_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.notice
    ADD CONSTRAINT notice_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES notary.ledger_body(entry_id);

ALTER TABLE ONLY trading.notice
    ADD CONSTRAINT notice_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.objection
    ADD CONSTRAINT objection_org_fkey FOREIGN KEY (org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.objection
    ADD CONSTRAINT objection_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.tender
    ADD CONSTRAINT purchaser_is_enrolled FOREIGN KEY (purchaser) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.question
    ADD CONSTRAINT question_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.question
    ADD CONSTRAINT question_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES notary.ledger_body(entry_id);

ALTER TABLE ONLY trading.question
    ADD CONSTRAINT question_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.rules_confirmation
    ADD CONSTRAINT rules_confirmation_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.rules_confirmation
    ADD CONSTRAINT rules_confirmation_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES notary.ledger_body(entry_id);

ALTER TABLE ONLY trading.rules_confirmation
    ADD CONSTRAINT rules_confirmation_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.rules_file
    ADD CONSTRAINT rules_file_base_sha256_fkey FOREIGN KEY (base_sha256) REFERENCES trading.rules_file(sha256);

ALTER TABLE ONLY trading.searchable
    ADD CONSTRAINT searchable_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY trading.tender
    ADD CONSTRAINT tender_agency_fkey FOREIGN KEY (agency) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.tender
    ADD CONSTRAINT tender_drafted_by_fkey FOREIGN KEY (drafted_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY trading.trustee
    ADD CONSTRAINT trustee_is_enrolled FOREIGN KEY (org) REFERENCES notary.organisation(org_id);

ALTER TABLE ONLY trading.trustee
    ADD CONSTRAINT trustee_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY web.challenge
    ADD CONSTRAINT challenge_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.confirmation_lock
    ADD CONSTRAINT confirmation_lock_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.contact
    ADD CONSTRAINT contact_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.delivery
    ADD CONSTRAINT delivery_message_id_fkey FOREIGN KEY (message_id) REFERENCES web.message(message_id);

ALTER TABLE ONLY web.follower
    ADD CONSTRAINT follower_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.follower
    ADD CONSTRAINT follower_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY web.message
    ADD CONSTRAINT message_called_by_fkey FOREIGN KEY (called_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.message
    ADD CONSTRAINT message_cause_fkey FOREIGN KEY (cause) REFERENCES web.occasion(cause);

ALTER TABLE ONLY web.message
    ADD CONSTRAINT message_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.session
    ADD CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.settled
    ADD CONSTRAINT settled_agreed_by_fkey FOREIGN KEY (agreed_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.settled
    ADD CONSTRAINT settled_said_by_fkey FOREIGN KEY (said_by) REFERENCES notary.person(person_id);

ALTER TABLE ONLY web.subscription_find
    ADD CONSTRAINT subscription_find_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES web.subscription(subscription_id);

ALTER TABLE ONLY web.subscription_find
    ADD CONSTRAINT subscription_find_tender_id_fkey FOREIGN KEY (tender_id) REFERENCES trading.tender(tender_id);

ALTER TABLE ONLY web.subscription
    ADD CONSTRAINT subscription_person_id_fkey FOREIGN KEY (person_id) REFERENCES notary.person(person_id);

GRANT USAGE ON SCHEMA bidding TO hall_app;

GRANT USAGE ON SCHEMA hall TO hall_app;

GRANT USAGE ON SCHEMA notary TO hall_app;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA supervision TO hall_app;

GRANT USAGE ON SCHEMA trading TO hall_app;

GRANT USAGE ON SCHEMA web TO hall_app;

REVOKE ALL ON FUNCTION notary.refuse_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION notary.require_entry() FROM PUBLIC;

REVOKE ALL ON FUNCTION trading.pairs(words text) FROM PUBLIC;
GRANT ALL ON FUNCTION trading.pairs(words text) TO hall_app;

REVOKE ALL ON FUNCTION trading.plain(words text) FROM PUBLIC;
GRANT ALL ON FUNCTION trading.plain(words text) TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.award TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.box TO hall_app;

GRANT UPDATE(policy_sha256) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(deadline) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(parts_by) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(open_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(release_by) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(owner_by) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(max_bytes) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(closing_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(closed_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(list_json) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(list_sha256) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(list_entry_id) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(not_opened_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(asked_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(asked_entry_id) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(postponed_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(finished_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(opening_json) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(opening_p7s) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(cancelled_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(after) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(gate_wait_min) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(revised_n) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(revised_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(revised_json) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(revised_sha256) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(revised_entry_id) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(closing) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(outage_judged_at) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(postponements) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(told_interrupted) ON TABLE bidding.box TO hall_app;

GRANT UPDATE(told_paused) ON TABLE bidding.box TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.canary TO hall_app;

GRANT UPDATE(answered_at) ON TABLE bidding.canary TO hall_app;

GRANT UPDATE(outcome) ON TABLE bidding.canary TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.contract_answer TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.contract_statement TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.drill TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.envelope TO hall_app;

GRANT UPDATE(withdrawn_at) ON TABLE bidding.envelope TO hall_app;

GRANT UPDATE(withdrawal_json) ON TABLE bidding.envelope TO hall_app;

GRANT UPDATE(withdrawal_p7s) ON TABLE bidding.envelope TO hall_app;

GRANT UPDATE(completed_at) ON TABLE bidding.envelope TO hall_app;

GRANT UPDATE(completed_entry_id) ON TABLE bidding.envelope TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.envelope_part TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.limit_opened TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.milestone TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.milestone_answer TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.milestone_report TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.opening_confirmation TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.opening_objection TO hall_app;

GRANT UPDATE(answer) ON TABLE bidding.opening_objection TO hall_app;

GRANT UPDATE(answered_at) ON TABLE bidding.opening_objection TO hall_app;

GRANT UPDATE(answer_entry_id) ON TABLE bidding.opening_objection TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.owner_release TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE bidding.part TO hall_app;

GRANT UPDATE(uploaded_at) ON TABLE bidding.part TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.policy TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.promise TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.rejection TO hall_app;

GRANT UPDATE(overturned_at) ON TABLE bidding.rejection TO hall_app;

GRANT UPDATE(overturned_entry_id) ON TABLE bidding.rejection TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.release TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.result TO hall_app;

GRANT UPDATE(verdict) ON TABLE bidding.result TO hall_app;

GRANT UPDATE(code) ON TABLE bidding.result TO hall_app;

GRANT UPDATE(fault) ON TABLE bidding.result TO hall_app;

GRANT UPDATE(checked_at) ON TABLE bidding.result TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE bidding.transfer TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.trustee_key TO hall_app;

GRANT UPDATE(rehearsal_json) ON TABLE bidding.trustee_key TO hall_app;

GRANT UPDATE(rehearsed_at) ON TABLE bidding.trustee_key TO hall_app;

GRANT UPDATE(lost_at) ON TABLE bidding.trustee_key TO hall_app;

GRANT SELECT,INSERT ON TABLE bidding.voiding TO hall_app;

GRANT SELECT ON TABLE hall.migration TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.application TO hall_app;

GRANT UPDATE(officer_id) ON TABLE notary.application TO hall_app;

GRANT UPDATE(operator_id) ON TABLE notary.application TO hall_app;

GRANT UPDATE(invitation_id) ON TABLE notary.application TO hall_app;

GRANT UPDATE(refused_by) ON TABLE notary.application TO hall_app;

GRANT UPDATE(refused_why) ON TABLE notary.application TO hall_app;

GRANT UPDATE(decided_at) ON TABLE notary.application TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.certificate TO hall_app;

GRANT UPDATE(revoked_at) ON TABLE notary.certificate TO hall_app;

GRANT UPDATE(used_at) ON TABLE notary.certificate TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE notary.credential TO hall_app;

GRANT UPDATE(password_phc) ON TABLE notary.credential TO hall_app;

GRANT UPDATE(totp_sealed) ON TABLE notary.credential TO hall_app;

GRANT UPDATE(totp_step) ON TABLE notary.credential TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.duty TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.handed_link TO hall_app;

GRANT UPDATE(shown_at) ON TABLE notary.handed_link TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.heartbeat TO hall_app;

GRANT UPDATE(last_at) ON TABLE notary.heartbeat TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.invitation TO hall_app;

GRANT UPDATE(used_at) ON TABLE notary.invitation TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.ledger_body TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.ledger_checkpoint TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.ledger_disclosure TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.ledger_entry TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.ledger_head TO hall_app;

GRANT UPDATE(size) ON TABLE notary.ledger_head TO hall_app;

GRANT UPDATE(root) ON TABLE notary.ledger_head TO hall_app;

GRANT UPDATE(epoch) ON TABLE notary.ledger_head TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE notary.ledger_pending TO hall_app;

GRANT UPDATE(hold) ON TABLE notary.ledger_pending TO hall_app;

GRANT SELECT ON TABLE notary.ledger_sequenced TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.ledger_tile TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.organisation TO hall_app;

GRANT UPDATE(name) ON TABLE notary.organisation TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.passkey TO hall_app;

GRANT UPDATE(sign_count) ON TABLE notary.passkey TO hall_app;

GRANT UPDATE(used_at) ON TABLE notary.passkey TO hall_app;

GRANT UPDATE(revoked_at) ON TABLE notary.passkey TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.person TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.preparer TO hall_app;

GRANT UPDATE(ended_at) ON TABLE notary.preparer TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.proposal TO hall_app;

GRANT UPDATE(approved_by) ON TABLE notary.proposal TO hall_app;

GRANT UPDATE(approved_at) ON TABLE notary.proposal TO hall_app;

GRANT UPDATE(withdrawn_by) ON TABLE notary.proposal TO hall_app;

GRANT UPDATE(withdrawn_at) ON TABLE notary.proposal TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.role_grant TO hall_app;

GRANT UPDATE(ended_at) ON TABLE notary.role_grant TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.room TO hall_app;

GRANT UPDATE(head) ON TABLE notary.room TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.room_event TO hall_app;

GRANT SELECT,INSERT ON TABLE notary.stand_in TO hall_app;

GRANT UPDATE(ended_at) ON TABLE notary.stand_in TO hall_app;

GRANT SELECT,INSERT ON TABLE supervision.alarm TO hall_app;

GRANT SELECT,INSERT ON TABLE supervision.alarm_step TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE trading.amendment TO hall_app;

GRANT UPDATE(act) ON TABLE trading.amendment TO hall_app;

GRANT UPDATE(follows) ON TABLE trading.amendment TO hall_app;

GRANT UPDATE(change) ON TABLE trading.amendment TO hall_app;

GRANT UPDATE(drafted_by) ON TABLE trading.amendment TO hall_app;

GRANT UPDATE(drafted_at) ON TABLE trading.amendment TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.clarification TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.complaint TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.complaint_considered TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.complaint_decided TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.document TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.document_taken TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.halt TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE trading.halt_asked TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.handback TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.handover TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE trading.invited TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.notice TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.objection TO hall_app;

GRANT UPDATE(answer) ON TABLE trading.objection TO hall_app;

GRANT UPDATE(answered_at) ON TABLE trading.objection TO hall_app;

GRANT UPDATE(answer_entry_id) ON TABLE trading.objection TO hall_app;

GRANT UPDATE(withdrawn_at) ON TABLE trading.objection TO hall_app;

GRANT UPDATE(withdrawal_entry_id) ON TABLE trading.objection TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.question TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.rules_confirmation TO hall_app;

GRANT UPDATE(approved_p7s) ON TABLE trading.rules_confirmation TO hall_app;

GRANT UPDATE(approved_by) ON TABLE trading.rules_confirmation TO hall_app;

GRANT UPDATE(approved_at) ON TABLE trading.rules_confirmation TO hall_app;

GRANT UPDATE(entry_id) ON TABLE trading.rules_confirmation TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.rules_file TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.searchable TO hall_app;

GRANT UPDATE(words) ON TABLE trading.searchable TO hall_app;

GRANT SELECT,INSERT ON TABLE trading.tender TO hall_app;

GRANT UPDATE(purchaser) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(branch) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(title_zh) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(title_en) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(kind) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(method) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(rules) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(currency) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(ceiling_fen) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(deadline) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(draft) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(drafted_by) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(drafted_at) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(invited_salt) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(published_at) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(candidates_at) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(awarded_at) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(ended_at) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(cancelled_at) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(again_of) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(paused_at) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(paused_until) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(pause_reason) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(pauses) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(halted_at) ON TABLE trading.tender TO hall_app;

GRANT UPDATE(halt_reason) ON TABLE trading.tender TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE trading.trustee TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE web.challenge TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE web.confirmation_lock TO hall_app;

GRANT UPDATE(failures) ON TABLE web.confirmation_lock TO hall_app;

GRANT UPDATE(failed_at) ON TABLE web.confirmation_lock TO hall_app;

GRANT SELECT,INSERT ON TABLE web.contact TO hall_app;

GRANT UPDATE(mail) ON TABLE web.contact TO hall_app;

GRANT UPDATE(mobile) ON TABLE web.contact TO hall_app;

GRANT UPDATE(lang) ON TABLE web.contact TO hall_app;

GRANT UPDATE(changed_at) ON TABLE web.contact TO hall_app;

GRANT SELECT,INSERT ON TABLE web.delivery TO hall_app;

GRANT UPDATE(state) ON TABLE web.delivery TO hall_app;

GRANT UPDATE(attempts) ON TABLE web.delivery TO hall_app;

GRANT UPDATE(next_at) ON TABLE web.delivery TO hall_app;

GRANT UPDATE(sent_at) ON TABLE web.delivery TO hall_app;

GRANT UPDATE(gateway_id) ON TABLE web.delivery TO hall_app;

GRANT UPDATE(error) ON TABLE web.delivery TO hall_app;

GRANT SELECT,INSERT ON TABLE web.follower TO hall_app;

GRANT UPDATE(since) ON TABLE web.follower TO hall_app;

GRANT UPDATE(ended_at) ON TABLE web.follower TO hall_app;

GRANT SELECT,INSERT ON TABLE web.message TO hall_app;

GRANT UPDATE(read_at) ON TABLE web.message TO hall_app;

GRANT UPDATE(called_at) ON TABLE web.message TO hall_app;

GRANT UPDATE(called_by) ON TABLE web.message TO hall_app;

GRANT SELECT,INSERT ON TABLE web.message_cursor TO hall_app;

GRANT UPDATE(idx) ON TABLE web.message_cursor TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE web.nonce TO hall_app;

GRANT SELECT,INSERT ON TABLE web.occasion TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE web.outcome TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE web.password_lock TO hall_app;

GRANT UPDATE(failures) ON TABLE web.password_lock TO hall_app;

GRANT UPDATE(failed_at) ON TABLE web.password_lock TO hall_app;

GRANT SELECT,INSERT,DELETE ON TABLE web.session TO hall_app;

GRANT UPDATE(seen_at) ON TABLE web.session TO hall_app;

GRANT SELECT,INSERT ON TABLE web.settled TO hall_app;

GRANT UPDATE(agreed_by) ON TABLE web.settled TO hall_app;

GRANT UPDATE(agreed_at) ON TABLE web.settled TO hall_app;

GRANT SELECT,INSERT ON TABLE web.subscription TO hall_app;

GRANT UPDATE(rhythm) ON TABLE web.subscription TO hall_app;

GRANT UPDATE(paused_at) ON TABLE web.subscription TO hall_app;

GRANT UPDATE(ended_at) ON TABLE web.subscription TO hall_app;

GRANT SELECT,INSERT ON TABLE web.subscription_find TO hall_app;

GRANT UPDATE(told_at) ON TABLE web.subscription_find TO hall_app;

ALTER DEFAULT PRIVILEGES FOR ROLE hall_owner REVOKE ALL ON TYPES FROM PUBLIC;

ALTER DEFAULT PRIVILEGES FOR ROLE hall_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
