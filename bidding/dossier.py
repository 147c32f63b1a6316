"""What clients check before they act: a bidder's before it seals, a trustee's before it releases.

Everything in it is signed or proved by others; a client believes none of it on the hall's word.

Source: `bid-seal/v1` sections 6.4 and 8.3.
"""

import base64

from cryptography.hazmat.primitives.serialization import Encoding

from bidding import rules
from bidding.circumstances import circumstances
from bidding.clients.staged import FINISHED
from bidding.facts import BoxFacts, BoxKey, Envelope
from bidding.judging import listed
from bidding.keys import box_of
from bidding.sealed.index import PIECE_SIZE
from bidding.sealed.objects import TrusteeKey
from bidding.sealed.seal import PARTS_MOST
from bidding.store import boxes, envelopes, trustees, watched
from notary import disclosure, duty, instant, ledger, note, policy, published
from notary.canonical import Json
from notary.entry import kind
from notary.hall import Hall
from notary.once import Answer
from notary.refusal import Refusal
from notary.shape import load
from sql.database import Database, Tx
from trading import service as trading


class BoxNotOpened(Refusal):
    """Too few bids came, or the stage before did not go on: the box stays shut for good.

    Source: Regulation on the Tendering and Bidding Law, art. 44.
    """

    code = "box.not_opened"
    article = "招标投标法实施条例 44"


async def for_sealing(database: Database, key: BoxKey) -> Answer:
    """Return what a bid is sealed to: notices, policies, trustees' keys and duty statements.

    Raises BoxUnknown, BoxCancelled.
    """
    async with database.transaction() as tx:
        box = await _box(tx, key)
        if box.cancelled_at is not None:
            raise rules.BoxCancelled(cancelled=box.cancelled_at.isoformat())
        return await _sealed_to(tx, key)


async def for_page(database: Database, hall: Hall, key: BoxKey, bidder: str | None) -> Answer:
    """Return all that a page which seals a bid has to know, in one answer.

    Beside what a bid is sealed to: by whose word certificates are good, the log's key and policy,
    the time, what a bid may hold, and where the next envelope of `bidder` stands. Raises
    BoxUnknown, BoxCancelled.
    """
    async with database.transaction() as tx:
        box = await _box(tx, key)
        at = await hall.clock(tx)
        if box.cancelled_at is not None:
            raise rules.BoxCancelled(cancelled=box.cancelled_at.isoformat())
        first = await ledger.entry_at(tx, 0)
        newest = (await trading.revisions(tx, key.tender))[-1].notice
        crls, place = hall.authorities.crls_pem, box_of(hall, key)
        return {
            **await _sealed_to(tx, key),
            "box": {"origin": place.origin, **key._asdict()},
            "room": box.room,
            "phase": (await circumstances(tx, box)).phase(box, at),
            "time": instant.micros(at),
            "log": _log(hall, "" if first is None else str(first.fields["vkey"])),
            "certificate": hall.certificate.public_bytes(Encoding.PEM).decode(),
            "authorities": {
                "roots": hall.authorities.roots_pem.decode(),
                "crls": None if crls is None else crls.decode(),
            },
            "limits": {
                "max_bytes": box.max_bytes,
                "parts": PARTS_MOST,
                "piece_bytes": PIECE_SIZE,
            },
            "channels": [
                {"name": one.name, "url": one.url, "cert_sha256": one.cert_sha256}
                for one in newest.channels
            ],
            "bidder": None
            if bidder is None
            else {"id": bidder, "sequence": await _sequence(tx, bidder, key)},
        }


async def place_in_sequence(database: Database, bidder: str, key: BoxKey) -> Answer:
    """Return what the bidder's next envelope in a box must say: seq, and what it supersedes."""
    async with database.transaction() as tx:
        return await _sequence(tx, bidder, key)


async def for_release(database: Database, key: BoxKey) -> Answer:
    """Return what a trustee checks before it releases; SharesNotAsked before there is anything.

    Where there never will be, BoxCancelled or BoxNotOpened: nobody waits for it any longer.
    Proofs stand on the first checkpoint that covers their entry; `checkpoint` is the newest.
    """
    async with database.transaction() as tx:
        box = await _box(tx, key)
        if box.asked_entry_id is None or box.list_json is None or box.list_entry_id is None:
            _require_opening(box)
            raise rules.SharesNotAsked
        asked = await _proof(tx, box.asked_entry_id)
        if asked is None:
            raise rules.SharesNotAsked
        told: Answer = {
            **await _sealed_to(tx, key),
            "list": {"json": box.list_json.decode(), "proof": await _proof(tx, box.list_entry_id)},
            "revised": await _revised(tx, box),
            "asked": {"proof": asked},
            "envelopes": await _envelopes(tx, box),
            "promises": [
                {"json": one.json.decode(), "p7s": _text(one.p7s)}
                for one in await trustees.promises_of(tx, key)
            ],
        }
        # Last: each statement sees what is published by then, and no proof may be ahead of this.
        newest = await published.newest(tx)
    assert newest is not None  # noqa: S101 - a proof stands on one
    return {**told, "checkpoint": newest.note.decode()}


async def receipt_proof(database: Database, org: str, envelope_id: str) -> bytes:
    """Return the `.tlog-proof` of an own envelope, with every field open to its owner.

    Good for ever without this hall. Raises EnvelopeUnknown; ProofPending before the closing lets
    the entry out and a checkpoint covers it. Source: ledger.md 6.
    """
    async with database.transaction() as tx:
        own = await envelopes.envelope(tx, envelope_id)
        if own is None or own.bidder != org:
            raise rules.EnvelopeUnknown
        idx = await ledger.index_of(tx, own.entry_id)
        found = None if idx is None else await ledger.entry_at(tx, idx)
        proof = None if found is None else await disclosure.tlog_proof(tx, found, found.fields)
    if proof is None:
        raise rules.ProofPending
    return proof


async def waiting_for(database: Database, org: str) -> list[BoxKey]:
    """Return the boxes whose shares are asked for and that wait for the body `org`."""
    async with database.transaction() as tx:
        return await watched.waiting_for(tx, org)


async def consistency(database: Database, old: int, new: int) -> Answer:
    """Return the proof that the published log of `new` entries extends that of `old`.

    Raises CheckpointUnknown where `new` is not published.
    """
    async with database.transaction() as tx:
        if await published.at_size(tx, new) is None or old > new:
            raise rules.CheckpointUnknown(size=new)
        proof = await published.consistency_proof(tx, old, new)
    return {"proof": [_text(one) for one in proof]}


async def _box(tx: Tx, key: BoxKey) -> BoxFacts:
    box = await boxes.box(tx, key)
    if box is None:
        raise rules.BoxUnknown(**key._asdict())
    return box


def _require_opening(box: BoxFacts) -> None:
    """Refuse a box whose shares nobody will ask for."""
    if box.cancelled_at is not None:
        raise rules.BoxCancelled(cancelled=box.cancelled_at.isoformat())
    if box.not_opened_at is not None:
        raise BoxNotOpened


def _log(hall: Hall, vkey: str) -> dict[str, Json]:
    """Return the log with its key, and whose cosignatures make it good: this hall asks nobody."""
    trusted = policy.of_log(note.parse_key(vkey)).decode() if vkey else ""
    return {"origin": hall.origin, "vkey": vkey, "policy": trusted}


async def _sequence(tx: Tx, bidder: str, key: BoxKey) -> dict[str, Json]:
    own = [one for one in await envelopes.envelopes_of_bidder(tx, bidder) if one.key == key]
    return {
        "seq": len(own) + 1,
        "supersedes": own[-1].envelope_id if own else None,
        "earlier": [one.envelope_id for one in own],
        "withdrawn": bool(own) and own[-1].withdrawn_at is not None,
    }


async def _sealed_to(tx: Tx, key: BoxKey) -> dict[str, Json]:
    keys = [one for one in await trustees.keys_of(tx, key.tender) if one.key == key]
    signers = [load(TrusteeKey, one.json).holder.cert_sha256 for one in keys]
    return {
        "notices": [
            {
                "json": one.json.decode(),
                "p7s": _text(one.p7s),
                "proof": await _proof(tx, one.entry_id),
            }
            for one in await trading.revisions(tx, key.tender)
        ],
        "policies": [data.decode() for data in (await trustees.policies_of(tx, key)).values()],
        "keys": [{"json": one.json.decode(), "p7s": _text(one.p7s)} for one in keys],
        "duties": [
            {"json": one.statement.decode(), "p7s": _text(one.p7s)}
            for one in await duty.statements_for(tx, signers)
        ],
    }


async def _envelopes(tx: Tx, box: BoxFacts) -> list[Json]:
    """Return every envelope that is asked for with the proof of its entry, in the list's order."""
    asked = {one.envelope for one in listed(box).envelopes}
    rows = sorted(await envelopes.envelopes_in(tx, box.key), key=lambda one: one.envelope_id)
    return [
        {
            "envelope": one.envelope_id,
            "seal": one.seal_json.decode(),
            "p7s": _text(one.seal_p7s),
            "proof": await _proof(tx, one.entry_id),
            "completed": await _completion(tx, one),
        }
        for one in rows
        if one.envelope_id in asked
    ]


async def _completion(tx: Tx, envelope: Envelope) -> str | None:
    """Return the proof of the entry that made it complete, None where that is the first one."""
    completed = envelope.completed_entry_id
    return None if completed in {None, envelope.entry_id} else await _proof(tx, completed or 0)


async def _revised(tx: Tx, box: BoxFacts) -> Json:
    """Return a revised list, that the earlier stage is finished, and why envelopes stay shut.

    Of those only the entry is shown, with whose it is: the decision has named the bidder.
    """
    if box.revised_json is None or box.revised_entry_id is None or box.after is None:
        return None
    rows = {one.envelope_id: one for one in await envelopes.envelopes_in(tx, box.key)}
    earlier = BoxKey(box.key.tender, box.key.lot, box.after)
    finished = [
        one.idx
        for one in await ledger.entries_about(tx, earlier.tender)
        if one.kind == FINISHED and one.fields.items() >= earlier._asdict().items()
    ]
    return {
        "json": box.revised_json.decode(),
        "proof": await _proof(tx, box.revised_entry_id),
        "finished": await _proof_at(tx, finished[0]) if finished else None,
        "kept_shut": [
            {
                "envelope": one.envelope,
                "proof": await _proof(tx, rows[one.envelope].entry_id, "actor"),
                "decision": await _proof_at(tx, one.decision),
            }
            for one in listed(box).kept_shut
        ],
    }


async def _proof(tx: Tx, entry_id: int, *also: str) -> str | None:
    """Return the proof of an entry that the act's own rule opens: all fields but the actor."""
    idx = await ledger.index_of(tx, entry_id)
    return None if idx is None else await _proof_at(tx, idx, *also)


async def _proof_at(tx: Tx, idx: int, *also: str) -> str | None:
    found = await ledger.entry_at(tx, idx)
    if found is None:
        return None
    stated = kind(found.kind)
    closed = {"actor"} if stated.plain is None else set()
    names = (set(stated.names) - closed) | {*also}
    proof = await disclosure.tlog_proof(tx, found, names)
    return None if proof is None else proof.decode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
