"""An outage over a deadline: what the clerk tells and moves by the rule, and what people may do.

Whether a box is interrupted follows from the heartbeat and the clock. The rule moves the times of
what was touched last; for the rest people have some minutes to move them, on evidence. Until the
first share is asked for, the same act sets a closing aside: nothing was readable.

Source: `people.md` 2; `sealing.md` 8.1 and 8.2; `rules.md` 8.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bidding.circumstances import Circumstances, circumstances
from bidding.facts import BoxFacts, BoxKey
from bidding.look import Look, tell
from bidding.moving import move_boxes
from bidding.store import boxes
from bidding.store import outages as store
from notary import heartbeat, instant, ledger, pulse, rooms
from notary.acknowledgement import acknowledge
from notary.canonical import Json
from notary.hall import Hall
from notary.identity import Actor
from notary.ledger import Entry
from notary.once import Answer, Once
from notary.pulse import Gap
from sql.database import Database, Tx
from trading import calendar, lawbook
from trading import notice as notices
from trading import outages as revisions
from trading import service as trading
from trading.outages import Place
from trading.rules import outages as rules
from trading.rules.outages import Interruption
from trading.types import Box, Notice, Words

REASON_MOST = 800
"""Characters of what people say of an outage; the evidence's hash stands beside it in a reason."""

RECORDED = "trading.outage-recorded.v1"
REOPENED = "bidding.box-reopened.v1"

# Facts of the clock, told to the room: they have no entry of their own.
INTERRUPTED = "bidding.interrupted.v1"
UNINTERRUPTED = "bidding.uninterrupted.v1"
PAUSE_LAPSED = "bidding.pause-lapsed.v1"


async def tell_news(database: Database, hall: Hall, look: Look) -> bool:
    """Tell the room what the clock has begun or ended: an interruption, or the end of a pause."""
    key = look.box.key
    async with database.transaction() as tx:
        box = await boxes.take_box(tx, key)
        if box is None:
            return False
        at = await hall.clock(tx)
        around = await circumstances(tx, box)
        held, stay = around.interruption(box, at), around.stay(at)
        if box.told_interrupted is not (held is not None):
            await _tell_interruption(tx, box, held, at)
        if box.told_paused and stay is None:
            await rooms.tell(tx, box.room, at=at, kind=PAUSE_LAPSED, data={})
        await store.mark_told(
            tx, key, interrupted=held is not None, paused=box.told_paused and stay is not None
        )
    return True


async def _tell_interruption(
    tx: Tx, box: BoxFacts, held: Interruption | None, at: datetime
) -> None:
    if held is None:
        await rooms.tell(tx, box.room, at=at, kind=UNINTERRUPTED, data={})
        return
    until = None if held.until is None else instant.seconds(held.until)
    data: dict[str, Json] = {"began": instant.micros(held.began), "until": until}
    await rooms.tell(tx, box.room, at=at, kind=INTERRUPTED, data=data)


async def extend(database: Database, hall: Hall, look: Look) -> bool:
    """Move deadline and opening by the rule, in a revision that the hall signs; never earlier."""
    tender = look.box.key.tender
    async with database.transaction() as tx:
        held = await trading.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        notice = await revisions.newest(tx, tender)
        pinned = await lawbook.of_tender(tx, tender)
        struck: list[tuple[BoxFacts, Sequence[Gap]]] = []
        moved: dict[Place, Box] = {}
        for box in await boxes.boxes_of(tx, tender):
            around = await circumstances(tx, box)
            found = around.interruption(box, at)
            if found is not None and found.by_rule:
                struck.append((box, found.gaps))
                terms, published = _terms(notice, box), at.replace(microsecond=0)
                place = (box.key.lot, box.key.stage)
                moved[place] = rules.moved_by_rule(pinned, terms, found.gaps, published)
        if not moved:
            return False
        gaps = [gap for _, missing in struck for gap in missing]
        after, entry = await revisions.record(
            tx, hall, held, moved, _by_rule(gaps), at, actor="hall", move_boxes=move_boxes
        )
        await _judge(tx, [box for box, _ in struck], after, entry, at)
    return True


async def record(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    *,
    deadline: datetime,
    evidence_sha256: str,
    reason: Words,
) -> Answer:
    """Give the boxes of a tender that an outage touched until `deadline`, on evidence.

    A box that is closed is reopened, before the first share of its lot is asked for. Final. Raises
    OutageTooEarly, OutageTooLate, OutageTooShort, and what a revision raises.
    """
    async with database.transaction() as tx:
        held = await trading.hold_tender(tx, tender, "update")
        at = await hall.clock(tx)
        notice = await revisions.newest(tx, tender)
        pinned = await lawbook.of_tender(tx, tender)
        touched = await _touched(tx, tender, at)
        moved = {
            (box.key.lot, box.key.stage): rules.moved_by_act(
                pinned,
                _terms(notice, box),
                max(deadline, box.deadline),
                around.missing(box, at),
                at,
            )
            for box, around in touched
        }
        reopened = [box for box, _ in touched if box.closing_at is not None]
        for box in reopened:
            await _reopen(tx, hall, actor, box, evidence_sha256, at)
        after, entry = await revisions.record(
            tx,
            hall,
            held,
            moved,
            _by_act(reason, evidence_sha256),
            at,
            actor=actor.org,
            move_boxes=move_boxes,
        )
        await _judge(tx, [box for box, _ in touched], after, entry, at)
        answer: Answer = {
            "tender": tender,
            "revision": after.revision,
            "boxes": [dict(box.key._asdict()) for box, _ in touched],
            "reopened": [dict(box.key._asdict()) for box in reopened],
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def _touched(tx: Tx, tender: str, at: datetime) -> list[tuple[BoxFacts, Circumstances]]:
    """Return the boxes that an outage act at `at` gives more time; refuse where there is none."""
    found = await boxes.boxes_of(tx, tender)
    asked = {box.key.lot for box in found if box.asked_at is not None}
    open_ = [box for box in found if not box.not_opened_at and box.key.lot not in asked]
    if not open_:
        raise rules.OutageTooLate(tender=tender)
    around = [(box, await circumstances(tx, box)) for box in open_]
    touched = [(box, one) for box, one in around if at >= one.exposed(box).watched_from]
    if not touched:
        box, one = min(around, key=lambda pair: pair[0].deadline)
        rules.require_watched(one.exposed(box), at)
    return touched


async def _reopen(
    tx: Tx, hall: Hall, actor: Actor, box: BoxFacts, evidence_sha256: str, at: datetime
) -> None:
    """Set a closing aside. What it let into the log is out; new rows are held again."""
    key = box.key
    if box.closed_at is not None:
        entry = await ledger.append(
            tx,
            hall,
            REOPENED,
            subject=key.tender,
            actor=actor.org,
            at=at,
            fields={
                **key._asdict(),
                "closing": box.closing,
                "evidence_sha256": evidence_sha256,
            },
        )
        data: dict[str, Json] = {"closing": box.closing, "evidence": evidence_sha256}
        await tell(tx, box, at, REOPENED, entry, data)
    await store.mark_reopened(tx, key)


async def _judge(
    tx: Tx, touched: Sequence[BoxFacts], after: Notice, entry: Entry, at: datetime
) -> None:
    """Write that the gaps of these boxes are judged, and tell their rooms."""
    for box in touched:
        await store.mark_judged(tx, box.key, at)
        await tell(tx, box, at, RECORDED, entry, {"revision": after.revision})


def _terms(notice: Notice, box: BoxFacts) -> Box:
    terms = notices.box_of(notice, box.key.lot, box.key.stage)
    assert terms is not None  # noqa: S101 - the box was made of it
    return terms


def _by_rule(gaps: Sequence[Gap]) -> Words:
    """Return why the hall moves times by itself: from when until when it was silent."""
    spans = dict.fromkeys((gap.began, gap.ended) for gap in gaps if gap.ended is not None)
    texts = [f"{_local(began)} – {_local(ended)}" for began, ended in spans]
    silent = "; ".join(texts[:_SPANS_MOST])
    return Words(
        zh=f"系统中断：{silent}（北京时间）。依规则顺延投标截止和开标时间，已递交的投标继续有效。",
        en=f"The hall was out of service: {silent} (Beijing time). Deadline and opening move later "
        "by the rule; bids already sealed stay good.",
    )


def _by_act(reason: Words, evidence_sha256: str) -> Words:
    return Words(
        zh=f"{reason.zh[:REASON_MOST]}（证据 SHA-256：{evidence_sha256}）",
        en=f"{reason.en[:REASON_MOST]} (evidence SHA-256: {evidence_sha256})",
    )


_SPANS_MOST = 10
"""A reason has a thousand characters; the heartbeat has the rest."""


def _local(at: datetime) -> str:
    return f"{at.astimezone(calendar.BEIJING):%Y-%m-%d %H:%M:%S}"


async def restless(tx: Tx, now: datetime) -> list[BoxKey]:
    """Return the boxes to look at before their time is over: a heart has stood still near them."""
    runs = await heartbeat.runs(tx, now - 2 * rules.WATCHED)
    stood = pulse.gaps(runs, now, heartbeat.GRAIN)
    return await store.restless(tx, now + rules.WATCHED if stood else now)


async def unjudged(tx: Tx, now: datetime) -> Mapping[BoxKey, Interruption]:
    """Return the boxes that are interrupted at `now`, and by what."""
    found: dict[BoxKey, Interruption] = {}
    for key in await store.restless(tx, now + rules.WATCHED):
        box = await boxes.box(tx, key)
        if box is not None and box.closing_at is None:
            held = (await circumstances(tx, box)).interruption(box, now)
            if held is not None:
                found[key] = held
    return found
