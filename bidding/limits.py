"""Secret limits: opened by the agency's duty client after the closing, before any price is.

A notice is bound to a limit by a commitment. It counts only if it is opened once the list that is
asked for stands and before shares are asked for: later it could be chosen after the prices. One
that stays shut until the asking waits no longer is no limit, for good, and an entry says so.

Source: `sealing.md` 3, limits; 6a.4; 8.2.
"""

from dataclasses import dataclass
from datetime import datetime

from bidding import grounds, ranking
from bidding.facts import BoxFacts, BoxKey, LimitOpened
from bidding.look import Look, tell, unopened_limits
from bidding.steps import gate_ends
from bidding.store import boxes
from bidding.store import limits as store
from notary import ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json
from notary.hall import Hall
from notary.identity import Actor
from notary.ledger import Entry
from notary.once import Answer, Once
from notary.shape import Fen
from sql.database import Database, Tx
from trading import notice as notices
from trading import service as trading
from trading.rules.approval import TenderUnknown
from trading.types import Limit

OPENED = "trading.limit-opened.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A limit that its agency has to open now, of the box with the price.

    `until`: the asking waits no longer.
    """

    box: BoxKey
    limit: Limit
    until: datetime


async def wanted(database: Database, actor: Actor) -> list[Wanted]:
    """Return the limits that the actor's body, as an agency, has to open now."""
    found: list[Wanted] = []
    async with database.transaction() as tx:
        for box in await boxes.to_be_asked(tx):
            *_, newest = await trading.revisions(tx, box.key.tender)
            if newest.notice.agency == actor.org and box.in_force is not None:
                found += [
                    Wanted(box=box.key, limit=limit, until=gate_ends(box))
                    for limit in await unopened_limits(tx, box)
                ]
    return found


async def open_limit(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    lot: str,
    *,
    name: str,
    fen: Fen,
    salt: bytes,
) -> Answer:
    """Open a limit that the notice is bound to; the same amount again gets its first receipt.

    Raises TenderUnknown, LimitUnknown, LimitNotNow, LimitNotGood.
    """
    async with database.transaction() as tx:
        box, bound = await _bound(tx, tender, lot, actor.org, name)
        before = (await store.opened_of(tx, tender, lot)).get(name)
        if before is not None and (before.fen, before.salt) == (fen, salt.hex()):
            entry = await ledger.entry_of(tx, before.entry_id)
            assert entry is not None  # noqa: S101 - it was stored with its entry
        else:
            at = await hall.clock(tx)
            if before is not None or box.in_force is None or box.asked_at is not None:
                raise grounds.LimitNotNow(tender=tender, lot=lot, limit=name)
            if ranking.limit_commitment(name, salt, fen) != bound.commit:
                raise grounds.LimitNotGood(tender=tender, lot=lot, limit=name)
            entry = await _enter(tx, hall, box, name, actor.org, at, opened=(fen, salt.hex()))
        answer = acknowledge(hall, entry, "accepted")
        await once.keep(tx, answer)
        return answer


async def forfeit(database: Database, hall: Hall, look: Look) -> bool:
    """Enter of every limit that is still shut that it is none; the asking waits no longer."""
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, look.box.key)
        if box is None or box != look.box:  # set aside or asked for since the look
            return False
        at = await hall.clock(tx)
        shut = await unopened_limits(tx, box)
        for limit in shut:
            await _enter(tx, hall, box, limit.name, "hall", at, opened=None)
    return bool(shut)


async def _bound(tx: Tx, tender: str, lot: str, org: str, name: str) -> tuple[BoxFacts, Limit]:
    """Lock the box with the price of a lot, for its agency; return the limit by this name too."""
    revisions = await trading.revisions(tx, tender)
    if not revisions or revisions[-1].notice.agency != org:
        raise TenderUnknown(tender=tender)
    terms = notices.lot_of(revisions[-1].notice, lot)
    stage = None if terms is None else ranking.priced(terms)
    box = None if stage is None else await boxes.hold_box(tx, BoxKey(tender, lot, stage))
    limit = None if terms is None else next((one for one in terms.limits if one.name == name), None)
    if box is None or limit is None:
        raise grounds.LimitUnknown(tender=tender, lot=lot, limit=name)
    return box, limit


async def _enter(
    tx: Tx,
    hall: Hall,
    box: BoxFacts,
    name: str,
    actor: str,
    at: datetime,
    *,
    opened: tuple[Fen, str] | None,
) -> Entry:
    """Append what became of a limit, store it, and tell the room; None: it is no limit."""
    fen, salt = (None, None) if opened is None else opened
    said: dict[str, Json] = {"name": name, "fen": None if fen is None else str(fen)}
    entry = await ledger.append(
        tx,
        hall,
        OPENED,
        subject=box.key.tender,
        actor=actor,
        at=at,
        fields={"tender": box.key.tender, "lot": box.key.lot, "salt": salt, **said},
    )
    limit = LimitOpened(name=name, fen=fen, salt=salt, at=at, entry_id=entry.entry_id)
    await store.insert(tx, box.key.tender, box.key.lot, limit)
    await tell(tx, box, at, OPENED, entry, said)
    return entry
