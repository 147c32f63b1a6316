"""What is said in an opening room: a bidder objects or confirms, the host answers on the spot.

The host is the trading centre or the tender's agency; the opening goes on without one. Each act is
an event of the room, so that everybody there hears it, and has no way back.

Source: Regulation on the Tendering and Bidding Law, art. 44; `people.md` 8.
"""

from datetime import datetime

from bidding import attendance, rules
from bidding.attendance import RoomObjection
from bidding.facts import BoxFacts, BoxKey, Envelope
from bidding.look import bid, tell
from bidding.store import boxes, envelopes, objections, results
from notary import identity, ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json, sha256_hex
from notary.hall import Hall
from notary.identity import Actor, Role
from notary.ledger import Entry
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import service as trading
from trading.disputes import said
from trading.rules.objections import AlreadyAnswered, ObjectionUnknown


async def raise_objection(
    database: Database, hall: Hall, actor: Actor, once: Once, room: str, text: str
) -> Answer:
    """Object in the room, for all to hear.

    Raises BoxUnknown, NotTheTime, NotAttending, NothingSaid, PreparesOnly.
    """
    text = said(text)
    async with database.transaction() as tx:
        box = await _hold(tx, room)
        at = await hall.clock(tx)
        await identity.require_binding(tx, actor.person)
        attendance.require_attending(box, await _own(tx, box.key, actor))
        attendance.require_in_session(box)
        n = 1 + len(await objections.objections_in(tx, box.key))
        entry = await _append(tx, hall, actor, box, "objection-raised", _entered(n, text), at)
        made = RoomObjection(n=n, org=actor.org, text=text, raised_at=at, entry_id=entry.entry_id)
        await objections.insert_objection(tx, box.key, made)
        heard: dict[str, Json] = {"n": n, "text": text, **await _speaker(tx, actor)}
        await tell(tx, box, at, "bidding.objection-raised.v1", entry, heard)
        return await _answered(tx, hall, once, room, n, entry)


async def answer(
    database: Database, hall: Hall, actor: Actor, once: Once, room: str, n: int, text: str
) -> Answer:
    """Answer the objection `n` as the host; what it held up goes on.

    Raises BoxUnknown, ObjectionUnknown, AlreadyAnswered, NothingSaid, PreparesOnly.
    """
    text = said(text)
    async with database.transaction() as tx:
        box = await _hold(tx, room)
        at = await hall.clock(tx)
        await identity.require_binding(tx, actor.person)
        await _require_host(tx, actor, box)
        raised = await objections.objections_in(tx, box.key)
        found = next((one for one in raised if one.n == n), None)
        if found is None:
            raise ObjectionUnknown
        if not found.is_open:
            raise AlreadyAnswered(objection=n)
        entry = await _append(tx, hall, actor, box, "objection-answered", _entered(n, text), at)
        await objections.mark_answered(tx, box.key, n, text, at, entry.entry_id)
        heard: dict[str, Json] = {"n": n, "text": text, **await _speaker(tx, actor)}
        await tell(tx, box, at, "bidding.objection-answered.v1", entry, heard)
        return await _answered(tx, hall, once, room, n, entry)


async def confirm(database: Database, hall: Hall, actor: Actor, once: Once, room: str) -> Answer:
    """Confirm what was read out of the own bid; who says nothing agrees as well.

    Raises BoxUnknown, NotTheTime, NotAttending, AlreadyConfirmed, PreparesOnly.
    """
    async with database.transaction() as tx:
        box = await _hold(tx, room)
        at = await hall.clock(tx)
        await identity.require_binding(tx, actor.person)
        own = await _own(tx, box.key, actor)
        attendance.require_attending(box, own)
        attendance.require_in_session(box)
        announced = {one.envelope_id for one in await results.results_of(tx, box.key)}
        envelope = attendance.own_envelope(own, announced)
        attendance.require_unconfirmed(envelope, await objections.confirmed_in(tx, box.key))
        said: dict[str, Json] = {"envelope": envelope.envelope_id}
        entry = await _append(tx, hall, actor, box, "opening-confirmed", said, at)
        await objections.insert_confirmation(tx, envelope.envelope_id, at, entry.entry_id)
        await tell(tx, box, at, "bidding.opening-confirmed.v1", entry, await bid(tx, envelope))
        confirmed: Answer = {
            "room": room,
            "envelope": envelope.envelope_id,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, confirmed)
        return confirmed


async def _hold(tx: Tx, room: str) -> BoxFacts:
    """Hold the box of a room, after its tender: the clerk does nothing to it meanwhile."""
    found = await boxes.box_of_room(tx, room)
    if found is None:
        raise rules.BoxUnknown
    await trading.hold_tender(tx, found.key.tender)
    box = await boxes.hold_box(tx, found.key)
    assert box is not None  # noqa: S101 - nothing takes a box away
    return box


async def _own(tx: Tx, key: BoxKey, actor: Actor) -> list[Envelope]:
    """Return the envelopes that the actor's body has in a box, withdrawn ones left out."""
    sent = await envelopes.envelopes_of_bidder(tx, actor.org)
    return [one for one in sent if one.key == key and one.withdrawn_at is None]


async def _require_host(tx: Tx, actor: Actor, box: BoxFacts) -> None:
    """Refuse who is neither of the trading centre nor of the tender's agency."""
    notice = (await trading.revisions(tx, box.key.tender))[-1].notice
    if Role.OPERATOR not in actor.roles and actor.org != notice.agency:
        raise ObjectionUnknown


def _entered(n: int, text: str) -> dict[str, Json]:
    return {"n": n, "text_sha256": sha256_hex(text.encode())}


async def _append(
    tx: Tx,
    hall: Hall,
    actor: Actor,
    box: BoxFacts,
    kind: str,
    said: dict[str, Json],
    at: datetime,
) -> Entry:
    return await ledger.append(
        tx,
        hall,
        f"bidding.{kind}.v1",
        subject=box.key.tender,
        actor=actor.person,
        at=at,
        fields={**box.key._asdict(), **said},
    )


async def _speaker(tx: Tx, actor: Actor) -> dict[str, Json]:
    body = await identity.organisation(tx, actor.org)
    return {"org": actor.org, "who": actor.org if body is None else body.name}


async def _answered(tx: Tx, hall: Hall, once: Once, room: str, n: int, entry: Entry) -> Answer:
    said: Answer = {"room": room, "n": n, **acknowledge(hall, entry, "accepted")}
    await once.keep(tx, said)
    return said
