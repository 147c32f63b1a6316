"""From the deadline to the asking for shares: each act of the clerk, on a locked box.

Each does its step if it is still due once the box is locked, and says whether it was.

Source: `bid-seal/v1` section 8.1 and 8.2.
"""

from collections.abc import AsyncIterator

from bidding.circumstances import circumstances
from bidding.facts import BoxFacts
from bidding.judging import listed
from bidding.keys import box_of
from bidding.look import Look, bid, tell
from bidding.lots import tell_if_over
from bidding.sealed.statements import BidList, Listed
from bidding.store import boxes, envelopes
from bidding.types import EnvelopeId
from notary import instant, ledger, rooms
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.shape import dump
from notary.vault import Vault
from sql.database import Database, Tx
from trading import service as trading
from trading.types import Stage

DEADLINE_PASSED = "bidding.deadline-passed.v1"
"""First event of an opening room. A fact of the clock: it has no entry of its own."""


async def close(database: Database, hall: Hall, look: Look) -> bool:
    """Let nobody in any more, and let the held entries of box and tender into the log."""
    key = look.box.key
    async with database.transaction() as tx:
        # Lock order: tender, lot, box. Submissions hold the tender FOR SHARE: none is under way.
        await trading.hold_tender(tx, key.tender, "update")
        box = await boxes.take_box(tx, key)
        if box is None or box != look.box:  # the times were moved, or the tender has ended since
            return False
        at = await hall.clock(tx)
        around = await circumstances(tx, box)
        # A revision, an objection or a look at the heartbeat may have come since the look.
        held_up = around.suspended_since is not None or around.interruption(box, at) is not None
        if at < box.parts_by or held_up:
            return False
        await boxes.mark_closing(tx, key, at)
        await ledger.release_held(tx, key.hold)
        await ledger.release_held(tx, key.tender)
        await rooms.tell(
            tx,
            box.room,
            at=at,
            kind=DEADLINE_PASSED,
            data={"deadline": instant.seconds(box.deadline)},
        )
    return True


async def keep_lists(hall: Hall, vault: Vault) -> None:
    """Keep the revocation lists of this moment: the closing list names them, a record shows them.

    Before `make_list`, so that no list names what is not there.
    """
    lists, digest = hall.authorities.crls_pem, hall.authorities.crls_sha256
    if lists is not None and digest is not None:
        await vault.put(digest, _one_chunk(lists), limit=len(lists))


async def _one_chunk(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def make_list(database: Database, hall: Hall, look: Look) -> bool:
    """Make the closing list of what stands in the log before it, and append `box-closed`."""
    key = look.box.key
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        if box is None or box != look.box:  # set aside, or the tender has ended since
            return False
        at = await hall.clock(tx)
        closing = dump(await _closing_list(tx, hall, box))
        entry = await ledger.append(
            tx,
            hall,
            "bidding.box-closed.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={**key._asdict(), "closing": box.closing, "list_sha256": sha256_hex(closing)},
        )
        await boxes.mark_closed(
            tx,
            key,
            at,
            list_json=closing,
            list_sha256=sha256_hex(closing),
            entry_id=entry.entry_id,
        )
        await tell(tx, box, at, "bidding.box-closed.v1", entry, {"list": sha256_hex(closing)})
    return True


async def _closing_list(tx: Tx, hall: Hall, box: BoxFacts) -> BidList:
    counted = await envelopes.counted(tx, box.key)
    places = await ledger.indexes_of(tx, [entry for one in counted for entry in one.entries])
    notice = (await trading.revisions(tx, box.key.tender))[-1]
    of = box_of(hall, box.key)
    return BidList(
        origin=of.origin,
        tender=of.tender,
        lot=of.lot,
        stage=box.key.stage,
        notice_sha256=notice.notice_sha256,
        deadline=box.deadline,
        from_=None,
        crls_sha256=hall.authorities.crls_sha256,
        envelopes=tuple(
            Listed(
                envelope=EnvelopeId(one.envelope_id),
                index=places[one.entry_id],
                complete=places[one.entries[-1]],
            )
            for one in counted
        ),
        kept_shut=(),
    )


async def leave_shut(database: Database, hall: Hall, look: Look) -> bool:
    """Nothing is opened: the envelopes stay shut, and the lot is announced again."""
    key, why = look.box.key, _why_shut(look)
    async with database.transaction() as tx:
        await trading.hold_tender(tx, key.tender, "update")
        box = await boxes.take_box(tx, key)
        if box is None or box != look.box:  # set aside, or the tender has ended since
            return False
        at = await hall.clock(tx)
        if (await circumstances(tx, box)).stay(at) is not None:
            return False
        entry = await ledger.append(
            tx,
            hall,
            "bidding.box-not-opened.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={**key._asdict(), "closing": box.closing, "why": why},
        )
        await boxes.mark_not_opened(tx, key, at)
        await tell_if_over(tx, (await trading.revisions(tx, key.tender))[-1].notice, at)
        data: dict[str, Json] = {"why": why, "needs": box.min_envelopes}
        await tell(tx, box, at, "bidding.box-not-opened.v1", entry, data)
    return True


def _why_shut(look: Look) -> str:
    """Return the rule by which a box stays shut."""
    if look.progress.listed < look.box.min_envelopes:
        return "tender.min_bidders"
    if look.box.after is Stage.QUALIFICATION:
        return "tender.min_prequalified"
    return "tender.earlier_stage"


async def ask(database: Database, hall: Hall, look: Look) -> bool:
    """Ask for shares: from here on the list and its bidders are public."""
    key = look.box.key
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        if box is None or box != look.box or box.in_force is None:
            return False  # done, set aside, or the tender has ended since
        at = await hall.clock(tx)
        if (await circumstances(tx, box)).stay(at) is not None:
            return False
        entry = await ledger.append(
            tx,
            hall,
            "bidding.shares-asked.v1",
            subject=key.tender,
            actor="hall",
            at=at,
            fields={**key._asdict(), "list_sha256": box.in_force.sha256},
        )
        await boxes.mark_asked(tx, key, at, entry_id=entry.entry_id)
        places: dict[str, int] = {one.envelope: one.index for one in listed(box).envelopes}
        rows = [one for one in await envelopes.envelopes_in(tx, key) if one.envelope_id in places]
        rows.sort(key=lambda one: places[one.envelope_id])
        data: dict[str, Json] = {
            "list": [await bid(tx, one) for one in rows],
            "release_by": instant.seconds(box.release_by),
        }
        await tell(tx, box, at, "bidding.shares-asked.v1", entry, data)
    return True
