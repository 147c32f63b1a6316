"""An opened lot as its agency works on it: bids, rejections, what is signed next. Pure."""

from collections.abc import Sequence
from datetime import datetime

from bidding import ranking
from bidding.facts import Rejection, Result
from bidding.sealed.statements import AWARD_LIMIT, Award
from bidding.standing import Scene
from bidding.types import Verdict
from notary.shape import load
from trading import notice as notices
from trading.rules.sets import RuleSet
from web.letterhead import Text
from web.showing import bidder, lot_of, newest, text
from web.tender_page import rules as pin_of
from web.views.desk import BidShown, EvaluationView, NextStep, RejectionShown, StageShown
from web.views.house import Refused

_GROUNDS = "tender.reject_grounds"
_PREFIX = "bid."
_ABOVE = "price.above_ceiling"
_OF_FORM = {"bidder_name", "price_fen"}


def evaluation_view(
    scenes: Sequence[Scene],
    rules: RuleSet,
    now: datetime,
    *,
    refused: Refused | None,
    shown: str,
    void: bool,
) -> EvaluationView:
    """Return the page of a lot whose first box is opened. `scenes`: its boxes, in their order.

    `void`: it was declared so, and its award is what is signed next.
    """
    last = scenes[-1]
    notice, lot = newest(last), lot_of(last)
    steps = {one.step: one for one in last.standing.awards}
    until = None
    if "candidates" in steps:
        until = load(Award, steps["candidates"].json, limit=AWARD_LIMIT).candidates_until
    return EvaluationView(
        tender=notice.tender,
        lot=lot.lot,
        title=text(notice.title),
        lot_title=text(lot.title),
        currency=notice.currency,
        ceiling_fen=lot.ceiling_fen,
        rules=pin_of(notice),
        stages=tuple(_stage(scene) for scene in scenes if scene.standing.box.finished_at),
        grounds=(*(f"{_PREFIX}{one}" for one in rules.items(_GROUNDS)), _ABOVE),
        article=rules.rules[_GROUNDS].article,
        next_step=NextStep.VOID if void else _next(scenes, until, now),
        candidates_until=until,
        refused=refused,
        shown=shown,
    )


def _next(scenes: Sequence[Scene], until: datetime | None, now: datetime) -> NextStep:
    steps = {one.step for one in scenes[-1].standing.awards}
    if "awarded" in steps:
        return NextStep.NOTHING
    if until is not None:
        return NextStep.AWARD if now >= until else NextStep.WAIT
    finished = all(scene.standing.box.finished_at for scene in scenes)
    return NextStep.CANDIDATES if finished else NextStep.NEXT_STAGE


def _stage(scene: Scene) -> StageShown:
    key = scene.standing.box.key
    notice = newest(scene)
    terms = notices.box_of(notice, key.lot, key.stage)
    labels = {} if terms is None else {one.name: text(one.label) for one in terms.form}
    rejected = {one.envelope_id: one for one in scene.rejections if one.overturned_at is None}
    bids = [
        _bid(scene, one, rejected.get(one.envelope_id), labels)
        for one in scene.standing.results
        if one.verdict == Verdict.OPENED or ranking.priced(lot_of(scene)) != key.stage
    ]
    bids.sort(key=lambda one: (one.rejection is not None, one.price_fen or 0, one.bidder))
    return StageShown(stage=key.stage, room=scene.standing.box.room, bids=tuple(bids))


def _bid(
    scene: Scene, one: Result, rejection: Rejection | None, labels: dict[str, Text]
) -> BidShown:
    ceiling = lot_of(scene).ceiling_fen
    above = one.price_fen is not None and ceiling is not None and one.price_fen > ceiling
    return BidShown(
        envelope=one.envelope_id,
        bidder=bidder(scene, one.envelope_id),
        price_fen=one.price_fen,
        answers=tuple(
            (labels[name], said)
            for name, said in sorted((one.form or {}).items())
            if name in labels and name not in _OF_FORM
        ),
        above_ceiling=above,
        rejection=None
        if rejection is None
        else RejectionShown(
            ground=rejection.ground, article=rejection.article, reason=rejection.reason
        ),
    )
