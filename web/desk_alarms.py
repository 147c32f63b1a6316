"""Rows of the desk about alarms: mine, those that nobody has, what supervision asks a body. Pure.

Source: web.md 9, page 30: supervisor: mine, unclaimed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from oversight.supervision.types import Rule, State
from web.letterhead import Text
from web.views.house import DeskRow, Matter
from web.views.watch import AlarmRow

_OF_THEIR_OWN = frozenset({Rule.COMPLAINT, Rule.HELD, Rule.HALT_ASKED})
"""Rules whose facts stand on a supervisor's desk by their own acts, claimed or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquired:
    """A question of supervision to the reader's body that has no answer yet."""

    alarm: str
    n: int
    title: Text
    at: datetime


def rows(alarms: Sequence[AlarmRow], inquiries: Sequence[Inquired]) -> Iterator[DeskRow]:
    """Give a supervisor's alarms, and whoever was asked the questions."""
    for one in alarms:
        if one.own:
            explained = one.state is State.EXPLAINED
            yield _alarm(one, Matter.EXPLAINED if explained else Matter.CLAIMED)
        elif one.state is State.UNCLAIMED and one.rule not in _OF_THEIR_OWN:
            yield _alarm(one, Matter.UNCLAIMED)
    for asked in inquiries:
        yield DeskRow(
            matter=Matter.INQUIRY,
            title=asked.title,
            href=f"/alarms/{asked.alarm}/inquiries/{asked.n}",
            due=None,
            since=asked.at,
            awaited=None,
            command=None,
            rank=None,
        )


def _alarm(one: AlarmRow, matter: Matter) -> DeskRow:
    return DeskRow(
        matter=matter,
        title=one.title,
        href=f"/supervision/alarms/{one.alarm}",
        due=one.due,
        since=None if one.due else one.since,
        awaited=None,
        command=None,
        rank=None,
        rule=one.rule,
        severity=one.severity,
    )
