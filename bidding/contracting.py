"""The acts on the contract of an awarded lot: what its agency signs, what the winner answers.

What the agency states stands from its own signature on, and says until the winner's answer that
it is one side's word.

Source: Tendering and Bidding Law, art. 46; docs/decisions/0007.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime

from bidding import contract_rules as rules
from bidding import contracts
from bidding.contract import (
    CONTRACT_LIMIT,
    STEPS,
    Agreed,
    Change,
    Contract,
    End,
    Ending,
    Said,
    Stated,
    Statement,
)
from bidding.store import awards, envelopes
from bidding.store import contracts as store
from notary import duty, identity, ledger, signature
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.shape import Fen, dump
from sql.database import Database, Tx
from trading import lawbook
from trading import service as trading
from trading.calendar import local_date
from trading.disputes import said as said_of
from trading.rules.approval import TenderUnknown
from trading.rules.stays import require_going
from trading.types import Notice

STATED = "bidding.contract-stated.v1"
ANSWERED = "bidding.contract-answered.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What an agency reads off the paper. `amount_fen`, `days`: in all.

    `bond_fen`: of a contract alone; `reason`: of a change alone.
    """

    number: str
    signed_on: date
    amount_fen: Fen
    days: int
    bond_fen: Fen | None
    reason: str
    document_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a contract has ended, as an agency says it."""

    ended_on: date
    ending: Ending
    reason: str
    document_sha256: str | None


Stating = Callable[[Database, Hall, Actor, Once, bytes, bytes], Awaitable[Answer]]
"""(database, hall, actor, once, statement JSON, signature): the acts that an agency signs."""


# What the agency states


async def draft_contract(
    database: Database, hall: Hall, actor: Actor, tender: str, lot: str, paper: Paper
) -> Answer:
    """Return the text that says that the contract was signed, for the agency to sign.

    Raises TenderUnknown, NotAwarded, AlreadySigned, ContractDiffers, BondTooHigh, DayWrong.
    """
    async with database.transaction() as tx:
        notice = await _notice(tx, tender, actor.org)
        award, winner, _ = rules.won(await awards.awards_of(tx, tender, lot))
        stated = Contract(
            origin=hall.origin,
            tender=tender,
            lot=lot,
            award_sha256=sha256_hex(award.json),
            bidder=await _bidder(tx, winner),
            number=paper.number,
            signed_on=paper.signed_on,
            amount_fen=paper.amount_fen,
            days=paper.days,
            bond_fen=paper.bond_fen,
            document_sha256=paper.document_sha256,
        )
        await _require_contract(tx, notice, stated, await hall.clock(tx))
    return _text(stated)


async def draft_change(
    database: Database, hall: Hall, actor: Actor, tender: str, lot: str, paper: Paper
) -> Answer:
    """Return the text that says that the contract was changed, for the agency to sign.

    Raises TenderUnknown, ContractUnknown, ContractEnded, SupplementTooHigh, DayWrong.
    """
    async with database.transaction() as tx:
        notice = await _notice(tx, tender, actor.org)
        known = await _known(tx, tender, lot)
        stated = Change(
            origin=hall.origin,
            tender=tender,
            lot=lot,
            before_sha256=sha256_hex(known.stated[-1].json),
            signed_on=paper.signed_on,
            amount_fen=paper.amount_fen,
            days=paper.days,
            reason=paper.reason,
            document_sha256=paper.document_sha256,
        )
        await _require_change(tx, notice, stated, await hall.clock(tx))
    return _text(stated)


async def draft_end(
    database: Database, hall: Hall, actor: Actor, tender: str, lot: str, ended: Ended
) -> Answer:
    """Return the text that says that the contract has ended, for the agency to sign.

    Raises TenderUnknown, ContractUnknown, ContractEnded, DayWrong.
    """
    async with database.transaction() as tx:
        await _notice(tx, tender, actor.org)
        known = await _known(tx, tender, lot)
        stated = End(
            origin=hall.origin,
            tender=tender,
            lot=lot,
            before_sha256=sha256_hex(known.stated[-1].json),
            ended_on=ended.ended_on,
            ending=ended.ending,
            reason=ended.reason,
            document_sha256=ended.document_sha256,
        )
        await _require_end(tx, stated, await hall.clock(tx))
    return _text(stated)


async def sign(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Record that the contract was signed: with the winner, at the price of the award.

    Raises TenderUnknown, TenderHalted, NotAwarded, AlreadySigned, ContractDiffers, BondTooHigh,
    DayWrong, and of the signature CertificateUnknown, CertificateUntrusted, PreparesOnly.
    """
    return await _state(database, hall, actor, once, Contract, json, p7s)


async def change(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Record that the contract was changed, and why.

    Raises ContractUnknown, ContractMoved, ContractEnded, SupplementTooHigh, DayWrong, and of the
    signature as `sign`.
    """
    return await _state(database, hall, actor, once, Change, json, p7s)


async def end(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Record that the contract has ended, and how.

    Raises ContractUnknown, ContractMoved, ContractEnded, DayWrong, and of the signature as `sign`.
    """
    return await _state(database, hall, actor, once, End, json, p7s)


async def _state(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    kind: type[Contract] | type[Change] | type[End],
    json: bytes,
    p7s: bytes,
) -> Answer:
    stated, signed_by = signature.read(kind, json, p7s, hall.origin, limit=CONTRACT_LIMIT)
    tender, lot = stated.tender, stated.lot
    async with database.transaction() as tx:
        held = await trading.hold_tender(tx, tender, "update")
        notice = await _notice(tx, tender, actor.org)
        at = await hall.clock(tx)
        await duty.require_signer(tx, hall, signed_by, org=notice.agency, use=None, at=at)
        if isinstance(stated, Contract):
            require_going(held.facts)
        bidder = await _require(tx, notice, stated, at)
        n = 1 + len(await store.statements_of(tx, tender, lot))
        entry = await ledger.append(
            tx,
            hall,
            STATED,
            subject=tender,
            actor=notice.agency,
            at=at,
            fields={
                "tender": tender,
                "lot": lot,
                "n": n,
                "step": STEPS[kind],
                "bidder": bidder,
                "statement_sha256": sha256_hex(json),
            },
        )
        made = Stated(
            n=n,
            step=STEPS[kind],
            json=json,
            p7s=p7s,
            bidder=bidder,
            at=at,
            entry_id=entry.entry_id,
        )
        await store.insert_statement(tx, tender, lot, made)
        answer: Answer = {
            "tender": tender,
            "lot": lot,
            "n": n,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def _require(tx: Tx, notice: Notice, stated: Statement, at: datetime) -> str:
    """Return the winner's body where the statement may be made now, or refuse."""
    match stated:
        case Contract():
            await _require_contract(tx, notice, stated, at)
            return stated.bidder
        case Change():
            return await _require_change(tx, notice, stated, at)
        case End():
            return await _require_end(tx, stated, at)


async def _require_contract(tx: Tx, notice: Notice, stated: Contract, at: datetime) -> None:
    if await store.statements_of(tx, stated.tender, stated.lot):
        raise rules.AlreadySigned(tender=stated.tender, lot=stated.lot)
    award, winner, price = rules.won(await awards.awards_of(tx, stated.tender, stated.lot))
    law = await lawbook.pinned(tx, notice.rules)
    rules.require_as_awarded(stated, award, await _bidder(tx, winner), price, law)
    rules.require_day(stated.signed_on, since=local_date(award.at), today=local_date(at))


async def _require_change(tx: Tx, notice: Notice, stated: Change, at: datetime) -> str:
    known = await _known(tx, stated.tender, stated.lot)
    rules.require_follows(stated.before_sha256, known)
    rules.require_supplement(known.signed, stated, await lawbook.pinned(tx, notice.rules))
    since = (known.changes[-1] if known.changes else known.signed).signed_on
    rules.require_day(stated.signed_on, since=since, today=local_date(at))
    return known.bidder


async def _require_end(tx: Tx, stated: End, at: datetime) -> str:
    known = await _known(tx, stated.tender, stated.lot)
    rules.require_follows(stated.before_sha256, known)
    since = (known.changes[-1] if known.changes else known.signed).signed_on
    rules.require_day(stated.ended_on, since=since, today=local_date(at))
    return known.bidder


# What the winner says


async def answer(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    lot: str,
    n: int,
    *,
    agreed: bool,
    text: str,
) -> Answer:
    """Say as the winner of statement `n` that it is so, or why not: for all to read, once.

    Raises TenderUnknown, ContractUnknown, NotAParty, ContractAnswered, NothingSaid for a
    dispute without its reason, PreparesOnly.
    """
    text = "" if agreed and not text.strip() else said_of(text)
    async with database.transaction() as tx:
        await trading.hold_published(tx, tender)
        known = await contracts.of_lot(tx, tender, lot)
        if known is None:
            raise rules.ContractUnknown
        if actor.org != known.bidder:
            raise rules.NotAParty
        await identity.require_binding(tx, actor.person)
        at = await hall.clock(tx)
        rules.require_unanswered(known, n)
        entry = await ledger.append(
            tx,
            hall,
            ANSWERED,
            subject=tender,
            actor=actor.person,
            at=at,
            fields={
                "tender": tender,
                "lot": lot,
                "n": n,
                "bidder": known.bidder,
                "agreed": agreed,
                "text_sha256": sha256_hex(text.encode()),
            },
        )
        said = Said(agreed=agreed, text=text, at=at, entry_id=entry.entry_id)
        await store.insert_answer(tx, tender, lot, n, said)
        given: Answer = {
            "tender": tender,
            "lot": lot,
            "n": n,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, given)
        return given


async def _notice(tx: Tx, tender: str, org: str) -> Notice:
    """Return the notice in force of a tender of the agency `org`; others learn nothing."""
    revisions = await trading.revisions(tx, tender)
    if not revisions or org != revisions[-1].notice.agency:
        raise TenderUnknown(tender=tender)
    return revisions[-1].notice


async def _known(tx: Tx, tender: str, lot: str) -> Agreed:
    known = await contracts.of_lot(tx, tender, lot)
    if known is None:
        raise rules.ContractUnknown
    rules.require_running(known)
    return known


async def _bidder(tx: Tx, envelope: str) -> str:
    found = await envelopes.envelope(tx, envelope)
    assert found is not None  # noqa: S101 - an award names an envelope of its box
    return found.bidder


def _text(stated: Statement) -> Answer:
    text = dump(stated)
    return {"json": text.decode(), "sha256": sha256_hex(text)}
