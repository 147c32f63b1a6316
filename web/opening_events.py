"""The events of an opening room, folded into its page: what an event says is read here alone.

    bidding.deadline-passed.v1     {}
    bidding.box-closed.v1          {}
    bidding.box-reopened.v1        {}
    bidding.box-not-opened.v1      {}
    bidding.shares-asked.v1        {"list": [{"envelope", "bidder"}…]}   in the order of telling
    bidding.release-promised.v1    {"group"}
    bidding.release-received.v1    {"group", "good", "released"}
    bidding.opening-postponed.v1   {"missing": [group…], "next": instant or null}
    bidding.bid-opened.v1          {"envelope", "verdict", "code", "fault", "checked",
                                    "price_fen", "form"}
    bidding.bid-checked.v1         {"envelope", "verdict", "code", "fault"}
    bidding.objection-raised.v1    {"n", "who", "text"}
    bidding.objection-answered.v1  {"n", "who", "text"}
    bidding.opening-confirmed.v1   {"envelope", "bidder"}
    bidding.box-finished.v1        {}

What holds an opening up is read by `web.opening_stays`, what the stages of a lot do to it by
`web.opening_stages`; an event of any other kind changes nothing
but the log. Pure: (view, event) -> view.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from notary.canonical import Json
from web import opening_stages, opening_stays
from web.opening_room import Bid, Board, Lock, LogLine, Objection, RoomFacts, RoomView, Stage, Step
from web.views.public import Progress, State

Moved = tuple[RoomView, LogLine]
Move = Callable[[RoomView, datetime, Mapping[str, Json], LogLine], Moved]
"""(the room before, the instant, what the event says, its line of the log) -> both after."""


def start(facts: RoomFacts) -> RoomView:
    """Return the room before its first event: bids are being taken, nobody says how many."""
    return RoomView(
        facts=facts,
        seq=0,
        steps=_steps({}, Stage.DEADLINE),
        board=Board(
            state=State.OPEN, released=0, told=0, listed=0, bid=None, next_at=facts.deadline
        ),
        locks=tuple(Lock(holder=holder) for holder in facts.holders),
        bids=(),
        log=(),
    )


def after(view: RoomView, seq: int, at: datetime, kind: str, data: Mapping[str, Json]) -> RoomView:
    """Return the room after its event `seq`, which must be the next one."""
    if seq != view.seq + 1:
        raise ValueError(f"event {seq} does not follow {view.seq}")
    name = kind.partition(".")[2].removesuffix(".v1")
    line = LogLine(seq=seq, at=at, kind=name)
    moved, line = MOVES[name](view, at, data, line) if name in MOVES else (view, line)
    return replace(moved, seq=seq, log=(line, *view.log))


def hidden(view: RoomView, seq: int) -> RoomView:
    """Return the room after an event that this viewer may not see: only its number shows."""
    if seq != view.seq + 1:
        raise ValueError(f"event {seq} does not follow {view.seq}")
    return replace(view, seq=seq, log=(LogLine(seq=seq, at=None, kind=None), *view.log))


def _steps(done: Mapping[Stage, datetime], now: Stage | None) -> tuple[Step, ...]:
    """Lay out the six stages: those with an instant are done."""
    return tuple(
        Step(stage=stage, progress=Progress.DONE, at=done[stage])
        if stage in done
        else Step(stage=stage, progress=Progress.NOW if stage is now else Progress.NEXT)
        for stage in Stage
    )


def _at(
    view: RoomView,
    stage: Stage,
    state: State,
    at: datetime,
    *,
    bids: tuple[Bid, ...] | None = None,
) -> RoomView:
    """Move to `stage`: stages before it that had no instant were done `at`."""
    done = {step.stage: step.at for step in view.steps if step.at is not None}
    for earlier in Stage:
        if earlier is stage:
            break
        done.setdefault(earlier, at)
    return replace(
        view,
        steps=_steps(done, stage),
        board=replace(view.board, state=state, next_at=None),
        bids=view.bids if bids is None else bids,
    )


def _passed(view: RoomView, at: datetime, _: Mapping[str, Json], line: LogLine) -> Moved:
    """Pass the deadline, or put the list into the ledger; it is not out yet."""
    return _at(view, Stage.SHARES, State.CLOSING, at, bids=()), line


def _reopened(view: RoomView, _: datetime, __: Mapping[str, Json], line: LogLine) -> Moved:
    """Begin again: the closing is set aside, nothing had been readable."""
    again = start(view.facts)
    board = replace(again.board, stays=view.board.stays)
    return replace(again, board=board, log=view.log), line


def _not_opened(view: RoomView, at: datetime, _: Mapping[str, Json], line: LogLine) -> Moved:
    """End without opening anything: too few bids came."""
    done = {step.stage: step.at for step in view.steps if step.at is not None}
    steps = _steps({Stage.DEADLINE: at, **done, Stage.END: at}, None)
    board = replace(view.board, state=State.NOT_OPENED, next_at=None)
    return replace(view, steps=steps, board=board), line


def _asked(view: RoomView, at: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Show the list, with names: shares are asked for."""
    bids = tuple(
        Bid(number=number, envelope=str(one["envelope"]), bidder=str(one["bidder"]))
        for number, one in enumerate(_objects(data["list"]), start=1)
    )
    moved = _at(view, Stage.SHARES, State.SHARES, at, bids=opening_stages.asked(view, bids))
    board = replace(moved.board, listed=len(bids))
    return replace(moved, board=board), replace(line, number=len(bids))


def _promised(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Note that a body promised its share."""
    locks = tuple(
        replace(lock, promised=True) if lock.holder.group == data["group"] else lock
        for lock in view.locks
    )
    return replace(view, locks=locks), replace(line, who=_name(view, data["group"]))


def _released(view: RoomView, at: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Open a lock; the k-th good share is enough."""
    line = replace(line, who=_name(view, data["group"]))
    if data["good"] is not True:
        return view, replace(line, kind="release-not-good")
    released = int(str(data["released"]))
    enough = released == view.facts.k and view.board.released < released
    locks = tuple(
        replace(lock, opened_at=at, enough=enough, late=False)
        if lock.holder.group == data["group"] and lock.opened_at is None
        else lock
        for lock in view.locks
    )
    moved = replace(view, locks=locks, board=replace(view.board, released=released))
    if enough and view.board.told == 0:
        moved = _at(moved, Stage.DECRYPT, State.OPENING, at)
    return moved, replace(line, number=released)


def _postponed(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Say whose shares are missing, and when the next try is."""
    missing = [str(group) for group in _list(data["missing"])]
    locks = tuple(replace(lock, late=lock.holder.group in missing) for lock in view.locks)
    names = tuple(_name(view, group) for group in missing)
    board = replace(
        view.board,
        state=State.POSTPONED,
        next_at=opening_stays.instant_of(data.get("next")),
        missing=names,
    )
    return replace(view, locks=locks, board=board), line


def _told(view: RoomView, at: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Fill the row of a bid that was opened or could not be, and put it on the board."""
    bids = tuple(
        _filled(bid, data, view.facts)
        if bid.envelope == data["envelope"]
        else replace(bid, told_last=False)
        for bid in view.bids
    )
    told = next((bid for bid in bids if bid.told_last), None)
    count = sum(bid.verdict is not None for bid in bids)
    last = count == len(bids)
    moved = _at(view, Stage.CONFIRM if last else Stage.READING, State.OPENING, at, bids=bids)
    next_at = at + (view.facts.confirm if last else view.facts.announce)
    board = replace(
        moved.board,
        state=State.CONFIRMING if last else State.OPENING,
        told=count,
        bid=told,
        next_at=next_at if next_at > at else None,
        missing=(),
    )
    if told is not None:
        line = replace(
            line,
            number=told.number,
            who=told.bidder,
            price_fen=told.price_fen,
            kind="bid-opened" if told.verdict == "opened" else "bid-not-opened",
        )
    return replace(moved, board=board), line


def _filled(bid: Bid, data: Mapping[str, Json], facts: RoomFacts) -> Bid:
    """Return the bid with what its opening showed."""
    form, price = data["form"], data["price_fen"]
    form = form if isinstance(form, dict) else {}
    return replace(
        _judged(bid, data),
        price_fen=int(str(price)) if price is not None else None,
        facts=tuple((field, str(form[field.name])) for field in facts.fields if field.name in form),
        checked=data["checked"] is True,
        told_last=True,
    )


def _judged(bid: Bid, data: Mapping[str, Json]) -> Bid:
    """Return the bid with its verdict."""
    return replace(
        bid,
        verdict=str(data["verdict"]),
        code=_word(data["code"]),
        fault=_word(data["fault"]),
    )


def _checked(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Make a provisional verdict final: the bid's files were checked too."""
    bids = tuple(
        replace(_judged(bid, data), checked=True) if bid.envelope == data["envelope"] else bid
        for bid in view.bids
    )
    of = next(bid for bid in bids if bid.envelope == data["envelope"])
    on_board = view.board.bid is not None and view.board.bid.envelope == of.envelope
    board = replace(view.board, bid=of) if on_board else view.board
    good = "bid-checked" if of.verdict == "opened" else "bid-not-opened"
    moved = replace(view, bids=bids, board=board)
    return moved, replace(line, kind=good, number=of.number, who=of.bidder)


def _finished(view: RoomView, at: datetime, _: Mapping[str, Json], line: LogLine) -> Moved:
    """Finish: every verdict is final, no row is the one just told."""
    bids = tuple(replace(bid, told_last=False) for bid in view.bids)
    moved = _at(view, Stage.END, State.OPENED, at, bids=bids)
    done = {step.stage: step.at for step in moved.steps if step.at is not None}
    return replace(moved, steps=_steps({**done, Stage.END: at}, None)), line


def _objected(view: RoomView, at: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Write down what a bidder objects to."""
    said = Objection(n=int(str(data["n"])), who=str(data["who"]), text=str(data["text"]), at=at)
    line = replace(line, who=said.who, number=said.n)
    return replace(view, objections=(*view.objections, said)), line


def _answered(view: RoomView, at: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Write the host's answer beneath its objection."""
    host, n = str(data["who"]), int(str(data["n"]))
    objections = tuple(
        replace(one, host=host, answer=str(data["text"]), answered_at=at) if one.n == n else one
        for one in view.objections
    )
    return replace(view, objections=objections), replace(line, who=host, number=n)


def _confirmed(view: RoomView, at: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Note that a bidder has confirmed what was read out of its bid."""
    bids = tuple(
        replace(bid, confirmed_at=at) if bid.envelope == data["envelope"] else bid
        for bid in view.bids
    )
    return replace(view, bids=bids), replace(line, who=str(data["bidder"]))


def _name(view: RoomView, group: Json) -> str:
    """Return the name of a body that holds a share."""
    names = {lock.holder.group: lock.holder.name for lock in view.locks}
    return names.get(str(group), str(group))


def _objects(value: Json) -> Iterable[Mapping[str, Json]]:
    """Read a list of objects."""
    return [one for one in _list(value) if isinstance(one, dict)]


def _list(value: Json) -> list[Json]:
    """Read a list."""
    return value if isinstance(value, list) else []


def _word(value: Json) -> str | None:
    """Read a word or null."""
    return value if isinstance(value, str) else None


MOVES: Mapping[str, Move] = {
    "deadline-passed": _passed,
    "box-closed": _passed,
    "box-reopened": _reopened,
    "box-not-opened": _not_opened,
    "shares-asked": _asked,
    "release-promised": _promised,
    "release-received": _released,
    "opening-postponed": _postponed,
    "bid-opened": _told,
    "bid-checked": _checked,
    "objection-raised": _objected,
    "objection-answered": _answered,
    "opening-confirmed": _confirmed,
    "box-finished": _finished,
    "list-revised": opening_stages.revised,
    "bid-rejected": opening_stages.rejected,
    "rejection-overturned": opening_stages.rejected,
    "limit-opened": opening_stages.limit_opened,
    "interrupted": opening_stays.interrupted,
    "uninterrupted": opening_stays.uninterrupted,
    "outage-recorded": opening_stays.outage_recorded,
    "box-moved": opening_stays.box_moved,
    "paused": opening_stays.paused,
    "pause-lapsed": opening_stays.resumed,
    "halted": opening_stays.halted,
    "resumed": opening_stays.resumed,
    "suspended": opening_stays.suspended,
    "unsuspended": opening_stays.unsuspended,
}
