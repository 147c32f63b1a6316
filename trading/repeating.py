"""Tendering again: a tender that ended without an award, copied into a new draft whole.

Source: Tendering and Bidding Law, art. 28; `mission.md`, no step is typed twice.
"""

from notary import ledger, shape
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import notice as notices
from trading.rules import repeats
from trading.rules.approval import DraftMalformed, TenderTaken, TenderUnknown
from trading.store import notices as notice_store
from trading.store import repeats as store
from trading.store import tenders
from trading.types import Drafted, Method

SALT_BYTES = 32


async def repeat(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str, number: str
) -> Answer:
    """Draft a tender that is over again under a new `number`, with everything it had.

    Way back: draft it otherwise, or never publish it. Raises TenderUnknown, NothingToRepeat,
    TenderTaken, DraftMalformed.
    """
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "share")
        if held.agency != actor.org:
            raise TenderUnknown(tender=tender)
        at = await hall.clock(tx)
        repeats.require_repeatable(held.facts, at)
        if await tenders.tender(tx, number) is not None:
            raise TenderTaken(tender=number)
        known = await notice_store.revisions(tx, tender)
        before = await store.draft_of(tx, tender)
        invited = await tenders.invited(tx, tender)
        draft = repeats.repeated(
            known[-1].notice,
            known[0].notice,
            number,
            invited=None if invited is None else invited[0],
            trustees=before.trustees,
            k=before.k,
            now=at,
        )
        try:
            shape.read(type(draft), shape.write(draft))
            notices.require_sound_draft(draft)
        except ValueError as error:
            raise DraftMalformed(why=str(error)) from error
        drafted = Drafted(
            draft=draft,
            agency=actor.org,
            drafted_by=actor.person,
            drafted_at=at,
            invited_salt=hall.entropy(SALT_BYTES) if draft.method is Method.INVITED else None,
        )
        await tenders.save_draft(tx, drafted, actor.branch)
        await store.mark_again(tx, number, tender)
        draft_sha256 = sha256_hex(shape.dump(draft))
        entry = await ledger.append(
            tx,
            hall,
            "trading.drafted.v1",
            subject=number,
            actor=actor.person,
            at=at,
            fields={"tender": number, "draft_sha256": draft_sha256},
        )
        answer: Answer = {
            "tender": number,
            "draft_sha256": draft_sha256,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def chain(tx: Tx, tender: str) -> tuple[str | None, str | None]:
    """Return the tender that this one repeats, and the published one that repeats it."""
    return await store.again_of(tx, tender), await store.repeated_as(tx, tender)
