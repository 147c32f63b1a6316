"""A bidder's own envelopes in a tender, for it alone: what stands on its receipt and at its desk.

Nobody else may see any of it before the opening; `standing` is what everybody sees.

Source: `bid-seal/v1` section 7.
"""

from dataclasses import dataclass
from enum import StrEnum

from bidding.facts import BoxKey, Envelope
from bidding.sealed import seal
from bidding.sealed.objects import Core
from bidding.store import boxes, envelopes
from notary import instant, ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json
from notary.hall import Hall
from notary.once import Answer
from sql.database import Database, Tx
from trading import service as trading
from trading.types import Published


class Counts(StrEnum):
    """What became of an envelope, as its bidder sees it."""

    SEALED = "sealed"  # it counts
    INCOMPLETE = "incomplete"  # the hall waits for parts of it
    VOIDED = "voided"  # an amendment asks for another one
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"  # by a later one that is complete


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One envelope of one's own. `missing`: hashes of parts that the hall has not got yet.

    `receipt`: the hall's signed word that it came, as it was given then; `completion`: that its
    last part came, where that was an act of its own.
    """

    envelope: Envelope
    core: Core
    counts: Counts
    missing: tuple[str, ...]
    receipt: Answer
    completion: Answer | None

    @property
    def key(self) -> BoxKey:
        """The box that it is in."""
        return self.envelope.key

    @property
    def is_live(self) -> bool:
        """Whether it can still be replaced or withdrawn with effect."""
        return self.counts not in {Counts.WITHDRAWN, Counts.REPLACED}


async def of_body(database: Database, hall: Hall, bidder: str) -> Answer:
    """Return every envelope of a body with its receipts, the newest first."""
    async with database.transaction() as tx:
        found = await envelopes.envelopes_of_bidder(tx, bidder)
        known = {
            tender: await trading.revisions(tx, tender)
            for tender in {one.key.tender for one in found}
        }
        own = [await _own(tx, hall, one, found, known[one.key.tender]) for one in reversed(found)]
    return {"receipts": [_told(one) for one in own]}


def _told(one: Own) -> dict[str, Json]:
    sent = one.envelope
    return {
        **sent.key._asdict(),
        "envelope": sent.envelope_id,
        "seq": sent.seq,
        "supersedes": sent.supersedes,
        "counts": one.counts,
        "missing": list(one.missing),
        "received_at": instant.micros(sent.received_at),
        "completed_at": None if sent.completed_at is None else instant.micros(sent.completed_at),
        "withdrawn_at": None if sent.withdrawn_at is None else instant.micros(sent.withdrawn_at),
        **one.receipt,
        "completed": one.completion,
    }


async def of_bidder(database: Database, hall: Hall, bidder: str, tender: str) -> list[Own]:
    """Return the envelopes of one bidder in a tender, the newest first."""
    async with database.transaction() as tx:
        known = await trading.revisions(tx, tender)
        found = [
            one
            for one in await envelopes.envelopes_of_bidder(tx, bidder)
            if one.key.tender == tender
        ]
        return [await _own(tx, hall, one, found, known) for one in reversed(found)]


async def _own(
    tx: Tx, hall: Hall, one: Envelope, all_: list[Envelope], known: list[Published]
) -> Own:
    core = seal.read_manifest(one.seal_json).core
    held = await envelopes.hold_parts(tx, [part.sha256 for part in core.parts])
    entry = await ledger.entry_of(tx, one.entry_id)
    assert entry is not None  # noqa: S101 - an envelope is inserted with its entry
    box = await boxes.box(tx, one.key)
    assert box is not None  # noqa: S101 - an envelope is in a box
    replaced = any(
        later.key == one.key
        and later.seq > one.seq
        and later.received_at < box.deadline
        and later.completed_at is not None
        and later.completed_at < box.parts_by
        for later in all_
    )
    if one.withdrawn_at is not None:
        counts = Counts.WITHDRAWN
    elif replaced:
        counts = Counts.REPLACED
    elif seal.is_voided(core, known):
        counts = Counts.VOIDED
    elif one.completed_at is None:
        counts = Counts.INCOMPLETE
    else:
        counts = Counts.SEALED
    missing = [part.sha256 for part in core.parts if part.sha256 not in held]
    completion = None
    if one.completed_entry_id not in {None, one.entry_id}:
        last = await ledger.entry_of(tx, one.entries[-1])
        assert last is not None  # noqa: S101 - it was stored with its entry
        completion = acknowledge(hall, last, "accepted")
    return Own(
        envelope=one,
        core=core,
        counts=counts,
        missing=tuple(missing) if counts is Counts.INCOMPLETE else (),
        receipt=acknowledge(hall, entry, "accepted"),
        completion=completion,
    )
