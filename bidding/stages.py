"""From one stage of a lot to the next: the clerk's revised list, on a locked box.

Whoever the agency has rejected stays shut, with the decision; all others are asked for. The list is
made also if nobody was rejected, and again if a rejection is set aside before the box is finished.

Source: `bid-seal/v1` sections 3, list, and 8.2.
"""

from collections.abc import Mapping
from dataclasses import replace

from bidding import evaluation
from bidding.facts import BoxFacts, Rejection
from bidding.look import Look, tell
from bidding.sealed.lists import read_list
from bidding.sealed.statements import BidList, KeptShut, Listed
from bidding.store import boxes, envelopes
from notary import ledger
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.shape import dump
from sql.database import Database, Tx
from trading import service as trading

REVISED = "bidding.list-revised.v1"


async def revise(database: Database, hall: Hall, look: Look) -> bool:
    """Make the list that a later stage is asked for; what is asked already is asked anew."""
    key = look.box.key
    async with database.transaction() as tx:
        # Rejections hold the tender too: the list and they come one after the other.
        await trading.hold_tender(tx, key.tender, "update")
        box = await boxes.take_box(tx, key)
        if box is None or box.finished_at is not None or box.revised_n != look.box.revised_n:
            return False
        rejected = await evaluation.rejections_in_force(tx, key.tender, key.lot)
        places = await ledger.indexes_of(tx, [one.entry_id for one in rejected.values()])
        if len(places) < len(rejected):
            return False  # a decision is named by its place in the log: it has none yet
        at = await hall.clock(tx)
        revised = await _revised(tx, box, rejected, places)
        text, n = dump(revised), (box.revised_n or 0) + 1
        entry = await ledger.append(
            tx,
            hall,
            REVISED,
            subject=key.tender,
            actor="hall",
            at=at,
            fields={
                **key._asdict(),
                "n": n,
                "list_sha256": sha256_hex(text),
                "from": box.list_sha256,
            },
        )
        await boxes.mark_revised(
            tx, key, at, n=n, json=text, sha256=sha256_hex(text), entry_id=entry.entry_id
        )
        data: dict[str, Json] = {"n": n, "list": sha256_hex(text), "kept": len(revised.kept_shut)}
        await tell(tx, box, at, REVISED, entry, data)
    return True


async def _revised(
    tx: Tx, box: BoxFacts, rejected: Mapping[str, Rejection], places: Mapping[int, int]
) -> BidList:
    assert box.list_json is not None  # noqa: S101 - a list is revised from that of the closing
    closing = read_list(box.list_json)
    bidders = {one.envelope_id: one.bidder for one in await envelopes.envelopes_in(tx, box.key)}

    def decision(listed: Listed) -> int | None:
        found = rejected.get(bidders[listed.envelope])
        return None if found is None else places[found.entry_id]

    decided = [(one, decision(one)) for one in closing.envelopes]
    return replace(
        closing,
        from_=box.list_sha256,
        envelopes=tuple(one for one, index in decided if index is None),
        kept_shut=tuple(
            KeptShut(envelope=one.envelope, index=one.index, complete=one.complete, decision=index)
            for one, index in decided
            if index is not None
        ),
    )
