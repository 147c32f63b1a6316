"""Rejections of bids, with their reasons: at the evaluation of whichever stage of a lot.

What is rejected before a later stage is asked for keeps the bidder's envelopes of that stage shut;
after the prices are opened it takes a bid out of the ranking. A rejection can be set aside until
candidates are public: what it kept shut is then asked for anew.

Source: Regulation on the Tendering and Bidding Law, art. 51; `bid-seal/v1` section 8.2.
"""

from bidding import evaluation, grounds, ranking, rules
from bidding.facts import BoxFacts, Envelope, Rejection
from bidding.look import tell
from bidding.opened import opened_lot, terms_of
from bidding.sealed.lists import read_list
from bidding.store import awards, boxes, envelopes, results
from bidding.types import EnvelopeId, Finding
from notary import identity, ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading import service as trading
from trading.rules.stays import require_going

REJECTED = "bidding.bid-rejected.v1"
OVERTURNED = "bidding.rejection-overturned.v1"


async def reject(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    lot: str,
    *,
    envelope: str,
    ground: str,
    article: str,
    reason: str,
) -> Answer:
    """Reject a bid with its ground and article, at the stage that is evaluated now.

    Way back: `overturn`, until candidates are public. Raises TenderUnknown, BoxUnknown,
    TenderHalted, LotNotOpened, EnvelopeUnknown, AlreadyRejected, AlreadyAwarded, StageOver,
    NotRejected for a price that is not beyond the limit named.
    """
    async with database.transaction() as tx:
        require_going((await trading.hold_tender(tx, tender, "update")).facts)
        await terms_of(tx, tender, lot, actor.org)
        at = await hall.clock(tx)
        if await awards.awards_of(tx, tender, lot):
            raise rules.AlreadyAwarded(tender=tender, lot=lot)
        box, found = await _under_evaluation(tx, tender, lot, envelope, actor.org, ground)
        entry = await ledger.append(
            tx,
            hall,
            REJECTED,
            subject=tender,
            actor=actor.person,
            at=at,
            fields={
                "tender": tender,
                "lot": lot,
                "bidder": found.bidder,
                "ground": ground,
                "article": article,
            },
        )
        rejection = Rejection(
            envelope_id=envelope,
            stage=box.key.stage,
            bidder=found.bidder,
            ground=ground,
            article=article,
            reason=reason,
            at=at,
            entry_id=entry.entry_id,
        )
        await results.insert_rejection(tx, tender, lot, rejection)
        said = {**await _named(tx, found), "ground": ground, "article": article}
        await tell(tx, box, at, REJECTED, entry, said)
        answer: Answer = {"envelope": envelope, **acknowledge(hall, entry, "accepted")}
        await once.keep(tx, answer)
        return answer


async def overturn(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    lot: str,
    *,
    envelope: str,
    article: str,
) -> Answer:
    """Set a rejection aside, by the decision that the article names; the bid is judged again.

    Way back: none of the same bid. Raises TenderUnknown, BoxUnknown, TenderHalted, AlreadyAwarded,
    NotRejectedYet, StageOver where the stage that it kept shut is finished.
    """
    async with database.transaction() as tx:
        require_going((await trading.hold_tender(tx, tender, "update")).facts)
        await terms_of(tx, tender, lot, actor.org)
        at = await hall.clock(tx)
        if await awards.awards_of(tx, tender, lot):
            raise rules.AlreadyAwarded(tender=tender, lot=lot)
        in_force = await evaluation.rejections_in_force(tx, tender, lot)
        rejection = next((one for one in in_force.values() if one.envelope_id == envelope), None)
        if rejection is None:
            raise grounds.NotRejectedYet(envelope=envelope)
        box = await _still_shut(tx, tender, lot, rejection)
        entry = await ledger.append(
            tx,
            hall,
            OVERTURNED,
            subject=tender,
            actor=actor.person,
            at=at,
            fields={
                "tender": tender,
                "lot": lot,
                "bidder": rejection.bidder,
                "article": article,
            },
        )
        await results.mark_overturned(tx, envelope, at, entry_id=entry.entry_id)
        found = await envelopes.envelope(tx, envelope)
        assert found is not None  # noqa: S101 - it was rejected
        await tell(tx, box, at, OVERTURNED, entry, {**await _named(tx, found), "article": article})
        answer: Answer = {"envelope": envelope, **acknowledge(hall, entry, "accepted")}
        await once.keep(tx, answer)
        return answer


async def _under_evaluation(
    tx: Tx, tender: str, lot: str, envelope: str, org: str, ground: str
) -> tuple[BoxFacts, Envelope]:
    """Return an envelope that may be rejected now, with its box, or refuse."""
    found = await envelopes.envelope(tx, envelope)
    in_lot = found is not None and (found.key.tender, found.key.lot) == (tender, lot)
    box = await boxes.hold_box(tx, found.key) if found is not None and in_lot else None
    rejected = await evaluation.rejections_in_force(tx, tender, lot)
    if box is None or found is None:
        await opened_lot(tx, tender, lot, org)  # not opened: then nobody may know what there is
        raise rules.EnvelopeUnknown
    later = [one for one in await boxes.boxes_of(tx, tender) if _follows(one, box)]
    if later:
        _require_listed(box, found)
        if any(one.revised_at is not None for one in later):
            raise grounds.StageOver(tender=tender, lot=lot, stage=box.key.stage)
        _require_ground(None, ground)
    elif box.after is not None and box.revised_at is None:
        await _require_without_earlier(tx, box, found)
        _require_ground(None, ground)
    else:
        opened = await opened_lot(tx, tender, lot, org)
        price = opened.prices.get(EnvelopeId(envelope))
        if price is None:
            raise rules.EnvelopeUnknown
        if found.bidder not in rejected:
            _require_ground(ranking.forced_ground(price, opened.lot, opened.limits), ground)
    if found.bidder in rejected or any(
        one.envelope_id == envelope for one in await results.rejections_of(tx, tender, lot)
    ):
        raise rules.AlreadyRejected
    return box, found


def _follows(one: BoxFacts, box: BoxFacts) -> bool:
    """Tell whether a box waits for the evaluation of `box`."""
    return one.key.lot == box.key.lot and one.after == box.key.stage


def _require_listed(box: BoxFacts, found: Envelope) -> None:
    """Refuse an envelope that the finished box did not have on its list."""
    if box.finished_at is None or box.in_force is None:
        raise rules.LotNotOpened(tender=box.key.tender, lot=box.key.lot)
    if found.envelope_id not in {one.envelope for one in read_list(box.in_force.json).envelopes}:
        raise rules.EnvelopeUnknown


async def _require_without_earlier(tx: Tx, box: BoxFacts, found: Envelope) -> None:
    """Refuse to reject an envelope while shut, unless its bidder has none at the earlier stage.

    Who came there is rejected by that envelope.
    """
    before = await evaluation.before(tx, box)
    if before is None or before.box.finished_at is None or box.list_json is None:
        raise rules.LotNotOpened(tender=box.key.tender, lot=box.key.lot)
    listed = {one.envelope for one in read_list(box.list_json).envelopes}
    if found.envelope_id not in listed or found.bidder in before.listed:
        raise rules.EnvelopeUnknown


def _require_ground(forced: str | None, ground: str) -> None:
    """Refuse to reject a price as beyond a limit that it is not beyond, or that nobody saw."""
    try:
        ranking.require_ground(ground, forced)
    except Finding as finding:
        raise rules.NotRejected(why=finding.detail) from finding


async def _still_shut(tx: Tx, tender: str, lot: str, rejection: Rejection) -> BoxFacts:
    """Return the box of a rejection, or refuse where what it kept shut can be opened no more."""
    own = None
    for box in await boxes.boxes_of(tx, tender):
        if box.key.lot != lot:
            continue
        if box.key.stage == rejection.stage:
            own = box
        if box.revised_at is not None and box.finished_at is not None:
            kept = await _keeps_shut(tx, box, rejection.bidder)
            if kept:
                raise grounds.StageOver(tender=tender, lot=lot, stage=box.key.stage)
    assert own is not None  # noqa: S101 - a rejection is of an envelope of a box
    return own


async def _keeps_shut(tx: Tx, box: BoxFacts, bidder: str) -> bool:
    assert box.revised_json is not None  # noqa: S101 - asked only of a revised box
    kept = {one.envelope for one in read_list(box.revised_json).kept_shut}
    return any(
        one.envelope_id in kept and one.bidder == bidder
        for one in await envelopes.envelopes_in(tx, box.key)
    )


async def _named(tx: Tx, found: Envelope) -> dict[str, Json]:
    body = await identity.organisation(tx, found.bidder)
    return {
        "envelope": found.envelope_id,
        "org": found.bidder,
        "bidder": found.bidder if body is None else body.name,
    }
