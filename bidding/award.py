"""The award of a lot by the lowest price: rejections with reasons first, then the ranking.

The agency rejects, the hall reckons, the agency signs what the hall reckoned: candidates for the
publicity, then the award. Anybody recomputes it (`bid-seal/v1` section 9, V14).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bidding import ranking, rules
from bidding.facts import Awarded, BoxFacts, BoxKey, Envelope, Rejection, Result
from bidding.judging import PRICE
from bidding.statements import AWARD_LIMIT, Award, Rejected
from bidding.store import boxes, envelopes, results
from bidding.types import EnvelopeId, Finding, Verdict
from notary import duty, ledger, signature
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.shape import Fen, dump, load
from sql.database import Database, Tx
from trading import calendar
from trading import notice as notices
from trading import service as trading
from trading.rules.approval import TenderUnknown
from trading.rules.sets import rule_set
from trading.types import Lot, Milestone, Notice

Step = Literal["candidates", "awarded"]

SignedAct = Callable[[Database, Hall, Actor, Once, bytes, bytes], Awaitable[Answer]]
"""(database, hall, actor, once, award JSON, signature): the two acts that an agency signs."""

DRAFT_GOOD_FOR = timedelta(minutes=10)
"""How long an award that was drafted may wait for its signature, as a notice may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A lot whose box with the price is finished: what an award is reckoned from."""

    notice: Notice
    lot: Lot
    box: BoxFacts
    results: list[Result]
    envelopes: dict[str, Envelope]
    rejections: list[Rejection]
    awards: list[Awarded]

    @property
    def prices(self) -> dict[EnvelopeId, Fen]:
        """The price of every opened envelope: what is ranked unless it is rejected."""
        return {
            EnvelopeId(one.envelope_id): one.price_fen
            for one in self.results
            if one.price_fen is not None and one.verdict == Verdict.OPENED
        }


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
    """Reject an opened bid with its ground and article, before any candidate is public.

    Raises LotNotOpened, EnvelopeUnknown, AlreadyRejected, AlreadyAwarded, NotRejected for a price
    that is not beyond the limit named: a rejection has no way back.
    """
    async with database.transaction() as tx:
        await trading.hold_tender(tx, tender, "update")
        opened = await _opened(tx, tender, lot, actor.org)
        at = await hall.clock(tx)
        if opened.awards:
            raise rules.AlreadyAwarded(tender=tender, lot=lot)
        if envelope not in opened.prices:
            raise rules.EnvelopeUnknown
        if envelope in {one.envelope_id for one in opened.rejections}:
            raise rules.AlreadyRejected
        _require_ground(opened, EnvelopeId(envelope), ground)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.bid-rejected.v1",
            subject=tender,
            actor=actor.person,
            at=at,
            fields={
                "tender": tender,
                "lot": lot,
                "bidder": opened.envelopes[envelope].bidder,
                "ground": ground,
                "article": article,
            },
        )
        await results.insert_rejection(
            tx,
            tender,
            lot,
            Rejection(
                envelope_id=envelope,
                ground=ground,
                article=article,
                reason=reason,
                at=at,
                entry_id=entry.entry_id,
            ),
        )
        answer: Answer = {"envelope": envelope, **acknowledge(hall, entry, "accepted")}
        await once.keep(tx, answer)
        return answer


def _require_ground(opened: Opened, envelope: EnvelopeId, ground: str) -> None:
    forced = ranking.forced_ground(opened.prices[envelope], opened.lot, ())
    try:
        ranking.require_ground(ground, forced)
    except Finding as finding:
        raise rules.NotRejected(why=finding.detail) from finding


async def draft(database: Database, hall: Hall, actor: Actor, tender: str, lot: str) -> Answer:
    """Return the award that follows from the opening now: the text for the agency to sign.

    Raises LotNotOpened, AwardPending while a rejection waits for its place in the log,
    NotRejected where a price beyond a limit has not been rejected yet.
    """
    async with database.transaction() as tx:
        opened = await _opened(tx, tender, lot, actor.org)
        until = _until(opened, await hall.clock(tx))
        reckoned = await _reckon(tx, hall, opened, until)
    text = dump(reckoned)
    return {"json": text.decode(), "sha256": sha256_hex(text), "tied": reckoned.tied}


async def publish_candidates(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Publish the ranked candidates; objections have their time from here on.

    Raises LotNotOpened, AlreadyAwarded, NotRejected, and AwardDiffers, also where the publicity
    would be too short because the draft has waited too long for its signature.
    """
    return await _step(database, hall, actor, once, "candidates", json, p7s)


async def award(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Award the lot to the bid of rank 1.

    Raises CandidatesFirst, AwardTied, AlreadyAwarded, AwardDiffers.
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
        await trading.hold_tender(tx, stated.tender, "update")
        opened = await _opened(tx, stated.tender, stated.lot, actor.org)
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
        await results.insert_award(
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
        milestone = Milestone.AWARDED if step == "awarded" else Milestone.CANDIDATES
        await trading.tell(tx, stated.tender, milestone, at)
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
    if step == "candidates":
        least = _publicity_until(opened.notice, at - DRAFT_GOOD_FOR)
        if stated.candidates_until < least:
            raise rules.AwardDiffers(tender=stated.tender, lot=stated.lot)
        return
    if "candidates" not in made or at < _until(opened, at):
        raise rules.CandidatesFirst(tender=stated.tender, lot=stated.lot)
    if stated.candidates_until != _until(opened, at):
        raise rules.AwardDiffers(tender=stated.tender, lot=stated.lot)


def _until(opened: Opened, at: datetime) -> datetime:
    """Return until when candidates are public: as published, or if published at `at`."""
    published = [one for one in opened.awards if one.step == "candidates"]
    if published:
        return load(Award, published[-1].json, limit=AWARD_LIMIT).candidates_until
    return _publicity_until(opened.notice, at)


async def _opened(tx: Tx, tender: str, lot: str, org: str) -> Opened:
    """Gather a lot for its agency; the box with the price is the one whose form asks for it.

    Raises TenderUnknown for what is not published or another's, BoxUnknown, LotNotOpened.
    """
    revisions = await trading.revisions(tx, tender)
    if not revisions or org != revisions[-1].notice.agency:
        raise TenderUnknown(tender=tender)
    terms = notices.lot_of(revisions[-1].notice, lot)
    if terms is None:
        raise rules.BoxUnknown(tender=tender, lot=lot)
    priced = (one.stage for one in terms.boxes if PRICE in {field.name for field in one.form})
    stage = next(priced, None)
    box = None if stage is None else await boxes.box(tx, BoxKey(tender, lot, stage))
    if box is None or box.finished_at is None:
        raise rules.LotNotOpened(tender=tender, lot=lot)
    return Opened(
        notice=revisions[-1].notice,
        lot=terms,
        box=box,
        results=await results.results_of(tx, box.key),
        envelopes={one.envelope_id: one for one in await envelopes.envelopes_in(tx, box.key)},
        rejections=await results.rejections_of(tx, tender, lot),
        awards=await results.awards_of(tx, tender, lot),
    )


async def _reckon(tx: Tx, hall: Hall, opened: Opened, until: datetime) -> Award:
    """Return the award that follows, with the publicity of its candidates `until`."""
    assert opened.box.opening_json is not None  # noqa: S101 - a finished box has one
    prices = opened.prices
    rejected = [await _rejected(tx, one) for one in opened.rejections]
    ranked = ranking.ranking(prices, {one.envelope for one in rejected})
    reckoned = Award(
        origin=hall.origin,
        tender=opened.notice.tender,
        lot=opened.lot.lot,
        rules=opened.notice.rules,
        opening_sha256=sha256_hex(opened.box.opening_json),
        limits=(),
        rejected=tuple(rejected),
        ranking=ranked,
        tied=ranking.tied(ranked),
        candidates_until=until,
        objections=(),
        winner=ranking.winner(ranked, None),
        void=None,
    )
    try:
        ranking.require_award(reckoned, prices, opened.lot)
    except Finding as finding:
        raise rules.NotRejected(why=finding.detail) from finding
    return reckoned


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


def _publicity_until(notice: Notice, at: datetime) -> datetime:
    """Return the least end of a publicity of candidates that begins at `at`."""
    days = rule_set(notice.rules.set).number("tender.min_days_publicity")
    return calendar.end_of(at, days)
