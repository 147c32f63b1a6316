"""What the stages of a lot do to the page of an opening, folded into it.

    bidding.list-revised.v1          {"n", "list", "kept"}
    bidding.bid-rejected.v1          {"envelope", "org", "bidder", "ground", "article"}
    bidding.rejection-overturned.v1  {"envelope", "org", "bidder", "article"}
    bidding.award-voided.v1          {"ground", "article"}
    trading.limit-opened.v1          {"name", "fen": whole fen or null}

A revised list is asked for next, a further one anew: bids that were told stay told. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from notary.canonical import Json
from web.opening_room import Bid, Lock, LogLine, RoomView
from web.views.public import State

Moved = tuple[RoomView, LogLine]


def revised(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Say that the earlier stage is evaluated, and how many envelopes stay shut for good."""
    board = replace(view.board, state=State.CLOSING, released=0, next_at=None)
    locks = tuple(Lock(holder=lock.holder) for lock in view.locks)
    return replace(view, board=board, locks=locks), replace(line, number=int(str(data["kept"])))


def rejected(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Say whose bid was rejected, or is not any more."""
    return view, replace(line, who=str(data["bidder"]))


def limit_opened(view: RoomView, _: datetime, data: Mapping[str, Json], line: LogLine) -> Moved:
    """Say what a secret limit was, or that it is none."""
    fen = data["fen"]
    line = replace(line, who=str(data["name"]), price_fen=None if fen is None else int(str(fen)))
    return view, line if fen is not None else replace(line, kind="limit-forfeited")


def asked(view: RoomView, bids: tuple[Bid, ...]) -> tuple[Bid, ...]:
    """Return the bids of a list that is asked for, those told before as they were told."""
    told = {bid.envelope: bid for bid in view.bids if bid.verdict is not None}
    return tuple(
        replace(told[bid.envelope], number=bid.number) if bid.envelope in told else bid
        for bid in bids
    )
