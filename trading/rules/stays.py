"""What supervision holds up: a pause 暂缓 that lapses by itself, a halt 暂停 that is lifted. Pure.

Source: `people.md` 5; Tendering and Bidding Law, art. 7 (supervision of the procedure).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notary.instant import seconds
from notary.refusal import Refusal
from trading.rules.phases import phase
from trading.rules.sets import RuleSet
from trading.types import Phase, TenderFacts


class AlreadyStayed(Refusal):
    """The tender is paused or halted already.

    Source: `people.md` 5, one pause lapses before another begins.
    """

    code = "supervision.already_stayed"


class NothingStayed(Refusal):
    """Nothing is paused or halted that could be lifted.

    Source: `people.md` 5, pause and halt are lifted.
    """

    code = "supervision.nothing_stayed"


class NothingToStay(Refusal):
    """The tender is a draft, or over: there is nothing that could be held up.

    Source: `people.md` 5.
    """

    code = "supervision.nothing_to_stay"


class HaltNotAsked(Refusal):
    """Nobody has asked for a halt of this tender.

    Source: `people.md` 5, two persons for a halt.
    """

    code = "supervision.halt_not_asked"


class HaltAsked(Refusal):
    """A halt is asked for already and waits for the second person.

    Source: `people.md` 5, two persons for a halt.
    """

    code = "supervision.halt_asked"


class OwnHalt(Refusal):
    """Who asked for a halt does not approve it.

    Source: `people.md` 5, two persons for a halt.
    """

    code = "supervision.own_halt"


class TenderHalted(Refusal):
    """Supervision has halted the tender: nothing of it is concluded meanwhile.

    Source: `people.md` 5, halt.
    """

    code = "tender.halted"


class StayReason(StrEnum):
    """Why supervision holds up a tender: the list, and nothing beside it."""

    ORDER = "order"  # 现场秩序: the opening is disturbed
    TECHNICAL = "technical"  # 技术故障: something of the hall does not work
    IDENTITY = "identity"  # 身份存疑: somebody may not be who he says
    COMPLAINT = "complaint"  # 投诉待查: a complaint is being looked into
    EVIDENCE = "evidence"  # 证据保全: something must be secured first


class StayKind(StrEnum):
    """Of one supervisor for some minutes, or of two until it is lifted."""

    PAUSED = "paused"
    HALTED = "halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """What holds a tender up. `until`: when a pause lapses; None for a halt."""

    kind: StayKind
    reason: StayReason
    since: datetime
    until: datetime | None


def stay(facts: TenderFacts, now: datetime) -> Stay | None:
    """Return what holds the tender up at `now`: a halt before a pause."""
    if facts.halted_at is not None:
        assert facts.halt_reason is not None  # noqa: S101 - a halt is whole
        reason = StayReason(facts.halt_reason)
        return Stay(kind=StayKind.HALTED, reason=reason, since=facts.halted_at, until=None)
    if facts.paused_at is None or facts.paused_until is None or now >= facts.paused_until:
        return None
    assert facts.pause_reason is not None  # noqa: S101 - a pause is whole
    return Stay(
        kind=StayKind.PAUSED,
        reason=StayReason(facts.pause_reason),
        since=facts.paused_at,
        until=facts.paused_until,
    )


def pause_ends(rules: RuleSet, at: datetime) -> datetime:
    """Return when a pause that begins at `at` lapses."""
    return at.replace(microsecond=0) + timedelta(minutes=rules.number("hall.pause_min"))


def require_stayable(facts: TenderFacts, now: datetime) -> None:
    """Refuse to hold up what is a draft or over."""
    match phase(facts, now):
        case Phase.BIDDING | Phase.OPENING | Phase.CANDIDATES:
            return
        case Phase.DRAFT | Phase.AWARDED | Phase.ENDED | Phase.CANCELLED:
            raise NothingToStay(tender=facts.tender_id)


def require_pausable(facts: TenderFacts, now: datetime) -> None:
    """Refuse a pause of what is held up already, or cannot be."""
    require_stayable(facts, now)
    held = stay(facts, now)
    if held is not None:
        until = {} if held.until is None else {"until": seconds(held.until)}
        raise AlreadyStayed(tender=facts.tender_id, **until)


def require_haltable(facts: TenderFacts, now: datetime) -> None:
    """Refuse to halt what is halted, or cannot be; a pause may become a halt."""
    require_stayable(facts, now)
    if facts.halted_at is not None:
        raise AlreadyStayed(tender=facts.tender_id)


def require_stayed(facts: TenderFacts, now: datetime) -> Stay:
    """Refuse to lift where nothing is held up, else return what is."""
    held = stay(facts, now)
    if held is None:
        raise NothingStayed(tender=facts.tender_id)
    return held


def require_going(facts: TenderFacts) -> None:
    """Refuse to conclude anything of a tender that is halted."""
    if facts.halted_at is not None:
        raise TenderHalted(tender=facts.tender_id, since=seconds(facts.halted_at))
