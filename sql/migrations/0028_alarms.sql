-- Supervision: what has become of an alarm. An alarm itself is computed from the facts that raise it
-- and has no row before somebody takes it up; then it stays on record, also when the fact is gone.
CREATE SCHEMA supervision;
GRANT USAGE ON SCHEMA supervision TO hall_app;

-- The fact as it stood when the alarm was first taken up. `alarm` is made of rule, subject and moment.
CREATE TABLE supervision.alarm (
    alarm     text        PRIMARY KEY CHECK (alarm ~ '^A-[0-9A-F]{16}$'),
    rule      text        NOT NULL,
    subject   text        NOT NULL,
    moment    timestamptz NOT NULL,
    severity  text        NOT NULL CHECK (severity IN ('red', 'yellow')),
    tender_id text        NOT NULL REFERENCES trading.tender,
    CONSTRAINT one_alarm_of_a_fact UNIQUE (rule, subject, moment)
);

-- Each act about an alarm is a row, numbered; who has it and how far it is follow from them. Two acts
-- at once get one number, and the second is refused.
CREATE TABLE supervision.alarm_step (
    alarm     text        NOT NULL REFERENCES supervision.alarm,
    n         int         NOT NULL CHECK (n > 0),
    act       text        NOT NULL CHECK (act IN ('assigned', 'inquired', 'answered', 'closed')),
    at        timestamptz NOT NULL,
    person    text        NOT NULL REFERENCES notary.person,
    org       text        NOT NULL REFERENCES notary.organisation,
    to_person text        REFERENCES notary.person,
    to_org    text        REFERENCES notary.organisation,
    answers   int,
    finding   text        CHECK (finding IN ('real', 'false')),
    text      text        CHECK (length(text) BETWEEN 1 AND 4000),
    entry_id  bigint      NOT NULL UNIQUE,
    CONSTRAINT one_step_at_a_time PRIMARY KEY (alarm, n),
    CONSTRAINT one_answer_a_question UNIQUE (alarm, answers),
    CONSTRAINT answers_a_question FOREIGN KEY (alarm, answers) REFERENCES supervision.alarm_step,
    CONSTRAINT assigned_to_somebody CHECK ((act = 'assigned') = (to_person IS NOT NULL)),
    CONSTRAINT inquired_of_a_body CHECK ((act = 'inquired') = (to_org IS NOT NULL)),
    CONSTRAINT answered_something CHECK ((act = 'answered') = (answers IS NOT NULL)),
    CONSTRAINT closed_with_a_finding CHECK ((act = 'closed') = (finding IS NOT NULL)),
    CONSTRAINT said_in_words CHECK (act = 'assigned' OR text IS NOT NULL)
);
CREATE INDEX alarm_step_of_a_body ON supervision.alarm_step (to_org) WHERE to_org IS NOT NULL;

CREATE CONSTRAINT TRIGGER alarm_step_leaves_an_entry
    AFTER INSERT OR UPDATE OR DELETE ON supervision.alarm_step
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notary.require_entry();

GRANT SELECT, INSERT ON supervision.alarm, supervision.alarm_step TO hall_app;
