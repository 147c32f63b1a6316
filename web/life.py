"""How a tender's facts become the part of its page that tells its life. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from notary.identity import Actor, Role
from trading.amendments import Clarification, Question
from trading.rules.amendments import Difference, differences, voided
from trading.rules.phases import phase
from trading.types import Document, Field, Phase, Published, Record, Words
from web.letterhead import Text
from web.showing import text
from web.views.life import Amendment, Asked, Changed, Life, Said, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a tender beside its record. `own`, `waiting`: of the reader."""

    clarifications: Sequence[Clarification]
    own: Sequence[Question]
    waiting: Sequence[Question]
    repeats: str | None
    repeated_as: str | None


def life(record: Record, found: Found, actor: Actor | None, key: str | None) -> Life:
    """Return what a page tells of a tender's life to `actor`; `key`: of its forms."""
    tender = record.tender
    now_in = phase(tender.facts, record.at)
    open_ = record.at < tender.facts.deadline and now_in is Phase.BIDDING
    over = now_in in {Phase.ENDED, Phase.CANCELLED}
    is_agency = actor is not None and Role.AGENCY in actor.roles and actor.org == tender.agency
    return Life(
        amendments=amendments(record.notices),
        clarifications=tuple(
            Said(
                n=one.text.n,
                question=one.text.question,
                answer=one.text.answer,
                at=one.at,
            )
            for one in found.clarifications
        ),
        own=_asked(found.own),
        waiting=_asked(found.waiting) if is_agency else (),
        may_ask=actor is not None and Role.BIDDER in actor.roles and open_,
        may_clarify=is_agency and open_,
        may_repeat=is_agency and over,
        repeats=found.repeats,
        repeated_as=found.repeated_as,
        key=key,
    )


def amendments(notices: Sequence[Published]) -> tuple[Amendment, ...]:
    """Return the later revisions of a notice, each with what it changed."""
    return tuple(
        Amendment(
            revision=one.notice.revision,
            kind=one.kind,
            at=one.at,
            reason=text(one.notice.reason),
            reseal=bool(voided(one.notice)),
            changes=tuple(_changes(differences(before.notice, one.notice))),
        )
        for before, one in pairwise(notices)
    )


def _changes(found: Iterable[Difference]) -> Iterable[Changed]:
    """Give what readers want to know: that files are due when the bid is goes unsaid."""
    for one in found:
        if one.what == "parts_by":
            continue
        before, after = _values(one)
        yield Changed(
            what=one.what,
            lot=one.lot,
            stage=None if one.stage is None else str(one.stage),
            before=before,
            after=after,
        )


def _values(one: Difference) -> tuple[Value | None, Value | None]:
    match one.before, one.after:
        case tuple(before), tuple(after):
            gone = [row for row in before if row not in after]
            new = [row for row in after if row not in before]
            return _lines(gone), _lines(new)
        case before, after:
            return _value(one.what, before), _value(one.what, after)


def _value(what: str, value: object) -> Value | None:
    match value:
        case datetime():
            return Value("at", value)
        case Words():
            return Value("text", text(value))
        case int() if what.endswith("_bytes"):
            return Value("size", value)
        case int():
            return Value("fen", value)
        case _:
            return None


def _lines(rows: Sequence[object]) -> Value | None:
    lines = tuple(_line(row) for row in rows)
    return Value("lines", lines) if lines else None


def _line(row: object) -> Text:
    match row:
        case Document():
            said = f"{row.path} ({row.sha256[:8]}…)"
            return Text(zh=said, en=said)
        case Field():
            return text(row.label)
        case _:
            return Text(zh=str(row), en=str(row))


def _asked(questions: Sequence[Question]) -> tuple[Asked, ...]:
    return tuple(
        Asked(question=one.question, words=one.words, at=one.asked_at, answered=one.answered)
        for one in questions
    )
