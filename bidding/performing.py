"""The acts on milestones of a contract: planned by the agency's side, reported by either, answered.

A milestone is reached when both sides say so. Nothing is refused for being late.

Source: docs/decisions/0007; Tendering and Bidding Law, art. 48.
"""

from dataclasses import dataclass
from datetime import date, datetime

from bidding import contract_rules as rules
from bidding import contracts
from bidding.contract import Agreed, Due, Milestone, Report, Said
from bidding.store import contracts as store
from notary import identity, ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.ledger import Entry
from notary.once import Answer, Once
from notary.shape import Fen
from sql.database import Database, Tx
from trading import service as trading
from trading.calendar import local_date
from trading.disputes import said as said_of

PLANNED = "bidding.milestone-planned.v1"
REPORTED = "bidding.milestone-reported.v1"
ANSWERED = "bidding.milestone-answered.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is due when. `milestone`: which one is planned anew, None for a new one."""

    milestone: int | None
    what: Due
    title: str
    due_on: date
    amount_fen: Fen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A running contract under the lock of its tender, and the side that acts."""

    contract: Agreed
    side: frozenset[str]
    at: datetime


async def plan(
    database: Database, hall: Hall, actor: Actor, once: Once, tender: str, lot: str, plan: Plan
) -> Answer:
    """Say what is due when; way back: plan it anew, until one side reports it.

    Raises TenderUnknown, ContractUnknown, ContractEnded, NotAParty, DayWrong for a day before the
    contract, AmountOfPayment, MilestoneUnknown, MilestoneReported, PreparesOnly.
    """
    rules.require_amount(plan.what, plan.amount_fen)
    async with database.transaction() as tx:
        held = await _hold(tx, hall, actor, tender, lot)
        if held.contract.bidder in held.side:
            raise rules.NotAParty
        rules.require_due(plan.due_on, held.contract.signed.signed_on)
        milestone, n = _place(held.contract, plan.milestone)
        said: dict[str, Json] = {
            "milestone": milestone,
            "n": n,
            "what": plan.what,
            "due_on": plan.due_on.isoformat(),
            "fen": None if plan.amount_fen is None else str(plan.amount_fen),
            "text_sha256": sha256_hex(plan.title.encode()),
        }
        entry = await _append(tx, hall, actor, held, PLANNED, said)
        planned = Milestone(
            milestone=milestone,
            revision=n,
            what=plan.what,
            title=plan.title,
            due_on=plan.due_on,
            amount_fen=plan.amount_fen,
            at=held.at,
            entry_id=entry.entry_id,
        )
        await store.insert_milestone(tx, tender, lot, planned)
        return await _answered(tx, hall, once, held, milestone, entry)


async def report(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    lot: str,
    milestone: int,
    *,
    done_on: date,
    text: str,
) -> Answer:
    """Report a milestone reached, as one side; the other acknowledges or disputes it.

    Raises TenderUnknown, ContractUnknown, ContractEnded, NotAParty, MilestoneUnknown,
    MilestoneReported, DayWrong, PreparesOnly.
    """
    text = _optional(text)
    async with database.transaction() as tx:
        held = await _hold(tx, hall, actor, tender, lot)
        planned = rules.milestone_of(held.contract, milestone)
        rules.require_unreported(planned)
        signed_on = held.contract.signed.signed_on
        rules.require_day(done_on, since=signed_on, today=local_date(held.at))
        n = 1 + len(planned.reports)
        said: dict[str, Json] = {
            "milestone": milestone,
            "n": n,
            "org": actor.org,
            "done_on": done_on.isoformat(),
            "text_sha256": sha256_hex(text.encode()),
        }
        entry = await _append(tx, hall, actor, held, REPORTED, said)
        made = Report(
            n=n, org=actor.org, done_on=done_on, text=text, at=held.at, entry_id=entry.entry_id
        )
        await store.insert_report(tx, tender, lot, milestone, made)
        return await _answered(tx, hall, once, held, milestone, entry)


async def answer(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    lot: str,
    milestone: int,
    *,
    agreed: bool,
    text: str,
) -> Answer:
    """Acknowledge what the other side reported, or say why it is not so.

    Raises TenderUnknown, ContractUnknown, ContractEnded, NotAParty, MilestoneUnknown, OwnReport,
    ContractAnswered, NothingSaid for a dispute without its reason, PreparesOnly.
    """
    text = _optional(text) if agreed else said_of(text)
    async with database.transaction() as tx:
        held = await _hold(tx, hall, actor, tender, lot)
        known = rules.milestone_of(held.contract, milestone)
        n = rules.require_answerable(known, held.side).n
        said: dict[str, Json] = {
            "milestone": milestone,
            "n": n,
            "org": actor.org,
            "agreed": agreed,
            "text_sha256": sha256_hex(text.encode()),
        }
        entry = await _append(tx, hall, actor, held, ANSWERED, said)
        word = Said(agreed=agreed, text=text, at=held.at, entry_id=entry.entry_id)
        await store.insert_report_answer(tx, tender, lot, milestone, n, word)
        return await _answered(tx, hall, once, held, milestone, entry)


def _optional(text: str) -> str:
    """Return what was said, which may be nothing."""
    return said_of(text) if text.strip() else ""


def _place(contract: Agreed, milestone: int | None) -> tuple[int, int]:
    """Return the number of a milestone and of its plan: a new one, or the next of an old one."""
    if milestone is None:
        return 1 + max((one.milestone for one in contract.milestones), default=0), 1
    known = rules.milestone_of(contract, milestone)
    if known.reports:
        raise rules.MilestoneReported
    return milestone, known.revision + 1


async def _hold(tx: Tx, hall: Hall, actor: Actor, tender: str, lot: str) -> _Held:
    """Hold the tender and return its lot's running contract, to one of the two sides."""
    held = await trading.hold_published(tx, tender)
    contract = await contracts.of_lot(tx, tender, lot)
    if contract is None:
        raise rules.ContractUnknown
    sides = (frozenset({held.agency, held.purchaser}), frozenset({contract.bidder}))
    side = next((one for one in sides if actor.org in one), None)
    if side is None:
        raise rules.NotAParty
    rules.require_running(contract)
    await identity.require_binding(tx, actor.person)
    return _Held(contract=contract, side=side, at=await hall.clock(tx))


async def _append(
    tx: Tx, hall: Hall, actor: Actor, held: _Held, kind: str, said: dict[str, Json]
) -> Entry:
    signed = held.contract.signed
    return await ledger.append(
        tx,
        hall,
        kind,
        subject=signed.tender,
        actor=actor.person,
        at=held.at,
        fields={
            "tender": signed.tender,
            "lot": signed.lot,
            "bidder": signed.bidder,
            **said,
        },
    )


async def _answered(
    tx: Tx, hall: Hall, once: Once, held: _Held, milestone: int, entry: Entry
) -> Answer:
    answer: Answer = {
        "tender": held.contract.signed.tender,
        "lot": held.contract.signed.lot,
        "milestone": milestone,
        **acknowledge(hall, entry, "accepted"),
    }
    await once.keep(tx, answer)
    return answer
