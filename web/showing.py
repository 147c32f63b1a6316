"""Facts of the services become views: pure, and the only place where the two vocabularies meet."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bidding.facts import BoxPhase, Result
from bidding.standing import Scene, Standing
from notary.identity import Organisation
from trading import notice as notices
from trading.calendar import YearMissing
from trading.rules.sets import RuleSet
from trading.types import Kind as TradeKind
from trading.types import Lot, Method, Notice, Phase, Tender
from web import beijing, opening_room
from web.letterhead import Text
from web.search import Kind, Stage
from web.views import public
from web.views.public import State

KINDS: Mapping[TradeKind, Kind] = {
    TradeKind.CONSTRUCTION: Kind.WORKS,
    TradeKind.PROCUREMENT: Kind.PROCUREMENT,
    TradeKind.LAND: Kind.LAND,
    TradeKind.MINING: Kind.MINING,
    TradeKind.PROPERTY: Kind.PROPERTY,
    TradeKind.MEDICINE: Kind.MEDICINE,
}
TRADES = {kind: trade for trade, kind in KINDS.items()}

STAGES: Mapping[Phase, Stage] = {
    Phase.BIDDING: Stage.OPEN,
    Phase.OPENING: Stage.OPENING,
    Phase.CANDIDATES: Stage.RESULT,
    Phase.AWARDED: Stage.AWARDED,
    Phase.ENDED: Stage.ENDED,
    Phase.CANCELLED: Stage.ENDED,
}


def phases(stage: Stage) -> tuple[Phase, ...]:
    """Return the phases that one step of the filter stands for."""
    return tuple(phase for phase, one in STAGES.items() if one is stage)


_BESIDE_THE_PRICE = {"bidder_name", "price_fen"}


_WORDS: Mapping[BoxPhase, State] = {
    BoxPhase.INTERRUPTED: State.INTERRUPTED,
    BoxPhase.CLOSING: State.CLOSING,
    BoxPhase.CLOSED: State.CLOSING,
    BoxPhase.NOT_OPENED: State.NOT_OPENED,
    BoxPhase.CANCELLED: State.CANCELLED,
}


def state(standing: Standing, now: datetime) -> State:
    """Return the word of a box's tag."""
    unclosed = standing.box.closing_at is None and now >= standing.box.deadline
    if unclosed and standing.around.suspended_since is not None:
        return State.SUSPENDED
    match standing.phase(now):
        case BoxPhase.TAKING:
            today = beijing.today(standing.box.deadline) == beijing.today(now)
            return State.NEAR if today else State.OPEN
        case BoxPhase.PAUSED:
            return held_up(standing, now) or State.PAUSED
        case BoxPhase.WAITING | BoxPhase.OPENING:
            return _while_opening(standing)
        case BoxPhase.FINISHED:
            return _once_opened(standing, now)
        case (
            BoxPhase.INTERRUPTED
            | BoxPhase.CLOSING
            | BoxPhase.CLOSED
            | BoxPhase.NOT_OPENED
            | BoxPhase.CANCELLED
        ) as phase:
            return State.STAGED if _awaits_evaluation(standing, phase, now) else _WORDS[phase]


def _awaits_evaluation(standing: Standing, phase: BoxPhase, now: datetime) -> bool:
    shut = phase in {BoxPhase.CLOSING, BoxPhase.CLOSED} and now < standing.box.open_at
    return shut and standing.box.after is not None


def held(standing: Standing, now: datetime) -> public.Held | None:
    """Return what supervision holds up, with its reason."""
    stay = standing.around.stay(now)
    return None if stay is None else public.Held(reason=stay.reason, until=stay.until)


def _once_opened(standing: Standing, now: datetime) -> State:
    steps = {one.step: one for one in standing.awards}
    if "awarded" in steps:
        return State.AWARDED if steps["awarded"].winner is not None else State.VOID
    if held_up(standing, now) is State.HALTED:
        return State.HALTED
    return State.CANDIDATES if "candidates" in steps else State.OPENED


def held_up(standing: Standing, now: datetime) -> State | None:
    """Return the word for what supervision holds up, None where nothing is."""
    stay = standing.around.stay(now)
    return None if stay is None else State(stay.kind)


def _while_opening(standing: Standing) -> State:
    if standing.told and standing.told == standing.listed:
        return State.CONFIRMING
    if standing.told:
        return State.OPENING
    return State.SHARES if standing.box.postponed_at is None else State.POSTPONED


def told(standing: Standing) -> tuple[int, int] | None:
    """Return how many bids were announced, of how many; None before shares are asked for."""
    return None if standing.box.asked_at is None else (standing.told, standing.listed)


def text(words: object) -> Text:
    """Return a text of a notice in the pages' form."""
    zh, en = getattr(words, "zh", ""), getattr(words, "en", "")
    return Text(zh=str(zh), en=str(en))


def tender_row(
    tender: Tender, standing: Standing, bodies: Mapping[str, Organisation], now: datetime
) -> public.TenderRow:
    """Return the line of a tender in a list."""
    body = bodies.get(tender.purchaser)
    until = standing.box.deadline
    return public.TenderRow(
        tender=tender.facts.tender_id,
        title=text(tender.title),
        kind=KINDS[tender.kind],
        purchaser=tender.purchaser if body is None else body.name,
        branch=tender.branch,
        state=state(standing, now),
        moment=until if until > now else None,
        told=told(standing),
        ceiling_fen=tender.ceiling_fen,
        currency=tender.currency,
        held=held(standing, now),
    )


def opening_row(notice: Notice, standing: Standing, now: datetime) -> public.OpeningRow:
    """Return the line of an opening in the calendar."""
    box = standing.box
    return public.OpeningRow(
        room=box.room,
        tender=box.key.tender,
        lot=box.key.lot,
        title=text(notice.title),
        kind=KINDS[TradeKind(notice.kind)],
        invited=notice.method is Method.INVITED,
        state=state(standing, now),
        open_at=box.open_at,
        told=told(standing),
        next_at=box.owner_by if state(standing, now) is State.POSTPONED else None,
        held=held(standing, now),
    )


def name(bodies: Mapping[str, Organisation], org: str) -> str:
    """Return the name of a body, or its id where nothing else is known."""
    body = bodies.get(org)
    return org if body is None else body.name


def room_facts(scene: Scene) -> opening_room.RoomFacts:
    """Return what stands in an opening room before its first event: times move by events."""
    notice, lot, box = newest(scene), lot_of(scene), scene.standing.box
    terms = notices.box_of(notice, box.key.lot, box.key.stage)
    assert terms is not None  # noqa: S101 - the box was made of it
    first = notices.box_of(scene.notices[0].notice, box.key.lot, box.key.stage) or terms
    holder_of = {key.group: key.holder.id for _, key in scene.keys}
    return opening_room.RoomFacts(
        room=box.room,
        tender=box.key.tender,
        lot=box.key.lot,
        title=text(notice.title),
        kind=KINDS[TradeKind(notice.kind)],
        invited=notice.method is Method.INVITED,
        ceiling_fen=lot.ceiling_fen,
        currency=notice.currency,
        deadline=first.deadline,
        k=scene.policy.k,
        holders=tuple(
            opening_room.Holder(
                group=group.id,
                name=name(scene.bodies, holder_of[group.id]),
                line=line(scene.bodies, holder_of[group.id]),
            )
            for group in scene.policy.groups
        ),
        fields=tuple(
            opening_room.Field(name=field.name, label=text(field.label), type=field.type)
            for field in terms.form
            if field.name not in _BESIDE_THE_PRICE
        ),
        announce=timedelta(milliseconds=box.announce_ms),
        confirm=timedelta(seconds=box.confirm_s),
        stage=box.key.stage,
        after=box.after,
    )


def foreseen(
    period: Callable[[RuleSet, datetime], datetime | None], rules: RuleSet, start: datetime
) -> datetime | None:
    """Return when a period of the law ends, None where that is in a year without its holidays yet.

    Whoever acts by it has to know the day; whoever reads a page of it has not.
    """
    try:
        return period(rules, start)
    except YearMissing:
        return None


def line(bodies: Mapping[str, Organisation], org: str) -> str:
    """Return the line of a body."""
    body = bodies.get(org)
    return "none" if body is None else body.line


def newest(scene: Scene) -> Notice:
    """Return the notice in force."""
    return scene.notices[-1].notice


def lot_of(scene: Scene) -> Lot:
    """Return what the notice says of the lot."""
    lot = notices.lot_of(newest(scene), scene.standing.box.key.lot)
    assert lot is not None  # noqa: S101 - the box was made of it
    return lot


def bidder(scene: Scene, envelope: str) -> str:
    """Return the name under which an envelope was sent that is listed, or was rejected."""
    rejected = {one.envelope_id: one.bidder for one in scene.rejections}
    sender = scene.bidders.get(envelope) or rejected.get(envelope, envelope)
    return name(scene.bodies, sender)


def live(scene: Scene, now: datetime) -> public.LiveOpening:
    """Return the opening that goes on now, with the bid told last."""
    notice, standing = newest(scene), scene.standing
    last: Result | None = max(standing.results, key=lambda one: one.place, default=None)
    return public.LiveOpening(
        room=standing.box.room,
        title=text(notice.title),
        state=state(standing, now),
        told=told(standing),
        bidder=None if last is None else bidder(scene, last.envelope_id),
        price_fen=None if last is None else last.price_fen,
        currency=notice.currency,
    )
