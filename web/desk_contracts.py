"""Rows of the desk about contracts: to confirm, to perform, to acknowledge, to end. Pure.

Source: `people.md` 7; docs/decisions/0007.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding import lamp
from bidding.contract import Milestone
from bidding.contracts import Running
from bidding.lamp import Lamp
from notary.identity import Actor, Role
from web import showing
from web.letterhead import Text
from web.views.house import DeskRow, Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """The contracts of the reader's body that somebody has to look at."""

    actor: Actor
    now: datetime
    running: Sequence[Running]


def rows(known: Contracts) -> Iterator[DeskRow]:
    """Give the rows that the reader's roles see."""
    for one in known.running:
        side = _side(known.actor, one)
        if side is None:
            continue
        if one.contract.bidder in side:
            yield from _to_confirm(one)
        if one.contract.end is None:
            for milestone in one.contract.milestones:
                yield from _milestone(one, milestone, side, known.now)
            if Role.AGENCY in known.actor.roles and one.contract.bidder not in side:
                by = lamp.performed_by(one.contract.signed, one.contract.days)
                yield _row(one, Matter.PERFORM, by, known.now)


def _side(actor: Actor, one: Running) -> frozenset[str] | None:
    """Return the bodies of the reader's side, None where it has none."""
    if Role.BIDDER in actor.roles and actor.org == one.contract.bidder:
        return frozenset({actor.org})
    tenderers = frozenset({one.notice.agency, one.notice.purchaser})
    acts = actor.roles & {Role.AGENCY, Role.PURCHASER} and actor.org in tenderers
    return tenderers if acts else None


def _to_confirm(one: Running) -> Iterator[DeskRow]:
    waiting = next((stated for stated in one.contract.stated if stated.said is None), None)
    if waiting is not None:
        yield _waits(one, Matter.CONFIRM, waiting.at, f"#statement-{waiting.n}")


def _milestone(
    one: Running, milestone: Milestone, side: frozenset[str], now: datetime
) -> Iterator[DeskRow]:
    report, place = milestone.report, f"#milestone-{milestone.milestone}"
    title = Text(zh=milestone.title, en=milestone.title)
    if report is not None and report.said is None and report.org not in side:
        yield _waits(one, Matter.ACKNOWLEDGE, report.at, place, title)
    elif lamp.of_milestone(milestone, now) in {Lamp.NEAR, Lamp.OVERDUE}:
        yield _row(one, Matter.MILESTONE, lamp.over_at(milestone.due_on), now, place, title)


def _row(
    one: Running,
    matter: Matter,
    by: datetime,
    now: datetime,
    place: str = "",
    note: Text | None = None,
) -> DeskRow:
    """Return the row of what is due `by` then, or has been since."""
    late = now >= by
    return DeskRow(
        matter=matter,
        title=showing.text(one.notice.title),
        href=f"{_page(one)}{place}",
        due=None if late else by,
        since=by if late else None,
        awaited=None,
        command=None,
        rank=None,
        note=note,
        lot=_lot(one),
    )


def _waits(
    one: Running, matter: Matter, since: datetime, place: str, note: Text | None = None
) -> DeskRow:
    return DeskRow(
        matter=matter,
        title=showing.text(one.notice.title),
        href=f"{_page(one)}{place}",
        due=None,
        since=since,
        awaited=None,
        command=None,
        rank=None,
        note=note,
        lot=_lot(one),
    )


def _page(one: Running) -> str:
    signed = one.contract.signed
    return f"/tenders/{signed.tender}/contract?lot={signed.lot}"


def _lot(one: Running) -> str | None:
    return one.contract.signed.lot if len(one.notice.lots) > 1 else None
