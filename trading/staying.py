"""What supervision holds up, as facts of a tender: read, and written in the act's transaction.

The acts are `bidding.supervising`'s, which tells the rooms; whether they may be done is decided by
`trading.rules.stays`.
"""

from collections.abc import Collection
from datetime import datetime

from sql.database import Database, Tx
from trading.rules import stays
from trading.rules.approval import TenderUnknown
from trading.rules.stays import Stay, StayReason
from trading.store import stays as store
from trading.store import tenders
from trading.store.stays import AskedHalt as AskedHalt  # noqa: PLC0414 - callers take it here
from trading.store.stays import Halt as Halt  # noqa: PLC0414 - callers take it here
from trading.types import Tender


async def read(tx: Tx, tender: str) -> Tender:
    """Return a tender, unlocked, or raise TenderUnknown."""
    found = await tenders.tender(tx, tender)
    if found is None:
        raise TenderUnknown(tender=tender)
    return found


async def read_all(tx: Tx, names: Collection[str]) -> dict[str, Tender]:
    """Return these tenders, unlocked, by id."""
    return await tenders.tenders(tx, names)


async def pause(tx: Tx, held: Tender, at: datetime, *, until: datetime, reason: StayReason) -> int:
    """Write a pause of a tender that is held, and return which of its pauses this is."""
    n = held.facts.pauses + 1
    await store.mark_paused(tx, held.facts.tender_id, at, until=until, reason=reason, n=n)
    return n


async def ask_halt(
    tx: Tx, held: Tender, at: datetime, *, reason: StayReason, person: str, org: str
) -> None:
    """Note a halt that one person asks for. Raises HaltAsked."""
    tender = held.facts.tender_id
    if await store.asked_halt(tx, tender) is not None:
        raise stays.HaltAsked(tender=tender)
    asked = AskedHalt(tender=tender, reason=reason, asked_by=person, asked_org=org, asked_at=at)
    await store.insert_asked(tx, asked)


async def approve_halt(tx: Tx, held: Tender, at: datetime, *, person: str) -> AskedHalt:
    """Write the halt that another person asked for. Raises HaltNotAsked, OwnHalt."""
    tender = held.facts.tender_id
    asked = await store.asked_halt(tx, tender)
    if asked is None:
        raise stays.HaltNotAsked(tender=tender)
    if asked.asked_by == person:
        raise stays.OwnHalt(tender=tender)
    await store.mark_halted(tx, tender, at, reason=asked.reason)
    await store.drop_asked(tx, tender)
    return asked


async def keep_halt(
    tx: Tx, asked: AskedHalt, at: datetime, *, person: str, org: str, entry_id: int
) -> None:
    """Keep who asked for a halt and who approved it, whatever becomes of the tender."""
    halt = Halt(
        tender=asked.tender,
        reason=asked.reason,
        asked_by=asked.asked_by,
        asked_org=asked.asked_org,
        asked_at=asked.asked_at,
        approved_by=person,
        approved_org=org,
        halted_at=at,
    )
    await store.insert_halt(tx, halt, entry_id)


async def halts(tx: Tx, tender: str) -> list[Halt]:
    """Return the halts of a tender with both persons, the newest first."""
    return await store.halts(tx, tender)


async def drop_halt(tx: Tx, held: Tender) -> None:
    """Forget a halt that is wanted no more. Raises HaltNotAsked."""
    tender = held.facts.tender_id
    if await store.asked_halt(tx, tender) is None:
        raise stays.HaltNotAsked(tender=tender)
    await store.drop_asked(tx, tender)


async def resume(tx: Tx, held: Tender, at: datetime) -> Stay:
    """Lift what holds a tender up, and return what it was. Raises NothingStayed."""
    lifted = stays.require_stayed(held.facts, at)
    await store.mark_resumed(tx, held.facts.tender_id)
    return lifted


async def asked_halts(database: Database, names: list[str]) -> dict[str, AskedHalt]:
    """Return the halts of these tenders that wait for the second person."""
    async with database.transaction() as tx:
        return {one.tender: one for one in await store.asked_halts(tx, names)}
