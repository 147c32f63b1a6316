"""What was opened and rejected."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from bidding.facts import BoxKey, Rejection, Result
from notary import canonical
from notary.shape import Fen
from sql.database import Tx
from trading.types import Stage


def _result(facts: dict[str, Any]) -> Result:
    form = facts.pop("form")
    answers = None if form is None else canonical.loads(form.encode())
    price = facts.pop("price_fen")
    return Result(
        form=cast("dict[str, str] | None", answers),
        price_fen=None if price is None else Fen(price),
        **facts,
    )


async def insert_result(tx: Tx, key: BoxKey, result: Result) -> None:
    """Store what became of a listed envelope."""
    await tx.execute(
        """
        INSERT INTO bidding.result (envelope_id, tender_id, lot, stage, place, verdict, code, fault,
                                    form, price_fen, announced_at, entry_id, checked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        result.envelope_id,
        *key,
        result.place,
        result.verdict,
        result.code,
        result.fault,
        None if result.form is None else canonical.dumps(dict(result.form)).decode(),
        result.price_fen,
        result.announced_at,
        result.entry_id,
        result.checked_at,
    )


async def results_of(tx: Tx, key: BoxKey) -> list[Result]:
    """Return the results of a box in the order of announcement."""
    return (await results_by_box(tx, [key]))[key]


async def results_by_box(tx: Tx, keys: Collection[BoxKey]) -> defaultdict[BoxKey, list[Result]]:
    """Return the results of each of these boxes in the order of announcement."""
    rows = await tx.fetch(
        """
        SELECT tender_id, lot, stage, envelope_id, place, verdict, code, fault, form, price_fen,
               announced_at, entry_id, checked_at
          FROM bidding.result
         WHERE (tender_id, lot, stage)
               IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
         ORDER BY place
        """,
        *BoxKey.columns(keys),
    )
    found: defaultdict[BoxKey, list[Result]] = defaultdict(list)
    for row in rows:
        facts = dict(row)
        key = BoxKey(facts.pop("tender_id"), facts.pop("lot"), Stage(facts.pop("stage")))
        found[key].append(_result(facts))
    return found


async def mark_checked(
    tx: Tx, envelope_id: str, at: datetime, *, verdict: str, code: str | None, fault: str | None
) -> None:
    """Make the verdict final: the bulk parts were verified."""
    await tx.execute(
        """
        UPDATE bidding.result
           SET checked_at = $2, verdict = $3, code = $4, fault = $5
         WHERE envelope_id = $1
        """,
        envelope_id,
        at,
        verdict,
        code,
        fault,
    )


async def insert_rejection(tx: Tx, tender: str, lot: str, rejection: Rejection) -> None:
    """Store a rejection."""
    await tx.execute(
        """
        INSERT INTO bidding.rejection (envelope_id, tender_id, lot, ground, article, reason, at,
                                       entry_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        rejection.envelope_id,
        tender,
        lot,
        rejection.ground,
        rejection.article,
        rejection.reason,
        rejection.at,
        rejection.entry_id,
    )


async def rejections_of(tx: Tx, tender: str, lot: str) -> list[Rejection]:
    """Return the rejections of a lot by envelope id."""
    return (await rejections_by_lot(tx, [(tender, lot)]))[tender, lot]


async def rejections_by_lot(
    tx: Tx, lots: Collection[tuple[str, str]]
) -> defaultdict[tuple[str, str], list[Rejection]]:
    """Return the rejections of each of these lots by envelope id."""
    rows = await tx.fetch(
        """
        SELECT rejection.tender_id, rejection.lot, envelope_id, stage, bidder, ground, article,
               reason, rejection.at, rejection.entry_id, overturned_at
          FROM bidding.rejection
          JOIN bidding.envelope USING (envelope_id)
         WHERE (rejection.tender_id, rejection.lot)
               IN (SELECT * FROM unnest($1::text[], $2::text[]))
         ORDER BY envelope_id
        """,
        [tender for tender, _ in lots],
        [lot for _, lot in lots],
    )
    found: defaultdict[tuple[str, str], list[Rejection]] = defaultdict(list)
    for row in rows:
        facts = {**row, "stage": Stage(row["stage"])}
        found[facts.pop("tender_id"), facts.pop("lot")].append(Rejection(**facts))
    return found


async def mark_overturned(tx: Tx, envelope_id: str, at: datetime, *, entry_id: int) -> None:
    """Let a rejection reject nobody any more."""
    await tx.execute(
        """
        UPDATE bidding.rejection
           SET overturned_at = $2, overturned_entry_id = $3
         WHERE envelope_id = $1
        """,
        envelope_id,
        at,
        entry_id,
    )
