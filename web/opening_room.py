"""What the page of an opening room shows, and how it lies in regions that live frames replace.

`web.opening_events` folds the events of the room into a RoomView; nothing else makes one. So the
page at event N and the frame of event N+1 cannot disagree with the page at N+1: a frame carries
the regions in which the two views differ. No clock, and no word of any language.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from web.letterhead import Section, Text, View
from web.search import Kind
from web.views.public import Progress, State


class Stage(StrEnum):
    """The six stages of an opening: 截标, 集齐份额, 解密, 唱标, 确认, 结束."""

    DEADLINE = "deadline"
    SHARES = "shares"
    DECRYPT = "decrypt"
    READING = "reading"
    CONFIRM = "confirm"
    END = "end"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form beside name and price. `type`: text, fen, int or date."""

    name: str
    label: Text
    type: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A body with a share of the key. `line`: a value of notary.identity.Line."""

    group: str
    name: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """What stands before the first event: the notice, the policy, the pace of the clerk.

    `announce`: at least so long between two bids. `confirm`: how long objections are awaited.
    `after`: the stage of the lot whose evaluation comes first.
    """

    room: str
    tender: str
    lot: str
    title: Text
    kind: Kind
    invited: bool
    ceiling_fen: int | None
    currency: str
    deadline: datetime
    k: int
    holders: tuple[Holder, ...]
    fields: tuple[Field, ...]
    announce: timedelta
    confirm: timedelta
    stage: str = "single"
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stage, how far it is, and when it was done."""

    stage: Stage
    progress: Progress
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A holder's lock. `late`: missing at release_by. `enough`: this share was the k-th."""

    holder: Holder
    promised: bool = False
    opened_at: datetime | None = None
    enough: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """A bid of the list: shut until told. `number` from 1, in the order of the ledger.

    `verdict`: opened, improper or unopened once told; `code` and `fault` where it did not open.
    `checked`: its files were checked too; until then an opened bid is announced as provisional.
    `told_last`: this is the bid on the board. `confirmed_at`: when its bidder said it is right.
    """

    number: int
    envelope: str
    bidder: str
    verdict: str | None = None
    price_fen: int | None = None
    facts: tuple[tuple[Field, str], ...] = ()
    code: str | None = None
    fault: str | None = None
    told_last: bool = False
    checked: bool = False
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a bidder objected to in the room, and the host's answer once it is given."""

    n: int
    who: str
    text: str
    at: datetime
    host: str = ""
    answer: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One event. `kind` without prefix and version; `who`: a body or bidder; None: not public.

    `who` of a stay is its reason; `until`: when that lapses, or until when bids are taken now.
    """

    seq: int
    at: datetime | None
    kind: str | None
    number: int = 0
    who: str = ""
    price_fen: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """What holds the opening up. `reason`: a word of supervision's list, empty after an outage."""

    state: State
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What happens this second: the state, the bid told last, when the next thing is due.

    `stays`: what holds it up, in the order in which it came.
    """

    state: State
    released: int
    told: int
    listed: int
    bid: Bid | None
    next_at: datetime | None
    missing: tuple[str, ...] = ()
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView(View):
    """The opening room at event `seq`.

    `suspended_since`: since when an objection to the documents has no answer. It is of the tender,
    not of the room, and stands outside the regions that events change.
    """

    template: ClassVar[str] = "rooms/page.html"
    section: ClassVar[Section | None] = Section.OPENINGS

    facts: RoomFacts
    seq: int
    steps: tuple[Step, ...]
    board: Board
    locks: tuple[Lock, ...]
    bids: tuple[Bid, ...]
    log: tuple[LogLine, ...]
    objections: tuple[Objection, ...] = ()
    suspended_since: datetime | None = None

    @property
    def state(self) -> State:
        """How far the opening is."""
        return self.board.state

    @property
    def shown(self) -> State:
        """What its tag says: what holds it up, else how far it is."""
        if self.board.stays:
            return self.board.stays[-1].state
        awaits = self.facts.after is not None and self.board.state is State.CLOSING
        return State.STAGED if awaits else self.board.state


def regions(before: RoomView, now: RoomView) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield each region that the step from `before` to `now` changes: its macro and arguments.

    The macros are those of `rooms/frames.html`; what each renders has the id that it replaces,
    but for a line of the log, which goes on top.
    """
    if before.shown != now.shown:
        yield "state", (now,)
    if (before.steps, before.board) != (now.steps, now.board):
        yield "stages", (now,)
        yield "board", (now,)
        yield "said", (now,)
    if _keys(before) != _keys(now):
        yield "locks", (now,)
    if [bid.envelope for bid in before.bids] != [bid.envelope for bid in now.bids]:
        yield "bids", (now,)
    else:
        for old, new in zip(before.bids, now.bids, strict=True):
            if old != new:
                yield "row", (new, now.facts)
    if _spoken(before) != _spoken(now):
        yield "spoken", (now,)
    for line in reversed(now.log[: len(now.log) - len(before.log)]):
        yield "line", (line, now.facts)


def _spoken(view: RoomView) -> tuple[object, ...]:
    """Return all that objections and confirmations are drawn from: silence counts at the end."""
    reading = view.state is State.OPENING
    confirmed = tuple(
        (bid.bidder, bid.confirmed_at, not reading and bid.verdict is None) for bid in view.bids
    )
    return view.objections, confirmed, view.state


def _keys(view: RoomView) -> tuple[object, ...]:
    """Return all that the locks are drawn from."""
    return view.locks, view.board.released, view.state
