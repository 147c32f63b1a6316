"""The last part of a bid: what makes an envelope take effect that came before some part of its own.

Whoever sends a part, it may be the one that was missing. Parts may follow the manifest until
`parts_by`, which can be after the deadline: what was promised in time stays in time.

Source: `bid-seal/v1` section 7.2.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bidding import rules
from bidding.circumstances import circumstances
from bidding.facts import BoxFacts, BoxKey, Envelope
from bidding.parts import drop_parts
from bidding.refused import as_refusal
from bidding.sealed import seal
from bidding.sealed.objects import Part
from bidding.store import boxes, envelopes
from bidding.types import Finding
from notary import instant, ledger
from notary.acknowledgement import acknowledge, acknowledge_unrecorded
from notary.canonical import Json
from notary.hall import Hall
from notary.ledger import Entry
from notary.once import Answer
from notary.refusal import Refusal
from notary.vault import Vault, VaultAway
from sql.database import Database, Tx
from trading import service as trading

_COMPLETED = "bidding.bid-completed.v1"

_LOOK_SECONDS = 2.0
"""For the first part that gets no answer: who hands a bid in waits ten, and others for its lock."""

log = structlog.get_logger()


class EnvelopeReplaced(Refusal):
    """A later envelope of the same bidder is complete, so that this one counts no more.

    Source: `bid-seal/v1` section 7.2.
    """

    code = "envelope.replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Whether all parts of an accepted envelope are here, and which are not.

    `receipt`: of the entry that made it complete, where that is not the one of its submission.
    """

    complete: bool
    missing: Sequence[str]
    parts_by: datetime
    receipt: Answer | None = None

    @property
    def told(self) -> Answer:
        """What an answer says of it."""
        return {
            "complete": self.complete,
            "missing": list(self.missing),
            "parts_by": instant.seconds(self.parts_by),
            "completed": self.receipt,
        }


async def completed_by(database: Database, hall: Hall, vault: Vault, sha256: str) -> list[Json]:
    """Return the receipts of the envelopes that a part has completed, now or when it came first.

    Raises PartsLate, BoxCancelled and, where a manifest has said another size, TooLarge.
    """
    async with database.statement() as tx:
        named = await envelopes.naming(tx, sha256)
    told: list[Json] = []
    for envelope in named:
        with suppress(
            rules.EnvelopeWithdrawn, EnvelopeReplaced
        ):  # a part may be of another one too
            stood = await complete(database, hall, vault, envelope)
            if stood.receipt is not None:
                told.append({"envelope": envelope, **stood.receipt})
    return told


async def complete_unfinished(database: Database, hall: Hall, vault: Vault) -> None:
    """Let envelopes take effect whose parts were all sent, though nobody asks again.

    The store was away when somebody asked last, or the hall fell between a part and what it ends.
    A store that hangs is asked in no transaction and for one part at a time: nobody waits behind.
    """
    async with database.statement() as tx:
        sent = await envelopes.unfinished(tx)
    for envelope, part in sent:
        try:
            await vault.size(part)
            await complete(database, hall, vault, envelope)
        except VaultAway:
            return
        except Refusal:  # too late, or a part of another size: whoever asks is told
            continue
        except Exception:  # one in trouble holds up no other; which it is, no log says
            log.exception("completing.failed")


async def complete(database: Database, hall: Hall, vault: Vault, envelope_id: str) -> Completeness:
    """Let an accepted envelope take effect if all its parts are here; say whether it has.

    May be repeated. Raises what `completed_by` raises and, where an envelope that is not complete
    was withdrawn or replaced, EnvelopeWithdrawn or EnvelopeReplaced.
    """
    async with database.transaction() as tx:
        known = await envelopes.envelope(tx, envelope_id)
        if known is None:
            raise rules.EnvelopeUnknown
        await _require_running(tx, known)
        box = await boxes.box(tx, known.key)
        assert box is not None  # noqa: S101 - an envelope was accepted for it
        if known.completed_at is None and (absent := await envelopes.absent(tx, envelope_id)):
            return Completeness(complete=False, missing=absent, parts_by=box.parts_by)
        await trading.hold_tender(tx, known.key.tender)
        box = await boxes.box(tx, known.key)  # under the lock: is it closing by now?
        assert box is not None  # noqa: S101 - as above
        # Read after the lock: who waited past the time must not be stamped before it.
        at = await hall.clock(tx)
        held = await envelopes.hold_envelope(tx, envelope_id)
        assert held is not None  # noqa: S101 - none is ever deleted
        stood = await completeness(tx, hall, vault, box, held)
        if stood.complete or stood.missing:
            return stood
        await _require_running(tx, held)
        await _require_in_time(tx, hall, box, held, at)
        entry = await _append(tx, hall, held, at)
        await envelopes.mark_completed(tx, envelope_id, at, entry_id=entry.entry_id)
        receipt = acknowledge(hall, entry, "accepted")
    await drop_replaced(database, vault, held.key, held.bidder, held.seq)
    return replace(stood, complete=True, receipt=receipt)


async def completeness(
    tx: Tx, hall: Hall, vault: Vault, box: BoxFacts, envelope: Envelope
) -> Completeness:
    """Return how an accepted envelope stands; raise TooLarge for a part of another size."""
    if envelope.completed_at is not None:
        receipt = await _receipt(tx, hall, envelope)
        return Completeness(complete=True, missing=(), parts_by=box.parts_by, receipt=receipt)
    missing = await _missing(tx, vault, envelope)
    return Completeness(complete=False, missing=missing, parts_by=box.parts_by)


async def missing_parts(tx: Tx, vault: Vault, parts: Sequence[Part]) -> list[str]:
    """Return which of these parts are not here; raise Finding where one is that has another size.

    A part was hashed and its profile checked when it was uploaded; its row says so. What a store
    that is away cannot be asked about is missing as well: a manifest is in time without it, and
    the same again finds it there.
    """
    checked = await envelopes.hold_parts(tx, [part.sha256 for part in parts])
    missing = [part.sha256 for part in parts]
    with suppress(VaultAway, TimeoutError):
        for part in (one for one in parts if one.sha256 in checked):
            async with asyncio.timeout(_LOOK_SECONDS):
                size = await vault.size(part.sha256)
            if size is not None:
                seal.require_there(part, size)
                missing.remove(part.sha256)
    return missing


async def drop_replaced(
    database: Database, vault: Vault, key: BoxKey, bidder: str, seq: int
) -> None:
    """Delete the parts of what a bidder's envelope of this number has replaced, being complete."""
    async with database.statement() as tx:
        own = await envelopes.envelopes_of_bidder(tx, bidder)
    for one in own:
        if one.key == key and one.seq < seq:
            await drop_parts(database, vault, one.envelope_id)


async def _missing(tx: Tx, vault: Vault, envelope: Envelope) -> list[str]:
    absent = await envelopes.absent(tx, envelope.envelope_id)
    if absent:  # each part that comes asks: the vault is looked into once, with the last one
        return absent
    try:
        return await missing_parts(tx, vault, await envelopes.parts_of(tx, envelope.envelope_id))
    except Finding as finding:
        raise as_refusal(finding) from finding


async def _require_running(tx: Tx, envelope: Envelope) -> None:
    """Refuse to complete what was withdrawn, or replaced by one that is complete."""
    if envelope.completed_at is not None:
        return
    if envelope.withdrawn_at is not None:
        raise rules.EnvelopeWithdrawn
    own = await envelopes.envelopes_of_bidder(tx, envelope.bidder)
    if any(
        one.key == envelope.key and one.seq > envelope.seq and one.completed_at is not None
        for one in own
    ):
        raise EnvelopeReplaced


async def _require_in_time(
    tx: Tx, hall: Hall, box: BoxFacts, envelope: Envelope, at: datetime
) -> None:
    """Refuse a last part that comes too late, with a receipt that says when it came."""
    late = box.closing_at is None and at >= box.parts_by
    held = (await circumstances(tx, box)).interruption(box, at) if late else None
    try:
        rules.require_completing(box, at, held)
    except rules.PartsLate as refusal:
        refusal.facts |= acknowledge_unrecorded(
            hall,
            {
                **_stated(envelope),
                "kind": _COMPLETED,
                "origin": hall.origin,
                "at": instant.micros(at),
                "actor": envelope.bidder,
            },
        )
        raise


async def _append(tx: Tx, hall: Hall, envelope: Envelope, at: datetime) -> Entry:
    return await ledger.append(
        tx,
        hall,
        _COMPLETED,
        subject=envelope.key.tender,
        actor=envelope.bidder,
        at=at,
        fields=_stated(envelope),
        hold=envelope.key.hold,
    )


def _stated(envelope: Envelope) -> dict[str, Json]:
    return {**envelope.key._asdict(), "envelope": envelope.envelope_id}


async def _receipt(tx: Tx, hall: Hall, envelope: Envelope) -> Answer | None:
    """Return the receipt of a completion that was an act of its own, None where it was not."""
    if envelope.completed_entry_id in {None, envelope.entry_id}:
        return None
    assert envelope.completed_entry_id is not None  # noqa: S101 - by the line above
    entry = await ledger.entry_of(tx, envelope.completed_entry_id)
    assert entry is not None  # noqa: S101 - it was stored with its entry
    return acknowledge(hall, entry, "accepted")
