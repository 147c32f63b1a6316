"""The award of a lot by the lowest price: rejections with reasons first, then the ranking.

The agency rejects (`bidding.rejecting`), the hall reckons, the agency signs what the hall reckoned:
candidates for the publicity, then the award. Anybody recomputes it (`bid-seal/v1` section 9, V14).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal

from bidding import contested, grounds, ranking, rules
from bidding.facts import Awarded, Rejection
from bidding.lots import tell_if_over
from bidding.opened import Opened, opened_lot
from bidding.sealed.statements import AWARD_LIMIT, Award, Rejected, Void
from bidding.store import awards
from bidding.types import EnvelopeId, Finding
from notary import duty, ledger, signature
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.shape import dump, load
from sql.database import Database, Tx
from trading import service as trading
from trading.rules import periods
from trading.rules.objections import require_answered
from trading.rules.stays import require_going
from trading.types import Milestone

Step = Literal["candidates", "awarded"]

SignedAct = Callable[[Database, Hall, Actor, Once, bytes, bytes], Awaitable[Answer]]
"""(database, hall, actor, once, award JSON, signature): the two acts that an agency signs."""

DRAFT_GOOD_FOR = timedelta(minutes=10)
"""How long an award that was drafted may wait for its signature, as a notice may."""


async def draft(database: Database, hall: Hall, actor: Actor, tender: str, lot: str) -> Answer:
    """Return the award that follows from the opening now: the text for the agency to sign.

    Raises LotNotOpened, AwardPending while a rejection waits for its place in the log,
    NotRejected where a price beyond a limit has not been rejected yet, VoidFirst where nobody is
    left that could win, AwardSuspended while an objection waits for its answer.
    """
    async with database.transaction() as tx:
        opened = await opened_lot(tx, tender, lot, actor.org)
        until = _until(opened, await hall.clock(tx))
        reckoned = await _reckon(tx, hall, opened, until)
    text = dump(reckoned)
    return {
        "json": text.decode(),
        "sha256": sha256_hex(text),
        "tied": reckoned.tied,
        "void": reckoned.void is not None,
    }


async def publish_candidates(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Publish the ranked candidates; objections have their time from here on.

    Raises LotNotOpened, AlreadyAwarded, NotRejected, VoidFirst, LotVoid, AwardSuspended, and
    TenderHalted, AwardDiffers, also where the publicity would be too short because the draft has
    waited too long for its signature.
    """
    return await _step(database, hall, actor, once, "candidates", json, p7s)


async def award(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Award the lot to the bid of rank 1; a void lot to nobody, and needs no candidates.

    Raises CandidatesFirst, AwardTied, AlreadyAwarded, AwardSuspended, AwardDiffers, TenderHalted.
    """
    return await _step(database, hall, actor, once, "awarded", json, p7s)


async def _step(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    step: Step,
    json: bytes,
    p7s: bytes,
) -> Answer:
    stated, signed_by = signature.read(Award, json, p7s, hall.origin, limit=AWARD_LIMIT)
    async with database.transaction() as tx:
        held = await trading.hold_tender(tx, stated.tender, "update")
        require_going(held.facts)
        opened = await opened_lot(tx, stated.tender, stated.lot, actor.org)
        at = await hall.clock(tx)
        await duty.require_signer(tx, hall, signed_by, org=opened.notice.agency, use=None, at=at)
        _require_turn(opened, step, stated, at)
        reckoned = await _reckon(tx, hall, opened, stated.candidates_until)
        if dump(reckoned) != json:
            raise rules.AwardDiffers(tender=stated.tender, lot=stated.lot)
        if step == "awarded" and stated.tied:
            raise rules.AwardTied(tender=stated.tender, lot=stated.lot)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.awarded.v1" if step == "awarded" else "bidding.candidates-published.v1",
            subject=stated.tender,
            actor=opened.notice.agency,
            at=at,
            fields={
                "tender": stated.tender,
                "lot": stated.lot,
                "n": 1,
                "award_sha256": sha256_hex(json),
            },
        )
        await awards.insert_award(
            tx,
            stated.tender,
            stated.lot,
            Awarded(
                step=step,
                n=1,
                json=json,
                p7s=p7s,
                winner=stated.winner,
                tied=stated.tied,
                at=at,
                entry_id=entry.entry_id,
            ),
        )
        if step == "candidates":
            await trading.tell(tx, stated.tender, Milestone.CANDIDATES, at)
        else:
            await tell_if_over(tx, opened.notice, at)
        answer: Answer = {
            "tender": stated.tender,
            "lot": stated.lot,
            "winner": stated.winner,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


def _require_turn(opened: Opened, step: Step, stated: Award, at: datetime) -> None:
    """Refuse a step that was made, or an award before the publicity of candidates is over."""
    made = {one.step: one for one in opened.awards}
    if step in made:
        raise rules.AlreadyAwarded(tender=stated.tender, lot=stated.lot)
    if opened.voiding is not None:
        if step == "candidates":
            raise grounds.LotVoid(tender=stated.tender, lot=stated.lot)
        return
    if step == "candidates":
        least = periods.publicity_until(opened.law, at - DRAFT_GOOD_FOR)
        if stated.candidates_until < least:
            raise rules.AwardDiffers(tender=stated.tender, lot=stated.lot)
        return
    if "candidates" not in made or at < _until(opened, at):
        raise rules.CandidatesFirst(tender=stated.tender, lot=stated.lot)
    if stated.candidates_until != _until(opened, at):
        raise rules.AwardDiffers(tender=stated.tender, lot=stated.lot)


def _until(opened: Opened, at: datetime) -> datetime:
    """Return until when candidates are public: as published, or if published at `at`.

    A void lot has none: its award says when it was reckoned.
    """
    if opened.voiding is not None:
        return at.replace(microsecond=0)
    published = [one for one in opened.awards if one.step == "candidates"]
    if published:
        return load(Award, published[-1].json, limit=AWARD_LIMIT).candidates_until
    return periods.publicity_until(opened.law, at)


async def _reckon(tx: Tx, hall: Hall, opened: Opened, until: datetime) -> Award:
    """Return the award that follows, with the publicity of its candidates `until`."""
    assert opened.box.opening_json is not None  # noqa: S101 - a finished box has one
    tender, lot = opened.notice.tender, opened.lot.lot
    prices, void = opened.prices, await _void(tx, opened)
    heard = await contested.of_lot(tx, tender, lot)
    require_answered(heard.waiting)
    answered = await contested.listed(tx, heard)
    if answered is None:
        raise rules.AwardPending
    rejected = [await _rejected(tx, one) for one in opened.rejections]
    ranked = ranking.ranking(prices, {one.envelope for one in rejected})
    reckoned = Award(
        origin=hall.origin,
        tender=opened.notice.tender,
        lot=opened.lot.lot,
        rules=opened.notice.rules,
        opening_sha256=sha256_hex(opened.box.opening_json),
        limits=opened.limits,
        rejected=tuple(rejected),
        ranking=ranked,
        tied=ranking.tied(ranked),
        candidates_until=until,
        objections=answered,
        winner=ranking.winner(ranked, void),
        void=void,
    )
    if not ranked and void is None:
        raise grounds.VoidFirst(tender=opened.notice.tender, lot=opened.lot.lot)
    try:
        ranking.require_award(reckoned, prices, opened.lot, opened.earlier)
    except Finding as finding:
        raise rules.NotRejected(why=finding.detail) from finding
    return reckoned


async def _void(tx: Tx, opened: Opened) -> Void | None:
    if opened.voiding is None:
        return None
    idx = await ledger.index_of(tx, opened.voiding.entry_id)
    if idx is None:
        raise rules.AwardPending
    return Void(ground=opened.voiding.ground, article=opened.voiding.article, entry=idx)


async def _rejected(tx: Tx, rejection: Rejection) -> Rejected:
    idx = await ledger.index_of(tx, rejection.entry_id)
    if idx is None:
        raise rules.AwardPending
    return Rejected(
        envelope=EnvelopeId(rejection.envelope_id),
        ground=rejection.ground,
        article=rejection.article,
        reason=rejection.reason,
        entry=idx,
    )
