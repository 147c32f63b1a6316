"""Which tender may be announced again, and the draft that it begins as.

Source: Tendering and Bidding Law, art. 28 and 42; its Implementing Regulations, art. 19 and 44.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from notary.refusal import Refusal
from trading.rules.phases import phase
from trading.types import (
    Box,
    Draft,
    DraftBox,
    DraftLot,
    Lot,
    Notice,
    Phase,
    TenderFacts,
    TenderId,
    Trustee,
)

_MINUTE = timedelta(minutes=1)


class NothingToRepeat(Refusal):
    """The tender still goes on, or has its award: there is nothing to announce again.

    Source: Tendering and Bidding Law, art. 28.
    """

    code = "tender.nothing_to_repeat"
    article = "招标投标法 28"


def require_repeatable(facts: TenderFacts, now: datetime) -> None:
    """Refuse unless the tender ended without an award, or was cancelled."""
    match phase(facts, now):
        case Phase.ENDED | Phase.CANCELLED:
            return
        case Phase.DRAFT | Phase.BIDDING | Phase.OPENING | Phase.CANDIDATES | Phase.AWARDED:
            raise NothingToRepeat(tender=facts.tender_id)


def repeated(
    notice: Notice,
    first: Notice,
    tender: str,
    *,
    invited: Sequence[str] | None,
    trustees: Sequence[Trustee],
    k: int,
    now: datetime,
) -> Draft:
    """Return the draft that repeats `notice` under a new number, all as it stood but secret limits.

    `first`: its first revision. Bidders get as long as they had: each time lies as far after `now`
    as it lay after the first publication, rounded up to the minute.
    """
    shift = now - first.published
    return Draft(
        tender=TenderId(tender),
        title=notice.title,
        kind=notice.kind,
        purchaser=notice.purchaser,
        method=notice.method,
        invited=None if invited is None else tuple(invited),
        rules=notice.rules.set,
        currency=notice.currency,
        deposit_fen=notice.deposit_fen,
        documents=notice.documents,
        lots=tuple(_lot(lot, shift) for lot in notice.lots),
        trustees=tuple(trustees),
        k=k,
    )


def _lot(lot: Lot, shift: timedelta) -> DraftLot:
    return DraftLot(
        lot=lot.lot,
        title=lot.title,
        draw=lot.draw,
        ceiling_fen=lot.ceiling_fen,
        limits=(),  # an amount that was opened is no secret any more
        boxes=tuple(_box(box, shift) for box in lot.boxes),
    )


def _box(box: Box, shift: timedelta) -> DraftBox:
    return DraftBox(
        stage=box.stage,
        mode=box.mode,
        after=box.after,
        deadline=_minute(box.deadline + shift),
        open_at=None if box.after is None else _minute(box.open_at + shift),
        max_bytes=box.max_bytes,
        form=box.form,
    )


def _minute(instant: datetime) -> datetime:
    """Return the next whole minute."""
    whole = instant.replace(second=0, microsecond=0)
    return whole if whole == instant else whole + _MINUTE
