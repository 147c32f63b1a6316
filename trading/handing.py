"""Handing a draft over: the agency says that it is ready for the purchaser to approve.

It bars nothing: approving is the purchaser's word over the notice itself. It keeps half-written
drafts off the purchaser's desk. A draft that is changed afterwards is another one, and is handed
over again. A purchaser who does not approve hands it back with a note of what is to be changed.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from notary import ledger, shape
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.refusal import Refusal
from sql.database import Database
from trading.amendments import HandedBack
from trading.disputes import said
from trading.rules import approval, phases
from trading.store import handovers, tenders
from trading.types import Draft, Drafted, Tender


class HandedOver(Refusal):
    """The purchaser has this very draft already.

    Source: `architecture.md`, Who: the agency drafts, another person approves.
    """

    code = "draft.handed_over"


class WasHandedBack(Refusal):
    """The purchaser handed this very draft back: it is changed before it is handed over again.

    Source: `architecture.md`, Who: the agency drafts, another person approves.
    """

    code = "draft.handed_back"


class NotHandedOver(Refusal):
    """The draft is not with the purchaser as it stands, so it cannot be handed back.

    Source: `architecture.md`, Who: the agency drafts, another person approves.
    """

    code = "draft.not_handed_over"


async def hand_over(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str
) -> Answer:
    """Hand a draft as it stands to its purchaser.

    Way back: draft again. Raises TenderUnknown, AlreadyPublished, HandedOver, WasHandedBack.
    """
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        phases.require_draft(held.facts, at)
        drafted = await tenders.drafted(tx, tender)
        if drafted is None or drafted.agency != actor.org:
            raise approval.TenderUnknown(tender=tender)
        draft_sha256 = hash_of(drafted.draft)
        if not await handovers.insert(tx, tender, draft_sha256, actor.person, at):
            if (tender, draft_sha256) in await handovers.backs_of(tx, [tender]):
                raise WasHandedBack(tender=tender)
            raise HandedOver(tender=tender)
        await ledger.append(
            tx,
            hall,
            "trading.draft-handed-over.v1",
            subject=tender,
            actor=actor.person,
            at=at,
            fields={"tender": tender, "draft_sha256": draft_sha256},
        )
        answer: Answer = {"tender": tender, "draft_sha256": draft_sha256}
        await once.keep(tx, answer)
        return answer


async def hand_back(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str, note: str
) -> Answer:
    """Hand a draft back to its agency, with what is to be changed, instead of approving it.

    Way back: approve it all the same. Raises TenderUnknown, AlreadyPublished, NotHandedOver,
    NothingSaid.
    """
    note = said(note)
    async with database.transaction() as tx:
        held = await tenders.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        phases.require_draft(held.facts, at)
        drafted = await tenders.drafted(tx, tender)
        if drafted is None or drafted.draft.purchaser != actor.org:
            raise approval.TenderUnknown(tender=tender)
        draft_sha256 = hash_of(drafted.draft)
        if (tender, draft_sha256) not in await handovers.of_tenders(tx, [tender]):
            raise NotHandedOver(tender=tender)
        await handovers.insert_back(tx, tender, draft_sha256, note, actor.person, at)
        await ledger.append(
            tx,
            hall,
            "trading.draft-handed-back.v1",
            subject=tender,
            actor=actor.person,
            at=at,
            fields={
                "tender": tender,
                "draft_sha256": draft_sha256,
                "note_sha256": sha256_hex(note.encode()),
            },
        )
        answer: Answer = {"tender": tender, "draft_sha256": draft_sha256}
        await once.keep(tx, answer)
        return answer


async def handed_back(database: Database, drafts: Collection[Drafted]) -> Mapping[str, HandedBack]:
    """Return which of these drafts were handed back as they stand now, and why."""
    wanted = {str(one.draft.tender): hash_of(one.draft) for one in drafts}
    async with database.transaction() as tx:
        found = await handovers.backs_of(tx, list(wanted))
    return {tender: back for (tender, sha256), back in found.items() if wanted[tender] == sha256}


async def handed_over(database: Database, drafts: Collection[Drafted]) -> Mapping[str, datetime]:
    """Return which of these drafts are with their purchasers as they stand now, and since when."""
    wanted = {str(one.draft.tender): hash_of(one.draft) for one in drafts}
    async with database.transaction() as tx:
        found = await handovers.of_tenders(tx, list(wanted))
    return {tender: at for (tender, sha256), at in found.items() if wanted[tender] == sha256}


async def models_of(database: Database, actor: Actor, *, take: int) -> list[Draft]:
    """Return the newest drafts of the actor's body, published ones too: to begin another with."""
    async with database.transaction() as tx:
        return await handovers.made_by(tx, actor.org, take)


async def tenders_of(database: Database, actor: Actor, *, take: int) -> list[Tender]:
    """Return the newest published tenders of the actor's body, as their agency or purchaser."""
    async with database.transaction() as tx:
        return await handovers.published_of(tx, actor.org, take)


def hash_of(draft: Draft) -> str:
    """Return the hash by which entries name a draft."""
    return sha256_hex(shape.dump(draft))
